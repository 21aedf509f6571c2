"""Deals 报单: handing one in, confirming, sending back, taking back, 退单; who is told and when (policy 8, 12-17, 52-54).

A 合单 is several rows decided as one; the first part's id is the deal's. Deadlines are notices with the guard
`deal:ID:ROUND`: they go out only while that very submission still waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.rules.calendar import Month
from core.rules.deals import DealKind, DealState
from core.rules.errors import Refusal
from core.rules.handing_in import check_day, check_seller, sells
from core.rules.names import clean_text
from core.rules.payments import counts_by_receipt
from core.rules.people import AGENTS, Person, Role, manages
from core.store import customers, deals, outbox, people
from core.store.customers import Customer
from core.store.db import Tx
from core.store.deals import Deal
from core.store.performance import counted, kinds_of, pricing
from core.usecases import calls, cheers, late_facts
from core.usecases.guards import guard
from core.usecases.whole_deals import (
    Whole,
    already,
    assistant_after,
    away,
    check_decision,
    confirmer_of,
    load,
    may_decide,
    seen_by,
)
from core.usecases.worth import Worth, worth

LONGEST = 500  # characters of a reason or a question
OPEN_RETURNS = timedelta(days=60)  # how long a returned deal stays on its seller's list


@dataclass(frozen=True, slots=True)
class Entry:
    """What a seller hands in. `partner_fen` is the other seller's part of `amount_fen` (合单)."""

    amount_fen: int
    kind: DealKind
    signed_on: date
    customer_id: int | None = None
    customer_name: str | None = None
    phone: str | None = None
    visitor_id: int | None = None
    partner_id: int | None = None
    partner_fen: int | None = None
    note: str | None = None


# --- handing in ----------------------------------------------------------------------------------------------------


async def draft_of(tx: Tx, seller: Person, entry: Entry) -> Whole:
    """The deal as it would be, for a review: nothing is written."""
    parts = [_imagined(seller, entry, entry.amount_fen - (entry.partner_fen or 0), tx.now)]
    everyone = await people.by_ids(tx, [i for i in (entry.visitor_id, entry.partner_id) if i is not None])
    sellers = [seller]
    if entry.partner_id is not None and entry.partner_fen is not None and entry.partner_id in everyone:
        partner = everyone[entry.partner_id]
        sellers.append(partner)
        parts.append(_imagined(partner, entry, entry.partner_fen, tx.now))
    return Whole(tuple(parts), tuple(sellers), everyone.get(entry.visitor_id or 0), None, None)


def _imagined(seller: Person, entry: Entry, fen: int, now: datetime) -> Deal:
    return Deal(
        id=0, seller_id=seller.id, team_id=seller.team_id, customer_id=entry.customer_id, amount_fen=fen, kind=entry.kind,
        visitor_id=entry.visitor_id if entry.kind is DealKind.DELEGATED else None, signed_on=entry.signed_on,
        state=DealState.PENDING, at=now, at_source="received", contacts=0, decided_by=None, decided_at=None, reason=None,
        note=entry.note, joint_id=None, once="",
    )  # fmt: skip


async def twin(tx: Tx, seller: Person, entry: Entry) -> Deal | None:
    """A deal of the last minutes that this one repeats: same amount, kind and customer. To be asked about, not refused."""
    customer = await _known_customer(tx, seller, entry)
    if customer is None:
        return None
    since = tx.now - timedelta(minutes=tx.policy.deals.duplicate_minutes)
    mine = entry.amount_fen - (entry.partner_fen or 0)
    same = {"seller_id": seller.id, "amount_fen": mine, "kind": entry.kind.value, "customer_id": customer.id}
    return await deals.alike(tx, same, since)


async def _known_customer(tx: Tx, seller: Person, entry: Entry) -> Customer | None:
    if entry.customer_id is not None:
        found = await customers.by_id(tx, entry.customer_id)
        return found if found is not None and found.owner_id == seller.id else None
    if entry.phone is not None:
        return await customers.by_phone(tx, seller.id, entry.phone)
    same = await customers.named(tx, seller.id, entry.customer_name or "")
    return next((c for c in same if c.name == entry.customer_name), None)


