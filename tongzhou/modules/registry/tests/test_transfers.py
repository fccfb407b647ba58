"""Test the move to another province: one authority asks, the other agrees."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel import accounts, events
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.models import Assignment
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import Status
from tongzhou.modules.registry.models import (
    Cell,
    CodeEntry,
    Organ,
    Organisation,
    OrganisationAttribute,
    Placement,
    Transfer,
)
from tongzhou.modules.registry.queries.recount import list_population_faults
from tongzhou.modules.registry.queries.transfers import get_transfer
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.tests.conftest import AT, officer
from tongzhou.modules.registry.tests.test_merging import LATER
from tongzhou.modules.registry.tests.test_writing import FACTS

CODE = "51440100500234567J"


@pytest.fixture
def taker(country: dict[str, int]) -> Actor:
    """Return an officer in another province, who takes organisations over."""
    return officer(430102, country["长沙市芙蓉区民政局"])


@pytest.fixture
def association(city_officer: Actor) -> tuple[int, int]:
    made = commands.register_organisation(actor=city_officer, at=AT, facts=FACTS)
    return made[0], made[1]


def ask(taker: Actor, **changes: str) -> UUID:
    facts = {"code": CODE, "located_in": "430102", "reason": "湘民〔2023〕1号", **changes}
    return UUID(commands.request_transfer(actor=taker, at=LATER, **facts))


def test_an_accepted_transfer_moves_the_organisation_and_leaves_its_history(
    association: tuple[int, int],
    taker: Actor,
    city_officer: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[dict[str, object]] = []
    monkeypatch.setitem(
        events._inside["registry.bearer.transferred"], "test", lambda **facts: told.append(facts)
    )
    user = accounts.create_user(actor=SYSTEM, at=AT, username="u", name="秘书", password=None)
    accounts.grant_assignment(
        actor=SYSTEM,
        at=AT,
        user_id=user,
        role=Role.SECRETARIAT,
        label="秘书处",
        organisation_id=association[0],
        prov=44,
    )
    transfer = ask(taker, address="芙蓉区示例路1号")
    assert Organisation.objects.get(id=association[0], prov=44).status == "ACTIVE"
    assert get_transfer(city_officer, transfer).gives
    assert commands.accept_transfer(actor=city_officer, at=LATER, transfer_id=transfer) == 43
    old = Organisation.objects.get(id=association[0], prov=44)
    new = Organisation.objects.get(id=association[0], prov=43)
    assert (old.status, new.status, new.code) == ("MOVED", "ACTIVE", old.code)
    assert (new.registered_region, new.located_in_id) == (430102, 430102)
    assert (new.address, new.attributes, new.organs) == (
        "芙蓉区示例路1号",
        old.attributes,
        old.organs,
    )
    assert CodeEntry.objects.get(code=CODE).prov == 43
    assert Assignment.objects.get(user_id=user).prov == 43
    assert Placement.objects.get(organisation_id=old.id, prov=44).to_at == LATER
    assert Placement.objects.get(organisation_id=old.id, prov=43).from_at == LATER
    assert Cell.objects.get(id=new.cell_id, prov=43).population == 1
    assert OrganisationAttribute.objects.filter(organisation_id=old.id, prov=43).count() == 1
    assert Organ.objects.filter(organisation_id=old.id, prov=43).count() == 3
    assert list_population_faults() == []
    assert told == [
        {
            "organisation": old.id,
            "prov": 44,
            "new_prov": 43,
            "cell": new.cell_id,
            "at": LATER,
        }
    ]
    with pytest.raises(Conflict) as caught:
        commands.change_organisation(
            actor=city_officer,
            at=LATER,
            organisation_id=old.id,
            prov=44,
            version=old.version,
            changes={"name": "甲"},
        )
    assert caught.value.code == "moved-away"
    with pytest.raises(Conflict):
        commands.accept_transfer(actor=city_officer, at=LATER, transfer_id=transfer)
    with pytest.raises(Refusal) as again:
        commands.request_transfer(
            actor=city_officer, at=LATER, code=CODE, located_in="天河区", reason="迁回"
        )
    assert again.value.code == "moved-before"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"code": "51440100500234568J"}, "code"),
        ({"reason": " "}, "reason"),
        ({"located_in": "440106"}, c.PLACE),
        ({"located_in": "没有的区"}, c.PLACE),
        ({"supervisor": "没有的局"}, c.SUPERVISOR),
    ],
)
def test_a_wrong_request_is_refused_beside_its_field(
    association: tuple[int, int], taker: Actor, changes: dict[str, str], place: str
) -> None:
    with pytest.raises(Refusal) as caught:
        ask(taker, **changes)
    assert place in caught.value.faults
    assert not Transfer.objects.exists()


def test_who_may_decide(
    association: tuple[int, int], taker: Actor, city_officer: Actor, country: dict[str, int]
) -> None:
    transfer = ask(taker)
    with pytest.raises(Conflict):
        ask(taker)
    for stranger in (taker, officer(440300, country["深圳市民政局"])):
        with pytest.raises(Missing):
            commands.accept_transfer(actor=stranger, at=LATER, transfer_id=transfer)
    with pytest.raises(Refusal):
        commands.decline_transfer(actor=city_officer, at=LATER, transfer_id=transfer, answer=" ")
    commands.decline_transfer(actor=city_officer, at=LATER, transfer_id=transfer, answer="资料不全")
    second = ask(taker)
    commands.withdraw_transfer(actor=taker, at=LATER, transfer_id=second)
    with pytest.raises(Refusal) as caught:
        commands.request_transfer(
            actor=city_officer, at=LATER, code=CODE, located_in="天河区", reason="同省"
        )
    assert caught.value.code == "same-province"
    ministry = officer(0, country["民政部"])
    third = UUID(
        commands.request_transfer(
            actor=ministry, at=LATER, code=CODE, located_in="天河区", reason="部登记"
        )
    )
    with pytest.raises(Forbidden):  # who takes it over does not confirm for the other side
        commands.accept_transfer(actor=ministry, at=LATER, transfer_id=third)
    assert commands.accept_transfer(actor=city_officer, at=LATER, transfer_id=third) == 10


def test_a_transfer_overtaken_by_a_change_is_refused(
    association: tuple[int, int], taker: Actor, city_officer: Actor
) -> None:
    transfer = ask(taker)
    commands.set_status(
        actor=city_officer,
        at=LATER,
        organisation_id=association[0],
        prov=44,
        status=Status.DISSOLVED,
        reason="注销",
    )
    with pytest.raises(Conflict) as caught:
        commands.accept_transfer(actor=city_officer, at=LATER, transfer_id=transfer)
    assert caught.value.code == "transfer-stale"


def test_pages_ask_and_answer(
    association: tuple[int, int], sign_in: Callable[..., Client], country: dict[str, int]
) -> None:
    client = sign_in(Role.OFFICER, region=430102, authority=country["长沙市芙蓉区民政局"])
    data = {"code": CODE, "located_in": "芙蓉区", "reason": ""}
    assert client.post("/organisations/transfers/", data).status_code == 422
    page = client.post("/organisations/transfers/", {**data, "reason": "文号"})["Location"]
    assert "等候迁出地" in client.get(page).content.decode()
    client = sign_in(Role.OFFICER, region=440100, authority=country["广州市民政局"])
    assert "广州市示例行业协会" in client.get("/organisations/transfers/").content.decode()
    assert client.post(page, {"decline": "1", "answer": ""}).status_code == 422
    client.post(page, {"accept": "1", "answer": "同意"})
    assert "看留在本省的记录" in client.get(page).content.decode()
    assert Transfer.objects.get().state == "ACCEPTED"
