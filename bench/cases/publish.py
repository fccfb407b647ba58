"""Publish 30 duties to the nation beside a row per organisation and duty; change a phase."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bench.harness import Result, timed
from bench.national import Size

#: What a conventional compliance system's API was measured to write, rows a second.
CONVENTIONAL_API = 212
#: Rows written the conventional way at most; the rest is counted in proportion, which favours it.
SAMPLE = 2_700_000


def NATIONAL(size: Size) -> Size:  # noqa: N802 - read by bench.__main__
    """Measure on the register alone: publishing is what is measured."""
    return size.register


def measure() -> Iterator[Result]:
    """Publish, read every node's figures, write the same obligations as rows; change a phase."""
    from tongzhou.config.commands import setup

    setup()
    from bench.national.build import ACTOR, bodies, morning, publish, respond
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.duties import public as duties

    now = clock.now()
    opened = morning(now - timedelta(days=1))
    number = respond(opened)
    libraries = bodies()

    began = time.perf_counter()
    for body in libraries:
        publish(body, number, opened)
    published = time.perf_counter() - began
    first = timed(lambda: duties.figures(SYSTEM, duties.Selection(at=now)))
    began = time.perf_counter()
    found = duties.figures_of_tree(SYSTEM, duties.Selection(at=now))
    every = time.perf_counter() - began
    owed = sum(figure.owed for figure in found[0].values())
    _compare(now, found)
    yield Result("obligations owed by organisations", owed, None, "")
    yield Result("publishing: two libraries loaded and put in force", published, None, "s")
    yield Result("… figures of the first node, the nation", first * 1000, 100, "ms")
    yield Result(f"… figures of every region of the tree, {len(found):,}", every, None, "s")

    written, seconds = _rows_instead(now)
    whole = seconds * owed / written
    yield Result(f"INSERT … SELECT with indexes, {written:,} obligations", seconds, None, "s")
    yield Result(f"… for all {owed:,}, in proportion", whole, None, "s")
    yield Result("publish beside it", (published + every) / whole, 0.05, "ratio")
    rate = owed / (published + every)
    yield Result("obligations a second", rate, 5_000 * CONVENTIONAL_API, "/s", least=True)
    yield from _storage(owed, written)
    yield from _phase(ACTOR, now, number)


def _compare(now: datetime, found: dict[int, dict[int, Any]]) -> None:
    """Hold some nodes of each level, read for themselves, against the read of all of them."""
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.duties import public as duties

    for node in (0, 110_000, 370_000, 440_000, 440_100, 440_106, 429_004, 654_000):
        alone = duties.figures(SYSTEM, duties.Selection(at=now, node=node))
        if {each.duty_id: each.figure for each in alone} != found.get(node, {}):
            raise RuntimeError(f"node {node} differs from the read of every node")


def _rows_instead(now: object) -> tuple[int, float]:
    """Write the obligations of the first duties as rows in the conventional way."""
    from django.db import connection

    from tongzhou.kernel.access import SYSTEM
    from tongzhou.kernel.database import execute
    from tongzhou.modules.duties import public as duties
    from tongzhou.modules.duties.queries import figure_sql

    execute(
        "CREATE TABLE obligation (period date, duty bigint, organisation bigint, prov smallint,"
        " state text NOT NULL, due_at timestamptz, place integer, registered_region integer,"
        " PRIMARY KEY (period, duty, organisation, prov))"
    )
    execute("CREATE INDEX obligation_of ON obligation (organisation, duty)")
    execute("CREATE INDEX obligation_open ON obligation (duty, state, place)")
    owed = duties.figures(SYSTEM, duties.Selection(at=now))  # type: ignore[arg-type]
    taken: list[int] = []
    rows = 0
    for each in owed:
        if rows < SAMPLE:
            taken.append(each.duty_id)
            rows += each.figure.owed
    selection = duties.Selection(at=now, duty_ids=tuple(taken))  # type: ignore[arg-type]
    windows = duties.windows_of(selection)
    params = figure_sql.window_params(windows, selection)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {figure_sql.WINDOWS} INSERT INTO obligation SELECT w.period, w.duty, o.id,"
            " o.prov, 'DUE', w.due_at, c.place, c.registered_region FROM registry_organisation o"
            " JOIN registry_cell c ON c.id = o.cell_id AND c.prov = o.prov"
            " JOIN duties_dutyprofile b ON b.profile_id = c.profile_id"
            " JOIN w ON w.version = b.duty_id AND c.place BETWEEN w.low AND w.high"
            " AND c.registered_region BETWEEN w.rlow AND w.rhigh"
            " WHERE o.form <> 'AUTHORITY' AND o.status IN ('ACTIVE', 'SUSPENDED')",
            params,
        )
        written = cursor.rowcount
    seconds = time.perf_counter() - began
    if written != rows:
        raise RuntimeError(f"{written} rows written, {rows} obligations owed")
    return written, seconds


def _storage(owed: int, written: int) -> Iterator[Result]:
    """Compare what published duties take with what the rows take, before any report."""
    from tongzhou.kernel.database import rows

    ours = rows(
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relkind = 'r'"
        " AND c.relname ~ '^(duties_|registry_cell|registry_profile)'"
    )[0][0]
    theirs = rows("SELECT pg_total_relation_size('obligation')")[0][0] * owed / written
    yield Result("storage of what is in force, cells included", float(ours) / 2**20, None, "MB")
    yield Result("… a row for each instead, in proportion", float(theirs) / 2**20, None, "MB")
    yield Result("… ours beside it, before reports", float(ours) / float(theirs), 0.15, "ratio")


def _phase(actor: object, now: object, number: int) -> Iterator[Result]:
    """Change a province's phase and read it, its cities and the nation, until all are right."""
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.duties import public as duties
    from tongzhou.modules.response import public as response

    at = clock.now()
    assert isinstance(at, datetime)
    before = duties.total(duties.figures(SYSTEM, duties.Selection(at=at, node=370_000))).owed
    began = time.perf_counter()
    response.set_phase(
        actor=actor,  # type: ignore[arg-type]
        at=at,
        response_id=number,
        region_id=370_000,
        phase="ENDED",
        from_at=at,
        decided_by="性能测量",
    )
    changed = time.perf_counter() - began
    later = clock.now()
    after = 0
    for node, by in ((370_000, "NONE"), (370_000, "REGION"), (0, "REGION")):
        found = duties.figures(SYSTEM, duties.Selection(at=later, node=node), duties.Breakdown(by))
        if node == 370_000 and by == "NONE":
            after = duties.total(found).owed
    seconds = time.perf_counter() - began
    if after >= before:
        raise RuntimeError(f"the phase changed nothing: {before} → {after}")
    yield Result("phase change of a province: the command", changed * 1000, None, "ms")
    yield Result("… until province, cities and nation are read anew", seconds, 1, "s")
