"""What holds for any facts: pay never punishes a sale, never depends on order, and always adds up.

The exact model is written from the tables of the rules, in yuan and fractions, without the code under test.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.rules.pay import Component, DealFact, DealKind, PersonMonth, Statement, TeamMonth, statement
from core.rules.people import AGENTS, Role, Status
from core.rules.policy import Version
from core.rules.prospects import change, compare, next_basis, next_bracket, what_if
from tests.rules.paydesk import NOVEMBER, RULES, amended

claim = settings(deadline=None, max_examples=100)

WHOLE = amended('[version.pay.commission]\nmode = "whole"')
CAPPED = amended('[version.pay.commission]\ntop = "cap"')
COMPANY = amended('[version.pay.delegation]\nfunding = "company"')
COUNTED = amended("[version.pay.sms]\ncounts = true")
FLOORED = amended("[version.pay]\nmin_wage = 1500")
MARGINAL = amended('[version.pay.supervisor]\nmode = "marginal"', '[version.pay.manager]\ntop = "cap"')
VERSIONS = [RULES, WHOLE, CAPPED, COMPANY, COUNTED, FLOORED, MARGINAL]

EDGES = [0, 1, 500000, 800000, 1200000, 1600000, 2300000, 3200000, 3500000, 5000000]
near_edges = st.builds(lambda edge, off: max(0, edge + off), st.sampled_from(EDGES), st.integers(-150, 150))
amounts = st.one_of(st.integers(0, 8_000_000), near_edges)
agents = st.sampled_from([Role.CLERK, Role.REP])
versions = st.sampled_from(VERSIONS)
shares = st.builds(lambda here, days: Fraction(min(here, days), days), st.integers(1, 23), st.integers(18, 23))


@st.composite
def facts(draw: st.DrawFn) -> tuple[PersonMonth, list[DealFact]]:
    """Somebody who sells, with deals of every kind on either side."""
    role = draw(agents)
    status, nth = draw(
        st.sampled_from([(Status.REGULAR, 0), (Status.PROBATION, 0), (Status.PROBATION, 2), (Status.LEFT, 0)])
    )
    who = PersonMonth(
        "me", NOVEMBER, role, status, months_in_probation=nth, presence=draw(st.one_of(st.just(Fraction(1)), shares))
    )
    deals = []
    for n in range(draw(st.integers(0, 7))):
        kind = draw(st.sampled_from(list(DealKind)))
        as_visitor = kind is DealKind.DELEGATED and draw(st.booleans())
        other = draw(agents)
        deals.append(
            DealFact(
                id=n,
                seller="you" if as_visitor else "me",
                seller_role=other if as_visitor else role,
                signed_on=date(2026, 11, draw(st.integers(1, 30))),
                amount=draw(amounts),
                kind=kind,
                visitor=None if kind is not DealKind.DELEGATED else ("me" if as_visitor else "you"),
                visitor_role=None if kind is not DealKind.DELEGATED else (role if as_visitor else other),
                team="T",
            )
        )
    return who, deals


def sale(amount: int, role: Role, kind: DealKind = DealKind.OWN) -> DealFact:
    return DealFact("sale", "me", role, date(2026, 11, 9), amount, kind, team="T")


def paid(version: Version, role: Role, sold: int) -> Statement:
    return statement(version, PersonMonth("me", NOVEMBER, role), [sale(sold, role)])


# --- The exact model ----------------------------------------------------------------------------------------------------

CLERK_TABLE = [(8000, 16000, 3), (16000, 32000, 4), (32000, None, 5)]
REP_TABLE = [(5000, 12000, 3), (12000, 23000, 4), (23000, 35000, 5), (35000, None, 6)]


def exact_commission(role: Role, sold: int) -> Fraction:
    """In fen, unrounded."""
    yuan, pay = Fraction(sold, 100), Fraction(0)
    for low, high, percent in CLERK_TABLE if role is Role.CLERK else REP_TABLE:
        top = yuan if high is None else min(yuan, Fraction(high))
        pay += max(Fraction(0), top - low) * percent / 100
    return pay * 100


@claim
@given(agents, amounts)
def test_commission_differs_from_the_exact_model_by_less_than_a_fen(role: Role, sold: int) -> None:
    made = paid(RULES, role, sold)
    exact_base = Fraction(75000) * min(Fraction(1), Fraction(sold, 800000))

    assert abs(made.commission - exact_commission(role, sold)) <= Fraction(1, 2)
    assert abs(made.base - exact_base) <= Fraction(1, 2)


@claim
@given(facts())
def test_every_component_is_rounded_once(given_facts: tuple[PersonMonth, list[DealFact]]) -> None:
    who, deals = given_facts
    made = statement(RULES, who, deals)

    for component in Component:
        lines = made.of(component)
        exact = sum((line.base * line.rate for line in lines), Fraction(0))
        assert abs(sum(line.amount for line in lines) - exact) <= Fraction(1, 2)


# --- Selling more ---------------------------------------------------------------------------------------------------------


@claim
@given(versions, agents, amounts, st.integers(0, 3_000_000))
def test_commission_base_and_total_never_fall_when_sales_rise(
    version: Version, role: Role, sold: int, more: int
) -> None:
    before, after = paid(version, role, sold), paid(version, role, sold + more)

    assert before.commission <= after.commission
    assert before.base <= after.base
    assert before.total <= after.total


@claim
@given(st.sampled_from([RULES, CAPPED, COMPANY]), agents, amounts)
def test_slice_by_slice_one_fen_more_never_jumps(version: Version, role: Role, sold: int) -> None:
    before, after = paid(version, role, sold), paid(version, role, sold + 1)

    assert after.commission - before.commission in (0, 1)
    assert after.base - before.base in (0, 1)


@claim
@given(versions, facts(), st.integers(0, 2_000_000), st.sampled_from([DealKind.OWN, DealKind.SMS]))
def test_no_further_sale_costs_the_seller_anything(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]], amount: int, kind: DealKind
) -> None:
    who, deals = given_facts

    more = change(version, who, deals, [sale(amount, who.role, kind)])

    assert more.total >= 0
    assert more.total == more.base + more.commission + more.shares + more.sms + more.top_up


@claim
@given(versions, facts())
def test_nobody_is_ever_paid_less_than_nothing(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]]
) -> None:
    who, deals = given_facts
    made = statement(version, who, deals)

    assert made.base >= 0
    assert made.commission >= 0
    assert made.commission + made.shares >= 0
    assert made.total >= 0


# --- Order and splitting --------------------------------------------------------------------------------------------------


@claim
@given(versions, facts(), st.randoms(use_true_random=False))
def test_the_order_of_deals_does_not_matter(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]], chance: random.Random
) -> None:
    who, deals = given_facts
    shuffled = list(deals)
    chance.shuffle(shuffled)

    assert statement(version, who, shuffled) == statement(version, who, deals)


@claim
@given(versions, facts(), st.data())
def test_splitting_a_deal_in_two_changes_no_amount(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]], data: st.DataObject
) -> None:
    who, deals = given_facts
    assume(deals)
    whole = data.draw(st.sampled_from(deals))
    part = data.draw(st.integers(0, whole.amount))
    rest = [deal for deal in deals if deal is not whole]
    halves = [replace(whole, amount=part), replace(whole, id="half", amount=whole.amount - part)]

    assert figures(statement(version, who, [*rest, *halves])) == figures(statement(version, who, deals))


def figures(made: Statement) -> Sequence[int]:
    return (
        made.base,
        made.performance,
        made.everything,
        made.commission,
        made.shares,
        made.sms,
        made.top_up,
        made.total,
    )


# --- Adding up ------------------------------------------------------------------------------------------------------------


@claim
@given(versions, facts())
def test_the_lines_add_up_to_the_total_and_each_is_its_base_times_rate_within_a_fen(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]]
) -> None:
    who, deals = given_facts
    made = statement(version, who, deals)

    assert sum(line.amount for line in made.lines) == made.total
    assert made.total == made.base + made.commission + made.shares + made.sms + made.top_up
    assert all(abs(line.amount - line.base * line.rate) < 1 for line in made.lines)


@claim
@given(versions, facts(), amounts, st.sampled_from(list(DealKind)))
def test_a_sale_and_its_refund_leave_nothing_behind(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]], amount: int, kind: DealKind
) -> None:
    """What was posted with the sale is taken back by the refund, component by component."""
    who, deals = given_facts
    without = statement(version, who, deals)
    with_sale = statement(version, who, [*deals, sale(amount, who.role, kind)])
    came, went = compare(without, with_sale), compare(with_sale, statement(version, who, deals))

    for name in ("base", "commission", "shares", "sms", "top_up", "total"):
        assert getattr(came, name) + getattr(went, name) == 0
    assert sum(line.amount for line in came.lines) == came.commission or version is WHOLE


@claim
@given(amounts, amounts)
def test_what_the_clerk_gives_and_the_company_bears_is_what_the_rep_gets(alone: int, together: int) -> None:
    deal = DealFact("d", "me", Role.CLERK, date(2026, 11, 9), together, DealKind.DELEGATED, "you", Role.REP)

    clerk = statement(RULES, PersonMonth("me", NOVEMBER, Role.CLERK), [sale(alone, Role.CLERK), deal])
    rep = statement(RULES, PersonMonth("you", NOVEMBER, Role.REP), [deal])
    given_up = -sum(line.amount for line in clerk.of(Component.SHARES) if line.rate < 0)

    assert (
        abs(given_up - rep.shares) <= 1
    )  # a slice may differ by a fen; the component below may not (docs/rules.md 55)
    assert clerk.shares == -min(rep.shares, clerk.commission)


# --- Those who lead -------------------------------------------------------------------------------------------------------


@claim
@given(st.integers(0, 20_000_000), st.integers(1, 10_000_000))
def test_attainment_is_an_exact_comparison_of_whole_numbers(total: int, target: int) -> None:
    lead = PersonMonth("me", NOVEMBER, Role.SUPERVISOR, leads=[TeamMonth("T", total, target)])
    rate = Fraction(0)
    if total * 100 >= target * 70:
        rate = Fraction(1, 100)
    if total * 100 >= target * 100:
        rate = Fraction(15, 1000)
    if total * 100 > target * 150:
        rate = Fraction(2, 100)

    made = statement(RULES, lead, [])

    assert abs(made.commission - total * rate) <= Fraction(1, 2)
    assert [line.rate for line in made.lines] == ([rate] if rate and total else [])


@claim
@given(versions, st.integers(0, 20_000_000), st.integers(0, 1_000_000), st.integers(1, 10_000_000))
def test_a_team_that_sells_more_never_costs_its_supervisor(
    version: Version, total: int, more: int, target: int
) -> None:
    def pays(sold: int, role: Role) -> int:
        lead = PersonMonth("me", NOVEMBER, role, leads=[TeamMonth("T", sold, target)])
        return statement(version, lead, []).commission

    assert pays(total, Role.SUPERVISOR) <= pays(total + more, Role.SUPERVISOR)
    assert pays(total, Role.MANAGER) <= pays(total + more, Role.MANAGER)


# --- Prospects ------------------------------------------------------------------------------------------------------------


@claim
@given(versions, facts(), amounts)
def test_what_if_is_what_happens(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]], amount: int
) -> None:
    who, deals = given_facts
    happened = statement(version, who, [*deals, sale(amount, who.role)])

    promised = what_if(version, who, deals, amount)

    assert figures(promised.after) == figures(happened)


@claim
@given(versions, facts())
def test_the_next_steps_lead_exactly_there_and_not_a_fen_too_far(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]]
) -> None:
    who, deals = given_facts
    bracket, basis = next_bracket(version, who, deals), next_basis(version, who, deals)
    if bracket is not None:
        there = [*deals, sale(bracket.gap, who.role)]
        beyond = next_bracket(version, who, there)
        assert bracket.gap > 0
        assert beyond is None or beyond.threshold > bracket.threshold
        short = next_bracket(version, who, [*deals, sale(bracket.gap - 1, who.role)])
        assert short is not None
        assert short.threshold == bracket.threshold
    if basis is not None:
        assert basis.gap > 0
        assert next_basis(version, who, [*deals, sale(basis.gap, who.role)]) is None
        assert next_basis(version, who, [*deals, sale(basis.gap - 1, who.role)]) is not None


def test_only_those_who_sell_have_brackets() -> None:
    """The tables above speak of clerks and reps; another role that sells would need its own."""
    assert {Role.CLERK, Role.REP} == AGENTS
