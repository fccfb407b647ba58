"""What row-level security costs: the same reads with the policies off and on.

Without: as the owner of the tables, whom the policies do not bind. With: as the application's role,
whose statements bring their sight along. ``visible_to`` is in every statement both times. What is
measured is processor time, the database's and ours together, the least of several rounds, because
the machine is rarely ours alone. A fifth of a millisecond is below what is felt, so a small read is
allowed that much before its ratio counts.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.harness import Result, timed
from bench.national import Size
from tongzhou.config.embedded import SILENT, Server
from tongzhou.config.places import data_folder
from tongzhou.kernel.reach import APPLICATION

LIMIT = 1.10
FELT_MS = 0.2
ROUNDS = 3
TIMES = 7
GUANGDONG, GUANGZHOU = (440_000, 449_999), (440_100, 440_199)


def NATIONAL(size: Size) -> Size:  # noqa: N802 - read by bench.__main__
    """Measure on the register with duties in force and reports."""
    return size


def measure() -> Iterator[Result]:
    """Ask the same of the same rows, without and with the second wall."""
    from tongzhou.config.commands import setup

    setup()
    from tongzhou.kernel import clock, sight
    from tongzhou.kernel.access import NATION, Actor, Role
    from tongzhou.modules.duties import public as duties
    from tongzhou.modules.duties.queries.lists import Filters as Wanted
    from tongzhou.modules.duties.queries.lists import ReportList
    from tongzhou.modules.registry.models import Organisation
    from tongzhou.modules.registry.queries.organisations import (
        Filters,
        filter_organisations,
        list_rows,
    )

    now = clock.now()
    _mark_silent()
    supervisor = Organisation.objects.filter(supervisor_id__isnull=False).values_list(
        "supervisor_id", flat=True
    )[:1]
    identifier, prov = Organisation.objects.filter(registered_region=440_100).values_list(
        "id", "prov"
    )[0]
    everywhere = {
        "nation": Actor(1, Role.OFFICER, "", low=NATION[0], high=NATION[1]),
        "province": Actor(1, Role.OFFICER, "", low=GUANGDONG[0], high=GUANGDONG[1]),
        "city": Actor(1, Role.OFFICER, "", low=GUANGZHOU[0], high=GUANGZHOU[1]),
        "supervisor": Actor(1, Role.SUPERVISOR, "", authority_id=next(iter(supervisor), 1)),
        "organisation": Actor(1, Role.SECRETARIAT, "", organisation_id=identifier, prov=prov),
    }

    def works(actor: Actor) -> dict[str, Callable[[], object]]:
        node = actor.low if actor.low < actor.high else 0
        selection = duties.Selection(at=now, node=node)
        windows = duties.windows_of(selection)
        listed = duties.ObligationList(actor, selection, duties.MEASURES["overdue"], found=windows)
        found: dict[str, Callable[[], object]] = {
            "organisations, a page by name": lambda: list_rows(
                filter_organisations(actor, Filters())[:25]
            ),
            "organisations, counted": lambda: filter_organisations(actor, Filters()).count(),
            "organisations, a name searched": lambda: list_rows(
                filter_organisations(actor, Filters(q="养老服务中心"))[:25]
            ),
            "reports, newest page": lambda: ReportList(actor, _newest())[0:25],
        }
        if actor.is_authority:
            found["roll-up of all duties"] = lambda: duties.figures(actor, selection, found=windows)
            found["overdue list, first page"] = lambda: listed[0:25]
        return found

    def _newest() -> Wanted:
        return Wanted(order="newest")

    times: dict[tuple[str, str, bool], list[float]] = {}
    for _ in range(ROUNDS):
        for on in (False, True):
            with _acting(on=on):
                for name, actor in everywhere.items():
                    with sight.acting_as(actor):
                        for what, work in works(actor).items():
                            times.setdefault((name, what, on), []).append(_least_ms(work))
    for (name, what, on), found in times.items():
        if on:
            continue
        bare = min(found)
        walled = min(times[name, what, True])
        yield Result(f"{name}: {what}, without", bare, None, "ms")
        yield Result("… with", walled, None, "ms")
        ratio = walled / bare if walled - bare > FELT_MS else min(walled / bare, LIMIT)
        yield Result("… times as long", ratio, LIMIT, "ratio")


def _least_ms(work: Callable[[], object]) -> float:
    """Return the least processor time of several runs, after two to warm up, in milliseconds."""
    from tongzhou.kernel.database import execute, rows

    execute("SET max_parallel_workers_per_gather = 0")
    spent = Path(f"/proc/{rows('SELECT pg_backend_pid()')[0][0]}/schedstat")

    def cpu() -> float:
        return time.process_time() + int(spent.read_text().split()[0]) / 1e9

    def once() -> float:
        if not spent.exists():  # the database server is elsewhere: the clock has to do
            return timed(work)
        before = cpu()
        work()
        return cpu() - before

    work()
    work()
    return min(once() for _ in range(TIMES)) * 1000


@contextmanager
def _acting(*, on: bool) -> Iterator[None]:
    """Connect as the application's role, which is bound, or as the owner, who is not."""
    from django.db import connection

    if on:
        connection.settings_dict["OPTIONS"]["assume_role"] = APPLICATION
    connection.close()
    try:
        yield
    finally:
        connection.settings_dict["OPTIONS"].pop("assume_role", None)
        connection.close()


def _mark_silent() -> None:
    """Do what the server that comes along has done with its own database: a superuser's work."""
    from tongzhou.kernel.database import execute, rows

    if rows("SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper"):
        for function in SILENT:
            execute(f"ALTER FUNCTION {function} LEAKPROOF")
        return
    here = urlsplit(os.environ["DATABASE_URL"])
    server = Server(data_folder())
    server.acquire()
    try:
        if urlsplit(server.url).netloc == here.netloc:
            server.trust_comparisons(here.path.removeprefix("/"))
    finally:
        server.release()
