"""Edits, deletions, pins, reactions, and the answers to pressed buttons."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest, Forbidden

from sandbox import Sandbox
from sandbox.files import made_photo
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, OTHER, Api, Host, take

OK = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="ok")]])


async def test_an_edit_without_markup_takes_the_inline_keyboard_away(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "旧", reply_markup=OK)
    edited = await bot.edit_message_text("新", AGENT, sent.message_id)
    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("新", None)
    assert edited.edit_date is not None
    shown = await sandbox.user(AGENT).answer()
    await sandbox.user(AGENT).changed(shown, "新")
    assert shown.data["buttons"] is None
    assert shown.data["edited"] is not None


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "<b>同</b>", parse_mode="HTML", reply_markup=OK)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("<b>同</b>", AGENT, sent.message_id, parse_mode="HTML", reply_markup=OK)
    await bot.edit_message_text("同", AGENT, sent.message_id, reply_markup=OK)
    await bot.edit_message_reply_markup(AGENT, sent.message_id)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(AGENT, sent.message_id)


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"text": "x"}, "Bad Request: message identifier is not specified"),
        ({"chat_id": AGENT, "message_id": 99, "text": "x"}, "Bad Request: message to edit not found"),
        ({"chat_id": 77, "message_id": 1, "text": "x"}, "Bad Request: chat not found"),
        ({"inline_message_id": "AAA", "text": "x"}, "Bad Request: MESSAGE_ID_INVALID"),
        ({"chat_id": AGENT, "message_id": 1}, "Bad Request: message text is empty"),
    ],
)
async def test_edits_of_what_is_not_there(api: Api, params: dict[str, object], description: str) -> None:
    assert await api.refused("editMessageText", **params) == description


async def test_only_own_messages_can_be_edited(sandbox: Sandbox, bot: Bot) -> None:
    said = await sandbox.user(AGENT).say("我的")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("你的", AGENT, said.id)
    assert "not the bot's own" in sandbox.violations[0]["what"]


async def test_a_message_with_a_reply_keyboard_cannot_be_edited(bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "选", reply_markup=ReplyKeyboardMarkup([["a"]]))
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", AGENT, sent.message_id)


async def test_an_edit_takes_inline_keyboards_only(api: Api) -> None:
    sent = await api.result("sendMessage", chat_id=AGENT, text="x")
    refused = await api.refused(
        "editMessageText",
        chat_id=AGENT,
        message_id=sent["message_id"],
        text="y",
        reply_markup={"keyboard": [["a"]]},
    )
    assert refused == "Bad Request: inline keyboard expected"


async def test_captions_and_media_are_edited_in_their_own_ways(sandbox: Sandbox, bot: Bot) -> None:
    photo = await bot.send_photo(AGENT, made_photo(), caption="旧")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", AGENT, photo.message_id)
    edited = await bot.edit_message_caption(AGENT, photo.message_id, caption="新", reply_markup=OK)
    assert not isinstance(edited, bool)
    assert edited.caption == "新"
    changed = await bot.edit_message_media(InputMediaDocument(b"a,b", filename="a.csv"), AGENT, photo.message_id)
    assert not isinstance(changed, bool)
    assert changed.document is not None
    assert changed.photo == ()
    text = await bot.send_message(AGENT, "字")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(AGENT, text.message_id, caption="x")
    with pytest.raises(BadRequest, match="There is no media in the message to edit"):
        await bot.edit_message_media(InputMediaPhoto(made_photo()), AGENT, text.message_id)
    assert sandbox.violations == []


async def test_deleting_has_its_window_and_its_words(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "会消失")
    shown = await sandbox.user(AGENT).answer()
    assert await bot.delete_message(AGENT, sent.message_id)
    await sandbox.client.until(lambda: shown.data["deleted"])
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(AGENT, sent.message_id)
    old = await bot.send_message(AGENT, "老")
    await sandbox.client.move_clock(add_seconds=48 * 3600 + 60)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(AGENT, old.message_id)
    fresh = await bot.send_message(AGENT, "新")
    assert await bot.delete_messages(AGENT, [old.message_id, fresh.message_id, 999])
    await sandbox.client.until(lambda: [m.text for m in sandbox.user(AGENT).messages()] == ["老"])


async def test_in_a_group_only_an_administrator_deletes_what_others_wrote(sandbox: Sandbox, bot: Bot) -> None:
    said = await sandbox.user(AGENT).say("吵", chat=GROUP)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(GROUP, said.id)
    await sandbox.client.post(f"/api/groups/{GROUP}/bot", present=True, by=MANAGER, admin=True)
    assert await bot.delete_message(GROUP, said.id)
    mine = await sandbox.user(AGENT).say("私聊里可以")
    assert await bot.delete_message(AGENT, mine.id)


async def test_a_press_is_answered_with_a_toast(sandbox: Sandbox, bot: Bot) -> None:
    await bot.send_message(AGENT, "确认？", reply_markup=OK)
    agent = sandbox.user(AGENT)
    asked = await agent.answer()
    (callback,) = await agent.press(asked, "好")
    (update,) = await take(bot)
    query = update.callback_query
    assert query is not None
    assert (query.data, query.id) == ("ok", callback)
    assert query.message is not None
    assert query.message.message_id == asked.id
    await query.answer("已确认", show_alert=True)
    toast = await agent.toast(callback)
    assert (toast["text"], toast["alert"], toast["user_id"]) == ("已确认", True, AGENT)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await query.answer()
    assert "answered before" in sandbox.violations[0]["what"]


async def test_five_presses_are_five_queries(sandbox: Sandbox, bot: Bot) -> None:
    await bot.send_message(AGENT, "确认？", reply_markup=OK)
    agent = sandbox.user(AGENT)
    ids = await agent.press(await agent.answer(), "好", times=5)
    updates = await take(bot)
    assert [u.callback_query.id for u in updates if u.callback_query] == ids
    assert len(set(ids)) == 5


async def test_an_answer_is_too_late_after_a_minute_of_host_time(sandbox: Sandbox, bot: Bot, host: Host) -> None:
    await bot.send_message(AGENT, "确认？", reply_markup=OK)
    agent = sandbox.user(AGENT)
    asked = await agent.answer()
    (first,), (second,) = await agent.press(asked, "好"), await agent.press(asked, "好")
    await sandbox.client.move_clock(add_seconds=3600)
    host.now += 59
    assert await bot.answer_callback_query(first)
    host.now += 2
    with pytest.raises(BadRequest, match=r"(?i)query is too old and response timeout expired"):
        await bot.answer_callback_query(second)


async def test_an_answer_has_at_most_200_characters(bot: Bot, sandbox: Sandbox) -> None:
    await bot.send_message(AGENT, "确认？", reply_markup=OK)
    agent = sandbox.user(AGENT)
    (callback,) = await agent.press(await agent.answer(), "好")
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await bot.answer_callback_query(callback, "长" * 201)
    assert await bot.answer_callback_query(callback, "长" * 200)


async def test_pressed_data_may_be_forged_and_old_buttons_live_on(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "旧", reply_markup=OK)
    agent = sandbox.user(AGENT)
    asked = await agent.answer()
    await bot.edit_message_text("没有按钮了", AGENT, sent.message_id)
    await agent.press_data(asked, "pay:someone-else")
    await bot.delete_message(AGENT, sent.message_id)
    await agent.press_data(asked, "ok")
    forged, gone = [u.callback_query for u in await take(bot)]
    assert forged is not None
    assert forged.data == "pay:someone-else"
    assert gone is not None
    assert gone.message is not None
    assert gone.message.is_accessible is False


async def test_in_a_group_anyone_can_press_but_nobody_from_outside(sandbox: Sandbox, bot: Bot) -> None:
    await bot.send_message(GROUP, "谁先按", reply_markup=OK)
    agent = sandbox.user(AGENT)
    shown = await agent.answer(chat=GROUP)
    await agent.press(shown, "好")
    await sandbox.user(MANAGER).press(shown, "好")
    pressed = [u.callback_query.from_user.id for u in await take(bot) if u.callback_query]
    assert pressed == [AGENT, MANAGER]
    with pytest.raises(ValueError, match="not a member"):
        await sandbox.user(OTHER).press(shown, "好")


async def test_a_reaction_is_one_of_the_fixed_emoji(sandbox: Sandbox, bot: Bot) -> None:
    said = await sandbox.user(AGENT).say("批复收到")
    assert await bot.set_message_reaction(AGENT, said.id, "👍")
    await sandbox.client.until(lambda: said.data["reactions"] == ["👍"])
    with pytest.raises(BadRequest, match=r"(?i)reaction_invalid"):
        await bot.set_message_reaction(AGENT, said.id, "🧨")
    assert await bot.set_message_reaction(AGENT, said.id, [])


async def test_pinning_needs_rights_in_a_group(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "规矩")
    assert await bot.pin_chat_message(AGENT, sent.message_id)
    assert (await bot.get_chat(AGENT)).pinned_message is not None
    (update,) = await take(bot)
    assert update.message is not None
    assert update.message.pinned_message is not None
    assert await bot.unpin_chat_message(AGENT)
    board = await bot.send_message(GROUP, "榜")
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages"):
        await bot.pin_chat_message(GROUP, board.message_id)


async def test_a_blocked_chat_takes_no_edit_and_a_moved_group_neither(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "x")
    board = await bot.send_message(GROUP, "x")
    await sandbox.user(AGENT).block()
    with pytest.raises(Forbidden):
        await bot.edit_message_text("y", AGENT, sent.message_id)
    await sandbox.client.post(f"/api/groups/{GROUP}/migrate")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("y", GROUP, board.message_id)
