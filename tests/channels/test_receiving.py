"""Receiving from Telegram: nothing is confirmed before it is kept, nothing forged gets in, nothing is a dead end (D1, D2)."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import structlog
from telegram import Bot
from telegram.error import Conflict

from bot.app import BODY_LIMIT
from bot.channels.telegram import SILENT_DAYS
from bot.health import look
from core.rules.people import Role
from core.store import models as m
from tests.channels.conftest import ANA, BOB, SECRET, Post, eventually
from tests.e2e.company import STAFF, TOKEN

HEADER = "X-Telegram-Bot-Api-Secret-Token"
CALL = "记 李总 13800138000 有意向70%"


def update(number: int = 900_001, text: str = "帮助", user: int = ANA, **more: Any) -> dict[str, Any]:
    """A message as Telegram posts it."""
    person = {"id": user, "is_bot": False, "first_name": "林晓燕", "language_code": "zh-hans"}
    message = {
        "message_id": number, "from": person, "chat": {"id": user, "type": "private", "first_name": "林晓燕"},
        "date": 1_795_166_400, "text": text,
    }  # fmt: skip
    return {"update_id": number, "message": message | more}


async def knock(post: Post, body: Any, **headers: str) -> int:
    """POST to the webhook; the status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", HEADER: SECRET} | headers
    headers = {name: value for name, value in headers.items() if value != "-"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{post.url}/telegram/webhook", data=io.BytesIO(data), headers=headers) as answer,
    ):
        return answer.status


# --- webhook -----------------------------------------------------------------------------------------------------


async def test_what_is_said_arrives_by_the_webhook_and_is_answered(hooked: Post) -> None:
    ana = hooked.person(ANA)
    said = await ana.say(CALL)
    await ana.answer(said, "李总 138****8000")

    assert len(await hooked.rows(m.calls)) == 1
    assert await hooked.client.violations() == []


@pytest.mark.parametrize(
    "headers",
    [
        {HEADER: "wrong"},
        {HEADER: "-"},
        {HEADER: ""},
        {HEADER: SECRET[:-1]},
        {HEADER: SECRET + "x"},
        {HEADER: SECRET.upper()},
    ],
    ids=["wrong", "none", "empty", "short", "long", "case"],
)
async def test_a_forged_call_is_refused_and_leaves_nothing(hooked: Post, headers: dict[str, str]) -> None:
    assert await knock(hooked, update(), **headers) == 403
    assert not await hooked.rows(m.inbox)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (update(), {"Content-Type": "text/plain"}),
        (update(), {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"{", {}),
        (b"", {}),
        (b"\xff\xfe", {}),
        ([update()], {}),
        ("text", {}),
        ({"message": {}}, {}),
        ({"update_id": "7"}, {}),
        (b"[" * 200_000, {}),
        (update(text="x" * BODY_LIMIT), {}),
    ],
    ids=["type", "form", "cut", "empty", "binary", "list", "string", "no id", "text id", "deep", "large"],
)
async def test_what_is_no_update_is_refused(hooked: Post, body: Any, headers: dict[str, str]) -> None:
    assert await knock(hooked, body, **headers) == 400
    assert not await hooked.rows(m.inbox)


async def test_the_same_update_again_is_taken_and_changes_nothing(hooked: Post) -> None:
    for _ in range(3):
        assert await knock(hooked, update(text=CALL)) == 200
    assert await knock(hooked, update(900_002, text=CALL) | {"update_id": 1}) == 200  # the ids began anew
    await hooked.person(ANA).sees("李总 138****8000")
    renumbered = update(900_002, text=CALL) | {"update_id": 2}
    assert await knock(hooked, renumbered) == 200  # same chat, same message

    assert len(await hooked.rows(m.inbox)) == 2


