"""Every route, asked by everybody, with sense and with junk: who gets in, and nothing breaks."""

import os
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.journeys.conftest import PERSONAS, PLAN, Town
from tongzhou.kernel.access import Role

#: How often each page is asked with other junk; TONGZHOU_ROUNDS=20 looks longer, as every role.
ROUNDS = int(os.environ.get("TONGZHOU_ROUNDS", "1"))
#: One of each kind of place; the others open a part of the same pages.
KINDS = (
    Role.PUBLIC,
    Role.OFFICER,
    Role.LEADER,
    Role.SUPERVISOR,
    Role.SECRETARIAT,
    Role.SUPERVISORY_BOARD,
    Role.OPERATOR,
)
PACKAGE = Path(__file__).resolve().parents[2] / "tongzhou"
#: All that may be seen without signing in, apart from the sign-in pages. A new one is a decision.
PUBLIC_ROUTES = {
    "accounts/3rdparty/",
    "accounts/confirm-email/",
    "accounts/email/",
    "accounts/oidc/<str:provider_id>/login/callback/",
    "invitation/",
    "invitation/<str:secret>/",
    "new-password/",
    "new-password/<str:secret>/",
    "outside/<slug:code>/",
    "outside/<slug:code>/callback/",
    "session/left/",
    "",
    "healthz",
    "preferences/",
    "public/",
    "guide/",
    "directives/",
    "directives/<int:expression_id>/",
    "directives/<int:expression_id>/changes/",
    "directives/<int:expression_id>/citations/",
    "directives/<int:expression_id>/export/<str:code>",
    "directives/<int:expression_id>/export/original",
    "directives/<int:expression_id>/source",
    r"^directives/(?P<urn>cn(?:/[a-z0-9-]+){2,4}@\d{4}-\d{2}-\d{2})/?$",
    "duties/<int:duty_id>/",
    "search/",
    "responses/",
    "responses/<int:response_id>/",
    "api/v1/openapi.json",
    "api/v1/directives/",
    "api/v1/directives/<int:expression_id>/",
    "api/v1/directives/<int:expression_id>/changes",
    "api/v1/directives/<int:expression_id>/citations/",
    "api/v1/directives/<int:expression_id>/export/",
    "api/v1/search/",
    "api/v1/ask/",
    "api/v1/responses/",
    "api/v1/responses/<int:response_id>/phase",
    "api/v1/responses/<int:response_id>/phases",
}
JUNK = (
    "", "abc", "-1", "0", "999999999999999999999999", "2147483648", "9999-99-99", "²", "１２",
    "\x00", "'; DROP TABLE x;--", "%", "_", "\\", "a" * 5_000, "1e309", "NaN", "0001-01-01",
    "9999-12-31", "1900-01-01T00:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00",
    "../../etc/passwd", "\u202e", "𠮷", "é\u0301", "[]", "{}", "None", "<script>alert(1)</script>",
)  # fmt: skip
BODIES = (
    "[]", "null", '"x"', "1", "{", "", "\xff", '{"answers":[]}', '{"answers":{"x":1e999}}',
    '{"answers":{"a":"\\ud800"}}', '{"answers":{"hazards":-5}}', '{"answers":{"hazards":1e30}}',
    '{"answers":{},"effective_on":"9999-12-31","based_on":99999999999999999999}',
    '{"version":-99999999999999999999,"reason":"' + "a" * 600 + '"}',
    '{"region":440100,"phase":"LEVEL_1","from_at":"9999-12-31T23:59:59-14:00","decided_by":"x"}',
    '{"region":1e400}', '{"facts":{"名称":"\\u0000"}}', '{"idempotency_key":{}}',
    '{"a":' * 50_000 + "1" + "}" * 50_000, "[" * 200_000,
)  # fmt: skip


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each, path)
        elif isinstance(each, URLPattern):
            yield path, each.callback


ROUTES = dict(_routes(get_resolver()))
OWN = {path: view for path, view in ROUTES.items() if hasattr(view, "stem")}


