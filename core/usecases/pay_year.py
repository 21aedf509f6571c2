"""One's own year, month by month, for the pay picture."""

from __future__ import annotations

from core.rules.calendar import Month
from core.rules.pay import Statement
from core.rules.people import Person
from core.store.db import Tx
from core.usecases import pay

MONTHS = 12


async def year(tx: Tx, actor: Person, month: Month) -> list[tuple[Month, Statement | None]]:
    """The months of `month`'s year, January first; None for those not worked here, not begun, or before the first deal.

    Months without a deal before the first one with a deal say nothing: they may lie before the company had the bot.
    """
    this, begun = Month.of(tx.today), tx.company.policy.versions[0].effective_from
    found: list[tuple[Month, Statement | None]] = []
    sold = False
    for number in range(1, MONTHS + 1):
        each = Month(month.year, number)
        if each > this or each.end < actor.hired_on or each.end < begun:
            found.append((each, None))
            continue
        earned = await pay.earn(tx, actor, each)
        sold = sold or bool(earned.deals)
        found.append((each, earned.statement if sold or earned.statement.total or each == month else None))
    return found
