"""Count the populations of cells again from the organisations themselves."""

from django.utils.translation import gettext

from tongzhou.kernel.database import rows

_POPULATIONS = """
WITH recounted AS (
    SELECT cell_id, prov, count(*) AS n FROM registry_organisation
    WHERE status IN ('ACTIVE', 'SUSPENDED') GROUP BY cell_id, prov
)
SELECT coalesce(c.id, r.cell_id), coalesce(c.population, 0), coalesce(r.n, 0)
FROM registry_cell c FULL JOIN recounted r ON c.id = r.cell_id AND c.prov = r.prov
WHERE coalesce(c.population, 0) <> coalesce(r.n, 0) ORDER BY 1 LIMIT 50
"""

_PLACEMENTS = """
SELECT o.id, o.cell_id, p.cell_id
FROM registry_organisation o
LEFT JOIN registry_placement p
       ON p.organisation_id = o.id AND p.prov = o.prov AND p.to_at IS NULL
WHERE (CASE WHEN o.status IN ('ACTIVE', 'SUSPENDED') THEN o.cell_id END)
      IS DISTINCT FROM p.cell_id
ORDER BY 1 LIMIT 50
"""


def list_population_faults() -> list[str]:
    """Return where populations or placements disagree with the register; empty when none do."""
    wrong = gettext("单元 %(cell)s 记 %(held)s 家，实为 %(found)s 家")
    strayed = gettext("组织 %(organisation)s 在单元 %(cell)s，去向记为 %(placed)s")
    return [
        *(
            wrong % {"cell": cell, "held": held, "found": found}
            for cell, held, found in rows(_POPULATIONS)
        ),
        *(
            strayed % {"organisation": organisation, "cell": cell, "placed": placed}
            for organisation, cell, placed in rows(_PLACEMENTS)
        ),
    ]
