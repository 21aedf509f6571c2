"""The company's clock: the host's, a fixed start from which time runs, or a server that is asked every second (D5)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import aiohttp


class Clock(Protocol):
    """Where company time comes from."""

    def now(self) -> datetime:
        """Company time, aware."""
        ...


class ClockUnreachable(Exception):
    """The clock server gives no time; the message is the kind of trouble."""


class HostClock:
    """The host's own time."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class HandClock:
    """A clock that stands until it is set. For tests, and for walking through a jump."""

    at: datetime

    def now(self) -> datetime:
        """The time it was set to."""
        return self.at


class RunningClock:
    """Starts at a given moment and runs at normal speed."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._since = time.monotonic()

    def now(self) -> datetime:
        """The start plus what has passed since."""
        return self._start + timedelta(seconds=time.monotonic() - self._since)


class HttpClock:
    """A clock server's time. Between two answers it runs on, but never further than two seconds."""

    AHEAD = 2.0

    def __init__(self, url: str) -> None:
        self.url = url
        self.moving = False
        self._at: datetime | None = None
        self._since = 0.0

    def now(self) -> datetime:
        """The last answer plus what has passed since; the host's time while there was none."""
        if self._at is None:
            return datetime.now(UTC)
        return self._at + timedelta(seconds=min(time.monotonic() - self._since, self.AHEAD))

    def set(self, at: datetime) -> None:
        """Stand at a moment on the way to where the server already is."""
        self._at, self._since = at, time.monotonic()

    async def ask(self, session: aiohttp.ClientSession, upcoming: datetime | None) -> datetime:
        """The server's time. It is told when something is due next, so that it can stop there.

        Raises aiohttp.ClientError, TimeoutError or ValueError.
        """
        import aiohttp

        params = {"next": upcoming.isoformat()} if upcoming else {}
        async with session.get(self.url, params=params, timeout=aiohttp.ClientTimeout(total=2)) as answer:
            body = await answer.json()
        self.moving = bool(body.get("moving"))
        at = datetime.fromisoformat(str(body["now"]))
        if at.tzinfo is None:
            raise ValueError("the clock server's time has no zone")
        return at


def clock_from(setting: str) -> HostClock | RunningClock | HttpClock:
    """`host`, an `http://` address, or an ISO instant with its zone. Raises ValueError."""
    if setting in {"", "host"}:
        return HostClock()
    if setting.startswith(("http://", "https://")):
        return HttpClock(setting)
    start = datetime.fromisoformat(setting)
    if start.tzinfo is None:
        raise ValueError("needs a zone, such as +08:00")
    return RunningClock(start)
