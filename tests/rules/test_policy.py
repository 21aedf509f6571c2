"""The policy file: what it must say, what it may not say, and which version is in force."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from core.rules import gaps, policy, wording
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.people import Role
from core.rules.policy import PolicyErrors, Problem
from core.rules.policy_keys import keys
from core.rules.policy_values import Pair, Weekday, Window
from tests.rules.paydesk import RULES, SAMPLE, SAMPLE_TEXT, amended


def problems(text: str) -> list[Problem]:
    with pytest.raises(PolicyErrors) as caught:
        policy.load(text)
    return caught.value.problems


def edited(old: str, new: str) -> str:
    assert old in SAMPLE_TEXT
    return SAMPLE_TEXT.replace(old, new, 1)


# --- What the sample company's file says --------------------------------------------------------------------------------


def test_amounts_are_fen_and_rates_exact_fractions() -> None:
    pay = RULES.pay

    assert (pay.base.clerk, pay.base.rep, pay.probation_base, pay.basis) == (75000, 75000, 70000, 800000)
    assert [(b.threshold, b.rate) for b in pay.clerk.brackets] == [
        (800000, Fraction(3, 100)),
        (1600000, Fraction(4, 100)),
        (3200000, Fraction(5, 100)),
    ]
    assert [(b.threshold, b.rate) for b in pay.rep.brackets] == [
        (500000, Fraction(3, 100)),
        (1200000, Fraction(4, 100)),
        (2300000, Fraction(5, 100)),
        (3500000, Fraction(6, 100)),
    ]
    assert (pay.clerk.ends, pay.rep.ends) == (5000000, None)
    assert pay.delegation.pays == (Pair(Role.CLERK, Role.REP),)


def test_what_the_company_left_unset_is_none() -> None:
    assert RULES.pay.base.of(Role.SUPERVISOR) is None
    assert RULES.pay.min_wage is None
    assert RULES.pay.training_base is None
    assert RULES.elimination.min_fen is None


def test_reports_boards_and_calls_have_the_hours_of_the_rules() -> None:
    weekly, monthly = RULES.reports.weekly, RULES.reports.monthly

    assert (weekly.weekday, weekly.time, weekly.grace, weekly.late_fen) == (Weekday.SATURDAY, time(22), 60, 5000)
    assert [(nudge.day, nudge.time) for nudge in weekly.nudges] == [
        ("last_workday", time(17, 30)),
        ("saturday", time(20)),
        ("saturday", time(21, 30)),
    ]
    assert (monthly.time, monthly.min_working_days) == (time(23, 59, 59), 10)
    assert (RULES.boards.daily.time, RULES.boards.weekly.time, RULES.boards.monthly.time) == (
        time(18, 10),
        time(8, 50),
        time(9, 10),
    )
    assert RULES.calls.window == Window(time(9), time(21))
    assert RULES.work.hours == (Window(time(9), time(12)), Window(time(13, 30), time(18)))


def test_the_eleven_outcomes_of_the_contract_are_there_in_order() -> None:
    assert [outcome.code for outcome in RULES.calls.outcomes] == [
        "no_answer",
        "busy",
        "hung_up",
        "invalid",
        "gatekeeper",
        "refused",
        "callback",
        "interested",
        "visit",
        "signed",
        "dnc",
    ]
    assert [outcome.code for outcome in RULES.calls.outcomes if outcome.dnc] == ["dnc"]
    interested = RULES.calls.outcome("interested")
    assert interested is not None
    assert (interested.label("zh"), interested.label("en"), interested.wants) == ("有意向", "Interested", "intention")
    assert RULES.calls.outcome("nonsense") is None


def test_the_sample_file_names_every_key_there_is() -> None:
    """Nothing the product can be told is hidden from whoever reads the file."""
    named = set(re.findall(r"[a-z_]+", SAMPLE_TEXT))

    def keys(model: type[BaseModel]) -> set[str]:
        found: set[str] = set()
        for name, field in model.model_fields.items():
            found.add(field.alias or name)
            if inner := policy._model_in(field.annotation):
                found |= keys(inner)
        return found

    optional = {"mid_month", "name"}  # explained where they matter: a version's own keys
    assert keys(policy.Version) - named - optional == set()


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-11-21T11:59", False),
        ("2026-11-21T12:00", True),
        ("2026-11-22T15:00", True),
        ("2026-11-23T07:59", True),
        ("2026-11-23T08:00", False),
        ("2026-11-25T03:00", False),
    ],
)
def test_groups_are_quiet_from_saturday_noon_to_monday_morning(at: str, quiet: bool) -> None:
    assert RULES.boards.quiet.covers(datetime.fromisoformat(at)) is quiet


def test_a_quiet_time_within_the_week_does_not_wrap_around() -> None:
    rules = amended(
        '[version.boards.quiet]\nfrom = { weekday = "tuesday", time = "12:00" }\n'
        'until = { weekday = "friday", time = "08:00" }'
    )

    assert rules.boards.quiet.covers(datetime.fromisoformat("2026-11-26T00:00"))
    assert not rules.boards.quiet.covers(datetime.fromisoformat("2026-11-22T00:00"))


def test_hours_include_their_start_and_not_their_end() -> None:
    window = Window(time(9), time(21))

    assert time(9) in window
    assert time(21) not in window
    assert str(window) == "09:00–21:00"


# --- Versions -----------------------------------------------------------------------------------------------------------

TWO = SAMPLE_TEXT + "\n[[version]]\neffective_from = 2026-12-01\n[version.pay.base]\nclerk = 800\n"


def test_the_version_in_force_is_the_newest_that_has_started() -> None:
    two = policy.load(TWO)

    assert two.on(date(2026, 11, 30)).name == "2026-01-01"
    assert two.on(date(2026, 12, 1)).name == "2026-12-01"
    assert two.on(date(2036, 1, 1)).pay.base.clerk == 80000


def test_a_later_version_states_only_what_it_changes() -> None:
    first, second = policy.load(TWO).versions

    assert second.pay.base.rep == first.pay.base.rep
    assert second.calls == first.calls
    assert second.fingerprint != first.fingerprint


def test_a_list_is_replaced_as_a_whole() -> None:
    rules = amended('[version.pay.clerk]\nbrackets = [{ above = 10000, rate = "2%" }]')

    assert [(b.threshold, b.rate) for b in rules.pay.clerk.brackets] == [(1000000, Fraction(2, 100))]
    assert rules.pay.clerk.ends == 5000000


def test_what_was_set_can_be_unset_again() -> None:
    assert amended('[version.pay.clerk]\nends = "unset"').pay.clerk.ends is None


def test_before_the_first_version_there_is_no_policy() -> None:
    with pytest.raises(Refusal) as refused:
        SAMPLE.on(date(2025, 12, 31))

    assert refused.value.key == "policy.no_version"


def test_a_month_is_priced_by_the_version_of_its_first_day() -> None:
    mid = policy.load(TWO.replace("2026-12-01", "2026-12-15\nmid_month = true"))

    assert mid.on(date(2026, 12, 20)).name == "2026-12-15"
    assert mid.for_month(date(2026, 12, 20)).name == "2026-01-01"
    assert mid.for_month(date(2027, 1, 1)).name == "2026-12-15"


def test_mid_month_needs_the_general_managers_consent_in_the_file() -> None:
    (problem,) = problems(TWO.replace("2026-12-01", "2026-12-15"))

    assert (problem.where, problem.what) == ("version[2026-12-15].effective_from", "mid_month")


@pytest.mark.parametrize("day", ["2026-01-01", "2025-06-01"])
def test_versions_are_only_appended(day: str) -> None:
    (problem,) = problems(TWO.replace("2026-12-01", day))

    assert (problem.what, problem.allowed) == ("append_only", "> 2026-01-01")


def until(day: str, start: str = "2026-12-01") -> str:
    """Two versions; the first says when it ends."""
    first = SAMPLE_TEXT.replace(
        "effective_from = 2026-01-01", f"effective_from = 2026-01-01\neffective_until = {day}", 1
    )
    return first + f"\n[[version]]\neffective_from = {start}\n"


def test_a_version_may_say_when_it_ends_if_the_next_one_begins_the_day_after() -> None:
    assert len(policy.load(until("2026-11-30")).versions) == 2


@pytest.mark.parametrize(("day", "what"), [("2026-10-31", "version_hole"), ("2026-12-31", "version_overlap")])
def test_days_without_a_version_or_with_two_are_named(day: str, what: str) -> None:
    (problem,) = problems(until(day))

    assert (problem.where, problem.what) == ("version[2026-12-01].effective_from", what)
    assert wording.problem(problem, "zh")


def test_the_last_version_never_ends_and_its_end_is_not_taken_over() -> None:
    (problem,) = problems(SAMPLE_TEXT.replace("2026-01-01", "2026-01-01\neffective_until = 2026-12-31", 1))

    assert (problem.where, problem.what) == ("version[2026-01-01].effective_until", "never_ends")
    assert policy.load(until("2026-11-30")).versions[1].effective_until is None


def test_a_version_may_not_begin_in_a_closed_month() -> None:
    two, november = policy.load(TWO), Month(2026, 11)

    assert gaps.in_locked(SAMPLE, two, november) == []
    assert gaps.in_locked(two, two, november.next) == []
    (late,) = gaps.in_locked(SAMPLE, two, november.next)
    assert (late.where, late.what, late.allowed) == ("version[2026-12-01].effective_from", "in_locked", "2026-12-31")
    assert len(gaps.in_locked(None, SAMPLE, november)) == 1
    assert wording.problem(late, "en").endswith("(a version may begin after 2026-12-31)")


# --- Brackets that say where they end ---------------------------------------------------------------------------------------


def clerks(rows: str, ends: str = "50000") -> str:
    return f"[version.pay.clerk]\nbrackets = [{rows}]\nends = {ends}"


def test_brackets_may_repeat_where_the_next_one_begins() -> None:
    rows = '{ from = 8000, to = 16000, rate = "3%" }, { above = 16000, to = 50000, rate = "4%" }'

    assert [b.threshold for b in amended(clerks(rows)).pay.clerk.brackets] == [800000, 1600000]


@pytest.mark.parametrize(
    ("rows", "ends", "what"),
    [
        ('{ from = 8000, to = 16000, rate = "3%" }, { from = 16001, rate = "4%" }', "50000", "hole"),
        ('{ from = 8000, to = 17000, rate = "3%" }, { from = 16000, rate = "4%" }', "50000", "overlap"),
        ('{ from = 8000, to = 16000, rate = "3%" }', "50000", "hole"),
        ('{ from = 8000, to = 16000, rate = "3%" }', '"unset"', "to_open"),
        ('{ from = -8000, rate = "3%" }', "50000", "amount_range"),
        ('{ from = 8000, rate = "-3%" }', "50000", "rate"),
        ('{ from = 8000, rate = "300%" }', "50000", "share"),
        ('{ from = 16000, rate = "3%" }, { from = 8000, rate = "4%" }', "50000", "not_above"),
        ('{ from = 8000, rate = "3%" }, { above = 8000, rate = "4%" }', "50000", "not_above"),
        ("", "50000", "too_short"),
    ],
)
def test_brackets_with_holes_overlaps_or_impossible_figures_are_named(rows: str, ends: str, what: str) -> None:
    with pytest.raises(PolicyErrors) as caught:
        amended(clerks(rows, ends))

    assert [problem.what for problem in caught.value.problems] == [what]
    assert all(wording.problem(problem, lang) for problem in caught.value.problems for lang in wording.LANGS)


@pytest.mark.parametrize(("to", "ends"), [("40000", "50000"), ("60000", "50000"), ("40000", '"unset"')])
def test_a_last_bracket_that_does_not_end_with_its_table_is_named_by_its_place(to: str, ends: str) -> None:
    rows = f'{{ from = 8000, rate = "3%" }}, {{ above = 16000, to = {to}, rate = "4%" }}'
    with pytest.raises(PolicyErrors) as caught:
        amended(clerks(rows, ends))

    (problem,) = caught.value.problems
    assert problem.where.endswith("pay.clerk.brackets[2]")
    assert problem.params["at"] == "2"


def test_attainment_rows_are_checked_alike_and_their_end_can_be_unset() -> None:
    rows = (
        '[version.pay.manager]\nrows = [{{ from = "70%", to = "{}", rate = "1%" }}, {{ from = "100%", rate = "1.5%" }}]'
    )

    assert len(amended(rows.format("100%")).pay.manager.rows) == 2
    with pytest.raises(PolicyErrors, match="hole"):
        amended(rows.format("99%"))
    assert amended('[version.pay.manager]\nends = "unset"').pay.manager.ends is None


def test_steps_never_pay_less_for_more() -> None:
    with pytest.raises(PolicyErrors, match="falls"):
        amended(
            '[version.pay.basis_cut]\nmode = "step"\nsteps = [{ from = "0%", pay = "50%" }, { from = "50%", pay = "40%" }]'
        )


def test_a_changed_or_removed_old_version_is_noticed_and_an_added_one_is_not() -> None:
    two = policy.load(TWO)

    assert gaps.altered(SAMPLE, two) == []
    assert gaps.altered(two, SAMPLE) == [two.versions[1]]
    assert gaps.altered(SAMPLE, policy.load(edited("basis = 8000", "basis = 9000"))) == [RULES]


def test_comments_and_layout_leave_a_versions_fingerprint_alone() -> None:
    bare = re.sub(r"\s*# .*", "", SAMPLE_TEXT)

    assert policy.load(bare).versions[0].fingerprint == RULES.fingerprint


# --- What is wrong, where, and what is allowed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "where", "what", "allowed"),
    [
        ("basis = 8000", "basis = -1", "pay.basis", "amount_range", "0–1000000000"),
        ("basis = 8000", "basis = 8000.005", "pay.basis", "amount", "750, 750.50"),
        ("basis = 8000", 'basis = "8000"', "pay.basis", "amount", "750, 750.50"),
        ("basis = 8000", "basis = true", "pay.basis", "amount", "750, 750.50"),
        ("basis = 8000", "basis = nan", "pay.basis", "amount", "750, 750.50"),
        ("basis = 8000", "bases = 8000", "pay.basis", "missing", ""),
        (
            'above = 16000, rate = "4%"',
            "above = 16000, rate = 0.04",
            "pay.clerk.brackets[2].rate",
            "rate",
            '"3%", "1.5%"',
        ),
        (
            'above = 16000, rate = "4%"',
            'above = 16000, rate = "4.005%"',
            "pay.clerk.brackets[2].rate",
            "rate",
            '"3%", "1.5%"',
        ),
        ("above = 16000", "above = 7000", "pay.clerk.brackets[2]", "not_above", "> 8000"),
        ("above = 16000", "from = 9000, above = 16000", "pay.clerk.brackets[2]", "one_edge", "from, above"),
        ("ends = 50000", "ends = 30000", "pay.clerk.ends", "ends", "> 32000"),
        ('mode = "marginal" ', 'mode = "slices" ', "pay.commission.mode", "choice", '"marginal", "whole"'),
        ('time = "22:00"', 'time = "25:00"', "reports.weekly.time", "time", '"09:30", "23:59:59"'),
        ('window = "09:00-21:00"', 'window = "21:00-09:00"', "calls.window", "window", '"09:00-21:00"'),
        ('pays = ["clerk>rep"]', 'pays = ["clerk>boss"]', "pay.delegation.pays[1]", "pair", '"clerk>rep"'),
        ("grace = 60 ", "grace = 4000 ", "reports.weekly.grace", "range", "≤ 3600"),
        ('fund_share = "50%"', 'fund_share = "150%"', "reports.weekly.fund_share", "share", '"0%"–"100%"'),
        ('mode = "record"', 'mode = "payslip"', "fines.mode", "payslip_switch", "payslip_risk_accepted = true"),
        ('code = "busy"', 'code = "no_answer"', "calls.outcomes", "twice", "no_answer"),
        ('"忙线", "占线"', '"没接", "占线"', "calls.outcomes", "twice", "没接"),
        ("absurd = 100000 ", "absurd = 90000000 ", "deals.absurd", "order", "absurd ≤ max"),
        ("effective_from = 2026-01-01", 'effective_from = "soon"', "effective_from", "date", "2026-01-01"),
        ('weekday = "saturday"', 'weekday = "satday"', "reports.weekly.weekday", "choice", ", ".join(Weekday)),
        ("hours = [", "hours = 8 #[", "work.hours", "list", "[ … ]"),
        ("names = 3", "names = 0", "boards.names", "range", "≥ 1"),
        ("supervisors_due = false", "supervisors_due = 0", "reports.supervisors_due", "bool", "true, false"),
    ],
)
def test_every_problem_names_the_key_and_what_is_allowed(
    old: str, new: str, where: str, what: str, allowed: str
) -> None:
    found = [problem for problem in problems(edited(old, new)) if problem.what == what]

    assert [(problem.where.split(".", 1)[1], problem.allowed) for problem in found] == [(where, allowed)]


def test_a_cap_needs_a_table_that_says_where_it_ends() -> None:
    capped = '[version.pay.commission]\ntop = "cap"'

    assert amended(capped).pay.commission.top == "cap"
    with pytest.raises(PolicyErrors, match="cap_needs_ends"):
        amended(capped, '[version.pay.clerk]\nends = "unset"')


def test_all_problems_are_named_at_once() -> None:
    text = edited("basis = 8000", "basis = -1").replace('window = "09:00-21:00"', 'window = "9 to 21"')
    text = text.replace("names = 3", "name = 3") + "\n[calendar.27]\noff = []\n"

    assert {problem.what for problem in problems(text)} == {"amount_range", "window", "did_you_mean", "year"}


def test_an_unknown_key_gets_the_likely_one_or_the_list() -> None:
    (close,) = problems(edited("names = 3", "nams = 3"))
    (strange,) = problems(edited("names = 3", "zzz = 3"))

    assert (close.what, close.params["close"]) == ("did_you_mean", "names")
    assert strange.what == "unknown"
    assert strange.allowed == "daily, weekly, monthly, names, last_days, quiet"


def test_keys_outside_versions_are_checked_too() -> None:
    found = problems(SAMPLE_TEXT.replace("[glossary]", "[glosary]"))

    assert [(problem.where, problem.params["close"]) for problem in found] == [("glosary", "glossary")]


@pytest.mark.parametrize(
    ("text", "line", "column"), [("a = ", "1", "5"), ("[[version]]\nname = x", "2", "8"), ('x = "', "1", "6")]
)
def test_a_file_that_is_not_toml_has_its_line_and_column_named(text: str, line: str, column: str) -> None:
    (problem,) = problems(text)

    assert (problem.what, problem.params["line"], problem.params["column"]) == ("syntax", line, column)


@pytest.mark.parametrize("text", ["", "version = 3", "version = []", "version = [1]"])
def test_a_policy_needs_a_version(text: str) -> None:
    assert [problem.what for problem in problems(text)] == ["no_versions"]


def test_a_byte_order_mark_from_a_windows_editor_does_no_harm() -> None:
    assert policy.load("\ufeff" + SAMPLE_TEXT) == SAMPLE


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("[calendar.2027]\noff = [2028-01-01]", "wrong_year"),
        ("[calendar.2027]\noff = [2027-02-05]\nwork = [2027-02-05]", "off_and_work"),
        ('[calendar.2027]\noff = ["2027-02-05"]', "dates"),
        ("[calendar.2027]\nfree = []", "unknown"),
        ("[calendar.next]\noff = []", "year"),
    ],
)
def test_the_calendars_exceptions_are_checked(table: str, what: str) -> None:
    assert [problem.what for problem in problems(f"{SAMPLE_TEXT}\n{table}\n")] == [what]


def test_a_years_plan_may_reach_back_into_december() -> None:
    rules = policy.load(f"{SAMPLE_TEXT}\n[calendar.2027]\noff = [2026-12-31, 2027-01-01]\nwork = [2027-02-14]\n")

    assert rules.calendar[2027].off == {date(2026, 12, 31), date(2027, 1, 1)}
    assert rules.calendar[2027].work == {date(2027, 2, 14)}


def test_the_companys_own_words_replace_single_ones() -> None:
    rules = policy.load(SAMPLE_TEXT.replace('agent = "业务员"', 'agent = "顾问"'))

    assert (rules.glossary["agent"], rules.glossary["team"]) == ("顾问", "组")


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, len(SAMPLE_TEXT) - 1),
    st.integers(1, 40),
    st.sampled_from(["", "0", "-", '"', "x = 1\n", "[]", "nan"]),
)
def test_no_file_is_so_broken_that_it_is_not_explained(start: int, length: int, put: str) -> None:
    """A file with a hole or a slip anywhere is either a policy or a list of problems, never anything else."""
    try:
        known = bool(policy.load(SAMPLE_TEXT[:start] + put + SAMPLE_TEXT[start + length :]).versions)
    except PolicyErrors as error:
        known = bool(error.problems) and all(wording.problem(found, "zh") for found in error.problems)

    assert known


# --- Warnings -----------------------------------------------------------------------------------------------------------


def warned(version: policy.Version) -> set[str]:
    return {gap.what for gap in gaps.gaps(version)}


def test_the_sample_file_says_what_the_companys_rules_leave_open() -> None:
    assert warned(RULES) == {
        "gap_base",
        "gap_training",
        "gap_min_wage_low",
        "gap_grades",
        "gap_open_end",
        "gap_own_deals",
        "gap_elimination_min",
        "gap_fines",
        "gap_last",
        "gap_probation_contract",
    }


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        ("[version.pay]\nmin_wage = 2000", "gap_min_wage_low", "gap_base_below_minimum"),
        ("[version.pay]\nmin_wage = 700", "gap_min_wage_low", "gap_min_wage_source"),
        ('[version.pay]\nmin_wage = 700\nmin_wage_on = 2026-01-01\nmin_wage_source = "x"', "gap_min_wage_low", None),
        ("[version.pay]\nprobation_base = 599", None, "gap_probation_low"),
        ("[version.pay]\nprobation_base = 600", None, None),
        ("[version.elimination]\nlast = 0", "gap_last", None),
        (clerks('{ from = 8000, rate = "4%" }, { above = 16000, rate = "3%" }'), None, "gap_falling"),
        (
            '[version.pay.manager]\nrows = [{ from = "70%", rate = "2%" }, { from = "99%", rate = "1%" }]',
            None,
            "gap_falling",
        ),
        (
            '[version.pay.basis_cut]\nmode = "step"\nsteps = [{ from = "0%", pay = "50%" }]',
            None,
            "gap_never_whole",
        ),
        ('[version.guards]\ndeduction_cap = "21%"', None, "gap_cap_high"),
        ('[version.guards]\ndeduction_cap = "20%"', None, None),
        ('[version.pay.commission]\nmode = "whole"', None, "gap_whole"),
        ('[version.pay.commission]\ntop = "cap"', None, "gap_capped"),
        ('[version.pay.supervisor]\nown_deals = "team"', "gap_own_deals", None),
        ("[version.elimination]\nmin = 3000", "gap_elimination_min", None),
        ("[version.elimination]\nmin = 8000", "gap_elimination_min", "gap_minimum_over_basis"),
        ('[version.fines]\nmode = "off"', "gap_fines", None),
        ('[version.fines]\nmode = "payslip"\npayslip_risk_accepted = true', "gap_fines", "gap_payslip"),
        ('[version.calls]\nwindow = "08:00-21:00"', None, "gap_window"),
        ('[version.calls]\nwindow = "09:00-21:30"', None, "gap_window"),
    ],
)
def test_a_warning_comes_and_goes_with_its_cause(change: str, gone: str | None, new: str | None) -> None:
    rules = warned(amended(change))

    assert gone not in rules
    assert new is None or new in rules


def test_where_the_rules_are_silent_a_file_that_says_nothing_is_told_which_default_decides() -> None:
    bare = SAMPLE_TEXT.replace('funding = "clerk" ', "# ").replace("[version.targets]", "[version.target_s]", 1)
    bare = re.sub(r"\[version\.target_s\].*?\n\n", "", bare, flags=re.DOTALL)
    found = [
        (gap.where, gap.params["figure"])
        for gap in gaps.gaps(policy.load(bare).versions[0])
        if gap.what == "gap_default"
    ]

    assert found == [
        ("version[2026-01-01].pay.delegation.funding", "clerk"),
        ("version[2026-01-01].targets.free_days", "3"),
        ("version[2026-01-01].targets.raise_by", "director"),
    ]


def test_what_is_watched_for_silence_exists() -> None:
    assert {key.name for key in keys()} >= gaps.SILENT


def test_warnings_about_law_name_their_source() -> None:
    assert set(wording.SOURCES) <= set(wording.GAPS["zh"])
    for gap in gaps.gaps(RULES):
        said = wording.problem(gap, "zh")
        assert ("〔" in said) == bool(wording.source(gap))
    (fines,) = [gap for gap in gaps.gaps(RULES) if gap.what == "gap_fines"]
    assert "2008-01-15" in wording.problem(fines, "en")


def test_a_minimum_wage_of_more_than_a_year_ago_and_a_changed_policy_are_pointed_out() -> None:
    since = policy.load(SAMPLE_TEXT.replace('min_wage_on = "unset"', "min_wage_on = 2026-01-01"))

    def said(day: date) -> set[str]:
        return {gap.what for gap in gaps.overlooked(since, [], day)}

    assert "gap_min_wage_old" not in said(date(2027, 1, 1))
    assert "gap_min_wage_old" in said(date(2027, 1, 3))
    assert "gap_consult" not in {gap.what for gap in gaps.overlooked(SAMPLE, [])}
    assert "gap_consult" in {gap.what for gap in gaps.overlooked(policy.load(TWO), [])}
