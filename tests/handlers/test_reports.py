"""周报 and 月报 as their author meets them (docs/manners.md 2.3; docs/rules.md 39-46)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.rules import policy
from core.rules.calendar import Week
from core.store import models as m
from core.usecases import reports as filing
from tests.office import POLICY, Office
from tests.reporting import (
    FRIDAY,
    MONDAY,
    PLAN,
    SAID,
    SATURDAY,
    at,
    deal,
    opens_at,
    outage,
    sends,
    totals,
    writes,
)


async def test_the_numbers_are_there_already(office: Office) -> None:
    ana = await office.agent(number="005")
    await totals(office, ana, date(2026, 11, 17), 300, 100, 8)
    await totals(office, ana, date(2026, 11, 20), 212, 58, 6)
    await totals(office, ana, date(2026, 11, 14), 999, 999, 99)  # of the week before
    for yuan, day in ((5000, 16), (4600, 17), (3200, 20), (13700, 3)):
        await deal(office, ana, yuan, date(2026, 11, day))
    await deal(office, ana, 7000, date(2026, 11, 20), state="pending")
    await ana.says("周报")

    assert ana.text.splitlines()[:4] == [
        "W-2026-47-005 · 11-15 周日–11-21 周六",
        "拨打 512 · 接通 158(30.8%)· 新意向 14",
        "签单 3 单 12,800 · 本月 26,500",
        "另有 1 单 7,000 待确认,确认后计入",
    ]


async def test_the_teams_target_stands_beside_the_months_figure_and_is_rounded_down(office: Office) -> None:
    ana = await office.agent(number="005")
    await deal(office, ana, 69999, FRIDAY)
    team = await office.team("领航组")
    await office.tx(
        lambda tx: tx.insert(m.targets, team_id=team, month="2026-11", amount_fen=10_000_000, set_at=tx.now)
    )
    await ana.says("周报")

    assert ana.sees("本月 69,999 · 全组 69,999/100,000(69.9%)")


async def test_a_report_is_written_reviewed_and_sent_in_four_steps(office: Office) -> None:
    zhou, he = await office.supervisor(), await office.assistant()
    ana = await office.agent(number="005")
    opens_at(office, at(SATURDAY, 20, 14))
    await ana.says("周报", SAID)
    assert ana.text == "记下了,有一个问题会标给周启明。\n下周打算做什么?一行一条。"
    await ana.says(PLAN)
    assert ana.text == "都齐了:数字 6 项 · 心得 1 条 · 计划 3 条 · 提问 1 个"
    assert ana.labels == ["发送", "看全文", "改一条", "存着"]
    review = ana.last
    await ana.presses("发送")

    assert ana.last is review  # edited in place
    assert ana.text == "✅ W-2026-47-005 · 20:14 已交,按时\n送周启明,何小满存档。对方打开前都能改。"
    assert zhou.text.startswith("W-2026-47-005 · 林晓燕 · 周六 20:14 按时\n")
    assert zhou.sees("“餐饮老板下午三点后最好打。”", "❓ 李总要专票,合同抬头找谁改?", "下周:回访 20 个意向客户")
    assert zhou.labels == ["批复", "稍后答复", "常用语", "下一份"]
    assert he.sees("W-2026-47-005", "存档")


async def test_five_taps_on_send_are_one_report_and_one_receipt(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await writes(ana)
    await ana.presses("发送", times=5)

    assert len(await office.rows(m.reports)) == 1
    assert ana.toast == "✅ W-2026-47-005 · 17:20 已交,按时"
    assert len(zhou.messages) == 1


async def test_send_on_an_older_review_shows_the_receipt_and_changes_nothing(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await writes(ana)
    older = ana.last
    await ana.says("周报")
    await ana.presses("发送", on=ana.last)
    await ana.presses("发送", on=older)

    assert older.text.startswith("✅ W-2026-47-005 · 17:20 已交,按时")
    assert len(await office.rows(m.reports)) == 1
    assert len(zhou.messages) == 1


async def test_the_draft_survives_restarts_and_a_week_and_can_still_be_sent_late(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("周报", SAID)
    await office.restart()
    await office.sleeps_until(at(MONDAY + timedelta(days=3), 10))  # Thursday: a week after it was begun
    await ana.says("周报")
    assert ana.sees("记下了,有一个问题会标给周启明")
    await ana.says(PLAN)
    assert ana.sees("都齐了", "会记为迟交")
    await office.restart()
    await ana.presses("发送")

    (report,) = await office.rows(m.reports)
    assert (report.number, report.on_time) == ("W-2026-47-005", False)
    assert ana.sees("W-2026-47-005 收下了", "记为迟交。有原因点一下。")
    assert "说明原因" in ana.labels


async def test_a_kill_between_two_answers_loses_neither(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    for text in ("周报", SAID, PLAN):
        await ana.says(text)
        await office.restart()
    await ana.presses("发送")

    (report,) = await office.rows(m.reports)
    assert report.answers["questions"] == ["李总要专票,合同抬头找谁改?"]
    assert len(report.answers["plan"]) == 3


@pytest.mark.parametrize(("minute", "second", "on_time"), [(0, 59, True), (1, 0, False)])
async def test_a_typed_send_is_judged_by_the_platforms_stamp(
    office: Office, minute: int, second: int, on_time: bool
) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, 10))  # we were busy: it is handled ten minutes later
    await ana.says("发送", at=at(SATURDAY, 22, minute, second))

    (report,) = await office.rows(m.reports)
    assert (report.on_time, report.at_source) == (on_time, "platform")


@pytest.mark.parametrize(("minute", "second", "on_time"), [(0, 59, True), (1, 0, False)])
async def test_a_press_is_judged_by_the_moment_we_received_it(
    office: Office, minute: int, second: int, on_time: bool
) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, minute, second))
    await ana.presses("发送")

    (report,) = await office.rows(m.reports)
    assert (report.on_time, report.at_source) == (on_time, "received")


async def test_our_own_outage_before_the_deadline_extends_it_for_everybody(office: Office) -> None:
    await office.supervisor()
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    for who in (ana, wang):
        await writes(who)
    opens_at(office, at(SATURDAY, 22, 35))
    await outage(office, at(SATURDAY, 21, 40), at(SATURDAY, 22, 35))
    office.clock.at = at(SATURDAY, 22, 55, 59)
    await ana.presses("发送")
    office.clock.at = at(SATURDAY, 22, 56)
    await wang.presses("发送")

    reports = {row.number: row for row in await office.rows(m.reports)}
    assert reports["W-2026-47-005"].on_time
    assert not reports["W-2026-47-006"].on_time
    assert reports["W-2026-47-005"].due_at == at(SATURDAY, 22, 55)


async def test_it_can_be_changed_until_it_is_read_and_the_superior_sees_the_new_text_in_place(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana)
    report_message = zhou.last
    await ana.presses("改一改")
    await ana.presses("改一条")
    await ana.presses("心得和提问")
    await ana.says("火锅店好打。")
    await ana.presses("发送")

    assert ana.sees("✅ W-2026-47-005 改好了,周启明看到的就是新的。")
    assert zhou.messages == [report_message]
    assert "火锅店好打" in report_message.text
    assert "(改过)" in report_message.text
    (report,) = await office.rows(m.reports)
    assert not report.asks


async def test_after_it_was_read_a_change_is_an_addendum_in_the_thread(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana)
    await ana.presses("改一改")
    await zhou.presses("常用语")  # any button is reading it
    assert ana.sees("周启明 17:20 已读")
    await ana.presses("改一条")
    await ana.presses("计划")
    await ana.says(f"{PLAN}\n周五交专票")
    await ana.presses("发送")

    assert ana.sees("W-2026-47-005 已经被打开看过,改动作为补充送到周启明那里了。")
    assert zhou.sees("W-2026-47-005 · 林晓燕补充:", "周五交专票")
    (report,) = await office.rows(m.reports)
    assert len(report.answers["plan"]) == 3  # what was read stands


async def test_the_state_of_my_reports_is_seen_in_the_list_and_on_the_receipt(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana)
    await ana.says("我的周报")
    assert ana.sees("W-2026-47-005 · 11-15 周日–11-21 周六 · 未读")
    await zhou.says("抬头找小满。", reply_to=zhou.finds("W-2026-47-005"))
    await ana.says("我的周报")

    assert ana.sees("W-2026-47-005 · 11-15 周日–11-21 周六 · 已批复")
    assert ana.sees("✅ W-2026-47-005", "周启明 17:20 已批复")


async def test_last_weeks_plan_comes_back_counted_and_can_be_ticked_by_text_and_by_button(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await sends(ana, plan="约访 4 家\n签 2 单\n跟赵磊学报价")
    opens_at(office, at(MONDAY + timedelta(days=4), 17))
    for yuan in (1280, 2980, 3600):
        await deal(office, ana, yuan, MONDAY)
    await ana.says("周报")
    assert ana.sees("上周计划:①约访 4 家 0 ②签 2 单 ✔3 ③跟赵磊学报价")
    assert ana.labels[:4] == ["①", "② ✔", "③", "改数字"]
    await ana.presses("③")
    assert ana.sees("③跟赵磊学报价 ✔")
    await ana.says("1 3 做了")
    assert ana.sees("①约访 4 家 ✔0 ②签 2 单 3 ③跟赵磊学报价 ✔")
    await ana.presses("跳过")
    await ana.presses("沿用上周")
    await ana.presses("发送")

    newest = (await office.rows(m.reports, period="2026-W48"))[0].answers
    assert [item["done"] for item in newest["before"]] == [True, False, True]
    assert newest["plan"] == ["约访 4 家", "签 2 单", "跟赵磊学报价"]
    assert newest["sentence"] == ""


async def test_figures_stated_otherwise_show_the_record_beside_them(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await totals(office, ana, FRIDAY, 100, 30, 2)
    await ana.says("周报")
    await ana.presses("改数字")
    await ana.says("没有数字")
    assert ana.text.startswith("没看到要改的数")
    await ana.says("签单 9")
    assert ana.text.startswith("签单和业绩按主管确认的报单算")
    await ana.says("接通 400")
    assert ana.text.startswith("接通 400 比拨打 100 还多")
    await ana.says("拨打520 接通一百六")
    assert ana.sees("拨打 520(记录 100) · 接通 160(记录 30)(30.7%)")
    await ana.says(SAID, PLAN)
    await ana.presses("发送")

    assert zhou.sees("520 通(记录 100) · 意向 2")


async def test_what_is_logged_after_sending_belongs_to_the_record_not_to_the_report(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await totals(office, ana, FRIDAY, 100, 30, 2)
    await ana.says("周报", SAID, PLAN)
    await totals(office, ana, date(2026, 11, 19), 50, 10, 1)
    await ana.presses("发送")  # counted at this moment
    await totals(office, ana, SATURDAY, 70, 10, 1)

    (report,) = await office.rows(m.reports)
    assert report.answers["figures"]["dials"] == 150


async def test_figures_first_words_later(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    opens_at(office, at(SATURDAY, 21, 0))
    await office.moves_to(at(SATURDAY, 21, 30))
    assert ana.sees("还有 30 分钟。写不完先交数字,读之前都能补。")
    await ana.presses("先交数字", times=3)
    assert ana.sees("✅ W-2026-47-005 · 21:30 已交,按时", "先交了数字")
    assert zhou.sees("W-2026-47-005", "没写心得和计划,先交了数字")
    await ana.presses("补上两句话")
    await ana.says(SAID, PLAN)
    await ana.presses("发送")

    assert zhou.sees("W-2026-47-005", "❓ 李总要专票")
    assert len(await office.rows(m.reports)) == 1


async def test_what_goes_wrong_in_the_form_is_explained_and_ends_in_success(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("周报")
    await ana.says("长" * 10_000)
    assert ana.text.startswith("这条有 10000 个字,这里最多 2000 个")
    await office.receive(kind="message", sender=ana.user, chat=ana.user, private=True, attachment="voice")
    assert ana.sees("这里我听不了语音", "最值得说的一件事")
    await ana.says("今天天气😀\x07不错\u202e。")
    await ana.says("\n".join(f"第{n}件" for n in range(14)))
    assert ana.text.startswith("一共 14 条,最多 10 条")
    await ana.says("请假")  # another form in between
    await ana.says("取消")
    await ana.says("周报", PLAN)
    await ana.presses("发送")

    (report,) = await office.rows(m.reports)
    assert report.answers["sentence"] == "今天天气😀不错。"
    assert len(report.answers["plan"]) == 3


async def test_a_line_about_a_call_inside_the_sentence_is_the_answer_and_is_offered_for_the_log(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("周报", "记 李总 13800138000 有意向70% 下周二10点 要方案")

    assert ana.sees("这句也像一条记录,要另外记下来吗?")
    assert ana.sees("下周打算做什么")


async def test_somebody_elses_send_does_nothing(office: Office) -> None:
    await office.supervisor()
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    await writes(ana)
    token = dict(ana.last.buttons)["发送"]
    await office.receive(
        kind="press", sender=wang.user, chat=ana.user, private=True, token=token, message_id=str(ana.last.id),
        press_id="x",
    )  # fmt: skip

    assert not await office.rows(m.reports)


async def test_heads_are_shown_what_waits_for_them(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await zhou.says("周报")
    assert zhou.sees("你这个岗位不用交")
    await sends(ana)
    await zhou.says("周报")

    assert zhou.text == "还有 1 份周报月报等你,1 个提问在等答复。读一份约 40 秒。"


async def test_without_anybody_above_it_goes_to_the_file(office: Office) -> None:
    await office.assistant()
    ana = await office.agent(number="005")
    await sends(ana)

    assert ana.text == "✅ W-2026-47-005 · 17:20 已交,按时\n没有上级,交何小满存档,随时能改。"


async def test_a_superior_on_leave_for_all_the_days_of_answering_is_stood_in_for(office: Office) -> None:
    zhou, boss = await office.supervisor(), await office.manager()
    ana = await office.agent(number="005")
    await zhou.says("请假 今天 到 11-25 出差")
    await zhou.presses("发送")
    await boss.presses("同意")
    await sends(ana)

    assert boss.sees("W-2026-47-005 · 林晓燕")
    assert not zhou.sees("W-2026-47-005")


async def test_the_monthly_report_is_about_the_month_just_ended_and_due_on_its_first_working_day(
    office: Office,
) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await deal(office, ana, 26500, FRIDAY)
    opens_at(office, at(date(2026, 12, 1), 10))
    await ana.says("月报")
    assert ana.sees("M-2026-11-005 · 11-01 周日–11-30 周一", "签单 1 单 26,500 · 11 月 26,500", "这个月最值得说")
    await ana.says("十一月火锅店多。", "补 1,700\n每天 120 通")
    await ana.presses("发送")

    assert ana.sees("✅ M-2026-11-005 · 10:00 已交,按时")
    assert zhou.sees("M-2026-11-005 · 林晓燕", "下月:补 1,700 · 每天 120 通")
    (report,) = await office.rows(m.reports)
    assert (report.kind, report.period) == ("monthly", "2026-11")
    assert report.due_at == at(date(2026, 12, 1), 23, 59, 59)


async def test_on_leave_for_the_whole_week_nothing_is_due_but_it_may_be_written(office: Office) -> None:
    zhou = await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("请假 11-16 到 11-20 发烧")
    await ana.presses("发送")
    await zhou.presses("同意")
    opens_at(office, at(SATURDAY, 23))
    await ana.says("周报")
    assert ana.sees("你都在休假,不用交")
    await ana.presses("现在写")
    await ana.says("在家也打了三个。", PLAN)
    await ana.presses("发送")

    assert ana.sees("✅ W-2026-47-005 · 23:00 已交,这期本来不用交")


async def test_everything_is_said_in_english_too(office: Office) -> None:
    zhou = await office.supervisor(lang="en")
    ana = await office.agent(number="005", lang="en")
    await ana.says("/weekly", "Restaurants pick up after three. Who changes the invoice head?", "Call back 20")
    assert ana.sees("All there: 6 figures", "1 question")
    await ana.presses("Send")
    await zhou.says("Ask Xiaoman.", reply_to=zhou.finds("W-2026-47-005"))

    assert ana.sees("✅ W-2026-47-005 · 17:20 sent, on time")
    assert zhou.sees("W-2026-47-005 · 林晓燕 · Fri 17:20 on time", "❓ Who changes the invoice head?")
    assert ana.sees("W-2026-47-005 · 周启明 answers", "“Ask Xiaoman.”")


@pytest.mark.parametrize(
    ("word", "lang", "said"),
    [
        ("周报", "zh", "99,999?7 天平时不到 21,000。是不是多打了一位?"),
        ("周报", "en", "99,999? It is usually below 21,000 in 7 days. A digit too many?"),
    ],
)
async def test_figures_that_cannot_be_are_asked_back(office: Office, word: str, lang: str, said: str) -> None:
    await office.supervisor()
    ana = await office.agent(number="005", lang=lang)
    await ana.says(word, "拨打 99999")
    assert said in ana.text
    await ana.says("拨打 520 接通 160")

    assert "520" in ana.text
    assert "99999" not in ana.text


async def test_others_see_the_numbers_in_a_report_masked_and_its_author_what_was_typed(office: Office) -> None:
    zhou, he = await office.supervisor(), await office.assistant()
    ana = await office.agent(number="005")
    await ana.says("周报", "李总 13800138000 要专票,找谁改?", "记 王女士 13900139000 周三见")
    await ana.presses("发送")
    assert zhou.sees("李总 138****8000 要专票", "王女士 139****9000 周三见")
    await zhou.presses("批复", on=zhou.finds("W-2026-47-005"))
    await zhou.says("抬头找小满 13700137000")
    await ana.presses("再问一句")
    await ana.says("那 13800138000 我先回?")
    await zhou.presses("看全文")

    assert zhou.text.count("138****8000") == 2
    assert ana.sees("抬头找小满 13700137000")
    await ana.says("W-2026-47-005")
    await ana.presses("看全文")
    assert ana.sees("李总 13800138000 要专票", "记 王女士 13900139000 周三见", "那 13800138000 我先回?")
    assert not any(
        number in said.text for said in [*zhou.messages, *he.messages] for number in ("13800138000", "13900139000")
    )


async def test_no_message_of_a_report_is_longer_than_seven_lines(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana, plan="\n".join(f"第{n}件事,要和客户面谈" for n in range(9)))
    opens_at(office, at(MONDAY + timedelta(days=4), 17))
    await sends(ana, said=f"{'火锅店好打。' * 60}抬头找谁改?税率呢?账期呢?", plan=PLAN)

    assert all(len(said.text.splitlines()) <= 7 for phone in (ana, zhou) for said in phone.messages)
    await zhou.presses("看全文")
    assert zhou.text.count("火锅店好打") == 60


# --- reasons ---------------------------------------------------------------------------------------------------------


async def test_a_good_reason_makes_a_late_report_not_late(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, 7))
    await ana.presses("发送")
    assert ana.text.splitlines()[0] == "W-2026-47-005 收下了 · 22:07 · 记为迟交。有原因点一下。"
    await ana.presses("说明原因")
    await ana.presses("在客户那签合同")
    assert ana.text == "原因交给周启明了:“在客户那签合同”\n48 小时没答复,按有理由算。"
    assert zhou.sees("W-2026-47-005 · 林晓燕说明迟交原因", "“在客户那签合同”")
    await zhou.presses("同意", times=2)
    assert ana.sees("W-2026-47-005:周启明同意了,这次不算迟交。")
    await ana.says("W-2026-47-005")

    assert ana.text.startswith("✅ W-2026-47-005 · 22:07 已交,有正当理由,不记迟交")
    assert not any("50" in said.text or "罚" in said.text for said in ana.messages)


async def test_a_declined_reason_stays_declined_and_is_not_asked_twice(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, 7))
    await ana.presses("发送")
    receipt = ana.last
    await ana.presses("说明原因")
    await ana.says("忘了")
    await zhou.presses("不同意")
    await ana.presses("说明原因", on=receipt)

    assert ana.sees("W-2026-47-005:周启明没同意这次的原因,还是记为迟交,50.00 待缴(不从工资扣)。有话当面和主管说。")
    assert ana.text == "这份的原因已经说明过:“忘了” · 没同意"


@pytest.mark.parametrize(
    ("mode", "lang", "said"),
    [
        ("payslip", "zh", "W-2026-47-005:周启明没同意这次的原因,还是记为迟交,50.00 待缴。有话当面和主管说。"),
        ("off", "zh", "W-2026-47-005:周启明没同意这次的原因,还是记为迟交。有话当面和主管说。"),
        ("record", "en", "it stays late, and 50.00 is noted as owed (not taken from pay). Talk to your supervisor."),
    ],
)
async def test_a_declined_reason_leaves_what_the_policy_notes(office: Office, mode: str, lang: str, said: str) -> None:
    text = POLICY.read_text("utf-8").replace('mode = "record"  ', f'mode = "{mode}"  ', 1)
    text = text.replace("payslip_risk_accepted = false", "payslip_risk_accepted = true", 1)
    office.db.company = replace(office.company, policy=policy.load(text))
    zhou, ana = await office.supervisor(), await office.agent(number="005", lang=lang)
    await ana.says("/weekly", "三点后好打。", PLAN)
    opens_at(office, at(SATURDAY, 22, 7))
    await ana.says("1")
    await ana.presses("说明原因" if lang == "zh" else "Give a reason")
    await ana.says("忘了")
    await zhou.presses("不同意")

    assert ana.sees(said)


async def test_a_reason_nobody_judged_for_two_days_is_good(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, 7))
    await ana.presses("发送")
    await ana.presses("说明原因")
    await ana.says("孩子发烧在医院")
    await office.moves_to(at(MONDAY, 22, 8))
    assert ana.sees("W-2026-47-005:48 小时没人处理,按有理由算,这次不算迟交。")
    await zhou.presses("不同意")

    assert zhou.toast == "这条已经有结果了。"
    counts = await office.tx(lambda tx: filing.week_counts(tx, Week.of(SATURDAY)))
    assert sum(count.excused for count in counts.values()) == 1


async def test_after_two_days_no_reason_is_taken(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, 7))
    await ana.presses("发送")
    opens_at(office, at(MONDAY + timedelta(days=1), 9))
    await ana.presses("说明原因")

    assert ana.toast.startswith("说明原因的 48 小时过了")


async def test_a_reason_typed_too_late_ends_the_question(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, 7))
    await ana.presses("发送")
    await ana.presses("说明原因")
    opens_at(office, at(MONDAY + timedelta(days=1), 9))
    await ana.says("忘了说", "周报")

    assert ana.sees("说明原因的 48 小时过了")
    assert not await office.rows(m.drafts, form="excuse")


async def test_from_friday_on_the_running_week_opens_and_the_missing_one_is_offered(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    opens_at(office, at(MONDAY + timedelta(days=4), 10))
    await ana.says("周报")
    assert ana.text.startswith("W-2026-48-005")
    assert ana.sees("11-15 周日–11-21 周六 的周报还没交。现在交也有用,会记为迟交。")
    await ana.presses("补交")
    await ana.says(SAID, PLAN)
    await ana.presses("发送")

    assert ana.sees("W-2026-47-005 收下了", "记为迟交")
    assert ana.sees("周报还放在一边,接着写吗?")


async def test_in_a_year_whose_holidays_nobody_has_entered_nothing_is_called_late(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    opens_at(office, at(date(2027, 3, 7), 9))  # the Sunday after that week
    await sends(ana)

    (report,) = await office.rows(m.reports)
    assert report.on_time
    assert ana.text.startswith("✅ W-2027-09-005 · 09:00 已交。今年的节假日安排还没录入,先不判迟交")


async def test_what_i_owe_stands_in_my_list_of_things_to_do(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await ana.says("待办")
    assert ana.sees("周报 11-15 周日–11-21 周六,明晚 22:00 前交")
    await ana.presses("现在写")
    await ana.says(SAID, PLAN)
    await ana.presses("发送")
    await ana.says("待办")

    assert not ana.text.startswith("周报")
    assert "11-15" not in ana.text


async def test_my_sent_report_opens_whole_with_its_dates(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await sends(ana)
    await ana.says("我的周报")
    await ana.presses("W-2026-47-005")

    assert ana.sees("W-2026-47-005 · 林晓燕 · 周五 17:20 按时\n11-15 周日–11-21 周六", "③签 2 单,进 5% 档")
