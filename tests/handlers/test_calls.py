"""Logging calls as an agent does: one line, a form, a reminder; every slip ends in a logged call."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.rules.people import Role
from core.store import customers
from core.store import models as m
from core.usecases import calls as usecase
from core.usecases import looking_up
from tests.at_rest import at_rest
from tests.office import ZONE, Office, Phone

LINE = "记 李总 13800138000 有意向70% 下周二10点 要方案"
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)


async def standing_calls(office: Office) -> list[str]:
    return [row.outcome for row in await office.rows(m.calls, state="logged")]


# --- one line -----------------------------------------------------------------------------------------------


async def test_one_line_logs_a_call_and_the_receipt_says_what_was_understood(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)

    assert ana.text.splitlines() == [
        "✅ 李总 138****8000 · 有意向 70%",
        "陌开(第 1 次联系) · 备注:要方案",
        "11-24 周二 10:00 提醒你回电",
        "今天 1 通 · 接通 1 · 意向 1",
    ]
    assert ana.labels == ["约上门", "改一下", "撤销"]
    (row,) = await office.rows(m.calls)
    assert (row.outcome, row.intention, row.stage, row.note, row.at_source) == (
        "interested",
        70,
        0,
        "要方案",
        "platform",
    )
    assert row.next_contact == TUESDAY


async def test_the_third_contact_is_the_second_follow_up(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 李总 有意向", "李总 约回电 周一10点", LINE)

    assert ana.sees("回访2(第 3 次联系)")


async def test_ringing_without_an_answer_is_no_contact(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 没接", "13800138000 忙线", "138 0013 8000 李总 有意向30%")

    assert ana.sees("陌开(第 1 次联系)")
    assert ana.sees("今天 3 通 · 接通 1 · 意向 1")


async def test_a_stage_that_was_said_counts_from_then_on(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 回访2 有意向", "李总 拒绝")

    assert ana.sees("回访3(第 4 次联系)")


async def test_a_known_name_needs_no_number(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE, "李总 没接")

    assert len(await office.rows(m.customers)) == 1
    assert ana.sees("✅ 李总 138****8000 · 未接")


async def test_an_unknown_name_is_asked_for_its_number_and_everything_else_is_kept(office: Office) -> None:
    ana = await office.agent()
    await ana.says("王女士 有意向40 下周二10点 要报价")
    assert ana.text == "王女士的号码是?不知道可以跳过。"
    await ana.says("13900139000")

    assert ana.sees("✅ 王女士 139****9000 · 有意向 40%", "备注:要报价", "11-24 周二 10:00")


async def test_an_unknown_name_may_stay_without_a_number_and_get_one_later(office: Office) -> None:
    ana = await office.agent()
    await ana.says("王女士 没接", "跳过", "王女士 13900139000 没接")

    (customer,) = await office.rows(m.customers)
    assert (customer.name, customer.phone) == ("王女士", "+8613900139000")
    assert await standing_calls(office) == ["no_answer", "no_answer"]


async def test_two_customers_of_one_name_are_told_apart_by_a_tap(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 没接", "李总 13900139000 没接", "李总 拒绝 嫌贵")
    assert ana.text == "有几位李总,是哪一位?"
    await ana.presses("李总 138****8000")

    assert ana.sees("✅ 李总 138****8000 · 拒绝", "嫌贵")
    assert await standing_calls(office) == ["no_answer", "no_answer", "refused"]


async def test_a_name_that_only_sounds_the_same_is_asked(office: Office) -> None:
    ana = await office.agent()
    await ana.says("王芳 13800138000 没接", "记 王方 拒绝")
    assert "同音" in ana.text
    await ana.presses("王芳 138****8000")

    assert len(await office.rows(m.customers)) == 1
    assert await standing_calls(office) == ["no_answer", "refused"]


async def test_words_without_an_outcome_are_kept_as_a_note_and_the_outcome_is_asked(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 佢话得闲先倾")
    assert ana.text == "我认出了号码 138****8000,其他先当备注记下。结果是?"
    assert ana.labels[:4] == ["没接", "有意向", "拒绝", "再约"]
    await ana.presses("拒绝")

    assert ana.sees("✅ 138****8000 · 拒绝", "备注:佢话得闲先倾")
    assert await standing_calls(office) == ["refused"]


async def test_the_outcome_may_be_typed_after_the_question(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 佢话得闲先倾", "没兴趣")

    assert await standing_calls(office) == ["refused"]


async def test_another_outcome_is_two_taps_away(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 佢话得闲先倾")
    await ana.presses("别的结果")
    await ana.presses("更多")
    await ana.presses("空号")

    assert await standing_calls(office) == ["invalid"]


async def test_several_lines_are_several_calls(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 没接\n王女士 13900139000 拒绝\n陈老板 13700137000 前台")

    assert await standing_calls(office) == ["no_answer", "refused", "gatekeeper"]
    assert ana.sees("今天 3 通 · 接通 2")


async def test_a_time_alone_completes_the_call_just_logged(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 有意向50%")
    assert "还没约下次" in ana.text
    await ana.says("下周三下午3点")

    assert ana.sees("11-25 周三 15:00 提醒你回电")
    assert len(await office.rows(m.calls)) == 1


async def test_the_next_contact_is_one_tap(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 有意向50%")
    await ana.presses("下周一")

    assert ana.sees("11-23 周一 09:00 提醒你回电")


async def test_a_time_that_is_over_is_explained_and_asked_again(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 有意向50% 今天8点再打")
    assert "已经过了" in ana.text
    await ana.says("周一8点")

    (row,) = await office.rows(m.calls)
    assert row.next_contact == datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)


async def test_an_impossible_intention_is_said_and_the_rest_is_logged(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 有意向150% 下周二10点")
    assert "0–100" in ana.text
    await ana.says("改 意向50")

    (row,) = await office.rows(m.calls)
    assert (row.intention, row.next_contact) == (50, TUESDAY)


async def test_a_number_with_a_digit_too_few_is_said_and_the_rest_is_kept(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记 李总 1380013800 有意向70% 下周二10点 要方案")
    assert ana.text == "号码好像少 1 位:1380013800 只有 10 位。\n其他都记着,正确的号码是?"
    assert await office.rows(m.calls) == []
    await ana.says("138001380001")
    assert "多 1 位" in ana.text
    await ana.says("13800138000")

    assert ana.sees("✅ 李总 138****8000 · 有意向 70%", "备注:要方案", "11-24 周二 10:00")


async def test_a_kept_time_means_the_day_it_was_typed(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记 李总 1380013800 有意向70% 下周二10点")
    await office.moves_to(office.now + timedelta(days=3))
    await ana.says("13800138000")

    (row,) = await office.rows(m.calls)
    assert row.next_contact == TUESDAY
    assert row.day.isoformat() == "2026-11-20"


async def test_a_name_with_emoji_and_control_characters_is_made_fit_to_show(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记 李总\u202e\u0007🔥 13800138000 没接")

    (customer,) = await office.rows(m.customers)
    assert customer.name == "李总"
    assert "\u202e" not in ana.text


async def test_full_width_and_chinese_numbers_are_numbers(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 \uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10 有意向七成 下周二十点")

    (row,) = await office.rows(m.calls)
    assert (row.intention, row.next_contact) == (70, TUESDAY)


async def test_a_very_long_line_is_logged_and_says_how_much_of_the_note_is_kept(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 拒绝 " + "他说了很多话 " * 1400)

    assert "存了前" in ana.text
    assert len(ana.text.splitlines()) <= 7
    assert await standing_calls(office) == ["refused"]


async def test_the_same_update_three_times_is_one_call(office: Office) -> None:
    ana = await office.agent()
    await office.receive(
        kind="message", sender=ana.user, chat=ana.user, private=True, text=LINE, deliveries=3, key="again"
    )

    assert len(await office.rows(m.calls)) == 1
    assert len(ana.messages) == 1


async def test_the_same_entry_is_written_once_even_without_the_inbox(office: Office) -> None:
    ana = await office.agent()

    async def twice(tx: object) -> list[bool]:
        from core.rules.contacts import Entry
        from core.store import people

        me = await people.by_id(tx, ana.id)  # type: ignore[arg-type]
        assert me is not None
        entry = Entry(phone="+8613800138000", outcome="no_answer")
        return [
            (await usecase.log(tx, me, me, entry, at=office.now, at_source="platform", once="x")).fresh  # type: ignore[arg-type]
            for _ in range(2)
        ]

    assert await office.tx(twice) == [True, False]
    assert len(await office.rows(m.calls)) == 1


async def test_an_edited_message_changes_nothing_and_is_explained(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    await office.receive(kind="edited", sender=ana.user, chat=ana.user, private=True, text=LINE.replace("70", "90"))

    assert "改一下" in ana.text
    assert [row.intention for row in await office.rows(m.calls)] == [70]


async def test_a_late_message_counts_for_the_day_it_was_sent(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 没接", at=office.now - timedelta(days=1))

    (row,) = await office.rows(m.calls)
    assert row.day.isoformat() == "2026-11-19"
    assert ana.sees("11-19 周四 1 通")


async def test_nothing_is_logged_in_a_group(office: Office) -> None:
    ana = await office.agent()
    await ana.in_group("-100", LINE)

    assert await office.rows(m.calls) == []
    assert office.in_chat("-100") == []


async def test_what_was_typed_is_sealed_on_the_disk(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)

    on_disk = b"".join(at_rest(office.url).values())
    assert "李总".encode() in on_disk  # names are clear, for search: this is the right place to look
    assert b"13800138000" not in on_disk
    assert "要方案".encode() not in on_disk


# --- changing and undoing --------------------------------------------------------------------------------------


async def test_undo_takes_the_call_out_of_the_figures_and_silences_its_reminder(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    await ana.presses("撤销")
    assert ana.text.splitlines() == ["已撤销:李总 138****8000 · 有意向 70%", "今天 0 通 · 接通 0 · 意向 0"]
    await office.moves_to(TUESDAY + timedelta(minutes=1))

    assert not ana.sees("该给李总回电了")


async def test_undoing_the_undo_brings_everything_back(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE, "撤销", "恢复")
    assert ana.sees("今天 1 通 · 接通 1 · 意向 1")
    await office.moves_to(TUESDAY)

    assert ana.sees("⏰ 该给李总回电了 · 138****8000")


async def test_undo_five_times_in_a_second_undoes_once(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE, "李总 没接")
    await ana.presses("撤销", times=5)

    assert sorted(row.state for row in await office.rows(m.calls)) == ["logged", "undone"]
    assert "已撤销" in ana.toast


async def test_a_changed_time_moves_the_reminder(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    await ana.presses("改一下")
    await ana.presses("下次")
    await ana.says("下周三10点")
    await office.moves_to(TUESDAY + timedelta(hours=1))
    assert not ana.sees("该给李总回电了")
    await office.moves_to(TUESDAY + timedelta(days=1))

    assert ana.sees("该给李总回电了")


async def test_a_time_moved_away_and_back_reminds_once(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE, "改 下周三10点", "改 下周二10点")
    await office.moves_to(TUESDAY + timedelta(days=2))

    assert len([said for said in ana.messages if "该给李总回电了" in said.text]) == 1


async def test_every_part_of_a_call_can_be_changed(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    for part, answer in (("意向", "30%"), ("备注", "要对比表"), ("结果", "再约"), ("客户", "李董 13800138000")):
        await ana.presses("改一下")
        await ana.presses(part)
        await ana.says(answer)

    (row,) = await office.rows(m.calls)
    (customer,) = await office.rows(m.customers)
    assert (row.outcome, row.note, customer.name) == ("callback", "要对比表", "李董")


async def test_a_wrong_number_is_put_right_without_a_second_customer(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138001 没接", "改 13800138000")

    (customer,) = await office.rows(m.customers)
    assert (customer.name, customer.phone) == ("李总", "+8613800138000")


async def test_a_number_of_another_record_moves_the_call_there(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 没接", "王女士 13900139000 没接", "改 13800138000")

    by_phone = {row.phone: row.id for row in await office.rows(m.customers)}
    assert [row.customer_id for row in await office.rows(m.calls)] == [by_phone["+8613800138000"]] * 2


async def test_a_reply_that_changes_nothing_we_know_is_explained(office: Office) -> None:
    ana = await office.agent()
    await ana.says("改 意向40")

    assert "不知道要改哪一条" in ana.text


async def test_nobody_undoes_what_belongs_to_somebody_else(office: Office) -> None:
    ana, ben = await office.agent(), await office.agent("陈俊杰")
    await ana.says(LINE)
    token = next(token for label, token in ana.last.buttons if label == "撤销")
    await ben.press(token, ana.last)

    assert await standing_calls(office) == ["interested"]


# --- the form --------------------------------------------------------------------------------------------------


async def test_the_form_takes_three_taps_after_the_number(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记电话", "13800138000")
    await ana.presses("有意向")
    await ana.presses("70%")
    await ana.presses("下周一")

    assert ana.text.splitlines()[0] == "✅ 138****8000 · 有意向 70%"
    (row,) = await office.rows(m.calls)
    assert (row.outcome, row.intention, row.at_source) == ("interested", 70, "received")


async def test_one_tap_is_enough_when_nobody_answered(office: Office) -> None:
    ana = await office.agent()
    await ana.says("/call", "李总 13800138000")
    await ana.presses("没接")

    assert await standing_calls(office) == ["no_answer"]


async def test_a_bare_number_opens_the_form_at_the_outcome(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000", "没接")

    assert await standing_calls(office) == ["no_answer"]


async def test_a_sentence_answers_several_questions_at_once(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记电话", "李总 13800138000", "有意向60% 下周二10点 先看方案")

    (row,) = await office.rows(m.calls)
    assert (row.outcome, row.intention, row.next_contact, row.note) == ("interested", 60, TUESDAY, "先看方案")


async def test_a_typing_slip_in_the_outcome_is_suggested_not_refused(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记电话", "李总 13800138000", "为接")
    assert ana.labels[0] == "没接"
    await ana.presses("没接")

    (row,) = await office.rows(m.calls)
    assert (row.outcome, row.note) == ("no_answer", "为接")


async def test_answers_that_cannot_be_read_are_asked_again_until_they_can(office: Office) -> None:
    ana = await office.agent()
    await ana.says(
        "记电话", "12345678901234", "13800138000", "有意向", "很大", "120", "80", "改天", "昨天10点再打", "下周二10点"
    )

    (row,) = await office.rows(m.calls)
    assert (row.intention, row.next_contact) == (80, TUESDAY)


async def test_a_form_survives_a_restart_in_the_middle(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记电话", "李总 13800138000")
    await office.restart()
    await ana.says("有意向70%")
    await office.restart()
    await ana.presses("下周一")

    assert ana.sees("✅ 李总 138****8000 · 有意向 70%")


async def test_another_call_in_the_middle_of_the_form_is_logged_and_the_form_goes_on(office: Office) -> None:
    ana = await office.agent()
    await ana.says("记电话", "李总 13800138000", "王女士 13900139000 没接")
    assert "李总" in ana.text
    await ana.presses("拒绝")

    assert sorted(await standing_calls(office)) == ["no_answer", "refused"]


# --- reminders ---------------------------------------------------------------------------------------------------


async def test_the_next_contact_becomes_a_reminder_at_that_time(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    await office.moves_to(TUESDAY - timedelta(minutes=1))
    assert not ana.sees("该给李总回电了")
    await office.moves_to(TUESDAY)

    assert ana.text.splitlines() == ["⏰ 该给李总回电了 · 138****8000", "上次:有意向 70%,要方案"]
    assert ana.labels == ["接通了", "没接", "10分钟后", "明早", "看记录"]


async def test_reaching_them_leads_to_the_visit_and_who_goes(office: Office) -> None:
    ana, rep = await office.agent(), await office.rep("吴海涛")
    await ana.says(LINE)
    await office.moves_to(TUESDAY)
    await ana.presses("接通了")
    assert "聊得怎么样?也可以直接打一句话。" in ana.text
    await ana.says("约访 周四下午两点 他公司")
    assert ana.text.splitlines()[0] == "✅ 11-26 周四 14:00 上门 · 李总公司"
    assert ana.text.splitlines()[-1] == "谁去?委托代表代访成交,分享该单 1%。"
    assert ana.labels[:3] == ["我自己去", "吴海涛", "先不定"]
    await ana.presses("吴海涛")

    assert "吴海涛去" in ana.text
    assert rep.sees("林晓燕请你 11-26 周四 14:00 上门:李总 138****8000")
    visit = (await office.rows(m.calls, outcome="visit"))[0]
    assert (visit.visitor_id, visit.stage) == (rep.id, 1)


async def test_the_visitor_is_reminded_an_hour_before_and_may_see_the_number_which_the_owner_hears(
    office: Office,
) -> None:
    ana, rep = await office.agent(), await office.rep("吴海涛")
    await ana.says("李总 13800138000 约访 下周四下午两点")
    await ana.presses("吴海涛")
    await office.moves_to(datetime(2026, 11, 26, 13, 0, tzinfo=ZONE))
    assert rep.sees("⏰", "14:00 上门:李总 138****8000", "林晓燕的客户")
    await rep.presses("看号码")

    assert rep.text == "李总 13800138000"
    assert ana.sees("吴海涛看了李总 138****8000的完整号码")


async def test_nobody_at_home_is_logged_and_the_next_try_is_asked(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    await office.moves_to(TUESDAY)
    await ana.presses("没接")
    assert ana.text.splitlines()[0] == "✅ 李总 138****8000 · 未接"
    assert "还没约下次" in ana.text
    await ana.presses("明早")
    await office.moves_to(TUESDAY + timedelta(days=1))

    assert len([said for said in ana.messages if "⏰ 该给李总回电了" in said.text]) == 1  # the first became the receipt
    assert ana.sees("⏰ 该给李总回电了", "上次:未接")


async def test_ten_minutes_later_it_asks_again(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    await office.moves_to(TUESDAY)
    await ana.presses("10分钟后")
    assert "10:10" in ana.text
    await office.moves_to(TUESDAY + timedelta(minutes=10))

    assert ana.text.startswith("⏰ 该给李总回电了")


async def test_a_call_in_the_meantime_makes_the_reminder_needless(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE, "李总 拒绝")
    await office.moves_to(TUESDAY + timedelta(hours=1))

    assert not ana.sees("该给李总回电了")


async def test_a_reminder_that_fell_into_our_outage_comes_late_and_says_so(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    await office.sleeps_until(TUESDAY + timedelta(hours=3))

    assert ana.sees("该给李总回电了", "约的是 今天 10:00")


# --- guards --------------------------------------------------------------------------------------------------------


async def test_a_number_that_asked_for_peace_is_called_by_nobody(office: Office) -> None:
    ana, ben = await office.agent(), await office.agent("陈俊杰")
    await ana.says("李总 13800138000 不要再打了")
    assert ana.sees("全公司不再拨这个号码")
    await office.moves_to(office.now + timedelta(days=1))
    await ben.says("老李 13800138000 有意向70%")
    assert ben.text == "这个号码 11 月 20 日说过不要再打,全公司都不拨。"
    await ben.presses("换一个客户")
    await ben.says("13900139000", "不约")

    assert await standing_calls(office) == ["dnc", "interested"]
    assert [row.phone for row in await office.rows(m.customers, owner_id=ben.id)] == ["+8613900139000"]


async def test_a_refusal_marked_by_a_slip_is_lifted_by_undo(office: Office) -> None:
    ana, ben = await office.agent(), await office.agent("陈俊杰")
    await ana.says("李总 13800138000 谢绝来电")
    await ana.presses("撤销")
    await ben.says("13800138000 没接")
    await ben.presses("仍要记下")

    assert await standing_calls(office) == ["no_answer"]


async def test_a_colleagues_customer_is_not_taken_over_and_only_the_date_is_told(office: Office) -> None:
    ana, ben = await office.agent(), await office.agent("陈俊杰")
    await ana.says(LINE)
    await ben.says("张三 13800138000 有意向90%")
    assert ben.text == "这位在跟进中,最近一次联系是 11-20。先别拨,要不要问问同事?"
    await ben.presses("算了")
    assert len(await office.rows(m.calls)) == 1
    await ben.says("张三 13800138000 有意向90%")
    await ben.presses("仍要记下")

    owners = {row.owner_id: row.name for row in await office.rows(m.customers)}
    assert owners == {ana.id: "李总", ben.id: "张三"}
    assert "陌开(第 1 次联系)" in ben.text


async def test_one_number_too_often_a_day_is_remarked_not_refused(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 没接", "13800138000 没接", "13800138000 没接")

    assert "今天第 3 次了,规定一天最多 2 次" in ana.text
    assert len(await office.rows(m.calls)) == 3


async def test_a_call_at_night_is_remarked_not_refused(office: Office) -> None:
    ana = await office.agent()
    await office.moves_to(datetime(2026, 11, 20, 21, 30, tzinfo=ZONE))
    await ana.says("13800138000 没接")

    assert "21:30 在可拨时段 09:00–21:00 之外" in ana.text


# --- totals of a day -------------------------------------------------------------------------------------------------


async def test_totals_include_what_was_logged_one_by_one(office: Office) -> None:
    ana = await office.agent()
    for n in range(9):
        await ana.says(f"1380013800{n} 没接")
    await ana.says("今天 拨打120 接通45")

    assert ana.text == "✅ 今天合计 120 通 · 接通 45(37.5%)。单独记的 9 通已含在内。"
    await ana.says("13900139000 有意向70% 下周一9点")
    assert ana.sees("今天 120 通 · 接通 45 · 意向 1")


async def test_totals_said_again_replace_the_earlier_ones(office: Office) -> None:
    ana = await office.agent()
    await ana.says("今天 拨打120 接通45", "今天 拨打130 接通50")
    assert ana.text.startswith("✅ 今天合计 130 通 · 接通 50")
    await ana.presses("撤销")

    assert "现在是 120 通 · 接通 45" in ana.text


async def test_more_single_calls_than_stated_count_as_they_are(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 没接", "13800138001 没接", "13800138002 拒绝", "今天 拨打2 接通1")

    assert "单独记的有 3 通" in ana.text
    assert ana.text.startswith("✅ 今天合计 3 通")


async def test_more_connected_than_dialled_is_turned_round_by_a_tap(office: Office) -> None:
    ana = await office.agent()
    await ana.says("今天 拨打45 接通120")
    assert "写反了" in ana.text
    await ana.presses("拨打120 接通45")

    assert ana.text.startswith("✅ 今天合计 120 通 · 接通 45")


async def test_an_absurd_total_and_a_day_to_come_are_explained(office: Office) -> None:
    ana = await office.agent()
    await ana.says("今天 拨打99999 接通5")
    assert "99,999" in ana.text
    await ana.says("11-25 拨打100 接通30")
    assert ana.text.startswith("11-25 周三 还没到")
    await ana.says("昨天 拨打100 接通30")

    assert ana.text.startswith("✅ 11-19 周四合计 100 通")


# --- for somebody else -------------------------------------------------------------------------------------------------


async def proxy_pair(office: Office) -> tuple[Phone, Phone]:
    return await office.agent("胡伟"), await office.assistant("何小满")


async def test_the_assistant_enters_totals_and_the_person_nods(office: Office) -> None:
    hu, he = await proxy_pair(office)
    await he.says("补录 胡伟 拨打96 接通31")
    assert he.text == "已替胡伟补录 11-20 周五 拨打 96、接通 31,等 Ta 点头。"
    assert hu.text == "何小满替你补录 11-20 周五:拨打 96、接通 31。对吗?"
    await hu.presses("对")
    await hu.says("今日")

    assert hu.sees("拨打 96 · 接通 31(32.2%)")


async def test_what_the_person_declines_is_gone_and_whoever_entered_it_hears(office: Office) -> None:
    hu, he = await proxy_pair(office)
    await he.says("补录 胡伟 拨打96 接通31")
    await hu.presses("不对")
    assert he.sees("胡伟说不对", "拨打 96、接通 31", "已去掉")
    await he.says("补录 胡伟 拨打69 接通13")
    await hu.presses("对", on=hu.last)

    assert [(row.dials, row.proxy) for row in await office.rows(m.day_counts)] == [(69, "accepted")]


async def test_an_old_button_does_not_accept_new_figures(office: Office) -> None:
    hu, he = await proxy_pair(office)
    await he.says("补录 胡伟 拨打96 接通31")
    first = hu.last
    await he.says("补录 胡伟 拨打9 接通3")
    await hu.presses("对", on=first)

    assert [row.proxy for row in await office.rows(m.day_counts)] == ["pending"]


async def test_nobody_overwrites_what_a_person_stated(office: Office) -> None:
    hu, he = await proxy_pair(office)
    await hu.says("今天 拨打80 接通20")
    await he.says("补录 胡伟 拨打96 接通31")

    assert "胡伟自己报过" in he.text
    assert [row.dials for row in await office.rows(m.day_counts)] == [80]


async def test_a_single_call_for_another_day_is_entered_counted_and_declined(office: Office) -> None:
    hu, he = await proxy_pair(office)
    await he.says("补录 胡伟 11-19 记 李总 13800138000 没接")
    assert he.text.startswith("已替胡伟记下 11-19 周四")
    assert hu.sees("何小满替你补录了 11-19 周四 一通:李总 138****8000 · 未接。对吗?")
    (row,) = await office.rows(m.calls)
    assert (row.person_id, row.logged_by, row.proxy, row.day.isoformat()) == (hu.id, he.id, "pending", "2026-11-19")
    await hu.presses("不对")

    assert he.sees("胡伟说不对", "李总 138****8000")
    tally = await office.tx(lambda tx: usecase.tally_of(tx, hu.id, row.day))
    assert tally.dials == 0


async def test_names_that_sound_the_same_are_asked(office: Office) -> None:
    await office.agent("王芳", number="006")
    fang = await office.hires("王方", Role.REP, number="017")
    he = await office.assistant()
    await he.says("补录 王芳 拨打96 接通31")
    assert he.labels == ["王芳 006", "王方 017"]
    await he.presses("王方 017")

    assert [row.person_id for row in await office.rows(m.day_counts)] == [fang.id]


async def test_an_unknown_name_is_asked_again_and_the_figures_are_kept(office: Office) -> None:
    hu, he = await proxy_pair(office)
    await he.says("补录 张三丰 拨打96 接通31")
    assert "没有“张三丰”" in he.text
    await he.says("李四光")
    assert "没有“李四光”" in he.text
    await he.says("胡伟")

    assert [(row.person_id, row.dials) for row in await office.rows(m.day_counts)] == [(hu.id, 96)]


async def test_a_supervisor_enters_for_the_own_team_only_and_an_agent_for_nobody(office: Office) -> None:
    zhou = await office.supervisor()
    ana = await office.agent()
    await office.agent("刘婷", team="飞虎组")
    await zhou.says("补录 刘婷 拨打96 接通31")
    assert "没有“刘婷”" in zhou.text
    await zhou.says("取消", "补录 林晓燕 拨打96 接通31")
    assert "已替林晓燕" in zhou.text
    await ana.says("补录 刘婷 拨打96 接通31")

    assert [row.person_id for row in await office.rows(m.day_counts)] == [ana.id]


async def test_what_is_not_understood_behind_the_name_is_answered_with_examples(office: Office) -> None:
    _, he = await proxy_pair(office)
    await he.says("补录", "补录 胡伟", "补录 胡伟 今天很忙")

    assert he.sees("这样补")
    assert "认出了胡伟" in he.text


# --- looking -----------------------------------------------------------------------------------------------------------


async def test_the_day_lists_single_calls_in_pages_with_masked_numbers(office: Office) -> None:
    ana = await office.agent()
    for n in range(10):
        await ana.says(f"1380013800{n} 没接")
    await ana.says("今日")
    assert ana.text.splitlines()[:2] == ["今天 11-20 周五 · 林晓燕", "拨打 10 · 接通 0(0.0%)"]
    assert [len(ana.text.splitlines()), ana.text.splitlines()[-1][0]] == [7, "3"]
    await ana.presses("更多")
    assert [line[0] for line in ana.text.splitlines()[2:]] == ["4", "5", "6", "7", "8"]
    await ana.presses("更多")
    assert "10 17:20 138****8000 未接" in ana.text
    assert "更多" not in ana.labels
    await ana.presses("上一页")
    assert ana.text.splitlines()[-1].startswith("8 ")

    assert not any("13800138" in said.text for said in ana.messages)


async def test_a_full_day_is_seven_lines_and_leaves_out_no_call(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await ana.says("报单 5000 自拓 李总 13800138000")
    await ana.presses("提交")
    for n in range(4):
        await ana.says(f"1380013800{n} 有意向50% 今晚8点")
    await ana.says("今日")
    assert ana.sees("待确认 1 单 5,000", "今天还有 4 个约好的回电")
    assert len(ana.text.splitlines()) <= 7
    seen = sum(line[:2] in {"1 ", "2 ", "3 ", "4 "} for line in ana.text.splitlines())
    await ana.presses("更多")

    assert seen + sum(line[:2] in {"1 ", "2 ", "3 ", "4 "} for line in ana.text.splitlines()) == 4
    assert "更多" not in ana.labels


async def test_of_many_who_have_nothing_yet_a_few_are_named_and_the_rest_counted(office: Office) -> None:
    zhou = await office.supervisor()
    for n in range(11):
        await office.agent(f"业务{n:02d}")
    await zhou.says("今日")

    assert zhou.text.splitlines()[-1] == "还没报数:" + "、".join(f"业务{n:02d}" for n in range(8)) + " +3"


async def test_a_large_teams_day_is_seven_lines_with_the_rest_behind_a_button(office: Office) -> None:
    zhou = await office.supervisor()
    for n in range(6):
        await (await office.agent(f"业务{n}")).says(f"今天 拨打{100 + n} 接通5")
    await office.agent("还没打")
    await zhou.says("今日")
    assert zhou.text.splitlines()[-2:] == ["合计 615 · 接通 30(4.8%) · 意向 0", "还没报数:还没打"]
    assert [len(zhou.text.splitlines()), "业务2" in zhou.text, "业务1" in zhou.text] == [7, True, False]
    await zhou.presses("更多")

    assert "业务1 101 通" in zhou.text
    assert "业务0 100 通" in zhou.text
    assert "更多" not in zhou.labels


async def test_an_empty_day_says_how_to_begin(office: Office) -> None:
    ana = await office.agent()
    await ana.says("/today")

    assert "还没有记录" in ana.text


async def test_a_supervisor_sees_the_day_of_the_own_team(office: Office) -> None:
    zhou, ana, ben = await office.supervisor(), await office.agent(), await office.agent("陈俊杰")
    other = await office.agent("刘婷", team="飞虎组")
    await ana.says("今天 拨打120 接通45")
    await ben.says("13800138000 有意向70% 下周一9点")
    await other.says("今天 拨打50 接通5")
    await zhou.says("今日")

    assert zhou.text.splitlines() == [
        "今天 11-20 周五 · 领航组",
        "林晓燕 120 通 · 接通 45 · 意向 0",
        "陈俊杰 1 通 · 接通 1 · 意向 1",
        "合计 121 · 接通 46(38.0%) · 意向 1",
    ]


async def test_the_record_of_a_customer_is_found_by_name_number_and_last_four(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE)
    for key in ("李总", "13800138000", "8000"):
        await ana.says(f"记录 {key}")
        assert ana.text.splitlines()[0] == "李总 138****8000 · 共 1 次"
    await ana.says("记录 9999")

    assert "没有“9999”" in ana.text


async def test_the_whole_number_is_shown_to_its_owner_and_every_look_is_written_down(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE, "记录 李总")
    await ana.presses("看号码")

    assert ana.text == "李总 13800138000"
    assert [row.actor_id for row in await office.rows(m.audit, action="customer.number_seen")] == [ana.id]


async def test_a_supervisor_reads_the_record_but_not_the_number(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says(LINE)
    (customer,) = await office.rows(m.customers)

    async def look(tx: object) -> str:
        from core.rules.errors import Refusal
        from core.store import people

        boss = await people.by_id(tx, zhou.id)  # type: ignore[arg-type]
        assert boss is not None
        _, found = await looking_up.history(tx, boss, customer.id, limit=5)  # type: ignore[arg-type]
        try:
            await looking_up.number_of(tx, boss, customer.id)  # type: ignore[arg-type]
        except Refusal as refusal:
            return f"{len(found)} {refusal.key}"
        return "shown"

    assert await office.tx(look) == "1 calls.number_not_yours"


# --- for the others -------------------------------------------------------------------------------------------------


async def test_figures_of_many_people_come_in_one_go(office: Office) -> None:
    ana, ben = await office.agent(), await office.agent("陈俊杰")
    await ana.says(
        "今天 拨打120 接通45 意向2", "昨天 拨打100 接通30", "13800138000 有意向 下周一9点", "13800138000 约访 下周一9点"
    )
    await ben.says("13900139000 成交")
    monday, today = date(2026, 11, 16), office.now.date()
    found = await office.tx(lambda tx: usecase.tallies(tx, [ana.id, ben.id, 999], monday, today))
    again = await office.tx(lambda tx: usecase.returned(tx, [ana.id, ben.id], monday, today))

    assert (found[ana.id].dials, found[ana.id].connected, found[ana.id].intentions) == (220, 75, 2)
    assert (found[ana.id].visits, found[ben.id].signed, found[999].dials) == (1, 1, 0)
    assert again == {ana.id: 1}


async def test_a_customer_is_one_record_per_owner_whoever_writes_first(office: Office) -> None:
    ana = await office.agent()

    async def write(tx: object) -> set[int]:
        made = [
            await customers.find_or_create(tx, ana.id, name, "+8613800138000")  # type: ignore[arg-type]
            for name in (None, "李总", None, "李总")
        ]
        return {c.id for c in made}

    assert len(await office.tx(write)) == 1


# --- English ----------------------------------------------------------------------------------------------------------


async def test_everything_is_said_in_english_to_who_reads_english(office: Office) -> None:
    ana = await office.agent(lang="en")
    await ana.says(LINE)
    assert ana.text.splitlines() == [
        "✅ 李总 138****8000 · Interested 70%",
        "cold call (contact no. 1) · note: 要方案",
        "Reminder to call back: Tue 11-24 10:00",
        "Today: dialled 1 · connected 1 · interested 1",
    ]
    await ana.presses("Undo")
    assert ana.text.startswith("Undone")
    await ana.says("call 李总 13800138000", "No answer", "today")

    assert "1 logged one by one" in ana.text


# --- what waits, and who else hears ------------------------------------------------------------------------------------


async def test_call_backs_of_today_stand_in_the_list_of_what_waits(office: Office) -> None:
    ana = await office.agent()
    await ana.says("李总 13800138000 有意向70% 今晚8点", "今日")
    assert "今天还有 1 个约好的回电" in ana.text
    await ana.says("待办")
    assert ana.sees("李总 138****8000 · 有意向 70%")
    await ana.presses("李总")
    await ana.presses("没接")

    assert await standing_calls(office) == ["interested", "no_answer"]


async def test_a_nod_is_for_exactly_what_was_shown(office: Office) -> None:
    hu, he = await proxy_pair(office)
    await he.says("补录 胡伟 记 李总 13800138000 没接")
    first = hu.last
    await he.presses("改一下")
    await he.says("拒绝")
    await hu.presses("对", on=first)
    assert "已经处理过了" in hu.text
    assert [row.proxy for row in await office.rows(m.calls)] == ["pending"]
    await hu.presses("对", on=hu.finds("李总 138****8000 · 拒绝"))
    await he.says("撤销")

    (row,) = await office.rows(m.calls)
    assert (row.outcome, row.proxy, row.state) == ("refused", "accepted", "logged")


async def test_the_visitor_hears_when_the_visit_moves_or_is_off(office: Office) -> None:
    ana, rep = await office.agent(), await office.rep("吴海涛")
    await ana.says("李总 13800138000 约访 下周四下午两点")
    await ana.presses("吴海涛")
    await ana.says("改 下周五10点")
    assert rep.text.startswith("林晓燕请你 11-27 周五 10:00 上门")
    await ana.presses("撤销")

    assert rep.text == "林晓燕:李总 138****8000 那边不用你去了,安排有变。"
    await office.moves_to(datetime(2026, 11, 27, 10, 0, tzinfo=ZONE))
    assert not rep.sees("⏰", "上门")


async def test_a_call_that_signed_opens_the_deal_with_its_customer(office: Office) -> None:
    ana = await office.agent()
    await office.supervisor()
    await ana.says("李总 13800138000 成交")
    await ana.presses("报单")
    await ana.says("5000")
    await ana.presses("自拓")

    assert ana.sees("5,000.00 · 自拓 · 李总 138****8000")


async def test_the_office_sees_teams_first_and_then_one_of_them(office: Office) -> None:
    liang, ana = await office.manager(), await office.agent()
    other = await office.agent("刘婷", team="飞虎组")
    await ana.says("今天 拨打120 接通45")
    await other.says("今天 拨打50 接通5")
    await liang.says("今日")
    assert liang.text.splitlines()[1:] == [
        "领航组 120 通 · 接通 45(37.5%) · 意向 0",
        "飞虎组 50 通 · 接通 5(10.0%) · 意向 0",
    ]
    await liang.presses("飞虎组")

    assert "刘婷 50 通" in liang.text


async def test_people_without_a_team_do_not_hide_the_teams(office: Office) -> None:
    liang, ana = await office.manager(), await office.agent()
    await office.agent("刘婷", team="飞虎组")
    await (await office.agent("马晓东", team=None)).says("今天 拨打50 接通5")
    await ana.says("今天 拨打120 接通45")
    await liang.says("今日")

    assert liang.sees("各组", "领航组 120 通", "50 通 · 接通 5(10.0%)")


async def test_what_names_a_customer_may_not_be_forwarded(office: Office) -> None:
    ana = await office.agent()
    sent: list[tuple[str, bool]] = []
    office.wire.fail = lambda out: sent.append((out.text, out.protect))
    await ana.says(LINE, "记录 李总", "13900139000 佢话", "今日", "撤销")

    assert sent
    assert [text for text, protect in sent if "****" in text and not protect] == []


# --- what belongs to an open form, and what does not ---------------------------------------------------------------------


async def test_a_fragment_in_an_open_form_never_touches_an_earlier_call(office: Office) -> None:
    ana = await office.agent()
    await ana.says(
        "王女士 13900139000 有意向50%", "记电话", "李总 13800138000", "有意向", "有意思", "没接", "60", "下周二10点"
    )

    first, second = await office.rows(m.calls)
    assert (first.next_contact, first.outcome) == (None, "interested")
    assert (second.intention, second.next_contact) == (60, TUESDAY)


async def test_a_second_wrong_number_is_explained_like_the_first(office: Office) -> None:
    ana = await office.agent()
    await ana.says("王女士 有意向40 下周二10点 要报价", "1390013900")
    assert "少 1 位" in ana.text
    await ana.says("13900139000")

    assert ana.sees("✅ 王女士 139****9000 · 有意向 40%", "备注:要报价")


async def test_a_line_about_another_known_customer_is_that_customers(office: Office) -> None:
    ana = await office.agent()
    await ana.says("王女士 13900139000 没接", "记电话", "李总 13800138000", "王女士 拒绝", "没接")

    names = {row.id: row.name for row in await office.rows(m.customers)}
    assert [(names[row.customer_id], row.outcome) for row in await office.rows(m.calls)] == [
        ("王女士", "no_answer"),
        ("王女士", "refused"),
        ("李总", "no_answer"),
    ]


async def test_a_typed_change_names_its_field(office: Office) -> None:
    ana = await office.agent()
    await ana.says(LINE, "改 备注 要对比表,周三前发", "改 客户 李董")

    (row,) = await office.rows(m.calls)
    (customer,) = await office.rows(m.customers)
    assert (row.note, customer.name) == ("要对比表,周三前发", "李董")


async def test_a_suggested_outcome_is_offered_first(office: Office) -> None:
    ana = await office.agent()
    await ana.says("13800138000 占先")
    assert ana.labels[0] == "忙线"
    await ana.presses("忙线")

    assert await standing_calls(office) == ["busy"]
