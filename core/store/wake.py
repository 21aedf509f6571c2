"""Processes wake each other: PostgreSQL's LISTEN and NOTIFY. Without it everybody looks once a second anyway.

What is rung inside a transaction is heard when it commits, and not at all when it rolls back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import bindparam, func, literal_column, select, table
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from core.store.db import Tx

log = logging.getLogger("wake")

INBOX, OUTBOX, LEASES = "inbox", "outbox", "leases"
PROOF = 20.0  # host seconds of silence after which the connection has to show that it is alive
PAUSES = (0.2, 1.0, 2.0, 5.0)
# A name of our own for each schema: companies that share a database do not wake each other.
_LISTENED = b"SELECT 'waihu_' || oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()"
_NOTIFY = (
    select(func.pg_notify(literal_column("'waihu_' || oid"), bindparam("what")))
    .select_from(table("pg_namespace", schema="pg_catalog"))
    .where(literal_column("nspname") == func.current_schema())
)


async def ring(tx: Tx, what: str) -> None:
    """Tell every process on this database, once this transaction is committed, that there is something in `what`."""
    if tx.conn.dialect.name == "postgresql":
        await tx.run(_NOTIFY, what=what)


async def listen(url: str, hear: Callable[[str], None]) -> None:
    """Call `hear` with everything that is rung, for ever, on a connection of its own that is opened again when it falls.

    After each opening `hear` is called with everything there is: it may have been rung while nobody listened. On
    SQLite there is nobody else to hear: it returns at once.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return
    # Not as an address: SQLAlchemy writes a space of the options as "+", which libpq takes for a plus.
    address = parsed.translate_connect_args(username="user", database="dbname") | dict(parsed.query)
    failures = 0
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**address, autocommit=True) as conn:
                if (ours := await (await conn.execute(_LISTENED)).fetchone()) is None:
                    raise psycopg.errors.UndefinedObject("the search path leads to no schema")
                await conn.execute(f"LISTEN {ours[0]}".encode())
                failures = 0
                for what in (INBOX, OUTBOX, LEASES):
                    hear(what)
                while True:
                    async for note in conn.notifies(timeout=PROOF):
                        hear(note.payload)
                    async with asyncio.timeout(PROOF):
                        await conn.execute("SELECT 1")
        except (psycopg.Error, OSError, TimeoutError) as problem:
            if not failures:
                log.warning("waking through the database does not work: %s", type(problem).__name__)
            failures += 1
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])
