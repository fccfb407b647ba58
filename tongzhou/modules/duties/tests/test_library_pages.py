"""Libraries as pages: read what changes, confirm, put in place of the old one, take along."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.world import AT, GUANGZHOU, World
from tongzhou.base.period import ZONE
from tongzhou.modules.directives.public import Wording
from tongzhou.modules.duties.models import Enforcement, Library
from tongzhou.modules.duties.queries import changes
from tongzhou.modules.duties.queries.force import get_duty, library_of
from tongzhou.modules.duties.rules.library import parse_library
from tongzhou.modules.duties.tests.family import (
    UPPER,
    body,
    enforce,
    load,
    publish,
    roots,
    versions,
)

SignIn = Callable[[str], Client]
FIRST, SECOND = f"{UPPER}@2020-01-29", f"{UPPER}@2020-02-04"
BEGAN = AT - timedelta(days=4)
LOAD = "/library/load/"


@pytest.fixture
def held(world: World) -> int:
    """Put a notice for the city's organisations in force; return its library."""
    publish(FIRST, BEGAN)
    library = load(body(FIRST, region=GUANGZHOU), BEGAN)
    enforce(world, library, BEGAN)
    return library


def upload(browser: Client, given: Any, name: str = "库.yaml") -> Any:
    text = json.dumps(given) if name.endswith("json") else yaml.safe_dump(given, allow_unicode=True)
    return browser.post(LOAD, {"file": SimpleUploadedFile(name, text.encode())})


def confirm(browser: Client, preview: Any) -> Any:
    return browser.post(LOAD, {"step": "confirm", "file": str(preview.context["file"])})


def changed(version: int = 2) -> dict[str, Any]:
    """Return the notice's library with one duty changed, one gone and one new."""
    given = body(
        FIRST,
        "weekly",
        "once",
        version=version,
        region=GUANGZHOU,
        weekly={"deadline": {"days": 1}, "bearer": {"kind": "ORGANISATION", "organ": "LEGAL_REP"}},
    )
    given["duties"].append({**given["duties"][1], "id": "fresh"})
    return given


@pytest.mark.parametrize("name", ["库.yaml", "库.json"])
def test_a_library_is_loaded_after_its_changes_were_read(
    world: World, sign_in: SignIn, held: int, name: str
) -> None:
    browser = sign_in("officer")
    preview = upload(browser, changed(), name)
    assert preview.status_code == 200
    assert Library.objects.filter(expression=FIRST).count() == 1
    shown = {each["title"]: each for each in preview.context["duties"]}
    assert {each["kind"] for each in shown.values()} == {"changed", "removed", "added"}
    fields = {
        row["address"]: (row["before"], row["after"]) for row in shown["报告消毒情况"]["rows"]
    }
    assert fields == {
        "谁来承担": ("全部社会组织", "全部社会组织的法定代表人"),
        "期限": ("每周一次，周末后 2 天内", "每周一次，周末后 1 天内"),
    }
    text = preview.content.decode()
    assert "新增 1 项，删去 1 项，修改 1 项，不变 1 项" in text
    answer = confirm(browser, preview)
    assert answer.status_code == 302
    made = Library.objects.get(expression=FIRST, version=2)
    assert answer.url == reverse("duties:library", args=[made.pk])
    after, before = roots(made.pk), roots(held)
    assert (after["weekly"], after["once"]) == (before["weekly"], before["once"])
    assert after["fresh"] not in before.values()
    again = upload(browser, changed(), name)
    assert (again.status_code, again.headers["Location"]) == (302, answer.url)


def test_a_faulty_library_is_never_staged(world: World, sign_in: SignIn, held: int) -> None:
    browser = sign_in("officer")
    given = changed()
    given["duties"][0]["quote"] = "没有这句话"
    answer = upload(browser, given)
    assert answer.status_code == 422
    assert "出现 0 次" in answer.content.decode()
    assert "file" not in answer.context
    changed_in_place = upload(browser, changed(version=1))
    assert changed_in_place.status_code == 422
    assert "内容不同" in changed_in_place.content.decode()


