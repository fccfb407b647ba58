"""Versions of duties before they are loaded: what a library follows, what a supplement refines."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.contracts import DutyLibrary, Relation
from tongzhou.modules.duties.models import Library
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    Ground,
    duties_of,
    get_duty,
    get_version,
    library_of,
    ruling_of,
)
from tongzhou.modules.duties.rules.refinement import Ruling
from tongzhou.modules.duties.rules.windows import span


def work_of(expression: str) -> str:
    """Return the directive that an expression is a wording of."""
    return expression.partition("@")[0]


def find_latest(expression: str) -> int | None:
    """Return the latest library of an expression, None if it has none."""
    found = Library.objects.filter(expression=expression).order_by("-version")
    return found.values_list("pk", flat=True).first()


def find_before(expression: str) -> int | None:
    """Return the library that a new one of an expression follows.

    The latest of the same expression, or of the nearest wording that it amends; None if there is
    none.
    """
    seen: set[str] = set()
    while expression and expression not in seen:
        found = find_latest(expression)
        if found is not None:
            return found
        seen.add(expression)
        amended = rows(
            "SELECT p.urn FROM directives_expression e"
            " JOIN directives_expression p ON p.id = e.previous_id WHERE e.urn = %s",
            [expression],
        )
        expression = amended[0][0] if amended else ""
    return None


def follow_by_key(library: DutyLibrary) -> dict[str, tuple[int, Relation]]:
    """Return what the duties of a library follow, going by their ids in the version before it.

    A duty that passes to another kind of bearer is a new one.
    """
    before = find_before(library.expression)
    if before is None:
        return {}
    held = {each.spec.id: each for each in duties_of(before)}
    return {
        duty.id: (
            held[duty.id].id,
            Relation.REFINES if held[duty.id].relation is Relation.REFINES else Relation.CONTINUES,
        )
        for duty in library.duties
        if duty.id in held and held[duty.id].spec.bearer.kind is duty.bearer.kind
    }


@dataclass(slots=True)
class Uppers:
    """What supplements are held against at a moment."""

    at: datetime
    _ground: Ground = field(init=False)

    def __post_init__(self) -> None:
        """Read what is in force once."""
        self._ground = Ground(self.at)

    def of(self, duty_id: int, library: DutyLibrary) -> Iterator[tuple[DutyRow, Ruling]]:
        """Yield the upper text of a duty, and what wider supplements in force have made of it.

        Earlier texts of the library's own directive are what it replaces, so they are left out.
        """
        upper = get_duty(duty_id, self.at, ground=self._ground)
        yield upper, ruling_of(upper)
        lineage = self._ground.lineages.get(duty_id)
        low, high = span(library.scope.region)
        for term in lineage.lowers(self.at) if lineage else ():
            start, end = span(term.scope.region)
            wider = start <= low and high <= end and (start, end) != (low, high)
            version = get_version(term.version_id)
            if wider and work_of(version.expression) != work_of(library.expression):
                # Where both reach is decided place by place; here only what is asked matters.
                yield (
                    version,
                    Ruling(version.spec, ruling_of(upper).scope, ruling_of(version).groups),
                )


def declared_body(library_id: int) -> dict[str, Any]:
    """Return a library as plain data that says itself what its duties follow and refine."""
    body = deepcopy(dict(library_of(library_id).body))
    rows_by_key = {each.spec.id: each for each in duties_of(library_id)}
    for declared in cast("list[dict[str, Any]]", body["duties"]):
        duty = rows_by_key[declared["id"]]
        declared.pop("continues", None)
        declared.pop("refines", None)
        if duty.relation is Relation.REFINES:
            declared["refines"] = get_version(duty.id).urn
        elif duty.relation is Relation.CONTINUES:
            declared["continues"] = get_version(duty.id).urn
    return body
