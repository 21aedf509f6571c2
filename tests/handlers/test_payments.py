"""到账 in the chat: entered by the seller, confirmed by somebody else, and on real months what the pay counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from core.rules import ledger as books
from core.rules import policy
from core.rules.calendar import Month
from core.rules.pay import DealFact
from core.rules.people import Role
from core.store import customers, deals, export, ledger, months, people, targets
from core.store import models as m
from core.store.db import Tx
from core.usecases import closing, pay, payments
from core.usecases import deals as deal_uses
from core.usecases.month_sums import figures
from core.usecases.worth import person_month
from tests.office import POLICY, ZONE, Office, Phone

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


@dataclass
class Floor:
    office: Office
    ana: Phone
    zhou: Phone
    manager: Phone
    director: Phone

    async def signs(self, fen: int, day: date, customer: str = "李总", *, partner: Phone | None = None) -> int:
        """A confirmed deal of ana's (half of it the partner's)."""
        async with self.office.db.transaction() as tx:
            who = await customers.find_or_create(tx, self.ana.id, customer, None)
            team = await people.team_named(tx, "领航组")
            assert team is not None
            sellers = [self.ana.id] + ([partner.id] if partner else [])
            ids = []
            for n, seller in enumerate(sellers):
                new = await deals.add(
                    tx, seller_id=seller, team_id=team.id, amount_fen=fen // len(sellers), kind="own", signed_on=day,
                    customer_id=who.id, state="confirmed", at=tx.now, at_source="platform",
                    once=f"deal:{customer}:{day}:{fen}:{n}", decided_by=self.zhou.id, decided_at=tx.now,
                )  # fmt: skip
                assert new is not None
                ids.append(new)
            if len(ids) > 1:
                await deals.join(tx, ids)
        return ids[0]

    def counts_receipts(self, since: str = "2026-01-01") -> None:
        """The company's policy counts money and not signatures from then on."""
        text = POLICY.read_text("utf-8")
        if since == "2026-01-01":
            text = text.replace('recognition = "signed"', 'recognition = "paid"', 1)
        else:
            text += f'\n[[version]]\neffective_from = {since}\n[version.deals]\nrecognition = "paid"\n'
        self.office.company = replace(self.office.company, policy=policy.load(text))
        self.office.db.company = self.office.company

    async def facts(self, month: Month) -> list[DealFact]:
        async with self.office.db.snapshot() as tx:
            return await deals.facts(tx, month.start, month.end)

    async def sold(self, month: Month, who: Phone | None = None) -> int:
        """What counts for somebody's brackets, by /pay and by the whole company's month alike."""
        async with self.office.db.snapshot() as tx:
            one = await people.by_id(tx, (who or self.ana).id)
            assert one is not None
            found = await pay.earn(tx, one, month)
            version = tx.company.policy.for_month(month.start)
            alone = await person_month(tx, version, one, month)
            assert (await figures(tx, version, {one.id: alone}, month))[one.id].statement.total == found.statement.total
            return found.statement.performance


@pytest.fixture
async def floor(office: Office) -> Floor:
    return Floor(
        office, await office.agent(), await office.supervisor(), await office.manager(),
        await office.hires("何总", Role.DIRECTOR, None),
    )  # fmt: skip


async def test_money_of_the_first_second_of_a_day_is_not_tomorrows(floor: Floor) -> None:
    await floor.signs(1_000_000, date(2026, 11, 18))
    midnight = datetime(2026, 11, 21, tzinfo=ZONE)
    floor.office.clock.at = midnight - timedelta(seconds=1)
    await floor.ana.says("到账 3000 李总", at=midnight)

    assert floor.ana.text.startswith("✅ 定金 3,000.00 · 李总 · 11-21 到账")


async def test_a_line_is_a_deposit_that_waits_for_somebody_else_and_then_counts(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, date(2026, 11, 18))
    assert await floor.sold(NOVEMBER) == 0

    await floor.ana.says("到账 3000 李总 11-19")
    assert floor.ana.text == (
        "✅ 定金 3,000.00 · 李总 · 11-19 到账\n已交周启明确认,确认后算数。\n这一单 10,000.00,已到账 0.00,还差 10,000.00"
    )
    assert await floor.sold(NOVEMBER) == 0
    assert floor.zhou.text.startswith("林晓燕报到账:定金 3,000.00 · 李总\n到账日 11-19")

    await floor.zhou.presses("确认到账")
    assert floor.zhou.text.startswith("✅ 林晓燕的 定金 3,000.00 · 李总 确认到账")
    assert floor.ana.sees("✅ 周启明确认到账:定金 3,000.00", "还差 7,000.00")
    assert [(fact.signed_on, fact.amount) for fact in await floor.facts(NOVEMBER)] == [(date(2026, 11, 19), 300_000)]
    assert await floor.sold(NOVEMBER) == 300_000

    await floor.ana.says("尾款 7000 李总")
    await floor.zhou.presses("确认到账")
    assert await floor.sold(NOVEMBER) == 1_000_000
    assert floor.ana.sees("10,000.00 已全部到账")
    await floor.ana.says("到账 1 李总")
    assert floor.ana.text == "没有对得上、还没收齐的单。在“我的单”里打开那一单,点“记到账”。"


