"""Bringing the installation's database up to this program, after a backup (D7)."""

from __future__ import annotations

from pathlib import Path

import structlog

from bot.clock import HostClock
from bot.settings import Settings
from core.store import backup, migrate

log = structlog.get_logger("upgrade")


class NoBackup(Exception):
    """The backup before an upgrade could not be made, so nothing was changed; the message says why."""


async def upgraded(settings: Settings) -> tuple[str | None, str]:
    """Migrate the database; its revision before (None: it was empty) and after.

    An existing one is backed up into WAIHU_BACKUP_DIR first. Raises NoBackup, NewerDatabase, UnsoundDatabase
    or DBAPIError, and nothing was changed then.
    """
    url = settings.waihu_database_url

    async def save(revision: str) -> None:
        try:
            made = await backup.make(url, Path(settings.waihu_backup_dir), HostClock().now())
        except (backup.BackupProblem, OSError) as problem:
            raise NoBackup(str(problem)) from problem
        log.warning("the database is upgraded after a backup", since=revision, backup=str(made.file))

    return await migrate.upgrade(url, save)
