"""Composition root: settings, clock, database, channels, jobs -> one running bot."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.channels.port import Channel, Envelope
from bot.channels.telegram import BODY_LIMIT, Telegram
from bot.clock import Clock, HttpClock, clock_from
from bot.dispatch import Dispatcher
from bot.health import routes as health_routes
from bot.jobs import registry as job_registry
from bot.jobs.outbox import Sender
from bot.jobs.runner import Runner
from bot.opening import open_database
from bot.settings import Settings
from core.store import facts, inbox, outbox, people
from core.store.db import Database
from core.usecases import joining, reports

log = structlog.get_logger("app")

WHOLE = timedelta(seconds=1)  # a clock server may count in whole seconds and stand just before a due moment
PATIENCE = 10.0  # host seconds that a clock on its way waits at each stop for what is being sent
HEARTBEAT = 10.0  # seconds of the host
OUTAGE = timedelta(seconds=60)  # shorter gaps are a restart, not an outage


@dataclass(slots=True)
class Ears:
    """When we last heard the network: by the company's clock, and in seconds of the host."""

    at: datetime
    host: float

    def hear(self, at: datetime, host: float) -> datetime | None:
        """We hear now. When we were deaf for longer than a restart takes: since when.

        By both times: a company clock that leaps past a short gap makes no outage of it.
        """
        last = self.at
        deaf = min(at - last, timedelta(seconds=host - self.host))
        self.at, self.host = at, host
        return last if deaf > OUTAGE else None


def quiet_logs(level: str) -> None:
    """Structured lines; HTTP clients keep quiet because their lines hold the token."""
    logging.basicConfig(level=level.upper(), format="%(message)s")
    for name in ("httpx", "httpcore", "telegram", "apscheduler", "aiohttp.access", "aiosqlite", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that walks through a day may last longer
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
    )


