"""How a long board is cut into pages, and how long its bars are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.ranking import pages, per_mille


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (30, [30]), (31, [16, 15]), (61, [21, 20, 20]), (200, [29] * 4 + [28] * 3)]
)
def test_pages_are_as_few_as_will_do_and_evenly_filled(count: int, sizes: list[int]) -> None:
    assert [len(page) for page in pages(count, 30)] == sizes


@given(st.integers(0, 5000), st.integers(1, 60))
def test_every_row_stands_on_one_page_in_its_order(count: int, most: int) -> None:
    cut = pages(count, most)

    assert [row for page in cut for row in page] == list(range(count))
    assert all(1 <= len(page) <= most for page in cut)


@pytest.mark.parametrize(
    ("value", "best", "length"),
    [(5_000, 5_000, 1000), (2_500, 5_000, 500), (0, 5_000, 0), (-100, 5_000, 0), (0, 0, 0), (-5, -1, 0), (7, 5, 1000)],
)
def test_a_bar_is_as_long_as_its_share_of_the_best(value: int, best: int, length: int) -> None:
    assert per_mille(value, best) == length
