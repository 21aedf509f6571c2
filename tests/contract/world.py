"""The whole bot in this process with its real adapters, against the emulated networks over real sockets: people may
hold a Telegram phone, a WeCom phone, or both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import App
from bot.channels.line import Line
from bot.channels.port import Message
from bot.channels.telegram import Telegram
from bot.channels.wecom.aibot import AiBot
from bot.render.notices import Data, notice
from bot.settings import Settings
from core.rules.people import Person, Role
from core.store import outbox
from core.store import people as people_store
from core.store.db import Database, Tx
from core.usecases import joining
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.wecom.client import Phone as WeComPhone
from tests.channels.conftest import Host, SandboxClock, free_port
from tests.e2e.company import STAFF, TOKEN, Colleague, found, network
from tests.office import START, company


@notice("test_words")
async def _words(tx: Tx, data: Data, lang: str, person: Person | None) -> Message:
    """What a test wants said."""
    return Message(str(data["text"]))


BOT_ID, BOT_SECRET = "aib-demo", "demo-bot-secret"
BOT_NAME = "外呼管家"
GROUP = "wrTeamGroup0001"
KEY = "0f0f0f0f-team-one"


def userid(one: Colleague) -> str:
    """A colleague's name in WeCom."""
    return f"Wx{one.number}"


@dataclass
class World:
    """A running company."""

    app: App
    sandbox: Sandbox
    client: SandboxClient
    host: Host = field(default_factory=Host)

    @property
    def db(self) -> Database:
        return self.app.db

    def colleague(self, name: str) -> Colleague:
        return next(c for c in STAFF if c.name == name)

    def wecom(self, name: str) -> WeComPhone:
        """Somebody's WeCom phone."""
        return self.client.wecom(userid(self.colleague(name)))

    def telegram(self, name: str) -> Any:
        """Somebody's Telegram phone."""
        return self.client.person(self.colleague(name).user)

    async def rows(self, table: Any, **where: Any) -> list[Any]:
        """Rows of a table."""
        statement = select(table)
        for column, value in where.items():
            statement = statement.where(table.c[column] == value)
        async with self.db.snapshot() as tx:
            return list(await tx.all(statement))

    async def code_for(self, name: str) -> str:
        """A fresh code that binds an account to somebody."""

        async def make(tx: Tx) -> str:
            person = await people_store.by_number(tx, self.colleague(name).number)
            assert person is not None
            return (await joining.invite(tx, person.id, None))[0]

        async with self.db.transaction() as tx:
            return await make(tx)

    async def until(self, true: Callable[[], Any], patience: float = 60) -> None:
        """Let everything else in this process run until something is true."""
        async with asyncio.timeout(patience):
            while not true():
                await asyncio.sleep(0.01)

    def violations(self) -> list[str]:
        """What a real network would have ignored or clipped, or refused as our mistake."""
        return [f"{one['method']}: {one['what']}" for one in self.sandbox.net.violations]

    @property
    def channel(self) -> AiBot:
        """The AI bot's adapter."""
        found = self.app.channels["wecom"]
        assert isinstance(found, AiBot)
        return found

    def sent(self, cmd: str) -> int:
        """How often the bot has made a call."""
        return sum(call["method"] == cmd for call in self.sandbox.wecom.calls)

    async def tell(self, name: str, text: str, *, once: str, repeatable: bool = True) -> None:
        """A notice to somebody, in these words."""
        async with self.db.transaction() as tx:
            person = await people_store.by_number(tx, self.colleague(name).number)
            assert person is not None
            await tx.notify(person.id, "test_words", {"text": text}, once=once, repeatable=repeatable)

    async def settled(self, patience: float = 60) -> None:
        """Until nothing is due or on its way."""
        async with asyncio.timeout(patience):
            while True:
                self.host_passes(3)
                async with self.db.snapshot() as tx:
                    waiting, _ = await outbox.waiting(tx)
                if not waiting:
                    return
                await asyncio.sleep(0.02)

    def host_passes(self, seconds: float) -> None:
        """The host's own clock leaps: what waits to be tried again is due."""
        self.host.passes(seconds)
        self.app.sender.wake.set()


def people(staff: Sequence[Colleague] = STAFF) -> dict[str, Any]:
    """Both networks: everybody has a phone on each."""
    known = network(staff)
    known["wecom"] = {
        "bot_id": BOT_ID,
        "bot_secret": BOT_SECRET,
        "bot_name": BOT_NAME,
        "users": [{"userid": userid(one), "name": one.name} for one in staff],
        "groups": [
            {
                "id": GROUP,
                "title": "领航组",
                "members": [userid(one) for one in staff],
                "bot": True,
                "robots": {KEY: "x"},
            }
        ],
    }
    return known


@asynccontextmanager
async def open_world(
    folder: Path,
    *,
    on: Mapping[str, Sequence[str]],
    networks: Sequence[str] = ("telegram", "wecom"),
    url: str | None = None,
    host: Host | None = None,
    **options: Any,
) -> AsyncIterator[World]:
    """Everything up. `on`: which channels each colleague is bound to (nobody else is bound). `url`: of an empty
    database, or SQLite in the folder."""
    await found(folder, STAFF, newcomers=[one.name for one in STAFF], url=url or "")
    host = host or Host()
    async with Sandbox(people(), clock=START, port=0, **options) as sandbox:
        settings = Settings(
            _env_file=None, waihu_database_url=url or f"sqlite+aiosqlite:///{folder}/waihu.db",
            waihu_http_port=free_port(),
            telegram_bot_token=TOKEN, telegram_api_base_url=sandbox.url, wecom_bot_id=BOT_ID,
            wecom_bot_secret=BOT_SECRET,
        )  # fmt: skip
        clock = SandboxClock(sandbox)
        db = Database(settings.waihu_database_url, company(), clock.now)
        async with db.transaction() as tx:
            for who, where in on.items():
                one = next(c for c in STAFF if c.name == who)
                person = await people_store.by_number(tx, one.number)
                assert person is not None
                for channel in where:
                    account = str(one.user) if channel == "telegram" else userid(one)
                    await people_store.bind(tx, channel, account, person.id)
        channels = {name: _channel(name, sandbox, host) for name in networks}
        app = App(settings, db, clock, channels)
        app.sender.host = app.sender.pace._host = host.now
        await app.start()
        try:
            async with SandboxClient(sandbox.url) as client:
                if "wecom" in channels:
                    await client.line.connected()
                if "telegram" in channels:
                    await channels["telegram"].ready()
                    await client.receiving()
                yield World(app, sandbox, client, host)
        finally:
            await app.stop()


def _channel(name: str, sandbox: Sandbox, host: Host) -> Line:
    if name == "telegram":
        return Telegram(TOKEN, sandbox.url, host=host.now, rest=host.rest)
    url = sandbox.url.replace("http://", "ws://") + "/wecom/ws"
    return AiBot(BOT_ID, BOT_SECRET, url, bot_name=BOT_NAME, ack=0.5, host=host.now, rest=host.rest)


BOSS = next(c.name for c in STAFF if c.role is Role.SUPERVISOR)
