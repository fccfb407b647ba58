"""One town for all attacks: the town of the journeys, with keys and people to be broken into."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.journeys.conftest import Town, build_town
from tests.sharing import on_that_day, once
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import Assignment, User
from tongzhou.kernel.throttle import COUNTERS

PASSWORD = "a-long-phrase-77"


@dataclass
class Posts:
    """The people of the town by their names."""

    town: Town

    def actor(self, name: str) -> Actor:
        """Return who acts for somebody."""
        return self.town.world.people[name]

    def id(self, name: str) -> int:
        """Return the assignment of somebody."""
        found = self.actor(name).assignment_id
        assert found is not None
        return found

    def held(self, name: str) -> Assignment:
        """Return the row of the assignment of somebody."""
        return Assignment.objects.get(pk=self.id(name))

    def user(self, name: str) -> User:
        """Return somebody."""
        return self.town.world.user(name)

    def browser(self, name: str | None, **options: Any) -> Client:
        """Return a browser in which somebody has signed in."""
        return self.town.browser(name, **options)

    def sign_in(self, name: str, password: str = PASSWORD, address: str = "198.51.100.9") -> Client:
        """Return a browser that went through the sign-in page."""
        browser = Client(raise_request_exception=False, REMOTE_ADDR=address)
        browser.post("/accounts/login/", {"login": name, "password": password})
        return browser


@pytest.fixture(scope="package")
def shared_town(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Return a town built once for all files here; each test undoes what it did."""
    with on_that_day(tmp_path_factory.mktemp("files")):
        yield from once(django_db_blocker, build_town)


@pytest.fixture
def town(shared_town: Town, db: None) -> Iterator[Town]:
    """Return the town as it was built."""
    cache.clear()
    COUNTERS.clear()
    yield shared_town
    cache.clear()
    COUNTERS.clear()


@pytest.fixture
def office(town: Town, settings: Any) -> Posts:
    """Return the people of the town, all with the same password."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    person = User()
    person.set_password(PASSWORD)
    User.objects.update(password=person.password)
    return Posts(town)
