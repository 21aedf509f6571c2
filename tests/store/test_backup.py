"""Backups of both kinds of database: made while the company works, verified, and put back into either (T12)."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import random
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from core.store import backup as backups
from core.store import copying, fingerprint, migrate
from core.store import models as m
from tests.conftest import KINDS
from tests.store.every_table import everything, fill, open_company

AT = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
BEFORE = "0001"  # an older revision


def at_file(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The full company on a kind of database, made once for each: `filled("sqlite")` is its address. For reading."""
    made: dict[str, str] = {}
    with ExitStack() as after:

        def of(kind: str) -> str:
            if kind not in made:
                if kind == "sqlite":
                    url = at_file(tmp_path_factory.mktemp("full") / "waihu.db")
                else:
                    server = request.getfixturevalue("postgres")
                    url = server.named(after.enter_context(server.database()))
                with ThreadPoolExecutor() as beside:  # the test that asks first has a loop running
                    beside.submit(lambda: asyncio.run(fill(url))).result()
                made[kind] = url
            return made[kind]

        yield of


@pytest.fixture
def company_file(filled: Callable[[str], str], tmp_path: Path) -> Path:
    """The full company in an SQLite file of its own."""
    (tmp_path / "own").mkdir()
    source = make_url(filled("sqlite")).database
    assert source is not None
    return Path(shutil.copy(source, tmp_path / "own" / "waihu.db"))


