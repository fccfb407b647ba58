"""Follow-up: who was silent in a row or returned repeatedly, and which regions are worst.

Each is one list with one number, for the page and the file.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext

from tongzhou.base.errors import Refusal
from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
from tongzhou.kernel.templatetags.ui_shapes import STATES, moment
from tongzhou.modules.duties.public import (
    Breakdown,
    Figure,
    FollowList,
    FollowRow,
    FollowUp,
    figures,
    get_version,
    list_due_windows,
)
from tongzhou.modules.insight.contracts import Question
from tongzhou.modules.insight.queries.directives import say
from tongzhou.modules.insight.queries.export import form_label, period_label
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.rollup import Line, lines_by_region, own_label
from tongzhou.modules.registry.public import Level, level_of


class Kind(StrEnum):
    """What is followed up."""

    SILENT = "silent"
    RETURNED = "returned"
    WORST = "worst"


LABELS: Mapping[Kind, str] = {
    Kind.SILENT: "连续未报",
    Kind.RETURNED: "多次退回",
    Kind.WORST: "落后地区",
}
#: The number that each is asked with: its default, the least and the most.
NUMBERS: Mapping[Kind, tuple[int, int, int]] = {
    Kind.SILENT: (3, 2, 12),
    Kind.RETURNED: (2, 2, 20),
    Kind.WORST: (20, 1, 100_000),
}
FORMATS = ("xlsx", "csv")
#: Who was silent each time is found one by one, among at most so many obligations.
LONG = 60_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the follow-up is asked: the kind and its number."""

    kind: Kind
    number: int


@dataclass(frozen=True, slots=True)
class WorstRow:
    """A region with its figure."""

    region: int
    name: str
    figure: Figure
    question: Question

    @property
    def share(self) -> float:
        """Return the share that is overdue."""
        return self.figure.overdue / (self.figure.owed or 1)


def read_wanted(params: Mapping[str, str]) -> Wanted:
    """Return the kind and number of a query string; Refusal for what cannot be read."""
    try:
        kind = Kind(params.get("kind") or Kind.SILENT)
    except ValueError:
        raise _unreadable("kind", params["kind"]) from None
    default, least, most = NUMBERS[kind]
    text = params.get("n", "")
    if not text:
        return Wanted(kind, default)
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise Refusal(
            "这里要填 %(least)s 到 %(most)s 之间的整数。",
            params={"least": least, "most": most},
            code="bad-number",
            field="n",
        )
    return Wanted(kind, int(text))


def _unreadable(name: str, value: str) -> Refusal:
    return Refusal(
        "网址里的“%(name)s=%(value)s”看不懂。",
        params={"name": name, "value": value[:40]},
        code="bad-query",
        field=name,
        way_out="请从“进展”页面重新选择条件。",
    )


def follow_list(look: Look, wanted: Wanted, words: str = "") -> FollowList:
    """Return whom to follow up; for SILENT and RETURNED."""
    if wanted.kind is Kind.SILENT:
        found = list_due_windows(look.selection, wanted.number, look.ground)
        return FollowList(look.actor, look.selection, FollowUp.SILENT, found, wanted.number, words)
    return FollowList(
        look.actor, look.selection, FollowUp.RETURNED, look.windows, wanted.number, words
    )


@dataclass(frozen=True, slots=True)
class NarrowRow:
    """A region to narrow a list to, with what its bearers owed over the periods looked at."""

    name: str
    figure: Figure
    question: Question


def list_narrow(look: Look, wanted: Wanted) -> list[NarrowRow] | None:
    """Return the regions below, the most silent first, when a list of the silent is too long.

    None when the list can be read, or when nothing lies below.
    """
    if wanted.kind is not Kind.SILENT or look.question.as_of is not None:
        return None
    found = list_due_windows(look.selection, wanted.number, look.ground)
    rows = figures(look.actor, look.selection, Breakdown.REGION, found=found)
    if sum(row.figure.owed for row in rows) <= LONG:
        return None
    lines = [line for line in lines_by_region(look, rows) if line.figure.silent]
    lines.sort(key=lambda line: (-line.figure.silent / (line.figure.owed or 1), line.key))
    below = [NarrowRow(line.label, line.figure, line.question) for line in lines]
    return below if any(row.question != look.question for row in below) else None


def refuse_long(look: Look, wanted: Wanted) -> None:
    """Refuse a list of the silent that is too long to be read."""
    if list_narrow(look, wanted) is not None:
        raise Refusal(
            "范围太大，连续未报的名单要逐家核对，不能一次列出。",
            code="list-too-long",
            field="region",
            way_out="请先选一个地区，再看或导出名单。",
        )


