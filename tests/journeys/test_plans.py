"""How many rows the hot queries touch, on a register in which a scan of everything would show.

Times differ from machine to machine; the rows that a plan goes through do not. Each limit leaves
room for another plan of the same kind, and none for reading a big table whole.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from bench.national import Size
from bench.national import build as national
from tests.sharing import once
from tongzhou.config.demo.fates import answers
from tongzhou.kernel import plans
from tongzhou.kernel.access import SYSTEM, Actor, Role, permissions_of
from tongzhou.kernel.database import execute, rows
from tongzhou.modules.directives.public import seed_directives
from tongzhou.modules.duties import commands
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.public import Breakdown, Selection
from tongzhou.modules.duties.queries import counting, obligations, sums
from tongzhou.modules.registry.public import list_bearers
from tongzhou.modules.registry.queries.organisations import (
    Filters,
    filter_organisations,
    list_rows,
)
from tongzhou.modules.registry.seed import seed_base

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
ORGANISATIONS = 2_500
PROVINCE, CITY, COUNTY = 440_000, 440_100, 440_106
#: What grows with the number of organisations; everything else is small.
BIG = ("registry_organisation", "registry_cell", "registry_placement", "duties_report")
PASSING = ("duties_delta", "duties_populationdelta", "duties_summed")
SMALL = (
    "duties_counter",
    "duties_dutyprofile",
    "duties_standing",
    "duties_tally",
    "registry_authority",
    "registry_profile",
    "registry_region",
)


def _first_page(listed: duties.ObligationList) -> object:
    return listed.opening()[:25]


@dataclass
class Touched:
    """The rows that statements went through: by table, and the most that one step handled.

    ``kept`` is the number of statements that were answered by a plan which is kept for all values.
    """

    tables: Counter[str] = field(default_factory=Counter)
    widest: int = 0
    kept: int = 0

    def add(self, plan: dict[str, Any]) -> None:
        """Add a node of a plan and all below it."""
        loops = plan["Actual Loops"]
        dropped = sum(number for name, number in plan.items() if name.startswith("Rows Removed"))
        through = round((plan["Actual Rows"] + dropped) * loops)
        self.widest = max(self.widest, through)
        if "Relation Name" in plan:
            self.tables[re.sub(r"_\d{6}$", "", plan["Relation Name"])] += through
        for below in plan.get("Plans", ()):
            self.add(below)

    def of(self, *tables: str) -> int:
        """Return the rows of some tables."""
        return sum(self.tables[each] for each in tables)


#: A statement that is executed by the plan that the server keeps for it.
_KEPT = re.compile(r"EXECUTE tongzhou_\d+\(.*(?=; SET LOCAL plan_cache_mode TO DEFAULT$)", re.S)


def touched(work: Callable[[], object]) -> Touched:
    """Do some reading, then look at how each of its statements was answered."""
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        work()
    found = Touched()
    for sql, params in asked:
        kept = _KEPT.search(sql)
        if kept is not None or sql.lstrip().upper().startswith(("SELECT", "WITH")):
            with transaction.atomic():
                if kept is not None:
                    execute("SET LOCAL plan_cache_mode = force_generic_plan")
                said = kept[0] if kept is not None else sql
                plan = rows(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {said}", params)[0][0]
                execute("SET LOCAL plan_cache_mode TO DEFAULT")
            found.add((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
            found.kept += kept is not None
    assert asked
    return found


_READ = """
SELECT relname, seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
WHERE seq_tup_read + idx_tup_fetch > 0
"""


def read_by(work: Callable[[], object]) -> Counter[str]:
    """Do some work and return the rows that it read of each table, inside functions, too."""
    before = Counter(dict(rows(_READ)))
    work()
    found: Counter[str] = Counter()
    for name, number in (Counter(dict(rows(_READ))) - before).items():
        found[re.sub(r"_\d{6}$", "", name)] += number
    return found


def _analyze(*tables: str) -> None:
    """Gather statistics as the tables' owner; the application may not."""
    ((role,),) = rows("SELECT current_user")
    execute("RESET ROLE")
    execute(f"ANALYZE {', '.join(tables)}")
    execute(f"SET LOCAL ROLE {role}")


