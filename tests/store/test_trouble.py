"""Databases in trouble: full, read-only, of another program, with another key, gone in the middle of a form.

Nothing is acknowledged that was not kept, nothing is changed that cannot be changed whole, whoever typed a command reads
one clear line, and what passes by itself is waited for.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner, Result

from bot.cli.app import app
from bot.cli.trouble import of_system
from core.store import migrate, sealed
from core.store import models as m
from core.store.db import Database
from core.store.trouble import passes
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests import postgres as servers
from tests.e2e.company import ROOT, TOKEN, found, network
from tests.e2e.pair import Bot, Line
from tests.office import POLICY, START, Office, company
from tests.store import old_company

PATIENCE = 60.0  # host seconds: far more than anything takes on a quiet machine


# --- commands -------------------------------------------------------------------------------------------------------


class Installation:
    """A folder with settings, a key and a database on either kind, and the commands of one who keeps it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.env = {
            "WAIHU_DATABASE_URL": url,
            "WAIHU_KEY_FILE": str(folder / "waihu.key"),
            "WAIHU_BACKUP_DIR": str(folder / "backups"),
            "WAIHU_POLICY": str(POLICY),
            "WAIHU_CLOCK": START.isoformat(),
            "TELEGRAM_BOT_TOKEN": TOKEN,
        }

    def waihu(self, *words: str, expect: int) -> str:
        """Run a command; what it says. No traceback, ever."""
        done: Result = CliRunner().invoke(app, words, env=self.env)
        assert done.exit_code == expect, done.output
        assert "Traceback" not in done.output
        return done.output

    @property
    def backups(self) -> list[Path]:
        return sorted((self.folder / "backups").glob("waihu-*.db"))

    def contents(self) -> dict[str, Any]:
        """Everything that could have changed: files, schema, rows."""
        plan = old_company.columns(self.url)
        files = {
            file.relative_to(self.folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.folder.rglob("*"))
            if file.is_file() and not file.name.endswith((".db", ".db-wal", ".db-shm", ".lock"))
        }
        return {"files": files, "shape": old_company.shape(self.url), "rows": old_company.rows(self.url, plan)}

    def run(self, sql: str) -> None:
        with old_company.looking(self.url) as conn:
            conn.execute(text(sql))
            conn.commit()


