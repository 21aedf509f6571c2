"""The AI bot (智能机器人): WeCom's main way, over a connection that we open ourselves (D4).

Frames go into the inbox before they have any effect; a pressed card is shown as chosen right after that, because WeCom
waits five seconds. Answers use the request they answer while its connection lives, everything else is pushed.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import web

from bot.channels.credentials import Credentials
from bot.channels.hours import host_now
from bot.channels.length import octets, parts
from bot.channels.line import Deliver
from bot.channels.port import (
    Budget,
    Envelope,
    Event,
    Limits,
    Locked,
    MaybeSent,
    NotSent,
    Outgoing,
    Rejected,
    is_group,
)
from bot.channels.wecom import aibot_files, aibot_reading, cards
from bot.channels.wecom.aibot_codes import STALE, Refused, outcome
from bot.channels.wecom.aibot_gateway import ACK, HEARTBEAT, Frame, Gateway, Rest
from bot.channels.wecom.aibot_upload import kind_of, upload
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.markdown import inert

log = structlog.get_logger("wecom")

RESPOND, WELCOME, UPDATE, PUSH = (
    "aibot_respond_msg",
    "aibot_respond_welcome_msg",
    "aibot_respond_update_msg",
    "aibot_send_msg",
)
A_MINUTE, AN_HOUR = 28, 900  # of 30 and 1000; the outbox sends 25 a minute, repeats after a lost ack come on top
UPLOADS_A_MINUTE, UPLOADS_AN_HOUR = 25, 900  # of 30 and 1000, for the whole bot
TEXT = 6000  # UTF-16 units: 20480 bytes hold them in any script
BYTES = 20_480
PRESS_LIFE = 4.5  # host seconds: WeCom discards what comes after five
WELCOME_LIFE = 4.5
ANSWER_LIFE = timedelta(hours=23).total_seconds()  # WeCom takes an answer for a day
REMEMBERED = 5000  # requests that may still be answered
BATCH = 100  # frames committed together
RETRY = (0.1, 0.5, 1.0, 2.0, 5.0)  # host seconds before a batch is offered to the inbox again
LAST_WORDS = RETRY[-1] + 1  # host seconds at the end for what is not in the inbox yet: it is offered once more


@dataclass(frozen=True, slots=True)
class Request:
    """Something that can be answered where it came from: `cmd` is how, until `until` (host seconds)."""

    req_id: str
    connection: int
    cmd: str
    until: float


class AiBot:
    """One AI bot. `host` is the host's own time; `rest` waits between attempts to connect; seconds are the host's."""

    name = "wecom"
    username = ""
    limits = Limits(
        text=TEXT, caption=TEXT, can_edit=False, can_reply=False, toasts=False, cards=True,
        overall=Budget(40, 1), person=Budget(25, 60, strict=True), group=Budget(25, 60, strict=True),
    )  # fmt: skip  # WeCom: 30 a minute in a conversation, answers and pushes together

    def __init__(
        self,
        bot_id: str,
        secret: str,
        url: str = "",
        *,
        bot_name: str = "",
        ack: float = ACK,
        heartbeat: float = HEARTBEAT,
        host: Callable[[], datetime] = host_now,
        rest: Rest = asyncio.sleep,
    ) -> None:
        self.credentials = Credentials(self.name, host)
        self.gateway = Gateway(
            url, bot_id, secret, self.credentials, ack=ack, heartbeat=heartbeat, host=host, rest=rest
        )
        self._bot_name = bot_name
        self.allowance = Allowance(A_MINUTE, hour=AN_HOUR)
        self.uploads = Allowance(UPLOADS_A_MINUTE, hour=UPLOADS_AN_HOUR)
        self._requests: OrderedDict[str, Request] = OrderedDict()
        self._frames: asyncio.Queue[tuple[Frame, int, float]] = asyncio.Queue()
        self._keeping: asyncio.Task[None] | None = None  # outlives the connection: it may hold what was heard there
        self._answering: set[asyncio.Task[None]] = set()

    # --- as the process runs it ------------------------------------------------------------------------------------

    @property
    def alarm(self) -> str | None:
        """Why somebody must act, if so."""
        return None if self.credentials.trouble is None else str(self.credentials.trouble)

    @property
    def last_heard(self) -> datetime | None:
        """Host time of the last frame."""
        return self.gateway.last_heard

    @property
    def called(self) -> bool:
        """We hold the connection."""
        return False

    @property
    def up(self) -> bool:
        """Could something be sent now? Without a connection everything waits; refused, sending says so."""
        return self.gateway.up or self.gateway.refused

    @property
    def down_for(self) -> float:
        """Host seconds without a connection."""
        return self.gateway.down_for

    async def start(self) -> None:
        """Nothing to find out beforehand."""

    async def ready(self) -> None:
        """The bot needs no name to understand what is said to it."""

    async def stop(self) -> None:
        """What was heard gets a moment to be kept; whatever is being answered ends."""
        if self._keeping is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await self._frames.join()
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
        for task in list(self._answering):
            task.cancel()
        if self._answering:
            await asyncio.wait(self._answering, timeout=1)

    def routes(self, deliver: Deliver) -> Sequence[web.RouteDef]:  # noqa: ARG002  of the protocol
        """Nobody calls us."""
        return []

    async def receive(self, deliver: Deliver) -> None:
        """As the holder, for ever: the connection, and everything from it into the inbox.

        What was heard goes into the inbox also after the connection has passed to another: a database that was away for
        longer than our lease has kept it from getting there, and nobody will say it again.
        """
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep(deliver))
        await self.gateway.keep(self._heard)

    # --- receiving ---------------------------------------------------------------------------------------------------

    def _heard(self, frame: Frame, connection: int) -> None:
        self._frames.put_nowait((frame, connection, time.monotonic()))

    async def _keep(self, deliver: Deliver) -> None:
        """Frames into the inbox, in their order; WeCom does not repeat them, so they are held until they are kept."""
        while True:
            batch = [await self._frames.get()]
            while len(batch) < BATCH and not self._frames.empty():
                batch.append(self._frames.get_nowait())
            known = [(self._safe_envelope(frame), frame) for frame, _, _ in batch]
            await self._keep_batch(deliver, known)
            for (found, frame), (_, connection, at) in zip(known, batch, strict=True):
                if found is not None:
                    self._remember(found.key, frame, connection, at)
                self._frames.task_done()

    async def _keep_batch(self, deliver: Deliver, batch: list[tuple[Envelope | None, Any]]) -> None:
        tries = 0
        while True:
            try:
                await deliver(batch)
                return
            except Exception as problem:  # noqa: BLE001  whatever keeps the inbox from having them
                log.error("frames not kept: they are offered again", error=type(problem).__name__, count=len(batch))
                await asyncio.sleep(RETRY[min(tries, len(RETRY) - 1)])
                tries += 1

    def _safe_envelope(self, raw: Any) -> Envelope | None:
        try:
            return self.envelope(raw)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def _remember(self, key: str, frame: Frame, connection: int, at: float) -> None:
        """How a frame that is in the inbox now can be answered; a press is answered here and now."""
        req_id = aibot_reading.request_of(frame)
        event = aibot_reading.event_of(frame)
        if event is None:
            self._requests[key] = Request(req_id, connection, RESPOND, at + ANSWER_LIFE)
        elif event.get("eventtype") == "enter_chat":
            self._requests[key] = Request(req_id, connection, WELCOME, at + WELCOME_LIFE)
        elif (pressed := aibot_reading.pressed_card(event)) is not None and time.monotonic() < at + PRESS_LIFE:
            task = asyncio.create_task(self._show_chosen(req_id, connection, pressed, aibot_reading.alone(frame)))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        while len(self._requests) > REMEMBERED:
            self._requests.popitem(last=False)

    async def _show_chosen(self, req_id: str, connection: int, pressed: cards.Chosen, only: Sequence[str] = ()) -> None:
        """The card shows what was chosen and takes no other press (of `only` these people, where others have it too).
        Nothing depends on it."""
        if connection != self.gateway.number:
            return
        body: dict[str, Any] = {"response_type": "update_template_card", "template_card": cards.settled(pressed)}
        if only:
            body["userids"] = list(only)
        try:
            await self.gateway.call(UPDATE, body, req_id=req_id)
        except (NotSent, MaybeSent, Locked, Refused) as problem:
            log.info("a card was not updated", error=type(problem).__name__, code=getattr(problem, "code", None))

    # --- understanding -------------------------------------------------------------------------------------------------

    def envelope(self, raw: Any) -> Envelope:
        """Key and sender. Raises ValueError when the frame has none."""
        return aibot_reading.envelope(raw)

    def parse(self, raw: Any) -> Event | None:
        """The frame in our words; None for what does not concern us."""
        return aibot_reading.read(raw, channel=self.name, bot_name=self._bot_name)

    async def fetch(self, raw: Any) -> bytes:
        """The small file that a frame carries. Raises NotSent (later again) or Rejected (never)."""
        place = aibot_files.described(aibot_reading.body_of(raw))
        if place is None:
            raise Rejected("no file")
        return await aibot_files.fetched(*place)

    # --- sending ---------------------------------------------------------------------------------------------------------

    async def send(self, out: Outgoing) -> str | None:
        """Make the call. WeCom names no messages, so there is never an id."""
        if out.verb not in {"send", "edit"}:
            return None  # nothing of the kind exists here: no toasts, no menu, nothing can be taken back or left
        if wait := self.allowance.wait(out.chat):
            raise NotSent("as many as a conversation may get", timedelta(seconds=wait))
        try:
            content = await self._content(out)
            self.allowance.count(out.chat)
            answer = self._requests.pop(out.answers, None) if out.answers else None
            if answer is None or not await self._answered(answer, content):
                await self._push(out.chat, content)
        except Refused as refused:
            raise outcome(refused) from refused
        return None

    async def _content(self, out: Outgoing) -> dict[str, Any]:
        """What is shown, as `msgtype` and its object. A file that WeCom does not take becomes its words."""
        if out.buttons:
            flat = [button for row in out.buttons for button in row]
            return {"msgtype": "template_card", "template_card": cards.build(out.text, flat, lang=out.lang)}
        if out.file is not None:
            if wait := self.uploads.wait(""):
                raise NotSent("as many uploads as the bot may make", timedelta(seconds=wait))
            self.uploads.count("")
            try:
                media_id = await upload(self.gateway, out.file)
            except (Rejected, Refused) as problem:
                ended = outcome(problem) if isinstance(problem, Refused) else problem
                words = out.file.otherwise or out.text
                if not isinstance(ended, Rejected) or not words:
                    raise ended from problem
                log.warning("a file was not taken: its words go out", why=str(problem)[:60])
                return {"msgtype": "markdown", "markdown": {"content": fit(inert(words))}}
            kind = kind_of(out.file)
            return {"msgtype": kind, kind: {"media_id": media_id}}
        return {"msgtype": "markdown", "markdown": {"content": fit(inert(out.text))}}

    async def _answered(self, request: Request, content: dict[str, Any]) -> bool:
        """Answer a request; False when it certainly cannot be answered any more."""
        if request.connection != self.gateway.number or time.monotonic() > request.until:
            return False
        if request.cmd == WELCOME:
            if content["msgtype"] != "markdown":
                return False
            content = {"msgtype": "text", "text": content["markdown"]}
        elif content["msgtype"] == "markdown":
            words = content["markdown"]["content"]
            content = {"msgtype": "stream", "stream": {"id": secrets.token_hex(12), "finish": True, "content": words}}
        try:
            await self.gateway.call(request.cmd, content, req_id=request.req_id)
        except Refused as refused:
            if refused.code in STALE:
                return False
            raise
        except MaybeSent:
            return await self._asked_again(request, content)
        return True

    async def _asked_again(self, request: Request, content: dict[str, Any]) -> bool:
        """No ack: a stream or a card said once more is the same message (WeCom knows it by its id), and "answered
        already" says that it is out."""
        if content["msgtype"] not in {"stream", "template_card"} or request.connection != self.gateway.number:
            raise MaybeSent("no ack")
        try:
            await self.gateway.call(request.cmd, content, req_id=request.req_id)
        except Refused as refused:
            if refused.code not in STALE:
                raise MaybeSent("no ack, then refused") from refused
        except NotSent as problem:
            raise MaybeSent("no ack, then no connection") from problem
        return True

    async def _push(self, chat: str, content: dict[str, Any]) -> None:
        group = is_group(chat)
        body = {"chatid": chat.removeprefix("-"), "chat_type": 2 if group else 1, **content}
        await self.gateway.call(PUSH, body)


def fit(text: str) -> str:
    """The text, its beginning alone when it has more bytes than WeCom takes; never empty. (The layout parts longer ones.)"""
    if octets(text) > BYTES:
        text = parts(text, BYTES - octets("…"), octets)[0] + "…"
    return text if text.strip() else "…"
