"""WeCom's AI bot, the real adapter against the emulated gateway: what is said, pressed, dropped and refused."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.port import Rejected
from bot.channels.wecom.aibot_files import unlocked
from core.store import models as m
from sandbox.wecom.cipher import lock
from sandbox.wecom.client import WeComMessage
from sandbox.wecom.gateway import Asked
from tests.contract.world import BOSS, BOT_NAME, GROUP, World, open_world

ANA = "林晓燕"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Ana and her supervisor are on WeCom."""
    async with open_world(tmp_path, on={ANA: ["wecom"], BOSS: ["wecom"]}, networks=["wecom"]) as opened:
        yield opened


async def test_a_stranger_is_told_what_to_do_and_joins_with_a_code(world: World) -> None:
    fang = world.wecom("王芳")
    said = await fang.say("你好")
    await fang.answer(said, "邀请码")
    bound = await fang.say(f"绑定 {await world.code_for('王芳')}")
    await fang.answer(bound, "王芳")

    assert [(row.channel, row.external_id) for row in await world.rows(m.accounts, external_id=fang.userid)] == [
        ("wecom", fang.userid)
    ]
    assert not world.violations()


async def test_what_is_said_is_answered_on_its_own_request(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("记 李总 13800138000 有意向")
    await ana.answer(said)

    calls = await world.client.line.calls("aibot_respond_msg")
    assert [call["code"] for call in calls] == [0]
    assert len(await world.rows(m.calls)) == 1
    assert not world.violations()


async def test_a_pressed_card_shows_what_was_chosen_and_the_result_is_a_new_message(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("报单 5000 自拓 李总 13800138000")
    asked = await ana.client.until(lambda: next((x for x in ana.replies(said) if x.buttons), None), "a card")
    label = asked.labels[0]
    await ana.press(asked, label)
    await ana.changed(asked, f"✓ {label}")
    await ana.answer(asked)

    assert not asked.buttons
    assert not world.violations()
    assert {row.state for row in await world.rows(m.inbox)} == {"done"}


async def test_a_group_is_bound_by_mentioning_the_bot(world: World) -> None:
    boss = world.wecom(BOSS)
    asked = await boss.answer(await boss.say("绑定", chat=GROUP, at=True))
    assert asked.text == "绑给你的组:@我 说:绑定 领航组"
    said = await boss.say("绑定 领航组", chat=GROUP, at=True)
    await boss.answer(said, "绑好了:领航组")

    (group,) = await world.rows(m.group_chats)
    assert (group.channel, group.external_id, group.state) == ("wecom", f"-{GROUP}", "bound")
    assert BOT_NAME not in group.external_id


# --- repeated, lost, broken ------------------------------------------------------------------------------------------


async def test_what_the_network_says_twice_happens_once(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("记 李总 13800138000 有意向")
    await ana.answer(said)
    await world.client.line.repeat(1)
    again = await ana.say("今日")
    await ana.answer(again)

    assert len(await world.rows(m.calls)) == 1
    assert len([one for one in ana.replies(said) if "李总" in one.text and one.id < again.id]) == 1


async def test_a_card_pressed_five_times_acts_once_and_says_so(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("报单 5000 自拓 李总 13800138000")
    card = await ana.client.until(lambda: next((x for x in ana.replies(said) if x.buttons), None), "a card")
    key = card.button("提交")["key"]
    await ana.press_key(card, key, times=5)
    await ana.answers(3, card)
    end = await ana.say("今日")
    await ana.answer(end)

    assert len(await world.rows(m.deals)) == 1


async def test_a_lost_answer_to_a_request_is_asked_for_again_and_seen_once(world: World) -> None:
    ana = world.wecom(ANA)
    await world.client.line.fault("drop_answer", "aibot_respond_msg")
    said = await ana.say("记 李总 13800138000 有意向")
    await ana.answer(said)
    await world.until(lambda: world.sent("aibot_respond_msg") == 2)
    await ana.answer(await ana.say("今日"))
    await world.settled()

    assert len([one for one in ana.replies(said) if one.text.startswith("✅ 李总")]) == 1
    assert {row.state for row in await world.rows(m.outbox)} == {"sent"}


async def test_a_push_without_an_ack_is_repeated_only_where_that_is_allowed(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    for key, repeatable in (("receipt", True), ("reminder", False)):
        await world.client.line.fault("drop_answer", "aibot_send_msg")
        await world.tell(ANA, f"{key} {key}", once=key, repeatable=repeatable)
        await ana.sees(key)
        await world.settled()

    texts = [one.text for one in ana.replies(0)]
    assert (texts.count("receipt receipt"), texts.count("reminder reminder")) == (2, 1)
    assert {row.once: row.state for row in await world.rows(m.outbox) if row.once in {"receipt", "reminder"}} == {
        "receipt": "sent", "reminder": "maybe",
    }  # fmt: skip


async def test_a_cut_connection_comes_back_and_what_was_asked_before_is_answered_by_a_push(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    await world.client.line.fault("cut_after", "aibot_msg_callback")
    said = await ana.say("记 李总 13800138000 有意向")
    await ana.answer(said)

    assert world.channel.gateway.number >= 2
    assert len(await world.rows(m.calls)) == 1


async def test_while_the_network_is_gone_nothing_is_tried_in_vain(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    await world.client.line.fault("cut", "aibot_subscribe", count=1000)
    await world.client.line.kick()
    await world.until(lambda: not world.channel.up)
    for number in range(3):
        await world.tell(ANA, f"waits {number}", once=f"n{number}")
    world.host_passes(3600)
    await world.until(lambda: world.channel.gateway.number > 5)
    waiting = [row for row in await world.rows(m.outbox) if row.once.startswith("n")]
    await world.client.line.mend()
    await ana.sees("waits 2")

    assert [(row.state, row.attempts) for row in waiting] == [("new", 0)] * 3
    assert [one.text for one in ana.replies(0) if "waits" in one.text] == ["waits 0", "waits 1", "waits 2"]


async def alarmed(world: World, what: str) -> None:
    """Until the owner's message about it is written: it is, beside whatever the connection does meanwhile."""
    async with asyncio.timeout(60):
        while not [row for row in await world.rows(m.outbox) if row.once.startswith(what)]:
            await asyncio.sleep(0)


async def test_another_connection_is_not_fought_and_the_owner_hears_of_it(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    before = len(world.host.rests)
    await world.client.line.kick(told=True)
    await world.until(lambda: world.channel.gateway.number == 2 and world.channel.up)

    assert world.host.rests[before : before + 2] == [15.0, 60.0]
    await alarmed(world, "alarm:shared:wecom")
    await ana.answer(await ana.say("今日"))


async def test_a_refused_secret_is_an_alarm_and_its_end_is_told(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    await world.client.line.fault("errcode", "aibot_subscribe", count=2, code=853000)
    await world.client.line.kick()
    await world.until(lambda: world.channel.gateway.number >= 4 and world.channel.up)
    await world.until(lambda: world.channel.alarm is None)
    await ana.answer(await ana.say("今日"))

    assert 30.0 in world.host.rests
    await alarmed(world, "alarm:refused:wecom")


async def test_a_conversation_that_had_too_much_waits_and_the_others_do_not(world: World) -> None:
    ana, boss = world.wecom(ANA), world.wecom(BOSS)
    for phone in (ana, boss):
        await phone.answer(await phone.say("帮助"))
    await world.client.line.fault("errcode", "aibot_send_msg", code=846607)
    await world.tell(ANA, "later", once="later")
    await world.until(lambda: world.sent("aibot_send_msg") == 1)
    await world.tell(BOSS, "at once", once="at-once")
    await boss.sees("at once")

    assert not [one for one in ana.replies(0) if "later" in one.text]
    world.host_passes(62)
    await ana.sees("later")


# --- what is said ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media", ["image", "file", "video"])
async def test_what_cannot_be_read_is_answered_kindly(world: World, media: str) -> None:
    ana = world.wecom(ANA)

    assert "看不懂" in (await ana.answer(await ana.say(media=media))).text


async def test_a_voice_message_counts_as_its_words(world: World) -> None:
    ana = world.wecom(ANA)

    assert "打字" in (await ana.answer(await ana.say("帮助。", media="voice"))).text


async def test_a_sealed_userid_is_bound_by_code_like_any_other(world: World) -> None:
    sealed = "woAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"
    fang = world.wecom("王芳")
    await world.client.post("/api/wecom/members/change", userid=fang.userid, sealed=sealed)
    await fang.answer(await fang.say(f"绑定 {await world.code_for('王芳')}"), "王芳")
    await fang.answer(await fang.say("今日"))

    assert [row.external_id for row in await world.rows(m.accounts, external_id=sealed)] == [sealed]


async def test_names_and_notes_are_never_markup(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("记 <@all>李总 13800138000 有意向 备注 [点我](http://evil.example) **急** `rm`")
    receipt = await ana.answer(said)
    words = await ana.answer(await ana.say("报单 5000 <@all> **急** [点我](http://evil.example) 李总 13800138000"))

    assert "<" not in receipt.text
    assert words.kind == "card" or not set("<[`*") & set(words.text)


async def test_a_press_after_three_days_acts_once_and_needs_no_card(world: World) -> None:
    ana = world.wecom(ANA)
    said = await ana.say("报单 5000 自拓 李总 13800138000")
    card = await ana.client.until(lambda: next((x for x in ana.replies(said) if x.buttons), None), "a card")
    await world.client.move_clock(add_seconds=73 * 3600)
    await ana.press(card, "提交")
    await ana.answer(card)

    assert len(await world.rows(m.deals)) == 1


async def test_frames_nobody_knows_are_parked_and_disturb_nobody(world: World) -> None:
    line = world.sandbox.wecom.gateway.live
    assert line is not None
    for text in ("{", "[]", '{"cmd":"aibot_msg_callback"}', '{"cmd":"x","headers":5,"body":[]}', '{"errcode":0}'):
        await line.socket.send_str(text)
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))

    assert all(row.state in {"done", "parked"} for row in await world.rows(m.inbox))


async def sends_file(world: World, who: str, content: bytes) -> WeComMessage | None:
    """Somebody sends this very file."""
    hub, key, phone = world.sandbox.wecom, secrets.token_bytes(32), world.wecom(who)
    file = hub.net.files.add("document", content, "x.toml").file_id
    body = {
        "msgid": secrets.token_hex(8), "aibotid": "aib-demo", "chattype": "single", "from": {"userid": phone.userid},
        "msgtype": "file",
        "file": {"url": f"{hub.root()}/wecom/file/{hub.gateway.offer(file, key)}", "aeskey": b64encode(key).decode()},
    }  # fmt: skip
    before = max((one.id for one in phone.messages()), default=0)
    await hub.gateway.tell(
        "aibot_msg_callback", body, Asked("message", phone.place(None), phone.userid, hub.net.host())
    )
    return await phone.answer(before)


async def test_a_policy_file_is_fetched_opened_and_read(world: World) -> None:
    boss = world.wecom(BOSS)
    await boss.answer(await boss.say("帮助"))
    answer = await sends_file(world, BOSS, b'name = "policy"\n')

    assert answer is not None
    assert "看不懂" not in answer.text


@pytest.mark.parametrize("content", [b"\x00\x01\x02" * 50, b"x" * 70_000, b"[broken"])
async def test_a_file_that_nothing_here_reads_is_answered_kindly(world: World, content: bytes) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    answer = await sends_file(world, ANA, content)

    assert answer is not None
    assert "看不懂" in answer.text


@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_what_the_network_locks_is_opened_and_nothing_else_is(content: bytes, key: bytes) -> None:
    word = b64encode(key).decode()
    assert unlocked(lock(key, content), word) == content
    for spoilt, with_key in ((content, word), (lock(key, content)[:-1], word), (lock(key, content), word[:-8])):
        with contextlib.suppress(Rejected):
            assert unlocked(spoilt, with_key) is not None
    with pytest.raises(Rejected):
        unlocked(lock(key, content)[:-1], word)


async def test_a_conversation_never_gets_more_than_it_may_in_a_minute(world: World) -> None:
    ana = world.wecom(ANA)
    await ana.answer(await ana.say("帮助"))
    for number in range(40):
        await world.tell(ANA, f"notice {number}", once=f"f{number}")
    await ana.sees("notice 23")

    assert all(call["code"] == 0 for call in await world.client.line.calls())
    assert len(ana.replies(0)) == 25
