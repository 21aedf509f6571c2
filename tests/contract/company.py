"""A company whose bot is its own process, on the networks a test asks for, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from core.store import people as people_store
from core.store import sealed
from core.store.db import Database
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.wecom.corp import Console
from tests.channels.conftest import free_port
from tests.contract.hands import AppHand, Hand, TelegramHand, WeComHand
from tests.contract.world import BOT_ID, BOT_SECRET, GROUP, KEY, people, userid
from tests.e2e.company import BOT, ROOT, STAFF, TOKEN, Company, found
from tests.e2e.company import GROUP as TELEGRAM_GROUP
from tests.office import POLICY, START, Office

PHONES = ("telegram", "wecom", "wecom_app")


@dataclass
class Everybody:
    """The running company and its people's phones."""

    company: Company
    on: Mapping[str, str]  # colleague -> the network they use
    port: int  # of the bot's own HTTP server

    @property
    def client(self) -> SandboxClient:
        return self.company.client

    def hand(self, name: str, on: str | None = None) -> Hand:
        """Somebody's phone, on the network they use (or on another)."""
        one = next(c for c in STAFF if c.name == name)
        if (on or self.on[name]) == "telegram":
            return TelegramHand(self.client, one.user, TELEGRAM_GROUP)
        if (on or self.on[name]) == "wecom":
            return WeComHand(self.client, userid(one), GROUP)
        webhook = f"{self.client.url}/wecom/cgi-bin/webhook/send?key={KEY}"
        return AppHand(self.client, userid(one), GROUP, webhook=webhook)

    async def receiving(self) -> None:
        """Until the bot hears every network in use."""
        if "telegram" in self.on.values():
            await self.client.receiving(60)
        if "wecom" in self.on.values():
            await self.client.line.connected(60)
        if "wecom_app" in self.on.values():
            await self.served(60)

    async def served(self, patience: float) -> None:
        """Until the bot's own HTTP server answers: callbacks reach it."""
        async with asyncio.timeout(patience), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{self.port}/healthz"):
                        return
                await asyncio.sleep(0.1)


@asynccontextmanager
async def everybody(
    folder: Path, on: Mapping[str, str], *, newcomers: tuple[str, ...] = (), **options: Any
) -> AsyncIterator[Everybody]:
    """Up and listening. `on`: which network each colleague uses; the newcomers are bound to none yet."""
    url = f"sqlite+aiosqlite:///{folder}/waihu.db"
    await found(folder, STAFF, newcomers=[one.name for one in STAFF])
    ring, _ = sealed.KeyRing.load_or_create(folder / "waihu.key", sealed_rows_exist=True)
    sealed.install(ring)
    db = Database(url, Office(folder).company, lambda: START)
    async with db.transaction() as tx:
        for one in STAFF:
            person = await people_store.by_number(tx, one.number)
            assert person is not None
            if one.name in on and one.name not in newcomers:
                channel = on[one.name]
                await people_store.bind(tx, channel, str(one.user) if channel == "telegram" else userid(one), person.id)
    await db.close()
    port, served = free_port(), free_port()
    known = people()
    console = Console()
    known["wecom"]["callback_url"] = f"http://127.0.0.1:{served}/wecom/callback" if "wecom_app" in on.values() else ""
    env = {
        "WAIHU_DATABASE_URL": url,
        "WAIHU_KEY_FILE": str(folder / "waihu.key"),
        "WAIHU_POLICY": str(POLICY),
        "WAIHU_CLOCK": "{sandbox}/clock",
        "WAIHU_HTTP_PORT": str(served),
        "WAIHU_LOG": "warning",
        "TELEGRAM_BOT_TOKEN": "",
    }
    if "telegram" in on.values():
        env |= {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": "{sandbox}"}
    if "wecom" in on.values():
        env |= {
            "WECOM_BOT_ID": BOT_ID,
            "WECOM_BOT_SECRET": BOT_SECRET,
            "WECOM_BOT_URL": f"ws://127.0.0.1:{port}/wecom/ws",
        }
    if "wecom_app" in on.values():
        env |= {
            "WECOM_CORP_ID": console.corp_id,
            "WECOM_AGENT_ID": str(console.agent_id),
            "WECOM_SECRET": console.secret,
            "WECOM_TOKEN": console.token,
            "WECOM_AES_KEY": console.aes_key,
            "WECOM_API_BASE_URL": "{sandbox}/wecom",
        }
    sandbox = Sandbox(
        known, clock=START, port=port, state=folder / "sandbox.json", supervise=BOT, env=env, cwd=ROOT, **options
    )
    await sandbox.start()
    try:
        async with SandboxClient(sandbox.url) as client:
            opened = Everybody(Company(folder, url, sandbox, client), on, served)
            await opened.receiving()
            yield opened
    finally:
        await sandbox.stop()
