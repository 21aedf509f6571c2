"""A window into the running bot, for the demo alone: what came in, what goes out, which jobs ran.

It exists only when the demo names a file in WAIHU_DEMO_INSIDE: then a port of its own is opened on loopback, and the
file says where, with a key without which nothing is answered. No contents are shown: rows carry their states, times,
keys and guards, not what people typed.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from sqlalchemy import func, select

from core.store import models as m
from core.store import outbox

if TYPE_CHECKING:
    from bot.app import App

SETTING = "WAIHU_DEMO_INSIDE"
ROWS = 40  # of each list: as many as one looks through
JOBS = 30


def attach(app: App, http: web.Application) -> None:
    """Open the window with the bot's own HTTP server and close it with that; does nothing outside the demo."""
    named = os.environ.get(SETTING)
    if not named:
        return
    notice = Path(named)
    key = secrets.token_urlsafe(24)
    runners: list[web.AppRunner] = []

    async def show(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given, f"Bearer {key}"):
            return web.Response(status=403)
        return web.json_response(await look(app))

    async def opened(_: web.Application) -> None:
        window = web.Application()
        window.router.add_get("/inside", show)
        runner = web.AppRunner(window, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        _write(notice, {"url": f"http://127.0.0.1:{runner.addresses[0][1]}/inside", "key": key})

    async def closed(_: web.Application) -> None:
        with contextlib.suppress(OSError):
            notice.unlink()
        for runner in runners:
            await runner.cleanup()

    http.on_startup.append(opened)
    http.on_cleanup.append(closed)


def _write(notice: Path, words: dict[str, str]) -> None:
    """Readable by nobody else, and never half written."""
    fresh = notice.with_name(f"{notice.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(words), "utf-8")
    fresh.replace(notice)


async def look(app: App) -> dict[str, Any]:
    """The newest rows of inbox and outbox, newest first, and the last occurrences of the jobs. Times are ISO, of the
    company; `counts` are all rows by
    state, `busy` how many wait to be handled or sent now."""
    i, o, c = m.inbox.c, m.outbox.c, m.occurrences.c
    async with app.db.snapshot() as tx:
        inbox = await tx.all(
            select(i.id, i.key, i.channel, i.sender, i.state, i.attempts, i.error, i.received_at, i.done_at)
            .order_by(i.id.desc())
            .limit(ROWS)
        )
        going = await tx.all(
            select(
                o.id, o.once, o.channel, o.chat, m.people.c.name.label("person"), o.rank, o.verb, o.notice, o.guard,
                o.state, o.reason, o.attempts, o.due_at, o.expires_at, o.created_at, o.done_at,
            )
            .select_from(m.outbox.outerjoin(m.people, m.people.c.id == o.person_id))
            .where(o.verb != "menu")
            .order_by(func.coalesce(o.done_at, o.created_at).desc(), o.id.desc())
            .limit(ROWS)
        )  # fmt: skip
        later = await tx.all(
            select(o.id, m.people.c.name.label("person"), o.chat, o.notice, o.guard, o.due_at, o.expires_at)
            .select_from(m.outbox.outerjoin(m.people, m.people.c.id == o.person_id))
            .where(o.state == "new", o.due_at > tx.now)
            .order_by(o.due_at, o.id)
            .limit(ROWS)
        )
        ran = await tx.all(
            select(c.id, c.job, c.scheduled_for, c.state, c.reason, c.done_at).order_by(c.id.desc()).limit(JOBS)
        )
        counts = {
            name: {row[0]: row[1] for row in await tx.all(select(table.c.state, func.count()).group_by(table.c.state))}
            for name, table in (("inbox", m.inbox), ("outbox", m.outbox))
        }
        waiting, _ = await outbox.waiting(tx)
        now = tx.now
    upcoming = await app.runner.next_due(app.clock.now())
    return {
        "now": _plain(now),
        "inbox": [_row(row) for row in inbox],
        "outbox": [_row(row) for row in going],
        "later": [_row(row) for row in later],
        "jobs": [_row(row) for row in ran],
        "next": _plain(upcoming),
        "counts": counts,
        "busy": waiting + counts["inbox"].get("new", 0),
    }


def _row(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row._mapping.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
