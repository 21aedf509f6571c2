"""The self-built app's callback address: nothing forged gets in, nothing authentic is lost (reliability D4, S1).

WeCom waits five seconds, then asks again, three times in all. So an update is answered 200 once the inbox has it, and
503 when that takes too long: WeCom's next attempt finds it kept, or keeps it. Nothing is worked on here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from aiohttp import web

from bot.channels.line import Deliver
from bot.channels.port import Envelope
from bot.channels.wecom.crypto import Cipher, Refused
from bot.channels.wecom.xml_fields import NotXml, fields, text_of
from bot.together import Together

log = structlog.get_logger("wecom")

PATH = "/wecom/callback"
BODY_LIMIT = 64 << 10  # bytes
PATIENCE = 4.0  # host seconds: WeCom hangs up after five
MARGIN = 1.0  # of it is left for the database when a leaping clock was waited for
LOOK = 0.05
WINDOW = 300  # seconds between the stamp of an envelope and our clock
REMEMBERED = 600.0  # host seconds: longer than an envelope can be fresh (twice the window)
WAITING = 2000  # updates that may wait for the database at once
STAMP = re.compile(r"[0-9]{1,12}")
SIGNATURE = re.compile(r"[0-9a-f]{40}")
REFUSAL: Final = "refused\n"

Item = tuple[Envelope, Any]


class Answered:
    """Envelopes that were answered 200: they are over. Only authentic ones get in, so nobody can fill it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at: dict[tuple[str, str], float] = {}  # oldest first

    def __contains__(self, envelope: tuple[str, str]) -> bool:
        self._forget()
        return envelope in self._at

    def __len__(self) -> int:
        return len(self._at)

    def add(self, envelope: tuple[str, str]) -> None:
        """This one was answered."""
        self._forget()
        self._at[envelope] = self._clock()

    def _forget(self) -> None:
        before = self._clock() - REMEMBERED
        while self._at and (oldest := next(iter(self._at))) and self._at[oldest] <= before:
            del self._at[oldest]


