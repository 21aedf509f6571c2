"""Reports, their threads and the reasons for late ones; and the figures a report is filled with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select, update

from core.rules.calendar import Month, Week
from core.rules.deals import DealState as State
from core.rules.report_content import Content, Figures
from core.rules.reports import ReportKind, ReportNumber, ReportState
from core.store import calls, deals
from core.store import models as m
from core.store.db import Tx
from core.store.performance import counted, kinds_of, pricing

Period = Week | Month
WAITING = (ReportState.SENT, ReportState.READ, ReportState.PROMISED)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was sent; `due_at` is the deadline it was judged by."""

    id: int
    number: str
    kind: ReportKind
    person_id: int
    period: str  # 2026-W47, 2026-10
    first_day: date
    last_day: date
    state: ReportState
    due_at: datetime
    sent_at: datetime
    at_source: str
    on_time: bool
    content: Content
    asks: bool  # a question of its author waits for an answer
    supervisor_id: int | None  # who must answer
    read_at: datetime | None
    promised_for: datetime | None
    answered_at: datetime | None
    edited_at: datetime | None
    once: str

    @property
    def of(self) -> Period:
        """The week or month it is about."""
        return period_of(self.kind, self.period)

    @property
    def waits(self) -> bool:
        """Is it in its superior's queue?"""
        return self.state in WAITING


@dataclass(frozen=True, slots=True)
class Entry:
    """One contribution to a report's thread: feedback, quick (常用语); reply, question, thanks, addendum."""

    id: int
    report_id: int
    author_id: int
    kind: str
    text: str
    at: datetime
    at_source: str


@dataclass(frozen=True, slots=True)
class Excuse:
    """A reason for a late or missing report."""

    id: int
    person_id: int
    kind: ReportKind
    period: str
    reason: str
    state: str  # pending, accepted, declined, lapsed
    at: datetime
    decided_by: int | None
    decided_at: datetime | None


_R = m.reports.c
_REPORT = select(
    _R.id, _R.number, _R.kind, _R.person_id, _R.period, _R.first_day, _R.last_day, _R.state, _R.due_at, _R.sent_at,
    _R.at_source, _R.on_time, _R.answers, _R.asks, _R.supervisor_id, _R.read_at, _R.promised_for, _R.answered_at,
    _R.edited_at, _R.once,
)  # fmt: skip
_E = m.report_entries.c
_ENTRY = select(*(_E[name] for name in Entry.__dataclass_fields__))
_X = m.excuses.c
_EXCUSE = select(*(_X[name] for name in Excuse.__dataclass_fields__))


def period_of(kind: ReportKind, key: str) -> Period:
    """`2026-W47` or `2026-10`. ValueError for anything else."""
    return Week.parse(key) if kind is ReportKind.WEEKLY else Month.parse(key)


def _report(row: Any) -> Report:
    values = list(row)
    values[2], values[7], values[12] = ReportKind(row[2]), ReportState(row[7]), Content.of_json(row[12])
    return Report(*values)


async def _one(tx: Tx, statement: Select[Any]) -> Report | None:
    row = await tx.first(statement.limit(1))
    return None if row is None else _report(row)


async def _many(tx: Tx, statement: Select[Any]) -> list[Report]:
    return [_report(row) for row in await tx.all(statement)]


# --- reports -----------------------------------------------------------------------------------------------------


async def by_id(tx: Tx, report_id: int) -> Report | None:
    """A report by id."""
    return await _one(tx, _REPORT.where(_R.id == report_id))


async def by_number(tx: Tx, number: ReportNumber) -> Report | None:
    """A report by its number as typed: `5` for `005`, letters in either case."""
    known = await _many(tx, _REPORT.where(_R.kind == number.kind.value, _R.period == number.period.key))
    numbers = dict(await tx.all(select(m.people.c.id, m.people.c.employee_no)))
    return next((report for report in known if number.belongs_to(numbers[report.person_id])), None)


async def filed(tx: Tx, person_id: int, kind: ReportKind, period: Period) -> Report | None:
    """Somebody's report on a period."""
    return await _one(
        tx, _REPORT.where(_R.person_id == person_id, _R.kind == kind.value, _R.period == period.key)
    )  # fmt: skip


async def of_period(
    tx: Tx, kind: ReportKind, period: Period, person_ids: Iterable[int] | None = None
) -> dict[int, Report]:
    """Everybody's report on a period (or that of some), by person."""
    statement = _REPORT.where(_R.kind == kind.value, _R.period == period.key).order_by(_R.sent_at)
    if person_ids is not None:
        statement = statement.where(_R.person_id.in_(sorted(set(person_ids))))
    rows = await _many(tx, statement)
    return {report.person_id: report for report in rows}


