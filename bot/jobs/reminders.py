"""Reminders about reports: before the deadline, after it, and to those who must answer (004 §5; docs/rules.md 39-50).

A job only decides who must hear what; a guard is asked again at the moment of sending, so nobody is reminded of a
report they have just sent. Nothing here goes into a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from bot.jobs.runner import jobs
from core.rules.calendar import ONE_DAY, Calendar, Month, Week, Workweek, utc
from core.rules.people import Person, Role
from core.rules.policy import Version
from core.rules.reports import ReportKind
from core.rules.schedule import ALL, LATEST, Daily, MonthlyFirstWorkday, Schedule, SkipLate, Weekly
from core.store import people
from core.store import reports as store
from core.store.db import BULK, Tx
from core.store.reports import Period, Report
from core.usecases import duties, excuses
from core.usecases import reports as filing

LIST_AFTER = timedelta(minutes=5)  # the list of who did and who did not, after the deadline
MORNING = time(9, 5)  # a list that would come at night waits for it
NIGHT_FROM, NIGHT_TO = 23, 8
LATE_ENOUGH = timedelta(minutes=30)  # a reminder later than that is wrong
STALE = timedelta(hours=12)  # a list or a digest nobody could receive for so long is not sent
CHECK_MINUTES = (5, 20, 35, 50)


def _hours(version: Version) -> Sequence[Schedule]:
    """Every hour at which somebody may be reminded; who it is, is decided then."""
    nudges = (*version.reports.weekly.nudges, *version.reports.monthly.nudges)
    return [Daily(at) for at in sorted({nudge.time for nudge in nudges})]


def _running(day: date) -> list[tuple[ReportKind, Period]]:
    """The periods that somebody may owe a report on: this week and the last one, the month just ended."""
    week = Week.of(day)
    return [
        (ReportKind.WEEKLY, week),
        (ReportKind.WEEKLY, week.previous),
        (ReportKind.MONTHLY, Month.of(day).previous),
    ]


@jobs.job("report_nudges", _hours, SkipLate(30), plans=True)
async def report_nudges(tx: Tx, slot: datetime) -> None:
    """Those who still owe, privately, at the policy's steps; never more than three (docs/manners.md 2.6)."""
    reminded: set[tuple[ReportKind, int]] = set()  # two weeks may be due in one evening when an outage moved the first
    for kind, period in _running(tx.today):
        for mine in await duties.duties(tx, kind, period):
            if not mine.owes or mine.due is None or (kind, mine.person.id) in reminded:
                continue
            times = duties.nudge_times(tx, mine)
            if not any(utc(at) == utc(slot) for at in times):
                continue
            reminded.add((kind, mine.person.id))
            step = 1 + sum(utc(at) < utc(slot) for at in times)
            await tx.notify(
                mine.person.id,
                "report_nudge",
                {"kind": kind.value, "period": period.key, "step": step},
                once=f"nudge:{mine.number}:{slot.isoformat()}",
                guard=duties.guard_text(mine),
                expires_at=min(mine.due, slot + LATE_ENOUGH),
                rank=BULK,
            )


# --- the deadline --------------------------------------------------------------------------------------------------------


def _after_deadline(version: Version) -> Sequence[Schedule]:
    """Five minutes after the weekly deadline, and the morning after the monthly one."""
    weekly = version.reports.weekly
    minutes = (weekly.time.hour * 60 + weekly.time.minute + 5) % (24 * 60)
    weekday = (weekly.weekday.number + (weekly.time >= time(23, 55))) % 7
    return [Weekly(weekday, time(*divmod(minutes, 60)))]


@jobs.job("weekly_lists", _after_deadline, ALL)
async def weekly_lists(tx: Tx, slot: datetime) -> None:
    """After the weekly deadline (moved by our outages) each superior gets who did and who did not."""
    week = Week.of((slot - LIST_AFTER).astimezone(tx.company.zone).date())
    await send_lists(tx, ReportKind.WEEKLY, week)