async def submit(
    tx: Tx, actor: Person, entry: Entry, *, at: datetime, at_source: str, once: str, renews: int | None = None
) -> Whole:
    """Hand a deal in, or (`renews`) a returned one again: it waits for its confirmer.

    The same `once` again gives the same deal. Raises Refusal: who may not sell, impossible days, amounts, visitors and
    partners; `deals.not_returned` when the deal to renew does not wait for that any more.
    """
    known = await deals.by_once(tx, once)
    if known is not None:
        return await load(tx, known.id)
    visitor, partner = await _checked(tx, actor, entry, at)
    customer = await _customer(tx, actor, entry)
    contacts = await calls.contacts(tx, customer.id) if customer else 0
    sellers = [(actor, entry.amount_fen - (entry.partner_fen or 0))]
    if partner is not None and entry.partner_fen is not None:
        sellers.append((partner, entry.partner_fen))
    history = await people.postings(tx, [seller.id for seller, _ in sellers])
    rows: list[dict[str, Any]] = []
    for number, (seller, fen) in enumerate(sellers, 1):
        post = people.posting_on(history.get(seller.id, ()), entry.signed_on)
        rows.append(
            {
                "seller_id": seller.id,
                "team_id": post.team_id if post else seller.team_id,
                "customer_id": customer.id if customer else None,
                "amount_fen": fen,
                "kind": entry.kind.value,
                "visitor_id": visitor.id if visitor else None,
                "signed_on": entry.signed_on,
                "at": at,
                "at_source": at_source,
                "contacts": contacts,
                "note": clean_text(entry.note).strip() or None if entry.note else None,
                "once": once if number == 1 else f"{once}:{number}",
            }
        )
    ids = await (_write(tx, rows) if renews is None else _renew(tx, actor, renews, rows))
    whole = await load(tx, ids[0])
    await tx.note(actor.id, "deal.handed_in" if renews is None else "deal.renewed", f"deal:{whole.id}")
    await _ask(tx, whole)
    return whole


async def _checked(tx: Tx, actor: Person, entry: Entry, at: datetime) -> tuple[Person | None, Person | None]:
    check_seller(actor)
    check_day(entry.signed_on, at.astimezone(tx.company.zone).date(), actor.hired_on)
    if not 0 < entry.amount_fen <= tx.policy.deals.max_fen:
        raise Refusal("deals.amount_out_of_range")
    visitor = partner = None
    if entry.kind is DealKind.DELEGATED:
        visitor = await people.by_id(tx, entry.visitor_id) if entry.visitor_id is not None else None
        if visitor is None or not visitor.works:
            raise Refusal("deals.visitor_missing")
        if visitor.id in {actor.id, entry.partner_id}:
            raise Refusal("deals.visitor_is_seller")
    if entry.partner_id is not None:
        partner = await people.by_id(tx, entry.partner_id)
        if partner is None or not sells(partner) or partner.id == actor.id:
            raise Refusal("deals.partner_cannot")
        if entry.partner_fen is None or not 0 < entry.partner_fen < entry.amount_fen:
            raise Refusal("deals.parts_must_add_up")
    return visitor, partner


async def _customer(tx: Tx, actor: Person, entry: Entry) -> Customer | None:
    if entry.customer_id is not None:
        found = await customers.by_id(tx, entry.customer_id)
        if found is None or found.owner_id != actor.id:
            raise Refusal("deals.customer_gone")
        return found
    if not entry.customer_name and not entry.phone:
        return None
    return await customers.find_or_create(tx, actor.id, entry.customer_name, entry.phone)


async def _write(tx: Tx, rows: list[dict[str, Any]]) -> list[int]:
    ids = []
    for row in rows:
        new = await deals.add(tx, state=DealState.PENDING.value, **row)
        if new is None:
            raise Refusal("deals.twice")
        ids.append(new)
    if len(ids) > 1:
        await deals.join(tx, ids)
    return ids


async def _renew(tx: Tx, actor: Person, deal_id: int, rows: list[dict[str, Any]]) -> list[int]:
    """The returned rows take the new values; parts may come and go."""
    before = await load(tx, deal_id)
    if before.seller.id != actor.id:
        raise Refusal("deals.not_yours")
    if before.head.state is not DealState.REJECTED:
        raise Refusal("deals.not_returned")
    if not await deals.renew(tx, before.id, {**rows[0], "joint_id": None}):
        raise Refusal("deals.not_returned")
    ids = [before.id]
    for part in before.parts[1:]:
        row = next((r for r in rows[1:] if r["seller_id"] == part.seller_id), None)
        if row is None:
            await deals.drop_part(tx, part.id)
        else:
            await deals.renew(tx, part.id, row)
            ids.append(part.id)
    for row in rows[1:]:
        if all(row["seller_id"] != part.seller_id for part in before.parts[1:]):
            ids += await _write(tx, [row])
    if len(ids) > 1:
        await deals.join(tx, ids)
    return ids


