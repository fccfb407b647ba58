"""Places where people act: an authority, an organisation, the site itself.

The kernel knows neither authorities nor organisations. The module that does names an object in its
manifest (``directory``), and is asked through it.
"""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, cast

from django.db.models import Q, QuerySet

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.identity import rules
from tongzhou.kernel.manifest import manifests
from tongzhou.kernel.models import Assignment, Invitation


@dataclass(frozen=True, slots=True)
class Place:
    """Where an assignment is held; the fields that an assignment copies from it.

    ``kind`` is ORGANISATION, SITE or the kind of an authority. An authority's people carry the
    bearer row of their authority in ``organisation_id``/``prov``.
    """

    kind: str
    label: str
    authority_id: int | None = None
    organisation_id: int | None = None
    prov: int | None = None
    low: int = 1
    high: int = 0

    @property
    def address(self) -> str:
        """Return the place as it stands in an address: ``a12``, ``o340-44`` or ``site``."""
        if self.authority_id is not None:
            return f"a{self.authority_id}"
        return f"o{self.organisation_id}-{self.prov}" if self.organisation_id else "site"

    def people(self) -> Q:
        """Return the condition that keeps assignments and invitations of this place."""
        if self.authority_id is not None:
            return Q(authority_id=self.authority_id)
        return Q(authority_id__isnull=True, organisation_id=self.organisation_id, prov=self.prov)


class Directory(Protocol):
    """What the kernel asks of the module that knows authorities and organisations."""

    def find_organisation(self, identifier: int, prov: int) -> Place | None:
        """Return an organisation that still acts."""

    def find_registered(self, authority_id: int, identifier: int, prov: int) -> Place | None:
        """Return an organisation that still acts and was registered by the authority."""

    def find_authority(self, authority_id: int) -> Place | None:
        """Return an authority that has not ended."""

    def find_bearer_by_code(self, code: str) -> tuple[int, int] | None:
        """Return id and prov of the organisation with a credit code."""

    def find_ids_by_code(self, code: str) -> list[int]:
        """Return the ids of the organisations that have or had a code, also ended ones."""

    def search_registered(self, authority_id: int, words: str, limit: int) -> list[Place]:
        """Return organisations of an authority whose name or code holds ``words``."""

    def search_authorities(self, words: str, limit: int) -> list[Place]:
        """Return authorities whose name holds ``words``."""

    def list_within(self, low: int, high: int) -> tuple[QuerySet[Any], QuerySet[Any]]:
        """Return the ids of the registration authorities and organisations of a region range."""


SITE = Place(kind="SITE", label="系统")


@cache
def directory() -> Directory:
    """Return the object that the manifests name."""
    for each in manifests():
        if each.directory:
            path, _, name = each.directory.partition(":")
            return cast(Directory, getattr(importlib.import_module(path), name))
    raise RuntimeError("no manifest names a directory")


def own_place(actor: Actor) -> Place:
    """Return the place the actor acts for. Raises Missing when it has ended."""
    found: Place | None = None
    if actor.authority_id is not None:
        found = directory().find_authority(actor.authority_id)
    elif actor.organisation_id is not None and actor.prov is not None:
        found = directory().find_organisation(actor.organisation_id, actor.prov)
    elif actor.role in {Role.OPERATOR, Role.SYSTEM}:
        found = SITE
    if found is None:
        raise Missing("没有这个单位，或者它已经终止。")
    return found


def place_at(actor: Actor, address: str) -> Place:
    """Return the place with an address (see ``Place.address``), cut to what the actor may see.

    The empty address is the actor's own place. Raises Missing for everything else that is not
    theirs to look after, whether it exists or not.
    """
    own = own_place(actor)
    if not address or address == own.address:
        return own
    found = _foreign(actor, address)
    if found is None:
        raise Missing("没有这个单位，或者不归您管理。")
    return found


def _foreign(actor: Actor, address: str) -> Place | None:
    kind, numbers = address[:1], address[1:].split("-")
    if not all(each.isdecimal() and len(each) < 19 for each in numbers):
        return None
    parts = [int(each) for each in numbers]
    if kind == "a" and len(parts) == 1 and actor.role in {Role.OPERATOR, Role.SYSTEM}:
        return directory().find_authority(parts[0])
    if kind != "o" or len(parts) != 2 or parts[1] > 999:
        return None
    if actor.is_system:
        return directory().find_organisation(parts[0], parts[1])
    if actor.role in rules.OVER_ORGANISATIONS and actor.authority_id is not None:
        return directory().find_registered(actor.authority_id, parts[0], parts[1])
    return None


def place_of(actor: Actor, held: Assignment | Invitation) -> Place:
    """Return the place of an assignment or invitation. Raises Missing if it is not the actor's."""
    if held.authority_id is not None:
        return place_at(actor, f"a{held.authority_id}")
    if held.organisation_id is not None:
        return place_at(actor, f"o{held.organisation_id}-{held.prov}")
    return place_at(actor, "site")


def roles_given(actor: Actor, place: Place) -> frozenset[Role]:
    """Return the roles the actor may give, change or end at a place."""
    own = place.address == own_place(actor).address
    return rules.gives(actor.role, place.kind, own=own)
