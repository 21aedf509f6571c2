"""Deals: one row for each seller's part; the parts of a 合单 share the first part's id and are decided together.

Amounts are whole fen. A deal counts on the day it was signed, for the team its seller was in on that day (policy 30,
52). Only confirmed rows count; every sum here says so by default. Queries for boards, reports and pay are set-wise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union,
    update,
)

from core.rules.deals import DealState
from core.rules.pay import DealFact, DealKind
from core.rules.payments import Payment, Span, counts_by_receipt, receipt_spans, shared
from core.rules.payments import recognised as count_receipts
from core.rules.people import Person, Role
from core.store import models as m
from core.store import payments, people, targets
from core.store.db import Tx

State = DealState
CONFIRMED = (State.CONFIRMED,)
PERFORMANCE = (DealKind.OWN, DealKind.DELEGATED)  # what counts where SMS orders do not (policy 17)


@dataclass(frozen=True, slots=True)
class Deal:
    """One seller's deal, or their part of a 合单."""

    id: int
    seller_id: int
    team_id: int | None  # the seller's on the signing date
    customer_id: int | None
    amount_fen: int
    kind: DealKind
    visitor_id: int | None
    signed_on: date
    state: State
    at: datetime  # when it was handed in, the last time
    at_source: str
    contacts: int  # the how-manieth contact signed; 0 when no contact was logged
    decided_by: int | None
    decided_at: datetime | None
    reason: str | None  # why it was sent back or cancelled
    note: str | None
    joint_id: int | None
    once: str  # the submission that made, or last renewed, this row

    @property
    def head_id(self) -> int:
        """The id by which the whole deal is spoken of: the first part's."""
        return self.joint_id or self.id


_D, _Y = m.deals.c, m.deal_payments.c
_DEAL = select(*(_D[name] for name in Deal.__dataclass_fields__))


def _deal(row: Any) -> Deal:
    values = list(row)
    values[5], values[8] = DealKind(values[5]), State(values[8])
    return Deal(*values)


async def _many(tx: Tx, statement: Select[Any]) -> list[Deal]:
    return [_deal(row) for row in await tx.all(statement)]


# --- one deal ------------------------------------------------------------------------------------------------


async def by_id(tx: Tx, deal_id: int) -> Deal | None:
    """A deal, or one part of a 合单."""
    row = await tx.first(_DEAL.where(_D.id == deal_id))
    return None if row is None else _deal(row)


async def parts(tx: Tx, deal_id: int) -> list[Deal]:
    """The whole deal that `deal_id` belongs to, the part of whoever handed it in first; [] when there is none."""
    head = select(func.coalesce(_D.joint_id, _D.id)).where(_D.id == deal_id).scalar_subquery()
    return await _many(tx, _DEAL.where(or_(_D.id == head, _D.joint_id == head)).order_by(_D.id))


async def by_once(tx: Tx, once: str) -> Deal | None:
    """The deal that a submission made."""
    row = await tx.first(_DEAL.where(_D.once == once))
    return None if row is None else _deal(row)


async def add(tx: Tx, **values: Any) -> int | None:
    """Write a deal (or a part); its id, or None when this submission was written already."""
    return await tx.insert_once(m.deals, **values)


async def join(tx: Tx, ids: Sequence[int]) -> None:
    """Tie parts together under the first one's id."""
    await tx.run(update(m.deals).where(_D.id.in_(list(ids))).values(joint_id=ids[0]))


async def renew(tx: Tx, deal_id: int, values: Mapping[str, Any]) -> bool:
    """Hand a rejected deal in again with other values; False when it is not rejected any more."""
    result = await tx.run(
        update(m.deals)
        .where(_D.id == deal_id, _D.state == State.REJECTED.value)
        .values(state=State.PENDING.value, decided_by=None, decided_at=None, reason=None, **values)
    )
    return bool(result.rowcount)


async def drop_part(tx: Tx, deal_id: int) -> None:
    """A part of a rejected 合单 that the renewed deal no longer has."""
    await tx.run(
        update(m.deals)
        .where(_D.id == deal_id, _D.state == State.REJECTED.value)
        .values(state=State.CANCELLED.value, decided_at=tx.now, joint_id=None)
    )


async def decide(
    tx: Tx,
    ids: Sequence[int],
    to: State,
    *,
    by: int,
    reason: str | None = None,
    of: Collection[State] = (State.PENDING,),
) -> bool:
    """Move a deal (all its parts) to a state. Of two who try at once exactly one is told True."""
    result = await tx.run(
        update(m.deals)
        .where(_D.id.in_(list(ids)), _D.state.in_([state.value for state in of]))
        .values(state=to.value, decided_by=by, decided_at=tx.now, reason=reason)
    )
    return result.rowcount == len(ids)


