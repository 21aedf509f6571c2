"""扣款 and 经费 in the chat: the legal note before anything is taken, what stands, and a fund that two people spend."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.rules import ledger as rules
from core.rules import policy
from core.rules.calendar import Month
from core.rules.people import Role
from core.store import ledger, people
from core.store import models as m
from core.store.db import Tx
from core.usecases import booking
from tests.office import POLICY, Office, Phone

NOVEMBER = Month(2026, 11)


class Floor:
    """A clerk with two fines that stand, the manager, the director, and somebody who never paid."""

    def __init__(self, office: Office, ana: Phone, wang: Phone, liang: Phone, shen: Phone) -> None:
        self.office, self.ana, self.wang, self.liang, self.shen = office, ana, wang, liang, shen

    async def owes(self) -> tuple[int, int]:
        """(what ana owes, what the fund holds) in fen."""
        async with self.office.db.snapshot() as tx:
            held = await ledger.balances(tx)
            assert await ledger.flaws(tx) == []
        return rules.owed_fines(held, self.ana.id), rules.fund(held)


@pytest.fixture
async def floor(office: Office) -> Floor:
    found = Floor(
        office, await office.agent(), await office.agent("王芳"), await office.manager(),
        await office.hires("沈国栋", Role.DIRECTOR, None),
    )  # fmt: skip

    async def fine(tx: Tx) -> None:
        ana = await people.by_id(tx, found.ana.id)
        assert ana is not None
        for week in ("2026-W45", "2026-W46"):
            entry = await booking.assess(tx, ana, "weekly", week, date(2026, 11, 14))
            assert entry is not None
            await booking.settle(tx, entry.key, stands=True, period=NOVEMBER)

    await office.tx(fine)
    return found


async def test_two_people_spend_the_fund_and_everybody_who_paid_sees_on_what(floor: Floor) -> None:
    await floor.liang.says("经费 30 团建水果")
    assert floor.liang.text.startswith("✅ 已提出 30.00:团建水果")
    assert floor.shen.text == "梁文静想从活动经费花 30.00:团建水果\n要另一个人同意才花。"
    await floor.shen.presses("同意", times=2)

    assert await floor.owes() == (10_000, 2_000)
    assert floor.ana.text == "活动经费花了 30.00:团建水果\n梁文静提出,沈国栋同意。"
    assert not floor.wang.messages
    await floor.ana.says("经费")
    assert floor.ana.text == "活动经费 20.00\n11-20 花了 30.00:团建水果"
    await floor.wang.says("经费")
    assert floor.wang.text == "活动经费的账,交过的人和经理、总经理能看。"


async def test_nobody_spends_alone_nor_beyond_what_there_is(floor: Floor) -> None:
    for said, answer in (
        ("经费 50.01 聚餐", "活动经费里没有这么多"), ("经费 30", "这样写:经费 200 团建水果"), ("经费 x 聚餐", "x"),
    ):  # fmt: skip
        await floor.liang.says(said)
        assert answer in floor.liang.text
    await floor.ana.says("经费 10 奶茶")
    assert floor.ana.text == "这一步由商务经理或总经理来定。"
    assert await floor.office.rows(m.fund_requests) == []

    await floor.liang.says("经费 30 聚餐")
    await floor.liang.says("经费")
    await floor.liang.presses("同意")
    assert floor.liang.text == "这一步要两个人:再请一位有权限的同事确认。"
    await floor.shen.presses("不同意")
    assert floor.liang.sees("活动经费 30.00 这笔没通过:聚餐")
    assert await floor.owes() == (10_000, 5_000)


async def test_two_requests_never_spend_the_same_yuan_twice(floor: Floor) -> None:
    await floor.liang.says("经费 30 聚餐", "经费 30 水果")
    await floor.shen.presses("同意", on=floor.shen.finds("聚餐"))
    await floor.shen.presses("同意", on=floor.shen.finds("水果"))

    assert floor.shen.sees("活动经费里没有这么多")
    assert await floor.owes() == (10_000, 2_000)


async def test_what_stands_is_handed_in_or_forgiven_and_the_person_hears_it(floor: Floor) -> None:
    await floor.liang.says("扣款")
    assert floor.liang.text.splitlines() == [
        "按制度(2026-01-01)只记待缴,不从工资扣。", "待缴 2 笔,共 100.00", "林晓燕 周报 2026-W45 50.00",
        "林晓燕 周报 2026-W46 50.00",
    ]  # fmt: skip
    await floor.liang.presses("已收 林晓燕")
    assert floor.ana.text == "周报 2026-W45 的 50.00 已交,待缴清了。"
    await floor.liang.presses("免了 林晓燕")
    assert floor.ana.text == "周报 2026-W46 的 50.00 免了,待缴记录已撤。"

    assert floor.liang.text.splitlines()[1] == "没有待缴。"
    assert await floor.owes() == (0, 2_500)
    await floor.ana.says("扣款")
    assert "待缴" not in floor.ana.text


async def test_nothing_comes_off_pay_before_two_people_have_read_the_note(floor: Floor) -> None:
    text = POLICY.read_text("utf-8").replace('mode = "record"  ', 'mode = "payslip"  ', 1)
    text = text.replace("payslip_risk_accepted = false", "payslip_risk_accepted = true", 1)
    floor.office.db.company = replace(floor.office.company, policy=policy.load(text))

    await floor.liang.says("扣款")
    assert "现在只记录" in floor.liang.text
    await floor.liang.presses("看法律说明")
    assert "2008-01-15 废止" in floor.liang.text
    assert "第 16 条" in floor.liang.text
    await floor.liang.presses("我看过了,同意扣")
    assert "还差一个人" in floor.liang.text
    await floor.ana.says("收入")
    assert "扣减" not in floor.ana.text

    await floor.shen.says("扣款")
    await floor.shen.presses("看法律说明")
    await floor.shen.presses("我看过了,同意扣")
    assert floor.shen.text.startswith("待缴从工资扣")
    await floor.ana.says("收入")
    assert "扣减 −100.00(2026-W45、2026-W46 的报告)" in floor.ana.text

    await floor.shen.presses("停,只记录")
    await floor.ana.says("收入")
    assert "扣减" not in floor.ana.text
