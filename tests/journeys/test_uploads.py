"""Uploads far too large, against the real web server: a clear answer, and nothing grows."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.journeys.conftest import Town

PROJECT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
BOUNDARY = "----hostile"


@dataclass
class Server:
    """A running web server, its processes and its folder for temporary files."""

    port: int
    parent: int
    temporary: Path

    def memory(self) -> int:
        """Return the memory in use by all its processes, in MiB."""
        folder = Path("/proc") / str(self.parent) / "task" / str(self.parent) / "children"
        processes = [self.parent, *map(int, folder.read_text().split())]
        found = 0
        for each in processes:
            status = (Path("/proc") / str(each) / "status").read_text()
            held = re.search(r"VmHWM:\s+(\d+)", status)
            found += int(held[1]) if held else 0
        return found // 1024

    def ask(
        self, method: str, path: str, cookie: str, body: Iterator[bytes] | None, **headers: str
    ) -> tuple[int, str]:
        """Send a request and return the status and the text, also when sending was cut off."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as line:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            chunked = body is not None and "Content-Length" not in named
            with suppress(BrokenPipeError):
                line.request(
                    method, path, body, {"Cookie": cookie, **named}, encode_chunked=chunked
                )
            answer = line.getresponse()
            return answer.status, answer.read().decode()


@pytest.fixture
def server(real_town: Town, tmp_path: Path) -> Iterator[Server]:
    """Return a web server on the database of the test."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    address = urlsplit(os.environ["DATABASE_URL"])
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    surroundings = {
        **os.environ,
        "DATABASE_URL": urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}")),
        "TONGZHOU_DATA": str(tmp_path / "data"),
        "TMPDIR": str(temporary),
        "PORT": str(port),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tongzhou.config.cli", "web"], cwd=PROJECT, env=surroundings
    )
    try:
        found = Server(port, process.pid, temporary)
        deadline = time.monotonic() + 60
        while True:
            try:
                assert found.ask("GET", "/healthz", "", None)[0] == 200
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
        yield found
    finally:
        process.terminate()
        process.wait(30)


def _form(token: str, size: int) -> tuple[Iterator[bytes], int]:
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=csrfmiddlewaretoken\r\n\r\n"
        f"{token}\r\n--{BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    ).encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(size // MIB):
            yield b"A" * MIB
        yield tail

    return pieces(), len(head) + size // MIB * MIB + len(tail)


def test_a_huge_upload_is_answered_and_costs_nothing(server: Server, real_town: Town) -> None:
    session = f"sessionid={real_town.browser('officer').cookies['sessionid'].value}"
    kind = f"multipart/form-data; boundary={BOUNDARY}"

    def upload(path: str, size: int, *, chunked: bool = False) -> tuple[int, str]:
        token = "a" * 32
        body, length = _form(token, size)
        announced = {} if chunked else {"Content-Length": str(length)}
        cookie = f"{session}; csrftoken={token}"
        return server.ask("POST", path, cookie, body, **announced, **{"Content-Type": kind})

    upload("/directives/load/", MIB)
    before = server.memory()
    status, text = upload("/directives/load/", 200 * MIB)
    assert (status, "文件太大" in text, "最多 20 MB" in text) == (422, True, True)
    status, text = upload("/organisations/import/", 500 * MIB)
    assert (status, "400 MB" in text) == (422, True)
    assert 400 <= upload(real_town.fill_url("d8-hygiene"), 200 * MIB)[0] < 500
    assert upload("/organisations/import/", 800 * MIB)[0] == 422
    status, text = upload("/directives/load/", 200 * MIB, chunked=True)
    assert (status, "Content-Length" in text) == (411, True)
    assert server.memory() - before < 150
    assert sum(each.stat().st_size for each in server.temporary.rglob("*")) < MIB


def test_huge_bodies_of_other_kinds_are_cut_short(server: Server, real_town: Town) -> None:
    token = real_town.headers("officer")["Authorization"]
    path = f"/api/v1/responses/{real_town.world.response}/phases/set"

    def pour() -> Iterator[bytes]:
        for _ in range(100):
            yield b"a" * MIB

    for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        for target in (path, "/preferences/"):
            status, _text = server.ask(
                "POST",
                target,
                "",
                pour(),
                **{
                    "Content-Type": kind,
                    "Content-Length": str(100 * MIB),
                    "Authorization": token,
                },
            )
            assert 400 <= status < 500, (kind, target)
    assert server.memory() < 900
