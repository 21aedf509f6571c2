"""The figures of a day."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.outcomes import OUTCOMES
from core.rules.tallies import Tally, looks_like_counts, parse_counts, tally

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY, YESTERDAY = date(2026, 11, 21), date(2026, 11, 20)


@pytest.mark.parametrize(
    ("typed", "day", "figures"),
    [
        ("今天 拨打120 接通45", TODAY, (120, 45, None, None)),
        ("今天 拨打120 接通38", TODAY, (120, 38, None, None)),
        ("昨天 拨打120 接通45", YESTERDAY, (120, 45, None, None)),
        ("打了120个 通45", TODAY, (120, 45, None, None)),
        ("拨120通接38", TODAY, (120, 38, None, None)),
        ("今天打了120个电话,接通45个,意向3个", TODAY, (120, 45, 3, None)),
        ("拨打１２０　接通４５", TODAY, (120, 45, None, None)),
        ("拨打一百二 接通四十五", TODAY, (120, 45, None, None)),
        ("昨天打了一百二十个 通了四十五个", YESTERDAY, (120, 45, None, None)),
        ("今日拨打:120 接通:45 意向:3", TODAY, (120, 45, 3, None)),
        ("今天120/45", TODAY, (120, 45, None, None)),
        ("11-20 拨打96 接通31", YESTERDAY, (96, 31, None, None)),
        ("拨打量120，接通量45，接通率37.5%", TODAY, (120, 45, None, None)),
        ("外呼 120 接通 45", TODAY, (120, 45, None, None)),
        ("120通 接通45", TODAY, (120, 45, None, None)),
        ("今天打了120", TODAY, (120, None, None, None)),
        ("记 今天 拨打120 接通45", TODAY, (120, 45, None, None)),
        ("前天 拨打 100 接通 30 约访 2", date(2026, 11, 19), (100, 30, None, 2)),
        ("今天拨打电话120个，接通电话45个", TODAY, (120, 45, None, None)),
        ("日报 拨打120 接通45", TODAY, (120, 45, None, None)),
        ("今天拨打0 接通0", TODAY, (0, 0, None, None)),
        ("打了80通,通了20", TODAY, (80, 20, None, None)),
        ("拨打1,200 接通400", TODAY, (1200, 400, None, None)),
    ],
)
def test_the_figures_of_a_day_are_read(typed: str, day: date, figures: tuple[int | None, ...]) -> None:
    counts = parse_counts(typed, NOW)

    assert counts is not None
    assert (counts.day, (counts.dials, counts.connected, counts.intentions, counts.visits)) == (day, figures)
    assert counts.problems == ()
    assert counts.note is None
    assert looks_like_counts(typed, NOW)


def test_a_remark_beside_the_figures_is_kept() -> None:
    counts = parse_counts("今天 拨打120 接通38 意向2 下午开会少打了一小时", NOW)

    assert counts is not None
    assert counts.note == "下午开会少打了一小时"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("今天 拨打120 接通145", "counts.connected"),
        ("拨打99999 接通3", "counts.too_many"),
        ("明天 拨打100 接通20", "counts.future"),
    ],
)
def test_figures_that_cannot_be_are_reported(typed: str, key: str) -> None:
    counts = parse_counts(typed, NOW)

    assert counts is not None
    assert [problem.key for problem in counts.problems] == [key]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "打120",
        "打120救人",
        "120/45",
        "今天打了多少电话?",
        "今天3/4",
        "打电话给李总",
        "李总 13800138000 没接",
        "今天接通45",
        "/pay 120",
        "接通率多少",
        "x" * 10_000,
    ],
)
def test_other_lines_are_no_figures(typed: str) -> None:
    assert parse_counts(typed, NOW) is None
    assert not looks_like_counts(typed, NOW)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=100))
def test_no_text_is_refused(text: str) -> None:
    counts = parse_counts(text, NOW)

    assert counts is None or counts.dials >= 0


@settings(deadline=None)
@given(
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.sampled_from(["今天 拨打{} 接通{}", "今天打了{}个 通{}", "外呼{},接通{}个"]),
)
def test_whatever_is_written_is_read_back(dials: int, connected: int, form: str) -> None:
    counts = parse_counts(form.format(dials, connected), NOW)

    assert counts is not None
    assert (counts.dials, counts.connected) == (dials, connected)
    assert bool(counts.problems) == (connected > dials)


# --- Tallies ----------------------------------------------------------------------------------------------------------

TALLIES = st.builds(Tally, *(st.integers(0, 500) for _ in range(5)))


def test_calls_are_counted_by_their_outcomes() -> None:
    codes = [
        "no_answer",
        "busy",
        "hung_up",
        "invalid",
        "refused",
        "interested",
        "visit",
        "signed",
        None,
        "an_older_one",
    ]

    assert tally(codes) == Tally(dials=10, connected=6, intentions=1, visits=1, signed=1)


def test_every_outcome_counts_as_the_vocabulary_says() -> None:
    for outcome in OUTCOMES:
        assert tally([outcome.code]).connected == int(outcome.connected)


def test_a_bulk_total_includes_what_was_logged_singly() -> None:
    single = Tally(dials=9, connected=7, intentions=3, visits=1)

    assert Tally(120, 38).including(single) == Tally(120, 38, 3, 1)
    assert Tally(5, 2).including(single) == single


@settings(deadline=None)
@given(TALLIES, TALLIES)
def test_the_larger_counts_never_the_sum(bulk: Tally, single: Tally) -> None:
    both = bulk.including(single)

    assert both.including(single) == both == single.including(bulk)
    assert both.dials >= both.connected
    assert both.intentions == max(bulk.intentions, single.intentions)


@settings(deadline=None)
@given(TALLIES, TALLIES)
def test_different_days_add_up(one: Tally, other: Tally) -> None:
    total = one + other

    assert total.dials == one.dials + other.dials
    assert total.signed == one.signed + other.signed
    assert total == other + one


def test_a_rate_is_cut_and_never_rounded_up() -> None:
    assert Tally(120, 38).connect_permille == 316
    assert Tally(512, 158).connect_permille == 308
    assert Tally().connect_permille is None
