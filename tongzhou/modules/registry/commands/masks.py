"""Bring the bit sets of organisations up to their dated attributes and organs, in sets.

The bit sets on the organisation are those of one day; cells and profiles are found by them.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from tongzhou.kernel.database import execute
from tongzhou.modules.registry.commands.placements import fill_bearing
from tongzhou.modules.registry.rules.attributes import ORGAN_BITS, attribute_kinds

#: Temporary tables with the columns id and prov whose organisations may be refreshed.
_TABLES: Final = frozenset({"merged", "chosen", "due"})

_REFRESH = """
WITH facts AS (
    SELECT m.id, m.prov,
           coalesce((SELECT bit_or(1::bigint << k.bit)
                     FROM registry_organisationattribute a
                     JOIN unnest(%(codes)s::text[], %(bits)s::int[]) AS k(code, bit)
                       ON k.code = a.attribute
                     WHERE a.organisation_id = m.id AND a.prov = m.prov
                       AND a.from_on <= %(today)s
                       AND (a.to_on IS NULL OR a.to_on >= %(today)s)), 0) AS attributes,
           coalesce((SELECT bit_or(1 << k.bit)
                     FROM registry_organ g
                     JOIN unnest(%(kinds)s::text[], %(places)s::int[]) AS k(kind, bit)
                       ON k.kind = g.kind
                     WHERE g.organisation_id = m.id AND g.prov = m.prov
                       AND g.from_on <= %(today)s
                       AND (g.to_on IS NULL OR g.to_on >= %(today)s)), 0) AS organs
    FROM {table} m
)
UPDATE registry_organisation o SET attributes = f.attributes, organs = f.organs
FROM facts f
WHERE o.id = f.id AND o.prov = f.prov
  AND (o.attributes <> f.attributes OR o.organs <> f.organs)
"""

_BEARING = """
INSERT INTO bearing
SELECT o.id, o.prov, o.located_in_id, o.registered_region, o.form, o.attributes, o.organs, '',
       o.status IN ('ACTIVE', 'SUSPENDED'), p.cell_id, FALSE
FROM {table} m
JOIN registry_organisation o ON o.id = m.id AND o.prov = m.prov
LEFT JOIN registry_placement p
       ON p.organisation_id = o.id AND p.prov = o.prov AND p.to_at IS NULL
"""


def refresh_masks(table: str, today: date) -> int:
    """Bring the organisations of a temporary table up to ``today``; return how many changed."""
    if table not in _TABLES:
        raise ValueError(table)
    kinds = attribute_kinds()
    return execute(
        _REFRESH.format(table=table),
        {
            "today": today,
            "codes": list(kinds),
            "bits": [kind.bit for kind in kinds.values()],
            "kinds": [str(kind) for kind in ORGAN_BITS],
            "places": list(ORGAN_BITS.values()),
        },
    )


def bear(table: str, *, anew: bool) -> None:
    """Put the organisations of a temporary table into ``bearing``, to be placed."""
    if table not in _TABLES:
        raise ValueError(table)
    fill_bearing(_BEARING.format(table=table), {}, anew=anew)
