"""Money: whole fen, one rounding, parts that add up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.money import (
    decimal_text,
    half_up,
    percent,
    percent_floor,
    plain,
    split_largest_remainder,
    spread,
    to_fen,
    yuan,
    yuan_short,
)

exact = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10_000)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("2.5", 3), ("2.4999", 2), ("-2.5", -3), ("0.5", 1), ("-0.4", 0), ("267.5", 268), ("266.5", 267), ("7", 7)],
)
def test_a_half_goes_away_from_zero(amount: str, rounded: int) -> None:
    assert half_up(Decimal(amount)) == half_up(Fraction(amount)) == rounded


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_half_up_agrees_with_decimal(amount: Decimal) -> None:
    assert half_up(amount) == int(amount.quantize(Decimal(1), ROUND_HALF_UP))


@settings(deadline=None)
@given(exact)
def test_a_sale_and_its_reversal_add_up_to_nothing(amount: Fraction) -> None:
    assert half_up(amount) + half_up(-amount) == 0


@settings(deadline=None)
@given(st.lists(exact, max_size=12))
def test_spread_parts_add_up_to_the_rounded_sum_and_none_moves_by_a_fen(parts: list[Fraction]) -> None:
    whole = spread(parts)

    assert sum(whole) == half_up(sum(parts, Fraction(0)))
    assert all(abs(fen - part) < 1 for fen, part in zip(whole, parts, strict=True))
    if sum(parts):
        assert spread([-part for part in parts]) == [-fen for fen in whole]


def test_the_largest_remainder_gets_the_odd_fen_and_the_earlier_one_wins_a_tie() -> None:
    assert spread([Fraction("10.2"), Fraction("10.6"), Fraction("10.2")]) == [10, 11, 10]
    assert spread([Fraction("0.5"), Fraction("0.5")]) == [1, 0]


@settings(deadline=None)
@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any),
)
def test_a_split_adds_up_and_stays_within_a_fen_of_its_share(total: int, weights: list[int]) -> None:
    parts = split_largest_remainder(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


def test_half_of_fifty_yuan_goes_to_the_fund_and_an_odd_fen_to_the_first() -> None:
    assert split_largest_remainder(5000, [1, 1]) == [2500, 2500]
    assert split_largest_remainder(0, [1, 2]) == [0, 0]
    assert split_largest_remainder(5001, [1, 1]) == [2501, 2500]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_a_split_needs_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_largest_remainder(100, weights)


@pytest.mark.parametrize(
    ("fen", "pay", "short", "program"),
    [
        (500000, "5,000.00", "5,000", "5000.00"),
        (500050, "5,000.50", "5,000.50", "5000.50"),
        (-7000, "−70.00", "−70", "-70.00"),
        (0, "0.00", "0", "0.00"),
        (5, "0.05", "0.05", "0.05"),
        (-5, "−0.05", "−0.05", "-0.05"),
        (123456789012, "1,234,567,890.12", "1,234,567,890.12", "1234567890.12"),
    ],
)
def test_how_amounts_read(fen: int, pay: str, short: str, program: str) -> None:
    assert (yuan(fen), yuan_short(fen), plain(fen)) == (pay, short, program)


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_what_a_program_reads_is_what_was_meant(fen: int) -> None:
    assert to_fen(plain(fen)) == fen


@pytest.mark.parametrize(
    "text", ["", "x", "1.005", "NaN", "Infinity", "1e400000", "1e-999999999", "1e999999999999", "1." + "0" * 40 + "1"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|fen"):
        to_fen(text)


@pytest.mark.parametrize("value", [0.1, True])
def test_floats_and_booleans_never_become_money(value: object) -> None:
    with pytest.raises(ValueError, match="exact"):
        to_fen(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(69_999, 100_000), "69.99%"),
        (Fraction(3, 200), "1.5%"),
        (Fraction(1), "100%"),
        (Fraction(7, 10), "70%"),
        (Fraction(1, 10000), "0.01%"),
        (Fraction(0), "0%"),
    ],
)
def test_a_percentage_is_cut_never_rounded_up(share: Fraction, shown: str) -> None:
    assert percent(share) == shown


def test_attainment_on_boards_has_one_decimal_rounded_down() -> None:
    assert percent_floor(Fraction(53_500, 80_000)) == "66.8"
    assert percent_floor(Fraction(99_999, 100_000)) == "99.9"
    assert percent_floor(Fraction(2, 3), digits=0) == "66"


def test_rates_for_programs_are_exact_decimals() -> None:
    assert decimal_text(Fraction(3, 100)) == "0.03"
    assert decimal_text(Fraction(-1, 100)) == "-0.01"
    assert decimal_text(Fraction(1)) == "1"
    assert decimal_text(Fraction(11, 21)) == "0.52380952381"
    assert decimal_text(Fraction(0)) == "0"


def test_a_single_fen_is_shared_alike_in_plus_and_in_minus() -> None:
    assert split_largest_remainder(1, [1, 1]) == [1, 0]
    assert split_largest_remainder(-1, [1, 1]) == [-1, 0]
    assert split_largest_remainder(0, [1, 1]) == [0, 0]


def test_parts_below_nothing_mirror_those_above_it() -> None:
    quarter = Fraction(1, 4)

    assert spread([quarter, quarter]) == [1, 0]
    assert spread([-quarter, -quarter]) == [-1, 0]
