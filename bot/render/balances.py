"""Balances in words: what was agreed on, the reminder, and what is overdue for those who lead."""

# ruff: noqa: ARG001  (every renderer is given the same four things)

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.channels.port import Button, Message, Rows
from bot.render import deal_lines as say
from bot.render.call_lines import day_words
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.errors import Refusal
from core.rules.money import yuan
from core.rules.people import Person
from core.store.db import Tx
from core.usecases import balances
from core.usecases.balances import Balance

SHOWN = 4  # of those that are overdue; the sum counts all


def _customer(found: Balance, lang: str) -> str:
    return say.customer(found.paid.whole, lang) or t(lang, "balances.customer")


def agreed(found: Balance, lang: str) -> Message:
    """The receipt of who said the day."""
    text = t(
        lang, "balances.agreed", customer=_customer(found, lang), open=yuan(found.paid.open),
        day=day_words(found.due_on, lang),
    )  # fmt: skip
    return Message(text, (_row(found, lang),), subject=f"deal:{found.paid.whole.id}", protect=True)


def _row(found: Balance, lang: str) -> tuple[Button, ...]:
    args = {"id": found.paid.whole.id}
    return (
        Button(t(lang, "payments.record"), "payment.form", args, once=False),
        Button(t(lang, "balances.another_day"), "balance.form", args, once=False),
    )


def reminder(found: Balance, today: date, lang: str) -> Message:
    """It is due, or should have come in; what can be done about it."""
    key = "late" if found.due_on < today else "today" if found.due_on == today else "soon"
    values = {"customer": _customer(found, lang), "open": yuan(found.paid.open), "day": day_words(found.due_on, lang)}
    sums = t(
        lang, "balances.sums", total=yuan(found.paid.whole.amount), received=yuan(found.paid.received),
        signed=f"{found.paid.whole.head.signed_on:%m-%d}",
    )  # fmt: skip
    text = "\n".join([t(lang, f"balances.due_{key}", **values), sums])
    return Message(text, (_row(found, lang),), subject=f"deal:{found.paid.whole.id}", protect=True)


def mine(some: Sequence[Balance], today: date, lang: str) -> Message:
    """What a seller's customers still owe, a button for each."""
    total = yuan(sum(one.paid.open for one in some))
    lines = [t(lang, "balances.mine", count=len(some), total=total)]
    lines += [_line(one, today, lang) for one in some[:SHOWN]]
    rows: Rows = tuple(
        (
            Button(
                f"{_customer(one, lang)} {one.due_on:%m-%d}"[:40], "balance.show", {"id": one.paid.whole.id}, once=False
            ),
        )
        for one in some[:SHOWN]
    )
    return Message("\n".join(lines), rows, protect=True)


def _line(one: Balance, today: date, lang: str, *, seller: str = "") -> str:
    key = "line_late" if one.late(today) else "line"
    return seller + t(
        lang,
        f"balances.{key}",
        customer=_customer(one, lang),
        open=yuan(one.paid.open),
        day=day_words(one.due_on, lang),
    )


def late(some: Sequence[Balance], today: date, lang: str) -> Message:
    """What is overdue, seller by seller, for those who lead them."""
    lines = [t(lang, "balances.late_head", count=len(some), total=yuan(sum(one.paid.open for one in some)))]
    lines += [_line(one, today, lang, seller=f"{one.paid.whole.seller.name} · ") for one in some[:SHOWN]]
    if len(some) > SHOWN:
        lines.append(t(lang, "balances.more", count=len(some) - SHOWN))
    return Message("\n".join(lines), protect=True)


@notice("balance_due")
async def due(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To whoever sold: it falls due, or did."""
    try:
        found = await balances.of_deal(tx, int(data["deal"]))
    except Refusal:
        return None
    return reminder(found, tx.today, lang)


@notice("balances_late")
async def overdue(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To a head: what is overdue below them."""
    if person is None:
        return None
    some = await balances.late_below(tx, person, direct=True)
    return late(some, tx.today, lang) if some else None
