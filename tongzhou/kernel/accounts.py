"""People and the assignments through which they act."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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

SESSION_KEY = "assignment"


LONGEST_TOKEN_DAYS = 365


def actor_for(assignment: Assignment, deputy: Any = None) -> Actor:
    """Return the actor that an assignment makes of its user, or of the ``deputy`` who stands in."""
    role = Role(assignment.role)
    name, acting, absent = assignment.user.name, assignment.user_id, None
    if deputy is not None and deputy.pk != assignment.user_id:
        name, acting, absent = f"{deputy.name}（代{name}）", deputy.pk, assignment.user_id  # data
    return Actor(
        user_id=acting,
        role=role,
        label=f"{name} · {assignment.label}",
        on_behalf_of=absent,
        assignment_id=assignment.pk,
        authority_id=assignment.authority_id,
        organisation_id=assignment.organisation_id,
        prov=assignment.prov,
        low=assignment.low,
        high=assignment.high,
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


def actor_of_request(request: HttpRequest) -> Actor:
    """Return who acts: the chosen assignment of the signed-in user, else the public.

    A session whose assignment has ended ends with it.
    """
    user = request.user
    if not user.is_authenticated or user.pk is None:
        return public()
    held = list_standing(user.pk, clock.now())
    chosen = request.session.get(SESSION_KEY)
    if chosen is None and held:
        return actor_for(held[0], user)
    found = next((each for each in held if each.pk == chosen), None)
    if found is not None:
        return actor_for(found, user)
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


def within_scope(actor: Actor, token: ApiToken) -> Actor:
    """Return the actor with no more permissions than the token has.

    What belongs to the account itself (tokens, people, assignments) is never done by a program.
    """
    return replace(
        actor,
        permissions=frozenset(
            stem
            for stem in actor.permissions
            if not stem.startswith("kernel.")
            and (not token.modules or stem.partition(".")[0] in token.modules)
            and (token.writes or stem not in STEMS)
        ),
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


def find_actor_by_token(token: str, at: datetime) -> Actor | None:
    """Return who a token acts for; None when it is unknown, expired or revoked."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    found = (
        ApiToken.objects.select_related("assignment__user")
        .filter(digest=digest, revoked_at__isnull=True, expires_at__gt=at)
        .first()
    )
    if found is None:
        return None
    held = {each.pk for each in list_assignments(found.assignment.user_id, at)}
    if found.assignment_id not in held:
        return None
    if found.used_at is None or at - found.used_at > timedelta(minutes=5):
        ApiToken.objects.filter(pk=found.pk).update(used_at=at)
    return within_scope(actor_for(found.assignment), found)
