"""The Chinese holiday plan: chinesecalendar's years, corrected and continued by the policy file.

The only place that imports chinese_calendar. Its plan ends with the newest year the State Council had announced at its
release; `[calendar.2027] off = […] work = […]` of the policy file continues it until the package is updated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

import chinese_calendar

from core.rules.calendar import ALWAYS_OFF, Calendar


class YearPlan(Protocol):
    """One year's days as the policy file gives them."""

    @property
    def off(self) -> frozenset[date]: ...

    @property
    def work(self) -> frozenset[date]: ...


def built_in() -> Calendar:
    """What the installed chinesecalendar knows."""
    off, work = frozenset(chinese_calendar.holidays), frozenset(chinese_calendar.workdays)
    return Calendar(off=off, work=work, known_years=frozenset(day.year for day in off))


def load(plans: Mapping[int, YearPlan] | None = None) -> Calendar:
    """The company's calendar. A day that the policy file names is what it says there, in any year.

    A year that chinesecalendar lacks counts as known once its plan is complete (see `unfinished`). ValueError when
    two plans contradict each other.
    """
    base, plans = built_in(), plans or {}
    off = frozenset(day for plan in plans.values() for day in plan.off)
    work = frozenset(day for plan in plans.values() for day in plan.work)
    return Calendar(
        off=base.off - work | off,
        work=base.work - off | work,
        known_years=base.known_years | (frozenset(plans) - frozenset(unfinished(plans))),
    )


def unfinished(plans: Mapping[int, YearPlan]) -> dict[int, list[date]]:
    """Years that chinesecalendar lacks and whose plan cannot be the whole one: the days it fails to name as off.

    A list without them is a correction or unfinished, and makes no year known: otherwise one entered day would turn
    every other holiday of the year into a deadline.
    """
    known = built_in().known_years
    missing = {
        year: [day for day in (date(year, *month_day) for month_day in ALWAYS_OFF) if day not in plan.off]
        for year, plan in sorted(plans.items())
        if year not in known
    }
    return {year: days for year, days in missing.items() if days}
