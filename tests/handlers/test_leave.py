"""请假: asking in one line or step by step, deciding, taking back (docs/rules.md 40)."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

import pytest

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.store import models as m
from core.store import people
from core.usecases import leave as cases
from core.usecases.worth import person_month
from tests.office import ZONE, Office, Phone


async def test_one_line_is_enough_and_the_superior_decides(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假 11-24 到 11-26 回老家")
    assert ana.text == "请假 11-24 周二–11-26 周四(共 3 天)\n原因:回老家\n交给周启明同意"
    await ana.presses("发送", times=3)
    assert ana.sees("✅ 请假 11-24 周二–11-26 周四(共 3 天),等周启明同意。")
    assert zhou.text == "林晓燕请假 11-24 周二–11-26 周四(共 3 天)\n原因:回老家"
    await zhou.presses("同意", times=3)

    (leave,) = await office.rows(m.leaves)
    assert leave.state == "approved"
    assert ana.text == "✅ 周启明同意了:请假 11-24 周二–11-26 周四(共 3 天)。这几天不催报告。"
    assert len([said for said in ana.messages if "同意了" in said.text]) == 1


async def test_a_number_in_the_reason_is_masked_for_whoever_decides(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假 11-24 到 11-26 陪护,急事打 13800138000")
    await ana.presses("发送")
    assert zhou.text.endswith("原因:陪护,急事打 138****8000")
    await zhou.says("待办")

    assert not any("13800138000" in said.text for said in zhou.messages)


async def test_step_by_step_with_every_mistake_on_the_way(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假", "发烧了")
    assert ana.text.startswith("没看懂是哪几天")
    await ana.says("11-26 到 11-24")
    assert ana.text.startswith("结束的那天在开始之前")
    await ana.presses("明天")
    assert ana.text.startswith("11-21 周六(1 天)。什么原因?")
    await office.restart()
    await ana.says("带孩子看病")
    await ana.presses("发送")
    await zhou.presses("不同意")

    assert ana.text == "周启明没批这次的假:11-21 周六(1 天)。有话当面和主管说。"


async def test_tomorrow_keeps_meaning_that_day_while_the_draft_waits(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("请假")
    await ana.presses("明天")
    office.clock.at = datetime(2026, 11, 22, 9, tzinfo=ZONE)
    await ana.says("发烧")
    await ana.presses("发送")

    (leave,) = await office.rows(m.leaves)
    assert leave.first_day == date(2026, 11, 21)


async def test_a_line_that_names_no_day_asks_for_it(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("请假 家里有事")
    assert ana.text.startswith("没看懂是哪几天")
    await ana.says("明天")
    await ana.presses("家里有事")
    await ana.presses("发送")

    assert len(await office.rows(m.leaves)) == 1


async def test_the_same_days_are_not_asked_for_twice(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    await ana.says("请假 11-24 到 11-26 回老家")
    await ana.presses("发送")
    await ana.says("请假 11-26 看病")
    await ana.presses("发送")

    assert ana.sees("已经请过了。发“我的假”看看。")
    assert len(await office.rows(m.leaves)) == 1


async def test_granted_leave_is_taken_back_and_the_superior_hears_it(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假 11-24 发烧")
    await ana.presses("发送")
    await zhou.presses("同意")
    await ana.says("我的假")
    assert ana.sees("11-24 周二(1 天) · 已同意")
    await ana.presses("取消 11-24 周二")

    assert ana.sees("✅ 请假 11-24 周二(1 天) 取消了。")
    assert zhou.text == "林晓燕取消了请假 11-24 周二(1 天)。"
    assert (await office.rows(m.leaves))[0].state == "cancelled"


async def test_only_the_superior_or_somebody_above_decides(office: Office) -> None:
    zhou, boss, ana = await office.supervisor(), await office.manager(), await office.agent()
    await ana.says("请假 11-24 发烧")
    await ana.presses("发送")
    token = dict(zhou.last.buttons)["同意"]
    await boss.press(token, zhou.last)
    assert (await office.rows(m.leaves))[0].state == "pending"
    await ana.press(token, zhou.last)
    assert (await office.rows(m.leaves))[0].state == "pending"
    await zhou.says("待办")
    await zhou.presses("林晓燕 11-24 周二")
    await zhou.presses("同意")

    assert (await office.rows(m.leaves))[0].state == "approved"


async def test_with_nobody_above_it_is_written_down(office: Office) -> None:
    boss = await office.manager()
    await boss.says("请假 明天 出差")
    await boss.presses("发送")

    assert boss.text == "✅ 请假 11-21 周六(1 天),记下了。"


async def test_leave_without_pay_is_said_to_be_so_to_both_and_in_the_list(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假 11-24 到 11-26 回老家")
    await ana.presses("发送")
    await zhou.presses("同意,不带薪", times=2)

    assert zhou.sees("✅ 已同意林晓燕请假 11-24 周二–11-26 周四(共 3 天),不带薪。底薪和基础业绩按在岗天数算。")
    assert ana.text.startswith("✅ 周启明同意了:请假 11-24 周二–11-26 周四(共 3 天),不带薪。")
    await ana.says("我的假")
    assert ana.sees("11-24 周二–11-26 周四(共 3 天) · 已同意,不带薪")
    assert [leave.paid for leave in await office.rows(m.leaves)] == [False]


async def test_unpaid_days_that_have_passed_are_not_taken_back(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假 11-24 到 11-26 回老家")
    await ana.presses("发送")
    await zhou.presses("同意,不带薪")
    office.clock.at = datetime(2026, 11, 25, 9, tzinfo=ZONE)
    await ana.says("我的假")
    await ana.presses("取消 11-24 周二")

    assert ana.sees("✅ 请假 11-25 周三–11-26 周四(共 2 天) 取消了。")
    assert zhou.text == "林晓燕取消了请假 11-25 周三–11-26 周四(共 2 天)。"
    (leave,) = await office.rows(m.leaves)
    assert (leave.state, leave.last_day) == ("approved", date(2026, 11, 24))


async def test_who_granted_leave_may_make_it_unpaid_and_paid_again_and_both_are_told(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假 11-24 到 11-26 回老家")
    await ana.presses("发送")
    await zhou.presses("同意")
    await zhou.presses("改成不带薪", times=2)
    assert zhou.sees("✅ 林晓燕请假 11-24 周二–11-26 周四(共 3 天) 改成不带薪。底薪和基础业绩按在岗天数算。")
    assert ana.text.startswith("周启明把你请假 11-24 周二–11-26 周四(共 3 天) 改成不带薪:底薪和基础业绩按在岗天数算。")
    assert [leave.paid for leave in await office.rows(m.leaves)] == [False]
    assert (await share_of(office, ana)) == Fraction(18, 21)

    await zhou.says("批过的假")
    assert zhou.text.splitlines()[1] == "林晓燕 11-24 周二–11-26 周四(共 3 天) · 不带薪"
    await zhou.presses("林晓燕 11-24 周二")
    await zhou.presses("改成带薪")
    assert ana.text == "✅ 周启明把你请假 11-24 周二–11-26 周四(共 3 天) 改成带薪:底薪不再少算这几天。"
    assert (await share_of(office, ana)) == 1
    acts = [row.action for row in await office.rows(m.audit) if row.action.startswith("leave.")]
    assert acts == ["leave.asked", "leave.approved", "leave.unpaid", "leave.paid"]


async def share_of(office: Office, who: Phone) -> Fraction:
    """How much of November somebody is there for, as pay counts it."""
    async with office.db.snapshot() as tx:
        person = await people.by_id(tx, who.id)
        assert person is not None
        return (await person_month(tx, tx.policy, person, Month(2026, 11))).presence


async def test_somebody_above_may_switch_it_and_who_granted_it_hears_so(office: Office) -> None:
    zhou, ana, manager = await office.supervisor(), await office.agent(), await office.manager()
    await ana.says("请假 11-24 回老家")
    await ana.presses("发送")
    await zhou.presses("同意,不带薪")
    await manager.says("批假")
    await manager.presses("林晓燕 11-24 周二")
    await manager.presses("改成带薪")

    assert zhou.text == "梁文静把林晓燕请假 11-24 周二(1 天) 改成带薪(原来是你批的)。"
    assert ana.text.startswith("✅ 梁文静把你请假 11-24 周二(1 天) 改成带薪")


async def test_nobody_else_switches_it_and_nobody_their_own(office: Office) -> None:
    zhou, ana, manager = await office.supervisor(), await office.agent(), await office.manager()
    xu = await office.supervisor("徐丽娟", team="飞虎组")
    await ana.says("请假 11-24 回老家")
    await ana.presses("发送")
    await manager.says("待办")
    async with office.db.transaction() as tx:
        boss = await people.by_id(tx, manager.id)
        assert boss is not None
        await cases.decide(tx, boss, 1, approve=True)
        for phone in (zhou, ana, xu):  # a supervisor does not undo what the manager granted
            other = await people.by_id(tx, phone.id)
            assert other is not None
            with pytest.raises(Refusal) as refused:
                await cases.switch(tx, other, 1, paid=False)
            assert refused.value.key == "leave.not_yours"
            assert await cases.granted(tx, other) == []
        with pytest.raises(Refusal) as again:
            await cases.switch(tx, boss, 1, paid=True)
        assert again.value.key == "leave.decided"
    await ana.says("批假")
    assert ana.sees("上个月以来没有你批过的假。")


async def test_what_was_cancelled_or_declined_is_not_switched(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("请假 11-24 回老家")
    await ana.presses("发送")
    await zhou.presses("同意")
    await ana.says("我的假")
    await ana.presses("取消 11-24 周二")
    await zhou.presses("改成不带薪")

    assert zhou.toast == "这条已经有结果了。" or zhou.sees("这条已经有结果了。")
    assert [leave.paid for leave in await office.rows(m.leaves)] == [True]


async def test_leave_in_english(office: Office) -> None:
    zhou = await office.supervisor(lang="en")
    ana = await office.agent(lang="en")
    await ana.says("/leave tomorrow sick")
    await ana.presses("Send")
    await zhou.presses("Approve")

    assert zhou.sees("✅ Approved: 林晓燕, leave Sat 11-21 (1 day).")
    assert ana.sees("✅ 周启明 approved it: leave Sat 11-21 (1 day).")


async def test_a_sentence_about_leave_inside_the_report_is_the_answer(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("周报", "请假 两天,少打 200 通。")

    assert ana.sees("下周打算做什么")
    assert not await office.rows(m.leaves)


async def test_a_call_with_a_date_in_it_is_no_answer_to_the_question_for_days(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("请假", "记 李总 13800138000 有意向70% 下周二10点 要方案")

    assert ana.sees("✅ 李总 138****8000 · 有意向 70%")
    assert ana.sees("哪几天?")
    assert len(await office.rows(m.calls)) == 1
