"""Import sheets of organisations: check everything first, then write it whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID

from django.utils.translation import gettext

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, events, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.jobs import Reporter
from tongzhou.kernel.tables import Marked, Sheet, TableColumn, read_table, write_workbook
from tongzhou.modules.registry.commands.organisations import today_of
from tongzhou.modules.registry.commands.writing import clear_rows, stage_rows, write_staged
from tongzhou.modules.registry.contracts import ImportedOrganisation, RowFault
from tongzhou.modules.registry.models import ImportBatch
from tongzhou.modules.registry.queries.references import get_import_references, list_known_codes
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules import imports

MAX_BYTES = 60 * files.MIB
SAMPLE = 200
_EVERY = 2_000
_FAULTS_NAME = "%s-待改正%d行.xlsx"  # data
_PIECE = 20_000


@command("registry.organisation.import")
def start_import(*, actor: Actor, at: datetime, stream: IO[bytes], name: str, size: int) -> UUID:
    """Keep an uploaded sheet for checking and return the id of its batch.

    Raises Refusal for a file that is too large or no table.
    """
    record = files.store(
        stream,
        name=name,
        size=size,
        actor=actor,
        at=at,
        kinds=files.TABLE_KINDS,
        max_bytes=MAX_BYTES,
    )
    table = read_table(files.path_of(record), record.name)
    c.check_header(table.header)
    batch = ImportBatch.objects.create(
        file=record,
        user_id=actor.user_id,
        authority_id=actor.authority_id,
        created_at=at,
    )
    audit.note(target=f"import/{batch.pk}", size=size)
    return batch.pk


@command("registry.organisation.import")
def check_import(
    *, actor: Actor, at: datetime, batch_id: UUID, reporter: Reporter | None = None
) -> int:
    """Check every row of a sheet, stage the good ones, keep the faulty ones in a workbook.

    Writes nothing into the registry. Returns how many rows are good. Raises Refusal when the file
    has no rows.
    """
    batch = get_batch_for(actor, batch_id, lock=True)
    if batch.state not in {ImportBatch.State.CHECKING, ImportBatch.State.CHECKED}:
        raise Conflict("这份文件已经处理过。", code="import-over")
    clear_rows(batch.pk)
    refs = get_import_references(actor, today_of(at))
    table = read_table(files.path_of(batch.file), batch.file.name)
    c.check_header(table.header)
    tally = _Tally(batch, table.total, reporter)
    if reporter is not None:
        reporter.advance(0, total=table.total, message=gettext("正在检查"))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "faults.xlsx"
        verdicts = imports.check_rows(table.rows, refs, known_codes=list_known_codes)
        faulty: list[tuple[Mapping[str, str], list[RowFault]]] = []
        # Staged piece by piece: between the pieces the check may ask the database for codes.
        good = tally.good_rows(verdicts, faulty)
        while piece := list(islice(good, _PIECE)):
            stage_rows(batch.pk, piece)
        if not tally.seen:
            raise Refusal(
                "“%(name)s”只有表头，没有数据行。",
                params={"name": batch.file.name},
                code="no-rows",
                field="file",
                way_out="请从模板的第2行起填写。",
            )
        if faulty:
            write_faults(faulty, target)
            with target.open("rb") as stream:
                batch.faults_file = files.store(
                    stream,
                    name=_FAULTS_NAME % (Path(batch.file.name).stem, len(faulty)),
                    size=target.stat().st_size,
                    actor=actor,
                    at=at,
                    kinds=files.TABLE_KINDS,
                    max_bytes=10 * MAX_BYTES,
                )
        else:
            batch.faults_file = None
    batch.row_count, batch.good, batch.faulty = tally.seen, tally.good, len(faulty)
    batch.sample = [
        {
            "row": fault.row,
            "column": fault.column,
            "reason": fault.reason,
            "way_out": fault.way_out,
            "params": dict(fault.params),
        }
        for _row, faults in faulty
        for fault in faults
    ][:SAMPLE]
    batch.state = ImportBatch.State.CHECKED
    batch.save()
    audit.note(target=f"import/{batch.pk}", rows=tally.seen, good=tally.good, faulty=len(faulty))
    return tally.good


@command("registry.organisation.import")
def write_import(
    *, actor: Actor, at: datetime, batch_id: UUID, reporter: Reporter | None = None
) -> int:
    """Write the good rows of a checked sheet in one transaction and return how many.

    Raises Conflict when the batch is not waiting to be written, or a code was registered since.
    """
    batch = get_batch_for(actor, batch_id, lock=True)
    if batch.state not in {ImportBatch.State.CHECKED, ImportBatch.State.WRITING}:
        raise Conflict("这份文件不在待导入状态。", code="import-over")
    if not batch.good:
        raise Refusal("没有可以导入的行。", code="no-rows", way_out="请改正后重新上传。")

    def tell(message: str, done: int) -> None:
        if reporter is not None:
            reporter.advance(done, total=batch.good, message=message)

    tell(gettext("正在登记代码"), 0)
    keys = write_staged(batch.pk, at=at, tell=tell)
    if keys != batch.good:
        raise Conflict(
            "检查的结果已经过期。",
            code="import-stale",
            way_out="请重新检查文件后再导入。",
        )
    batch.state, batch.written_at = ImportBatch.State.WRITTEN, at
    batch.save(update_fields=["state", "written_at"])
    audit.note(target=f"import/{batch.pk}", written=keys)
    events.publish("registry.organisation.imported", batch_id=str(batch.pk), rows=keys)
    return keys


@command("registry.organisation.import")
def discard_import(*, actor: Actor, at: datetime, batch_id: UUID) -> None:
    """Give up a sheet that was not written; its rows are removed from the waiting table."""
    batch = get_batch_for(actor, batch_id, lock=True)
    if batch.state in {ImportBatch.State.WRITTEN, ImportBatch.State.WRITING}:
        raise Conflict("已经导入的文件不能放弃。", code="import-over")
    clear_rows(batch.pk)
    batch.state = ImportBatch.State.DISCARDED
    batch.save(update_fields=["state"])
    audit.note(target=f"import/{batch.pk}")


def note_progress(batch_id: UUID, *, check: UUID | None = None, write: UUID | None = None) -> None:
    """Remember which progress record belongs to a step of a batch."""
    if check is not None:
        ImportBatch.objects.filter(pk=batch_id).update(check_progress=check)
    if write is not None:
        ImportBatch.objects.filter(pk=batch_id).update(
            write_progress=write, state=ImportBatch.State.WRITING
        )


def reopen(batch_id: UUID, *, refused: bool) -> None:
    """Put a batch whose job failed into the state from which its owner can go on."""
    if refused:
        ImportBatch.objects.filter(pk=batch_id, state=ImportBatch.State.CHECKING).update(
            state=ImportBatch.State.REFUSED
        )
    ImportBatch.objects.filter(pk=batch_id, state=ImportBatch.State.WRITING).update(
        state=ImportBatch.State.CHECKED
    )


def get_batch_for(actor: Actor, batch_id: UUID, *, lock: bool = False) -> ImportBatch:
    """Return a batch of the actor's authority; Missing otherwise."""
    found = ImportBatch.objects.select_related("file")
    if lock:
        found = found.select_for_update(of=("self",))
    if not actor.is_system:
        found = found.filter(authority_id=actor.authority_id)
    batch = found.filter(pk=batch_id).first()
    if batch is None:
        raise Missing("没有这次导入。", code="no-import")
    return batch


