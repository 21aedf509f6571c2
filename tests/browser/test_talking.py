"""Writing, replying, pressing, editing: what a person does on one phone."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from sandbox.files import made_photo
from tests.browser.company import AGENT, SUPERVISOR, TEAM_GROUP, keyboard
from tests.browser.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALL = "记 李总 13800138000 有意向70% 下周二10点 要方案"


async def test_a_first_visit_shows_the_agent_the_supervisor_and_their_group(desk: Desk) -> None:
    await desk.open()
    await expect(desk.page.locator(".who-name strong")).to_have_text(["林晓燕", "周启明", "周启明"])
    pressed = desk.page.locator(".chat-tab[aria-pressed=true] .chat-title")
    await expect(pressed).to_have_text(["外呼管家", "外呼管家", "商务一组 领航"])
    await expect(desk.phone(1).locator(".who-role")).to_have_text("商务文员 · 领航组")


async def test_enter_sends_what_was_typed_to_the_bot(desk: Desk) -> None:
    await desk.open()
    await desk.say(1, CALL)
    message = await desk.bot.next_update("message")
    assert (message["from"]["id"], message["text"]) == (AGENT, CALL)
    await expect(desk.row(1, CALL)).to_have_class(re.compile("own"))
    await expect(desk.row(1, CALL)).to_have_count(1)
    await expect(desk.entry(1)).to_have_value("")


async def test_shift_enter_makes_a_new_line_and_does_not_send(desk: Desk) -> None:
    await desk.open()
    await desk.entry(1).fill("回访 20 个")
    await desk.entry(1).press("Shift+Enter")
    await desk.page.keyboard.type("约访 4 家")
    await expect(desk.entry(1)).to_have_value("回访 20 个\n约访 4 家")
    assert await desk.bot.updates() == []
    await desk.entry(1).press("Enter")
    assert (await desk.bot.next_update("message"))["text"] == "回访 20 个\n约访 4 家"


async def test_enter_that_ends_an_input_methods_word_does_not_send(desk: Desk) -> None:
    await desk.open()
    await desk.entry(1).fill("ji lu")
    await desk.entry(1).dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await desk.entry(1).dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    await expect(desk.entry(1)).to_have_value("ji lu")
    assert await desk.bot.updates() == []


async def test_an_empty_box_sends_nothing(desk: Desk) -> None:
    await desk.open()
    await desk.entry(1).fill("  \n ")
    await desk.entry(1).press("Enter")
    await desk.say(1, "今日")
    assert (await desk.bot.next_update("message"))["text"] == "今日"


async def test_the_bots_answer_appears_by_itself_with_the_companys_time(desk: Desk) -> None:
    await desk.open()
    await desk.bot.say(AGENT, "✅ 李总 138****8000 · 有意向 70%\n回访2(第 3 次联系)")
    row = desk.row(1, "回访2")
    await expect(row).to_have_class(re.compile("bot"))
    await expect(row.locator("time")).to_have_text(re.compile(r"17:2\d"))
    await expect(desk.phone(1).locator(".day")).to_have_text("11-20 周五")
    await expect(desk.page.locator("#announcer")).to_contain_text("李总 138****8000")


async def test_names_stand_over_messages_in_groups_but_not_over_ones_own(desk: Desk) -> None:
    await desk.open(f"/#phones={AGENT}*{TEAM_GROUP},{SUPERVISOR},{SUPERVISOR}*{TEAM_GROUP}")
    await desk.say(1, "晨会几点")
    await expect(desk.row(3, "晨会几点").locator(".sender")).to_have_text("林晓燕")
    await expect(desk.row(1, "晨会几点").locator(".sender")).to_have_count(0)


async def test_a_reply_carries_its_message_and_scrolls_back_to_it(desk: Desk) -> None:
    report = await desk.bot.say(SUPERVISOR, "W-2026-47-005 · 林晓燕\n❓ 合同抬头找谁改?")
    for number in range(30):
        await desk.bot.say(SUPERVISOR, f"另一份 {number}")
    await desk.open()
    phone = desk.phone(2)
    original = desk.row(2, "合同抬头找谁改").first
    await original.scroll_into_view_if_needed()
    await original.hover()
    await original.get_by_role("button", name="引用回复").click()
    await expect(phone.locator(".reply-bar")).to_contain_text("回复 外呼管家")
    await desk.page.keyboard.type("抬头找小满")
    await desk.page.keyboard.press("Enter")
    message = await desk.bot.next_update("message")
    assert message["reply_to_message"]["message_id"] == report
    await expect(phone.locator(".reply-bar")).to_be_hidden()
    own = phone.locator(".row.own", has_text="抬头找小满")
    await expect(own).to_be_in_viewport()
    await expect(original).not_to_be_in_viewport()
    await own.locator(".quoted").click()
    await expect(original).to_be_in_viewport()
    await expect(original).to_have_class(re.compile("flash"))


async def test_the_selected_part_of_a_message_is_the_quote(desk: Desk) -> None:
    await desk.bot.say(SUPERVISOR, "餐饮老板下午三点后最好打。合同抬头找谁改?")
    await desk.open()
    row = desk.row(2, "合同抬头")
    await row.locator(".words").evaluate(
        """node => { const words = node.firstChild; const range = document.createRange();
        range.setStart(words, words.data.indexOf("合同")); range.setEnd(words, words.length);
        getSelection().removeAllRanges(); getSelection().addRange(range); }"""
    )
    await row.hover()
    await row.get_by_role("button", name="引用回复").click()
    await expect(desk.phone(2).locator(".reply-bar")).to_contain_text("合同抬头找谁改?")
    await desk.page.keyboard.type("小满")
    await desk.page.keyboard.press("Enter")
    message = await desk.bot.next_update("message")
    assert message["quote"]["text"] == "合同抬头找谁改?"


async def test_escape_puts_a_reply_away_and_keeps_the_text(desk: Desk) -> None:
    await desk.bot.say(AGENT, "聊得怎么样?")
    await desk.open()
    await desk.row(1, "聊得怎么样").hover()
    await desk.row(1, "聊得怎么样").get_by_role("button", name="引用回复").click()
    await desk.page.keyboard.type("还行")
    await desk.page.keyboard.press("Escape")
    await expect(desk.phone(1).locator(".reply-bar")).to_be_hidden()
    await expect(desk.entry(1)).to_have_value("还行")
    await desk.page.keyboard.press("Enter")
    assert "reply_to_message" not in await desk.bot.next_update("message")


async def test_a_pressed_button_waits_for_the_answer_and_shows_its_toast(desk: Desk) -> None:
    await desk.bot.say(AGENT, "5,000.00 · 自拓 · 李总", reply_markup=keyboard(["提交", "改金额"]))
    await desk.open()
    button = desk.phone(1).get_by_role("button", name="提交")
    await button.click()
    query = await desk.bot.next_update("callback_query")
    assert (query["from"]["id"], query["data"]) == (AGENT, "提交")
    await expect(button).to_have_attribute("aria-busy", "true")
    await desk.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="已交周启明")
    await expect(desk.phone(1).locator(".toast")).to_have_text("已交周启明")
    await expect(button).not_to_have_attribute("aria-busy", "true")


async def test_an_alert_waits_until_it_was_read(desk: Desk) -> None:
    await desk.bot.say(AGENT, "确认吗", reply_markup=keyboard(["确认"]))
    await desk.open()
    await desk.phone(1).get_by_role("button", name="确认").click()
    query = await desk.bot.next_update("callback_query")
    await desk.bot.call("answerCallbackQuery", callback_query_id=query["id"], text="这是别人的按钮。", show_alert=True)
    dialog = desk.page.locator("dialog[open]")
    await expect(dialog).to_contain_text("这是别人的按钮。")
    await desk.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_a_double_click_presses_once(desk: Desk) -> None:
    await desk.bot.say(AGENT, "确认这单?", reply_markup=keyboard(["确认", "退回"]))
    await desk.open()
    await desk.phone(1).get_by_role("button", name="确认").dblclick()
    await desk.bot.next_update("callback_query")
    await desk.say(1, "好了")
    await expect(desk.phone(1).locator(".row.own:not(.waiting)")).to_have_text(re.compile("好了"))
    updates = await desk.bot.updates()
    assert [kind for update in updates for kind in update if kind != "update_id"] == ["message"]


async def test_the_second_click_of_a_double_click_does_not_hit_the_buttons_that_came_instead(desk: Desk) -> None:
    message = await desk.bot.say(AGENT, "确认这单?", reply_markup=keyboard(["确认"]))
    await desk.open()
    box = await desk.phone(1).get_by_role("button", name="确认").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await desk.stop_the_watch()
    await desk.page.mouse.click(*middle)
    await desk.bot.next_update("callback_query")
    await desk.bot.call(
        "editMessageText", chat_id=AGENT, message_id=message, text="已确认", reply_markup=keyboard(["撤销"])
    )
    await expect(desk.phone(1).get_by_role("button", name="撤销")).to_be_visible()
    await desk.page.mouse.click(*middle)
    await desk.say(1, "好了")
    await expect(desk.phone(1).locator(".row.own:not(.waiting)")).to_have_text(re.compile("好了"))
    assert all("callback_query" not in update for update in await desk.bot.updates())


async def test_the_bots_edit_replaces_text_and_buttons_and_is_marked(desk: Desk) -> None:
    message = await desk.bot.say(AGENT, "5,000.00 · 自拓", reply_markup=keyboard(["提交"]))
    await desk.open()
    await expect(desk.row(1, "5,000.00").locator(".edited")).to_have_count(0)
    await desk.bot.call("editMessageText", chat_id=AGENT, message_id=message, text="已交周启明,待确认 1 单")
    row = desk.row(1, "已交周启明")
    await expect(row.locator(".edited")).to_have_text("已编辑")
    await expect(desk.phone(1).get_by_role("button", name="提交")).to_have_count(0)
    await expect(desk.row(1, "自拓")).to_have_count(0)


async def test_up_arrow_in_an_empty_box_changes_ones_last_message(desk: Desk) -> None:
    await desk.open()
    await desk.say(1, "记 李总 1380013800")
    await expect(desk.row(1, "记 李总")).to_be_visible()
    await desk.bot.next_update("message")
    await desk.entry(1).press("ArrowUp")
    await expect(desk.entry(1)).to_have_value("记 李总 1380013800")
    await desk.page.keyboard.type("0")
    await desk.page.keyboard.press("Enter")
    edited = await desk.bot.next_update("edited_message")
    assert edited["text"] == "记 李总 13800138000"
    await expect(desk.row(1, "13800138000").locator(".edited")).to_be_visible()
    await expect(desk.entry(1)).to_have_value("")


async def test_a_deleted_message_leaves_a_mark_where_it_was(desk: Desk) -> None:
    await desk.open()
    await desk.say(1, "发错了")
    await desk.row(1, "发错了").hover()
    await desk.row(1, "发错了").get_by_role("button", name="删除").click()
    await expect(desk.phone(1).locator(".row.gone")).to_have_text(re.compile("消息已删除"))


async def test_a_picture_opens_large_and_keeps_its_caption(desk: Desk) -> None:
    await desk.open()
    await desk.bot.photo(TEAM_GROUP, made_photo(), "📊 今日战报 · 11-20 周五")
    row = desk.row(3, "今日战报")
    image = row.locator("img")
    await expect(image).to_have_js_property("complete", True)
    assert await image.evaluate("image => image.naturalWidth") > 0
    await row.locator(".photo").click()
    await expect(desk.page.locator("dialog.lightbox img")).to_be_visible()
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.locator("dialog")).to_have_count(0)


async def test_attachments_reach_the_bot(desk: Desk) -> None:
    await desk.open()
    for label, kind, shown in (
        ("发一张图片", "photo", ".photo"),
        ("发一段语音", "voice", ".voice"),
        ("发一个文件", "document", ".document"),
        ("发一张贴纸", "sticker", ".sticker-face"),
    ):
        await desk.phone(1).get_by_role("button", name="附件").click()
        await desk.page.get_by_role("menuitem", name=label).click()
        assert kind in await desk.bot.next_update("message")
        await expect(desk.phone(1).locator(f".row.own {shown}")).to_have_count(1)


async def test_a_file_of_ones_own_reaches_the_bot_with_its_name_and_content(desk: Desk) -> None:
    await desk.open()
    await desk.phone(1).get_by_role("button", name="附件").click()
    async with desk.page.expect_file_chooser() as choosing:
        await desk.page.get_by_role("menuitem", name="选一个文件…").click()
    chooser = await choosing.value
    await chooser.set_files({"name": "制度.toml", "mimeType": "text/plain", "buffer": "[[version]]\n# 人".encode()})
    document = (await desk.bot.next_update("message"))["document"]

    assert (document["file_name"], document["file_size"]) == ("制度.toml", len("[[version]]\n# 人".encode()))
    await expect(desk.phone(1).locator(".row.own .document")).to_have_count(1)


async def test_the_command_menu_offers_what_the_bot_registered(desk: Desk) -> None:
    commands = [
        {"command": "call", "description": "记电话"},
        {"command": "deal", "description": "报单"},
        {"command": "weekly", "description": "周报"},
    ]
    await desk.bot.call("setMyCommands", commands=commands)
    await desk.open()
    await desk.entry(1).press("/")
    await expect(desk.phone(1).locator(".command")).to_have_count(3)
    await desk.page.keyboard.type("de")
    await expect(desk.phone(1).locator(".command")).to_have_text(["/deal报单"])
    await desk.page.keyboard.press("Enter")
    assert (await desk.bot.next_update("message"))["text"] == "/deal"


async def test_a_reply_keyboard_stands_under_the_text_until_the_bot_takes_it_away(desk: Desk) -> None:
    await desk.open()
    keys = {"keyboard": [[{"text": "记电话"}, {"text": "报单"}], [{"text": "周报"}]]}
    await desk.bot.say(AGENT, "要做什么?", reply_markup=keys)
    await desk.stop_the_watch()
    await desk.phone(1).locator(".key", has_text="报单").dblclick()
    assert (await desk.bot.next_update("message"))["text"] == "报单"
    await expect(desk.phone(1).locator(".row.own")).to_have_count(1)
    await desk.bot.say(AGENT, "好", reply_markup={"remove_keyboard": True})
    await expect(desk.phone(1).locator(".reply-keys")).to_be_hidden()


async def test_markup_that_somebody_types_stays_text(desk: Desk) -> None:
    await desk.open()
    hostile = "<img src=x onerror=\"document.title='bad'\"><b>粗</b>"
    await desk.say(1, hostile)
    await desk.bot.say(AGENT, hostile)
    await expect(desk.phone(1).locator(".row .words", has_text="onerror")).to_have_text([hostile, hostile])
    assert await desk.phone(1).locator(".row img").count() == 0
    assert "bad" not in await desk.page.title()


async def test_bold_words_and_commands_of_the_bot_are_shown_as_such(desk: Desk) -> None:
    await desk.bot.say(AGENT, "<b>5,000.00</b> · 试试 /pay", parse_mode="HTML")
    await desk.open()
    await expect(desk.row(1, "5,000.00").locator(".t-bold")).to_have_text("5,000.00")
    await desk.row(1, "5,000.00").locator(".t-command").click()
    assert (await desk.bot.next_update("message"))["text"] == "/pay"


async def test_long_words_and_names_wrap_inside_the_phone(desk: Desk) -> None:
    await desk.open()
    await desk.bot.say(AGENT, "https://example.test/" + "a" * 300)
    await desk.bot.say(AGENT, "长" * 600, reply_markup=keyboard(["一个写得特别长的按钮,里面什么都说了" * 2, "好"]))
    await expect(desk.row(1, "长长长")).to_be_visible()
    wide = await desk.page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(".log, .phone, .bubble, .buttons")]
        .filter(node => node.scrollWidth > node.clientWidth + 1).map(node => node.className)"""
    )
    assert wide == []


