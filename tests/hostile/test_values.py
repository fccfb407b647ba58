"""Values that nobody would type: each is answered, none breaks a page, none comes out as markup."""

from urllib.parse import quote

import pytest

from tests.hostile.conftest import Posts
from tests.journeys.conftest import Town

ODD = [
    "\x00",
    "\ud800",
    "-9223372036854775809",
    "2147483648",
    "²",
    "٣",
    "a" * 10_000,
    "9999-12-31",
    "'\"><script>alert(1)</script>",
    "{{7*7}}%(x)s\\",
]
#: Pages with the parameters that they read.
PAGES = {
    "/": "who at",
    "/organisations/": "q region form status kind page size sort",
    "/review/": "q page size kind group duty late region",
    "/figures/": "region by depth at response duty measure order page",
    "/figures/list/": "measure region duty response page size state at q",
    "/search/": "q kind page region at",
    "/people/": "place view q find page size",
    "/people/invite/": "place",
    "/audit/": "q user stem target day from until page size",
    "/board/": "view at state page",
}
VIEWERS = {"/board/": "secretary", "/audit/": "leader"}


@pytest.mark.parametrize("path", PAGES)
def test_odd_values_are_told_and_break_nothing(town: Town, path: str) -> None:
    """Alone and twice over: the last of several counts."""
    browser = town.browser(VIEWERS.get(path, "officer"))
    assert browser.get(path).status_code in {200, 302}
    names = PAGES[path].split()
    queries = [dict.fromkeys(names, value) for value in ODD]
    queries += [{name: ODD[number % len(ODD)]} for number, name in enumerate(names, len(path))]
    for query in queries:
        told = "&".join(
            f"{name}={quote(value, safe='', errors='surrogatepass')}"
            for name, value in query.items()
        )
        answer = browser.get(f"{path}?{told}&{told}")
        assert answer.status_code < 500, ascii(query)[:80]
        if not answer.streaming:
            assert b"<script>alert(1)" not in answer.content, ascii(query)[:80]
        answer.close()


def test_odd_values_in_forms_about_people_are_refused(office: Posts) -> None:
    held = office.held("secretary")
    place = f"?place=o{held.organisation_id}-{held.prov}"
    forms = (
        ("officer", f"/people/invite/{place}", ("role", "name", "phone", "email", "to_on")),
        ("officer", "/people/invite/many/", ("pasted",)),
        ("leader", f"/people/{office.id('officer')}/end/", ("last_on",)),
        ("leader", f"/people/{office.id('officer')}/deputy/", ("user", "from_on", "to_on")),
        ("secretary", "/tokens/", ("days", "modules", "revoke")),
        ("secretary", "/contacts/", ("phone", "email")),
        ("secretary", "/contacts/code/", ("code",)),
        (None, "/accounts/login/", ("login", "password", "person_name", "next")),
        (None, "/accounts/password/reset/", ("email",)),
        (None, "/preferences/", ("language", "next")),
    )
    for who, path, names in forms:
        browser = office.browser(who)
        for name in names:
            for value in ODD:
                body = f"{name}={quote(value, safe='', errors='surrogatepass')}"
                answer = browser.post(path, body, content_type="application/x-www-form-urlencoded")
                assert answer.status_code < 500, (path, name, ascii(value)[:40])
                assert "//evil" not in answer.headers.get("Location", "")


def test_a_table_of_invitations_comes_out_as_text(office: Posts) -> None:
    browser = office.browser("officer")
    bad = "<script>alert(1)</script>"
    rows = [f"{bad}\t{bad}\t{bad}\t{bad}\t{bad}", f"=1+1\t=cmd|'/c'!A1\t{bad}\t\t"]
    batch = browser.post("/people/invite/many/", {"pasted": "\n".join(rows)})["Location"]
    page = browser.get(batch).content.decode()
    assert bad not in page
    assert "&lt;script&gt;" in page
    assert "可以邀请 0 人" in page
    assert browser.post(batch, {"sure": "1"}).status_code in {302, 422}


def test_a_name_too_long_for_its_place_is_told_at_its_field(town: Town) -> None:
    given = {"act": "rename", "rename-name": "长" * 41, "rename-basis": "某文件"}
    answer = town.browser("operator").post("/regions/440106/", given)
    assert answer.status_code == 422
    assert "系统存不下" not in answer.text
    assert "40" in answer.text
