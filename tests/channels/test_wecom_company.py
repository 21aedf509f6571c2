"""The whole bot with the self-built app and a group's webhook alone, against the emulated WeCom over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.channels.wecom.app import CalledApp
from bot.clock import HttpClock
from bot.networks import configured
from bot.settings import Settings
from core.rules.people import AGENTS
from core.store import models as m
from core.store import people as people_store
from core.store.db import Database
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from sandbox.wecom.client import WeComMessage
from sandbox.wecom.corp import Console
from tests.channels.conftest import SandboxClock, free_port
from tests.contract.world import GROUP, KEY, World, people, userid
from tests.e2e.company import STAFF, found
from tests.office import START, company

ANA, FANG, ZHOU, LIANG = "林晓燕", "王芳", "周启明", "梁文静"
CONSOLE = Console()


@asynccontextmanager
async def app_world(folder: Path, *, walks: bool = False, **more: Any) -> AsyncIterator[World]:
    """Everybody but 王芳 is bound to the app; the console has saved the callback's address. `walks`: the bot follows the
    company's clock over HTTP, from one due moment to the next.
    """
    await found(folder, STAFF, newcomers=[one.name for one in STAFF])
    port = free_port()
    async with Sandbox(people(), clock=START, port=0) as sandbox:
        settings = Settings(
            _env_file=None, waihu_database_url=f"sqlite+aiosqlite:///{folder}/waihu.db", waihu_http_port=port,
            waihu_clock=f"{sandbox.url}/clock", wecom_corp_id=CONSOLE.corp_id, wecom_agent_id=str(CONSOLE.agent_id),
            wecom_secret=CONSOLE.secret, wecom_token=CONSOLE.token, wecom_aes_key=CONSOLE.aes_key,
            wecom_api_base_url=f"{sandbox.url}/wecom", **more,
        )  # fmt: skip
        assert settings.problems() == []
        clock: HttpClock | SandboxClock = SandboxClock(sandbox)
        if walks:
            clock = HttpClock(settings.waihu_clock)
            clock.set(START)
        db = Database(settings.waihu_database_url, company(), clock.now)
        async with db.transaction() as tx:
            for one in STAFF:
                person = await people_store.by_number(tx, one.number)
                if person is not None and one.name != FANG:
                    await people_store.bind(tx, "wecom_app", userid(one), person.id)
        app = App(settings, db, clock, configured(settings, clock, db))
        await app.start()
        try:
            async with SandboxClient(sandbox.url) as client:
                await client.line.callback(f"http://127.0.0.1:{port}/wecom/callback")
                yield World(app, sandbox, client)
        finally:
            await app.stop()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with app_world(tmp_path) as opened:
        yield opened


async def ask(world: World, name: str, text: str, containing: str = "") -> WeComMessage:
    said = await world.wecom(name).say(text, chat="app")
    return await world.wecom(name).answer(said, containing)


async def test_a_deal_from_the_menu_to_the_celebration_in_the_group(world: World) -> None:
    ana, zhou, liang = world.wecom(ANA), world.wecom(ZHOU), world.wecom(LIANG)
    url = f"{world.sandbox.url}/wecom/cgi-bin/webhook/send?key={KEY}"
    which = await ask(world, LIANG, url)
    card = which if which.labels else await liang.answer(which)
    await liang.press(card, "领航组", choose="领航组")
    await liang.sees("绑好了", chat="app")
    posts = world.client.wecom_mirror.chats
    await world.client.until(lambda: any("大家好" in p.text for p in posts.get(GROUP, {}).values()), "the greeting")

    await world.client.until(lambda: world.sandbox.wecom.corp.menu, "the menu")
    await ana.menu("报单")
    await ana.sees("", chat="app")
    review = await ask(world, ANA, "报单 5000 自拓 李总 13800138000")
    review = await ana.answer(0, chat="app") if not review.labels else review
    pressed = await world.client.until(
        lambda: next((one for one in reversed(ana.replies(0, "app")) if "提交" in str(one.labels)), None), "the review"
    )
    await ana.press(pressed, "提交", times=3)
    await ana.changed(pressed, "✓ 提交")
    assert pressed.labels == []

    asked = await world.client.until(
        lambda: next((one for one in reversed(zhou.replies(0, "app")) if "确认" in str(one.labels)), None), "the deal"
    )
    await zhou.press(asked, "确认", times=2)
    await ana.sees("周启明确认了", chat="app")
    party = await world.client.until(
        lambda: next((one for one in posts.get(GROUP, {}).values() if "🎉" in one.text), None), "the celebration"
    )
    assert ANA in party.text
    assert "李总" not in party.text

    assert len(await world.rows(m.deals)) == 1
    assert {row.state for row in await world.rows(m.inbox)} == {"done"}
    assert world.violations() == []


async def test_somebody_new_joins_by_a_code_and_opens_the_chat_twice(world: World) -> None:
    fang = world.wecom(FANG)
    assert "邀请码" in (await ask(world, FANG, "你好")).text
    assert "商务文员" in (await ask(world, FANG, f"绑定 {await world.code_for(FANG)}")).text
    assert fang.replies(0, "bot") == []
    assert world.violations() == []


async def test_a_board_comes_with_its_picture_and_pay_is_not_to_be_forwarded(world: World) -> None:
    ana = world.wecom(ANA)
    await ask(world, ANA, "榜单")
    await world.client.until(lambda: "image" in {one.kind for one in ana.replies(0, "app")}, "the picture")
    pay = await ask(world, ANA, "收入", "暂计")

    sent = [call["params"] for call in await world.client.line.calls("message/send")]
    assert {one["msgtype"] for one in sent if not one.get("safe")} >= {"image"}
    assert [one["text"]["content"] for one in sent if one.get("safe")] == [pay.text]
    assert world.violations() == []


async def test_a_picture_or_a_voice_is_answered_by_how_to_type_it(world: World) -> None:
    for media in ("image", "voice", "video", "location"):
        said = await world.wecom(ANA).say(media=media, chat="app")
        assert (await world.wecom(ANA).answer(said)).text
    assert world.violations() == []


async def test_what_wecom_tells_again_changes_nothing_and_an_exact_replay_is_refused(world: World) -> None:
    await ask(world, ANA, "记 李总 13800138000 有意向70%", "✅")
    again = await world.client.line.repeat(1, "app")
    replayed = await world.client.line.repeat(1, "exact")

    assert again["taken"] == [True]
    assert replayed["taken"] == [False]
    assert [row.state for row in await world.rows(m.calls)] == ["logged"]


@pytest.mark.parametrize("kind", ["drop_answer", "twice"])
async def test_a_callback_whose_answer_is_lost_comes_again_and_counts_once(world: World, kind: str) -> None:
    world.sandbox.wecom.callbacks.pause = 0.05
    await world.client.line.fault(kind, "callback")
    await ask(world, ANA, "记 李总 13800138000 有意向70%", "✅")
    await ask(world, ANA, "帮助")

    assert [row.state for row in await world.rows(m.calls)] == ["logged"]
    assert sum("✅" in one.text for one in world.wecom(ANA).replies(0, "app")) == 1


async def test_after_a_leap_of_the_companys_clock_the_next_word_is_heard(world: World) -> None:
    await ask(world, ANA, "帮助")
    await world.client.move_clock("2026-11-23T09:00:00+08:00")
    assert (await ask(world, ANA, "帮助")).text


async def test_pressing_again_what_was_settled_is_explained_and_not_done_again(world: World) -> None:
    ana = world.wecom(ANA)
    await ask(world, ANA, "报单 5000 自拓 李总 13800138000")
    review = await world.client.until(
        lambda: next((one for one in reversed(ana.replies(0, "app")) if "提交" in str(one.labels)), None), "the review"
    )
    key = review.button("提交")["key"]
    await ana.press(review, "提交")
    await ana.changed(review, "✓ 提交")
    before = len(ana.replies(0, "app"))
    await ana.press_key(review, key)
    await world.client.until(lambda: len(ana.replies(0, "app")) > before, "an explanation")
    assert len(await world.rows(m.deals)) == 1


async def test_health_says_that_wecom_calls_us(world: World) -> None:
    app = world.app.channels["wecom_app"]
    assert isinstance(app, CalledApp)
    await world.until(world.app.hearing)
    assert app.last_heard is not None
    app.last_heard -= timedelta(seconds=61)  # a minute without any answer: deaf, so that deadlines are put off
    assert not world.app.hearing()
    await ask(world, ANA, "帮助")
    assert world.app.hearing()
    assert world.app.channels["wecom_app"].alarm is None


async def button(world: World, name: str, label: str) -> WeComMessage:
    """The newest card with that button in somebody's chat with the app; waited for."""
    phone = world.wecom(name)
    found: WeComMessage = await world.client.until(
        lambda: next((one for one in reversed(phone.replies(0, "app")) if label in str(one.labels)), None), label
    )
    return found


