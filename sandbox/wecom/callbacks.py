"""Encrypted callbacks to the self-built app: verified once, delivered within five seconds, tried three times.

Each try has an envelope of its own around the same plaintext. A member's messages are tried in their order; a failed
one is repeated later, beside what followed it. Nothing waits longer: after the last try it is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.model import Json, from_json
from sandbox.network import ImpossibleError
from sandbox.wecom.cipher import Envelopes
from sandbox.wecom.letters import xml

if TYPE_CHECKING:
    from sandbox.wecom.hub import WeCom

TRIES = 3
"""Deliveries in all. The documents leave open whether it is three or one and three: the fewer is taken."""
DEADLINE = 5.0
VERIFY_DEADLINE = 1.0
PAUSE = 1.0
"""Host seconds before another try after a failure that came at once. Not documented."""
KEPT = 1_000


@dataclass
class Letter:
    """Something the app is to be told: the plaintext, for whose sake, how often it was tried."""

    plain: str
    userid: str
    tries: int = 0
    chat: str = ""
    message: int = 0
    """The member's message, which shows whether it was heard."""


@dataclass(frozen=True)
class Posted:
    """One delivery as it went over the line, for replaying it exactly."""

    query: dict[str, str]
    body: str


class Callbacks:
    """Delivers letters. `deadline` and `pause` are host seconds (tests set them lower); `rest` waits between tries."""

    def __init__(self, hub: WeCom) -> None:
        self.hub = hub
        self.deadline = DEADLINE
        self.pause = PAUSE
        self.rest: Callable[[float], Awaitable[object]] = asyncio.sleep
        self.waiting: list[Letter] = []
        self.done: deque[Letter] = deque(maxlen=KEPT)
        self.posted: deque[Posted] = deque(maxlen=KEPT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._working: set[str] = set()
        self._session: aiohttp.ClientSession | None = None

    @property
    def _envelopes(self) -> Envelopes:
        console = self.hub.corp.console
        return Envelopes(console.token, console.aes_key, console.corp_id)

    # -- putting in -----------------------------------------------------------------------------------------

    def put(self, letter: Letter) -> None:
        """Deliver a letter, if there is an address."""
        if not self.hub.corp.console.callback_url:
            self._told(letter, heard=False)
            return
        self.waiting.append(letter)
        self._begin(letter.userid)

    def resume(self) -> None:
        """Go on with what a former life of the sandbox left."""
        for letter in self.waiting:
            if letter.tries:
                self._go(self._again(letter))
            else:
                self._begin(letter.userid)

    def _begin(self, userid: str) -> None:
        if userid not in self._working:
            self._working.add(userid)
            self._go(self._work(userid))

    def _go(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, userid: str) -> None:
        try:
            while letter := next((one for one in self.waiting if one.userid == userid and not one.tries), None):
                if not await self._try(letter):
                    self._go(self._again(letter))
        finally:
            self._working.discard(userid)

    async def _again(self, letter: Letter) -> None:
        while letter in self.waiting and letter.tries < TRIES:
            await self.rest(self.pause)
            if await self._try(letter):
                return
        if letter in self.waiting:
            self.waiting.remove(letter)
            self._told(letter, heard=False)
            self.hub.log("callback", {"userid": letter.userid}, -1, f"lost after {letter.tries} tries")

    async def _try(self, letter: Letter) -> bool:
        letter.tries += 1
        fault = self.hub.faults.take("callback", letter.userid)
        kind = fault.kind if fault else None
        if kind in {"drop_request", "cut", "errcode", "http"}:
            self.hub.log("callback", {"userid": letter.userid}, -1, "lost on the way")
            return False
        if kind == "delay" and fault is not None:
            await asyncio.sleep(fault.delay)
        good = await self._post(self._sealed(letter.plain), letter)
        if kind == "twice":
            await self._post(self._sealed(letter.plain), letter)
        if not good or kind in {"drop_answer", "cut_after", "stall"}:
            return False
        if letter in self.waiting:
            self.waiting.remove(letter)
        self.done.append(letter)
        self._told(letter, heard=True)
        return True

    def _told(self, letter: Letter, *, heard: bool) -> None:
        self.hub.net.dirty = True
        message = self.hub.corp.find(letter.chat, letter.message)
        if message is not None and message.heard != heard:
            message.heard = heard
            self.hub.show("wecom_edit", message)

    # -- over the line --------------------------------------------------------------------------------------

    def _sealed(self, plain: str) -> Posted:
        console, envelopes = self.hub.corp.console, self._envelopes
        timestamp, nonce = str(self.hub.net.clock.stamp), secrets.token_hex(8)
        sealed = envelopes.seal(plain)
        query = {"msg_signature": envelopes.sign(timestamp, nonce, sealed), "timestamp": timestamp, "nonce": nonce}
        body = xml([("ToUserName", console.corp_id), ("AgentID", str(console.agent_id)), ("Encrypt", sealed)])
        return Posted(query, body)

    async def _post(self, posted: Posted, letter: Letter | None = None) -> bool:
        """One POST; whether it was answered with 200 in time."""
        self.posted.append(posted)
        url = self.hub.corp.console.callback_url
        began = self.hub.net.host()
        status, note, text = 0, "", ""
        try:
            async with asyncio.timeout(self.deadline):
                async with self._open().post(
                    url, params=posted.query, data=posted.body.encode(), headers={"Content-Type": "text/xml"}
                ) as response:
                    text, status = await response.text(), response.status
        except TimeoutError:
            note = f"not answered within {self.deadline} s"
            self.hub.violation("callback", note)
        except (aiohttp.ClientError, OSError) as error:
            note = type(error).__name__
        self.hub.log(
            "callback",
            {"userid": letter.userid if letter else "", "try": letter.tries if letter else 0},
            status,
            note or f"answered in {self.hub.net.host() - began:.3f} s",
        )
        if status == 200 and text not in {"", "success"}:
            self.hub.violation("callback", "an answer with contents: passive replies are not emulated")
        return status == 200

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session

    async def verify(self, url: str) -> None:
        """What the console does when an administrator saves the address: it must open and give back a secret.

        Raises:
            ImpossibleError: it did not, or not within a second.
        """
        secret = secrets.token_urlsafe(16)
        envelopes = self._envelopes
        timestamp, nonce, sealed = str(self.hub.net.clock.stamp), secrets.token_hex(8), envelopes.seal(secret)
        query = {
            "msg_signature": envelopes.sign(timestamp, nonce, sealed),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": sealed,
        }
        try:
            async with asyncio.timeout(VERIFY_DEADLINE), self._open().get(url, params=query) as response:
                text, status = await response.text(), response.status
        except TimeoutError:
            raise ImpossibleError(f"{url} did not answer within {VERIFY_DEADLINE:.0f} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ImpossibleError(f"{url} cannot be reached: {type(error).__name__}") from None
        if status != 200 or text != secret:
            raise ImpossibleError(f"{url} answered {status} and not exactly the secret")
        self.hub.corp.console.callback_url = url
        self.hub.changed()

    async def repeat(self, last: int, *, exact: bool) -> list[bool]:
        """The last deliveries once more: in new envelopes, as WeCom does, or `exact`, as somebody who overheard them."""
        if exact:
            return [await self._post(posted) for posted in list(self.posted)[-last:]]
        return [await self._post(self._sealed(letter.plain)) for letter in list(self.done)[-last:]]

    # -- life -----------------------------------------------------------------------------------------------

    def dump(self) -> list[Json]:
        return [asdict(letter) for letter in self.waiting]

    def load(self, data: list[Json]) -> None:
        self.waiting = [from_json(Letter, item) for item in data]

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._session is not None:
            await self._session.close()
            self._session = None
