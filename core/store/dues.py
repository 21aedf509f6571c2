"""When the rest of a deal's money is due: one day a deal, by its first part's id. Amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, or_, select, update

from core.rules.deals import DealState
from core.store import models as m
from core.store import payments
from core.store.db import Tx

_U, _D = m.deal_dues.c, m.deals.c
_PARTS = m.deals.alias()


@dataclass(frozen=True, slots=True)
class Due:
    """What is still open of a confirmed deal, and the day it was promised for."""

    deal_id: int
    seller_id: int  # who handed the deal in
    due_on: date
    amount: int
    known: int  # received, or entered and not confirmed yet

    @property
    def open(self) -> int:
        """What nobody has entered yet."""
        return max(0, self.amount - self.known)


async def put(tx: Tx, deal_id: int, due_on: date, by: int) -> None:
    """Promise a day, or another one."""
    if await tx.insert_once(m.deal_dues, deal_id=deal_id, due_on=due_on, set_by=by, set_at=tx.now) is None:
        await tx.run(
            update(m.deal_dues).where(_U.deal_id == deal_id).values(due_on=due_on, set_by=by, set_at=tx.now)
        )  # fmt: skip


async def of_deal(tx: Tx, deal_id: int) -> date | None:
    """The day promised for a deal's rest."""
    value: date | None = await tx.scalar(select(_U.due_on).where(_U.deal_id == deal_id))
    return value


async def open_between(tx: Tx, first: date | None, last: date, seller_ids: Iterable[int] | None = None) -> list[Due]:
    """Confirmed deals with something open that is due from `first` (None: ever) to `last`, the earliest first."""
    statement: Select[tuple[int, int, date, int]] = (
        select(_U.deal_id, _D.seller_id, _U.due_on, func.sum(_PARTS.c.amount_fen))
        .select_from(
            m.deal_dues.join(m.deals, _D.id == _U.deal_id).join(
                _PARTS, or_(_PARTS.c.id == _U.deal_id, _PARTS.c.joint_id == _U.deal_id)
            )
        )
        .where(_D.state == DealState.CONFIRMED.value, _U.due_on <= last)
        .group_by(_U.deal_id, _D.seller_id, _U.due_on)
        .order_by(_U.due_on, _U.deal_id)
    )
    if first is not None:
        statement = statement.where(_U.due_on >= first)
    if seller_ids is not None:
        statement = statement.where(_D.seller_id.in_(sorted(set(seller_ids))))
    rows = await tx.all(statement)
    known = await payments.known_fen(tx, [row[0] for row in rows])
    found = [Due(row[0], row[1], row[2], int(row[3]), known.get(row[0], 0)) for row in rows]
    return [one for one in found if one.open]
