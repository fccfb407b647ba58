"""Purges and holds, copies and anonymisation, reads of sensitive data, and their pages."""

import csv
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.test import Client

from tongzhou.base.errors import Refusal
from tongzhou.base.period import ZONE
from tongzhou.kernel import accounts, auditing, clock
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.models import (
    Assignment,
    AuditLine,
    Erasure,
    Progress,
    SensitiveRead,
    User,
)
from tongzhou.kernel.privacy import erasing, purging
from tongzhou.kernel.privacy.reading import note_read
from tongzhou.kernel.privacy.register import REGISTER_OF_DATA

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 1, 9, tzinfo=ZONE)


def person(name: str, role: Role = Role.OPERATOR, to_on: date | None = None) -> User:
    user = User.objects.create(username=name, name=f"姓名{name}", phone=f"1380013{len(name):04d}")
    Assignment.objects.create(
        user=user, role=role, label="岗", from_on=date(2020, 1, 1), to_on=to_on
    )
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what was forgotten under a rule with three cases that ended on different days."""
    forgotten: list[str] = []

    def forget(case: str) -> int:
        forgotten.append(case)
        return 3

    ended = {"old": AT - timedelta(days=40), "held": AT - timedelta(days=90), "new": AT}
    made = purging.Rule("test.cases", "病例", 30, lambda at: list(ended.items()), forget)
    monkeypatch.setattr(purging, "RULES", {made.name: made})
    return forgotten


def test_data_goes_when_its_time_is_over_unless_somebody_holds_it(rule: list[str]) -> None:
    operator = accounts.actor_for(Assignment.objects.get(user=person("op")))
    made = purging.hold(
        actor=operator, at=AT, rule="test.cases", case="held", reason="作为案件证据保存"
    )
    assert purging.purge_all(AT) == 3
    assert rule == ["old"]
    line = AuditLine.objects.filter(stem="kernel.privacy.purge").get()
    assert line.facts == {"count": 3, "keep_days": 30}
    for case in ("held", "new", "unheard-of"):
        with pytest.raises(Refusal):
            purging.purge_case(actor=SYSTEM, at=AT, rule="test.cases", case=case)
    purging.release(actor=operator, at=AT, hold_id=made)
    with pytest.raises(Refusal):
        purging.release(actor=operator, at=AT, hold_id=made)
    purging.hold(actor=operator, at=AT, rule="test.cases", case="", reason="整体暂缓待评估")
    assert purging.purge_all(AT + timedelta(days=1)) == 0
    with pytest.raises(Refusal):
        purging.hold(actor=operator, at=AT, rule="test.cases", case="x", reason=" ")


def test_people_who_left_are_anonymised_after_two_years() -> None:
    gone = person("gone", to_on=AT.date() - timedelta(days=800))
    recent = person("recent", to_on=AT.date() - timedelta(days=100))
    serving = person("serving")
    signed_in(gone)
    assert purging.purge_all(AT) == 1
    gone.refresh_from_db()
    assert (gone.username, gone.phone, gone.is_active) == (f"former-{gone.pk}", "", False)
    assert "姓名" not in gone.name
    assert not gone.has_usable_password()
    for each in (recent, serving):
        before = each.phone
        each.refresh_from_db()
        assert each.phone == before
    assert purging.purge_all(AT) == 0


def test_one_operator_asks_and_another_one_confirms_that_somebody_is_erased() -> None:
    first, second = signed_in(person("one")), signed_in(person("second"))
    gone = person("gone", Role.SECRETARIAT)
    TOTP.activate(gone, "JBSWY3DPEHPK3PXP")
    where = "/personal-data/erasures/"
    asked = {"username": "gone", "reason": "本人三月一日来函申请"}
    assert "还有在任的岗位" in first.post(where, asked).text
    Assignment.objects.filter(user=gone).update(to_on=date(2021, 1, 1))
    assert first.post(where, {**asked, "reason": "x"}).status_code == 422
    assert first.post(where, {**asked, "username": "nobody"}).status_code == 404
    assert first.post(where, asked).status_code == 302
    assert "已有一项申请" in first.post(where, asked).text
    made = Erasure.objects.get()
    own = first.get(where).text
    assert "本人三月一日来函申请" in own
    assert f"{where}{made.pk}/" not in own
    assert first.post(f"{where}{made.pk}/", {"granted": "1"}).status_code == 422
    gone.refresh_from_db()
    assert gone.phone
    assert f"{where}{made.pk}/" in second.get(where).text
    assert second.post(f"{where}{made.pk}/", {"granted": "1"}).status_code == 302
    gone.refresh_from_db()
    assert (gone.username, gone.phone, gone.is_active) == (f"former-{gone.pk}", "", False)
    assert not Authenticator.objects.filter(user=gone).exists()
    line = AuditLine.objects.get(stem="kernel.privacy.confirm")
    assert (line.target, line.facts["granted"]) == (f"user/{gone.pk}", True)
    assert second.post(f"{where}{made.pk}/", {"granted": "1"}).status_code == 404
    outsider = signed_in(person("clerk", Role.CLERK))
    assert outsider.get(where).status_code == 403
    assert outsider.post(f"{where}{made.pk}/", {"granted": "1"}).status_code == 403


def test_a_refused_or_overtaken_erasure_changes_nothing() -> None:
    one, two = (
        accounts.actor_for(Assignment.objects.get(user=person(n))) for n in ("one", "second")
    )
    gone = person("gone", to_on=date(2021, 1, 1))
    made = erasing.ask_erasure(actor=one, at=AT, username="gone", reason="本人来函申请")
    erasing.decide_erasure(actor=two, at=AT, erasure_id=made, granted=False)
    made = erasing.ask_erasure(actor=one, at=AT, username="gone", reason="本人来函申请")
    Assignment.objects.filter(user=gone).update(to_on=None)  # came back meanwhile
    with pytest.raises(Refusal):
        erasing.decide_erasure(actor=two, at=AT, erasure_id=made, granted=True)
    gone.refresh_from_db()
    assert gone.username == "gone"
    assert gone.phone


def test_everybody_can_take_a_copy_of_their_own_data_and_of_nobody_else_s() -> None:
    me, other = person("me"), person("other", Role.SECRETARIAT)
    note_read(SYSTEM, AT, f"user/{me.pk}", ["phone"], "核实身份")
    client = signed_in(me)
    assert client.get("/personal-data/mine/").status_code == 200
    answer = client.post("/personal-data/mine/")
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"
    held = json.loads(answer.content)
    assert held["account"]["phone"] == me.phone
    assert held["read_by"][0]["purpose"] == "核实身份"
    assert other.phone not in answer.text
    assert AuditLine.objects.filter(stem="kernel.privacy.copy").get().user_id == me.pk
    assert Client().post("/personal-data/mine/").status_code == 302


def test_the_register_and_the_reads_are_for_operators_and_auditors() -> None:
    note_read(SYSTEM, AT, "user/77", ["phone", "birth"], "流行病学调查")
    client = signed_in(person("op"))
    page = client.get("/personal-data/").text
    for each in REGISTER_OF_DATA:
        assert each.field in page
        assert each.basis in page
    reads = client.get("/personal-data/reads/?subject=user/77").text
    assert "流行病学调查" in reads
    assert "流行病学调查" not in client.get("/personal-data/reads/?subject=user/78").text
    held = client.post("/personal-data/holds/", {"rule": "kernel.people", "reason": "案件调查需要"})
    assert held.status_code == 302
    assert "案件调查需要" in client.get("/personal-data/").text
    assert client.post("/personal-data/holds/", {"rule": "x", "reason": "x"}).status_code == 404
    assert client.post("/personal-data/holds/", {"release": "²"}).status_code == 404
    outsider = signed_in(person("secretary", Role.SECRETARIAT))
    for path in ("/personal-data/", "/personal-data/reads/", "/personal-data/holds/"):
        assert outsider.get(path).status_code == 403, path
    assert SensitiveRead.objects.count() == 1


def test_the_trail_is_searched_and_handed_out_with_its_digests(
    tmp_path: Any, settings: Any
) -> None:
    from tongzhou.kernel import audit, files

    settings.FILES_ROOT = tmp_path
    user = person("op")
    client = signed_in(user)
    accounts.create_user(actor=SYSTEM, at=AT, username="x1", name="x", password=None)
    accounts.create_user(
        actor=SYSTEM, at=AT - timedelta(days=9), username="x2", name="x", password=None
    )
    audit.seal()
    assert client.get("/audit/?stem=kernel.user").text.count("kernel.user.create") >= 2
    narrow = client.get(f"/audit/?from={AT:%Y-%m-%d}&to={AT:%Y-%m-%d}").text
    assert narrow.count("<code>kernel.user.create</code>") == 1
    assert client.get("/audit/?from=x").status_code == 422
    assert "没有符合条件" in client.get(f"/audit/?who=%23{user.pk + 999}").text
    ordered = client.post("/audit/export/", {"stem": "kernel.user"})
    assert ordered.status_code == 302
    made = Progress.objects.latest("created_at")
    auditing.write_export(str(made.pk), None, {"stem": "kernel.user"})
    made.refresh_from_db()
    assert made.file is not None
    lines = [json.loads(line) for line in files.path_of(made.file).read_bytes().splitlines()]
    assert [each["stem"] for each in lines] == ["kernel.user.create"] * 2
    for each in lines:
        line = AuditLine.objects.get(pk=each["id"])
        assert each["digest"] == audit.digest_of(each["previous"], line)
    assert client.get(f"/progress/{made.pk}/file").status_code == 200
    accounts.create_user(actor=SYSTEM, at=AT, username="x3", name="x", password=None)
    AuditLine.objects.create(at=AT, actor="=cmd()", role="OFFICER", stem="kernel.user.create")
    assert client.post("/audit/export/", {"form": "exe"}).status_code == 404
    assert client.post("/audit/export/", {"form": "csv"}).status_code == 302
    made = Progress.objects.latest("created_at")
    auditing.write_export(str(made.pk), None, {"stem": "kernel.user"}, form="csv")
    made.refresh_from_db()
    assert made.file is not None
    table = list(csv.reader(files.path_of(made.file).read_text("utf-8-sig").splitlines()))
    assert tuple(table[0]) == auditing.COLUMNS
    assert [row[4] for row in table[1:]][-1] == "'=cmd()"
    assert len(table) == 5


def test_the_console_tells_of_keys_and_encrypts_anew(capsys: pytest.CaptureFixture[str]) -> None:
    person("somebody")
    call_command("keys", "status")
    told = capsys.readouterr().out
    assert "t1" in told
    assert "kernel.User.phone: 0" in told
    call_command("keys", "rotate")
    assert "encrypted anew: 0" in capsys.readouterr().out
    assert clock.now().tzinfo is not None
