"""The AI bot's gateway: who may speak when, what is refused, what is lost on the way."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.client import WaitedInVainError
from sandbox.files import made_photo
from tests.sandbox.conftest import Host
from tests.sandbox.wecom import (
    BOT_ID,
    GROUP,
    LIN,
    PEOPLE,
    PRESSABLE,
    START,
    SUN,
    WANG,
    ZHOU,
    RawBot,
    markdown,
    req_id,
    stream,
    subscribed,
)


@pytest.fixture
async def sandbox(host: Host) -> AsyncIterator[Sandbox]:
    async with Sandbox(PEOPLE, clock=START, host=host) as running:
        yield running


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[RawBot]:
    async with subscribed(sandbox) as connected:
        yield connected


def noted(sandbox: Sandbox, what: str) -> bool:
    return any(what in violation["what"] for violation in sandbox.violations)


# -- connections ---------------------------------------------------------------------------------------------------


async def test_a_wrong_secret_is_refused_and_nothing_is_told_to_that_connection(sandbox: Sandbox) -> None:
    async with subscribed(sandbox) as good:
        other = await sandbox.client._session.ws_connect(f"{sandbox.url}/wecom/ws")  # type: ignore[union-attr]
        stranger = RawBot(other)

        assert await stranger.code("aibot_subscribe", {"bot_id": BOT_ID, "secret": "guess"}) == 853000
        assert await stranger.code("aibot_send_msg", markdown(LIN, "hi")) == 853000
        await sandbox.phone(LIN).say("今日")
        assert (await good.message())["body"]["text"]["content"] == "今日"
        await other.close()


async def test_whoever_subscribes_later_takes_over_and_the_former_one_is_told(sandbox: Sandbox, bot: RawBot) -> None:
    async with subscribed(sandbox) as later:
        event = await bot.event("disconnected_event")
        with pytest.raises(ConnectionError):
            await bot.heard()
        await sandbox.phone(LIN).say("今日")

        assert (await later.message())["body"]["from"]["userid"] == LIN
        assert event["cmd"] == "aibot_event_callback"


async def test_a_connection_without_heartbeat_is_ended(sandbox: Sandbox, bot: RawBot, host: Host) -> None:
    host.now += 60
    assert await bot.code("ping") == 0
    host.now += 60
    await sandbox.wecom.tick()
    assert sandbox.wecom.gateway.connected
    host.now += 31
    await sandbox.wecom.tick()

    assert not sandbox.wecom.gateway.connected
    assert noted(sandbox, "no heartbeat")


async def test_what_is_said_while_nobody_is_connected_is_lost_unless_the_console_keeps_it(sandbox: Sandbox) -> None:
    lost = await sandbox.phone(LIN).say("有人吗")
    await sandbox.client.post("/api/wecom/console", offline="kept")
    await sandbox.phone(LIN).say("还在吗")

    async with subscribed(sandbox) as bot:
        assert (await bot.message())["body"]["text"]["content"] == "还在吗"
    assert lost.data["heard"] is False


# -- messages ------------------------------------------------------------------------------------------------------


async def test_the_bot_hears_of_the_first_visit_of_a_day_and_of_every_message(sandbox: Sandbox, bot: RawBot) -> None:
    for text in ("早", "再说一句"):
        await sandbox.phone(LIN).say(text)
    heard = [await bot.heard() for _ in range(3)]
    await sandbox.client.move_clock("2026-11-21T09:00:00+08:00")
    await sandbox.phone(LIN).say("第二天")

    assert [frame["body"]["msgtype"] for frame in heard] == ["event", "text", "text"]
    assert heard[0]["body"]["event"] == {"eventtype": "enter_chat"}
    assert heard[1]["body"] | {"msgid": ""} == {
        "msgid": "",
        "aibotid": BOT_ID,
        "chattype": "single",
        "from": {"userid": LIN},
        "create_time": 1763630400,
        "msgtype": "text",
        "text": {"content": "早"},
    } | {"create_time": heard[1]["body"]["create_time"]}
    assert (await bot.heard())["body"]["event"] == {"eventtype": "enter_chat"}


async def test_an_encrypted_userid_is_all_the_bot_learns_and_all_it_can_write_to(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(SUN).say("绑定 123")
    frame = await bot.message()

    assert frame["body"]["from"] == {"userid": "woSunEncryptedId"}
    assert await bot.code("aibot_send_msg", markdown(SUN, "你好")) == 93006
    assert await bot.code("aibot_send_msg", markdown("woSunEncryptedId", "你好")) == 0


async def test_a_group_is_heard_only_where_the_bot_is_mentioned_and_quotes_bring_no_id(
    sandbox: Sandbox, bot: RawBot
) -> None:
    said = await sandbox.phone(ZHOU).say("@外呼管家 榜单", chat=GROUP)
    await bot.ask("aibot_respond_msg", stream("R-8H2M7\n" + "长" * 900), req_id(await bot.message()))
    report = await sandbox.phone(ZHOU).answer(said)
    await sandbox.phone(LIN).quote(report, "没有提到", at=False)
    await sandbox.phone(ZHOU).quote(report, "好", at=True)

    body = (await bot.message())["body"]
    assert body["text"]["content"] == "@外呼管家 好"
    assert body["quote"]["text"]["content"] == ("R-8H2M7\n" + "长" * 900)[:400]
    assert set(body["quote"]) == {"msgtype", "text"}
    assert not bot.callbacks


async def test_a_quoted_card_brings_nothing(sandbox: Sandbox, bot: RawBot) -> None:
    asked = await sandbox.phone(LIN).say("周报")
    await bot.ask(
        "aibot_respond_msg", {"msgtype": "template_card", "template_card": PRESSABLE}, req_id(await bot.message())
    )
    await sandbox.phone(LIN).quote(await sandbox.phone(LIN).answer(asked), "批复：很好")

    assert "quote" not in (await bot.message())["body"]


async def test_voice_comes_as_what_was_said_and_pictures_with_a_key(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("今天打了十二通", media="voice")
    await sandbox.phone(LIN).say("看图", media="image")

    assert (await bot.message())["body"]["voice"] == {"content": "今天打了十二通"}
    items = (await bot.message())["body"]["mixed"]["msg_item"]
    assert [item["msgtype"] for item in items] == ["text", "image"]
    assert len(base64.b64decode(items[1]["image"]["aeskey"])) == 32


# -- answers -------------------------------------------------------------------------------------------------------


async def test_text_is_no_answer_but_a_stream_markdown_and_cards_are(sandbox: Sandbox, bot: RawBot) -> None:
    codes = []
    for body in (
        {"msgtype": "text", "text": {"content": "你好"}},
        {"msgtype": "markdown", "markdown": {"content": "**你好**"}},
        stream("你好"),
        {"msgtype": "template_card", "template_card": PRESSABLE},
    ):
        await sandbox.phone(LIN).say("今日")
        codes.append(await bot.code("aibot_respond_msg", body, req_id(await bot.message())))

    assert codes == [40008, 0, 0, 0]
    assert len(await sandbox.phone(LIN).answers(3)) == 3
    assert noted(sandbox, "40008")


async def test_a_request_is_answered_once_and_only_on_its_own_connection(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("今日")
    first = req_id(await bot.message())

    assert await bot.code("aibot_respond_msg", stream("好"), first) == 0
    assert await bot.code("aibot_respond_msg", stream("又好"), first) == 846606
    async with subscribed(sandbox) as later:
        assert await later.code("aibot_respond_msg", stream("还好"), first) == 846605
        assert await later.code("aibot_respond_msg", stream("还好"), "made-up") == 846605


@pytest.mark.parametrize("again", ["markdown", "stream"])
async def test_after_a_message_there_is_no_second_answer_of_any_kind(sandbox: Sandbox, bot: RawBot, again: str) -> None:
    await sandbox.phone(LIN).say("今日")
    request = req_id(await bot.message())
    bodies = {"markdown": {"msgtype": "markdown", "markdown": {"content": "**好**"}}, "stream": stream("又好")}

    assert await bot.code("aibot_respond_msg", bodies["markdown"], request) == 0
    assert await bot.code("aibot_respond_msg", bodies[again], request) == 846606
    assert len(await sandbox.phone(LIN).answers(1)) == 1


@pytest.mark.parametrize("kind", ["stream", "template_card", "markdown"])
async def test_who_saw_no_ack_may_say_the_very_same_once_more_and_nothing_else(
    sandbox: Sandbox, bot: RawBot, kind: str
) -> None:
    bodies = {
        "stream": stream("好"),
        "template_card": {"msgtype": "template_card", "template_card": PRESSABLE},
        "markdown": {"msgtype": "markdown", "markdown": {"content": "好"}},
    }
    await sandbox.phone(LIN).say("今日")
    request = req_id(await bot.message())
    await sandbox.client.line.fault("drop_answer", "aibot_respond_msg")
    frame = {"cmd": "aibot_respond_msg", "headers": {"req_id": request}, "body": bodies[kind]}
    await bot.socket.send_json(frame)

    assert await bot.code("aibot_respond_msg", bodies[kind], request) == 846606
    assert not noted(sandbox, "846606")
    assert await bot.code("aibot_respond_msg", bodies[kind], request) == 846606  # now it knew
    assert noted(sandbox, "846606")
    assert len(sandbox.phone(LIN).replies()) == 1


async def test_another_answer_instead_of_a_repeat_is_a_mistake(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("今日")
    request = req_id(await bot.message())
    await sandbox.client.line.fault("drop_answer", "aibot_respond_msg")
    await bot.socket.send_json({"cmd": "aibot_respond_msg", "headers": {"req_id": request}, "body": stream("好")})

    assert await bot.code("aibot_respond_msg", stream("不好"), request) == 846606
    assert noted(sandbox, "846606")


async def test_a_stream_grows_until_it_is_finished_and_not_beyond_six_minutes(
    sandbox: Sandbox, bot: RawBot, host: Host
) -> None:
    said = await sandbox.phone(LIN).say("今日")
    request = req_id(await bot.message())
    await bot.ask("aibot_respond_msg", stream("一", finish=False), request)
    assert await bot.code("aibot_respond_msg", stream("一二", finish=False), request) == 0
    (growing,) = await sandbox.phone(LIN).answers(1, said)
    await sandbox.phone(LIN).changed(growing, "一二")
    assert growing.finished is False
    host.now += 300
    await bot.code("ping")
    host.now += 61

    assert await bot.code("aibot_respond_msg", stream("一二三"), request) == 846608
    await sandbox.wecom.tick()
    assert noted(sandbox, "left unfinished")
    assert growing.text == "一二"


async def test_too_long_too_empty_and_unknown_things_are_refused(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("今日")
    request = req_id(await bot.message())

    assert await bot.code("aibot_respond_msg", stream("长" * 6827), request) == 40058
    assert await bot.code("aibot_respond_msg", stream("  "), request) == 44004
    assert await bot.code("aibot_send_msg", markdown(LIN, "长" * 6827)) == 40058
    assert await bot.code("aibot_send_msg", markdown(LIN, "长" * 6826)) == 0
    assert await bot.code("aibot_fly") == 40058
    await bot.socket.send_str("not json")
    assert await bot.code("ping") == 0
    assert noted(sandbox, "no frame")


async def test_the_bot_writes_by_itself_only_where_somebody_spoke_to_it(sandbox: Sandbox, bot: RawBot) -> None:
    assert await bot.code("aibot_send_msg", markdown(LIN, "早")) == 93006
    assert await bot.code("aibot_send_msg", markdown(GROUP, "早")) == 93006
    await sandbox.phone(LIN).say("早")
    await sandbox.phone(ZHOU).say("绑定 领航组", chat=GROUP, at=True)

    assert await bot.code("aibot_send_msg", markdown(LIN, "早")) == 0
    assert await bot.code("aibot_send_msg", markdown(GROUP, "早")) == 0
    assert await bot.code("aibot_send_msg", markdown(GROUP.lower(), "早")) == 93006
    assert await bot.code("aibot_send_msg", markdown(LIN, "早") | {"chat_type": 2}) == 93006
    await sandbox.client.post("/api/wecom/groups/change", id=GROUP, bot=False)
    assert await bot.code("aibot_send_msg", markdown(GROUP, "早")) == 93006


async def test_more_than_thirty_a_minute_into_one_conversation_are_refused(
    sandbox: Sandbox, bot: RawBot, host: Host
) -> None:
    for userid in (LIN, WANG):
        await sandbox.phone(userid).say("早")
    codes = [await bot.code("aibot_send_msg", markdown(LIN, f"第 {n} 条")) for n in range(31)]

    assert codes == [0] * 30 + [846607]
    assert await bot.code("aibot_send_msg", markdown(WANG, "别人不受影响")) == 0
    host.now += 60
    assert await bot.code("aibot_send_msg", markdown(LIN, "一分钟以后")) == 0


async def test_a_welcome_comes_within_five_seconds_of_the_visit_or_not_at_all(
    sandbox: Sandbox, bot: RawBot, host: Host
) -> None:
    hello = {"msgtype": "text", "text": {"content": "你好"}}
    await sandbox.phone(LIN).enter()
    first = req_id(await bot.event("enter_chat"))
    await sandbox.phone(WANG).enter()
    second = req_id(await bot.event("enter_chat"))

    assert await bot.code("aibot_respond_welcome_msg", hello, first) == 0
    assert await bot.code("aibot_respond_welcome_msg", hello, first) == 846606
    host.now += 5.1
    assert await bot.code("aibot_respond_welcome_msg", hello, second) == 846605
    assert await bot.code("aibot_respond_msg", stream("你好"), second) == 846605


# -- cards ---------------------------------------------------------------------------------------------------------


async def a_card(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("周报")
    body = {"chatid": LIN, "msgtype": "template_card", "template_card": PRESSABLE}
    assert await bot.code("aibot_send_msg", body) == 0


async def test_a_pressed_card_changes_within_five_seconds_once_and_under_its_own_name(
    sandbox: Sandbox, bot: RawBot, host: Host
) -> None:
    await a_card(sandbox, bot)
    phone = sandbox.phone(LIN)
    card = await phone.sees("W-2026-47-005")
    await phone.press(card, "收到", times=2)
    first, second = req_id(await bot.event("template_card_event")), req_id(await bot.event("template_card_event"))
    done = {**PRESSABLE, "replace_text": "已收到"}
    update = {"response_type": "update_template_card", "template_card": done}

    assert card.data["busy"] == [LIN]
    other = {**update, "template_card": {**done, "task_id": "task-2"}}
    assert await bot.code("aibot_respond_update_msg", other, first) == 40058
    assert await bot.code("aibot_respond_update_msg", update, first) == 0
    assert await bot.code("aibot_respond_update_msg", update, first) == 846606
    host.now += 5.1
    assert await bot.code("aibot_respond_update_msg", update, second) == 846605
    await phone.changed(card, "已收到")
    assert (card.labels, card.data["busy"]) == ([], [])


async def test_a_phone_that_lags_behind_can_press_what_the_card_shows_no_more(sandbox: Sandbox, bot: RawBot) -> None:
    await a_card(sandbox, bot)
    phone = sandbox.phone(LIN)
    card = await phone.sees("W-2026-47-005")
    await phone.press(card, "收到")
    done = {**PRESSABLE, "replace_text": "已收到"}
    event = await bot.event("template_card_event")
    await bot.ask(
        "aibot_respond_update_msg", {"response_type": "update_template_card", "template_card": done}, req_id(event)
    )
    await phone.changed(card, "已收到")

    await phone.press_key(card, "ok")

    assert (await bot.event("template_card_event"))["body"]["event"]["template_card_event"]["event_key"] == "ok"
    with pytest.raises(ValueError, match="no key"):
        await phone.press_key(card, "forged")


async def test_drop_downs_tell_what_was_chosen(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("今日")
    choice = {
        "card_type": "multiple_interaction",
        "main_title": {"title": "哪个组"},
        "select_list": [
            {
                "question_key": "team",
                "title": "组",
                "option_list": [{"id": "1", "text": "领航组"}, {"id": "2", "text": "远帆组"}],
            }
        ],
        "submit_button": {"text": "确定", "key": "go"},
        "task_id": "choose-1",
    }
    await bot.ask("aibot_send_msg", {"chatid": LIN, "msgtype": "template_card", "template_card": choice})
    await sandbox.phone(LIN).press(await sandbox.phone(LIN).sees("哪个组"), "确定", choose="远帆")

    event = (await bot.event("template_card_event"))["body"]["event"]["template_card_event"]
    assert event["selected_items"] == {"selected_item": [{"question_key": "team", "option_ids": {"option_id": ["2"]}}]}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"task_id": None}, "task_id is missing"),
        ({"task_id": "周报"}, "task_id"),
        ({"button_list": []}, "1 to 6"),
        ({"button_list": [{"text": str(n), "key": str(n)} for n in range(7)]}, "1 to 6"),
        ({"button_list": [{"text": "无键"}]}, "key"),
        ({"main_title": {}}, "main_title.title"),
        ({"card_type": "poster"}, "card_type"),
        ({"horizontal_content_list": [{"keyname": "a"}] * 7}, "0 to 6"),
        ({"card_type": "text_notice", "button_list": None}, "card_action"),
    ],
)
async def test_a_card_that_is_none_is_refused(
    sandbox: Sandbox, bot: RawBot, change: dict[str, object], why: str
) -> None:
    await sandbox.phone(LIN).say("周报")
    card = {key: value for key, value in {**PRESSABLE, **change}.items() if value is not None}

    answer = await bot.ask("aibot_send_msg", {"chatid": LIN, "msgtype": "template_card", "template_card": card})

    assert answer["errcode"] == 40058
    assert why in answer["errmsg"]


async def test_what_a_card_shows_only_in_part_is_noted_and_a_task_id_is_new(sandbox: Sandbox, bot: RawBot) -> None:
    await a_card(sandbox, bot)
    long = {**PRESSABLE, "task_id": "task-9", "main_title": {"title": "题" * 37}, "colour": "red"}

    assert await bot.code("aibot_send_msg", {"chatid": LIN, "msgtype": "template_card", "template_card": long}) == 0
    again = {"chatid": LIN, "msgtype": "template_card", "template_card": PRESSABLE}
    assert await bot.code("aibot_send_msg", again) == 40058
    assert noted(sandbox, "37 characters, 36 are shown")
    assert noted(sandbox, "no field colour")


# -- uploads -------------------------------------------------------------------------------------------------------


async def test_an_upload_is_whole_and_small_enough_or_refused(sandbox: Sandbox, bot: RawBot) -> None:
    data = made_photo()
    begin = {
        "type": "image",
        "filename": "榜.png",
        "total_size": len(data),
        "total_chunks": 1,
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
    }
    upload = (await bot.ask("aibot_upload_media_init", begin))["body"]["upload_id"]
    piece = {"upload_id": upload, "chunk_index": 0, "base64_data": base64.b64encode(data).decode()}

    assert await bot.code("aibot_upload_media_finish", {"upload_id": upload}) == 40058
    unsigned = (await bot.ask("aibot_upload_media_init", begin | {"md5": ""}))["body"]["upload_id"]
    assert await bot.code("aibot_upload_media_finish", {"upload_id": unsigned}) == 40058
    assert await bot.code("aibot_upload_media_chunk", {**piece, "chunk_index": 1}) == 40058
    assert await bot.code("aibot_upload_media_chunk", piece) == 0
    kept = (await bot.ask("aibot_upload_media_finish", {"upload_id": upload}))["body"]
    assert await bot.code("aibot_upload_media_init", begin | {"total_size": 11 * 1024 * 1024}) == 40009
    await sandbox.phone(LIN).say("榜单")
    picture = {"chatid": LIN, "msgtype": "image", "image": {"media_id": kept["media_id"]}}
    assert await bot.code("aibot_send_msg", picture) == 0
    await sandbox.client.move_clock("2026-11-24T09:00:00+08:00")
    assert await bot.code("aibot_send_msg", picture) == 40007


# -- faults --------------------------------------------------------------------------------------------------------


async def test_a_lost_acknowledgement_leaves_the_message_there(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("早")
    await sandbox.client.line.fault("drop_answer", "aibot_send_msg")
    await sandbox.client.line.fault("drop_request", "aibot_send_msg")
    for text in ("做了", "没做"):
        frame = {"cmd": "aibot_send_msg", "headers": {"req_id": text}, "body": markdown(LIN, text)}
        await bot.socket.send_json(frame)

    assert await bot.code("ping") == 0
    assert [message.text for message in sandbox.phone(LIN).replies()] == ["做了"]


async def test_lines_break_before_or_after_a_message_was_taken(sandbox: Sandbox) -> None:
    await sandbox.phone(LIN).say("早")
    for kind in ("cut", "cut_after"):
        async with subscribed(sandbox) as bot:
            await sandbox.phone(LIN).say("我在")  # from now on it may write
            await sandbox.client.line.fault(kind, "aibot_send_msg")
            with pytest.raises(ConnectionError):
                await bot.ask("aibot_send_msg", markdown(LIN, kind))
    await sandbox.phone(LIN).answer(containing="cut_after")

    assert [message.text for message in sandbox.phone(LIN).replies()] == ["cut_after"]


async def test_a_kicked_connection_hears_why_or_nothing(sandbox: Sandbox) -> None:
    async with subscribed(sandbox) as bot:
        await sandbox.client.line.kick(told=True)
        await bot.event("disconnected_event")
    async with subscribed(sandbox) as bot:
        await sandbox.client.line.kick()
        with pytest.raises(ConnectionError):
            await bot.heard()


async def test_callbacks_can_get_lost_come_twice_and_be_repeated(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).enter()
    await sandbox.client.line.fault("drop_request", "aibot_msg_callback")
    lost = await sandbox.phone(LIN).say("丢了")
    await sandbox.client.line.fault("twice", "aibot_msg_callback")
    await sandbox.phone(LIN).say("两次")
    first, second = await bot.message(), await bot.message()
    await sandbox.client.line.repeat(1)
    third = await bot.message()

    assert lost.data["heard"] is False
    assert first["body"] == second["body"] == third["body"]
    assert len({req_id(frame) for frame in (first, second, third)}) == 3


async def test_any_refusal_can_be_ordered(sandbox: Sandbox, bot: RawBot) -> None:
    await sandbox.phone(LIN).say("早")
    await sandbox.client.line.fault("errcode", "aibot_send_msg", code=600039, to=LIN)

    assert await bot.code("aibot_send_msg", markdown(LIN, "早")) == 600039
    assert await bot.code("aibot_send_msg", markdown(LIN, "早")) == 0
    assert sandbox.violations == []
    with pytest.raises(WaitedInVainError):
        await sandbox.phone(WANG).answer(patience=0.01)


# -- the state -----------------------------------------------------------------------------------------------------


async def test_what_was_said_survives_a_restart_and_requests_do_not(tmp_path: Path, host: Host) -> None:
    place = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, host=host, state=place) as before, subscribed(before) as bot:
        await a_card(before, bot)
        await before.phone(LIN).say("还没回答")
        await before.phone(LIN).sees("W-2026-47-005")
    async with Sandbox(PEOPLE, host=host, state=place) as after, subscribed(after) as bot:
        phone = after.phone(LIN)
        card = await phone.sees("W-2026-47-005")
        await phone.press(card, "收到")
        event = await bot.event("template_card_event")

        assert phone.messages()[0].text == "周报"
        assert event["body"]["event"]["template_card_event"]["task_id"] == "task-1"
        assert await bot.code("aibot_send_msg", markdown(LIN, "接着说")) == 0


async def test_switches_of_the_console_survive_a_restart(tmp_path: Path, host: Host) -> None:
    place = tmp_path / "sandbox.json"
    async with Sandbox(PEOPLE, clock=START, host=host, state=place) as before:
        await before.client.post("/api/wecom/console", trusted=False, offline="kept")
    async with Sandbox(PEOPLE, host=host, state=place) as after:
        state = await after.client.get("/api/wecom/state")

    assert (state["app"]["trusted"], state["offline"]) == (False, "kept")


@pytest.mark.parametrize(("name", "value"), [("aes_key", "too-short"), ("offline", "sometimes")])
def test_a_console_that_cannot_work_is_refused_at_once(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"43|one of"):
        Sandbox({**PEOPLE, "wecom": {**PEOPLE["wecom"], name: value}}, clock=START)
