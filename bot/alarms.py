"""What the network thinks of our token reaches the owner, as soon as anything can."""

from __future__ import annotations

from typing import Protocol

from bot.channels.credentials import Credentials, Trouble
from core.store.db import Database
from core.usecases import alarms


class Watched(Protocol):
    """A channel with credentials."""

    name: str
    credentials: Credentials


async def watch(db: Database, channel: Watched) -> None:
    """For ever: write down what changed, tell the owner. What the database could not take is tried again."""
    while True:
        await channel.credentials.news.wait()
        await report(db, channel)
        channel.credentials.news.clear()


async def report(db: Database, channel: Watched) -> None:
    """What became of a channel's token since it was last told, in order, each in one transaction: a refusal that was
    over before the database had taken it is told all the same."""
    untold = channel.credentials.untold
    while untold:
        async with db.transaction() as tx:
            match untold[0]:
                case Trouble.REFUSED:
                    await alarms.token_refused(tx, channel.name)
                case Trouble.SHARED:
                    await alarms.token_shared(tx, channel.name)
                case Trouble.UNREACHED:
                    await alarms.webhook_unreached(tx, channel.name)
                case None:
                    await alarms.token_taken(tx, channel.name)
        untold.popleft()
