"""Ways in which a connection does not come about, on real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from bot.channels.telegram import Telegram


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port where connecting never ends: nobody accepts, and its queue is full."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        with ExitStack() as callers:
            for _ in range(4):
                caller = callers.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex(door.getsockname())
            yield door.getsockname()[1]


@contextmanager
def closed_port() -> Iterator[int]:
    """A port where nobody listens, and nobody else will."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield door.getsockname()[1]


def hasty(token: str, url: str, **options: Any) -> Telegram:
    """An adapter that knows its name already, so that a call is the first thing that can fail."""
    adapter = Telegram(token, url, **options)
    adapter._ready.set()
    return adapter
