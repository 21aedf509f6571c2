"""What a deal is worth to somebody: two statements compared by the pay rules, never a rate alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.rules.calendar import Month
from core.rules.pay import DealFact, PastMonth, PersonMonth, TeamMonth, performance, probation_month
from core.rules.people import Person, Role, Status
from core.rules.policy import Version
from core.rules.prospects import Change, NextStep, change, next_bracket
from core.store import deals, people
from core.store.db import Tx


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
    history = (await people.postings(tx, [person.id])).get(person.id, [])
    first = people.posting_on(history, max(month.start, person.hired_on))
    role, team = (first.role, first.team_id) if first else (person.role, person.team_id)
    last = month.previous
    before = await deals.facts(tx, last.start, last.end, person_ids=[person.id])
    leads: tuple[TeamMonth, ...] = ()
    if role is Role.SUPERVISOR and team is not None:
        leads = (await _team_month(tx, version, team, month, besides),)
    elif role is Role.MANAGER:
        leads = tuple([await _team_month(tx, version, t.id, month, besides) for t in await people.teams(tx)])
    status = _status(history, min(month.end, tx.today), person)
    past = PastMonth(
        last, performance(version, before, person.id), _status(history, last.end, person), _presence(tx, person, last)
    )
    start = person.probation_from or person.hired_on
    return PersonMonth(
        id=person.id,
        month=month,
        role=role,
        status=status,
        months_in_probation=max(0, probation_month(version, start, month)) if status is Status.PROBATION else 0,
        presence=_presence(tx, person, month),
        past=(past,) if person.hired_on <= last.end else (),
        leads=leads,
    )


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


async def _team_month(tx: Tx, version: Version, team: int, month: Month, besides: Collection[int]) -> TeamMonth:
    """Under the team's name, because a statement's notes name it."""
    kinds = None if version.pay.sms.counts else deals.PERFORMANCE
    total = await deals.total(tx, month.start, month.end, kinds=kinds, team_ids=[team], besides=besides)
    name = next((one.name for one in await people.teams(tx) if one.id == team), team)
    return TeamMonth(name, total.fen, await deals.target_of(tx, team, month.key))
