"""The audit trail: what a line tells, and that nobody changes it without being found out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tongzhou.kernel import accounts, append_only, audit, clock, history
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.middleware import ActorMiddleware
from tongzhou.kernel.models import Assignment, AuditLine, AuditSeal, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines() -> list[AuditLine]:
    """Return three sealed lines."""
    for number in range(3):
        accounts.create_user(
            actor=SYSTEM, at=clock.now(), username=f"u{number}", name="某人", password=None
        )
    audit.seal()
    assert audit.verify() == []
    return list(AuditLine.objects.order_by("pk"))


@contextmanager
def owner() -> Iterator[CursorWrapper]:
    """Lay aside the application's role, under which tests run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("RESET ROLE")
        try:
            with transaction.atomic():
                yield cursor
        finally:
            cursor.execute(f'SET ROLE "{role}"')


def as_owner(statement: str, *values: Any) -> None:
    """Do what only the owner of the table can: take the trigger away first."""
    table = statement.split('"')[1]
    with owner() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER append_only')
        cursor.execute(statement, values)
        cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER append_only')


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "别人"),
        ("facts", '{"amount": 1}'),
        ("target", "user/999"),
        ("stem", "kernel.token.create"),
        ("at", "2001-01-01T00:00:00Z"),
        ("clause", "《条例》第一条"),
        ("user_id", 4711),
        ("on_behalf_of", 4711),
        ("address", "10.0.0.0/24"),
        ("agent", "Firefox"),
    ],
)
def test_one_changed_field_of_one_line_is_found(
    lines: list[AuditLine], column: str, value: Any
) -> None:
    as_owner(f'UPDATE "kernel_auditline" SET {column} = %s WHERE id = %s', value, lines[1].pk)
    assert audit.verify() == [f"第 {lines[1].pk} 条审计记录被改动。"]


def test_a_removed_line_and_a_removed_link_are_found(lines: list[AuditLine]) -> None:
    as_owner('DELETE FROM "kernel_auditline" WHERE id = %s', lines[0].pk)
    assert audit.verify() == [f"第 {lines[0].pk} 条审计记录被删除。"]
    as_owner('DELETE FROM "kernel_auditseal" WHERE line_id = %s', lines[1].pk)
    assert f"审计链在第 {lines[2].pk} 条之前断开。" in audit.verify()


def test_a_line_slipped_in_with_a_link_of_its_own_is_found(lines: list[AuditLine]) -> None:
    last = AuditSeal.objects.latest("pk")
    forged = AuditLine.objects.create(at=clock.now(), actor="x", role="OFFICER", stem="x.y.z")
    AuditSeal.objects.create(line_id=forged.pk, previous=last.digest, digest="0" * 64)
    assert audit.verify() == [f"第 {forged.pk} 条审计记录被改动。"]


@pytest.mark.parametrize("table", append_only.TABLES)
def test_the_database_itself_refuses_changes(lines: list[AuditLine], table: str) -> None:
    if table == "kernel_sensitiveread":
        from tongzhou.kernel.privacy.reading import note_read

        note_read(SYSTEM, clock.now(), "user/1", ["phone"], "测试")
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
        with (
            pytest.raises((InternalError, ProgrammingError), match="append-only"),
            transaction.atomic(),
            owner() as cursor,
        ):
            cursor.execute(statement)
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert audit.verify() == []


