"""A team's week at a glance for its supervisor: reports, answers, calls, intentions, deals, person by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.rules.calendar import Week
from core.rules.errors import Refusal
from core.rules.people import HEADS, Person, company_wide
from core.rules.reports import Exempt, ReportKind, ReportState
from core.rules.tallies import Tally
from core.store import calls, deals, people
from core.store.db import Tx
from core.usecases import duties
from core.usecases.duties import Duty


class Filed(StrEnum):
    """How somebody's weekly report stands."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"  # the deadline is over
    WAITING = "waiting"  # it is not
    FREE = "free"  # none is due
    LEAVE = "leave"


class Answered(StrEnum):
    """How far its answer is."""

    DONE = "done"
    PROMISED = "promised"
    READ = "read"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Line:
    """One person's week. Fen."""

    name: str
    number: str
    report: Filed
    answer: Answered | None  # None: no report
    dials: int
    connected: int
    intentions: int
    deals: int
    amount: int


@dataclass(frozen=True, slots=True)
class Glance:
    """A team's week. `due`, `on_time`, `filed`, `answered` count its reports."""

    team: str
    week: Week
    lines: tuple[Line, ...]
    due: int
    on_time: int
    filed: int
    answered: int


def may_see(actor: Person, team_id: int) -> bool:
    """The team's own head, and those who look after the whole company."""
    if company_wide(actor):
        return True
    return actor.role in HEADS and actor.team_id == team_id


async def week(tx: Tx, actor: Person, team_id: int, week: Week) -> Glance:
    """The agents of a team and their week. Refusal `people.not_yours`."""
    team = next((one for one in await people.teams(tx) if one.id == team_id), None)
    if team is None or not may_see(actor, team_id):
        raise Refusal("people.not_yours")
    members = [p for p in await people.everybody(tx, team_id=team_id) if p.is_agent]
    ids = [p.id for p in members]
    tallies: dict[int, Tally] = {}
    for (person, _), tally in (await calls.by_day(tx, ids, week.start, week.end)).items():
        tallies[person] = tallies.get(person, Tally()) + tally
    sold = await deals.sums(tx, week.start, week.end, "person", kinds=deals.PERFORMANCE, person_ids=ids)
    found = await duties.duties(tx, ReportKind.WEEKLY, week, members)
    lines = [_line(tx, mine, tallies.get(mine.person.id, Tally()), sold) for mine in found]
    return Glance(team.name, week, tuple(lines), *_counts(found))


def _line(tx: Tx, mine: Duty, tally: Tally, sold: dict[int, deals.Sum]) -> Line:
    report, person = mine.report, mine.person
    signed = sold.get(person.id, deals.NOTHING)
    answer = None
    if report is not None:
        states = {ReportState.ANSWERED: Answered.DONE, ReportState.PROMISED: Answered.PROMISED}
        answer = states.get(report.state, Answered.READ if report.state is ReportState.READ else Answered.WAITS)
    return Line(
        name=person.name,
        number=person.employee_no,
        report=_filed(tx, mine),
        answer=answer,
        dials=tally.dials,
        connected=tally.connected,
        intentions=tally.intentions,
        deals=signed.count,
        amount=signed.fen,
    )


def _filed(tx: Tx, mine: Duty) -> Filed:
    if mine.report is not None:
        return Filed.ON_TIME if mine.report.on_time else Filed.LATE
    if mine.due is None:
        return Filed.LEAVE if mine.exempt is Exempt.LEAVE else Filed.FREE
    return Filed.MISSING if mine.certain and mine.over(tx.now) else Filed.WAITING


def _counts(found: Sequence[Duty]) -> tuple[int, int, int, int]:
    reports = [mine.report for mine in found if mine.report is not None]
    return (
        sum(mine.due is not None or mine.report is not None for mine in found),
        sum(report.on_time for report in reports),
        len(reports),
        sum(report.state is ReportState.ANSWERED for report in reports),
    )
