"""Small manners that hold in every form and language: nothing typed is lost, nothing is said twice."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from core.rules.when import parse_when
from core.store import models as m
from tests.office import Office

FRIDAY = datetime(2026, 11, 20, 17, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("next Tuesday 10am", "2026-11-24 10:00"),
        ("tomorrow at 3pm", "2026-11-21 15:00"),
        ("the day after tomorrow", "2026-11-22 09:00"),
        ("on Mon morning", "2026-11-23 09:00"),
        ("in 2 hours", "2026-11-20 19:20"),
        ("Nov 24 10am", "2026-11-24 10:00"),
    ],
)
def test_english_times_are_read_whole(typed: str, means: str) -> None:
    found = parse_when(f"send it {typed} please", FRIDAY)

    assert found is not None
    assert f"{found.at:%Y-%m-%d %H:%M}" == means
    assert f"send it {typed} please"[slice(*found.span)] == typed


@pytest.mark.parametrize("typed", ["Mr. Sun no answer", "may be later", "next week", "monitor"])
def test_other_english_is_no_time(typed: str) -> None:
    assert parse_when(typed, FRIDAY) is None


async def test_an_english_call_is_reminded_on_the_day_it_names(office: Office) -> None:
    ana = await office.agent()
    await ana.says("语言 en", "log Mr. Li 13800138000 interested 60% next Tuesday 10am send quote")

    assert ana.sees("Interested 60%", "note: send quote", "Tue 11-24 10:00")


@pytest.mark.parametrize(
    ("label", "answer"), [("Board", "Today"), ("To do", "weekly"), ("Deal", "How much"), ("Call", "Whom")]
)
async def test_the_english_words_under_the_typing_line_work(office: Office, label: str, answer: str) -> None:
    ana = await office.agent()
    await ana.says("语言 en", "help")
    assert label in {word for row in ana.last.keyboard for word in row}
    await ana.says(label)

    assert answer.casefold() in ana.text.casefold()


async def test_a_deal_can_be_reported_in_english(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("语言 en", "deal 5000 own Wang 13800138003 signed yesterday")
    await ana.presses("Hand in")

    (deal,) = await office.rows(m.deals)
    assert (deal.amount_fen, deal.kind, deal.signed_on, deal.note) == (500_000, "own", date(2026, 11, 19), None)


async def test_a_command_that_does_not_exist_is_no_answer_to_a_question(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报", "/nosuch")

    assert ana.sees("没有“/nosuch”这个命令", "最值得说")
    (draft,) = await office.rows(m.drafts)
    assert "sentence" not in draft.answers


async def test_an_answer_taken_back_can_be_used_again(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报", "三家都卡在价格。", "返回")
    assert ana.sees("最值得说", "刚才写的:“三家都卡在价格。”")
    await ana.presses("用刚才写的")

    (draft,) = await office.rows(m.drafts)
    assert draft.answers["sentence"] == "三家都卡在价格。"


async def test_a_report_given_up_keeps_what_was_typed(office: Office) -> None:
    ana = await office.agent()
    await ana.says("周报", "三家都卡在价格。", "取消")
    assert ana.sees("草稿存好了")
    await ana.says("周报")

    assert ana.sees("下周打算做什么")
    (draft,) = await office.rows(m.drafts)
    assert draft.answers["sentence"] == "三家都卡在价格。"


async def test_an_open_question_is_asked_again_after_the_first_line_in_between_and_not_after_every_one(
    office: Office,
) -> None:
    ana = await office.agent()
    await ana.says("报单")
    before = len(ana.messages)
    await ana.says("记 13900139001 没接", "记 13900139002 没接", "记 13900139003 没接")

    assert [said.text.startswith("这单多少钱") for said in ana.messages[before:]] == [False, True, False, False]
    await ana.says("5000")
    assert ana.sees("怎么签下来的")


async def test_a_form_left_without_an_answer_is_not_offered_back(office: Office) -> None:
    ana = await office.agent()
    await ana.says("如果", "请假 下周一 家里有事", "取消")

    assert not ana.sees("还放在一边")


async def test_figures_of_a_day_in_tens_of_thousands_are_a_slip(office: Office) -> None:
    ana = await office.agent()
    await ana.says("今天 拨打12万 接通3")

    assert ana.sees("120,000 通?")
    assert not await office.rows(m.day_counts)


async def test_why_says_each_thing_once(office: Office) -> None:
    ana = await office.agent()
    await ana.says("收入")
    assert ana.text.count("低于基础业绩") == 1
    await ana.presses("为什么")

    assert ana.text.count("提成 0.00") == 1


async def test_what_was_put_aside_is_offered_back_once(office: Office) -> None:
    ana = await office.agent()
    await ana.says("报单", "5000", "请假 下周一 家里有事", "取消", "请假 下周二 家里有事", "取消")

    offers = [said for said in ana.messages if said.text == "报单(“5,000.00”)还放在一边,接着写吗?"]
    assert len(offers) == 1
    await ana.presses("接着写", on=offers[0])
    assert offers[0].text == "怎么签下来的?"
    await ana.says("请假 下周三 家里有事", "取消")
    assert ana.text == "报单(“5,000.00”)还放在一边,接着写吗?"


async def test_a_report_from_before_our_time_was_owed(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("月报")
    await ana.presses("现在写")
    await ana.says("老客户转介绍了一个。", "签 2 单")
    await ana.presses("发送")
    assert ana.sees("这期本来不用交")
    earlier = datetime(2026, 11, 2, 17, 10, tzinfo=FRIDAY.tzinfo)
    await office.tx(lambda tx: tx.run(update(m.reports).values(sent_at=earlier, due_at=earlier)))
    await ana.says("月报")

    assert "按时" in ana.text
    assert "不用交" not in ana.text


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_help_fits_one_message_and_names_what_this_person_may_do(office: Office, lang: str) -> None:
    ana, zhou, liang, he = (
        await office.agent(), await office.supervisor(), await office.manager(), await office.assistant()
    )  # fmt: skip
    for phone in (ana, zhou, liang, he):
        await phone.says(f"语言 {lang}", "帮助")
        assert len(phone.text.splitlines()) <= 7

    close, payslip = ("结账", "工资条") if lang == "zh" else ("/close", "/payslip")
    assert payslip in ana.text
    assert close in liang.text
    assert close not in he.text


@pytest.mark.parametrize("word", ["提交", "发送"])
async def test_either_word_sends_a_form(office: Office, word: str) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("请假 下周一 家里有事", word)
    await ana.says("报单 5000 自拓 李总 13800138000", word)

    assert len(await office.rows(m.leaves)) == 1
    assert len(await office.rows(m.deals)) == 1


async def test_somebody_elses_pay_is_refused_in_so_many_words(office: Office) -> None:
    await office.agent("王芳")
    ana = await office.agent()
    await ana.says("收入 王芳")

    assert ana.text == "收入只能看自己的。"


async def test_a_month_that_is_over_is_not_called_this_one(office: Office) -> None:
    ana = await office.agent()
    await ana.says("收入 2026-10")

    assert "本月" not in ana.text
