"""The real server's words for everything else that is refused, one line each."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, WebAppInfo
from telegram.error import BadRequest, NetworkError

from sandbox import Sandbox
from sandbox.files import made_photo
from sandbox.schema import METHODS
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, NEWCOMER, TOKEN, Api

JUNK: tuple[Any, ...] = ("", "x", "[", [5], [{}], {"type": []})


def inline(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "按", **button}]]}


def keys(*buttons: Any) -> dict[str, Any]:
    return {"keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("[1]", "object expected as reply markup"),
        ({"inline_keyboard": [{"text": "a"}]}, 'field "inline_keyboard" must be an Array of Arrays'),
        (
            {"inline_keyboard": [["a"]]},
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object",
        ),
        (
            {"inline_keyboard": [[{"callback_data": "a"}]]},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            inline(callback_data="a", style="pink"),
            "can't parse inline keyboard button: invalid button style specified",
        ),
        (inline(callback_data=""), "BUTTON_DATA_INVALID"),
        (inline(url="这里"), "inline keyboard button URL '这里' is invalid: wrong HTTP URL"),
        (inline(copy_text={"text": ""}), "BUTTON_COPY_TEXT_INVALID"),
        (keys(5), "can't parse keyboard button: KeyboardButton must be a String or an Object"),
        (keys(" "), "keyboard button text must be non-empty"),
    ],
)
async def test_keyboards(api: Api, markup: Any, reason: str) -> None:
    refused = await api.refused("sendMessage", chat_id=AGENT, text="x", reply_markup=markup)
    assert refused == f"Bad Request: {reason}"


@pytest.mark.parametrize(
    "markup", [inline(web_app={"url": "https://x.cn"}), keys({"text": "a", "request_contact": True})]
)
async def test_some_buttons_belong_in_private_chats_only(api: Api, markup: Any) -> None:
    assert await api.refused("sendMessage", chat_id=GROUP, text="x", reply_markup=markup) == (
        "Bad Request: BUTTON_TYPE_INVALID"
    )
    assert await api.result("sendMessage", chat_id=AGENT, text="x", reply_markup=markup)


@pytest.mark.parametrize("markup", [{"remove_keyboard": True}, {"force_reply": True}])
async def test_edits_take_no_other_keyboards(api: Api, markup: Any) -> None:
    sent = await api.result("sendMessage", chat_id=AGENT, text="x")
    edit = {"chat_id": AGENT, "message_id": sent["message_id"], "text": "y", "reply_markup": markup}
    assert await api.refused("editMessageText", **edit) == "Bad Request: inline keyboard expected"


@pytest.mark.parametrize(
    ("markup", "remark"),
    [
        (inline(callback_data="a", url="https://x.cn"), "button «按» has more than one action: url, callback_data"),
        (
            {"force_reply": True, "input_field_placeholder": "长" * 65},
            "input_field_placeholder must have 1 to 64 characters",
        ),
        ({**keys("a"), "input_field_placeholder": ""}, "input_field_placeholder must have 1 to 64 characters"),
    ],
)
async def test_what_the_server_lets_pass_is_noted(sandbox: Sandbox, api: Api, markup: Any, remark: str) -> None:
    await api.result("sendMessage", chat_id=AGENT, text="x", reply_markup=markup)
    assert [v["what"] for v in sandbox.violations] == [remark]


@pytest.mark.parametrize(
    ("method", "params", "reason"),
    [
        ("sendPhoto", {"chat_id": AGENT}, "there is no photo in the request"),
        ("sendPhoto", {"chat_id": AGENT, "photo": "attach://x"}, "wrong file identifier/HTTP URL specified: no file part 'attach://x'"),
        ("sendPhoto", {"chat_id": AGENT, "photo": "AgAC"}, "wrong file identifier/HTTP URL specified"),
        ("sendDocument", {"chat_id": AGENT}, "there is no document in the request"),
        ("sendVoice", {"chat_id": AGENT}, "there is no voice in the request"),
        ("sendSticker", {"chat_id": AGENT}, "there is no sticker in the request"),
        ("sendMediaGroup", {"chat_id": AGENT}, "expected an Array of InputMedia"),
        ("sendMediaGroup", {"chat_id": AGENT, "media": []}, "there are no messages to send"),
        ("sendMediaGroup", {"chat_id": AGENT, "media": [{}] * 11}, "too many messages to send as an album"),
        ("sendMediaGroup", {"chat_id": AGENT, "media": ["a", "b"]}, "can't parse InputMedia: expected an Object"),
        (
            "sendMediaGroup",
            {"chat_id": AGENT, "media": [{"type": "photo"}, {"type": "document"}]},
            "document can't be mixed with other media types",
        ),
        ("sendMediaGroup", {"chat_id": AGENT, "media": [{"type": "photo"}] * 2}, "can't parse InputMedia: media not found"),
        ("sendMessage", {"chat_id": AGENT, "text": "x", "reply_parameters": "7"}, "object expected as reply parameters"),
        ("sendMessage", {"chat_id": AGENT, "text": "x", "reply_to_message_id": 9}, "message to be replied not found"),
        ("forwardMessage", {"chat_id": AGENT, "from_chat_id": MANAGER, "message_id": 9}, "message to forward not found"),
        ("copyMessage", {"chat_id": AGENT, "from_chat_id": MANAGER, "message_id": 9}, "message to copy not found"),
        ("deleteMessage", {"message_id": 1}, "chat identifier is not specified"),
        ("deleteMessage", {"chat_id": AGENT}, "message identifier is not specified"),
        ("deleteMessages", {"chat_id": AGENT, "message_ids": 5}, "expected an Array of message identifiers"),
        ("deleteMessages", {"chat_id": AGENT, "message_ids": []}, "message identifiers are not specified"),
        ("deleteMessages", {"chat_id": AGENT, "message_ids": [1] * 101}, "too many message identifiers specified"),
        ("editMessageMedia", {"chat_id": AGENT, "message_id": 1}, "media is not specified"),
        ("editMessageMedia", {"chat_id": AGENT, "message_id": 1, "media": "[]"}, "can't parse InputMedia: expected an Object"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old and response timeout expired or query ID is invalid"),
        ("setMessageReaction", {"chat_id": AGENT, "message_id": 9}, "message to react not found"),
        ("unpinChatMessage", {"chat_id": AGENT}, "message to unpin not found"),
        ("pinChatMessage", {"chat_id": AGENT, "message_id": 9}, "message to pin not found"),
        ("setMyCommands", {"commands": "{}"}, "expected an Array of BotCommand"),
        ("setMyCommands", {"commands": ["a"]}, "can't parse BotCommand: expected an Object"),
        ("setMyCommands", {"commands": [{"command": "/", "description": "x"}]}, "command must be non-empty"),
        ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "x"}]}, "command length must not exceed 32"),
        ("setMyCommands", {"commands": [{"command": "a", "description": ""}]}, "command description must be non-empty"),
        (
            "setMyCommands",
            {"commands": [{"command": "a", "description": "x" * 257}]},
            "command description length must not exceed 256",
        ),
        ("setMyCommands", {"commands": [{"command": "a", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ("setMyCommands", {"commands": [], "language_code": "zh-hans"}, "invalid language code specified"),
        ("setMyCommands", {"commands": [], "scope": "[]"}, "can't parse BotCommandScope: BotCommandScope must be an Object"),
        ("setMyCommands", {"commands": [], "scope": {"type": "me"}}, "can't parse BotCommandScope: unsupported type specified"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, "can't parse BotCommandScope: chat_id is empty"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat_member", "chat_id": AGENT}}, "chat not found"),
        ("setChatMenuButton", {"menu_button": {"type": "x"}}, "can't parse menu button: MenuButton has unsupported type"),
        ("getChatMember", {"chat_id": AGENT}, "invalid user_id specified"),
        ("leaveChat", {"chat_id": AGENT}, "chat member status can't be changed in private chats"),
        ("getFile", {}, "file_id not specified"),
        ("getChat", {"chat_id": NEWCOMER}, "chat not found"),
        ("setWebhook", {"url": "ftp://x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
    ],
)  # fmt: skip
async def test_methods(api: Api, method: str, params: dict[str, Any], reason: str) -> None:
    assert await api.refused(method, **params) == f"Bad Request: {reason}"


async def test_a_body_of_another_kind_is_refused(api: Api) -> None:
    async with api.session.post(f"{api.url}/getMe", data=b"x", headers={"Content-Type": "text/csv"}) as response:
        assert (await response.json())["description"] == "Bad Request: unsupported content type text/csv"


async def test_too_large_an_upload_is_413(bot: Bot) -> None:
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_document(AGENT, bytes(50 * 1024 * 1024 + 1))


async def test_files_are_only_for_the_owner_of_the_token_and_only_below_20_mb(
    sandbox: Sandbox, bot: Bot, api: Api
) -> None:
    sent = await bot.send_document(AGENT, bytes(20 * 1024 * 1024 + 1), filename="big.bin")
    assert sent.document is not None
    assert await api.refused("getFile", file_id=sent.document.file_id) == "Bad Request: file is too big"
    for path, status in (("bot1:x/documents/file_1.bin", 401), (f"bot{TOKEN}/documents/none", 404)):
        async with api.session.get(f"{sandbox.url}/file/{path}") as response:
            assert response.status == status


async def test_a_file_is_sent_again_only_as_what_it_is(sandbox: Sandbox, bot: Bot) -> None:
    photo = await bot.send_photo(AGENT, made_photo())
    document = await bot.send_document(AGENT, b"a", filename="a.txt")
    voice = await bot.send_voice(AGENT, b"OggS", duration=3)
    sticker = await bot.send_sticker(AGENT, b"RIFF")
    assert document.document is not None
    assert voice.voice is not None
    assert sticker.sticker is not None
    assert (await bot.send_document(AGENT, document.document.file_id)).document == document.document
    assert (await bot.send_voice(AGENT, voice.voice.file_id)).voice is not None
    assert (await bot.send_sticker(AGENT, sticker.sticker.file_id)).sticker is not None
    with pytest.raises(BadRequest, match="Can't use file of type photo as document"):
        await bot.send_document(AGENT, photo.photo[0].file_id)
    with pytest.raises(BadRequest, match="Can't use file of type document as photo"):
        await bot.send_photo(AGENT, document.document.file_id)
    assert sandbox.violations == []


async def test_an_edit_to_the_same_picture_changes_nothing(bot: Bot) -> None:
    photo = await bot.send_photo(AGENT, made_photo(), caption="榜")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_media(InputMediaPhoto(photo.photo[-1].file_id, caption="榜"), AGENT, photo.message_id)


async def test_a_copied_photo_can_get_another_caption(bot: Bot, sandbox: Sandbox) -> None:
    photo = await bot.send_photo(AGENT, made_photo(), caption="旧", show_caption_above_media=True, has_spoiler=True)
    assert photo.has_media_spoiler
    assert photo.show_caption_above_media
    await bot.copy_message(MANAGER, AGENT, photo.message_id, caption="<b>新</b>", parse_mode="HTML")
    copied = await sandbox.user(MANAGER).answer()
    assert (copied.text, copied.data["entities"]) == ("新", [{"type": "bold", "offset": 0, "length": 1}])
    forwarded = await bot.forward_message(MANAGER, AGENT, photo.message_id, protect_content=True)
    assert forwarded.has_protected_content


async def test_a_mention_without_a_username_carries_the_person(bot: Bot) -> None:
    sent = await bot.send_message(
        GROUP, f'<a href="tg://user?id={AGENT}">晓燕</a> <a href="tg://user?id=404">谁</a>', parse_mode="HTML"
    )
    (mention,) = sent.entities
    assert mention.user is not None
    assert mention.user.first_name == "林晓燕"


async def test_a_web_app_button_is_shown_as_a_link(bot: Bot, sandbox: Sandbox) -> None:
    button = InlineKeyboardButton("开", web_app=WebAppInfo("https://x.cn/app"))
    await bot.send_message(AGENT, "x", reply_markup=InlineKeyboardMarkup([[button]]))
    assert (await sandbox.user(AGENT).answer()).buttons == [{"text": "开", "url": "https://x.cn/app"}]


async def test_an_inline_keyboard_may_be_exchanged_alone(bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "x")
    button = InlineKeyboardMarkup([[InlineKeyboardButton("a", callback_data="a")]])
    edited = await bot.edit_message_reply_markup(AGENT, sent.message_id, reply_markup=button)
    assert not isinstance(edited, bool)
    assert edited.edit_date is None, "another keyboard is no edit of the text"
    assert edited.reply_markup == button


async def test_logging_out_is_noted(sandbox: Sandbox, bot: Bot) -> None:
    assert await bot.log_out()
    assert "no reason to log out" in sandbox.violations[0]["what"]


async def test_parameters_of_the_wrong_shape_are_noted(sandbox: Sandbox, api: Api) -> None:
    await api("sendMessage", chat_id=AGENT, text="x", entities=5)
    await api("sendMessage", chat_id=AGENT, text="x", reply_markup={"inline_keyboard": [[{"callback_data": "a"}]]})
    await api("deleteMessage", chat_id=AGENT, message_id=True)
    await api("setMyCommands", commands=[{"command": 5, "description": "x"}])
    assert [v["what"] for v in sandbox.violations] == [
        "entities must be an Array",
        "reply_markup.inline_keyboard[0][0].text is missing",
        "message_id must be an Integer",
        "commands[0].command must be of type String",
    ]


async def test_one_broken_call_breaks_nothing_else(sandbox: Sandbox, api: Api) -> None:
    for reply in ([1], {"message_id": "x"}, {"message_id": 1, "quote": {"a": 1}}):
        await api("sendMessage", chat_id=AGENT, text="x", reply_parameters=reply)
    await api("sendMessage", chat_id=AGENT, text="x", entities=[5])
    await api("sendMessage", chat_id=AGENT, text="x", entities=[{"type": "bold", "offset": -5, "length": 1}])
    await api("setMessageReaction", chat_id=AGENT, message_id=1, reaction=5)
    await api("deleteMessages", chat_id=AGENT, message_ids=["a", None])
    await api("sendChatAction", chat_id={"a": 1}, action="typing")
    await api("getUpdates", offset="abc", limit="x", timeout="soon", allowed_updates="all")
    assert (await api.result("getMe"))["username"] == "waihu_bot"
    async with aiohttp.ClientSession() as session, session.get(f"{api.url}/getUpdates?allowed_updates=[") as answer:
        assert answer.status == 400


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"getUpdates"}))
async def test_junk_in_any_parameter_is_answered_not_stumbled_over(sandbox: Sandbox, api: Api, method: str) -> None:
    said = await sandbox.user(AGENT).say("在")
    sent = await api.result("sendMessage", chat_id=AGENT, text="x", reply_parameters={"message_id": said.id})
    good = {"chat_id": AGENT, "message_id": sent["message_id"], "text": "y", "from_chat_id": AGENT}
    names = [item.partition(":")[0].rstrip("!") for item in METHODS[method].split()]
    for name in names:
        for junk in JUNK:
            body = await api(method, **{key: value for key, value in good.items() if key in names} | {name: junk})
            assert isinstance(body["ok"], bool)
