"""Months in words, as people say them."""

from __future__ import annotations

from datetime import date

from bot.render.texts import t
from core.rules.calendar import Month


def month_said(month: Month, today: date, lang: str) -> str:
    """`11 月`, `November`; with its year where the month alone could be another one."""
    first = month.start
    near = first.year == today.year or 0 < (today.year - first.year) * 12 + today.month - first.month < 12
    name = str(first.month) if lang == "zh" else f"{first:%B}"
    return t(lang, "calendar.month" if near else "calendar.month_of_year", month=name, year=first.year)


def months_said(first: Month, last: Month, lang: str) -> str:
    """`8 月 至 10 月`, `August to October`; a single month alone. Read where the last one has just been."""
    ended = month_said(last, last.start, lang)
    return ended if first == last else t(lang, "calendar.months", first=month_said(first, last.start, lang), last=ended)
