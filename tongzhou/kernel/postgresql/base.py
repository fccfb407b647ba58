"""Django's PostgreSQL backend, whose statements carry what belongs to them in the same message.

The policies of row-level security read the setting ``tongzhou.sight`` (see :mod:`..sight`). It is
set by ``SET LOCAL`` in the same message as the statement: the first of a transaction, every one
outside of transactions, and each one after the sight has changed. So it costs no round trip, ends
with its transaction, and neither a persistent connection nor a pooler between can hand it on.

Where everything is seen and the server has the role for it, the statement takes that role on, which
no policy binds: one that lets everything through would still be priced, and plans would suffer.

Connections of the tables' owner are not bound by the policies and say nothing of sight.

``BEGIN`` goes with the first statement of a transaction, too, and ``COMMIT`` with one that is
announced as the last (:meth:`DatabaseWrapper.end_with_next`). psycopg is in autocommit all the
while: it would send ``BEGIN`` as a message of its own.
"""

import select
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db.backends.postgresql import base
from django.db.transaction import TransactionManagementError
from psycopg import IsolationLevel, sql
from psycopg.pq import ConnStatus, TransactionStatus

from tongzhou.kernel import sight
from tongzhou.kernel.reach import APPLICATION, EVERYTHING, SETTING, UNBOUND

# psycopg 2 or 3, say the stubs of Django, and know neither.
_CLIENT: Any = base.Cursor
_SERVER: Any = base.ServerSideCursor
_REGISTER_ZONE: Any = base.register_tzloader  # type: ignore[attr-defined]
IDLE, BROKEN = TransactionStatus.IDLE, TransactionStatus.INERROR
#: A connection that was used so lately is believed to live while its server says nothing.
QUIET_SECONDS = 60


class Bound:
    """What is remembered of one connection: whether policies bind it, what its transaction sees.

    ``begins``: Django wants a transaction around what comes. ``ends``: the next statement is its
    last; ``ended``: that one has been sent, and Django has not been told yet.
    """

    __slots__ = ("begins", "binds", "ended", "ends", "may_unbind", "seen")

    def __init__(self, *, binds: bool, may_unbind: bool = False) -> None:
        self.binds = binds
        self.may_unbind = may_unbind
        self.seen: str | None = None
        self.begins = self.ends = self.ended = False

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

    def opens(self, status: TransactionStatus) -> bool:
        """Tell whether the next statement is the first of a transaction.

        TransactionManagementError after the one that was announced as the last.
        """
        if not self.begins or status != IDLE:
            return False
        if self.ended:
            raise TransactionManagementError("a statement after the last one of a transaction")
        return True


def _begin(connection: Any) -> str:
    level = connection.isolation_level
    if level is None:
        return "BEGIN"
    return f"BEGIN ISOLATION LEVEL {IsolationLevel(level).name.replace('_', ' ')}"


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
    """Make sure of transaction and sight before what cannot carry them: a copy, a named cursor."""
    bound = _bound(connection)
    status = connection.info.transaction_status
    if bound.binds and status == IDLE and not bound.begins:
        with connection.transaction():
            bound.seen = None
            connection.execute("SELECT")
            yield
    else:
        if bound.opens(status) or bound.owed(status) is not None:
            connection.execute("SELECT")
        yield


class Cursor(_CLIENT):  # type: ignore[misc]
    """A cursor that brings the sight along, and the ends of its transaction."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement; its result is the one that is then at hand."""
        bound = _bound(self.connection)
        status = self.connection.info.transaction_status
        before = [_begin(self.connection)] if bound.opens(status) else []
        wanted = bound.owed(status)
        if wanted is not None:
            before += bound.settings(wanted)
        last, bound.ends = bound.ends, False
        if not before and not last:
            return super().execute(query, params, **options)
        # By itself, because the client keeps what it has read of a text; with the sight before it,
        # that would be another text for everybody.
        text = _text(query, self.connection) if params is None else self.mogrify(query, params)
        super().execute("; ".join([*before, text, *(["COMMIT"] if last else [])]), **options)
        if before:
            self.set_result(len(before))
        if wanted is not None:
            bound.seen = wanted
        bound.ended = last
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

    health_check_done: bool
    _heard = 0.0

    def get_connection_params(self) -> dict[str, Any]:
        """Return the parameters of a connection, with our cursors."""
        return super().get_connection_params() | {"cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; the application's own role is bound, whether signed in or assumed."""
        connection = super().get_new_connection(conn_params)
        connection.autocommit = True
        assumed = self.settings_dict["OPTIONS"].get("assume_role")
        binds = (assumed or connection.info.user) == APPLICATION
        connection.tongzhou_bound = Bound(binds=binds, may_unbind=binds and _may_unbind(connection))
        self._heard = time.monotonic()
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; a named one lives on the server."""
        if name is None:
            return super().create_cursor()
        cursor = NamedCursor(
            self.connection,
            name=name,
            scrollable=False,
            withhold=not _bound(self.connection).begins,
        )
        _REGISTER_ZONE(self.timezone, cursor)
        return cursor

    def end_with_next(self) -> None:
        """Let the next statement be the last of its transaction: it is committed with it.

        Nothing may follow before the transaction is left, and it must not be left by an error.
        TransactionManagementError when there is none, or when it is part of another.
        """
        if not self.in_atomic_block or len(self.atomic_blocks) > 1:
            raise TransactionManagementError("only a whole transaction has a last statement")
        _bound(self.connection).ends = True

    def close_if_health_check_failed(self) -> None:
        """Make sure that the connection lives: ask, or see that its server has not hung up."""
        connection: Any = self.connection
        if connection is None or self.health_check_done:
            return
        now = time.monotonic()
        if now - self._heard < QUIET_SECONDS and _is_quiet(connection):
            self.health_check_done = True
        else:
            super().close_if_health_check_failed()
        self._heard = now

    def _set_autocommit(self, autocommit: bool) -> None:
        """Note whether a transaction is wanted; its first statement begins it."""
        connection: Any = self.connection
        if not connection.autocommit or connection.pgconn.transaction_status != IDLE:
            with self.wrap_database_errors:
                connection.autocommit = True  # refused inside a transaction
        bound = _bound(connection)
        bound.begins = not autocommit
        bound.ends = bound.ended = False

    def _commit(self) -> None:
        """Commit, unless COMMIT was sent along or no statement has begun a transaction."""
        connection: Any = self.connection
        if (
            connection is None
            or self.queries_logged
            or connection.pgconn.transaction_status != IDLE
        ):
            super()._commit()  # type: ignore[misc]  # not in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        """Roll back to a savepoint, and with it what was set since."""
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # not in the stubs
        _bound(self.connection).seen = None


def _is_quiet(connection: Any) -> bool:
    """Tell whether a connection at rest has nothing to say: a server that ends says so."""
    held = connection.pgconn
    if held.status != ConnStatus.OK or held.transaction_status != IDLE:
        return False
    asked = select.poll()
    asked.register(held.socket, select.POLLIN)
    return not asked.poll(0)
