"""Who owes which report, by when, and what our own outages change about it (docs/rules.md 39-46; reliability D8)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.rules import reports as rules
from core.rules.calendar import Calendar, Month, UnknownYear, Week
from core.rules.people import AGENTS, Person, Role
from core.rules.policy import Version
from core.rules.reports import Exempt, Nudge, Outage, Reporter, ReportKind, ReportNumber, Shift, Terms
from core.store import facts, leaves, people
from core.store import reports as store
from core.store.db import Tx
from core.store.reports import Period, Report, period_of
from core.usecases.guards import guard

AFTER_PERIOD = timedelta(days=45)  # how far a deadline can move behind leave and holidays
BREATH = 64  # people after whom the event loop gets a turn
MISSING_WEEKS = 2  # how far back `周报` looks for a missing one


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's report on one period. `due` counts our outages; None when nothing is owed (`exempt` says why)."""

    person: Person
    kind: ReportKind
    period: Period
    due: datetime | None
    nominal: datetime | None  # before our outages
    exempt: Exempt | None
    certain: bool  # False: the calendar of that year is not known, so nothing may be called late
    leave: frozenset[date]
    grace: timedelta
    report: Report | None

    @property
    def number(self) -> str:
        """Of the report, sent or not."""
        return str(ReportNumber(self.period, self.person.employee_no))

    @property
    def owes(self) -> bool:
        """Still to be sent?"""
        return self.due is not None and self.report is None

    def over(self, now: datetime) -> bool:
        """Is the time over, grace included?"""
        return self.due is not None and not rules.on_time(now, self.due, self.grace)


def version_for(tx: Tx, kind: ReportKind, period: Period) -> Version:
    """The policy version that rules a period's deadline: the one in force on the day it falls on."""
    return tx.company.policy.on(period.end if kind is ReportKind.WEEKLY else period.next.start)


def terms_of(version: Version, kind: ReportKind) -> Terms:
    """The policy's figures for one kind of report."""
    roles = AGENTS | {Role.SUPERVISOR} if version.reports.supervisors_due else AGENTS
    if kind is ReportKind.WEEKLY:
        weekly = version.reports.weekly
        return Terms(
            at=weekly.time,
            grace=timedelta(seconds=weekly.grace),
            joined_min_days=weekly.min_working_days,
            weekday=weekly.weekday.number,
            shift=Shift(weekly.shift),
            roles=frozenset(roles),
        )
    monthly = version.reports.monthly
    return Terms(
        at=monthly.time,
        grace=timedelta(seconds=monthly.grace),
        joined_min_days=monthly.min_working_days,
        roles=frozenset(roles),
    )


def nudges_of(version: Version, kind: ReportKind) -> tuple[Nudge, ...]:
    """The policy's steps before the deadline."""
    source = version.reports.weekly if kind is ReportKind.WEEKLY else version.reports.monthly
    return tuple(Nudge(nudge.day, nudge.time) for nudge in source.nudges)


def reports_at_all(tx: Tx, person: Person) -> bool:
    """Do people of this role send reports?"""
    return person.role in terms_of(tx.policy, ReportKind.WEEKLY).roles


async def duties(
    tx: Tx, kind: ReportKind, period: Period, persons: Iterable[Person] | None = None
) -> list[Duty]:  # fmt: skip
    """Everybody's duty for a period, by employee number; in a fixed number of queries."""
    version = version_for(tx, kind, period)
    terms = terms_of(version, kind)
    who = list(persons) if persons is not None else await people.everybody(tx, roles=terms.roles)
    away = await leaves.approved_days(
        tx, [person.id for person in who], period.start - timedelta(days=7), period.end + AFTER_PERIOD
    )
    sent = await store.of_period(tx, kind, period, None if persons is None else [person.id for person in who])
    gaps = await _outages(tx, period)
    began = await _began(tx)
    found: list[Duty] = []
    for number, person in enumerate(who, 1):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        leave = away.get(person.id, frozenset())
        nominal, certain = nominal_of(tx, person, period, version, terms, leave)
        if began is not None and not isinstance(nominal, Exempt) and nominal < began:
            nominal = Exempt.NOT_YET  # it was due before the company had us
        found.append(
            Duty(
                person=person,
                kind=kind,
                period=period,
                due=None if isinstance(nominal, Exempt) else extended(version, terms, nominal, gaps),
                nominal=None if isinstance(nominal, Exempt) else nominal,
                exempt=nominal if isinstance(nominal, Exempt) else None,
                certain=certain,
                leave=leave,
                grace=terms.grace,
                report=sent.get(person.id),
            )
        )
    return found


async def _began(tx: Tx) -> datetime | None:
    """Since when the company has had us."""
    since = await facts.get(tx, "jobs.since")
    return datetime.fromisoformat(since) if since else None


async def before_us(tx: Tx, report: Report) -> bool:
    """Was it sent before the company had us? Then it was owed to somebody, whatever we know."""
    began = await _began(tx)
    return began is not None and report.sent_at < began


async def duty(tx: Tx, person: Person, kind: ReportKind, period: Period) -> Duty:
    """One person's duty for a period."""
    return (await duties(tx, kind, period, [person]))[0]


