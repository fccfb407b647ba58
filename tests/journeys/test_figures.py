"""Every number is the length of its list, now and then, for everybody, however it is broken down.

A small city reports at random while organisations move, change and are dissolved; what the figures
said at each moment is kept and asked for again at the end.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from unittest.mock import patch

from django.test import TestCase

from tongzhou.base.errors import Conflict
from tongzhou.config.demo.build import GUANGZHOU, Timeline, lay_ground
from tongzhou.config.demo.fates import answers
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of, public
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.directives.public import load_directive
from tongzhou.modules.duties import commands
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.public import Breakdown, Figure, Selection, Tree
from tongzhou.modules.duties.queries import obligations, parts
from tongzhou.modules.duties.rules.exceptions import EndKind, ExceptionKind, Wish
from tongzhou.modules.insight.contracts import Bearers, By, Question, TreeName
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.rollup import get_rollup
from tongzhou.modules.registry import commands as register
from tongzhou.modules.registry.public import Status, attribute_mask, find_authority, span

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
MOMENTS = tuple(NOW - timedelta(days=days) for days in (9, 4, 1, 0))
DISTRICTS = (440103, 440104, 440105, 440106, 440117)
NODES = (0, GUANGZHOU, 440106, 440300)
TEST = replace(SYSTEM, label="测试")
PLAN, LOCAL = "cn/mca/2020/5@2020-01-29", "cn/gd-gz-th/2026/1@2026-03-16"
LOCAL_TEXT = """关于进一步做好有关工作的补充通知

各社会组织：

一、%s。

天河区民政局

