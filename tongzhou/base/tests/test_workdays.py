"""Working days of the mainland."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.base.workdays import after_workdays, is_covered, is_workday


def test_make_up_days_and_holidays() -> None:
    assert is_workday(date(2026, 2, 14))  # a Saturday, made up for the Spring Festival
    assert not is_workday(date(2026, 10, 1))  # a Thursday, National Day
    assert not is_workday(date(2020, 2, 2))


def test_a_year_not_announced_falls_back_on_the_week() -> None:
    assert not is_covered(2099)
    assert is_workday(date(2099, 10, 1))  # a Thursday
    assert not is_workday(date(2099, 10, 3))


def test_counting_leaves_out_the_first_day() -> None:
    assert after_workdays(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert after_workdays(date(2026, 9, 30), 0) == date(2026, 9, 30)
    with pytest.raises(ValueError, match="forward"):
        after_workdays(date(2026, 9, 30), -1)


@given(st.dates(date(2005, 1, 1), date(2026, 6, 1)), st.integers(0, 30), st.integers(0, 30))
def test_counting_adds_up(day: date, first: int, second: int) -> None:
    assert after_workdays(after_workdays(day, first), second) == after_workdays(day, first + second)
