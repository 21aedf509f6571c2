"""Earnings in the chat come out to the fen and say why (voice 2.5)."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import openpyxl

from core.rules.calendar import Month
from core.rules.closing import State
from core.rules.pay import PastMonth
from core.rules.people import Role, Status
from core.store import models as m
from core.store import months, people
from core.store.db import Tx
from core.usecases import pay
from tests.office import Office, Phone

N = iter(range(1, 10_000))


async def signed(
    office: Office, who: Phone, yuan: int, day: date, kind: str = "own", visitor: Phone | None = None, **more: object
) -> None:
    """A confirmed deal."""
    team = (await office.rows(m.people, id=who.id))[0].team_id
    values = {
        "seller_id": who.id, "team_id": team, "amount_fen": yuan * 100, "kind": kind, "signed_on": day,
        "visitor_id": visitor.id if visitor else None, "state": "confirmed", "at": office.now,
        "at_source": "platform", "once": f"test:{next(N)}",
    } | more  # fmt: skip
    await office.tx(lambda tx: tx.insert(m.deals, **values))


async def the_heroine(office: Office) -> Phone:
    """林晓燕 in November: 26,500, of it 7,000 delegated; 1,200 of SMS."""
    ana, wu = await office.agent(), await office.rep()
    await signed(office, ana, 14_500, date(2026, 11, 4))
    await signed(office, ana, 7_000, date(2026, 11, 10), "delegated", wu)
    await signed(office, ana, 5_000, date(2026, 11, 20))
    await signed(office, ana, 1_200, date(2026, 11, 12), "sms")
    return ana


async def test_the_card_says_this_month_so_far(office: Office) -> None:
    ana = await the_heroine(office)
    await ana.says("收入")

    assert ana.text.splitlines() == [
        "11 月暂计 1,376.00(截至 11-20)",
        "底薪 750.00 · 提成 660.00",
        "代访分享 −70.00 · 短信 36.00",
        "本月 26,500,再 5,500 进 5% 档",
        "照这个速度月底 1,837.40 · 组内第 1",
    ]
    assert ana.labels == ["为什么", "如果", "图片", "历史", "有疑问", "收起"]


async def test_why_opens_every_component_to_its_slices_article_and_version(office: Office) -> None:
    ana = await the_heroine(office)
    await ana.says("收入")
    await ana.presses("为什么")

    assert ana.text.splitlines() == [
        "提成 660.00 = 8,000×3% 240.00 + 10,500×4% 420.00(前 8,000 不计)",
        "分享 −70.00:7,000 一单吴海涛代访 ×1%",
        "短信 36.00:1,200×3%,不进档",
        "依据 3.1 商务文员提成表 · 2026-01-01 版",
    ]
    assert ana.labels[:2] == ["看每一单", "有疑问"]


async def test_what_if_is_the_true_value(office: Office) -> None:
    ana = await the_heroine(office)
    await ana.says("如果 8000 自拓")

    assert ana.text.splitlines() == [
        "再签 8,000,多挣 345.00",
        "5,500×4% 220.00 + 2,500×5% 125.00",
        "本月到 34,500,合计 1,721.00",
        "若请代表代访:多挣 265.00",
    ]
    assert ana.labels == ["换个数", "返回"]
    told = ana.text
    await ana.says("What  if 8000 own")  # the English button's words, typed
    assert ana.text == told


async def test_below_the_basis_says_what_brings_the_base_back(office: Office) -> None:
    zhu = await office.agent("朱佳怡")
    await signed(office, zhu, 6_000, date(2026, 11, 4))
    await zhu.says("收入")
    assert zhu.text.splitlines()[:3] == [
        "11 月暂计 562.50(截至 11-20)",
        "底薪 750×6,000/8,000;提成 0.00,因为要满 8,000 才开始算",
        "再签 2,000,底薪回到 750.00(+187.50)。",
    ]
    await zhu.says("如果 5000")

    assert zhu.text.splitlines()[0] == "再签 5,000,多挣 277.50:底薪 +187.50,提成 +90.00(3,000×3%)"
    assert zhu.text.splitlines()[-1] == "之后再 5,000 进 4% 档"
    await zhu.says("如果 500")
    assert zhu.text.splitlines()[-1] == "之后还差 1,500 到基础业绩,底薪还能多 140.62"


async def test_an_earlier_month_can_be_asked_for(office: Office) -> None:
    ana = await office.agent()
    await signed(office, ana, 32_000, date(2026, 10, 9))
    await ana.says("收入 10月")

    assert ana.sees("10 月暂计 1,630.00(结账后定)", "提成 880.00")


async def test_a_rep_earns_for_visits(office: Office) -> None:
    zhao, ana = await office.rep("赵磊"), await office.agent()
    await signed(office, zhao, 23_000, date(2026, 10, 9))
    await signed(office, ana, 7_000, date(2026, 10, 22), "delegated", zhao)
    await zhao.says("收入 2026-10")

    assert zhao.sees("10 月暂计 1,470.00", "提成 650.00", "代访分享 70.00")


async def test_a_team_without_a_target_is_named_in_its_heads_pay(office: Office) -> None:
    zhou = await office.supervisor()
    await zhou.says("/pay")

    assert zhou.sees("待设定指标:领航组;设定前团队提成未定")


async def test_a_supervisor_is_paid_on_the_teams_total_by_attainment(office: Office) -> None:
    zhou, liang = await office.supervisor(), await office.manager()
    ana = await office.agent()
    await signed(office, ana, 145_100, date(2026, 10, 9))
    await office.moves_to(office.now.replace(month=10, day=31)) if office.now.month < 10 else None
    await office.tx(
        lambda tx: tx.insert(
            m.targets, team_id=1, month="2026-10", amount_fen=14_000_000, set_by=liang.id, set_at=tx.now
        )
    )
    await zhou.says("收入 10月")

    assert zhou.sees("10 月暂计 2,176.50", "145,100 / 140,000(103.64%)")


async def test_without_a_target_the_rate_is_undetermined(office: Office) -> None:
    zhou = await office.supervisor()
    await zhou.says("收入")

    assert zhou.sees("待设定指标")


async def test_pay_is_not_said_in_a_group(office: Office) -> None:
    ana = await the_heroine(office)
    await ana.in_group("-5001", "收入")

    assert [said.text for said in office.in_chat("-5001")] == ["收入只在私聊里说,我发给你了。"]
    assert ana.sees("11 月暂计 1,376.00")


async def test_amounts_fold_away_when_somebody_looks_over_the_shoulder(office: Office) -> None:
    ana = await the_heroine(office)
    await ana.says("收入")
    await ana.presses("收起")
    assert ana.text == "11 月收入收起来了。"
    await ana.presses("显示金额")

    assert "1,376.00" in ana.text


async def test_a_month_with_nothing_in_it_says_why_everything_is_zero(office: Office) -> None:
    ana = await office.agent()
    await ana.says("收入")

    assert ana.text.splitlines() == [
        "11 月暂计 0.00(截至 11-20)",
        "底薪 0.00,因为还没有确认的业绩,低于基础业绩 8,000",
        "提成 0.00,因为要满 8,000 才开始算",
        "再签 8,000,底薪回到 750.00(+750.00)。",
    ]


async def test_on_the_very_edge_the_zero_is_explained_as_an_edge(office: Office) -> None:
    ana = await office.agent()
    await signed(office, ana, 8_000, date(2026, 11, 4))
    await ana.says("收入")

    assert ana.sees("底薪 750.00 · 提成 0.00", "提成 0.00:8,000 以上的部分才开始算")


async def test_the_card_compares_with_the_same_day_of_last_month(office: Office) -> None:
    ana = await the_heroine(office)
    await signed(office, ana, 12_000, date(2026, 10, 20))
    await signed(office, ana, 9_000, date(2026, 10, 21))
    await ana.says("收入")
    assert ana.sees("上月同期 870.00 · 照这个速度月底 1,837.40")
    await ana.says("收入 10月")
    await signed(office, ana, 9_000, date(2026, 9, 3))
    await ana.says("收入 10月")

    assert ana.sees("上月 780.00")


async def test_nobody_is_told_that_they_are_among_the_last(office: Office) -> None:
    ana, wang = await office.agent(), await office.agent("王芳")
    await signed(office, ana, 12_000, date(2026, 11, 4))
    await signed(office, wang, 9_000, date(2026, 11, 4))
    await ana.says("收入")
    await wang.says("收入")

    assert "组内第 1" in ana.text
    assert "组内" not in wang.text


async def test_each_line_opens_to_its_deals_with_article_and_version(office: Office) -> None:
    ana = await the_heroine(office)
    for day in range(1, 4):
        await signed(office, ana, 100, date(2026, 11, day))
    await ana.says("收入")
    await ana.presses("为什么")
    await ana.presses("逐项看")
    assert ana.labels == ["底薪 750.00", "提成 672.00", "代访分享 −70.00", "短信 36.00", "返回"]
    await ana.presses("提成 672.00")
    shown = ana.text.splitlines()
    assert shown[0] == "提成 672.00 = 8,000×3% 240.00 + 10,800×4% 432.00(前 8,000 不计)"
    assert [line[:5] for line in shown[1:5]] == ["11-01", "11-02", "11-03", "11-04"]
    assert shown[5] == "依据 3.1 商务文员提成表 · 2026-01-01 版"
    assert ana.labels == ["下一页", "有疑问", "返回"]
    await ana.presses("下一页")
    assert ana.sees("11-10 7,000 · 代理 · (吴海涛代访) · 已确认", "11-20 5,000 · 自拓")
    await ana.presses("返回")
    await ana.presses("底薪 750.00")

    assert ana.text == "底薪 750.00(全额)\n依据 3.1 底薪 · 2026-01-01 版"


async def test_the_months_carry_their_state_and_open_the_payslip(office: Office) -> None:
    ana = await the_heroine(office)
    await signed(office, ana, 12_000, date(2026, 10, 20))
    await ana.says("收入")
    await ana.presses("历史")
    assert ana.text.splitlines()[1:] == [
        "11 月  1,376.00(暂计)  业绩 26,500", "10 月  870.00(暂计)  业绩 12,000",
    ]  # fmt: skip
    await ana.presses("工资条")

    assert ana.text.splitlines() == [
        "2026 年 11 月工资条 · 林晓燕 001(暂计)",
        "底薪 750.00 · 3.1 底薪",
        "提成 660.00 · 3.1 商务文员提成表",
        "代访分享 −70.00 · 3.1 代理拜访",
        "短信 36.00 · 3.1 其他提成",
        "合计 1,376.00 · 2026-01-01 版",
        "截至 11-20,结账后定",
    ]


async def test_the_payslip_comes_as_a_sheet_that_adds_up_and_holds_no_formula_of_somebody_elses(
    office: Office,
) -> None:
    ana = await the_heroine(office)
    trick = await office.tx(lambda tx: tx.insert(m.customers, owner_id=ana.id, name="=1+1", created_at=tx.now))
    await signed(office, ana, 1_000, date(2026, 11, 2), customer_id=trick)
    await ana.says("工资条")
    await ana.presses("表格")
    book = openpyxl.load_workbook(io.BytesIO(ana.last.file.content))
    slip, deals = book.worksheets
    amounts = [row[3].value for row in slip.iter_rows(min_row=4, max_row=8)]

    assert sum(Decimal(str(amount)) for amount in amounts) == Decimal("1416.00")
    assert slip["D9"].value == "=SUM(D4:D8)"
    assert ana.last.file.name == "payslip-2026-11-001.xlsx"
    assert (deals["D2"].value, deals["D2"].data_type, deals["D2"].quotePrefix) == ("=1+1", "s", True)
    assert not deals["D3"].quotePrefix
    assert [cell.data_type for row in deals.iter_rows() for cell in row].count("f") == 0


async def test_a_supervisor_sees_the_group_and_nobody_else(office: Office) -> None:
    ana, zhou = await the_heroine(office), await office.supervisor()
    guo = await office.agent("郭强", team="飞虎组")
    await signed(office, guo, 9_000, date(2026, 11, 4))
    await zhou.says("收入")
    await zhou.presses("看组员")
    assert zhou.sees("11 月 · 2 人(1/1),点名字看明细", "林晓燕 1,376.00", "吴海涛")
    assert not zhou.sees("郭强")
    await zhou.presses("林晓燕")
    assert zhou.text.startswith("林晓燕 · 11 月暂计 1,376.00(截至 11-20)")
    assert zhou.labels == ["为什么", "工资条", "图片", "历史", "看组员", "收起"]
    await zhou.presses("为什么")
    assert zhou.sees("提成 660.00 = ")
    assert "有疑问" not in zhou.labels
    await zhou.says("收入 郭强")

    assert zhou.sees("没找到“郭强”,或不归你管。")
    assert not zhou.sees("780.00")
    assert not ana.messages


async def test_a_month_that_somebody_ended_in_another_group_is_that_supervisors(office: Office) -> None:
    ana, zhou = await the_heroine(office), await office.supervisor()
    xu = await office.supervisor("徐丽娟", team="飞虎组")
    await signed(office, ana, 12_000, date(2026, 10, 20))
    team = await office.team("飞虎组")
    await office.tx(lambda tx: people.change(tx, ana.id, {"team_id": team}))
    await office.tx(
        lambda tx: people.assign(tx, ana.id, date(2026, 11, 1), role=Role.CLERK, status=Status.REGULAR, team_id=team)
    )
    await xu.says("收入 林晓燕")
    assert xu.sees("林晓燕 · 11 月暂计 1,376.00")
    await xu.says("收入 10月 林晓燕")

    assert xu.sees("收入只能看自己的。")
    await xu.presses("历史", on=xu.finds("林晓燕 · 11 月"))
    months = xu.finds("最近几个月").text
    assert "11 月" in months
    assert "10 月" not in months
    assert not xu.sees("870.00")
    assert zhou.id != xu.id


async def test_the_manager_sees_everybody_and_an_owner_or_an_assistant_nobody(office: Office) -> None:
    await the_heroine(office)
    liang = await office.manager()
    he = await office.assistant(is_owner=True)
    for who in (liang, he):
        await who.says("收入 林晓燕")

    assert liang.sees("林晓燕 · 11 月暂计 1,376.00")
    assert not he.sees("1,376.00")


async def test_a_colleague_who_presses_anothers_buttons_sees_no_amount(office: Office) -> None:
    ana, zhou, wang = await the_heroine(office), await office.supervisor(), await office.agent("王芳")
    await zhou.says("收入")
    await zhou.presses("看组员")
    asked = zhou.last
    await wang.says("收入 林晓燕", "收入 吴海涛")
    for _, token in asked.buttons:
        await wang.press(token, asked)

    assert not wang.sees("1,376.00")
    assert not wang.sees("660.00")
    assert ana.id != wang.id


async def test_a_supervisors_own_line_opens_to_the_groups_sellers(office: Office) -> None:
    zhou, liang = await office.supervisor(), await office.manager()
    ana, wang = await office.agent(), await office.agent("王芳")
    await signed(office, ana, 9_000, date(2026, 11, 4))
    await signed(office, wang, 3_000, date(2026, 11, 5))
    await office.tx(
        lambda tx: tx.insert(
            m.targets, team_id=1, month="2026-11", amount_fen=1_000_000, set_by=liang.id, set_at=tx.now
        )
    )
    await zhou.says("收入")
    await zhou.presses("为什么")
    await zhou.presses("逐项看")
    await zhou.presses("提成 180.00")

    assert zhou.text.splitlines()[1:3] == ["林晓燕 9,000", "王芳 3,000"]


async def test_only_the_manager_sets_targets(office: Office) -> None:
    liang, ana = await office.manager(), await office.agent()
    zhou = await office.supervisor()
    await ana.says("指标 领航组 2026-12 140000")
    assert ana.sees("指标由商务经理设定")
    await liang.says("指标 领航组 2026-12 14万")

    assert liang.sees("✅ 领航组 12 月指标 140,000")
    assert zhou.sees("12 月指标定了:领航组 140,000")


async def test_the_example_of_a_target_names_what_would_be_set_next(office: Office) -> None:
    liang = await office.manager()
    await liang.says("指标")
    assert "指标 组名 2026-12 140000" in liang.text
    await office.team("领航组")
    await office.team("远航组")
    await liang.says("指标 领航组 130000", "指标")
    assert "指标 远航组 2026-11 140000" in liang.text
    await liang.says("指标 远航组 130000", "指标 远航组 很多月 3", "指标")
    assert "指标 领航组 2026-12 140000" in liang.text


async def test_a_target_is_not_raised_after_the_third_working_day_without_the_director(office: Office) -> None:
    liang = await office.manager()
    boss = await office.hires("沈国栋", Role.DIRECTOR, None)
    await office.team("领航组")
    await liang.says("指标 领航组 130000", "指标 领航组 150000")
    assert liang.sees("往上调要总经理来定")
    await boss.says("指标 领航组 150000")

    assert boss.sees("✅ 领航组 11 月指标 150,000(原来 130,000)")


async def test_what_later_facts_changed_stands_on_the_card_the_slip_and_in_the_sum(office: Office) -> None:
    ana, liang = await the_heroine(office), await office.manager()
    await office.tx(
        lambda tx: months.add_adjustment(
            tx, month="2026-11", about="2026-09", person_id=ana.id, fen=-3_500, reason="退单", made_by=liang.id,
            at=tx.now, once="test:adjusted",
        )
    )  # fmt: skip
    await ana.says("收入")
    assert ana.text.splitlines()[0] == "11 月暂计 1,341.00(截至 11-20)"
    assert ana.sees("调整 −35.00(9 月的补记)")
    await ana.says("工资条")
    assert ana.sees("调整 −35.00", "合计 1,341.00")
    await ana.presses("表格")
    slip = openpyxl.load_workbook(io.BytesIO(ana.last.file.content)).worksheets[0]

    assert [slip["A9"].value, slip["D9"].value, slip["D10"].value] == ["调整(2026-09)", -35, "=SUM(D4:D9)"]


async def test_a_locked_month_is_shown_as_it_was_locked_whatever_was_sold_or_cancelled_since(office: Office) -> None:
    ana = await office.agent()
    await signed(office, ana, 12_000, date(2026, 10, 20))

    async def lock(tx: Tx) -> None:
        me = await people.by_id(tx, ana.id)
        assert me is not None
        found = await pay.earn(tx, me, Month(2026, 10))
        past = PastMonth(Month(2026, 10), found.statement.performance)
        await months.hold(tx, Month(2026, 10), alone=True)
        await months.keep(tx, [(found.due, me.role, past)])
        await months.move(tx, Month(2026, 10), State.LOCKED)

    await office.tx(lock)
    await signed(office, ana, 9_000, date(2026, 10, 21))
    await ana.says("收入 10月")
    assert ana.text.splitlines()[0] == "10 月 870.00(已结)"
    assert "如果" not in ana.labels
    await ana.presses("历史")
    assert ana.sees("10 月  870.00(已结)  业绩 12,000")
    await office.tx(lambda tx: months.move(tx, Month(2026, 10), State.PAID))
    await ana.says("收入 10月")

    assert ana.text.splitlines()[0] == "10 月 870.00(已发)"
