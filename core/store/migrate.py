"""Bringing a database up to this program's schema, whole or not at all, and telling when it is not ours to touch (D7).

One transaction holds everything: the migrations, the guards of append-only tables, a look at the result. Whoever is
killed in it leaves the old schema; whoever starts meanwhile waits for it (PostgreSQL: an advisory lock, SQLite: the
write lock) and then finds the work done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.store import models as m
from core.store import triggers
from core.store.trouble import passes

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"
TURN = 0x7761_6875  # PostgreSQL's advisory lock of whoever migrates ("wahu")
PATIENCE = 60_000  # milliseconds to wait for somebody who still works in the database

Save = Callable[[str], Awaitable[object]]


class NewerDatabase(Exception):
    """The database was written by a newer version of the program."""


class UnsoundDatabase(Exception):
    """The database is not what its revision says; the message says what is wrong. Nothing was changed."""


def config() -> Config:
    """Alembic's settings."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    return made


@cache
def head() -> str:
    """The newest revision this program knows."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


@cache
def known() -> frozenset[str]:
    """Every revision this program can start from."""
    return frozenset(one.revision for one in ScriptDirectory.from_config(config()).walk_revisions())


async def current(url: str) -> str | None:
    """The database's revision; None when it is empty."""
    if _absent(url):
        return None
    async with _looking(url) as conn:
        return await conn.run_sync(_revision)


async def usable(url: str) -> str | None:
    """The revision of a database that this program may use or migrate; None when it is empty.

    Raises NewerDatabase, UnsoundDatabase, or DBAPIError when it does not answer.
    """
    if _absent(url):
        return None
    async with _looking(url) as conn:
        return await conn.run_sync(_judge)


async def upgrade(url: str, save: Save | None = None) -> tuple[str | None, str]:
    """Migrate to the head; (before, after). Does nothing to a database that is there already.

    `save` is awaited with the present revision before an existing database is changed (a backup); when it raises,
    nothing is changed. Raises NewerDatabase, UnsoundDatabase, or DBAPIError when the database does not answer.
    """
    before, after = await usable(url), head()
    if before == after:
        return before, after
    async with alone(url) as conn:
        before = await conn.run_sync(_judge)
        if before == after:  # somebody else was faster
            return before, after
        if before is not None and save is not None:
            await save(before)
        await conn.run_sync(apply)
    return before, after


def apply(conn: Connection, revision: str = "head") -> None:
    """Migrate in the transaction of `conn`, which on SQLite must have begun in words (BEGIN) and not enforce foreign
    keys. At the head the guards are in place and the schema is the models'. Raises UnsoundDatabase."""
    made = config()
    made.attributes["connection"] = conn
    triggers.lift(conn)
    try:
        command.upgrade(made, revision)
    except DBAPIError as problem:
        if passes(problem):
            raise
        first = str(problem.orig).partition("\n")[0]  # what follows may quote rows
        raise UnsoundDatabase(f"it cannot be migrated ({type(problem.orig).__name__}: {first})") from problem
    if conn.dialect.name == "sqlite" and (astray := conn.execute(text("PRAGMA foreign_key_check")).first()):
        raise UnsoundDatabase(f"{astray[0]} names rows of {astray[2]} that do not exist")
    if _revision(conn) == head():
        triggers.install(conn)
        _judge(conn)


async def unguarded(url: str) -> list[str]:
    """The append-only tables whose guards are missing."""
    async with _looking(url) as conn:
        return await conn.run_sync(triggers.missing)


async def guard(url: str) -> list[str]:
    """Put back what guards append-only tables; the tables where it was missing."""
    async with alone(url) as conn:
        found = await conn.run_sync(triggers.missing)
        if found:
            await conn.run_sync(triggers.install)
    return found


async def differences(url: str, metadata: Any) -> list[Any]:
    """What distinguishes the database from the models; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    async with _looking(url) as conn:
        return await conn.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": False}), metadata)
        )


# --- what is there ------------------------------------------------------------------------------------------------


def _absent(url: str) -> bool:
    """No file yet: looking at it would make one."""
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and bool(parsed.database) and not Path(str(parsed.database)).exists()


def _revision(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def _judge(conn: Connection) -> str | None:
    """The revision of a database that may be used or migrated. Raises NewerDatabase or UnsoundDatabase."""
    revision = _revision(conn)
    if revision is None:
        _must_be_empty(conn)
        return None
    if revision not in known():
        raise NewerDatabase(revision)
    if revision == head() and (absent := _lacks(conn, m.metadata)):
        raise UnsoundDatabase(f"its schema says {revision}, but it has no {', '.join(absent)}")
    return revision


def _must_be_empty(conn: Connection) -> None:
    there = set(inspect(conn).get_table_names()) - {"alembic_version"}
    ours = there & m.metadata.tables.keys()
    if ours:
        shown = sorted(ours)[:3]
        more = f" and {len(ours) - len(shown)} more" if len(ours) > len(shown) else ""
        raise UnsoundDatabase(f"it has no revision, but the tables {', '.join(shown)}{more}")
    if there and conn.dialect.name == "sqlite":  # a PostgreSQL schema may be shared, a file is somebody's own
        raise UnsoundDatabase(f"it is a database of something else (it has {min(there)})")


def _lacks(conn: Connection, metadata: MetaData) -> list[str]:
    """Tables and columns of the models that are not there."""
    found = {
        name: {column["name"] for column in columns}
        for (_, name), columns in inspect(conn).get_multi_columns(filter_names=list(metadata.tables)).items()
    }
    return [
        *(name for name in metadata.tables if name not in found),
        *(
            f"{name}.{column.name}"
            for name, table in metadata.tables.items()
            for column in table.columns
            if name in found and column.name not in found[name]
        ),
    ]


# --- connections ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _looking(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            yield conn
    finally:
        await engine.dispose()


@asynccontextmanager
async def alone(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that may change the schema, one at a time: whoever comes second waits for the first."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = _migrating(url)
    try:
        async with engine.begin() as conn:
            if conn.dialect.name == "postgresql":
                await conn.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
                await conn.execute(text(f"SET LOCAL lock_timeout = {PATIENCE}"))
            yield conn
    finally:
        await engine.dispose()


def _migrating(url: str) -> AsyncEngine:
    engine = create_async_engine(url, poolclass=NullPool)
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        # Left to itself the driver begins a transaction at the first INSERT only: tables made before it would stay
        # when we are killed. And a table that is rebuilt is dropped on the way: references are checked at the end.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={PATIENCE}", "foreign_keys=OFF", "synchronous=FULL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(conn: Any) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
