"""Events for the page and the tests: whoever listens gets every event from the moment of listening on."""

from __future__ import annotations

import asyncio
from typing import Any

Event = dict[str, Any]
BACKLOG = 20_000
"""Events a listener may lag behind before it is cut off (it then connects again and reloads)."""


class Bus:
    """Publishes events to any number of listeners, each with its own queue."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def listen(self) -> asyncio.Queue[Event | None]:
        """A queue of events to come; None means: no more (shut down, or too far behind)."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[Event | None]) -> None:
        self._listeners.discard(queue)

    def publish(self, event: Event) -> None:
        for queue in list(self._listeners):
            if queue.qsize() > BACKLOG:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    def close(self) -> None:
        for queue in self._listeners:
            queue.put_nowait(None)
        self._listeners.clear()
