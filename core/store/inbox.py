"""The inbox: a raw update is committed here before the network hears that we have it (D2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from core.store import models as m
from core.store.db import Tx

PARKED_AFTER = 3
LATELY = 20  # of one sender: as many as are looked through
FILE = "_file"  # in a raw update: the content of the file it carries, in base64
_C = m.inbox.c
_BEFORE = m.inbox.alias("before")
_OLDER = (
    select(_BEFORE.c.id)
    .where(
        _BEFORE.c.state.in_(("new", "fetching")),
        _BEFORE.c.channel == _C.channel,
        _BEFORE.c.sender == _C.sender,
        _BEFORE.c.id < _C.id,
    )
    .exists()
)
_CLAIM = (
    select(_C.id, _C.channel, _C.sender, _C.raw, _C.received_at, _C.attempts)
    .where(_C.state == "new", ~_OLDER)
    .order_by(_C.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM_BESIDES = _CLAIM.where(_C.channel.not_in(bindparam("besides", expanding=True)))
_ANY = select(_C.id).where(_C.state == "new").limit(1)
_HOLD = (
    select(_C.id)
    .where(_C.id == bindparam("row_id"), _C.state == "new", _C.attempts == bindparam("tries"))
    .with_for_update(skip_locked=True)
)
_FINISH = (
    update(m.inbox)
    .where(_C.id.in_(bindparam("ids", expanding=True)))
    .values(state="done", raw=None, done_at=bindparam("now"))
)


_LATELY = (
    select(_C.id, _C.received_at)
    .where(
        _C.channel == bindparam("channel"),
        _C.sender == bindparam("sender"),
        _C.state == "done",
        _C.received_at >= bindparam("since"),
    )
    .order_by(_C.id.desc())
    .limit(LATELY)
)
_KEPT = select(_C.key).where(_C.channel == bindparam("channel_name"), _C.key.in_(bindparam("keys", expanding=True)))
_AWAIT_FILES = (
    update(m.inbox)
    .where(
        _C.channel == bindparam("channel_name"), _C.key.in_(bindparam("wanted", expanding=True)), _C.state == "new",
        _C.attempts == 0,
    )
    .values(state="fetching")
)  # fmt: skip
_FETCHING = (
    select(_C.id, _C.channel, _C.sender, _C.raw, _C.received_at, _C.attempts)
    .where(_C.state == "fetching")
    .order_by(_C.id)
    .limit(20)
)


@dataclass(frozen=True, slots=True)
class Row:
    """An update that waits to be handled."""

    id: int
    channel: str
    sender: str
    raw: Any
    received_at: datetime
    attempts: int


async def put(tx: Tx, channel: str, key: str, sender: str, dedupe: str | None, raw: Any) -> int | None:
    """Keep a raw update; None when we have it already."""
    return await tx.insert_once(
        m.inbox, channel=channel, key=key, dedupe=dedupe, sender=sender, raw=raw, received_at=tx.now
    )


async def put_all(tx: Tx, channel: str, updates: Iterable[tuple[str, str, str | None, Any]]) -> None:
    """Keep (key, sender, second identity, raw) of many updates; those we have already change nothing."""
    rows = [
        {"channel": channel, "key": key, "dedupe": dedupe, "sender": sender, "raw": raw, "received_at": tx.now}
        for key, sender, dedupe, raw in updates
    ]
    await tx.insert_new(m.inbox, rows)


async def kept(tx: Tx, channel: str, keys: Collection[str]) -> set[str]:
    """Those of the keys that we have, whatever became of them."""
    return {row.key for row in await tx.all(_KEPT, channel_name=channel, keys=list(keys))}


async def await_files(tx: Tx, channel: str, keys: Iterable[str]) -> None:
    """These updates carry a file: they are handled once it was fetched."""
    wanted = list(keys)
    if wanted:
        await tx.run(_AWAIT_FILES, channel_name=channel, wanted=wanted)


async def fetching(tx: Tx) -> list[Row]:
    """The updates whose file has not been fetched, the oldest first."""
    return [Row(*row) for row in await tx.all(_FETCHING)]


async def fetched(tx: Tx, row: Row, content: str | None) -> None:
    """The update can be handled: its file's content stands beside it, as text; None: it was not to be had."""
    await tx.run(
        update(m.inbox)
        .where(_C.id == row.id, _C.state == "fetching")
        .values(state="new", raw=row.raw | {FILE: content})
    )


async def park_unread(tx: Tx, channel: str, key: str, raw: Any, error: str) -> None:
    """Keep what could not even be opened, out of everybody's way."""
    await tx.insert_once(
        m.inbox, channel=channel, key=key, sender="?", raw=raw, received_at=tx.now, state="parked", error=error
    )


async def claim(tx: Tx, most: int = 1, besides: Collection[str] = ()) -> list[Row]:
    """The oldest unfinished updates of senders whom nobody is serving, one of each; locked until the transaction ends.

    A later update of the same sender is never taken before the earlier one is finished or parked. On SQLite there is
    one writer, so the oldest of all is that; on PostgreSQL other processes' rows are passed over. `besides`: channels
    whose updates have to wait.
    """
    if besides:
        return [Row(*row) for row in await tx.all(_CLAIM_BESIDES, most=most, besides=sorted(besides))]
    return [Row(*row) for row in await tx.all(_CLAIM, most=most)]


async def waits(tx: Tx) -> bool:
    """Is there anything left to handle?"""
    return await tx.scalar(_ANY) is not None


async def hold(tx: Tx, row: Row) -> bool:
    """Lock a row that was claimed before, in a new transaction; False when another process took it in between."""
    return await tx.scalar(_HOLD, row_id=row.id, tries=row.attempts) is not None


async def finish(tx: Tx, row_ids: Iterable[int]) -> None:
    """Handled: the payloads are emptied, the keys stay to know a repeat."""
    await tx.run(_FINISH, ids=list(row_ids), now=tx.now)


async def failed(tx: Tx, row: Row, error: str) -> bool:
    """Count a failure; True when the row is parked now and lets the queue go on.

    Between the failure and this another process may have taken the row: then it is no longer ours to count.
    """
    attempts = row.attempts + 1
    parked = attempts >= PARKED_AFTER
    done = await tx.run(
        update(m.inbox)
        .where(_C.id == row.id, _C.state == "new", _C.attempts == row.attempts)
        .values(attempts=attempts, error=error[:500], state="parked" if parked else "new")
    )
    return parked and done.rowcount == 1


async def heard_lately(tx: Tx, channel: str, sender: str, since: datetime) -> list[tuple[int, datetime]]:
    """The newest of a sender's updates that have been handled, newest first: (id, when we got it). This one is not yet."""
    rows = await tx.all(_LATELY, channel=channel, sender=sender, since=since)
    return [(row[0], row[1]) for row in rows]
