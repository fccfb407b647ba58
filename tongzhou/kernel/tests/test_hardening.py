"""What the house does against requests, files and logs that nobody should trust."""

import ast
import io
import logging
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory

from tongzhou.base.errors import Refusal
from tongzhou.kernel import accounts, clock, files, jobs, throttle
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.identity.words import SiteWordsValidator
from tongzhou.kernel.models import Assignment, IdempotencyKey, User
from tongzhou.kernel.redaction import RedactingFormatter, redact

PACKAGE = Path(settings.PACKAGE)


def packed(names: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return target.getvalue()


def keep(content: bytes, name: str) -> Any:
    return files.store(
        io.BytesIO(content), name=name, size=len(content), actor=SYSTEM, at=clock.now()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (packed({"word/document.xml": bytes(60 << 20)}), "炸弹.docx", "file-archive"),
        (packed({"word/a": b"", "../../etc/passwd": b"x"}), "外.docx", "file-archive"),
        (packed({f"word/{n}": b"" for n in range(5_100)}), "多.docx", "file-archive"),
        (packed({"xl/workbook.xml": b"x"}), "表.docx", "file-content"),
        (packed({"hello.txt": b"x"}), "压缩包.xlsx", "file-content"),
        (b"PK\x03\x04junk", "坏.docx", "file-content"),
        (b"MZ\x90\x00", "程序.pdf", "file-content"),
        (b"<svg onload=alert(1)>", "图.png", "file-content"),
        (b"%PDF-1.4", "网页.html", "file-kind"),
    ],
)
def test_uploads_that_are_not_what_they_say_are_not_kept(
    content: bytes, name: str, code: str, tmp_path: Path, settings: Any
) -> None:
    settings.FILES_ROOT = tmp_path
    with pytest.raises(Refusal) as caught:
        keep(content, name)
    assert caught.value.code == code
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


@pytest.mark.django_db
def test_a_kept_file_is_handed_out_as_something_no_browser_runs(
    tmp_path: Path, settings: Any
) -> None:
    settings.FILES_ROOT = tmp_path
    made = keep(packed({"word/document.xml": b"<w/>"}), '../../"\r\nSet-Cookie: a=1;.docx')
    assert "/" not in made.name
    assert "\n" not in made.name
    assert tmp_path in files.path_of(made).parents
    answer = files.respond(made)
    assert "Set-Cookie" not in dict(answer.items())
    assert "\n" not in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    answer.close()


@pytest.fixture
def limited(settings: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    throttle.COUNTERS.clear()
    monkeypatch.setattr("tongzhou.kernel.throttle.time.time", lambda: 1_000_000.0)
    settings.RATE_LIMITS_ON = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "page": 3, "api": 2, "write": 2}
    return settings


def test_who_asks_too_often_is_told_when_to_come_again(limited: Any) -> None:
    client = Client(HTTP_COOKIE=f"{limited.SESSION_COOKIE_NAME}=somebody")
    answers = [client.get("/public/") for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert "请求太频繁" in answers[-1].text
    assert Client().get("/public/").status_code == 200
    assert client.get("/healthz").status_code == 200
    api = [client.get("/api/v1/responses/") for _ in range(3)][-1]
    assert api.status_code == 429
    assert api["Content-Type"] == "application/problem+json"
    assert api.json()["status"] == 429


def test_a_new_cookie_gets_no_fresh_allowance(limited: Any) -> None:
    codes = []
    for number in range(3 * throttle.OFFICE + 2):
        client = Client(REMOTE_ADDR="10.9.9.9")
        client.cookies[limited.SESSION_COOKIE_NAME] = f"forged-{number}"
        codes.append(client.get("/public/").status_code)
    assert codes[-1] == 429
    assert codes.count(200) == 3 * throttle.OFFICE


def test_an_office_has_no_more_pdfs_typeset_than_a_machine_can_bear(limited: Any) -> None:
    """What is open to everybody is limited by address where there is no session."""
    limited.RATE_LIMITS = {**limited.RATE_LIMITS, "typeset": 2}
    most = 2 * throttle.OFFICES["typeset"]
    codes = [
        Client(REMOTE_ADDR="10.9.9.8").get("/directives/999999/export/pdf").status_code
        for _ in range(most + 2)
    ]
    assert codes == [404] * most + [429] * 2
    assert Client(REMOTE_ADDR="10.9.9.8").get("/directives/999999/export/json").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("get", "/public/", "page"),
        ("get", "/review/export/", "export"),
        ("get", "/directives/3/export/pdf", "typeset"),
        ("get", "/directives/3/export/docx", "export"),
        ("get", "/api/v1/directives/3/export/?format=pdf", "typeset"),
        ("get", "/api/v1/directives/3/export/?format=akn", "export"),
        ("get", "/directives/?q=x", "search"),
        ("get", "/api/v1/figures", "api"),
        ("get", "/api/v1/search/", "search"),
        ("post", "/accounts/login/", "sign-in"),
        ("post", "/responses/start/", "upload"),
        ("delete", "/api/v1/x", "write"),
    ],
)
def test_each_request_falls_under_one_limit(method: str, path: str, kind: str) -> None:
    request = getattr(RequestFactory(), method)(path)
    assert throttle.kind_of(request) == kind
    assert kind in settings.RATE_LIMITS


