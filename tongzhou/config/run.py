"""Run the whole product on this machine: database, migrations, demo, web server, worker.

One process watches the others. Everything it starts carries a token in its environment, so that
what a killed predecessor left behind can be told from everybody else's processes and be ended.

Where the kernel lets servers share a port, the site is served by several web services, each with a
process that answers: while one that was killed starts again, for seconds, the others answer.
"""

import fcntl
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from tongzhou.config.binaries import ServerError
from tongzhou.config.embedded import Server
from tongzhou.config.places import PROJECT, cores, data_folder, database, port, say

TOKEN = "TONGZHOU_RUN"  # noqa: S105 - a name
READY_PATIENCE = 90.0  # seconds
STOP_PATIENCE = 15.0
RESTARTS, RESTARTS_WITHIN = 5, 60.0
LOG_LIMIT = 20 * 1024 * 1024
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """Leave whatever is going on, because the operator said so."""


class Service:
    """Keep one child process running, with its output in a log of its own."""

    def __init__(self, name: str, logs: Path, token: str, *options: str) -> None:
        self.name = name
        self.options = options
        self.log = logs / f"{name}.log"
        self.token = token
        self.process: subprocess.Popen[bytes] | None = None
        self.starts: list[float] = []

    def start(self) -> None:
        """Start the process in a session of its own, which Ctrl-C does not reach."""
        self.starts.append(time.monotonic())
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tongzhou.config.cli", self.name, *self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=PROJECT,
                env={**os.environ, TOKEN: self.token},
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Tell whether the process is gone, and clear away what it started."""
        if self.process is None or self.process.poll() is None:
            return False
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return True

    def restart(self) -> None:
        """Start again; ServerError when it keeps ending."""
        code = self.process.returncode if self.process else 0
        now = time.monotonic()
        if len([at for at in self.starts if now - at < RESTARTS_WITHIN]) >= RESTARTS:
            raise ServerError(
                f"{self.name} 反复退出 · keeps ending (code {code}); see {self.log}:\n{self.tail()}"
            )
        say(f"{self.name} 意外退出，正在重启 · ended with code {code}, starting it again")
        self.start()

    def tail(self) -> str:
        """Return the last lines of the log."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        return ""

    def stop(self) -> None:
        """Ask the process to end, wait, and end it and all it started."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def run(*, demo: bool) -> int:
    """Run until stopped; ``demo`` loads the demonstration data when there is none yet."""
    for each in SIGNALS:
        signal.signal(each, _raise_stopped)
    data = data_folder()
    try:
        (data / "log").mkdir(parents=True, exist_ok=True)
        with _only_one(data) as state:
            token = _clear_leftovers(state)
            number = port()
            _check_port(number)
            services = _services(data / "log", token)
            with database() as server:
                try:
                    if server is not None:
                        _tell_place(server)
                    _prepare(demo=demo)
                    if server is not None:
                        server.trust_comparisons()
                    for service in services:
                        service.start()
                    _wait_until_ready(number, services)
                    address = f"http://127.0.0.1:{number}/"
                    _record(state, token, address)
                    _tell_ready(address, data)
                    _watch(services, server)
                finally:
                    _ignore_signals()
                    for service in services:
                        service.stop()
    except Stopped:
        say("已停止 · stopped")
        return 0


def _services(logs: Path, token: str) -> list[Service]:
    """Return what to run; several web servers share the port only where each gets its share."""
    alone = [Service("web", logs, token)]
    several = [Service("web", logs, token, "--workers", "1") for _ in range(cores(2))]
    return [*(several if sys.platform == "linux" else alone), Service("worker", logs, token)]


def _raise_stopped(number: int, frame: FrameType | None) -> NoReturn:
    _ignore_signals()
    say("\n正在停止 · stopping …")
    raise Stopped


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _only_one(data: Path) -> IO[str]:
    """Return the state file, locked; ServerError when another run holds it."""
    state = (data / "run.json").open("a+")
    try:
        fcntl.flock(state, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        known = _read(state)
        state.close()
        raise ServerError(
            f"已在运行 · already running (process {known.get('pid', '?')}) at "
            f"{known.get('address') or 'an address to come'}; stop it first, or use another "
            "TONGZHOU_DATA and PORT"
        ) from None
    return state


def _read(state: IO[str]) -> dict[str, str]:
    state.seek(0)
    with suppress(ValueError):
        known = json.loads(state.read())
        return {str(key): str(value) for key, value in known.items()}
    return {}


def _record(state: IO[str], token: str, address: str) -> None:
    state.seek(0)
    state.truncate()
    json.dump({"pid": os.getpid(), "token": token, "address": address}, state)
    state.flush()


def _clear_leftovers(state: IO[str]) -> str:
    """End what a killed run left behind, and return the token of this run."""
    old = _read(state).get("token", "")
    left = _carrying(old) if old else []
    if left:
        say("清理上次遗留的进程 · ending what the last run left behind")
    for message in (signal.SIGTERM, signal.SIGKILL):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, message)
        deadline = time.monotonic() + STOP_PATIENCE
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = _carrying(old)
    token = secrets.token_hex(8)
    _record(state, token, "")
    return token


def _carrying(token: str) -> list[int]:
    """Return the living processes that carry ``token`` (none where there is no /proc)."""
    mark = f"{TOKEN}={token}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def _check_port(number: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except PermissionError:
            raise ServerError(f"端口 {number} 需要特权 · port {number} is privileged") from None
        except OSError:
            raise ServerError(
                f"端口 {number} 已被占用 · port {number} is in use: make run PORT={number + 1}"
            ) from None


def _tell_place(server: Server) -> None:
    say(f"数据库 · PostgreSQL {server.binaries.version}, {server.cluster}")
    if server.away and server.account:
        say(
            f"  用户 {server.account.name} 进不了本目录，数据放在此处 · the user "
            f"{server.account.name} cannot enter this folder, so the data lies there"
        )


def _prepare(*, demo: bool) -> None:
    """Bring the database up to date and load the demonstration data once."""
    from tongzhou.config.commands import call

    say("更新数据库结构 · migrating")
    call("migrate", interactive=False, verbosity=0)
    call("reindex", missing=True)
    if demo:
        call("demo", if_needed=True)


def _wait_until_ready(number: int, services: list[Service]) -> None:
    deadline = time.monotonic() + READY_PATIENCE
    while time.monotonic() < deadline:
        for service in services:
            if service.has_ended():
                raise ServerError(f"{service.name} 启动失败 · did not start:\n{service.tail()}")
        web = http.client.HTTPConnection("127.0.0.1", number, timeout=5)  # past any proxy
        with closing(web), suppress(OSError, http.client.HTTPException):
            web.request("GET", "/healthz")
            if web.getresponse().status == http.HTTPStatus.OK:
                return
        time.sleep(0.1)
    raise ServerError(f"网站未能就绪 · /healthz never answered 200:\n{services[0].tail()}")


def _tell_ready(address: str, data: Path) -> None:
    from tongzhou.config.commands import call

    call("status")
    say(f"\n网址 · open  {address}\n日志 · logs  {data / 'log'}\n停止 · stop  Ctrl-C\n")


def _watch(services: list[Service], server: Server | None) -> NoReturn:
    """Look after everything, until a signal or a ServerError ends it."""
    while True:
        time.sleep(0.5)
        if server is not None and not server.is_running():
            say("数据库意外退出，正在恢复 · the database ended, recovering it")
            before = server.url
            server.acquire()
            if server.url != before:
                os.environ["DATABASE_URL"] = server.url
                for service in services:
                    service.stop()
        for service in services:
            if service.has_ended():
                service.restart()
