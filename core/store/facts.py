"""Single values: the heartbeat, when the jobs began, what was announced."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from core.store import models as m
from core.store.db import Tx


async def get(tx: Tx, name: str) -> Any:
    """A value, or None."""
    return await tx.scalar(select(m.facts.c.value).where(m.facts.c.name == name))


async def several(tx: Tx, names: Collection[str]) -> dict[str, Any]:
    """Those of these values that are set."""
    c = m.facts.c
    return {row[0]: row[1] for row in await tx.all(select(c.name, c.value).where(c.name.in_(names)))}


async def put(tx: Tx, name: str, value: Any) -> None:
    """Set a value."""
    if await tx.insert_once(m.facts, name=name, value=value, at=tx.now) is None:
        await tx.run(update(m.facts).where(m.facts.c.name == name).values(value=value, at=tx.now))


async def put_once(tx: Tx, name: str, value: Any) -> bool:
    """Set a value unless it is set; True when it was not."""
    return await tx.insert_once(m.facts, name=name, value=value, at=tx.now) is not None


async def take(tx: Tx, name: str) -> Any:
    """A value, which is forgotten with that: of several processes one gets it. None when it is not set."""
    return await tx.scalar(delete(m.facts).where(m.facts.c.name == name).returning(m.facts.c.value))


def refusal_of(channel: str) -> str:
    """Since when a network refuses our credentials, as the name of a value."""
    return f"{channel}.refused"


async def refusing(tx: Tx, channels: Collection[str]) -> set[str]:
    """Of these networks, those that refuse our credentials, whichever process tried."""
    known = await several(tx, [refusal_of(channel) for channel in channels])
    return {channel for channel in channels if refusal_of(channel) in known}


async def heartbeat(tx: Tx) -> None:
    """We are alive and receiving, on the company's clock."""
    await put(tx, "alive", tx.now.isoformat())


async def last_alive(tx: Tx) -> datetime | None:
    """When we were last alive."""
    # Two processes that come back at once: the second waits, and sees what the first has written.
    value = await tx.scalar(select(m.facts.c.value).where(m.facts.c.name == "alive").with_for_update())
    return datetime.fromisoformat(value) if value else None


async def outage(tx: Tx, began: datetime, ended: datetime) -> None:
    """Write down that we were away: it extends a deadline it touches (policy 39)."""
    await tx.insert(m.outages, began_at=began, ended_at=ended)


async def outages(tx: Tx, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Our outages that touch a span."""
    c = m.outages.c
    rows = await tx.all(select(c.began_at, c.ended_at).where(c.ended_at >= since, c.began_at <= until).order_by(c.id))
    return [(row[0], row[1]) for row in rows]
