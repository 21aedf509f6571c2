"""The long connection of the AI bot: who is connected, what is told to it, what it answers within which time."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import WSMsgType, web

from sandbox.model import Json
from sandbox.wecom import codes, deadlines, inbound, replies, uploads
from sandbox.wecom.codes import RefusalError

if TYPE_CHECKING:
    from sandbox.wecom.faults import Fault
    from sandbox.wecom.hub import WeCom

SUBSCRIBES_A_MINUTE = 60
LARGEST_FRAME = 4 * 1024 * 1024
KEPT_CALLBACKS = 10_000

Handler = Callable[["WeCom", "Line", str, Json], Json | None]


@dataclass
class Asked:
    """A callback the bot was told on one connection, and what has become of it."""

    kind: Literal["message", "enter_chat", "card", "event"]
    chat: str
    userid: str
    at: float
    task_id: str = ""
    answered: bool = False
    stream: str | None = None
    began: float = 0.0
    message: int = 0
    said: Json | None = None
    """The body that answered it."""
    unheard: bool = False
    """No acknowledgement of that reached the bot."""

    line: int = 0
    """The number of the connection on which it was told last; 0 where nobody was there."""

    def spent(self, body: Json, why: str) -> RefusalError:
        """846606. Who saw no acknowledgement cannot know better than to say the very same once more: no mistake."""
        return RefusalError(codes.ANSWERED, why, noted=not (self.unheard and self.said == body))


@dataclass(eq=False)
class Line:
    """One connection. `asked`: the callbacks it was told, by req_id; they mean nothing on any other one."""

    socket: web.WebSocketResponse
    heard: float
    subscribed: bool = False
    number: int = 0
    """Which of all that have subscribed, from 1."""
    asked: dict[str, Asked] = field(default_factory=dict)
    streams: list[Asked] = field(default_factory=list)
    """Those whose streams have begun and are not finished."""
    under_way: set[str] = field(default_factory=set)
    """req_ids whose acknowledgement is still to come."""
    late: set[asyncio.Task[None]] = field(default_factory=set)


HANDLERS: dict[str, Handler] = {**replies.HANDLERS, **uploads.HANDLERS}


class Gateway:
    """At most one living connection; whoever subscribes later takes over."""

    def __init__(self, hub: WeCom) -> None:
        self.hub = hub
        self.live: Line | None = None
        self.lines: set[Line] = set()
        self.uploads: dict[str, uploads.Upload] = {}
        self.told: list[tuple[str, Json, Asked]] = []
        """Callbacks in the order they were told, for repeating them."""
        self.kept: list[tuple[str, Json, Asked]] = []
        self._offered: dict[str, tuple[str, bytes, float]] = {}
        self._subscribed = 0

    @property
    def connected(self) -> bool:
        return self.live is not None

    # -- to the bot -----------------------------------------------------------------------------------------

    async def tell(self, cmd: str, body: Json, asked: Asked) -> bool:
        """Send a callback to the connected bot; False when none is there to hear it."""
        self.told.append((cmd, body, asked))
        del self.told[:-KEPT_CALLBACKS]
        if self.live is None:
            if self.hub.corp.console.offline == "kept":
                self.kept.append((cmd, body, asked))
            return False
        return await self._tell(self.live, cmd, body, asked)

    async def _tell(self, line: Line, cmd: str, body: Json, asked: Asked) -> bool:
        fault = self.hub.faults.take(cmd, asked.chat)
        kind = fault.kind if fault else None
        req_id = secrets.token_urlsafe(16)
        line.asked[req_id], asked.line = asked, line.number
        if len(line.asked) > KEPT_CALLBACKS:
            del line.asked[next(iter(line.asked))]
        frame = {"cmd": cmd, "headers": {"req_id": req_id}, "body": body}
        if kind in {"cut", "http"}:
            await self._hang_up(line)
            return False
        if kind in {"drop_request", "errcode"}:
            return False
        text = json.dumps(frame, ensure_ascii=False)
        try:
            if kind == "delay" and fault is not None:
                self._later(line, fault.delay, text)
                return True
            await line.socket.send_str(text[: len(text) // 2] if kind == "malformed" else text)
            if kind == "twice":
                await self.again(line, cmd, body, asked)
            if kind == "cut_after":
                await self._hang_up(line)
        except (ConnectionError, RuntimeError):
            self._gone(line)
            return False
        return kind != "malformed"

    async def again(self, line: Line, cmd: str, body: Json, asked: Asked) -> None:
        """The same callback once more, under a req_id of its own."""
        req_id = secrets.token_urlsafe(16)
        line.asked[req_id] = Asked(asked.kind, asked.chat, asked.userid, self.hub.net.host(), asked.task_id)
        await line.socket.send_str(
            json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body}, ensure_ascii=False)
        )

    async def repeat(self, last: int) -> int:
        """Tell the last callbacks again, oldest first, as they were (same msgid); answers how many."""
        if self.live is None:
            return 0
        found = self.told[-last:] if last > 0 else []
        for cmd, body, asked in found:
            await self.again(self.live, cmd, body, asked)
        return len(found)

    def _later(self, line: Line, delay: float, text: str, done: Callable[[], None] = lambda: None) -> None:
        async def wait() -> None:
            await asyncio.sleep(delay)
            done()
            if not line.socket.closed:
                await line.socket.send_str(text)

        task = asyncio.create_task(wait())
        line.late.add(task)
        task.add_done_callback(line.late.discard)

    # -- connections ----------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection from its first frame to its end."""
        socket = web.WebSocketResponse(max_msg_size=LARGEST_FRAME)
        await socket.prepare(request)
        line = Line(socket, self.hub.net.host())
        self.lines.add(line)
        try:
            async for message in socket:
                line.heard = self.hub.net.host()
                if message.type == WSMsgType.TEXT:
                    await self._frame(line, message.data)
                elif message.type == WSMsgType.BINARY:
                    self.hub.violation("frame", "frames are text")
        except (ConnectionError, RuntimeError):
            pass  # the line was cut while an answer was on its way
        finally:
            self._gone(line)
        return socket

    def _gone(self, line: Line) -> None:
        self.lines.discard(line)
        for task in line.late:
            task.cancel()
        if self.live is line:
            self.live = None
            self.tell_state()

    def tell_state(self) -> None:
        self.hub.net.publish({"type": "wecom_line", "connected": self.connected})

    async def _hang_up(self, line: Line) -> None:
        """The connection breaks: no close frame, as when a network goes."""
        self._gone(line)
        transport = line.socket._req.transport if line.socket._req is not None else None
        if transport is not None:
            transport.abort()

    async def kick(self, *, told: bool) -> bool:
        """End the living connection, with disconnected_event as if another had taken over, or without a word."""
        line = self.live
        if line is None:
            return False
        if told:
            await self._take_over(line)
        else:
            await self._hang_up(line)
        return True

    async def _take_over(self, line: Line) -> None:
        if self.live is line:
            self.live = None
        frame = {
            "cmd": "aibot_event_callback",
            "headers": {"req_id": secrets.token_urlsafe(16)},
            "body": inbound.disconnected(self.hub),
        }
        try:
            await line.socket.send_str(json.dumps(frame, ensure_ascii=False))
            await line.socket.close()
        except (ConnectionError, RuntimeError):
            pass  # it went by itself
        self._gone(line)
        self.tell_state()

    async def close(self) -> None:
        for line in list(self.lines):
            await line.socket.close()

    # -- frames of the bot ----------------------------------------------------------------------------------

    async def _frame(self, line: Line, text: str) -> None:
        try:
            frame = json.loads(text)
            cmd, req_id = frame["cmd"], frame["headers"]["req_id"]
            body = frame.get("body") or {}
            if not (isinstance(cmd, str) and isinstance(req_id, str) and req_id and isinstance(body, dict)):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            self.hub.violation("frame", f"no frame: {text[:100]!r}")
            return
        if req_id in line.under_way:
            self.hub.violation(cmd, f"a second frame under {req_id} before the first was acknowledged")
        fault = self.hub.faults.take(cmd, str(body.get("chatid", "")))
        kind = fault.kind if fault else None
        if kind == "drop_request":
            self.hub.log(cmd, _logged(body), 0, "lost on the way")
            return
        if kind in {"cut", "http"}:
            self.hub.log(cmd, _logged(body), 0, "the line was cut before it was read")
            await self._hang_up(line)
            return
        answer = await self._answer(line, cmd, req_id, body, fault)
        await self._acknowledge(line, req_id, answer, fault)

    async def _answer(self, line: Line, cmd: str, req_id: str, body: Json, fault: Fault | None) -> Json:
        result: Json | None = None
        code, note = 0, "ok"
        try:
            if fault is not None and fault.kind == "errcode":
                raise RefusalError(fault.code, "refused on order", noted=False)
            result = await self._perform(line, cmd, req_id, body)
        except RefusalError as error:
            code, note = error.code, error.message
            if error.noted:
                self.hub.violation(cmd, f"{code}: {note}")
        if cmd != "ping":
            self.hub.log(cmd, _logged(body), code, note)
        answer: Json = {"headers": {"req_id": req_id}, "errcode": code, "errmsg": note}
        if result is not None:
            answer["body"] = result
        return answer

    async def _acknowledge(self, line: Line, req_id: str, answer: Json, fault: Fault | None) -> None:
        kind = fault.kind if fault else None
        text = json.dumps(answer, ensure_ascii=False)
        if (asked := line.asked.get(req_id)) is not None:
            asked.unheard = kind in {"drop_answer", "stall", "malformed"}
        if kind in {"drop_answer", "stall"}:
            return
        if kind == "cut_after":
            await self._hang_up(line)
        elif kind == "delay" and fault is not None:
            line.under_way.add(req_id)
            self._later(line, fault.delay, text, lambda: line.under_way.discard(req_id))
        elif not line.socket.closed:
            await line.socket.send_str(text[: len(text) // 2] if kind == "malformed" else text)

    async def _perform(self, line: Line, cmd: str, req_id: str, body: Json) -> Json | None:
        if cmd == "aibot_subscribe":
            await self._subscribe(line, body)
            return None
        if not line.subscribed:
            raise RefusalError(codes.BOT_REFUSED, "aibot_subscribe comes first")
        if cmd == "ping":
            return None
        handler = HANDLERS.get(cmd)
        if handler is None:
            raise RefusalError(codes.BAD_PARAMETER, f"unknown cmd {cmd}")
        return handler(self.hub, line, req_id, body)

    async def _subscribe(self, line: Line, body: Json) -> None:
        console = self.hub.corp.console
        if not self.hub.limits.take("subscribe", minute=SUBSCRIBES_A_MINUTE):
            raise RefusalError(codes.TOO_OFTEN, "subscribed too often")
        if body.get("bot_id") != console.bot_id or body.get("secret") != console.bot_secret:
            raise RefusalError(codes.BOT_REFUSED, "invalid bot_id or secret", noted=False)
        if self.live is not None and self.live is not line:
            await self._take_over(self.live)
        self._subscribed += 1
        line.subscribed, line.number, self.live = True, self._subscribed, line
        self.tell_state()
        kept, self.kept = self.kept, []
        for cmd, told, asked in kept:
            await self._tell(line, cmd, told, asked)

    # -- time -----------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Look for connections that went silent and streams nobody finished."""
        now = self.hub.net.host()
        for line in list(self.lines):
            if now - line.heard > deadlines.SILENCE:
                self.hub.violation("ping", f"no heartbeat for {deadlines.SILENCE:.0f} s")
                await self._hang_up(line)
            line.streams = [asked for asked in line.streams if not asked.answered]
            for asked in line.streams:
                if now - asked.began > deadlines.STREAM:
                    asked.answered = True
                    self.hub.violation("aibot_respond_msg", f"stream {asked.stream} was left unfinished")

    # -- files for the bot ----------------------------------------------------------------------------------

    def offer(self, file_id: str, key: bytes) -> str:
        """A name under which a file can be fetched for five minutes, encrypted with a key of its own."""
        name = secrets.token_urlsafe(24)
        self._offered[name] = (file_id, key, self.hub.net.host())
        return name

    def offered(self, name: str) -> tuple[str, bytes] | None:
        """The file and key behind an offered name, while it can be fetched."""
        file_id, key, made = self._offered.get(name, ("", b"", 0.0))
        if not file_id or self.hub.net.host() - made > deadlines.FILE:
            return None
        return file_id, key


def _logged(body: Json) -> Json:
    """A body for the log: no secret, no file."""
    hidden: dict[str, Any] = {"secret": "***"} if "secret" in body else {}
    if "base64_data" in body:
        hidden["base64_data"] = f"<{len(str(body['base64_data']))} characters>"
    return body | hidden
