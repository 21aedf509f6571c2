"""A deal with everybody concerned: loading it, who may look at it, and who decides about it (policy 8, 52)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.rules import deciding
from core.rules.deals import DealState
from core.rules.errors import Refusal
from core.rules.handing_in import may_see
from core.rules.people import Person, Role
from core.store import customers, deals, leaves, people
from core.store.customers import Customer
from core.store.db import Tx
from core.store.deals import Deal


@dataclass(frozen=True, slots=True)
class Whole:
    """A deal with everybody concerned; `sellers` stand beside their `parts`."""

    parts: tuple[Deal, ...]
    sellers: tuple[Person, ...]
    visitor: Person | None
    customer: Customer | None
    decider: Person | None

    @property
    def head(self) -> Deal:
        """The part of whoever handed it in."""
        return self.parts[0]

    @property
    def id(self) -> int:
        """By which it is spoken of."""
        return self.head.id

    @property
    def seller(self) -> Person:
        """Who handed it in."""
        return self.sellers[0]

    @property
    def amount(self) -> int:
        """All parts, fen."""
        return sum(part.amount_fen for part in self.parts)

    @property
    def round(self) -> str:
        """Names this submission of it."""
        return self.head.once[:12]

    @property
    def ids(self) -> list[int]:
        """Its rows."""
        return [part.id for part in self.parts]


async def load(tx: Tx, deal_id: int) -> Whole:
    """A deal by its id or a part's. Raises Refusal `deals.gone`."""
    parts = await deals.parts(tx, deal_id)
    if not parts:
        raise Refusal("deals.gone")
    return await _whole(tx, parts)


async def _whole(tx: Tx, parts: Sequence[Deal]) -> Whole:
    head = parts[0]
    ids = {part.seller_id for part in parts} | {i for i in (head.visitor_id, head.decided_by) if i is not None}
    everyone = await people.by_ids(tx, ids)
    customer = await customers.by_id(tx, head.customer_id) if head.customer_id is not None else None
    return Whole(
        tuple(parts),
        tuple(everyone[part.seller_id] for part in parts),
        everyone.get(head.visitor_id or 0),
        customer,
        everyone.get(head.decided_by or 0),
    )


async def seen_by(tx: Tx, actor: Person, deal_id: int) -> Whole:
    """The same for somebody who may look at it. Raises Refusal `deals.not_yours`."""
    whole = await load(tx, deal_id)
    if not may_see(actor, whole.sellers, whole.head.visitor_id):
        raise Refusal("deals.not_yours")
    return whole


# --- who decides ---------------------------------------------------------------------------------------------------


def assistant_after(tx: Tx) -> timedelta:
    """How long a deal waits before the assistant may confirm it."""
    return timedelta(minutes=tx.policy.deals.assistant_after_minutes)


async def check_decision(tx: Tx, actor: Person, whole: Whole) -> None:
    """Raises Refusal: `deals.own`, `deals.not_yours`, `deals.already_…`, `deals.assistant_waits` (`at`: 21:20)."""
    if any(actor.id == seller.id for seller in whole.sellers):
        raise Refusal("deals.own")
    if not may_see(actor, whole.sellers, None):
        raise Refusal("deals.not_yours")
    if whole.head.state is not DealState.PENDING:
        raise await already(tx, whole)
    try:
        for part, seller in zip(whole.parts, whole.sellers, strict=True):
            deciding.check_decision(actor, seller, tx.now, part.at + assistant_after(tx))
    except Refusal as refusal:
        at = refusal.params.get("at")
        if isinstance(at, datetime):
            raise Refusal(refusal.key, at=f"{at.astimezone(tx.company.zone):%H:%M}") from None
        raise


def may_decide(tx: Tx, actor: Person, whole: Whole) -> bool:
    """May `actor` decide about every part of it, now?"""
    return whole.head.state is DealState.PENDING and _may(tx, actor, whole)


def entitled(tx: Tx, actor: Person, whole: Whole) -> bool:
    """Is `actor` among those who confirm such a deal, whatever became of it? Nobody confirms their own."""
    return all(actor.id != seller.id for seller in whole.sellers) and _may(tx, actor, whole)


def _may(tx: Tx, actor: Person, whole: Whole) -> bool:
    return all(
        deciding.may_decide(actor, seller, tx.now, part.at + assistant_after(tx))
        for part, seller in zip(whole.parts, whole.sellers, strict=True)
    )


async def already(tx: Tx, whole: Whole) -> Refusal:
    """Somebody was faster: who, and when."""
    head = whole.head
    who = whole.decider.name if whole.decider else ""
    at = f"{head.decided_at.astimezone(tx.company.zone):%H:%M}" if head.decided_at else ""
    return Refusal(f"deals.already_{head.state.value}", name=who, at=at)


async def away(tx: Tx, person: Person) -> bool:
    """On approved leave today?"""
    return bool(await leaves.approved_days(tx, [person.id], tx.today, tx.today))


async def confirmer_of(tx: Tx, whole: Whole) -> Person | None:
    """Who is asked: the first superior who may decide, is not on leave and can be reached; else the first who may."""
    first: Person | None = None
    person: Person | None = whole.seller
    tried: set[int] = set()
    while person is not None and person.id not in tried:
        tried.add(person.id)
        person = await people.superior_of(tx, person)
        if person is None or person.role is Role.ASSISTANT or not _may(tx, person, whole):
            continue
        first = first or person
        if not await away(tx, person) and await people.accounts_of(tx, person.id):
            return person
    if first is None:
        owners = [p for p in await people.everybody(tx) if p.is_owner and _may(tx, p, whole)]
        first = owners[0] if owners else None
    return first
