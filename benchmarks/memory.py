"""(c) Memory of a process that idles and of one that has handled 100 000 updates; from start to ready."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kit import BATCH, POLICY, Bot, line, new_key, raw, run, staffed

PEOPLE = 200
UPDATES = 100_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Megabytes and updates."""

    idle: float
    warm: float  # after the first tenth
    after: float
    updates: int

    def __str__(self) -> str:
        return (
            f"memory     idle {self.idle:.0f} MB · after {self.updates // 10:,} updates {self.warm:.0f} MB"
            f" · after {self.updates:,} {self.after:.0f} MB"
        )


def rss() -> float:
    """Resident megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _work(updates: int) -> None:
    """In a process of its own: a line of JSON for each tenth."""
    new_key()
    shared = Path("/dev/shm")  # noqa: S108  memory does not depend on where the file lies, time does
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        db = await staffed(f"sqlite+aiosqlite:///{folder}/waihu.db", PEOPLE)
        bot = Bot(db)
        bot.start()
        await asyncio.sleep(0.2)
        print(json.dumps(rss()), flush=True)  # noqa: T201
        for start in range(0, updates, BATCH):
            await bot.deliver([raw(n, n % PEOPLE, line(n)) for n in range(start, start + BATCH)])
            await bot.until(start)  # a batch ahead, as a long poll is
            bot.network.answered.clear()
            if (start + BATCH) % (updates // 10) == 0:
                await bot.until(start + BATCH)
                print(json.dumps(rss()), flush=True)  # noqa: T201
        await bot.stop()


async def _measure(updates: int, progress: Callable[[float], None]) -> Measured:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.memory", str(updates), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    found: list[float] = []
    async for text in process.stdout:
        found.append(json.loads(text))
        progress((len(found) - 1) / 10)
    await process.wait()
    return Measured(found[0], found[1], found[-1], updates)


def measure(updates: int = UPDATES, progress: Callable[[float], None] = lambda _: None) -> Measured:
    """A process that works through so many logged calls."""
    found: Measured = run(_measure(updates, progress))
    return found


async def _start_to_ready() -> float:
    """Seconds from the command to the first getUpdates of `waihu run` on a migrated database."""
    from sandbox.client import SandboxClient
    from sandbox.server import Sandbox

    with tempfile.TemporaryDirectory() as folder:
        new_key()
        url = f"sqlite+aiosqlite:///{folder}/waihu.db"
        network = {"bot": {"token": "4242:demo", "username": "bench_bot", "first_name": "b"}, "users": [], "groups": []}
        sandbox = Sandbox(network, port=0, state=Path(folder) / "sandbox.json")
        await sandbox.start()
        env = os.environ | {
            "WAIHU_DATABASE_URL": url, "WAIHU_POLICY": str(POLICY), "WAIHU_HTTP_PORT": "0", "WAIHU_LOG": "error",
            "TELEGRAM_BOT_TOKEN": "4242:demo", "TELEGRAM_API_BASE_URL": sandbox.url,
        }  # fmt: skip
        spent: list[float] = []
        try:
            async with SandboxClient(sandbox.url) as net:
                for _ in range(3):  # the first one also migrates
                    began = time.perf_counter()
                    process = await asyncio.create_subprocess_exec(
                        sys.executable, "-m", "bot", "run", env=env, stdout=asyncio.subprocess.DEVNULL,
                        stderr=asyncio.subprocess.DEVNULL,
                    )  # fmt: skip
                    try:
                        await net.receiving(60)
                        spent.append(time.perf_counter() - began)
                    finally:
                        process.terminate()
                        await process.wait()
                    await net.until(lambda: not net.polling, "the bot to be gone", 60)
        finally:
            await sandbox.stop()
    return min(spent)


def start_to_ready() -> float:
    """Seconds."""
    found: float = run(_start_to_ready())
    return found


if __name__ == "__main__":
    run(_work(int(sys.argv[1])))
