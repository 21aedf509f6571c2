"""A company with rows in every table and something in every column, whatever tables the models name."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Table, insert, select, update

from core.store import migrate, sealed
from core.store import models as m
from core.store.db import Database
from tests.office import START, company

RING = sealed.KeyRing.fresh()
ROWS = 6
MANY = {"calls": 2100}  # more than a batch
AWKWARD = "引\"号'\\N\t\r\n😀"  # what text formats stumble over


def open_company(url: str) -> Database:
    """The company at an address, with its key."""
    sealed.install(RING)
    return Database(url, company(), lambda: START)


async def fill(url: str) -> None:
    """Make the company."""
    await migrate.upgrade(url)
    db = open_company(url)
    try:
        async with db.transaction() as tx:
            for table in m.metadata.sorted_tables:
                rows = [row_of(table, number) for number in range(1, MANY.get(table.name, ROWS) + 1)]
                await tx.insert_many(table, rows)
            for number in range(1, ROWS):  # each under the next one: no order of rows has every superior first
                await tx.run(update(m.people).where(m.people.c.id == number).values(superior_id=number + 1))
            await tx.run(insert(m.facts).values(name="key.mark", value=RING.index("waihu", "mark"), at=START))
    finally:
        await db.close()


def row_of(table: Table, number: int) -> dict[str, Any]:
    """The row with that number. Every third one has nothing where nothing may stand."""
    return {
        column.name: None if column.nullable and number % 3 == 0 else value_of(column, number)
        for column in table.columns
        if column.table is not m.people or column.name != "superior_id"
    }


def value_of(column: Column[Any], number: int) -> Any:
    """A value for a column, another one for every row."""
    if column.foreign_keys:
        return (number - 1) % ROWS + 1
    match column.type:
        case m.Instant():
            return START + timedelta(days=number, microseconds=number % 2 * 7)
        case sealed.Sealed():
            return f"{AWKWARD}{number} 半个 \ud83d 也原样"
        case sealed.SealedJSON() | JSON():
            return {"键": [AWKWARD, number, 1.5, None]}
    kind = column.type.python_type
    if kind is str:
        return f"{number}{AWKWARD}"[: getattr(column.type, "length", None)]
    plain: dict[type, Any] = {
        int: number,
        bool: number % 2 == 0,
        bytes: bytes([0, 255, number % 256]),
        datetime: START,
        date: START.date() + timedelta(days=number),
    }
    return plain[kind]


async def everything(url: str, but: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as the models read it, sealed values opened; facts named in `but` left out."""
    db = open_company(url)
    try:
        found = {}
        async with db.snapshot() as tx:
            for table in m.metadata.sorted_tables:
                rows = sorted((tuple(row) for row in await tx.all(select(table))), key=repr)
                found[table.name] = [row for row in rows if table is not m.facts or row[0] not in but]
        return found
    finally:
        await db.close()
