"""What was asked of the activity fund, and what became of it. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update

from core.store import models as m
from core.store.db import Tx

_F = m.fund_requests.c


class State(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    SPENT = "spent"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to spend from the fund."""

    id: int
    fen: int
    purpose: str
    asked_by: int
    at: datetime
    state: State
    decided_by: int | None
    decided_at: datetime | None


_REQUEST = select(_F.id, _F.amount_fen, _F.purpose, _F.asked_by, _F.at, _F.state, _F.decided_by, _F.decided_at)


def _request(row: Any) -> Request:
    return Request(row[0], int(row[1]), row[2], row[3], row[4], State(row[5]), row[6], row[7])


async def add(tx: Tx, **values: Any) -> int | None:
    """Write a request down; None when this submission was written already."""
    return await tx.insert_once(m.fund_requests, state=State.OPEN.value, **values)


async def by_id(tx: Tx, request_id: int) -> Request | None:
    """A request."""
    row = await tx.first(_REQUEST.where(_F.id == request_id))
    return None if row is None else _request(row)


async def latest(tx: Tx, state: State, limit: int) -> list[Request]:
    """The newest requests of a state."""
    return [
        _request(row)
        for row in await tx.all(_REQUEST.where(_F.state == state.value).order_by(_F.id.desc()).limit(limit))
    ]


async def decide(tx: Tx, request_id: int, to: State, by: int) -> bool:
    """End a request. Of two who try at once exactly one is told True."""
    result = await tx.run(
        update(m.fund_requests)
        .where(_F.id == request_id, _F.state == State.OPEN.value)
        .values(state=to.value, decided_by=by, decided_at=tx.now)
    )
    return bool(result.rowcount)
