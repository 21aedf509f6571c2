"""A company of the first release, with rows in every table it had; and how to compare two databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Connection, MetaData, Table, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from core.store import migrate, triggers

FIRST = "0001"
ROWS = 4
MOMENT = datetime(2026, 11, 20, 9, 20, 0, 123456, tzinfo=UTC)
# Where a migration looks at what a row says, the rows say something that it has to tell apart.
SAID: dict[str, tuple[Any, ...]] = {
    "outbox.state": ("new", "leased", "sent", "new"),
    "outbox.chat": (None, "5002", "5003", "-5001"),
    "outbox.verb": ("send", "edit", "send", "send"),
    "outbox.channel": ("telegram",) * ROWS,
    "inbox.state": ("new", "done", "parked", "new"),
}

Rows = dict[str, list[tuple[Any, ...]]]
Plan = dict[str, list[str]]


async def found(url: str) -> None:
    """Make it in an empty database."""
    async with migrate.alone(url) as conn:
        await conn.run_sync(migrate.apply, FIRST)
        await conn.run_sync(_fill)


def _fill(conn: Connection) -> None:
    for table in _reflected(conn).sorted_tables:
        if table.name != "alembic_version":
            conn.execute(table.insert(), [_row(table, number) for number in range(ROWS)])


def _row(table: Table, number: int) -> dict[str, Any]:
    """The row with that number, from 0; its id is the database's to give. One in two has NULL where it may."""
    return {
        column.name: _value(table, column, number)
        for column in table.columns
        if not (column.primary_key and column.name == "id")
    }


def _value(table: Table, column: Column[Any], number: int) -> Any:
    said = SAID.get(f"{table.name}.{column.name}")
    if said is not None:
        return said[number]
    if column.foreign_keys:
        return number + 1
    if column.nullable and number % 2:
        return None
    if isinstance(column.type, JSON):
        return {"键": [number, None]}
    kind = column.type.python_type
    plain: dict[type, Any] = {
        int: number + 1,
        bool: number % 2 == 0,
        bytes: bytes([0, 255, number]),
        datetime: MOMENT + timedelta(days=number),
        date: date(2026, 11, 20) + timedelta(days=number),
    }
    if kind is str:
        return f"{number} 引\"'{column.name}😀"[: getattr(column.type, "length", None)]
    return plain[kind]


# --- looking at a database ---------------------------------------------------------------------------------------


@contextmanager
def looking(url: str) -> Iterator[Connection]:
    """A plain connection, beside whatever else is open."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        address = address.set(drivername="sqlite")
    engine = create_engine(address, poolclass=NullPool)
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _reflected(conn: Connection) -> MetaData:
    seen = MetaData()
    seen.reflect(conn)
    return seen


def columns(url: str) -> Plan:
    """Every table of a database with its columns, but for the revision."""
    with looking(url) as conn:
        return {
            table.name: [column.name for column in table.columns]
            for table in _reflected(conn).sorted_tables
            if table.name != "alembic_version"
        }


def rows(url: str, plan: Plan) -> Rows:
    """Every row, those columns of it."""
    with looking(url) as conn:
        quote = conn.dialect.identifier_preparer.quote
        asked = {name: f"SELECT {', '.join(map(quote, names))} FROM {quote(name)}" for name, names in plan.items()}
        return {name: sorted(map(tuple, conn.execute(text(sql))), key=repr) for name, sql in asked.items()}


def shape(url: str) -> dict[str, Any]:
    """Everything about a schema that can be told: types, defaults, keys, references, indexes with conditions, guards."""
    with looking(url) as conn:
        look = inspect(conn)
        tables = {name for name in look.get_table_names() if name != "alembic_version"}
        return {
            "columns": {
                f"{table}.{c['name']}": (c["type"].compile(conn.dialect), c["nullable"], c["default"])
                for (_, table), listed in look.get_multi_columns().items()
                if table in tables
                for c in listed
            },
            "keys": {table: dict(look.get_pk_constraint(table)) for table in tables},
            "references": {
                (table, r["name"]): (r["constrained_columns"], r["referred_table"], r["referred_columns"], r["options"])
                for (_, table), listed in look.get_multi_foreign_keys().items()
                if table in tables
                for r in listed
            },
            "unique": {
                (table, u["name"]): u["column_names"]
                for (_, table), listed in look.get_multi_unique_constraints().items()
                if table in tables
                for u in listed
            },
            "indexes": {
                (table, i["name"]): (
                    i["column_names"], bool(i["unique"]), str(i.get("dialect_options", {}).get(f"{conn.dialect.name}_where"))
                )
                for (_, table), listed in look.get_multi_indexes().items()
                if table in tables
                for i in listed
            },
            "checks": {table: look.get_check_constraints(table) for table in tables},
            "unguarded": triggers.missing(conn),
        }  # fmt: skip
