"""尾款 in the chat: agreeing on its day, the three reminders, what heads see of it (53b; docs/manners.md 2.6)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from core.rules import policy
from core.rules.balances import check_due, is_chased, reminded_on
from core.rules.errors import Refusal
from core.rules.payment_note import parse_payment
from core.store import leaves, people
from core.store import models as m
from core.usecases import deals as deal_uses
from tests.handlers.test_payments import Floor, floor
from tests.handlers.test_signed_or_counted import comes_in
from tests.office import START, ZONE, Phone
from tests.rules.paydesk import SAMPLE, SAMPLE_TEXT

__all__ = ["floor"]

SIGNED = date(2026, 11, 18)


async def morning(floor: Floor, month: int, day: int, hour: int = 10) -> None:
    """That day at ten, the days between slept through: what is not due any more is left out."""
    await floor.office.sleeps_until(datetime(2026, month, day, hour, tzinfo=ZONE))


def reminders(phone: Phone, piece: str = "的尾款") -> list[str]:
    return [said.text for said in phone.messages if piece in said.text]


# --- rules ------------------------------------------------------------------------------------------------------------


def test_the_three_days_are_working_days_around_the_day_and_a_week_later() -> None:
    def works(day: date) -> bool:
        return day.weekday() < 5

    # 12-05 is a Saturday: the Friday before, the Monday after, the first working day a week later.
    assert reminded_on(date(2026, 12, 5), works) == (date(2026, 12, 4), date(2026, 12, 7), date(2026, 12, 14))
    assert reminded_on(date(2026, 12, 2), works) == (date(2026, 12, 2), date(2026, 12, 3), date(2026, 12, 9))


def test_who_is_away_after_the_day_is_reminded_twice_on_their_return_days() -> None:
    def works(day: date) -> bool:
        return not date(2026, 12, 3) <= day <= date(2026, 12, 20)

    assert reminded_on(date(2026, 12, 2), works) == (date(2026, 12, 2), date(2026, 12, 21), date(2026, 12, 22))


def test_where_signatures_count_only_a_deal_with_a_deposit_is_chased() -> None:
    paid = policy.load(SAMPLE_TEXT.replace('recognition = "signed"', 'recognition = "paid"'))

    assert [is_chased(SAMPLE, SIGNED, fen) for fen in (0, 1)] == [False, True]
    assert [is_chased(paid, SIGNED, fen) for fen in (0, 1)] == [True, True]


@pytest.mark.parametrize(
    ("day", "received", "key"),
    [
        (date(2026, 11, 17), 300, "payments.order"),
        (date(2026, 11, 19), 300, "balances.past"),
        (date(2027, 11, 22), 300, "balances.too_far"),
        (date(2026, 12, 5), 1000, "balances.all_in"),
    ],
)
def test_days_that_cannot_be_agreed_on_are_refused(day: date, received: int, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_due(day, SIGNED, 1000, received, date(2026, 11, 20))
    assert refused.value.key == key


def test_today_and_a_year_ahead_may_be_agreed_on() -> None:
    for day in (date(2026, 11, 20), date(2027, 11, 21)):
        check_due(day, SIGNED, 1000, 0, date(2026, 11, 20))


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("尾款 7000 李总 12-05", date(2026, 12, 5)),
        ("尾款 李总 15天后", date(2026, 12, 5)),
        ("balance Mr Li next friday", date(2026, 11, 27)),
        ("尾款 7000 李总", None),
        ("尾款 7000 李总 11-18", None),
        ("尾款 12.5 李总", None),
        ("定金 3000 李总 12-05", None),
        ("到账 3000 李总 明天", None),
    ],
)
def test_a_day_to_come_behind_a_balance_is_when_it_is_due(line: str, due: date | None) -> None:
    assert parse_payment(line, START, 100_000_000).due_on == due


# --- agreeing ---------------------------------------------------------------------------------------------------------


async def test_a_line_agrees_on_the_day_and_another_line_moves_it(floor: Floor) -> None:
    await floor.signs(1_000_000, SIGNED)
    await comes_in(floor, "定金 3000 李总")
    await floor.ana.says("尾款 7000 李总 12-05")
    assert floor.ana.text == "✅ 李总 尾款 7,000.00,约在 12-05 周六。\n那天早上提醒你。"
    await floor.ana.says("尾款 李总 12-08")

    (row,) = await floor.office.rows(m.deal_dues)
    assert (row.due_on, row.set_by) == (date(2026, 12, 8), floor.ana.id)
    assert len(await floor.office.rows(m.deal_payments)) == 1
    assert [one.action for one in await floor.office.rows(m.audit) if one.action == "payment.due"] == [
        "payment.due"
    ] * 2


async def test_the_receipt_of_a_deposit_offers_to_agree_on_the_day(floor: Floor) -> None:
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("定金 3000 李总")
    await floor.ana.presses("约尾款日")
    assert "尾款约在哪天到?" in floor.ana.text
    assert floor.ana.labels[:3] == ["7 天后", "15 天后", "30 天后"]
    await floor.ana.says("随便")
    assert "没看出是哪天" in floor.ana.text
    await floor.ana.presses("15 天后")

    assert [row.due_on for row in await floor.office.rows(m.deal_dues)] == [date(2026, 12, 5)]


async def test_what_cannot_be_agreed_on_is_explained(floor: Floor) -> None:
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("尾款 李总 12-05")
    assert "没有记过定金" in floor.ana.text
    await comes_in(floor, "定金 3000 李总")
    await floor.ana.says("尾款 李总 2028-01-05")
    assert floor.ana.text.startswith("一年以内")
    assert await floor.office.rows(m.deal_dues) == []


async def test_of_several_deals_it_asks_which(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, date(2026, 11, 16))
    await floor.signs(500_000, SIGNED)
    await floor.ana.says("尾款 李总 12-05")
    assert floor.ana.text == "对上了 2 单,是哪一单?"
    await floor.ana.presses("李总 · 还差 5,000.00")

    assert floor.ana.text.startswith("✅ 李总 尾款 5,000.00,约在 12-05 周六")


async def test_a_colleague_agrees_on_nothing_for_my_customer(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("尾款 李总 12-05")
    button = next(token for label, token in floor.ana.last.buttons if label == "改日子")
    ting = await floor.office.agent("刘婷")
    await ting.press(button, floor.ana.last)
    await ting.says("尾款 李总 12-09")

    assert [row.due_on for row in await floor.office.rows(m.deal_dues)] == [date(2026, 12, 5)]


# --- reminding --------------------------------------------------------------------------------------------------------


async def test_the_seller_hears_three_times_and_the_head_once(floor: Floor) -> None:
    await floor.signs(1_000_000, SIGNED)
    await comes_in(floor, "定金 3000 李总")
    await floor.ana.says("尾款 李总 12-05")
    await morning(floor, 12, 4, 9)
    assert reminders(floor.ana) == []
    await morning(floor, 12, 4)
    assert reminders(floor.ana) == [
        "⏰ 李总 的尾款 7,000.00,12-05 周六 到期。\n这一单 10,000.00(11-18 签),已到账 3,000.00"
    ]
    assert floor.ana.finds("的尾款").buttons[0][0] == "记到账"
    for day in (5, 7, 8, 14, 15, 21):
        await morning(floor, 12, day)

    assert len(reminders(floor.ana)) == 3
    assert "约的是 12-05 周六,还没记到账" in reminders(floor.ana)[1]
    assert reminders(floor.zhou, "过了约定日的尾款") == [
        "过了约定日的尾款 1 笔,共 7,000.00\n林晓燕 · 李总 · 7,000.00 · 12-05 周六 已过期"
    ]


async def test_money_that_came_in_silences_the_reminders(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("尾款 李总 12-02")
    await morning(floor, 12, 2, 9)
    await comes_in(floor, "到账 10000 李总")
    for day in (2, 3, 9):
        await morning(floor, 12, day)

    assert reminders(floor.ana) == []


async def test_another_day_begins_anew_and_a_cancelled_deal_is_silent(floor: Floor) -> None:
    floor.counts_receipts()
    deal = await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("尾款 李总 12-02")
    await morning(floor, 12, 2)
    assert len(reminders(floor.ana)) == 1
    await floor.ana.presses("改日子")  # the reminder becomes the question
    await floor.ana.says("12-09")
    await morning(floor, 12, 3)
    assert reminders(floor.ana) == []
    await morning(floor, 12, 9)
    assert [text.splitlines()[0] for text in reminders(floor.ana)] == ["⏰ 李总 的尾款 10,000.00,今天到期。"]
    async with floor.office.db.transaction() as tx:
        manager = await people.by_id(tx, floor.manager.id)
        assert manager is not None
        await deal_uses.cancel(tx, manager, deal, "客户反悔")
    for day in (10, 16):
        await morning(floor, 12, day)

    assert len(reminders(floor.ana)) == 1


async def test_nobody_is_reminded_on_leave_and_those_who_left_leave_it_to_their_head(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("尾款 李总 12-02")
    async with floor.office.db.transaction() as tx:
        await leaves.add(
            tx, person_id=floor.ana.id, first_day=date(2026, 12, 1), last_day=date(2026, 12, 4), state="approved",
            at=tx.now, once="leave",
        )  # fmt: skip
    await morning(floor, 11, 30)
    await morning(floor, 12, 2)
    assert len(reminders(floor.ana)) == 1  # on the last working day before her leave
    async with floor.office.db.transaction() as tx:
        await people.change(tx, floor.ana.id, {"status": "left", "left_on": date(2026, 12, 6)})
    await morning(floor, 12, 7)

    assert len(reminders(floor.ana)) == 1
    assert len(reminders(floor.zhou)) == 1


async def test_a_day_of_downtime_does_not_remind_in_the_evening(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("尾款 李总 12-02")
    await morning(floor, 12, 2, 19)
    assert reminders(floor.ana) == []
    await morning(floor, 12, 3)
    assert len(reminders(floor.ana)) == 1


# --- looking ----------------------------------------------------------------------------------------------------------


async def test_what_is_owed_is_listed_for_sellers_and_what_is_late_for_heads(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, SIGNED)
    await floor.signs(400_000, SIGNED, "王女士")
    await floor.ana.says("催款")
    assert floor.ana.text.startswith("没有约好日子的尾款")
    await floor.ana.says("尾款 李总 12-02", "尾款 王女士 12-09", "催款")
    assert floor.ana.text.splitlines() == [
        "还没收齐的尾款 2 笔,共 14,000.00",
        "李总 · 10,000.00 · 12-02 周三 到期",
        "王女士 · 4,000.00 · 12-09 周三 到期",
    ]
    await floor.zhou.says("催款")
    assert floor.zhou.text == "没有过了约定日的尾款。"

    await morning(floor, 12, 4)
    for head in (floor.zhou, floor.manager):
        await head.says("催款")
        assert head.text.splitlines()[1:] == ["林晓燕 · 李总 · 10,000.00 · 12-02 周三 已过期"]
    await floor.zhou.says("待办")
    assert "尾款过了约定日 1 笔" in floor.zhou.text
    await floor.zhou.presses("逾期尾款")
    assert "林晓燕 · 李总" in floor.zhou.text
    await floor.ana.says("待办")
    assert "李总 · 还差 10,000.00,约 12-02,还没到账" in floor.ana.text
    await floor.ana.presses("记到账 12-02")
    assert "约的是 12-02 周三" in floor.ana.text


async def test_a_supervisor_of_another_team_sees_none_of_it(floor: Floor) -> None:
    floor.counts_receipts()
    xu = await floor.office.supervisor("徐丽娟", team="飞虎组")
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("尾款 李总 12-02")
    await morning(floor, 12, 4)
    await xu.says("催款")

    assert xu.text == "没有过了约定日的尾款。"


async def test_balances_in_english(floor: Floor) -> None:
    floor.counts_receipts()
    await floor.signs(1_000_000, SIGNED)
    await floor.ana.says("/language en", "/paid balance 李总 12-05")
    assert floor.ana.text.startswith("✅ 李总: balance 10,000.00, due")
    await floor.ana.says("/balances")
    assert floor.ana.text.startswith("1 balance open, 10,000.00 in all")
