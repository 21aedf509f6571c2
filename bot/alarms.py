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
    news = channel.credentials.news
    while True:
        await news.wait()
        news.clear()
        try:
            await report(db, channel)
        except BaseException:
            news.set()
            raise


async def report(db: Database, channel: Watched) -> None:
    """How things stand with a channel's token, in one transaction."""
    async with db.transaction() as tx:
        match channel.credentials.trouble:
            case Trouble.REFUSED:
                await alarms.token_refused(tx, channel.name)
            case Trouble.SHARED:
                await alarms.token_shared(tx, channel.name)
            case None:
                await alarms.token_taken(tx, channel.name)
