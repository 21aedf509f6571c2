"""Playing members of the toy WeCom in tests and scripts: the counterpart of `Person` for the toy Telegram.

phone = client.wecom("LinXiaoYan")
asked = await phone.say("今日")
answer = await phone.answer(asked)
await phone.press(answer, "详情")
await phone.say("绑定 一组", chat="wrGroup", at=True)
await phone.quote(report, "很好")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.waiting import PATIENCE, Watching
from sandbox.wecom.model import APP, BOT, ROBOT, bot_chat

if TYPE_CHECKING:
    from sandbox.client import SandboxClient

Json = dict[str, Any]


@dataclass
class WeComMessage:
    """A message as the control API shows it; updates replace `data` in place."""

    data: Json

    @property
    def id(self) -> int:
        return int(self.data["id"])

    @property
    def chat(self) -> str:
        return str(self.data["chat"])

    @property
    def kind(self) -> str:
        return str(self.data["kind"])

    @property
    def by_bot(self) -> bool:
        """Sent by the AI bot, the app or a webhook."""
        return self.data["from"] in {BOT, APP, ROBOT}

    @property
    def text(self) -> str:
        """What can be read: the text, or a card's words line by line."""
        return str(self.data["text"])

    @property
    def card(self) -> Json | None:
        """The card as the bot sent or last updated it."""
        card: Json | None = self.data["card"]
        return card

    @property
    def buttons(self) -> list[Json]:
        """What can be pressed: {text, key} or {text, url}; nothing once the card is done with."""
        return list(self.data["buttons"])

    @property
    def labels(self) -> list[str]:
        return [str(button["text"]) for button in self.buttons]

    @property
    def finished(self) -> bool:
        """False while a stream goes on."""
        return bool(self.data["finished"])

    def button(self, label: str) -> Json:
        """The first button whose text contains `label`.

        Raises:
            LookupError: there is none.
        """
        for button in self.buttons:
            if label in button["text"]:
                return button
        raise LookupError(f"no button «{label}» on {self.text!r}: {self.labels}")

    def chosen(self, *options: str) -> dict[str, list[str]]:
        """Answers to the card's questions: for each its option whose text contains one of these words, else the first.

        A drop-down without such an option keeps the one the card has selected.
        """
        card = self.card or {}
        single = [card[name] for name in ("button_selection", "checkbox") if card.get(name)]
        answers: dict[str, list[str]] = {}
        for question in [*single, *(card.get("select_list") or [])]:
            texts = {option["text"]: str(option["id"]) for option in question["option_list"]}
            wanted = [one for text, one in texts.items() if any(option in text for option in options)]
            first = question.get("selected_id") or next(iter(texts.values()))
            answers[question["question_key"]] = wanted or [str(first)]
        return answers


class Mirror:
    """All chats of the toy WeCom, from the stream of events."""

    def __init__(self) -> None:
        self.chats: dict[str, dict[int, WeComMessage]] = {}
        self.connected = False

    async def load(self, client: SandboxClient) -> None:
        """What is there already."""
        state = await client.get("/api/wecom/state")
        self.connected = bool(state["bot"]["connected"])
        for chat in state["chats"]:
            found = await client.get(f"/api/wecom/messages?limit=5000&chat={chat['id']}")
            for data in found["messages"]:
                self._keep(data)

    def learn(self, event: Json) -> None:
        if event["type"] in {"wecom_message", "wecom_edit"}:
            self._keep(event["message"])
        elif event["type"] == "wecom_line":
            self.connected = bool(event["connected"])

    def _keep(self, data: Json) -> None:
        chat = self.chats.setdefault(data["chat"], {})
        known = chat.get(int(data["id"]))
        if known is None:
            chat[int(data["id"])] = WeComMessage(data)
        else:
            known.data = data


