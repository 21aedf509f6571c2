"""Keyboards of a request, checked as the real server checks them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sandbox.call import Call
from sandbox.entities import utf16
from sandbox.errors import bad
from sandbox.model import Chat, Json

MAX_BUTTONS = 100
MAX_ROW = 8
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_PRIVATE_ONLY = ("web_app", "request_contact", "request_location", "request_users", "request_chat")


@dataclass(frozen=True)
class Markup:
    """What came as reply_markup: an inline keyboard, or another kind of keyboard, or nothing."""

    inline: Json | None = None
    keyboard: Json | None = None
    remarks: list[str] = field(default_factory=list)


def read_markup(call: Call, chat: Chat | None, *, inline_only: bool = False) -> Markup:
    """The reply_markup of a call.

    Raises:
        ApiError: 400 with the real wording: BUTTON_DATA_INVALID, empty texts, unknown kinds of buttons.
    """
    value = call.json("reply_markup", "reply keyboard markup")
    if value is None:
        return Markup()
    if not isinstance(value, dict):
        raise bad("object expected as reply markup")
    remarks: list[str] = []
    private = chat is None or chat.type == "private"
    if value.get("keyboard"):
        if inline_only:
            raise bad("inline keyboard expected")
        return Markup(keyboard=_reply_keyboard(value, private=private, remarks=remarks), remarks=remarks)
    if value.get("inline_keyboard"):
        return Markup(inline=_inline_keyboard(value, private=private, remarks=remarks), remarks=remarks)
    if value.get("remove_keyboard") or value.get("force_reply"):
        if inline_only:
            raise bad("inline keyboard expected")
        placeholder = value.get("input_field_placeholder")
        if placeholder is not None and not 1 <= utf16(str(placeholder)) <= 64:
            remarks.append("input_field_placeholder must have 1 to 64 characters")
        return Markup(keyboard=value, remarks=remarks)
    return Markup()


def _rows(value: Json, name: str) -> list[list[object]]:
    rows = value[name]
    if not isinstance(rows, list):
        raise bad(f'field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad(f'field "{name}" must be an Array of Arrays')
    return [row for row in rows if row]


def _inline_keyboard(value: Json, *, private: bool, remarks: list[str]) -> Json:
    rows = _rows(value, "inline_keyboard")
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise bad("reply markup is too long")
    if any(len(row) > MAX_ROW for row in rows):
        remarks.append("more than 8 buttons in one row")
    return {"inline_keyboard": [[_inline(button, private=private, remarks=remarks) for button in row] for row in rows]}


def _inline(button: object, *, private: bool, remarks: list[str]) -> Json:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad("inline keyboard button text must be non-empty")
    actions = [name for name in _ACTIONS if name in button]
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        remarks.append(f"button «{text}» has more than one action: {', '.join(actions)}")
    if button.get("style", "primary") not in {"primary", "success", "danger"}:
        raise bad("can't parse inline keyboard button: invalid button style specified")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode("utf-8", "surrogatepass")) <= 64:
            size = len(str(data).encode("utf-8", "surrogatepass"))
            remarks.append(f"callback_data of button «{text}» has {size} bytes, allowed are 1 to 64")
            raise ButtonError("BUTTON_DATA_INVALID", remarks)
    if "url" in button and not re.match(r"(?i)(https?://|tg://|ton://|[\w-]+\.)", str(button["url"])):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: wrong HTTP URL")
    if "copy_text" in button:
        copied = button["copy_text"]
        if not isinstance(copied, dict) or not 1 <= utf16(str(copied.get("text", ""))) <= 256:
            raise bad("BUTTON_COPY_TEXT_INVALID")
    if "web_app" in button and not private:
        raise bad("BUTTON_TYPE_INVALID")
    return button


def _reply_keyboard(value: Json, *, private: bool, remarks: list[str]) -> Json:
    rows = _rows(value, "keyboard")
    for row in rows:
        for button in row:
            text = button if isinstance(button, str) else button.get("text") if isinstance(button, dict) else None
            if not isinstance(text, str):
                raise bad("can't parse keyboard button: KeyboardButton must be a String or an Object")
            if not text.strip():
                raise bad("keyboard button text must be non-empty")
            if isinstance(button, dict) and not private and any(name in button for name in _PRIVATE_ONLY):
                raise bad("BUTTON_TYPE_INVALID")
    placeholder = value.get("input_field_placeholder")
    if placeholder is not None and not 1 <= utf16(str(placeholder)) <= 64:
        remarks.append("input_field_placeholder must have 1 to 64 characters")
    return {**value, "keyboard": rows}


class ButtonError(Exception):
    """A refusal that is also worth a violation."""

    def __init__(self, reason: str, remarks: list[str]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remarks = remarks
