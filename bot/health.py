"""GET /healthz and /metrics: last inbound, oldest unsent, last occurrence per job, parked rows. Loopback only."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from bot.channels.telegram import Telegram
from core.store import models as m
from core.store import outbox, queues

if TYPE_CHECKING:
    from bot.app import App


async def look(app: App) -> dict[str, Any]:
    """The state of the bot as numbers and times; no names, no texts."""
    async with app.db.snapshot() as tx:
        waiting, oldest = await outbox.waiting(tx)
        inbound = await tx.scalar(select(func.max(m.inbox.c.received_at)))
        held = await queues.full(tx)
        jobs = await tx.all(
            select(m.occurrences.c.job, func.max(m.occurrences.c.scheduled_for)).group_by(m.occurrences.c.job)
        )
        now = tx.now
    telegram = app.channels.get("telegram")
    poll = telegram.last_poll if isinstance(telegram, Telegram) else None
    alarm = telegram.alarm if isinstance(telegram, Telegram) else None
    missing = app.db.company.calendar.missing_year(now.astimezone(app.db.company.zone).date())
    return {
        "ok": alarm is None and app.hearing(),
        "now": now.isoformat(),
        "last_inbound": inbound.isoformat() if inbound else None,
        "last_poll": poll.isoformat() if poll else None,
        "alarm": alarm,
        "inbox": {"new": held.inbox_new, "parked": held.inbox_parked},
        "outbox": {"waiting": waiting, "oldest": oldest.isoformat() if oldest else None, "dead": held.outbox_dead},
        "jobs": {row[0]: row[1].isoformat() for row in jobs},
        "calendar_missing_year": missing,
    }


def routes(app: App) -> list[web.RouteDef]:
    """The two pages."""

    def refused(request: web.Request) -> bool:
        if app.settings.waihu_metrics_open:
            return False
        try:
            return not ipaddress.ip_address(request.remote or "").is_loopback
        except ValueError:
            return True

    async def healthz(request: web.Request) -> web.Response:
        if refused(request):
            return web.Response(status=404)
        state = await look(app)
        return web.json_response(state, status=200 if state["ok"] else 503)

    async def metrics(request: web.Request) -> web.Response:
        if refused(request):
            return web.Response(status=404)
        state = await look(app)
        registry = CollectorRegistry()
        for name, text, value in (
            ("waihu_up", "1 while a network answers", int(state["ok"])),
            ("waihu_inbox_new", "updates waiting to be handled", state["inbox"]["new"]),
            ("waihu_inbox_parked", "updates that failed three times", state["inbox"]["parked"]),
            ("waihu_outbox_waiting", "messages due and unsent", state["outbox"]["waiting"]),
            ("waihu_outbox_dead", "messages that could not be sent", state["outbox"]["dead"]),
        ):
            Gauge(name, text, registry=registry).set(value)
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    return [web.get("/healthz", healthz), web.get("/metrics", metrics)]
