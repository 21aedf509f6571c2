"""Who is meant by a typed name."""

from __future__ import annotations

import pytest

from bot.forms.colleagues import Colleague, find
from core.rules.people import Role

FANG_CLERK = Colleague(6, "王芳", Role.CLERK, 1)
FANG_REP = Colleague(17, "王方", Role.REP, 2)
WU = Colleague(10, "吴海涛", Role.REP, 1)
OUYANG = Colleague(15, "欧阳雪", Role.CLERK, 2)
GULI = Colleague(22, "古丽米热·艾合买提", Role.CLERK, 3)
EVERYBODY = [FANG_CLERK, WU, OUYANG, FANG_REP, GULI]
REPS = frozenset({Role.REP})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("吴海涛", [WU]),
        ("海涛", [WU]),
        ("吴代表", [WU]),
        ("吴哥", [WU]),
        ("小吴", [WU]),
        ("武海涛", [WU]),  # same sound, nobody else
        ("王代表", [FANG_REP]),  # the clerk is no rep
        ("王方", [FANG_REP]),
        ("王芳", [FANG_CLERK, FANG_REP]),  # for a visit the rep of the same sound may be meant
        ("欧阳雪", [OUYANG]),
        ("古丽米热", [GULI]),
        ("赵子龙", []),
        ("", []),
        ("\u200b", []),
    ],
)
def test_a_visitor_is_found_or_asked_about(typed: str, meant: list[Colleague]) -> None:
    assert find(typed, EVERYBODY, first=REPS) == meant


def test_without_a_likely_role_a_whole_name_is_certain_and_a_sound_is_not() -> None:
    assert find("王芳", EVERYBODY) == [FANG_CLERK]
    assert find("网芳", EVERYBODY) == [FANG_CLERK, FANG_REP]


def test_a_draft_keeps_a_colleague_as_plain_values() -> None:
    assert Colleague.unpacked(FANG_REP.packed()) == FANG_REP