async def test_a_board_goes_by_itself_into_the_settings_group_with_its_picture(tmp_path: Path) -> None:
    from core.rules.webhooks import address_of
    from core.usecases import webhooks

    async with app_world(tmp_path) as world:
        url = f"{world.sandbox.url}/wecom/cgi-bin/webhook/send?key={KEY}"
        async with world.db.transaction() as tx:
            await webhooks.from_setting(tx, address_of(url))
        await world.app.tick()
        await world.client.move_clock("2026-11-23T09:05:00+08:00")
        await world.app.tick()
        posts = world.client.wecom_mirror.chats
        await world.client.until(
            lambda: {"image", "markdown"} <= {one.kind for one in posts.get(GROUP, {}).values()}, "the board", 30
        )
        assert world.violations() == []


async def test_a_card_is_obeyed_days_later_though_the_right_of_its_first_sending_is_over(world: World) -> None:
    await ask(world, ANA, "报单 5000 自拓 李总 13800138000")
    review = await button(world, ANA, "提交")
    await world.client.move_clock("2026-11-24T18:20:00+08:00")
    await world.wecom(ANA).press(review, "提交")
    await world.wecom(ANA).changed(review, "✓ 提交")
    await world.wecom(ANA).sees("5,000", chat="app")


async def test_a_report_is_answered_by_its_number_since_the_app_tells_no_quotes(world: World) -> None:
    ana, zhou = world.wecom(ANA), world.wecom(ZHOU)
    await ask(world, ANA, "记 李总 13800138000 有意向70%", "✅")
    await ask(world, ANA, "周报", "拨打 1")
    await ask(world, ANA, "签了一单,价格最难谈。")
    await ask(world, ANA, "回访 20 个\n约访 4 家")
    await ana.press(await button(world, ANA, "发送"), "发送", times=2)
    await ana.sees("✅ W-2026-47-005", chat="app")
    await zhou.sees("W-2026-47-005", chat="app")

    await zhou.say("W-2026-47-005 价格我来谈。", chat="app")
    told = await ana.sees("价格我来谈。", chat="app")

    assert "W-2026-47-005" in told.text.partition("\n")[0]
    assert len(await world.rows(m.reports)) == 1
    assert world.violations() == []


