"""Faults that only the whole shows, and the workbook in which faulty rows go back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from tongzhou.kernel.database import execute
from tongzhou.kernel.tables import Marked, Sheet, TableColumn, write_workbook
from tongzhou.modules.registry.contracts import RowFault
from tongzhou.modules.registry.rules import columns as c

_ADD = """
INSERT INTO registry_importfault (batch_id, number, faults)
SELECT %(batch)s, number, jsonb_build_object('code', '', 'list', jsonb_build_array(
    jsonb_build_object('row', number, 'column', col, 'reason', %(reason)s::text,
                       'way_out', %(way_out)s::text, 'params', params)))
FROM ({found}) AS found(number, col, params)
"""

_REMOVE = """
DELETE FROM registry_importrow s WHERE s.batch_id = %(batch)s AND EXISTS (
    SELECT 1 FROM registry_importfault f
    WHERE f.batch_id = s.batch_id AND f.number = s.number
)
"""

_READ = """
SELECT number, faults FROM registry_importfault WHERE batch_id = %s ORDER BY number, id
"""
_CHUNK = 2_000
_SAMPLE = 200


def add_faults(
    batch: UUID, found: str, params: Mapping[str, object], reason: str, way_out: str
) -> None:
    """Take rows out of those to be written, with one sentence why.

    ``found`` selects (number, column, parameters of the sentence as jsonb); it may name
    ``%(batch)s`` and what ``params`` holds.
    """
    every = {**params, "batch": batch, "reason": reason, "way_out": way_out}
    if execute(_ADD.format(found=found), every):
        execute(_REMOVE, every)


def write_faults(
    batch: UUID, sheet: Iterator[tuple[int, Mapping[str, str]]], target: Path
) -> list[dict[str, Any]]:
    """Write faulty rows with their reasons: mend the marked cells and upload it as it is.

    Goes through the sheet and the faults side by side, both in the order of lines. Returns the
    first faults for the page.
    """
    sample: list[dict[str, Any]] = []
    columns = [
        *(
            TableColumn(each.name, each.width, each.note, each.required, each.choices)
            for each in c.COLUMNS
        ),
        TableColumn(c.FAULTS, 60),
    ]

    def lines() -> Iterator[list[object]]:
        for number, faults in _by_row(batch):
            if len(sample) < _SAMPLE:
                sample.extend(faults)
            row = next(cells for line, cells in sheet if line == number)
            wrong = {fault["column"] for fault in faults}
            cells = [
                Marked(row.get(name, "")) if name in wrong else row.get(name, "")
                for name in c.NAMES
            ]
            reasons = "；".join(f"{each['column']}：{RowFault(**each).text()}" for each in faults)
            yield [*cells, Marked(reasons)]

    write_workbook([Sheet(c.FAULTS, columns, lines())], target)
    return sample


def _by_row(batch: UUID) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield each faulty line with all its faults."""
    current = 0
    gathered: list[dict[str, Any]] = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(_READ, [batch])
        while found := cursor.fetchmany(_CHUNK):
            for number, told in found:
                if number != current:
                    if gathered:
                        yield current, gathered
                    current, gathered = number, []
                held = json.loads(told) if isinstance(told, str) else told
                gathered.extend(held["list"])
    if gathered:
        yield current, gathered
