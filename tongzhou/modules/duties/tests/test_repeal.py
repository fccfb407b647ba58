"""Repeal: who may, what it ends, and that it leaves the past alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import GUANGZHOU, STARTED, World
from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel.access import SYSTEM, Role, permissions_of, public
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.directives.public import (
    find_expression,
    get_expression,
    load_directive,
    repeal_expression,
)
from tongzhou.modules.duties.queries import figures
from tongzhou.modules.duties.queries.force import list_enforcements
from tongzhou.modules.duties.tests.family import TEXT, UPPER, body, enforce, load, publish, roots
from tongzhou.modules.duties.tests.test_versions import BEGAN, NOW, count

CITY = "cn/gd-gz/2020/9@2020-01-30"
WHY = "已被新的通知替代"


@pytest.fixture
def city(world: World) -> tuple[int, int]:
    """Put a notice of the city in force; return the expression and the library."""
    officer = world.people["officer"]
    expression = load_directive(actor=officer, at=BEGAN, urn=CITY, text=TEXT, issuer="示例市局")
    library = load(body(CITY, region=GUANGZHOU), BEGAN)
    enforce(world, library, BEGAN)
    return expression, library


def test_repeal_ends_the_duties_in_the_same_moment(world: World, city: tuple[int, int]) -> None:
    expression, library = city
    duty = roots(library)["once"]
    assert count(duty).owed == 3
    repeal_expression(
        actor=world.people["leader"], at=NOW, expression_id=expression, reason=f" {WHY}\n"
    )
    row = get_expression(expression)
    assert (row.repealed_at, row.repealed_by, row.repeal_reason) == (NOW, "广州市民政局", WHY)
    assert CITY not in {each.expression for each in list_enforcements(NOW)}
    assert count(duty).owed == 0
    assert count(duty, as_of=NOW - timedelta(seconds=1)).owed == 3
    line = AuditLine.objects.get(stem="directives.expression.repeal")
    assert line.facts["reason"] == WHY
    with pytest.raises(Conflict):
        repeal_expression(
            actor=world.people["officer"], at=NOW, expression_id=expression, reason=WHY
        )


@pytest.mark.parametrize("name", ["officer", "leader", "province"])
def test_the_issuer_and_those_above_may_repeal(
    world: World, city: tuple[int, int], name: str
) -> None:
    repeal_expression(actor=world.people[name], at=NOW, expression_id=city[0], reason=WHY)
    assert get_expression(city[0]).repealed_at == NOW


@pytest.mark.parametrize("name", ["district", "shenzhen", "clerk", "secretary", "public"])
def test_nobody_else_may_repeal(world: World, city: tuple[int, int], name: str) -> None:
    actor = public() if name == "public" else world.people[name]
    with pytest.raises(Forbidden):
        repeal_expression(actor=actor, at=NOW, expression_id=city[0], reason=WHY)
    assert get_expression(city[0]).repealed_at is None


def test_an_upper_text_is_not_for_those_below(world: World) -> None:
    shipped = find_expression("cn/gd-gz/2022/1207@2022-12-07")
    plan = find_expression("cn/mca/2020/5@2020-01-29")
    assert shipped is not None
    assert plan is not None
    with pytest.raises(Forbidden):
        repeal_expression(actor=world.people["province"], at=NOW, expression_id=plan.id, reason=WHY)
    repeal_expression(actor=world.people["officer"], at=NOW, expression_id=shipped.id, reason=WHY)
    unknown = publish(f"{UPPER}@2020-01-29", BEGAN)
    with pytest.raises(Forbidden):
        repeal_expression(actor=world.people["province"], at=NOW, expression_id=unknown, reason=WHY)
    ministry = replace(
        world.people["province"], low=0, high=999_999, permissions=permissions_of(Role.OFFICER)
    )
    repeal_expression(actor=ministry, at=NOW, expression_id=unknown, reason=WHY)


@pytest.mark.parametrize("reason", ["", "  ", "。", "长" * 301])
def test_repeal_wants_a_reason(world: World, city: tuple[int, int], reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        repeal_expression(
            actor=world.people["officer"], at=NOW, expression_id=city[0], reason=reason
        )
    assert caught.value.field == "reason"
    assert CITY in {each.expression for each in list_enforcements(NOW)}


def test_repeal_of_nothing_is_missing(world: World) -> None:
    with pytest.raises(Missing):
        repeal_expression(actor=SYSTEM, at=NOW, expression_id=10**6, reason=WHY)


def test_a_text_that_was_to_begin_never_does(world: World) -> None:
    expression = publish(CITY, BEGAN)
    library = load(body(CITY, region=GUANGZHOU), BEGAN)
    begin = NOW + timedelta(days=2)
    enforce(world, library, NOW, from_at=begin)
    repeal_expression(actor=SYSTEM, at=NOW, expression_id=expression, reason=WHY)
    selection = figures.Selection(at=begin, duty_ids=tuple(roots(library).values()))
    assert figures.figures(SYSTEM, selection) == []
    assert begin > STARTED
