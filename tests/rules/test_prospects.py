"""What the next deal is worth: base and commission together, to the fen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from core.rules.pay import Component, DealKind, PersonMonth, TeamMonth, statement
from core.rules.people import Role, Status
from core.rules.prospects import change, compare, next_basis, next_bracket, what_if
from tests.rules.paydesk import NOVEMBER, RULES, amended, fen, given, own, person, slices, sms, visited

HEROINE = [own(19500), given(7000), sms(1200)]  # 林晓燕 in November: 26,500, 1,376.00


def test_8000_more_are_worth_345_and_265_with_a_reps_visit() -> None:
    alone = what_if(RULES, person(), HEROINE, fen(8000))
    together = what_if(RULES, person(), HEROINE, fen(8000), DealKind.DELEGATED)

    assert (alone.before.total, alone.total, alone.after.total) == (fen(1376), fen(345), fen(1721))
    assert slices(alone.lines) == [(fen(5500), "1/25", fen(220)), (fen(2500), "1/20", fen(125))]
    assert alone.after.performance == fen(34500)
    assert (together.total, together.shares) == (fen(265), -fen(80))


def test_5500_more_reach_the_five_percent_bracket() -> None:
    step = next_bracket(RULES, person(), HEROINE)

    assert step is not None
    assert (step.gap, step.threshold, step.rate) == (fen(5500), fen(32000), Fraction(5, 100))
    assert step.worth.total == fen(220)


def test_the_deal_waiting_for_confirmation_says_what_it_will_be_worth() -> None:
    assert change(RULES, person(), [own(14500), given(7000)], [own(5000, day=20)]).total == fen(200)


def test_2000_more_bring_the_base_back() -> None:
    step = next_basis(RULES, person(), [own(6000)])

    assert step is not None
    assert (step.gap, step.worth.base, step.worth.total) == (fen(2000), fen("187.50"), fen("187.50"))
    assert (step.threshold, step.rate) == (fen(8000), Fraction(1))


def test_below_the_basis_the_worth_is_base_and_commission_together() -> None:
    more = what_if(RULES, person(), [own(6000)], fen(5000))

    assert (more.total, more.base, more.commission) == (fen("277.50"), fen("187.50"), fen(90))
    assert slices(more.lines) == [(fen(3000), "3/100", fen(90))]


def test_sms_pays_flat_and_a_visit_pays_the_visitor() -> None:
    assert what_if(RULES, person(), HEROINE, fen(1000), DealKind.SMS).sms == fen(30)
    visit = what_if(RULES, person(Role.REP), [], fen(7000), as_visitor=True)
    assert (visit.total, visit.shares) == (fen(70), fen(70))


def test_a_visit_by_somebody_outside_the_named_pairs_costs_nothing() -> None:
    assert what_if(RULES, person(), HEROINE, fen(8000), DealKind.DELEGATED, visitor=Role.SUPERVISOR).total == fen(345)


@pytest.mark.parametrize(
    ("role", "sold", "threshold"),
    [
        (Role.CLERK, "0", 8000),
        (Role.CLERK, "8000", 16000),
        (Role.CLERK, "16000", 32000),
        (Role.CLERK, "32000", None),
        (Role.REP, "4999.99", 5000),
        (Role.REP, "23000", 35000),
        (Role.REP, "35000", None),
    ],
)
def test_on_an_edge_the_next_bracket_is_the_one_after(role: Role, sold: str, threshold: int | None) -> None:
    step = next_bracket(RULES, person(role), [own(sold, role=role)])

    assert (step.threshold if step else None) == (None if threshold is None else fen(threshold))


def test_with_whole_amounts_the_gap_leads_just_across_the_edge() -> None:
    rules = amended('[version.pay.commission]\nmode = "whole"')

    first = next_bracket(rules, person(), [own(7000)])
    second = next_bracket(rules, person(), [own(16000)])

    assert first is not None
    assert (first.gap, first.worth.commission) == (fen(1000), fen(240))
    assert second is not None
    assert (second.gap, second.worth.commission) == (1, fen(160))


def test_nobody_in_training_or_behind_a_desk_is_promised_a_bracket() -> None:
    assert next_bracket(RULES, person(status=Status.TRAINING), []) is None
    assert next_bracket(RULES, person(Role.ASSISTANT), []) is None


@pytest.mark.parametrize(
    ("who", "sold"),
    [
        (person(), "8000"),
        (person(Role.SUPERVISOR), "1"),
        (person(status=Status.TRAINING), "1"),
        (person(status=Status.PROBATION, nth=0), "1"),
    ],
)
def test_no_basis_is_missing_where_it_is_reached_or_does_not_bind(who: PersonMonth, sold: str) -> None:
    assert next_basis(RULES, who, [own(sold, role=who.role)]) is None


def test_a_part_months_basis_is_its_part() -> None:
    step = next_basis(RULES, person(presence=Fraction(1, 3)), [own(100)])

    assert step is not None
    assert step.threshold == 266667
    assert step.worth.after.base == fen(250)


def supervisor(total: int, target: int | None) -> PersonMonth:
    leads = (TeamMonth("飞虎", fen(total), None if target is None else fen(target)),)
    return PersonMonth("me", NOVEMBER, Role.SUPERVISOR, leads=leads)


def test_a_supervisor_100_short_sees_what_100_would_bring() -> None:
    step = next_bracket(RULES, supervisor(100900, 101000), [])

    assert step is not None
    assert (step.gap, step.rate, step.worth.total) == (fen(100), Fraction(3, 200), fen("1515") - fen("1009"))


def test_above_150_percent_means_one_fen_more() -> None:
    step = next_bracket(RULES, supervisor(150000, 100000), [])

    assert step is not None
    assert (step.gap, step.threshold) == (1, fen(150000) + 1)


def test_a_supervisor_at_the_top_or_without_a_target_has_no_next_rate() -> None:
    assert next_bracket(RULES, supervisor(160000, 100000), []) is None
    assert next_bracket(RULES, supervisor(1, None), []) is None
    assert next_bracket(RULES, person(Role.MANAGER), []) is None


def test_a_supervisors_own_deal_moves_the_team() -> None:
    more = what_if(RULES, supervisor(53500, 80000), [], fen(3800))

    assert (more.before.total, more.after.total) == (0, fen(573))


def test_a_refund_posts_the_difference_of_the_original_month_to_everybody_concerned() -> None:
    """The delegated 7,000 falls away: clerk, rep, supervisor and manager each get the difference, nothing else."""
    before = [own(26400), given(7000)]
    after = [own(26400)]
    seller = compare(statement(RULES, person(), before), statement(RULES, person(), after))
    visitor = compare(statement(RULES, person(Role.REP), [visited(7000)]), statement(RULES, person(Role.REP), []))
    head = supervisor(145100, 140000)
    lower = replace(head, leads=(TeamMonth("领航", fen(138100), fen(140000)),))
    leader = compare(statement(RULES, head, []), statement(RULES, lower, []))

    assert (seller.commission, seller.shares, seller.total) == (-fen(294), fen(70), -fen(224))
    assert (visitor.shares, visitor.base) == (-fen(70), 0)
    assert leader.total == fen(1381) - fen("2176.50")


def test_a_change_has_every_component() -> None:
    rules = amended("[version.pay]\nmin_wage = 1000")
    more = what_if(rules, person(), [own(8000)], fen(1000))

    assert more.top_up == -fen(30)
    assert more.total == more.base + more.commission + more.shares + more.sms + more.top_up == 0
    assert [line.component for line in more.lines] == [Component.COMMISSION]
