"""The self-built app: what it understands, what it says, and what becomes of it over a bad line."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.layout import in_parts
from bot.channels.length import octets
from bot.channels.line import Line, Receiver
from bot.channels.port import File, Gone, Kind, Locked, NotSent, Outgoing, Rejected, WireButton
from bot.channels.wecom import app_reading, app_saying
from bot.channels.wecom.app import A_MINUTE, App, CalledApp
from bot.channels.wecom.crypto import Cipher, key_of
from bot.channels.wecom.menu import built, same
from bot.channels.wecom.xml_fields import fields
from bot.networks import app_menu
from sandbox import Sandbox
from sandbox.client import SandboxClient
from sandbox.files import made_photo
from sandbox.wecom.client import WeComMessage
from tests.sandbox.wecom import AGENT_ID, CORP_ID, LIN, PEOPLE, SECRET, START, SUN

WECOM = PEOPLE["wecom"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
tokens = (f"token{number:04d}" for number in itertools.count())


def xml(kind: str, inner: str = "", *, who: str = "ZhangSan", at: str = "1795426800") -> Any:
    return fields(
        f"<xml><ToUserName><![CDATA[corp]]></ToUserName><FromUserName><![CDATA[{who}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inner}<AgentID>1</AgentID></xml>"
    )


def event(name: str, inner: str = "") -> Any:
    return xml("event", f"<Event><![CDATA[{name}]]></Event>{inner}")


def buttons(*labels: str) -> tuple[tuple[WireButton, ...], ...]:
    return tuple((WireButton(label, next(tokens)),) for label in labels)


# --- what members do ---------------------------------------------------------------------------------------------------


def test_a_text_comes_with_its_senders_own_time() -> None:
    raw = xml("text", "<Content><![CDATA[ 记 李总 <b> ]]></Content><MsgId>4561255354251345929</MsgId>")
    found = app_reading.read(raw, channel="wecom_app")

    assert found is not None
    assert (found.kind, found.text, found.sender, found.chat) == (Kind.MESSAGE, "记 李总 <b>", "ZhangSan", "ZhangSan")
    assert found.private
    assert found.at == datetime.fromtimestamp(1795426800, UTC)
    assert found.key == found.message_id == "message:4561255354251345929"


@pytest.mark.parametrize(
    ("kind", "attachment"),
    [
        ("image", "photo"), ("voice", "voice"), ("video", "video"), ("location", "location"), ("link", "link"),
        ("hologram", "document"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_something_that_was_sent(kind: str, attachment: str) -> None:
    found = app_reading.read(xml(kind, "<MediaId>m</MediaId><MsgId>7</MsgId>"), channel="wecom_app")

    assert found is not None
    assert (found.kind, found.attachment, found.text) == (Kind.MESSAGE, attachment, "")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("subscribe", Kind.UNBLOCKED), ("unsubscribe", Kind.BLOCKED), ("enter_agent", Kind.OPENED), ("SUBSCRIBE", Kind.UNBLOCKED)],
)  # fmt: skip
def test_coming_into_sight_and_going_out_of_it_is_noticed(name: str, kind: Kind) -> None:
    found = app_reading.read(event(name, "<EventKey/>"), channel="wecom_app")
    assert found is not None
    assert found.kind is kind


def test_a_menu_key_is_the_word_it_stands_for() -> None:
    found = app_reading.read(event("click", "<EventKey><![CDATA[记电话]]></EventKey>"), channel="wecom_app")
    assert found is not None
    assert (found.kind, found.text) == (Kind.MESSAGE, "记电话")


@pytest.mark.parametrize(
    "name", ["view", "LOCATION", "change_contact", "batch_job_result", "low_active", "something_new", "click", ""]
)
def test_events_that_do_not_concern_us_are_passed_over_quietly(name: str) -> None:
    assert app_reading.read(event(name), channel="wecom_app") is None


@pytest.mark.parametrize(
    "raw", [None, [], "", {}, {"MsgType": ["a", "b"]}, {"MsgType": ""}, {"Content": "x"}, {"MsgType": {"a": "b"}}]
)
def test_what_is_no_message_has_no_key(raw: Any) -> None:
    with pytest.raises(ValueError, match="no message"):
        app_reading.envelope(raw)


def test_two_presses_in_one_second_are_two_and_a_repeat_is_one() -> None:
    def press(key: str, code: str) -> Any:
        return event(
            "template_card_event", f"<EventKey>{key}</EventKey><TaskId>t</TaskId><ResponseCode>{code}</ResponseCode>"
        )

    one, two = press("a", "r1"), press("a", "r2")

    assert app_reading.envelope(one) != app_reading.envelope(two)
    assert app_reading.envelope(one) == app_reading.envelope(press("a", "r1"))


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "99999999999999999999", "１２３"])
def test_a_stamp_that_is_none_is_left_out(stamp: str) -> None:
    found = app_reading.read(xml("text", "<Content>x</Content><MsgId>1</MsgId>", at=stamp), channel="wecom_app")
    assert found is not None
    assert found.at is None


# --- what the bot says -------------------------------------------------------------------------------------------------


def said(out: Outgoing, *, interactive: bool = True) -> list[app_saying.Step]:
    return app_saying.steps(out, interactive=interactive)


def test_a_long_text_goes_out_in_numbered_parts_and_loses_nothing() -> None:
    lines = [f"第{n}行 " + "字" * (n % 90) + "😀" * (n % 3) for n in range(120)]
    pieces = [step.content["content"] for step in said(Outgoing("send", "a", "\n".join(lines)))]

    assert len(pieces) > 3
    assert all(octets(piece) <= 2048 for piece in pieces)
    assert [piece.partition("\n")[0] for piece in pieces] == [f"({n}/{len(pieces)})" for n in range(1, len(pieces) + 1)]
    assert "\n".join(piece.partition("\n")[2] for piece in pieces).split("\n") == lines


def test_the_longest_message_has_fewer_parts_than_a_member_may_get_in_a_minute() -> None:
    longest = Outgoing(
        "send", LIN, "长" * App.limits.text, buttons(*(f"第 {n} 个很长很长很长很长的选择" for n in range(20)))
    )

    assert len(app_saying.steps(longest, interactive=True)) <= A_MINUTE


def test_one_endless_line_is_cut_between_characters() -> None:
    text = "价😀" * 2000
    pieces = [step.content["content"].partition("\n")[2] for step in said(Outgoing("send", "a", text))]
    assert "".join(pieces) == text


@pytest.mark.parametrize("name", ['<a href="http://x">李</a>', "<@all>", "</a>", "<!-- -->", "<script>"])
def test_a_name_is_no_link_and_no_mention(name: str) -> None:
    (step,) = said(Outgoing("send", "a", f"已记:{name} 3<5 a<b"))
    assert not re.search(r"<[a-zA-Z/!@]", step.content["content"].removesuffix("b"))
    assert "3<5" in step.content["content"]


def test_a_few_words_with_buttons_are_one_card() -> None:
    (step,) = said(Outgoing("send", "a", "核对一下\n李总 13800138000", buttons("发送", "修改", "取消")))

    card = step.content
    assert step.kind == "template_card"
    assert card["main_title"]["title"] == "核对一下"
    assert [button["text"] for button in card["button_list"]] == ["发送", "修改", "取消"]
    assert re.fullmatch(r"[0-9A-Za-z_@-]{1,128}", card["task_id"])


def test_the_same_message_is_the_same_card_and_another_is_another() -> None:
    first, again = buttons("发送"), buttons("发送")
    cards = [said(Outgoing("send", "a", "核对", rows))[0].content for rows in (first, first, again)]
    assert cards[0] == cards[1]
    assert cards[0]["task_id"] != cards[2]["task_id"]


@pytest.mark.parametrize("count", [1, 6, 7, 10, 11, 25])
@pytest.mark.parametrize("label", ["短{}", "一个比十个字还要长的说法{}", "很长" * 12 + "{}"])
def test_however_many_buttons_there_are_all_can_be_pressed_and_read(count: int, label: str) -> None:
    rows = buttons(*(label.format(n) for n in range(count)))
    steps = said(Outgoing("send", "a", "选一个", rows))

    keys: list[str] = []
    for step in steps:
        assert len(step.content.get("button_list", ())) <= 6
        options = step.content.get("button_selection", {}).get("option_list", [])
        assert len(options) <= 10
        keys += [option["id"].partition("\n")[0] for option in options]
        if not options:
            keys += [button["key"].partition("\n")[0] for button in step.content.get("button_list", ())]
    assert keys == [button.token for row in rows for button in row]
    told = "\n".join(str(step.content) for step in steps)
    assert all(button.label in told for row in rows for button in row)
    assert len({step.content["task_id"] for step in steps if step.kind == "template_card"}) == sum(
        step.kind == "template_card" for step in steps
    )


def test_where_no_press_can_reach_us_the_buttons_are_numbers_to_type() -> None:
    (step,) = said(Outgoing("send", "a", "核对", buttons("发送", "修改")), interactive=False)
    assert step.content["content"] == "核对\n1 发送\n2 修改"


def test_what_must_not_be_forwarded_is_not_on_a_card() -> None:
    steps = said(Outgoing("send", "a", "本月 5000 元", buttons("为什么"), protect=True))
    assert [step.kind for step in steps] == ["text", "template_card"]
    assert "5000" not in str(steps[1].content)


# --- the menu ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_menu_is_one_that_wecom_takes_and_its_words_are_words_of_ours(lang: str) -> None:
    from bot.handlers.registry import routes

    menu = app_menu(lang)

    assert 1 <= len(menu) <= 3
    for button in menu:
        assert octets(button["name"]) <= 16
        assert 1 <= len(button["sub_button"]) <= 5
        for below in button["sub_button"]:
            assert octets(below["name"]) <= 40
            assert routes.find_word(below["key"]), below["key"]


@pytest.mark.parametrize(
    "groups", [[], [("a", ["b"])] * 4, [("一二三四五六", ["b"])], [("a", [])], [("a", ["b"] * 6)], [("a", ["字" * 14])]]
)
def test_a_menu_that_wecom_would_refuse_is_not_built(groups: Sequence[Any]) -> None:
    with pytest.raises(ValueError, match=r"\d"):
        built(groups)


def test_what_wecom_adds_to_a_menu_makes_no_other_menu() -> None:
    menu = built([("报告", ["周报", "月报"])])
    below: list[Any] = [{"type": "click", "name": w, "key": w, "sub_button": []} for w in ("周报", "月报")]

    assert same([{"name": "报告", "sub_button": below}], menu)
    assert same([{"name": "报告", "sub_button": {"list": below}}], menu)
    assert not same([{"name": "报告", "sub_button": below[:1]}], menu)
    assert not same(None, menu)


# --- over the wire ---------------------------------------------------------------------------------------------------------


@dataclass
class Wired:
    """The emulated server, and the app that speaks to it with host seconds set by hand."""

    sandbox: Sandbox
    client: SandboxClient
    app: App
    seconds: list[float]

    async def say(self, text: str, *labels: str, chat: str = LIN, **more: Any) -> str | None:
        return await self.app.send(Outgoing("send", chat, text, buttons(*labels) if labels else (), **more))

    async def another(self) -> None:
        """The app as the next process has it: it remembers nothing."""
        await self.app.stop()
        self.app = made(self.sandbox, self.seconds)

    def heard(self, userid: str = LIN) -> list[WeComMessage]:
        return self.client.wecom(userid).replies(0, "app")

    async def texts(self, count: int) -> list[str]:
        await self.client.until(lambda: len(self.heard()) >= count, f"{count} messages")
        return [message.text for message in self.heard()]


@asynccontextmanager
async def wired(**people: Any) -> AsyncIterator[Wired]:
    seconds = [1000.0]
    async with (
        Sandbox(PEOPLE | people, clock=START, host=lambda: seconds[0]) as sandbox,
        SandboxClient(sandbox.url) as client,
    ):
        wire = Wired(sandbox, client, made(sandbox, seconds), seconds)
        yield wire
        await wire.app.stop()


def made(sandbox: Sandbox, seconds: list[float]) -> CalledApp:
    """The app, with host seconds set by hand."""

    async def rest(pause: float) -> None:
        seconds[0] += pause
        await asyncio.sleep(0)

    return CalledApp(
        CORP_ID, str(AGENT_ID), SECRET, Cipher(WECOM["token"], key_of(WECOM["aes_key"]), CORP_ID),
        f"{sandbox.url}/wecom", menu=app_menu("zh"), monotonic=lambda: seconds[0], rest=rest,
    )  # fmt: skip


@pytest.fixture
async def wire() -> AsyncIterator[Wired]:
    async with wired() as it:
        yield it


def test_the_app_is_what_the_process_knows_how_to_run() -> None:
    app: Line = App(CORP_ID, str(AGENT_ID), SECRET)
    called: Receiver = CalledApp(CORP_ID, "1", SECRET, Cipher("t", bytes(32), CORP_ID))
    assert isinstance(called, Receiver)
    assert not isinstance(app, Receiver)


async def test_words_and_cards_arrive_as_they_are(wire: Wired) -> None:
    await wire.say("周六 22:00 前交周报")
    await wire.say("核对一下", "发送", "修改")
    await wire.client.until(lambda: len(wire.heard()) == 2)

    text, card = wire.heard()
    assert text.text == "周六 22:00 前交周报"
    assert card.labels == ["发送", "修改"]
    assert await wire.client.violations() == []
    assert wire.app.credentials.trouble is None


async def test_everything_the_layout_makes_is_taken_without_a_remark(wire: Wired) -> None:
    payload: dict[str, Any] = {"text": "标题\n" + "很长的正文,一行又一行\n" * 40, "lang": "zh"}
    rows = buttons(*(f"第 {n} 个很长很长的选择" for n in range(9)))
    payload |= {"buttons": [[(b.label, b.token) for b in row] for row in rows]}
    for part in in_parts(payload, wire.app.limits):
        given = tuple(tuple(WireButton(*b) for b in row) for row in part.get("buttons", ()))
        await wire.app.send(Outgoing("send", LIN, part["text"], given))
    assert await wire.client.violations() == []


@pytest.mark.parametrize("kind", ["drop_request", "drop_answer", "cut", "cut_after", "malformed", "http"])
async def test_after_a_lost_answer_it_is_said_once_more_and_heard_once(wire: Wired, kind: str) -> None:
    for number, labels in enumerate(((), ("发送",))):
        await wire.client.line.fault(kind, "message/send", code=502)
        await wire.say(f"第{number}条", *labels)

    assert len(await wire.texts(2)) == 2


async def test_the_same_answer_to_the_same_question_is_said_again(wire: Wired) -> None:
    for _ in range(3):
        await wire.say("今天没有要办的")
    assert await wire.texts(3) == ["今天没有要办的"] * 3


async def test_the_next_process_says_the_same_again_and_what_a_killed_one_may_have_said_is_heard_once(
    wire: Wired,
) -> None:
    await wire.say("一样的话", mark=1)
    await wire.another()
    await wire.say("一样的话", mark=2)
    await wire.another()
    await wire.say("一样的话", mark=2)
    await wire.say("完", mark=3)

    assert await wire.texts(3) == ["一样的话", "一样的话", "完"]


async def test_when_the_rest_has_to_wait_what_was_said_is_not_said_again(wire: Wired) -> None:
    out = Outgoing("send", LIN, "\n".join(f"第{n}行" + "字" * 60 for n in range(40)))
    await wire.say("先有一条")
    await wire.client.line.fault("delay", "message/send", delay=0.0)  # the first part goes through
    await wire.client.line.fault("errcode", "message/send", code=45009)
    with pytest.raises(NotSent) as raised:
        await wire.app.send(out)
    assert raised.value.delay == timedelta(seconds=60)
    assert len(await wire.texts(2)) == 2
    await wire.app.send(out)
    parts = (await wire.texts(5))[1:]
    assert [part.partition("\n")[0] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]

    await wire.app.send(out)  # another message with the same words
    assert len(await wire.texts(1 + 2 * len(parts))) == 1 + 2 * len(parts)


async def test_a_picture_is_uploaded_once_and_again_when_wecom_has_forgotten_it(wire: Wired) -> None:
    picture = File("board.png", made_photo(), picture=True)
    for _ in range(2):
        await wire.app.send(Outgoing("send", LIN, "", file=picture))
    assert len(await wire.client.line.calls("media/upload")) == 1
    await wire.client.move_clock("2026-11-24T17:20:00+08:00")  # three days later, by the company's clock
    await wire.app.send(Outgoing("send", LIN, "榜单", file=picture))

    assert len(await wire.client.line.calls("media/upload")) == 2
    await wire.texts(4)
    assert [message.kind for message in wire.heard()] == ["image", "image", "image", "text"]


async def test_a_file_keeps_its_chinese_name(wire: Wired) -> None:
    await wire.app.send(Outgoing("send", LIN, "", file=File("十一月 工资表.xlsx", b"PK\x03\x04" + bytes(90))))
    await wire.texts(1)
    assert wire.heard()[0].kind == "file"
    assert "十一月 工资表.xlsx" in str(wire.heard()[0].data)


@pytest.mark.parametrize("code", [40009, 40004, 45002])
async def test_a_picture_that_wecom_does_not_take_leaves_its_words(wire: Wired, code: int) -> None:
    await wire.client.line.fault("errcode", "media/upload", code=code)
    await wire.app.send(Outgoing("send", LIN, "", file=File("b.png", PNG, picture=True, otherwise="榜单\n1 林晓燕")))
    assert await wire.texts(1) == ["榜单\n1 林晓燕"]


async def test_an_upload_whose_answer_was_lost_was_seen_by_nobody_and_is_tried_again(wire: Wired) -> None:
    out = Outgoing("send", LIN, "榜单", file=File("b.png", PNG, picture=True))
    await wire.client.line.fault("drop_answer", "media/upload")
    with pytest.raises(NotSent):
        await wire.app.send(out)
    await wire.app.send(out)
    await wire.texts(2)
    assert [message.kind for message in wire.heard()] == ["image", "text"]


async def test_nobody_gets_more_in_a_minute_than_wecom_delivers(wire: Wired) -> None:
    waited = 0.0
    for number in range(60):
        while True:
            try:
                await wire.say(f"第{number}条")
                break
            except NotSent as problem:
                pause = (problem.delay or timedelta(days=1)).total_seconds()
                wire.seconds[0] += pause
                waited += pause
    assert 60 <= waited <= 180
    assert len(await wire.texts(60)) == 60  # none was dropped


@pytest.mark.parametrize("who", [SUN, "nobody.at.all"])
async def test_who_is_out_of_the_apps_sight_is_gone_and_the_app_is_fine(wire: Wired, who: str) -> None:
    with pytest.raises(Gone):
        await wire.say("在吗", chat=who)
    assert wire.app.credentials.trouble is None


async def test_a_partly_invalid_receiver_is_noticed_although_wecom_says_ok(wire: Wired) -> None:
    """errcode 0 with `invaliduser` in lower case."""
    answers = [{"msgid": "1", "invaliduser": LIN.lower()}]

    async def call(*_: Any, **__: Any) -> Any:
        return answers.pop()

    wire.app.api.call = call  # type: ignore[method-assign]
    with pytest.raises(Gone):
        await wire.say("在吗")


@pytest.mark.parametrize("code", [40001, 60020, 48002])
async def test_refused_credentials_rest_the_channel_and_are_over_with_the_first_call_that_goes_through(
    wire: Wired, code: int
) -> None:
    await wire.client.line.fault("errcode", "message/send", code=code)
    with pytest.raises(Locked):
        await wire.say("一")
    assert wire.app.alarm
    await wire.say("二")
    assert wire.app.alarm is None


async def test_a_message_that_wecom_never_takes_is_given_up(wire: Wired) -> None:
    await wire.client.line.fault("errcode", "message/send", code=40008)
    with pytest.raises(Rejected):
        await wire.say("一")
    for verb in ("edit",):
        with pytest.raises(Rejected):
            await wire.app.send(Outgoing(verb, LIN, "x"))
    for verb in ("strip", "answer", "leave", "menu", "delete"):
        assert await wire.app.send(Outgoing(verb, LIN, "x")) is None
    with pytest.raises(Rejected):
        await wire.say("")


async def test_a_start_goes_on_until_the_secret_is_taken(wire: Wired) -> None:
    await wire.client.line.fault("errcode", "gettoken", code=40001, count=2)
    await wire.client.line.fault("http", "gettoken", code=502, count=2)
    await wire.app.start()
    assert wire.app.credentials.trouble is None
    assert wire.app.credentials.news.is_set()
