"""Test the import of sheets: dry run, faults, all or nothing."""

from __future__ import annotations

import io
import uuid

import pytest

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel import files
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.tables import Sheet, TableColumn, read_table, write_workbook
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.models import Cell, ImportBatch, ImportRow, Organisation
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.tests.conftest import AT, officer
from tongzhou.modules.registry.tests.test_writing import FACTS


def row(number: int, **changes: str) -> dict[str, str]:
    facts = {
        **FACTS,
        c.CODE: make_credit_code("51", "440100", f"D{number:07d}"),
        c.NAME: f"广州市示例{number}协会",
    }
    return {**facts, **changes}


def sheet(rows: list[dict[str, str]], header: tuple[str, ...] = c.NAMES) -> bytes:
    target = io.BytesIO()
    lines = [[each.get(name, "") for name in header] for each in rows]
    write_workbook([Sheet("数据", [TableColumn(name) for name in header], lines)], target)
    return target.getvalue()


def start(actor: Actor, content: bytes, name: str = "名册.xlsx") -> uuid.UUID:
    return commands.start_import(
        actor=actor, at=AT, stream=io.BytesIO(content), name=name, size=len(content)
    )


@pytest.fixture(autouse=True)
def folder(settings: object, tmp_path: object) -> None:
    settings.FILES_ROOT = tmp_path  # type: ignore[attr-defined]  # pytest-django's wrapper


def test_a_good_sheet_is_checked_then_written(city_officer: Actor) -> None:
    batch = start(city_officer, sheet([row(n) for n in range(5)]))
    assert commands.check_import(actor=city_officer, at=AT, batch_id=batch) == 5
    assert Organisation.objects.social().count() == 0  # a dry run writes nothing
    assert ImportRow.objects.count() == 5
    assert commands.write_import(actor=city_officer, at=AT, batch_id=batch) == 5
    assert Organisation.objects.social().count() == 5
    assert ImportRow.objects.count() == 0
    cell = Organisation.objects.social().first()
    assert cell is not None
    assert Cell.objects.get(id=cell.cell_id, prov=44).population == 5
    held = ImportBatch.objects.get(pk=batch)
    assert (held.state, held.row_count, held.good, held.faulty) == ("WRITTEN", 5, 5, 0)


def test_csv_as_a_chinese_office_saves_it(city_officer: Actor) -> None:
    lines = [",".join(c.NAMES), ",".join(row(1).get(name, "") for name in c.NAMES)]
    batch = start(city_officer, "\r\n".join(lines).encode("gb18030"), "名册.csv")
    assert commands.check_import(actor=city_officer, at=AT, batch_id=batch) == 1


def test_faulty_rows_come_back_in_a_workbook_that_can_be_mended_and_imported(
    city_officer: Actor,
) -> None:
    faulty = row(2, **{c.CODE: "51440100500234567K", c.LEGAL_REP: ""})
    batch = start(city_officer, sheet([row(1), faulty, row(3)]))
    assert commands.check_import(actor=city_officer, at=AT, batch_id=batch) == 2
    held = ImportBatch.objects.get(pk=batch)
    assert held.faulty == 1
    assert {each["column"] for each in held.sample} == {c.CODE, c.LEGAL_REP}
    assert {each["row"] for each in held.sample} == {3}
    assert held.faults_file is not None
    returned = files.path_of(held.faults_file).read_bytes()
    table = read_table(returned, "x.xlsx")
    assert table.header == (*c.NAMES, c.FAULTS)
    [(_line, cells)] = list(table.rows)
    assert "最后一位应为“J”" in cells[c.FAULTS]
    assert "法人必须有法定代表人" in cells[c.FAULTS]
    again = start(city_officer, returned, "改正.xlsx")
    assert commands.check_import(actor=city_officer, at=AT, batch_id=again) == 0
    mended = {**cells, c.CODE: "51440100500234567J", c.LEGAL_REP: "陈示例"}
    third = start(city_officer, sheet([mended], (*c.NAMES, c.FAULTS)))
    assert commands.check_import(actor=city_officer, at=AT, batch_id=third) == 1


def test_rows_already_registered_are_faults(city_officer: Actor) -> None:
    commands.register_organisation(actor=city_officer, at=AT, facts=row(1))
    batch = start(city_officer, sheet([row(1), row(2)]))
    assert commands.check_import(actor=city_officer, at=AT, batch_id=batch) == 1
    assert ImportBatch.objects.get(pk=batch).sample[0]["reason"] == "登记簿中已有这个代码。"


