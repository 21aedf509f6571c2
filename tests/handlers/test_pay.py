"""Earnings in the chat come out to the fen and say why (voice 2.5)."""

from __future__ import annotations

from datetime import date

from core.rules.people import Role
from core.store import models as m
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
    ]


async def test_why_opens_every_component_to_its_slices_article_and_version(office: Office) -> None:
    ana = await the_heroine(office)
    await ana.says("收入")
    await ana.presses("为什么")

    assert ana.sees("提成 660.00 = 8,000×3% 240.00 + 10,500×4% 420.00(前 8,000 不计)", "2026-01-01")
    assert ana.sees("代访分享 −70.00:7,000×1% −70.00") or ana.sees("代访分享 −70.00")


async def test_what_if_is_the_true_value(office: Office) -> None:
    ana = await the_heroine(office)
    await ana.says("如果 8000 自拓")

    assert ana.sees("再签 8,000,多挣 345.00", "5,500×4% 220.00 + 2,500×5% 125.00", "本月到 34,500,合计 1,721.00")
    assert ana.sees("若请代表代访:多挣 265.00")


async def test_below_the_basis_says_what_brings_the_base_back(office: Office) -> None:
    zhu = await office.agent("朱佳怡")
    await signed(office, zhu, 6_000, date(2026, 11, 4))
    await zhu.says("收入")
    assert zhu.sees("11 月暂计 562.50", "再签 2,000,底薪多 187.50")
    await zhu.says("如果 5000")

    assert zhu.sees("多挣 277.50", "底薪 +187.50", "提成 +90.00(3,000×3% 90.00)")


async def test_an_earlier_month_can_be_asked_for(office: Office) -> None:
    ana = await office.agent()
    await signed(office, ana, 32_000, date(2026, 10, 9))
    await ana.says("收入 10月")

    assert ana.sees("10 月 1,630.00", "提成 880.00")


async def test_a_rep_earns_for_visits(office: Office) -> None:
    zhao, ana = await office.rep("赵磊"), await office.agent()
    await signed(office, zhao, 23_000, date(2026, 10, 9))
    await signed(office, ana, 7_000, date(2026, 10, 22), "delegated", zhao)
    await zhao.says("收入 2026-10")

    assert zhao.sees("10 月 1,470.00", "提成 650.00", "代访分享 70.00")


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

    assert zhou.sees("10 月 2,176.50", "145,100 / 140,000(103.64%)")


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


async def test_only_the_manager_sets_targets(office: Office) -> None:
    liang, ana = await office.manager(), await office.agent()
    zhou = await office.supervisor()
    await ana.says("指标 领航组 2026-12 140000")
    assert ana.sees("指标由商务经理设定")
    await liang.says("指标 领航组 2026-12 14万")

    assert liang.sees("✅ 领航组 2026-12 指标 140,000")
    assert zhou.sees("2026-12 指标定了:领航组 140,000")


async def test_a_target_is_not_raised_after_the_third_working_day_without_the_director(office: Office) -> None:
    liang = await office.manager()
    boss = await office.hires("沈国栋", Role.DIRECTOR, None)
    await office.team("领航组")
    await liang.says("指标 领航组 130000", "指标 领航组 150000")
    assert liang.sees("往上调要总经理来定")
    await boss.says("指标 领航组 150000")

    assert boss.sees("✅ 领航组 2026-11 指标 150,000(原来 130,000)")
