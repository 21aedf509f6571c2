"""Slips in a policy file that hide each other, or that come from a Chinese keyboard: all are told, once, where they stand."""

from __future__ import annotations

import pytest

from core.rules import gaps, policy, wording
from core.rules.policy import PolicyErrors, Problem
from tests.rules.paydesk import SAMPLE_TEXT, amended

CLERK = """  { from = 8000,   rate = "3%" },
  { above = 16000, rate = "4%" },
  { above = 32000, rate = "5%" },
"""


def edited(*changes: tuple[str, str]) -> str:
    text = SAMPLE_TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def problems(text: str) -> list[Problem]:
    with pytest.raises(PolicyErrors) as caught:
        policy.load(text)
    return caught.value.problems


def told(text: str) -> set[tuple[str, str]]:
    """Place in the first version, and what is wrong."""
    return {(one.where.removeprefix("version[2026-01-01]."), one.what) for one in problems(text)}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            [(CLERK, CLERK.replace("16000", "40000")), ("ends = 50000", 'ends = "x"')],
            {("pay.clerk.brackets[3]", "not_above"), ("pay.clerk.ends", "amount")},
        ),
        (
            [(CLERK, CLERK.replace("16000", "40000").replace('"4%"', "4"))],
            {("pay.clerk.brackets[3]", "not_above"), ("pay.clerk.brackets[2].rate", "rate")},
        ),
        (
            [
                (CLERK, CLERK.replace("8000,  ", "8000, to = 9000,").replace("32000", "16000")),
                ("ends = 50000", "ends = 9"),
            ],
            {
                ("pay.clerk.brackets[1]", "hole"),
                ("pay.clerk.brackets[3]", "not_above"),
                ("pay.clerk.ends", "ends"),
            },
        ),
        (
            [(CLERK, CLERK.replace("above = 16000,", "").replace("32000", "1000"))],
            {("pay.clerk.brackets[2]", "one_edge")},  # the order around a row without an edge is nobody's slip
        ),
        (
            [
                ("basis = 8000 ", "bases = 8000 "),
                ("clerk_grades = []", "clerk_grades = [{ from = 9, base = 1 }, { from = 8, base = 2 }]"),
                ('top = "open"                # open', 'top = "cap" # open'),
                ("ends = 50000", 'ends = "unset"'),
            ],
            {
                ("pay.basis", "missing"),
                ("pay.bases", "did_you_mean"),
                ("pay.clerk_grades[2]", "not_above"),
                ("pay.commission.top", "cap_needs_ends"),
            },
        ),
        (
            [('mode = "record"', 'modus = 1\nmode = "payslip"'), ("names = 3", "names = 0")],
            {("fines.mode", "payslip_switch"), ("fines.modus", "did_you_mean"), ("boards.names", "range")},
        ),
        (
            [
                ('mode = "proportional"', 'mode = "step"'),
                (
                    "steps = []",
                    'steps = [{ from = "5%", pay = "60%" }, { from = "5%", pay = "50%" }, { from = "9%", pay = 1 }]',
                ),
            ],
            {
                ("pay.basis_cut.steps[1].from", "from_zero"),
                ("pay.basis_cut.steps[2].from", "not_above"),
                ("pay.basis_cut.steps[2].pay", "falls"),
                ("pay.basis_cut.steps[3].pay", "rate"),
            },
        ),
        (
            [("absurd = 100000 ", "absurd = 0 "), ("duplicate_minutes = 10", 'duplicate_minutes = "10"')],
            {("deals.absurd", "order"), ("deals.duplicate_minutes", "whole")},
        ),
    ],
)
def test_what_one_key_gets_wrong_does_not_hide_what_keys_get_wrong_together(
    changes: list[tuple[str, str]], found: set[tuple[str, str]]
) -> None:
    assert told(edited(*changes)) == found


def test_a_start_in_mid_month_is_told_beside_the_versions_other_slips() -> None:
    text = edited(("effective_from = 2026-01-01", "effective_from = 2026-01-15"), ("names = 3", "names = 0"))

    assert {(one.where, one.what) for one in problems(text)} == {
        ("version[2026-01-15].effective_from", "mid_month"),
        ("version[2026-01-15].boards.names", "range"),
    }


def test_a_slip_that_a_later_version_only_takes_over_is_told_once() -> None:
    text = edited(("basis = 8000 ", "basis = -1 "), (CLERK, CLERK.replace("16000", "40000")))
    later = "\n[[version]]\neffective_from = 2026-12-01\n[version.pay]\nprobation_base = 900\n"

    assert [one.where for one in problems(text + later)] == [one.where for one in problems(text)]
    again = problems(text + later + "basis = -1\n")
    assert [one.where for one in again if "basis" in one.where] == [
        "version[2026-01-01].pay.basis",
        "version[2026-12-01].pay.basis",
    ]


@pytest.mark.parametrize(
    ("old", "new", "zh"),
    [
        ('mode = "marginal"', "mode = “marginal”", "这里的 “ 是中文标点"),
        ("basis = 8000 ", "basis = 8,000 ", "这里的 , 是中文标点"),
        ("basis = 8000 ", "basis = 8,000 ", "金额不写逗号"),
        ('mode = "marginal"', 'mode = "marginal', "引号没有收尾"),
        ("probation_base = 700", "probation_base = 700\nprobation_base = 701", "同一个键写了两次"),
        ("effective_from = 2026-01-01", "effective_from = 2026-02-30", "没有这一天"),
        ("[version.pay.sms]", "[version.pay.rep]", "同一个表写了两次"),
        ('share = "1%"', "share = 1%", "百分比要加引号"),
    ],
)
def test_what_is_not_toml_is_said_in_ones_own_language(old: str, new: str, zh: str) -> None:
    (found,) = problems(edited((old, new)))

    assert zh in wording.problem(found, "zh")
    assert "line" in wording.problem(found, "en")


@pytest.mark.parametrize(
    ("new", "stands"),
    [
        ('probation_base = "700"', '(现在是 "700")'),
        ("probation_base = true", "(现在是 true)"),
        ("probation_base = nan", "(现在是 nan)"),
        ("probation_base = -700", "(现在是 -700)"),
        (f'probation_base = "{"x" * 99}"', f'(现在是 "{"x" * 40}…")'),
    ],
)
def test_what_stands_in_the_file_is_repeated_as_it_stands_there(new: str, stands: str) -> None:
    (found,) = problems(edited(("probation_base = 700", new)))

    assert wording.problem(found, "zh").endswith(stands)


def test_the_warning_about_the_minimum_wage_names_the_companys_own_figures() -> None:
    def said(*changes: str) -> list[str]:
        return [wording.problem(one, "en") for one in gaps.gaps(amended(*changes)) if one.where.endswith("min_wage")]

    assert "700/750 is below any present minimum" in said("[version.pay]\nprobation_base = 700")[0]
    assert (
        "is below" not in said("[version.pay]\nprobation_base = 3000\n[version.pay.base]\nclerk = 3000\nrep = 3100")[0]
    )


def test_grades_whose_base_falls_are_pointed_out() -> None:
    rows = "[version.pay]\nclerk_grades = [{{ from = 8000, base = {} }}, {{ from = 16000, base = 900 }}]"

    assert "gap_grades_fall" in {one.what for one in gaps.gaps(amended(rows.format(901)))}
    assert "gap_grades_fall" not in {one.what for one in gaps.gaps(amended(rows.format(900)))}
