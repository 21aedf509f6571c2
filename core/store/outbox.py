"""The outbox: every outgoing message is a row first, written in the transaction of what it tells (D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from core.store import models as m
from core.store.db import REPLY, Tx

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Row:
    """An outgoing message that is due."""

    id: int
    channel: str
    chat: str | None
    person_id: int | None
    rank: int
    verb: str
    notice: str | None
    payload: Any
    guard: str | None
    subject: str | None
    repeatable: bool
    due_at: datetime
    expires_at: datetime | None
    attempts: int
    created_at: datetime


_COLUMNS = [m.outbox.c[name] for name in Row.__dataclass_fields__]


async def reply(
    tx: Tx,
    *,
    once: str,
    channel: str,
    chat: str,
    verb: str,
    payload: Any,
    person_id: int | None = None,
    subject: str | None = None,
    expires_at: datetime | None = None,
    guard: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Queue an answer to what was just handled (or, with `due_at`, an act of ours in that chat)."""
    await tx.insert_once(
        m.outbox,
        once=once, channel=channel, chat=chat, person_id=person_id, rank=REPLY, verb=verb, payload=payload,
        subject=subject, repeatable=True, due_at=due_at or tx.now, expires_at=expires_at, guard=guard,
        created_at=tx.now,
    )  # fmt: skip
    tx.noted += 1


async def due(tx: Tx, host_now: datetime, limit: int = 200) -> Sequence[Row]:
    """What may go out now: replies before notices before bulk, oldest first.

    Only the first unfinished row of each chat matters; the sender keeps the order per chat.
    """
    c = m.outbox.c
    rows = await tx.all(
        select(*_COLUMNS)
        .where(
            or_(c.state == "new", and_(c.state == "leased", c.lease_until < host_now)),
            c.due_at <= tx.now,
            or_(c.retry_at.is_(None), c.retry_at <= host_now),
        )
        .order_by(c.rank, c.id)
        .limit(limit)
    )
    return [Row(*row) for row in rows]


async def lease(tx: Tx, row_id: int, host_now: datetime, *, channel: str, chat: str, payload: Any) -> None:
    """Write down what is about to be sent, and until when it is ours. A crash now leaves an unknown outcome."""
    await tx.run(
        update(m.outbox)
        .where(m.outbox.c.id == row_id)
        .values(
            state="leased",
            lease_until=host_now + LEASE,
            attempts=m.outbox.c.attempts + 1,
            channel=channel,
            chat=chat,
            payload=payload,
            notice=None,
        )
    )


async def sent(tx: Tx, row: Row, *, channel: str, chat: str, message_id: str | None, state: str = "sent") -> None:
    """Done. The payload is emptied; the message is remembered with what it carries."""
    await tx.run(
        update(m.outbox)
        .where(m.outbox.c.id == row.id)
        .values(state=state, payload=None, message_id=message_id, done_at=tx.now, lease_until=None)
    )
    if message_id is not None:
        c = m.sent_messages.c
        new = await tx.insert_once(
            m.sent_messages, channel=channel, chat=chat, message_id=message_id, outbox_id=row.id,
            subject=row.subject, person_id=row.person_id, at=tx.now,
        )  # fmt: skip
        if new is None and row.subject is not None:  # an edit made it carry something: a review became a receipt
            await tx.run(
                update(m.sent_messages)
                .where(c.channel == channel, c.chat == chat, c.message_id == message_id)
                .values(subject=row.subject)
            )


async def later(tx: Tx, row_id: int, retry_at: datetime, *, count: bool) -> None:
    """Not sent: try again at `retry_at` (host time). Waiting as asked is not an attempt."""
    attempts = m.outbox.c.attempts if count else m.outbox.c.attempts - 1
    await tx.run(
        update(m.outbox)
        .where(m.outbox.c.id == row_id)
        .values(state="new", retry_at=retry_at, lease_until=None, attempts=attempts)
    )


async def drop(tx: Tx, row_id: int, reason: str, *, state: str = "dropped") -> None:
    """Never send it: the guard no longer holds, it expired, or the network will not take it."""
    await tx.run(
        update(m.outbox)
        .where(m.outbox.c.id == row_id)
        .values(state=state, reason=reason[:80], payload=None, done_at=tx.now, lease_until=None)
    )


async def cancel(tx: Tx, once_prefix: str) -> None:
    """Take back what has not gone out yet (a reminder whose reason is gone)."""
    c = m.outbox.c
    await tx.run(
        update(m.outbox)
        .where(c.once.startswith(once_prefix, autoescape=True), c.state == "new")
        .values(state="dropped", reason="cancelled", payload=None, done_at=tx.now)
    )


async def next_due(tx: Tx) -> datetime | None:
    """When the next timed message is due on the company's clock, after now."""
    c = m.outbox.c
    value: datetime | None = await tx.scalar(select(func.min(c.due_at)).where(c.state == "new", c.due_at > tx.now))
    return value


async def waiting(tx: Tx) -> tuple[int, datetime | None]:
    """How many are due and unsent, and since when the oldest waits."""
    c = m.outbox.c
    row = await tx.first(
        select(func.count(), func.min(c.due_at)).where(c.state.in_(("new", "leased")), c.due_at <= tx.now)
    )
    return (int(row[0]), row[1]) if row else (0, None)


async def carrier(tx: Tx, channel: str, chat: str, subject: str) -> str | None:
    """Our last message in this chat that carries `subject`."""
    c = m.sent_messages.c
    value: str | None = await tx.scalar(
        select(c.message_id)
        .where(c.channel == channel, c.chat == chat, c.subject == subject)
        .order_by(c.id.desc())
        .limit(1)
    )
    return value


async def subject_of(tx: Tx, channel: str, chat: str, message_id: str) -> tuple[bool, str | None]:
    """Whether a message is one of ours, and what it carries."""
    c = m.sent_messages.c
    row = await tx.first(
        select(c.subject).where(c.channel == channel, c.chat == chat, c.message_id == message_id).limit(1)
    )
    return (False, None) if row is None else (True, row[0])


async def migrate_chat(tx: Tx, channel: str, old: str, new: str) -> None:
    """A group got a new id: unsent rows and the group follow; old message ids mean nothing there."""
    await tx.run(
        update(m.outbox)
        .where(m.outbox.c.channel == channel, m.outbox.c.chat == old, m.outbox.c.state.in_(("new", "leased")))
        .values(chat=new)
    )
    known = await tx.scalar(
        select(m.group_chats.c.id).where(m.group_chats.c.channel == channel, m.group_chats.c.external_id == new)
    )
    if known is None:
        await tx.run(
            update(m.group_chats)
            .where(m.group_chats.c.channel == channel, m.group_chats.c.external_id == old)
            .values(external_id=new)
        )
    await tx.run(update(m.buttons).where(m.buttons.c.channel == channel, m.buttons.c.chat == old).values(chat=new))
