"""Where a month ends if it goes on as it began: every deal so far grows by the working days that are left.

The forecast is a statement by the same rules, so brackets, basis and attainment count in it as they will on the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from core.rules.money import half_up
from core.rules.pay import DealFact, PersonMonth, Statement, statement
from core.rules.policy import Version

ENOUGH = 5  # working days before a pace says anything


def at_pace(
    version: Version, person: PersonMonth, deals: Sequence[DealFact], done: int, whole: int
) -> Statement | None:  # fmt: skip
    """The month's statement with `done` of its `whole` working days behind it; None where nothing can be said yet.

    Raises nothing; with no day left it is the statement itself.
    """
    sold = bool(deals) or any(team.total for team in person.leads)
    if done < min(ENOUGH, whole) or not sold or not done:
        return None
    grows = max(Fraction(1), Fraction(whole, done))
    leads = tuple(replace(team, total=half_up(team.total * grows)) for team in person.leads)
    grown = [replace(deal, amount=half_up(deal.amount * grows)) for deal in deals]
    return statement(version, replace(person, leads=leads), grown)
