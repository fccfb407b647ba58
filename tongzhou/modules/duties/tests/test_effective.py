"""One effective text: what supplements add and tighten where the reader is; versions; repeal."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.world import AT, GUANGZHOU, TIANHE, World
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.directives.public import (
    Passage,
    Wording,
    list_clauses,
    load_directive,
    parse,
    passages,
)
from tongzhou.modules.duties.queries import explain
from tongzhou.modules.duties.queries.force import get_duty
from tongzhou.modules.duties.tests.family import (
    UPPER,
    body,
    enforce,
    load,
    publish,
    roots,
    versions,
)
from tongzhou.modules.registry.public import find_bearer

SignIn = Callable[[str], Client]
FIRST, SECOND = f"{UPPER}@2020-01-29", f"{UPPER}@2020-02-04"
CITY, COUNTY = "cn/gd-gz/2020/9@2020-02-01", "cn/gd-gz-th/2020/3@2020-02-02"
BEGAN = AT - timedelta(days=4)
LOWER = """关于贯彻落实示例工作的补充通知

各社会组织：

一、各社会组织应当每日报告消毒情况。

二、各社会组织应当每月确认活动情况。

三、本通知由示例市局解释。

示例市局

2020年2月1日
"""
DAILY = {
    "recurrence": "DAILY",
    "deadline": {"time": "16:00"},
    "quote": "各社会组织应当每日报告消毒情况",
}


@dataclass
class Texts:
    """An upper notice and a city's supplement, by expression and library."""

    upper: int
    upper_library: int
    city: int
    city_library: int


def supplement(at: Any, urn: str, upper: int, actor: Any = SYSTEM) -> int:
    """Load a supplement whose first clause refines the upper one's first, its second the third."""
    refined = {"1": "1", "2": "3"}
    kept = tuple(
        Passage(
            **{
                **{f: getattr(each, f) for f in each.__slots__},
                "refines": refined.get(each.address, ""),
            }
        )
        for each in passages(parse(LOWER))
    )
    return load_directive(
        actor=actor,
        at=at,
        urn=urn,
        text=LOWER,
        issuer="示例市局",
        wording=Wording(passages=kept, supplements_id=upper),
    )


@pytest.fixture
def texts(world: World) -> Texts:
    """Put the notice and the city's supplement in force."""
    upper = publish(FIRST, BEGAN)
    library = load(body(FIRST), BEGAN)
    enforce(world, library, BEGAN)
    city = supplement(BEGAN, CITY, upper, world.people["officer"])
    given = body(
        CITY,
        "weekly",
        "monthly",
        region=GUANGZHOU,
        by="TERRITORY",
        weekly=DAILY,
        monthly={"clause": "2"},
    )
    lower = load(given, BEGAN, refines={"weekly": roots(library)["weekly"]})
    enforce(world, lower, BEGAN)
    assert [each.refines for each in list_clauses(city) if each.kind == "ITEM"] == ["1", "3", ""]
    return Texts(upper, library, city, lower)


def read(browser: Client, expression: int, query: str = "") -> Any:
    answer = browser.get(f"/directives/{expression}/{query}")
    assert answer.status_code == 200
    return answer


def drawn(answer: Any) -> dict[str, Any]:
    return {each["address"]: each["clause"] for each in answer.context["passages"]}


