"""A network refuses our credentials: who has another way is told at once, and everything for them goes there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.rules.people import Role
from core.store import models as m
from tests.contract.world import World, open_world
from tests.e2e.company import STAFF

OWNER = next(c.name for c in STAFF if c.role is Role.MANAGER)
ANA = "林晓燕"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The owner has both phones, Ana WeCom alone."""
    async with open_world(tmp_path, on={OWNER: ["wecom", "telegram"], ANA: ["wecom"]}) as opened:
        yield opened


async def refused(world: World, network: str) -> None:
    """From now on."""
    if network == "telegram":
        await world.client.fault("401", "*", count=100_000)
        await world.telegram(OWNER).say("今日")  # the poll that waits is answered, and the next one refused
    else:
        await world.client.line.fault("errcode", "aibot_subscribe", count=100_000, code=853000)
        await world.client.line.kick()


async def taken(world: World, network: str) -> None:
    """Mended."""
    if network == "telegram":
        await world.client.delete("/api/faults")
    else:
        await world.client.line.mend()


async def comes(world: World, text: str, *phones: Any) -> None:
    """Until one of these phones shows it; the host's time goes on meanwhile, for what was refused rests."""

    def shown() -> bool:
        if any(text in one.text for phone in phones for one in phone.replies(0)):
            return True
        world.host_passes(3)
        return False

    await world.client.until(shown, text)  # looked at after every call of the bot's


@pytest.mark.parametrize(
    ("network", "now", "over"),
    [
        ("telegram", "Telegram 从 17:20 起不认我的令牌", "Telegram 不认我的令牌:17:20 到"),
        ("wecom", "企业微信从 17:20 起不认机器人", "企业微信不认机器人的 ID 或 Secret:17:20 到"),
    ],
)
async def test_the_owner_hears_it_at_once_on_the_other_network_and_when_it_is_over(
    world: World, network: str, now: str, over: str
) -> None:
    phone = world.wecom(OWNER) if network == "telegram" else world.telegram(OWNER)
    await phone.answer(await phone.say("帮助"))
    await refused(world, network)
    await comes(world, now, phone)
    await world.tell(OWNER, "meanwhile", once="meanwhile")
    await comes(world, "meanwhile", phone)
    await taken(world, network)
    other = world.telegram(OWNER) if network == "telegram" else world.wecom(OWNER)
    await comes(world, over, phone, other)

    assert len([one for one in phone.replies(0) if now in one.text]) == 1


async def test_who_has_no_other_way_is_not_told_of_what_is_over(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    await refused(world, "wecom")
    await comes(world, "起不认机器人", world.telegram(OWNER))
    await world.tell(ANA, "it waits", once="waits")
    await taken(world, "wecom")
    await comes(world, "it waits", ana)

    assert [row.person_id for row in await world.rows(m.outbox) if row.once.startswith("alarm:refusing")] != []
    assert not [one for one in ana.replies(0) if "不认" in one.text]
