"""Targets that nobody set: whoever sets them is asked while the month is young (11)."""

from __future__ import annotations

from datetime import datetime, time

from bot.jobs.runner import jobs
from core.rules.schedule import Daily, SkipLate
from core.store.db import Tx
from core.usecases import targets as usecase

ASK_AT = time(9, 50)


@jobs.job("targets_missing", lambda v: [Daily(ASK_AT, workdays_only=True, workweek=v.work.workweek)], SkipLate(8 * 60))
async def targets_missing(tx: Tx, slot: datetime) -> None:
    """On the third working day, then on Mondays."""
    del slot
    await usecase.ask(tx)
