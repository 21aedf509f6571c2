"""The Chinese holiday plan: chinesecalendar's years, corrected and continued by the policy file.

The only place that imports chinese_calendar. Its plan ends with the newest year the State Council had announced at its
release; `[calendar.2027] off = […] work = […]` of the policy file continues it until the package is updated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import chinese_calendar

from core.rules.calendar import SATURDAY, Calendar

ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))  # days no holiday plan leaves out: a list without them is a slip


@dataclass(frozen=True, slots=True)
class YearPlan:
    """One year's days as the policy file gives them. The plan of a year may name days of the December before it."""

    off: Collection[date] = ()
    work: Collection[date] = ()


def known_plan() -> Calendar:
    """What the installed chinesecalendar knows."""
    off, work = frozenset(chinese_calendar.holidays), frozenset(chinese_calendar.workdays)
    return Calendar(off=off, work=work, known_years=frozenset(day.year for day in off))


def load(overrides: Mapping[int, YearPlan] | None = None) -> Calendar:
    """The company's calendar: a day the policy file names is what it says, and its year counts as known.

    Raises ValueError naming every fault of `overrides`; see `faults`.
    """
    overrides = overrides or {}
    base = known_plan()
    if wrong := faults(overrides):
        raise ValueError("; ".join(wrong))
    off = {day for plan in overrides.values() for day in plan.off}
    work = {day for plan in overrides.values() for day in plan.work}
    return Calendar(
        off=frozenset(base.off - work | off),
        work=frozenset(base.work - off | work),
        known_years=base.known_years | frozenset(overrides),
    )


def faults(overrides: Mapping[int, YearPlan]) -> list[str]:
    """What is wrong with the policy file's calendar, in words for its author; empty when it can be loaded.

    A year that chinesecalendar lacks must name 1 January, 1 May and 1 October, or a half-filled list would silently
    turn holidays into deadlines.
    """
    known = known_plan().known_years
    wrong: list[str] = []
    for year, plan in sorted(overrides.items()):
        named = f"calendar.{year}"
        stray = sorted(
            day for day in {*plan.off, *plan.work} if day.year != year and (day.year, day.month) != (year - 1, 12)
        )
        wrong += [f"{named}: {day} is of another year" for day in stray]
        wrong += [f"{named}: {day} is both off and work" for day in sorted({*plan.off} & {*plan.work})]
        wrong += [
            f"{named}: work {day} is no weekend day, nothing to make up"
            for day in sorted(plan.work)
            if day.weekday() < SATURDAY and year not in known
        ]
        if year not in known:
            missing = [date(year, month, day) for month, day in ALWAYS_OFF]
            wrong += [f"{named}: off lacks {day}" for day in missing if day not in plan.off]
    named_off = {day for plan in overrides.values() for day in plan.off}
    named_work = {day for plan in overrides.values() for day in plan.work}
    within = {day for plan in overrides.values() for day in {*plan.off} & {*plan.work}}
    wrong += [
        f"calendar: {day} is off in one year's plan, work in another's"
        for day in sorted((named_off & named_work) - within)
    ]
    return wrong
