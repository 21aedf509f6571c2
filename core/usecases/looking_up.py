"""Looking customers up: their calls, their number, one's own by what was typed."""

from __future__ import annotations

from core.rules.errors import Refusal
from core.rules.people import Person, oversees
from core.store import calls, customers, people
from core.store.calls import Call
from core.store.customers import Customer
from core.store.db import Tx


async def history(
    tx: Tx, actor: Person, customer_id: int, *, limit: int, offset: int = 0
) -> tuple[Customer, list[Call]]:
    """A customer with the calls, the newest first: for its owner, whoever oversees them, and who is to visit."""
    customer = await customers.by_id(tx, customer_id)
    owner = await people.by_id(tx, customer.owner_id) if customer else None
    if customer is None or owner is None:
        raise Refusal("calls.gone")
    found = await calls.of_customer(tx, customer_id, limit=limit, offset=offset)
    if actor.id != owner.id and not oversees(actor, owner) and not await _visits(tx, actor, customer):
        raise Refusal("calls.not_yours")
    return customer, found


async def _visits(tx: Tx, actor: Person, customer: Customer) -> bool:
    newest = await calls.latest(tx, customer.id)
    return newest is not None and newest.visitor_id == actor.id


async def number_of(tx: Tx, actor: Person, customer_id: int) -> Customer:
    """A customer whose whole number may now be shown: to its owner, and to who is to visit (the owner is told).

    Every look is written into the audit trail. Supervisors see masked numbers. Raises Refusal `calls.number_not_yours`.
    """
    customer = await customers.by_id(tx, customer_id)
    if customer is None or customer.phone is None:
        raise Refusal("calls.gone")
    if customer.owner_id != actor.id:
        if not await _visits(tx, actor, customer):
            raise Refusal("calls.number_not_yours")
        await tx.notify(
            customer.owner_id, "number_seen", {"customer": customer.id, "by": actor.id},
            once=f"number-seen:{customer.id}:{actor.id}:{tx.today}",
        )  # fmt: skip
    await tx.note(actor.id, "customer.number_seen", f"customer:{customer.id}")
    return customer


async def find_mine(tx: Tx, person: Person, text: str, phone: str | None) -> list[Customer]:
    """One's own customers by number, last four, or name; the one contacted last first."""
    if phone is not None:
        mine = await customers.by_phone(tx, person.id, phone)
        return [mine] if mine else []
    words = text.strip()
    if words.isascii() and words.isdigit() and len(words) == 4:
        return await customers.ending_in(tx, person.id, words)
    return await customers.named(tx, person.id, words)