async def of_person(tx: Tx, person_id: int, limit: int = 8) -> list[Report]:
    """Somebody's reports, the newest period first."""
    return await _many(tx, _REPORT.where(_R.person_id == person_id).order_by(_R.last_day.desc()).limit(limit))


async def before(tx: Tx, person_id: int, kind: ReportKind, first_day: date, since: date) -> Report | None:
    """Somebody's last report of a kind on a period that ended before `first_day`, not earlier than `since`."""
    return await _one(
        tx,
        _REPORT.where(
            _R.person_id == person_id, _R.kind == kind.value, _R.last_day < first_day, _R.last_day >= since
        ).order_by(_R.last_day.desc()),
    )


async def waiting(tx: Tx, supervisor_id: int) -> list[Report]:
    """The reports that wait for somebody's answer, the oldest first."""
    return await _many(
        tx,
        _REPORT.where(_R.supervisor_id == supervisor_id, _R.state.in_([s.value for s in WAITING])).order_by(
            _R.sent_at, _R.id
        ),
    )


async def all_waiting(tx: Tx) -> list[Report]:
    """Every report that waits for an answer, the oldest first."""
    return await _many(tx, _REPORT.where(_R.state.in_([s.value for s in WAITING])).order_by(_R.sent_at, _R.id))


async def add(tx: Tx, **values: Any) -> int | None:
    """Write a report; None when this person's report on the period, or this submission, is there already."""
    content = values.pop("content")
    return await tx.insert_once(m.reports, answers=content.as_json(), **values)


async def change(tx: Tx, report_id: int, **values: Any) -> Report:
    """Change columns of a report."""
    if "content" in values:
        values["answers"] = values.pop("content").as_json()
    await tx.run(update(m.reports).where(_R.id == report_id).values(**values))
    report = await by_id(tx, report_id)
    assert report is not None
    return report


async def hand_over(tx: Tx, from_id: int, to_id: int) -> int:
    """Give the reports that wait for one person to another; how many."""
    result = await tx.run(
        update(m.reports)
        .where(_R.supervisor_id == from_id, _R.state.in_([s.value for s in WAITING]))
        .values(supervisor_id=to_id)
    )
    return int(result.rowcount)


# --- the thread ----------------------------------------------------------------------------------------------------


async def add_entry(tx: Tx, **values: Any) -> int | None:
    """Write an entry; None when its `once` is known."""
    return await tx.insert_once(m.report_entries, **values)


async def entry(tx: Tx, entry_id: int) -> Entry | None:
    """An entry by id."""
    row = await tx.first(_ENTRY.where(_E.id == entry_id))
    return None if row is None else Entry(*row)


async def thread(tx: Tx, report_id: int) -> list[Entry]:
    """A report's thread, the oldest first."""
    return [Entry(*row) for row in await tx.all(_ENTRY.where(_E.report_id == report_id).order_by(_E.at, _E.id))]


# --- reasons ---------------------------------------------------------------------------------------------------------


def _excuse(row: Any) -> Excuse:
    return Excuse(row[0], row[1], ReportKind(row[2]), *row[3:])


async def excuse(tx: Tx, excuse_id: int) -> Excuse | None:
    """A reason by id."""
    row = await tx.first(_EXCUSE.where(_X.id == excuse_id))
    return None if row is None else _excuse(row)


async def excuse_for(tx: Tx, person_id: int, kind: ReportKind, period: str) -> Excuse | None:
    """The reason somebody gave for a period."""
    row = await tx.first(_EXCUSE.where(_X.person_id == person_id, _X.kind == kind.value, _X.period == period))
    return None if row is None else _excuse(row)


async def excuses_of(tx: Tx, kind: ReportKind, period: str) -> dict[int, Excuse]:
    """Every reason given for a period, by person."""
    rows = await tx.all(_EXCUSE.where(_X.kind == kind.value, _X.period == period))
    return {row[1]: _excuse(row) for row in rows}


async def open_excuses(tx: Tx, *, before: datetime | None = None) -> list[Excuse]:
    """Reasons nobody has decided about (given before then), the oldest first."""
    statement = _EXCUSE.where(_X.state == "pending").order_by(_X.at, _X.id)
    if before is not None:
        statement = statement.where(_X.at <= before)
    return [_excuse(row) for row in await tx.all(statement)]


async def add_excuse(tx: Tx, **values: Any) -> int | None:
    """Write a reason; None when there is one for this period."""
    return await tx.insert_once(m.excuses, **values)