@pytest.fixture
def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation whose database is not there yet (SQLite) or has nothing in it."""
    monkeypatch.chdir(tmp_path)
    url = request.getfixturevalue("blank") if kind == "postgresql" else f"sqlite+aiosqlite:///{tmp_path}/waihu.db"
    return Installation(tmp_path, str(url))


@pytest.fixture
def installed(empty: Installation) -> Installation:
    """An installation that has run: a key and a company that is its own."""
    empty.waihu("export", "calls", "--json", expect=0)
    return empty


@pytest.fixture
def old(empty: Installation) -> Installation:
    """An installation of the first release with rows in every table."""
    ring, _ = sealed.KeyRing.load_or_create(empty.folder / "waihu.key")
    asyncio.run(old_company.found(empty.url))
    mark = json.dumps(ring.index("waihu", "mark"))
    empty.run(f"UPDATE facts SET name = 'key.mark', value = '{mark}' WHERE name LIKE '0%'")
    return empty


def test_a_newer_database_is_refused_in_words_and_left_alone(installed: Installation) -> None:
    installed.run("UPDATE alembic_version SET version_num = '9999'")
    before = installed.contents()

    for command in (("run",), ("check",), ("db", "upgrade"), ("export", "calls", "--json")):
        assert "The database is newer (9999) than this program" in installed.waihu(*command, expect=2)
    assert installed.contents() == before


def test_a_newer_database_is_not_written_to_by_a_backup(installed: Installation) -> None:
    """A file can be copied by whoever knows nothing of what is in it."""
    copied = installed.url.startswith("sqlite")
    installed.run("UPDATE alembic_version SET version_num = '9999'")
    before = installed.contents()
    installed.waihu("backup", expect=0 if copied else 2)

    assert len(installed.backups) == copied
    assert installed.contents()["rows"] == before["rows"]


@pytest.mark.parametrize(
    ("number", "says", "code"),
    [
        (errno.ENOSPC, "The disk is full (waihu.db.lock): nothing was changed. Make room and try again", 1),
        (errno.EROFS, "Read-only file system (waihu.db.lock): may this user read and write there?", 2),
        (errno.EACCES, "Permission denied (waihu.db.lock): may this user read and write there?", 2),
        (errno.EIO, "Input/output error (waihu.db.lock)", 1),
    ],
)
def test_what_the_machine_refuses_is_said_with_what_to_do(number: int, says: str, code: int) -> None:
    assert of_system(OSError(number, os.strerror(number), "waihu.db.lock")) == (says, code)


def test_a_full_disk_that_names_no_file_is_said_without_a_hole() -> None:
    assert of_system(OSError(errno.ENOSPC, "x"))[0].startswith("The disk is full: nothing was changed")


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("DROP TABLE alembic_version", "it has no revision, but the tables"),
        ("ALTER TABLE calls DROP COLUMN note", "it has no calls.note"),
        ("DROP TABLE claps", "it has no claps"),
    ],
)
def test_a_half_migrated_database_is_refused_in_words_and_left_alone(
    installed: Installation, broken: str, says: str
) -> None:
    installed.run(broken)
    before = installed.contents()

    for command in (("run",), ("check",), ("db", "upgrade")):
        assert says in installed.waihu(*command, expect=2)
    assert installed.contents() == before


def test_an_upgrade_that_cannot_be_finished_changes_nothing_and_says_so(old: Installation) -> None:
    old.run("CREATE TABLE leases (name TEXT)")
    before = old.contents()

    assert "cannot be migrated" in old.waihu("run", expect=2)
    assert old.contents()["rows"] == before["rows"]
    assert old.contents()["shape"] == before["shape"]


def test_an_upgrade_comes_after_a_backup(old: Installation) -> None:
    plan = old_company.columns(old.url)
    before = old_company.rows(old.url, plan)

    assert f"0001 -> {migrate.head()}" in old.waihu("db", "upgrade", expect=0)
    assert len(old.backups) == 1
    assert "0001" in old.waihu("backup", "--verify", str(old.backups[0]), expect=0)
    assert old_company.rows(old.url, plan) == before

    assert "up to date" in old.waihu("db", "upgrade", expect=0)
    assert len(old.backups) == 1  # nothing to upgrade, nothing to save


def test_without_a_backup_there_is_no_upgrade(old: Installation) -> None:
    (old.folder / "backups").write_text("somebody's file stands where the folder should be")
    before = old.contents()

    assert "no backup could be made" in old.waihu("check", expect=1)
    assert old.contents() == before


def test_another_installations_key_opens_nothing_and_changes_nothing(old: Installation) -> None:
    """Not even the upgrade that is due is made: whose database it is comes first."""
    (old.folder / "waihu.key").unlink()
    sealed.KeyRing.load_or_create(old.folder / "waihu.key")
    before = old.contents()

    for command in (("run",), ("check",), ("export", "calls", "--json")):
        assert "does not fit this database" in old.waihu(*command, expect=2)
    assert old.contents() == before
    assert not old.backups


def test_without_its_key_a_database_is_not_opened_and_no_new_key_is_made(installed: Installation) -> None:
    (installed.folder / "waihu.key").unlink()
    before = installed.contents()

    for command in (("run",), ("check",)):
        assert "restore it from your backup" in installed.waihu(*command, expect=2)
    assert installed.contents() == before


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_file_that_is_no_database_is_named_as_such(empty: Installation) -> None:
    file = empty.folder / "waihu.db"
    file.write_text("周报 " * 1000)

    for command in (("run",), ("check",), ("db", "upgrade")):
        assert "not a database" in empty.waihu(*command, expect=2)
    assert file.read_text() == "周报 " * 1000


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_database_name_that_is_wrong_is_repeated(empty: Installation) -> None:
    empty.env["WAIHU_DATABASE_URL"] = make_url(empty.url).set(database="nowhere").render_as_string(hide_password=False)

    assert re.search('does not answer: .*"nowhere"', empty.waihu("check", expect=1))


def test_a_postgresql_that_is_not_there_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = Installation(tmp_path, f"postgresql+psycopg://waihu@/waihu?host={tmp_path}")

    assert "The database does not answer" in place.waihu("check", expect=1)
    assert not list(tmp_path.iterdir())


def _may_not_override() -> None:
    """As root: give up the right to ignore permissions (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) after the next exec."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; refused to whoever has no such right


