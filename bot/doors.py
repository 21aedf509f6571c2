"""Where /healthz, /metrics and webhooks listen."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web


class CannotListen(Exception):
    """Nobody can be let in there; the message names the settings and the reason."""

    def __init__(self, host: str, port: int, problem: OSError) -> None:
        unknown = isinstance(problem, socket.gaierror) or problem.errno is None
        reason = problem.strerror if unknown else os.strerror(problem.errno or 0)
        super().__init__(
            f"WAIHU_HTTP_HOST and WAIHU_HTTP_PORT: cannot listen at {host}:{port} ({reason}). Of several processes on one "
            "machine each needs a port of its own; 0 picks a free one"
        )


async def listen(site: web.TCPSite, host: str, port: int) -> None:
    """Open the door. Raises CannotListen."""
    try:
        await site.start()
    except OSError as problem:
        raise CannotListen(host, port, problem) from problem
