"""Find duties by their words, whom they bind, how strictly, when and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongzhou.kernel.database import rows
from tongzhou.modules.directives.public import CAP, DocumentFilter, by_index
from tongzhou.modules.directives.public import moment as at_moment
from tongzhou.modules.registry.public import ancestors
from tongzhou.modules.response.public import Phase, bit

WEIGHTS = "{0.05, 0.2, 0.6, 1.0}"


@dataclass(frozen=True, slots=True)
class DutyFilter:
    """Which duties are searched; whatever is empty, False or None does not narrow.

    ``bearer`` is a kind of bearer or an organ, ``group`` the code of a group that a directive
    names, ``form`` a form of the register that the duty reaches. ``timed`` asks for duties with a
    deadline, ``versions`` for these only.
    """

    strength: str = ""
    bearer: str = ""
    group: str = ""
    form: str = ""
    phase: str = ""
    timed: bool = False
    versions: frozenset[int] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether every duty fits, and clauses without duties, too."""
        return self == DutyFilter()

    def sql(self) -> tuple[str, dict[str, Any]]:
        """Return the condition on ``y`` and its parameters."""
        conditions = ["TRUE"]
        params: dict[str, Any] = {}
        if self.strength:
            conditions.append("y.strength = %(strength)s")
            params["strength"] = self.strength
        if self.bearer in {"ORGANISATION", "AUTHORITY"}:
            conditions.append("y.bearer_kind = %(bearer)s")
        elif self.bearer:
            conditions.append("y.organ = %(bearer)s")
        if self.bearer:
            params["bearer"] = self.bearer
        if self.group:
            conditions.append("y.spec #> '{bearer,groups}' @> jsonb_build_array(%(group)s::text)")
            params["group"] = self.group
        if self.form:
            conditions.append(
                "EXISTS (SELECT 1 FROM duties_dutyprofile b"
                " JOIN registry_profile p ON p.id = b.profile_id"
                " WHERE b.duty_id = y.id AND p.form = %(form)s)"
            )
            params["form"] = self.form
        if self.phase:
            conditions.append("y.phases & %(phase)s <> 0")
            params["phase"] = bit(Phase(self.phase))
        if self.timed:
            conditions.append("jsonb_typeof(y.spec -> 'deadline') = 'object'")
        if self.versions is not None:
            conditions.append("y.id = ANY(%(versions)s)")
            params["versions"] = list(self.versions)
        return " AND ".join(conditions), params


@dataclass(frozen=True, slots=True)
class DutyHit:
    """A duty that fits, with how well; ``version_id`` is the version that was found."""

    version_id: int
    expression_id: int
    clause: str
    strength: str
    bearer_kind: str
    organ: str
    rank: float


@dataclass(frozen=True, slots=True)
class DutyHits:
    """The duties that fit; ``capped`` when there are more than were ranked."""

    rows: tuple[DutyHit, ...]
    capped: bool


#: The library whose duties are shown of an expression: the one in force, else the last.
CURRENT = """
l.id = (SELECT l2.id FROM duties_library l2
        WHERE l2.expression = l.expression
        ORDER BY EXISTS (SELECT 1 FROM duties_enforcement f WHERE f.library_id = l2.id
                         AND f.from_at <= %(at)s AND (f.to_at IS NULL OR f.to_at > %(at)s)) DESC,
                 l2.version DESC LIMIT 1)
"""
_FOUND = """
SELECT y.id, e.id, y.clause, y.strength, y.bearer_kind, y.organ,
       ts_rank_cd(%(weights)s, y.words, %(query)s::tsquery, 1)
FROM duties_duty y
JOIN duties_library l ON l.id = y.library_id
JOIN directives_expression e ON e.urn = l.expression
JOIN directives_directive d ON d.id = e.directive_id
WHERE y.words @@ %(query)s::tsquery AND {documents} AND {duties} AND {current}
LIMIT %(cap)s
"""


def find_duties(
    query: str,
    documents: DocumentFilter,
    duties: DutyFilter,
    at: datetime,
    *,
    cap: int = CAP,
) -> DutyHits:
    """Return the duties that fulfil a ``tsquery`` of the rules, unordered, at most ``cap``."""
    if not query or (duties.versions is not None and not duties.versions):
        return DutyHits((), capped=False)
    where, params = documents.sql()
    which, more = duties.sql()
    params |= {**more, **at_moment(at), "query": query, "weights": WEIGHTS, "cap": cap + 1}
    with by_index():
        found = rows(_FOUND.format(documents=where, duties=which, current=CURRENT), params)
    return DutyHits(tuple(DutyHit(*row) for row in found[:cap]), len(found) > cap)


_OF_CLAUSES = """
SELECT y.id, e.id, y.clause, y.strength, y.bearer_kind, y.organ, 0.0
FROM duties_library l
JOIN directives_expression e ON e.urn = l.expression
JOIN duties_duty y ON y.library_id = l.id
WHERE (e.id, y.clause) IN (SELECT * FROM unnest(%(expressions)s::bigint[], %(clauses)s::text[]))
  AND {current}
ORDER BY y.library_id, y.position
"""


def duties_at(clauses: Iterable[tuple[int, str]], at: datetime) -> list[DutyHit]:
    """Return the duties drawn from clauses, given as expression and address, in their order."""
    wanted = list(clauses)
    params = {
        "expressions": [each[0] for each in wanted],
        "clauses": [each[1] for each in wanted],
        **at_moment(at),
    }
    return [DutyHit(*row) for row in rows(_OF_CLAUSES.format(current=CURRENT), params)]


_REACHING = """
SELECT e.id FROM directives_expression e
JOIN directives_directive d ON d.id = e.directive_id
WHERE EXISTS (SELECT 1 FROM duties_library l
              WHERE l.expression = e.urn AND l.scope_region = ANY(%(regions)s))
   OR (NOT EXISTS (SELECT 1 FROM duties_library l WHERE l.expression = e.urn)
       AND EXISTS (SELECT 1 FROM registry_authority a
                   WHERE a.id = d.authority_id AND a.region_id = ANY(%(regions)s)))
"""


def expressions_reaching(region_id: int) -> frozenset[int]:
    """Return the texts that reach a place, by the scope of their duties or by their authority."""
    regions = sorted({region_id, *ancestors(region_id)})
    return frozenset(row[0] for row in rows(_REACHING, {"regions": regions}))


def list_scopes() -> list[tuple[int, str]]:
    """Return the regions that the duties of some document are for, the widest first."""
    found = rows(
        "SELECT DISTINCT r.id, r.name FROM duties_library l"
        " JOIN registry_region r ON r.id = l.scope_region ORDER BY r.id"
    )
    return [(row[0], row[1]) for row in found]
