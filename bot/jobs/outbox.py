"""Sending: leases, guards, rendering, pacing and failure classes, in one place (D2; reliability D5-D7)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiolimiter import AsyncLimiter
from sqlalchemy import select, update

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
from core.store import models as m
from core.store import outbox, people
from core.store.db import BULK, Database, Tx
from core.usecases.guards import holds

log = structlog.get_logger("outbox")

HORIZON = timedelta(hours=24)
BACKOFF = (1, 2, 4, 8, 16, 32, 64, 128, 256, 300)
CREDENTIAL_PAUSE = 30.0
PARALLEL = 16
FREE_VERBS = frozenset({"answer", "strip", "menu", "leave"})  # do not count against a chat's pace


def host_now() -> datetime:
    """The host's own time: leases, back-off and waits never follow the company's clock (D5)."""
    return datetime.now(UTC)


class Pace:
    """Telegram's budgets (telegram.md 1): about 25/s over all, 18/min in a group, 1/s in a chat with short bursts."""

    def __init__(self) -> None:
        self._all = AsyncLimiter(25, 1)
        self._chats: dict[str, AsyncLimiter] = {}
        self.blocked: dict[str, float] = {}  # chat -> monotonic time until which the network asked us to wait

    def _limiter(self, chat: str) -> AsyncLimiter:
        if chat not in self._chats:
            if len(self._chats) > 20_000:
                self._chats.clear()
            self._chats[chat] = AsyncLimiter(18, 60) if chat.startswith("-") else AsyncLimiter(8, 8)
        return self._chats[chat]

    def may(self, key: str, chat: str) -> bool:
        """Could a message go into this chat now?"""
        if self.blocked.get(key, 0) > time.monotonic():
            return False
        return self._limiter(chat).has_capacity() and self._all.has_capacity()

    async def take(self, chat: str) -> None:
        """Count one message."""
        await self._limiter(chat).acquire()
        await self._all.acquire()

    def wait(self, key: str, seconds: float) -> None:
        """The network asked for patience in this chat only."""
        self.blocked[key] = time.monotonic() + seconds


