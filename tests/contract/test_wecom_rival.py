"""Somebody else's program uses our bot: WeCom gives the connection to whoever came last. We do not fight, the owner
hears of it, and when the other is gone we are back (reliability D6, T7)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wecom.aibot_gateway import RIVAL_PAUSES
from core.store import models as m
from tests.channels.conftest import Host
from tests.contract.world import BOSS, BOT_ID, BOT_SECRET, World, open_world

ANA = "林晓燕"
OWNER = "梁文静"
PATIENCE = 60.0
RIVAL = Path(__file__).with_name("rival.py")
HAND_OVER = 15.0


class HeldHost(Host):
    """The host's time, which leaps over a long pause only when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.leaps = asyncio.Semaphore(0)

    async def rest(self, seconds: float) -> None:
        """As long as it takes."""
        if seconds < HAND_OVER:
            await super().rest(seconds)
            return
        self.rests.append(seconds)
        await self.leaps.acquire()
        self.passes(seconds)


class Rival:
    """The other program's process and what it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, what: str) -> dict[str, Any]:
        """The next line of a kind."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := await self.process.stdout.readline():
                if line.startswith(b"{") and (told := json.loads(line))["what"] == what:
                    return dict(told)
        raise AssertionError(f"it ended before it said {what}")


@asynccontextmanager
async def rival(world: World) -> AsyncIterator[Rival]:
    """It has the connection."""
    url = f"{world.sandbox.url.replace('http', 'ws', 1)}/wecom/ws"
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(RIVAL), url, BOT_ID, BOT_SECRET, stdout=asyncio.subprocess.PIPE
    )
    other = Rival(process)
    try:
        await other.says("authenticated")
        yield other
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture
def host() -> HeldHost:
    return HeldHost()


@pytest.fixture
async def world(tmp_path: Path, address: str | None, host: HeldHost) -> AsyncIterator[World]:
    """Ana and her supervisor are on WeCom, the owner is on Telegram."""
    on = {ANA: ["wecom"], BOSS: ["wecom"], OWNER: ["telegram"]}
    async with open_world(tmp_path, on=on, url=address, host=host) as opened:
        yield opened


async def subscribes(world: World) -> int:
    """How often anybody has taken the connection."""
    return sum(call["code"] == 0 for call in await world.client.line.calls("aibot_subscribe"))


async def rested(world: World, host: HeldHost, times: int) -> None:
    """Until we are in this long pause."""
    await world.until(lambda: len(host.rests) == times, PATIENCE)


async def test_another_program_with_our_bot_is_not_fought_the_owner_hears_of_it_and_we_come_back(
    world: World, host: HeldHost
) -> None:
    ana, owner = world.wecom(ANA), world.telegram(OWNER)
    await ana.answer(await ana.say("帮助"), patience=PATIENCE)
    async with rival(world) as other:
        await rested(world, host, 1)
        assert not world.channel.up
        await ana.say("今日")
        assert (await other.says("message"))["text"] == "今日"  # theirs now: WeCom says it to one alone

        host.leaps.release()
        await owner.sees("另一个程序接走了我的机器人", patience=PATIENCE)
        await rested(world, host, 2)
        assert host.rests == [HAND_OVER, RIVAL_PAUSES[0]]
        assert await subscribes(world) == 2  # ours, theirs: nobody was pushed out since

    host.leaps.release()
    await world.until(lambda: world.channel.up, PATIENCE)
    assert "今天" in (await ana.answer(await ana.say("今日"), patience=PATIENCE)).text
    assert await subscribes(world) == 3
    assert len([row for row in await world.rows(m.outbox) if row.once.startswith("alarm:shared:wecom")]) == 1


async def test_a_program_that_does_not_give_up_has_the_connection_most_of_the_time(
    world: World, host: HeldHost
) -> None:
    """Each time it takes the connection back we wait longer, and say it once an hour at most."""
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"), patience=PATIENCE)
    for turn in range(1, 4):
        async with rival(world) as other:
            await rested(world, host, 2 * turn - 1)
            host.leaps.release()
            await rested(world, host, 2 * turn)
            host.leaps.release()
            await other.says("disconnected")  # our turn again
            await world.until(lambda: world.channel.up, PATIENCE)

    assert host.rests == [HAND_OVER, RIVAL_PAUSES[0], HAND_OVER, RIVAL_PAUSES[1], HAND_OVER, RIVAL_PAUSES[2]]
    assert await subscribes(world) == 7
    assert len([row for row in await world.rows(m.outbox) if row.once.startswith("alarm:shared:wecom")]) == 1
