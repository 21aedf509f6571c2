"""The AI bot's frames in our words: pure (the facts: docs/wecom.md)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.port import Document, Envelope, Event, Kind
from bot.channels.wecom import aibot_files, cards
from bot.channels.wecom.markdown import clean

MESSAGE, EVENT = "aibot_msg_callback", "aibot_event_callback"
KEY = 80  # characters that the inbox keeps of a key
ATTACHMENTS = {"image": "photo", "voice": "voice", "file": "document", "video": "video", "location": "location"}
MENTION_END = "\u2005"  # what phones put behind the name that they mention
SPACES = " \u00a0\u2005\u3000\n\t"
_MENTION = re.compile(rf"^@[^{SPACES}]+[{SPACES}]*")


def body_of(raw: Any) -> Mapping[str, Any]:
    """The body of a frame. Raises ValueError when it is none that concerns anybody."""
    if not isinstance(raw, Mapping) or raw.get("cmd") not in {MESSAGE, EVENT} or not isinstance(raw.get("body"), dict):
        raise ValueError("no frame of a message or an event")
    body: Mapping[str, Any] = raw["body"]
    return body


def request_of(raw: Any) -> str:
    """The req_id under which a frame can be answered."""
    headers = raw.get("headers") if isinstance(raw, Mapping) else None
    return str(headers.get("req_id") or "") if isinstance(headers, Mapping) else ""


def envelope(raw: Any) -> Envelope:
    """Key and sender. Raises ValueError when it is no such frame."""
    body = body_of(raw)
    key = str(body.get("msgid") or "")
    if not key:  # an event of an older server: what it says is its identity
        kept = {name: body.get(name) for name in ("from", "create_time", "chatid", "event", "msgtype")}
        key = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
    if len(key) > KEY or key != clean(key):  # what no column holds would keep the frames behind it out as well
        key = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return Envelope(key, _sender(body) or "nobody", carries_file=aibot_files.described(body) is not None)


def _sender(body: Mapping[str, Any]) -> str:
    who = body.get("from")
    return clean(str(who.get("userid") or ""))[:64] if isinstance(who, Mapping) else ""


def read(raw: Any, *, channel: str, bot_name: str = "") -> Event | None:
    """The frame in our words; None for what does not concern us (feedback on an answer, unknown events)."""
    body = body_of(raw)
    sender = _sender(body)
    if not sender:
        return None
    private = body.get("chattype") != "group"
    chat = sender if private else f"-{body.get('chatid', '')}"
    stamp = body.get("create_time")
    base: dict[str, Any] = {
        "channel": channel,
        "key": envelope(raw).key,
        "sender": sender,
        "chat": chat,
        "private": private,
        "at": datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int) and 0 < stamp < 1 << 33 else None,
        "addressed": True,
    }
    kind = str(body.get("msgtype") or "")
    if kind == "event":
        return _event(body, base)
    text, attachment = _said(kind, body)
    if not private:
        text = without_mention(text, bot_name)
    if not text and attachment is None:
        attachment = None if kind == "text" else "document"  # a kind that we do not know is something that was sent
        if attachment is None and private:
            return None
    quoted = _quoted(body.get("quote"))
    kept = raw.get(aibot_files.KEPT)
    document = None
    if isinstance(kept, str):
        content = base64.b64decode(kept)
        document = Document(aibot_files.name_of(content), len(content), content)
    return Event(
        kind=Kind.MESSAGE, message_id=base["key"], text=text, attachment=attachment, quoted=quoted, document=document,
        **base,
    )  # fmt: skip


def _event(body: Mapping[str, Any], base: dict[str, Any]) -> Event | None:
    event = body.get("event")
    if not isinstance(event, Mapping):
        return None
    match event.get("eventtype"):
        case "template_card_event":
            pressed = pressed_card(event)
            if pressed is None:
                return None
            return Event(kind=Kind.PRESS, token=pressed.token, press_id=base["key"], **(base | {"at": None}))
        case "enter_chat":
            return Event(kind=Kind.OPENED, **base)
    return None


def alone(raw: Any) -> tuple[str, ...]:
    """Whose copy of a card changes by their press: in a group the others may press it as well. Empty: everybody's."""
    body = body_of(raw)
    sender = _sender(body)
    return (sender,) if body.get("chattype") == "group" and sender else ()


def event_of(raw: Any) -> Mapping[str, Any] | None:
    """The event of a frame; None when it is a message."""
    body = body_of(raw)
    event = body.get("event")
    return event if body.get("msgtype") == "event" and isinstance(event, Mapping) else None


def pressed_card(event: Mapping[str, Any]) -> cards.Chosen | None:
    """What was pressed on a card."""
    detail = event.get("template_card_event")
    if event.get("eventtype") != "template_card_event" or not isinstance(detail, Mapping):
        return None
    return cards.chosen(detail)


def _said(kind: str, body: Mapping[str, Any]) -> tuple[str, str | None]:
    """The words of a message and what hangs on it. A voice message comes with its words."""
    part = body.get(kind)
    if kind == "mixed":
        items = part.get("msg_item") if isinstance(part, Mapping) else None
        pieces = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
        words = [_content(item.get("text")) for item in pieces if item.get("msgtype") == "text"]
        other = next(
            (ATTACHMENTS.get(str(i.get("msgtype")), "document") for i in pieces if i.get("msgtype") != "text"), None
        )
        return "\n".join(filter(None, words)), other
    if kind == "voice":
        words_said = _content(part)
        return (words_said.rstrip("。."), None) if words_said else ("", "voice")
    if kind == "text":
        return _content(part), None
    return "", ATTACHMENTS.get(kind, "document")


def _content(part: Any) -> str:
    return clean(str(part.get("content") or "")).strip() if isinstance(part, Mapping) else ""


def _quoted(quote: Any) -> str:
    """The words of the message that was quoted: all that WeCom tells of it."""
    if not isinstance(quote, Mapping):
        return ""
    kind = str(quote.get("msgtype") or "")
    text, _ = _said(kind, quote)
    return text


def without_mention(text: str, bot_name: str) -> str:
    """What was said to us without the @ and our name, which may hold spaces or be a nickname of the group."""
    if bot_name and text.startswith(f"@{bot_name}"):
        return text[len(bot_name) + 1 :].strip(SPACES)
    if text.startswith("@") and MENTION_END in text:
        return text.partition(MENTION_END)[2].strip(SPACES)
    return _MENTION.sub("", text, count=1).strip(SPACES)
