"""一周: a team's week at a glance, for its head; the week before and after, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.channels.port import Button, Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render.boards import with_picture
from bot.render.glance import glance_text
from bot.render.pictures import glance as draw
from core.rules.calendar import Week
from core.rules.errors import Refusal
from core.rules.people import leads
from core.store import people
from core.usecases import glance

LOOKS_BACK = timedelta(days=370)


@routes.word("一周", "/week", "week", takes=True, menu=False, allowed=leads)
async def glance_word(ctx: Ctx) -> Reply:
    """一周: one's own team; 一周 飞虎组 another, for those who may see it."""
    week = Week.of(ctx.tx.today)
    if ctx.rest:
        team = await people.team_named(ctx.tx, ctx.rest)
        if team is None:
            raise Refusal("people.not_yours")
        return await _show(ctx, team.id, week, 0)
    if ctx.me.team_id is not None:
        return await _show(ctx, ctx.me.team_id, week, 0)
    return await _which(ctx)


async def _which(ctx: Ctx) -> Message:
    teams = await people.teams(ctx.tx)
    if not teams:
        return ctx.say("people.no_teams")
    rows = tuple((Button(team.name, "glance.show", {"team": team.id}, once=False),) for team in teams[:8])
    return ctx.say("pictures.glance_which", rows)


@routes.action("glance.show", allowed=leads)
async def glance_show(ctx: Ctx) -> Reply:
    """A team's week by button; without a team one's own, or the question which."""
    team = ctx.args.get("team") or ctx.me.team_id
    if team is None:
        return await _which(ctx)
    week = Week.parse(str(ctx.args["week"])) if ctx.args.get("week") else Week.of(ctx.tx.today)
    return await _show(ctx, int(team), week, int(ctx.args.get("page", 0)))


async def _show(ctx: Ctx, team_id: int, week: Week, page: int) -> Message:
    found = await glance.week(ctx.tx, ctx.me, team_id, week)
    pages = draw.pages(found)
    page = min(max(page, 0), max(len(pages) - 1, 0))
    message = await with_picture(ctx.tx, glance_text(found, ctx.lang), draw.table(found, page, ctx.lang), ctx.me.id)
    this = {"team": team_id, "week": week.key}
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "glance.show", page, more=page + 1 < len(pages), **this
    )  # fmt: skip
    weeks: list[Button] = []
    if ctx.tx.today - week.start < LOOKS_BACK:
        before = week.previous.key
        weeks.append(ctx.button("pictures.glance_earlier", "glance.show", once=False, team=team_id, week=before))
    if week < Week.of(ctx.tx.today):
        after = Week.of(week.end + timedelta(days=1)).key
        weeks.append(ctx.button("pictures.glance_later", "glance.show", once=False, team=team_id, week=after))
    rows = tuple(tuple(row) for row in (turns, weeks) if row)
    return replace(message, rows=rows, edit=ctx.pressed, protect=True)
