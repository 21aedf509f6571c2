"""Carrying a whole company between PostgreSQL and an SQLite file, row by row, with every value as it is.

Sealed columns travel as the bytes they are, so no key is needed. Types are those of the PostgreSQL side, read from
its own catalogue: the copy knows no models and works for every revision of the schema.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from core.store import fingerprint, migrate
from core.store.fingerprint import BATCH, Fingerprint, Tally

Progress = Callable[[float], None]
PATIENCE = timedelta(seconds=10)  # how long a restore waits for somebody who still works in the database
LOCKED = "55P03"  # PostgreSQL's "lock not available"


class CopyProblem(Exception):
    """The company cannot be carried over as it is; one line for each reason."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Column:
    """A column as PostgreSQL declares it; `length` in characters, None where there is no bound."""

    name: str
    kind: str
    length: int | None


def _instant(value: Any) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds"))


# PostgreSQL's type -> how its value is written in SQLite. A type that is missing here stops the copy before it begins.
_PORTABLE: dict[str, Callable[[Any], Any]] = {
    "bigint": int,
    "integer": int,
    "smallint": int,
    "boolean": int,
    "character varying": str,
    "text": str,
    "date": lambda value: value.isoformat(),
    "timestamp with time zone": _instant,
    "bytea": bytes,
    "json": str,
}
_LARGEST = {"bigint": (1 << 63) - 1, "integer": (1 << 31) - 1, "smallint": (1 << 15) - 1}


def _to_instant(value: str) -> str:
    return f"{value if '.' in value else value + '.000000'}+00"


# What SQLite stores -> the text that PostgreSQL's COPY reads; every other value is written as it is.
_FOREIGN: dict[str, Callable[[Any], Any]] = {
    "boolean": lambda value: "t" if value else "f",
    "timestamp with time zone": _to_instant,
}


# --- schemas ------------------------------------------------------------------------------------------------


def known_revisions() -> set[str]:
    """Every revision of the schema that this program can make."""
    return {one.revision for one in ScriptDirectory.from_config(migrate.config()).walk_revisions()}


def address(file: Path) -> str:
    """An SQLite file as a database address."""
    return URL.create("sqlite+aiosqlite", database=str(file)).render_as_string(hide_password=False)


async def new_file(file: Path, revision: str) -> None:
    """An empty company of that revision in a new SQLite file."""
    async with migrate.alone(address(file)) as conn:
        await conn.run_sync(migrate.apply, revision)


async def _catalogue(conn: AsyncConnection) -> dict[str, dict[str, Column]]:
    """PostgreSQL's tables with their columns."""
    rows = await conn.execute(
        text(
            "SELECT table_name, column_name, data_type, character_maximum_length FROM information_schema.columns "
            "WHERE table_schema = current_schema()"
        )
    )
    found: dict[str, dict[str, Column]] = {}
    for table, name, kind, length in rows.all():
        found.setdefault(table, {})[name] = Column(name, kind, length)
    return found


def _matched(wanted: dict[str, tuple[str, ...]], found: dict[str, dict[str, Column]]) -> dict[str, tuple[Column, ...]]:
    """The columns to copy, table by table. Raises CopyProblem naming what one side lacks or cannot express."""
    problems: list[str] = []
    for table, columns in wanted.items():
        there = found.get(table)
        if there is None:
            problems.append(f"PostgreSQL has no table {table}")
            continue
        problems += [f"PostgreSQL has no column {table}.{name}" for name in columns if name not in there]
        problems += [f"{table}.{name} would be left behind" for name in there if name not in columns]
        problems += [
            f"{table}.{c.name} has the type {c.kind}, which has no portable form"
            for c in there.values()
            if c.kind not in _PORTABLE
        ]
    if problems:
        raise CopyProblem(*problems)
    return {table: tuple(found[table][name] for name in columns) for table, columns in wanted.items()}


# --- PostgreSQL -> SQLite ------------------------------------------------------------------------------------


async def read_postgresql(url: str, file: Path, progress: Progress) -> dict[str, Fingerprint]:
    """Write one consistent snapshot of a live PostgreSQL company into a new SQLite file.

    The writers are not held up; a batch of rows is in memory at a time. Returns what was read, table by table. Raises
    CopyProblem when the database is empty, belongs to a newer program or is not as its revision says.
    """
    engine = create_async_engine(
        url, poolclass=NullPool, isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True}
    )
    try:
        async with engine.connect() as conn:
            await conn.execute(text("SET LOCAL TIME ZONE 'UTC'"))
            revision = await conn.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
            if revision is None:
                raise CopyProblem("the database is empty: there is nothing to back up")
            if revision not in known_revisions():
                raise migrate.NewerDatabase(revision)
            await new_file(file, revision)
            target = sqlite3.connect(file, isolation_level=None)
            try:
                return await _pour(conn, target, progress)
            finally:
                target.close()
    finally:
        await engine.dispose()


