"""Reads for the modules that decide who owes what: bearers, their cells, their profiles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.registry.models import Organisation
from tongzhou.modules.registry.rules.attributes import attributes_of, organs_of


@dataclass(frozen=True, slots=True)
class BearerRow:
    """A bearer of duties with the facts that applicability can see."""

    id: int
    prov: int
    name: str
    form: str
    status: str
    cell_id: int
    place: int
    registered_region: int
    profile_id: int
    registered_by_id: int


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile with its bit sets opened."""

    id: int
    form: str
    level: str
    attributes: frozenset[str]
    organs: frozenset[str]


_BEARERS = """
SELECT o.id, o.prov, o.name, o.form, o.status, o.cell_id, c.place, c.registered_region,
       c.profile_id, o.registered_by_id
FROM unnest(%s::bigint[], %s::smallint[]) AS k(id, prov)
JOIN registry_organisation o ON o.id = k.id AND o.prov = k.prov
JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov
ORDER BY o.id, o.prov
"""


def list_bearers(keys: Iterable[tuple[int, int]], *, lock: bool = False) -> list[BearerRow]:
    """Return the bearers with these (id, prov), in the order of id; unknown keys are left out.

    ``lock`` holds them FOR SHARE until the transaction ends, so that none moves to another cell
    meanwhile.
    """
    held = list(keys)
    sql = _BEARERS + (" FOR SHARE OF o" if lock else "")
    found = rows(sql, [[key[0] for key in held], [key[1] for key in held]])
    return [BearerRow(*row) for row in found]


def find_bearer(identifier: int, prov: int) -> BearerRow | None:
    """Return one bearer, None if there is none."""
    found = list_bearers([(identifier, prov)])
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """An authority; ``organisation_id`` is its bearer row, None where it owes nothing here."""

    id: int
    name: str
    kind: str
    region_id: int
    organisation_id: int | None
    prov: int


def find_authority(kind: str, region_id: int) -> AuthorityRow | None:
    """Return the first authority of a kind for a region, None if there is none."""
    found = rows(
        "SELECT id, name, kind, region_id, organisation_id, prov FROM registry_authority"
        " WHERE kind = %s AND region_id = %s AND valid_to IS NULL ORDER BY id LIMIT 1",
        [kind, region_id],
    )
    return AuthorityRow(*found[0]) if found else None


_MEMORY = """
SELECT o.id, o.prov, o.name, o.form, o.status, c.id, c.place, c.registered_region, c.profile_id,
       o.registered_by_id
FROM registry_placement p
JOIN registry_organisation o ON o.id = p.organisation_id AND o.prov = p.prov
JOIN registry_cell c ON c.id = p.cell_id AND c.prov = p.prov
WHERE p.organisation_id = %s AND p.prov = %s
  AND p.from_at <= %s AND (p.to_at IS NULL OR p.to_at > %s)
"""


def find_bearer_at(identifier: int, prov: int, at: datetime) -> BearerRow | None:
    """Return a bearer as it stood at a past moment, None if it was not on the register then."""
    found = rows(_MEMORY, [identifier, prov, at, at])
    return BearerRow(*found[0]) if found else None


def list_profiles(profile_ids: Iterable[int] | None = None) -> list[ProfileRow]:
    """Return the profiles with these ids, or all."""
    sql = "SELECT id, form, level, attributes, organs FROM registry_profile"
    params: list[object] = []
    if profile_ids is not None:
        sql += " WHERE id = ANY(%s)"
        params.append(list(profile_ids))
    return [
        ProfileRow(
            id=row[0],
            form=row[1],
            level=row[2],
            attributes=attributes_of(row[3]),
            organs=frozenset(str(organ) for organ in organs_of(row[4])),
        )
        for row in rows(sql + " ORDER BY id", params)
    ]


def visible_sql(actor: Actor) -> tuple[str, list[object]]:
    """Return what ``Organisation.objects.visible_to`` keeps, as a condition for set queries.

    The condition names the table ``registry_organisation``, so the query must not alias it.
    """
    query = Organisation.objects.visible_to(actor).query
    try:
        sql, params = query.where.as_sql(query.get_compiler("default"), connection)
    except EmptyResultSet:
        return "FALSE", []
    except FullResultSet:
        return "TRUE", []
    return f"({sql})", list(params)
