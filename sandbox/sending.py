"""The Bot API's sending methods."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from sandbox import files
from sandbox.access import keyboards, message_of, readable, writable
from sandbox.call import Call, Upload
from sandbox.entities import Formatted, read, utf16
from sandbox.errors import bad, too_many
from sandbox.markup import Markup
from sandbox.model import Chat, File, Json, Message
from sandbox.network import Network
from sandbox.render import chat_json, message_json, sender_json

MAX_TEXT = 4096
MAX_CAPTION = 1024
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


def read_text(net: Network, call: Call) -> Formatted:
    """The text of a call after entity parsing, within its length."""
    text = call.text("text")
    if not text:
        raise bad("message text is empty")
    formatted = read(text, call.text("parse_mode"), call.json("entities", "entities"))
    if not formatted.text:
        raise bad("text must be non-empty")
    if utf16(formatted.text) > MAX_TEXT:
        net.violation(call.method, f"text of {utf16(formatted.text)} UTF-16 units, allowed are {MAX_TEXT}")
        raise bad("message is too long")
    return formatted


def read_caption(net: Network, call: Call | Json, method: str) -> Formatted:
    """The caption of a call or of an InputMedia; missing is empty."""
    if isinstance(call, Call):
        caption, mode = call.text("caption"), call.text("parse_mode")
        entities = call.json("caption_entities", "caption entities")
    else:
        caption, mode = str(call.get("caption") or ""), str(call.get("parse_mode") or "")
        entities = call.get("caption_entities")
    formatted = read(caption, mode, entities) if caption else Formatted("")
    if utf16(formatted.text) > MAX_CAPTION:
        net.violation(method, f"caption of {utf16(formatted.text)} UTF-16 units, allowed are {MAX_CAPTION}")
        raise bad("message caption is too long")
    return formatted


def link_preview(call: Call) -> Json:
    options = call.json("link_preview_options", "link preview options")
    return {"link_preview_options": options} if options else {}


def reply_target(net: Network, call: Call, chat: Chat) -> tuple[int | None, Json | None, Json]:
    """(reply_to, quote, further fields of the message) from reply_parameters.

    Raises:
        ApiError: 400 "message to be replied not found", unless allow_sending_without_reply is set for a
            reply in the same chat; QUOTE_TEXT_INVALID for a quote that is not there.
    """
    given = call.json("reply_parameters", "reply parameters")
    if given is None:
        if not (old := call.integer("reply_to_message_id")):
            return None, None, {}
        given = {"message_id": old, "allow_sending_without_reply": call.flag("allow_sending_without_reply")}
    if not isinstance(given, dict):
        raise bad("object expected as reply parameters")
    message_id = given.get("message_id")
    if not isinstance(message_id, int) or message_id <= 0:
        return None, None, {}
    other = given.get("chat_id")
    if other is not None and str(other) != str(chat.id):
        source = readable(net, Call(call.method, {"chat_id": str(other)}))
        target = message_of(net, source, message_id, "message to be replied")
        origin = {"type": "user", "sender_user": sender_json(net.world, target.sender), "date": target.date}
        external = {"origin": origin, "chat": chat_json(net.world, source), "message_id": target.id}
        return None, None, {"external_reply": external}
    found = net.world.find(chat, message_id)
    if found is None:
        if given.get("allow_sending_without_reply"):
            return None, None, {}
        raise bad("message to be replied not found")
    quote: Json | None = None
    if given.get("quote"):
        quoted = read(str(given["quote"]), given.get("quote_parse_mode"), given.get("quote_entities")).text
        whole = found.text or found.caption or ""
        if quoted not in whole or utf16(quoted) > 1024:
            raise bad("QUOTE_TEXT_INVALID")
        quote = {"text": quoted, "position": utf16(whole[: whole.index(quoted)]), "is_manual": True}
    return message_id, quote, {}


def allow(net: Network, call: Call, chat: Chat, count: int = 1) -> None:
    """Count messages against the limits; 429 in strict mode, else a violation when they are exceeded."""
    for _ in range(count):
        verdict = net.limits.send(chat.id)
        for what in verdict.broken:
            net.violation(call.method, what)
        if verdict.wait:
            raise too_many(verdict.wait)


def post(net: Network, chat: Chat, message: Message) -> Json:
    """Put the bot's message into the chat and show it."""
    message = net.world.post(chat, message)
    chat.bot_spoke = True
    net.show("message", message)
    return message_json(net.world, message)


