"""How full the queues are: what came in and waits, what could not be read, what could not be sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from core.store import models as m
from core.store.db import Tx


@dataclass(frozen=True, slots=True)
class Queues:
    """Rows that need somebody or something."""

    inbox_new: int
    inbox_parked: int
    outbox_dead: int


async def full(tx: Tx) -> Queues:
    """The counts of this moment."""
    new = await tx.scalar(select(func.count()).select_from(m.inbox).where(m.inbox.c.state == "new"))
    parked = await tx.scalar(select(func.count()).select_from(m.inbox).where(m.inbox.c.state == "parked"))
    dead = await tx.scalar(select(func.count()).select_from(m.outbox).where(m.outbox.c.state == "dead"))
    return Queues(int(new or 0), int(parked or 0), int(dead or 0))
