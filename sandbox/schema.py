"""The Bot API's methods and objects as this sandbox knows them, to tell what the real server would ignore.

Source: the official Bot API documentation, version 10.1 (June 2026). Parameters of a method and fields of an
object are written `name:Type` or `name!:Type` when required; `A|B` is either, `[T]` a list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from typing import Any

_SEND = (
    "business_connection_id:String message_thread_id:Integer direct_messages_topic_id:Integer "
    "disable_notification:Boolean protect_content:Boolean allow_paid_broadcast:Boolean message_effect_id:String "
    "suggested_post_parameters:Object reply_parameters:ReplyParameters reply_markup:ReplyMarkup chat_id!:Chat "
)
_CAPTION = "caption:String parse_mode:String caption_entities:[MessageEntity] show_caption_above_media:Boolean "
_EDIT = (
    "business_connection_id:String chat_id:Chat message_id:Integer inline_message_id:String "
    "reply_markup:InlineKeyboardMarkup "
)

METHODS = {
    "getMe": "",
    "logOut": "",
    "close": "",
    "getUpdates": "offset:Integer limit:Integer timeout:Integer allowed_updates:[String]",
    "setWebhook": (
        "url!:String certificate:InputFile ip_address:String max_connections:Integer allowed_updates:[String] "
        "drop_pending_updates:Boolean secret_token:String"
    ),
    "deleteWebhook": "drop_pending_updates:Boolean",
    "getWebhookInfo": "",
    "sendMessage": _SEND
    + "text!:String parse_mode:String entities:[MessageEntity] link_preview_options:LinkPreviewOptions",
    "sendPhoto": _SEND + _CAPTION + "photo!:InputFile|String has_spoiler:Boolean",
    "sendDocument": _SEND
    + "caption:String parse_mode:String caption_entities:[MessageEntity] document!:InputFile|String "
    "thumbnail:InputFile|String disable_content_type_detection:Boolean",
    "sendVoice": _SEND
    + "caption:String parse_mode:String caption_entities:[MessageEntity] voice!:InputFile|String duration:Integer",
    "sendSticker": _SEND + "sticker!:InputFile|String emoji:String",
    "sendMediaGroup": (
        "business_connection_id:String chat_id!:Chat message_thread_id:Integer direct_messages_topic_id:Integer "
        "media!:[InputMedia] disable_notification:Boolean protect_content:Boolean allow_paid_broadcast:Boolean "
        "message_effect_id:String reply_parameters:ReplyParameters"
    ),
    "sendChatAction": "business_connection_id:String chat_id!:Chat message_thread_id:Integer action!:String",
    "forwardMessage": (
        "chat_id!:Chat message_thread_id:Integer direct_messages_topic_id:Integer from_chat_id!:Chat "
        "video_start_timestamp:Integer disable_notification:Boolean protect_content:Boolean "
        "message_effect_id:String suggested_post_parameters:Object message_id!:Integer"
    ),
    "copyMessage": _SEND.replace("business_connection_id:String ", "")
    + _CAPTION
    + "from_chat_id!:Chat message_id!:Integer video_start_timestamp:Integer",
    "editMessageText": _EDIT
    + "text!:String parse_mode:String entities:[MessageEntity] link_preview_options:LinkPreviewOptions",
    "editMessageCaption": _EDIT + _CAPTION,
    "editMessageReplyMarkup": _EDIT,
    "editMessageMedia": _EDIT + "media!:InputMedia",
    "deleteMessage": "chat_id!:Chat message_id!:Integer",
    "deleteMessages": "chat_id!:Chat message_ids!:[Integer]",
    "answerCallbackQuery": ("callback_query_id!:String text:String show_alert:Boolean url:String cache_time:Integer"),
    "setMyCommands": "commands!:[BotCommand] scope:BotCommandScope language_code:String",
    "getMyCommands": "scope:BotCommandScope language_code:String",
    "deleteMyCommands": "scope:BotCommandScope language_code:String",
    "setMyName": "name:String language_code:String",
    "getMyName": "language_code:String",
    "setMyDescription": "description:String language_code:String",
    "getMyDescription": "language_code:String",
    "setMyShortDescription": "short_description:String language_code:String",
    "getMyShortDescription": "language_code:String",
    "setChatMenuButton": "chat_id:Integer menu_button:MenuButton",
    "getChatMenuButton": "chat_id:Integer",
    "getFile": "file_id!:String",
    "getChat": "chat_id!:Chat",
    "getChatMember": "chat_id!:Chat user_id!:Integer",
    "getChatAdministrators": "chat_id!:Chat return_bots:Boolean",
    "getChatMemberCount": "chat_id!:Chat",
    "leaveChat": "chat_id!:Chat",
    "pinChatMessage": ("business_connection_id:String chat_id!:Chat message_id!:Integer disable_notification:Boolean"),
    "unpinChatMessage": "business_connection_id:String chat_id!:Chat message_id:Integer",
    "setMessageReaction": "chat_id!:Chat message_id!:Integer reaction:[ReactionType] is_big:Boolean",
}
"""Every emulated method with its parameters."""

OBJECTS = {
    "ReplyParameters": (
        "message_id!:Integer chat_id:Chat allow_sending_without_reply:Boolean quote:String "
        "quote_parse_mode:String quote_entities:[MessageEntity] quote_position:Integer "
        "checklist_task_id:Integer poll_option_id:String"
    ),
    "LinkPreviewOptions": (
        "is_disabled:Boolean url:String prefer_small_media:Boolean prefer_large_media:Boolean show_above_text:Boolean"
    ),
    "MessageEntity": (
        "type!:String offset!:Integer length!:Integer url:String user:Object language:String "
        "custom_emoji_id:String unix_time:Integer date_time_format:String"
    ),
    "InlineKeyboardMarkup": "inline_keyboard!:[[InlineKeyboardButton]]",
    "InlineKeyboardButton": (
        "text!:String icon_custom_emoji_id:String style:String url:String callback_data:String web_app:WebAppInfo "
        "login_url:Object switch_inline_query:String switch_inline_query_current_chat:String "
        "switch_inline_query_chosen_chat:Object copy_text:CopyTextButton callback_game:Object pay:Boolean"
    ),
    "WebAppInfo": "url!:String",
    "CopyTextButton": "text!:String",
    "ReplyKeyboardMarkup": (
        "keyboard!:[[KeyboardButton|String]] is_persistent:Boolean resize_keyboard:Boolean "
        "one_time_keyboard:Boolean input_field_placeholder:String selective:Boolean"
    ),
    "KeyboardButton": (
        "text!:String icon_custom_emoji_id:String style:String request_users:Object request_chat:Object "
        "request_managed_bot:Object request_contact:Boolean request_location:Boolean request_poll:Object "
        "web_app:WebAppInfo"
    ),
    "ReplyKeyboardRemove": "remove_keyboard!:Boolean selective:Boolean",
    "ForceReply": "force_reply!:Boolean input_field_placeholder:String selective:Boolean",
    "InputMedia": (
        "type!:String media!:String thumbnail:String caption:String parse_mode:String "
        "caption_entities:[MessageEntity] show_caption_above_media:Boolean has_spoiler:Boolean "
        "disable_content_type_detection:Boolean"
    ),
    "BotCommand": "command!:String description!:String",
    "BotCommandScope": "type!:String chat_id:Chat user_id:Integer",
    "MenuButton": "type!:String text:String web_app:WebAppInfo",
    "ReactionType": "type!:String emoji:String custom_emoji_id:String",
}
"""Fields of the objects that occur in parameters."""

NOT_EMULATED = frozenset(
    [
        "forwardMessages",
        "copyMessages",
        "sendLivePhoto",
        "sendAudio",
        "sendVideo",
        "sendAnimation",
        "sendVideoNote",
        "sendPaidMedia",
        "sendLocation",
        "sendVenue",
        "sendContact",
        "sendPoll",
        "sendChecklist",
        "sendDice",
        "sendMessageDraft",
        "getUserProfilePhotos",
        "getUserProfileAudios",
        "setUserEmojiStatus",
        "banChatMember",
        "unbanChatMember",
        "restrictChatMember",
        "promoteChatMember",
        "setChatAdministratorCustomTitle",
        "setChatMemberTag",
        "setChatPermissions",
        "exportChatInviteLink",
        "createChatInviteLink",
        "editChatInviteLink",
        "revokeChatInviteLink",
        "approveChatJoinRequest",
        "declineChatJoinRequest",
        "setChatPhoto",
        "deleteChatPhoto",
        "setChatTitle",
        "setChatDescription",
        "unpinAllChatMessages",
        "createForumTopic",
        "editForumTopic",
        "closeForumTopic",
        "reopenForumTopic",
        "deleteForumTopic",
        "getUserChatBoosts",
        "getBusinessConnection",
        "setMyDefaultAdministratorRights",
        "getMyDefaultAdministratorRights",
        "editMessageLiveLocation",
        "stopMessageLiveLocation",
        "editMessageChecklist",
        "stopPoll",
        "deleteMessageReaction",
        "getStickerSet",
        "uploadStickerFile",
        "sendRichMessage",
        "sendRichMessageDraft",
        "answerInlineQuery",
        "answerWebAppQuery",
        "sendInvoice",
        "sendGame",
    ]
)
"""Methods of the real server this one does not have: they answer 404 and are noted, never faked."""


def _parse(text: str) -> dict[str, tuple[str, bool]]:
    fields = {}
    for item in text.split():
        name, _, kind = item.partition(":")
        fields[name.rstrip("!")] = (kind, name.endswith("!"))
    return fields


_PARAMETERS = {name: _parse(text) for name, text in METHODS.items()}
_FIELDS = {name: _parse(text) for name, text in OBJECTS.items()}


def check(method: str, params: dict[str, Any], uploads: Container[str]) -> list[str]:
    """What is wrong with a call's parameters as such, in sentences; the empty list when all is as documented."""
    known = _PARAMETERS[method]
    found = []
    for name, value in params.items():
        if name not in known:
            found.append(f"unknown parameter {name}")
        elif problem := _mismatch(known[name][0], value, name):
            found.append(problem)
    for name, (_, required) in known.items():
        if required and name not in params and name not in uploads:
            found.append(f"required parameter {name} is missing")
    return found


