"""Chinese expressions of time. Said on Saturday 2026-11-21 at 09:30 in Shanghai unless a test says otherwise."""

from __future__ import annotations

import itertools
import os
import time as host_time
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.when import HABITS, Habits, Kind, parse_day, parse_when, scan

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=SHANGHAI)  # a Saturday
FRIDAY = datetime(2026, 11, 20, 17, 20, tzinfo=SHANGHAI)


def at(text: str, now: datetime = NOW) -> str | None:
    """The moment as `YYYY-MM-DD HH:MM`."""
    when = parse_when(text, now)
    return when.at.strftime("%Y-%m-%d %H:%M") if when else None


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        # days: 09:00 unless an hour is said
        ("明天", "11-22 09:00"),
        ("后天", "11-23 09:00"),
        ("大后天", "11-24 09:00"),
        ("明早", "11-22 09:00"),
        ("后天早上", "11-23 09:00"),
        # weeks run Monday to Sunday
        ("下周二", "11-24 09:00"),
        ("下周日", "11-29 09:00"),
        ("下下周一", "11-30 09:00"),
        ("下星期三", "11-25 09:00"),
        ("下个礼拜五", "11-27 09:00"),
        ("周二", "11-24 09:00"),
        ("周日", "11-22 09:00"),
        ("星期天", "11-22 09:00"),
        ("礼拜天", "11-22 09:00"),
        ("本周日", "11-22 09:00"),
        ("周五", "11-27 09:00"),
        ("周六", "11-28 09:00"),
        ("周六下午3点", "11-21 15:00"),
        ("下周3", "11-25 09:00"),
        # dates
        ("24号", "11-24 09:00"),
        ("24日", "11-24 09:00"),
        ("二十四号", "11-24 09:00"),
        ("3号", "12-03 09:00"),
        ("下个月3号", "12-03 09:00"),
        ("下月3号上午", "12-03 09:00"),
        ("这个月28号", "11-28 09:00"),
        ("11月24日", "11-24 09:00"),
        ("11月24号", "11-24 09:00"),
        ("11月24", "11-24 09:00"),
        ("十二月三号", "12-03 09:00"),
        ("11-24", "11-24 09:00"),
        ("11/24", "11-24 09:00"),
        ("11.24", "11-24 09:00"),
        ("2026-11-24", "11-24 09:00"),
        ("2026/11/24", "11-24 09:00"),
        ("2026年11月24日", "11-24 09:00"),
        ("１１－２４", "11-24 09:00"),
        # parts of the day
        ("下午", "11-21 14:00"),
        ("今天下午", "11-21 14:00"),
        ("今晚", "11-21 19:00"),
        ("明天上午", "11-22 09:00"),
        ("明天中午", "11-22 12:00"),
        ("明天下午", "11-22 14:00"),
        ("明天傍晚", "11-22 18:00"),
        ("明晚", "11-22 19:00"),
        # a bare hour is one of working time
        ("明天1点", "11-22 13:00"),
        ("明天3点", "11-22 15:00"),
        ("明天7点", "11-22 19:00"),
        ("明天8点", "11-22 08:00"),
        ("明天11点", "11-22 11:00"),
        ("明天12点", "11-22 12:00"),
        ("明天15点", "11-22 15:00"),
        ("明天19点", "11-22 19:00"),
        ("明天3:30", "11-22 15:30"),
        ("明天10:30", "11-22 10:30"),
        ("明天03:30", "11-22 03:30"),
        ("3点", "11-21 15:00"),
        ("10点", "11-21 10:00"),
        ("9点", "11-22 09:00"),
        ("15:30", "11-21 15:30"),
        ("三点半", "11-21 15:30"),
        ("3点一刻", "11-21 15:15"),
        ("三点三刻", "11-21 15:45"),
        ("3点20", "11-21 15:20"),
        ("三点二十分", "11-21 15:20"),
        ("三点零五分", "11-21 15:05"),
        ("两点", "11-21 14:00"),
        ("3pm", "11-21 15:00"),
        # combinations
        ("下周二10点", "11-24 10:00"),
        ("下周二 10点", "11-24 10:00"),
        ("下周二上午10点半", "11-24 10:30"),
        ("周四下午2点", "11-26 14:00"),
        ("周四下午两点", "11-26 14:00"),
        ("周三十点", "11-25 10:00"),
        ("周二两点", "11-24 14:00"),
        ("周二的下午两点", "11-24 14:00"),
        ("24号,10点", "11-24 10:00"),
        ("24号下午四点半", "11-24 16:30"),
        ("11-24 10:00", "11-24 10:00"),
        ("11-24 周二 10:00", "11-24 10:00"),
        ("11-24(周二)10:00", "11-24 10:00"),
        ("2026年11月24日 15:30", "11-24 15:30"),
        ("2026-11-24T10:00", "11-24 10:00"),
        ("明早10点", "11-22 10:00"),
        ("明晚8点", "11-22 20:00"),
        ("晚上8点", "11-21 20:00"),
        ("中午1点", "11-21 13:00"),
        ("晚上12点", "11-22 00:00"),
        ("26号那天上午", "11-26 09:00"),
        # from now
        ("半小时后", "11-21 10:00"),
        ("半个小时后", "11-21 10:00"),
        ("一个半小时后", "11-21 11:00"),
        ("10分钟后", "11-21 09:40"),
        ("二十分钟以后", "11-21 09:50"),
        ("一刻钟后", "11-21 09:45"),
        ("两小时后", "11-21 11:30"),
        ("过10分钟", "11-21 09:40"),
        ("10分钟再打", "11-21 09:40"),
        ("3天后", "11-24 09:00"),
        ("三天后", "11-24 09:00"),
        ("两天后上午10点", "11-23 10:00"),
        ("过三天", "11-24 09:00"),
        ("一周后", "11-28 09:00"),
        ("两个星期后", "12-05 09:00"),
        ("半个月后", "12-06 09:00"),
        ("一个月后", "12-21 09:00"),
        # of a range or a choice, the beginning
        ("下午3-4点", "11-21 15:00"),
        ("明天三四点", "11-22 15:00"),
        ("9点到11点", "11-22 09:00"),
        ("周二或周三", "11-24 09:00"),
        ("下周二三", "11-24 09:00"),
        ("明后天", "11-22 09:00"),
        ("24、25号", "11-24 09:00"),
        # with what stands around
        ("下周二10点左右", "11-24 10:00"),
        ("12点之前", "11-21 12:00"),
        ("3点前台不给转", "11-21 15:00"),
        ("改到下周二10点", "11-24 10:00"),
        ("昨天没接,明天10点", "11-22 10:00"),
        ("明天3点50%", "11-22 15:00"),
    ],
)
def test_a_time_is_understood_as_it_is_said(said: str, moment: str) -> None:
    assert at(said) == f"2026-{moment}"


