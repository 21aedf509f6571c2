"""What waits for a network that this company has no more: it takes another way, or stands aside for a day (D4).

Who moves from one network to another has messages on the way when the old one goes out of the settings. They must not
stand in front of everything else for the same person.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from core.store import leases, outbox
from core.store.db import REPLY, Tx
from core.usecases import reach

log = structlog.get_logger("outbox")

HORIZON = timedelta(hours=24)  # company time: a setting that was lost by mistake is back by then


async def rescue(tx: Tx, ours: Collection[str], host: datetime) -> None:
    """See to what waits for none of `ours`, the networks in our settings; what another process serves is its own.

    `host`: the host's time. What a process that is gone had begun to send may be out: that is as for any other (D6).
    """
    served = {*ours, *(lease.channel for lease in await leases.everybody(tx) if lease.held)}
    gone = await outbox.foreign(tx, served)
    for channel in gone:
        await outbox.recover(tx, host, channel, ended=True)
    if not gone:
        return
    given_up = 0
    for row in await outbox.stranded(tx, served, tx.now - HORIZON):
        way = await _another_way(tx, row, ours)
        if way is not None:
            await outbox.redirect(tx, row, *way)
            tx.noted += 1
        elif tx.now - row.due_at > HORIZON:
            await outbox.drop(tx, row, "network gone")
            given_up += 1
        else:
            await outbox.stand_aside(tx, row)
    if given_up:
        log.warning("messages for networks that are not there any more were given up", networks=gone, count=given_up)


async def _another_way(tx: Tx, row: outbox.Row, ours: Collection[str]) -> tuple[str, str] | None:
    """An answer stays where it was asked for, what is said to a group has no other way."""
    if row.person_id is None or row.verb != "send" or row.rank == REPLY:
        return None
    return next((way for way in await reach.ways_to(tx, row.person_id) if way[0] in ours), None)
