"""A new version of the policy: one is appended, checked all at once, compared in plain words; who may, who is asked."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.port import SMALL_FILE
from core.rules import explain
from core.rules import policy as files
from core.rules.calendar import Calendar, Month
from core.rules.errors import Refusal
from core.rules.people import Person, Role, Status
from core.rules.policy import Policy, PolicyErrors, Problem
from core.rules.policy_change import (
    MOST_BYTES,
    Candidate,
    Changed,
    Effect,
    State,
    Unit,
    candidate,
    cautions,
    combined,
    confirmers,
    differences,
    figure,
    figures,
    first_days,
    from_figure,
    from_file,
    is_chased,
    is_reported,
    may_propose,
    moved,
    outlook,
    read,
    read_value,
    written,
)
from core.rules.policy_toml import version_text
from tests.office import POLICY

TEXT = POLICY.read_text("utf-8")
SAMPLE = files.load(TEXT)
DECEMBER = date(2026, 12, 1)
OCTOBER = Month(2026, 10)
NEW = "[[version]]\neffective_from = 2026-12-01\n[version.pay]\nbasis = 9000\n"


def person(number: int, role: Role, *, owner: bool = False, status: Status = Status.REGULAR) -> Person:
    return Person(number, f"{number:03d}", f"P{number}", role, status, None, None, date(2024, 1, 1), is_owner=owner)


def wrong(text: str, policy: Policy = SAMPLE, locked: Month | None = OCTOBER) -> list[Problem]:
    with pytest.raises(PolicyErrors) as raised:
        from_file(text, policy, locked)
    return raised.value.problems


def kinds(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(one.where, one.what) for one in problems]


def appended(policy: Policy, made: Candidate) -> Policy:
    return combined(policy, [made.text])


# --- a file -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [NEW, f"{TEXT}\n{NEW}", "\ufeff" + NEW], ids=["alone", "whole file", "with a mark"])
def test_the_table_alone_and_the_whole_file_make_the_same_version(text: str) -> None:
    made = from_file(text, SAMPLE, OCTOBER)

    assert (made.version.name, made.version.effective_from, made.version.pay.basis) == ("2026-12-01", DECEMBER, 900_000)
    assert made.version.pay.clerk == SAMPLE.versions[0].pay.clerk
    assert files.complete(read(made.text)).fingerprint == made.version.fingerprint


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (NEW.replace("9000", "-1"), [("version[2026-12-01].pay.basis", "amount_range")]),
        (TEXT, [("version", "no_new_version")]),
        ("", [("version", "no_new_version")]),
        ("version = 3", [("version", "no_new_version")]),
        (NEW + NEW.replace("2026-12", "2027-01"), [("version", "one_new_version")]),
        (NEW + "[glossary]\nteam = '队'\n", [("glossary", "not_a_version")]),
        (TEXT.replace('team = "组"', 'team = "队"') + NEW, [("glossary", "not_a_version")]),
        (TEXT.replace("basis = 8000 ", "basis = 8001 ") + NEW, [("version[2026-01-01]", "altered")]),
        (NEW.replace("9000", "8000"), [("version[2026-12-01]", "changes_nothing")]),
        (NEW.replace("2026-12-01", "2026-10-01"), [("version[2026-10-01].effective_from", "in_locked")]),
        (NEW.replace("2026-12-01", "2026-12-02"), [("version[2026-12-02].effective_from", "mid_month")]),
        (
            NEW.replace("2026-12-01", "2025-12-01"),
            [
                ("version[2025-12-01].effective_from", "append_only"),
                ("version[2025-12-01].effective_from", "in_locked"),
            ],
        ),
        (
            NEW.replace("[version.pay]", "effective_until = 2026-12-31\n[version.pay]"),
            [("version[2026-12-01].effective_until", "never_ends")],
        ),
        (
            NEW.replace("[version.pay]", 'name = "2026-01-01"\n[version.pay]'),
            [("version[2026-12-01].name", "twice")],
        ),
        ("[[version]]\n[version.pay]\nbasis = 1\n", [("version[1].effective_from", "missing")]),
    ],
)
def test_what_a_proposal_cannot_be(text: str, found: list[tuple[str, str]]) -> None:
    assert sorted(kinds(wrong(text))) == sorted(found)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    text = NEW.replace("2026-12-01", "2026-09-01").replace(
        "basis = 9000",
        "basis = -3\nclerk.brackets = [{ from = 9000, rate = '3%' }, { above = 8000, rate = '-4%' }]\nnonsense = 1",
    )
    told = kinds(wrong(text))

    assert ("version[2026-09-01].effective_from", "in_locked") in told
    assert ("version[2026-09-01].pay.basis", "amount_range") in told
    assert ("version[2026-09-01].pay.nonsense", "unknown") in told
    assert any("brackets" in where for where, _ in told)


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ("[{ from = 9000, rate = '3%' }, { above = 8000, rate = '4%' }]", "not_above"),
        ("[{ from = 8000, to = 15000, rate = '3%' }, { above = 16000, rate = '4%' }]", "hole"),
        ("[{ from = 8000, to = 17000, rate = '3%' }, { above = 16000, rate = '4%' }]", "overlap"),
    ],
)
def test_brackets_that_fall_leave_a_hole_or_overlap_are_named(rows: str, kind: str) -> None:
    text = NEW.replace("basis = 9000", f"clerk.brackets = {rows}")

    assert [one.what for one in wrong(text)] == [kind]


def test_versions_that_overlap_or_leave_a_hole_are_named() -> None:
    ended = TEXT.replace("effective_from = 2026-01-01", "effective_from = 2026-01-01\neffective_until = 2026-11-30")
    policy = files.load(f"{ended}\n{NEW}")
    then = NEW.replace("2026-12-01", "2027-02-01").replace("9000", "9500")

    assert policy.versions[0].effective_until == date(2026, 11, 30)
    assert kinds(wrong(f"{ended}\n{NEW.replace('2026-12-01', '2027-01-01')}", policy)) == [
        ("version[2027-01-01].effective_from", "version_hole")
    ]
    assert from_file(then, policy, OCTOBER).version.effective_from == date(2027, 2, 1)


def test_a_syntax_error_has_its_line_and_column() -> None:
    assert kinds(wrong(NEW.replace("basis = 9000", "basis = = 9000"))) == [("TOML 4:9", "syntax")]


def test_without_a_locked_month_any_first_may_be_proposed_after_the_newest_version() -> None:
    made = from_file(NEW.replace("2026-12-01", "2026-02-01"), SAMPLE, None)

    assert made.version.effective_from == date(2026, 2, 1)


def test_the_first_day_after_a_locked_month_may_be_the_first() -> None:
    november = NEW.replace("2026-12-01", "2026-11-01")

    assert from_file(november, SAMPLE, OCTOBER).version.effective_from == date(2026, 11, 1)
    assert kinds(wrong(november, locked=OCTOBER.next)) == [("version[2026-11-01].effective_from", "in_locked")]


def test_a_proposal_is_cautioned_about_what_it_newly_makes_doubtful() -> None:
    plain = from_file(NEW, SAMPLE, OCTOBER).version
    low = from_file(NEW.replace("basis = 9000", "probation_base = 500\nmin_wage = 2000"), SAMPLE, OCTOBER).version

    assert [one.what for one in cautions(SAMPLE, plain, DECEMBER)] == ["gap_consult"]
    assert {one.what for one in cautions(SAMPLE, low, DECEMBER)} == {
        "gap_consult", "gap_base_below_minimum", "gap_min_wage_source", "gap_probation_low",
    }  # fmt: skip


def test_what_is_new_is_what_the_newest_version_does_not_say() -> None:
    then = appended(SAMPLE, from_file(NEW, SAMPLE, OCTOBER))
    again, back = (NEW.replace("2026-12", "2027-01").replace("9000", basis) for basis in ("9000", "8000"))

    assert kinds(wrong(again, then)) == [("version[2027-01-01]", "changes_nothing")]
    assert from_file(back, then, OCTOBER).version.pay.basis == 800_000


def test_cautions_are_those_the_newest_version_had_not() -> None:
    low = "basis = 9000\nprobation_base = 500\n"
    then = appended(SAMPLE, from_file(NEW.replace("basis = 9000", low), SAMPLE, OCTOBER))
    made = from_file(NEW.replace("2026-12", "2027-01").replace("9000", "9500"), then, OCTOBER).version

    assert [one.what for one in cautions(then, made, DECEMBER)] == ["gap_consult"]


def test_a_file_of_64_kb_is_as_big_as_the_networks_hand_out() -> None:
    assert MOST_BYTES == SMALL_FILE == 65_536


# --- what was confirmed stays -----------------------------------------------------------------------------------------


def test_a_confirmed_version_stays_whatever_happens_to_the_file() -> None:
    made = from_file(NEW, SAMPLE, OCTOBER)
    changed = files.load(TEXT.replace("probation_base = 700 ", "probation_base = 600 "))

    whole = combined(changed, [made.text])
    assert [one.effective_from for one in whole.versions] == [date(2026, 1, 1), DECEMBER]
    assert whole.versions[1].fingerprint == made.version.fingerprint
    assert whole.versions[1].pay.probation_base == 70_000


def test_the_file_may_catch_up_and_the_confirmed_one_wins() -> None:
    made = from_file(NEW, SAMPLE, OCTOBER)
    caught_up = files.load(f"{TEXT}\n{made.text}")
    other = files.load(f"{TEXT}\n{NEW.replace('9000', '9999')}")

    assert combined(caught_up, [made.text]).versions[1].fingerprint == made.version.fingerprint
    assert combined(other, [made.text]).versions[1].pay.basis == 900_000


def test_a_version_of_the_file_behind_a_confirmed_one_it_lacks_is_refused() -> None:
    made = from_file(NEW, SAMPLE, OCTOBER)
    later = files.load(f"{TEXT}\n{NEW.replace('2026-12', '2027-01').replace('9000', '7000')}")

    with pytest.raises(PolicyErrors) as raised:
        combined(later, [made.text])
    assert kinds(raised.value.problems) == [("version[2027-01-01]", "behind_confirmed")]
    assert raised.value.problems[0].allowed == "2026-12-01"


def test_of_several_confirmed_ones_the_first_that_the_file_lacks_counts() -> None:
    first = from_file(NEW, SAMPLE, OCTOBER)
    then = appended(SAMPLE, first)
    last = from_file(NEW.replace("2026-12-01", "2027-02-01").replace("9000", "9500"), then, OCTOBER)
    between = files.load(TEXT + NEW.replace("2026-12-01", "2027-01-01"))
    half = files.load(f"{TEXT}\n{last.text}")

    with pytest.raises(PolicyErrors) as raised:
        combined(between, [first.text, last.text])
    assert [(one.where, one.allowed) for one in raised.value.problems] == [("version[2027-01-01]", "2026-12-01")]
    assert [one.pay.basis for one in combined(half, [first.text, last.text]).versions] == [800_000, 900_000, 950_000]


def test_several_confirmed_versions_follow_each_other() -> None:
    first = from_file(NEW, SAMPLE, OCTOBER)
    then = appended(SAMPLE, first)
    second = from_figure(then, "pay.sms.rate", Fraction(4, 100), date(2027, 1, 1), OCTOBER)
    whole = combined(SAMPLE, [first.text, second.text])

    assert [(one.pay.basis, one.pay.sms.rate) for one in whole.versions] == [
        (800_000, Fraction(3, 100)),
        (900_000, Fraction(3, 100)),
        (900_000, Fraction(4, 100)),
    ]


def test_another_day_is_the_general_managers_word() -> None:
    made = from_file(NEW, SAMPLE, OCTOBER)
    middle = moved(SAMPLE, made.text, date(2026, 12, 16), OCTOBER)
    back = moved(SAMPLE, middle.text, date(2027, 1, 1), OCTOBER)

    assert (middle.version.mid_month, middle.version.name) == (True, "2026-12-16")
    assert (back.version.mid_month, back.version.name) == (False, "2027-01-01")
    with pytest.raises(PolicyErrors):
        moved(SAMPLE, made.text, date(2026, 10, 31), OCTOBER)
    named = from_file(NEW.replace("[version.pay]", 'name = "冬"\n[version.pay]'), SAMPLE, OCTOBER)
    assert moved(SAMPLE, named.text, date(2027, 1, 1), OCTOBER).version.name == "冬"


# --- TOML -------------------------------------------------------------------------------------------------------------

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
VALUES: Any = st.recursive(
    st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_what_is_written_is_read_again(table: dict[str, Any]) -> None:
    assert files.parse(version_text(table))["version"] == [table]


def test_what_no_file_holds_is_not_written() -> None:
    with pytest.raises(TypeError):
        version_text({"x": object()})


def test_the_sample_is_written_and_read_again() -> None:
    assert read(version_text(SAMPLE.versions[0].table)) == SAMPLE.versions[0].table


# --- one figure -------------------------------------------------------------------------------------------------------


def test_every_figure_on_offer_can_be_changed_and_nothing_else_changes() -> None:
    newest = SAMPLE.versions[-1]
    for one in figures(newest):
        value: int | Fraction = Fraction(1, 1000) if one.unit is Unit.RATE else 100
        if one.name == "edge":
            assert one.value is not None
            value = one.value + (Fraction(1, 100) if one.unit is Unit.RATE else 100)
        made = from_figure(SAMPLE, one.key, value, DECEMBER, OCTOBER)
        changed = {f.key: f.value for f in figures(made.version)}
        assert changed[one.key] == value, one.key
        others = {f.key: f.value for f in figures(newest) if f.key != one.key}
        assert {key: changed[key] for key in others} == others, one.key


def test_figures_are_in_chapters_with_what_concerns_most_people_first() -> None:
    offered = figures(SAMPLE.versions[-1])

    assert [one.key for one in offered[:4]] == ["pay.base.clerk", "pay.base.rep", "pay.probation_base", "pay.basis"]
    assert list(dict.fromkeys(one.group for one in offered)) == [
        "base", "clerk", "rep", "share", "lead", "rest",
    ]  # fmt: skip
    clerk = [(one.name, one.row, one.value) for one in offered if one.group == "clerk"]
    assert clerk[2:4] == [("rate", 1_600_000, Fraction(4, 100)), ("edge", 1_600_000, 1_600_000)]
    assert {one.role for one in offered if one.group == "lead"} == {Role.SUPERVISOR, Role.MANAGER}
    assert [(one.role, one.value) for one in offered if one.name == "base"][2] == (Role.SUPERVISOR, None)


def test_a_rows_end_follows_where_the_next_one_begins() -> None:
    rows = "[{ from = 8000, to = 16000, rate = '3%' }, { above = 16000, rate = '4%' }]"
    policy = appended(SAMPLE, from_file(NEW.replace("basis = 9000", f"clerk.brackets = {rows}"), SAMPLE, OCTOBER))
    made = from_figure(policy, "pay.clerk.brackets.1.above", 1_700_000, date(2027, 1, 1), OCTOBER)
    rate = from_figure(policy, "pay.clerk.brackets.1.rate", Fraction(5, 100), date(2027, 1, 1), OCTOBER)
    first = from_figure(policy, "pay.clerk.brackets.0.from", 700_000, date(2027, 1, 1), OCTOBER)

    assert [row.to for row in made.version.pay.clerk.brackets] == [1_700_000, None]
    assert [row.to for row in rate.version.pay.clerk.brackets] == [1_600_000, None]
    assert [row.to for row in first.version.pay.clerk.brackets] == [1_600_000, None]


def test_a_figure_from_within_a_month_says_so() -> None:
    made = from_figure(SAMPLE, "pay.basis", 900_000, date(2026, 12, 16), OCTOBER)

    assert made.version.mid_month
    assert not from_figure(SAMPLE, "pay.basis", 900_000, DECEMBER, OCTOBER).version.mid_month


def test_a_figure_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal, match="no_figure"):
        figure(SAMPLE.versions[-1], "pay.clerk.brackets.9.rate")
    with pytest.raises(PolicyErrors):
        from_figure(SAMPLE, "pay.clerk.brackets.1.above", 700_000, DECEMBER, OCTOBER)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("3.5%", Fraction(35, 1000)), ("3.5", Fraction(35, 1000)), ("4%", Fraction(1, 25)), ("0.25 %", Fraction(1, 400)),
     ("10%", Fraction(1, 10)), ("3%", Fraction(3, 100)), ("0", Fraction(0))],
)  # fmt: skip
def test_rates_are_read_exactly(typed: str, value: Fraction) -> None:
    assert read_value(figure(SAMPLE.versions[-1], "pay.sms.rate"), typed, 10**9) == value


@pytest.mark.parametrize("typed", ["", "三", "3.555%", "-3%", "3%%", "%"])
def test_what_is_no_rate_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="rate_how"):
        read_value(figure(SAMPLE.versions[-1], "pay.sms.rate"), typed, 10**9)


def test_a_refusal_repeats_forty_characters_of_what_was_typed() -> None:
    with pytest.raises(Refusal) as raised:
        read_value(figure(SAMPLE.versions[-1], "pay.sms.rate"), "x" * 41, 10**9)
    assert raised.value.params == {"seen": "x" * 40}


def test_amounts_are_read_as_everywhere_and_may_be_nothing() -> None:
    one = figure(SAMPLE.versions[-1], "reports.weekly.late")

    assert [read_value(one, typed, 10**9) for typed in ("1.2万", "30.50", "0", "0.00")] == [1_200_000, 3_050, 0, 0]
    with pytest.raises(Refusal):
        read_value(one, "-3", 10**9)
    with pytest.raises(Refusal):
        read_value(one, "30", 2_999)


def test_values_are_written_as_the_file_writes_them() -> None:
    assert [str(written(value)) for value in (75_000, 75_050, Fraction(35, 1000), Fraction(3, 100))] == [
        "750", "750.50", "3.5%", "3%",
    ]  # fmt: skip


def test_the_next_firsts_come_after_today_the_newest_version_and_what_is_locked() -> None:
    newest = SAMPLE.versions[-1]
    later = appended(SAMPLE, from_file(NEW, SAMPLE, OCTOBER)).versions[-1]
    today = date(2026, 11, 20)

    assert first_days(today, newest, OCTOBER) == (DECEMBER, date(2027, 1, 1))
    assert first_days(today, newest, None) == (DECEMBER, date(2027, 1, 1))
    assert first_days(today, later, OCTOBER) == (date(2027, 1, 1), date(2027, 2, 1))
    assert first_days(today, newest, Month(2026, 12)) == (date(2027, 1, 1), date(2027, 2, 1))


# --- in words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_changes_is_said_in_the_sentences_of_the_policy(lang: str) -> None:
    made = from_file(NEW + "[version.reports.weekly]\nlate = 30\n", SAMPLE, OCTOBER)
    old, new = (explain.policy(SAMPLE, one, lang) for one in (SAMPLE.versions[0], made.version))
    found = differences(old, new)

    assert len(found) == 2
    assert "8,000" in found[0].before[0]
    assert "9,000" in found[0].after[0]
    assert "30" in found[1].after[0]
    assert differences(old, old) == ()


def test_sentences_that_come_and_go_have_one_side_alone() -> None:
    old = [("title", ["a"]), ("x", ["one", "  two"]), ("y", ["same"])]
    new = [("title", ["b"]), ("x", ["one"]), ("y", ["same", "more"])]

    assert differences(old, new) == (Changed("x", ("two",), ()), Changed("y", (), ("more",)))


def test_whoever_loses_most_comes_first_and_the_sums_are_of_all() -> None:
    september = Month(2026, 9)
    people = [person(n, Role.CLERK) for n in range(1, 6)]
    gains = [(1, 0), (-50, -20), (-1, 0), (0, 0), (30, 300)]
    effects = [
        Effect(one, ((september, 1000, 1000 + a), (OCTOBER, 2000, 2000 + b)))
        for one, (a, b) in zip(people, gains, strict=True)
    ]
    look = outlook([september, OCTOBER], effects)

    assert [one.person.id for one in look.effects] == [2, 3, 5, 1, 4]
    assert [one.gain for one in look.effects] == [-70, -1, 330, 1, 0]
    assert (look.gainers, look.losers, look.cost) == (2, 2, 260)
    assert (look.effects[0].before, look.effects[0].after) == (3000, 2930)
    assert look.months == (september, OCTOBER)


# --- who --------------------------------------------------------------------------------------------------------------


def test_managers_directors_and_owners_propose_while_they_work_here() -> None:
    allowed = {role: may_propose(person(1, role)) for role in Role}

    assert {role for role, may in allowed.items() if may} == {Role.MANAGER, Role.DIRECTOR}
    assert may_propose(person(1, Role.CLERK, owner=True))
    assert not may_propose(person(1, Role.MANAGER, status=Status.LEFT))


def test_the_director_confirms_and_never_the_proposer_alone() -> None:
    manager, director, owner = person(1, Role.MANAGER), person(2, Role.DIRECTOR), person(3, Role.CLERK, owner=True)
    clerk, other, left = person(4, Role.CLERK), person(5, Role.DIRECTOR), person(6, Role.DIRECTOR, status=Status.LEFT)

    assert confirmers([manager, director, owner, clerk], manager.id) == (director,)
    assert confirmers([manager, director, owner, clerk], director.id) == (manager, owner)
    assert confirmers([manager, director, other], director.id) == (other,)
    assert confirmers([manager, owner, clerk, left], manager.id) == (owner,)
    assert confirmers([manager, clerk], manager.id) == ()


def test_only_drafts_and_submitted_ones_are_open() -> None:
    assert {state for state in State if state.is_open} == {State.DRAFT, State.SUBMITTED}


# --- who has read it --------------------------------------------------------------------------------------------------


def test_the_unread_are_asked_on_three_working_days_and_then_once_a_working_week(china: Calendar) -> None:
    friday = date(2026, 11, 20)
    days = [date(2026, 11, day) for day in range(20, 31)] + [date(2026, 12, day) for day in range(1, 10)]
    chased = [day for day in days if is_chased(friday, day, china, "5")]
    reported = [day for day in days if is_reported(friday, day, china, "5")]

    assert chased == [
        date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25), date(2026, 12, 2), date(2026, 12, 9),
    ]  # fmt: skip
    assert reported == chased[2:]
    assert is_chased(friday, date(2026, 11, 19), china, "5") is False
    assert is_reported(friday, date(2026, 11, 23), china, "5") is False


def test_a_candidate_is_checked_against_the_newest_version() -> None:
    newest = appended(SAMPLE, from_file(NEW, SAMPLE, OCTOBER))

    with pytest.raises(PolicyErrors) as raised:
        candidate(newest, read(NEW), OCTOBER)
    assert ("version[2026-12-01].effective_from", "append_only") in kinds(raised.value.problems)
