"""Run the PostgreSQL server that comes with the product.

One server serves everything started from one data folder: web, worker, console commands and
tests. Whoever needs it *holds* it; the last holder to leave stops it. Holding is an advisory file
lock, so the kernel lets go of it even after ``kill -9``; a server that nobody holds any more is
found and used again by the next one.

PostgreSQL refuses to run as root. Started by root, the server therefore runs as the machine's
``postgres`` or ``nobody``, and where that user cannot enter the data folder (a home folder with
mode 700), data and programs lie under ``/var/lib`` instead, and the place is said.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql

from tongzhou.config.binaries import (
    BUILTIN_LOCALE_SINCE,
    Binaries,
    ServerError,
    find_binaries,
)
from tongzhou.config.server_home import FALLBACKS, choose_home, write_private
from tongzhou.kernel.reach import APPLICATION, UNBOUND

SUPERUSER = "postgres"
ROLE = DATABASE = "tongzhou"
#: What a search by name or code compares with, before a policy has judged the row.
SILENT = (
    "pg_catalog.textlike(text, text)",
    "pg_catalog.upper(text)",
    "pg_catalog.ts_match_vq(tsvector, tsquery)",
    "public.registry_pairs(text)",
)
PATIENCE = 600.0  # seconds; recovery after a crash may take minutes, and says so meanwhile
STOP_PATIENCE = 60.0
LOG_LIMIT = 20 * 1024 * 1024
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # no path, so no limit on how deep the clone may lie
    "max_wal_size": "1GB",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "random_page_cost": "1.1",
    "jit": "off",
    "lc_messages": "C",
}
# A dead server's last children may outlive it for a moment; a port may be taken under our hands.
PASSING = ("pre-existing shared memory block", "lock file", "could not create any TCP/IP sockets")


class Server:
    """Hold the server of one data folder: start it when needed, stop it when nobody needs it."""

    def __init__(
        self,
        data: Path,
        *,
        say: Callable[[str], None] = print,
        fallbacks: tuple[Path, ...] = FALLBACKS,
    ) -> None:
        data = data.resolve()
        try:
            data.mkdir(parents=True, exist_ok=True)
            self.home, self.account, self.away = choose_home(data, fallbacks)
            self.home.mkdir(mode=0o711 if self.account else 0o700, parents=True, exist_ok=True)
            self.home.chmod(0o711 if self.account else 0o700)
        except PermissionError as error:
            raise ServerError(
                f"数据目录不可写 · cannot write {error.filename}: it belongs to another user; run "
                "as that user or set TONGZHOU_DATA"
            ) from error
        self.say = say
        self.cluster = self.home / "data"
        self.log = self.home / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._hold: IO[str] | None = None
        self._binaries: Binaries | None = None

    @property
    def binaries(self) -> Binaries:
        """Return the programs that fit the data and that the server's user can run."""
        if self._binaries is None:
            stamp = self.cluster / "PG_VERSION"
            found = find_binaries(int(stamp.read_text()) if stamp.exists() else None)
            if self.account and not self.account.can(found.program("postgres"), "--version"):
                found = found.copied_to(self.home)
            self._binaries = found
        return self._binaries

    @property
    def password(self) -> str:
        """Return the password of both database users, made once."""
        path = self.home / "password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text().strip()

    @property
    def url(self) -> str:
        """Return the address of the database for its owner, as DATABASE_URL has it."""
        return self._url(ROLE, self.password)

    @property
    def application_url(self) -> str:
        """Return the address for the web server and the worker, who may not change tables."""
        return self._url(APPLICATION, self._application_password)

    @property
    def _application_password(self) -> str:
        """Return a password from which the owner's cannot be told."""
        return hashlib.sha256(f"{APPLICATION} {self.password}".encode()).hexdigest()

    def _url(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self._recorded_port()}/{DATABASE}"

    def acquire(self) -> None:
        """Hold the server; start or recover it first when it does not answer."""
        with self._turn():
            if not (self.cluster / "PG_VERSION").exists():
                self._create_cluster()
            if not self._wait_for_running():
                self._launch()
            if self._hold is None:
                self._hold = (self.home / "holders.lock").open("a")
                fcntl.flock(self._hold, fcntl.LOCK_SH)
            self._ensure_database()

    def release(self) -> bool:
        """Let go of the server, and stop it unless somebody else holds it; tell if it stopped."""
        if self._hold is None:
            return False
        with self._turn():
            hold, self._hold = self._hold, None
            with hold:
                try:
                    fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                self._stop()
                return True

    def is_running(self) -> bool:
        """Tell whether the server process lives, without asking it anything."""
        return self._postmaster() is not None

    # The files

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with (self.home / "turn.lock").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _recorded_port(self) -> int:
        with suppress(OSError, ValueError):
            return int((self.home / "port").read_text())
        return 0

    def _choose_port(self, avoid: int = 0) -> int:
        """Return the port of last time, or any free one when it is taken or to be avoided."""
        for port in (self._recorded_port(), 0):
            if port == avoid != 0:
                continue
            with socket.socket() as probe, suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                chosen: int = probe.getsockname()[1]
                (self.home / "port").write_text(f"{chosen}\n")
                return chosen
        raise ServerError("127.0.0.1 上没有空闲端口 · no free port on 127.0.0.1")

    def _create_cluster(self) -> None:
        """Lay out an empty cluster beside its final place, then move it there in one step."""
        self.say(f"创建数据库 · creating the database (PostgreSQL {self.binaries.version}) …")
        fresh, secret = self.home / "data.new", self.home / "initdb.password"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.account:
            os.chown(fresh, self.account.uid, self.account.gid)
        write_private(secret, self.password, self.account)
        locale = (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if self.binaries.major >= BUILTIN_LOCALE_SINCE
            else ["--locale=C.UTF-8"]
        )
        result = subprocess.run(
            [
                self.binaries.program("initdb"),
                f"--pgdata={fresh}",
                f"--username={SUPERUSER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *locale,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment(),
            **self._options(),
        )
        secret.unlink()
        if result.returncode:
            raise ServerError(f"数据库创建失败 · initdb failed:\n{result.stdout[-2000:]}")
        fresh.rename(self.cluster)

    # The process

    def _options(self) -> dict[str, Any]:
        return self.account.options if self.account else {"cwd": "/"}

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}

    def _postmaster(self) -> int | None:
        """Return the id of the living server process of this cluster, if there is one."""
        if self.process and self.process.poll() is not None:  # reaps it: a zombie is not a server
            self.process = None
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n")[0])
            os.kill(pid, 0)
        except (OSError, ValueError, OverflowError):
            return None
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:  # no /proc: believe the file
            return None if Path("/proc/self").exists() else pid
        return pid if os.fsencode(self.cluster) in command else None

    def _connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host="127.0.0.1",
            port=self._recorded_port(),
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _wait_for_running(self) -> bool:
        """Wait until the living server answers; tell False when there is none or it goes away."""
        began = said = time.monotonic()
        while self._postmaster() is not None:
            try:
                with self._connect() as connection:
                    row = connection.execute("SHOW data_directory").fetchone()
                    if row and Path(row[0]) == self.cluster:
                        return True
                    reason = "another server answers on its port"
            except psycopg.OperationalError as error:
                reason = str(error).strip()
                if "password authentication failed" in reason:
                    raise ServerError(
                        f"数据库密码不符 · {self.home / 'password'} does not fit the data beside it"
                    ) from error
            now = time.monotonic()
            if now - began > PATIENCE:
                raise ServerError(f"数据库迟迟不应答 · no answer: {reason}; see {self.log}")
            if now - said > 5:
                said = now
                self.say(f"等待数据库 · waiting for the database: {reason.splitlines()[-1]}")
            time.sleep(0.1)
        return False

    def _launch(self) -> None:
        """Start the server process and wait until it answers."""
        avoid = 0
        deadline = time.monotonic() + STOP_PATIENCE
        while True:
            self._reap()
            self._drop_foreign_pid_file()
            port = self._choose_port(avoid)
            if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
                self.log.replace(self.log.with_suffix(".log.1"))
            settings = {**SETTINGS, "port": str(port)}
            with self.log.open("ab") as log:
                start = log.tell()
                self.process = subprocess.Popen(
                    [
                        self.binaries.program("postgres"),
                        "-D",
                        str(self.cluster),
                        *(f"--{name}={value}" for name, value in settings.items()),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment(),
                    start_new_session=True,  # Ctrl-C is for the launcher; it stops us in order
                    **self._options(),
                )
            if self._wait_for_process(self.process):
                return
            said = self.log.read_bytes()[start:].decode(errors="replace").strip()
            if time.monotonic() > deadline or not any(sign in said for sign in PASSING):
                raise ServerError(f"数据库启动失败 · the server did not start:\n{said[-2000:]}")
            avoid = port if PASSING[-1] in said else 0
            time.sleep(0.5)

    def _wait_for_process(self, process: "subprocess.Popen[bytes]") -> bool:
        """Wait until the process has written its pid file and answers, or has ended."""
        while process.poll() is None:
            if self._postmaster() == process.pid:
                return self._wait_for_running()
            time.sleep(0.05)
        return False

    def _drop_foreign_pid_file(self) -> None:
        """Remove a pid file whose number belongs to a stranger now, as after a reboot.

        PostgreSQL sorts out every other stale file itself, and still refuses to start beside
        living children of a dead server.
        """
        path = self.cluster / "postmaster.pid"
        with suppress(OSError, ValueError, OverflowError):
            os.kill(int(path.read_text().split("\n")[0]), 0)
            if self._postmaster() is None:
                path.unlink()

    def _stop(self) -> None:
        """Stop the server: politely to its clients at first, at once when that takes too long."""
        for message in (signal.SIGINT, signal.SIGQUIT):
            pid = self._postmaster()
            if pid is None:
                break
            with suppress(ProcessLookupError):
                os.kill(pid, message)
            deadline = time.monotonic() + STOP_PATIENCE
            while self._postmaster() is not None and time.monotonic() < deadline:
                time.sleep(0.05)

        self._reap()

    def _reap(self) -> None:
        """Take note of the end of a child that is about to end, or was killed."""
        if self.process:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_PATIENCE)
            self.process = None

    def _ensure_database(self) -> None:
        """Create the owner's and the application's roles, no superusers, and the database."""
        with self._connect() as connection:
            held = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role, rights in (
                (ROLE, "CREATEDB"),
                (APPLICATION, "NOINHERIT"),  # takes the other on for the system's acts alone
                (UNBOUND, "NOLOGIN"),
            ):
                if role not in held:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), sql.SQL(rights))
                    )
            for role, password in (
                (ROLE, self.password),
                (APPLICATION, self._application_password),
            ):
                connection.execute(
                    sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(password)
                    )
                )
            connection.execute(f"ALTER ROLE {APPLICATION} NOINHERIT")
            # The owner's tests act as the application.
            connection.execute(f"GRANT {UNBOUND} TO {APPLICATION}, {ROLE}")
            connection.execute(f"GRANT {APPLICATION} TO {ROLE}")
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone():
                self.trust_comparisons("template1")
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )
        self.trust_comparisons()

    def trust_comparisons(self, database: str = DATABASE) -> None:
        """Let searches by name use their index on tables with row-level security.

        PostgreSQL evaluates only functions marked leakproof before a policy. These tell nothing of
        a row's text but their result; only a superuser may say so. One that is not there yet waits
        until the database has been migrated.
        """
        with self._connect(database) as connection:
            for function in SILENT:
                if connection.execute(
                    "SELECT proleakproof FROM pg_proc WHERE oid = to_regprocedure(%s)", [function]
                ).fetchone() == (False,):
                    connection.execute(
                        sql.SQL("ALTER FUNCTION {} LEAKPROOF").format(sql.SQL(function))
                    )