async def decide_excuse(tx: Tx, excuse_id: int, state: str, decided_by: int | None) -> bool:
    """Decide a pending reason; False when somebody has."""
    result = await tx.run(
        update(m.excuses)
        .where(_X.id == excuse_id, _X.state == "pending")
        .values(state=state, decided_by=decided_by, decided_at=tx.now)
    )
    return bool(result.rowcount)


# --- figures -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Author:
    """Whose figures: the person and the team they are in on the period's last day."""

    person_id: int
    team_id: int | None


async def figures(tx: Tx, authors: Sequence[Author], period: Period) -> dict[int, Figures]:
    """What the record says about a period, for many people in a fixed number of queries.

    The period's deals are those signed in it; the month so far, one's own and the team's, is what counts for pay (52).
    """
    ids = [author.person_id for author in authors]
    if not ids:
        return {}
    month = Month.of(period.end)
    kinds = kinds_of(pricing(tx, month))
    daily = await calls.by_day(tx, ids, period.start, period.end)
    returned = await calls.returned(tx, ids, period.start, period.end)
    signed = await deals.sums(tx, period.start, period.end, "person", kinds=kinds, person_ids=ids)
    earlier = await deals.sums(
        tx, period.previous.start, period.previous.end, "person", kinds=kinds, person_ids=ids
    )  # fmt: skip
    pending = await deals.sums(
        tx, period.start, period.end, "person", kinds=kinds, states=(State.PENDING,), person_ids=ids
    )
    so_far = await counted(tx, month.start, period.end, "person", kinds=kinds, person_ids=ids)
    teams = {author.team_id for author in authors if author.team_id is not None}
    of_teams = await counted(tx, month.start, period.end, "team", kinds=kinds, team_ids=teams) if teams else {}
    targets = {team: await deals.target_of(tx, team, month.key) for team in teams}
    found: dict[int, Figures] = {}
    for author in authors:
        tally = _summed(daily, author.person_id)
        mine = signed.get(author.person_id, deals.NOTHING)
        waits = pending.get(author.person_id, deals.NOTHING)
        past = earlier.get(author.person_id, deals.NOTHING)
        found[author.person_id] = Figures(
            dials=tally[0],
            connected=tally[1],
            intentions=tally[2],
            visits=tally[3],
            follow_ups=returned.get(author.person_id, 0),
            deals=mine.count,
            deals_fen=mine.fen,
            pending=waits.count,
            pending_fen=waits.fen,
            month=month.key,
            month_fen=so_far.get(author.person_id, deals.NOTHING).fen,
            team_fen=of_teams.get(author.team_id, deals.NOTHING).fen if author.team_id is not None else 0,
            target_fen=targets.get(author.team_id) if author.team_id is not None else None,
            before_deals=past.count,
            before_fen=past.fen,
        )
    return found


def _summed(daily: Mapping[tuple[int, date], Any], person_id: int) -> tuple[int, int, int, int]:
    mine = [tally for (person, _), tally in daily.items() if person == person_id]
    return (
        sum(t.dials for t in mine),
        sum(t.connected for t in mine),
        sum(t.intentions for t in mine),
        sum(t.visits for t in mine),
    )


# --- export ------------------------------------------------------------------------------------------------------------


async def sent_between(tx: Tx, since: datetime | None, until: datetime | None) -> list[Report]:
    """Reports sent in [since, until), the oldest first."""
    statement = _REPORT.order_by(_R.sent_at, _R.id)
    if since is not None:
        statement = statement.where(_R.sent_at >= since)
    if until is not None:
        statement = statement.where(_R.sent_at < until)
    return await _many(tx, statement)


async def entries_between(tx: Tx, since: datetime | None, until: datetime | None) -> list[Entry]:
    """Thread entries written in [since, until), the oldest first."""
    statement = _ENTRY.order_by(_E.at, _E.id)
    if since is not None:
        statement = statement.where(_E.at >= since)
    if until is not None:
        statement = statement.where(_E.at < until)
    return [Entry(*row) for row in await tx.all(statement)]


async def numbers(tx: Tx, ids: Iterable[int]) -> dict[int, str]:
    """Report numbers by id."""
    wanted = sorted(set(ids))
    return dict(await tx.all(select(_R.id, _R.number).where(_R.id.in_(wanted)))) if wanted else {}


async def drafts_open(tx: Tx, forms: Collection[str]) -> list[tuple[int, int, str, str, datetime]]:
    """Open drafts of these forms: (id, person, form, period, last change)."""
    c = m.drafts.c
    rows = await tx.all(
        select(c.id, c.person_id, c.form, c.subject, c.updated_at).where(c.form.in_(list(forms))).order_by(c.id)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]
