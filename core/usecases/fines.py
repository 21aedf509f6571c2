"""Fines for missed reports: assessed when the author was asked about it, standing when the time to appeal is over.

Nothing here takes money from pay: what stands is 待缴, owed beside it (37). A reason that waits for its answer stops
the clock; one that is good makes the fine void.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.rules.calendar import Month, Week
from core.rules.reports import ExcuseState, ReportKind
from core.store import ledger
from core.store import reports as store
from core.store.db import Tx
from core.store.reports import Period
from core.usecases import booking, duties, excuses
from core.usecases import reports as filing


@dataclass(frozen=True, slots=True)
class Noted:
    """What is noted as owed for a missed report. Fen; `mode`: the policy's, record or payslip."""

    mode: str
    fen: int


def noted(tx: Tx, mine: duties.Duty) -> Noted | None:
    """What is, or will be, noted for it as long as no reason is good; None: nothing, by the policy or the calendar."""
    late = mine.report is None or not mine.report.on_time
    if mine.due is None or not mine.certain or not mine.over(tx.now) or not late:
        return None
    version = tx.company.policy.on(mine.due.astimezone(tx.company.zone).date())
    fen = booking.recorded(version, mine.kind.value)
    return Noted(version.fines.mode, fen) if fen else None


async def assess_missed(tx: Tx) -> int:
    """A pending fine for each report of the last weeks, or the last month, that was missed or sent late; how many new.

    Only where the calendar is certain, never before the author was asked, never while a reason waits or holds.
    """
    week = Week.of(tx.today)
    periods: list[tuple[ReportKind, Period]] = [
        (ReportKind.WEEKLY, week),
        (ReportKind.WEEKLY, week.previous),
        (ReportKind.MONTHLY, Month.of(tx.today).previous),
    ]
    new = 0
    for kind, period in periods:
        given = await store.excuses_of(tx, kind, period.key)
        for mine in await duties.duties(tx, kind, period):
            if mine.due is None or noted(tx, mine) is None:
                continue
            reason = given.get(mine.person.id)
            if reason is not None and filing.excuse_stands(tx, reason) is not ExcuseState.DECLINED:
                continue
            if excuses.follow_up_at(tx, mine) > tx.now:
                continue
            day = mine.due.astimezone(tx.company.zone).date()
            new += await booking.assess(tx, mine.person, kind.value, period.key, day) is not None
    return new


async def settle_due(tx: Tx) -> int:
    """Fines whose time to appeal is over stand, or are void where the reason was good; how many ended."""
    hours = tx.policy.reports.excuse_hours
    ended = 0
    for pending in await ledger.open_fines(tx, tx.now - timedelta(hours=hours)):
        kind, key = pending.entry.refs[0].split(":", 1)
        reason = await store.excuse_for(tx, int(pending.entry.people[0]), ReportKind(kind), key)
        state = None if reason is None else filing.excuse_stands(tx, reason)
        if state is ExcuseState.OPEN:
            continue
        stands = state is not ExcuseState.ACCEPTED
        ended += await booking.settle(tx, pending.entry.key, stands=stands, period=Month.of(tx.today))
    return ended
