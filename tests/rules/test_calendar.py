"""Working days, weeks, months and how a moment reads (docs/rules.md 40-44)."""

from __future__ import annotations

import time as host_time
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import holidays
from core.rules.calendar import (
    Calendar,
    Month,
    UnknownYear,
    Week,
    days,
    local_day,
    moment,
    stamp_zh,
    utc,
    weekday_zh,
    when_zh,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
KNOWN_DAYS = st.dates(date(2005, 1, 1), date(2026, 11, 30))
WORKWEEKS = st.sampled_from(["5", "6", "alternate"])
CHINA = holidays.load()

# Written down from the State Council's yearly notices, not from the package: day of the month.
FIRST_WORKING_DAYS = {
    2022: (4, 7, 1, 1, 5, 1, 1, 1, 1, 8, 1, 1),
    2023: (3, 1, 1, 3, 4, 1, 3, 1, 1, 7, 1, 1),
    2024: (2, 1, 1, 1, 6, 3, 1, 1, 2, 8, 1, 2),
    2025: (2, 5, 3, 1, 6, 3, 1, 1, 1, 9, 3, 1),
    2026: (4, 2, 2, 1, 6, 1, 1, 3, 1, 8, 2, 1),
}
SIXTY_MONTHS = [(year, n, day) for year, row in FIRST_WORKING_DAYS.items() for n, day in enumerate(row, start=1)]


@dataclass(frozen=True)
class Plan:
    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()


def full_2027(*, off: tuple[date, ...] = (), work: tuple[date, ...] = ()) -> Calendar:
    """The built-in plan and a complete one for 2027."""
    fixed = {date(2027, 1, 1), date(2027, 5, 1), date(2027, 10, 1)}
    return holidays.load({2027: Plan(off=frozenset(fixed | set(off)), work=frozenset(work))})


@pytest.mark.parametrize(("year", "month", "day"), SIXTY_MONTHS)
def test_the_first_working_day_of_sixty_months_is_the_one_of_the_official_notices(
    china: Calendar, year: int, month: int, day: int
) -> None:
    assert china.first_workday(year, month, "5") == date(year, month, day)


def test_the_first_working_day_does_not_depend_on_the_zone_of_the_host(china: Calendar, host_zone: str) -> None:
    assert host_time.tzname[0] == {"UTC": "UTC", "Asia/Shanghai": "CST", "America/Los_Angeles": "PST"}[host_zone]
    assert [china.first_workday(y, m, "5").day for y, m, _ in SIXTY_MONTHS] == [day for *_, day in SIXTY_MONTHS]
    assert moment(date(2026, 11, 21), time(22), SHANGHAI) == datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert local_day(datetime(2026, 11, 21, 16, tzinfo=UTC), SHANGHAI) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("workweek", "year", "month", "first"),
    [
        ("6", 2026, 8, date(2026, 8, 1)),  # a Saturday
        ("alternate", 2026, 8, date(2026, 8, 1)),  # of ISO week 31, odd: six days
        ("6", 2025, 3, date(2025, 3, 1)),
        ("alternate", 2025, 3, date(2025, 3, 1)),  # week 9
        ("6", 2025, 11, date(2025, 11, 1)),
        ("alternate", 2025, 11, date(2025, 11, 3)),  # week 44, even: Saturday free
        ("6", 2023, 4, date(2023, 4, 1)),
        ("alternate", 2023, 4, date(2023, 4, 1)),  # week 13
        ("6", 2026, 2, date(2026, 2, 2)),
        ("6", 2026, 10, date(2026, 10, 8)),  # Saturday the 3rd is a holiday for everybody
    ],
)
def test_six_days_and_alternating_weeks_have_first_working_days_of_their_own(
    china: Calendar, workweek: str, year: int, month: int, first: date
) -> None:
    assert china.first_workday(year, month, workweek) == first


def test_the_made_up_days_of_2026_are_worked_in_every_workweek(china: Calendar) -> None:
    made_up = [date(2026, *d) for d in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))]

    assert [day for day in Month(2026, 1).days if day.weekday() == 6 and china.is_workday(day, "5")] == made_up[:1]
    assert sorted(day for day in china.work if day.year == 2026) == made_up
    for workweek in ("5", "6", "alternate"):
        assert all(china.is_workday(day, workweek) for day in made_up)


