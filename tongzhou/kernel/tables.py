"""Read tables that people upload, and write those they download: XLSX and CSV.

Reading gives text only. What a cell shows is what a rule checks, so numbers lose their ``.0``,
dates become ``2012-03-01`` and truth values become 是/否. A number of sixteen digits or more was
already cut by the spreadsheet; it is given in scientific notation, so that no check mistakes the
remains for the original.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO

import python_calamine
import xlsxwriter

from tongzhou.base.errors import Refusal
from tongzhou.kernel import extent

#: A workbook may unpack to this much and no more; a million rows of twenty cells stay below it.
MAX_UNPACKED_BYTES = 1_500 * 1024 * 1024
MAX_ROWS = 1_000_000
#: The rectangle from the first to the last cell; each takes 32 bytes while the table is read.
MAX_CELLS = 30_000_000
#: The lines of one sheet of a workbook, its head among them; no program reads more.
SHEET_LINES = 1_048_576
EXACT_NUMBER = 10**15
HEADER_WITHIN = 20
# What the archive and the reader raise for damage of any kind, encryption included.
_BROKEN = (
    python_calamine.CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(slots=True)
class Table:
    """A table that is being read: its header, and its rows as (line in the file, cells by name).

    ``total`` is the number of lines the file announces, blank ones included; 0 if unknown.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, str]]]
    total: int


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a workbook to write. ``choices`` become a list to choose from in each cell."""

    name: str
    width: int = 14
    note: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    number: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook to write; its rows may be any iterator, they are not kept."""

    name: str
    columns: Sequence[TableColumn]
    rows: Iterable[Sequence[object]] = ()


class Marked(str):
    """A cell to be shown as wrong."""

    __slots__ = ()


def cell_text(value: object) -> str:
    """Return what a cell shows, stripped."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return str(value)
        if value == int(value):
            return str(int(value)) if abs(value) < EXACT_NUMBER else f"{value:.14E}"
        return repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()


def read_table(source: Path | bytes, name: str) -> Table:
    """Open an XLSX or CSV table; the first row that is not blank is its header.

    ``name`` is the file name, shown in refusals; the kind is told from the content. Raises Refusal
    for anything that is no such table.
    """
    with _open(source) as stream:
        head = stream.read(8)
    if head.startswith(b"PK\x03\x04"):
        lines, total = _xlsx_lines(source, name)
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refusal(
            "“%(name)s”是旧版 .xls 文件或者加了密码。",
            params={"name": name},
            code="old-workbook",
            field="file",
            way_out="请用表格软件另存为不加密的 .xlsx，再上传。",
        )
    else:
        lines, total = _csv_lines(source, name), 0
    numbered = enumerate(lines, 1)
    header: tuple[str, ...] = ()
    try:
        for number, cells in numbered:
            if any(cells):
                header = tuple(cell.removesuffix("*").strip() for cell in cells)
                break
            if number >= HEADER_WITHIN:
                break
    except csv.Error as error:
        raise _broken_csv(name, 1, error) from error
    if not header:
        raise Refusal(
            "“%(name)s”里没有数据。",
            params={"name": name},
            code="empty-table",
            field="file",
            way_out="请在模板中填写数据后再上传。",
        )
    return Table(header, _rows(header, numbered, name), total)


def list_lines(source: Path, name: str) -> Iterator[list[str]]:
    """Yield the lines of a workbook's first sheet, blank ones included; Refusal if it is none."""
    return _xlsx_lines(source, name)[0]


def write_workbook(sheets: Iterable[Sheet], target: Path | IO[bytes]) -> None:
    """Write a workbook row by row, at a small and constant use of memory.

    Every cell is text unless its column says number; nothing is written as a formula or a link.
    Refusal when a sheet has more rows than a sheet can hold: none is left out silently.
    """
    # Rows lie in files of their own until the end; the folder takes them with it, whatever happens.
    with tempfile.TemporaryDirectory() as folder:
        _write_sheets(sheets, target, folder)


