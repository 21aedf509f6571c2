"""Notices about targets."""

from __future__ import annotations

from bot.channels.port import Message
from bot.render.closing import few_names
from bot.render.months import month_said
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.calendar import Month
from core.rules.money import yuan_short
from core.rules.people import Person
from core.store.db import Tx
from core.usecases import targets


@notice("targets_missing")
async def targets_missing(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Teams without a target, with the line that sets one; nothing where all were set meanwhile."""
    month = Month.parse(data["month"])
    teams = [team.name for team in await targets.missing(tx, month)]
    if not teams:
        return None
    said = month_said(month, tx.today, lang)
    return Message(
        t(lang, "targets.missing", month=said, teams=few_names(teams, lang, teams=True), team=teams[0], of=month.key)
    )


@notice("target_set")
async def target_set(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The supervisor hears the month's target."""
    month = month_said(Month.parse(data["month"]), tx.today, lang)
    return Message(t(lang, "targets.notice", month=month, team=data["team"], amount=yuan_short(int(data["fen"]))))
