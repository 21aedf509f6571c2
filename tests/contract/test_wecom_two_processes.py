"""Two of our processes and one AI bot, on PostgreSQL: one holds the connection, the other stands by and takes over within
the lease. They never fight for it, and nobody is alarmed (reliability D7, T7)."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.store import models as m
from tests.chaos.processes import Nursery, Process
from tests.contract.company import PATIENCE, Everybody, everybody
from tests.contract.world import userid
from tests.e2e.company import STAFF

pytestmark = [pytest.mark.kill, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
LEASE = 3.0
HANDOVER = LEASE + 15  # host seconds on a machine that does much else; a quiet one needs two more than the lease
AGENTS = [one for one in STAFF if one.name in {"林晓燕", "王芳", "吴海涛"}]


async def says(process: Process, *pieces: str) -> None:
    """Until it has logged a line with all of these."""
    async with asyncio.timeout(PATIENCE):
        while not any(all(piece in line for piece in pieces) for line in process.said().splitlines()):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def two(folder: Path, url: str, young: Nursery) -> AsyncIterator[tuple[Everybody, Process, Process]]:
    """The company, the process that holds its connection, the one that stands by."""
    on = {one.name: "wecom" for one in STAFF}
    async with everybody(folder, on, young, url=url, lease=LEASE) as team:
        await team.client.post("/api/wecom/console", offline="kept")
        holder, other = team.alive[0], await team.start()
        await says(other, "standing by", "channel='wecom'")
        yield team, holder, other


def connection(team: Everybody) -> int:
    """The number of the living connection; 0 without one."""
    live = team.sandbox.wecom.gateway.live
    return 0 if live is None else live.number


async def connected(team: Everybody, *numbers: int) -> None:
    """Until the living connection is one of these."""
    await team.client.until(lambda: connection(team) in numbers, f"connection {numbers}", HANDOVER)


async def types(team: Everybody, round_: int) -> None:
    """Everybody logs a call."""
    for place, one in enumerate(AGENTS):
        await team.client.wecom(userid(one)).say(f"记 李总 1380000{round_:02d}{place:02d} 未接")


async def answered(team: Everybody, rounds: int) -> float:
    """Until everybody has the receipts of so many rounds; the host seconds that it took."""
    began = time.monotonic()

    def receipts() -> bool:
        said = [[one.text for one in team.client.wecom(userid(agent)).replies(0)] for agent in AGENTS]
        return all(sum(text.startswith("✅ 李总") for text in texts) >= rounds for texts in said)

    await team.client.until(receipts, f"{rounds} receipts for everybody", PATIENCE)
    return time.monotonic() - began


async def everything_is_there_once(team: Everybody, rounds: int) -> None:
    """What was typed is logged once, in the order typed; nobody was alarmed, no outage was noted."""
    await team.settled()
    names = {row.id: row.name for row in await team.company.rows(m.people)}
    calls = sorted(await team.company.rows(m.calls), key=lambda call: call.id)
    for one in AGENTS:
        assert sum(names[call.person_id] == one.name for call in calls) == rounds
        said = [text for each in team.client.wecom(userid(one)).replies(0) if (text := each.text).startswith("✅")]
        tallies = [text.split("今天 ")[1].split(" ")[0] for text in said]
        assert list(dict.fromkeys(tallies)) == [str(number) for number in range(1, rounds + 1)]
        # A receipt that was on the wire when its sender fell may come once more.
        assert len(tallies) <= rounds + 1
    assert not [row for row in await team.company.rows(m.outbox) if row.once.startswith("alarm:")]
    assert not await team.company.rows(m.outages)
    assert await team.client.violations() == []


async def test_the_second_takes_the_connection_when_its_holder_is_killed_or_ends(
    tmp_path: Path, young: Nursery, database: str
) -> None:
    async with two(tmp_path, database, young) as (team, holder, other):
        await types(team, 1)
        await answered(team, 1)
        await holder.kill()
        await connected(team, 0, 2)
        await types(team, 2)
        assert await answered(team, 2) < HANDOVER
        assert connection(team) == 2

        # An orderly end hands over at once.
        third = await team.start()
        await says(third, "standing by", "channel='wecom'")
        os.kill(other.born.result(), signal.SIGTERM)
        assert await other.end() == 0
        await connected(team, 0, 3)
        await types(team, 3)
        await answered(team, 3)
        assert connection(team) == 3
        await everything_is_there_once(team, 3)


async def test_a_holder_that_was_frozen_keeps_what_it_was_told_and_does_not_fight_for_the_connection(
    tmp_path: Path, young: Nursery, database: str
) -> None:
    async with two(tmp_path, database, young) as (team, holder, other):
        await types(team, 1)
        await answered(team, 1)
        os.kill(holder.born.result(), signal.SIGSTOP)
        await types(team, 2)  # WeCom says this to a process that does not hear
        await connected(team, 2)

        os.kill(holder.born.result(), signal.SIGCONT)
        await says(holder, "lease lost", "channel='wecom'")
        await says(holder, "standing by", "channel='wecom'")
        await answered(team, 2)  # it was in its ears, and is in the inbox now
        await types(team, 3)
        await answered(team, 3)
        assert connection(team) == 2

        # It is there when it is needed.
        await other.kill()
        await connected(team, 0, 3)
        await types(team, 4)
        assert await answered(team, 4) < HANDOVER
        assert connection(team) == 3
        await everything_is_there_once(team, 4)
