"""Balances that fall due: their sellers are reminded in the morning of a working day, three times at most (53b)."""

from __future__ import annotations

from datetime import datetime, time

from bot.jobs.runner import jobs
from core.rules.schedule import Daily, SkipLate
from core.store.db import Tx
from core.usecases import balances as usecase

REMIND_AT = time(9, 35)  # in the working hours of everybody's own workweek, which the work looks at


@jobs.job("balances", lambda _: [Daily(REMIND_AT)], SkipLate(8 * 60), plans=True)
async def balances(tx: Tx, slot: datetime) -> None:
    """Who must hear today of money that is due, or should have come in."""
    del slot
    await usecase.remind(tx)
