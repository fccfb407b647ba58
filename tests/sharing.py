"""What tests share: a world that is built once and undone, and acts at the same time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import connection, transaction

from tests.world import AT
from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock

T = TypeVar("T")


def once(blocker: Any, build: Callable[[], T]) -> Iterator[T]:
    """Yield what is built once for many tests, in a transaction that is undone after them.

    Each test then runs in a savepoint of its own. Django closes the connection after every test
    case, which would end the transaction, so that is held back meanwhile.
    """
    patch = pytest.MonkeyPatch()
    atomic = transaction.atomic()
    with blocker.unblock():
        atomic.__enter__()
    try:
        patch.setattr(connection, "close", lambda: None)
        with blocker.unblock():
            built = build()
        yield built
    finally:
        patch.undo()
        with blocker.unblock():
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@contextmanager
def on_that_day(folder: Path) -> Iterator[None]:
    """Let it be the day of the small world, with uploaded files in a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "FILES_ROOT", folder)
        patch.setattr(clock, "now", lambda: AT)
        yield


def at_once(*acts: Callable[[], object]) -> list[Any]:
    """Run acts at the same time, on connections of their own; return what each gave or raised."""
    start = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        start.wait()
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def together(*acts: Callable[[], object]) -> list[object]:
    """Run acts at the same time; return what each gave, or ``done``, or the refusal it met."""
    results = at_once(*acts)
    for each in results:
        if isinstance(each, Exception) and not isinstance(each, Refusal):
            raise AssertionError(f"neither done nor refused: {each!r}") from each
    return [each or "done" for each in results]
