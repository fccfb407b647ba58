"""Two at once, on purpose: no act is done twice, and a key that is taken away stays away."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.test import Client

from tests.journeys.conftest import MONDAY, Town, hygiene
from tests.sharing import at_once
from tests.world import AT
from tongzhou.kernel.identity import inviting, recovering
from tongzhou.kernel.models import ApiToken, Assignment, Invitation, User
from tongzhou.modules.duties.models import Report, Step


def _codes(answers: list[Any]) -> Counter[int]:
    return Counter(each.status_code for each in answers)


def test_what_is_done_once_is_done_once_however_many_press(real_town: Town) -> None:
    """One town for all races: building it is what costs time."""
    _an_invitation(real_town)
    _a_password_link(real_town)
    _a_return_and_a_correction(real_town)
    _a_replayed_key(real_town)
    _an_exception(real_town)
    _a_token_taken_away(real_town)


def _an_invitation(town: Town) -> None:
    sent = inviting.invite(
        actor=town.world.people["chair"], at=AT, place="", role="FINANCE", name="会计甲"
    )
    browsers = [Client(raise_request_exception=False) for _ in range(4)]
    for each in browsers:
        each.get(f"/invitation/{sent.secret}/")
    given = {"password1": "quite-a-phrase-1", "password2": "quite-a-phrase-1"}
    answers = at_once(*(lambda b=b: b.post("/invitation/", given) for b in browsers))
    assert _codes(answers) == {200: 1, 410: 3}
    assert User.objects.filter(name="会计甲").count() == 1
    made = Invitation.objects.get(pk=sent.id).assignment_id
    assert list(Assignment.objects.filter(user__name="会计甲").values_list("pk", flat=True)) == [
        made
    ]


def _a_password_link(town: Town) -> None:
    link = recovering.make_password_link(
        actor=town.world.people["chair"],
        at=AT,
        assignment_id=town.world.people["member"].assignment_id or 0,
    )
    browsers = [Client(raise_request_exception=False) for _ in range(3)]
    for each in browsers:
        each.get(f"/new-password/{link}/")
    words = [f"quite-a-phrase-{number}" for number in range(3)]
    answers = at_once(
        *(
            lambda b=b, w=w: b.post("/new-password/", {"password1": w, "password2": w})
            for b, w in zip(browsers, words, strict=True)
        )
    )
    assert _codes(answers) == {302: 1, 410: 2}
    winner = [each.status_code for each in answers].index(302)
    assert [town.world.user("member").check_password(each) for each in words] == [
        number == winner for number in range(3)
    ]


def _a_return_and_a_correction(town: Town) -> None:
    """Accept version 1 while the secretary files version 2."""
    officer, secretary = town.browser("officer"), town.browser("secretary")
    given = hygiene(**{"a-hazards": "9", "based_on": "1", "once": "second"})
    answers = at_once(
        lambda: officer.post(f"{town.report_url}accept/", {"seen": "1"}),
        lambda: secretary.post(town.fill_url("d8-hygiene"), given),
    )
    report = Report.objects.get(
        organisation_id=town.report.organisation_id, duty_id=town.report.duty_id, period=MONDAY
    )
    assert sorted(each.status_code for each in answers) in ([302, 302], [302, 409], [302, 422])
    assert not (report.state == "ACCEPTED" and report.version == 2 and answers[0].status_code > 302)
    steps = Step.objects.filter(
        organisation_id=report.organisation_id, duty_id=report.duty_id, period=MONDAY
    )
    accepted = steps.filter(name="accept").values_list("version", flat=True)
    assert set(accepted) <= {1}, "what was accepted is what was read"


def _a_replayed_key(town: Town) -> None:
    key = town.world.key("d8-hygiene", MONDAY, "home")
    path = f"/api/v1/reports/{key.organisation_id}/{key.prov}/{key.duty_id}/{key.period}"
    headers = town.headers("nurse")

    def file(hazards: int, name: str = "one-key") -> Any:
        body = {
            "answers": {"disinfected": "yes", "hazards": hazards, "plan": "清理"},
            "idempotency_key": name,
        }
        return Client(raise_request_exception=False).post(
            path, body, content_type="application/json", headers=headers
        )

    answers = at_once(*(lambda n=n: file(n) for n in (1, 2, 3)))
    codes = _codes(answers)
    assert sum(codes[code] for code in (200, 201)) == 1, codes
    assert codes[409] == 2
    assert file(8).status_code == 409
    held = Report.objects.get(organisation_id=key.organisation_id, duty_id=key.duty_id)
    assert held.version == 1


def _an_exception(town: Town) -> None:
    duty = town.world.duty["d8-hygiene"]
    headers = town.headers("head")
    wish = {
        "duty": duty,
        "period": MONDAY.isoformat(),
        "kind": "DEFERRAL",
        "end": "DATE",
        "until_on": (AT.date() + timedelta(days=30)).isoformat(),
        "reason": "人员隔离",
        "basis": "通知第三条",
    }

    def ask() -> Any:
        return Client(raise_request_exception=False).post(
            "/api/v1/exceptions", wish, content_type="application/json", headers=headers
        )

    answers = at_once(ask, ask, ask)
    assert _codes(answers) == {201: 1, 409: 2}, [each.text for each in answers]
    made = next(each.json() for each in answers if each.status_code == 201)
    path = f"/api/v1/exceptions/{made['id']}/{made['prov']}"
    deciders = [
        (act, town.headers(name))
        for act, name in (("grant", "officer"), ("refuse", "colleague"), ("withdraw", "head"))
    ]

    def decide(act: str, who: dict[str, str]) -> Any:
        body = {} if act == "grant" else {"answer": "依据不足"}
        return Client(raise_request_exception=False).post(
            f"{path}/{act}",
            None if act == "withdraw" else body,
            content_type="application/json",
            headers=who,
        )

    decided = at_once(*(lambda a=a, w=w: decide(a, w) for a, w in deciders))
    codes = _codes(decided)
    assert codes[200] == 1, [(each.status_code, each.text) for each in decided]
    assert codes[409] + codes[422] == 2, codes


def _a_token_taken_away(town: Town) -> None:
    headers = town.headers("officer")
    token = ApiToken.objects.order_by("-pk")[0]
    browsers = [town.browser("officer") for _ in range(2)]
    client = Client(raise_request_exception=False)

    def use() -> list[int]:
        found: list[int] = []
        while len(found) < 200:
            found.append(client.get("/api/v1/duties/mine", headers=headers).status_code)
            if found[-1] == 401:
                break
        return found

    revoked = [
        lambda b=b: b.post("/tokens/", {"revoke": str(token.pk)}).status_code for b in browsers
    ]
    answers = at_once(use, *revoked)
    assert sorted(answers[1:]) == [200, 404]
    assert set(answers[0]) <= {200, 401}
    assert client.get("/api/v1/duties/mine", headers=headers).status_code == 401
