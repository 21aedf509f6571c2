"""What anybody would write first: python-telegram-bot's `process_update` with an echo and one Core commit."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, event, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from benchmarks.kit import Deaf, raw

UPDATES = 400


def _engine(url: str) -> AsyncEngine:
    """As the libraries come; on SQLite as durable as ours."""
    engine = create_async_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine.sync_engine, "connect")
        def connect(connection: Any, _: Any) -> None:
            cursor = connection.cursor()
            for pragma in ("journal_mode=WAL", "synchronous=FULL"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    return engine


async def yardstick(url: str) -> float:
    """Updates a second: each is echoed after one commit of one INSERT and one UPDATE."""
    engine = _engine(url)
    meta = MetaData()
    table = Table(
        "yardstick", meta, Column("id", Integer, primary_key=True), Column("text", String), Column("n", Integer)
    )
    async with engine.begin() as conn:
        await conn.run_sync(meta.drop_all)
        await conn.run_sync(meta.create_all)
    app = Application.builder().token("1:a").updater(None).request(Deaf()).get_updates_request(Deaf()).build()

    async def echo(got: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert got.message is not None
        async with engine.begin() as conn:
            await conn.execute(table.insert().values(text=got.message.text, n=0))
            await conn.execute(update(table).where(table.c.id == 1).values(n=table.c.n + 1))
        await got.message.reply_text(got.message.text or "")

    app.add_handler(MessageHandler(filters.TEXT, echo))
    await app.initialize()
    for number in range(20):
        await app.process_update(Update.de_json(raw(number, number, "hello"), app.bot))
    began = time.perf_counter()
    for number in range(UPDATES):
        await app.process_update(Update.de_json(raw(number, number % 20, "hello"), app.bot))
    spent = time.perf_counter() - began
    await app.shutdown()
    async with engine.begin() as conn:
        await conn.run_sync(meta.drop_all)
    await engine.dispose()
    return UPDATES / spent