def _mismatch(kind: str, value: Any, where: str) -> str | None:
    """Why `value` is not of `kind`, or None. Text from a form is read as JSON where a structure is due."""
    if kind in {"String", "InputFile", "InputFile|String"}:
        return None if isinstance(value, str) else f"{where} must be a String"
    if kind == "Integer":
        return None if re.fullmatch(r"-?\d+", str(value)) and value is not True else f"{where} must be an Integer"
    if kind == "Chat":
        return None if re.fullmatch(r"-?\d+|@\w+", str(value)) else f"{where} must be an Integer or @name"
    if kind == "Boolean":
        good = isinstance(value, bool) or str(value).lower() in {"true", "false"}
        return None if good else f"{where} must be a Boolean"
    if isinstance(value, str) and not (kind.endswith("String") and "|" in kind):
        try:
            value = json.loads(value)
        except ValueError:
            return f"{where} must be JSON"
    return _structure(kind, value, where)


def _structure(kind: str, value: Any, where: str) -> str | None:
    if kind.startswith("["):
        if not isinstance(value, list):
            return f"{where} must be an Array"
        problems = (_structure(kind[1:-1], item, f"{where}[{n}]") for n, item in enumerate(value))
        return next((problem for problem in problems if problem), None)
    if kind == "KeyboardButton|String":
        return None if isinstance(value, str) else _structure("KeyboardButton", value, where)
    if kind in {"String", "Integer", "Boolean", "Chat"}:
        wrong = {"Integer": not isinstance(value, int), "Boolean": not isinstance(value, bool)}
        if wrong.get(kind, False) or (kind == "String" and not isinstance(value, str)):
            return f"{where} must be of type {kind}"
        return None
    if not isinstance(value, dict):
        return f"{where} must be an Object"
    if kind == "ReplyMarkup":
        kind = _markup_kind(value)
    if kind == "Object":
        return None
    known = _FIELDS[kind]
    for name, item in value.items():
        if name not in known:
            return f"unknown field {name} in {where} ({kind})"
        if problem := _structure(known[name][0], item, f"{where}.{name}"):
            return problem
    missing = [name for name, (_, required) in known.items() if required and name not in value]
    return f"{where}.{missing[0]} is missing" if missing else None


def _markup_kind(value: dict[str, Any]) -> str:
    for field, kind in (
        ("inline_keyboard", "InlineKeyboardMarkup"),
        ("keyboard", "ReplyKeyboardMarkup"),
        ("remove_keyboard", "ReplyKeyboardRemove"),
    ):
        if field in value:
            return kind
    return "ForceReply"
