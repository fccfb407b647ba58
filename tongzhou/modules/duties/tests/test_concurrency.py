"""Two people at once, on connections of their own."""

from datetime import date, timedelta

import pytest

from tests.sharing import together
from tests.world import AT, GUANGZHOU, World, build_world
from tongzhou.base.errors import Conflict
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.queries import figures
from tongzhou.modules.duties.queries.reports import get_report

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = date(2020, 2, 3)
HYGIENE = {"disinfected": "yes", "hazards": "0"}


@pytest.fixture
def world(transactional_db: None) -> World:
    return build_world()


def figure(world: World) -> figures.Figure:
    selection = figures.Selection(at=AT, duty_ids=(world.duty["d8-hygiene"],), node=GUANGZHOU)
    return figures.total(figures.figures(SYSTEM, selection))


def test_at_once(world: World) -> None:
    key = world.key("d8-hygiene", MONDAY)

    def submit(who: str) -> object:
        return commands.submit_report(
            actor=world.people[who], at=AT, key=key, data=HYGIENE, based_on=0
        )

    # Two colleagues report at once: one report, the other is told.
    results = together(lambda: submit("secretary"), lambda: submit("chair"))
    assert sorted(isinstance(each, Conflict) for each in results) == [False, True], results
    assert figure(world).submitted == 1

    # Two officers accept at once: one acceptance, the other learns who did.
    results = together(
        lambda: commands.accept_report(actor=world.people["officer"], at=AT, key=key),
        lambda: commands.accept_report(actor=world.people["colleague"], at=AT, key=key),
    )
    refused = [each for each in results if isinstance(each, Conflict)]
    assert len(refused) == 1
    view = get_report(
        world.people["officer"], key.period, key.duty_id, key.organisation_id, key.prov
    )
    assert view.row.decider in refused[0].text()
    assert [step.name for step in view.steps] == ["submit", "accept"]
    assert (figure(world).submitted, figure(world).accepted) == (0, 1)

    # The same click twice: one act, the same answer.
    cases = world.key("d8-cases", AT.date())

    def click() -> object:
        return commands.submit_report(
            actor=world.people["secretary"],
            at=AT,
            key=cases,
            data={"suspected": 0},
            idempotency_key="click",
        )

    assert together(click, click) == [{"version": 1, "late": False}] * 2

    # A correction and an acceptance: whoever comes second is told, figures stay whole.
    other = world.key("d8-hygiene", MONDAY, "school")
    commands.submit_report(actor=world.people["head"], at=AT, key=other, data=HYGIENE)
    results = together(
        lambda: commands.submit_report(
            actor=world.people["head"], at=AT, key=other, data=HYGIENE, based_on=1
        ),
        lambda: commands.accept_report(actor=world.people["officer"], at=AT, key=other, seen=1),
    )
    assert sum(isinstance(each, Conflict) for each in results) == 1

    # Folding meanwhile loses and doubles nothing.
    third = world.key("d8-hygiene", MONDAY, "home")
    together(
        commands.fold,
        lambda: commands.submit_report(
            actor=world.people["nurse"], at=AT + timedelta(minutes=1), key=third, data=HYGIENE
        ),
        commands.fold,
    )

    # Who corrects while another corrects waits for the other's version and makes the next.
    def correct() -> object:
        return commands.submit_report(
            actor=world.people["nurse"], at=AT + timedelta(minutes=2), key=third, data=HYGIENE
        )

    results = together(correct, correct, correct)
    made = [each["version"] for each in results if isinstance(each, dict)]
    assert sorted(made) == [2, 3, 4], results
    before = figure(world)
    assert before.owed == 3
    assert before.done == 3
    while commands.fold():
        pass
    assert figure(world) == before
