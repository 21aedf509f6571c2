"""Pictures over the real adapter: sent as photos, exchanged in place, covered where they show pay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.channels.port import File, Outgoing, Rejected, WireButton
from bot.channels.telegram import Telegram
from bot.render.pictures.blocks import board, notes
from bot.render.pictures.drawing import drawn
from sandbox.model import Message
from sandbox.server import Sandbox
from tests.channels.conftest import ANA
from tests.e2e.company import TOKEN, network
from tests.office import START


def picture(title: str, *, hidden: bool = False) -> File:
    return File("board.png", picture=True, drawing=board("zh", title, "", [notes([])]), hidden=hidden)


OUT = Outgoing("send", str(ANA), "📊 今日战报", ((WireButton("本周", "t" * 22),),), file=picture("今日"))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(network(), clock=START, port=0) as running:
        yield running


@pytest.fixture
async def telegram(sandbox: Sandbox) -> AsyncIterator[Telegram]:
    channel = Telegram(TOKEN, sandbox.url)
    await channel.start()
    yield channel
    await channel.stop()


def shown(sandbox: Sandbox) -> list[Message]:
    """What the bot said in the agent's chat."""
    return [message for message in sandbox.net.world.chats[ANA].messages.values() if message.sender != ANA]


async def sent(telegram: Telegram, out: Outgoing) -> str | None:
    return await telegram.send(await drawn(out, telegram.limits.caption))


async def test_a_board_is_a_photo_with_its_words_as_caption(sandbox: Sandbox, telegram: Telegram) -> None:
    await sent(telegram, OUT)
    (message,) = shown(sandbox)

    assert message.photo
    assert message.photo[-1]["width"] == 1080
    assert message.caption == "📊 今日战报"
    assert message.text is None
    assert list(sandbox.net.violations) == []


async def test_another_board_takes_the_place_of_the_one_before(sandbox: Sandbox, telegram: Telegram) -> None:
    number = await sent(telegram, OUT)
    before = (shown(sandbox)[0].photo or [{}])[-1]["file_id"]
    out = replace(OUT, verb="edit", text="📊 本周红榜", message_id=number, file=picture("本周"))

    assert await sent(telegram, out) == number
    (message,) = shown(sandbox)
    assert message.caption == "📊 本周红榜"
    assert message.photo
    assert message.photo[-1]["file_id"] != before


async def test_an_edit_without_words_changes_only_the_buttons(sandbox: Sandbox, telegram: Telegram) -> None:
    number = await sent(telegram, OUT)
    await telegram.send(Outgoing("edit", str(ANA), "", ((WireButton("鼓掌 1", "u" * 22),),), message_id=number))
    (message,) = shown(sandbox)

    assert message.caption == "📊 今日战报"
    assert "鼓掌 1" in str(message.inline)


async def test_a_picture_of_pay_is_covered_until_it_is_tapped(sandbox: Sandbox, telegram: Telegram) -> None:
    await sent(telegram, replace(OUT, file=picture("收入", hidden=True), protect=True))
    (message,) = shown(sandbox)

    assert message.extra["has_media_spoiler"]
    assert list(sandbox.net.violations) == []


async def test_words_do_not_take_a_pictures_place_in_silence(sandbox: Sandbox, telegram: Telegram) -> None:
    number = await sent(telegram, OUT)
    with pytest.raises(Rejected):  # the sender sends it as a new message then
        await telegram.send(Outgoing("edit", str(ANA), "只有文字", message_id=number))


async def test_a_caption_is_never_longer_than_the_network_takes(sandbox: Sandbox, telegram: Telegram) -> None:
    await sent(telegram, replace(OUT, text="\n".join(["🎉 很长的一行" * 12] * 40)))
    (message,) = shown(sandbox)

    assert (message.caption or "").endswith("\n…")
    assert list(sandbox.net.violations) == []
