"""Other people's things by their numbers, and what a form does not ask for slipped in."""

import json
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.test import Client

from tests.hostile.conftest import Posts
from tests.journeys.conftest import MONDAY, Town, hygiene
from tests.world import AT
from tongzhou.kernel import accounts
from tongzhou.kernel.identity import inviting
from tongzhou.kernel.models import AuditLine, Deputy, Invitation
from tongzhou.modules.duties import commands as duties
from tongzhou.modules.duties.commands import Key, submit_report
from tongzhou.modules.duties.models import DutyException, Report
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.models import Organisation, Transfer

SECRET = "深圳的内部情况"
NOBODY = UUID("00000000-0000-4000-8000-000000000000")
#: Who has no business in Shenzhen.
ELSEWHERE = ("officer", "leader", "clerk", "auditor", "secretary", "chair", "board", "territory")


@pytest.fixture
def foreign(town: Town) -> dict[str, Any]:
    """Return the numbers of things of Shenzhen, and of nothing of the same kind."""
    people = town.world.people
    identifier, prov = town.world.bearers["far"]
    made = duties.request_exception(
        actor=people["stranger"],
        at=AT,
        duty_id=town.world.duty["d8-hygiene"],
        wish=Wish(
            kind=ExceptionKind.DEFERRAL,
            first=MONDAY,
            only=True,
            end=EndKind.DATE,
            reason=SECRET,
            until_on=AT.date().replace(month=3),
        ),
    )
    change = registry.start_bulk_change(
        actor=people["shenzhen"],
        at=AT,
        action="ADD",
        attribute=_attribute(),
        day=AT.date(),
        basis=SECRET,
        filters=None,
        codes=[Organisation.objects.get(id=identifier, prov=prov).code],
    )
    invitation = inviting.invite(
        actor=people["stranger"], at=AT, place="", role="FINANCE", name="深圳的会计"
    )
    return {
        "exception": (f"{made['id']}/{prov}", f"{made['id'] + 9_999}/{prov}"),
        "bulk": (change, NOBODY),
        "invitation": (invitation.id, invitation.id + 9_999),
        "person": (people["stranger"].assignment_id, 99_999_999),
        "organisation": (f"{identifier}-{prov}", f"99999999-{prov}"),
    }


def _attribute() -> str:
    from tongzhou.modules.registry.rules.attributes import attribute_kinds

    return next(iter(attribute_kinds()))


