"""Many people's month at once: grouped sums, one pass over the deals, the itemised statement only where sums cannot do.

A month of several roles is computed line by line, and so is a visit of somebody who changed posts within the month: only
the day tells whether its share moves (16). So is everybody where receipts count and not signatures (52).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.rules.calendar import Month
from core.rules.pay import DealFact, DealKind, PersonMonth, Statement, performance, statement
from core.rules.pay_sums import NOTHING, Payroll, Sums
from core.rules.payments import receipt_spans
from core.rules.people import Role
from core.rules.policy import Version
from core.rules.policy_values import Pair
from core.store import deal_sums, deals
from core.store.db import Tx
from core.store.paused_gc import paused_gc

_SMS, _DELEGATED = DealKind.SMS.value, DealKind.DELEGATED.value
NAMED = 500  # people named in a query; more are asked for all together


@dataclass(frozen=True, slots=True)
class Figured:
    """A person's month. `sold`: what counts for their own brackets, basis and rank (fen), also of those who lead."""

    statement: Statement
    sold: int


async def figures(tx: Tx, version: Version, this: Mapping[int, PersonMonth], month: Month) -> dict[int, Figured]:
    """What everybody's month (`this`, by person) comes to; statements without lines where sums were enough."""
    if receipt_spans(tx.company.policy):
        return await itemised(tx, version, this, month)
    with paused_gc(len(this)):
        sums, closely = await _sums(tx, version, this, month)
        payroll = Payroll(version, month)
        found = {
            person: Figured(payroll.statement(one, sold := sums.get(person, NOTHING)), sold.counted)
            for person, one in this.items()
            if person not in closely
        }
    if closely:
        found |= await itemised(tx, version, this, month, closely)
    return found


async def itemised(
    tx: Tx, version: Version, this: Mapping[int, PersonMonth], month: Month, only: Collection[int] | None = None
) -> dict[int, Figured]:
    """The same with every line and its deals; `only` these people."""
    wanted = this.keys() if only is None else this.keys() & set(only)
    facts: dict[int, list[DealFact]] = {}
    named = wanted if len(wanted) <= NAMED else None
    for fact in await deals.facts(tx, month.start, month.end, person_ids=named):
        facts.setdefault(int(fact.seller), []).append(fact)
        if fact.visitor is not None and fact.visitor != fact.seller:
            facts.setdefault(int(fact.visitor), []).append(fact)
    return {
        person: Figured(
            statement(version, this[person], mine := facts.get(person, [])), performance(version, mine, person)
        )
        for person in wanted
    }


async def _sums(
    tx: Tx, version: Version, this: Mapping[int, PersonMonth], month: Month
) -> tuple[dict[int, Sums], set[int]]:
    """Everybody's sums, and who is to be looked at closely instead."""
    moved = await deal_sums.moved(tx, month.start, month.end)
    return _added(version, this, moved, await deal_sums.traded(tx, month.start, month.end))


def _added(
    version: Version,
    this: Mapping[int, PersonMonth],
    moved: Collection[int],
    rows: Iterable[tuple[int, int | None, str, int]],
) -> tuple[dict[int, Sums], set[int]]:
    """The database's rows (`deal_sums.traded`) person by person, and who is to be looked at closely instead."""
    closely = {person for person, one in this.items() if one.stints}
    pays = frozenset(version.pay.delegation.pays)
    shared = {(seller, visitor) for seller in Role for visitor in Role if Pair(seller, visitor) in pays}
    alone = any(visitor is Role.REP for _, visitor in shared)
    counts = version.pay.sms.counts
    counted: dict[int, int] = {}
    everything: dict[int, int] = {}
    sms: dict[int, int] = {}
    received: dict[int, int] = {}
    given: dict[int, int] = {}
    for seller, visitor, kind, fen in rows:
        everything[seller] = everything.get(seller, 0) + fen
        bulk, delegated = kind == _SMS, kind == _DELEGATED
        if bulk:
            sms[seller] = sms.get(seller, 0) + fen
        own = counts if bulk else True
        if visitor is not None:
            sold_by, seen_by = this.get(seller), this.get(visitor)
            if sold_by is None or seen_by is None or (moved and (seller in moved or visitor in moved)):
                closely |= {seller, visitor}
                continue
            if seller != visitor:
                everything[visitor] = everything.get(visitor, 0) + fen
                if delegated and (sold_by.role, seen_by.role) in shared:
                    received[visitor] = received.get(visitor, 0) + fen
                    given[seller] = given.get(seller, 0) + fen
            elif delegated and sold_by.role is Role.REP:
                own = False  # somebody else's customer
                if alone:
                    received[visitor] = received.get(visitor, 0) + fen
        if own:
            counted[seller] = counted.get(seller, 0) + fen
    found = {
        person: Sums(counted.get(person, 0), fen, sms.get(person, 0), received.get(person, 0), given.get(person, 0))
        for person, fen in everything.items()
    }
    return found, closely & this.keys()


async def sold_before(
    tx: Tx, version: Version, some: Sequence[Month], person_ids: Collection[int] | None
) -> dict[Month, dict[int, int]]:
    """What each person sold in earlier months that counts (fen), as it stands now."""
    every: dict[Month, dict[int, int]] = {}
    by_receipt = receipt_spans(tx.company.policy)
    for month in some:
        found = every.setdefault(month, {})
        if by_receipt:
            sellers: dict[int, list[DealFact]] = {}
            for fact in await deals.facts(tx, month.start, month.end, person_ids=person_ids):
                sellers.setdefault(int(fact.seller), []).append(fact)
            found |= {one: performance(version, theirs, one) for one, theirs in sellers.items()}
            continue
        closely = []
        for person, whole, sms, by_oneself in await deal_sums.sold(tx, month.start, month.end, person_ids):
            found[person] = whole if version.pay.sms.counts else whole - sms
            if by_oneself:
                closely.append(person)
        if closely:  # whose role on each day decides
            facts = await deals.facts(tx, month.start, month.end, person_ids=closely)
            found |= {one: performance(version, facts, one) for one in closely}
    return every
