"""Deposit and balance: a plan that adds up, what is overdue, and what counts when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules import policy
from core.rules.errors import Refusal
from core.rules.payments import (
    Payment,
    PaymentKind,
    check_receipt,
    counts_by_receipt,
    kind_of,
    overdue,
    planned,
    receipt_spans,
    recognised,
    shared,
    standing,
)
from core.rules.policy import Policy
from tests.rules.paydesk import RULES, SAMPLE_TEXT, amended, clerk, fen, own
from tests.rules.paydesk import given as delegated

PAID = amended('[version.deals]\nrecognition = "paid"')
SIGNED_ON = date(2026, 11, 3)
TODAY = date(2026, 11, 20)
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


def test_a_fen_is_a_deposit_and_a_balance_without_a_day_comes_last() -> None:
    first, later = replace(BALANCE, amount=1), replace(BALANCE, amount=fen(1), due_on=date(2026, 12, 1))
    someday = replace(BALANCE, amount=2, due_on=None)

    assert planned(fen(1) + 3, SIGNED_ON, [someday, later, first]) == (first, later, someday)
    assert planned(1, SIGNED_ON, [replace(DEPOSIT, amount=1)])  # due on the signing day itself


@pytest.mark.parametrize(
    ("received", "amount", "said", "kind"),
    [
        (0, 99, None, PaymentKind.DEPOSIT),
        (0, 100, None, PaymentKind.BALANCE),
        (1, 50, None, PaymentKind.BALANCE),
        (1, 99, None, PaymentKind.BALANCE),
        (0, 100, PaymentKind.DEPOSIT, PaymentKind.DEPOSIT),
        (0, 99, PaymentKind.BALANCE, PaymentKind.BALANCE),
    ],
)
def test_a_first_part_is_the_deposit_unless_somebody_says_otherwise(
    received: int, amount: int, said: PaymentKind | None, kind: PaymentKind
) -> None:
    assert kind_of(amount, 100, received, said) is kind


@pytest.mark.parametrize(
    ("amount", "day", "key", "params"),
    [
        (0, SIGNED_ON, "payments.nothing", {}),
        (-1, SIGNED_ON, "payments.nothing", {}),
        (71, SIGNED_ON, "payments.too_much", {"open": 70}),
        (70, date(2026, 11, 2), "payments.before_signing", {"day": SIGNED_ON}),
        (70, date(2026, 11, 21), "payments.future", {}),
    ],
)
def test_a_receipt_that_cannot_be_is_refused_with_its_reason(
    amount: int, day: date, key: str, params: dict[str, object]
) -> None:
    with pytest.raises(Refusal) as refused:
        check_receipt(amount, 100, 30, day, SIGNED_ON, TODAY)

    assert (refused.value.key, dict(refused.value.params)) == (key, params)


@pytest.mark.parametrize(("amount", "day"), [(1, SIGNED_ON), (70, TODAY)])
def test_all_that_is_open_may_come_in_from_the_signing_day_until_today(amount: int, day: date) -> None:
    check_receipt(amount, 100, 30, day, SIGNED_ON, TODAY)


# --- which deals count by their receipts ----------------------------------------------------------------------------------


def history(*versions: tuple[str, str]) -> Policy:
    """The sample, signed from January on, then versions by their first day and what they recognise."""
    later = "".join(
        f'\n[[version]]\neffective_from = {day}\nmid_month = true\n[version.deals]\nrecognition = "{way}"\n'
        for day, way in versions
    )
    return policy.load(SAMPLE_TEXT + later)


def test_where_signatures_count_no_day_counts_by_receipts() -> None:
    assert receipt_spans(history()) == ()
    assert not counts_by_receipt(history(), SIGNED_ON)


def test_from_a_versions_month_on_receipts_count_until_another_version_ends_it() -> None:
    always = history(("2026-03-01", "paid"))
    for_a_while = history(("2026-03-01", "paid"), ("2026-06-01", "signed"))

    assert receipt_spans(always) == ((date(2026, 3, 1), None),)
    assert receipt_spans(for_a_while) == ((date(2026, 3, 1), date(2026, 5, 31)),)
    counting = [date(2026, 3, 1), date(2026, 5, 31)]
    others = [date(2026, 2, 28), date(2026, 6, 1)]
    assert [counts_by_receipt(for_a_while, day) for day in counting + others] == [True, True, False, False]
    assert counts_by_receipt(always, date(2030, 1, 1))
    assert not counts_by_receipt(always, date(2026, 2, 28))


def test_a_version_that_begins_within_a_month_counts_from_the_next_one_on() -> None:
    assert receipt_spans(history(("2026-03-10", "paid"))) == ((date(2026, 4, 1), None),)


def test_a_version_that_never_prices_a_month_counts_nothing() -> None:
    assert receipt_spans(history(("2026-03-10", "paid"), ("2026-03-20", "signed"))) == ()


def test_a_shared_deals_money_is_shared_in_proportion_receipt_by_receipt() -> None:
    """Two thirds and a third: the odd fen is given once, and both are full in the end."""
    came_in = [replace(DEPOSIT, amount=100), replace(came(date(2026, 12, 2)), amount=200)]
    one, other = shared([200, 100], came_in)

    assert [payment.amount for payment in one] == [67, 133]
    assert [payment.amount for payment in other] == [33, 67]
    assert [payment.received_on for payment in other] == [date(2026, 11, 5), date(2026, 12, 2)]


def test_what_comes_in_beyond_a_shared_deal_is_nobodys() -> None:
    one, other = shared([200, 100], [replace(DEPOSIT, amount=300), replace(BALANCE, amount=50)])

    assert [payment.amount for payment in one + other] == [200, 100]


def test_nothing_is_open_of_what_came_in_whole_or_beyond() -> None:
    whole = [DEPOSIT, came(date(2026, 11, 9))]

    assert (standing(fen(10000), whole).received, standing(fen(10000), whole).open) == (fen(10000), 0)
    assert standing(fen(9000), whole).open == 0
