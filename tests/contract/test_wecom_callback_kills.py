"""kill -9 of the process that WeCom calls: what it had not answered comes again, what it had answered is in the inbox.

Whatever happened between, each message counts once and is answered once (reliability D2, D4).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store import models as m
from tests.chaos import dying
from tests.chaos.processes import Nursery
from tests.contract.company import PATIENCE, Everybody, everybody
from tests.contract.dying import ANSWERED
from tests.contract.world import userid
from tests.e2e.company import STAFF

pytestmark = [pytest.mark.kill, pytest.mark.asyncio(loop_scope="module")]
ANA = next(one for one in STAFF if one.name == "林晓燕")
DEATHS = (dying.KEPT, ANSWERED, dying.HANDLED, dying.COMMITTED, dying.SENDING, dying.SENT)
LEASE = 2.0


def deliveries(team: Everybody) -> list[int]:
    """How often WeCom told each message until it was answered, oldest first."""
    return [letter.tries for letter in team.sandbox.wecom.callbacks.done if "李总" in letter.plain]


async def all_heard(team: Everybody) -> None:
    """Until WeCom has nothing left to tell."""
    letters = team.sandbox.wecom.callbacks
    await team.client.until(lambda: not letters.waiting, "WeCom has told everything", PATIENCE)


async def test_each_message_counts_once_wherever_the_process_died_that_wecom_called(
    tmp_path: Path, young: Nursery, address: str | None
) -> None:
    on = {one.name: "wecom_app" for one in STAFF}
    async with everybody(tmp_path, on, young, url=address or "", running=False, lease=LEASE, armed=True) as team:
        team.sandbox.wecom.callbacks.rest = lambda _: team.served()  # WeCom comes again when somebody is there
        phone = team.client.wecom(userid(ANA))
        for number, death in enumerate(DEATHS, 1):
            process = await team.start(f"{death}:1")
            await team.served()
            await all_heard(team)
            await team.settled()  # what its predecessor left is done first
            team.arms()
            await phone.say(f"记 李总 1380000000{number} 未接", chat="app")
            assert await team.fallen(process), f"never {death}"
            team.arms(yes=False)
        await team.start()
        await all_heard(team)
        await team.settled()

        told = [text for message in phone.replies(0, "app") if (text := message.text).startswith("✅")]
        calls = sorted(await team.company.rows(m.calls), key=lambda call: call.id)
        tries = dict(zip(DEATHS, deliveries(team), strict=True))
        assert len(calls) == len(DEATHS)
        assert [text.split()[2] for text in told] == [f"138****000{number}" for number, _ in enumerate(DEATHS, 1)]
        assert tries[dying.KEPT] == 2  # not answered: it came again, and the inbox knew it
        assert tries[ANSWERED] == 1  # answered: it never comes again
        assert {row.state for row in await team.company.rows(m.inbox)} == {"done"}
        assert await team.client.violations() == []
