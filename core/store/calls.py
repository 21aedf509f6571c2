"""Calls logged one by one, the totals a day is stated to have, and what is counted from both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    distinct,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)

from core.rules.contacts import INTERESTED, SIGNED, VISIT
from core.rules.tallies import Tally
from core.store import models as m
from core.store.customers import phone_mark
from core.store.db import Tx

LOGGED, UNDONE = "logged", "undone"
PENDING, ACCEPTED, DECLINED = "pending", "accepted", "declined"


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `day` is the company's day of `at`; `stage` 0 陌开, 1 回访1, …"""

    id: int
    person_id: int
    customer_id: int | None
    day: date
    at: datetime
    at_source: str
    outcome: str | None
    connected: bool
    intention: int | None
    stage: int
    next_contact: datetime | None
    note: str | None
    state: str
    logged_by: int
    proxy: str | None
    visitor_id: int | None
    once: str

    @property
    def counts(self) -> bool:
        """Stands in the figures: not undone, and not declined by the person it was entered for."""
        return self.state == LOGGED and self.proxy != DECLINED


@dataclass(frozen=True, slots=True)
class DayCount:
    """The totals of a day as somebody states them. `once` tells one statement from the next."""

    id: int
    person_id: int
    day: date
    dials: int
    connected: int | None
    intentions: int | None
    visits: int | None
    at: datetime
    at_source: str
    logged_by: int
    proxy: str | None
    once: str


_C = m.calls.c
_D = m.day_counts.c
_CALL = select(*(_C[name] for name in Call.__dataclass_fields__))
_COUNT = select(*(_D[name] for name in DayCount.__dataclass_fields__))


def _counts() -> ColumnElement[bool]:
    return and_(_C.state == LOGGED, or_(_C.proxy.is_(None), _C.proxy != DECLINED))


_BY_ID = _CALL.where(_C.id == bindparam("call"))
_BY_ONCE = _CALL.where(_C.once == bindparam("entry"))


async def _one(tx: Tx, statement: Select[Any], **named: Any) -> Call | None:
    row = await tx.first(statement, **named)
    return None if row is None else Call(*row)


async def _many(tx: Tx, statement: Select[Any]) -> list[Call]:
    return [Call(*row) for row in await tx.all(statement)]


_NEWEST_BY = (
    _CALL.where(_C.logged_by == bindparam("actor"), _C.at >= bindparam("since"), _counts())
    .order_by(_C.id.desc())
    .limit(1)
)
_STAGES = select(_C.stage).where(_C.customer_id == bindparam("customer"), _C.connected, _counts())
_TO_NUMBER = (
    select(_C.day, func.count())
    .select_from(m.calls.join(m.customers, m.customers.c.id == _C.customer_id))
    .where(
        m.customers.c.phone_index == bindparam("mark"),
        _C.day >= bindparam("first"),
        _C.day <= bindparam("last"),
        _counts(),
    )
    .group_by(_C.day)
)


# --- single calls ----------------------------------------------------------------------------------------------


async def add(tx: Tx, **values: Any) -> Call | None:
    """Write a call; None when its `once` is known: it was logged before."""
    new = await tx.insert_once(m.calls, **values)
    if new is None:
        return None
    for moment in ("at", "next_contact"):  # as it will be read again
        values[moment] = values[moment].astimezone(UTC) if values[moment] else None
    return Call(id=new, **{"visitor_id": None} | values)


async def by_id(tx: Tx, call_id: int) -> Call | None:
    """A call by id, whatever its state."""
    return await _one(tx, _BY_ID, call=call_id)


async def by_once(tx: Tx, once: str) -> Call | None:
    """The call an entry made."""
    return await _one(tx, _BY_ONCE, entry=once)


async def change(tx: Tx, call_id: int, **values: Any) -> Call:
    """Change columns of a call."""
    await tx.run(update(m.calls).where(_C.id == call_id).values(**values))
    call = await by_id(tx, call_id)
    assert call is not None
    return call


async def of_customer(tx: Tx, customer_id: int, *, limit: int = 50, offset: int = 0) -> list[Call]:
    """The calls with a customer, the newest first; undone and declined ones are left out."""
    statement = _CALL.where(_C.customer_id == customer_id, _counts()).order_by(_C.at.desc(), _C.id.desc())
    return await _many(tx, statement.limit(limit).offset(offset))


async def count_of(tx: Tx, customer_id: int) -> int:
    """How many calls with a customer stand."""
    statement = select(func.count()).select_from(m.calls).where(_C.customer_id == customer_id, _counts())
    return int(await tx.scalar(statement) or 0)


async def latest(tx: Tx, customer_id: int) -> Call | None:
    """The newest call with a customer."""
    return next(iter(await of_customer(tx, customer_id, limit=1)), None)


async def stages_reached(tx: Tx, customer_id: int, *, before: Call | None = None) -> list[int]:
    """The stages of the calls in which the customer was reached; `before` leaves out that call and later ones."""
    statement = _STAGES
    if before is not None:
        earlier = or_(_C.at < before.at, and_(_C.at == before.at, _C.id < before.id))
        statement = statement.where(earlier, _C.id != before.id)
    return [int(row[0]) for row in await tx.all(statement, customer=customer_id)]


async def of_day(tx: Tx, person_id: int, day: date, *, limit: int, offset: int = 0) -> list[Call]:
    """Somebody's single calls of a day, the newest first."""
    statement = _CALL.where(_C.person_id == person_id, _C.day == day, _counts()).order_by(_C.at.desc(), _C.id.desc())
    return await _many(tx, statement.limit(limit).offset(offset))


