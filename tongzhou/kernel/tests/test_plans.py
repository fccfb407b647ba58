"""Statements whose plan is kept: the same answers, one plan for each, none behind a pooler."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tongzhou.kernel import plans, sight
from tongzhou.kernel.access import public
from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.plans import planned

_ASK = "SELECT n, n %% 2 FROM unnest(%(some)s::int[]) AS t(n) WHERE n > %(least)s::int ORDER BY n"

pytestmark = pytest.mark.django_db


def _names() -> list[str]:
    found = rows("SELECT name FROM pg_prepared_statements WHERE name ~ '^tongzhou_' ORDER BY name")
    return [row[0] for row in found]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    _forget()
    yield
    _forget()  # what was kept here by another rule is nothing to the next test


def _forget() -> None:
    connection.ensure_connection()
    execute("DEALLOCATE ALL")
    connection.connection.tongzhou_plans = None


def test_a_statement_is_prepared_once_and_answers_for_any_values() -> None:
    assert planned(_ASK, {"some": [3, 1, 2], "least": 1}) == [(2, 0), (3, 1)]
    (name,) = _names()
    assert planned(_ASK, {"some": [5], "least": 4}) == [(5, 1)]
    assert planned(_ASK, {"some": [], "least": 4}) == []
    assert _names() == [name]
    used = rows(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = %s", [name]
    )
    assert used == [(3, 0)]
    assert rows("SHOW plan_cache_mode") == [("auto",)]


def test_people_who_see_everything_have_plans_of_their_own() -> None:
    for _ in range(2):
        with sight.as_system():
            assert planned("SELECT %(one)s::int", {"one": 1}) == [(1,)]
        with sight.acting_as(public()):
            assert planned("SELECT %(one)s::int", {"one": 2}) == [(2,)]
    assert len(_names()) == 2


def test_the_latest_used_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "KEPT", 2)
    for number in (1, 2, 1, 3, 1):
        assert planned(f"SELECT {number}, %(one)s::int", {"one": 5}) == [(number, 5)]
    assert _names() == ["tongzhou_1", "tongzhou_3"]


def test_a_name_is_not_used_again_after_a_fault() -> None:
    ask = "SELECT 1 / %(one)s::int"
    for _ in range(2):
        with pytest.raises(DatabaseError), transaction.atomic():
            planned(ask, {"one": 0})
    assert planned(ask, {"one": 1}) == [(1,)]


def test_behind_a_pooler_nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plans._is_direct(connection.connection)
    elsewhere = SimpleNamespace(info=SimpleNamespace(backend_pid=1))
    assert not plans._is_direct(elsewhere)
    monkeypatch.setattr(plans, "_is_direct", lambda raw: False)
    assert planned(_ASK, {"some": [3, 1], "least": 1}) == [(3, 1)]
    assert _names() == []


@pytest.mark.parametrize("keeps", [True, False])
def test_a_statement_may_go_before(keeps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "_is_direct", lambda raw: keeps)
    first = "SELECT set_config('tongzhou.said', %(word)s::text, false)"
    ask = "SELECT current_setting('tongzhou.said'), %(n)s::int"
    for word in ("one", "two"):
        with CaptureQueriesContext(connection) as seen:
            assert planned(ask, {"word": word, "n": 5}, first=first) == [(word, 5)]
        assert len(seen.captured_queries) == 1
    assert len(_names()) == (2 if keeps else 0)


def test_what_was_prepared_before_outlives_a_fault() -> None:
    ask = "SELECT 1 / %(one)s::int"
    assert planned(ask, {"one": 1}) == [(1,)]
    with pytest.raises(DatabaseError), transaction.atomic():
        planned(ask, {"one": 0})
    assert planned(ask, {"one": 1}) == [(1,)]
    assert _names() == ["tongzhou_1"]


@pytest.mark.django_db(transaction=True)
def test_a_server_that_forgot_is_asked_in_full() -> None:
    ask = "SELECT %(one)s::int + 1"
    planned(ask, {"one": 1})
    execute("DEALLOCATE ALL")
    assert planned(ask, {"one": 2}) == [(3,)]
    assert planned(ask, {"one": 3}) == [(4,)]
    assert _names() == []
