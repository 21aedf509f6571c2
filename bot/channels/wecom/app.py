"""WeCom's self-built app (自建应用): members write to it by encrypted callbacks, we answer by active messages (D4).

The names in code: `wecom_app`. The AI bot is `wecom`, a group's webhook `wecom_group`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import web

from bot.channels.credentials import Credentials
from bot.channels.hours import host_now
from bot.channels.line import Deliver
from bot.channels.port import Budget, Envelope, Event, Gone, Limits, Locked, MaybeSent, NotSent, Outgoing, Rejected
from bot.channels.wecom import app_reading, cards
from bot.channels.wecom.allowance import Allowance
from bot.channels.wecom.api import Api
from bot.channels.wecom.app_saying import Step, steps, too_large
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.codes import MEDIA_OVER, TOO_OFTEN, Refusal, outcome
from bot.channels.wecom.crypto import Cipher
from bot.channels.wecom.menu import Buttons, same

log = structlog.get_logger("wecom")

NAME = "wecom_app"
A_MINUTE, AN_HOUR = 25, 900  # messages to one member; WeCom drops what is above 30 and 1000 without a word
MINUTE, HOUR = 60.0, 3600.0  # host seconds
CALLS = 2  # that a message of ours may have taken, where nobody knows: its words and their card, or their second part
SURE = 120  # seconds at least for which WeCom is asked to drop an identical call, twice as many at most
MEMORY = 4 * 3600.0  # host seconds for which we know what we said: longer than WeCom may drop a repeat
MOST = 20_000  # of what is remembered
MEDIA_LIFE = 2 * 24 * 3600.0  # host seconds; WeCom keeps an upload for three days
REFUSED_PAUSE = 30.0  # host seconds
ASKED = 20.0  # host seconds between two looks at whether the line is cut

Rest = Callable[[float], Awaitable[None]]


class App:
    """A self-built app that speaks. `monotonic` gives host seconds, `rest` waits between attempts."""

    name = NAME
    memory = timedelta(seconds=HOUR)
    interactive = False  # presses can reach us
    limits = Limits(
        text=14_000, caption=600, can_edit=False, can_reply=False, toasts=False,
        overall=Budget(50, 1), person=Budget(10, 40),
    )  # fmt: skip  # long texts are parted and numbered here, by bytes: the longest in fewer parts than a minute takes

    def __init__(
        self,
        corp_id: str,
        agent_id: str,
        secret: str,
        api_root: str = "https://qyapi.weixin.qq.com",
        *,
        host: Callable[[], datetime] = host_now,
        monotonic: Callable[[], float] = time.monotonic,
        rest: Rest = asyncio.sleep,
    ) -> None:
        self.agent_id = agent_id
        self.username = agent_id
        self.api = Api(api_root, corp_id, secret, monotonic=monotonic)
        self.credentials = Credentials(self.name, host)
        self._host = host
        self._monotonic = monotonic
        self._rest = rest
        self._allowance = Allowance(A_MINUTE, monotonic, hour=AN_HOUR)
        self._often_since: float | None = None  # WeCom finds us too often
        self._rests_until = monotonic()
        self._said: dict[str, float] = {}  # print of a message that is out -> when
        self._under_way: dict[str, int] = {}  # print of several messages -> how many of them are out
        self._media: dict[str, tuple[str, float]] = {}  # print of a file -> its media_id, and when it was uploaded

    @property
    def alarm(self) -> str | None:
        """Why somebody must act, if so."""
        return None if self.credentials.trouble is None else str(self.credentials.trouble)

    # --- life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Get a token, so that wrong credentials are known before anything has to be said."""
        delay = 1.0
        while True:
            try:
                await self.api.token()
            except Refusal as refused:
                if isinstance(outcome(refused), Locked):
                    self._locked(refused)
                    delay = REFUSED_PAUSE
            except NotSent as problem:
                log.warning("wecom not reachable", why=str(problem))
            else:
                self.credentials.taken()
                return
            await self._rest(delay)
            delay = min(delay * 2, 30)

    async def ready(self) -> None:
        """Nothing has to be found out: what is said to an app names nobody."""

    async def stop(self) -> None:
        """Close the connections."""
        await self.api.close()

    def begin(self, gone: Iterable[tuple[str, timedelta]]) -> None:
        """We begin to send: what went out before counts (D7)."""
        self._allowance.begin([(chat.casefold(), ago.total_seconds()) for chat, ago in gone], CALLS)

    # --- understanding ----------------------------------------------------------------------------------------

    def envelope(self, raw: Any) -> Envelope:
        """Key and sender. Raises ValueError when there is none."""
        return app_reading.envelope(raw)

    def parse(self, raw: Any) -> Event | None:
        """The update in our words; None for what does not concern us."""
        return app_reading.read(raw, channel=self.name)

    # --- sending ------------------------------------------------------------------------------------------------

    async def send(self, out: Outgoing) -> str | None:
        """Say it; errors in the port's classes (reliability D6)."""
        if (left := self._rests_until - self._monotonic()) > 0:
            raise NotSent("the app has called as often as it may", timedelta(seconds=left))
        try:
            match out.verb:
                case "send":
                    done = await self._send(out)
                case "edit":
                    raise Rejected("an app's message cannot be edited")
                case _:  # answer, strip, delete, leave, menu: there is nothing of the kind
                    return None
        except Refusal as refused:
            raise self._ended(refused) from None
        self.credentials.taken()
        self._often_since = None
        return done

    def _ended(self, refused: Refusal) -> Exception:
        ended = outcome(refused)
        if refused.code == TOO_OFTEN and self._over_for_longer():
            self._rests_until = self._monotonic() + HOUR
            return NotSent(str(refused), timedelta(seconds=HOUR))
        if isinstance(ended, Locked):
            self._locked(refused)
        elif not isinstance(ended, NotSent):
            self.credentials.taken()  # refused, but not us
        return ended

    def _over_for_longer(self) -> bool:
        """Too often still, after the minute that a minute's limit lasts: it is the hour's, or the day's."""
        now = self._monotonic()
        if self._often_since is None:
            self._often_since = now
        return now - self._often_since >= MINUTE

    def _locked(self, refused: Refusal) -> None:
        log.error("wecom refuses the app: waihu check says what to do", errcode=refused.code)
        self.credentials.refused()

    async def _send(self, out: Outgoing) -> str | None:
        if out.file is not None and out.file.content and too_large(out.file):
            out = _without_file(out)
        plan = steps(out, interactive=self.interactive)
        if not plan:
            raise Rejected("nothing to say")
        try:
            return await self._all(out, plan)
        except Rejected:
            if plan[0].file is None:
                raise
            log.warning("wecom takes no such file: the words go out alone")
            return await self._all(out, steps(_without_file(out), interactive=self.interactive))

    async def _all(self, out: Outgoing, plan: Sequence[Step]) -> str | None:
        """Every message of one answer in order; what is out already is not said again when the rest is tried again."""
        key = _print(
            [out.chat, [[step.kind, step.content, step.file.packed() if step.file else None] for step in plan]]
        )
        begun = self._under_way.get(key, 0)
        wait = self._allowance.wait(out.chat.casefold(), len(plan) - begun)
        if wait:
            raise NotSent("as many as a member may get in a minute", timedelta(seconds=wait))
        message_id = None
        for number, step in enumerate(plan[begun:], begun):
            try:
                message_id = await self._step(out, step)
            except Refusal as refused:
                ended = outcome(refused)
                if isinstance(ended, Rejected) and step.file is not None:
                    raise ended from None
                raise
            self._under_way[key] = number + 1
        del self._under_way[key]
        _forget(self._under_way)
        return message_id

    async def _step(self, out: Outgoing, step: Step) -> str | None:
        if step.file is None:
            return await self._message(out, step.kind, step.content)
        media_id = await self._uploaded(step)
        try:
            return await self._message(out, step.kind, {"media_id": media_id})
        except Refusal as refused:
            if refused.code != MEDIA_OVER:
                raise
        media_id = await self._uploaded(step, anew=True)
        return await self._message(out, step.kind, {"media_id": media_id})

    async def _uploaded(self, step: Step, *, anew: bool = False) -> str:
        assert step.file is not None
        key = f"{step.kind}:{step.file.name}:{hashlib.sha256(step.file.content).hexdigest()}"
        known = self._media.get(key)
        if known is not None and not anew and self._monotonic() - known[1] < MEDIA_LIFE:
            return known[0]
        media_id = await self.api.upload(step.kind, step.file.name, step.file.content)
        self._media.pop(key, None)
        self._media[key] = (media_id, self._monotonic())
        _forget(self._media)
        return media_id

    async def _message(self, out: Outgoing, kind: str, content: dict[str, Any]) -> str | None:
        """One message/send. WeCom drops an identical one for a while, so that a repeat after a lost answer is safe;
        what we know we have said before is said again on purpose, and is not checked. What another process said in the
        same words was another message, and is another call by its mark.
        """
        chat = out.chat
        body: dict[str, Any] = {"touser": chat, "msgtype": kind, "agentid": int(self.agent_id), kind: content}
        if out.protect and kind != "template_card":
            body["safe"] = 1
        key = _print(body)
        said = self._said.get(key)
        checked = said is None or self._monotonic() - said > MEMORY
        if checked:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": SURE + out.mark % SURE}
        self._allowance.count(chat.casefold())
        try:
            try:
                answer = await self.api.call("/cgi-bin/message/send", body)
            except MaybeSent:
                if not checked:
                    raise
                answer = await self.api.call("/cgi-bin/message/send", body)
        except Refusal as refused:
            if kind != "template_card" or not _task_known(refused):
                raise
            answer = {}  # nobody else knows this card's id: it went out when the answer was lost
        self._said.pop(key, None)
        self._said[key] = self._monotonic()
        _forget(self._said)
        if chat.casefold() in _nobody(answer):
            raise Gone("not in the app's visible range")
        message_id = answer.get("msgid")
        return message_id if not isinstance(message_id, str) or len(message_id) <= 64 else _print(message_id)[:64]


