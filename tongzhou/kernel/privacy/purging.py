"""Forgets personal data when its time is over, unless somebody holds it back with a reason.

A module declares a :class:`Rule`: which cases end when (a response, an appointment), how many days
the data is kept after that, and what forgets it. The nightly job goes through all rules; a
:class:`~tongzhou.kernel.models.PurgeHold` keeps one case or a whole rule (突发事件应对法 85: after
the event personal data is destroyed, except what evidence needs, which has to be assessed).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import audit
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import rules
from tongzhou.kernel.models import Invitation, InvitationBatch, PurgeHold, User


@dataclass(frozen=True, slots=True)
class Rule:
    """``ended`` yields (case, moment it ended); ``forget`` takes a case and returns how many."""

    name: str
    label: str
    keep_days: int
    ended: Callable[[datetime], Iterable[tuple[str, datetime]]]
    forget: Callable[[str], int]


RULES: dict[str, Rule] = {}


def declare(rule: Rule) -> None:
    """Add a rule; its name is unique in the house."""
    if rule.name in RULES:
        raise ValueError(f"two purge rules are called {rule.name}")
    RULES[rule.name] = rule


def due(rule: Rule, at: datetime) -> list[str]:
    """Return the cases of a rule whose time is over and that nobody holds."""
    held = PurgeHold.objects.filter(rule=rule.name).filter(Q(to_at__isnull=True) | Q(to_at__gt=at))
    cases = set(held.values_list("case", flat=True))
    if "" in cases:
        return []
    limit = at - timedelta(days=rule.keep_days)
    return [case for case, ended in rule.ended(at) if ended <= limit and case not in cases]


@command("kernel.privacy.purge")
def purge_case(*, actor: Actor, at: datetime, rule: str, case: str) -> int:
    """Forget the data of one case and leave a line that says how much, not what."""
    found = RULES[rule]
    if case not in due(found, at):
        raise Refusal("还没有到清除的时候，或者已被暂缓。", code="purge-not-due")
    count = found.forget(case)
    audit.note(target=f"purge/{rule}/{case}", count=count, keep_days=found.keep_days)
    return count


def purge_all(at: datetime) -> int:
    """Forget everything that is due; return how many records."""
    return sum(
        purge_case(actor=SYSTEM, at=at, rule=rule.name, case=case)
        for rule in RULES.values()
        for case in due(rule, at)
    )


@command("kernel.privacy.hold")
def hold(*, actor: Actor, at: datetime, rule: str, case: str, reason: str) -> int:
    """Keep a case (or all, with an empty one) of a rule from being forgotten; return the hold."""
    if rule not in RULES:
        raise Missing("没有这条清除规则。")
    if len(reason.strip()) < 5:
        raise Refusal("请写明经评估的暂缓理由。", field="reason", code="hold-reason")
    made = PurgeHold.objects.create(
        rule=rule, case=case, reason=reason.strip()[:300], actor=actor.label[:200], from_at=at
    )
    audit.note(target=f"purge/{rule}/{case}", hold=made.pk)
    return made.pk


@command("kernel.privacy.release")
def release(*, actor: Actor, at: datetime, hold_id: int) -> None:
    """End a hold."""
    if not PurgeHold.objects.filter(pk=hold_id, to_at__isnull=True).update(to_at=at):
        raise Missing("没有这项暂缓，或已解除。")
    audit.note(target=f"hold/{hold_id}")


def _left(at: datetime) -> Iterable[tuple[str, datetime]]:
    """Yield people who hold no assignment any more, with the moment their last one ended."""
    from django.db.models import Max

    from tongzhou.kernel import clock

    people = (
        User.objects.exclude(username__startswith="former-")
        .filter(assignments__isnull=False)
        .exclude(assignments__to_on__isnull=True)
        .annotate(last=Max("assignments__to_on"))
        .values_list("pk", "last")
    )
    for key, last in people:
        yield str(key), datetime(last.year, last.month, last.day, tzinfo=clock.PLACE)


def _anonymise(case: str) -> int:
    from tongzhou.kernel.privacy.requests import anonymise

    return anonymise(int(case))


def _unused(at: datetime) -> Iterable[tuple[str, datetime]]:
    for each in Invitation.objects.exclude(phone="", email="", name=""):
        yield str(each.pk), each.used_at or each.revoked_at or each.expires_at


def _forget_invitation(case: str) -> int:
    return Invitation.objects.filter(pk=case).update(name="", phone="", email="")


declare(Rule("kernel.people", "离任人员的账号信息", 730, _left, _anonymise))
declare(Rule("kernel.invitations", "用过或过期的邀请", 30, _unused, _forget_invitation))


def _batches(at: datetime) -> Iterable[tuple[str, datetime]]:
    found = InvitationBatch.objects.values_list("pk", "state", "made_at", "asked_at", "released_at")
    for key, state, made, asked, released in found:
        last = released or asked or made
        # One that waits for a second person is kept a day longer than it may wait.
        waits = state == InvitationBatch.State.ASKED
        yield str(key), last + rules.INVITATION_REQUEST_LASTS if waits else last


def _forget_batch(case: str) -> int:
    return InvitationBatch.objects.filter(pk=case).delete()[0]


declare(Rule("kernel.invitation-batches", "批量邀请的名单、口令和链接", 1, _batches, _forget_batch))
