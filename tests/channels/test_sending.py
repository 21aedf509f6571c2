"""Sending to Telegram: each failure in its class, each limit kept, nothing the real server would refuse (D6, D7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.length import units
from bot.channels.port import (
    File,
    Gone,
    Locked,
    MaybeSent,
    Moved,
    NotSent,
    Outgoing,
    Rejected,
    WireButton,
)
from bot.channels.telegram import Telegram, clean, fit
from bot.health import look
from core.store import models as m
from sandbox.server import Sandbox
from tests.channels.conftest import ANA, BOB, ZHOU, Post, eventually, open_post
from tests.chaos.doors import closed_port, deaf_port, hasty
from tests.e2e.company import GROUP, STAFF, TOKEN, network
from tests.office import START

HELLO = Outgoing("send", str(ANA), "你好")
CALL = "记 李总 13800138000 有意向70%"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(network(), clock=START, port=0) as running:
        yield running


@pytest.fixture
async def telegram(sandbox: Sandbox) -> AsyncIterator[Telegram]:
    """The adapter alone."""
    adapter = Telegram(TOKEN, sandbox.url)
    await adapter.start()
    yield adapter
    await adapter.stop()


def texts(sandbox: Sandbox, chat: int = ANA) -> list[str]:
    """What the bot's messages in a chat say."""
    place = sandbox.net.world.chats.get(chat)
    return [message.text or message.caption or "" for message in place.messages.values()] if place else []


# --- classes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        ({"kind": "429", "retry_after": 7}, NotSent, False),
        ({"kind": "500"}, MaybeSent, False),
        ({"kind": "drop_answer"}, MaybeSent, True),
        ({"kind": "drop_request"}, MaybeSent, False),
        ({"kind": "malformed"}, MaybeSent, True),
        ({"kind": "502"}, MaybeSent, False),
        ({"kind": "stall"}, MaybeSent, True),
        ({"kind": "400"}, Rejected, False),
        ({"kind": "too_long"}, Rejected, False),
        ({"kind": "413"}, Rejected, False),
        ({"kind": "403"}, Gone, False),
        ({"kind": "401"}, Locked, False),
        ({"kind": "409"}, Locked, False),
        ({"kind": "page"}, NotSent, False),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else "",
)
async def test_each_failure_has_its_class(
    sandbox: Sandbox, telegram: Telegram, fault: dict[str, Any], error: type[Exception], arrives: bool
) -> None:
    sandbox.api.faults.add({"method": "sendMessage"} | fault)
    if fault["kind"] == "stall":
        telegram = hasty(TOKEN, sandbox.url, read_timeout=0.1)
    with pytest.raises(error) as raised:
        await telegram.send(HELLO)

    if fault["kind"] == "429":
        assert isinstance(raised.value, NotSent)
        assert raised.value.delay == timedelta(seconds=7)
    assert texts(sandbox) == (["你好"] if arrives else [])


async def test_a_connection_that_never_comes_about_sent_nothing() -> None:
    with deaf_port() as port, pytest.raises(NotSent):
        await hasty(TOKEN, f"http://127.0.0.1:{port}", connect_timeout=0.1).send(HELLO)


async def test_a_line_that_cannot_be_sealed_sent_nothing(sandbox: Sandbox) -> None:
    """TLS with a server that does not speak it."""
    with pytest.raises(NotSent):
        await hasty(TOKEN, sandbox.url.replace("http:", "https:")).send(HELLO)

    assert texts(sandbox) == []


async def test_a_proxy_that_does_not_let_us_through_sent_nothing() -> None:
    with closed_port() as port, pytest.raises(NotSent):
        await hasty(TOKEN, "https://api.telegram.org", proxy=f"http://127.0.0.1:{port}").send(HELLO)


async def test_a_server_that_is_not_there_got_nothing(sandbox: Sandbox) -> None:
    adapter = Telegram(TOKEN, sandbox.url)
    await adapter.start()
    await sandbox.stop()
    with pytest.raises(NotSent) as raised:
        await adapter.send(HELLO)
    await adapter.stop()

    assert raised.value.delay is None