def draft(net: Network, call: Call, chat: Chat, markup: Markup) -> Message:
    """The bot's message without its content: reply, keyboard, protection."""
    reply_to, quote, extra = reply_target(net, call, chat)
    if call.flag("protect_content"):
        extra["has_protected_content"] = True
    if call.text("message_thread_id") and call.integer("message_thread_id"):
        raise bad("message thread not found")
    return Message(
        0,
        chat.id,
        net.world.bot.id,
        net.clock.stamp,
        reply_to=reply_to,
        quote=quote,
        inline=markup.inline,
        keyboard=markup.keyboard,
        extra=extra,
    )


async def send_message(net: Network, call: Call) -> Json:
    formatted = read_text(net, call)
    chat = writable(net, call)
    message = draft(net, call, chat, keyboards(net, call, chat))
    message.text, message.entities = formatted.text, formatted.entities
    message.extra |= link_preview(call)
    allow(net, call, chat)
    return post(net, chat, message)


def _upload(call: Call, name: str, value: str) -> Upload | None:
    """The file part meant by a parameter: of the same name, or named by attach://."""
    if name in call.uploads:
        return call.uploads[name]
    if value.startswith("attach://"):
        part = call.uploads.get(value.removeprefix("attach://"))
        if part is None:
            raise bad(f"wrong file identifier/HTTP URL specified: no file part {value!r}")
        return part
    return None


def _known_file(net: Network, call: Call, value: str) -> File:
    """A file sent again by its id."""
    if value.startswith(("http://", "https://")):
        net.violation(call.method, f"{value} would be loaded from the internet; the sandbox loads nothing")
        raise bad("failed to get HTTP URL content")
    file = net.files.get(value)
    if file is None:
        raise bad("wrong file identifier/HTTP URL specified")
    return file


def _photo(net: Network, call: Call, name: str, value: str) -> list[Json]:
    upload = _upload(call, name, value)
    if upload is None and not value:
        raise bad("there is no photo in the request")
    if upload is not None:
        return files.photo_sizes(net.files, upload.data, upload.name or "photo.jpg")
    file = _known_file(net, call, value)
    if not file.width:
        raise bad("can't use file of type Document as Photo")
    return net.files.sizes(file)


def _document(net: Network, call: Call, name: str, value: str) -> Json:
    upload = _upload(call, name, value)
    if upload is None and not value:
        raise bad("there is no document in the request")
    if upload is None:
        file = _known_file(net, call, value)
        if not file.path.startswith("documents/"):
            raise bad(f"can't use file of type {file.path.split('/')[0].rstrip('s').title()} as Document")
        return files.document_of(file)
    files.checked_upload(upload.data)
    given = PurePath(upload.name).name or "file"
    return files.document_of(net.files.add("document", upload.data, given, upload.mime))


async def _send_media(net: Network, call: Call, kind: str) -> Json:
    caption = read_caption(net, call, call.method) if kind != "sticker" else Formatted("")
    chat = writable(net, call)
    message = draft(net, call, chat, keyboards(net, call, chat))
    value = call.text(kind)
    if kind == "photo":
        message.photo = _photo(net, call, kind, value)
    elif kind == "document":
        message.document = _document(net, call, kind, value)
    else:
        _voice_or_sticker(net, call, message, kind, value)
    message.caption, message.entities = caption.text or None, caption.entities
    if call.flag("has_spoiler"):
        message.extra["has_media_spoiler"] = True
    if call.flag("show_caption_above_media"):
        message.extra["show_caption_above_media"] = True
    allow(net, call, chat)
    return post(net, chat, message)


def _voice_or_sticker(net: Network, call: Call, message: Message, kind: str, value: str) -> None:
    upload = _upload(call, kind, value)
    if upload is None and not value:
        raise bad(f"there is no {kind} in the request")
    if upload is not None:
        files.checked_upload(upload.data)
        file = net.files.add(kind, upload.data, upload.name or kind, upload.mime)
    else:
        file = _known_file(net, call, value)
    ids = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
    if kind == "voice":
        message.voice = {"duration": call.integer("duration"), "mime_type": file.mime, **ids}
    else:
        shape = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"}
        message.sticker = {**shape, **ids}


