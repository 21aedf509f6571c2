"""SQLite whose short statements run where they are asked for.

The stock adapter carries each statement to a thread and back four times (cursor, execute, fetchall, close). A handled
message is some twenty statements of microseconds, so those visits would be most of its time. Only what waits for the
disk or for somebody's lock goes to the thread: BEGIN IMMEDIATE, COMMIT and whatever is done `aside()`.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager as plain_contextmanager
from contextvars import ContextVar
from typing import Any

import aiosqlite
from aiosqlite.context import contextmanager

CHUNK = 1000  # rows fetched in one visit
MAY_WAIT = ("BEGIN I", "BEGIN E", "COMMIT", "VACUUM", "PRAGMA")  # for the disk, or for another process's lock
_aside: ContextVar[bool] = ContextVar("aside", default=False)


@plain_contextmanager
def aside() -> Iterator[None]:
    """Everything within runs in the connection's thread: long reading must not hold up the event loop."""
    token = _aside.set(True)
    try:
        yield
    finally:
        _aside.reset(token)


class Cursor(aiosqlite.Cursor):
    """Executes and fetches the first rows at once; a longer answer is fetched on, chunk by chunk, as it is read."""

    _rows: deque[sqlite3.Row]
    _more: bool

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        """Run one statement and keep its first rows."""
        if _aside.get() or sql.startswith(MAY_WAIT):
            rows = await self._execute(self._run, sql, parameters or ())  # type: ignore[no-untyped-call]
        else:
            rows = self._run(sql, parameters or ())
        self._rows, self._more = deque(rows), len(rows) == CHUNK
        return self

    def _run(self, sql: str, parameters: Iterable[Any]) -> list[sqlite3.Row]:
        self._cursor.execute(sql, parameters)  # type: ignore[arg-type]  # a sequence or a mapping, as the caller has it
        return self._cursor.fetchmany(CHUNK) if self._cursor.description else []

    async def fetchone(self) -> sqlite3.Row | None:
        """The next row."""
        rows = await self.fetchmany(1)
        return next(iter(rows), None)

    async def fetchmany(self, size: int | None = None) -> list[sqlite3.Row]:
        """The next rows, at most `size`."""
        size = size or self._cursor.arraysize
        if self._more and len(self._rows) < size:
            rows = await self._fetch(self._cursor.fetchmany, CHUNK)
            self._rows.extend(rows)
            self._more = len(rows) == CHUNK
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    async def fetchall(self) -> list[sqlite3.Row]:
        """Every row that was not read yet."""
        if self._more:
            self._rows.extend(await self._fetch(self._cursor.fetchall))
            self._more = False
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        """Run one statement with many rows."""
        if _aside.get():
            await self._execute(self._cursor.executemany, sql, parameters)  # type: ignore[no-untyped-call]
        else:
            self._cursor.executemany(sql, parameters)  # type: ignore[arg-type]
        return self

    async def _fetch(self, fetch: Any, *count: int) -> list[sqlite3.Row]:
        rows: list[sqlite3.Row] = (
            await self._execute(fetch, *count) if _aside.get() else fetch(*count)  # type: ignore[no-untyped-call]
        )
        return rows

    async def close(self) -> None:
        """Give the rest up."""
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
