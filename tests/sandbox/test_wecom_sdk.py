"""A client nobody here wrote speaks with the gateway: PyPI wecom-aibot-sdk, a port of the vendor's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from wecom_aibot_sdk import WSClient

from sandbox import Sandbox
from sandbox.files import made_photo
from sandbox.wecom.model import bot_chat
from tests.sandbox.wecom import BOT_ID, BOT_SECRET, GROUP, LIN, PEOPLE, PRESSABLE, START, ZHOU


class Peer:
    """The SDK's client with what it heard in queues."""

    def __init__(self, url: str) -> None:
        self.client = WSClient(BOT_ID, BOT_SECRET, ws_url=url)
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.presses: asyncio.Queue[Any] = asyncio.Queue()
        self.entries: asyncio.Queue[Any] = asyncio.Queue()
        self.authenticated = asyncio.Event()
        self.client.on("authenticated", lambda *_: self.authenticated.set())
        self.client.on("message", self.messages.put_nowait)
        self.client.on("event.template_card_event", self.presses.put_nowait)
        self.client.on("event.enter_chat", self.entries.put_nowait)

    async def connect(self) -> None:
        await self.client.connect()
        await asyncio.wait_for(self.authenticated.wait(), 30)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START) as running:
        yield running


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    connected = Peer(f"{sandbox.url.replace('http', 'ws', 1)}/wecom/ws")
    await connected.connect()
    yield connected
    await connected.client.disconnect()


async def test_the_sdk_hears_a_quoted_group_message_and_answers_it_by_a_stream(sandbox: Sandbox, peer: Peer) -> None:
    await sandbox.phone(LIN).say("大家好", chat=GROUP)  # nobody is mentioned: the bot must not hear it
    await sandbox.phone(ZHOU).say("@外呼管家 本周如何", chat=GROUP)
    frame = await asyncio.wait_for(peer.messages.get(), 30)
    await peer.client.reply_stream(frame, "s1", "第一行", finish=False)
    await peer.client.reply_stream(frame, "s1", "W-2026-47-005\n第一行\n第二行", finish=True)
    report = await sandbox.phone(LIN).sees("第二行", chat=GROUP)

    await sandbox.phone(ZHOU).quote(report, "很好，继续")
    quoted = (await asyncio.wait_for(peer.messages.get(), 30))["body"]

    assert frame["body"]["text"]["content"] == "@外呼管家 本周如何"
    assert quoted["quote"] == {"msgtype": "text", "text": {"content": "W-2026-47-005\n第一行\n第二行"}}
    assert quoted["text"]["content"] == "@外呼管家 很好，继续"
    assert (quoted["chattype"], quoted["chatid"], quoted["from"]) == ("group", GROUP, {"userid": ZHOU})
    assert peer.messages.empty()
    assert sandbox.violations == []


async def test_the_sdk_welcomes_sends_a_card_and_updates_it_after_a_press(sandbox: Sandbox, peer: Peer) -> None:
    phone = sandbox.phone(LIN)
    await phone.enter()
    entered = await asyncio.wait_for(peer.entries.get(), 30)
    await peer.client.reply_welcome(entered, {"msgtype": "text", "text": {"content": "你好"}})
    await phone.say("周报")
    asked = await asyncio.wait_for(peer.messages.get(), 30)
    await peer.client.reply_template_card(asked, PRESSABLE)
    card = await phone.sees("W-2026-47-005")

    await phone.press(card, "收到")
    pressed = await asyncio.wait_for(peer.presses.get(), 30)
    await peer.client.update_template_card(pressed, {**PRESSABLE, "replace_text": "已收到"})

    await phone.changed(card, "已收到")
    assert pressed["body"]["event"]["template_card_event"] == {
        "card_type": "button_interaction", "event_key": "ok", "task_id": "task-1",
    }  # fmt: skip
    assert card.labels == []
    assert phone.replies()[0].text == "你好"
    assert sandbox.violations == []


async def test_the_sdk_pushes_by_itself_and_uploads_in_chunks(sandbox: Sandbox, peer: Peer) -> None:
    await sandbox.phone(LIN).say("在吗")
    await peer.client.send_message(LIN, {"msgtype": "markdown", "markdown": {"content": "**提醒**"}})
    picture = made_photo() + bytes(700_000)

    kept = await peer.client.upload_media(picture, type="image", filename="榜单.png")
    await peer.client.send_media_message(LIN, "image", kept["media_id"])

    shown = await sandbox.client.until(
        lambda: next((m for m in sandbox.phone(LIN).messages() if m.kind == "image"), None), "the picture"
    )
    file = sandbox.net.files.get(shown.data["file"].rpartition("/")[2])
    assert file is not None
    assert sandbox.net.files.read(file) == picture
    assert shown.chat == bot_chat(LIN)
    assert sandbox.violations == []


async def test_the_sdk_opens_a_picture_somebody_sent(sandbox: Sandbox, peer: Peer) -> None:
    await sandbox.phone(LIN).say(media="image")

    image = (await asyncio.wait_for(peer.messages.get(), 30))["body"]["image"]
    opened = await peer.client.download_file(image["url"], image["aeskey"])

    assert opened["buffer"] == made_photo()


async def test_the_sdk_gives_way_when_another_connection_takes_over(sandbox: Sandbox, peer: Peer) -> None:
    gone = asyncio.Event()
    peer.client.on("event.disconnected_event", lambda *_: gone.set())
    other = Peer(f"{sandbox.url.replace('http', 'ws', 1)}/wecom/ws")

    await other.connect()

    await asyncio.wait_for(gone.wait(), 30)
    await sandbox.phone(LIN).say("谁在听")
    assert (await asyncio.wait_for(other.messages.get(), 30))["body"]["text"]["content"] == "谁在听"
    assert peer.messages.empty()
    await other.client.disconnect()
