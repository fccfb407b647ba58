"""People who try what they should not: to see, to change, to pretend, to slip something in."""

import html
import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django import forms
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.template import Context, Template
from django.test import Client

from tests.journeys.conftest import LAUNCH, MONDAY, PERSONAS, Town, hygiene, pdf
from tests.world import AT
from tongzhou.kernel import accounts
from tongzhou.kernel.jobs import start_progress
from tongzhou.kernel.models import ApiToken, StoredFile
from tongzhou.modules.duties.commands import Key, return_report, submit_report
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.models import Organisation
from tongzhou.modules.registry.rules import columns

EVIL = "<script>alert('tz')</script>\"'><img src=x onerror=alert(1)>{{7*7}}{% debug %}${7*7}"
PLAN = {"a-revised_on": "2020-02-01", "effective_on": "2020-02-01"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


def harmless(text: str) -> None:
    """Hold that nothing typed came through as markup or was evaluated."""
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "onerror=alert(1)>{{49" not in text
    for tag in re.findall(r"<[a-z][^>]*>", text):
        assert not re.search(r"\son\w+\s*=", re.sub(r"\"[^\"]*\"|'[^']*'", "", tag)), tag


# Who sees what of others


@pytest.fixture
def foreign(town: Town) -> Key:
    """Return a report of an organisation in another city."""
    key = town.world.key("d8-hygiene", MONDAY, "far")
    data = {"disinfected": "yes", "hazards": "3", "plan": "深圳的内部情况"}
    submit_report(actor=town.world.people["stranger"], at=AT, key=key, data=data)
    return key


OUTSIDERS = ("officer", "district", "clerk", "territory", "secretary", "chair", "board", "head")


@pytest.mark.parametrize("name", OUTSIDERS)
def test_what_is_not_yours_looks_like_what_is_not_there(
    town: Town, foreign: Key, name: str
) -> None:
    browser, headers = town.browser(name), town.headers(name)
    absent = Key(foreign.period, foreign.duty_id, 99_999_999, foreign.prov)

    def answers(key: Key) -> list[tuple[str, int, str]]:
        period = key.period.isoformat()
        place = f"{key.organisation_id}/{key.prov}/{key.duty_id}/{period}"
        found = []
        for method, path in (
            ("get", f"/reports/{place}/"),
            ("get", f"/reports/{place}/print/"),
            ("get", f"/reports/{place}/files/{uuid.UUID(int=1)}"),
            ("post", f"/reports/{place}/accept/"),
            ("post", f"/reports/{place}/return/"),
            ("post", f"/reports/{place}/reopen/"),
            ("get", f"/history/{key.organisation_id}/{key.prov}/"),
            ("get", f"/organisations/{key.organisation_id}-{key.prov}/"),
            ("post", f"/organisations/{key.organisation_id}-{key.prov}/change/"),
            ("post", f"/organisations/{key.organisation_id}-{key.prov}/status/"),
            ("get", f"/api/v1/reports/{place}"),
            ("post", f"/api/v1/reports/{place}/accept"),
            ("post", f"/api/v1/reports/{place}/return"),
            ("get", f"/api/v1/organisations/{key.organisation_id}-{key.prov}/"),
        ):
            api = path.startswith("/api/")
            options: dict[str, Any] = {"headers": headers} if api else {}
            if method == "post":
                given = {"reason": "请补充说明", "version": 1, "seen": 1}
                if api:
                    given.pop("seen")
                if path.endswith("accept"):
                    given.pop("reason")
                options |= (
                    {"data": json.dumps(given), "content_type": "application/json"}
                    if api
                    else {"data": given}
                )
            answer = getattr(browser, method)(path, **options)
            text = re.sub(r"\b\w{64}\b", "", answer.text)
            text = text.replace(str(key.organisation_id), "N")
            found.append((path.replace(str(key.organisation_id), "N"), answer.status_code, text))
            assert "深圳的内部情况" not in answer.text
            assert "深圳市示例商会" not in answer.text
        return found

    theirs, nothing = answers(foreign), answers(absent)
    for (path, status, text), (_path, status_of_none, text_of_none) in zip(
        theirs, nothing, strict=True
    ):
        assert status in {403, 404}, (path, status)
        assert (status, text) == (status_of_none, text_of_none), path
        if path.startswith("/api/"):
            assert json.loads(text)["status"] == status


def test_a_token_of_another_organisation_cannot_report_for_this_one(town: Town) -> None:
    key = town.world.key("d8-hygiene", MONDAY, "school")
    path = f"/api/v1/reports/{key.organisation_id}/{key.prov}/{key.duty_id}/{key.period}"
    given = {"answers": {"disinfected": "yes", "hazards": 0}}
    for name in ("stranger", "secretary", "nurse", "officer", "board"):
        answer = town.browser(None).post(
            path,
            json.dumps(given),
            content_type="application/json",
            headers=town.headers(name),
        )
        assert answer.status_code in {403, 404}, name
        assert answer["Content-Type"] == "application/problem+json"
    assert town.browser("head").get(town.url_of(key)).status_code == 404


def test_tokens_that_are_forged_expired_or_revoked_open_nothing(town: Town) -> None:
    good = town.token("secretary")
    expired = town.token("secretary", days=0)
    revoked = town.token("secretary")
    made = ApiToken.objects.order_by("-pk")[0]
    accounts.revoke_token(actor=town.world.people["secretary"], at=AT, token_id=made.pk)
    gone = town.token("head")
    get_user_model().objects.filter(username="head").update(is_active=False)
    client = town.browser(None)

    def ask(header: str) -> Any:
        return client.get("/api/v1/duties/mine", headers={"Authorization": header})

    assert ask(f"Bearer {good}").status_code == 200
    assert ask(f"bearer {good}").status_code == 200
    assert ask(f"Bearer {good}")["Cache-Control"] == "private, no-store"
    for header in (
        f"Bearer {expired}",
        f"Bearer {revoked}",
        f"Bearer {gone}",
        f"Bearer {good[:-1]}",
        f"Bearer {good}x",
        f"Bearer {good} {good}",
        f"Basic {good}",
        f"Bearer{good}",
        "Bearer",
        "Bearer \xff\xfe",
        "Bearer ' OR 1=1 --",
        "Bearer " + "a" * 8_000,
    ):
        answer = ask(header)
        assert answer.status_code == 401, header
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"] == "Bearer"
    assert good not in str(list(ApiToken.objects.values_list()))


def test_a_session_opens_no_api_and_a_token_no_page(town: Town) -> None:
    assert town.browser("secretary").get("/api/v1/duties/mine").status_code == 401
    answer = town.browser(None).get("/board/", headers=town.headers("secretary"))
    assert answer.status_code == 302


def test_a_token_is_made_for_oneself_and_revoked_by_oneself(town: Town) -> None:
    other = town.token("officer")
    mine = ApiToken.objects.order_by("-pk")[0]
    browser = town.browser("secretary")
    for given in (str(mine.pk), "0", "-1", "9" * 40, "²", "x", "\x00"):
        assert 400 <= browser.post("/tokens/", {"revoke": given}).status_code < 500, given
    mine.refresh_from_db()
    assert mine.revoked_at is None
    theirs = town.world.people["officer"].assignment_id
    form = {"label": "x", "days": "30", "assignment": theirs, "assignment_id": theirs}
    browser.post("/tokens/", form)
    made = ApiToken.objects.order_by("-pk")[0]
    assert made.assignment_id == town.world.people["secretary"].assignment_id
    page = browser.get("/tokens/").text
    assert other not in page
    assert "tz_" not in page
    assert browser.post("/assignment/", {"id": theirs}).status_code == 404
    assert browser.get("/review/").status_code == 403


def test_files_progress_drafts_and_imports_of_others_stay_theirs(town: Town) -> None:
    world = town.world
    secretary = town.browser("secretary")
    url = town.fill_url("d222-plan", LAUNCH)
    assert secretary.post(url, {**PLAN, "files": pdf("内部预案.pdf")}).status_code == 302
    key = world.key("d222-plan", LAUNCH)
    stored = StoredFile.objects.get(name="内部预案.pdf")
    path = f"{town.url_of(key)}files/{stored.pk}"
    served = secretary.get(path)
    assert served.status_code == 200
    assert served["Cache-Control"] == "private, no-store"
    served.close()
    for name in ("stranger", "head", "nurse", "shenzhen"):
        assert town.browser(name).get(path).status_code == 404, name
    assert town.browser(None).get(path).status_code == 302
    # The same file under a report that one may read is still another report's file.
    assert town.browser("officer").get(f"{town.report_url}files/{stored.pk}").status_code == 404
    # Nor can it be taken over into one's own report.
    head = town.browser("head")
    for field in ("kept", "staged"):
        given = {"a-revised_on": "2020-02-01", "effective_on": "2020-02-01", field: stored.pk}
        head.post(url, given)
    own = world.key("d222-plan", LAUNCH, "school")
    assert head.get(town.url_of(own)).status_code == 404

    secretary.post(f"{town.fill_url('d222-know', LAUNCH)}draft", {"a-remark": "只是草稿"})
    for name in ("officer", "head", "stranger", "party", "board"):
        answer = town.browser(name).get(town.fill_url("d222-know", LAUNCH))
        assert "只是草稿" not in answer.text, name

    job = start_progress(actor=world.people["officer"], at=AT, kind="x", label="秘密任务")
    for name in ("colleague", "secretary", "operator"):
        for part in ("", "file"):
            assert town.browser(name).get(f"/progress/{job.pk}/{part}").status_code == 404
    assert town.browser("officer").get(f"/progress/{job.pk}/").status_code == 200

    sheet = "、".join(each.name for each in columns.COLUMNS).replace("、", ",").encode() + b"\n"
    batch = registry.start_import(
        actor=world.people["shenzhen"],
        at=AT,
        stream=io.BytesIO(sheet),
        name="深圳名册.csv",
        size=len(sheet),
    )
    for part in ("", "faults.xlsx"):
        assert (
            town.browser("officer").get(f"/organisations/import/{batch}/{part}").status_code == 404
        )
    for part in ("write/", "discard/"):
        answer = town.browser("officer").post(f"/organisations/import/{batch}/{part}")
        assert answer.status_code in {302, 404}
    assert "深圳名册" not in town.browser("officer").get("/organisations/import/").text
    assert "深圳名册" in town.browser("shenzhen").get(f"/organisations/import/{batch}/").text


def test_compilations_of_others_are_nobody_else_s_business(town: Town) -> None:
    text = "广州市民政局关于示例的通知\n各社会组织：\n一、做好防控。\n广州市民政局\n2020年2月1日\n"
    loaded = town.browser("officer").post("/directives/load/", {"text": text})
    assert loaded.status_code == 302
    work = loaded["Location"].removesuffix("head/")
    for name in ("district", "shenzhen", "province"):
        browser = town.browser(name)
        for part in ("", "head/", "scope/", "clauses/", "changes/", "source", "duties/1/"):
            assert browser.get(f"{work}{part}").status_code == 404, (name, part)
        for part, given in (
            ("act/", {"accept": "3:1"}),
            ("undo/", {"seq": "1"}),
            ("words/", {"act": "add-duty", "words": "做好防控"}),
            ("copy/", {}),
            ("discard/", {}),
        ):
            assert browser.post(f"{work}{part}", given).status_code == 404, (name, part)
    for name in ("clerk", "head"):
        assert town.browser(name).get(work).status_code == 403
    assert town.browser("colleague").get(work).status_code == 200
    assert town.browser("leader").get(work).status_code == 200


# Pretending


def test_forms_without_their_token_change_nothing(town: Town) -> None:
    browser = town.browser("officer", enforce_csrf_checks=True)
    answer = browser.post(f"{town.report_url}accept/", {"seen": "1"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.text
    assert browser.get(town.report_url).context["report"].row.state == "SUBMITTED"
    foreign_origin = browser.post(
        f"{town.report_url}accept/",
        {"seen": "1", "csrfmiddlewaretoken": "a" * 32},
        headers={"origin": "https://evil.example"},
    )
    assert foreign_origin.status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\t/evil.example",
        "https:///evil.example",
        "http://testserver@evil.example/",
        "/a\r\nSet-Cookie: x=1",
        "/" + "a" * 10_000,
    ],
)
def test_nobody_is_sent_elsewhere(town: Town, target: str) -> None:
    browser = town.browser("secretary")
    for path in ("/preferences/", "/accounts/login/", "/accounts/logout/", "/assignment/"):
        for answer in (
            browser.get(path, {"next": target}),
            town.browser("officer").post(path, {"next": target, "language": "en"}),
        ):
            goal = answer.headers.get("Location", "/")
            assert answer.status_code < 500
            assert goal.startswith("/")
            assert not goal.startswith(("//", "/\\"))
            assert "x" not in answer.cookies
    client = Client()
    get_user_model().objects.create_user("newcomer", password="a-long-phrase-77")
    answer = client.post(
        "/accounts/login/",
        {"login": "newcomer", "password": "a-long-phrase-77", "next": target},
    )
    goal = answer.headers.get("Location", "/")
    assert goal.startswith("/")
    assert "evil" not in goal.split("?")[0][:3]
    assert not goal.startswith(("//", "/\\"))


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "[::1", ""])
def test_other_hosts_are_not_served(town: Town, host: str) -> None:
    answer = town.browser(None).get("/public/", headers={"host": host} if host else {"host": "x y"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
    for header, value in HEADERS.items():
        assert answer[header] == value


def test_a_session_is_new_after_sign_in_and_gone_after_sign_out(town: Town) -> None:
    get_user_model().objects.create_user("newcomer", password="a-long-phrase-77")
    browser = Client()
    browser.cookies["sessionid"] = "planted-by-somebody-else"
    given = {"login": "newcomer", "password": "a-long-phrase-77"}
    assert browser.post("/accounts/login/", given).status_code == 302
    held = browser.cookies["sessionid"]
    assert held.value != "planted-by-somebody-else"
    assert held["httponly"]
    assert held["samesite"] == "Lax"
    thief = Client()
    thief.cookies["sessionid"] = held.value
    assert thief.get("/accounts/password/change/").status_code == 200
    assert browser.get("/accounts/logout/").status_code == 200
    assert thief.get("/accounts/password/change/").status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302
    assert thief.get("/accounts/password/change/").status_code == 302


def test_signed_in_pages_stay_in_no_cache(town: Town) -> None:
    for name in PERSONAS.values():
        if name is None:
            continue
        browser = town.browser(name)
        for path in ("/", "/public/", "/figures/", "/board/", "/review/", "/nothing-here/"):
            answer = browser.get(path)
            assert answer["Cache-Control"] == "private, no-store", (name, path)


@pytest.fixture
def guarded(town: Town, settings: Any) -> Iterator[Town]:
    """Return the town with the guard against guessing switched on."""
    settings.AXES_ENABLED = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name in ("guessed", "neighbour"):
        get_user_model().objects.create_user(name, password="a-long-phrase-77")
    cache.clear()
    yield town
    cache.clear()


def test_guessing_locks_the_account_from_there_and_nobody_else(guarded: Town) -> None:
    def attempt(name: str, password: str, address: str = "10.1.1.1") -> Any:
        given = {"login": name, "password": password}
        return Client(REMOTE_ADDR=address).post("/accounts/login/", given)

    codes = [attempt("guessed", f"guess-{number}").status_code for number in range(12)]
    assert codes[0] == 200
    assert codes[-4:] == [429] * 4
    locked = attempt("guessed", "a-long-phrase-77")
    assert locked.status_code == 429
    assert "暂时不能登录" in locked.text
    assert "15 分钟" in locked.text
    assert attempt("neighbour", "a-long-phrase-77").status_code == 302
    assert attempt("guessed", "a-long-phrase-77", "10.1.1.2").status_code == 302
    for number in range(30):
        attempt(f"nobody-{number}", "x")
    assert attempt("neighbour", "a-long-phrase-77").status_code == 302


def test_sign_in_does_not_tell_which_accounts_exist(town: Town) -> None:
    get_user_model().objects.create_user("newcomer", "n@example.cn", "a-long-phrase-77")

    def told(path: str, given: dict[str, str]) -> str:
        answer = Client().post(path, given, follow=True)
        text = re.sub(r"\b\w{64}\b", "", answer.text)
        return re.sub("|".join(map(re.escape, given.values())), "", text)

    for path, key, names in (
        ("/accounts/login/", "login", ("newcomer", "no-such-person")),
        ("/accounts/password/reset/", "email", ("n@example.cn", "m@example.cn")),
    ):
        texts = {told(path, {key: name, "password": "wrong-wrong-1"}) for name in names}
        assert len(texts) == 1, path


# Slipping something in


def test_nothing_typed_comes_out_as_markup(town: Town) -> None:
    world = town.world
    officer, head = town.browser("officer"), town.browser("head")
    filled = head.post(town.fill_url("d8-hygiene"), hygiene(**{"a-plan": EVIL, "a-hazards": "3"}))
    assert filled.status_code == 302
    key = world.key("d8-hygiene", MONDAY, "school")
    return_report(actor=world.people["officer"], at=AT, key=key, reason=EVIL)
    plan = town.fill_url("d222-plan", LAUNCH)
    assert head.post(plan, {**PLAN, "files": pdf(f"{EVIL[:60]}.pdf")}).status_code in {302, 422}
    officer.post(
        f"/responses/{world.response}/set/",
        {
            "region": "440106",
            "phase": "LEVEL_2",
            "from_at": "2020-02-05T09:00",
            "decided_by": EVIL,
            "document": EVIL,
            "note": EVIL,
            "step": "confirm",
        },
    )
    start = officer.post(
        "/responses/start/",
        {"name": EVIL, "kind": "EPIDEMIC", "started_at": "2020-02-05T09:00", "note": EVIL},
    )
    assert start.status_code == 302
    officer.post("/tokens/", {"label": EVIL[:80]})
    text = f"{EVIL}关于做好防控的通知\n各社会组织：\n一、{EVIL}\n广州市民政局\n2020年2月1日\n"
    work = officer.post("/directives/load/", {"text": text})["Location"]
    for part in ("head/", "", "clauses/", "scope/", "changes/"):
        harmless(officer.get(work.replace("head/", part)).text)
    get_user_model().objects.filter(username__in=["officer", "head"]).update(name=EVIL[:60])
    Organisation.objects.filter(pk=(key.organisation_id, key.prov)).update(name=EVIL[:60])
    shown = 0
    for browser in (officer, head, town.browser("leader"), town.browser("operator"), Client()):
        for path in (
            town.url_of(key),
            f"{town.url_of(key)}print/",
            town.url_of(world.key("d222-plan", LAUNCH, "school")),
            town.fill_url("d8-hygiene"),
            "/board/",
            "/desk/",
            "/review/?state=RETURNED",
            "/history/",
            "/figures/",
            "/figures/list/",
            "/responses/",
            f"/responses/{world.response}/",
            "/public/",
            "/tokens/",
            "/audit/",
            "/organisations/",
            f"/organisations/{key.organisation_id}-{key.prov}/",
            "/directives/",
        ):
            for language in ("zh-hans", "en"):
                answer = browser.get(path, headers={"accept-language": language})
                if answer.status_code == 200:
                    harmless(answer.text)
                    shown += html.escape(EVIL)[:20] in answer.text
    assert shown > 8


def test_help_texts_of_a_loaded_library_are_words() -> None:
    class Loaded(forms.Form):
        answer = forms.CharField(label=EVIL, help_text=EVIL)

    page = Template("{% load ui %}{% field form.answer %}").render(Context({"form": Loaded()}))
    harmless(page)
    assert html.escape(EVIL) in page


@pytest.mark.parametrize(
    "path",
    [
        "/directives/?q={}",
        "/organisations/?q={}",
        "/review/?q={}&words={}",
        "/history/?q={}",
        "/figures/list/?q={}",
        "/audit/?q={}&stem={}",
        "/public/?q={}",
        "/guide/?kind={}",
        "/accounts/login/?next={}",
        "/{}/",
    ],
)
@pytest.mark.parametrize(
    "words", [EVIL, "' OR '1'='1' --", "%' AND 1=(SELECT 1/0)--", "\\", "_%", "\u202e", "a" * 9_000]
)
def test_search_boxes_take_words_for_words(town: Town, path: str, words: str) -> None:
    for name in ("officer", "leader", "secretary", "operator", None):
        answer = town.browser(name).get(path.replace("{}", quote(words, safe="")))
        assert answer.status_code < 500
        harmless(answer.text)


def test_downloaded_tables_hold_no_formulas(town: Town) -> None:
    head, officer = town.browser("head"), town.browser("officer")
    formula = '=HYPERLINK("http://evil.example","x")'
    assert (
        head.post(
            town.fill_url("d8-hygiene"), hygiene(**{"a-plan": formula, "a-hazards": "1"})
        ).status_code
        == 302
    )
    seen = 0
    for browser, path in (
        (officer, "/review/export/"),
        (officer, "/organisations/export/"),
        (officer, "/figures/export/"),
        (officer, "/figures/list/export/?measure=submitted"),
        (officer, "/organisations/import/template.xlsx"),
    ):
        answer = browser.get(path)
        assert answer.status_code in {200, 302}, path
        if answer.status_code == 302 or "sheet" not in answer["Content-Type"]:
            continue
        content = answer.getvalue()
        answer.close()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for each in archive.namelist():
                if each.startswith("xl/worksheets/sheet"):
                    assert b"<f>" not in archive.read(each)
                    seen += 1
            assert not any("externalLink" in name for name in archive.namelist())
        assert "attachment" in answer["Content-Disposition"]
    assert seen >= 3


# What every answer carries, and what none gives away


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/healthz",
        "/public/",
        "/nothing-here/",
        "/api/v1/nothing",
        "/api/v1/openapi.json",
        "/api/v1/duties/mine",
        "/static/tongzhou/tongzhou.css",
        "/static/nothing.css",
        "/static/../settings.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/directives/%00/",
        "/board/1/../../etc/",
        "/desk/",
        "/accounts/login/",
    ],
)
def test_every_answer_is_closed_to_frames_and_strangers(town: Town, path: str) -> None:
    for method in ("get", "post", "put", "delete", "patch", "options", "trace"):
        answer = getattr(town.browser(None), method)(path)
        assert answer.status_code < 500
        for header, value in HEADERS.items():
            assert answer[header] == value, (method, header)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "object-src 'none'" in policy or "default-src 'none'" in policy
        if not answer.streaming:
            for leak in (
                "Traceback",
                "SECRET_KEY",
                "DJANGO_SETTINGS",
                "/site-packages/",
                "psycopg",
            ):
                assert leak not in answer.content.decode("utf-8", "replace")
        answer.close()


