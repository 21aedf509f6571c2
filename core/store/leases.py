"""Leases: which process receives and sends for a channel (D7).

Every act is one conditional statement, and every time in it is the database's own: processes whose clocks differ agree
on who holds what. A lease that ran out belongs to whoever asks next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Executable, Float, String, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.store import models as m
from core.store.db import Tx

_C = m.leases.c
_STORED = "%Y-%m-%d %H:%M:%f000"  # as SQLite keeps a moment: microseconds, of which it knows three digits


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody's lease as everybody may see it. `held` is false when it ran out or was given back."""

    channel: str
    holder: str
    until: datetime
    taken_at: datetime
    term: int
    held: bool


async def acquire(tx: Tx, name: str, holder: str, seconds: float, *, from_anybody: bool = False) -> int | None:
    """Take a lease that is free, ran out or is ours already; its term, or None while another holds it.

    The term counts the holders: who gets the same one again was followed by nobody. `from_anybody` takes it whoever
    holds it: for a process that knows that it is the only one.
    """
    taken: int | None = await tx.scalar(
        _statements(tx.conn.dialect.name)["acquire"],
        lease=name, me=holder, ahead=_ahead(tx, seconds), anybody=from_anybody,
    )  # fmt: skip
    return taken


async def renew(tx: Tx, name: str, holder: str, seconds: float) -> bool:
    """Hold on for `seconds` from now; False when it ran out or another has it."""
    done = await tx.run(_statements(tx.conn.dialect.name)["renew"], lease=name, me=holder, ahead=_ahead(tx, seconds))
    return done.rowcount == 1


async def release(tx: Tx, name: str, holder: str) -> None:
    """Give a lease back: the next one who asks gets it at once."""
    await tx.run(_statements(tx.conn.dialect.name)["release"], lease=name, me=holder)


async def everybody(tx: Tx) -> list[Lease]:
    """Every channel's lease: for /healthz, /metrics and `waihu check`."""
    return [Lease(*row) for row in await tx.all(_statements(tx.conn.dialect.name)["everybody"])]


def _ahead(tx: Tx, seconds: float) -> Any:
    return f"{seconds:+.3f} seconds" if tx.conn.dialect.name == "sqlite" else seconds


@cache
def _statements(dialect: str) -> dict[str, Executable]:
    now: ColumnElement[datetime]
    later: ColumnElement[datetime]
    if dialect == "sqlite":
        now = func.strftime(_STORED, "now", type_=m.Instant())
        later = func.strftime(_STORED, "now", bindparam("ahead", type_=String()), type_=m.Instant())
    else:
        now = func.now(type_=m.Instant())
        # now() is the transaction's begin. The time of the statement would let a lease that had to wait for a lock
        # reach further than its holder believes.
        later = now + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("ahead", type_=Float()))
    new: Any = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(m.leases).values(
        name=bindparam("lease"), holder=bindparam("me"), until=later, taken_at=now, term=1
    )
    again = _C.holder == new.excluded.holder
    mine = (_C.name == bindparam("lease")) & (_C.holder == bindparam("me"))
    return {
        "acquire": new.on_conflict_do_update(
            index_elements=[_C.name],
            set_={
                "holder": new.excluded.holder,
                "until": new.excluded.until,
                "taken_at": case((again, _C.taken_at), else_=new.excluded.taken_at),
                "term": case((again, _C.term), else_=_C.term + 1),
            },
            where=or_(again, _C.until <= now, bindparam("anybody", type_=Boolean())),
        ).returning(_C.term),
        "renew": update(m.leases).where(mine, _C.until > now).values(until=later),
        "release": update(m.leases).where(mine).values(until=now),
        "everybody": select(
            _C.name, _C.holder, _C.until, _C.taken_at, _C.term, (_C.until > now).label("held")
        ).order_by(_C.name),
    }
