"""A channel as the process runs it: started, watched, stopped; and one that receives (D4, D7).

`bot.app` knows networks by these protocols alone; `bot.networks` makes them from the settings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from aiohttp import web

from bot.channels.credentials import Credentials
from bot.channels.port import Channel, Envelope

# Commits a batch to the inbox; until it has returned, the network must not be told that we have it (D2). A raw update
# without an envelope could not be read: it is parked with an alarm. Raises when the database fails us.
Deliver = Callable[[list[tuple[Envelope | None, Any]]], Awaitable[None]]


class Line(Channel, Protocol):
    """A channel that sends. It is held by one process at a time, which sends for it."""

    username: str  # the bot's name there, once it is known
    credentials: Credentials

    @property
    def alarm(self) -> str | None:
        """Why somebody must act, if so; the words of /healthz."""
        ...

    async def start(self) -> None:
        """Get ready; tried again until the network answers. Runs beside everything else and may end."""
        ...

    async def ready(self) -> None:
        """Wait until whatever `start` has to find out is known."""
        ...

    async def stop(self) -> None:
        """Close the connections."""
        ...


@runtime_checkable
class Receiver(Line, Protocol):
    """A channel that receives too."""

    last_heard: datetime | None  # host time of the last answer from the network

    @property
    def called(self) -> bool:
        """Does the network call us, whichever process it reaches? Its silence means nothing then."""
        ...

    async def receive(self, deliver: Deliver) -> None:
        """As the holder, for ever: ask for updates, keep a connection, or have the network call us."""
        ...

    def routes(self, deliver: Deliver) -> Sequence[web.RouteDef]:
        """What it serves over HTTP, in every process."""
        ...


@runtime_checkable
class Numbered(Receiver, Protocol):
    """A channel that is called with numbered updates in any order: it asks which of them the inbox has."""

    kept: Callable[[Collection[str]], Awaitable[set[str]]]


@runtime_checkable
class Connected(Line, Protocol):
    """A channel that can send only while its connection stands."""

    @property
    def up(self) -> bool:
        """Could something be sent now? While not, what is due waits; it is not tried in vain."""
        ...

    @property
    def down_for(self) -> float:
        """Host seconds for which that was not so; 0 while it is."""
        ...
