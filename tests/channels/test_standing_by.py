"""Two processes on a webhook: the network's calls may reach either; the one that holds the channel answers (D7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.channels.telegram import Telegram, Webhook
from bot.health import look
from bot.settings import Settings
from core.store import models as m
from core.store.db import Database
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests.channels.conftest import ANA, SECRET, Host, Post, SandboxClock, eventually, free_port
from tests.channels.test_receiving import knock, update
from tests.e2e.company import TOKEN, found, network
from tests.office import START, company

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def joined(sandbox: Sandbox, url: str) -> AsyncIterator[tuple[App, str]]:
    """One process's bot, and the address of its own HTTP server."""
    here = f"http://127.0.0.1:{free_port()}"
    settings = Settings(
        _env_file=None, waihu_database_url=url, waihu_http_port=int(here.rpartition(":")[2]), telegram_bot_token=TOKEN,
        telegram_api_base_url=sandbox.url, telegram_mode="webhook", telegram_webhook_url=f"{here}/telegram/webhook",
        telegram_webhook_secret=SECRET,
    )  # fmt: skip
    telegram = Telegram(TOKEN, sandbox.url, webhook=Webhook(settings.telegram_webhook_url, SECRET))
    app = App(settings, Database(url, company(), lambda: START), SandboxClock(sandbox), {"telegram": telegram})
    await app.start()
    await telegram.ready()
    try:
        yield app, here
    finally:
        await app.stop()


async def test_a_call_that_reaches_the_one_that_stands_by_is_kept_handled_and_answered_by_the_holder(
    tmp_path: Path, database: str
) -> None:
    await found(tmp_path, url=database)
    async with (
        Sandbox(network(), clock=START, port=0) as sandbox,
        SandboxClient(sandbox.url) as client,
        AsyncExitStack() as first,
    ):
        holder, here = await first.enter_async_context(joined(sandbox, database))
        async with joined(sandbox, database) as (other, there):
            await client.until(lambda: sandbox.webhook.active, "the webhook to be set")
            assert holder.holding.holds("telegram")
            assert other.standing_by()
            assert (await look(holder))["ok"]
            assert (await look(other))["ok"]  # it does what it is there for
            post = Post(other, other.channels["telegram"], sandbox, client, there, Host())  # type: ignore[arg-type]
            call = update(text="记 李总 13800138000 有意向70%")
            assert await knock(post, call) == 200
            await client.person(ANA).sees("李总 138****8000")
            assert await knock(replace(post, url=here), call) == 200  # the same again, at the other door
            assert len(await post.rows(m.inbox)) == 1

            await first.aclose()
            await eventually(lambda: other.holding.holds("telegram"))
            assert await knock(post, update(900_002, text="记 王总 13900139000 未接")) == 200
            await client.person(ANA).sees("王总 139****9000")
            assert len(await post.rows(m.calls)) == 2
            assert not await post.rows(m.outages)
            assert await client.violations() == []
