"""Calls of the bot's own HTTP server that cannot be read: refused, one line a minute, nothing of them in the log."""

from __future__ import annotations

import gzip
import json
import logging

import pytest
from aiohttp import ClientSession
from aiohttp.http_exceptions import BadHttpMessage

from bot.unreadable import QUIET, OnceAMinute
from tests.channels.conftest import ANA, SECRET, Post


def spoken(record: logging.LogRecord) -> str:
    return logging.Formatter("%(levelname)s %(message)s").format(record)


def record(problem: Exception | None) -> logging.LogRecord:
    """As the server's library writes it."""
    told = (type(problem), problem, None) if problem else None
    return logging.LogRecord("bot.http", logging.ERROR, "x.py", 1, "Error handling request from %s", ("1.2.3.4",), told)


def test_a_callers_fault_is_said_once_a_minute_without_its_words_and_ours_always_in_full() -> None:
    host = [0.0]
    guard = OnceAMinute(lambda: host[0])
    theirs = [record(BadHttpMessage("secret words")) for _ in range(3)]

    assert [guard.filter(one) for one in theirs[:2]] == [True, False]
    host[0] += QUIET
    assert guard.filter(theirs[2])
    assert {spoken(one) for one in (theirs[0], theirs[2])} == {
        "WARNING calls that cannot be read are refused (BadHttpMessage)"
    }
    for ours in (record(RuntimeError("our own")), record(None)):
        assert guard.filter(ours)
        assert guard.filter(ours)
    assert "our own" in spoken(record(RuntimeError("our own")))


async def test_a_garbled_body_at_telegrams_address_leaves_no_traceback_and_the_next_call_is_heard(
    hooked: Post, caplog: pytest.LogCaptureFixture
) -> None:
    head = {"Content-Encoding": "gzip", "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with ClientSession() as session:
        for _ in range(3):
            async with session.post(f"{hooked.url}/telegram/webhook", data=b"secret words", headers=head) as answer:
                assert answer.status == 400
    await hooked.person(ANA).answer(await hooked.person(ANA).say("帮助"))

    assert "Traceback" not in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(("packed", "status"), [(False, 200), (True, 400)])
async def test_what_comes_packed_is_not_unpacked_for_anybody(hooked: Post, packed: bool, status: int) -> None:
    """A stranger's 400 kB may be 400 MB, and everything else would wait meanwhile."""
    body = json.dumps({"update_id": 4_000_000}).encode()
    head = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    if packed:
        body, head["Content-Encoding"] = gzip.compress(body), "gzip"
    async with (
        ClientSession() as session,
        session.post(f"{hooked.url}/telegram/webhook", data=body, headers=head) as it,
    ):
        assert it.status == status
