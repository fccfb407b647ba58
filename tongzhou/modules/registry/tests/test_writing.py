"""Test registering, changing and dating the facts of organisations, on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.base.identifiers import make_internal_number
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.commands.organisations import target_of
from tongzhou.modules.registry.contracts import OrganKind, Status
from tongzhou.modules.registry.models import (
    Authority,
    Cell,
    CodeEntry,
    Organ,
    Organisation,
    OrganisationAttribute,
    Placement,
)
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attributes_of, organs_of
from tongzhou.modules.registry.tests.conftest import AT, officer

FACTS = {
    c.CODE: "51440100500234567J",
    c.NAME: "广州市示例行业协会",
    c.FORM: "社会团体",
    c.REGISTRAR: "广州市民政局",
    c.PLACE: "440106",
    c.ADDRESS: "天河区示例路1号",
    c.ESTABLISHED: "2012-03-01",
    c.ATTRIBUTES: "行业协会商会",
    c.SUPERVISOR: "广州市商务局",
    c.LEGAL_REP: "陈示例",
    c.SECRETARY: "李示例",
    c.PARTY_ORG: "否",
    c.BOARD: "是",
    c.BOARD_CHAIR: "王示例",
}
LATER = datetime(2022, 12, 20, 1, 0, tzinfo=UTC)


@pytest.fixture
def association(city_officer: Actor) -> tuple[int, int]:
    made = commands.register_organisation(actor=city_officer, at=AT, facts=FACTS)
    return made[0], made[1]


def held(key: tuple[int, int]) -> Organisation:
    return Organisation.objects.get(id=key[0], prov=key[1])


def test_register_organisation_writes_everything_it_says(association: tuple[int, int]) -> None:
    row = held(association)
    assert (row.code, row.name, row.prov) == ("51440100500234567J", "广州市示例行业协会", 44)
    assert row.pinyin == "guang zhou shi shi li hang ye xie hui"
    assert attributes_of(row.attributes) == {"TRADE_ASSOCIATION"}
    assert OrganKind.PARTY_ORG not in organs_of(row.organs)
    assert CodeEntry.objects.get(code=row.code).organisation_id == row.id
    people = dict(Organ.objects.filter(organisation_id=row.id).values_list("kind", "person"))
    assert people == {"LEGAL_REP": "陈示例", "SECRETARIAT": "李示例", "SUPERVISORY_BOARD": "王示例"}
    attribute = OrganisationAttribute.objects.get(organisation_id=row.id)
    assert attribute.from_on == date(2012, 3, 1)
    assert Cell.objects.get(id=row.cell_id, prov=44).population == 1
    assert Placement.objects.get(organisation_id=row.id).from_at == AT
    line = AuditLine.objects.get(target=target_of(row.id, 44))
    assert line.stem == "registry.organisation.register"


def test_register_organisation_twice_is_refused_by_the_code(
    association: tuple[int, int], city_officer: Actor
) -> None:
    with pytest.raises(Refusal) as caught:
        commands.register_organisation(actor=city_officer, at=AT, facts=FACTS)
    assert "登记簿中已有这个代码" in caught.value.faults[c.CODE]


def test_register_organisation_for_another_authority_is_refused(country: dict[str, int]) -> None:
    stranger = officer(440300, country["深圳市民政局"])
    with pytest.raises(Refusal) as caught:
        commands.register_organisation(actor=stranger, at=AT, facts=FACTS)
    assert "不归您维护" in caught.value.faults[c.REGISTRAR]


def test_register_organisation_needs_the_permission(city_officer: Actor) -> None:
    reader = officer(440100, 1, permissions=frozenset({"registry.organisation.view"}))
    with pytest.raises(Forbidden):
        commands.register_organisation(actor=reader, at=AT, facts=FACTS)


def test_register_organisation_once_per_key(city_officer: Actor) -> None:
    first = commands.register_organisation(
        actor=city_officer, at=AT, facts=FACTS, idempotency_key="k1"
    )
    again = commands.register_organisation(
        actor=city_officer, at=AT, facts=FACTS, idempotency_key="k1"
    )
    assert first == again
    assert Organisation.objects.social().count() == 1


def test_filed_groups_are_numbered_by_county(country: dict[str, int]) -> None:
    actor = officer(440106, country["广州市天河区民政局"])
    group = {
        c.NAME: "石牌街道示例合唱队",
        c.FORM: "备案社区社会组织",
        c.REGISTRAR: "广州市天河区民政局",
        c.PLACE: "440106",
        c.ESTABLISHED: "2020-01-01",
        c.ATTRIBUTES: "社区社会组织",
        c.PARTY_ORG: "否",
        c.BOARD: "否",
    }
    codes = []
    for name in ("甲队", "乙队"):
        made = commands.register_organisation(actor=actor, at=AT, facts={**group, c.NAME: name})
        codes.append(held((made[0], made[1])).code)
    assert codes == [make_internal_number("440106", 1), make_internal_number("440106", 2)]


def test_change_organisation_moves_it_to_another_cell(
    association: tuple[int, int], city_officer: Actor
) -> None:
    before = held(association)
    version = commands.change_organisation(
        actor=city_officer,
        at=LATER,
        organisation_id=before.id,
        prov=44,
        version=1,
        changes={"located_in": "440103", "name": "广州市示例二行业协会"},
    )
    after = held(association)
    assert version == after.version == 2
    assert after.located_in_id == 440103
    assert after.cell_id != before.cell_id
    assert Cell.objects.get(id=before.cell_id, prov=44).population == 0
    assert Cell.objects.get(id=after.cell_id, prov=44).population == 1
    closed, opened = Placement.objects.filter(organisation_id=after.id).order_by("from_at")
    assert (closed.to_at, opened.from_at, opened.to_at) == (LATER, LATER, None)
    line = AuditLine.objects.get(stem="registry.organisation.change")
    assert line.facts["changed"]["located_in"] == ["440106", "440103"]


def test_change_organisation_from_a_stale_page_conflicts(
    association: tuple[int, int], city_officer: Actor
) -> None:
    changes = {"address": "新址"}
    key: dict[str, Any] = {"organisation_id": association[0], "prov": 44}
    commands.change_organisation(actor=city_officer, at=AT, version=1, changes=changes, **key)
    with pytest.raises(Conflict):
        commands.change_organisation(actor=city_officer, at=AT, version=1, changes=changes, **key)


@pytest.mark.parametrize(
    ("changes", "column", "words"),
    [
        ({"name": ""}, c.NAME, "没有填写"),
        ({"located_in": "440116"}, c.PLACE, "已于2014-02-12撤销"),
        ({"supervisor": "某局"}, c.SUPERVISOR, "系统中没有"),
        ({"established_on": "明天"}, c.ESTABLISHED, "不是日期"),
    ],
)
def test_change_organisation_obeys_the_rules_of_the_import(
    association: tuple[int, int],
    city_officer: Actor,
    changes: dict[str, str],
    column: str,
    words: str,
) -> None:
    with pytest.raises(Refusal) as caught:
        commands.change_organisation(
            actor=city_officer,
            at=AT,
            organisation_id=association[0],
            prov=44,
            version=1,
            changes=changes,
        )
    assert set(caught.value.faults) == {column}
    assert words in caught.value.faults[column]


def test_change_organisation_into_another_province_is_a_transfer(
    association: tuple[int, int],
) -> None:
    with pytest.raises(Refusal) as caught:
        commands.change_organisation(
            actor=SYSTEM,
            at=AT,
            organisation_id=association[0],
            prov=44,
            version=1,
            changes={"registered_by": "长沙市芙蓉区民政局"},
        )
    assert caught.value.code == "other-province"


def test_other_authorities_neither_see_nor_change(
    association: tuple[int, int], country: dict[str, int]
) -> None:
    stranger = officer(440300, country["深圳市民政局"])
    with pytest.raises(Missing):
        commands.set_status(
            actor=stranger,
            at=AT,
            organisation_id=association[0],
            prov=44,
            status=Status.SUSPENDED,
            reason="x",
        )
    district = officer(440106, country["广州市天河区民政局"])  # it is located there
    with pytest.raises(Forbidden):
        commands.set_status(
            actor=district,
            at=AT,
            organisation_id=association[0],
            prov=44,
            status=Status.SUSPENDED,
            reason="x",
        )


def test_a_deregistered_organisation_leaves_the_population_for_good(
    association: tuple[int, int], city_officer: Actor
) -> None:
    key: dict[str, Any] = {"organisation_id": association[0], "prov": 44}
    with pytest.raises(Refusal):
        commands.set_status(actor=city_officer, at=AT, status=Status.DISSOLVED, reason=" ", **key)
    commands.set_status(
        actor=city_officer, at=LATER, status=Status.DISSOLVED, reason="注销决定1号", **key
    )
    row = held(association)
    assert Cell.objects.get(id=row.cell_id, prov=44).population == 0
    assert Placement.objects.get(organisation_id=row.id).to_at == LATER
    with pytest.raises(Conflict):
        commands.set_status(actor=city_officer, at=LATER, status=Status.ACTIVE, reason="x", **key)


def test_assign_attribute_counts_from_its_day(
    association: tuple[int, int], city_officer: Actor
) -> None:
    key: dict[str, Any] = {"organisation_id": association[0], "prov": 44}
    commands.assign_attribute(
        actor=city_officer, at=AT, attribute="CHARITY", from_on=date(2018, 5, 1), **key
    )
    assert attributes_of(held(association).attributes) == {"TRADE_ASSOCIATION", "CHARITY"}
    commands.assign_attribute(
        actor=city_officer, at=AT, attribute="HUB", from_on=date(2022, 12, 18), **key
    )
    assert "HUB" not in attributes_of(held(association).attributes)
    assert commands.apply_dates(actor=SYSTEM, at=LATER) == 1
    assert "HUB" in attributes_of(held(association).attributes)


@pytest.mark.parametrize(
    ("attribute", "from_on", "code"),
    [
        ("PUBLIC_FUNDRAISING", date(2019, 1, 1), "attribute-needs"),
        ("MEDICAL", date(2019, 1, 1), "attribute-form"),
        ("CHARITY", date(2014, 1, 1), "too-early"),
        ("HUB", date(2011, 1, 1), "too-early"),
        ("TRADE_ASSOCIATION", date(2019, 1, 1), "attribute-held"),
        ("FIVE_A", date(2019, 1, 1), "no-attribute"),
    ],
)
def test_assign_attribute_refuses(
    association: tuple[int, int], city_officer: Actor, attribute: str, from_on: date, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        commands.assign_attribute(
            actor=city_officer,
            at=AT,
            organisation_id=association[0],
            prov=44,
            attribute=attribute,
            from_on=from_on,
        )
    assert caught.value.code == code


def test_end_attribute_not_before_what_depends_on_it(
    association: tuple[int, int], city_officer: Actor
) -> None:
    key: dict[str, Any] = {"organisation_id": association[0], "prov": 44}
    charity = commands.assign_attribute(
        actor=city_officer, at=AT, attribute="CHARITY", from_on=date(2018, 5, 1), **key
    )
    licence = commands.assign_attribute(
        actor=city_officer, at=AT, attribute="PUBLIC_FUNDRAISING", from_on=date(2019, 5, 2), **key
    )
    with pytest.raises(Refusal) as caught:
        commands.end_attribute(
            actor=city_officer, at=AT, attribute_id=charity, to_on=date(2022, 1, 1), **key
        )
    assert caught.value.code == "attribute-needs"
    for each in (licence, charity):
        commands.end_attribute(
            actor=city_officer, at=AT, attribute_id=each, to_on=date(2022, 1, 1), **key
        )
    assert attributes_of(held(association).attributes) == {"TRADE_ASSOCIATION"}


def test_set_organ_keeps_who_was_there_before(
    association: tuple[int, int], city_officer: Actor
) -> None:
    key: dict[str, Any] = {"organisation_id": association[0], "prov": 44}
    commands.set_organ(
        actor=city_officer,
        at=AT,
        kind=OrganKind.LEGAL_REP,
        from_on=date(2020, 6, 1),
        person="周示例",
        title="会长",
        **key,
    )
    past, present = Organ.objects.filter(organisation_id=association[0], kind="LEGAL_REP").order_by(
        "from_on"
    )
    assert (past.person, past.to_on) == ("陈示例", date(2020, 5, 31))
    assert (present.person, present.to_on) == ("周示例", None)


def test_a_party_organisation_is_founded_and_dissolved(
    association: tuple[int, int], city_officer: Actor
) -> None:
    key: dict[str, Any] = {"organisation_id": association[0], "prov": 44}
    commands.set_organ(
        actor=city_officer,
        at=AT,
        kind=OrganKind.PARTY_ORG,
        from_on=date(2022, 7, 1),
        person="吴示例",
        name="中共示例支部",
        **key,
    )
    assert OrganKind.PARTY_ORG in organs_of(held(association).organs)
    commands.dissolve_organ(
        actor=city_officer, at=AT, kind=OrganKind.PARTY_ORG, to_on=date(2022, 12, 1), **key
    )
    assert OrganKind.PARTY_ORG not in organs_of(held(association).organs)
    with pytest.raises(Refusal) as caught:
        commands.dissolve_organ(
            actor=city_officer, at=AT, kind=OrganKind.LEGAL_REP, to_on=date(2022, 12, 1), **key
        )
    assert caught.value.code == "lasting-organ"


def test_authorities_are_bearers_with_their_superiors(country: dict[str, int]) -> None:
    district = Authority.objects.get(name="广州市天河区民政局")
    assert district.superior is not None
    assert district.superior.name == "广州市民政局"
    assert district.superior.superior is not None
    assert district.superior.superior.name == "广东省民政厅"
    assert district.organisation_id is not None
    bearer = Organisation.objects.get(id=district.organisation_id, prov=district.prov)
    assert (bearer.form, bearer.located_in_id, bearer.prov) == ("AUTHORITY", 440106, 44)
    ministry = Authority.objects.get(name="民政部")
    assert ministry.prov == 10
    assert Cell.objects.get(id=bearer.cell_id, prov=44).population == 1


def test_an_authority_is_entered_once(country: dict[str, int]) -> None:
    from tongzhou.modules.registry.contracts import AuthorityKind, NewAuthority

    with pytest.raises(Conflict):
        commands.register_authorities(
            actor=SYSTEM,
            at=AT,
            authorities=[NewAuthority(AuthorityKind.SUPERVISOR, "广州市商务局", 440100)],
        )
