"""Shared pieces of the tests of the compiler: the small world and a notice being worked on."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.sharing import once
from tests.world import AT, World, build_world
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import commands
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.directives.public import Received


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, settings: Settings) -> None:
    """Keep uploaded files out of the installation's folder."""
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Build the small world once per module."""
    yield from once(django_db_blocker, build_world)


@pytest.fixture
def world(built: World, db: None) -> World:
    """Return the small world."""
    return built


@pytest.fixture
def officer(world: World) -> Actor:
    """Return an officer of the city."""
    return world.people["officer"]


@pytest.fixture
def colleague(world: World) -> Actor:
    """Return another officer of the city."""
    return world.people["colleague"]


@pytest.fixture
def notice(officer: Actor) -> int:
    """Return a compilation of the short notice, made by the officer."""
    return commands.create_compilation(actor=officer, at=AT, received=Received(NOTICE, "paste"))


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
        browser.force_login(world.user(name), "tongzhou.kernel.identity.backend.PersonBackend")
        return browser

    return run
