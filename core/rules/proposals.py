"""Proposals at the month's end: regularise, promote, eliminate, warn (3.1, 3.2, 4). A person decides, always (34).

The same facts may be read as 淘汰 by one article and as 淘汰或警告 by another: then both are offered (36).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import takewhile

from core.rules.pay import Id, PersonMonth, Statement, graded_base
from core.rules.people import AGENTS, Role, Status
from core.rules.policy import Version


class Act(StrEnum):
    """What is put to the manager."""

    REGULARISE = "regularise"  # 转正
    PROMOTE = "promote"  # 晋级
    ELIMINATE = "eliminate"  # 提请淘汰
    WARN = "warn"  # 提请警告


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act with the reason (a text key of `explain`) and the figures it rests on."""

    act: Act
    reason: str
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the month's ranking needs to know of one person; `performance` in fen."""

    id: Id
    role: Role
    status: Status
    performance: int
    leave_days: int = 0


def proposals(version: Version, person: PersonMonth, made: Statement, *, last: bool = False) -> tuple[Proposal, ...]:
    """What the month's figures propose for one clerk or rep. `last`: among `last_ranked` of the company."""
    if person.role not in AGENTS or not person.presence:
        return ()
    if person.status is Status.PROBATION:
        return _probation(version, person, made)
    if person.status is Status.REGULAR:
        return (*_promotion(version, person, made), *_elimination(version, person, made, last=last))
    return ()


def _probation(version: Version, person: PersonMonth, made: Statement) -> tuple[Proposal, ...]:
    """First month, then the two together; the sales of a late start's month 0 are added (22–27).

    A month of nothing only warns here, and two months below the basis are no reason yet: special before general.
    """
    rules, nth = version.pay.probation, person.months_in_probation
    if nth == 0:
        return ()
    before = sum(past.performance for past in person.past if past.status is Status.PROBATION)
    total = made.performance + before
    needed = rules.first_month if nth == 1 else rules.two_months
    figures = {"total": total, "needed": needed, "months": nth}
    if total >= needed:
        return (Proposal(Act.REGULARISE, "probation_passed", figures),)
    if nth >= rules.max_months:
        return (Proposal(Act.ELIMINATE, "probation_failed", figures),)
    if made.everything == 0 and rules.zero == "warn":
        return (Proposal(Act.WARN, "probation_zero", figures),)
    return ()


def _promotion(version: Version, person: PersonMonth, made: Statement) -> tuple[Proposal, ...]:
    """A clerk whose sales reach a higher graded base for next month (31)."""
    if person.role is not Role.CLERK:
        return ()
    plain, last = version.pay.base.clerk, person.before(1)
    now = (graded_base(version, last.performance) if last else None) or plain
    then = graded_base(version, made.performance) or plain
    if then <= now:
        return ()
    return (Proposal(Act.PROMOTE, "grade", {"base": then, "before": now, "performance": made.performance}),)


def _elimination(version: Version, person: PersonMonth, made: Statement, *, last: bool) -> tuple[Proposal, ...]:
    """Months below the basis, a month of nothing, the company's minimum, the last three (20a, 24–26, 32, 33)."""
    rules, reasons = version.elimination, list[tuple[str, dict[str, object]]]()
    if made.everything == 0:
        reasons.append(("zero_month", {}))
    elif below := _months_below(version, person, made):
        reasons.append(("months_below", {"months": tuple(below), "basis": version.pay.basis}))
    if rules.min_fen is not None and made.performance < rules.min_fen * person.presence:
        reasons.append(("below_minimum", {"performance": made.performance, "minimum": rules.min_fen}))
    if last:
        reasons.append(("last_ranked", {"last": rules.last, "performance": made.performance}))
    return tuple(Proposal(act, reason, found) for act in (Act.ELIMINATE, Act.WARN) for reason, found in reasons)


def _months_below(version: Version, person: PersonMonth, made: Statement) -> list[tuple[str, int]]:
    """The run of months below the basis that ends now, if it is long enough. Only regular months count (24)."""
    basis = version.pay.basis
    if made.performance >= basis * person.presence:
        return []
    earlier = [person.before(back) for back in range(1, version.elimination.months_below)]
    below = list(
        takewhile(
            lambda past: (
                past is not None and past.status is Status.REGULAR and past.performance < basis * past.presence
            ),
            earlier,
        )
    )
    if len(below) < len(earlier):
        return []
    run = [(past.month.key, past.performance) for past in reversed(below) if past is not None]
    return [*run, (person.month.key, made.performance)]


def last_ranked(version: Version, people: Sequence[Ranked]) -> frozenset[Id]:
    """后三名: who they are, or nobody (33).

    Regular clerks and reps with less than ten days' leave are ranked; fewer than ten ranked have no last three; whoever
    ties across the edge is left out.
    """
    rules = version.elimination
    ranked = sorted(
        (
            person
            for person in people
            if person.role in AGENTS and person.status is Status.REGULAR and person.leave_days < rules.leave_days
        ),
        key=lambda person: person.performance,
    )
    if not rules.last or len(ranked) < max(rules.min_ranked, rules.last + 1):
        return frozenset()
    edge = ranked[rules.last].performance  # the first one who is safe
    return frozenset(person.id for person in ranked[: rules.last] if person.performance < edge)