def test_unknown_addresses_of_the_api_are_problem_documents(town: Town) -> None:
    for path in ("/api/v1/nothing", f"/api/v1/organisations/{10**30}-44/"):
        answer = town.browser(None).get(path)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == 404


def test_faults_of_api_input_are_named_by_field(town: Town) -> None:
    answer = town.browser(None).post(
        f"/api/v1/responses/{town.world.response}/phases/set",
        json.dumps({"region": "x", "phase": "LEVEL_9"}),
        content_type="application/json",
        headers=town.headers("officer"),
    )
    assert answer.status_code == 400
    problem = answer.json()
    assert {"region", "phase", "from_at", "decided_by"} <= set(problem["faults"])
    assert "ErrorDetail" not in problem["detail"]


def test_a_bug_tells_nothing_but_a_number(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("tongzhou.modules.insight.pages.public.clock.now", broken)
    for path in ("/public/", "/api/v1/responses/1/phase"):
        answer = town.browser(None).get(path)
        assert answer.status_code == 500, path
        assert "hunter2" not in answer.text
        assert "RuntimeError" not in answer.text
        for header, value in HEADERS.items():
            assert answer[header] == value


def test_replayed_decisions_are_told_apart(town: Town) -> None:
    officer = town.browser("officer")
    assert officer.post(f"{town.report_url}accept/", {"seen": "1"}).status_code == 302
    assert officer.post(f"{town.report_url}accept/", {"seen": "1"}).status_code == 409
    given = {"seen": "1", "reason": "请补充说明"}
    assert officer.post(f"{town.report_url}return/", given).status_code == 409
    assert officer.get(f"{town.report_url}accept/").status_code == 404


def test_far_away_times_are_not_believed(town: Town) -> None:
    officer = town.browser("officer")
    for moment in ("1900-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00", "2020-13-45T99:99"):
        answer = officer.post(
            f"/responses/{town.world.response}/set/",
            {
                "region": "440106",
                "phase": "LEVEL_2",
                "from_at": moment,
                "decided_by": "x",
                "step": "confirm",
            },
        )
        assert answer.status_code == 422, moment
    late = (AT + timedelta(days=400)).isoformat()
    for at in (
        "9999-99-99",
        late,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "\x00",
    ):
        for path in ("/figures/", "/desk/", "/figures/list/", f"/responses/{town.world.response}/"):
            assert officer.get(path, {"at": at}).status_code < 500, (path, at)
