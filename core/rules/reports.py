"""Weekly and monthly reports: their numbers, who owes one, by when, what late means, and the life of one.

The company's figures (hours, grace, days) come as `Terms`; the defaults are those of docs/rules.md 39-50. Periods are the
company's days, deadlines are aware moments in the company's zone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from core.rules.calendar import ONE_DAY, SATURDAY, Calendar, Month, Week, days, local_day, moment, utc
from core.rules.errors import Refusal
from core.rules.people import AGENTS, Person, Role, Status

ONE_SECOND = timedelta(seconds=1)
OUTAGE_WINDOW = timedelta(hours=2)
OUTAGE_MINIMUM = timedelta(minutes=30)
EXCUSE_WINDOW = timedelta(hours=48)
WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ReportKind(StrEnum):
    """Which of the two."""

    WEEKLY = "weekly"  # 周报
    MONTHLY = "monthly"  # 月报


class ReportState(StrEnum):
    """How far a report and its answer have come (docs/rules.md 50)."""

    DRAFT = "draft"  # 草稿
    SENT = "sent"  # 未读
    READ = "read"  # 已读
    PROMISED = "promised"  # 已告知待复, with a date
    ANSWERED = "answered"  # 已回复


# --- numbers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportNumber:
    """`W-2026-47-005` or `M-2026-10-005`: kind, period, employee number (docs/decisions 5)."""

    period: Week | Month
    employee_no: str

    @property
    def kind(self) -> ReportKind:
        """Told by the period."""
        return ReportKind.WEEKLY if isinstance(self.period, Week) else ReportKind.MONTHLY

    def __str__(self) -> str:
        letter, part = ("W", self.period.number) if isinstance(self.period, Week) else ("M", self.period.month)
        return f"{letter}-{self.period.year:04d}-{part:02d}-{self.employee_no}"

    def belongs_to(self, employee_no: str) -> bool:
        """Is this that person's number? `5` typed for `005` is; letters in either case are."""
        return _loose(self.employee_no) == _loose(employee_no)


STRICT_NUMBER = re.compile(r"([WM])-([0-9]{4})-([0-9]{2})-(\S+)")
DASH = (
    r"\s*[-_.·~\u2010-\u2015\u2212\u30fc\u4e00\u2500\ufe58\ufe63]\s*"  # 一 and ー too: keyboards offer them as dashes
)
TYPED_NUMBER = re.compile(
    rf"(?<![0-9A-Za-z])([WM])(?:{DASH}|\s*)(20[0-9]{{2}})(?:{DASH}|\s+)([0-9]{{1,2}})(?:{DASH}|\s+)"
    r"([0-9A-Za-z]+(?:[-_][0-9A-Za-z]+)*)",
    re.IGNORECASE,
)


def parse_number(text: str) -> ReportNumber | None:
    """Exactly a number as we write it, any employee number; None for anything else."""
    match = STRICT_NUMBER.fullmatch(text)
    return _number(*match.groups()) if match else None


def find_number(text: str) -> ReportNumber | None:
    """The first report number inside typed text: full-width letters, digits and dashes, spaces, small letters.

    None when there is none, or it names a week or month there is not (`W-2025-53-005`).
    """
    for match in TYPED_NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        if number := _number(*match.groups()):
            return number
    return None


def split_number(text: str) -> tuple[ReportNumber, str] | None:
    """The first report number inside typed text and the words around it, as typed (`W-2026-47-005 抬头找小满`)."""
    folded: list[str] = []
    places: list[int] = []  # of each folded character in the text as typed
    for place, char in enumerate(text):
        for part in unicodedata.normalize("NFKC", char):
            folded.append(part)
            places.append(place)
    for match in TYPED_NUMBER.finditer("".join(folded)):
        if number := _number(*match.groups()):
            start, end = places[match.start()], places[match.end() - 1] + 1
            words = f"{text[:start].strip()} {text[end:].lstrip(' :：,，。、')}".strip()
            return number, words
    return None


