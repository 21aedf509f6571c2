"""Payments of a deal: 定金 and 尾款, when they are due, what has come in, and what counts when (52, 53b). Amounts in fen.

`recognition = "signed"`: the deal counts once, in full, on the day it was signed. `"paid"`: every confirmed receipt
counts on the day it came in, for the team and in the role of the signing date (30).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.money import split_largest_remainder
from core.rules.pay import DealFact
from core.rules.policy import Policy, Version


class PaymentKind(StrEnum):
    """What a payment is called."""

    DEPOSIT = "deposit"  # 定金
    BALANCE = "balance"  # 尾款


@dataclass(frozen=True, slots=True)
class Payment:
    """A part of a deal's amount. `received_on`: the day it came in; it counts once it is `confirmed`."""

    kind: PaymentKind
    amount: int
    due_on: date | None = None
    received_on: date | None = None
    confirmed: bool = False

    @property
    def counts(self) -> bool:
        """Has it come in, and has somebody said so?"""
        return self.confirmed and self.received_on is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a deal stands with its money. `next_due`: the earliest day something is still expected."""

    received: int
    open: int
    next_due: date | None


def planned(amount: int, signed_on: date, payments: Sequence[Payment]) -> tuple[Payment, ...]:
    """The plan of a deal, the deposit first. Raises Refusal: a part of nothing, parts that do not add up to the
    deal, two deposits, a payment due before the signing or a balance due before the deposit."""
    if any(payment.amount <= 0 for payment in payments):
        raise Refusal("payments.nothing")
    if sum(payment.amount for payment in payments) != amount:
        raise Refusal("payments.sum")
    order = {PaymentKind.DEPOSIT: 0, PaymentKind.BALANCE: 1}
    plan = sorted(payments, key=lambda payment: (order[payment.kind], payment.due_on or date.max))
    if sum(payment.kind is PaymentKind.DEPOSIT for payment in plan) > 1:
        raise Refusal("payments.one_deposit")
    due = [payment.due_on for payment in plan if payment.due_on is not None]
    if due != sorted(due) or any(day < signed_on for day in due):
        raise Refusal("payments.order")
    return tuple(plan)


def standing(amount: int, payments: Iterable[Payment]) -> Standing:
    """What has come in of a deal and what is open."""
    known = list(payments)
    received = sum(payment.amount for payment in known if payment.counts)
    expected = [payment.due_on for payment in known if not payment.counts and payment.due_on is not None]
    return Standing(received, max(0, amount - received), min(expected, default=None))


def overdue(payments: Iterable[Payment], today: date) -> tuple[Payment, ...]:
    """What should have come in by now, the longest overdue first: the seller is reminded."""
    late = [payment for payment in payments if not payment.counts and payment.due_on and payment.due_on < today]
    return tuple(sorted(late, key=lambda payment: payment.due_on or today))


Span = tuple[date, date | None]  # both days included; None: for ever


def receipt_spans(policy: Policy) -> tuple[Span, ...]:
    """The signing days whose deals count by their receipts and not by their signature.

    A deal keeps the way of the month it was signed in, whatever the policy says when the money comes: so it counts once.
    """
    starts = [_first_month(version) for version in policy.versions]
    found: list[Span] = []
    for version, start, after in zip(policy.versions, starts, [*starts[1:], None], strict=True):
        if version.deals.recognition == "paid" and (after is None or start < after):
            found.append((start, None if after is None else after - timedelta(days=1)))
    return tuple(found)


def _first_month(version: Version) -> date:
    """The first day of the first whole month that a version prices (60)."""
    day = version.effective_from
    return day if day.day == 1 else Month.of(day).next.start


def counts_by_receipt(policy: Policy, signed_on: date) -> bool:
    """Does a deal signed on that day count as its money comes in?"""
    return any(first <= signed_on and (last is None or signed_on <= last) for first, last in receipt_spans(policy))


def kind_of(amount: int, total: int, received: int, said: PaymentKind | None = None) -> PaymentKind:
    """What a receipt of a deal over `total` is called: as said, else 定金 for a first part and 尾款 for what follows."""
    if said is not None:
        return said
    return PaymentKind.DEPOSIT if not received and amount < total else PaymentKind.BALANCE


def check_receipt(amount: int, total: int, known: int, day: date, signed_on: date, today: date) -> None:
    """Raises Refusal: nothing, more than is open (`known`: received or waiting to be confirmed), before the signing, in
    the future. All in fen."""
    if amount <= 0:
        raise Refusal("payments.nothing")
    if amount > total - known:
        raise Refusal("payments.too_much", open=total - known)
    if day < signed_on:
        raise Refusal("payments.before_signing", day=signed_on)
    if day > today:
        raise Refusal("payments.future")


def shared(parts: Sequence[int], payments: Sequence[Payment]) -> list[list[Payment]]:
    """A 合单's payments by seller (`parts`: what each sold, fen), in proportion, so that each part fills to the fen."""
    found: list[list[Payment]] = [[] for _ in parts]
    so_far, given = 0, [0] * len(parts)
    for payment in payments:
        so_far += payment.amount
        now = split_largest_remainder(min(so_far, sum(parts)), parts)
        for number, theirs in enumerate(found):
            if (fen := now[number] - given[number]) > 0:
                theirs.append(replace(payment, amount=fen))
        given = [max(one, other) for one, other in zip(now, given, strict=True)]
    return found


def recognised(version: Version, deal: DealFact, payments: Iterable[Payment]) -> tuple[DealFact, ...]:
    """A confirmed deal as the pay rules count it: once, or receipt by receipt.

    Receipts carry the deal's id and everything else of it; `signed_on` is then the day the money counts. Never more
    than the deal's amount: a receipt beyond it counts for what is left.
    """
    if version.deals.recognition == "signed":
        return (deal,)
    found, left = [], deal.amount
    received = [(payment.received_on, payment.amount) for payment in payments if payment.counts]
    for day, amount in sorted((day, amount) for day, amount in received if day is not None):
        if part := min(amount, left):
            found.append(replace(deal, signed_on=day, amount=part))
            left -= part
    return tuple(found)