2026年3月16日
"""

Snapshot = Mapping[tuple[Any, ...], list[duties.FigureRow]]


@dataclass
class City:
    """The city after some days: who acts there, and what the figures said on the way."""

    actors: dict[str, Actor]
    snapshots: dict[datetime, Snapshot] = field(default_factory=dict)


def _actor(role: Role, region: int, kind: str = "REGISTRATION", **links: Any) -> Actor:
    authority = find_authority(kind, region)
    low, high = span(region)
    return Actor(
        user_id=1,
        role=role,
        label=str(role),
        authority_id=authority.id if authority else None,
        organisation_id=links.get("organisation_id", authority and authority.organisation_id),
        prov=links.get("prov", authority.prov if authority else None),
        low=links.get("low", low),
        high=links.get("high", high),
        permissions=permissions_of(role),
    )


def _live(chance: random.Random) -> None:
    lay_ground(Timeline(NOW), say=lambda words: None, organisations=90)
    home = rows("SELECT id, prov FROM registry_organisation WHERE form <> 'AUTHORITY' LIMIT 1")[0]
    CITY.actors = {
        "system": SYSTEM,
        "nation": _actor(Role.OFFICER, 0),
        "city": _actor(Role.OFFICER, GUANGZHOU),
        "district": _actor(Role.LEADER, 440106),
        "elsewhere": _actor(Role.OFFICER, 440300),
        "supervisor": _actor(Role.SUPERVISOR, GUANGZHOU, "SUPERVISOR"),
        "industry": _actor(Role.INDUSTRY, GUANGZHOU, "INDUSTRY"),
        "territory": _actor(Role.TERRITORY, 440106, "TERRITORY"),
        "party": _actor(Role.PARTY_LINE, GUANGZHOU, "PARTY"),
        "organ": _actor(Role.SECRETARIAT, 0, organisation_id=home[0], prov=home[1], low=1, high=0),
        "public": public(),
    }
    for number, moment in enumerate(MOMENTS):
        _report(chance, moment - timedelta(hours=2))
        if number % 2:
            while duties.fold():
                pass
        _decide(chance, moment - timedelta(hours=1))
        _change(chance, moment - timedelta(minutes=30))
        _legislate(number, moment - timedelta(minutes=20))
        _except(chance, moment - timedelta(minutes=10))
        CITY.snapshots[moment] = _snapshot(moment, None)


def _legislate(number: int, at: datetime) -> None:
    """Amend a directive at one moment, let a district supplement it at another."""
    forces = {each.expression: each for each in duties.list_enforcements(at)}
    plan = forces[PLAN]
    library = duties.library_of(plan.library_id)
    weekly = library.duty("d8-hygiene")
    body: dict[str, Any] = deepcopy(dict(library.body))
    if number == 1:
        body["version"] = library.version + 1
        body["duties"] = [each for each in body["duties"] if each["id"] != "d7-hoarding"]
        for each in body["duties"]:
            if each["id"] == weekly.id:
                each["deadline"] = {"days": 1}
        made = duties.load_library(actor=TEST, at=at, body=body, name="amended")
        _enforce(made, plan.response_id, at, plan.library_id)
    elif number == 2:
        load_directive(actor=TEST, at=at, urn=LOCAL, text=LOCAL_TEXT % weekly.quote)
        (declared,) = (each for each in body["duties"] if each["id"] == weekly.id)
        declared |= {"clause": "1", "recurrence": "DAILY", "deadline": {"time": "16:00"}}
        declared.pop("phase_words", None)
        declared.pop("cites", None)
        body |= {
            "expression": LOCAL,
            "version": 1,
            "scope": {"region": 440106, "by": "TERRITORY"},
            "duties": [declared],
        }
        root = next(
            each.id for each in duties.duties_of(plan.library_id) if each.spec.id == weekly.id
        )
        made = duties.load_library(
            actor=TEST, at=at, body=body, name="local", refines={weekly.id: root}
        )
        _enforce(made, plan.response_id, at)


def _except(chance: random.Random, at: datetime) -> None:
    """Waive some obligations, defer others, take an earlier exception back."""
    owed = duties.ObligationList(
        SYSTEM, Selection(at=at, node=GUANGZHOU), duties.MEASURES["owed"], order="due"
    )[0:100_000]
    binding = [
        row
        for row in owed
        if row.due_at is not None
        and duties.get_version(row.version_id).spec.strength is duties.Strength.MUST
    ]
    for number, row in enumerate(chance.sample(binding, 24)):
        wish = Wish(
            kind=ExceptionKind.WAIVER if number % 3 == 0 else ExceptionKind.DEFERRAL,
            first=row.period,
            only=number % 2 == 0,
            end=EndKind.OPEN if number % 3 == 0 else EndKind.DATE,
            until_on=(max(at, row.due_at or at) + timedelta(days=1 + number % 4)).date(),
            reason="测试",
            basis="测试依据",
        )
        with suppress(Conflict):
            commands.give_exception(
                actor=TEST,
                at=at,
                organisation_id=row.organisation_id,
                prov=row.prov,
                duty_id=row.duty_id,
                wish=wish,
            )
    for identifier, prov in rows(
        "SELECT id, prov FROM duties_exception WHERE state = 'GRANTED' AND decided_at < %s"
        " ORDER BY id LIMIT 3",
        [at],
    ):
        commands.revoke_exception(
            actor=TEST, at=at, exception_id=identifier, prov=prov, answer="测试撤销"
        )


def _enforce(library: int, response_id: int, at: datetime, *replaces: int) -> None:
    duties.enforce_library(
        actor=TEST,
        at=at,
        library_id=library,
        response_id=response_id,
        decided_by="测试机关",
        replaces=replaces,
    )


def _report(chance: random.Random, at: datetime) -> None:
    """Let some of those who owe report, some of the returned again among them."""
    for bearers in ("ORGANISATION", "AUTHORITY"):
        selection = Selection(at=at, node=GUANGZHOU, bearers=bearers)
        owed = duties.ObligationList(SYSTEM, selection, duties.MEASURES["owed"])[0:100_000]
        filings = []
        for row in owed:
            spec = duties.get_version(row.version_id).spec
            open_ = row.state in {"SILENT", "RETURNED"}
            if spec.evidence.files_min or not open_ or chance.random() > 0.35:
                continue
            data = answers(chance.randrange(99), row.code, str(row.duty_id), spec, row.period)
            key = duties.Key(row.period, row.duty_id, row.organisation_id, row.prov)
            filings.append(duties.Filing(key=key, data=data))
        duties.submit_reports(actor=TEST, at=at, filings=filings)


def _decide(chance: random.Random, at: datetime) -> None:
    waiting = [
        duties.Key(*row)
        for row in rows(
            "SELECT period, duty_id, organisation_id, prov FROM duties_report"
            " WHERE state = 'SUBMITTED' ORDER BY 1, 2, 3"
        )
    ]
    chance.shuffle(waiting)
    third = len(waiting) // 3
    duties.accept_reports(actor=TEST, at=at, keys=waiting[:third])
    duties.return_reports(actor=TEST, at=at, keys=waiting[third : third * 2], reason="请补充")


def _change(chance: random.Random, at: datetime) -> None:
    """Move some organisations, give some a new attribute, suspend one and dissolve one."""
    held = rows(
        "SELECT id, prov, version, located_in_id FROM registry_organisation"
        " WHERE form = 'ASSOCIATION' AND status = 'ACTIVE' AND attributes & %s = 0 ORDER BY id",
        [attribute_mask(["HUB"])],
    )
    chance.shuffle(held)
    for identifier, prov, version, place in held[:5]:
        target = chance.choice([each for each in DISTRICTS if each != place])
        register.change_organisation(
            actor=TEST,
            at=at,
            organisation_id=identifier,
            prov=prov,
            version=version,
            changes={"located_in": str(target)},
        )
    for (identifier, prov, *_rest), status in zip(
        held[5:7], (Status.SUSPENDED, Status.DISSOLVED), strict=True
    ):
        register.set_status(
            actor=TEST,
            at=at,
            organisation_id=identifier,
            prov=prov,
            status=status,
            reason="测试文书",
        )
    for identifier, prov, *_rest in held[7:10]:
        register.assign_attribute(
            actor=TEST,
            at=at,
            organisation_id=identifier,
            prov=prov,
            attribute="HUB",
            from_on=at.date(),
        )


def _selections(
    at: datetime, as_of: datetime | None
) -> Iterator[tuple[tuple[Any, ...], Selection]]:
    for node in NODES:
        for tree in Tree:
            for bearers in ("ORGANISATION", "AUTHORITY"):
                selection = Selection(at=at, as_of=as_of, node=node, tree=tree, bearers=bearers)
                yield (node, tree, bearers), selection


def _snapshot(at: datetime, as_of: datetime | None) -> Snapshot:
    execute("ANALYZE")
    return {
        (key, by): duties.figures(SYSTEM, selection, by)
        for key, selection in _selections(at, as_of)
        for by in (Breakdown.REGION, Breakdown.GROUP)
    }


CITY = City({})


class CityTest(TestCase):
    """The city lives once for all tests; what a test does to it is undone."""

    @classmethod
    def setUpTestData(cls) -> None:
        """Let it live."""
        _live(random.Random(7))

    def test_the_city_is_worth_asking_about(self) -> None:
        figure = duties.total(duties.figures(SYSTEM, Selection(at=NOW)))
        for code, measure in duties.MEASURES.items():
            assert measure.of(figure) > 0, code
        dissolved = rows("SELECT count(*) FROM registry_organisation WHERE status = 'DISSOLVED'")
        assert dissolved[0][0] == len(MOMENTS)
        assert rows("SELECT count(*) FROM duties_report WHERE cell_id = 0")[0][0] > 0
        assert duties.list_count_faults() == []

    def test_exceptions_were_given_and_revoked_on_the_way(self) -> None:
        found = dict(rows("SELECT kind || state, count(*) FROM duties_exception GROUP BY 1"))
        assert found.keys() == {
            kind + state for kind in ExceptionKind for state in ("GRANTED", "REVOKED")
        }
        gone = Selection(at=NOW, as_of=MOMENTS[1], day=MOMENTS[0].date())
        assert duties.total(duties.figures(SYSTEM, gone)).owed > 0

    def test_closed_periods_are_as_they_were(self) -> None:
        """Who moved, came or went later changes nothing about a day that had closed."""
        day = MOMENTS[2].date()
        closed = Selection(at=NOW, node=GUANGZHOU, day=day)
        for tree, by in product(Tree, (Breakdown.REGION, Breakdown.FORM)):
            selection = replace(closed, tree=tree)
            now = duties.figures(SYSTEM, selection, by)
            assert now == duties.figures(SYSTEM, replace(selection, as_of=NOW), by)
            whole = duties.total(now)
            for code in ("owed", "done", "overdue", "late"):
                measure = duties.MEASURES[code]
                listed = duties.ObligationList(SYSTEM, selection, measure)
                assert measure.of(whole) == len(listed), code
        before = duties.total(duties.figures(SYSTEM, closed))
        later = NOW + timedelta(hours=2)
        _change(random.Random(5), later)
        assert duties.total(duties.figures(SYSTEM, replace(closed, at=later))) == before
        assert duties.list_count_faults() == []

    def test_texts_were_amended_and_supplemented_on_the_way(self) -> None:
        found = duties.ObligationList(SYSTEM, Selection(at=NOW), duties.MEASURES["owed"])[0:100_000]
        relations = {duties.get_version(row.version_id).relation for row in found}
        assert relations == set(duties.Relation)
        dropped = Selection(at=NOW, as_of=MOMENTS[0])
        before = {row.duty_id for row in duties.figures(SYSTEM, dropped)}
        assert before - {row.duty_id for row in duties.figures(SYSTEM, Selection(at=NOW))}

    def test_every_number_is_the_length_of_its_list(self) -> None:
        cases = list(product(CITY.actors, NODES, Tree, (None, MOMENTS[1])))
        for name, node, tree, as_of in random.Random(11).sample(cases, 24):
            selection = Selection(at=NOW, node=node, tree=tree, as_of=as_of)
            figure = duties.total(duties.figures(CITY.actors[name], selection))
            for code, measure in duties.MEASURES.items():
                found = duties.ObligationList(CITY.actors[name], selection, measure)
                assert measure.of(figure) == len(found), (name, node, tree, as_of, code)

    def test_a_list_is_as_long_as_it_says(self) -> None:
        for measure, as_of in product(duties.MEASURES.values(), (None, MOMENTS[2])):
            selection = Selection(at=NOW, node=440106, as_of=as_of)
            found = duties.ObligationList(SYSTEM, selection, measure)
            walked = found[0:100_000]
            keys = {(row.duty_id, row.period, row.organisation_id, row.prov) for row in walked}
            assert len(keys) == len(walked) == len(found)
            assert list(found.stream()) == walked

    def test_every_line_of_a_table_is_the_length_of_its_list(self) -> None:
        cases = list(product(("city", "district", "supervisor"), (0, GUANGZHOU), TreeName, Bearers))
        for by in By:
            for name, node, tree, bearers in random.Random(len(by)).sample(cases, 4):
                actor = CITY.actors[name]
                question = Question(region=node, tree=tree, bearers=bearers)
                rollup = get_rollup(Look(actor, question, NOW), by)
                assert rollup.total == Look(actor, question, NOW).total()
                whole = Figure()
                for number, line in enumerate(rollup.lines):
                    whole += line.figure
                    if number % 4:
                        continue
                    look = Look(actor, line.question, NOW)
                    assert look.total() == line.figure, line
                    found = look.obligations(duties.MEASURES["overdue"])
                    assert len(found) == line.figure.overdue, line
                if rollup.adds_up:
                    assert whole == rollup.total

    def test_the_present_path_and_the_past_path_agree(self) -> None:
        present, past = _snapshot(NOW, None), _snapshot(NOW, NOW)
        assert present == past
        while duties.fold():
            pass
        assert _snapshot(NOW, None) == past

    def test_a_past_moment_asked_for_again_says_the_same(self) -> None:
        for moment in MOMENTS:
            assert _snapshot(NOW, moment) == CITY.snapshots[moment], moment

    def test_what_happens_later_leaves_the_past_alone(self) -> None:
        before = _snapshot(NOW, NOW)
        chance = random.Random(3)
        later = NOW + timedelta(hours=3)
        _report(chance, later)
        _decide(chance, later + timedelta(minutes=1))
        _change(chance, later + timedelta(minutes=2))
        after = later + timedelta(hours=1)
        assert _snapshot(after, NOW) == before
        assert _snapshot(after, None) != before

    def test_parts_add_up(self) -> None:
        for _, selection in _selections(NOW, None):
            for row in duties.figures(SYSTEM, selection, Breakdown.REGION):
                figure = row.figure
                assert figure.owed == figure.done + figure.returned + figure.silent
                assert figure.silent == figure.missed + figure.pending
                assert 0 <= figure.missed <= figure.overdue <= figure.owed - figure.done
                assert 0 <= figure.late <= figure.done

    def test_people_see_their_part_and_no_more(self) -> None:
        whole = duties.ObligationList(SYSTEM, Selection(at=NOW), duties.MEASURES["owed"])[0:100_000]
        places = {
            (row[0], row[1]): row[2:]
            for row in rows(
                "SELECT id, prov, located_in_id, registered_region, supervisor_id,"
                " industry_department_id FROM registry_organisation"
            )
        }

        def seen(name: str) -> set[tuple[int, int]]:
            found = duties.ObligationList(
                CITY.actors[name], Selection(at=NOW), duties.MEASURES["owed"]
            )[0:100_000]
            return {(row.organisation_id, row.prov) for row in found}

        everybody = {(row.organisation_id, row.prov) for row in whole}
        low, high = span(440106)
        supervisor, industry = CITY.actors["supervisor"], CITY.actors["industry"]
        assert seen("nation") == seen("city") == everybody
        assert seen("district") == {
            key
            for key in everybody
            if low <= places[key][0] <= high or low <= places[key][1] <= high
        }
        assert seen("territory") == {key for key in everybody if low <= places[key][0] <= high}
        assert seen("supervisor") == {
            key for key in everybody if places[key][2] == supervisor.authority_id
        }
        assert seen("industry") == {
            key for key in everybody if places[key][3] == industry.authority_id
        }
        assert (
            seen("organ")
            == {(CITY.actors["organ"].organisation_id, CITY.actors["organ"].prov)} & everybody
        )
        assert seen("elsewhere") == seen("public") == set()
        assert 0 < len(seen("district")) < len(everybody)

    def test_orders_and_pages_leave_nothing_out(self) -> None:
        selection = Selection(at=NOW, node=440106)
        for order in duties.ORDERS:
            found = duties.ObligationList(SYSTEM, selection, duties.MEASURES["silent"], order=order)
            whole = [(row.duty_id, row.organisation_id) for row in found[0:100_000]]
            paged = [
                (row.duty_id, row.organisation_id)
                for start in range(0, len(found), 50)
                for row in found[start : start + 50]
            ]
            assert paged == whole, order

    def test_a_long_list_read_in_parts_is_the_same_list(self) -> None:
        chosen = (
            ("nation", Selection(at=NOW), "silent"),
            ("nation", Selection(at=NOW, tree=Tree.REGISTRATION), "overdue"),
            ("district", Selection(at=NOW, node=GUANGZHOU), "done"),
            ("territory", Selection(at=NOW, bearers="AUTHORITY"), "owed"),
            ("city", Selection(at=NOW, day=NOW.date() - timedelta(days=1)), "owed"),
        )
        for (name, selection, code), order in product(chosen, parts.ORDERS):

            def listed(
                size: int,
                name: str = name,
                selection: Selection = selection,
                code: str = code,
                order: str = order,
            ) -> list[duties.ObligationRow]:
                found = duties.ObligationList(
                    CITY.actors[name], selection, duties.MEASURES[code], order=order
                )
                starts = range(0, len(found), size)
                return [row for start in starts for row in found[start : start + size]]

            whole = listed(100_000)
            with patch.multiple(parts, SMALL=40, FEW=3), patch.object(obligations, "LONG", 0):
                in_parts = listed(100_000)
                paged = listed(max(1, len(whole) // 5))
            assert paged == in_parts, (name, code, order)
            if "due" in order:
                # A deferred obligation stands where the duty's own due time puts it.
                assert len(in_parts) == len(whole)
                assert set(map(repr, in_parts)) == set(map(repr, whole)), (name, code, order)
            else:
                assert in_parts == whole, (name, code, order)

    def test_a_series_is_the_figures_of_its_days(self) -> None:
        look = Look(SYSTEM, Question(region=GUANGZHOU), NOW)
        daily = next(
            duty
            for duty in look.duties.values()
            if duty.spec.recurrence is duties.Recurrence.DAILY
            and duty.spec.bearer.kind is duties.BearerKind.ORGANISATION
        )
        series = look.series(daily, 10)
        assert len(series) == 10
        for day, figure in series:
            assert look.other(duty=daily.id, day=day).total() == figure, day
        assert any(figure.done for _, figure in series)
