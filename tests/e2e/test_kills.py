"""kill -9 at random moments and at named points, while twenty agents type and deadlines pass: what was acknowledged
exists once, nothing is lost, nothing is said more often than the table of failures allows (reliability D1-D7, T10).

Forty kills by default, half on each database; WAIHU_KILLS sets how many, WAIHU_KILL_SEED plays the same deaths again; a
failure prints both.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Row

import pytest
import pytest_asyncio

from bot.render.texts import t
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests import postgres as servers
from tests.chaos import audit, dying, occurrences, stock
from tests.chaos.agents import DEAL
from tests.chaos.kills import EACH, PATIENCE, SUNDAY, Storm, storm
from tests.chaos.processes import Nursery, nursery
from tests.e2e.company import GROUP, STAFF, TOKEN, network
from tests.office import START
from tests.store.old_company import FIRST

pytestmark = [pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]
KILLS = int(os.environ.get("WAIHU_KILLS", "40"))
SEED = int(os.environ.get("WAIHU_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
UPGRADES = 2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def young() -> AsyncIterator[Nursery]:
    async with nursery() as ready:
        yield ready


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kills-", dir=servers.memory_disk()) as place:
        yield Path(place)


def where(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    return str(request.getfixturevalue("blank")) if kind == "postgresql" else f"sqlite+aiosqlite:///{folder}/waihu.db"


async def is_sound(raging: Storm) -> None:
    """When everything has come to rest, nothing is wrong."""
    await raging.comes_to_rest()
    problems = await raging.judge()
    assert not problems, raging.say(problems)
    _, said = await raging.waihu("check", "--json")
    findings, _ = json.JSONDecoder().raw_decode(said, said.index("[{"))
    # A long story walks into December, when the next year's holidays are asked for.
    assert [one for one in findings if not one["ok"] and one["what"] != "calendar"] == []


async def test_what_was_acknowledged_survives_every_kill_exactly_once(
    young: Nursery, folder: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    sys.stderr.write(f"\nWAIHU_KILL_SEED={SEED}\n")
    kills = max(1, KILLS // 2 - UPGRADES)
    async with storm(folder, where(kind, folder, request), SEED, young, revision=FIRST) as raging:
        try:
            await raging.upgrade_killed(UPGRADES)
            toll = await raging.rage(kills, processes=2 if kind == "postgresql" else 1)
            await raging.survives(SUNDAY)
            await is_sound(raging)
        except BaseException as problem:
            problem.add_note(f"WAIHU_KILLS={KILLS} WAIHU_KILL_SEED={SEED}\n{raging.logs()}")
            raise
        assert len(toll.deaths) >= kills
        assert toll.met[dying.MIGRATION] == UPGRADES
        assert kills < EACH * len(dying.POINTS) or all(toll.met[point] >= EACH for point in dying.POINTS)


async def suffers(raging: Storm, habit: str, point: str) -> None:
    """Some deaths at a point while a guarantee is broken, then a sound process."""
    raging.habit = habit
    await raging.dies(point, times=2)
    raging.habit = ""
    await raging.survives()
    await is_sound(raging)


@pytest.mark.parametrize(
    ("habit", "point", "seen"),
    [
        (dying.CONFIRM_FIRST, dying.KEPT, r": lost \["),
        (dying.MARK_FIRST, dying.SENDING, "never seen"),
        (dying.NO_CLAIM, dying.COMMITTED, r" 2 times|too often|drafts \[.*, but typed|lacks \["),
        (dying.SETTLE_FIRST, dying.JOB, "were reminded"),
    ],
    ids=dying.HABITS,
)
async def test_a_guarantee_that_is_broken_is_noticed(
    young: Nursery, folder: Path, habit: str, point: str, seen: str
) -> None:
    async with storm(folder, f"sqlite+aiosqlite:///{folder}/waihu.db", 1, young) as raging:
        with pytest.raises(AssertionError, match=seen):
            await suffers(raging, habit, point)


async def test_a_sender_that_forgets_its_pace_over_a_restart_is_noticed() -> None:
    """Seven into a group from each of three processes within a minute; thirty-one people within a second."""
    kept = [(at * 3.1, GROUP) for at in range(19)]
    thrice = [(start + at / 100, GROUP) for start in (0, 10, 20) for at in range(7)]
    everybody = [(at / 40, 2000 + at) for at in range(31)]

    assert list(audit.pace(kept)) == []
    assert "20 messages a minute" in next(audit.pace(thrice))
    assert "30 messages in one second" in next(audit.pace(everybody))


@pytest.mark.parametrize("key", ["deals.handed_in", "deals.handed_in_more"])
async def test_the_people_here_read_the_receipts_as_they_are_worded_now(key: str) -> None:
    said = t("zh", key, to="周启明", count=3, amount="2,003.00", after="1 小时")
    assert DEAL.findall(said.partition("\n")[0]) == ["2,003"]


async def test_a_reminder_is_judged_by_the_week_it_is_about() -> None:
    """An outage has put a Saturday's deadline off to Thursday: two of three still owe last week's report, all this one."""
    slot = datetime(2026, 12, 3, 20, 0, tzinfo=occurrences.CHINA)
    everybody = [Row(id=number, role="clerk") for number in (1, 2, 3)]
    filed = [Row(person_id=1, period="2026-W48", sent_at=slot - timedelta(days=5))]
    settled = [Row(job="report_nudges", state="done", scheduled_for=slot, done_at=slot)]

    def found(*nudges: tuple[str, int]) -> list[str]:
        said = [Row(once=f"nudge:{week}-10{who}:x", created_at=slot, person_id=who) for week, who in nudges]
        rows = {"people": everybody, "reports": filed, "occurrences": settled, "outbox": said}
        return list(audit.reminders(rows))

    assert found() == []  # an hour at which nobody is reminded is none of theirs
    assert found(("W-2026-48", 2), ("W-2026-48", 3)) == []
    assert "2 owed 2026-W48, 1 were reminded" in found(("W-2026-48", 2))[0]
    assert "3 owed 2026-W49, 2 were reminded" in found(("W-2026-49", 2), ("W-2026-49", 3))[0]
    assert "twice" in found(("W-2026-48", 2), ("W-2026-48", 3), ("W-2026-49", 3), ("W-2026-49", 1))[0]


async def test_the_librarys_own_receiving_loop_loses_entries(young: Nursery, folder: Path) -> None:
    """Many wait; it takes them all, tells the network so and is killed. What it had in memory is nowhere."""
    file, typed = folder / "stock.db", list[tuple[int, str]]()
    async with Sandbox(network(), clock=START, port=0) as sandbox, SandboxClient(sandbox.url) as client:
        env = {
            "WAIHU_STOCK_FILE": str(file), "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": sandbox.url,
            "PATH": os.environ["PATH"],
        }  # fmt: skip
        await client.fault("delay", "sendMessage", delay=0.05, count=10_000)  # what an answer takes over the internet
        for kill in range(3):
            for number in range(60):
                who = STAFF[number % len(STAFF)].user
                await client.person(who).say(f"{kill}-{number}")
                typed.append((who, f"{kill}-{number}"))
            process = await young.start((), env, folder / "stock.log", program="tests.chaos.stock")
            await client.quiet(PATIENCE)  # everything is confirmed
            await process.kill()
        last = await young.start((), env, folder / "stock.log", program="tests.chaos.stock")
        await client.receiving(PATIENCE)
        await last.kill()

    (found,) = audit.lost_or_twice(typed, stock.entries(file), "the library's loop")
    assert "lost" in found
    assert len(stock.entries(file)) < len(typed) / 2
