"""What a deal is worth to somebody: two statements compared by the pay rules, never a rate alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.rules.calendar import Month
from core.rules.pay import DealFact, PastMonth, PersonMonth, TeamMonth, performance
from core.rules.people import Person, Role, Status
from core.rules.policy import Version
from core.rules.prospects import Change, NextStep, change, next_bracket
from core.store import deals, people
from core.store.db import Tx

LATE_START = 11  # probation that begins on or after this day of a month: that month is month 0 (policy 27)


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
    """A person's month as the pay rules need it to compare two statements of it."""
    history = (await people.postings(tx, [person.id])).get(person.id, [])
    post = people.posting_on(history, min(month.end, tx.today))
    role, status = (post.role, post.status) if post else (person.role, person.status)
    team = post.team_id if post else person.team_id
    before = await deals.facts(tx, month.previous.start, month.previous.end, person_ids=[person.id])
    leads: tuple[TeamMonth, ...] = ()
    if role is Role.SUPERVISOR and team is not None:
        leads = (await _team_month(tx, version, team, month, besides),)
    elif role is Role.MANAGER:
        leads = tuple([await _team_month(tx, version, t.id, month, besides) for t in await people.teams(tx)])
    return PersonMonth(
        id=person.id,
        month=month,
        role=role,
        status=status,
        months_in_probation=_probation_month(person, month) if status is Status.PROBATION else 0,
        past=(PastMonth(month.previous, performance(version, before, person.id), status),),
        leads=leads,
    )


async def _team_month(tx: Tx, version: Version, team: int, month: Month, besides: Collection[int]) -> TeamMonth:
    kinds = None if version.pay.sms.counts else deals.PERFORMANCE
    total = await deals.total(tx, month.start, month.end, kinds=kinds, team_ids=[team], besides=besides)
    return TeamMonth(team, total.fen, await deals.target_of(tx, team, month.key))


def _probation_month(person: Person, month: Month) -> int:
    start = person.probation_from or person.hired_on
    gone = (month.start.year - start.year) * 12 + month.start.month - start.month
    return max(0, gone + (start.day < LATE_START))
