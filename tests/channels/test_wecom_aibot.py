"""WeCom's AI bot, the real adapter against the emulated gateway: what is said, pressed, dropped and refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.store import models as m
from tests.contract.world import BOSS, BOT_NAME, GROUP, World, open_world

ANA = "林晓燕"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Ana and her supervisor are on WeCom."""
    async with open_world(tmp_path, on={ANA: ["wecom"], BOSS: ["wecom"]}, networks=["wecom"]) as opened:
        yield opened


async def test_a_stranger_is_told_what_to_do_and_joins_with_a_code(world: World) -> None:
    fang = world.wecom("王芳")
    said = await fang.say("你好")
    await fang.answer(said, "邀请码")
    bound = await fang.say(f"绑定 {await world.code_for('王芳')}")
    await fang.answer(bound, "王芳")

    assert [(row.channel, row.external_id) for row in await world.rows(m.accounts, external_id=fang.userid)] == [
        ("wecom", fang.userid)
    ]
    assert not world.violations()


async def test_what_is_said_is_answered_on_its_own_request(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("记 李总 13800138000 有意向")
    await ana.answer(said)

    calls = await world.client.line.calls("aibot_respond_msg")
    assert [call["code"] for call in calls] == [0]
    assert len(await world.rows(m.calls)) == 1
    assert not world.violations()


async def test_a_pressed_card_shows_what_was_chosen_and_the_result_is_a_new_message(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("报单 5000 自拓 李总 13800138000")
    asked = await ana.client.until(lambda: next((x for x in ana.replies(said) if x.buttons), None), "a card")
    label = asked.labels[0]
    await ana.press(asked, label)
    await ana.changed(asked, f"✓ {label}")
    await ana.answer(asked)

    assert not asked.buttons
    assert not world.violations()
    assert {row.state for row in await world.rows(m.inbox)} == {"done"}


async def test_a_group_is_bound_by_mentioning_the_bot(world: World) -> None:
    boss = world.wecom(BOSS)
    said = await boss.say("绑定 领航组", chat=GROUP, at=True)
    await boss.answer(said, "领航组")

    (group,) = await world.rows(m.group_chats)
    assert (group.channel, group.external_id, group.state) == ("wecom", f"-{GROUP}", "bound")
    assert BOT_NAME not in group.external_id
