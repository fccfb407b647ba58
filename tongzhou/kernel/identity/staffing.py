"""Commands by which people leave, hand over and stand in for each other. Duties stay.

A duty belongs to an organisation and its organ, never to a person: whoever holds the assignment
finds it on their desk.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import audit, clock
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.commands import command
from tongzhou.kernel.identity import places, rules
from tongzhou.kernel.identity.sessions import end_sessions
from tongzhou.kernel.models import ApiToken, Assignment, Deputy, Invitation, User


def today_of(at: datetime) -> date:
    """Return the day of a moment where the product is used."""
    return at.astimezone(clock.PLACE).date()


def open_on(day: date) -> Q:
    """Return the condition that keeps assignments that are held on or after a day."""
    return Q(to_on__isnull=True) | Q(to_on__gte=day)


def looked_after(actor: Actor, assignment_id: int, *, lock: bool = False) -> Assignment:
    """Return an assignment whose role the actor gives at its place.

    Raises Missing; Refusal with its rule for an independent organ of the actor's own place.
    """
    rows = Assignment.objects.select_related("user")
    if lock:
        rows = rows.select_for_update(of=("self",))
    held = rows.filter(pk=assignment_id).first()
    if held is None:
        raise Missing("没有这个岗位。")
    if not looks_after(actor, held):
        refuse_independent(actor, held)
        raise Missing("没有这个岗位。")
    return held


def refuse_independent(actor: Actor, held: Assignment | Invitation) -> None:
    """Say why an organ of the actor's own place that checks it is not theirs to look after."""
    if not actor.may("kernel.person.view"):
        return
    try:
        where = places.place_of(actor, held)
    except Missing:
        return
    own = where.address == places.own_place(actor).address
    if basis := rules.basis_of_independence(actor.role, Role(held.role), own=own):
        raise independent(basis)


def independent(basis: str) -> Refusal:
    """Return the refusal to have a hand in an organ that checks one's own work."""
    return Refusal(
        "监事会和党组织独立于法定代表人和秘书处，他们的岗位和账号不由本组织的负责人办理。",
        field="role",
        code="independent-organ",
        clause=basis,
        way_out="请到登记管理机关的窗口办理，由机关发出邀请或重设密码的链接。",
    )


@command("kernel.assignment.end")
def end_assignment(*, actor: Actor, at: datetime, assignment_id: int, last_on: date) -> None:
    """Let an assignment end; ``last_on`` is the last day it is held, yesterday means at once.

    Tokens of the assignment are revoked when it ends at once, and the person is signed out
    everywhere. Raises Missing; Refusal for one's own assignment or a day out of order.
    """
    held = looked_after(actor, assignment_id, lock=True)
    today = today_of(at)
    if held.user_id == actor.user_id:
        raise Refusal(
            "自己的岗位不能自己结束。",
            code="own-assignment",
            way_out="请本单位另一位负责人办理，或先把工作移交给接任的人。",
        )
    if last_on < today - timedelta(days=1):
        raise Refusal("最后一天不能早于昨天。", field="last_on", code="past-end")
    _end(held, last_on, today, at)
    audit.note(target=f"assignment/{held.pk}", user=held.user_id, last_on=last_on)


