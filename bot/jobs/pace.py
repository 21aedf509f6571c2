"""The networks' budgets: how many messages over all, and in one chat (D7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from aiolimiter import AsyncLimiter

from bot.channels.port import Budget, Limits, is_group

MOST = 20_000  # chats remembered at a time


def host_now() -> datetime:
    """The host's own time: leases, back-off and waits never follow the company's clock (D5)."""
    return datetime.now(UTC)


def _limiter(budget: Budget) -> AsyncLimiter:
    """Lets its whole capacity through at once and refills meanwhile."""
    return AsyncLimiter(budget.capacity, budget.seconds)


class Pace:
    """What may go out now on each network, by its limits."""

    def __init__(self, limits: Mapping[str, Limits], host: Callable[[], datetime] = host_now) -> None:
        self._limits = limits
        self._all = {name: _limiter(one.overall) for name, one in limits.items()}
        self._chats: dict[tuple[str, str], AsyncLimiter] = {}
        self._host = host
        self._asked: dict[str, datetime] = {}  # chat -> until when the network asked us to wait

    def _of(self, channel: str, chat: str) -> AsyncLimiter:
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
