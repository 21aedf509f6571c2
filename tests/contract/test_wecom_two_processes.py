"""Two of our processes and one AI bot, on PostgreSQL: one holds the connection, the other stands by and takes over within
the lease. They never fight for it, and nobody is alarmed (reliability D7, T7)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.store import models as m
from tests.chaos.kills import lease
from tests.chaos.processes import Nursery, Process, seen
from tests.contract.company import PATIENCE, Everybody, everybody
from tests.contract.world import userid
from tests.e2e.company import STAFF

pytestmark = [pytest.mark.kill, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
TAKING = 15.0  # host seconds after a lease on a machine that does much else; a quiet one needs two
AGENTS = [one for one in STAFF if one.name in {"林晓燕", "王芳", "吴海涛"}]


async def says(process: Process, *pieces: str) -> None:
    """Until it has logged a line with all of these."""

    async def said() -> bool:
        return any(all(piece in line for piece in pieces) for line in process.said().splitlines())

    await seen(said)


@asynccontextmanager
async def two(folder: Path, url: str, young: Nursery) -> AsyncIterator[tuple[Everybody, Process, Process]]:
    """The company, the process that holds its connection, the one that stands by."""
    on = {one.name: "wecom" for one in STAFF}
    async with everybody(folder, on, young, url=url, lease=lease()) as team:
        await team.client.post("/api/wecom/console", offline="kept")
        holder, other = team.alive[0], await team.start()
        await says(other, "standing by", "channel='wecom'")
        yield team, holder, other


def handover(team: Everybody) -> float:
    """Host seconds in which another has taken over."""
    return float(team.env["WAIHU_LEASE_SECONDS"]) + TAKING


def connections(process: Process) -> int:
    """How often it has had the connection."""
    return process.said().count("wecom connected")


async def connected(team: Everybody, process: Process, times: int = 1) -> None:
    """Until it has had the connection so often."""

    async def often() -> bool:
        return connections(process) >= times

    await seen(often, handover(team))


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


async def everything_is_there_once(team: Everybody, rounds: int, *, falls: int) -> None:
    """What was typed is logged once, in the order typed; nobody was alarmed, no outage was noted. `falls`: how often a
    holder was killed or frozen."""
    await team.settled()
    names = {row.id: row.name for row in await team.company.rows(m.people)}
    calls = sorted(await team.company.rows(m.calls), key=lambda call: call.id)
    for one in AGENTS:
        assert sum(names[call.person_id] == one.name for call in calls) == rounds
        said = [text for each in team.client.wecom(userid(one)).replies(0) if (text := each.text).startswith("✅")]
        tallies = [text.split("今天 ")[1].split(" ")[0] for text in said]
        assert list(dict.fromkeys(tallies)) == [str(number) for number in range(1, rounds + 1)]
        # A receipt that was on the wire when its sender fell may come once more.
        assert len(tallies) <= rounds + falls
        assert max(map(tallies.count, tallies)) <= 2
    assert not [row for row in await team.company.rows(m.outbox) if row.once.startswith("alarm:")]
    assert not await team.company.rows(m.outages)
    assert await team.client.violations() == []


async def test_the_second_takes_the_connection_when_its_holder_is_killed_or_ends(
    tmp_path: Path, young: Nursery, database: str
) -> None:
    async with two(tmp_path, database, young) as (team, holder, other):
        await types(team, 1)
        await answered(team, 1)
        assert connections(other) == 0
        await holder.kill()
        await types(team, 2)
        assert await answered(team, 2) < handover(team)
        assert connections(other)

        # An orderly end hands over at once.
        third = await team.start()
        await says(third, "standing by", "channel='wecom'")
        assert connections(third) == 0
        os.kill(other.born.result(), signal.SIGTERM)
        assert await other.end() == 0
        await connected(team, third)
        await types(team, 3)
        await answered(team, 3)
        await everything_is_there_once(team, 3, falls=1)


async def test_a_holder_that_was_frozen_keeps_what_it_was_told_and_does_not_fight_for_the_connection(
    tmp_path: Path, young: Nursery, database: str
) -> None:
    async with two(tmp_path, database, young) as (team, holder, other):
        await types(team, 1)
        await answered(team, 1)
        os.kill(holder.born.result(), signal.SIGSTOP)
        await types(team, 2)  # WeCom says this to a process that does not hear
        await connected(team, other)

        os.kill(holder.born.result(), signal.SIGCONT)
        await says(holder, "lease lost", "channel='wecom'")
        await says(holder, "standing by", "channel='wecom'")
        await answered(team, 2)  # it was in its ears, and is in the inbox now
        await types(team, 3)
        await answered(team, 3)
        assert connections(holder) == 1

        # It is there when it is needed.
        await other.kill()
        await types(team, 4)
        assert await answered(team, 4) < handover(team)
        assert connections(holder) == 2
        await everything_is_there_once(team, 4, falls=2)
