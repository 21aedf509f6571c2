"""Payments in words: what came in for a deal and what is open, and the notices about it."""

# ruff: noqa: ARG001  (every renderer is given the same four things)

from __future__ import annotations

from bot.channels.port import Button, Message, Rows
from bot.render import deal_lines as say
from bot.render.months import month_said
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.balances import is_chased
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.money import yuan
from core.rules.people import Person, manages
from core.store.db import Tx
from core.store.payments import Receipt, State
from core.usecases import payments, whole_deals
from core.usecases.payments import Paid
from core.usecases.whole_deals import Whole

SHOWN = 3  # payments on a deal's page


def kind_words(one: Receipt, lang: str) -> str:
    """定金, 尾款."""
    return t(lang, f"payments.kind_{one.kind.value}")


def what(one: Receipt, whole: Whole, lang: str) -> str:
    """`定金 3,000.00 · 李总 138****8000`."""
    pieces = [f"{kind_words(one, lang)} {yuan(one.amount_fen)}", say.customer(whole, lang)]
    return " · ".join(piece for piece in pieces if piece)


def standing(found: Paid, lang: str) -> str:
    """The money of a deal on its page, from a new line on; "" where nothing came in."""
    if not found.receipts:
        return ""
    lines = [_sums(found, lang)]
    for one in found.receipts[-SHOWN:]:
        state = "" if one.state is State.CONFIRMED else t(lang, "payments.waits")
        lines.append(
            t(
                lang,
                "payments.line",
                kind=kind_words(one, lang),
                amount=yuan(one.amount_fen),
                day=f"{one.received_on:%m-%d}",
            )
            + state
        )
    return "\n" + "\n".join(lines)


def _sums(found: Paid, lang: str) -> str:
    if not found.open and not found.pending:
        return t(lang, "payments.all_in", total=yuan(found.received))
    return t(
        lang, "payments.sums", total=yuan(found.whole.amount), received=yuan(found.received),
        open=yuan(found.whole.amount - found.received),
    )  # fmt: skip


def buttons(tx: Tx, whole: Whole, found: Paid, me: Person, lang: str) -> tuple[Button, ...]:
    """What this person may do about the money of a deal that counts."""
    if whole.head.state.value != "confirmed":
        return ()
    args = {"id": whole.id}
    able = any(me.id == seller.id for seller in whole.sellers) or whole_deals.entitled(tx, me, whole)
    rows = [Button(t(lang, "payments.record"), "payment.form", args, once=False)] if able and found.open else []
    if rows and is_chased(tx.company.policy, whole.head.signed_on, found.received + found.pending):
        rows.append(Button(t(lang, "balances.set_day"), "balance.form", args, once=False))
    confirmed = any(one.state is State.CONFIRMED for one in found.receipts)
    if confirmed and all(manages(me, seller) for seller in whole.sellers):
        rows.append(Button(t(lang, "payments.take_back"), "payment.list", args, once=False))
    return tuple(rows)


def open_deal(found: Paid, lang: str) -> str:
    """`李总 138****8000 · 还差 7,000.00`."""
    return t(lang, "payments.open_deal", customer=say.customer(found.whole, lang) or "–", open=yuan(found.open))


def entered(one: Receipt, found: Paid, confirmer: Person | None, lang: str) -> Message:
    """The receipt of who entered it."""
    head = t(lang, "payments.entered", what=what(one, found.whole, lang), day=f"{one.received_on:%m-%d}")
    if one.state is State.CONFIRMED:
        return Message("\n".join([head, _sums(found, lang)]), subject=f"deal:{found.whole.id}", protect=True)
    to = t(lang, "payments.entered_to", name=confirmer.name) if confirmer else t(lang, "payments.entered_alone")
    row: tuple[Button, ...] = (Button(t(lang, "deals.withdraw"), "payment.withdraw", {"id": one.id}),)
    if found.open:
        row = (Button(t(lang, "balances.set_day"), "balance.form", {"id": found.whole.id}, once=False), *row)
    return Message("\n".join([head, to, _sums(found, lang)]), (row,), subject=f"deal:{found.whole.id}", protect=True)


def decision_row(one: Receipt, lang: str) -> Rows:
    """[确认到账] [退回]."""
    args = {"id": one.id}
    return (
        (
            Button(t(lang, "payments.confirm"), "payment.confirm", args),
            Button(t(lang, "deals.reject"), "payment.reject", args, once=False),
        ),
    )


def card(one: Receipt, found: Paid, who: Person | None, lang: str) -> Message:
    """What a confirmer needs to see."""
    lines = [
        t(lang, "payments.to_confirm", name=who.name if who else "", what=what(one, found.whole, lang)),
        t(lang, "payments.came_in", day=f"{one.received_on:%m-%d}"),
        _sums(found, lang),
    ]
    return Message("\n".join(lines), decision_row(one, lang), subject=f"deal:{found.whole.id}", protect=True)


def decided(one: Receipt, found: Paid, lang: str) -> str:
    """The receipt of who decided."""
    head = t(
        lang, f"payments.decided_{one.state.value}", what=what(one, found.whole, lang), name=found.whole.seller.name
    )
    return "\n".join([head, _sums(found, lang)])


async def _found(tx: Tx, data: Data) -> tuple[Receipt, Paid, Person | None] | None:
    try:
        return await payments.receipt_of(tx, int(data["payment"]))
    except Refusal:
        return None


@notice("payment_to_confirm")
async def to_confirm(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Money came in, somebody says."""
    found = await _found(tx, data)
    return card(*found, lang) if found else None


async def _told(tx: Tx, data: Data, lang: str, key: str) -> Message | None:
    found = await _found(tx, data)
    if found is None:
        return None
    one, money, _ = found
    lines = [t(lang, key, name=data["by"], what=what(one, money.whole, lang), reason=data.get("reason", ""))]
    if data.get("booked_in"):
        lines.append(t(lang, "deals.booked_in", month=month_said(Month.parse(data["booked_in"]), tx.today, lang)))
    lines.append(_sums(money, lang))
    row = (Button(t(lang, "deals.see_pay"), "deal.pay", {"id": money.whole.id}, once=False),)
    return Message("\n".join(lines), (row,), subject=f"deal:{money.whole.id}", protect=True)


@notice("payment_confirmed")
async def confirmed(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It counts."""
    return await _told(tx, data, lang, "payments.confirmed")


@notice("payment_rejected")
async def rejected(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It does not, and why."""
    return await _told(tx, data, lang, "payments.rejected")


@notice("payment_void")
async def voided(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It was taken back, and why."""
    return await _told(tx, data, lang, "payments.void")
