"""扣款: how fines are taken (recorded, or from pay after two people read the legal note), and those that stand."""

from __future__ import annotations

from bot.channels.port import Button, Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render import fines as words
from core.usecases import deductions, standing_fines
from core.usecases.booking import may_decide


@routes.word("扣款", "/fines", menu=False, allowed=may_decide)
async def show(ctx: Ctx) -> Reply:
    """The switch and the list."""
    return await _card(ctx, 0)


@routes.action("fines.show", allowed=may_decide)
async def turn(ctx: Ctx) -> Reply:
    """Another page, or back."""
    return await _card(ctx, int(ctx.args.get("page", 0)))


async def _card(ctx: Ctx, page: int) -> Message:
    switch = await deductions.switch_of(ctx.tx, ctx.tx.policy)
    some = await standing_fines.standing(ctx.tx, ctx.me)
    page = min(max(page, 0), max(0, (len(some) - 1) // words.PAGE))
    rows = [
        (
            Button(f"{ctx.t('ledger.handed_in')} {one.person.name}", "fines.collect", {"key": one.key}),
            Button(f"{ctx.t('ledger.forgive')} {one.person.name}", "fines.forgive", {"key": one.key}),
        )
        for one in some[page * words.PAGE : (page + 1) * words.PAGE]
    ]
    last = ctx.turns(
        ("people.page_back", "people.page_next"), "fines.show", page, more=(page + 1) * words.PAGE < len(some)
    )  # fmt: skip
    if switch.on:
        last.append(ctx.button("ledger.switch_stop", "fines.stop", once=False))
    elif switch.wanted:
        last.append(ctx.button("ledger.switch_read", "fines.read", once=False))
    return Message(words.card(switch, some, page, ctx.lang), (*rows, tuple(last)), edit=ctx.pressed, protect=True)


@routes.action("fines.read", allowed=may_decide)
async def read(ctx: Ctx) -> Reply:
    """The legal note, before anybody may agree (reliability G1)."""
    row = (
        ctx.button("ledger.switch_agree", "fines.agree"),
        ctx.button("people.page_back", "fines.show", once=False),
    )
    return Message(ctx.t("ledger.legal_note", version=ctx.tx.policy.name), (row,), edit=ctx.pressed)


@routes.action("fines.agree", allowed=may_decide)
async def agree(ctx: Ctx) -> Reply:
    """Read and agreed; the second one switches it on."""
    await deductions.agree(ctx.tx, ctx.me)
    return await _card(ctx, 0)


@routes.action("fines.stop", allowed=may_decide)
async def stop(ctx: Ctx) -> Reply:
    """Recorded only, from now on."""
    await deductions.withdraw(ctx.tx, ctx.me)
    return await _card(ctx, 0)


@routes.action("fines.collect", allowed=may_decide)
async def collect(ctx: Ctx) -> Reply:
    """[已收]"""
    await standing_fines.settle(ctx.tx, ctx.me, str(ctx.args["key"]), handed_in=True)
    return await _card(ctx, 0)


@routes.action("fines.forgive", allowed=may_decide)
async def forgive(ctx: Ctx) -> Reply:
    """[免了]"""
    await standing_fines.settle(ctx.tx, ctx.me, str(ctx.args["key"]), handed_in=False)
    return await _card(ctx, 0)
