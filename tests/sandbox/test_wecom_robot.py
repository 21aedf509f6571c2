"""Group webhooks: a key, a group, twenty messages a minute."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox import Sandbox
from sandbox.files import made_photo
from tests.sandbox.conftest import Host
from tests.sandbox.wecom import GROUP, KEY, LIN, PEOPLE, START, WANG, ZHOU, subscribed

Json = dict[str, Any]


@pytest.fixture
async def sandbox(host: Host) -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START, host=host) as running:
        yield running


async def post(sandbox: Sandbox, body: Json, key: str = KEY) -> Json:
    data = io.BytesIO(json.dumps(body).encode())
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/wecom/cgi-bin/webhook/send", params={"key": key}, data=data) as response,
    ):
        answer: Json = await response.json()
        return answer


def text(content: str, **more: Any) -> Json:
    return {"msgtype": "text", "text": {"content": content, **more}}


def image(data: bytes, **changes: Any) -> Json:
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(data).decode(), "md5": digest} | changes}


async def test_whoever_has_the_key_posts_words_and_pictures_into_its_group(sandbox: Sandbox) -> None:
    answers = [
        await post(sandbox, text("日榜", mentioned_list=[LIN, "@all"])),
        await post(sandbox, {"msgtype": "markdown", "markdown": {"content": f"**榜首** <@{ZHOU}>"}}),
        await post(sandbox, image(made_photo())),
    ]
    shown = await sandbox.phone(LIN).answers(3, chat=GROUP)

    assert answers == [{"errcode": 0, "errmsg": "ok"}] * 3
    assert [message.kind for message in shown] == ["text", "markdown", "image"]
    assert [message.data["mentions"] for message in shown] == [[LIN, "@all"], [ZHOU], []]
    assert {message.data["via"] for message in shown} == {"榜单"}
    assert sandbox.violations == []


async def test_an_unknown_key_is_93000_and_no_mistake_of_the_bots(sandbox: Sandbox) -> None:
    assert (await post(sandbox, text("日榜"), key="removed"))["errcode"] == 93000
    assert sandbox.violations == []


async def test_the_twenty_first_message_of_a_minute_is_refused(sandbox: Sandbox, host: Host) -> None:
    codes = [(await post(sandbox, text(str(n))))["errcode"] for n in range(21)]
    host.now += 60

    assert codes == [0] * 20 + [45009]
    assert (await post(sandbox, text("一分钟以后")))["errcode"] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (text("长" * 683), 45002),
        ({"msgtype": "markdown", "markdown": {"content": "长" * 1366}}, 45002),
        (text(" "), 44004),
        (image(bytes(2 * 1024 * 1024 + 1)), 40009),
        (image(made_photo(), md5="0" * 32), 40058),
        (image(made_photo(), base64="data:image/png;base64,AAAA"), 40058),
        (image(b"GIF89a no picture here"), 40004),
        ({"msgtype": "stream"}, 40008),
        ({"msgtype": "template_card", "template_card": {"card_type": "button_interaction"}}, 40008),
    ],
    ids=["text", "markdown", "empty", "large", "md5", "prefix", "gif", "kind", "card"],
)
async def test_what_does_not_fit_is_refused_and_noted(sandbox: Sandbox, body: Json, code: int) -> None:
    assert (await post(sandbox, body))["errcode"] == code
    assert len(sandbox.violations) == 1


async def test_mentioning_who_is_not_there_is_noted(sandbox: Sandbox) -> None:
    await post(sandbox, text("日榜", mentioned_list=[WANG]))

    assert "not in the group" in sandbox.violations[0]["what"]


async def test_a_board_of_the_webhook_can_be_quoted_to_the_bot(sandbox: Sandbox) -> None:
    async with subscribed(sandbox) as bot:
        await post(sandbox, text("R-8H2M7 日榜"))
        await sandbox.phone(ZHOU).quote(await sandbox.phone(ZHOU).answer(chat=GROUP), "谁垫底")

        assert (await bot.message())["body"]["quote"]["text"]["content"] == "R-8H2M7 日榜"
