"""Whose acts an auditor may look at, and that looking at somebody's number leaves a note."""

from django.test import Client

from tests.identity.conftest import DISTRICT, Office, _person
from tongzhou.kernel import auditing, clock
from tongzhou.kernel.access import Role
from tongzhou.kernel.models import AuditLine, SensitiveRead, User
from tongzhou.modules.registry.public import find_authority


def test_auditors_look_at_their_authority_and_what_is_below_it(office: Office) -> None:
    city = office.actor("auditor")
    province = find_authority("REGISTRATION", 440000)
    assert province is not None
    lines: dict[str, dict[str, int | None]] = {
        "own": {"authority_id": city.authority_id},
        "below": {"authority_id": office.held["district"].authority_id},
        "registered": {"organisation_id": office.held["chair"].organisation_id},
        "above": {"authority_id": province.id},
        "elsewhere": {"organisation_id": 10**9},
        "site": {},
    }
    for target, place in lines.items():
        AuditLine.objects.create(
            at=clock.now(), actor="甲", role="OFFICER", stem="x.y.z", target=target, **place
        )
    found = {each.target for each in auditing.find_lines(city, {"stem": "x.y.z"})}
    assert found == {"own", "below", "registered"}
    leader = office.actor("leader")
    assert {e.target for e in auditing.find_lines(leader, {"stem": "x.y.z"})} == {"own"}


def test_who_looks_at_a_number_is_noted_and_the_auditor_reads_it(office: Office) -> None:
    shown = office.held["officer"]
    User.objects.filter(pk=shown.user_id).update(phone="13800138000")
    assert "13800138000" in office.browser("leader").get(f"/people/{shown.pk}/").text
    read = SensitiveRead.objects.get()
    assert (read.subject, read.fields) == (f"user/{shown.user_id}", "phone")
    assert read.user_id == office.user("leader").pk
    assert read.purpose
    office.browser("officer").get(f"/people/{shown.pk}/")  # one's own is nobody's business
    assert SensitiveRead.objects.count() == 1
    below = _person("below", Role.AUDITOR, DISTRICT)
    for user, sees in ((office.user("auditor"), True), (below.user, False)):
        browser = Client()
        browser.force_login(user)
        page = browser.get("/personal-data/reads/").text
        assert (f"user/{shown.user_id}" in page) is sees, user
