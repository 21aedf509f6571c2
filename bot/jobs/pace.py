"""The networks' budgets: how many messages over all, and in one chat (D7)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.channels.port import Budget, Limits, is_group

MOST = 20_000  # chats remembered at a time

Seconds = Callable[[], float]


def host_now() -> datetime:
    """The host's own time: leases, back-off and waits never follow the company's clock (D5)."""
    return datetime.now(UTC)


class Limiter(Protocol):
    """Counts messages. Times are host seconds."""

    def left(self) -> float:
        """Seconds until one more may go; 0 when it may now."""
        ...

    def count(self, at: float) -> None:
        """One went at that time, which is not before the one counted last."""
        ...

    def fill(self, at: float) -> None:
        """Nobody knows what had gone by that time, before anything that is counted: as much as may be."""
        ...

    def idle(self) -> bool:
        """Is it as if nothing had ever gone?"""
        ...


class Bucket:
    """Lets its capacity through at once and is refilled evenly meanwhile."""

    def __init__(self, budget: Budget, clock: Seconds = time.monotonic) -> None:
        self._capacity = budget.capacity
        self._rate = budget.capacity / budget.seconds
        self._clock = clock
        self._level = 0.0  # what of the capacity is used up
        self._at = 0.0

    def _drain(self, at: float) -> None:
        self._level = max(0.0, self._level - max(0.0, at - self._at) * self._rate)
        self._at = at

    def left(self) -> float:
        """Seconds until one more may go; 0 when it may now."""
        self._drain(self._clock())
        return max(0.0, self._level + 1.0 - self._capacity) / self._rate

    def count(self, at: float) -> None:
        """One went at that time, which is not before the one counted last."""
        self._drain(at)
        self._level += 1.0

    def fill(self, at: float) -> None:
        """Nobody knows what had gone by that time, before anything that is counted: as much as may be."""
        self._level, self._at = self._capacity, at

    def idle(self) -> bool:
        """Is it as if nothing had ever gone?"""
        self._drain(self._clock())
        return self._level == 0.0


class Window:
    """Never more than so many in any span of that length."""

    def __init__(self, budget: Budget, clock: Seconds = time.monotonic) -> None:
        self._budget = budget
        self._clock = clock
        self._gone: deque[float] = deque()

    def left(self) -> float:
        """Seconds until one more may go; 0 when it may now."""
        start = self._clock() - self._budget.seconds
        while self._gone and self._gone[0] <= start:
            self._gone.popleft()
        over = len(self._gone) - int(self._budget.capacity)
        return self._gone[over] - start if over >= 0 else 0.0

    def count(self, at: float) -> None:
        """One went at that time, which is not before the one counted last."""
        self._gone.append(at)

    def fill(self, at: float) -> None:
        """What is older than the window counts no more, however much it was."""

    def idle(self) -> bool:
        """Is it as if nothing had ever gone?"""
        return not self.left() and not self._gone


def _limiter(budget: Budget, clock: Seconds) -> Limiter:
    """What keeps a budget: strictly, or by letting its capacity through at once and refilling it meanwhile."""
    return Window(budget, clock) if budget.strict else Bucket(budget, clock)


class Pace:
    """What may go out now on each network, by its limits. `clock`: host seconds."""

    def __init__(
        self,
        limits: Mapping[str, Limits],
        host: Callable[[], datetime] = host_now,
        clock: Seconds = time.monotonic,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._all = {name: _limiter(one.overall, clock) for name, one in limits.items()}
        self._chats: dict[tuple[str, str], Limiter] = {}
        self._host = host
        self._asked: dict[str, datetime] = {}  # chat -> until when the network asked us to wait

    def _of(self, channel: str, chat: str) -> Limiter:
        key = (channel, chat)
        if key not in self._chats:
            if len(self._chats) > MOST:
                self._chats = {other: one for other, one in self._chats.items() if not one.idle()}
            limits = self._limits[channel]
            self._chats[key] = _limiter(limits.group if is_group(chat) else limits.person, self._clock)
        return self._chats[key]

    # --- beginning --------------------------------------------------------------------------------------------

    def span(self, channel: str) -> timedelta:
        """How far back we look when we begin: a budget that is refilled evenly can remember longer than its seconds, so
        what was used up of it before that is taken as all of it."""
        limits = self._limits[channel]
        return 2 * timedelta(seconds=max(one.seconds for one in (limits.overall, limits.person, limits.group)))

    def begin(self, channel: str, gone: Iterable[tuple[str, datetime]]) -> None:
        """We begin to send for this network. `gone`: what others, or we before we were restarted, sent there: chat and
        host time, oldest first. The budgets are the account's, not a process's."""
        now, clock = self._host(), self._clock()
        begin = clock - self.span(channel).total_seconds()
        self._all[channel] = _limiter(self._limits[channel].overall, self._clock)
        self._chats = {key: one for key, one in self._chats.items() if key[0] != channel}
        for chat, at in gone:
            then = clock - max(0.0, (now - at).total_seconds())
            if (channel, chat) not in self._chats:
                self._of(channel, chat).fill(begin)
            self._of(channel, chat).count(then)
            self._all[channel].count(then)

    # --- sending ----------------------------------------------------------------------------------------------

    def waits(self, key: str) -> bool:
        """Has the network asked for patience in this chat?"""
        return key in self._asked and self._asked[key] > self._host()

    def spent(self) -> bool:
        """Is this moment's budget over all chats used up, on every network?"""
        return bool(self._all) and all(one.left() for one in self._all.values())

    def may(self, channel: str, chat: str) -> bool:
        """Could a message go into this chat now?"""
        return not self._of(channel, chat).left() and not self._all[channel].left()

    async def take(self, channel: str, chat: str) -> None:
        """Count one message, as soon as it may go."""
        while left := max(self._of(channel, chat).left(), self._all[channel].left()):
            await asyncio.sleep(left)
        now = self._clock()
        self._of(channel, chat).count(now)
        self._all[channel].count(now)

    def wait(self, key: str, until: datetime) -> None:
        """The network asked for patience in this chat only."""
        self._asked = {other: moment for other, moment in self._asked.items() if moment > self._host()} | {key: until}