class Callback:
    """The two handlers of one app.

    `clocks`: Unix times, of which one must be near an envelope's stamp: the host's first; where a company is played, its
    own clock too. `deliver` commits to the inbox and raises when it could not. `heard` is told of whatever is authentic.
    """

    def __init__(
        self,
        cipher: Cipher,
        agent_id: str,
        envelope: Callable[[Any], Envelope],
        deliver: Deliver,
        *,
        clocks: Iterable[Callable[[], float]] = (time.time,),
        patience: float = PATIENCE,
        heard: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cipher = cipher
        self._agent_id = agent_id
        self._envelope = envelope
        self._deliver = deliver
        self._clocks = tuple(clocks)
        self._patience = patience
        self._heard = heard
        self._answered = Answered(monotonic)
        self._together: Together[Item] = Together(self._keep)
        self._keeping: set[asyncio.Task[None]] = set()
        self._skew_said = False

    def routes(self) -> list[web.RouteDef]:
        """The address, for verification and for updates."""
        return [web.get(PATH, self.verify, allow_head=False), web.post(PATH, self.receive)]

    async def verify(self, request: web.Request) -> web.Response:
        """The console saves the address: the decrypted echo, nothing else."""
        try:
            stamped, (echo,) = self._stamped(request, "echostr")
            plain = self._cipher.opened(*stamped, echo)
            await self._fresh(int(stamped[1]), 0)
        except Refused:
            return _refused()
        self._heard()
        return web.Response(text=plain)

    async def receive(self, request: web.Request) -> web.Response:
        """An update: 200 and empty once it is kept."""
        until = asyncio.get_running_loop().time() + self._patience
        try:
            async with asyncio.timeout_at(until):
                body = await _body(request)
            stamped, _ = self._stamped(request)
            plain = self._cipher.opened(*stamped, self._encrypted(body))
            await self._fresh(int(stamped[1]), until - MARGIN)
            raw = fields(plain)
            known = self._envelope(raw)
        except (Refused, NotXml, ValueError):
            return _refused()
        except web.RequestPayloadError:
            return _last(_refused())
        except TimeoutError:
            return _busy()
        self._heard()
        signature, _, nonce = stamped
        if (signature, nonce) in self._answered:
            return _refused()
        if not await self._kept((known, raw), until):
            return _busy()
        self._answered.add((signature, nonce))
        return web.Response()

    # --- is it from WeCom, for us, and new ----------------------------------------------------------------------

    def _stamped(self, request: web.Request, *more: str) -> tuple[tuple[str, str, str], list[str]]:
        """(signature, timestamp, nonce) of the query, and others in it: each exactly once."""
        found = [request.query.getall(name, []) for name in ("msg_signature", "timestamp", "nonce", *more)]
        if any(len(values) != 1 for values in found):
            raise Refused
        signature, stamp, nonce, *rest = (values[0] for values in found)
        if not SIGNATURE.fullmatch(signature) or not STAMP.fullmatch(stamp) or not 1 <= len(nonce) <= 128:
            raise Refused
        return (signature, stamp, nonce), rest

    def _encrypted(self, body: bytes) -> str:
        """What the outer document holds. Its other fields are not signed, so they have to be what they must be."""
        try:
            outer = fields(body.decode("utf-8"))
        except (UnicodeDecodeError, NotXml):
            raise Refused from None
        if text_of(outer, "ToUserName") != self._cipher.receive_id:
            raise Refused
        if outer.get("AgentID", "") not in ("", self._agent_id):
            raise Refused
        return text_of(outer, "Encrypt")

    async def _fresh(self, stamp: int, until: float) -> None:
        """Raises Refused when the envelope is old, or from tomorrow. Called for authentic ones alone.

        A company's own clock may leap, and we learn of it a second later: what is stamped after the leap waits for that.
        """
        while all(abs(clock() - stamp) > WINDOW for clock in self._clocks):
            leaping = any(stamp - clock() > WINDOW for clock in self._clocks[1:])
            if not leaping or asyncio.get_running_loop().time() >= until:
                if not self._skew_said:  # it is either old or our clock is wrong: worth one line
                    self._skew_said = True
                    log.warning("callback outside the time window: is this machine's clock right?")
                raise Refused
            await asyncio.sleep(LOOK)
        self._skew_said = False

    # --- keeping ----------------------------------------------------------------------------------------------------

    async def _kept(self, item: Item, until: float) -> bool:
        """Commit it, together with whatever came meanwhile. False when it has to be sent once more.

        A commit that takes too long is not broken off: it may yet succeed, and WeCom's next attempt then finds it.
        """
        if len(self._keeping) >= WAITING:
            return False
        task = asyncio.create_task(self._together.do(item))
        self._keeping.add(task)
        task.add_done_callback(self._settled)
        left = until - asyncio.get_running_loop().time()
        await asyncio.wait({task}, timeout=max(left, 0))
        return task.done() and not task.cancelled() and task.exception() is None

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._keeping.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.warning("callback not kept: WeCom is asked to send it again", error=type(problem).__name__)

    async def _keep(self, items: list[Item]) -> None:
        await self._deliver(list(items))

    async def close(self) -> None:
        """What is being committed gets a moment more; what waits is sent to the next process."""
        if self._keeping:
            _, stuck = await asyncio.wait(self._keeping, timeout=1)
            for task in stuck:
                task.cancel()
            if stuck:
                await asyncio.wait(stuck, timeout=1)


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refused
    held = bytearray()
    async for chunk in request.content.iter_chunked(1 << 14):
        held += chunk
        if len(held) > BODY_LIMIT:
            raise Refused
    return bytes(held)


def _refused() -> web.Response:
    return web.Response(status=403, text=REFUSAL)


def _last(response: web.Response) -> web.Response:
    """Nothing readable follows on this connection."""
    response.force_close()
    return response


def _busy() -> web.Response:
    return web.Response(status=503)
