"""A deal that is confirmed or cancelled after its month was locked: the difference goes into the open month (53, 54)."""

from __future__ import annotations

from core.rules.calendar import Month
from core.rules.closing import open_period
from core.rules.people import Person
from core.store import months
from core.store.db import Tx
from core.usecases import booking
from core.usecases.whole_deals import Whole


async def book(tx: Tx, whole: Whole, *, gone: bool, by: Person) -> str | None:
    """Book what the deal changes; the key of the open month it went into, None while the deal's own month is open.

    Holds the deal's month, so that of this and its closing at the same moment one sees the other.
    """
    month = Month.of(whole.head.signed_on)
    if month.end >= tx.today or not (await months.hold(tx, month)).state.closed:
        return None
    period = open_period(tx.today, await months.last_locked(tx))
    cause = f"{'refund' if gone else 'late'}:{whole.id}:{whole.round}"
    entries = await booking.book_change(tx, whole.ids, gone=gone, period=period, cause=cause, by=[by.id])
    return period.key if entries else None
