"""Online backups of both kinds of database, verified by opening the copy; the key is never inside.

A backup is one SQLite file with a manifest of every table's rows and hash, whichever database the company lives in; it
can be restored into either. It has its name only after it was verified (reliability, section 4).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.store import copying, fingerprint, migrate, witness
from core.store import models as m
from core.store.copying import CopyProblem
from core.store.fingerprint import MANIFEST, Fingerprint
from core.store.witness import Head

Progress = Callable[[float], None]
MAGIC = b"SQLite format 3\x00"
FORMAT = 1
FORGOTTEN = timedelta(days=1)  # what a killed backup left is removed by one that comes so much later
SAME = 60  # names to try when there is a backup of the same second
VERIFIED = "backup.verified"  # the fact that names the newest verified backup


class BackupProblem(Exception):
    """The backup could not be made or is not sound; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a sound backup holds. Without a manifest (older backups) `made_at`, `source` and `tables` are None."""

    file: Path
    revision: str
    key_mark: str | None
    made_at: datetime | None
    source: str | None  # sqlite, postgresql
    tables: dict[str, Fingerprint] | None
    ledger: Head | None = None  # the last sealed batch
    noted: Head | None = None  # the same as the company's facts had it

    @property
    def rows(self) -> int | None:
        """How many rows all tables have together."""
        return None if self.tables is None else sum(one.rows for one in self.tables.values())


def _silent(_: float) -> None:
    """Nobody looks."""


def _part(progress: Progress, begin: float, end: float) -> Progress:
    return lambda done: progress(begin + (end - begin) * done)


# --- making one ----------------------------------------------------------------------------------------------


async def make(url: str, folder: Path, at: datetime, progress: Progress = _silent) -> Contents:
    """Back up a company while it works, whichever database it lives in. `at` is the host's time.

    Raises BackupProblem, NewerDatabase, OSError, or SQLAlchemy's DBAPIError when the server does not answer.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = backup(Path(parsed.database or ""), folder, at, _part(progress, 0.0, 0.9))
        return _contents(file)
    with _draft(folder, at) as draft:
        with _room(folder):
            try:
                read = await copying.read_postgresql(url, draft.partial, _part(progress, 0.0, 0.5))
            except CopyProblem as problem:
                raise BackupProblem(str(problem)) from problem
            written = _sign(draft.partial, at, "postgresql", _part(progress, 0.5, 0.7))
        if written != read:
            raise BackupProblem("what was written is not what the database said; try again")
        verify(draft.partial, _part(progress, 0.7, 1.0))
    return _contents(draft.done)


def backup(source: Path, folder: Path, at: datetime, progress: Progress = _silent) -> Path:
    """Copy a live SQLite database into `folder`, then open the copy and check it. Raises BackupProblem or OSError."""
    if not source.exists():
        raise BackupProblem(f"there is no database {source}")
    with _draft(folder, at) as draft:
        try:
            with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as live:
                live.execute("PRAGMA busy_timeout = 10000")
                live.isolation_level = None
                # One read transaction for the whole copy: a write in between would start it over, and on a busy day for ever.
                live.execute("BEGIN")
                live.execute("SELECT count(*) FROM sqlite_master")
                with _room(folder):
                    _copy_pages(live, draft.partial, _part(progress, 0.0, 0.5))
        except sqlite3.Error as problem:
            raise BackupProblem(f"{source} cannot be copied to {folder} ({problem})") from problem
        try:
            with _room(folder):
                _sign(draft.partial, at, "sqlite", _part(progress, 0.5, 0.7))
            verify(draft.partial, _part(progress, 0.7, 1.0))
        except (BackupProblem, sqlite3.Error) as problem:
            raise BackupProblem(f"the copy of {source} is not sound ({problem})") from problem
    return draft.done


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """A full disk is told as the system tells it, with its place: SQLite does not say whose disk."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as problem:
        told = problem.orig if isinstance(problem, DBAPIError) else problem
        if getattr(told, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)) from problem
        raise


@dataclass(slots=True)
class _Draft:
    """A backup under way: the file that is written, and the one it became in the end."""

    partial: Path
    file: Path | None = None

    @property
    def done(self) -> Path:
        """The finished backup."""
        assert self.file is not None
        return self.file


@contextmanager
def _draft(folder: Path, at: datetime) -> Iterator[_Draft]:
    """A file to write into, which gets its name when nothing was raised; nothing is left of it otherwise."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for forgotten in folder.glob(".waihu-*.partial"):  # of one that was killed
        if at.timestamp() - forgotten.stat().st_mtime > FORGOTTEN.total_seconds():
            _remove(forgotten)
    handle, name = tempfile.mkstemp(".partial", ".waihu-", folder)  # readable by its owner alone from the beginning
    os.close(handle)
    draft = _Draft(Path(name))
    try:
        yield draft
        _synced(draft.partial)
        draft.file = _published(draft.partial, lambda moment: folder / f"waihu-{moment:%Y%m%d-%H%M%S}.db", at)
        _synced(folder)
    finally:
        _remove(draft.partial)


