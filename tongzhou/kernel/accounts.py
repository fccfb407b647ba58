"""People and the assignments through which they act."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib import auth, messages
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import audit, clock
from tongzhou.kernel.access import Actor, Role, permissions_of, public
from tongzhou.kernel.commands import STEMS, command
from tongzhou.kernel.identity.sessions import tell_role
from tongzhou.kernel.manifest import manifests
from tongzhou.kernel.models import ApiToken, Assignment, Deputy, User
from tongzhou.kernel.plans import planned

SESSION_KEY = "assignment"


LONGEST_TOKEN_DAYS = 365


@dataclass(frozen=True, slots=True)
class Standing:
    """An assignment that somebody may act in, with the name of the person who holds it."""

    id: int
    user_id: int
    name: str
    role: str
    label: str
    authority_id: int | None
    organisation_id: int | None
    prov: int | None
    low: int
    high: int


def actor_for(assignment: Assignment, deputy: Any = None) -> Actor:
    """Return the actor that an assignment makes of its user, or of the ``deputy`` who stands in."""
    held = Standing(
        assignment.pk,
        assignment.user_id,
        assignment.user.name,
        assignment.role,
        assignment.label,
        assignment.authority_id,
        assignment.organisation_id,
        assignment.prov,
        assignment.low,
        assignment.high,
    )
    return _actor(held, deputy)


def _actor(held: Standing, deputy: Any = None) -> Actor:
    role = Role(held.role)
    name, acting, absent = held.name, held.user_id, None
    if deputy is not None and deputy.pk != held.user_id:
        name, acting, absent = f"{deputy.name}（代{name}）", deputy.pk, held.user_id  # data
    return Actor(
        user_id=acting,
        role=role,
        label=f"{name} · {held.label}",
        on_behalf_of=absent,
        assignment_id=held.id,
        authority_id=held.authority_id,
        organisation_id=held.organisation_id,
        prov=held.prov,
        low=held.low,
        high=held.high,
        permissions=permissions_of(role),
    )


def list_assignments(user_id: int, at: datetime) -> list[Assignment]:
    """Return the assignments a person holds on the day of ``at``, oldest first."""
    today = at.astimezone(clock.PLACE).date()
    return list(
        Assignment.objects.select_related("user")
        .filter(user_id=user_id, user__is_active=True, from_on__lte=today)
        .filter(Q(to_on__isnull=True) | Q(to_on__gte=today))
        .order_by("pk")
    )


def list_standing(user_id: int, at: datetime) -> list[Assignment]:
    """Return the assignments a person may act in on the day of ``at``.

    Their own come first, oldest first; then those of absent colleagues they are deputy for.
    """
    today = at.astimezone(clock.PLACE).date()
    own = Assignment.objects.filter(user_id=user_id)
    others = Deputy.objects.filter(
        user_id=user_id, ended_at__isnull=True, from_on__lte=today, to_on__gte=today
    )
    held = (
        Assignment.objects.select_related("user")
        .filter(pk__in=own.values("pk").union(others.values("assignment_id"), all=True))
        .filter(Q(to_on__isnull=True) | Q(to_on__gte=today))
        .filter(user__is_active=True, from_on__lte=today)
    )
    return sorted(held, key=lambda each: (each.user_id != user_id, each.pk))


_COLUMNS = """
a.id, a.user_id, p.name, a.role, a.label, a.authority_id, a.organisation_id, a.prov, a.low, a.high
"""
#: A person ``u`` with all that :func:`list_standing` returns for them, as one value.
_PERSON = f"""
SELECT u.*, (
    SELECT json_agg(json_build_array({_COLUMNS}) ORDER BY a.user_id <> u.id, a.id)::text
    FROM kernel_assignment a
    JOIN kernel_user p ON p.id = a.user_id
    WHERE a.id IN (
        SELECT own.id FROM kernel_assignment own WHERE own.user_id = u.id
        UNION ALL
        SELECT d.assignment_id FROM kernel_deputy d
        WHERE d.user_id = u.id AND d.ended_at IS NULL
          AND d.from_on <= %(today)s AND d.to_on >= %(today)s
    )
      AND (a.to_on IS NULL OR a.to_on >= %(today)s) AND a.from_on <= %(today)s AND p.is_active
) AS told
FROM kernel_user u WHERE u.id = %(user)s
"""  # noqa: S608 - made of constants, values are bound


def find_person(user_id: object, at: datetime) -> User | None:
    """Return a person, and what they may act in on the day of ``at``, in one statement.

    Everybody who is signed in is asked for at each request, and acts in one of their assignments.
    """
    today = at.astimezone(clock.PLACE).date()
    found = next(iter(User.objects.raw(_PERSON, {"today": today, "user": user_id})), None)
    if found is not None:
        told: str | None = found.told  # type: ignore[attr-defined]  # a column of the statement
        standing = [Standing(*each) for each in json.loads(told or "[]")]
        found.standing = standing  # type: ignore[attr-defined]  # read by actor_of_request
    return found


def actor_of_request(request: HttpRequest) -> Actor:
    """Return who acts: the chosen assignment of the signed-in user, else the public.

    A session whose assignment has ended ends with it.
    """
    user = request.user
    if not user.is_authenticated or user.pk is None:
        return public()
    held: list[Standing] | None = getattr(user, "standing", None)
    if held is None:  # signed in by this very request
        held = getattr(find_person(user.pk, clock.now()), "standing", [])
    chosen = request.session.get(SESSION_KEY)
    if chosen is None and held:
        return _actor(held[0], user)
    found = next((each for each in held if each.id == chosen), None)
    if found is not None:
        return _actor(found, user)
    if chosen is not None:
        auth.logout(request)
        messages.info(request, gettext("您办事的岗位已经结束，请重新登录。"), fail_silently=True)
    return public()


def choose_first(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Let a new session act in the person's first assignment; told by Django at sign-in."""
    held = list_standing(user.pk, clock.now())
    if held:
        act_in(request, held[0])


