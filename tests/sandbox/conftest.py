"""A sandbox with five people and a group, python-telegram-bot as the bot, and host time set by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from telegram import Bot, Update
from telegram.request import HTTPXRequest

from sandbox import Sandbox

TOKEN = "4242:test"
MANAGER, AGENT, OTHER, NEWCOMER, STRANGER = 1001, 1005, 1006, 1007, 1999
GROUP = -1001
PEOPLE: dict[str, Any] = {
    "bot": {"token": TOKEN, "username": "waihu_bot", "first_name": "外呼管家"},
    "users": [
        {"id": MANAGER, "first_name": "周敏", "username": "u001", "started": True, "role": "supervisor"},
        {"id": AGENT, "first_name": "林晓燕", "username": "u005", "started": True, "team": "领航组"},
        {"id": OTHER, "first_name": "王强", "started": True},
        {"id": NEWCOMER, "first_name": "新人"},
        {"id": STRANGER, "first_name": "路人"},
    ],
    "groups": [
        {"id": GROUP, "title": "领航组", "members": [MANAGER, AGENT, NEWCOMER], "admins": [MANAGER], "bot": True}
    ],
}
START = "2026-11-20T17:20:00+08:00"


@dataclass
class Host:
    """Monotonic host seconds that stand until they are moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Api:
    """The Bot API without any library between: what exactly is answered."""

    session: aiohttp.ClientSession
    url: str

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        """POST as JSON; answers the whole body."""
        async with self.session.post(f"{self.url}/{method}", json=params) as response:
            body: dict[str, Any] = await response.json()
            assert response.status == body.get("error_code", 200)
            return body

    async def refused(self, method: str, **params: Any) -> str:
        """The description of a refusal."""
        body = await self(method, **params)
        assert body["ok"] is False, body
        return str(body["description"])

    async def result(self, method: str, **params: Any) -> Any:
        body = await self(method, **params)
        assert body["ok"] is True, body
        return body["result"]


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
async def sandbox(host: Host) -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START, host=host) as running:
        yield running


def connect(sandbox: Sandbox) -> Bot:
    """python-telegram-bot's client against a sandbox."""
    return Bot(
        sandbox.token,
        base_url=f"{sandbox.url}/bot",
        base_file_url=f"{sandbox.url}/file/bot",
        request=HTTPXRequest(connection_pool_size=32, httpx_kwargs={"verify": False}),
        get_updates_request=HTTPXRequest(connection_pool_size=8, httpx_kwargs={"verify": False}),
    )


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with connect(sandbox) as connected:
        yield connected


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, f"{sandbox.url}/bot{TOKEN}")


async def take(bot: Bot, wait: int = 5) -> list[Update]:
    """Everything pending, confirmed."""
    updates = list(await bot.get_updates(timeout=wait))
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return updates
