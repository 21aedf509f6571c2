"""Payments: money that came in for a deal, entered by its seller, confirmed by whoever confirms the deal (52, 53b).

Only a confirmed payment counts, on the day it came in, and only for pay where the policy of the signing month counts
receipts. One that is taken back, or concerns a month that is locked, leaves a difference in the open month (53, 54).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.rules.calendar import Month
from core.rules.closing import open_period
from core.rules.deals import DealState
from core.rules.errors import Refusal
from core.rules.names import clean_text
from core.rules.pay import DealFact
from core.rules.payments import PaymentKind, check_receipt, kind_of
from core.rules.people import Person, manages
from core.store import deals, months, outbox, payments, people
from core.store.db import Tx
from core.store.payments import Receipt, State
from core.usecases import booking, cheers, late_facts
from core.usecases.guards import guard
from core.usecases.whole_deals import Whole, confirmer_of, entitled, load, seen_by

LONGEST = 300  # characters of a reason
LOOK_BACK = timedelta(days=400)  # how long an unpaid deal stays on its seller's list


@dataclass(frozen=True, slots=True)
class Paid:
    """A deal with its money, in fen: what came in and counts, what waits to be confirmed, what is open."""

    whole: Whole
    receipts: tuple[Receipt, ...]

    @property
    def received(self) -> int:
        """Confirmed."""
        return sum(one.amount_fen for one in self.receipts if one.state is State.CONFIRMED)

    @property
    def pending(self) -> int:
        """Entered, not confirmed."""
        return sum(one.amount_fen for one in self.receipts if one.state is State.PENDING)

    @property
    def open(self) -> int:
        """What nobody has entered yet."""
        return max(0, self.whole.amount - self.received - self.pending)


async def paid(tx: Tx, whole: Whole) -> Paid:
    """A deal with its money."""
    return Paid(whole, tuple((await payments.of_deals(tx, [whole.id])).get(whole.id, ())))


async def open_deals(tx: Tx, seller: Person) -> list[Paid]:
    """A seller's confirmed deals whose money is not all in, the newest first."""
    mine = await deals.of_person(tx, seller.id, tx.today - LOOK_BACK, tx.today, states=[DealState.CONFIRMED])
    heads = list(dict.fromkeys(deal.head_id for deal in mine))
    known = await payments.of_deals(tx, heads)
    found = []
    for head in heads:
        one = Paid(await load(tx, head), tuple(known.get(head, ())))
        if one.open:
            found.append(one)
    return found


# --- entering ---------------------------------------------------------------------------------------------------------


async def enter(
    tx: Tx, actor: Person, deal_id: int, fen: int, day: date, kind: PaymentKind | None, *,
    at: datetime, at_source: str, once: str,
) -> tuple[Paid, Receipt]:  # fmt: skip
    """Write down that money came in. A seller's entry waits for its confirmer; of whoever confirms it counts at once.

    The same `once` again gives the same payment. Raises Refusal: a deal that does not count, more than is open, days that
    cannot be, somebody else's deal.
    """
    before = await payments.by_once(tx, once)
    if before is not None:
        return await paid(tx, await load(tx, before.deal_id)), before
    whole = await seen_by(tx, actor, deal_id)
    sells = any(actor.id == seller.id for seller in whole.sellers)
    if not sells and not entitled(tx, actor, whole):
        raise Refusal("deals.not_yours")
    if whole.head.state is not DealState.CONFIRMED:
        raise Refusal("payments.not_confirmed")
    now = await paid(tx, whole)
    today = max(tx.today, at.astimezone(tx.company.zone).date())  # the network's clock may be ahead of ours
    check_receipt(fen, whole.amount, now.received + now.pending, day, whole.head.signed_on, today)
    new = await payments.add(
        tx, deal_id=whole.id, kind=kind_of(fen, whole.amount, now.received + now.pending, kind).value, amount_fen=fen,
        received_on=day, entered_by=actor.id, at=at, at_source=at_source, once=once,
    )  # fmt: skip
    if new is None:
        raise Refusal("deals.twice")
    await tx.note(actor.id, "payment.entered", f"deal:{whole.id}", {"payment": new})
    if not sells:
        await confirm(tx, actor, new)
    else:
        confirmer = await confirmer_of(tx, whole)
        if confirmer is not None:
            await tx.notify(
                confirmer.id, "payment_to_confirm", {"payment": new}, once=f"payment:{new}:ask",
                subject=f"deal:{whole.id}", guard=f"payment:{new}",
            )  # fmt: skip
    return await paid(tx, whole), await _get(tx, new)


async def _get(tx: Tx, payment_id: int) -> Receipt:
    found = await payments.by_id(tx, payment_id)
    if found is None:
        raise Refusal("payments.gone")
    return found


@guard("payment")
async def _still_waits(tx: Tx, what: str) -> bool:
    """Does this payment still wait to be confirmed?"""
    found = await payments.by_id(tx, int(what))
    return found is not None and found.state is State.PENDING


# --- deciding ---------------------------------------------------------------------------------------------------------


async def confirm(tx: Tx, actor: Person, payment_id: int) -> tuple[Paid, Receipt]:
    """It came in. Of two who confirm at once one wins. Raises Refusal: nobody confirms their own."""
    one, whole = await _to_decide(tx, actor, payment_id)
    before = await deals.recognised(tx, whole.parts)
    if whole.head.state is not DealState.CONFIRMED:
        raise Refusal("payments.not_confirmed")
    if not await payments.decide(tx, one.id, State.CONFIRMED, by=actor.id):
        raise Refusal("payments.decided")
    await outbox.cancel(tx, f"payment:{one.id}:ask")
    await tx.note(actor.id, "payment.confirmed", f"deal:{whole.id}", {"payment": one.id})
    booked_in = await _recount(tx, whole, before, f"payment:{one.id}", actor)
    await cheers.crossing(tx, _added(before, await deals.recognised(tx, whole.parts)))
    await _tell(tx, whole, one, "payment_confirmed", {"booked_in": booked_in, "by": actor.name})
    return await paid(tx, whole), await _get(tx, one.id)


