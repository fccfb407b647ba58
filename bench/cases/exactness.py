"""Figures against an independent count, in the middle of everything that changes them.

People are processes of their own on PostgreSQL: they report, review, move organisations, change
attributes, phases, duties and exceptions, and fold. Others check meanwhile: each check is one
REPEATABLE READ snapshot in which every measure of one node is compared with the list of single
obligations, and the reports are counted again from their rows.
"""

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.crowd import BUSY, check_often, live
from bench.harness import Result
from bench.national import Size

CHECKS = int(os.environ.get("BENCH_CHECKS") or 1_000)
ORGANISATIONS = 1_500
CHECKERS = 2
LONGEST = 7_200.0


def NATIONAL(size: Size) -> Size:  # noqa: N802 - read by bench.__main__
    """Measure on a small register of the whole nation, where people meet often."""
    return Size(min(size.organisations, ORGANISATIONS))


def measure() -> Iterator[Result]:
    """Let everybody live until enough was checked; count again at the end."""
    context = multiprocessing.get_context("spawn")
    stop, told = context.Event(), context.Queue()
    checked = context.Value("i", 0)
    share = partial(_share, checked)
    busy = [
        context.Process(target=live, args=(name, seed, share, stop, told))
        for seed, name in enumerate(BUSY)
    ]
    watching = [
        context.Process(target=check_often, args=(number, CHECKS, checked, told))
        for number in range(CHECKERS)
    ]
    began = time.perf_counter()
    for each in (*busy, *watching):
        each.start()
    faults: list[str] = []
    for _ in watching:
        faults += told_of(told.get(timeout=LONGEST), "check")
    stop.set()
    done: Counter[str] = Counter()
    for _ in busy:
        found = told.get(timeout=120)
        faults += told_of(found, "deed")
        done.update(found["done"])
    for each in (*busy, *watching):
        each.join()
    seconds = time.perf_counter() - began
    for fault in faults[:10]:
        print(fault, flush=True)
    yield Result("checks in the middle of concurrent work", checked.value, CHECKS, "", least=True)
    yield Result("… mismatches", len(faults), 0, "")
    yield Result("… seconds", seconds, None, "s")
    for deed, count in sorted(done.items()):
        yield Result(f"… meanwhile {deed}", count, None, "")
    yield Result("faults of a recount at the end", len(_recount()), 0, "")


def _share(checked: Any) -> float:
    """Return which part of the checks is done."""
    return float(checked.value) / CHECKS


def told_of(found: dict[str, Any], kind: str) -> list[str]:
    """Return the faults that a process tells of; what ended it early is one."""
    return [f"{kind}: {each}" for each in found["faults"]]


def _recount() -> list[str]:
    from tongzhou.config.commands import setup

    setup()
    from tongzhou.modules.duties import public as duties
    from tongzhou.modules.registry.public import list_population_faults

    while duties.fold():
        pass
    return [*duties.list_count_faults(), *list_population_faults()]
