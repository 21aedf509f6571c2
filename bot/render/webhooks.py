"""Notices about groups' webhooks."""

from __future__ import annotations

from collections.abc import Collection

from bot.channels.port import Message
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.people import Person
from core.store import people
from core.store.db import Tx


async def what(tx: Tx, lang: str, team_ids: Collection[int]) -> str:
    """Whose boards a group gets: 领航组、远航组, or the whole company's."""
    names = [team.name for team in await people.teams(tx) if team.id in team_ids]
    return "、".join(names) if names else t(lang, "people.no_team")


@notice("webhook_hello")
async def webhook_hello(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The first words in a group that is reached by its webhook."""
    return Message(t(lang, "webhooks.hello", what=await what(tx, lang, data["teams"])))


@notice("webhook_refused")
async def webhook_refused(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Nothing arrives in a group any more."""
    key = "webhooks.refused_setting" if data["setting"] else "webhooks.refused"
    return Message(t(lang, key, ending=data["ending"], what=await what(tx, lang, data["teams"])))
