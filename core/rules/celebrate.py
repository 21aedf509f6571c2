"""喜报: which text a confirmed deal earns, and when a group may see it (docs/manners.md 3.4).

The text never holds a customer; whether it holds the amount is the team's choice, made where it is rendered.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from core.rules.calendar import ONE_DAY, SATURDAY, Calendar, moment, utc
from core.rules.pay import DealKind

BIG = 1_000_000  # fen
DRY_DAYS = 10  # working days without a deal after which the next one is a comeback


class Cheer(StrEnum):
    """The texts there are."""

    SHARED = "shared"  # 合单
    DELEGATED = "delegated"  # 代访
    SMS = "sms"  # 短信
    FIRST = "first"  # 首单
    RECORD = "record"  # 破纪录
    BIG = "big"  # 大单
    COMEBACK = "comeback"  # 久旱
    ORDINARY = "ordinary"  # 平常
    TEAM_TARGET = "team_target"  # 过线
    REGULAR = "regular"  # 转正


@dataclass(frozen=True, slots=True)
class ConfirmedDeal:
    """What the text may tell about the deal."""

    kind: DealKind
    amount: int  # fen
    signed_on: date
    seller: str  # names as shown
    visitor: str | None = None
    sharers: tuple[str, ...] = ()  # the other sellers of a 合单
    part: int | None = None  # the seller's own part of a 合单, in fen; None: all of it
    even: bool = True  # are the parts of a 合单 equal (各记一半)?
    contacts: int | None = None  # how many contacts it took
    visits: int | None = None
    messages: int | None = None  # texts of a bulk order


@dataclass(frozen=True, slots=True)
class SellerSoFar:
    """The seller's own story when the deal is confirmed. Deals are confirmed ones; fen; SMS orders not among them."""

    deals_this_month: int  # in the month of signing, this one included
    month_total: int  # the same, in fen
    deals_before: int  # ever, this one excluded
    last_deal_on: date | None  # signing day of the deal before
    best_month: int  # the best total of an earlier month; 0 without one
    on_duty_from: date
    workweek: str
    leave: AbstractSet[date] = frozenset()
    mentor: str | None = None  # who brings the newcomer on


@dataclass(frozen=True, slots=True)
class Celebration:
    """One text to post: its kind, the kinds that also fit, and what fills it (only parameters that are known)."""

    kind: Cheer
    params: dict[str, object]
    also: tuple[Cheer, ...] = ()


def celebrate(
    deal: ConfirmedDeal, so_far: SellerSoFar, calendar: Calendar, *, big: int = BIG, dry_days: int = DRY_DAYS
) -> Celebration:
    """The text for a confirmed deal.

    Two names go before every other news, or one of them would be left out; an SMS order is no performance
    (docs/rules.md 17), so it is neither a first deal nor a record. Then the rarest: first, record, big, comeback.
    """
    fitting = _fitting(deal, so_far, calendar, big=big, dry_days=dry_days)
    params: dict[str, object | None] = {
        "seller": deal.seller,
        "visitor": deal.visitor,
        "sharers": deal.sharers or None,
        "even": deal.even if deal.sharers else None,
        "amount": deal.amount,
        "contacts": deal.contacts,
        "visits": deal.visits,
        "messages": deal.messages,
        "nth": so_far.deals_this_month if deal.kind is not DealKind.SMS else None,
        "day": (deal.signed_on - so_far.on_duty_from).days + 1 if Cheer.FIRST in fitting else None,
        "mentor": so_far.mentor if Cheer.FIRST in fitting else None,
        "month_total": so_far.month_total if Cheer.RECORD in fitting else None,
        "best_month": so_far.best_month if Cheer.RECORD in fitting else None,
    }
    known = {key: value for key, value in params.items() if value is not None}
    return Celebration(fitting[0], known, also=fitting[1:])


