"""Leave: requests, decisions, and the days that exempt somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update

from core.rules.calendar import days
from core.rules.leave import LeaveState, Span
from core.store import models as m
from core.store.db import Tx


@dataclass(frozen=True, slots=True)
class Leave:
    """One request."""

    id: int
    person_id: int
    first_day: date
    last_day: date
    reason: str | None
    state: LeaveState
    decided_by: int | None
    decided_at: datetime | None
    at: datetime
    paid: bool  # False: its days shrink base and basis (28)

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(self.first_day, self.last_day)


_L = m.leaves.c
_LEAVE = select(*(_L[name] for name in Leave.__dataclass_fields__))


async def _many(tx: Tx, statement: Select[Any]) -> list[Leave]:
    return [_leave(row) for row in await tx.all(statement)]


def _leave(row: Any) -> Leave:
    values = list(row)
    values[5] = LeaveState(row[5])
    return Leave(*values)


async def by_id(tx: Tx, leave_id: int) -> Leave | None:
    """A request by id."""
    return next(iter(await _many(tx, _LEAVE.where(_L.id == leave_id))), None)


async def by_once(tx: Tx, once: str) -> Leave | None:
    """The request that a submission made."""
    return next(iter(await _many(tx, _LEAVE.where(_L.once == once))), None)


async def add(tx: Tx, **values: Any) -> int | None:
    """Write a request; None when this submission is there already."""
    return await tx.insert_once(m.leaves, **values)


async def decide(
    tx: Tx,
    leave_id: int,
    to: LeaveState,
    by: int | None,
    *,
    of: Collection[LeaveState] = (LeaveState.PENDING,),
    paid: bool | None = None,
) -> bool:
    """Decide, `paid` too unless it is None; False when it does not stand in one of the states `of` any more."""
    values: dict[str, Any] = {"state": to.value, "decided_by": by, "decided_at": tx.now}
    if paid is not None:
        values["paid"] = paid
    result = await tx.run(
        update(m.leaves).where(_L.id == leave_id, _L.state.in_([state.value for state in of])).values(**values)
    )
    return bool(result.rowcount)


async def switch(tx: Tx, leave_id: int, *, paid: bool) -> bool:
    """Granted days become paid or unpaid; False when they are so already, or not granted any more."""
    result = await tx.run(
        update(m.leaves)
        .where(_L.id == leave_id, _L.state == LeaveState.APPROVED.value, _L.paid.is_(not paid))
        .values(paid=paid)
    )
    return bool(result.rowcount)


async def approved_since(tx: Tx, day: date) -> list[Leave]:
    """Everybody's granted leave with a day from then on, the newest days first."""
    return await _many(
        tx,
        _LEAVE.where(_L.state == LeaveState.APPROVED.value, _L.last_day >= day).order_by(
            _L.first_day.desc(), _L.id.desc()
        ),
    )


async def end(tx: Tx, leave_id: int, last: date) -> None:
    """Granted days end on `last`; those after it are taken back."""
    await tx.run(update(m.leaves).where(_L.id == leave_id).values(last_day=last))


async def coming(tx: Tx, person_id: int, today: date) -> list[Leave]:
    """Somebody's requests that are not over: pending and approved, by date."""
    open_states = [LeaveState.PENDING.value, LeaveState.APPROVED.value]
    return await _many(
        tx,
        _LEAVE.where(_L.person_id == person_id, _L.last_day >= today, _L.state.in_(open_states)).order_by(_L.first_day),
    )


async def touching(tx: Tx, person_id: int, span: Span) -> list[Leave]:
    """Somebody's pending and approved requests that share a day with these."""
    open_states = [LeaveState.PENDING.value, LeaveState.APPROVED.value]
    return await _many(
        tx,
        _LEAVE.where(
            _L.person_id == person_id, _L.first_day <= span.last, _L.last_day >= span.first, _L.state.in_(open_states)
        ),
    )


async def pending(tx: Tx) -> list[Leave]:
    """Every request that waits, the oldest first."""
    return await _many(tx, _LEAVE.where(_L.state == LeaveState.PENDING.value).order_by(_L.at, _L.id))


async def approved_days(
    tx: Tx, person_ids: Iterable[int] | None, first: date, last: date
) -> dict[int, frozenset[date]]:
    """The days from `first` to `last` on which each person (None: anybody) is on leave; those without are left out."""
    return await _granted(tx, person_ids, first, last)


async def unpaid_days(
    tx: Tx, person_ids: Iterable[int] | None, first: date, last: date
) -> dict[int, frozenset[date]]:  # fmt: skip
    """The same of leave without pay alone (28)."""
    return await _granted(tx, person_ids, first, last, _L.paid.is_(False))


async def _granted(
    tx: Tx, person_ids: Iterable[int] | None, first: date, last: date, *only: ColumnElement[bool]
) -> dict[int, frozenset[date]]:
    statement = select(_L.person_id, _L.first_day, _L.last_day).where(
        _L.state == LeaveState.APPROVED.value, _L.first_day <= last, _L.last_day >= first, *only
    )
    if person_ids is not None:
        wanted = sorted(set(person_ids))
        if not wanted:
            return {}
        statement = statement.where(_L.person_id.in_(wanted))
    rows = await tx.all(statement)
    found: dict[int, set[date]] = {}
    for person_id, start, end in rows:
        found.setdefault(person_id, set()).update(days(max(start, first), min(end, last)))
    return {person_id: frozenset(those) for person_id, those in found.items()}