def list_worst(look: Look, least: int, words: str = "") -> list[WorstRow]:
    """Return regions by the share that is overdue, those that owe fewer than ``least`` left out.

    Of a province its counties, else the regions right below; only those with something overdue.
    """
    asked = look.question
    if level_of(asked.region) is Level.PROVINCE:
        found = [
            _alone(look, line) for line in lines_by_region(look, look.figures(Breakdown.PLACE))
        ]
    else:
        found = lines_by_region(look, look.figures(Breakdown.REGION))
    rows = [
        WorstRow(int(line.key), line.label, line.figure, line.question)
        for line in found
        if line.figure.owed >= least and line.figure.overdue and words in line.label
    ]
    return sorted(rows, key=lambda row: (-row.share, -row.figure.overdue, row.region))


def _alone(look: Look, line: Line) -> Line:
    """Return a line of one region's own ground, which is less than the region if some lie below."""
    if line.below is None:
        return line
    label = f"{line.label}（{own_label(look.question)}）"
    return replace(line, label=label, question=line.below.but(own=True), below=None)


def columns_of(wanted: Wanted) -> list[TableColumn]:
    """Return the columns of the file."""
    if wanted.kind is Kind.WORST:
        return [
            TableColumn(gettext("地区"), 28),
            TableColumn(gettext("应报"), 10, number=True),
            TableColumn(gettext("逾期"), 10, number=True),
            TableColumn(gettext("逾期率（%）"), 12, number=True),
        ]
    times = gettext("连续期数") if wanted.kind is Kind.SILENT else gettext("退回次数")
    return [
        TableColumn(gettext("名称"), 36),
        TableColumn(gettext("统一代码或编号"), 22),
        TableColumn(gettext("登记类型"), 16),
        TableColumn(gettext("所在地"), 16),
        TableColumn(gettext("任务"), 32),
        TableColumn(gettext("条款"), 34),
        TableColumn(times, 10, number=True),
        TableColumn(gettext("从哪一期"), 16),
        TableColumn(gettext("到哪一期"), 16),
        TableColumn(gettext("状态"), 12),
        TableColumn(gettext("此前最后报送"), 16),
    ]


def line_of(row: FollowRow) -> list[object]:
    """Return one row of the file."""
    duty = get_version(row.version_id)
    return [
        row.name,
        row.code,
        form_label(row.form),
        row.place_name,
        say(duty.spec.title),
        duty.urn,
        row.times,
        period_label(duty, row.first_period),
        period_label(duty, row.last_period),
        str(STATES[row.state.lower()]),
        moment(row.reported_on) if row.reported_on else "",
    ]


def lines_of(look: Look, wanted: Wanted, words: str) -> Iterable[list[object]]:
    """Return all rows of the file; SILENT and RETURNED need a transaction."""
    if wanted.kind is Kind.WORST:
        return [
            [row.name, row.figure.owed, row.figure.overdue, round(100 * row.share, 1)]
            for row in list_worst(look, wanted.number, words)
        ]
    return map(line_of, follow_list(look, wanted, words).stream())


def count_of(look: Look, wanted: Wanted, words: str) -> int:
    """Return how many rows the list has."""
    if wanted.kind is Kind.WORST:
        return len(list_worst(look, wanted.number, words))
    return len(follow_list(look, wanted, words))


def write_list(
    look: Look,
    wanted: Wanted,
    words: str,
    form: str,
    target: Path,
    tell: Callable[[int], None] | None = None,
) -> int:
    """Write the whole list as ``xlsx`` or ``csv``; return how many rows it has."""
    written = 0

    def told() -> Iterator[list[object]]:
        nonlocal written
        for line in lines_of(look, wanted, words):
            written += 1
            if tell and written % 1_000 == 0:
                tell(written)
            yield line

    columns = columns_of(wanted)
    if form == "csv":
        with target.open("w", encoding="utf-8-sig", newline="") as stream:
            _write_csv(stream, columns, told())
    else:
        write_workbook([Sheet(gettext(LABELS[wanted.kind])[:31], columns, told())], target)
    return written


def _write_csv(
    stream: IO[str], columns: Iterable[TableColumn], lines: Iterable[list[object]]
) -> None:
    writer = csv.writer(stream)
    writer.writerow([each.name for each in columns])
    writer.writerows([[_plain(each) for each in line] for line in lines])


def _plain(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