def _added(before: Sequence[DealFact], after: Sequence[DealFact]) -> list[DealFact]:
    """What counts now and did not: two receipts of one day and one amount are two."""
    left = Counter(after)
    left.subtract(before)
    return list(left.elements())


async def reject(tx: Tx, actor: Person, payment_id: int, reason: str) -> tuple[Paid, Receipt]:
    """It did not come in, or not so; the seller may enter it again. Raises Refusal."""
    one, whole = await _to_decide(tx, actor, payment_id)
    said = _said(reason)
    if not await payments.decide(tx, one.id, State.REJECTED, by=actor.id, reason=said):
        raise Refusal("payments.decided")
    await outbox.cancel(tx, f"payment:{one.id}:ask")
    await tx.note(actor.id, "payment.rejected", f"deal:{whole.id}", {"payment": one.id})
    await _tell(tx, whole, one, "payment_rejected", {"reason": said, "by": actor.name})
    return await paid(tx, whole), await _get(tx, one.id)


async def withdraw(tx: Tx, actor: Person, payment_id: int) -> tuple[Paid, Receipt]:
    """Whoever entered it takes back what nobody has decided. Raises Refusal."""
    one = await _get(tx, payment_id)
    if one.entered_by != actor.id:
        raise Refusal("deals.not_yours")
    if not await payments.decide(tx, one.id, State.REJECTED, by=actor.id):
        raise Refusal("payments.decided")
    await outbox.cancel(tx, f"payment:{one.id}:ask")
    whole = await load(tx, one.deal_id)
    await tx.note(actor.id, "payment.withdrawn", f"deal:{whole.id}", {"payment": one.id})
    return await paid(tx, whole), await _get(tx, one.id)


async def void(tx: Tx, actor: Person, payment_id: int, reason: str) -> tuple[Paid, Receipt]:
    """A head takes a confirmed payment back: paid out again, or entered wrongly. Its month is computed anew (53).

    Raises Refusal: one's own deal, somebody else's people, no reason, a payment that does not count.
    """
    one = await _get(tx, payment_id)
    whole = await load(tx, one.deal_id)
    if any(seller.id == actor.id for seller in whole.sellers):
        raise Refusal("deals.own")
    if not all(manages(actor, seller) for seller in whole.sellers):
        raise Refusal("deals.not_yours")
    said = _said(reason)
    before = await deals.recognised(tx, whole.parts)
    if not await payments.decide(tx, one.id, State.VOID, by=actor.id, reason=said, of=State.CONFIRMED):
        raise Refusal("payments.decided")
    await tx.note(actor.id, "payment.void", f"deal:{whole.id}", {"payment": one.id})
    booked_in = await _recount(tx, whole, before, f"payment-void:{one.id}", actor)
    await _tell(tx, whole, one, "payment_void", {"reason": said, "booked_in": booked_in, "by": actor.name})
    return await paid(tx, whole), await _get(tx, one.id)


async def _to_decide(tx: Tx, actor: Person, payment_id: int) -> tuple[Receipt, Whole]:
    one = await _get(tx, payment_id)
    whole = await load(tx, one.deal_id)
    if any(seller.id == actor.id for seller in whole.sellers):
        raise Refusal("deals.own")
    if not entitled(tx, actor, whole):
        raise Refusal("deals.not_yours")
    if one.state is not State.PENDING:
        raise Refusal("payments.decided")
    return one, whole


def _said(reason: str) -> str:
    said = clean_text(reason).strip()[:LONGEST]
    if not said:
        raise Refusal("deals.reason_missing")
    return said


async def _recount(tx: Tx, whole: Whole, before: Sequence[DealFact], cause: str, by: Person) -> str | None:
    """What the change means for months that are locked; the key of the open month it went into."""
    if whole.head.state is not DealState.CONFIRMED:
        return None  # of a cancelled deal nothing counts any more, whatever came in
    after = await deals.recognised(tx, whole.parts)
    touched = {Month.of(fact.signed_on) for fact in {*before} ^ {*after}}
    if not await late_facts.any_closed(tx, touched):
        return None
    period = open_period(tx.today, await months.last_locked(tx))
    entries = await booking.book_recount(tx, whole.ids, before, after, period=period, cause=cause, by=[by.id])
    return period.key if entries else None


async def _tell(tx: Tx, whole: Whole, one: Receipt, notice: str, data: dict[str, object]) -> None:
    for seller in whole.sellers:
        await tx.notify(
            seller.id, notice, data | {"payment": one.id}, once=f"payment:{one.id}:{notice}:{seller.id}",
            subject=f"deal:{whole.id}",
        )  # fmt: skip


async def to_confirm(tx: Tx, actor: Person) -> list[tuple[Receipt, Whole]]:
    """What waits for this person's yes, the longest first."""
    found = []
    for one in await payments.waiting(tx):
        whole = await load(tx, one.deal_id)
        asked = await confirmer_of(tx, whole)
        if asked is not None and asked.id == actor.id:
            found.append((one, whole))
    return found


async def receipt_of(tx: Tx, payment_id: int) -> tuple[Receipt, Paid, Person | None]:
    """A payment, its deal with all its money, and who entered it. Raises Refusal."""
    one = await _get(tx, payment_id)
    return one, await paid(tx, await load(tx, one.deal_id)), await people.by_id(tx, one.entered_by)