def _number(letter: str, year: str, part: str, employee_no: str) -> ReportNumber | None:
    try:
        if letter.upper() == "W":
            return ReportNumber(Week.numbered(int(year), int(part)), employee_no)
        return ReportNumber(Month(int(year), int(part)), employee_no)
    except ValueError:
        return None


def _loose(employee_no: str) -> str:
    return unicodedata.normalize("NFKC", employee_no).casefold().lstrip("0")


# --- deadlines -------------------------------------------------------------------------------------------------------


class Shift(StrEnum):
    """What a Saturday that is not worked does to the weekly deadline (`weekly.shift`, docs/rules.md 40)."""

    NONE = "none"
    PREVIOUS_WORKDAY = "previous_workday"


@dataclass(frozen=True, slots=True)
class Terms:
    """The company's figures for one kind of report."""

    at: time  # hour of the deadline
    grace: timedelta  # a report sent within it after the deadline is still on time
    joined_min_days: int  # who joined within the period owes from this many working days in it
    weekday: int = SATURDAY  # of the weekly deadline, Monday = 0
    shift: Shift = Shift.NONE
    roles: frozenset[Role] = AGENTS  # who owes reports at all (docs/rules.md 45)


WEEKLY = Terms(at=time(22), grace=timedelta(seconds=60), joined_min_days=3)
MONTHLY = Terms(at=time(23, 59, 59), grace=timedelta(0), joined_min_days=10)


def weekly_deadline(week: Week, zone: tzinfo, terms: Terms = WEEKLY) -> datetime:
    """Saturday 22:00 of the week, whether anybody works that day or not."""
    return moment(_deadline_day(week, terms), terms.at, zone)


def _deadline_day(week: Week, terms: Terms) -> date:
    return next(day for day in week.days if day.weekday() == terms.weekday)


def monthly_deadline(month: Month, calendar: Calendar, workweek: str, zone: tzinfo, terms: Terms = MONTHLY) -> datetime:
    """23:59:59 of the first working day after the month (docs/rules.md 42-44). Raises UnknownYear, never guesses."""
    after = month.next
    return moment(calendar.first_workday(after.year, after.month, workweek), terms.at, zone)


def late_from(deadline: datetime, grace: timedelta = timedelta(0)) -> datetime:
    """The first late moment: 22:01:00 for Saturday 22:00 with a minute of grace.

    Without grace the deadline's own second is still in time: people read 23:59:59 as the end of the day.
    """
    return (utc(deadline) + max(grace, ONE_SECOND)).astimezone(deadline.tzinfo)


def on_time(at: datetime, deadline: datetime, grace: timedelta = timedelta(0)) -> bool:
    """Was `at` in time? The platform's stamp of a typed message, our receipt of a press (docs/rules.md 39)."""
    return utc(at) < utc(late_from(deadline, grace))


@dataclass(frozen=True, slots=True)
class Outage:
    """We could not take messages in [start, end)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if utc(self.end) < utc(self.start):
            raise ValueError("an outage ends after it starts")


def effective_deadline(
    deadline: datetime,
    outages: Iterable[Outage],
    *,
    window: timedelta = OUTAGE_WINDOW,
    minimum: timedelta = OUTAGE_MINIMUM,
    grace: timedelta = WEEKLY.grace,
) -> datetime:
    """The deadline after our outages: 21:10-21:40 makes 22:00 into 22:30 (docs/rules.md 39, docs/reliability.md D8).

    An outage counts when it touches the time from `window` before the deadline to the end of its grace, or the
    extension that an earlier one brought. It counts with its whole length; overlapping ones count once; together they
    give at least `minimum`. More outages never bring the deadline forward.
    """
    nominal = utc(deadline)
    lost = timedelta(0)
    effective = nominal
    for start, end in _merged(outages):
        if end > nominal - window and start < effective + max(grace, ONE_SECOND):
            lost += end - start
            effective = nominal + max(lost, minimum)
    return effective.astimezone(deadline.tzinfo)


def _merged(outages: Iterable[Outage]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted((utc(outage.start), utc(outage.end)) for outage in outages):
        if start == end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


# --- who owes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reporter:
    """What decides whether somebody owes a report."""

    role: Role
    status: Status
    on_duty_from: date  # end of the training, or the hiring day
    workweek: str
    left_on: date | None = None  # the first day no longer here

    @classmethod
    def of(cls, person: Person, default_workweek: str) -> Reporter:
        """From the roster; the policy's workweek where the person has none of their own."""
        return cls(
            role=person.role,
            status=person.status,
            on_duty_from=max(person.hired_on, person.probation_from or person.hired_on),
            workweek=person.workweek or default_workweek,
            left_on=person.left_on,
        )


