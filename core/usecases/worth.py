"""What a deal is worth to somebody: two statements compared by the pay rules, never a rate alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from core.rules.calendar import Month
from core.rules.pay import (
    WHOLE,
    DealFact,
    PastMonth,
    PersonMonth,
    Stint,
    TeamMonth,
    performance,
    probation_month,
)
from core.rules.people import Person, Role, Status
from core.rules.policy import Version
from core.rules.prospects import Change, NextStep, change, next_bracket
from core.store import deals, leaves, months, people, targets
from core.store.db import Tx
from core.store.paused_gc import paused_gc
from core.store.performance import counted, kinds_of, pricing
from core.usecases.month_sums import NAMED, sold_before

NEVER: frozenset[date] = frozenset()


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
    with_them = [*facts, *(fact for fact in these if fact.signed_on in month)]
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
    tx: Tx,
    version: Version,
    persons: Sequence[Person],
    month: Month,
    besides: Collection[int] = (),
    *,
    with_past: bool = True,
) -> dict[int, PersonMonth]:
    """The same for many, by id, in a fixed number of queries; `with_past` is what proposals and graded bases need."""
    with paused_gc(len(persons)):
        return await _person_months(tx, version, persons, month, besides, with_past=with_past)


async def _person_months(
    tx: Tx, version: Version, persons: Sequence[Person], month: Month, besides: Collection[int], *, with_past: bool
) -> dict[int, PersonMonth]:
    first, last = month.start, month.end
    until = min(last, tx.today)
    history = await _posts(tx, persons, min(first, until), with_past=with_past)
    earlier = _earlier(version, month) if with_past else []
    away = await leaves.unpaid_days(tx, _narrow(persons), earlier[-1].start if earlier else first, last)
    past = await _past(tx, version, persons, earlier, history, away) if with_past else {}
    at_once = await months.roles_at_once(tx, month)
    found = {
        person.id: PersonMonth(person.id, month, person.role, past=past.get(person.id, ()))
        for person in persons
        if _plain(person, first) and person.id not in history and person.id not in away
    }
    others = persons if not found else [person for person in persons if person.id not in found]
    posts = {person.id: _post(history.get(person.id, ()), person, first) for person in others}
    teams: dict[int, TeamMonth] = {}
    unknown = month.year not in tx.company.calendar.known_years
    led = {team for role, team in posts.values() if role is Role.SUPERVISOR and team is not None}
    every = any(role is Role.MANAGER for role, _ in posts.values())
    if led or every:
        teams = await _team_months(tx, version, month, besides, None if every or len(led) > NAMED else led)
    for person in others:
        role, team = posts[person.id]
        leads: tuple[TeamMonth, ...] = ()
        if role is Role.SUPERVISOR and team is not None:
            leads = (teams[team],)
        elif role is Role.MANAGER:
            leads = tuple(teams.values())
        status = _status(history.get(person.id, ()), until, person)
        nth = 0
        if status is Status.PROBATION:
            nth = max(0, probation_month(version, person.probation_from or person.hired_on, month))
        found[person.id] = PersonMonth(
            person.id, month, role, status, nth,
            _presence(tx, version, person, first, last, away.get(person.id, NEVER)), past.get(person.id, ()), leads,
            _stints(tx, version, history.get(person.id, ()), person, month, away.get(person.id, NEVER))
            if person.id in at_once else (),
            unknown and (person.id in at_once or _counts_days(person, first, last, away.get(person.id, NEVER))),
        )  # fmt: skip
    return found if len(others) in {0, len(persons)} else {person.id: found[person.id] for person in persons}


async def _posts(
    tx: Tx, persons: Sequence[Person], day: date, *, with_past: bool
) -> Mapping[int, Sequence[people.Posting]]:
    """Their posts over time; where they are many, and nothing before `day` is asked for, of those alone who moved since."""
    narrow = _narrow(persons)
    return (
        await people.unsettled_posts(tx, day) if narrow is None and not with_past else await people.postings(tx, narrow)
    )


def _plain(person: Person, first: date) -> bool:
    """A regular clerk or rep who was here before the month and has not left: nothing else need be asked."""
    role = person.role
    return (
        (role is Role.CLERK or role is Role.REP)
        and person.status is Status.REGULAR
        and person.hired_on <= first
        and person.left_on is None
    )


def _narrow(persons: Sequence[Person]) -> list[int] | None:
    """Their ids for a query; None, for everybody, where there are too many to name."""
    return [person.id for person in persons] if len(persons) <= NAMED else None


def _post(history: Sequence[people.Posting], person: Person, first: date) -> tuple[Role, int | None]:
    held = people.posting_on(history, max(first, person.hired_on))
    return (held.role, held.team_id) if held else (person.role, person.team_id)


def _earlier(version: Version, month: Month) -> list[Month]:
    """The months before that proposals and graded bases look at, newest first."""
    earlier = [month.previous]
    while len(earlier) < max(version.elimination.months_below - 1, version.pay.probation.max_months):
        earlier.append(earlier[-1].previous)
    return earlier


async def _past(
    tx: Tx,
    version: Version,
    persons: Sequence[Person],
    earlier: Sequence[Month],
    history: Mapping[int, Sequence[people.Posting]],
    away: Mapping[int, AbstractSet[date]],
) -> dict[int, tuple[PastMonth, ...]]:
    """The months before, newest first: as they were locked, whatever was refunded since (53); else as they stand now."""
    narrow = _narrow(persons)
    locked = await months.performances(tx, earlier[-1], earlier[0], narrow)
    missing = [one for one in earlier if any((p.id, one) not in locked and p.hired_on <= one.end for p in persons)]
    sold = await sold_before(tx, version, missing, narrow) if missing else {}
    found: dict[int, list[PastMonth]] = {person.id: [] for person in persons}
    for one in earlier:
        first, last, now, priced = one.start, one.end, sold.get(one, {}), pricing(tx, one)
        for person in persons:
            if person.hired_on > last:
                continue
            kept = locked.get((person.id, one)) if locked else None
            if kept is None:
                status = _status(history.get(person.id, ()), last, person)
                here = _presence(tx, priced, person, first, last, away.get(person.id, NEVER))
                kept = PastMonth(one, now.get(person.id, 0), status, here)
            found[person.id].append(kept)
    return {person: tuple(theirs) for person, theirs in found.items()}


def _status(history: Sequence[people.Posting], day: date, person: Person) -> Status:
    """Where somebody stood on a day; for somebody who has left by then, where they stood before."""
    for post in reversed(history):
        if post.valid_from <= day and post.status is not Status.LEFT:
            return post.status
    return person.status


def _presence(
    tx: Tx, version: Version, person: Person, first: date, last: date, away: AbstractSet[date]
) -> Fraction:  # fmt: skip
    """The share of a month's working days somebody was employed and not on unpaid leave (28), by their own workweek or
    that of the version which prices the month (40).

    `first`, `last`: the month's; `away`: the unpaid days, of other months too. WHOLE itself where nothing is missing.
    """
    if not _counts_days(person, first, last, away):
        return WHOLE
    calendar, workweek = tx.company.calendar.guessing(), person.workweek or version.work.workweek
    whole = len(calendar.working_days(first, last, workweek))
    begun, ended = max(first, person.hired_on), min(last, person.left_on or last)
    there = len(calendar.working_days(begun, ended, workweek, away)) if begun <= ended else 0
    return Fraction(there, whole) if whole and there < whole else WHOLE


def _counts_days(person: Person, first: date, last: date, away: AbstractSet[date]) -> bool:
    """Is the month (`first` to `last`) a part month, so that its working days are counted?"""
    employed = person.hired_on <= first and (person.left_on is None or person.left_on >= last)
    return not employed or any(first <= day <= last for day in away)


def role_starts(history: Sequence[people.Posting], month: Month) -> list[people.Posting]:
    """The posts within a month that began another role than the one before."""
    return [
        post
        for before, post in pairwise(history)
        if month.start < post.valid_from <= month.end and post.role is not before.role
    ]


def _stints(
    tx: Tx, version: Version, history: Sequence[people.Posting], person: Person, month: Month, away: AbstractSet[date]
) -> tuple[Stint, ...]:
    """The month by roles, each with its share of the working days (30), unpaid leave left out (28)."""
    starts = role_starts(history, month)
    if not starts:
        return ()
    calendar, workweek = tx.company.calendar.guessing(), person.workweek or version.work.workweek
    whole = len(calendar.working_days(month.start, month.end, workweek))
    edges = [month.start, *(post.valid_from for post in starts), month.next.start]
    roles = [_post(history, person, month.start)[0], *(post.role for post in starts)]
    found = []
    for role, begun, after in zip(roles, edges, edges[1:], strict=False):
        first = max(begun, person.hired_on)
        last = min(after - timedelta(days=1), person.left_on or month.end)
        there = len(calendar.working_days(first, last, workweek, away)) if first <= last else 0
        found.append(Stint(role, Fraction(there, whole) if whole else Fraction(0)))
    return tuple(found)


async def _team_totals(
    tx: Tx, version: Version, month: Month, besides: Collection[int], only: Collection[int] | None
) -> dict[int, int]:
    """What each team came to (fen): the figure that targets and boards show."""
    sums = await counted(
        tx, month.start, month.end, "team", kinds=kinds_of(version), besides=besides, team_ids=only
    )  # fmt: skip
    return {team: one.fen for team, one in sums.items()}


async def _team_months(
    tx: Tx, version: Version, month: Month, besides: Collection[int], only: Collection[int] | None
) -> dict[int, TeamMonth]:
    """Teams' months by their ids (`only` these), under their names, because a statement's notes name them."""
    totals = await _team_totals(tx, version, month, besides, only)
    wanted = await targets.of_month(tx, month.key, only)
    return {
        team.id: TeamMonth(team.name, totals.get(team.id, 0), wanted.get(team.id))
        for team in await people.teams(tx, only)
    }
