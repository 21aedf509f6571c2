"""How the control API shows the toy WeCom: members, groups, messages, cards as one member sees them."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sandbox.model import Json
from sandbox.wecom import cards
from sandbox.wecom.model import Group, Member, Message


def _iso(stamp: int, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(stamp, tz=zone).isoformat()


def _card(card: Json) -> Json:
    """A card with what can be pressed on it, in the order of the screen."""
    return {"card": card, "text": cards.as_text(card), "buttons": cards.pressable(card)}


def page_message(message: Message, zone: tzinfo | None) -> Json:
    """The control API's message of the toy WeCom."""
    shown: Json = {
        "id": message.id,
        "chat": message.chat,
        "from": message.sender,
        "date": _iso(message.date, zone),
        "kind": message.kind,
        "text": message.text,
        "card": message.card,
        "buttons": cards.pressable(message.card) if message.card else [],
        "views": {userid: _card(card) for userid, card in message.views.items()},
        "busy": message.busy,
        "file": f"/media/{message.file}" if message.file else None,
        "name": message.name,
        "via": message.via,
        "quote": message.quote,
        "mentions": message.mentions,
        "finished": message.finished,
        "edited": _iso(message.edited, zone) if message.edited else None,
        "heard": message.heard,
    }
    return shown


def member_view(member: Member) -> Json:
    return vars(member) | {"seen_as": member.seen_as}


def group_view(group: Group) -> Json:
    return dict(vars(group))
