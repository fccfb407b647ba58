"""What a figure is about, what it counts, and by what it is broken down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tongzhou.base.period import Recurrence
from tongzhou.modules.duties.rules.windows import Window


class Tree(StrEnum):
    """Along which link the tree of regions is read."""

    TERRITORY = "TERRITORY"
    REGISTRATION = "REGISTRATION"


class Breakdown(StrEnum):
    """What a table of figures has one row for, beside one per duty.

    REGION: the regions right below the node, and the node's own ground. PLACE: the very regions
    where bearers are, or were registered, along the tree. AUTHORITY: the region of
    the registering authority. GROUP: library id, colon, group. PERIOD: the name of the period.
    """

    NONE = "NONE"
    REGION = "REGION"
    PLACE = "PLACE"
    AUTHORITY = "AUTHORITY"
    FORM = "FORM"
    GROUP = "GROUP"
    DUTY = "DUTY"
    PERIOD = "PERIOD"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which obligations a figure or a list is about; the same for a number and its list.

    ``at`` is now; ``as_of`` a past moment to look back to. ``node`` is a region id, its subtree
    read along ``tree``; ``own`` leaves out everything below it; with ``until`` it is every
    region from ``node`` to that. ``registrar`` keeps what the authority of that very region
    registered. ``library_id`` keeps the duties of one library in force, with what supplements
    made of them; ``duty_ids`` are duties through all their versions. ``day`` names a period of
    recurring duties. ``organ`` and ``recurrence`` keep what falls to an organ, or recurs so.
    ``form``: a registration form; without one, social organisations when ``bearers`` is
    ORGANISATION, else authorities. ``group`` is one of the library ``library_id``.
    """

    at: datetime
    node: int = 0
    tree: Tree = Tree.TERRITORY
    library_id: int | None = None
    duty_ids: tuple[int, ...] | None = None
    form: str = ""
    group: str = ""
    day: date | None = None
    as_of: datetime | None = None
    bearers: str = "ORGANISATION"
    own: bool = False
    until: int | None = None
    registrar: int | None = None
    organ: str = ""
    recurrence: Recurrence | None = None

    @property
    def moment(self) -> datetime:
        """Return the moment the figure is true for."""
        return self.as_of or self.at


def narrowed(selection: Selection, **changes: Any) -> Selection:
    """Return the selection with some of it replaced."""
    return replace(selection, **changes)


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts of obligations. One obligation is one bearer, one duty, one period.

    ``missed`` is the silent part of ``overdue``; the rest of it was returned and not mended.
    """

    owed: int = 0
    submitted: int = 0
    accepted: int = 0
    returned: int = 0
    overdue: int = 0
    missed: int = 0
    late: int = 0

    @property
    def done(self) -> int:
        """Return what the bearers have done their part of: in review or accepted."""
        return self.submitted + self.accepted

    @property
    def silent(self) -> int:
        """Return what nobody has reported on."""
        return self.owed - self.submitted - self.accepted - self.returned

    @property
    def pending(self) -> int:
        """Return what nobody has reported on and is not overdue."""
        return self.silent - self.missed

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(
            owed=self.owed + other.owed,
            submitted=self.submitted + other.submitted,
            accepted=self.accepted + other.accepted,
            returned=self.returned + other.returned,
            overdue=self.overdue + other.overdue,
            missed=self.missed + other.missed,
            late=self.late + other.late,
        )


@dataclass(frozen=True, slots=True)
class Measure:
    """A named figure: which states it counts, and whether only overdue or late ones.

    The declaration serves both sides: :meth:`of` takes the number from a figure, ``condition`` is
    what the list behind it keeps.
    """

    code: str
    label: str
    help: str
    states: frozenset[str]
    only: str = ""

    def of(self, figure: Figure) -> int:
        """Return this measure's number."""
        return int(getattr(figure, self.code))

    def may_hold(self, window: Window) -> bool:
        """Tell whether an obligation of a window can count; a deferral only makes it due later."""
        return self.only != "overdue" or window.overdue

    @property
    def condition(self) -> str:
        """Return the SQL condition on the columns ``state``, ``overdue`` and ``late``."""
        states = ", ".join(f"'{state}'" for state in sorted(self.states))
        return f"state IN ({states})" + (f" AND {self.only}" if self.only else "")


ALL = frozenset({"SUBMITTED", "ACCEPTED", "RETURNED", "SILENT"})
DONE = frozenset({"SUBMITTED", "ACCEPTED"})
SILENT = frozenset({"SILENT"})

MEASURES: Mapping[str, Measure] = {
    each.code: each
    for each in (
        Measure("owed", "应报", "按条款、分类、地区和响应阶段应承担的任务数。", ALL),
        Measure("done", "已报", "已报送的任务数：待审核与已通过之和。", DONE),
        Measure("submitted", "待审核", "已报送、登记管理机关尚未审核。", frozenset({"SUBMITTED"})),
        Measure(
            "accepted",
            "已通过",
            "登记管理机关审核通过，或按规定收到即通过。",
            frozenset({"ACCEPTED"}),
        ),
        Measure("returned", "已退回", "退回补正、尚未重新报送。", frozenset({"RETURNED"})),
        Measure("silent", "未报", "没有任何报送；没有报送不等于零报告。", SILENT),
        Measure(
            "overdue",
            "逾期",
            "已过期限仍未报送或退回后未补正；只计“必须”“不得”两类。",
            frozenset({"SILENT", "RETURNED"}),
            "overdue",
        ),
        Measure("late", "迟报", "已报送，但晚于期限。", DONE, "late"),
        Measure("missed", "逾期未报", "逾期之中没有任何报送的部分。", SILENT, "overdue"),
        Measure("pending", "未报未逾期", "未报之中还没有逾期的部分。", SILENT, "NOT overdue"),
    )
}
