"""Encrypted callbacks: verified like the console does, delivered in time or again, lost after three tries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import aiohttp
import pytest
from aiohttp import web

from sandbox import Sandbox
from sandbox.wecom.cipher import Envelopes
from tests.sandbox.wecom import AGENT_ID, CORP_ID, GROUP, LIN, PEOPLE, PRESSABLE, SECRET, START, WANG, ZHOU

CONSOLE = PEOPLE["wecom"]
ENVELOPES = Envelopes(CONSOLE["token"], CONSOLE["aes_key"], CORP_ID)


class App:
    """The bot's side of the callback address: opens every envelope; `reply` may be told to misbehave."""

    def __init__(self) -> None:
        self.heard: list[ElementTree.Element] = []
        self.envelopes: list[tuple[str, ...]] = []
        self.reply: Callable[[], tuple[int, str]] = lambda: (200, "")
        self.stalled: set[int] = set()
        self.news = asyncio.Condition()
        self.url = ""

    async def verify(self, request: web.Request) -> web.Response:
        query = request.query
        text = ENVELOPES.open(query["echostr"], query["msg_signature"], query["timestamp"], query["nonce"])
        status, extra = self.reply()
        return web.Response(status=status, text=text + extra)

    async def take(self, request: web.Request) -> web.Response:
        query = request.query
        sealed = ElementTree.fromstring(await request.text()).findtext("Encrypt") or ""
        plain = ENVELOPES.open(sealed, query["msg_signature"], query["timestamp"], query["nonce"])
        async with self.news:
            self.heard.append(ElementTree.fromstring(plain))
            self.envelopes.append((sealed, query["nonce"], query["msg_signature"]))
            self.news.notify_all()
            number = len(self.heard)
        if number in self.stalled:
            await asyncio.sleep(30)
        status, text = self.reply()
        return web.Response(status=status, text=text)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30), self.news:
            await self.news.wait_for(lambda: len(self.heard) >= count)

    def texts(self, name: str = "Content") -> list[str | None]:
        return [one.findtext(name) for one in self.heard]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    taking = App()
    server = web.Application()
    server.add_routes([web.get("/wecom/callback", taking.verify), web.post("/wecom/callback", taking.take)])
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taking.url = f"http://127.0.0.1:{runner.addresses[0][1]}/wecom/callback"
    yield taking
    await runner.cleanup()


@pytest.fixture
async def sandbox(app: App) -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START) as running:
        running.wecom.callbacks.pause = 0.0
        await running.client.line.callback(app.url)
        yield running


async def test_an_address_is_saved_only_when_it_gives_back_the_secret_and_nothing_else(app: App) -> None:
    async with Sandbox(PEOPLE, clock=START) as sandbox:
        app.reply = lambda: (200, "\n")
        with pytest.raises(ValueError, match="not exactly the secret"):
            await sandbox.client.line.callback(app.url)
        with pytest.raises(ValueError, match="cannot be reached"):
            await sandbox.client.line.callback("http://127.0.0.1:9/wecom/callback")
        assert (await sandbox.client.get("/api/wecom/state"))["app"]["callback_url"] == ""
        app.reply = lambda: (200, "")
        await sandbox.client.line.callback(app.url)

        assert (await sandbox.client.get("/api/wecom/state"))["app"]["callback_url"] == app.url


async def test_messages_come_with_their_fields_and_quotes_without_any_trace(sandbox: Sandbox, app: App) -> None:
    phone = sandbox.phone(LIN)
    first = await phone.say("今日 12 通 ]]> <b>", chat="app")
    await phone.say("批复 很好", chat="app", quote=first)
    await phone.say(chat="app", media="image")
    await phone.say(chat="app", media="voice")
    await phone.say("人民广场", chat="app", media="location")
    await app.until(5)

    assert app.texts("MsgType") == ["text", "text", "image", "voice", "location"]
    assert app.texts()[:2] == ["今日 12 通 ]]> <b>", "批复 很好"]
    assert {child.tag for child in app.heard[1]} == {
        "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "AgentID",
    }  # fmt: skip
    assert app.heard[0].findtext("FromUserName") == LIN
    assert app.heard[0].findtext("AgentID") == str(AGENT_ID)
    assert len({*app.texts("MsgId")}) == 5


