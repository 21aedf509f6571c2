"""Sending: what comes back, what is refused and in which words, what is noted."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import aiohttp
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Forbidden

from sandbox import Sandbox
from sandbox.files import image_size, made_photo
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, NEWCOMER, STRANGER, Api, take

CONFIRM = InlineKeyboardMarkup([[InlineKeyboardButton("确认", callback_data="ok:1")]])


def png(width: int, height: int) -> bytes:
    """The head of a PNG of this size (nothing looks further)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(header))


async def test_a_message_is_shown_and_comes_back_whole(sandbox: Sandbox, bot: Bot) -> None:
    asked = await sandbox.user(AGENT).say("今日")
    sent = await bot.send_message(
        AGENT,
        "<b>今日</b> 12 通 &lt;3",
        parse_mode="HTML",
        reply_markup=CONFIRM,
        reply_parameters=ReplyParameters(asked.id),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        disable_notification=True,
        protect_content=True,
    )
    assert sent.text == "今日 12 通 <3"
    assert sent.message_id == asked.id + 1
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "今日"
    assert sent.reply_to_message.reply_to_message is None
    assert sent.has_protected_content
    shown = await sandbox.user(AGENT).answer(asked)
    assert shown.text == "今日 12 通 <3"
    assert shown.data["reply_to"] == {"id": asked.id, "from": AGENT, "text": "今日"}
    assert shown.data["buttons"] == [[{"text": "确认", "data": "ok:1"}]]
    assert shown.data["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert shown.data["date"] == "2026-11-20T17:20:00+08:00"
    assert sandbox.violations == []


async def test_a_reply_carries_its_target_one_level_deep(sandbox: Sandbox, bot: Bot) -> None:
    first = await bot.send_message(AGENT, "一")
    second = await bot.send_message(AGENT, "二", reply_parameters=ReplyParameters(first.message_id))
    third = await bot.send_message(AGENT, "三", reply_parameters=ReplyParameters(second.message_id))
    assert third.reply_to_message is not None
    assert third.reply_to_message.text == "二"
    assert third.reply_to_message.reply_to_message is None


async def test_a_vanished_reply_target_is_refused_unless_allowed(sandbox: Sandbox, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(AGENT, "x", reply_parameters=ReplyParameters(77))
    sent = await bot.send_message(AGENT, "x", reply_parameters=ReplyParameters(77, allow_sending_without_reply=True))
    assert sent.reply_to_message is None


async def test_a_quote_must_be_in_the_message(sandbox: Sandbox, bot: Bot, api: Api) -> None:
    asked = await sandbox.user(AGENT).say("下周计划三家")
    sent = await bot.send_message(AGENT, "好", reply_parameters=ReplyParameters(asked.id, quote="计划三家"))
    assert sent.quote is not None
    assert sent.quote.position == 2
    wrong = {"message_id": asked.id, "quote": "没说过"}
    assert "QUOTE_TEXT_INVALID" in await api.refused("sendMessage", chat_id=AGENT, text="x", reply_parameters=wrong)


async def test_a_reply_to_another_chats_message_is_external(sandbox: Sandbox, bot: Bot) -> None:
    said = await sandbox.user(AGENT).say("周报")
    sent = await bot.send_message(MANAGER, "看", reply_parameters=ReplyParameters(said.id, chat_id=AGENT))
    assert sent.reply_to_message is None
    assert sent.external_reply is not None
    assert sent.external_reply.message_id == said.id


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"text": "x"}, "Bad Request: chat_id is empty"),
        ({"chat_id": 5_555, "text": "x"}, "Bad Request: chat not found"),
        ({"chat_id": "@nobody", "text": "x"}, "Bad Request: chat not found"),
        ({"chat_id": STRANGER, "text": "x"}, "Bad Request: chat not found"),
        ({"chat_id": AGENT}, "Bad Request: message text is empty"),
        ({"chat_id": AGENT, "text": " \n "}, "Bad Request: text must be non-empty"),
        ({"chat_id": AGENT, "text": "x", "parse_mode": "XML"}, "Bad Request: unsupported parse_mode"),
        (
            {"chat_id": AGENT, "text": "<b>x", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"chat_id": AGENT, "text": "x", "reply_markup": "{"},
            "Bad Request: can't parse reply keyboard markup JSON object",
        ),
        (
            {"chat_id": AGENT, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {
                "chat_id": AGENT,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": " ", "callback_data": "a"}]]},
            },
            "Bad Request: inline keyboard button text must be non-empty",
        ),
        (
            {"chat_id": AGENT, "text": "x", "reply_markup": {"inline_keyboard": {"text": "a"}}},
            'Bad Request: field "inline_keyboard" must be of type Array',
        ),
        ({"chat_id": AGENT, "text": "x", "message_thread_id": 9}, "Bad Request: message thread not found"),
    ],
)
async def test_refusals_have_the_real_words(api: Api, params: dict[str, Any], description: str) -> None:
    assert await api.refused("sendMessage", **params) == description