@pytest.mark.parametrize(
    "said",
    [
        "改天",
        "改日",
        "下周",
        "下礼拜",
        "下个月",
        "月底",
        "本月底",
        "月初",
        "年后",
        "年底",
        "过完年",
        "国庆节后",
        "周末",
        "过几天",
        "过两天",
        "两三天后",
        "3-5天后",
        "有空",
        "晚点",
        "稍后",
        "回头",
        "下次",
        "待会",
        "等两天",
        "12月",
        "11月底",
        "明年",
        "下半年",
        "最近",
        "每周二",
        "周一到周五",
        "下周3点",
        "改天下午3点",
    ],
)
def test_a_vague_word_is_no_time(said: str) -> None:
    assert parse_when(said, NOW) is None
    assert [moment.kind for moment in scan(said, NOW)] == [Kind.VAGUE]


@pytest.mark.parametrize(
    "said",
    ["昨天", "前天下午", "今天9点", "今天", "上周二", "这周五", "11-18", "2026-11-20 10:00", "20号打过", "昨天10点"],
)
def test_what_has_been_is_no_next_contact(said: str) -> None:
    assert parse_when(said, NOW) is None
    assert [moment.kind for moment in scan(said, NOW)] == [Kind.PAST]


@pytest.mark.parametrize(
    "said", ["2月30日", "2026-02-30", "13月1日", "31号", "25点", "明天25点", "11-31", "24:30", "11-24 周三"]
)
def test_what_cannot_be_is_impossible(said: str) -> None:
    assert parse_when(said, NOW) is None
    assert [moment.kind for moment in scan(said, NOW)] == [Kind.IMPOSSIBLE]


