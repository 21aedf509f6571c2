"""链接: one's other account on the other network, where notices go, and parting with an account."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.port import Button, Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render.pictures.invites import grouped
from core.store import people as people_store
from core.usecases import linking, people
from core.usecases.linking import Login


async def _mine(ctx: Ctx) -> list[Login]:
    return await linking.logins(ctx.tx, ctx.me, ctx.event.channel, ctx.event.sender)


def _network(ctx: Ctx, network: str) -> str:
    return ctx.t(f"people.network_{network}")


def _account(ctx: Ctx, login: Login) -> str:
    """企业微信(现在用), Telegram(11-20 用过)."""
    if login.here:
        when = ctx.t("people.link_now")
    elif not login.reachable:
        when = ctx.t("people.link_lost")
    elif login.last_seen_at is None:
        when = ctx.t("people.link_never")
    else:
        when = ctx.t("people.link_seen", day=f"{login.last_seen_at.astimezone(ctx.tx.company.zone):%m-%d}")
    return ctx.t("people.link_account", network=_network(ctx, login.network), when=when)


@routes.word("链接", "/link")
async def link(ctx: Ctx) -> Reply:
    """A code for one's own second account; with several accounts, what there is to choose."""
    made = await people.link(ctx.tx, ctx.me)
    lines = [ctx.t("people.link", code=grouped(made.code))]
    mine = await _mine(ctx)
    if len(mine) < 2:
        return Message("\n".join(lines), protect=True)
    lines += await _standing(ctx, mine)
    return Message("\n".join(lines), await _rows(ctx, mine), protect=True)


async def _standing(ctx: Ctx, mine: Sequence[Login]) -> list[str]:
    """你的账号:…; 通知发到:…."""
    prefers = await people_store.prefers(ctx.tx, ctx.me.id)
    where = _network(ctx, prefers) if prefers else ctx.t("people.link_follows")
    accounts = ctx.t("people.link_join").join(_account(ctx, one) for one in mine)
    return [ctx.t("people.link_accounts", accounts=accounts), ctx.t("people.link_where", where=where)]


async def _rows(ctx: Ctx, mine: Sequence[Login]) -> tuple[tuple[Button, ...], ...]:
    """[发到企业微信] [发到最近用的] · [解除Telegram]."""
    prefers = await people_store.prefers(ctx.tx, ctx.me.id)
    networks = list(dict.fromkeys(one.network for one in mine))
    choose = [
        Button(ctx.t("people.link_to", network=_network(ctx, name)), "link.prefer", {"network": name}, once=False)
        for name in networks
        if name != prefers and len(networks) > 1
    ]
    if prefers:
        choose.append(ctx.button("people.link_to_last", "link.prefer", once=False, network=""))
    part = [
        Button(ctx.t("people.link_part", network=_network(ctx, one.network)), "link.part", {"id": one.id}, once=False)
        for one in mine
        if not one.here
    ]
    return tuple(tuple(row) for row in (choose, part[:3]) if row)


@routes.action("link.prefer")
async def prefer(ctx: Ctx) -> Reply:
    """[发到企业微信], [发到最近用的]."""
    network = str(ctx.args["network"]) or None
    await linking.prefer(ctx.tx, ctx.me, network, await _mine(ctx))
    if network is None:
        return ctx.say("people.link_follows_now")
    return ctx.say("people.link_goes_now", network=_network(ctx, network))


@routes.action("link.part")
async def part(ctx: Ctx) -> Reply:
    """[解除Telegram]: asks once, because access from there ends at once."""
    login = next((one for one in await _mine(ctx) if one.id == int(ctx.args["id"])), None)
    if login is None:
        return ctx.say("people.link_gone")
    row = (
        ctx.button("people.link_keep", "link.keep"),
        ctx.button("people.link_sure", "link.parted", id=login.id),
    )
    return ctx.say("people.link_part_ask", (row,), account=_account(ctx, login))


@routes.action("link.keep")
async def keep(ctx: Ctx) -> Reply:
    """Second thoughts."""
    return ctx.say("people.kept")


@routes.action("link.parted")
async def parted(ctx: Ctx) -> Reply:
    """Done."""
    login = await linking.part(ctx.tx, ctx.me, int(ctx.args["id"]), await _mine(ctx))
    return ctx.say("people.link_parted", network=_network(ctx, login.network))
