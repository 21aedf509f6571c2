"""kill -9 while WeCom's people write, with repeats, lost acks and cut connections: what was acknowledged exists once.

WeCom says a message once: what was on a connection when it ended and was not kept is gone, and its sender saw no receipt.
Nothing else is: of what came on one connection the first ones are there, however it ended. WAIHU_WECOM_KILLS
sets how many kills, WAIHU_KILL_SEED plays the same again.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from core.store import models as m
from tests.chaos.processes import Nursery, Process
from tests.contract.company import PATIENCE, Everybody, everybody
from tests.contract.dying import POINTS
from tests.contract.world import userid
from tests.e2e.company import STAFF, Colleague

pytestmark = [pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]
KILLS = int(os.environ.get("WAIHU_WECOM_KILLS", "3"))
SEED = int(os.environ.get("WAIHU_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
AGENTS = [one for one in STAFF if one.name in {"林晓燕", "王芳", "吴海涛"}]
FAULTS = (
    ("twice", "aibot_msg_callback"), ("cut_after", "aibot_msg_callback"), ("drop_answer", "aibot_respond_msg"),
    ("drop_answer", "aibot_send_msg"), ("drop_request", "aibot_respond_msg"), ("cut", "ping"),
)  # fmt: skip
LEASE = 3.0
EACH = 4  # calls that everybody types while a process lives
SPAN = 4.0  # host seconds in which a process meets its point, or is killed wherever it is


async def writes(team: Everybody, one: Colleague, numbers: range, rng: random.Random) -> None:
    """Somebody logs calls, one after the other, at their own pace."""
    phone = team.client.wecom(userid(one))
    for number in numbers:
        await phone.say(f"记 李总 138{number:08d} 未接")
        await asyncio.sleep(rng.random() / 5)


def acknowledged(team: Everybody, one: Colleague) -> list[str]:
    """The numbers whose receipt this person has seen, as often as they have."""
    phone = team.client.wecom(userid(one))
    found = (re.match(r"✅ 李总 138\*{4}(\d{4})", message.text) for message in phone.replies(0))
    return [str(int(match[1])) for match in found if match]


async def connected_or_dead(team: Everybody, process: Process) -> None:
    """What an earlier one had kept may bring a process to its point before it hears anything."""
    connected = asyncio.ensure_future(team.client.line.connected(PATIENCE))
    both: set[asyncio.Future[Any]] = {connected, process.ended}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if not connected.done():
        connected.cancel()
        await asyncio.wait({connected})


def gaps(team: Everybody, kept: set[str]) -> list[str]:
    """What was told on a connection and is not there, though something told later on the same one is."""
    told: dict[int, list[str]] = {}
    for _, body, asked in team.sandbox.wecom.gateway.told:
        if said := re.match(r"记 李总 138(\d{8})", body.get("text", {}).get("content", "")):
            told.setdefault(asked.line, []).append(str(int(said[1])))
    missing = []
    for numbers in told.values():
        last = max((place for place, number in enumerate(numbers) if number in kept), default=0)
        missing += [number for number in numbers[:last] if number not in kept]
    return missing


async def test_what_was_acknowledged_on_wecom_survives_every_kill_exactly_once(
    tmp_path: Path, young: Nursery, address: str | None
) -> None:
    rng = random.Random(SEED)
    note = f"WAIHU_KILL_SEED={SEED}"
    typed: dict[str, list[str]] = {one.number: [] for one in AGENTS}
    on = {one.name: "wecom" for one in STAFF}
    async with everybody(tmp_path, on, young, url=address or "", running=False, lease=LEASE) as team:
        await team.client.post("/api/wecom/console", offline="kept")
        for kill in range(KILLS):
            point = rng.choice(POINTS)
            process = await team.start(f"{point}:{rng.randint(1, 3)}")
            await connected_or_dead(team, process)
            await team.client.line.fault(*rng.choice(FAULTS))
            async with asyncio.TaskGroup() as group:
                for place, one in enumerate(AGENTS, 1):
                    numbers = range(first := 100 * place + EACH * kill, first + EACH)
                    typed[one.number] += map(str, numbers)
                    group.create_task(writes(team, one, numbers, random.Random(rng.random())))
            await team.fallen(process, SPAN)
            await team.client.until(
                lambda: not team.client.wecom_mirror.connected, "the end of its connection", PATIENCE
            )
        await team.client.line.mend()
        await team.start()
        await team.client.line.connected(PATIENCE)
        for one in AGENTS:
            phone = team.client.wecom(userid(one))
            await phone.answer(await phone.say("今日"), patience=PATIENCE)
        await team.settled()

        kept = [
            call["phone"].removeprefix("+86138").lstrip("0") for call in await team.waihu("export", "calls", "--json")
        ]
        seen = {one.number: acknowledged(team, one) for one in AGENTS}
        assert len(kept) == len(set(kept)), note
        for one in AGENTS:
            assert set(seen[one.number]) <= set(kept) & set(typed[one.number]), note
            assert all(seen[one.number].count(number) <= 2 for number in seen[one.number]), note
        assert gaps(team, set(kept)) == [], note
        assert any(seen.values()), note
        assert {row.state for row in await team.company.rows(m.inbox)} == {"done"}, note
        assert not [row for row in await team.company.rows(m.outbox) if row.state == "dead"], note