async def test_where_signatures_count_money_is_written_down_and_pay_does_not_move(floor: Floor) -> None:
    await floor.signs(1_000_000, date(2026, 11, 18))
    before = await floor.sold(NOVEMBER)

    await floor.ana.says("定金 3000 李总")
    await floor.zhou.presses("确认到账")

    assert before == await floor.sold(NOVEMBER) == 1_000_000


async def test_a_deal_keeps_the_way_of_the_month_it_was_signed_in(floor: Floor) -> None:
    """The policy turns to receipts in November: October's deals counted when they were signed, and count once."""
    floor.counts_receipts("2026-11-01")
    old = await floor.signs(1_000_000, date(2026, 10, 20))
    await floor.signs(600_000, date(2026, 11, 2), "王女士")

    for line in ("到账 4000 李总 11-05", "到账 2500 王女士 11-06"):
        await floor.ana.says(line)
        await floor.zhou.presses("确认到账")

    assert await floor.sold(OCTOBER) == 1_000_000
    assert await floor.sold(NOVEMBER) == 250_000
    assert old not in {fact.id for fact in await floor.facts(NOVEMBER)}


async def test_bad_entries_are_refused_with_what_to_do(floor: Floor) -> None:
    await floor.signs(1_000_000, date(2026, 11, 18))
    for said, answer in (
        ("到账 10000.01 李总", "多于还没到账的数"),
        ("到账 3000 李总 11-17", "到账日早于签约日"),
        ("到账 3000 李总 明天", "到账日在今天之后"),
        ("到账 3000 赵校长", "没有对得上"),
        ("到账 李总", "这样写:到账 3000 李总"),
        ("到账 0 李总", "0"),
    ):
        await floor.ana.says(said)
        assert answer in floor.ana.text, said
    assert await floor.office.rows(m.deal_payments) == []


async def test_more_than_one_deal_asks_which_and_a_redelivered_line_is_one_payment(floor: Floor) -> None:
    await floor.signs(1_000_000, date(2026, 11, 16))
    await floor.signs(500_000, date(2026, 11, 18))
    await floor.ana.says("到账 3000 李总")
    assert floor.ana.text == "对上了 2 单,是哪一单?"
    assert floor.ana.labels == ["李总 · 还差 5,000.00", "李总 · 还差 10,000.00"]
    await floor.ana.presses("李总 · 还差 5,000.00", times=2)

    (row,) = await floor.office.rows(m.deal_payments)
    assert (row.amount_fen, row.kind, row.state) == (300_000, "deposit", "pending")


async def test_the_button_on_the_deal_asks_how_much_and_all_is_all(floor: Floor) -> None:
    await floor.signs(1_000_000, date(2026, 11, 18))
    await floor.ana.says("我的单")
    await floor.ana.press(floor.ana.last.buttons[0][1], floor.ana.last)
    await floor.ana.presses("记到账")
    assert "到了多少" in floor.ana.text
    await floor.ana.says("全部")

    (row,) = await floor.office.rows(m.deal_payments)
    assert (row.amount_fen, row.kind, row.received_on) == (1_000_000, "balance", date(2026, 11, 20))


async def test_nobody_confirms_their_own_and_what_is_sent_back_says_why(floor: Floor) -> None:
    await floor.signs(1_000_000, date(2026, 11, 18))
    await floor.ana.says("到账 3000 李总")
    token = floor.zhou.finds("报到账").buttons[0][1]
    await floor.ana.press(token, floor.ana.last)
    assert (await floor.office.rows(m.deal_payments))[0].state == "pending"

    await floor.zhou.presses("退回")
    await floor.zhou.says("银行还没有")
    assert floor.ana.sees("周启明退回了到账", "“银行还没有”")
    assert (await floor.office.rows(m.deal_payments))[0].state == "rejected"
    await floor.ana.says("到账 10000 李总")  # the whole sum is open again
    assert (await floor.office.rows(m.deal_payments))[1].state == "pending"
    await floor.ana.presses("撤回")
    assert floor.ana.text.startswith("撤回了")


async def test_a_shared_deal_fills_both_parts_to_the_fen(floor: Floor) -> None:
    floor.counts_receipts()
    ting = await floor.office.agent("刘婷")
    await floor.signs(980_002, date(2026, 11, 18), partner=ting)
    for fen in ("3333.33", "6466.69"):
        await floor.ana.says(f"到账 {fen} 李总")
        await floor.zhou.presses("确认到账")

    assert (await floor.sold(NOVEMBER), await floor.sold(NOVEMBER, ting)) == (490_001, 490_001)


async def locked(floor: Floor, month: Month) -> None:
    async with floor.office.db.transaction() as tx:
        team = await people.team_named(tx, "领航组")
        assert team is not None
        await targets.put(tx, team.id, month.key, 2_000_000, floor.manager.id)
        manager, director = await people.by_id(tx, floor.manager.id), await people.by_id(tx, floor.director.id)
        assert manager is not None
        assert director is not None
        await closing.review(tx, manager, month)
        for row, asked in (await closing.look(tx, manager, month)).open_questions:
            await closing.decide(tx, manager, month, row.person.id, asked.topic, "waive", "先不处理")
        await closing.approve(tx, manager, month, anyway="发工资")
        await closing.approve(tx, director, month)


