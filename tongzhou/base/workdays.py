"""Working days of the mainland, with the State Council's yearly make-up days.

The arrangement of a year is announced in the autumn before (《全国年节及纪念日放假办法》). A year
without one falls back on Monday to Friday; :func:`is_covered` tells, so that a deadline in such a
year can be shown as provisional. ``params/workdays.yaml`` holds what was announced later than the
calendar library knows, or differently for a place.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import chinese_calendar
import yaml

_PARAMS = Path(__file__).parent / "params" / "workdays.yaml"
_DAY = timedelta(days=1)
_FIRST = min(chinese_calendar.constants.holidays).year
_LAST = max(chinese_calendar.constants.holidays).year


@cache
def _overrides() -> tuple[dict[date, bool], frozenset[int]]:
    """Return the days that were announced otherwise, and the years announced as a whole."""
    with _PARAMS.open(encoding="utf-8") as file:
        held = yaml.safe_load(file)
    days = dict.fromkeys(held["work"], True) | dict.fromkeys(held["rest"], False)
    return days, frozenset(held["years"])


def is_covered(year: int) -> bool:
    """Tell whether the arrangement of a year has been announced and is known here."""
    return _FIRST <= year <= _LAST or year in _overrides()[1]


def is_workday(day: date) -> bool:
    """Tell whether offices work on a day."""
    announced = _overrides()[0].get(day)
    if announced is not None:
        return announced
    if _FIRST <= day.year <= _LAST:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def after_workdays(day: date, count: int) -> date:
    """Return the working day that is ``count`` working days after ``day``, which does not count.

    With 0 the day itself. Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("working days are counted forward")
    while count:
        day += _DAY
        count -= is_workday(day)
    return day
