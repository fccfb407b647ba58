"""Read once what the rows of an import are checked against."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.registry.contracts import (
    AuthorityKind,
    AuthorityReference,
    ImportReferences,
    Level,
    RegionReference,
)
from tongzhou.modules.registry.rules.regions import code_of, prov_of

_REGIONS = """
SELECT r.id, r.name, r.valid_to,
       r.level = 'COUNTY' OR (r.level = 'CITY' AND NOT EXISTS (
           SELECT 1 FROM registry_region c WHERE c.parent_id = r.id AND c.valid_to IS NULL
       )) AS addressable,
       ARRAY(SELECT to_region_id FROM registry_region_successors s
             WHERE s.from_region_id = r.id ORDER BY to_region_id) AS successors
FROM registry_region r
"""

_AUTHORITIES = """
SELECT id, kind, level, region_id, name FROM registry_authority
WHERE (valid_to IS NULL OR valid_to > %(day)s) AND kind = ANY(%(kinds)s)
ORDER BY id
"""


def get_import_references(actor: Actor, today: date) -> ImportReferences:
    """Return everything the rows of a sheet are checked against, as it is on ``today``.

    The registering authorities are all there, so that a foreign one is told from an unknown one;
    ``mine`` holds those whose organisations the actor may write.
    """
    regions = {}
    names: dict[str, tuple[int, ...]] = {}
    codes: dict[int, set[str]] = defaultdict(set)
    for id_, name, valid_to, addressable, successors in rows(_REGIONS):
        closed = valid_to is not None and valid_to <= today
        regions[f"{id_:06d}"] = RegionReference(
            id_, name, addressable, valid_to if closed else None, tuple(successors)
        )
        codes[id_].add(code_of(id_))
        for successor in successors:
            codes[successor].add(code_of(id_))
        if not closed and addressable:
            names[name] = (*names.get(name, ()), id_)
    registrars: dict[str, AuthorityReference] = {}
    supervisors: dict[str, int] = {}
    industry: dict[str, int] = {}
    code_regions: dict[int, set[str]] = {}
    mine: set[int] = set()
    wanted = [AuthorityKind.REGISTRATION, AuthorityKind.SUPERVISOR, AuthorityKind.INDUSTRY]
    for id_, kind, level, region_id, name in rows(
        _AUTHORITIES, {"day": today, "kinds": [str(each) for each in wanted]}
    ):
        if kind == AuthorityKind.SUPERVISOR:
            supervisors[name] = id_
        elif kind == AuthorityKind.INDUSTRY:
            industry[name] = id_
        else:
            reference = AuthorityReference(
                id_, name, Level(level), region_id, prov_of(Level(level), region_id)
            )
            registrars[name] = registrars[code_of(region_id)] = reference
            code_regions[id_] = codes[region_id]
            if actor.governs(region_id):
                mine.add(id_)
    return ImportReferences(
        today=today,
        registrars=registrars,
        regions=regions,
        region_names=names,
        supervisors=supervisors,
        industry=industry,
        code_regions=code_regions,
        mine=None if actor.is_system else mine,
    )


def list_known_codes(codes: list[str]) -> set[str]:
    """Return those of the codes that the national directory already holds."""
    found = rows("SELECT code FROM registry_codeentry WHERE code = ANY(%s)", [codes])
    return {row[0] for row in found}