@pytest.mark.parametrize("file", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_only_what_was_staged_can_be_confirmed(
    world: World, sign_in: SignIn, held: int, file: str
) -> None:
    answer = sign_in("officer").post(LOAD, {"step": "confirm", "file": file})
    assert answer.status_code == 404


def test_nobody_confirms_what_a_colleague_staged(
    world: World, sign_in: SignIn, held: int, now: Callable[[datetime], None]
) -> None:
    browser = sign_in("officer")
    preview = upload(browser, changed())
    assert confirm(sign_in("colleague"), preview).status_code == 404
    now(AT + timedelta(days=2))
    assert confirm(browser, preview).status_code == 404
    assert Library.objects.filter(expression=FIRST).count() == 1


def test_a_new_version_takes_the_place_of_the_old_one(
    world: World, sign_in: SignIn, held: int
) -> None:
    browser = sign_in("officer")
    preview = upload(browser, changed())
    url = confirm(browser, preview).url + "enforce/"
    page = browser.get(url).content.decode()
    assert "替代正在施行的" in page
    assert "确认活动情况" in page
    answer = browser.post(url, {"response": world.response, "decided_by": "示例局"})
    assert answer.status_code == 302
    old = Enforcement.objects.get(library_id=held)
    new = Enforcement.objects.get(library__expression=FIRST, library__version=2)
    assert (old.to_at, new.from_at, new.to_at) == (AT, AT, None)
    assert get_duty(roots(held)["weekly"], AT).version_id == versions(new.library_id)["weekly"]
    listed = browser.get("/library/").content.decode()
    assert "第 2 版" in listed
    page = browser.get(reverse("duties:library", args=[new.library_id])).content.decode()
    assert f"沿用 {FIRST}#1/weekly" in page


def test_a_text_binds_from_and_until_the_days_it_names(world: World, sign_in: SignIn) -> None:
    wording = Wording(effective_on=date(2020, 2, 10), expires_on=date(2020, 2, 20))
    publish(FIRST, BEGAN, wording=wording)
    library = load(body(FIRST, region=GUANGZHOU), BEGAN)
    browser = sign_in("officer")
    url = reverse("duties:library-enforce", args=[library])
    page = browser.get(url).content.decode()
    assert "2月10日" in page
    assert "2月20日" in page
    browser.post(url, {"response": world.response, "decided_by": "示例局"})
    made = Enforcement.objects.get(library_id=library)
    assert made.from_at == datetime(2020, 2, 10, tzinfo=ZONE)
    assert made.to_at == datetime(2020, 2, 21, tzinfo=ZONE)
    assert "待施行" in browser.get("/library/").content.decode()
    page = browser.get(reverse("duties:library", args=[library])).content.decode()
    assert "已确定施行" in page


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_library_is_taken_along_and_loaded_again_as_the_same(
    world: World, sign_in: SignIn, held: int, kind: str
) -> None:
    publish(SECOND, AT)
    given = body(SECOND, "weekly", "once", region=GUANGZHOU)
    given["duties"][1]["id"] = "contact"
    library = load(given, AT, continues={"weekly": roots(held)["weekly"]})
    browser = sign_in("officer")
    answer = browser.get(reverse("duties:library-export", args=[library, kind]))
    assert answer.status_code == 200
    assert f"cn-mca-2020-77-2020-02-04-v1.{kind}" in answer["Content-Disposition"]
    taken = answer.content.decode()
    data = json.loads(taken) if kind == "json" else yaml.safe_load(taken)
    assert [each.get("continues") for each in data["duties"]] == [f"{FIRST}#1/weekly", None]
    again = upload(browser, data, f"x.{kind}")
    assert again.url == reverse("duties:library", args=[library])
    data["duties"][1]["continues"] = f"{FIRST}#2/once"
    other = upload(browser, data, f"x.{kind}")
    assert other.status_code == 422
    assert "沿用关系不同" in other.content.decode()
    assert browser.get(reverse("duties:library-export", args=[library, "exe"])).status_code == 404


def test_the_shipped_libraries_survive_the_way_out_and_in(world: World, sign_in: SignIn) -> None:
    browser = sign_in("officer")
    for library in world.libraries:
        for kind in ("yaml", "json"):
            url = reverse("duties:library-export", args=[library, kind])
            content = browser.get(url).content
            answer = browser.post(LOAD, {"file": SimpleUploadedFile(f"x.{kind}", content)})
            assert answer.headers["Location"] == reverse("duties:library", args=[library])


def test_a_supplement_that_is_overtaken_says_so(world: World, sign_in: SignIn) -> None:
    publish(FIRST, BEGAN)
    upper = load(body(FIRST), BEGAN)
    enforce(world, upper, BEGAN)
    publish("cn/gd-gz/2020/9@2020-02-04", BEGAN)
    given = body("cn/gd-gz/2020/9@2020-02-04", "weekly", region=GUANGZHOU)
    city = load(given, BEGAN, refines={"weekly": roots(upper)["weekly"]})
    enforce(world, city, BEGAN)
    browser = sign_in("officer")
    url = reverse("duties:library", args=[city])
    assert "暂不适用" not in browser.get(url).content.decode()
    publish(SECOND, AT)
    strict = load(body(SECOND, weekly={"deadline": {"days": 0}}), AT, continues=roots(upper))
    enforce(world, strict, AT, upper)
    assert "1 项收紧的任务暂不适用" in browser.get(url).content.decode()


# The page of a duty


def test_a_duty_is_shown_by_the_text_that_rules_for_the_reader(
    world: World, sign_in: SignIn
) -> None:
    publish(FIRST, BEGAN)
    upper = load(body(FIRST), BEGAN)
    enforce(world, upper, BEGAN)
    publish("cn/gd-gz/2020/9@2020-02-04", BEGAN, issuer="示例市局")
    given = body(
        "cn/gd-gz/2020/9@2020-02-04",
        "weekly",
        region=GUANGZHOU,
        weekly={"recurrence": "DAILY", "deadline": {"time": "16:00"}},
    )
    city = load(given, BEGAN, refines={"weekly": roots(upper)["weekly"]})
    enforce(world, city, BEGAN)
    url = f"/duties/{roots(upper)['weekly']}/"
    mine, far = sign_in("secretary").get(url), sign_in("stranger").get(url)
    assert mine.context["duty"].version_id == versions(city)["weekly"]
    assert far.context["duty"].version_id == versions(upper)["weekly"]
    rows = {each["address"]: each for each in mine.context["change"]["rows"]}
    assert rows["期限"] == {
        "address": "期限",
        "before": "每周一次，周末后 2 天内",
        "after": "每日 16:00 前",
    }
    assert [each["in_force"] for each in mine.context["family"]] == [True, True]
    own = sign_in("secretary").get(f"/duties/{versions(city)['weekly']}/")
    assert (own.status_code, own.headers["Location"]) == (
        302,
        f"{url}?version={versions(city)['weekly']}",
    )
    other = sign_in("secretary").get(f"{url}?version={versions(upper)['weekly']}")
    assert other.context["duty"].version_id == versions(upper)["weekly"]
    assert "不是您那里现行的文本" in other.content.decode()
    assert Client().get("/duties/999999/").status_code == 404
    assert Client().get(f"{url}?version=²").status_code == 200


def test_compare_libraries_names_every_field() -> None:
    base = body(FIRST)
    other = body(
        FIRST,
        region=GUANGZHOU,
        weekly={
            "title": {"zh": "新名"},
            "guide": {"zh": "新说明"},
            "strength": "EXHORT",
            "bearer": {"kind": "ORGANISATION", "groups": ["ASSOCIATION"], "without": ["HUB"]},
            "phases": ["LEVEL_1"],
            "recurrence": "DAILY",
            "deadline": None,
            "deadline_basis": "setting",
            "evidence": {"kind": "STATEMENT", "files": {"max": 2}},
            "minutes": 9,
        },
    )
    other["groups"]["ASSOCIATION"]["any_of"] = ["HUB"]
    old, new = (parse_library(each, name="probe") for each in (base, other))
    found = changes.compare_duties(old.duties[0], old, new.duties[0], new)
    assert {each.label for each in found} == {
        "名称", "说明", "力度", "谁来承担", "除外", "何时有效", "期限", "期限的依据", "预计用时",
        "怎样算做到", "填报项：消毒间数", "附件",
    }  # fmt: skip
    assert changes.compare_libraries(old, old).is_empty
    assert changes.compare_libraries(None, new).count("added") == 3


def test_compare_libraries_tells_what_a_renamed_duty_was(world: World, held: int) -> None:
    given = body(FIRST, "weekly", version=2, region=GUANGZHOU)
    given["duties"][0]["id"] = "hygiene"
    found = changes.compare_libraries(
        library_of(held), parse_library(given, name="probe"), {"hygiene": "weekly"}
    )
    assert [(each.key, each.kind) for each in found.duties] == [
        ("hygiene", "same"),
        ("once", "removed"),
        ("monthly", "removed"),
    ]
