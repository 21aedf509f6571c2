"""The real product in the page: one person plays a Friday and a Saturday of the demo company, by hand and by clock."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.demo.cast import CLOCK, network
from bot.demo.play import environment
from bot.demo.seed import seed
from sandbox import Sandbox
from tests.browser.company import ScriptedBot
from tests.browser.conftest import PATIENCE, Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """The demo company with its bot as a process of its own."""
    folder = tmp_path_factory.mktemp("demo")
    await seed(folder, lambda _: None)
    running = Sandbox(
        network(), clock=CLOCK, port=0, state=folder / "sandbox.json", supervise=[sys.executable, "-m", "bot", "run"],
        env=environment(folder), cwd=ROOT,
    )  # fmt: skip
    async with running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def play(browser: Browser, demo: Sandbox) -> AsyncIterator[Desk]:
    """The page with an agent, her supervisor and their group."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    await context.add_init_script("localStorage['waihu.tour'] = 'away'")
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    desk = Desk(page, context, demo, ScriptedBot(demo, None))  # type: ignore[arg-type]  # the real bot speaks
    page.on("request", lambda request: desk.requests.append(request.url))
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    await desk.open("/?lang=zh#phones=1005,1004,1004*-9001")
    yield desk
    await context.close()
    assert desk.foreign_requests() == []
    assert desk.complaints == []


async def test_a_call_and_a_deal_are_logged_confirmed_and_celebrated(play: Desk) -> None:
    await play.say(1, "记 李总 13800138000 有意向70% 下周二10点 要方案")
    receipt = play.row(1, "回访2(第 3 次联系)").last
    await expect(receipt).to_contain_text("今天 86 通 · 接通 27 · 意向 3")
    await expect(play.row(2, "黄思琪报单 2,600.00")).to_be_visible()  # the last of what waited: nothing moves any more
    await play.row(2, "林晓燕报单 5,000.00").last.get_by_role("button", name="确认").click()
    await expect(play.row(1, "周启明确认了:5,000.00")).to_contain_text("再 5,500 进 5% 档")
    await expect(play.row(3, "林晓燕签单 5,000")).to_be_visible()
    await play.say(1, "收入")
    await expect(play.row(1, "11 月暂计 1,376.00").last).to_be_visible()


async def test_the_bot_is_killed_in_mid_form_and_nothing_is_lost(play: Desk) -> None:
    await play.say(1, "周报")
    await expect(play.row(1, "W-2026-47-005").last).to_be_visible()
    await play.page.get_by_role("button", name=re.compile("杀掉")).click()
    await expect(play.page.get_by_text("已停").or_(play.page.get_by_text("停了")).first).to_be_visible()
    await play.say(1, "餐饮老板下午三点后最好打。李总要专票,合同抬头找谁改?")
    await play.page.get_by_role("button", name=re.compile("启动")).click()
    await expect(play.row(1, "有一个问题会标给周启明").last).to_be_visible(timeout=PATIENCE * 2)


async def test_the_report_is_sent_and_answered_in_the_thread(play: Desk) -> None:
    entry = play.entry(1)
    await entry.fill("回访 20 个意向客户")
    await entry.press("Shift+Enter")
    await entry.press_sequentially("签 2 单")
    await entry.press("Enter")
    await (
        play.row(1, "发送")
        .or_(play.phone(1).locator(".row", has=play.page.get_by_role("button", name="发送")))
        .last.get_by_role("button", name="发送")
        .click()
    )
    await expect(play.row(1, "已交,按时").last).to_be_visible()
    report = play.row(2, "W-2026-47-005").last
    await expect(report).to_be_visible()
    await report.get_by_role("button", name="批复").click()
    await play.say(2, "抬头找小满,周一上午改好。")
    await expect(play.row(2, "已送到林晓燕").last).to_be_visible()
    answer = play.row(1, "周启明回复").last
    await expect(answer).to_contain_text("抬头找小满")


async def test_time_goes_on_and_the_jobs_fire_as_one_watches(play: Desk) -> None:
    await play.page.locator("[data-jump=saturday]").click()
    await expect(play.page.locator(".clock-day")).to_have_text("11-21 周六", timeout=PATIENCE * 2)
    await expect(play.row(3, "今日战报 · 11-20 周五")).to_be_visible()
    await play.page.locator("[data-jump=monday]").click()
    await expect(play.page.locator(".clock-day")).to_have_text("11-23 周一", timeout=PATIENCE * 2)
    await expect(play.page.locator(".clock-face strong")).to_have_text(re.compile("08:4[5-9]"), timeout=PATIENCE * 2)
    await play.page.locator("[data-jump=hour]").click()
    await expect(play.row(3, "本周红榜")).to_contain_text("林晓燕 12,800", timeout=PATIENCE * 2)


async def test_nothing_was_done_that_the_real_network_would_refuse(play: Desk) -> None:
    assert play.sandbox.violations == []
