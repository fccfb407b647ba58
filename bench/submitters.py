"""What one measuring client does, over and over: submit, insert, fold."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

Work = Callable[[int], object]
#: How many submissions a client makes ready before the clock starts.
READY = 8_000


def keys_of(
    clients: int, client: int, duty: str, first: int, count: int
) -> tuple[list[tuple[date, int, int, int]], dict[str, Any]]:
    """Return keys that are owed and not reported, every client its own, and an answer to them."""
    serve_as_application()
    from tongzhou.config.demo.fates import answers
    from tongzhou.kernel import clock
    from tongzhou.kernel.database import rows
    from tongzhou.modules.duties import public as duties

    now = clock.now()
    (duty_id,) = rows("SELECT root_id FROM duties_duty WHERE key = %s", [duty])[0]
    period = duties.list_windows(now, duty_ids=[duty_id])[0].period.start
    found = rows(
        "SELECT o.id, o.prov FROM registry_organisation o WHERE o.form <> 'AUTHORITY'"
        " AND o.located_in_id / 10000 NOT IN (54, 63) AND o.located_in_id <> 440117"
        " AND o.id %% %s = %s AND o.id > %s AND NOT EXISTS (SELECT FROM duties_report r"
        " WHERE r.period = %s AND r.duty_id = %s AND r.organisation_id = o.id AND r.prov = o.prov)"
        " ORDER BY o.id LIMIT %s",
        [clients, client, first, period, duty_id, count],
    )
    spec = duties.get_duty(duty_id, now).spec
    return [(period, duty_id, *row) for row in found], answers(1, "x", duty, spec, period)


def serve_as_application() -> None:
    """Let Django connect as the web server and the worker do: bound by the policies."""
    from tongzhou.config.commands import setup

    setup()
    from django.db import connection

    from tongzhou.kernel.reach import APPLICATION

    connection.close()
    connection.settings_dict["OPTIONS"]["assume_role"] = APPLICATION


def submit_singly(clients: int, duty: str, first: int, client: int) -> Work:
    """Report through the command that the page and the API call, as the organisation's own."""
    keys, data = keys_of(clients, client, duty, first, 40_000)

    def work(turn: int) -> object:
        return turn < len(keys) and bool(_submit(keys[turn], data))

    return work


def _submit(key: tuple[date, int, int, int], data: dict[str, Any]) -> object:
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import Actor, Role, permissions_of
    from tongzhou.modules.duties import commands

    actor = Actor(
        user_id=None,
        role=Role.SECRETARIAT,
        label="性能测量",
        organisation_id=key[2],
        prov=key[3],
        permissions=permissions_of(Role.SECRETARIAT),
    )
    return commands.submit_report(actor=actor, at=clock.now(), key=commands.Key(*key), data=data)


def processor_time(count: int = 2_000) -> tuple[float, float]:
    """Return what one submission takes of the database's and of its own processor, in µs each.

    Unlike rates, this says the same on a machine that others use, too.
    """
    import psutil

    work = submit_singly(1, "d8-cases", 0, 0)
    from tongzhou.kernel.database import rows

    server = psutil.Process(rows("SELECT pg_backend_pid()")[0][0])
    for turn in range(100):
        work(turn)
    before, own = server.cpu_times(), time.process_time()
    for turn in range(100, 100 + count):
        work(turn)
    after = server.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return spent / count * 1e6, (time.process_time() - own) / count * 1e6


def fold_often(clients: int, duty: str, first: int, seconds: float, client: int) -> Work:
    """Fold every half second in the last client; submit singly in all others."""
    if client < clients:
        return submit_singly(clients, duty, first, client)
    serve_as_application()
    from tongzhou.modules.duties.public import fold

    def work(turn: int) -> object:
        if turn:
            return False  # folding is no submission: it counts once
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            fold()
            time.sleep(0.5)
        return True

    return work


def in_batches(clients: int, size: int, client: int) -> Work:
    """Report for many organisations at once through the command for batches."""
    keys, data = keys_of(clients, client, "d11-study", 0, 400_000)
    from dataclasses import replace

    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM
    from tongzhou.modules.duties import public as duties

    actor = replace(SYSTEM, label="性能测量")

    def work(turn: int) -> object:
        part = keys[turn * size : (turn + 1) * size]
        if len(part) < size:
            return False
        return duties.submit_reports(
            actor=actor,
            at=clock.now(),
            filings=[duties.Filing(key=duties.Key(*key), data=data) for key in part],
        )

    return work


#: A site's months so far and to come: each is a table.
MONTHS = """
generate_series(date_trunc('month', now()) - interval '2 years', now() + interval '1 year',
                '1 month')
"""
#: The same row in a table of the same shape: columns, keys, indexes, months; nothing else of it.
BARE_TABLE = f"""
CREATE TABLE bare (LIKE duties_report INCLUDING ALL) PARTITION BY RANGE (period);
DO $$
DECLARE
    month date;
BEGIN
    FOR month IN SELECT m::date FROM {MONTHS} AS m LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF bare FOR VALUES FROM (%L) TO (%L)',
                       'bare_' || to_char(month, 'YYYYMM'), month,
                       (month + interval '1 month')::date);
    END LOOP;
END $$;
"""
_COLUMNS = """
INSERT INTO bare (period, duty_id, organisation_id, prov, state, version, cell_id, late, data,
                  files, effective_on, submitted_at, submitter, made_under, reason, decided_at,
                  decider)
"""
_BARE = f"""{_COLUMNS}
VALUES (%s, %s, %s, %s, 'ACCEPTED', 1, %s, false, '{{"suspected": 0}}', '{{}}',
        '2026-01-05', now(), '某某协会秘书处', 7, '', now(), '系统接收')
"""
_BARE_ROWS = f"""{_COLUMNS}
SELECT %s::date, %s::bigint, k.id, k.prov, 'ACCEPTED', 1, k.cell, false, '{{"suspected": 0}}',
       '{{}}', '2026-01-05', now(), '某某协会秘书处', 7, '', now(), '系统接收'
FROM unnest(%s::text::bigint[], %s::text::smallint[], %s::text::bigint[]) AS k(id, prov, cell)
"""