@pytest.mark.django_db
def test_windows_end() -> None:
    counters = throttle.Counters()
    assert [counters.add("a", "page", 2, 60.0) for _ in range(3)] == [0, 0, 60]
    assert counters.add("a", "page", 2, 119.0) == 1
    assert counters.add("b", "page", 2, 119.0) == 0
    assert counters.add("a", "page", 2, 120.0) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_methods_that_nobody_needs_are_refused(method: str) -> None:
    answer = Client().generic(method, "/public/")
    assert answer.status_code == 405
    assert "GET" in answer["Allow"]


@pytest.mark.django_db
def test_a_body_of_unknown_length_gets_a_page_of_its_own() -> None:
    answer = Client().generic(
        "POST", "/preferences/", b"", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )
    assert answer.status_code == 411
    assert "没有说明内容有多长" in answer.text
    assert ">422<" not in answer.text.replace(" ", "")


def test_logs_hold_no_keys_and_no_personal_data() -> None:
    told = redact(
        "GET /x/?name=张三&phone=13812345678 Bearer tz_abcdefghijklmnopqrstuvwxyz012345 "
        "password=hunter2 a.b@example.cn 440106199001011234 51440100500234567J 2020-02-05"
    )
    for secret in ("13812345678", "hunter2", "abcdefghijkl", "a.b@example", "440106199001011234"):
        assert secret not in told
    assert "张三" not in told
    assert "51440100500234567J" in told
    try:
        raise RuntimeError("token=supersecret 13812345678")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "no %s", ("13812345678",), None)
        record.exc_info = sys.exc_info()
    line = RedactingFormatter("%(message)s").format(record)
    assert "13812345678" not in line
    assert "supersecret" not in line
    assert "RedactingFormatter" in str(settings.LOGGING["formatters"])


@pytest.mark.django_db
def test_answers_kept_against_double_clicks_are_forgotten_after_a_week() -> None:
    now = clock.now()
    for days in (1, 8):
        IdempotencyKey.objects.create(
            user_id=1, stem="x", key=str(days), at=now - timedelta(days=days)
        )
    jobs.purge_keys(timestamp=0)
    assert [each.key for each in IdempotencyKey.objects.all()] == ["1"]


