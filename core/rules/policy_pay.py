"""The sections of a policy version that decide pay: 薪酬体系 (3.1, 3.2). Amounts in fen, rates exact.

Bare numbers in brackets count the places where the company's document is silent or contradicts itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError

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
    Slip,
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
    JOINTLY: ClassVar = ("from_", "pay")


class BasisCut(Section):
    """What the base loses below the basis (18): in proportion, by steps, or nothing."""

    mode: Literal["proportional", "step", "none"] = "proportional"
    steps: Many[Step] = ()

    JOINTLY: ClassVar = ("mode", "steps")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """Steps where they are asked for, from nothing on, rising; who sells more is never paid less."""
        if "steps" not in known:
            return
        steps: Sequence[Step | None] = known["steps"]
        if known.get("mode") == "step" and not steps:
            yield ("steps",), wrong("steps_missing")
        if steps and steps[0] is not None and steps[0].from_ != 0:
            yield ("steps", 0, "from"), wrong("from_zero", allowed='from = "0%"', found=percent(steps[0].from_))
        for number, (low, high) in enumerate(pairwise(steps), 1):
            if low is None or high is None:
                continue
            if high.from_ <= low.from_:
                yield ("steps", number, "from"), _not_above(low.from_, high.from_)
            if high.pay < low.pay:
                yield ("steps", number, "pay"), wrong("falls", allowed=f"≥ {percent(low.pay)}", found=percent(high.pay))


# An editor is told what `_one_edge` checks.
ONE_EDGE: dict[str, Any] = {"oneOf": [{"required": ["from"]}, {"required": ["above"]}]}


def _one_edge(known: Mapping[str, Any]) -> Iterator[Slip]:
    """Either `from` or `above`, as far as both could be read."""
    if {"from_", "above"} <= known.keys() and (known["from_"] is None) == (known["above"] is None):
        yield (), wrong("one_edge", allowed="from, above")


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

    JOINTLY: ClassVar = ("from_", "above", "to")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """One lower edge."""
        return _one_edge(known)

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


def _not_above(low: int | Fraction, high: int | Fraction) -> PydanticCustomError:
    """The row after `low` begins at `high`, which is no higher."""
    return wrong("not_above", allowed=f"> {_figure(low)}", found=_figure(high))


def _table(key: str, rows: Sequence[Bracket | AttainmentRow | None], known: Mapping[str, Any]) -> Iterator[Slip]:
    """Rows rise; a row's `to` is where the next one begins, neither a hole nor an overlap; the table ends above them
    (2). `None`: a row that could not be read."""
    for number, (row, after) in enumerate(pairwise(rows)):
        if row is None or after is None:
            continue
        if after.threshold <= row.threshold:
            yield (key, number + 1), _not_above(row.threshold, after.threshold)
        elif row.to is not None and row.to != after.threshold:
            yield (key, number), _apart(number, row.to, after.threshold)
    last, ends = rows[-1] if rows else None, known.get("ends")
    if last is None or "ends" not in known:
        return
    if ends is not None and ends <= last.threshold:
        yield ("ends",), wrong("ends", allowed=f"> {_figure(last.threshold)}", found=_figure(ends))
    elif last.to is not None and ends is None:
        yield (key, len(rows) - 1), wrong("to_open", allowed="ends", at=str(len(rows)))
    elif last.to is not None and ends is not None and last.to != ends:
        yield (key, len(rows) - 1), _apart(len(rows) - 1, last.to, ends)


def _apart(number: int, to: int | Fraction, edge: int | Fraction) -> PydanticCustomError:
    """A row that ends before the next one begins, or after."""
    return wrong("hole" if to < edge else "overlap", allowed=_figure(edge), at=str(number + 1), until=_figure(to))


def _figure(edge: int | Fraction) -> str:
    """A threshold as the file writes it."""
    return percent(edge) if isinstance(edge, Fraction) else plain(edge).removesuffix(".00")


class Brackets(Section):
    """提成表 of clerks or reps. `ends`: where the document's own table ends, in fen (4); None: it is open by itself."""

    brackets: Annotated[Many[Bracket], Field(min_length=1)]
    ends: OptionalFen = None

    JOINTLY: ClassVar = ("brackets", "ends")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """Brackets rise without holes."""
        return _table("brackets", known.get("brackets", ()), known)


class AttainmentRow(Section):
    """From (or above) this share of the target on, the whole team total earns `rate`."""

    model_config = ConfigDict(json_schema_extra=ONE_EDGE)

    from_: OptionalRate = Field(None, alias="from")
    above: OptionalRate = None
    to: OptionalRate = None
    rate: Share

    JOINTLY: ClassVar = ("from_", "above", "to")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """One lower edge."""
        return _one_edge(known)

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

    JOINTLY: ClassVar = ("rows", "ends", "top")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """Rows rise without holes; a cap knows where."""
        yield from _table("rows", known.get("rows", ()), known)
        if known.get("top") == "cap" and known.get("ends", 0) is None:
            yield ("ends",), wrong("cap_needs_ends", allowed="ends")


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
    JOINTLY: ClassVar = ("from_",)


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

    JOINTLY: ClassVar = ("commission", "clerk", "rep", "clerk_grades")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """Grades rise; a cap knows where at least one table ends."""
        grades: Sequence[Grade | None] = known.get("clerk_grades", ())
        for number, (low, high) in enumerate(pairwise(grades), 1):
            if low is not None and high is not None and high.from_ <= low.from_:
                yield ("clerk_grades", number), _not_above(low.from_, high.from_)
        if not {"commission", "clerk", "rep"} <= known.keys() or known["commission"].top != "cap":
            return
        if known["clerk"].ends is None and known["rep"].ends is None:
            yield ("commission", "top"), wrong("cap_needs_ends", allowed="clerk.ends, rep.ends")

    def brackets(self, role: Role) -> Brackets:
        """The table of a role that sells; supervisors who are paid as sellers use the rep's (8)."""
        return self.clerk if role is Role.CLERK else self.rep
