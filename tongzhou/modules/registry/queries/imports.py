"""Read what became of imported sheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import Progress, StoredFile
from tongzhou.kernel.privacy import cipher
from tongzhou.modules.registry.contracts import RowFault
from tongzhou.modules.registry.models import ImportBatch, ImportRow
from tongzhou.modules.registry.models.register import CONTACT_PLACE, PERSON_PLACE
from tongzhou.modules.registry.queries.wording import spoken
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attribute_kinds, attributes_of


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A sheet on its way in."""

    id: UUID
    name: str
    state: str
    state_label: str
    rows: int
    good: int
    added: int
    changed: int
    same: int
    faulty: int
    missing: int | None
    mode_label: str
    differences: dict[str, int]
    created_at: datetime
    written_at: datetime | None
    sample: tuple[RowFault, ...]
    has_faults_file: bool
    has_missing_file: bool
    progress: Any


def _row(batch: ImportBatch, progress: Progress | None = None) -> BatchRow:
    return BatchRow(
        id=batch.pk,
        name=batch.file.name,
        state=batch.state,
        state_label=str(ImportBatch.State(batch.state).label),
        rows=batch.row_count,
        good=batch.good,
        added=batch.added,
        changed=batch.changed,
        same=batch.same,
        faulty=batch.faulty,
        missing=batch.missing,
        mode_label=str(ImportBatch.Mode(batch.mode).label),
        differences=batch.differences or {},
        created_at=batch.created_at,
        written_at=batch.written_at,
        sample=tuple(RowFault(**each) for each in batch.sample),
        has_faults_file=batch.faults_file_id is not None,
        has_missing_file=batch.missing_file_id is not None,
        progress=progress,
    )


def _mine(actor: Actor) -> Any:
    found = ImportBatch.objects.select_related("file")
    return found if actor.is_system else found.filter(authority_id=actor.authority_id)


def list_imports(actor: Actor, limit: int = 20) -> list[BatchRow]:
    """Return the latest sheets of the actor's authority."""
    return [_row(each) for each in _mine(actor).order_by("-created_at")[:limit]]


def get_import(actor: Actor, batch_id: UUID) -> BatchRow:
    """Return one sheet with the progress of its job; Missing if it is not the authority's."""
    batch = _mine(actor).filter(pk=batch_id).first()
    if batch is None:
        raise Missing("没有这次导入。", code="no-import")
    progress_id = batch.write_progress or batch.check_progress
    progress = Progress.objects.filter(pk=progress_id).first() if progress_id else None
    return _row(batch, progress)


def get_faults_file(actor: Actor, batch_id: UUID) -> StoredFile:
    """Return the workbook of faulty rows; Missing if there is none."""
    batch = _mine(actor).select_related("faults_file").filter(pk=batch_id).first()
    if batch is None or batch.faults_file is None:
        raise Missing("没有待改正的行。", code="no-faults")
    found: StoredFile = batch.faults_file
    return found


def get_missing_file(actor: Actor, batch_id: UUID) -> StoredFile:
    """Return the workbook of organisations a full sheet does not name; Missing if there is none."""
    batch = _mine(actor).select_related("missing_file").filter(pk=batch_id).first()
    if batch is None or batch.missing_file is None:
        raise Missing("文件中没有的组织，一家也没有。", code="no-missing")
    found: StoredFile = batch.missing_file
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """What one row of a sheet changes: column, what is held, what the sheet says."""

    row: int
    code: str
    name: str
    column: str
    before: str
    after: str


def list_differences(batch: BatchRow, limit: int = 30) -> list[Difference]:
    """Return the first changes of a checked sheet, field by field, from the waiting rows."""
    found = ImportRow.objects.filter(batch_id=batch.id, outcome="CHANGED").order_by("number")
    told = [
        Difference(
            each.number,
            each.code,
            each.name,
            column,
            _said(column, sides[0]),
            _said(column, sides[1]),
        )
        for each in found[:limit]
        for column, sides in (each.differences or {}).items()
    ]
    return told[:limit]


#: Columns whose differences wait encrypted → what they are bound to.
_PLACES = {
    c.TERRITORY: CONTACT_PLACE,
    **dict.fromkeys((c.LEGAL_REP, c.SECRETARY, c.PARTY_SECRETARY, c.BOARD_CHAIR), PERSON_PLACE),
}


def _said(column: str, side: Any) -> str:
    if column == c.ATTRIBUTES:
        words = spoken("attribute")
        return "、".join(words[code] for code in attribute_kinds() if code in attributes_of(side))
    if isinstance(side, bool):
        return gettext(c.YES_NO[not side])
    if place := _PLACES.get(column):
        try:
            return cipher.open_sealed(side, place)
        except cipher.Unreadable:  # its key went while the sheet waited; writing checks it again
            return gettext("（请重新检查文件）")
    return str(side)


def fault_lines(
    sample: tuple[RowFault, ...], translate: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Return faults as a page shows them."""
    return [
        {"row": fault.row, "column": fault.column, "text": fault.text(translate)}
        for fault in sample
    ]