async def send_photo(net: Network, call: Call) -> Json:
    return await _send_media(net, call, "photo")


async def send_document(net: Network, call: Call) -> Json:
    return await _send_media(net, call, "document")


async def send_voice(net: Network, call: Call) -> Json:
    return await _send_media(net, call, "voice")


async def send_sticker(net: Network, call: Call) -> Json:
    return await _send_media(net, call, "sticker")


def set_media(net: Network, call: Call, message: Message, media: Json) -> None:
    """Give a message the photo or document of an InputMedia, with its caption."""
    kind = media.get("type")
    if kind not in {"photo", "document"}:
        net.violation(call.method, f"media of type {kind} is not emulated")
        raise bad(f'type "{kind}" can\'t be used here')
    value = media.get("media")
    if not isinstance(value, str) or not value:
        raise bad("can't parse InputMedia: media not found")
    caption = read_caption(net, media, call.method)
    if kind == "photo":
        message.photo, message.document = _photo(net, call, "", value), None
    else:
        message.document, message.photo = _document(net, call, "", value), None
    message.caption, message.entities = caption.text or None, caption.entities


async def send_media_group(net: Network, call: Call) -> list[Json]:
    media = call.json("media", "media")
    if not isinstance(media, list):
        raise bad("expected an Array of InputMedia")
    if not media:
        raise bad("there are no messages to send")
    if len(media) > 10:
        raise bad("too many messages to send as an album")
    if len(media) == 1:
        net.violation(call.method, "an album has 2 to 10 items")
    if not all(isinstance(item, dict) for item in media):
        raise bad("can't parse InputMedia: expected an Object")
    chat = writable(net, call)
    if len({item.get("type") for item in media}) > 1:
        raise bad("document can't be mixed with other media types")
    base = draft(net, call, chat, Markup())
    group = str(secrets.randbits(60))
    messages = []
    for item in media:
        message = replace(base, extra={**base.extra, "media_group_id": group})
        set_media(net, call, message, item)
        messages.append(message)
    allow(net, call, chat, len(messages))
    return [post(net, chat, message) for message in messages]


async def send_chat_action(net: Network, call: Call) -> bool:
    action = call.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat = writable(net, call)
    net.publish({"type": "typing", "chat_id": chat.id, "action": action})
    return True


def _source(net: Network, call: Call, what: str) -> Message:
    source = readable(net, call, "from_chat_id")
    message = message_of(net, source, call.integer("message_id"), what)
    if message.service is not None:
        raise bad(f"{what.replace(' to ', ' ')} can't be {'copied' if 'copy' in what else 'forwarded'}")
    if message.extra.get("has_protected_content"):
        raise bad("message has protected content and can't be forwarded")
    return message


async def forward_message(net: Network, call: Call) -> Json:
    chat = writable(net, call)
    source = _source(net, call, "message to forward")
    origin = {"type": "user", "sender_user": sender_json(net.world, source.sender), "date": source.date}
    copy = replace(
        json_copy(source),
        chat_id=chat.id,
        sender=net.world.bot.id,
        date=net.clock.stamp,
        reply_to=None,
        quote=None,
        keyboard=None,
        edited=None,
        pinned=False,
        reactions=[],
        extra={"forward_origin": origin},
    )
    if call.flag("protect_content"):
        copy.extra["has_protected_content"] = True
    allow(net, call, chat)
    return post(net, chat, copy)


async def copy_message(net: Network, call: Call) -> Json:
    chat = writable(net, call)
    source = _source(net, call, "message to copy")
    markup = keyboards(net, call, chat)
    message = draft(net, call, chat, markup)
    original = json_copy(source)
    for name in ("text", "entities", "caption", "photo", "document", "voice", "sticker"):
        setattr(message, name, getattr(original, name))
    if "caption" in call.params and source.text is None:
        caption = read_caption(net, call, call.method)
        message.caption, message.entities = caption.text or None, caption.entities
    allow(net, call, chat)
    return {"message_id": post(net, chat, message)["message_id"]}


def json_copy(message: Message) -> Message:
    """A message that shares nothing with the original."""
    fields: dict[str, Any] = json.loads(json.dumps(vars(message)))
    return Message(**fields)


HANDLERS = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendVoice": send_voice,
    "sendSticker": send_sticker,
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
    "forwardMessage": forward_message,
    "copyMessage": copy_message,
}
