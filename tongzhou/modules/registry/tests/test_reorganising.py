"""Counties that are renamed, merged and split: what moves, what stays, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import Assignment, AuditLine, User
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import NewRegion
from tongzhou.modules.registry.forms import EndRegionForm
from tongzhou.modules.registry.models import Authority, Organisation, Region
from tongzhou.modules.registry.queries.recount import list_population_faults
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.tests.conftest import AT, officer

LATER = AT + timedelta(days=10)
TIANHE, HUANGPU, YUEXIU = 440106, 440112, 440103
BASIS = "国函〔2022〕1号"


def register(actor: Actor, serial: int, place: int) -> tuple[int, int]:
    facts = dict.fromkeys(c.NAMES, "")
    facts |= {
        c.CODE: make_credit_code("52", f"{actor.low:06d}", f"MJK{serial:05d}"),
        c.NAME: f"广州市示例服务中心{serial}",
        c.FORM: "社会服务机构",
        c.REGISTRAR: f"{actor.low:06d}",
        c.PLACE: f"{place:06d}",
        c.ESTABLISHED: "2015-03-01",
        c.LEGAL_REP: "陈示例",
        c.PARTY_ORG: "否",
        c.BOARD: "否",
    }
    made = commands.register_organisation(actor=actor, at=AT, facts=facts)
    return made[0], made[1]


@pytest.fixture
def held(country: dict[str, int]) -> list[tuple[int, int]]:
    """Register three organisations with 天河区 and in it."""
    authority = country["广州市天河区民政局"]
    return [register(officer(TIANHE, authority), n, TIANHE) for n in (1, 2, 3)]


def test_a_merged_county_hands_over_everything_and_keeps_its_past(
    country: dict[str, int], held: list[tuple[int, int]]
) -> None:
    user = User.objects.create(username="zhangsan", name="张三")
    low = {"authority_id": country["广州市天河区民政局"], "low": TIANHE, "high": TIANHE}
    accounts.grant_assignment(
        actor=SYSTEM, at=AT, user_id=user.pk, role=Role.OFFICER, label="天河", prov=44, **low
    )
    moved = commands.end_region(
        actor=SYSTEM, at=LATER, region_id=TIANHE, successors=[NewRegion(HUANGPU)], basis=BASIS
    )
    assert moved == [3]
    for identifier, prov in held:
        row = Organisation.objects.get(id=identifier, prov=prov)
        assert (row.located_in_id, row.registered_region) == (HUANGPU, HUANGPU)
        assert row.registered_by_id == country["广州市黄埔区民政局"]
    ended = Region.objects.get(pk=TIANHE)
    assert ended.valid_to is not None
    assert [each.pk for each in ended.successors.all()] == [HUANGPU]
    assert Authority.objects.get(pk=country["广州市天河区民政局"]).valid_to is not None
    person = Assignment.objects.get(user=user)
    assert (person.low, person.label) == (HUANGPU, "广州市黄埔区民政局")
    assert list_population_faults() == []
    before = rows(
        "SELECT c.place FROM registry_placement p JOIN registry_cell c ON c.id = p.cell_id"
        " AND c.prov = p.prov WHERE p.organisation_id = %s AND p.to_at IS NOT NULL",
        [held[0][0]],
    )
    assert before == [(TIANHE,)]
    assert AuditLine.objects.filter(stem="registry.region.change").count() == 1


def test_a_split_county_follows_the_allotment_and_new_regions_get_an_authority(
    country: dict[str, int], held: list[tuple[int, int]]
) -> None:
    code = Organisation.objects.get(id=held[1][0], prov=held[1][1]).code
    moved = commands.end_region(
        actor=SYSTEM,
        at=LATER,
        region_id=TIANHE,
        successors=[
            NewRegion(440190, "东天河区", "广州市东天河区民政局"),
            NewRegion(440191, "西天河区", "广州市西天河区民政局"),
        ],
        allotment={code: 440191},
        basis=BASIS,
    )
    assert moved == [2, 1]
    row = Organisation.objects.get(code=code)
    assert (row.located_in_id, row.registered_by.name) == (440191, "广州市西天河区民政局")
    assert Region.objects.get(pk=440190).parent_id == 440100
    assert Region.objects.get(pk=440190).short_name == "东天河"
    assert list_population_faults() == []


@pytest.mark.parametrize(
    ("region", "successors", "basis", "code"),
    [
        (TIANHE, [], BASIS, "successors"),
        (TIANHE, [NewRegion(TIANHE)], BASIS, "successors"),
        (TIANHE, [NewRegion(HUANGPU), NewRegion(HUANGPU)], BASIS, "successors"),
        (TIANHE, [NewRegion(430102)], BASIS, "successors"),
        (TIANHE, [NewRegion(440100)], BASIS, "successors"),
        (440100, [NewRegion(HUANGPU)], BASIS, "successors"),
        (TIANHE, [NewRegion(HUANGPU)], " ", "no-basis"),
        (TIANHE, [NewRegion(440190)], BASIS, "region-name"),
        (TIANHE, [NewRegion(440190, "新区")], BASIS, "no-authority"),
    ],
)
def test_what_is_no_successor_is_refused_and_nothing_moves(
    country: dict[str, int],
    held: list[tuple[int, int]],
    region: int,
    successors: list[NewRegion],
    basis: str,
    code: str,
) -> None:
    with pytest.raises(Refusal) as refused:
        commands.end_region(
            actor=SYSTEM, at=LATER, region_id=region, successors=successors, basis=basis
        )
    assert refused.value.code == code
    assert Region.objects.get(pk=region).valid_to is None
    assert Organisation.objects.filter(located_in_id=TIANHE, form="INSTITUTION").count() == 3


def test_an_allotment_names_what_does_not_belong(
    country: dict[str, int], held: list[tuple[int, int]]
) -> None:
    for allotment, code in (
        ({"52440000MJK0000000": HUANGPU}, "allotment-code"),
        ({"52440000MJK0000000": YUEXIU}, "allotment-region"),
    ):
        with pytest.raises(Refusal) as refused:
            commands.end_region(
                actor=SYSTEM,
                at=LATER,
                region_id=TIANHE,
                successors=[NewRegion(HUANGPU)],
                allotment=allotment,
                basis=BASIS,
            )
        assert refused.value.code == code


def test_a_county_ends_once(country: dict[str, int]) -> None:
    for region, heir in ((TIANHE, HUANGPU), (HUANGPU, YUEXIU)):
        commands.end_region(
            actor=SYSTEM, at=LATER, region_id=region, successors=[NewRegion(heir)], basis=BASIS
        )
    with pytest.raises(Missing):
        commands.end_region(
            actor=SYSTEM, at=LATER, region_id=TIANHE, successors=[NewRegion(YUEXIU)], basis=BASIS
        )
    with pytest.raises(Refusal) as refused:
        commands.end_region(
            actor=SYSTEM, at=LATER, region_id=YUEXIU, successors=[NewRegion(TIANHE)], basis=BASIS
        )
    assert refused.value.code == "successor-ended"


@pytest.mark.parametrize(
    ("name", "authority", "code"),
    [
        ("黄埔区", "广州市新区民政局", "region-named"),
        ("新区", "广州市黄埔区民政局", "authority-named"),
    ],
)
def test_a_new_region_and_its_authority_have_names_of_their_own(
    country: dict[str, int], name: str, authority: str, code: str
) -> None:
    with pytest.raises(Conflict) as refused:
        commands.plan_end(
            at=AT,
            region_id=TIANHE,
            successors=[NewRegion(440_199, name, authority)],
            basis=BASIS,
        )
    assert refused.value.code == code


def test_rename(country: dict[str, int]) -> None:
    commands.rename_region(actor=SYSTEM, at=AT, region_id=TIANHE, name="新天河区", basis=BASIS)
    row = Region.objects.get(pk=TIANHE)
    assert (row.name, row.short_name, row.pinyin) == ("新天河区", "新天河", "xin tian he qu")
    with pytest.raises(Conflict):
        commands.rename_region(actor=SYSTEM, at=AT, region_id=TIANHE, name="黄埔区", basis=BASIS)
    with pytest.raises(Refusal):
        commands.rename_region(actor=SYSTEM, at=AT, region_id=TIANHE, name="新天河区", basis=BASIS)


def test_an_officer_may_not_change_regions(country: dict[str, int]) -> None:
    actor = officer(440100, country["广州市民政局"])
    with pytest.raises(Forbidden):
        commands.rename_region(actor=actor, at=AT, region_id=TIANHE, name="新天河区", basis=BASIS)


def test_the_operator_merges_by_the_page(
    client: Client, country: dict[str, int], held: list[tuple[int, int]]
) -> None:
    user = User.objects.create(username="yunwei", name="运维")
    accounts.grant_assignment(
        actor=SYSTEM, at=AT, user_id=user.pk, role=Role.OPERATOR, label="系统"
    )
    client.force_login(user)
    page = client.get("/regions/?region=440100")
    assert "天河区" in page.content.decode()
    assert "天河区" in client.get("/regions/?q=天河").content.decode()
    answer = client.post(f"/regions/{TIANHE}/", {"act": "end", "end-basis": BASIS})
    assert answer.status_code == 422
    assert "请选择承接的区划" in answer.text
    assert f'<option value="{HUANGPU}">黄埔区　广州市　{HUANGPU}</option>' in answer.text
    right = {"act": "end", "end-heir": f"{HUANGPU}", "end-basis": BASIS}
    shown = client.post(f"/regions/{TIANHE}/", right).content.decode()
    assert "还没有生效" in shown
    assert "广州市黄埔区民政局" in shown
    assert Region.objects.get(pk=TIANHE).valid_to is None
    back = client.post(f"/regions/{TIANHE}/", {**right, "step": "edit"}).content.decode()
    assert f'value="{HUANGPU}" selected' in back
    answer = client.post(f"/regions/{TIANHE}/", {**right, "step": "confirm"}, follow=True)
    assert answer.status_code == 200
    assert "3 个组织随之转移" in answer.content.decode()
    assert client.post(f"/regions/{TIANHE}/", right).status_code == 404


def test_a_split_names_a_new_region_and_gives_it_organisations_by_its_name(
    country: dict[str, int],
) -> None:
    form = {"heir": "new", "successors": [str(HUANGPU)], "basis": BASIS, "allotment": ""}
    regions = [(HUANGPU, "黄埔区", "广州市")]
    assert set(EndRegionForm(form, regions=regions).errors) == {"fresh"}
    form["fresh"] = "440199 新区"
    assert "第1行" in str(EndRegionForm(form, regions=regions).errors["fresh"])
    form["fresh"] = "440199 新区 广州市新区民政局"
    form["allotment"] = "51440000500000001X 黄埔区\n51440000500000002X 新区\n"
    made = EndRegionForm(form, regions=regions)
    assert made.is_valid(), made.errors
    assert [each.id for each in made.cleaned_data["heirs"]] == [440_199, HUANGPU]
    assert list(made.cleaned_data["allotment"].values()) == [HUANGPU, 440_199]
    form["allotment"] = "51440000500000001X 白云区"
    assert "第1行" in str(EndRegionForm(form, regions=regions).errors["allotment"])
    form["heir"] = "440111"
    assert set(EndRegionForm(form, regions=regions).errors) == {"heir"}


def test_the_plan_tells_what_each_successor_takes(
    country: dict[str, int], held: list[tuple[int, int]]
) -> None:
    code = Organisation.objects.get(id=held[1][0], prov=held[1][1]).code
    gone = register(officer(TIANHE, country["广州市天河区民政局"]), 4, TIANHE)
    Organisation.objects.filter(id=gone[0], prov=gone[1]).update(status="DISSOLVED")
    plan: dict[str, Any] = {
        "region_id": TIANHE,
        "successors": [NewRegion(HUANGPU), NewRegion(440191, "西天河区", "西天河区民政局")],
        "allotment": {code: 440191},
        "basis": BASIS,
    }
    told = commands.plan_end(at=LATER, **plan)
    assert [(each.id, each.is_new, each.located, each.registered) for each in told] == [
        (HUANGPU, False, 2, 2),
        (440191, True, 1, 1),
    ]
    assert not Region.objects.filter(pk=440191).exists()
    moved = commands.end_region(actor=SYSTEM, at=LATER, **plan)
    assert moved == [each.located for each in told]
