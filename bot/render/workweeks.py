"""Notices about workweeks."""

from __future__ import annotations

from bot.channels.port import Message
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.people import Person
from core.store.db import Tx


@notice("workweek_set")
async def workweek_set(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Whose days have changed hears it."""
    return Message(t(lang, "workweeks.notice", by=data["by"], week=t(lang, f"workweeks.{data['week']}")))
