"""WeCom says a message to the AI bot once: what was heard is held until the inbox has it, whatever the database does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.wecom.aibot import AiBot
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests.contract.world import BOT_ID, BOT_SECRET, people, userid
from tests.e2e.company import STAFF
from tests.office import START

ANA = userid(next(one for one in STAFF if one.name == "林晓燕"))
PATIENCE = 30.0  # host seconds


@dataclass
class Inbox:
    """Where updates are committed, by a database that may be away."""

    away: bool = True
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    kept: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, batch: list[tuple[Any, Any]]) -> None:
        self.tried.set()
        if self.away:
            raise OperationalError("INSERT", {}, Exception("server closed"), connection_invalidated=True)
        self.kept += [raw["body"]["text"]["content"] for _, raw in batch if "text" in raw["body"]]
        self.news.set()

    async def has(self, *texts: str) -> None:
        """Until these are kept, in this order."""
        async with asyncio.timeout(PATIENCE):
            while self.kept != list(texts):
                await self.news.wait()
                self.news.clear()


@dataclass
class Line:
    """The bot, its inbox, and the network."""

    bot: AiBot
    client: SandboxClient
    inbox: Inbox = field(default_factory=Inbox)

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """While we hold the lease."""
        receiving = asyncio.create_task(self.bot.receive(self.inbox.deliver))
        await self.client.line.connected(PATIENCE)
        try:
            yield
        finally:
            receiving.cancel()
            await asyncio.wait({receiving})
        await self.client.until(lambda: not self.client.wecom_mirror.connected, "the end of the connection", PATIENCE)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with Sandbox(people(), clock=START, port=0) as sandbox, SandboxClient(sandbox.url) as client:
        bot = AiBot(BOT_ID, BOT_SECRET, sandbox.url.replace("http", "ws", 1) + "/wecom/ws")
        try:
            yield Line(bot, client)
        finally:
            await bot.stop()


async def test_what_was_heard_is_kept_although_the_database_was_away_for_longer_than_the_lease(line: Line) -> None:
    ana = line.client.wecom(ANA)
    async with line.held():
        await ana.say("记 李总 13800138000 未接")
        await asyncio.wait_for(line.inbox.tried.wait(), PATIENCE)
        await ana.say("今日")

    assert not line.inbox.kept
    line.inbox.away = False
    await line.inbox.has("记 李总 13800138000 未接", "今日")  # although another may hold the connection now


async def test_what_is_heard_after_the_lease_came_back_stands_behind_what_was_heard_before(line: Line) -> None:
    ana = line.client.wecom(ANA)
    async with line.held():
        await ana.say("eins")
        await asyncio.wait_for(line.inbox.tried.wait(), PATIENCE)
    async with line.held():
        await ana.say("zwei")
        line.inbox.away = False
        await line.inbox.has("eins", "zwei")


async def test_at_the_end_what_was_just_heard_is_still_kept(line: Line) -> None:
    async with line.held():
        await line.client.wecom(ANA).say("eins")
        await asyncio.wait_for(line.inbox.tried.wait(), PATIENCE)
    line.inbox.away = False
    await line.bot.stop()

    assert line.inbox.kept == ["eins"]
