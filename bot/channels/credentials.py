"""What the network thinks of us: our token is taken, refused or used by somebody else, or it cannot reach us (D6)."""

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
    SHARED = "another process polls with this token"  # 409 that lasts, or a webhook that we did not set
    UNREACHED = "telegram cannot reach the webhook"  # updates wait there and none gets through


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

    def clashed(self, *, proven: bool = False) -> None:
        """409: somebody else asks for updates with it. Sending still works. `proven`: it is none of our own processes."""
        now = self._host()
        first, newest = self._clash or (now, now)
        if now - newest > QUIET:
            first = now
        self._clash = (first, now)
        if (proven or now - first >= HAND_OVER) and self.trouble is not Trouble.REFUSED:
            self._raise(Trouble.SHARED)

    def unreached(self) -> None:
        """Our address does not answer the network. Sending still works."""
        if self.trouble is None:
            self._raise(Trouble.UNREACHED)

    def reached(self) -> None:
        """The network gets through, as far as it knows."""
        if self.trouble is Trouble.UNREACHED:
            self._over()

    def taken(self) -> None:
        """A call went through."""
        over = self.trouble is Trouble.REFUSED
        if self.trouble is Trouble.SHARED and self._clash is not None:
            over = self._host() - self._clash[1] > QUIET
        if over:
            self._over()
        elif not self._proven:
            self._tell(self.trouble)
        self._proven = True

    def _over(self) -> None:
        log.warning("credentials are fine again", channel=self.channel, were=str(self.trouble))
        self.trouble = None
        self._tell(None)

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
