"""One process for each SQLite file: a lock of the operating system, which ends with its process however that ends.

Commands beside the running bot (check, export, backup, roster) do not take it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import structlog

try:
    import fcntl
except ImportError:  # no such locks on this system: nothing tells of a second process
    fcntl = None  # type: ignore[assignment]

log = structlog.get_logger("app")


@dataclass(frozen=True, slots=True)
class Occupant:
    """The process that has a database."""

    pid: int
    host: str
    since: str  # ISO, with zone


class AlreadyRunning(Exception):
    """Another process has this database; the message says which."""

    def __init__(self, database: Path, occupant: Occupant | None) -> None:
        who = "another process"
        if occupant is not None:
            who = f"process {occupant.pid} on {occupant.host}, since {occupant.since}"
        super().__init__(f"{database} is in use by {who}")
        self.occupant = occupant


def lock_file(database: Path) -> Path:
    """Where the lock lies: beside the database."""
    return Path(f"{database}.lock")


class Alone:
    """The lock, held from `take` until `leave` or the end of the process."""

    def __init__(self, file: IO[str] | None) -> None:
        self._file = file

    def leave(self) -> None:
        """Let the next one in. The file stays: removing it would let two in at once."""
        if self._file is not None:
            self._file.close()
            self._file = None


def take(database: Path, now: datetime) -> Alone:
    """Become the one process of this database. Raises AlreadyRunning, or OSError where no file can be made."""
    path = lock_file(database)
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    if not _locked(file):
        occupant = _read(file)
        file.close()
        raise AlreadyRunning(database, occupant)
    file.seek(0)
    file.truncate()
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": now.isoformat(timespec="seconds")}, file)
    file.flush()
    return Alone(file)


def occupant(database: Path) -> Occupant | None:
    """Who runs on this database now, if anybody does."""
    try:
        with lock_file(database).open("r+", encoding="utf-8") as file:
            return None if _locked(file) else _read(file) or Occupant(0, "?", "?")
    except OSError:
        return None


def _locked(file: IO[str]) -> bool:
    """Take the lock; False when somebody else has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as problem:  # a file system without locks
        log.warning("the database cannot be locked against a second process", error=problem.strerror)
    return True


def _read(file: IO[str]) -> Occupant | None:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        file.seek(0)
        told = json.load(file)
        return Occupant(int(told["pid"]), str(told["host"]), str(told["since"]))
    return None
