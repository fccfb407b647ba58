"""Repeal a text: it stays readable, and binds nobody from then on."""

from datetime import datetime

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.directives.models import Expression
from tongzhou.modules.directives.queries.issuing import may_repeal
from tongzhou.modules.registry.public import find_authority_name

LONGEST_REASON = 300


@command("directives.expression.repeal")
def repeal_expression(*, actor: Actor, at: datetime, expression_id: int, reason: str) -> None:
    """Repeal one wording of a directive from ``at`` on, with the reason that readers see.

    Whoever keeps duties of it ends them in the same transaction. Only the authority that issued it
    or one above may; Conflict when somebody else was first, Refusal without a reason.
    """
    held = (
        Expression.objects.select_for_update(of=("self",))
        .select_related("directive")
        .defer("source")
        .filter(pk=expression_id)
        .first()
    )
    if held is None:
        raise Missing("没有这份文件。", code="directive-missing")
    if not may_repeal(actor, held.directive.authority_id):
        raise Forbidden(
            "只有发文机关或者它的上级机关才能废止这份文件。",
            code="not-issuer",
            clause=held.urn,
            way_out="请由发文机关办理；发文机关不在本系统的，由上级机关办理。",
        )
    if held.repealed_at is not None:
        raise Conflict("这份文件已经废止。", code="repealed", clause=held.urn)
    given = " ".join(reason.split())
    if len(given) < 2:
        raise Refusal(
            "请写明废止的理由或者依据，读者会看到。", field="reason", code="reason-needed"
        )
    if len(given) > LONGEST_REASON:
        raise Refusal("理由最多 300 字。", field="reason", code="reason-long")
    held.repealed_at = at
    held.repealed_by = find_authority_name(actor.authority_id) or actor.label[:200]
    held.repeal_reason = given
    held.save(update_fields=["repealed_at", "repealed_by", "repeal_reason"])
    events.publish_inside("directives.expression.repealed", urn=held.urn, at=at)
    audit.note(target=held.urn, reason=given)
