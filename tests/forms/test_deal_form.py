"""The deal form alone: parts add up, unusual amounts are questioned with what was probably meant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms.deal import DEAL, short
from bot.forms.engine import Invalid, Scope
from bot.render import deal_lines
from bot.render.texts import LANGS
from core.rules import money
from core.rules.celebrate import Cheer

NOW = datetime(2026, 11, 20, 17, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


def scope(**more: Any) -> Scope:
    """What the form of 林晓燕 (1) knows; 吴海涛 (2) is a rep of her team."""
    context = {
        "me": 1, "team": 1, "hired_on": "2024-03-01", "max": 1_000_000_000, "absurd": 10_000_000, "customers": [],
        "people": [[1, "林晓燕", "clerk", 1], [2, "吴海涛", "rep", 1]], "usual": [120_000, 1_500_000],
    }  # fmt: skip
    return Scope(NOW, "zh", context | more)


@given(st.integers(2, 1_000_000_000))
def test_halves_add_up_to_the_fen(fen: int) -> None:
    answers = {"amount": f"{money.plain(fen)}!", "partner": "#2", "part": "half"}
    values = DEAL.read(answers, scope())

    assert 0 < values["part"] <= fen - values["part"] <= values["part"] + 1


@given(st.integers(2, 1_000_000_000), st.integers(-5, 1_000_000_005))
def test_a_part_is_taken_exactly_when_something_is_left_for_both(fen: int, part: int) -> None:
    answers = {"amount": f"{money.plain(fen)}!", "partner": "#2", "part": money.plain(part)}
    values = DEAL.read(answers, scope())

    assert ("part" in values) == (0 < part < fen)


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("500000", ["就是 50 万", "是 5,000", "我重写"]),
        ("50", ["就是 50", "是 5,000", "我重写"]),
        ("1234567", ["就是 1,234,567", "我重写"]),
        ("100000", ["就是 10 万", "是 10,000", "我重写"]),
    ],
)
def test_an_unusual_amount_is_questioned_with_what_was_probably_meant(typed: str, offers: list[str]) -> None:
    with pytest.raises(Invalid) as question:
        DEAL.answer({}, "amount", typed, scope())

    texts = [offer.literal or {"deals.retype": "我重写"}[offer.key] for offer in question.value.offers]
    assert texts == offers


@given(st.integers(120_000, 9_999_999))
def test_an_ordinary_amount_is_never_questioned(fen: int) -> None:
    assert DEAL.read({"amount": money.plain(fen)}, scope())["amount"] == fen


@pytest.mark.parametrize(("fen", "shown"), [(50_000_000, "50 万"), (12_500_000, "12.5 万"), (1_234_500, "12,345")])
def test_round_amounts_are_said_in_wan(fen: int, shown: str) -> None:
    assert short(fen, "zh") == shown
    assert short(fen, "en") == money.yuan_short(fen)


def test_yesterday_is_kept_as_a_date() -> None:
    assert DEAL.answer({}, "signed_on", "昨天", scope())["signed_on"] == "2026-11-19"


def test_the_visitor_cannot_be_the_other_seller_too() -> None:
    answers = {"amount": "5000", "kind": "delegated", "visitor": "#2"}

    with pytest.raises(Invalid, match=r"deals\.partner_visits"):
        DEAL.answer(answers, "partner", "吴海涛", scope())


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("shows", [True, False])
@pytest.mark.parametrize("kind", [kind for kind in Cheer if kind is not Cheer.REGULAR])
def test_every_celebration_has_words_and_keeps_amounts_where_they_are_not_wanted(
    lang: str, shows: bool, kind: Cheer
) -> None:
    params = {
        "seller": "林晓燕", "visitor": "吴海涛", "sharers": ["郭强"], "even": True, "amount": 1_280_000, "contacts": 3,
        "messages": 30_000, "nth": 6, "day": 9, "month_total": 5_230_000, "best_month": 4_100_000, "team": "领航组",
        "days_early": 2,
    }  # fmt: skip
    text = deal_lines.cheer({"kind": kind.value, "params": params, "shows": shows}, lang)

    assert text.startswith("🎉 ")
    told = kind is not Cheer.TEAM_TARGET and shows
    assert any(amount in text for amount in ("12,800", "52,300", "41,000")) == told