@pytest.fixture
def made(company_file: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    return backups.backup(company_file, tmp_path / "backups", AT)


def empty_place(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    return at_file(folder / "elsewhere" / "waihu.db") if kind == "sqlite" else str(request.getfixturevalue("blank"))


# --- the drill ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("origin", KINDS)
async def test_a_company_is_the_same_wherever_it_is_restored(
    request: pytest.FixtureRequest, origin: str, target: str, tmp_path: Path
) -> None:
    source = request.getfixturevalue("filled")(origin)
    before = await everything(source)
    assert all(before.values())

    made = await backups.make(source, tmp_path / "b", AT)
    elsewhere = empty_place(request, target, tmp_path)
    done = await backups.restore(made.file, elsewhere, folder=tmp_path / "k", at=AT)

    assert done == backups.Restored(None, migrate.head())
    assert await everything(elsewhere, but=(backups.VERIFIED,)) == before
    assert await migrate.differences(elsewhere, m.metadata) == []
    db = open_company(elsewhere)
    async with db.transaction() as tx:  # the company goes on: a new row gets a new id
        await tx.note(None, "restored", "x")
        new = await tx.scalar(select(m.audit.c.id).where(m.audit.c.action == "restored"))
    await db.close()
    assert new == max(row[0] for row in before["audit"]) + 1


@pytest.mark.postgres
async def test_both_kinds_of_database_give_the_same_fingerprints(
    request: pytest.FixtureRequest, company_file: Path, tmp_path: Path
) -> None:
    first = await backups.make(at_file(company_file), tmp_path / "one", AT)
    await backups.restore(first.file, (moved := empty_place(request, "postgresql", tmp_path)), folder=tmp_path, at=AT)
    second = await backups.make(moved, tmp_path / "two", AT)

    assert first.tables is not None
    assert second.tables is not None
    assert {n for n in first.tables if first.tables[n] != second.tables[n]} == {"facts"}  # the note on the backup
    assert (first.source, second.source) == ("sqlite", "postgresql")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_backup_made_while_people_write_is_one_moment(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    """Every write adds a deal and its audit line in one transaction: a copy with one and not the other is torn."""
    source = request.getfixturevalue("filled")("sqlite")
    url = empty_place(request, kind, tmp_path)
    first = await backups.make(source, tmp_path / "first", AT)
    await backups.restore(first.file, url, folder=tmp_path, at=AT)
    db = open_company(url)
    writing = asyncio.Event()
    enough = asyncio.Event()

    async def write() -> None:
        number = 1000
        while not enough.is_set():
            number += 1
            async with db.transaction() as tx:
                await tx.run(insert(m.teams).values(id=number, name=f"t{number}", created_at=tx.now))
                await asyncio.sleep(0)
                await tx.run(insert(m.audit).values(id=number, at=tx.now, action="team", subject=str(number)))
            writing.set()

    task = asyncio.create_task(write())
    await writing.wait()
    copies = []
    for minute in range(3):
        if kind == "sqlite":  # the copy is made without giving way: let it run beside the writer
            file = Path(make_url(url).database or "")
            copies.append(await asyncio.to_thread(backups.backup, file, tmp_path / "b", AT + timedelta(minutes=minute)))
        else:
            copies.append((await backups.make(url, tmp_path / "b", AT + timedelta(minutes=minute))).file)
    enough.set()
    await task
    await db.close()

    for copy in copies:
        with closing(sqlite3.connect(copy)) as conn:
            teams = conn.execute("SELECT id FROM teams WHERE id > 1000").fetchall()
            audit = conn.execute("SELECT id FROM audit WHERE id > 1000").fetchall()
        assert teams
        assert sorted(teams) == sorted(audit)


# --- what a sound one is -----------------------------------------------------------------------------------------


def test_a_backup_is_one_file_that_its_owner_alone_reads(made: Path) -> None:
    assert [file.name for file in made.parent.iterdir()] == ["waihu-20261122-031500.db"]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    found = backups.verify(made)
    assert found.revision == migrate.head()
    assert found.made_at == AT
    assert found.source == "sqlite"
    assert found.rows
    assert [file.name for file in made.parent.iterdir()] == [made.name]  # looking leaves nothing behind


def test_the_key_is_never_inside(made: Path) -> None:
    from tests.store.every_table import RING

    content = made.read_bytes()
    assert RING.data_key not in content
    assert RING.index_key not in content
    assert backups.verify(made).key_mark == RING.index("waihu", "mark")


def test_a_changed_value_is_found_although_the_file_is_sound_to_sqlite(made: Path) -> None:
    with closing(sqlite3.connect(made)) as conn, conn:
        conn.execute("UPDATE deals SET amount_fen = amount_fen + 1 WHERE id = 3")

    with pytest.raises(backups.BackupProblem, match="deals is not as it was"):
        backups.verify(made)


def test_a_row_that_is_gone_is_found(made: Path) -> None:
    with closing(sqlite3.connect(made)) as conn, conn:
        conn.execute("DELETE FROM outages WHERE id = 2")

    with pytest.raises(backups.BackupProblem, match="outages is not as it was"):
        backups.verify(made)


def test_a_manifest_that_was_made_to_fit_is_found(made: Path) -> None:
    with closing(sqlite3.connect(made)) as conn, conn:
        about = json.loads(conn.execute("SELECT about FROM waihu_backup").fetchone()[0])
        about["tables"]["deals"]["rows"] += 1
        conn.execute("UPDATE waihu_backup SET about = ?", (json.dumps(about),))

    with pytest.raises(backups.BackupProblem, match="its manifest was changed"):
        backups.verify(made)


def test_a_file_that_was_cut_short_anywhere_is_refused(made: Path, tmp_path: Path) -> None:
    content = made.read_bytes()
    cut = tmp_path / "cut.db"
    for length in [0, 10, 99, 100, 4096, *random.Random(7).sample(range(len(content)), 25), len(content) - 1]:
        cut.write_bytes(content[:length])
        with pytest.raises(backups.BackupProblem):
            backups.verify(cut)


def test_a_flipped_byte_is_found_or_lies_where_nothing_is_kept(made: Path, tmp_path: Path) -> None:
    """Free space inside pages may change without harm: then every row must still be what it was."""
    content = made.read_bytes()
    with closing(sqlite3.connect(made)) as conn:
        wanted = fingerprint.of_file(conn)
    found = 0
    broken = tmp_path / "broken.db"
    dice = random.Random(11)
    for place in dice.sample(range(100, len(content)), 30):
        changed = bytearray(content)
        changed[place] ^= 1 << dice.randrange(8)
        broken.write_bytes(changed)
        try:
            backups.verify(broken)
        except backups.BackupProblem:
            found += 1
        else:
            with closing(sqlite3.connect(broken)) as conn:
                assert fingerprint.of_file(conn) == wanted
    assert found > 15


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\x01" * 4096])
async def test_what_is_no_waihu_database_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(content)

    with pytest.raises(backups.BackupProblem):
        await backups.restore(tmp_path / "x.db", at_file(tmp_path / "waihu.db"), folder=tmp_path, at=AT)
    assert not (tmp_path / "waihu.db").exists()


def test_somebody_elses_database_is_no_backup(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as conn, conn:
        conn.execute("CREATE TABLE people (id INTEGER)")

    with pytest.raises(backups.BackupProblem, match="not a waihu database"):
        backups.verify(tmp_path / "x.db")


def test_a_database_in_use_is_no_backup(company_file: Path) -> None:
    with closing(sqlite3.connect(company_file)) as conn, conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("UPDATE teams SET alias = 'x'")
        conn.commit()
        with pytest.raises(backups.BackupProblem, match="a database in use"):
            backups.verify(company_file)


def test_a_backup_without_a_manifest_is_looked_at_as_far_as_it_can_be(company_file: Path) -> None:
    found = backups.verify(company_file)

    assert (found.made_at, found.tables, found.rows) == (None, None, None)


# --- making one ------------------------------------------------------------------------------------------------


def test_no_backup_takes_the_place_of_another(company_file: Path, made: Path) -> None:
    content = made.read_bytes()
    second = backups.backup(company_file, made.parent, AT)

    assert (made.name, second.name) == ("waihu-20261122-031500.db", "waihu-20261122-031501.db")
    assert made.read_bytes() == content
    assert backups.verify(second).made_at == AT


def test_a_damaged_database_makes_no_backup_and_leaves_nothing(company_file: Path, tmp_path: Path) -> None:
    content = bytearray(company_file.read_bytes())
    content[8192:16384] = bytes(8192)
    company_file.write_bytes(content)

    with pytest.raises(backups.BackupProblem):
        backups.backup(company_file, tmp_path / "b", AT)
    assert list((tmp_path / "b").iterdir()) == []


def test_what_a_killed_backup_left_is_removed_in_time(company_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    for name, age in ((".waihu-old.partial", 25), (".waihu-new.partial", 1)):
        (folder / name).touch()
        then = (AT - timedelta(hours=age)).timestamp()
        os.utime(folder / name, (then, then))
    made = backups.backup(company_file, folder, AT)

    assert {file.name for file in folder.iterdir()} == {made.name, ".waihu-new.partial"}


def test_without_a_database_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(backups.BackupProblem, match="there is no database"):
        backups.backup(tmp_path / "waihu.db", tmp_path / "b", AT)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("kind", KINDS)
async def test_the_living_company_knows_its_newest_verified_backup(
    request: pytest.FixtureRequest, kind: str, company_file: Path, tmp_path: Path
) -> None:
    url = empty_place(request, kind, tmp_path)
    first = await backups.make(at_file(company_file), tmp_path / "b", AT)
    await backups.restore(first.file, url, folder=tmp_path / "b", at=AT)
    later = await backups.make(url, tmp_path / "b", AT + timedelta(hours=1))
    await backups.remember(url, later)

    db = open_company(url)
    async with db.snapshot() as tx:
        value = await tx.scalar(select(m.facts.c.value).where(m.facts.c.name == backups.VERIFIED))
    await db.close()
    assert value == {"at": "2026-11-22T04:15:00+00:00", "file": "waihu-20261122-041500.db", "rows": later.rows}


@pytest.mark.postgres
async def test_an_older_schema_is_backed_up_as_it_is_and_restored_as_the_program_has_it(
    blank: str, tmp_path: Path
) -> None:
    """An upgrade migrates after a backup: so the backup meets the schema of yesterday."""
    plain = make_url(blank).set(drivername="postgresql").render_as_string(hide_password=False)
    old = tmp_path / "old.db"
    await copying.new_file(old, BEFORE)
    with closing(sqlite3.connect(old)) as conn, conn:
        conn.execute("INSERT INTO teams (id, name, created_at) VALUES (7, '领航组', '2026-11-20 09:20:00.000000')")
    with closing(sqlite3.connect(old)) as conn:
        await copying.write_postgresql(blank, conn, (), lambda _: None, revision=BEFORE)

    made = await backups.make(blank, tmp_path / "b", AT)
    assert made.revision == BEFORE
    done = await backups.restore(made.file, blank, folder=tmp_path / "b", at=AT + timedelta(hours=1))

    assert done.revision == migrate.head()
    assert done.kept is not None
    assert backups.verify(done.kept).revision == BEFORE
    with psycopg.connect(plain) as there:
        assert there.execute("SELECT id, name FROM teams").fetchall() == [(7, "领航组")]


@pytest.mark.postgres
async def test_an_empty_server_has_nothing_to_back_up(blank: str, tmp_path: Path) -> None:
    with pytest.raises(backups.BackupProblem, match="nothing to back up"):
        await backups.make(blank, tmp_path / "b", AT)
    assert list((tmp_path / "b").iterdir()) == []


# --- putting one back --------------------------------------------------------------------------------------------


async def test_what_was_there_is_kept_beside_it(company_file: Path, made: Path) -> None:
    url = at_file(company_file)
    with closing(sqlite3.connect(company_file)) as conn, conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("INSERT INTO teams (id, name, created_at) VALUES (99, '新组', '2026-11-20 09:20:00.000000')")
    present = await everything(url)

    done = await backups.restore(made, url, folder=made.parent, at=AT)
    again = await backups.restore(made, url, folder=made.parent, at=AT)

    assert done.kept
    assert again.kept
    assert done.kept != again.kept
    assert await everything(at_file(done.kept)) == present
    assert 99 not in [row[0] for row in (await everything(url))["teams"]]
    assert [f.name for f in company_file.parent.iterdir() if f.name.startswith(".waihu-")] == []


async def test_a_database_that_cannot_be_opened_any_more_is_kept_as_it_is(company_file: Path, made: Path) -> None:
    company_file.write_bytes(b"gone" * 1000)

    done = await backups.restore(made, at_file(company_file), folder=made.parent, at=AT)

    assert done.kept
    assert done.kept.read_bytes() == b"gone" * 1000
    assert backups.verify(company_file).revision == migrate.head()


@pytest.mark.postgres
async def test_what_postgresql_held_is_a_backup_afterwards(blank: str, company_file: Path, tmp_path: Path) -> None:
    first = await backups.make(at_file(company_file), tmp_path / "b", AT)
    await backups.restore(first.file, blank, folder=tmp_path / "b", at=AT)
    plain = make_url(blank).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as there:
        there.execute("INSERT INTO teams (name, created_at) VALUES ('新组', now())")
        there.execute("CREATE TABLE of_somebody_else (id int)")
    present = await everything(blank)

    done = await backups.restore(first.file, blank, folder=tmp_path / "b", at=AT + timedelta(hours=1))

    assert done.kept
    await backups.restore(done.kept, (kept := at_file(tmp_path / "kept.db")), folder=tmp_path, at=AT)
    but = (backups.VERIFIED,)
    assert await everything(kept, but) == {n: [r for r in rows if r[0] not in but] for n, rows in present.items()}
    assert len((await everything(blank))["teams"]) == len(present["teams"]) - 1
    with psycopg.connect(plain) as there:  # what is not ours stays
        assert there.execute("SELECT count(*) FROM of_somebody_else").fetchone() == (0,)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_backup_of_a_newer_program_changes_nothing(
    request: pytest.FixtureRequest, kind: str, made: Path, tmp_path: Path
) -> None:
    url = empty_place(request, kind, tmp_path)
    await backups.restore(made, url, folder=tmp_path / "b", at=AT)
    present = await everything(url)
    with closing(sqlite3.connect(made)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.execute("DROP TABLE waihu_backup")

    with pytest.raises(migrate.NewerDatabase):
        await backups.restore(made, url, folder=tmp_path / "b", at=AT + timedelta(hours=1))
    assert await everything(url) == present


@pytest.mark.postgres
async def test_what_postgresql_cannot_keep_is_named_and_nothing_changes(
    blank: str, company_file: Path, tmp_path: Path
) -> None:
    first = await backups.make(at_file(company_file), tmp_path / "b", AT)
    await backups.restore(first.file, blank, folder=tmp_path / "b", at=AT)
    present = await everything(blank)
    with closing(sqlite3.connect(company_file)) as conn, conn:
        conn.execute("UPDATE teams SET name = ? WHERE id = 2", ("长" * 65,))
        conn.execute("UPDATE customers SET name = 'a' || char(0) || 'b' WHERE id IN (1, 2)")
        conn.execute("UPDATE calls SET stage = 3000000000 WHERE id = 1")
    second = await backups.make(at_file(company_file), tmp_path / "b", AT + timedelta(hours=1))

    with pytest.raises(backups.BackupProblem) as problem:
        await backups.restore(second.file, blank, folder=tmp_path / "b", at=AT + timedelta(hours=2))
    for said in ("teams.name: longer than 64", "customers.name: holds a NUL character (2 rows)", "calls.stage"):
        assert said in str(problem.value)
    assert await everything(blank) == present


@pytest.mark.postgres
async def test_a_restore_that_is_cut_off_changes_nothing(blank: str, company_file: Path, tmp_path: Path) -> None:
    first = await backups.make(at_file(company_file), tmp_path / "b", AT)
    await backups.restore(first.file, blank, folder=tmp_path / "b", at=AT)
    present = await everything(blank)
    plain = make_url(blank).set(drivername="postgresql").render_as_string(hide_password=False)
    database = make_url(blank).database

    def cut(part: float) -> None:
        if part > 0.7:  # in the middle of the rows
            with psycopg.connect(plain, autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                    (database,),
                )

    with pytest.raises(Exception, match=r"lost|terminating|closed|refused"):
        await backups.restore(first.file, blank, folder=tmp_path / "b", at=AT + timedelta(hours=1), progress=cut)
    assert await everything(blank) == present


@pytest.mark.postgres
async def test_a_restore_does_not_wait_for_ever_for_somebody_who_still_works(
    blank: str, company_file: Path, tmp_path: Path
) -> None:
    first = await backups.make(at_file(company_file), tmp_path / "b", AT)
    await backups.restore(first.file, blank, folder=tmp_path / "b", at=AT)
    db = open_company(blank)
    async with db.transaction() as tx:
        await tx.run(insert(m.teams).values(name="新组", created_at=tx.now))
        with pytest.raises(backups.BackupProblem, match="stop the bot"):
            await backups.restore(
                first.file,
                blank,
                folder=tmp_path / "b",
                at=AT + timedelta(hours=1),
                patience=timedelta(milliseconds=50),
            )
    await db.close()


def test_every_type_of_the_schema_has_a_portable_form() -> None:
    dialect = make_url("postgresql+psycopg://").get_dialect()()
    names = {
        "bigint", "integer", "boolean", "text", "date", "bytea", "json", "timestamp with time zone", "character varying"
    }  # fmt: skip
    for table in m.metadata.sorted_tables:
        for column in table.columns:
            written = column.type.compile(dialect).lower().partition("(")[0]
            assert {"varchar": "character varying"}.get(written, written) in names, f"{table.name}.{column.name}"
    assert names <= set(copying._PORTABLE)


def test_a_full_disk_is_told_with_its_place(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "small.db", isolation_level=None)) as conn:
        conn.execute("PRAGMA max_page_count = 2")
        conn.execute("CREATE TABLE t (x)")
        with pytest.raises(OSError, match="No space left on device") as told, backups._room(tmp_path):
            conn.execute("INSERT INTO t VALUES (zeroblob(100000))")

    assert (told.value.errno, told.value.filename) == (errno.ENOSPC, str(tmp_path))
