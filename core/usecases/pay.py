"""Earnings: the pay rules over the database's facts, or what was locked; seen by oneself and by those who lead one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from core.rules.amounts import parse_amount
from core.rules.calendar import Month
from core.rules.closing import Adjusted, Due, State
from core.rules.deals import DealState
from core.rules.errors import Refusal
from core.rules.guarded_pay import due
from core.rules.ledger import Account
from core.rules.pay import Component, DealFact, DealKind, PersonMonth, Statement, statement
from core.rules.payments import receipt_spans
from core.rules.people import AGENTS, Person, Role, Status
from core.rules.policy import Version
from core.rules.prospects import Change, NextStep, next_basis, next_bracket, what_if
from core.store import customers, deals, ledger, months, people
from core.store.db import Tx
from core.store.deals import Deal
from core.store.months import Slip
from core.store.performance import counted, kinds_of
from core.usecases import deductions
from core.usecases.worth import person_month

MONTHS_BACK = 6


@dataclass(frozen=True, slots=True)
class Earnings:
    """A person's month. `step`: the next rate; `basis`: what reaching the basis brings back (None once it is closed).

    `slip`: the month as it was locked; while it is None every figure here is 暂计 and may still move.
    """

    person: Person
    version: Version
    month: PersonMonth
    deals: tuple[DealFact, ...]
    statement: Statement
    step: NextStep | None
    basis: NextStep | None
    pending: int
    pending_fen: int
    due: Due
    slip: Slip | None = None

    @property
    def state(self) -> State:
        """Open until it is locked; review is nothing that its earner needs to know."""
        return State.OPEN if self.slip is None else self.slip.state

    @property
    def payable(self) -> int:
        """What is handed out: with what later facts changed in earlier months, and what was carried."""
        return self.due.payable


@dataclass(frozen=True, slots=True)
class Sold:
    """A deal on the list behind a statement: sold, or visited for `seller`."""

    deal: Deal
    customer: str
    visitor: str | None
    seller: str | None = None


# --- who may see it -----------------------------------------------------------------------------------------------------


async def may_see(tx: Tx, actor: Person, subject: Person, month: Month) -> bool:
    """One's own; of a supervisor, those who were in the group when the month ended; of the manager, everybody below.

    An owner or an assistant sees nobody's: keeping the bot is no reason to know what people earn.
    """
    if actor.id == subject.id:
        return True
    if not actor.works or subject.role is Role.DIRECTOR:
        return False
    if actor.role is Role.DIRECTOR:
        return True
    if actor.role is Role.MANAGER:
        return subject.role is not Role.MANAGER
    if actor.role is not Role.SUPERVISOR or subject.role not in AGENTS:
        return False
    history = (await people.postings(tx, [subject.id])).get(subject.id, [])
    post = people.posting_on(history, max(min(month.end, tx.today), subject.hired_on))
    return actor.team_id is not None and actor.team_id == (post.team_id if post else subject.team_id)


def leads_somebody(person: Person) -> bool:
    """Has whose pay to look at, besides one's own."""
    return person.works and person.role in {Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR}


async def subject_of(tx: Tx, actor: Person, person_id: int | None, month: Month) -> Person:
    """Whose pay is meant (None: one's own). Refusal `pay.own_only`: nobody else's exists here."""
    if person_id is None or person_id == actor.id:
        return actor
    found = await people.by_id(tx, person_id)
    if found is None or not await may_see(tx, actor, found, month):
        raise Refusal("pay.own_only")
    return found


async def led_by(tx: Tx, actor: Person) -> list[Person]:
    """Whose pay somebody may look at now, by employee number."""
    if actor.role is Role.SUPERVISOR and actor.team_id is not None:
        return [one for one in await people.everybody(tx, team_id=actor.team_id) if one.role in AGENTS]
    if actor.role in {Role.MANAGER, Role.DIRECTOR}:
        below = [Role.CLERK, Role.REP, Role.SUPERVISOR, Role.ASSISTANT]
        wanted = below if actor.role is Role.MANAGER else [*below, Role.MANAGER]
        return [one for one in await people.everybody(tx, roles=wanted) if one.id != actor.id]
    return []


# --- a month --------------------------------------------------------------------------------------------------------------


async def earn(tx: Tx, person: Person, month: Month) -> Earnings:
    """A person's month: 暂计 while it is open, as it was locked afterwards. Who may ask, `subject_of` decides."""
    version = tx.company.policy.for_month(month.start)
    slip = await months.statement_of(tx, person.id, month)
    facts = tuple(await deals.facts(tx, month.start, month.end, person_ids=[person.id]))
    this = await person_month(tx, version, person, month)
    if slip is not None:
        return Earnings(person, version, this, facts, slip.due.statement, None, None, 0, 0, slip.due, slip)
    waiting = await deals.total(tx, month.start, month.end, states=[DealState.PENDING], person_ids=[person.id])
    made = statement(version, this, facts)
    last = await months.statement_of(tx, person.id, month.previous)
    carried = min(0, last.payable) if last is not None else 0
    fines = await deductions.wanted(tx, version, month, [person.id])
    settled = due(version, this, made, await _changes(tx, person.id, month), carried, fines.get(person.id, ()))
    return Earnings(
        person=person,
        version=version,
        month=this,
        deals=facts,
        statement=settled.statement,
        step=next_bracket(version, this, facts),
        basis=next_basis(version, this, facts),
        pending=waiting.count,
        pending_fen=waiting.fen,
        due=settled,
    )


