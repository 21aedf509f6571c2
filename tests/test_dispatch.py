"""What a message means, in the order of D3; whose buttons work; what a fault costs (D2, D9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.channels.port import Button, Message, Toast
from bot.handlers.context import Ctx, Reply
from bot.handlers.registry import routes
from bot.handlers.routes import Act, Word
from core.rules.errors import Refusal
from core.rules.people import Role
from core.store import buttons, inbox
from core.store import models as m
from core.store import people as people_store
from core.store.db import Tx
from tests.office import Office, Phone, Said

WEEKLY = "这周最值得说的一件事"
PLAN = "下周打算做什么?一行一条。"
CALL = "记 李总 13800138000 有意向70%"


@contextmanager
def word(name: str, handler: Callable[[Ctx], Awaitable[Reply]]) -> Iterator[None]:
    """A word that exists for one test."""
    routes.words[name] = Word(name, handler, takes=False, private=True, group=False, allowed=None)
    try:
        yield
    finally:
        del routes.words[name]


@contextmanager
def action(name: str, handler: Callable[[Ctx], Awaitable[Reply]]) -> Iterator[None]:
    """A button's act that exists for one test."""
    routes.actions[name] = Act(handler, None)
    try:
        yield
    finally:
        del routes.actions[name]


@pytest.fixture
def counted() -> Iterator[list[int]]:
    """`按钮` shows a button that adds the presser to this list and says how many there are."""
    pressed: list[int] = []

    async def show(ctx: Ctx) -> Reply:
        return Message("看", ((Button("数", "test.count"),),))

    async def count(ctx: Ctx) -> Reply:
        pressed.append(ctx.me.id)
        await ctx.tx.note(ctx.me.id, "counted", "test")
        return Message(f"第 {len(pressed)} 次\n第二行", edit=True)

    with word("按钮", show), action("test.count", count):
        yield pressed


async def calls(office: Office) -> int:
    return len(await office.rows(m.calls))


# --- the order of meanings -------------------------------------------------------------------------------------


async def test_a_buttons_token_comes_first_even_inside_another_form(office: Office, counted: list[int]) -> None:
    ana = await office.agent()
    await ana.says("按钮", "周报")
    await ana.presses("数")

    assert counted == [ana.id]
    await ana.says("签了两家。")
    assert ana.sees(PLAN)  # the form was not disturbed