async def test_groups_and_files_never_come(sandbox: Sandbox, app: App) -> None:
    await sandbox.phone(LIN).say("@外呼管家 今日", chat=GROUP)
    file = await sandbox.phone(LIN).say(chat="app", media="file")
    await sandbox.phone(LIN).say("最后", chat="app")
    await app.until(1)

    assert app.texts() == ["最后"]
    assert file.data["heard"] is False


async def test_what_is_not_taken_comes_again_in_another_envelope(sandbox: Sandbox, app: App) -> None:
    answers = iter([(500, ""), (503, ""), (200, "")])
    app.reply = lambda: next(answers)
    said = await sandbox.phone(LIN).say("今日", chat="app")
    await app.until(3)

    assert len({*app.texts("MsgId")}) == 1
    assert len({nonce for _, nonce, _ in app.envelopes}) == len({sealed for sealed, _, _ in app.envelopes}) == 3
    assert said.data["heard"] is True
    assert sandbox.wecom.callbacks.waiting == [] or await _emptied(sandbox)


async def _emptied(sandbox: Sandbox) -> bool:
    def lying() -> bool:
        return not sandbox.wecom.callbacks.waiting

    return bool(await sandbox.client.until(lying, "the letters to be gone"))


async def test_after_three_tries_it_is_lost_and_the_phone_shows_that(sandbox: Sandbox, app: App) -> None:
    app.reply = lambda: (500, "")
    said = await sandbox.phone(LIN).say("今日", chat="app")
    await sandbox.client.until(lambda: said.data["heard"] is False, "the message to be lost")
    app.reply = lambda: (200, "")
    await sandbox.phone(LIN).say("再来", chat="app")
    await app.until(4)

    assert app.texts() == ["今日"] * 3 + ["再来"]


async def test_an_answer_after_the_deadline_is_none_and_is_noted(sandbox: Sandbox, app: App) -> None:
    sandbox.wecom.callbacks.deadline = 0.05
    app.stalled = {1}
    await sandbox.phone(LIN).say("今日", chat="app")
    await app.until(2)

    assert [violation["what"] for violation in sandbox.violations] == ["not answered within 0.05 s"]
    assert app.texts("MsgId")[0] == app.texts("MsgId")[1]


async def test_one_members_messages_keep_their_order_while_another_one_is_stuck(sandbox: Sandbox, app: App) -> None:
    app.stalled = {1}
    sandbox.wecom.callbacks.deadline = 0.3
    await sandbox.phone(ZHOU).say("卡住", chat="app")
    await app.until(1)
    for n in range(5):
        await sandbox.phone(LIN).say(str(n), chat="app")
    await app.until(6)

    assert app.texts()[1:] == ["0", "1", "2", "3", "4"]


async def test_deliveries_can_get_lost_come_twice_and_be_replayed_exactly(sandbox: Sandbox, app: App) -> None:
    line = sandbox.client.line
    await line.fault("drop_request", "callback")
    await line.fault("twice", "callback")
    await sandbox.phone(LIN).say("今日", chat="app")
    await app.until(2)
    await _emptied(sandbox)
    fresh = await line.repeat(1, of="app")
    exact = await line.repeat(1, of="exact")

    assert app.texts() == ["今日"] * 4
    assert fresh == exact == {"repeated": 1, "taken": [True]}
    assert app.envelopes[-1] == app.envelopes[-2]
    assert app.envelopes[-2] != app.envelopes[-3]


