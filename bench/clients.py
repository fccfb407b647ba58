"""Several clients at once, each a process with a connection of its own."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any


@dataclass(frozen=True, slots=True)
class Rate:
    """How much several clients did together: things a second, and latencies in milliseconds."""

    per_second: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds that ``share`` of the things stayed within."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def together(
    clients: int, seconds: float, prepare: Callable[[int], Callable[[int], object]]
) -> Rate:
    """Let ``clients`` processes work at once; ``prepare(client)`` returns what does thing n.

    The processes are started afresh, so ``prepare`` must be a function of a module (or a partial of
    one). A client that fails makes this raise.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(clients)
    told: Queue[Any] = context.Queue()
    running = [
        context.Process(target=_client, args=(number, seconds, prepare, barrier, told))
        for number in range(clients)
    ]
    for each in running:
        each.start()
    found = [told.get() for _ in running]
    for each in running:
        each.join()
    failed = [each for each in found if isinstance(each, str)]
    if failed:
        raise RuntimeError(failed[0])
    latencies = [latency for each in found for latency in each[0]]
    took = max(each[1] for each in found)
    return Rate(len(latencies) / took, latencies)


def _client(
    number: int,
    seconds: float,
    prepare: Callable[[int], Callable[[int], object]],
    barrier: Barrier,
    told: "Queue[Any]",
) -> None:
    try:
        work = prepare(number)
        barrier.wait(120)
        began = time.perf_counter()
        latencies = []
        turn = 0
        while (now := time.perf_counter()) - began < seconds:
            if work(turn) is False:
                break
            latencies.append((time.perf_counter() - now) * 1000)
            turn += 1
        told.put((latencies, time.perf_counter() - began))
    except BaseException as failure:
        barrier.abort()
        told.put(f"client {number}: {failure!r}")
