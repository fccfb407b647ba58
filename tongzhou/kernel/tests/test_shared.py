"""Limits hold over all processes, forget nobody, and cost plain reads no write."""

import json
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from tongzhou.kernel import clock, jobs, shared, throttle
from tongzhou.kernel.models import SharedValue, SpentTicket

SHARED = {"default": {"BACKEND": "tongzhou.kernel.shared.SharedCache"}}
NOW = 1_000_020.0


def _passed(processes: list[throttle.Counters], limit: int, asked: int) -> int:
    """Return how many of ``asked`` requests of one caller pass, spread over the processes."""
    return sum(
        processes[number % len(processes)].add("one", "page", limit, NOW) == 0
        for number in range(asked)
    )


@pytest.mark.django_db
def test_a_small_limit_holds_exactly_over_all_processes() -> None:
    processes = [throttle.Counters() for _ in range(4)]
    assert _passed(processes, 30, 200) == 30
    assert processes[0].add("another", "page", 30, NOW) == 0
    assert processes[3].add("one", "page", 30, NOW + 60) == 0


@pytest.mark.django_db
def test_a_large_limit_holds_but_for_a_fortieth_for_each_process() -> None:
    passed = _passed([throttle.Counters() for _ in range(4)], 1_200, 2_000)
    assert 1_200 <= passed <= 1_200 + 4 * 30


@pytest.mark.django_db
def test_a_plain_read_writes_nothing() -> None:
    counters = throttle.Counters()
    with CaptureQueriesContext(connection) as asked:
        for _ in range(29):
            counters.add("one", "page", 1_200, NOW)
        assert len(asked) == 0
        counters.add("one", "page", 1_200, NOW)
        assert len(asked) == 1
        for _ in range(5_000):
            counters.add("one", "page", 1_200, NOW)
        assert len(asked) == 40


@pytest.mark.django_db
def test_many_callers_do_not_make_one_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST_CALLERS", 3)
    counters = throttle.Counters()
    assert [counters.add("one", "upload", 2, NOW) for _ in range(3)] == [0, 0, 60 - 1_000_020 % 60]
    for number in range(20):
        assert counters.add(f"other-{number}", "upload", 2, NOW) == 0
    assert counters.add("one", "upload", 2, NOW) > 0
    assert [counters.add("late", "upload", 2, NOW) > 0 for _ in range(3)] == [False, False, True]


def test_neighbours_in_one_network_are_counted_together() -> None:
    assert throttle.network_of("2001:db8:1:2::5") == throttle.network_of("2001:db8:1:2:ff::1")
    assert throttle.network_of("2001:db8:1:3::5") != throttle.network_of("2001:db8:1:2::5")
    assert throttle.network_of("198.51.100.7") == "198.51.100.7"


@pytest.mark.django_db
def test_the_shared_cache_keeps_its_word(settings: Any) -> None:
    settings.CACHES = SHARED
    assert cache.add("lock", True, 10) is True
    assert cache.add("lock", True, 10) is False
    assert cache.get("lock") is True
    assert cache.delete("lock") is True
    assert cache.delete("lock") is False
    cache.set("history", [1.5, 2.5], 60)
    assert cache.get("history") == [1.5, 2.5]
    assert cache.touch("history", -1) is True
    assert cache.get("history", "over") == "over"
    assert cache.touch("history", 60) is False
    assert cache.add("history", [], 60) is True
    assert json.dumps(cache.get("history")) == "[]"
    cache.clear()
    assert not SharedValue.objects.exists()


@pytest.mark.django_db
def test_what_allauth_counts_is_counted_for_all(settings: Any) -> None:
    settings.CACHES = SHARED
    request = RequestFactory().post("/accounts/login/")
    config = {"login": "2/m/key"}
    asked = {"app": "allauth.account", "action": "login", "config": config, "key": "somebody"}
    assert [bool(ratelimit.consume(request, **asked)) for _ in range(3)] == [True, True, False]
    held = SharedValue.objects.filter(key__contains="allauth:rl")
    assert held.count() == 1
    held.delete()
    assert ratelimit.consume(request, **asked)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_claims_a_lock_and_no_count_is_lost(settings: Any) -> None:
    settings.CACHES = SHARED
    claimed: list[bool] = []
    sums: list[int] = []
    gate = Barrier(6)

    def work() -> None:
        gate.wait(10)
        claimed.append(cache.add("lock", True, 10))
        sums.extend(shared.add_to("rate x", 1, NOW + 1e9) for _ in range(10))
        close_old_connections()
        connection.close()

    threads = [Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert claimed.count(True) == 1
    assert sorted(sums) == list(range(1, 61))


@pytest.mark.django_db
def test_what_is_over_is_removed() -> None:
    now = clock.now()
    shared.add_to("rate old", 3, (now - timedelta(seconds=1)).timestamp())
    shared.add_to("rate new", 3, (now + timedelta(minutes=1)).timestamp())
    SpentTicket.objects.create(digest="a" * 64, at=now - timedelta(hours=25))
    SpentTicket.objects.create(digest="b" * 64, at=now - timedelta(minutes=2))
    jobs.forget_shared(0)
    jobs.purge_keys(0)
    assert list(SharedValue.objects.values_list("key", flat=True)) == ["rate new"]
    assert [each.digest[0] for each in SpentTicket.objects.all()] == ["b"]
