"""Sending: leases, guards, rendering, pacing and failure classes, in one place (D2; reliability D5-D7)."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.channels.layout import in_parts
from bot.channels.port import (
    Channel,
    File,
    Gone,
    Locked,
    MaybeSent,
    Message,
    Moved,
    NotSent,
    Outgoing,
    Rejected,
    Remembering,
    WireButton,
    is_group,
)
from bot.dispatch import mint, pack
from bot.jobs.pace import Pace, host_now
from bot.jobs.stranded import rescue
from bot.render import registry as _notices  # noqa: F401  fills the renderers
from bot.render.notices import render
from bot.render.pictures.drawing import drawn
from bot.render.quote import with_quote
from bot.together import Together
from core.rules.errors import Refusal
from core.store import buttons, outbox, people
from core.store.db import BESIDE, BULK, REPLY, Database, Tx
from core.store.trouble import passes
from core.usecases import reach
from core.usecases.guards import holds as still_holds

log = structlog.get_logger("outbox")

HORIZON = timedelta(hours=24)
BACKOFF = (1, 2, 4, 8, 16, 32, 64, 128, 256, 300)
CREDENTIAL_PAUSE = 30.0
ASIDE = timedelta(seconds=2)  # between two looks at what waits for a network that takes nothing
PARALLEL = 16
PAGE = 2 * PARALLEL
LONG_AGO = datetime.min.replace(tzinfo=UTC)
FIRST = (-1, 0)  # before every (rank, id)


@dataclass(frozen=True, slots=True)
class Errand:
    """A row and where it goes; without a channel nobody can be reached and `chat` says why."""

    row: outbox.Row
    channel: str
    chat: str
    leased: bool = False  # already ours: it was written so
    more: bool = True  # others may wait behind it

    @property
    def key(self) -> str:
        """One call at a time for each of these."""
        if not self.channel:
            return f"row:{self.row.id}"
        if self.row.verb in BESIDE:
            return f"beside:{self.row.id}"
        return f"{self.channel}:{self.chat}"


class Sender:
    """Sends what is due. `host` is the host's own time (leases, back-off, waits); `holds` says whether this process is
    the one that sends for a channel (D7), `down` whether one of ours has had no connection for a while.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        *,
        rng: random.Random | None = None,
        host: Callable[[], datetime] = host_now,
        holds: Callable[[str], bool] = lambda _: True,
        down: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.db = db
        self.channels = channels
        self.holds = holds
        self.down = down
        self.wake = asyncio.Event()
        self.host = host
        self.pace = Pace({name: channel.limits for name, channel in channels.items()}, host)
        self._locked: dict[str, datetime] = {}  # channel -> until when its refused credentials are left alone
        self._looked_aside = LONG_AGO
        self._busy: set[str] = set()
        self._ended: set[str] = set()  # what came to its end since the look that goes on began
        self._planning = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._rng = rng or random.Random()
        self._leases = Together(self._lease_ready)
        self._marks = Together(self._mark_sent)
        self._leased: dict[int, int] = {}  # row -> the lease's number
        self._asked: dict[int, datetime] = {}  # row -> when its lease was asked for (host), until that is over
        db.on_note = self.wake.set

    async def run(self) -> None:
        """Send for ever."""
        looked = self.host()
        while True:
            self.wake.clear()
            if await self.start_due():
                continue
            if self.host() - looked > outbox.LEASE:
                looked = self.host()
                async with self.db.transaction() as tx:
                    for channel in filter(self.holds, self.channels):
                        await outbox.recover(tx, looked, channel, ended=True)
                    await rescue(tx, self.channels, looked)
            with contextlib.suppress(TimeoutError):  # not wait_for: before 3.12 it can swallow the end of this task
                async with asyncio.timeout(0.5):
                    await self.wake.wait()

    async def take_over(self, tx: Tx, channel: str) -> None:
        """We begin to send for a channel: what was sent there lately counts (D7), and what is leased may be out. Repeat
        what may be repeated, once (D6)."""
        host, line = self.host(), self.channels[channel]
        self.pace.begin(channel, await outbox.lately(tx, channel, host, self.pace.span(channel)))
        if isinstance(line, Remembering):
            line.begin([(chat, host - at) for chat, at in await outbox.lately(tx, channel, host, line.memory)])
        await outbox.recover(tx, host, channel)

    async def recover(self) -> None:
        """We begin to send, and nobody else does."""
        async with self.db.transaction() as tx:
            for channel in self.channels:
                await self.take_over(tx, channel)

    async def drain(self, seconds: float = 20) -> None:
        """Send until nothing can go out now, for at most `seconds`."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            sending = bool(self._tasks)  # what ends during a look may let out what waited behind it
            if not (await self.start_due() or self._tasks or sending):
                return
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    # --- the fast path: an answer goes out right after the commit that made it ----------------------------------

    def admits(self, verb: str, channel: str, chat: str) -> datetime | None:
        """May an answer be written as already leased, to be sent by `go` as soon as it is committed? Until when.

        The chat is kept free for it until `go` or `forget`.
        """
        if len(self._tasks) >= 2 * PARALLEL or not self.holds(channel) or channel not in self.channels:
            return None
        key = f"{channel}:{chat}"
        if self._locked.get(channel, LONG_AGO) > self.host() or self.pace.waits(key):
            return None
        if verb not in BESIDE:
            if key in self._busy or not self.pace.may(channel, chat):
                return None
            self._busy.add(key)
        return self.host() + outbox.LEASE

    def forget(self, row: outbox.Row) -> None:
        """The transaction was rolled back: the answer was never written."""
        if row.verb not in BESIDE:
            self._busy.discard(f"{row.channel}:{row.chat}")

    def go(self, row: outbox.Row, *, more: bool) -> None:
        """Send a row that was written as leased and is committed now."""
        assert row.chat is not None
        self._start(Errand(row, row.channel, row.chat, leased=True, more=more))

    # --- planning -----------------------------------------------------------------------------------------------

    async def start_due(self) -> int:
        """Start sending the first due row of each free chat; how many were started."""
        async with self._planning:
            room = PARALLEL - len(self._tasks)
            if room <= 0 or not any(map(self._usable, self.channels)):
                return 0  # without looking through everything that waits
            await self._set_aside()
            while True:
                self._ended.clear()
                async with self.db.snapshot() as tx:
                    plan = await self._plan(tx, room)
                # What ended meanwhile is not as this look saw it: it has been tried, waits, or goes elsewhere.
                free = [errand for errand in plan if errand.key not in self._busy | self._ended]
                if free or not any(errand.key in self._ended for errand in plan):
                    break
            for errand in free:
                self._start(errand)
            return len(free)

    def _shut(self, channel: str) -> bool:
        """Has a network of ours taken nothing for a while?"""
        return self.down(channel) or self._locked.get(channel, LONG_AGO) > self.host()

    async def _set_aside(self) -> None:
        """An answer that waits for a network that takes nothing holds up nothing that has another way."""
        shut = [name for name in self.channels if self._shut(name)]
        if shut and self.host() - self._looked_aside >= ASIDE:
            self._looked_aside = self.host()
            async with self.db.transaction() as tx:
                await outbox.set_aside(tx, shut)

    def _start(self, errand: Errand) -> None:
        self._busy.add(errand.key)
        task = asyncio.create_task(self._deliver(errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _plan(self, tx: Tx, room: int) -> list[Errand]:
        """A page at a time, because the first rows may all be in chats that have to wait."""
        plan: list[Errand] = []
        taken: set[str] = set()
        after, most = FIRST, min(PAGE, room + len(self._busy))  # mostly enough: a page is looked for row by row
        while len(plan) < room:
            rows = await outbox.due(tx, self.host(), most, beside=self.pace.spent(), after=after)
            for row in rows:
                errand = Errand(row, row.channel, row.chat) if row.chat is not None else await self._address(tx, row)
                if errand.key in taken or errand.key in self._busy or (errand.channel and not self._free(errand)):
                    continue
                taken.add(errand.key)
                plan.append(errand)
                if len(plan) >= room:
                    break
            if len(rows) < most:
                break
            after, most = (rows[-1].rank, rows[-1].id), PAGE
        return plan

    async def _address(self, tx: Tx, row: outbox.Row) -> Errand:
        """Where a notice finds its person: the best way that is open (D4; docs/wecom.md)."""
        known = await reach.ways_to(tx, row.person_id) if row.person_id is not None else []
        open_ = [(channel, chat) for channel, chat in known if channel in self.channels]
        for channel, chat in open_:
            if not self._shut(channel):
                return Errand(row, channel, chat)
        if open_:
            return Errand(row, *open_[0])  # it waits for the best of them
        accounts = await people.accounts_of(tx, row.person_id) if row.person_id is not None else []
        return Errand(row, "", "unreachable" if any(a.channel in self.channels for a in accounts) else "no account")

    def _usable(self, channel: str) -> bool:
        """Is it ours to send for, and are its credentials not refused?"""
        return self.holds(channel) and self._locked.get(channel, LONG_AGO) <= self.host()

    def _free(self, errand: Errand) -> bool:
        if errand.channel not in self.channels or not self._usable(errand.channel):
            return False
        if self.pace.waits(f"{errand.channel}:{errand.chat}"):
            return False
        return errand.row.verb in BESIDE or self.pace.may(errand.channel, errand.chat)

    # --- one row ------------------------------------------------------------------------------------------------

    async def _deliver(self, errand: Errand) -> None:
        row = errand.row
        try:
            leased = await self._leased_row(errand)
            if leased is not None:
                row, out = leased
                self._asked.pop(row.id, None)
                await self._deliver_row(row, out, errand.channel, errand.chat)
        except Exception as problem:  # noqa: BLE001  a fault of ours must not stop everybody's messages
            log.error("sending failed", outbox=row.id, error=type(problem).__name__)
            with contextlib.suppress(Exception):  # whoever sends now took it back, or the lease runs out
                still = partial(self.holds, errand.channel)
                await self._surely(partial(self._failing, row, problem), still)
            self.wake.set()
        finally:
            self._asked.pop(row.id, None)
            self._busy.discard(errand.key)
            self._ended.add(errand.key)
            if errand.more:
                self.wake.set()

    async def _failing(self, row: outbox.Row, problem: Exception) -> None:
        why, ours = f"fault {type(problem).__name__}", not passes(problem)
        async with self.db.transaction() as tx:
            if (asked := self._asked.get(row.id)) is not None:
                await outbox.not_begun(tx, row.id, asked, self.host())
            await outbox.failing(tx, row, self.host(), why, ours=ours)

    async def _surely(self, write: Callable[[], Awaitable[None]], still: Callable[[], bool] = lambda: True) -> None:
        """What became of a message is known to us alone: it is written down as soon as the database takes it."""
        for pause in (0.1, 0.2, 0.5, *[1.0] * int(outbox.LEASE.total_seconds())):
            try:
                await write()
                return
            except Exception as problem:
                if not passes(problem) or not still():
                    raise
            await asyncio.sleep(pause)
        await write()

    async def finish(self, seconds: float) -> None:
        """Before closing: let what is on the wire be marked."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _after(self, seconds: float) -> datetime:
        return self.host() + timedelta(seconds=seconds)

    async def _leased_row(self, errand: Errand) -> tuple[outbox.Row, Outgoing] | None:
        """The row under our lease and the call to make; None when there is nothing to send, or another sends it."""
        row, channel, chat = errand.row, errand.channel, errand.chat
        if not channel:
            async with self.db.transaction() as tx:
                await outbox.drop(tx, row, chat)
            return None
        if not errand.leased and not _ready(row):
            async with self.db.transaction() as tx:
                return await self._prepare(tx, row, channel, chat)
        if not errand.leased:
            number = await self._leased_now(row.id)
            if number is None:
                return None
            row = replace(row, attempts=number)
        return row, _outgoing(row.verb, chat, row.payload or {})

    async def _deliver_row(self, row: outbox.Row, out: Outgoing, channel: str, chat: str) -> None:
        out = replace(await drawn(out, self.channels[channel].limits.caption), mark=row.id)
        if row.verb not in BESIDE:
            await self.pace.take(channel, chat)
        await self._send(row, out, channel, chat)

    async def _leased_now(self, row_id: int) -> int | None:
        """Lease a row that is written out: the lease's number, None when it no longer waits."""
        await self._leases.do(row_id)
        return self._leased.pop(row_id, None)

    async def _lease_ready(self, row_ids: list[int]) -> None:
        async with self.db.transaction() as tx:
            leased = await outbox.lease_ready(tx, row_ids, self._asks(*row_ids))
        self._leased |= leased

    def _asks(self, *row_ids: int) -> datetime:
        """Leases are asked for now (host time)."""
        host = self.host()
        self._asked.update(dict.fromkeys(row_ids, host))
        return host

    async def _mark_sent(self, done: list[outbox.Sent]) -> None:
        async with self.db.transaction() as tx:
            await outbox.sent(tx, done)

    async def _prepare(self, tx: Tx, row: outbox.Row, channel: str, chat: str) -> tuple[outbox.Row, Outgoing] | None:
        """Guard, expiry, words, tokens, lease: committed before the network hears anything."""
        if row.expires_at is not None and row.expires_at < tx.now:
            await outbox.drop(tx, row, "expired")
            return None
        if row.guard is not None and not await still_holds(tx, row.guard):
            await outbox.drop(tx, row, "no longer needed")
            return None
        payload, verb = row.payload or {}, row.verb
        if row.notice is not None:
            person = await people.by_id(tx, row.person_id) if row.person_id else None
            if person is not None and not person.works:
                await outbox.drop(tx, row, "left the company")
                return None
            lang = person.lang if person else tx.company.lang
            try:
                message = await render(tx, row.notice, payload, lang, person)
            except Refusal:
                message = None
            if message is None:
                await outbox.drop(tx, row, "nothing to say")
                return None
            amended = await self._amended(tx, row, payload, channel, chat)
            if amended is None:
                await outbox.drop(tx, row, "nothing to edit")
                return None
            verb, message_id = amended
            if message.reply_to_subject and not self.channels[channel].limits.can_reply:
                message = await with_quote(tx, message, lang)
            payload = await self._packed(tx, message, row, channel, chat, lang) | message_id
            row = replace(row, subject=row.subject or message.subject)
            if verb == "send":
                payload, *rest = in_parts(payload, self.channels[channel].limits, row.subject)
                await outbox.follow(tx, row, channel, chat, rest)
        number = await outbox.lease(tx, row.id, self._asks(row.id), channel=channel, chat=chat, payload=payload)
        if number is None:
            return None
        if subject := payload.get("reply_to_subject"):
            payload = payload | {"reply_to": await outbox.carrier(tx, channel, chat, subject)}
        return replace(row, attempts=number), _outgoing(verb, chat, payload)

    async def _amended(
        self, tx: Tx, row: outbox.Row, data: Any, channel: str, chat: str
    ) -> tuple[str, dict[str, Any]] | None:
        """How a notice goes out: as it says, or as an edit of the message it amends; None when it says nothing."""
        if row.verb != "edit":
            return row.verb, {}
        carrier = None
        if row.subject and self.channels[channel].limits.can_edit:
            carrier = await outbox.carrier(tx, channel, chat, row.subject)
        if carrier is not None:
            return "edit", {"message_id": carrier}
        if data.get("otherwise") != "send":
            return None
        await outbox.no_edit(tx, row.id)
        return "send", {}

    async def _packed(
        self, tx: Tx, message: Message, row: outbox.Row, channel: str, chat: str, lang: str
    ) -> dict[str, Any]:
        made = mint(tx.now, message.rows, person_id=row.person_id, channel=channel, chat=chat)
        await buttons.keep(tx, made)
        if message.subject and not row.subject:
            await outbox.carries(tx, row.id, message.subject)
        return pack(message, [one["token"] for one in made], lang)

    async def _send(self, row: outbox.Row, out: Outgoing, channel: str, chat: str) -> None:
        if not self.holds(channel):  # the lease went to another process while we prepared: it will send this
            async with self.db.transaction() as tx:
                await outbox.later(tx, row, self.host(), count=False)
            return
        try:
            message_id = await self.channels[channel].send(out)
        except (NotSent, MaybeSent, Gone, Moved, Rejected, Locked) as problem:
            await self._surely(self._heed(row, out, channel, chat, problem))
        else:
            done = outbox.Sent(
                row.id, row.attempts, channel, chat, message_id, row.subject, row.person_id, self.host(),
                edited=out.verb == "edit",
            )  # fmt: skip
            await self._surely(lambda: self._marks.do(done))

    def _heed(
        self, row: outbox.Row, out: Outgoing, channel: str, chat: str, problem: Exception
    ) -> Callable[[], Awaitable[None]]:
        """What a failure means for the row (reliability D6): an act that may be tried until the database takes it."""
        match problem:
            case NotSent():
                return self._not_sent(row, problem, f"{channel}:{chat}")
            case MaybeSent():
                host = self.host()
                return partial(self._write, lambda tx: outbox.unknown(tx, row, out.verb, host))
            case Gone():
                return partial(self._write, partial(self._elsewhere, row=row, channel=channel, chat=chat))
            case Moved():
                now = self.host()
                return partial(
                    self._write, partial(_moved, row=row, channel=channel, old=chat, new=problem.chat, now=now)
                )
            case Rejected():
                return partial(self._rejected, row, out, str(problem))
        log.warning("credentials refused: sending rests", channel=channel)  # the channel says it aloud, once
        until = self._locked[channel] = self._after(CREDENTIAL_PAUSE)
        return partial(self._write, partial(self._locked_out, row=row, channel=channel, chat=chat, until=until))

    async def _locked_out(self, tx: Tx, *, row: outbox.Row, channel: str, chat: str, until: datetime) -> None:
        """Refused credentials: a notice that has another way takes it; the rest waits until they are taken again."""
        if not await self._another_way(tx, row, channel, chat, shut=False):
            await outbox.later(tx, row, until, count=False)

    async def _another_way(self, tx: Tx, row: outbox.Row, channel: str, chat: str, *, shut: bool) -> bool:
        """Send by another way what this one certainly did not take; an answer stays where it was asked for. `shut`: by
        one that takes nothing now as well."""
        if row.person_id is None or row.verb != "send" or row.rank == REPLY or is_group(chat):
            return False
        for other, address in await reach.ways_to(tx, row.person_id):
            if other in self.channels and (other, address) != (channel, chat) and (shut or not self._shut(other)):
                await outbox.reroute(tx, row, other, address, self.host())
                return True
        return False

    async def _elsewhere(self, tx: Tx, *, row: outbox.Row, channel: str, chat: str) -> None:
        """Blocked or kicked: nothing more goes there, and what it certainly did not take may have another way. Else the
        superior is told (no content), and the next message of theirs clears it."""
        way = await reach.group_instead(tx, channel, chat) if is_group(chat) else None
        await reach.lost(tx, channel, chat, row.person_id)
        if way is not None and way.channel in self.channels and row.verb == "send":
            await outbox.reroute(tx, row, way.channel, way.external_id, self.host())
            return
        if not await self._another_way(tx, row, channel, chat, shut=True):
            await outbox.drop(tx, row, "unreachable")

    async def _write(self, work: Callable[[Tx], Awaitable[Any]]) -> None:
        async with self.db.transaction() as tx:
            await work(tx)

    def _not_sent(self, row: outbox.Row, problem: NotSent, key: str) -> Callable[[], Awaitable[None]]:
        if problem.delay is not None:
            until = self._after(problem.delay.total_seconds() + self._rng.random())
            self.pace.wait(key, until)
            return partial(self._write, lambda tx: outbox.later(tx, row, until, count=False))
        retry = self._after(BACKOFF[min(row.attempts, len(BACKOFF)) - 1])

        async def write(tx: Tx) -> None:
            if row.attempts > len(BACKOFF) and tx.now - row.due_at > HORIZON:
                await outbox.drop(tx, row, "not sent for a day", state="dead")
                log.error("gave up sending", outbox=row.id)
            else:
                await outbox.later(tx, row, retry, count=True)

        return partial(self._write, write)

    async def _rejected(self, row: outbox.Row, out: Outgoing, why: str) -> None:
        """The network will not take it as it is: an edit becomes a new message, anything else is given up."""
        async with self.db.transaction() as tx:
            if out.verb == "edit":
                await outbox.send_instead(tx, row)
                return
            if out.verb == "strip":  # the message is gone, and its buttons with it
                await outbox.drop(tx, row, "nothing to take away")
                return
            await outbox.drop(tx, row, "rejected", state="dead")
            if is_group(out.chat):
                await reach.not_taken(tx, row.channel, out.chat)
        log.error(
            "message rejected",
            outbox=row.id,
            verb=out.verb,
            bulk=row.rank == BULK,
            why=why.split(":", maxsplit=1)[0][:60],
        )


