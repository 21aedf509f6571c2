"""How the company's bot is doing, in a handful of cheap queries: what /healthz, /metrics and `waihu check` tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from core.store import facts, leases, outbox
from core.store import models as m
from core.store.backup import VERIFIED
from core.store.db import Tx
from core.store.leases import Lease

LATELY = timedelta(days=7)  # dead messages older than this are history


@dataclass(frozen=True, slots=True)
class Vitals:
    """Counts and moments; no names, no texts. Moments are the company's time, but for `backup_at` and the leases."""

    now: datetime
    last_inbound: datetime | None
    inbox_new: int
    inbox_oldest: datetime | None  # received and not handled
    inbox_parked: int
    outbox_waiting: int
    outbox_oldest: datetime | None  # due and not sent
    outbox_dead: int  # of the last seven days
    jobs: Mapping[str, datetime]  # the last occurrence that was settled, by job
    leases: tuple[Lease, ...]
    backup_at: datetime | None  # the newest verified backup, the host's time


async def vitals(tx: Tx) -> Vitals:
    """The state of this moment."""
    i, o, j = m.inbox.c, m.outbox.c, m.occurrences.c
    inbound = await tx.scalar(select(i.received_at).order_by(i.id.desc()).limit(1))
    states = await tx.all(
        select(i.state, func.count(), func.min(i.received_at)).where(i.state.in_(("new", "parked"))).group_by(i.state)
    )
    held = {row[0]: (int(row[1]), row[2]) for row in states}
    waiting, oldest = await outbox.waiting(tx)
    dead = await tx.scalar(
        select(func.count()).select_from(m.outbox).where(o.state == "dead", o.done_at >= tx.now - LATELY)
    )
    jobs = await tx.all(select(j.job, func.max(j.scheduled_for)).group_by(j.job).order_by(j.job))
    backup = await facts.get(tx, VERIFIED)
    return Vitals(
        now=tx.now,
        last_inbound=inbound,
        inbox_new=held.get("new", (0, None))[0],
        inbox_oldest=held.get("new", (0, None))[1],
        inbox_parked=held.get("parked", (0, None))[0],
        outbox_waiting=waiting,
        outbox_oldest=oldest,
        outbox_dead=int(dead or 0),
        jobs={row[0]: row[1] for row in jobs},
        leases=tuple(await leases.everybody(tx)),
        backup_at=datetime.fromisoformat(backup["at"]) if backup else None,
    )


async def dead_by_reason(tx: Tx) -> dict[str, int]:
    """Messages of the last seven days that will not be sent any more, by reason."""
    c = m.outbox.c
    rows = await tx.all(
        select(c.reason, func.count())
        .where(c.state == "dead", c.done_at >= tx.now - LATELY)
        .group_by(c.reason)
        .order_by(c.reason)
    )
    return {row[0] or "?": int(row[1]) for row in rows}
