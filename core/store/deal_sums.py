"""A month's confirmed deals as grouped sums, for computing many people's pay at once. Amounts in fen.

One pass over the month a function, whatever the number of people: rows are only what the rules tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, cast, func, literal_column, select

from core.rules.deals import DealState
from core.rules.pay import DealKind
from core.store import models as m
from core.store.db import Tx

_D, _P = m.deals.c, m.postings.c
_SPAN = (
    _D.state == DealState.CONFIRMED.value, _D.signed_on >= bindparam("first"), _D.signed_on <= bindparam("last")
)  # fmt: skip
_NONE: ColumnElement[int] = literal_column("0")
_OWN_VISIT = and_(_D.kind == DealKind.DELEGATED.value, _D.visitor_id == _D.seller_id)


def _fen(amount: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(amount), BigInteger)  # PostgreSQL's sum of big integers is a decimal


_AMOUNTS = (
    _fen(_D.amount_fen),
    _fen(case((_D.kind == DealKind.SMS.value, _D.amount_fen), else_=_NONE)),
    _fen(case((_OWN_VISIT, _D.amount_fen), else_=_NONE)),
)
_SOLD = select(_D.seller_id, *_AMOUNTS).where(*_SPAN).group_by(_D.seller_id)
_SOLD_BY = _SOLD.where(_D.seller_id.in_(bindparam("people", expanding=True)))
_TRADED = (
    select(_D.seller_id, _D.visitor_id, _D.kind, _fen(_D.amount_fen))
    .where(*_SPAN)
    .group_by(_D.seller_id, _D.visitor_id, _D.kind)
)
_MOVED = select(_P.person_id).distinct().where(_P.valid_from > bindparam("first"), _P.valid_from <= bindparam("last"))


async def sold(
    tx: Tx, first: date, last: date, person_ids: Iterable[int] | None = None
) -> Sequence[tuple[int, int, int, int]]:
    """Each seller of a span: (seller, everything, of it SMS, of it what they visited themselves as 代理拜访)."""
    if person_ids is None:
        return await tx.all(_SOLD, first=first, last=last)
    return await tx.all(_SOLD_BY, first=first, last=last, people=sorted(set(person_ids)))


async def traded(tx: Tx, first: date, last: date) -> Sequence[tuple[int, int | None, str, int]]:
    """(seller, visitor, kind, fen) of everything sold in a span, one row for each pair and kind (`DealKind`, as written)."""
    return await tx.all(_TRADED, first=first, last=last)


async def moved(tx: Tx, first: date, last: date) -> set[int]:
    """Whose post, role or standing changed after `first`, up to `last`: their deals may be of several roles."""
    return set((await tx.run(_MOVED, {"first": first, "last": last})).scalars())