def test_every_known_day_agrees_with_the_package_for_five_days(china: Calendar) -> None:
    wrong = [
        day
        for day in days(date(2004, 1, 1), date(2026, 12, 31))
        if china.is_workday(day, "5") != chinese_calendar.is_workday(day)
    ]

    assert wrong == []


def test_a_plain_saturday_is_free_worked_or_worked_every_other_week(china: Calendar) -> None:
    odd, even = date(2026, 11, 21), date(2026, 11, 28)  # ISO weeks 47 and 48

    assert [china.is_workday(odd, ww) for ww in ("5", "6", "alternate")] == [False, True, True]
    assert [china.is_workday(even, ww) for ww in ("5", "6", "alternate")] == [False, True, False]


def test_a_workweek_nobody_knows_is_refused_on_any_day(china: Calendar) -> None:
    for day in (date(2026, 11, 20), date(2026, 10, 1), date(2026, 10, 10)):
        with pytest.raises(ValueError, match="fortnight"):
            china.is_workday(day, "fortnight")


def test_an_unknown_year_is_refused_and_never_guessed(china: Calendar) -> None:
    with pytest.raises(UnknownYear) as refused:
        china.first_workday(2027, 1, "5")

    assert (refused.value.year, refused.value.key, refused.value.params) == (
        2027,
        "calendar.unknown_year",
        {"year": 2027},
    )
    with pytest.raises(UnknownYear):
        china.next_workday(date(2026, 12, 31), "5")
    with pytest.raises(UnknownYear):
        china.is_workday(date(2003, 12, 31), "5")
    with pytest.raises(UnknownYear):
        china.is_workday(date(2027, 1, 3), "5")  # not even a Sunday: it might be made up


def test_a_guess_has_to_be_asked_for(china: Calendar) -> None:
    assert china.guessing().first_workday(2027, 1, "5") == date(2027, 1, 4)  # 1 January is off in every year
    assert china.guessing().first_workday(2026, 10, "5") == date(2026, 10, 8)
    assert not china.guess


def test_a_complete_plan_in_the_policy_file_makes_a_year_known() -> None:
    calendar = full_2027(off=(date(2027, 2, 8),), work=(date(2027, 2, 14),))

    assert calendar.first_workday(2027, 1, "5") == date(2027, 1, 4)
    assert not calendar.is_workday(date(2027, 2, 8), "5")
    assert calendar.is_workday(date(2027, 2, 14), "5")
    assert calendar.first_workday(2026, 10, "5") == date(2026, 10, 8)


def test_one_entered_day_says_what_it_says_but_makes_no_year_known() -> None:
    plans = {2027: Plan(off=frozenset({date(2027, 2, 5)}))}
    calendar = holidays.load(plans)

    assert not calendar.is_workday(date(2027, 2, 5), "5")
    with pytest.raises(UnknownYear):
        calendar.is_workday(date(2027, 2, 4), "5")
    assert holidays.unfinished(plans) == {2027: [date(2027, 1, 1), date(2027, 5, 1), date(2027, 10, 1)]}


def test_the_policy_file_wins_over_the_package_both_ways() -> None:
    plans = {2026: Plan(off=frozenset({date(2026, 10, 10), date(2026, 11, 20)}), work=frozenset({date(2026, 10, 7)}))}
    calendar = holidays.load(plans)

    assert [calendar.is_workday(d, "5") for d in (date(2026, 10, 10), date(2026, 11, 20), date(2026, 10, 7))] == [
        False,
        False,
        True,
    ]
    assert holidays.unfinished(plans) == {}


def test_a_day_cannot_be_off_and_worked() -> None:
    day = frozenset({date(2026, 10, 7)})

    with pytest.raises(ValueError, match="2026-10-07"):
        Calendar(off=day, work=day, known_years=frozenset())


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 11, 30), None),
        (date(2026, 12, 1), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
        (date(2025, 12, 1), None),
    ],
)
def test_the_next_years_plan_is_asked_for_from_december(china: Calendar, today: date, missing: int | None) -> None:
    assert china.missing_year(today) == missing


