"""Updates that Telegram posts side by side, or again after a failure, go into the inbox by their numbers (D7)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress

HOLD = 3.0  # host seconds that an update waits for a missing one before it: its sender's next words are not held longer
LOOK = 0.25  # host seconds between two looks whether another process was given it
NEAR = 100  # numbers that have no neighbour so far back began anew, as after a silent week: nothing is missing
REMEMBERED = 2000

Kept = Callable[[Collection[str]], Awaitable[set[str]]]


class InOrder:
    """Lets an update pass once the one before it is kept, here or (`kept` tells by their keys) by another process.

    What does not come within `hold` seconds is not waited for: it is late, not lost.
    """

    def __init__(self, kept: Kept, *, hold: float = HOLD, look: float = LOOK) -> None:
        self._kept = kept
        self._hold = hold
        self._look = look
        self._passed: dict[int, None] = {}  # the newest that were kept here
        self._here: Counter[int] = Counter()  # held, or being kept now
        self._moved = asyncio.Event()

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[None]:
        """Inside it is this update's turn to be kept; what is raised there leaves it missing."""
        self._here[number] += 1
        try:
            await self._until(number)
            yield
            self._passed[number] = None
            if len(self._passed) > REMEMBERED:
                del self._passed[next(iter(self._passed))]
        finally:
            self._here[number] -= 1
            if not self._here[number]:
                del self._here[number]
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    async def _until(self, number: int) -> None:
        end = time.monotonic() + self._hold
        while number - 1 not in self._passed:
            moved = self._moved
            if number - 1 not in self._here and (time.monotonic() >= end or not await self._missing(number)):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look):
                    await moved.wait()

    async def _missing(self, number: int) -> bool:
        """Is the one before not kept, though others shortly before it are?"""
        there = await self._kept([str(one) for one in range(max(0, number - NEAR), number)])
        return bool(there) and str(number - 1) not in there
