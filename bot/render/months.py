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
