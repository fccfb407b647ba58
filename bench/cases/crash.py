"""Kill the database, web and worker processes under load; look for every acknowledged report.

A run of the product of its own, as ``make run`` starts it, with a data folder and a database server
of its own. Nothing else on the machine is touched.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bench.cases.web import await_answer, end, free_port
from bench.harness import Result

NEEDS_DATABASE = False
KILLS = int(os.environ.get("BENCH_KILLS") or 21)
#: How long one kill, the recovery and the work after it take together at least. The product gives
#: up on a service that ends more than five times a minute, so killing may not be faster.
PACE = 8.0
VICTIMS = ("database", "web", "database", "worker", "database", "web worker")
ORGANISATIONS = 1_500


@dataclass(slots=True)
class Watch:
    """What was seen of the processes while they were killed."""

    peak: dict[str, float] = field(default_factory=dict)
    ready: dict[str, list[float]] = field(default_factory=dict)
    whole: dict[str, list[float]] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def sample(self, root: psutil.Process) -> None:
        """Keep the largest resident memory of web and worker processes until told to stop."""
        while not self.stop.wait(0.5):
            for name, each in _parts(root):
                with suppress(psutil.NoSuchProcess):
                    size = each.memory_info().rss / 2**20
                    self.peak[name] = max(size, self.peak.get(name, 0.0))


def measure() -> Iterator[Result]:
    """Kill in turn under load, wait until the site is ready again each time, then reconcile."""
    with tempfile.TemporaryDirectory(prefix="tongzhou-crash-") as folder, _product(folder) as site:
        url, root, postmaster = site
        from tongzhou.config.load.people import invite
        from tongzhou.config.load.plan import Plan
        from tongzhou.kernel import clock

        plan = Plan(
            url=url,
            seconds=KILLS * PACE + 15,
            visitors=10,
            mix={"report": 80, "review": 0, "read": 20},
            sign_in="token",
        )
        visitors = invite(plan, clock.now())
        watch = Watch()
        sampling = threading.Thread(target=watch.sample, args=(root,))
        told: list[Any] = []
        driving = threading.Thread(target=_drive, args=(plan, visitors, told))
        sampling.start()
        driving.start()
        _kill_in_turn(watch, root, postmaster, url)
        driving.join()
        watch.stop.set()
        sampling.join()
        await_answer(f"{url}/healthz", 60)
        yield from _found(watch, told, visitors)


def _found(watch: Watch, told: list[Any], visitors: Any) -> Iterator[Result]:
    from django.db import connections

    from tongzhou.config.load.reconcile import reconcile

    connections.close_all()
    held = reconcile(told, visitors)
    kills = sum(map(len, watch.ready.values()))
    yield Result("kills under load (SIGKILL)", kills, 20, "", least=True)
    yield Result("… reports acknowledged meanwhile", held.acknowledged, 1, "", least=True)
    yield Result("… of these lost", held.acknowledged - held.found, 0, "")
    yield Result("… other faults of reports, journal, audit, counters", len(held.faults), 0, "")
    for fault in held.faults[:5]:
        print(fault, file=sys.stderr)
    yield Result("… answers that never came", held.unsure, None, "")
    for name, seconds in sorted(watch.ready.items()):
        label = f"ready again after killing the {name}, worst of {len(seconds)}"
        yield Result(label, max(seconds), 15, "s")
        yield Result("… with as many processes as before", max(watch.whole[name]), None, "s")
    for name, peak in sorted(watch.peak.items()):
        yield Result(f"most memory of a {name} process", peak, 400, "MB")


def _drive(plan: Any, visitors: Any, told: list[Any]) -> None:
    from tongzhou.config.load.running import drive

    told.extend(drive(plan, visitors))


def _kill_in_turn(watch: Watch, root: psutil.Process, postmaster: Path, url: str) -> None:
    chance = random.Random(7)
    port = int(url.rpartition(":")[2])
    time.sleep(PACE)  # everybody signs in first
    for number in range(KILLS):
        began = time.perf_counter()
        name = VICTIMS[number % len(VICTIMS)]
        old = _victim(name, root, postmaster)
        before = _strength(root, port)
        time.sleep(chance.random())
        os.kill(old, signal.SIGKILL)
        killed = time.perf_counter()
        with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            psutil.Process(old).wait(10)
        if name == "worker":
            _await_strength(root, port, before)
        while name == "database":  # what is left of the old one may answer for a moment
            with suppress(LookupError, OSError, ValueError):
                if _victim(name, root, postmaster) != old:
                    break
            time.sleep(0.05)
        await_answer(f"{url}/healthz", 120)
        watch.ready.setdefault(name, []).append(time.perf_counter() - killed)
        _await_strength(root, port, before)
        watch.whole.setdefault(name, []).append(time.perf_counter() - killed)
        time.sleep(max(0.0, PACE - (time.perf_counter() - began)))


def _strength(root: psutil.Process, port: int) -> tuple[int, int]:
    """Return how many sockets take visitors and how many job workers run."""
    listening = sum(
        each.status == psutil.CONN_LISTEN and each.laddr.port == port
        for each in psutil.net_connections("tcp")
        if each.laddr
    )
    return listening, sum(name == "worker" for name, _each in _parts(root))


def _await_strength(root: psutil.Process, port: int, wanted: tuple[int, int]) -> None:
    deadline = time.perf_counter() + 120
    while any(now < then for now, then in zip(_strength(root, port), wanted, strict=True)):
        if time.perf_counter() > deadline:
            raise RuntimeError(f"{_strength(root, port)} of {wanted} came back")
        time.sleep(0.1)


def _victim(name: str, root: psutil.Process, postmaster: Path) -> int:
    """Return the process to kill; LookupError while there is none."""
    if name == "database":
        number = int(postmaster.read_text().split()[0])
        if not psutil.pid_exists(number):
            raise LookupError(name)
        return number
    for found, each in _parts(root):
        if found == name:
            return each.pid
    raise LookupError(name)


def _parts(root: psutil.Process) -> list[tuple[str, psutil.Process]]:
    """Return the web server, its workers and the job worker of a run, with their names."""
    found = []
    with suppress(psutil.NoSuchProcess):
        for each in root.children():
            with suppress(psutil.NoSuchProcess):
                words = each.cmdline()
                if "web" in words:
                    found.append(("web", each))
                    found += [("web worker", child) for child in each.children()]
                elif "worker" in words:
                    found.append(("worker", each))
    return found


@contextmanager
def _product(folder: str) -> Iterator[tuple[str, psutil.Process, Path]]:
    """Run the product on a small national register; yield address, process, postmaster's file."""
    from tongzhou.config.embedded import Server

    for name in ("DATABASE_URL", "SECRET_KEY"):
        os.environ.pop(name, None)
    os.environ |= {"TONGZHOU_DATA": folder, "DJANGO_SETTINGS_MODULE": "tongzhou.config.settings"}
    server = Server(Path(folder), say=lambda words: print(words, file=sys.stderr))
    server.acquire()
    try:
        for in_force in ("False", "True"):
            subprocess.run(
                [sys.executable, "-m", "bench.national", str(ORGANISATIONS), in_force],
                env=os.environ | {"DATABASE_URL": server.url},
                check=True,
            )
        port = free_port()
        with subprocess.Popen(
            [sys.executable, "-m", "tongzhou.config.cli", "run", "--no-demo"],
            env=os.environ | {"PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            try:
                url = f"http://127.0.0.1:{port}"
                await_answer(f"{url}/healthz", 180)
                os.environ["DATABASE_URL"] = server.url
                from tongzhou.config.commands import setup

                setup()
                yield url, psutil.Process(running.pid), server.cluster / "postmaster.pid"
            finally:
                end(running)
    finally:
        server.release()
