"""The channels that the settings ask for, one function per way of reaching people."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.channels.line import Line
from bot.channels.telegram import Telegram, Webhook
from bot.channels.wecom.aibot import AiBot
from bot.channels.wecom.app import App, CalledApp
from bot.channels.wecom.crypto import Cipher, key_of
from bot.channels.wecom.menu import Buttons, built
from bot.channels.wecom.webhook import GroupWebhooks
from bot.clock import Clock
from bot.render.texts import t
from bot.settings import Settings
from core.store import webhooks
from core.store.db import Database


def telegram(settings: Settings) -> Line | None:
    """Telegram, by long polling or webhook."""
    if not settings.telegram_bot_token:
        return None
    webhook = None
    if settings.telegram_mode == "webhook":
        webhook = Webhook(settings.telegram_webhook_url, settings.telegram_webhook_secret)
    return Telegram(
        settings.telegram_bot_token,
        settings.telegram_api_base_url,
        settings.telegram_proxy or None,
        webhook=webhook,
    )


def wecom_bot(settings: Settings) -> Line | None:
    """WeCom's AI bot, over its long connection."""
    if not (settings.wecom_bot_id and settings.wecom_bot_secret):
        return None
    return AiBot(settings.wecom_bot_id, settings.wecom_bot_secret, settings.wecom_bot_url)


def wecom_app(settings: Settings, clock: Clock) -> Line | None:
    """WeCom's self-built app; without a callback it speaks and does not hear."""
    who = (settings.wecom_corp_id, settings.wecom_agent_id, settings.wecom_secret)
    if not all(who):
        return None
    if not (settings.wecom_token and settings.wecom_aes_key):
        return App(*who, settings.wecom_api_base_url)
    cipher = Cipher(settings.wecom_token, key_of(settings.wecom_aes_key), settings.wecom_corp_id)
    clocks: list[Callable[[], float]] = [time.time]
    if settings.waihu_clock not in {"", "host"}:  # in a company that is played, the network is played by its clock
        clocks.append(lambda: clock.now().timestamp())
    return CalledApp(*who, cipher, settings.wecom_api_base_url, menu=app_menu(settings.waihu_lang), clocks=clocks)


def app_menu(lang: str) -> Buttons:
    """The app's menu: the words that people need most, in three groups."""
    lines = [line.split() for line in t(lang, "wecom.app_menu").splitlines()]
    return built([(name, words) for name, *words in lines])


def wecom_groups(db: Database) -> Line:
    """Groups with a webhook: there may be some on any day, since managers send their addresses in the chat."""

    async def lookup(chat: str) -> tuple[str, str] | None:
        async with db.snapshot() as tx:
            address = await webhooks.address_at(tx, chat)
        return (address.root, address.key) if address is not None else None

    return GroupWebhooks(lookup)


def configured(settings: Settings, clock: Clock, db: Database) -> dict[str, Line]:
    """Every channel that is set up, by its name."""
    made = (telegram(settings), wecom_bot(settings), wecom_app(settings, clock), wecom_groups(db))
    return {channel.name: channel for channel in made if channel is not None}
