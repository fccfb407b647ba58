"""What a report costs in messages to the database, and that a last one is really the last."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.transaction import TransactionManagementError
from psycopg import pq

from tests.journeys.conftest import HYGIENE, MONDAY, Town, hygiene
from tests.world import AT
from tongzhou.base.errors import Conflict
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.commands import asking, filing
from tongzhou.modules.duties.models import Report

#: The connection, with what our own backend adds to it.
connection: Any = connections["default"]


def sent(act: Callable[[], Any]) -> list[str]:
    """Return the messages with statements that go to the server during an act, from libpq."""
    held = connection.connection.pgconn
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        held.trace(told.fileno())
        held.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            act()
        finally:
            held.untrace()
        told.seek(0)
        lines = told.read().split("\nF\t")
    return [line.partition('"')[2].strip() for line in lines if "Query\t" in line[:30]]


def test_a_report_alone_is_two_messages(real_town: Town) -> None:
    world = real_town.world
    key = world.key("d8-hygiene", MONDAY, "school")

    def report() -> None:
        commands.submit_report(actor=world.people["head"], at=AT, key=key, data=HYGIENE)

    found = sent(report)
    assert len(found) == 2, found
    assert found[0].startswith("BEGIN; ")
    assert "EXECUTE duties_ask_" in found[0]
    assert "EXECUTE duties_file_" in found[1]
    assert "; COMMIT" in found[1]
    connection.close()
    assert Report.objects.filter(organisation_id=key.organisation_id).count() == 1


def test_a_report_by_the_page_is_six_messages_and_by_a_program_three(real_town: Town) -> None:
    head = real_town.browser("head")
    url = real_town.fill_url("d8-hygiene")
    assert head.get(url).status_code == 200
    given = hygiene(once="once", based_on="0")
    answers: list[Any] = []
    found = sent(lambda: answers.append(head.post(url, given)))
    assert answers[0].status_code == 302
    told = ("django_session", "kernel_user", "duties_look", "kernel_idem", "duties_ask", "COMMIT")
    assert len(found) == len(told), found
    for message, word in zip(found, told, strict=True):
        assert word in message
    assert head.post(url, given).headers["Location"] == answers[0].headers["Location"]
    key = real_town.world.key("d8-hygiene", MONDAY, "school")
    assert Report.objects.get(organisation_id=key.organisation_id).version == 1

    headers = real_town.headers("head")
    path = f"/api/v1/reports/{key.organisation_id}/{key.prov}/{key.duty_id}/{key.period}"
    body = {"answers": {**HYGIENE, "hazards": "3"}, "based_on": 1}

    def post() -> None:
        program = real_town.browser(None)
        answers.append(program.post(path, body, content_type="application/json", headers=headers))

    assert head.get("/api/v1/openapi.json").status_code == 200  # put together once per process
    found = sent(post)
    assert answers[1].status_code == 201, answers[1].content
    assert len(found) == 3, found
    assert "kernel_apitoken" in found[0]


def test_what_somebody_was_faster_with_leaves_nothing(
    real_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = AuditLine.objects.count()
    ask = asking.ask
    monkeypatch.setattr(filing, "ask", lambda key, at: replace(ask(key, at), held=None))
    with pytest.raises(Conflict) as refused:
        commands.submit_report(
            actor=real_town.world.people["secretary"],
            at=AT,
            key=real_town.report,
            data={**HYGIENE, "hazards": "9"},
            idempotency_key="late",
        )
    assert refused.value.code == "already-reported"
    assert AuditLine.objects.count() == lines
    assert Report.objects.get(organisation_id=real_town.report.organisation_id).version == 1
    assert rows("SELECT count(*) FROM kernel_idempotencykey WHERE key = 'late'") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_a_last_statement_commits_and_nothing_follows_it() -> None:
    put = (
        "INSERT INTO kernel_sharedvalue (key, value, expires_at) VALUES (%s, '1', now())"
        " RETURNING 1"
    )
    with pytest.raises(TransactionManagementError, match="whole"):
        connection.end_with_next()
    with transaction.atomic():
        connection.end_with_next()
        assert rows(put, ["kept"]) == [(1,)]
        with pytest.raises(TransactionManagementError, match="after the last"):
            rows("SELECT 1")
    with transaction.atomic():
        assert rows(put, ["undone"]) == [(1,)]
        transaction.set_rollback(True)
    with (
        transaction.atomic(),
        transaction.atomic(),
        pytest.raises(TransactionManagementError, match="whole"),
    ):
        connection.end_with_next()
    with transaction.atomic():
        assert rows("SELECT key FROM kernel_sharedvalue") == [("kept",)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_hung_up_is_replaced_and_a_quiet_one_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "health_check_enabled", True)
    rows("SELECT 1")
    connection.health_check_done = False
    assert len(sent(lambda: rows("SELECT 2"))) == 1
    ((own,),) = rows("SELECT pg_backend_pid()")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("RESET ROLE; SELECT pg_terminate_backend(%s, 5000)", [own])
    finally:
        other.close()
    connection.health_check_done = False
    assert rows("SELECT pg_backend_pid()") != [(own,)]
