"""Housekeeping: groups that nobody bound are left after a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.jobs.runner import jobs
from core.rules.schedule import LATEST, Every
from core.store import outbox, people
from core.store.db import Tx

UNBOUND_FOR = timedelta(hours=24)


@jobs.job("leave_unbound_groups", lambda _: [Every(30)], LATEST)
async def leave_unbound_groups(tx: Tx, slot: datetime) -> None:
    """A group that nobody bound within 24 hours is none of ours (D9)."""
    for group in await people.groups(tx, state="seen"):
        if slot - group.seen_at < UNBOUND_FOR:
            continue
        await outbox.reply(
            tx, once=f"leave:{group.id}:{group.seen_at.isoformat()}", channel=group.channel, chat=group.external_id,
            verb="leave", payload={},
        )  # fmt: skip
        await people.group_left(tx, group.channel, group.external_id)
