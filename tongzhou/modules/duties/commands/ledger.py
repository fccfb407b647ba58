"""What every write of reports shares: keys, locks, the change of counts, the journal.

Every write locks the bearers FOR SHARE first, then the reports, in the order of their keys; so no
bearer changes its cell meanwhile and no two people decide the same report.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any, Protocol
from uuid import UUID

from tongzhou.base.errors import Conflict, Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import array, execute, rows
from tongzhou.modules.duties.queries.force import DutyRow
from tongzhou.modules.duties.queries.owing import Owing, duty_for
from tongzhou.modules.duties.rules.evidence import RECEIVABLE, may_be_received
from tongzhou.modules.registry.public import BearerRow, find_bearer, list_bearers

RECEIVED = "系统接收"
OWING = frozenset({"ACTIVE", "SUSPENDED"})


class Upload(Protocol):
    """A file as a form hands it over."""

    name: str | None
    size: int | None
    file: IO[bytes]


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a report is about and who owes it; the duty through all its versions."""

    period: date
    duty_id: int
    organisation_id: int
    prov: int


@dataclass(frozen=True, slots=True)
class Filing:
    """One report to file; ``data`` are the answers, ``effective_on`` the day told of."""

    key: Key
    data: Mapping[str, Any]
    files: tuple[UUID, ...] = ()
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What a locked report is like before a write; ``cell_id`` is the cell it counts to."""

    state: str
    version: int
    late: bool
    decider: str
    made_under: int
    cell_id: int
    submitted_by: int | None


@dataclass(slots=True)
class Change:
    """Counts to add per (period, duty, cell, prov)."""

    counts: Tally[tuple[tuple[date, int, int, int], str]] = field(default_factory=Tally)

    def add(self, key: Key, cell: int, state: str, late: bool, sign: int) -> None:
        """Count a report in or out of a cell, or as many as ``sign`` says."""
        place = (key.period, key.duty_id, cell, key.prov)
        if state:
            self.counts[place, state] += sign
        if late and state in {"SUBMITTED", "ACCEPTED"}:
            self.counts[place, "LATE"] += sign

    def write(self) -> None:
        """Append the deltas; the folder adds them to the counters."""
        places = sorted({place for (place, _), n in self.counts.items() if n})
        columns = [array(place[i] for place in places) for i in range(4)]
        for state in ("SUBMITTED", "ACCEPTED", "RETURNED", "LATE"):
            columns.append(array(self.counts[place, state] for place in places))
        execute(
            """
            INSERT INTO duties_delta
                (period, duty_id, cell_id, prov, submitted, accepted, returned, late)
            SELECT * FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::smallint[],
                                 %s::smallint[], %s::smallint[], %s::smallint[], %s::smallint[])
            """,
            columns,
        )


def step_of(filing: Filing, before: Held | None, duty: DutyRow) -> str:
    """Return the step that a filing takes: a first one, a correction, or one accepted at once."""
    spec = duty.spec
    if may_be_received(spec.evidence, filing.data):
        return "receive"
    if before is None:
        return "submit"
    if before.state == "ACCEPTED" and spec.evidence.kind in RECEIVABLE:
        return "amend"
    return "resubmit" if before.state == "RETURNED" else "correct"


def overtaken() -> Conflict:
    """Return the refusal of a form that a colleague was faster with."""
    return Conflict(
        "这项任务刚刚已由同事报送。",
        code="already-reported",
        way_out="请刷新页面查看已报送的内容；如需修改，可在审核前更正。",
    )


def decider_of(state: str) -> str:
    """Return who decided a report that was just filed: the system, or nobody yet."""
    return RECEIVED if state == "ACCEPTED" else ""


_FIRST_STEPS = """
INSERT INTO duties_step (period, duty_id, organisation_id, prov, name, source, target, version,
                         late, reason, at, user_id, actor)
SELECT j.period, j.duty_id, j.organisation_id, j.prov, j.name, j.source, j.target, j.version,
       j.late, j.reason, j.at, j.user_id, j.actor
FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::smallint[])
     AS k(period, duty, organisation, prov)
JOIN duties_journal j ON j.period = k.period AND j.duty_id = k.duty
 AND j.organisation_id = k.organisation AND j.prov = k.prov AND j.id = 0
