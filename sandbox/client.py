"""A Python client of the control API for end-to-end tests and scripts: play people, wait for what happens.

It keeps a mirror of all chats from the event stream, so waiting is done by looking at the mirror after each
event: nothing sleeps, and nothing that happened before the question is missed.

    async with SandboxClient(url) as client:
        agent = client.person(1005)
        asked = await agent.say("今日")
        answer = await agent.answer(asked)
        await agent.press(answer, "详情")
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

from sandbox.waiting import PATIENCE, Watching
from sandbox.wecom.client import Mirror, Phone, WeComLine

Json = dict[str, Any]


class WaitedInVainError(AssertionError):
    """What was waited for did not come; the message says what did."""


@dataclass
class Message:
    """A message as the control API shows it; edits replace `data` in place."""

    data: Json

    @property
    def id(self) -> int:
        return int(self.data["id"])

    @property
    def chat(self) -> int:
        return int(self.data["chat_id"])

    @property
    def by_bot(self) -> bool:
        return bool(self.data["from"] == "bot")

    @property
    def text(self) -> str:
        """Text or caption; empty for what has neither."""
        return self.data["text"] or self.data["caption"] or ""

    @property
    def finished(self) -> bool:
        """Nothing streams here."""
        return True

    @property
    def buttons(self) -> list[Json]:
        """The inline buttons, row after row."""
        return [button for row in self.data["buttons"] or [] for button in row]

    @property
    def labels(self) -> list[str]:
        return [str(button["text"]) for button in self.buttons]

    def button(self, label: str) -> Json:
        """The first button whose text contains `label`.

        Raises:
            LookupError: there is none.
        """
        for button in self.buttons:
            if label in button["text"]:
                return button
        raise LookupError(f"no button «{label}» under {self.text!r}: {self.labels}")


@dataclass
class Events:
    """Everything the stream has told, with a condition to wait on."""

    log: list[Json] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    ended: bool = False


class SandboxClient:
    """The control API over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.chats: dict[int, dict[int, Message]] = {}
        self.pending_updates = 0
        self.polling = False
        self.wecom_mirror = Mirror()
        self._events = Events()
        self._session: aiohttp.ClientSession | None = None
        self._reader: asyncio.Task[None] | None = None

    # -- life -----------------------------------------------------------------------------------------------

    async def open(self) -> Self:
        """Connect: the stream first, then what is already there, so that nothing falls between."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=10))
        self._reader = asyncio.create_task(self._read_stream())
        await self.event(lambda event: event["type"] == "hello")
        state = await self.state()
        self.pending_updates = int(state["pending_updates"])
        self.polling = bool(state["bot"]["polling"])
        for chat in state["chats"]:
            found = await self.get(f"/api/chats/{chat['id']}/messages?limit=5000")
            for data in found["messages"]:
                self._mirror(data)
        await self.wecom_mirror.load(self)
        return self

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
            self._reader = None
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _read_stream(self) -> None:
        assert self._session is not None
        try:
            async with self._session.get(f"{self.url}/api/stream?calls=1") as response:
                buffer = b""
                async for chunk in response.content.iter_any():
                    buffer += chunk
                    *blocks, buffer = buffer.split(b"\n\n")
                    for block in blocks:
                        if block.startswith(b"data: "):
                            await self._learn(json.loads(block.removeprefix(b"data: ")))
        except aiohttp.ClientError:
            pass
        finally:
            self._events.ended = True
            async with self._events.news:
                self._events.news.notify_all()

    async def _learn(self, event: Json) -> None:
        if event["type"] in {"message", "edit"}:
            self._mirror(event["message"])
        elif event["type"] == "delete":
            message = self.chats.get(event["chat_id"], {}).get(event["id"])
            if message is not None:
                message.data |= {"deleted": True, "text": None, "caption": None, "buttons": None}
        elif event["type"] == "pending":
            self.pending_updates, self.polling = int(event["count"]), bool(event["polling"])
        self.wecom_mirror.learn(event)
        async with self._events.news:
            self._events.log.append(event)
            self._events.news.notify_all()

    def _mirror(self, data: Json) -> None:
        chat = self.chats.setdefault(int(data["chat_id"]), {})
        known = chat.get(int(data["id"]))
        if known is None:
            chat[int(data["id"])] = Message(data)
        else:
            known.data = data

    # -- requests -------------------------------------------------------------------------------------------

    async def _request(self, method: str, path: str, body: Json | None = None) -> Any:
        assert self._session is not None, "open the client first"
        async with self._session.request(method, self.url + path, json=body) as response:
            answer = await response.json()
            if response.status != 200:
                raise ValueError(f"{method} {path}: {answer.get('error', answer)}")
            return answer

    async def get(self, path: str) -> Any:
        return await self._request("GET", path)

    async def text(self, path: str) -> str:
        """GET something that is no JSON: the bot's log, the page."""
        assert self._session is not None, "open the client first"
        async with self._session.get(self.url + path) as response:
            return await response.text()

    async def post(self, path: str, **body: Any) -> Any:
        """POST a JSON object; `as_` becomes the field `as`."""
        if "as_" in body:
            body["as"] = body.pop("as_")
        return await self._request("POST", path, body)

    async def delete(self, path: str) -> Any:
        return await self._request("DELETE", path)

    async def state(self) -> Json:
        data: Json = await self.get("/api/state")
        return data

    async def violations(self) -> list[Json]:
        data: list[Json] = await self.get("/api/violations")
        return data

    async def calls(self, method: str | None = None, since: int = 0) -> list[Json]:
        """The bot's calls, of one method or all."""
        data: list[Json] = await self.get(f"/api/calls?since={since}")
        return [call for call in data if method is None or call["method"] == method]

    async def fault(self, kind: str, method: str = "*", **fields: Any) -> None:
        await self.post("/api/faults", kind=kind, method=method, **fields)

    def person(self, user_id: int) -> Person:
        return Person(self, user_id)

    def wecom(self, userid: str) -> Phone:
        """A member of the toy WeCom to play."""
        return Phone(self, userid)

    @property
    def line(self) -> WeComLine:
        """What lies between the bot and WeCom, for breaking it."""
        return WeComLine(self)

    # -- waiting --------------------------------------------------------------------------------------------

    async def until(self, true: Callable[[], Any], what: str = "it", patience: float = PATIENCE) -> Any:
        """Wait until `true()` answers something true, looking after every event; answers that.

        Raises:
            WaitedInVainError: nothing of the kind within `patience` host seconds.
        """
        try:
            async with asyncio.timeout(patience), self._events.news:
                while not (found := true()):
                    if self._events.ended:
                        raise WaitedInVainError(f"the sandbox ended while waiting for {what}")
                    await self._events.news.wait()
                return found
        except TimeoutError:
            raise WaitedInVainError(f"waited {patience} s for {what}; lately: {self._lately()}") from None

    def _lately(self) -> str:
        texts = [
            f"{event['type']} in {event['chat_id']}: {(event['message']['text'] or event['message']['caption'])!r}"
            for event in self._events.log[-40:]
            if event["type"] in {"message", "edit"}
        ]
        return " | ".join(texts[-8:]) or "no message"

    @property
    def now(self) -> int:
        """A mark in the stream: events from here on are later ones."""
        return len(self._events.log)

    def events(self, since: int = 0) -> list[Json]:
        """Everything the stream has told since a mark."""
        return self._events.log[since:]

    async def event(
        self, wanted: Callable[[Json], bool], since: int = 0, patience: float = PATIENCE, what: str = "an event"
    ) -> Json:
        """The first event since a mark that is wanted."""
        position = since

        def look() -> Json | None:
            nonlocal position
            while position < len(self._events.log):
                position += 1
                if wanted(self._events.log[position - 1]):
                    return self._events.log[position - 1]
            return None

        found: Json = await self.until(look, what, patience)
        return found

    async def wait_for(
        self, predicate: Callable[[Message], bool], chat: int | None = None, patience: float = PATIENCE
    ) -> Message:
        """A message (new, old or edited) of one chat or any for which the predicate holds; the newest first."""

        def look() -> Message | None:
            places = [self.chats.get(chat, {})] if chat is not None else list(self.chats.values())
            for place in places:
                for message in reversed(place.values()):
                    if not message.data["deleted"] and predicate(message):
                        return message
            return None

        found: Message = await self.until(look, "a message", patience)
        return found

    async def receiving(self, patience: float = PATIENCE) -> None:
        """Until a bot is there and waits for updates."""
        await self.until(lambda: self.polling, "a bot that polls", patience)

    async def hearing(self, patience: float = PATIENCE) -> None:
        """Until a bot hears every network that has people."""
        if (await self.state())["users"]:
            await self.receiving(patience)
        if (await self.get("/api/wecom/state"))["members"]:
            await self.line.connected(patience)

    async def quiet(self, patience: float = PATIENCE) -> None:
        """Until the bot has confirmed every update."""
        await self.until(lambda: self.pending_updates == 0, "all updates to be taken", patience)

    # -- clock and bot --------------------------------------------------------------------------------------

    async def clock(self) -> datetime:
        return datetime.fromisoformat((await self.get("/clock?look=1"))["now"])

    async def move_clock(
        self, to: datetime | str | None = None, *, add_seconds: float | None = None, patience: float = 120.0
    ) -> datetime:
        """Move the company's clock and wait until it has arrived."""
        mark = self.now
        if to is not None:
            view = await self.post("/clock", to=to if isinstance(to, str) else to.isoformat())
        else:
            view = await self.post("/clock", add_seconds=add_seconds)
        if view["moving"]:
            target = datetime.fromisoformat(view["target"])

            def arrived(event: Json) -> bool:
                """The end of an earlier move may be told only now: it is no end of this one."""
                if event["type"] != "clock" or event["moving"]:
                    return False
                return datetime.fromisoformat(event["now"]) >= target

            view = await self.event(arrived, mark, patience, "the clock")
        return datetime.fromisoformat(view["now"])

    async def kill_bot(self) -> None:
        await self.post("/api/bot/kill")

    async def start_bot(self) -> None:
        await self.post("/api/bot/start")


