"""Shared pieces of the journeys: one small world, people of every role, browsers for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.sharing import on_that_day, once
from tests.world import AT, GUANGZHOU, LAUNCH, STARTED, TIANHE, World, build_world
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.modules.directives.public import find_expression
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.commands import submit_report
from tongzhou.modules.registry.public import find_authority, span

MONDAY = date(2020, 2, 3)
HYGIENE = {"disinfected": "yes", "hazards": "2", "plan": "本周内清理完毕"}
PDF = b"%PDF-1.4\nhello"
#: An expression everybody may read; routes are asked for it by number and by URN.
PLAN = "cn/mca/2020/5@2020-01-29"
#: Who stands for each role; nobody is signed in for the public.
PERSONAS: dict[Role, str | None] = {
    Role.PUBLIC: None,
    Role.OFFICER: "officer",
    Role.LEADER: "leader",
    Role.CLERK: "clerk",
    Role.OFFICE: "office",
    Role.ENFORCEMENT: "enforcer",
    Role.PUBLICITY: "publicity",
    Role.AUDITOR: "auditor",
    Role.SUPERVISOR: "supervisor",
    Role.INDUSTRY: "industry",
    Role.TERRITORY: "territory",
    Role.PARTY_LINE: "party-line",
    Role.SECRETARIAT: "secretary",
    Role.LEGAL_REP: "chair",
    Role.PARTY_ORG: "party",
    Role.SUPERVISORY_BOARD: "board",
    Role.FINANCE: "treasurer",
    Role.VOLUNTEER_LEAD: "volunteers",
    Role.MEMBER: "member",
    Role.OPERATOR: "operator",
}


@dataclass
class Town:
    """The world, with readers and an operator in it, and a report that waits for review."""

    world: World
    report: duties.Key

    @property
    def report_url(self) -> str:
        """Return the page of the report that waits."""
        return self.url_of(self.report)

    @property
    def plan(self) -> int:
        """Return the number of an expression everybody may read."""
        found = find_expression(PLAN)
        assert found is not None, PLAN
        return found.id

    @staticmethod
    def url_of(key: duties.Key) -> str:
        """Return the page of a report."""
        period = key.period.isoformat()
        return f"/reports/{key.organisation_id}/{key.prov}/{key.duty_id}/{period}/"

    def fill_url(self, duty: str, day: date = MONDAY) -> str:
        """Return the form of a duty."""
        return f"/board/{self.world.duty[duty]}/{day.isoformat()}/"

    def browser(self, name: str | None, **options: Any) -> Client:
        """Return a browser in which somebody has signed in, or nobody."""
        client = Client(raise_request_exception=False, **options)
        if name:
            client.force_login(
                self.world.user(name), "tongzhou.kernel.identity.backend.PersonBackend"
            )
        return client

    def token(self, name: str, days: int = 90) -> str:
        """Return an API token of somebody."""
        assignment = self.world.people[name].assignment_id
        assert assignment is not None
        return accounts.create_token(
            actor=SYSTEM, at=clock.now(), label=name, assignment_id=assignment, days=days
        )

    def headers(self, name: str | None) -> dict[str, str]:
        """Return the headers of a program that acts for somebody."""
        return {"Authorization": f"Bearer {self.token(name)}"} if name else {}


def hygiene(**changes: Any) -> dict[str, Any]:
    """Return the weekly hygiene form filled in."""
    data = {f"a-{name}": value for name, value in HYGIENE.items()}
    return {**data, "effective_on": "2020-02-04", **changes}


def pdf(name: str = "证明.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """Return a small file."""
    return SimpleUploadedFile(name, content, "application/pdf")


def build_town() -> Town:
    """Build the world and add what it lacks."""
    world = build_world()
    supervisor, tianhe = find_authority("REGISTRATION", GUANGZHOU), TIANHE
    assert supervisor is not None
    for name, role, region in (
        ("supervisor", Role.SUPERVISOR, GUANGZHOU),
        ("industry", Role.INDUSTRY, GUANGZHOU),
        ("territory", Role.TERRITORY, tianhe),
        ("party-line", Role.PARTY_LINE, GUANGZHOU),
    ):
        low, high = span(region)
        _add(world, name, role, authority_id=supervisor.id, low=low, high=high)
    _add(world, "operator", Role.OPERATOR)
    key = world.key("d8-hygiene", MONDAY)
    submit_report(actor=world.people["secretary"], at=AT, key=key, data=HYGIENE)
    return Town(world, key)


def _add(world: World, name: str, role: Role, **place: Any) -> None:
    user = accounts.create_user(actor=SYSTEM, at=STARTED, username=name, name=name, password=None)
    made = accounts.grant_assignment(
        actor=SYSTEM, at=STARTED, user_id=user, role=role, label=name, **place
    )
    world.people[name] = Actor(
        user_id=user,
        role=role,
        label=name,
        assignment_id=made,
        permissions=permissions_of(role),
        **place,
    )


@pytest.fixture(scope="module")
def shared_town(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Return a town built once for a whole file; each test undoes what it did (see ``town``)."""
    with on_that_day(tmp_path_factory.mktemp("files")):
        yield from once(django_db_blocker, build_town)


@pytest.fixture
def town(shared_town: Town, db: None) -> Town:
    """Return the town of this file as it was built."""
    return shared_town


@pytest.fixture
def real_town(transactional_db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Town:
    """Return a town whose writes are committed, for threads that race."""
    monkeypatch.setattr(live_settings, "FILES_ROOT", tmp_path / "files")
    monkeypatch.setattr(clock, "now", lambda: AT)
    return build_town()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Return a function that sets the clock of the entries."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


__all__ = ["LAUNCH", "MONDAY", "PERSONAS", "PLAN", "Town", "hygiene", "pdf"]