@dataclass(frozen=True)
class Phone(Watching[WeComMessage, str]):
    """A member to play. Chats default to the private one with the AI bot; `app` is the one with the app."""

    client: SandboxClient
    userid: str

    @property
    def called(self) -> str:
        return self.userid

    def place_of(self, message: WeComMessage) -> str:
        return message.chat

    def place(self, chat: str | None) -> str:
        """The id of a chat: `app`, `bot`, None (the bot) or a group's id."""
        if chat in {None, "bot"}:
            return bot_chat(self.userid)
        return f"app:{self.userid}" if chat == "app" else str(chat)

    async def say(
        self,
        text: str = "",
        *,
        chat: str | None = None,
        at: bool = False,
        quote: WeComMessage | None = None,
        media: str | None = None,
    ) -> WeComMessage:
        """Send a text, or an image, file, voice (the text is what was said), video or location; `at` mentions the bot."""
        if quote is not None and chat is None:
            chat = quote.chat
        answer = await self.client.post(
            "/api/wecom/send",
            as_=self.userid,
            chat=chat,
            text=text,
            at=at,
            quote=quote.id if quote else None,
            media=media,
        )
        place, number = answer["message"]["chat"], int(answer["message"]["id"])
        found: WeComMessage = await self.client.until(
            lambda: self.client.wecom_mirror.chats.get(place, {}).get(number), "the own message"
        )
        return found

    async def quote(self, message: WeComMessage, text: str, *, at: bool | None = None) -> WeComMessage:
        """Answer by quoting a message; in a group the bot is mentioned unless `at` says otherwise."""
        return await self.say(text, quote=message, at=":" not in message.chat if at is None else at)

    async def enter(self, chat: str = "bot") -> None:
        """Open the chat with the bot, which hears of the first time in a day, or with the app."""
        await self.client.post("/api/wecom/enter", as_=self.userid, chat=chat)

    async def menu(self, label: str) -> None:
        """Choose an entry of the app's menu."""
        await self.client.post("/api/wecom/menu", as_=self.userid, label=label)

    async def press(
        self, message: WeComMessage, label: str, *, choose: Mapping[str, list[str]] | str | None = None, times: int = 1
    ) -> None:
        """Press the button whose text contains `label`; `choose` answers the card's questions, by ids or by words."""
        button = message.button(label)
        if "key" not in button:
            raise LookupError(f"«{label}» only opens an address: {button}")
        chosen = message.chosen(*([choose] if choose else [])) if choose is None or isinstance(choose, str) else choose
        await self.press_key(message, button["key"], chosen=chosen, times=times)

    async def press_key(
        self, message: WeComMessage, key: str, *, chosen: Mapping[str, list[str]] | None = None, times: int = 1
    ) -> None:
        """Press what the card has or once had: a phone may lag behind."""
        await self.client.post(
            "/api/wecom/press",
            as_=self.userid,
            chat=message.chat,
            message=message.id,
            key=key,
            chosen=dict(chosen or {}),
            times=times,
        )

    def messages(self, chat: str | None = None) -> list[WeComMessage]:
        """What is in a chat now, oldest first."""
        return list(self.client.wecom_mirror.chats.get(self.place(chat), {}).values())


@dataclass(frozen=True)
class WeComLine:
    """What lies between the bot and WeCom, for breaking it: `client.line.kick()`."""

    client: SandboxClient

    async def connected(self, patience: float = PATIENCE) -> None:
        """Until a bot has subscribed."""
        await self.client.until(lambda: self.client.wecom_mirror.connected, "a subscribed bot", patience)

    async def fault(self, kind: str, where: str = "*", **fields: Any) -> None:
        """Order a fault (see faults.py): kind, where (command or path), count, code, delay, to."""
        await self.client.post("/api/wecom/faults", kind=kind, where=where, **fields)

    async def mend(self) -> None:
        """Forget all faults that are still to happen."""
        await self.client.delete("/api/wecom/faults")

    async def kick(self, *, told: bool = False) -> None:
        """End the connection: as if another had taken over (`told`), or as if the network went."""
        await self.client.post("/api/wecom/kick", told=told)

    async def spoil_token(self, how: str = "expire") -> None:
        """End the app's token early: `expire` (42001) or `invalidate` (40014)."""
        await self.client.post("/api/wecom/token", how=how)

    async def callback(self, url: str) -> None:
        """Save the app's callback address, verified as the console does; empty takes it away.

        Raises:
            ValueError: it did not pass, with the reason.
        """
        await self.client.post("/api/wecom/callback", url=url)

    async def repeat(self, last: int = 1, of: str = "bot") -> Json:
        """Tell the last callbacks again: the AI bot's (`bot`), the app's in new envelopes (`app`) or exactly (`exact`).

        Answers {"repeated": N} and for the app also "taken": whether each was answered with 200.
        """
        answer: Json = await self.client.post("/api/wecom/repeat", last=last, of=of)
        return answer

    async def calls(self, where: str | None = None, since: int = 0) -> list[Json]:
        """What the bot asked of WeCom, by command or path: {n, method, params, code, note, at}."""
        data: list[Json] = await self.client.get(f"/api/wecom/calls?since={since}")
        return [call for call in data if where is None or call["method"] == where]
