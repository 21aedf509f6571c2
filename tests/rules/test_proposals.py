"""Proposals: probation, grades, elimination or warning. Never automatic, never without their figures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest

from core.rules.calendar import Month
from core.rules.pay import PastMonth, statement
from core.rules.people import Role, Status
from core.rules.policy import Version
from core.rules.proposals import Act, Ranked, last_ranked, proposals
from tests.rules.paydesk import OCTOBER, RULES, Yuan, amended, fen, own, past, person, sms, visited

SEPTEMBER = Month(2026, 9)


def proposed(
    sold: Yuan,
    status: Status = Status.REGULAR,
    nth: int = 0,
    before: Sequence[PastMonth] = (),
    *,
    role: Role = Role.CLERK,
    presence: Fraction = Fraction(1),
    rules: Version = RULES,
    last: bool = False,
) -> list[tuple[str, str]]:
    """(act, reason) for a month with this much sold."""
    who = person(role, status, nth, presence, before)
    deals = [own(sold, role=role)] if sold else []
    return [(p.act.value, p.reason) for p in proposals(rules, who, statement(rules, who, deals), last=last)]


def trial(amount: Yuan, month: Month = OCTOBER) -> PastMonth:
    return past(amount, Status.PROBATION, month)


@pytest.mark.parametrize(
    ("nth", "before", "sold", "acts"),
    [
        (1, [], "8000", ["regularise"]),
        (1, [], "7999.99", []),
        (1, [], "0", ["warn"]),
        (2, [trial("7500")], "7500", ["regularise"]),
        (2, [trial("7500")], "7499.99", ["eliminate"]),
        (2, [trial("0")], "15000", ["regularise"]),
        (2, [trial("7000")], "0", ["eliminate"]),
        (2, [trial("4800")], "10600", ["regularise"]),
        (0, [], "0", []),
        (1, [trial("3000")], "5000", ["regularise"]),
        (2, [trial("5000"), trial("3000", SEPTEMBER)], "7000", ["regularise"]),
        (1, [past("9000", Status.TRAINING)], "5000", []),
    ],
)
def test_probation_is_judged_by_its_months_together(
    nth: int, before: list[PastMonth], sold: Yuan, acts: list[str]
) -> None:
    found = proposed(int(sold) if sold == "0" else sold, Status.PROBATION, nth, before)

    assert [act for act, _ in found] == acts


def test_a_policy_may_leave_a_month_of_nothing_in_probation_unsaid() -> None:
    rules = amended('[version.pay.probation]\nzero = "none"')

    assert proposed(0, Status.PROBATION, 1, rules=rules) == []


BOTH = [("eliminate", "months_below"), ("warn", "months_below")]


@pytest.mark.parametrize(
    ("before", "sold", "found"),
    [
        ([past("7200")], "6000", BOTH),
        ([past("7999.99")], "7999.99", BOTH),
        ([past("8000")], "6000", []),
        ([past("7200")], "8000", []),
        ([], "6000", []),
        ([past("7000", month=SEPTEMBER)], "6000", []),
        ([trial("7500")], "7000", []),
        ([trial("7500"), trial("7500", SEPTEMBER)], "7000", []),
        ([trial("8000")], "7000", []),
    ],
)
def test_two_regular_months_in_a_row_below_the_basis_offer_both_and_probation_is_no_part_of_them(
    before: list[PastMonth], sold: Yuan, found: list[tuple[str, str]]
) -> None:
    assert proposed(sold, before=before) == found


def test_a_part_month_is_measured_by_its_part_of_the_basis() -> None:
    half = PastMonth(OCTOBER, fen(4000), presence=Fraction(1, 2))

    assert proposed(6000, before=[half]) == []
    assert proposed(4000, before=[past(7000)], presence=Fraction(1, 2)) == []
    assert proposed(3999, before=[past(7000)], presence=Fraction(1, 2)) == BOTH


def test_a_month_of_nothing_offers_both_at_once() -> None:
    assert proposed(0) == [("eliminate", "zero_month"), ("warn", "zero_month")]


def test_a_month_of_nothing_is_tested_on_everything_confirmed() -> None:
    who = person(Role.REP)
    visits, orders = [visited(7000)], [sms(1200, role=Role.REP)]

    assert proposals(RULES, who, statement(RULES, who, visits)) == ()
    assert proposals(RULES, who, statement(RULES, who, orders)) == ()


def test_a_longer_run_can_be_asked_for() -> None:
    three = amended("[version.elimination]\nmonths_below = 3")
    before = [past("7000"), past("7000", month=SEPTEMBER)]

    assert proposed(6000, before=before, rules=three) == BOTH
    assert proposed(6000, before=before[:1], rules=three) == []


def test_the_companys_minimum_is_off_until_it_is_named() -> None:
    rules = amended("[version.elimination]\nmin = 3000")

    assert proposed("2999.99") == []
    assert proposed("2999.99", rules=rules) == [("eliminate", "below_minimum"), ("warn", "below_minimum")]
    assert proposed("3000", rules=rules) == []
    assert proposed("1500", rules=rules, presence=Fraction(1, 2)) == []


def test_the_evidence_names_months_and_figures() -> None:
    who = person(past=[past("7200")])

    found = proposals(RULES, who, statement(RULES, who, [own(6000)]))[0]

    assert found.evidence == {"months": (("2026-10", 720000), ("2026-11", 600000)), "basis": 800000}


@pytest.mark.parametrize("status", [Status.TRAINING, Status.LEFT])
def test_nothing_is_proposed_for_trainees_and_leavers(status: Status) -> None:
    assert proposed(0, status, before=[past(0)], last=True) == []


def test_nothing_is_proposed_for_who_was_not_there_or_does_not_sell() -> None:
    assert proposed(0, presence=Fraction(0)) == []
    assert proposed(0, role=Role.SUPERVISOR, before=[past(0)]) == []


GRADES = amended("[version.pay]\nclerk_grades = [{ from = 16000, base = 850 }, { from = 32000, base = 1000 }]")


def test_sales_of_a_higher_grade_propose_a_promotion() -> None:
    assert proposed(16000, rules=GRADES) == [("promote", "grade")]
    assert proposed(20000, rules=GRADES, before=[past(20000)]) == []
    assert proposed(32000, rules=GRADES, before=[past(20000)]) == [("promote", "grade")]
    assert proposed(9000, rules=GRADES, before=[past(20000)]) == []
    assert proposed(32000, rules=GRADES, role=Role.REP) == []
    assert proposed(32000) == []


# --- The last three (33) ------------------------------------------------------------------------------------------------


def ranked(*amounts: int, status: Status = Status.REGULAR, leave: int = 0) -> list[Ranked]:
    return [Ranked(n, Role.CLERK, status, amount, leave) for n, amount in enumerate(amounts)]


def test_with_ten_ranked_the_lowest_three_are_the_last() -> None:
    assert last_ranked(RULES, ranked(5, 3, 9, 8, 7, 6, 10, 11, 1, 2)) == {1, 8, 9}


def test_with_nine_ranked_nobody_is_last() -> None:
    assert last_ranked(RULES, ranked(5, 3, 9, 8, 7, 6, 10, 11, 1)) == frozenset()


def test_who_ties_across_the_edge_is_left_out() -> None:
    assert last_ranked(RULES, ranked(1, 2, 3, 3, 7, 6, 10, 11, 12, 20)) == {0, 1}
    assert last_ranked(RULES, ranked(1, 1, 1, 1, 7, 6, 10, 11, 12, 20)) == frozenset()
    assert last_ranked(RULES, ranked(1, 1, 1, 2, 7, 6, 10, 11, 12, 20)) == {0, 1, 2}


def test_probation_leave_and_other_posts_are_not_ranked() -> None:
    nine = ranked(5, 3, 9, 8, 7, 6, 10, 11, 1)

    assert last_ranked(RULES, [*nine, Ranked(99, Role.REP, Status.PROBATION, 0)]) == frozenset()
    assert last_ranked(RULES, [*nine, Ranked(99, Role.REP, Status.REGULAR, 0, leave_days=10)]) == frozenset()
    assert last_ranked(RULES, [*nine, Ranked(99, Role.SUPERVISOR, Status.REGULAR, 0)]) == frozenset()
    assert last_ranked(RULES, [*nine, Ranked(99, Role.REP, Status.REGULAR, 0, leave_days=9)]) == {99, 8, 1}


def test_the_rule_can_be_switched_off() -> None:
    off = amended("[version.elimination]\nlast = 0")

    assert last_ranked(off, ranked(*range(20))) == frozenset()


def test_the_last_three_offer_both() -> None:
    assert proposed(9000, last=True) == [("eliminate", "last_ranked"), ("warn", "last_ranked")]


def test_acts_keep_their_order_with_several_reasons() -> None:
    found = [act for act, _ in proposed(6000, before=[past("7200")], last=True)]

    assert found == [Act.ELIMINATE, Act.ELIMINATE, Act.WARN, Act.WARN]