class App:
    """The running bot."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, channels: dict[str, Channel]) -> None:
        self.settings = settings
        self.db = db
        self.clock = clock
        self.channels = channels
        self.dispatcher = Dispatcher(db, channels)
        self.sender = Sender(db, channels)
        self.runner = Runner(db, job_registry.jobs)
        self.started_at = datetime.now(UTC)
        self._tasks: list[asyncio.Task[Any]] = []
        self._ticking = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None
        self._scheduler: AsyncIOScheduler | None = None
        self._web: web.AppRunner | None = None

    # --- life ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Everything up: the clock first, then what was missed, then the networks."""
        self._session = aiohttp.ClientSession()
        await self._first_time()
        await self._note_outage()
        await self.runner.begin()
        await self.sender.recover()
        await self._serve_http()
        for channel in self.channels.values():
            if isinstance(channel, Telegram):
                self._spawn(self._run_telegram(channel))
        self._spawn(self.dispatcher.run())
        self._spawn(self.sender.run())
        self._spawn(self._beat())
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(
            self.tick, "interval", seconds=1, id="tick", max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Finish what is being sent, then close."""
        if self._scheduler:
            self._scheduler.shutdown(wait=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sender.drain(3)
        await self.sender.finish(15)
        for channel in self.channels.values():
            if isinstance(channel, Telegram):
                await channel.stop()
        if self._web:
            await self._web.cleanup()
        if self._session:
            await self._session.close()
        async with self.db.transaction() as tx:
            await facts.heartbeat(tx)
        await self.db.close()

    async def run(self) -> None:
        """Run until a signal."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        await self.start()
        await stop.wait()
        await self.stop()

    def _spawn(self, work: Any) -> None:
        async def guarded() -> None:
            try:
                await work
            except asyncio.CancelledError:
                raise
            except Exception as problem:
                log.critical("a part of the bot stopped", error=type(problem).__name__, exc_info=True)
                signal.raise_signal(signal.SIGTERM)

        self._tasks.append(asyncio.create_task(guarded()))

    # --- receiving ---------------------------------------------------------------------------------------------

    def deliver_for(self, channel: Channel) -> Callable[[list[tuple[Envelope | None, Any]]], Awaitable[None]]:
        """Commit raw updates to the inbox; only after that may the network forget them (D2)."""

        async def deliver(batch: list[tuple[Envelope | None, Any]]) -> None:
            async with self.db.transaction() as tx:
                for envelope, raw in batch:
                    if envelope is None:
                        key = f"unread:{raw.get('update_id') if isinstance(raw, dict) else hash(str(raw))}"
                        await inbox.park_unread(tx, channel.name, key[:80], raw, "unreadable update")
                        log.error("update could not be read and was parked", channel=channel.name)
                    else:
                        await inbox.put(tx, channel.name, envelope.key, envelope.sender, envelope.dedupe, raw)
            self.dispatcher.wake.set()

        return deliver

    async def _run_telegram(self, channel: Telegram) -> None:
        await channel.start()
        await self._announce_menu(channel)
        if self.settings.telegram_mode == "webhook":
            await channel.set_webhook(self.settings.telegram_webhook_url, self.settings.telegram_webhook_secret)
            return
        await channel.poll(self.deliver_for(channel))

    async def _announce_menu(self, channel: Telegram) -> None:
        """The command list behind the "/" key, in every language; written once per change."""
        from bot.handlers.help import menu

        async with self.db.transaction() as tx:
            await facts.put(tx, "telegram.username", channel.username)
            for lang in ("zh", "en"):
                entries = menu(lang)
                mark = f"{zlib.crc32(repr(entries).encode()):08x}"
                await outbox.reply(
                    tx, once=f"menu:{channel.username}:{lang}:{mark}", channel=channel.name, chat="menu", verb="menu",
                    payload={"menu": entries, "lang": lang},
                )  # fmt: skip

    async def _serve_http(self) -> None:
        app = web.Application(client_max_size=BODY_LIMIT)
        app.add_routes(health_routes(self))
        telegram = self.channels.get("telegram")
        if isinstance(telegram, Telegram) and self.settings.telegram_mode == "webhook":
            handler = telegram.webhook(self.settings.telegram_webhook_secret, self.deliver_for(telegram))
            app.router.add_post("/telegram/webhook", handler)
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await self._web.setup()
        site = web.TCPSite(self._web, self.settings.waihu_http_host, self.settings.waihu_http_port)
        await site.start()

    # --- time ----------------------------------------------------------------------------------------------------

    async def _first_time(self) -> None:
        """Ask the clock server before anything is judged by its time."""
        if not isinstance(self.clock, HttpClock):
            return
        assert self._session is not None
        while True:
            try:
                self.clock.set(await self.clock.ask(self._session, None))
                return
            except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
                log.warning("the clock server does not answer", url=self.clock.url)
                await asyncio.sleep(1)

    async def tick(self) -> None:
        """Fire what is due. A clock server that jumped is followed from one due moment to the next (D6)."""
        if self._ticking.locked():
            return
        async with self._ticking:
            while True:
                if isinstance(self.clock, HttpClock):
                    moving = await self._follow(self.clock)
                else:
                    moving = False
                await self.runner.fire_due(self.clock.now())
                if not moving:
                    return

    async def _follow(self, clock: HttpClock) -> bool:
        """Walk to the server's time, stopping where something is due. True while the server is still moving."""
        assert self._session is not None
        left = clock.now()
        try:
            upcoming = await self.runner.next_due(left)
            target = await clock.ask(self._session, upcoming)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
            return False
        while True:
            upcoming = await self.runner.next_due(clock.now())
            if upcoming is None or upcoming > target + WHOLE or upcoming <= clock.now():
                break
            clock.set(upcoming)
            await self.runner.fire_due(upcoming)
            await self._let_out(PATIENCE)
        if target > clock.now() or clock.now() - target > timedelta(seconds=2):
            clock.set(target)
        if clock.now() - left > OUTAGE:
            async with self.db.transaction(clock.now()) as tx:
                await facts.heartbeat(tx)  # the hours that passed were lived through, not slept through
        return clock.moving

    async def _let_out(self, seconds: float) -> None:
        """Before the clock goes on: what this moment had to say is said, at the pace the network allows."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await self.sender.drain(seconds)
            async with self.db.snapshot() as tx:
                waiting, _ = await outbox.waiting(tx)
            if not waiting:
                return
            await asyncio.sleep(0.1)

    async def _note_outage(self) -> None:
        """We were away: write it down, it may extend a deadline; and tell those it concerns."""
        async with self.db.transaction() as tx:
            last = await facts.last_alive(tx)
            if last is not None and tx.now - last > OUTAGE:
                await facts.outage(tx, last, tx.now)
                await reports.announce_extensions(tx)
                log.warning("back after an outage", minutes=int((tx.now - last).total_seconds() // 60))
            await facts.heartbeat(tx)

    async def _beat(self) -> None:
        """We are alive; counted only while the network answers, because deaf is as good as dead."""
        ears = Ears(self.clock.now(), time.monotonic())
        while True:
            await asyncio.sleep(HEARTBEAT)
            if not self.hearing():
                continue
            now = self.clock.now()
            began = ears.hear(now, time.monotonic())
            async with self.db.transaction() as tx:
                if began is not None:
                    await facts.outage(tx, began, now)
                    await reports.announce_extensions(tx)
                    log.warning("hearing again", minutes=int((now - began).total_seconds() // 60))
                await facts.heartbeat(tx)

    def hearing(self) -> bool:
        """Has a network answered within the last minute (or are we called by webhook)?"""
        if self.settings.telegram_mode == "webhook":
            return True
        polls = [c.last_poll for c in self.channels.values() if isinstance(c, Telegram)]
        now = datetime.now(UTC)
        return any(poll is not None and now - poll < timedelta(seconds=60) for poll in polls)


async def build(settings: Settings) -> tuple[App, list[str]]:
    """The bot, and what its holder should read once: advice on the key, the owner's code."""
    clock = clock_from(settings.waihu_clock)
    db, fresh_key = await open_database(settings, clock)
    advice: list[str] = []
    if fresh_key:
        advice.append(f"A new key was written to {settings.key_file}. Back it up apart from the database: without it, ")
        advice[-1] += "what people typed cannot be read."
    async with db.transaction() as tx:
        if not await people.has_owner(tx):
            code = await joining.owner_code(tx)
            advice.append(f"Nobody owns this company yet. Send this to the bot in a private chat: /start {code}")
    channels: dict[str, Channel] = {}
    if settings.telegram_bot_token:
        telegram = Telegram(
            settings.telegram_bot_token, settings.telegram_api_base_url, settings.telegram_proxy or None
        )
        channels[telegram.name] = telegram
    return App(settings, db, clock, channels), advice
