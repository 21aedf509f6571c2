"""(d) 10 000 nudges on a Saturday evening: how long the writer is held, and how replies fare meanwhile."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from benchmarks.kit import Bot, line, new_key, raw, run, staffed
from bot.jobs import registry as job_registry
from bot.jobs.runner import Runner
from core.store import models as m
from core.store.db import Database

PEOPLE = 10_000
BEFORE = datetime(2026, 11, 21, 19, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
SLOT = datetime(2026, 11, 21, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds for the job, milliseconds else."""

    nudges: int
    job: float
    held: float
    replies: int
    median: float
    p99: float

    def __str__(self) -> str:
        return (
            f"nudges     {self.nudges:,} decided in {self.job:.1f} s, the writer held for {self.held:.0f} ms;"
            f" {self.replies} replies meanwhile: median {self.median:.0f} ms, p99 {self.p99:.0f} ms"
        )


class Timed(Database):
    """Remembers its longest write transaction."""

    longest = 0.0

    @asynccontextmanager
    async def transaction(self, now: datetime | None = None) -> AsyncIterator[Any]:
        """Timed from the moment the writer is ours."""
        async with super().transaction(now) as tx:
            began = time.perf_counter()
            yield tx
        self.longest = max(self.longest, time.perf_counter() - began)


async def _measure() -> Measured:
    new_key()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/waihu.db"
        now = [BEFORE]
        plain = await staffed(url, PEOPLE, lambda: now[0])
        await plain.close()
        db = Timed(url, plain.company, lambda: now[0])
        runner = Runner(db, job_registry.jobs)
        await runner.begin()
        await runner.fire_due(BEFORE)
        bot = Bot(db)
        bot.start()
        waits: list[float] = []
        done = asyncio.Event()

        async def typist() -> None:
            number = 0
            while not done.is_set() or number < 50:
                person = PEOPLE - 1 - number % 100
                began = time.perf_counter()
                chat = str(1000 + person)
                before = len(bot.network.answered.get(chat, ()))
                await bot.deliver([raw(number, person, line(number))])
                while len(bot.network.answered.get(chat, ())) == before:
                    await asyncio.sleep(0.001)
                waits.append(time.perf_counter() - began)
                number += 1

        now[0] = SLOT
        typing = asyncio.create_task(typist())
        db.longest = 0.0
        began = time.perf_counter()
        await runner.fire_due(SLOT)
        spent = time.perf_counter() - began
        held = db.longest
        done.set()
        await typing
        async with db.snapshot() as tx:
            nudges = int(await tx.scalar(select(func.count()).where(m.outbox.c.once.startswith("nudge:"))) or 0)
        await bot.stop()
    return Measured(
        nudges, spent, held * 1000, len(waits), statistics.median(waits) * 1000,
        statistics.quantiles(waits, n=100)[98] * 1000,
    )  # fmt: skip


def measure() -> Measured:
    """A company in which ten thousand still owe."""
    found: Measured = run(_measure())
    return found
