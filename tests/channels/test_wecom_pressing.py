"""Cards on WeCom phones, from the deal to the applause: the whole bot over the AI bot's connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from core.store import models as m
from sandbox.wecom.client import WeComMessage
from tests.contract.world import BOSS, GROUP, World, open_world

ANA, FANG = "林晓燕", "王芳"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Two sellers and their supervisor, all on WeCom."""
    on = {ANA: ["wecom"], FANG: ["wecom"], BOSS: ["wecom"]}
    async with open_world(tmp_path, on=on, networks=["wecom"]) as opened:
        yield opened


async def card_of(world: World, name: str, label: str, containing: str = "") -> WeComMessage:
    """The newest card that offers this; waited for."""
    phone = world.wecom(name)

    def look() -> WeComMessage | None:
        found = (one for one in reversed(phone.replies(0)) if containing in one.text)
        return next((one for one in found if any(label in shown for shown in one.labels)), None)

    found: WeComMessage = await world.client.until(look, f"a card with {label!r} for {name}")
    return found


async def hands_in(world: World, name: str, amount: str) -> None:
    phone = world.wecom(name)
    await phone.answer(await phone.say(f"报单 {amount} 自拓 李总 1380013800{len(amount)}"))
    await phone.press(await card_of(world, name, "提交"), "提交")
    await phone.sees("已交")


async def test_of_two_deals_each_is_one_card_and_the_right_one_is_confirmed(world: World) -> None:
    boss = world.wecom(BOSS)
    await boss.answer(await boss.say("帮助"))
    before = len(boss.replies(0))
    await hands_in(world, ANA, "5000")
    await hands_in(world, FANG, "38000")
    first = await card_of(world, BOSS, "确认", "5,000.00")
    second = await card_of(world, BOSS, "确认", "38,000.00")

    assert len(boss.replies(0)) == before + 2
    await boss.press(first, "看联系记录")
    await boss.press(await boss.answer(second), "确认")
    await world.wecom(ANA).sees("周启明确认了:5,000.00")
    states = {row.amount_fen: row.state for row in await world.rows(m.deals)}
    assert states == {500_000: "confirmed", 3_800_000: "pending"}
    assert not world.violations()


async def test_a_refused_press_can_be_made_again_from_the_answer(world: World) -> None:
    """The roster said for a moment that she begins only next month."""

    async def hired(on: date) -> None:
        async with world.db.transaction() as tx:
            await tx.run(update(m.people).where(m.people.c.name == ANA).values(hired_on=on))

    ana = world.wecom(ANA)
    await ana.answer(await ana.say("报单 5000 自拓 李总 13800138000"))
    review = await card_of(world, ANA, "提交")
    (before,) = {row.hired_on for row in await world.rows(m.people, name=ANA)}
    await hired(date(2026, 12, 1))
    await ana.press(review, "提交")
    await ana.changed(review, "✓ 提交")
    refused = await card_of(world, ANA, "提交", "入职")
    await hired(before)
    await ana.press(refused, "提交")
    await ana.sees("已交")

    assert len(await world.rows(m.deals)) == 1
    assert not world.violations()


async def test_everybody_in_a_group_may_applaud_and_nothing_is_posted_for_it(world: World) -> None:
    boss, ana, fang = (world.wecom(name) for name in (BOSS, ANA, FANG))
    await boss.answer(await boss.say("帮助"))
    await boss.answer(await boss.say("绑定 领航组", chat=GROUP, at=True), "领航组")
    await hands_in(world, ANA, "5000")
    await boss.press(await card_of(world, BOSS, "确认"), "确认")
    party = await world.client.until(
        lambda: next((one for one in ana.replies(0, GROUP) if "鼓掌" in one.labels), None), "the party"
    )
    posts = len(ana.replies(0, GROUP))
    for phone in (fang, boss, fang):
        await phone.press_key(party, party.button("鼓掌")["key"])
    await world.until(lambda: set(party.data["views"]) == {fang.userid, boss.userid})
    await world.settled()

    claps = await world.rows(m.claps)
    assert len(claps) == 2
    assert len(ana.replies(0, GROUP)) == posts
    assert party.labels == ["鼓掌"]  # for everybody else it is there
    assert not world.violations()
