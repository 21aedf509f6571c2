"""Names as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.names import MAX_NAME, all_titled, clean_name, clean_text, is_plain_name, titled

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  李总 ", "李总"),
        ("李\u200b总", "李总"),
        ("\u202e李总\u202c", "李总"),
        ("\u2066李总\u2069", "李总"),
        ("李\x00总\x07", "李总"),
        ("李\n总", "李 总"),
        ("李   总", "李 总"),
        ("李总😀", "李总😀"),
        (f"李总{FAMILY}", f"李总{FAMILY}"),
        ("❤\ufe0f李总", "❤\ufe0f李总"),
        ("古丽米热·艾合买提", "古丽米热·艾合买提"),
        ("李总,", "李总"),
        ("，李总：", "李总"),
        ("\ufeff李总", "李总"),
        ("李\U000e0041总", "李总"),
        ("李\ud800总", "李总"),
        ("", ""),
        (" \u200b ", ""),
        ("x" * 100, "x" * MAX_NAME),
    ],
)
def test_a_name_keeps_what_can_be_seen(typed: str, clean: str) -> None:
    assert clean_name(typed) == clean


def test_a_name_is_not_cut_within_a_drawn_family_or_before_a_mark() -> None:
    assert clean_name("x" * 28 + FAMILY).endswith("x👨\u200d👩") or clean_name("x" * 28 + FAMILY).endswith("👧")
    assert clean_name("x" * 31 + "e\u0301") == "x" * 31


@settings(deadline=None)
@given(st.text(max_size=80))
def test_a_clean_name_is_short_on_one_line_and_clean_already(text: str) -> None:
    name = clean_name(text)

    assert len(name) <= MAX_NAME
    assert "\n" not in name
    assert clean_name(name) == name
    assert not set(name) & {"\u202e", "\u2066", "\u200b", "\x00", "\ufeff"}


@settings(deadline=None)
@given(st.text(max_size=80))
def test_cleaning_a_text_twice_changes_nothing_more(text: str) -> None:
    clean = clean_text(text)

    assert clean_text(clean) == clean
    clean.encode()  # no lone surrogate is left


def test_a_text_keeps_its_lines() -> None:
    assert clean_text("一\r\n二\r三\u2028四\t五") == "一\n二\n三\n四\t五"


@pytest.mark.parametrize(
    "name",
    [
        "李总",
        "王女士",
        "陈老板",
        "孙姐",
        "何工",
        "赵校长",
        "钱经理",
        "王总",
        "欧阳总",
        "司马老师",
        "上官女士",
        "张建国总",
        "小王经理",
        "刘副总",
        "李总监",
        "王董",
        "王董事长",
        "红姐",
        "花姐",
        "阿强哥",
        "陈生",
        "张太",
        "许太太",
        "林先生",
        "周总",
        "方工",
        "黄院长",
        "Tony总",
        "L总",
    ],
)
def test_a_name_with_a_title_is_found_as_typed(name: str) -> None:
    for line in (name, f"{name}说再打", f"{name} 13800138000", f"{name}13800138000", f"记 {name} 没接"):
        match = titled(line)
        assert match is not None
        assert line[slice(*match.span)] == name
        assert match.at_edge


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("约李总周四见面", "李总"),
        ("火锅李总", "李总"),
        ("前台说找王经理", "王经理"),
        ("转给何总", "何总"),
        ("Mr Wang", "Mr Wang"),
    ],
)
def test_a_name_inside_a_sentence_is_found(line: str, name: str) -> None:
    match = titled(line)

    assert match is not None
    assert line[slice(*match.span)] == name


@pytest.mark.parametrize(
    "text",
    [
        "施工",
        "员工接的",
        "小姐",
        "老板",
        "前台小姐说",
        "先生不在",
        "高兴的老板",
        "马上找老板",
        "陈生意不好",
        "张太贵",
        "周工作忙",
        "李总共",
        "帅哥",
        "大姐",
        "老总",
        "汇总",
        "",
    ],
)
def test_a_word_that_only_looks_like_a_name_is_none(text: str) -> None:
    assert titled(text) is None


def test_names_at_the_beginning_of_a_word_come_first() -> None:
    assert [match.span for match in all_titled("前台王姐接的,李总不在")] == [(7, 9), (2, 4)]


@pytest.mark.parametrize(
    "name",
    [
        "张三",
        "王芳",
        "李建国",
        "欧阳雪",
        "欧阳娜娜",
        "诸葛亮",
        "小李",
        "老王",
        "阿强",
        "古丽米热·艾合买提",
        "林晓燕",
        "Tony",
        "周一鸣",
        "Tony Wang",
    ],
)
def test_a_plain_name_may_stand_where_a_name_stands(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "word",
    [
        "方案",
        "马上",
        "高兴",
        "小时",
        "徐州",
        "周末",
        "火锅店",
        "时间",
        "没接",
        "OK",
        "Wx",
        "白跑",
        "成都",
        "江苏",
        "老板",
        "要方案",
        "不需要",
        "安排了",
        "13800138000",
        "a",
        "张",
    ],
)
def test_a_plain_word_is_no_name(word: str) -> None:
    assert not is_plain_name(word)
