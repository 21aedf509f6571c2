"""Disputes about pay and what was said in them. A dispute is about one line of a month, or about one deal in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select, update

from core.rules.calendar import Month
from core.store import models as m
from core.store.db import Tx


class DisputeState(StrEnum):
    """Where a dispute stands; all but `open` are outcomes."""

    OPEN = "open"
    ACCEPTED = "accepted"  # 改正: the line or the deal is put right
    DECLINED = "declined"  # 维持: it stays as it is
    WITHDRAWN = "withdrawn"  # 撤回: by whoever raised it


@dataclass(frozen=True, slots=True)
class Dispute:
    """`line` is a component (base, commission, shares, sms, top_up), `total`, or `deal` with its `deal_id`.

    `instance`: 1 while the first judge has it, 2 once it went on to the next. `due_at`: when the judge who holds it
    must have said what comes of it.
    """

    id: int
    person_id: int
    month: Month
    line: str
    deal_id: int | None
    state: DisputeState
    instance: int
    holder_id: int
    due_at: datetime
    at: datetime
    at_source: str
    decided_by: int | None
    decided_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Does it wait for its outcome?"""
        return self.state is DisputeState.OPEN


@dataclass(frozen=True, slots=True)
class Entry:
    """One contribution: opened, reply, passed_on, accepted, declined, withdrawn. No author: the clock passed it on."""

    id: int
    dispute_id: int
    author_id: int | None
    kind: str
    text: str
    at: datetime
    at_source: str


_D, _E = m.disputes.c, m.dispute_entries.c
_DISPUTE = select(*(_D[name] for name in Dispute.__dataclass_fields__))
_ENTRY = select(*(_E[name] for name in Entry.__dataclass_fields__))


def _dispute(row: Any) -> Dispute:
    values = list(row)
    values[2], values[5] = Month.parse(values[2]), DisputeState(values[5])
    return Dispute(*values)


def _entry(row: Any) -> Entry:
    values = list(row)
    values[4] = values[4] or ""
    return Entry(*values)


async def _many(tx: Tx, statement: Select[Any]) -> list[Dispute]:
    return [_dispute(row) for row in await tx.all(statement)]


async def by_id(tx: Tx, dispute_id: int) -> Dispute | None:
    """A dispute."""
    row = await tx.first(_DISPUTE.where(_D.id == dispute_id))
    return None if row is None else _dispute(row)


async def add(tx: Tx, *, month: Month, **values: Any) -> int | None:
    """Write a dispute; its id, or None when this submission was written already (`once`)."""
    return await tx.insert_once(m.disputes, month=month.key, state=DisputeState.OPEN.value, **values)


async def by_once(tx: Tx, once: str) -> Dispute | None:
    """The dispute that a submission made."""
    row = await tx.first(_DISPUTE.where(_D.once == once))
    return None if row is None else _dispute(row)


async def change(
    tx: Tx, dispute_id: int, values: Mapping[str, Any], *, instance: int | None = None
) -> bool:  # fmt: skip
    """Change an open dispute (of that instance); False when it has ended or moved on. Of two who try, one is told True."""
    where = [_D.id == dispute_id, _D.state == DisputeState.OPEN.value]
    if instance is not None:
        where.append(_D.instance == instance)
    return bool((await tx.run(update(m.disputes).where(*where).values(**values))).rowcount)


async def add_entry(tx: Tx, **values: Any) -> int | None:
    """Add to the thread; the entry's id, or None when it was said already (`once`)."""
    return await tx.insert_once(m.dispute_entries, **values)


async def entry(tx: Tx, entry_id: int) -> Entry | None:
    """One entry."""
    row = await tx.first(_ENTRY.where(_E.id == entry_id))
    return None if row is None else _entry(row)


async def thread(tx: Tx, dispute_id: int) -> list[Entry]:
    """What was said, oldest first."""
    return [_entry(row) for row in await tx.all(_ENTRY.where(_E.dispute_id == dispute_id).order_by(_E.id))]


async def open_of(tx: Tx, month: Month) -> list[Dispute]:
    """The disputes about a month that have no outcome yet, the oldest first: they stand in the way of closing it."""
    return await _many(
        tx, _DISPUTE.where(_D.month == month.key, _D.state == DisputeState.OPEN.value).order_by(_D.at, _D.id)
    )


async def of_person(tx: Tx, person_id: int, *, months: Iterable[Month] | None = None, limit: int = 20) -> list[Dispute]:
    """What somebody raised, the newest first."""
    statement = _DISPUTE.where(_D.person_id == person_id)
    if months is not None:
        statement = statement.where(_D.month.in_(sorted({month.key for month in months})))
    return await _many(tx, statement.order_by(_D.id.desc()).limit(limit))


async def held_by(tx: Tx, person_id: int) -> list[Dispute]:
    """What waits for somebody's decision, the one that is due first in front."""
    return await _many(
        tx,
        _DISPUTE.where(_D.holder_id == person_id, _D.state == DisputeState.OPEN.value).order_by(_D.due_at, _D.id),
    )


async def overdue(tx: Tx, now: datetime) -> Sequence[Dispute]:
    """Open disputes whose judge has let the time run out."""
    return await _many(
        tx, _DISPUTE.where(_D.state == DisputeState.OPEN.value, _D.due_at <= now).order_by(_D.due_at, _D.id)
    )
