"""getUpdates: acknowledged by the offset of the next call, delivered again without it, one poller only."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ServerDisconnectedError
from telegram import Bot
from telegram.error import Conflict, InvalidToken

from sandbox import Sandbox
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, NEWCOMER, PEOPLE, START, Api, Host, connect, take


async def test_a_typed_message_arrives_as_ptb_expects_it(sandbox: Sandbox, bot: Bot) -> None:
    said = await sandbox.user(AGENT).say("/day 3")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message is not None
    assert (update.message.text, update.message.message_id) == ("/day 3", said.id)
    assert update.message.date.isoformat() == "2026-11-20T09:20:00+00:00"
    assert update.message.from_user is not None
    assert update.message.from_user.language_code == "zh-hans"
    assert update.message.chat.type == "private"
    assert update.message.entities[0].type == "bot_command"
    assert sandbox.violations == []


async def test_updates_come_again_until_a_higher_offset_confirms_them(sandbox: Sandbox, api: Api) -> None:
    for text in ("一", "二", "三"):
        await sandbox.user(AGENT).say(text)
    first = await api.result("getUpdates")
    assert [update["message"]["text"] for update in first] == ["一", "二", "三"]
    assert await api.result("getUpdates") == first
    ids = [update["update_id"] for update in first]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert await api.result("getUpdates", offset=ids[1]) == first[1:]
    assert await api.result("getUpdates", offset=0) == first[1:], "confirmed is gone for good"
    assert await api.result("getUpdates", offset=ids[2] + 1) == []


async def test_an_update_is_confirmed_when_the_call_arrives_even_if_its_answer_is_lost(
    sandbox: Sandbox, api: Api
) -> None:
    await sandbox.user(AGENT).say("一")
    (update,) = await api.result("getUpdates")
    await sandbox.client.fault("drop_answer", "getUpdates")
    with pytest.raises(ServerDisconnectedError):
        await api("getUpdates", offset=update["update_id"] + 1)
    assert await api.result("getUpdates") == []


async def test_the_limit_is_kept_and_forced_into_its_bounds(sandbox: Sandbox, api: Api) -> None:
    for number in range(3):
        await sandbox.user(AGENT).say(str(number))
    assert len(await api.result("getUpdates", limit=2)) == 2
    assert len(await api.result("getUpdates", limit=0)) == 1


async def test_a_negative_offset_keeps_the_last_and_forgets_the_rest(sandbox: Sandbox, api: Api) -> None:
    for number in range(4):
        await sandbox.user(AGENT).say(str(number))
    kept = await api.result("getUpdates", offset=-1)
    assert [update["message"]["text"] for update in kept] == ["3"]
    assert len(await api.result("getUpdates")) == 1


async def test_a_long_poll_ends_when_something_comes(sandbox: Sandbox, api: Api) -> None:
    polling = asyncio.create_task(api.result("getUpdates", timeout=30))
    await sandbox.client.receiving()
    await sandbox.user(AGENT).say("在吗")
    (update,) = await polling
    assert update["message"]["text"] == "在吗"


async def test_a_newer_poller_ends_the_older_with_409_and_that_is_noted(sandbox: Sandbox, bot: Bot, api: Api) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await sandbox.client.receiving()
    newer = asyncio.create_task(api.result("getUpdates", timeout=30))
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await older
    await sandbox.user(AGENT).say("给新的")
    assert len(await newer) == 1
    assert [v["what"] for v in sandbox.violations] == ["two pollers: another getUpdates was still waiting"]


async def test_a_killed_poller_is_no_second_poller(sandbox: Sandbox, api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))
    writer.write(b"GET /bot4242:test/getUpdates?timeout=30 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    await writer.drain()
    await sandbox.client.receiving()
    writer.transport.abort()
    await reader.read()
    await sandbox.user(AGENT).say("醒醒")
    assert len(await api.result("getUpdates", timeout=30)) == 1
    assert sandbox.violations == []


async def test_allowed_updates_stay_until_changed_and_do_not_touch_what_waits(sandbox: Sandbox, api: Api) -> None:
    agent = sandbox.user(AGENT)
    await api.result("getUpdates", allowed_updates=["callback_query"])
    await agent.say("不要")
    assert await api.result("getUpdates") == []
    await api.result("getUpdates", allowed_updates=[])
    await agent.say("要")
    await api.result("getUpdates", allowed_updates=["callback_query"])
    assert [u["message"]["text"] for u in await api.result("getUpdates")] == ["要"]


async def test_an_unknown_kind_in_allowed_updates_is_noted(sandbox: Sandbox, api: Api) -> None:
    await api.result("getUpdates", allowed_updates=["mesage"])
    assert "mesage" in sandbox.violations[0]["what"]


async def test_updates_are_lost_after_a_day_of_host_time(sandbox: Sandbox, api: Api, host: Host) -> None:
    await sandbox.user(AGENT).say("旧")
    host.now += 24 * 3600 - 1
    assert len(await api.result("getUpdates")) == 1
    host.now += 2
    assert await api.result("getUpdates") == []


async def test_moving_the_company_clock_a_week_loses_no_update(sandbox: Sandbox, api: Api) -> None:
    await sandbox.user(AGENT).say("旧")
    await sandbox.client.move_clock(add_seconds=7 * 86400)
    assert len(await api.result("getUpdates")) == 1


async def test_redelivered_updates_keep_their_ids_and_come_once_more(sandbox: Sandbox, bot: Bot, api: Api) -> None:
    await sandbox.user(AGENT).say("一")
    (update,) = await take(bot)
    answer = await sandbox.client.post("/api/redeliver", last=5)
    assert answer["update_ids"] == [update.update_id]
    again = await api.result("getUpdates", offset=update.update_id + 1)
    assert [u["update_id"] for u in again] == [update.update_id]
    assert await api.result("getUpdates", offset=update.update_id + 1) == []


async def test_raw_updates_can_be_injected_malformed_ones_too(sandbox: Sandbox, api: Api) -> None:
    await sandbox.client.post("/api/inject", update={"message": {"text": 5}})
    (update,) = await api.result("getUpdates")
    assert update["message"] == {"text": 5}
    assert isinstance(update["update_id"], int)


async def test_a_wrong_token_is_unauthorized(sandbox: Sandbox, api: Api) -> None:
    api.url = f"{sandbox.url}/bot4242:other"
    assert await api.refused("getMe") == "Unauthorized"
    with pytest.raises(InvalidToken):
        async with Bot("4242:other", base_url=f"{sandbox.url}/bot"):
            pass


async def test_unknown_methods_answer_404_and_are_noted(sandbox: Sandbox, api: Api) -> None:
    assert await api.refused("sendMesage", chat_id=AGENT) == "Not Found: method not found"
    assert await api.refused("sendDice", chat_id=AGENT) == "Not Found: method not found"
    assert [v["what"] for v in sandbox.violations] == [
        "there is no such method",
        "the real server has this method, the sandbox does not",
    ]


async def test_method_names_are_not_case_sensitive_and_get_works(sandbox: Sandbox, api: Api) -> None:
    async with api.session.get(f"{api.url}/GETME") as response:
        assert (await response.json())["result"]["username"] == "waihu_bot"


async def test_ptb_learns_who_it_is(bot: Bot) -> None:
    assert (bot.id, bot.username, bot.first_name) == (4242, "waihu_bot", "外呼管家")
    assert bot.bot.can_read_all_group_messages is False


async def test_joining_later_than_the_state_keeps_everybody() -> None:
    fewer = {**PEOPLE, "users": PEOPLE["users"][:1]}
    async with Sandbox(fewer, clock=START) as sandbox, connect(sandbox) as bot:
        await sandbox.user(MANAGER).say("在")
        assert len(await take(bot)) == 1


async def test_ptb_reads_every_kind_of_update(sandbox: Sandbox, bot: Bot) -> None:
    agent = sandbox.user(AGENT)
    for media in ("photo", "voice", "document", "sticker"):
        await agent.say("说明", media=media)
    said = await agent.say("改前")
    await agent.edit(said, "改后")
    await agent.block()
    await agent.block(blocked=False)
    await sandbox.client.post(f"/api/groups/{GROUP}/members", remove=[NEWCOMER])
    await sandbox.client.post(f"/api/groups/{GROUP}/anonymous", as_=MANAGER, text="/hi@waihu_bot")
    await sandbox.client.post(f"/api/groups/{GROUP}/migrate")
    updates = await take(bot)
    media_kinds = [u.message for u in updates[:4] if u.message]
    assert [bool(m.photo) for m in media_kinds] == [True, False, False, False]
    assert media_kinds[0].caption == "说明"
    assert media_kinds[1].voice is not None
    assert media_kinds[2].document is not None
    assert media_kinds[3].sticker is not None
    assert media_kinds[3].caption is None
    assert updates[5].edited_message is not None
    assert updates[5].edited_message.text == "改后"
    assert updates[5].edited_message.edit_date is not None
    assert [u.my_chat_member.new_chat_member.status for u in updates if u.my_chat_member] == ["kicked", "member"]
    services = [u.message for u in updates if u.message and u.message.chat.id < 0]
    assert services[0].left_chat_member is not None
    assert services[1].sender_chat is not None
    assert services[1].from_user is not None
    assert services[1].from_user.id == 1087968824
    assert services[2].migrate_to_chat_id == services[3].chat.id
    assert services[3].migrate_from_chat_id == GROUP
