"""Boards on request, in private."""

from __future__ import annotations

from bot.channels.port import Message, Rows
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render import boards as words
from core.rules.calendar import Month, Week
from core.rules.people import COMPANY_WIDE
from core.store import people
from core.usecases import boards


def _rows(ctx: Ctx, shown: str) -> Rows:
    first = [name for name in ("today", "week", "last_week") if name != shown]
    second = [name for name in ("this_month", "last_month") if name != shown]
    return tuple(
        tuple(ctx.button(f"boards.{name}", "board.show", which=name, once=False) for name in row)
        for row in (first, second)
    )


@routes.word("榜单", "/board", takes=True)
async def board(ctx: Ctx) -> Reply:
    """榜单: today's board of one's team; 榜单 本周, 榜单 上月 the others."""
    wanted = {ctx.t(f"boards.{name}"): name for name in ("today", "week", "last_week", "this_month", "last_month")}
    return await _show(ctx, wanted.get(ctx.rest, "today"))


@routes.action("board.show")
async def board_show(ctx: Ctx) -> Reply:
    """Another board."""
    return await _show(ctx, str(ctx.args["which"]))


async def _show(ctx: Ctx, which: str) -> Message:
    tx, me = ctx.tx, ctx.me
    teams = await people.teams(tx)
    if not teams:
        return ctx.say("boards.no_team")
    if which == "today":
        wide = me.is_owner or me.role in COMPANY_WIDE or me.team_id is None
        chosen = teams if wide else [team for team in teams if team.id == me.team_id]
        text = words.daily_text([await boards.daily(tx, team, tx.today) for team in chosen], ctx.lang)
    elif which in {"week", "last_week"}:
        week = Week.of(tx.today)
        text = words.weekly_text(await boards.weekly(tx, week if which == "week" else week.previous), ctx.lang)
    else:
        month = Month.of(tx.today)
        text = words.monthly_text(
            await boards.monthly(tx, month if which == "this_month" else month.previous), ctx.lang
        )
    return Message(text, _rows(ctx, which), edit=ctx.pressed)
