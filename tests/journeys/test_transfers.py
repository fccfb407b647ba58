"""A bearer that moves to another province takes its open reports along; both sides stay exact."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.world import AT, GUANGZHOU, TIANHE, TODAY, World, build_world
from tongzhou.base.errors import Forbidden, Missing
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.kernel.identity import handing
from tongzhou.kernel.models import Invitation
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.models import DutyException, Report, Step
from tongzhou.modules.duties.queries import figures
from tongzhou.modules.duties.queries.obligations import ObligationList
from tongzhou.modules.duties.queries.recount import list_count_faults
from tongzhou.modules.duties.queries.selection import MEASURES
from tongzhou.modules.duties.tests.test_exceptions import WAIVE, give
from tongzhou.modules.duties.tests.test_reports import MONDAY, count, send
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.contracts import NewRegion
from tongzhou.modules.registry.models import Organisation, Region
from tongzhou.modules.registry.rules.regions import seed_regions
from tongzhou.modules.registry.seed.nation import national_authorities
from tongzhou.modules.response import public as response

pytestmark = pytest.mark.django_db

CHANGSHA = {430000, 430100, 430102}
HOUR = timedelta(hours=1)


def hunan(world: World) -> Actor:
    """Enter a part of Hunan and return an officer there."""
    registry.import_regions(
        actor=SYSTEM, at=AT, regions=[each for each in seed_regions() if each.id in CHANGSHA]
    )
    names = registry.register_authorities(
        actor=SYSTEM,
        at=AT,
        authorities=[each for each in national_authorities() if each.region_id in CHANGSHA],
    )
    return Actor(
        user_id=430102,
        role=Role.OFFICER,
        label="监管干部",
        authority_id=names["长沙市芙蓉区民政局"],
        low=430102,
        high=430102,
        permissions=permissions_of(Role.OFFICER),
    )


def move(world: World, taker: Actor) -> Organisation:
    """Move the chamber to Changsha and return its new row."""
    organisation, prov = world.bearers["chamber"]
    code = Organisation.objects.get(id=organisation, prov=prov).code
    asked = registry.request_transfer(
        actor=taker, at=AT + HOUR, code=code, located_in="430102", reason="湘民〔2020〕1号"
    )
    registry.accept_transfer(actor=world.people["officer"], at=AT + HOUR, transfer_id=UUID(asked))
    return Organisation.objects.get(id=organisation, prov=43)


def test_exceptions_and_invitations_go_along() -> None:
    world = build_world()
    taker = hunan(world)
    organisation, prov = world.bearers["chamber"]
    give(world, WAIVE)
    asked = commands.request_exception(
        actor=world.people["secretary"],
        at=AT,
        duty_id=world.duty["d8-cases"],
        wish=replace(WAIVE, first=TODAY),
    )["id"]
    nation = figures.Selection(at=AT, duty_ids=(world.duty["d8-hygiene"],))
    before = figures.total(figures.figures(SYSTEM, nation))
    invitation, _word = handing.ask_invitation(
        actor=world.people["officer"],
        at=AT,
        place=f"o{organisation}-{prov}",
        role=Role.LEGAL_REP.value,
        name="李会长",
    )
    move(world, taker)

    held = DutyException.objects.filter(organisation_id=organisation)
    given = {each.prov: each for each in held.filter(state="GRANTED")}
    assert set(given) == {prov, 43}  # the old one still tells of the periods closed at its place
    assert given[43].id == given[prov].id
    wish = held.get(state="REQUESTED")
    assert (wish.id, wish.prov) == (asked, 43)
    after = figures.total(figures.figures(SYSTEM, replace(nation, at=AT + 2 * HOUR)))
    assert after.owed == before.owed  # let off there as here
    assert list_count_faults() == []
    assert Invitation.objects.get(pk=invitation).prov == 43
    with pytest.raises((Missing, Forbidden)):
        commands.refuse_exception(
            actor=world.people["officer"],
            at=AT + 2 * HOUR,
            exception_id=asked,
            prov=43,
            answer="不再归我们办理",
        )
    commands.refuse_exception(
        actor=taker, at=AT + 2 * HOUR, exception_id=asked, prov=43, answer="依据不足"
    )


def test_open_reports_go_along_and_both_provinces_stay_exact() -> None:
    world = build_world()
    taker = hunan(world)
    send(world)
    before = count(world)
    organisation, prov = world.bearers["chamber"]
    new = move(world, taker)
    key = {"organisation_id": organisation, "duty_id": world.duty["d8-hygiene"], "period": MONDAY}
    moved = Report.objects.get(**key, prov=43)
    left = Report.objects.get(**key, prov=prov)
    assert (moved.state, moved.cell_id, moved.data) == ("SUBMITTED", new.cell_id, left.data)
    assert left.cell_id == 0  # history, in no figure
    assert (
        Step.objects.filter(**key, prov=43).count() == Step.objects.filter(**key, prov=44).count()
    )
    later = figures.Selection(
        at=AT + 2 * HOUR, duty_ids=(world.duty["d8-hygiene"],), node=GUANGZHOU
    )
    after = figures.total(figures.figures(SYSTEM, later))
    assert (after.owed, after.submitted) == (before.owed - 1, before.submitted - 1)
    assert list_count_faults() == []
    commands.fold()
    assert list_count_faults() == []


def test_a_merged_county_keeps_its_past_and_hands_over_its_present() -> None:
    world = build_world()
    send(world)
    duty = (world.duty["d8-hygiene"],)
    first = figures.Selection(at=AT, duty_ids=duty, node=TIANHE)
    heir = next(
        each.id
        for each in Region.objects.filter(parent_id=GUANGZHOU, valid_to=None).order_by("id")
        if each.id != TIANHE
    )

    def figure(region: int, **changes: Any) -> figures.Figure:
        selection = replace(first, node=region, **changes)
        found = figures.total(figures.figures(SYSTEM, selection))
        listed = ObligationList(SYSTEM, selection, MEASURES["owed"])
        assert len(listed[0:1000]) == found.owed
        return found

    was, other = figure(TIANHE), figure(heir)
    assert was.owed
    assert was.done
    registry.end_region(
        actor=SYSTEM,
        at=AT + HOUR,
        region_id=TIANHE,
        successors=[NewRegion(heir)],
        basis="民函〔2020〕1号",
    )
    later = {"at": AT + 2 * HOUR}
    assert figure(TIANHE, **later) == figures.Figure()
    assert figure(heir, **later) == was + other
    then = {"at": AT + 2 * HOUR, "as_of": AT}
    assert (figure(TIANHE, **then), figure(heir, **then)) == (was, other)
    assert list_count_faults() == []
    commands.fold()
    assert figure(heir, **later) == was + other
    assert list_count_faults() == []


def test_only_a_new_county_takes_over_the_phase_of_the_one_that_ended() -> None:
    world = build_world()
    response.set_phase(
        actor=SYSTEM,
        at=AT,
        response_id=world.response,
        region_id=TIANHE,
        phase="LEVEL_3",
        from_at=AT,
        decided_by="示例机关",
    )
    standing = next(
        each.id
        for each in Region.objects.filter(parent_id=GUANGZHOU, valid_to=None).order_by("id")
        if each.id != TIANHE
    )
    before = response.get_phase(world.response, standing, AT).phase
    registry.end_region(
        actor=SYSTEM,
        at=AT + HOUR,
        region_id=TIANHE,
        successors=[NewRegion(standing), NewRegion(440190, "新区", "新区民政局")],
        basis="民函〔2020〕1号",
    )
    assert before != "LEVEL_3"
    assert response.get_phase(world.response, standing, AT + 2 * HOUR).phase == before
    assert response.get_phase(world.response, 440190, AT + 2 * HOUR).phase == "LEVEL_3"