async def test_a_message_that_could_not_be_sent_can_be_sent_again(desk: Desk) -> None:
    desk.trouble_expected = True
    await desk.open()
    await desk.page.route("**/api/send", lambda route: route.abort())
    await desk.say(1, "今日")
    failed = desk.phone(1).locator(".row.failed")
    await expect(failed).to_contain_text("今日")
    await expect(failed).to_contain_text("没发出去 · 试玩台没有应答")
    await desk.page.unroute("**/api/send")
    await failed.get_by_role("button", name="重发").click()
    assert (await desk.bot.next_update("message"))["text"] == "今日"
    await expect(desk.phone(1).locator(".row.waiting")).to_have_count(0)
    await expect(desk.row(1, "今日")).to_have_count(1)


async def test_on_a_slow_network_the_message_stands_there_once_while_it_is_on_its_way(desk: Desk) -> None:
    await desk.open()
    held = []
    await desk.page.route("**/api/send", lambda route: held.append(route))
    await desk.say(1, "今日")
    await expect(desk.phone(1).locator(".row.waiting")).to_contain_text("今日")
    await expect(desk.entry(1)).to_have_value("")
    await held[0].continue_()
    await expect(desk.phone(1).locator(".row.waiting")).to_have_count(0)
    await expect(desk.row(1, "今日")).to_have_count(1)


async def test_a_late_answer_to_a_sending_leaves_no_second_bubble(desk: Desk) -> None:
    await desk.open()
    answered = asyncio.Event()

    async def late(route: Route) -> None:
        response = await route.fetch()
        await answered.wait()
        await route.fulfill(response=response)

    await desk.page.route("**/api/send", late)
    await desk.say(1, "今日")
    await expect(desk.phone(1).locator(".row.own:not(.waiting)")).to_have_count(1)
    await expect(desk.phone(1).locator(".row.waiting")).to_have_count(0)
    async with desk.page.expect_response("**/api/send"):
        answered.set()
    await expect(desk.row(1, "今日")).to_have_count(1)


async def test_what_was_typed_for_one_person_waits_while_another_holds_the_phone(desk: Desk) -> None:
    await desk.open()
    await desk.entry(1).fill("下周打算:回访 20 个")
    await desk.hold(1, "王芳")
    await expect(desk.entry(1)).to_have_value("")
    await desk.hold(1, "林晓燕")
    await expect(desk.entry(1)).to_have_value("下周打算:回访 20 个")
    await desk.page.reload()
    await expect(desk.entry(1)).to_have_value("下周打算:回访 20 个")
