"""What the boards say: the day, the week, the month, as plain values. Names only upwards (voice 3).

A day and a week tell what was signed; the figure of a month is what counts for pay (docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.rules import ranking
from core.rules.calendar import Month, Week
from core.rules.pay import DealKind
from core.rules.payments import counts_by_receipt
from core.rules.people import AGENTS, Person, Role, Status
from core.rules.ranking import Growth
from core.store import calls, deals, people
from core.store.db import Tx
from core.store.people import Team
from core.store.performance import counted, kinds_of, pricing
from core.usecases import reports, targets

NEW_FOR_DAYS = 92  # 新人王: probation, or the first three months


@dataclass(frozen=True, slots=True)
class Score:
    """Somebody's figure on a board; `moved` places since the period before."""

    name: str
    value: int
    moved: int | None = None
    number: str = ""  # employee number: what a picture calls them when it cannot draw their name


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team's month. Fen; target None: not set. `by_receipt`: the policy of the month counts what came in (52)."""

    name: str
    actual: int
    target: int | None
    by_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Daily:
    """今日战报 of one team. Fen."""

    team: TeamLine
    day: date
    deals: tuple[Score, ...]  # per person, best first
    deal_count: int
    deal_total: int
    dials: tuple[Score, ...]
    intentions: tuple[Score, ...]
    total_dials: int
    total_intentions: int
    total_visits: int
    days_left: int
    pending: int  # what the supervisor has to confirm: without their own deals
    pending_total: int
    supervisor: str | None
    last_days: bool


@dataclass(frozen=True, slots=True)
class Weekly:
    """本周红榜."""

    week: Week
    teams: tuple[TeamLine, ...]
    top: tuple[Score, ...]
    progress: tuple[Score, ...]
    returned: Score | None  # 回访最勤: different old customers called again
    due: int
    on_time: int
    on_leave: int
    filed: int
    answered: int
    reports_over: bool  # somebody's deadline has passed: until then nobody is late

    @property
    def tells_reports(self) -> bool:
        """Is there anything to say about the week's reports yet?"""
        return bool(self.due and (self.reports_over or self.filed))


@dataclass(frozen=True, slots=True)
class Place:
    """One row of everybody's board, for those who lead them. Fen; `moved` None: nothing to compare with."""

    rank: int
    name: str
    number: str
    team: str | None
    value: int
    deals: int
    moved: int | None
    new: bool  # came after the period before


@dataclass(frozen=True, slots=True)
class Side:
    """A team against the others. Fen; target None: not set."""

    name: str
    actual: int
    target: int | None
    week: int  # signed this week
    deals: int  # signed this month
    people: int


@dataclass(frozen=True, slots=True)
class Monthly:
    """月度英雄榜."""

    month: Month
    top: tuple[Score, ...]
    teams: tuple[TeamLine, ...]
    newcomer: Score | None
    pair: tuple[str, str, int] | None
    records: tuple[str, ...]


async def _ranked(tx: Tx, team_ids: Iterable[int] | None) -> list[Person]:
    wanted = set(team_ids) if team_ids is not None else None
    return [p for p in await people.everybody(tx, roles=AGENTS) if wanted is None or p.team_id in wanted]


async def _teams(tx: Tx, month: Month, team_ids: Iterable[int] | None) -> tuple[TeamLine, ...]:
    wanted = set(team_ids) if team_ids is not None else None
    by_receipt = counts_by_receipt(tx.company.policy, month.start)
    lines = [
        TeamLine(one.team.name, one.actual, one.target, by_receipt)
        for one in await targets.standings(tx, month, wanted)
    ]
    return tuple(sorted(lines, key=lambda t: (ranking.attainment(t.actual, t.target) or -1, t.actual), reverse=True))


def _top(scores: Mapping[int, int], who: Mapping[int, Person], count: int) -> tuple[Score, ...]:
    best = sorted((s for s in scores.items() if s[1] > 0), key=lambda s: (-s[1], s[0]))
    return tuple(Score(who[person].name, value, number=who[person].employee_no) for person, value in best[:count])