async def alike(tx: Tx, deal: Mapping[str, Any], since: datetime) -> Deal | None:
    """The newest deal handed in after `since` that is the same in seller, amount, kind and customer."""
    same = [_D[name] == deal[name] for name in ("seller_id", "amount_fen", "kind")]
    customer = deal["customer_id"]
    same.append(_D.customer_id.is_(None) if customer is None else _D.customer_id == customer)
    states = [State.PENDING.value, State.CONFIRMED.value]
    row = await tx.first(_DEAL.where(*same, _D.at > since, _D.state.in_(states)).order_by(_D.id.desc()).limit(1))
    return None if row is None else _deal(row)


# --- lists ---------------------------------------------------------------------------------------------------


async def of_person(
    tx: Tx,
    person_id: int,
    first: date,
    last: date,
    *,
    states: Collection[State] | None = None,
    as_visitor: bool = False,
) -> list[Deal]:
    """What somebody signed from `first` to `last` (both included), newest first; `as_visitor`: what they visited for."""
    who = _D.visitor_id if as_visitor else _D.seller_id
    statement = _DEAL.where(who == person_id, _D.signed_on >= first, _D.signed_on <= last)
    if states is not None:
        statement = statement.where(_D.state.in_([state.value for state in states]))
    return await _many(tx, statement.order_by(_D.signed_on.desc(), _D.id.desc()))


async def page(
    tx: Tx,
    first: date,
    last: date,
    *,
    person_ids: Iterable[int] | None = None,
    team_ids: Iterable[int] | None = None,
    offset: int = 0,
    limit: int = 10,
) -> tuple[list[Deal], int]:
    """A page of what was signed in a span, newest first, whatever became of it, and how many there are in all."""
    narrow = [_D.signed_on >= first, _D.signed_on <= last]
    if person_ids is not None:
        narrow.append(_D.seller_id.in_(sorted(set(person_ids))))
    if team_ids is not None:
        narrow.append(_D.team_id.in_(sorted(set(team_ids))))
    count = int(await tx.scalar(select(func.count()).select_from(m.deals).where(*narrow)) or 0)
    rows = _DEAL.where(*narrow).order_by(_D.signed_on.desc(), _D.id.desc()).offset(offset).limit(limit)
    return await _many(tx, rows), count


async def waiting(
    tx: Tx,
    *,
    seller_ids: Iterable[int] | None = None,
    team_ids: Iterable[int] | None = None,
    handed_in_before: datetime | None = None,
) -> list[Deal]:
    """Pending deals, the one that waits longest first: of sellers, of teams (as on the signing date), or all."""
    statement = _DEAL.where(_D.state == State.PENDING.value).order_by(_D.at, _D.id)
    if seller_ids is not None:
        statement = statement.where(_D.seller_id.in_(sorted(set(seller_ids))))
    if team_ids is not None:
        statement = statement.where(_D.team_id.in_(sorted(set(team_ids))))
    if handed_in_before is not None:
        statement = statement.where(_D.at <= handed_in_before)
    return await _many(tx, statement)


async def returned(tx: Tx, seller_id: int, since: datetime) -> list[Deal]:
    """What was sent back to a seller since then and not handed in again, newest first."""
    return await _many(
        tx,
        _DEAL.where(_D.seller_id == seller_id, _D.state == State.REJECTED.value, _D.decided_at >= since).order_by(
            _D.decided_at.desc()
        ),
    )


# --- sums ----------------------------------------------------------------------------------------------------

By = Literal["person", "team", "month", "day", "kind", "visitor"]
_KEYS: Mapping[str, ColumnElement[Any]] = {
    "person": _D.seller_id,
    "team": _D.team_id,
    # "2026-11": ISO dates cut alike on both engines. Literals, because PostgreSQL takes two bound 1s for two expressions.
    "month": func.substr(cast(_D.signed_on, String), literal_column("1"), literal_column("7")),
    "day": _D.signed_on,
    "kind": _D.kind,
    "visitor": _D.visitor_id,
}


@dataclass(frozen=True, slots=True)
class Sum:
    """How many deals, and their sum in fen. Each part of a 合单 counts in its seller's line."""

    count: int = 0
    fen: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.count + other.count, self.fen + other.fen)


NOTHING = Sum()


