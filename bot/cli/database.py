"""Opening the installation's database from a command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.app import open_database
from bot.clock import HttpClock, clock_from
from bot.settings import Settings
from core.store.db import Database


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, migrated and with its key; closed at the end."""
    clock = clock_from(settings.waihu_clock)
    if isinstance(clock, HttpClock):
        async with aiohttp.ClientSession() as session:
            clock.set(await clock.ask(session, None))
    db, _ = await open_database(settings, clock)
    try:
        yield db
    finally:
        await db.close()
