"""The networks' budgets: how many messages a second over all, and in one chat (D7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from aiolimiter import AsyncLimiter


def host_now() -> datetime:
    """The host's own time: leases, back-off and waits never follow the company's clock (D5)."""
    return datetime.now(UTC)


class Pace:
    """Telegram's budgets (the Bot API notes 1): under 30/s over all, under 20/min in a group, 1/s in a chat with short bursts.

    A limiter lets its whole capacity through at once and refills meanwhile: what passes in a window is capacity plus refill.
    """

    def __init__(self, host: Callable[[], datetime] = host_now) -> None:
        self._all = AsyncLimiter(14, 1)
        self._chats: dict[str, AsyncLimiter] = {}
        self._host = host
        self._asked: dict[str, datetime] = {}  # chat -> until when the network asked us to wait

    def _limiter(self, chat: str) -> AsyncLimiter:
        if chat not in self._chats:
            if len(self._chats) > 20_000:
                self._chats.clear()
            self._chats[chat] = AsyncLimiter(7, 35) if chat.startswith("-") else AsyncLimiter(8, 8)
        return self._chats[chat]

    def waits(self, key: str) -> bool:
        """Has the network asked for patience in this chat?"""
        return key in self._asked and self._asked[key] > self._host()

    def spent(self) -> bool:
        """Is this moment's budget over all chats used up?"""
        return not self._all.has_capacity()

    def may(self, chat: str) -> bool:
        """Could a message go into this chat now?"""
        return self._limiter(chat).has_capacity() and self._all.has_capacity()

    async def take(self, chat: str) -> None:
        """Count one message."""
        await self._limiter(chat).acquire()
        await self._all.acquire()

    def wait(self, key: str, until: datetime) -> None:
        """The network asked for patience in this chat only."""
        self._asked = {other: moment for other, moment in self._asked.items() if moment > self._host()} | {key: until}