async def test_before_our_name_is_known_nothing_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(NotSent):
        await Telegram(TOKEN, sandbox.url).send(HELLO)


async def test_a_refused_token_is_an_alarm_until_a_call_is_taken_again(sandbox: Sandbox, telegram: Telegram) -> None:
    sandbox.api.faults.add({"method": "sendMessage", "kind": "401"})
    with pytest.raises(Locked):
        await telegram.send(HELLO)
    assert telegram.alarm == "token refused"
    await telegram.send(HELLO)

    assert telegram.alarm is None


async def test_a_refusal_of_one_message_proves_that_the_token_is_fine(sandbox: Sandbox, telegram: Telegram) -> None:
    for kind, error in (("403", Gone), ("400", Rejected), ("429", NotSent)):
        telegram.credentials.refused()
        sandbox.api.faults.add({"method": "sendMessage", "kind": kind})
        with pytest.raises(error):
            await telegram.send(HELLO)
        assert telegram.alarm is None


async def test_a_group_that_moved_says_where_it_is(sandbox: Sandbox, telegram: Telegram) -> None:
    new = sandbox.net.migrate(GROUP).id
    with pytest.raises(Moved) as raised:
        await telegram.send(replace(HELLO, chat=str(GROUP)))

    assert raised.value.chat == str(new)


async def test_a_chat_that_does_not_exist_is_gone(telegram: Telegram) -> None:
    with pytest.raises(Gone):
        await telegram.send(replace(HELLO, chat="123456789"))


async def test_an_edit_of_a_message_that_is_gone_is_rejected(sandbox: Sandbox, telegram: Telegram) -> None:
    number = await telegram.send(HELLO)
    assert number is not None
    await telegram.send(Outgoing("delete", str(ANA), message_id=number))
    with pytest.raises(Rejected):
        await telegram.send(Outgoing("edit", str(ANA), "neu", message_id=number))


async def test_an_edit_that_changes_nothing_is_fine(telegram: Telegram) -> None:
    number = await telegram.send(HELLO)

    assert await telegram.send(Outgoing("edit", str(ANA), "你好", message_id=number)) == number


async def test_a_press_that_is_too_old_to_be_answered_is_no_failure(telegram: Telegram) -> None:
    assert await telegram.send(Outgoing("answer", str(ANA), "好", press_id="12345")) is None


# --- what is sent --------------------------------------------------------------------------------------------------


async def test_everything_the_product_sends_is_what_the_schema_allows(sandbox: Sandbox, telegram: Telegram) -> None:
    buttons = ((WireButton("确认", "t" * 22), WireButton("退回", "u" * 22)),)
    chat = str(ANA)
    first = await telegram.send(Outgoing("send", chat, "<b>纯文本 & 不是 HTML", buttons, silent=True, protect=True))
    await telegram.send(Outgoing("edit", chat, "改了", (), message_id=first))
    await telegram.send(Outgoing("send", chat, "回复", reply_to=first, keyboard=(("周报", "收入"),)))
    await telegram.send(Outgoing("send", chat, "回复一条没有的", reply_to="99999"))
    await telegram.send(Outgoing("strip", chat, message_id=first))
    await telegram.send(Outgoing("send", chat, "图", file=File("a.png", PIXEL, picture=True)))
    await telegram.send(Outgoing("send", chat, "表", file=File("a.csv", b"1,2")))
    await telegram.send(Outgoing("menu", "menu", menu=(("/weekly", "周报"), ("/bind", "绑定群")), lang="zh"))
    await telegram.send(Outgoing("menu", "menu", menu=(("/weekly", "Weekly report"), ("/bind", "Bind")), lang="en"))
    await telegram.send(Outgoing("leave", str(GROUP)))

    assert list(sandbox.net.violations) == []
    assert texts(sandbox) == ["改了", "回复", "回复一条没有的", "图", "表"]


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360f8cfc0f01f0005000"
    "1ff89993d1d0000000049454e44ae426082".replace(" ", "")
)


