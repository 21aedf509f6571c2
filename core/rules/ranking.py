"""Boards: who stands where, who moved, who grew, and how attainment is compared and shown.

Scores are whole numbers (fen, calls) for people and exact fractions (attainment) for groups, never floats. Whom a board
may name is decided here: only upwards (docs/manners.md 3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

Score = int | Fraction
FEN_A_YUAN = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """One place on a board."""

    rank: int
    number: str  # employee number, or a team's key
    score: Score
    was: int | None = None  # rank of the previous period; None when there is none to compare with
    above: int | None = None  # the next better rank, which ties may leave further away than one
    gap: Score | None = None  # what is missing to draw level with it; None at the top

    @property
    def moved(self) -> int | None:
        """Places gained since the previous period, negative when lost."""
        return None if self.was is None else self.was - self.rank


def standings(scores: Mapping[str, Score], previous: Mapping[str, Score] | None = None) -> list[Standing]:
    """Everybody's place, best first: 1, 2, 2, 4. Equal scores share a rank and stand in order of number.

    `previous` holds the scores of the period before; who is not in it is new and has no movement.
    """
    before = _ranks(previous or {})
    placed: list[Standing] = []
    better: Standing | None = None  # somebody of the next better rank
    for place, number in enumerate(sorted(scores, key=lambda n: (-scores[n], number_order(n))), start=1):
        score, last = scores[number], placed[-1] if placed else None
        tied = last is not None and last.score == score
        if not tied:
            better = last
        placed.append(
            Standing(
                rank=last.rank if last is not None and tied else place,
                number=number,
                score=score,
                was=before.get(number),
                above=better.rank if better else None,
                gap=better.score - score if better else None,
            )
        )
    return placed


def _ranks(scores: Mapping[str, Score]) -> dict[str, int]:
    return {number: 1 + sum(other > score for other in scores.values()) for number, score in scores.items()}


def number_order(number: str) -> tuple[int, int, str]:
    """Employee numbers as people count them: 9 before 010 before 11, numbers before words."""
    if number.isascii() and number.isdigit():
        return (0, int(number), number)
    return (1, 0, number)


def moved_mark(moved: int | None) -> str:
    """`↑2`, `↓1`; empty for who stayed or is new."""
    if not moved:
        return ""
    return f"↑{moved}" if moved > 0 else f"↓{-moved}"


@dataclass(frozen=True, slots=True)
class Growth:
    """What somebody gained on their own last period (比自己上周)."""

    number: str
    gained: int


def progress(scores: Mapping[str, int], previous: Mapping[str, int]) -> list[Growth]:
    """Those who did better than they themselves did before, most first; newcomers have nothing to compare with."""
    grown = [
        Growth(number, score - previous[number])
        for number, score in scores.items()
        if number in previous and score > previous[number]
    ]
    return sorted(grown, key=lambda growth: (-growth.gained, number_order(growth.number)))


def attainment(actual: int, target: int | None) -> Fraction | None:
    """Actual over target, exact; None without a target (docs/rules.md 11: undetermined, never 0 and never 100 %)."""
    return Fraction(actual, target) if target is not None and target > 0 else None


def reached(actual: int, target: int, percent: int) -> bool:
    """Is `percent` of the target reached? Compared in whole numbers, before any rounding (docs/rules.md 6)."""
    return actual * 100 >= target * percent


def percent_down(share: Fraction) -> str:
    """`69.9` for 69 999 of 100 000: one decimal, rounded down, never up, so that nobody reads a step not reached."""
    tenths = share.numerator * 1000 // share.denominator
    sign, tenths = ("-", -tenths) if tenths < 0 else ("", tenths)
    return f"{sign}{tenths // 10}.{tenths % 10}"


def daily_need(missing: int, days: int) -> int | None:
    """Fen a day that close a gap of `missing` fen in `days` working days, rounded up to a whole yuan.

    None when nothing is missing or no day is left.
    """
    if missing <= 0 or days <= 0:
        return None
    return -(-missing // (days * FEN_A_YUAN)) * FEN_A_YUAN


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A newcomer's week beside the same week of other newcomers (第 3 周,4,700;同期新人中位数 3,100)."""

    week: int
    score: int
    median: int


def newcomer(week: int, score: int, peers: Sequence[int], *, fewest: int = 2) -> Newcomer | None:
    """Compare with what `peers` made in their own week of that number.

    None with fewer than `fewest` of them: the median of one is that person's figure.
    """
    middle = median(peers)
    return None if middle is None or len(peers) < fewest else Newcomer(week, score, middle)


def median(values: Sequence[int]) -> int | None:
    """The middle value; of an even number the mean of the two middle ones, half a fen rounded down."""
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2


def pages(count: int, most: int) -> list[range]:
    """`count` rows in as few pages of at most `most` as will do, evenly filled: 31 are 16 and 15, not 30 and 1."""
    if count <= 0:
        return []
    number = -(-count // most)
    short, longer = divmod(count, number)
    starts = [page * short + min(page, longer) for page in range(number + 1)]
    return [range(first, last) for first, last in pairwise(starts)]


def per_mille(value: int, best: int) -> int:
    """The length of a bar beside the best one's: 0 to 1000. Nothing earned, or less than nothing, has no bar."""
    return max(0, min(1000, value * 1000 // best)) if best > 0 else 0