async def test_text_is_counted_in_utf16_units_after_parsing(sandbox: Sandbox, bot: Bot) -> None:
    await bot.send_message(AGENT, f"<b>{'好' * 4096}</b>", parse_mode="HTML")
    await bot.send_message(AGENT, "😀" * 2048)
    assert sandbox.violations == []
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(AGENT, "😀" * 2049)
    assert sandbox.violations[0]["what"] == "text of 4098 UTF-16 units, allowed are 4096"


async def test_callback_data_is_measured_in_bytes(sandbox: Sandbox, api: Api) -> None:
    def keyboard(data: str) -> dict[str, Any]:
        return {"inline_keyboard": [[{"text": "a", "callback_data": data}]]}

    assert await api.result("sendMessage", chat_id=AGENT, text="x", reply_markup=keyboard("好" * 21 + "a"))
    refused = await api.refused("sendMessage", chat_id=AGENT, text="x", reply_markup=keyboard("好" * 22))
    assert refused == "Bad Request: BUTTON_DATA_INVALID"
    assert "has 66 bytes" in sandbox.violations[0]["what"]


async def test_keyboards_have_their_limits(sandbox: Sandbox, api: Api) -> None:
    button = {"text": "a", "callback_data": "b"}
    rows = [[button] * 8 for _ in range(12)]
    assert await api.result("sendMessage", chat_id=AGENT, text="x", reply_markup={"inline_keyboard": rows})
    assert sandbox.violations == []
    too_many = await api.refused(
        "sendMessage", chat_id=AGENT, text="x", reply_markup={"inline_keyboard": [*rows, [button] * 5]}
    )
    assert too_many == "Bad Request: reply markup is too long"
    await api.result("sendMessage", chat_id=AGENT, text="x", reply_markup={"inline_keyboard": [[button] * 9]})
    assert sandbox.violations[-1]["what"] == "more than 8 buttons in one row"


async def test_every_kind_of_keyboard_reaches_the_page(sandbox: Sandbox, bot: Bot) -> None:
    agent = sandbox.user(AGENT)
    await bot.send_message(AGENT, "选", reply_markup=ReplyKeyboardMarkup([["今日", "周报"]], is_persistent=True))
    await bot.send_message(AGENT, "答", reply_markup=ForceReply(input_field_placeholder="写两句"))
    await bot.send_message(AGENT, "收", reply_markup=ReplyKeyboardRemove())
    styled = InlineKeyboardButton("复制", copy_text=CopyTextButton("138"), api_kwargs={"style": "success"})
    await bot.send_message(
        AGENT, "按", reply_markup=InlineKeyboardMarkup([[styled, InlineKeyboardButton("看", url="https://x.cn")]])
    )
    menu, forced, removed, inline = [message.data for message in await agent.answers(4)]
    assert menu["keyboard"] == [["今日", "周报"]]
    assert (forced["force_reply"], forced["placeholder"]) == (True, "写两句")
    assert removed["keyboard"] == []
    assert inline["keyboard"] is None
    assert inline["buttons"] == [
        [{"text": "复制", "copy": "138", "style": "success"}, {"text": "看", "url": "https://x.cn"}]
    ]
    assert sandbox.violations == []


async def test_people_who_cannot_be_written_to(sandbox: Sandbox, bot: Bot) -> None:
    agent = sandbox.user(AGENT)
    await agent.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(AGENT, "x")
    await agent.block(blocked=False)
    await bot.send_message(AGENT, "x")
    await sandbox.client.post("/api/users/remove", id=AGENT)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(AGENT, "x")


async def test_somebody_met_in_a_group_still_has_to_press_start(sandbox: Sandbox, bot: Bot) -> None:
    newcomer = sandbox.user(NEWCOMER)
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(NEWCOMER, "你好")
    await newcomer.say("/hi@waihu_bot", chat=GROUP)
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(NEWCOMER, "你好")
    await newcomer.start()
    await bot.send_message(NEWCOMER, "你好")


