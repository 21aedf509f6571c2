"""A colleague's phone as the contract plays it: the same acts on every network. What a network says in its own way
(an edited message, a card and the message after it) is looked for where it may stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.client import Message, Person, SandboxClient
from sandbox.wecom.client import Phone, WeComMessage

PATIENCE = 60.0
BOT_NAME = "外呼管家"


class Hand(Protocol):
    """What somebody can do and see, whatever the phone."""

    client: SandboxClient

    async def says(self, text: str, containing: str = "") -> str:
        """Type something to the bot; what it answered first with these words in it."""
        ...

    async def sees(self, *pieces: str) -> str:
        """The newest message of the bot that holds all of these; waited for."""
        ...

    async def presses(self, label: str, containing: str = "", times: int = 1) -> None:
        """Press the newest button of that name, on a message with these words; waited for."""
        ...

    async def replies(self, containing: str, text: str) -> None:
        """Answer a message of the bot in its thread: by a reply, or by quoting it."""
        ...

    async def binds(self, team: str) -> None:
        """Bind the team's group, as one does on that network; waits for the bot's word in the group."""
        ...

    async def tells_group(self, text: str) -> None:
        """Say something to the bot in the team's group."""
        ...

    async def group_sees(self, *pieces: str) -> str:
        """The newest message of the bot in the group with all of these; waited for."""
        ...

    async def asks_for_pay_in_group(self) -> None:
        """Ask for one's pay where everybody reads; where groups are not heard at all, nothing happens."""
        ...

    def in_group(self) -> list[str]:
        """What the bot has said in the group."""
        ...

    async def group_picture(self) -> bool:
        """A picture came into the group; waited for."""
        ...


def _holds_no_figure(text: str) -> None:
    assert not any(figure in text for figure in "0123456789")


def _newest(found: list[Any], true: Callable[[Any], bool]) -> Any:
    return next((message for message in reversed(found) if true(message)), None)


@dataclass
class TelegramHand:
    """A Telegram phone."""

    client: SandboxClient
    user: int
    group: int
    command: str = "/bind@waihu_demo_bot"
    me: Person = field(init=False)

    def __post_init__(self) -> None:
        self.me = self.client.person(self.user)

    async def says(self, text: str, containing: str = "") -> str:
        return (await self.me.answer(await self.me.say(text), containing, patience=PATIENCE)).text

    async def _find(self, true: Callable[[Message], bool], what: str, chat: int | None = None) -> Message:
        found: Message = await self.client.until(lambda: _newest(self.me.replies(0, chat), true), what, PATIENCE)
        return found

    async def sees(self, *pieces: str) -> str:
        return (await self._find(lambda m: all(piece in m.text for piece in pieces), f"{pieces}")).text

    async def presses(self, label: str, containing: str = "", times: int = 1) -> None:
        def fits(message: Message) -> bool:
            return containing in message.text and any(label in one for one in message.labels)

        await self.me.press(await self._find(fits, f"a button {label!r}"), label, times=times)

    async def replies(self, containing: str, text: str) -> None:
        target = await self._find(lambda m: containing in m.text, containing)
        await self.me.say(text, reply_to=target)

    async def binds(self, team: str) -> None:
        await self.tells_group(f"{self.command} {team}")
        await self.group_sees("绑好了", team)

    async def tells_group(self, text: str) -> None:
        await self.me.say(text, chat=self.group)

    async def asks_for_pay_in_group(self) -> None:
        await self.tells_group(self.command.replace("bind", "pay"))
        _holds_no_figure(await self.group_sees("私聊"))

    async def group_sees(self, *pieces: str) -> str:
        fits = lambda m: all(piece in m.text for piece in pieces)  # noqa: E731
        return (await self._find(fits, f"{pieces} in the group", self.group)).text

    def in_group(self) -> list[str]:
        return [message.text for message in self.me.messages(self.group) if message.by_bot]

    async def group_picture(self) -> bool:
        return bool(await self._find(lambda m: bool(m.data.get("photo")), "a picture", self.group))


@dataclass
class WeComHand:
    """A WeCom phone, in the chat with the AI bot (or with the app)."""

    client: SandboxClient
    userid: str
    group: str
    chat: str = "bot"
    me: Phone = field(init=False)

    def __post_init__(self) -> None:
        self.me = self.client.wecom(self.userid)

    async def says(self, text: str, containing: str = "") -> str:
        said = await self.me.say(text, chat=self.chat)
        return (await self.me.answer(said, containing, patience=PATIENCE)).text

    async def _find(self, true: Callable[[WeComMessage], bool], what: str, chat: str | None = None) -> WeComMessage:
        place = chat or self.chat
        found: WeComMessage = await self.client.until(
            lambda: _newest(self.me.replies(0, place), true), f"{what} for {self.userid}", PATIENCE
        )
        return found

    async def sees(self, *pieces: str) -> str:
        return (await self._find(lambda m: all(piece in m.text for piece in pieces), f"{pieces}")).text

    async def presses(self, label: str, containing: str = "", times: int = 1) -> None:
        def fits(message: WeComMessage) -> bool:
            return containing in message.text and any(label in one for one in message.labels)

        card = await self._find(fits, f"a button {label!r}")
        await self.me.press(card, label, times=times)

    async def replies(self, containing: str, text: str) -> None:
        def fits(message: WeComMessage) -> bool:
            return containing in message.text and message.kind != "card"

        target = await self._find(fits, containing)
        await self.me.quote(target, text)

    async def binds(self, team: str) -> None:
        await self.tells_group(f"绑定 {team}")
        await self.group_sees("绑好了", team)

    async def tells_group(self, text: str) -> None:
        await self.me.say(text, chat=self.group, at=True)

    async def asks_for_pay_in_group(self) -> None:
        await self.tells_group("收入")
        _holds_no_figure(await self.group_sees("私聊"))

    async def group_sees(self, *pieces: str) -> str:
        fits = lambda m: all(piece in m.text for piece in pieces)  # noqa: E731
        return (await self._find(fits, f"{pieces} in the group", self.group)).text

    def in_group(self) -> list[str]:
        return [message.text for message in self.me.messages(self.group) if message.by_bot]

    async def group_picture(self) -> bool:
        return bool(await self._find(lambda m: m.kind == "image", "a picture", self.group))


@dataclass
class AppHand(WeComHand):
    """A WeCom phone in the chat with the self-built app: it hears no groups and sees no quotes. Its group is reached by
    a webhook, whose address a head sends in private."""

    chat: str = "app"
    webhook: str = ""

    async def binds(self, team: str) -> None:
        await self.says(self.webhook, "加密保存")
        await self.presses(team)
        await self.group_sees("大家好", team)

    async def replies(self, containing: str, text: str) -> None:
        number = re.search(r"[WM]-\d{4}-\d{2}-\d+", await self.sees(containing))
        assert number is not None
        await self.me.say(f"{number[0]} {text}", chat=self.chat)

    async def asks_for_pay_in_group(self) -> None:
        await self.me.say("收入", chat=self.group)