def _published(file: Path, name: Callable[[datetime], Path], at: datetime) -> Path:
    """Give a file its name, never over another: one of the same second makes it the next second's."""
    for seconds in range(SAME):
        target = name(at + timedelta(seconds=seconds))
        try:
            os.link(file, target)
        except FileExistsError:
            continue
        except OSError:  # a file system without links
            if target.exists():
                continue
            shutil.copyfile(file, target)
            target.chmod(0o600)
        return target
    raise BackupProblem(f"{target} is there already")


def _remove(file: Path) -> None:
    for leftover in (file, Path(f"{file}-journal"), Path(f"{file}-wal"), Path(f"{file}-shm")):
        leftover.unlink(missing_ok=True)


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy_pages(source: sqlite3.Connection, file: Path, progress: Progress) -> None:
    with closing(sqlite3.connect(file)) as copy:

        def step(_: int, remaining: int, total: int) -> None:
            progress(1 - remaining / max(total, 1))

        source.backup(copy, pages=1000, progress=step)


def _sign(file: Path, at: datetime, source: str, progress: Progress) -> dict[str, Fingerprint]:
    """Write into the copy what it holds, so that a single changed byte is found for ever after."""
    with closing(sqlite3.connect(file, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")  # one file, readable from a folder that is not writable
        conn.execute(f"DROP TABLE IF EXISTS {MANIFEST}")
        tables = fingerprint.of_file(conn, progress)
        about = json.dumps(
            {
                "format": FORMAT,
                "made_at": at.isoformat(),
                "source": source,
                "ledger": None if (head := witness.sealed(conn)) is None else asdict(head),
                "tables": {name: asdict(one) for name, one in tables.items()},
            }
        )
        conn.execute(f"CREATE TABLE {MANIFEST} (about TEXT NOT NULL, sha256 TEXT NOT NULL)")
        conn.execute(f"INSERT INTO {MANIFEST} VALUES (?, ?)", (about, _hash(about)))  # noqa: S608
    return tables


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def remember(url: str, made: Contents) -> None:
    """Write into the living company which verified backup is its newest; /healthz, /metrics and `waihu check` say so.

    Raises SQLAlchemy's DBAPIError when the database cannot be written.
    """
    engine = create_async_engine(url, poolclass=NullPool)
    kind = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    value, at = _verified(made), made.made_at
    wanted = kind(m.facts).values(name=VERIFIED, value=value, at=at)
    try:
        async with engine.begin() as conn:
            await conn.execute(wanted.on_conflict_do_update(index_elements=["name"], set_={"value": value, "at": at}))
    finally:
        await engine.dispose()


def _verified(made: Contents) -> dict[str, Any]:
    return {"at": made.made_at.isoformat() if made.made_at else None, "file": made.file.name, "rows": made.rows}


# --- looking at one --------------------------------------------------------------------------------------------


def verify(file: Path, progress: Progress = _silent) -> Contents:
    """Open a backup and check all of it: pages, references between tables, every row against the manifest.

    Raises BackupProblem when it is damaged, cut short, or no waihu database.
    """
    found = _contents(file)
    try:
        with closing(_opened(file)) as conn:
            # SQLite reads what is missing of the last page as zeros: often the same bytes, but not the same file.
            pages, size = (conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
            if file.stat().st_size != pages * size:
                raise BackupProblem(f"{file} is damaged: it was cut short")
            if conn.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise BackupProblem(f"{file} is damaged")
            progress(0.3)
            if orphan := conn.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupProblem(
                    f"{file} is damaged: a row of {orphan[0]} points at a row of {orphan[2]} that is gone"
                )
            progress(0.4)
            if found.tables is not None:
                _same(file, found.tables, fingerprint.of_file(conn, _part(progress, 0.4, 1.0)))
            if found.ledger != witness.sealed(conn):
                raise BackupProblem(f"{file} is damaged: its ledger does not end where its manifest says")
    except sqlite3.Error as problem:
        raise BackupProblem(f"{file} is damaged") from problem
    progress(1.0)
    return found


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _contents(file: Path) -> Contents:
    """What a backup says of itself; its rows are not looked at."""
    try:
        with file.open("rb") as opened:
            head = opened.read(100)
    except OSError as problem:
        raise BackupProblem(f"{file}: {problem.strerror}") from problem
    if not head.startswith(MAGIC):
        raise BackupProblem(f"{file} is not a waihu database")
    log = Path(f"{file}-wal")
    if log.exists() and log.stat().st_size:
        raise BackupProblem(f"{file} is a database in use, not a backup: `waihu backup` makes one")
    try:
        with closing(_opened(file)) as conn:
            names = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "facts", "people"} <= names:
                raise BackupProblem(f"{file} is not a waihu database")
            revision = conn.execute("SELECT version_num FROM alembic_version").fetchone()
            if revision is None:
                raise BackupProblem(f"{file} is damaged: it does not say which schema it has")
            mark = conn.execute("SELECT value FROM facts WHERE name = 'key.mark'").fetchone()
            about = _about(file, conn) if MANIFEST in names else {}
            sealed = Head(**about["ledger"]) if about.get("ledger") else None
            if "ledger" not in about:  # an older backup: its rows alone say it
                sealed = witness.sealed(conn)
            noted = witness.noted(conn)
    except (sqlite3.Error, UnicodeDecodeError) as problem:  # a damaged schema quotes itself in no encoding
        raise BackupProblem(f"{file} is damaged") from problem
    tables = about.get("tables")
    return Contents(
        file=file,
        revision=str(revision[0]),
        key_mark=json.loads(mark[0]) if mark else None,
        made_at=datetime.fromisoformat(about["made_at"]) if about else None,
        source=about.get("source"),
        tables=None if tables is None else {name: Fingerprint(**one) for name, one in tables.items()},
        ledger=sealed,
        noted=noted,
    )


def _about(file: Path, conn: sqlite3.Connection) -> dict[str, Any]:
    row = conn.execute(f"SELECT about, sha256 FROM {MANIFEST}").fetchone()  # noqa: S608
    if row is None or _hash(row[0]) != row[1]:
        raise BackupProblem(f"{file} is damaged: its manifest was changed")
    about: dict[str, Any] = json.loads(row[0])
    if about["format"] > FORMAT:
        raise BackupProblem(f"{file} was made by a newer program: restore it with that one")
    return about


def _same(file: Path, wanted: dict[str, Fingerprint], found: dict[str, Fingerprint]) -> None:
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        raise BackupProblem(f"{file} is damaged: {', '.join(wrong)} is not as it was when the backup was made")


# --- putting one back -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where what was there before is kept (None: nothing was there), and the schema now."""

    kept: Path | None
    revision: str


async def restore(
    file: Path,
    url: str,
    *,
    folder: Path,
    at: datetime,
    progress: Progress = _silent,
    patience: timedelta = copying.PATIENCE,
) -> Restored:
    """Put a backup in the place of the database. The bot must not run, and the key must be that of the backup: the
    caller sees to both. `patience`: how long to wait for others who hold a lock in PostgreSQL.

    What was there is kept: an SQLite database as a file beside it, a PostgreSQL one as a backup in `folder`. Raises
    BackupProblem, NewerDatabase or OSError; nothing is changed then.
    """
    found = verify(file, _part(progress, 0.0, 0.2))
    newer(found.revision)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        target = Path(parsed.database or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        with _room(target.parent):
            async with _staged(found, target.parent, _part(progress, 0.2, 0.9)) as stage:
                kept = _swap(stage, target, at)
        return Restored(kept, migrate.head())
    kept, there = await _kept_postgresql(url, folder, at, _part(progress, 0.2, 0.4))
    with tempfile.TemporaryDirectory(prefix="waihu-restore-") as room, _room(Path(room)):
        async with _staged(found, Path(room), _part(progress, 0.4, 0.5)) as stage:
            with closing(_opened(stage)) as source:
                try:
                    await copying.write_postgresql(url, source, there, _part(progress, 0.5, 1.0), patience=patience)
                except CopyProblem as problem:
                    raise BackupProblem(str(problem)) from problem
    return Restored(kept, migrate.head())


def newer(revision: str) -> None:
    """Raises NewerDatabase for a schema that this program does not know."""
    if revision not in copying.known_revisions():
        raise migrate.NewerDatabase(revision)


def _remember(conn: sqlite3.Connection, found: Contents) -> None:
    """The newest verified backup of a restored company is the one that it came from."""
    assert found.made_at is not None
    at = found.made_at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    conn.execute(
        "INSERT OR REPLACE INTO facts (name, value, at) VALUES (?, ?, ?)", (VERIFIED, json.dumps(_verified(found)), at)
    )


@asynccontextmanager
async def _staged(found: Contents, folder: Path, progress: Progress) -> AsyncIterator[Path]:
    """The backup as a database of its own, compared with the manifest and brought up to this program's schema."""
    handle, name = tempfile.mkstemp(".restoring", ".waihu-", folder)
    os.close(handle)
    stage = Path(name)
    try:
        with closing(_opened(found.file)) as source:
            _copy_pages(source, stage, _part(progress, 0.0, 0.4))
        with closing(sqlite3.connect(stage, isolation_level=None)) as conn:
            conn.execute(f"DROP TABLE IF EXISTS {MANIFEST}")
            if found.tables is not None:
                _same(stage, found.tables, fingerprint.of_file(conn, _part(progress, 0.4, 0.8)))
            if found.made_at is not None:
                _remember(conn, found)
        try:
            await migrate.upgrade(copying.address(stage))
            await migrate.guard(copying.address(stage))
        except migrate.UnsoundDatabase as problem:
            raise BackupProblem(f"{found.file} is damaged: {problem}") from problem
        with closing(sqlite3.connect(stage)) as conn:
            if conn.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise BackupProblem(f"{stage} is damaged: is the disk sound?")
        progress(1.0)
        yield stage
    finally:
        _remove(stage)


def _swap(stage: Path, target: Path, at: datetime) -> Path | None:
    """Put the staged database in the place of the present one, in one step; the present one is kept beside it."""
    _synced(stage)
    kept: Path | None = None
    log = Path(f"{target}-wal")
    if target.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(target)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # fold the write-ahead log in
        kept = _published(target, lambda moment: _beside(target, moment), at)
        if log.exists() and log.stat().st_size:  # of a database that cannot be opened any more: kept as it is
            shutil.copyfile(log, f"{kept}-wal")
    for leftover in (log, Path(f"{target}-shm")):
        leftover.unlink(missing_ok=True)
    stage.replace(target)
    _synced(target.parent)
    return kept


def _beside(target: Path, at: datetime) -> Path:
    return target.with_name(f"{target.stem}.before-restore-{at:%Y%m%d-%H%M%S}.db")


async def _kept_postgresql(
    url: str, folder: Path, at: datetime, progress: Progress
) -> tuple[Path | None, tuple[str, ...]]:
    """A backup of what PostgreSQL holds now, and its tables; (None, ()) when it holds no company."""
    revision = await migrate.current(url)
    if revision is None:
        return None, ()
    newer(revision)
    made = await make(url, folder, at, progress)
    assert made.tables is not None
    return made.file, tuple(made.tables)
