"""Who hands in deals, for which days, and who may look at one."""

from __future__ import annotations

from datetime import date

import pytest

from core.rules.errors import Refusal
from core.rules.handing_in import check_day, check_seller, earliest_day, may_see, sells
from core.rules.people import Person, Role, Status

TODAY = date(2026, 11, 20)


def someone(number: int, role: Role, team: int | None = 1, status: Status = Status.REGULAR) -> Person:
    return Person(number, f"{number:03}", f"人{number}", role, status, team, None, date(2026, 10, 5))


def test_agents_and_those_who_lead_them_sell_the_office_does_not() -> None:
    allowed = {role for role in Role if sells(someone(1, role))}

    assert allowed == {Role.CLERK, Role.REP, Role.SUPERVISOR, Role.MANAGER}
    assert not sells(someone(1, Role.CLERK, status=Status.LEFT))


@pytest.mark.parametrize(
    ("seller", "key"),
    [
        (someone(1, Role.ASSISTANT), "deals.not_a_seller"),
        (someone(1, Role.CLERK, status=Status.LEFT), "deals.not_a_seller"),
        (someone(1, Role.CLERK, status=Status.TRAINING), "deals.in_training"),
    ],
)
def test_who_does_not_sell_hears_why(seller: Person, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_seller(seller)

    assert refused.value.key == key


@pytest.mark.parametrize("status", [Status.REGULAR, Status.PROBATION])
def test_whoever_sells_may_hand_in(status: Status) -> None:
    check_seller(someone(1, Role.CLERK, status=status))


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (TODAY, date(2026, 10, 1)),
        (date(2026, 11, 1), date(2026, 10, 1)),
        (date(2027, 1, 31), date(2026, 12, 1)),
        (date(2027, 3, 1), date(2027, 2, 1)),
    ],
)
def test_last_months_first_day_is_the_earliest(today: date, first: date) -> None:
    assert earliest_day(today) == first


@pytest.mark.parametrize(
    ("day", "hired", "key"),
    [
        (date(2026, 11, 21), date(2026, 1, 1), "deals.day_future"),
        (date(2026, 11, 4), date(2026, 11, 5), "deals.day_before_hiring"),
        (date(2026, 9, 30), date(2026, 1, 1), "deals.day_closed"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_its_reason(day: date, hired: date, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_day(day, TODAY, hired)

    assert refused.value.key == key


@pytest.mark.parametrize(
    ("day", "hired"),
    [
        (TODAY, date(2026, 1, 1)),
        (date(2026, 11, 5), date(2026, 11, 5)),
        (TODAY, TODAY),
        (date(2026, 10, 1), date(2026, 1, 1)),
    ],
)
def test_today_the_first_day_of_work_and_the_first_of_last_month_are_open(day: date, hired: date) -> None:
    check_day(day, TODAY, hired)


def test_sellers_visitors_and_whoever_leads_a_seller_may_look() -> None:
    mine, partner = someone(5, Role.CLERK), someone(6, Role.CLERK, team=2)
    deal = [mine, partner]

    assert may_see(mine, deal, 9)
    assert may_see(partner, deal, 9)
    assert may_see(someone(9, Role.REP, team=3), deal, 9)
    assert may_see(someone(4, Role.SUPERVISOR, team=2), deal, 9)
    assert not may_see(someone(7, Role.CLERK), deal, 9)
    assert not may_see(someone(4, Role.SUPERVISOR, team=3), deal, None)
    assert not may_see(someone(5, Role.CLERK, status=Status.LEFT), deal, 9)
