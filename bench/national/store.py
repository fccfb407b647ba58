"""Keep the national register as a template database, so that it is invented once.

The template's name carries a mark of everything that it is made from: migrations, seeds, libraries
and this package. A change of any of them makes a new one and drops the old.
"""

import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bench.national.size import Size
from tongzhou.config.places import database

ROOT = Path(__file__).resolve().parents[2]
_MADE_OF = (
    "bench/national/*.py",
    "tongzhou/**/migrations/*.py",
    "tongzhou/modules/duties/libraries/*.yaml",
    "tongzhou/modules/registry/params/*.yaml",
    "tongzhou/modules/registry/data/*",
    "tongzhou/modules/registry/seed/*.py",
)
_LOCK = 0x7A11BE


def mark() -> str:
    """Return a mark of everything that the register is made from."""
    digest = hashlib.sha256()
    for pattern in _MADE_OF:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


@contextmanager
def national_database(size: Size) -> Iterator[str]:
    """Let ``DATABASE_URL`` name a copy of the national register; drop the copy afterwards."""
    with database():
        server = os.environ["DATABASE_URL"]
        template = ensure(server, size)
        name = f"bench_{secrets.token_hex(4)}"
        _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        os.environ["DATABASE_URL"] = _named(server, name)
        try:
            yield os.environ["DATABASE_URL"]
        finally:
            from django.db import connections

            connections.close_all()
            os.environ["DATABASE_URL"] = server
            _run(server, f'DROP DATABASE IF EXISTS "{name}"')


def ensure(server: str, size: Size) -> str:
    """Return the name of the template, built first where it is missing.

    What is in force is built on a copy of the register alone.
    """
    kind = f"tongzhou_{size.name}"
    template = f"{kind}_{mark()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK, int(size.in_force)])
        held = [
            row[0]
            for row in connection.execute(
                "SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{kind}_[0-9a-f]{{10}}"]
            )
        ]
        if template in held:
            return template
        for old in held:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
        below = ensure(server, size.register) if size.in_force else "template1"
        making = f"{template}_new"
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(making), sql.Identifier(below)
            )
        )
        # In a process of its own: Django keeps the database it first saw.
        subprocess.run(
            [sys.executable, "-m", "bench.national", str(size.organisations), str(size.in_force)],
            env=os.environ | {"DATABASE_URL": _named(server, making)},
            check=True,
            cwd=ROOT,
        )
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(making), sql.Identifier(template)
            )
        )
    return template


def _named(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _run(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())
