"""The address of a group's webhook, sent in private: kept sealed, given to teams by buttons, never shown again."""

from __future__ import annotations

from bot.channels.port import Button, Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render.webhooks import what
from core.rules.people import leads
from core.rules.webhooks import found_in
from core.store.webhooks import Hook
from core.usecases import people, webhooks


@routes.first
async def address(ctx: Ctx, text: str) -> Reply:
    """An address in whatever was sent, also in the middle of a form: it is never an answer to a question."""
    found = found_in(text)
    if found is None:
        return None
    return await _ask(ctx, await webhooks.received(ctx.tx, ctx.me, found))


async def _ask(ctx: Ctx, hook: Hook) -> Message:
    teams, whole = await people.bindable(ctx.tx, ctx.me)
    chat = hook.group.external_id
    rows = [(Button(team.name, "webhook.give", {"chat": chat, "team": team.id}),) for team in teams]
    if whole:
        rows.append((ctx.button("webhooks.whole", "webhook.give", chat=chat, team=None),))
    rows.append((ctx.button("webhooks.forget", "webhook.forget", chat=chat),))
    return Message(ctx.t("webhooks.which", ending=hook.ending), tuple(rows))


@routes.action("webhook.give", allowed=leads)
async def give(ctx: Ctx) -> Reply:
    """The team whose boards go there."""
    team = ctx.args["team"]
    hook, teams = await webhooks.give(ctx.tx, ctx.me, str(ctx.args["chat"]), None if team is None else int(team))
    whose = await what(ctx.tx, ctx.lang, [team.id for team in teams])
    return ctx.say("webhooks.bound", ending=hook.ending, what=whose)


@routes.action("webhook.forget", allowed=leads)
async def forget(ctx: Ctx) -> Reply:
    """Not this one, or not any more."""
    hook = await webhooks.take_back(ctx.tx, ctx.me, str(ctx.args["chat"]))
    return ctx.say("webhooks.forgotten", ending=hook.ending)


@routes.word("群机器人", "/webhooks", menu=False, allowed=leads)
async def listed(ctx: Ctx) -> Reply:
    """Which groups are reached by a webhook, and how to end that."""
    mine = await webhooks.theirs(ctx.tx, ctx.me)
    if not mine:
        return Message(ctx.t("webhooks.none"))
    lines, rows = [ctx.t("webhooks.list")], []
    for number, hook in enumerate(mine, 1):
        whose = await what(ctx.tx, ctx.lang, hook.group.team_ids)
        lines.append(f"{number} …{hook.ending} · {whose}")
        label = ctx.t("webhooks.forget_one", ending=hook.ending)
        rows.append((Button(label, "webhook.forget", {"chat": hook.group.external_id}),))
    return Message("\n".join(lines), tuple(rows))
