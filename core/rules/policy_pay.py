"""The sections of a policy version that decide pay: 薪酬体系 (3.1, 3.2). Amounts in fen, rates exact.

Bare numbers in brackets count the places where the company's document is silent or contradicts itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from core.rules.money import percent, plain
from core.rules.people import Role
from core.rules.policy_values import (
    Fen,
    Many,
    OptionalDate,
    OptionalFen,
    OptionalRate,
    Pair,
    Pairing,
    Section,
    Share,
    wrong,
)


class Base(Section):
    """底薪 of a regular month by role, in fen; None: the company's document does not say (8a)."""

    clerk: Fen
    rep: Fen
    supervisor: OptionalFen = None
    assistant: OptionalFen = None
    manager: OptionalFen = None
    director: OptionalFen = None

    def of(self, role: Role) -> int | None:
        """The role's base in fen, or None where it is unset."""
        value: int | None = getattr(self, role.value)
        return value


class Step(Section):
    """For `basis_cut.mode = "step"`: from this share of the basis on, so much of the base is paid."""

    from_: Share = Field(alias="from")
    pay: Share


class BasisCut(Section):
    """What the base loses below the basis (18): in proportion, by steps, or nothing."""

    mode: Literal["proportional", "step", "none"] = "proportional"
    steps: Many[Step] = ()

    @model_validator(mode="after")
    def _steps_rise(self) -> BasisCut:
        starts = [step.from_ for step in self.steps]
        if self.mode == "step" and not starts:
            raise wrong("steps_missing")
        if starts != sorted(set(starts)) or (starts and starts[0] != 0):
            raise wrong("rising", allowed='from = "0%", …')
        parts = [step.pay for step in self.steps]
        if parts != sorted(parts):  # who sells more is never paid less
            raise wrong("rising", allowed="pay")
        return self


# An editor is told what `_one_edge` checks.
ONE_EDGE: dict[str, Any] = {"oneOf": [{"required": ["from"]}, {"required": ["above"]}]}


class Bracket(Section):
    """A slice of the month's sales: what lies above `threshold` earns `rate` up to the next bracket's threshold.

    `from` includes the figure itself, `above` does not. Slice by slice that makes no difference; for a whole amount it
    decides (3). `to` may repeat where the next one begins, for whoever reads the table; it must agree (2).
    """

    model_config = ConfigDict(json_schema_extra=ONE_EDGE)

    from_: OptionalFen = Field(None, alias="from")
    above: OptionalFen = None
    to: OptionalFen = None
    rate: Share

    @model_validator(mode="after")
    def _one_edge(self) -> Bracket:
        if (self.from_ is None) == (self.above is None):
            raise wrong("one_edge", allowed="from, above")
        return self

    @property
    def threshold(self) -> int:
        """The lower edge in fen."""
        return self.from_ if self.from_ is not None else self.above or 0

    @property
    def inclusive(self) -> bool:
        """Does the edge itself belong to this bracket?"""
        return self.from_ is not None

    def reached(self, sales: int) -> bool:
        """Are these sales (fen) in this bracket or above?"""
        return sales >= self.threshold if self.inclusive else sales > self.threshold


def _joined(rows: Sequence[Bracket | AttainmentRow], ends: int | Fraction | None) -> None:
    """A row's `to` is where the next one begins: neither a hole nor an overlap (2)."""
    for number, (row, after) in enumerate(zip(rows, [*rows[1:], None], strict=True), 1):
        edge = after.threshold if after is not None else ends
        if row.to is None:
            continue
        if edge is None:
            raise wrong("to_open", allowed="ends", at=str(number))
        if row.to != edge:
            kind = "hole" if row.to < edge else "overlap"
            raise wrong(kind, allowed=_figure(edge), at=str(number), until=_figure(row.to))


def _figure(edge: int | Fraction) -> str:
    """A threshold as the file writes it."""
    return percent(edge) if isinstance(edge, Fraction) else plain(edge).removesuffix(".00")


class Brackets(Section):
    """提成表 of clerks or reps. `ends`: where the document's own table ends, in fen (4); None: it is open by itself."""

    brackets: Annotated[Many[Bracket], Field(min_length=1)]
    ends: OptionalFen = None

    @model_validator(mode="after")
    def _rise(self) -> Brackets:
        edges = [bracket.threshold for bracket in self.brackets]
        if edges != sorted(set(edges)):
            raise wrong("rising")
        if self.ends is not None and self.ends <= edges[-1]:
            raise wrong("ends", allowed=f"> {edges[-1] // 100}")
        _joined(self.brackets, self.ends)
        return self


