"""Reads for the pages about people: who is here, who is invited, who has left, who stands in."""

from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.identity import places, rules
from tongzhou.kernel.identity.places import Place
from tongzhou.kernel.identity.staffing import today_of
from tongzhou.kernel.identity.telling import find_waiting
from tongzhou.kernel.models import Assignment, Deputy, FactorReset, Invitation, PasswordRequest

VIEWS = ("here", "invited", "deputies", "resets", "gone")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows each view of the people of a place has."""

    here: int
    invited: int
    deputies: int
    resets: int
    gone: int


def list_here(place: Place, at: datetime, words: str = "") -> QuerySet[Assignment]:
    """Return the assignments held at a place today or later, by name."""
    today = today_of(at)
    held = Assignment.objects.select_related("user").filter(
        place.people(), Q(to_on__isnull=True) | Q(to_on__gte=today)
    )
    if words:
        held = held.filter(
            Q(user__name__icontains=words)
            | Q(user__username__icontains=words)
            | Q(user__phone=words)
        )
    return held.annotate(
        guarded=Exists(
            Authenticator.objects.filter(user_id=OuterRef("user_id"), type=Authenticator.Type.TOTP)
        ),
        away=Exists(deputies_on(today).filter(assignment_id=OuterRef("pk"))),
    ).order_by("user__name", "pk")


def list_gone(place: Place, at: datetime, words: str = "") -> QuerySet[Assignment]:
    """Return the assignments that ended, the latest first."""
    held = Assignment.objects.select_related("user").filter(place.people(), to_on__lt=today_of(at))
    if words:
        held = held.filter(user__name__icontains=words)
    return held.order_by("-to_on", "-pk")


def list_invited(place: Place, words: str = "") -> QuerySet[Invitation]:
    """Return the invitations nobody took up yet, expired ones included, the latest first."""
    held = Invitation.objects.select_related("made_by").filter(
        place.people(), used_at__isnull=True, revoked_at__isnull=True
    )
    if words:
        held = held.filter(Q(name__icontains=words) | Q(phone=words))
    return held.order_by("-made_at", "-pk")


def deputies_on(day: date) -> QuerySet[Deputy]:
    """Return the deputies who may act on a day."""
    return Deputy.objects.filter(ended_at__isnull=True, from_on__lte=day, to_on__gte=day)


def list_deputies(place: Place, at: datetime) -> QuerySet[Deputy]:
    """Return the deputies at a place whose time has not ended, the next to end first."""
    here = Assignment.objects.filter(place.people())
    return (
        Deputy.objects.select_related("assignment__user", "user")
        .filter(assignment__in=here, ended_at__isnull=True, to_on__gte=today_of(at))
        .order_by("to_on", "pk")
    )


def list_resets(place: Place) -> QuerySet[FactorReset]:
    """Return the resets of a second factor that wait for a second person."""
    here = Assignment.objects.filter(place.people())
    return (
        FactorReset.objects.select_related("user", "asked_by", "assignment")
        .filter(assignment__in=here, decided_at__isnull=True)
        .order_by("asked_at")
    )


def count_views(place: Place, at: datetime) -> Counted:
    """Return how many rows each view has."""
    return Counted(
        here=list_here(place, at).count(),
        invited=list_invited(place).count(),
        deputies=list_deputies(place, at).count(),
        resets=list_resets(place).count(),
        gone=list_gone(place, at).count(),
    )


@dataclass(frozen=True, slots=True)
class Person:
    """One assignment as its page shows it, and what the actor may do with it."""

    held: Assignment
    place: Place
    own: bool
    may_change: bool
    is_open: bool
    guarded: bool
    deputies: tuple[Deputy, ...]
    reset: FactorReset | None
    asked: PasswordRequest | None
    elsewhere: int
    basis: str
    may_recover: bool


def get_person(actor: Actor, at: datetime, assignment_id: int) -> Person:
    """Return an assignment at a place the actor may see, or one of their own. Raises Missing."""
    held = Assignment.objects.select_related("user").filter(pk=assignment_id).first()
    if held is None:
        raise Missing("没有这个岗位。")
    own = held.user_id == actor.user_id
    if not own and not actor.may("kernel.person.view"):
        raise Missing("没有这个岗位。")
    where = _place(actor, held, "没有这个岗位。")
    today = today_of(at)
    is_open = held.to_on is None or held.to_on >= today
    role = Role(held.role)
    may_change = is_open and not own and role in places.roles_given(actor, where)
    return Person(
        held=held,
        place=where,
        own=own,
        may_change=may_change,
        is_open=is_open,
        guarded=Authenticator.objects.filter(user_id=held.user_id).exists(),
        deputies=tuple(
            Deputy.objects.select_related("user")
            .filter(assignment=held, ended_at__isnull=True, to_on__gte=today)
            .order_by("from_on")
        ),
        reset=FactorReset.objects.select_related("asked_by")
        .filter(user_id=held.user_id, decided_at__isnull=True)
        .first(),
        asked=find_waiting(held.user_id, at),
        elsewhere=Assignment.objects.filter(
            Q(to_on__isnull=True) | Q(to_on__gte=today), user_id=held.user_id
        )
        .exclude(pk=held.pk)
        .count(),
        basis=rules.basis_of_independence(
            actor.role, role, own=where.address == places.own_place(actor).address
        ),
        may_recover=may_change and not rules.is_recovered_elsewhere(actor.role, role),
    )


def get_invitation(actor: Actor, invitation_id: int) -> tuple[Invitation, Place]:
    """Return an invitation at a place the actor may see, with that place. Raises Missing."""
    held = (
        Invitation.objects.select_related("made_by", "handed_by").filter(pk=invitation_id).first()
    )
    if held is None:
        raise Missing("没有这个邀请。")
    return held, _place(actor, held, "没有这个邀请。")


def _place(actor: Actor, held: Assignment | Invitation, absent: str) -> Place:
    """Return the place of somebody; what is elsewhere is told in the words for what is not."""
    try:
        return places.place_of(actor, held)
    except Missing:
        raise Missing(absent) from None
