"""Workbooks made to harm: each is refused, or read as harmless text, and nobody runs out."""

import io
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import xlsxwriter

from tongzhou.base.errors import Refusal
from tongzhou.kernel import tables
from tongzhou.kernel.tables import read_table

SHEET = "xl/worksheets/sheet1.xml"


def workbook() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "机构名称")
        page.write_number(1, 0, 12345)
    return target.getvalue()


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for each in source.namelist():
            content = source.read(each)
            copy.writestr(each, change(content) if each == name else content)
    return target.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        list(read_table(content, "x.xlsx").rows)
    assert caught.value.way_out
    return caught.value.code


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="XFD1048576">',
        b"<c t='n' r='XFD1048576'>",
        b'<c t=">" r="XFD1048576">',
        b'<c t="n"\n r = "xfd1048576">',
        b'<c r="ZZZZZZZZZZZ2">',
        b'<c r="A99999999999">',
    ],
)
def test_two_cells_at_opposite_corners_are_not_given_memory(cell: bytes) -> None:
    content = changed(SHEET, lambda sheet: sheet.replace(b'<c r="A2">', cell))
    assert len(content) < 10_000
    assert refused(content) == "workbook-too-wide"


def test_cells_without_a_place_count_as_well() -> None:
    row = b'<row r="1048576">' + b"<c><v>1</v></c>" * 16_384 + b"</row></sheetData>"
    content = changed(SHEET, lambda sheet: sheet.replace(b"</sheetData>", row))
    assert refused(content) == "workbook-too-wide"


def _put(cell: bytes, sheet: bytes) -> bytes:
    return sheet.replace(b'<c r="A2">', cell)


def test_a_place_cut_by_the_end_of_a_chunk_is_still_seen() -> None:
    for shift in range(40):
        far = b" " * ((1 << 20) - 900 + shift * 25) + b'<c r="XFD1048576">'
        content = changed(SHEET, partial(_put, far))
        assert refused(content) == "workbook-too-wide"


def test_a_wide_but_honest_sheet_is_read() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [f"第{number}列" for number in range(300)])
        page.write_string(20_000, 299, "末")
    table = read_table(target.getvalue(), "x.xlsx")
    assert [row["第299列"] for _, row in table.rows] == ["末"]


def test_a_bomb_that_lies_about_its_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_UNPACKED_BYTES", 4 << 20)
    honest = changed(SHEET, lambda sheet: sheet + b" " * (50 << 20))
    assert len(honest) < 100_000
    assert refused(honest) == "workbook-too-large"
    size = (50 << 20) + len(zipfile.ZipFile(io.BytesIO(workbook())).read(SHEET))
    lying = honest.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != honest
    assert refused(lying) == "workbook-too-large"


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml"])
def test_entities_are_not_resolved(part: str) -> None:
    secret = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

    def change(content: bytes) -> bytes:
        head, mark, rest = content.partition(b"?>\n")
        return (
            head
            + mark
            + secret
            + rest.replace("机构名称".encode(), b"&x;").replace(b"12345", b"&x;")
        )

    try:
        table = read_table(changed(part, change), "x.xlsx")
        seen = str(table.header) + str(list(table.rows))
    except Refusal as refusal:
        seen = str(refusal)
    assert "root:" not in seen


@pytest.mark.parametrize("value", [b"1e999", b"-1e999", b"NaN", b"1e18", b"-1e9"])
def test_numbers_beyond_measure_are_text(value: bytes) -> None:
    content = changed(SHEET, lambda sheet: sheet.replace(b"12345", value))
    assert len(list(read_table(content, "x.xlsx").rows)) == 1


@pytest.mark.parametrize("part", ["content.xml", "xl/workbook.bin"])
def test_a_file_of_two_formats_at_once_is_refused(part: str) -> None:
    target = io.BytesIO(workbook())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(part, "<a/>")
    assert refused(target.getvalue()) == "broken-workbook"


def test_an_endless_cell_in_the_first_line_of_a_csv_is_refused() -> None:
    assert refused(b'"' + b"a" * 200_000) == "broken-csv"


def test_reading_stays_within_the_memory_of_a_small_machine(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(changed(SHEET, lambda s: s.replace(b'r="A2"', b'r="XFD1048576"')))
    script = (
        "import sys; from pathlib import Path\n"
        "from tongzhou.base.errors import Refusal\n"
        "from tongzhou.kernel.tables import read_table\n"
        "try:\n    read_table(Path(sys.argv[1]), 'x')\n"
        "except Refusal as refusal:\n    print(refusal.code)\n"
    )
    limit = 2 << 30
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert done.stdout.strip() == "workbook-too-wide", done.stderr[-500:]