PATHS = [
    ("exception", "get", "/exceptions/{}/"),
    ("exception", "get", "/api/v1/exceptions/{}"),
    *(("exception", "post", f"/exceptions/{{}}/{act}/") for act in ("grant", "refuse", "revoke")),
    ("exception", "post", "/exceptions/{}/withdraw/"),
    *(
        ("exception", "post", f"/api/v1/exceptions/{{}}/{act}")
        for act in ("grant", "refuse", "revoke", "withdraw")
    ),
    ("bulk", "get", "/organisations/bulk/{}/"),
    *(("bulk", "post", f"/organisations/bulk/{{}}/{act}/") for act in ("apply", "undo", "discard")),
    ("bulk", "get", "/api/v1/organisations/bulk/{}/"),
    ("bulk", "post", "/api/v1/organisations/bulk/{}/apply/"),
    ("bulk", "post", "/api/v1/organisations/bulk/{}/undo/"),
    ("invitation", "get", "/people/invitations/{}/"),
    ("invitation", "post", "/people/invitations/{}/"),
    ("person", "get", "/people/{}/"),
    *(
        ("person", "post", f"/people/{{}}/{act}/")
        for act in ("end", "deputy", "handover", "password", "factor")
    ),
    ("organisation", "get", "/organisations/{}/"),
    ("organisation", "post", "/organisations/{}/attributes/add/"),
    ("organisation", "post", "/organisations/{}/organs/PARTY_ORG/"),
    ("organisation", "post", "/organisations/{}/organs/PARTY_ORG/dissolve/"),
    ("organisation", "get", "/api/v1/organisations/{}/"),
]
GIVEN = {"answer": "依据不足", "reason": "请补充", "last_on": "2020-02-05", "act": "reissue"}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_elsewhere_is_not_told_from_what_is_not(
    town: Town, foreign: dict[str, Any], name: str
) -> None:
    browser, headers = town.browser(name), town.headers(name)
    for kind, method, path in PATHS:
        said = []
        for number in foreign[kind]:
            address = path.format(number)
            if path.startswith("/api/"):
                body = {} if method == "get" else {"answer": "依据不足"}
                if "grant" in path or "withdraw" in path or "apply" in path:
                    body = {}
                if path.endswith("bulk/{}/undo/"):
                    body = {"reason": "请补充"}
                answer = browser.generic(
                    method.upper(),
                    address,
                    json.dumps(body) if method == "post" else "",
                    content_type="application/json",
                    headers=headers,
                )
            else:
                answer = getattr(browser, method)(address, GIVEN if method == "post" else None)
            assert answer.status_code in {403, 404}, (address, answer.status_code)
            assert SECRET not in answer.text
            text = re.sub(r"\b[\w-]{36}\b|\b\w{64}\b", "", answer.text)
            for each in (address, quote(address, safe="")):  # no other link with that number
                text = text.replace(each, "N")
            said.append((answer.status_code, text))
        assert said[0] == said[1], path
    assert DutyException.objects.get().state == "REQUESTED"
    assert Invitation.objects.get(name="深圳的会计").revoked_at is None


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_list_search_or_export_holds_what_is_elsewhere(
    town: Town, foreign: dict[str, Any], name: str
) -> None:
    browser, headers = town.browser(name), town.headers(name)
    for path in (
        "/exceptions/?q=深圳",
        "/exceptions/export/",
        "/organisations/?q=深圳",
        "/organisations/?region=440300",
        "/organisations/bulk/",
        "/organisations/transfers/",
        "/people/?place=o{}".format(foreign["organisation"][0]),
        "/people/?view=invited",
        "/audit/?q=exception",
        "/audit/?who=stranger",
        "/history/?q=深圳",
        "/review/?q=深圳",
        "/figures/list/?q=深圳",
        "/follow/?q=深圳",
        "/search/?q=深圳市示例商会",
        "/api/v1/organisations/?q=深圳",
        "/api/v1/exceptions?q=深圳",
        "/api/v1/figures/list?q=深圳",
        "/api/v1/search/?q=深圳市示例商会",
    ):
        answer = browser.get(path, headers=headers if path.startswith("/api/") else {})
        assert answer.status_code < 500, path
        body = answer.getvalue() if answer.streaming else answer.content
        answer.close()
        assert SECRET.encode() not in body, path
        assert "深圳市示例商会" not in body.decode("utf-8", "replace").replace(
            "深圳市示例商会”", ""
        ).replace('value="深圳市示例商会"', ""), path
        assert b"stranger \xc2\xb7" not in body, path


EXTRA = {
    "state": "ACCEPTED",
    "version": "99",
    "late": "",
    "organisation_id": "1",
    "organisation": "1",
    "prov": "11",
    "role": "LEADER",
    "low": "0",
    "high": "999999",
    "authority_id": "1",
    "decided_by": "1",
    "decider": "省长",
    "submitted_by": "1",
    "submitted_at": "2019-01-01T00:00:00+08:00",
    "cell_id": "1",
    "user_id": "1",
    "actor": "x",
    "at": "2019-01-01",
    "is_superuser": "1",
    "permissions": "duties.report.accept",
}


def test_what_a_form_does_not_ask_for_is_not_taken(town: Town) -> None:
    head = town.browser("head")
    url = town.fill_url("d8-hygiene")
    assert head.post(url, hygiene(**EXTRA, **{"a-state": "ACCEPTED"})).status_code == 302
    key = town.world.key("d8-hygiene", MONDAY, "school")
    held = Report.objects.get(
        organisation_id=key.organisation_id, prov=key.prov, duty_id=key.duty_id
    )
    assert (held.state, held.version, held.decider) == ("SUBMITTED", 1, "")
    assert held.submitted_by == town.world.people["head"].user_id
    assert held.submitted_at == AT
    assert "state" not in held.data
    accept = town.browser("officer").post(f"{town.url_of(key)}accept/", {**EXTRA, "seen": "1"})
    assert accept.status_code == 302
    held.refresh_from_db()
    assert held.decided_by == town.world.people["officer"].user_id
    assert "officer" in held.decider


def test_what_a_program_may_not_say_is_not_taken(town: Town) -> None:
    key = town.world.key("d8-hygiene", MONDAY, "school")
    path = f"/api/v1/reports/{key.organisation_id}/{key.prov}/{key.duty_id}/{key.period}"
    answers = {"disinfected": "yes", "hazards": 1, "plan": "清理"}
    for extra in (EXTRA, {"answers": answers | {"state": "ACCEPTED", "prov": 11}}):
        answer = town.browser(None).post(
            path,
            {"answers": answers, **extra},
            content_type="application/json",
            headers=town.headers("head"),
        )
        if answer.status_code < 300:
            held = Report.objects.get(organisation_id=key.organisation_id, duty_id=key.duty_id)
            assert held.state == "SUBMITTED"
            assert set(held.data) <= set(answers)
            assert held.submitted_by == town.world.people["head"].user_id
        else:
            assert answer.status_code in {400, 422}
    asked = {
        "duty": key.duty_id,
        "period": MONDAY.isoformat(),
        "kind": "WAIVER",
        "end": "NONE",
        "reason": "x",
        **EXTRA,
    }
    answer = town.browser(None).post(
        "/api/v1/exceptions", asked, content_type="application/json", headers=town.headers("nurse")
    )
    assert answer.status_code < 500
    assert not DutyException.objects.filter(state="GRANTED").exists()


