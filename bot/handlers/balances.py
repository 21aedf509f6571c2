"""尾款日: agreeing on the day a balance is due, and what is still open: 催款."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.channels.port import Button, Message
from bot.forms.balance import BALANCE
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import balances as words
from bot.render import payments as pay_words
from core.rules.errors import Refusal
from core.rules.handing_in import sells
from core.rules.people import HEADS, Person, leads
from core.store.drafts import Draft
from core.usecases import balances, payments, whole_deals
from core.usecases.balances import Balance


def _may_ask(person: Person) -> bool:
    return sells(person) or leads(person)


@routes.word("催款", "/balances", "尾款日", menu=False, allowed=_may_ask)
async def listed(ctx: Ctx) -> Reply:
    """催款: one's own open balances by day; for heads, what is overdue below them."""
    if leads(ctx.me) and (late := await balances.late_below(ctx.tx, ctx.me)):
        return words.late(late, ctx.tx.today, ctx.lang)
    if mine := await balances.of_seller(ctx.tx, ctx.me):
        return words.mine(mine, ctx.tx.today, ctx.lang)
    return ctx.say("balances.none_late" if leads(ctx.me) else "balances.none_mine")


async def agree(ctx: Ctx, deal_id: int, day: date) -> Message:
    """The day is taken down."""
    return words.agreed(await balances.agree(ctx.tx, ctx.me, deal_id, day), ctx.lang)


@routes.action("balance.pick")
async def pick(ctx: Ctx) -> Reply:
    """That deal's, of several that a line may mean."""
    return await agree(ctx, int(ctx.args["id"]), date.fromisoformat(str(ctx.args["day"])))


@routes.action("balance.form")
async def form(ctx: Ctx) -> Reply:
    """[约尾款日], [改日子]: which day?"""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    found = await payments.paid(ctx.tx, whole)
    if not found.open:
        raise Refusal("balances.all_in")
    context = {"deal": whole.id, "what": pay_words.open_deal(found, ctx.lang)}
    return await open_form(ctx, BALANCE, subject=f"deal:{whole.id}", context=context)


@routes.submit(BALANCE)
async def answered(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """The day."""
    try:
        return await agree(ctx, int(draft.context["deal"]), values["day"])
    except Refusal as refusal:
        row = (ctx.button("balances.another_day", "balance.form", once=False, id=int(draft.context["deal"])),)
        return ctx.say(refusal.key, (row,), **refusal.params)


@routes.action("balance.show")
async def show(ctx: Ctx) -> Reply:
    """One of one's own."""
    await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    return words.reminder(await balances.of_deal(ctx.tx, int(ctx.args["id"])), ctx.tx.today, ctx.lang)


@routes.action("balance.late")
async def show_late(ctx: Ctx) -> Reply:
    """[逾期尾款] in the to-do list of a head."""
    some = await balances.late_below(ctx.tx, ctx.me, direct=True)
    return words.late(some, ctx.tx.today, ctx.lang) if some else ctx.say("balances.none_late")


@todo.provider(60)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """A seller's overdue balances; for heads one line about all of theirs."""
    found: list[Item] = []
    if sells(ctx.me):
        found += [_item(ctx, one) for one in await balances.of_seller(ctx.tx, ctx.me) if one.late(ctx.tx.today)]
    if ctx.me.role in HEADS and (some := await balances.late_below(ctx.tx, ctx.me, direct=True)):
        text = ctx.t("balances.todo_late", count=len(some))
        found.append(Item(text, ctx.button("balances.see_late", "balance.late", once=False)))
    return found


def _item(ctx: Ctx, one: Balance) -> Item:
    what = pay_words.open_deal(one.paid, ctx.lang)
    button = Button(
        f"{ctx.t('payments.record')} {one.due_on:%m-%d}", "balance.show", {"id": one.paid.whole.id}, once=False
    )
    return Item(ctx.t("balances.todo", what=what, day=f"{one.due_on:%m-%d}"), button)