def _end(held: Assignment, last_on: date, today: date, at: datetime) -> None:
    """End an assignment after ``last_on``; one that began later never was held."""
    if last_on < held.from_on:
        held.from_on = last_on
    held.to_on = last_on
    held.save(update_fields=["from_on", "to_on"])
    standing_in = Deputy.objects.filter(
        user_id=held.user_id,
        ended_at__isnull=True,
        assignment__authority_id=held.authority_id,
        assignment__organisation_id=held.organisation_id,
        assignment__prov=held.prov,
    )
    if last_on >= today:
        standing_in.filter(from_on__gt=last_on).update(ended_at=at)
        standing_in.filter(to_on__gt=last_on).update(to_on=last_on)
        return
    standing_in.update(ended_at=at)
    ApiToken.objects.filter(assignment=held, revoked_at__isnull=True).update(revoked_at=at)
    Deputy.objects.filter(assignment=held, ended_at__isnull=True).update(ended_at=at)
    end_sessions(held.user_id)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a hand-over would do: assignments that move, and those the successor has already."""

    moving: tuple[Assignment, ...]
    already: tuple[Assignment, ...]
    untouched: int


def preview_hand_over(actor: Actor, at: datetime, from_user: int, to_user: int) -> HandOver:
    """Return what handing over everything from one person to another would do.

    Only assignments that the actor looks after move; ``untouched`` counts the person's others.
    """
    today = today_of(at)
    theirs = _same_roles(to_user, today)
    moving, already, untouched = [], [], 0
    for each in _open_of(from_user, today):
        if not looks_after(actor, each):
            untouched += 1
        elif _spot(each) in theirs:
            already.append(each)
        else:
            moving.append(each)
    return HandOver(tuple(moving), tuple(already), untouched)


def _open_of(user_id: int, today: date) -> QuerySet[Assignment]:
    held = Assignment.objects.select_related("user").filter(open_on(today), user_id=user_id)
    return held.order_by("pk")


def _spot(held: Assignment) -> tuple[object, ...]:
    return (held.role, held.authority_id, held.organisation_id, held.prov)


def _same_roles(user_id: int, today: date) -> set[tuple[object, ...]]:
    return {_spot(each) for each in _open_of(user_id, today)}


def looks_after(actor: Actor, held: Assignment | Invitation) -> bool:
    """Tell whether the actor gives the role of an assignment or invitation at its place."""
    try:
        where = places.place_of(actor, held)
    except Missing:
        return False
    return Role(held.role) in places.roles_given(actor, where)


@command("kernel.assignment.handover")
def hand_over(*, actor: Actor, at: datetime, from_user: int, to_user: int) -> list[int]:
    """Move every open assignment of one person to another from today; return the new ids.

    Both must have an open assignment that the actor looks after; the former person is signed out
    everywhere. Raises Missing; Refusal when nothing is left to move or for oneself.
    """
    today = today_of(at)
    for each in (from_user, to_user):
        if not any(looks_after(actor, held) for held in _open_of(each, today)):
            raise Missing("没有这个人。")
    if from_user == to_user:
        raise Refusal("请选另一个人接任。", field="to_user", code="same-person")
    if actor.user_id in {from_user, to_user} and not actor.is_system:
        raise Refusal(
            "自己的岗位不能由自己移交或接任。",
            field="to_user",
            code="own-assignment",
            way_out="请本单位另一位负责人办理。",
        )
    if not User.objects.filter(pk=to_user, is_active=True).exists():
        raise Missing("没有这个人。")
    list(Assignment.objects.select_for_update().filter(open_on(today), user_id=from_user))
    plan = preview_hand_over(actor, at, from_user, to_user)
    if not plan.moving and not plan.already:
        raise Refusal("没有可以移交的岗位。", code="nothing-to-move")
    for held in plan.moving:
        refuse_mixing(to_user, held, today)
    made = []
    for held in plan.moving:
        made.append(
            Assignment.objects.create(
                user_id=to_user,
                role=held.role,
                label=held.label,
                authority_id=held.authority_id,
                organisation_id=held.organisation_id,
                prov=held.prov,
                low=held.low,
                high=held.high,
                from_on=max(today, held.from_on),
                to_on=held.to_on,
            ).pk
        )
    for held in (*plan.moving, *plan.already):
        _end(held, today - timedelta(days=1), today, at)
    audit.note(
        target=f"user/{from_user}",
        to=to_user,
        ended=[each.pk for each in (*plan.moving, *plan.already)],
        made=made,
    )
    return made


@command("kernel.deputy.appoint")
def appoint_deputy(
    *,
    actor: Actor,
    at: datetime,
    assignment_id: int,
    user_id: int,
    from_on: date,
    to_on: date,
    reason: str,
) -> int:
    """Let a colleague act in an assignment from one day to another; return the deputy's id.

    One's own assignment, or one the actor looks after. The deputy must work at the same place.
    Raises Missing; Refusal for days out of order, longer than 180 days or ending in the past, for
    the person themselves, and where the deputy would check their own work.
    """
    held = _own_or_looked_after(actor, assignment_id)
    today = today_of(at)
    if to_on < from_on or to_on < today:
        raise Refusal("结束日要在开始日之后，并且不早于今天。", field="to_on", code="days")
    if to_on - from_on > rules.LONGEST_DEPUTY:
        raise Refusal("一次代理最长 180 天。", field="to_on", code="too-long")
    if not reason.strip():
        raise Refusal("请写明为什么由人代理。", field="reason", code="no-reason")
    if user_id == held.user_id:
        raise Refusal("请选另一个人代理。", field="user", code="same-person")
    if user_id == actor.user_id:
        raise Refusal(
            "不能安排自己代理别人。",
            field="user",
            code="own-deputy",
            way_out="请本人，或本单位另一位负责人安排。",
        )
    theirs = list(colleagues(held, today).filter(user_id=user_id))
    if not theirs:
        raise Missing("本单位没有这个人。")
    if _mixes_checking({Role(held.role), *(Role(each.role) for each in theirs)}):
        raise Refusal(
            "监督岗位和被监督的岗位不能互相代理。",
            field="user",
            code="checker-is-doer",
            way_out="请选同一监督机构的另一位成员。",
        )
    made = Deputy.objects.create(
        assignment=held,
        user_id=user_id,
        from_on=from_on,
        to_on=to_on,
        reason=reason.strip()[:200],
        made_at=at,
    )
    audit.note(target=f"deputy/{made.pk}", assignment=held.pk, user=user_id, to_on=to_on)
    return made.pk


#: Those who check must not be stood in for by those whose work they check, nor the other way.
_CHECKERS = {Role.SUPERVISORY_BOARD, Role.AUDITOR}


def _mixes_checking(roles: set[Role]) -> bool:
    return bool(roles & _CHECKERS and roles - _CHECKERS)


def refuse_mixing(user_id: int, coming: Assignment | Invitation, today: date) -> None:
    """Refuse somebody a post that checks, or is checked by, one they hold at the same place.

    监事 are not at the same time 理事, 秘书长 or 财务 of what they watch over.
    """
    theirs = colleagues(coming, today).filter(user_id=user_id)
    if _mixes_checking({Role(coming.role), *(Role(each.role) for each in theirs)}):
        raise Refusal(
            "监督岗位和被监督的岗位不能由同一个人担任。",
            field="to_user",
            code="checker-is-doer",
            way_out="请另选一人；本人的另一个岗位结束之后也可以。",
        )


def colleagues(held: Assignment | Invitation, today: date) -> QuerySet[Assignment]:
    """Return the open assignments at the place of an assignment, by name."""
    where = Q(authority_id=held.authority_id)
    if held.authority_id is None:
        where &= Q(organisation_id=held.organisation_id, prov=held.prov)
    return (
        Assignment.objects.select_related("user")
        .filter(open_on(today), where, from_on__lte=today, user__is_active=True)
        .order_by("user__name", "pk")
    )


def _own_or_looked_after(actor: Actor, assignment_id: int) -> Assignment:
    own = Assignment.objects.select_related("user").filter(
        pk=assignment_id, user_id=actor.user_id or 0
    )
    return own.first() or looked_after(actor, assignment_id)


@command("kernel.deputy.end")
def end_deputy(*, actor: Actor, at: datetime, deputy_id: int) -> None:
    """End a deputy's time at once; the deputy's sessions end with it. Raises Missing."""
    found = Deputy.objects.filter(pk=deputy_id, ended_at__isnull=True).first()
    if found is None:
        raise Missing("没有这项代理，或已结束。")
    if found.user_id != actor.user_id:
        _own_or_looked_after(actor, found.assignment_id)
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    if found.user_id != actor.user_id:
        end_sessions(found.user_id)
    audit.note(target=f"deputy/{found.pk}", assignment=found.assignment_id, user=found.user_id)
