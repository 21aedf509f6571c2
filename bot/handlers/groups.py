"""Groups: binding one, greeting, leaving what nobody bound; everything else belongs into the private chat (D9)."""

from __future__ import annotations

from sqlalchemy import update

from bot.channels.port import Message
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import Word
from core.store import models as m
from core.store import people


async def added(ctx: Ctx) -> Reply:
    """We were put into a group: say hello, so that we may be answered, and how to bind it."""
    event, tx = ctx.event, ctx.tx
    known = await people.group_at(tx, event.channel, event.chat)
    if known is None:
        await tx.insert_once(
            m.group_chats, channel=event.channel, external_id=event.chat, title=event.chat_title or None, state="seen",
            seen_at=tx.now,
        )  # fmt: skip
    elif known.state != "bound":
        await tx.run(update(m.group_chats).where(m.group_chats.c.id == known.id).values(state="seen", seen_at=tx.now))
    return Message(ctx.t("groups.hello"))


async def private_word(ctx: Ctx, word: Word) -> Reply:  # noqa: ARG001
    """A word of the private chat, typed in a group."""
    return Message(ctx.t("groups.in_private"))
