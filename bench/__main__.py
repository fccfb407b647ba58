"""Measure the product's own code paths: ``make bench``; writes bench/results.md.

Everything runs in a database of its own on the embedded server, or on ``DATABASE_URL``'s.
"""

import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tongzhou.config.places import database

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True, slots=True)
class Result:
    """One figure: what was measured, the value and its limit in the same unit."""

    name: str
    value: float
    limit: float | None
    unit: str

    @property
    def line(self) -> str:
        """Return the row of the results table."""
        limit = "" if self.limit is None else f"{self.limit:g} {self.unit}"
        ratio = "" if self.limit is None else f"{self.value / self.limit:.2f}"
        return f"| {self.name} | {self.value:.1f} {self.unit} | {limit} | {ratio} |"


@contextmanager
def own_database() -> Iterator[None]:
    """Make a database for this run and drop it afterwards."""
    with database():
        server = os.environ["DATABASE_URL"]
        name = f"bench_{secrets.token_hex(4)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        try:
            yield
        finally:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds ``work`` took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ms(work: Callable[[], object], times: int = 15) -> float:
    """Return the median of several runs in milliseconds, after one to warm up."""
    work()
    return statistics.median(timed(work) for _ in range(times)) * 1000


def measure() -> Iterator[Result]:
    """Build the demonstration, import a large sheet on top, read figures."""
    from tongzhou.config.demo import build
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
    from tongzhou.modules.duties import public as duties
    from tongzhou.modules.registry import commands
    from tongzhou.modules.registry.rules import columns
    from tongzhou.modules.registry.seed.invented import invented_organisations

    now = clock.now()
    seconds = timed(lambda: build.build(now=now, say=lambda words: None))
    yield Result("demonstration of 8,030 organisations", seconds, 60, "s")
    reports = duties.total(duties.figures(SYSTEM, duties.Selection(at=now))).owed
    yield Result("… obligations owed now", reports, None, "")

    def everything() -> None:
        duties.figures(SYSTEM, duties.Selection(at=now), duties.Breakdown.REGION)

    def city() -> None:
        duties.figures(SYSTEM, duties.Selection(at=now, node=440100), duties.Breakdown.REGION)

    def laggards() -> None:
        selection = duties.Selection(at=now, node=440106)
        found = duties.ObligationList(SYSTEM, selection, duties.MEASURES["overdue"])
        found[0:25]

    yield Result("figures of the nation by province, all duties", median_ms(everything), 150, "ms")
    yield Result("figures of the city by district, all duties", median_ms(city), 150, "ms")
    yield Result("first page of a district's overdue list", median_ms(laggards), 150, "ms")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        seen: set[str] = set()
        lines: list[list[object]] = []
        for seed in range(1, 60):
            for row in invented_organisations(seed):
                code = row[columns.CODE]
                if code not in seen and len(lines) < ROWS:
                    seen.add(code)
                    lines.append(list(row.values()))
            if len(lines) >= ROWS:
                break
        write_workbook(
            [Sheet("社会组织", [TableColumn(c.name) for c in columns.COLUMNS], lines)], path
        )
        with path.open("rb") as stream:
            batch = commands.start_import(
                actor=SYSTEM, at=now, stream=stream, name=path.name, size=path.stat().st_size
            )
        checking = timed(lambda: commands.check_import(actor=SYSTEM, at=now, batch_id=batch))
        writing = timed(lambda: commands.write_import(actor=SYSTEM, at=now, batch_id=batch))
    yield Result(f"import of {len(lines):,} organisations: check", checking, None, "s")
    yield Result(f"import of {len(lines):,} organisations: write", writing, None, "s")
    yield Result("… together", checking + writing, 60, "s")
    yield Result("figures of the nation by province, after it", median_ms(everything), None, "ms")


def main() -> int:
    """Run all benchmarks, print the table and write it."""
    with own_database():
        from tongzhou.config.commands import call

        call("migrate", interactive=False, verbosity=0)
        head = [
            "# Results",
            "",
            "`make bench`, two cores.",
            "",
            "| what | measured | limit | ratio |",
        ]
        lines = [*head, "|---|---|---|---|"]
        print("\n".join(lines[-2:]), flush=True)
        for result in measure():
            print(result.line, flush=True)
            lines.append(result.line)
        from django.db import connections

        connections.close_all()
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