@pytest.mark.parametrize(
    "said",
    [
        "", "便宜一点", "早一点", "有一点意向", "三点建议", "8号楼", "88号", "第3点", "几十点", "3.5折", "1.2万", "预算3000-5000", "10-20个", "3-5天",
        "半小时", "3分钟", "2小时内", "意向70", "70%", "周总", "周到", "明白", "后面", "年费", "一日三餐", "13800138000", "1:1", "单号", "号码", "24号线",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_time_is_none(said: str) -> None:
    assert scan(said, NOW) == ()


def test_the_span_is_the_words_of_the_time() -> None:
    for line, words in (
        ("李总 下周二10点 要方案", "下周二10点"),
        ("约周四下午2点见面", "周四下午2点"),
        ("　１１－２４　１０：００ 见", "１１－２４　１０：００"),
        ("3点半左右打", "3点半左右"),
    ):
        when = parse_when(line, NOW)
        assert when is not None
        assert line[slice(*when.span)] == words


def test_a_range_is_marked_because_its_words_say_more() -> None:
    assert [moment.rough for moment in scan("下午3-4点", NOW)] == [True]
    assert [moment.rough for moment in scan("下午3点", NOW)] == [False]


def test_a_weekday_that_is_over_means_the_coming_one_but_not_when_the_week_is_said() -> None:
    assert at("周五", NOW) == "2026-11-27 09:00"
    assert at("这周五", NOW) is None
    assert at("周五晚上8点", FRIDAY) == "2026-11-20 20:00"
    assert at("周五上午", FRIDAY) == "2026-11-27 09:00"


def test_a_date_without_a_year_is_the_coming_one_within_half_a_year() -> None:
    december = datetime(2026, 12, 20, 10, tzinfo=SHANGHAI)

    assert at("1月5号", december) == "2027-01-05 09:00"
    assert at("12-18", december) is None
    assert at("9月1日", december) is None
    assert at("明年9月1日", december) == "2027-09-01 09:00"


def test_the_29th_of_february_is_found_when_there_is_one() -> None:
    assert at("2月29日", datetime(2027, 12, 1, 9, tzinfo=SHANGHAI)) == "2028-02-29 09:00"
    assert at("2月29日", NOW) is None


def test_a_month_later_ends_with_the_month() -> None:
    assert at("一个月后", datetime(2027, 1, 31, 8, tzinfo=SHANGHAI)) == "2027-02-28 09:00"


def test_another_company_begins_and_ends_its_day_otherwise() -> None:
    early = Habits(morning=time(8), bare_hour_from=6, bare_hour_to=17)

    assert parse_when("明天", NOW, early) is not None
    assert [moment.at and moment.at.hour for moment in scan("明天", NOW, early)] == [8]
    assert [moment.at and moment.at.hour for moment in scan("明天6点", NOW, early)] == [6]
    assert [moment.at and moment.at.hour for moment in scan("明天5点", NOW, early)] == [17]
    assert Habits() == HABITS


# --- Days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("今天", "11-21"),
        ("昨天", "11-20"),
        ("前天签的", "11-19"),
        ("大前天", "11-18"),
        ("18号", "11-18"),
        ("25号", "10-25"),
        ("11-18", "11-18"),
        ("11月18日", "11-18"),
        ("周三", "11-18"),
        ("周六", "11-21"),
        ("上周五", "11-13"),
        ("3天前", "11-18"),
        ("2026-10-31", "10-31"),
        ("12-30", "12-30"),
    ],
)
def test_a_signing_day_is_the_latest_such_day(said: str, day: str) -> None:
    found = parse_day(said, NOW)

    assert found is not None
    assert found.on.strftime("%m-%d") == day
    assert found.on <= NOW.date()


@pytest.mark.parametrize(("said", "day"), [("18号", "12-18"), ("周三", "11-25"), ("明天", "11-22"), ("25号", "11-25")])
def test_a_day_of_leave_is_the_coming_one(said: str, day: str) -> None:
    found = parse_day(said, NOW, past=False)

    assert found is not None
    assert found.on.strftime("%m-%d") == day


@pytest.mark.parametrize("said", ["", "下午3点", "月底", "改天", "2月30日", "5000"])
def test_no_day_is_made_up(said: str) -> None:
    assert parse_day(said, NOW) is None


# --- For any text and any moment --------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31)).map(lambda naive: naive.replace(tzinfo=SHANGHAI))  # noqa: DTZ001
DAY_WORDS = [
    "", "今天", "明天", "后天", "大后天", "周一", "周三", "周日", "下周二", "下下周五", "这周四", "礼拜六", "24号", "3号", "31号", "下个月5号", "11月24日", "2-28",
    "2028-02-29", "3天后", "一周后", "过三天", "半个月后", "改天", "月底", "昨天", "上周五",
]  # fmt: skip
PARTS = ["", "上午", "下午", "晚上", "中午", "早上", "凌晨"]
CLOCKS = ["", "3点", "三点半", "10点", "15:30", "3点一刻", "12点", "8点", "十一点四十", "3-4点", "25点", "03:05"]
SAID = st.builds(
    lambda day, part, clock, gap, tail: day + gap + part + clock + tail,
    st.sampled_from(DAY_WORDS),
    st.sampled_from(PARTS),
    st.sampled_from(CLOCKS),
    st.sampled_from(["", " "]),
    st.sampled_from(["", "再打", "见面", "左右", "没接"]),
)


