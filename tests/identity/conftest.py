"""A city with a leader, an office, two officers, and a chamber with its people."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from allauth.account.internal.flows import login
from axes.models import AccessAttempt
from django.test import Client

from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel import accounts, clock
from tongzhou.kernel.access import SYSTEM, Actor, Role
from tongzhou.kernel.models import Assignment, User
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.public import find_authority
from tongzhou.modules.registry.rules.regions import ancestors, seed_regions, span
from tongzhou.modules.registry.seed.nation import national_authorities

PASSWORD = "a-long-phrase-77"
CODE = make_credit_code("51", "440100", "50000123")
OTHER_CODE = make_credit_code("51", "440106", "50000456")
CITY, DISTRICT = 440100, 440106


@dataclass
class Office:
    """Who is here: assignments by user name."""

    held: dict[str, Assignment] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        return accounts.actor_for(Assignment.objects.select_related("user").get(pk=self.id(name)))

    def id(self, name: str) -> int:
        return self.held[name].pk

    def user(self, name: str) -> User:
        return User.objects.get(username=name)

    def browser(self, name: str, *, asked_before: bool = True) -> Client:
        """Return a browser of somebody who proved who they are just now, or long before."""
        client = Client()
        client.force_login(self.user(name))
        if asked_before:
            session = client.session
            session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [
                {"method": "password", "at": time.time(), "reauthenticated": True}
            ]
            session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(self.user(name).pk)
            session.save()
        return client


def _organisation(code: str, name: str, registrar: str, place: str) -> tuple[int, int]:
    made = registry.register_organisation(
        actor=SYSTEM,
        at=clock.now() - timedelta(days=300),
        facts={
            "统一社会信用代码": code,
            "名称": name,
            "登记形式": "社会团体",
            "登记管理机关": registrar,
            "所在地区划代码": place,
            "成立日期": "2012-03-01",
            "法定代表人": "陈示例",
            "党组织": "是",
            "监事会": "是",
        },
    )
    return made[0], made[1]


@pytest.fixture
def office(db: None, settings: object) -> Iterator[Office]:
    """Build it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    before = clock.now() - timedelta(days=400)
    wanted = {*ancestors(DISTRICT), DISTRICT}
    registry.import_regions(
        actor=SYSTEM, at=before, regions=[r for r in seed_regions() if r.id in wanted]
    )
    registry.register_authorities(
        actor=SYSTEM,
        at=before,
        authorities=[a for a in national_authorities() if a.region_id in wanted],
    )
    made = Office()
    chamber = _organisation(CODE, "广州市示例商会", "广州市民政局", "440106")
    home = _organisation(OTHER_CODE, "天河区示例协会", "广州市天河区民政局", "440106")
    made.places = {"chamber": f"o{chamber[0]}-{chamber[1]}", "home": f"o{home[0]}-{home[1]}"}
    for name, role, where in (
        ("leader", Role.LEADER, CITY),
        ("office", Role.OFFICE, CITY),
        ("officer", Role.OFFICER, CITY),
        ("colleague", Role.OFFICER, CITY),
        ("clerk", Role.CLERK, CITY),
        ("auditor", Role.AUDITOR, CITY),
        ("district", Role.LEADER, DISTRICT),
        ("chair", Role.LEGAL_REP, chamber),
        ("secretary", Role.SECRETARIAT, chamber),
        ("board", Role.SUPERVISORY_BOARD, chamber),
        ("party", Role.PARTY_ORG, chamber),
        ("stranger", Role.SECRETARIAT, home),
        ("operator", Role.OPERATOR, None),
    ):
        made.held[name] = _person(name, role, where)
    made.places["city"] = f"a{made.held['leader'].authority_id}"
    made.places["district"] = f"a{made.held['district'].authority_id}"
    yield made
    AccessAttempt.objects.all().delete()


def _person(name: str, role: Role, where: int | tuple[int, int] | None) -> Assignment:
    at = clock.now() - timedelta(days=30)
    user = accounts.create_user(actor=SYSTEM, at=at, username=name, name=name, password=PASSWORD)
    held: dict[str, int | None] = {}
    if isinstance(where, int):
        authority = find_authority("REGISTRATION", where)
        assert authority is not None
        low, high = span(where)
        held = {
            "authority_id": authority.id,
            "organisation_id": authority.organisation_id,
            "prov": authority.prov,
            "low": low,
            "high": high,
        }
    elif where is not None:
        held = {"organisation_id": where[0], "prov": where[1]}
    made = accounts.grant_assignment(
        actor=SYSTEM,
        at=at,
        user_id=user,
        role=role,
        label=name,
        **held,  # type: ignore[arg-type]  # test shorthand
    )
    return Assignment.objects.get(pk=made)
