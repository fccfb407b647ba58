"""Every route and operation, asked by every role, about things here, elsewhere and nowhere."""

import json
import re
from difflib import unified_diff
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction

from tests.access.conftest import HYGIENE, Places
from tests.access.declared import SEES, STAND, Answer, Route, expected, routes
from tests.architecture.test_routes import ROUTES as FOUND
from tests.journeys.conftest import PLAN
from tongzhou.kernel.access import Role, permissions_of

DECLARED = routes()
#: What a program sends with the acts whose refusal comes after their input was read.
BODIES = {
    "accept": {"version": 2},
    "return": {"version": 2, "reason": "请补充说明"},
    "<str:period>": {"answers": HYGIENE},
}
FORM = {"seen": "2", "reason": "请补充说明"}
#: What everybody may read is asked for by these alone.
SAMPLE = {"", "officer", "secretary", "operator"}


def _address(path: str, values: dict[str, Any]) -> str:
    path = re.sub(r"\(\?P<urn>.*\)/\?\$", f"{PLAN}/", path.lstrip("^"))
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), path)


def _kind(response: Any) -> Answer:
    status = response.status_code
    if status in {301, 302, 303}:
        asked = str(response.headers["Location"]).startswith("/accounts/login/")
        return Answer.SIGN_IN if asked else Answer.LET_IN
    named = {
        401: Answer.SIGN_IN,
        403: Answer.REFUSED,
        404: Answer.MISSING,
        405: Answer.NO_METHOD,
    }
    if status >= 500:
        return Answer.FAULT
    return named.get(status, Answer.INVALID if status >= 400 else Answer.LET_IN)


def _ask(places: Places, name: str, method: str, path: str, values: dict[str, Any]) -> Any:
    """Ask once and undo what it did."""
    options: dict[str, Any] = {}
    if path.startswith("api/"):
        options["headers"] = places.tokens[name]
        if method != "get":
            body = BODIES.get(path.rpartition("/")[2], {})
            options |= {"data": json.dumps(body), "content_type": "application/json"}
    elif method == "post":
        options["data"] = FORM
    with transaction.atomic():
        response = getattr(places.browsers[name], method)(_address(path, values), **options)
        transaction.set_rollback(True)
    return response


def _methods(route: Route) -> list[str]:
    """Return the methods to try; an operation that changes a part of something is PATCH."""
    view = dict(FOUND)[route.path]
    named = set(getattr(getattr(view, "cls", None), "http_method_names", ())) - {"options"}
    return sorted(named or {"get", "post"})


def test_every_route_is_declared_with_its_permission() -> None:
    own = {path: view for path, view in FOUND if not path.startswith("accounts/")}
    undeclared = sorted(set(own) - set(DECLARED))
    assert undeclared == [], "declare it in tests/access/routes.txt"
    assert sorted(set(DECLARED) - set(own)) == [], "in tests/access/routes.txt, but no route"
    for path, view in own.items():
        declared = {DECLARED[path].reads, DECLARED[path].writes} - {""}
        assert view.stem in declared or (DECLARED[path].writes and view.stem != "public"), path


def test_every_role_stands_somewhere() -> None:
    assert set(STAND.values()) == set(Role) - {Role.SYSTEM}


@pytest.mark.parametrize("name", STAND, ids=lambda name: name or "public")
def test_everybody_gets_what_the_matrix_says(name: str, places: Places) -> None:
    carried = permissions_of(STAND[name])
    wrong = []
    for path, route in sorted(DECLARED.items()):
        if route.reads == "public" and name not in SAMPLE:
            continue
        for method in _methods(route):
            response = _ask(places, name, method, path, places.here)
            got, right = _kind(response), expected(route, method, name, carried)
            response.close()
            if got not in right:
                stem = route.stem(method)
                wrong.append(f"{method} {path} [{stem}] {got} {response.status_code} not {right}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", list(STAND)[1:])
def test_what_is_elsewhere_looks_like_what_is_nowhere(name: str, places: Places) -> None:
    carried = permissions_of(STAND[name])
    wrong = []
    for path, route in sorted(DECLARED.items()):
        if not route.has_elsewhere or name in (SEES[route.object][1] or ()):
            continue
        for method in _methods(route):
            if route.stem(method) not in carried:
                continue
            answers = []
            for values in (places.there, places.nowhere):
                response = _ask(places, name, method, path, values)
                answers.append((_kind(response), *_words(response, _address(path, values))))
                response.close()
            if answers[0] != answers[1]:
                first, second = (each[2].splitlines() for each in answers)
                told = list(unified_diff(first, second, n=0, lineterm=""))[2:]
                wrong.append(f"{method} {path}: {answers[0][:2]}, {answers[1][:2]}, {told[1:3]}")
            elif method == "get" and route.has("get") and answers[0][0] is not Answer.MISSING:
                wrong.append(f"{method} {path}: {answers[0][:2]}")
            elif answers[0][0] not in {Answer.MISSING, Answer.INVALID, Answer.REFUSED} and (
                route.has(method)
            ):
                wrong.append(f"{method} {path}: {answers[0][:2]} was done")
    assert not wrong, "\n".join(wrong)


def _words(response: Any, address: str) -> tuple[str, str]:
    """Return where an answer leads and what it says, without the address it was asked by."""
    said = "" if response.streaming else response.text
    found = []
    for text in (response.headers.get("Location", ""), said):
        for each in (address, quote(address), quote(address, safe="")):
            text = text.replace(each, "HERE")
        text = re.sub(r"/(?:compile|import)/[\w-]{1,36}/", "/THAT/", text)
        found.append(re.sub(r"\b\w{64}\b", "", text))
    return found[0], found[1]
