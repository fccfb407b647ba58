"""Read authorities: the tree of registration authorities and the names to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.registry.contracts import AuthorityKind
from tongzhou.modules.registry.models import Authority, Region
from tongzhou.modules.registry.rules.regions import ancestors, span

_TREE = """
SELECT r.id, r.name, a.id, a.name,
       EXISTS (SELECT 1 FROM registry_region c
               WHERE c.parent_id = r.id AND c.valid_to IS NULL) AS deeper,
       (SELECT coalesce(sum(c.population), 0) FROM registry_cell c
        JOIN registry_profile p ON p.id = c.profile_id AND p.form <> 'AUTHORITY'
        WHERE c.registered_region = r.id) AS own,
       (SELECT coalesce(sum(c.population), 0) FROM registry_cell c
        JOIN registry_profile p ON p.id = c.profile_id AND p.form <> 'AUTHORITY'
        WHERE c.registered_region BETWEEN r.id AND r.high) AS subtree,
       (SELECT coalesce(sum(c.population), 0) FROM registry_cell c
        JOIN registry_profile p ON p.id = c.profile_id AND p.form <> 'AUTHORITY'
        WHERE c.place BETWEEN r.id AND r.high) AS located
FROM registry_region r
LEFT JOIN registry_authority a
       ON a.region_id = r.id AND a.kind = 'REGISTRATION' AND a.valid_to IS NULL
WHERE {which} AND r.valid_to IS NULL
ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class AuthorityNode:
    """A region with its registration authority and how many organisations that has."""

    region_id: int
    region: str
    authority_id: int | None
    authority: str
    deeper: bool
    own: int
    subtree: int
    located: int


def list_authority_tree(region_id: int) -> list[AuthorityNode]:
    """Return the regions below one, each with its registration authority."""
    return [
        AuthorityNode(*row) for row in rows(_TREE.format(which="r.parent_id = %s"), [region_id])
    ]


def find_authority_node(region_id: int) -> AuthorityNode | None:
    """Return one region with its registration authority, None if there is no such region."""
    found = rows(_TREE.format(which="r.id = %s"), [region_id])
    return AuthorityNode(*found[0]) if found else None


def list_above(region_id: int) -> list[tuple[int, str]]:
    """Return the regions above one and itself, the nation first."""
    wanted = [*ancestors(region_id), region_id]
    names = dict(Region.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return [(each, names[each]) for each in wanted if each in names]


def list_names(actor: Actor, kind: AuthorityKind, limit: int = 400) -> list[str]:
    """Return names of authorities in the actor's regions, to choose from while typing."""
    found = Authority.objects.filter(
        kind=str(kind), region__id__range=(actor.low, actor.high), valid_to__isnull=True
    )
    return list(found.order_by("region_id", "name").values_list("name", flat=True)[:limit])


def list_places(actor: Actor, limit: int = 400) -> list[tuple[str, str]]:
    """Return code and name of the places in the actor's regions, to choose from while typing."""
    low, high = (actor.low, actor.high) if actor.low else span(0)
    found = Region.objects.filter(
        id__range=(low, high), level="COUNTY", valid_to__isnull=True
    ).order_by("id")[:limit]
    return [(f"{each.id:06d}", each.name) for each in found]


def find_authority_name(authority_id: int | None) -> str:
    """Return the name of an authority, empty if there is none."""
    if authority_id is None:
        return ""
    found = Authority.objects.filter(pk=authority_id).values_list("name", flat=True).first()
    return found or ""
