"""Give pytest a database server, and say loudly what it could not run.

Loaded by ``-p`` in pyproject.toml, before pytest-django reads the settings.
"""

import os
import shutil
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

from tongzhou.config.binaries import ServerError
from tongzhou.config.places import database
from tongzhou.kernel.reach import APPLICATION, UNBOUND

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_held = ExitStack()


def chromium() -> str | None:
    """Return the browser to test with: ``CHROMIUM``, or the machine's; None when there is none."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the embedded server, or hold the running one; DATABASE_URL set by hand goes first."""
    asked = early_config.known_args_namespace
    if not (asked.help or asked.version):
        try:
            _held.enter_context(database())
        except ServerError as error:
            raise pytest.UsageError(str(error)) from error
    return (yield)


def pytest_configure() -> None:
    """Let tests act as the application does, as a role that row-level security binds."""
    from django.db.backends.base.creation import BaseDatabaseCreation

    make, drop = BaseDatabaseCreation.create_test_db, BaseDatabaseCreation.destroy_test_db

    def made(self: Any, *args: Any, **options: Any) -> Any:
        name = make(self, *args, **options)
        with self.connection.cursor() as cursor:
            for role in (APPLICATION, UNBOUND):
                cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {role}")
        self.connection.close()
        self.connection.settings_dict["OPTIONS"]["assume_role"] = APPLICATION
        return name

    def dropped(self: Any, *args: Any, **options: Any) -> Any:
        self.connection.close()
        self.connection.settings_dict["OPTIONS"].pop("assume_role", None)
        return drop(self, *args, **options)

    BaseDatabaseCreation.create_test_db = made  # type: ignore[method-assign]
    BaseDatabaseCreation.destroy_test_db = dropped  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    """Let go of the server; the last one to leave stops it."""
    _held.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests where there is no browser."""
    if chromium():
        return
    reason = "no Chromium on this machine (apt-get install chromium, or name one in CHROMIUM)"
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def afresh() -> None:
    """Forget what rate limits counted and which language a reader chose in the test before."""
    from django.conf import settings
    from django.core.cache import cache
    from django.utils import translation

    from tongzhou.kernel.throttle import COUNTERS

    COUNTERS.clear()
    cache.clear()
    translation.activate(settings.LANGUAGE_CODE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List what was not run and why, where nobody overlooks it."""
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        place = report.longrepr
        reasons[place[2] if isinstance(place, tuple) else str(place)] += 1
    if reasons:
        terminalreporter.section("未运行 · NOT RUN", sep="!", red=True, bold=True)
        for reason, count in reasons.most_common():
            terminalreporter.line(f"{count} × {reason.removeprefix('Skipped: ')}", red=True)
