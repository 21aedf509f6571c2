"""Reminders about reports: who hears what, when, and who does not (docs/manners.md 2.6; docs/rules.md 39-50; reliability D8)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.rules.calendar import Week
from core.rules.people import Status
from core.rules.reports import ReportKind
from core.store import models as m
from core.store.db import Tx
from core.usecases import duties
from core.usecases import reports as filing
from tests.office import Office, Phone
from tests.reporting import FRIDAY, MONDAY, PLAN, SAID, SATURDAY, at, opens_at, outage, sends, writes

NUDGES = ("周报数字我填好了", "周报还有", "还有 30 分钟")


def nudged(phone: Phone) -> int:
    """How many reminders of a report somebody got."""
    return sum(any(piece in said.text for piece in NUDGES) for said in phone.messages)


async def on_leave(office: Office, who: Phone, first: date, last: date) -> None:
    """Granted leave."""
    await office.tx(
        lambda tx: tx.insert(
            m.leaves, person_id=who.id, first_day=first, last_day=last, state="approved", at=tx.now, once=f"l{who.id}"
        )
    )


async def test_three_reminders_at_the_policys_steps_each_with_its_own_words(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await office.moves_to(at(FRIDAY, 17, 29))
    assert not ana.messages
    await office.moves_to(at(FRIDAY, 17, 30))
    assert ana.text == "晓燕,周报数字我填好了,只差两句话。明晚 22:00 前交就行。"
    assert ana.labels == ["现在写", "明天再说", "我请假了"]
    await ana.presses("现在写")
    await ana.says(SAID)
    opens_at(office, at(SATURDAY, 19, 50))
    await office.moves_to(at(SATURDAY, 20))
    assert ana.text == "⏰ 周报还有 2 小时,草稿在第 2 步。"
    assert ana.labels[0] == "接着写"
    await office.moves_to(at(SATURDAY, 21, 30))
    assert ana.text == "⏰ 还有 30 分钟。写不完先交数字,读之前都能补。"
    assert ana.labels == ["先交数字", "接着写", "我有原因"]
    await ana.presses("接着写")
    await ana.says(PLAN)
    await ana.presses("发送")

    assert nudged(ana) == 1  # the two that were pressed became the form itself
    assert ana.sees("✅ W-2026-47-005 · 21:30 已交,按时")


async def test_whoever_wrote_it_all_reads_that_only_sending_is_missing(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await office.moves_to(at(FRIDAY, 12))
    await ana.says("周报", SAID, PLAN)
    await office.moves_to(at(FRIDAY, 17, 30))
    assert ana.text == "晓燕,周报你都写好了,只差发送。明晚 22:00 前交就行。"
    assert ana.labels == ["看一眼就发", "明天再说", "我请假了"]
    opens_at(office, at(SATURDAY, 19, 50))
    await office.moves_to(at(SATURDAY, 20))
    assert ana.text == "⏰ 周报还有 2 小时。你都写好了,只差发送。"
    await office.moves_to(at(SATURDAY, 21, 30))
    assert ana.text == "⏰ 还有 30 分钟。你都写好了,只差发送。"
    assert ana.labels == ["看一眼就发", "我有原因"]
    await ana.presses("看一眼就发")
    await ana.presses("发送")

    assert ana.sees("✅ W-2026-47-005 · 21:30 已交,按时")


async def test_none_after_it_was_sent_even_when_it_was_already_on_its_way(office: Office) -> None:
    await office.supervisor()
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    await sends(ana)
    opens_at(office, at(SATURDAY, 20))
    await office.runner.fire_due(office.now)  # decided, not sent yet
    await office.receive(kind="message", sender="1", chat="1", private=True, text="x")
    await office.moves_to(at(SATURDAY, 21, 45))

    assert nudged(ana) == 0
    assert nudged(wang) == 2


async def test_a_reminder_waiting_in_the_outbox_is_dropped_by_its_guard(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 20))

    async def decide(tx: Tx) -> None:
        mine = (await duties.duties(tx, ReportKind.WEEKLY, Week.of(SATURDAY)))[0]
        await tx.notify(
            ana.id, "report_nudge", {"kind": "weekly", "period": "2026-W47", "step": 2}, once="late", rank=2,
            guard=duties.guard_text(mine), due_at=tx.now + timedelta(minutes=1),
        )  # fmt: skip

    await office.tx(decide)
    await ana.presses("发送")
    opens_at(office, at(SATURDAY, 20, 2))
    await office.settle()

    assert nudged(ana) == 0
    assert (await office.rows(m.outbox, once="late"))[0].state == "dropped"


async def test_leave_a_mute_or_no_duty_mean_no_reminder(office: Office) -> None:
    await office.supervisor()
    away, muted = await office.agent("欧阳雪", number="015"), await office.agent("胡伟", number="020")
    trainee = await office.agent("谢雨桐", number="021", status=Status.TRAINING)
    newcomer = await office.agent("邓超群", number="024", hired_on=date(2026, 11, 19))
    await on_leave(office, away, date(2026, 11, 16), date(2026, 11, 20))
    await office.moves_to(at(FRIDAY, 17, 30))
    opens_at(office, at(SATURDAY, 19, 55))
    await office.moves_to(at(SATURDAY, 20))
    await muted.presses("别再提醒")
    await office.moves_to(at(SATURDAY, 22, 30))

    assert [nudged(phone) for phone in (away, trainee, newcomer)] == [0, 0, 0]
    assert not muted.sees("还有 30 分钟")


async def test_leave_on_the_saturday_moves_the_deadline_and_its_reminders_to_the_next_working_day(
    office: Office,
) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await on_leave(office, ana, SATURDAY, SATURDAY)
    opens_at(office, at(SATURDAY, 19))
    await office.moves_to(at(SATURDAY, 22, 30))
    assert nudged(ana) == 0
    opens_at(office, at(MONDAY, 19, 50))
    await office.moves_to(at(MONDAY, 20))
    assert ana.sees("周报还有 2 小时")
    await writes(ana)
    await ana.presses("发送")

    (report,) = await office.rows(m.reports)
    assert report.on_time
    assert not ana.sees("上周周报没收到")


async def test_nothing_about_reports_is_ever_said_in_a_group(office: Office) -> None:
    zhou = await office.supervisor()
    await office.agent(number="005")
    await zhou.in_group("-100", "/bind 领航组")
    before = len(office.in_chat("-100"))
    opens_at(office, at(SATURDAY, 19, 50))
    await office.moves_to(at(SATURDAY, 23))
    opens_at(office, at(MONDAY, 9, 20))
    await office.moves_to(at(MONDAY, 10, 5))
    said = [each.text for each in office.in_chat("-100")[before:]]

    assert not [text for text in said if "没交" in text or "周报没收到" in text]


async def test_five_minutes_after_the_deadline_the_superior_gets_who_did_and_who_did_not(office: Office) -> None:
    zhou, xu = await office.supervisor(), await office.supervisor("徐丽娟", team="飞虎组")
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    hu, ou = await office.agent("胡伟", number="020"), await office.agent("欧阳雪", number="015")
    await office.agent("刘婷", number="012", team="飞虎组")
    await on_leave(office, ou, date(2026, 11, 16), date(2026, 11, 20))
    await sends(ana)
    await writes(hu)
    opens_at(office, at(SATURDAY, 22, 3))
    await hu.presses("发送")
    await office.moves_to(at(SATURDAY, 22, 5))

    assert zhou.text.splitlines() == [
        "周报 11-15 周日–11-21 周六 · 领航组",
        "已交 2/3,按时 1",
        "没交:王芳",
        "迟交:胡伟 22:03",
        "休假:欧阳雪",
    ]
    assert xu.sees("飞虎组", "已交 0/1,按时 0", "没交:刘婷")
    assert not any("没交" in said.text for said in (*ana.messages, *wang.messages))


async def test_a_deadline_that_leave_moved_is_not_called_missing(office: Office) -> None:
    zhou = await office.supervisor()
    ana, ou = await office.agent(number="005"), await office.agent("欧阳雪", number="015")
    await on_leave(office, ou, SATURDAY, SATURDAY)
    await sends(ana)
    opens_at(office, at(SATURDAY, 22, 4))
    await office.moves_to(at(SATURDAY, 22, 6))

    assert zhou.sees("已交 1/2,按时 1", "顺延:欧阳雪 11-23 周一 22:00")
    assert not zhou.sees("没交")


async def test_everybody_in_time_is_said_in_one_line(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana)
    opens_at(office, at(SATURDAY, 22, 4))
    await office.moves_to(at(SATURDAY, 22, 6))

    assert zhou.sees("周报 11-15 周日–11-21 周六 · 领航组", "全部按时,1 份等你读。")
    await zhou.presses("开始读")
    assert zhou.text.startswith("W-2026-47-005 · 林晓燕")


async def test_our_outage_is_announced_once_to_all_who_owe_and_moves_list_and_deadline(office: Office) -> None:
    zhou = await office.supervisor()
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    await sends(wang)
    await writes(ana)
    opens_at(office, at(SATURDAY, 21, 42))
    await outage(office, at(SATURDAY, 21, 10), at(SATURDAY, 21, 40))
    await office.moves_to(at(SATURDAY, 22, 20))
    moved = [said.text for said in ana.messages if "断线" in said.text]
    assert moved == ["今晚 21:10–21:40 是我断线,截止顺延到 22:30,人人一样,不记迟交。"]
    assert not wang.sees("断线")
    assert not zhou.sees("已交")
    opens_at(office, at(SATURDAY, 22, 30, 59))
    await ana.presses("发送")
    await office.moves_to(at(SATURDAY, 22, 36))

    assert zhou.sees("全部按时")
    assert all(row.on_time for row in await office.rows(m.reports))


async def test_a_deadline_moved_past_midnight_names_its_day(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    opens_at(office, at(SATURDAY, 20, 6))
    await outage(office, at(SATURDAY, 12, 5), at(SATURDAY, 20, 5))
    await office.moves_to(at(SATURDAY, 20, 21))

    assert ana.finds("断线").text.startswith("今天 12:05–20:05 是我断线,截止顺延到 明天 06:00,")
    assert ana.sees("周报还有 10 小时")  # nobody would remind them in the night


async def test_two_weeks_due_in_one_evening_are_one_reminder(office: Office) -> None:
    ana = await office.agent(number="005")
    await office.supervisor()
    friday = SATURDAY + timedelta(days=6)
    opens_at(office, at(friday, 12))
    await outage(office, at(SATURDAY - timedelta(days=1), 12), at(friday, 12))
    await office.moves_to(at(friday, 12, 5))
    assert ana.finds("断线").text.startswith("11-20 周五 12:00 – 11-27 周五 12:00 是我断线,")
    await office.moves_to(at(friday + timedelta(days=1), 20, 1))

    assert len([said for said in ana.messages if "⏰ 周报还有 2 小时" in said.text]) == 1


async def test_down_over_the_deadline_twenty_reports_sent_meanwhile_are_all_in_time(office: Office) -> None:
    zhou = await office.supervisor()
    phones = [await office.agent(f"员工{n:02d}", number=f"{n:03d}") for n in range(10, 30)]
    for phone in phones:
        await writes(phone)
    office.clock.at = at(SATURDAY, 22, 35)
    await outage(office, at(SATURDAY, 21, 40), at(SATURDAY, 22, 35))
    await office.runner.fire_due(office.now)  # what was missed is settled first
    for phone in phones:
        await phone.presses("发送")

    reports = await office.rows(m.reports)
    assert len(reports) == 20
    assert all(report.on_time for report in reports)
    assert not zhou.sees("没交")


async def test_a_report_called_late_before_the_outage_was_known_is_judged_again(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    await writes(ana)
    opens_at(office, at(SATURDAY, 22, 7))
    await ana.presses("发送")
    assert ana.sees("记为迟交")
    await outage(office, at(SATURDAY, 21, 0), at(SATURDAY, 21, 30))
    await office.tx(filing.announce_extensions)
    await office.settle()

    assert (await office.rows(m.reports))[0].on_time
    assert ana.sees("✅ W-2026-47-005 · 22:07 已交,按时")


async def test_on_monday_morning_those_who_missed_it_are_asked_privately_and_once(office: Office) -> None:
    await office.supervisor()
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    await sends(wang)
    opens_at(office, at(MONDAY, 9, 20))
    await office.moves_to(at(MONDAY, 9, 31))
    assert (
        ana.text
        == "W-2026-47-005 · 上周周报没收到,现在交也有用,周启明要看计划。记了 50.00 待缴(不从工资扣),48 小时内可说明原因。"
    )
    assert ana.labels == ["补交", "说明原因", "看规定"]
    assert not wang.sees("没收到")
    await ana.presses("看规定")
    assert ana.sees("5.1 周报:每周六 22:00 前交本周周报")
    await ana.presses("补交")
    await ana.says(SAID, PLAN)
    await ana.presses("发送")

    assert ana.sees("W-2026-47-005 收下了", "记为迟交")
    assert sum("没收到" in said.text for said in ana.messages) <= 1


async def test_a_reason_given_before_monday_spares_the_question(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    opens_at(office, at(SATURDAY, 21, 25))
    await office.moves_to(at(SATURDAY, 21, 30))
    await ana.presses("我有原因")
    await ana.says("孩子发烧在医院")
    assert zhou.sees("孩子发烧在医院")
    opens_at(office, at(MONDAY, 9, 25))
    await office.moves_to(at(MONDAY, 9, 31))

    assert not ana.sees("没收到")


async def test_on_monday_the_superior_is_reminded_with_counts_and_the_manager_gets_a_digest(office: Office) -> None:
    zhou, boss = await office.supervisor(), await office.manager()
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    await sends(ana)
    await sends(wang, said="名单里空号多。")
    opens_at(office, at(MONDAY, 9, 55))
    await office.moves_to(at(MONDAY, 10))
    assert zhou.text == "还有 2 份周报月报等你,1 个提问在等答复。读一份约 40 秒。"
    assert zhou.labels == ["开始读", "交代给副手"]
    assert boss.text.splitlines()[:2] == [
        "周报 11-15 周日–11-21 周六:按时 2/2,已批复 0/2",
        "领航组:按时 2/2 · 批复 0/2",
    ]
    await boss.presses("已阅")

    assert boss.toast == "记下了,你已看过。"


async def test_after_two_working_days_without_an_answer_the_superior_hears_it_once(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana)  # on Friday: due by the end of Tuesday
    for day in (MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)):
        opens_at(office, at(day, 9, 55))
        await office.moves_to(at(day, 10, 1))

    overdue = [said.text for said in zhou.messages if "满 2 个工作日" in said.text]
    assert overdue == ["1 份报告满 2 个工作日还没批复:林晓燕。\n其中 1 个提问在等答复。"]


async def test_an_answered_report_reminds_nobody(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana)
    await zhou.says("找小满。", reply_to=zhou.finds("W-2026-47-005"))
    opens_at(office, at(MONDAY, 9, 55))
    await office.moves_to(at(MONDAY, 10, 1))

    assert not zhou.sees("等你")


async def test_the_monthly_report_is_asked_for_on_the_first_working_day_only(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent(number="005")
    day = date(2026, 12, 1)
    opens_at(office, at(day - timedelta(days=1), 9, 25))
    await office.moves_to(at(day - timedelta(days=1), 9, 31))
    assert not ana.sees("月报")
    opens_at(office, at(day, 9, 25))
    await office.moves_to(at(day, 9, 30))
    assert ana.text == "晓燕,月报数字我填好了,只差两句话。今晚 23:59 前交就行。"
    assert ana.labels == ["现在写", "晚点再说", "我请假了"]  # tomorrow would be too late
    opens_at(office, at(day, 17, 50))
    await office.moves_to(at(day, 18))
    assert ana.sees("⏰ 月报还有 6 小时")
    opens_at(office, at(day + timedelta(days=1), 9))
    await office.moves_to(at(day + timedelta(days=1), 9, 31))

    assert ana.sees("M-2026-11-005 · 11 月月报没收到", "记了 50.00 待缴(不从工资扣)")


async def test_a_week_of_downtime_sends_no_stale_reminder(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await office.sleeps_until(at(MONDAY + timedelta(days=4), 12))

    assert not ana.messages
    assert not zhou.sees("没交")


async def test_running_twice_says_it_once(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    await sends(ana)
    opens_at(office, at(SATURDAY, 22, 4))
    await office.moves_to(at(SATURDAY, 22, 5))
    await office.restart()
    await office.runner.fire_due(office.now)
    await office.settle()

    assert sum("全部按时" in said.text for said in zhou.messages) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_reminder_is_said_in_the_persons_language(office: Office, lang: str) -> None:
    zhou, ana = await office.supervisor(lang=lang), await office.agent(number="005", lang=lang)
    wang = await office.agent("王芳", number="006", lang=lang)
    await sends(wang, said="找谁改?") if lang == "zh" else await wang.says("/weekly", "Who changes it?", "Call 20")
    if lang == "en":
        await wang.presses("Send")
    opens_at(office, at(FRIDAY, 17, 29))
    await office.moves_to(at(FRIDAY, 17, 30))
    opens_at(office, at(SATURDAY, 19, 59))
    await office.moves_to(at(SATURDAY, 20))
    opens_at(office, at(SATURDAY, 21, 29))
    await office.moves_to(at(SATURDAY, 22, 6))
    opens_at(office, at(MONDAY, 9, 29))
    await office.moves_to(at(MONDAY, 10))

    assert len(ana.messages) == 4
    assert len(zhou.messages) == 3
    wrong = [said.text for phone in (ana, zhou) for said in phone.messages if ("周报" in said.text) != (lang == "zh")]
    assert not [text for text in wrong if not text.startswith(("⏰ 还有 30", "W-2026"))]


async def test_counts_for_the_board(office: Office) -> None:
    zhou = await office.supervisor()
    ana, wang = await office.agent(number="005"), await office.agent("王芳", number="006")
    ou = await office.agent("欧阳雪", number="015")
    await on_leave(office, ou, date(2026, 11, 16), date(2026, 11, 20))
    await sends(ana)
    await writes(wang)
    opens_at(office, at(SATURDAY, 23))
    await wang.presses("发送")
    await zhou.says("找小满。", reply_to=zhou.finds("林晓燕"))
    counts = await office.tx(lambda tx: filing.week_counts(tx, Week.of(SATURDAY)))
    (count,) = counts.values()

    assert (count.due, count.filed, count.on_time, count.answered, count.on_leave) == (2, 2, 1, 1, 1)


async def test_what_waits_for_a_superior_who_left_goes_to_the_next_one(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent(number="005")
    boss = await office.manager()
    await sends(ana)

    async def leaves(tx: Tx) -> None:
        from core.store import people

        await people.change(tx, zhou.id, {"status": Status.LEFT.value, "left_on": FRIDAY})

    await office.tx(leaves)
    opens_at(office, at(MONDAY, 9, 55))
    await office.moves_to(at(MONDAY, 10))
    await boss.says("找小满。", reply_to=boss.finds("W-2026-47-005 · 林晓燕"))

    assert ana.sees("W-2026-47-005 · 梁文静回复")
