"""The pay picture: one's own month, its lines, the way to the next rate, the year as bars. In private only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.render.pictures.drawing import Drawing
from bot.render.texts import t
from core.rules import ranking
from core.rules.calendar import Month
from core.rules.money import percent, yuan, yuan_short
from core.rules.pay import Statement
from core.rules.people import AGENTS
from core.usecases.pay import Earnings

Year = Sequence[tuple[Month, Statement | None]]


def card(found: Earnings, year: Year, today: date, lang: str) -> Drawing:
    """The month and its year."""
    month = found.month.month
    still_open = not found.state.closed
    under = t(lang, "pictures.pay_open", day=f"{today:%m-%d}") if month == Month.of(today) else ""
    data: dict[str, Any] = {
        "lang": lang,
        "title": t(lang, "pictures.pay_title", month=_name(month, lang), year=month.year),
        "subtitle": under,
        "tag": found.person.name,
        "total-label": t(lang, "pictures.pay_so_far" if still_open else "pictures.pay_total"),
        "total": yuan(found.payable),
        "lines": _lines(found, lang),
        "ahead": _ahead(found, lang),
        "year": _year(year, month, lang),
        "foot": t(lang, "pictures.pay_pending", count=found.pending, amount=yuan_short(found.pending_fen))
        if found.pending
        else "",
    }
    return {"template": "pay", "data": data}


def _name(month: Month, lang: str) -> str:
    return str(month.start.month) if lang == "zh" else f"{month.start:%B}"


def _lines(found: Earnings, lang: str) -> list[dict[str, str]]:
    made = found.statement
    rows = [("pay_base", made.base, True), ("pay_commission", made.commission, found.person.role in AGENTS)]
    rows += [("pay_shares", made.shares, False), ("pay_sms", made.sms, False), ("pay_top_up", made.top_up, False)]
    rows.append(("pay_adjusted", found.payable - made.total, False))
    return [{"label": t(lang, f"pictures.{key}"), "value": yuan(fen)} for key, fen, always in rows if fen or always]


def _ahead(found: Earnings, lang: str) -> dict[str, Any] | None:
    """Performance and the next step as a bar; nothing for posts that sell nothing."""
    made = found.statement
    if found.person.role not in AGENTS:
        return None
    title, value = t(lang, "pictures.pay_performance"), yuan_short(made.performance)
    if found.basis is not None:
        line = t(
            lang, "pictures.pay_to_basis", gap=yuan_short(found.basis.gap), gain=yuan(found.basis.worth.base)
        )  # fmt: skip
        bar = ranking.per_mille(made.performance, found.basis.threshold)
    elif found.step is not None:
        line = t(lang, "pictures.pay_to_rate", gap=yuan_short(found.step.gap), rate=percent(found.step.rate))
        bar = ranking.per_mille(made.performance, found.step.threshold)
    else:
        line, bar = t(lang, "pictures.pay_top"), 1000
    return {"title": title, "value": value, "bar": bar, "line": line}


def _year(year: Year, shown: Month, lang: str) -> dict[str, Any]:
    totals = [made.total for _, made in year if made is not None]
    best = max(totals, default=0)
    months = [
        {
            "label": f"{month.start:%m}".lstrip("0") if lang == "zh" else f"{month.start:%b}",
            "bar": None if made is None else ranking.per_mille(made.total, best),
            "value": _rounded(made.total) if made is not None else "",
            "now": month == shown,
        }
        for month, made in year
    ]
    return {
        "title": t(lang, "pictures.pay_year", year=shown.year),
        "note": t(lang, "pictures.pay_year_total", total=yuan(sum(totals))),
        "months": months,
    }


def _rounded(fen: int) -> str:
    """A whole number of yuan over a bar, cut towards zero: the exact sum stands in the chat."""
    return yuan_short((abs(fen) // 100 * 100) * (-1 if fen < 0 else 1))
