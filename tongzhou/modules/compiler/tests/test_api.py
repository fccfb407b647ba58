"""The API gives and takes what the editor does, with the same refusals."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.world import AT, World
from tongzhou.kernel import accounts
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.tests.drafts import NOTICE, SPEC, stretches

ROOT = "/api/v1/compilations/"


@pytest.fixture
def ask(world: World, now: Callable[..., None]) -> Callable[..., Any]:
    """Return a function that asks the API for somebody, in JSON unless ``form`` says otherwise."""

    def run(
        method: str, path: str, data: Any = None, *, who: str = "officer", form: bool = False
    ) -> Any:
        person = world.people[who]
        token = accounts.create_token(
            actor=person, at=AT, label="test", assignment_id=person.assignment_id or 0
        )
        headers = {"Authorization": f"Bearer {token}"}
        kind: dict[str, Any] = {} if form or data is None else {"content_type": "application/json"}
        return getattr(Client(), method)(ROOT + path, data=data, headers=headers, **kind)

    return run


def test_a_text_is_loaded_read_and_listed(ask: Callable[..., Any]) -> None:
    made = ask("post", "", {"text": NOTICE, "source_note": "来信", "idempotency_key": "k"})
    assert made.status_code == 201
    body = made.json()
    assert body["head"]["doc_number"] == "粤民函〔2023〕7号"
    assert (body["state"], body["kind"], body["duties_decided"]) == ("EDITING", "NEW", 0)
    assert body["clauses"][1]["address"] == "1"
    assert body["duties"][0]["spec"]["quote"] in "".join(NOTICE.split())
    assert {each["item"] for each in body["faults"]} >= {f"d{body['duties'][0]['key']}"}
    assert ask("get", f"{body['id']}/").json() == body
    again = ask("post", "", {"text": NOTICE, "source_note": "来信", "idempotency_key": "k"})
    assert again.json()["id"] == body["id"]
    listed = ask("get", "?state=EDITING&q=假期&limit=1").json()
    assert (listed["count"], listed["results"][0]["id"]) == (1, body["id"])
    assert ask("get", "?state=SIGNED").json()["count"] == 0
    assert ask("get", "?limit=-1").status_code == 400


def test_a_file_is_loaded(ask: Callable[..., Any]) -> None:
    upload = SimpleUploadedFile("通知.txt", NOTICE.encode("gb18030"))
    made = ask("post", "", {"file": upload}, form=True)
    assert made.status_code == 201, made.content
    assert made.json()["head"]["issuer"] == "广东省民政厅"
    picture = SimpleUploadedFile("图.png", b"\x89PNG\r\n\x1a\n" + bytes(20))
    refused = ask("post", "", {"file": picture}, form=True)
    assert refused.status_code == 422
    assert refused["Content-Type"] == "application/problem+json"
    assert ask("post", "", {"text": " "}).status_code == 422
    assert ask("post", "", {"text": NOTICE, "kind": "AMENDMENT"}).status_code == 422
    assert ask("post", "", {"text": NOTICE, "kind": "POEM"}).status_code == 400


@pytest.mark.parametrize(
    ("who", "read", "write"),
    [("leader", 200, 403), ("district", 404, 404), ("clerk", 403, 403), ("head", 403, 403)],
)
def test_it_is_open_to_its_own_people_only(
    ask: Callable[..., Any], notice: int, who: str, read: int, write: int
) -> None:
    assert ask("get", f"{notice}/", who=who).status_code == read
    assert ask("get", f"{notice}/changes", who=who).status_code == read
    wish = {"revision": 1, "decision": "reject"}
    key = queries.list_working_duties(notice)[0].key
    assert ask("patch", f"{notice}/duties/{key}", wish, who=who).status_code == write
    assert ask("post", f"{notice}/undo", {"change": 1}, who=who).status_code == write
    if who != "district":
        assert ask("post", "", {"text": NOTICE}, who=who).status_code == 403


def test_it_asks_for_a_token(client: Client, db: None) -> None:
    assert client.get(ROOT).status_code == 401


def test_duties_are_changed_with_their_revision(ask: Callable[..., Any], notice: int) -> None:
    duty = queries.list_working_duties(notice)[0]
    one = f"{notice}/duties/{duty.key}"
    changed = ask("patch", one, {"revision": 1, "spec": {**SPEC, "quote": "别的", "id": "x"}})
    assert changed.json() == {"change": 1}
    held = queries.list_working_duties(notice)[0]
    assert (held.spec["title"], held.spec["quote"]) == (SPEC["title"], duty.spec["quote"])
    stale = ask("patch", one, {"revision": 1, "decision": "reject"})
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:tongzhou:stale")
    decided = ask("patch", one, {"revision": 2, "decision": "reject", "reason": "重复"})
    assert decided.json() == {"change": 2}
    ((start, end),) = stretches().find("对不落实的要通报")
    assert ask("patch", one, {"revision": 3, "start": start, "end": end}).json() == {"change": 3}
    for wrong in (
        {"revision": 4},
        {"revision": 4, "start": 1},
        {"revision": 4, "spec": {"strength": "PERHAPS"}},
        {"revision": 4, "spec": {}, "decision": "accept"},
    ):
        assert ask("patch", one, wrong).status_code == 422, wrong
    assert ask("patch", one, {"spec": {}}).status_code == 400
    added = ask("post", f"{notice}/duties/", {"start": start, "end": end})
    assert added.status_code == 201
    gone = {"revision": 1, "decision": "accept"}
    assert ask("patch", f"{notice}/duties/99999", gone).status_code == 404
    assert ask("post", f"{notice}/undo", {"change": 3}).status_code == 200
    assert ask("post", f"{notice}/undo", {"change": 2}).status_code == 200
    assert queries.list_working_duties(notice)[0].state == "PROPOSED"
    listed = ask("get", f"{notice}/changes?limit=2").json()
    assert len(listed) == 2


def test_clauses_and_head_are_changed(ask: Callable[..., Any], notice: int) -> None:
    def find(address: str) -> Any:
        return next(e for e in queries.list_working_clauses(notice) if e.address == address)

    second = find("2")
    one = f"{notice}/clauses/{second.key}"
    split = {"revision": 1, "act": "split", "place": NOTICE.index("鼓励志愿")}
    assert ask("patch", one, {"revision": 1, "act": "split"}).status_code == 422
    assert ask("patch", one, split).json() == {"change": 1}
    made = find("3")
    inner = f"{notice}/clauses/{made.key}"
    assert ask("patch", inner, {"revision": 1, "act": "in"}).status_code == 200
    assert ask("patch", inner, {"revision": 2, "heading": "鼓励"}).status_code == 200
    assert find("2.1").heading == "鼓励"
    assert ask("patch", inner, {"revision": 3, "act": "merge"}).status_code == 200
    assert ask("patch", inner, {"revision": 3, "label": "一"}).status_code == 409
    start = NOTICE.index("关于做好")
    added = ask("post", f"{notice}/clauses/", {"start": start, "end": start + 13})
    assert added.status_code == 201
    head = {"revision": 1, "title": "通知", "recipients": ["甲"], "issued_on": None}
    assert ask("patch", f"{notice}/head", head).status_code == 200
    assert ask("patch", f"{notice}/head", {**head, "title": "另一个"}).status_code == 409
    body = ask("get", f"{notice}/").json()
    assert (body["head"]["title"], body["head"]["recipients"], body["revision"]) == (
        "通知", ["甲"], 2,
    )  # fmt: skip
    assert body["head"]["doc_number"] == "粤民函〔2023〕7号"


def test_undo_names_who_stands_in_the_way(
    ask: Callable[..., Any], world: World, notice: int
) -> None:
    key = queries.list_working_duties(notice)[0].key
    ask("patch", f"{notice}/duties/{key}", {"revision": 1, "decision": "reject"})
    commands.decide_duty(
        actor=world.people["colleague"], at=AT, compilation_id=notice, key=key, revision=2,
        decision="reopen",
    )  # fmt: skip
    refused = ask("post", f"{notice}/undo", {"change": 1})
    assert refused.status_code == 409
    assert "colleague" in refused.json()["detail"]
    assert ask("post", f"{notice}/undo", {"change": 99}).status_code == 404
    assert ask("post", f"{notice}/undo", {"change": 0}).status_code == 400
