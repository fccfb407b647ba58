"""Start the single parts: the web server, a Django management command, a PostgreSQL program."""

import os
import subprocess
from urllib.parse import urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict

from tongzhou.config.binaries import ServerError, find_binaries
from tongzhou.config.places import SERVING_URL, cores, port

#: What web server and worker call themselves to the database server.
SERVING = "tongzhou serving"


def serve() -> None:
    """Let this process serve: as the application's role where its address is known.

    On one server the role and its password are all that is taken from there, so that whoever
    names another database is served from that one.
    """
    own, given = os.environ["DATABASE_URL"], os.environ.get(SERVING_URL)
    if given:
        there, here = urlsplit(given), urlsplit(own)
        if (there.hostname, there.port) == (here.hostname, here.port):
            role, place = there.netloc.rpartition("@")[0], here.netloc.rpartition("@")[2]
            given = urlunsplit(here._replace(netloc=f"{role}@{place}" if role else place))
    os.environ["DATABASE_URL"] = given or own
    os.environ["PGAPPNAME"] = SERVING


def web(host: str, workers: int | None) -> int:
    """Serve the site until a signal ends it."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "tongzhou.config.wsgi:application",
        address=host,
        port=port(),
        interface=Interfaces.WSGI,
        workers=workers or cores(2),
        blocking_threads=3,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.warning,
    ).serve()
    return 0


def manage(arguments: list[str]) -> int:
    """Run a Django management command as ``manage.py`` would."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tongzhou manage", *arguments])
    return 0


def postgres(arguments: list[str]) -> int:
    """Run one of PostgreSQL's own programs, such as pg_dump, on the database in use.

    Where the database is and who we are goes by the environment, so that no password shows up in
    the list of processes.
    """
    name, *rest = arguments
    folder = find_binaries().folder
    program = folder / name
    if os.sep in name or not program.exists():
        raise ServerError(f"没有程序 {name} · there is no program {name} in {folder}")
    known = conninfo_to_dict(os.environ["DATABASE_URL"])
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    names |= {"dbname": "DATABASE", "sslmode": "SSLMODE"}
    environment = {f"PG{names[key]}": str(known[key]) for key in names if known.get(key)}
    return subprocess.run([program, *rest], check=False, env=os.environ | environment).returncode
