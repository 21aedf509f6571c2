"""Colleagues: inviting, hiring, leaving, the team at a glance, the language."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.channels.port import Button, File, Message
from bot.forms.hire import HIRE
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.render.pictures.invites import Invite, grouped
from bot.render.pictures.invites import card as invite_card
from bot.render.texts import LANGS, known
from core.rules.errors import Refusal
from core.rules.people import Person, Role, Status, company_wide
from core.store import calls as call_store
from core.store import people as people_store
from core.usecases import people, pictures

PAGE = 6


def _head(person: Person) -> bool:
    return people.may_hire(person)


async def _invitation(ctx: Ctx, made: people.Invitation, name: str | None) -> Message:
    """The code to hand on, and the same as a QR code for the colleague's camera. Without the bot's name: the code alone."""
    person = made.person
    link = f"https://t.me/{name}?start={made.code}" if name else None
    text = ctx.t("people.invitation", name=person.name, code=grouped(made.code))
    if link is None:
        return Message(f"{text}\n{ctx.t('pictures.invite_no_link')}", protect=True, edit=ctx.pressed)
    text = f"{text}\n{link}"
    if not await pictures.wanted(ctx.tx, ctx.me.id):
        return Message(text, protect=True, edit=ctx.pressed)
    expires = made.expires_at.astimezone(ctx.tx.company.zone)
    shown = Invite(person.name, person.employee_no, person.role.value, person.team, made.code, link, expires)
    return Message(text, protect=True, file=File("invite.png", picture=True, drawing=invite_card(shown, ctx.lang)))


async def _bot_name(ctx: Ctx) -> str | None:
    from core.store import facts

    value = await facts.get(ctx.tx, "telegram.username")
    return str(value) if value else None


@routes.word("邀请", "/invite", takes=True, allowed=_head)
async def invite(ctx: Ctx) -> Reply:
    """邀请 王芳: a new code for somebody on the roster; 邀请 alone hires somebody new."""
    if not ctx.rest:
        return await _open_hire(ctx, {})
    found = await people.search(ctx.tx, ctx.me, ctx.rest)
    if not found:
        row = (ctx.button("people.hire", "people.hire", name=ctx.rest[:32], once=False),)
        return Message(ctx.t("people.not_found", name=ctx.rest[:32]), (row,))
    if len(found) > 1:
        return _which(ctx, found, "people.invite")
    return await _invitation(ctx, await people.invite(ctx.tx, ctx.me, found[0].id), await _bot_name(ctx))


@routes.action("people.invite", allowed=_head)
async def invite_chosen(ctx: Ctx) -> Reply:
    """The one that was meant."""
    return await _invitation(ctx, await people.invite(ctx.tx, ctx.me, int(ctx.args["id"])), await _bot_name(ctx))


@routes.action("people.hire", allowed=_head)
async def hire_named(ctx: Ctx) -> Reply:
    """Not on the roster: hire them."""
    return await _open_hire(ctx, {"name": str(ctx.args["name"])})


async def _open_hire(ctx: Ctx, answers: dict[str, str]) -> Reply:
    me = ctx.me
    teams = [[team.id, team.name] for team in await people_store.teams(ctx.tx)]
    if me.role is Role.SUPERVISOR and not me.is_owner:
        teams = [pair for pair in teams if pair[0] == me.team_id]
        answers |= {"team": str(me.team_id)}
    context = {"roles": [role.value for role in people.roles_to_hire(me)], "teams": teams, "team": me.team}
    return await open_form(ctx, HIRE, answers=answers, context=context)


@routes.submit(HIRE)
async def hire(ctx: Ctx, values: dict[str, Any], _: Any) -> Reply:
    """The new colleague and their code."""
    made = await people.hire(
        ctx.tx, ctx.me, name=values["name"], role=Role(values["role"]), status=Status(values["status"]),
        team_id=int(values["team"]) if values.get("team") else None, hired_on=values["day"],
    )  # fmt: skip
    return await _invitation(ctx, made, await _bot_name(ctx))


def _which(ctx: Ctx, found: list[Person], action: str) -> Message:
    rows = tuple((Button(f"{p.name} {p.employee_no} {p.team or ''}".strip(), action, {"id": p.id}),) for p in found[:6])
    return Message(ctx.t("people.which"), rows, edit=ctx.pressed)


@routes.word("离职", "/remove", takes=True, allowed=_head)
async def remove(ctx: Ctx) -> Reply:
    """离职 王芳: asks once, because access ends at once."""
    if not ctx.rest:
        return ctx.say("people.remove_who")
    found = await people.search(ctx.tx, ctx.me, ctx.rest)
    if not found:
        return ctx.say("people.none_named", name=ctx.rest[:32])
    if len(found) > 1:
        return _which(ctx, found, "people.remove_ask")
    return _ask_removal(ctx, found[0])


@routes.action("people.remove_ask", allowed=_head)
async def remove_ask(ctx: Ctx) -> Reply:
    """The one that was meant."""
    person = await people_store.by_id(ctx.tx, int(ctx.args["id"]))
    if person is None:
        raise Refusal("people.gone")
    return _ask_removal(ctx, person)


def _ask_removal(ctx: Ctx, person: Person) -> Message:
    row = (
        ctx.button("people.keep", "people.keep", id=person.id),
        ctx.button("people.remove", "people.remove", id=person.id),
    )
    text = ctx.t("people.remove_sure", name=person.name, number=person.employee_no)
    return Message(text, (row,), edit=ctx.pressed)


@routes.action("people.keep", allowed=_head)
async def keep(ctx: Ctx) -> Reply:
    """Second thoughts."""
    return ctx.say("people.kept")


@routes.action("people.remove", allowed=_head)
async def removed(ctx: Ctx) -> Reply:
    """They left."""
    person = await people.leave(ctx.tx, ctx.me, int(ctx.args["id"]))
    return ctx.say("people.removed", name=person.name)


# --- the team at a glance ----------------------------------------------------------------------------------------


@routes.word("团队", "/team")
async def team(ctx: Ctx) -> Reply:
    """One's team today; those above see every team."""
    return await _team(ctx, ctx.me.team_id, 0)


