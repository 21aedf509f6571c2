"""Small files that people send are fetched right after the inbox has their update, and before it is understood (D4).

Their addresses expire, and nothing but SQL is awaited inside a transaction: so the row waits as `fetching`, and goes on
with the content beside it, or without any after some attempts. Later updates of the same sender wait behind it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.channels.port import SMALL_FILE, Channel, Fetching, NotSent, Rejected
from core.store import inbox, people, wake
from core.store.db import Database

log = structlog.get_logger("files")

PAUSES = (0.5, 2.0, 6.0)  # host seconds between attempts; then its sender is asked to send it again
LOOK = 5.0  # host seconds after which we look for what another process left


class Fetcher:
    """Fetches what waits. `fetched` is told when an update can be handled."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        fetched: Callable[[], None],
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.db = db
        self.channels = channels
        self.fetched = fetched
        self.rest = rest
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """For ever."""
        while True:
            self.wake.clear()
            await self.fetch_waiting()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self.wake.wait()

    async def fetch_waiting(self) -> int:
        """Fetch everything that waits, one after the other; how many updates went on."""
        async with self.db.snapshot() as tx:
            rows = await inbox.fetching(tx)
        for row in rows:
            content = await self._content(row)
            kept = base64.b64encode(content).decode() if content is not None else None
            async with self.db.transaction() as tx:
                await inbox.fetched(tx, row, kept)
                await wake.ring(tx, wake.INBOX)
            self.fetched()
        return len(rows)

    async def _content(self, row: inbox.Row) -> bytes | None:
        """The file, or None: of a stranger it is not even asked for."""
        channel = self.channels.get(row.channel)
        if not isinstance(channel, Fetching):
            return None
        async with self.db.snapshot() as tx:
            found = await people.by_account(tx, row.channel, row.sender)
        if found is None or not found[0].works:
            return None
        for pause in (*PAUSES, None):
            try:
                content = await channel.fetch(row.raw)
            except NotSent as problem:
                if pause is None:
                    log.warning("a file could not be fetched", inbox=row.id)
                    return None
                await self.rest(problem.delay.total_seconds() if problem.delay else pause)
            except Rejected:
                log.warning("a file is not to be had", inbox=row.id)
                return None
            else:
                return content if len(content) <= SMALL_FILE else None
        return None
