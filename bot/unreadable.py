"""Calls of our HTTP server that are no HTTP, or whose body is not what its head says: whoever sends them shall not fill
the log, and nothing of what they sent stands in it (reliability S1, S9)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

QUIET = 60.0  # host seconds between two lines about it
FAULTS = (HttpProcessingError, web.RequestPayloadError)


class OnceAMinute(logging.Filter):
    """Lets through whatever is our own fault; of the callers' faults one line a minute, without any of their words.

    `clock`: host seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """May it be said? A caller's fault loses its traceback."""
        problem = record.exc_info[1] if record.exc_info else None
        if not isinstance(problem, FAULTS):
            return True
        now = self._clock()
        if self._said is not None and now - self._said < QUIET:
            return False
        self._said = now
        record.msg, record.args = "calls that cannot be read are refused (%s)", (type(problem).__name__,)
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = None
        return True


log = logging.getLogger("bot.http")
log.addFilter(OnceAMinute())


@web.middleware
async def refused(request: web.Request, handler: Callable[[web.Request], object]) -> web.StreamResponse:
    """A body that cannot be read is the caller's fault."""
    try:
        return await handler(request)  # type: ignore[misc, no-any-return]
    except web.RequestPayloadError:
        response = web.Response(status=400)
        response.force_close()  # nothing readable follows on this connection
        return response
