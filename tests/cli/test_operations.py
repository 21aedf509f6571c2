"""Backup, restore, check and the parked inbox from the command line, on each kind of database."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import chdir, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from bot.cli.app import app
from bot.one_process import take
from bot.settings import ROOT
from core.store.sealed import KeyRing

PEOPLE = "工号,姓名,角色,组,入职日期,状态\n001,林晓燕,clerk,领航组,2024-03-01,正式\n002,周启明,supervisor,领航组,2023-03-01,正式\n"
PARKED = (
    "INSERT INTO inbox (channel, key, sender, received_at, state, attempts, error) "
    "VALUES ('telegram', {key}, '5', '2026-11-20 09:00:00+00:00', 'parked', 3, 'ValueError in deals.take')"
)


@dataclass(frozen=True)
class Place:
    """An installation in a folder, with its database there or on a server."""

    folder: Path
    url: str

    def waihu(self, *words: str, expect: int = 0) -> str:
        """Type a command in the folder; what it says, errors included when it is expected to fail."""
        own = {
            "WAIHU_DATABASE_URL": self.url,
            "WAIHU_KEY_FILE": str(self.folder / "waihu.key"),
            "WAIHU_CLOCK": "2026-11-20T17:20:00+08:00",
        }
        with chdir(self.folder):
            done = CliRunner().invoke(app, list(words), env=own)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert done.exit_code == expect, done.output
        return done.output if expect else done.stdout or done.output

    def told(self, *words: str, expect: int = 0) -> Any:
        """What a command says to a program."""
        return json.loads(self.waihu(*words, "--json", expect=expect).splitlines()[0])

    @property
    def file(self) -> Path:
        return Path(make_url(self.url).database or "")

    def sql(self, statement: str) -> None:
        """Say something to the database behind the program's back."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.file)) as conn, conn:
                conn.execute(statement)
        else:
            plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain) as there:
                there.execute(statement.encode())

    def names(self) -> set[str]:
        """Who works here, as a program sees it."""
        return {row["name"] for row in self.told("roster", "invite", "--all")}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of two in an SQLite file with its key, made once; for copying."""
    folder = tmp_path_factory.mktemp("founded")
    (folder / "roster.csv").write_text(PEOPLE, "utf-8")
    Place(folder, f"sqlite+aiosqlite:///{folder}/waihu.db").waihu("roster", "import", "roster.csv", "--yes")
    with closing(sqlite3.connect(folder / "waihu.db")) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def place(founded: Path, tmp_path: Path) -> Place:
    """That company, to do anything with."""
    for name in ("waihu.db", "waihu.key"):
        shutil.copy(founded / name, tmp_path / name)
    return Place(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/waihu.db")


@pytest.fixture
def server(place: Place, blank: str) -> Place:
    """The same installation with its settings on an empty PostgreSQL database."""
    return Place(place.folder, blank)


def test_a_backup_says_what_it_holds_and_what_it_removed(place: Place) -> None:
    backups = place.folder / "backups"
    backups.mkdir()
    for name in ("waihu-20200101-000000.db", "waihu-20200101-120000.db", "notes.db"):
        (backups / name).touch()
    told = place.told("backup", "--keep", "1d,2m")

    made = Path(told["file"])
    assert (told["source"], told["tables"]["people"]) == ("sqlite", 2)
    assert told["rows"] == sum(told["tables"].values())
    assert told["bytes"] == (place.folder / made).stat().st_size
    assert [Path(one).name for one in told["removed"]] == ["waihu-20200101-000000.db"]
    assert {one.name for one in backups.iterdir()} == {made.name, "waihu-20200101-120000.db", "notes.db"}
    checked = place.told("backup", "--verify", told["file"])
    assert (checked["sound"], checked["rows"]) == (True, told["rows"])
    lines = {one["what"]: one for one in place.told("check", expect=1)}
    assert lines["backup"]["ok"]
    assert "0 hours old" in lines["backup"]["says"]
    assert lines["disk"]["ok"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("backup", "--keep", "30days"), 2, "--keep: '30days'?"),
        (("backup", "--every", "hourly"), 2, "--every: 'hourly'?"),
        (("backup", "--verify", "."), 1, "there is no backup in it"),
        (("backup", "--verify", "nowhere.db"), 2, "no such file"),
        (("backup", "--verify", "waihu.key"), 1, "not a waihu database"),
        (("backup", "--to", "waihu.key"), 1, "No backup was made"),
        (("restore", "nowhere.db", "--yes"), 2, "nothing was changed"),
        (("restore", "waihu.key", "--yes"), 2, "is not a waihu database; nothing was changed"),
        (("inbox", "retry"), 2, "Which?"),
        (("inbox", "retry", "7"), 2, "Not parked: 7. Nothing was changed."),
    ],
)
def test_wrong_input_is_one_clear_line(place: Place, words: tuple[str, ...], code: int, says: str) -> None:
    before = place.file.read_bytes()
    said = place.waihu(*words, expect=code)

    assert says in said
    assert len(said.splitlines()) == 1
    if "inbox" not in words:
        assert place.file.read_bytes() == before


def test_a_ledger_that_was_cut_since_the_backup_is_told_by_verify_and_restore(place: Place) -> None:
    with closing(sqlite3.connect(place.file)) as conn, conn:
        conn.execute(
            "INSERT INTO ledger_batches (number, occasion, sealed_at, last_id, count, previous, digest) "
            "VALUES (1, 'day:2026-11-20', '2026-11-20 00:00:00', 1, 1, ?, ?)",
            ("0" * 64, "ab" * 32),
        )
    made = place.told("backup")
    assert made["ledger"] == {"batch": 1, "digest": "ab" * 32}
    assert "ledger sealed up to batch 1 (abababababab)" in place.waihu("backup", "--verify", made["file"])
    assert place.told("backup", "--verify", made["file"])["warnings"] == []
    with closing(sqlite3.connect(place.file)) as conn, conn:
        for (guard,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            conn.execute(f"DROP TRIGGER {guard}")
        conn.execute("DELETE FROM ledger_batches")
    says = ["the ledger here ends at batch 0, the backup's at 1: sealed entries are gone"]

    assert place.told("backup", "--verify", made["file"])["warnings"] == says
    assert place.told("restore", made["file"], "--yes")["warnings"] == says
    assert place.told("backup", "--verify", made["file"])["warnings"] == []


@pytest.mark.postgres
def test_a_company_moves_to_postgresql_and_back(place: Place, server: Place) -> None:
    first = place.told("backup")["file"]
    assert server.told("restore", first, "--yes")["kept"] is None
    assert server.names() == place.names() == {"林晓燕", "周启明"}
    assert {one["what"] for one in server.told("check", expect=1) if not one["ok"]} == {"owner"}

    (place.folder / "more.csv").write_text(
        PEOPLE.splitlines()[0] + "\n077,新人,clerk,领航组,2026-11-01,试用\n", "utf-8"
    )
    server.waihu("roster", "import", "more.csv", "--yes")
    second = server.told("backup", "--to", "back")
    assert second["source"] == "postgresql"
    told = place.told("restore", second["file"], "--yes")
    assert Path(told["kept"]).name.startswith("waihu.before-restore-")
    assert place.names() == {"林晓燕", "周启明", "新人"}
    # What PostgreSQL holds is kept as a backup when another one takes its place.
    kept = server.told("restore", first, "--yes")["kept"]
    assert server.names() == {"林晓燕", "周启明"}
    assert server.told("backup", "--verify", kept)["tables"]["people"] == 3


def test_a_key_that_does_not_fit_the_backup_changes_nothing(place: Place) -> None:
    made = place.told("backup")["file"]
    key = place.folder / "waihu.key"
    ours = key.read_text("utf-8")
    before = place.file.read_bytes()
    key.unlink()
    assert "put the key that belongs to this backup" in place.waihu("restore", made, "--yes", expect=2)
    KeyRing.load_or_create(key)
    assert "does not fit this backup" in place.waihu("restore", made, "--yes", expect=2)
    key.write_text("{}", "utf-8")
    assert "cannot be read as a waihu key file" in place.waihu("restore", made, "--yes", expect=2)

    assert place.file.read_bytes() == before
    key.write_text(ours, "utf-8")
    place.waihu("restore", made, "--yes")


def test_a_restore_waits_for_nobody_and_refuses_while_the_bot_runs(place: Place) -> None:
    made = place.told("backup")["file"]
    before = place.file.read_bytes()
    bot = take(place.file, datetime.now(UTC))
    said = place.waihu("restore", made, "--yes", expect=2)
    assert f"in use by process {os.getpid()}" in said
    assert place.file.read_bytes() == before
    place.waihu("backup", "--to", "beside")  # which a backup does not mind
    bot.leave()

    place.waihu("restore", made, "--yes")


@pytest.mark.postgres
def test_on_postgresql_a_lease_or_a_connected_bot_stops_a_restore(place: Place, server: Place) -> None:
    made = place.told("backup")["file"]
    server.waihu("restore", made, "--yes")
    server.sql(
        "INSERT INTO leases (name, holder, until, taken_at, term) "
        "VALUES ('telegram', 'ab12 tower/77', now() + interval '1 hour', now(), 1)"
    )
    assert "ab12 tower/77 holds telegram" in server.waihu("restore", made, "--yes", expect=2)
    server.sql("UPDATE leases SET until = now()")
    plain = make_url(server.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, application_name="waihu"):
        assert "a bot is connected" in server.waihu("restore", made, "--yes", expect=2)

    server.waihu("restore", made, "--yes")


@pytest.mark.postgres
def test_without_a_server_there_is_one_clear_line(place: Place) -> None:
    made = place.told("backup")["file"]
    nowhere = Place(place.folder, "postgresql+psycopg://waihu:secret@127.0.0.1:9/waihu?connect_timeout=2")
    for words in (("backup",), ("restore", made, "--yes")):
        said = nowhere.waihu(*words, expect=1)
        assert "The database does not answer" in said
        assert "secret" not in said


def test_a_newer_backup_and_a_damaged_one_are_refused(place: Place) -> None:
    made = place.folder / place.told("backup")["file"]
    content = bytearray(made.read_bytes())
    with closing(sqlite3.connect(made)) as conn, conn:
        conn.execute("UPDATE people SET name = 'x'")
    assert "people is not as it was" in place.waihu("restore", str(made), "--yes", expect=2)
    assert "people is not as it was" in place.waihu("backup", "--verify", str(made), expect=1)
    made.write_bytes(content[: len(content) // 2])
    assert "damaged" in place.waihu("restore", str(made), "--yes", expect=2)
    made.write_bytes(content)
    with closing(sqlite3.connect(made)) as conn, conn:
        conn.execute("DROP TABLE waihu_backup")
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer (9999) than this program" in place.waihu("restore", str(made), "--yes", expect=2)

    assert place.names() == {"林晓燕", "周启明"}


def test_parked_updates_are_listed_retried_and_forgotten(place: Place) -> None:
    for key in (1, 2, 3):
        place.sql(PARKED.format(key=f"'{key}'"))
    listed = place.told("inbox", "list")
    ids = [row["id"] for row in listed]
    assert listed[0] == {
        "id": ids[0], "channel": "telegram", "received_at": "2026-11-20T17:00:00+08:00",
        "error": "ValueError in deals.take",
    }  # fmt: skip
    found = {one["what"]: one for one in place.told("check", expect=1)}
    assert "3 failed three times: waihu inbox list" in found["inbox parked"]["says"]
    assert "Not parked: 999" in place.waihu("inbox", "retry", str(ids[0]), "999", expect=2)
    assert len(place.told("inbox", "list")) == 3
    assert f"{ids[0]} goes to the bot once more" in place.waihu("inbox", "retry", str(ids[0]))
    assert f"{ids[1]} is forgotten" in place.waihu("inbox", "forget", str(ids[1]))

    with closing(sqlite3.connect(place.file)) as conn:
        rows = conn.execute("SELECT state, attempts, raw FROM inbox ORDER BY id").fetchall()
        audit = conn.execute("SELECT action, subject FROM audit WHERE action LIKE 'inbox.%' ORDER BY id").fetchall()
    assert rows == [("new", 0, None), ("done", 3, None), ("parked", 3, None)]
    assert audit == [("inbox.retried", f"inbox:{ids[0]}"), ("inbox.forgotten", f"inbox:{ids[1]}")]
    assert "goes to the bot once more" in place.waihu("inbox", "retry", "--all")
    assert "Nothing is parked." in place.waihu("inbox", "list")


def test_an_old_backup_and_dead_messages_are_findings_that_say_what_to_do(place: Place) -> None:
    backups = place.folder / "backups"
    backups.mkdir()
    old = datetime.now(UTC) - timedelta(hours=27)
    (backups / f"waihu-{old:%Y%m%d-%H%M%S}.db").touch()
    place.sql(
        "INSERT INTO outbox (once, channel, chat, rank, verb, repeatable, due_at, created_at, state, reason, done_at) VALUES "
        "('a', 'telegram', '5', 1, 'send', 0, '2026-11-20', '2026-11-20', 'dead', 'rejected', '2026-11-20 09:00:00.000000')"
    )
    found = {one["what"]: one for one in place.told("check", expect=1)}

    assert not found["backup"]["ok"]
    assert "27 hours old: run waihu backup" in found["backup"]["says"]
    assert not found["outbox dead"]["ok"]
    assert "1 rejected in the last seven days" in found["outbox dead"]["says"]
    assert found["leases"]["says"] == "nobody receives: the bot is not running"
    assert all(len(one["says"]) < 160 for one in found.values())


def test_a_job_that_the_bot_lived_past_is_a_finding(place: Place) -> None:
    fact = "INSERT OR REPLACE INTO facts (name, value, at) VALUES ('{}', '\"{}\"', '2026-11-17')"
    place.sql(fact.format("job.since.board_daily", "2026-11-17T00:00:00+08:00"))
    place.sql(fact.format("alive", "2026-11-17T09:00:00+08:00"))  # it was away since, and comes back to it
    found = {one["what"]: one for one in place.told("check", expect=1)}
    assert (found["jobs"]["ok"], found["jobs"]["says"]) == (True, "none is late")

    place.sql(fact.format("alive", "2026-11-20T17:19:55+08:00"))
    found = {one["what"]: one for one in place.told("check", expect=1)}
    assert not found["jobs"]["ok"]
    assert "1 late, the first: board_daily of 2026-11-1" in found["jobs"]["says"]
    assert found["jobs"]["says"].endswith("the bot's log says what fails")


def test_without_a_timer_it_goes_on_until_it_is_ended(place: Place) -> None:
    """As its own process, the way a container runs it."""
    own = {"WAIHU_DATABASE_URL": place.url, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONUTF8": "1"}
    words = ["backup", "--every", "1s", "--keep", "1d", "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "bot", *words], cwd=place.folder, env=own, stdout=subprocess.PIPE, text=True
    ) as going:
        assert going.stdout is not None
        first, second = (json.loads(going.stdout.readline()) for _ in range(2))
        going.terminate()
        assert going.wait(60) == 0

    assert second["removed"] == [first["file"]]
    newest = place.told("backup", "--verify", "backups")
    assert newest["sound"]
    assert not list((place.folder / "backups").glob(".waihu-*"))


def test_a_folder_that_cannot_be_written_makes_no_backup(place: Place) -> None:
    (place.folder / "full").write_text("a file, where a folder should be", "utf-8")

    assert "No backup was made" in place.waihu("backup", "--to", "full/inside", expect=1)


@pytest.mark.skipif(sys.platform == "win32", reason="this system cannot limit the files of a process")
@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("backup --to elsewhere", "No backup was made: waihu.db cannot be copied to elsewhere (disk I/O error)"),
        ("restore {file} --yes", "The disk does not take what is written. Is it full or failing?"),
    ],
)
def test_a_disk_that_takes_nothing_more_is_one_clear_line_and_leaves_nothing(
    place: Place, command: str, says: str
) -> None:
    made = place.told("backup")["file"]
    before = {file.name for file in place.folder.iterdir()}
    own = {"WAIHU_DATABASE_URL": "sqlite+aiosqlite:///waihu.db", "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    limited = f'ulimit -f 200; exec "{sys.executable}" -m bot {command.format(file=made)}'  # 512-byte blocks
    done = subprocess.run(
        ["sh", "-c", limited], cwd=place.folder, env=own, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (1, says)
    left = {file.name for file in place.folder.rglob("*")} - before
    assert {name for name in left if name.endswith((".partial", ".restoring", "-journal"))} == set()
    assert place.names() == {"林晓燕", "周启明"}
