"""Check a sheet: row by row by the rules, then set by set against the whole file and the register.

Rows flow from the file into the waiting tables in pieces, so a sheet of a million rows takes no
more memory than one of ten thousand. What needs sight of all rows is asked of the database.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.base.identifiers import compact_code
from tongzhou.kernel import audit, files
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.flattening import flatten
from tongzhou.kernel.jobs import Reporter
from tongzhou.kernel.tables import Table, read_table
from tongzhou.modules.registry.commands.importing.batches import MAX_BYTES, get_batch_for
from tongzhou.modules.registry.commands.importing.comparing import compare_known, list_missing
from tongzhou.modules.registry.commands.importing.faults import add_faults, write_faults
from tongzhou.modules.registry.commands.organisations import today_of
from tongzhou.modules.registry.commands.writing import clear_rows, stage_rows
from tongzhou.modules.registry.contracts import ImportedOrganisation, ImportReferences, RowFault
from tongzhou.modules.registry.models import ImportBatch
from tongzhou.modules.registry.queries.references import get_import_references
from tongzhou.modules.registry.queries.snapshot import write_snapshot
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules import imports

SAMPLE = 200
_PIECE = 20_000
_GUARDED = (c.NAME, c.ADDRESS, c.TERRITORY)
_FAULTS_NAME = "%s-待改正%d行.xlsx"  # data
_MISSING_NAME = "%s-文件中没有的%d家.xlsx"  # data

_FIRST = """
SELECT number, %(column)s, jsonb_build_object('earlier', first) FROM (
    SELECT number, good, code, min(number) OVER (PARTITION BY code) AS first FROM (
        SELECT number, code, TRUE AS good FROM registry_importrow WHERE batch_id = %(batch)s
        UNION ALL
        SELECT number, faults->>'code', FALSE FROM registry_importfault
        WHERE batch_id = %(batch)s
    ) every WHERE code <> ''
) counted WHERE number <> first
"""

_KNOWN = """
SELECT s.number, CASE WHEN s.code LIKE 'B%%' THEN %(number)s ELSE %(column)s END, '{}'::jsonb
FROM registry_importrow s JOIN registry_codeentry c ON c.code = s.code
WHERE s.batch_id = %(batch)s AND s.code <> ''
"""


@command("registry.organisation.import")
def check_import(
    *, actor: Actor, at: datetime, batch_id: UUID, reporter: Reporter | None = None
) -> int:
    """Check every row of a sheet, stage the good ones, keep the faulty ones in a workbook.

    Writes nothing into the registry. Returns how many rows would be written. May be run again at
    any time before the batch is written. Raises Refusal when the file is no table of organisations.
    """
    batch = get_batch_for(actor, batch_id, lock=True)
    if batch.state in {ImportBatch.State.WRITTEN, ImportBatch.State.DISCARDED}:
        raise Conflict("这份文件已经处理过。", code="import-over")
    clear_rows(batch.pk)
    with tempfile.TemporaryDirectory() as folder:
        source = _plain(batch, Path(folder), reporter)
        _check(batch, source, Path(folder), actor=actor, at=at, reporter=reporter)
    batch.state = ImportBatch.State.CHECKED
    batch.save()
    audit.note(
        target=f"import/{batch.pk}",
        rows=batch.row_count,
        added=batch.added,
        changed=batch.changed,
        same=batch.same,
        faulty=batch.faulty,
    )
    return batch.good


def _plain(batch: ImportBatch, folder: Path, reporter: Reporter | None) -> Path:
    """Return the sheet as CSV; a workbook is turned into one by a process of its own."""
    source = files.path_of(batch.file)
    with source.open("rb") as stream:
        if not stream.read(4).startswith(b"PK\x03\x04"):
            return source
    _tell(reporter, 0, gettext("正在读取工作簿"))
    target = folder / "sheet.csv"
    if reporter is None:
        flatten(source, batch.file.name, target)
    else:
        flatten(source, batch.file.name, target, still=reporter.check)
    return target


def _check(
    batch: ImportBatch,
    source: Path,
    folder: Path,
    *,
    actor: Actor,
    at: datetime,
    reporter: Reporter | None,
) -> None:
    today = today_of(at)
    table = read_table(source, batch.file.name)
    c.check_header(table.header)
    seen = _check_rows(batch, table, get_import_references(actor, today), reporter)
    if not seen:
        raise Refusal(
            "“%(name)s”只有表头，没有数据行。",
            params={"name": batch.file.name},
            code="no-rows",
            field="file",
            way_out="请从模板的第2行起填写。",
        )
    _tell(reporter, seen, gettext("正在与登记簿比对"))
    if seen > _PIECE:
        execute("SELECT registry_importrow_analyze()")
    add_faults(
        batch.pk,
        _FIRST,
        {"column": c.CODE},
        "与第%(earlier)s行重复。",
        "同一组织只能出现一次，请删去其中一行。",
    )
    batch.differences = {}
    if batch.mode == ImportBatch.Mode.ADD:
        add_faults(
            batch.pk,
            _KNOWN,
            {"column": c.CODE, "number": c.NUMBER},
            "登记簿中已有这个代码。",
            "要更新已有的组织，请重新上传并选择“新增并更新”；或者删去本行。",
        )
    else:
        batch.differences = compare_known(
            batch.pk, actor=actor, today=today, present=frozenset(table.header)
        )
    _count(batch, seen)
    _keep_faults(batch, source, folder, actor=actor, at=at, reporter=reporter)
    _keep_missing(batch, folder, actor=actor, at=at, today=today, reporter=reporter)


def _check_rows(
    batch: ImportBatch, table: Table, refs: ImportReferences, reporter: Reporter | None
) -> int:
    """Judge the rows piece by piece; stage the good ones and the faults of the others."""
    seen = 0
    while piece := list(islice(table.rows, _PIECE)):
        good: list[ImportedOrganisation] = []
        faulty: list[tuple[int, str, list[RowFault]]] = []
        for number, row in piece:
            for name in _GUARDED:
                if row.get(name, "")[:1] == "'":
                    row[name] = c.plain(row[name])
            verdict = imports.check_row(number, row, refs)
            if isinstance(verdict, ImportedOrganisation):
                good.append(verdict)
            else:
                code = compact_code(row.get(c.CODE, "") or row.get(c.NUMBER, ""))
                faulty.append((number, code, verdict))
        stage_rows(batch.pk, good)
        _stage_faults(batch.pk, faulty)
        seen += len(piece)
        _tell(reporter, seen, gettext("正在检查"))
    return seen


def _stage_faults(batch: UUID, faulty: list[tuple[int, str, list[RowFault]]]) -> None:
    if not faulty:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY registry_importfault (batch_id, number, faults) FROM STDIN") as copy,
    ):
        for number, code, faults in faulty:
            told = {"code": code, "list": [_plain_fault(fault) for fault in faults]}
            copy.write_row((batch, number, json.dumps(told, ensure_ascii=False)))


def _plain_fault(fault: RowFault) -> dict[str, Any]:
    return {
        "row": fault.row,
        "column": fault.column,
        "reason": fault.reason,
        "way_out": fault.way_out,
        "params": dict(fault.params),
    }


def _count(batch: ImportBatch, seen: int) -> None:
    outcomes = Counter(
        dict(
            rows(
                "SELECT outcome, count(*) FROM registry_importrow WHERE batch_id = %s GROUP BY 1",
                [batch.pk],
            )
        )
    )
    batch.row_count = seen
    batch.added, batch.changed = outcomes["NEW"], outcomes["CHANGED"]
    batch.same = outcomes["SAME"]
    batch.good = batch.added + batch.changed
    batch.faulty = seen - batch.good - batch.same


def _keep_faults(
    batch: ImportBatch,
    source: Path,
    folder: Path,
    *,
    actor: Actor,
    at: datetime,
    reporter: Reporter | None,
) -> None:
    batch.faults_file, batch.sample = None, []
    if not batch.faulty:
        return
    _tell(reporter, batch.row_count, gettext("正在整理待改正的行"))
    target = folder / "faults.xlsx"
    batch.sample = write_faults(batch.pk, _numbered(source, batch.file.name), target)[:SAMPLE]
    batch.faults_file = _keep(
        target,
        _FAULTS_NAME % (Path(batch.file.name).stem, batch.faulty),
        actor=actor,
        at=at,
    )


def _numbered(source: Path, name: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    yield from read_table(source, name).rows


def _keep_missing(
    batch: ImportBatch,
    folder: Path,
    *,
    actor: Actor,
    at: datetime,
    today: date,
    reporter: Reporter | None,
) -> None:
    """List whom a full sheet does not name: nobody is removed because a file is silent."""
    batch.missing, batch.missing_file = None, None
    if batch.mode != ImportBatch.Mode.FULL:
        return
    _tell(reporter, batch.row_count, gettext("正在找出文件中没有的组织"))
    selection = list_missing(batch.pk, actor)
    target = folder / "missing.xlsx"
    with target.open("wb") as stream:
        batch.missing = write_snapshot(selection, stream, kind="xlsx", today=today)
    if batch.missing:
        batch.missing_file = _keep(
            target,
            _MISSING_NAME % (Path(batch.file.name).stem, batch.missing),
            actor=actor,
            at=at,
        )


def _keep(path: Path, name: str, *, actor: Actor, at: datetime) -> Any:
    with path.open("rb") as stream:
        return files.store(
            stream,
            name=name,
            size=path.stat().st_size,
            actor=actor,
            at=at,
            kinds=files.TABLE_KINDS,
            max_bytes=10 * MAX_BYTES,
        )


def _tell(reporter: Reporter | None, done: int, message: str) -> None:
    if reporter is not None:
        reporter.advance(done, message=message)
