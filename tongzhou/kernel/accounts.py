"""People and the assignments through which they act."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from tongzhou.base.errors import Missing
from tongzhou.kernel import audit, clock
from tongzhou.kernel.access import Actor, Role, permissions_of, public
from tongzhou.kernel.commands import command
from tongzhou.kernel.models import ApiToken, Assignment, User

SESSION_KEY = "assignment"


def actor_for(assignment: Assignment) -> Actor:
    """Return the actor that an assignment makes of its user."""
    role = Role(assignment.role)
    return Actor(
        user_id=assignment.user_id,
        role=role,
        label=f"{assignment.user.name} · {assignment.label}",
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


def actor_of_request(request: HttpRequest) -> Actor:
    """Return who acts: the chosen assignment of the signed-in user, else the public."""
    user = request.user
    if not user.is_authenticated or user.pk is None:
        return public()
    held = list_assignments(user.pk, clock.now())
    if not held:
        return public()
    chosen = request.session.get(SESSION_KEY)
    return actor_for(next((each for each in held if each.pk == chosen), held[0]))


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
    *, actor: Actor, at: datetime, label: str, assignment_id: int, days: int = 90
) -> str:
    """Make an API token for one of the actor's own assignments; return it, shown only once."""
    assignment = Assignment.objects.filter(pk=assignment_id).first()
    if assignment is None or (not actor.is_system and assignment.user_id != actor.user_id):
        raise Missing("没有这个岗位。")
    token = "tz_" + secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        digest=hashlib.sha256(token.encode()).hexdigest(),
        label=label,
        assignment=assignment,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    audit.note(target=f"token/{made.pk}", assignment=assignment_id)
    return token


@command("kernel.token.revoke")
def revoke_token(*, actor: Actor, at: datetime, token_id: int) -> None:
    """Make one of the actor's own tokens useless from now on."""
    changed = ApiToken.objects.filter(
        pk=token_id, assignment__user_id=actor.user_id or 0, revoked_at__isnull=True
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
    return actor_for(found.assignment)
