"""经费: what the activity fund holds and was spent on; proposing to spend, and a second person's yes."""

from __future__ import annotations

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render import fund as words
from core.rules.amounts import parse_amount
from core.rules.errors import Refusal
from core.rules.money import yuan
from core.usecases import fund
from core.usecases.booking import may_decide


@routes.word("经费", "/fund", "活动经费", takes=True, menu=False)
async def show(ctx: Ctx) -> Reply:
    """The fund; 经费 200 团建水果 proposes to spend."""
    if not ctx.rest:
        found = await fund.look(ctx.tx, ctx.me)
        rows = words.decision_rows(found.waiting[0].id, ctx.lang) if found.waiting and may_decide(ctx.me) else ()
        return Message(words.card(found, ctx.lang), rows, edit=ctx.pressed)
    amount, _, purpose = ctx.rest.partition(" ")
    fen = parse_amount(amount, ctx.tx.policy.deals.max_fen)
    if not purpose.strip():
        raise Refusal("ledger.fund_how")
    one = await fund.ask(
        ctx.tx, ctx.me, fen, purpose, at=ctx.at, at_source=ctx.at_source, once=f"fund:{ctx.once}"
    )  # fmt: skip
    return ctx.say("ledger.fund_asked", amount=yuan(one.fen), purpose=one.purpose)


@routes.action("fund.agree", allowed=may_decide)
async def agree(ctx: Ctx) -> Reply:
    """[同意]"""
    one = await fund.agree(ctx.tx, ctx.me, int(ctx.args["id"]))
    return ctx.say("ledger.fund_agreed", amount=yuan(one.fen), purpose=one.purpose)


@routes.action("fund.decline", allowed=may_decide)
async def decline(ctx: Ctx) -> Reply:
    """[不同意]"""
    one = await fund.decline(ctx.tx, ctx.me, int(ctx.args["id"]))
    return ctx.say("ledger.fund_not", amount=yuan(one.fen), purpose=one.purpose)