class AttainmentRow(Section):
    """From (or above) this share of the target on, the whole team total earns `rate`."""

    model_config = ConfigDict(json_schema_extra=ONE_EDGE)

    from_: OptionalRate = Field(None, alias="from")
    above: OptionalRate = None
    to: OptionalRate = None
    rate: Share

    @model_validator(mode="after")
    def _one_edge(self) -> AttainmentRow:
        if (self.from_ is None) == (self.above is None):
            raise wrong("one_edge", allowed="from, above")
        return self

    @property
    def threshold(self) -> Fraction:
        """The edge as a share of the target."""
        return self.from_ if self.from_ is not None else self.above or Fraction(0)

    @property
    def inclusive(self) -> bool:
        """Does the edge itself belong to this row?"""
        return self.from_ is not None

    def reached(self, total: int, target: int) -> bool:
        """Exact, never by a rounded percentage (6): 69,999 of 100,000 has not reached 70 %."""
        edge = target * self.threshold
        return total >= edge if self.inclusive else total > edge


class Attainment(Section):
    """提成 of those who lead: a rate on the team total, chosen by target attainment (5, 7, 9)."""

    mode: Literal["whole", "marginal"] = "whole"
    top: Literal["open", "cap"] = "open"
    rows: Annotated[Many[AttainmentRow], Field(min_length=1)]
    ends: OptionalRate = None

    @model_validator(mode="after")
    def _rise(self) -> Attainment:
        edges = [row.threshold for row in self.rows]
        if edges != sorted(set(edges)):
            raise wrong("rising")
        if self.ends is not None and self.ends <= edges[-1]:
            raise wrong("ends", allowed=f"> {percent(edges[-1])}")
        _joined(self.rows, self.ends)
        if self.top == "cap" and self.ends is None:
            raise wrong("cap_needs_ends", allowed="ends")
        return self


class SupervisorAttainment(Attainment):
    """The supervisor's table, and what his own selling pays besides (8)."""

    own_deals: Literal["undecided", "team", "rep"] = "undecided"


class Commission(Section):
    """How brackets are read (1) and what happens above the last known figure (4)."""

    mode: Literal["marginal", "whole"] = "marginal"
    top: Literal["open", "cap"] = "open"


class Delegation(Section):
    """代理拜访: the share of the deal that moves, who pays it, and between whom (12–16)."""

    share: Share
    funding: Literal["clerk", "company"] = "clerk"
    pays: Many[Pairing] = (Pair(Role.CLERK, Role.REP),)


class Sms(Section):
    """短信群发: a flat rate on each order; `counts` = also for brackets, basis, rank and team total (17)."""

    rate: Share
    counts: bool = False


class Probation(Section):
    """试用 (21–27): when somebody becomes regular. Amounts in fen."""

    max_months: Literal[2] = 2
    first_month: Fen
    two_months: Fen
    basis: bool = True
    late_start_day: Annotated[int, Field(ge=2, le=31)] = 11
    zero: Literal["warn", "none"] = "warn"


class Grade(Section):
    """业务级别: from this month's sales on, next month's base is this (31)."""

    from_: Fen = Field(alias="from")
    base: Fen
    name: str = ""


class Pay(Section):
    """薪酬体系 (3.1, 3.2)."""

    base: Base
    probation_base: Fen
    training_base: OptionalFen = None
    basis: Fen
    basis_cut: BasisCut = BasisCut()
    commission: Commission = Commission()
    clerk: Brackets
    rep: Brackets
    delegation: Delegation
    sms: Sms
    supervisor: SupervisorAttainment
    manager: Attainment
    probation: Probation
    clerk_grades: Many[Grade] = ()
    min_wage: OptionalFen = None
    min_wage_on: OptionalDate = None
    min_wage_source: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _together(self) -> Pay:
        starts = [grade.from_ for grade in self.clerk_grades]
        if starts != sorted(set(starts)):
            raise wrong("rising")
        if self.commission.top == "cap" and self.clerk.ends is None and self.rep.ends is None:
            raise wrong("cap_needs_ends", allowed="clerk.ends, rep.ends")
        return self

    def brackets(self, role: Role) -> Brackets:
        """The table of a role that sells; supervisors who are paid as sellers use the rep's (8)."""
        return self.clerk if role is Role.CLERK else self.rep