def test_the_application_s_own_role_has_no_right_to_change_lines(lines: list[AuditLine]) -> None:
    with owner() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [append_only.ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {append_only.ROLE}")
        for table in append_only.TABLES:
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {append_only.ROLE}")
        cursor.execute(append_only.REVOKE)
        for table in append_only.TABLES:
            for right, held in (("INSERT", True), ("UPDATE", False), ("DELETE", False)):
                cursor.execute(
                    "SELECT has_table_privilege(%s, %s, %s)", [append_only.ROLE, table, right]
                )
                assert cursor.fetchone()[0] is held, (table, right)


def test_a_line_tells_from_where_and_for_whom() -> None:
    user = User.objects.create(username="deputy", name="副职")
    held = Assignment.objects.create(
        user=user, role=Role.OPERATOR, label="运维", from_on=date(2020, 1, 1)
    )

    def write(request: HttpRequest) -> HttpResponse:
        actor = accounts.actor_for(held)
        accounts.create_token(actor=actor, at=clock.now(), label="x", assignment_id=held.pk)
        return HttpResponse()

    ActorMiddleware(write)(
        RequestFactory().post(
            "/",
            headers={"user-agent": "Mozilla/5.0 Chrome/109.0 Safari/537.36"},
            REMOTE_ADDR="10.20.30.40",
        )
    )
    line = AuditLine.objects.filter(stem="kernel.token.create").latest("pk")
    assert (line.address, line.agent) == ("10.20.30.0/24", "Chromium")
    assert line.user_id == user.pk
    actor = replace(accounts.actor_for(held), on_behalf_of=77)
    accounts.create_token(actor=actor, at=clock.now(), label="x", assignment_id=held.pk)
    later = AuditLine.objects.latest("pk")
    assert (later.on_behalf_of, later.address) == (77, "")
    audit.seal()
    assert audit.verify() == []


@pytest.mark.parametrize(
    ("policy", "kept"),
    [("network", "10.20.30.0/24"), ("full", "10.20.30.40"), ("none", "")],
)
def test_as_much_of_an_address_is_kept_as_the_site_says(
    settings: Any, policy: str, kept: str
) -> None:
    from tongzhou.kernel.origin import kept_address

    settings.KEPT_ADDRESSES = policy
    assert kept_address("10.20.30.40") == kept
    settings.KEPT_ADDRESSES = "digest"
    digest = kept_address("10.20.30.40")
    assert digest == kept_address("10.20.30.40") != kept_address("10.20.30.41")
    assert "10.20" not in digest


def events_of(row: Any) -> list[Any]:
    return list(row.events.order_by("pgh_id"))


def test_what_became_of_a_row_is_kept_and_led_to_by_the_line() -> None:
    user = User.objects.create(username="moved", name="旧名")
    held = Assignment.objects.create(
        user=user, role=Role.OPERATOR, label="旧岗", from_on=date(2020, 1, 1), authority_id=8
    )
    with audit.line(actor=SYSTEM, at=clock.now(), stem="kernel.assignment.grant"):
        accounts.move_assignments(8, authority_id=9, label="新岗")
        User.objects.filter(pk=user.pk).update(name="新名")
    line = AuditLine.objects.latest("pk")
    assert line.changes is not None
    told = {each.table: each for each in history.of_contexts([line.changes])[line.changes]}
    assert told["kernel.User"].fields == (("name", "旧名", "新名"),)
    assert told["kernel.Assignment"].key == str(held.pk)
    assert ("label", "旧岗", "新岗") in told["kernel.Assignment"].fields
    assert ("authority_id", "8", "9") in told["kernel.Assignment"].fields
    with connection.cursor() as cursor:  # raw SQL does not get past it
        cursor.execute("UPDATE kernel_user SET name = '更新' WHERE id = %s", [user.pk])
    assert [each.name for each in events_of(user)[-2:]].count("更新") == 1
    assert len(events_of(user)) == 4


def test_rows_kept_before_the_old_side_was_kept_are_told_too() -> None:
    user = User.objects.create(username="early", name="旧名")
    with audit.line(actor=SYSTEM, at=clock.now(), stem="kernel.user.rename"):
        User.objects.filter(pk=user.pk).update(name="新名")
    context = AuditLine.objects.latest("pk").changes
    assert context is not None
    followed: Any = user
    followed.events.filter(pgh_label=history.WAS).delete()
    (change,) = history.of_contexts([context])[context]
    assert ("name", "", "新名") in change.fields
    with audit.line(actor=SYSTEM, at=clock.now(), stem="kernel.user.remove"):
        user.delete()
    context = AuditLine.objects.latest("pk").changes
    assert context is not None
    (gone,) = history.of_contexts([context])[context]
    assert gone.gone
    assert ("name", "新名", "") in gone.fields
    assert history.of_contexts([]) == {}
