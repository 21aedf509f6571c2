"""Who sells, which signing days are open, and who may look at a deal. Who decides about one: `core.rules.deciding`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.people import AGENTS, Person, Role, Status, oversees

SELLERS = AGENTS | {Role.SUPERVISOR, Role.MANAGER}


def sells(person: Person) -> bool:
    """May this person hand in deals of their own?"""
    return person.works and person.role in SELLERS


def check_seller(seller: Person) -> None:
    """Raises Refusal: `deals.not_a_seller` for the office, `deals.in_training` for trainees (policy 29: no pay yet)."""
    if not sells(seller):
        raise Refusal("deals.not_a_seller")
    if seller.status is Status.TRAINING:
        raise Refusal("deals.in_training")


def earliest_day(today: date) -> date:
    """The first signing day that may still be entered: of the month before this one (policy 54)."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def check_day(day: date, today: date, hired_on: date) -> None:
    """Raises Refusal: `deals.day_future`, `deals.day_before_hiring` or `deals.day_closed`."""
    if day > today:
        raise Refusal("deals.day_future", day=day.isoformat())
    if day < hired_on:
        raise Refusal("deals.day_before_hiring", day=day.isoformat(), hired=hired_on.isoformat())
    if day < earliest_day(today):
        raise Refusal("deals.day_closed", month=Month.of(day))


def may_see(actor: Person, sellers: Iterable[Person], visitor_id: int | None) -> bool:
    """Sellers, visitor, and whoever oversees a seller."""
    if not actor.works:
        return False
    return actor.id == visitor_id or any(actor.id == seller.id or oversees(actor, seller) for seller in sellers)