@jobs.job("monthly_lists", lambda _: [Daily(MORNING)], ALL)
async def monthly_lists(tx: Tx, slot: datetime) -> None:
    """The morning after the first working day; where teams work by different weeks, after the last one of those who
    report to the same superior."""
    del slot
    calendar, day = tx.company.calendar.guessing(), tx.today - ONE_DAY
    firsts = {str(week): calendar.first_workday(day.year, day.month, week) for week in Workweek}
    if day in firsts.values():
        await send_lists(tx, ReportKind.MONTHLY, Month.of(day).previous, firsts)


async def send_lists(tx: Tx, kind: ReportKind, period: Period, firsts: Mapping[str, date] | None = None) -> None:
    """One list for each superior, when the last deadline of those who report to them that day is over.

    `firsts`: the first working day by workweek; given, only those are told whose people's last one was yesterday.
    """
    latest: dict[int, datetime] = {}
    last_first: dict[int, date] = {}
    version = duties.version_for(tx, kind, period)
    weekly = version.reports.weekly
    for mine in await duties.duties(tx, kind, period):
        superior = await people.superior_of(tx, mine.person)
        if superior is None:
            continue
        if firsts is not None:
            first = firsts[mine.person.workweek or version.work.workweek]
            last_first[superior.id] = max(last_first.get(superior.id, first), first)
        due = mine.due or tx.now - LIST_AFTER
        if mine.nominal is not None and kind is ReportKind.WEEKLY:
            local = mine.nominal.astimezone(tx.company.zone)
            if local.weekday() != weekly.weekday.number:  # moved by leave: it is on the list as not sent yet
                due = tx.now - LIST_AFTER
        latest[superior.id] = max(latest.get(superior.id, due), due)
    for superior_id, due in latest.items():
        if firsts is not None and last_first[superior_id] != tx.today - ONE_DAY:
            continue
        at = _awake(tx, max(due + LIST_AFTER, tx.now)) if kind is ReportKind.WEEKLY else tx.now
        await tx.notify(
            superior_id,
            "report_list",
            {"kind": kind.value, "period": period.key},
            once=f"list:{kind.value}:{period.key}:{superior_id}",
            due_at=at,
            expires_at=at + STALE,
            rank=BULK,
        )


def _awake(tx: Tx, at: datetime) -> datetime:
    """Not in the night: at eight in the morning instead."""
    local = at.astimezone(tx.company.zone)
    if NIGHT_TO <= local.hour < NIGHT_FROM:
        return at
    day = local.date() + ONE_DAY if local.hour >= NIGHT_FROM else local.date()
    return tx.at(day, time(NIGHT_TO))


def _around_deadlines(version: Version) -> Sequence[Schedule]:
    """Every quarter of an hour from two hours before a deadline to the end of that day."""
    weekly = version.reports.weekly
    first = max(0, weekly.time.hour - 2)
    hours = range(first, 24)
    slots: list[Schedule] = [Weekly(weekly.weekday.number, time(h, m)) for h in hours for m in CHECK_MINUTES]
    return [*slots, *(MonthlyFirstWorkday(time(h, m)) for h in (22, 23) for m in CHECK_MINUTES)]


@jobs.job("outages", _around_deadlines, LATEST)
async def outages(tx: Tx, slot: datetime) -> None:
    """Our own outage near a deadline moves it for everybody, and everybody who owes hears it once."""
    del slot
    await filing.announce_extensions(tx)


# --- after it --------------------------------------------------------------------------------------------------------------


def _follow_up(version: Version) -> Sequence[Schedule]:
    return [Daily(version.reports.follow_up.time)]


