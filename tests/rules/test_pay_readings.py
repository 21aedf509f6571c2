"""Readings of the rules that another calculator, written from the rules alone, found to be open or otherwise read."""

from __future__ import annotations

from fractions import Fraction

from core import holidays
from core.rules import wording
from core.rules.calendar import Month
from core.rules.pay import PersonMonth, Stint, TeamMonth, attainment_slices, statement
from core.rules.pay_sums import NOTHING, Payroll
from core.rules.people import Role, Status
from core.usecases import preview
from tests.rules.paydesk import NOVEMBER, SAMPLE, amended, clerk, fen, own, person, said, visited

HALF = Fraction(1, 2)


# --- Attainment slice by slice is exact until it is paid (55) -----------------------------------------------------------------


def test_shares_of_a_target_that_are_no_whole_fen_are_not_rounded_before_they_pay() -> None:
    rules = amended(
        '[version.pay.supervisor]\nmode = "marginal"\nends = "unset"',
        'rows = [{ from = "33.34%", rate = "50%" }, { from = "66.67%", rate = "100%" }]',
    )
    total, target = 3, 3  # fen: the edges lie at 1.0002 and 2.0001
    exact = (Fraction("2.0001") - Fraction("1.0002")) * HALF + (3 - Fraction("2.0001"))

    assert sum(part * rate for part, rate in attainment_slices(rules.pay.supervisor, total, target)) == exact
    led = PersonMonth("me", NOVEMBER, Role.SUPERVISOR, leads=(TeamMonth("T", total, target),))
    made = statement(rules, led, [])
    assert made.commission == sum(line.amount for line in made.lines) == 1  # 1.49985, where whole edges would pay 1.5
    assert Payroll(rules, NOVEMBER).statement(led, NOTHING).commission == 1


def test_a_cap_that_is_no_whole_fen_is_exact_too() -> None:
    rules = amended('[version.pay.supervisor]\ntop = "cap"\nends = "149.99%"\nrows = [{ from = "1%", rate = "100%" }]')

    assert attainment_slices(rules.pay.supervisor, 99, 33) == [(33 * Fraction("1.4999"), Fraction(1))]


# --- Money that comes in after a change of post (30, 52) ----------------------------------------------------------------------


def test_a_receipt_counts_in_the_post_of_the_month_it_comes_in() -> None:
    sold_as_clerk = own(11700)  # the deal of an earlier month: signed as a clerk, paid now

    made = statement(SAMPLE.versions[0], person(Role.REP), [sold_as_clerk])

    assert [line.rule for line in made.lines] == ["base", "rep"]


def test_in_a_month_of_several_posts_what_was_sold_in_an_earlier_one_keeps_its_brackets() -> None:
    stints = [Stint(Role.REP, HALF), Stint(Role.SUPERVISOR, HALF)]

    made = statement(SAMPLE.versions[0], person(Role.SUPERVISOR, stints=stints), [own(16000)])

    assert [(line.rule, line.amount) for line in made.lines if line.rule != "base"] == [("clerk", fen(240))]


# --- Who has no part of the month ----------------------------------------------------------------------------------------------


def test_whoever_was_not_there_is_not_ranked() -> None:
    people = [{"id": f"p{n}", "role": "clerk", "status": "regular"} for n in range(11)]
    people += [{"id": f"new{n}", "role": "clerk", "status": "regular", "hired_on": "2026-12-01"} for n in range(3)]
    deals = [
        {"id": n, "seller": f"p{n}", "date": "2026-11-03", "amount": 9000 + n, "kind": "own", "state": "confirmed"}
        for n in range(11)
    ]
    facts = preview.Facts.model_validate({"people": people, "deals": deals})

    _, priced = preview.preview(SAMPLE, holidays.built_in(), facts, NOVEMBER)

    assert {one.person.id for one in priced if one.proposals} == {"p0", "p1", "p2"}


# --- A minimum wage that is not checked says so (56) ------------------------------------------------------------------------------


def test_where_pay_is_not_this_policys_to_settle_the_minimum_wage_says_that_it_was_not_checked() -> None:
    rules = amended("[version.pay]\nmin_wage = 2000")
    leads = (TeamMonth("T", 0, None),)

    unset = statement(rules, person(Role.ASSISTANT), [])
    waiting = statement(
        amended("[version.pay]\nmin_wage = 2000\n[version.pay.base]\nsupervisor = 100"),
        PersonMonth("me", Month(2026, 11), Role.SUPERVISOR, leads=leads),
        [],
    )

    assert unset.top_up == waiting.top_up == 0
    assert "min_wage_unchecked" in said(unset)
    assert "min_wage_unchecked" in said(waiting)
    note = next(note for note in unset.notes if note.key == "min_wage_unchecked")
    assert "2,000.00" in wording.note(note, "zh")
    assert "2,000.00" in wording.note(note, "en")
    assert "min_wage_unchecked" not in said(clerk(visited(100), rules=rules, status=Status.REGULAR))
