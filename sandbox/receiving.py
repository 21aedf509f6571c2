"""The Bot API's methods by which a bot gets its updates: getUpdates and the webhook."""

from __future__ import annotations

import re

from sandbox.call import Call
from sandbox.errors import ApiError, bad
from sandbox.model import Json
from sandbox.network import Network
from sandbox.updates import KINDS, WEBHOOK_ACTIVE, WEBHOOK_SET
from sandbox.webhook import Settings, Webhook

LONGEST_POLL = 50


def _allowed(net: Network, call: Call) -> None:
    """allowed_updates stays until it is given again; an empty list means the default."""
    given = call.json("allowed_updates", "allowed updates")
    if not isinstance(given, list):
        return
    for kind in given:
        if kind not in KINDS:
            net.violation(call.method, f"allowed_updates: there is no kind {kind!r}")
    net.queue.allowed = [str(kind) for kind in given if kind in KINDS] or None
    net.dirty = True


async def get_updates(net: Network, webhook: Webhook, call: Call) -> list[Json]:
    """Confirms below the offset, then answers, at once or when something comes."""
    if webhook.active:
        raise ApiError(409, WEBHOOK_ACTIVE)
    _allowed(net, call)
    return await net.queue.poll(
        call.integer("offset"),
        call.integer("limit", 100, low=1, high=100),
        call.integer("timeout", low=0, high=LONGEST_POLL),
    )


async def set_webhook(net: Network, webhook: Webhook, call: Call) -> bool:
    """https anywhere, or plain http on this machine (as a local Bot API server allows)."""
    url, secret = call.text("url"), call.text("secret_token")
    if not url:
        return await delete_webhook(net, webhook, call)
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise bad("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad("secret token contains unallowed characters")
    _allowed(net, call)
    if call.flag("drop_pending_updates"):
        net.queue.clear()
    net.queue.abort(WEBHOOK_SET)
    connections = call.integer("max_connections", 40, low=1, high=100)
    webhook.set(Settings(url, secret, connections, call.text("ip_address")))
    net.dirty = True
    return True


async def delete_webhook(net: Network, webhook: Webhook, call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        net.queue.clear()
    webhook.set(Settings())
    net.dirty = True
    return True


async def get_webhook_info(_net: Network, webhook: Webhook, _call: Call) -> Json:
    return webhook.info()


HANDLERS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
