"""Profile the product's longer paths at national size: ``make bench ARGS=--profile``.

Writes bench/profiles.md: how long each path takes and how much of that in the database, and for the
three slowest the statements and functions in which the time goes. ``BENCH_ORGANISATIONS`` says how
large the register is; ``BENCH_DATABASE`` (an address) names one that is there already, with duties
in force, and leaves out the path that needs a register without. What stands under "In words" is
kept from one run to the next.
"""

import cProfile
import gc
import json
import os
import pstats
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.national import Size, from_environment, national_database

ROOT = Path(__file__).resolve().parents[1]
PROFILES = Path(__file__).with_name("profiles.md")
STATEMENTS, FUNCTIONS, SLOWEST = 6, 12, 3
SUBMISSIONS = 200
GIVEN = os.environ.get("BENCH_DATABASE", "")
WORDS = "\n## In words\n"

Work = Callable[[], object]


def publish() -> Work:
    """Load two libraries and put them in force on the whole register."""
    from datetime import timedelta

    from bench.national.build import bodies, morning, publish, respond
    from tongzhou.kernel import clock

    opened = morning(clock.now() - timedelta(days=1))
    number, held = respond(opened), bodies()
    return lambda: [publish(body, number, opened) for body in held]


def _page(path: str) -> Work:
    from django.test import Client

    from bench.people import officer

    client = Client()
    client.force_login(officer(0), backend="tongzhou.kernel.identity.backend.PersonBackend")

    def ask() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        b"".join(answer) if answer.streaming else answer.content

    ask()
    return ask


def children() -> Work:
    """Read the page of 31 provinces × 30 duties."""
    return _page("/figures/?region=0")


def overdue() -> Work:
    """Read the first page of the nation's overdue list."""
    return _page("/figures/list/?region=0&measure=overdue")


def province() -> Work:
    """Read the page of a province's cities × 30 duties."""
    return _page("/figures/?region=440000")


def deep() -> Work:
    """Read a page in the middle of the nation's overdue list."""
    return _page("/figures/list/?region=0&measure=overdue&page=2000")


def desk() -> Work:
    """Read the ministry's desk."""
    return _page("/desk/")


def submissions() -> Work:
    """Submit 200 reports through the command, one after the other."""
    from bench.submitters import submit_singly

    work = submit_singly(1, "d8-cases", 0, 0)
    work(0)
    return lambda: [work(turn) for turn in range(1, SUBMISSIONS + 1)]


PATHS: dict[str, tuple[bool, Callable[[], Work]]] = {
    "publish": (False, publish),
    "children": (True, children),
    "province": (True, province),
    "overdue": (True, overdue),
    "deep": (True, deep),
    "desk": (True, desk),
    "submissions": (True, submissions),
}


@dataclass
class Profile:
    """What was found about one path; times in seconds."""

    name: str
    words: str
    seconds: float
    database: float = 0.0
    statements: list[tuple[float, int, str]] = field(default_factory=list)
    functions: list[tuple[float, int, str]] = field(default_factory=list)
    organisations: int = 0

    @property
    def row(self) -> str:
        """Return the row of the table."""
        share = self.database / self.seconds if self.seconds else 0
        return f"| {self.name} | {self.words} | {self.seconds:.2f} s | {share:.0%} |"

    @property
    def section(self) -> str:
        """Return what the time goes into."""
        lines = [f"## {self.name}", "", "| seconds | times | statement |", "|---|---|---|"]
        lines += [f"| {took:.3f} | {times} | `{sql}` |" for took, times, sql in self.statements]
        lines += ["", "| own seconds | calls | function |", "|---|---|---|"]
        lines += [f"| {took:.3f} | {calls} | `{name}` |" for took, calls, name in self.functions]
        return "\n".join(lines)


def profile_all() -> int:
    """Profile every path in a process of its own and write the file; return 0, or 1 for faults."""
    found: list[Profile] = []
    failed = []
    for name, (in_force, _) in PATHS.items():
        if GIVEN and not in_force:
            continue
        code = "import sys; from bench.profiling import one; one(sys.argv[1])"
        done = subprocess.run(
            [sys.executable, "-c", code, name], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            failed.append(name)
            continue
        found.append(Profile(**json.loads(done.stdout.splitlines()[-1])))
        print(found[-1].row, flush=True)
    found.sort(key=lambda each: -each.seconds)
    top = [
        "# Profiles",
        "",
        _surroundings(max((each.organisations for each in found), default=0)),
        "",
        "| path | what | took | in the database |",
        "|---|---|---|---|",
    ]
    sections = [each.section for each in found[:SLOWEST]]
    text = "\n".join([*top, *(each.row for each in found)]) + "\n\n" + "\n\n".join(sections)
    _, marker, words = PROFILES.read_text(encoding="utf-8").partition(WORDS)
    PROFILES.write_text(f"{text}\n{marker}{words}", encoding="utf-8")
    print(f"profiles: {PROFILES}")
    if failed:
        print(f"未通过 · FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def _surroundings(organisations: int) -> str:
    return (
        f"Written by `make bench ARGS=--profile`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC,"
        f" {organisations:,} organisations, load average"
        f" {os.getloadavg()[0]:.1f}. Profiling itself makes Python slower."
    )


def one(name: str) -> None:
    """Profile one path and print what was found as JSON."""
    in_force, path = PATHS[name]
    size: Size = from_environment()
    with _given() if GIVEN else national_database(size if in_force else size.register):
        from tongzhou.config.commands import setup

        setup()
        from tongzhou.kernel.database import rows

        work = path()
        found = _profiled(name, (path.__doc__ or "").strip().rstrip("."), work)
        found.organisations = rows(
            "SELECT count(*) FROM registry_organisation WHERE form <> 'AUTHORITY'"
        )[0][0]
    print(json.dumps(asdict(found), ensure_ascii=False))


@contextmanager
def _given() -> Iterator[None]:
    os.environ["DATABASE_URL"] = GIVEN
    yield


def _profiled(name: str, words: str, work: Work) -> Profile:
    taken: dict[str, list[float]] = {}
    profiler = cProfile.Profile()
    gc.collect()  # as at the start of the web server: else one falls into what is measured
    gc.freeze()
    with _listening(taken):
        began = time.perf_counter()
        profiler.enable()
        work()
        profiler.disable()
        seconds = time.perf_counter() - began
    statements = sorted(((sum(each), len(each), sql) for sql, each in taken.items()), reverse=True)
    functions = [
        (own, calls, _place(*where))
        for where, (_, calls, own, _cumulated, _callers) in pstats.Stats(profiler).stats.items()  # type: ignore[attr-defined]
    ]
    functions.sort(reverse=True)
    return Profile(
        name,
        words,
        seconds,
        sum(each[0] for each in statements),
        statements[:STATEMENTS],
        functions[:FUNCTIONS],
    )


@contextmanager
def _listening(taken: dict[str, list[float]]) -> Iterator[None]:
    from django.db import connection

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            short = re.sub(r"\s+", " ", sql).strip().replace("|", "¦").replace("`", "'")[:140]
            taken.setdefault(short, []).append(time.perf_counter() - began)

    with connection.execute_wrapper(listen):
        yield


def _place(file: str, line: int, name: str) -> str:
    short = file.removeprefix(f"{ROOT}/").removeprefix(f"{sys.base_prefix}/")
    short = short.rpartition("site-packages/")[2]
    return f"{short}:{line} {name}" if line else name
