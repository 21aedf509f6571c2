"""Reasons for a late or missing report: given by the author, judged by the direct superior (docs/rules.md 47)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from core.rules import reports as rules
from core.rules.calendar import moment
from core.rules.errors import Refusal
from core.rules.people import Person, manages
from core.rules.reports import ExcuseState, ReportKind
from core.store import people
from core.store import reports as store
from core.store.db import Tx
from core.store.reports import Excuse, Period
from core.usecases import booking, duties, reports
from core.usecases.guards import guard

EARLY = timedelta(hours=24)  # a reason may be given this long before the deadline


def told_at(tx: Tx, mine: duties.Duty) -> datetime:
    """When the author was told at the latest: on sending it late, or by the follow-up of the next working day."""
    if mine.report is not None:
        return mine.report.sent_at
    assert mine.due is not None
    return follow_up_at(tx, mine)


def follow_up_at(tx: Tx, mine: duties.Duty) -> datetime:
    """When somebody who missed a deadline is asked about it: the policy's weekday, or the first working day from it on.

    Bad news comes in working hours (docs/manners.md rule 10).
    """
    assert mine.due is not None
    version = duties.version_for(tx, mine.kind, mine.period)
    calendar = tx.company.calendar.guessing()
    workweek = mine.person.workweek or version.work.workweek
    day = mine.due.astimezone(tx.company.zone).date()
    if mine.kind is ReportKind.WEEKLY:
        wanted = version.reports.follow_up.weekday.number
        day += timedelta(days=(wanted - day.weekday() - 1) % 7)
    day = calendar.next_workday(day, workweek, mine.leave)
    at: time = version.reports.follow_up.time
    return moment(day, at, tx.company.zone)


def check(tx: Tx, mine: duties.Duty, at: datetime) -> None:
    """May a reason be given at that moment? Refusal `reports.excuse_needless` (in time, or nothing owed),
    `reports.excuse_over` (the policy's hours are over)."""
    hours = duties.version_for(tx, mine.kind, mine.period).reports.excuse_hours
    if mine.due is None or (mine.report is not None and mine.report.on_time):
        raise Refusal("reports.excuse_needless")
    if mine.report is None and at < mine.due - EARLY:
        raise Refusal("reports.excuse_needless")
    if not rules.may_excuse(at, max(told_at(tx, mine), mine.due), timedelta(hours=hours)):
        raise Refusal("reports.excuse_over", hours=hours)


async def give(
    tx: Tx, author: Person, kind: ReportKind, period: Period, reason: str, *, at: datetime
) -> Excuse:  # fmt: skip
    """Give the reason. Refusal of `check`, and `reports.excuse_decided`: one reason a report."""
    mine = await duties.duty(tx, author, kind, period)
    check(tx, mine, at)
    window = timedelta(hours=duties.version_for(tx, kind, period).reports.excuse_hours)
    new = await store.add_excuse(
        tx, person_id=author.id, kind=kind.value, period=period.key, reason=reason, state="pending", at=at
    )
    if new is None:
        raise Refusal("reports.excuse_decided")
    superior = await reports.addressee(tx, author)
    if superior is not None:
        await tx.notify(
            superior.id, "excuse_to_decide", {"excuse": new}, once=f"excuse:{new}:ask", guard=f"excuse:{new}"
        )
    # Nobody's answer for 48 hours is a yes; the author hears it at that hour.
    await tx.notify(
        author.id, "excuse_lapsed", {"excuse": new}, once=f"excuse:{new}:lapsed", due_at=at + window,
        guard=f"excuse:{new}",
    )  # fmt: skip
    await tx.note(author.id, "excuse.given", f"excuse:{new}")
    given = await store.excuse(tx, new)
    assert given is not None
    return given


async def decide(tx: Tx, actor: Person, excuse_id: int, *, accept: bool) -> Excuse:
    """The direct superior's word (or that of somebody above). Refusal `feedback.not_yours`, `reports.excuse_decided`."""
    reason = await store.excuse(tx, excuse_id)
    author = await people.by_id(tx, reason.person_id) if reason else None
    if reason is None or author is None:
        raise Refusal("reports.unknown")
    direct = await reports.addressee(tx, author)
    if not (manages(actor, author) or (direct is not None and direct.id == actor.id)):
        raise Refusal("feedback.not_yours")
    if reports.excuse_stands(tx, reason) is not ExcuseState.OPEN:
        raise Refusal("reports.excuse_decided")
    if not await store.decide_excuse(tx, excuse_id, "accepted" if accept else "declined", actor.id):
        raise Refusal("reports.excuse_decided")
    if accept:
        await booking.excused(tx, author.id, reason.kind.value, reason.period, [actor])
    await tx.notify(author.id, "excuse_decided", {"excuse": excuse_id}, once=f"excuse:{excuse_id}:decided")
    await tx.note(actor.id, "excuse.accepted" if accept else "excuse.declined", f"excuse:{excuse_id}")
    decided = await store.excuse(tx, excuse_id)
    assert decided is not None
    return decided


async def lapse(tx: Tx) -> int:
    """Write down which reasons count as good because nobody answered; how many."""
    lapsed = 0
    for reason in await store.open_excuses(tx):
        if reports.excuse_stands(tx, reason) is ExcuseState.ACCEPTED:
            lapsed += await store.decide_excuse(tx, reason.id, "lapsed", None)
            await booking.excused(tx, reason.person_id, reason.kind.value, reason.period)
    return lapsed


@guard("excuse")
async def still_open(tx: Tx, what: str) -> bool:
    """Has nobody decided yet?"""
    reason = await store.excuse(tx, int(what))
    return reason is not None and reason.state in {"pending", "lapsed"}
