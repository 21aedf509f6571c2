"""Numbers as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.numerals import fold, to_int, to_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", "0"),
        ("30", "30"),
        ("5,000.50", "5000.50"),
        ("12,345,678", "12345678"),
        ("１２００", "1200"),
        ("三十", "30"),
        ("十五", "15"),
        ("二十", "20"),
        ("廿", "20"),
        ("廿五", "25"),
        ("卅一", "31"),
        ("〇", "0"),
        ("零", "0"),
        ("零五", "5"),
        ("两百五", "250"),
        ("一百一", "110"),
        ("一百零一", "101"),
        ("一百一十五", "115"),
        ("五千", "5000"),
        ("五千五", "5500"),
        ("一千零五", "1005"),
        ("一千零五十", "1050"),
        ("一万二", "12000"),
        ("一万零二", "10002"),
        ("两万五千", "25000"),
        ("十二万五", "125000"),
        ("一亿", "100000000"),
        ("1万2", "12000"),
        ("1万2000", "12000"),
        ("1万500", "10500"),
        ("3千5", "3500"),
        ("3千500", "3500"),
        ("5百2", "520"),
        ("1.2万", "12000"),
        ("1.2w", "12000"),
        ("3k", "3000"),
        ("3.5K", "3500"),
        ("三点五万", "35000"),
        ("二〇二六", "2026"),
        ("一二三", "123"),
        ("贰仟伍佰", "2500"),
    ],
)
def test_a_number_is_read(typed: str, number: str) -> None:
    assert to_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "abc",
        "百",
        "千",
        "万",
        "三五",
        "三四十",
        "1万20",
        "3千50",
        "1,00",
        "5,00",
        "1.2.3",
        "十十",
        "百千",
        "一万亿零",
        "一百万千",
        "1e3",
        "²",
        "5000-6000",
        "一" * 50,
    ],
)
def test_what_could_be_read_in_two_ways_is_no_number(typed: str) -> None:
    assert to_number(typed) is None


def test_only_a_whole_number_is_an_int() -> None:
    assert to_int("1.2万") == 12000
    assert to_int("1.5") is None


_DIGITS = "零一二三四五六七八九"


def spoken(number: int) -> str:
    """1–9999 in Chinese, with 零 wherever a place is skipped."""
    said, skipped = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            said += ("零" if skipped and said else "") + _DIGITS[digit] + sign
        skipped = not digit
    return said


@settings(deadline=None)
@given(st.integers(1, 9999), st.integers(0, 9999))
def test_every_spoken_number_is_read_back(high: int, low: int) -> None:
    assert to_number(spoken(high)) == high
    if low:
        assert to_number(f"{spoken(high)}万{'零' if low < 1000 else ''}{spoken(low)}") == high * 10_000 + low
    assert to_number(f"{spoken(high)}万") == high * 10_000


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_every_written_number_is_read_back_with_and_without_commas(number: int) -> None:
    assert to_number(str(number)) == to_number(f"{number:,}") == number


@settings(deadline=None)
@given(st.text())
def test_folding_keeps_every_character_in_its_place_and_changes_nothing_twice(text: str) -> None:
    folded = fold(text)

    assert len(folded) == len(text)
    assert fold(folded) == folded


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_refused(text: str) -> None:
    number = to_number(text)

    assert number is None or number >= 0


def test_full_width_letters_digits_and_signs_become_plain() -> None:
    assert fold("１２：３０　ＡＢ％，￥") == "12:30 AB%,\u00a5"
    assert fold("①㎡½") == "①㎡½"
