"""Write the register, or a part of it, in the columns of the import: what goes out comes back in.

Rows are fetched a few thousand at a time and written as they come, so a file of a million rows
takes no more memory than one of a hundred.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Self

from django.db import connection

from tongzhou.kernel.privacy import cipher
from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
from tongzhou.modules.registry.models.register import CONTACT_PLACE, PERSON_PLACE
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attribute_kinds, labels

#: Rows below the header that one sheet of a workbook takes.
SHEET_ROWS = 1_048_575
_CHUNK = 5_000
_TELL_EVERY = 10_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which organisations: a condition on ``registry_organisation o`` with its parameters."""

    condition: str
    params: Mapping[str, Any]

    @classmethod
    def of_query(cls, sql: str, params: Sequence[Any]) -> Self:
        """Return the organisations whose (id, prov) a query selects."""
        named = {f"q{number}": value for number, value in enumerate(params)}
        first, *others = sql.split("%s")
        whole = first + "".join(
            f"%({name})s{part}" for name, part in zip(named, others, strict=True)
        )
        return cls(f"(o.id, o.prov) IN ({whole})", named)


_ROWS = """
SELECT o.code, o.name, o.form, r.name, o.located_in_id, o.address, o.established_on,
       (SELECT jsonb_object_agg(a.attribute, a.from_on) FROM registry_organisationattribute a
        WHERE a.organisation_id = o.id AND a.prov = o.prov AND a.from_on <= %(today)s
          AND (a.to_on IS NULL OR a.to_on >= %(today)s)),
       coalesce(u.name, ''), coalesce(i.name, ''), o.territory_contact,
       (SELECT jsonb_object_agg(g.kind, g.person) FROM registry_organ g
        WHERE g.organisation_id = o.id AND g.prov = o.prov AND g.from_on <= %(today)s
          AND (g.to_on IS NULL OR g.to_on >= %(today)s)),
       r.region_id
FROM registry_organisation o
JOIN registry_authority r ON r.id = o.registered_by_id
LEFT JOIN registry_authority u ON u.id = o.supervisor_id
LEFT JOIN registry_authority i ON i.id = o.industry_department_id
WHERE {condition}
ORDER BY o.registered_region, o.id
"""


def write_snapshot(
    selection: Selection,
    target: IO[bytes],
    *,
    kind: str,
    today: date,
    tell: Callable[[int], None] = lambda done: None,
) -> int:
    """Write organisations as ``xlsx`` or ``csv`` in the columns of the import; return how many.

    Must run inside a transaction. ``tell`` is told the rows written so far.
    """
    counted = _Counted(_lines(selection, today), tell)
    if kind == "csv":
        _write_csv(counted, target)
    else:
        _write_workbook(counted, target)
    return counted.count


class _Counted:
    """Counts rows that flow past; ``ended`` once there are no more."""

    def __init__(self, lines: Iterator[list[str]], tell: Callable[[int], None]) -> None:
        self._lines = lines
        self._tell = tell
        self._next: list[str] | None = next(lines, None)
        self.count = 0

    @property
    def ended(self) -> bool:
        return self._next is None

    def take(self, limit: int | None = None) -> Iterator[list[str]]:
        """Yield up to ``limit`` rows."""
        left = limit
        while self._next is not None and left != 0:
            line, self._next = self._next, next(self._lines, None)
            left = None if left is None else left - 1
            self.count += 1
            if self.count % _TELL_EVERY == 0:
                self._tell(self.count)
            yield line


def _write_csv(lines: _Counted, target: IO[bytes]) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="")
    out = csv.writer(text)
    out.writerow(c.NAMES)
    out.writerows([c.inert(cell) for cell in line] for line in lines.take())
    text.flush()
    text.detach()


def _write_workbook(lines: _Counted, target: IO[bytes]) -> None:
    columns = [
        TableColumn(each.name, each.width, each.note, each.required, each.choices)
        for each in c.COLUMNS
    ]

    def sheets() -> Iterator[Sheet]:
        name = c.TEMPLATE_SHEETS[0]
        yield Sheet(name, columns, lines.take(SHEET_ROWS))
        number = 2
        while not lines.ended:
            yield Sheet(f"{name}{number}", columns, lines.take(SHEET_ROWS))
            number += 1

    write_workbook(sheets(), target)


def _lines(selection: Selection, today: date) -> Iterator[list[str]]:
    forms, words = labels("form"), labels("attribute")
    order = list(attribute_kinds())
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            _ROWS.format(condition=selection.condition), {**selection.params, "today": today}
        )
        while found := cursor.fetchmany(_CHUNK):
            for row in found:
                yield _line(row, forms, words, order)


def _line(
    row: tuple[Any, ...], forms: Mapping[str, str], words: Mapping[str, str], order: list[str]
) -> list[str]:
    code, name, form, registrar, place, address, established = row[:7]
    attributes, supervisor, industry, contact, organs, region = row[7:]
    held = json.loads(attributes or "{}")
    people = {
        kind: cipher.open_sealed(person, PERSON_PLACE)
        for kind, person in json.loads(organs or "{}").items()
    }
    internal = code.startswith("B")
    cells = {
        c.CODE: "" if internal else code,
        c.NUMBER: code if internal else "",
        c.NAME: name,
        c.FORM: forms[form],
        c.REGISTRAR: registrar,
        c.REGISTRAR_CHANGED: ""
        if internal or code[2:8] == (f"{region:06d}" if region else "100000")
        else "是",
        c.PLACE: f"{place:06d}",
        c.ADDRESS: address,
        c.ESTABLISHED: established.isoformat() if established else "",
        c.ATTRIBUTES: "、".join(f"{words[each]}（{held[each]}）" for each in order if each in held),
        c.SUPERVISOR: supervisor,
        c.INDUSTRY: industry,
        c.TERRITORY: cipher.open_sealed(contact, CONTACT_PLACE),
        c.LEGAL_REP: people.get("LEGAL_REP", ""),
        c.SECRETARY: people.get("SECRETARIAT", ""),
        c.PARTY_ORG: c.YES_NO["PARTY_ORG" not in people],
        c.PARTY_SECRETARY: people.get("PARTY_ORG", ""),
        c.BOARD: c.YES_NO["SUPERVISORY_BOARD" not in people],
        c.BOARD_CHAIR: people.get("SUPERVISORY_BOARD", ""),
    }
    return [cells[each] for each in c.NAMES]