class Exempt(StrEnum):
    """Why somebody owes nothing for a period."""

    ROLE = "role"  # supervisors and above
    TRAINING = "training"
    NOT_YET = "not_yet"  # not on duty before the period ended
    JOINED = "joined"  # joined within it, too few working days
    HOLIDAY = "holiday"  # no working day in it at all
    LEAVE = "leave"  # on leave on every working day of it
    LEFT = "left"  # gone before the period ended or before it was due


Leave = AbstractSet[date]  # the days on which somebody is on leave
NO_LEAVE: Leave = frozenset()


def weekly_due(
    reporter: Reporter,
    week: Week,
    calendar: Calendar,
    zone: tzinfo,
    *,
    leave: Leave,
    terms: Terms = WEEKLY,
) -> datetime | Exempt:
    """The person's own deadline for that week, before outages, or why there is none (docs/rules.md 40, 45, 46).

    On leave on the day it is due (Saturday): the hour of the next day they work. Raises UnknownYear only when the
    answer hangs on a day of an unknown year.
    """
    if exempt := _exempt(reporter, week, calendar, leave, terms):
        return exempt
    day = _deadline_day(week, terms)
    if terms.shift is Shift.PREVIOUS_WORKDAY:
        until = reversed(list(days(week.start, day)))
        day = next(calendar.workdays_among(until, reporter.workweek), day)
    return _due(reporter, day, calendar, zone, leave=leave, terms=terms)


def monthly_due(
    reporter: Reporter,
    month: Month,
    calendar: Calendar,
    zone: tzinfo,
    *,
    leave: Leave,
    terms: Terms = MONTHLY,
) -> datetime | Exempt:
    """The person's own deadline for the report on that month, or why there is none (docs/rules.md 42-46a).

    On leave on the first working day of the next month: the first day of it they work.
    """
    if exempt := _exempt(reporter, month, calendar, leave, terms):
        return exempt
    after = month.next
    day = calendar.first_workday(after.year, after.month, reporter.workweek)
    return _due(reporter, day, calendar, zone, leave=leave, terms=terms)


def owes_weekly(
    reporter: Reporter, week: Week, calendar: Calendar, zone: tzinfo, *, leave: Leave, terms: Terms = WEEKLY
) -> bool:
    """Does this person owe a report for that week?"""
    return not isinstance(weekly_due(reporter, week, calendar, zone, leave=leave, terms=terms), Exempt)


def owes_monthly(
    reporter: Reporter, month: Month, calendar: Calendar, zone: tzinfo, *, leave: Leave, terms: Terms = MONTHLY
) -> bool:
    """Does this person owe a report for that month?"""
    return not isinstance(monthly_due(reporter, month, calendar, zone, leave=leave, terms=terms), Exempt)


def _exempt(reporter: Reporter, period: Week | Month, calendar: Calendar, leave: Leave, terms: Terms) -> Exempt | None:
    if reporter.role not in terms.roles:
        return Exempt.ROLE
    if reporter.status is Status.TRAINING:
        return Exempt.TRAINING
    if reporter.status is Status.LEFT and reporter.left_on is None:
        return Exempt.LEFT
    if reporter.left_on is not None and reporter.left_on <= period.end:
        return Exempt.LEFT
    if reporter.on_duty_from > period.end:
        return Exempt.NOT_YET
    joined = reporter.on_duty_from in period
    present = list(days(max(period.start, reporter.on_duty_from), period.end))
    enough = terms.joined_min_days if joined else 1
    worked = _count_up_to(enough, calendar.workdays_among(present, reporter.workweek, leave))
    if worked >= enough:
        return None
    if worked:
        return Exempt.JOINED
    return Exempt.LEAVE if _count_up_to(1, calendar.workdays_among(present, reporter.workweek)) else Exempt.HOLIDAY


