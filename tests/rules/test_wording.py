"""Everything the rules say has words in both languages, and the words say the figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import pytest

from core.rules import explain, gaps, policy, wording
from core.rules.pay import Note, statement
from core.rules.people import Role
from core.rules.policy import Problem
from core.rules.proposals import proposals
from tests.rules.paydesk import RULES, SAMPLE, SAMPLE_TEXT, amended, clerk, fen, given, lead, own, past, person

CATALOGUES = [wording.PROBLEMS, wording.GAPS, wording.NOTES, wording.REASONS]
CORE = Path(__file__).parents[2] / "core"
SPEAKERS = [
    *CORE.glob("rules/policy*.py"),
    *(CORE / "rules" / name for name in ("gaps.py", "pay.py", "pay_guards.py", "proposals.py")),
    CORE / "usecases" / "preview.py",
]
CODE = "".join(file.read_text("utf-8") for file in SPEAKERS)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_both_languages_say_the_same_things_with_the_same_figures(catalogue: Mapping[str, Mapping[str, str]]) -> None:
    zh, en = (catalogue[lang] for lang in wording.LANGS)

    assert zh.keys() == en.keys()
    assert {key: fields(text) for key, text in zh.items()} == {key: fields(text) for key, text in en.items()}


@pytest.mark.parametrize(
    ("pattern", "catalogue"),
    [
        (r'wrong\(\s*"(\w+)"', wording.PROBLEMS),
        (r'Problem\(\s*[^,]+, "(\w+)"', wording.PROBLEMS),
        (r'\.note\(\s*"(\w+)"', wording.NOTES),
        (r'Note\("(\w+)"', wording.NOTES),
        (r'Proposal\(Act\.\w+, "(\w+)"', wording.REASONS),
    ],
)
def test_every_key_that_the_code_uses_has_a_text(pattern: str, catalogue: Mapping[str, Mapping[str, str]]) -> None:
    used = set(re.findall(pattern, CODE))

    assert used
    assert used - catalogue["zh"].keys() - wording.GAPS["zh"].keys() == set()


def test_notes_say_what_they_rest_on() -> None:
    notes = [
        *clerk(own(60000)).notes,
        *clerk(own(2000), given(7000)).notes,
        *lead(69999, 100000).notes,
        *lead(200000, 100000, role=Role.MANAGER).notes,
        *lead(1, None).notes,
    ]

    said = [wording.note(note) for note in notes]

    assert "制度未载明 > 50,000,按最高一档 5%" in said
    assert "代访分享超过本人提成,超出的 40.00 由公司承担" in said
    assert "提成 0.00:达成率 69.99%,到 70% 才开始算" in said
    assert "制度未载明 > 150%,按最高一档 1.5%,待确认" in said
    assert "待设定指标:领航;设定前团队提成未定" in said
    assert "制度未载明商务主管底薪,按 0.00" in said
    assert all(wording.note(note, "en") for note in notes)


def test_reasons_name_the_months() -> None:
    who = person(past=[past("7200")])

    (found, _) = proposals(RULES, who, statement(RULES, who, [own(6000)]))

    assert wording.reason(found) == "连续 2 个月低于基础业绩 8,000:10 月 7,200、11 月 6,000"
    assert wording.reason(found, "en") == "2 months in a row below the basis of 8,000: 2026-10 7,200, 2026-11 6,000"


def test_a_problem_says_what_stands_there() -> None:
    found = Problem("pay.basis", "amount", {"allowed": "750", "found": "8千"})

    assert wording.problem(found) == "pay.basis:要写金额(元),最多两位小数,例如 750(现在是 8千)"
    assert wording.problem(found, "en") == (
        "pay.basis: write an amount in yuan with at most two decimals, such as 750 (found 8千)"
    )


def test_every_warning_can_be_said() -> None:
    for lang in wording.LANGS:
        assert all(wording.problem(gap, lang) for gap in gaps.overlooked(SAMPLE, [2027]))


@pytest.mark.parametrize("lang", wording.LANGS)
def test_the_page_says_every_figure_of_the_pay_rules(lang: str) -> None:
    page = explain.as_text(explain.policy(SAMPLE, RULES, lang))

    for figure in ("750", "700", "8,000", "16,000", "32,000", "50,000", "5,000", "12,000", "23,000", "35,000"):
        assert figure in page
    for figure in ("3%", "4%", "5%", "6%", "1%", "1.5%", "2%", "70%", "100%", "150%", "15,000", "22:01:00", "23:59:59"):
        assert figure in page
    assert "None" not in page
    assert "{" not in page


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        ('[version.pay.commission]\nmode = "whole"', "全额按所在档", "the whole amount"),
        ('[version.pay.commission]\ntop = "cap"', "50,000 以上不计", "nothing above 50,000"),
        ('[version.pay.basis_cut]\nmode = "none"', "也不扣", "nothing is cut"),
        ("[version.pay]\nmin_wage = 2000", "最低工资 2,000", "minimum wage of 2,000"),
        ("[version.pay]\ntraining_base = 500", "培训期每月:500", "in training: 500"),
        (
            '[version.pay]\nclerk_grades = [{ from = 32000, base = 1000, name = "高级" }]',
            "次月底薪 1,000(高级)",
            "1,000 (高级)",
        ),
        ('[version.pay.supervisor]\nown_deals = "rep"', "另按商务代表提成表", "by the rep's table"),
        ("[version.elimination]\nlast = 0\nmin = 3000", "公司最低指标 3,000", "company minimum 3,000"),
        ('[version.deals]\nrecognition = "paid"', "到账", "payment"),
        ('[version.feedback]\nby = "both"', "主管和经理", "supervisor and manager"),
    ],
)
def test_the_page_follows_the_file(change: str, zh: str, en: str) -> None:
    version = amended(change)

    assert zh in explain.as_text(explain.policy(SAMPLE, version, "zh"))
    assert en in explain.as_text(explain.policy(SAMPLE, version, "en"))
    assert zh not in explain.as_text(explain.policy(SAMPLE, RULES, "zh"))


def test_the_page_uses_the_companys_own_words() -> None:
    rules = policy.load(SAMPLE_TEXT.replace('clerk = "商务文员"', 'clerk = "电销顾问"'))

    page = explain.as_text(explain.policy(rules, rules.versions[0]))

    assert "电销顾问:超过 8,000 3%" in page
    assert wording.role_name(Role.CLERK, "zh", rules) == "电销顾问"
    assert wording.role_name(Role.CLERK, "en", rules) == "clerk"


def test_a_supervisors_own_deals_are_said_with_their_amount() -> None:
    made = statement(RULES, person(Role.SUPERVISOR), [own(3800, role=Role.SUPERVISOR)])

    assert wording.note(Note("own_deals_undecided", {"amount": fen(3800)})) in map(wording.note, made.notes)
