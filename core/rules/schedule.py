"""When jobs are due: occurrences as pure functions of time, and what is still run after a pause.

Slots are aware moments in the company's zone, so `slot.date()` is the company's day. A range of moments is half-open,
(after, until]: ticks that meet end to end see each occurrence once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from core.rules.calendar import ONE_DAY, Calendar, Week, days, instant, utc

HORIZON = timedelta(days=400)  # how far `next` looks: every schedule here fires at least once a year
MINUTES_A_DAY = 24 * 60


class Schedule(ABC):
    """A rule that names moments. UnknownYear passes through when it needs a day the calendar does not know."""

    __slots__ = ()

    @abstractmethod
    def times(self) -> tuple[time, ...]:
        """The hours of a day it falls on, rising."""

    @abstractmethod
    def falls_on(self, day: date, calendar: Calendar) -> bool:
        """Does it fire on that day of the company?"""

    def between(self, after: datetime, until: datetime, calendar: Calendar, zone: tzinfo) -> list[datetime]:
        """The occurrences in (after, until], rising; none when the clock stood still or went back."""
        return list(self._walk(after, until, calendar, zone))

    def next(self, after: datetime, calendar: Calendar, zone: tzinfo) -> datetime:
        """The first occurrence strictly after `after`; LookupError when there is none for over a year."""
        for slot in self._walk(after, utc(after) + HORIZON, calendar, zone):
            return slot
        raise LookupError(f"{self!r} has no occurrence within {HORIZON.days} days")

    def _walk(self, after: datetime, until: datetime, calendar: Calendar, zone: tzinfo) -> Iterator[datetime]:
        # Compared in UTC: moments of one zone compare by wall clock, which summer time repeats.
        newest, end = utc(after), utc(until)
        if end <= newest:
            return
        day = newest.astimezone(zone).date() - ONE_DAY  # an hour pushed out of a summer-time gap may be of yesterday
        while True:
            falls: bool | None = None
            for at in self.times():
                slot = instant(day, at, zone)
                if slot <= newest:
                    continue
                if slot > end:  # before asking the calendar: a day not reached yet need not be known
                    return
                falls = self.falls_on(day, calendar) if falls is None else falls
                if not falls:
                    break
                newest = slot
                yield slot.astimezone(zone)
            day += ONE_DAY


@dataclass(frozen=True, slots=True)
class Daily(Schedule):
    """Every day at an hour, or on working days only."""

    at: time
    workdays_only: bool = False
    workweek: str = "5"

    def times(self) -> tuple[time, ...]:
        return (self.at,)

    def falls_on(self, day: date, calendar: Calendar) -> bool:
        return not self.workdays_only or calendar.is_workday(day, self.workweek)


@dataclass(frozen=True, slots=True)
class Weekly(Schedule):
    """Once a week; `weekday` counts from Monday = 0."""

    weekday: int
    at: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"no weekday: {self.weekday}")

    def times(self) -> tuple[time, ...]:
        return (self.at,)

    def falls_on(self, day: date, calendar: Calendar) -> bool:  # noqa: ARG002  a weekday needs no holiday plan
        return day.weekday() == self.weekday


@dataclass(frozen=True, slots=True)
class LastWorkdayOfWeek(Schedule):
    """On the last working day of each reporting week; not at all in a week without one."""

    at: time
    workweek: str = "5"

    def times(self) -> tuple[time, ...]:
        return (self.at,)

    def falls_on(self, day: date, calendar: Calendar) -> bool:
        if not calendar.is_workday(day, self.workweek):
            return False
        later = days(day + ONE_DAY, Week.of(day).end)
        return next(calendar.workdays_among(later, self.workweek), None) is None


@dataclass(frozen=True, slots=True)
class MonthlyFirstWorkday(Schedule):
    """On the first working day of each month."""

    at: time
    workweek: str = "5"

    def times(self) -> tuple[time, ...]:
        return (self.at,)

    def falls_on(self, day: date, calendar: Calendar) -> bool:
        return calendar.first_workday(day.year, day.month, self.workweek) == day


@dataclass(frozen=True, slots=True)
class Every(Schedule):
    """Every so many minutes of the company's wall clock, from midnight; `minutes` divides a day."""

    minutes: int

    def __post_init__(self) -> None:
        if self.minutes < 1 or MINUTES_A_DAY % self.minutes:
            raise ValueError(f"{self.minutes} minutes do not divide a day")

    def times(self) -> tuple[time, ...]:
        return tuple(time(*divmod(minute, 60)) for minute in range(0, MINUTES_A_DAY, self.minutes))

    def falls_on(self, day: date, calendar: Calendar) -> bool:  # noqa: ARG002  every day
        return True


@dataclass(frozen=True, slots=True)
class All:
    """Every missed occurrence runs, in order, however late: fines, closing, monthly reports."""


@dataclass(frozen=True, slots=True)
class Latest:
    """Only the newest runs, labelled with its period: boards, backups."""


@dataclass(frozen=True, slots=True)
class SkipLate:
    """Runs while at most `minutes` late: reminders, which are wrong once their hour is over."""

    minutes: int


CatchUp = All | Latest | SkipLate
ALL = All()
LATEST = Latest()


class Verdict(StrEnum):
    """What becomes of an occurrence; each gets exactly one."""

    RUN = "run"
    SKIP = "skip"


class Reason(StrEnum):
    """Why, kept with the settled occurrence."""

    DUE = "due"
    SUPERSEDED = "superseded"  # a newer one of the same job ran instead
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Settled:
    """The decision about one occurrence."""

    slot: datetime
    verdict: Verdict
    reason: Reason

    @property
    def runs(self) -> bool:
        """Shall the job's work be done for this slot?"""
        return self.verdict is Verdict.RUN


def settle(due: Iterable[datetime], now: datetime, policy: CatchUp) -> list[Settled]:
    """Decide every occurrence that is due at `now`, oldest first (docs/reliability.md D9).

    A repeated slot is decided once. ValueError for a slot still to come: settling it would swallow it.
    """
    slots = sorted({utc(slot): slot for slot in due}.items())
    if slots and slots[-1][0] > utc(now):
        raise ValueError("an occurrence of the future is not due")
    return [
        Settled(slot, Verdict.RUN if reason is Reason.DUE else Verdict.SKIP, reason)
        for instant, slot in slots
        for reason in [_reason(policy, late=utc(now) - instant, newest=instant == slots[-1][0])]
    ]


def _reason(policy: CatchUp, *, late: timedelta, newest: bool) -> Reason:
    match policy:
        case All():
            return Reason.DUE
        case Latest():
            return Reason.DUE if newest else Reason.SUPERSEDED
        case SkipLate(minutes):
            return Reason.DUE if late <= timedelta(minutes=minutes) else Reason.TOO_LATE
