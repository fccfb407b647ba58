"""Figures and lists of any node at national size, in the database and as pages."""

import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.harness import Result, median_ms, timed
from bench.national import Size

#: Nation, a large province, a city, a county.
NODES = {"nation": 0, "province": 440_000, "city": 440_100, "county": 440_106}
DEEP = (0, 25, 2_000, 50_000)


def NATIONAL(size: Size) -> Size:  # noqa: N802 - read by bench.__main__
    """Measure on the register with duties in force and reports."""
    return size


def measure() -> Iterator[Result]:
    """Time roll-ups, children tables, lists; compare with DuckDB; time the pages."""
    from tongzhou.config.commands import setup

    setup()
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.duties import public as duties

    now = clock.now()
    owed = duties.total(duties.figures(SYSTEM, duties.Selection(at=now)))
    yield Result("obligations owed by organisations", owed.owed, None, "")
    yield Result("… of these done", owed.done, None, "")

    def rolled(node: int) -> Callable[[], object]:
        selection = duties.Selection(at=now, node=node)
        windows = duties.windows_of(selection)
        return lambda: duties.figures(SYSTEM, selection, found=windows)

    times = {name: median_ms(rolled(node), 7) for name, node in NODES.items()}
    for name, each in times.items():
        yield Result(f"roll-up of 30 duties, {name}", each, 10, "ms")

    def whole() -> object:
        return duties.figures(SYSTEM, duties.Selection(at=now))

    yield Result("… nation with the windows worked out anew", median_ms(whole, 5), None, "ms")

    yield from _against_duckdb(times, now, owed)

    for name, node in (("nation, 31 provinces", 0), ("province, its cities", 440_000)):
        selection = duties.Selection(at=now, node=node)
        windows = duties.windows_of(selection)

        def children(
            selection: duties.Selection = selection, windows: Any = windows
        ) -> list[duties.FigureRow]:
            return duties.figures(SYSTEM, selection, duties.Breakdown.REGION, found=windows)

        yield Result(f"children table × 30 duties, {name}", median_ms(children, 5), 15, "ms")

    yield from _lists(now)
    yield from _pages()


def _lists(now: Any) -> Iterator[Result]:
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.duties import public as duties

    for name, node in NODES.items():
        selection = duties.Selection(at=now, node=node)
        windows = duties.windows_of(selection)
        figure = duties.total(duties.figures(SYSTEM, selection, found=windows))
        measure = duties.MEASURES["overdue"]
        known = measure.of(figure)

        def page(
            start: int, selection: Any = selection, windows: Any = windows, figure: Any = figure
        ) -> object:
            found = duties.ObligationList(
                SYSTEM, selection, duties.MEASURES["overdue"], found=windows, whole=figure
            )
            return found[start : start + 25]

        worst = 0.0
        for start in DEEP:
            if start < known:
                worst = max(worst, median_ms(lambda start=start: page(start), 3))  # type: ignore[misc]
        yield Result(f"overdue list, worst of 4 depths, {name} ({known:,})", worst, 10, "ms")


