"""One message of ours as the messages that a network needs for it: text that is too long, files, buttons on cards.

Each part is one call and one row of the outbox, so that none is ever repeated because another failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.length import parts
from bot.channels.port import Limits
from bot.channels.wecom import cards

Payload = dict[str, Any]

MANNERS = ("silent", "protect", "lang")
PLACE = ("reply_to", "reply_to_subject")
QUOTED = frozenset({"report", "thread"})  # a message that carries one of these is answered by quoting it


def in_parts(payload: Payload, limits: Limits, subject: str | None = None) -> list[Payload]:
    """A payload of the outbox as one or several, in their order: buttons and the keyboard hang on the last.

    `subject`: what the message carries. What people answer by quoting stays a message of words, because of a card
    nothing comes through where it is quoted.
    """
    if limits.cards:
        return _with_cards(payload, limits, quoted=(subject or "").partition(":")[0] in QUOTED)
    texts = parts(payload.get("text", ""), limits.text)
    if len(texts) == 1 or payload.get("file"):
        return [payload]
    plain = {key: payload[key] for key in (*MANNERS, *PLACE) if key in payload}
    return [*(plain | {"text": text} for text in texts[:-1]), payload | {"text": texts[-1]}]


def _with_cards(payload: Payload, limits: Limits, *, quoted: bool) -> list[Payload]:
    """A picture, then words, then cards; only a card when it holds the words too."""
    manners = {key: payload[key] for key in MANNERS if key in payload}
    text = str(payload.get("text", ""))
    buttons = [button for row in payload.get("buttons", ()) for button in row]
    found: list[Payload] = []
    if payload.get("file"):
        found.append(manners | {"text": "", "file": payload["file"]})
    if buttons and not quoted and cards.fits(text) and cards.shown([label for label, _ in buttons]):
        return _addressed([*found, manners | {"text": text, "buttons": [buttons]}], payload)
    head = cards.title_of(text)
    hung: list[Payload] = []
    if buttons and cards.shown([label for label, _ in buttons]):
        hung = [manners | {"text": head, "buttons": [buttons]}]
    elif buttons:
        text = "\n".join([text, *(f"{number}. {label}" for number, (label, _) in enumerate(buttons, 1))])
        hung = [manners | {"text": head, "buttons": [page]} for page in cards.numbered(buttons)]
    if text.strip():
        found += [manners | {"text": text_part} for text_part in parts(text, limits.text)]
    return _addressed([*found, *hung] or [payload], payload)


def _addressed(found: Sequence[Payload], payload: Payload) -> list[Payload]:
    """What the message answers, it answers with its first part."""
    place = {key: payload[key] for key in (*PLACE, "answers") if key in payload}
    return [found[0] | place, *found[1:]]
