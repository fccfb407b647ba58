"""Test bulk changes of attributes: judged, applied in one go, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.models import Assignment, AuditLine, Progress
from tongzhou.modules.registry import commands, jobs
from tongzhou.modules.registry.models import BulkChange, Organisation, OrganisationAttribute
from tongzhou.modules.registry.queries.bulk import get_bulk_change, list_bulk_items
from tongzhou.modules.registry.queries.organisations import Filters
from tongzhou.modules.registry.queries.recount import list_population_faults
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attributes_of
from tongzhou.modules.registry.tests.conftest import AT, officer
from tongzhou.modules.registry.tests.test_importing import row
from tongzhou.modules.registry.tests.test_merging import LATER, TODAY, load

DAY = date(2023, 2, 1)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def held(city_officer: Actor) -> list[Organisation]:
    rows = [
        row(1),
        row(2, **{c.ATTRIBUTES: "慈善组织（2018-05-01）"}),
        row(3, **{c.ATTRIBUTES: "慈善组织（2018-05-01）、公开募捐资格（2020-01-01）"}),
        row(4, **{c.ESTABLISHED: "2023-02-20", c.ATTRIBUTES: ""}),
    ]
    load(city_officer, rows, "ADD")
    return list(Organisation.objects.social().order_by("code"))


def prepare(actor: Actor, action: str, attribute: str, **choice: Any) -> UUID:
    change = UUID(
        commands.start_bulk_change(
            actor=actor,
            at=LATER,
            action=action,
            attribute=attribute,
            day=DAY,
            basis="穗民〔2023〕1号",
            **(choice or {"filters": Filters()}),
        )
    )
    commands.prepare_bulk_change(actor=actor, at=LATER, change_id=change)
    return change


def test_each_organisation_is_judged_and_the_change_applied_in_one_go(
    held: list[Organisation], city_officer: Actor
) -> None:
    change = prepare(city_officer, "ADD", "CHARITY")
    told = get_bulk_change(city_officer, change)
    assert told.outcomes == {"CHANGE": 1, "HELD": 2, "EARLY": 1}
    assert [each.code for each in list_bulk_items(told, changed=True)] == [held[0].code]
    assert attributes_of(held[0].attributes) == {"TRADE_ASSOCIATION"}  # nothing written so far
    assert commands.apply_bulk_change(actor=city_officer, at=LATER, change_id=change) == 1
    now = Organisation.objects.get(id=held[0].id, prov=44)
    assert attributes_of(now.attributes) == {"TRADE_ASSOCIATION", "CHARITY"}
    assert (now.version, now.cell_id == held[0].cell_id) == (2, False)
    made = OrganisationAttribute.objects.get(organisation_id=now.id, attribute="CHARITY")
    assert (made.from_on, made.to_on, made.basis) == (DAY, None, "穗民〔2023〕1号")
    assert list_population_faults() == []
    line = AuditLine.objects.filter(target=f"bulk/{change}").order_by("-id")[0]
    assert line.facts["changed"] == 1
    with pytest.raises(Conflict):
        commands.apply_bulk_change(actor=city_officer, at=LATER, change_id=change)


def test_ending_spares_what_others_need_and_undo_restores(
    held: list[Organisation], city_officer: Actor
) -> None:
    change = prepare(city_officer, "END", "CHARITY")
    assert get_bulk_change(city_officer, change).outcomes == {
        "CHANGE": 1,
        "NEEDED": 1,
        "LACKING": 2,
    }
    commands.apply_bulk_change(actor=city_officer, at=LATER, change_id=change)
    ended = OrganisationAttribute.objects.get(organisation_id=held[1].id)
    assert ended.to_on == DAY
    assert Organisation.objects.get(id=held[1].id, prov=44).attributes == 0
    reverse = commands.undo_bulk_change(
        actor=city_officer, at=LATER, change_id=change, reason="发错文件"
    )
    assert get_bulk_change(city_officer, UUID(reverse)).outcomes == {"CHANGE": 1}
    again = OrganisationAttribute.objects.get(organisation_id=held[1].id)
    assert (again.id, again.to_on) == (ended.id, None)
    now = Organisation.objects.get(id=held[1].id, prov=44)
    assert (now.attributes, now.cell_id) == (held[1].attributes, held[1].cell_id)
    assert list_population_faults() == []
    with pytest.raises(Conflict):
        commands.undo_bulk_change(actor=city_officer, at=LATER, change_id=change, reason="再来")


def test_undo_leaves_alone_what_was_touched_since(
    held: list[Organisation], city_officer: Actor
) -> None:
    change = prepare(city_officer, "ADD", "HUB")
    assert commands.apply_bulk_change(actor=city_officer, at=LATER, change_id=change) == 3
    made = OrganisationAttribute.objects.get(organisation_id=held[0].id, attribute="HUB")
    commands.end_attribute(
        actor=city_officer,
        at=LATER,
        organisation_id=held[0].id,
        prov=44,
        attribute_id=made.id,
        to_on=TODAY,
    )
    reverse = commands.undo_bulk_change(
        actor=city_officer, at=LATER, change_id=change, reason="发错文件"
    )
    assert get_bulk_change(city_officer, UUID(reverse)).outcomes == {"CHANGE": 2, "TOUCHED": 1}
    assert OrganisationAttribute.objects.filter(attribute="HUB").count() == 1
    assert list_population_faults() == []


def test_codes_choose_and_unknown_or_foreign_ones_are_named(
    held: list[Organisation], country: dict[str, int]
) -> None:
    district = officer(440106, country["广州市天河区民政局"])
    change = prepare(district, "ADD", "HUB", codes=[held[0].code.lower(), "X1"])
    assert get_bulk_change(district, change).outcomes == {"FOREIGN": 1, "UNKNOWN": 1}
    with pytest.raises(Refusal) as caught:
        commands.apply_bulk_change(actor=district, at=LATER, change_id=change)
    assert caught.value.code == "nobody-left"
    with pytest.raises(Missing):
        get_bulk_change(officer(440300, country["深圳市民政局"]), change)


def test_what_changed_after_the_preview_is_judged_again(
    held: list[Organisation], city_officer: Actor
) -> None:
    change = prepare(city_officer, "ADD", "HUB")
    commands.assign_attribute(
        actor=city_officer,
        at=LATER,
        organisation_id=held[0].id,
        prov=44,
        attribute="HUB",
        from_on=DAY,
    )
    assert commands.apply_bulk_change(actor=city_officer, at=LATER, change_id=change) == 2
    assert get_bulk_change(city_officer, change).outcomes["HELD"] == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"attribute": "NO"}, "attribute"),
        ({"action": "X"}, "action"),
        ({"basis": " "}, "basis"),
        ({"filters": None}, "codes"),
    ],
)
def test_an_incomplete_change_is_refused(
    city_officer: Actor, changes: dict[str, Any], field: str
) -> None:
    facts: dict[str, Any] = {
        "action": "ADD",
        "attribute": "HUB",
        "day": DAY,
        "basis": "文号",
        "filters": Filters(),
        **changes,
    }
    with pytest.raises(Refusal) as caught:
        commands.start_bulk_change(actor=city_officer, at=AT, **facts)
    assert caught.value.field == field


def test_dates_turn_in_sets(held: list[Organisation], city_officer: Actor) -> None:
    tomorrow = UUID(
        commands.start_bulk_change(
            actor=city_officer,
            at=LATER,
            action="ADD",
            attribute="HUB",
            day=date(2023, 3, 2),
            basis="文号",
            filters=Filters(),
        )
    )
    commands.prepare_bulk_change(actor=city_officer, at=LATER, change_id=tomorrow)
    assert commands.apply_bulk_change(actor=city_officer, at=LATER, change_id=tomorrow) == 4
    assert not Organisation.objects.get(id=held[3].id, prov=44).attributes
    later = LATER.replace(day=2)
    assert commands.apply_dates(actor=SYSTEM, at=later) == 4
    assert attributes_of(Organisation.objects.get(id=held[3].id, prov=44).attributes) == {"HUB"}
    assert commands.apply_dates(actor=SYSTEM, at=later) == 0
    assert list_population_faults() == []


def test_pages_choose_preview_apply_and_undo(
    held: list[Organisation], country: dict[str, int], sign_in: Callable[..., Client]
) -> None:
    client = sign_in(Role.OFFICER, region=440100, authority=country["广州市民政局"])
    assert "现在的条件下有 4 个" in client.get("/organisations/bulk/").content.decode()
    data = {
        "action": "ADD",
        "attribute": "HUB",
        "day": "2023-02-01",
        "basis": "文号",
        "file": SimpleUploadedFile("代码.csv", f"{held[0].code},甲\nX9\n".encode()),
    }
    answer = client.post("/organisations/bulk/", data)
    page = answer["Location"]
    text = client.get(page).content.decode()
    assert "为 1 家办理" in text
    assert "登记簿中没有这个代码" in text
    client.post(page + "apply/")
    assert "已为 1 家办妥" in client.get(page).content.decode()
    assert client.post(page + "undo/", {"reason": ""}).status_code == 422
    undone = client.post(page + "undo/", {"reason": "发错"})["Location"]
    assert "已撤销 1 家的变更" in client.get(undone).content.decode()
    text = client.get(page).content.decode()
    assert "这次变更已经撤销" in text
    assert "办妥" not in text
    assert client.post("/organisations/bulk/", {**data, "file": "", "day": ""}).status_code == 422


def test_long_changes_are_the_work_of_jobs(
    held: list[Organisation],
    country: dict[str, int],
    sign_in: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tongzhou.modules.registry.pages import bulk as pages

    monkeypatch.setattr(pages, "AT_ONCE", 2)
    client = sign_in(Role.OFFICER, region=440100, authority=country["广州市民政局"])
    data = {"action": "ADD", "attribute": "HUB", "day": "2023-02-01", "basis": "文号"}
    page = client.post("/organisations/bulk/", data)["Location"]
    change = BulkChange.objects.get()
    assert change.state == "PREPARING"
    stuck = client.post("/organisations/bulk/", data)["Location"]
    assert f'action="{stuck}discard/"' in client.get(stuck).content.decode()
    client.post(stuck + "discard/")
    assert "没有写入任何内容" in client.get(stuck).content.decode()
    jobs.prepare_bulk(str(change.progress), str(change.pk))
    client.post(page + "apply/")
    change.refresh_from_db()
    assert change.state == "APPLYING"
    jobs.apply_bulk(str(change.progress), str(change.pk))
    change.refresh_from_db()
    assert (change.state, change.outcomes["CHANGE"]) == ("APPLIED", 3)
    client.post(page + "undo/", {"reason": "发错"})
    change.refresh_from_db()
    jobs.undo_bulk(str(change.progress), str(change.pk), "发错")
    assert Progress.objects.get(kind="registry.undo_bulk").state == "DONE"
    assert not OrganisationAttribute.objects.filter(attribute="HUB").exists()
    assert clock.now() > LATER


def test_api_prepares_applies_and_undoes(
    held: list[Organisation], country: dict[str, int], sign_in: Callable[..., Client]
) -> None:
    client = sign_in(Role.OFFICER, region=440100, authority=country["广州市民政局"])
    place = Assignment.objects.get()
    token = accounts.create_token(
        actor=SYSTEM, at=clock.now(), label="t", assignment_id=place.pk, days=300
    )
    client.logout()
    call: dict[str, Any] = {
        "content_type": "application/json",
        "headers": {"Authorization": f"Bearer {token}"},
    }
    url = "/api/v1/organisations/bulk/"
    facts = {"action": "ADD", "attribute": "HUB", "day": "2023-02-01", "basis": "文号"}
    assert client.post(url, facts, **call).status_code in {400, 422}  # for nobody
    made = client.post(url, {**facts, "codes": [held[0].code, "X1"]}, **call)
    assert made.status_code == 201, made.content
    told = made.json()
    assert told["outcomes"] == {"CHANGE": 1, "UNKNOWN": 1}
    one = f"{url}{told['id']}/"
    assert client.get(one, headers=call["headers"]).json()["state"] == "PREPARED"
    assert client.post(f"{one}apply/", **call).json()["state"] == "APPLIED"
    assert client.post(f"{one}apply/", **call).status_code == 409
    answer = client.post(f"{one}undo/", {"reason": "发错"}, **call)
    assert answer.status_code == 200, answer.content
    undone = answer.json()
    assert undone["outcomes"] == {"CHANGE": 1}
