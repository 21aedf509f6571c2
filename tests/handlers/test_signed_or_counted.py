"""What was signed and what counts (docs/decisions/0011): a month's figure is the one that pays, on every page."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime

import pytest

from core.rules import policy
from core.rules.calendar import Month, Week
from core.rules.pay import performance, team_total
from core.rules.people import Role
from core.store import deals, people, reports, targets
from core.store import models as m
from core.store.db import Tx
from core.store.performance import counted, kinds_of
from core.usecases import boards, pay
from core.usecases import targets as standing
from tests.handlers.test_payments import NOVEMBER, OCTOBER, Floor, floor
from tests.office import POLICY, ZONE, Office, Phone

__all__ = ["floor"]

GROUP = "-5001"


async def aims(floor: Floor, fen: int, month: Month = NOVEMBER) -> int:
    """A target for the team; its id."""
    async with floor.office.db.transaction() as tx:
        team = await people.team_named(tx, "领航组")
        assert team is not None
        await targets.put(tx, team.id, month.key, fen, floor.manager.id)
        return team.id


async def comes_in(floor: Floor, line: str) -> None:
    await floor.ana.says(line)
    await floor.zhou.presses("确认到账")


async def paid_on(floor: Floor, phone: Phone, month: Month = NOVEMBER) -> int:
    """The total that somebody's pay of a month is computed on."""
    async with floor.office.db.snapshot() as tx:
        one = await people.by_id(tx, phone.id)
        assert one is not None
        return (await pay.earn(tx, one, month)).statement.performance


async def test_the_attainment_people_see_is_the_one_that_pays(floor: Floor) -> None:
    floor.counts_receipts()
    await aims(floor, 1_000_000)
    await floor.signs(1_000_000, date(2026, 11, 18))
    await comes_in(floor, "到账 3000 李总 11-19")

    await floor.manager.says("指标")
    assert "领航组 3,000 / 10,000(30.0%)" in floor.manager.text
    await floor.zhou.says("榜单")
    assert "本月到账 3,000 / 10,000(30.0%),还有 6 个工作日" in floor.zhou.text
    await floor.zhou.says("榜单 小组")
    assert "30.0%" in floor.zhou.text
    assert await paid_on(floor, floor.zhou) == await paid_on(floor, floor.manager) == 300_000


async def test_where_signatures_count_nothing_is_called_received(floor: Floor) -> None:
    await aims(floor, 1_000_000)
    await floor.signs(1_000_000, date(2026, 11, 18))
    await comes_in(floor, "到账 3000 李总 11-19")

    await floor.zhou.says("榜单")
    assert "本月 10,000 / 10,000(100.0%)" in floor.zhou.text
    assert await paid_on(floor, floor.zhou) == 1_000_000


async def test_a_week_tells_what_was_signed_and_a_month_what_counts(floor: Floor) -> None:
    floor.counts_receipts()
    ting = await floor.office.agent("刘婷")
    await floor.signs(2_000_000, date(2026, 11, 17))
    async with floor.office.db.transaction() as tx:
        team = await people.team_named(tx, "领航组")
        assert team is not None
        other = await deals.add(
            tx, seller_id=ting.id, team_id=team.id, amount_fen=900_000, kind="own", signed_on=date(2026, 10, 12),
            state="confirmed", at=tx.now, at_source="platform", once="ting",
        )  # fmt: skip
        await tx.insert(
            m.deal_payments, deal_id=other, kind="balance", amount_fen=900_000, received_on=date(2026, 11, 4),
            state="confirmed", entered_by=ting.id, at=tx.now, at_source="platform", once="ting-paid",
        )  # fmt: skip
    await comes_in(floor, "到账 3000 李总")

    await floor.zhou.says("榜单 本周")
    assert "1 林晓燕 20,000" in floor.zhou.text
    await floor.zhou.says("榜单 本月")
    assert "业绩王 刘婷 9,000 · 亚军 林晓燕 3,000" in floor.zhou.text
    async with floor.office.db.snapshot() as tx:
        week = await boards.everyone(tx, Week.of(tx.today), None)
        month = await boards.everyone(tx, NOVEMBER, None)
    assert [(one.name, one.value) for one in week] == [("林晓燕", 2_000_000), ("刘婷", 0)]
    assert [(one.name, one.value, one.deals) for one in month] == [("刘婷", 900_000, 1), ("林晓燕", 300_000, 1)]