async def test_a_reply_to_a_report_comes_before_a_reserved_word(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await ana.says("周报", "签了两家。", "回访 20 个")
    await ana.presses("发送")
    await zhou.says("取消", reply_to=zhou.finds("W-2026-47-005"))

    assert ana.sees("周启明回复", "“取消”")


async def test_a_reserved_word_comes_before_the_open_form_and_leaves_it_open(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报", "帮助")
    assert not (await office.rows(m.drafts))[0].answers.get("said")
    await ana.says("签了两家。")

    assert ana.text.endswith(PLAN)


async def test_a_command_with_the_bots_name_is_that_command_and_anothers_is_not(office: Office) -> None:
    ana = await office.agent()
    await ana.says("/weekly@office_bot")
    assert ana.sees(WEEKLY)
    await ana.says("/cancel@another_bot")

    assert len(await office.rows(m.drafts)) == 1


async def test_the_open_form_comes_before_a_one_line_entry_and_offers_to_log_it(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报", CALL)
    assert await calls(office) == 0
    assert [said.text.splitlines()[-1] for said in ana.messages[-2:]] == [
        f"记下了。{PLAN}",
        "这句也像一条记录,要另外记下来吗?",
    ]
    await ana.presses("记下来", times=3)

    assert await calls(office) == 1


async def test_a_one_line_entry_that_does_not_answer_the_question_is_logged_and_the_question_stays(
    office: Office,
) -> None:
    ana = await office.agent()
    await ana.says("请假", CALL)

    assert await calls(office) == 1
    assert ana.text.startswith("哪几天?")


async def test_a_one_line_entry_comes_last(office: Office) -> None:
    ana = await office.agent()
    await ana.says(CALL)

    assert await calls(office) == 1
    assert ana.text.startswith("✅ 李总 138****8000")


async def test_what_nothing_understands_is_answered_with_examples(office: Office) -> None:
    ana = await office.agent()
    await ana.says("嗯嗯好的")

    assert ana.text.startswith("没看懂这句。")


async def test_a_reply_to_a_message_that_carries_nothing_is_explained(office: Office) -> None:
    ana = await office.agent()
    await ana.says("帮助")
    await ana.says("怎么回事啊", reply_to=ana.last)
    assert ana.text.startswith("你引用的那条不是周报月报")
    await ana.says(CALL, reply_to=ana.last)

    assert await calls(office) == 1  # a line is a line, whatever it quotes


# --- two forms, photos, edits, junk -------------------------------------------------------------------------------


async def test_a_second_form_puts_the_first_aside_and_offers_it_back(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await ana.says("周报", "签了两家。", "请假", "明天", "病假")
    assert len(await office.rows(m.drafts)) == 2
    await ana.presses("发送")
    assert ana.text == "周报还放在一边,接着写吗?"
    await ana.presses("接着写")

    assert ana.text.endswith(PLAN)


async def test_giving_the_second_form_up_offers_the_first_back_too(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报", "签了两家。", "报单", "取消")
    assert ana.labels == ["接着写"]
    await ana.says("接着写")

    assert ana.text.endswith(PLAN)


@pytest.mark.parametrize("what", ["photo", "voice", "document", "sticker"])
async def test_something_else_than_text_is_explained_and_the_question_asked_again(office: Office, what: str) -> None:
    ana = await office.agent()
    await ana.says("周报")
    await ana.says("", attachment=what)
    first, *_, last = ana.text.splitlines()

    assert first.startswith("这里我听不了语音" if what == "voice" else "图片和文件我看不懂")
    assert last.startswith(WEEKLY)
    await ana.says("签了两家。")
    assert ana.sees(PLAN)


async def test_a_photo_outside_a_form_is_explained(office: Office) -> None:
    ana = await office.agent()
    await ana.says("", attachment="photo")

    assert ana.text.startswith("图片和文件我看不懂")


async def test_an_edited_message_changes_nothing_and_says_so(office: Office) -> None:
    ana = await office.agent()
    await ana.says(CALL)
    await office.receive(kind="edited", sender=ana.user, chat=ana.user, private=True, text=CALL.replace("70", "90"))

    assert ana.text.startswith("看到你改了那条消息。")
    assert [row.intention for row in await office.rows(m.calls)] == [70]


async def test_ten_thousand_characters_are_refused_with_the_limit_and_nothing_is_lost(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报", "好" * 10_000)
    assert ana.text.startswith("这条有 10000 个字,这里最多")
    await ana.says("好" * 100, "回访 20 个")

    assert ana.labels[0] == "发送"


@pytest.mark.parametrize(
    "text", ["好" * 10_000, "🙂" * 4000, "\x07\x1b[31m", "\u200b\u202e", "   ", "\n\n", "/", "//", "@", "%s{x}"]
)
async def test_junk_is_answered_and_nothing_breaks(office: Office, text: str) -> None:
    ana = await office.agent()
    await ana.says(text)
    assert len(ana.messages) == 1
    await ana.says("周报", text)

    assert not await office.rows(m.inbox, state="parked")


# --- buttons -----------------------------------------------------------------------------------------------------


async def test_five_presses_are_one_act_and_five_answers(office: Office, counted: list[int]) -> None:
    ana = await office.agent()
    await ana.says("按钮")
    await ana.presses("数", times=5)

    assert counted == [ana.id]
    assert [text for _, text in office.wire.toasts] == ["", *["第 1 次"] * 4]
    assert ana.text == "第 1 次\n第二行"


async def test_a_button_of_somebody_else_does_nothing_and_is_written_down(office: Office, counted: list[int]) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    await ana.says("按钮")
    (_, token) = ana.last.buttons[0]
    await bob.press(token, ana.last)  # as if it had been forwarded

    assert not counted
    assert [text for _, text in office.wire.toasts] == ["这是给别人的按钮。"]
    assert [(row.actor_id, row.action) for row in await office.rows(m.audit)] == [(bob.id, "press.refused")]


async def test_a_button_works_only_in_its_own_chat(office: Office, counted: list[int]) -> None:
    ana = await office.agent()
    await ana.says("按钮")
    (_, token) = ana.last.buttons[0]
    await ana.press(token, Said(1, "-77", "", [], None))

    assert not counted
    assert office.wire.toasts == [("-77", "这个按钮太旧了。发“待办”看现在有什么。")]


async def test_a_button_from_last_month_is_explained_not_obeyed(office: Office, counted: list[int]) -> None:
    ana = await office.agent()
    await ana.says("按钮")
    office.clock.at += buttons.LIFE + timedelta(seconds=1)
    await ana.presses("数")
    assert ana.toast == "这个按钮太旧了。发“待办”看现在有什么。"
    await ana.says("数")

    assert not counted
    assert ana.text.startswith("没看懂这句。")


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "deal.confirm:1", "'; drop table deals", "🙂" * 16])
async def test_a_forged_token_is_an_old_button(office: Office, counted: list[int], token: str) -> None:
    ana = await office.agent()
    await ana.says("按钮")
    await ana.press(token, ana.last)

    assert not counted
    assert ana.toast == "这个按钮太旧了。发“待办”看现在有什么。"


async def test_a_stranger_presses_in_vain(office: Office, counted: list[int]) -> None:
    ana = await office.agent()
    await ana.says("按钮")
    await office.stranger().press(ana.last.buttons[0][1], ana.last)

    assert not counted
    assert [text for _, text in office.wire.toasts] == ["这个按钮是给公司同事的。"]


async def test_a_buttons_word_and_number_do_what_the_button_does(office: Office, counted: list[int]) -> None:
    ana = await office.agent()
    await ana.says("按钮", "数", "按钮", "1")
    assert len(counted) == 2
    await ana.says("数")

    assert len(counted) == 2
    assert ana.text == "第 2 次"  # the same answer again, in words


async def test_a_line_with_a_phone_number_is_not_looked_for_among_the_buttons(office: Office) -> None:
    ana, asked = await office.agent(), list[str]()
    note = event.listens_for(office.db.writer.sync_engine, "before_cursor_execute")
    note(lambda *what: asked.append(what[2]))
    await ana.says(CALL)
    assert ana.text.startswith("✅")
    assert not [one for one in asked if one.startswith("SELECT buttons.board")]

    await ana.says("随便说说")
    assert [one for one in asked if one.startswith("SELECT buttons.board")]


async def test_an_act_that_only_flashes_is_said_when_its_word_was_typed(office: Office) -> None:
    async def show(ctx: Ctx) -> Reply:
        return Message("看", ((Button("闪", "test.flash"),),))

    async def flash(ctx: Ctx) -> Reply:
        return Toast("好了")

    ana = await office.agent()
    with word("按钮", show), action("test.flash", flash):
        await ana.says("按钮", "闪")

    assert ana.text == "好了"


async def test_a_press_that_is_answered_too_late_is_not_answered(office: Office, counted: list[int]) -> None:
    ana = await office.agent()
    await ana.says("按钮")
    token = ana.last.buttons[0][1]
    raw = {
        "kind": "press", "key": "late", "sender": ana.user, "chat": ana.user, "private": True, "token": token,
        "message_id": str(ana.last.id), "press_id": "p",
    }  # fmt: skip
    await office.tx(lambda tx: inbox.put(tx, "telegram", "late", ana.user, None, raw))
    office.dispatcher.express = None  # another process sends, and it is late
    await office.dispatcher.handle_next()
    office.clock.at += timedelta(minutes=3)
    await office.settle()

    assert counted == [ana.id]
    assert not office.wire.toasts
    assert ana.text.startswith("第 1 次")  # the effect is shown all the same


# --- refusals and faults -----------------------------------------------------------------------------------------


async def test_a_refusal_takes_back_everything_but_the_answer(office: Office) -> None:
    async def refuse(ctx: Ctx) -> Reply:
        await ctx.tx.note(ctx.me.id, "half", "done")
        await ctx.tx.notify(ctx.me.id, "unreachable", {"person": ctx.me.id}, once="half")
        raise Refusal("common.not_for_you")

    ana = await office.agent()
    with word("不行", refuse):
        await ana.says("不行")

    assert [said.text for said in ana.messages] == ["这件事要由别人来办。发“帮助”看你能做什么。"]
    assert not await office.rows(m.audit)


async def test_a_refused_press_is_answered_by_a_toast_and_may_be_tried_again(office: Office) -> None:
    async def show(ctx: Ctx) -> Reply:
        return Message("看", ((Button("试", "test.try"),),))

    open_now: list[bool] = []

    async def attempt(ctx: Ctx) -> Reply:
        if not open_now:
            raise Refusal("common.not_for_you")
        return Message("成了", edit=True)

    ana = await office.agent()
    with word("按钮", show), action("test.try", attempt):
        await ana.says("按钮")
        shown = ana.last
        await ana.presses("试", on=shown)
        assert ana.toast.startswith("这件事要由别人来办。")
        open_now.append(True)
        await ana.presses("试", on=shown)

    assert shown.text == "成了"


class Bomb:
    """A handler that raises, or hangs on to a fault, so many times."""

    def __init__(self, times: int) -> None:
        self.times, self.runs = times, 0

    async def __call__(self, ctx: Ctx) -> Reply:
        self.runs += 1
        await ctx.tx.note(ctx.me.id, "half", "done")
        if self.runs <= self.times:
            raise ZeroDivisionError(f"{ctx.event.text} 13800138000")
        return Message("好了")


async def test_an_update_that_fails_three_times_is_parked_told_and_lets_the_queue_go_on(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    bomb = Bomb(99)
    with word("炸", bomb):
        await queue(office, ana, "炸", "帮助")
        await queue(office, bob, "帮助")
        await office.settle()

    (parked,) = await office.rows(m.inbox, state="parked")
    assert bomb.runs == 3
    assert ana.messages[0].text.startswith(f"这条我没处理好,不是你的问题。内容都留着,编号 {parked.id},")
    assert len(ana.messages) == 2
    assert len(bob.messages) == 1
    assert parked.raw["text"] == "炸"  # kept for whoever mends it
    assert parked.error.startswith("ZeroDivisionError at test_dispatch.py:")
    assert "138" not in parked.error  # what somebody typed is not in the log
    assert not await office.rows(m.audit)


async def test_a_fault_that_passes_is_nobodys_business(office: Office) -> None:
    ana = await office.agent()
    with word("炸", Bomb(2)):
        await ana.says("炸")

    assert [said.text for said in ana.messages] == ["好了"]
    assert not await office.rows(m.inbox, state="parked")


async def test_an_update_nobody_can_read_is_parked_and_the_next_one_is_handled(office: Office) -> None:
    ana = await office.agent()
    await office.tx(lambda tx: inbox.put(tx, "telegram", "bad", ana.user, None, {"kind": "nonsense"}))
    await ana.says("帮助")

    assert len(ana.messages) == 1
    assert len(await office.rows(m.inbox, state="parked")) == 1


async def test_an_update_of_a_network_that_is_not_there_any_more_is_parked(office: Office) -> None:
    ana = await office.agent()
    await office.tx(lambda tx: inbox.put(tx, "wecom", "1", ana.user, None, {"kind": "message"}))
    await ana.says("帮助")

    assert len(ana.messages) == 1


# --- order and repeats ---------------------------------------------------------------------------------------------


async def queue(office: Office, who: Phone, *texts: str) -> None:
    """Messages that arrive together, before any is handled."""
    for text in texts:
        number = next(office.ids)
        raw: dict[str, Any] = {
            "kind": "message", "key": str(number), "sender": who.user, "chat": who.user, "private": True,
            "text": text, "at": office.clock.at.isoformat(), "message_id": str(number),
        }  # fmt: skip
        async with office.db.transaction() as tx:
            await inbox.put(tx, "telegram", raw["key"], raw["sender"], None, raw)


async def test_messages_of_one_person_are_handled_and_answered_in_their_order(office: Office) -> None:
    ana, bob = await office.agent("林晓燕"), await office.agent("王芳")
    for number in range(10):
        await queue(office, ana, f"记 李总 1380013{number:04d} 未接")
        await queue(office, bob, f"记 王总 1390013{number:04d} 未接")
    await office.settle()

    for who, head in ((ana, "138"), (bob, "139")):
        assert [said.text.splitlines()[0].split()[2] for said in who.messages] == [
            f"{head}****{number:04d}" for number in range(10)
        ]


async def test_a_later_message_waits_for_the_earlier_one_of_the_same_person(office: Office) -> None:
    """The first fails twice before it works; the second is not handled in between."""
    ana = await office.agent()
    seen: list[str] = []

    async def first(ctx: Ctx) -> Reply:
        seen.append("一")
        if seen.count("一") < 3:
            raise ZeroDivisionError
        return None

    async def second(ctx: Ctx) -> Reply:
        seen.append("二")
        return None

    with word("一", first), word("二", second):
        await queue(office, ana, "一", "二")
        await office.settle()

    assert seen == ["一", "一", "一", "二"]


async def test_the_same_update_three_times_is_one_entry(office: Office) -> None:
    ana = await office.agent()
    await office.receive(kind="message", sender=ana.user, chat=ana.user, private=True, text=CALL, deliveries=3)

    assert await calls(office) == 1
    assert len(ana.messages) == 1


async def test_who_left_is_a_stranger_at_once(office: Office) -> None:
    ana = await office.agent()
    await ana.says("帮助")
    await office.tx(lambda tx: tx.run(m.people.update().where(m.people.c.id == ana.id).values(status="left")))
    await ana.says(CALL)

    assert await calls(office) == 0
    assert ana.text == "我是公司内部助手。有邀请码发我,没有请找你的主管。"


async def test_a_stamp_that_cannot_be_true_is_not_believed(office: Office) -> None:
    ana = await office.agent()
    for days in (-30, 2):
        await ana.says(CALL, at=office.now + timedelta(days=days))
    rows = await office.rows(m.calls)

    assert [row.at for row in rows] == [office.now] * len(rows)
    assert {row.at_source for row in rows} == {"received"}


# --- groups --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [CALL, "报单 5000 自拓 李总", "你好", "嗯", "1"])
async def test_in_a_group_nothing_but_binding_and_replies_means_anything(office: Office, text: str) -> None:
    ana = await office.agent()
    await ana.in_group("-77", text)

    assert not office.in_chat("-77")
    assert await calls(office) == 0
    assert not await office.rows(m.drafts)


async def test_a_word_of_the_private_chat_is_sent_there(office: Office) -> None:
    ana = await office.agent()
    await ana.in_group("-77", "收入")

    assert len(office.in_chat("-77")) == 1
    assert not any(figure in office.in_chat("-77")[0].text for figure in "0123456789")


async def test_a_group_that_got_a_new_id_keeps_its_name_buttons_and_messages(
    office: Office, counted: list[int]
) -> None:
    ana = await office.agent()
    await office.tx(lambda tx: people_store.group_seen(tx, "telegram", "-77", "群"))

    async def later(tx: Tx) -> None:
        row = {
            "person_id": ana.id, "channel": "telegram", "chat": "-77", "board": buttons.new_board(), "label": "数",
            "action": "test.count", "args": {}, "once": True,
        }  # fmt: skip
        made = buttons.minted(tx.now, [row])
        await buttons.keep(tx, made)
        tokens.extend(one["token"] for one in made)
        await tx.post(
            "telegram", "-77", "unreachable", {"person": ana.id}, once="b", due_at=tx.now + timedelta(hours=1)
        )

    tokens: list[str] = []
    await office.tx(later)
    await office.receive(kind="migrated", sender=ana.user, chat="-77", private=False, migrated_to="-10077")
    await ana.press(tokens[0], Said(1, "-10077", "", [], None))
    await office.moves_to(office.now + timedelta(hours=2))

    assert counted == [ana.id]
    assert [row.external_id for row in await office.rows(m.group_chats)] == ["-10077"]
    assert office.in_chat("-10077")
    assert not office.in_chat("-77")


async def test_the_word_that_sends_a_form_works_though_a_reminder_with_buttons_of_its_own_came_in_between(
    office: Office,
) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("报单", "4001", "自拓", "李总 13800000001")
    await office.moves_to(office.now + timedelta(minutes=15))
    assert "现在写" in ana.labels
    await ana.says("提交")

    assert "已交" in ana.text
    assert [deal.amount_fen for deal in await office.rows(m.deals)] == [400_100]


# --- buttons that are typed ---------------------------------------------------------------------------------------


async def _waiting(office: Office, *sellers: str) -> Phone:
    """A supervisor before whom a deal of each seller waits; the last card is the newest."""
    zhou = await office.supervisor()
    for number, name in enumerate(sellers, 1):
        await (await office.agent(name)).says(f"报单 {number}300 自拓 李总 1380000000{number}", "提交")
    return zhou


async def _states(office: Office) -> dict[int, str]:
    return {deal.amount_fen: deal.state for deal in await office.rows(m.deals)}


async def test_a_number_answers_the_question_though_a_notice_with_buttons_came_in_between(office: Office) -> None:
    zhou = await office.supervisor()
    await zhou.says("报单", "3800")
    assert zhou.labels[:2] == ["自拓", "代理"]
    await (await office.agent()).says("报单 1300 自拓 李总 13800000001", "提交")
    assert zhou.labels[0] == "确认"
    await zhou.says("1")

    assert await _states(office) == {130_000: "pending"}
    assert "客户是谁" in zhou.text


async def test_a_number_that_two_messages_could_mean_does_neither(office: Office) -> None:
    zhou = await _waiting(office, "林晓燕")
    await zhou.says("待办")
    await (await office.agent("王芳")).says("报单 2600 自拓 何工 13800000009", "提交")
    await zhou.says("1")

    assert "“1”有几条消息都能对上" in zhou.text
    assert set((await _states(office)).values()) == {"pending"}


async def test_a_notice_is_meant_again_when_the_question_before_it_is_old(office: Office) -> None:
    zhou = await office.supervisor()
    await zhou.says("榜单")
    office.clock.at += buttons.FRESH + timedelta(seconds=1)
    await (await office.agent()).says("报单 1300 自拓 李总 13800000001", "提交")
    await zhou.says("1")

    assert await _states(office) == {130_000: "confirmed"}


async def test_the_word_of_a_button_is_known_on_an_older_message_too(office: Office) -> None:
    zhou = await _waiting(office, "林晓燕")
    await zhou.says("榜单", "确认")

    assert await _states(office) == {130_000: "confirmed"}


async def test_the_word_of_buttons_on_several_older_messages_is_asked_about(office: Office) -> None:
    zhou = await _waiting(office, "林晓燕", "王芳")
    await zhou.says("榜单", "确认")

    assert "“确认”有几条消息都能对上" in zhou.text
    assert set((await _states(office)).values()) == {"pending"}


async def test_the_word_of_a_used_button_is_answered_with_what_came_of_it(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("报单 1300 自拓 李总 13800000001", "提交", "提交")

    assert ana.text.startswith("已交周启明,待确认 1 单")
    assert len(await office.rows(m.deals)) == 1


async def test_a_button_goes_before_a_reserved_word_of_the_same_name(office: Office) -> None:
    ana = await office.agent()
    await ana.says("收入", "为什么", "返回")

    assert "暂计" in ana.text
    assert "没有在填的表" not in ana.text


async def test_back_under_the_full_text_is_back_to_the_review(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("周报", "三点后最好打。", "签 2 单", "看全文", "返回")

    assert ana.text.startswith("都齐了")


async def test_the_word_that_sends_is_no_answer_to_a_question(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("周报", "三点后最好打。", "发送")

    assert ana.text.startswith("还差这一条")
    assert PLAN in ana.text
    await ana.says("签 2 单", "发送")
    assert (await office.rows(m.reports))[0].state == "sent"


async def test_what_was_put_aside_is_offered_back_with_what_it_began_with(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("报单 5000", "报单 -3", "取消")

    assert ana.sees("报单先不填了")
    assert ana.text == "报单(“5,000.00”)还放在一边,接着写吗?"


async def test_an_answer_that_was_refused_leaves_a_way_out_of_its_form(office: Office) -> None:
    """The month was locked by others while somebody wrote why it should be."""
    liang, shen, owner = (
        await office.manager(),
        *[await office.hires(n, Role.DIRECTOR, None) for n in ("沈国栋", "白露")],
    )
    await office.supervisor()
    office.clock.at = office.clock.at.replace(month=12, day=1, hour=10)
    await liang.says("结账", "开始复核", "锁定", "仍要锁定")
    for other in (shen, owner):
        await other.says("结账", "锁定")
        if "仍要锁定" in other.labels:
            await other.says("仍要锁定", "按时发")
    await liang.says("按时发工资")
    assert "已经结账" in liang.text
    assert liang.labels == ["取消"]
    await liang.says("取消", "结账")

    assert liang.text.startswith("12 月结账")
    assert not await office.rows(m.drafts)


async def test_the_word_of_buttons_on_several_answers_means_the_one_looked_at_last(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("我的单", "上个月", "榜单", "上个月")

    assert ana.text.startswith("9 月还没有报单")
