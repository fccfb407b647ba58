"""Lists of reports as pages draw them: filters from the address, chips, tables, workbooks."""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tongzhou.kernel import clock, own_jobs
from tongzhou.kernel.access import Actor
from tongzhou.kernel.tables import XLSX_TYPE
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.queries import exports, lists
from tongzhou.modules.duties.queries.force import get_duty
from tongzhou.modules.duties.queries.lists import Filters, ReportList, ReportRow
from tongzhou.modules.duties.queries.wording import period_text, say
from tongzhou.modules.duties.workflow import REPORT
from tongzhou.modules.registry.public import labels


def filters_of(request: HttpRequest, *, state: str = "", order: str = "oldest") -> Filters:
    """Return the filters named in the address; what makes no sense is left out."""
    given = request.GET

    def number(name: str) -> int | None:
        text = given.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(given.get(name, ""))
        except ValueError:
            return None

    asked = given.get("state", state)
    wanted = given.get("order", order)
    return Filters(
        state=asked if asked in REPORT.states else "",
        library_id=number("library"),
        duty_id=number("duty"),
        place=number("place"),
        form=given.get("form", "")[:12],
        words=given.get("q", "")[:60].replace("\x00", ""),
        late={"1": True, "0": False}.get(given.get("late", "")),
        since=day("since"),
        until=day("until"),
        order=wanted if wanted in lists.ORDERS else order,
    )


def chips(
    request: HttpRequest,
    filters: Filters,
    *,
    places: Mapping[int, str],
    libraries: Mapping[int, str],
) -> list[dict[str, str]]:
    """Return the filters in force with the address without each."""
    forms = labels("form")
    told: list[tuple[str, str, str]] = []
    if filters.words:
        told.append(("q", _("名称或代码"), filters.words))
    if filters.library_id is not None:
        name = libraries.get(filters.library_id, str(filters.library_id))
        told.append(("library", _("文件"), name))
    if filters.duty_id is not None:
        told.append(("duty", _("任务"), say(get_duty(filters.duty_id).spec.title)))
    if filters.place is not None:
        told.append(("place", _("所在地"), places.get(filters.place, str(filters.place))))
    if filters.form:
        told.append(("form", _("登记形式"), forms.get(filters.form, filters.form)))
    if filters.late is not None:
        told.append(("late", _("是否迟报"), _("迟报") if filters.late else _("按时")))
    if filters.since is not None:
        told.append(("since", _("期次自"), filters.since.isoformat()))
    if filters.until is not None:
        told.append(("until", _("期次至"), filters.until.isoformat()))
    return [
        {"label": label, "value": value, "remove_url": shared.query(request, **{key: None})}
        for key, label, value in told
    ]


def row_of(row: ReportRow) -> dict[str, Any]:
    """Return one report as the tables show it."""
    duty = row.duty
    return {
        "row": row,
        "url": shared.report_url(row),
        "title": say(duty.spec.title),
        "organ": shared.organ_of(duty) if row.form != "AUTHORITY" else "",
        "period": period_text(duty.spec.recurrence, row.period) or _("一次"),
        "pick": pick_of(row),
    }


def pick_of(row: ReportRow) -> str:
    """Return the value of a row's box: its key and the version on show."""
    return f"{row.period.isoformat()}_{row.duty_id}_{row.organisation_id}_{row.prov}_{row.version}"


def export(
    request: HttpRequest, actor: Actor, at: datetime, found: ReportList, back: str
) -> HttpResponseBase:
    """Hand out a list as a workbook; a long one is written by a job with progress."""
    if found.count() > exports.DIRECT_ROWS:
        return _export_in_job(actor, at, found, back)
    target = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - closed by the response
    exports.write_reports(found, target)
    target.seek(0)
    return FileResponse(
        target,
        as_attachment=True,
        filename=_("报送_%(day)s.xlsx") % {"day": at.astimezone(clock.PLACE).strftime("%Y%m%d")},
        content_type=XLSX_TYPE,
    )


def _export_in_job(actor: Actor, at: datetime, found: ReportList, back: str) -> HttpResponse:
    progress = own_jobs.order(
        actor=actor,
        at=at,
        kind="duties.export",
        label=_("导出报送清单"),
        total=found.count(),
        back=back,
        args={
            "filters": plain(found.filters),
            "reviewer": found.reviewer,
            "bearer": list(found.bearer) if found.bearer else None,
        },
    )
    return redirect("kernel:progress", progress.pk)


def plain(filters: Filters) -> dict[str, Any]:
    """Return filters as plain data, for a job."""
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in asdict(filters).items()
    }
