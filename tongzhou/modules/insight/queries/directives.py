"""What is in force: directives with their names, the duties and groups drawn from them."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import get_language

from tongzhou.kernel.database import rows
from tongzhou.modules.duties.public import (
    BearerKind,
    DutyRow,
    EnforcementRow,
    Ground,
    Relation,
    Text,
    duties_of,
    library_of,
    list_enforcements,
)
from tongzhou.modules.insight.contracts import DirectiveName


def say(text: Text) -> str:
    """Return a text of a library in the reader's language."""
    return text.of(get_language() or "zh")


_TITLES = """
SELECT e.urn, e.title, d.doc_number, d.issuer, d.issued_on
FROM directives_expression e JOIN directives_directive d ON d.id = e.directive_id
WHERE e.urn = ANY(%s)
"""


def list_directives(
    at: datetime, forces: Iterable[EnforcementRow] | None = None
) -> list[DirectiveName]:
    """Return the directives in force at a moment, in the order in which they came into force."""
    held = list(list_enforcements(at) if forces is None else forces)
    titles = {row[0]: row[1:] for row in rows(_TITLES, [[each.expression for each in held]])}
    return [
        DirectiveName(
            library_id=each.library_id,
            expression=each.expression,
            title=titles.get(each.expression, (each.expression,))[0],
            doc_number=titles[each.expression][1] if each.expression in titles else "",
            issuer=titles[each.expression][2] if each.expression in titles else "",
            issued_on=titles[each.expression][3] if each.expression in titles else None,
            response_id=each.response_id,
            from_at=each.from_at,
            refined=sum(duty.relation is Relation.REFINES for duty in duties_of(each.library_id)),
        )
        for each in held
    ]


def list_duties(
    ground: Ground, library_id: int | None = None, bearers: BearerKind | None = None
) -> dict[int, DutyRow]:
    """Return the counted duties in force by id, in the order of their clauses.

    ``library_id`` keeps those that count to the figures of one library.
    """
    homes = ground.homes()
    return {
        duty_id: duty
        for duty_id, duty in ground.counted().items()
        if library_id in {None, homes[duty_id]}
        and (bearers is None or duty.spec.bearer.kind is bearers)
    }


def group_labels(library_ids: Iterable[int]) -> dict[str, str]:
    """Return the names of the groups of libraries by library id, colon, group."""
    return {
        f"{library_id}:{code}": say(group.label)
        for library_id in library_ids
        for code, group in library_of(library_id).groups.items()
    }
