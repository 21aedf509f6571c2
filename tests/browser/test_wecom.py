"""A mixed company on one page: phones of WeCom beside those of Telegram, played by mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from sandbox import Sandbox
from sandbox.files import made_photo
from sandbox.wecom import media
from tests.browser.company import AGENT, START, SUPERVISOR, people
from tests.browser.conftest import SLEEPER, Desk
from tests.sandbox.wecom import BOT_ID, BOT_SECRET, PRESSABLE, RawBot, markdown, req_id, stream, subscribed

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIN, ZHOU, HAN = "LinXiaoYan", "ZhouQiMing", "HanMei"
GROUP = "wrLingHangGroup"
ONLY = f"wecom:{HAN}"


def mixed() -> dict[str, Any]:
    """The company with two people in both networks, one in WeCom alone, and a group there."""
    company = people()
    for user in company["users"]:
        if userid := {AGENT: LIN, SUPERVISOR: ZHOU}.get(user["id"]):
            user["wecom"] = userid
    company["wecom"] = {
        "bot_id": BOT_ID,
        "bot_secret": BOT_SECRET,
        "users": [{"userid": HAN, "name": "韩梅", "title": "商务文员 · 领航组", "role": "clerk", "team": "领航组"}],
        "groups": [
            {
                "id": GROUP,
                "title": "领航组企微群",
                "members": [ZHOU, LIN, HAN],
                "bot": True,
                "robots": {"key-1": "榜单"},
            }
        ],
    }
    return company


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(mixed(), clock=START, port=0, supervise=SLEEPER) as running:
        running.clock.expect(bot=False)
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def line(sandbox: Sandbox) -> AsyncIterator[RawBot]:
    """The bot on WeCom's line."""
    async with subscribed(sandbox) as connected:
        yield connected


def place(*phones: str) -> str:
    return "/#phones=" + ",".join(phones)


async def test_somebody_in_both_networks_has_both_on_one_phone_and_one_in_wecom_only_that(desk: Desk) -> None:
    await desk.open(place(str(AGENT), ONLY, str(SUPERVISOR)))

    await expect(desk.phone(1).locator(".chat-tab")).to_have_count(5)
    await expect(desk.phone(1).locator(".chat-tab .network-mark")).to_have_text(["企微", "企微"])
    await expect(desk.phone(2).locator(".who-name strong")).to_have_text("韩梅")
    await expect(desk.phone(2).locator(".chat-tab .chat-title")).to_have_text(["外呼管家", "领航组企微群"])
    await expect(desk.phone(2)).to_have_class(re.compile("wecom"))
    await expect(desk.phone(1)).not_to_have_class(re.compile("wecom"))


@pytest.mark.parametrize("desk", [{"locale": "en-US"}], indirect=True)
@pytest.mark.parametrize("speaks", ["en", "zh"])
async def test_where_phones_say_nothing_of_it_the_page_knows_what_the_company_speaks(desk: Desk, speaks: str) -> None:
    desk.sandbox.language, desk.sandbox.on_reset = speaks, print
    await desk.open(place(ONLY, str(SUPERVISOR), str(AGENT)))

    offered = desk.page.get_by_role("button", name="Begin anew in English")
    await expect(desk.page.get_by_text("What you see")).to_be_visible()
    await expect(offered).to_have_count(0 if speaks == "en" else 1)


async def test_what_is_typed_reaches_the_bot_and_markdown_comes_back_drawn(desk: Desk, line: RawBot) -> None:
    await desk.open(place(ONLY, str(SUPERVISOR), str(AGENT)))
    await desk.say(1, "今日")
    heard = await line.message()
    text = "## 今日\n**通话** `12`\n> 意向 3\n- 李总 [方案](https://example.com/)\n<img src=x onerror=alert(1)>"
    await line.ask("aibot_respond_msg", stream(text), req_id(heard))

    assert heard["body"]["from"] == {"userid": HAN}
    row = desk.phone(1).locator(".row.bot")
    await expect(row.locator(".md-heading")).to_have_text("今日")
    await expect(row.locator("strong")).to_have_text("通话")
    await expect(row.locator(".md-quote")).to_have_text("意向 3")
    await expect(row.locator("a")).to_have_attribute("href", "https://example.com/")
    await expect(row.locator("img")).to_have_count(0)


async def test_a_card_is_pressed_shows_that_it_is_busy_and_then_what_was_done(desk: Desk, line: RawBot) -> None:
    await desk.open(place(ONLY, str(SUPERVISOR), str(AGENT)))
    await desk.say(1, "周报")
    card = {"chatid": HAN, "msgtype": "template_card", "template_card": PRESSABLE}
    await line.message()
    await line.ask("aibot_send_msg", card)
    drawn = desk.phone(1).locator(".card")
    await expect(drawn.locator(".card-title")).to_have_text("周报 W-2026-47-005")
    await drawn.get_by_role("button", name="收到").click()
    event = await line.event("template_card_event")
    await expect(drawn.locator(".card-busy")).to_be_visible()
    done = {"response_type": "update_template_card", "template_card": {**PRESSABLE, "replace_text": "已收到"}}
    await line.ask("aibot_respond_update_msg", done, req_id(event))

    await expect(drawn.locator(".card-done")).to_have_text("已收到")
    await expect(drawn.locator(".card-button")).to_have_count(0)
    assert event["body"]["event"]["template_card_event"]["event_key"] == "ok"


