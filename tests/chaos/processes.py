"""Processes of the bot for a test: started by a nursery, ended by a signal, waited for."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.supervisor import LEASH
from tests.e2e.company import ROOT

PATIENCE = 90.0  # host seconds: a busy machine may take long for the first start


@dataclass(eq=False)
class Process:
    """One process; `ended` is its exit code, or the signal as a negative number."""

    log: Path
    death: str  # what it is to die of: a point and at which passing, or nothing
    born: asyncio.Future[int]
    ended: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    async def kill(self) -> None:
        """SIGKILL, and gone."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.born.result(), signal.SIGKILL)
        await self.end()

    async def end(self) -> int:
        """Until it has ended."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self.ended)

    def said(self) -> str:
        """What it has logged."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


async def seen(true: Callable[[], Awaitable[object]], patience: float = PATIENCE) -> None:
    """Until it is so. What another process has logged, written or opened tells nobody: it is looked at again."""
    async with asyncio.timeout(patience):
        while not await true():
            await asyncio.sleep(0.05)


class Nursery:
    """The process that starts the others (tests.chaos.nursery)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._children: dict[int, Process] = {}

    async def start(
        self,
        words: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        *,
        death: str = "",
        program: str = "tests.chaos.dying",
    ) -> Process:
        """A process with these words and this environment."""
        assert self._process.stdin is not None
        number = next(self._numbers)
        child = self._children[number] = Process(log, death, asyncio.get_running_loop().create_future())
        order = {"number": number, "program": program, "words": [*words], "env": {**env}, "log": str(log)}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            await child.born
        return child

    async def listen(self) -> None:
        """Until it ends: hear of its children."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            news = json.loads(line)
            child = self._children.get(news.get("number"))
            if child is not None and "pid" in news:
                child.born.set_result(news["pid"])
            elif child is not None:
                child.ended.set_result(news["ended"])

    async def end(self) -> None:
        """With everything it has started."""
        for child in self._children.values():
            if child.born.done():
                await child.kill()


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """Ready to start processes; they all end with it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAIHU", "TELEGRAM", "WECOM"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), sys.executable, "-m", "tests.chaos.nursery",
        cwd=ROOT, env=kept, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    listening: asyncio.Task[None] | None = None
    ours = Nursery(process)
    try:
        async with asyncio.timeout(PATIENCE):
            assert json.loads(await process.stdout.readline() or b"{}").get("ready"), "the nursery did not come up"
        listening = asyncio.create_task(ours.listen())
        yield ours
        await ours.end()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if listening is not None:
            await listening
