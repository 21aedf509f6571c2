"""批复: the superior's answer reaches the right report, whatever way it is given (docs/manners.md 2.4; reliability D11)."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from bot.channels.port import MaybeSent, Outgoing
from core.store import models as m
from core.usecases import reports as filing
from tests.office import Office, Phone, Said
from tests.reporting import MONDAY, PLAN, SATURDAY, at, opens_at, sends

ANSWER = "抬头找小满,周一上午改好。三点这招周一晨会你讲 3 分钟。"


async def pair(office: Office) -> tuple[Phone, Phone]:
    """A superior with one report to read."""
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    opens_at(office, at(SATURDAY, 20, 14))
    await sends(ana)
    return zhou, ana


async def test_a_reply_to_the_report_reaches_its_author_as_a_reply_to_their_own_report(office: Office) -> None:
    zhou, ana = await pair(office)
    own = ana.finds("✅ W-2026-47-005")
    await zhou.says(ANSWER, reply_to=zhou.finds("W-2026-47-005"))

    assert zhou.text == "✅ 已送到林晓燕,问题算已答。\n都批完了。"
    assert zhou.labels == ["问题没答完"]
    assert ana.text == f"W-2026-47-005 · 周启明回复\n“{ANSWER}”"
    assert ana.last.reply_to == str(own.id)
    assert ana.labels == ["谢谢", "再问一句", "没答到"]


async def test_the_button_and_the_number_do_the_same(office: Office) -> None:
    zhou, ana = await pair(office)
    await zhou.presses("批复", times=3)
    await zhou.says("约访少一家没关系,下周换区。")
    assert ana.sees("“约访少一家没关系,下周换区。”")
    assert sum("批复什么" in said.text for said in zhou.messages) == 1
    await zhou.says("w 2026 47 5 报价别先松口")
    assert ana.sees("“报价别先松口”")
    await zhou.says("\uff37\uff0d2026\uff0d47\uff0d005 \uff1a 周二我陪你打")

    assert ana.sees("“周二我陪你打”")
    assert len(await office.rows(m.report_entries, kind="feedback")) == 3


async def test_the_word_alone_opens_the_oldest_unread_report(office: Office) -> None:
    zhou = await office.supervisor()
    wang, ana = await office.agent("王芳", number="006"), await office.agent(number="005")
    await sends(wang)
    office.clock.at = at(SATURDAY, 20)
    await sends(ana)
    await zhou.says("批复")
    assert zhou.text.startswith("W-2026-47-006 · 王芳")
    await zhou.presses("下一份", on=zhou.last)
    assert zhou.text.startswith("W-2026-47-005 · 林晓燕")

    assert {row.state for row in await office.rows(m.reports)} == {"read"}


async def test_the_confirmation_says_what_is_left(office: Office) -> None:
    zhou = await office.supervisor()
    phones = [await office.agent(name, number=f"00{n}") for n, name in enumerate(("王芳", "陈俊杰", "林晓燕"), 4)]
    for phone in phones:
        await sends(phone)
        office.clock.at += timedelta(minutes=16)
    await zhou.says(ANSWER, reply_to=zhou.finds("林晓燕"))

    assert zhou.text == "✅ 已送到林晓燕,问题算已答。\n还有 2 份没读,最早的是周五 17:20。"
    assert zhou.labels == ["下一份", "问题没答完"]


async def test_thirty_replies_in_any_order_land_on_the_right_report(office: Office) -> None:
    """A third of the messages were sent with an unknown outcome: their number in the quoted text finds them."""
    zhou = await office.supervisor()
    phones = [await office.agent(f"员工{n:02d}", number=f"{n:03d}") for n in range(10, 40)]
    rng = random.Random(47)
    lost = set(rng.sample([f"W-2026-47-{n:03d}" for n in range(10, 40)], 10))
    seen: list[Said] = []

    def fail(out: Outgoing) -> None:
        number = out.text.split(" ", 1)[0]
        if out.verb == "send" and out.chat == zhou.user and number in lost:
            seen.append(Said(50_000 + len(seen), out.chat, out.text, [], None))
            raise MaybeSent("timeout")

    office.wire.fail = fail
    for phone in phones:
        await phone.says("周报", f"我是{phone.name}。", PLAN)
        await phone.presses("发送")
        await office.waits(2)  # said once more after an unknown outcome, and lost again
    office.wire.fail = lambda _: None
    known = [said for said in zhou.messages if said.text.startswith("W-2026-47-")]
    unknown = {said.text: said for said in seen}.values()
    messages = [*known, *unknown]
    assert len(messages) == 30
    rng.shuffle(messages)
    for said in messages:
        name = said.text.split(" · ")[1]
        await zhou.says(f"给{name}的回复", reply_to=said)

    for phone in phones:
        assert [said.text for said in phone.messages if "周启明回复" in said.text] == [
            f"W-2026-47-{phone.text.split(' ')[0][-3:]} · 周启明回复\n“给{phone.name}的回复”"
        ]
    assert len(await office.rows(m.reports, state="answered")) == 30


async def test_the_same_reply_delivered_three_times_is_one_answer(office: Office) -> None:
    zhou, ana = await pair(office)
    said = zhou.finds("W-2026-47-005")
    await office.receive(
        kind="message", sender=zhou.user, chat=zhou.user, private=True, text=ANSWER, reply_to=str(said.id),
        reply_to_us=True, deliveries=3, key="same",
    )  # fmt: skip

    assert len(await office.rows(m.report_entries)) == 1
    assert sum("周启明回复" in each.text for each in ana.messages) == 1


async def test_a_reply_in_a_bound_group_counts_and_says_nothing_of_the_report_there(office: Office) -> None:
    zhou, ana = await pair(office)
    (report,) = await office.rows(m.reports)
    await office.tx(
        lambda tx: tx.insert(
            m.sent_messages, channel="telegram", chat="-100", message_id="77", subject=f"report:{report.id}", at=tx.now
        )
    )
    await zhou.in_group("-100", ANSWER, reply_to=Said(77, "-100", "", [], None))

    assert ana.sees(f"“{ANSWER}”")
    assert [said.text for said in office.in_chat("-100")] == ["✅ 已送到林晓燕。"]


async def test_only_those_above_the_author_may_answer(office: Office) -> None:
    zhou, ana = await pair(office)
    he, boss = await office.assistant(), await office.manager()
    wang = await office.agent("王芳", number="006")
    tang = await office.supervisor("唐志远", team="破浪组")
    for other in (he, wang, tang):
        await other.says("W-2026-47-005 我来答")
        assert other.text == "这份报告由林晓燕的主管批复。"
    await boss.says("W-2026-47-005 我来答")

    assert ana.sees("W-2026-47-005 · 梁文静回复", "我来答")
    assert zhou.sees("W-2026-47-005 · 梁文静已批复林晓燕")
    assert len(await office.rows(m.report_entries)) == 1


async def test_a_report_is_seen_by_nobody_it_does_not_concern(office: Office) -> None:
    _, ana = await pair(office)
    wang = await office.agent("王芳", number="006")
    await wang.says("W-2026-47-005")
    assert wang.text == "这份报告不归你看。发“待办”看你的。"
    await wang.says("W-2026-47-099")
    assert wang.text == "没有这份报告。发“待办”看现在有什么。"
    await ana.says("W-2026-47-005")

    assert ana.text.startswith("✅ W-2026-47-005")


async def test_got_it_alone_closes_no_question(office: Office) -> None:
    zhou, ana = await pair(office)
    await zhou.says("收到", reply_to=zhou.finds("W-2026-47-005"))
    assert zhou.text.startswith("✅ 已送到林晓燕。但还有提问没答:李总要专票,合同抬头找谁改?")
    assert ana.sees("你的提问还在等答复,没漏。")
    await zhou.presses("常用语")
    await zhou.presses("写得清楚,按计划做")
    (report,) = await office.rows(m.reports)
    assert (report.state, report.asks) == ("read", True)
    await zhou.presses("批复")
    await zhou.says("找小满。")

    (report,) = await office.rows(m.reports)
    assert report.state == "answered"


async def test_got_it_is_enough_where_nothing_was_asked(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana, said="名单里空号多,换了两批。")
    await zhou.presses("常用语")
    await zhou.presses("收到", times=3)

    (report,) = await office.rows(m.reports)
    assert report.state == "answered"
    assert len(await office.rows(m.report_entries)) == 1


async def test_answering_later_tells_the_author_the_date_and_reminds_the_superior_then(office: Office) -> None:
    zhou, ana = await pair(office)
    await zhou.presses("稍后答复")
    assert zhou.labels == ["明天12:00", "11-23 周一 12:00", "选时间"]
    await zhou.presses("选时间")
    await zhou.says("改天再说")
    assert zhou.text.startswith("没看懂是什么时候")
    await zhou.says("昨天")
    assert zhou.text.startswith("这个时间已经过了")
    await zhou.says("周一18点")
    assert ana.sees("W-2026-47-005 · 周启明看到了,要核实一下,11-23 周一 18:00 前答复你。")
    assert ana.sees("周启明看到了,11-23 周一 18:00 前答复你")
    await office.moves_to(at(MONDAY, 18, 0))

    assert zhou.sees("⏰ W-2026-47-005 · 说好现在答复林晓燕的:", "❓ 李总要专票")


async def test_a_promise_that_was_kept_early_reminds_nobody(office: Office) -> None:
    zhou, _ = await pair(office)
    await zhou.presses("稍后答复")
    await zhou.presses("明天12:00")
    await zhou.says(ANSWER, reply_to=zhou.finds("林晓燕"))
    await office.moves_to(at(SATURDAY + timedelta(days=1), 12, 5))

    assert not zhou.sees("说好现在答复")


async def test_a_sentence_without_a_target_is_asked_about_not_swallowed(office: Office) -> None:
    zhou, ana = await pair(office)
    wang = await office.agent("王芳", number="006")
    await sends(wang)
    await zhou.says("三家都是同一条街,下周换区")
    assert zhou.text == "这句是回给谁的?"
    assert set(zhou.labels) == {"林晓燕 周报", "王芳 周报", "都不是"}
    await zhou.presses("王芳 周报", times=2)

    assert wang.sees("“三家都是同一条街,下周换区”")
    assert not ana.sees("同一条街")
    assert len(await office.rows(m.report_entries)) == 1


async def test_meant_for_nobody_goes_to_nobody(office: Office) -> None:
    zhou, ana = await pair(office)
    await zhou.says("三家都是同一条街")
    await zhou.presses("都不是")

    assert zhou.sees("好,没送给谁")
    assert not await office.rows(m.report_entries)
    assert not ana.sees("同一条街")


async def test_the_author_asks_again_and_the_whole_thread_stands_with_the_report(office: Office) -> None:
    zhou, ana = await pair(office)
    report_message = zhou.finds("W-2026-47-005")
    await zhou.says(ANSWER, reply_to=report_message)
    await ana.says("那税率写几个点?", reply_to=ana.finds("周启明回复"))
    assert ana.text == "✅ 已送到周启明,标成提问,会留在 Ta 的待办里。"
    assert zhou.sees("W-2026-47-005 · 林晓燕:", "“那税率写几个点?”")
    assert zhou.last.reply_to == str(report_message.id)
    (report,) = await office.rows(m.reports)
    assert (report.state, report.asks) == ("read", True)
    await zhou.says("六个点。", reply_to=zhou.last)
    await ana.presses("谢谢", times=3)
    await ana.says("W-2026-47-005")
    await ana.presses("看全文")

    assert ana.sees(f"20:14 周启明:{ANSWER}", "20:14 林晓燕:那税率写几个点?", "20:14 周启明:六个点。")
    assert zhou.sees("W-2026-47-005 · 林晓燕:谢谢")
    assert len(await office.rows(m.report_entries)) == 4


async def test_thanks_in_words_open_nothing_again(office: Office) -> None:
    zhou, ana = await pair(office)
    await zhou.says(ANSWER, reply_to=zhou.finds("W-2026-47-005"))
    await ana.says("好的,谢谢主管", reply_to=ana.finds("周启明回复"))

    (report,) = await office.rows(m.reports)
    assert report.state == "answered"


@pytest.mark.parametrize("button", ["没答到", "再问一句"])
async def test_not_answered_goes_back_to_the_superior(office: Office, button: str) -> None:
    zhou, ana = await pair(office)
    await zhou.says("先打满 120 通。", reply_to=zhou.finds("W-2026-47-005"))
    await ana.presses(button)
    if button == "再问一句":
        await ana.says("抬头到底找谁")

    (report,) = await office.rows(m.reports)
    assert (report.state, report.asks) == ("read", True)
    assert zhou.sees("W-2026-47-005 · 林晓燕")
    await zhou.says("待办")
    assert zhou.sees("1 份报告等你批复,1 个提问")


async def test_the_superior_may_say_that_it_is_not_all_answered(office: Office) -> None:
    zhou, _ = await pair(office)
    await zhou.says(ANSWER, reply_to=zhou.finds("W-2026-47-005"))
    await zhou.presses("问题没答完")

    (report,) = await office.rows(m.reports)
    assert (report.state, report.asks) == ("read", True)
    assert zhou.labels == ["批复", "稍后答复"]


async def test_a_reply_to_a_message_without_a_report_is_explained(office: Office) -> None:
    ana = await office.agent()
    await ana.says("帮助")
    await ana.says("嗯嗯好的", reply_to=ana.last)

    assert ana.sees("你引用的那条不是周报月报")


async def test_another_reports_number_inside_an_open_answer_goes_to_that_report(office: Office) -> None:
    zhou, ana = await pair(office)
    wang = await office.agent("王芳", number="006")
    await sends(wang)
    await zhou.presses("批复", on=zhou.finds("林晓燕"))
    await zhou.says("W-2026-47-006 这份写得好")
    await zhou.says("找小满。")

    assert wang.sees("“这份写得好”")
    assert ana.sees("“找小满。”")
    assert not ana.sees("写得好")


async def test_the_queue_is_handed_over_to_somebody_who_may_answer(office: Office) -> None:
    zhou, ana = await pair(office)
    xu = await office.supervisor("徐丽娟", team="飞虎组")
    await office.moves_to(at(MONDAY, 10))
    assert zhou.sees("还有 1 份周报月报等你,1 个提问在等答复。读一份约 40 秒。")
    await zhou.presses("交代给副手")
    await zhou.presses("徐丽娟")
    assert xu.sees("周启明请你代为批复 1 份报告。")
    await xu.presses("开始读")
    await xu.says(ANSWER, reply_to=xu.finds("W-2026-47-005"))

    assert ana.sees("W-2026-47-005 · 徐丽娟回复")


async def test_a_kill_between_the_question_and_the_answer_loses_nothing(office: Office) -> None:
    zhou, ana = await pair(office)
    await zhou.presses("批复")
    await office.restart()
    await zhou.says(ANSWER)

    assert ana.sees(f"“{ANSWER}”")


async def test_a_thousand_words_are_delivered_whole(office: Office) -> None:
    zhou, ana = await pair(office)
    long = "好" * 1500
    await zhou.says(long, reply_to=zhou.finds("W-2026-47-005"))

    assert ana.sees(long)


async def test_exports_hold_every_report_and_every_word(office: Office) -> None:
    zhou, _ = await pair(office)
    wang = await office.agent("王芳", number="006")
    await wang.says("周报", "半句")
    await zhou.says(ANSWER, reply_to=zhou.finds("W-2026-47-005"))
    reports = await office.tx(filing.export_reports)
    feedback = await office.tx(filing.export_feedback)

    assert [(row["number"], row["state"], row["on_time"]) for row in reports] == [
        ("W-2026-47-005", "answered", True),
        ("W-2026-47-006", "draft", None),
    ]
    assert [(row["report"], row["text"], row["employee_no"]) for row in feedback] == [
        ("W-2026-47-005", ANSWER, "001"),
    ]


async def test_a_sentence_for_nobody_in_particular_is_offered_to_who_reported_last(office: Office) -> None:
    zhou = await office.supervisor()
    for name in ("王芳", "陈俊杰", "黄思琪", "赵磊", "林晓燕"):
        await (await office.agent(name)).says("周报", "没什么。", "签 1 单", "发送")
        office.clock.at += timedelta(minutes=1)
    await zhou.says("抬头找小满,周一上午改好。")

    assert zhou.text == "这句是回给谁的?"
    assert zhou.labels[0] == "林晓燕 周报"
