"""What an operator is told about an installation."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tongzhou.config import doctor, planner
from tongzhou.config.doctor import Finding, Verdict
from tongzhou.config.places import PROJECT
from tongzhou.kernel.models import AuditLine, User
from tongzhou.kernel.privacy import cipher
from tongzhou.kernel.privacy.keys import FieldKey

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def verdicts(found: list[Finding], words: str) -> list[Verdict]:
    return [each.verdict for each in found if words in each.en]


@pytest.mark.django_db
def test_doctor_says_that_no_worker_lives_and_fails() -> None:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert "✗ 没有后台任务进程在运行" in out.getvalue()


@pytest.mark.django_db
def test_doctor_sees_a_living_worker_and_one_that_died() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [NOW])
    assert verdicts(doctor.examine(NOW), "job worker is alive") == [Verdict.GOOD]
    later = doctor.examine(NOW + timedelta(minutes=10))
    assert verdicts(later, "No job worker") == [Verdict.BAD]


@pytest.mark.django_db
def test_doctor_sees_audit_lines_that_nobody_chains() -> None:
    assert verdicts(doctor.examine(NOW), "audit chain keeps up") == [Verdict.GOOD]
    AuditLine.objects.create(
        at=NOW - timedelta(hours=1), actor="系统", role="SYSTEM", stem="kernel.user.create"
    )
    assert verdicts(doctor.examine(NOW), "have not been chained") == [Verdict.BAD]


@pytest.mark.django_db
def test_doctor_sees_another_key_of_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    place = User._meta.get_field("phone").place
    own = FieldKey("k1", b"1" * 32)
    User.objects.create(username="li", name="李")
    with connection.cursor() as cursor:
        sealed = cipher.seal("13800138000", place, key=own)
        cursor.execute("UPDATE kernel_user SET phone = %s", [sealed])
    for key, verdict in ((own, Verdict.GOOD), (FieldKey("k1", b"2" * 32), Verdict.BAD)):
        monkeypatch.setattr(cipher, "keys", lambda key=key: (key,))
        monkeypatch.setattr(cipher, "current", lambda key=key: key)
        said = "No key here opens" if verdict is Verdict.BAD else "Personal data is under the key"
        assert verdicts(doctor.examine(NOW), said) == [verdict]


@pytest.mark.django_db
def test_doctor_names_the_year_whose_holidays_are_unknown() -> None:
    known = datetime(2020, 6, 1, tzinfo=UTC)
    assert verdicts(doctor.examine(known), "calendar of working days") == [Verdict.GOOD]
    unknown = datetime(2098, 6, 1, tzinfo=UTC)
    assert verdicts(doctor.examine(unknown), "No holidays are known") == [Verdict.MIND]


@pytest.mark.django_db
def test_doctor_sees_whether_the_second_wall_stands() -> None:
    assert verdicts(list(doctor.second_wall(NOW)), "stands on 9 tables") == [Verdict.GOOD]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE registry_organ DISABLE ROW LEVEL SECURITY")
    (found,) = doctor.second_wall(NOW)
    assert found.verdict is Verdict.BAD
    assert "registry_organ:" in found.en


@pytest.mark.django_db
def test_doctor_sees_who_serves_past_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "APPLICATION", "nobody-of-this-name")
    (found,) = doctor.second_wall(NOW)
    assert found.verdict is Verdict.MIND
    assert "let them connect as nobody-of-this-name" in found.en


@pytest.mark.django_db
def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(at: datetime) -> list[Finding]:
        raise OSError("gone")

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor.calendar))
    found = doctor.examine(NOW)
    assert [each.verdict for each in found] == [Verdict.BAD, Verdict.MIND]
    assert "broken: OSError" in found[0].en


@pytest.mark.parametrize(
    ("changes", "word", "verdict"),
    [
        ({"SECOND_FACTOR_REQUIRED": False}, "SECOND_FACTOR_REQUIRED", Verdict.BAD),
        ({"SECOND_FACTOR_SPARES_DEMO": True}, "SECOND_FACTOR_SPARES_DEMO", Verdict.BAD),
        ({"TRUSTED_PROXIES": 0}, "TRUSTED_PROXIES", Verdict.MIND),
        ({"TRUSTED_PROXIES": 2}, "TRUSTED_PROXIES", Verdict.GOOD),
    ],
)
def test_how_people_sign_in_is_told(
    settings: Any, changes: dict[str, object], word: str, verdict: Verdict
) -> None:
    settings.PRODUCTION = settings.SECOND_FACTOR_REQUIRED = True
    settings.SECOND_FACTOR_SPARES_DEMO, settings.TRUSTED_PROXIES = False, 1
    assert {each.verdict for each in doctor.signing_in(NOW)} == {Verdict.GOOD}
    for name, value in changes.items():
        setattr(settings, name, value)
    (found,) = [each for each in doctor.signing_in(NOW) if word in each.zh]
    assert word in found.en
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 40, "DEBUG": "1"}, "DEBUG=1"),
        ({"SECRET_KEY": "k" * 40, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "k" * 40, "TRUSTED_ORIGINS": "http://a.example"}, "TRUSTED_ORIGINS"),
    ],
)
def test_production_refuses_unsafe_settings(environment: dict[str, str], told: str) -> None:
    asked = {"ALLOWED_HOSTS": "a.example", "DATABASE_URL": os.environ["DATABASE_URL"]}
    done = subprocess.run(
        [sys.executable, "-m", "tongzhou.config.cli", "manage", "check"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "TONGZHOU_ENV": "production", **asked, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_a_compiling_database_is_told() -> None:
    told = "compiles long statements"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = on")
        assert verdicts(doctor.examine(NOW), told) == [Verdict.MIND]
        cursor.execute("SET LOCAL jit = off")
    assert verdicts(doctor.examine(NOW), told) == []


@pytest.mark.django_db
def test_what_nobody_chose_is_set_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    held = (
        "SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
        " WHERE d.datname = current_database() AND s.setrole = 0"
    )
    monkeypatch.setattr(
        planner, "WANTED", {"enable_tidscan": "off", "client_min_messages": "error"}
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL client_min_messages = warning")  # chosen: left as it is
        planner.settle()  # the application's role owns no database
        cursor.execute(held)
        assert "enable_tidscan=off" not in str(cursor.fetchall())
        cursor.execute("RESET ROLE")
        planner.settle()
        cursor.execute(held)
        found = str(cursor.fetchall())
    assert "enable_tidscan=off" in found
    assert "client_min_messages" not in found
