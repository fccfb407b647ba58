"""What every benchmark shares: a result beside its limit, clocks, a database of its own."""

import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tongzhou.config.places import database


@dataclass(frozen=True, slots=True)
class Result:
    """One figure: what was measured, the value and its limit in the same unit.

    ``least`` says that the limit is the smallest good value, not the largest.
    """

    name: str
    value: float
    limit: float | None
    unit: str
    least: bool = False

    @property
    def reached(self) -> bool | None:
        """Tell whether the value is within its limit; None where there is no limit."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def is_fault(self) -> bool:
        """Tell whether there is something of which there may be none, such as a mismatch."""
        return self.limit == 0 and self.reached is False

    @property
    def line(self) -> str:
        """Return the row of the results table; a ratio above 1 is out of bounds."""
        shown = _shown(self.value, self.unit)
        sign = "≥" if self.least else "≤"
        limit = "" if self.limit is None else f"{sign} {self.limit:g} {self.unit}".rstrip()
        ratio = ""
        if self.limit:
            part = self.limit / self.value if self.least and self.value else self.value / self.limit
            ratio = f"{part:.2f}"
        verdict = {True: "reached", False: "**missed**", None: ""}[self.reached]
        return f"| {self.name} | {shown} | {limit} | {ratio} | {verdict} |"


def _shown(value: float, unit: str) -> str:
    """Write a value with its unit: a count in whole numbers, a ratio to three places."""
    if not unit:
        return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}"
    return f"{value:.3f} ratio" if unit == "ratio" else f"{value:,.1f} {unit}"


@contextmanager
def own_database() -> Iterator[None]:
    """Make a migrated database for this run and drop it afterwards."""
    with database():
        server = os.environ["DATABASE_URL"]
        name = f"bench_{secrets.token_hex(4)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        try:
            from tongzhou.config.commands import call

            call("migrate", interactive=False, verbosity=0)
            yield
        finally:
            from django.db import connections

            connections.close_all()
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds ``work`` took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ms(work: Callable[[], object], times: int = 15) -> float:
    """Return the median of several runs in milliseconds, after one to warm up."""
    work()
    return statistics.median(timed(work) for _ in range(times)) * 1000