def test_nothing_fetches_addresses_that_somebody_gives() -> None:
    """SSRF: only the sign-in doors and the start-up look at other servers; both are set by hand."""
    allowed = {"kernel/identity/doors", "config"}
    fetchers = {"requests", "httpx", "aiohttp", "urllib3", "ftplib"}
    found = []
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE).as_posix()
        if "tests" in path.parts or place.startswith(tuple(allowed)):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [each.name for each in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            found += [
                f"{place}: {name}"
                for name in names
                if name.split(".")[0] in fetchers or name in {"urllib.request", "http.client"}
            ]
    assert found == []


def test_nothing_runs_text_or_unpacks_objects() -> None:
    risky = {"eval", "exec", "compile_command"}
    for path in PACKAGE.rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in risky, path
            if isinstance(node, ast.Import):
                assert not {each.name for each in node.names} & {"pickle", "marshal"}, path
            if isinstance(node, ast.keyword) and node.arg == "shell":
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path


def test_templates_hold_no_script_and_no_style_of_their_own() -> None:
    for path in PACKAGE.rglob("templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        lowered = text.lower()
        assert "<style" not in lowered, path
        assert " style=" not in lowered, path
        assert "javascript:" not in lowered, path
        for start in lowered.split("<script")[1:]:
            head, _, rest = start.partition(">")
            assert " src=" in head or 'type="application/json"' in head, path
            assert " src=" not in head or not rest.partition("</script")[0].strip(), path
        for mark in (" onclick=", " onload=", " onerror=", " onchange=", " onsubmit=", "|safe"):
            assert mark not in lowered, (path, mark)


def production(**changes: str) -> subprocess.CompletedProcess[str]:
    told = {
        "TONGZHOU_ENV": "production",
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": "tz.example.cn",
        "TONGZHOU_FIELD_KEYS": "k1:" + "A" * 43 + "=",
        "TONGZHOU_DATA": "/nonexistent",
        "PATH": os.environ["PATH"],
        **changes,
    }
    show = (
        "from tongzhou.config import settings as s; print(s.SESSION_COOKIE_SECURE, "
        "s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_SSL_REDIRECT, "
        "s.SESSION_COOKIE_NAME, s.RATE_LIMITS_ON, s.DEBUG)"
    )
    return subprocess.run(
        [sys.executable, "-c", show],
        env=told,
        cwd=settings.PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_is_safe_by_default() -> None:
    answer = production()
    assert answer.stdout.split() == [
        "True",
        "True",
        "31536000",
        "True",
        "__Host-session",
        "True",
        "False",
    ], answer.stderr


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"TRUSTED_ORIGINS": "http://tz.example.cn"}, "TRUSTED_ORIGINS"),
        ({"RATE_LIMITS": "off"}, "RATE_LIMITS"),
        ({"OIDC_SERVER": "http://provider.example.cn"}, "OIDC_SERVER"),
        ({"TONGZHOU_FIELD_KEYS": ""}, "TONGZHOU_FIELD_KEYS"),
        ({"TONGZHOU_FIELD_KEYS": "k1:short"}, "no key of 32 bytes"),
    ],
)
def test_production_does_not_start_unsafe(changes: dict[str, str], word: str) -> None:
    answer = production(**changes)
    assert answer.returncode != 0
    assert word in answer.stderr


@pytest.mark.django_db
def test_who_is_refused_leaves_a_line_without_names(caplog: pytest.LogCaptureFixture) -> None:
    user = User.objects.create(username="member", name="某人", phone="13800138000")
    Assignment.objects.create(
        user=user, role="MEMBER", label="会", organisation_id=1, prov=44, from_on="2020-01-01"
    )
    browser = Client()
    browser.force_login(user)
    caplog.set_level(logging.INFO, logger="tongzhou")
    assert browser.get("/audit/").status_code == 403
    assert browser.get("/people/999999/?phone=13800138000").status_code == 404
    token = accounts.create_token(
        actor=SYSTEM, at=clock.now(), label="x", assignment_id=user.assignments.get().pk
    )
    program = {"Authorization": f"Bearer {token}"}
    assert Client(headers=program).get("/api/v1/compilations/").status_code == 403
    assert Client().get("/progress/00000000-0000-0000-0000-000000000000/").status_code == 302
    told = [each.getMessage() for each in caplog.records if each.name == "tongzhou"]
    assert told[0] == f"refused GET /audit/: user {user.pk} as MEMBER, forbidden"
    assert told[1].startswith(f"refused GET /people/999999/: user {user.pk} as MEMBER")
    assert told[2].startswith(f"refused GET /api/v1/compilations/: user {user.pk} as MEMBER")
    assert len(told) == 3
    assert "某人" not in "".join(told)
    assert "138001" not in "".join(told)


@pytest.mark.django_db
def test_programs_are_not_sent_on_from_plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/api/v1/directives/")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:tongzhou:plain-http"
    assert answer["Content-Security-Policy"]
    assert Client().get("/api/v1/directives/", secure=True).status_code == 200
    assert Client().get("/people/").status_code == 301  # people are


@pytest.mark.parametrize(
    ("password", "fits"),
    [
        ("tongzhou2020", False),
        ("Minzhengju@123", False),
        ("同舟密码2020!", False),
        ("yuexiu-admin", False),
        ("tongzhou under seven bridges", True),
        ("nothing of the kind", True),
    ],
)
def test_words_of_the_site_make_no_password(password: str, fits: bool) -> None:
    validator = SiteWordsValidator(["yuexiu", ""])
    try:
        validator.validate(password)
    except ValidationError:
        assert not fits
    else:
        assert fits
