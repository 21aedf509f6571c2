"""When jobs are due, and what is made up for after a pause (docs/reliability.md D9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import holidays
from core.rules.calendar import Calendar, UnknownYear
from core.rules.schedule import (
    ALL,
    LATEST,
    CatchUp,
    Daily,
    Every,
    LastWorkdayOfWeek,
    MonthlyFirstWorkday,
    Reason,
    Schedule,
    Settled,
    SkipLate,
    Verdict,
    Weekly,
    settle,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
CHINA = holidays.load()

BOARD = Daily(time(18, 10), workdays_only=True)
DEADLINE = Weekly(5, time(22))
FIRST = MonthlyFirstWorkday(time(9, 10))
LAST = LastWorkdayOfWeek(time(17, 30))
SCHEDULES: list[Schedule] = [BOARD, Daily(time(0)), Daily(time(23, 59)), DEADLINE, FIRST, LAST, Every(30), Every(1440)]


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of 2026 in Shanghai."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def test_the_daily_board_comes_on_working_days_only(host_zone: str) -> None:
    slots = BOARD.between(at(25, month=9), at(12, month=10), CHINA, SHANGHAI)

    assert [f"{slot:%m-%d %H:%M}" for slot in slots] == [
        "09-28 18:10",
        "09-29 18:10",
        "09-30 18:10",
        "10-08 18:10",
        "10-09 18:10",
        "10-10 18:10",  # a made-up Saturday
    ]


def test_the_first_working_day_of_each_month_of_2026(host_zone: str) -> None:
    slots = FIRST.between(datetime(2025, 12, 31, 20, tzinfo=UTC), at(31, month=12), CHINA, SHANGHAI)

    assert [slot.day for slot in slots] == [4, 2, 2, 1, 6, 1, 1, 3, 1, 8, 2, 1]
    assert {(slot.hour, slot.minute) for slot in slots} == {(9, 10)}


def test_the_last_working_day_of_a_week_and_none_in_spring_festival() -> None:
    slots = LAST.between(at(8, month=2), at(1, month=3), CHINA, SHANGHAI)

    assert [f"{slot:%m-%d}" for slot in slots] == ["02-14", "02-28"]
    assert [slot.day for slot in LastWorkdayOfWeek(time(9), "6").between(at(15), at(29), CHINA, SHANGHAI)] == [21, 28]
    assert [slot.day for slot in LastWorkdayOfWeek(time(9), "alternate").between(at(15), at(29), CHINA, SHANGHAI)] == [
        21,
        27,
    ]


def test_a_slot_is_the_companys_day_and_hour(host_zone: str) -> None:
    (slot,) = DEADLINE.between(at(20), at(22), CHINA, SHANGHAI)

    assert slot == datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert (slot.date(), slot.hour) == (date(2026, 11, 21), 22)
    assert DEADLINE.between(at(20).astimezone(UTC), at(22).astimezone(UTC), CHINA, SHANGHAI) == [slot]


def test_a_range_excludes_its_start_and_includes_its_end() -> None:
    ten, nine = at(21, 22), at(21, 21)

    assert DEADLINE.between(nine, ten, CHINA, SHANGHAI) == [ten]
    assert DEADLINE.between(ten, at(21, 23), CHINA, SHANGHAI) == []
    assert DEADLINE.between(ten, ten, CHINA, SHANGHAI) == []
    assert DEADLINE.between(at(22), nine, CHINA, SHANGHAI) == []  # the clock went back


def test_the_next_occurrence_is_strictly_later() -> None:
    assert DEADLINE.next(at(20), CHINA, SHANGHAI) == at(21, 22)
    assert DEADLINE.next(at(21, 22), CHINA, SHANGHAI) == at(28, 22)
    assert FIRST.next(at(2, 9, 10, month=9), CHINA, SHANGHAI) == at(8, 9, 10, month=10)
    assert Every(30).next(at(20, 17, 20), CHINA, SHANGHAI) == at(20, 17, 30)


def test_an_unknown_year_is_asked_for_only_when_a_slot_hangs_on_it() -> None:
    new_year = datetime(2027, 1, 1, tzinfo=SHANGHAI)

    assert len(BOARD.between(at(30, month=12), new_year, CHINA, SHANGHAI)) == 2
    assert LAST.between(at(27, month=12), at(31, 17, month=12), CHINA, SHANGHAI) == []
    with pytest.raises(UnknownYear):  # is Thursday the 31st the last one? only 2027 knows
        LAST.between(at(27, month=12), at(31, 18, month=12), CHINA, SHANGHAI)
    with pytest.raises(UnknownYear):
        FIRST.next(at(2, month=12), CHINA, SHANGHAI)
    assert DEADLINE.next(at(27, month=12), CHINA, SHANGHAI) == datetime(2027, 1, 2, 22, tzinfo=SHANGHAI)
    assert FIRST.next(at(2, month=12), CHINA.guessing(), SHANGHAI) == datetime(2027, 1, 4, 9, 10, tzinfo=SHANGHAI)


def test_a_schedule_that_never_falls_is_said_so() -> None:
    never = Calendar(
        off=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(900)),
        work=frozenset(),
        known_years=frozenset({2026, 2027, 2028}),
    )

    with pytest.raises(LookupError, match="no occurrence"):
        BOARD.next(at(20), never, SHANGHAI)


@pytest.mark.parametrize("minutes", [0, -5, 7, 1441, 2880])
def test_an_interval_divides_the_day(minutes: int) -> None:
    with pytest.raises(ValueError, match="divide"):
        Every(minutes)


def test_the_shortest_interval_is_a_minute() -> None:
    assert len(Every(1).between(at(20), at(21), CHINA, SHANGHAI)) == 1440


@pytest.mark.parametrize(("weekday", "day"), [(0, 16), (6, 22)])
def test_a_weekday_counts_from_monday(weekday: int, day: int) -> None:
    assert Weekly(weekday, time(9)).between(at(16), at(23), CHINA, SHANGHAI) == [at(day, 9)]


@pytest.mark.parametrize("weekday", [-1, 7])
def test_a_weekday_is_one_of_seven(weekday: int) -> None:
    with pytest.raises(ValueError, match="weekday"):
        Weekly(weekday, time(22))


def test_a_schedule_is_a_value() -> None:
    assert len({Daily(time(9)), Daily(time(9)), Daily(time(9), workdays_only=True)}) == 2


def test_summer_time_neither_doubles_nor_drops_a_daily_slot() -> None:
    for first, last in ((date(2026, 3, 6), 10), (date(2026, 10, 30), 34)):
        start = datetime(first.year, first.month, first.day, tzinfo=NEW_YORK)
        for clock in (time(1, 30), time(2, 30), time(3, 30)):
            slots = Daily(clock).between(start, start + timedelta(days=last - first.day), CHINA, NEW_YORK)
            assert [slot.date() for slot in slots] == [first + timedelta(days=n) for n in range(len(slots))]
            assert len(slots) == last - first.day


def test_an_hour_lost_to_summer_time_is_not_run_twice() -> None:
    slots = Every(30).between(
        datetime(2026, 3, 8, 1, 15, tzinfo=NEW_YORK), datetime(2026, 3, 8, 4, tzinfo=NEW_YORK), CHINA, NEW_YORK
    )

    assert [f"{slot:%H:%M}" for slot in slots] == ["01:30", "03:00", "03:30", "04:00"]


START = at(1, month=9).astimezone(UTC)
STEPS = st.lists(st.integers(1, 10 * 24 * 60), min_size=1, max_size=10)  # minutes from one tick to the next


@given(st.sampled_from(SCHEDULES), STEPS)
@settings(deadline=None)
def test_ticks_that_meet_end_to_end_see_each_occurrence_once(schedule: Schedule, steps: list[int]) -> None:
    seen, last = [], START
    for minutes in steps:
        now = min(last + timedelta(minutes=minutes), at(20, month=12))
        seen += schedule.between(last, now, CHINA, SHANGHAI)
        last = max(last, now)

    assert seen == schedule.between(START, last, CHINA, SHANGHAI)
    assert seen == sorted(set(seen))


@given(st.sampled_from(SCHEDULES), st.integers(0, 90 * 24 * 60))
@settings(deadline=None)
def test_the_next_occurrence_is_the_first_of_those_to_come(schedule: Schedule, minutes: int) -> None:
    after = START + timedelta(minutes=minutes)
    following = schedule.next(after, CHINA, SHANGHAI)

    assert following > after
    assert schedule.between(after, following, CHINA, SHANGHAI) == [following]


@given(st.sampled_from(SCHEDULES), STEPS, st.sampled_from([ALL, LATEST, SkipLate(30), SkipLate(0)]))
@settings(deadline=None)
def test_every_occurrence_is_settled_exactly_once_whatever_the_ticks(
    schedule: Schedule, steps: list[int], policy: CatchUp
) -> None:
    settled: list[Settled] = []
    last = START
    for minutes in steps:
        now = min(last + timedelta(minutes=minutes), at(20, month=12))
        due = schedule.between(last, now, CHINA, SHANGHAI)
        decided = settle(due, now, policy)
        ran = [one.slot for one in decided if one.runs]
        if policy is ALL:
            assert ran == due
        elif policy is LATEST:
            assert ran == due[-1:]
        elif isinstance(policy, SkipLate):
            assert ran == [slot for slot in due if now - slot <= timedelta(minutes=policy.minutes)]
        settled += decided
        last = max(last, now)

    assert [one.slot for one in settled] == schedule.between(START, last, CHINA, SHANGHAI)
    assert all(one.runs == (one.reason is Reason.DUE) for one in settled)


def test_a_fine_is_never_missed_however_long_the_pause() -> None:
    slots = DEADLINE.between(at(1, month=9), at(30), CHINA, SHANGHAI)

    assert settle(slots, at(30), ALL) == [Settled(slot, Verdict.RUN, Reason.DUE) for slot in slots]
    assert len(slots) == 13


def test_of_missed_boards_only_the_newest_is_posted() -> None:
    slots = [at(18, 18, 10), at(19, 18, 10), at(20, 18, 10)]

    assert settle(slots, at(21, 9), LATEST) == [
        Settled(slots[0], Verdict.SKIP, Reason.SUPERSEDED),
        Settled(slots[1], Verdict.SKIP, Reason.SUPERSEDED),
        Settled(slots[2], Verdict.RUN, Reason.DUE),
    ]


def test_a_reminder_half_an_hour_late_still_goes_out_and_a_later_one_does_not() -> None:
    slots = [at(21, 20), at(21, 21, 30)]

    assert [one.reason for one in settle(slots, at(21, 22), SkipLate(30))] == [Reason.TOO_LATE, Reason.DUE]
    assert [one.runs for one in settle(slots, at(21, 22, 1), SkipLate(30))] == [False, False]


def test_slots_are_settled_oldest_first_and_a_repeated_one_once() -> None:
    slots = [at(20, 18, 10), at(19, 18, 10), at(20, 18, 10).astimezone(UTC)]

    assert [one.slot for one in settle(slots, at(21), ALL)] == [at(19, 18, 10), at(20, 18, 10)]
    assert settle([], at(21), LATEST) == []


def test_an_occurrence_to_come_is_not_swallowed() -> None:
    with pytest.raises(ValueError, match="future"):
        settle([at(21, 22)], at(21, 21), ALL)
