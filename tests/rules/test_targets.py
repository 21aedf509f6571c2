"""When targets that nobody set are asked for (docs/rules.md 11)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import holidays
from core.rules.calendar import Month, days
from core.rules.targets import is_asked

CHINA = holidays.load()


def asked(month: Month, free_days: int, workweek: str = "5") -> list[date]:
    """The days of a month on which somebody is asked."""
    return [day for day in days(month.start, month.end) if is_asked(day, free_days, CHINA, workweek)]


def test_on_the_third_working_day_and_then_on_mondays() -> None:
    assert [day.day for day in asked(Month(2026, 12), 3)] == [3, 7, 14, 21, 28]


def test_a_holiday_puts_it_off_and_a_monday_that_is_off_is_left_out() -> None:
    assert [day.day for day in asked(Month(2026, 10), 3)] == [10, 12, 19, 26]  # the 8th, 9th and the made-up 10th


@pytest.mark.parametrize(("free_days", "first"), [(0, 1), (1, 1), (2, 2), (3, 3), (31, 3)])
def test_the_policys_free_days_bring_it_forward_and_never_put_it_off(free_days: int, first: int) -> None:
    assert asked(Month(2026, 12), free_days)[0].day == first


@given(
    st.dates(date(2010, 1, 1), date(2026, 12, 31)).map(Month.of), st.integers(0, 31), st.sampled_from(["5", "6"])
)  # fmt: skip
def test_once_by_the_third_working_day_of_any_month_and_later_on_worked_mondays_alone(
    month: Month, free_days: int, workweek: str
) -> None:
    first, *later = asked(month, free_days, workweek)
    worked = CHINA.working_days(month.start, month.end, workweek)

    assert first in worked[:3]
    assert later == [day for day in worked if day > first and day.weekday() == 0]