async def _ask(tx: Tx, whole: Whole) -> None:
    """Ask the confirmer; nudge after an hour; after four the assistant, who may then give it."""
    key, mark = f"deal:{whole.id}:wait:{whole.round}", f"deal:{whole.id}:{whole.round}"
    await outbox.cancel(tx, f"deal:{whole.id}:wait:")
    subject, data, terms = f"deal:{whole.id}", {"deal": whole.id}, tx.policy.deals
    confirmer = await confirmer_of(tx, whole)
    nudge_at = tx.now + timedelta(minutes=terms.nudge_minutes)
    escalate_at = tx.now + assistant_after(tx)
    if confirmer is not None:
        await tx.notify(confirmer.id, "deal_to_confirm", data, once=f"{key}:ask", subject=subject, guard=mark)
        nudge = data | {"minutes": terms.nudge_minutes}
        await tx.notify(
            confirmer.id, "deal_nudge", nudge, once=f"{key}:nudge", subject=subject, guard=mark, due_at=nudge_at
        )
    late = data | {"minutes": terms.assistant_after_minutes, "asked": confirmer.id if confirmer else None}
    for helper in await _standing_in(tx, whole, confirmer):
        once = f"{key}:late:{helper.id}"
        await tx.notify(helper.id, "deal_waits", late, once=once, subject=subject, guard=mark, due_at=escalate_at)
    for part, seller in zip(whole.parts[1:], whole.sellers[1:], strict=True):
        joint = data | {"part": part.amount_fen}
        await tx.notify(seller.id, "deal_joint", joint, once=f"{key}:joint:{seller.id}", subject=subject, guard=mark)


async def _standing_in(tx: Tx, whole: Whole, confirmer: Person | None) -> list[Person]:
    """Who hears of it after four hours: the assistants; for a head's own deal whoever asked is reminded once more."""
    if all(seller.role in AGENTS for seller in whole.sellers):
        helpers = [p for p in await people.assistants(tx) if not await away(tx, p)]
        if helpers:
            return helpers
    return [confirmer] if confirmer is not None else []


@guard("deal")
async def _still_waits(tx: Tx, what: str) -> bool:
    """Does this very submission still wait for its confirmation?"""
    deal_id, _, mark = what.partition(":")
    found = await deals.by_id(tx, int(deal_id))
    return found is not None and found.state is DealState.PENDING and found.once[:12] == mark


@guard("deal_counts")
async def _still_counts(tx: Tx, what: str) -> bool:
    """Is the deal (still) confirmed? A cancelled one is not cheered in the morning."""
    found = await deals.by_id(tx, int(what))
    return found is not None and found.state is DealState.CONFIRMED


# --- deciding ------------------------------------------------------------------------------------------------------


async def confirm(tx: Tx, actor: Person, deal_id: int) -> Whole:
    """It counts from now on. Of two who confirm at once one wins; the other's Refusal names the winner.

    Raises what `check_decision` raises. Whoever shows a deal before it is confirmed compares `Whole.round`: what was
    renewed since may be another deal.
    """
    before = await load(tx, deal_id)
    await check_decision(tx, actor, before)
    if not await deals.decide(tx, before.ids, DealState.CONFIRMED, by=actor.id):
        raise await already(tx, await load(tx, deal_id))
    whole = await load(tx, before.id)
    await outbox.cancel(tx, f"deal:{whole.id}:wait:")
    await tx.note(actor.id, "deal.confirmed", f"deal:{whole.id}")
    booked_in = await late_facts.book(tx, whole, gone=False, by=actor)
    posted = await cheers.celebrate(tx, whole.parts, whole.sellers, whole.visitor)
    for part, seller in zip(whole.parts, whole.sellers, strict=True):
        gain = await gain_of(tx, seller, whole, part)
        data = {
            "deal": whole.id,
            "part": part.amount_fen,
            **_told(gain),
            "groups": posted.groups,
            "later": posted.later,
            "booked_in": booked_in,
            "by_receipt": counts_by_receipt(tx.company.policy, whole.head.signed_on),
        }
        await _tell(tx, whole, seller.id, "deal_confirmed", data, "confirmed")
    if whole.visitor is not None:
        gain = await gain_of(tx, whole.visitor, whole, *whole.parts)
        data = {"deal": whole.id, **_told(gain), "booked_in": booked_in}
        await _tell(tx, whole, whole.visitor.id, "deal_visit_confirmed", data, "confirmed")
    await _tell_passed_over(tx, whole, actor)
    return whole


