"""Targets in the chat: see them, and — for the manager — set them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render.boards import share_of
from bot.render.closing import few_names
from bot.render.months import month_said
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
    this = Month.of(ctx.tx.today)
    month = this if len(words) != 3 else _month(words[1], this)
    if len(words) not in {2, 3} or month is None:
        raise Refusal("targets.how", **_example(ctx, await targets.standings(ctx.tx, this), this))
    team = await people.team_named(ctx.tx, words[0])
    if team is None:
        raise Refusal(
            "groups.no_such_team", name=words[0][:20], teams=" / ".join(t.name for t in await people.teams(ctx.tx))
        )
    fen = parse_amount(words[-1], ctx.tx.policy.deals.max_fen)
    before = await targets.set_target(ctx.tx, ctx.me, team, month, fen)
    key = "targets.set" if before is None else "targets.changed"
    return ctx.say(key, team=team.name, month=month, amount=yuan_short(fen), before=yuan_short(before or 0))


@routes.action("targets.show")
async def look(ctx: Ctx) -> Reply:
    """The same list, from 待办."""
    return await _show(ctx)


@todo.provider(55)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """This month's targets that nobody set, for whoever is asked for them."""
    if not targets.may_set(ctx.me):
        return []
    month = Month.of(ctx.tx.today)
    teams = await targets.missing(ctx.tx, month)
    asked = await targets.setter(ctx.tx) if teams else None
    if asked is None or asked.id != ctx.me.id:
        return []
    said = month_said(month, ctx.tx.today, ctx.lang)
    text = ctx.t("targets.todo", month=said, teams=few_names([team.name for team in teams], ctx.lang, teams=True))
    return [Item(text, ctx.button("targets.look", "targets.show", once=False))]


def _month(text: str, this: Month) -> Month | None:
    """2026-12, 12, 12月: without a year the next such month. None for anything else."""
    found = MONTH.match(text)
    if not found or not 1 <= int(found[2]) <= 12:
        return None
    year, number = found[1], int(found[2])
    if year:
        return Month.parse(f"{year}-{number:02d}")
    chosen = Month.parse(f"{this.start.year}-{number:02d}")
    return chosen if chosen >= this else Month.parse(f"{this.start.year + 1}-{number:02d}")


async def _show(ctx: Ctx) -> Message:
    month = Month.of(ctx.tx.today)
    lines = [ctx.t("targets.head", month=month)]
    standings = await targets.standings(ctx.tx, month)
    for one in standings:
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
        lines.append(ctx.t("targets.how", **_example(ctx, standings, month)))
    return Message("\n".join(lines))


def _example(ctx: Ctx, standings: Sequence[targets.Standing], this: Month) -> dict[str, str]:
    """What is most likely to be set next: the first team that lacks this month's target, otherwise next month's."""
    for one in standings:
        if not one.target:
            return {"team": one.team.name, "month": this.key}
    return {"team": standings[0].team.name if standings else ctx.t("targets.team"), "month": this.next.key}
