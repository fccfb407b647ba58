"""Shared pieces of the tests: a small country, people who decide, a response."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.kernel.clock import PLACE
from tongzhou.kernel.database import execute
from tongzhou.kernel.models import User
from tongzhou.modules.registry.public import ancestors, level_of, span
from tongzhou.modules.response import commands

START = datetime(2020, 1, 20, 9, tzinfo=PLACE)
AT = datetime(2020, 2, 1, 9, tzinfo=PLACE)
NATION, GUANGDONG, GUANGZHOU, TIANHE, HUBEI = 0, 440000, 440100, 440106, 420000
NAMES = {
    NATION: "全国",
    HUBEI: "湖北省",
    GUANGDONG: "广东省",
    GUANGZHOU: "广州市",
    440103: "荔湾区",
    TIANHE: "天河区",
    440300: "深圳市",
    440111: "白云区",
}


def actor(region: int, role: Role = Role.OFFICER) -> Actor:
    """Return somebody at the registration authority of a region."""
    low, high = span(region)
    return Actor(
        user_id=region + 1,
        role=role,
        label=f"{role} {region}",
        authority_id=region + 1,
        low=low,
        high=high,
        permissions=permissions_of(role),
    )


@pytest.fixture
def country(db: None) -> None:
    """Enter a few regions."""
    for region in sorted(NAMES):
        above = ancestors(region)
        execute(
            "INSERT INTO registry_region"
            " (id, parent_id, level, role, name, short_name, pinyin, high)"
            " VALUES (%s, %s, %s, 'ORDINARY', %s, %s, '', %s)",
            [
                region,
                above[-1] if above else None,
                str(level_of(region)),
                NAMES[region],
                NAMES[region],
                span(region)[1],
            ],
        )


@pytest.fixture
def response(country: None) -> int:
    """Start a response that has no level anywhere."""
    return commands.start_response(
        actor=SYSTEM, at=START, name="疫情防控", kind="EPIDEMIC", started_at=START
    )


Set = Callable[..., int]


@pytest.fixture
def put(response: int) -> Set:
    """Return a shorthand for setting a phase some days after the start."""

    def do(region: int, phase: str, day: float, /, **changes: object) -> int:
        moment = START + timedelta(days=day)
        wish: dict[str, object] = {
            "actor": SYSTEM,
            "at": moment,
            "response_id": response,
            "region_id": region,
            "phase": phase,
            "from_at": moment,
            "decided_by": "人民政府",
        }
        return commands.set_phase(**{**wish, **changes})  # type: ignore[arg-type]  # shorthand

    return do


@pytest.fixture
def sign_in(client: Client, db: None) -> Callable[[int, Role], Client]:
    """Return a shorthand that signs somebody in at the authority of a region."""

    def do(region: int, role: Role = Role.OFFICER) -> Client:
        low, high = span(region)
        number = accounts.create_user(
            actor=SYSTEM, at=START, username=f"{role}-{region}", name="陈志远", password=None
        )
        accounts.grant_assignment(
            actor=SYSTEM,
            at=START,
            user_id=number,
            role=role,
            label="登记管理机关",
            authority_id=1,
            low=low,
            high=high,
        )
        client.force_login(
            User.objects.get(pk=number), backend="tongzhou.kernel.identity.backend.PersonBackend"
        )
        return client

    return do
