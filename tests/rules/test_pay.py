"""Pay, claim by claim: the company's own examples, the demo company's checks, and every reading of a silent rule."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from core.rules.calendar import Month
from core.rules.pay import (
    Component,
    DealFact,
    DealKind,
    PersonMonth,
    Stint,
    TeamMonth,
    performance,
    probation_month,
    statement,
    team_total,
)
from core.rules.people import Role, Status
from tests.rules.paydesk import (
    NOVEMBER,
    RULES,
    amended,
    clerk,
    fen,
    given,
    lead,
    own,
    past,
    person,
    rep,
    said,
    slices,
    sms,
    visited,
)

WHOLE = amended('[version.pay.commission]\nmode = "whole"')
CAPPED = amended('[version.pay.commission]\ntop = "cap"')


# --- The company's own examples -----------------------------------------------------------------------------------------


def test_a_clerk_with_32000_all_closed_alone_earns_880_beside_the_base() -> None:
    made = clerk(own(32000))

    assert (made.base, made.commission, made.total) == (fen(750), fen(880), fen(1630))
    assert slices(made.of(Component.COMMISSION)) == [
        (fen(8000), "3/100", fen(240)),
        (fen(16000), "1/25", fen(640)),
    ]


def test_a_rep_with_23000_own_and_7000_delegated_earns_720_beside_the_base() -> None:
    made = rep(own(23000, role=Role.REP), visited(7000))

    assert (made.commission, made.shares) == (fen(650), fen(70))
    assert made.commission + made.shares == fen(720)
    assert made.performance == fen(23000)


def test_every_line_names_its_rule_its_article_and_its_deals() -> None:
    made = clerk(own(19500), given(7000), sms(1200))

    assert [(line.rule, line.article, line.amount) for line in made.lines] == [
        ("base", "3.1 底薪", fen(750)),
        ("clerk", "3.1 商务文员提成表", fen(240)),
        ("clerk", "3.1 商务文员提成表", fen(420)),
        ("delegation", "3.1 代理拜访", -fen(70)),
        ("sms", "3.1 其他提成", fen(36)),
    ]
    assert made.version == "2026-01-01"
    assert made.total == fen(1376)
    assert made.lines[1].deals == ("own3-19500", "given5-7000")
    assert made.lines[3].deals == ("given5-7000",)


# --- The demo company's October and November ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "role", "sold", "commission"),
    [
        ("林晓燕", Role.CLERK, "33400", "950.00"),
        ("陈俊杰", Role.CLERK, "52300", "1895.00"),
        ("郭强", Role.REP, "27900", "895.00"),
        ("孙浩然", Role.CLERK, "9100", "33.00"),
        ("邓超群", Role.REP, "10600", "168.00"),
        ("朱佳怡", Role.CLERK, "7200", "0.00"),
        ("郭强 in November", Role.REP, "35600", "1286.00"),
        ("马晓东 on the edge", Role.CLERK, "16000", "240.00"),
        ("欧阳雪 on the edge", Role.CLERK, "8000", "0.00"),
        ("王方 on the edge", Role.REP, "5000", "0.00"),
    ],
)
def test_the_demo_companys_commissions(name: str, role: Role, sold: str, commission: str) -> None:
    made = statement(RULES, person(role), [own(sold, role=role)])

    assert made.commission == fen(commission), name


@pytest.mark.parametrize(
    ("team", "total", "target", "pays"),
    [
        ("领航", 145100, 140000, "2176.50"),
        ("飞虎, 100 short of the next rate", 100900, 101000, "1009.00"),
        ("破浪", 63800, 92000, "0.00"),
        ("破浪 in November without his own deal", 53500, 80000, "0.00"),
        ("破浪 in November with it", 57300, 80000, "573.00"),
    ],
)
def test_the_demo_companys_supervisors(team: str, total: int, target: int, pays: str) -> None:
    assert lead(total, target).commission == fen(pays), team


def test_the_demo_companys_manager_has_all_three_teams() -> None:
    teams = [
        TeamMonth("领航", fen(145100), fen(140000)),
        TeamMonth("飞虎", fen(100900), fen(101000)),
        TeamMonth("破浪", fen(63800), fen(92000)),
    ]

    made = statement(RULES, PersonMonth("me", NOVEMBER, Role.MANAGER, leads=teams), [])

    assert (made.performance, made.commission, made.total) == (fen(309800), fen(3098), fen(3098))


# --- Brackets (1–4) -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "sold", "marginal", "whole"),
    [
        (Role.CLERK, "7999.99", "0.00", "0.00"),
        (Role.CLERK, "8000", "0.00", "240.00"),
        (Role.CLERK, "8000.01", "0.00", "240.00"),
        (Role.CLERK, "8001", "0.03", "240.03"),
        (Role.CLERK, "16000", "240.00", "480.00"),
        (Role.CLERK, "16000.50", "240.02", "640.02"),
        (Role.CLERK, "16001", "240.04", "640.04"),
        (Role.CLERK, "32000", "880.00", "1280.00"),
        (Role.CLERK, "50000", "1780.00", "2500.00"),
        (Role.REP, "4999.99", "0.00", "0.00"),
        (Role.REP, "5000", "0.00", "150.00"),
        (Role.REP, "12000", "210.00", "360.00"),
        (Role.REP, "23000", "650.00", "920.00"),
        (Role.REP, "35000", "1250.00", "1750.00"),
        (Role.REP, "35000.01", "1250.00", "2100.00"),
        (Role.REP, "40000", "1550.00", "2400.00"),
    ],
)
def test_each_bracket_pays_only_its_own_slice_unless_the_policy_says_whole(
    role: Role, sold: str, marginal: str, whole: str
) -> None:
    deal = own(sold, role=role)

    assert statement(RULES, person(role), [deal]).commission == fen(marginal)
    assert statement(WHOLE, person(role), [deal]).commission == fen(whole)


def test_at_exactly_8000_the_basis_is_reached_and_no_commission_begun() -> None:
    made = clerk(own(8000))

    assert (made.base, made.commission) == (fen(750), 0)
    assert said(made) == ["commission_from"]


def test_above_50000_the_last_rate_goes_on_and_the_statement_says_so() -> None:
    made = clerk(own(60000))

    assert made.commission == fen(2280)
    assert said(made) == ["beyond_table"]


def test_a_capped_table_pays_1780_at_most_and_says_so() -> None:
    assert clerk(own(60000), rules=CAPPED).commission == fen(1780)
    assert said(clerk(own(60000), rules=CAPPED)) == ["capped"]
    assert said(clerk(own(50000), rules=CAPPED)) == []
    assert rep(own(60000, role=Role.REP), rules=CAPPED).commission == fen(2750)


# --- Base and basis (18–21, 28, 29, 31) ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sold", "base"),
    [("0", "0.00"), ("6000", "562.50"), ("7200", "675.00"), ("7999.99", "750.00"), ("8000", "750.00"), ("1", "0.09")],
)
def test_below_the_basis_the_base_shrinks_in_proportion(sold: str, base: str) -> None:
    assert clerk(own(sold)).base == fen(base)


def test_a_rep_at_6000_has_both_a_commission_and_a_shrunken_base() -> None:
    made = rep(own(6000, role=Role.REP))

    assert (made.commission, made.base) == (fen(30), fen("562.50"))


def test_the_basis_binds_in_probation_too_on_700() -> None:
    made = clerk(own(3200), status=Status.PROBATION, nth=1)

    assert made.base == fen(280)
    assert made.lines[0].article == "3.1 底薪(试用期)"


def test_unless_the_policy_frees_probation() -> None:
    free = amended("[version.pay.probation]\nbasis = false")

    assert clerk(own(3200), status=Status.PROBATION, nth=1, rules=free).base == fen(700)
    assert clerk(own(3200), rules=free).base == fen(300)


def test_other_ways_to_cut_the_base() -> None:
    none = amended('[version.pay.basis_cut]\nmode = "none"')
    steps = '[{from = "0%", pay = "50%"}, {from = "50%", pay = "80%"}, {from = "100%", pay = "100%"}]'
    step = amended(f'[version.pay.basis_cut]\nmode = "step"\nsteps = {steps}')

    assert clerk(own(100), rules=none).base == fen(750)
    assert [clerk(own(sold), rules=step).base for sold in ("3999.99", "4000", "7999.99", "8000")] == [
        fen(375),
        fen(600),
        fen(600),
        fen(750),
    ]


def test_a_part_month_shrinks_base_and_basis_alike_so_that_nobody_is_cut_twice() -> None:
    half = Fraction(11, 22)

    assert clerk(own(4000), presence=half).base == fen(375)
    assert clerk(own(2000), presence=half).base == fen("187.50")
    assert clerk(presence=Fraction(0)).base == 0


def test_in_month_zero_of_probation_the_basis_does_not_bind() -> None:
    made = clerk(own(100), status=Status.PROBATION, nth=0, presence=Fraction(10, 21))

    assert made.base == fen("333.33")
    assert "month_zero" in said(made)


@pytest.mark.parametrize(
    ("start", "month"),
    [
        (date(2026, 11, 1), 1),
        (date(2026, 11, 10), 1),
        (date(2026, 11, 11), 0),
        (date(2026, 10, 31), 1),
        (date(2026, 10, 1), 2),
        (date(2026, 9, 11), 2),
        (date(2025, 12, 15), 11),
    ],
)
def test_a_start_from_the_11th_on_is_month_zero_of_probation(start: date, month: int) -> None:
    assert probation_month(RULES, start, NOVEMBER) == month


def test_nothing_is_computed_in_training_and_the_statement_says_so() -> None:
    made = clerk(own(9000), sms(1000), status=Status.TRAINING)

    assert (made.total, made.lines) == (0, ())
    assert said(made) == ["training", "training_sales", "everything"]
    assert made.performance == fen(9000)


def test_a_company_may_set_a_base_for_training() -> None:
    rules = amended("[version.pay]\ntraining_base = 500")

    assert clerk(status=Status.TRAINING, rules=rules, presence=Fraction(1, 2)).total == fen(250)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ASSISTANT, Role.MANAGER, Role.DIRECTOR])
def test_where_no_base_is_named_it_is_0_with_a_note_and_the_basis_never_binds(role: Role) -> None:
    paid = amended(f"[version.pay.base]\n{role} = 3000")

    assert statement(RULES, person(role), []).base == 0
    assert "base_unset" in said(statement(RULES, person(role), []))
    assert statement(paid, person(role), []).base == fen(3000)


GRADES = amended(
    "[version.pay]\nclerk_grades = [{ from = 16000, base = 850 }, { from = 32000, base = 1000, name = '高级' }]"
)


@pytest.mark.parametrize(
    ("last_month", "base"),
    [("15999.99", 750), ("16000", 850), ("31999", 850), ("32000", 1000), ("90000", 1000)],
)
def test_last_months_sales_set_a_clerks_graded_base(last_month: str, base: int) -> None:
    assert clerk(own(8000), rules=GRADES, past=[past(last_month)]).base == fen(base)


def test_a_graded_base_is_then_cut_like_any_other_and_reps_have_none() -> None:
    assert clerk(own(4000), rules=GRADES, past=[past(40000)]).base == fen(500)
    made = statement(GRADES, person(Role.REP, past=[past(40000)]), [own(8000, role=Role.REP)])
    assert made.base == fen(750)
    assert clerk(own(8000), rules=GRADES).base == fen(750)


# --- Delegated visits (12–16, 19) ---------------------------------------------------------------------------------------


def test_a_delegated_deal_is_all_the_clerks_and_none_of_the_reps() -> None:
    clerks = [given(9000)]

    assert clerk(*clerks).performance == fen(9000)
    assert rep(visited(9000)).performance == 0
    assert rep(visited(9000)).shares == fen(90)
    assert team_total(RULES, clerks, "T") == fen(9000)


def test_a_clerks_share_never_exceeds_their_commission_and_the_company_bears_the_rest() -> None:
    none, part = clerk(given(7000)), clerk(own(2000), given(7000))

    assert (none.commission, none.shares) == (0, 0)
    assert (part.commission, part.shares) == (fen(30), -fen(30))
    assert "share_borne" in said(none)
    assert "share_borne" in said(part)
    assert [line.amount for line in part.of(Component.SHARES)] == [-fen(70), fen(40)]


def test_the_company_may_fund_the_share_instead() -> None:
    rules = amended('[version.pay.delegation]\nfunding = "company"')

    assert clerk(own(20000), given(7000), rules=rules).shares == 0
    assert rep(visited(7000), rules=rules).shares == fen(70)


@pytest.mark.parametrize(
    ("seller", "visitor", "moves"),
    [
        (Role.CLERK, Role.REP, True),
        (Role.CLERK, Role.CLERK, False),
        (Role.CLERK, Role.SUPERVISOR, False),
        (Role.REP, Role.REP, False),
        (Role.REP, Role.CLERK, False),
    ],
)
def test_anybody_may_visit_but_only_clerk_to_rep_moves_one_percent(seller: Role, visitor: Role, moves: bool) -> None:
    sold = statement(RULES, person(seller), [own(20000, role=seller), given(7000, to=visitor, role=seller)])
    went = statement(RULES, person(visitor), [visited(7000, role=visitor, seller=seller)])

    assert sold.shares == (-fen(70) if moves else 0)
    assert went.shares == (fen(70) if moves else 0)
    assert sold.performance == fen(27000)


def test_other_pairs_can_be_named_in_the_policy() -> None:
    rules = amended('[version.pay.delegation]\npays = ["clerk>rep", "clerk>supervisor"]')

    assert clerk(own(20000), given(7000, to=Role.SUPERVISOR), rules=rules).shares == -fen(70)


def test_a_rep_who_logs_a_visit_for_an_outsider_gets_the_share_and_no_task() -> None:
    deal = DealFact("d", "me", Role.REP, date(2026, 11, 6), fen(7000), DealKind.DELEGATED, "me", Role.REP, "T")

    made = rep(own(23000, role=Role.REP), deal)

    assert (made.commission, made.shares, made.performance) == (fen(650), fen(70), fen(23000))


def test_a_visit_without_a_visitor_shares_nothing_and_says_so() -> None:
    deal = DealFact("d", "me", Role.CLERK, date(2026, 11, 6), fen(20000), DealKind.DELEGATED)

    assert clerk(deal).shares == 0
    assert "visitor_missing" in said(clerk(deal))


# --- SMS (17, 20a) ------------------------------------------------------------------------------------------------------


def test_sms_orders_pay_three_percent_beside_the_brackets() -> None:
    made = clerk(own(7000), sms(20000))

    assert (made.sms, made.commission, made.performance) == (fen(600), 0, fen(7000))
    assert made.everything == fen(27000)
    assert "everything" in said(made)


def test_a_policy_may_let_sms_count_everywhere() -> None:
    rules = amended("[version.pay.sms]\ncounts = true")

    made = clerk(own(7000), sms(20000), rules=rules)

    assert (made.performance, made.base, made.sms) == (fen(27000), fen(750), fen(600))
    assert team_total(rules, [own(7000), sms(20000)], "T") == fen(27000)
    assert team_total(RULES, [own(7000), sms(20000)], "T") == fen(7000)


def test_three_percent_of_sms_is_rounded_once_for_all_orders() -> None:
    assert clerk(sms("0.50"), sms("0.51")).sms == 3


# --- Those who lead (5–11) ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "rate"),
    [
        ("69999", "0"),
        ("69999.99", "0"),
        ("70000", "1/100"),
        ("71000", "1/100"),
        ("99999.99", "1/100"),
        ("100000", "3/200"),
        ("150000", "3/200"),
        ("150000.01", "1/50"),
    ],
)
def test_attainment_is_compared_exactly_never_by_a_rounded_percentage(total: str, rate: str) -> None:
    made = lead(total, 100000)

    assert [str(line.rate) for line in made.lines] == ([rate] if rate != "0" else [])
    assert ("attainment_below" in said(made)) is (rate == "0")


def test_the_manager_stays_at_one_and_a_half_percent_above_150_with_a_note() -> None:
    made = lead(200000, 100000, role=Role.MANAGER)

    assert made.commission == fen(3000)
    assert "beyond_attainment" in said(made)
    assert lead(200000, 100000).commission == fen(4000)


def test_a_capped_manager_is_paid_up_to_150_percent_of_the_target() -> None:
    rules = amended('[version.pay.manager]\ntop = "cap"')

    made = lead(200000, 100000, role=Role.MANAGER, rules=rules)

    assert made.commission == fen(2250)
    assert "attainment_capped" in said(made)


def test_a_policy_may_cut_the_team_total_by_slices() -> None:
    rules = amended('[version.pay.supervisor]\nmode = "marginal"')

    assert lead(69999, 100000, rules=rules).commission == 0
    assert lead(160000, 100000, rules=rules).commission == fen(300 + 750 + 200)


@pytest.mark.parametrize("target", [None, 0])
def test_without_a_target_the_rate_is_undetermined_and_nothing_is_paid_yet(target: int | None) -> None:
    made = lead(90000, target)

    assert (made.commission, made.undetermined) == (0, True)
    assert "target_missing" in said(made)


def test_one_missing_target_leaves_the_manager_undetermined() -> None:
    teams = (TeamMonth("A", fen(90000), fen(80000)), TeamMonth("B", fen(90000), None))

    made = statement(RULES, PersonMonth("me", NOVEMBER, Role.MANAGER, leads=teams), [])

    assert (made.commission, made.undetermined, made.performance) == (0, True, fen(180000))
    assert [note.params.get("teams") for note in made.notes if note.key == "target_missing"] == [("B",)]


def test_who_leads_no_team_is_told_so() -> None:
    assert "no_team" in said(statement(RULES, person(Role.MANAGER), []))


@pytest.mark.parametrize(
    ("choice", "commission", "note", "undetermined"),
    [
        ("undecided", "573.00", "own_deals_undecided", True),
        ("team", "573.00", "own_deals_team", False),
        ("rep", "783.00", None, False),
    ],
)
def test_a_supervisors_own_selling_is_in_the_team_and_pays_besides_only_if_the_manager_says_so(
    choice: str, commission: str, note: str | None, undetermined: bool
) -> None:
    rules = amended(f'[version.pay.supervisor]\nown_deals = "{choice}"')

    made = lead(57300, 80000, own(12000, role=Role.SUPERVISOR), rules=rules)

    assert (made.commission, made.undetermined) == (fen(commission), undetermined)
    assert note is None or note in said(made)


def test_a_managers_own_selling_is_said_not_swallowed() -> None:
    assert "own_deals_silent" in said(lead(80000, 80000, own(100, role=Role.MANAGER), role=Role.MANAGER))


# --- Role changes, other months, minimum wage (30, 53a, 56) --------------------------------------------------------------


def test_a_change_of_role_within_the_month_keeps_each_roles_sales_in_its_own_brackets() -> None:
    half = Fraction(1, 2)
    changed = person(Role.REP, stints=[Stint(Role.CLERK, half), Stint(Role.REP, half)])
    deals = [own(10000), own(9000, role=Role.REP, day=20)]

    made = statement(RULES, changed, deals)

    assert made.commission == fen("60.00") + fen("120.00")
    assert [line.amount for line in made.of(Component.BASE)] == [fen(375), fen(375)]
    assert performance(RULES, deals, "me", Role.CLERK) == fen(10000)


def test_money_for_what_was_sold_in_an_earlier_role_keeps_that_roles_brackets_in_a_month_of_two() -> None:
    half = Fraction(1, 2)
    changed = person(Role.ASSISTANT, stints=[Stint(Role.REP, half), Stint(Role.ASSISTANT, half)])

    assert statement(RULES, changed, [own(9000, role=Role.CLERK)]).commission == fen("30.00")
    assert statement(RULES, changed, [own(9000, role=Role.REP)]).commission == fen("120.00")


def test_only_the_months_own_deals_count() -> None:
    october = DealFact("o", "me", Role.CLERK, date(2026, 10, 31), fen(50000), DealKind.OWN)
    december = DealFact("d", "me", Role.CLERK, date(2026, 12, 1), fen(50000), DealKind.OWN)

    assert clerk(october, own(9000), december).performance == fen(9000)


def test_other_peoples_deals_are_passed_over() -> None:
    assert clerk(own(9000, seller="other")).everything == 0


def test_parts_of_a_joint_deal_are_lines_in_each_sellers_own_brackets() -> None:
    mine, yours = own(4900), own(4900, seller="you", role=Role.REP)

    assert clerk(own(8000, day=1), mine, yours).commission == fen("147.00")


def test_below_the_minimum_wage_a_top_up_is_a_line_of_its_own() -> None:
    rules = amended("[version.pay]\nmin_wage = 2000")

    poor, fine = clerk(own(8000), rules=rules), clerk(own(60000), rules=rules)

    assert (poor.top_up, poor.total) == (fen(1250), fen(2000))
    assert poor.lines[-1].article == "最低工资规定"
    assert (fine.top_up, fine.total) == (0, fen(3030))
    assert clerk(own(8000), rules=rules, presence=Fraction(1, 2)).total == fen(1000)


def test_no_top_up_where_the_pay_is_not_settled_by_this_policy() -> None:
    rules = amended("[version.pay]\nmin_wage = 2000", "[version.pay.base]\nsupervisor = 1000")

    assert lead(0, None, rules=rules).top_up == 0
    assert lead(0, 1000, rules=rules).top_up == fen(1000)
    assert statement(rules, person(Role.ASSISTANT), []).top_up == 0


def test_somebody_who_left_is_paid_for_the_days_and_the_deals_there_were() -> None:
    made = clerk(own(20000), status=Status.LEFT, presence=Fraction(5, 20))

    assert (made.base, made.commission) == (fen("187.50"), fen(400))
    assert clerk(own(8000), status=Status.LEFT, nth=1).base == fen(700)


# --- Rounding (55) ------------------------------------------------------------------------------------------------------


def test_slices_are_adjusted_so_that_they_add_up_to_the_rounded_sum() -> None:
    made = clerk(own("16000.12"))  # 24000 and 0.48 fen: 24000.48 → 24000
    more = clerk(own("16000.13"))  # 24000 and 0.52 fen: 24000.52 → 24001

    assert [line.amount for line in made.of(Component.COMMISSION)] == [24000, 0]
    assert [line.amount for line in more.of(Component.COMMISSION)] == [24000, 1]


def test_two_shares_of_half_a_fen_are_rounded_once_together() -> None:
    deals = [
        visited("0.50"),
        DealFact("v2", "you", Role.CLERK, date(2026, 11, 7), 50, DealKind.DELEGATED, "me", Role.REP),
    ]

    made = rep(*deals)

    assert (made.shares, [line.amount for line in made.of(Component.SHARES)]) == (1, [1, 0])


def test_a_month_of_december_reaches_back_over_the_year() -> None:
    january = PersonMonth("me", Month(2027, 1), Role.CLERK, past=[past(40000, month=Month(2026, 12))])

    last = january.before(1)
    assert last is not None
    assert last.performance == fen(40000)
    assert january.before(2) is None


def test_who_earns_exactly_the_minimum_wage_gets_no_top_up_and_no_word_of_it() -> None:
    rules = amended("[version.pay]\nmin_wage = 750")
    made = clerk(own(8000), rules=rules)

    assert (made.total, made.of(Component.TOP_UP)) == (fen(750), ())
    assert "min_wage" not in said(made)


def test_a_supervisors_line_says_the_total_it_is_a_rate_of() -> None:
    (line,) = lead(100000, 100000).of(Component.COMMISSION)

    assert (line.base, line.rate, line.amount) == (fen(100000), Fraction(15, 1000), fen(1500))


def test_what_the_company_bears_of_a_share_is_shown_by_its_amount() -> None:
    """A share of 50.00 and no commission below 8,000: the last line gives all of it back."""
    *_, borne = clerk(given(5000)).of(Component.SHARES)

    assert (borne.base, borne.amount) == (fen(50), fen(50))
