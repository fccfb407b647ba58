"""A register imported with all checks, beside a bare COPY of the rows that it becomes."""

import csv
import os
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil

from bench.harness import Result, timed
from bench.national.size import from_environment

NEEDS_DATABASE = True
TABLES = (
    "registry_organisation",
    "registry_codeentry",
    "registry_organisationattribute",
    "registry_organ",
    "registry_placement",
)


def measure() -> Iterator[Result]:
    """Check and write a sheet, then copy out what it became and back into tables like it."""
    from bench.national.organisations import sheet_rows
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.registry import commands
    from tongzhou.modules.registry.rules import columns
    from tongzhou.modules.registry.seed import seed_base

    now, size = clock.now(), from_environment()
    seed_base(actor=SYSTEM, at=now - timedelta(days=1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            sheet = csv.DictWriter(stream, columns.NAMES, restval="")
            sheet.writeheader()
            sheet.writerows(sheet_rows(size.organisations, size.seed))
        yield Result("sheet", path.stat().st_size / 2**20, None, "MB")
        with path.open("rb") as stream:
            batch = commands.start_import(
                actor=SYSTEM, at=now, stream=stream, name=path.name, size=path.stat().st_size
            )
        checking = timed(lambda: commands.check_import(actor=SYSTEM, at=now, batch_id=batch))
        writing = timed(lambda: commands.write_import(actor=SYSTEM, at=now, batch_id=batch))
        yield Result("check", checking, None, "s")
        yield Result("write", writing, None, "s")
        memory = psutil.Process().memory_info().rss / 2**20
        yield Result("memory of the process afterwards", memory, 400, "MB")
        count, copying = _copied(Path(folder))
        yield Result("organisations imported", count, size.organisations, "", least=True)
    yield Result("bare COPY of the same rows into the same tables and indexes", copying, None, "s")
    together = checking + writing
    yield Result("import beside it, in rows a second", copying / together, 0.25, "ratio", True)


def _copied(folder: Path) -> tuple[int, float]:
    """Copy the tables out and into empty ones like them; return organisations and seconds."""
    import psycopg

    seconds = 0.0
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for table in TABLES:
            kept = folder / table
            connection.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)".encode())
            with (
                kept.open("wb") as out,
                connection.cursor() as cursor,
                cursor.copy(f"COPY {table} TO STDOUT".encode()) as told,
            ):
                for part in told:
                    out.write(part)

            def copy(kept: Path = kept, table: str = table) -> None:
                with (
                    kept.open("rb") as given,
                    connection.cursor() as cursor,
                    cursor.copy(f"COPY bare_{table} FROM STDIN".encode()) as into,
                ):
                    while part := given.read(1 << 20):
                        into.write(part)

            seconds += timed(copy)
        found = connection.execute(
            "SELECT count(*) FROM bare_registry_organisation WHERE form <> 'AUTHORITY'"
        ).fetchone()
    return (int(found[0]) if found else 0), seconds