async def test_the_line_is_crossed_by_the_payment_and_told_once(floor: Floor) -> None:
    floor.counts_receipts()
    await aims(floor, 800_000)
    await floor.zhou.in_group(GROUP, "/bind 领航组")
    await floor.ana.says("报单 10000 自拓 李总 13800138000")
    await floor.ana.presses("提交")
    await floor.zhou.presses("确认")
    assert [one.text for one in floor.office.in_chat(GROUP) if "100%" in one.text] == []

    for line in ("到账 3000 李总", "到账 5000 李总", "到账 2000 李总"):
        await comes_in(floor, line)
    told = [one.text for one in floor.office.in_chat(GROUP) if "100%" in one.text]
    assert told == ["🎉 领航组达成 100%,提前 6 个工作日。"]


async def test_last_months_payment_crosses_no_line_of_this_month(floor: Floor) -> None:
    floor.counts_receipts()
    await aims(floor, 800_000)
    await floor.zhou.in_group(GROUP, "/bind 领航组")
    await floor.signs(1_000_000, date(2026, 10, 12))
    await comes_in(floor, "到账 10000 李总 10-30")

    assert not [one for one in floor.office.in_chat(GROUP) if "100%" in one.text]


async def test_a_signature_breaks_no_record_where_money_counts(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(400_000, date(2026, 10, 12))
    await comes_in(floor, "到账 4000 李总 10-13")
    await floor.zhou.in_group(GROUP, "/bind 领航组")
    await floor.ana.says("报单 9000 自拓 王女士 13900139000")
    await floor.ana.presses("提交")
    await floor.zhou.presses("确认")

    assert "林晓燕开单 9,000" in floor.office.in_chat(GROUP)[-1].text
    assert "个人新高" not in floor.office.in_chat(GROUP)[-1].text
    await comes_in(floor, "到账 9000 王女士")
    await floor.zhou.says("榜单 本月")
    assert "个人新高:林晓燕" in floor.zhou.text


async def test_who_sold_what_behind_a_supervisors_pay_adds_up_to_its_total(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.office.agent("刘婷")
    await floor.signs(1_000_000, date(2026, 10, 18))
    await floor.signs(700_000, date(2026, 11, 18), "王女士")
    await comes_in(floor, "到账 2500 李总 11-03")
    async with floor.office.db.snapshot() as tx:
        zhou, ana = await people.by_id(tx, floor.zhou.id), await people.by_id(tx, floor.ana.id)
        assert zhou is not None
        assert ana is not None
        found = await pay.earn(tx, zhou, NOVEMBER)
        assert await pay.sellers_of(tx, found) == [("林晓燕", 250_000)]
        assert found.statement.performance == 250_000
        assert await pay.place_in_team(tx, await pay.earn(tx, ana, NOVEMBER)) == (1, 2)


async def test_a_report_says_what_was_signed_and_the_month_as_it_pays(floor: Floor) -> None:
    floor.counts_receipts()
    team = await aims(floor, 1_000_000)
    await floor.signs(1_000_000, date(2026, 11, 18))
    await comes_in(floor, "到账 3000 李总 11-19")
    async with floor.office.db.snapshot() as tx:
        (one,) = (await reports.figures(tx, [reports.Author(floor.ana.id, team)], Week.of(tx.today))).values()

    assert (one.deals, one.deals_fen, one.month_fen, one.team_fen) == (1, 1_000_000, 300_000, 300_000)


async def test_a_cancelled_deal_says_what_each_month_loses(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(2_000_000, date(2026, 10, 12))
    for line in ("到账 10000 李总 10-15", "到账 9000 李总 11-03"):
        await comes_in(floor, line)
    await floor.zhou.says("我的单")
    await floor.zhou.presses("上个月")
    await floor.zhou.presses("1")
    await floor.zhou.presses("退单")
    await floor.zhou.presses("客户退款")

    # October: 750.00 of base and 2,000 × 3 %; November: 750.00 and 1,000 × 3 %.
    assert floor.ana.sees("10 月按没有这单重算:收入 −810.00", "本月按没有这单重算:收入 −780.00")


async def test_the_months_total_in_the_confirmers_receipt_is_what_counts(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, date(2026, 11, 18))
    await comes_in(floor, "到账 3000 李总 11-19")
    await floor.ana.says("报单 5000 自拓 王女士 13900139000")
    await floor.ana.presses("提交")
    await floor.zhou.presses("确认")

    assert floor.zhou.sees("已确认:林晓燕", "林晓燕本月 3,000。")


async def test_sms_orders_count_in_the_attainment_where_they_count_for_pay(floor: Floor) -> None:
    text = POLICY.read_text("utf-8").replace("counts = false", "counts = true", 1)
    floor.office.company = replace(floor.office.company, policy=policy.load(text))
    floor.office.db.company = floor.office.company
    team = await aims(floor, 1_000_000)
    async with floor.office.db.transaction() as tx:
        await deals.add(
            tx, seller_id=floor.ana.id, team_id=team, amount_fen=200_000, kind="sms", signed_on=date(2026, 11, 9),
            state="confirmed", at=tx.now, at_source="platform", once="sms",
        )  # fmt: skip
    await floor.manager.says("指标")

    assert "领航组 2,000 / 10,000(20.0%)" in floor.manager.text
    assert await paid_on(floor, floor.zhou) == 200_000


async def test_a_month_before_the_first_policy_is_still_shown(office: Office) -> None:
    manager = await office.manager()
    await office.team("领航组")
    office.clock.at = datetime(2026, 1, 5, 10, tzinfo=ZONE)

    await manager.says("榜单 上月")
    assert "英雄榜" in manager.text


async def turned(tx: Tx, chance: random.Random) -> None:
    """Deals of two teams before and after the policy turned to receipts, shared ones too, paid in parts."""
    team_ids = [team.id for team in await people.teams(tx)]
    staff = [one.id for one in await people.everybody(tx) if one.is_agent]
    for n in range(40):
        sellers = chance.sample(staff, chance.choice([1, 1, 2]))
        signed, ids = date(2026, chance.choice([9, 10, 11]), chance.randint(1, 30)), []
        for seller in sellers:
            new = await deals.add(
                tx, seller_id=seller, team_id=chance.choice(team_ids), amount_fen=chance.randint(100, 900_000),
                kind=chance.choice(["own", "own", "sms"]), signed_on=signed, at=tx.now, at_source="platform",
                state=chance.choice(["confirmed", "confirmed", "cancelled"]) if len(sellers) == 1 else "confirmed",
                once=f"deal:{n}:{seller}",
            )  # fmt: skip
            assert new is not None
            ids.append(new)
        if len(ids) > 1:
            await deals.join(tx, ids)
        for part in range(chance.randint(0, 3)):
            await tx.insert(
                m.deal_payments, deal_id=ids[0], kind="balance", amount_fen=chance.randint(1, 400_000),
                received_on=date(2026, chance.choice([10, 11]), chance.randint(1, 30)), entered_by=staff[0], at=tx.now,
                state=chance.choice(["confirmed", "confirmed", "pending", "void"]), at_source="platform",
                once=f"paid:{n}:{part}",
            )  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
async def test_grouped_it_is_what_the_rules_count_deal_by_deal(floor: Floor, seed: int) -> None:
    floor.counts_receipts("2026-10-01")
    await floor.office.agent("刘婷")
    await floor.office.hires("王方", Role.REP, "飞虎组")
    async with floor.office.db.transaction() as tx:
        await turned(tx, random.Random(f"turned {seed}"))
        for month in (Month(2026, 9), OCTOBER, NOVEMBER):
            version = tx.company.policy.for_month(month.start)
            facts = await deals.facts(tx, month.start, month.end)
            kinds = kinds_of(version)
            by_team = await counted(tx, month.start, month.end, "team", kinds=kinds)
            by_person = await counted(tx, month.start, month.end, "person", kinds=kinds)
            assert {team: one.fen for team, one in by_team.items()} == {
                fact.team: team_total(version, facts, fact.team or 0)
                for fact in facts
                if fact.kind in deals.PERFORMANCE
            }
            assert {who: one.fen for who, one in by_person.items()} == {
                fact.seller: performance(version, facts, fact.seller)
                for fact in facts
                if fact.kind in deals.PERFORMANCE
            }
            assert {line.team.id: line.actual for line in await standing.standings(tx, month) if line.actual} == {
                team: one.fen for team, one in by_team.items()
            }
            every = await counted(tx, None, month.end, "person", "month", kinds=kinds)
            assert {who: one for (who, key), one in every.items() if key == month.key} == by_person