@settings(max_examples=600, deadline=None)
@given(SAID, MOMENTS)
def test_a_next_contact_is_never_before_now(said: str, now: datetime) -> None:
    when = parse_when(said, now)

    if when is not None:
        assert when.at > now
        assert when.at.tzinfo is now.tzinfo
        assert 0 <= when.span[0] < when.span[1] <= len(said)


@settings(max_examples=600, deadline=None)
@given(SAID, MOMENTS)
def test_a_moment_that_is_written_out_is_read_back_the_same(said: str, now: datetime) -> None:
    when = parse_when(said, now)

    if when is not None:
        week = "一二三四五六日"[when.at.weekday()]
        for written in (
            when.at.strftime("%Y-%m-%d %H:%M"),
            when.at.strftime("%Y年%m月%d日 %H:%M"),
            when.at.strftime(f"%Y-%m-%d 周{week} %H:%M"),
        ):
            again = parse_when(written, now)
            assert again is not None
            assert (again.at, again.span) == (when.at, (0, len(written)))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), SAID), MOMENTS)
def test_moments_stand_in_order_and_do_not_overlap(text: str, now: datetime) -> None:
    moments = scan(text, now)

    assert all(one.span[1] <= other.span[0] for one, other in itertools.pairwise(moments))
    assert all((moment.at is None) == (moment.kind in {Kind.VAGUE, Kind.IMPOSSIBLE}) for moment in moments)
    assert all(moment.at is None or (moment.at > now) == (moment.kind is Kind.FUTURE) for moment in moments)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 5), st.integers(0, 6), MOMENTS)
def test_a_weekday_of_a_named_week_is_in_that_week(weeks: int, weekday: int, now: datetime) -> None:
    word = "周" if not weeks else "下" * min(weeks, 2) + "周"
    when = parse_when(f"{word}{'一二三四五六日'[weekday]}23:59", now)
    monday = now.date() - timedelta(days=now.weekday())

    assert when is not None
    assert when.at.weekday() == weekday
    if weeks:
        assert monday + timedelta(weeks=min(weeks, 2)) <= when.at.date() < monday + timedelta(weeks=min(weeks, 2) + 1)
    else:
        assert timedelta() < when.at - now <= timedelta(days=7)


@pytest.fixture(params=["America/Los_Angeles", "Asia/Kolkata", "UTC"])
def host_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The machine stands elsewhere."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    host_time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    host_time.tzset()


def test_where_the_machine_stands_changes_nothing(host_zone: str) -> None:
    assert at("下周二10点") == "2026-11-24 10:00"
    assert at("半小时后") == "2026-11-21 10:00"
    assert parse_day("昨天", NOW) is not None
    assert [moment.at for moment in scan("昨天", NOW)] == [datetime(2026, 11, 20, 9, tzinfo=SHANGHAI)]


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Europe/Berlin")], ids=str)
def test_the_day_is_that_of_the_zone_of_now(zone: tzinfo) -> None:
    late = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # Saturday 01:00 in Shanghai

    when, there = parse_when("明天10点", late.astimezone(zone)), parse_when("明天10点", late.astimezone(SHANGHAI))

    assert when is not None
    assert there is not None
    assert when.at.date() == date(2026, 11, 21)
    assert there.at.date() == date(2026, 11, 22)


def test_half_an_hour_is_half_an_hour_when_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 25, 2, 45, tzinfo=berlin)  # summer time ends at three

    when = parse_when("半小时后", before)

    assert when is not None
    assert when.at.astimezone(UTC) - before.astimezone(UTC) == timedelta(minutes=30)


@pytest.mark.parametrize(
    "part", ["1", "一", "明天", "周", "下", "下周二3点", "3-", " ", "十二点", "过", "半", "11-", "2026-", "下个", "10:"]
)
def test_ten_thousand_characters_cost_no_more_than_a_moment(part: str) -> None:
    started = perf_counter()
    scan((part * 10_000)[:10_000], NOW)

    assert perf_counter() - started < 2
