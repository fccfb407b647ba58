"""Exceptions over the API: ask, read, decide."""

from collections.abc import Callable
from datetime import datetime

from django.test import Client

from tests.world import AT, World
from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties.tests.test_exceptions import MONDAY


def headers(world: World, name: str) -> dict[str, str]:
    assignment = world.people[name].assignment_id
    assert assignment is not None
    token = accounts.create_token(
        actor=SYSTEM, at=AT, label=name, assignment_id=assignment, days=90
    )
    return {"Authorization": f"Bearer {token}"}


def test_an_exception_from_request_to_revocation(
    world: World, now: Callable[[datetime], None]
) -> None:
    client = Client()
    asker, officer = headers(world, "secretary"), headers(world, "officer")
    wish = {
        "duty": world.duty["d8-hygiene"],
        "period": MONDAY.isoformat(),
        "kind": "DEFERRAL",
        "end": "DATE",
        "until_on": "2020-02-20",
        "reason": "工作人员集中隔离",
    }
    early = client.post(
        "/api/v1/exceptions",
        {**wish, "until_on": "2020-02-06"},
        content_type="application/json",
        headers=asker,
    )
    assert (early.status_code, early.json()["type"]) == (422, "urn:tongzhou:until-before-due")
    made = client.post("/api/v1/exceptions", wish, content_type="application/json", headers=asker)
    assert made.status_code == 201
    one = f"/api/v1/exceptions/{made.json()['id']}/{made.json()['prov']}"
    listed = client.get("/api/v1/exceptions?state=REQUESTED", headers=officer).json()
    assert [each["state"] for each in listed["results"]] == ["REQUESTED"]
    own = client.post(f"{one}/grant", {}, content_type="application/json", headers=asker)
    assert own.status_code == 403
    bare = client.post(f"{one}/grant", {}, content_type="application/json", headers=officer)
    assert (bare.status_code, bare.json()["type"]) == (422, "urn:tongzhou:basis-needed")
    granted = client.post(
        f"{one}/grant", {"basis": "测试依据"}, content_type="application/json", headers=officer
    ).json()
    assert (granted["state"], granted["ended_on"]) == ("GRANTED", "2020-02-20")
    revoked = client.post(
        f"{one}/revoke", {"answer": "已经返岗"}, content_type="application/json", headers=officer
    ).json()
    assert (revoked["state"], revoked["answer"]) == ("REVOKED", "已经返岗")
    assert client.get(one, headers=headers(world, "shenzhen")).status_code == 404
    assert client.get(f"/api/v1/exceptions/{2**70}/44", headers=officer).status_code == 404
