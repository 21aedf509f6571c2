"""Connections of a database that is closed while somebody still works on it."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from core.store.db import Database
from tests.office import START, company


@pytest.mark.postgres
async def test_a_connection_that_is_given_back_after_the_database_was_closed_is_closed_too(database: str) -> None:
    """As of a task that was left behind when the process stopped: the server must not keep a session for nobody."""
    db = Database(database, company(), lambda: START)
    inside, closed = asyncio.Event(), asyncio.Event()

    async def works() -> None:
        async with db.transaction() as tx:
            await tx.conn.exec_driver_sql("SELECT 1")
            inside.set()
            await closed.wait()

    work = asyncio.create_task(works())
    await inside.wait()
    async with db.snapshot() as tx:  # one more, that lies in the pool
        await tx.conn.exec_driver_sql("SELECT 1")
    await db.close()
    closed.set()
    await work

    assert sessions(database) == 0
    async with db.transaction() as tx:  # who comes late is served, and leaves nothing open either
        await tx.conn.exec_driver_sql("SELECT 1")
    assert sessions(database) == 0
    gc.collect()  # a connection that was dropped while open would speak up here


async def test_closing_lets_who_writes_finish(tmp_path: Path) -> None:
    """SQLite's one writer: closed in the middle of a statement, the library would take the whole process with it."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", company(), lambda: START)
    inside, goes_on = asyncio.Event(), asyncio.Event()

    async def works() -> None:
        async with db.transaction() as tx:
            await tx.conn.exec_driver_sql("CREATE TABLE kept (n INTEGER)")
            inside.set()
            await goes_on.wait()
            for number in range(50):
                await tx.conn.exec_driver_sql(f"INSERT INTO kept VALUES ({number})")
                await asyncio.sleep(0)  # whoever closes gets its turn between any two

    work = asyncio.create_task(works())
    await inside.wait()
    closing = asyncio.create_task(db.close())
    goes_on.set()
    await asyncio.gather(work, closing)

    async with db.transaction() as tx:  # who comes late is served, and leaves nothing open either
        assert (await tx.conn.exec_driver_sql("SELECT count(*) FROM kept")).scalar_one() == 50
    await db.close()
    gc.collect()  # a connection that was dropped while open would speak up here


def sessions(database: str) -> int:
    """How many there are on a database, besides the one that asks; those that are about to end are waited for."""
    address = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as asking:
        count = 0
        for _ in range(200):
            row = asking.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
            assert row is not None
            if not (count := int(row[0])):
                break
            asking.execute("SELECT pg_sleep(0.01), pg_stat_clear_snapshot()")
        return count
