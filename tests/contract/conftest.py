"""What the companies of the contract share: the process that starts their bots."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.chaos.processes import Nursery, nursery


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def young() -> AsyncIterator[Nursery]:
    """Starts processes of the bot; they end with the file's tests."""
    async with nursery() as ready:
        yield ready
