"""Hand a compilation to whoever signs, and take or give it back."""

from datetime import datetime
from typing import Any

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.compiler.commands.bench import lock, next_seq, told
from tongzhou.modules.compiler.contracts import State
from tongzhou.modules.compiler.models import Change, Compilation
from tongzhou.modules.compiler.queries.checks import fault_text, list_faults
from tongzhou.modules.compiler.queries.frozen import freeze
from tongzhou.modules.compiler.workflow import COMPILATION

LONGEST_REASON = 500
#: Where a submission keeps what its preview said; see :func:`queries.frozen.find_submission`.
PREVIEW = "preview"


@command("compiler.compilation.submit")
def submit_compilation(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    seen: int,
    idempotency_key: str | None = None,
) -> int:
    """Submit a compilation for signature; return the number of the change.

    ``seen`` is the number of the last change that the preview showed: Conflict when somebody
    changed something since. Refusal while anything is faulty; every fault is named. From here on
    nobody edits it until it is recalled or sent back.
    """
    row = lock(actor, compilation_id, states=set(State))
    row.state = COMPILATION.step(row.state, "submit")
    last = row.changes.order_by("-seq").first()
    if (last.seq if last else 0) != seen:
        raise Conflict(
            "%(who)s 在 %(when)s 又改过这份分解稿，您看到的预览已经不是最新的。",
            params=told(last),
            code="stale",
            way_out="请刷新预览，看过新的内容再送审。",
        )
    faults = list_faults(actor, compilation_id, at)
    if faults:
        raise Refusal(
            "还有 %(count)d 处要改，不能送审。",
            params={"count": len(faults)},
            code="compilation-faults",
            way_out="请按下面所列逐处修改。",
            faults={each.item + "." + each.field: fault_text(each) for each in faults},
        )
    frozen = freeze(actor, compilation_id, at)
    row.submitted_at, row.submitted_by, row.submitter = at, actor.user_id, actor.label[:200]
    row.return_reason = ""
    row.save(update_fields=["state", "submitted_at", "submitted_by", "submitter", "return_reason"])
    events.publish("compiler.compilation.submitted", compilation_id=row.pk)
    return note_act(row, actor, at, "submit", {PREVIEW: frozen})


@command("compiler.compilation.recall")
def recall_compilation(
    *, actor: Actor, at: datetime, compilation_id: int, idempotency_key: str | None = None
) -> int:
    """Take a submitted compilation back to go on editing; return the number of the change."""
    row = lock(actor, compilation_id, states=set(State))
    row.state = COMPILATION.step(row.state, "recall")
    row.save(update_fields=["state"])
    return note_act(row, actor, at, "recall")


@command("compiler.compilation.send-back")
def send_back_compilation(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    reason: str,
    idempotency_key: str | None = None,
) -> int:
    """Give a submitted compilation back with the reason; return the number of the change."""
    reason = reason.strip()
    if not reason:
        raise Refusal("请写明退回的理由，拟稿人要按它修改。", code="reason-missing", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refusal(
            "理由最多 %(limit)d 个字。",
            params={"limit": LONGEST_REASON},
            code="reason-long",
            field="reason",
        )
    row = lock(actor, compilation_id, states=set(State))
    row.state = COMPILATION.step(row.state, "send-back")
    row.return_reason = reason
    row.save(update_fields=["state", "return_reason"])
    events.publish("compiler.compilation.sent-back", compilation_id=row.pk)
    return note_act(row, actor, at, "send-back", {"reason": reason})


def note_act(
    row: Compilation, actor: Actor, at: datetime, action: str, facts: dict[str, Any] | None = None
) -> int:
    """Remember an act that changes no item, so that undoing passes it by; return its number.

    What belongs to it is kept as its ``before``.
    """
    seq = next_seq(row)
    Change.objects.create(
        compilation=row,
        seq=seq,
        at=at,
        user_id=actor.user_id,
        actor=actor.label[:200],
        action=action,
        before=facts or {},
        after={},
    )
    audit.note(target=f"compilation/{row.pk}", action=action, change=seq)
    return seq
