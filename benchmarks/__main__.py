"""`make bench`: figures as ratios against a named yardstick in the same run, on this machine.

The yardstick is what anybody would write first: python-telegram-bot's `process_update` with an echo handler and one
SQLAlchemy Core commit (one INSERT, one UPDATE) on the same kind of database. Beside it stands the whole product:
inbox, conversation, a logged call, its receipt through the outbox, every durable write at synchronous=FULL.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import track
from sqlalchemy import Column, Integer, MetaData, String, Table, update
from sqlalchemy.ext.asyncio import AsyncEngine
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters
from telegram.request import BaseRequest

from bot.channels.port import Outgoing
from bot.channels.telegram import Telegram
from bot.dispatch import Dispatcher
from bot.jobs.outbox import Sender
from core import holidays
from core.rules import policy as policy_rules
from core.rules.people import Role, Status
from core.store import inbox, migrate, people, sealed
from core.store import models as m
from core.store.db import Company, Database, _sqlite_engine

POLICY = Path(__file__).resolve().parent.parent / "policies" / "sample.toml"
PEOPLE = 20
UPDATES = 300
ROUNDS = 5
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class Deaf(BaseRequest):
    """A network that says yes at once."""

    read_timeout = 1.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(self, url: str, *_: Any, **__: Any) -> tuple[int, bytes]:
        """Every call succeeds."""
        if url.endswith("getMe"):
            result: Any = {"id": 1, "is_bot": True, "first_name": "b", "username": "b"}
        else:
            result = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}
        return 200, json.dumps({"ok": True, "result": result}).encode()


class Nowhere(Telegram):
    """The real adapter, whose messages go nowhere."""

    async def send(self, out: Outgoing) -> str | None:
        """Sent, as far as anybody can tell."""
        return str(time.monotonic_ns()) if out.verb == "send" else None


def raw(number: int, person: int, text: str) -> dict[str, Any]:
    """An update as the network sends it."""
    user = {"id": 1000 + person, "is_bot": False, "first_name": "n"}
    return {
        "update_id": number,
        "message": {
            "message_id": number, "date": int(NOW.timestamp()), "chat": {"id": 1000 + person, "type": "private"},
            "from": user, "text": text,
        },
    }  # fmt: skip


async def yardstick(folder: Path) -> float:
    """Updates a second of PTB echo plus one Core commit."""
    engine: AsyncEngine = _sqlite_engine(f"sqlite+aiosqlite:///{folder}/yard.db", "IMMEDIATE", single=True)
    meta = MetaData()
    table = Table("log", meta, Column("id", Integer, primary_key=True), Column("text", String), Column("n", Integer))
    async with engine.begin() as conn:
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
    began = time.perf_counter()
    for number in range(UPDATES):
        await app.process_update(Update.de_json(raw(number, number % PEOPLE, "hello"), app.bot))
    spent = time.perf_counter() - began
    await app.shutdown()
    await engine.dispose()
    return UPDATES / spent


async def product(folder: Path) -> tuple[float, list[float]]:
    """Calls logged a second through the whole bot; and the seconds from update to first outgoing message, idle."""
    sealed.install(sealed.KeyRing.fresh())
    url = f"sqlite+aiosqlite:///{folder}/waihu.db"
    await migrate.upgrade(url)
    company = Company(ZoneInfo("Asia/Shanghai"), policy_rules.load(POLICY.read_text("utf-8")), holidays.load())
    db = Database(url, company, lambda: NOW)
    channel = Nowhere("1:a")
    dispatcher, sender = Dispatcher(db, {"telegram": channel}), Sender(db, {"telegram": channel})
    sender.pace.may = lambda *_: True  # type: ignore[method-assign]  # the network's limits are not ours to measure
    sender.pace.take = _at_once  # type: ignore[assignment]
    async with db.transaction() as tx:
        for person in range(PEOPLE):
            person_id = await people.add(
                tx, employee_no=f"{person:03d}", name=f"人{person}", pinyin=f"ren{person}", role=Role.CLERK,
                status=Status.REGULAR, team_id=None, hired_on=date(2024, 1, 1),
            )  # fmt: skip
            await people.bind(tx, "telegram", str(1000 + person), person_id)

    async def receive(number: int) -> None:
        got = raw(number, number % PEOPLE, f"李总 138{number:08d} 有意向{number % 90 + 10}% 要方案")
        envelope = channel.envelope(got)
        async with db.transaction() as tx:
            await inbox.put(tx, "telegram", envelope.key, envelope.sender, envelope.dedupe, got)

    idle: list[float] = []
    for number in range(60):
        began = time.perf_counter()
        await receive(number)
        await dispatcher.handle_next()
        await sender.drain(5)
        idle.append(time.perf_counter() - began)
    began = time.perf_counter()
    for number in range(100, 100 + UPDATES):
        await receive(number)
        await dispatcher.handle_next()
        await sender.drain(5)
    spent = time.perf_counter() - began
    async with db.snapshot() as tx:
        logged = len(await tx.all(m.calls.select()))
    assert logged == UPDATES + 60, logged
    await db.close()
    return UPDATES / spent, idle


async def _at_once(*_: Any) -> None:
    """No pace."""


def run(work: Callable[[Path], Awaitable[Any]]) -> Any:
    """One round in a folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        return asyncio.run(work(Path(place)))  # type: ignore[arg-type]


def main() -> None:
    """Rounds in turn, so that a busy moment hits both."""
    console = Console(width=120)
    ratios: list[float] = []
    yards: list[float] = []
    ours: list[float] = []
    idle: list[float] = []
    for _ in track(range(ROUNDS), "Measuring", console=console, transient=True):
        yard = run(yardstick)
        mine, waits = run(product)
        yards.append(yard)
        ours.append(mine)
        ratios.append(mine / yard)
        idle += waits
    quantiles = statistics.quantiles(idle, n=100)
    console.print(f"machine    {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    console.print(
        f"yardstick  {statistics.median(yards):.0f} updates/s  (PTB process_update echo + one Core commit, SQLite FULL)"
    )
    console.print(f"waihu      {statistics.median(ours):.0f} calls logged/s  (inbox, call, receipt sent; SQLite FULL)")
    console.print(f"ratio      {statistics.median(ratios):.2f}  (rounds: {', '.join(f'{r:.2f}' for r in ratios)})")
    console.print(
        f"idle       update to first outgoing: median {statistics.median(idle) * 1000:.0f} ms, p99 {quantiles[98] * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
