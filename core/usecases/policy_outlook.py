"""A proposed policy tried on the past: the last months recomputed under it and under what priced them."""

from __future__ import annotations

from dataclasses import replace

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.people import Person
from core.rules.policy import Policy, Version
from core.rules.policy_change import Effect, Outlook, outlook
from core.store import deals, people
from core.store.db import Tx
from core.store.performance import counted
from core.usecases.month_sums import figures
from core.usecases.worth import person_months

MONTHS = 3  # that a proposal is tried on, where nothing else is said
MOST_MONTHS = 12


async def look_back(tx: Tx, proposed: Version, months: int = MONTHS) -> Outlook:
    """The last ended months with anything sold in them, everybody who was there, by today's facts both times.

    Locked months are recomputed as well and stay as they are: only the policy differs between the two sides.
    """
    company = await people.everybody(tx, with_left=True)
    as_if = _as_if(tx, proposed)
    amounts: dict[int, list[tuple[Month, int, int]]] = {}
    tried = []
    for month in _last(tx, min(months, MOST_MONTHS)):
        version = _priced(tx.company.policy, month)
        if version is None or not await _anything(tx, month):
            continue
        tried.append(month)
        there = [person for person in company if _was_there(person, month)]
        before = await _totals(tx, version, there, month)
        after = await _totals(as_if, proposed, there, month)
        for person in there:
            amounts.setdefault(person.id, []).append((month, before[person.id], after[person.id]))
    return outlook(tried, [Effect(person, tuple(amounts[person.id])) for person in company if person.id in amounts])


def _as_if(tx: Tx, proposed: Version) -> Tx:
    """The same transaction in a company that never had another policy: what counts when, too, is as proposed."""
    always = proposed.model_copy(update={"effective_from": tx.company.policy.versions[0].effective_from})
    policy = tx.company.policy.model_copy(update={"versions": (always,)})
    return Tx(tx.conn, tx.now, replace(tx.company, policy=policy))


def _last(tx: Tx, count: int) -> list[Month]:
    """The months that are over, oldest first."""
    found = [Month.of(tx.today).previous]
    while len(found) < count:
        found.append(found[-1].previous)
    return found[::-1]


def _priced(policy: Policy, month: Month) -> Version | None:
    try:
        return policy.for_month(month.start)
    except Refusal:
        return None  # before the company had a policy


async def _anything(tx: Tx, month: Month) -> bool:
    """Was anything signed in a month, or did something count?"""
    if (await deals.total(tx, month.start, month.end)).count:
        return True
    return bool(await counted(tx, month.start, month.end, "team", kinds=None))


def _was_there(person: Person, month: Month) -> bool:
    return person.hired_on <= month.end and (person.left_on is None or person.left_on >= month.start)


async def _totals(tx: Tx, version: Version, there: list[Person], month: Month) -> dict[int, int]:
    """What each one's month comes to under a version, in fen."""
    this = await person_months(tx, version, there, month)
    return {person: one.statement.total for person, one in (await figures(tx, version, this, month)).items()}
