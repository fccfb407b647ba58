"""People for measurements: created through the product's commands, signed in by the harness."""

from typing import Any

from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.models import Assignment, User
from tongzhou.modules.registry.public import BearerRow, find_authority, span


def officer(region: int) -> User:
    """Return an officer of the registration authority of a region."""
    name = f"bench-officer-{region}"
    found = User.objects.filter(username=name).first()
    if found is not None:
        return found
    authority = find_authority("REGISTRATION", region)
    if authority is None:
        raise RuntimeError(f"no authority for {region}")
    low, high = span(region)
    return _person(
        name,
        Role.OFFICER,
        label=authority.name,
        authority_id=authority.id,
        organisation_id=authority.organisation_id,
        prov=authority.prov,
        low=low,
        high=high,
    )


def secretary(bearer: BearerRow) -> User:
    """Return somebody of the secretariat of an organisation."""
    name = f"bench-secretary-{bearer.id}"
    found = User.objects.filter(username=name).first()
    if found is not None:
        return found
    return _person(
        name, Role.SECRETARIAT, label=bearer.name, organisation_id=bearer.id, prov=bearer.prov
    )


def token_of(user: User) -> str:
    """Return a new API token for the one assignment of a person."""
    assignment = Assignment.objects.get(user=user)
    return accounts.create_token(
        actor=SYSTEM, at=clock.now(), label="bench", assignment_id=assignment.pk
    )


def _person(name: str, role: Role, **place: Any) -> User:
    now = clock.now()
    user = accounts.create_user(
        actor=SYSTEM, at=now, username=name, name=name, password=None, demo=True
    )
    accounts.grant_assignment(actor=SYSTEM, at=now, user_id=user, role=role, **place)
    return User.objects.get(pk=user)
