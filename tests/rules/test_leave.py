"""Days of leave: what people may ask for, to the day, and the words around the days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.rules.errors import Refusal
from core.rules.leave import Span, check, in_chinese, overlapping, read_span

NOW = datetime(2026, 11, 20, 17, 20, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Friday
TODAY = NOW.date()
DAY = timedelta(days=1)


def span(first: int, last: int) -> Span:
    return Span(date(2026, 11, first), date(2026, 11, last))


@pytest.mark.parametrize(
    ("text", "first", "last", "reason"),
    [
        ("今天", "11-20", "11-20", ""),
        ("明天 发烧", "11-21", "11-21", "发烧"),
        ("11-24 到 11-26 回老家", "11-24", "11-26", "回老家"),
        ("11-24-11-26", "11-24", "11-26", ""),
        ("11.24 - 11.26 搬家", "11-24", "11-26", "搬家"),
        ("下周一至下周三", "11-23", "11-25", ""),
        ("周三-周五", "11-25", "11-27", ""),
        ("下周三到周五", "11-25", "11-27", ""),
        ("下周四到下周五", "11-26", "11-27", ""),
        ("周五到周一", "11-27", "11-30", ""),
        ("周一到周三 回家", "11-23", "11-25", "回家"),
        ("11月24日-26日 家里有事", "11-24", "11-26", "家里有事"),
        ("11-24到26", "11-24", "11-26", ""),
        ("24号到26号", "11-24", "11-26", ""),
        ("11-30到12-02", "11-30", "12-02", ""),
        ("12月31日到1月2日", "12-31", "01-02", ""),
        ("明天起3天", "11-21", "11-23", ""),
        ("请3天 明天起", "11-21", "11-23", ""),
        ("明天请假两天 发烧", "11-21", "11-22", "发烧"),
        ("请两天假 明天开始 家里有事", "11-21", "11-22", "家里有事"),
        ("明天半天 看牙", "11-21", "11-21", "半天 看牙"),
        ("明天起1天", "11-21", "11-21", ""),
        ("明天起0天", "11-21", "11-21", ""),
        ("明后天", "11-21", "11-22", ""),
        ("明后两天", "11-21", "11-22", ""),
        ("请假 周四 带孩子到医院", "11-26", "11-26", "带孩子到医院"),
        ("昨天发烧了", "11-19", "11-19", "发烧了"),
        ("请假,明天,看病。", "11-21", "11-21", "看病"),
        ("tomorrow sick", "11-21", "11-21", "sick"),
        ("today until tomorrow", "11-20", "11-21", ""),
        ("next monday", "11-23", "11-23", ""),
        ("monday to wednesday", "11-23", "11-25", ""),
        ("Monday to Wednesday", "11-23", "11-25", ""),
        ("the day after tomorrow", "11-22", "11-22", ""),
        ("周三到周三 看病", "11-25", "11-25", "看病"),
    ],
)
def test_days_and_the_reason_beside_them(text: str, first: str, last: str, reason: str) -> None:
    found, words = read_span(text, NOW)

    assert (f"{found.first:%m-%d}", f"{found.last:%m-%d}", words) == (first, last, reason)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("发烧", "leave.which_days"),
        ("11-24到31", "leave.which_days"),
        ("11-26到24", "leave.turned"),
        ("12月1日到11月1日", "leave.turned"),
        ("2026-02-30", "leave.which_days"),
        ("11-01 到 11-03", "leave.too_old"),
        ("明天 100天", "leave.too_long"),
        ("2029-01-01", "leave.too_far"),
    ],
)
def test_days_that_are_none_are_explained(text: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_span(text, NOW)

    assert refused.value.key == key


def test_a_span_counts_both_ends() -> None:
    assert span(24, 26).days == 3


def test_a_week_back_a_year_ahead_and_sixty_days_are_the_limits() -> None:
    check(Span(TODAY - 7 * DAY, TODAY), TODAY)
    check(Span(TODAY + 366 * DAY, TODAY + 366 * DAY), TODAY)
    check(Span(TODAY, TODAY + 59 * DAY), TODAY)


@pytest.mark.parametrize(
    ("asked", "key", "params"),
    [
        (Span(TODAY - 8 * DAY, TODAY), "leave.too_old", {"days": 7}),
        (Span(TODAY + 367 * DAY, TODAY + 367 * DAY), "leave.too_far", {}),
        (Span(TODAY, TODAY + 60 * DAY), "leave.too_long", {"days": 61, "limit": 60}),
    ],
)
def test_a_day_beyond_a_limit_is_refused_with_the_limit(asked: Span, key: str, params: dict[str, int]) -> None:
    with pytest.raises(Refusal) as refused:
        check(asked, TODAY)

    assert (refused.value.key, dict(refused.value.params)) == (key, params)


def test_both_ends_belong_to_it() -> None:
    assert (span(24, 26).days, span(24, 24).days) == (3, 1)


@pytest.mark.parametrize(
    ("other", "touches"),
    [(span(20, 23), False), (span(20, 24), True), (span(25, 25), True), (span(26, 30), True), (span(27, 30), False)],
)
def test_two_spans_touch_when_they_share_a_day(other: Span, *, touches: bool) -> None:
    assert span(24, 26).touches(other) is touches
    assert other.touches(span(24, 26)) is touches
    assert overlapping(span(24, 26), [span(1, 2), other]) == (other if touches else None)


def test_english_days_are_said_in_chinese_and_a_date_keeps_its_hyphen() -> None:
    assert in_chinese("next Friday until sunday") == "下周五 until 周日"
    assert in_chinese("11-24") == "11-24"
