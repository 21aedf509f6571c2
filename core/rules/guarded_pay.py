"""A month as it is paid: its statement under the guards (reliability G3–G5), what later facts changed, what is deducted.

The floor tops up what deductions or recovered overpayment would take below the local minimum wage, as a line of its own;
the wage it looks at is the statement's total without any top-up. No guard ever lowers anybody's pay. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from core.rules.closing import Adjusted, Due
from core.rules.pay import Component, Line, Note, PersonMonth, Statement, full_base
from core.rules.pay_guards import Deduction, Guards, guard
from core.rules.people import Status
from core.rules.policy import Version


def due(
    version: Version,
    person: PersonMonth,
    made: Statement,
    adjustments: Sequence[Adjusted] = (),
    carried: int = 0,
    wanted: Iterable[Deduction] = (),
) -> Due:
    """What a month pays; `carried` (fen, minus) is what the month before paid too much, `wanted` what rules would take.

    Nothing is deducted, and no floor is known, where the pay itself is not settled: in training, with a base the policy
    does not name, while a part of it waits for a decision. What is wanted then stays wanted.
    """
    plain = Due(made, tuple(adjustments), carried)
    if person.status is Status.TRAINING or made.undetermined or full_base(version, person, person.role) is None:
        return plain
    guards, wanted = Guards.of(version, person.presence), list(wanted)
    if guards.minimum is None and not wanted:
        return plain
    # What is paid back to somebody about an earlier month is no wage of this one: it hides no shortfall.
    recovered = min(0, plain.adjusted + carried)
    found = guard(guards, made.total - made.top_up, recovered, wanted)
    return replace(plain, statement=_topped_up(version, made, found.top_up, found.notes), taken=found.taken)


def _topped_up(version: Version, made: Statement, fen: int, notes: Iterable[Note]) -> Statement:
    """The statement with this top-up instead of its own; one without lines stays without."""
    said = (*made.notes, *(note for note in notes if note not in made.notes))
    if fen == made.top_up:
        return replace(made, notes=said)
    lines = tuple(line for line in made.lines if line.component is not Component.TOP_UP)
    if lines:
        article = version.articles.of("min_wage")
        lines = (*lines, Line(Component.TOP_UP, "min_wage", article, fen, Fraction(1), fen))
    return replace(made, lines=lines, notes=said, top_up=fen, total=made.total - made.top_up + fen)