def act_in(request: HttpRequest, assignment: Assignment) -> None:
    """Let a session act in an assignment from now on, and last as its role asks for."""
    request.session[SESSION_KEY] = assignment.pk
    tell_role(request, Role(assignment.role))


class LazyActor:
    """Stands for the actor until somebody asks; saves the query on pages that never do."""

    __slots__ = ("_actor", "_request")

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._actor: Actor | None = None

    def resolve(self) -> Actor:
        """Return the actor."""
        if self._actor is None:
            self._actor = actor_of_request(self._request)
        return self._actor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.resolve(), name)


@command("kernel.assignment.grant")
def grant_assignment(
    *,
    actor: Actor,
    at: datetime,
    user_id: int,
    role: Role,
    label: str,
    authority_id: int | None = None,
    organisation_id: int | None = None,
    prov: int | None = None,
    low: int = 1,
    high: int = 0,
) -> int:
    """Give a person a role at an authority or organisation from today; return its id."""
    made = Assignment.objects.create(
        user_id=user_id,
        role=role,
        label=label,
        authority_id=authority_id,
        organisation_id=organisation_id,
        prov=prov,
        low=low,
        high=high,
        from_on=at.astimezone(clock.PLACE).date(),
    )
    audit.note(target=f"assignment/{made.pk}", user=user_id, role=str(role))
    return made.pk


def move_assignments(former: int, **place: Any) -> int:
    """Let everybody who acts for the authority ``former`` act for another one; return how many.

    Part of the command that ends the authority: ``place`` holds ``authority_id``,
    ``organisation_id``, ``prov``, ``label``, ``low`` and ``high`` of the one that takes over.
    """
    return Assignment.objects.filter(authority_id=former).update(**place)


@command("kernel.user.create")
def create_user(
    *,
    actor: Actor,
    at: datetime,
    username: str,
    name: str,
    password: str | None,
    demo: bool = False,
) -> int:
    """Create a person who can sign in; without a password they set one by a one-time link."""
    user = User(username=username, name=name, is_demo=demo, date_joined=at)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save(force_insert=True)
    audit.note(target=f"user/{user.pk}")
    return user.pk


