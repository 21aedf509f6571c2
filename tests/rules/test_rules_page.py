"""docs/rules.md: every numbered reading is a key with the default it states, or a rule that some test claims."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from core.rules.policy_keys import keys, written
from tests.rules.paydesk import RULES

ROOT = Path(__file__).parents[2]
ROWS = {
    cells[1].strip(): re.findall(r"`([^`]+)`", cells[4])
    for line in (ROOT / "docs" / "rules.md").read_text("utf-8").splitlines()
    if len(cells := line.split("|")) == 6 and re.match(r"\s*\d", cells[1])
}
NUMBERS = [*map(str, range(1, 61)), "8a", "9a", "20a", "46a", "50a", "53a", "53b"]


@cache
def claims() -> frozenset[str]:
    """The names of all tests."""
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(name for file in files for name in re.findall(r"def (test_\w+)", file.read_text("utf-8")))


def test_every_number_has_its_row() -> None:
    assert sorted(ROWS) == sorted(NUMBERS)
    assert all(ROWS.values())


@pytest.mark.parametrize("number", NUMBERS)
def test_a_reading_is_a_key_with_its_default_or_a_claim_that_is_tested(number: str) -> None:
    known = {key.name: key for key in keys()}
    for said in ROWS[number]:
        name, _, value = said.partition("=")
        if name.startswith("test_"):
            assert name in claims()
        else:
            key = known[name]
            assert not value or written(key.value(RULES), key.field) == value
