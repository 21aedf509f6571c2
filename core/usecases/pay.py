"""Earnings: the pay rules over the database's facts; seen by oneself and by those who lead one, nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.rules.amounts import parse_amount
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.pay import DealFact, DealKind, PersonMonth, Statement, statement
from core.rules.people import Person
from core.rules.policy import Version
from core.rules.prospects import Change, NextStep, next_basis, next_bracket, what_if
from core.store import customers, deals, people
from core.store.db import Tx
from core.store.deals import Deal
from core.usecases.worth import person_month

MONTHS_BACK = 6


@dataclass(frozen=True, slots=True)
class Earnings:
    """A person's month. `step`: the next rate; `basis`: what reaching the basis brings back."""

    person: Person
    version: Version
    month: PersonMonth
    deals: tuple[DealFact, ...]
    statement: Statement
    step: NextStep | None
    basis: NextStep | None
    pending: int
    pending_fen: int


@dataclass(frozen=True, slots=True)
class Sold:
    """A deal on the list behind a statement."""

    deal: Deal
    customer: str
    visitor: str | None


def may_see(actor: Person, subject: Person) -> None:
    """Pay is one's own; the chat shows nobody else's. Raises Refusal."""
    if actor.id != subject.id:
        raise Refusal("pay.own_only")


async def earn(tx: Tx, actor: Person, month: Month) -> Earnings:
    """One's own month: 暂计 while it is open."""
    may_see(actor, actor)
    version = tx.company.policy.for_month(month.start)
    facts = tuple(await deals.facts(tx, month.start, month.end, person_ids=[actor.id]))
    this = await person_month(tx, version, actor, month)
    waiting = await deals.total(tx, month.start, month.end, states=[deals.State.PENDING], person_ids=[actor.id])
    return Earnings(
        person=actor,
        version=version,
        month=this,
        deals=facts,
        statement=statement(version, this, facts),
        step=next_bracket(version, this, facts),
        basis=next_basis(version, this, facts),
        pending=waiting.count,
        pending_fen=waiting.fen,
    )


def imagine(found: Earnings, amount: int, kind: DealKind) -> Change:
    """What one more deal of `amount` fen would truly change."""
    return what_if(found.version, found.month, found.deals, amount, kind)


async def history(tx: Tx, actor: Person) -> list[Statement]:
    """The last months with anything in them, newest first."""
    month = Month.of(tx.today)
    found: list[Statement] = []
    for _ in range(MONTHS_BACK):
        if month.end < actor.hired_on or month.end < tx.company.policy.versions[0].effective_from:
            break
        earned = await earn(tx, actor, month)
        if earned.deals or month == Month.of(tx.today):
            found.append(earned.statement)
        month = month.previous
    return found


async def sold(tx: Tx, actor: Person, month: Month) -> list[Sold]:
    """The deals of a month behind one's statement, oldest first."""
    mine = await deals.of_person(tx, actor.id, month.start, month.end)
    named = await customers.by_ids(tx, [d.customer_id for d in mine if d.customer_id is not None])
    visitors = await people.by_ids(tx, [d.visitor_id for d in mine if d.visitor_id is not None])
    return [
        Sold(
            deal,
            (named[deal.customer_id].name or "") if deal.customer_id in named else "",
            visitors[deal.visitor_id].name if deal.visitor_id in visitors else None,
        )
        for deal in sorted(mine, key=lambda d: (d.signed_on, d.id))
    ]


KINDS = {"自拓": DealKind.OWN, "代理": DealKind.DELEGATED, "代访": DealKind.DELEGATED, "短信": DealKind.SMS,
         "own": DealKind.OWN, "delegated": DealKind.DELEGATED, "sms": DealKind.SMS}  # fmt: skip


def parse_imagined(tx: Tx, text: str) -> tuple[int, DealKind]:
    """`8000 自拓` -> fen and kind (own unless said). Raises Refusal."""
    words: Sequence[str] = text.split()
    kind = next((KINDS[w.casefold()] for w in words if w.casefold() in KINDS), DealKind.OWN)
    amounts = [w for w in words if w.casefold() not in KINDS]
    if len(amounts) != 1:
        raise Refusal("pay.if_how")
    return parse_amount(amounts[0], tx.policy.deals.max_fen), kind
