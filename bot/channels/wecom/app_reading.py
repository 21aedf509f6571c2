"""The self-built app's messages and events in our words: pure (the facts: docs/wecom.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.port import Envelope, Event, Kind
from bot.channels.wecom import cards
from bot.channels.wecom.markdown import clean
from bot.channels.wecom.xml_fields import listed, text_of

KEY = 80  # characters that the inbox keeps of a key
SENDER = 64
ATTACHMENTS = {"image": "photo", "voice": "voice", "video": "video", "location": "location", "link": "link"}
PRESSES = ("template_card_event", "template_card_menu_event")
OTHERS = {
    "subscribe": Kind.UNBLOCKED,  # into the app's visible range
    "unsubscribe": Kind.BLOCKED,
    "enter_agent": Kind.OPENED,
}


def envelope(raw: Any) -> Envelope:
    """Key and sender. Raises ValueError when it is nothing that WeCom sends.

    Messages have an id. Events have none: what an event says is its identity. (FromUserName and CreateTime, as the
    documents advise, are the same for two presses within a second.)
    """
    if not isinstance(raw, Mapping) or not text_of(raw, "MsgType"):
        raise ValueError("no message and no event")
    number = text_of(raw, "MsgId")
    if number and len(number) <= SENDER:
        key = f"message:{number}"
    else:
        said = json.dumps(raw, sort_keys=True, ensure_ascii=False)
        key = f"event:{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return Envelope(key[:KEY], text_of(raw, "FromUserName")[:SENDER] or "nobody")


def read(raw: Any, *, channel: str) -> Event | None:
    """The update in our words; None for what does not concern us."""
    known = envelope(raw)
    if known.sender == "nobody":
        return None
    stamp = text_of(raw, "CreateTime")
    base: dict[str, Any] = {
        "channel": channel,
        "key": known.key,
        "sender": known.sender,
        "chat": known.sender,
        "private": True,
        "at": datetime.fromtimestamp(int(stamp), UTC)
        if stamp.isascii() and stamp.isdigit() and len(stamp) < 11
        else None,
        "addressed": True,
    }
    kind = text_of(raw, "MsgType").casefold()
    if kind == "event":
        return _event(raw, base)
    if kind == "text":
        text = clean(text_of(raw, "Content")).strip()
        return Event(kind=Kind.MESSAGE, message_id=known.key, text=text, **base) if text else None
    # A kind that we do not know is something that was sent.
    return Event(kind=Kind.MESSAGE, message_id=known.key, attachment=ATTACHMENTS.get(kind, "document"), **base)


def _event(raw: Mapping[str, Any], base: dict[str, Any]) -> Event | None:
    name = text_of(raw, "Event").casefold()
    if name in PRESSES:
        choice = chosen(raw)
        if not choice.token:
            return None
        return Event(kind=Kind.PRESS, token=choice.token, press_id=base["key"], **(base | {"at": None}))
    if name == "click":  # a menu key is the word it stands for
        word = clean(text_of(raw, "EventKey")).strip()
        return Event(kind=Kind.MESSAGE, text=word, **base) if word else None
    other = OTHERS.get(name)
    return Event(kind=other, **base) if other is not None else None


def chosen(raw: Mapping[str, Any]) -> cards.Chosen:
    """What was pressed on which card."""
    items = [
        {
            "question_key": text_of(item, "QuestionKey"),
            "option_ids": {"option_id": [one for one in _options(item) if isinstance(one, str)]},
        }
        for item in _inner(raw, "SelectedItems", "SelectedItem")
        if isinstance(item, Mapping)
    ]
    return cards.chosen(
        {
            "event_key": text_of(raw, "EventKey"),
            "task_id": text_of(raw, "TaskId"),
            "selected_items": {"selected_item": items},
        }
    )


def pressed(raw: Any) -> tuple[str, str, cards.Chosen] | None:
    """Of a press: who, the right to update the card once, and what was chosen. None for anything else."""
    if not isinstance(raw, Mapping) or text_of(raw, "Event").casefold() not in PRESSES:
        return None
    who, code = text_of(raw, "FromUserName"), text_of(raw, "ResponseCode")
    return (who, code, chosen(raw)) if who and code else None


def _options(item: Mapping[str, Any]) -> list[Any]:
    return _inner(item, "OptionIds", "OptionId")


def _inner(raw: Mapping[str, Any], outer: str, inner: str) -> list[Any]:
    found = raw.get(outer)
    return listed(found.get(inner)) if isinstance(found, Mapping) else []
