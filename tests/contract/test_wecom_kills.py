"""kill -9 while WeCom's people write, with repeats, lost acks and cut connections: what was acknowledged exists once.

WeCom says a message once: what a process had not kept when it died is gone, and its sender saw no receipt. WAIHU_WECOM_KILLS
sets how many kills, WAIHU_KILL_SEED plays the same again.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from pathlib import Path

import pytest

from core.store import models as m
from tests.contract.company import Everybody, everybody
from tests.contract.world import userid
from tests.e2e.company import STAFF, Colleague
from tests.e2e.test_week import waihu

pytestmark = pytest.mark.kill
KILLS = int(os.environ.get("WAIHU_WECOM_KILLS", "3"))
SEED = int(os.environ.get("WAIHU_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
AGENTS = [one for one in STAFF if one.name in {"林晓燕", "王芳", "吴海涛"}]
FAULTS = (
    ("twice", "aibot_msg_callback"), ("cut_after", "aibot_msg_callback"), ("drop_answer", "aibot_respond_msg"),
    ("drop_answer", "aibot_send_msg"), ("drop_request", "aibot_respond_msg"), ("cut", "ping"),
)  # fmt: skip


async def writes(team: Everybody, one: Colleague, numbers: list[int], rng: random.Random) -> None:
    """Somebody logs calls, one after the other, at their own pace."""
    phone = team.client.wecom(userid(one))
    for number in numbers:
        await phone.say(f"记 客户{number} 138{number:08d} 未接")
        await asyncio.sleep(rng.random() / 5)


async def dies_now_and_then(team: Everybody, rng: random.Random) -> None:
    for _ in range(KILLS):
        kind, where = rng.choice(FAULTS)
        await team.client.line.fault(kind, where)
        await asyncio.sleep(0.5 + rng.random())
        await team.client.kill_bot()
        await team.client.start_bot()
        await team.client.line.connected(60)


def acknowledged(team: Everybody, one: Colleague) -> list[str]:
    """The numbers whose receipt this person has seen, as often as they have."""
    phone = team.client.wecom(userid(one))
    found = (re.match(r"✅ 客户(\d+) ", message.text) for message in phone.replies(0))
    return [match[1] for match in found if match]


async def test_what_was_acknowledged_on_wecom_survives_every_kill_exactly_once(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    note = f"WAIHU_KILL_SEED={SEED}"
    async with everybody(tmp_path, {one.name: "wecom" for one in STAFF}) as team:
        await team.client.post("/api/wecom/console", offline="kept")
        numbers = {one.number: [100 * place + n for n in range(1, 9)] for place, one in enumerate(AGENTS, 1)}
        async with asyncio.TaskGroup() as group:
            for one in AGENTS:
                group.create_task(writes(team, one, numbers[one.number], random.Random(rng.random())))
            group.create_task(dies_now_and_then(team, rng))
        await team.client.line.mend()
        for one in AGENTS:
            phone = team.client.wecom(userid(one))
            await phone.answer(await phone.say("今日"), patience=60)

        async with asyncio.timeout(60):  # nothing is left to send
            while {row.state for row in await team.company.rows(m.outbox)} - {"sent", "maybe", "dropped"}:
                await asyncio.sleep(0.2)
        kept = [
            call["phone"].removeprefix("+86138").lstrip("0")
            for call in waihu(team.company, "export", "calls", "--json")
        ]
        seen = {one.number: acknowledged(team, one) for one in AGENTS}
        typed = {str(n) for one in AGENTS for n in numbers[one.number]}

        assert len(kept) == len(set(kept)), note
        for one in AGENTS:
            assert set(seen[one.number]) <= set(kept), note
            assert all(seen[one.number].count(number) <= 2 for number in seen[one.number]), note
        lost = typed - set(kept)
        assert len(lost) <= KILLS * len(AGENTS), f"{note}: {sorted(lost)}"
        assert {row.state for row in await team.company.rows(m.inbox)} == {"done"}, note
        assert not [row for row in await team.company.rows(m.outbox) if row.state == "dead"], note
