"""The API: a token acts for one assignment and no further."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from tests.world import AT, World
from tongzhou.kernel import accounts

MONDAY = date(2020, 2, 3)
GOOD = {"answers": {"disinfected": True, "hazards": 0}}
Call = Callable[..., Any]


@pytest.fixture
def call(world: World, now: Callable[[datetime], None]) -> Call:
    """Return a function that calls the API with somebody's token."""

    def run(who: str, method: str, path: str, body: Any = None) -> Any:
        headers = {}
        if who:
            actor = world.people[who]
            assert actor.assignment_id is not None
            token = accounts.create_token(
                actor=actor, at=AT, label="test", assignment_id=actor.assignment_id
            )
            headers["Authorization"] = f"Bearer {token}"
        return getattr(Client(), method)(
            f"/api/v1/{path}", data=body, content_type="application/json", headers=headers
        )

    return run


def path(world: World, bearer: str = "chamber", period: str = MONDAY.isoformat()) -> str:
    identifier, prov = world.bearers[bearer]
    return f"reports/{identifier}/{prov}/{world.duty['d8-hygiene']}/{period}"


def test_my_duties_come_with_their_forms(world: World, call: Call) -> None:
    answer = call("secretary", "get", "duties/mine")
    assert answer.status_code == 200
    mine = {each["urn"].rpartition("/")[2]: each for each in answer.json()}
    assert mine["d8-hygiene"]["period"] == "2020-02-03"
    assert [each["name"] for each in mine["d8-hygiene"]["form"]] == [
        "disinfected", "hazards", "plan",
    ]  # fmt: skip
    assert not mine["d231-review"]["may_report"]


def test_a_report_goes_round(world: World, call: Call) -> None:
    assert call("secretary", "get", path(world)).status_code == 404
    filed = call("secretary", "post", path(world), GOOD)
    assert (filed.status_code, filed.json()) == (201, {"version": 1, "late": False})
    returned = call("officer", "post", path(world) + "/return", {"reason": "请补充"})
    assert returned.json()["state"] == "RETURNED"
    call("secretary", "post", path(world), GOOD)
    accepted = call("officer", "post", path(world) + "/accept", {"version": 2})
    assert [each["name"] for each in accepted.json()["steps"]] == [
        "submit", "return", "resubmit", "accept",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "method", "tail", "body", "status"),
    [
        ("", "get", "", None, 401),
        ("head", "get", "", None, 404),
        ("head", "post", "", GOOD, 404),
        ("stranger", "post", "", GOOD, 404),
        ("board", "post", "", GOOD, 403),
        ("leader", "post", "", GOOD, 403),
        ("secretary", "post", "/accept", {}, 403),
        ("district", "post", "/accept", {}, 403),
        ("shenzhen", "post", "/accept", {}, 404),
        ("officer", "post", "/accept", {"version": 9}, 409),
        ("officer", "post", "/return", {"reason": " x"}, 422),
        ("secretary", "post", "", {"answers": {"hazards": "x"}}, 422),
        ("secretary", "post", "", {"answers": 1}, 400),
    ],
)
def test_a_token_reaches_no_further_than_its_person(
    world: World, call: Call, who: str, method: str, tail: str, body: Any, status: int
) -> None:
    call("secretary", "post", path(world), GOOD)
    answer = call(who, method, path(world) + tail, body)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["status"] == status


def test_a_refusal_names_the_fields(world: World, call: Call) -> None:
    answer = call("secretary", "post", path(world), {"answers": {"disinfected": True}})
    assert set(answer.json()["faults"]) == {"hazards"}
    assert call("secretary", "get", path(world, period="soon")).status_code == 404


def test_a_revoked_token_is_nobody(world: World, now: Callable[[datetime], None]) -> None:
    actor = world.people["secretary"]
    assert actor.assignment_id is not None
    token = accounts.create_token(actor=actor, at=AT, label="x", assignment_id=actor.assignment_id)
    number = accounts.find_actor_by_token(token, AT)
    assert number is not None
    from tongzhou.kernel.models import ApiToken

    accounts.revoke_token(actor=actor, at=AT, token_id=ApiToken.objects.latest("pk").pk)
    answer = Client().get("/api/v1/duties/mine", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