async def sums(
    tx: Tx,
    first: date | None,
    last: date,
    *by: By,
    kinds: Collection[DealKind] | None = None,
    states: Collection[State] = CONFIRMED,
    person_ids: Iterable[int] | None = None,
    team_ids: Iterable[int] | None = None,
    besides: Collection[int] = (),
    not_signed_in: Sequence[Span] = (),
) -> dict[Any, Sum]:
    """Sums of what was signed from `first` (None: ever) to `last`, both included, grouped by the names in `by`.

    What counts for pay is `core.store.performance.counted`.

    Keys: the value itself for one name (`sums(tx, a, b, "person")` -> {person_id: Sum}), a tuple for several
    (`"person", "month"` -> {(7, "2026-11"): Sum}), () for none. `kind` keys are DealKind, `day` keys dates.
    """
    columns = [_KEYS[name].label(f"by_{name}") for name in by]
    statement = select(*columns, func.count(), func.coalesce(func.sum(_D.amount_fen), 0)).where(
        _D.signed_on <= last, _D.state.in_([state.value for state in states])
    )
    if first is not None:
        statement = statement.where(_D.signed_on >= first)
    if kinds is not None:
        statement = statement.where(_D.kind.in_([kind.value for kind in kinds]))
    if person_ids is not None:
        statement = statement.where(_D.seller_id.in_(sorted(set(person_ids))))
    if team_ids is not None:
        statement = statement.where(_D.team_id.in_(sorted(set(team_ids))))
    if besides:
        statement = statement.where(_D.id.not_in(list(besides)))
    if not_signed_in:
        statement = statement.where(not_(_signed_in(not_signed_in)))
    if columns:
        statement = statement.group_by(*(_KEYS[name] for name in by))
    found: dict[Any, Sum] = {}
    for row in await tx.all(statement):
        key = tuple(DealKind(value) if name == "kind" else value for name, value in zip(by, row, strict=False))
        found[key[0] if len(by) == 1 else key] = Sum(int(row[-2]), int(row[-1]))
    return found


async def total(tx: Tx, first: date | None, last: date, **narrow: Any) -> Sum:
    """One sum over everything (see `sums` for how to narrow it)."""
    return (await sums(tx, first, last, **narrow)).get((), NOTHING)


async def last_signed_before(tx: Tx, seller_id: int, day: date, *, besides: Collection[int]) -> date | None:
    """The signing day of a seller's confirmed performance before (or on) `day`, some deals left out."""
    value: date | None = await tx.scalar(
        select(func.max(_D.signed_on)).where(
            _D.seller_id == seller_id,
            _D.state == State.CONFIRMED.value,
            _D.kind.in_([kind.value for kind in PERFORMANCE]),
            _D.signed_on <= day,
            _D.id.not_in(list(besides)),
        )
    )
    return value


# --- facts for the rules ---------------------------------------------------------------------------------------


async def facts(
    tx: Tx,
    first: date,
    last: date,
    *,
    person_ids: Iterable[int] | None = None,
    team_ids: Iterable[int] | None = None,
    besides: Collection[int] = (),
) -> list[DealFact]:
    """Confirmed deals as the pay rules count them, with the roles of seller and visitor on the signing date.

    Where the policy of the signing month says so, receipt by receipt on the day each came in (52).

    `person_ids`: those who sold or visited; `team_ids`: credited to these teams; both: either.
    """
    spans = receipt_spans(tx.company.policy)
    narrow = [_D.state == State.CONFIRMED.value, _D.signed_on >= first, _D.signed_on <= last, not_(_signed_in(spans))]
    if besides:
        narrow.append(_D.id.not_in(list(besides)))
    found = await as_facts(tx, await _found(tx, narrow, person_ids, team_ids))
    if spans:
        found += await receipts(tx, first, last, spans, person_ids, team_ids, besides)
        found.sort(key=lambda fact: (fact.signed_on, int(fact.id)))
    return found


def _signed_in(spans: Sequence[Span]) -> ColumnElement[bool]:
    """Was a deal signed on one of these days?"""
    return or_(
        false(),
        *(and_(_D.signed_on >= first, true() if last is None else _D.signed_on <= last) for first, last in spans),
    )


async def _found(
    tx: Tx, narrow: Sequence[ColumnElement[bool]], person_ids: Iterable[int] | None, team_ids: Iterable[int] | None
) -> list[Deal]:
    # Each alternative finds its rows by its own index; joined by OR, the database reads every confirmed deal there is.
    either: list[Select[Any]] = []
    if person_ids is not None:
        wanted = sorted(set(person_ids))
        either += [select(_D.id).where(who.in_(wanted), *narrow) for who in (_D.seller_id, _D.visitor_id)]
    if team_ids is not None:
        either.append(select(_D.id).where(_D.team_id.in_(sorted(set(team_ids))), *narrow))
    statement = _DEAL.where(_D.id.in_(union(*either)) if either else and_(*narrow))
    return await _many(tx, statement.order_by(_D.signed_on, _D.id))