def write_faults(faulty: list[tuple[Mapping[str, str], list[RowFault]]], target: Path) -> None:
    """Write faulty rows with their reasons: mend the marked cells and upload it as it is."""
    columns = [
        *(
            TableColumn(each.name, each.width, each.note, each.required, each.choices)
            for each in c.COLUMNS
        ),
        TableColumn(c.FAULTS, 60),
    ]

    def lines() -> Iterator[list[object]]:
        for row, faults in faulty:
            wrong = {fault.column for fault in faults}
            cells = [
                Marked(row.get(name, "")) if name in wrong else row.get(name, "")
                for name in c.NAMES
            ]
            reasons = "；".join(f"{fault.column}：{fault.text()}" for fault in faults)
            yield [*cells, Marked(reasons)]

    write_workbook([Sheet(c.FAULTS, columns, lines())], target)


class _Tally:
    """Count rows while they flow from the file into the waiting table."""

    def __init__(self, batch: ImportBatch, total: int, reporter: Reporter | None) -> None:
        self.batch = batch
        self.total = total
        self.reporter = reporter
        self.seen = 0
        self.good = 0

    def good_rows(
        self,
        verdicts: Iterator[tuple[Mapping[str, str], ImportedOrganisation | list[RowFault]]],
        faulty: list[tuple[Mapping[str, str], list[RowFault]]],
    ) -> Iterator[ImportedOrganisation]:
        for row, verdict in verdicts:
            self.seen += 1
            if self.reporter is not None and self.seen % _EVERY == 0:
                self.reporter.advance(self.seen, total=self.total, message=gettext("正在检查"))
            if isinstance(verdict, list):
                faulty.append((row, verdict))
            else:
                self.good += 1
                yield verdict
