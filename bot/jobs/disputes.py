"""Doubts about pay that their judge left lying for 48 hours go on to the next one."""

from __future__ import annotations

from datetime import datetime, time

from bot.jobs.runner import jobs
from core.rules.schedule import LATEST, Daily
from core.store.db import Tx
from core.usecases import disputes

TIMES = (time(9, 10), time(14, 10))  # in working hours: what is not good news is said then


@jobs.job("disputes_pass_on", lambda _: [Daily(at) for at in TIMES], LATEST)
async def disputes_pass_on(tx: Tx, slot: datetime) -> None:  # noqa: ARG001  what is late now is late
    """Twice a day; the last judge is reminded once a day."""
    await disputes.pass_on(tx, tx.now)
