"""What the AI bot is told about what members do: the bodies of its callbacks, as the long connection carries them."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.model import Json
from sandbox.wecom.corp import Corp
from sandbox.wecom.model import Group, Kind, Member, Message

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom


@dataclass(frozen=True)
class Press:
    """A pressed card: which button, and what was chosen under which question."""

    card_type: str
    key: str
    task_id: str
    chosen: dict[str, list[str]]


def kind_of(media: str | None, text: str) -> Kind:
    """What a member's message is."""
    if media == "image" and text.strip():
        return "mixed"
    kinds: dict[str | None, Kind] = {
        None: "text", "image": "image", "file": "file", "voice": "voice", "video": "video", "location": "location",
    }  # fmt: skip
    return kinds.get(media, "text")


def mentions_bot(corp: Corp, message: Message) -> bool:
    """In a group the bot hears only what mentions it, as text or text with pictures."""
    return message.kind in {"text", "mixed"} and f"@{corp.console.bot_name}" in message.text


def _common(hub: WeCom, member: Member, group: Group | None, msgid: str) -> Json:
    body: Json = {
        "msgid": msgid,
        "aibotid": hub.corp.console.bot_id,
        "chattype": "group" if group else "single",
        "from": {"userid": member.seen_as},
        "create_time": hub.net.clock.stamp,
    }
    if group is not None:
        body["chatid"] = group.id
    return body


def message_body(hub: WeCom, member: Member, message: Message, group: Group | None) -> Json:
    """The body of aibot_msg_callback; a quote carries the quoted contents and nothing that identifies them."""
    body = _common(hub, member, group, message.key)
    if message.kind == "mixed":
        items: list[Json] = [{"msgtype": "text", "text": {"content": message.text}}]
        items.append({"msgtype": "image", "image": _secret_file(hub, message)})
        body |= {"msgtype": "mixed", "mixed": {"msg_item": items}}
    elif message.kind == "voice":
        body |= {"msgtype": "voice", "voice": {"content": message.text}}
    elif message.kind in {"image", "file", "video"}:
        body |= {"msgtype": message.kind, message.kind: _secret_file(hub, message)}
    else:
        body |= {"msgtype": "text", "text": {"content": message.text}}
    if message.quote is not None and (quoted := _quote(hub, message)):
        body["quote"] = quoted
    return body


def _quote(hub: WeCom, message: Message) -> Json | None:
    """The contents of what was quoted. Of cards nothing came through where it was tried."""
    assert message.quote is not None
    target = hub.corp.find(message.chat, message.quote["id"])
    if target is None or target.kind == "card":
        return None
    if target.kind in {"image", "file", "video"}:
        return {"msgtype": target.kind, target.kind: _secret_file(hub, target)}
    if target.kind == "voice":
        return {"msgtype": "voice", "voice": {"content": target.text}}
    return {"msgtype": "text", "text": {"content": target.text[: hub.corp.console.quote_cut]}}


def _secret_file(hub: WeCom, message: Message) -> Json:
    """Where the bot can fetch a file within five minutes, and the key it is encrypted with."""
    key = secrets.token_bytes(32)
    name = hub.gateway.offer(str(message.file), key)
    return {"url": f"{hub.root()}/wecom/file/{name}", "aeskey": base64.b64encode(key).decode()}


def event_body(hub: WeCom, member: Member, group: Group | None, event: Json) -> Json:
    """The body of aibot_event_callback."""
    return _common(hub, member, group, secrets.token_urlsafe(18)) | {"msgtype": "event", "event": event}


def card_event(pressed: Press) -> Json:
    """The event of a pressed card."""
    detail: Json = {"card_type": pressed.card_type, "event_key": pressed.key, "task_id": pressed.task_id}
    if pressed.chosen:
        items = [
            {"question_key": question, "option_ids": {"option_id": list(ids)}}
            for question, ids in pressed.chosen.items()
        ]
        detail["selected_items"] = {"selected_item": items}
    return {"eventtype": "template_card_event", "template_card_event": detail}


def disconnected(hub: WeCom) -> Json:
    """What a connection hears before it is ended because another one took over."""
    return {
        "msgid": secrets.token_urlsafe(18),
        "create_time": hub.net.clock.stamp,
        "aibotid": hub.corp.console.bot_id,
        "msgtype": "event",
        "event": {"eventtype": "disconnected_event"},
    }
