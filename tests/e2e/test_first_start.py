"""What the first start of a company hands out goes by the company's clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.app import build
from bot.settings import Settings
from core.store import models as m
from sandbox.server import Sandbox
from tests.e2e.company import TOKEN, network
from tests.office import START

FAR_AWAY = START + timedelta(days=1500)
PATIENCE = 60.0  # host seconds: a first start writes the whole schema, and waits for the clock server


async def test_the_owners_code_lives_by_the_clock_server(tmp_path: Path) -> None:
    """The company's clock may be years from the host's: a code by the host's would have ended, or never end."""
    async with Sandbox(network(), clock=FAR_AWAY, port=0) as sandbox:
        settings = Settings(
            _env_file=None,
            waihu_database_url=f"sqlite+aiosqlite:///{tmp_path}/waihu.db",
            waihu_clock=f"{sandbox.url}/clock",
            telegram_bot_token=TOKEN,
            telegram_api_base_url=sandbox.url,
        )
        async with asyncio.timeout(PATIENCE):
            app, advice = await build(settings)
        try:
            async with app.db.snapshot() as tx:
                [code] = await tx.all(select(m.invites.c.created_at, m.invites.c.expires_at))
            assert abs(code.created_at - sandbox.net.clock.now()) < timedelta(hours=1)
            assert code.expires_at - code.created_at == timedelta(hours=72)
            assert any("/start " in line for line in advice)
        finally:
            await app.db.close()
            if app._alone is not None:
                app._alone.leave()
