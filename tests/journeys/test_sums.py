"""Sums, cells and lists give the same numbers, whatever happened and however much is folded."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.conftest import HYGIENE, MONDAY, Town
from tests.world import AT, GUANGZHOU, TIANHE
from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.public import Breakdown, Selection, Tree
from tongzhou.modules.duties.queries import figure_sql, sums
from tongzhou.modules.registry import commands as register
from tongzhou.modules.registry.public import Status
from tongzhou.modules.response import public as response

PLACES = (440103, TIANHE, 440305)
NODES = (0, 440000, GUANGZHOU, TIANHE, 440300)
BREAKDOWNS = tuple(each for each in Breakdown if each is not Breakdown.GROUP)
BEARERS = ("chamber", "school", "home", "far")
TEST = replace(SYSTEM, label="测试")

Deed = Callable[[Town, st.DataObject], None]


def _report(town: Town, data: st.DataObject) -> None:
    key = town.world.key("d8-hygiene", MONDAY, data.draw(st.sampled_from(BEARERS)))
    filing = duties.Filing(key=key, data={**HYGIENE, "disinfected": True, "hazards": 2})
    duties.submit_reports(actor=TEST, at=AT, filings=[filing])


def _review(town: Town, data: st.DataObject) -> None:
    key = town.world.key("d8-hygiene", MONDAY, data.draw(st.sampled_from(BEARERS)))
    if data.draw(st.booleans()):
        duties.accept_reports(actor=TEST, at=AT, keys=[key])
    else:
        duties.return_reports(actor=TEST, at=AT, keys=[key], reason="请补充责任人")


def _move(town: Town, data: st.DataObject) -> None:
    identifier, prov = town.world.bearers[data.draw(st.sampled_from(BEARERS))]
    version = rows("SELECT version FROM registry_organisation WHERE id = %s", [identifier])[0][0]
    register.change_organisation(
        actor=TEST,
        at=AT,
        organisation_id=identifier,
        prov=prov,
        version=version,
        changes={"located_in": str(data.draw(st.sampled_from(PLACES)))},
    )


def _status(town: Town, data: st.DataObject) -> None:
    identifier, prov = town.world.bearers[data.draw(st.sampled_from(BEARERS))]
    status = data.draw(st.sampled_from([Status.SUSPENDED, Status.ACTIVE, Status.DISSOLVED]))
    register.set_status(
        actor=TEST, at=AT, organisation_id=identifier, prov=prov, status=status, reason="测试"
    )


def _attribute(town: Town, data: st.DataObject) -> None:
    identifier, prov = town.world.bearers[data.draw(st.sampled_from(BEARERS))]
    register.assign_attribute(
        actor=TEST,
        at=AT,
        organisation_id=identifier,
        prov=prov,
        attribute=data.draw(st.sampled_from(["VOLUNTEER", "HUB", "PUBLIC_BENEFIT"])),
        from_on=AT.date(),
        basis="测试",
    )


def _phase(town: Town, data: st.DataObject) -> None:
    response.set_phase(
        actor=TEST,
        at=AT,
        response_id=town.world.response,
        region_id=data.draw(st.sampled_from((0, 440000, GUANGZHOU, *PLACES))),
        phase=data.draw(st.sampled_from(["LEVEL_1", "LEVEL_3", "NORMALISED", "ENDED"])),
        from_at=AT,
        decided_by="测试机关",
    )


def _amend(town: Town, data: st.DataObject) -> None:
    """Put a new version in force whose weekly duty binds fewer or is due on another day."""
    force = duties.list_enforcements(AT)[-1]
    held = duties.library_of(force.library_id)
    body: dict[str, Any] = deepcopy(dict(held.body))
    body["version"] = held.version + 1
    declared = next(each for each in body["duties"] if each["id"] == "d8-hygiene")
    if data.draw(st.booleans()):
        declared["bearer"] = {"kind": "ORGANISATION", "without": ["VOLUNTEER"]}
    else:
        declared["deadline"] = {"days": data.draw(st.integers(1, 5))}
    library = duties.load_library(actor=TEST, at=AT, body=body, name="probe")
    duties.enforce_library(
        actor=TEST,
        at=AT,
        library_id=library,
        response_id=force.response_id,
        decided_by="测试机关",
        replaces=[force.library_id],
    )


def _fold(*_: object) -> None:
    while duties.fold():
        pass


DEEDS: tuple[Deed, ...] = (
    _report,
    _report,
    _review,
    _move,
    _status,
    _attribute,
    _phase,
    _amend,
    _fold,
)


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _from_cells() -> Iterator[None]:
    """Read figures from cells and counters, as if no sums were kept."""
    held_for = sums.held_for

    def without(*args: Any) -> sums.Held:
        return replace(held_for(*args), bounds={})

    with patch.object(sums, "held_for", without):
        yield


def _readers(town: Town) -> list[Actor]:
    return [TEST, *(town.world.people[name] for name in ("officer", "territory", "party-line"))]


def _compare(town: Town, data: st.DataObject) -> None:
    actor = data.draw(st.sampled_from(_readers(town)))
    tree = data.draw(st.sampled_from(Tree))
    for node in NODES:
        selection = Selection(
            at=AT,
            node=node,
            tree=tree,
            bearers=data.draw(st.sampled_from(["ORGANISATION", "ORGANISATION", "AUTHORITY"])),
            own=data.draw(st.sampled_from([False, False, True])),
            registrar=data.draw(st.sampled_from([None, None, GUANGZHOU])),
        )
        by = data.draw(st.sampled_from(BREAKDOWNS))
        found = duties.figures(actor, selection, by)
        with _from_cells():
            assert found == duties.figures(actor, selection, by), (selection, by)
        if by in {Breakdown.NONE, Breakdown.REGION}:
            whole = duties.total(found)
            for code in ("owed", "done", "silent", "overdue"):
                listed = len(duties.ObligationList(actor, selection, duties.MEASURES[code]))
                assert duties.MEASURES[code].of(whole) == listed, (selection, code)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(DEEDS), min_size=2, max_size=7), st.data())
def test_sums_cells_and_lists_agree(town: Town, deeds: list[Deed], data: st.DataObject) -> None:
    with _undone():
        for deed in deeds:
            try:
                with transaction.atomic():
                    deed(town, data)
            except Refusal:
                continue
        _compare(town, data)
        assert duties.list_count_faults() == []
        _fold()
        _compare(town, data)
        assert duties.list_count_faults() == []


def test_a_reader_sees_the_same_by_boxes_and_by_condition(town: Town) -> None:
    for actor in _readers(town):
        where = figure_sql.range_of(actor)
        assert where is not None
        cells = rows(
            f"SELECT c.place, c.registered_region, {where} FROM registry_cell c",
            {"alow": actor.low, "ahigh": actor.high},
        )
        boxes = sums.sight_of(actor)
        assert boxes is not None
        for place, registered, seen in cells:
            inside = [b for b in boxes if b[0] <= place <= b[1] and b[2] <= registered <= b[3]]
            assert len(inside) == bool(seen), (actor.role, place, registered)
    assert sums.sight_of(town.world.people["supervisor"]) is None


def test_a_nation_is_read_without_its_cells(town: Town) -> None:
    """Cells are looked at for unfolded changes alone; counters and organisations not at all."""
    with _undone():
        _fold()
        selection = Selection(at=AT)
        with CaptureQueriesContext(connection) as captured:
            figures = duties.figures(TEST, selection, Breakdown.REGION)
        assert figures
        sql = captured.captured_queries[-1]["sql"]
        for name in re.findall(r"EXECUTE (\w+)", sql):
            ((sql,),) = rows("SELECT statement FROM pg_prepared_statements WHERE name = %s", [name])
        assert "duties_standing" in sql
        for table in ("duties_counter", "registry_organisation", "duties_report"):
            assert table not in sql, table


def test_sums_are_mended(town: Town) -> None:
    with _undone():
        _fold()
        execute("UPDATE duties_standing SET population = population + 1 WHERE prov = 44")
        execute("UPDATE duties_tally SET late = late + 1 WHERE prov = 44")
        assert duties.list_count_faults() != []
        assert duties.sum_again() > 0
        assert duties.list_count_faults() == []


def test_an_amendment_with_the_same_bearers_shares_its_sums(town: Town) -> None:
    before = rows("SELECT count(*) FROM duties_standing")
    with _undone():
        force = duties.list_enforcements(AT)[-1]
        held = duties.library_of(force.library_id)
        body: dict[str, Any] = deepcopy(dict(held.body))
        body["version"] = held.version + 1
        duties.load_library(actor=TEST, at=AT, body=body, name="probe")
        assert rows("SELECT count(*) FROM duties_standing") == before
        assert rows("SELECT count(DISTINCT bound_as) < count(*) FROM duties_duty")[0][0]


def test_every_region_of_a_tree_is_read_at_once(town: Town) -> None:
    for actor in (SYSTEM, town.world.people["officer"]):
        for tree in Tree:
            wanted = Selection(at=AT, tree=tree, node=440000)
            found = duties.figures_of_tree(actor, wanted)
            assert {440000, GUANGZHOU} <= found.keys()
            for node in found:
                alone = duties.figures(actor, Selection(at=AT, tree=tree, node=node))
                assert found[node] == {each.duty_id: each.figure for each in alone}, node
            groupings = rows("SELECT id FROM registry_region WHERE role = 'GROUPING'")
            assert not found.keys() & {each[0] for each in groupings}