async def test_a_group_that_moved_names_its_new_id(sandbox: Sandbox, bot: Bot) -> None:
    moved = await sandbox.client.post(f"/api/groups/{GROUP}/migrate")
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(GROUP, "榜单")
    assert migrated.value.new_chat_id == moved["new_id"]
    assert moved["new_id"] < -1_000_000_000_000
    sent = await bot.send_message(moved["new_id"], "榜单")
    assert sent.chat.type == "supergroup"
    assert sent.message_id == 2, "the new group counts its messages afresh"


async def test_a_group_the_bot_was_thrown_out_of(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.post(f"/api/groups/{GROUP}/bot", present=False, by=MANAGER)
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(GROUP, "x")
    await sandbox.client.post(f"/api/groups/{GROUP}/bot", present=True, by=MANAGER)
    assert await bot.leave_chat(GROUP)
    with pytest.raises(Forbidden, match="bot is not a member of the group chat"):
        await bot.send_message(GROUP, "x")


async def test_message_ids_are_unique_in_a_chat_only(sandbox: Sandbox, bot: Bot) -> None:
    assert (await bot.send_message(AGENT, "a")).message_id == (await bot.send_message(MANAGER, "b")).message_id


async def test_a_photo_is_uploaded_once_and_sent_again_by_its_id(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_photo(GROUP, made_photo(), caption="<b>周榜</b>", parse_mode="HTML")
    assert [(size.width, size.height) for size in sent.photo] == [(90, 68), (320, 240)]
    assert sent.caption == "周榜"
    again = await bot.send_photo(AGENT, sent.photo[-1].file_id)
    assert again.photo == sent.photo
    shown = await sandbox.user(AGENT).answer()
    async with aiohttp.ClientSession() as session, session.get(sandbox.url + shown.data["photo"]) as response:
        assert response.content_type == "image/png"
        assert await response.read() == made_photo()
    assert sandbox.violations == []


async def test_a_document_keeps_its_name_and_can_be_downloaded(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_document(AGENT, "姓名,通数\n林,12\n".encode(), filename="榜单.csv", caption="表")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.mime_type) == ("榜单.csv", "text/csv")
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()).decode() == "姓名,通数\n林,12\n"
    assert (await sandbox.user(AGENT).answer()).data["document"]["name"] == "榜单.csv"


async def test_what_people_send_can_be_fetched_with_get_file(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.user(AGENT).say(media="photo")
    (update,) = await take(bot)
    assert update.message is not None
    file = await update.message.photo[-1].get_file()
    assert image_size(bytes(await file.download_as_bytearray())) == (320, 240)
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("AgACnothing")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "file must be non-empty"),
        (b"hello", "Image_process_failed"),
        (png(5001, 5000), "Photo_invalid_dimensions"),
        (png(2100, 100), "Photo_invalid_dimensions"),
        (png(10, 10) + bytes(10 * 1024 * 1024), "too big for a photo; the maximum size is 10485760 bytes"),
    ],
)
async def test_pictures_the_server_does_not_take(bot: Bot, data: bytes, reason: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){reason}"):
        await bot.send_photo(AGENT, data)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(640, 480), (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 3, 4), (3, 4)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 9, 7) + bytes(4), (7, 9)),
        (b"\xff\xd8\xff\xe0", None),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0" + bytes([9, 0, 0, 4, 0, 0]), (10, 5)),
        (b"%PDF-1.7", None),
    ],
)
def test_picture_sizes_are_read_from_their_heads(data: bytes, size: tuple[int, int] | None) -> None:
    assert image_size(data) == size


async def test_a_caption_ends_at_1024(sandbox: Sandbox, bot: Bot) -> None:
    await bot.send_photo(AGENT, made_photo(), caption="好" * 1024)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(AGENT, made_photo(), caption="好" * 1025)


