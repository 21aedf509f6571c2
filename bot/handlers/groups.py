"""Groups: greeting, binding and unbinding; everything else belongs into the private chat (D9)."""

from __future__ import annotations

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import Word, routes
from core.store import people as people_store
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
    teams, whole = await people.bind_group(ctx.tx, ctx.me, group, ctx.rest)
    what = ctx.t("people.no_team") if whole else "、".join(team.name for team in teams)
    return Message(ctx.t("groups.bound", what=what))


@routes.word("/unbind", "解绑", private=True, group=True, menu=False)
async def unbind(ctx: Ctx) -> Reply:
    """A head takes their boards out of the group."""
    event = ctx.event
    if event.private:
        return Message(ctx.t("groups.say_in_group"))
    group = await people_store.group_seen(ctx.tx, event.channel, event.chat, event.chat_title)
    await people.unbind_group(ctx.tx, ctx.me, group)
    return Message(ctx.t("groups.unbound"))
