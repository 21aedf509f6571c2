"""Boards: places, ties, movement, attainment shown rounded down (docs/rules.md 6, docs/manners.md 3)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.ranking import (
    Growth,
    Newcomer,
    Standing,
    attainment,
    daily_need,
    median,
    moved_mark,
    newcomer,
    number_order,
    percent_down,
    progress,
    reached,
    standings,
)

WEEK = {"005": 12_800_00, "007": 9_400_00, "016": 13_600_00, "012": 4_700_00, "014": 5_600_00, "023": 4_700_00}
LAST_WEEK = {"005": 8_300_00, "007": 14_000_00, "016": 9_000_00, "012": 1_000_00, "014": 200_00}


def test_equal_scores_share_a_place_and_the_next_one_is_left_out() -> None:
    board = standings({"010": 300, "009": 500, "007": 300, "016": 100})

    assert [(s.rank, s.number) for s in board] == [(1, "009"), (2, "007"), (2, "010"), (4, "016")]


def test_the_gap_leads_to_the_next_better_score_also_from_within_a_tie() -> None:
    board = standings({"010": 300, "009": 500, "007": 300, "016": 100})

    assert [(s.above, s.gap) for s in board] == [(None, None), (1, 200), (1, 200), (2, 200)]


def test_the_leader_has_nobody_above_even_when_two_lead() -> None:
    board = standings({"a": 5, "b": 5, "c": 4})

    assert [(s.rank, s.above, s.gap) for s in board] == [(1, None, None), (1, None, None), (1 + 2, 1, 1)]


def test_movement_compares_with_the_place_of_the_period_before() -> None:
    board = {s.number: s for s in standings(WEEK, LAST_WEEK)}

    assert [(n, board[n].rank, board[n].was, moved_mark(board[n].moved)) for n in ("016", "005", "007")] == [
        ("016", 1, 2, "↑1"),
        ("005", 2, 3, "↑1"),
        ("007", 3, 1, "↓2"),
    ]
    assert (board["023"].was, board["023"].moved, moved_mark(board["023"].moved)) == (None, None, "")
    assert board["012"].rank == board["023"].rank == 5


def test_without_a_period_before_nobody_has_moved() -> None:
    assert {s.moved for s in standings(WEEK)} == {None}
    assert moved_mark(0) == ""


def test_a_private_line_can_say_place_gap_and_last_place() -> None:
    mine = next(s for s in standings(WEEK, LAST_WEEK) if s.number == "012")

    assert mine == Standing(rank=5, number="012", score=4_700_00, was=4, above=4, gap=900_00)


def test_numbers_count_as_numbers() -> None:
    assert sorted(["11", "010", "9", "B2", "A1"], key=number_order) == ["9", "010", "11", "A1", "B2"]


@given(st.dictionaries(st.text("0123456789", min_size=1, max_size=4), st.integers(-5, 5), max_size=12))
def test_a_place_is_one_more_than_the_number_of_better_scores(scores: dict[str, int]) -> None:
    board = standings(scores, scores)

    assert sorted(s.number for s in board) == sorted(scores)
    for standing in board:
        better = [score for score in scores.values() if score > standing.score]
        assert standing.rank == 1 + len(better)
        assert standing.gap == (min(better) - standing.score if better else None)
        assert standing.moved == 0
    keys = [(-s.score, number_order(s.number)) for s in board]
    assert keys == sorted(keys)


def test_progress_is_against_ones_own_last_week_and_only_upwards() -> None:
    assert progress(WEEK, LAST_WEEK) == [
        Growth("014", 5_400_00),
        Growth("016", 4_600_00),
        Growth("005", 4_500_00),
        Growth("012", 3_700_00),
    ]
    assert progress({"2": 3, "10": 3, "1": 1}, {"2": 1, "10": 1, "1": 1}) == [Growth("2", 2), Growth("10", 2)]


@pytest.mark.parametrize(
    ("actual", "target", "reads"),
    [
        (69_999_00, 100_000_00, "69.9"),
        (99_950_00, 100_000_00, "99.9"),
        (99_999_99, 100_000_00, "99.9"),
        (100_000_00, 100_000_00, "100.0"),
        (100_100_00, 130_000_00, "77.0"),  # docs/manners.md 3.1
        (26_500_00, 30_000_00, "88.3"),
        (145_100_00, 140_000_00, "103.6"),
        (100_900_00, 101_000_00, "99.9"),
        (63_800_00, 92_000_00, "69.3"),
        (57_300_00, 80_000_00, "71.6"),
        (53_500_00, 80_000_00, "66.8"),
        (0, 80_000_00, "0.0"),
        (-1, 80_000_00, "-0.1"),
    ],
)
def test_attainment_is_shown_rounded_down(actual: int, target: int, reads: str) -> None:
    share = attainment(actual, target)

    assert share is not None
    assert percent_down(share) == reads


@pytest.mark.parametrize("target", [None, 0, -1])
def test_without_a_target_attainment_is_undetermined(target: int | None) -> None:
    assert attainment(5, target) is None


@pytest.mark.parametrize(
    ("actual", "percent", "yes"), [(69_999_99, 70, False), (70_000_00, 70, True), (99_999_99, 100, False)]
)
def test_a_step_is_reached_exactly_or_not_at_all(actual: int, percent: int, yes: bool) -> None:
    assert reached(actual, 100_000_00, percent) is yes


@given(st.integers(0, 10**10), st.integers(1, 10**10), st.sampled_from([70, 100, 150]))
def test_nobody_reads_a_step_that_is_not_reached(actual: int, target: int, step: int) -> None:
    share = attainment(actual, target)
    assert share is not None
    shown = Fraction(percent_down(share))

    assert 0 <= share * 100 - shown < Fraction(1, 10)
    assert reached(actual, target, step) == (shown >= step)


def test_groups_are_ranked_by_exact_attainment() -> None:
    shares = {"飞虎": (90_500, 105_000), "领航": (100_100, 130_000), "破浪": (57_300, 80_000)}
    board = standings({team: Fraction(*share) for team, share in shares.items()})

    assert [(s.number, percent_down(Fraction(s.score))) for s in board] == [
        ("飞虎", "86.1"),
        ("领航", "77.0"),
        ("破浪", "71.6"),
    ]


@pytest.mark.parametrize(
    ("missing", "days", "fen"),
    [(29_900_00, 6, 4_984_00), (30_000_00, 6, 5_000_00), (1, 6, 100), (0, 6, None), (-5, 6, None), (100, 0, None)],
)
def test_the_daily_need_is_rounded_up_to_a_yuan(missing: int, days: int, fen: int | None) -> None:
    assert daily_need(missing, days) == fen


@given(st.integers(1, 10**9), st.integers(1, 31))
def test_the_daily_need_closes_the_gap_and_no_yuan_less_would(missing: int, days: int) -> None:
    need = daily_need(missing, days)

    assert need is not None
    assert need % 100 == 0
    assert need * days >= missing > (need - 100) * days


def test_a_newcomer_stands_beside_the_same_week_of_others() -> None:
    assert newcomer(3, 4_700_00, [3_100_00, 900_00, 5_000_00]) == Newcomer(3, 4_700_00, 3_100_00)
    assert newcomer(3, 4_700_00, [3_100_00, 900_00]) == Newcomer(3, 4_700_00, 2_000_00)
    assert newcomer(3, 4_700_00, [3_100_00]) is None  # it would be that person's own figure
    assert newcomer(3, 4_700_00, [3_100_00], fewest=1) == Newcomer(3, 4_700_00, 3_100_00)
    assert newcomer(3, 4_700_00, [], fewest=0) is None


@pytest.mark.parametrize(
    ("values", "middle"),
    [([], None), ([4], 4), ([9, 1], 5), ([2, 1], 1), ([3, 1, 2], 2), ([7, 1, 5, 3], 4), ([9, 8, 1, 2, 3, 7, 4], 4)],
)
def test_a_median_is_whole(values: list[int], middle: int | None) -> None:
    assert median(values) == middle