async def singles(tx: Tx, person_id: int, day: date) -> int:
    """How many calls of a day were logged one by one."""
    statement = select(func.count()).select_from(m.calls).where(_C.person_id == person_id, _C.day == day, _counts())
    return int(await tx.scalar(statement) or 0)


async def newest_by(tx: Tx, logged_by: int, since: datetime) -> Call | None:
    """The entry somebody made last, not older than `since`, undone ones left out."""
    return await _one(tx, _NEWEST_BY, actor=logged_by, since=since)


async def due(tx: Tx, person_id: int, until: datetime, *, since: datetime | None = None) -> list[Call]:
    """Next contacts that have come (until `until`) and were not followed by another call, the oldest first."""
    later = m.calls.alias("later")
    newer = select(later.c.id).where(
        later.c.customer_id == _C.customer_id,
        later.c.state == LOGGED,
        or_(later.c.proxy.is_(None), later.c.proxy != DECLINED),
        or_(later.c.at > _C.at, and_(later.c.at == _C.at, later.c.id > _C.id)),
    )
    statement = _CALL.where(_C.person_id == person_id, _C.next_contact <= until, _counts(), ~newer.exists()).order_by(
        _C.next_contact, _C.id
    )
    if since is not None:
        statement = statement.where(_C.next_contact >= since)
    return await _many(tx, statement)


async def pending_for(tx: Tx, person_id: int, *, limit: int = 20) -> list[Call]:
    """What was entered for somebody and waits for their nod, the oldest first."""
    statement = _CALL.where(_C.person_id == person_id, _C.proxy == PENDING, _C.state == LOGGED).order_by(_C.id)
    return await _many(tx, statement.limit(limit))


async def to_number(tx: Tx, phone: str, first: date, last: date) -> dict[date, int]:
    """How often anybody of the company called a number, by day."""
    rows = await tx.all(_TO_NUMBER, mark=phone_mark(phone), first=first, last=last)
    return {row[0]: int(row[1]) for row in rows}


# --- totals of a day ---------------------------------------------------------------------------------------------


async def day_count(tx: Tx, person_id: int, day: date) -> DayCount | None:
    """What was stated for a day."""
    row = await tx.first(_COUNT.where(_D.person_id == person_id, _D.day == day))
    return None if row is None else DayCount(*row)


async def day_count_by_id(tx: Tx, count_id: int) -> DayCount | None:
    """A statement by id."""
    row = await tx.first(_COUNT.where(_D.id == count_id))
    return None if row is None else DayCount(*row)


async def state_day(tx: Tx, person_id: int, day: date, **values: Any) -> DayCount:
    """State a day's totals; what was stated before is replaced."""
    if await tx.insert_once(m.day_counts, person_id=person_id, day=day, **values) is None:
        await tx.run(update(m.day_counts).where(_D.person_id == person_id, _D.day == day).values(**values))
    stated = await day_count(tx, person_id, day)
    assert stated is not None
    return stated


async def decide_day(tx: Tx, count_id: int, proxy: str) -> None:
    """The person says whether what was entered for them is right."""
    await tx.run(update(m.day_counts).where(_D.id == count_id).values(proxy=proxy))


async def drop_day(tx: Tx, count_id: int) -> None:
    """There was no statement of that day after all."""
    await tx.run(delete(m.day_counts).where(_D.id == count_id))


# --- counting ------------------------------------------------------------------------------------------------------


def _sum_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_COUNTED = (
    select(
        literal(0).label("stated"),
        _C.person_id,
        _C.day,
        func.count(),
        _sum_of(_C.connected),
        _sum_of(_C.outcome == INTERESTED),
        _sum_of(_C.outcome == VISIT),
        _sum_of(_C.outcome == SIGNED),
    )
    .where(
        _C.person_id.in_(bindparam("people", expanding=True)),
        _C.day >= bindparam("first"),
        _C.day <= bindparam("last"),
        _counts(),
    )
    .group_by(_C.person_id, _C.day)
)
_STATED = select(literal(1), _D.person_id, _D.day, _D.dials, _D.connected, _D.intentions, _D.visits, literal(0)).where(
    _D.person_id.in_(bindparam("people", expanding=True)),
    _D.day >= bindparam("first"),
    _D.day <= bindparam("last"),
    or_(_D.proxy.is_(None), _D.proxy != DECLINED),
)
_FIGURES = union_all(_COUNTED, _STATED).order_by("stated")


async def by_day(tx: Tx, person_ids: Iterable[int], first: date, last: date) -> dict[tuple[int, date], Tally]:
    """(person, day) -> figures from `first` to `last`, both included; days without anything are left out.

    One query whatever the number of people and days. What a day is stated to be includes its single calls.
    """
    wanted = sorted(set(person_ids))
    if not wanted:
        return {}
    found: dict[tuple[int, date], Tally] = {}
    for stated, person_id, day, *figures in await tx.all(_FIGURES, people=wanted, first=first, last=last):
        dials, connected, intentions, visits, signed = (int(figure or 0) for figure in figures)
        if stated:
            said = Tally(dials, connected, intentions, visits)
            found[person_id, day] = said.including(found.get((person_id, day), Tally()))
        else:
            found[person_id, day] = Tally(dials, connected, intentions, visits, signed)
    return found


async def returned(tx: Tx, person_ids: Iterable[int], first: date, last: date) -> dict[int, int]:
    """回访: how many different customers, known from before, each person called again (reached or not)."""
    rows = await tx.all(
        select(_C.person_id, func.count(distinct(_C.customer_id)))
        .where(_C.person_id.in_(sorted(set(person_ids))), _C.day >= first, _C.day <= last, _C.stage >= 1, _counts())
        .group_by(_C.person_id)
    )
    return {row[0]: int(row[1]) for row in rows}
