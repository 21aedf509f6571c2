"""One person on two networks: linking, the form that goes along, where notices find them, parting; and the answer in
the thread where the network names no messages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.store import models as m
from tests.contract.hands import TelegramHand, WeComHand
from tests.contract.world import BOSS, GROUP, World, open_world, userid
from tests.e2e.company import GROUP as TELEGRAM_GROUP

ANA, FANG = "林晓燕", "王芳"


@pytest.fixture
async def world(tmp_path: Path, address: str | None) -> AsyncIterator[World]:
    """Ana is on Telegram, 王芳 and their supervisor on WeCom; everybody has both phones."""
    on = {ANA: ["telegram"], FANG: ["wecom"], BOSS: ["wecom"]}
    async with open_world(tmp_path, on=on, url=address) as opened:
        yield opened


def telegram(world: World, name: str) -> TelegramHand:
    return TelegramHand(world.client, world.colleague(name).user, TELEGRAM_GROUP)


def wecom(world: World, name: str) -> WeComHand:
    return WeComHand(world.client, userid(world.colleague(name)), GROUP)


async def linked(world: World, there: TelegramHand | WeComHand, here: TelegramHand | WeComHand) -> None:
    """A code from one side, typed on the other."""
    code = re.search(r"[A-Z2-9]{4}(?:[ -][A-Z2-9]{4}){3}", await there.says("链接"))
    assert code is not None
    await here.says(f"绑定 {code[0]}", "已绑定")


async def test_a_form_begun_on_telegram_is_finished_on_wecom(world: World) -> None:
    there, here = telegram(world, ANA), wecom(world, ANA)
    await linked(world, there, here)
    await there.sees("你的账号刚在企业微信上绑定了")
    await there.says("周报")
    await there.says("签了一单,价格最难谈。")
    await here.says("周报")
    await here.says("回访 20 个")
    await here.presses("发送")
    await here.sees("✅ W-2026-47-005")

    (report,) = await world.rows(m.reports)
    assert report.number == "W-2026-47-005"
    assert "价格最难谈" in str(report.answers)


@pytest.mark.parametrize("first", ["telegram", "wecom"])
async def test_a_code_works_from_either_side(world: World, first: str) -> None:
    name = ANA if first == "telegram" else FANG
    hands = (telegram(world, name), wecom(world, name))
    there, here = hands if first == "telegram" else hands[::-1]
    await linked(world, there, here)
    await here.says("今日")

    assert len({row.person_id for row in await world.rows(m.accounts) if row.external_id in {
        str(world.colleague(name).user), userid(world.colleague(name))
    }}) == 1  # fmt: skip


async def test_notices_go_where_somebody_was_last_or_where_they_want_them(world: World) -> None:
    there, here = telegram(world, ANA), wecom(world, ANA)
    await linked(world, there, here)
    await world.tell(ANA, "first notice", once="t1")
    await here.sees("first notice")
    await here.says("链接", "通知发到")
    await here.presses("发到Telegram")
    await here.sees("以后通知发到Telegram")
    await world.tell(ANA, "second notice", once="t2")
    await there.sees("second notice")
    await there.says("链接")
    await there.presses("发到最近用的")
    await there.sees("通知跟着你走")
    await world.client.move_clock(add_seconds=120)
    await here.says("今日")
    await world.tell(ANA, "third notice", once="t3")
    await here.sees("third notice")

    assert not [text for text in (one.text for one in there.me.replies(0)) if "first" in text or "third" in text]
    assert not [text for text in (one.text for one in here.me.replies(0)) if "second" in text]


async def test_an_account_that_is_unlinked_speaks_for_nobody(world: World) -> None:
    there, here = telegram(world, ANA), wecom(world, ANA)
    await linked(world, there, here)
    await here.says("链接", "你的账号")
    await here.presses("解除Telegram")
    await here.presses("确认解除")
    await here.sees("Telegram已解除")

    assert "邀请码" in await there.says("今日")
    assert [
        row.channel for row in await world.rows(m.accounts) if row.external_id in {str(there.user), here.userid}
    ] == ["wecom"]


async def test_who_blocked_the_bot_on_one_network_is_told_on_the_other(world: World) -> None:
    there, here = telegram(world, ANA), wecom(world, ANA)
    await linked(world, there, here)
    await world.client.move_clock(add_seconds=120)
    await there.says("今日")
    await world.client.fault("403", "sendMessage")
    await world.tell(ANA, "whatever happens", once="n1")
    await here.sees("whatever happens")
    await world.settled()

    assert not [row for row in await world.rows(m.outbox) if row.once.startswith("unreachable:")]
    assert len([one for one in here.me.replies(0) if "whatever happens" in one.text]) == 1


# --- the thread -------------------------------------------------------------------------------------------------------


async def reported(world: World, name: str, number: str) -> None:
    """Somebody on WeCom has sent the weekly report."""
    hand = wecom(world, name)
    await hand.says("周报")
    await hand.says("没签单,开场白卡住了。")
    await hand.says("回访 20 个")
    await hand.presses("发送")
    await hand.sees(f"✅ {number}")


@pytest.mark.parametrize("how", ["quote", "number", "button"])
async def test_an_answer_finds_its_report_however_it_is_given(world: World, how: str) -> None:
    boss, fang = wecom(world, BOSS), wecom(world, FANG)
    await boss.says("帮助")
    await reported(world, FANG, "W-2026-47-006")
    await boss.sees("W-2026-47-006 · 王芳")
    if how == "quote":
        await boss.replies("W-2026-47-006 · 王芳", "周一我陪你练。")
    elif how == "number":
        await boss.says("周一我陪你练。 w-2026-47-006", "已送到王芳")
    else:
        await boss.presses("批复")
        await boss.sees("批复", "王芳")
        await boss.says("周一我陪你练。", "王芳")
    told = await fang.sees("周一我陪你练。")

    first, second, *_ = told.split("\n")
    assert "W-2026-47-006" in first
    assert second.startswith("「")
    (entry,) = await world.rows(m.report_entries)
    assert entry.text == "周一我陪你练。"


async def test_in_doubt_the_bot_asks_which_report_and_never_guesses(world: World) -> None:
    boss, fang = wecom(world, BOSS), wecom(world, FANG)
    await boss.says("帮助")
    await linked(world, telegram(world, ANA), wecom(world, ANA))
    await reported(world, FANG, "W-2026-47-006")
    await reported(world, ANA, "W-2026-47-005")
    await boss.sees("W-2026-47-005 · 林晓燕")
    await boss.says("周一我陪你练。")
    assert not await world.rows(m.report_entries)
    await boss.presses("王芳")
    await fang.sees("周一我陪你练。")

    (entry,) = await world.rows(m.report_entries)
    assert entry.text == "周一我陪你练。"


async def test_in_a_group_a_mention_with_the_number_answers_and_shows_nothing(world: World) -> None:
    boss, fang = wecom(world, BOSS), wecom(world, FANG)
    await boss.says("帮助")
    await reported(world, FANG, "W-2026-47-006")
    await boss.tells_group("W-2026-47-006 周一我陪你练。")
    await fang.sees("周一我陪你练。")
    said = await boss.group_sees("王芳")

    assert "开场白" not in said
    await boss.tells_group("W-2026-47-006")
    assert "开场白" not in await boss.group_sees("私聊")


async def test_a_network_that_was_silent_alone_is_an_outage_of_ours(world: World) -> None:
    app = world.app
    await app.beat()
    world.channel.gateway.last_heard = None
    app._ears["wecom"].host -= 600
    await world.client.move_clock(add_seconds=600)
    await app.beat()
    assert not await world.rows(m.outages)
    world.channel.gateway.last_heard = datetime.now(UTC)
    await app.beat()

    ((_, began, ended),) = await world.rows(m.outages)
    assert ended - began >= timedelta(minutes=10)


async def test_a_network_that_was_never_heard_extends_no_deadline(world: World) -> None:
    app = world.app
    app._ears.clear()
    await world.client.move_clock(add_seconds=6 * 3600)
    await app.beat()

    assert not [row for row in await world.rows(m.outages) if row.ended_at - row.began_at > timedelta(hours=1)]
