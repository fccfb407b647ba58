"""Authorities and organisations as places where people act; the kernel asks through the manifest.

No actor here: the kernel decides who may look after the people of which place, and asks only for
what that decision allows.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from tongzhou.base.identifiers import compact_code
from tongzhou.kernel.identity.places import Place
from tongzhou.modules.registry.contracts import AuthorityKind, Status
from tongzhou.modules.registry.models import Authority, CodeEntry, Organisation
from tongzhou.modules.registry.rules.regions import span

_ENDED = (Status.DISSOLVED, Status.REVOKED)


def _organisation(found: Organisation) -> Place:
    return Place(kind="ORGANISATION", label=found.name, organisation_id=found.id, prov=found.prov)


def _authority(found: Authority) -> Place:
    low, high = span(found.region_id)
    return Place(
        kind=found.kind,
        label=found.name,
        authority_id=found.pk,
        organisation_id=found.organisation_id,
        prov=found.prov,
        low=low,
        high=high,
    )


class RegistryPlaces:
    """The register, as the kernel's ``identity.places.Directory``."""

    def find_organisation(self, identifier: int, prov: int) -> Place | None:
        """Return an organisation that still acts."""
        found = self._acting().filter(id=identifier, prov=prov).first()
        return _organisation(found) if found else None

    def find_registered(self, authority_id: int, identifier: int, prov: int) -> Place | None:
        """Return an organisation that still acts and was registered by the authority."""
        rows = self._acting().filter(id=identifier, prov=prov, registered_by_id=authority_id)
        found = rows.first()
        return _organisation(found) if found else None

    def find_authority(self, authority_id: int) -> Place | None:
        """Return an authority that has not ended."""
        found = Authority.objects.filter(pk=authority_id, valid_to__isnull=True).first()
        return _authority(found) if found else None

    def find_bearer_by_code(self, code: str) -> tuple[int, int] | None:
        """Return id and prov of the organisation with a credit code."""
        return self._acting().filter(code=code).values_list("id", "prov").first()

    def find_ids_by_code(self, code: str) -> list[int]:
        """Return the ids of the organisations that have or had a code, also ended ones."""
        held = CodeEntry.objects.filter(code=compact_code(code))
        return list(held.values_list("organisation_id", flat=True))

    def search_registered(self, authority_id: int, words: str, limit: int) -> list[Place]:
        """Return organisations of an authority whose name or code holds ``words``."""
        authority = Authority.objects.filter(pk=authority_id).first()
        if authority is None or not words.strip():
            return []
        wanted = words.strip()
        rows = self._acting().filter(
            Q(code=wanted.upper()) | Q(name__holds=wanted),
            registered_by_id=authority_id,
            registered_region=authority.region_id,
        )
        return [_organisation(each) for each in rows.order_by("pinyin", "id")[:limit]]

    def search_authorities(self, words: str, limit: int) -> list[Place]:
        """Return authorities whose name holds ``words``."""
        rows = Authority.objects.filter(name__icontains=words.strip(), valid_to__isnull=True)
        return [_authority(each) for each in rows.order_by("region_id", "name")[:limit]]

    def list_within(self, low: int, high: int) -> tuple[QuerySet[Any], QuerySet[Any]]:
        """Return the ids of the registration authorities and organisations of a region range.

        Those that ended are among them: what they did stays to be looked at.
        """
        authorities = Authority.objects.filter(
            kind=AuthorityKind.REGISTRATION, region__id__range=(low, high)
        )
        organisations = Organisation.objects.filter(registered_region__range=(low, high))
        return authorities.values("pk"), organisations.values("id")

    def _acting(self) -> QuerySet[Organisation]:
        return Organisation.objects.social().exclude(status__in=_ENDED)


places = RegistryPlaces()
