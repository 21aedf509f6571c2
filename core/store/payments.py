"""Payments of deals: what came in, what waits to be confirmed, what was taken back. Amounts in fen.

A payment belongs to a whole deal, by the id of its first part; the parts of a 合单 share it (`core.rules.payments`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update

from core.rules.payments import Payment, PaymentKind
from core.store import models as m
from core.store.db import Tx

_Y = m.deal_payments.c


class State(StrEnum):
    """Where a payment stands. Only CONFIRMED counts."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    VOID = "void"  # it was confirmed, and taken back


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in for a deal, as somebody entered it."""

    id: int
    deal_id: int
    kind: PaymentKind
    amount_fen: int
    received_on: date
    state: State
    entered_by: int
    at: datetime
    decided_by: int | None
    decided_at: datetime | None
    reason: str | None

    @property
    def fact(self) -> Payment:
        """In the rules' words."""
        confirmed = self.state is State.CONFIRMED
        return Payment(self.kind, self.amount_fen, received_on=self.received_on, confirmed=confirmed)


_RECEIPT = select(*(_Y[name] for name in Receipt.__dataclass_fields__))


def _receipt(row: Any) -> Receipt:
    values = list(row)
    values[2], values[5] = PaymentKind(values[2]), State(values[5])
    return Receipt(*values)


async def add(tx: Tx, **values: Any) -> int | None:
    """Write one down; its id, or None when this submission was written already."""
    return await tx.insert_once(m.deal_payments, state=State.PENDING.value, **values)


async def by_id(tx: Tx, payment_id: int) -> Receipt | None:
    """A payment."""
    row = await tx.first(_RECEIPT.where(_Y.id == payment_id))
    return None if row is None else _receipt(row)


async def by_once(tx: Tx, once: str) -> Receipt | None:
    """The payment that a submission made."""
    row = await tx.first(_RECEIPT.where(_Y.once == once))
    return None if row is None else _receipt(row)


async def of_deals(
    tx: Tx, deal_ids: Iterable[int], states: Collection[State] = (State.PENDING, State.CONFIRMED)
) -> dict[int, list[Receipt]]:
    """What came in for deals (their first parts' ids), in the order it came; deals without any are left out."""
    wanted = sorted(set(deal_ids))
    found: dict[int, list[Receipt]] = {}
    if wanted:
        statement = _RECEIPT.where(_Y.deal_id.in_(wanted), _Y.state.in_([state.value for state in states]))
        for row in await tx.all(statement.order_by(_Y.received_on, _Y.id)):
            found.setdefault(row.deal_id, []).append(_receipt(row))
    return found


async def waiting(tx: Tx) -> list[Receipt]:
    """What waits to be confirmed, the longest first."""
    return [_receipt(row) for row in await tx.all(_RECEIPT.where(_Y.state == State.PENDING.value).order_by(_Y.id))]


async def known_fen(tx: Tx, deal_ids: Iterable[int]) -> dict[int, int]:
    """What is received or waits to be confirmed of each deal."""
    wanted = sorted(set(deal_ids))
    if not wanted:
        return {}
    rows = await tx.all(
        select(_Y.deal_id, func.sum(_Y.amount_fen))
        .where(_Y.deal_id.in_(wanted), _Y.state.in_([State.PENDING.value, State.CONFIRMED.value]))
        .group_by(_Y.deal_id)
    )
    return {row[0]: int(row[1]) for row in rows}


async def decide(
    tx: Tx, payment_id: int, to: State, *, by: int, reason: str | None = None, of: State = State.PENDING
) -> bool:
    """Move a payment to a state. Of two who try at once exactly one is told True."""
    result = await tx.run(
        update(m.deal_payments)
        .where(_Y.id == payment_id, _Y.state == of.value)
        .values(state=to.value, decided_by=by, decided_at=tx.now, reason=reason)
    )
    return bool(result.rowcount)
