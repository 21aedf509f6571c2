"""结账 in the chat: the card, what is in the way, a decision with its reason, two people, the payslip, the file."""

from __future__ import annotations

import io
import itertools
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from core.rules.calendar import Month
from core.rules.money import to_fen
from core.rules.people import Role, Status
from core.store import deals, targets
from core.store import models as m
from core.store.db import Tx
from tests.office import ZONE, Office, Phone

OCTOBER = Month(2026, 10)
_once = itertools.count()


class Firm:
    """A clerk, their supervisor, the manager and the director; October is over."""

    def __init__(self, office: Office, ana: Phone, zhou: Phone, liang: Phone, shen: Phone) -> None:
        self.office, self.ana, self.zhou, self.liang, self.shen = office, ana, zhou, liang, shen

    async def sold(self, phone: Phone, yuan: str, day: date = date(2026, 10, 12), state: str = "confirmed") -> int:
        team = await self.office.team("领航组")

        async def write(tx: Tx) -> int | None:
            return await deals.add(
                tx, seller_id=phone.id, team_id=team, amount_fen=to_fen(yuan), kind="own", signed_on=day, state=state,
                at=tx.now, at_source="platform", once=f"deal:{next(_once)}",
            )  # fmt: skip

        new = await self.office.tx(write)
        assert isinstance(new, int)
        return new

    async def locks(self) -> None:
        await self.liang.says("结账")
        await self.liang.presses("开始复核")
        await self.liang.presses("锁定")
        await self.shen.presses("看结账")
        await self.shen.presses("锁定")


@pytest.fixture
async def firm(office: Office) -> Firm:
    office.clock.at = datetime(2026, 11, 2, 10, tzinfo=ZONE)
    ana, zhou = await office.agent(), await office.supervisor()
    liang = await office.manager()
    shen = await office.hires("沈国栋", Role.DIRECTOR, None)
    team = await office.team("领航组")
    await office.tx(lambda tx: targets.put(tx, team, OCTOBER.key, to_fen("20000"), liang.id))
    return Firm(office, ana, zhou, liang, shen)


async def test_who_is_the_only_one_to_close_reads_what_is_missing(office: Office) -> None:
    shen = await office.hires("沈国栋", Role.DIRECTOR, None)
    await shen.says("结账")
    await shen.presses("开始复核")
    await shen.presses("锁定")
    assert "现在没有第二个人能点:先在花名册里加一位商务经理" in shen.text
    liang = await office.manager()
    await shen.says("结账")
    await shen.presses("锁定")  # with the manager there are other figures
    assert "沈国栋已同意这些数字,还差一个人。" in shen.text
    await liang.says("结账")
    await liang.presses("锁定")

    assert liang.sees("10 月结账 · 已结")


async def test_who_agreed_to_other_figures_may_still_be_the_second(firm: Firm) -> None:
    await firm.sold(firm.ana, "32000")
    await firm.shen.says("结账")
    await firm.shen.presses("开始复核")
    await firm.shen.presses("锁定")
    await firm.sold(firm.ana, "5000")
    await firm.liang.says("结账")
    await firm.liang.presses("锁定")

    assert "梁文静已同意这些数字,还差一个人。" in firm.liang.text


async def test_a_month_goes_from_review_to_paid_by_the_hands_of_two(firm: Firm) -> None:
    await firm.sold(firm.ana, "32000")
    await firm.liang.says("结账")
    assert firm.liang.text.splitlines()[0] == "10 月结账 · 没开始"
    assert "没有挡着的事。" in firm.liang.text
    await firm.liang.presses("开始复核")
    assert "复核中" in firm.liang.text
    await firm.liang.presses("锁定")
    assert "梁文静已同意这些数字,还差一个人。" in firm.liang.text

    assert firm.shen.sees("梁文静同意了 10 月的工资数字")
    await firm.shen.presses("看结账")
    await firm.shen.presses("锁定")
    assert "10 月结账 · 已结" in firm.shen.text

    await firm.liang.says("结账 10")
    await firm.liang.presses("标记已发")
    await firm.shen.presses("看结账", on=firm.shen.finds("发完了"))
    await firm.shen.presses("标记已发")
    assert "10 月结账 · 已发" in firm.shen.text


