"""Template cards: what is required of each type, what is too long, how a card reads as text.

Lengths in characters are what a phone shows: longer texts are clipped, not refused, and noted. Missing or impossible
parts are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.model import Json
from sandbox.wecom.codes import BAD_PARAMETER, RefusalError

INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
SHARED = frozenset({"card_type", "source", "main_title", "task_id", "card_action", "feedback"})
WIDE = SHARED | {"action_menu", "sub_title_text", "quote_area", "horizontal_content_list"}
FIELDS: dict[str, frozenset[str]] = {
    "text_notice": WIDE | {"emphasis_content", "jump_list"},
    "news_notice": WIDE | {"card_image", "image_text_area", "vertical_content_list", "jump_list"},
    "button_interaction": WIDE | {"button_selection", "button_list", "replace_text"},
    "vote_interaction": SHARED | {"checkbox", "submit_button", "replace_text"},
    "multiple_interaction": SHARED | {"select_list", "submit_button", "replace_text"},
}
TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")
KEY_BYTES = 1024
ID_BYTES = 128
SHOWN = {"title": 36, "desc": 44, "sub_title_text": 160, "button": 10, "keyname": 5, "value": 30, "source": 20}


def _refuse(what: str) -> RefusalError:
    return RefusalError(BAD_PARAMETER, f"invalid template_card: {what}")


def _object(card: Json, name: str) -> Json:
    value = card.get(name)
    if value is not None and not isinstance(value, dict):
        raise _refuse(f"{name} must be an object")
    return value or {}


def _list(card: Json, name: str, low: int, high: int) -> list[Json]:
    value = card.get(name)
    if value is None and low == 0:
        return []
    if not isinstance(value, list) or not low <= len(value) <= high or not all(isinstance(x, dict) for x in value):
        raise _refuse(f"{name} must have {low} to {high} entries")
    return value


def _key(value: Any, what: str, limit: int = KEY_BYTES) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= limit:
        raise _refuse(f"{what} must have 1 to {limit} bytes")
    return value


def _options(question: Json, name: str, high: int) -> None:
    options = _list(question, name, 1, high)
    ids = [_key(option.get("id"), f"{name}.id", ID_BYTES) for option in options]
    if len(set(ids)) < len(ids):
        raise _refuse(f"{name} has an id twice")
    if not all(isinstance(option.get("text"), str) and option["text"] for option in options):
        raise _refuse(f"{name}.text is missing")


def _long(value: Any, limit: int, what: str) -> Iterator[str]:
    if isinstance(value, str) and len(value) > limit:
        yield f"{what} has {len(value)} characters, {limit} are shown"


def _shared(card: Json, kind: str) -> Iterator[str]:
    yield from (f"a {kind} has no field {name}" for name in card if name not in FIELDS[kind])
    title = _object(card, "main_title")
    yield from _long(title.get("title"), SHOWN["title"], "main_title.title")
    yield from _long(title.get("desc"), SHOWN["desc"], "main_title.desc")
    yield from _long(card.get("sub_title_text"), SHOWN["sub_title_text"], "sub_title_text")
    yield from _long(_object(card, "source").get("desc"), SHOWN["source"], "source.desc")
    for row in _list(card, "horizontal_content_list", 0, 6):
        if not isinstance(row.get("keyname"), str) or not row["keyname"]:
            raise _refuse("horizontal_content_list.keyname is missing")
        yield from _long(row["keyname"], SHOWN["keyname"], "horizontal_content_list.keyname")
        yield from _long(row.get("value"), SHOWN["value"], "horizontal_content_list.value")
    for jump in _list(card, "jump_list", 0, 3):
        if jump.get("type", 0) == 1 and not jump.get("url"):
            raise _refuse("jump_list.url is missing")
    menu = _object(card, "action_menu")
    if menu:
        actions = _list(menu, "action_list", 1, 3)
        keys = [_key(action.get("key"), "action_menu.key") for action in actions]
        if len(set(keys)) < len(keys):
            raise _refuse("action_menu has a key twice")


def check(card: Any, *, update: bool = False) -> list[str]:
    """Whether a card is one; answers what a phone would clip or ignore.

    Raises:
        RefusalError: 40058 for what is no card of its type.
    """
    if not isinstance(card, dict):
        raise _refuse("it must be an object")
    kind = card.get("card_type")
    if kind not in FIELDS:
        raise _refuse(f"card_type {kind!r}")
    remarks = list(_shared(card, kind))
    title = _object(card, "main_title").get("title")
    task_id = card.get("task_id")
    if (kind in INTERACTIVE or card.get("action_menu")) and not update and task_id is None:
        raise _refuse("task_id is missing")
    if task_id is not None and not (isinstance(task_id, str) and TASK_ID.fullmatch(task_id)):
        raise _refuse("task_id has 1 to 128 characters of 0-9 A-Z a-z _ @ -")
    if kind != "text_notice" and not title:
        raise _refuse("main_title.title is missing")
    if kind in {"text_notice", "news_notice"}:
        action = _object(card, "card_action")
        if action.get("type") not in (1, 2) or (action.get("type") == 1 and not action.get("url")):
            raise _refuse("card_action of type 1 or 2 is missing")
        if kind == "text_notice" and not title and not card.get("sub_title_text"):
            raise _refuse("main_title.title or sub_title_text is missing")
        if kind == "news_notice" and not (card.get("card_image") or card.get("image_text_area")):
            raise _refuse("card_image or image_text_area is missing")
    elif kind == "button_interaction":
        remarks += _buttons(card)
    else:
        remarks += _questions(card, kind)
    if "replace_text" in card and not update:
        remarks.append("replace_text belongs to updates only")
    return remarks


def _buttons(card: Json) -> list[str]:
    remarks: list[str] = []
    keys = []
    for button in _list(card, "button_list", 1, 6):
        if not isinstance(button.get("text"), str) or not button["text"]:
            raise _refuse("button_list.text is missing")
        remarks += _long(button["text"], SHOWN["button"], "button_list.text")
        if button.get("type", 0) == 1:
            _key(button.get("url"), "button_list.url", 2048)
        else:
            keys.append(_key(button.get("key"), "button_list.key"))
        if button.get("style", 1) not in (1, 2, 3, 4):
            remarks.append("button_list.style is 1 to 4")
    if len(set(keys)) < len(keys):
        remarks.append("two buttons of a card share a key")
    if selection := _object(card, "button_selection"):
        _key(selection.get("question_key"), "button_selection.question_key")
        _options(selection, "option_list", 10)
    return remarks


def _questions(card: Json, kind: str) -> list[str]:
    submit = _object(card, "submit_button")
    if not submit.get("text"):
        raise _refuse("submit_button.text is missing")
    _key(submit.get("key"), "submit_button.key")
    if kind == "vote_interaction":
        checkbox = _object(card, "checkbox")
        _key(checkbox.get("question_key"), "checkbox.question_key")
        _options(checkbox, "option_list", 20)
    else:
        questions = _list(card, "select_list", 1, 3)
        keys = [_key(question.get("question_key"), "select_list.question_key") for question in questions]
        if len(set(keys)) < len(keys):
            raise _refuse("select_list has a question_key twice")
        for question in questions:
            _options(question, "option_list", 10)
    return list(_long(submit["text"], SHOWN["button"], "submit_button.text"))


def pressable(card: Json) -> list[Json]:
    """Everything on a card that can be pressed, as {text, key} or {text, url}, in its order."""
    found: list[Json] = []
    if not card.get("replace_text"):
        for button in card.get("button_list") or []:
            if button.get("type", 0) == 1:
                found.append({"text": button["text"], "url": button["url"]})
            else:
                found.append({"text": button["text"], "key": button["key"], "style": button.get("style", 1)})
        if submit := card.get("submit_button"):
            disabled = (card.get("checkbox") or {}).get("disable") or (
                bool(card.get("select_list")) and all(one.get("disable") for one in card["select_list"])
            )
            if not disabled:
                found.append({"text": submit["text"], "key": submit["key"], "style": 1})
    actions = (card.get("action_menu") or {}).get("action_list") or []
    return [*found, *({"text": action["text"], "key": action["key"], "menu": True} for action in actions)]


def keys_of(card: Json) -> set[str]:
    """The keys under which a card can be pressed, also when it shows them no more."""
    bare = {name: value for name, value in card.items() if name not in {"replace_text", "checkbox", "select_list"}}
    return {one["key"] for one in pressable(bare) if "key" in one}


def as_text(card: Json) -> str:
    """A card's words, line by line, as somebody reads them."""
    title = card.get("main_title") or {}
    emphasis = card.get("emphasis_content") or {}
    quoted = card.get("quote_area") or {}
    lines = [
        (card.get("source") or {}).get("desc"),
        title.get("title"),
        title.get("desc"),
        " ".join(filter(None, (emphasis.get("title"), emphasis.get("desc")))),
        quoted.get("title"),
        quoted.get("quote_text"),
        card.get("sub_title_text"),
        *(f"{row['keyname']} {row.get('value', '')}".strip() for row in card.get("horizontal_content_list") or []),
        *(
            " ".join(filter(None, (part.get("title"), part.get("desc"))))
            for part in card.get("vertical_content_list") or []
        ),
        card.get("replace_text"),
    ]
    return "\n".join(line for line in lines if line)