@pytest.fixture
async def walking(tmp_path: Path) -> AsyncIterator[World]:
    async with app_world(tmp_path, walks=True) as opened:
        yield opened


async def test_the_nudge_reaches_who_owes_and_not_who_has_sent(walking: World) -> None:
    world = walking
    ana = world.wecom(ANA)
    await ask(world, ANA, "记 李总 13800138000 有意向70%", "✅")
    await world.client.move_clock("2026-11-20T18:15:00+08:00")
    await ana.sees("周报数字我填好了", chat="app", patience=60)
    await ana.press(await button(world, ANA, "现在写"), "现在写")
    await ana.sees("拨打 1", chat="app")
    await ask(world, ANA, "签了一单,价格最难谈。")
    await ask(world, ANA, "回访 20 个\n约访 4 家")
    await ana.press(await button(world, ANA, "发送"), "发送", times=2)
    await ana.sees("✅ W-2026-47-005", chat="app")
    await world.client.move_clock("2026-11-21T21:45:00+08:00")

    owing = world.wecom(next(one.name for one in STAFF if one.role in AGENTS and one.name not in {ANA, FANG}))
    await owing.sees("还有 30 分钟", chat="app", patience=60)
    assert not any("还有 30 分钟" in one.text for one in ana.replies(0, "app"))
    assert world.violations() == []
