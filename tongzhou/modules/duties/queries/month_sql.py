"""The SQL that names the months of reports: each lies in a table of its own.

A plan that knows the months opens theirs alone, not those of all years.
"""

from collections.abc import Iterable
from datetime import date

from tongzhou.base.period import Recurrence, after_period

#: A statement names so many months at most.
FEW = 6


def in_months(column: str, periods: Iterable[date]) -> str:
    """Return the condition on a column that it lies in the months of these periods.

    It starts with AND, to go behind the condition that names the periods themselves; empty when the
    months are many.
    """
    months = sorted({each.replace(day=1) for each in periods})
    if not 0 < len(months) <= FEW:
        return ""
    ranges = (
        f"{column} >= '{first}' AND {column} < '{after_period(Recurrence.MONTHLY, first)}'"
        for first in months
    )
    return f" AND ({' OR '.join(ranges)})"