def _count_up_to(limit: int, workdays: Iterable[date]) -> int:
    """Stops at `limit`, so that days of an unknown year after it are never asked for."""
    return sum(1 for _, _ in zip(range(limit), workdays, strict=False))


def _due(
    reporter: Reporter, day: date, calendar: Calendar, zone: tzinfo, *, leave: Leave, terms: Terms
) -> datetime | Exempt:
    if day in leave:
        day = calendar.next_workday(day, reporter.workweek, leave)
    if reporter.left_on is not None and reporter.left_on <= day:
        return Exempt.LEFT
    return moment(day, terms.at, zone)


# --- which period a command means ------------------------------------------------------------------------------------


def weekly_means(today: date, missing: Collection[Week], filed: Collection[Week] = (), terms: Terms = WEEKLY) -> Week:
    """The week that `/weekly` opens on `today` (the company's day).

    The running week, except that a missing previous one comes first from Sunday to Thursday, and later too once the
    running week is filed. From Friday, the day before the deadline, the running week is what people mean: its nudges
    are near, and a report in time is worth more than a second late one. A filed week opens as its receipt.

    `missing`: weeks this person owes and has not sent; `filed`: those sent.
    """
    current = Week.of(today)
    early = today < _deadline_day(current, terms) - ONE_DAY
    if current.previous in missing and (early or current in filed):
        return current.previous
    return current


def monthly_means(today: date) -> Month:
    """The month that `/monthly` opens: always the one just ended; a running month has no report yet (docs/rules.md 42)."""
    return Month.of(today).previous


# --- nudges and answers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nudge:
    """One reminder: `first_workday`, `last_workday` or a weekday by its English name, and the hour."""

    day: str
    at: time


WEEKLY_NUDGES = (Nudge("last_workday", time(17, 30)), Nudge("saturday", time(20)), Nudge("saturday", time(21, 30)))
MONTHLY_NUDGES = tuple(Nudge("first_workday", at) for at in (time(9, 30), time(15), time(18)))


def nudge_times(
    period: Week | Month,
    due: datetime,
    calendar: Calendar,
    workweek: str,
    zone: tzinfo,
    *,
    nudges: Iterable[Nudge] | None = None,
    leave: Leave = NO_LEAVE,
    terms: Terms = WEEKLY,
    nominal: datetime | None = None,
) -> tuple[datetime, ...]:
    """When somebody who still owes the report of `period` by `due` is reminded, rising (docs/manners.md 2.6).

    `nominal`: the deadline before outages of ours put it off. A reminder that would come after the new one, because it
    lies in the small hours of the next day, comes on the old one's day.

    A week's working days are looked for within it; a month's last working day within it, the first one after it.
    Reminders of the deadline's own day (Saturday, the first working day) move with a deadline that leave has moved.
    None on a day of leave, none at or after the deadline. A nudge costs nobody money, so a year without a holiday
    plan is guessed rather than refused.
    """
    weekly = isinstance(period, Week)
    nudges = nudges if nudges is not None else WEEKLY_NUDGES if weekly else MONTHLY_NUDGES
    guessed = calendar.guessing()

    def falls_on(name: str, due_day: date) -> date | None:
        if name == "last_workday":
            return next(guessed.workdays_among(reversed(period.days), workweek, leave), None)
        if name == "first_workday":
            return next(guessed.workdays_among(period.days, workweek, leave), None) if weekly else due_day
        wanted = WEEKDAY_NAMES.index(name)
        if weekly and wanted == terms.weekday:
            return due_day
        return due_day - timedelta(days=(due_day.weekday() - wanted) % 7)

    times: set[datetime] = set()
    for nudge in nudges:
        for deadline in (due, nominal or due):
            day = falls_on(nudge.day, local_day(deadline, zone))
            at = moment(day, nudge.at, zone) if day and day not in leave else None
            if at is not None and utc(at) < utc(due):
                times.add(at)
                break
    return tuple(sorted(times))