@jobs.job("report_follow_up", _follow_up, SkipLate(8 * 60), plans=True)
async def report_follow_up(tx: Tx, slot: datetime) -> None:
    """Those who missed a deadline are asked privately, in working hours, once."""
    for kind, period in _running(tx.today):
        given = await store.excuses_of(tx, kind, period.key)
        for mine in await duties.duties(tx, kind, period):
            if not mine.owes or not mine.certain or not mine.over(tx.now) or mine.person.id in given:
                continue
            if utc(excuses.follow_up_at(tx, mine)) != utc(slot):
                continue
            letter = duties.guard_text(mine).partition(":")[2]
            await tx.notify(
                mine.person.id,
                "report_missed",
                {"kind": kind.value, "period": period.key},
                once=f"missed:{mine.number}",
                guard=f"missing:{letter}",
                expires_at=slot + STALE,
            )


@jobs.job("excuses_lapse", lambda _: [Daily(time(9))], LATEST)
async def excuses_lapse(tx: Tx, slot: datetime) -> None:
    """Reasons that nobody judged for 48 hours count as good (docs/rules.md 47); their authors were told at that hour."""
    del slot
    await excuses.lapse(tx)


def _remind(version: Version) -> Sequence[Schedule]:
    return [Daily(version.feedback.remind.time)]


@jobs.job("feedback_reminders", _remind, SkipLate(8 * 60))
async def feedback_reminders(tx: Tx, slot: datetime) -> None:
    """On the week's first working day from the policy's weekday on: what waits. On other working days: what is overdue."""
    del slot
    await filing.readdress(tx)
    calendar = tx.company.calendar.guessing()
    weekly = _first_workday_from(calendar, tx.today, tx.policy.feedback.remind.weekday.number, tx.policy.work.workweek)
    waiting: dict[int, list[Report]] = {}
    for report in await store.all_waiting(tx):
        if report.supervisor_id is not None:
            waiting.setdefault(report.supervisor_id, []).append(report)
    heads = await people.by_ids(tx, waiting)
    for head_id, reports in waiting.items():
        head = heads[head_id]
        workweek = head.workweek or tx.policy.work.workweek
        if not head.works or not calendar.is_workday(tx.today, workweek):
            continue
        if weekly:
            await tx.notify(
                head.id, "feedback_waiting", {}, once=f"waiting:{head.id}:{tx.today}", expires_at=tx.now + STALE,
                rank=BULK,
            )  # fmt: skip
            continue
        late = [report.id for report in reports if _newly_overdue(tx, calendar, report, head)]
        if late:
            await tx.notify(
                head.id, "feedback_overdue", {"reports": late}, once=f"overdue:{head.id}:{tx.today}",
                expires_at=tx.now + STALE, rank=BULK,
            )  # fmt: skip
    if weekly:
        await _digests(tx)


def _first_workday_from(calendar: Calendar, today: date, weekday: int, workweek: str) -> bool:
    """Is today the first working day on or after the last such weekday?"""
    wanted = today - timedelta(days=(today.weekday() - weekday) % 7)
    return calendar.next_workday(wanted - ONE_DAY, workweek) == today


def _newly_overdue(tx: Tx, calendar: Calendar, report: Report, head: Person) -> bool:
    """Did the time for its answer end with the last working day? Said once, not every morning."""
    if report.promised_for is not None and report.promised_for > tx.now:
        return False
    due = filing.answer_due(tx, report, head)
    if due is None or due >= tx.now:
        return False
    workweek = head.workweek or tx.policy.work.workweek
    return calendar.next_workday(due.astimezone(tx.company.zone).date(), workweek) == tx.today


async def _digests(tx: Tx) -> None:
    """The manager gets the week that ended, and on its month the monthly reports, by team (docs/rules.md 50a)."""
    periods: list[tuple[ReportKind, Period]] = [(ReportKind.WEEKLY, Week.of(tx.today).previous)]
    if tx.today.day <= 7:
        periods.append((ReportKind.MONTHLY, Month.of(tx.today).previous))
    for person in await people.everybody(tx, roles=[Role.MANAGER]):
        for kind, period in periods:
            await tx.notify(
                person.id, "report_digest", {"kind": kind.value, "period": period.key},
                once=f"digest:{kind.value}:{period.key}:{person.id}", expires_at=tx.now + STALE, rank=BULK,
            )  # fmt: skip