async def _pour(conn: AsyncConnection, target: sqlite3.Connection, progress: Progress) -> dict[str, Fingerprint]:
    plan = _matched(fingerprint.columns_of(target), await _catalogue(conn))
    counts = {name: int((await conn.execute(text(f'SELECT count(*) FROM "{name}"'))).scalar_one()) for name in plan}  # noqa: S608
    total, done = max(sum(counts.values()), 1), 0
    for pragma in ("foreign_keys = OFF", "synchronous = OFF", "journal_mode = MEMORY"):  # it is synced once, when whole
        target.execute(f"PRAGMA {pragma}")
    target.execute("BEGIN IMMEDIATE")
    target.execute("DELETE FROM alembic_version")  # it comes with the rows
    found: dict[str, Fingerprint] = {}
    for table, columns in plan.items():
        listed = ", ".join(f'"{c.name}"' for c in columns)
        marks = ", ".join("?" * len(columns))
        tally = Tally([c.name for c in columns])
        async for batch in _portable_rows(conn, table, columns):
            target.executemany(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', batch)  # noqa: S608
            tally.add(batch)
            done += len(batch)
            progress(min(done / total, 1.0))
        found[table] = tally.result()
        if found[table].rows != counts[table]:
            raise CopyProblem(f"{table}: {counts[table]} rows were counted and {found[table].rows} read")
    target.execute("COMMIT")
    return found


async def _portable_rows(conn: AsyncConnection, table: str, columns: Sequence[Column]) -> Any:
    """A table's rows in portable values, batch by batch, through a cursor on the server."""
    listed = ", ".join(f'"{c.name}"::text' if c.kind == "json" else f'"{c.name}"' for c in columns)
    makers = [_PORTABLE[c.kind] for c in columns]
    result = await conn.stream(
        text(f'SELECT {listed} FROM "{table}"'),  # noqa: S608  names come from the schema itself
        execution_options={"yield_per": BATCH},
    )
    async for batch in result.partitions(BATCH):
        yield [
            tuple(None if value is None else make(value) for make, value in zip(makers, row, strict=True))
            for row in batch
        ]


# --- SQLite -> PostgreSQL ------------------------------------------------------------------------------------


async def write_postgresql(
    url: str,
    source: sqlite3.Connection,
    forget: Sequence[str],
    progress: Progress,
    *,
    revision: str = "head",
    patience: timedelta = PATIENCE,
) -> None:
    """Put the company of an SQLite file at `revision` in the place of what PostgreSQL holds.

    `patience`: how long to wait for somebody who still works there. All in one transaction: the tables of `forget` go, the schema is made anew, the rows come in, sequences go on
    behind the highest id, and every table is read back and compared. Raises CopyProblem; nothing is changed then.
    """
    async with migrate.alone(url) as conn:
        refused: Any = conn.dialect.loaded_dbapi.Error  # of a COPY; its text may hold what people typed
        try:
            await conn.execute(text(f"SET LOCAL lock_timeout = {int(patience.total_seconds() * 1000)}"))
            await conn.execute(text("SET LOCAL TIME ZONE 'UTC'"))
            if forget:
                listed = ", ".join(f'"{name}"' for name in forget)
                await conn.execute(text(f"DROP TABLE IF EXISTS {listed} CASCADE"))
            await conn.run_sync(migrate.apply, revision)
            plan = _matched(fingerprint.columns_of(source), await _catalogue(conn))
            if problems := misfits(source, plan):
                raise CopyProblem(*problems)
            sent = await _load(conn, source, plan, lambda part: progress(part * 0.6))
            await _advance_sequences(conn, plan)
            await _compare(conn, plan, sent, lambda part: progress(0.6 + part * 0.4))
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) == LOCKED:
                says = "somebody works in this database: stop the bot and every other program first"
                raise CopyProblem(says) from problem
            raise
        except refused as problem:
            raise CopyProblem(f"PostgreSQL refused the rows ({type(problem).__name__})") from problem


