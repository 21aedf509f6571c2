"""Amounts of money as people type them, in whole fen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.amounts import parse_amount
from core.rules.errors import Refusal
from core.rules.money import plain, yuan

MAX = 100_000_000  # fen: a million yuan


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("5000", 500_000),
        ("5,000.50", 500_050),
        ("5，000.50", 500_050),
        ("¥5000", 500_000),
        ("￥5,000", 500_000),
        ("5000元", 500_000),
        ("5000元整", 500_000),
        ("5000块钱", 500_000),
        ("人民币5000元", 500_000),
        ("金额:5000", 500_000),
        ("五千", 500_000),
        ("五千块", 500_000),
        ("一万二", 1_200_000),
        ("1.2万", 1_200_000),
        ("1万2", 1_200_000),
        ("1.2w", 1_200_000),
        ("１２００", 120_000),
        ("１．２万", 1_200_000),
        ("3k", 300_000),
        ("1280", 128_000),
        ("0.01", 1),
        ("五块五", 550),
        ("12元5角", 1_250),
        ("1.2345万", 1_234_500),
        (" 5000 ", 500_000),
    ],
)
def test_an_amount_is_read_in_fen(typed: str, fen: int) -> None:
    assert parse_amount(typed, MAX) == fen


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("-5000", "amounts.negative"),
        ("－5000", "amounts.negative"),
        ("负五千", "amounts.negative"),
        ("¥-5", "amounts.negative"),
        ("0", "amounts.zero"),
        ("0.00", "amounts.zero"),
        ("零", "amounts.zero"),
        ("5000.123", "amounts.too_precise"),
        ("5.000", "amounts.too_precise"),
        ("0.001", "amounts.too_precise"),
        ("1000001", "amounts.too_big"),
        ("一亿", "amounts.too_big"),
        ("9" * 30, "amounts.too_big"),
        ("", "amounts.not_a_number"),
        ("abc", "amounts.not_a_number"),
        ("五千多", "amounts.not_a_number"),
        ("5,00", "amounts.not_a_number"),
        ("5000-6000", "amounts.not_a_number"),
        ("$5000", "amounts.not_a_number"),
        ("1e5", "amounts.not_a_number"),
        ("nan", "amounts.not_a_number"),
        ("inf", "amounts.not_a_number"),
        ("5" * 10_000, "amounts.not_a_number"),
    ],
)
def test_what_is_no_possible_amount_is_refused_with_its_reason(typed: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_amount(typed, MAX)

    assert refused.value.key == key


def test_a_refusal_says_what_was_seen_and_the_limit_but_not_in_its_text() -> None:
    with pytest.raises(Refusal) as refused:
        parse_amount("99999999", MAX)

    assert refused.value.params == {"seen": "99999999", "max_fen": MAX}
    assert "99999999" not in str(refused.value)


def test_the_limit_itself_is_allowed() -> None:
    assert parse_amount("1000000", MAX) == MAX


@settings(deadline=None)
@given(st.integers(1, MAX))
def test_every_amount_is_read_back_from_every_way_it_is_written(fen: int) -> None:
    for written in (yuan(fen), plain(fen), f"¥{yuan(fen)}", f"{plain(fen)}元"):
        assert parse_amount(written, MAX) == fen


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_an_amount_within_the_limit_or_a_refusal(text: str) -> None:
    try:
        fen = parse_amount(text, MAX)
    except Refusal as refused:
        assert refused.key.startswith("amounts.")  # noqa: PT017  both ways out are the claim
    else:
        assert 0 < fen <= MAX