def _ready(row: outbox.Row) -> bool:
    """Written out, with nothing left to look up: an answer."""
    return row.notice is None and row.guard is None and row.expires_at is None and not _refers(row.payload)


def _refers(payload: Any) -> bool:
    return bool(payload) and "reply_to_subject" in payload


def _outgoing(verb: str, chat: str, payload: Mapping[str, Any]) -> Outgoing:
    """A row's payload as one call on the network."""
    file = payload.get("file")
    return Outgoing(
        verb=verb,
        chat=chat,
        text=payload.get("text", ""),
        buttons=tuple(tuple(WireButton(*b) for b in buttons) for buttons in payload.get("buttons", ())),
        message_id=payload.get("message_id"),
        reply_to=payload.get("reply_to"),
        answers=payload.get("answers"),
        press_id=payload.get("press_id"),
        alert=bool(payload.get("alert")),
        keyboard=tuple(tuple(words) for words in payload["keyboard"]) if payload.get("keyboard") else None,
        file=File.unpacked(file) if file else None,
        silent=bool(payload.get("silent")),
        protect=bool(payload.get("protect")),
        menu=tuple((a, b) for a, b in payload.get("menu", ())),
        lang=payload.get("lang", "zh"),
    )


async def _moved(tx: Tx, *, row: outbox.Row, channel: str, old: str, new: str, now: datetime) -> None:
    """The group has a new id: everything follows, and this row is sent there."""
    await outbox.migrate_chat(tx, channel, old, new)
    await outbox.readdress(tx, row, channel, new, now)