def _against_duckdb(times: dict[str, float], now: Any, owed: Any) -> Iterator[Result]:
    """Put the same obligations as rows into DuckDB's memory and ask for the same figures."""
    import duckdb
    import psycopg

    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.duties import public as duties

    windows = duties.windows_of(duties.Selection(at=now))
    engine = duckdb.connect()
    engine.execute("SET threads = 2")
    engine.execute(
        "CREATE TABLE w (duty BIGINT, version BIGINT, period DATE, low INT, high INT, rlow INT,"
        " rhigh INT, overdue BOOLEAN)"
    )
    engine.executemany(
        "INSERT INTO w VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                each.duty_id,
                each.version_id,
                each.period.start,
                each.low,
                each.high,
                each.registered_low,
                each.registered_high,
                each.overdue,
            )
            for each in windows
        ],
    )
    import os

    sources = {
        "o": "SELECT o.id, o.prov, c.place, o.registered_region, o.form, c.profile_id"
        " FROM registry_organisation o JOIN registry_cell c ON c.id = o.cell_id"
        " AND c.prov = o.prov WHERE o.status IN ('ACTIVE', 'SUSPENDED') AND o.form <> 'AUTHORITY'",
        "b": "SELECT duty_id AS duty, profile_id FROM duties_dutyprofile",
        "r": "SELECT period, duty_id AS duty, organisation_id AS id, prov, state, late"
        " FROM duties_report",
    }
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(os.environ["DATABASE_URL"]) as c:
        for name, query in sources.items():
            path = Path(folder) / f"{name}.csv"
            with (
                path.open("wb") as target,
                c.cursor() as cursor,
                cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)".encode()) as copy,
            ):
                for block in copy:
                    target.write(block)
            engine.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{path}')")
    building = timed(
        lambda: engine.execute(
            "CREATE TABLE obligation AS SELECT o.id, o.prov, o.place, w.duty, w.period, w.overdue,"
            " r.state, coalesce(r.late, false) AS late FROM o"
            " JOIN b USING (profile_id) JOIN w ON w.version = b.duty"
            " AND o.place BETWEEN w.low AND w.high"
            " AND o.registered_region BETWEEN w.rlow AND w.rhigh"
            " LEFT JOIN r ON r.id = o.id AND r.prov = o.prov AND r.duty = w.duty"
            " AND r.period = w.period ORDER BY o.place"
        )
    )
    count = engine.execute("SELECT count(*) FROM obligation").fetchall()[0][0]
    if count != owed.owed:
        raise RuntimeError(f"DuckDB holds {count} obligations, the product {owed.owed}")
    yield Result("DuckDB in memory: building the same obligations", building, None, "s")
    for name, node in NODES.items():
        low, high = duties_span(node)

        def ask(low: int = low, high: int = high) -> list[Any]:
            return engine.execute(
                "SELECT duty, count(*), count(*) FILTER (state = 'SUBMITTED'),"
                " count(*) FILTER (state = 'ACCEPTED'), count(*) FILTER (state = 'RETURNED'),"
                " count(*) FILTER (overdue AND (state IS NULL OR state = 'RETURNED')),"
                " count(*) FILTER (late AND state IN ('SUBMITTED', 'ACCEPTED'))"
                " FROM obligation WHERE place BETWEEN ? AND ? GROUP BY duty ORDER BY duty",
                [low, high],
            ).fetchall()

        mine = duties.figures(SYSTEM, duties.Selection(at=now, node=node), found=windows)
        told = [
            (r.duty_id, *(getattr(r.figure, f) for f in ("owed", "submitted", "accepted")))
            for r in mine
        ]
        if told != [row[:4] for row in ask()]:
            raise RuntimeError(f"DuckDB and the product disagree about {name}")
        other = median_ms(ask, 5)
        yield Result(f"DuckDB, {name}", other, None, "ms")
        yield Result(f"… roll-up beside it, {name}", times[name] / other, 0.1, "ratio")


def duties_span(node: int) -> tuple[int, int]:
    """Return the range of region ids of a node."""
    from tongzhou.modules.registry.public import span

    return span(node)


def _pages() -> Iterator[Result]:
    """Time pages as the ministry's officer gets them, through all of Django, without a server."""
    from django.test import Client

    from bench.people import officer

    random.seed(1)
    client = Client()
    client.force_login(officer(0), backend="tongzhou.kernel.identity.backend.PersonBackend")
    for name, path, limit in (
        ("children table, 31 provinces × 30 duties", "/figures/?region=0", 60),
        ("children table, a province's cities", "/figures/?region=440000", 60),
        ("the ministry's desk", "/desk/", None),
        ("overdue list of the nation", "/figures/list/?region=0&measure=overdue", None),
        ("overdue list of a county", "/figures/list/?region=440106&measure=overdue", None),
    ):
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        yield Result(f"page: {name}", median_ms(lambda path=path: client.get(path), 3), limit, "ms")  # type: ignore[misc]
