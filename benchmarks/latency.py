"""(b) From an update to the first outgoing request: with nobody else about, and with 200 people typing."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from dataclasses import dataclass

from benchmarks.kit import Bot, line, new_key, raw, run, staffed

PEOPLE = 200
IDLE = 100
EVERY = 10.0  # host seconds between two lines of one person
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds."""

    name: str
    count: int
    median: float
    p99: float

    def __str__(self) -> str:
        return f"{self.name:<34} median {self.median:5.0f} ms · p99 {self.p99:5.0f} ms  ({self.count} lines)"


def _of(name: str, waits: list[float]) -> Measured:
    cuts = statistics.quantiles(waits, n=100)
    return Measured(name, len(waits), statistics.median(waits) * 1000, cuts[98] * 1000)


async def _idle(bot: Bot) -> list[float]:
    waits: list[float] = []
    for number in range(IDLE):
        chat = str(1000 + number % PEOPLE)
        before = len(bot.network.answered.get(chat, ()))
        began = time.perf_counter()
        await bot.deliver([raw(number, number % PEOPLE, line(number))])
        while len(bot.network.answered.get(chat, ())) == before:
            await asyncio.sleep(0.0005)
        waits.append(bot.network.answered[chat][-1] - began)
    return waits


async def _typing(bot: Bot) -> list[float]:
    """Everybody types a line every ten seconds, each at their own moments (seeded)."""
    rng = random.Random(1)
    moments = sorted(
        (rng.uniform(0, EVERY) + turn * EVERY, person)
        for person in range(PEOPLE)
        for turn in range(int(SECONDS / EVERY))
    )
    began = time.perf_counter()
    base = len([at for times in bot.network.answered.values() for at in times])
    sent: dict[str, list[float]] = {}
    seen = {chat: len(times) for chat, times in bot.network.answered.items()}
    for number, (moment, person) in enumerate(moments, 10_000):
        await asyncio.sleep(max(0.0, began + moment - time.perf_counter()))
        sent.setdefault(str(1000 + person), []).append(time.perf_counter())
        await bot.deliver([raw(number, person, line(number))])
    await bot.until(base + len(moments))
    return [
        answer - asked
        for chat, asks in sent.items()
        for asked, answer in zip(asks, bot.network.answered[chat][seen.get(chat, 0) :], strict=True)
    ]


async def _measure() -> list[Measured]:
    new_key()
    with tempfile.TemporaryDirectory() as folder:
        db = await staffed(f"sqlite+aiosqlite:///{folder}/waihu.db", PEOPLE)
        bot = Bot(db)
        bot.start()
        for number in range(20_000, 20_040):
            await bot.deliver([raw(number, number % PEOPLE, line(number))])
        await bot.until(40)
        idle = _of("idle", await _idle(bot))
        typing = _of("200 people typing", await _typing(bot))
        await bot.stop()
    return [idle, typing]


def measure() -> list[Measured]:
    """Both."""
    found: list[Measured] = run(_measure())
    return found