@pytest.fixture(scope="module")
def register(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Invent a small national register with thirty duties in force, once for the file."""
    yield from once(django_db_blocker, _lay)


def _lay() -> None:
    past = NOW - timedelta(days=40)
    seed_base(actor=SYSTEM, at=past)
    national.register(Size(ORGANISATIONS), at=past)
    seed_directives(SYSTEM, past)
    opened = national.morning(NOW - timedelta(days=20))
    number = national.respond(opened)
    for body in national.bodies():
        national.publish(body, number, opened)
    national.report(0.6, NOW)
    # Statistics come by themselves in time; what a rolled-back test left is none.
    _analyze(*BIG, *SMALL, *PASSING)
    while duties.fold():
        pass
    _analyze(*BIG, *SMALL)
    # Reading 6,000 rows whole costs next to nothing; of a nation's it would not.
    execute("SET LOCAL seq_page_cost = 50")


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("register")]


@pytest.mark.parametrize("node", [0, PROVINCE, CITY, COUNTY])
def test_a_roll_up_reads_sums_and_no_bearer(node: int) -> None:
    selection = Selection(at=NOW, node=node)
    windows = duties.windows_of(selection)
    found = touched(lambda: duties.figures(SYSTEM, selection, found=windows))
    assert found.of(*BIG) == 0, found
    assert found.of("duties_standing", "duties_tally") < 3_000, found
    assert found.widest < 5_000, found


@pytest.mark.parametrize("node", [0, PROVINCE, CITY])
def test_a_table_of_children_reads_sums_and_no_bearer(node: int) -> None:
    selection = Selection(at=NOW, node=node)
    windows = duties.windows_of(selection)
    found = touched(lambda: duties.figures(SYSTEM, selection, Breakdown.REGION, found=windows))
    assert found.of(*BIG) == 0, found
    assert found.of("duties_standing", "duties_tally") < 3_000, found
    assert found.widest < 5_000, found


@pytest.mark.parametrize(("node", "start"), [(0, 0), (0, 5_000), (PROVINCE, 100), (CITY, 0)])
def test_a_page_of_a_list_reads_a_part_of_the_bearers(node: int, start: int) -> None:
    selection = Selection(at=NOW, node=node)
    windows = duties.windows_of(selection)
    figure = duties.total(duties.figures(SYSTEM, selection, found=windows))
    overdue = duties.MEASURES["overdue"]
    assert overdue.of(figure) > start
    listed = duties.ObligationList(SYSTEM, selection, overdue, found=windows, whole=figure)
    found = touched(lambda: listed[start : start + 25])
    assert found.of("registry_organisation", "registry_cell", "registry_placement") < 3_500, found
    assert found.of("duties_dutyprofile") < 2_500, found
    assert found.widest < 4_000, found


@pytest.mark.parametrize("nodes", [(0, PROVINCE, CITY, COUNTY), (COUNTY, CITY, PROVINCE, 0)])
def test_a_plan_that_is_kept_suits_every_node_whichever_was_asked_first(
    nodes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    execute("DEALLOCATE ALL")
    connection.connection.tongzhou_plans = None
    overdue = duties.MEASURES["overdue"]
    for node in nodes:
        selection = Selection(at=NOW, node=node)
        windows = duties.windows_of(selection)
        whole = duties.total(duties.figures(SYSTEM, selection, found=windows))
        listed = duties.ObligationList(SYSTEM, selection, overdue, found=windows, whole=whole)
        middle = overdue.of(whole) // 2
        asks: list[Callable[[], object]] = [
            partial(duties.figures, SYSTEM, selection, by, found=windows)
            for by in (Breakdown.NONE, Breakdown.REGION)
        ]
        if middle:
            starts = (0, middle)
            asks += [partial(listed.__getitem__, slice(each, each + 25)) for each in starts]
        for ask in asks:
            found = touched(ask)
            assert found.kept, found
            assert found.of(*BIG) < 3_500, (node, found)
            assert found.widest < 5_000, (node, found)
            answer = ask()
            with monkeypatch.context() as patch:
                for module in (counting, obligations, sums):
                    patch.setattr(module, "planned", rows)
                assert ask() == answer


@pytest.mark.parametrize("node", [0, PROVINCE])
def test_lists_open_the_months_of_their_periods_alone(
    node: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site's months become more every year; a kept plan that names none opens them all."""
    for month in range(1, 10):
        execute("SELECT duties_report_partition(%s)", [f"2025-{month:02d}-01"])
    selection = Selection(at=NOW, node=node)
    windows = duties.windows_of(selection)
    asked: list[str] = []

    def listen(sql: str, params: Any) -> Any:
        asked.append(plans._numbered(sql)[0])
        return plans.planned(sql, params)

    monkeypatch.setattr(obligations, "planned", listen)
    listed = duties.ObligationList(SYSTEM, selection, duties.MEASURES["silent"], found=windows)
    assert listed[0:25]
    assert listed[30:55]
    told = "\n".join(row[0] for sql in asked for row in rows(f"EXPLAIN (GENERIC_PLAN) {sql}"))
    opened = set(re.findall(r"duties_report_(\d{6})", told))
    assert opened
    assert opened <= {f"{each.period.start:%Y%m}" for each in windows}


_EXCEPTED = """
INSERT INTO duties_exception (prov, duty_id, organisation_id, asked_under, kind, first_period,
    end_kind, until_on, offset_months, offset_days, basis, basis_urn, reason, origin, state,
    asked_at, asker, decided_at, decider, answer, revoker, revoke_reason)
SELECT o.prov, %(duty)s, o.id, %(version)s, 'DEFERRAL', %(day)s, 'DATE', %(until)s, 0, 0, '', '',
    '', 'GRANTED', 'GRANTED', %(at)s, '', %(at)s, '', '', '', ''
FROM registry_organisation o JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov
JOIN duties_dutyprofile b ON b.duty_id = %(version)s AND b.profile_id = c.profile_id
"""


@pytest.mark.parametrize("node", [0, PROVINCE, CITY])
def test_many_exceptions_are_not_compared_one_by_one(node: int) -> None:
    """Nobody has gathered statistics since they were granted; the planner expects none."""
    windows = duties.windows_of(Selection(at=NOW))
    counted = duties.figures(SYSTEM, Selection(at=NOW), found=windows)
    widest = max(counted, key=lambda row: row.figure.overdue)
    window = next(each for each in windows if each.duty_id == widest.duty_id)
    selection = Selection(at=NOW, node=node)
    with transaction.atomic():
        _analyze("duties_exception")
        granted = execute(
            _EXCEPTED,
            {
                "duty": window.duty_id,
                "version": window.version_id,
                "day": window.period.start,
                "until": NOW.date() + timedelta(days=9),
                "at": NOW - timedelta(days=1),
            },
        )
        assert granted > 1_000
        figures = duties.figures(SYSTEM, selection, found=windows)
        found = touched(lambda: duties.figures(SYSTEM, selection, found=windows))
        transaction.set_rollback(True)
    assert next(r for r in figures if r.duty_id == window.duty_id).figure.overdue == 0
    assert found.kept == 2
    assert found.widest < 4 * ORGANISATIONS, found


_UNFOLDED = """
INSERT INTO duties_delta (prov, period, duty_id, cell_id, submitted, accepted, returned, late)
SELECT c.prov, %(day)s, %(duty)s, c.id, 0, 0, 0, 1 FROM registry_cell c
JOIN duties_dutyprofile b ON b.duty_id = %(version)s AND b.profile_id = c.profile_id
"""


@pytest.mark.parametrize("node", [0, PROVINCE, CITY])
def test_changes_that_are_not_folded_are_not_compared_one_by_one(node: int) -> None:
    counted = duties.figures(SYSTEM, Selection(at=NOW))
    widest = max(counted, key=lambda row: row.figure.owed)
    windows = duties.windows_of(Selection(at=NOW))
    window = next(each for each in windows if each.duty_id == widest.duty_id)
    selection = Selection(at=NOW, node=node)
    with transaction.atomic():
        told = execute(
            _UNFOLDED,
            {
                "duty": window.duty_id,
                "version": window.version_id,
                "day": window.period.start,
            },
        )
        assert told > 1_000
        after = duties.figures(SYSTEM, Selection(at=NOW))
        found = touched(lambda: duties.figures(SYSTEM, selection, Breakdown.REGION, found=windows))
        transaction.set_rollback(True)
    late = {row.duty_id: row.figure.late for row in after}[window.duty_id]
    assert late == widest.figure.late + told
    assert found.kept == 2
    assert found.widest < 8 * ORGANISATIONS, found


def test_a_submission_reads_what_it_is_about() -> None:
    (duty,) = rows("SELECT root_id FROM duties_duty WHERE key = 'd8-cases'")[0]
    spec = duties.get_duty(duty, NOW).spec
    day = duties.list_windows(NOW, duty_ids=[duty])[0].period.start
    data = answers(1, "x", spec.id, spec, day)
    owing = rows(
        "SELECT id, prov FROM registry_organisation WHERE located_in_id / 10000 = 44"
        " AND form = 'ASSOCIATION' AND located_in_id <> 440117 ORDER BY id LIMIT 2"
    )

    def submit(bearer: tuple[int, int]) -> None:
        actor = Actor(
            user_id=None,
            role=Role.SECRETARIAT,
            label="秘书处",
            organisation_id=bearer[0],
            prov=bearer[1],
            permissions=permissions_of(Role.SECRETARIAT),
        )
        key = duties.Key(day, duty, *bearer)
        commands.submit_report(actor=actor, at=NOW, key=key, data=data)

    submit(owing[0])  # what the process keeps is read once
    found = read_by(lambda: submit(owing[1]))
    assert sum(found[each] for each in BIG) < 40, found
    assert sum(found.values()) < 400, found


def test_the_board_of_one_bearer_reads_its_own_rows() -> None:
    bearer = list_bearers(rows("SELECT id, prov FROM registry_organisation LIMIT 1 OFFSET 4000"))[0]
    found = touched(lambda: duties.list_board(SYSTEM, bearer, NOW))
    assert found.of(*BIG) < 200, found
    assert found.widest < 8_000, found


def _parts(least: int, most: int) -> list[str]:
    """Return pairs of characters that so many names have, the rarest first."""
    return [
        row[0]
        for row in rows(
            "SELECT lexeme FROM registry_organisation,"
            " unnest(registry_pairs(name)) WHERE form <> 'AUTHORITY' AND length(lexeme) = 2"
            " GROUP BY lexeme HAVING count(*) BETWEEN %s AND %s ORDER BY count(*), lexeme LIMIT 3",
            [least, most],
        )
    ]


def test_a_search_by_two_characters_reads_what_it_finds() -> None:
    everybody = rows("SELECT count(*) FROM registry_organisation")[0][0]
    selection = Selection(at=NOW)
    windows = duties.windows_of(selection)
    overdue = duties.MEASURES["overdue"]
    for part in _parts(3, 40):
        shown = filter_organisations(SYSTEM, Filters(q=part))
        for work in (partial(list_rows, shown[:25]), shown.count):
            found = touched(work)
            assert found.of("registry_organisation") < 200 < everybody, (part, found)
        listed = duties.ObligationList(SYSTEM, selection, overdue, words=part, found=windows)
        found = touched(partial(_first_page, listed))
        assert found.of(*BIG) < 1_500, (part, found)
    (common,) = _parts(400, everybody)[-1:]
    shown = filter_organisations(SYSTEM, Filters(q=common))
    found = touched(lambda: list_rows(shown[:25]))
    assert found.of("registry_organisation") < 1_200, (common, found)


def test_a_search_that_finds_very_many_opens_with_the_first_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(obligations, "MOST", 100)
    monkeypatch.setattr(obligations, "AT_FIRST", 30)
    selection = Selection(at=NOW)
    windows = duties.windows_of(selection)
    for tree in duties.Tree:
        along = duties.narrowed(selection, tree=tree)
        whole = duties.ObligationList(
            SYSTEM, along, duties.MEASURES["owed"], words="协会", found=windows
        )
        opening = whole.opening()
        assert 30 < opening.count() < whole.count()
        assert opening[:1_000_000] == whole[: opening.count()]
        assert opening.opening() is opening
        found = touched(partial(opening.__getitem__, slice(25)))
        assert found.of("registry_organisation") < 2_500, found
        if tree is duties.Tree.TERRITORY:
            county = duties.narrowed(along, node=whole[0:1][0].place)
            few = duties.ObligationList(SYSTEM, county, whole.measure, words="协会", found=windows)
            assert few.opening() is few


_REPORTED = """
INSERT INTO duties_report (period, duty_id, organisation_id, prov, state, version, cell_id, late,
    data, files, effective_on, submitted_at, submitter, decided_at, decider, made_under)
SELECT %(day)s, %(duty)s, o.id, o.prov, 'ACCEPTED', 1, o.cell_id, FALSE, '{}', '{}', %(day)s,
    %(at)s, '', %(at)s, '系统接收', %(version)s
FROM registry_organisation o
JOIN duties_dutyprofile b ON b.duty_id = %(version)s
JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov AND c.profile_id = b.profile_id
"""


@pytest.mark.parametrize("how", ["kept", "afresh", "past"])
def test_reports_of_a_day_unknown_to_statistics_are_not_compared_one_by_one(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has gathered statistics since the day began; the planner expects no report of it."""
    if how == "afresh":  # as behind a pooler
        monkeypatch.setattr(obligations, "planned", rows)
    tomorrow = NOW + timedelta(days=1)
    windows = [
        each
        for each in duties.windows_of(Selection(at=tomorrow))
        if each.period.start == tomorrow.date()
    ]
    counted = duties.figures(SYSTEM, Selection(at=tomorrow), found=windows)
    widest = max(counted, key=lambda row: row.figure.owed).duty_id
    windows = [each for each in windows if each.duty_id == widest]
    wide = windows[0]
    selection = Selection(
        at=tomorrow, duty_ids=(wide.duty_id,), as_of=tomorrow if how == "past" else None
    )
    with transaction.atomic():
        execute("SELECT duties_report_partition(%s)", [wide.period.start])
        for day in (wide.period.start - timedelta(days=1), wide.period.start):
            told = execute(
                _REPORTED,
                {
                    "day": day,
                    "duty": wide.duty_id,
                    "version": wide.version_id,
                    "at": tomorrow - timedelta(minutes=1),
                },
            )
            assert told > 1_000
            if day < wide.period.start:
                _analyze("duties_report", "duties_step")
        listed = duties.ObligationList(
            SYSTEM, selection, duties.MEASURES["owed"], found=windows, order="name"
        )
        shown: list[duties.ObligationRow] = []
        found = touched(lambda: shown.extend(listed._read(0, 25)))
        transaction.set_rollback(True)
    assert {each.state for each in shown} == {"ACCEPTED"}
    assert found.kept == (how == "kept")
    assert found.widest < 4 * ORGANISATIONS, found