@cache
def _names() -> tuple[str, ...]:
    """Return the names of all parameters that some page or form reads."""
    found = set()
    for path in PACKAGE.rglob("*"):
        if path.suffix not in {".py", ".html"} or "tests" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"\.get(?:list)?\(\s*[\"'](\w+)[\"']", text))
        found |= set(re.findall(r'name="([\w-]+)"', text))
        if path.name == "forms.py":
            found |= set(re.findall(r"^    (\w+) = (?:forms\.|_)", text, re.M))
    return tuple(sorted(found))


def _good(path: str, town: Town) -> str:
    """Return the path with places that exist, as far as one set of them can."""
    key = town.report
    known = {
        "organisation_id": key.organisation_id,
        "prov": key.prov,
        "duty_id": key.duty_id,
        "period": key.period.isoformat(),
        "response_id": town.world.response,
        "library_id": town.world.libraries[0],
        "expression_id": town.plan,
        "kind": "PARTY_ORG",
    }
    return _filled(path, lambda kind, name: known.get(name, _NOTHING[kind]))


_NOTHING: dict[str, Any] = {
    "int": 1,
    "uuid": "00000000-0000-0000-0000-000000000000",
    "str": "x",
    "slug": "x",
}
_STRANGE: dict[str, tuple[Any, ...]] = {
    "int": (0, 32_768, 2_147_483_648, 9_223_372_036_854_775_808, 10**30),
    "uuid": (_NOTHING["uuid"],),
    "str": ("abc", "9999-99-99", "0001-01-01", "9999-12-31", "²", "%00", "2020-02-30", "a" * 900),
    "slug": ("x", "-", "a" * 900),
}


def _filled(path: str, value: Any) -> str:
    path = re.sub(r"\(\?P<urn>.*\)/\?\$", f"{PLAN}/", path.lstrip("^"))
    path = path.replace("^", "").replace("$", "")

    def place(found: re.Match[str]) -> str:
        kind, _, name = found[1].rpartition(":")
        return str(value(kind or "str", name))

    return "/" + re.sub(r"<([^>]+)>", place, path).replace("(?P", "").rstrip(")")


def _ask(client: Client, method: str, url: str, **options: Any) -> Any:
    with transaction.atomic():
        response = getattr(client, method)(url, **options)
        transaction.set_rollback(True)
    return response


def _close(response: Any) -> None:
    response.close()


def test_anonymous_sees_only_public_pages(town: Town) -> None:
    assert {path for path, view in OWN.items() if view.stem == "public"} == PUBLIC_ROUTES
    browser = town.browser(None)
    shown = set()
    for path in ROUTES:
        response = _ask(browser, "get", _good(path, town))
        if response.status_code < 300 and not path.startswith("accounts/"):
            shown.add(path)
        _close(response)
    assert shown <= PUBLIC_ROUTES
    assert len(shown) >= 12


@pytest.mark.parametrize("role", PERSONAS if ROUNDS > 1 else KINDS, ids=str)
def test_no_route_answers_with_a_fault(role: Role, town: Town) -> None:
    name = PERSONAS[role]
    chance = random.Random(f"hostile {role}")
    headers = town.headers(name)
    faults = []
    for path in sorted(ROUTES):
        browser = town.browser(name)
        api = path.startswith("api/")
        options = {"headers": headers} if api else {}
        urls = [_good(path, town)]
        if "<" in path:
            urls.append(_filled(path, lambda kind, _: chance.choice(_STRANGE[kind])))
        for url in urls:
            asked: list[tuple[str, str, dict[str, Any]]] = [
                (chance.choice(("put", "delete", "options", "patch")), url, {})
            ]
            for _ in range(ROUNDS):
                query = {key: chance.choice(JUNK) for key in chance.sample(_names(), 60)}
                asked.append(("get", f"{url}?{urlencode(query)}", {}))
                if api:
                    body = {"data": chance.choice(BODIES), "content_type": "application/json"}
                    asked.append(("post", url, body))
                else:
                    form = {key: chance.choice(JUNK) for key in chance.sample(_names(), 60)}
                    asked.append(("post", url, {"data": form}))
            for method, target, given in asked:
                response = _ask(browser, method, target, **options, **given)
                if response.status_code >= 500:
                    faults.append(f"{method} {target[:200]} {str(given)[:200]}")
                _close(response)
    assert faults == []
