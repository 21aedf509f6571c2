"""The whole bot in this process, with the real adapter, against the emulated network over HTTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.app import App
from bot.channels.telegram import Telegram, Webhook
from bot.settings import Settings
from core.rules.people import Role
from core.store.db import Database
from sandbox.client import Person, SandboxClient
from sandbox.server import Sandbox
from tests.e2e.company import STAFF, TOKEN, Colleague, found, network
from tests.office import START, company

SECRET = "a-secret-of-twenty-one"
ANA = next(c for c in STAFF if c.name == "林晓燕").user
BOB = next(c for c in STAFF if c.name == "王芳").user
ZHOU = next(c for c in STAFF if c.role is Role.SUPERVISOR).user


class Host:
    """The host's time as the adapter sees it: it runs on, and leaps over every pause the adapter would make. It looks at
    its webhook when it is told to."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._looks = asyncio.Semaphore(0)
        self.rests: list[float] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def passes(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    async def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.passes(seconds)
        await asyncio.sleep(0)

    async def pause(self, _: float) -> None:
        await self._looks.acquire()

    def look(self) -> None:
        self._looks.release()


@dataclass
class Post:
    """A running company: its bot, its network, and the people who use it."""

    app: App
    telegram: Telegram
    sandbox: Sandbox
    client: SandboxClient
    url: str  # of the bot's own HTTP server
    host: Host = field(default_factory=Host)

    def person(self, user: int) -> Person:
        return self.client.person(user)

    @property
    def queue(self) -> Any:
        return self.sandbox.net.queue

    async def rows(self, table: Any, **where: Any) -> list[Any]:
        """Rows of a table."""
        statement = select(table)
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)
        async with self.app.db.snapshot() as tx:
            return list(await tx.all(statement))

    def host_passes(self, seconds: float) -> None:
        """The sender's host clock goes on: what is to be tried again later is tried now."""
        before = self.app.sender.host
        later: Any = lambda: before() + timedelta(seconds=seconds)  # noqa: E731
        self.app.sender.host = self.app.sender.pace._host = later
        self.app.sender.wake.set()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def eventually(true: Callable[[], Any], patience: float = 60) -> None:
    """Let everything else in this process run until something is true."""
    async with asyncio.timeout(patience):
        while not true():
            await asyncio.sleep(0)


class SandboxClock:
    """The network's time, read without asking over HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def now(self) -> datetime:
        return self.sandbox.net.clock.now()


@asynccontextmanager
async def open_post(
    folder: Path, mode: str = "polling", staff: tuple[Colleague, ...] = STAFF, **options: Any
) -> AsyncIterator[Post]:
    """Everything up; ended at the end."""
    await found(folder, staff)
    port = free_port()
    async with Sandbox(network(staff), clock=START, port=0, **options) as sandbox:
        settings = Settings(
            _env_file=None,
            waihu_database_url=f"sqlite+aiosqlite:///{folder}/waihu.db",
            waihu_http_port=port,
            telegram_bot_token=TOKEN,
            telegram_api_base_url=sandbox.url,
            telegram_mode=mode,
            telegram_webhook_url=f"http://127.0.0.1:{port}/telegram/webhook" if mode == "webhook" else "",
            telegram_webhook_secret=SECRET if mode == "webhook" else "",
        )
        clock = SandboxClock(sandbox)
        db = Database(settings.waihu_database_url, company(), clock.now)
        host = Host()
        webhook = Webhook(settings.telegram_webhook_url, SECRET) if mode == "webhook" else None
        telegram = Telegram(TOKEN, sandbox.url, webhook=webhook, host=host.now, rest=host.rest, pause=host.pause)
        app = App(settings, db, clock, {"telegram": telegram})
        await app.start()
        try:
            async with SandboxClient(sandbox.url) as client:
                await telegram.ready()
                yield Post(app, telegram, sandbox, client, f"http://127.0.0.1:{port}", host)
        finally:
            await app.stop()


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """The company on long polling."""
    async with open_post(tmp_path) as opened:
        await opened.client.receiving()
        yield opened


@pytest.fixture
async def hooked(tmp_path: Path) -> AsyncIterator[Post]:
    """The company on a webhook."""
    async with open_post(tmp_path, "webhook") as opened:
        await opened.client.until(lambda: opened.sandbox.webhook.active, "the webhook to be set")
        yield opened
