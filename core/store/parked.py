"""Updates that failed three times and were parked: which, since when, why; and what to do about them.

Ids and kinds of errors only. What somebody typed stays sealed and is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from core.store import models as m
from core.store import wake
from core.store.db import Tx

_C = m.inbox.c


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked update. `error` is the kind of failure and where it happened."""

    id: int
    channel: str
    received_at: datetime
    error: str | None


async def every(tx: Tx) -> list[Parked]:
    """All of them, oldest first."""
    rows = await tx.all(select(_C.id, _C.channel, _C.received_at, _C.error).where(_C.state == "parked").order_by(_C.id))
    return [Parked(*row) for row in rows]


async def retry(tx: Tx, ids: Sequence[int]) -> list[int]:
    """Hand them to the bot once more, with three new attempts; the ids that were parked. Audited."""
    return await _change(tx, ids, "retried", state="new", attempts=0, error=None)


async def forget(tx: Tx, ids: Sequence[int]) -> list[int]:
    """Give them up: the payload is emptied, the keys stay to know a repeat. The ids that were parked. Audited."""
    return await _change(tx, ids, "forgotten", state="done", raw=None, done_at=tx.now)


async def _change(tx: Tx, ids: Sequence[int], act: str, **values: object) -> list[int]:
    rows = await tx.all(update(m.inbox).where(_C.id.in_(ids), _C.state == "parked").values(**values).returning(_C.id))
    changed = sorted(row[0] for row in rows)
    for row_id in changed:
        await tx.note(None, f"inbox.{act}", f"inbox:{row_id}")
    if changed:
        await wake.ring(tx, wake.INBOX)
    return changed
