"""A card takes one press: what it still offers comes again with the answer (docs/wecom.md)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.port import Button, Message, Toast
from bot.channels.wecom.aibot import AiBot
from bot.handlers.context import Ctx, Reply
from bot.handlers.spent_cards import OVER
from bot.render.texts import catalogue, t
from core.rules.errors import Refusal
from core.store import models as m
from tests.handlers.test_feedback import pair
from tests.office import Office, Phone
from tests.test_dispatch import Bomb, action, word


async def on_cards(office: Office) -> Phone:
    """Ana, on a network whose cards are spent by a press."""
    office.wire.limits = AiBot.limits
    return await office.agent()


async def show(ctx: Ctx) -> Reply:
    first = Button("做", "test.act", {"n": 1})
    return Message("看", ((first, Button("看看", "test.look", once=False)), (Button("别的", "test.other"),)))


async def test_after_an_answer_in_words_the_other_buttons_are_there(office: Office) -> None:
    ana = await on_cards(office)

    async def act(_: Ctx) -> Reply:
        return Toast("做好了")

    async def look(_: Ctx) -> Reply:
        return Message("就是这样")

    with word("卡", show), action("test.act", act), action("test.look", look):
        await ana.says("卡")
        await ana.presses("看看")
        assert (ana.text, ana.labels) == ("就是这样", ["做", "看看", "别的"])
        await ana.presses("做")
        assert (ana.text, ana.labels) == ("做好了", ["看看", "别的"])
        await ana.says("2")
        assert ana.sees("按钮太旧了")  # typed: 别的 does nothing in this test


@pytest.mark.parametrize("edit", [True, False])
async def test_an_answer_that_replaces_the_card_or_has_buttons_of_its_own_stays_as_it_is(
    office: Office, edit: bool
) -> None:
    ana = await on_cards(office)

    async def act(_: Ctx) -> Reply:
        return Message("完", () if edit else ((Button("下一个", "test.next"),),), edit=edit)

    with word("卡", show), action("test.act", act):
        await ana.says("卡")
        await ana.presses("做")

    assert (ana.text, ana.labels) == ("完", [] if edit else ["下一个"])


async def test_what_was_refused_can_be_tried_again_once_it_is_mended(office: Office) -> None:
    ana = await on_cards(office)
    mended: list[int] = []

    async def act(ctx: Ctx) -> Reply:
        if not mended:
            raise Refusal("deals.amount_out_of_range")
        mended.append(int(ctx.args["n"]))
        return Message("好了", edit=True)

    with word("卡", show), action("test.act", act):
        await ana.says("卡")
        for _ in range(2):
            await ana.presses("做")
            assert (ana.text, ana.labels) == (t("zh", "deals.amount_out_of_range"), ["做", "看看", "别的"])
        mended.append(0)
        await ana.presses("做")

    assert (ana.text, mended) == ("好了", [0, 1])


async def test_what_is_settled_is_not_offered_again(office: Office) -> None:
    ana = await on_cards(office)

    async def act(_: Ctx) -> Reply:
        raise Refusal("payments.decided")

    with word("卡", show), action("test.act", act):
        await ana.says("卡")
        await ana.presses("做")

    assert (ana.text, ana.labels) == (t("zh", "payments.decided"), [])


async def test_a_press_that_failed_three_times_can_be_repeated_from_the_apology(office: Office) -> None:
    ana = await on_cards(office)
    bomb = Bomb(3)
    with word("卡", show), action("test.act", bomb):
        await ana.says("卡")
        await ana.presses("做")
        assert ana.labels == ["做", "看看", "别的"]
        await ana.presses("做")

    assert (ana.text, bomb.runs) == ("好了", 4)


async def test_a_button_that_is_old_or_was_used_says_so_and_offers_nothing_dead(office: Office) -> None:
    ana = await on_cards(office)

    async def act(_: Ctx) -> Reply:
        return Message("完", edit=True)

    with word("卡", show), action("test.act", act):
        await ana.says("卡")
        card = ana.last
        await ana.presses("做", on=card)
        await ana.presses("做", on=card)
        assert (ana.text, ana.labels) == ("完", [])
        await office.moves_to(office.now + timedelta(days=31))
        await ana.presses("看看", on=card)

    assert ana.sees("按钮太旧了")
    assert ana.labels == []


async def test_while_something_else_is_asked_nothing_comes_between(office: Office) -> None:
    ana = await on_cards(office)

    async def act(_: Ctx) -> Reply:
        return Message("记下了")

    with word("卡", show), action("test.act", act):
        await ana.says("卡")
        card = ana.last
        await ana.says("报单")
        await ana.presses("做", on=card)

    assert (ana.text, ana.labels) == ("记下了", [])


async def test_where_messages_keep_their_buttons_nothing_is_repeated(office: Office) -> None:
    ana = await office.agent()

    async def act(_: Ctx) -> Reply:
        return Message("做好了")

    with word("卡", show), action("test.act", act):
        await ana.says("卡")
        await ana.presses("做")

    assert ana.labels == []


async def test_thanks_leave_the_way_open_to_ask_more(office: Office) -> None:
    office.wire.limits = AiBot.limits
    zhou, ana = await pair(office)
    await zhou.says("W-2026-47-005 报价别先松口")
    await ana.presses("谢谢")

    assert ana.labels[0] == "再问一句"
    await ana.presses("再问一句")
    await ana.says("最低到多少?")
    assert zhou.sees("最低到多少?")


async def test_a_sentence_that_says_what_to_press_comes_with_that_button(office: Office) -> None:
    """A form whose sending is refused stays open, and can be mended from there."""
    ana = await on_cards(office)
    await ana.says("报单 5000 自拓 李总 13800138000")

    async def refused(*_: object) -> Reply:
        raise Refusal("deals.parts_must_add_up")

    from bot.handlers.registry import routes

    kept = routes.submits["deal"]
    routes.submits["deal"] = refused
    try:
        await ana.presses("提交")
    finally:
        routes.submits["deal"] = kept
    assert "点 [合单] 改一下" in ana.text
    assert {"提交", "合单"} <= set(ana.labels)
    await ana.presses("提交")

    assert len(await office.rows(m.deals)) == 1


def test_every_word_that_ends_a_matter_ends_some_refusal() -> None:
    known = {key.rpartition(".")[2] for key in catalogue("zh")}

    assert known >= OVER
