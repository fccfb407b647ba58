"""Django's PostgreSQL backend, whose statements carry the sight of their thread.

The policies of row-level security read the setting ``tongzhou.sight`` (see :mod:`..sight`). It is
set by ``SET LOCAL`` in the same message as the statement: the first of a transaction, every one
outside of transactions, and each one after the sight has changed. So it costs no round trip, ends
with its transaction, and neither a persistent connection nor a pooler between can hand it on.

Where everything is seen and the server has the role for it, the statement takes that role on, which
no policy binds: one that lets everything through would still be priced, and plans would suffer.

Connections of the tables' owner are not bound by the policies and say nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.pq import TransactionStatus

from tongzhou.kernel import sight
from tongzhou.kernel.reach import APPLICATION, EVERYTHING, SETTING, UNBOUND

# psycopg 2 or 3, say the stubs of Django, and know neither.
_CLIENT: Any = base.Cursor
_SERVER: Any = base.ServerSideCursor
_REGISTER_ZONE: Any = base.register_tzloader  # type: ignore[attr-defined]
IDLE, BROKEN = TransactionStatus.IDLE, TransactionStatus.INERROR


class Bound:
    """What is remembered of one connection: whether policies bind it, what its transaction sees."""

    __slots__ = ("binds", "may_unbind", "seen")

    def __init__(self, *, binds: bool, may_unbind: bool = False) -> None:
        self.binds = binds
        self.may_unbind = may_unbind
        self.seen: str | None = None

    def settings(self, sight: str) -> list[str]:
        """Return the statements that set a sight for the rest of the transaction."""
        said = [f"SET LOCAL {SETTING} = '{sight}'"]
        if self.may_unbind:
            said.append(f"SET LOCAL ROLE {UNBOUND if sight == EVERYTHING else APPLICATION}")
        return said

    def owed(self, status: TransactionStatus) -> str | None:
        """Return the sight that the next statement has to bring along, None if it stands."""
        if not self.binds or status == BROKEN:
            return None
        if status == IDLE:
            self.seen = None
        return None if self.seen == sight.current() else sight.current()


def _bound(connection: Any) -> Bound:
    """Return what is remembered of a psycopg connection; a strange one is not bound."""
    found = getattr(connection, "tongzhou_bound", None)
    return found if isinstance(found, Bound) else Bound(binds=False)


def _may_unbind(connection: Any) -> bool:
    """Say whether the application may take on the unbound role, and does not hold it always."""
    with connection.transaction():
        found = connection.execute(
            "SELECT pg_has_role(r.oid, u.oid, 'MEMBER') AND NOT pg_has_role(r.oid, u.oid, 'USAGE')"
            " AND pg_has_role(session_user, u.oid, 'MEMBER')"
            " FROM pg_roles r, pg_roles u WHERE r.rolname = %s AND u.rolname = %s",
            [APPLICATION, UNBOUND],
        ).fetchone()
    return bool(found and found[0])


def _text(query: Any, connection: Any) -> str:
    if isinstance(query, bytes):
        return query.decode()
    return query.as_string(connection) if isinstance(query, sql.Composable) else str(query)


@contextmanager
def _settled(connection: Any) -> Iterator[None]:
    """Make sure of the sight before what cannot carry it: a copy, a named cursor, many rows."""
    bound = _bound(connection)
    if not bound.binds:
        yield
    elif connection.autocommit and connection.info.transaction_status == IDLE:
        with connection.transaction():
            bound.seen = None
            connection.execute("SELECT")
            yield
    else:
        if bound.owed(connection.info.transaction_status) is not None:
            connection.execute("SELECT")
        yield


class Cursor(_CLIENT):  # type: ignore[misc]
    """A cursor that brings the sight along."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement; its result is the one that is then at hand."""
        bound = _bound(self.connection)
        wanted = bound.owed(self.connection.info.transaction_status)
        if wanted is None:
            return super().execute(query, params, **options)
        settings = bound.settings(wanted)
        text = "; ".join((*settings, _text(query, self.connection)))
        super().execute(text, params, **options)
        for _ in settings:
            self.nextset()
        bound.seen = wanted
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], **options: Any) -> None:
        """Run a statement for many rows."""
        with _settled(self.connection):
            super().executemany(query, params_seq, **options)

    @contextmanager
    def copy(self, *args: Any, **options: Any) -> Iterator[Any]:
        """Copy rows in or out."""
        with _settled(self.connection), super().copy(*args, **options) as copy:
            yield copy


class NamedCursor(_SERVER):  # type: ignore[misc]
    """A cursor on the server; outside of a transaction its rows are kept from the start."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Declare the cursor."""
        settled: AbstractContextManager[None] = _settled(self.connection)
        with settled:
            return super().execute(query, params, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that remembers what its transaction sees."""

    def get_connection_params(self) -> dict[str, Any]:
        """Return the parameters of a connection, with our cursors."""
        return super().get_connection_params() | {"cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; the application's own role is bound, whether signed in or assumed."""
        connection = super().get_new_connection(conn_params)
        assumed = self.settings_dict["OPTIONS"].get("assume_role")
        binds = (assumed or connection.info.user) == APPLICATION
        connection.tongzhou_bound = Bound(binds=binds, may_unbind=binds and _may_unbind(connection))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; a named one lives on the server."""
        if name is None:
            return super().create_cursor()
        cursor = NamedCursor(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )
        _REGISTER_ZONE(self.timezone, cursor)
        return cursor

    def _savepoint_rollback(self, sid: str) -> None:
        """Roll back to a savepoint, and with it what was set since."""
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # not in the stubs
        _bound(self.connection).seen = None
