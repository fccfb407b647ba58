"""Shared pieces of the registry's tests: a small country, its authorities, an officer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import AuthorityKind, NewAuthority
from tongzhou.modules.registry.rules.regions import ancestors, seed_regions, span
from tongzhou.modules.registry.seed.nation import national_authorities

AT = datetime(2022, 12, 7, 1, 0, tzinfo=UTC)
PLACES = {440103, 440106, 440116, 440112, 440300, 430102}


def officer(region: int, authority: int, **changes: object) -> Actor:
    """Return an officer of the registration authority of a region."""
    low, high = span(region)
    facts: dict[str, object] = {
        "user_id": region,
        "role": Role.OFFICER,
        "label": f"监管干部 {region}",
        "authority_id": authority,
        "low": low,
        "high": high,
        "permissions": permissions_of(Role.OFFICER),
    }
    return Actor(**{**facts, **changes})  # type: ignore[arg-type]  # test shorthand


@pytest.fixture
def country(db: None) -> dict[str, int]:
    """Enter a few regions of China with their authorities; return name → authority id."""
    wanted = {above for place in PLACES for above in (*ancestors(place), place)}
    commands.import_regions(
        actor=SYSTEM, at=AT, regions=[each for each in seed_regions() if each.id in wanted]
    )
    names = commands.register_authorities(
        actor=SYSTEM,
        at=AT,
        authorities=[each for each in national_authorities() if each.region_id in wanted],
    )
    for kind in (AuthorityKind.SUPERVISOR, AuthorityKind.INDUSTRY):
        made = commands.register_authorities(
            actor=SYSTEM, at=AT, authorities=[NewAuthority(kind, "广州市商务局", 440100)]
        )
        names[str(kind)] = made["广州市商务局"]
    return names


@pytest.fixture
def city_officer(country: dict[str, int]) -> Actor:
    """Return an officer of the city."""
    return officer(440100, country["广州市民政局"])


@pytest.fixture
def sign_in(db: None, client: Client) -> Callable[..., Client]:
    """Return a function that signs the test client in: a role at an authority or organisation."""

    def run(role: Role, *, region: int = 1, authority: int | None = None, **links: int) -> Client:
        user = accounts.create_user(
            actor=SYSTEM, at=AT, username=f"{role}-{region}", name="测试人员", password=None
        )
        low, high = span(region) if authority else (1, 0)
        accounts.grant_assignment(
            actor=SYSTEM,
            at=AT,
            user_id=user,
            role=role,
            label="测试岗位",
            authority_id=authority,
            low=low,
            high=high,
            organisation_id=links.get("organisation_id"),
            prov=links.get("prov"),
        )
        client.force_login(
            get_user_model().objects.get(pk=user), "tongzhou.kernel.identity.backend.PersonBackend"
        )
        return client

    return run
