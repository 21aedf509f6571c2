"""What cannot be, through the chat: everybody reads what is wrong and what to do, and nothing of it is written."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from core.rules.calendar import Month
from core.rules.people import Role, Status
from core.store import models as m
from core.store import people, targets
from core.usecases import pay
from tests.handlers.test_closing import Firm, firm
from tests.office import ZONE, Office, Phone

__all__ = ["firm"]

NOVEMBER = Month(2026, 11)
CUSTOMER = "李总 13800138000"


async def floor(office: Office) -> tuple[Phone, Phone]:
    return await office.agent(), await office.supervisor()


async def locked(firm: Firm) -> None:
    """October is closed; 林晓燕 sold enough for nothing to be proposed."""
    await firm.sold(firm.ana, "9000")
    await firm.locks()


# --- amounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("0", "金额要大于 0"),
        ("-5000", "是负数"),
        ("负5000", "是负数"),
        ("5000.005", "小数多了,最多到分"),
        ("10000000.01", "太大"),
        ("1000000000", "太大"),
        ("20亿", "太大"),
        ("1e9", "没认出金额"),
        ("五千多吧", "没认出金额"),
    ],
)
async def test_an_amount_that_cannot_be_is_explained_and_asked_again(office: Office, typed: str, told: str) -> None:
    ana, _ = await floor(office)
    await ana.says("报单", typed)
    said = ana.text
    assert told in said or (told == "太大" and "超过单笔上限" in said), said
    assert await office.rows(m.deals) == []
    await ana.says("取消")


@pytest.mark.parametrize(
    ("typed", "told"), [("0", "0 元不用记"), ("-1", "是负数"), ("1.005", "小数太多了"), ("两万五", "✅ 领航组")]
)
async def test_a_target_that_cannot_be_is_explained(office: Office, typed: str, told: str) -> None:
    boss, _ = await office.manager(), await office.supervisor()
    await boss.says(f"指标 领航组 {typed}")

    assert told in boss.text
    assert len(await office.rows(m.targets)) == (1 if "✅" in told else 0)


async def test_a_target_of_no_team_there_is_names_those_that_exist(office: Office) -> None:
    boss, _ = await office.manager(), await office.supervisor()
    await boss.says("指标 破浪组 20000")

    assert "破浪组" in boss.text
    assert "领航组" in boss.text


async def test_what_if_with_an_amount_that_cannot_be_is_explained(office: Office) -> None:
    ana, _ = await floor(office)
    for typed, told in (("0", "0 元不用记"), ("-5", "是负数"), ("1.005", "小数太多了"), ("99999999999", "太大了")):
        await ana.says(f"如果 {typed}")
        assert told in ana.text, typed


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("0", "0 元不用记"),
        ("-3000", "是负数"),
        ("3000.005", "小数太多了"),
        ("99999999999", "太大了"),
        ("5000.01", "多于还没到账的数"),
    ],
)
async def test_money_that_cannot_have_come_in_is_explained(office: Office, typed: str, told: str) -> None:
    ana, zhou = await floor(office)
    await ana.says(f"报单 5000 自拓 {CUSTOMER}")
    await ana.presses("提交")
    await zhou.presses("确认")
    await ana.says(f"到账 {typed} 李总")

    assert told in ana.text
    assert await office.rows(m.deal_payments) == []


@pytest.mark.parametrize(("typed", "told"), [("0", "0 元不用记"), ("1.005", "小数太多了"), ("99999999999", "太大了")])
async def test_an_adjustment_that_cannot_be_is_explained(firm: Firm, typed: str, told: str) -> None:
    await locked(firm)
    await firm.liang.says(f"调账 林晓燕 2026-10 {typed} 短信漏算")

    assert told in firm.liang.text
    assert await firm.office.rows(m.adjustments) == []


# --- the policy -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("effective_from = 2026-10-01", "2026-10"),
        ("effective_from = 2026-01-01", "2026-01-01"),
        ("effective_from = 2026-12-01\neffective_until = 2027-03-31", "effective_until"),
        ('effective_from = 2026-12-01\n[version.pay.clerk]\nbrackets = [{from = 0, rate = "-3%"}]', "brackets"),
        (
            'effective_from = 2026-12-01\n[version.pay.clerk]\nbrackets = [{from = 9000, rate = "3%"}, {from = 8000, rate = "4%"}]',
            "brackets",
        ),
    ],
)
async def test_a_version_that_cannot_begin_or_holds_what_cannot_be_is_told_so(
    firm: Firm, change: str, told: str
) -> None:
    await locked(firm)
    await firm.liang.sends("制度.toml", f"[[version]]\n{change}\n".encode())

    assert told in firm.liang.text
    assert "要改" in firm.liang.text or "已经结账" in firm.liang.text or "已经" in firm.liang.text
    assert await firm.office.rows(m.policy_proposals) == []


# --- days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-11-21", "还没到"),
        ("2026-02-30", "日期"),
        ("2026-11-09", "在你入职(2026-11-10)之前"),
        ("2026-09-30", "9 月已经结账"),
    ],
)
async def test_a_signing_day_that_cannot_be_is_explained(office: Office, day: str, told: str) -> None:
    ana = await office.agent(hired_on=date(2026, 11, 10) if "入职" in told else date(2024, 3, 1))
    await office.supervisor()
    await ana.says(f"报单 5000 自拓 {CUSTOMER} {day}")
    if told not in ana.text:
        await ana.presses("提交")

    assert ana.sees(told)
    assert await office.rows(m.deals) == []


async def test_a_deal_of_a_locked_month_says_where_its_pay_goes_before_it_is_handed_in(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    await firm.locks()
    await firm.ana.says(f"报单 6200 自拓 {CUSTOMER} 10-30")
    assert "那个月已经结账,差额记入 11 月" in firm.ana.text
    await firm.ana.presses("提交")
    await firm.zhou.presses("确认")

    assert firm.ana.sees("周启明确认了", "那个月已经结账,差额记入 11 月")


# --- who visits, who shares -------------------------------------------------------------------------------------------


async def test_a_rep_does_not_visit_for_themselves(office: Office) -> None:
    wu = await office.rep("吴海涛")
    await office.supervisor()
    await wu.says(f"报单 7000 代理 吴海涛 {CUSTOMER}")
    assert "代访是别人替你去" in wu.text
    await wu.says("吴海涛")
    assert "代访是别人替你去" in wu.text

    assert await office.rows(m.deals) == []


async def test_a_clerk_who_visits_for_a_clerk_is_written_down_and_moves_no_money(office: Office) -> None:
    ana, zhou = await floor(office)
    ting = await office.agent("刘婷")
    await ana.says("报单 20000 代理 刘婷 陈老板 13900139000")
    assert "刘婷代访" in ana.text
    assert "分享" not in ana.text
    await ana.presses("提交")
    await zhou.presses("确认")

    async with office.db.snapshot() as tx:
        for phone, share in ((ana, 0), (ting, 0)):
            person = await people.by_id(tx, phone.id)
            assert person is not None
            assert (await pay.earn(tx, person, NOVEMBER)).statement.shares == share
    assert not ting.sees("分享")


# --- teams ------------------------------------------------------------------------------------------------------------


async def test_a_deal_stays_with_the_team_its_seller_left_and_their_new_head_confirms_it(office: Office) -> None:
    ana, zhou = await floor(office)
    boss = await office.manager()
    xu = await office.supervisor("徐丽娟", team="飞虎组")
    await ana.says(f"报单 5000 自拓 {CUSTOMER}")
    await ana.presses("提交")
    other = await office.team("飞虎组")
    async with office.db.transaction() as tx:
        await people.assign(tx, ana.id, date(2026, 11, 20), role=Role.CLERK, status=Status.REGULAR, team_id=other)
        await people.change(tx, ana.id, {"team_id": other})
    office.clock.at = datetime(2026, 11, 23, 10, tzinfo=ZONE)
    await zhou.presses("确认")
    assert zhou.sees("这单不归你管") or "这单不归你管" in zhou.toast
    assert (await office.rows(m.deals))[0].state == "pending"
    await xu.says("待办")
    await xu.presses("林晓燕 5,000")
    await xu.presses("确认")

    await boss.says("指标")
    assert "领航组 5,000" in boss.text
    assert "飞虎组 0" in boss.text


async def test_a_team_that_everybody_left_keeps_its_month_and_breaks_nothing(office: Office) -> None:
    ana, zhou = await floor(office)
    boss = await office.manager()
    await ana.says(f"报单 5000 自拓 {CUSTOMER}")
    await ana.presses("提交")
    await zhou.presses("确认")
    async with office.db.transaction() as tx:
        team = await people.team_named(tx, "领航组")
        assert team is not None
        await targets.put(tx, team.id, NOVEMBER.key, 1_000_000, boss.id)
        for phone, role in ((ana, Role.CLERK), (zhou, Role.SUPERVISOR)):
            await people.assign(tx, phone.id, date(2026, 11, 20), role=role, status=Status.REGULAR, team_id=None)
            await people.change(tx, phone.id, {"team_id": None})
    for said, told in (
        ("指标", "领航组 5,000 / 10,000(50.0%)"),
        ("榜单 小组", "50.0%"),
        ("榜单 本月", "领航 50.0%"),
    ):
        await boss.says(said)
        assert told in boss.text, said
    await zhou.says("收入")
    assert "暂计" in zhou.text


# --- two at once ------------------------------------------------------------------------------------------------------


async def test_of_two_managers_who_close_the_slower_reads_that_it_is_closed(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    wei = await firm.office.manager("韦经理")
    for one in (firm.liang, wei):
        await one.says("结账")
    await firm.liang.presses("开始复核")
    await wei.says("结账")
    await firm.liang.presses("锁定")
    await firm.shen.presses("看结账")
    await firm.shen.presses("锁定")
    await wei.presses("锁定")

    assert wei.sees("10 月已经结账,不再改") or "已经结账" in wei.toast
    assert sum("工资条" in said.text for said in firm.ana.messages) == 1
