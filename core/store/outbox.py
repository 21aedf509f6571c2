"""The outbox: every outgoing message is a row first, written in the transaction of what it tells (D2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, literal_column, or_, select, update

from core.store import models as m
from core.store.db import BESIDE, REPLY, Tx, lane_of

LEASE = timedelta(seconds=60)
AGAIN = timedelta(seconds=2)  # host time until what may be out, or met a fault, is tried once more
LATEST = 20_000  # rows that are looked through for what was sent lately: more than a whole company is reminded with
UNKNOWN = "unknown once"  # the reason of a row that may be out already and is tried a second time
OVERWRITES = ("edit", "answer", "strip")  # saying these again changes nothing (reliability D6)
FREELY = 10  # attempts: so often they are tried while every answer is lost, and others in that chat wait meanwhile


@dataclass(frozen=True, slots=True)
class Row:
    """An outgoing message that is due. `attempts`: how often it was leased; while it is, that is the lease's number, and
    only who has this number may say what became of it."""

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


@dataclass(frozen=True, slots=True)
class Sent:
    """What the network took at `at` (host time): to be marked. `attempts` is the number of the lease."""

    row_id: int
    attempts: int
    channel: str
    chat: str
    message_id: str | None
    subject: str | None
    person_id: int | None
    at: datetime
    edited: bool = False  # a message that was there before


def _open(table: Any) -> Any:
    """Literal, as the partial indexes say it: a parameter would hide it from the planner."""
    return literal_column(f"{table.name}.state IN ('new', 'leased')")


def _mine(row: Row) -> Any:
    """Still open, and leased by nobody else since: who was frozen or cut off while it was sending comes with its news
    when another has taken the row back."""
    return and_(_C.id == row.id, _open(m.outbox), _C.attempts == row.attempts)


def _is_due(table: Any) -> Any:
    """What was due when it was written is due, although another process's clock is ahead of ours or ours was set back."""
    return or_(table.c.due_at <= bindparam("now"), table.c.due_at <= table.c.created_at)