@pytest.mark.parametrize(
    "text",
    [
        "好" * 10_000,
        "\n".join(["一行" * 30] * 200),
        "🙂" * 5000,
        "x" * 4096,
        "x" * 4097,
        "a\n" * 4000,
        "短\n" + "长" * 9000,
    ],
    ids=["one line", "lines", "emoji", "fits", "one more", "short lines", "short then long"],
)
async def test_a_text_that_is_too_long_is_cut_at_the_end_of_a_line(
    sandbox: Sandbox, telegram: Telegram, text: str
) -> None:
    await telegram.send(replace(HELLO, text=text))
    (said,) = texts(sandbox)

    assert units(said) <= 4096
    if units(text) <= 4096:
        assert said == text.strip()
        return
    kept, _, mark = said.rpartition("\n")
    assert mark == "…"
    assert text.startswith(kept)
    assert "\n" not in text[:4000] or text[len(kept)] == "\n"  # a line is cut only when there is but one
    assert list(sandbox.net.violations) == []


def test_a_caption_is_cut_at_its_own_limit() -> None:
    assert units(fit("好\n" * 1000, 1024)) <= 1024


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("李\x00总", "李总"),
        ("\x1b[31m红\x07", "[31m红"),
        ("一\r\n二\t三", "一\n二\t三"),
        ("半个\ud83d表情", "半个�表情"),
        ("🙂", "🙂"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_what_no_database_or_screen_can_bear_is_left_out(raw: str, kept: str) -> None:
    assert clean(raw) == kept


# --- the whole way ---------------------------------------------------------------------------------------------------


async def board(post: Post, once: str, **more: Any) -> None:
    """Something for the group."""
    async with post.app.db.transaction() as tx:
        await tx.post("telegram", str(GROUP), "unreachable", {"person": 1}, once=once, **more)


async def test_a_chat_under_429_waits_and_the_others_do_not(post: Post) -> None:
    ana, bob = post.person(ANA), post.person(BOB)
    await post.client.fault("429", "sendMessage", chat=ANA, retry_after=3)
    first = await ana.say(CALL)
    second = await ana.say("帮助")
    other = await bob.say("帮助")
    await bob.answer(other, patience=2.5)
    assert not ana.replies(first)
    one, two = await ana.answers(2, first)

    assert "李总" in one.text
    assert two.id > second.id
    assert await post.client.violations() == []  # not a message before the wait was over
    rows = await post.rows(m.outbox, chat=str(ANA), verb="send")
    assert {row.attempts for row in rows} == {1}


@pytest.mark.parametrize(("kind", "copies"), [("drop_answer", 2), ("drop_request", 1), ("500", 1), ("malformed", 2)])
async def test_a_receipt_whose_fate_is_unknown_is_said_once_more(post: Post, kind: str, copies: int) -> None:
    await post.client.fault(kind, "sendMessage", chat=ANA)
    ana = post.person(ANA)
    said = await ana.say(CALL)
    await eventually(lambda: len([c for c in post.sandbox.api.calls if c["method"] == "sendMessage"]) == 1)
    post.host_passes(3)
    await ana.answers(copies, said)
    await ana.answer(await ana.say("帮助"))

    assert [message.text.split()[1] for message in ana.replies(said)[:copies]] == ["李总"] * copies
    assert len(ana.replies(said)) == copies + 1
    assert len(await post.rows(m.calls)) == 1


async def test_a_board_whose_fate_is_unknown_is_not_said_again(post: Post) -> None:
    await post.client.fault("drop_answer", "sendMessage", chat=GROUP)
    await board(post, "b:1")
    ana = post.person(ANA)
    await post.client.until(lambda: ana.messages(GROUP), "the board")
    post.host_passes(100)
    await board(post, "b:2")
    await post.client.until(lambda: len(ana.messages(GROUP)) >= 2, "the next board")
    rows = {row.once: row.state for row in await post.rows(m.outbox, chat=str(GROUP))}

    assert len(ana.messages(GROUP)) == 2
    assert rows["b:1"] == "maybe"


async def test_who_blocks_the_bot_is_left_alone_until_they_come_back(post: Post) -> None:
    ana, zhou = post.person(ANA), post.person(ZHOU)
    await ana.block()
    await zhou.sees("林晓燕收不到我的消息")
    (account,) = await post.rows(m.accounts, external_id=str(ANA))
    assert account.unreachable_at is not None
    await ana.block(blocked=False)
    await ana.answer(await ana.say("帮助"))
    (account,) = await post.rows(m.accounts, external_id=str(ANA))

    assert account.unreachable_at is None
    assert len([message for message in zhou.replies() if "收不到" in message.text]) == 1


async def test_a_403_without_notice_is_understood_the_same_way(post: Post) -> None:
    await post.client.fault("403", "sendMessage", chat=ANA)
    ana, zhou = post.person(ANA), post.person(ZHOU)
    await ana.say("帮助")
    await zhou.sees("林晓燕收不到我的消息")
    await ana.answer(await ana.say("帮助"))
    (account,) = await post.rows(m.accounts, external_id=str(ANA))

    assert account.unreachable_at is None


async def test_a_group_that_becomes_a_supergroup_keeps_its_board(post: Post) -> None:
    zhou = post.person(ZHOU)
    bound = await zhou.say("/bind@waihu_demo_bot 领航组", chat=GROUP)
    await zhou.answer(bound, "领航组", chat=GROUP)
    new = (await post.client.post(f"/api/groups/{GROUP}/migrate"))["new_id"]
    await board(post, "b:1")  # still addressed to the old id
    await post.client.wait_for(lambda message: message.by_bot, chat=new)
    (group,) = await post.rows(m.group_chats, external_id=str(new))

    assert group.state == "bound"
    assert not await post.rows(m.group_chats, external_id=str(GROUP))


async def test_a_button_whose_message_was_deleted_is_answered_by_a_new_message(post: Post) -> None:
    ana = post.person(ANA)
    asked = await ana.answer(await ana.say("周报"))
    await ana.press(asked, "跳过")
    await post.client.until(lambda: "跳过" not in asked.labels, "the next question")
    sending = asyncio.create_task(ana.press(asked, asked.labels[0]))
    await ana.delete(asked)
    await sending
    fresh = await ana.answer(asked)

    assert fresh.text
    assert not await post.rows(m.outbox, state="dead")


async def test_a_refused_token_stops_sending_and_shows_on_the_health_page(post: Post) -> None:
    await post.client.fault("401", "sendMessage")
    ana = post.person(ANA)
    said = await ana.say(CALL)
    await eventually(lambda: post.telegram.alarm is not None)
    state = await look(post.app)
    assert state["outbox"]["waiting"] >= 1
    assert not ana.replies(said)
    post.host_passes(31)
    await ana.answer(said)

    assert (await look(post.app))["outbox"]["dead"] == 0


async def test_a_message_to_everybody_keeps_every_limit(tmp_path: Path) -> None:
    """The network answers 429 at its published limits here: it never has to."""
    async with open_post(tmp_path, flood=True) as post:
        await post.client.receiving()
        people = await post.rows(m.people)
        async with post.app.db.transaction() as tx:
            for number in range(12):
                for one in people if number < 4 else people[:1]:
                    await tx.notify(one.id, "unreachable", {"person": one.id}, once=f"{one.id}:{number}")
            for number in range(8):
                await tx.post("telegram", str(GROUP), "unreachable", {"person": 1}, once=f"b:{number}")
        wanted = 4 * len(STAFF) + 8 + 8  # 12 into one chat, 8 into the group, more than 30 in all

        def sent() -> list[Any]:
            return [call for call in post.sandbox.api.calls if call["method"] == "sendMessage"]

        await post.client.until(lambda: len(sent()) >= wanted, "everything", 40)
        assert {call["status"] for call in sent()} == {200}
        assert await post.client.violations() == []


async def test_the_health_page_tells_how_things_are(post: Post) -> None:
    ana = post.person(ANA)
    await ana.answer(await ana.say("帮助"))
    state = await look(post.app)

    assert state["ok"]
    assert (state["inbox"]["new"], state["inbox"]["parked"]) == (0, 0)
    assert datetime.fromisoformat(state["last_inbound"]) <= datetime.fromisoformat(state["now"])
    assert datetime.now(UTC) - datetime.fromisoformat(state["last_poll"]) < timedelta(seconds=60)
