"""A company whose bot runs as its own process against the emulated network, over real HTTP."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.rules.people import Role, Status
from core.rules.sounds import sound
from core.store import migrate, sealed
from core.store import models as m
from core.store import people as people_store
from core.store.db import Database
from sandbox.client import SandboxClient
from sandbox.server import Sandbox
from tests.office import POLICY, START, Office
from tests.postgres import memory_disk

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "4242:demo"


@dataclass(frozen=True)
class Colleague:
    """Somebody on the roster with a phone on the network."""

    number: str
    name: str
    role: Role
    team: str | None

    @property
    def user(self) -> int:
        """Their id on the network."""
        return 1000 + int(self.number)


STAFF = (
    Colleague("002", "梁文静", Role.MANAGER, None),
    Colleague("003", "何小满", Role.ASSISTANT, None),
    Colleague("004", "周启明", Role.SUPERVISOR, "领航组"),
    Colleague("005", "林晓燕", Role.CLERK, "领航组"),
    Colleague("006", "王芳", Role.CLERK, "领航组"),
    Colleague("010", "吴海涛", Role.REP, "领航组"),
)
GROUP = -5001
BOT = (sys.executable, "-m", "bot", "run")
_made: list[bytes] = []  # a migrated, empty SQLite file, once this process has made one
_making = threading.Lock()


class Company:
    """The running whole."""

    def __init__(self, folder: Path, url: str, sandbox: Sandbox, client: SandboxClient) -> None:
        self.folder = folder
        self.url = url  # of the database
        self.sandbox = sandbox
        self.client = client

    def person(self, name: str) -> Any:
        """A colleague's phone."""
        return self.client.person(next(c.user for c in STAFF if c.name == name))

    async def rows(self, table: Any) -> list[Any]:
        """Rows of a table, read beside the running bot."""
        from sqlalchemy import select

        ring, _ = sealed.KeyRing.load_or_create(self.folder / "waihu.key", sealed_rows_exist=True)
        sealed.install(ring)
        db = Database(self.url, Office(self.folder).company, lambda: START)
        try:
            async with db.snapshot() as tx:
                return list(await tx.all(select(table)))
        finally:
            await db.close()


async def found(
    folder: Path,
    staff: Sequence[Colleague] = STAFF,
    *,
    newcomers: Collection[str] = (),
    url: str = "",
    revision: str | None = None,
) -> None:
    """A migrated database (at `url`, or SQLite in the folder) with these people, bound to their phones but for the
    newcomers. `revision`: one of an older program, in an empty database."""
    ring, _ = sealed.KeyRing.load_or_create(folder / "waihu.key")
    sealed.install(ring)
    if revision is None and not url:
        await _copied(folder / "waihu.db")
    url = url or f"sqlite+aiosqlite:///{folder}/waihu.db"
    if revision is None:
        await migrate.upgrade(url)
    else:
        async with migrate.alone(url) as conn:
            await conn.run_sync(migrate.apply, revision)
    db = Database(url, Office(folder).company, lambda: START)
    async with db.transaction() as tx:
        # Nothing is looked up by today's queries: an older schema lacks columns that they ask for.
        teams = {name: await tx.insert(m.teams, name=name, created_at=tx.now) for name in unique(staff)}
        for one in staff:
            team_id = teams.get(one.team) if one.team else None
            hired = date(2024, 3, 1)
            person_id = await tx.insert(
                m.people, employee_no=one.number, name=one.name, pinyin=sound(one.name), role=one.role.value,
                status=Status.REGULAR.value, team_id=team_id, hired_on=hired, created_at=tx.now,
                is_owner=one.role is Role.MANAGER,
            )  # fmt: skip
            await people_store.assign(tx, person_id, hired, role=one.role, status=Status.REGULAR, team_id=team_id)
            if one.name not in newcomers:
                await people_store.bind(tx, "telegram", str(one.user), person_id)
    await db.close()


async def _copied(file: Path) -> None:
    """A migrated, empty SQLite file at this place; the first one is migrated, the others are copies of it."""
    file.write_bytes(await asyncio.to_thread(_blank))


def _blank() -> bytes:
    """Made once, by one of those who ask at the same time: Alembic's context is one for the whole process."""
    with _making:
        if not _made:
            with tempfile.TemporaryDirectory(dir=memory_disk()) as place:
                file = Path(place) / "blank.db"
                asyncio.run(migrate.upgrade(f"sqlite+aiosqlite:///{file}"))
                _made.append(file.read_bytes())
        return _made[0]


def unique(staff: Sequence[Colleague]) -> list[str]:
    """The teams' names, in the order of the list."""
    return list(dict.fromkeys(one.team for one in staff if one.team))


def network(staff: Sequence[Colleague] = STAFF) -> dict[str, Any]:
    """What the emulated network knows: the bot, everybody's phone and one group."""
    return {
        "bot": {"token": TOKEN, "username": "waihu_demo_bot", "first_name": "外呼管家"},
        "users": [
            {
                "id": c.user,
                "first_name": c.name,
                "username": f"u{c.number}",
                "language_code": "zh-hans",
                "started": True,
            }
            for c in staff
        ],
        "groups": [
            {"id": GROUP, "title": "商务一组 领航", "members": [c.user for c in staff], "admins": [1004], "bot": True}
        ],
    }


@asynccontextmanager
async def running(
    folder: Path,
    staff: Sequence[Colleague] = STAFF,
    cmd: Sequence[str] = BOT,
    *,
    newcomers: Collection[str] = (),
    url: str | None = None,
    **sandbox_options: Any,
) -> AsyncIterator[Company]:
    """Sandbox and bot up, on the database at `url` or on SQLite in the folder; both are ended at the end."""
    await found(folder, staff, newcomers=newcomers, url=url or "")
    url = url or f"sqlite+aiosqlite:///{folder}/waihu.db"
    env = {
        "WAIHU_DATABASE_URL": url,
        "WAIHU_KEY_FILE": str(folder / "waihu.key"),
        "WAIHU_POLICY": str(POLICY),
        "WAIHU_CLOCK": "{sandbox}/clock",
        "WAIHU_HTTP_PORT": "0",
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": "{sandbox}",
    }
    sandbox = Sandbox(
        network(staff), clock=START, port=0, state=folder / "sandbox.json", supervise=cmd,
        env=env, cwd=ROOT, **sandbox_options,
    )  # fmt: skip
    await sandbox.start()
    try:
        async with SandboxClient(sandbox.url) as client:
            yield Company(folder, url, sandbox, client)
    finally:
        await sandbox.stop()
