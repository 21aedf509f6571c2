"""Where a month ends at today's pace: the same rules over deals grown by the working days that are left."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from core.rules.pace import at_pace
from core.rules.pay import PersonMonth, TeamMonth, statement
from core.rules.people import Role
from tests.rules.paydesk import NOVEMBER, RULES, fen, own, person


def lead_of(total: int) -> PersonMonth:
    return PersonMonth("me", NOVEMBER, Role.SUPERVISOR, leads=(TeamMonth("领航", total, fen(100000)),))


def test_half_a_month_behind_it_means_twice_the_sales_and_their_brackets() -> None:
    """8,000 in ten of twenty days are 16,000: 8,000 at 3 % beside the base."""
    made = at_pace(RULES, person(), [own(8000)], 10, 20)

    assert made is not None
    assert (made.performance, made.commission) == (fen(16000), fen(240))


def test_nothing_is_said_before_the_fifth_working_day() -> None:
    assert at_pace(RULES, person(), [own(8000)], 4, 20) is None
    assert at_pace(RULES, person(), [own(8000)], 5, 20) is not None


def test_a_very_short_month_says_something_when_it_is_over_and_none_on_no_day() -> None:
    assert at_pace(RULES, person(), [own(8000)], 3, 3) == statement(RULES, person(), [own(8000)])
    assert at_pace(RULES, person(), [own(8000)], 2, 3) is None
    assert at_pace(RULES, person(), [own(8000)], 0, 0) is None


def test_who_has_sold_nothing_hears_no_forecast() -> None:
    assert at_pace(RULES, person(), [], 10, 20) is None
    assert at_pace(RULES, lead_of(0), [], 10, 20) is None


def test_of_those_who_lead_the_teams_total_grows_and_the_target_stays() -> None:
    """50,000 in ten of twenty days are 100,000 of a target of 100,000."""
    made = at_pace(RULES, lead_of(fen(50000)), [], 10, 20)

    assert made == statement(RULES, lead_of(fen(100000)), [])


def test_with_no_day_left_or_more_than_there_are_it_is_the_month_itself() -> None:
    for done in (20, 21):
        assert at_pace(RULES, person(), [own(8000)], done, 20) == statement(RULES, person(), [own(8000)])


def test_what_grows_is_rounded_to_the_fen_deal_by_deal() -> None:
    """100.01 in nine of twenty days: 222.2444… yuan."""
    deal = replace(own(1), amount=10_001)
    made = at_pace(RULES, person(), [deal, replace(deal, id="other")], 9, 20)

    assert made is not None
    assert made.performance == 2 * round(Fraction(10_001 * 20, 9)) == 2 * 22_224
