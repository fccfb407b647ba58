"""Statements whose plan the server keeps: long to plan, quick to answer, asked again and again.

A statement is prepared on its connection when it is first asked and executed by its name from then
on (``PREPARE``, ``EXECUTE``), with one plan for all values. So it must be written such that this
plan is right for all of them: tests look at the rows it touches. What depends on the values (a
search by a part of a name) is for :func:`tongzhou.kernel.database.rows`.

Both are plain SQL, so they go in the same message as the sight (:mod:`.postgresql`). A pooler that
hands each transaction to another server knows nothing of them; behind one, which the number of the
server's process tells, every statement is planned anew.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import connection
from psycopg.errors import InvalidSqlStatementName

from tongzhou.kernel import sight
from tongzhou.kernel.database import rows

#: So many statements are kept on a connection, the latest used.
KEPT = 64
_ONE_PLAN = "SET LOCAL plan_cache_mode = force_generic_plan"
_AS_BEFORE = "SET LOCAL plan_cache_mode TO DEFAULT"
_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(slots=True)
class _Plans:
    """What one connection has prepared: names by statement, the latest used last."""

    keeps: bool
    names: OrderedDict[tuple[str, bool], str] = field(default_factory=OrderedDict)
    made: int = 0


def planned(
    sql: str,
    params: dict[str, Any],
    *,
    first: str = "",
    name: str = "tongzhou",
    last: bool = False,
) -> list[Any]:
    """Run a query by the plan that is kept for it and return its rows as tuples.

    Each parameter's type must be plain from the statement: ``%(ids)s::bigint[]``. ``first`` is a
    statement that goes before it in the same message, for the locks that it takes: the query sees
    what was committed while they were waited for. ``name`` is what the server calls the plan, with
    a number. ``last``: the transaction is committed in the same message (``end_with_next`` of the
    connection).
    """
    with connection.cursor() as cursor:
        held = _held(connection.connection)
        if not held.keeps:
            _end_with_next(last)
            cursor.execute(f"{first}; {sql}" if first else sql, params)
            if first:
                cursor.nextset()
            return list(cursor.fetchall())
        said = [_ONE_PLAN]
        made = []
        try:
            for each in filter(None, (first, sql)):
                # Policies make a plan the plan of one role; two people of different sight would
                # drop each other's.
                key = (each, sight.current() == sight.EVERYTHING)
                if key in held.names:
                    held.names.move_to_end(key)
                else:
                    made.append(key)
                    said += _preparing(held, key, name)
                said.append(f"EXECUTE {held.names[key]}{_numbered(each)[1]}")
            _end_with_next(last)
            cursor.execute("; ".join([*said, _AS_BEFORE]), params)
        except Exception as fault:
            # They may have been prepared, and what came then failed: the names are not used again.
            for key in made:
                held.names.pop(key, None)
            if isinstance(fault.__cause__, InvalidSqlStatementName):
                held.keeps = False
                held.names.clear()
                if not connection.in_atomic_block:
                    return planned(sql, params, first=first)
            raise
        # Behind it come what puts the mode back and, as the case may be, COMMIT.
        cursor.set_result(-3 if last else -2)
        return list(cursor.fetchall())


def _end_with_next(last: bool) -> None:
    if last:
        connection.end_with_next()  # type: ignore[attr-defined]  # of our own backend


def _preparing(held: _Plans, key: tuple[str, bool], name: str) -> list[str]:
    """Return the statements that prepare another one, by a new name that is noted."""
    said = []
    if len(held.names) >= KEPT:
        said.append(f"DEALLOCATE {held.names.popitem(last=False)[1]}")
    held.made += 1
    held.names[key] = f"{name}_{held.made}"
    return [*said, f"PREPARE {held.names[key]} AS {_numbered(key[0])[0]}"]


def preparing(raw: Any) -> list[str]:
    """Return the statements by which another connection keeps what this psycopg one does."""
    return [f"PREPARE {name} AS {_numbered(key[0])[0]}" for key, name in _held(raw).names.items()]


@lru_cache(maxsize=512)
def _numbered(sql: str) -> tuple[str, str]:
    """Return a statement with numbers for parameters, and the list of its arguments by name."""
    numbers: dict[str, int] = {}
    text = _PARAMETER.sub(
        lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}", sql.strip()
    )
    return text, f"({', '.join(f'%({name})s' for name in numbers)})" if numbers else ""


def _held(raw: Any) -> _Plans:
    """Return what a psycopg connection has prepared."""
    found = getattr(raw, "tongzhou_plans", None)
    if not isinstance(found, _Plans):
        found = raw.tongzhou_plans = _Plans(keeps=_is_direct(raw))
    return found


def _is_direct(raw: Any) -> bool:
    """Tell whether the server that answers is the one connected to; a pooler gives its own number.

    Asked once for a connection.
    """
    return bool(rows("SELECT pg_backend_pid()")[0][0] == raw.info.backend_pid)
