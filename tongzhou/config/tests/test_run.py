"""The launcher: one at a time, clear words, nothing left behind."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tongzhou.config import run
from tongzhou.config.binaries import ServerError
from tongzhou.config.places import PROJECT

DEADLINE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def answers(port: int) -> bool:
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        web.request("GET", "/healthz")
        return web.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()


def test_only_one_run_per_data_folder(tmp_path: Path) -> None:
    with run._only_one(tmp_path) as state:
        run._record(state, "token", "http://127.0.0.1:8000/")
        with pytest.raises(ServerError, match=rf"process {os.getpid()}.*http://127.0.0.1:8000/"):
            run._only_one(tmp_path)
    run._only_one(tmp_path).close()


def test_a_port_in_use_is_said_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"make run PORT={port + 1}"):
            run._check_port(port)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc on this system")
def test_what_a_killed_run_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    endless = [sys.executable, "-c", "import signal; signal.pause()"]
    left = subprocess.Popen(endless, env={**os.environ, run.TOKEN: "old"})
    other = subprocess.Popen(endless, env={**os.environ, run.TOKEN: "older"})
    try:
        wait_until(lambda: run._carrying("old") and run._carrying("older"), "both run")
        with run._only_one(tmp_path) as state:
            run._record(state, "old", "")
            assert run._clear_leftovers(state) != "old"
        assert left.wait(DEADLINE) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


def test_a_service_that_keeps_ending_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    service = run.Service("no-such-command", tmp_path, "token")
    service.start()
    for _ in range(run.RESTARTS - 1):
        wait_until(service.has_ended, "it ended")
        service.restart()
    wait_until(service.has_ended, "it ended")
    with pytest.raises(ServerError, match=r"(?s)keeps ending.*invalid choice"):
        service.restart()


@pytest.fixture
def launcher(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", int, Path]]:
    """Start everything in an empty data folder, without the demo."""
    port, data = free_port(), folder / "var"
    environment = {**os.environ, "TONGZHOU_DATA": str(data), "PORT": str(port)}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "tongzhou.config.cli", "run", "--no-demo"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process, port, data
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=DEADLINE)
    process.kill()


def _web_services(pids: list[int]) -> list[int]:
    found = []
    for pid in pids:
        with suppress(OSError):
            if b"web" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                found.append(pid)
    return found


@pytest.mark.server
def test_run_heals_what_is_killed_and_stops_without_a_trace(
    launcher: tuple["subprocess.Popen[str]", int, Path],
) -> None:
    process, port, data = launcher
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, f"ended early: {said}"
        said += line
    assert f"http://127.0.0.1:{port}/" in said
    assert answers(port)

    token = json.loads((data / "run.json").read_text())["token"]
    children = [pid for pid in run._carrying(token) if pid != process.pid]
    assert len(children) >= 3  # web, its worker processes, the job worker
    if len(webs := _web_services(children)) > 1:
        os.kill(process.pid, signal.SIGSTOP)  # nobody starts anything again for now
        os.killpg(webs[0], signal.SIGKILL)
        wait_until(lambda: answers(port), "the other web service answers alone")
        os.kill(process.pid, signal.SIGCONT)
        wait_until(lambda: len(_web_services(run._carrying(token))) == len(webs), "it is back")
        children = [pid for pid in run._carrying(token) if pid != process.pid]
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: answers(port), "the web server is back")
    wait_until(lambda: len(run._carrying(token)) >= 3, "the job worker is back")

    second = subprocess.run(
        [sys.executable, "-m", "tongzhou.config.cli", "run"],
        check=False,
        cwd=PROJECT,
        env={**os.environ, "TONGZHOU_DATA": str(data), "PORT": str(free_port())},
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert f"already running (process {process.pid})" in second.stderr

    process.terminate()
    rest, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, rest
    assert "stopped" in rest
    assert run._carrying(token) == []
    assert not answers(port)
