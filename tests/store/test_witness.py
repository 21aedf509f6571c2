"""A backup remembers where the ledger's chain stood, whatever is done to the living book afterwards (reliability M6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from core.store import backup as backups
from core.store import witness
from core.store.witness import Head, Living
from tests.conftest import KINDS
from tests.store.test_backup import AT, at_file, company_file, filled, made

__all__ = ["company_file", "filled", "made"]

AB, CD = "ab" * 32, "cd" * 32


@pytest.mark.parametrize(
    ("head", "fact", "there", "says"),
    [
        (None, None, None, []),
        (None, None, Living(0, None), []),
        (Head(3, AB), Head(3, AB), None, []),
        (Head(3, AB), Head(3, AB), Living(3, AB), []),
        (Head(3, AB), Head(3, AB), Living(9, AB), []),  # the book goes on
        (Head(3, AB), None, Living(3, CD), ["batch 3 of the ledger is abababababab in the backup and cdcdcdcdcdcd here"]),
        (Head(3, AB), None, Living(4, None), ["batch 3 of the ledger is abababababab in the backup and nothing here"]),
        (
            Head(3, AB), None, Living(2, None),
            ["the ledger here ends at batch 2, the backup's at 3: sealed entries are gone"],
        ),
        (None, Head(3, AB), None, ["the ledger in this backup was sealed up to batch 3, but ends at 0"]),
        (Head(2, AB), Head(3, CD), None, ["the ledger in this backup was sealed up to batch 3, but ends at 2"]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(head: Head | None, fact: Head | None, there: Living | None, says: list[str]) -> None:
    assert witness.doubts(head, fact, there) == says


@pytest.mark.parametrize("kind", KINDS)
async def test_the_head_stands_in_the_manifest_and_is_found_in_the_book_it_came_from(
    filled: Callable[[str], str], kind: str, tmp_path: Path
) -> None:
    found = await backups.make(filled(kind), tmp_path, AT)

    assert found.ledger is not None
    there = await witness.living(filled(kind), found.ledger)
    assert there == Living(found.ledger.number, found.ledger.digest)
    assert backups.verify(found.file).ledger == found.ledger


async def test_a_book_that_was_cut_or_written_anew_is_not_the_one_that_was_sealed(
    company_file: Path, made: Path
) -> None:
    found = backups.verify(made)
    assert found.ledger is not None
    for crime, says in (
        ("UPDATE ledger_batches SET digest = 'f00' WHERE number = ?", "in the backup and f00 here"),
        ("DELETE FROM ledger_batches WHERE number = ?", "sealed entries are gone"),
    ):
        with closing(sqlite3.connect(company_file)) as conn, conn:
            for (guard,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                conn.execute(f"DROP TRIGGER {guard}")
            conn.execute(crime, (found.ledger.number,))
        there = await witness.living(at_file(company_file), found.ledger)
        (doubt,) = witness.doubts(found.ledger, None, there)
        assert doubt.endswith(says)


async def test_a_company_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    assert await witness.living(at_file(tmp_path / "none.db"), Head(1, AB)) is None
    assert list(tmp_path.iterdir()) == []


async def test_a_database_from_before_the_ledger_cannot_say_anything(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as conn, conn:
        conn.execute("CREATE TABLE facts (name TEXT, value TEXT)")
        assert (witness.sealed(conn), witness.noted(conn)) == (None, None)
    with pytest.raises(DBAPIError):
        await witness.living(at_file(tmp_path / "old.db"), Head(1, AB))


def test_the_facts_are_a_second_witness_inside_the_backup(company_file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(company_file)) as conn, conn:
        conn.execute(
            "INSERT OR REPLACE INTO facts (name, value, at) VALUES ('ledger.head', ?, '2026-11-20 00:00:00')",
            (f'{{"number": 99, "digest": "{AB}"}}',),
        )
    found = backups.verify(backups.backup(company_file, tmp_path / "b", AT))

    assert found.noted == Head(99, AB)
    assert witness.doubts(found.ledger, found.noted, None)


async def test_an_older_copy_in_place_of_the_database_is_seen_beside_the_newest_backup(
    company_file: Path, made: Path, tmp_path: Path
) -> None:
    url = at_file(company_file)
    assert await witness.beside_newest(made.parent, url) == []
    assert await witness.beside_newest(tmp_path / "nowhere", url) == []
    with closing(sqlite3.connect(company_file)) as conn, conn:
        for (guard,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {guard}")
        conn.execute("DELETE FROM ledger_batches")

    (doubt,) = await witness.beside_newest(made.parent, url)
    assert doubt.endswith("sealed entries are gone")
    made.write_bytes(b"no database")
    assert await witness.beside_newest(made.parent, url) == []
