"""A company whose bot is its own process, on the networks a test asks for, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from core.store import models as m
from core.store import people as people_store
from core.store.db import Database
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.wecom.corp import Console
from tests.channels.conftest import free_port
from tests.chaos.processes import Nursery, Process, seen
from tests.contract.hands import AppHand, Hand, TelegramHand, WeComHand
from tests.contract.world import BOT_ID, BOT_SECRET, GROUP, KEY, people, userid
from tests.e2e.company import GROUP as TELEGRAM_GROUP
from tests.e2e.company import STAFF, TOKEN, Company, found
from tests.office import POLICY, START, Office

PHONES = ("wecom_app", "telegram", "wecom")
PATIENCE = 90.0  # host seconds: several companies may share a busy machine
PROGRAM = "tests.contract.dying"
ARMED = "armed"  # a file in the company's folder
LEASE = 15.0  # host seconds; those who kill a holder set less


@dataclass
class Everybody:
    """The running company and its people's phones."""

    company: Company
    on: Mapping[str, str]  # colleague -> the network they use
    port: int  # of the bot's own HTTP server; 0 where nobody calls it
    env: Mapping[str, str]
    young: Nursery
    alive: list[Process] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def client(self) -> SandboxClient:
        return self.company.client

    @property
    def sandbox(self) -> Sandbox:
        return self.company.sandbox

    def hand(self, name: str, on: str | None = None) -> Hand:
        """Somebody's phone, on the network they use (or on another)."""
        one = next(c for c in STAFF if c.name == name)
        if (on or self.on[name]) == "telegram":
            return TelegramHand(self.client, one.user, TELEGRAM_GROUP)
        if (on or self.on[name]) == "wecom":
            return WeComHand(self.client, userid(one), GROUP)
        webhook = f"{self.client.url}/wecom/cgi-bin/webhook/send?key={KEY}"
        return AppHand(self.client, userid(one), GROUP, webhook=webhook)

    # --- the bot's processes -----------------------------------------------------------------------------------

    async def start(self, death: str = "") -> Process:
        """A process of the bot; `death` names what it kills itself at: a point, and at which passing."""
        log = self.company.folder / f"bot{next(self._numbers)}.log"
        env = {**self.env, "WAIHU_DIE": death}
        process = await self.young.start(("run",), env, log, death=death, program=PROGRAM)
        self.alive.append(process)
        self.sandbox.net.clock.expect(bot=True)
        return process

    async def settled(self) -> None:
        """Until nothing is left to do or to send, and what was sent is marked."""

        async def over() -> bool:
            inbox = {row.state for row in await self.company.rows(m.inbox)}
            outbox = {row.state for row in await self.company.rows(m.outbox)}
            return inbox <= {"done", "parked"} and outbox <= {"sent", "maybe", "dropped", "dead"}

        await seen(over)

    def arms(self, *, yes: bool = True) -> None:
        """From now on (or no longer) a process that passes its point kills itself."""
        file = self.company.folder / ARMED
        file.touch() if yes else file.unlink(missing_ok=True)

    async def fallen(self, process: Process, patience: float = PATIENCE) -> bool:
        """Until it has killed itself; false, and killed by us, when it has not within so many host seconds."""
        done, _ = await asyncio.wait({process.ended}, timeout=patience)
        await process.kill()
        self.alive.remove(process)
        if not self.alive:
            self.sandbox.net.clock.expect(bot=False)
        return bool(done)

    async def waihu(self, *words: str) -> Any:
        """A command beside the running bot; what it prints as JSON."""
        log = self.company.folder / f"waihu{next(self._numbers)}.log"
        process = await self.young.start(words, self.env, log, program=PROGRAM)
        assert await process.end() == 0, process.said()
        said = process.said()
        return [json.loads(line) for line in said.splitlines()] if words[0] == "export" else json.loads(said)

    async def receiving(self) -> None:
        """Until the bot hears every network in use."""
        if "telegram" in self.on.values():
            await self.client.receiving(PATIENCE)
        if "wecom" in self.on.values():
            await self.client.line.connected(PATIENCE)
        if "wecom_app" in self.on.values():
            await self.served(PATIENCE)

    async def served(self, patience: float = PATIENCE) -> None:
        """Until the bot's own HTTP server answers: callbacks reach it."""

        async def opens() -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{self.port}/healthz"):
                    return True
            return False

        async with aiohttp.ClientSession() as session:
            await seen(opens, patience)

    def logs(self) -> str:
        """The ends of what its processes logged."""
        logs = sorted(self.company.folder.glob("bot*.log"), key=lambda log: log.stat().st_mtime)[-3:]
        return "\n".join(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-3000:]}" for log in logs)


