"""Guards on deductions (reliability G3–G5): a floor, a cap, and one penalty for one fact. Amounts in fen.

They bind once the company has entered its figures (`pay.min_wage`, `guards.deduction_cap`); until then they say what
they would do, never nothing. No guard ever lowers anybody's pay: each only takes less, or adds a top-up line of its own.

Sources: 最低工资规定 art. 12 and 劳动法 art. 48 (the floor), 工资支付暂行规定 art. 16 (the cap: written for damages).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from core.rules.money import half_up
from core.rules.pay import Id, Note
from core.rules.policy import Version

LEGAL_CAP = Fraction(20, 100)  # art. 16: at most this share of the month's wage


class Reason(StrEnum):
    """Why less was taken."""

    DOUBLE = "double"  # the same fact was penalised already
    CAP = "cap"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Deduction:
    """What a rule would take from pay. `fact`: what it is for (`weekly:2026-W47`); `amount` more than 0."""

    id: Id
    rule: str
    fact: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A deduction and what the guards leave of it; what is dropped is not carried over."""

    deduction: Deduction
    amount: int
    reason: Reason | None = None

    @property
    def dropped(self) -> int:
        """What is not taken."""
        return self.deduction.amount - self.amount


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards in force for one person's month; None: the company has not entered the figure.

    `minimum`: the local minimum wage for the share of the month that was worked, in fen.
    """

    minimum: int | None = None
    cap: Fraction | None = None
    one_penalty: bool = False

    @classmethod
    def of(cls, version: Version, presence: Fraction = Fraction(1)) -> Guards:
        """As the policy says."""
        wage = version.pay.min_wage
        return cls(
            minimum=None if wage is None else half_up(wage * presence),
            cap=version.guards.deduction_cap,
            one_penalty=version.guards.one_penalty,
        )


@dataclass(frozen=True, slots=True)
class Guarded:
    """A month after its deductions, in fen: `net` = wage + adjustments − what is taken + `top_up`."""

    taken: tuple[Taken, ...]
    top_up: int
    net: int
    notes: tuple[Note, ...]


def guard(guards: Guards, wage: int, adjustments: int, deductions: Iterable[Deduction]) -> Guarded:
    """Apply the guards to a month in their fixed order: one penalty a fact, the cap, the floor, the top-up.

    `wage`: what the month earned, without any top-up; `adjustments`: what later facts changed in earlier months.
    Deductions are taken by date, then rule, then id, as far as there is room.
    """
    wanted = sorted(deductions, key=lambda one: (one.on, one.rule, str(one.id)))
    doubles = _doubles(wanted) if guards.one_penalty else frozenset()
    cap_room = _whole(guards.cap * max(0, wage)) if guards.cap is not None else None
    floor_room = max(0, wage + adjustments - guards.minimum) if guards.minimum is not None else None
    taken, total = [], 0
    for one in wanted:
        if one.id in doubles:
            taken.append(Taken(one, 0, Reason.DOUBLE))
            continue
        amount, reason = one.amount, None
        for room, why in ((cap_room, Reason.CAP), (floor_room, Reason.FLOOR)):
            if room is not None and amount > room - total:
                amount, reason = room - total, why
        total += amount
        taken.append(Taken(one, amount, reason))
    net = wage + adjustments - total
    top_up = max(0, guards.minimum - net) if guards.minimum is not None else 0
    return Guarded(tuple(taken), top_up, net + top_up, tuple(_notes(guards, wage, total, taken, top_up)))


def _whole(fen: Fraction) -> int:
    """Down to the fen: a cap is never passed."""
    return fen.numerator // fen.denominator


def _doubles(wanted: Sequence[Deduction]) -> frozenset[Id]:
    """All but the largest, and of equals the first, for each fact."""
    kept: dict[str, Deduction] = {}
    for one in wanted:
        if one.fact not in kept or one.amount > kept[one.fact].amount:
            kept[one.fact] = one
    return frozenset(one.id for one in wanted if kept[one.fact] is not one)


def _notes(guards: Guards, wage: int, total: int, taken: Sequence[Taken], top_up: int) -> Iterable[Note]:
    if dropped := sum(one.dropped for one in taken if one.reason is Reason.DOUBLE):
        yield Note("guard_double", {"amount": dropped})
    if dropped := sum(one.dropped for one in taken if one.reason is Reason.CAP):
        yield Note("guard_cap", {"amount": dropped, "share": guards.cap})
    if dropped := sum(one.dropped for one in taken if one.reason is Reason.FLOOR):
        yield Note("guard_floor", {"amount": dropped, "minimum": guards.minimum})
    if top_up:
        yield Note("min_wage", {"minimum": guards.minimum})
    if guards.cap is None and total > LEGAL_CAP * max(0, wage):
        yield Note("guard_cap_off", {"amount": total, "share": LEGAL_CAP})
    if guards.minimum is None and total:
        yield Note("guard_floor_off", {"amount": total})
