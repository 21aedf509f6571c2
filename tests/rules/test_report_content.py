"""What a report says: questions found, plans held against the record, ticks and figures as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.errors import Refusal
from core.rules.report_content import (
    Content,
    Figures,
    Written,
    asks,
    compose,
    measured,
    only_acknowledges,
    only_thanks,
    read_figures,
    read_ticks,
    split_questions,
)

RECORD = Figures(dials=512, connected=158, intentions=14, follow_ups=23, visits=3, deals=3)


@pytest.mark.parametrize(
    ("text", "told", "asked"),
    [
        ("餐饮老板下午三点后最好打。李总要专票,合同抬头找谁改?", "餐饮老板下午三点后最好打。", ["李总要专票,合同抬头找谁改?"]),
        ("合同抬头找谁改\uff1f谢谢\uff01", "谢谢\uff01", ["合同抬头找谁改\uff1f"]),
        ("三家都卡在价格,想要一份对比表。", "三家都卡在价格,想要一份对比表。", []),
        ("谈到 5.5 折。行吗?", "谈到 5.5 折。", ["行吗?"]),
        ("Good week. Who signs? Thanks.", "Good week. Thanks.", ["Who signs?"]),
        ("一行\n两行?", "一行", ["两行?"]),
    ],
)  # fmt: skip
def test_a_sentence_with_a_question_mark_is_a_question(text: str, told: str, asked: list[str]) -> None:
    assert split_questions(text) == (told, tuple(asked))
    assert asks(text) is bool(asked)


@given(st.text(max_size=300))
def test_no_letter_is_lost_between_told_and_asked(text: str) -> None:
    told, asked = split_questions(text)
    letters = [c for c in text if c.isalnum()]

    assert sorted(letters) == sorted(c for part in (told, *asked) for c in part if c.isalnum())


@pytest.mark.parametrize(
    ("item", "done", "actual"),
    [
        ("回访 20 个意向客户,先打上周说“月底再说”的", True, 23),
        ("约访 4 家,火锅店优先", False, 3),
        ("签 2 单,进 5% 档", True, 3),
        ("签两单", True, 3),
        ("拨打 500 通", True, 512),
        ("每天 120 通,上午新名单,下午老客户", False, None),
        ("王女士口腔的官网方案周二发,周四催", False, None),
        ("补 1,700 转正,盯住孙姐和何工", False, None),
        ("收回钱经理尾款 4,060", False, None),
    ],
)
def test_a_planned_item_is_counted_where_the_record_can(item: str, done: bool, actual: int | None) -> None:
    found = measured(item, RECORD)

    assert (found.done, found.actual) == (done, actual)


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("1 3 做了", (1, 3)),
        ("①③", (1, 3)),
        ("\uff11\uff0c\uff13", (1, 3)),
        ("第1条和第2条做了", (1, 2)),
        ("都做了", (1, 2, 3)),
        ("都没做", ()),
        ("2", (2,)),
        ("4", None),
        ("3点后最好打", None),
        ("餐饮老板", None),
    ],
)
def test_ticks_are_read_as_people_type_them(text: str, ticks: tuple[int, ...] | None) -> None:
    assert read_ticks(text, 3) == ticks


def test_without_a_plan_a_number_is_no_tick() -> None:
    assert read_ticks("1", 0) is None


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("拨打 520 接通 160 意向 15", {"dials": 520, "connected": 160, "intentions": 15}),
        ("打了五百二十", {"dials": 520}),
        ("拨打 21000", {"dials": 21_000}),
        ("接通\uff1a\uff11\uff16\uff10", {"connected": 160}),
        ("calls 600 connected 200", {"dials": 600, "connected": 200}),
    ],
)
def test_figures_are_stated_in_any_numerals(text: str, stated: dict[str, int]) -> None:
    assert read_figures(text, RECORD, 7) == stated


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("签单 9", "reports.deals_fixed"),
        ("多一点", "reports.numbers_unread"),
        ("拨打 999999999", "reports.too_many"),
        ("拨打 21001", "reports.too_many"),
        ("意向 99999", "reports.too_many"),
        ("接通 600", "reports.numbers_odd"),
    ],
)
def test_figures_that_cannot_be_are_refused_with_a_reason(text: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_figures(text, RECORD, 7)

    assert refused.value.key == key


def test_what_the_author_states_stands_beside_the_record() -> None:
    content = compose(Content(figures=RECORD), Written(said="好。行吗?", stated={"dials": 520}, plan=("签 2 单",)))

    assert (content.figures.dials, content.shown.dials) == (512, 520)
    assert (content.sentence, content.questions, content.plan) == ("好。", ("行吗?",), ("签 2 单",))
    assert Content.of_json(content.as_json()) == content


def test_an_older_report_without_newer_figures_still_reads() -> None:
    assert Content.of_json({"figures": {"dials": 3, "gone": 1}, "sentence": "x"}).figures.dials == 3


@pytest.mark.parametrize("text", ["收到", "好的\uff0c辛苦了\u3002", "OK", "👌", "知道了", "收到\uff5e"])
def test_words_that_only_acknowledge(text: str) -> None:
    assert only_acknowledges(text)


@pytest.mark.parametrize("text", ["抬头找小满", "不错,继续打餐饮", "", "好的,那你周二去找他"])
def test_words_that_say_something(text: str) -> None:
    assert not only_acknowledges(text)


@pytest.mark.parametrize(("text", "thanks"), [("谢谢周主管", True), ("好的,谢谢", True), ("谢谢,那周二呢?", False)])
def test_thanks_are_no_question(text: str, thanks: bool) -> None:
    assert only_thanks(text) is thanks


def test_a_month_takes_more_calls_than_a_week_and_says_how_many() -> None:
    assert read_figures("拨打 93000", RECORD, 31) == {"dials": 93_000}
    with pytest.raises(Refusal) as refused:
        read_figures("拨打 99999", RECORD, 31)
    assert refused.value.params == {"count": "99,999", "days": 31, "limit": "93,000"}
