"""The authority's day: what is in force, what is late, who is silent, what waits here."""

from dataclasses import dataclass
from datetime import date, datetime

from tongzhou.kernel.access import Actor
from tongzhou.modules.duties.public import (
    MEASURES,
    BearerKind,
    DutyRow,
    EvidenceKind,
    Figure,
    FigureRow,
    ObligationRow,
    Recurrence,
    ReportRow,
    TaskRow,
    bearer_of,
    list_board,
    review_queue,
    total,
)
from tongzhou.modules.insight.contracts import (
    By,
    DirectiveName,
    Question,
    RegionName,
)
from tongzhou.modules.insight.queries.directives import list_directives
from tongzhou.modules.insight.queries.look import BREAKDOWNS, Look
from tongzhou.modules.insight.queries.questions import home_of
from tongzhou.modules.insight.queries.regions import list_way
from tongzhou.modules.insight.queries.rollup import Line, lines_by_region

#: Days of the daily report that are read; the last one is today, which the chart leaves out.
DAYS = 15
FIRST = 5


@dataclass(frozen=True, slots=True)
class InForce:
    """A directive in force with how far it is."""

    directive: DirectiveName
    figure: Figure
    question: Question


@dataclass(frozen=True, slots=True)
class ZeroReport:
    """The daily zero report: today's figure, the days before, who is silent today."""

    duty: DutyRow
    question: Question
    figure: Figure
    days: tuple[tuple[date, Figure], ...]
    silent: tuple[ObligationRow, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on the authority's first page."""

    region: RegionName
    look: Look
    total: Figure
    directives: tuple[InForce, ...]
    lines: tuple[Line, ...]
    zero: ZeroReport | None
    overdue: tuple[ObligationRow, ...]
    review: tuple[ReportRow, ...]
    review_count: int
    own: tuple[TaskRow, ...]


def get_desk(actor: Actor, at: datetime) -> Desk:
    """Return what an authority, or another reader of figures, needs to know today."""
    home = home_of(actor)
    look = Look(actor, Question(region=home), at)
    found = look.figures(BREAKDOWNS[By.REGION])
    homes = look.ground.homes()
    directives = tuple(
        InForce(
            directive=each,
            figure=total(row for row in found if homes[row.duty_id] == each.library_id),
            question=look.question.but(library=each.library_id),
        )
        for each in list_directives(look.moment, look.ground.forces)
    )
    waiting = review_queue(actor) if actor.is_authority else None
    return Desk(
        region=list_way(home, at)[-1],
        look=look,
        total=total(found),
        directives=directives,
        lines=tuple(sorted(lines_by_region(look, found), key=_worst)),
        zero=_zero(look, found),
        overdue=_longest(look, found),
        review=tuple(waiting[:FIRST]) if waiting else (),
        review_count=waiting.count() if waiting else 0,
        own=_own(actor, at),
    )


def _worst(line: Line) -> tuple[float, float, str]:
    """Return the order of places: the share that is overdue, then the share that is silent."""
    owed = line.figure.owed or 1
    return (-line.figure.overdue / owed, -line.figure.silent / owed, line.key)


def _longest(look: Look, found: list[FigureRow]) -> tuple[ObligationRow, ...]:
    """Return the first obligations that have been overdue longest.

    Looks only at the duties that fell due first and have somebody overdue, as the figures tell.
    """
    behind = {row.duty_id for row in found if row.figure.overdue}
    due = sorted(
        (window.due_at, window.duty_id)
        for window in look.windows
        if window.overdue and window.due_at is not None and window.duty_id in behind
    )
    rows: list[ObligationRow] = []
    for duty_id in dict.fromkeys(duty_id for _, duty_id in due):
        if len(rows) >= FIRST:
            break
        whole = total(row for row in found if row.duty_id == duty_id)
        late = look.other(duty=duty_id).obligations(MEASURES["overdue"], order="due", whole=whole)
        rows += late[:FIRST]
    return tuple(rows[:FIRST])


def _own(actor: Actor, at: datetime) -> tuple[TaskRow, ...]:
    """Return what the authority itself must still report on, what is overdue or due first."""
    if not actor.is_authority or actor.organisation_id is None:
        return ()
    board = list_board(actor, bearer_of(actor), at)
    open_tasks = [
        task for task in board if task.is_binding and not task.is_guidance and not task.is_done
    ]
    last = datetime.max.replace(tzinfo=at.tzinfo)
    open_tasks.sort(key=lambda task: (not task.is_overdue, task.period.due_at or last))
    return tuple(open_tasks)


def _zero(look: Look, found: list[FigureRow]) -> ZeroReport | None:
    """Return the first daily zero report of organisations that anybody here owes today."""
    for duty in look.duties.values():
        spec = duty.spec
        if (
            spec.evidence.kind is not EvidenceKind.ZERO_REPORT
            or spec.recurrence is not Recurrence.DAILY
            or spec.bearer.kind is not BearerKind.ORGANISATION
        ):
            continue
        today = look.other(duty=duty.id)
        days = today.series(duty, DAYS)
        figure = total(row for row in found if row.duty_id == duty.id)
        if not days and not figure.owed:
            continue
        return ZeroReport(
            duty=duty,
            question=today.question,
            figure=figure,
            days=tuple(days),
            silent=tuple(today.obligations(MEASURES["silent"], whole=figure)[:FIRST]),
        )
    return None
