"""The inbox: a raw update is committed here before the network hears that we have it (D2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from core.store import models as m
from core.store.db import Tx

PARKED_AFTER = 3


@dataclass(frozen=True, slots=True)
class Row:
    """An update that waits to be handled."""

    id: int
    channel: str
    sender: str
    raw: Any
    received_at: datetime
    attempts: int


async def put(tx: Tx, channel: str, key: str, sender: str, dedupe: str | None, raw: Any) -> int | None:
    """Keep a raw update; None when we have it already."""
    return await tx.insert_once(
        m.inbox, channel=channel, key=key, dedupe=dedupe, sender=sender, raw=raw, received_at=tx.now
    )


async def park_unread(tx: Tx, channel: str, key: str, raw: Any, error: str) -> None:
    """Keep what could not even be opened, out of everybody's way."""
    await tx.insert_once(
        m.inbox, channel=channel, key=key, sender="?", raw=raw, received_at=tx.now, state="parked", error=error
    )


async def claim(tx: Tx) -> Row | None:
    """The oldest unfinished update of a sender whom nobody is serving; locked until the transaction ends.

    A later update of the same sender is never taken before the earlier one is finished or parked. On SQLite there is
    one writer, so the oldest of all is that; on PostgreSQL other processes' rows are passed over.
    """
    c, before = m.inbox.c, m.inbox.alias("before")
    older = (
        select(before.c.id)
        .where(before.c.state == "new", before.c.channel == c.channel, before.c.sender == c.sender, before.c.id < c.id)
        .exists()
    )
    row = await tx.first(
        select(c.id, c.channel, c.sender, c.raw, c.received_at, c.attempts)
        .where(c.state == "new", ~older)
        .order_by(c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return None if row is None else Row(*row)


async def hold(tx: Tx, row: Row) -> bool:
    """Lock a row that was claimed before, in a new transaction; False when another process took it in between."""
    c = m.inbox.c
    found = await tx.scalar(
        select(c.id)
        .where(c.id == row.id, c.state == "new", c.attempts == row.attempts)
        .with_for_update(skip_locked=True)
    )
    return found is not None


async def finish(tx: Tx, row_id: int) -> None:
    """Handled: the payload is emptied, the keys stay to know a repeat."""
    await tx.run(update(m.inbox).where(m.inbox.c.id == row_id).values(state="done", raw=None, done_at=tx.now))


async def failed(tx: Tx, row: Row, error: str) -> bool:
    """Count a failure; True when the row is parked now and lets the queue go on.

    Between the failure and this another process may have taken the row: then it is no longer ours to count.
    """
    c = m.inbox.c
    attempts = row.attempts + 1
    parked = attempts >= PARKED_AFTER
    done = await tx.run(
        update(m.inbox)
        .where(c.id == row.id, c.state == "new", c.attempts == row.attempts)
        .values(attempts=attempts, error=error[:500], state="parked" if parked else "new")
    )
    return parked and done.rowcount == 1