@command("kernel.token.create")
def create_token(
    *,
    actor: Actor,
    at: datetime,
    label: str,
    assignment_id: int,
    days: int = 90,
    modules: Sequence[str] = (),
    writes: bool = True,
) -> str:
    """Make an API token for one of the actor's own assignments; return it, shown only once.

    ``modules``: what it may use, empty for all; ``writes``: whether it may do more than read.
    Raises Missing for somebody else's assignment; Refusal for a bad life (1 to 365 days) or an
    unknown module.
    """
    assignment = Assignment.objects.filter(pk=assignment_id).first()
    if assignment is None or (not actor.is_system and assignment.user_id != actor.user_id):
        raise Missing("没有这个岗位。")
    if not actor.is_system and not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise Refusal("有效期应当是 1 到 365 天。", field="days", code="bad-days")
    if set(modules) - token_modules(Role(assignment.role)).keys():
        raise Refusal("没有这个模块，或者您的岗位用不到它。", field="modules", code="bad-module")
    token = "tz_" + secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        digest=hashlib.sha256(token.encode()).hexdigest(),
        label=label,
        assignment=assignment,
        modules=sorted(set(modules)),
        writes=writes,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    audit.note(
        target=f"token/{made.pk}", assignment=assignment_id, modules=made.modules, writes=writes
    )
    return token


def token_modules(role: Role) -> dict[str, str]:
    """Return name and label of the modules that a role's tokens can be used for."""
    carried = {stem.partition(".")[0] for stem in permissions_of(role)} - {"kernel"}
    return {each.name: each.label for each in manifests() if each.name in carried}


def within_scope(actor: Actor, modules: Sequence[str], writes: bool) -> Actor:
    """Return the actor with no more permissions than a token for ``modules`` has.

    What belongs to the account itself (tokens, people, assignments) is never done by a program.
    """
    return replace(actor, permissions=_within(actor.role, tuple(modules), writes, len(STEMS)))


@cache
def _within(role: Role, modules: tuple[str, ...], writes: bool, known: int) -> frozenset[str]:
    """Work it out once; ``known`` is how many commands there are so far."""
    return frozenset(
        stem
        for stem in permissions_of(role)
        if not stem.startswith("kernel.")
        and (not modules or stem.partition(".")[0] in modules)
        and (writes or stem not in STEMS)
    )


@command("kernel.token.revoke")
def revoke_token(*, actor: Actor, at: datetime, token_id: int) -> None:
    """Make one of the actor's own tokens useless from now on."""
    # A subquery, not a join: the second of two at once must see that the first has been here.
    own = Assignment.objects.filter(user_id=actor.user_id or 0)
    changed = ApiToken.objects.filter(
        pk=token_id, assignment__in=own, revoked_at__isnull=True
    ).update(revoked_at=at)
    if not changed:
        raise Missing("没有这个令牌，或已作废。")
    audit.note(target=f"token/{token_id}")


_TOKEN = f"""
WITH held AS (
    SELECT t.id AS token, t.modules, t.writes, t.used_at, {_COLUMNS}
    FROM kernel_apitoken t
    JOIN kernel_assignment a ON a.id = t.assignment_id
    JOIN kernel_user p ON p.id = a.user_id
    WHERE t.digest = %(digest)s::text AND t.revoked_at IS NULL
      AND t.expires_at > %(at)s::timestamptz AND a.from_on <= %(today)s::date
      AND (a.to_on IS NULL OR a.to_on >= %(today)s::date) AND p.is_active
), used AS (
    UPDATE kernel_apitoken t SET used_at = %(at)s::timestamptz FROM held
    WHERE t.id = held.token
      AND (held.used_at IS NULL OR held.used_at < %(lately)s::timestamptz)
)
SELECT modules, writes, id, user_id, name, role, label, authority_id, organisation_id, prov, low,
       high
FROM held
"""  # noqa: S608 - made of constants, values are bound


def find_actor_by_token(token: str, at: datetime) -> Actor | None:
    """Return who a token acts for; None when it is unknown, expired or revoked.

    When it was used is noted every five minutes.
    """
    found = planned(
        _TOKEN,
        {
            "digest": hashlib.sha256(token.encode()).hexdigest(),
            "at": at,
            "today": at.astimezone(clock.PLACE).date(),
            "lately": at - timedelta(minutes=5),
        },
        name="token",
    )
    if not found:
        return None
    modules, writes, *held = found[0]
    return within_scope(_actor(Standing(*held)), json.loads(modules), writes)
