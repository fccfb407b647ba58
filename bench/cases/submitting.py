"""Submissions at national size: singly with 8 clients, in batches, beside bare inserts."""

import os
from collections.abc import Iterator
from functools import partial

from bench.clients import Rate, together
from bench.harness import Result
from bench.national import Size, national_database
from bench.submitters import (
    BARE_TABLE,
    MONTHS,
    fold_often,
    in_batches,
    insert_bare,
    processor_time,
    replayed,
    submit_singly,
)

CLIENTS = 8
#: As many processes as the web server has: what a machine serves. Eight that take turns on two
#: cores do less together than two.
CORES = os.cpu_count() or 2
SECONDS = float(os.environ.get("BENCH_SECONDS") or 15)
SMALL = 1_000
#: How long one client submits at a time, so that a thousand organisations are enough.
BRIEF = 0.2
MORNING_SECONDS = 2 * 3600
MORNING_REPORTS = 900_000


def NATIONAL(size: Size) -> Size:  # noqa: N802 - read by bench.__main__
    """Measure on the register with duties in force and reports."""
    return size


def measure() -> Iterator[Result]:
    """Measure each way of submitting and the bare insert beside it, in turn."""
    _prepare()
    bare = together(CLIENTS, SECONDS, partial(insert_bare, CLIENTS))
    yield _rate("bare inserts of a report's row, 8 clients", bare)
    sent = together(CLIENTS, SECONDS, partial(replayed, CLIENTS))
    yield _rate("statements of the submit command sent by themselves, 8 clients", sent)
    yield Result("… beside bare inserts", sent.per_second / bare.per_second, 0.85, "ratio", True)
    single = together(CLIENTS, SECONDS, partial(submit_singly, CLIENTS, "d8-cases", 0))
    yield _rate("submit command, 8 clients", single)
    yield Result("… p99", single.percentile(0.99), None, "ms")
    yield Result("… beside bare inserts", single.per_second / bare.per_second, 0.85, "ratio", True)
    server, own = processor_time()
    yield Result("… processor time in the database", server, None, "µs")
    yield Result("… processor time of the command", own, None, "µs")
    folded = together(CLIENTS + 1, SECONDS, partial(fold_often, CLIENTS, "d8-cases", 0, SECONDS))
    yield _rate("submit command, 8 clients, the folder running", folded)
    yield Result("… beside bare inserts", folded.per_second / bare.per_second, 0.6, "ratio", True)
    served = together(CORES + 1, SECONDS, partial(fold_often, CORES, "d8-cases", 0, SECONDS))
    yield _rate("submit command, a client for each core, the folder running", served)
    rows = together(2, SECONDS, partial(insert_bare, 2, rows=4_000))
    yield Result(
        "bare inserts of 4,000 rows at once, 2 clients", rows.per_second * 4_000, None, "/s"
    )
    batches = together(2, SECONDS, partial(in_batches, 2, 4_000))
    batched = batches.per_second * 4_000
    yield Result("batches of 4,000 reports, 2 clients", batched, None, "/s")
    yield Result("… beside bare", batched / (rows.per_second * 4_000), 0.85, "ratio", least=True)
    needed = MORNING_REPORTS / MORNING_SECONDS
    yield Result(
        "900,000 zero reports in two hours, singly: share of this machine",
        100 * needed / served.per_second,
        10,
        "%",
    )
    yield Result("… in batches: share of this machine", 100 * needed / batched, 10, "%")
    yield from _latency()
    yield from _storage()


def _rate(name: str, rate: Rate) -> Result:
    return Result(name, rate.per_second, None, "/s")


def _prepare() -> None:
    """Give the site the months of some years, because each is a table that a plan may open."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(BARE_TABLE.encode())
        connection.execute(f"SELECT duties_report_partition(m::date) FROM {MONTHS} AS m".encode())


def _latency() -> Iterator[Result]:
    """Compare one client's latency here and in a register of a thousand, in turn, thrice."""
    here = os.environ["DATABASE_URL"]
    there: list[float] = []
    mine: list[float] = []
    with national_database(Size(SMALL)) as small:
        for _turn in range(3):
            for url, found in ((small, there), (here, mine)):
                os.environ["DATABASE_URL"] = url
                rate = together(1, BRIEF, partial(submit_singly, 1, "d8-cases", 0))
                found.append(rate.percentile(0.5))
    os.environ["DATABASE_URL"] = here
    yield Result("median latency of a submission, 1,000 organisations", min(there), None, "ms")
    yield Result("median latency of a submission, here", min(mine), None, "ms")
    yield Result("… beside it", min(mine) / min(there), 1.2, "ratio")


def _storage() -> Iterator[Result]:
    import psycopg

    size = (
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
        " WHERE c.relkind = 'r' AND c.relname ~ %s"
    )
    from tongzhou.config.commands import setup

    setup()
    from tongzhou.modules.duties.public import fold

    while fold():
        pass
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for table in ("bare", "duties_report", "duties_step", "duties_counter", "duties_delta"):
            connection.execute(f"VACUUM ANALYZE {table}".encode())

        def of(pattern: str) -> float:
            found = connection.execute(size, [pattern]).fetchone()
            return float(found[0]) if found else 0.0

        def count(table: str) -> int:
            found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            return int(found[0]) if found else 0

        reports, bare = count("duties_report"), of("^bare(_.*)?$") / max(1, count("bare"))
        ours = of("^duties_report(_.*)?$") / reports
        whole = ours + of("^duties_(step|counter|delta)") / reports
    yield Result("storage of a bare report's row with its index", bare, None, "bytes")
    yield Result("… of a report in the product", ours, None, "bytes")
    yield Result("… with its journal, deltas and counters", whole, None, "bytes")
    yield Result("… beside the bare row", whole / bare, 1.5, "ratio")