def test_people_s_forms_take_no_place_and_no_range(office: Posts) -> None:
    browser = office.browser("secretary")
    sent = browser.post(
        "/people/invite/",
        {"name": "会计乙", **EXTRA, "role": "FINANCE", "place": "a1", "label": "民政部"},
    )
    assert sent.status_code in {200, 404}
    for made in Invitation.objects.filter(name="会计乙"):
        assert made.organisation_id == office.held("secretary").organisation_id
        assert (made.low, made.high, made.authority_id) == (1, 0, None)
    for place in ("a1", "site", "o1-11", f"a{office.held('officer').authority_id}", "o-1--1", "x"):
        for query in (f"?place={place}", ""):
            given = {"name": "会计丙", "role": "OFFICER", "place": place}
            answer = browser.post(f"/people/invite/{query}", given)
            assert answer.status_code in {403, 404, 422}, (place, query)
    assert not Invitation.objects.filter(role="OFFICER").exists()
    token = browser.post(
        "/tokens/", {"label": "x", "days": "90", "modules": "compiler", "assignment": "1"}
    )
    assert token.status_code == 422
    assert browser.post("/tokens/", {"label": "x", "days": "99999"}).status_code == 422


def test_the_first_and_the_second_of_two_same_fields_are_one_person_s(town: Town) -> None:
    """Twice the same parameter: what is checked is what is used."""
    world, officer = town.world, town.browser("officer")
    far = Key(MONDAY, world.duty["d8-hygiene"], *world.bearers["far"])
    data = {"disinfected": "yes", "hazards": "3", "plan": SECRET}
    submit_report(actor=world.people["stranger"], at=AT, key=far, data=data)

    def mark(key: Key, version: int = 1) -> str:
        return f"{key.period}/{key.duty_id}/{key.organisation_id}/{key.prov}/{version}"

    page = officer.get("/review/").text
    found = re.search(r'name="(\w+)" value="([^"]*2020-02-03[^"]*)"', page)
    if found:
        field, value = found.groups()
        shape = value.replace(str(town.report.organisation_id), str(far.organisation_id))
        assert 400 <= officer.post("/review/accept/", {field: [value, shape]}).status_code < 500
    answer = officer.post("/review/accept/", {"key": [mark(town.report), mark(far)]})
    assert answer.status_code in {302, 404, 409, 422}
    assert not Report.objects.filter(state="ACCEPTED").exists()


def test_a_move_between_provinces_is_agreed_to_by_who_gives(town: Town) -> None:
    identifier, prov = town.world.bearers["chamber"]
    row = Organisation.objects.get(id=identifier, prov=prov)
    made = Transfer.objects.create(
        organisation_id=identifier,
        prov=prov,
        code=row.code,
        name=row.name,
        from_authority_id=row.registered_by_id,
        from_region=row.registered_region,
        to_authority_id=1,
        to_region=110000,
        new_prov=11,
        located_in=110101,
        address="",
        reason=SECRET,
        requested_by=None,
        requested_at=AT,
    )
    path = f"/organisations/transfers/{made.pk}/"
    for name in ("shenzhen", "district", "secretary", "leader", "clerk", "supervisor", "operator"):
        for act in ("accept", "withdraw", "decline"):
            answer = town.browser(name).post(path, {act: "1", "answer": "同意"})
            assert answer.status_code in {403, 404}, (name, act)
        assert SECRET not in town.browser(name).get(path).text
    assert town.browser("officer").post(path, {"withdraw": "1"}).status_code in {403, 404}
    made.refresh_from_db()
    assert made.state == "REQUESTED"


