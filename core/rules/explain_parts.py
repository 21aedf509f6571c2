"""The pieces of a sentence that both pages of the policy share: brackets, rows, nudges, moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from core.rules.calendar import WEEKDAYS_ZH
from core.rules.money import percent, yuan_short
from core.rules.policy_conduct import Moment, Nudge, Weekly
from core.rules.policy_pay import AttainmentRow, Bracket
from core.rules.policy_values import Weekday


def brackets(table: Iterable[Bracket], mode: str, lang: str) -> str:
    """`超过 8,000 3%、…`. Only where the whole amount changes its rate does the figure itself matter (3)."""
    at, above = {"zh": ("满 {} {}", "超过 {} {}"), "en": ("{1} from {0}", "{1} above {0}")}[lang]
    return joined(
        (
            (at if mode == "whole" and one.inclusive else above).format(yuan_short(one.threshold), percent(one.rate))
            for one in table
        ),
        lang,
    )


def rows(table: Iterable[AttainmentRow], lang: str) -> str:
    """`达成率满 70% 1%、…、超过 150% 2%`."""
    low = {"zh": ("达成率满 {} {}", "超过 {} {}"), "en": ("{1} from {0}", "{1} above {0}")}[lang]
    return joined((low[not one.inclusive].format(percent(one.threshold), percent(one.rate)) for one in table), lang)


def nudges(times: Iterable[Nudge], lang: str) -> str:
    """`最后一个工作日 17:30、周六 20:00`."""
    days = {"first_workday": "首个工作日", "last_workday": "最后一个工作日"}
    return joined(
        (
            f"{days.get(n.day) or weekday(Weekday(n.day), lang) if lang == 'zh' else n.day.replace('_', ' ')} {n.time:%H:%M}"
            for n in times
        ),
        lang,
    )


def joined(parts: Iterable[str], lang: str) -> str:
    """A list in words."""
    return ("、" if lang == "zh" else ", ").join(parts)


def weekday(day: Weekday, lang: str) -> str:
    """`周六`, `Saturday`."""
    return WEEKDAYS_ZH[day.number] if lang == "zh" else day.value.capitalize()


def late(weekly: Weekly) -> str:
    """The first second that is late: 22:01:00 with a minute's grace."""
    return f"{datetime.combine(date.min, weekly.time) + timedelta(seconds=weekly.grace):%H:%M:%S}"


def day_zh(day: date) -> str:
    """`2026 年 1 月 1 日`."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def moment(at: Moment, lang: str = "zh") -> str:
    """`周一 09:30`."""
    return f"{weekday(at.weekday, lang)} {at.time:%H:%M}"