def _environment(
    folder: Path, url: str, sandbox: Sandbox, on: Mapping[str, str], port: int, lease: float, *, armed: bool
) -> dict[str, str]:
    """What a process of the bot is told."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in os.environ} | {
        "WAIHU_DATABASE_URL": url,
        "WAIHU_KEY_FILE": str(folder / "waihu.key"),
        "WAIHU_POLICY": str(POLICY),
        "WAIHU_CLOCK": f"{sandbox.url}/clock",
        "WAIHU_HTTP_PORT": str(port),
        "WAIHU_LEASE_SECONDS": str(lease),
        "WAIHU_LOG": "info",
        "WAIHU_ARMED": str(folder / ARMED) if armed else "",
    }
    if "telegram" in on.values():
        env |= {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": sandbox.url}
    if "wecom" in on.values():
        gateway = f"{sandbox.url.replace('http', 'ws', 1)}/wecom/ws"
        env |= {"WECOM_BOT_ID": BOT_ID, "WECOM_BOT_SECRET": BOT_SECRET, "WECOM_BOT_URL": gateway}
    if "wecom_app" in on.values():
        console = Console()
        env |= {
            "WECOM_CORP_ID": console.corp_id,
            "WECOM_AGENT_ID": str(console.agent_id),
            "WECOM_SECRET": console.secret,
            "WECOM_TOKEN": console.token,
            "WECOM_AES_KEY": console.aes_key,
            "WECOM_API_BASE_URL": f"{sandbox.url}/wecom",
        }
    return env


async def _bound(folder: Path, url: str, on: Mapping[str, str], newcomers: tuple[str, ...]) -> None:
    """The company exists; who is no newcomer is bound to their network."""
    await found(folder, STAFF, newcomers=[one.name for one in STAFF], url=url)
    db = Database(url or f"sqlite+aiosqlite:///{folder}/waihu.db", Office(folder).company, lambda: START)
    async with db.transaction() as tx:
        for one in STAFF:
            person = await people_store.by_number(tx, one.number)
            assert person is not None
            if one.name in on and one.name not in newcomers:
                channel = on[one.name]
                await people_store.bind(tx, channel, str(one.user) if channel == "telegram" else userid(one), person.id)
    await db.close()


@asynccontextmanager
async def everybody(
    folder: Path,
    on: Mapping[str, str],
    young: Nursery,
    *,
    url: str = "",
    newcomers: tuple[str, ...] = (),
    running: bool = True,
    lease: float = LEASE,
    armed: bool = False,
    **options: Any,
) -> AsyncIterator[Everybody]:
    """Up and listening; ended at the end.

    `on`: which network each colleague uses; the newcomers are bound to none yet. `url`: of an empty database, or SQLite
    in the folder. `running`: a process of the bot is there already. `lease` in host seconds. `armed`: a process kills itself only after `arms`.
    """
    await _bound(folder, url, on, newcomers)
    url = url or f"sqlite+aiosqlite:///{folder}/waihu.db"
    port = free_port() if "wecom_app" in on.values() else 0
    known = people()
    known["wecom"]["callback_url"] = f"http://127.0.0.1:{port}/wecom/callback" if port else ""
    async with Sandbox(known, clock=START, port=0, **options) as sandbox, SandboxClient(sandbox.url) as client:
        env = _environment(folder, url, sandbox, on, port, lease, armed=armed)
        opened = Everybody(Company(folder, url, sandbox, client), on, port, env, young)
        try:
            if running:
                await opened.start()
                await opened.receiving()
            yield opened
        except Exception as problem:
            problem.add_note(opened.logs())
            raise
        finally:
            for process in opened.alive:
                await process.kill()
