"""Days and weeks of a Chinese company: working days with 调休, reporting weeks, months, how a moment reads.

A range of *days* here includes both ends; a range of *moments* (`bounds`) is half-open. Nothing reads a clock or the
host's time zone: moments are aware, and the company's zone is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from core.rules.errors import Refusal

ONE_DAY = timedelta(days=1)
SATURDAY = 5
WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
EVENING = 18  # hour from which a coming moment of today is 今晚


ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))  # (month, day): in the plan of every year, however the rest of it falls


class UnknownYear(Refusal):
    """A rule needs a day of a year whose holiday list nobody has entered: no fine is ever guessed (docs/rules.md 44)."""

    def __init__(self, year: int) -> None:
        super().__init__("calendar.unknown_year", year=year)
        self.year = year


class Workweek(StrEnum):
    """Which days a team or person works in a week without holidays (docs/rules.md 40)."""

    FIVE = "5"  # Monday to Friday
    SIX = "6"  # Monday to Saturday
    ALTERNATE = "alternate"  # 大小周: six days in odd ISO weeks, five in even ones

    def covers(self, day: date) -> bool:
        """Is `day` worked when no holiday or make-up day says otherwise?

        After an ISO year of 53 weeks 大小周 has two long weeks in a row (2026-W53, 2027-W01); a company that counts
        on without a break enters the second Saturday as `off` in its policy file.
        """
        weekday = day.weekday()
        if weekday != SATURDAY:
            return weekday < SATURDAY
        return self is Workweek.SIX or (self is Workweek.ALTERNATE and day.isocalendar().week % 2 == 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The national holiday plan: days `off`, weekend days made up as `work`, and the years it is known for.

    Holidays and make-up days bind every workweek: a made-up Sunday is worked by those who work five days and six.
    """

    off: frozenset[date]
    work: frozenset[date]
    known_years: frozenset[int]
    guess: bool = False

    def __post_init__(self) -> None:
        if both := self.off & self.work:
            raise ValueError(f"both off and working: {', '.join(str(day) for day in sorted(both))}")

    def guessing(self) -> Calendar:
        """The same calendar, taking plain weekdays in unknown years, and the days that are off in every year.

        For nudges, boards and 喜报, where a wrong day costs a message; for the days of a part month only where the
        statement says so and its closing waits (`PersonMonth.guessed`). Never for a deadline.
        """
        return replace(self, guess=True)

    def missing_year(self, today: date) -> int | None:
        """The year to ask for now: this one, or from 1 December the next (docs/rules.md 44)."""
        if today.year not in self.known_years:
            return today.year
        if today.month == 12 and today.year + 1 not in self.known_years:
            return today.year + 1
        return None

    def is_workday(self, day: date, workweek: str) -> bool:
        """Is `day` worked in this workweek ("5", "6", "alternate")? Raises UnknownYear, ValueError for another."""
        pattern = Workweek(workweek)
        if day in self.work:
            return True
        if day in self.off:
            return False
        if day.year not in self.known_years and not self.guess:
            raise UnknownYear(day.year)
        if day.year not in self.known_years and (day.month, day.day) in ALWAYS_OFF:
            return False
        return pattern.covers(day)

    def working_days(
        self, start: date, end: date, workweek: str, skip: AbstractSet[date] = frozenset()
    ) -> tuple[date, ...]:
        """The working days from `start` to `end`, both included, without those in `skip` (somebody's leave)."""
        return tuple(self.workdays_among(days(start, end), workweek, skip))

    def workdays_among(
        self, candidates: Iterable[date], workweek: str, skip: AbstractSet[date] = frozenset()
    ) -> Iterator[date]:
        """Lazily, so that a rule that has seen enough never touches an unknown year."""
        return (day for day in candidates if day not in skip and self.is_workday(day, workweek))

    def first_workday(self, year: int, month: int, workweek: str, skip: AbstractSet[date] = frozenset()) -> date:
        """The first working day on or after the 1st; only a holiday as long as a month would leave the month."""
        return self.next_workday(date(year, month, 1) - ONE_DAY, workweek, skip)

    def next_workday(self, after: date, workweek: str, skip: AbstractSet[date] = frozenset()) -> date:
        """The first working day strictly after `after`."""
        day = after + ONE_DAY
        while day in skip or not self.is_workday(day, workweek):
            day += ONE_DAY
        return day

    def last_workday_before(self, day: date, workweek: str, skip: AbstractSet[date] = frozenset()) -> date:
        """The last working day strictly before `day`."""
        day -= ONE_DAY
        while day in skip or not self.is_workday(day, workweek):
            day -= ONE_DAY
        return day

    def last_workday_of(self, week: Week, workweek: str, skip: AbstractSet[date] = frozenset()) -> date | None:
        """The last working day of a reporting week; None when all of it is free (Spring Festival)."""
        return next(self.workdays_among(reversed(week.days), workweek, skip), None)

    def add_working_days(self, day: date, count: int, workweek: str, skip: AbstractSet[date] = frozenset()) -> date:
        """The `count`-th working day after `day`; `day` itself, worked or not, when `count` is 0."""
        if count < 0:
            raise ValueError("working days are counted forward")
        for _ in range(count):
            day = self.next_workday(day, workweek, skip)
        return day

    def working_days_left(self, day: date, workweek: str) -> int:
        """How many working days the month of `day` still has after it (今日战报: 还有 6 个工作日)."""
        return len(self.working_days(day + ONE_DAY, Month.of(day).end, workweek))


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A reporting week, Sunday 00:00 to Saturday 24:00, named by the ISO week of its Saturday (docs/rules.md 41)."""

    saturday: date

    def __post_init__(self) -> None:
        if self.saturday.weekday() != SATURDAY:
            raise ValueError(f"{self.saturday} is no Saturday")

    @classmethod
    def of(cls, day: date) -> Week:
        """The week that `day` lies in. A moment must be turned into the company's day first."""
        return cls(_plain(day) + timedelta(days=(SATURDAY - day.weekday()) % 7))

    @classmethod
    def numbered(cls, year: int, week: int) -> Week:
        """By ISO year and week of the Saturday; ValueError when that year has no such week."""
        return cls(date.fromisocalendar(year, week, SATURDAY + 1))

    @classmethod
    def parse(cls, key: str) -> Week:
        """The reverse of `key`; ValueError for anything else."""
        if not (match := re.fullmatch(r"([0-9]{4})-W([0-9]{2})", key)):
            raise ValueError(f"not a week: {key!r}")
        return cls.numbered(int(match[1]), int(match[2]))

    @property
    def key(self) -> str:
        """`2026-W47`."""
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def year(self) -> int:
        """The ISO year of the Saturday: 2026 for the week that ends on 2 January 2027."""
        return self.saturday.isocalendar().year

    @property
    def number(self) -> int:
        """The ISO week of the Saturday."""
        return self.saturday.isocalendar().week

    @property
    def start(self) -> date:
        """The Sunday it begins with."""
        return self.saturday - timedelta(days=6)

    @property
    def end(self) -> date:
        """The Saturday, still inside."""
        return self.saturday

    @property
    def days(self) -> tuple[date, ...]:
        """Sunday to Saturday."""
        return tuple(days(self.start, self.end))

    @property
    def label(self) -> str:
        """`11-15 周日–11-21 周六` (docs/manners.md rule 5: a report always shows its dates)."""
        return f"{day_zh(self.start)}–{day_zh(self.end)}"

    @property
    def previous(self) -> Week:
        """The week before."""
        return Week(self.saturday - timedelta(days=7))

    @property
    def next(self) -> Week:
        """The week after."""
        return Week(self.saturday + timedelta(days=7))

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """[Sunday 00:00, next Sunday 00:00) as moments."""
        return moment(self.start, time(), zone), moment(self.end + ONE_DAY, time(), zone)

    def __contains__(self, day: date) -> bool:
        return self.start <= _plain(day) <= self.end


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    def __post_init__(self) -> None:
        date(self.year, self.month, 1)  # ValueError for a month there is not

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that `day` lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, key: str) -> Month:
        """The reverse of `key`; ValueError for anything else."""
        if not (match := re.fullmatch(r"([0-9]{4})-([0-9]{2})", key)):
            raise ValueError(f"not a month: {key!r}")
        return cls(int(match[1]), int(match[2]))

    @property
    def key(self) -> str:
        """`2026-10`."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def start(self) -> date:
        """The 1st."""
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """The last day, still inside."""
        return self.next.start - ONE_DAY

    @property
    def days(self) -> tuple[date, ...]:
        """The 1st to the last."""
        return tuple(days(self.start, self.end))

    @property
    def label(self) -> str:
        """`10-01 周四–10-31 周六`."""
        return f"{day_zh(self.start)}–{day_zh(self.end)}"

    @property
    def previous(self) -> Month:
        """The month before."""
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)

    @property
    def next(self) -> Month:
        """The month after."""
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """[the 1st 00:00, the next 1st 00:00) as moments."""
        return moment(self.start, time(), zone), moment(self.next.start, time(), zone)

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.month)


def days(start: date, end: date) -> Iterator[date]:
    """Every day from `start` to `end`, both included; none when `end` comes first."""
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        yield date.fromordinal(ordinal)


def utc(at: datetime) -> datetime:
    """The moment in UTC, where comparing and adding is exact. ValueError when naive: the host's zone is no answer."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return at.astimezone(UTC)


