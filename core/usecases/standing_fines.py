"""Fines that stand: who owes what, handed in, or taken back after all; the person hears of each (37, 38)."""

from __future__ import annotations

from dataclasses import dataclass

from core.rules.closing import open_period
from core.rules.errors import Refusal
from core.rules.ledger import Account
from core.rules.people import Person
from core.store import ledger, months, people
from core.store.db import Tx
from core.usecases import booking
from core.usecases.booking import may_decide


@dataclass(frozen=True, slots=True)
class Standing:
    """A fine nobody settled yet, in fen; `key` as it was assessed; `report`: weekly:2026-W47."""

    key: str
    person: Person
    report: str
    fen: int


async def standing(tx: Tx, actor: Person) -> list[Standing]:
    """All of them, the oldest first, but for the actor's own. Raises Refusal."""
    if not may_decide(actor):
        raise Refusal("ledger.not_yours")
    booked = await ledger.standing_fines(tx)
    who = await people.by_ids(tx, {int(person) for one in booked for person in one.entry.people})
    found = []
    for one in booked:
        theirs = next(p for p in one.entry.postings if p.account is Account.FINES_POSTED)
        person = who.get(int(theirs.person or 0))
        if person is not None and person.id != actor.id:
            key = one.entry.key.replace("fine-posted:", "fine:", 1)
            found.append(Standing(key, person, one.entry.refs[0], -theirs.fen))
    return found


async def settle(tx: Tx, actor: Person, key: str, *, handed_in: bool) -> Standing:
    """It was handed in, or is forgiven. Raises Refusal: somebody else was faster, one's own."""
    one = next((one for one in await standing(tx, actor) if one.key == key), None)
    if one is None:
        raise Refusal("ledger.fine_settled")
    period = open_period(tx.today, await months.last_locked(tx))
    if handed_in:
        await booking.collect(tx, key, period, [actor])
    else:
        await booking.forgive(tx, key, period, [actor])
    how = "collected" if handed_in else "forgiven"
    await tx.notify(
        one.person.id, "fine_settled", {"how": how, "report": one.report, "fen": one.fen}, once=f"{key}:{how}"
    )  # fmt: skip
    return one
