"""Pages and API of responses: who gets in, what is refused, whole pages and parts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.models import Assignment
from tongzhou.modules.response import queries
from tongzhou.modules.response.contracts import Phase
from tongzhou.modules.response.tests.conftest import (
    GUANGDONG,
    GUANGZHOU,
    START,
    TIANHE,
    Set,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def wish(**changes: str) -> dict[str, str]:
    now = clock.now().astimezone(clock.PLACE)
    return {
        "region": str(GUANGZHOU),
        "phase": "LEVEL_2",
        "from_at": now.strftime("%Y-%m-%dT%H:%M"),
        "decided_by": "广州市人民政府",
        "once": "key",
        **changes,
    }


def test_everybody_sees_the_responses_and_their_timeline(
    client: Client, put: Set, response: int
) -> None:
    put(GUANGDONG, "LEVEL_1", 1, document="一级响应公告")
    listed = client.get("/responses/")
    assert listed.status_code == 200
    assert "疫情防控" in listed.content.decode()
    whole = client.get(f"/responses/{response}/?region={GUANGDONG}").content.decode()
    assert "广东省设定为一级响应" in whole
    assert "一级响应公告" in whole
    assert "广州市" in whole
    assert "设定响应级别" not in whole


def test_the_list_says_when_there_is_nothing(client: Client, country: None) -> None:
    answer = client.get("/responses/")
    assert "现在没有应急响应" in answer.content.decode()


def test_htmx_gets_the_rows_alone(client: Client, put: Set, response: int) -> None:
    put(GUANGDONG, "LEVEL_1", 1)
    url = f"/responses/{response}/?region={GUANGZHOU}&depth=1"
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "天河区" in part
    assert "<html" not in part
    assert "<html" in client.get(url).content.decode()


@pytest.mark.parametrize("path", ["/responses/999999/", "/responses/999999/?region=440100"])
def test_an_unknown_response_is_not_found(client: Client, country: None, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_unknown_region_is_not_found(client: Client, response: int) -> None:
    assert client.get(f"/responses/{response}/?region=999998").status_code == 404


def test_setting_a_phase_asks_to_sign_in(client: Client, response: int) -> None:
    answer = client.get(f"/responses/{response}/set/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("role", [Role.CLERK, Role.SUPERVISOR, Role.SECRETARIAT])
def test_setting_a_phase_is_forbidden_to_others(sign_in: SignIn, response: int, role: Role) -> None:
    client = sign_in(GUANGZHOU, role)
    assert client.get(f"/responses/{response}/set/").status_code == 403
    assert client.post(f"/responses/{response}/set/", wish()).status_code == 403
    assert client.get("/responses/start/").status_code == 403


def test_a_phase_is_previewed_before_it_is_set(sign_in: SignIn, put: Set, response: int) -> None:
    put(TIANHE, "LEVEL_3", 1)
    client = sign_in(GUANGZHOU)
    url = f"/responses/{response}/set/"
    preview = client.post(url, wish(step="preview"))
    shown = preview.content.decode()
    assert preview.status_code == 200
    assert "荔湾区" in shown
    assert "确认设定" in shown
    assert queries.get_phase(response, GUANGZHOU, clock.now()).phase is None
    done = client.post(url, wish(step="confirm"))
    assert done.status_code == 302
    assert queries.get_phase(response, GUANGZHOU, clock.now()).phase is Phase.LEVEL_2
    again = client.post(url, wish(step="confirm"))
    assert again.status_code == 302
    assert len(queries.list_changes(response, clock.now(), GUANGZHOU)) == 2


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"phase": ""}, 422, "请选择响应级别"),
        ({"phase": "INHERIT"}, 422, "没有单独设定过级别"),
        ({"decided_by": ""}, 422, "请写明由谁决定"),
        ({"from_at": "明天"}, 422, "请填写日期和时间"),
        ({"from_at": "2019-01-01T08:00"}, 422, "早于这次响应的开始时间"),
        ({"from_at": "2999-01-01T08:00"}, 422, "不能这么早设定"),
        ({"region": str(GUANGDONG)}, 422, "请从列出的地区中选择"),
    ],
)
def test_a_wrong_form_comes_back_with_everything_typed(
    sign_in: SignIn, response: int, changes: dict[str, str], status: int, words: str
) -> None:
    client = sign_in(GUANGZHOU)
    answer = client.post(f"/responses/{response}/set/", wish(note="备忘", **changes))
    assert answer.status_code == status
    shown = answer.content.decode()
    assert words in shown
    assert "备忘" in shown


def test_a_second_setting_for_the_same_moment_is_a_conflict(sign_in: SignIn, response: int) -> None:
    client = sign_in(GUANGZHOU)
    url = f"/responses/{response}/set/"
    assert client.post(url, wish(step="confirm")).status_code == 302
    answer = client.post(url, wish(step="confirm", phase="LEVEL_3", once="other"))
    assert answer.status_code == 409
    assert "同一时刻已经有一次设定" in answer.content.decode()


def test_a_response_is_started_and_leads_to_its_first_level(sign_in: SignIn, country: None) -> None:
    client = sign_in(GUANGZHOU)
    assert client.get("/responses/start/").status_code == 200
    bad = client.post("/responses/start/", {"name": "", "kind": "", "started_at": ""})
    assert bad.status_code == 422
    good = client.post(
        "/responses/start/",
        {"name": "防汛", "kind": "DISASTER", "started_at": "2020-06-01T08:00", "once": "a"},
    )
    assert good.status_code == 302
    assert good["Location"].endswith("/set/")


def token(role: Role, region: int) -> dict[str, str]:
    low = region
    number = accounts.create_user(
        actor=SYSTEM, at=START, username="program", name="程序", password=None
    )
    accounts.grant_assignment(
        actor=SYSTEM,
        at=START,
        user_id=number,
        role=role,
        label="登记管理机关",
        authority_id=1,
        low=low,
        high=low + 99,
    )
    made = accounts.create_token(
        actor=SYSTEM,
        at=clock.now(),
        label="test",
        assignment_id=Assignment.objects.get(user_id=number).pk,
    )
    return {"Authorization": f"Bearer {made}"}


def test_the_api_tells_levels_now_and_then(client: Client, put: Set, response: int) -> None:
    put(GUANGDONG, "LEVEL_1", 1)
    put(GUANGDONG, "LEVEL_2", 3)
    base = f"/api/v1/responses/{response}"
    assert client.get("/api/v1/responses/").json()[0]["name"] == "疫情防控"
    now = client.get(f"{base}/phase?region={GUANGZHOU}").json()
    assert (now["phase"], now["origin"], now["own"]) == ("LEVEL_2", GUANGDONG, False)
    then = (START + timedelta(days=2)).isoformat()
    past = client.get(f"{base}/phase", {"region": str(GUANGZHOU), "at": then}).json()
    assert past["phase"] == "LEVEL_1"
    assert [each["region"] for each in client.get(f"{base}/phases").json()] == [0, GUANGDONG]
    assert client.get(f"{base}/phase?region=44x").status_code == 400
    assert client.get(f"{base}/phase?at=yesterday").status_code == 422
    assert client.get("/api/v1/responses/999999/phase").status_code == 404


def test_the_api_sets_a_phase_for_who_decides(client: Client, response: int) -> None:
    url = f"/api/v1/responses/{response}/phases/set"
    body = {
        "region": GUANGZHOU,
        "phase": "LEVEL_2",
        "from_at": clock.now().isoformat(),
        "decided_by": "广州市人民政府",
    }
    assert client.post(url, body, content_type="application/json").status_code == 401
    keys = token(Role.OFFICER, GUANGZHOU)
    made = client.post(url, body, content_type="application/json", headers=keys)
    assert made.status_code == 201
    assert made.json()["phase"]["phase"] == "LEVEL_2"
    twice = client.post(url, body, content_type="application/json", headers=keys)
    assert twice.status_code == 409
    assert twice["Content-Type"] == "application/problem+json"
    other = client.post(
        url, {**body, "region": GUANGDONG}, content_type="application/json", headers=keys
    )
    assert other.status_code == 403
    wrong = client.post(
        url, {**body, "phase": "LEVEL_9"}, content_type="application/json", headers=keys
    )
    assert wrong.status_code == 400
