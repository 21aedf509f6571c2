"""What exists in the toy network: people, chats, messages, files. Plain data, nothing done here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

Json = dict[str, Any]
T = TypeVar("T")
ChatType = Literal["private", "group", "supergroup"]
Presence = Literal["member", "administrator", "left", "kicked", "none"]
"""The bot in a group; `none`: it never was there."""

ANONYMOUS_ADMIN = 1087968824
"""Telegram's GroupAnonymousBot: the sender of what an anonymous administrator writes."""


@dataclass
class User:
    """A person of the toy network. `started`: pressed Start once; `seen`: the bot has met them anywhere."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = "zh-hans"
    title: str = ""
    role: str = ""
    team: str = ""
    started: bool = False
    seen: bool = False
    blocked: bool = False
    deactivated: bool = False


@dataclass
class Message:
    """A message of one chat. `sender` is a user id, the bot's id, or ANONYMOUS_ADMIN."""

    id: int
    chat_id: int
    sender: int
    date: int
    text: str | None = None
    entities: list[Json] = field(default_factory=list)
    caption: str | None = None
    photo: list[Json] | None = None
    document: Json | None = None
    voice: Json | None = None
    sticker: Json | None = None
    reply_to: int | None = None
    quote: Json | None = None
    inline: Json | None = None
    """The inline keyboard, as sent."""
    keyboard: Json | None = None
    """A reply keyboard, its removal or a forced reply, as sent; the server never gives it back."""
    extra: Json = field(default_factory=dict)
    """Further fields of the Bot API's Message: service contents, forward_origin, link_preview_options."""
    service: str | None = None
    edited: int | None = None
    deleted: bool = False
    pinned: bool = False
    reactions: list[str] = field(default_factory=list)


@dataclass
class Chat:
    """A private chat (its id is the user's) or a group, with its messages by id."""

    id: int
    type: ChatType
    title: str = ""
    user_id: int | None = None
    members: list[int] = field(default_factory=list)
    admins: list[int] = field(default_factory=list)
    presence: Presence = "none"
    migrated_to: int | None = None
    migrated_from: int | None = None
    last_id: int = 0
    pinned: int | None = None
    bot_spoke: bool = False
    """The bot has sent here since it came: bare commands reach it (it is the only bot of the network)."""
    menu_button: Json | None = None
    messages: dict[int, Message] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file on the toy server; the bytes lie with the FileStore under `key` (sizes of a photo share one)."""

    file_id: str
    unique_id: str
    key: str
    name: str
    mime: str
    size: int
    path: str
    width: int = 0
    height: int = 0


@dataclass
class CallbackQuery:
    """A pressed button waiting for its answer; `made_at` are host seconds, it is too old after a minute."""

    id: str
    user_id: int
    chat_id: int
    message_id: int
    made_at: float
    answered: bool = False


def message_to_json(message: Message) -> Json:
    """The message for the state file, without its empty fields."""
    return {key: value for key, value in vars(message).items() if value}


def from_json(kind: type[T], data: Json) -> T:
    """A dataclass from the state file or people.json; unknown keys are ignored, missing ones take defaults."""
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in data.items() if key in known})
