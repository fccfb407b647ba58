"""An amendment and a report at the same moment: the report is kept, counted once, by one text."""

from datetime import date, timedelta

import pytest

from tests.sharing import together
from tests.world import AT, World, build_world
from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.commands import Filing, Key
from tongzhou.modules.duties.queries import figures, recount
from tongzhou.modules.duties.queries.force import get_duty
from tongzhou.modules.duties.queries.reports import get_report
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.tests.family import (
    UPPER,
    body,
    enforce,
    load,
    publish,
    roots,
    versions,
)

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = f"{UPPER}@2020-01-29"
MONDAY = date(2020, 2, 3)
BEGAN = AT - timedelta(days=4)


@pytest.fixture
def world(transactional_db: None) -> World:
    return build_world()


def test_a_report_and_an_amendment_at_once(world: World) -> None:
    publish(FIRST, BEGAN)
    library = load(body(FIRST), BEGAN)
    enforce(world, library, BEGAN)
    duty = roots(library)["weekly"]
    for version, who in enumerate(("chamber", "school", "home", "far"), 2):
        at = AT + timedelta(minutes=version)
        given = body(FIRST, version=version, weekly={"deadline": {"days": version}})
        newer, before = load(given, at), library
        organisation, prov = world.bearers[who]
        key = Key(MONDAY, duty, organisation, prov)

        def amend(newer: int = newer, before: int = before, at: object = at) -> object:
            return enforce(world, newer, at, before)  # type: ignore[arg-type]  # a moment

        def report(key: Key = key, at: object = at) -> object:
            return commands.submit_reports(
                actor=SYSTEM,
                at=at,  # type: ignore[arg-type]  # a moment
                filings=[Filing(key, {"rooms": 1})],
            )

        results = together(amend, report)
        assert not any(isinstance(each, Exception) for each in results), results
        view = get_report(SYSTEM, *key_of(key))
        assert view.duty.version_id in {versions(newer)["weekly"], versions(before)["weekly"]}
        library = newer
    now = AT + timedelta(minutes=9)
    selection = figures.Selection(at=now, duty_ids=(duty,))
    figure = figures.total(figures.figures(SYSTEM, selection))
    assert (figure.owed, figure.submitted) == (4, 4)
    assert len(figures.ObligationList(SYSTEM, selection, figures.MEASURES["submitted"])) == 4
    while commands.fold():
        pass
    assert figures.total(figures.figures(SYSTEM, selection)) == figure
    assert recount.list_count_faults() == []
    (window,) = list_windows(now, duty_ids=[duty])
    assert window.version_id == versions(library)["weekly"]


def key_of(key: Key) -> tuple[date, int, int, int]:
    return key.period, key.duty_id, key.organisation_id, key.prov


def test_two_texts_never_take_the_same_place(world: World) -> None:
    publish(FIRST, BEGAN)
    library = load(body(FIRST), BEGAN)
    enforce(world, library, BEGAN)
    rivals = [load(body(FIRST, version=n, weekly={"minutes": n}), AT) for n in (2, 3, 4)]
    results = together(*(lambda n=n: enforce(world, n, AT, library) for n in rivals))
    assert sum(isinstance(each, Refusal) for each in results) == 2, results
    duty = roots(library)["weekly"]
    (window,) = list_windows(AT, duty_ids=[duty])
    assert window.version_id == get_duty(duty, AT).version_id
    assert window.library_id in rivals


def test_the_same_library_twice_at_once_is_one(world: World) -> None:
    publish(FIRST, BEGAN)
    results = together(*(lambda: load(body(FIRST), BEGAN) for _ in range(3)))
    assert len(set(results)) == 1, results
