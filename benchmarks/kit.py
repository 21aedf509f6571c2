"""What every measurement stands on: a company, a network that says yes at once, updates as the network sends them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

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
from core.store.db import Company, Database

POLICY = Path(__file__).resolve().parent.parent / "policies" / "sample.toml"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BATCH = 100  # what getUpdates gives at most


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
    """The real adapter, whose messages go nowhere; it remembers when each chat was answered."""

    def __init__(self) -> None:
        super().__init__("1:a")
        self.answered: dict[str, list[float]] = {}
        self.count = 0

    async def send(self, out: Outgoing) -> str | None:
        """Sent, as far as anybody can tell."""
        self.answered.setdefault(out.chat, []).append(time.perf_counter())
        self.count += 1
        return str(self.count) if out.verb == "send" else None


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


def line(number: int) -> str:
    """A call as people type it; every number is another customer."""
    return f"李总 138{number % 10**8:08d} 有意向{number % 90 + 10}% 要方案"


async def _at_once(*_: Any) -> None:
    """No pace."""


class Bot:
    """The whole bot but for the network: inbox, dispatcher, outbox, sender, on a real database."""

    def __init__(self, db: Database, *, sends: bool = True) -> None:
        self.db = db
        self.network = Nowhere()
        channels = {"telegram": self.network}
        self.sender = Sender(db, channels, holds=lambda _: sends)
        self.sender.pace.may = lambda *_: True  # type: ignore[method-assign]  # the network's limits are not ours to measure
        self.sender.pace.spent = lambda: False  # type: ignore[method-assign]
        self.sender.pace.take = _at_once  # type: ignore[assignment]
        self.dispatcher = Dispatcher(db, channels, self.sender)
        self.tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """The loops of the running bot."""
        self.tasks = [asyncio.create_task(self.dispatcher.run()), asyncio.create_task(self.sender.run())]

    async def stop(self) -> None:
        """End them, and close the database."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.sender.finish(5)
        await self.db.close()

    async def deliver(self, updates: list[dict[str, Any]]) -> None:
        """As the receiving loop does it: committed, then the dispatcher hears of it."""
        async with self.db.transaction() as tx:
            known = [(self.network.envelope(got), got) for got in updates]
            await inbox.put_all(tx, "telegram", [(one.key, one.sender, one.dedupe, got) for one, got in known])
        self.dispatcher.wake.set()

    async def until(self, answers: int, seconds: float = 600) -> None:
        """Wait until so many answers went out."""
        end = time.perf_counter() + seconds
        while self.network.count < answers:
            if time.perf_counter() > end:
                raise TimeoutError(f"{self.network.count} of {answers} answers")
            await asyncio.sleep(0.005)

    async def calls(self) -> int:
        """How many calls were logged."""
        async with self.db.snapshot() as tx:
            return int(
                await tx.scalar(m.calls.select().with_only_columns(m.calls.c.id).order_by(m.calls.c.id.desc())) or 0
            )


def company() -> Company:
    """The sample company."""
    return Company(ZoneInfo("Asia/Shanghai"), policy_rules.load(POLICY.read_text("utf-8")), holidays.load())


async def staffed(url: str, count: int, clock: Callable[[], datetime] = lambda: NOW) -> Database:
    """A migrated database with so many clerks, each bound to a phone."""
    await migrate.upgrade(url)
    db = Database(url, company(), clock)
    async with db.transaction() as tx:
        for person in range(count):
            person_id = await people.add(
                tx, employee_no=f"{person:05d}", name=f"人{person}", pinyin=f"ren{person}", role=Role.CLERK,
                status=Status.REGULAR, team_id=None, hired_on=date(2024, 1, 1),
            )  # fmt: skip
            await people.bind(tx, "telegram", str(1000 + person), person_id)
    return db


def new_key() -> None:
    """A key for what is sealed."""
    sealed.install(sealed.KeyRing.fresh())


def run(work: Awaitable[Any]) -> Any:
    """One round."""

    async def main() -> Any:
        return await work

    return asyncio.run(main())