@pytest.mark.parametrize("there", [False, True], ids=["a new database", "a database"])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_read_only_folder_is_said_to_be_so_and_nothing_is_made_in_it(empty: Installation, there: bool) -> None:
    if there:
        empty.waihu("export", "calls", "--json", expect=0)
    before = sorted(empty.folder.iterdir())
    for place in (empty.folder, *empty.folder.iterdir()):
        place.chmod(place.stat().st_mode & 0o555)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WAIHU", "TELEGRAM"))}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check"], env=environment | empty.env | {"PYTHONPATH": str(ROOT)}, text=True,
        capture_output=True, preexec_fn=_may_not_override, check=False, cwd=empty.folder,
    )  # fmt: skip
    empty.folder.chmod(0o755)

    assert done.returncode == 2, done.stderr
    assert "read-only" in done.stderr or "writable" in done.stderr or "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(empty.folder.iterdir()) == before


# --- a full disk ------------------------------------------------------------------------------------------------------


async def until_it_passes(work: Callable[[], Awaitable[Any]]) -> None:
    """Do it, again and again while the database fails it in a way that passes."""
    for _ in range(200):
        try:
            await work()
        except DBAPIError as problem:
            if not passes(problem):
                raise
        else:
            return
    raise AssertionError("it never passes")


async def endlessly(work: Callable[[], Awaitable[Any]]) -> None:
    """Do it until it raises."""
    while True:
        await work()


async def arrives(office: Office, phone: Any, line: str) -> None:
    """A line is in the inbox, and nobody has looked at it."""
    from core.store import inbox

    number = next(office.ids)
    raw = {
        "kind": "message", "sender": phone.user, "chat": phone.user, "private": True, "text": line,
        "key": str(number), "message_id": str(number), "at": office.clock.at.isoformat(),
    }  # fmt: skip
    async with office.db.transaction() as tx:
        await inbox.put(tx, "telegram", str(number), phone.user, None, raw)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_an_update_waits_for_room_on_the_disk_and_is_not_blamed_for_it(office: Office) -> None:
    ana = await office.agent()
    for number in range(40):
        await arrives(office, ana, f"记 李总 138{number:08d} 有意向")
    with old_company.looking(office.url) as conn:  # no page is free
        conn.connection.execute("VACUUM")
    async with office.db.transaction() as tx:
        pages = (await tx.conn.exec_driver_sql("PRAGMA page_count")).scalar()
        await tx.conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    for _ in range(5):  # more often than an update may fail
        with pytest.raises(DBAPIError, match="full") as trouble:
            await endlessly(office.dispatcher.handle_next)
        assert passes(trouble.value)

    states = Counter((row.state, row.attempts) for row in await office.rows(m.inbox))
    kept = len(await office.rows(m.calls))
    assert 0 < kept < 40
    assert states == {("done", 0): kept, ("new", 0): 40 - kept}

    async with office.db.transaction() as tx:
        await tx.conn.exec_driver_sql("PRAGMA max_page_count = 1000000")
    await until_it_passes(office.settle)

    assert len(await office.rows(m.calls)) == 40
    assert sum(message.text.startswith("✅ 李总") for message in ana.messages) == 40


@asynccontextmanager
async def a_bot(folder: Path) -> AsyncIterator[tuple[Bot, SandboxClient, Database]]:
    """One bot as a process of its own on SQLite, on the emulated network."""
    url = f"sqlite+aiosqlite:///{folder}/waihu.db"
    await found(folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAIHU", "TELEGRAM", "WECOM"))}
    async with Sandbox(network(), clock=START, port=0) as sandbox, SandboxClient(sandbox.url) as client:
        env = {
            "WAIHU_DATABASE_URL": url, "WAIHU_POLICY": str(POLICY), "WAIHU_CLOCK": f"{sandbox.url}/clock",
            "WAIHU_HTTP_PORT": "0", "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": sandbox.url,
        }  # fmt: skip
        bot = Bot(kept | env, Line(url))
        db = Database(url, company(), lambda: START)
        try:
            await bot.start()
            await client.receiving(PATIENCE)
            yield bot, client, db
        except Exception as problem:
            problem.add_note("\n".join(["", "--- the bot's log", *bot.log[-60:]]))
            raise
        finally:
            await bot.end()
            await db.close()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="this system cannot limit the files of another process")
