"""Telephone numbers inside what people type."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.phones import dialled, find_phone, is_mobile, last_four, mask, masked, normalise, scan_phone

TEST_NUMBER = "+8613800138000"


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "138 00138000",
        "1380013 8000",
        "138 001 380 00",
        "1 3 8 0 0 1 3 8 0 0 0",
        "１３８００１３８０００",
        "+86 13800138000",
        "+86138 0013 8000",
        "86-138-0013-8000",
        "8613800138000",
        "(+86)13800138000",
        "0086 138 0013 8000",
        "+13800138000",
        "013800138000",
        "138\u00a00013\u00a08000",
        "138–0013–8000",
        "一三八零零一三八零零零",
        "幺三八零零幺三八零零零",
    ],
)
def test_one_mobile_number_in_all_its_writings(typed: str) -> None:
    assert normalise(typed) == TEST_NUMBER


@pytest.mark.parametrize(
    ("typed", "e164", "masked", "keypad"),
    [
        ("13800138000", TEST_NUMBER, "138****8000", "13800138000"),
        ("19900001234", "+8619900001234", "199****1234", "19900001234"),
        ("16612345678", "+8616612345678", "166****5678", "16612345678"),
        ("14012345678", "+8614012345678", "140****5678", "14012345678"),
        ("010-62651234", "+861062651234", "010-****1234", "01062651234"),
        ("010 6265 1234", "+861062651234", "010-****1234", "01062651234"),
        ("(010)62651234", "+861062651234", "010-****1234", "01062651234"),
        ("（010）6265-1234", "+861062651234", "010-****1234", "01062651234"),
        ("+86 10 62651234", "+861062651234", "010-****1234", "01062651234"),
        ("0755-82345678", "+8675582345678", "0755-****5678", "075582345678"),
        ("0755 8234 5678", "+8675582345678", "0755-****5678", "075582345678"),
        ("021-62345678", "+862162345678", "021-****5678", "02162345678"),
        ("400-123-4567", "+864001234567", "400***4567", "4001234567"),
        ("4001234567", "+864001234567", "400***4567", "4001234567"),
        ("+852 9876 5432", "+85298765432", "+852 ****5432", "0085298765432"),
        ("00852 98765432", "+85298765432", "+852 ****5432", "0085298765432"),
        ("+1 650 253 0000", "+16502530000", "+1 ****0000", "0016502530000"),
    ],
)
def test_a_number_is_normalised_masked_and_dialled(typed: str, e164: str, masked: str, keypad: str) -> None:
    assert normalise(typed) == e164
    assert mask(e164) == masked
    assert dialled(e164) == keypad
    assert normalise(keypad) == e164


@pytest.mark.parametrize(
    ("typed", "e164", "rest"),
    [
        ("李总13800138000有意向", TEST_NUMBER, "李总 有意向"),
        ("138 0013 8000 没接", TEST_NUMBER, "没接"),
        ("意向70 13800138000", TEST_NUMBER, "意向70"),
        ("13800138000 70%", TEST_NUMBER, "70%"),
        ("13800138000 3点", TEST_NUMBER, "3点"),
        ("13800138000 13900139000", TEST_NUMBER, "13900139000"),
        ("139001390001 13800138000", TEST_NUMBER, "139001390001"),
        ("13800138000转801", TEST_NUMBER, "转801"),
        ("0571-87654321-801", "+8657187654321", "-801"),
        ("2026-11-24 13800138000", TEST_NUMBER, "2026-11-24"),
    ],
)
def test_a_number_is_taken_out_of_its_sentence(typed: str, e164: str, rest: str) -> None:
    assert find_phone(typed) == (e164, rest, None)


@pytest.mark.parametrize(
    ("typed", "key", "seen", "digits"),
    [
        ("1380013800", "phones.length", "1380013800", 10),
        ("138001380001", "phones.length", "138001380001", 12),
        ("138 0013 800 没接", "phones.length", "138 0013 800", 10),
        ("1380013800 70%", "phones.length", "1380013800", 10),
        ("138001380 70%", "phones.length", "138001380", 9),
        ("12345678901", "phones.unknown", "12345678901", 11),
        ("021-1234567", "phones.unknown", "021-1234567", 10),
        ("62651234 没接", "phones.no_area_code", "62651234", 8),
    ],
)
def test_what_was_meant_as_a_number_is_reported_and_not_swallowed(typed: str, key: str, seen: str, digits: int) -> None:
    e164, rest, problem = find_phone(typed)

    assert e164 is None
    assert rest == typed
    assert problem is not None
    assert (problem.key, problem.seen, problem.params) == (key, seen, {"digits": digits})


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "没接",
        "5000",
        "1.2万",
        "2026-11-24 10:00",
        "20261124",
        "尾号8000 没接",
        "24号10点",
        "预算3000-5000",
        "70%",
        "12:30",
        "8号楼",
    ],
)
def test_other_figures_are_no_numbers(typed: str) -> None:
    assert scan_phone(typed) is None


def test_a_sentence_is_no_number_as_a_whole() -> None:
    assert normalise("李总 13800138000") is None


def test_the_last_four_tell_two_numbers_apart() -> None:
    assert last_four(TEST_NUMBER) == "8000"
    assert is_mobile(TEST_NUMBER)
    assert not is_mobile("+861062651234")


def test_a_mask_never_fails_on_what_is_no_number() -> None:
    assert mask("+") == "****+"
    assert mask("") == "****"


MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@settings(deadline=None)
@given(MOBILES, st.sampled_from(["", " ", "-", " - "]))
def test_every_eleven_digits_from_13_to_19_are_a_mobile_number_in_any_grouping(digits: str, gap: str) -> None:
    typed = gap.join([digits[:3], digits[3:7], digits[7:]]) if gap != " - " else digits

    assert normalise(typed) == "+86" + digits
    assert normalise(dialled("+86" + digits)) == "+86" + digits
    assert mask("+86" + digits) == f"{digits[:3]}****{digits[-4:]}"


@settings(deadline=None)
@given(st.text(max_size=100))
def test_no_text_is_refused(text: str) -> None:
    e164, rest, problem = find_phone(text)

    assert e164 is None or problem is None
    assert e164 is not None or rest == text


@settings(deadline=None)
@given(st.text(alphabet="0123456789 -+()86", max_size=40))
def test_a_found_number_is_stable(text: str) -> None:
    e164, _, _ = find_phone(text)

    if e164 is not None:
        assert normalise(e164) == e164
        assert last_four(e164) == mask(e164)[-4:]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("回访 李总 13800138000,再打 138 0013 8001", "回访 李总 138****8000,再打 138****8001"),
        ("座机 010-62651234 找孙姐;她的手机13900139000。", "座机 010-****1234 找孙姐;她的手机139****9000。"),
        ("一三八零零一三八零零零 没接", "138****8000 没接"),
        ("回访 20 个,签 12,800,11-24 10:00", "回访 20 个,签 12,800,11-24 10:00"),
        ("", ""),
    ],
)
def test_every_number_in_free_text_is_masked_and_nothing_else_changes(typed: str, read: str) -> None:
    assert masked(typed) == read
    assert masked(read) == read
