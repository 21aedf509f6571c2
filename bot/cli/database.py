"""Opening the installation's database from a command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import ClockUnreachable, HttpClock, clock_from
from bot.opening import open_database
from bot.settings import Settings
from core.store.db import Database


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, migrated and with its key; closed at the end. Raises ClockUnreachable, KeyProblem or NewerDatabase."""
    clock = clock_from(settings.waihu_clock)
    if isinstance(clock, HttpClock):
        import aiohttp

        try:
            async with aiohttp.ClientSession() as session:
                clock.set(await clock.ask(session, None))
        except aiohttp.ClientError as problem:
            raise ClockUnreachable(type(problem).__name__) from problem
    db, _ = await open_database(settings, clock)
    try:
        yield db
    finally:
        await db.close()
