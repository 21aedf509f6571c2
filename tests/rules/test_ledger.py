"""The ledger's claims: every entry balances, nothing is taken twice, what is tampered with is found."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules import ledger
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.ledger import (
    Account,
    Batch,
    Booked,
    Earned,
    Entry,
    Kind,
    Posting,
    Unbalanced,
    fold,
    fund,
    owed_fines,
    payable,
)
from core.rules.pay import DealFact, DealKind, PersonMonth, Statement, TeamMonth, statement
from core.rules.people import Role
from tests.rules.paydesk import NOVEMBER, OCTOBER, RULES

AT = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
DECEMBER = NOVEMBER.next
HALF = Fraction(1, 2)
claim = settings(deadline=None, max_examples=100)


def entry(*postings: Posting, key: str = "k") -> Entry:
    return Entry(key, Kind.PAY, AT, NOVEMBER, postings)


def earned(base: int = 75000, commission: int = 66000, shares: int = -7000, sms: int = 3600, top_up: int = 0) -> Earned:
    return Earned(base, commission, shares, sms, top_up)


# --- Entries ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "postings",
    [
        (),
        (Posting(Account.BASE, 1, 5),),
        (Posting(Account.BASE, 1, 5), Posting(Account.COMPANY, -2)),
        (Posting(Account.BASE, 0, 5), Posting(Account.COMPANY, 0)),
        (Posting(Account.BASE, 1), Posting(Account.COMPANY, -1)),  # nobody's base
        (Posting(Account.BASE, 1, 5), Posting(Account.COMPANY, -1, 5)),  # somebody's company
        (Posting(Account.BASE, 1.0, 5), Posting(Account.COMPANY, -1)),  # type: ignore[arg-type]
        (Posting(Account.BASE, True, 5), Posting(Account.COMPANY, -1)),
    ],
)
def test_an_entry_that_does_not_balance_cannot_be_made(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(Unbalanced):
        entry(*postings)


def test_an_entry_needs_a_moment_with_its_zone() -> None:
    with pytest.raises(Unbalanced, match="zone"):
        replace(entry(Posting(Account.BASE, 1, 5), Posting(Account.COMPANY, -1)), at=datetime(2026, 12, 1))  # noqa: DTZ001


def test_a_month_is_booked_component_by_component_with_its_deals_and_version() -> None:
    deals = [
        DealFact(7, 5, Role.CLERK, date(2026, 11, 3), 1950000, DealKind.OWN, team="T"),
        DealFact(8, 5, Role.CLERK, date(2026, 11, 4), 700000, DealKind.DELEGATED, 10, Role.REP, team="T"),
        DealFact(9, 5, Role.CLERK, date(2026, 11, 5), 120000, DealKind.SMS, team="T"),
    ]
    made = statement(RULES, PersonMonth(5, NOVEMBER, Role.CLERK), deals)

    booked = ledger.month_pay(made, AT, by=(2, 1))

    assert booked is not None
    assert (booked.key, booked.version, booked.by) == ("pay:2026-11:5", "2026-01-01", (2, 1))
    assert booked.refs == ("deal:7", "deal:8", "deal:9")
    assert [(p.account.value, p.fen, p.person) for p in booked.postings] == [
        ("base", 75000, 5),
        ("commission", 66000, 5),
        ("shares", -7000, 5),
        ("sms", 3600, 5),
        ("company", -137600, None),
    ]
    assert payable(fold([booked]), 5) == made.total == 137600


def test_a_month_that_pays_nothing_is_no_entry() -> None:
    made = statement(RULES, PersonMonth(5, NOVEMBER, Role.CLERK), [])

    assert made.total == 0
    assert ledger.month_pay(made, AT) is None


# --- Refunds ------------------------------------------------------------------------------------------------------------


def difference(before: Earned, after: Earned, period: Month) -> Entry | None:
    return ledger.difference(
        5, OCTOBER, before, after, period=period, at=AT, cause="refund:12", version="2026-01-01", by=(4,)
    )


def test_in_an_open_month_a_refund_changes_each_component() -> None:
    booked = difference(earned(), earned(base=60000, commission=0), OCTOBER)

    assert booked is not None
    assert [(p.account.value, p.fen) for p in booked.postings] == [
        ("base", -15000),
        ("commission", -66000),
        ("company", 81000),
    ]


def test_after_closing_a_refund_is_one_adjustment_in_the_open_month_that_points_back() -> None:
    booked = difference(earned(), earned(base=60000, commission=0), DECEMBER)

    assert booked is not None
    assert (booked.period, booked.about, booked.refs) == (DECEMBER, OCTOBER, ("refund:12",))
    assert [(p.account.value, p.fen) for p in booked.postings] == [("adjustments", -81000), ("company", 81000)]


def test_a_refund_that_changes_nothing_for_somebody_books_nothing() -> None:
    assert difference(earned(), earned(), OCTOBER) is None
    assert difference(earned(base=1, commission=2), earned(base=2, commission=1), DECEMBER) is None


def test_nothing_is_booked_before_the_month_it_is_about() -> None:
    with pytest.raises(Unbalanced):
        difference(earned(), earned(base=0), Month(2026, 9))


amounts = st.integers(0, 6_000_000)


@claim
@given(
    st.lists(amounts, max_size=4), amounts, st.sampled_from(list(DealKind)), st.booleans(), st.integers(1, 9_000_000)
)
def test_a_sale_and_its_refund_leave_nothing_for_anybody_it_paid(
    others: list[int], amount: int, kind: DealKind, open_: bool, target: int
) -> None:
    """Seller, visitor, supervisor, manager: pay booked with the deal plus the difference is pay without it."""

    def sale(key: int, fen: int, how: DealKind) -> DealFact:
        sold = DealFact(key, 5, Role.CLERK, date(2026, 10, 9), fen, how, team="T")
        return replace(sold, visitor=10, visitor_role=Role.REP) if how is DealKind.DELEGATED else sold

    def everybody(deals: Sequence[DealFact]) -> list[Statement]:
        total = sum(deal.amount for deal in deals if deal.kind is not DealKind.SMS)
        led = [TeamMonth("T", total, target)]
        people = [
            PersonMonth(5, OCTOBER, Role.CLERK),
            PersonMonth(10, OCTOBER, Role.REP),
            PersonMonth(4, OCTOBER, Role.SUPERVISOR, leads=led),
            PersonMonth(2, OCTOBER, Role.MANAGER, leads=led),
        ]
        return [statement(RULES, person, deals) for person in people]

    rest = [sale(n, fen, DealKind.OWN) for n, fen in enumerate(others)]
    with_it, without = everybody([*rest, sale(99, amount, kind)]), everybody(rest)
    booked = [ledger.month_pay(made, AT) for made in with_it]
    period = OCTOBER if open_ else DECEMBER
    booked += [
        ledger.difference(
            one.person, OCTOBER, Earned.of(one), Earned.of(other),
            period=period, at=AT, cause="refund:99", version="v",
        )
        for one, other in zip(with_it, without, strict=True)
    ]  # fmt: skip
    held = fold([one for one in booked if one is not None])

    assert sum(held.values()) == 0
    for made in without:
        assert payable(held, made.person) == made.total
        if open_:
            assert all(
                held.get((account, made.person), 0) == getattr(made, account.value)
                for account in ledger.COMPONENTS.values()
            )


# --- Fines --------------------------------------------------------------------------------------------------------------


def assessed(fen: int = 5000) -> Entry:
    return ledger.fine(5, "weekly:2026-W47", fen, NOVEMBER, AT, article="5.1 周报")


def test_a_pending_fine_takes_nothing_and_gives_nobody_anything() -> None:
    held = fold([assessed()])

    assert (payable(held, 5), owed_fines(held, 5), fund(held)) == (0, 0, 0)
    assert held[Account.FINES_PENDING, 5] == -5000


def test_a_posted_fine_is_owed_beside_pay_and_half_of_it_is_the_funds() -> None:
    held = fold([assessed(), ledger.post_fine(assessed(), 1, HALF, NOVEMBER, AT)])

    assert (payable(held, 5), owed_fines(held, 5), fund(held)) == (0, 5000, 2500)
    assert held[Account.COMPANY, None] == 2500
    assert (Account.FINES_PENDING, 5) not in held


def test_a_voided_fine_leaves_nothing() -> None:
    assert fold([assessed(), ledger.void_fine(assessed(), 1, NOVEMBER, AT, by=(4,))]) == {}


def test_one_fine_for_a_report_however_late_it_is_and_one_end_for_a_fine() -> None:
    """Both ends settle the same entry; the store takes each `reverses` once."""
    posted, void = (
        ledger.post_fine(assessed(), 1, HALF, NOVEMBER, AT),
        ledger.void_fine(assessed(), 1, NOVEMBER, AT),
    )

    assert assessed().key == replace(assessed(), at=AT + timedelta(days=3)).key == "fine:weekly:2026-W47:5"
    assert posted.reverses == void.reverses == 1
    assert posted.key != void.key


def test_a_fine_that_was_deducted_and_then_forgiven_is_given_back() -> None:
    posted = ledger.post_fine(assessed(), 1, HALF, NOVEMBER, AT)
    taken = ledger.deduct(posted, 3000, "payslip", NOVEMBER, AT)
    held = fold([assessed(), posted, taken])
    assert (payable(held, 5), owed_fines(held, 5), fund(held)) == (-3000, 2000, 2500)

    held = fold([assessed(), posted, taken, ledger.forgive_fine(posted, 2, 3000, DECEMBER, AT, by=(2,))])
    assert (payable(held, 5), owed_fines(held, 5), fund(held)) == (0, 0, 0)


@pytest.mark.parametrize("mode", ["record", "off"])
def test_a_fine_is_never_taken_from_pay_unless_the_policy_was_switched_to_it(mode: str) -> None:
    posted = ledger.post_fine(assessed(), 1, HALF, NOVEMBER, AT)

    with pytest.raises(Refusal) as refused:
        ledger.deduct(posted, 5000, mode, NOVEMBER, AT)
    assert refused.value.key == "ledger.not_from_pay"


def test_a_fine_handed_in_is_settled_without_touching_pay() -> None:
    posted = ledger.post_fine(assessed(), 1, HALF, NOVEMBER, AT)
    held = fold([assessed(), posted, ledger.collect(posted, 5000, NOVEMBER, AT, by=(4,))])

    assert (payable(held, 5), owed_fines(held, 5), held[Account.CASH, None]) == (0, 0, -5000)


def test_what_is_no_fine_or_too_much_is_no_entry() -> None:
    posted = ledger.post_fine(assessed(), 1, HALF, NOVEMBER, AT)
    wrongs: list[Callable[[], Entry]] = [
        lambda: ledger.fine(5, "r", 0, NOVEMBER, AT, article="5.1"),
        lambda: ledger.post_fine(posted, 2, HALF, NOVEMBER, AT),
        lambda: ledger.void_fine(posted, 2, NOVEMBER, AT),
        lambda: ledger.forgive_fine(assessed(), 1, 0, NOVEMBER, AT, by=(2,)),
        lambda: ledger.forgive_fine(posted, 2, 5001, NOVEMBER, AT, by=(2,)),
        lambda: ledger.forgive_fine(posted, 2, -1, NOVEMBER, AT, by=(2,)),
        lambda: ledger.forgive_fine(posted, 2, 3000, NOVEMBER, AT, by=(2,), waived=2001),
        lambda: ledger.forgive_fine(posted, 2, 0, NOVEMBER, AT, by=(2,), waived=-1),
        lambda: ledger.deduct(posted, 5001, "payslip", NOVEMBER, AT),
        lambda: ledger.collect(posted, 0, NOVEMBER, AT, by=(4,)),
        lambda: ledger.collect(assessed(), 1, NOVEMBER, AT, by=(4,)),
        lambda: ledger.reversal(posted, 2, NOVEMBER, AT, by=(2,)),
        lambda: ledger.payment(5, NOVEMBER, 0, AT, by=(1, 2)),
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError):  # noqa: PT011  Unbalanced is one
            wrong()


@claim
@given(st.integers(1, 1_000_000), st.integers(0, 10_000))
def test_fund_and_company_share_a_fine_to_the_fen(fen: int, points: int) -> None:
    share = Fraction(points, 10_000)
    to_fund, to_company = ledger.fine_share(fen, share)

    assert to_fund + to_company == fen
    assert abs(to_fund - fen * share) < 1
    assert ledger.fine_share(fen, HALF)[0] - ledger.fine_share(fen, HALF)[1] in (0, 1)


# --- Fund, payment, corrections -------------------------------------------------------------------------------------------


def test_what_is_not_said_was_not_earned() -> None:
    assert ledger.Earned() == ledger.Earned(0, 0, 0, 0, 0)


def test_spending_from_the_fund_takes_two_people_and_never_more_than_it_holds() -> None:
    spent = ledger.spend_fund("outing", 2500, 2500, NOVEMBER, AT, by=(2, 1))
    assert fold([spent]) == {(Account.FUND, None): -2500, (Account.CASH, None): 2500}
    assert ledger.spend_fund("sweets", 1, 1, NOVEMBER, AT, by=(2, 1)).postings  # the last fen too

    for fen, held, by in [(2500, 2500, (2, 2)), (2500, 2500, (2,)), (2501, 2500, (2, 1)), (0, 2500, (2, 1))]:
        with pytest.raises(Refusal):
            ledger.spend_fund("outing", fen, held, NOVEMBER, AT, by=by)


def test_pay_is_handed_out_by_two() -> None:
    assert ledger.payment(5, NOVEMBER, 100, AT, by=(2, 1)).key == "payment:2026-11:5"
    for by in [(5,), (5, 5), ()]:
        with pytest.raises(Refusal):
            ledger.payment(5, NOVEMBER, 100, AT, by=by)


def test_a_reversal_takes_back_everything_and_names_the_original() -> None:
    original = entry(Posting(Account.BASE, 100, 5), Posting(Account.COMPANY, -100))
    back = ledger.reversal(original, 17, DECEMBER, AT, by=(2,))

    assert fold([original, back]) == {}
    assert (back.reverses, back.about, back.period) == (17, NOVEMBER, DECEMBER)


# --- The chain ------------------------------------------------------------------------------------------------------------


def book(count: int = 12, size: int = 4) -> tuple[list[Booked], list[Batch]]:
    """Entries in batches of `size`; what is left over is not sealed yet."""
    rows: list[Booked] = []
    for n in range(1, count + 1):
        one = entry(Posting(Account.BASE, n, 5), Posting(Account.COMPANY, -n), key=f"k{n}")
        rows.append(Booked(n, one, ledger.digest(one)))
    batches: list[Batch] = []
    for start in range(0, count - size + 1, size):
        last = batches[-1] if batches else None
        batches.append(ledger.seal(last, rows[start : start + size], f"day:{start}", AT))
    return rows, batches


def found(rows: list[Booked], batches: list[Batch], head: str | None = None) -> list[tuple[str, str]]:
    walk = ledger.Walk(batches, head)
    flaws = [flaw for row in rows for flaw in walk.read(row)] + list(walk.end())
    return [(flaw.where, flaw.what) for flaw in flaws]


def test_a_book_nobody_touched_has_no_flaw() -> None:
    rows, batches = book(14)

    assert found(rows, batches, batches[-1].digest) == []
    assert found([], []) == []


def test_a_changed_amount_is_found_by_its_row() -> None:
    rows, batches = book()
    forged = entry(Posting(Account.BASE, 999, 5), Posting(Account.COMPANY, -999), key="k6")
    rows[5] = replace(rows[5], entry=forged)
    assert found(rows, batches) == [("entry:6", "changed")]

    rows[5] = replace(rows[5], digest=ledger.digest(forged))
    assert found(rows, batches) == [("batch:2", "broken")]


@pytest.mark.parametrize(
    "field", ["at", "at_source", "about", "period", "version", "refs", "by", "reverses", "kind", "key"]
)
def test_every_part_of_an_entry_is_hashed(field: str) -> None:
    other = {
        "at": AT + timedelta(microseconds=1), "at_source": "platform", "about": OCTOBER, "period": OCTOBER,
        "version": "x", "refs": ("deal:1",), "by": (1,), "reverses": 3, "kind": Kind.REVERSAL, "key": "other",
    }[field]  # fmt: skip
    one = entry(Posting(Account.BASE, 1, 5), Posting(Account.COMPANY, -1))

    assert ledger.digest(replace(one, **{field: other})) != ledger.digest(one)  # type: ignore[arg-type]


def test_the_moment_is_hashed_whatever_zone_it_is_told_in_and_the_order_of_postings_does_not_matter() -> None:
    one = entry(Posting(Account.BASE, 1, 5), Posting(Account.SMS, 2, 5), Posting(Account.COMPANY, -3))

    assert ledger.digest(replace(one, at=AT.astimezone(UTC))) == ledger.digest(one)
    assert ledger.digest(replace(one, postings=one.postings[::-1])) == ledger.digest(one)
    assert ledger.digest(replace(one, postings=(Posting(Account.BASE, 1, 6), *one.postings[1:]))) != ledger.digest(one)


@claim
@given(st.randoms(use_true_random=False), st.sampled_from(["delete", "insert", "swap", "cut", "batch", "forge"]))
def test_whatever_is_done_to_a_sealed_book_is_found(chance: random.Random, deed: str) -> None:
    rows, batches = book(16)
    head = batches[-1].digest
    at = chance.randrange(len(rows))
    if deed == "delete":
        del rows[at]
    elif deed == "insert":
        extra = entry(Posting(Account.BASE, 1, 6), Posting(Account.COMPANY, -1), key="extra")
        rows.insert(at, Booked(rows[at].id, extra, ledger.digest(extra)))
    elif deed == "swap":
        other = (at + chance.randrange(1, len(rows))) % len(rows)
        rows[at], rows[other] = replace(rows[at], id=rows[other].id), replace(rows[other], id=rows[at].id)
        rows.sort(key=lambda one: one.id)
    elif deed == "cut":
        rows, batches = rows[:12], batches[:3]
    elif deed == "batch":
        del batches[chance.randrange(len(batches))]
    else:
        n = chance.randrange(len(batches))
        batches[n] = replace(batches[n], sealed_at=AT + timedelta(hours=1))

    assert found(rows, batches, head)


def test_nothing_is_sealed_from_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        ledger.seal(None, [], "day", AT)


def test_an_entry_is_the_same_whenever_and_by_whomever_it_is_said_again_and_not_with_another_figure() -> None:
    first = ledger.post_fine(assessed(), 1, HALF, NOVEMBER, AT)

    assert ledger.same(first, replace(first, at=AT + timedelta(days=3), by=(9,)))
    for other in (
        replace(first, key="another"),
        replace(first, reverses=2),
        replace(first, period=DECEMBER),
        ledger.post_fine(assessed(), 1, Fraction(1), NOVEMBER, AT),
    ):
        assert not ledger.same(first, other)
