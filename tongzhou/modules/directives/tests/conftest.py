"""Shared pieces of the tests: people, a short directive, the shipped ones."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from tongzhou.kernel import accounts
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.kernel.clock import PLACE
from tongzhou.kernel.models import User
from tongzhou.modules.directives import commands

AT = datetime(2023, 1, 9, 9, tzinfo=PLACE)
SHORT = """关于做好假期安全工作的通知
粤民函〔2023〕7号

各地级以上市民政局：
为做好假期安全工作，现通知如下：
一、加强值守
1.各单位要安排人员值班。
2.值班人员不得擅自离岗。
二、及时报告
发生突发事件，要在两小时内报告。

广东省民政厅
2023年1月6日
"""
URN = "cn/gd/2023/7@2023-01-06"


def actor(role: Role = Role.OFFICER) -> Actor:
    """Return somebody at the registration authority of a city."""
    return Actor(
        user_id=7,
        role=role,
        label=str(role),
        authority_id=1,
        low=440100,
        high=440199,
        permissions=permissions_of(role),
    )


@pytest.fixture
def loaded(db: None) -> int:
    """Load the short directive."""
    return commands.load_directive(actor=SYSTEM, at=AT, urn=URN, text=SHORT)


@pytest.fixture
def shipped(db: None) -> list[int]:
    """Load the directives that ship with the product."""
    return commands.seed_directives(SYSTEM, AT)


@pytest.fixture
def sign_in(client: Client, db: None) -> Callable[..., Client]:
    """Return a shorthand that signs somebody in."""

    def do(username: str = "officer", role: Role = Role.OFFICER) -> Client:
        number = accounts.create_user(
            actor=SYSTEM, at=AT, username=username, name="林晓", password=None
        )
        accounts.grant_assignment(
            actor=SYSTEM,
            at=AT,
            user_id=number,
            role=role,
            label="登记管理机关",
            authority_id=1,
            low=440100,
            high=440199,
        )
        client.force_login(
            User.objects.get(pk=number), backend="tongzhou.kernel.identity.backend.PersonBackend"
        )
        return client

    return do
