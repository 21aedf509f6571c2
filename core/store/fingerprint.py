"""A fingerprint of each table's rows: equal contents have equal fingerprints, whichever database holds them.

Rows are taken as SQLite stores them ("portable" values: None, int, str, bytes), columns in the order of their names. A
fingerprint is the sum of the rows' hashes, so the order in which a database returns its rows does not matter.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

BATCH = 2000  # rows held at a time
MANIFEST = "waihu_backup"  # the table in which a backup says what it holds; never part of the company's data


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How many rows a table has, and the hash over them."""

    rows: int
    sha256: str


class Tally:
    """Counts and hashes rows as they pass."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._head = ascii(tuple(columns))
        self._sum = 0
        self.rows = 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take portable rows in. `ascii` writes a value the same on every version of Python; `repr` does not."""
        for row in rows:
            self._sum += int.from_bytes(hashlib.sha256(ascii(tuple(row)).encode()).digest(), "big")
            self.rows += 1

    def result(self) -> Fingerprint:
        """What passed so far."""
        whole = f"{self._head}:{self.rows}:{self._sum % (1 << 256):064x}"
        return Fingerprint(self.rows, hashlib.sha256(whole.encode()).hexdigest())


def columns_of(conn: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """The company's tables in an SQLite file, each with its columns in the order of their names."""
    names = conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ? ORDER BY name",
        (MANIFEST,),
    ).fetchall()
    return {
        name: tuple(sorted(row[1] for row in conn.execute(f'PRAGMA table_info("{name}")').fetchall()))
        for (name,) in names
    }


def read(conn: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterable[list[tuple[Any, ...]]]:
    """A table's rows, batch by batch."""
    listed = ", ".join(f'"{name}"' for name in columns)
    cursor = conn.execute(f'SELECT {listed} FROM "{table}"')  # noqa: S608  names come from the schema itself
    while batch := cursor.fetchmany(BATCH):
        yield batch


def of_file(conn: sqlite3.Connection, progress: Callable[[float], None] = lambda _: None) -> dict[str, Fingerprint]:
    """Every table's fingerprint in an SQLite file. `progress` hears the part that is done, 0 to 1."""
    known = columns_of(conn)
    counts = {name: conn.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in known}  # noqa: S608
    total, done = max(sum(counts.values()), 1), 0
    found: dict[str, Fingerprint] = {}
    for name, columns in known.items():
        tally = Tally(columns)
        for batch in read(conn, name, columns):
            tally.add(batch)
            done += len(batch)
            progress(min(done / total, 1.0))
        found[name] = tally.result()
    return found
