"""The outbox: every outgoing message is a row first, written in the transaction of what it tells (D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update

from core.store import models as m
from core.store.db import REPLY, Tx

LEASE = timedelta(seconds=60)
UNKNOWN = "unknown once"  # the reason of a row that may be out already and is tried a second time
OVERWRITES = ("edit", "answer", "strip")  # saying these again changes nothing (reliability D6)
BESIDE = ("answer", "strip", "menu", "leave")  # calls that no message in the same chat has to wait for


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
    reason: str | None


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
    """What may go out now, replies before notices before bulk, oldest first: at most one row for each chat.

    The first unfinished row of a chat stands for all behind it. One that waits to be tried again keeps them waiting,
    so the order within a chat holds (D7), and a chat with a long queue takes no other chat's turn.
    """
    c = m.outbox.c
    private = and_(c.person_id.is_not(None), or_(c.chat.is_(None), ~c.chat.startswith("-")))
    place = func.row_number().over(
        # A notice has no chat until it is sent, an answer has both: what goes to one person is one queue.
        partition_by=(
            case((private, c.person_id), else_=0),
            case((private, ""), else_=c.channel),
            case((private, ""), else_=c.chat),
            c.verb.in_(BESIDE),
        ),
        order_by=(c.rank, c.id),
    )
    first = (
        select(c.id, place.label("place")).where(c.state.in_(("new", "leased")), c.due_at <= tx.now).subquery("first")
    )
    rows = await tx.all(
        select(*_COLUMNS)
        .join(first, first.c.id == c.id)
        .where(first.c.place == 1, c.state == "new", or_(c.retry_at.is_(None), c.retry_at <= host_now))
        .order_by(c.rank, c.id)
        .limit(limit)
    )
    return [Row(*row) for row in rows]


async def lease(tx: Tx, row_id: int, host_now: datetime, *, channel: str, chat: str, payload: Any) -> bool:
    """Write down what is about to be sent, and until when it is ours; a crash from here on leaves an unknown outcome.

    False when the row no longer waits: it was taken back, or somebody else has it.
    """
    done = await tx.run(
        update(m.outbox)
        .where(m.outbox.c.id == row_id, m.outbox.c.state == "new")
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
    return done.rowcount == 1


async def recover(tx: Tx, before: datetime | None = None) -> None:
    """Leases whose holder is gone: what may be repeated goes out once more, the rest stays as it may be (D6).

    `before`: only leases that ended by then (host time); without it every one, because a process that has just
    started holds none.
    """
    c = m.outbox.c
    lost = c.state == "leased" if before is None else and_(c.state == "leased", c.lease_until < before)
    again = and_(or_(c.repeatable, c.verb.in_(OVERWRITES)), c.reason.is_(None))
    await tx.run(
        update(m.outbox).where(lost, again).values(state="new", reason=UNKNOWN, lease_until=None, retry_at=None)
    )
    await tx.run(update(m.outbox).where(lost).values(state="maybe", payload=None, done_at=tx.now, lease_until=None))


async def unknown(tx: Tx, row: Row, verb: str, retry_at: datetime) -> bool:
    """The answer was lost. True when the row goes out once more at `retry_at` (host time), False when it ends here."""
    again = row.reason is None and (row.repeatable or verb in OVERWRITES)
    values: dict[str, Any] = (
        {"state": "new", "reason": UNKNOWN, "retry_at": retry_at}
        if again
        else {"state": "maybe", "payload": None, "done_at": tx.now}
    )
    await tx.run(update(m.outbox).where(m.outbox.c.id == row.id).values(lease_until=None, **values))
    return again


async def send_instead(tx: Tx, row_id: int) -> None:
    """An edit that the network will not take becomes a new message with the same words and buttons."""
    payload = await tx.scalar(select(m.outbox.c.payload).where(m.outbox.c.id == row_id))
    payload = {key: value for key, value in (payload or {}).items() if key != "message_id"}
    await tx.run(
        update(m.outbox)
        .where(m.outbox.c.id == row_id)
        .values(verb="send", payload=payload, state="new", lease_until=None)
    )


async def sent(tx: Tx, row_id: int, *, channel: str, chat: str, message_id: str | None) -> None:
    """Done. The payload is emptied; the message is remembered with what it carries."""
    row = await tx.first(select(m.outbox.c.subject, m.outbox.c.person_id).where(m.outbox.c.id == row_id))
    await tx.run(
        update(m.outbox)
        .where(m.outbox.c.id == row_id)
        .values(state="sent", payload=None, message_id=message_id, done_at=tx.now, lease_until=None)
    )
    if message_id is not None and row is not None:
        c = m.sent_messages.c
        new = await tx.insert_once(
            m.sent_messages, channel=channel, chat=chat, message_id=message_id, outbox_id=row_id,
            subject=row.subject, person_id=row.person_id, at=tx.now,
        )  # fmt: skip
        if new is None and row.subject is not None:  # an edit made it carry something: a review became a receipt
            await tx.run(
                update(m.sent_messages)
                .where(c.channel == channel, c.chat == chat, c.message_id == message_id)
                .values(subject=row.subject)
            )


async def carries(tx: Tx, row_id: int, subject: str) -> None:
    """What a rendered notice turned out to carry."""
    await tx.run(update(m.outbox).where(m.outbox.c.id == row_id).values(subject=subject))


async def no_edit(tx: Tx, row_id: int) -> None:
    """There is nothing to edit: it goes out as a new message."""
    await tx.run(update(m.outbox).where(m.outbox.c.id == row_id).values(verb="send"))


async def readdress(tx: Tx, row_id: int, chat: str, retry_at: datetime) -> None:
    """The group has a new id: the same once more, there."""
    await tx.run(update(m.outbox).where(m.outbox.c.id == row_id).values(chat=chat))
    await later(tx, row_id, retry_at, count=False)


async def failing(tx: Tx, row: Row, retry_at: datetime, why: str) -> None:
    """A fault of ours. Before the call it is tried again, three times; after it the outcome is unknown (D6)."""
    c = m.outbox.c
    now = await tx.first(select(c.state, c.verb, c.attempts).where(c.id == row.id))
    if now is None or now.state not in {"new", "leased"}:
        return
    if now.state == "leased":
        await unknown(tx, row, now.verb, retry_at)
    elif now.attempts >= 2:
        await drop(tx, row.id, why, state="dead")
    else:
        await later(tx, row.id, retry_at, count=True)
        await tx.run(update(m.outbox).where(c.id == row.id).values(attempts=now.attempts + 1))


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
