"""The head of the ledger's chain as a backup noted it, beside the book that lives now.

A backup lies elsewhere, so it remembers what somebody who can write the database could change here: a sealed batch that
is gone, or that is another one (reliability M6). `waihu check` walks the chain itself.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.store import models as m
from core.store.ledger import HEAD
from core.store.retention import backups_in

_B = m.ledger_batches.c


@dataclass(frozen=True, slots=True)
class Head:
    """A sealed batch: its number in the chain and its digest."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Living:
    """What the living book says to a noted head: how far it goes, and the digest it has at that number."""

    last: int  # 0: nothing was sealed
    digest: str | None


def sealed(conn: sqlite3.Connection) -> Head | None:
    """The last batch that a backup holds; None where nothing was sealed, or the schema is older than the ledger."""
    if conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger_batches'").fetchone() is None:
        return None
    row = conn.execute("SELECT number, digest FROM ledger_batches ORDER BY number DESC LIMIT 1").fetchone()
    return None if row is None else Head(*row)


def noted(conn: sqlite3.Connection) -> Head | None:
    """The head as the company's facts name it: a second witness, which does not go when a batch is cut off."""
    row = conn.execute("SELECT value FROM facts WHERE name = ?", (HEAD,)).fetchone()
    return None if row is None else Head(**json.loads(row[0]))


async def living(url: str, head: Head) -> Living | None:
    """The book of the database at `url`, beside a head; None where there is no database. Nothing is created.

    Raises SQLAlchemy's DBAPIError or OSError when it cannot be read, or is older than the ledger.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            last = (await conn.execute(select(func.max(_B.number)))).scalar()
            digest = (await conn.execute(select(_B.digest).where(_B.number == head.number))).scalar()
    finally:
        await engine.dispose()
    return Living(int(last or 0), digest)


async def beside_newest(folder: Path, url: str) -> list[str]:
    """What the newest backup of a folder doubts about the living book; [] where there is none, or it cannot be read."""
    backups = backups_in(folder)
    if not backups:
        return []
    try:
        with closing(sqlite3.connect(f"{backups[-1][1].absolute().as_uri()}?mode=ro", uri=True)) as conn:
            head = sealed(conn)
    except sqlite3.DatabaseError:  # `waihu backup --verify` says what is wrong with it
        return []
    return doubts(head, None, None if head is None else await living(url, head))


def doubts(head: Head | None, fact: Head | None, there: Living | None) -> list[str]:
    """What does not fit together, in words for whoever runs the company; [] when all is well."""
    found = []
    if fact is not None and fact != head:
        found.append(
            f"the ledger in this backup was sealed up to batch {fact.number}, but ends at {head.number if head else 0}"
        )
    if head is None or there is None:
        return found
    if there.last < head.number:
        found.append(
            f"the ledger here ends at batch {there.last}, the backup's at {head.number}: sealed entries are gone"
        )
    elif there.digest != head.digest:
        theirs = (there.digest or "nothing")[:12]
        found.append(f"batch {head.number} of the ledger is {head.digest[:12]} in the backup and {theirs} here")
    return found