def _fitting(
    deal: ConfirmedDeal, so_far: SellerSoFar, calendar: Calendar, *, big: int, dry_days: int
) -> tuple[Cheer, ...]:
    """Every kind that fits, the one to tell first."""
    performance = deal.kind is not DealKind.SMS
    # Told once, by the deal that crosses the old best, not by each one after it.
    without = so_far.month_total - (deal.amount if deal.part is None else deal.part)
    record = without <= so_far.best_month < so_far.month_total and so_far.best_month > 0
    tests = (
        (Cheer.SHARED, bool(deal.sharers)),
        (Cheer.DELEGATED, deal.kind is DealKind.DELEGATED and deal.visitor is not None),
        (Cheer.SMS, not performance),
        (Cheer.FIRST, performance and so_far.deals_before == 0),
        (Cheer.RECORD, performance and record),
        (Cheer.BIG, performance and deal.amount >= big),
        (Cheer.COMEBACK, performance and dry_for(deal.signed_on, so_far, calendar) >= dry_days),
    )
    return tuple(kind for kind, fits in tests if fits) or (Cheer.ORDINARY,)


def dry_for(signed_on: date, so_far: SellerSoFar, calendar: Calendar) -> int:
    """Working days without a deal between the last one and this, leave left out; 0 before anybody's first deal."""
    if so_far.last_deal_on is None:
        return 0
    start, end = so_far.last_deal_on + ONE_DAY, signed_on - ONE_DAY
    return len(calendar.guessing().working_days(start, end, so_far.workweek, so_far.leave))


def team_target(
    team: str, before: int, after: int, target: int | None, today: date, calendar: Calendar, workweek: str
) -> Celebration | None:
    """过线: the confirmation that takes a team's month from below its target to it; told once by the crossing itself.

    `before` and `after` are the team's month in fen; `days_early` the working days the month still has.
    """
    if target is None or target <= 0 or not before < target <= after:
        return None
    days_early = calendar.guessing().working_days_left(today, workweek)
    return Celebration(Cheer.TEAM_TARGET, {"team": team, "days_early": days_early})


def regularised(name: str, months: int, total: int) -> Celebration:
    """转正: `total` fen signed in the `months` of probation."""
    return Celebration(Cheer.REGULAR, {"name": name, "months": months, "total": total})


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a group is left alone: every night, and from Saturday noon to Monday morning (docs/manners.md 3 and 5).

    The weekly stretch is given as (weekday, hour), Monday = 0.
    """

    night_from: time = time(21)
    night_until: time = time(8, 30)
    week_from: tuple[int, time] = (SATURDAY, time(12))
    week_until: tuple[int, time] = (0, time(8))

    def __post_init__(self) -> None:
        if self.night_from <= self.night_until:
            raise ValueError("the night begins in the evening and ends in the morning")


def may_post_at(confirmed_at: datetime, zone: tzinfo, quiet: Quiet | None = None) -> datetime:
    """When the group may see it: at once, or when the quiet hours it falls into are over (nights: 08:30)."""
    quiet = quiet or Quiet()
    at = utc(confirmed_at).astimezone(zone)
    while (later := _quiet_until(at, zone, quiet)) is not None:
        at = later
    return at


def _quiet_until(at: datetime, zone: tzinfo, quiet: Quiet) -> datetime | None:
    """The end of the quiet stretch that `at` lies in; None when the group may be spoken to."""
    day, here = at.date(), (at.weekday(), at.time())
    start, end = quiet.week_from, quiet.week_until
    if start <= here < end if start <= end else here >= start or here < end:
        ahead = (end[0] - at.weekday()) % 7
        if ahead == 0 and here >= end:
            ahead = 7
        return moment(day + timedelta(days=ahead), end[1], zone)
    if at.time() >= quiet.night_from:
        return moment(day + ONE_DAY, quiet.night_until, zone)
    if at.time() < quiet.night_until:
        return moment(day, quiet.night_until, zone)
    return None
