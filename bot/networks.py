"""The channels that the settings ask for, one function per way of reaching people."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.line import Line
from bot.channels.telegram import Telegram, Webhook
from bot.channels.wecom.aibot import AiBot
from bot.settings import Settings


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


NETWORKS: tuple[Callable[[Settings], Line | None], ...] = (telegram, wecom_bot)


def configured(settings: Settings) -> dict[str, Line]:
    """Every channel that is set up, by its name."""
    made = (network(settings) for network in NETWORKS)
    return {channel.name: channel for channel in made if channel is not None}
