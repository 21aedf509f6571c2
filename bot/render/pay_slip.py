"""工资条 in words: every line of a month with its article, what later facts changed, the sum."""

from __future__ import annotations

from datetime import date

from bot.render import pay as words
from bot.render.texts import t
from core.rules.money import yuan
from core.rules.pay import Component
from core.usecases.pay import Earnings


def state(found: Earnings, lang: str) -> str:
    """暂计, 已结, 已发."""
    return t(lang, f"pay.month_{found.state.value}" if found.state.closed else "pay.month_open")


def slip(found: Earnings, today: date, lang: str) -> str:
    """The slip; an open month's says 暂计, since everything in it may still move."""
    made, month = found.statement, found.month.month
    lines = [
        t(
            lang, "pay.slip_head", month=month.start.month, year=month.year, name=found.person.name,
            number=found.person.employee_no, state=state(found, lang),
        )
    ]  # fmt: skip
    for component in Component:
        parts = made.of(component)
        if parts or component is Component.BASE:
            fen = sum(line.amount for line in parts)
            article = " · ".join(dict.fromkeys(line.article for line in parts))
            lines.append(t(lang, f"pay.{component.value}", amount=yuan(fen)) + (f" · {article}" if article else ""))
    lines += words.adjusted(found, lang)
    lines.append(t(lang, "pay.slip_total", total=yuan(found.payable), version=made.version))
    if not found.state.closed:
        lines.append(t(lang, "pay.slip_open", day=words.day_of(today)))
    if not made.total:
        lines += words.notes(found, lang, room=1)
    return "\n".join(lines)
