"""A month under the guards: the floor has a line of its own, nothing is taken twice, and no guard lowers anybody's pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules import wording
from core.rules.calendar import Month
from core.rules.closing import Adjusted, Due
from core.rules.guarded_pay import due
from core.rules.pay import Component, DealFact, PersonMonth, statement
from core.rules.pay_guards import Deduction
from core.rules.pay_sums import Payroll
from core.rules.people import Role, Status
from core.rules.policy import Version
from tests.rules.paydesk import NOVEMBER, OCTOBER, RULES, amended, fen, own
from tests.rules.test_pay_properties import facts
from tests.rules.test_pay_sums import summed

FLOOR = amended("[version.pay]\nmin_wage = 2000")
CAPPED = amended('[version.guards]\ndeduction_cap = "20%"')
BOTH = amended('[version.pay]\nmin_wage = 2000\n[version.guards]\ndeduction_cap = "20%"')
TWICE = amended("[version.guards]\none_penalty = false")
ME = PersonMonth("me", NOVEMBER, Role.CLERK)


def fine(id_: int, yuan: int = 50, fact: str | None = None) -> Deduction:
    return Deduction(f"fine:{id_}", "weekly", fact or f"weekly:2026-W{40 + id_}", date(2026, 11, 7 + id_), fen(yuan))


def month(rules: Version, sold: int, *wanted: Deduction, refunded: int = 0, carried: int = 0) -> Due:
    changes = [Adjusted(OCTOBER, fen(refunded), "refund:1")] if refunded else []
    return due(rules, ME, statement(rules, ME, [own(sold)]), changes, fen(carried), wanted)


def test_without_fines_and_without_a_minimum_nothing_changes() -> None:
    made = statement(RULES, ME, [own(26500)])

    assert due(RULES, ME, made) == Due(made)


def test_fines_come_off_the_month_and_it_is_said_that_no_guard_watches() -> None:
    found = month(RULES, 8000, fine(1), fine(2), fine(3), fine(4))

    assert (found.statement.total, found.deducted, found.payable) == (75000, 20000, 55000)
    assert [wording.note(note) for note in found.statement.notes if note.key.startswith("guard")] == [
        "扣减合计 200.00,超过当月工资的 20%(工资支付暂行规定第 16 条);公司没有设上限",
        "扣减 200.00;没有填当地最低工资,无法核对下限",
    ]


def test_a_fifth_of_the_wage_without_its_top_up_is_the_most_that_is_taken() -> None:
    """750 tops up to 2 000: a fifth of the 750 is 150, and below the floor nothing is taken at all."""
    assert month(CAPPED, 8000, *(fine(n) for n in range(1, 6))).deducted == 15000
    assert month(BOTH, 8000, *(fine(n) for n in range(1, 6))).deducted == 0


def test_the_top_up_is_a_line_of_its_own_and_lines_still_add_up() -> None:
    found = month(FLOOR, 26500, fine(1), refunded=-900)
    made = found.statement

    # 750 + 660 = 1 410: 590 up to the floor, and the 900 that a refund took back beside it; the fine is dropped.
    assert [(line.component, line.amount) for line in made.lines[-1:]] == [(Component.TOP_UP, fen(1490))]
    assert sum(line.amount for line in made.lines) == made.total
    assert (found.deducted, found.payable) == (0, fen(2000))
    assert "guard_floor" in {note.key for note in made.notes}


def test_what_is_paid_back_about_an_earlier_month_hides_no_shortfall_of_this_one() -> None:
    found = month(FLOOR, 8000, refunded=800)

    assert (found.statement.top_up, found.payable) == (fen(1250), fen(2800))


def test_nothing_is_taken_from_a_pay_that_is_not_settled() -> None:
    for who in (replace(ME, status=Status.TRAINING), replace(ME, role=Role.ASSISTANT)):
        found = due(BOTH, who, statement(BOTH, who, []), wanted=[fine(1)])
        assert (found.taken, found.deducted) == ((), 0)


def test_late_and_missing_is_one_fact() -> None:
    twice = [fine(1, fact="weekly:2026-W47"), replace(fine(2), fact="weekly:2026-W47", amount=fen(80))]

    assert month(RULES, 26500, *twice).deducted == fen(80)
    assert month(TWICE, 26500, *twice).deducted == fen(130)


fines = st.lists(
    st.builds(fine, st.integers(1, 9), st.integers(1, 300)), max_size=5, unique_by=lambda one: one.id
)  # fmt: skip
changes = st.lists(
    st.builds(Adjusted, st.just(Month(2026, 9)), st.integers(-200_000, 200_000), st.just("x")), max_size=2
)


@settings(deadline=None, max_examples=150)
@given(facts(), fines, changes, st.integers(-100_000, 0), st.integers(1, 300_000), st.integers(0, 10_000))
def test_turning_a_guard_on_never_lowers_anybodys_pay_and_the_floor_holds(
    given_facts: tuple[PersonMonth, list[DealFact]],
    wanted: list[Deduction],
    later: list[Adjusted],
    carried: int,
    minimum: int,
    cap: int,
) -> None:
    who, deals = given_facts
    floor, share = f"[version.pay]\nmin_wage = {minimum // 100}.{minimum % 100:02d}", f"{cap // 100}.{cap % 100:02d}"
    guard = f'[version.guards]\ndeduction_cap = "{share}%"'

    def pays(rules: Version) -> Due:
        return due(rules, who, statement(rules, who, deals), later, carried, wanted)

    off, on = pays(TWICE), [pays(RULES), pays(amended(floor)), pays(amended(guard)), pays(amended(floor, guard))]
    assert all(off.payable <= one.payable for one in on)
    assert all(sum(line.amount for line in one.statement.lines) == one.statement.total for one in on)
    assert all(0 <= one.deducted <= off.deducted for one in on)
    if who.presence == 1:
        assert min(on[1].payable, on[3].payable) >= minimum


@settings(deadline=None, max_examples=60)
@given(facts(), fines, st.integers(-100_000, 0))
def test_the_guards_say_the_same_of_sums_and_of_lines(
    given_facts: tuple[PersonMonth, list[DealFact]], wanted: list[Deduction], carried: int
) -> None:
    who, deals = given_facts
    quick = Payroll(BOTH, NOVEMBER).statement(who, summed(BOTH, "me", who.role, deals))

    one, other = (due(BOTH, who, made, (), carried, wanted) for made in (quick, statement(BOTH, who, deals)))

    assert (one.payable, one.taken, one.statement.top_up) == (other.payable, other.taken, other.statement.top_up)
    assert Fraction(one.deducted) <= Fraction(one.statement.total - one.statement.top_up) / 5
