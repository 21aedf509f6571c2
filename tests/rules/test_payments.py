"""Deposit and balance: a plan that adds up, what is overdue, and what counts when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.errors import Refusal
from core.rules.payments import Payment, PaymentKind, overdue, planned, recognised, shared, standing
from tests.rules.paydesk import RULES, amended, clerk, fen, own
from tests.rules.paydesk import given as delegated

PAID = amended('[version.deals]\nrecognition = "paid"')
SIGNED_ON = date(2026, 11, 3)
DEPOSIT = Payment(PaymentKind.DEPOSIT, fen(2000), date(2026, 11, 3), date(2026, 11, 5), confirmed=True)
BALANCE = Payment(PaymentKind.BALANCE, fen(8000), date(2026, 11, 20))


def came(day: date) -> Payment:
    return replace(BALANCE, received_on=day, confirmed=True)


def test_signed_deals_count_once_on_the_day_of_signing_whatever_came_in() -> None:
    deal = own(10000)

    assert recognised(RULES, deal, []) == (deal,)
    assert recognised(RULES, deal, [DEPOSIT, BALANCE]) == (deal,)


def test_paid_deals_count_with_each_confirmed_receipt_on_its_day() -> None:
    found = recognised(PAID, own(10000), [came(date(2026, 12, 2)), DEPOSIT])

    assert [(one.signed_on, one.amount, one.id) for one in found] == [
        (date(2026, 11, 5), fen(2000), own(10000).id),
        (date(2026, 12, 2), fen(8000), own(10000).id),
    ]


@pytest.mark.parametrize(
    "payment", [BALANCE, replace(BALANCE, received_on=date(2026, 11, 6)), replace(BALANCE, confirmed=True)]
)
def test_what_has_not_come_in_or_nobody_confirmed_does_not_count(payment: Payment) -> None:
    assert recognised(PAID, own(10000), [payment]) == ()


def test_never_more_than_the_deal_counts() -> None:
    found = recognised(PAID, own(10000), [DEPOSIT, came(date(2026, 11, 6)), came(date(2026, 11, 7))])

    assert sum(one.amount for one in found) == fen(10000)


def test_a_deal_paid_in_two_parts_in_one_month_pays_what_it_would_pay_at_once() -> None:
    for deal in (own(20000), delegated(20000)):
        parts = recognised(PAID, deal, [replace(DEPOSIT, amount=fen(12000)), came(date(2026, 11, 28))])
        at_once, in_parts = clerk(deal, rules=PAID), clerk(*parts, rules=PAID)

        assert len(parts) == 2
        assert (at_once.total, at_once.shares) == (in_parts.total, in_parts.shares)
        assert in_parts.lines[1].deals == (deal.id,)


def test_the_plan_puts_the_deposit_first() -> None:
    assert planned(fen(10000), SIGNED_ON, [BALANCE, DEPOSIT]) == (DEPOSIT, BALANCE)


@pytest.mark.parametrize(
    ("payments", "key"),
    [
        ([DEPOSIT], "payments.sum"),
        ([], "payments.sum"),
        ([replace(DEPOSIT, amount=0), replace(BALANCE, amount=fen(10000))], "payments.nothing"),
        ([replace(DEPOSIT, amount=-1), replace(BALANCE, amount=fen(10000) + 1)], "payments.nothing"),
        ([DEPOSIT, replace(BALANCE, kind=PaymentKind.DEPOSIT)], "payments.one_deposit"),
        ([DEPOSIT, replace(BALANCE, due_on=date(2026, 11, 2))], "payments.order"),
        ([replace(DEPOSIT, due_on=date(2026, 11, 21)), BALANCE], "payments.order"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(payments: list[Payment], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        planned(fen(10000), SIGNED_ON, payments)
    assert refused.value.key == key


def test_what_is_open_and_overdue_is_known() -> None:
    plan = [DEPOSIT, BALANCE]

    assert (standing(fen(10000), plan).received, standing(fen(10000), plan).open) == (fen(2000), fen(8000))
    assert standing(fen(10000), plan).next_due == date(2026, 11, 20)
    assert standing(fen(10000), [DEPOSIT, came(date(2026, 11, 9))]).next_due is None
    assert overdue(plan, date(2026, 11, 20)) == ()
    assert overdue(plan, date(2026, 11, 21)) == (BALANCE,)


receipts = st.builds(
    Payment,
    kind=st.just(PaymentKind.BALANCE),
    amount=st.integers(1, 2_000_000),
    received_on=st.dates(date(2026, 11, 1), date(2026, 11, 30)),
    confirmed=st.booleans(),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(receipts, max_size=5), st.integers(1, 3_000_000), st.randoms(use_true_random=False))
def test_what_counts_is_what_came_in_up_to_the_deal_in_whatever_order_it_is_told(
    payments: list[Payment], amount: int, chance: object
) -> None:
    deal = replace(own(1), amount=amount)
    shuffled = list(payments)
    shuffle: Callable[[list[Payment]], None] = chance.shuffle  # type: ignore[attr-defined]
    shuffle(shuffled)
    found = recognised(PAID, deal, payments)

    assert sum(one.amount for one in found) == min(amount, sum(p.amount for p in payments if p.confirmed))
    assert recognised(PAID, deal, shuffled) == found


def test_the_first_fen_that_comes_in_for_a_shared_deal_is_one_fen() -> None:
    first = Payment(PaymentKind.BALANCE, 1, received_on=date(2026, 11, 3), confirmed=True)
    parts = shared([100, 100], [first])

    assert [[one.amount for one in theirs] for theirs in parts] == [[1], []]
