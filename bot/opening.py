"""Opening an installation's database: what the running bot and every command share."""

from __future__ import annotations

from bot.clock import Clock
from bot.settings import Settings
from core import holidays
from core.rules import policy as policy_rules
from core.store import facts, migrate, sealed, sessions
from core.store.db import Company, Database


def company_from(settings: Settings) -> Company:
    """Zone, policy and calendar. Raises PolicyErrors or OSError."""
    policy = policy_rules.load(settings.policy_file.read_text("utf-8"))
    return Company(settings.zone, policy, holidays.load(policy.calendar), settings.waihu_lang)


async def open_database(settings: Settings, clock: Clock, *, serving: bool = False) -> tuple[Database, bool]:
    """Migrate, load the key and open; and whether the key is new. Raises KeyProblem or NewerDatabase.

    `serving`: for the running bot, whose connections let go when it is frozen or cut off; a command may take its time.
    """
    url = settings.waihu_database_url
    rows_exist = await migrate.current(url) is not None
    ring, fresh = sealed.KeyRing.load_or_create(settings.key_file, sealed_rows_exist=rows_exist)
    sealed.install(ring)
    await migrate.upgrade(url)
    address = sessions.serving(url, settings.waihu_lease_seconds) if serving else url
    db = Database(address, company_from(settings), clock.now)
    ours = ring.index("waihu", "mark")
    async with db.transaction() as tx:
        # Two that start at once on a new database: whoever is second sees whose key it is.
        fits = await facts.put_once(tx, "key.mark", ours) or await facts.get(tx, "key.mark") == ours
    if not fits:
        await db.close()
        raise sealed.KeyProblem(f"the key file {settings.key_file} does not fit this database")
    return db, fresh
