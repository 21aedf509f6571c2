"""A doubt about pay has a judge, a day and an outcome, and nobody judges their own (voice 2.5, reliability G8)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.rules.calendar import Month
from core.rules.people import Role
from core.store import disputes as store
from core.store import models as m
from core.store import people
from core.usecases import disputes
from tests.handlers.test_pay import signed
from tests.office import Office, Phone

NOVEMBER = Month(2026, 11)


@pytest.fixture
async def floor(office: Office) -> tuple[Phone, Phone, Phone]:
    """林晓燕 with a deal, 周启明 above her, 梁文静 above him."""
    ana, zhou, liang = await office.agent(), await office.supervisor(), await office.manager()
    await signed(office, ana, 12_000, date(2026, 11, 4))
    return ana, zhou, liang


async def doubts(ana: Phone, line: str = "提成 120.00", text: str = "少算了一单") -> None:
    await ana.says("收入")
    await ana.presses("有疑问")
    await ana.presses(line)
    await ana.says(text)


async def state(office: Office) -> str:
    return str((await office.rows(m.disputes))[-1].state)


async def test_a_line_is_chosen_and_goes_to_the_supervisor_with_a_day(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, liang = floor
    await ana.says("收入")
    await ana.presses("有疑问")
    assert ana.labels == ["底薪 750.00", "提成 120.00", "合计 870.00", "某一单", "返回"]
    await ana.presses("提成 120.00")
    assert ana.sees("11 月提成:哪里不对?")
    await ana.says("少算了一单")

    assert ana.text == "已交周启明,11-22 周日 17:20 前给结论。\n没有结论就自动转梁文静,不用再催。"
    assert zhou.text.splitlines() == [
        "林晓燕对 11 月提成有疑问:", "“少算了一单”", "11-22 周日 17:20 前说结论;过时自动转梁文静。",
    ]  # fmt: skip
    assert zhou.labels == ["改正", "维持", "回一句", "看收入", "看经过"]
    assert not liang.messages
    assert [one.line for one in await office.tx(lambda tx: disputes.open_of(tx, NOVEMBER))] == ["commission"]


async def test_a_yes_ends_it_with_its_reason_and_both_sides_hear(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, _ = floor
    await doubts(ana)
    await zhou.presses("改正")
    assert zhou.sees("11 月提成:打算怎么改?")
    await zhou.says("补录那一单")

    assert zhou.sees("✅ 告诉林晓燕了:会改正")
    assert ana.text == "周启明认可了 11 月提成的疑问,会改正:“补录那一单”"
    assert await state(office) == "accepted"
    assert await office.tx(lambda tx: disputes.open_of(tx, NOVEMBER)) == []


async def test_a_no_goes_on_to_the_manager_whose_word_is_the_last(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, liang = floor
    await doubts(ana)
    await zhou.presses("维持")
    await zhou.says("那单还没确认")

    assert zhou.sees("按规定转梁文静再看一次")
    assert ana.sees("周启明看了,没有改:“那单还没确认”", "已转梁文静再看,11-22 周日 17:20 前给结论")
    assert liang.sees("林晓燕对 11 月提成有疑问", "“少算了一单”", "周启明:“那单还没确认”", "你的结论是最后的")
    await zhou.presses("改正", on=zhou.finds("有疑问"))
    assert zhou.sees("这件不归你判断")
    await liang.presses("维持")
    await liang.says("确认后会补进来")

    assert ana.sees("梁文静看过 11 月提成的疑问,维持不变:“确认后会补进来”")
    assert zhou.sees("林晓燕对 11 月提成的疑问有结论了,梁文静维持")
    assert await state(office) == "declined"


async def test_silence_of_48_hours_hands_it_on_and_the_last_judge_is_reminded(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, liang = floor
    boss = await office.hires("沈国栋", Role.DIRECTOR, None)
    await doubts(ana)
    raised = office.now
    await office.moves_to(raised + timedelta(hours=47))
    assert not liang.sees("有疑问")
    await office.moves_to(raised + timedelta(days=3))

    assert liang.sees("林晓燕对 11 月提成有疑问", "前一位 48 小时没有结论", "你的结论是最后的")
    assert ana.sees("11 月提成的疑问 48 小时没有结论", "已转梁文静再看")
    assert zhou.sees("林晓燕对 11 月提成的疑问过了 48 小时,已转梁文静")
    assert not boss.messages
    await office.moves_to(raised + timedelta(days=6))
    assert liang.sees("林晓燕对 11 月提成的疑问过了", "还没有结论")
    assert boss.sees("林晓燕对 11 月提成的疑问过了", "还没有结论")
    await boss.presses("改正")
    await boss.says("我来补")

    assert ana.sees("沈国栋认可了 11 月提成的疑问")


async def test_the_thread_carries_words_both_ways_by_reply_and_by_button(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, _ = floor
    await doubts(ana)
    await zhou.says("是 11-04 那单吗?", reply_to=zhou.last)
    assert zhou.sees("已送到林晓燕。")
    assert ana.sees("周启明(11 月提成的疑问)", "“是 11-04 那单吗?”")
    await ana.presses("回一句")
    await ana.says("是,合同在你那里")
    assert zhou.sees("林晓燕(11 月提成的疑问)", "“是,合同在你那里”")
    await zhou.presses("看经过")

    assert zhou.text.splitlines() == [
        "林晓燕 · 11 月提成 · 等周启明,11-22 周日 17:20 前",
        "11-20 17:20 林晓燕:少算了一单",
        "11-20 17:20 周启明:是 11-04 那单吗?",
        "11-20 17:20 林晓燕:是,合同在你那里",
    ]
    assert await state(office) == "open"  # words decide nothing


async def test_others_see_the_numbers_in_a_doubt_masked_and_whoever_raised_it_what_was_typed(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, liang = floor
    await doubts(ana, text="李总 13800138000 那单没算")
    assert zhou.sees("“李总 138****8000 那单没算”")
    await ana.says("王女士 13900139000 也是", reply_to=ana.last)
    assert zhou.sees("“王女士 139****9000 也是”")
    await zhou.presses("维持", on=zhou.finds("李总"))
    await zhou.says("找财务 13700137000 问")

    assert ana.sees("找财务 13700137000 问")
    assert liang.sees("“李总 138****8000 那单没算”")
    await liang.presses("看经过")
    assert liang.sees("李总 138****8000", "王女士 139****9000")
    await ana.presses("看经过")
    assert ana.sees("李总 13800138000 那单没算", "王女士 13900139000 也是")
    others = [said.text for phone in (zhou, liang) for said in phone.messages]
    assert not any(number in text for text in others for number in ("13800138000", "13900139000"))


async def test_it_can_be_taken_back_until_there_is_an_outcome(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, _ = floor
    await doubts(ana)
    await ana.presses("撤回")

    assert ana.sees("撤回了。11 月提成按现在的算。")
    assert zhou.sees("林晓燕撤回了对 11 月提成的疑问。")
    await zhou.presses("改正", on=zhou.finds("有疑问"))
    assert zhou.sees("这件已经有结论了")
    assert await state(office) == "withdrawn"


async def test_one_deal_can_be_disputed_and_the_same_only_once_at_a_time(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, _ = floor
    await ana.says("收入")
    await ana.presses("有疑问")
    await ana.presses("某一单")
    await ana.presses("11-04 12,000")
    await ana.says("应该是 13,000")
    assert zhou.sees("林晓燕对 11-04 的 12,000(自拓)有疑问")
    await ana.says("收入")
    await ana.presses("有疑问")
    await ana.presses("某一单")
    await ana.presses("11-04 12,000")

    assert ana.sees("这一项你已经提过,还在办")
    await ana.says("申诉")
    assert ana.sees("1 · 11-04 的 12,000(自拓) · 等周启明")


async def test_nobody_judges_a_deal_that_pays_themselves(office: Office) -> None:
    """The supervisor visited it: the manager judges, and nobody comes after her but the director."""
    ana, zhou = await office.agent(), await office.supervisor()
    liang, boss = await office.manager(), await office.hires("沈国栋", Role.DIRECTOR, None)
    await signed(office, ana, 9_000, date(2026, 11, 4), "delegated", zhou)
    await ana.says("收入")
    await ana.presses("有疑问")
    await ana.presses("某一单")
    await ana.presses("11-04 9,000")
    await ana.says("代访的不是他")

    assert not zhou.sees("有疑问")
    assert liang.sees("林晓燕对 11-04 的 9,000(代理)有疑问", "过时自动转沈国栋")
    assert not boss.messages


async def test_a_head_goes_to_the_next_one_up_and_cannot_judge_for_themselves(office: Office) -> None:
    liang, boss = await office.manager(), await office.hires("沈国栋", Role.DIRECTOR, None)
    await liang.says("收入")
    await liang.presses("为什么")
    await liang.presses("有疑问")
    await liang.presses("底薪 0.00")
    await liang.says("底薪没有定")
    number = (await office.rows(m.disputes))[0].id

    assert boss.sees("梁文静对 11 月底薪有疑问", "你的结论是最后的")
    async with office.db.snapshot() as tx:
        dispute = await store.by_id(tx, number)
        assert dispute is not None
        me = await people.by_id(tx, liang.id)
        assert me is not None
        assert not await disputes.may_judge(tx, me, dispute)


async def test_a_colleague_sees_and_says_nothing_in_it(office: Office, floor: tuple[Phone, Phone, Phone]) -> None:
    ana, zhou, _ = floor
    other = await office.agent("王芳")
    await doubts(ana)
    asked = zhou.finds("有疑问")
    for _, token in asked.buttons:
        await other.press(token, asked)

    assert not other.sees("少算了一单")
    assert not other.sees("提成")
    assert await state(office) == "open"


async def test_a_judge_who_moved_to_another_team_judges_no_more(
    office: Office, floor: tuple[Phone, Phone, Phone]
) -> None:
    ana, zhou, _ = floor
    await doubts(ana)
    elsewhere = await office.team("飞虎组")
    await office.supervisor("徐丽娟")
    await office.tx(lambda tx: people.change(tx, zhou.id, {"team_id": elsewhere}))
    await zhou.presses("改正")

    assert not ana.sees("认可了")
    assert zhou.sees("没找到这件疑问")


async def test_it_waits_in_the_judges_list_of_things_to_do(office: Office, floor: tuple[Phone, Phone, Phone]) -> None:
    ana, zhou, _ = floor
    await doubts(ana)
    await zhou.says("待办")

    assert zhou.sees("林晓燕的收入疑问:11 月提成,11-22 周日 17:20 前")
    await zhou.presses("林晓燕 疑问")
    assert zhou.sees("11-20 17:20 林晓燕:少算了一单")