async def due_by_ledger(tx: Tx, person: int) -> int:
    return books.payable(await ledger.balances(tx), person)


async def test_a_payment_confirmed_after_the_closing_and_one_taken_back_leave_only_differences(floor: Floor) -> None:
    """The sum of what was booked is what the months would pay if everything had been known in time."""
    floor.counts_receipts()
    await floor.signs(2_000_000, date(2026, 10, 12))
    await floor.ana.says("到账 9000 李总 10-15")
    await floor.zhou.presses("确认到账")
    await locked(floor, OCTOBER)
    async with floor.office.db.snapshot() as tx:
        at_first = await due_by_ledger(tx, floor.ana.id)
        slip = await months.statement_of(tx, floor.ana.id, OCTOBER)
    assert slip is not None
    assert (slip.performance, at_first) == (900_000, 75_000 + 3_000)

    await floor.ana.says("到账 8000 李总 10-28")
    await floor.zhou.presses("确认到账")
    assert floor.ana.sees("周启明确认到账", "那个月已经结账", "11")
    async with floor.office.db.snapshot() as tx:
        assert await due_by_ledger(tx, floor.ana.id) == 75_000 + 24_000 + 4_000  # 17,000: 8,000 × 3 % + 1,000 × 4 %
        assert await months.statement_of(tx, floor.ana.id, OCTOBER) == slip

    deal = (await floor.office.rows(m.deals))[0].id
    (first, second) = await floor.office.rows(m.deal_payments)
    async with floor.office.db.transaction() as tx:
        zhou = await people.by_id(tx, floor.zhou.id)
        assert zhou is not None
        await payments.void(tx, zhou, first.id, "退回客户")
    await floor.office.settle()
    async with floor.office.db.snapshot() as tx:
        assert await due_by_ledger(tx, floor.ana.id) == 75_000  # 8,000 is the basis and earns nothing
        assert await ledger.flaws(tx) == []
    assert floor.ana.sees("周启明冲销了到账", "“退回客户”")
    assert (deal, second.state) == (first.deal_id, "confirmed")


async def test_a_cancelled_deal_takes_all_its_receipts_with_it(floor: Floor) -> None:
    floor.counts_receipts()
    deal = await floor.signs(2_000_000, date(2026, 10, 12))
    for line in ("到账 9000 李总 10-15", "到账 8000 李总 11-03"):
        await floor.ana.says(line)
        await floor.zhou.presses("确认到账")
    await locked(floor, OCTOBER)
    async with floor.office.db.transaction() as tx:
        manager = await people.by_id(tx, floor.manager.id)
        assert manager is not None
        await deal_uses.cancel(tx, manager, deal, "客户反悔")
        # October paid 780.00 and pays nothing now; November counts nothing of it any more.
        assert await due_by_ledger(tx, floor.ana.id) == 0
    assert await floor.sold(NOVEMBER) == 0


async def test_pay_shows_the_deal_behind_a_receipt_that_was_signed_before(floor: Floor) -> None:
    floor.counts_receipts()
    deal = await floor.signs(2_000_000, date(2026, 10, 12))
    await floor.ana.says("到账 16000 李总 11-03")
    await floor.zhou.presses("确认到账")

    async with floor.office.db.snapshot() as tx:
        one = await people.by_id(tx, floor.ana.id)
        assert one is not None
        assert [sold.deal.id for sold in await pay.sold(tx, one, NOVEMBER)] == [deal]


async def test_what_waits_stands_in_the_todo_of_who_confirms(floor: Floor) -> None:
    await floor.signs(1_000_000, date(2026, 11, 18))
    await floor.ana.says("到账 3000 李总")
    await floor.zhou.says("待办")

    assert "林晓燕 定金 3,000.00 · 李总 待确认到账" in floor.zhou.text
    await floor.zhou.presses("确认到账 3,000")
    await floor.zhou.presses("确认到账")
    assert (await floor.office.rows(m.deal_payments))[0].state == "confirmed"


async def test_payments_are_exported_with_their_deal_and_seller(floor: Floor) -> None:
    deal = await floor.signs(1_000_000, date(2026, 11, 18))
    await floor.ana.says("定金 3000 李总")
    await floor.zhou.presses("确认到账")

    async with floor.office.db.snapshot() as tx:
        (row,) = [row async for row in export.payments(tx, (date(2026, 11, 20), date(2026, 11, 20)))]
        assert [row async for row in export.payments(tx, (date(2026, 11, 21), None))] == []

    told = {name: row[name] for name in ("employee_no", "deal", "kind", "amount", "state", "received_on", "decided_by")}
    assert told == {
        "employee_no": "001", "deal": deal, "kind": "deposit", "amount": "3000.00", "state": "confirmed",
        "received_on": "2026-11-20", "decided_by": "002",
    }  # fmt: skip
