"""尾款: agreeing on the day it is due, reminding whoever sold, showing heads what is overdue (53b; docs/manners.md 2.6).

Reminders are off where signatures count and no deposit came in: there the money is no matter of this bot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.rules.balances import check_due, is_chased, reminded_on
from core.rules.deals import DealState
from core.rules.errors import Refusal
from core.rules.payments import Payment, PaymentKind, overdue
from core.rules.people import Person, manages
from core.store import dues, leaves, people
from core.store.db import BULK, Tx
from core.store.dues import Due
from core.usecases import payments
from core.usecases.guards import guard
from core.usecases.payments import Paid
from core.usecases.whole_deals import entitled, load, seen_by

AROUND = timedelta(days=30)  # how far before or after its day a balance can be spoken of
STALE = timedelta(hours=9)  # a reminder nobody could receive that working day is not sent


@dataclass(frozen=True, slots=True)
class Balance:
    """The rest of a deal's money and the day it is due."""

    paid: Paid
    due_on: date

    @property
    def plan(self) -> tuple[Payment, ...]:
        """What came in, and what is expected, in the rules' words."""
        rest = Payment(PaymentKind.BALANCE, self.paid.open, due_on=self.due_on)
        return (*(receipt.fact for receipt in self.paid.receipts), *([rest] if self.paid.open else []))

    def late(self, today: date) -> bool:
        """Should it have come in by now?"""
        return bool(overdue(self.plan, today))


async def agree(tx: Tx, actor: Person, deal_id: int, day: date) -> Balance:
    """The rest is due on `day`; said again it is another day. Raises Refusal: a deal that does not count, or of which
    nobody is reminded, somebody else's, an impossible day."""
    whole = await seen_by(tx, actor, deal_id)
    if all(actor.id != seller.id for seller in whole.sellers) and not entitled(tx, actor, whole):
        raise Refusal("deals.not_yours")
    if whole.head.state is not DealState.CONFIRMED:
        raise Refusal("payments.not_confirmed")
    found = await payments.paid(tx, whole)
    known = found.received + found.pending
    check_due(day, whole.head.signed_on, whole.amount, known, tx.today)
    if not is_chased(tx.company.policy, whole.head.signed_on, known):
        raise Refusal("balances.no_deposit")
    await dues.put(tx, whole.id, day, actor.id)
    await tx.note(actor.id, "payment.due", f"deal:{whole.id}", {"day": day.isoformat()})
    return Balance(found, day)


async def of_deal(tx: Tx, deal_id: int) -> Balance:
    """A deal's balance. Raises Refusal when no day was agreed on or nothing is open."""
    day = await dues.of_deal(tx, deal_id)
    found = await payments.paid(tx, await load(tx, deal_id))
    if day is None or not found.open or found.whole.head.state is not DealState.CONFIRMED:
        raise Refusal("balances.none")
    return Balance(found, day)


async def of_seller(tx: Tx, seller: Person) -> list[Balance]:
    """What somebody's customers still owe, the earliest first."""
    return await _loaded(tx, await dues.open_between(tx, None, date.max, [seller.id]))


async def late_below(tx: Tx, head: Person, *, direct: bool = False) -> list[Balance]:
    """What is overdue at those whom `head` leads (`direct`: whose superior they are), the longest first."""
    late = [one for one in await dues.open_between(tx, None, tx.today) if one.due_on < tx.today]
    sellers = await people.by_ids(tx, {one.seller_id for one in late})
    mine = set()
    for seller in sellers.values():
        if direct:
            superior = await people.superior_of(tx, seller)
            if superior is not None and superior.id == head.id:
                mine.add(seller.id)
        elif seller.id != head.id and manages(head, seller):
            mine.add(seller.id)
    return await _loaded(tx, [one for one in late if one.seller_id in mine])


async def _loaded(tx: Tx, some: Sequence[Due]) -> list[Balance]:
    return [Balance(await payments.paid(tx, await load(tx, one.deal_id)), one.due_on) for one in some]


@guard("balance")
async def _still_open(tx: Tx, what: str) -> bool:
    """Is that very day still the one agreed on, and something open?"""
    deal_id, _, day = what.partition(":")
    try:
        found = await of_deal(tx, int(deal_id))
    except Refusal:
        return False
    return found.due_on.isoformat() == day


async def remind(tx: Tx) -> None:
    """Today's reminders: the seller's, at most three a balance; the head's on the day something became overdue."""
    today = tx.today
    some = await dues.open_between(tx, today - AROUND, today + AROUND)
    sellers = await people.by_ids(tx, {one.seller_id for one in some})
    away = await leaves.approved_days(tx, sellers.keys(), today - AROUND * 2, today + AROUND * 2)
    calendar = tx.company.calendar.guessing()
    heads: dict[int, int] = {}
    for one in some:
        seller = sellers[one.seller_id]
        workweek, absent = seller.workweek or tx.policy.work.workweek, away.get(seller.id, frozenset())
        days = reminded_on(
            one.due_on, lambda day, w=workweek, a=absent: day not in a and calendar.is_workday(day, w)  # type: ignore[misc]
        )  # fmt: skip
        if today not in days:
            continue
        step = 1 + days.index(today)
        superior = await people.superior_of(tx, seller)
        asked = seller if seller.works else superior
        if asked is not None:
            await tx.notify(
                asked.id, "balance_due", {"deal": one.deal_id}, once=f"balance:{one.deal_id}:{one.due_on}:{step}",
                subject=f"deal:{one.deal_id}", guard=f"balance:{one.deal_id}:{one.due_on}", expires_at=tx.now + STALE,
                rank=BULK,
            )  # fmt: skip
        if step == 2 and superior is not None and superior.id != (asked.id if asked else None):
            heads[superior.id] = heads.get(superior.id, 0) + 1
    for head in heads:
        await tx.notify(
            head, "balances_late", {}, once=f"balances:{head}:{today}", expires_at=tx.now + STALE, rank=BULK
        )  # fmt: skip
