"""When targets that nobody set are asked for. Pure."""

from __future__ import annotations

from datetime import date

from core.rules.calendar import Calendar, Month

DUE_ON = 3  # working day of the month by which they are set (policy 11)
MONDAY = 0


def is_asked(today: date, free_days: int, calendar: Calendar, workweek: str) -> bool:
    """Is whoever sets them asked today for what this month lacks? On the last working day on which they may be set
    freely (`free_days` of the policy), the third at the latest, then on Mondays that are worked (policy 11)."""
    if not calendar.is_workday(today, workweek):
        return False
    gone = len(calendar.working_days(Month.of(today).start, today, workweek))
    last_free = min(max(free_days, 1), DUE_ON)
    return gone == last_free or (gone > last_free and today.weekday() == MONDAY)
