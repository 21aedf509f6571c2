"""English words agree with their figure."""

from __future__ import annotations

import re

import pytest

from bot.render.texts import COUNTED, catalogue, fields, t


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 deals, 0.00 in all, wait for confirmation"), (1, "1 deal, 5.00 in all, waits for confirmation"),
     (2, "2 deals, 7.00 in all, wait for confirmation"), ("1", "1 deal, 5.00 in all, waits for confirmation"),
     ("1,234", "1,234 deals, 7.00 in all, wait for confirmation")],
)  # fmt: skip
def test_one_is_one_and_all_others_are_several(count: object, said: str) -> None:
    amount = re.search(r"[\d.]+ in all", said)
    assert amount is not None

    assert t("en", "pay.pending", count=count, amount=amount[0].removesuffix(" in all")) == said


def test_only_figures_of_the_text_itself_are_agreed_with() -> None:
    for key, text in catalogue("en").items():
        for name in COUNTED.findall(text):
            assert f"{{{name}}}" in text, key


def test_chinese_needs_no_agreement_and_both_languages_say_the_same() -> None:
    zh, en = catalogue("zh"), catalogue("en")

    assert not [key for key, text in zh.items() if COUNTED.search(text)]
    assert all(fields(zh[key]) == fields(en[key]) for key in en)


def test_no_english_text_leaves_the_number_open() -> None:
    assert not [key for key, text in catalogue("en").items() if "(s)" in text]
