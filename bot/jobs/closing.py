"""Around a month's end: who closes it is reminded; missed reports are assessed and settled; each day's book is sealed."""

from __future__ import annotations

from datetime import datetime, time

from bot.jobs.runner import jobs
from core.rules.calendar import ONE_DAY, Month
from core.rules.closing import State, may_close, turn
from core.rules.schedule import LATEST, Daily, SkipLate
from core.store import facts, months, people
from core.store.db import Tx
from core.usecases import alarms, booking, fines

SEALED_AT = time(0, 5)
TOLD_AT = time(9, 0)
WITNESSES = 2  # owners who are sent the chain's head
REMINDED_ON = (1, 4, 8)  # working days of the month after
REMIND_AT = time(9, 40)


@jobs.job("ledger_seal", lambda _: [Daily(SEALED_AT)], LATEST)
async def ledger_seal(tx: Tx, slot: datetime) -> None:
    """Seal the day that ended; two owners keep the head of the chain, so that a cut tail shows."""
    await alarms.policy_edited(tx, tx.at(tx.today, TOLD_AT))
    day = slot.astimezone(tx.company.zone).date() - ONE_DAY
    batch = await booking.seal_day(tx, day)
    if batch is None:
        return
    owners = [person for person in await people.everybody(tx) if person.is_owner][:WITNESSES]
    for person in owners:
        await tx.notify(
            person.id, "ledger_sealed", {"number": batch.number, "digest": batch.digest[:16]},
            once=f"sealed:{batch.number}:{person.id}", due_at=tx.at(tx.today, TOLD_AT),
        )  # fmt: skip


@jobs.job("fines", lambda v: [Daily(v.reports.follow_up.time)], LATEST)
async def assess_and_settle(tx: Tx, slot: datetime) -> None:
    """Missed reports become pending fines, once each; those whose time to appeal is over stand (37, 48)."""
    del slot
    await fines.assess_missed(tx)
    await fines.settle_due(tx)


@jobs.job("closing_due", lambda v: [Daily(REMIND_AT, workdays_only=True, workweek=v.work.workweek)], SkipLate(8 * 60))
async def closing_due(tx: Tx, slot: datetime) -> None:
    """The month before is not closed: said on the 1st, the 4th and the 8th working day of the month, and no more."""
    del slot
    calendar = tx.company.calendar.guessing()
    day = len(calendar.working_days(Month.of(tx.today).start, tx.today, tx.policy.work.workweek))
    month = turn(tx.today, await months.last_locked(tx))
    if day not in REMINDED_ON or month.end >= tx.today or (await months.standing(tx, month)).state is State.PAID:
        return
    since = await facts.get(tx, "jobs.since")
    if since and datetime.fromisoformat(since).astimezone(tx.company.zone).date() > month.end:
        return  # it was over before the company had us
    for person in await people.everybody(tx):
        if may_close(person):
            await tx.notify(
                person.id, "closing_due", {"month": month.key}, once=f"closing-due:{month.key}:{day}:{person.id}"
            )
