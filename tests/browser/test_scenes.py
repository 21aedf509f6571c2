"""Scenes on the page and the look inside the bot: what is offered, what is shown while it plays, how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import expect

from bot.demo.acts import clock, look, press, say
from sandbox import Sandbox
from sandbox.scenes import Cast, Said, Scene, dump
from tests.browser.company import AGENT, START, SUPERVISOR, keyboard, people
from tests.browser.conftest import SLEEPER, Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCENES = (
    Scene(
        "hello",
        ("问好", "Greeting"),
        ("一问一答。", "A word and its answer."),
        ("看她收到的回答。", "Look at the answer."),
        (say(AGENT, "今日", "/today", then="86 通"), press(AGENT, "详情", on="86 通"), look(AGENT, "86 通")),
        (Cast(unless=(Said(SUPERVISOR, ("够了",)),)),),
    ),
    Scene("past", ("早就过了", "Long over"), ("", ""), ("", ""), (clock(START),), before="2026-11-20T08:00:00+08:00"),
)
SHOWN = {
    "now": START,
    "next": "2026-11-20T17:30:00+08:00",
    "busy": 1,
    "counts": {"inbox": {"done": 4}, "outbox": {"sent": 7, "new": 1}},
    "inbox": [
        {"id": 5, "key": "77", "sender": str(AGENT), "state": "done", "attempts": 0, "error": None, "received_at": START}
    ],
    "outbox": [
        {"id": 9, "once": "re:77:0", "person": "林晓燕", "chat": str(AGENT), "rank": 0, "verb": "send", "notice": None,
         "guard": "owes:weekly:2026-47:5", "state": "leased", "reason": None, "attempts": 1, "due_at": START,
         "expires_at": "2026-11-21T22:00:00+08:00", "done_at": None}
    ],
    "later": [],
    "jobs": [{"id": 1, "job": "board_daily", "scheduled_for": START, "state": "skipped", "reason": "late"}],
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """With two scenes, a bot to look into, and somebody who begins the company anew."""
    notice = tmp_path / "inside.json"
    made = Sandbox(
        people(), clock=START, supervise=SLEEPER, scenes=dump(SCENES), inside=notice, on_reset=lambda _: None
    )
    made.stage.pause = lambda _: 0.0
    async with made:
        yield made


async def test_a_scene_plays_by_itself_on_the_right_phone_and_says_where_to_look(desk: Desk) -> None:
    await desk.open(f"/#phones={SUPERVISOR},{AGENT},{SUPERVISOR}")
    strip = desk.page.get_by_role("region", name="演一段")
    # A poll that waits is what the stage takes for a bot that is up.
    poll = asyncio.create_task(desk.bot.next_update("message"))
    await strip.get_by_role("button", name="问好").click()
    message = await poll
    assert (message["from"]["id"], message["text"]) == (AGENT, "今日")
    await expect(strip).to_contain_text("1/3 林晓燕 发：今日")
    await expect(desk.row(2, "今日")).to_be_visible()
    await desk.bot.say(AGENT, "今天 86 通", reply_markup=keyboard(["详情"]))
    assert (await desk.bot.next_update("callback_query"))["data"] == "详情"
    await expect(strip).to_contain_text("看她收到的回答。")
    await expect(desk.row(2, "今天 86 通")).to_be_in_viewport()
    await expect(desk.page.locator("#announcer")).to_contain_text("问好 · 看她收到的回答。")
    await strip.get_by_role("button", name="看到了").press("Enter")
    await expect(strip.get_by_role("button", name="问好")).to_be_focused()


async def test_a_scene_can_be_stopped(desk: Desk) -> None:
    await desk.open()
    strip = desk.page.get_by_role("region", name="演一段")
    poll = asyncio.create_task(desk.bot.next_update("message"))
    await strip.get_by_role("button", name="问好").click()
    await poll
    await strip.get_by_role("button", name="停").click()
    await expect(strip).to_contain_text("停在这里")


async def test_a_scene_whose_hour_is_over_says_so_and_offers_to_begin_anew(desk: Desk) -> None:
    asked: list[str] = []
    desk.sandbox.on_reset = asked.append
    await desk.bot.say(SUPERVISOR, "够了")
    await desk.open()
    dialog = desk.page.get_by_role("dialog")
    await desk.page.get_by_role("button", name="早就过了").click()
    await expect(dialog).to_contain_text("公司的钟已经过了")
    await desk.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await desk.page.get_by_role("button", name="问好").click()
    await expect(dialog).to_contain_text("能演的都演过了")
    await dialog.get_by_role("button", name="从头来").click()
    await expect(desk.page.locator(".banner")).to_contain_text("公司正在从头来")
    assert asked == ["zh"]


async def test_the_inside_of_the_bot_is_shown_beside_the_phones_as_it_changes(desk: Desk, tmp_path: Path) -> None:
    shown: dict[str, Any] = json.loads(json.dumps(SHOWN))

    async def look_inside(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        return web.json_response(shown)

    window = web.Application()
    window.router.add_get("/inside", look_inside)
    runner = web.AppRunner(window)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/inside"
    try:
        await desk.open()
        await desk.page.get_by_role("button", name="幕后").click()
        await expect(desk.page.locator(".inside-state")).to_contain_text("机器人停着")
        (tmp_path / "inside.json").write_text(json.dumps({"url": url, "key": "secret"}), "utf-8")
        inbox, outbox, jobs = (desk.page.get_by_role("list", name=name) for name in ("收件箱", "发件箱", "按时做的事"))
        await expect(inbox).to_contain_text("林晓燕")
        await expect(outbox.locator(".wire")).to_contain_text(["→ 林晓燕"])
        await expect(outbox.locator(".wire-way .passed")).to_have_text(["等着", "在发"])
        for words in ("答复", "re:77:0", "owes:weekly:2026-47:5", "22:00"):
            await expect(outbox).to_contain_text(words)
        await expect(jobs).to_contain_text("今日战报")
        await expect(jobs).to_contain_text("跳过")
        shown["outbox"][0] |= {"state": "sent", "done_at": START}
        await expect(outbox.locator(".chip")).to_have_text(["已发"])
        await expect(outbox.locator(".wire.fresh")).to_have_count(1)
        await expect(desk.phone(3)).to_be_visible()
    finally:
        await runner.cleanup()