async def daily(tx: Tx, team: Team, day: date) -> Daily:
    """A team's day so far."""
    members = await people.everybody(tx, team_id=team.id)
    who = {p.id: p for p in members}
    agents = [p.id for p in members if p.role in AGENTS]
    month = Month.of(day)
    sold = await deals.sums(tx, day, day, "person", team_ids=[team.id])
    who |= await people.by_ids(tx, set(sold) - set(who))
    tallies = {person: tally for (person, _), tally in (await calls.by_day(tx, agents, day, day)).items()}
    waiting = await deals.total(tx, None, day, states=[deals.State.PENDING], team_ids=[team.id])
    (line,) = await _teams(tx, month, [team.id])
    left = tx.company.calendar.guessing().working_days_left(day, team.workweek or tx.policy.work.workweek)
    head = next((p for p in members if p.role is Role.SUPERVISOR), None)
    own = deals.NOTHING
    if head is not None:
        own = await deals.total(tx, None, day, states=[deals.State.PENDING], team_ids=[team.id], person_ids=[head.id])
    count = tx.policy.boards.names
    return Daily(
        team=line,
        day=day,
        deals=_top({person: s.fen for person, s in sold.items()}, who, 6),
        deal_count=sum(s.count for s in sold.values()),
        deal_total=sum(s.fen for s in sold.values()),
        dials=_top({p: t.dials for p, t in tallies.items()}, who, count),
        intentions=_top({p: t.intentions for p, t in tallies.items()}, who, count),
        total_dials=sum(t.dials for t in tallies.values()),
        total_intentions=sum(t.intentions for t in tallies.values()),
        total_visits=sum(t.visits for t in tallies.values()),
        days_left=left,
        pending=waiting.count - own.count,
        pending_total=waiting.fen - own.fen,
        supervisor=head.name if head else None,
        last_days=left <= tx.policy.boards.last_days,
    )


async def _week_scores(tx: Tx, week: Week, staff: Sequence[Person]) -> dict[str, int]:
    sums = await deals.sums(
        tx, week.start, week.end, "person", kinds=deals.PERFORMANCE, person_ids=[p.id for p in staff]
    )
    return {p.employee_no: sums[p.id].fen if p.id in sums else 0 for p in staff}


async def weekly(tx: Tx, week: Week, team_ids: Iterable[int] | None = None) -> Weekly:
    """A week of the company, or of some teams."""
    ids = list(team_ids) if team_ids is not None else None
    staff = await _ranked(tx, ids)
    name = {p.employee_no: p.name for p in staff}
    who = {p.id: p for p in staff}
    scores = await _week_scores(tx, week, staff)
    before = await _week_scores(tx, week.previous, staff)
    board = [s for s in ranking.standings(scores, before) if s.score > 0]
    grown: list[Growth] = ranking.progress(scores, before)
    again = await calls.returned(tx, [p.id for p in staff], week.start, week.end)
    counts = await reports.week_counts(tx, week)
    mine = [c for team, c in counts.items() if ids is None or team in ids]
    return Weekly(
        week=week,
        teams=await _teams(tx, Month.of(week.saturday), ids),
        top=tuple(Score(name[s.number], int(s.score), s.moved, s.number) for s in board[: tx.policy.boards.names]),
        progress=tuple(Score(name[g.number], g.gained, number=g.number) for g in grown[:2]),
        returned=next(iter(_top(again, who, 1)), None),
        due=sum(c.due for c in mine),
        on_time=sum(c.on_time for c in mine),
        on_leave=sum(c.on_leave for c in mine),
        filed=sum(c.filed for c in mine),
        answered=sum(c.answered for c in mine),
        reports_over=any(c.over for c in mine),
    )


async def places(tx: Tx, week: Week) -> list[tuple[Person, ranking.Standing]]:
    """Everybody's own place in a week, for their private line."""
    staff = await _ranked(tx, None)
    scores = await _week_scores(tx, week, staff)
    before = await _week_scores(tx, week.previous, staff)
    by_number = {p.employee_no: p for p in staff}
    return [(by_number[s.number], s) for s in ranking.standings(scores, before)]


async def _by_person(tx: Tx, span: Week | Month, ids: Collection[int]) -> dict[int, deals.Sum]:
    """Of a week what each signed, of a month what counts."""
    if isinstance(span, Week):
        return await deals.sums(tx, span.start, span.end, "person", kinds=deals.PERFORMANCE, person_ids=ids)
    return await counted(tx, span.start, span.end, "person", kinds=kinds_of(pricing(tx, span)), person_ids=ids)