def local_day(at: datetime, zone: tzinfo) -> date:
    """The company's day at that moment."""
    return utc(at).astimezone(zone).date()


def moment(day: date, at: time, zone: tzinfo) -> datetime:
    """That hour of that day in the company's zone; an hour skipped by summer time is the one right after the gap."""
    return instant(day, at, zone).astimezone(zone)


def instant(day: date, at: time, zone: tzinfo) -> datetime:
    """`moment`, in UTC."""
    return datetime.combine(_plain(day), at, zone).astimezone(UTC)


def weekday_zh(day: date) -> str:
    """`周二`."""
    return WEEKDAYS_ZH[day.weekday()]


def day_zh(day: date) -> str:
    """`11-24 周二`."""
    return f"{day:%m-%d} {weekday_zh(day)}"


def stamp_zh(at: datetime, zone: tzinfo | None = None) -> str:
    """`11-24 周二 10:00`, in `zone`, or as the moment stands when none is given."""
    local = at if zone is None else utc(at).astimezone(zone)
    return f"{day_zh(local)} {local:%H:%M}"


def when_zh(at: datetime, now: datetime, zone: tzinfo) -> str:
    """`今天 10:00`, `今晚 22:00`, `明天 09:00` within 24 hours of `now`, else the full stamp (docs/manners.md rule 5).

    今晚 is only said of a coming moment; 昨天 is never said.
    """
    if abs(utc(at) - utc(now)) > timedelta(hours=24):
        return stamp_zh(at, zone)
    local, today = utc(at).astimezone(zone), local_day(now, zone)
    if local.date() == today:
        word = "今晚" if local.hour >= EVENING and utc(at) > utc(now) else "今天"
    elif local.date() == today + ONE_DAY:
        word = "明天"
    else:
        return stamp_zh(at, zone)
    return f"{word} {local:%H:%M}"


def _plain(day: date) -> date:
    """A datetime is a date too; as one it would carry its hour into weeks and keys."""
    return day.date() if isinstance(day, datetime) else day