async def test_an_answer_with_contents_is_noted(sandbox: Sandbox, app: App) -> None:
    app.reply = lambda: (200, "<xml>好</xml>")
    await sandbox.phone(LIN).say("今日", chat="app")
    await app.until(1)
    await _emptied(sandbox)

    assert "passive replies" in sandbox.violations[0]["what"]


async def test_visits_menus_and_the_visible_range_are_events(sandbox: Sandbox, app: App) -> None:
    token = await _token(sandbox)
    menu = {"button": [{"name": "周报", "type": "click", "key": "weekly"}]}
    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.url}/wecom/cgi-bin/menu/create?access_token={token}&agentid={AGENT_ID}"
        async with session.post(url, json=menu) as response:
            assert (await response.json())["errcode"] == 0
    await sandbox.phone(LIN).enter("app")
    await sandbox.phone(LIN).menu("周报")
    await app.until(2)
    await sandbox.client.post("/api/wecom/members/change", userid=WANG, visible=False)
    await app.until(3)

    assert app.texts("Event") == ["enter_agent", "click", "unsubscribe"]
    assert app.texts("EventKey") == ["", "weekly", None]


async def _token(sandbox: Sandbox) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"{sandbox.url}/wecom/cgi-bin/gettoken", params={"corpid": CORP_ID, "corpsecret": SECRET}
        ) as response,
    ):
        return str((await response.json())["access_token"])


async def test_a_pressed_card_brings_a_right_to_update_it_once_within_three_days(sandbox: Sandbox, app: App) -> None:
    token = await _token(sandbox)
    async with aiohttp.ClientSession() as session:

        async def call(path: str, **body: Any) -> dict[str, Any]:
            url = f"{sandbox.url}/wecom/cgi-bin/{path}?access_token={token}"
            async with session.post(url, json={"agentid": AGENT_ID, **body}) as response:
                answer: dict[str, Any] = await response.json()
                return answer

        sent = await call("message/send", touser=f"{LIN}|{ZHOU}", msgtype="template_card", template_card=PRESSABLE)
        card = await sandbox.phone(LIN).sees("W-2026-47-005", chat="app")
        await sandbox.phone(LIN).press(card, "批复")
        await app.until(1)
        code = app.heard[0].findtext("ResponseCode")
        done = {**PRESSABLE, "replace_text": "已批复"}
        update = {"userids": [LIN, "nobody"], "response_code": code, "template_card": done}
        first, again = [await call("message/update_template_card", **update) for _ in range(2)]
        await sandbox.client.move_clock(add_seconds=72 * 3600 + 1)
        token = await _token(sandbox)
        late = await call(
            "message/update_template_card",
            userids=[ZHOU],
            response_code=sent["response_code"],
            button={"replace_name": "已过期"},
        )

    assert app.texts("EventKey") == ["reply"]
    assert app.heard[0].findtext("TaskId") == "task-1"
    assert (first["errcode"], first["invaliduser"], again["errcode"], late["errcode"]) == (0, ["nobody"], 40058, 40058)
    await sandbox.phone(LIN).changed(card, "已批复")
    assert (await sandbox.phone(ZHOU).sees("W-2026-47-005", chat="app")).labels == ["收到", "批复"]


async def test_what_was_not_taken_is_tried_again_after_a_restart(app: App, tmp_path: Path) -> None:
    place = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, state=place) as before:
        before.wecom.callbacks.pause = 60
        await before.client.line.callback(app.url)
        app.reply = lambda: (500, "")
        await before.phone(LIN).say("今日", chat="app")
        await app.until(1)
        await before.phone(LIN).say("明日", chat="app")
        await app.until(2)
    app.reply = lambda: (200, "")
    sandbox = Sandbox(PEOPLE, state=place)
    sandbox.wecom.callbacks.pause = 0.0
    async with sandbox:
        await app.until(4)
        await _emptied(sandbox)

        assert sorted(str(text) for text in app.texts()) == ["今日", "今日", "明日", "明日"]
