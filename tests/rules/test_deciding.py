"""Who decides about a deal, and from when. Handed in on Saturday 2026-11-21 at 09:30."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.rules.deciding import check_decision, confirmed_by, may_decide
from core.rules.errors import Refusal
from core.rules.people import Person, Role, Status

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def person(
    number: int, role: Role, team: int | None = 1, *, owner: bool = False, status: Status = Status.REGULAR
) -> Person:
    return Person(
        number,
        f"{number:03}",
        f"人{number}",
        role,
        status,
        team,
        "领航" if team else None,
        date(2024, 1, 1),
        is_owner=owner,
    )


CLERK = person(5, Role.CLERK)
REP = person(9, Role.REP)
SUPERVISOR = person(4, Role.SUPERVISOR)
OTHER_SUPERVISOR = person(11, Role.SUPERVISOR, team=2)
ASSISTANT = person(3, Role.ASSISTANT, team=None)
MANAGER = person(2, Role.MANAGER, team=None)
DIRECTOR = person(1, Role.DIRECTOR, team=None)
FOUR = timedelta(hours=4)


@pytest.mark.parametrize(
    ("seller", "actor", "hours", "answer"),
    [
        (CLERK, SUPERVISOR, 0, None),
        (REP, SUPERVISOR, 0, None),
        (CLERK, MANAGER, 0, None),
        (CLERK, DIRECTOR, 0, None),
        (CLERK, CLERK, 0, "deals.own"),
        (CLERK, REP, 0, "deals.not_yours"),
        (CLERK, OTHER_SUPERVISOR, 0, "deals.not_yours"),
        (CLERK, ASSISTANT, 0, "deals.assistant_waits"),
        (CLERK, ASSISTANT, 3.99, "deals.assistant_waits"),
        (CLERK, ASSISTANT, 4, None),
        (SUPERVISOR, SUPERVISOR, 0, "deals.own"),
        (SUPERVISOR, OTHER_SUPERVISOR, 0, "deals.not_yours"),
        (SUPERVISOR, MANAGER, 0, None),
        (SUPERVISOR, DIRECTOR, 0, None),
        (SUPERVISOR, ASSISTANT, 100, "deals.not_yours"),
        (MANAGER, MANAGER, 0, "deals.own"),
        (MANAGER, DIRECTOR, 0, None),
        (MANAGER, ASSISTANT, 100, "deals.not_yours"),
        (CLERK, person(30, Role.CLERK, owner=True), 0, None),
        (person(30, Role.CLERK, owner=True), person(30, Role.CLERK, owner=True), 0, "deals.own"),
        (CLERK, person(31, Role.SUPERVISOR, status=Status.LEFT), 0, "deals.not_yours"),
    ],
)
def test_a_deal_is_confirmed_by_the_post_above_and_never_by_the_seller(
    seller: Person, actor: Person, hours: float, answer: str | None
) -> None:
    now = NOW + timedelta(hours=hours)

    assert may_decide(actor, seller, now, NOW + FOUR) == (answer is None)
    if answer is not None:
        with pytest.raises(Refusal) as refusal:
            check_decision(actor, seller, now, NOW + FOUR)
        assert refusal.value.key == answer


def test_the_assistant_is_told_from_when() -> None:
    with pytest.raises(Refusal) as refusal:
        check_decision(ASSISTANT, CLERK, NOW, NOW + FOUR)

    assert refusal.value.params == {"at": NOW + FOUR}


@pytest.mark.parametrize(
    ("role", "by"),
    [
        (Role.CLERK, Role.SUPERVISOR),
        (Role.REP, Role.SUPERVISOR),
        (Role.SUPERVISOR, Role.MANAGER),
        (Role.ASSISTANT, Role.MANAGER),
        (Role.MANAGER, Role.DIRECTOR),
    ],
)
def test_the_post_that_confirms(role: Role, by: Role) -> None:
    assert confirmed_by(person(7, role)) is by