@routes.action("team.show")
async def team_show(ctx: Ctx) -> Reply:
    """Another team, another page."""
    team_id = ctx.args.get("team")
    return await _team(ctx, int(team_id) if team_id else None, int(ctx.args.get("page", 0)))


async def _team(ctx: Ctx, team_id: int | None, page: int) -> Message:
    me, tx = ctx.me, ctx.tx
    wide = company_wide(me)
    if not wide and (me.team_id is None or team_id != me.team_id):
        raise Refusal("people.not_yours")
    teams = await people_store.teams(tx)
    if team_id is None:
        if not teams:
            return ctx.say("people.no_teams")
        rows = tuple((Button(t.name, "team.show", {"team": t.id}, once=False),) for t in teams[:8])
        return ctx.say("people.which_team", rows)
    members = await people_store.everybody(tx, team_id=team_id)
    bound = await people_store.bound_ids(tx)
    agents = [p.id for p in members if p.is_agent]
    tallies = await _today(ctx, agents) if me.role is not Role.CLERK and me.role is not Role.REP else {}
    shown = members[page * PAGE : (page + 1) * PAGE]
    lines = [ctx.t("people.team_head", team=next(t.name for t in teams if t.id == team_id), count=len(members))]
    for p in shown:
        parts = [p.name, ctx.t(f"people.role_{p.role.value}")]
        if p.status is not Status.REGULAR:
            parts.append(ctx.t(f"people.status_{p.status.value}"))
        if p.id in tallies:
            parts.append(ctx.t("people.team_tally", dials=tallies[p.id][0], connected=tallies[p.id][1]))
        if p.id not in bound:
            parts.append(ctx.t("people.unbound"))
        lines.append(" · ".join(parts))
    labels = ("people.page_back", "people.page_next")
    buttons = ctx.turns(labels, "team.show", page, more=(page + 1) * PAGE < len(members), team=team_id)
    lines_of_buttons: list[tuple[Button, ...]] = [tuple(buttons)] if buttons else []
    if wide and len(teams) > 1:
        lines_of_buttons.append(
            tuple(Button(t.name, "team.show", {"team": t.id}, once=False) for t in teams if t.id != team_id)[:3]
        )
    return Message("\n".join(lines), tuple(lines_of_buttons), edit=ctx.pressed)


async def _today(ctx: Ctx, ids: list[int]) -> dict[int, tuple[int, int]]:
    day: date = ctx.tx.today
    found = await call_store.by_day(ctx.tx, ids, day, day)
    return {person: (tally.dials, tally.connected) for (person, _), tally in found.items()}


ON, OFF = {"开", "on", "显示"}, {"关", "off", "不显示"}


@routes.word("喜报金额", "/amounts", takes=True, menu=False, allowed=_head)
async def amounts(ctx: Ctx) -> Reply:
    """喜报金额 关, 喜报金额 领航组 开: may celebrations name the amount?"""
    words = ctx.rest.split()
    if not words or words[-1].casefold() not in ON | OFF:
        return ctx.say("people.amounts_how")
    shown = words[-1].casefold() in ON
    team = await people.show_amounts(ctx.tx, ctx.me, " ".join(words[:-1]), shown=shown)
    return ctx.say("people.amounts_on" if shown else "people.amounts_off", team=team.name)


# --- oneself -----------------------------------------------------------------------------------------------------


@routes.word("语言", "/language", takes=True)
async def language(ctx: Ctx) -> Reply:
    """语言 en, or by button."""
    wanted = ctx.rest.casefold()
    if wanted in {"en", "english", "英文", "英语"}:
        return await _speak(ctx, "en")
    if wanted in {"zh", "cn", "chinese", "中文", "汉语"}:
        return await _speak(ctx, "zh")
    names = {"zh": "中文", "en": "English"}
    row = tuple(Button(names[lang], "language.set", {"lang": lang}) for lang in LANGS)
    return Message(ctx.t("people.which_language"), (row,))


@routes.action("language.set")
async def language_set(ctx: Ctx) -> Reply:
    """The chosen language."""
    return await _speak(ctx, known(str(ctx.args["lang"])))


async def _speak(ctx: Ctx, lang: str) -> Reply:
    from bot.handlers.help import keyboard

    await people.speak(ctx.tx, ctx.me, lang)
    ctx.lang = lang
    return Message(ctx.t("people.language_set"), keyboard=keyboard(lang, ctx.me))
