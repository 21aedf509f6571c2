"""Messages with buttons as template cards, and the same cards once something was chosen (the facts: docs/wecom.md).

Everything a card needs to be shown again travels in the keys of its buttons, so that a press is answered at once by
whichever process gets it, after a restart too. A key begins with the button's token; `token_of` finds it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.cutting import short
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
LEAST = 8  # characters of a title that is parted from the rest of its line
# where a sentence may go on below
_BREAK = re.compile(r"[，。！？；：、]|[,;:!?](?![0-9A-Za-z])|\.(?= )| · ")
CHOSEN = {"zh": "已选:", "en": "Chosen: "}


def parted(text: str) -> tuple[str, str]:
    """A card's title and the words below it. A first line that is too long for a title goes on below, from where its
    words allow it; where they do not, the title is longer than a card shows."""
    head, _, rest = clean(text).strip().partition("\n")
    rest = rest.strip()
    if len(head) <= TITLE:
        return head, rest
    breaks = [found for found in _BREAK.finditer(head, LEAST) if len(head[: found.end()].rstrip(" ·")) <= TITLE]
    if not breaks or breaks[-1].end() >= len(head):
        return head, rest
    title, more = head[: breaks[-1].end()], head[breaks[-1].end() :]
    return title.rstrip(" ·"), f"{more.strip()}\n{rest}".strip()


def fits(text: str) -> bool:
    """Can a card hold these words, every one of them: a title and a few lines?"""
    title, body = parted(text)
    return 0 < len(title) <= TITLE and len(body) <= BODY


def title_of(text: str) -> str:
    """What a card says on top when its words stand before it: their first line, as far as it is shown."""
    return short(text.strip().partition("\n")[0].strip(), TITLE)


def shown(labels: Sequence[str]) -> bool:
    """Do the labels of one card's buttons, or of its drop-down, show in full?"""
    if len(labels) <= BUTTONS and all(_within(label, LABEL) for label in labels):
        return True
    return _dropped(labels)


def _within(label: str, most: int) -> bool:
    return len(label) <= most and bool(clean(label).strip())


def _dropped(labels: Sequence[str]) -> bool:
    return len(labels) <= OPTIONS and all(_within(label, OPTION) for label in labels)


def numbered(buttons: Sequence[tuple[str, str]]) -> list[list[list[str]]]:
    """Labels that no card shows in full, as numbers that the words before it explain: (label, token) on as few cards as
    hold them. Where there are many it is a drop-down, and each number has the beginning of its label beside it."""
    few = len(buttons) <= BUTTONS
    found = [
        [str(number) if few else short(f"{number}. {_plain(label)}", OPTION), token]
        for number, (label, token) in enumerate(buttons, 1)
    ]
    return [found[start : start + OPTIONS] for start in range(0, len(found), OPTIONS)]


def task_id() -> str:
    """A card's own id: WeCom refuses one that was used before."""
    return f"w_{secrets.token_hex(12)}"


def _plain(text: str) -> str:
    """A card shows its words as they stand; nothing in them may look like a mention even so."""
    return clean(text).replace("<", "\uff1c")


def _key(token: str, label: str, title: str, body: str) -> str:
    key = "\n".join((token, label.replace("\n", " "), title, body))
    return key.encode()[:KEY_BYTES].decode("utf-8", "ignore")


def build(text: str, buttons: Sequence[WireButton], *, lang: str = "zh", task: str | None = None) -> Card:
    """One card: its first line is the title. As buttons where they fit, else as a drop-down with one button."""
    title, body = parted(_plain(text))
    choose, confirm = CHOOSE[lang]
    title, body = short(title, TITLE) or choose, short(body, BODY)
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
            {"id": _option(button.token, label), "text": short(label, OPTION)}
            for label, button in list(zip(labels, buttons, strict=True))[:OPTIONS]
        ],
    }
    card["button_list"] = [{"text": confirm, "style": 1, "key": _key("", "", title, body)}]
    return card


def _option(token: str, label: str) -> str:
    """What a choice is known by; its words are shown again when it was made."""
    return f"{token}\n{short(label, OPTION)}".encode()[:ID_BYTES].decode("utf-8", "ignore")


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
            {"text": short(word, LABEL), "style": 1, "key": _key(press.token, press.label, press.title, press.body)}
        ],
        "replace_text": word,
    }
    if press.body:
        card["sub_title_text"] = press.body
    return card
