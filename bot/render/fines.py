"""Fines that stand, in the words of the manners page: 待缴, never 罚款."""

# ruff: noqa: ARG001  (every renderer is given the same four things)

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.port import Message
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.money import yuan
from core.rules.people import Person
from core.store.db import Tx
from core.usecases.deductions import Switch
from core.usecases.standing_fines import Standing

PAGE = 3


def report_words(report: str, lang: str) -> str:
    """`周报 2026-W47`, `月报 2026-10`."""
    kind, _, period = report.partition(":")
    return t(lang, f"ledger.report_{kind}", period=period)


def line(one: Standing, lang: str) -> str:
    """`林晓燕 周报 2026-W47 50.00`."""
    return f"{one.person.name} {report_words(one.report, lang)} {yuan(one.fen)}"


def card(switch: Switch, some: Sequence[Standing], page: int, lang: str) -> str:
    """How fines are taken, and those that stand, a page at a time."""
    state = "off" if not switch.wanted else "on" if switch.on else "half" if switch.by else "waiting"
    lines = [t(lang, f"ledger.switch_{state}", version=switch.version)]
    total = sum(one.fen for one in some)
    lines.append(
        t(lang, "ledger.standing", count=len(some), total=yuan(total)) if some else t(lang, "ledger.none_stand")
    )
    return "\n".join([*lines, *(line(one, lang) for one in some[page * PAGE : (page + 1) * PAGE])])


@notice("fine_settled")
async def settled(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """What was noted about a report is settled."""
    text = t(
        lang, f"ledger.fine_{data['how']}", report=report_words(str(data["report"]), lang), amount=yuan(int(data["fen"]))
    )  # fmt: skip
    return Message(text, protect=True)
