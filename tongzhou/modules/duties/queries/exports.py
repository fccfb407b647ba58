"""Write lists of reports as workbooks: exactly what is shown, nothing else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO

from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
from tongzhou.modules.duties.queries.lists import ReportList, ReportRow
from tongzhou.modules.duties.queries.wording import say
from tongzhou.modules.duties.workflow import REPORT
from tongzhou.modules.registry.public import labels

DIRECT_ROWS = 10_000


def write_reports(
    found: ReportList, target: IO[bytes], *, tell: Callable[[int], None] | None = None
) -> int:
    """Write a list of reports as an XLSX workbook; return how many rows it has.

    ``tell`` is called with the rows written so far.
    """
    columns = [
        TableColumn(_("任务"), 36),
        TableColumn(_("条款"), 10),
        TableColumn(_("期"), 12),
        TableColumn(_("报送单位"), 40),
        TableColumn(_("代码"), 22),
        TableColumn(_("登记形式"), 14),
        TableColumn(_("所在地"), 14),
        TableColumn(_("状态"), 10),
        TableColumn(_("迟报"), 8),
        TableColumn(_("版本"), 8, number=True),
        TableColumn(_("报送时间"), 18),
        TableColumn(_("报送人"), 28),
        TableColumn(_("办理时间"), 18),
        TableColumn(_("办理人"), 28),
        TableColumn(_("退回理由"), 40),
        TableColumn(_("附件数"), 8, number=True),
    ]
    written = 0

    def lines() -> Iterator[list[object]]:
        nonlocal written
        forms = labels("form")
        for chunk in found.chunks():
            for row in chunk:
                yield _line(row, forms)
            written += len(chunk)
            if tell is not None:
                tell(written)

    write_workbook([Sheet(_("报送"), columns, lines())], target)
    return written


def _line(row: ReportRow, forms: dict[str, str]) -> list[object]:
    def moment(at: datetime | None) -> str:
        return at.astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M") if at else ""

    return [
        say(row.duty.spec.title),
        row.duty.clause,
        row.period.isoformat(),
        row.name,
        row.code,
        forms.get(row.form, row.form),
        row.place_name,
        _(REPORT.states[row.state]),
        _("是") if row.late else "",
        row.version,
        moment(row.submitted_at),
        row.submitter,
        moment(row.decided_at),
        row.decider,
        row.reason,
        row.file_count,
    ]


def write_found(lines: Iterable[Sequence[object]], target: IO[bytes]) -> None:
    """Write what a search found as an XLSX workbook: one line for each clause."""
    columns = [
        TableColumn(_("文件"), 40),
        TableColumn(_("文号"), 22),
        TableColumn(_("发文机关"), 24),
        TableColumn(_("成文日期"), 12),
        TableColumn(_("是否有效"), 12),
        TableColumn(_("条款"), 10),
        TableColumn(_("所在部分"), 30),
        TableColumn(_("原文"), 80),
        TableColumn(_("任务"), 36),
        TableColumn(_("永久地址"), 36),
    ]
    write_workbook([Sheet(_("查找结果"), columns, lines)], target)
