"""What a spreadsheet, or the CSV somebody makes of it, could take for a formula (reliability S8)."""

from __future__ import annotations

import pytest

from core.rules.cells import looks_like_formula


@pytest.mark.parametrize(
    "typed", ["=1+1", "+8613800138000", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A1"]
)
def test_what_begins_like_a_formula_is_quoted(typed: str) -> None:
    assert looks_like_formula(typed)


@pytest.mark.parametrize("typed", ["", "李总", "007", "1-2", "A=1", "—", "·"])
def test_everything_else_stays_as_it_is(typed: str) -> None:
    assert not looks_like_formula(typed)
