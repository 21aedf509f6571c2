"""尾款 that falls due: which deals have one, when its seller is reminded of it (52, 53b; 001 §6). Amounts in fen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from core.rules.calendar import ONE_DAY
from core.rules.errors import Refusal
from core.rules.payments import Payment, PaymentKind, counts_by_receipt, planned
from core.rules.policy import Policy

AHEAD = timedelta(days=366)  # a balance agreed for later than that is a slip of the finger
AGAIN = timedelta(days=7)  # the last reminder, after the day
LOOK = 60  # days in which a working day must be found


def is_chased(policy: Policy, signed_on: date, received: int) -> bool:
    """Is anybody reminded of what is open? Where receipts count, always; where signatures do, once a deposit came in."""
    return received > 0 or counts_by_receipt(policy, signed_on)


def check_due(day: date, signed_on: date, amount: int, received: int, today: date) -> None:
    """Raises Refusal: nothing is open, a day before the signing, gone by, or more than a year away."""
    if received >= amount:
        raise Refusal("balances.all_in")
    rest = Payment(PaymentKind.BALANCE, amount - received, due_on=day)
    planned(amount, signed_on, [Payment(PaymentKind.DEPOSIT, received), rest] if received else [rest])
    if day < today:
        raise Refusal("balances.past")
    if day > today + AHEAD:
        raise Refusal("balances.too_far")


def reminded_on(due_on: date, works: Callable[[date], bool]) -> tuple[date, date, date]:
    """The three days on which a seller hears of a balance, and no more: the day itself (the last working day up to it),
    the first working day after it, and the first one a week after it. `works`: is the seller at work that day?
    """
    before = _first(due_on, -ONE_DAY, works)
    after = _first(due_on + ONE_DAY, ONE_DAY, works)
    return before, after, _first(max(due_on + AGAIN, after + ONE_DAY), ONE_DAY, works)


def _first(day: date, step: timedelta, works: Callable[[date], bool]) -> date:
    return next((one for one in _walk(day, step) if works(one)), day)


def _walk(day: date, step: timedelta) -> Iterator[date]:
    for number in range(LOOK):
        yield day + step * number
