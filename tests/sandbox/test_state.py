"""The state file: a restart of the sandbox keeps everything."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup

from sandbox import Sandbox
from sandbox.files import made_photo
from tests.sandbox.conftest import AGENT, GROUP, MANAGER, PEOPLE, START, Host, connect, take

OK = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="ok")]])


async def view(sandbox: Sandbox) -> dict[str, Any]:
    """Everything the page can see, but for what a process is."""
    state = await sandbox.client.state()
    chats = {
        chat["id"]: (await sandbox.client.get(f"/api/chats/{chat['id']}/messages"))["messages"]
        for chat in state["chats"]
    }
    return {name: state[name] for name in ("users", "chats", "commands", "pending_updates")} | {"messages": chats}


async def test_chats_updates_files_and_clock_are_kept(tmp_path: Path, host: Host) -> None:
    state = tmp_path / "deep" / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, state=state, host=host) as first, connect(first) as bot:
        agent = first.user(AGENT)
        said = await agent.say("周报")
        (update,) = await take(bot)
        photo = await bot.send_photo(GROUP, made_photo(), caption="榜")
        await bot.send_message(AGENT, "收到", reply_markup=OK, reply_to_message_id=said.id)
        await bot.set_my_commands([BotCommand("day", "今日")])
        await first.client.post(f"/api/groups/{GROUP}/migrate")
        await first.user(MANAGER).block()
        waiting = await agent.say("还没取走")
        await agent.delete(said)
        await first.client.move_clock(add_seconds=3600)
        before = await view(first)
    assert not state.with_name("sandbox.json.new").exists()
    async with Sandbox(PEOPLE, clock=START, state=state, host=host) as second, connect(second) as bot:
        assert await view(second) == before
        assert second.clock.now() == datetime.fromisoformat(START) + timedelta(hours=1)
        updates = await bot.get_updates(offset=update.update_id + 1, timeout=5)
        assert [u.update_id for u in updates] == list(range(update.update_id + 1, update.update_id + len(updates) + 1))
        assert updates[-1].message is not None
        assert updates[-1].message.message_id == waiting.id
        again = await bot.send_photo(AGENT, photo.photo[-1].file_id)
        assert again.photo == photo.photo
        assert again.message_id == waiting.id + 1
        file = await bot.get_file(photo.photo[-1].file_id)
        assert bytes(await file.download_as_bytearray()) == made_photo()


async def test_a_pressed_button_can_be_answered_after_a_restart(tmp_path: Path, host: Host) -> None:
    state = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, state=state, host=host) as first, connect(first) as bot:
        await bot.send_message(AGENT, "?", reply_markup=OK)
        agent = first.user(AGENT)
        (callback,) = await agent.press(await agent.answer(), "好")
    async with Sandbox(PEOPLE, state=state, host=host) as second, connect(second) as bot:
        assert await bot.answer_callback_query(callback, "晚了一点")
        assert (await second.user(AGENT).toast(callback))["text"] == "晚了一点"


async def test_two_sandboxes_do_not_share_a_state_file(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, state=state) as first:
        await first.user(MANAGER).say("我的世界")
        second = Sandbox(PEOPLE, state=state)
        with pytest.raises(OSError, match="another sandbox is using"):
            await second.start()
        await second.stop()
    async with Sandbox(PEOPLE, state=state) as third:
        assert [m.text for m in third.user(MANAGER).messages()] == ["我的世界"]


async def test_people_added_to_the_list_later_join_the_saved_world(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    fewer = {"bot": PEOPLE["bot"], "users": PEOPLE["users"][:1], "groups": []}
    async with Sandbox(fewer, clock=START, state=state) as first:
        await first.user(MANAGER).say("在")
    async with Sandbox(PEOPLE, state=state) as second:
        assert len((await second.client.state())["users"]) == len(PEOPLE["users"])
        assert [m.text for m in second.user(MANAGER).messages()] == ["在"]


async def test_a_moved_group_is_not_brought_back_by_the_list(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, state=state) as first:
        await first.client.post(f"/api/groups/{GROUP}/migrate")
        groups = len((await first.client.state())["chats"])
    async with Sandbox(PEOPLE, state=state) as second:
        assert len((await second.client.state())["chats"]) == groups


async def test_after_an_unclean_end_the_clock_does_not_go_back(tmp_path: Path, host: Host) -> None:
    state = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, state=state, host=host):
        pass
    later = datetime.fromisoformat(START) + timedelta(minutes=7)
    (tmp_path / "sandbox.clock").write_text(later.isoformat())
    async with Sandbox(PEOPLE, state=state, host=host) as second:
        assert second.clock.now() == later


async def test_people_can_come_from_a_file(tmp_path: Path) -> None:
    listed = tmp_path / "people.json"
    listed.write_text(json.dumps(PEOPLE), "utf-8")
    async with Sandbox(listed, clock="2026-11-20T08:00:00") as sandbox, connect(sandbox) as bot:
        assert bot.username == "waihu_bot"
        assert sandbox.clock.now().isoformat().startswith("2026-11-20T08:00:0")
        assert str(sandbox.clock.now().utcoffset()) == "8:00:00"


async def test_without_a_list_two_people_and_a_group_are_there() -> None:
    async with Sandbox() as sandbox, connect(sandbox) as bot:
        assert isinstance(bot, Bot)
        assert len((await sandbox.client.state())["users"]) == 2


async def test_a_broken_state_file_is_an_error_not_a_fresh_start(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    state.write_text("{", "utf-8")
    with pytest.raises(ValueError, match="Expecting"):
        Sandbox(PEOPLE, state=state)
