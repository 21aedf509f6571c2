"""What the pay tests share: the sample policy, ways to change it, and short builders of facts. Amounts in yuan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from core.rules import policy
from core.rules.calendar import Month
from core.rules.money import to_fen
from core.rules.pay import (
    DealFact,
    DealKind,
    Line,
    PastMonth,
    PersonMonth,
    Statement,
    Stint,
    TeamMonth,
    statement,
)
from core.rules.people import Role, Status
from core.rules.policy import Version

SAMPLE_TEXT = (Path(__file__).parents[2] / "policies" / "sample.toml").read_text("utf-8")
SAMPLE = policy.load(SAMPLE_TEXT)
RULES = SAMPLE.versions[0]
NOVEMBER = Month(2026, 11)
OCTOBER = Month(2026, 10)

Yuan = int | str


def fen(yuan: Yuan) -> int:
    return to_fen(Decimal(yuan))


def amended(*changes: str) -> Version:
    """The sample policy as a later version that states only these TOML lines, such as `[version.pay]\\nbasis = 1`."""
    stated = "\n".join(changes)
    return policy.load(f"{SAMPLE_TEXT}\n[[version]]\neffective_from = 2026-02-01\n{stated}\n").versions[-1]


def own(amount: Yuan, *, seller: str = "me", role: Role = Role.CLERK, day: int = 3, team: str = "T") -> DealFact:
    return DealFact(f"own{day}-{amount}", seller, role, date(2026, 11, day), fen(amount), DealKind.OWN, team=team)


def sms(amount: Yuan, *, role: Role = Role.CLERK) -> DealFact:
    return DealFact(f"sms{amount}", "me", role, date(2026, 11, 4), fen(amount), DealKind.SMS, team="T")


def given(amount: Yuan, *, to: Role = Role.REP, role: Role = Role.CLERK, day: int = 5) -> DealFact:
    """My customer, visited by somebody else."""
    day_of = date(2026, 11, day)
    return DealFact(f"given{day}-{amount}", "me", role, day_of, fen(amount), DealKind.DELEGATED, "you", to, team="T")


def visited(amount: Yuan, *, role: Role = Role.REP, seller: Role = Role.CLERK) -> DealFact:
    """Somebody else's customer, visited by me."""
    day = date(2026, 11, 6)
    return DealFact(f"visited{amount}", "you", seller, day, fen(amount), DealKind.DELEGATED, "me", role, team="T")


def clerk(
    *deals: DealFact,
    rules: Version = RULES,
    status: Status = Status.REGULAR,
    nth: int = 0,
    presence: Fraction = Fraction(1),
    past: Sequence[PastMonth] = (),
) -> Statement:
    return statement(rules, person(Role.CLERK, status, nth, presence, past), deals)


def rep(*deals: DealFact, rules: Version = RULES) -> Statement:
    return statement(rules, person(Role.REP), deals)


def person(
    role: Role = Role.CLERK,
    status: Status = Status.REGULAR,
    nth: int = 0,
    presence: Fraction = Fraction(1),
    past: Sequence[PastMonth] = (),
    stints: Sequence[Stint] = (),
) -> PersonMonth:
    return PersonMonth(
        "me", NOVEMBER, role, status, months_in_probation=nth, presence=presence, past=past, stints=stints
    )


def past(amount: Yuan, status: Status = Status.REGULAR, month: Month = OCTOBER) -> PastMonth:
    return PastMonth(month, fen(amount), status)


def lead(
    total: Yuan, target: Yuan | None, *deals: DealFact, role: Role = Role.SUPERVISOR, rules: Version = RULES
) -> Statement:
    team = TeamMonth("领航", fen(total), None if target is None else fen(target))
    return statement(rules, PersonMonth("me", NOVEMBER, role, leads=(team,)), deals)


def said(made: Statement) -> list[str]:
    """The keys of the notes."""
    return [note.key for note in made.notes]


def slices(lines: Sequence[Line]) -> list[tuple[int, str, int]]:
    """(base, rate, amount) in fen, the rate as text."""
    return [(line.base, str(line.rate), line.amount) for line in lines]