async def reject(tx: Tx, actor: Person, deal_id: int, reason: str) -> Whole:
    """Send it back with a reason; the seller may put it right and hand it in again."""
    said = _said(reason, "deals.reason_missing")
    before = await load(tx, deal_id)
    await check_decision(tx, actor, before)
    if not await deals.decide(tx, before.ids, DealState.REJECTED, by=actor.id, reason=said):
        raise await already(tx, await load(tx, deal_id))
    whole = await load(tx, before.id)
    await outbox.cancel(tx, f"deal:{whole.id}:wait:")
    await tx.note(actor.id, "deal.rejected", f"deal:{whole.id}")
    for seller in whole.sellers:
        await _tell(tx, whole, seller.id, "deal_rejected", {"deal": whole.id, "reason": said}, "rejected")
    if whole.visitor is not None:
        await _tell(tx, whole, whole.visitor.id, "deal_visit_off", {"deal": whole.id, "state": "rejected"}, "rejected")
    await _tell_passed_over(tx, whole, actor)
    return whole


async def withdraw(tx: Tx, actor: Person, deal_id: int) -> Whole:
    """Its seller takes back what nobody has decided, or gives up what was returned."""
    before = await load(tx, deal_id)
    if before.seller.id != actor.id:
        raise Refusal("deals.not_yours")
    asked = before.head.state is DealState.PENDING
    taken = (DealState.PENDING, DealState.REJECTED)
    if not await deals.decide(tx, before.ids, DealState.CANCELLED, by=actor.id, of=taken):
        raise await already(tx, await load(tx, deal_id))
    whole = await load(tx, before.id)
    await outbox.cancel(tx, f"deal:{whole.id}:wait:")
    await tx.note(actor.id, "deal.withdrawn", f"deal:{whole.id}")
    if asked:
        concerned = [await confirmer_of(tx, before), *before.sellers[1:]]
        for person in (p for p in concerned if p is not None):
            await _tell(tx, whole, person.id, "deal_withdrawn", {"deal": whole.id}, "withdrawn")
    return whole


async def cancel(tx: Tx, actor: Person, deal_id: int, reason: str) -> Whole:
    """退单: a head takes a pending or confirmed deal out of the count. Its month is computed again (policy 53)."""
    said = _said(reason, "deals.reason_missing")
    before = await load(tx, deal_id)
    if any(seller.id == actor.id for seller in before.sellers):
        raise Refusal("deals.own")
    if not all(manages(actor, seller) for seller in before.sellers):
        raise Refusal("deals.not_yours")
    counted = before.head.state is DealState.CONFIRMED
    taken = (DealState.PENDING, DealState.CONFIRMED)
    if not await deals.decide(tx, before.ids, DealState.CANCELLED, by=actor.id, reason=said, of=taken):
        raise await already(tx, await load(tx, deal_id))
    whole = await load(tx, before.id)
    await outbox.cancel(tx, f"deal:{whole.id}:wait:")
    await tx.note(actor.id, "deal.cancelled", f"deal:{whole.id}")
    booked_in = await late_facts.book(tx, whole, gone=True, by=actor) if counted else None
    for part, seller in zip(whole.parts, whole.sellers, strict=True):
        data: dict[str, object] = {"deal": whole.id, "reason": said, "counted": counted, "part": part.amount_fen}
        if counted:
            # What it had been worth is what it takes away: the same comparison, the other way round.
            data |= {"took": await _took(tx, seller, part), "booked_in": booked_in}
        await _tell(tx, whole, seller.id, "deal_cancelled", data, "cancelled")
    if whole.visitor is not None:
        await _tell(
            tx, whole, whole.visitor.id, "deal_visit_off", {"deal": whole.id, "state": "cancelled"}, "cancelled"
        )
    return whole


async def say(tx: Tx, actor: Person, deal_id: int, text: str, once: str) -> Person:
    """A question or an answer about a deal: a seller's goes to whoever decides, anybody else's to the seller."""
    said = _said(text, "deals.question_missing")
    whole = await seen_by(tx, actor, deal_id)
    if any(actor.id == seller.id for seller in whole.sellers):
        rejected = whole.head.state is DealState.REJECTED and whole.decider is not None
        to = whole.decider if rejected else await confirmer_of(tx, whole)
    else:
        to = whole.seller
    if to is None or to.id == actor.id:
        raise Refusal("deals.nobody_to_ask")
    data = {"deal": whole.id, "from": actor.id, "text": said}
    await tx.notify(to.id, "deal_said", data, once=f"deal:{whole.id}:said:{once}", subject=f"deal:{whole.id}")
    return to


