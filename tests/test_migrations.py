"""Migrations and models agree, on each kind of database; upgrading is safe and going past the program is refused (D7)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.store import migrate
from core.store import models as m



async def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    before, after = await migrate.upgrade(url)

    assert before is None
    assert after == migrate.head()
    assert await migrate.differences(url, m.metadata) == []


@pytest.mark.postgres
async def test_the_migrations_make_what_the_models_say_on_postgresql(database: str) -> None:
    await migrate.upgrade(database)

    assert await migrate.differences(database, m.metadata) == []


async def test_a_missing_column_is_a_difference(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await migrate.upgrade(url)
    with sqlite3.connect(tmp_path / "new.db") as conn:
        conn.execute("ALTER TABLE calls DROP COLUMN note")
    conn.close()

    assert await migrate.differences(url, m.metadata)


async def test_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await migrate.upgrade(url)
    content = (tmp_path / "new.db").read_bytes()

    assert await migrate.upgrade(url) == (migrate.head(), migrate.head())
    assert (tmp_path / "new.db").read_bytes() == content


async def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    await migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path}/a/b/new.db")

    assert (tmp_path / "a/b/new.db").exists()


async def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await migrate.upgrade(url)
    with sqlite3.connect(tmp_path / "new.db") as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999_of_tomorrow'")
    conn.close()

    with pytest.raises(migrate.NewerDatabase, match="9999_of_tomorrow"):
        await migrate.upgrade(url)
    assert await migrate.current(url) == "9999_of_tomorrow"