def test_days_are_counted_over_the_spring_festival(china: Calendar) -> None:
    assert china.next_workday(date(2026, 2, 14), "5") == date(2026, 2, 24)
    assert china.last_workday_before(date(2026, 2, 24), "5") == date(2026, 2, 14)
    assert china.add_working_days(date(2026, 2, 13), 2, "5") == date(2026, 2, 24)
    assert china.add_working_days(date(2026, 2, 16), 0, "5") == date(2026, 2, 16)
    assert china.last_workday_of(Week.of(date(2026, 2, 17)), "6") is None
    assert china.last_workday_of(Week.of(date(2026, 2, 10)), "5") == date(2026, 2, 14)
    with pytest.raises(ValueError, match="forward"):
        china.add_working_days(date(2026, 2, 13), -1, "5")


def test_the_demo_friday_has_six_working_days_left_in_november(china: Calendar) -> None:
    assert china.working_days_left(date(2026, 11, 20), "5") == 6
    assert china.working_days_left(date(2026, 11, 30), "5") == 0
    assert china.working_days_left(date(2026, 12, 31), "5") == 0  # nothing of 2027 is needed


@given(KNOWN_DAYS, st.integers(0, 30), WORKWEEKS, st.frozensets(KNOWN_DAYS, max_size=5))
@settings(deadline=None)
def test_adding_working_days_steps_over_exactly_that_many(
    day: date, count: int, workweek: str, skip: frozenset[date]
) -> None:
    calendar = CHINA.guessing()
    end = calendar.add_working_days(day, count, workweek, skip)

    assert len(calendar.working_days(day + timedelta(days=1), end, workweek, skip)) == count
    assert count == 0 or (calendar.is_workday(end, workweek) and end not in skip)


@given(KNOWN_DAYS, WORKWEEKS)
@settings(deadline=None)
def test_the_next_working_day_is_the_nearest_and_the_way_back_ends_where_it_began(day: date, workweek: str) -> None:
    following = CHINA.next_workday(day, workweek)
    between = days(day + timedelta(days=1), following - timedelta(days=1))

    assert following > day
    assert not any(CHINA.is_workday(d, workweek) for d in between)
    assert CHINA.next_workday(CHINA.last_workday_before(following, workweek), workweek) == following


@given(st.integers(2005, 2026), st.integers(1, 12), WORKWEEKS)
@settings(deadline=None)
def test_no_working_day_of_the_month_comes_before_the_first_one(year: int, month: int, workweek: str) -> None:
    first = CHINA.first_workday(year, month, workweek)

    assert first == CHINA.working_days(Month(year, month).start, Month(year, month).end, workweek)[0]


@given(st.dates(date(1990, 1, 7), date(2090, 1, 1)))
def test_a_day_lies_in_exactly_one_week(day: date) -> None:
    week = Week.of(day)

    assert [day in w for w in (week.previous, week, week.next)] == [False, True, False]
    assert week.start.weekday() == 6
    assert week.end.weekday() == 5
    assert len(week.days) == 7
    assert week.previous.end + timedelta(days=1) == week.start
    assert Week.parse(week.key) == week
    assert week.next.previous == week


@given(st.dates(date(1990, 2, 1), date(2090, 1, 1)))
def test_a_day_lies_in_exactly_one_month(day: date) -> None:
    month = Month.of(day)

    assert [day in m for m in (month.previous, month, month.next)] == [False, True, False]
    assert day in month.days
    assert month.next.previous == month
    assert Month.parse(month.key) == month
    assert month.end + timedelta(days=1) == month.next.start


@given(st.integers(0, 22 * 365 * 86_400))
def test_a_moment_lies_within_the_bounds_of_its_week_and_month(seconds: int) -> None:
    at = datetime(2005, 1, 9, tzinfo=UTC) + timedelta(seconds=seconds)
    day = local_day(at, SHANGHAI)
    for period in (Week.of(day), Month.of(day)):
        start, end = period.bounds(SHANGHAI)
        assert start <= at < end


def test_the_demo_week_reads_as_in_the_report() -> None:
    week = Week.of(date(2026, 11, 20))

    assert (week.key, week.label) == ("2026-W47", "11-15 周日–11-21 周六")
    assert (week.start, week.end, week.saturday) == (date(2026, 11, 15), date(2026, 11, 21), date(2026, 11, 21))
    assert Week.of(date(2026, 11, 22)).key == "2026-W48"  # Sunday opens the next week


