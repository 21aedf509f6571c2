"""The sandbox as a whole: one HTTP server for Bot API, control API and page; state on disk; the bot's process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from sandbox.clock import STALL, Clock
from sandbox.control import Control, hung_up, local_only, plain_errors
from sandbox.files import FileStore
from sandbox.inside import Inside
from sandbox.lock import StateLock
from sandbox.model import Json
from sandbox.network import Network
from sandbox.scenes import load
from sandbox.stage import Stage
from sandbox.supervisor import Supervisor
from sandbox.telegram import BotApi
from sandbox.webhook import Webhook, pause_before
from sandbox.wecom.control import Control as WeComControl
from sandbox.wecom.hub import WeCom
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.client import Person, SandboxClient
    from sandbox.wecom.client import Phone

PAGE = Path(__file__).with_name("page")
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
TICK = 0.25
"""Host seconds between looks at the clock, the webhook and the state file."""
SAVE_EVERY = 1.0
MAX_BODY = 64 * 1024 * 1024
DEMO_PEOPLE: Json = {
    "bot": {"token": "4242:demo", "username": "waihu_demo_bot", "first_name": "外呼管家"},
    "users": [
        {"id": 1001, "first_name": "周敏", "username": "u001", "title": "主管", "started": True},
        {"id": 1002, "first_name": "林晓燕", "username": "u002", "title": "商务文员", "started": True},
    ],
    "groups": [{"id": -1001, "title": "一组", "members": [1001, 1002], "admins": [1001], "bot": True}],
}
"""Two people and a group, for a sandbox started without people.json."""


class Sandbox:
    """A toy Telegram on loopback.

    Args:
        people: the contents of people.json, or its path; two demo people without it.
        clock: where the company's time starts (aware, or ISO text); the present moment without it.
        port: 0 picks a free one.
        state: the state file; without it everything is forgotten at the end.
        supervise: the bot's command; in it and in the values of `env`, {sandbox} becomes the address, {gateway} the one
            of WeCom's long connection.
        privacy: the bot hears only what privacy mode lets through in groups.
        flood: answer 429 at the published limits instead of only noting that they were exceeded.
        host: monotonic host seconds (tests set them by hand).
        webhook_pause: seconds before the n-th webhook attempt.
        scenes: plays for the page as JSON (see scenes.py).
        inside: the file in which the bot says where it may be looked into.
        on_reset: begins the company anew in a language; without it the page does not offer that.
    """

    def __init__(
        self,
        people: Mapping[str, Any] | str | Path | None = None,
        *,
        clock: datetime | str | None = None,
        port: int = 0,
        state: str | Path | None = None,
        supervise: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        privacy: bool = True,
        flood: bool = False,
        host: Callable[[], float] = time.monotonic,
        webhook_pause: Callable[[int], float] = pause_before,
        scenes: Sequence[Mapping[str, Any]] = (),
        inside: str | Path | None = None,
        on_reset: Callable[[str], None] | None = None,
    ) -> None:
        self._people = _people(people)
        self._state = Path(state) if state else None
        self._heartbeat = self._state.with_suffix(".clock") if self._state else None
        self._lock = StateLock(self._state)
        saved = self._read_state()
        self.company: str = (saved or {}).get("company") or secrets.token_hex(8)
        """Tells this company from others that the same address has shown: a page's marks belong to one."""
        self.net = Network(
            self._people,
            clock=Clock(self._start_of_clock(clock, saved), host),
            host=host,
            store=FileStore(self._state.parent / "files" if self._state else None),
            privacy=privacy,
            flood=flood,
        )
        self.webhook = Webhook(self.net, webhook_pause)
        self.api = BotApi(self.net, self.webhook)
        self.wecom = WeCom(self.net, self._people, lambda: self.url)
        if saved:
            self._restore(saved)
        self.net.queue.on_change.append(self._queue_changed)
        self._port = port
        self._command = list(supervise or [])
        self._env = dict(env or {})
        self._cwd = Path(cwd) if cwd else None
        self.on_reset = on_reset
        self.language: str | None = self._people.get("language")
        """What the company speaks; None: whatever the phones of its people are set to."""
        self.stage = Stage(self, load(scenes))
        self._inside = Inside(Path(inside) if inside else None, self.net.queue)
        self.supervisor: Supervisor | None = None
        self._runner: web.AppRunner | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._client: SandboxClient | None = None
        self.url = ""

    # -- life -----------------------------------------------------------------------------------------------

    async def start(self) -> Self:
        """Listen on loopback, then start the supervised bot, if there is one."""
        self._lock.take()
        app = web.Application(middlewares=[hung_up, local_only, plain_errors], client_max_size=MAX_BODY)
        app.add_routes(self.api.routes())
        app.add_routes([*Control(self).routes(), *self.stage.routes(), *self._inside.routes()])
        app.add_routes(WeComControl(self.wecom).routes())
        app.add_routes([web.get("/", self._page), web.get("/static/{name:[a-zA-Z0-9_.-]+}", self._static)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._ticker = asyncio.create_task(self._tick())
        self.webhook.wake()
        self.wecom.callbacks.resume()
        if self._command:
            self.supervisor = Supervisor(
                [self._placed(word) for word in self._command],
                env={key: self._placed(value) for key, value in self._env.items()},
                cwd=self._cwd,
                log=self._state.with_name("bot.log") if self._state else None,
                on_change=self._bot_changed,
            )
            await self.supervisor.start()
        return self

    def _placed(self, word: str) -> str:
        """A word of the bot's command or environment with the addresses in it."""
        gateway = f"{self.url.replace('http://', 'ws://')}/wecom/ws"
        return word.replace("{sandbox}", self.url).replace("{gateway}", gateway)

    async def stop(self) -> None:
        """End the bot, finish what is open, save the state. Safe to call twice."""
        await self.stage.stop()
        if self.supervisor is not None:
            await self.supervisor.stop()
        if self._client is not None:
            await self._client.close()
            self._client = None
        if self._ticker is not None:
            self._ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticker
            self._ticker = None
        self.net.bus.close()
        self.net.queue.shut()
        await self.webhook.close()
        await self.wecom.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self.url:
            self.save()
            self.url = ""
        self._lock.release()

    async def __aenter__(self) -> Self:
        await self.start()
        from sandbox.client import SandboxClient

        self._client = await SandboxClient(self.url).open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # -- for tests in the same process ----------------------------------------------------------------------

    @property
    def token(self) -> str:
        return self.net.world.bot.token

    @property
    def clock(self) -> Clock:
        return self.net.clock

    @property
    def violations(self) -> list[Json]:
        return list(self.net.violations)

    @property
    def client(self) -> SandboxClient:
        """The client of the control API that `async with Sandbox()` opens, over real HTTP."""
        if self._client is None:
            raise RuntimeError("use `async with Sandbox(...)`, or open a SandboxClient(sandbox.url)")
        return self._client

    def user(self, user_id: int) -> Person:
        """A person to play: `await sandbox.user(1005).say("今日")`."""
        return self.client.person(user_id)

    def phone(self, userid: str) -> Phone:
        """A member of the toy WeCom to play: `await sandbox.phone("LinXiaoYan").say("今日")`."""
        return self.client.wecom(userid)

    # -- views and events -----------------------------------------------------------------------------------

    def bot_view(self) -> Json:
        supervisor = self.supervisor
        bot = self.net.world.bot
        return {
            "username": bot.username,
            "first_name": self.net.world.profile["name"].get("", bot.first_name),
            "running": supervisor.running if supervisor else False,
            "supervised": supervisor is not None,
            "pid": supervisor.pid if supervisor else None,
            "restarts": supervisor.restarts if supervisor else 0,
            "polling": self.net.queue.polled or self.webhook.active,
            "wecom": self.wecom.gateway.connected,
        }

    def _bot_changed(self) -> None:
        """The supervised process came or went."""
        self.net.clock.expect(bot=self.supervisor is not None and self.supervisor.running)
        self.net.publish({"type": "bot", **self.bot_view()})

    def clock_changed(self) -> None:
        """Tell the listeners when a move began, went on or ended."""
        view = self.net.clock.view()
        marker = (view["moving"], view["target"], view["now"] if view["moving"] else None)
        if marker != getattr(self, "_clock_marker", None):
            self._clock_marker = marker
            self.net.publish({"type": "clock", **view})

    def _queue_changed(self) -> None:
        view = {"count": len(self.net.queue.pending), "polling": self.net.queue.polled}
        self.net.bus.publish({"type": "pending", **view})
        if self._runner is not None:
            self.webhook.wake()

    async def _tick(self) -> None:
        next_save = time.monotonic() + SAVE_EVERY
        while True:
            await asyncio.sleep(TICK)
            stalls = self.net.clock.stalls
            if self.net.clock.tick():
                if self.net.clock.stalls > stalls:
                    self.net.violation("clock", f"the bot asked for {STALL:.0f} s without getting on")
                self.clock_changed()
            self.net.queue.expire()
            await self.wecom.tick()
            if time.monotonic() >= next_save:
                began = time.monotonic()
                self._beat()
                if self.net.dirty or self.net.queue.dirty:
                    self.save()
                # A world that takes long to write is written less often: never more than a tenth of the time.
                next_save = time.monotonic() + max(SAVE_EVERY, 10 * (time.monotonic() - began))

    # -- the page -------------------------------------------------------------------------------------------

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return self._file("index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return self._file(request.match_info["name"])

    @staticmethod
    def _file(name: str) -> web.StreamResponse:
        place = PAGE / name
        if not place.is_file():
            raise web.HTTPNotFound(text=f"{name} is not here")
        return web.FileResponse(
            place,
            headers={
                "Cache-Control": "no-cache",
                "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'",
            },
        )

    # -- state ----------------------------------------------------------------------------------------------

    def _read_state(self) -> Json | None:
        if self._state is None or not self._state.is_file():
            return None
        data: Json = json.loads(self._state.read_text("utf-8"))
        return data

    def _start_of_clock(self, given: datetime | str | None, saved: Json | None) -> datetime:
        """A saved clock goes on where it stood: at the last heartbeat if the end was not orderly."""
        if saved:
            start = datetime.fromisoformat(saved["clock"])
            if self._heartbeat is not None and self._heartbeat.is_file():
                start = max(start, datetime.fromisoformat(self._heartbeat.read_text("ascii")))
            return start
        if given is None:
            return datetime.now(UTC).astimezone(SHANGHAI)
        if isinstance(given, str):
            given = datetime.fromisoformat(given)
        return given if given.tzinfo else given.replace(tzinfo=SHANGHAI)

    def _restore(self, saved: Json) -> None:
        self.net.world = World.load(saved["world"])
        self.net.world.bot.token = str(self._people.get("bot", {}).get("token", self.net.world.bot.token))
        self.net.world.join_missing(self._people)
        self.net.queue.load(saved["queue"])
        self.net.files.load(saved["files"])
        self.webhook.load(saved["webhook"])
        self.net.load_callbacks(saved["callbacks"])
        if "wecom" in saved:
            self.wecom.load(saved["wecom"], self._people)

    def save(self) -> None:
        """Write the whole state, atomically."""
        self.net.dirty = self.net.queue.dirty = False
        if self._state is None:
            return
        data = {
            "clock": self.net.clock.now().isoformat(),
            "company": self.company,
            "world": self.net.world.dump(),
            "queue": self.net.queue.dump(),
            "files": self.net.files.dump(),
            "webhook": self.webhook.dump(),
            "callbacks": self.net.dump_callbacks(),
            "wecom": self.wecom.dump(),
        }
        _write(self._state, json.dumps(data, ensure_ascii=False))
        self._beat()

    def _beat(self) -> None:
        if self._heartbeat is not None:
            _write(self._heartbeat, self.net.clock.now().isoformat())


def _people(given: Mapping[str, Any] | str | Path | None) -> Mapping[str, Any]:
    if isinstance(given, str | Path):
        data: Json = json.loads(Path(given).read_text("utf-8"))
        return data
    return given or DEMO_PEOPLE


def _write(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.new")
    fresh.write_text(text, "utf-8")
    fresh.replace(place)
