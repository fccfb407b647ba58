"""Versions of a directive, what each changed clause by clause, and what became of its duties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.compiler.queries.bases import find_library
from tongzhou.modules.compiler.queries.done import count_reports
from tongzhou.modules.compiler.rules.alignment import Fate, Unit, align
from tongzhou.modules.compiler.rules.comparing import Piece, compare
from tongzhou.modules.directives.public import (
    ClauseRow,
    ExpressionRow,
    get_expression,
    list_clauses,
)
from tongzhou.modules.duties.public import (
    DutyRow,
    duties_of,
    list_enforcements,
)


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a directive, or a supplement to one."""

    id: int
    urn: str
    title: str
    day: date | None
    in_force: bool
    repealed_at: datetime | None
    previous_id: int | None
    supplements_id: int | None


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """What became of clauses: their addresses, and both texts cut where they differ."""

    fate: Fate
    old: tuple[str, ...]
    new: tuple[str, ...]
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class DutyChange:
    """What became of a duty: CONTINUES, NEW, or ENDS.

    ``changed`` are fields of the declaration; ``reports`` what was reported on it so far, None for
    readers who may not see figures, and for new duties.
    """

    outcome: str
    root: int
    title: str
    clause: str
    changed: tuple[str, ...]
    reports: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """A wording beside the one before it; ``previous`` is None for the first."""

    expression: ExpressionRow
    previous: ExpressionRow | None
    versions: tuple[Version, ...]
    supplements: tuple[Version, ...]
    clauses: tuple[ClauseChange, ...]
    duties: tuple[DutyChange, ...]


_VERSIONS = """
SELECT e.id, e.urn, e.title, e.repealed_at, e.previous_id, e.supplements_id
FROM directives_expression e WHERE {which} ORDER BY e.urn
"""


def list_versions(expression_id: int, at: datetime) -> list[Version]:
    """Return all wordings of the directive that an expression belongs to, the oldest first."""
    which = "e.directive_id = (SELECT directive_id FROM directives_expression WHERE id = %s)"
    return _versions(which, expression_id, at)


def list_supplements(versions: Sequence[Version], at: datetime) -> list[Version]:
    """Return the lower texts that refine or add to any of these wordings."""
    return _versions("e.supplements_id = ANY(%s)", [each.id for each in versions], at)


def _versions(which: str, value: object, at: datetime) -> list[Version]:
    forced = {each.expression for each in list_enforcements(at)}
    return [
        Version(
            id=row[0],
            urn=row[1],
            title=row[2],
            day=_day_of(row[1]),
            in_force=row[1] in forced,
            repealed_at=row[3],
            previous_id=row[4],
            supplements_id=row[5],
        )
        for row in rows(_VERSIONS.format(which=which), [value])
    ]


def _day_of(urn: str) -> date | None:
    text = urn.partition("@")[2]
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def get_changes(actor: Actor, expression_id: int, at: datetime) -> Changes:
    """Return a wording with what it changed; Missing when there is no such expression.

    Texts are public. What was done on duties is counted for those who work at an authority, over
    the bearers that they may see.
    """
    expression = get_expression(expression_id)
    versions = list_versions(expression_id, at)
    own = next((each for each in versions if each.id == expression_id), None)
    if own is None:
        raise Missing("没有这份文件。", code="directive-missing")
    previous = get_expression(own.previous_id) if own.previous_id is not None else None
    clauses: tuple[ClauseChange, ...] = ()
    duties: tuple[DutyChange, ...] = ()
    if previous is not None:
        clauses = tuple(compare_clauses(list_clauses(previous.id), list_clauses(expression.id)))
        duties = tuple(_duties(actor, previous, expression, at))
    return Changes(
        expression=expression,
        previous=previous,
        versions=tuple(versions),
        supplements=tuple(list_supplements(versions, at)),
        clauses=clauses,
        duties=duties,
    )


def compare_clauses(old: Sequence[ClauseRow], new: Sequence[ClauseRow]) -> list[ClauseChange]:
    """Return what became of each clause, in the order of the new wording."""
    before = [Unit(each.address, each.text) for each in old]
    after = [Unit(each.address, each.text) for each in new]
    return compare_units(before, after)


def compare_units(before: Sequence[Unit], after: Sequence[Unit]) -> list[ClauseChange]:
    """Return what became of each clause, the words that differ marked."""
    found = []
    for match in align(before, after):
        sides: tuple[tuple[Piece, ...], tuple[Piece, ...]]
        left = "\n".join(before[i].text for i in match.old)
        right = "\n".join(after[j].text for j in match.new)
        if match.fate in (Fate.UNCHANGED, Fate.MOVED):
            pieces = (Piece(right, changed=False),)
            sides = pieces, pieces
        elif not match.old or not match.new:
            sides = (
                (Piece(left, changed=True),) if match.old else (),
                (Piece(right, changed=True),) if match.new else (),
            )
        else:
            sides = compare(left, right)
        found.append(
            ClauseChange(
                match.fate,
                tuple(before[i].address for i in match.old),
                tuple(after[j].address for j in match.new),
                *sides,
            )
        )
    return found


def _duties(
    actor: Actor, previous: ExpressionRow, expression: ExpressionRow, at: datetime
) -> list[DutyChange]:
    """Return what became of the duties, those that go on first."""
    old_id, _response = find_library(previous.urn, at)
    new_id, _response = find_library(expression.urn, at)
    old = {each.id: each for each in duties_of(old_id)} if old_id is not None else {}
    new = {each.id: each for each in duties_of(new_id)} if new_id is not None else {}
    done = count_reports(actor, old, at) if actor.is_authority else None
    found = [
        DutyChange(
            "CONTINUES" if root in old else "NEW",
            root,
            duty.spec.title.zh,
            duty.clause,
            _changed(old[root], duty) if root in old else (),
            _reports(done, duty) if root in old else None,
        )
        for root, duty in new.items()
    ]
    found += [
        DutyChange(
            "ENDS",
            root,
            duty.spec.title.zh,
            duty.clause,
            (),
            _reports(done, duty),
        )
        for root, duty in old.items()
        if root not in new
    ]
    order = ("CONTINUES", "NEW", "ENDS")
    return sorted(found, key=lambda each: order.index(each.outcome))


def _reports(done: Mapping[int, int] | None, duty: DutyRow) -> int | None:
    """Return what was reported on a duty; None where nothing is asked, or nobody may know."""
    return done.get(duty.id, 0) if done is not None and duty.is_counted else None


#: What of a declaration people ask after when a text is amended.
_FIELDS = ("strength", "bearer", "phases", "recurrence", "deadline", "evidence", "place", "minutes")


def _changed(old: DutyRow, new: DutyRow) -> tuple[str, ...]:
    """Return the fields of the declaration that an amendment changed."""
    return tuple(name for name in _FIELDS if getattr(old.spec, name) != getattr(new.spec, name))
