"""Composition root: settings, clock, database, channels, jobs -> one running bot."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import signal
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import alarms, unreadable
from bot.channels.line import Connected, Deliver, Line, Numbered, Receiver
from bot.channels.port import Channel, Envelope
from bot.clock import Clock, HttpClock, clock_from
from bot.demo import inside
from bot.dispatch import Dispatcher
from bot.doors import listen
from bot.fetching import Fetcher
from bot.health import routes as health_routes
from bot.holding import Holding
from bot.jobs import registry as job_registry
from bot.jobs.outbox import Sender
from bot.jobs.runner import Runner
from bot.lasting import Outage, last
from bot.networks import configured
from bot.one_process import Alone, take
from bot.opening import open_database
from bot.render.pictures import drawing
from bot.settings import Settings
from core.rules.webhooks import address_of
from core.store import facts, inbox, outbox, people, wake
from core.store.db import Database, Tx
from core.store.sessions import Lines, keep_clear
from core.store.trouble import passes
from core.usecases import joining, reports, webhooks

log = structlog.get_logger("app")

WHOLE = timedelta(seconds=1)  # a clock server may count in whole seconds and stand just before a due moment
PATIENCE = 10.0  # host seconds that a clock on its way waits at each stop for what is being sent
HEARTBEAT = 10.0  # seconds of the host
OUTAGE = timedelta(seconds=60)  # shorter gaps are a restart or a hand-over, not an outage
DOWN = 60.0  # host seconds without a connection after which people are reached in another way
BODY_LIMIT = 1 << 20  # of what the networks send us
CLOSING = 10.0  # host seconds within which every part has to end


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

    def __init__(
        self, settings: Settings, db: Database, clock: Clock, channels: Mapping[str, Line], alone: Alone | None = None
    ) -> None:
        self.settings = settings
        self.db = db
        self.clock = clock
        self.channels = channels
        self.outage = Outage()
        self.lines = Lines(db)
        self.holding = Holding(
            db, lease=settings.waihu_lease_seconds, alone=db.sqlite, outage=self.outage, hang_up=self.lines.hang_up
        )
        db.others_send = lambda: not all(self.holding.holds(name) for name in channels)
        self._connected = {name: one for name, one in channels.items() if isinstance(one, Connected)}
        self.sender = Sender(db, channels, holds=self._sends, down=self._down)
        self.dispatcher = Dispatcher(db, channels, self.sender)
        self.dispatcher.unread.update(channels)
        self.fetcher = Fetcher(db, channels, self.dispatcher.wake.set)
        self.runner = Runner(db, job_registry.jobs)
        self.started_at = datetime.now(UTC)
        self._alone = alone
        self._ears: dict[str, Ears] = {}  # of the channels that this process holds, or held
        self._tasks: list[asyncio.Task[Any]] = []
        self._ticking = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None
        self._scheduler: AsyncIOScheduler | None = None
        self._web: web.AppRunner | None = None

    # --- life ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Everything up: the clock first, then what was missed, then the networks."""
        self._session = aiohttp.ClientSession()
        await self._serve_http()  # first of all: a process whose door is taken must not take a network either
        await self._first_time()
        await self.runner.begin()
        for name in self.channels:  # before anything is judged: what is due now may have been put off by our silence
            await self.holding.take(name, partial(self._gained, name))
        for channel in self.channels.values():
            self._spawn(f"{channel.name} lease", partial(self._hold, channel))
            self._spawn(channel.name, channel.start)
            self._spawn(f"{channel.name} alarms", partial(alarms.watch, self.db, channel))
            self._spawn(f"{channel.name} name", partial(self._read, channel))
        self._spawn("dispatcher", self.dispatcher.run)
        self._spawn("files", self.fetcher.run)
        self._spawn("sender", self.sender.run)
        self._spawn("heartbeat", self._beat)
        self._spawn("wake", partial(wake.listen, self.db.url, self._heard))
        self._spawn("sessions", partial(keep_clear, self.db, self.settings.waihu_lease_seconds))
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(
            self._tick, "interval", seconds=1, id="tick", max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Finish what is being sent, hand over to whoever stands by, then close."""
        if self._scheduler:
            self._scheduler.shutdown(wait=False)
        async with self._as_far_as_the_database_goes():
            await self.holding.extend(1)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, stuck = await asyncio.wait(self._tasks, timeout=CLOSING)
            if stuck:
                self.lines.hang_up()
                await asyncio.wait(stuck, timeout=CLOSING)
        async with self._as_far_as_the_database_goes():
            await self.sender.drain(3)
            await self.sender.finish(8)
        for channel in self.channels.values():
            await channel.stop()
        async with self._as_far_as_the_database_goes():
            if not self.standing_by():
                async with self.db.transaction() as tx:
                    await facts.heartbeat(tx)
        await self._leave()

    async def _leave(self) -> None:
        """Close what is open and let the next one in, also when not everything came up."""
        if self._web:
            await self._web.cleanup()
        if self._session:
            await self._session.close()
        async with self._as_far_as_the_database_goes():
            await self.holding.release()
        await self.db.close()
        if self._alone:
            self._alone.leave()

    async def run(self) -> None:
        """Run until a signal."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        try:
            await self.start()
        except BaseException:
            await self._leave()
            raise
        await stop.wait()
        await self.stop()

    def _spawn(self, name: str, work: Callable[[], Awaitable[Any]]) -> None:
        self._tasks.append(asyncio.create_task(last(name, work, self.outage)))

    @asynccontextmanager
    async def _as_far_as_the_database_goes(self) -> AsyncIterator[None]:
        """When closing: what a database that is gone cannot take is taken up by the next process."""
        try:
            yield
        except Exception as problem:
            if not passes(problem):
                raise
            log.warning("closed without the database", error=type(problem).__name__)

    def _heard(self, what: str) -> None:
        """Another process has something for us."""
        match what:
            case wake.INBOX:
                self.dispatcher.wake.set()
            case wake.OUTBOX:
                self.sender.wake.set()
            case wake.LEASES:
                self.holding.news.set()

    # --- holding a channel -----------------------------------------------------------------------------------

    async def _hold(self, channel: Line) -> None:
        """For ever: receive and send for a channel while its lease is ours."""
        await self.holding.keep(channel.name, partial(self._gained, channel.name), partial(self._serve, channel))

    async def _gained(self, name: str, tx: Tx, anew: bool) -> None:  # noqa: FBT001  the holding's own call
        """A channel is ours, in the transaction that makes it so: what its silence cost, and what was on the wire."""
        await self.note_outage(tx, name)
        if anew:
            await self.sender.take_over(tx, name)
        self.sender.wake.set()

    def _sends(self, name: str) -> bool:
        """Is a channel ours to send for, and could it send?"""
        connected = self._connected.get(name)
        return self.holding.holds(name) and (connected is None or connected.up)

    def _down(self, name: str) -> bool:
        """Has a channel of ours been without its connection for so long that other ways are better?"""
        connected = self._connected.get(name)
        return connected is not None and self.holding.holds(name) and connected.down_for > DOWN

    def standing_by(self) -> bool:
        """Another process receives and sends; this one handles, runs jobs and is ready to take over."""
        receivers = [name for name, channel in self.channels.items() if isinstance(channel, Receiver)]
        heard = receivers or list(self.channels)  # who only posts for us hears nobody
        return bool(heard) and not any(self.holding.holds(name) for name in heard)

    async def _read(self, channel: Line) -> None:
        """What came from a channel can be understood as soon as it knows the bot's own name."""
        await channel.ready()
        self.dispatcher.unread.discard(channel.name)
        self.dispatcher.wake.set()

    # --- receiving ---------------------------------------------------------------------------------------------

    def deliver_for(self, channel: Channel) -> Deliver:
        """Commit raw updates to the inbox; only after that may the network forget them (D2)."""

        async def deliver(batch: list[tuple[Envelope | None, Any]]) -> None:
            async with self.db.transaction() as tx:
                await inbox.put_all(
                    tx,
                    channel.name,
                    [(known.key, known.sender, known.dedupe, raw) for known, raw in batch if known is not None],
                )
                for raw in (raw for known, raw in batch if known is None):
                    key = f"unread:{hashlib.sha256(repr(raw).encode()).hexdigest()[:32]}"  # asked for again: once
                    await inbox.park_unread(tx, channel.name, key, raw, "unreadable update")
                    log.error("update could not be read and was parked", channel=channel.name)
                files = [known.key for known, _ in batch if known is not None and known.carries_file]
                await inbox.await_files(tx, channel.name, files)
                await wake.ring(tx, wake.INBOX)
            self.dispatcher.wake.set()
            if files:
                self.fetcher.wake.set()

        return deliver

    async def _kept(self, name: str, keys: Collection[str]) -> set[str]:
        """Which updates of a channel the inbox has."""
        async with self.db.snapshot() as tx:
            return await inbox.kept(tx, name, keys)

    async def _serve(self, channel: Line) -> None:
        """As the holder: receive, or just send."""
        await channel.ready()
        await self._announce(channel)
        if isinstance(channel, Receiver):
            await channel.receive(self.deliver_for(channel))
        else:
            await asyncio.Event().wait()

    async def _announce(self, channel: Line) -> None:
        """Our name there, and the list of commands in every language where the network keeps one; once per change."""
        from bot.handlers.help import menu

        async with self.db.transaction() as tx:
            await facts.put(tx, f"{channel.name}.username", channel.username)
            if not channel.limits.menu:
                return
            for lang in ("zh", "en"):
                entries = menu(lang)
                mark = f"{zlib.crc32(repr(entries).encode()):08x}"
                await outbox.reply(
                    tx, once=f"menu:{channel.username}:{lang}:{mark}", channel=channel.name, chat="menu", verb="menu",
                    payload={"menu": entries, "lang": lang},
                )  # fmt: skip

    async def _serve_http(self) -> None:
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[unreadable.refused])
        app.add_routes(health_routes(self))
        inside.attach(self, app)  # the demo's alone
        for channel in self.channels.values():
            if isinstance(channel, Numbered):
                channel.kept = partial(self._kept, channel.name)
            if isinstance(channel, Receiver):
                app.add_routes(channel.routes(self.deliver_for(channel)))
        self._web = web.AppRunner(
            app, access_log=None, shutdown_timeout=2, logger=unreadable.log,
            auto_decompress=False,  # nobody sends us packed bodies, and unpacking a stranger's may take seconds
        )  # fmt: skip
        await self._web.setup()
        host, port = self.settings.waihu_http_host, self.settings.waihu_http_port
        await listen(web.TCPSite(self._web, host, port), host, port)

    # --- time ----------------------------------------------------------------------------------------------------

    async def _first_time(self) -> None:
        """Ask the clock server before anything is judged by its time."""
        assert self._session is not None
        await told_the_time(self.clock, self._session)

    async def _tick(self) -> None:
        try:
            await self.tick()
        except asyncio.CancelledError:
            return  # the scheduler ends in the middle of one: another process, or the next start, settles it
        except Exception as problem:
            if not passes(problem):
                raise
            self.outage.met(problem)

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
        if clock.now() - left > OUTAGE and not self.standing_by():
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

    async def note_outage(self, tx: Tx, name: str = "") -> None:
        """We begin to receive from a channel. Had nobody heard any network for long, it is written down, as it may
        extend a deadline, and those it concerns are told."""
        gap = timedelta(0)
        last_heard = await facts.last_alive(tx)
        if last_heard is not None:
            gap = tx.now - last_heard
            if gap > OUTAGE:
                await self._write_down(tx, last_heard, "back after an outage")
                gap = timedelta(0)
        if sum(isinstance(channel, Receiver) for channel in self.channels.values()) <= 1:
            # A shorter silence goes on until we hear something ourselves. Of several networks one may be set up wrongly
            # from the start: its silence counts once it was heard.
            self._ears[name] = Ears(tx.now - gap, time.monotonic() - gap.total_seconds())
        await facts.heartbeat(tx)

    async def _write_down(self, tx: Tx, began: datetime, what: str) -> None:
        await facts.outage(tx, began, tx.now)
        await reports.announce_extensions(tx)
        log.warning(what, minutes=int((tx.now - began).total_seconds() // 60))

    async def _beat(self) -> None:
        """We are alive; counted only while a network answers, because deaf is as good as dead. Who stands by is
        silent: another process hears."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            if self.hearing():
                await self.beat()

    async def beat(self) -> None:
        """We hear. Each network's silence is its own: who could not write to us on one of them was cut off (D5)."""
        heard: dict[str, Ears] = {}
        async with self.db.transaction() as tx:
            for name, channel in self.channels.items():
                if isinstance(channel, Receiver) and self.holding.holds(name) and self.hears(channel):
                    ears = heard[name] = replace(self._ears.get(name) or Ears(tx.now, time.monotonic()))
                    began = ears.hear(tx.now, time.monotonic())
                    if began is not None and not channel.called:
                        await self._write_down(tx, began, f"hearing {name} again")
            await facts.heartbeat(tx)
        self._ears |= heard

    def hears(self, channel: Receiver) -> bool:
        """Has this network answered within the last minute (or does it call us)?"""
        if channel.called:
            return True
        heard = channel.last_heard
        return heard is not None and datetime.now(UTC) - heard < timedelta(seconds=60)

    def hearing(self) -> bool:
        """Do we hear a network that we receive from?"""
        ours = [c for name, c in self.channels.items() if isinstance(c, Receiver) and self.holding.holds(name)]
        return any(map(self.hears, ours))

    def hears_all(self) -> bool:
        """Do we hear every network that is ours to receive from, and is there one?"""
        ours = [c for name, c in self.channels.items() if isinstance(c, Receiver) and self.holding.holds(name)]
        return bool(ours) and all(map(self.hears, ours))


async def told_the_time(clock: Clock, session: aiohttp.ClientSession) -> None:
    """Wait until a clock server has said what time it is; any other clock knows."""
    while isinstance(clock, HttpClock):
        try:
            clock.set(await clock.ask(session, None))
            return
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
            log.warning("the clock server does not answer", url=clock.url)
            await asyncio.sleep(1)


async def build(settings: Settings) -> tuple[App, list[str]]:
    """The bot, and what its holder should read once: advice on the key, the owner's code. Raises AlreadyRunning."""
    drawing.use(settings.waihu_fonts_dir)
    clock = clock_from(settings.waihu_clock)
    alone = take(settings.database_file, datetime.now(UTC)) if settings.database_file else None
    try:
        async with aiohttp.ClientSession() as session:
            await told_the_time(clock, session)  # the owner's code ends by the company's clock
        db, fresh_key = await open_database(settings, clock, serving=True)
    except BaseException:
        if alone:
            alone.leave()
        raise
    try:
        advice = await _advice(settings, db, fresh_key=fresh_key)
        return App(settings, db, clock, configured(settings, clock, db), alone), advice
    except BaseException:
        await db.close()
        if alone:
            alone.leave()
        raise


async def _advice(settings: Settings, db: Database, *, fresh_key: bool) -> list[str]:
    advice: list[str] = []
    if fresh_key:
        advice.append(f"A new key was written to {settings.key_file}. Back it up apart from the database: without it, ")
        advice[-1] += "what people typed cannot be read."
    async with db.transaction() as tx:
        if not await people.has_owner(tx):
            code = await joining.owner_code(tx)
            advice.append("Nobody owns this company yet. Send this to the bot in a private chat: ")
            advice[-1] += f"/start {code} (on WeCom: 绑定 {code})"
        await webhooks.from_setting(tx, address_of(settings.wecom_group_webhook))
    return advice