def _write_sheets(sheets: Iterable[Sheet], target: Path | IO[bytes], folder: str) -> None:
    book = xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": folder,
        },
    )
    plain = book.add_format({"num_format": "@"})
    number = book.add_format({"num_format": "0"})
    head = book.add_format({"bold": True, "bg_color": "#E4E0D6", "border": 1, "text_wrap": True})
    needed = book.add_format({"bold": True, "bg_color": "#F6E3C5", "border": 1, "text_wrap": True})
    marked = book.add_format({"num_format": "@", "bg_color": "#F7D9D6", "font_color": "#B3261E"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.width, number if column.number else plain)
            if column.choices:
                page.data_validation(
                    1,
                    index,
                    SHEET_LINES - 1,
                    index,
                    {
                        "validate": "list",
                        "source": list(column.choices),
                        "input_title": column.name[:32],
                        "input_message": column.note[:255],
                        "error_type": "warning",
                    },
                )
            page.write_string(0, index, column.name, needed if column.required else head)
        numeric = [column.number for column in sheet.columns]
        for line, row in enumerate(sheet.rows, 1):
            if line >= SHEET_LINES:
                raise too_long()
            for index, value in enumerate(row):
                if isinstance(value, Marked) and not value:
                    page.write_blank(line, index, None, marked)
                    continue
                if value is None or value == "":
                    continue
                if numeric[index] and isinstance(value, int | float):
                    page.write_number(line, index, value, number)
                else:
                    page.write_string(
                        line, index, str(value), marked if isinstance(value, Marked) else plain
                    )
    book.close()


def too_long() -> Refusal:
    """Return the refusal of a list that no sheet holds."""
    return Refusal(
        "名单太长，一张表放不下（最多 1,048,575 行），没有导出。",
        code="list-too-long",
        way_out="请选一个省、市或县，或者加一个条件，分几次导出。",
    )


def _open(source: Path | bytes) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _xlsx_lines(source: Path | bytes, name: str) -> tuple[Iterator[list[str]], int]:
    broken = Refusal(
        "“%(name)s”打不开，可能已经损坏。",
        params={"name": name},
        code="broken-workbook",
        field="file",
        way_out="请用表格软件打开并另存为 .xlsx，再上传。",
    )
    try:
        with _open(source) as stream, zipfile.ZipFile(stream) as archive:
            if not extent.is_workbook(archive):
                raise broken
            cells = extent.count_cells(archive, MAX_UNPACKED_BYTES)
        if cells is None:
            raise Refusal(
                "“%(name)s”解开后过大。",
                params={"name": name},
                code="workbook-too-large",
                field="file",
                way_out="请分成几个文件上传。",
            )
        if cells > MAX_CELLS:
            raise Refusal(
                "“%(name)s”的表格范围过大：在很远的行或列还有单元格。",
                params={"name": name},
                code="workbook-too-wide",
                field="file",
                way_out="请只把有内容的行和列复制到模板里，再上传。",
            )
        if isinstance(source, bytes):
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(source))
        else:
            book = python_calamine.CalamineWorkbook.from_path(str(source))
        page = book.get_sheet_by_index(0)
    except _BROKEN as error:
        raise broken from error
    text = cell_text
    lines = ([text(value) for value in row] for row in page.iter_rows())
    return lines, page.end[0] if page.end else 0


def _csv_lines(source: Path | bytes, name: str) -> Iterator[list[str]]:
    encoding = _encoding(source, name)
    with _open(source) as stream:
        sample = stream.read(65_536).decode(encoding, errors="ignore")
    first = sample.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)

    def lines() -> Iterator[list[str]]:
        with (
            _open(source) as stream,
            io.TextIOWrapper(stream, encoding=encoding, newline="") as text,
        ):
            for row in csv.reader(text, delimiter=delimiter):
                yield [cell.strip() for cell in row]

    return lines()


def _encoding(source: Path | bytes, name: str) -> str:
    """Return the encoding that decodes the whole file: UTF-8 or GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with _open(source) as stream:
                while chunk := stream.read(1 << 20):
                    if b"\x00" in chunk:
                        raise UnicodeDecodeError(encoding, chunk, 0, 1, "binary")
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Refusal(
        "“%(name)s”不是表格：既不是 .xlsx，也不是 UTF-8 或者 GB 18030 编码的 .csv。",
        params={"name": name},
        code="not-a-table",
        field="file",
        way_out="请下载模板填写，保存为 .xlsx 或者 .csv。",
    )


def _rows(
    header: tuple[str, ...], lines: Iterator[tuple[int, list[str]]], name: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows that are not blank, with their line in the file, counted from 1."""
    count = 0
    try:
        for number, cells in lines:
            if not any(cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise Refusal(
                    "“%(name)s”超过%(limit)s行。",
                    params={"name": name, "limit": MAX_ROWS},
                    code="too-many-rows",
                    field="file",
                    way_out="请分成几个文件上传。",
                )
            yield number, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise _broken_csv(name, count + 2, error) from error


def _broken_csv(name: str, line: int, error: csv.Error) -> Refusal:
    return Refusal(
        "“%(name)s”的第%(line)s行附近读不下去：%(reason)s。",
        params={"name": name, "line": line, "reason": str(error)},
        code="broken-csv",
        field="file",
        way_out="请用表格软件打开并另存为 .xlsx，再上传。",
    )
