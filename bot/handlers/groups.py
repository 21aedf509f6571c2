"""Groups: greeting, binding and unbinding; everything else belongs into the private chat (D9)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import Word, routes
from core.rules.errors import Refusal
from core.rules.ways import network_of
from core.store import people as people_store
from core.store.people import Group, Team
from core.usecases import people


async def added(ctx: Ctx) -> Reply:
    """We were put into a group: say hello, so that we may be answered, and how to bind it."""
    group = await people_store.group_seen(ctx.tx, ctx.event.channel, ctx.event.chat, ctx.event.chat_title)
    if group.state == "bound":
        return None
    await people.leave_if_unbound(ctx.tx, group)
    return Message(ctx.t("groups.hello"))


async def private_word(ctx: Ctx, word: Word) -> Reply:
    """A word of the private chat, typed in a group: nothing is said here but where it belongs (D9)."""
    if word.name == "收入":
        await ctx.tx.notify(ctx.me.id, "pay_card", {}, once=f"group-pay:{ctx.once}", rank=0)
        return Message(ctx.t("groups.pay_in_private"))
    return Message(ctx.t("groups.in_private"))


@routes.word("/bind", "绑定群", takes=True, private=True, group=True)
async def bind(ctx: Ctx) -> Reply:
    """A head binds the group they speak in."""
    event = ctx.event
    if event.private:
        return Message(ctx.t("groups.say_in_group"))
    group = await people_store.group_seen(ctx.tx, event.channel, event.chat, event.chat_title)
    theirs, wide = await people.bindable(ctx.tx, ctx.me)  # first of all: who may not bind learns no names
    teams = await people.teams_called(ctx.tx, ctx.rest)
    if teams == []:
        return await _which(ctx, group, theirs, wide=wide)
    await people.bind_group(ctx.tx, ctx.me, group, teams)
    return Message(ctx.t("groups.bound", what=_whose(ctx, teams)))


def _whose(ctx: Ctx, teams: Sequence[Team] | None) -> str:
    return ctx.t("people.no_team") if teams is None else "、".join(team.name for team in teams)


async def _which(ctx: Ctx, group: Group, teams: Sequence[Team], *, wide: bool) -> Reply:
    """[绑定] alone: whose the group is now, and the line that this network knows."""
    if not (teams or wide):
        raise Refusal("groups.not_your_team")
    how = ctx.t(f"groups.how_{network_of(ctx.event.channel)}")
    key = ("groups.which" if teams else "groups.which_company") if wide else "groups.which_own"
    lines = [ctx.t(key, how=how, teams=people.names_of(teams))]
    if group.state == "bound":
        owners = None if group.whole_company else await people_store.teams(ctx.tx, group.team_ids)
        lines.insert(0, ctx.t("groups.bound_now", what=_whose(ctx, owners)))
    return Message("\n".join(lines))


@routes.word("/unbind", "解绑", private=True, group=True, menu=False)
async def unbind(ctx: Ctx) -> Reply:
    """A head takes their boards out of the group."""
    event = ctx.event
    if event.private:
        return Message(ctx.t("groups.say_in_group"))
    group = await people_store.group_seen(ctx.tx, event.channel, event.chat, event.chat_title)
    await people.unbind_group(ctx.tx, ctx.me, group)
    return Message(ctx.t("groups.unbound"))