def test_a_reader_sees_one_text_with_the_origin_of_each_line(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    answer = read(sign_in("secretary"), texts.upper)
    clauses = drawn(answer)
    (daily,) = clauses["1"]["duties"]
    assert daily["due"].startswith("每日 16:00 前")
    assert daily["href"].endswith(f"?version={versions(texts.city_library)['weekly']}")
    (note,) = daily["notes"]
    assert note["text"].startswith("示例市局收紧：")
    assert "“每周一次，周末后 2 天内”改为“每日 16:00 前”" in note["text"]
    assert note["href"] == f"/directives/{CITY}#1"
    (line,) = clauses["1"]["supplements"]
    assert line["origin"] == "示例市局补充"
    assert "每日报告消毒情况" in line["text"]
    assert line["href"] == f"/directives/{texts.city}/#1"
    assert [each["notes"] for each in clauses["3"]["duties"]] == [
        [],
        [{"text": "示例市局新增", "href": f"/directives/{CITY}#2"}],
    ]
    assert "supplements" not in clauses["2"]
    assert answer.context["places"] == []
    page = answer.content.decode()
    assert "以下是天河区现行的内容" in page
    assert '<p class="tz-duty__meta tz-duty__note">' in page


def test_where_no_supplement_reaches_the_text_stands_alone(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    answer = read(sign_in("stranger"), texts.upper)
    (weekly,) = drawn(answer)["1"]["duties"]
    assert (weekly["due"].startswith("每周一次"), weekly["notes"]) == (True, [])
    assert "supplements" not in drawn(answer)["1"]
    assert "另有 1 份补充规定适用于别的地方" in answer.content.decode()


def test_officers_and_the_public_choose_the_place(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    public = read(Client(), texts.upper)
    places = {each["name"]: each for each in public.context["places"]}
    assert places["全国"]["chosen"]
    assert places["广州市"]["count"] == 1
    assert "每周一次" in drawn(public)["1"]["duties"][0]["due"]
    there = read(Client(), texts.upper, f"?region={GUANGZHOU}&for=organisation")
    assert "每日" in drawn(there)["1"]["duties"][0]["due"]
    assert '<input type="hidden" name="for" value="organisation">' in there.content.decode()
    for query in ("?region=x", "?region=999999", "?region=²", "?region="):
        assert "每周一次" in drawn(read(Client(), texts.upper, query))["1"]["duties"][0]["due"]
    own = read(sign_in("officer"), texts.upper)
    assert "每日" in drawn(own)["1"]["duties"][0]["due"]
    province = read(sign_in("province"), texts.upper)
    assert "每周一次" in drawn(province)["1"]["duties"][0]["due"]
    assert {each["name"] for each in province.context["places"]} >= {"全国", "广东省", "广州市"}


def test_the_county_stands_above_the_city_above_the_nation(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    county = supplement(BEGAN, COUNTY, texts.upper)
    given = body(
        COUNTY,
        "weekly",
        region=TIANHE,
        by="TERRITORY",
        weekly=DAILY | {"deadline": {"time": "12:00"}},
    )
    library = load(given, BEGAN, refines={"weekly": roots(texts.upper_library)["weekly"]})
    enforce(world, library, BEGAN)
    (card,) = drawn(read(sign_in("secretary"), texts.upper))["1"]["duties"]
    assert card["due"].startswith("每日 12:00 前")
    assert [each["href"] for each in card["notes"]] == [
        f"/directives/{CITY}#1",
        f"/directives/{COUNTY}#1",
    ]
    assert county
    bearer = find_bearer(*world.bearers["chamber"])
    assert bearer is not None
    duty = get_duty(roots(texts.upper_library)["weekly"], AT, bearer=bearer)
    steps = explain.why(duty, bearer, AT)
    assert [each.kind for each in steps[:4]] == ["clause", "clause", "clause", "mapping"]
    assert [each.source.urn.partition("#")[0] for each in steps[:3] if each.source] == [
        COUNTY,
        CITY,
        FIRST,
    ]
    assert "改为“每日 12:00 前”" in steps[1].text
    assert "“每周一次，周末后 2 天内”改为“每日 16:00 前”" in steps[2].text
    assert all(each.holds for each in steps)
    assert steps[-1].kind == "deadline"


def test_why_names_the_text_that_rules_instead(world: World, texts: Texts) -> None:
    bearer = find_bearer(*world.bearers["chamber"])
    assert bearer is not None
    upper = get_duty(roots(texts.upper_library)["weekly"], AT)
    steps = explain.why(upper, bearer, AT)
    refused = next(each for each in steps if not each.holds)
    assert "另一个文本" in refused.title
    assert "示例市局" in refused.text


def test_the_supplement_leads_to_what_it_refines(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    answer = read(sign_in("secretary"), texts.city)
    assert answer.context["upper"]["url"] == f"/directives/{texts.upper}/"
    lines = drawn(answer)["1"]["supplements"]
    assert lines == [
        {
            "origin": "上级文件",
            "text": "细化第 1 条",
            "href": f"/directives/{texts.upper}/#1",
        }
    ]


def test_an_amended_text_shows_its_versions(world: World, sign_in: SignIn, texts: Texts) -> None:
    new = publish(SECOND, AT, wording=Wording(previous_id=texts.upper))
    library = load(body(SECOND), AT, continues=roots(texts.upper_library))
    enforce(world, library, AT, texts.upper_library)
    old = read(Client(), texts.upper)
    assert old.context["newer_url"] == f"/directives/{new}/"
    assert [(each["day"], each["here"], each["state"]) for each in old.context["versions"]] == [
        (date(2020, 2, 4), False, "施行中"),
        (date(2020, 1, 29), True, "已由后来的文本替代"),
    ]
    assert old.context["changes_url"] == ""
    page = read(Client(), new)
    assert page.context["newer_url"] == ""
    assert page.context["changes_url"] == f"/directives/{new}/changes/"
    assert f'href="/directives/{new}/changes/"' in page.content.decode()
    # The supplement was written to the first wording and goes on under the second.
    there = drawn(read(sign_in("secretary"), new))
    assert there["1"]["duties"][0]["due"].startswith("每日 16:00 前")
    assert len(there["1"]["supplements"]) == 1


def test_an_expired_text_is_marked(world: World, sign_in: SignIn) -> None:
    expression = publish(FIRST, BEGAN, wording=Wording(expires_on=date(2020, 2, 4)))
    assert "已经到期" in read(Client(), expression).content.decode()
    assert "已到期" in Client().get("/directives/").content.decode()


# Repeal


def test_repeal_shows_what_stops_before_it_does(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    url = f"/directives/{texts.city}/repeal/"
    browser = sign_in("leader")
    assert f'href="{url}"' in read(browser, texts.city).content.decode()
    page = browser.get(url)
    text = page.content.decode()
    assert "1 项任务随即终止" in text
    assert "涉及 3 家社会组织" in text
    assert [each["title"] for each in page.context["refined"]] == ["报告消毒情况"]
    assert page.context["open"] == 3
    empty = browser.post(url, {"reason": " "})
    assert empty.status_code == 422
    assert "请写明废止的理由" in empty.content.decode()
    done = browser.post(url, {"reason": "已有新的规定"}, follow=True)
    text = done.content.decode()
    assert "已废止" in text
    assert "广州市民政局已于" in text
    assert "已有新的规定" in text
    assert f'href="{url}"' not in text
    assert browser.get(url).status_code == 302
    (weekly,) = drawn(read(sign_in("secretary"), texts.upper))["1"]["duties"]
    assert weekly["due"].startswith("每周一次")
    assert "supplements" not in drawn(read(sign_in("secretary"), texts.upper))["1"]
    assert "已废止" in Client().get("/directives/").content.decode()


def test_repeal_of_the_upper_text_names_the_supplements_that_rest(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    from tongzhou.modules.duties.queries.ending import get_ending

    ending = get_ending(SYSTEM, FIRST, AT)
    assert [(each.expression, each.refined, each.own) for each in ending.resting] == [(CITY, 1, 1)]
    assert (len(ending.duties), ending.refined, ending.reach.organisations) == (3, (), 4)
    assert ending.figure.owed == 12


@pytest.mark.parametrize(
    ("name", "status"), [("district", 403), ("shenzhen", 403), ("secretary", 403), ("clerk", 403)]
)
def test_repeal_is_for_the_issuer(
    world: World, sign_in: SignIn, texts: Texts, name: str, status: int
) -> None:
    url = f"/directives/{texts.city}/repeal/"
    assert sign_in(name).get(url).status_code == status
    assert sign_in(name).post(url, {"reason": "已有新的规定"}).status_code == status
    assert not re.search(r"/repeal/", read(sign_in(name), texts.city).content.decode())


# The form


def test_what_is_being_written_survives_an_amendment(
    world: World, sign_in: SignIn, texts: Texts
) -> None:
    far = roots(texts.upper_library)["weekly"]
    browser = sign_in("stranger")
    url = f"/board/{far}/2020-02-03/"
    assert browser.get(url).status_code == 200
    publish(SECOND, AT)
    daily = load(
        body(SECOND, weekly={k: v for k, v in DAILY.items() if k != "quote"}),
        AT,
        continues=roots(texts.upper_library),
    )
    enforce(world, daily, AT, texts.upper_library)
    answer = browser.post(url, {"a-rooms": "7", "effective_on": "2020-02-04"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/board/{far}/2020-02-05/"
    page = browser.get(answer.headers["Location"])
    assert "要求刚刚修订" in page.content.decode()
    assert page.context["form"].initial["a-rooms"] == "7"
