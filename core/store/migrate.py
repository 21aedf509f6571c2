"""Bringing a database up to this program's schema, and telling when it is newer than the program (D7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"


class NewerDatabase(Exception):
    """The database was written by a newer version of the program."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def head() -> str:
    """The newest revision this program knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


async def current(url: str) -> str | None:
    """The database's revision; None when it is empty."""
    if _missing(url):
        return None
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            return await conn.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await engine.dispose()


def _missing(url: str) -> bool:
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and bool(parsed.database) and not Path(str(parsed.database)).exists()


async def upgrade(url: str) -> tuple[str | None, str]:
    """Migrate to the head; (before, after). Raises NewerDatabase."""
    before = await current(url)
    known = {revision.revision for revision in ScriptDirectory.from_config(_config()).walk_revisions()}
    if before is not None and before not in known:
        raise NewerDatabase(before)
    after = head()
    if before == after:
        return before, after
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, poolclass=NullPool)

    def run(sync: Connection) -> None:
        config = _config()
        config.attributes["connection"] = sync
        command.upgrade(config, "head")

    try:
        async with engine.begin() as conn:
            await conn.run_sync(run)
    finally:
        await engine.dispose()
    return before, after


async def differences(url: str, metadata: Any) -> list[Any]:
    """What distinguishes the database from the models; empty when they agree."""
    from alembic.autogenerate import compare_metadata

    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            return await conn.run_sync(
                lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": False}), metadata)
            )
    finally:
        await engine.dispose()
