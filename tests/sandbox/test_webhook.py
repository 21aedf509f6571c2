"""The webhook: secret header, order within a chat, repeated until accepted, and no getUpdates beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest, Conflict

from sandbox import Sandbox
from sandbox.webhook import pause_before
from tests.sandbox.conftest import AGENT, MANAGER, PEOPLE, START, Api, Host, connect


@dataclass
class Receiver:
    """A bot's own web server: it notes what comes and answers with the statuses it was given, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    attempts: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None

    async def handle(self, request: web.Request) -> web.Response:
        self.attempts += 1
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        update = await request.json()
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.got.append(update)
        self.news.set()
        if self.hold is not None:
            await self.hold.wait()
        return web.Response(status=status)

    async def has(self, count: int) -> list[str]:
        """The texts, once there are this many."""
        async with asyncio.timeout(30):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()
        return [update["message"]["text"] for update in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def sandbox(host: Host) -> AsyncIterator[Sandbox]:
    """Like everywhere, but retries do not wait."""
    async with Sandbox(PEOPLE, clock=START, host=host, webhook_pause=lambda _: 0.0) as running:
        yield running


async def test_updates_are_posted_with_the_secret(sandbox: Sandbox, bot: Bot, receiver: Receiver) -> None:
    await sandbox.user(AGENT).say("先")
    assert await bot.set_webhook(receiver.url, secret_token="s3cret-_", max_connections=5)
    await sandbox.user(AGENT).say("后")
    assert await receiver.has(2) == ["先", "后"]
    assert receiver.secrets == ["s3cret-_", "s3cret-_"]
    await sandbox.client.quiet()
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count, info.max_connections) == (receiver.url, 0, 5)
    assert sandbox.violations == []


async def test_whatever_is_not_accepted_comes_again_in_order(sandbox: Sandbox, bot: Bot, receiver: Receiver) -> None:
    receiver.statuses = [500, 403, 302, 200]
    await bot.set_webhook(receiver.url)
    await sandbox.user(AGENT).say("一")
    await sandbox.user(AGENT).say("二")
    assert await receiver.has(2) == ["一", "二"]
    assert receiver.attempts == 5
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 302"


async def test_a_stuck_chat_does_not_hold_the_others(sandbox: Sandbox, bot: Bot, receiver: Receiver) -> None:
    receiver.hold = asyncio.Event()
    await bot.set_webhook(receiver.url)
    await sandbox.user(AGENT).say("一")
    await receiver.has(1)
    await sandbox.user(AGENT).say("一一")
    await sandbox.user(MANAGER).say("二")
    assert await receiver.has(2) == ["一", "二"]
    receiver.hold.set()
    assert await receiver.has(3) == ["一", "二", "一一"]


async def test_a_server_that_is_down_gets_everything_later(sandbox: Sandbox, bot: Bot, receiver: Receiver) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    await sandbox.user(AGENT).say("等着")
    await bot.set_webhook(receiver.url)
    assert await receiver.has(1) == ["等着"]


async def test_an_update_is_given_up_after_a_day(sandbox: Sandbox, bot: Bot, receiver: Receiver, host: Host) -> None:
    await sandbox.user(AGENT).say("旧")
    host.now += 24 * 3600 + 1
    await bot.set_webhook(receiver.url)
    await sandbox.user(AGENT).say("新")
    assert await receiver.has(1) == ["新"]


async def test_getupdates_and_a_webhook_exclude_each_other(sandbox: Sandbox, bot: Bot, receiver: Receiver) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30))
    await sandbox.client.receiving()
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await polling
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    receiver.statuses = [500] * 10_000
    await sandbox.user(AGENT).say("留着")
    await bot.delete_webhook()
    (update,) = await bot.get_updates(timeout=5)
    assert update.message is not None
    assert update.message.text == "留着"


async def test_the_backlog_is_dropped_only_on_request(sandbox: Sandbox, bot: Bot, receiver: Receiver) -> None:
    await sandbox.user(AGENT).say("旧")
    await bot.delete_webhook()
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.set_webhook(receiver.url, drop_pending_updates=True)
    await sandbox.user(AGENT).say("新")
    assert await receiver.has(1) == ["新"]


async def test_addresses_and_secrets_are_checked(sandbox: Sandbox, bot: Bot, api: Api) -> None:
    with pytest.raises(BadRequest, match="an https url must be provided for webhook"):
        await bot.set_webhook("http://example.com/hook")
    assert await api.refused("setWebhook", url="https://example.com/h", secret_token="空") == (
        "Bad Request: secret token contains unallowed characters"
    )
    assert await api.refused("setWebhook", url="https://example.com/h", secret_token="a" * 257) == (
        "Bad Request: secret token is too long"
    )
    assert (await bot.get_webhook_info()).url == ""


def test_retries_start_at_once_and_then_double_up_to_a_minute() -> None:
    assert [pause_before(attempt) for attempt in range(1, 9)] == [0, 2, 4, 8, 16, 32, 60, 60]


async def test_a_webhook_survives_a_restart_of_the_server(tmp_path: Any, receiver: Receiver) -> None:
    state = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, state=state) as first, connect(first) as bot:
        await bot.set_webhook(receiver.url, secret_token="abc")
    async with Sandbox(PEOPLE, state=state) as second:
        await second.user(AGENT).say("重启后")
        assert await receiver.has(1) == ["重启后"]
    assert receiver.secrets == ["abc"]