def feedback_due(
    sent_at: datetime,
    calendar: Calendar,
    workweek: str,
    zone: tzinfo,
    *,
    leave: Leave = NO_LEAVE,
    working_days: int = 2,
) -> datetime:
    """By when the superior answers: the end of the second working day after it was sent (docs/rules.md 50).

    `workweek` and `leave` are the superior's. Raises UnknownYear.
    """
    day = calendar.add_working_days(local_day(sent_at, zone), working_days, workweek, leave)
    return moment(day, time(23, 59, 59), zone)


class ExcuseState(StrEnum):
    """What became of a reason for a late report (docs/rules.md 47)."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


def may_excuse(now: datetime, told_at: datetime, window: timedelta = EXCUSE_WINDOW) -> bool:
    """A reason can be given for 48 hours after the person was told that the report is missing or late."""
    return utc(now) <= utc(told_at) + window


def excuse_state(
    given_at: datetime, now: datetime, *, accepted: bool | None, window: timedelta = EXCUSE_WINDOW
) -> ExcuseState:
    """The superior's word; without one (None) for 48 hours the reason counts as good."""
    if accepted is not None:
        return ExcuseState.ACCEPTED if accepted else ExcuseState.DECLINED
    return ExcuseState.ACCEPTED if utc(now) >= utc(given_at) + window else ExcuseState.OPEN


# --- the life of a report --------------------------------------------------------------------------------------------


class ReportAct(StrEnum):
    """What moves a report."""

    SEND = "send"  # the author sends it; a second tap changes nothing
    READ = "read"  # the superior opens it
    PROMISE = "promise"  # 稍后答复: said openly that the answer comes on a date
    REPLY = "reply"  # the superior's own words
    QUICK_REPLY = "quick_reply"  # 常用语·收到: does not close a question (docs/manners.md 2.4)
    ASK_AGAIN = "ask_again"  # 没答到, 再问一句, 问题没答完: it waits for an answer again


class Change(StrEnum):
    """How an author may still change a report."""

    EDIT = "edit"  # 改: nobody has read it, the text itself changes and keeps its first sending time
    ADDENDUM = "addendum"  # 补充: what was read stands, the new words are added with their own time


def after(state: ReportState, act: ReportAct, *, question: bool = False) -> ReportState:
    """The state after `act`; `question` tells whether the report asks something.

    Refusal `reports.not_sent` when a draft would be read or answered.
    """
    if state is ReportState.DRAFT:
        if act is not ReportAct.SEND:
            raise Refusal("reports.not_sent")
        return ReportState.SENT
    return _AFTER[act](state, question)


_AFTER: dict[ReportAct, Callable[[ReportState, bool], ReportState]] = {
    ReportAct.SEND: lambda state, _: state,
    ReportAct.READ: lambda state, _: ReportState.READ if state is ReportState.SENT else state,
    ReportAct.PROMISE: lambda _, __: ReportState.PROMISED,
    ReportAct.REPLY: lambda _, __: ReportState.ANSWERED,
    ReportAct.QUICK_REPLY: lambda state, question: (
        ReportState.ANSWERED if not question else ReportState.READ if state is ReportState.SENT else state
    ),
    ReportAct.ASK_AGAIN: lambda state, _: ReportState.READ if state is ReportState.ANSWERED else state,
}


def change_of(state: ReportState) -> Change:
    """改 until it is read, an addendum afterwards."""
    return Change.EDIT if state in {ReportState.DRAFT, ReportState.SENT} else Change.ADDENDUM