@pytest.mark.parametrize(
    ("day", "key"),
    [
        (date(2026, 12, 27), "2026-W53"),  # the Sunday, though its own ISO week is 52
        (date(2027, 1, 2), "2026-W53"),
        (date(2027, 1, 3), "2027-W01"),
        (date(2025, 12, 28), "2026-W01"),
        (date(2024, 12, 29), "2025-W01"),
    ],
)
def test_a_week_over_the_new_year_takes_the_iso_year_of_its_saturday(day: date, key: str) -> None:
    assert Week.of(day).key == key


def test_a_moment_is_no_key_of_its_own() -> None:
    evening = datetime(2026, 11, 20, 17, 20, tzinfo=SHANGHAI)

    assert Week.of(evening) == Week.of(evening.date())
    assert evening in Week.of(evening)
    assert Month.of(evening) == Month(2026, 11)


@pytest.mark.parametrize("key", ["2026-W54", "2025-W53", "2026-W00", "2026-47", "2026-W4７", "W47", ""])
def test_a_week_there_is_not_has_no_key(key: str) -> None:
    with pytest.raises(ValueError, match=r"not a week|Invalid week"):
        Week.parse(key)


@pytest.mark.parametrize("key", ["2026-13", "2026-00", "2026-1", "2026-1０", "26-10", "2026-W10"])
def test_a_month_there_is_not_has_no_key(key: str) -> None:
    with pytest.raises(ValueError, match=r"not a month|month must be"):
        Month.parse(key)


def test_a_week_is_made_of_a_saturday_only() -> None:
    with pytest.raises(ValueError, match="2026-11-20"):
        Week(date(2026, 11, 20))


def test_a_stamp_carries_its_weekday() -> None:
    at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)

    assert stamp_zh(at, SHANGHAI) == "11-24 周二 10:00"
    assert stamp_zh(at.astimezone(SHANGHAI)) == "11-24 周二 10:00"
    assert "".join(weekday_zh(d)[1] for d in Week.of(date(2026, 11, 20)).days) == "日一二三四五六"


@pytest.mark.parametrize(
    ("at", "reads"),
    [
        ((20, 17, 40), "今天 17:40"),
        ((20, 9, 0), "今天 09:00"),  # past
        ((20, 18, 0), "今晚 18:00"),
        ((20, 22, 0), "今晚 22:00"),
        ((21, 9, 0), "明天 09:00"),
        ((21, 17, 20), "明天 17:20"),  # 24 hours to the minute
        ((21, 17, 21), "11-21 周六 17:21"),
        ((22, 9, 0), "11-22 周日 09:00"),
        ((19, 20, 0), "11-19 周四 20:00"),  # yesterday, within 24 hours
    ],
)
def test_today_tomorrow_and_tonight_are_said_only_within_a_day(at: tuple[int, int, int], reads: str) -> None:
    now = datetime(2026, 11, 20, 17, 20, tzinfo=SHANGHAI)

    assert when_zh(datetime(2026, 11, *at, tzinfo=SHANGHAI), now, SHANGHAI) == reads
    assert when_zh(datetime(2026, 11, *at, tzinfo=SHANGHAI).astimezone(UTC), now.astimezone(UTC), SHANGHAI) == reads


def test_what_was_at_eight_tonight_is_today_afterwards() -> None:
    at = datetime(2026, 11, 20, 20, 14, tzinfo=SHANGHAI)

    assert when_zh(at, at + timedelta(minutes=1), SHANGHAI) == "今天 20:14"
    assert when_zh(at, at, SHANGHAI) == "今天 20:14"
    assert when_zh(at, at - timedelta(seconds=1), SHANGHAI) == "今晚 20:14"


def test_weeks_and_months_stand_in_order_of_time_and_cannot_be_changed() -> None:
    november = Month(2026, 11)
    week = Week.of(date(2026, 11, 20))

    assert sorted([week.next, week, week.previous]) == [week.previous, week, week.next]
    assert sorted([november.next.next, november.next, november]) == [november, november.next, Month(2027, 1)]
    assert {week: 1, november: 2}[Week.parse("2026-W47")] == 1


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        utc(datetime(2026, 11, 20, 17, 20))  # noqa: DTZ001  the point


def test_an_hour_that_summer_time_skips_is_the_one_after_the_gap() -> None:
    new_york = ZoneInfo("America/New_York")

    assert moment(date(2026, 3, 8), time(2, 30), new_york).isoformat() == "2026-03-08T03:30:00-04:00"