"""
_STEPS = """
INSERT INTO duties_step (period, duty_id, organisation_id, prov, name, source, target,
                         version, late, reason, at, user_id, actor)
SELECT t.*, %s, %s, %s
FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::smallint[], %s::text[],
            %s::text[], %s::text[], %s::integer[], %s::boolean[], %s::text[]) AS t
"""


def write_journal(
    actor: Actor, at: datetime, lines: Sequence[tuple[Key, str, str, str, int, bool, str]]
) -> None:
    """Append steps after the first to the journal, before the reports themselves are changed.

    A report that has taken its first step alone tells it itself; it is written down here.
    """
    if not lines:
        return
    keys: list[list[Any]] = [
        [line[0].period for line in lines],
        [line[0].duty_id for line in lines],
        [line[0].organisation_id for line in lines],
        [line[0].prov for line in lines],
    ]
    execute(_FIRST_STEPS, keys)
    rest = ([line[i] for line in lines] for i in range(1, 7))
    execute(_STEPS, [at, actor.user_id, actor.label, *keys, *rest])


_LOCK = """
SELECT r.period, r.duty_id, r.organisation_id, r.prov, r.state, r.version, r.late, r.decider,
       r.made_under, r.cell_id, r.submitted_by
FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::smallint[])
     AS k(period, duty, organisation, prov)
JOIN duties_report r ON r.period = k.period AND r.duty_id = k.duty
                    AND r.organisation_id = k.organisation AND r.prov = k.prov
ORDER BY r.period, r.duty_id, r.organisation_id, r.prov
FOR UPDATE OF r
"""


def lock_reports(keys: Sequence[Key]) -> dict[Key, Held]:
    """Lock the reports with these keys in their order; those that do not exist are left out."""
    found = rows(
        _LOCK,
        [
            array(key.period for key in keys),
            array(key.duty_id for key in keys),
            array(key.organisation_id for key in keys),
            array(key.prov for key in keys),
        ],
    )
    return {Key(*row[:4]): Held(*row[4:]) for row in found}


def lock_bearers(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], BearerRow]:
    """Lock bearers (id, prov) FOR SHARE until the transaction ends; unknown ones are left out.

    Whoever was moving while the lock was waited for is missing from that statement, and is read
    again where it is now.
    """
    wanted = set(keys)
    found = list_bearers(wanted, lock=True)
    if len(found) < len(wanted):
        found = list_bearers(wanted)
    return {(each.id, each.prov): each for each in found}


def duty_of(at: datetime, key: Key) -> tuple[DutyRow, Owing | None]:
    """Return the version by which a key's bearer reports for its period, and what it owes.

    That is None where nothing is owed. Missing when there is no such duty or bearer.
    """
    bearer = find_bearer(key.organisation_id, key.prov)
    if bearer is None:
        raise Missing("名册中没有这个主体。")
    return duty_for(at, key.duty_id, bearer, key.period)


def name_of(key: Key) -> str:
    """Return the name of a report in the audit trail."""
    return f"report/{key.period}/{key.duty_id}/{key.organisation_id}/{key.prov}"


def ids_of(key: Key) -> dict[str, Any]:
    """Return a key as plain data, for events."""
    return {
        "period": key.period.isoformat(),
        "duty_id": key.duty_id,
        "organisation_id": key.organisation_id,
        "prov": key.prov,
    }


def follow_bearers(keys: Sequence[Key]) -> None:
    """Note where bearers are now in first reports for a period that closed before they moved.

    They count to the cell where they were owed; who looks after the bearer today reads them, too.
    """
    execute(
        """
        UPDATE duties_report r SET bearer_cell = o.cell_id
        FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::smallint[])
             AS k(period, duty, organisation, prov)
        JOIN registry_organisation o ON o.id = k.organisation AND o.prov = k.prov
        WHERE r.period = k.period AND r.duty_id = k.duty AND r.organisation_id = k.organisation
          AND r.prov = k.prov AND o.cell_id <> r.cell_id
        """,
        [
            [key.period for key in keys],
            [key.duty_id for key in keys],
            [key.organisation_id for key in keys],
            [key.prov for key in keys],
        ],
    )
