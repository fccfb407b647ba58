"""Preview, submission, signature and changes for programs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.world import AT, World
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import Kind
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.compiler.tests.promulgation import decide, sign, spec, submit
from tongzhou.modules.directives.public import Received

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that asks the API for somebody."""
    monkeypatch.setattr(clock, "now", lambda: AT)

    def run(name: str | None, path: str, data: dict[str, Any] | None = None) -> Any:
        headers = {}
        if name is not None:
            assignment = world.people[name].assignment_id
            assert assignment is not None
            token = accounts.create_token(
                actor=SYSTEM, at=AT, label=name, assignment_id=assignment, days=90
            )
            headers["Authorization"] = f"Bearer {token}"
        url = f"/api/v1/{path}"
        if data is None:
            return Client().get(url, headers=headers)
        return Client().post(url, data, content_type="application/json", headers=headers)

    return run


@pytest.fixture
def ready(notice: int, officer: Actor) -> int:
    """Return a compilation that can be submitted."""
    decide(officer, notice, {"安排人员值班": spec("安排人员值班")})
    return notice


def test_from_preview_to_signature(call: Call, ready: int) -> None:
    """What the preview showed is submitted, sent back, submitted again and signed."""
    one = f"compilations/{ready}"
    shown = call("officer", f"{one}/preview").json()
    assert (shown["organisations"], shown["faults"]) == (3, [])
    assert shown["duties"][0]["title"] == "安排人员值班"
    assert shown["phases"][0]["after"]["over"] == 3
    stale = call("officer", f"{one}/submit", {"seen": shown["seen"] + 1})
    assert stale.status_code == 409
    first = call("officer", f"{one}/submit", {"seen": shown["seen"]}).json()["change"]
    assert call("leader", f"{one}/send-back", {"reason": "请写明时间"}).status_code == 200
    seen = call("officer", f"{one}/preview").json()["seen"]
    assert seen > first
    again = call("officer", f"{one}/submit", {"seen": seen}).json()["change"]
    assert call("officer", f"{one}/sign", {"seen": again}).status_code == 422
    assert call("leader", f"{one}/sign", {"seen": first}).status_code == 409
    made = call("leader", f"{one}/sign", {"seen": again})
    assert made.status_code == 200
    changes = call(None, f"directives/{made.json()['expression']}/changes").json()
    assert (changes["previous"], changes["clauses"]) == (None, [])
    assert call("leader", f"{one}/sign", {"seen": again}).status_code == 409


def test_recall_and_refusals(call: Call, ready: int) -> None:
    """Only who may acts; what is not submitted is not recalled."""
    one = f"compilations/{ready}"
    assert call("officer", f"{one}/recall", {}).status_code == 409
    assert call("clerk", f"{one}/sign", {"seen": 1}).status_code == 403
    assert call(None, f"{one}/preview").status_code == 401
    assert call("district", f"{one}/preview").status_code == 404
    assert call("officer", f"{one}/submit", {"seen": "x"}).status_code == 400


def test_changes_of_an_amendment(call: Call, ready: int, world: World, officer: Actor) -> None:
    """Texts are public; what was reported is for those who work at an authority."""
    submit(officer, ready)
    base = sign(world.people["leader"], ready)
    made = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(NOTICE.replace("1月6日", "2月6日").replace("16:00", "17:00"), "paste"),
        kind=Kind.AMENDMENT,
        base_id=base,
    )
    duty = next(each for each in queries.list_working_duties(made) if each.root is not None)
    answer = call(
        "officer",
        f"compilations/{made}/duties/{duty.key}/relation",
        {"revision": duty.revision, "relation": "CONTINUES"},
    )
    assert answer.status_code == 200
    for each in queries.list_working_duties(made):
        if each.state == "PROPOSED":
            commands.decide_duty(
                actor=officer,
                at=AT,
                compilation_id=made,
                key=each.key,
                revision=each.revision,
                decision="reject",
            )
    submit(officer, made)
    expression = sign(world.people["leader"], made)
    path = f"directives/{expression}/changes"
    public, inside = call(None, path).json(), call("officer", path).json()
    changed = [each for each in public["clauses"] if each["fate"] == "CHANGED"]
    assert [each["new"] for each in changed] == [["1.1"], ["s1"]]
    assert [(each["outcome"], each["reports"]) for each in public["duties"]] == [
        ("CONTINUES", None)
    ]
    assert inside["duties"][0]["reports"] == 0
    assert len(public["versions"]) == 2
