"""The activity fund: half of every fine that stands; two people spend it, and everybody who paid sees on what (38, G6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.rules import ledger as rules
from core.rules.closing import open_period
from core.rules.errors import Refusal
from core.rules.ledger import Account
from core.rules.names import clean_text
from core.rules.people import Person
from core.store import fund, ledger, months, people
from core.store.db import Tx
from core.store.fund import Request, State
from core.usecases import booking
from core.usecases.booking import may_decide

LONGEST = 100  # characters of a purpose
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Fund:
    """What it holds (fen), what it was spent on (newest first), what waits for a second person."""

    held: int
    spent: tuple[Request, ...]
    waiting: tuple[Request, ...]


async def look(tx: Tx, actor: Person) -> Fund:
    """For whoever decides about money and everybody who ever paid. Raises Refusal."""
    if not may_decide(actor) and actor.id not in await booking.payers(tx):
        raise Refusal("ledger.fund_payers")
    return Fund(
        await _held(tx),
        tuple(await fund.latest(tx, State.SPENT, SHOWN)),
        tuple(await fund.latest(tx, State.OPEN, SHOWN)),
    )


async def _held(tx: Tx) -> int:
    return rules.fund(await ledger.balances(tx, accounts=[Account.FUND]))


async def ask(tx: Tx, actor: Person, fen: int, purpose: str, *, at: datetime, at_source: str, once: str) -> Request:
    """Propose to spend; a second person agrees. The same `once` is one request. Raises Refusal."""
    if not may_decide(actor):
        raise Refusal("ledger.not_yours")
    said = clean_text(purpose).strip()[:LONGEST]
    if not said:
        raise Refusal("ledger.fund_how")
    held = await _held(tx)
    if not 0 < fen <= held:
        raise Refusal("ledger.fund_short", held=held, wanted=fen)
    new = await fund.add(
        tx, amount_fen=fen, purpose=said, asked_by=actor.id, at=at, at_source=at_source, once=once
    )  # fmt: skip
    if new is None:
        raise Refusal("ledger.fund_decided")
    await tx.note(actor.id, "fund.asked", f"fund:{new}")
    for other in await people.everybody(tx):
        if other.id != actor.id and may_decide(other):
            await tx.notify(other.id, "fund_to_agree", {"request": new}, once=f"fund:{new}:ask:{other.id}")
    return await _get(tx, new)


async def _get(tx: Tx, request_id: int) -> Request:
    found = await fund.by_id(tx, request_id)
    if found is None:
        raise Refusal("ledger.fund_decided")
    return found


async def agree(tx: Tx, actor: Person, request_id: int) -> Request:
    """The second person's yes: it is spent, and everybody who paid hears on what. Raises Refusal."""
    one, asker = await _open(tx, actor, request_id)
    if actor.id == one.asked_by:
        raise Refusal("ledger.two_people")
    period = open_period(tx.today, await months.last_locked(tx))
    if not await fund.decide(tx, one.id, State.SPENT, actor.id):
        raise Refusal("ledger.fund_decided")
    await booking.spend(tx, f"request:{one.id}", one.fen, period, [asker, actor])
    for person in await _payers(tx):
        await tx.notify(person.id, "fund_spent", {"request": one.id}, once=f"fund:{one.id}:spent:{person.id}")
    return await _get(tx, one.id)


async def decline(tx: Tx, actor: Person, request_id: int) -> Request:
    """Not for this, or thought better of. Raises Refusal."""
    one, _ = await _open(tx, actor, request_id)
    if not await fund.decide(tx, one.id, State.DECLINED, actor.id):
        raise Refusal("ledger.fund_decided")
    await tx.note(actor.id, "fund.declined", f"fund:{one.id}")
    if actor.id != one.asked_by:
        await tx.notify(one.asked_by, "fund_declined", {"request": one.id}, once=f"fund:{one.id}:declined")
    return await _get(tx, one.id)


async def _open(tx: Tx, actor: Person, request_id: int) -> tuple[Request, Person]:
    if not may_decide(actor):
        raise Refusal("ledger.not_yours")
    one = await _get(tx, request_id)
    asker = await people.by_id(tx, one.asked_by)
    if one.state is not State.OPEN or asker is None:
        raise Refusal("ledger.fund_decided")
    return one, asker


async def _payers(tx: Tx) -> Sequence[Person]:
    found = await people.by_ids(tx, await booking.payers(tx))
    return [person for person in found.values() if person.works]