_C = m.outbox.c
_COLUMNS = [_C[name] for name in Row.__dataclass_fields__]
_OTHER = m.outbox.alias("ahead")
_AHEAD = (
    select(_OTHER.c.id)
    .where(
        _OTHER.c.lane == _C.lane,
        _open(_OTHER),
        _is_due(_OTHER),
        or_(_OTHER.c.rank < _C.rank, and_(_OTHER.c.rank == _C.rank, _OTHER.c.id < _C.id)),
    )
    .exists()
)
_DUE = (
    select(*_COLUMNS)
    .where(
        literal_column("outbox.state = 'new'"),
        _is_due(m.outbox),
        or_(_C.retry_at.is_(None), _C.retry_at <= bindparam("host")),
        or_(_C.rank > bindparam("rank"), and_(_C.rank == bindparam("rank"), _C.id > bindparam("after"))),
        or_(_C.lane == "", ~_AHEAD),
    )
    .order_by(_C.rank, _C.id)
    .limit(bindparam("most"))
)
_DUE_BESIDE = _DUE.where(_C.lane == "")
_LANES_TAKEN = (
    select(_C.lane)
    .where(
        _C.lane.in_(bindparam("lanes", expanding=True)),
        _open(m.outbox),
        _C.rank == REPLY,
        _is_due(m.outbox),
    )
    .distinct()
)
_NEXT_DUE = select(func.min(_C.due_at)).where(_open(m.outbox), _C.due_at > bindparam("now"), _C.due_at > _C.created_at)
_WAITING = select(func.count(), func.min(_C.due_at)).where(_open(m.outbox), _is_due(m.outbox))
_LEASE = (
    update(m.outbox)
    .where(_C.id.in_(bindparam("ids", expanding=True)), _C.state == "new")
    .values(state="leased", lease_until=bindparam("until"), attempts=_C.attempts + 1)
    .returning(_C.id, _C.attempts)
)
_LEASE_ONE = (
    update(m.outbox)
    .where(_C.id == bindparam("row_id"), _C.state == "new")
    .values(
        state="leased", lease_until=bindparam("until"), attempts=_C.attempts + 1, channel=bindparam("to_channel"),
        chat=bindparam("to_chat"), payload=bindparam("said"), notice=None,
    )
    .returning(_C.attempts)
)  # fmt: skip
_NEWEST = m.outbox.alias("newest")
_LATEST = select(func.max(_NEWEST.c.id) - LATEST).scalar_subquery()
_ON_THE_WAY: tuple[Any, ...] = (literal_column("outbox.state = 'leased'"), _open(m.outbox))
_COUNTS = (_C.channel == bindparam("of_channel"), _C.chat.is_not(None), _C.verb.not_in(BESIDE))
_TWICE = and_(_C.reason == UNKNOWN, _C.state != "new")
_SENT_LATELY = (
    select(_C.chat, _C.lease_until, _TWICE)
    .where(_C.id > _LATEST, *_COUNTS, _C.state != "leased", _C.lease_until > bindparam("since"))
    .order_by(_C.lease_until, _C.id)
)
_SENDING_NOW = select(_C.chat, _TWICE).where(*_ON_THE_WAY, *_COUNTS)
_S = m.sent_messages.c
_TO_STRANGERS = select(_C.once).where(_C.once.in_(bindparam("onces", expanding=True)), _C.person_id.is_(None))
_SET_ASIDE = (
    update(m.outbox)
    .where(
        _C.channel.in_(bindparam("names", expanding=True)),
        _C.chat.is_not(None),
        _C.lane.startswith("person:"),
        _C.rank == REPLY,
        literal_column("outbox.state = 'new'"),
    )
    .values(lane=_C.channel + ":" + _C.chat)
)
_ELSEWHERE = (_C.channel != "", _C.channel.not_in(bindparam("names", expanding=True)))
_FOREIGN = select(_C.channel).where(_open(m.outbox), *_ELSEWHERE).distinct()
_STRANDED = (
    select(*_COLUMNS)
    .where(
        literal_column("outbox.state = 'new'"),
        *_ELSEWHERE,
        _is_due(m.outbox),
        # In a lane of its own it holds up nobody, and is looked at again when it has waited for too long.
        or_(and_(_C.lane != "", _C.lane != _C.channel + ":" + _C.chat), _C.due_at < bindparam("before")),
    )
    .order_by(_C.id)
    .limit(bindparam("most"))
)
_CARRIES = (
    update(m.sent_messages)
    .where(
        _S.channel == bindparam("to_channel"), _S.chat == bindparam("to_chat"), _S.message_id == bindparam("message")
    )
    .values(subject=bindparam("what"))
)
_SENT = (
    update(m.outbox)
    .where(
        _C.id == bindparam("row_id"),
        or_(
            and_(literal_column("outbox.state = 'leased'"), _C.attempts == bindparam("lease")),
            # Taken back and not begun again: it is out, and need not be.
            literal_column("outbox.state IN ('new', 'maybe')"),
        ),
    )
    .values(
        state="sent", payload=None, message_id=bindparam("mid"), done_at=bindparam("now"), lease_until=bindparam("at"),
    )
)  # fmt: skip


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
    """Queue an answer (or, with `due_at`, an act of ours in that chat)."""
    await tx.insert_once(
        m.outbox,
        once=once, channel=channel, chat=chat, person_id=person_id, rank=REPLY, verb=verb, payload=payload,
        subject=subject, repeatable=True, due_at=due_at or tx.now, expires_at=expires_at, guard=guard,
        created_at=tx.now, lane=lane_of(verb, person_id, channel, chat),
    )  # fmt: skip
    tx.noted += 1


async def lanes_taken(tx: Tx, lanes: Iterable[str]) -> set[str]:
    """The lanes in which an answer already waits: a new one stands behind it."""
    return {str(row[0]) for row in await tx.all(_LANES_TAKEN, lanes=list(lanes), now=tx.now)}


