"""The SQLite connection reads every row once and in order, however it is asked and however many there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select

from core.store import sqlite
from core.store.db import Database
from tests.office import START, company

TABLE = Table("numbers", MetaData(), Column("n", Integer, primary_key=True))


async def filled(folder: Path, count: int) -> Database:
    db = Database(f"sqlite+aiosqlite:///{folder}/n.db", company(), lambda: START)
    async with db.transaction() as tx:
        await tx.conn.run_sync(TABLE.metadata.create_all)
        await tx.insert_many(TABLE, [{"n": n} for n in range(count)])
    return db


@pytest.mark.parametrize("count", [0, 1, sqlite.CHUNK - 1, sqlite.CHUNK, sqlite.CHUNK + 1, 3 * sqlite.CHUNK])
async def test_all_rows_come_once_whether_at_once_or_as_a_stream(tmp_path: Path, count: int) -> None:
    db = await filled(tmp_path, count)
    statement = select(TABLE.c.n).order_by(TABLE.c.n)
    async with db.snapshot() as tx:
        at_once = [row.n for row in await tx.all(statement)]
        streamed = [row.n async for row in await tx.conn.stream(statement)]
        first = await tx.first(statement)
    await db.close()

    assert at_once == streamed == list(range(count))
    assert (first is None) == (count == 0)


async def test_a_stream_that_is_left_early_disturbs_nothing(tmp_path: Path) -> None:
    db = await filled(tmp_path, 3 * sqlite.CHUNK)
    async with db.snapshot() as tx:
        result = await tx.conn.stream(select(TABLE.c.n).order_by(TABLE.c.n))
        assert (await result.fetchone()).n == 0  # type: ignore[union-attr]
        await result.close()
        assert await tx.scalar(select(func.count()).select_from(TABLE)) == 3 * sqlite.CHUNK
    async with db.transaction() as tx:
        await tx.run(TABLE.delete())
    async with db.snapshot() as tx:
        assert await tx.all(select(TABLE)) == []
    await db.close()


async def test_what_a_transaction_wrote_is_gone_when_it_raises(tmp_path: Path) -> None:
    db = await filled(tmp_path, 1)

    async def broken() -> None:
        async with db.transaction() as tx:
            await tx.insert_many(TABLE, [{"n": 7}])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken()
    async with db.snapshot() as tx:
        assert [row.n for row in await tx.all(select(TABLE))] == [0]
    await db.close()


async def test_an_acknowledged_commit_is_written_through(tmp_path: Path) -> None:
    """FULL: a power cut after the commit loses nothing; a freed page keeps nothing of what stood there."""
    db = await filled(tmp_path, 0)
    pragmas = {}
    async with db.transaction() as tx:
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete"):
            pragmas[name] = (await tx.conn.exec_driver_sql(f"PRAGMA {name}")).scalar()
    await db.close()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