class Sender:
    """Sends what is due."""

    def __init__(self, db: Database, channels: Mapping[str, Channel], *, rng: random.Random | None = None) -> None:
        self.db = db
        self.channels = channels
        self.wake = asyncio.Event()
        self.pace = Pace()
        self.locked_until: dict[str, float] = {}
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._rng = rng or random.Random()
        db.on_note = self.wake.set

    async def run(self) -> None:
        """Send for ever."""
        await self.recover()
        while True:
            self.wake.clear()
            started = await self.start_due()
            if started:
                continue
            try:
                await asyncio.wait_for(self.wake.wait(), timeout=0.5)
            except TimeoutError:
                continue

    async def recover(self) -> None:
        """After a crash: what was leased may be out. Repeat what may be repeated, once; leave the rest (D6)."""
        c = m.outbox.c
        async with self.db.transaction() as tx:
            leased = c.state == "leased"
            await tx.run(
                update(m.outbox)
                .where(leased, ~c.repeatable | (c.attempts >= 2))
                .values(state="maybe", payload=None, done_at=tx.now, lease_until=None)
            )
            await tx.run(update(m.outbox).where(leased).values(state="new", lease_until=None, retry_at=None))

    async def drain(self, seconds: float = 20) -> None:
        """Send until nothing is due, for at most `seconds`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.start_due()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=1, return_when=asyncio.FIRST_COMPLETED)
                continue
            async with self.db.snapshot() as tx:
                rows = await outbox.due(tx, host_now(), limit=1)
            if not rows:
                return
            await asyncio.sleep(0.05)

    async def start_due(self) -> int:
        """Start sending the first due row of each free chat; how many were started."""
        async with self.db.snapshot() as tx:
            rows = await outbox.due(tx, host_now())
            plan = await self._plan(tx, rows)
        for row, account, chat in plan:
            key = f"{account}:{chat}"
            self._busy.add(key)
            task = asyncio.create_task(self._deliver(row, account, chat, key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(plan)

    async def _plan(self, tx: Tx, rows: Any) -> list[tuple[outbox.Row, str, str]]:
        plan: list[tuple[outbox.Row, str, str]] = []
        taken: set[str] = set()
        addresses: dict[int, tuple[str, str] | None] = {}
        for row in rows:
            if len(self._tasks) + len(plan) >= PARALLEL:
                break
            if row.chat is not None:
                channel, chat = row.channel, row.chat
            else:
                if row.person_id not in addresses:
                    known = await people.accounts_of(tx, row.person_id)
                    first = next((a for a in known if a.channel in self.channels), None)
                    addresses[row.person_id] = (first.channel, first.external_id) if first else None
                where = addresses[row.person_id]
                if where is None:
                    plan.append((row, "", f"person:{row.person_id}"))
                    continue
                channel, chat = where
            key = f"{channel}:{chat}"
            if key in taken or key in self._busy or channel not in self.channels:
                continue
            if self.locked_until.get(channel, 0) > time.monotonic():
                continue
            if row.verb in FREE_VERBS:
                if self.pace.blocked.get(key, 0) > time.monotonic():
                    continue
            elif not self.pace.may(key, chat):
                taken.add(key)
                continue
            taken.add(key)
            plan.append((row, channel, chat))
        return plan

    async def _deliver(self, row: outbox.Row, channel: str, chat: str, key: str) -> None:
        try:
            await self._deliver_row(row, channel, chat, key)
        except Exception as problem:  # a fault of ours must not stop everybody's messages
            log.error("sending failed", outbox=row.id, error=type(problem).__name__)
            await self._broken(row, problem)
        finally:
            self._busy.discard(key)
            self.wake.set()

    async def _broken(self, row: outbox.Row, problem: Exception) -> None:
        """A fault of ours. Before the call it is tried again; after it the outcome is unknown (D6)."""
        c = m.outbox.c
        async with self.db.transaction() as tx:
            now = await tx.first(select(c.state, c.attempts).where(c.id == row.id))
            if now is None or now.state not in {"new", "leased"}:
                return
            attempts = row.attempts + 1
            if attempts >= 3 or (now.state == "leased" and (not row.repeatable or attempts >= 2)):
                state = "maybe" if now.state == "leased" else "dead"
                await outbox.drop(tx, row.id, f"fault {type(problem).__name__}", state=state)
                return
            retry = host_now() + timedelta(seconds=2)
            values = {"attempts": attempts, "state": "new", "retry_at": retry, "lease_until": None}
            await tx.run(update(m.outbox).where(c.id == row.id).values(**values))

    async def finish(self, seconds: float) -> None:
        """Before closing: let what is on the wire be marked."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _deliver_row(self, row: outbox.Row, channel: str, chat: str, key: str) -> None:
        if not channel:
            async with self.db.transaction() as tx:
                await outbox.drop(tx, row.id, "no account")
            return
        async with self.db.transaction() as tx:
            out = await self._prepare(tx, row, channel, chat)
        if out is None:
            return
        if row.verb not in FREE_VERBS:
            await self.pace.take(chat)
        await self._send(row, out, channel, chat, key)

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
        await outbox.lease(tx, row.id, host_now(), channel=channel, chat=chat, payload=payload)
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
        await tx.run(update(m.outbox).where(m.outbox.c.id == row.id).values(verb="send"))
        return "send", {}

    async def _packed(self, tx: Tx, message: Message, row: outbox.Row, channel: str, chat: str) -> dict[str, Any]:
        tokens = await mint(tx, message.rows, person_id=row.person_id, channel=channel, chat=chat)
        if message.subject and not row.subject:
            await tx.run(update(m.outbox).where(m.outbox.c.id == row.id).values(subject=message.subject))
        return pack(message, tokens)

    async def _send(self, row: outbox.Row, out: Outgoing, channel: str, chat: str, key: str) -> None:
        attempts = row.attempts + 1
        try:
            message_id = await self.channels[channel].send(out)
        except NotSent as problem:
            await self._not_sent(row, problem, key, attempts)
        except MaybeSent:
            again = (row.repeatable or out.verb in {"edit", "answer", "strip"}) and attempts < 2
            async with self.db.transaction() as tx:
                if again:
                    await outbox.later(tx, row.id, host_now() + timedelta(seconds=2), count=True)
                else:
                    await outbox.sent(tx, row, channel=channel, chat=chat, message_id=None, state="maybe")
        except Gone:
            await self._gone(row, channel, chat)
        except Moved as problem:
            async with self.db.transaction() as tx:
                await outbox.migrate_chat(tx, channel, chat, problem.chat)
                await tx.run(update(m.outbox).where(m.outbox.c.id == row.id).values(chat=problem.chat))
                await outbox.later(tx, row.id, host_now(), count=False)
        except Rejected as problem:
            await self._rejected(row, out, str(problem), attempts)
        except Locked:
            log.critical("credentials refused: sending stopped", channel=channel)
            self.locked_until[channel] = time.monotonic() + CREDENTIAL_PAUSE
            async with self.db.transaction() as tx:
                await outbox.later(tx, row.id, host_now() + timedelta(seconds=CREDENTIAL_PAUSE), count=False)
        else:
            async with self.db.transaction() as tx:
                fresh = await tx.scalar(
                    m.outbox.select().with_only_columns(m.outbox.c.subject).where(m.outbox.c.id == row.id)
                )
                carrying = outbox.Row(
                    **{n: getattr(row, n) for n in outbox.Row.__dataclass_fields__} | {"subject": fresh}
                )
                await outbox.sent(tx, carrying, channel=channel, chat=chat, message_id=message_id)

    async def _not_sent(self, row: outbox.Row, problem: NotSent, key: str, attempts: int) -> None:
        if problem.delay is not None:
            seconds = problem.delay.total_seconds() + self._rng.random()
            self.pace.wait(key, seconds)
            async with self.db.transaction() as tx:
                await outbox.later(tx, row.id, host_now() + timedelta(seconds=seconds), count=False)
            return
        seconds = BACKOFF[min(attempts, len(BACKOFF)) - 1]
        async with self.db.transaction() as tx:
            if tx.now - row.due_at > HORIZON and attempts > len(BACKOFF):
                await outbox.drop(tx, row.id, "not sent for a day", state="dead")
                log.error("gave up sending", outbox=row.id)
            else:
                await outbox.later(tx, row.id, host_now() + timedelta(seconds=seconds), count=True)

    async def _gone(self, row: outbox.Row, channel: str, chat: str) -> None:
        """Blocked or kicked: stop sending there, tell the superior (no content), clear on the next message."""
        async with self.db.transaction() as tx:
            await outbox.drop(tx, row.id, "unreachable")
            if chat.startswith("-"):
                await people.group_left(tx, channel, chat)
                return
            person_id = await people.unreachable(tx, channel, chat)
            if person_id is None:
                return
            person = await people.by_id(tx, person_id)
            superior = await people.superior_of(tx, person) if person and person.works else None
            if superior is not None:
                await tx.notify(
                    superior.id, "unreachable", {"person": person_id}, once=f"unreachable:{person_id}:{tx.today}"
                )

    async def _rejected(self, row: outbox.Row, out: Outgoing, why: str, attempts: int) -> None:
        """The network will not take it as it is: an edit becomes a new message, a lost quote is left out."""
        async with self.db.transaction() as tx:
            if out.verb == "edit" and attempts < 2 and row.payload:
                payload = {k: v for k, v in row.payload.items() if k != "message_id"}
                await tx.run(
                    update(m.outbox)
                    .where(m.outbox.c.id == row.id)
                    .values(verb="send", payload=payload, state="new", lease_until=None)
                )
                return
            await outbox.drop(tx, row.id, "rejected", state="dead")
        log.error(
            "message rejected",
            outbox=row.id,
            verb=out.verb,
            bulk=row.rank == BULK,
            why=why.split(":", maxsplit=1)[0][:60],
        )
