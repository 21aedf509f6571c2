"""Pieces of text that the deal form, its receipts and its notices share. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from bot.render.texts import t
from core.rules.calendar import WEEKDAYS_ZH
from core.rules.deals import DealKind
from core.rules.money import MINUS, yuan

WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_words(day: date, today: date, lang: str) -> str:
    """`今天 11-20`, `昨天 11-19`, `11-18 周三`; with the year when it is another one."""
    for back, key in ((0, "deals.today"), (1, "deals.yesterday")):
        if day == today - timedelta(days=back):
            return f"{t(lang, key)} {day:%m-%d}"
    weekday = (WEEKDAYS_ZH if lang == "zh" else WEEKDAYS_EN)[day.weekday()]
    return f"{day:%m-%d} {weekday}" if day.year == today.year else f"{day:%Y-%m-%d} {weekday}"


def kind_words(kind: DealKind, lang: str) -> str:
    """自拓, 代理, 短信."""
    return t(lang, f"deals.kind_{kind.value}")


def signed(fen: int) -> str:
    """`+200.00`, `−70.00`, `0.00`."""
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def minus(fen: int) -> str:
    """`−70.00` of 70.00."""
    return f"{MINUS}{yuan(abs(fen))}"
