"""Test the checks on import rows, without a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.base.errors import Refusal
from tongzhou.base.identifiers import make_internal_number
from tongzhou.modules.registry.contracts import (
    AuthorityReference,
    Form,
    ImportedOrganisation,
    ImportReferences,
    Level,
    OrganKind,
    RegionReference,
    RegionRole,
    RowFault,
)
from tongzhou.modules.registry.rules import cells, imports
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attributes_of, organs_of
from tongzhou.modules.registry.rules.regions import seed_regions

# Every value is text, as in a sheet; the base loader makes no dates or numbers of it.
CASES = yaml.load(
    (Path(__file__).parent / "data" / "import_cases.yaml").read_text("utf-8"), yaml.BaseLoader
)
TODAY = date(2026, 11, 21)
CITY = AuthorityReference(1, "广州市民政局", Level.CITY, 440100, 44)
DISTRICT = AuthorityReference(2, "广州市天河区民政局", Level.COUNTY, 440106, 44)
ELSEWHERE = AuthorityReference(3, "深圳市民政局", Level.CITY, 440300, 44)
GOOD = {
    c.CODE: "51440100500234567J",
    c.NAME: "广州市示例行业协会",
    c.FORM: "社会团体",
    c.REGISTRAR: "广州市民政局",
    c.PLACE: "440106",
    c.ADDRESS: "天河区示例路1号",
    c.ESTABLISHED: "2012-03-01",
    c.ATTRIBUTES: "行业协会商会、已脱钩",
    c.LEGAL_REP: "陈示例",
    c.PARTY_ORG: "否",
    c.BOARD: "是",
    c.BOARD_CHAIR: "李示例",
}


def references() -> ImportReferences:
    seeds = seed_regions()
    parents = {region.parent_id for region in seeds if region.valid_to is None}
    regions = {
        f"{region.id:06d}": RegionReference(
            region.id,
            region.name,
            region.role is RegionRole.ORDINARY and region.id not in parents,
            region.valid_to,
            region.successors,
        )
        for region in seeds
    }
    names: dict[str, tuple[int, ...]] = {}
    for region in seeds:
        if region.valid_to is None:
            names[region.name] = (*names.get(region.name, ()), region.id)
    registrars = {each.name: each for each in (CITY, DISTRICT, ELSEWHERE)}
    return ImportReferences(
        today=TODAY,
        registrars={**registrars, "440100": CITY, "440106": DISTRICT},
        regions=regions,
        region_names=names,
        supervisors={"广州市商务局": 11},
        industry={"广州市商务局": 21},
        code_regions={1: {"440100"}, 2: {"440106"}, 3: {"440300"}},
        mine={1, 2},
    )


REFS = references()


def check(**changes: str) -> ImportedOrganisation | list[RowFault]:
    return imports.check_row(2, {**GOOD, **changes}, REFS)


def passed(**changes: str) -> ImportedOrganisation:
    verdict = check(**changes)
    assert isinstance(verdict, ImportedOrganisation), [fault.text() for fault in verdict]
    return verdict


def test_a_good_row_becomes_an_organisation() -> None:
    row = passed()
    assert row.code == "51440100500234567J"
    assert row.form is Form.ASSOCIATION
    assert (row.registered_by, row.registered_region, row.prov) == (1, 440100, 44)
    assert row.located_in == 440106
    assert attributes_of(row.attributes) == {"TRADE_ASSOCIATION", "DECOUPLED"}
    assert organs_of(row.organs) == {
        OrganKind.SECRETARIAT,
        OrganKind.LEGAL_REP,
        OrganKind.SUPERVISORY_BOARD,
    }
    assert row.established_on == date(2012, 3, 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_faulty_rows_say_what_to_mend(case: dict[str, Any]) -> None:
    verdict = check(**case["cells"])
    assert isinstance(verdict, list)
    assert [fault.column for fault in verdict] == [column for column, _ in case["says"]]
    for fault, (_column, words) in zip(verdict, case["says"], strict=True):
        assert words in fault.text()
        assert fault.row == 2
        assert "%(" not in fault.text()


def test_attributes_count_from_establishment_but_not_before_the_law_knew_them() -> None:
    row = passed(**{c.ATTRIBUTES: "行业协会商会；慈善组织; 公募资格（2019年5月1日）"})
    assert dict(row.attribute_dates) == {
        "TRADE_ASSOCIATION": date(2012, 3, 1),
        "CHARITY": date(2016, 9, 1),
        "PUBLIC_FUNDRAISING": date(2019, 5, 1),
    }


@pytest.mark.parametrize(
    "written", ["2012-03-01", "2012/3/1", "2012.3.1", "2012年3月1日", "20120301", "40969"]
)
def test_dates_as_people_write_them(written: str) -> None:
    assert cells.parse_date(written) == date(2012, 3, 1)


def test_a_name_of_a_place_is_enough_where_the_province_has_one() -> None:
    assert passed(**{c.PLACE: "天河区"}).located_in == 440106
    assert passed(**{c.PLACE: "南沙区"}).located_in == 440115  # 三沙市 has a 南沙区 as well


def test_cities_without_counties_are_places() -> None:
    assert passed(**{c.PLACE: "441900"}).located_in == 441900


def test_the_registrar_may_be_named_by_its_region_code() -> None:
    assert passed(**{c.REGISTRAR: "440100"}).registered_by == 1


def test_a_code_stays_for_life_when_the_registrar_changes() -> None:
    row = passed(**{c.REGISTRAR: "广州市天河区民政局", c.REGISTRAR_CHANGED: "是"})
    assert row.registered_by == 2


def test_filed_groups_need_no_code_and_keep_ours() -> None:
    group = {
        c.CODE: "",
        c.FORM: "备案社区社会组织",
        c.REGISTRAR: "广州市天河区民政局",
        c.ATTRIBUTES: "社区社会组织",
        c.LEGAL_REP: "",
    }
    assert passed(**group).code == ""
    number = make_internal_number("440106", 7)
    row = passed(**{**group, c.NUMBER: number})
    assert row.code == number
    assert OrganKind.LEGAL_REP not in organs_of(row.organs)


def test_a_header_without_required_columns_is_refused_by_name() -> None:
    with pytest.raises(Refusal) as caught:
        c.check_header(["名称", "名称", "信用代码", ""])
    text = caught.value.text()
    assert "缺少列：“统一社会信用代码”、“登记形式”" in text
    assert "不认识的列：“信用代码”" in text
    assert "重复的列：“名称”" in text


def test_the_template_and_the_workbook_of_faults_pass_the_header_check() -> None:
    c.check_header(c.NAMES)
    c.check_header([*c.NAMES, c.FAULTS])
    c.check_header([c.CODE, *c.REQUIRED])


@given(st.dictionaries(st.sampled_from(c.NAMES), st.text(max_size=30)))
def test_no_cell_can_break_the_check(changes: dict[str, str]) -> None:
    verdict = imports.check_row(2, {**GOOD, **changes}, REFS)
    if isinstance(verdict, list):
        assert verdict
        assert all(fault.text() for fault in verdict)