async def everyone(tx: Tx, span: Week | Month, team_ids: Iterable[int] | None) -> tuple[Place, ...]:
    """Everybody's place in a week or a month, compared with the one before: for those who lead them."""
    staff = await _ranked(tx, team_ids)
    ids = [p.id for p in staff]
    now, then = await _by_person(tx, span, ids), await _by_person(tx, span.previous, ids)
    scores = {p.employee_no: now.get(p.id, deals.NOTHING).fen for p in staff}
    last = span.previous.end
    earlier = {p.employee_no: then.get(p.id, deals.NOTHING).fen for p in staff if p.hired_on <= last}
    who = {p.employee_no: p for p in staff}
    return tuple(
        Place(
            rank=s.rank,
            name=who[s.number].name,
            number=s.number,
            team=who[s.number].team,
            value=int(s.score),
            deals=now[who[s.number].id].count if who[s.number].id in now else 0,
            moved=s.moved,
            new=who[s.number].hired_on > last,
        )
        for s in ranking.standings(scores, earlier)
    )


async def versus(tx: Tx, day: date) -> tuple[Side, ...]:
    """Team against team in the month of `day`: by attainment, those without a target after them by amount."""
    month, week = Month.of(day), Week.of(day)
    standings = await targets.standings(tx, month)
    this_week = await deals.sums(tx, week.start, day, "team", kinds=deals.PERFORMANCE)
    signed = await deals.sums(tx, month.start, month.end, "team", kinds=deals.PERFORMANCE)
    staff = await _ranked(tx, None)
    sides = [
        Side(
            name=one.team.name,
            actual=one.actual,
            target=one.target,
            week=this_week[one.team.id].fen if one.team.id in this_week else 0,
            deals=signed[one.team.id].count if one.team.id in signed else 0,
            people=sum(p.team_id == one.team.id for p in staff),
        )
        for one in standings
    ]
    # Exact shares, compared as fractions: two teams that read 77.0% may still differ.
    return tuple(sorted(sides, key=lambda s: (ranking.attainment(s.actual, s.target) or -1, s.actual), reverse=True))


async def monthly(tx: Tx, month: Month, team_ids: Iterable[int] | None = None) -> Monthly:
    """A month of the company, or of some teams."""
    ids = list(team_ids) if team_ids is not None else None
    staff = await _ranked(tx, ids)
    who = {p.id: p for p in staff}
    kinds = kinds_of(pricing(tx, month))
    sums = await counted(tx, None, month.end, "person", "month", kinds=kinds, person_ids=list(who))
    now = {person: s.fen for (person, key), s in sums.items() if key == month.key}
    best: dict[int, int] = {}
    for (person, key), s in sums.items():
        if key < month.key:
            best[person] = max(best.get(person, 0), s.fen)
    new = {
        person: fen
        for person, fen in now.items()
        if who[person].status is Status.PROBATION or (month.end - who[person].hired_on).days <= NEW_FOR_DAYS
    }
    records = [person for person, fen in sorted(now.items(), key=lambda s: -s[1]) if 0 < best.get(person, 0) < fen]
    return Monthly(
        month=month,
        top=_top(now, who, tx.policy.boards.names),
        teams=await _teams(tx, month, ids),
        newcomer=next(iter(_top(new, who, 1)), None),
        pair=await _pair(tx, month, ids),
        records=tuple(who[person].name for person in records[:5]),
    )


async def _pair(tx: Tx, month: Month, team_ids: Sequence[int] | None) -> tuple[str, str, int] | None:
    """最佳搭档: seller and visitor with the most delegated business."""
    together = await counted(
        tx, month.start, month.end, "person", "visitor", kinds=[DealKind.DELEGATED], team_ids=team_ids
    )
    pairs = {key: s.fen for key, s in together.items() if key[1] is not None and key[0] != key[1]}
    if not pairs:
        return None
    (seller, visitor), fen = max(pairs.items(), key=lambda item: (item[1], -item[0][0]))
    found = await people.by_ids(tx, [seller, visitor])
    return found[seller].name, found[visitor].name, fen
