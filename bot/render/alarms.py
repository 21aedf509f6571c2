"""Notices to the owner: the token, the webhook or the policy file needs care."""

from __future__ import annotations

from datetime import datetime

from bot.channels.port import Message
from bot.render.months import month_said
from bot.render.notices import Data, notice
from bot.render.report_text import clock
from bot.render.texts import t
from core.rules.calendar import Month
from core.rules.people import Person
from core.store.db import Tx


def _whose(data: Data) -> str:
    """Telegram's is the token; WeCom has other words for it, each way its own."""
    channel = str(data.get("channel", ""))
    return channel if channel.startswith("wecom") else "token"


@notice("token_refused")
async def token_refused(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The token was refused from … to …; it works again, or this could not be said."""
    zone = tx.company.zone
    began, ended = (clock(datetime.fromisoformat(data[name]), tx.now, zone, lang) for name in ("began", "ended"))
    return Message(t(lang, f"alarms.{_whose(data)}_refused", began=began, ended=ended))


@notice("token_refusing")
async def token_refusing(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The token is refused since …; said by another way."""
    began = clock(datetime.fromisoformat(data["began"]), tx.now, tx.company.zone, lang)
    return Message(t(lang, f"alarms.{_whose(data)}_refusing", began=began))


@notice("token_shared")
async def token_shared(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody else asks for updates with our token: what people write may go to them."""
    return Message(t(lang, f"alarms.{_whose(data)}_shared"))


@notice("webhook_unreached")
async def webhook_unreached(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Telegram has updates for us and cannot deliver them."""
    return Message(t(lang, "alarms.webhook_unreached"))


@notice("policy_edited")
async def policy_edited(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """A version that priced a closed month was edited, or is not the one that would price it now."""
    month = month_said(Month.parse(data["month"]), tx.today, lang)
    key = "edited" if data["now"] == data["version"] else "replaced" if data["now"] else "gone"
    return Message(t(lang, f"alarms.policy_{key}", month=month, version=data["version"], now=data["now"] or ""))
