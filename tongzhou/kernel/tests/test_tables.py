"""Test reading and writing of tables."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from tongzhou.base.errors import Refusal
from tongzhou.kernel import tables
from tongzhou.kernel.tables import Marked, Sheet, TableColumn, cell_text, read_table


def workbook(rows: list[list[object]], *, top: int = 0) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet()
    for line, row in enumerate(rows, top):
        page.write_row(line, 0, row)
    book.close()
    return target.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" 广州 ", "广州"),
        (None, ""),
        (440106.0, "440106"),
        (0.5, "0.5"),
        (True, "是"),
        (False, "否"),
        (date(2012, 3, 1), "2012-03-01"),
        (datetime(2012, 3, 1), "2012-03-01"),
        (datetime(2012, 3, 1, 8, 30), "2012-03-01 08:30:00"),
        (524401007654321042.0, "5.24401007654321E+17"),
    ],
)
def test_cell_text(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_reads_a_workbook_with_the_line_numbers_people_see() -> None:
    content = workbook([["名称*", "代码"], ["甲", 440106], [], ["乙", ""]], top=2)
    table = read_table(content, "a.xlsx")
    assert table.header == ("名称", "代码")
    assert list(table.rows) == [
        (4, {"名称": "甲", "代码": "440106"}),
        (6, {"名称": "乙", "代码": ""}),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_reads_csv_as_offices_save_it(encoding: str, delimiter: str) -> None:
    text = f"名称{delimiter}住所\r\n协会{delimiter}“㑇”路1号\r\n"
    table = read_table(text.encode(encoding), "a.csv")
    assert list(table.rows) == [(2, {"名称": "协会", "住所": "“㑇”路1号"})]


def test_reads_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名称\n甲\n", encoding="utf-8")
    assert list(read_table(path, "a.csv").rows) == [(2, {"名称": "甲"})]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-table"),
        (b"\n\n\n", "empty-table"),
        (b"\x00\x01\x02\xff", "not-a-table"),
        (b"PK\x03\x04 junk", "broken-workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old-workbook"),
        (workbook([]), "empty-table"),
    ],
)
def test_refuses_what_is_no_table(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_table(content, "x")
    assert caught.value.code == code
    assert caught.value.way_out


def test_refuses_a_zip_that_is_no_workbook() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(Refusal) as caught:
        read_table(target.getvalue(), "x.xlsx")
    assert caught.value.code == "broken-workbook"


def test_refuses_a_workbook_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(Refusal) as caught:
        read_table(workbook([["名称"], ["甲"]]), "x.xlsx")
    assert caught.value.code == "workbook-too-large"


def test_refuses_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    table = read_table("名称\n甲\n乙\n丙\n".encode(), "x.csv")
    with pytest.raises(Refusal) as caught:
        list(table.rows)
    assert caught.value.code == "too-many-rows"


def test_no_row_is_left_out_of_a_sheet_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "SHEET_LINES", 4)
    columns = [TableColumn("名称")]
    held, lost = ([[f"{number}"] for number in range(count)] for count in (3, 4))
    target = io.BytesIO()
    tables.write_workbook([Sheet("数据", columns, held)], target)
    assert len(list(read_table(target.getvalue(), "x.xlsx").rows)) == 3
    with pytest.raises(Refusal) as caught:
        tables.write_workbook([Sheet("数据", columns, lost)], io.BytesIO())
    assert caught.value.code == "list-too-long"


def test_written_workbooks_read_back_and_hold_no_formulas() -> None:
    target = io.BytesIO()
    columns = [
        TableColumn("名称", 30, required=True),
        TableColumn("有无", choices=("是", "否"), note="说明"),
        TableColumn("数", number=True),
    ]
    rows: list[list[object]] = [["=1+1", Marked("否"), 12], ["http://example.invalid", None, 3.5]]
    tables.write_workbook([Sheet("数据", columns, rows)], target)
    table = read_table(target.getvalue(), "x.xlsx")
    assert table.total == 2
    assert list(table.rows) == [
        (2, {"名称": "=1+1", "有无": "否", "数": "12"}),
        (3, {"名称": "http://example.invalid", "有无": "", "数": "3.5"}),
    ]
    with zipfile.ZipFile(target) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "dataValidation" in sheet
