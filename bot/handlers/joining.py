"""Joining: a stranger with a code becomes somebody; a stranger without one gets one friendly sentence."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.channels.port import Kind, Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.help import keyboard
from bot.handlers.routes import routes
from core.rules.errors import Refusal
from core.rules.numerals import fold
from core.rules.people import Person
from core.store import inbox, outbox
from core.usecases import joining, linking, reach

VISIT = timedelta(minutes=10)  # so long the welcome stands in front of a stranger's eyes
AT_ONCE = timedelta(seconds=10)  # what comes within these belongs together
CODE = re.compile(r"^[A-Za-z0-9 -]{12,40}$")
# As we write them, among other words: with dashes, or as it stands in a link.
WITHIN = re.compile(r"(?<![A-Za-z0-9-])(?:[A-Za-z0-9]{4}(?:-[A-Za-z0-9]{4}){3}|[A-Z0-9]{16})(?![A-Za-z0-9-])")


async def stranger(ctx: Ctx) -> Reply:
    """Somebody we do not know. Only a code helps."""
    text = fold(ctx.event.text).strip()
    word = routes.find_word(text)
    if word is not None and word[0].name in {"/start", "绑定"} and word[1]:
        return await _bind(ctx, word[1])
    if CODE.match(text) and len(joining.tidy(text)) == joining.LENGTH:
        return await _bind(ctx, text)
    if said := WITHIN.search(text):  # “我的邀请码是 …”, “bind …”
        return await _bind(ctx, said[0])
    return await welcome(ctx)


async def welcome(ctx: Ctx) -> Reply:
    """One friendly sentence. WeCom tells of the opened chat and of the first words in it at once: that is one visit,
    welcomed once; who goes on without a code hears what is still missing."""
    now = ctx.received or ctx.tx.now
    before = await _welcomed_at(ctx, now - VISIT)
    if before is None:
        return Message(ctx.t("common.stranger"))
    if now - before <= AT_ONCE or ctx.event.kind is Kind.OPENED:
        return None
    return Message(ctx.t("common.stranger_again"))


async def _welcomed_at(ctx: Ctx, since: datetime) -> datetime | None:
    """When a stranger was last answered here. (Who was a colleague until now was answered as one.)"""
    event = ctx.event
    heard = await inbox.heard_lately(ctx.tx, event.channel, event.sender, since)
    answers = {f"re:{event.channel}:{row}:0": at for row, at in heard}
    answered = await outbox.said_to_nobody_known(ctx.tx, list(answers)) if answers else set()
    return max((answers[once] for once in answered), default=None)


async def _bind(ctx: Ctx, code: str) -> Reply:
    event = ctx.event
    try:
        person = await joining.bind(ctx.tx, event.channel, event.sender, code, event.sender_name)
    except Refusal as refusal:
        await joining.failed(ctx.tx, event.channel, event.sender)  # counted although nothing else happened
        return Message(ctx.t(refusal.key, **refusal.params))
    ctx.person, ctx.lang = person, person.lang
    await _tell_the_other(ctx, person)
    key = "joining.owner" if person.is_owner else "joining.welcome"
    text = ctx.t(
        key,
        name=person.given_name,
        role=ctx.t(f"people.role_{person.role.value}"),
        team=person.team or ctx.t("people.no_team"),
    )
    return Message(text, keyboard=keyboard(ctx.lang, person))


async def _tell_the_other(ctx: Ctx, person: Person) -> None:
    """Where they were before, they hear that another account speaks for them now."""
    event = ctx.event
    mine = await linking.logins(ctx.tx, person, event.channel, event.sender)
    here = next((one for one in mine if one.here), None)
    other = next((one for one in mine if not one.here and one.reachable), None)
    if here is None or other is None:
        return
    account = next(one for one in other.accounts if one.unreachable_at is None)
    text = ctx.t("people.linked_other", network=ctx.t(f"people.network_{here.network}"))
    await outbox.reply(
        ctx.tx, once=f"linked:{ctx.once}", channel=account.channel, chat=account.external_id, verb="send",
        payload={"text": text}, person_id=person.id,
    )  # fmt: skip


async def blocked(ctx: Ctx) -> None:
    """They blocked us: nothing is sent until they write again."""
    await reach.lost(ctx.tx, ctx.event.channel, ctx.event.chat)


@routes.word("/start", "绑定", takes=True, menu=False)
async def start(ctx: Ctx) -> Reply:
    """Pressing Start again, or another code: an account may change its person only through a code."""
    if ctx.rest:
        return await _bind(ctx, ctx.rest)
    return Message(ctx.t("joining.again", name=ctx.me.given_name), keyboard=keyboard(ctx.lang, ctx.me))
