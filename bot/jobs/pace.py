"""The networks' budgets: how many messages over all, and in one chat (D7)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from aiolimiter import AsyncLimiter

from bot.channels.port import Budget, Limits, is_group

MOST = 20_000  # chats remembered at a time


def host_now() -> datetime:
    """The host's own time: leases, back-off and waits never follow the company's clock (D5)."""
    return datetime.now(UTC)


class Limiter(Protocol):
    """Counts messages."""

    def has_capacity(self) -> bool:
        """Could one more go now?"""
        ...

    async def acquire(self) -> None:
        """Count one, as soon as it may go."""
        ...


class Window:
    """Never more than so many in any span of that length. `clock`: host seconds."""

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget = budget
        self._clock = clock
        self._gone: deque[float] = deque()

    def _left(self) -> float:
        """Host seconds until one more may go; 0 when it may now."""
        start = self._clock() - self._budget.seconds
        while self._gone and self._gone[0] <= start:
            self._gone.popleft()
        return self._gone[0] - start if len(self._gone) >= self._budget.capacity else 0.0

    def has_capacity(self) -> bool:
        """Could one more go now?"""
        return not self._left()

    async def acquire(self) -> None:
        """Count one, as soon as it may go."""
        while left := self._left():
            await asyncio.sleep(left)
        self._gone.append(self._clock())


def _limiter(budget: Budget) -> Limiter:
    """What keeps a budget: strictly, or by letting its capacity through at once and refilling it meanwhile."""
    return Window(budget) if budget.strict else AsyncLimiter(budget.capacity, budget.seconds)


class Pace:
    """What may go out now on each network, by its limits."""

    def __init__(self, limits: Mapping[str, Limits], host: Callable[[], datetime] = host_now) -> None:
        self._limits = limits
        self._all = {name: _limiter(one.overall) for name, one in limits.items()}
        self._chats: dict[tuple[str, str], Limiter] = {}
        self._host = host
        self._asked: dict[str, datetime] = {}  # chat -> until when the network asked us to wait

    def _of(self, channel: str, chat: str) -> Limiter:
        key = (channel, chat)
        if key not in self._chats:
            if len(self._chats) > MOST:
                self._chats.clear()
            limits = self._limits[channel]
            self._chats[key] = _limiter(limits.group if is_group(chat) else limits.person)
        return self._chats[key]

    def waits(self, key: str) -> bool:
        """Has the network asked for patience in this chat?"""
        return key in self._asked and self._asked[key] > self._host()

    def spent(self) -> bool:
        """Is this moment's budget over all chats used up, on every network?"""
        return bool(self._all) and not any(one.has_capacity() for one in self._all.values())

    def may(self, channel: str, chat: str) -> bool:
        """Could a message go into this chat now?"""
        return self._of(channel, chat).has_capacity() and self._all[channel].has_capacity()

    async def take(self, channel: str, chat: str) -> None:
        """Count one message."""
        await self._of(channel, chat).acquire()
        await self._all[channel].acquire()

    def wait(self, key: str, until: datetime) -> None:
        """The network asked for patience in this chat only."""
        self._asked = {other: moment for other, moment in self._asked.items() if moment > self._host()} | {key: until}
