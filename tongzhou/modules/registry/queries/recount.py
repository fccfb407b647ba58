"""Count the populations of cells again from the organisations themselves."""

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
    found = [f"单元 {a} 记 {b} 家，实为 {c} 家" for a, b, c in rows(_POPULATIONS)]
    found += [f"组织 {a} 在单元 {b}，去向记为 {c}" for a, b, c in rows(_PLACEMENTS)]
    return found
