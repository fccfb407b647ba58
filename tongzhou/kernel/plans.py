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


def planned(sql: str, params: dict[str, Any]) -> list[Any]:
    """Run a query by the plan that is kept for it and return its rows as tuples.

    Each parameter's type must be plain from the statement: ``%(ids)s::bigint[]``.
    """
    with connection.cursor() as cursor:
        held = _held(connection.connection)
        if not held.keeps:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
        before = [_ONE_PLAN]
        # Policies make a plan the plan of one role; two people of different sight would drop each
        # other's.
        key = (sql, sight.current() == sight.EVERYTHING)
        name = held.names.get(key, "")
        if name:
            held.names.move_to_end(key)
        else:
            if len(held.names) >= KEPT:
                before.append(f"DEALLOCATE {held.names.popitem(last=False)[1]}")
            held.made += 1
            name = f"tongzhou_{held.made}"
            before.append(f"PREPARE {name} AS {_numbered(sql)[0]}")
        said = [*before, f"EXECUTE {name}{_numbered(sql)[1]}", _AS_BEFORE]
        try:
            cursor.execute("; ".join(said), params)
        except Exception as fault:
            # A statement may have been prepared and another one failed: its name is not used again.
            held.names.pop(key, None)
            if isinstance(fault.__cause__, InvalidSqlStatementName):
                held.keeps = False
                if not connection.in_atomic_block:
                    return rows(sql, params)
            raise
        held.names[key] = name
        for _ in before:
            cursor.nextset()
        return list(cursor.fetchall())


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
