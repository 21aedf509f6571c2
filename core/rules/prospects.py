"""What the next deal is worth: true changes of base, commission, shares and SMS together, never a bracket's rate alone.

Everything here compares two statements, so it can never disagree with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from core.rules.pay import (
    Component,
    DealFact,
    DealKind,
    Id,
    Line,
    PersonMonth,
    Statement,
    TeamMonth,
    basis_binds,
    performance,
    statement,
)
from core.rules.people import AGENTS, Role, Status
from core.rules.policy import Version
from core.rules.policy_pay import Attainment, AttainmentRow

IMAGINED = "what-if"  # the id of deals and people that are only imagined


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two statements of one person and month, in fen, by component.

    `lines` are what the brackets add: slices that grew, with the part that is new (5,500 × 4 % + 2,500 × 5 %).
    """

    before: Statement
    after: Statement
    lines: tuple[Line, ...]

    @property
    def base(self) -> int:
        """What the base gains."""
        return self.after.base - self.before.base

    @property
    def commission(self) -> int:
        """What brackets or attainment gain."""
        return self.after.commission - self.before.commission

    @property
    def shares(self) -> int:
        """What delegated visits give, or take."""
        return self.after.shares - self.before.shares

    @property
    def sms(self) -> int:
        """What SMS orders give."""
        return self.after.sms - self.before.sms

    @property
    def top_up(self) -> int:
        """What the top-up to the minimum wage changes; mostly falls as pay rises."""
        return self.after.top_up - self.before.top_up

    @property
    def total(self) -> int:
        """What the person really gains."""
        return self.after.total - self.before.total


@dataclass(frozen=True, slots=True)
class NextStep:
    """A figure ahead. `gap` (fen) to `threshold` (fen); `rate` from there on; `worth` of closing the gap oneself.

    For those who lead, threshold and gap are the teams' total and `worth` is what reaching it adds.
    """

    threshold: int
    gap: int
    rate: Fraction
    worth: Change


def compare(before: Statement, after: Statement) -> Change:
    """The difference of two statements: also what a refund or a late deal posts to another month (53, 54)."""
    known = {(line.component, line.rule, line.rate): line for line in before.lines}
    grown = []
    for line in after.lines:
        if line.component is not Component.COMMISSION:
            continue
        old = known.get((line.component, line.rule, line.rate))
        base, amount = (line.base - old.base, line.amount - old.amount) if old else (line.base, line.amount)
        if base or amount:
            grown.append(replace(line, base=base, amount=amount))
    return Change(before, after, tuple(grown))


def change(version: Version, person: PersonMonth, deals: Sequence[DealFact], more: Sequence[DealFact]) -> Change:
    """What these further deals change for the person: `确认后你多挣 200.00`."""
    after = replace(person, leads=tuple(_with(version, team, more) for team in person.leads))
    return compare(statement(version, person, deals), statement(version, after, [*deals, *more]))


def what_if(
    version: Version,
    person: PersonMonth,
    deals: Sequence[DealFact],
    amount: int,
    kind: DealKind = DealKind.OWN,
    *,
    visitor: Role | None = None,
    as_visitor: bool = False,
    on_team: Id | None = None,
) -> Change:
    """The worth of one more deal of `amount` fen, sold this month.

    `visitor`: the role of whoever would visit (a rep, unless said otherwise, for a delegated deal). `as_visitor`: the
    person visits for a clerk instead of selling. `on_team`: which team of those one leads would be credited.
    """
    team = on_team if on_team is not None else (person.leads[0].team if person.leads else None)
    role = visitor or (Role.REP if kind == DealKind.DELEGATED else None)
    imagined = DealFact(
        id=IMAGINED,
        seller=IMAGINED if as_visitor else person.id,
        seller_role=Role.CLERK if as_visitor else person.role,
        signed_on=person.month.end,
        amount=amount,
        kind=DealKind.DELEGATED if as_visitor else kind,
        visitor=person.id if as_visitor else (IMAGINED if role else None),
        visitor_role=person.role if as_visitor else role,
        team=team,
    )
    return change(version, person, deals, [imagined])


def next_bracket(version: Version, person: PersonMonth, deals: Sequence[DealFact]) -> NextStep | None:
    """The next rate: of the seller's brackets, or of the attainment table for those who lead. None at the top."""
    if person.status is Status.TRAINING:
        return None
    if person.role in (Role.SUPERVISOR, Role.MANAGER):
        return _next_row(version, person, deals)
    if person.role not in AGENTS:
        return None
    sales = performance(version, [d for d in deals if d.signed_on in person.month], person.id)
    whole = version.pay.commission.mode == "whole"
    for bracket in version.pay.brackets(person.role).brackets:
        if bracket.reached(sales) if whole else sales >= bracket.threshold:
            continue
        # Only where the whole amount changes its rate does it matter on which side the edge itself lies.
        gap = bracket.threshold - sales + (whole and not bracket.inclusive)
        return NextStep(bracket.threshold, gap, bracket.rate, what_if(version, person, deals, gap))
    return None


def next_basis(version: Version, person: PersonMonth, deals: Sequence[DealFact]) -> NextStep | None:
    """How much is missing to 基础业绩 and what reaching it brings back; None when it is reached or does not bind."""
    if not basis_binds(version, person) or version.pay.basis_cut.mode == "none":
        return None
    sales = performance(version, [d for d in deals if d.signed_on in person.month], person.id)
    needed = version.pay.basis * person.presence
    threshold = -(-needed.numerator // needed.denominator)  # up to the next fen
    if sales >= threshold:
        return None
    return NextStep(threshold, threshold - sales, Fraction(1), what_if(version, person, deals, threshold - sales))


def _next_row(version: Version, person: PersonMonth, deals: Sequence[DealFact]) -> NextStep | None:
    if not person.leads or any(not team.target for team in person.leads):
        return None
    table: Attainment = version.pay.manager if person.role is Role.MANAGER else version.pay.supervisor
    total = sum(team.total for team in person.leads)
    target = sum(team.target or 0 for team in person.leads)
    for row in table.rows:
        threshold = _edge(row, target)
        if total < threshold:
            leads = (replace(person.leads[0], total=person.leads[0].total + threshold - total), *person.leads[1:])
            worth = compare(statement(version, person, deals), statement(version, replace(person, leads=leads), deals))
            return NextStep(threshold, threshold - total, row.rate, worth)
    return None


def _edge(row: AttainmentRow, target: int) -> int:
    """The smallest total in fen that reaches the row."""
    exact = target * row.threshold
    floor = exact.numerator // exact.denominator
    return floor if row.inclusive and floor == exact else floor + 1


def _with(version: Version, team: TeamMonth, more: Sequence[DealFact]) -> TeamMonth:
    added = sum(
        deal.amount for deal in more if deal.team == team.team and (deal.kind != DealKind.SMS or version.pay.sms.counts)
    )
    return replace(team, total=team.total + added)
