"""Sending: leases, guards, rendering, pacing and failure classes, in one place (D2; reliability D5-D7)."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiolimiter import AsyncLimiter

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
    WireButton,
)
from bot.dispatch import mint, pack
from bot.render import registry as _notices  # noqa: F401  fills the renderers
from bot.render.notices import render
from core.rules.errors import Refusal
from core.store import outbox, people
from core.store.db import BULK, Database, Tx
from core.usecases import reach
from core.usecases.guards import holds

log = structlog.get_logger("outbox")

HORIZON = timedelta(hours=24)
BACKOFF = (1, 2, 4, 8, 16, 32, 64, 128, 256, 300)
CREDENTIAL_PAUSE = 30.0
PARALLEL = 16
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def host_now() -> datetime:
    """The host's own time: leases, back-off and waits never follow the company's clock (D5)."""
    return datetime.now(UTC)


class Pace:
    """Telegram's budgets (the Bot API notes 1): under 30/s over all, under 20/min in a group, 1/s in a chat with short bursts.

    A limiter lets its whole capacity through at once and refills meanwhile: what passes in a window is capacity plus refill.
    """

    def __init__(self, host: Callable[[], datetime] = host_now) -> None:
        self._all = AsyncLimiter(14, 1)
        self._chats: dict[str, AsyncLimiter] = {}
        self._host = host
        self._asked: dict[str, datetime] = {}  # chat -> until when the network asked us to wait

    def _limiter(self, chat: str) -> AsyncLimiter:
        if chat not in self._chats:
            if len(self._chats) > 20_000:
                self._chats.clear()
            self._chats[chat] = AsyncLimiter(7, 35) if chat.startswith("-") else AsyncLimiter(8, 8)
        return self._chats[chat]

    def waits(self, key: str) -> bool:
        """Has the network asked for patience in this chat?"""
        return key in self._asked and self._asked[key] > self._host()

    def may(self, chat: str) -> bool:
        """Could a message go into this chat now?"""
        return self._limiter(chat).has_capacity() and self._all.has_capacity()

    async def take(self, chat: str) -> None:
        """Count one message."""
        await self._limiter(chat).acquire()
        await self._all.acquire()

    def wait(self, key: str, until: datetime) -> None:
        """The network asked for patience in this chat only."""
        self._asked = {other: moment for other, moment in self._asked.items() if moment > self._host()} | {key: until}


@dataclass(frozen=True, slots=True)
class Errand:
    """A row and where it goes; without a channel nobody can be reached and `chat` says why."""

    row: outbox.Row
    channel: str
    chat: str

    @property
    def key(self) -> str:
        """One call at a time for each of these."""
        return f"{self.channel}:{self.chat}" if self.channel else f"row:{self.row.id}"


class Sender:
    """Sends what is due. `host` is the host's own time (leases, back-off, waits)."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        *,
        rng: random.Random | None = None,
        host: Callable[[], datetime] = host_now,
    ) -> None:
        self.db = db
        self.channels = channels
        self.wake = asyncio.Event()
        self.host = host
        self.pace = Pace(host)
        self._locked: dict[str, datetime] = {}  # channel -> until when its refused credentials are left alone
        self._busy: set[str] = set()
        self._planning = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._rng = rng or random.Random()
        db.on_note = self.wake.set

    async def run(self) -> None:
        """Send for ever."""
        await self.recover()
        looked = self.host()
        while True:
            self.wake.clear()
            if await self.start_due():
                continue
            if self.host() - looked > outbox.LEASE:
                looked = self.host()
                async with self.db.transaction() as tx:
                    await outbox.recover(tx, looked)
            with contextlib.suppress(TimeoutError):  # not wait_for: before 3.12 it can swallow the end of this task
                async with asyncio.timeout(0.5):
                    await self.wake.wait()

    async def recover(self) -> None:
        """After a crash: what was leased may be out. Repeat what may be repeated, once; leave the rest (D6)."""
        async with self.db.transaction() as tx:
            await outbox.recover(tx)

    async def drain(self, seconds: float = 20) -> None:
        """Send until nothing can go out now, for at most `seconds`."""
        end = asyncio.get_running_loop().time() + seconds
        while await self.start_due() or self._tasks:
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def start_due(self) -> int:
        """Start sending the first due row of each free chat; how many were started."""
        async with self.db.snapshot() as tx:
            rows = await outbox.due(tx, self.host())
            plan = await self._plan(tx, rows) if rows else []
        for errand in plan:
            self._busy.add(errand.key)
            task = asyncio.create_task(self._deliver(errand))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(plan)

    async def _plan(self, tx: Tx, rows: Sequence[outbox.Row]) -> list[Errand]:
        plan: list[Errand] = []
        taken: set[str] = set()
        for row in rows:
            if len(self._tasks) + len(plan) >= PARALLEL:
                break
            errand = Errand(row, row.channel, row.chat) if row.chat is not None else await self._address(tx, row)
            if errand.key in taken or errand.key in self._busy:
                continue
            if errand.channel and not self._free(errand):
                if row.verb not in outbox.BESIDE:
                    taken.add(errand.key)
                continue
            taken.add(errand.key)
            plan.append(errand)
        return plan

    async def _address(self, tx: Tx, row: outbox.Row) -> Errand:
        """Where a notice finds its person: the account used last that can be reached (D4)."""
        known = await people.accounts_of(tx, row.person_id) if row.person_id is not None else []
        ours = [account for account in known if account.channel in self.channels]
        where = next((account for account in ours if account.unreachable_at is None), None)
        if where is None:
            return Errand(row, "", "unreachable" if ours else "no account")
        return Errand(row, where.channel, where.external_id)

    def _free(self, errand: Errand) -> bool:
        if errand.channel not in self.channels or self._locked.get(errand.channel, LONG_AGO) > self.host():
            return False
        if self.pace.waits(errand.key):
            return False
        return errand.row.verb in outbox.BESIDE or self.pace.may(errand.chat)

    async def _deliver(self, errand: Errand) -> None:
        try:
            await self._deliver_row(errand.row, errand.channel, errand.chat)
        except Exception as problem:  # noqa: BLE001  a fault of ours must not stop everybody's messages
            log.error("sending failed", outbox=errand.row.id, error=type(problem).__name__)
            async with self.db.transaction() as tx:
                await outbox.failing(tx, errand.row, self._after(2), f"fault {type(problem).__name__}")
        finally:
            self._busy.discard(errand.key)
            self.wake.set()

    async def finish(self, seconds: float) -> None:
        """Before closing: let what is on the wire be marked."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _after(self, seconds: float) -> datetime:
        return self.host() + timedelta(seconds=seconds)

    async def _deliver_row(self, row: outbox.Row, channel: str, chat: str) -> None:
        async with self.db.transaction() as tx:
            out = await self._prepare(tx, row, channel, chat) if channel else None
            if not channel:
                await outbox.drop(tx, row.id, chat)
        if out is None:
            return
        if row.verb not in outbox.BESIDE:
            await self.pace.take(chat)
        await self._send(row, out, channel, chat)

    async def _prepare(self, tx: Tx, row: outbox.Row, channel: str, chat: str) -> Outgoing | None:
        """Guard, expiry, words, tokens, lease: committed before the network hears anything."""
        if row.expires_at is not None and row.expires_at < tx.now:
            await outbox.drop(tx, row.id, "expired")
            return None
        if row.guard is not None and not await holds(tx, row.guard):
            await outbox.drop(tx, row.id, "no longer needed")
            return None
        payload, verb = row.payload or {}, row.verb
        if row.notice is not None:
            person = await people.by_id(tx, row.person_id) if row.person_id else None
            if person is not None and not person.works:
                await outbox.drop(tx, row.id, "left the company")
                return None
            lang = person.lang if person else tx.company.lang
            try:
                message = await render(tx, row.notice, payload, lang, person)
            except Refusal:
                message = None
            if message is None:
                await outbox.drop(tx, row.id, "nothing to say")
                return None
            amended = await self._amended(tx, row, payload, channel, chat)
            if amended is None:
                await outbox.drop(tx, row.id, "nothing to edit")
                return None
            verb, message_id = amended
            payload = await self._packed(tx, message, row, channel, chat) | message_id
        if not await outbox.lease(tx, row.id, self.host(), channel=channel, chat=chat, payload=payload):
            return None
        reply_to = payload.get("reply_to")
        if subject := payload.get("reply_to_subject"):
            reply_to = await outbox.carrier(tx, channel, chat, subject)
        file = payload.get("file")
        return Outgoing(
            verb=verb,
            chat=chat,
            text=payload.get("text", ""),
            buttons=tuple(tuple(WireButton(*b) for b in buttons) for buttons in payload.get("buttons", ())),
            message_id=payload.get("message_id"),
            reply_to=reply_to,
            press_id=payload.get("press_id"),
            alert=bool(payload.get("alert")),
            keyboard=tuple(tuple(words) for words in payload["keyboard"]) if payload.get("keyboard") else None,
            file=File(file[0], bytes.fromhex(file[1]), file[2]) if file else None,
            silent=bool(payload.get("silent")),
            protect=bool(payload.get("protect")),
            menu=tuple((a, b) for a, b in payload.get("menu", ())),
            lang=payload.get("lang", "zh"),
        )

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

    async def _packed(self, tx: Tx, message: Message, row: outbox.Row, channel: str, chat: str) -> dict[str, Any]:
        tokens = await mint(tx, message.rows, person_id=row.person_id, channel=channel, chat=chat)
        if message.subject and not row.subject:
            await outbox.carries(tx, row.id, message.subject)
        return pack(message, tokens)

    async def _send(self, row: outbox.Row, out: Outgoing, channel: str, chat: str) -> None:
        try:
            message_id = await self.channels[channel].send(out)
        except NotSent as problem:
            await self._not_sent(row, problem, f"{channel}:{chat}")
        except MaybeSent:
            async with self.db.transaction() as tx:
                await outbox.unknown(tx, row, out.verb, self._after(2))
        except Gone:
            await self._gone(row, channel, chat)
        except Moved as problem:
            async with self.db.transaction() as tx:
                await outbox.migrate_chat(tx, channel, chat, problem.chat)
                await outbox.readdress(tx, row.id, problem.chat, self.host())
        except Rejected as problem:
            await self._rejected(row, out, str(problem))
        except Locked:
            log.critical("credentials refused: sending stopped", channel=channel)
            self._locked[channel] = self._after(CREDENTIAL_PAUSE)
            async with self.db.transaction() as tx:
                await outbox.later(tx, row.id, self._locked[channel], count=False)
        else:
            async with self.db.transaction() as tx:
                await outbox.sent(tx, row.id, channel=channel, chat=chat, message_id=message_id)

    async def _not_sent(self, row: outbox.Row, problem: NotSent, key: str) -> None:
        if problem.delay is not None:
            until = self._after(problem.delay.total_seconds() + self._rng.random())
            self.pace.wait(key, until)
            async with self.db.transaction() as tx:
                await outbox.later(tx, row.id, until, count=False)
            return
        async with self.db.transaction() as tx:
            if row.attempts >= len(BACKOFF) and tx.now - row.due_at > HORIZON:
                await outbox.drop(tx, row.id, "not sent for a day", state="dead")
                log.error("gave up sending", outbox=row.id)
            else:
                pause = BACKOFF[min(row.attempts, len(BACKOFF) - 1)]
                await outbox.later(tx, row.id, self._after(pause), count=True)

    async def _gone(self, row: outbox.Row, channel: str, chat: str) -> None:
        """Blocked or kicked: stop sending there, tell the superior (no content), clear on the next message."""
        async with self.db.transaction() as tx:
            await outbox.drop(tx, row.id, "unreachable")
            await reach.lost(tx, channel, chat)

    async def _rejected(self, row: outbox.Row, out: Outgoing, why: str) -> None:
        """The network will not take it as it is: an edit becomes a new message, anything else is given up."""
        async with self.db.transaction() as tx:
            if out.verb == "edit":
                await outbox.send_instead(tx, row.id)
                return
            await outbox.drop(tx, row.id, "rejected", state="dead")
        log.error(
            "message rejected",
            outbox=row.id,
            verb=out.verb,
            bulk=row.rank == BULK,
            why=why.split(":", maxsplit=1)[0][:60],
        )
