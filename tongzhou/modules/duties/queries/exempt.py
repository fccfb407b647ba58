"""What single bearers are let off: the same statement that figures are corrected by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from tongzhou.kernel.database import rows
from tongzhou.kernel.plans import planned
from tongzhou.modules.duties.queries.exempt_sql import DUE_AT, EXEMPT_OF, OVERDUE
from tongzhou.modules.duties.rules.windows import Window


@dataclass(frozen=True, slots=True)
class LetOff:
    """What exceptions make of one obligation: waived, or with a due time of its own."""

    waived: bool
    due_at: datetime | None
    overdue: bool


_FOUND = f"""
WITH w AS (
    SELECT duty, period, due_at, overdue, coalesce(closes_at, 'infinity') AS closes_at
    FROM unnest(%(duties)s::bigint[], %(periods)s::date[], %(dues)s::timestamptz[],
                %(overdues)s::boolean[], %(closes)s::timestamptz[])
         AS w(duty, period, due_at, overdue, closes_at)
), {EXEMPT_OF}
told AS (
    SELECT DISTINCT w.duty, w.period, w.due_at AS due, w.closes_at, x.organisation_id, x.prov,
           x.waived, {DUE_AT} AS due_at, {OVERDUE} AS overdue
    FROM w JOIN exempt x ON x.duty = w.duty AND x.period = w.period AND x.closes_at = w.closes_at
)
SELECT duty, period, due, NULLIF(closes_at, 'infinity'), organisation_id, prov, waived, due_at,
       overdue
FROM told
"""  # noqa: S608 - made of constants, values are bound

Owed = tuple[int, int, Window]


def _key(window: Window) -> tuple[int, date, datetime | None, datetime | None]:
    return window.duty_id, window.period.start, window.due_at, window.period.closes_at


def list_let_off(owed: Sequence[Owed], at: datetime) -> Mapping[int, LetOff]:
    """Return what is waived or deferred of obligations (id, prov, window), by their number."""
    if not owed:
        return {}
    windows = list(dict.fromkeys(each[2] for each in owed))
    bearers = sorted({each[:2] for each in owed})
    ask = planned if len(bearers) == 1 else rows
    found = ask(
        _FOUND,
        {
            "moment": at,
            "duties": [each.duty_id for each in windows],
            "periods": [each.period.start for each in windows],
            "dues": [each.due_at for each in windows],
            "overdues": [each.overdue for each in windows],
            "closes": [each.period.closes_at for each in windows],
            "organisations": [each[0] for each in bearers],
            "provs": [each[1] for each in bearers],
        },
    )
    known = {(*row[:4], *row[4:6]): LetOff(*row[6:]) for row in found}
    told = (
        (number, known.get((*_key(window), identifier, prov)))
        for number, (identifier, prov, window) in enumerate(owed)
    )
    return {number: each for number, each in told if each is not None}


def deferred(window: Window, let_off: LetOff | None) -> Window:
    """Return a window with the due time that a bearer has by exception."""
    if let_off is None or let_off.due_at == window.due_at:
        return window
    return replace(
        window,
        period=replace(window.period, due_at=let_off.due_at),
        due_at=let_off.due_at,
        past_due=window.past_due and let_off.overdue,
        overdue=let_off.overdue,
    )
