"""The Bot API's methods that change or delete what was sent, and the answers to pressed buttons."""

from __future__ import annotations

from sandbox.access import keyboards, message_of, readable, writable
from sandbox.call import Call
from sandbox.entities import utf16
from sandbox.errors import ApiError, bad
from sandbox.model import Chat, Json, Message
from sandbox.network import CALLBACK_LIFE, Network
from sandbox.render import message_json
from sandbox.sending import json_copy, link_preview, read_caption, read_text, set_media

DELETE_WINDOW = 48 * 3600
"""Seconds of company time after which a message can no longer be deleted."""
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
REACTIONS = frozenset(
    [
        "❤",
        "👍",
        "👎",
        "🔥",
        "🥰",
        "👏",
        "😁",
        "🤔",
        "🤯",
        "😱",
        "🤬",
        "😢",
        "🎉",
        "🤩",
        "🤮",
        "💩",
        "🙏",
        "👌",
        "🕊",
        "🤡",
        "🥱",
        "🥴",
        "😍",
        "🐳",
        "❤\u200d🔥",
        "🌚",
        "🌭",
        "💯",
        "🤣",
        "⚡",
        "🍌",
        "🏆",
        "💔",
        "🤨",
        "😐",
        "🍓",
        "🍾",
        "💋",
        "🖕",
        "😈",
        "😴",
        "😭",
        "🤓",
        "👻",
        "👨\u200d💻",
        "👀",
        "🎃",
        "🙈",
        "😇",
        "😨",
        "🤝",
        "✍",
        "🤗",
        "🫡",
        "🎅",
        "🎄",
        "☃",
        "💅",
        "🤪",
        "🗿",
        "🆒",
        "💘",
        "🙉",
        "🦄",
        "😘",
        "💊",
        "🙊",
        "😎",
        "👾",
        "🤷\u200d♂",
        "🤷",
        "🤷\u200d♀",
        "😡",
    ]
)


def _own(net: Network, call: Call) -> Message:
    """The bot's own message a call wants to edit.

    Raises:
        ApiError: 400 when it is gone, not the bot's, or was sent with a reply keyboard.
    """
    if not call.text("chat_id") and not call.integer("message_id"):
        if call.text("inline_message_id"):
            raise bad("MESSAGE_ID_INVALID")
        raise bad("message identifier is not specified")
    chat = readable(net, call)
    if chat.type == "private":
        chat = writable(net, call)
    message = message_of(net, chat, call.integer("message_id"), "message to edit")
    if chat.migrated_to:
        raise bad("message can't be edited")
    if message.sender != net.world.bot.id:
        net.violation(call.method, f"message {message.id} of chat {chat.id} is not the bot's own")
        raise bad("message can't be edited")
    if message.keyboard is not None or message.service is not None or "forward_origin" in message.extra:
        raise bad("message can't be edited")
    return message


def _content(message: Message) -> tuple[object, ...]:
    media = (message.photo or [{}])[-1].get("file_id"), (message.document or {}).get("file_id")
    return message.text, message.caption, message.entities, media, message.inline


def _apply(net: Network, message: Message, changed: Message) -> Json:
    """Put the changed content into the message, or refuse when nothing changed."""
    if _content(message) == _content(changed):
        raise bad(NOT_MODIFIED)
    same_content = _content(message)[:-1] == _content(changed)[:-1]
    for name in ("text", "caption", "entities", "photo", "document", "inline", "extra"):
        setattr(message, name, getattr(changed, name))
    if not same_content:
        message.edited = net.clock.stamp
    net.show("edit", message)
    return message_json(net.world, message)


async def edit_message_text(net: Network, call: Call) -> Json:
    formatted = read_text(net, call)
    markup = keyboards(net, call, None, inline_only=True)
    message = _own(net, call)
    if message.text is None:
        raise bad("there is no text in the message to edit")
    changed = json_copy(message)
    changed.text, changed.entities, changed.inline = formatted.text, formatted.entities, markup.inline
    changed.extra |= link_preview(call)
    return _apply(net, message, changed)


async def edit_message_caption(net: Network, call: Call) -> Json:
    caption = read_caption(net, call, call.method)
    markup = keyboards(net, call, None, inline_only=True)
    message = _own(net, call)
    if not (message.photo or message.document or message.voice):
        raise bad("there is no caption in the message to edit")
    changed = json_copy(message)
    changed.caption, changed.entities, changed.inline = caption.text or None, caption.entities, markup.inline
    return _apply(net, message, changed)


async def edit_message_reply_markup(net: Network, call: Call) -> Json:
    markup = keyboards(net, call, None, inline_only=True)
    message = _own(net, call)
    changed = json_copy(message)
    changed.inline = markup.inline
    return _apply(net, message, changed)


