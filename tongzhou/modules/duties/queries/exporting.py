"""Hand a directive out with the duties drawn from it."""

import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import override

from tongzhou.base.errors import Missing
from tongzhou.kernel.throttle import TooMany
from tongzhou.modules.directives.public import (
    EXPORT_FORMATS,
    ExportDocument,
    ExportDuty,
    Exported,
    export,
    load_export,
)
from tongzhou.modules.duties.contracts import DutyLibrary
from tongzhou.modules.duties.queries.force import (
    DutyRow,
    duties_of,
    library_of,
    list_enforcements,
)
from tongzhou.modules.duties.queries.versions import find_latest
from tongzhou.modules.duties.queries.wording import bearer_text, deadline_text

PATIENCE = 10.0  # seconds
one_at_a_time = threading.Lock()


def load_with_duties(expression_id: int, at: datetime) -> ExportDocument:
    """Return an expression with the duties of its library in force, or else of its last one.

    Words are Chinese, as the directive is. Missing when there is no such expression.
    """
    document = load_export(expression_id, at)
    forces = [each for each in list_enforcements(at) if each.expression == document.urn]
    library_id = forces[-1].library_id if forces else find_latest(document.urn)
    if library_id is None:
        return document
    library = library_of(library_id)
    with override("zh-hans"):
        duties = tuple(_row(each, library) for each in duties_of(library_id))
    return replace(document, library=f"{library.name} v{library.version}", duties=duties)


def write_export(expression_id: int, code: str, at: datetime) -> Exported:
    """Return a directive as a file in the format ``code``; Missing when either is unknown.

    A PDF takes a processor for itself: each process sets one at a time, and refuses with TooMany
    whoever would wait longer than ``PATIENCE``.
    """
    if code not in EXPORT_FORMATS:
        raise Missing(
            "没有“%(code)s”这种格式，可以导出：%(known)s。",
            params={"code": code[:20], "known": "、".join(EXPORT_FORMATS)},
            code="export-format",
            field="format",
        )
    fonts = [Path(settings.DOCUMENT_FONTS)]
    document = load_with_duties(expression_id, at)
    if code != "pdf":
        return export(document, code, fonts=fonts)
    if not one_at_a_time.acquire(timeout=PATIENCE):
        raise TooMany(
            "正在为别人排版 PDF，暂时排不上。",
            code="typesetting-busy",
            way_out="请过一会儿再试，或者下载 Word 格式。",
        )
    try:
        return export(document, code, fonts=fonts)
    finally:
        one_at_a_time.release()


def _row(row: DutyRow, library: DutyLibrary) -> ExportDuty:
    spec = row.spec
    deadline: dict[str, object] = {}
    if spec.deadline is not None:
        for name in ("days", "workdays", "on", "time"):
            value = getattr(spec.deadline, name)
            if value is not None:
                deadline[name] = value if isinstance(value, int) else value.isoformat()
    return ExportDuty(
        urn=row.urn,
        key=spec.id,
        clause=row.clause,
        quote=spec.quote,
        title=spec.title.zh,
        title_en=spec.title.en,
        guide=spec.guide.zh,
        guide_en=spec.guide.en,
        strength=spec.strength.value,
        bearer_kind=spec.bearer.kind.value,
        bearer=bearer_text(spec, library),
        due=deadline_text(spec.recurrence, spec.deadline) if spec.evidence.is_wanted else "",
        phases=tuple(spec.phases),
        evidence=spec.evidence.kind.value,
        recurrence=spec.recurrence.value,
        organ=spec.bearer.organ or "",
        groups=tuple(spec.bearer.groups),
        levels=tuple(spec.bearer.levels),
        deadline=deadline or None,
        deadline_basis=spec.deadline_basis.value,
        phase_words=spec.phase_words,
        cites=spec.cites,
        minutes=spec.minutes,
    )
