"""Messages with buttons as template cards, and the same cards once something was chosen (the facts: docs/wecom.md).

Everything a card needs to be shown again travels in the keys of its buttons, so that a press is answered at once by
whichever process gets it, after a restart too. A key begins with the button's token; `token_of` finds it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.port import WireButton
from bot.channels.wecom.markdown import clean

Card = dict[str, Any]

TITLE, BODY = 36, 160  # characters that a phone shows
BUTTONS, LABEL = 6, 10
OPTIONS, OPTION = 10, 16
KEY_BYTES = 1024
ID_BYTES = 128
CHOICE = "pick"  # the question of a drop-down
CHOOSE = {"zh": ("请选择", "确定"), "en": ("Choose", "OK")}
CHOSEN = {"zh": "已选:", "en": "Chosen: "}


def fits(text: str) -> bool:
    """Can a card hold these words: a title and a few lines?"""
    title, _, rest = clean(text).strip().partition("\n")
    return 0 < len(title) <= TITLE and len(rest.strip()) <= BODY


def shown(labels: Sequence[str]) -> bool:
    """Do the labels of one card's buttons, or of its drop-down, show in full?"""
    if len(labels) <= BUTTONS:
        return all(len(label) <= LABEL for label in labels) or _dropped(labels)
    return _dropped(labels)


def _dropped(labels: Sequence[str]) -> bool:
    return len(labels) <= OPTIONS and all(0 < len(label) <= OPTION for label in labels)


def task_id() -> str:
    """A card's own id: WeCom refuses one that was used before."""
    return f"w_{secrets.token_hex(12)}"


def _plain(text: str) -> str:
    """A card shows its words as they stand; nothing in them may look like a mention even so."""
    return clean(text).replace("<", "\uff1c")


def _clip(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"


def _key(token: str, label: str, title: str, body: str) -> str:
    key = "\n".join((token, label.replace("\n", " "), title, body))
    return key.encode()[:KEY_BYTES].decode("utf-8", "ignore")


def build(text: str, buttons: Sequence[WireButton], *, lang: str = "zh", task: str | None = None) -> Card:
    """One card: its first line is the title. As buttons where they fit, else as a drop-down with one button."""
    title, _, rest = _plain(text).strip().partition("\n")
    choose, confirm = CHOOSE[lang]
    title, body = _clip(title, TITLE) or choose, _clip(rest.strip(), BODY)
    labels = [_plain(button.label) for button in buttons]
    card: Card = {
        "card_type": "button_interaction",
        "main_title": {"title": title},
        "task_id": task or task_id(),
    }
    if body:
        card["sub_title_text"] = body
    if len(labels) <= BUTTONS and all(len(label) <= LABEL for label in labels):
        card["button_list"] = [
            {"text": label, "style": 1, "key": _key(button.token, label, title, body)}
            for label, button in zip(labels, buttons, strict=True)
        ]
        return card
    card["button_selection"] = {
        "question_key": CHOICE,
        "title": choose,
        "option_list": [
            {"id": _option(button.token, label), "text": _clip(label, OPTION)}
            for label, button in list(zip(labels, buttons, strict=True))[:OPTIONS]
        ],
    }
    card["button_list"] = [{"text": confirm, "style": 1, "key": _key("", "", title, body)}]
    return card


def _option(token: str, label: str) -> str:
    return f"{token}\n{label}".encode()[:ID_BYTES].decode("utf-8", "ignore")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a press says: the token that stands for the act, and the card it was on."""

    token: str
    label: str
    title: str
    body: str
    task: str


def chosen(event: Mapping[str, Any]) -> Chosen:
    """A press out of `template_card_event`: a button, or a drop-down's choice. Unknown shapes have an empty token."""
    pieces = [*str(event.get("event_key") or "").split("\n", 3), "", "", ""]
    token, label, title, body = pieces[:4]
    if not token:
        for item in _items(event):
            ids = item.get("option_ids") or {}
            options = ids.get("option_id") if isinstance(ids, Mapping) else None
            if isinstance(options, Sequence) and not isinstance(options, str) and options:
                token, _, label = str(options[0]).partition("\n")
    return Chosen(token, label, title, body, str(event.get("task_id") or ""))


def _items(event: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    selected = event.get("selected_items") or {}
    items = selected.get("selected_item") if isinstance(selected, Mapping) else None
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def settled(press: Chosen, lang: str = "zh") -> Card:
    """The same card afterwards: what was chosen, and nothing left to press."""
    word = f"✓ {press.label}" if press.label else "✓"
    card: Card = {
        "card_type": "button_interaction",
        "main_title": {"title": press.title or CHOSEN[lang].rstrip(":： ")},
        "task_id": press.task,
        "button_list": [
            {"text": _clip(word, LABEL), "style": 1, "key": _key(press.token, press.label, press.title, press.body)}
        ],
        "replace_text": word,
    }
    if press.body:
        card["sub_title_text"] = press.body
    return card
