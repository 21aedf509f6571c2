"""The holder of the token must act: what the owner is told, and when (reliability D6)."""

from __future__ import annotations

from datetime import datetime

from core.store import facts, people
from core.store.db import Tx


async def token_refused(tx: Tx, channel: str) -> None:
    """401: nobody can be told now. Since when is remembered, over restarts too, until it can be said."""
    await facts.put_once(tx, _since(channel), tx.now.isoformat())


async def token_taken(tx: Tx, channel: str) -> None:
    """The token works. If it was refused before, the owner hears from when to when, once."""
    began = await facts.take(tx, _since(channel))
    if began is not None:
        data = {"channel": channel, "began": began, "ended": tx.now.isoformat()}
        await _tell(tx, "token_refused", data, f"refused:{channel}:{datetime.fromisoformat(began):%Y%m%dT%H%M%S}")


async def token_shared(tx: Tx, channel: str) -> None:
    """409 that lasts: sending works, so the owner hears it at once; again after an hour if it comes back."""
    await _tell(tx, "token_shared", {"channel": channel}, f"shared:{channel}:{tx.now:%Y%m%dT%H}")


async def webhook_unreached(tx: Tx, channel: str) -> None:
    """Updates wait at the network and none gets through: sending works, so the owner hears it; once an hour at most."""
    await _tell(tx, "webhook_unreached", {"channel": channel}, f"unreached:{channel}:{tx.now:%Y%m%dT%H}")


async def _tell(tx: Tx, notice: str, data: dict[str, str], key: str) -> None:
    for person in await people.everybody(tx):
        if person.is_owner:
            await tx.notify(person.id, notice, data, once=f"alarm:{key}:{person.id}")


def _since(channel: str) -> str:
    return f"{channel}.refused"