async def deadline(tx: Tx, person: Person, kind: ReportKind, period: Period) -> datetime:
    """The deadline of a period for the person, whether they owe a report or send one of their own accord."""
    mine = await duty(tx, person, kind, period)
    if mine.due is not None:
        return mine.due
    version = version_for(tx, kind, period)
    terms = terms_of(version, kind)
    workweek = person.workweek or version.work.workweek
    if isinstance(period, Week):
        nominal = rules.weekly_deadline(period, tx.company.zone, terms)
    else:
        nominal = rules.monthly_deadline(period, tx.company.calendar.guessing(), workweek, tx.company.zone, terms)
    return extended(version, terms, nominal, await _outages(tx, period))


def extended(version: Version, terms: Terms, nominal: datetime, gaps: Sequence[Outage]) -> datetime:
    """The deadline after our outages."""
    outage = version.reports.outage
    return rules.effective_deadline(
        nominal,
        gaps,
        window=timedelta(minutes=outage.window_minutes),
        minimum=timedelta(minutes=outage.min_minutes),
        grace=terms.grace,
    )


def nominal_of(
    tx: Tx, person: Person, period: Period, version: Version, terms: Terms, leave: frozenset[date]
) -> tuple[datetime | Exempt, bool]:
    """The person's own deadline before outages; a year without a holiday plan is guessed, and said to be."""
    reporter = Reporter.of(person, version.work.workweek)

    def due(calendar: Calendar) -> datetime | Exempt:
        if isinstance(period, Week):
            return rules.weekly_due(reporter, period, calendar, tx.company.zone, leave=leave, terms=terms)
        return rules.monthly_due(reporter, period, calendar, tx.company.zone, leave=leave, terms=terms)

    try:
        return due(tx.company.calendar), True
    except UnknownYear:
        return due(tx.company.calendar.guessing()), False


async def _outages(tx: Tx, period: Period) -> list[Outage]:
    start, end = period.bounds(tx.company.zone)
    rows = await facts.outages(tx, start, end + AFTER_PERIOD)
    return [Outage(began, ended) for began, ended in rows]


async def week_meant(tx: Tx, person: Person) -> tuple[Week, list[Week]]:
    """The week that `周报` opens for somebody now, and the weeks they still owe."""
    current = Week.of(tx.today)
    missing: list[Week] = []
    filed: list[Week] = []
    week = current
    for _ in range(MISSING_WEEKS + 1):
        mine = await duty(tx, person, ReportKind.WEEKLY, week)
        if mine.report is not None:
            filed.append(week)
        elif mine.owes:
            missing.append(week)
        week = week.previous
    terms = terms_of(version_for(tx, ReportKind.WEEKLY, current), ReportKind.WEEKLY)
    return rules.weekly_means(tx.today, missing, filed, terms), missing


def month_meant(tx: Tx) -> Month:
    """The month that `月报` opens now."""
    return rules.monthly_means(tx.today)


def nudge_times(tx: Tx, mine: Duty) -> tuple[datetime, ...]:
    """When somebody is reminded of what they owe."""
    if mine.due is None:
        return ()
    version = version_for(tx, mine.kind, mine.period)
    return rules.nudge_times(
        mine.period,
        mine.due,
        tx.company.calendar,
        mine.person.workweek or version.work.workweek,
        tx.company.zone,
        nudges=nudges_of(version, mine.kind),
        leave=mine.leave,
        terms=terms_of(version, mine.kind),
        nominal=mine.nominal,
    )


# --- quiet ---------------------------------------------------------------------------------------------------------


async def mute(tx: Tx, person: Person, kind: ReportKind, period: Period) -> None:
    """No more reminders of this report."""
    await facts.put(tx, f"mute:{person.id}:{kind.value}:{period.key}", value=True)


async def muted(tx: Tx, person_id: int, kind: ReportKind, period: Period) -> bool:
    """Did they ask for no more reminders?"""
    return bool(await facts.get(tx, f"mute:{person_id}:{kind.value}:{period.key}"))


def guard_text(mine: Duty) -> str:
    """The guard of a reminder: `owes:W-2026-47:12`."""
    letter = "W" if mine.kind is ReportKind.WEEKLY else "M"
    return f"owes:{letter}:{mine.period.key}:{mine.person.id}"


@guard("owes")
async def still_owes(tx: Tx, what: str) -> bool:
    """Nobody is reminded who has sent it, is on leave today, asked for quiet, or has left."""
    mine = await _owing(tx, what)
    if mine is None:
        return False
    return tx.today not in mine.leave and not await muted(tx, mine.person.id, mine.kind, mine.period)


@guard("missing")
async def still_missing(tx: Tx, what: str) -> bool:
    """As `owes`, for what is said afterwards: quiet and leave do not matter then."""
    return await _owing(tx, what) is not None


async def _owing(tx: Tx, what: str) -> Duty | None:
    letter, key, person_id = what.split(":")
    kind = ReportKind.WEEKLY if letter == "W" else ReportKind.MONTHLY
    person = await people.by_id(tx, int(person_id))
    if person is None or not person.works:
        return None
    mine = await duty(tx, person, kind, period_of(kind, key))
    return mine if mine.owes else None
