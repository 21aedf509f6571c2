"""Fixtures: the office on SQLite; nothing is patched but the clock."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.office import Office, furnish, template


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, made once."""
    return asyncio.run(template(tmp_path_factory.mktemp("template")))


def memory_disk() -> str | None:
    """Where a database's syncs cost nothing, if this machine has such a place; None is the usual one."""
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and os.access(place, os.W_OK) else None


@pytest.fixture
async def office(migrated: Path) -> AsyncIterator[Office]:
    """An empty company on a Friday afternoon."""
    with tempfile.TemporaryDirectory(prefix="office-", dir=memory_disk()) as folder:
        place = await furnish(Path(folder), migrated)
        yield place
        await place.close()
