"""The wording that an amendment replaces or a supplement refines, with its duties."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from tongzhou.kernel.database import rows
from tongzhou.modules.compiler.rules.alignment import Unit
from tongzhou.modules.compiler.rules.carrying import OldDuty
from tongzhou.modules.directives.public import ExpressionRow, get_expression, list_clauses
from tongzhou.modules.duties.public import duties_of, library_of, list_enforcements


@dataclass(frozen=True, slots=True)
class Base:
    """An expression with its clauses as received and the library that is in force for it.

    ``library_id`` is the one in force, or the latest; None where no duties were drawn.
    ``response_id`` is None when it is not in force. ``authority_id`` issued the directive.
    """

    expression: ExpressionRow
    units: tuple[Unit, ...]
    authority_id: int | None
    library_id: int | None
    response_id: int | None
    scope_region: int | None
    scope_by: str
    groups: dict[str, Any]
    duties: tuple[OldDuty, ...]

    def duty(self, root: int | None) -> OldDuty | None:
        """Return the duty with this root, None if there is none."""
        return next((each for each in self.duties if each.root == root), None)


def get_base(expression_id: int, at: datetime) -> Base:
    """Return an expression as the ground of an amendment or a supplement; Missing if none."""
    expression = get_expression(expression_id)
    library_id, response_id = find_library(expression.urn, at)
    library = library_of(library_id) if library_id is not None else None
    body = cast("dict[str, Any]", library.body) if library else {"duties": [], "groups": {}}
    declared = {each["id"]: each for each in body["duties"]}
    return Base(
        expression=expression,
        units=tuple(Unit(each.address, each.received) for each in list_clauses(expression_id)),
        authority_id=_authority_of(expression.work),
        library_id=library_id,
        response_id=response_id,
        scope_region=library.scope.region if library else None,
        scope_by=str(library.scope.by) if library else "",
        groups=dict(body["groups"]),
        duties=tuple(
            OldDuty(each.id, each.clause, declared[each.spec.id])
            for each in (duties_of(library_id) if library_id is not None else ())
        ),
    )


def find_library(urn: str, at: datetime) -> tuple[int | None, int | None]:
    """Return the library of an expression and the response it is in force under.

    Without one in force the latest that was loaded; None for what there is not.
    """
    for force in reversed(list_enforcements(at)):
        if force.expression == urn:
            return force.library_id, force.response_id
    found = rows(
        "SELECT id FROM duties_library WHERE expression = %s ORDER BY version DESC LIMIT 1", [urn]
    )
    return (found[0][0] if found else None), None


def _authority_of(work: str) -> int | None:
    found = rows("SELECT authority_id FROM directives_directive WHERE urn = %s", [work])
    return found[0][0] if found else None
