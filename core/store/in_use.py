"""Whether a bot serves a PostgreSQL company right now: what a restore must not pull away from under it."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_HELD = text("SELECT name, holder FROM leases WHERE until > now() ORDER BY name LIMIT 1")
_LEASES = text("SELECT to_regclass('leases') IS NOT NULL")
_SESSIONS = text(
    "SELECT pid, coalesce(host(client_addr), 'this server') FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'waihu' AND pid <> pg_backend_pid() ORDER BY pid LIMIT 1"
)


async def who(url: str) -> str | None:
    """The process that holds a channel, or one that is connected and stands by; None when nobody is there."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            if (await conn.execute(_LEASES)).scalar():
                held = (await conn.execute(_HELD)).first()
                if held is not None:
                    return f"{held.holder} holds {held.name}"
            session = (await conn.execute(_SESSIONS)).first()
            return None if session is None else f"a bot is connected from {session[1]} (server process {session[0]})"
    finally:
        await engine.dispose()
