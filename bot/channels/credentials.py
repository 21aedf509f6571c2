"""What the network thinks of our token: taken, refused, or used by somebody else at the same time (reliability D6)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

log = structlog.get_logger("credentials")

HAND_OVER = timedelta(seconds=15)  # two of our own processes may meet for so long while one takes over from the other
QUIET = timedelta(seconds=60)  # rivals cut each other off by turns: only so long without it is the end of it


class Trouble(StrEnum):
    """Why the holder of the token must act; the words of /healthz."""

    REFUSED = "token refused"  # 401
    SHARED = "another process polls with this token"  # 409 that lasts


class Credentials:
    """The state of one token. `host` is the host's own time; `untold` holds what became of it and is still to be told, in
    order: trouble, or None for its end. `news` is set while there is something.
    """

    def __init__(self, channel: str, host: Callable[[], datetime]) -> None:
        self.channel = channel
        self.trouble: Trouble | None = None
        self.untold: deque[Trouble | None] = deque()
        self.news = asyncio.Event()
        self._host = host
        self._proven = False  # the network has taken it since we started: a refusal from before is over
        self._clash: tuple[datetime, datetime] | None = None  # the first and the newest of these conflicts

    def refused(self) -> None:
        """401: nothing can be sent or received with it."""
        self._raise(Trouble.REFUSED)

    def clashed(self) -> None:
        """409: somebody else asks for updates with it. Sending still works."""
        now = self._host()
        first, newest = self._clash or (now, now)
        if now - newest > QUIET:
            first = now
        self._clash = (first, now)
        if now - first >= HAND_OVER and self.trouble is None:
            self._raise(Trouble.SHARED)

    def taken(self) -> None:
        """A call went through."""
        over = self.trouble is Trouble.REFUSED
        if self.trouble is Trouble.SHARED and self._clash is not None:
            over = self._host() - self._clash[1] > QUIET
        if over:
            log.warning("credentials are fine again", channel=self.channel, were=str(self.trouble))
            self.trouble = None
        if over or not self._proven:
            self._proven = True
            self._tell(self.trouble)

    def _raise(self, trouble: Trouble) -> None:
        """Said once, however often the network says it."""
        if self.trouble is trouble:
            return
        self.trouble = trouble
        log.critical("the holder of the token must act", channel=self.channel, why=str(trouble))
        self._tell(trouble)

    def _tell(self, change: Trouble | None) -> None:
        self.untold.append(change)
        self.news.set()