async def test_a_full_disk_acknowledges_nothing_raises_an_alarm_and_passes_by_itself(tmp_path: Path) -> None:
    """The kernel takes no byte more from the bot, as on a full disk; what the network was not told stays with it."""
    async with a_bot(tmp_path) as (bot, client, db):
        ana = client.person(1005)
        await ana.answer(await ana.say("李总 13800138000 有意向 第一个"), "✅ 李总", patience=PATIENCE)
        since, unlimited = len(bot.log), resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (4096, unlimited))
        said = await ana.say("王总 13800138001 没接 第二个")
        await bot.says("does not answer", since)
        assert not ana.replies(said)
        async with db.snapshot() as tx:
            assert len(await tx.all(m.calls.select())) == 1
            assert {row.state for row in await tx.all(m.inbox.select())} == {"done"}  # the second is not in it

        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
        await ana.answer(said, "✅ 王总", patience=PATIENCE)
        await bot.says("answers again", since)
        async with db.snapshot() as tx:
            assert len(await tx.all(m.calls.select())) == 2
        assert any("critical" in line for line in bot.log[since:])
        assert not any("a part of the bot stopped" in line for line in bot.log)
        assert not await client.violations()


# --- PostgreSQL goes away ------------------------------------------------------------------------------------------


class OwnServer:
    """A PostgreSQL server for one test, which may fall and come back. It writes through, as one in service does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = servers.start(folder)

    @property
    def url(self) -> str:
        return str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://")

    def falls(self) -> None:
        """At once, as if its machine had lost power: every connection is cut, nothing is tidied up."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGQUIT)
        while (self.folder / "data" / "postmaster.pid").exists() and os.path.exists(f"/proc/{pid}"):  # noqa: PTH110
            os.sched_yield()

    def comes_back(self) -> None:
        """It repairs itself from its log."""
        with servers.hushed():
            self._server.cleanup()
        self._server = servers.start(self.folder)

    def ends(self) -> None:
        servers.stop(self._server, self.folder)


@pytest.fixture
def own_server() -> Iterator[OwnServer]:
    folder = Path(tempfile.mkdtemp(prefix="waihu-own-pg-", dir=servers.memory_disk()))
    try:
        server = OwnServer(folder)
    except servers.NoServer as problem:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(str(problem))
    yield server
    server.ends()


async def fails(work: Callable[[], Awaitable[Any]]) -> None:
    """The database is gone, in a way that passes."""
    with pytest.raises(DBAPIError) as trouble:
        await work()
    assert passes(trouble.value)


@pytest.mark.postgres
async def test_a_form_goes_on_after_postgresql_fell_and_came_back(own_server: OwnServer, tmp_path: Path) -> None:
    await migrate.upgrade(own_server.url)
    office = Office(tmp_path, url=own_server.url)
    await office.open()
    ana = await office.agent()
    await ana.says("报单", "5000")
    await arrives(office, ana, "自拓")  # kept, but not handled yet
    asked = len(ana.messages)

    own_server.falls()
    await fails(office.dispatcher.handle_next)
    await fails(partial(arrives, office, ana, "李总 13800138000"))  # not kept: the network is not told that we have it
    assert len(ana.messages) == asked

    own_server.comes_back()
    await until_it_passes(office.settle)
    await ana.says("李总 13800138000")  # the network brings it again
    await ana.says("提交")

    assert "5,000" in ana.text
    assert [(row.amount_fen, row.kind) for row in await office.rows(m.deals)] == [(500_000, "own")]
    assert {(row.state, row.attempts) for row in await office.rows(m.inbox)} == {("done", 0)}
    await office.close()


EVERY_TENTH = """
CREATE SEQUENCE trouble;
CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('trouble') % 10 = 0 THEN RAISE EXCEPTION 'try again' USING ERRCODE = '40001'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER trouble BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION trouble();
"""


@pytest.mark.parametrize("table", ["calls", "outbox", "inbox"])
@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_tenth_of_all_writes_refused_for_want_of_order_costs_nothing(office: Office, table: str) -> None:
    """Serialisation failures: the whole transaction is tried again, and each line counts once."""
    phones = [await office.agent(name) for name in ("林晓燕", "王芳")]
    with old_company.looking(office.url) as conn:
        conn.connection.execute(EVERY_TENTH.format(table=table))
        conn.connection.commit()
    for number in range(12):
        for phone in phones:
            line = f"记 李总 138{phone.user}{number:04d} 有意向"
            await until_it_passes(partial(arrives, office, phone, line))
            await until_it_passes(office.settle)

    assert len(await office.rows(m.calls)) == 24
    assert {(row.state, row.attempts) for row in await office.rows(m.inbox)} == {("done", 0)}
    assert [sum(message.text.startswith("✅") for message in phone.messages) for phone in phones] == [12, 12]
