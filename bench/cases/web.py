"""Submissions over HTTP with sign-in, validation and audit, beside a view that does nothing."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from textwrap import dedent

import psutil

from bench.clients import together
from bench.harness import Result
from bench.national import Size
from bench.visitors import ask_trivial, report_with_token

CLIENTS = 4
SECONDS = float(os.environ.get("BENCH_SECONDS") or 15)
WORKERS = 2


def NATIONAL(size: Size) -> Size:  # noqa: N802 - read by bench.__main__
    """Measure on the register with duties in force and reports."""
    return size


def measure() -> Iterator[Result]:
    """Serve trivial views and the product with the same server, and drive each."""
    with tempfile.TemporaryDirectory() as folder:
        with _trivial(Path(folder), _BARE) as url:
            bare = together(CLIENTS, SECONDS, partial(ask_trivial, url))
        yield Result("granian alone, no framework, 4 clients", bare.per_second, None, "/s")
        with _trivial(Path(folder), _VIEW) as url:
            trivial = together(CLIENTS, SECONDS, partial(ask_trivial, url))
    yield Result("granian's trivial view in Django, 4 clients", trivial.per_second, None, "/s")
    with product() as (url, web):
        found = together(CLIENTS, SECONDS, partial(report_with_token, url, CLIENTS))
        memory = max(memory_of(web))
    yield Result("submissions over HTTP, 4 clients", found.per_second, None, "/s")
    yield Result("… p50", found.percentile(0.5), None, "ms")
    yield Result("… p99", found.percentile(0.99), None, "ms")
    share = found.per_second / trivial.per_second
    yield Result("… beside the trivial view", share, 0.10, "ratio", least=True)
    yield Result("memory of the largest web process", memory, 400, "MB")


@contextmanager
def product(workers: int = WORKERS, port: int = 0) -> Iterator[tuple[str, psutil.Process]]:
    """Run ``tongzhou web`` while inside; yield its address and its process."""
    port = port or free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "tongzhou.config.cli", "web", "--workers", str(workers)],
        env=os.environ | {"PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        url = f"http://127.0.0.1:{port}"
        try:
            await_answer(f"{url}/healthz", 120)
            yield url, psutil.Process(running.pid)
        finally:
            end(running)


_BARE = """
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]
"""
_VIEW = """
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="trivial")
    urlpatterns = [path("", lambda request: HttpResponse("ok"))]

    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
"""


@contextmanager
def _trivial(folder: Path, source: str) -> Iterator[str]:
    """Serve a view that does nothing."""
    (folder / "trivial.py").write_text(dedent(source))
    port = free_port()
    served = (
        "from granian import Granian\nfrom granian.constants import Interfaces\n"
        f"Granian('trivial:application', address='127.0.0.1', port={port},"
        f" interface=Interfaces.WSGI, workers={WORKERS}, blocking_threads=3).serve()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", served],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            await_answer(f"http://127.0.0.1:{port}/", 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            end(running)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_answer(url: str, seconds: float) -> float:
    """Wait until an address answers 200 and return how long that took."""
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        with (
            suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(url, timeout=5) as answer,
        ):
            if answer.status == 200:
                return time.perf_counter() - began
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer within {seconds:.0f} s")


def end(running: "subprocess.Popen[bytes]") -> None:
    """End a process that was started here, with its children."""
    children = []
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(running.pid).children(recursive=True)
    with suppress(ProcessLookupError):
        running.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        running.wait(20)
    for each in children:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    if running.poll() is None:
        running.kill()


def memory_of(process: psutil.Process) -> list[float]:
    """Return the resident memory of a process and its children, in MB each."""
    found = []
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found.append(each.memory_info().rss / 2**20)
    return found
