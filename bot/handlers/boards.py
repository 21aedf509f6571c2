"""Boards on request, in private: the day, the week, the month, team against team; everybody's places for their heads."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.port import Button, Message, Rows
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render import boards as words
from bot.render.pictures import boards as draw
from core.rules.calendar import Month, Week
from core.rules.errors import Refusal
from core.rules.people import company_wide, leads
from core.store import months, people
from core.usecases import boards

NAMES = ("today", "week", "last_week", "this_month", "last_month", "teams")
SPANS = ("week", "last_week", "this_month", "last_month")


def _rows(ctx: Ctx, shown: str) -> Rows:
    first = [name for name in ("today", "week", "last_week") if name != shown]
    second = [name for name in ("this_month", "last_month", "teams") if name != shown]
    rows = [
        [ctx.button(f"boards.{name}", "board.show", which=name, once=False) for name in row] for row in (first, second)
    ]
    if leads(ctx.me) and shown in SPANS:
        rows[0].insert(0, ctx.button("boards.everyone", "board.everyone", which=shown, once=False))
    if leads(ctx.me) and shown in {"week", "last_week"}:
        week = _week(ctx, shown).key
        rows.append([ctx.button("pictures.glance_show", "glance.show", week=week, once=False)])
    return tuple(tuple(row) for row in rows)


@routes.word("榜单", "/board", takes=True)
async def board(ctx: Ctx) -> Reply:
    """榜单: today's board of one's team; 榜单 本周, 榜单 上月, 榜单 小组 the others."""
    wanted = {ctx.t(f"boards.{name}").casefold(): name for name in NAMES}
    return await _show(ctx, wanted.get(ctx.rest.casefold(), "today"))


@routes.action("board.show")
async def board_show(ctx: Ctx) -> Reply:
    """Another board."""
    return await _show(ctx, str(ctx.args["which"]))


async def _show(ctx: Ctx, which: str) -> Message:
    tx, me, lang = ctx.tx, ctx.me, ctx.lang
    teams = await people.teams(tx)
    if not teams:
        return ctx.say("boards.no_team")
    if which == "today":
        wide = company_wide(me) or me.team_id is None
        chosen = teams if wide else [team for team in teams if team.id == me.team_id]
        days = [await boards.daily(tx, team, tx.today) for team in chosen]
        text, drawing = words.daily_text(days, lang), draw.day(days, lang)
    elif which == "teams":
        sides = await boards.versus(tx, tx.today)
        text, drawing = words.versus_text(sides, tx.today, lang), draw.versus(sides, tx.today, lang)
    elif which in {"week", "last_week"}:
        week = await boards.weekly(tx, _week(ctx, which))
        text, drawing = words.weekly_text(week, lang), draw.week(week, lang)
    else:
        month = await boards.monthly(tx, _month(ctx, which))
        final = (await months.standing(tx, month.month)).state.closed
        text, drawing = words.monthly_text(month, lang, final=final), draw.month(month, lang, final=final)
    message = await words.with_picture(tx, text, drawing, me.id)
    return replace(message, rows=_rows(ctx, which), edit=ctx.pressed)


def _week(ctx: Ctx, which: str) -> Week:
    week = Week.of(ctx.tx.today)
    return week if which == "week" else week.previous


def _month(ctx: Ctx, which: str) -> Month:
    month = Month.of(ctx.tx.today)
    return month if which == "this_month" else month.previous


# --- everybody, for those who lead them ---------------------------------------------------------------------------------


@routes.action("board.everyone", allowed=leads)
async def everyone(ctx: Ctx) -> Reply:
    """Everybody's place, a page at a time; a supervisor sees their own team."""
    tx, me, lang = ctx.tx, ctx.me, ctx.lang
    which, page = str(ctx.args["which"]), int(ctx.args.get("page", 0))
    wide = company_wide(me)
    if not wide and me.team_id is None:
        raise Refusal("boards.no_team")
    chosen = _week(ctx, which) if which in {"week", "last_week"} else _month(ctx, which)
    places = await boards.everyone(tx, chosen, None if wide else [me.team_id or 0])
    span = draw.span_words(chosen.start, chosen.end, lang)
    whose = ctx.t("pictures.company") if wide else me.team or ""
    pages = words.pages_of(places)
    page = min(max(page, 0), max(len(pages) - 1, 0))
    text = words.everyone_text(places, page, span, lang)
    message = await words.with_picture(tx, text, draw.everyone(places, page, span, whose, lang), me.id)
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "board.everyone", page, more=page + 1 < len(pages), which=which
    )
    back: list[Button] = [ctx.button("boards.back", "board.show", which=which, once=False)]
    return replace(message, rows=((*turns, *back),), edit=ctx.pressed, protect=True)