def test_the_trail_of_another_authority_stays_there(town: Town) -> None:
    AuditLine.objects.create(
        at=AT, actor="深圳干部 · 深圳市民政局", role="OFFICER", stem="x.y.z", authority_id=999_999
    )
    for name in ("leader", "auditor"):
        browser = town.browser(name)
        for query in ("", "?who=深圳", "?stem=x.y", "?q=%25", "?authority_id=999999"):
            assert "深圳干部" not in browser.get(f"/audit/{query}").text
    for other in ("officer", "secretary", "board", "clerk", None):
        for path in ("/audit/", "/personal-data/", "/personal-data/reads/", "/roles/"):
            assert town.browser(other).get(path).status_code in {302, 403}, (other, path)
        assert town.browser(other).post("/audit/export/").status_code in {302, 403}


def test_a_board_s_duties_are_not_the_secretariat_s(town: Town) -> None:
    """The secretariat neither files, drafts, nor asks exceptions for another organ."""
    secretary, headers = town.browser("secretary"), town.headers("secretary")
    world = town.world
    foreign = [
        (name, identifier)
        for name, identifier in world.duty.items()
        if _organ(identifier) in {"SUPERVISORY_BOARD", "PARTY_ORG"}
    ]
    assert foreign
    for _, identifier in foreign:
        for path in (
            f"/board/{identifier}/{MONDAY}/",
            f"/board/{identifier}/{MONDAY}/draft",
            f"/board/{identifier}/{MONDAY}/exception/",
        ):
            assert secretary.post(path, {"a-remark": "x"}).status_code in {403, 404}, path
        key = f"{town.report.organisation_id}/{town.report.prov}/{identifier}/{MONDAY}"
        answer = secretary.post(
            f"/api/v1/reports/{key}",
            {"answers": {}},
            content_type="application/json",
            headers=headers,
        )
        assert answer.status_code in {403, 404}, answer.text
    assert not Report.objects.filter(duty_id__in=[each for _, each in foreign]).exists()


def _organ(identifier: int) -> str:
    from tongzhou.modules.duties.models import Duty

    return str(Duty.objects.get(pk=identifier).organ)


def test_forms_of_another_session_are_refused(town: Town) -> None:
    """A token of one session, of another site, or sent over a foreign origin opens nothing."""
    own = town.browser("secretary", enforce_csrf_checks=True)
    page = own.get("/tokens/").text
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    other = town.browser("officer", enforce_csrf_checks=True)
    other.get("/tokens/")
    more: list[dict[str, Any]] = [{}, {"headers": {"origin": "https://evil.example"}}]
    for extra in more:
        for path in ("/tokens/", "/people/invite/", f"{town.report_url}accept/", "/assignment/"):
            answer = other.post(path, {"csrfmiddlewaretoken": found[1], "seen": "1"}, **extra)
            assert answer.status_code == 403, path
    assert own.post("/tokens/", {"csrfmiddlewaretoken": "", "label": "x"}).status_code == 403
    answer = own.post(
        f"/api/v1{town.report_url.rstrip('/')}/accept", "{}", content_type="application/json"
    )
    assert answer.status_code == 401
    assert Report.objects.get(organisation_id=town.report.organisation_id).state == "SUBMITTED"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_write_happens_by_another_method(town: Town, method: str) -> None:
    before = AuditLine.objects.count()
    officer = town.browser("officer")
    for path in (
        f"{town.report_url}accept/",
        f"{town.report_url}return/",
        "/review/accept/",
        "/audit/export/",
        "/personal-data/mine/",
        "/responses/start/",
        f"/responses/{town.world.response}/set/",
        "/organisations/snapshot/",
        "/directives/load/",
        "/library/load/",
        f"/people/{town.world.people['clerk'].assignment_id}/password/",
        "/accounts/logout/",
    ):
        answer = officer.generic(method, f"{path}?seen=1&reason=xx&_method=POST")
        assert answer.status_code < 500, path
    assert AuditLine.objects.count() == before
    assert officer.get("/board/").status_code in {200, 403}
    assert Report.objects.get(organisation_id=town.report.organisation_id).state == "SUBMITTED"


def test_a_deputy_outside_their_days_is_nobody(office: Posts) -> None:
    for first, last, ended in (
        ("2020-02-06", "2020-02-09", None),
        ("2020-01-01", "2020-02-04", None),
        ("2020-01-01", "2020-03-04", AT),
    ):
        held = Deputy.objects.create(
            assignment_id=office.id("leader"),
            user=office.user("clerk"),
            from_on=first,
            to_on=last,
            ended_at=ended,
            reason="x",
            made_at=AT,
        )
        browser = office.browser("clerk")
        assert browser.post("/assignment/", {"id": office.id("leader")}).status_code == 404
        session = browser.session
        session[accounts.SESSION_KEY] = office.id("leader")
        session.save()
        assert browser.get("/audit/").status_code in {302, 403}
        held.delete()
    assert Client().get("/audit/").status_code == 302