@dataclass(frozen=True)
class Person(Watching[Message, int]):
    """Somebody to play. Chats default to the private one with the bot."""

    client: SandboxClient
    id: int

    @property
    def called(self) -> str:
        return str(self.id)

    def place_of(self, message: Message) -> int:
        return message.chat

    async def _sent(self, path: str, **body: Any) -> Message:
        answer = await self.client.post(path, as_=self.id, **body)
        data = answer["message"]
        place = int(data["chat_id"]), int(data["id"])
        found: Message = await self.client.until(
            lambda: self.client.chats.get(place[0], {}).get(place[1]), "the own message"
        )
        return found

    async def say(
        self,
        text: str | None = None,
        *,
        chat: int | None = None,
        reply_to: Message | int | None = None,
        quote: str | None = None,
        media: str | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> Message:
        """Send a text, or a photo, voice, document or sticker with the text as caption; `file`: a document's own name
        and content."""
        target = reply_to.id if isinstance(reply_to, Message) else reply_to
        if isinstance(reply_to, Message) and chat is None:
            chat = reply_to.chat
        kinds: dict[str, Any] = {media: True} if media else {}
        if file is not None:
            kinds = {"document": {"name": file[0], "content": base64.b64encode(file[1]).decode()}}
        return await self._sent("/api/send", chat=chat, text=text, reply_to=target, quote=quote, **kinds)

    async def start(self, payload: str | None = None) -> Message:
        """Press Start, or open a deep link."""
        return await self._sent("/api/start", payload=payload)

    async def edit(self, message: Message, text: str) -> Message:
        return await self._sent("/api/edit", chat=message.chat, message=message.id, text=text)

    async def delete(self, message: Message) -> None:
        await self.client.post("/api/delete", as_=self.id, chat=message.chat, message=message.id)

    async def block(self, *, blocked: bool = True) -> None:
        await self.client.post("/api/block", as_=self.id, blocked=blocked)

    async def press(self, message: Message, label: str, *, times: int = 1) -> list[str]:
        """Press the button whose text contains `label`; answers the ids of the callback queries."""
        button = message.button(label)
        if "data" not in button:
            raise LookupError(f"«{label}» is no callback button: {button}")
        return await self.press_data(message, button["data"], times=times)

    async def press_data(self, message: Message, data: str, *, times: int = 1) -> list[str]:
        """Press with any data, as a forged client can."""
        answer = await self.client.post(
            "/api/press", as_=self.id, chat=message.chat, message=message.id, data=data, times=times
        )
        ids: list[str] = answer["callback_ids"]
        return ids

    async def toast(self, callback_id: str, patience: float = PATIENCE) -> Json:
        """The answer to a pressed button."""
        return await self.client.event(
            lambda event: event["type"] == "toast" and event["callback_id"] == callback_id,
            patience=patience,
            what="the answer to a button",
        )

    def messages(self, chat: int | None = None) -> list[Message]:
        """What is in a chat now, oldest first, without what was deleted."""
        place = self.client.chats.get(self.id if chat is None else chat, {})
        return [message for message in place.values() if not message.data["deleted"]]
