"""What WeCom, its console or its members may do to us: the real channels over real sockets, one bad thing at a time.

Its companions: forged, replayed, oversized and hostile callbacks in test_wecom_callback.py; lost frames and connections
in test_wecom_aibot.py; another program with our bot in tests/contract.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.store import models as m
from sandbox.wecom.gateway import Asked
from tests.channels.test_wecom_company import ANA, ZHOU, app_world, ask
from tests.contract.world import World, open_world, userid

NAMES = ["<@all>", "**王**[点](http://x.example)", "`rm` # 标题", "王\u202e芳\u200b"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Everybody is on the app."""
    async with app_world(tmp_path) as opened:
        opened.sandbox.wecom.callbacks.pause = 0.01
        yield opened


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    """Ana and her supervisor are on the AI bot."""
    async with open_world(tmp_path, on={ANA: ["wecom"], ZHOU: ["wecom"]}, networks=["wecom"]) as opened:
        yield opened


async def lost(world: World, text: str) -> None:
    """A member writes, and WeCom gives up telling us."""
    said = await world.wecom(ANA).say(text, chat="app")
    await world.client.until(
        lambda: said.data["heard"] is False and not world.sandbox.wecom.callbacks.waiting, "giving up"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"token": "another"}, {"aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}, {"corp_id": "wwsomebodyelse00"},
        {"agent_id": 4711},
    ],
    ids=["token", "key", "company", "app"],
)  # fmt: skip
async def test_a_console_that_says_other_than_our_settings_is_refused_and_harms_nothing(
    world: World, changed: dict[str, Any]
) -> None:
    """Saving the address fails there; what it tells us in spite of that never gets in; set right, all is well."""
    corp, url = world.sandbox.wecom.corp, world.sandbox.wecom.corp.console.callback_url
    right = corp.console
    await ask(world, ANA, "帮助")
    kept = len(await world.rows(m.inbox))
    corp.console = replace(right, **changed)
    if "agent_id" not in changed:  # the console's own trial names no app
        with pytest.raises(ValueError, match="callback"):
            await world.client.line.callback(url)
        corp.console = replace(right, **changed)
    await lost(world, "记 李总 13800138000 有意向70%")
    assert len(await world.rows(m.inbox)) == kept

    corp.console = right
    await ask(world, ANA, "记 李总 13800138000 有意向70%", "✅")
    assert len(await world.rows(m.calls)) == 1


async def test_who_falls_out_of_the_apps_sight_is_reported_to_the_superior_without_a_word_of_it(world: World) -> None:
    await ask(world, ZHOU, "帮助")
    world.sandbox.wecom.corp.members[userid(world.colleague(ANA))].visible = False  # WeCom tells nobody
    await world.tell(ANA, "工资条 12,345.00", once="secret")
    told = await world.wecom(ZHOU).sees("林晓燕", chat="app")

    assert "12,345" not in told.text
    (row,) = await world.rows(m.outbox, once="secret")
    assert row.state == "dropped"
    assert row.payload is None


async def test_a_text_of_many_kilobytes_is_kept_whole_and_comes_back_in_numbered_parts(world: World) -> None:
    await ask(world, ANA, "周报")
    story = "餐饮老板下午三点后最好打;" * 60  # 2.3 kB as WeCom counts
    await ask(world, ANA, story)
    await ask(world, ANA, "回访 20 个")
    ana = world.wecom(ANA)
    review = await world.client.until(
        lambda: next((one for one in reversed(ana.replies(0, "app")) if "发送" in str(one.labels)), None), "the review"
    )
    await ana.press(review, "发送")
    await ana.sees("✅ W-2026-47-005", chat="app")
    await ask(world, ZHOU, "W-2026-47-005")

    (report,) = await world.rows(m.reports)
    assert story in str(report.answers)
    assert world.violations() == []
    assert all(len(one.text.encode()) <= 2048 for one in world.wecom(ZHOU).replies(0, "app"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_colleagues_name_is_never_markup_nor_a_mention(bot: World, name: str) -> None:
    async with bot.db.transaction() as tx:
        await tx.run(update(m.people).where(m.people.c.name == ANA).values(name=name))
    ana, zhou = bot.wecom(ANA), bot.wecom(ZHOU)
    await zhou.answer(await zhou.say("帮助"))
    await ana.answer(await ana.say("报单 5000 自拓 李总 13800138000"))
    card = await bot.client.until(
        lambda: next((one for one in reversed(ana.replies(0)) if "提交" in str(one.labels)), None), "the review"
    )
    await ana.press(card, "提交")
    told = await zhou.sees("5,000.00")
    listed = await zhou.answer(await zhou.say("团队"))

    for shown in (told, listed):
        assert not set("<\u202e\u200b") & set(shown.text)
        assert shown.kind == "card" or not set("[]`*") & set(shown.text)
    assert not bot.violations()


@pytest.mark.parametrize(
    "body",
    [
        {"msgtype": "hologram", "hologram": {"depth": 3}}, {"msgtype": "text"}, {"msgtype": "text", "text": None},
        {"msgtype": "mixed", "mixed": {"msg_item": "x"}}, {"msgtype": "event", "event": {"eventtype": "unheard_of"}},
        {"msgtype": ["text"], "text": {"content": "在"}}, {},
    ],
    ids=["unknown", "no text", "null", "mixed up", "unknown event", "a list", "nothing"],
)  # fmt: skip
async def test_a_kind_of_message_that_nobody_knows_disturbs_nobody(bot: World, body: dict[str, Any]) -> None:
    hub, ana = bot.sandbox.wecom, bot.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    full = {"msgid": secrets.token_hex(8), "chattype": "single", "from": {"userid": ana.userid}, **body}
    await hub.gateway.tell("aibot_msg_callback", full, Asked("message", ana.place(None), ana.userid, hub.net.host()))
    await ana.say("今日")
    async with asyncio.timeout(60):  # what is answered first may be the other message
        while {row.state for row in await bot.rows(m.inbox)} != {"done"} or len(await bot.rows(m.inbox)) < 3:
            await asyncio.sleep(0)

    assert not [one for one in ana.replies(0) if "编号" in one.text]