async def test_a_drop_down_is_chosen_by_keyboard_and_told_with_the_button(desk: Desk, line: RawBot) -> None:
    await desk.open(place(ONLY, str(SUPERVISOR), str(AGENT)))
    await desk.say(1, "批复")
    await line.message()
    card = {
        "card_type": "multiple_interaction",
        "main_title": {"title": "批复哪一份"},
        "select_list": [
            {
                "question_key": "report",
                "title": "周报",
                "option_list": [{"id": "5", "text": "W-005 林晓燕"}, {"id": "6", "text": "W-006 王芳"}],
            }
        ],
        "submit_button": {"text": "就这份", "key": "go"},
        "task_id": "choose-1",
    }
    await line.ask("aibot_send_msg", {"chatid": HAN, "msgtype": "template_card", "template_card": card})
    await desk.phone(1).locator(".card-select").focus()
    for key in ("ArrowDown", "Tab", "Enter"):
        await desk.page.keyboard.press(key)

    detail = (await line.event("template_card_event"))["body"]["event"]["template_card_event"]
    assert detail["selected_items"]["selected_item"] == [{"question_key": "report", "option_ids": {"option_id": ["6"]}}]
    await expect(desk.phone(1).locator(".card-busy")).to_be_visible()
    await expect(desk.phone(1).locator(".card-select")).to_have_value("6")  # drawn anew, still chosen


async def test_in_a_group_the_bot_is_mentioned_unless_one_takes_that_off(desk: Desk, line: RawBot) -> None:
    await desk.open(place(f"{AGENT}*{GROUP}", f"{ONLY}*{GROUP}", str(SUPERVISOR)))
    await expect(desk.phone(1).locator(".at-button")).to_have_attribute("aria-pressed", "true")
    await desk.phone(1).locator(".at-button").click()
    await desk.say(1, "大家中午吃什么")
    await expect(desk.row(2, "大家中午吃什么").locator(".sender")).to_have_text("林晓燕")
    await desk.phone(1).locator(".at-button").click()
    await desk.say(1, "本周榜单")

    assert (await line.message())["body"]["text"]["content"] == "@外呼管家 本周榜单"
    await expect(desk.row(2, "本周榜单").locator(".t-mention")).to_have_text("@外呼管家")


async def test_a_report_is_quoted_with_the_tools_beside_it(desk: Desk, line: RawBot) -> None:
    await desk.open(place(f"{SUPERVISOR}*{GROUP}", ONLY, str(AGENT)))
    await desk.say(1, "周报")
    await line.ask("aibot_respond_msg", stream("W-2026-47-005 林晓燕\n通话 120"), req_id(await line.message()))
    await desk.row(1, "通话 120").hover()
    await desk.phone(1).get_by_role("button", name="引用").click()
    await desk.say(1, "很好，继续")

    body = (await line.message())["body"]
    assert body["quote"]["text"]["content"] == "W-2026-47-005 林晓燕\n通话 120"
    await expect(desk.row(1, "很好，继续").locator(".quoted-text")).to_contain_text("W-2026-47-005")


async def test_what_the_bot_cannot_hear_is_marked(desk: Desk) -> None:
    await desk.open(place(ONLY, str(SUPERVISOR), str(AGENT)))
    await expect(desk.phone(1).locator(".notice")).to_contain_text("没连着企业微信")
    await desk.say(1, "有人吗")

    await expect(desk.row(1, "有人吗").locator(".unheard")).to_have_text("机器人没听见")


async def test_pictures_of_bot_and_webhook_are_shown_and_news_opens_the_right_chat(desk: Desk, line: RawBot) -> None:
    hub = desk.sandbox.wecom
    await desk.open(place(ONLY, str(SUPERVISOR), str(AGENT)))
    await desk.say(1, "榜单")
    await line.message()
    kept = media.keep(hub, "bot", "image", "board.png", made_photo())
    await line.ask("aibot_send_msg", {"chatid": HAN, "msgtype": "image", "image": {"media_id": kept.id}})
    await expect(desk.phone(1).locator(".photo img")).to_have_js_property("naturalWidth", 320)
    await desk.sandbox.phone(LIN).say("我也要看")
    await line.message()
    await line.ask("aibot_send_msg", markdown(LIN, "**只给你**"))
    await desk.page.locator(".news-chip", has_text="林晓燕").click()

    await expect(desk.phone(3).locator(".row", has_text="只给你")).to_be_visible()
    await expect(desk.phone(3)).to_have_class(re.compile("wecom"))


async def test_trouble_on_wecoms_line_is_ordered_behind_the_scenes(desk: Desk, line: RawBot) -> None:
    await desk.open(place(ONLY, str(SUPERVISOR), str(AGENT)))
    await desk.page.locator(".backstage-button").click()
    await desk.page.get_by_role("tab", name="捣乱").click()
    await desk.page.get_by_role("switch", name="没听见").click()
    await expect(desk.page.get_by_role("switch", name="没听见")).to_have_attribute("aria-checked", "true")
    await desk.say(1, "听得见吗")
    await expect(desk.row(1, "听得见吗").locator(".unheard")).to_be_visible()
    await desk.page.get_by_role("button", name="被别处顶掉").click()

    assert await line.event("disconnected_event")
    await expect(desk.phone(1).locator(".notice")).to_contain_text("没连着企业微信")


@pytest.mark.parametrize("desk", [{"locale": "en-GB"}], indirect=True)
async def test_the_words_around_it_are_english_too(desk: Desk) -> None:
    await desk.open(place(ONLY, str(SUPERVISOR), f"{AGENT}*{GROUP}"))
    await expect(desk.phone(1).locator(".notice")).to_contain_text("not connected to WeCom")
    await expect(desk.phone(3).locator(".at-button")).to_have_attribute("title", re.compile("Mentions"))
    await expect(desk.phone(3)).to_have_class(re.compile("wecom"))