async def test_nothing_is_loaded_from_elsewhere(sandbox: Sandbox, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Failed to get http url content"):
        await bot.send_photo(AGENT, "https://example.com/a.png")
    assert "the sandbox loads nothing" in sandbox.violations[0]["what"]


async def test_an_album_is_several_messages_of_one_group(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_media_group(
        AGENT, [InputMediaPhoto(made_photo(), caption="一"), InputMediaPhoto(made_photo())]
    )
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.caption for message in sent] == ["一", None]
    assert [m.data["photo"] is not None for m in await sandbox.user(AGENT).answers(2)] == [True, True]
    assert sandbox.violations == []


async def test_forwarding_names_the_origin_and_copying_does_not(sandbox: Sandbox, bot: Bot) -> None:
    said = await sandbox.user(AGENT).say("成交了")
    forwarded = await bot.forward_message(GROUP, AGENT, said.id)
    assert forwarded.forward_origin is not None
    assert forwarded.text == "成交了"
    copied = await bot.copy_message(GROUP, AGENT, said.id)
    assert copied.message_id == forwarded.message_id + 1
    secret = await bot.send_message(AGENT, "收入", protect_content=True)
    with pytest.raises(BadRequest, match="protected content"):
        await bot.forward_message(MANAGER, AGENT, secret.message_id)


async def test_a_chat_action_is_shown(sandbox: Sandbox, bot: Bot) -> None:
    mark = sandbox.client.now
    assert await bot.send_chat_action(AGENT, "typing")
    event = await sandbox.client.event(lambda e: e["type"] == "typing", since=mark)
    assert (event["chat_id"], event["action"]) == (AGENT, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(AGENT, "dancing")


async def test_unknown_parameters_and_wrong_types_are_noted_but_ignored(sandbox: Sandbox, api: Api) -> None:
    await api.result(
        "sendMessage",
        chat_id=AGENT,
        text="x",
        reply_to_mesage_id=4,
        disable_notification="ja",
        link_preview_options={"is_disabled": True, "colour": "red"},
        reply_markup={"inline_keyboard": [[{"text": "a", "callback_data": "b", "size": 3}]]},
    )
    assert [v["what"] for v in sandbox.violations] == [
        "unknown parameter reply_to_mesage_id",
        "disable_notification must be a Boolean",
        "unknown field colour in link_preview_options (LinkPreviewOptions)",
        "unknown field size in reply_markup.inline_keyboard[0][0] (InlineKeyboardButton)",
    ]


async def test_forms_json_and_query_are_all_understood(sandbox: Sandbox, api: Api) -> None:
    await api.result("sendMessage", chat_id=AGENT, text="json")
    async with api.session.post(f"{api.url}/sendMessage", data={"chat_id": str(AGENT), "text": "form"}) as answer:
        assert answer.status == 200
    async with api.session.get(f"{api.url}/sendMessage", params={"chat_id": AGENT, "text": "query"}) as answer:
        assert answer.status == 200
    form = aiohttp.FormData({"chat_id": str(AGENT), "text": "multi"}, default_to_multipart=True)
    async with api.session.post(f"{api.url}/sendMessage", data=form) as answer:
        assert answer.status == 200
    async with api.session.post(
        f"{api.url}/sendMessage", data=b"[1]", headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == 400
    assert [m.text for m in await sandbox.user(AGENT).answers(4)] == ["json", "form", "query", "multi"]


async def test_going_over_the_limits_is_noted(sandbox: Sandbox, bot: Bot) -> None:
    for number in range(21):
        await bot.send_message(GROUP, str(number))
    assert [v["what"] for v in sandbox.violations] == [f"more than 20 messages a minute into group {GROUP}"]


async def test_commands_are_found_by_scope_and_language(sandbox: Sandbox, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("day", "Today")])
    await bot.set_my_commands([BotCommand("day", "今日")], language_code="zh")
    await bot.set_my_commands([BotCommand("team", "本组")], scope=BotCommandScopeChat(MANAGER))

    async def menu(user: int, chat: int) -> list[str]:
        found = await sandbox.client.get(f"/api/chats/{chat}/commands?as={user}")
        return [command["description"] for command in found["commands"]]

    assert await menu(AGENT, AGENT) == ["今日"]
    assert await menu(MANAGER, MANAGER) == ["本组"]
    assert await menu(MANAGER, GROUP) == ["今日"]
    assert (await bot.get_my_commands())[0].description == "Today"
    await bot.delete_my_commands(scope=BotCommandScopeChat(MANAGER))
    assert await menu(MANAGER, MANAGER) == ["今日"]
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([BotCommand("今日", "x")])
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.set_my_commands([BotCommand("a", "x")], scope=BotCommandScopeChat(NEWCOMER))
    assert sandbox.violations == []


async def test_the_bots_name_descriptions_and_menu_button(sandbox: Sandbox, bot: Bot) -> None:
    await bot.set_my_name("管家")
    await bot.set_my_description("管电话销售")
    await bot.set_my_short_description("短")
    await bot.set_chat_menu_button(AGENT)
    assert (await bot.get_my_name()).name == "管家"
    assert (await bot.get_my_description()).description == "管电话销售"
    assert (await bot.get_my_short_description()).short_description == "短"
    assert (await bot.get_chat_menu_button()).type == "commands"
    assert (await sandbox.client.state())["bot"]["first_name"] == "管家"
    with pytest.raises(BadRequest):
        await bot.set_my_name("长" * 65)