def misfits(source: sqlite3.Connection, plan: dict[str, tuple[Column, ...]]) -> list[str]:
    """Values that SQLite keeps and PostgreSQL would refuse: all of them, before a row is sent."""
    problems: list[str] = []
    for table, columns in plan.items():
        tests: list[tuple[str, str]] = []
        for c in columns:
            name = f'"{c.name}"'
            if c.length is not None:
                tests.append((f"length({name}) > {c.length}", f"{table}.{c.name}: longer than {c.length} characters"))
            if c.kind in {"character varying", "text", "json"}:
                tests.append((f"instr({name}, char(0)) > 0", f"{table}.{c.name}: holds a NUL character"))
            if c.kind in _LARGEST:
                large = _LARGEST[c.kind]
                wrong = f"typeof({name}) NOT IN ('integer', 'null') OR {name} NOT BETWEEN {-large - 1} AND {large}"
                tests.append((wrong, f"{table}.{c.name}: no number of type {c.kind}"))
        if not tests:
            continue
        sums = ", ".join(f"coalesce(sum({test}), 0)" for test, _ in tests)
        row = source.execute(f'SELECT {sums} FROM "{table}"').fetchone()  # noqa: S608
        problems += [f"{says} ({count} rows)" for (_, says), count in zip(tests, row, strict=True) if count]
    return problems


async def _load(
    conn: AsyncConnection, source: sqlite3.Connection, plan: dict[str, tuple[Column, ...]], progress: Progress
) -> dict[str, Fingerprint]:
    """COPY every table in, parents first. One statement a table: rows that point at their own table may come in any
    order, because PostgreSQL looks at the references when the statement ends."""
    order = await conn.run_sync(_parents_first)
    raw = await conn.get_raw_connection()
    driver: Any = raw.driver_connection
    total = max(sum(source.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in plan), 1)  # noqa: S608
    done = 0
    sent: dict[str, Fingerprint] = {}
    await conn.execute(text("DELETE FROM alembic_version"))  # it comes with the rows
    for table in [*(name for name in order if name in plan), *(name for name in plan if name not in order)]:
        columns = plan[table]
        listed = ", ".join(f'"{c.name}"' for c in columns)
        makers = [_FOREIGN.get(c.kind) for c in columns]
        tally = Tally([c.name for c in columns])
        async with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:
            for batch in fingerprint.read(source, table, [c.name for c in columns]):
                tally.add(_normal(batch, columns))
                for row in batch:
                    await copy.write_row(
                        [v if v is None or make is None else make(v) for make, v in zip(makers, row, strict=True)]
                    )
                done += len(batch)
                progress(min(done / total, 1.0))
        sent[table] = tally.result()
    return sent


def _normal(batch: list[tuple[Any, ...]], columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    """Rows as PostgreSQL will give them back: a moment in whole seconds has its microseconds written out."""
    moments = [i for i, c in enumerate(columns) if c.kind == "timestamp with time zone"]
    if not any(row[i] is not None and "." not in row[i] for row in batch for i in moments):
        return batch
    return [
        tuple(_to_instant(v)[:-3] if i in moments and v is not None else v for i, v in enumerate(row)) for row in batch
    ]


def _parents_first(conn: Connection) -> list[str]:
    seen = MetaData()
    seen.reflect(conn)
    return [table.name for table in seen.sorted_tables]


async def _advance_sequences(conn: AsyncConnection, plan: dict[str, tuple[Column, ...]]) -> None:
    rows = await conn.execute(
        text(
            "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) "
            "FROM information_schema.columns WHERE table_schema = current_schema()"
        )
    )
    for table, column, sequence in rows.all():
        if sequence is None or table not in plan:
            continue
        await conn.execute(
            text(
                f'SELECT setval(:sequence, coalesce(max("{column}"), 1), max("{column}") IS NOT NULL) FROM "{table}"'  # noqa: S608
            ),
            {"sequence": sequence},
        )


async def _compare(
    conn: AsyncConnection, plan: dict[str, tuple[Column, ...]], sent: dict[str, Fingerprint], progress: Progress
) -> None:
    total, done = max(sum(one.rows for one in sent.values()), 1), 0
    for table, columns in plan.items():
        tally = Tally([c.name for c in columns])
        async for batch in _portable_rows(conn, table, columns):
            tally.add(batch)
            done += len(batch)
            progress(min(done / total, 1.0))
        if tally.result() != sent[table]:
            raise CopyProblem(f"{table}: what PostgreSQL holds is not what was sent")