async def _changes(tx: Tx, person_id: int, month: Month) -> tuple[Adjusted, ...]:
    """What goes into somebody's open month about earlier ones: booked by late facts, and by hand (53, 54)."""
    found = [
        Adjusted(booked.entry.about or booked.entry.period, posting.fen, booked.entry.refs[0])
        for booked in await ledger.of_person(tx, person_id, month, ledger.LATER)
        for posting in booked.entry.postings
        if posting.account is Account.ADJUSTMENTS and posting.person == person_id
    ]
    by_hand = await months.adjustments(tx, month, person_id)
    return (*found, *(Adjusted(one.about, one.fen, one.cause) for one in by_hand))


def imagine(found: Earnings, amount: int, kind: DealKind) -> Change:
    """What one more deal of `amount` fen would truly change."""
    return what_if(found.version, found.month, found.deals, amount, kind)


def ahead_of(found: Earnings, amount: int, kind: DealKind) -> tuple[NextStep | None, NextStep | None]:
    """What would be ahead after that deal: the next rate, and the basis if it is still not reached."""
    one = DealFact("imagined", found.month.id, found.month.role, found.month.month.end, amount, kind)
    sold = (*found.deals, one)
    return next_bracket(found.version, found.month, sold), next_basis(found.version, found.month, sold)


async def history(tx: Tx, viewer: Person, person: Person) -> list[Earnings]:
    """The last months with anything in them that `viewer` may see, newest first."""
    month = Month.of(tx.today)
    found: list[Earnings] = []
    for _ in range(MONTHS_BACK):
        if month.end < person.hired_on or month.end < tx.company.policy.versions[0].effective_from:
            break
        if not await may_see(tx, viewer, person, month):
            month = month.previous
            continue
        earned = await earn(tx, person, month)
        if earned.deals or earned.slip is not None or month == Month.of(tx.today):
            found.append(earned)
        month = month.previous
    return found


# --- behind it ---------------------------------------------------------------------------------------------------------


async def sold(tx: Tx, person: Person, month: Month) -> list[Sold]:
    """The deals of a month behind somebody's statement, sold or visited, oldest first."""
    mine = await deals.of_person(tx, person.id, month.start, month.end)
    visited = await deals.of_person(tx, person.id, month.start, month.end, as_visitor=True)
    found = {deal.id: deal for deal in [*mine, *visited]}
    if receipt_spans(tx.company.policy):  # what was signed earlier and came in now stands behind this month too
        facts = await deals.facts(tx, month.start, month.end, person_ids=[person.id])
        for missing in {int(fact.id) for fact in facts} - found.keys():
            if (deal := await deals.by_id(tx, missing)) is not None:
                found[deal.id] = deal
    return await _named(tx, person, list(found.values()))


async def behind(tx: Tx, found: Earnings, component: Component) -> list[Sold]:
    """The deals behind one component of the statement, oldest first."""
    ids = {int(one) for line in found.statement.of(component) for one in line.deals}
    return [one for one in await sold(tx, found.person, found.month.month) if one.deal.id in ids]


async def _named(tx: Tx, person: Person, some: Collection[Deal]) -> list[Sold]:
    named = await customers.by_ids(tx, [d.customer_id for d in some if d.customer_id is not None])
    involved = {d.visitor_id for d in some if d.visitor_id is not None} | {d.seller_id for d in some}
    who = await people.by_ids(tx, involved - {person.id})
    return [
        Sold(
            deal,
            (named[deal.customer_id].name or "") if deal.customer_id in named else "",
            who[deal.visitor_id].name if deal.visitor_id in who else None,
            who[deal.seller_id].name if deal.seller_id in who else None,
        )
        for deal in sorted(some, key=lambda d: (d.signed_on, d.id))
    ]


async def sellers_of(tx: Tx, found: Earnings) -> list[tuple[str, int]]:
    """What each of the group sold, by which a supervisor is paid, the most first; of the manager, each group."""
    month = found.month.month
    if found.month.role is Role.MANAGER:
        return sorted(((str(team.team), team.total) for team in found.month.leads), key=lambda one: -one[1])
    teams = [team.id for team in await people.teams(tx, names=[str(team.team) for team in found.month.leads])]
    sums = await counted(tx, month.start, month.end, "person", kinds=kinds_of(found.version), team_ids=teams)
    who = await people.by_ids(tx, sums)
    return sorted(((who[key].name, one.fen) for key, one in sums.items()), key=lambda one: (-one[1], one[0]))


# --- what if ---------------------------------------------------------------------------------------------------------

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


# --- beside it ---------------------------------------------------------------------------------------------------------


async def at_the_same_point(tx: Tx, person: Person, month: Month, day: int) -> int | None:
    """What the month had come to on its day `day`, in fen; None where there is nothing to compare with."""
    if month.end < person.hired_on or month.end < tx.company.policy.versions[0].effective_from:
        return None
    version = tx.company.policy.for_month(month.start)
    until = min(month.end, date(month.year, month.month, min(day, month.end.day)))
    facts = await deals.facts(tx, month.start, until, person_ids=[person.id])
    return statement(version, await person_month(tx, version, person, month), facts).total if facts else None


async def place_in_team(tx: Tx, found: Earnings) -> tuple[int, int] | None:
    """One's place among the agents of one's team by performance, and how many they are; None outside a team."""
    person, month = found.person, found.month.month
    if person.role not in AGENTS or person.team_id is None or person.status is Status.TRAINING:
        return None
    sums = await counted(
        tx, month.start, month.end, "person", kinds=kinds_of(found.version), team_ids=[person.team_id]
    )  # fmt: skip
    mates = [one for one in await people.everybody(tx, team_id=person.team_id) if one.role in AGENTS]
    mine = found.statement.performance
    better = sum(sums.get(one.id, deals.NOTHING).fen > mine for one in mates if one.id != person.id)
    return (better + 1, len(mates)) if mine and len(mates) > 1 else None
