"""Deals, end to end: reported in a line or by a form, confirmed once, sent back, taken back, celebrated, listed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.rules.deals import DealState
from core.rules.people import Role, Status
from core.store import deals, people
from core.store import models as m
from core.usecases import deals as usecase
from core.usecases import whole_deals
from tests.office import START, ZONE, Office, Phone

LINE = "报单 5000 自拓 李总 13800138000"
GROUP, ALL = "-100", "-900"
NOV = (date(2026, 11, 1), date(2026, 11, 30))


async def bound(office: Office, chat: str, *teams: str, whole: bool = False) -> None:
    """A group chat that hears of these teams."""

    async def bind(tx: Any) -> None:
        group = await tx.insert(
            m.group_chats, channel="telegram", external_id=chat, state="bound", whole_company=whole, seen_at=tx.now
        )
        for name in teams:
            team = await people.team_named(tx, name)
            assert team is not None
            await tx.insert(m.group_teams, group_id=group, team_id=team.id)

    await office.tx(bind)


async def sold(
    office: Office,
    seller: Phone,
    yuan: int,
    day: date,
    *,
    kind: str = "own",
    state: str = "confirmed",
    by: int | None = None,
) -> None:
    """A deal of the past."""

    async def write(tx: Any) -> None:
        person = await people.by_id(tx, seller.id)
        assert person is not None
        number = await tx.scalar(m.deals.select().with_only_columns(m.deals.c.id).order_by(m.deals.c.id.desc()))
        await deals.add(
            tx, seller_id=seller.id, team_id=person.team_id, amount_fen=yuan * 100, kind=kind, signed_on=day, state=state,
            at=tx.now - timedelta(days=30), at_source="platform", decided_by=by or seller.id,
            decided_at=tx.now - timedelta(days=30), once=f"old:{number}",
        )  # fmt: skip

    await office.tx(write)


async def month_of(office: Office, who: Phone, first: date = NOV[0], last: date = NOV[1]) -> int:
    """What counts for somebody, in yuan."""
    found = await office.tx(lambda tx: deals.total(tx, first, last, person_ids=[who.id]))
    return int(found.fen) // 100


async def states(office: Office) -> list[str]:
    """The states of all rows."""
    return [row.state for row in await office.rows(m.deals)]


def cheers(office: Office, chat: str = GROUP) -> list[str]:
    """The celebrations that a group saw."""
    return [said.text for said in office.in_chat(chat) if said.text.startswith("🎉")]


async def team(office: Office) -> tuple[Phone, Phone]:
    """林晓燕 and her supervisor."""
    return await office.agent("林晓燕"), await office.supervisor("周启明")


# --- one line -----------------------------------------------------------------------------------------------------------


async def test_a_line_becomes_a_confirmed_deal_in_three_taps(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    assert ana.text == (
        "5,000.00 · 自拓 · 李总 138****8000\n签约 今天 11-20 · 交给周启明确认\n确认后你多挣 468.75"  # base 750 × 5/8
    )

    await ana.presses("提交")
    assert ana.text.startswith("已交周启明,待确认 1 单 · 5,000.00")
    assert zhou.text == "林晓燕报单 5,000.00 · 自拓\n李总 138****8000 · 没有联系记录"
    assert await month_of(office, ana) == 0  # waiting does not count

    await zhou.presses("确认")
    assert zhou.text.startswith("✅ 已确认:林晓燕 5,000.00")
    assert ana.text == "✅ 周启明确认了:5,000.00\n本月 5,000,收入 +468.75\n再 3,000 进 3% 档。"
    assert await month_of(office, ana) == 5000


async def test_the_receipt_of_a_confirmation_tells_what_the_next_bracket_needs(office: Office) -> None:
    ana, zhou = await team(office)
    await sold(office, ana, 21_500, date(2026, 11, 6))
    await bound(office, GROUP, "领航组")
    await ana.says(LINE)
    assert ana.sees("确认后你多挣 200.00")

    await ana.presses("提交")
    await zhou.presses("确认")

    assert ana.text == "✅ 周启明确认了:5,000.00\n本月 26,500,提成 +200.00\n再 5,500 进 5% 档。喜报已发领航组"


async def test_a_delegated_deal_names_its_rep_and_both_hear_the_outcome(office: Office) -> None:
    ana, zhou = await team(office)
    wu = await office.rep("吴海涛")
    await sold(office, ana, 16_000, date(2026, 11, 3))
    await ana.says("报单 7000 代理 吴海涛 陈老板 13900139000")
    assert ana.sees("吴海涛代访", "分享 1%:吴海涛 +70.00,你 −70.00", "确认后你多挣 210.00")

    await ana.presses("提交")
    await zhou.presses("确认")

    assert wu.text == "✅ 周启明确认了:林晓燕的 7,000.00,你代访的\n代访分享:你 +70.00"
    assert await month_of(office, ana) == 23_000
    assert await month_of(office, wu) == 0  # policy 12: the clerk's whole, the rep's nothing


async def test_a_surname_with_title_finds_the_rep(office: Office) -> None:
    ana, _ = await team(office)
    await office.agent("王芳")
    await office.rep("王方")
    await ana.says("报单 7000 代理 王代表 陈老板 13900139000")

    assert ana.sees("7,000.00 · 代理 · 王方代访")


async def test_two_names_of_one_sound_are_asked_about_by_buttons(office: Office) -> None:
    ana, _ = await team(office)
    await office.agent("王芳")
    await office.rep("王方")
    await ana.says("报单 7000 代理 王芳 陈老板 13900139000")
    assert ana.text == "“王芳”是哪一位?"
    assert set(ana.labels) >= {"王芳 商务文员", "王方 商务代表"}

    await ana.presses("王方 商务代表")
    assert ana.sees("7,000.00 · 代理 · 王方代访")


async def test_two_reps_of_one_surname_are_asked_about(office: Office) -> None:
    ana, _ = await team(office)
    await office.rep("王方")
    await office.rep("王建国")
    await ana.says("报单 7000 代理 王代表 陈老板 13900139000")
    assert "是哪一位" in ana.text

    await ana.says("王建国")
    assert ana.sees("7,000.00 · 代理 · 王建国代访")


async def test_an_unknown_visitor_and_oneself_are_asked_again(office: Office) -> None:
    ana, _ = await team(office)
    await office.rep("吴海涛")
    await ana.says("报单 7000 代理 赵子龙 陈老板 13900139000")
    assert ana.sees("没找到“赵子龙”", "谁去代访签的")

    await ana.says("林晓燕")
    assert ana.sees("代访是别人替你去")

    await ana.says("海涛")
    assert ana.sees("吴海涛代访", "陈老板 139****9000")


async def test_an_sms_order_pays_flat_and_counts_for_no_bracket(office: Office) -> None:
    ana, zhou = await team(office)
    await sold(office, ana, 9000, date(2026, 11, 6))
    await ana.says("报单 1200 短信 孙姐 13700137000")
    assert ana.sees("1,200.00 · 短信", "确认后你多挣 36.00")

    await ana.presses("提交")
    await zhou.presses("确认")

    assert ana.text == "✅ 周启明确认了:1,200.00\n短信提成 +36.00"
    counted = await office.tx(lambda tx: deals.total(tx, *NOV, kinds=deals.PERFORMANCE, person_ids=[ana.id]))
    assert counted == deals.Sum(1, 900_000)


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("报单 1.2万 自拓 李总", "12,000.00"),
        ("报单5000自拓李总", "5,000.00"),
        ("报单 ¥5,000.50 自拓 李总", "5,000.50"),
        ("报单 五千 自拓 李总", "5,000.00"),
        ("/deal 5000 自拓 李总", "5,000.00"),
    ],
)
async def test_amounts_are_understood_as_people_write_them(office: Office, line: str, amount: str) -> None:
    ana, _ = await team(office)
    await ana.says(line)

    assert ana.text.startswith(f"{amount} · 自拓 · 李总")


async def test_a_day_gone_by_is_the_signing_day(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says("报单 5000 自拓 李总 昨天签的")
    assert ana.sees("签约 昨天 11-19")

    await ana.presses("提交")
    assert zhou.sees("签约 昨天 11-19")
    assert [row.signed_on for row in await office.rows(m.deals)] == [date(2026, 11, 19)]


async def test_a_network_whose_clock_is_ahead_of_ours_at_midnight_makes_no_deal_of_the_future(office: Office) -> None:
    ana, _ = await team(office)
    midnight = datetime(2026, 11, 21, tzinfo=ZONE)
    office.clock.at = midnight - timedelta(seconds=2)
    await ana.says("报单 5000 自拓 李总 13800138000", at=midnight)
    assert ana.text.startswith("5,000.00 · 自拓 · 李总")
    await ana.says("提交", at=midnight + timedelta(seconds=1))

    assert ana.text.startswith("已交周启明")
    (deal,) = await office.rows(m.deals)
    assert deal.signed_on == date(2026, 11, 21)


@pytest.mark.parametrize("typed", [True, False], ids=["typed", "pressed"])
async def test_a_process_whose_clock_is_behind_takes_what_another_opened_after_midnight(
    office: Office, typed: bool
) -> None:
    ana, _ = await team(office)
    office.clock.at = datetime(2026, 11, 21, tzinfo=ZONE)
    await ana.says("报单 5000 自拓 李总 13800138000")
    office.clock.at -= timedelta(seconds=1)
    await (ana.says("提交") if typed else ana.presses("提交"))

    assert ana.text.startswith("已交周启明")


async def test_the_signing_day_does_not_move_when_the_form_is_sent_after_midnight(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says(LINE)
    await office.moves_to(START + timedelta(hours=8))
    await ana.presses("提交")

    assert [row.signed_on for row in await office.rows(m.deals)] == [date(2026, 11, 20)]


# --- the form, and mistakes that end in success ----------------------------------------------------------------------------


async def test_the_word_alone_asks_one_thing_at_a_time(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says("报单")
    assert ana.text.startswith("这单多少钱")
    await ana.says("-5000", "0", "5.001", "很多", "5000")
    assert ana.sees("是负数")
    assert ana.sees("要大于 0")
    assert ana.sees("小数多了")
    assert ana.sees("没认出金额“很多”")
    assert ana.text == "怎么签下来的?"
    await ana.says("不知道", "自己签的")
    assert ana.sees("选一个:自拓")
    await ana.says("李总 1380013800")
    assert ana.sees("有 10 位,手机是 11 位")
    await ana.says("李总 13800138000")
    assert ana.text.startswith("5,000.00 · 自拓 · 李总 138****8000")
    await ana.says("提交")  # typed instead of pressed

    assert zhou.sees("林晓燕报单 5,000.00")


async def test_missing_parts_of_a_line_are_asked_for(office: Office) -> None:
    ana, _ = await team(office)
    await office.rep("吴海涛")
    await ana.says("报单 7000")
    assert ana.text == "怎么签下来的?"
    await ana.presses("代理")
    assert ana.labels[0] == "吴海涛"
    await ana.presses("吴海涛")
    assert ana.text.startswith("客户是谁")
    await ana.says("陈老板")

    assert ana.text.startswith("7,000.00 · 代理 · 吴海涛代访 · 陈老板")


async def test_a_bad_amount_in_a_line_is_explained_and_the_rest_is_kept(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says("报单 -5000 自拓 李总 13800138000")
    assert "负数" in ana.text
    await ana.says("5000")

    assert ana.text.startswith("5,000.00 · 自拓 · 李总 138****8000")


async def test_a_number_of_the_wrong_length_in_a_line_is_explained(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says("报单 5000 自拓 李总 1380013800")
    assert "手机是 11 位" in ana.text
    await ana.says("李总 13800138000")

    assert ana.text.startswith("5,000.00 · 自拓 · 李总 138****8000")


async def test_an_absurd_amount_is_asked_again_with_what_was_probably_meant(office: Office) -> None:
    ana, _ = await team(office)
    for yuan in (1200, 1800, 3000, 5000, 15_000):
        await sold(office, ana, yuan, date(2026, 11, 3))
    await ana.says("报单 500000 自拓 李总 13800138000")
    assert ana.text == "500,000?平时一单 1,200–15,000。"
    assert ana.labels[:3] == ["就是 50 万", "是 5,000", "我重写"]

    await ana.presses("我重写")
    assert ana.text.startswith("好,重新打")
    await ana.says("500000")
    await ana.presses("是 5,000")
    assert ana.text.startswith("5,000.00 · 自拓 · 李总")


async def test_an_absurd_amount_may_be_true(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says("报单 500000 自拓 李总 13800138000")
    await ana.presses("就是 50 万")
    await ana.presses("提交")

    assert zhou.sees("林晓燕报单 500,000.00")


async def test_an_amount_above_the_limit_is_never_taken(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says("报单 3000万 自拓 李总")

    assert ana.sees("超过单笔上限 10,000,000")


async def test_impossible_days_are_explained_and_can_be_put_right(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says("报单 5000 自拓 李总 明天签")
    assert ana.sees("还没到", "哪天签的")
    await ana.says("2月30号", "2026-09-30", "2020-01-01")
    assert ana.sees("没认出日期")
    assert ana.sees("9 月已经结账", "商务助理或经理")
    assert ana.sees("2020-01-01 在你入职(2024-03-01)之前")
    await ana.says("昨天")

    assert ana.text.startswith("5,000.00 · 自拓 · 李总")
    assert "签约 昨天 11-19" in ana.text


async def test_last_month_is_still_open_and_its_pay_is_named(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says("报单 5000 自拓 李总 2026-10-30")
    assert ana.sees("确认后你 10 月多挣 468.75")
    await ana.presses("提交")
    await zhou.presses("确认")

    assert await month_of(office, ana) == 0
    assert await month_of(office, ana, date(2026, 10, 1), date(2026, 10, 31)) == 5000


async def test_one_answer_can_be_changed_from_the_review(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says(LINE)
    await ana.presses("改金额")
    await ana.says("六千")
    await ana.presses("改一条")
    await ana.presses("签约日")
    await ana.says("前天")
    await ana.presses("改类型")
    await ana.presses("短信")

    assert ana.text.startswith("6,000.00 · 短信 · 李总 138****8000\n签约 11-18 周三")


async def test_a_very_long_line_and_invisible_characters_do_no_harm(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says("报单 5000 自拓 李\u200b总\u202e 13800138000 " + "很" * 10_000)
    assert ana.text.startswith("5,000.00 · 自拓 · 李总 138****8000")
    await ana.presses("提交")

    assert zhou.sees("林晓燕报单 5,000.00", "李总 138****8000")
    assert len(zhou.text) < 400


async def test_a_photo_where_an_answer_is_asked_is_explained_and_the_question_stands(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says("报单", "5000")
    await ana.says("", attachment="photo")
    assert ana.sees("刚才填的都在", "怎么签下来的")
    await ana.says("自拓", "李总")

    assert ana.text.startswith("5,000.00 · 自拓 · 李总")


async def test_a_command_inside_the_form_puts_it_aside_and_restarting_loses_nothing(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says("报单", "5000")
    await office.restart()
    await ana.says("待办")
    await ana.says("自拓", "李总")

    assert ana.text.startswith("5,000.00 · 自拓 · 李总")


async def test_a_known_customer_is_offered_and_two_of_one_name_are_asked(office: Office) -> None:
    ana, zhou = await team(office)
    for number in ("13800138000", "13900139000"):
        await ana.says(f"报单 5000 自拓 李总 {number}")
        await ana.presses("提交")
    await ana.says("报单 3000 自拓 李总")
    assert ana.text == "有几位“李总”,是哪一位?"
    await ana.presses("李总 139****9000")
    await ana.presses("提交")

    assert zhou.sees("林晓燕报单 3,000.00", "李总 139****9000")
    assert len(await office.rows(m.customers)) == 2


async def test_whoever_does_not_sell_is_told_so(office: Office) -> None:
    helper = await office.assistant()
    novice = await office.agent("谢雨桐", status=Status.TRAINING)
    await helper.says(LINE)
    await novice.says(LINE, "报单")

    assert helper.sees("你的岗位不报单")
    assert novice.sees("培训期还不能报单")
    assert await office.rows(m.deals) == []


async def test_another_line_while_one_is_reviewed_keeps_both(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says(LINE, "报单 3000 自拓 王女士 13900139000")
    assert ana.text.startswith("3,000.00 · 自拓 · 王女士")
    await ana.presses("提交")
    assert ana.sees("报单(“5,000.00”)还放在一边")
    await ana.presses("接着写")
    await ana.presses("提交")

    assert sorted(row.amount_fen for row in await office.rows(m.deals)) == [300_000, 500_000]


# --- twice ---------------------------------------------------------------------------------------------------------------


async def test_the_same_deal_within_ten_minutes_is_asked_about(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    await office.moves_to(START + timedelta(minutes=9))
    await ana.says(LINE)
    await ana.presses("提交")
    assert ana.text == "9 分钟前有一单一样的(李总 5,000.00)。是第二单吗?"
    await ana.presses("发重了")
    assert len(await office.rows(m.deals)) == 1

    await ana.says(LINE)
    await ana.presses("提交")
    await ana.presses("是第二单")
    assert len(await office.rows(m.deals)) == 2


async def test_after_ten_minutes_the_same_deal_is_a_new_one(office: Office) -> None:
    ana, _ = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    await office.moves_to(START + timedelta(minutes=11))
    await ana.says(LINE)
    await ana.presses("提交")

    assert len(await office.rows(m.deals)) == 2


async def test_five_presses_hand_in_once_and_confirm_once(office: Office) -> None:
    ana, zhou = await team(office)
    await bound(office, GROUP, "领航组")
    await ana.says(LINE)
    await ana.presses("提交", times=5)
    assert len(await office.rows(m.deals)) == 1
    question = zhou.last
    await zhou.presses("确认", on=question, times=5)

    assert sum("周启明确认了" in said.text for said in ana.messages) == 1
    assert len(cheers(office)) == 1
    assert zhou.toast.startswith("✅ 已确认")


async def test_another_persons_button_is_refused(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    token = next(token for label, token in zhou.last.buttons if label == "确认")
    await ana.press(token, zhou.last)
    stolen = await office.supervisor("徐丽娟", team="飞虎组")
    await stolen.press(token, zhou.last)

    assert await states(office) == ["pending"]
    assert [text for _, text in office.wire.toasts[-2:]] == ["这是给别人的按钮。"] * 2


async def test_of_two_who_confirm_one_wins_and_the_other_is_told(office: Office) -> None:
    ana, zhou = await team(office)
    helper = await office.assistant("何小满")
    await ana.says(LINE)
    await ana.presses("提交")
    first = zhou.last
    await office.moves_to(START + timedelta(hours=4))
    await helper.presses("确认")
    await zhou.presses("确认", on=first)

    assert zhou.sees("何小满 21:20 已经确认了")
    assert zhou.sees("何小满代为确认了 林晓燕的 5,000.00")
    assert sum("确认了:5,000.00" in said.text for said in ana.messages) == 1


# --- who confirms, and when -------------------------------------------------------------------------------------------------


async def test_a_supervisors_own_deal_is_the_managers_to_confirm(office: Office) -> None:
    tang = await office.supervisor("唐志远", team="破浪组")
    liang = await office.manager("梁文静")
    await tang.says("报单 3800 自拓 何工 13600136000")
    assert tang.sees("交给梁文静确认", "经理还没定")
    await tang.presses("提交")
    await tang.says("确认", reply_to=tang.last)
    assert tang.sees("自己的单要由上级确认")
    assert await states(office) == ["pending"]

    await liang.presses("确认")
    assert tang.sees("梁文静确认了:3,800.00")
    assert await states(office) == ["confirmed"]


async def test_a_supervisor_of_another_team_cannot_decide(office: Office) -> None:
    ana, _ = await team(office)
    xu = await office.supervisor("徐丽娟", team="飞虎组")
    await ana.says(LINE)
    await ana.presses("提交")
    refused = await _refused(office, xu, "confirm")

    assert refused == "deals.not_yours"
    assert await states(office) == ["pending"]


async def _refused(office: Office, who: Phone, act: str, *more: str) -> str:
    """The key of the Refusal that somebody meets at deal 1."""
    from core.rules.errors import Refusal

    async def attempt(tx: Any) -> None:
        actor = await people.by_id(tx, who.id)
        await getattr(usecase, act)(tx, actor, 1, *more)

    with pytest.raises(Refusal) as told:
        await office.tx(attempt)
    return told.value.key


async def test_a_confirmation_that_waits_an_hour_is_nudged_and_after_four_the_assistant_may(office: Office) -> None:
    ana, zhou = await team(office)
    helper = await office.assistant("何小满")
    await ana.says(LINE)
    await ana.presses("提交")
    await office.moves_to(START + timedelta(minutes=59))
    assert len(zhou.messages) == 1
    await office.moves_to(START + timedelta(minutes=60))
    assert zhou.text.startswith("⏰ 林晓燕的 5,000.00 · 自拓 等了 1 小时")

    await office.moves_to(START + timedelta(minutes=239))
    assert helper.messages == []
    assert await _refused(office, helper, "confirm") == "deals.assistant_waits"
    await office.moves_to(START + timedelta(minutes=240))
    assert helper.text.startswith("⏰ 林晓燕的 5,000.00 · 自拓 等了 4 小时,周启明还没看,你可以确认")
    await helper.presses("确认")

    assert ana.sees("何小满确认了:5,000.00")


async def test_nothing_is_nudged_once_it_is_decided(office: Office) -> None:
    ana, zhou = await team(office)
    helper = await office.assistant()
    await ana.says(LINE)
    await ana.presses("提交")
    await zhou.presses("确认")
    heard = len(zhou.messages)
    await office.moves_to(START + timedelta(hours=6))

    assert len(zhou.messages) == heard
    assert helper.messages == []


async def test_a_supervisor_on_leave_is_passed_over(office: Office) -> None:
    ana, zhou = await team(office)
    liang = await office.manager("梁文静")
    today = START.date()
    await office.tx(
        lambda tx: tx.insert(m.leaves, person_id=zhou.id, first_day=today, last_day=today, state="approved", at=tx.now)
    )
    await ana.says(LINE)
    await ana.presses("提交")

    assert ana.sees("已交梁文静")
    assert liang.sees("林晓燕报单 5,000.00")
    assert zhou.messages == []


# --- sending back, taking back -----------------------------------------------------------------------------------------------


async def test_a_returned_deal_comes_back_with_everything_kept(office: Office) -> None:
    ana, zhou = await team(office)
    wu = await office.rep("吴海涛")
    await ana.says("报单 7000 代理 吴海涛 陈老板 13900139000 昨天签的")
    await ana.presses("提交")
    await zhou.presses("退回")
    assert zhou.labels[:4] == ["合同没盖章", "定金没到账", "客户是三组的,先协商", "金额和合同不一致"]
    await zhou.presses("合同没盖章")
    assert ana.text.startswith("周启明退回了这单:“合同没盖章”")
    assert wu.sees("退回去改了,先不算")

    await ana.presses("改好再交")
    assert ana.text.startswith("7,000.00 · 代理 · 吴海涛代访 · 陈老板 139****9000\n签约 昨天 11-19")
    await ana.presses("改金额")
    await ana.says("6800")
    await ana.presses("提交")
    assert zhou.text.startswith("林晓燕报单 6,800.00 · 代理 · 吴海涛代访")
    await zhou.presses("确认")

    assert [(row.state, row.amount_fen) for row in await office.rows(m.deals)] == [("confirmed", 680_000)]
    assert await month_of(office, ana) == 6800


async def test_a_typed_reason_is_passed_on_word_for_word(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    await zhou.presses("退回")
    await zhou.says("发票抬头写错了,改成有限公司")

    assert ana.sees("周启明退回了这单:“发票抬头写错了,改成有限公司”")


async def test_an_old_button_does_not_confirm_what_was_changed_since(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    old = zhou.last
    await zhou.says("退回 金额和合同不一致", reply_to=old)
    await ana.presses("改好再交")
    await ana.presses("改金额")
    await ana.says("9000")
    await ana.presses("提交")
    await zhou.presses("确认", on=old)
    assert await states(office) == ["pending"]
    assert zhou.text.startswith("这单改过再交了,看最新的:\n林晓燕报单 9,000.00")
    await zhou.presses("确认")

    assert await month_of(office, ana) == 9000


async def test_a_renewed_deal_waits_anew_and_old_nudges_are_silent(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    await office.moves_to(START + timedelta(minutes=30))
    await zhou.says("退回 定金没到账", reply_to=zhou.last)
    await ana.presses("改好再交")
    await ana.presses("提交")
    await office.moves_to(START + timedelta(minutes=89))
    assert not zhou.sees("⏰")
    await office.moves_to(START + timedelta(minutes=90))

    assert zhou.text.startswith("⏰ 林晓燕的 5,000.00 · 自拓 等了 1 小时")


async def test_a_deal_can_be_withdrawn_while_it_waits(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    question = zhou.last
    await ana.presses("撤回")
    assert ana.text.startswith("撤回了:5,000.00")
    assert zhou.text == "林晓燕撤回了 5,000.00 · 自拓,不用看了。"
    await zhou.presses("确认", on=question)

    assert "已经撤回或退单了" in zhou.text
    assert await states(office) == ["cancelled"]


async def test_a_confirmed_deal_cannot_be_withdrawn(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    receipt = ana.last
    await zhou.presses("确认")
    await ana.presses("撤回", on=receipt)

    assert ana.sees("周启明 17:20 已经确认了")
    assert await states(office) == ["confirmed"]


async def test_a_reply_to_the_deals_message_decides_or_is_passed_on(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    question = zhou.last
    await zhou.says("合同带来了吗?", reply_to=question)
    assert ana.sees("周启明说:“合同带来了吗?”", "5,000.00 · 自拓 · 李总 138****8000")
    await ana.says("带来了,在前台", reply_to=ana.last)
    assert zhou.sees("林晓燕问:“带来了,在前台”")
    assert zhou.labels[:2] == ["确认", "退回"]
    await zhou.says("确认", reply_to=question)

    assert await states(office) == ["confirmed"]


async def test_the_receipt_of_a_second_deal_does_not_read_as_the_sum_of_both(office: Office) -> None:
    await office.supervisor()
    ana = await office.agent()
    for line in ("报单 2000 自拓 王总 13900139000", "报单 3000 自拓 张总 13900139001"):
        await ana.says(line)
        await ana.presses("提交")

    assert ana.text.startswith("已交周启明 3,000.00,待确认一共 2 单\n")


async def test_numbers_in_a_sellers_note_and_question_are_masked_for_whoever_confirms(office: Office) -> None:
    zhou, ana = await office.supervisor(), await office.agent()
    await ana.says("报单 5000 自拓 李总 13800138000 开票打 13900139000")
    await ana.presses("提交")
    card = zhou.finds("备注:开票打 139****9000")
    await zhou.says("发票谁开?", reply_to=card)
    await ana.says("打 13900139000 问王会计", reply_to=ana.finds("发票谁开"))

    assert zhou.sees("林晓燕问:“打 139****9000 问王会计”")
    assert not any("13900139000" in said.text for said in zhou.messages)


async def test_returning_asks_for_a_reason_before_anything_happens(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says(LINE)
    await ana.presses("提交")
    await zhou.says("退回", reply_to=zhou.last)
    assert "为什么" in zhou.text
    assert await states(office) == ["pending"]
    await zhou.says("定金没到账", reply_to=zhou.finds("林晓燕报单"))  # quoted: still the answer

    assert await states(office) == ["rejected"]


async def test_whoever_is_slower_with_the_reason_is_told_and_not_trapped(office: Office) -> None:
    ana, zhou = await team(office)
    liang = await office.manager("梁文静")
    await ana.says(LINE)
    await ana.presses("提交")
    await zhou.presses("退回")
    manager = await office.tx(lambda tx: people.by_id(tx, liang.id))
    await office.tx(lambda tx: usecase.confirm(tx, manager, 1))
    await zhou.says("合同没盖章")
    assert zhou.sees("梁文静 17:20 已经确认了")
    await zhou.says("待办")

    assert zhou.sees("都清了")
    assert await states(office) == ["confirmed"]


async def test_a_cancelled_deal_no_longer_counts_and_its_seller_hears_what_that_takes(office: Office) -> None:
    ana, zhou = await team(office)
    await sold(office, ana, 20_000, date(2026, 11, 3))
    await handed_in_and_confirmed(office, ana, zhou, LINE)
    assert await month_of(office, ana) == 25_000
    await zhou.says("我的单")
    assert zhou.text.splitlines()[:2] == ["11 月 · 已确认 2 单 25,000 · 待确认 0 单", "1 11-20 林晓燕 5,000 · 已确认"]
    await zhou.presses("1")
    await zhou.presses("退单")
    await zhou.presses("客户退款")

    assert zhou.text.startswith("已记为退单:林晓燕 5,000.00")
    assert ana.sees("周启明把这单记为退单:“客户退款”", "本月按没有这单重算:收入 −200.00")
    assert await month_of(office, ana) == 20_000


async def test_a_deal_is_cancelled_by_replying_to_its_message(office: Office) -> None:
    ana, zhou = await team(office)
    await handed_in_and_confirmed(office, ana, zhou, LINE)
    await zhou.says("退单", reply_to=zhou.finds("已确认"))
    await zhou.says("合同作废了")

    assert ana.sees("记为退单:“合同作废了”")
    assert await states(office) == ["cancelled"]


async def test_nobody_cancels_their_own_deal_and_the_assistant_cancels_none(office: Office) -> None:
    ana, zhou = await team(office)
    helper = await office.assistant()
    await ana.says(LINE)
    await ana.presses("提交")
    await zhou.presses("确认")

    assert await _refused(office, ana, "cancel", "不要了") == "deals.own"
    assert await _refused(office, helper, "cancel", "不要了") == "deals.not_yours"
    assert await states(office) == ["confirmed"]


# --- 合单 ----------------------------------------------------------------------------------------------------------------


async def test_a_shared_deal_is_two_parts_that_add_up_and_one_celebration(office: Office) -> None:
    liu = await office.agent("刘婷", team="飞虎组")
    guo = await office.rep("郭强", team="飞虎组")
    xu = await office.supervisor("徐丽娟", team="飞虎组")
    await bound(office, GROUP, "飞虎组")
    await liu.says("报单 9800.01 自拓 赵校长 13500135000")
    await liu.presses("合单")
    await liu.presses("郭强")
    await liu.says("10000")
    assert liu.sees("要在 0 和 9,800.01 之间")
    await liu.presses("各一半")
    assert liu.sees("合单:郭强 4,900.00,你 4,900.01")
    await liu.presses("提交")
    assert guo.sees("刘婷报了一单合单 9,800.01 · 自拓,你的一份 4,900.00")
    assert xu.sees("刘婷、郭强报单 9,800.01", "合单:刘婷 4,900.01、郭强 4,900.00")
    await xu.presses("确认")

    rows = await office.rows(m.deals)
    assert [(row.seller_id, row.amount_fen, row.state) for row in rows] == [
        (liu.id, 490_001, "confirmed"),
        (guo.id, 490_000, "confirmed"),
    ]
    assert {row.joint_id for row in rows} == {rows[0].id}
    assert cheers(office) == ["🎉 刘婷、郭强合单 9,800.01,各记一半。"]
    assert liu.sees("确认了合单:你的一份 4,900.01")
    assert guo.sees("确认了合单:你的一份 4,900.00")


async def test_a_deal_shared_across_teams_is_the_managers(office: Office) -> None:
    ana, zhou = await team(office)
    liang = await office.manager("梁文静")
    await office.rep("郭强", team="飞虎组")
    await ana.says(LINE)
    await ana.presses("合单")
    await ana.says("郭强")
    await ana.says("2000")
    assert ana.sees("合单:郭强 2,000.00,你 3,000.00", "交给梁文静确认")
    await ana.presses("提交")
    assert await _refused(office, zhou, "confirm") == "deals.not_yours"
    await liang.presses("确认")

    assert await states(office) == ["confirmed", "confirmed"]


async def test_a_returned_shared_deal_may_change_its_partner(office: Office) -> None:
    ana, zhou = await team(office)
    wu, zhao = await office.rep("吴海涛"), await office.rep("赵磊")
    await ana.says(LINE)
    await ana.presses("合单")
    await ana.presses("吴海涛")
    await ana.presses("各一半")
    await ana.presses("提交")
    await zhou.says("退回 人写错了", reply_to=zhou.last)
    await ana.presses("改好再交")
    await ana.presses("合单")
    await ana.presses("赵磊")
    await ana.presses("提交")
    await zhou.presses("确认")

    assert await month_of(office, ana) == 2500
    assert await month_of(office, zhao) == 2500
    assert await month_of(office, wu) == 0
    assert zhao.sees("确认了合单:你的一份 2,500.00")


# --- 喜报 ----------------------------------------------------------------------------------------------------------------


async def handed_in_and_confirmed(office: Office, ana: Phone, zhou: Phone, *lines: str) -> None:
    """Deals from line to confirmation."""
    for text in lines:
        await ana.says(text)
        await ana.presses("提交")
        await zhou.presses("确认")


async def test_a_confirmed_deal_is_celebrated_once_in_each_group_without_the_customer(office: Office) -> None:
    ana, zhou = await team(office)
    await sold(office, ana, 3000, date(2026, 11, 18))
    await bound(office, GROUP, "领航组")
    await bound(office, ALL, whole=True)
    await office.team("飞虎组")
    await bound(office, "-200", "飞虎组")
    await handed_in_and_confirmed(office, ana, zhou, LINE)

    assert cheers(office) == ["🎉 林晓燕签单 5,000!本月第 2 单。"]
    assert cheers(office, ALL) == cheers(office)
    assert cheers(office, "-200") == []
    assert not any("李总" in text or "8000" in text for text in cheers(office))


async def test_a_team_may_keep_amounts_to_itself(office: Office) -> None:
    ana, zhou = await team(office)
    await sold(office, ana, 3000, date(2026, 11, 18))
    await bound(office, GROUP, "领航组")
    await office.tx(lambda tx: tx.run(m.teams.update().values(show_amounts=False)))
    await handed_in_and_confirmed(office, ana, zhou, LINE)

    assert cheers(office) == ["🎉 林晓燕又开一单!本月第 2 单。"]


@pytest.mark.parametrize(
    ("line", "past", "text"),
    [
        (LINE, [], "🎉 林晓燕首单!5,000,上岗第 995 天。"),
        (
            "报单 12800 自拓 郭老板",
            [(3000, date(2026, 11, 18)), (50_000, date(2026, 9, 3))],
            "🎉 林晓燕 12,800,大单!本月第 2 单。",
        ),
        (LINE, [(4000, date(2026, 10, 8))], "🎉 林晓燕本月 5,000,个人新高(上次 4,000)。"),
        (LINE, [(40_000, date(2026, 10, 8))], "🎉 林晓燕开单 5,000,回来了。"),
        ("报单 1200 短信 3万条 孙姐", [(4000, date(2026, 10, 8))], "🎉 林晓燕短信 3 万条,1,200。"),
        (
            "报单 7000 代理 吴海涛 陈老板",
            [(4000, date(2026, 10, 8))],
            "🎉 林晓燕 + 吴海涛,7,000!一个打开门,一个签下来。",
        ),
    ],
)
async def test_the_celebration_tells_the_rarest_news(
    office: Office, line: str, past: Iterable[tuple[int, date]], text: str
) -> None:
    ana, zhou = await team(office)
    await office.rep("吴海涛")
    for yuan, day in past:
        await sold(office, ana, yuan, day)
    await bound(office, GROUP, "领航组")
    await handed_in_and_confirmed(office, ana, zhou, line)

    assert cheers(office) == [text]


@pytest.mark.parametrize(
    ("confirmed", "heard"),
    [
        (datetime(2026, 11, 20, 22, 40, tzinfo=ZONE), datetime(2026, 11, 21, 8, 30, tzinfo=ZONE)),  # night
        (datetime(2026, 11, 21, 14, 0, tzinfo=ZONE), datetime(2026, 11, 23, 8, 30, tzinfo=ZONE)),  # weekend
    ],
)
async def test_groups_are_left_alone_at_night_and_over_the_weekend(
    office: Office, confirmed: datetime, heard: datetime
) -> None:
    ana, zhou = await team(office)
    await bound(office, GROUP, "领航组")
    await ana.says(LINE)
    await ana.presses("提交")
    await office.moves_to(confirmed)
    await zhou.presses("确认", on=zhou.finds("林晓燕报单"))
    assert ana.sees("喜报", f"{heard:%m-%d}", "08:30 发领航组")
    await office.moves_to(heard - timedelta(minutes=1))
    assert cheers(office) == []
    await office.moves_to(heard)

    assert len(cheers(office)) == 1


async def test_a_deal_cancelled_overnight_is_not_celebrated_in_the_morning(office: Office) -> None:
    ana, zhou = await team(office)
    await bound(office, GROUP, "领航组")
    await office.moves_to(datetime(2026, 11, 20, 22, 0, tzinfo=ZONE))
    await handed_in_and_confirmed(office, ana, zhou, LINE)
    supervisor = await office.tx(lambda tx: people.by_id(tx, zhou.id))
    await office.tx(lambda tx: usecase.cancel(tx, supervisor, 1, "录错了"))
    await office.moves_to(datetime(2026, 11, 21, 9, 0, tzinfo=ZONE))

    assert cheers(office) == []


async def test_crossing_the_target_is_told_once_a_month(office: Office) -> None:
    ana, zhou = await team(office)
    await sold(office, ana, 96_000, date(2026, 11, 3))
    await bound(office, GROUP, "领航组")
    team_id = await office.team("领航组")
    await office.tx(
        lambda tx: tx.insert(m.targets, team_id=team_id, month="2026-11", amount_fen=10_000_000, set_at=tx.now)
    )
    await handed_in_and_confirmed(office, ana, zhou, LINE, "报单 6000 自拓 王女士 13900139000")
    lines = [text for text in cheers(office) if "100%" in text]

    assert lines == ["🎉 领航组达成 100%,提前 6 个工作日。"]


async def test_applause_is_counted_on_the_button_and_posts_nothing(office: Office) -> None:
    ana, zhou = await team(office)
    wu = await office.rep("吴海涛")
    await bound(office, GROUP, "领航组")
    await handed_in_and_confirmed(office, ana, zhou, LINE)
    post = office.in_chat(GROUP)[0]
    first = post.buttons[0][1]
    await wu.press(first, post)
    await wu.press(first, post)
    await zhou.press(post.buttons[0][1], post)

    assert [label for label, _ in post.buttons] == ["鼓掌 2"]
    assert [text for _, text in office.wire.toasts[-3:]] == ["鼓掌 1", "你已经鼓过掌了。", "鼓掌 2"]
    assert len(office.in_chat(GROUP)) == 1


# --- lists ---------------------------------------------------------------------------------------------------------------


async def test_the_to_do_list_holds_what_waits_and_is_kind_when_empty(office: Office) -> None:
    ana, zhou = await team(office)
    await zhou.says("待办")
    assert zhou.text.startswith("都清了")
    await ana.says(LINE)
    await ana.presses("提交")
    await office.moves_to(START + timedelta(minutes=40))
    await zhou.says("/todo")
    assert zhou.text == "待办 1 件\n1 林晓燕 5,000.00 · 自拓,等你确认 40 分钟"
    await ana.says("待办")
    assert ana.sees("1 你的 5,000.00 · 自拓,等 周启明 确认 40 分钟")
    await zhou.presses("林晓燕 5,000")
    await zhou.presses("退回")
    await zhou.presses("定金没到账")
    await ana.says("待办")

    assert "1 你的 5,000.00 · 自拓 被退回:“定金没到账”" in ana.text


async def test_a_long_to_do_list_has_pages(office: Office) -> None:
    ana, zhou = await team(office)
    for yuan in range(1000, 8000, 1000):
        await ana.says(f"报单 {yuan} 自拓 李总 13800138000")
        await ana.presses("提交")
    await zhou.says("待办")
    assert zhou.text.startswith("待办 7 件 · 第 1/2 页")
    assert len(zhou.text.splitlines()) == 6
    await zhou.presses("下一页")

    assert zhou.text.splitlines() == [
        "待办 7 件 · 第 2/2 页",
        "1 林晓燕 6,000.00 · 自拓,等你确认 1 分钟",
        "2 林晓燕 7,000.00 · 自拓,等你确认 1 分钟",
    ]


async def test_after_a_decision_the_next_one_is_one_tap_away(office: Office) -> None:
    ana, zhou = await team(office)
    for yuan in (3000, 4000):
        await ana.says(f"报单 {yuan} 自拓 李总 13800138000")
        await ana.presses("提交")
    await zhou.presses("确认", on=zhou.finds("3,000.00"))
    assert zhou.sees("还有 1 单等你")
    await zhou.presses("下一单")
    assert zhou.text.startswith("林晓燕报单 4,000.00")
    await zhou.presses("确认")

    assert await states(office) == ["confirmed", "confirmed"]


async def test_my_deals_are_listed_by_month_in_pages_with_masked_numbers(office: Office) -> None:
    ana, _ = await team(office)
    for yuan in range(1000, 8000, 1000):
        await ana.says(f"报单 {yuan} 自拓 李总 13800138000")
        await ana.presses("提交")
    await ana.says("我的单")
    assert ana.text.splitlines()[0] == "11 月 · 已确认 0 单 0 · 待确认 7 单"
    assert ana.text.splitlines()[1] == "1 11-20 李总 138****8000 7,000 · 待确认"
    assert "13800138000" not in ana.text
    await ana.presses("下一页")
    assert "第 2/2 页" in ana.text
    await ana.presses("2")
    assert ana.text.startswith("1,000.00 · 自拓 · 李总 138****8000\n签约 今天 11-20 · 林晓燕 · 领航组\n待确认")
    await ana.says("/deals")
    await ana.presses("上个月")

    assert ana.sees("10 月还没有报单")


async def test_a_colleague_sees_nothing_of_my_deal(office: Office) -> None:
    ana, _ = await team(office)
    wang = await office.agent("王芳")
    await ana.says(LINE)
    await ana.presses("提交")

    async def look(tx: Any) -> None:
        person = await people.by_id(tx, wang.id)
        assert person is not None
        await whole_deals.seen_by(tx, person, 1)

    from core.rules.errors import Refusal

    with pytest.raises(Refusal, match=r"deals\.not_yours"):
        await office.tx(look)


async def test_the_confirmer_sees_how_often_the_customer_was_contacted(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says("记 李总 13800138000 有意向60%", "记 李总 13800138000 有意向70%", "记 李总 13800138000 有意向80%")
    await ana.says(LINE)
    await ana.presses("提交")
    assert zhou.sees("李总 138****8000 · 第 3 次联系后签")
    await zhou.presses("看联系记录")

    assert zhou.text.startswith("李总 138****8000 · 联系 3 次\n")
    assert "有意向 80%" in zhou.text


async def test_the_confirmer_is_told_of_a_colleague_in_touch_with_the_number(office: Office) -> None:
    ana, zhou = await team(office)
    guo = await office.rep("郭强", team="飞虎组")
    await guo.says("记 李总 13800138000 有意向60%")
    await ana.says(LINE)
    await ana.presses("提交")

    assert zhou.sees("这个号码飞虎组的同事 今天 11-20 也在联系")


async def test_a_confirmed_deal_can_be_followed_up(office: Office) -> None:
    ana, zhou = await team(office)
    await handed_in_and_confirmed(office, ana, zhou, LINE)
    await ana.presses("安排回访")
    await ana.presses("一周后")
    assert ana.text == "好,11-27 周五 10:00 提醒你回访 李总 138****8000。"
    await office.moves_to(datetime(2026, 11, 27, 10, 0, tzinfo=ZONE))

    assert ana.text.startswith("⏰ 该回访 李总 138****8000 了")


async def test_the_receipt_leads_to_the_pay_it_speaks_of(office: Office) -> None:
    ana, zhou = await team(office)
    await handed_in_and_confirmed(office, ana, zhou, LINE)
    await ana.presses("看收入")

    assert ana.sees("468.75")
    assert ana.text != ana.finds("周启明确认了").text


async def test_a_heads_own_deal_is_never_the_assistants_and_reminds_the_manager_twice(office: Office) -> None:
    tang = await office.supervisor("唐志远", team="破浪组")
    liang, helper = await office.manager("梁文静"), await office.assistant("何小满")
    await tang.says("报单 3800 自拓 何工 13600136000")
    await tang.presses("提交")
    await office.moves_to(START + timedelta(hours=4))

    assert sum("⏰ 唐志远的 3,800.00" in said.text for said in liang.messages) == 2
    assert not helper.sees("唐志远的 3,800.00")
    assert await _refused(office, helper, "confirm") == "deals.not_yours"


async def test_everything_is_said_in_english_to_who_reads_english(office: Office) -> None:
    ana = await office.agent("Ana", lang="en")
    boss = await office.supervisor("Bob", lang="en")
    await ana.says("/deal 5000 own 李总 13800138000")
    assert ana.text.splitlines()[0] == "5,000.00 · own · 李总 138****8000"
    await ana.presses("Hand in")
    await boss.presses("Send back")
    await boss.presses("Deposit not in")
    assert ana.sees('Bob sent this deal back: "Deposit not in"')
    await ana.presses("Put it right")
    await ana.presses("Hand in")
    await boss.presses("Confirm")

    assert ana.sees("Bob confirmed 5,000.00")


# --- sums for the others ---------------------------------------------------------------------------------------------------


async def test_sums_group_confirmed_deals_by_person_team_month_and_kind(office: Office) -> None:
    ana, _ = await team(office)
    guo = await office.rep("郭强", team="飞虎组")
    await sold(office, ana, 3000, date(2026, 10, 31))
    await sold(office, ana, 5000, date(2026, 11, 1))
    await sold(office, ana, 1200, date(2026, 11, 2), kind="sms")
    await sold(office, guo, 7000, date(2026, 11, 30))
    await sold(office, guo, 9000, date(2026, 11, 30), state="pending")
    await sold(office, guo, 100, date(2026, 12, 1))

    async def ask(tx: Any) -> dict[str, Any]:
        return {
            "person": await deals.sums(tx, *NOV, "person"),
            "month": await deals.sums(tx, None, NOV[1], "person", "month", kinds=deals.PERFORMANCE),
            "team": await deals.sums(tx, *NOV, "team", kinds=deals.PERFORMANCE),
            "all": await deals.total(tx, *NOV),
            "waiting": await deals.total(tx, *NOV, states=[DealState.PENDING]),
        }

    found = await office.tx(ask)
    first, second = await office.team("领航组"), await office.team("飞虎组")
    assert found["person"] == {ana.id: deals.Sum(2, 620_000), guo.id: deals.Sum(1, 700_000)}
    assert found["month"] == {
        (ana.id, "2026-10"): deals.Sum(1, 300_000),
        (ana.id, "2026-11"): deals.Sum(1, 500_000),
        (guo.id, "2026-11"): deals.Sum(1, 700_000),
    }
    assert found["team"] == {first: deals.Sum(1, 500_000), second: deals.Sum(1, 700_000)}
    assert found["all"] == deals.Sum(3, 1_320_000)
    assert found["waiting"] == deals.Sum(1, 900_000)


async def test_a_deal_belongs_to_the_team_and_role_its_seller_had_when_it_was_signed(office: Office) -> None:
    ana, zhou = await team(office)
    other = await office.team("飞虎组")

    async def move(tx: Any) -> None:
        await people.assign(tx, ana.id, date(2026, 11, 16), role=Role.REP, status=Status.REGULAR, team_id=other)

    await office.tx(move)
    await handed_in_and_confirmed(office, ana, zhou, "报单 5000 自拓 李总 2026-11-15", "报单 6000 自拓 李总 2026-11-16")
    facts = await office.tx(lambda tx: deals.facts(tx, *NOV, person_ids=[ana.id]))

    assert [(f.amount, f.seller_role, f.team) for f in facts] == [
        (500_000, Role.CLERK, await office.team("领航组")),
        (600_000, Role.REP, other),
    ]


async def test_the_word_for_a_refund_leads_to_the_deal(office: Office) -> None:
    ana, zhou = await team(office)
    await handed_in_and_confirmed(office, ana, zhou, LINE)
    await zhou.says("退单")
    assert zhou.text.startswith("11 月退哪一单?点编号打开,再点“退单”。\n1 11-20 林晓燕 5,000 · 已确认")
    await zhou.says("1", "退单", "客户退款")

    assert await states(office) == ["cancelled"]
    office.clock.at = office.clock.at.replace(month=12, day=1)
    await zhou.says("退单")
    assert zhou.text.startswith("11 月退哪一单?")
    await ana.says("退单")
    assert ana.text == "退单由主管来记。告诉周启明是哪一单,Ta 记了你会收到。"


async def test_a_deal_of_last_month_is_receipted_with_its_month(office: Office) -> None:
    ana, zhou = await team(office)
    await ana.says("报单 5000 自拓 李总 13800138000 10-30", "提交")
    await zhou.presses("确认")

    assert zhou.sees("林晓燕 10 月 5,000。")