async def replies(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Write answers (columns of `reply`, `lease_until` set for those that this process sends itself): their ids by `once`."""
    given = [{"rank": REPLY, "repeatable": True, "due_at": tx.now, "created_at": tx.now} | dict(row) for row in rows]
    return {str(row[1]): int(row[0]) for row in await tx.insert_returning(m.outbox, given, ("id", "once"))}


async def due(
    tx: Tx, host_now: datetime, most: int = 200, *, beside: bool = False, after: tuple[int, int] = (-1, 0)
) -> Sequence[Row]:
    """What may go out now, replies before notices before bulk, oldest first: at most one row of each lane.

    The first open row of a lane stands for all behind it. One that waits to be tried again keeps them waiting, so the
    order within a chat holds (D7), and a chat with a long queue takes no other chat's turn. `beside`: only calls that
    wait for nobody. `after`: (rank, id) of the last row of the page before.
    """
    statement = _DUE_BESIDE if beside else _DUE
    rows = await tx.all(statement, now=tx.now, host=host_now, most=most, rank=after[0], after=after[1])
    return [Row(*row) for row in rows]


async def lease(tx: Tx, row_id: int, host_now: datetime, *, channel: str, chat: str, payload: Any) -> int | None:
    """Write down what is about to be sent, and until when it is ours; a crash from here on leaves an unknown outcome.

    The lease's number; None when the row no longer waits: it was taken back, or somebody else has it.
    """
    number: int | None = await tx.scalar(
        _LEASE_ONE, row_id=row_id, until=host_now + LEASE, to_channel=channel, to_chat=chat, said=payload
    )
    return number


async def lease_ready(tx: Tx, row_ids: Sequence[int], host_now: datetime) -> dict[int, int]:
    """The same for rows that are written out already, all at once: the leases' numbers by row; those that no longer wait
    are left out."""
    rows = await tx.all(_LEASE, ids=list(row_ids), until=host_now + LEASE)
    return {int(row[0]): int(row[1]) for row in rows}


async def not_begun(tx: Tx, row_id: int, asked: datetime, host_now: datetime) -> None:
    """Whether the lease asked for at `asked` was written nobody could say: the network has heard nothing, so the row
    waits again as if it had not been. A lease of anybody else, or of another moment, is left alone."""
    await tx.run(
        update(m.outbox)
        .where(_C.id == row_id, literal_column("outbox.state = 'leased'"), _C.lease_until == asked + LEASE)
        .values(state="new", lease_until=None, attempts=_C.attempts - 1, retry_at=host_now + AGAIN)
    )


async def lately(tx: Tx, channel: str, host_now: datetime, span: timedelta) -> list[tuple[str, datetime]]:
    """What went out on a network in a span before now, or may have: chat and host time, oldest first.

    To be asked before `recover`. A lease that still stands counts as now: its holder may have sent at any moment. Of the
    rest the newest rows are looked through, so many that the whole queue is among them: what goes out is its oldest.
    What went a second time because its fate was unknown counts twice: nobody wrote down when it went first.
    """
    gone = await tx.all(_SENT_LATELY, of_channel=channel, since=host_now - span)
    sending = await tx.all(_SENDING_NOW, of_channel=channel)
    found = [(str(chat), min(at, host_now)) for chat, at, twice in gone for _ in range(1 + bool(twice))]
    return found + [(str(chat), host_now) for chat, twice in sending for _ in range(1 + bool(twice))]


async def recover(tx: Tx, host_now: datetime, channel: str | None = None, *, ended: bool = False) -> None:
    """Leases whose holder is gone: what may be repeated goes out once more, the rest stays as it may be (D6).

    All of them, because whoever has just begun to send holds none; `ended`: only those that ran out by now. `channel`:
    only those of that network.
    """
    lost = [*_ON_THE_WAY]
    if ended:
        lost.append(_C.lease_until < host_now)
    if channel is not None:
        lost.append(_C.channel == channel)
    again = or_(
        and_(_C.verb.in_(OVERWRITES), _C.attempts < FREELY),
        and_(_C.repeatable, _C.verb.not_in(OVERWRITES), _C.reason.is_(None)),
    )
    await tx.run(
        update(m.outbox).where(*lost, again).values(state="new", reason=UNKNOWN, lease_until=host_now, retry_at=None)
    )
    await tx.run(
        update(m.outbox).where(*lost).values(state="maybe", payload=None, done_at=tx.now, lease_until=host_now)
    )


async def unknown(tx: Tx, row: Row, verb: str, host_now: datetime) -> bool:
    """The answer was lost. True when the row goes out once more, False when it ends here."""
    again = row.attempts < FREELY if verb in OVERWRITES else row.repeatable and row.reason is None
    values: dict[str, Any] = (
        {"state": "new", "reason": UNKNOWN, "retry_at": host_now + AGAIN}
        if again
        else {"state": "maybe", "payload": None, "done_at": tx.now}
    )
    await tx.run(update(m.outbox).where(_mine(row), _C.state == "leased").values(lease_until=host_now, **values))
    return again


async def send_instead(tx: Tx, row: Row) -> None:
    """An edit that the network will not take becomes a new message with the same words and buttons."""
    payload = await tx.scalar(select(_C.payload).where(_C.id == row.id))
    payload = {key: value for key, value in (payload or {}).items() if key != "message_id"}
    await tx.run(update(m.outbox).where(_mine(row)).values(verb="send", payload=payload, state="new", lease_until=None))


async def sent(tx: Tx, done: Sequence[Sent]) -> None:
    """Done. The payloads are emptied; the messages are remembered with what they carry, also those that another sender
    has said a second time."""
    await tx.run(
        _SENT,
        [
            {"row_id": one.row_id, "lease": one.attempts, "mid": one.message_id, "at": one.at, "now": tx.now}
            for one in done
        ],
    )
    kept = [one for one in done if one.message_id is not None]
    await tx.insert_new(
        m.sent_messages,
        [
            {
                "channel": one.channel, "chat": one.chat, "message_id": one.message_id, "outbox_id": one.row_id,
                "subject": one.subject, "person_id": one.person_id, "at": tx.now,
            }
            for one in kept
        ],
    )  # fmt: skip
    for one in kept:
        if one.edited and one.subject is not None:  # a review became a receipt: now it carries something
            await tx.run(_CARRIES, to_channel=one.channel, to_chat=one.chat, message=one.message_id, what=one.subject)


async def follow(tx: Tx, row: Row, channel: str, chat: str, payloads: Sequence[Mapping[str, Any]]) -> None:
    """The rest of a notice that is longer than one message: it goes out behind the first part."""
    for place, payload in enumerate(payloads, 1):
        await tx.insert_once(
            m.outbox,
            once=f"part:{row.id}:{place}", channel=channel, chat=chat, person_id=row.person_id, rank=row.rank,
            verb="send", payload=payload, subject=row.subject, repeatable=row.repeatable, due_at=row.due_at,
            expires_at=row.expires_at, created_at=tx.now, lane=lane_of("send", row.person_id, channel, chat),
        )  # fmt: skip


async def carries(tx: Tx, row_id: int, subject: str) -> None:
    """What a rendered notice turned out to carry."""
    await tx.run(update(m.outbox).where(_C.id == row_id).values(subject=subject))


async def no_edit(tx: Tx, row_id: int) -> None:
    """There is nothing to edit: it goes out as a new message."""
    await tx.run(update(m.outbox).where(_C.id == row_id).values(verb="send"))


async def readdress(tx: Tx, row: Row, channel: str, chat: str, retry_at: datetime) -> None:
    """The group has a new id: the same once more, there."""
    lane = lane_of(row.verb, row.person_id, channel, chat)
    await tx.run(update(m.outbox).where(_mine(row)).values(chat=chat, lane=lane))
    await later(tx, row, retry_at, count=False)


async def set_aside(tx: Tx, channels: Sequence[str]) -> None:
    """Answers go nowhere but where they were asked for. Those for these networks wait in a lane of their own chat, so
    that what is for the same person by another way need not wait for them."""
    await tx.run(_SET_ASIDE, names=list(channels))


async def foreign(tx: Tx, names: Iterable[str]) -> list[str]:
    """The networks, other than these, for which something is open."""
    return sorted(str(row[0]) for row in await tx.all(_FOREIGN, names=list(names)))


async def stranded(tx: Tx, names: Iterable[str], before: datetime, most: int = 200) -> list[Row]:
    """What waits for a network other than these, oldest first: what stands in somebody's lane, and what was due before
    a moment."""
    return [Row(*row) for row in await tx.all(_STRANDED, names=list(names), before=before, now=tx.now, most=most)]


async def stand_aside(tx: Tx, row: Row) -> None:
    """It waits for its network in a lane of its own chat: nobody stands behind it."""
    await tx.run(update(m.outbox).where(_mine(row)).values(lane=_C.channel + ":" + _C.chat))


async def said_to_nobody_known(tx: Tx, onces: Sequence[str]) -> set[str]:
    """Of these messages, those that were said to somebody who was nobody of ours."""
    rows = await tx.all(_TO_STRANGERS, onces=list(onces))
    return {str(row[0]) for row in rows}


async def reroute(tx: Tx, row: Row, channel: str, chat: str, retry_at: datetime) -> None:
    """One way certainly did not take it: the same goes out by another."""
    await redirect(tx, row, channel, chat)
    await later(tx, row, retry_at, count=False)


async def redirect(tx: Tx, row: Row, channel: str, chat: str) -> None:
    """What waits for one way takes another, and its buttons work there."""
    payload = await tx.scalar(select(_C.payload).where(_mine(row)))
    tokens = [token for line in (payload or {}).get("buttons", ()) for _, token in line]
    if tokens:
        b = m.buttons.c
        await tx.run(update(m.buttons).where(b.token.in_(tokens)).values(channel=channel, chat=chat))
    lane = lane_of(row.verb, row.person_id, channel, chat)
    await tx.run(update(m.outbox).where(_mine(row)).values(channel=channel, chat=chat, lane=lane))


async def failing(tx: Tx, row: Row, host_now: datetime, why: str, *, ours: bool = True) -> None:
    """A fault. Before the call it is tried again, three times when it is `ours` and for ever when it was the database's;
    after the call the outcome is unknown (D6)."""
    now = await tx.first(select(_C.state, _C.verb).where(_mine(row)))
    if now is None:
        return
    if now.state == "leased":
        await unknown(tx, row, now.verb, host_now)
    elif not ours:
        await later(tx, row, host_now + AGAIN, count=True)
    elif row.attempts >= 2:
        await drop(tx, row, why, state="dead")
    else:
        await later(tx, row, host_now + AGAIN, count=True)
        await tx.run(update(m.outbox).where(_mine(row)).values(attempts=row.attempts + 1))


async def later(tx: Tx, row: Row, retry_at: datetime, *, count: bool) -> None:
    """Not sent: try again at `retry_at` (host time). Waiting as asked is not an attempt."""
    attempts = _C.attempts if count else _C.attempts - 1
    await tx.run(
        update(m.outbox).where(_mine(row)).values(state="new", retry_at=retry_at, lease_until=None, attempts=attempts)
    )


async def drop(tx: Tx, row: Row, reason: str, *, state: str = "dropped") -> None:
    """Never send it: the guard no longer holds, it expired, or the network will not take it."""
    await tx.run(
        update(m.outbox)
        .where(_mine(row))
        .values(state=state, reason=reason[:80], payload=None, done_at=tx.now, lease_until=None)
    )


async def cancel(tx: Tx, once_prefix: str) -> None:
    """Take back what has not gone out yet (a reminder whose reason is gone)."""
    await tx.run(
        update(m.outbox)
        .where(_C.once.startswith(once_prefix, autoescape=True), literal_column("outbox.state = 'new'"))
        .values(state="dropped", reason="cancelled", payload=None, done_at=tx.now)
    )


async def next_due(tx: Tx) -> datetime | None:
    """When the next timed message is due on the company's clock, after now."""
    value: datetime | None = await tx.scalar(_NEXT_DUE, now=tx.now)
    return value


async def waiting(tx: Tx) -> tuple[int, datetime | None]:
    """How many are due and unsent, and since when the oldest waits."""
    row = await tx.first(_WAITING, now=tx.now)
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
    await tx.run(update(m.outbox).where(_C.channel == channel, _C.chat == old, _open(m.outbox)).values(chat=new))
    lanes = (lane_of("send", None, channel, old), lane_of("send", None, channel, new))
    await tx.run(update(m.outbox).where(_C.lane == lanes[0], _open(m.outbox)).values(lane=lanes[1]))
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
