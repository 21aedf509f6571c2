"""Faults on order: the bot's calls go wrong exactly as often as asked, and where asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from sandbox import Sandbox
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, PEOPLE, START, Api, Host, connect


@pytest.fixture(autouse=True)
def waits_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """PTB's old form of retry_after warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", RetryAfter),
        ("500", NetworkError),
        ("502", NetworkError),
        ("400", BadRequest),
        ("too_long", BadRequest),
        ("413", NetworkError),
        ("403", Forbidden),
        ("401", InvalidToken),
        ("409", Conflict),
        ("page", InvalidToken),
    ],
)
async def test_an_ordered_refusal_happens_as_often_as_ordered_and_nothing_is_sent(
    sandbox: Sandbox, bot: Bot, kind: str, error: type[TelegramError]
) -> None:
    await sandbox.client.fault(kind, "sendMessage", count=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(error):
            await bot.send_message(AGENT, "x")
    await bot.send_message(MANAGER, "好了")
    assert sandbox.user(AGENT).replies() == []
    assert await sandbox.client.get("/api/faults") == []


async def test_a_429_says_how_long_and_going_on_is_noted(sandbox: Sandbox, api: Api, host: Host) -> None:
    await sandbox.client.fault("429", "sendMessage", retry_after=7)
    body = await api("sendMessage", chat_id=AGENT, text="x")
    assert body == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    host.now += 7
    await api.result("sendMessage", chat_id=AGENT, text="等过了")
    assert sandbox.violations == []
    await sandbox.client.fault("429", "sendMessage", retry_after=7)
    await api("sendMessage", chat_id=AGENT, text="x")
    await api.result("sendMessage", chat_id=MANAGER, text="别的聊天")
    assert sandbox.violations == []
    host.now += 6
    await api.result("sendMessage", chat_id=AGENT, text="太早")
    assert sandbox.violations[0]["what"] == f"sent into chat {AGENT} with 1.0 s of a 429 wait left"


async def test_a_dropped_answer_leaves_the_message_sent(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.fault("drop_answer", "sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(AGENT, "到了")
    assert (await sandbox.user(AGENT).answer()).text == "到了"


async def test_a_dropped_request_leaves_nothing(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.fault("drop_request", "sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(AGENT, "没到")
    await bot.send_message(AGENT, "到了")
    assert [m.text for m in await sandbox.user(AGENT).answers(1)] == ["到了"]


async def test_a_malformed_answer_is_not_json(sandbox: Sandbox, api: Api) -> None:
    await sandbox.client.fault("malformed", "getMe")
    async with api.session.get(f"{api.url}/getMe") as response:
        assert response.status == 200
        with pytest.raises(ValueError, match=r"JSON|Expecting|Unterminated"):
            await response.json()


async def test_a_delay_delays_and_then_does_it(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.fault("delay", "sendMessage", delay=0.01)
    assert (await bot.send_message(AGENT, "慢")).text == "慢"


async def test_a_stalled_call_is_done_and_never_answered(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.fault("stall", "sendMessage")
    with pytest.raises(TimedOut):
        await bot.send_message(AGENT, "到了", read_timeout=0.05)
    assert (await sandbox.user(AGENT).answer()).text == "到了"
    await bot.send_message(AGENT, "后面的照常")


async def test_a_page_of_a_proxy_is_no_answer_of_the_bot_api(sandbox: Sandbox, api: Api) -> None:
    for kind, status in (("page", 404), ("502", 502)):
        await sandbox.client.fault(kind, "getMe")
        async with api.session.get(f"{api.url}/getMe") as response:
            assert (response.status, response.content_type) == (status, "text/html")


async def test_a_fault_aimed_at_one_text_strikes_that_message_alone(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.fault("400", "sendMessage", text="二", chat=AGENT)
    await sandbox.client.fault("500", "sendMessage", text="三", count=2)
    await bot.send_message(AGENT, "一")
    await bot.send_message(MANAGER, "二")
    with pytest.raises(BadRequest, match="parse entities"):
        await bot.send_message(AGENT, "二")
    await bot.send_message(AGENT, "二")
    with pytest.raises(NetworkError):
        await bot.send_message(AGENT, "三")
    assert [fault["text"] for fault in await sandbox.client.get("/api/faults")] == ["三"]
    async with aiohttp.ClientSession() as session, session.delete(f"{sandbox.url}/api/faults") as response:
        assert await response.json() == []
    await bot.send_message(AGENT, "三")


async def test_faults_strike_only_their_method_and_chat(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.fault("403", "*", chat=GROUP)
    await sandbox.client.fault("500", "sendPhoto")
    await bot.send_message(AGENT, "不受影响")
    with pytest.raises(Forbidden):
        await bot.send_message(GROUP, "x")
    assert [fault["method"] for fault in await sandbox.client.get("/api/faults")] == ["sendPhoto"]
    async with aiohttp.ClientSession() as session, session.delete(f"{sandbox.url}/api/faults") as response:
        assert await response.json() == []


@pytest.mark.parametrize("fault", [{"kind": "flood"}, {"kind": "500", "count": 0}, {"kind": "delay", "delay": "x"}])
async def test_senseless_faults_are_refused(sandbox: Sandbox, fault: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="/api/faults"):
        await sandbox.client.post("/api/faults", **fault)


async def test_strict_flood_control_answers_429_until_the_wait_is_over(host: Host) -> None:
    async with Sandbox(PEOPLE, clock=START, host=host, flood=True) as sandbox, connect(sandbox) as bot:
        for number in range(20):
            await bot.send_message(GROUP, str(number))
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(GROUP, "21")
        assert refused.value.retry_after == timedelta(seconds=60)
        assert sandbox.violations == []
        host.now += 30
        with pytest.raises(RetryAfter):
            await bot.send_message(GROUP, "不听话")
        assert len(sandbox.violations) == 1
        host.now += 30
        await bot.send_message(GROUP, "21")
        assert len(await sandbox.user(AGENT).answers(21, chat=GROUP)) == 21


async def test_a_bot_that_dies_in_the_middle_of_a_call_leaves_no_trace_of_it(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Its headers came, its words did not: nothing is done, and nothing is complained of."""
    assert sandbox._runner is not None
    server = sandbox._runner.server
    assert server is not None
    before, others = server.requests_count, len(server.connections)
    _, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))
    head = f"POST /bot{sandbox.token}/sendMessage HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n"
    writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nchat_id={AGENT}&text=".encode())
    async with asyncio.timeout(60):
        while server.requests_count == before:
            await asyncio.sleep(0.01)
        writer.transport.abort()
        while len(server.connections) > others:
            await asyncio.sleep(0.01)

    assert [record.getMessage() for record in caplog.records] == []
