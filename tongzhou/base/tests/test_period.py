"""The calendar of recurring duties."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.base.period import (
    ZONE,
    Deadline,
    Period,
    Recurrence,
    after_period,
    awaited_periods,
    current_period,
    in_force_from,
    local_day,
    name_of,
    period_starting,
    periods_between,
)

CUT_OFF = Deadline(time=time(16))
START = date(2020, 1, 29)  # a Wednesday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def current(recurrence: Recurrence, deadline: Deadline | None, moment: str) -> Period:
    period = current_period(recurrence, deadline, START, at(moment))
    assert period is not None
    return period


@pytest.mark.parametrize(
    ("recurrence", "deadline", "moment", "expected"),
    [
        (
            Recurrence.ONCE,
            Deadline(days=7),
            "2020-03-01 10:00",
            Period(START, at("2020-01-29 00:00"), at("2020-02-06 00:00"), None),
        ),
        (
            Recurrence.ONCE,
            None,
            "2020-01-29 00:00",
            Period(START, at("2020-01-29 00:00"), None, None),
        ),
        (
            Recurrence.DAILY,
            CUT_OFF,
            "2020-02-03 23:59",
            Period(
                date(2020, 2, 3),
                at("2020-02-03 00:00"),
                at("2020-02-03 16:00"),
                at("2020-02-04 00:00"),
            ),
        ),
        (  # the first week begins on its Monday but opens when the duty does
            Recurrence.WEEKLY,
            Deadline(days=1),
            "2020-01-30 08:00",
            Period(
                date(2020, 1, 27),
                at("2020-01-29 00:00"),
                at("2020-02-04 00:00"),
                at("2020-02-03 00:00"),
            ),
        ),
        (
            Recurrence.MONTHLY,
            Deadline(days=5),
            "2020-02-29 12:00",
            Period(
                date(2020, 2, 1),
                at("2020-02-01 00:00"),
                at("2020-03-06 00:00"),
                at("2020-03-01 00:00"),
            ),
        ),
        (
            Recurrence.MONTHLY,
            Deadline(days=0),
            "2020-12-31 23:59",
            Period(
                date(2020, 12, 1),
                at("2020-12-01 00:00"),
                at("2021-01-01 00:00"),
                at("2021-01-01 00:00"),
            ),
        ),
    ],
)
def test_current_period(
    recurrence: Recurrence, deadline: Deadline | None, moment: str, expected: Period
) -> None:
    assert current(recurrence, deadline, moment) == expected


def test_nothing_is_owed_before_the_duty_is_in_force() -> None:
    for recurrence in Recurrence:
        assert current_period(recurrence, None, START, at("2020-01-28 23:59:59")) is None
        assert awaited_periods(recurrence, None, START, at("2020-01-28 23:59:59")) == []


def test_a_report_at_the_cut_off_is_late() -> None:
    period = current(Recurrence.DAILY, CUT_OFF, "2020-02-03 09:00")
    assert not period.is_past_due(at("2020-02-03 15:59:59.999999"))
    assert period.is_past_due(at("2020-02-03 16:00"))
    assert period.due_on == date(2020, 2, 3)
    assert not period.is_due_at_end_of_day


def test_the_whole_last_day_counts() -> None:
    period = current(Recurrence.ONCE, Deadline(days=7), "2020-02-01 00:00")
    assert period.due_on == date(2020, 2, 5)
    assert period.is_due_at_end_of_day
    assert not period.is_past_due(at("2020-02-05 23:59:59.999999"))
    assert period.is_past_due(at("2020-02-06 00:00"))


def test_without_a_deadline_nothing_is_ever_past_due() -> None:
    period = current(Recurrence.ONCE, None, "2020-02-01 00:00")
    assert period.due_on is None
    assert not period.is_due_at_end_of_day
    assert not period.is_past_due(at("2120-02-01 00:00"))


def test_the_day_is_the_chinese_day() -> None:
    evening_in_utc = datetime(2020, 2, 3, 16, 30, tzinfo=UTC)
    period = current_period(Recurrence.DAILY, CUT_OFF, START, evening_in_utc)
    assert period is not None
    assert period.start == date(2020, 2, 4)


def test_a_moment_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2020, 2, 3))


@pytest.mark.parametrize(
    ("effective", "first"),
    [("2020-01-29 15:59", date(2020, 1, 29)), ("2020-01-29 16:00", date(2020, 1, 30))],
)
def test_a_daily_duty_born_after_its_cut_off_starts_the_next_day(
    effective: str, first: date
) -> None:
    assert in_force_from(Recurrence.DAILY, CUT_OFF, at(effective)) == first


def test_other_duties_start_on_the_day_they_take_effect() -> None:
    late = at("2020-01-29 23:00")
    assert in_force_from(Recurrence.ONCE, Deadline(days=0), late) == START
    assert in_force_from(Recurrence.DAILY, None, late) == START


def test_last_weeks_report_is_still_awaited_on_monday() -> None:
    found = awaited_periods(Recurrence.WEEKLY, Deadline(days=1), START, at("2020-02-10 09:00"))
    assert [period.start for period in found] == [date(2020, 2, 3), date(2020, 2, 10)]
    found = awaited_periods(Recurrence.WEEKLY, Deadline(days=1), START, at("2020-02-11 00:00"))
    assert [period.start for period in found] == [date(2020, 2, 10)]


def test_an_unknown_name_is_no_period() -> None:
    assert period_starting(Recurrence.WEEKLY, None, START, date(2020, 2, 4)) is None
    assert period_starting(Recurrence.MONTHLY, None, START, date(2019, 12, 1)) is None
    assert period_starting(Recurrence.DAILY, None, START, date(2020, 1, 28)) is None
    assert period_starting(Recurrence.ONCE, None, START, date(2020, 1, 30)) is None
    first = period_starting(Recurrence.WEEKLY, None, START, date(2020, 1, 27))
    assert first is not None
    assert first.opens_at == at("2020-01-29 00:00")


def test_periods_between_is_half_open() -> None:
    found = list(
        periods_between(
            Recurrence.DAILY, CUT_OFF, START, at("2020-01-20 00:00"), at("2020-01-31 00:00")
        )
    )
    assert [period.start.day for period in found] == [29, 30]
    assert not list(
        periods_between(
            Recurrence.DAILY, CUT_OFF, START, at("2020-01-31 00:00"), at("2020-01-31 00:00")
        )
    )


@pytest.mark.parametrize("arguments", [{}, {"days": 1, "time": time(16)}, {"days": -1}])
def test_a_deadline_is_one_thing(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="deadline"):
        Deadline(**arguments)  # type: ignore[arg-type]  # wrong on purpose


def test_kinds_of_deadline() -> None:
    assert CUT_OFF.suits(Recurrence.DAILY)
    assert not CUT_OFF.suits(Recurrence.WEEKLY)
    assert not Deadline(days=1).suits(Recurrence.DAILY)


days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(ZONE))
recurrences = st.sampled_from(list(Recurrence))


def deadline_for(recurrence: Recurrence, days: int | None) -> Deadline | None:
    if days is None:
        return None
    return Deadline(time=time(days)) if recurrence is Recurrence.DAILY else Deadline(days=days)


deadlines = st.one_of(st.none(), st.integers(0, 20))


@given(recurrences, deadlines, days, moments)
def test_every_moment_in_force_has_exactly_one_period(
    recurrence: Recurrence, number: int | None, first: date, moment: datetime
) -> None:
    deadline = deadline_for(recurrence, number)
    period = current_period(recurrence, deadline, first, moment)
    if local_day(moment) < first:
        assert period is None
        return
    assert period is not None
    assert period.is_current(moment)
    assert period_starting(recurrence, deadline, first, period.start) == period
    assert awaited_periods(recurrence, deadline, first, moment)[-1] == period
    if deadline is not None:
        assert period.due_at is not None
        assert period.due_on is not None
        assert period.due_at >= period.opens_at


@given(recurrences, deadlines, days, moments, st.integers(1, 90))
def test_periods_tile_the_time(
    recurrence: Recurrence, number: int | None, first: date, since: datetime, length: int
) -> None:
    deadline = deadline_for(recurrence, number)
    until = since + timedelta(days=length)
    found = list(periods_between(recurrence, deadline, first, since, until))
    for one, next_one in pairwise(found):
        assert one.closes_at == next_one.opens_at
        assert one.start < next_one.start
    for period in found:
        assert period.opens_at < until
        assert period.closes_at is None or period.closes_at > since
    if local_day(until - timedelta(microseconds=1)) >= first:
        assert found
        assert found[-1].is_current(until - timedelta(microseconds=1))
    else:
        assert not found


@pytest.mark.parametrize(
    ("recurrence", "day", "name", "after"),
    [
        (Recurrence.DAYS_2, "2022-12-07", "2022-12-06", "2022-12-08"),
        (Recurrence.DAYS_3, "2022-12-08", "2022-12-07", "2022-12-10"),
        (Recurrence.DAYS_5, "2022-12-10", "2022-12-07", "2022-12-12"),
        (Recurrence.BIWEEKLY, "2022-12-07", "2022-11-28", "2022-12-12"),
        (Recurrence.TEN_DAYS, "2022-12-10", "2022-12-01", "2022-12-11"),
        (Recurrence.TEN_DAYS, "2022-12-11", "2022-12-11", "2022-12-21"),
        (Recurrence.TEN_DAYS, "2022-12-31", "2022-12-21", "2023-01-01"),
        (Recurrence.TEN_DAYS, "2024-02-29", "2024-02-21", "2024-03-01"),
        (Recurrence.QUARTERLY, "2022-12-07", "2022-10-01", "2023-01-01"),
        (Recurrence.HALF_YEARLY, "2022-06-30", "2022-01-01", "2022-07-01"),
        (Recurrence.YEARLY, "2022-12-31", "2022-01-01", "2023-01-01"),
    ],
)
def test_the_calendar_names_its_periods(
    recurrence: Recurrence, day: str, name: str, after: str
) -> None:
    found = name_of(recurrence, date.fromisoformat(day))
    assert found == date.fromisoformat(name)
    assert after_period(recurrence, found) == date.fromisoformat(after)


@given(
    st.sampled_from([each for each in Recurrence if each is not Recurrence.ONCE]),
    st.dates(date(1999, 1, 1), date(2099, 12, 31)),
)
def test_periods_tile_the_calendar(recurrence: Recurrence, day: date) -> None:
    name = name_of(recurrence, day)
    after = after_period(recurrence, name)
    assert after is not None
    assert name <= day < after
    assert name_of(recurrence, after) == after
    assert name_of(recurrence, after - timedelta(days=1)) == name
    if recurrence.days % 7 == 0:
        assert name.weekday() == 0


def test_a_calendar_day_is_due_at_its_end_or_at_its_hour() -> None:
    def due(deadline: Deadline) -> datetime | None:
        return current(Recurrence.ONCE, deadline, "2020-02-01 10:00").due_at

    assert due(Deadline(on=date(2020, 2, 10))) == at("2020-02-11 00:00")
    assert due(Deadline(on=date(2020, 2, 10), time=time(16))) == at("2020-02-10 16:00")
    # A day that had passed when the duty came into force (29 January) leaves the day after.
    assert due(Deadline(on=date(2020, 1, 20))) == at("2020-01-31 00:00")


def test_working_days_leave_out_the_holidays() -> None:
    # 29 and 30 January 2020 lay in the lengthened Spring Festival, which ended on 2 February.
    period = current(Recurrence.ONCE, Deadline(workdays=3), "2020-01-29 10:00")
    assert period.due_at == at("2020-02-06 00:00")
    # The week of 27 January ends on a Sunday; two working days later is Tuesday.
    period = current(Recurrence.WEEKLY, Deadline(workdays=2), "2020-01-30 10:00")
    assert period.due_at == at("2020-02-05 00:00")


@pytest.mark.parametrize(
    ("deadline", "recurrence", "suits"),
    [
        (Deadline(on=date(2022, 12, 10)), Recurrence.ONCE, True),
        (Deadline(on=date(2022, 12, 10), time=time(16)), Recurrence.DAILY, False),
        (Deadline(workdays=3), Recurrence.QUARTERLY, True),
        (Deadline(workdays=3), Recurrence.DAILY, False),
        (Deadline(time=time(16)), Recurrence.WEEKLY, False),
    ],
)
def test_a_deadline_suits_its_recurrence(
    deadline: Deadline, recurrence: Recurrence, suits: bool
) -> None:
    assert deadline.suits(recurrence) is suits
