"""A month's pay from sums alone, in whole numbers: what `pay.statement` comes to, without its lines, for many at once.

Rates are numerators over one common denominator, brackets are tables of them, so a person costs a few multiplications
and one rounding a component. It knows whoever held one post all month; `pay.statement` knows everybody and says why.
A property test holds the two together to the fen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from core.rules.calendar import Month
from core.rules.money import half_up
from core.rules.pay import (
    WHOLE,
    Note,
    PersonMonth,
    Statement,
    TeamMonth,
    attainment_slices,
    basis_binds,
    full_base,
)
from core.rules.people import Role, Status
from core.rules.policy import Version
from core.rules.policy_pay import Attainment, Brackets


@dataclass(frozen=True, slots=True)
class Sums:
    """A person's confirmed month in fen.

    `counted`: what counts for brackets, basis and rank (12, 17, 19); `everything`: sold or visited, whatever its kind
    (20a); `sms`: sold in bulk; `received`, `given`: deals whose share comes from, or goes to, somebody else (13–16).
    """

    counted: int = 0
    everything: int = 0
    sms: int = 0
    received: int = 0
    given: int = 0


NOTHING = Sums()


def rounded(numerator: int | Fraction, denominator: int) -> int:
    """`numerator / denominator` to the nearest whole, a half away from zero; the denominator is more than 0."""
    if numerator < 0:
        return -((2 * -numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


class _Ladder:
    """提成表 as whole numbers over `scale`: where each rate begins and what lies below it has earned."""

    def __init__(self, table: Brackets, mode: str, top: str, scale: int) -> None:
        edges = [bracket.threshold for bracket in table.brackets]
        self.rates = [_over(bracket.rate, scale) for bracket in table.brackets]
        self.whole = mode == "whole"
        self.most = table.ends if top == "cap" else None
        self.edges = edges
        # The first fen that is in the bracket: an exclusive edge itself is not.
        self.reached = [bracket.threshold + (not bracket.inclusive) for bracket in table.brackets]
        self.below = [0]
        for number in range(1, len(edges)):
            self.below.append(self.below[-1] + (edges[number] - edges[number - 1]) * self.rates[number - 1])

    def earned(self, sales: int) -> int:
        """The numerator of what sales (fen) earn."""
        if self.most is not None and sales > self.most:
            sales = self.most
        at = bisect_right(self.reached, sales) - 1
        if at < 0:
            return 0
        if self.whole:
            return sales * self.rates[at]
        return self.below[at] + (sales - self.edges[at]) * self.rates[at]


def _over(rate: Fraction, scale: int) -> int:
    return rate.numerator * (scale // rate.denominator)


class Payroll:
    """One version of the policy, made ready for many people of one month."""

    def __init__(self, version: Version, month: Month) -> None:
        pay = version.pay
        rates = [bracket.rate for table in (pay.clerk, pay.rep) for bracket in table.brackets]
        rates += [row.rate for table in (pay.supervisor, pay.manager) for row in table.rows]
        self.scale = lcm(*(rate.denominator for rate in [*rates, pay.delegation.share, pay.sms.rate]))
        self.version, self.month = version, month
        self._share, self._sms = _over(pay.delegation.share, self.scale), _over(pay.sms.rate, self.scale)
        mode, top = pay.commission.mode, pay.commission.top
        self._clerk, self._rep = (_Ladder(table, mode, top, self.scale) for table in (pay.clerk, pay.rep))
        self._clerk_gives = pay.delegation.funding == "clerk"
        # What most people's base is; the others' depends on where they stand, or on last month.
        self._bases = {role: pay.base.of(role) for role in Role if role is not Role.CLERK or not pay.clerk_grades}
        self._clerk_base, self._rep_base = self._bases.get(Role.CLERK), self._bases[Role.REP]
        self._proportional = pay.basis_cut.mode == "proportional" and pay.basis > 0
        self._basis, self._minimum = pay.basis, pay.min_wage

    def statement(self, person: PersonMonth, sums: Sums) -> Statement:
        """The figures of a month held in one post: no lines, and of the notes only what keeps a pay from being settled.

        Raises ValueError for a month of several roles.
        """
        if person.stints:
            raise ValueError("a month of several roles is computed line by line")
        if person.status is Status.TRAINING:
            return self._training(person, sums)
        role, sold = person.role, sums.counted
        open_notes: tuple[Note, ...] = ()
        if role is Role.CLERK:
            earned: int | Fraction = self._clerk.earned(sold)
        elif role is Role.REP:
            earned = self._rep.earned(sold)
        else:
            earned, open_notes = self._led(person, sold)
        base = self._base(person, sold)
        commission = rounded(earned, self.scale) if earned else 0
        shares = self._shares(sums, commission) if sums.received or sums.given else 0
        sms = rounded(sums.sms * self._sms, self.scale) if sums.sms else 0
        total = base + commission + shares + sms
        top_up = 0
        if self._minimum is not None and not open_notes:
            top_up = self._top_up(person, total)
        return Statement(
            person.id, self.month, self.version.name, base, _performance(person, sums), sums.everything, commission,
            shares, sms, top_up, total + top_up, (), open_notes, bool(open_notes),
        )  # fmt: skip

    def _training(self, person: PersonMonth, sums: Sums) -> Statement:
        full = self.version.pay.training_base
        base = 0 if full is None else half_up(full * person.presence)
        return Statement(
            person.id, self.month, self.version.name, base, _performance(person, sums), sums.everything, 0, 0, 0, 0,
            base, (), (),
        )  # fmt: skip

    def _base(self, person: PersonMonth, sold: int) -> int:
        """底薪: shrunk by the days and below the basis, cut once (18–21, 28)."""
        role = person.role
        if (
            self._proportional
            and person.presence is WHOLE
            and person.status is Status.REGULAR
            and (role is Role.CLERK or role is Role.REP)
        ):
            usual = self._clerk_base if role is Role.CLERK else self._rep_base
            if usual is not None:
                return usual if sold >= self._basis else rounded(usual * sold, self._basis)
        full = self._full(person)
        if not full:
            return 0
        pay, days, there = self.version.pay, person.presence.numerator, person.presence.denominator
        basis, mode = pay.basis * days, pay.basis_cut.mode
        if not basis or mode == "none" or not basis_binds(self.version, person):
            return rounded(full * days, there)
        if mode == "step":
            steps = pay.basis_cut.steps
            share = [s.pay for s in steps if sold * there * s.from_.denominator >= s.from_.numerator * basis][-1]
            return rounded(full * days * share.numerator, there * share.denominator)
        if sold * there >= basis:
            return rounded(full * days, there)
        return rounded(full * sold, pay.basis)  # the days of base and basis cancel out

    def _full(self, person: PersonMonth) -> int | None:
        if person.status is Status.REGULAR and person.role in self._bases:
            return self._bases[person.role]
        return full_base(self.version, person, person.role)

    def _led(self, person: PersonMonth, sold: int) -> tuple[int | Fraction, tuple[Note, ...]]:
        """The numerator of what brackets and attainment pay those who are no agents (5–11), and what leaves it open."""
        role = person.role
        earned: int | Fraction = 0
        open_notes: list[Note] = []
        if role is Role.SUPERVISOR and sold:
            own = self.version.pay.supervisor.own_deals
            if own == "rep":
                earned = self._rep.earned(sold)
            elif own == "undecided":
                open_notes.append(Note("own_deals_undecided", {"amount": sold}))
        if role in (Role.SUPERVISOR, Role.MANAGER) and person.leads:
            earned += self._attained(role, person.leads, open_notes)
        return earned, tuple(open_notes)

    def _attained(self, role: Role, leads: Sequence[TeamMonth], open_notes: list[Note]) -> Fraction:
        missing = tuple(str(team.team) for team in leads if not team.target)
        if missing:
            open_notes.append(Note("target_missing", {"teams": missing}))
            return Fraction(0)
        total, target = sum(team.total for team in leads), sum(team.target or 0 for team in leads)
        pay = self.version.pay
        return _attained(pay.manager if role is Role.MANAGER else pay.supervisor, total, target, self.scale)

    def _shares(self, sums: Sums, commission: int) -> int:
        """What visits bring and take; whoever gives never gives more than their commission (13–15)."""
        received = sums.received * self._share
        given = sums.given * self._share if self._clerk_gives else 0
        given = min(given, commission * self.scale)
        return rounded(received - given, self.scale)

    def _top_up(self, person: PersonMonth, paid: int) -> int:
        """The floor of its own line (56): nothing where the base is not this policy's to settle."""
        if self._minimum is None or self._full(person) is None:
            return 0
        return max(0, half_up(self._minimum * person.presence) - paid)


def _performance(person: PersonMonth, sums: Sums) -> int:
    return sum(team.total for team in person.leads) if person.leads else sums.counted


def _attained(table: Attainment, total: int, target: int, scale: int) -> Fraction:
    """The numerator of what attainment pays; no whole number where a share of the target is no whole fen."""
    return sum((part * rate for part, rate in attainment_slices(table, total, target)), Fraction(0)) * scale
