"""What several ask for at the same time is done in one go: one commit instead of many."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Together(Generic[Item]):
    """Whoever comes first does it for all who came meanwhile; everybody waits until theirs is done."""

    def __init__(self, work: Callable[[list[Item]], Awaitable[None]], most: int = 200) -> None:
        self._work = work
        self._most = most
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []

    async def do(self, item: Item) -> None:
        """Have it done. Raises what the work raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        async with self._turn:
            while not done.done():
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                try:
                    await self._work([one for one, _ in batch])
                except BaseException as problem:
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(problem)
                            future.exception()  # whoever waits sees it; a waiter that was cancelled must not be missed
                    if not isinstance(problem, Exception):
                        raise
                else:
                    for _, future in batch:
                        if not future.done():
                            future.set_result(None)
        await done
