"""Guards on deductions: a floor, a cap, one penalty for one fact; none of them ever lowers anybody's pay."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules import wording
from core.rules.pay_guards import Deduction, Guards, Reason, guard
from tests.rules.paydesk import RULES, amended, fen

FIFTH = Fraction(20, 100)
claim = settings(deadline=None, max_examples=200)


def fine(id_: int, yuan: int = 50, fact: str | None = None, day: int = 21) -> Deduction:
    return Deduction(id_, "weekly", fact or f"weekly:{id_}", date(2026, 11, day), fen(yuan))


def left(guards: Guards, wage: int, *deductions: Deduction, adjustments: int = 0) -> list[int]:
    return [one.amount for one in guard(guards, fen(wage), fen(adjustments), deductions).taken]


def test_without_figures_everything_is_taken_and_said() -> None:
    made = guard(Guards(), fen(700), 0, [fine(1), fine(2), fine(3)])

    assert [one.amount for one in made.taken] == [5000, 5000, 5000]
    assert made.net == fen(550)
    said = [wording.note(note) for note in made.notes]
    assert said == [
        "扣减合计 150.00,超过当月工资的 20%(工资支付暂行规定第 16 条);公司没有设上限",
        "扣减 150.00;没有填当地最低工资,无法核对下限",
    ]
    assert all(wording.note(note, "en") for note in made.notes)


def test_a_fifth_of_the_months_wage_is_the_cap_and_the_rest_is_dropped() -> None:
    """20 % of 700 is 140: the third fine of 50 leaves 40, the fourth nothing."""
    made = guard(Guards(cap=FIFTH), fen(700), 0, [fine(1), fine(2), fine(3), fine(4)])

    assert [(one.amount, one.dropped, one.reason) for one in made.taken] == [
        (5000, 0, None),
        (5000, 0, None),
        (4000, 1000, Reason.CAP),
        (0, 5000, Reason.CAP),
    ]
    assert wording.note(made.notes[0]) == "扣减不超过当月工资的 20%:60.00 不扣,也不顺延"


def test_the_cap_is_never_passed_by_a_fen() -> None:
    assert guard(Guards(cap=FIFTH), 24_999, 0, [fine(1, 60)]).taken[0].amount == 4_999


def test_deductions_stop_at_the_minimum_wage_and_a_shortfall_is_topped_up() -> None:
    floor = Guards(minimum=fen(2000))

    assert left(floor, 2030, fine(1)) == [3000]
    assert left(floor, 2050, fine(1)) == [5000]
    assert left(floor, 2100, fine(1), adjustments=-80) == [2000]
    short = guard(floor, fen(1500), 0, [fine(1)])
    assert (short.taken[0].reason, short.top_up, short.net) == (Reason.FLOOR, fen(500), fen(2000))


def test_one_fact_is_penalised_once_by_the_larger_figure() -> None:
    once = Guards(one_penalty=True)
    late, missing = fine(1, 50, "weekly:2026-W47"), fine(2, 80, "weekly:2026-W47", day=23)

    assert left(once, 3000, late, missing) == [0, 8000]
    assert left(once, 3000, late, replace(missing, amount=fen(50))) == [5000, 0]
    assert left(Guards(), 3000, late, missing) == [5000, 8000]


def test_the_order_is_fixed_by_date_then_rule_then_id() -> None:
    third, first = fine(3, day=22), fine(1, day=20)
    second = replace(fine(2, day=22), rule="monthly")

    made = guard(Guards(cap=FIFTH), fen(600), 0, [third, second, first])

    assert [(one.deduction.id, one.amount) for one in made.taken] == [(1, 5000), (2, 5000), (3, 2000)]


def test_the_policy_says_which_guards_are_on() -> None:
    assert Guards.of(RULES) == Guards(minimum=None, cap=None, one_penalty=True)
    rules = amended('[version.pay]\nmin_wage = 2000\n[version.guards]\ndeduction_cap = "15%"\none_penalty = false')

    assert Guards.of(rules, Fraction(1, 3)) == Guards(minimum=66667, cap=Fraction(15, 100), one_penalty=False)
    assert Guards.of(rules).minimum == fen(2000)  # a whole month, where nothing is said


wages = st.integers(0, 1_000_000)
adjusted = st.one_of(st.just(0), st.integers(-300_000, 300_000))
floors = st.one_of(st.none(), st.integers(1, 300_000))
caps = st.one_of(st.none(), st.builds(Fraction, st.integers(0, 10_000), st.just(10_000)))


@st.composite
def deductions(draw: st.DrawFn) -> list[Deduction]:
    return [
        Deduction(n, draw(st.sampled_from(["late", "missing"])), draw(st.sampled_from("abc")),
                  date(2026, 11, draw(st.integers(1, 30))), draw(st.integers(1, 60_000)))
        for n in range(draw(st.integers(0, 6)))
    ]  # fmt: skip


@claim
@given(wages, adjusted, deductions(), floors, caps, st.booleans())
def test_turning_a_guard_on_never_lowers_anybodys_pay(
    wage: int, adjustments: int, wanted: list[Deduction], minimum: int | None, cap: Fraction | None, once: bool
) -> None:
    on = Guards(minimum, cap, once)
    net = guard(on, wage, adjustments, wanted).net

    for off in (replace(on, minimum=None), replace(on, cap=None), replace(on, one_penalty=False), Guards()):
        assert guard(off, wage, adjustments, wanted).net <= net


@claim
@given(wages, adjusted, deductions(), floors, caps, st.booleans(), st.randoms(use_true_random=False))
def test_the_guards_hold_whatever_is_deducted_and_in_whatever_order_it_is_told(
    wage: int,
    adjustments: int,
    wanted: list[Deduction],
    minimum: int | None,
    cap: Fraction | None,
    once: bool,
    chance: random.Random,
) -> None:
    guards = Guards(minimum, cap, once)
    made = guard(guards, wage, adjustments, wanted)
    total = sum(one.amount for one in made.taken)
    shuffled: Sequence[Deduction] = chance.sample(wanted, len(wanted))

    assert made == guard(guards, wage, adjustments, shuffled)
    assert {one.deduction for one in made.taken} == set(wanted)
    assert all(0 <= one.amount <= one.deduction.amount for one in made.taken)
    assert all((one.reason is None) == (one.dropped == 0) for one in made.taken)
    assert made.net == wage + adjustments - total + made.top_up
    if minimum is not None:
        assert made.net >= minimum
        assert total == 0 or wage + adjustments - total >= minimum
    if cap is not None:
        assert total <= cap * wage
    if once:
        facts = [one.deduction.fact for one in made.taken if one.amount]
        assert len(facts) == len(set(facts))


@pytest.mark.parametrize("base", [70000, 75000])
def test_the_figures_of_the_rules(base: int) -> None:
    """Five Saturdays are 250: a fifth of either base stops it at 140 or 150."""
    five = [fine(n, day=n) for n in range(1, 6)]

    assert sum(left(Guards(cap=FIFTH), base // 100, *five)) == base // 5


def test_a_company_with_a_cap_of_its_own_is_not_told_that_it_has_none() -> None:
    """200 of 700 is more than a fifth and less than the half that the company allows."""
    made = guard(Guards(cap=Fraction(1, 2)), fen(700), 0, [fine(1, 200)])

    assert [one.amount for one in made.taken] == [fen(200)]
    assert {note.key for note in made.notes} == {"guard_floor_off"}


def test_a_fifth_itself_needs_no_word() -> None:
    assert {note.key for note in guard(Guards(), fen(700), 0, [fine(1, 140)]).notes} == {"guard_floor_off"}
