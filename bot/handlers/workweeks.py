"""班制: which days of the week a team or a person works; set by the manager."""

from __future__ import annotations

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from core.rules.errors import Refusal
from core.rules.workweeks import AS_ABOVE, read_workweek
from core.store import people
from core.usecases import workweeks
from core.usecases.targets import may_set


@routes.word("班制", "/workweek", takes=True, menu=False)
async def workweek(ctx: Ctx) -> Reply:
    """班制: every team's; 班制 领航组 大小周, 班制 林晓燕 六天: set it; 班制 领航组 默认: as the policy says."""
    words = ctx.rest.split()
    if not words:
        return await _show(ctx)
    week = read_workweek(words[-1])
    if len(words) != 2 or (week is None and words[1].casefold() not in AS_ABOVE):
        raise Refusal("workweeks.how")
    team = await people.team_named(ctx.tx, words[0])
    if team is not None:
        await workweeks.of_team(ctx.tx, ctx.me, team, week)
        return _done(ctx, team.name, week)
    named = [one for one in await people.everybody(ctx.tx) if words[0] in {one.name, one.employee_no}]
    if len(named) != 1:
        raise Refusal("workweeks.whom", name=words[0][:20])
    await workweeks.of_person(ctx.tx, ctx.me, named[0], week)
    now = await people.by_id(ctx.tx, named[0].id)
    return _done(ctx, named[0].name, now.workweek if now else None)


def _done(ctx: Ctx, name: str, week: str | None) -> Message:
    shown = week or ctx.tx.policy.work.workweek
    return ctx.say("workweeks.set", name=name, week=ctx.t(f"workweeks.{shown}"))


async def _show(ctx: Ctx) -> Message:
    usual = ctx.tx.policy.work.workweek
    lines = [ctx.t("workweeks.head", week=ctx.t(f"workweeks.{ctx.me.workweek or usual}"))]
    for team in await people.teams(ctx.tx):
        week = ctx.t(f"workweeks.{team.workweek or usual}")
        lines.append(ctx.t("workweeks.line", team=team.name, week=week))
    if may_set(ctx.me):
        lines.append(ctx.t("workweeks.how"))
    return Message("\n".join(lines))
