"""The bot's parts last: a database that is gone is waited for, anything else ends the process (and its supervisor
starts a fresh one)."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from core.store.trouble import contested, passes

log = structlog.get_logger("app")

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # host seconds before the next attempt


class Outage:
    """The database is gone: said once when it begins and once when it is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.since: float | None = None  # host seconds

    def met(self, problem: BaseException) -> None:
        """Somebody got no answer. To be told that others go first is one."""
        if contested(problem):
            log.info("another transaction went first: this one is tried again", error=type(problem).__name__)
        elif self.since is None:
            self.since = self._clock()
            log.critical("the database does not answer: waiting for it", error=type(problem).__name__)

    def over(self) -> None:
        """Somebody got an answer."""
        if self.since is not None:
            log.warning("the database answers again", seconds=round(self._clock() - self.since, 1))
            self.since = None


async def last(name: str, work: Callable[[], Awaitable[Any]], outage: Outage) -> None:
    """Do `work`, and again whenever the database failed it. Ends when the work ends; a bug ends the process."""
    failures = 0
    while True:
        began = time.monotonic()
        try:
            await work()
            return
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            if not passes(problem):
                log.critical("a part of the bot stopped", part=name, error=type(problem).__name__, exc_info=True)
                signal.raise_signal(signal.SIGTERM)
                return
            outage.met(problem)
        failures = failures + 1 if time.monotonic() - began < PAUSES[-1] else 1
        await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])
