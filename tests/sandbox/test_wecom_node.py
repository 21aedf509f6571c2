"""The vendor's own client, npm @wecom/aibot-node-sdk, speaks with the gateway wherever node finds it (NODE_PATH)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.files import made_photo
from tests.sandbox.wecom import BOT_ID, BOT_SECRET, GROUP, LIN, PEOPLE, START, ZHOU, subscribed

PACKAGE = "@wecom/aibot-node-sdk"
SCRIPT = Path(__file__).with_name("aibot_peer.cjs")


@cache
def node() -> str | None:
    """Where node is, if it finds the package."""
    found = shutil.which("node")
    if found is None:
        return None
    asked = subprocess.run([found, "-e", f"require.resolve('{PACKAGE}')"], capture_output=True, check=False, timeout=20)
    return found if asked.returncode == 0 else None


needs_node = pytest.mark.skipif(node() is None, reason=f"node does not find {PACKAGE} (npm i, then NODE_PATH)")


class Peer:
    """The script's process and what it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, what: str) -> dict[str, Any]:
        """The next line of a kind."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while line := await self.process.stdout.readline():
                told: dict[str, Any] = json.loads(line)
                if told["what"] == what:
                    return told
        raise AssertionError(f"the peer ended before it said {what}")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START) as running:
        yield running


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    url = f"{sandbox.url.replace('http', 'ws', 1)}/wecom/ws"
    process = await asyncio.create_subprocess_exec(
        str(node()), str(SCRIPT), url, BOT_ID, BOT_SECRET, stdout=asyncio.subprocess.PIPE
    )
    connected = Peer(process)
    await connected.says("authenticated")
    yield connected
    with contextlib.suppress(ProcessLookupError):  # it ends by itself when another connection took over
        process.kill()
    await process.wait()


@needs_node
async def test_the_vendors_client_welcomes_answers_a_quote_updates_a_card_and_uploads(
    sandbox: Sandbox, peer: Peer
) -> None:
    phone = sandbox.phone(LIN)
    await phone.say("今日")
    await peer.says("welcomed")
    await peer.says("answered")
    card = await phone.sees("W-2026-47-005")
    await phone.press(card, "收到")
    await peer.says("updated")
    await phone.changed(card, "已收到")
    await phone.quote(await phone.sees("听见了 今日"), "再看看")
    quoted = await peer.says("answered")
    await phone.say(media="image")
    returned = await peer.says("returned")

    assert quoted["quote"] == {"msgtype": "text", "text": {"content": "听见了 今日"}}
    assert returned["bytes"] == len(made_photo())
    await sandbox.client.until(lambda: any(message.kind == "image" for message in phone.replies()), "the picture")
    assert sandbox.violations == []


@needs_node
async def test_the_vendors_client_hears_groups_and_gives_way_to_another_connection(
    sandbox: Sandbox, peer: Peer
) -> None:
    await sandbox.phone(ZHOU).say("本周榜单", chat=GROUP, at=True)
    await peer.says("answered")
    assert await sandbox.phone(ZHOU).sees("听见了 @外呼管家 本周榜单", chat=GROUP)
    async with subscribed(sandbox) as other:
        await peer.says("disconnected_event")
        await sandbox.phone(LIN).say("谁在听")

        assert (await other.message())["body"]["text"]["content"] == "谁在听"
    assert sandbox.violations == []
