"""An upgrade keeps every row, ends at what the models say, and happens whole or not at all, once (D7, T10)."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from core.store import migrate, triggers
from core.store import models as m
from tests.postgres import Server
from tests.store import old_company
from tests.store.killing import Count

POINTS = 20  # at which a migration is killed

Another = Callable[[], str]


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    return str(request.getfixturevalue("blank")) if kind == "postgresql" else f"sqlite+aiosqlite:///{tmp_path}/new.db"


@pytest.fixture(scope="module")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of the first release with rows in every table, made once."""
    file = tmp_path_factory.mktemp("old") / "old.db"
    asyncio.run(old_company.found(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="module")
def old_database(postgres: Server) -> Iterator[str]:
    """The same on PostgreSQL; its name."""
    with postgres.database() as name:
        asyncio.run(old_company.found(postgres.named(name)))
        yield name


@pytest.fixture
def another(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Another]:
    """Makes copies of that company; their addresses."""
    if kind == "sqlite":
        file: Path = request.getfixturevalue("old_file")
        numbers = itertools.count(1)

        def copy() -> str:
            target = tmp_path / f"copy-{next(numbers)}.db"
            shutil.copy(file, target)
            return f"sqlite+aiosqlite:///{target}"

        yield copy
    else:
        server: Server = request.getfixturevalue("postgres")
        name: str = request.getfixturevalue("old_database")
        with ExitStack() as stack:
            yield lambda: server.named(stack.enter_context(server.database(like=name)))


@pytest.fixture
def old(another: Another) -> str:
    """The address of a company of the first release with rows in every table."""
    return another()


async def by_the_models(url: str) -> None:
    """The schema as the models alone would make it."""
    async with migrate.alone(url) as conn:
        await conn.run_sync(m.metadata.create_all)
        await conn.run_sync(triggers.install)


async def test_an_upgrade_from_the_first_release_ends_where_the_models_are(
    kind: str, old: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Types, defaults, keys, references, unique constraints, indexes with their conditions, guards: as created anew."""
    with ExitStack() as stack:
        made = f"sqlite+aiosqlite:///{tmp_path}/models.db"
        if kind == "postgresql":
            server: Server = request.getfixturevalue("postgres")
            made = server.named(stack.enter_context(server.database()))
        await by_the_models(made)

        assert await migrate.upgrade(old) == (old_company.FIRST, migrate.head())
        assert old_company.shape(old) == old_company.shape(made)
        assert await migrate.differences(old, m.metadata) == []


async def test_an_upgrade_keeps_every_row_as_it_was(old: str) -> None:
    plan = old_company.columns(old)
    before = old_company.rows(old, plan)
    await migrate.upgrade(old)

    assert all(len(rows) == old_company.ROWS for rows in before.values())
    assert old_company.rows(old, plan) == before


async def test_ids_go_on_behind_the_old_ones(old: str) -> None:
    await migrate.upgrade(old)
    with old_company.looking(old) as conn:
        new = conn.execute(m.outages.insert().values(began_at=old_company.MOMENT, ended_at=old_company.MOMENT))

        assert new.inserted_primary_key == (old_company.ROWS + 1,)


async def test_open_messages_are_in_the_lane_of_their_person_or_group(old: str) -> None:
    await migrate.upgrade(old)

    assert dict(old_company.rows(old, {"outbox": ["id", "lane"]})["outbox"]) == {
        1: "person:1", 2: "person:2", 3: "", 4: "telegram:-5001",
    }  # fmt: skip


async def test_an_empty_database_gets_the_same_schema(empty: str, old: str) -> None:
    await migrate.upgrade(old)

    assert await migrate.upgrade(empty) == (None, migrate.head())
    assert old_company.shape(empty) == old_company.shape(old)


def killed(words: list[str]) -> list[int]:
    """Have each of these points and addresses migrated by a process that is killed; how each ended."""
    program = [sys.executable, "-m", "tests.store.killing", *words]
    done = subprocess.run(program, check=True, capture_output=True, cwd=Path(__file__).resolve().parent.parent)
    return list(json.loads(done.stdout))


async def test_a_migration_killed_anywhere_leaves_the_old_schema_or_the_new_and_goes_on_at_the_next_start(
    another: Another,
) -> None:
    """Before and after statements that change something, before and after the commit; by processes of their own."""
    first, done = another(), another()
    plan = old_company.columns(first)
    rows, shape_before = old_company.rows(first, plan), old_company.shape(first)
    count = Count()
    await migrate.upgrade(done)
    count.leave()
    shape_after = old_company.shape(done)
    every = [f"{number}{side}" for number in range(1, count.changes + 1) for side in "ba"] + [
        f"{count.changes + 1}b",
        "",
    ]
    points = sorted({every[round(i * (len(every) - 1) / (POINTS - 1))] for i in range(POINTS)}, key=every.index)
    places = {point: another() for point in points}
    ended = await asyncio.to_thread(killed, [word for pair in places.items() for word in pair])

    assert ended == [-9] * len(points)
    for point, url in places.items():
        committed = point == ""
        assert await migrate.current(url) == (migrate.head() if committed else old_company.FIRST), point
        assert old_company.shape(url) == (shape_after if committed else shape_before), point
        assert old_company.rows(url, plan) == rows, point
        await migrate.upgrade(url)
        assert old_company.shape(url) == shape_after, point
        assert old_company.rows(url, plan) == rows, point


async def test_of_several_that_start_at_once_one_migrates_and_none_fails(old: str) -> None:
    saved: list[str] = []

    async def save(revision: str) -> None:
        saved.append(revision)
        await asyncio.sleep(0)

    done = await asyncio.gather(*(migrate.upgrade(old, save) for _ in range(3)))

    assert saved == [old_company.FIRST]
    assert sorted(done) == [(old_company.FIRST, migrate.head()), *[(migrate.head(), migrate.head())] * 2]


async def test_several_may_start_at_once_on_a_new_database(empty: str) -> None:
    done = await asyncio.gather(*(migrate.upgrade(empty) for _ in range(3)))

    assert {after for _, after in done} == {migrate.head()}
    assert await migrate.differences(empty, m.metadata) == []


async def test_an_existing_database_is_changed_only_after_it_was_saved(old: str) -> None:
    before = old_company.shape(old)

    async def save(revision: str) -> None:
        assert revision == old_company.FIRST
        assert old_company.shape(old) == before
        raise OSError("the disk of the backups is full")

    with pytest.raises(OSError, match="backups"):
        await migrate.upgrade(old, save)
    assert old_company.shape(old) == before
    assert await migrate.current(old) == old_company.FIRST


async def test_a_new_or_current_database_needs_no_saving(empty: str) -> None:
    async def save(revision: str) -> None:
        raise AssertionError(revision)

    await migrate.upgrade(empty, save)
    await migrate.upgrade(empty, save)


async def test_a_missing_column_is_a_difference_and_refused(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await migrate.upgrade(url)
    with closing(sqlite3.connect(tmp_path / "new.db")) as conn:
        conn.execute("ALTER TABLE calls DROP COLUMN note")

    assert await migrate.differences(url, m.metadata)
    with pytest.raises(migrate.UnsoundDatabase, match=r"calls\.note"):
        await migrate.upgrade(url)


async def test_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await migrate.upgrade(url)
    content = (tmp_path / "new.db").read_bytes()

    assert await migrate.upgrade(url) == (migrate.head(), migrate.head())
    assert (tmp_path / "new.db").read_bytes() == content


async def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    await migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path}/a/b/new.db")

    assert (tmp_path / "a/b/new.db").exists()


async def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(old: str) -> None:
    with old_company.looking(old) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999_of_tomorrow'"))
        conn.commit()
    before = old_company.shape(old)

    with pytest.raises(migrate.NewerDatabase, match="9999_of_tomorrow"):
        await migrate.upgrade(old)
    assert await migrate.current(old) == "9999_of_tomorrow"
    assert old_company.shape(old) == before


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("DROP TABLE alembic_version", "no revision, but the tables"),  # a copy that was cut off
        ("CREATE TABLE leases (name TEXT)", "cannot be migrated"),  # made by hand, or by half of a migration
        ("ALTER TABLE outbox ADD COLUMN lane TEXT", "cannot be migrated"),
        ("DROP TABLE audit", "cannot be migrated"),
    ],
)
async def test_a_half_migrated_database_is_refused_and_left_as_it_is(old: str, broken: str, says: str) -> None:
    with old_company.looking(old) as conn:
        conn.execute(text(broken))
        conn.commit()
    before, plan = old_company.shape(old), old_company.columns(old)
    rows = old_company.rows(old, plan)

    with pytest.raises(migrate.UnsoundDatabase, match=says):
        await migrate.upgrade(old)
    assert old_company.shape(old) == before
    assert old_company.rows(old, plan) == rows


async def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "new.db")) as conn:
        conn.execute("CREATE TABLE bookmarks (id INTEGER)")
    content = (tmp_path / "new.db").read_bytes()

    with pytest.raises(migrate.UnsoundDatabase, match="bookmarks"):
        await migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path}/new.db")
    assert (tmp_path / "new.db").read_bytes() == content


async def test_rows_that_point_nowhere_stop_an_upgrade(tmp_path: Path) -> None:
    """SQLite checks references only where it was asked to; what a tool broke is not carried on."""
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await old_company.found(url)
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as conn:
        conn.execute("DELETE FROM teams WHERE id = 1")

    with pytest.raises(migrate.UnsoundDatabase, match="rows of teams that do not exist"):
        await migrate.upgrade(url)
    assert await migrate.current(url) == old_company.FIRST