def _said(text: str, missing: str) -> str:
    said = clean_text(text).strip()[:LONGEST]
    if not said:
        raise Refusal(missing)
    return said


async def _tell(tx: Tx, whole: Whole, person_id: int, notice: str, data: dict[str, object], what: str) -> None:
    once = f"deal:{whole.id}:{whole.round}:{what}:{person_id}"
    await tx.notify(person_id, notice, data, once=once, subject=f"deal:{whole.id}")


async def _tell_passed_over(tx: Tx, whole: Whole, actor: Person) -> None:
    """Whoever was asked hears that somebody else decided."""
    asked = await confirmer_of(tx, whole)
    if asked is not None and asked.id != actor.id:
        await _tell(tx, whole, asked.id, "deal_decided", {"deal": whole.id}, "decided")


async def follow_up(tx: Tx, actor: Person, deal_id: int, at: datetime) -> Whole:
    """稳单: remind the seller to call the customer again at `at` (002, step 4). The same moment twice is one reminder."""
    whole = await load(tx, deal_id)
    if all(actor.id != seller.id for seller in whole.sellers):
        raise Refusal("deals.not_yours")
    once = f"deal:{whole.id}:follow:{actor.id}:{int(at.timestamp())}"
    guarded = f"deal_counts:{whole.id}"
    await tx.notify(
        actor.id, "deal_follow", {"deal": whole.id}, once=once, subject=f"deal:{whole.id}", guard=guarded, due_at=at
    )
    return whole


# --- worth ---------------------------------------------------------------------------------------------------------


async def month_total(tx: Tx, seller: Person, month: Month) -> int:
    """What counts of a seller's month so far, in fen."""
    kinds = kinds_of(pricing(tx, month))
    return sum(
        one.fen
        for one in (await counted(tx, month.start, month.end, "person", kinds=kinds, person_ids=[seller.id])).values()
    )


async def gain_of(tx: Tx, person: Person, whole: Whole, *parts: Deal) -> Worth:
    """What these parts of a deal add to a person's month; correct before and after the confirmation."""
    facts = await deals.recognised(tx, list(parts))
    return await worth(tx, person, Month.of(whole.head.signed_on), facts, [part.id for part in parts])


async def _took(tx: Tx, seller: Person, part: Deal) -> list[tuple[str, int]]:
    """What a part that no longer counts had added to its seller's months, in fen: several where money came in by parts."""
    facts = await deals.recognised(tx, [part])
    return [
        (month.key, (await worth(tx, seller, month, facts, [part.id])).change.total)
        for month in sorted({Month.of(fact.signed_on) for fact in facts})
    ]


def _told(gain: Worth) -> dict[str, object]:
    """A worth as a notice carries it (fen; the rate as a text)."""
    step = gain.step
    return {
        "gain": gain.change.total,
        "commission": gain.change.commission,
        "month_total": gain.performance,
        "undetermined": gain.change.after.undetermined,
        "gap": step.gap if step else None,
        "rate": str(step.rate) if step else None,
    }


# --- lists ---------------------------------------------------------------------------------------------------------


async def to_decide(tx: Tx, actor: Person) -> list[Whole]:
    """What waits for this person's decision, the longest wait first."""
    if actor.role in AGENTS and not actor.is_owner:
        return []
    mine = []
    for part in await deals.waiting(tx):
        if part.head_id != part.id:
            continue
        whole = await load(tx, part.id)
        if not may_decide(tx, actor, whole):
            continue
        if (actor.role is Role.ASSISTANT and not actor.is_owner) or (
            (asked := await confirmer_of(tx, whole)) is not None and asked.id == actor.id
        ):
            mine.append(whole)
    return mine


async def my_open(tx: Tx, actor: Person) -> tuple[list[Whole], list[Whole]]:
    """One's own deals that were returned, and those that wait for their confirmation."""
    returned = await deals.returned(tx, actor.id, tx.now - OPEN_RETURNS)
    pending = await deals.waiting(tx, seller_ids=[actor.id])
    return (
        [await load(tx, part.id) for part in returned if part.head_id == part.id],
        [await load(tx, part.id) for part in pending],
    )


async def ask_confirmation(tx: Tx, deal_id: int) -> None:
    """Put a waiting deal before whoever confirms it, with the reminders that follow."""
    await _ask(tx, await load(tx, deal_id))