async def test_one_person_pressing_twice_locks_nothing(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    await firm.liang.says("结账")
    await firm.liang.presses("开始复核")
    await firm.liang.presses("锁定", times=2)

    assert firm.liang.sees("你已经同意过,要另一个人再点。")
    assert not await firm.office.rows(m.month_statements)


async def test_the_payslip_lies_folded_until_its_earner_opens_it(firm: Firm) -> None:
    await firm.sold(firm.ana, "32000")
    await firm.locks()

    said = firm.ana.finds("10 月工资条出来了。")
    assert not any(digit in said.text.removeprefix("10") for digit in "0123456789")
    await firm.ana.presses("显示金额", on=said)
    assert "10 月工资条 1,630.00 · 已结" in firm.ana.text
    assert "底薪 750.00 · 提成 880.00" in firm.ana.text
    await firm.ana.presses("收起")
    assert "1,630.00" not in firm.ana.text


async def test_a_button_of_the_payslip_shows_nobody_elses(firm: Firm) -> None:
    await firm.sold(firm.ana, "32000")
    await firm.locks()
    said = firm.ana.finds("工资条出来了")
    await firm.zhou.press(said.buttons[0][1], said)

    assert not firm.zhou.sees("1,630.00")


async def test_what_is_in_the_way_is_named_and_whose_it_is_is_reminded(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    await firm.sold(firm.ana, "6200", state="pending")
    await firm.liang.says("结账")
    assert "没确认 1 单 6,200 · 周启明" in firm.liang.text
    await firm.liang.presses("提醒周启明")

    assert "已提醒周启明" in firm.liang.toast
    assert firm.zhou.sees("10 月要结账了:还有 1 单等你确认")


async def test_locking_over_something_open_needs_a_reason_and_still_two_people(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    await firm.sold(firm.ana, "6200", state="pending")
    await firm.liang.says("结账")
    await firm.liang.presses("开始复核")
    await firm.liang.presses("锁定")
    assert "还有 1 项没办完:" in firm.liang.text
    await firm.liang.presses("仍要锁定")
    await firm.liang.says("客户月底才回款,按时发工资")
    assert "还差一个人" in firm.liang.text
    await firm.shen.presses("看结账")
    assert "理由:“客户月底才回款,按时发工资”" in firm.shen.text  # the second person decides about that too
    await firm.shen.presses("锁定")

    assert "已结" in firm.shen.text
    rows = await firm.office.rows(m.month_approvals)
    assert [row.said for row in rows] == ["客户月底才回款,按时发工资", None]


async def test_a_proposal_is_shown_with_its_figures_and_decided_with_a_reason(firm: Firm) -> None:
    office = firm.office
    deng = await office.agent(
        "邓超群", status=Status.PROBATION, hired_on=date(2026, 10, 1), probation_from=date(2026, 10, 1)
    )
    await office.tx(
        lambda tx: tx.insert(
            m.group_chats, channel="telegram", external_id="-7", state="bound", whole_company=True, seen_at=tx.now
        )
    )
    await firm.sold(firm.ana, "9000")
    await firm.sold(deng, "10600")
    await firm.liang.says("结账")
    assert "1 项提议等你定" in firm.liang.text
    await firm.liang.presses("开始复核")
    await firm.liang.presses("定提议")
    assert "邓超群 · 商务文员" in firm.liang.text
    assert "累计 10,600,达到 8,000:提请转正" in firm.liang.text
    await firm.liang.presses("转正")
    assert not deng.sees("转正")
    assert firm.liang.text.startswith("邓超群 · 转正:写一句理由")
    await firm.liang.says("首月达标,师傅也同意")

    assert firm.liang.text.startswith("✅ 邓超群 · 转正\n10 月结账")

    assert deng.sees("🎉 你转正了,从 11-01 起。")
    assert "🎉 邓超群转正,首月 10,600。" in [said.text for said in office.in_chat("-7")]
    assert "没有挡着的事。" in firm.liang.text


async def test_agents_and_supervisors_close_nothing(firm: Firm) -> None:
    for phone in (firm.ana, firm.zhou):
        await phone.says("结账")
        assert not phone.sees("10 月结账")
    await firm.liang.says("结账")
    await firm.zhou.press(firm.liang.last.buttons[0][1], firm.liang.last)
    assert not await firm.office.rows(m.months)


async def test_everybodys_sums_and_the_file_agree(firm: Firm) -> None:
    await firm.sold(firm.ana, "32000")
    await firm.liang.says("结账")
    await firm.liang.presses("工资表")
    sheet = load_workbook(io.BytesIO(firm.liang.last.file.content), data_only=True).worksheets[0]
    by_name = {row[2]: row for row in sheet.iter_rows(min_row=5, values_only=True)}
    await firm.liang.presses("看每个人")

    assert firm.liang.sees("10 月每个人", "林晓燕 1,630.00(底薪 750.00 · 提成 880.00)")
    assert by_name["林晓燕"][-2] == 1630
    assert "暂计" in str(sheet["A2"].value)


async def test_the_heroes_are_posted_for_good_when_the_month_is_locked(firm: Firm) -> None:
    office = firm.office
    await office.tx(
        lambda tx: tx.insert(
            m.group_chats, channel="telegram", external_id="-7", state="bound", whole_company=True, seen_at=tx.now
        )
    )
    await firm.sold(firm.ana, "32000")
    await firm.locks()

    heads = [said.text.splitlines()[0] for said in office.in_chat("-7")]
    assert heads == ["📊 10 月英雄榜"]


async def test_a_deal_confirmed_after_the_lock_says_in_which_month_it_is_paid(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    late = await firm.sold(firm.ana, "6200", state="pending")
    await firm.liang.says("结账")
    await firm.liang.presses("开始复核")
    await firm.liang.presses("锁定")
    await firm.liang.presses("仍要锁定")
    await firm.liang.says("按时发")
    await firm.shen.presses("看结账")
    await firm.shen.presses("锁定")

    async def confirm(tx: Tx) -> None:
        from core.store import people
        from core.usecases import deals as deal_uses

        zhou = await people.by_id(tx, firm.zhou.id)
        assert zhou is not None
        await deal_uses.confirm(tx, zhou, late)

    await firm.office.tx(confirm)
    await firm.office.settle()

    assert firm.ana.sees("周启明确认了", "那个月已经结账,差额记入 11 月的工资条。")


async def test_an_amount_about_a_closed_month_is_put_into_the_open_one(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    await firm.liang.says("调账 林晓燕 2026-10 200 短信漏算")
    assert "10 月还没结" in firm.liang.text
    await firm.locks()
    for line, said in (
        ("调账 林晓燕", "这样写:"),
        ("调账 张三 2026-10 200 漏算", "没找到或不止一位"),
        ("调账 林晓燕 2026-10 abc 漏算", ""),
        ("调账 林晓燕 2026-10 -200 多算了", "✅ 林晓燕 10 月调整 −200.00,记入 11 月"),
    ):
        await firm.liang.says(line)
        assert said in firm.liang.text
    assert [row.fen for row in await firm.office.rows(m.adjustments)] == [-20000]


async def test_those_who_close_are_reminded_three_times_and_no_more(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000", date(2026, 11, 9))
    await firm.office.moves_to(datetime(2026, 12, 31, 18, tzinfo=ZONE))

    said = [one.text for one in firm.liang.messages if "可以结账" in one.text]
    assert said == ["11 月过完了,可以结账。先看有没有挡着的事。"] * 3
    assert not firm.ana.sees("可以结账")


async def test_a_month_that_is_not_over_cannot_be_begun(firm: Firm) -> None:
    await firm.liang.says("结账 11")

    assert "月底之后才能结" in firm.liang.text
    assert "开始复核" not in firm.liang.labels
    await firm.liang.says("结账 十三")
    assert "没认出是哪个月" in firm.liang.text


async def test_the_board_of_a_locked_month_is_final_wherever_it_is_asked_for(firm: Firm) -> None:
    await firm.sold(firm.ana, "32000")
    await firm.liang.says("图片 关", "榜单 上月")
    assert firm.liang.text.startswith("📊 10 月英雄榜(暂计,结账后定)")
    await firm.locks()
    await firm.liang.says("榜单 上月")

    assert firm.liang.text.startswith("📊 10 月英雄榜\n")


async def test_a_doubt_found_right_about_a_locked_month_leads_to_one_adjustment(firm: Firm) -> None:
    await firm.sold(firm.ana, "32000")
    await firm.locks()
    await firm.ana.says("收入 2026-10")
    await firm.ana.presses("有疑问")
    await firm.ana.presses("提成 880.00")
    await firm.ana.says("少算了一单")
    await firm.zhou.presses("改正")
    await firm.zhou.says("是少了一单")

    assert "调账" not in firm.zhou.labels  # a supervisor moves no money
    told = "周启明认定林晓燕的申诉属实(10 月已结):记一笔调账,结账时两个人同意。"
    assert firm.liang.text == firm.shen.text == told
    await firm.liang.presses("调账")
    assert "差多少?" in firm.liang.text
    await firm.liang.says("100")
    assert firm.liang.text.startswith("✅ 林晓燕 10 月调整 +100.00,记入 11 月")
    await firm.shen.presses("调账")
    await firm.shen.says("100")

    (row,) = await firm.office.rows(m.adjustments)
    assert (row.about, row.month, row.fen, row.reason) == ("2026-10", "2026-11", 10_000, "申诉 1 改正")


async def test_a_month_that_runs_proposes_nothing_yet(firm: Firm) -> None:
    await firm.sold(firm.ana, "900")
    await firm.liang.says("结账 11")

    assert "这个月还没过完" in firm.liang.text
    assert "提议" not in firm.liang.text


async def test_locking_over_something_open_asks_for_no_reason_once_the_month_is_locked(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000")
    await firm.sold(firm.ana, "6200", state="pending")
    await firm.liang.says("结账")
    await firm.liang.presses("开始复核")
    await firm.liang.presses("锁定")
    await firm.liang.presses("仍要锁定")
    await firm.liang.says("按时发工资")
    await firm.shen.presses("看结账")
    await firm.shen.presses("锁定")
    await firm.liang.says("仍要锁定")  # the word of a button from before

    assert "已经结账" in firm.liang.text
    assert not await firm.office.rows(m.drafts)


async def test_what_an_earlier_month_changes_is_explained_under_why(firm: Firm) -> None:
    await firm.sold(firm.ana, "9000", date(2026, 10, 5))
    await firm.sold(firm.ana, "3600")
    await firm.locks()
    await firm.zhou.says("退单", "1", "退单", "客户退款")
    await firm.liang.says("调账 林晓燕 2026-10 200 短信漏算")
    await firm.ana.says("收入", "为什么")

    assert "调整 −108.00:10-12 的 3,600 退单,10 月按没有这单重算" in firm.ana.text
    assert "调整 +200.00(10 月):“短信漏算”" in firm.ana.text
    assert len(firm.ana.text.splitlines()) <= 7


async def test_months_are_said_as_people_say_them_in_refusals_too(office: Office) -> None:
    boss, liang = await office.manager(lang="en"), await office.manager("沈国栋")
    await office.agent()
    await boss.says("/adjust 林晓燕 2027-01 200 forgotten")
    assert boss.text.startswith("January 2027 is still open")
    await boss.says("/target 领航组 2026-12 140000")
    assert boss.text == "✅ 领航组 December: target 140,000"
    await liang.says("调账 林晓燕 2027-01 200 漏算")
    assert liang.text.startswith("2027 年 1 月还没结")
