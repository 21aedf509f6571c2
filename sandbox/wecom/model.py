"""What exists in the toy WeCom: members, groups, messages, media. Plain data, nothing done here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sandbox.model import Json

BOT, APP, ROBOT = "@bot", "@app", "@robot"
"""Senders that are no members: a userid never begins with @."""
Kind = Literal["text", "markdown", "image", "file", "voice", "video", "card", "mixed", "location", "link"]


@dataclass
class Member:
    """Somebody of the corporation. `telegram`: the same person's number in the toy Telegram, also where they have no
    account there: the page and its scenes know them by it."""

    userid: str
    name: str
    title: str = ""
    role: str = ""
    team: str = ""
    telegram: int | None = None
    visible: bool = True
    """In the self-built app's visible range."""
    left: bool = False
    """Has left the corporation: nothing reaches them."""
    sealed: str | None = None
    """What the AI bot is told instead of the userid, where it is not trusted with it ("wo…")."""
    entered: str = ""
    """The company's day on which they last opened the chat with the bot, as ISO date."""
    spoken: bool = False
    """Has spoken to the bot in private: from then on it may write by itself."""

    @property
    def seen_as(self) -> str:
        """The userid as the AI bot sees it."""
        return self.sealed or self.userid


@dataclass
class Group:
    """An internal group. `robots`: names of its webhooks by key."""

    id: str
    title: str
    members: list[str] = field(default_factory=list)
    bot: bool = False
    spoken: bool = False
    """Somebody has spoken to the bot here."""
    robots: dict[str, str] = field(default_factory=dict)


@dataclass
class Message:
    """A message of one chat: `bot:USERID`, `app:USERID` or a group's id. Times are whole seconds of the company."""

    id: int
    chat: str
    sender: str
    date: int
    kind: Kind
    text: str = ""
    card: Json | None = None
    views: dict[str, Json] = field(default_factory=dict)
    """The card as it was updated for single members."""
    busy: list[str] = field(default_factory=list)
    """Who pressed the card and has not seen it updated yet."""
    file: str | None = None
    name: str = ""
    """A file's name."""
    via: str = ""
    """The name of the webhook that sent this."""
    quote: Json | None = None
    mentions: list[str] = field(default_factory=list)
    finished: bool = True
    """False while a stream goes on."""
    edited: int | None = None
    heard: bool = True
    """Of people's messages to the bot: whether a connection was there to take it."""
    key: str = ""
    """The message's id on the wire (msgid)."""


@dataclass(frozen=True)
class Media:
    """Something uploaded, usable for three days by whom it belongs to: `app`, `bot` or a webhook's key."""

    id: str
    owner: str
    kind: str
    file: str
    name: str
    made: int


def bot_chat(userid: str) -> str:
    """The private chat of a member with the AI bot."""
    return f"bot:{userid}"


def app_chat(userid: str) -> str:
    """The chat of a member with the self-built app."""
    return f"app:{userid}"


def member_of(chat: str) -> str | None:
    """Whose private chat this is; None for a group."""
    kind, _, userid = chat.partition(":")
    return userid if kind in {"bot", "app"} and userid else None
