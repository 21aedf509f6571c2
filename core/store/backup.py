"""Online backups of SQLite, verified by opening the copy; the key is never inside (reliability, section 4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path


class BackupProblem(Exception):
    """The backup could not be made or is not sound; the message says what to do."""


def backup(source: Path, folder: Path, at: datetime, progress: Callable[[float], None] = lambda _: None) -> Path:
    """Copy a live database into `folder` by SQLite's online backup, then open the copy and check it."""
    if not source.exists():
        raise BackupProblem(f"there is no database {source}")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"waihu-{at:%Y%m%d-%H%M%S}.db"
    if target.exists():
        raise BackupProblem(f"{target} is there already")
    partial = target.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as live, sqlite3.connect(partial) as copy:

        def step(_: int, remaining: int, total: int) -> None:
            progress(1 - remaining / max(total, 1))

        live.backup(copy, pages=1000, progress=step)
    live.close()
    copy.close()
    verify(partial)
    partial.rename(target)
    target.chmod(0o600)
    return target


def verify(file: Path) -> str:
    """The revision of a sound waihu database; raises BackupProblem."""
    try:
        conn = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            sound = conn.execute("PRAGMA integrity_check").fetchone()[0]
            revision = conn.execute("SELECT version_num FROM alembic_version").fetchone()
        finally:
            conn.close()
    except sqlite3.Error as problem:
        raise BackupProblem(f"{file} is not a waihu database") from problem
    if sound != "ok" or revision is None:
        raise BackupProblem(f"{file} is damaged")
    return str(revision[0])


def restore(file: Path, target: Path) -> Path | None:
    """Put a backup in the place of the database; the one that was there is kept beside it. Its new name, or None."""
    verify(file)
    kept: Path | None = None
    if target.exists():
        kept = target.with_suffix(".before-restore.db")
        kept.unlink(missing_ok=True)
        with sqlite3.connect(target) as old:  # fold the write-ahead log in before moving
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.close()
        target.rename(kept)
    for leftover in (Path(f"{target}-wal"), Path(f"{target}-shm")):
        leftover.unlink(missing_ok=True)
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    target.chmod(0o600)
    verify(target)
    return kept
