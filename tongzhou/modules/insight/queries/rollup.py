"""Tables of figures: one line per region, duty, form, group or authority, and their total."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from tongzhou.modules.duties.public import FORMS, Breakdown, Figure, FigureRow, total
from tongzhou.modules.insight.contracts import Bearers, By, Question, TreeName
from tongzhou.modules.insight.queries.directives import group_labels, list_directives, say
from tongzhou.modules.insight.queries.look import BREAKDOWNS, Look
from tongzhou.modules.insight.queries.regions import list_regions, list_registrars

#: Groups have no sums and single authorities few: of more obligations they take too long to read.
WIDEST = {By.GROUP: 60_000, By.AUTHORITY: 2_000_000}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its figure, the question behind it, and the one that opens it further.

    ``below`` is None where there is nothing to open. ``duty_id`` is given for lines by duty.
    """

    key: str
    label: str
    figure: Figure
    question: Question
    below: Question | None = None
    note: str = ""
    duty_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of figures. ``adds_up``: the lines add up to the total; groups overlap.

    ``is_too_wide``: it was asked by group or authority of more than can be read so, and is given
    by region instead.
    """

    by: By
    lines: tuple[Line, ...]
    total: Figure
    adds_up: bool
    is_too_wide: bool = False


def get_rollup(look: Look, by: By) -> Rollup:
    """Return the table that answers a look, in the order of codes, clauses or size."""
    most = WIDEST.get(by) if by is By.GROUP or look.question.region == 0 else None
    whole = look.total() if most is not None else Figure()
    if most is not None and whole.owed > most:
        lines = lines_by_region(look, look.figures(Breakdown.REGION))
        return Rollup(By.REGION, tuple(lines), whole, adds_up=True, is_too_wide=True)
    found = look.figures(BREAKDOWNS[by])
    match by:
        case By.REGION:
            lines = lines_by_region(look, found)
        case By.DUTY:
            lines = _by_duty(look, found)
        case By.FORM:
            lines = [
                Line(
                    key=form,
                    label=say(FORMS[form]),
                    figure=figure,
                    question=look.question.but(form=form),
                )
                for form, figure in _sums(found)
            ]
            lines.sort(key=lambda line: -line.figure.owed)
        case By.GROUP:
            lines = _by_group(look, found)
        case By.AUTHORITY:
            lines = _by_authority(look, found)
    whole = whole if by is By.GROUP else total(found)
    return Rollup(by=by, lines=tuple(lines), total=whole, adds_up=by is not By.GROUP)


def _sums(found: Iterable[FigureRow]) -> list[tuple[str, Figure]]:
    sums: dict[str, Figure] = {}
    for row in found:
        sums[row.key] = sums.get(row.key, Figure()) + row.figure
    return sorted(sums.items())


def lines_by_region(look: Look, found: Iterable[FigureRow]) -> list[Line]:
    """Return a line per region right below the node, and one for the node's own ground."""
    asked = look.question
    sums = _sums(found)
    names = list_regions([int(key) for key, _ in sums], look.at)
    lines = []
    for key, figure in sums:
        region = int(key)
        own = region == asked.region
        name = names.get(region)
        question = asked.but(region=region, own=own)
        lines.append(
            Line(
                key=key,
                label=own_label(asked) if own else (name.name if name else key),
                figure=figure,
                question=question,
                below=question if name and name.has_children and not own else None,
            )
        )
    return lines


def own_label(question: Question) -> str:
    """Return how the ground of a region itself is called, apart from the regions below it."""
    if question.bearers is Bearers.AUTHORITY:
        return gettext("本级机关")
    if question.tree is TreeName.REGISTRATION:
        return gettext("本级登记")
    return gettext("未分到下级")


def _by_duty(look: Look, found: list[FigureRow]) -> list[Line]:
    duties = look.duties
    lines = []
    for row in found:
        duty = duties[row.duty_id]
        lines.append(
            Line(
                key=str(row.duty_id),
                label=say(duty.spec.title),
                figure=row.figure,
                question=look.question.but(duty=row.duty_id),
                note=duty.clause,
                duty_id=row.duty_id,
            )
        )
    lines.sort(key=lambda line: (duties[int(line.key)].library_id, duties[int(line.key)].position))
    return lines


def _by_group(look: Look, found: list[FigureRow]) -> list[Line]:
    labels = group_labels(look.libraries)
    order = {key: number for number, key in enumerate(labels)}
    sums = _sums(found)
    several = len({key.partition(":")[0] for key, _ in sums}) > 1
    issuers = {
        each.library_id: each.doc_number or each.issuer
        for each in (list_directives(look.moment, look.ground.forces) if several else ())
    }
    lines = []
    for key, figure in sums:
        library, _, group = key.partition(":")
        lines.append(
            Line(
                key=key,
                label=labels.get(key, group),
                figure=figure,
                question=look.question.but(library=int(library), group=group),
                note=issuers.get(int(library), ""),
            )
        )
    lines.sort(key=lambda line: order.get(line.key, len(order)))
    return lines


def _by_authority(look: Look, found: list[FigureRow]) -> list[Line]:
    sums = _sums(found)
    names = list_registrars(int(key) for key, _ in sums)
    return [
        Line(
            key=key,
            label=names.get(int(key), key),
            figure=figure,
            question=look.question.but(registrar=int(key)),
        )
        for key, figure in sums
    ]
