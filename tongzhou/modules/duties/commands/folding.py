"""Fold deltas into counters and sums, and carry reports along when their bearer moves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tongzhou.kernel.database import execute, rows
from tongzhou.modules.duties.commands.summing import (
    SUMS_LOCK,
    TAKE,
    add_reports,
    fold_populations,
    sum_missing,
)

#: So many changes are looked up one by one; whoever is further behind goes through tables once.
FEW, MANY = 10_000, 500_000


def _fold(*, many: bool) -> str:
    return f"""
WITH taken AS ({TAKE.format(table="duties_delta")}), added AS (
    SELECT period, duty_id, cell_id, prov, sum(submitted) AS submitted, sum(accepted) AS accepted,
           sum(returned) AS returned, sum(late) AS late
    FROM taken GROUP BY period, duty_id, cell_id, prov
), counters AS (
    INSERT INTO duties_counter AS c
           (period, duty_id, cell_id, prov, submitted, accepted, returned, late)
    SELECT period, duty_id, cell_id, prov, submitted, accepted, returned, late FROM added
    ON CONFLICT (period, duty_id, cell_id, prov) DO UPDATE
    SET submitted = c.submitted + excluded.submitted, accepted = c.accepted + excluded.accepted,
        returned = c.returned + excluded.returned, late = c.late + excluded.late
), sums AS (
    {add_reports(many=many)}
)
SELECT count(*) FROM taken
"""  # noqa: S608 - made of constants


_FOLD = {many: _fold(many=many) for many in (False, True)}

_LOCK_CLASS = 31266


_WAITING = """
SELECT prov FROM duties_delta UNION SELECT prov FROM duties_populationdelta ORDER BY prov
"""


def fold() -> int:
    """Add all committed deltas to counters and sums, province by province; return how many.

    One folder at a time per province (advisory lock); figures are exact before and after, because
    they read counters, or sums, and unfolded deltas in one statement. Duties that have no sums yet
    get them first.
    """
    folded = sum_missing()
    for (prov,) in rows(_WAITING):
        taken = _fold_some(prov, many=False)
        folded += taken
        behind = taken >= FEW
        while behind:
            taken = _fold_some(prov, many=True)
            folded += taken
            behind = taken >= MANY
    return folded


def _fold_some(prov: int, *, many: bool) -> int:
    """Fold so many changes of a province; return how many, 0 when somebody else is at it."""
    most = MANY if many else FEW
    with transaction.atomic():
        if not _is_alone(prov):
            return 0
        if many:
            execute("SET LOCAL work_mem = '64MB'")
        reports = int(rows(_FOLD[many], {"prov": prov, "most": most})[0][0])
        return reports + fold_populations(prov, most, many=many)


def _is_alone(prov: int) -> bool:
    """Take the lock of a province's folder, unless somebody has it or builds sums."""
    shared = rows("SELECT pg_try_advisory_xact_lock_shared(%s)", [SUMS_LOCK])[0][0]
    return bool(
        shared and rows("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, prov])[0][0]
    )


def move_reports(moves: Sequence[tuple[int, int, int, int]], at: datetime) -> None:
    """Carry the reports of moved bearers to their new cells, with the deltas on both sides.

    ``moves``: (organisation, prov, old cell, new cell). Those of periods that had closed by ``at``
    stay: who owed a closed period is not rewritten by what changes later. They are told where
    their bearer went, for those who look after it there. Runs inside the move's transaction, which
    holds the bearers.
    """
    moved = {
        "at": at,
        "ids": [move[0] for move in moves],
        "provs": [move[1] for move in moves],
        "old": [move[2] for move in moves],
        "new": [move[3] for move in moves],
    }
    execute(
        """
        WITH moved AS (
            SELECT * FROM unnest(%(ids)s::bigint[], %(provs)s::smallint[], %(new)s::bigint[])
                AS m(id, prov, cell)
        ), held AS (
            SELECT r.period, r.duty_id, r.organisation_id, r.prov, r.cell_id AS old_cell,
                   m.cell AS new_cell, r.state, r.late
            FROM moved m
            JOIN duties_report r ON r.organisation_id = m.id AND r.prov = m.prov
            JOIN duties_duty d ON d.id = r.made_under
            WHERE r.cell_id <> m.cell AND duties_period_end(d.recurrence, r.period) > %(at)s
            FOR UPDATE OF r
        ), sides AS (
            SELECT period, duty_id, prov, old_cell AS cell, -1 AS sign, state, late FROM held
            UNION ALL
            SELECT period, duty_id, prov, new_cell, 1, state, late FROM held
        ), changed AS (
            UPDATE duties_report r SET cell_id = h.new_cell FROM held h
            WHERE r.period = h.period AND r.duty_id = h.duty_id
              AND r.organisation_id = h.organisation_id AND r.prov = h.prov
            RETURNING 1
        )
        INSERT INTO duties_delta
            (period, duty_id, cell_id, prov, submitted, accepted, returned, late)
        SELECT period, duty_id, cell, prov,
               coalesce(sum(sign) FILTER (WHERE state = 'SUBMITTED'), 0),
               coalesce(sum(sign) FILTER (WHERE state = 'ACCEPTED'), 0),
               coalesce(sum(sign) FILTER (WHERE state = 'RETURNED'), 0),
               coalesce(sum(sign) FILTER (WHERE late AND state IN ('SUBMITTED', 'ACCEPTED')), 0)
        FROM sides GROUP BY period, duty_id, cell, prov
        """,
        moved,
    )
    execute(
        """
        WITH moved AS (
            SELECT m.id, m.prov, m.cell
            FROM unnest(%(ids)s::bigint[], %(provs)s::smallint[], %(old)s::bigint[],
                        %(new)s::bigint[]) AS m(id, prov, old, cell)
            LEFT JOIN registry_cell a ON a.id = m.old AND a.prov = m.prov
            LEFT JOIN registry_cell b ON b.id = m.cell AND b.prov = m.prov
            WHERE m.cell = 0
               OR (a.place, a.registered_region) IS DISTINCT FROM (b.place, b.registered_region)
        )
        UPDATE duties_report r SET bearer_cell = nullif(m.cell, r.cell_id) FROM moved m
        WHERE r.organisation_id = m.id AND r.prov = m.prov
          AND coalesce(r.bearer_cell, r.cell_id) <> m.cell
        """,
        moved,
    )
