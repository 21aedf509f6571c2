"""Opening an installation's database: what the running bot and every command share."""

from __future__ import annotations

from bot.clock import Clock
from bot.settings import Settings
from bot.upgrading import upgraded
from core import holidays
from core.rules import policy as policy_rules
from core.rules.policy import PolicyErrors, Problem
from core.store import facts, migrate, sealed, sessions
from core.store.db import Company, Database


def company_from(settings: Settings) -> Company:
    """Zone, policy and calendar. Raises PolicyErrors or OSError."""
    try:
        text = settings.policy_file.read_text("utf-8")
    except UnicodeDecodeError as problem:
        raise PolicyErrors([Problem(settings.policy_file.name, "encoding", {})]) from problem
    policy = policy_rules.load(text)
    return Company(settings.zone, policy, holidays.load(policy.calendar), settings.waihu_lang)


async def open_database(settings: Settings, clock: Clock, *, serving: bool = False) -> tuple[Database, bool]:
    """Load the key, migrate after a backup and open; and whether the key is new.

    The policy is the file's with the versions that were confirmed in the chat. Raises KeyProblem, PolicyErrors where the
    two contradict each other, or what `upgraded` raises.

    `serving`: for the running bot, whose connections let go when it is frozen or cut off; a command may take its time.
    """
    url = settings.waihu_database_url
    company = company_from(settings)
    revision = await migrate.usable(url)
    ring, fresh = sealed.KeyRing.load_or_create(settings.key_file, sealed_rows_exist=revision is not None)
    sealed.install(ring)
    address = sessions.serving(url, settings.waihu_lease_seconds) if serving else url
    db = Database(address, company, clock.now)
    ours = ring.index("waihu", "mark")
    try:
        fits = True
        if revision is not None:  # asked before anything is changed
            async with db.snapshot() as tx:
                fits = await facts.get(tx, "key.mark") in {None, ours}
        if fits:
            await upgraded(settings)
            async with db.transaction() as tx:
                # Two that start at once on a new database: whoever is second sees whose key it is.
                fits = await facts.put_once(tx, "key.mark", ours) or await facts.get(tx, "key.mark") == ours
            await db.refresh()
        if not fits:
            raise sealed.KeyProblem(
                f"the key file {settings.key_file} does not fit this database: put back the one that belongs to it; "
                "nothing was changed"
            )
    except BaseException:
        await db.close()
        raise
    return db, fresh