def test_a_code_registered_between_check_and_write_stops_the_whole_import(
    city_officer: Actor,
) -> None:
    batch = start(city_officer, sheet([row(1), row(2)]))
    commands.check_import(actor=city_officer, at=AT, batch_id=batch)
    commands.register_organisation(actor=city_officer, at=AT, facts=row(2))
    with pytest.raises(Conflict) as caught:
        commands.write_import(actor=city_officer, at=AT, batch_id=batch)
    assert row(2)[c.CODE] in caught.value.text()
    assert Organisation.objects.social().count() == 1


def test_duplicates_in_the_file_are_found(city_officer: Actor) -> None:
    faulty = {**row(2), c.NAME: ""}
    batch = start(city_officer, sheet([row(1), {**row(1), c.NAME: "甲"}, faulty, row(2)]))
    assert commands.check_import(actor=city_officer, at=AT, batch_id=batch) == 1
    told = [
        (each["row"], each["reason"], each["params"])
        for each in ImportBatch.objects.get(pk=batch).sample
    ]
    assert told == [
        (3, "与第%(earlier)s行重复。", {"earlier": 2}),
        (4, "没有填写。", {}),
        (5, "与第%(earlier)s行重复。", {"earlier": 4}),
    ]


def test_wrong_columns_are_refused_by_the_check(city_officer: Actor) -> None:
    batch = start(city_officer, sheet([{"名字": "甲"}], ("名字", "代码")))
    with pytest.raises(Refusal) as caught:
        commands.check_import(actor=city_officer, at=AT, batch_id=batch)
    assert caught.value.code == "wrong-columns"
    assert "不认识的列：“名字”、“代码”" in caught.value.text()
    assert not ImportRow.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.xlsx", "empty-file"),
        (b"MZ\x90", "a.exe", "file-kind"),
        (b"MZ\x90", "a.xlsx", "file-content"),
        (b"a\x00b", "a.csv", "file-content"),
    ],
)
def test_files_that_are_no_tables_are_refused(
    city_officer: Actor, content: bytes, name: str, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        start(city_officer, content, name)
    assert caught.value.code == code


def test_a_broken_workbook_is_refused_by_the_process_that_reads_it(city_officer: Actor) -> None:
    batch = start(city_officer, b"PK\x03\x04junk", "a.xlsx")
    with pytest.raises(Refusal) as caught:
        commands.check_import(actor=city_officer, at=AT, batch_id=batch)
    assert caught.value.code == "broken-workbook"
    assert "a.xlsx" in caught.value.text()


def test_a_file_that_is_too_large_is_refused(city_officer: Actor) -> None:
    with pytest.raises(Refusal) as caught:
        commands.start_import(
            actor=city_officer, at=AT, stream=io.BytesIO(b"x"), name="a.csv", size=500 * files.MIB
        )
    assert caught.value.code == "file-too-large"


def test_a_header_alone_is_refused(city_officer: Actor) -> None:
    batch = start(city_officer, sheet([]))
    with pytest.raises(Refusal) as caught:
        commands.check_import(actor=city_officer, at=AT, batch_id=batch)
    assert caught.value.code == "no-rows"


def test_a_batch_is_written_once(city_officer: Actor) -> None:
    batch = start(city_officer, sheet([row(1)]))
    commands.check_import(actor=city_officer, at=AT, batch_id=batch)
    commands.write_import(actor=city_officer, at=AT, batch_id=batch)
    with pytest.raises(Conflict):
        commands.write_import(actor=city_officer, at=AT, batch_id=batch)
    with pytest.raises(Conflict):
        commands.discard_import(actor=city_officer, at=AT, batch_id=batch)


def test_a_discarded_batch_leaves_nothing(city_officer: Actor) -> None:
    batch = start(city_officer, sheet([row(1)]))
    commands.check_import(actor=city_officer, at=AT, batch_id=batch)
    commands.discard_import(actor=city_officer, at=AT, batch_id=batch)
    assert not ImportRow.objects.exists()
    with pytest.raises(Conflict):
        commands.write_import(actor=city_officer, at=AT, batch_id=batch)


def test_batches_belong_to_their_authority(city_officer: Actor, country: dict[str, int]) -> None:
    batch = start(city_officer, sheet([row(1)]))
    stranger = officer(440300, country["深圳市民政局"])
    with pytest.raises(Missing):
        commands.check_import(actor=stranger, at=AT, batch_id=batch)
    assert commands.check_import(actor=SYSTEM, at=AT, batch_id=batch) == 1