async def test_a_body_that_comes_in_pieces_is_read_to_its_end(hooked: Post) -> None:
    """A long update arrives in several packets; each is one read."""
    body = json.dumps(update(text="好" * 3000), ensure_ascii=False).encode()
    where = urlsplit(hooked.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    head = (
        f"POST /telegram/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{HEADER}: {SECRET}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body[:100])
    await writer.drain()
    async with hooked.app.db.snapshot():  # the server has looked at the first piece by now
        pass
    writer.write(body[100:4000])
    await writer.drain()
    writer.write(body[4000:])
    await writer.drain()
    answer = await reader.read()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200")
    assert len(await hooked.rows(m.inbox)) == 1


async def test_nothing_is_answered_200_before_it_is_kept(hooked: Post) -> None:
    """The writer is busy: the call waits for the commit, it is not waved through."""
    async with hooked.app.db.transaction():
        call = asyncio.create_task(knock(hooked, update()))
        done, _ = await asyncio.wait({call}, timeout=0.3)
        assert not done

    assert await call == 200
    assert len(await hooked.rows(m.inbox)) == 1


async def test_an_update_of_a_kind_we_do_not_know_is_kept_and_done_with(hooked: Post) -> None:
    assert await knock(hooked, {"update_id": 5, "chat_boost": {"x": 1}}) == 200
    assert await knock(hooked, update()) == 200
    await hooked.person(ANA).answer()

    assert [row.state for row in await hooked.rows(m.inbox)] == ["done", "done"]


async def test_other_paths_and_ways_are_not_there(hooked: Post) -> None:
    async with aiohttp.ClientSession() as session:
        for method, path, status in (("GET", "/telegram/webhook", 405), ("POST", "/", 404), ("GET", "/docs", 404)):
            async with session.request(method, hooked.url + path) as answer:
                assert answer.status == status


# --- polling -----------------------------------------------------------------------------------------------------


async def test_what_is_said_arrives_by_polling_and_is_answered(post: Post) -> None:
    ana = post.person(ANA)
    said = await ana.say(CALL)
    await ana.answer(said, "李总 138****8000")
    await post.client.quiet()

    assert await post.client.violations() == []


POISON: list[dict[str, Any]] = [
    {"message": {"text": "no chat"}},
    {"message": {"message_id": 9001, "chat": {"id": ANA}, "date": "yesterday", "text": "x", "from": {"id": ANA}}},
    {"message": {"message_id": 9002, "chat": "here", "date": 1}},
    {"message": "text"},
    {"callback_query": {"id": "1"}},
    {"callback_query": {"data": "x"}},
    {"my_chat_member": {"from": {"id": ANA}}},
    {"edited_message": {}},
    {"something": None},
    {},
]  # fmt: skip


async def test_updates_that_cannot_be_read_are_put_aside_and_confirmed(post: Post) -> None:
    for one in POISON:
        post.queue.inject(one)
    ana = post.person(ANA)
    said = await ana.say("帮助")
    await ana.answer(said)
    async with asyncio.timeout(60):
        while await post.rows(m.inbox, state="new"):  # nothing is looped over
            await asyncio.sleep(0)

    assert len(await post.rows(m.inbox, state="parked")) >= 3
    assert (await look(post.app))["inbox"]["parked"] == len(await post.rows(m.inbox, state="parked"))


async def test_redelivered_updates_change_nothing(post: Post) -> None:
    ana = post.person(ANA)
    for number in range(5):
        said = await ana.say(f"记 李总 1380013{number:04d} 未接")
        await ana.answer(said)
    await post.client.quiet()
    before = len(ana.messages())
    again = await post.client.post("/api/redeliver", last=100)
    await post.client.quiet()
    said = await ana.say("帮助")
    await ana.answer(said)

    assert len(again["update_ids"]) == 5
    assert len(ana.messages()) == before + 2
    assert len(await post.rows(m.calls)) == 5


async def test_ids_that_begin_anew_after_a_silent_week_lose_nothing(post: Post) -> None:
    ana = post.person(ANA)
    await ana.answer(await ana.say("记 李总 13800130000 未接"))
    await post.client.quiet()
    post.queue.next_id = 7  # far below the last one
    post.telegram.silent_since -= SILENT_DAYS.total_seconds() + 1
    post.queue.abort("the poll that still waits with the old offset ends")
    said = await ana.say("记 李总 13800130001 未接")
    await ana.answer(said, patience=60)

    assert len(await post.rows(m.calls)) == 2


async def test_a_second_poller_is_an_alarm_until_it_goes(post: Post) -> None:
    await post.client.fault("409", "getUpdates", count=4)  # asked every five seconds
    post.queue.inject({})  # ends the poll under way
    await eventually(lambda: post.telegram.alarm is not None)
    state = await look(post.app)
    assert state["alarm"] == "another process polls with this token"
    assert not state["ok"]
    async with aiohttp.ClientSession() as session, session.get(f"{post.url}/healthz") as answer:
        assert answer.status == 503
    owner = next(c for c in STAFF if c.role is Role.MANAGER)
    await post.person(owner.user).sees("还有一个程序在用我的令牌")
    post.host.passes(61)  # a minute without it
    ana = post.person(ANA)
    await ana.answer(await ana.say("帮助"), patience=60)

    assert post.telegram.alarm is None


async def test_a_short_conflict_while_one_process_takes_over_from_another_is_no_alarm(post: Post) -> None:
    await post.client.fault("409", "getUpdates", count=3)  # 0, 5 and 10 seconds
    post.queue.inject({})
    ana = post.person(ANA)
    await ana.answer(await ana.say("帮助"), patience=60)

    assert post.host.rests[:3] == [5.0] * 3
    assert post.telegram.alarm is None
    assert not await post.rows(m.outbox, notice="token_shared")


async def test_two_bots_on_one_token_see_each_other(post: Post) -> None:
    """The rival is a stock bot; whoever polls later cuts the other off, as on the real server."""
    async with Bot(TOKEN, base_url=f"{post.sandbox.url}/bot") as rival:
        for _ in range(5):
            met = len(post.host.rests)
            with contextlib.suppress(Conflict):
                await rival.get_updates(timeout=1)
            await eventually(lambda met=met: len(post.host.rests) > met)  # type: ignore[misc]
        await eventually(lambda: post.telegram.alarm is not None)


async def test_a_webhook_that_somebody_set_is_taken_away_again(post: Post) -> None:
    await post.telegram.bot.set_webhook("http://127.0.0.1:9/elsewhere")
    post.queue.inject({})
    ana = post.person(ANA)
    await ana.answer(await ana.say("帮助"), patience=60)

    assert not (await post.telegram.bot.get_webhook_info()).url
    assert post.telegram.alarm == "another process polls with this token"
    owner = next(c for c in STAFF if c.role is Role.MANAGER)
    await post.person(owner.user).sees("还有一个程序在用我的令牌")


async def test_a_token_refused_while_polling_is_told_when_it_works_again(post: Post) -> None:
    """Since the owner cannot be told now, from when to when is told then; it is said once in the log."""
    owner = post.person(next(c for c in STAFF if c.role is Role.MANAGER).user)
    async with asyncio.timeout(60):
        while len(await post.rows(m.outbox, state="sent")) < 2:  # the menus: what is taken meanwhile is an end
            await asyncio.sleep(0)
    with structlog.testing.capture_logs() as lines:
        await post.client.fault("401", "getUpdates", count=5)
        post.queue.inject({})
        heard = await owner.sees("Telegram 不认我的令牌")
    critical = [line for line in lines if line["log_level"] == "critical"]

    assert [line["why"] for line in critical] == ["token refused"]
    assert post.host.rests[:5] == [30.0] * 5
    assert "17:20 到 17:2" in heard.text
    assert post.telegram.alarm is None
    assert len([message for message in owner.replies() if "令牌" in message.text]) == 1


async def test_a_page_of_a_proxy_is_no_verdict_on_the_token(post: Post) -> None:
    await post.client.fault("page", "*", count=3)
    post.queue.inject({})
    ana = post.person(ANA)
    await ana.answer(await ana.say("帮助"), patience=60)

    assert post.telegram.alarm is None
    assert not await post.rows(m.facts, name="telegram.refused")


async def test_what_a_cut_answer_held_is_not_in_the_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    await post.client.fault("malformed", "getUpdates")
    ana = post.person(ANA)
    await ana.answer(await ana.say(f"记 李总 13800130000 未接 {'好' * 200}"), patience=60)

    assert "13800130000" not in caplog.text
    assert "好好" not in caplog.text


async def test_a_server_that_fails_or_cuts_the_line_is_asked_again(post: Post) -> None:
    for kind in ("500", "drop_answer", "drop_request", "malformed"):
        await post.client.fault(kind, "getUpdates")
        ana = post.person(ANA)
        said = await ana.say(f"记 李总 1380013{len(kind):04d} 未接")
        await ana.answer(said, patience=60)

    assert len(await post.rows(m.inbox)) == 4
    assert len(await post.rows(m.calls)) == 4


async def test_a_flooded_poll_waits_as_it_is_told(post: Post) -> None:
    await post.client.fault("429", "getUpdates", retry_after=1)
    ana = post.person(ANA)
    await ana.answer(await ana.say("帮助"))

    assert post.telegram.alarm is None


async def test_updates_are_not_confirmed_while_the_database_cannot_keep_them(post: Post) -> None:
    """The inbox fails: the same updates are asked for again, and none is lost."""
    keep = post.app.deliver_for(post.telegram)
    failing = ["disk full", "disk full"]

    async def deliver(batch: Any) -> None:
        if failing:
            raise OSError(failing.pop())
        await keep(batch)

    post.app._tasks[0].cancel()  # the poll that works
    polling = asyncio.create_task(post.telegram.poll(deliver))
    ana, bob = post.person(ANA), post.person(BOB)
    one, two = await ana.say("记 李总 13800130000 未接"), await bob.say("记 王总 13900130000 未接")
    await ana.answer(one)
    await bob.answer(two)
    polling.cancel()

    assert not failing
    assert len(await post.rows(m.calls)) == 2
