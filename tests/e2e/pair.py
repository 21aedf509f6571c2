"""Two bots on one PostgreSQL database and one emulated network, each a process of its own behind its own line to the
database, which can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import make_url

from core.store import leases
from core.store.db import Database
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.supervisor import LEASH
from tests.e2e.company import BOT, ROOT, STAFF, TOKEN, found, network
from tests.office import POLICY, START, company

MARK = re.compile(r"第\d+号\w")
PATIENCE = 240.0  # host seconds: two processes that import everything on a busy machine took more than sixty
LEASE = 3.0


class Line:
    """A TCP port that leads to the database until it is cut: then bytes stand still, or nobody is there."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._server: asyncio.Server | None = None
        self._port = 0
        self.was_cut = False
        self._open = asyncio.Event()
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The database's address through this line."""
        parts = self._target.set(host="127.0.0.1", port=self._port)
        return parts.difference_update_query(["host", "port"]).render_as_string(hide_password=False)

    async def begin(self) -> None:
        self._open.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def end(self) -> None:
        """Nobody is there: what is open is reset, what is new is refused."""
        self.was_cut = True
        if self._server is not None:
            self._server.close()
        for task in list(self._pipes):
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def stall(self) -> None:
        """Bytes stand still in both directions; connections stay open, new ones too."""
        self.was_cut = True
        self._open.clear()

    def flow(self) -> None:
        """They move again."""
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        query = self._target.query
        host, port = (
            str(query.get("host", self._target.host or "localhost")),
            self._target.port or query.get("port", 5432),
        )
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there = (
                await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
                if host.startswith("/")
                else await asyncio.open_connection(host, int(str(port)))
            )
            for source, sink in ((reader, there[1]), (there[0], writer)):
                self._writers.add(sink)
                task = asyncio.create_task(self._pipe(source, sink))
                self._pipes.add(task)
                task.add_done_callback(self._pipes.discard)

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        sink.close()


@dataclass
class Bot:
    """One process of the bot, and what it has logged."""

    env: dict[str, str]
    line: Line
    log: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *BOT, cwd=ROOT, env=self.env,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read(self.process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            async with self._news:
                self.log.append(raw.decode().rstrip())
                self._news.notify_all()

    async def says(self, piece: str, since: int = 0, *, or_else: str | None = None) -> None:
        """Until it has logged this (or that) after its first `since` lines."""
        wanted = (piece, or_else or piece)
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(lambda: any(one in line for line in self.log[since:] for one in wanted))
        except TimeoutError:
            raise AssertionError(f"never said {piece!r}:\n" + "\n".join(self.log[-30:])) from None

    def send(self, what: signal.Signals) -> None:
        os.kill(self.pid, what)

    async def end(self, what: signal.Signals = signal.SIGKILL) -> int:
        """Until it has ended by this signal."""
        assert self.process is not None
        if self.process.returncode is None:
            self.send(what)
            if what is not signal.SIGKILL:
                async with asyncio.timeout(PATIENCE):
                    await self.process.wait()
        await self.process.wait()
        if self._reader:
            await self._reader
        return self.process.returncode or 0


class Typist:
    """An agent who types one call after the other and remembers what was typed."""

    def __init__(self, client: SandboxClient, name: str, number: int) -> None:
        self.phone = client.person(next(c.user for c in STAFF if c.name == name))
        self.name = name
        self.number = number
        self.typed: list[str] = []

    async def types(self, count: int = 1) -> None:
        for _ in range(count):
            mark = f"第{len(self.typed)}号{'甲乙丙'[self.number]}"
            await self.phone.say(f"李总 13{self.number}{len(self.typed):08d} 没接 {mark}")
            self.typed.append(mark)

    def receipts(self) -> Counter[str]:
        """The calls whose receipt stands in the chat, and how often it does."""
        found: Counter[str] = Counter()
        for message in self.phone.messages():
            if message.by_bot and message.text.startswith("✅"):
                found.update(set(MARK.findall(message.text)))
        return found


class Pair:
    """The running whole."""

    def __init__(self, db: Database, client: SandboxClient, bots: tuple[Bot, Bot]) -> None:
        self.db = db
        self.client = client
        self.bots = bots
        self.typists = [Typist(client, name, number) for number, name in enumerate(("林晓燕", "王芳", "吴海涛"))]

    async def rows(self, table: Any) -> list[Any]:
        async with self.db.snapshot() as tx:
            return list(await tx.all(select(table).order_by(table.c.id)))

    async def holder(self) -> tuple[Bot, Bot]:
        """Who holds the network, and who stands by."""
        async with self.db.snapshot() as tx:
            (lease,) = (one for one in await leases.everybody(tx) if one.channel == "telegram")
        assert lease.held
        first, second = self.bots
        return (first, second) if lease.holder.endswith(f"/{first.pid}") else (second, first)

    async def typing(self, count: int = 1) -> None:
        """Everybody types at once."""
        await asyncio.gather(*(typist.types(count) for typist in self.typists))

    async def answered(self) -> float:
        """Until every line that was typed has its receipt; the host seconds that it took."""
        began = time.monotonic()

        def all_there() -> bool:
            return all(set(typist.typed) <= set(typist.receipts()) for typist in self.typists)

        await self.client.until(all_there, "every line to be answered", PATIENCE)
        return time.monotonic() - began


@asynccontextmanager
async def two(folder: Path, url: str, *, count: int = 2) -> AsyncIterator[Pair]:
    """Everything up, with `count` bots started and one of them holding the network; ended at the end, however it is."""
    await found(folder, url=url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAIHU", "TELEGRAM", "WECOM"))}
    bots: list[Bot] = []
    db = Database(url, company(), lambda: START)
    async with Sandbox(network(), clock=START, port=0) as sandbox, SandboxClient(sandbox.url) as client:
        for _ in range(2):
            line = Line(url)
            await line.begin()
            env = {
                "WAIHU_DATABASE_URL": line.url, "WAIHU_KEY_FILE": str(folder / "waihu.key"), "WAIHU_POLICY": str(POLICY),
                "WAIHU_CLOCK": f"{sandbox.url}/clock", "WAIHU_HTTP_PORT": "0", "WAIHU_LEASE_SECONDS": str(LEASE),
                "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": sandbox.url,
            }  # fmt: skip
            bots.append(Bot(kept | env, line))
        try:
            await asyncio.gather(*(bot.start() for bot in bots[:count]))
            await asyncio.gather(*(bot.says("standing by", or_else="lease taken") for bot in bots[:count]))
            if count:
                await client.receiving(PATIENCE)
            yield Pair(db, client, (bots[0], bots[1]))
        except Exception as problem:
            for bot in bots:
                problem.add_note("\n".join(["", "--- a bot's log", *bot.log[-60:]]))
            raise
        finally:
            for bot in bots:
                if bot.process is not None:
                    await bot.end()
                await bot.line.end()
            await db.close()
