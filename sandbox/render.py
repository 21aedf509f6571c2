"""Two views of a message: the Bot API's (what the bot gets) and the control API's (what the page shows)."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from sandbox.model import ANONYMOUS_ADMIN, Chat, Json, Message, User

if TYPE_CHECKING:
    from sandbox.world import World


def user_json(user: User) -> Json:
    """Bot API User of a person."""
    data: Json = {"id": user.id, "is_bot": False, "first_name": user.first_name}
    if user.last_name:
        data["last_name"] = user.last_name
    if user.username:
        data["username"] = user.username
    if user.language_code:
        data["language_code"] = user.language_code
    return data


def chat_json(world: World, chat: Chat) -> Json:
    """Bot API Chat."""
    if chat.type != "private":
        return {"id": chat.id, "title": chat.title, "type": chat.type}
    user = world.users[chat.user_id or chat.id]
    data = user_json(user)
    return {"id": chat.id, "type": "private"} | {
        key: data[key] for key in ("first_name", "last_name", "username") if key in data
    }


def sender_json(world: World, sender: int) -> Json:
    """Bot API User of whoever sent a message: a person, the bot, or the anonymous administrator's stand-in."""
    if sender == world.bot.id:
        return {
            "id": world.bot.id,
            "is_bot": True,
            "first_name": world.bot.first_name,
            "username": world.bot.username,
        }
    if sender == ANONYMOUS_ADMIN:
        return {"id": ANONYMOUS_ADMIN, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    return user_json(world.users[sender])


def message_json(world: World, message: Message, *, with_reply: bool = True) -> Json:
    """Bot API Message; a reply carries its target one level deep."""
    chat = world.chats[message.chat_id]
    data: Json = {
        "message_id": message.id,
        "from": sender_json(world, message.sender),
        "chat": chat_json(world, chat),
        "date": message.date,
    }
    if message.sender == ANONYMOUS_ADMIN:
        data["sender_chat"] = chat_json(world, chat)
    if message.edited:
        data["edit_date"] = message.edited
    target = chat.messages.get(message.reply_to) if message.reply_to else None
    if with_reply and target is not None and not target.deleted:
        data["reply_to_message"] = message_json(world, target, with_reply=False)
        if message.quote:
            data["quote"] = message.quote
    if message.text is not None:
        data["text"] = message.text
    if message.caption is not None:
        data["caption"] = message.caption
    if message.entities:
        data["entities" if message.text is not None else "caption_entities"] = _resolved(world, message.entities)
    for name in ("photo", "document", "voice", "sticker"):
        if value := getattr(message, name):
            data[name] = value
    if message.inline:
        data["reply_markup"] = message.inline
    extra = dict(message.extra)
    if "pinned_message" in extra:
        pinned = chat.messages.get(extra["pinned_message"])
        extra["pinned_message"] = (
            message_json(world, pinned, with_reply=False)
            if pinned is not None and not pinned.deleted
            else inaccessible_json(world, chat, extra["pinned_message"])
        )
    return data | extra


def inaccessible_json(world: World, chat: Chat, message_id: int) -> Json:
    """Bot API InaccessibleMessage: what a press on a deleted message carries."""
    return {"chat": chat_json(world, chat), "message_id": message_id, "date": 0}


def _resolved(world: World, entities: list[Json]) -> list[Json]:
    """Mentions of people carry the whole User; mentions of strangers are dropped."""
    resolved = []
    for entity in entities:
        if entity["type"] == "text_mention":
            user = world.users.get(int(entity["user"]["id"]))
            if user is None:
                continue
            resolved.append({**entity, "user": user_json(user)})
        else:
            resolved.append(entity)
    return resolved


def page_message(world: World, message: Message, zone: tzinfo | None) -> Json:
    """The control API's Message."""
    chat = world.chats[message.chat_id]
    target = chat.messages.get(message.reply_to) if message.reply_to else None
    reply: Json | None = None
    if target is not None:
        text = target.text or target.caption or target.service or ""
        reply = {
            "id": target.id,
            "from": _who(world, target.sender),
            "text": None if target.deleted else text,
        }
    gone = message.deleted
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "from": _who(world, message.sender),
        "date": _iso(message.date, zone),
        "text": None if gone else message.text,
        "caption": None if gone else message.caption,
        "entities": [] if gone else message.entities,
        "photo": f"/media/{message.photo[-1]['file_id']}" if message.photo and not gone else None,
        "document": (
            {"name": message.document["file_name"], "url": f"/media/{message.document['file_id']}"}
            if message.document and not gone
            else None
        ),
        "voice": bool(message.voice) and not gone,
        "sticker": bool(message.sticker) and not gone,
        "reply_to": reply,
        "quote": message.quote["text"] if message.quote and not gone else None,
        "buttons": None if gone else _buttons(message.inline),
        **({"keyboard": None, "force_reply": False, "placeholder": None} if gone else _keyboard(message.keyboard)),
        "edited": _iso(message.edited, zone) if message.edited else None,
        "deleted": gone,
        "service": None if gone else message.service,
        "pinned": message.pinned,
        "reactions": message.reactions,
    }


def _iso(stamp: int, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(stamp, tz=zone).isoformat()


def _who(world: World, sender: int) -> int | str:
    return "bot" if sender == world.bot.id else sender


def _buttons(markup: Json | None) -> list[list[Json]] | None:
    if not markup:
        return None
    return [[_button(button) for button in row] for row in markup["inline_keyboard"]]


def _button(button: Json) -> Json:
    shown: Json = {"text": button["text"]}
    if "style" in button:
        shown["style"] = button["style"]
    if "callback_data" in button:
        shown["data"] = button["callback_data"]
    elif "url" in button:
        shown["url"] = button["url"]
    elif "copy_text" in button:
        shown["copy"] = button["copy_text"]["text"]
    elif "web_app" in button:
        shown["url"] = button["web_app"]["url"]
    return shown


def _keyboard(markup: Json | None) -> Json:
    shown: Json = {"keyboard": None, "force_reply": False, "placeholder": None}
    if not markup:
        return shown
    shown["placeholder"] = markup.get("input_field_placeholder")
    if markup.get("remove_keyboard"):
        shown["keyboard"] = []
    elif markup.get("force_reply"):
        shown["force_reply"] = True
    else:
        shown["keyboard"] = [
            [button if isinstance(button, str) else button["text"] for button in row] for row in markup["keyboard"]
        ]
    return shown
