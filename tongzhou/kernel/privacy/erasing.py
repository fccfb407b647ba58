"""Anonymises somebody who left, on request: one operator asks, another one confirms (PIPL 47)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.models import Assignment, Erasure, User
from tongzhou.kernel.privacy.requests import anonymise


def _require_gone(user_id: int, at: datetime) -> None:
    serving = Assignment.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=today_of(at)), user_id=user_id
    )
    if serving.exists():
        raise Refusal(
            "这个人还有在任的岗位，不能匿名化。",
            code="still-serving",
            field="username",
            way_out="请先办理离任和工作移交。",
        )


@command("kernel.privacy.erase")
def ask_erasure(*, actor: Actor, at: datetime, username: str, reason: str) -> int:
    """Ask that somebody who left be anonymised; return the request's id.

    Raises Missing for nobody, Refusal for somebody who holds an assignment or without a reason,
    Conflict where a request is open.
    """
    user = User.objects.filter(username=username.strip()).first()
    if user is None or actor.user_id is None:
        raise Missing("没有这个人。", field="username")
    if len(reason.strip()) < 5:
        raise Refusal("请写明谁在什么时候提出的申请。", field="reason", code="no-reason")
    _require_gone(user.pk, at)
    try:
        with transaction.atomic():
            made = Erasure.objects.create(
                user=user, reason=reason.strip()[:200], asked_by_id=actor.user_id, asked_at=at
            )
    except IntegrityError:
        raise Conflict("这个人已有一项申请在等第二个人确认。", code="erasure-open") from None
    audit.note(target=f"user/{user.pk}", erasure=made.pk)
    return made.pk


@command("kernel.privacy.confirm")
def decide_erasure(*, actor: Actor, at: datetime, erasure_id: int, granted: bool) -> None:
    """Confirm or refuse an anonymisation, by another person than who asked.

    What the person did stays under a number without a name where the law keeps it; the audit
    trail, which serves a legal duty (PIPL 47, last paragraph), is not touched.
    """
    held = Erasure.objects.select_for_update().filter(pk=erasure_id, decided_at=None).first()
    if held is None:
        raise Missing("没有这项申请，或已经办完。")
    if actor.user_id is None or actor.user_id in {held.asked_by_id, held.user_id}:
        raise Refusal(
            "需要另一位系统运维人员确认，提出的人不能自己确认。",
            code="second-person",
            way_out="系统里只有一位运维人员时，请先邀请另一位。",
        )
    if granted:
        # Whoever takes up a post or changes contacts meanwhile waits, and finds nobody.
        User.objects.select_for_update().get(pk=held.user_id)
        _require_gone(held.user_id, at)
        anonymise(held.user_id)
    held.decided_by_id, held.decided_at, held.granted = actor.user_id, at, granted
    held.save(update_fields=["decided_by", "decided_at", "granted"])
    audit.note(target=f"user/{held.user_id}", erasure=held.pk, granted=granted)
