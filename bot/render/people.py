"""Notices about people."""

from __future__ import annotations

from bot.channels.port import Message
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.people import Person
from core.store import people
from core.store.db import Tx


@notice("unreachable")
async def unreachable(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody of the team blocked the bot: their messages wait until they write again."""
    who = await people.by_id(tx, int(data["person"]))
    return Message(t(lang, "people.unreachable", name=who.name)) if who else None


@notice("calendar_missing")
async def calendar_missing(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """A year without its holidays: deadlines cannot be told for sure."""
    return Message(t(lang, "calendar.missing", year=data["year"]))
