"""A whole site of its own for the browser: database, demonstration, web server and worker."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tongzhou.config.demo.people import PASSWORD
from tongzhou.config.testing import chromium

PROJECT = Path(__file__).resolve().parents[2]
ORGANISATIONS = 160
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
)
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder."""
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _database() -> Iterator[str]:
    """Make a database beside the test database and drop it afterwards."""
    name = f"browser_{secrets.token_hex(4)}"
    parts = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        # Never (FORCE): the owner may not end a session of the application's role that is just
        # leaving. Without it the server itself waits some seconds for such a one.
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a running site with a small demonstration city.

    ``SITE=http://…`` takes one that runs already, which saves a minute while writing tests.
    """
    if running := os.environ.get("SITE"):
        yield running
        return
    port = _free_port()
    data = tmp_path_factory.mktemp("site")
    with _database() as url:
        surroundings = {
            **os.environ,
            "DATABASE_URL": url,
            "TONGZHOU_DATA": str(data),
            "PORT": str(port),
            "SECRET_KEY": secrets.token_hex(32),
        }
        console = [sys.executable, "-m", "tongzhou.config.cli"]

        def call(*arguments: str) -> None:
            subprocess.run(
                [*console, *arguments], check=True, cwd=PROJECT, env=surroundings, timeout=300
            )

        call("manage", "migrate", "--verbosity", "0")
        call("demo", "--organisations", str(ORGANISATIONS))
        with (data / "log").open("w") as log:
            parts = [
                subprocess.Popen(
                    [*console, part], cwd=PROJECT, env=surroundings, stdout=log, stderr=log
                )
                for part in ("web", "worker")
            ]
            try:
                address = f"http://127.0.0.1:{port}"
                _wait(address, parts[0], data / "log")
                yield address
            finally:
                for part in parts:
                    part.terminate()
                for part in parts:
                    part.wait(30)


def _wait(address: str, web: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and web.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            web.poll()
    pytest.fail(f"the site did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return one Chromium for all tests here; its event loop must end with them."""
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=FLAGS.split())


def enter(page: Page, username: str) -> None:
    """Sign somebody in."""
    page.goto("/accounts/login/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


@pytest.fixture
def visit(site: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that signs somebody in, on a desk or a phone, and gives their page."""
    contexts: list[BrowserContext] = []

    def open_page(username: str | None = None, *, width: str = "desk", script: bool = True) -> Page:
        wide, high = WIDTHS[width]
        context = browser.new_context(
            base_url=site,
            viewport={"width": wide, "height": high},
            locale="zh-CN",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        if username:
            enter(page, username)
        return page

    yield open_page
    for context in contexts:
        context.close()
