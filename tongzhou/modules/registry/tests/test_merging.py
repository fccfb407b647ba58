"""Test imports that change what the register holds: compared, previewed, moved, exported."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tongzhou.base.errors import Conflict
from tongzhou.kernel import events, files
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.database import execute
from tongzhou.kernel.tables import read_table
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import Status
from tongzhou.modules.registry.models import (
    Cell,
    ImportBatch,
    Organ,
    Organisation,
    OrganisationAttribute,
    Placement,
)
from tongzhou.modules.registry.queries.imports import get_import, list_differences
from tongzhou.modules.registry.queries.recount import list_population_faults
from tongzhou.modules.registry.queries.snapshot import Selection, write_snapshot
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attributes_of
from tongzhou.modules.registry.tests.conftest import AT, officer
from tongzhou.modules.registry.tests.test_importing import row, sheet

LATER = datetime(2023, 3, 1, 1, 0, tzinfo=UTC)
TODAY = date(2023, 3, 1)
EVERYBODY = Selection("o.form <> 'AUTHORITY'", {})


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def held(city_officer: Actor) -> list[Organisation]:
    load(city_officer, [row(n) for n in range(1, 5)], "ADD", AT)
    return list(Organisation.objects.social().order_by("code"))


def upload(
    actor: Actor, rows: list[dict[str, str]], mode: str, at: datetime = LATER, **changes: Any
) -> uuid.UUID:
    content = sheet(rows, **changes)
    return commands.start_import(
        actor=actor,
        at=at,
        stream=io.BytesIO(content),
        name="名册.xlsx",
        size=len(content),
        mode=mode,
    )


def load(actor: Actor, rows: list[dict[str, str]], mode: str, at: datetime = LATER) -> int:
    batch = upload(actor, rows, mode, at)
    commands.check_import(actor=actor, at=at, batch_id=batch)
    return commands.write_import(actor=actor, at=at, batch_id=batch)


def test_rows_are_told_apart_and_the_preview_names_each_field(
    held: list[Organisation], city_officer: Actor
) -> None:
    changed = row(
        2,
        **{c.PLACE: "440103", c.ATTRIBUTES: "行业协会商会、慈善组织", c.LEGAL_REP: "新示例"},
    )
    batch = upload(city_officer, [row(1), changed, row(9)], "MERGE")
    assert commands.check_import(actor=city_officer, at=LATER, batch_id=batch) == 2
    told = get_import(city_officer, batch)
    assert (told.added, told.changed, told.same, told.faulty) == (1, 1, 1, 0)
    assert told.differences == {c.PLACE: 1, c.ATTRIBUTES: 1, c.LEGAL_REP: 1}
    assert {(each.column, each.before, each.after) for each in list_differences(told)} == {
        (c.PLACE, "天河区", "荔湾区"),
        (c.ATTRIBUTES, "行业协会商会", "行业协会商会、慈善组织"),
        (c.LEGAL_REP, "陈示例", "新示例"),
    }
    assert Organisation.objects.social().count() == 4  # nothing is written before it is said


def test_changes_take_the_same_way_as_single_ones(
    held: list[Organisation], city_officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setitem(
        events._inside["registry.bearer.moved"],
        "test",
        lambda *, moves, at: told.extend(moves),
    )
    changed = row(
        2,
        **{c.PLACE: "440103", c.ATTRIBUTES: "慈善组织（2020-01-01）", c.LEGAL_REP: "新示例"},
    )
    assert load(city_officer, [row(1), changed, row(9)], "MERGE") == 2
    before = held[1]
    now = Organisation.objects.get(id=before.id, prov=before.prov)
    assert (now.located_in_id, now.version) == (440103, 2)
    assert attributes_of(now.attributes) == {"CHARITY"}
    assert {
        (each.attribute, each.from_on, each.to_on)
        for each in OrganisationAttribute.objects.filter(organisation_id=now.id)
    } == {
        ("TRADE_ASSOCIATION", date(2012, 3, 1), date(2023, 2, 28)),
        ("CHARITY", date(2020, 1, 1), None),
    }
    people = Organ.objects.filter(organisation_id=now.id, kind="LEGAL_REP").order_by("from_on")
    assert [(each.person, each.from_on, each.to_on) for each in people] == [
        ("陈示例", date(2012, 3, 1), date(2023, 2, 28)),
        ("新示例", TODAY, None),
    ]
    assert told == [(now.id, 44, before.cell_id, now.cell_id)]
    assert Cell.objects.get(id=now.cell_id, prov=44).population == 1
    assert [
        (each.cell_id, each.to_at)
        for each in Placement.objects.filter(organisation_id=now.id).order_by("from_at")
    ] == [(before.cell_id, LATER), (now.cell_id, None)]
    assert Organisation.objects.get(id=held[0].id, prov=44).version == 1
    assert list_population_faults() == []


def test_missing_columns_stay_and_empty_names_stay(
    held: list[Organisation], city_officer: Actor
) -> None:
    columns = tuple(name for name in c.NAMES if name not in {c.ADDRESS, c.ATTRIBUTES})
    batch = upload(
        city_officer, [row(1, **{c.SECRETARY: "", c.NAME: "改名协会"})], "MERGE", header=columns
    )
    commands.check_import(actor=city_officer, at=LATER, batch_id=batch)
    assert ImportBatch.objects.get(pk=batch).differences == {c.NAME: 1}
    commands.write_import(actor=city_officer, at=LATER, batch_id=batch)
    now = Organisation.objects.get(id=held[0].id, prov=44)
    assert (now.name, now.attributes) == ("改名协会", held[0].attributes)
    assert Organ.objects.get(organisation_id=now.id, kind="SECRETARIAT").person == "李示例"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({c.ATTRIBUTES: "行业协会商会（2015-05-05）"}, "登记簿中“%(attribute)s”自%(held)s起"),
        ({c.REGISTRAR: "长沙市芙蓉区民政局", c.REGISTRAR_CHANGED: "是"}, "在另一个省"),
    ],
)
def test_what_a_sheet_may_not_change_is_a_fault(
    held: list[Organisation], change: dict[str, str], reason: str
) -> None:
    batch = upload(SYSTEM, [row(1, **change)], "MERGE")
    assert commands.check_import(actor=SYSTEM, at=LATER, batch_id=batch) == 0
    assert reason in ImportBatch.objects.get(pk=batch).sample[0]["reason"]


def test_organisations_of_others_and_ended_ones_are_faults(
    held: list[Organisation], city_officer: Actor, country: dict[str, int]
) -> None:
    commands.set_status(
        actor=city_officer,
        at=AT,
        organisation_id=held[0].id,
        prov=44,
        status=Status.DISSOLVED,
        reason="注销决定",
    )
    batch = upload(city_officer, [row(1)], "MERGE")
    assert commands.check_import(actor=city_officer, at=LATER, batch_id=batch) == 0
    assert "不能再变更" in ImportBatch.objects.get(pk=batch).sample[0]["reason"]
    district = officer(440106, country["广州市天河区民政局"])
    taken = row(2, **{c.REGISTRAR: "广州市天河区民政局", c.REGISTRAR_CHANGED: "是"})
    batch = upload(district, [taken], "MERGE")
    assert commands.check_import(actor=district, at=LATER, batch_id=batch) == 0
    assert "由别的机关登记" in ImportBatch.objects.get(pk=batch).sample[0]["reason"]


def test_a_change_between_check_and_write_stops_the_whole(
    held: list[Organisation], city_officer: Actor
) -> None:
    batch = upload(city_officer, [row(1, **{c.NAME: "甲协会"}), row(9)], "MERGE")
    commands.check_import(actor=city_officer, at=LATER, batch_id=batch)
    commands.change_organisation(
        actor=city_officer,
        at=LATER,
        organisation_id=held[0].id,
        prov=44,
        version=1,
        changes={"name": "乙协会"},
    )
    with pytest.raises(Conflict) as caught:
        commands.write_import(actor=city_officer, at=LATER, batch_id=batch)
    assert caught.value.code == "import-stale"
    assert Organisation.objects.social().count() == 4
    commands.check_import(actor=city_officer, at=LATER, batch_id=batch)  # and it can go on
    assert commands.write_import(actor=city_officer, at=LATER, batch_id=batch) == 2


def test_a_full_sheet_lists_whom_it_does_not_name_and_removes_nobody(
    held: list[Organisation], city_officer: Actor
) -> None:
    batch = upload(city_officer, [row(1), row(2, **{c.NAME: ""}), row(3)], "FULL")
    assert commands.check_import(actor=city_officer, at=LATER, batch_id=batch) == 0
    told = ImportBatch.objects.get(pk=batch)
    assert (told.missing, told.same, told.faulty) == (1, 2, 1)
    assert told.missing_file is not None
    [(_line, cells)] = read_table(files.path_of(told.missing_file), "x.xlsx").rows
    assert cells[c.CODE] == row(4)[c.CODE]
    assert Organisation.objects.social().filter(status="ACTIVE").count() == 4


def test_waiting_rows_lost_in_a_crash_are_checked_again(city_officer: Actor) -> None:
    batch = upload(city_officer, [row(1), row(2)], "ADD")
    commands.check_import(actor=city_officer, at=LATER, batch_id=batch)
    execute("TRUNCATE registry_importrow, registry_importfault")  # as a crash of the database does
    assert commands.write_import(actor=city_officer, at=LATER, batch_id=batch) == 2
    assert list_population_faults() == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_comes_back_in_without_a_difference(
    held: list[Organisation], city_officer: Actor, kind: str
) -> None:
    plus = row(
        7, **{c.TERRITORY: "+86 20 1234", c.ADDRESS: "=1+1", c.ATTRIBUTES: "慈善组织（2018-05-01）"}
    )
    load(city_officer, [plus], "MERGE")
    target = io.BytesIO()
    assert write_snapshot(EVERYBODY, target, kind=kind, today=TODAY) == 5
    content = target.getvalue()
    if kind == "csv":
        assert ",'=1+1," in content.decode("utf-8-sig")
    batch = commands.start_import(
        actor=city_officer,
        at=LATER,
        stream=io.BytesIO(content),
        name=f"名册.{kind}",
        size=len(content),
        mode="FULL",
    )
    assert commands.check_import(actor=city_officer, at=LATER, batch_id=batch) == 0
    told = ImportBatch.objects.get(pk=batch)
    assert (told.same, told.faulty, told.missing) == (5, 0, 0)
