"""The control API and the page: what they answer, whom they refuse, and what the stream tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot

from sandbox import Sandbox
from sandbox.client import SandboxClient, WaitedInVainError
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, NEWCOMER, START, Api, Host, take

FRIDAY = datetime.fromisoformat(START)


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sandbox.url) as session:
        yield session


async def ask_clock(http: aiohttp.ClientSession, planned: datetime | None = None) -> dict[str, Any]:
    """The bot's question."""
    async with http.get("/clock", params={"next": planned.isoformat()} if planned else {}) as response:
        view: dict[str, Any] = await response.json()
        return view


async def test_the_clock_walks_from_one_planned_moment_to_the_next(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    planned = FRIDAY + timedelta(minutes=50)
    await ask_clock(http, planned)
    view = await sandbox.client.post("/clock", add_seconds=3600)
    assert view["moving"] is True
    arriving = asyncio.create_task(sandbox.client.move_clock(add_seconds=0))
    assert datetime.fromisoformat((await ask_clock(http, planned))["now"]) == planned
    last = await ask_clock(http)
    assert last["moving"] is False
    assert datetime.fromisoformat(last["now"]) == FRIDAY + timedelta(hours=1)
    assert await arriving == FRIDAY + timedelta(hours=1)


async def test_a_bot_that_does_not_get_on_is_left_behind_and_that_is_noted(
    sandbox: Sandbox, http: aiohttp.ClientSession, host: Host
) -> None:
    planned = FRIDAY + timedelta(minutes=50)
    await ask_clock(http, planned)
    await sandbox.client.post("/clock", add_seconds=3600)
    for _ in range(6):
        await ask_clock(http, planned)
        host.now += 4
    event = await sandbox.client.event(lambda e: e["type"] == "violation")
    assert event["what"] == "the bot asked for 20 s without getting on"
    assert await sandbox.client.clock() >= FRIDAY + timedelta(hours=1)


async def test_looking_at_the_clock_is_not_asking(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    await ask_clock(http, FRIDAY + timedelta(minutes=50))
    await sandbox.client.post("/clock", add_seconds=3600)
    for query, headers in (({"look": "1"}, {}), ({}, {"Sec-Fetch-Site": "same-origin"})):
        async with http.get("/clock", params=query, headers=headers) as response:
            assert (await response.json())["now"] == "2026-11-20T17:20:00.000+08:00"


@pytest.mark.parametrize("body", [{"to": "2026-11-20T17:00:00+08:00"}, {"add_seconds": -1}, {"to": "morgen"}, {}])
async def test_senseless_moves_are_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="/clock"):
        await sandbox.client.post("/clock", **body)
    assert sandbox.clock.now() == FRIDAY


async def test_the_state_tells_what_the_page_needs(sandbox: Sandbox) -> None:
    await sandbox.user(AGENT).say("在")
    state = await sandbox.client.state()
    assert state["bot"]["username"] == "waihu_bot"
    assert state["clock"]["now"] == "2026-11-20T17:20:00.000+08:00"
    agent = next(user for user in state["users"] if user["id"] == AGENT)
    assert (agent["first_name"], agent["team"], agent["blocked"], agent["started"]) == (
        "林晓燕",
        "领航组",
        False,
        True,
    )
    group = next(chat for chat in state["chats"] if chat["id"] == GROUP)
    assert (group["type"], group["bot"], group["admins"]) == ("group", True, [MANAGER])
    assert NEWCOMER not in {chat["id"] for chat in state["chats"]}
    assert (state["violations"], state["pending_updates"]) == (0, 1)


async def test_messages_come_in_pages_oldest_first(sandbox: Sandbox) -> None:
    for number in range(5):
        await sandbox.user(AGENT).say(str(number))
    page = await sandbox.client.get(f"/api/chats/{AGENT}/messages?limit=2")
    assert [m["text"] for m in page["messages"]] == ["3", "4"]
    page = await sandbox.client.get(f"/api/chats/{AGENT}/messages?limit=2&before={page['messages'][0]['id']}")
    assert [m["text"] for m in page["messages"]] == ["1", "2"]
    with pytest.raises(ValueError, match="no chat 5"):
        await sandbox.client.get("/api/chats/5/messages")


async def test_the_stream_tells_of_messages_edits_and_deletions(sandbox: Sandbox, bot: Bot) -> None:
    mark = sandbox.client.now
    agent = sandbox.user(AGENT)
    said = await agent.say("一")
    await agent.edit(said, "二")
    await agent.delete(said)
    event = await sandbox.client.event(lambda e: e["type"] == "delete", mark)
    assert (event["chat_id"], event["id"]) == (AGENT, said.id)
    told = [e["type"] for e in sandbox.client._events.log[mark:] if e["type"] in {"message", "edit", "delete"}]
    assert told == ["message", "edit", "delete"]
    assert said.data["deleted"] is True


async def test_only_who_asks_for_calls_gets_them(sandbox: Sandbox, bot: Bot, http: aiohttp.ClientSession) -> None:
    async with http.get("/api/stream") as response:
        assert response.content_type == "text/event-stream"
        assert await response.content.readline() == b'data: {"type": "hello"}\n'
        await bot.send_message(AGENT, "x")
        await response.content.readline()
        assert b'"type": "message"' in await response.content.readline()
    await sandbox.client.event(lambda e: e["type"] == "call" and e["method"] == "sendMessage")


async def test_the_log_of_calls_can_be_read_from_a_place_on(sandbox: Sandbox, api: Api) -> None:
    await api.result("getMe")
    await api.refused("sendMessage", chat_id=AGENT)
    calls = await sandbox.client.calls()
    assert [(c["method"], c["status"]) for c in calls] == [("getMe", 200), ("sendMessage", 400)]
    assert calls[1]["params"] == {"chat_id": AGENT}
    assert calls[1]["description"] == "Bad Request: message text is empty"
    assert await sandbox.client.calls(since=calls[0]["n"]) == calls[1:]
    assert await sandbox.client.calls("getMe") == calls[:1]


async def test_undelivered_updates_can_be_looked_at(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.user(AGENT).say("在")
    (update,) = await sandbox.client.get("/api/updates")
    assert update["message"]["text"] == "在"
    await take(bot)
    assert await sandbox.client.get("/api/updates") == []


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/api/send", {"as": AGENT}, "an empty message"),
        ("/api/send", {"as": 5, "text": "x"}, "nobody here has the id 5"),
        ("/api/send", {"text": "x"}, "as is needed, as int"),
        ("/api/send", {"as": True, "text": "x"}, "as is needed, as int"),
        ("/api/send", {"as": AGENT, "text": 5}, "text is needed, as str"),
        ("/api/send", {"as": AGENT, "chat": MANAGER, "text": "x"}, "another person's private chat"),
        ("/api/send", {"as": AGENT, "photo": True, "voice": True}, "one of photo, voice"),
        ("/api/send", {"as": NEWCOMER, "text": "x"}, "has not pressed Start yet"),
        ("/api/press", {"as": AGENT, "message": 9, "data": "x"}, "no buttons of the bot"),
        ("/api/press", {"as": AGENT, "message": 9, "data": "好" * 22}, "1 to 64 bytes"),
        ("/api/edit", {"as": AGENT, "message": 9, "text": "x"}, "only an own message"),
        ("/api/delete", {"as": AGENT, "message": 9}, "not there any more"),
        ("/api/users", {}, "first_name is needed"),
        ("/api/users", {"first_name": "x", "id": AGENT}, "exists already"),
        ("/api/groups", {"title": "x", "members": [5]}, "nobody here has the id 5"),
        ("/api/groups/5/bot", {"present": True}, "there is no chat 5"),
        (f"/api/groups/{AGENT}/bot", {"present": True}, "is no group"),
        ("/api/redeliver", {}, "last is needed"),
        ("/api/inject", {"update": 3}, "update is needed"),
    ],
)
async def test_impossible_acts_are_explained(
    http: aiohttp.ClientSession, path: str, body: dict[str, Any], error: str
) -> None:
    async with http.post(path, json=body) as response:
        assert response.status == 400
        assert error in (await response.json())["error"]


