"""SQLite with one visit to the connection's thread for each statement.

The stock adapter goes there four times (cursor, execute, fetchall, close). A handled message is some twenty-five
statements, so those visits are most of its time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import aiosqlite
from aiosqlite.context import contextmanager


class Cursor(aiosqlite.Cursor):
    """Executes and fetches at once; what was fetched waits here."""

    _rows: list[sqlite3.Row]

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        """Run one statement and keep its rows."""
        self._rows = await self._execute(self._run, sql, parameters or ())  # type: ignore[no-untyped-call]
        return self

    def _run(self, sql: str, parameters: Iterable[Any]) -> list[sqlite3.Row]:
        self._cursor.execute(sql, parameters)  # type: ignore[arg-type]  # a sequence or a mapping, as the caller has it
        return self._cursor.fetchall() if self._cursor.description else []

    async def fetchall(self) -> Iterable[sqlite3.Row]:
        """The rows of the last statement, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left open: every row was fetched."""
        self._cursor.close()


class Connection(aiosqlite.Connection):
    """A connection whose cursors are those above."""

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """A new cursor; making one touches no file."""
        return Cursor(self, self._conn.cursor())


def connect(database: str, **options: Any) -> Connection:
    """What `create_async_engine(async_creator_fn=...)` wants: a connection that is opened by awaiting it."""

    def opened() -> sqlite3.Connection:
        # Cursors are made and closed outside the connection's thread; the library itself serialises (threadsafety 3).
        opened_now: sqlite3.Connection = sqlite3.connect(database, **options | {"check_same_thread": False})
        return opened_now

    connection = Connection(opened, iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does for the stock one: a crash must not hang on it
    return connection
