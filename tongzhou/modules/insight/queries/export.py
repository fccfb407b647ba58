"""A list of obligations as the sheet of a workbook, and the words in its cells."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongzhou.kernel.tables import Sheet, TableColumn
from tongzhou.kernel.templatetags.ui_shapes import STATES, STRENGTHS, moment
from tongzhou.modules.duties.public import (
    FORMS,
    ORGANS,
    BearerKind,
    DutyRow,
    Measure,
    ObligationRow,
    Recurrence,
    get_version,
    period_text,
)
from tongzhou.modules.insight.contracts import ZONE
from tongzhou.modules.insight.queries.directives import say
from tongzhou.modules.insight.queries.look import Look

#: Columns of a list beside the name, by code.
COLUMNS: Mapping[str, Any] = {
    "code": _("统一代码或编号"),
    "form": _("登记类型"),
    "place": _("所在地"),
    "duty": _("任务"),
    "organ": _("承担机构"),
    "strength": _("要求程度"),
    "period": _("期次"),
    "due": _("期限"),
    "state": _("状态"),
    "submitted": _("报送时间"),
    "version": _("版本"),
}


def period_label(duty: DutyRow, period: date) -> str:
    """Return the name of a period: the day, the week, the month; 一次性 for a one-off duty."""
    if duty.spec.recurrence is Recurrence.ONCE:
        return gettext("一次性")
    return period_text(duty.spec.recurrence, period)


def organ_label(duty: DutyRow) -> str:
    """Return which organ does a duty; the whole organisation's work is its secretariat's."""
    if duty.spec.bearer.kind is BearerKind.AUTHORITY:
        return gettext("本机关")
    return say(ORGANS[duty.spec.bearer.organ or "SECRETARIAT"])


def form_label(form: str) -> str:
    """Return the name of a registration form."""
    return say(FORMS[form]) if form in FORMS else form


def state_label(row: ObligationRow) -> str:
    """Return the state as words, overdue and late included."""
    words = [str(STATES[row.state.lower()])]
    if row.overdue and row.state in {"SILENT", "RETURNED"}:
        words.append(gettext("逾期"))
    if row.late and row.state in {"SUBMITTED", "ACCEPTED"}:
        words.append(gettext("迟报"))
    return gettext("，").join(words)


def due_day(row: ObligationRow) -> str:
    """Return the last day that counts, or the moment where the hour matters."""
    if row.due_at is None:
        return ""
    local = row.due_at.astimezone(ZONE)
    return moment(local.date() - timedelta(days=1) if local.time() == time(0) else local)


def sheet_of(
    look: Look,
    measure: Measure,
    found: Iterable[ObligationRow],
    tell: Callable[[int], None] | None = None,
) -> Sheet:
    """Return a list as a sheet; ``tell`` hears how many rows have passed."""

    def lines() -> Iterator[list[object]]:
        for number, row in enumerate(found, 1):
            duty = get_version(row.version_id)
            yield [
                row.name,
                row.code,
                form_label(row.form),
                row.place_name,
                say(duty.spec.title),
                duty.urn,
                organ_label(duty),
                str(STRENGTHS[duty.spec.strength.lower()]),
                period_label(duty, row.period),
                due_day(row),
                state_label(row),
                moment(row.submitted_at),
                row.version or None,
            ]
            if tell and number % 1_000 == 0:
                tell(number)

    widths = {"name": 36, "code": 22, "duty": 32, "clause": 34}
    names = {"name": gettext("名称"), **{code: str(label) for code, label in COLUMNS.items()}}
    order = list(names)
    order.insert(order.index("organ"), "clause")
    names["clause"] = gettext("条款")
    return Sheet(
        name=gettext(measure.label)[:31],
        columns=[
            TableColumn(name=names[code], width=widths.get(code, 16), number=code == "version")
            for code in order
        ],
        rows=lines(),
    )