def insert_bare(clients: int, client: int, rows: int = 1) -> Work:
    """Insert the rows that reports would be, without any rule, journal, count or audit line.

    Organisations and cells are those that the submissions are for; whoever has done them all goes
    on with the next day.
    """
    duty = "d11-study" if rows > 1 else "d8-cases"
    keys, _data = keys_of(clients, client, duty, 0, 400_000 if rows > 1 else 40_000)
    import os

    import psycopg

    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    cells = _cells(keys)
    if rows == 1:
        ready = [(*key[1:], cells[key[2:]]) for key in keys]

        def one(turn: int) -> object:
            round_, number = divmod(turn, len(ready))
            day = keys[0][0] + timedelta(days=round_)
            return connection.execute(_BARE, (day, *ready[number]), prepare=True)

        return one
    parts = [keys[n : n + rows] for n in range(0, len(keys) - rows + 1, rows)]
    texts = [
        [
            _array(key[2] for key in part),
            _array(key[3] for key in part),
            _array(cells[key[2:]] for key in part),
        ]
        for part in parts
    ]

    def many(turn: int) -> object:
        round_, number = divmod(turn, len(texts))
        day = keys[0][0] + timedelta(days=round_)
        return connection.execute(_BARE_ROWS, [day, keys[0][1], *texts[number]], prepare=True)

    return many


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _cells(keys: Sequence[tuple[date, int, int, int]]) -> dict[tuple[int, int], int]:
    """Return by (organisation, prov) the cell where each is."""
    from tongzhou.kernel.database import rows

    found = rows(
        "SELECT o.id, o.prov, o.cell_id FROM unnest(%s::bigint[], %s::smallint[]) AS k(id, prov)"
        " JOIN registry_organisation o ON o.id = k.id AND o.prov = k.prov",
        [_array(key[2] for key in keys), _array(key[3] for key in keys)],
    )
    return {(row[0], row[1]): row[2] for row in found}


def replayed(clients: int, client: int) -> Work:
    """Send the statements of one submission again and again, for other organisations.

    What the database alone has to do: the same messages in the same transaction, without the
    command's work between them; BEGIN and COMMIT travel with the first and the last of them. All
    organisations are of one province.
    """
    keys, data = keys_of(clients, client, "d8-cases", 0, 40_000)
    import os

    import psycopg
    from django.db import connection as django

    from tongzhou.kernel import plans
    from tongzhou.kernel.postgresql.base import Bound
    from tongzhou.kernel.reach import APPLICATION, EVERYTHING

    prov = keys[0][3]
    ours = [key for key in keys if key[3] == prov]
    cells = {organisation: cell for (organisation, _prov), cell in _cells(ours).items()}
    sent: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    warming, model, *rest = ours
    _submit(warming, data)  # fills what the process keeps in memory
    with django.execute_wrapper(listen):
        _submit(model, data)
    old = model[2]
    raw = psycopg.connect(
        os.environ["DATABASE_URL"], autocommit=True, cursor_factory=psycopg.ClientCursor
    )
    raw.execute(f"SET ROLE {APPLICATION}".encode())
    for statement in plans.preparing(django.connection):
        raw.execute(statement.encode())
    begin = "; ".join(["BEGIN", *Bound(binds=True, may_unbind=True).settings(EVERYTHING)])
    # Made beforehand: what is measured is the database, not this loop.
    ready = []
    for todo in (key[2] for key in rest[:READY]):
        swap = {old: todo, cells[old]: cells[todo]}
        messages = [
            (sql, _swapped(params, swap, str(old), str(todo)))
            for sql, params in sent
            if not sql.startswith(("SAVEPOINT", "RELEASE"))
        ]
        messages[0] = (f"{begin}; {messages[0][0]}", messages[0][1])
        messages[-1] = (f"{messages[-1][0]}; COMMIT", messages[-1][1])
        ready.append([(sql.encode(), params) for sql, params in messages])

    def work(turn: int) -> object:
        if turn >= len(ready):
            return False
        for sql, params in ready[turn]:
            raw.execute(sql, params)
        return True

    return work


def _swapped(value: Any, swap: dict[int, int], old: str, new: str) -> Any:
    """Return parameters with one organisation and its cell in the place of another."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return swap.get(value, value)
    if isinstance(value, list):
        return [_swapped(each, swap, old, new) for each in value]
    if isinstance(value, tuple):
        return tuple(_swapped(each, swap, old, new) for each in value)
    if isinstance(value, dict):
        return {name: _swapped(each, swap, old, new) for name, each in value.items()}
    if isinstance(value, str):
        return value.replace(f"/{old}/", f"/{new}/")
    return value