async def receipts(
    tx: Tx,
    first: date,
    last: date,
    spans: Sequence[Span],
    person_ids: Iterable[int] | None,
    team_ids: Iterable[int] | None,
    besides: Collection[int],
) -> list[DealFact]:
    """What came in from `first` to `last` for deals that were signed in `spans` and count by their receipts (52, 53b)."""
    paid = select(_Y.deal_id).where(
        _Y.state == payments.State.CONFIRMED.value, _Y.received_on >= first, _Y.received_on <= last
    )
    narrow = [_D.state == State.CONFIRMED.value, _signed_in(spans), func.coalesce(_D.joint_id, _D.id).in_(paid)]
    if besides:
        narrow.append(_D.id.not_in(list(besides)))
    facts = await recognised(tx, await _found(tx, narrow, person_ids, team_ids))
    return [fact for fact in facts if first <= fact.signed_on <= last]


async def recognised(tx: Tx, some: Sequence[Deal]) -> list[DealFact]:
    """Deals, whatever their state, as they count: once, or receipt by receipt where their month says so (52).

    `signed_on` of a receipt is the day it came in; role and team stay those of the signing date (30).
    """
    policy = tx.company.policy
    by_receipt = [deal for deal in some if counts_by_receipt(policy, deal.signed_on)]
    if not by_receipt:
        return await as_facts(tx, some)
    heads = {deal.head_id for deal in by_receipt}
    received = await payments.of_deals(tx, heads, [payments.State.CONFIRMED])
    joint: dict[int, list[tuple[int, int]]] = {}
    for part, head, fen in await tx.all(
        select(_D.id, func.coalesce(_D.joint_id, _D.id), _D.amount_fen)
        .where(or_(_D.id.in_(sorted(heads)), _D.joint_id.in_(sorted(heads))))
        .order_by(_D.id)
    ):
        joint.setdefault(head, []).append((part, int(fen)))
    theirs: dict[int, list[Payment]] = {}
    for head, parts_of in joint.items():
        told = [receipt.fact for receipt in received.get(head, ())]
        for (part, _), share in zip(parts_of, shared([fen for _, fen in parts_of], told), strict=True):
            theirs[part] = share
    whole = {deal.id for deal in by_receipt}
    found: list[DealFact] = []
    for deal, fact in zip(some, await as_facts(tx, some), strict=True):
        if deal.id in whole:
            version = policy.for_month(deal.signed_on)
            found += count_receipts(version, fact, theirs.get(deal.id, ()))
        else:
            found.append(fact)
    return found


async def as_facts(tx: Tx, some: Sequence[Deal]) -> list[DealFact]:
    """Deals in the pay rules' words, whatever their state."""
    involved = {d.seller_id for d in some} | {d.visitor_id for d in some if d.visitor_id is not None}
    if not involved:
        return []
    history = await people.postings(tx, involved)
    now = await people.by_ids(tx, involved)

    def role(person_id: int, day: date) -> Role:
        posting = people.posting_on(history.get(person_id, ()), day)
        person: Person = now[person_id]
        return posting.role if posting else person.role

    return [
        DealFact(
            id=deal.id,
            seller=deal.seller_id,
            seller_role=role(deal.seller_id, deal.signed_on),
            signed_on=deal.signed_on,
            amount=deal.amount_fen,
            kind=deal.kind,
            visitor=deal.visitor_id,
            visitor_role=role(deal.visitor_id, deal.signed_on) if deal.visitor_id is not None else None,
            team=deal.team_id,
        )
        for deal in some
    ]


async def usual(tx: Tx, since: date, absurd_fen: int, *, fewest: int = 5) -> tuple[int, int] | None:
    """The smallest and the largest ordinary deal confirmed since then, in fen; None where there are too few to say."""
    row = await tx.first(
        select(func.count(), func.min(_D.amount_fen), func.max(_D.amount_fen)).where(
            _D.state == State.CONFIRMED.value, _D.signed_on >= since, _D.amount_fen < absurd_fen
        )
    )
    return (int(row[1]), int(row[2])) if row is not None and int(row[0]) >= fewest else None


async def target_of(tx: Tx, team_id: int, month: str) -> int | None:
    """A team's target of a month ("2026-11") in fen."""
    return (await targets.of_month(tx, month)).get(team_id)


# --- applause ----------------------------------------------------------------------------------------------------


async def clap(tx: Tx, deal_id: int, person_id: int) -> tuple[bool, int]:
    """Applaud once; whether it was new, and how many applaud now."""
    new = await tx.insert_once(m.claps, deal_id=deal_id, person_id=person_id) is not None
    count = await tx.scalar(select(func.count()).select_from(m.claps).where(m.claps.c.deal_id == deal_id))
    return new, int(count or 0)