async def test_a_body_that_is_no_object_is_refused(http: aiohttp.ClientSession) -> None:
    for body in (b"[]", b"{"):
        async with http.post("/api/send", data=body) as response:
            assert response.status == 400


async def test_other_sites_in_the_same_browser_are_refused(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        async with http.post("/api/bot/kill", json={}, headers=headers) as response:
            assert response.status == 403
    async with http.post(
        "/api/block", json={"as": AGENT, "blocked": True}, headers={"Origin": sandbox.url}
    ) as response:
        assert response.status == 200


async def test_the_page_is_served_and_nothing_above_it(http: aiohttp.ClientSession) -> None:
    async with http.get("/") as response:
        assert response.content_type == "text/html"
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    for path in ("/static/nothing.js", "/static/..%2Fserver.py", "/media/nothing"):
        async with http.get(path) as response:
            assert response.status == 404


async def test_uploaded_html_never_opens_in_the_browser(
    sandbox: Sandbox, bot: Bot, http: aiohttp.ClientSession
) -> None:
    await bot.send_document(AGENT, b"<script>alert(1)</script>", filename="x.html")
    shown = await sandbox.user(AGENT).answer()
    async with http.get(shown.data["document"]["url"]) as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.content_type == "application/octet-stream"


async def test_the_client_says_what_it_waited_for_in_vain(sandbox: Sandbox, bot: Bot) -> None:
    await bot.send_message(AGENT, "别的")
    with pytest.raises(WaitedInVainError, match=r"waited 0\.05 s for an answer with '周报'.*别的"):
        await sandbox.user(AGENT).answer(containing="周报", patience=0.05)


async def test_the_client_sees_what_was_there_before_it_came(sandbox: Sandbox, bot: Bot) -> None:
    await bot.send_message(AGENT, "早就在了")
    async with SandboxClient(sandbox.url) as late:
        assert (await late.person(AGENT).sees("早就")).text == "早就在了"
        with pytest.raises(LookupError, match="no button «按»"):
            (await late.person(AGENT).answer()).button("按")


async def test_a_wait_ends_when_the_sandbox_does(sandbox: Sandbox) -> None:
    waiting = asyncio.create_task(sandbox.client.wait_for(lambda _: False))
    await asyncio.sleep(0)
    sandbox.net.bus.close()
    with pytest.raises(WaitedInVainError, match="the sandbox ended"):
        await waiting
