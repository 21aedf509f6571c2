"""The occurrences that the rules name, from their words and plain date arithmetic.

Nothing here uses core.rules: a mistake in the schedules cannot excuse itself. A job that is added to the registry is
added here too, by reading its rule and not its code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8))  # no summer time since 1991
MONDAY, SATURDAY, SUNDAY = 0, 5, 6
SKIPPED, DONE = "skipped", "done"


def _dates(year: int, text: str) -> frozenset[date]:
    """`"1.1-1.3 2.15"`: days and spans of days."""
    found: set[date] = set()
    for piece in text.split():
        first, _, last = piece.partition("-")
        ends = [date(year, *(int(number) for number in end.split("."))) for end in (first, last or first)]
        found |= {ends[0] + timedelta(days=number) for number in range((ends[1] - ends[0]).days + 1)}
    return frozenset(found)


# The State Council's arrangement for 2026. For 2027 nobody has one yet: plain weekdays, and the days that every year is off.
OFF = _dates(2026, "1.1-1.3 2.15-2.23 4.4-4.6 5.1-5.5 6.19-6.21 9.25-9.27 10.1-10.7") | _dates(2027, "1.1 5.1 10.1")
MADE_UP = _dates(2026, "1.4 2.14 2.28 5.9 9.20 10.10")


def is_worked(day: date) -> bool:
    """Monday to Friday, without holidays, with the weekend days that make up for them."""
    return day in MADE_UP or (day not in OFF and day.weekday() < SATURDAY)


def is_first_worked_of_month(day: date) -> bool:
    """The first working day of its month."""
    return is_worked(day) and not any(is_worked(day.replace(day=before)) for before in range(1, day.day))


def is_last_worked_of_week(day: date) -> bool:
    """The last working day of its week, Sunday to Saturday."""
    rest = (SATURDAY - day.weekday()) % 7
    return is_worked(day) and not any(is_worked(day + timedelta(days=after)) for after in range(1, rest + 1))


@dataclass(frozen=True)
class Rule:
    """When a job is due, and what becomes of what was missed: "all", "newest", or how many minutes late is too late."""

    hours: Callable[[date], Sequence[str]]
    missed: str | int


def _on(falls: Callable[[date], bool], *hours: str) -> Callable[[date], Sequence[str]]:
    return lambda day: hours if falls(day) else ()


def _weekday(number: int) -> Callable[[date], bool]:
    return lambda day: day.weekday() == number


def _always(day: date) -> bool:
    return True


def _around_deadlines(day: date) -> Sequence[str]:
    """Every quarter of an hour, five past and so on: Saturdays from two hours before 22:00, monthly ones from 22:00."""
    first = 20 if day.weekday() == SATURDAY else 22
    if day.weekday() != SATURDAY and not is_first_worked_of_month(day):
        return ()
    return [f"{hour}:{minute:02d}" for hour in range(first, 24) for minute in (5, 20, 35, 50)]


RULES: dict[str, Rule] = {
    # Each hour at which the sample policy reminds somebody, weekly and monthly; wrong when half an hour late.
    "report_nudges": Rule(_on(_always, "09:30", "15:00", "17:30", "18:00", "20:00", "21:30"), 30),
    "weekly_lists": Rule(_on(_weekday(SATURDAY), "22:05"), "all"),
    "monthly_lists": Rule(_on(_always, "09:05"), "all"),
    "outages": Rule(_around_deadlines, "newest"),
    "report_follow_up": Rule(_on(_always, "09:30"), 8 * 60),
    "excuses_lapse": Rule(_on(_always, "09:00"), "newest"),
    "feedback_reminders": Rule(_on(_always, "10:00"), 8 * 60),
    "board_daily": Rule(_on(is_worked, "18:10"), "newest"),
    "board_weekly": Rule(_on(_weekday(MONDAY), "08:50"), "newest"),
    "board_monthly": Rule(_on(is_first_worked_of_month, "09:10"), "newest"),
    # In the morning; whose balance it is, and whether they work that day, is looked at then.
    "balances": Rule(_on(_always, "09:35"), 8 * 60),
    "disputes_pass_on": Rule(_on(_always, "09:10", "14:10"), "newest"),
    "ledger_seal": Rule(_on(_always, "00:05"), "newest"),
    "fines": Rule(_on(_always, "09:30"), "newest"),
    "closing_due": Rule(_on(is_worked, "09:40"), 8 * 60),
    "targets_missing": Rule(_on(is_worked, "09:50"), 8 * 60),
    "policy_unread": Rule(_on(is_worked, "10:20"), 6 * 60),
    "calendar_missing": Rule(_on(_weekday(MONDAY), "09:00"), "newest"),
}


def due(rule: Rule, after: datetime, until: datetime) -> Iterator[datetime]:
    """What a rule names in (after, until], rising."""
    day, last = (moment.astimezone(CHINA).date() for moment in (after, until))
    while day <= last:
        for hour in rule.hours(day):
            slot = datetime.combine(day, time.fromisoformat(hour.zfill(5)), CHINA)
            if after < slot <= until:
                yield slot
        day += timedelta(days=1)


def verdicts(rule: Rule, waiting: Sequence[datetime], now: datetime) -> dict[datetime, tuple[str, str]]:
    """What must become, at `now`, of the occurrences that are due and unsettled: state and reason of each."""
    found: dict[datetime, tuple[str, str]] = {}
    for slot in waiting:
        if rule.missed == "all" or (rule.missed == "newest" and slot == max(waiting)):
            found[slot] = (DONE, "due")
        elif rule.missed == "newest":
            found[slot] = (SKIPPED, "superseded")
        else:
            in_time = now - slot <= timedelta(minutes=int(rule.missed))
            found[slot] = (DONE, "due") if in_time else (SKIPPED, "too_late")
    return found
