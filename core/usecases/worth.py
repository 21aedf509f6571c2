"""What a deal is worth to somebody: two statements compared by the pay rules, never a rate alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.rules.calendar import Month
from core.rules.pay import DealFact, PastMonth, PersonMonth, TeamMonth, performance, probation_month
from core.rules.people import Person, Role, Status
from core.rules.policy import Version
from core.rules.prospects import Change, NextStep, change, next_bracket
from core.store import deals, months, people, targets
from core.store.db import Tx

NAMED = 500  # people named in a query; more are asked for all together


@dataclass(frozen=True, slots=True)
class Worth:
    """What some deals add to a person's month. `performance` in fen, with them; `step` is the next rate after them."""

    change: Change
    performance: int
    step: NextStep | None


async def worth(
    tx: Tx, person: Person, month: Month, these: Sequence[DealFact], besides: Collection[int] = ()
) -> Worth:
    """The worth of `these` to `person` in `month`; `besides`: rows to leave out (the same deals, already confirmed)."""
    version = tx.company.policy.for_month(month.start)
    facts = await deals.facts(tx, month.start, month.end, person_ids=[person.id], besides=besides)
    this = await person_month(tx, version, person, month, besides)
    with_them = [*facts, *these]
    return Worth(
        change(version, this, facts, these),
        performance(version, with_them, person.id),
        next_bracket(version, this, with_them) if person.is_agent else None,
    )


async def person_month(
    tx: Tx, version: Version, person: Person, month: Month, besides: Collection[int] = ()
) -> PersonMonth:
    """A person's month as the pay rules need it. Role and team are those at its beginning (30), status that at its end."""
    return (await person_months(tx, version, [person], month, besides))[person.id]


async def person_months(
    tx: Tx, version: Version, persons: Sequence[Person], month: Month, besides: Collection[int] = ()
) -> dict[int, PersonMonth]:
    """The same for many, by id, in a fixed number of queries."""
    history = await people.postings(tx, _narrow(persons))
    posts = {person.id: _post(history.get(person.id, ()), person, month) for person in persons}
    past = await _past(tx, version, persons, month, history)
    teams: dict[int, TeamMonth] = {}
    led = {team for role, team in posts.values() if role is Role.SUPERVISOR and team is not None}
    every = any(role is Role.MANAGER for role, _ in posts.values())
    if led or every:
        teams = await _team_months(tx, version, month, besides, None if every or len(led) > NAMED else led)
    found = {}
    for person in persons:
        role, team = posts[person.id]
        leads: tuple[TeamMonth, ...] = ()
        if role is Role.SUPERVISOR and team is not None:
            leads = (teams[team],)
        elif role is Role.MANAGER:
            leads = tuple(teams.values())
        status = _status(history.get(person.id, ()), min(month.end, tx.today), person)
        start = person.probation_from or person.hired_on
        found[person.id] = PersonMonth(
            id=person.id,
            month=month,
            role=role,
            status=status,
            months_in_probation=max(0, probation_month(version, start, month)) if status is Status.PROBATION else 0,
            presence=_presence(tx, person, month),
            past=past[person.id],
            leads=leads,
        )
    return found


def _narrow(persons: Sequence[Person]) -> list[int] | None:
    """Their ids for a query; None, for everybody, where there are too many to name."""
    return [person.id for person in persons] if len(persons) <= NAMED else None


def _post(history: Sequence[people.Posting], person: Person, month: Month) -> tuple[Role, int | None]:
    first = people.posting_on(history, max(month.start, person.hired_on))
    return (first.role, first.team_id) if first else (person.role, person.team_id)


async def _past(
    tx: Tx,
    version: Version,
    persons: Sequence[Person],
    month: Month,
    history: Mapping[int, Sequence[people.Posting]],
) -> dict[int, tuple[PastMonth, ...]]:
    """The months before, newest first: as they were locked, whatever was refunded since (53); else as they stand now."""
    earlier = [month.previous]
    while len(earlier) < max(version.elimination.months_below - 1, version.pay.probation.max_months):
        earlier.append(earlier[-1].previous)
    narrow = _narrow(persons)
    locked = await months.performances(tx, earlier[-1], earlier[0], narrow)
    missing = [one for one in earlier if any((p.id, one) not in locked and p.hired_on <= one.end for p in persons)]
    sold: dict[int, list[DealFact]] = {}
    if missing:
        for fact in await deals.facts(tx, missing[-1].start, missing[0].end, person_ids=narrow):
            sold.setdefault(int(fact.seller), []).append(fact)

    def known(person: Person, one: Month) -> PastMonth:
        kept = locked.get((person.id, one))
        if kept is not None:
            return kept
        theirs = [fact for fact in sold.get(person.id, ()) if fact.signed_on in one]
        return PastMonth(
            one,
            performance(version, theirs, person.id),
            _status(history.get(person.id, ()), one.end, person),
            _presence(tx, person, one),
        )

    return {person.id: tuple(known(person, one) for one in earlier if person.hired_on <= one.end) for person in persons}


def _status(history: Sequence[people.Posting], day: date, person: Person) -> Status:
    """Where somebody stood on a day; for somebody who has left by then, where they stood before."""
    held = [post.status for post in history if post.valid_from <= day and post.status is not Status.LEFT]
    return held[-1] if held else person.status


def _presence(tx: Tx, person: Person, month: Month) -> Fraction:
    """The share of a month's working days somebody was employed (28)."""
    if person.hired_on <= month.start and (person.left_on is None or person.left_on >= month.end):
        return Fraction(1)
    calendar, workweek = tx.company.calendar.guessing(), person.workweek or tx.policy.work.workweek
    whole = len(calendar.working_days(month.start, month.end, workweek))
    begun, ended = max(month.start, person.hired_on), min(month.end, person.left_on or month.end)
    there = len(calendar.working_days(begun, ended, workweek)) if begun <= ended else 0
    return Fraction(there, whole) if whole else Fraction(1)


async def _team_months(
    tx: Tx, version: Version, month: Month, besides: Collection[int], only: Collection[int] | None
) -> dict[int, TeamMonth]:
    """Teams' months by their ids (`only` these), under their names, because a statement's notes name them."""
    kinds = None if version.pay.sms.counts else deals.PERFORMANCE
    sums = await deals.sums(tx, month.start, month.end, "team", kinds=kinds, besides=besides, team_ids=only)
    wanted = await targets.of_month(tx, month.key)
    return {
        team.id: TeamMonth(team.name, sums.get(team.id, deals.NOTHING).fen, wanted.get(team.id))
        for team in await people.teams(tx)
        if only is None or team.id in only
    }
