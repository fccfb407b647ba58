"""Helpers for tables that are laid out by province.

Every big table carries ``prov`` as the last part of its primary key; see docs/architecture.md.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection


def rows(sql: str, params: list[Any] | tuple[Any, ...] | dict[str, Any] = ()) -> list[Any]:
    """Run a query and return its rows as tuples."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def dicts(
    sql: str, params: list[Any] | tuple[Any, ...] | dict[str, Any] = ()
) -> list[dict[str, Any]]:
    """Run a query and return its rows as dictionaries by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def execute(sql: str, params: list[Any] | tuple[Any, ...] | dict[str, Any] = ()) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def bound(sql: str, params: list[Any] | tuple[Any, ...] | dict[str, Any]) -> str:
    """Return a query with its values in it, for a function of the database that runs it."""
    with connection.cursor() as cursor:
        return str(cursor.mogrify(sql, params))


def array(values: Iterable[object]) -> str:
    """Return numbers, days, truths or words without quotes as the text of an array.

    It is bound as one text, far quicker than a long list; the statement names the type.
    """
    return "{" + ",".join(map(str, values)) + "}"


def next_ids(sequence: str, count: int) -> list[int]:
    """Take ``count`` numbers from a sequence; they are unique, not necessarily adjacent."""
    return [
        int(row[0])
        for row in rows("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
    ]
