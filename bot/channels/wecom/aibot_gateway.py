"""The AI bot's long connection: subscribe, heartbeat, acks, reconnecting. It knows frames, not what they mean.

Frames are JSON: {cmd, headers: {req_id}, body}; an ack has no cmd but errcode and errmsg, and the req_id of its call.
One connection a bot: a new one ends the old one, which hears `disconnected_event` and does not fight.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
import structlog

from bot.channels.credentials import HAND_OVER, Credentials
from bot.channels.hours import host_now
from bot.channels.port import Locked, MaybeSent, NotSent
from bot.channels.wecom.aibot_codes import BUSY, OFTEN, Refused

log = structlog.get_logger("wecom")

DEFAULT_URL = "wss://openws.work.weixin.qq.com"
ACK = 5.0  # host seconds in which a call is answered
HEARTBEAT = 30.0
LOST_BEATS = 2  # unanswered heartbeats after which the connection is dead
CONNECTING = 10.0
BACKOFF = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
REFUSED_PAUSE = 30.0
OFTEN_PAUSE = 60.0
RIVAL_PAUSES = (60.0, 300.0, 900.0, 3600.0)  # between two attempts to have the connection back
STEADY = 600.0  # a connection that lasted so long ends such a quarrel
LARGEST = 4 << 20  # bytes of a frame
GRACE = 1.0  # when closing: what was asked is waited for

Frame = Mapping[str, Any]
Heard = Callable[[Frame, int], None]
Rest = Callable[[float], Awaitable[None]]


class Kicked(Exception):
    """Another connection took over."""


class Gateway:
    """One bot's connection. `host` is the host's own time; `rest` waits between attempts."""

    def __init__(
        self,
        url: str,
        bot_id: str,
        secret: str,
        credentials: Credentials,
        *,
        ack: float = ACK,
        heartbeat: float = HEARTBEAT,
        host: Callable[[], datetime] = host_now,
        rest: Rest = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._url = url or DEFAULT_URL
        self._bot_id, self._secret = bot_id, secret
        self._credentials = credentials
        self._ack, self._heartbeat = ack, heartbeat
        self._host, self._rest = host, rest
        self._rng = rng or random.Random()
        self._wire: aiohttp.ClientWebSocketResponse | None = None  # subscribed
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self.refused = False  # the network does not take our id and secret
        self._since = time.monotonic()  # without a connection
        self.number = 0  # of the connection: what came on an earlier one can no longer be answered
        self.last_heard: datetime | None = None

    @property
    def up(self) -> bool:
        """Is there a subscribed connection?"""
        return self._wire is not None and not self._wire.closed

    @property
    def down_for(self) -> float:
        """Host seconds without a connection; 0 with one."""
        return 0.0 if self.up else time.monotonic() - self._since

    # --- living ------------------------------------------------------------------------------------------------

    async def keep(self, heard: Heard) -> None:
        """For ever: a connection, and after it the next. `heard(frame, number)` gets what is not an ack; it must
        return at once."""
        failures = quarrels = 0
        async with aiohttp.ClientSession() as session:
            while True:
                began = time.monotonic()
                try:
                    await self._live(session, heard)
                    pause = 0.0
                except Kicked:
                    pause = await self._yielded(RIVAL_PAUSES[min(quarrels, len(RIVAL_PAUSES) - 1)])
                    quarrels += 1
                except Refused as refused:
                    pause = self._unwelcome(refused)
                except (aiohttp.ClientError, OSError, TimeoutError, MaybeSent, NotSent) as problem:
                    log.warning("wecom not reachable", error=type(problem).__name__)
                    pause = 0.0
                lasted = time.monotonic() - began
                failures = 0 if lasted > self._heartbeat else failures + 1
                quarrels = 0 if lasted > STEADY and not pause else quarrels
                await self._rest(pause or BACKOFF[min(failures, len(BACKOFF) - 1)] * (0.5 + self._rng.random() / 2))

    async def _live(self, session: aiohttp.ClientSession, heard: Heard) -> None:
        """One connection, from the handshake to its end. Raises Kicked, Refused, or what the network raises."""
        async with asyncio.timeout(CONNECTING):
            wire = await session.ws_connect(self._url, max_msg_size=LARGEST, autoping=True, autoclose=True)
        self.number += 1
        reading = asyncio.ensure_future(self._read(wire, heard))
        try:
            await self._subscribe(wire, reading)
            self._wire, self.refused = wire, False
            self._credentials.taken()
            log.info("wecom connected", connection=self.number)
            beating = asyncio.ensure_future(self._beat(wire))
            try:
                await asyncio.wait({reading, beating}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await self._settle()
                await _end(beating)
            if reading.done():
                reading.result()
        finally:
            if self._wire is not None:
                self._wire, self._since = None, time.monotonic()
            await _end(reading)
            self._forget()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(wire.close(), 2)

    async def _subscribe(self, wire: aiohttp.ClientWebSocketResponse, reading: asyncio.Future[None]) -> None:
        body = {"bot_id": self._bot_id, "secret": self._secret}
        asking = asyncio.ensure_future(self._exchange(wire, "aibot_subscribe", body, None, CONNECTING))
        try:
            both: set[asyncio.Future[Any]] = {asking, reading}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                reading.result()
                raise NotSent("closed before it was subscribed")
            asking.result()
        finally:
            await _end(asking)

    async def _read(self, wire: aiohttp.ClientWebSocketResponse, heard: Heard) -> None:
        async for message in wire:
            if message.type not in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                continue
            try:
                frame = json.loads(message.data)
            except (ValueError, RecursionError):
                log.error("a frame could not be read", connection=self.number)
                continue
            if not isinstance(frame, dict):
                continue
            self.last_heard = self._host()
            if not frame.get("cmd"):
                self._acked(frame)
            elif _disconnected(frame):
                raise Kicked
            else:
                heard(frame, self.number)

    async def _beat(self, wire: aiohttp.ClientWebSocketResponse) -> None:
        lost = 0
        while lost < LOST_BEATS:
            await asyncio.sleep(self._heartbeat)
            try:
                await self._exchange(wire, "ping", None, None, self._heartbeat)
                lost = 0
            except MaybeSent:
                lost += 1
            except Refused as refused:
                log.warning("wecom heartbeat refused", code=refused.code)
        log.warning("wecom connection is dead", connection=self.number)

    async def _settle(self) -> None:
        """Before a connection is left: what was asked on it may still be answered."""
        if self._asked:
            await asyncio.wait(list(self._asked.values()), timeout=GRACE)

    async def _yielded(self, pause: float) -> float:
        """Another connection took over: no fight. Our own next holder does so rightly, and then we are ended here."""
        log.warning("wecom: another connection took over", again_in=pause)
        self._credentials.clashed()
        await self._rest(HAND_OVER.total_seconds())
        self._credentials.clashed()
        return pause

    def _unwelcome(self, refused: Refused) -> float:
        if refused.code in OFTEN | BUSY:
            log.warning("wecom: subscribing too often", code=refused.code)
            return OFTEN_PAUSE
        self.refused = True
        self._credentials.refused()
        return REFUSED_PAUSE

    # --- calling ---------------------------------------------------------------------------------------------------

    async def call(self, cmd: str, body: Any, *, req_id: str | None = None, ack: float | None = None) -> Frame:
        """One call and its ack.

        Raises NotSent (no connection), MaybeSent (no ack), Refused (an error code), Locked (we are not let in).
        """
        wire = self._wire
        if wire is None or wire.closed:
            if self.refused:
                raise Locked("the bot's id or secret was refused")
            raise NotSent("no connection")
        found = await self._exchange(wire, cmd, body, req_id, ack or self._ack)
        self._credentials.taken()
        return found

    async def _exchange(
        self, wire: aiohttp.ClientWebSocketResponse, cmd: str, body: Any, req_id: str | None, patience: float
    ) -> Frame:
        name = req_id or f"{cmd}_{int(time.time() * 1000)}_{secrets.token_hex(4)}"
        frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": name}}
        if body is not None:
            frame["body"] = body
        if name in self._asked:
            raise NotSent("the same request is being answered")
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._asked[name] = answer
        try:
            try:
                async with asyncio.timeout(patience):  # of the sending too: whoever stops reading lets it wait for ever
                    await self._put(wire, frame)
                    ack = await answer
            except TimeoutError as problem:
                raise MaybeSent("no ack") from problem
        finally:
            self._asked.pop(name, None)
        code = ack.get("errcode", 0)
        if code != 0:
            raise Refused(code if isinstance(code, int) else 0, str(ack.get("errmsg", "")))
        return ack

    @staticmethod
    async def _put(wire: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        try:
            await wire.send_str(json.dumps(frame, ensure_ascii=False))
        except (aiohttp.ClientError, ConnectionError) as problem:
            raise NotSent("the connection is closing") from problem

    def _acked(self, frame: Frame) -> None:
        headers = frame.get("headers")
        waiting = self._asked.get(str(headers.get("req_id"))) if isinstance(headers, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    def _forget(self) -> None:
        """The connection is gone: what it had not answered stays unknown."""
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(MaybeSent("the connection ended"))
                waiting.exception()  # whoever waits gets it; nobody else is told


async def _end(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


def _disconnected(frame: Frame) -> bool:
    body = frame.get("body")
    event = body.get("event") if isinstance(body, dict) else None
    return isinstance(event, dict) and event.get("eventtype") == "disconnected_event"
