"""Where things lie, and which database is meant, before Django is set up."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tongzhou.config.binaries import OLDEST, ServerError
from tongzhou.config.embedded import Server
from tongzhou.config.server_home import write_private

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 8000
#: The database as web server and worker go to it: as a role that owns nothing.
SERVING_URL = "SERVING_DATABASE_URL"


def say(message: str) -> None:
    """Tell the operator, at once."""
    print(message, flush=True)


def _mention(message: str) -> None:
    """Tell the operator, beside the output proper."""
    print(message, file=sys.stderr, flush=True)


def data_folder() -> Path:
    """Return the folder for everything that is written: ``TONGZHOU_DATA`` or ``var``."""
    return Path(os.environ.get("TONGZHOU_DATA") or PROJECT / "var").resolve()


def port() -> int:
    """Return the port of the web server; ServerError when ``PORT`` is no port."""
    text = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ServerError(f"PORT={text} 不是端口号 · is not a port (1–65535)")
    return int(text)


def cores(limit: int) -> int:
    """Return how many processors we may use, at most ``limit``."""
    mine = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(mine, limit)


def provide_secret() -> None:
    """Give this installation a secret key of its own, unless it has one or is in production."""
    if os.environ.get("SECRET_KEY") or os.environ.get("TONGZHOU_ENV") == "production":
        return
    path = data_folder() / "secret_key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    os.environ["SECRET_KEY"] = path.read_text().strip()


@contextmanager
def database() -> Iterator[Server | None]:
    """Let ``DATABASE_URL`` name a server that answers, while inside.

    Yields None when the variable was set by the operator, otherwise the embedded server, held.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        _check_server(given)
        yield None
        return
    server = Server(data_folder(), say=_mention)
    server.acquire()
    os.environ["DATABASE_URL"] = server.url
    os.environ[SERVING_URL] = server.application_url
    try:
        yield server
    finally:
        del os.environ["DATABASE_URL"], os.environ[SERVING_URL]
        server.release()


def _check_server(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise ServerError(
            f"连不上 DATABASE_URL 所指的数据库 · cannot connect to DATABASE_URL: {error}"
        ) from error
    if version < OLDEST:
        raise ServerError(
            f"数据库版本过低 · DATABASE_URL is PostgreSQL {version}; {OLDEST} or newer is needed"
        )
