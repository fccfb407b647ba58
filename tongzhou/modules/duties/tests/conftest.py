"""Shared pieces of the tests of duties."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

from tests.world import AT, World, build_world
from tongzhou.kernel import clock


@pytest.fixture(autouse=True)
def files_root(tmp_path: Path, settings: object) -> None:
    """Keep uploaded files out of the installation's folder."""
    settings.FILES_ROOT = tmp_path / "files"  # type: ignore[attr-defined]  # Django's settings


@pytest.fixture
def world(db: None) -> World:
    """Return the small world."""
    return build_world()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Return a function that sets the clock of the entries."""

    def run(at: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)

    run(AT)
    return run


@pytest.fixture
def sign_in(world: World, now: Callable[[datetime], None]) -> Callable[[str], Client]:
    """Return a function that gives a signed-in browser to somebody of the world."""

    def run(name: str) -> Client:
        browser = Client()
        browser.force_login(world.user(name), "django.contrib.auth.backends.ModelBackend")
        return browser

    return run
