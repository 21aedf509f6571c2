"""Why a month carries something for an earlier one: the deal that went or came late, or what somebody wrote."""

from __future__ import annotations

from bot.render.deal_lines import signed
from bot.render.pay import adjusted
from bot.render.report_text import short
from bot.render.texts import t
from core.rules.closing import Adjusted
from core.rules.money import yuan_short
from core.store import deals, months
from core.store.db import Tx
from core.usecases.pay import Earnings

SHOWN = 2  # a message has seven lines


async def lines(tx: Tx, found: Earnings, lang: str) -> list[str]:
    """One line for each of a few adjustments, all in one line where there are more."""
    some = found.due.adjustments
    if len(some) > SHOWN:
        return adjusted(found, lang)
    by_hand = {one.cause: one.reason for one in await months.adjustments(tx, found.month.month, found.person.id)}
    return [await _line(tx, one, by_hand.get(one.cause, ""), lang) for one in some]


async def _line(tx: Tx, one: Adjusted, reason: str, lang: str) -> str:
    values = {"amount": signed(one.fen), "month": one.about.start.month}
    kind, _, rest = one.cause.partition(":")
    deal = await deals.by_id(tx, int(rest.split(":")[0])) if kind in {"refund", "late"} else None
    if deal is not None:
        return t(lang, f"pay.why_{kind}", **values, day=f"{deal.signed_on:%m-%d}", deal=yuan_short(deal.amount_fen))
    return t(lang, "pay.why_written", **values, text=short(reason)) if reason else t(lang, "pay.adjusted", **values)