async def edit_message_media(net: Network, call: Call) -> Json:
    media = call.json("media", "input media")
    if not isinstance(media, dict):
        raise bad("media is not specified" if media is None else "can't parse InputMedia: expected an Object")
    markup = keyboards(net, call, None, inline_only=True)
    message = _own(net, call)
    if not (message.photo or message.document):
        raise bad("there is no media in the message to edit")
    changed = json_copy(message)
    changed.inline = markup.inline
    set_media(net, call, changed, media)
    return _apply(net, message, changed)


def _deletable(net: Network, chat: Chat, message: Message) -> bool:
    if net.clock.stamp - message.date > DELETE_WINDOW:
        return False
    if chat.type == "private" or message.sender == net.world.bot.id:
        return not (message.service and chat.type != "private")
    return chat.presence == "administrator"


async def delete_message(net: Network, call: Call) -> bool:
    if not call.text("chat_id"):
        raise bad("chat identifier is not specified")
    if not call.integer("message_id"):
        raise bad("message identifier is not specified")
    chat = writable(net, call)
    message = message_of(net, chat, call.integer("message_id"), "message to delete")
    if not _deletable(net, chat, message):
        raise bad("message can't be deleted")
    net.remove(message)
    return True


async def delete_messages(net: Network, call: Call) -> bool:
    ids = call.json("message_ids", "message identifiers")
    if not isinstance(ids, list):
        raise bad("expected an Array of message identifiers")
    if not ids:
        raise bad("message identifiers are not specified")
    if len(ids) > 100:
        raise bad("too many message identifiers specified")
    if not all(isinstance(message_id, int) for message_id in ids):
        raise bad("can't parse message identifier as a Number")
    chat = writable(net, call)
    for message_id in ids:
        message = net.world.find(chat, message_id)
        if message is not None and _deletable(net, chat, message):
            net.remove(message)
    return True


async def answer_callback_query(net: Network, call: Call) -> bool:
    query = net.callbacks.get(call.text("callback_query_id"))
    text = call.text("text")
    if utf16(text) > 200:
        net.violation(call.method, f"answer of {utf16(text)} UTF-16 units, allowed are 200")
        raise bad("MESSAGE_TOO_LONG")
    if query is None or net.host() - query.made_at > CALLBACK_LIFE:
        raise bad(TOO_OLD)
    if query.answered:
        net.violation(call.method, f"callback query {query.id} was answered before")
        raise bad(TOO_OLD)
    query.answered = True
    net.publish(
        {
            "type": "toast",
            "user_id": query.user_id,
            "chat_id": query.chat_id,
            "callback_id": query.id,
            "text": text or None,
            "alert": call.flag("show_alert"),
            "url": call.text("url") or None,
        }
    )
    return True


async def set_message_reaction(net: Network, call: Call) -> bool:
    chat = writable(net, call)
    message = message_of(net, chat, call.integer("message_id"), "message to react")
    reaction = call.json("reaction", "reaction types") or []
    if not isinstance(reaction, list):
        raise bad("expected an Array of ReactionType")
    emoji = [str(item.get("emoji")) for item in reaction if isinstance(item, dict)]
    if len(reaction) > 1 or any(item not in REACTIONS for item in emoji) or len(emoji) != len(reaction):
        raise bad("REACTION_INVALID")
    message.reactions = emoji
    net.show("edit", message)
    return True


async def pin_chat_message(net: Network, call: Call) -> bool:
    chat = _pin_place(net, call)
    message = message_of(net, chat, call.integer("message_id"), "message to pin")
    if chat.pinned == message.id:
        return True
    _unpin(net, chat)
    chat.pinned, message.pinned = message.id, True
    net.show("edit", message)
    net.service(chat, net.world.bot.id, "置顶了一条消息", pinned_message=message.id)
    return True


async def unpin_chat_message(net: Network, call: Call) -> bool:
    chat = _pin_place(net, call)
    wanted = call.integer("message_id")
    if chat.pinned is None or (wanted and wanted != chat.pinned):
        raise bad("message to unpin not found")
    _unpin(net, chat)
    return True


def _pin_place(net: Network, call: Call) -> Chat:
    chat = writable(net, call)
    if chat.type != "private" and chat.presence != "administrator":
        raise ApiError(400, "Bad Request: not enough rights to manage pinned messages in the chat")
    return chat


def _unpin(net: Network, chat: Chat) -> None:
    if chat.pinned is not None and (old := chat.messages.get(chat.pinned)):
        old.pinned = False
        net.show("edit", old)
    chat.pinned = None


HANDLERS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editMessageMedia": edit_message_media,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "answerCallbackQuery": answer_callback_query,
    "setMessageReaction": set_message_reaction,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
}
