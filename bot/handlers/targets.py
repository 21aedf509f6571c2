"""Targets in the chat: see them, and — for the manager — set them."""

from __future__ import annotations

import re

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render.boards import share_of
from core.rules.amounts import parse_amount
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.money import yuan_short
from core.store import people
from core.usecases import boards, targets

MONTH = re.compile(r"^(?:(\d{4})[-/.年])?(\d{1,2})月?$")


@routes.word("指标", "/target", "targets", takes=True)
async def target(ctx: Ctx) -> Reply:
    """指标: how the teams stand; 指标 领航组 2026-12 140000: set one."""
    if not ctx.rest:
        return await _show(ctx)
    words = ctx.rest.split()
    if len(words) not in {2, 3}:
        raise Refusal("targets.how")
    team = await people.team_named(ctx.tx, words[0])
    if team is None:
        raise Refusal(
            "groups.no_such_team", name=words[0][:20], teams=" / ".join(t.name for t in await people.teams(ctx.tx))
        )
    month = _month(words[1], Month.of(ctx.tx.today)) if len(words) == 3 else Month.of(ctx.tx.today)
    fen = parse_amount(words[-1], ctx.tx.policy.deals.max_fen)
    before = await targets.set_target(ctx.tx, ctx.me, team, month, fen)
    key = "targets.set" if before is None else "targets.changed"
    return ctx.say(key, team=team.name, month=month, amount=yuan_short(fen), before=yuan_short(before or 0))


def _month(text: str, this: Month) -> Month:
    found = MONTH.match(text)
    if not found or not 1 <= int(found[2]) <= 12:
        raise Refusal("targets.how")
    year, number = found[1], int(found[2])
    if year:
        return Month.parse(f"{year}-{number:02d}")
    chosen = Month.parse(f"{this.start.year}-{number:02d}")
    return chosen if chosen >= this else Month.parse(f"{this.start.year + 1}-{number:02d}")


async def _show(ctx: Ctx) -> Message:
    month = Month.of(ctx.tx.today)
    lines = [ctx.t("targets.head", month=month)]
    for one in await targets.standings(ctx.tx, month):
        wanted = yuan_short(one.target) if one.target else "-"
        line = boards.TeamLine(one.team.name, one.actual, one.target)
        lines.append(
            ctx.t(
                "targets.line",
                team=one.team.name,
                actual=yuan_short(one.actual),
                target=wanted,
                share=share_of(line, ctx.lang),
            )
        )
    if targets.may_set(ctx.me):
        lines.append(ctx.t("targets.how"))
    return Message("\n".join(lines))
