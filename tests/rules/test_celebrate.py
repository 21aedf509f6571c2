"""Which 喜报 a deal earns and when a group sees it (docs/manners.md 3.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import holidays
from core.rules.celebrate import (
    Celebration,
    Cheer,
    ConfirmedDeal,
    Quiet,
    SellerSoFar,
    celebrate,
    dry_for,
    may_post_at,
    regularised,
    team_target,
)
from core.rules.pay import DealKind

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = holidays.load()
FRIDAY = date(2026, 11, 20)
DEAL = ConfirmedDeal(kind=DealKind.OWN, amount=5_000_00, signed_on=FRIDAY, seller="林晓燕", contacts=3)
STORY = SellerSoFar(
    deals_this_month=6,
    month_total=26_500_00,
    deals_before=90,
    last_deal_on=date(2026, 11, 18),
    best_month=33_400_00,
    on_duty_from=date(2024, 3, 1),
    workweek="5",
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_an_ordinary_deal_tells_its_contacts_and_its_number() -> None:
    assert celebrate(DEAL, STORY, CHINA) == Celebration(
        Cheer.ORDINARY, {"seller": "林晓燕", "amount": 5_000_00, "contacts": 3, "nth": 6}
    )


def test_what_is_not_known_is_no_parameter() -> None:
    assert "contacts" not in celebrate(replace(DEAL, contacts=None), STORY, CHINA).params


def test_a_first_deal_tells_the_day_on_duty_and_the_mentor() -> None:
    deal = replace(DEAL, seller="谢雨桐", amount=1_280_00, signed_on=date(2026, 11, 10))
    story = SellerSoFar(
        deals_this_month=1,
        month_total=1_280_00,
        deals_before=0,
        last_deal_on=None,
        best_month=0,
        on_duty_from=date(2026, 11, 2),
        workweek="5",
        mentor="胡伟",
    )
    cheer = celebrate(deal, story, CHINA)

    assert cheer.kind is Cheer.FIRST
    assert (cheer.params["day"], cheer.params["mentor"]) == (9, "胡伟")
    assert cheer.also == ()


@pytest.mark.parametrize(
    ("amount", "kind"), [(9_999_99, Cheer.ORDINARY), (10_000_00, Cheer.BIG), (12_800_00, Cheer.BIG)]
)
def test_a_deal_is_big_from_ten_thousand(amount: int, kind: Cheer) -> None:
    assert celebrate(replace(DEAL, amount=amount, visits=5), STORY, CHINA).kind is kind


def test_a_company_sets_what_is_big_and_what_is_dry() -> None:
    assert celebrate(DEAL, STORY, CHINA, big=5_000_00).kind is Cheer.BIG
    assert celebrate(DEAL, STORY, CHINA, dry_days=1).kind is Cheer.COMEBACK  # Thursday without one


@pytest.mark.parametrize(
    ("total", "best", "kind"),
    [
        (52_300_00, 41_000_00, Cheer.ORDINARY),  # broken before: 47 300 was above already
        (45_000_00, 41_000_00, Cheer.RECORD),
        (46_000_00, 41_000_00, Cheer.RECORD),  # 41 000 itself was no record yet
        (41_000_00, 41_000_00, Cheer.ORDINARY),  # equal is not better
        (45_000_00, 0, Cheer.ORDINARY),  # no earlier month to beat
    ],
)
def test_a_record_month_is_told_once_by_the_deal_that_makes_it(total: int, best: int, kind: Cheer) -> None:
    cheer = celebrate(DEAL, replace(STORY, month_total=total, best_month=best), CHINA)

    assert cheer.kind is kind
    assert (cheer.params.get("month_total"), cheer.params.get("best_month")) == (
        (total, best) if kind is Cheer.RECORD else (None, None)
    )


@given(st.lists(st.integers(1, 2_000_000), min_size=1, max_size=12), st.integers(0, 5_000_000))
@settings(deadline=None)
def test_a_month_has_at_most_one_record(amounts: list[int], best: int) -> None:
    total, records = 0, 0
    for nth, amount in enumerate(amounts, start=1):
        total += amount
        story = replace(STORY, month_total=total, best_month=best, deals_this_month=nth)
        records += Cheer.RECORD in celebrate_all(replace(DEAL, amount=amount), story)

    assert records == (1 if total > best > 0 else 0)


def celebrate_all(deal: ConfirmedDeal, story: SellerSoFar) -> tuple[Cheer, ...]:
    """Everything that fits."""
    cheer = celebrate(deal, story, CHINA)
    return (cheer.kind, *cheer.also)


@pytest.mark.parametrize(
    ("last", "away", "dry", "kind"),
    [
        (date(2026, 11, 5), frozenset[date](), 10, Cheer.COMEBACK),  # 6, 9-13, 16-19 November
        (date(2026, 11, 6), frozenset[date](), 9, Cheer.ORDINARY),
        (date(2026, 11, 5), frozenset({date(2026, 11, 9)}), 9, Cheer.ORDINARY),  # leave is not dry
        (FRIDAY, frozenset[date](), 0, Cheer.ORDINARY),
    ],
)
def test_ten_working_days_without_a_deal_make_the_next_one_a_comeback(
    last: date, away: frozenset[date], dry: int, kind: Cheer
) -> None:
    story = replace(STORY, last_deal_on=last, leave=away)

    assert dry_for(FRIDAY, story, CHINA) == dry
    assert celebrate(DEAL, story, CHINA).kind is kind


def test_holidays_are_not_dry_days_and_an_unknown_year_is_guessed() -> None:
    assert dry_for(FRIDAY, replace(STORY, last_deal_on=None), CHINA) == 0
    assert dry_for(date(2026, 10, 12), replace(STORY, last_deal_on=date(2026, 9, 30)), CHINA) == 3
    assert dry_for(date(2027, 1, 8), replace(STORY, last_deal_on=date(2026, 12, 31)), CHINA) == 4


def test_both_names_of_a_visit_go_before_any_other_news() -> None:
    deal = replace(DEAL, kind=DealKind.DELEGATED, amount=12_000_00, visitor="吴海涛")
    cheer = celebrate(deal, STORY, CHINA)

    assert (cheer.kind, cheer.params["visitor"], cheer.also) == (Cheer.DELEGATED, "吴海涛", (Cheer.BIG,))


def test_a_companion_makes_no_delegated_deal_nor_does_a_visit_by_nobody() -> None:
    assert celebrate(replace(DEAL, visitor="吴海涛"), STORY, CHINA).kind is Cheer.ORDINARY
    assert celebrate(replace(DEAL, kind=DealKind.DELEGATED), STORY, CHINA).kind is Cheer.ORDINARY


def test_all_names_of_a_shared_deal_are_told() -> None:
    deal = replace(DEAL, seller="刘婷", amount=9_800_00, sharers=("郭强",), part=4_900_00)
    cheer = celebrate(deal, STORY, CHINA)

    assert (cheer.kind, cheer.params["sharers"], cheer.params["even"]) == (Cheer.SHARED, ("郭强",), True)
    assert celebrate(replace(deal, even=False), STORY, CHINA).params["even"] is False


def test_a_shared_deal_counts_towards_a_record_with_the_sellers_part_only() -> None:
    story = replace(STORY, month_total=36_000_00, best_month=33_400_00)
    deal = replace(DEAL, amount=9_800_00, sharers=("郭强",), part=2_000_00)

    assert Cheer.RECORD not in celebrate(deal, story, CHINA).also  # 34 000 without it: told before
    assert Cheer.RECORD in celebrate(replace(deal, part=4_900_00), story, CHINA).also


def test_an_sms_order_is_neither_a_first_deal_nor_a_record() -> None:
    deal = ConfirmedDeal(kind=DealKind.SMS, amount=1_200_00, signed_on=FRIDAY, seller="罗勇", messages=30_000)
    story = replace(STORY, deals_before=0, last_deal_on=None, month_total=40_000_00)

    assert celebrate(deal, story, CHINA) == Celebration(
        Cheer.SMS, {"seller": "罗勇", "amount": 1_200_00, "messages": 30_000}
    )


def test_the_rarest_news_is_told_and_the_rest_is_known() -> None:
    story = replace(STORY, month_total=40_000_00, last_deal_on=date(2026, 10, 20))
    deal = replace(DEAL, amount=12_000_00)

    assert celebrate_all(deal, story) == (Cheer.RECORD, Cheer.BIG, Cheer.COMEBACK)
    assert celebrate_all(deal, replace(story, deals_before=0))[0] is Cheer.FIRST


@pytest.mark.parametrize(
    ("before", "after", "target", "crosses"),
    [
        (99_999_99, 100_000_00, 100_000_00, True),
        (90_000_00, 99_999_99, 100_000_00, False),
        (100_000_00, 105_000_00, 100_000_00, False),  # told before
        (0, 5_000_00, None, False),
        (-100, 5_000_00, 0, False),
    ],
)
def test_a_team_crosses_its_target_once(before: int, after: int, target: int | None, crosses: bool) -> None:
    cheer = team_target("领航", before, after, target, date(2026, 11, 26), CHINA, "5")

    assert cheer == (Celebration(Cheer.TEAM_TARGET, {"team": "领航", "days_early": 2}) if crosses else None)


def test_becoming_regular_tells_the_months_and_the_total() -> None:
    assert regularised("邓超群", 2, 15_400_00) == Celebration(
        Cheer.REGULAR, {"name": "邓超群", "months": 2, "total": 15_400_00}
    )


@pytest.mark.parametrize(
    ("confirmed", "posted"),
    [
        (at(20, 17, 21), at(20, 17, 21)),
        (at(20, 20, 59), at(20, 20, 59)),
        (at(19, 21), at(20, 8, 30)),
        (at(19, 23, 50), at(20, 8, 30)),
        (at(20, 3), at(20, 8, 30)),
        (at(20, 8, 29), at(20, 8, 30)),
        (at(20, 8, 30), at(20, 8, 30)),
        (at(20, 22), at(21, 8, 30)),  # Friday night: Saturday morning
        (at(21, 11, 59), at(21, 11, 59)),
        (at(21, 12), at(23, 8, 30)),  # the weekend is over at 8:00, the night at 8:30
        (at(21, 22), at(23, 8, 30)),
        (at(22, 10), at(23, 8, 30)),
        (at(23, 7), at(23, 8, 30)),
        (at(23, 8, 31), at(23, 8, 31)),
    ],
)
def test_a_group_is_left_alone_at_night_and_over_the_weekend(
    host_zone: str, confirmed: datetime, posted: datetime
) -> None:
    assert may_post_at(confirmed, SHANGHAI) == posted
    assert may_post_at(confirmed.astimezone(UTC), SHANGHAI) == posted


def test_a_company_sets_its_own_quiet_hours() -> None:
    within_a_week = Quiet(night_until=time(7), week_from=(2, time(12)), week_until=(2, time(13)))
    almost_always = Quiet(night_until=time(7), week_from=(0, time(10)), week_until=(0, time(9)))

    assert may_post_at(at(18, 12), SHANGHAI, within_a_week) == at(18, 13)
    assert may_post_at(at(18, 12, 30), SHANGHAI, within_a_week) == at(18, 13)
    assert may_post_at(at(23, 8), SHANGHAI, Quiet(night_until=time(7))) == at(23, 8)
    assert may_post_at(at(21, 15), SHANGHAI, within_a_week) == at(21, 15)
    assert may_post_at(at(23, 10), SHANGHAI, almost_always) == at(30, 9)
    assert may_post_at(at(23, 9, 30), SHANGHAI, almost_always) == at(23, 9, 30)
    with pytest.raises(ValueError, match="evening"):
        Quiet(night_from=time(0), night_until=time(8))
    with pytest.raises(ValueError, match="evening"):
        Quiet(night_from=time(8), night_until=time(8))


@given(st.integers(0, 14 * 24 * 60))
def test_a_celebration_is_never_early_and_posting_again_changes_nothing(minutes: int) -> None:
    confirmed = at(1, 0) + timedelta(minutes=minutes)
    posted = may_post_at(confirmed, SHANGHAI)

    assert confirmed <= posted <= confirmed + timedelta(hours=44, minutes=30)
    assert may_post_at(posted, SHANGHAI) == posted
