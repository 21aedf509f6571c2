"""The hands of whoever a step names: the same acts on a Telegram phone and on a WeCom phone.

What the networks say in their own ways is looked for where it may stand: a keyboard under the words, a card, or words
and the card after them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sandbox.scenes import Place, Words, pick
from sandbox.wecom.client import WeComMessage
from sandbox.wecom.model import APP, BOT, ROBOT

if TYPE_CHECKING:
    from sandbox.client import Json, Message, SandboxClient

UNTITLED = frozenset({"", "请选择", "Choose"})
"""Titles of cards whose words stand right before them."""


def holds(text: str, words: Words) -> bool:
    """Does a text contain any of these words? Without words any text does."""
    return not words or any(word in text for word in words)


class Hand(Protocol):
    """What somebody does and sees in one chat. Waiting ends with WaitedInVainError."""

    def said(self, event: Json) -> str | None:
        """What the bot says in this chat by this event, edits included; None for any other event."""
        ...

    def fresh(self, event: Json) -> bool:
        """Is this the event of a new message?"""
        ...

    async def type(self, text: str, on: Words = ()) -> None:
        """Say something, in reply to the newest message with these words."""
        ...

    async def press(self, labels: Words, on: Words) -> None:
        """Press the newest button with one of these labels that belongs to a message with these words."""
        ...

    async def find(self, words: Words) -> None:
        """Until the bot has said one of these."""
        ...


def hand(client: SandboxClient, who: Place, chat: Place | None, lang: str, patience: float) -> Hand:
    """Somebody's hands in a chat; private without one. WeCom's people and chats are named by words."""
    if isinstance(who, str):
        return WeComHand(client, who, None if chat is None else str(chat), lang, patience)
    return TelegramHand(client, who, None if chat is None else int(chat), patience)


class TelegramHand:
    """A Telegram phone; a private chat has its person's id."""

    def __init__(self, client: SandboxClient, who: int, chat: int | None, patience: float) -> None:
        self._client = client
        self._person = client.person(who)
        self._chat = chat
        self._place = who if chat is None else chat
        self._patience = patience

    def said(self, event: Json) -> str | None:
        if event["type"] not in {"message", "edit"} or event["chat_id"] != self._place:
            return None
        message = event["message"]
        return (message["text"] or message["caption"] or "") if message["from"] == "bot" else None

    def fresh(self, event: Json) -> bool:
        return bool(event["type"] == "message")

    async def type(self, text: str, on: Words = ()) -> None:
        await self._person.say(text, chat=self._chat, reply_to=await self._message(on) if on else None)

    async def press(self, labels: Words, on: Words) -> None:
        message = await self._message(on, labels)
        await self._person.press(
            message, next(label for label in labels if any(label in one for one in message.labels))
        )

    async def find(self, words: Words) -> None:
        await self._message(words)

    async def _message(self, words: Words, labels: Words = ()) -> Message:
        def look() -> Message | None:
            for message in reversed(self._client.chats.get(self._place, {}).values()):
                fits = message.by_bot and not message.data["deleted"] and holds(message.text, words)
                if fits and (not labels or any(holds(one, labels) for one in message.labels)):
                    return message
            return None

        found: Message = await self._client.until(look, _what(self._place, words, labels), self._patience)
        return found


class WeComHand:
    """A WeCom phone: the chat with the AI bot, or a group, where the bot is mentioned."""

    def __init__(self, client: SandboxClient, who: str, chat: str | None, lang: str, patience: float) -> None:
        self._client = client
        self._phone = client.wecom(who)
        self._chat = chat
        self._place = self._phone.place(chat)
        self._lang = lang
        self._patience = patience

    def said(self, event: Json) -> str | None:
        if event["type"] not in {"wecom_message", "wecom_edit"} or event["chat"] != self._place:
            return None
        message = event["message"]
        return message["text"] if message["from"] in {BOT, APP, ROBOT} and message["finished"] else None

    def fresh(self, event: Json) -> bool:
        return bool(event["type"] == "wecom_message")

    async def type(self, text: str, on: Words = ()) -> None:
        quoted = await self._quotable(on) if on else None
        await self._phone.say(text, chat=self._chat, at=self._chat is not None, quote=quoted)

    async def press(self, labels: Words, on: Words) -> None:
        """A button, an entry of a drop-down, or, where neither shows the label in full, the label is typed."""

        def look() -> tuple[WeComMessage, str] | None:
            said = self._said()
            for number, message in reversed(list(enumerate(said))):
                label = next((one for one in labels if _offers(message, one)), None)
                if label and holds(f"{_words_before(said[:number], message)}\n{message.text}", on):
                    return message, label
            return None

        found: tuple[WeComMessage, str] = await self._client.until(look, _what(self._place, on, labels), self._patience)
        message, label = found
        if any(label in one for one in message.labels):
            await self._phone.press(message, label)
        elif any(label in one for one in _options(message)):
            await self._phone.press(message, message.labels[0], choose=label)
        else:
            await self._phone.say(pick(labels, self._lang), chat=self._chat)

    async def find(self, words: Words) -> None:
        await self._client.until(
            lambda: next((one for one in reversed(self._said()) if holds(one.text, words)), None),
            _what(self._place, words),
            self._patience,
        )

    async def _quotable(self, words: Words) -> WeComMessage:
        """Of a card nothing comes through when it is quoted: people quote words."""

        def look() -> WeComMessage | None:
            found = (one for one in reversed(self._said()) if one.kind != "card" and holds(one.text, words))
            return next(found, None)

        found: WeComMessage = await self._client.until(look, _what(self._place, words), self._patience)
        return found

    def _said(self) -> list[WeComMessage]:
        return [one for one in self._phone.messages(self._chat) if one.by_bot and one.finished]


def _words_before(said: Sequence[WeComMessage], card: WeComMessage) -> str:
    """The words that a card belongs to where it does not hold them itself: the newest ones that begin with its title,
    or, under a title that says nothing, those right before it. Another card's words are never its own."""
    if card.kind != "card":
        return ""
    shown = str(((card.card or {}).get("main_title") or {}).get("title") or "")
    title = _plain(shown.removesuffix("…"))
    if title in UNTITLED:
        return said[-1].text if said and said[-1].kind != "card" else ""
    words = (one.text for one in reversed(said) if one.kind != "card" and _plain(one.text).startswith(title))
    return next(words, "")


def _plain(text: str) -> str:
    """Signs that the networks show in twins of another width, as one."""
    return unicodedata.normalize("NFKC", text).strip()


def _options(message: WeComMessage) -> Sequence[str]:
    """The entries of a card's drop-down, while it can be sent."""
    asked = (message.card or {}).get("button_selection") or {}
    return [str(option["text"]) for option in asked.get("option_list") or []] if message.labels else []


def _offers(message: WeComMessage, label: str) -> bool:
    shown = [*message.labels, *_options(message)]
    return any(label in one for one in shown) or (message.kind != "card" and label in message.text)


def _what(place: Place, words: Words, labels: Words = ()) -> str:
    wanted = " / ".join(words)
    return f"{wanted!r} with {' / '.join(labels)!r} in {place}" if labels else f"{wanted!r} in {place}"
