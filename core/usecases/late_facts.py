"""What is confirmed or taken back after its month was locked: the difference goes into the open month (53, 54)."""

from __future__ import annotations

from collections.abc import Iterable

from core.rules.calendar import Month
from core.rules.closing import open_period
from core.rules.people import Person
from core.store import deals, months
from core.store.db import Tx
from core.usecases import booking
from core.usecases.whole_deals import Whole


async def any_closed(tx: Tx, some: Iterable[Month]) -> bool:
    """Is one of these months locked? Each is held, so that of this and its closing at the same moment one sees the other."""
    closed = False
    for month in sorted(set(some)):
        closed |= month.end < tx.today and (await months.hold(tx, month)).state.closed
    return closed


async def lands_in(tx: Tx, month: Month) -> Month | None:
    """The open month that whatever is confirmed about `month` from now on is paid in; None while it is open itself."""
    if month.end >= tx.today or not (await months.standing(tx, month)).state.closed:
        return None
    return open_period(tx.today, await months.last_locked(tx))


async def book(tx: Tx, whole: Whole, *, gone: bool, by: Person) -> str | None:
    """Book what the deal changes; the key of the open month it went into, None while every month it counts in is open."""
    counted = await deals.recognised(tx, whole.parts)
    if not await any_closed(tx, (Month.of(fact.signed_on) for fact in counted)):
        return None
    period = open_period(tx.today, await months.last_locked(tx))
    cause = f"{'refund' if gone else 'late'}:{whole.id}:{whole.round}"
    entries = await booking.book_change(tx, whole.ids, gone=gone, period=period, cause=cause, by=[by.id])
    return period.key if entries else None
