"""Fixtures: the office on SQLite; nothing is patched but the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.office import Office, furnish, template


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, made once."""
    return asyncio.run(template(tmp_path_factory.mktemp("template")))


@pytest.fixture
async def office(tmp_path: Path, migrated: Path) -> AsyncIterator[Office]:
    """An empty company on a Friday afternoon."""
    place = await furnish(tmp_path, migrated)
    yield place
    await place.close()