class CalledApp(App):
    """A self-built app that also listens: WeCom calls whichever process it reaches.

    A pressed card is busy until it is updated, so that is done as soon as the inbox has the press; what comes of it is
    a message of its own.
    """

    called = False  # it does call us, but nobody learns from its silence that the line is cut: we ask it ourselves
    interactive = True
    limits = replace(App.limits, cards=True)

    def __init__(
        self,
        corp_id: str,
        agent_id: str,
        secret: str,
        cipher: Cipher,
        api_root: str = "https://qyapi.weixin.qq.com",
        *,
        menu: Buttons = (),
        clocks: Iterable[Callable[[], float]] = (time.time,),
        host: Callable[[], datetime] = host_now,
        monotonic: Callable[[], float] = time.monotonic,
        rest: Rest = asyncio.sleep,
    ) -> None:
        super().__init__(corp_id, agent_id, secret, api_root, host=host, monotonic=monotonic, rest=rest)
        self.last_heard: datetime | None = None
        self._cipher = cipher
        self._clocks = tuple(clocks)
        self._menu = menu
        self._callback: Callback | None = None
        self._settling: set[asyncio.Task[None]] = set()
        self._spent: dict[str, float] = {}  # response codes that were used, or may have been

    def routes(self, deliver: Deliver) -> Sequence[web.RouteDef]:
        """The callback's address."""

        async def keep(batch: list[tuple[Envelope | None, Any]]) -> None:
            await deliver(batch)
            for _, raw in batch:
                if (press := app_reading.pressed(raw)) is not None:
                    self._settle_soon(*press)

        self._callback = Callback(
            self._cipher, self.agent_id, self.envelope, keep, clocks=self._clocks, heard=self._heard
        )
        return self._callback.routes()

    async def receive(self, deliver: Deliver) -> None:  # noqa: ARG002  they come by the routes
        """As the holder: see that WeCom can be reached, and keep the menu. Updates come to every process by the routes."""
        asking = asyncio.create_task(self._ask_for_ever())
        try:
            await self._keep_menu()
            await asking
        finally:
            asking.cancel()

    async def _ask_for_ever(self) -> None:
        """Where it calls us from, asked now and then: an answer of whatever kind shows that the line is not cut."""
        while True:
            try:
                await self.api.call("/cgi-bin/getcallbackip")
                self._heard()
            except Refusal:
                self._heard()
            except (NotSent, MaybeSent) as problem:
                log.warning("wecom not reachable", why=str(problem))
            await asyncio.sleep(ASKED)

    async def stop(self) -> None:
        """Close the connections."""
        if self._callback is not None:
            await self._callback.close()
        if self._settling:
            await asyncio.wait(self._settling, timeout=1)
        for task in self._settling:
            task.cancel()
        await super().stop()

    def _heard(self) -> None:
        self.last_heard = self._host()

    def _settle_soon(self, userid: str, code: str, choice: cards.Chosen) -> None:
        if code in self._spent:
            return
        self._spent[code] = self._monotonic()
        _forget(self._spent)
        task = asyncio.create_task(self._settle(userid, code, choice))
        self._settling.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._settling.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("a pressed card could not be updated", error=type(problem).__name__)

    async def _settle(self, userid: str, code: str, choice: cards.Chosen) -> None:
        """Show on the card what was chosen. The right to that is good for one use within 72 hours."""
        body = {
            "userids": [userid],
            "agentid": int(self.agent_id),
            "response_code": code,
            "template_card": cards.settled(choice),
        }
        for pause in (1.0, 3.0, None):
            try:
                await self.api.call("/cgi-bin/message/update_template_card", body)
                return
            except Refusal as refused:
                ended = outcome(refused)
                if isinstance(ended, Locked):
                    self._locked(refused)
                if not isinstance(ended, NotSent):  # too late, or updated before: the card stays as it is
                    log.info("a pressed card is not updated", errcode=refused.code)
                    return
            except NotSent:
                pass
            except MaybeSent:
                return  # the code is spent if it arrived
            if pause is not None:
                await self._rest(pause)

    async def _keep_menu(self) -> None:
        """The menu under the typing line, written when it is not what it should be."""
        if not self._menu:
            return
        agent = {"agentid": self.agent_id}
        delay = 1.0
        while True:
            try:
                if not same(await self._menu_there(agent), self._menu):
                    await self.api.call("/cgi-bin/menu/create", {"button": list(self._menu)}, query=agent)
                    log.info("wecom menu written")
                return
            except Refusal as refused:
                if not isinstance(outcome(refused), NotSent | Locked):
                    log.warning("wecom takes no menu: waihu check says why", errcode=refused.code)
                    return
            except (NotSent, MaybeSent) as problem:
                log.warning("wecom menu not written", why=str(problem))
            await self._rest(delay)
            delay = min(delay * 2, REFUSED_PAUSE)

    async def _menu_there(self, agent: dict[str, str]) -> Any:
        try:
            return (await self.api.call("/cgi-bin/menu/get", query=agent)).get("button")
        except Refusal as refused:
            if isinstance(outcome(refused), Rejected):
                return None  # there is none yet
            raise


def _without_file(out: Outgoing) -> Outgoing:
    said = out.file.otherwise if out.file is not None else ""
    return replace(out, file=None, text=said or out.text)


def _nobody(answer: dict[str, Any]) -> set[str]:
    """Whom a message did not reach, in lower case: WeCom gives userids back that way."""
    names = (str(answer.get(field) or "") for field in ("invaliduser", "unlicenseduser"))
    return {name.casefold() for joined in names for name in joined.split("|") if name}


def _task_known(refused: Refusal) -> bool:
    said = refused.said.casefold()
    return "task" in said and any(word in said for word in ("used", "exist", "duplicate", "repeat"))


def _print(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _forget(kept: dict[str, Any]) -> None:
    """The oldest go when there are too many."""
    while len(kept) > MOST:
        del kept[next(iter(kept))]
