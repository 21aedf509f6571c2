"""Groups: privacy mode, membership, anonymous administrators, migration; joining by link; strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import BadRequest

from sandbox import Sandbox
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, NEWCOMER, OTHER, PEOPLE, START, STRANGER, connect, take


async def heard(bot: Bot) -> list[str | None]:
    return [update.message.text for update in await take(bot, 0) if update.message]


async def test_under_privacy_mode_the_bot_hears_only_what_is_meant_for_it(sandbox: Sandbox, bot: Bot) -> None:
    agent, manager = sandbox.user(AGENT), sandbox.user(MANAGER)
    chatter = await agent.say("大家早", chat=GROUP)
    await agent.say("/day", chat=GROUP)
    await agent.say("/day@other_bot", chat=GROUP)
    await agent.say("@waihu_bot 在吗", chat=GROUP)
    await manager.say("好的", reply_to=chatter)
    assert await heard(bot) == []
    await agent.say("/day@waihu_bot", chat=GROUP)
    await agent.say("/day@WAIHU_bot 3", chat=GROUP)
    assert await heard(bot) == ["/day@waihu_bot", "/day@WAIHU_bot 3"]
    board = await bot.send_message(GROUP, "榜单")
    await agent.say("/day", chat=GROUP)
    await manager.say("干得好", chat=GROUP, reply_to=board.message_id)
    await agent.say("谢谢", chat=GROUP)
    assert await heard(bot) == ["/day", "干得好"]


async def test_without_privacy_mode_or_as_administrator_it_hears_everything(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.post(f"/api/groups/{GROUP}/bot", present=True, by=MANAGER, admin=True)
    (promoted,) = await take(bot)
    assert promoted.my_chat_member is not None
    assert promoted.my_chat_member.new_chat_member.status == "administrator"
    await sandbox.user(AGENT).say("大家早", chat=GROUP)
    assert await heard(bot) == ["大家早"]
    async with Sandbox(PEOPLE, clock=START, privacy=False) as open_one, connect(open_one) as other:
        await open_one.user(AGENT).say("大家早", chat=GROUP)
        assert await heard(other) == ["大家早"]
        assert other.bot.can_read_all_group_messages


async def test_an_edited_group_message_follows_the_same_rule(sandbox: Sandbox, bot: Bot) -> None:
    agent = sandbox.user(AGENT)
    said = await agent.say("大家早", chat=GROUP)
    await agent.edit(said, "大家晚")
    assert await take(bot, 0) == []
    command = await agent.say("/day@waihu_bot", chat=GROUP)
    await agent.edit(command, "/day@waihu_bot 2")
    updates = await take(bot)
    assert [bool(u.edited_message) for u in updates] == [False, True]


async def test_adding_and_removing_the_bot_is_told_twice(sandbox: Sandbox, bot: Bot) -> None:
    made = await sandbox.client.post("/api/groups", title="新组", members=[MANAGER, AGENT], admins=[MANAGER])
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(made["id"], "x")
    await sandbox.client.post(f"/api/groups/{made['id']}/bot", present=True, by=AGENT)
    member, service = await take(bot)
    assert member.my_chat_member is not None
    assert member.my_chat_member.from_user.id == AGENT
    assert member.my_chat_member.old_chat_member.status == "left"
    assert member.my_chat_member.new_chat_member.status == "member"
    assert service.message is not None
    assert service.message.new_chat_members[0].id == bot.id
    await bot.send_message(made["id"], "大家好")
    await sandbox.client.post(f"/api/groups/{made['id']}/bot", present=False, by=MANAGER)
    service, member = await take(bot)
    assert service.message is not None
    assert service.message.left_chat_member is not None
    assert member.my_chat_member is not None
    assert member.my_chat_member.new_chat_member.status == "kicked"
    await sandbox.user(AGENT).say("/day@waihu_bot", chat=made["id"])
    assert await take(bot, 0) == []


async def test_members_come_and_go_with_service_messages(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.post(f"/api/groups/{GROUP}/members", add=[OTHER], remove=[NEWCOMER])
    came, left = [update.message for update in await take(bot)]
    assert came is not None
    assert came.new_chat_members[0].id == OTHER
    assert left is not None
    assert left.left_chat_member is not None
    assert left.left_chat_member.id == NEWCOMER
    assert await bot.get_chat_member_count(GROUP) == 4
    with pytest.raises(ValueError, match="not a member"):
        await sandbox.user(NEWCOMER).say("我还在", chat=GROUP)


async def test_members_are_looked_up(sandbox: Sandbox, bot: Bot) -> None:
    assert (await bot.get_chat_member(GROUP, MANAGER)).status == "creator"
    assert (await bot.get_chat_member(GROUP, AGENT)).status == "member"
    assert (await bot.get_chat_member(GROUP, OTHER)).status == "left"
    assert (await bot.get_chat_member(GROUP, bot.id)).status == "member"
    assert [admin.user.id for admin in await bot.get_chat_administrators(GROUP)] == [MANAGER]
    with pytest.raises(BadRequest, match=r"(?i)participant_id_invalid"):
        await bot.get_chat_member(GROUP, STRANGER)
    with pytest.raises(BadRequest, match="There are no administrators in the private chat"):
        await bot.get_chat_administrators(AGENT)


async def test_chats_are_looked_up(bot: Bot) -> None:
    group, private = await bot.get_chat(GROUP), await bot.get_chat(AGENT)
    assert (group.type, group.title) == ("group", "领航组")
    assert (private.type, private.first_name, private.username) == ("private", "林晓燕", "u005")


async def test_chat_member_updates_need_an_administrator_and_to_be_asked_for(sandbox: Sandbox, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["chat_member"], timeout=0)
    await sandbox.client.post(f"/api/groups/{GROUP}/members", add=[OTHER])
    assert await take(bot, 0) == []
    await sandbox.client.post(f"/api/groups/{GROUP}/bot", present=True, by=MANAGER, admin=True)
    await sandbox.client.post(f"/api/groups/{GROUP}/members", remove=[OTHER])
    (update,) = await take(bot)
    assert update.chat_member is not None
    assert update.chat_member.new_chat_member.status == "left"


async def test_an_anonymous_administrator_is_nobody_in_particular(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.client.post(f"/api/groups/{GROUP}/anonymous", as_=MANAGER, text="/bind@waihu_bot")
    (update,) = await take(bot)
    assert update.message is not None
    assert update.message.from_user is not None
    assert update.message.from_user.username == "GroupAnonymousBot"
    assert update.message.sender_chat is not None
    assert update.message.sender_chat.id == GROUP
    with pytest.raises(ValueError, match="only an administrator"):
        await sandbox.client.post(f"/api/groups/{GROUP}/anonymous", as_=AGENT, text="x")


async def test_a_group_moves_once_and_its_members_go_along(sandbox: Sandbox, bot: Bot) -> None:
    moved = await sandbox.client.post(f"/api/groups/{GROUP}/migrate")
    old, new = [update.message for update in await take(bot)]
    assert old is not None
    assert (old.chat.id, old.migrate_to_chat_id) == (GROUP, moved["new_id"])
    assert new is not None
    assert (new.chat.id, new.migrate_from_chat_id) == (moved["new_id"], GROUP)
    await sandbox.user(AGENT).say("/day@waihu_bot", chat=moved["new_id"])
    assert await heard(bot) == ["/day@waihu_bot"]
    with pytest.raises(ValueError, match="is now"):
        await sandbox.user(AGENT).say("还在旧的", chat=GROUP)
    with pytest.raises(ValueError, match="once"):
        await sandbox.client.post(f"/api/groups/{GROUP}/migrate")


async def test_a_deep_link_is_an_ordinary_start_message(sandbox: Sandbox, bot: Bot) -> None:
    newcomer = sandbox.user(NEWCOMER)
    with pytest.raises(ValueError, match="has not pressed Start yet"):
        await newcomer.say("你好")
    await newcomer.start("join_ab-12")
    assert await heard(bot) == ["/start join_ab-12"]
    with pytest.raises(ValueError, match="64 characters"):
        await newcomer.start("x" * 65)


async def test_start_unblocks(sandbox: Sandbox, bot: Bot) -> None:
    agent = sandbox.user(AGENT)
    await agent.block()
    await agent.block()
    await agent.start()
    blocked, unblocked, start = await take(bot)
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.new_chat_member.status == "member"
    assert start.message is not None


async def test_a_stranger_joins_the_network_with_whatever_name(sandbox: Sandbox, bot: Bot) -> None:
    made = await sandbox.client.post("/api/users", first_name="😀\u202eevil\u0000")
    stranger = sandbox.user(made["id"])
    await stranger.start()
    (update,) = await take(bot)
    assert update.message is not None
    assert update.message.from_user is not None
    assert update.message.from_user.first_name == "😀\u202eevil\u0000"


async def test_a_text_too_long_for_one_message_arrives_in_pieces(sandbox: Sandbox, bot: Bot) -> None:
    line = "今天打了一百二十通电话，接通四十五。\n"
    await sandbox.user(AGENT).say(line * 600)
    texts = await heard(bot)
    assert len(texts) == 3
    assert all(text is not None and len(text) <= 4096 and text.endswith("。") for text in texts)
    assert "\n".join(str(text) for text in texts) + "\n" == line * 600
    await sandbox.user(AGENT).say("😀" * 2049)
    assert await heard(bot) == ["😀" * 2048, "😀"]
    with pytest.raises(ValueError, match="caption"):
        await sandbox.user(AGENT).say("长" * 1025, media="photo")


async def test_a_person_replies_with_a_quote_and_deletes_without_telling(sandbox: Sandbox, bot: Bot) -> None:
    sent = await bot.send_message(AGENT, "周报已收到")
    agent = sandbox.user(AGENT)
    said = await agent.say("谢谢", reply_to=sent.message_id, quote="已收到")
    (update,) = await take(bot)
    assert update.message is not None
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.text == "周报已收到"
    assert update.message.quote is not None
    assert update.message.quote.text == "已收到"
    await agent.delete(said)
    assert await take(bot, 0) == []
    with pytest.raises(ValueError, match="not there any more"):
        await agent.say("再回", reply_to=said)


@pytest.fixture(autouse=True)
async def nothing_noted(sandbox: Sandbox) -> AsyncIterator[None]:
    """Nothing in these stories is a mistake of the bot."""
    yield
    assert sandbox.violations == []
