"""Somebody must act: what the owner is told about tokens and the policy file, and when (reliability D6, M3)."""

from __future__ import annotations

from datetime import datetime

from core.rules.closing import may_close
from core.rules.people import Person
from core.store import closed_books, facts, people
from core.store.db import Tx
from core.usecases import reach
from core.usecases.guards import guard


async def token_refused(tx: Tx, channel: str) -> None:
    """401: nobody can be told there now. An owner who has another way hears it at once; since when is remembered, over
    restarts too, until it is over."""
    if not await facts.put_once(tx, facts.refusal_of(channel), tx.now.isoformat()):
        return
    data = {"channel": channel, "began": tx.now.isoformat()}
    for person in await _owners(tx):
        if any(other != channel for other, _ in await reach.ways_to(tx, person.id)):
            once = f"alarm:refusing:{channel}:{tx.now:%Y%m%dT%H%M%S}:{person.id}"
            await tx.notify(person.id, "token_refusing", data, once=once, guard=f"refused:{channel}")


@guard("refused")
async def still_refused(tx: Tx, channel: str) -> bool:
    """Is it still so? Who could not be told meanwhile hears of it when it is over."""
    return await facts.get(tx, facts.refusal_of(channel)) is not None


async def token_taken(tx: Tx, channel: str) -> None:
    """The token works. If it was refused before, the owner hears from when to when, once."""
    began = await facts.take(tx, facts.refusal_of(channel))
    if began is not None:
        data = {"channel": channel, "began": began, "ended": tx.now.isoformat()}
        await _tell(tx, "token_refused", data, f"refused:{channel}:{datetime.fromisoformat(began):%Y%m%dT%H%M%S}")


async def token_shared(tx: Tx, channel: str) -> None:
    """409 that lasts: sending works, so the owner hears it at once; again after an hour if it comes back."""
    await _tell(tx, "token_shared", {"channel": channel}, f"shared:{channel}:{tx.now:%Y%m%dT%H}")


async def webhook_unreached(tx: Tx, channel: str) -> None:
    """Updates wait at the network and none gets through: sending works, so the owner hears it; once an hour at most."""
    await _tell(tx, "webhook_unreached", {"channel": channel}, f"unreached:{channel}:{tx.now:%Y%m%dT%H}")


async def policy_edited(tx: Tx, due: datetime) -> None:
    """A version that a closed month rests on reads otherwise now: the owner and whoever closes months hear it, once for
    each such edit. What was locked stays; a late refund would be reckoned by rules that never held."""
    for one in await closed_books.repriced(tx):
        data = {"month": one.month.key, "version": one.version, "now": one.now}
        for person in await people.everybody(tx):
            if person.is_owner or may_close(person):
                once = f"repriced:{one.month.key}:{one.reads}:{person.id}"
                await tx.notify(
                    person.id, "policy_edited", data, once=once, due_at=due, guard=f"repriced:{one.month.key}"
                )


@guard("repriced")
async def still_repriced(tx: Tx, month: str) -> bool:
    """Has nobody put it back?"""
    return any(one.month.key == month for one in await closed_books.repriced(tx))


async def _tell(tx: Tx, notice: str, data: dict[str, str], key: str) -> None:
    for person in await _owners(tx):
        await tx.notify(person.id, notice, data, once=f"alarm:{key}:{person.id}")


async def _owners(tx: Tx) -> list[Person]:
    return [person for person in await people.everybody(tx) if person.is_owner]
