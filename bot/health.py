"""GET /healthz for people and supervisors, GET /metrics for Prometheus. Loopback only unless it is said otherwise."""

from __future__ import annotations

import asyncio
import ipaddress
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.channels.line import Receiver
from bot.version import version
from core.store.retention import backups_in
from core.store.vitals import Vitals, vitals

if TYPE_CHECKING:
    from bot.app import App

log = structlog.get_logger("health")

PATIENCE = 5.0  # host seconds that the database gets to answer


async def look(app: App) -> dict[str, Any]:
    """The state of the bot as numbers and times; no names, no texts. Never raises: a database that is gone is a state."""
    state = _process(app)
    try:
        async with asyncio.timeout(PATIENCE), app.db.snapshot() as tx:
            seen = await vitals(tx)
            overdue = await app.runner.overdue(tx)
    except Exception as problem:  # noqa: BLE001  whatever the database does, whoever asks gets an answer
        log.warning("the database did not answer for /healthz", error=type(problem).__name__)
        return state | {"ok": False, "database": "unreachable", "error": type(problem).__name__}
    missing = app.db.company.calendar.missing_year(seen.now.astimezone(app.db.company.zone).date())
    served = {lease.channel for lease in seen.leases if lease.held}
    hears = app.hears_all() or (app.standing_by() and set(app.channels) <= served)
    backup = _backup(app, seen)
    return state | {
        "ok": not state["alarms"] and hears,
        "now": seen.now.isoformat(),
        "last_inbound": _iso(seen.last_inbound),
        "inbox": {
            "new": seen.inbox_new,
            "oldest": _iso(seen.inbox_oldest),
            "oldest_age_seconds": _age(seen.now, seen.inbox_oldest),
            "parked": seen.inbox_parked,
        },
        "outbox": {
            "waiting": seen.outbox_waiting,
            "oldest": _iso(seen.outbox_oldest),
            "oldest_age_seconds": _age(seen.now, seen.outbox_oldest),
            "dead": seen.outbox_dead,
        },
        "jobs": {name: at.isoformat() for name, at in seen.jobs.items()},
        "jobs_overdue": {
            name: {"slot": slot.isoformat(), "age_seconds": _age(seen.now, slot)} for name, slot in overdue.items()
        },
        "leases": [
            {
                "channel": one.channel,
                "holder": one.holder,
                "held": one.held,
                "until": one.until.isoformat(),
                "taken_at": one.taken_at.isoformat(),
                "term": one.term,
            }
            for one in seen.leases
        ],
        "backup": {"verified_at": _iso(backup), "age_seconds": _age(datetime.now(UTC), backup)},
        "calendar_missing_year": missing,
    }


def _process(app: App) -> dict[str, Any]:
    """What is known without the database."""
    alarms = [
        {"channel": channel.name, "says": channel.alarm}
        for channel in app.channels.values()
        if channel.alarm is not None
    ]
    heard = [c.last_heard for c in app.channels.values() if isinstance(c, Receiver) and c.last_heard is not None]
    return {
        "ok": False,
        "version": version(),
        "started_at": app.started_at.isoformat(),
        "memory_bytes": memory(),
        "database": "sqlite" if app.db.sqlite else "postgresql",
        "holder": app.holding.me,
        "standing_by": app.standing_by(),
        "last_poll": _iso(max(heard, default=None)),
        "alarm": alarms[0]["says"] if alarms else None,
        "alarms": alarms,
    }


def memory() -> int:
    """Bytes of memory that this process occupies now; where the system does not say, the most it ever did."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return pages * resource.getpagesize()


def _backup(app: App, seen: Vitals) -> datetime | None:
    """The newest verified backup: the database was told of it, or it lies in the folder (its name says it is sound)."""
    there = [at for at, _ in backups_in(Path(app.settings.waihu_backup_dir))]
    return max([*there, *([seen.backup_at] if seen.backup_at else [])], default=None)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _age(now: datetime, at: datetime | None) -> float | None:
    return round(max((now - at).total_seconds(), 0.0), 3) if at else None


# --- /metrics ---------------------------------------------------------------------------------------------------

# name, help, where it stands in the state
_PLAIN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("waihu_inbox_new", "Updates that wait to be handled.", ("inbox", "new")),
    ("waihu_inbox_oldest_age_seconds", "Age of the oldest of them.", ("inbox", "oldest_age_seconds")),
    ("waihu_inbox_parked", "Updates that failed three times (waihu inbox list).", ("inbox", "parked")),
    ("waihu_outbox_waiting", "Messages that are due and not sent.", ("outbox", "waiting")),
    ("waihu_outbox_oldest_age_seconds", "Age of the oldest of them.", ("outbox", "oldest_age_seconds")),
    ("waihu_outbox_dead", "Messages of the last seven days that will not be sent any more.", ("outbox", "dead")),
    ("waihu_backup_verified_age_seconds", "Age of the newest verified backup.", ("backup", "age_seconds")),
)
_MOMENTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("waihu_company_time_seconds", "The company's clock, Unix time.", ("now",)),
    ("waihu_last_inbound_timestamp_seconds", "When the newest update came, company time.", ("last_inbound",)),
    ("waihu_last_poll_timestamp_seconds", "When a network answered this process last.", ("last_poll",)),
    (
        "waihu_backup_verified_timestamp_seconds",
        "When the newest verified backup was made.",
        ("backup", "verified_at"),
    ),
)


class Metrics(Collector):
    """One look, as Prometheus reads it. What is not known has no sample (an age of nothing is 0)."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state

    def _at(self, path: tuple[str, ...]) -> Any:
        value: Any = self.state
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every family."""
        state = self.state
        known = state["database"] != "unreachable"
        yield _labelled(
            "waihu_build_info", "The program; always 1.", ["version", "database"],
            [([state["version"], state["database"]], 1.0)],
        )  # fmt: skip
        yield GaugeMetricFamily("waihu_up", "1 while a network answers, here or where its lease is.", int(state["ok"]))
        yield GaugeMetricFamily("waihu_database_up", "1 while the database answers.", int(known))
        yield GaugeMetricFamily(
            "waihu_standing_by", "1 while another process receives and sends.", int(state["standing_by"])
        )
        yield GaugeMetricFamily("waihu_alarms", "Networks that need somebody (see /healthz).", len(state["alarms"]))
        if known:
            for name, text, path in _PLAIN:
                value = self._at(path)
                if value is not None or path[0] != "backup":
                    yield GaugeMetricFamily(name, text, value or 0)
            yield from self._by_name()
        for name, text, path in _MOMENTS:
            if (moment := self._at(path)) is not None:
                yield GaugeMetricFamily(name, text, _unix(moment))

    def _by_name(self) -> Iterator[GaugeMetricFamily]:
        leases = self.state["leases"]
        yield _labelled(
            "waihu_job_last_occurrence_timestamp_seconds", "The last occurrence of a job that was settled.", ["job"],
            [([name], _unix(at)) for name, at in self.state["jobs"].items()],
        )  # fmt: skip
        yield _labelled(
            "waihu_job_overdue_seconds", "For how long a job's first unsettled occurrence has been due, company time.",
            ["job"], [([name], one["age_seconds"]) for name, one in self.state["jobs_overdue"].items()],
        )  # fmt: skip
        yield _labelled(
            "waihu_lease_held", "1 while somebody receives and sends for the channel.", ["channel"],
            [([one["channel"]], float(one["held"])) for one in leases],
        )  # fmt: skip
        yield _labelled(
            "waihu_lease_taken_timestamp_seconds", "Since when its holder has a channel.", ["channel", "holder"],
            [([one["channel"], one["holder"]], _unix(one["taken_at"])) for one in leases if one["held"]],
        )  # fmt: skip


def _labelled(name: str, text: str, labels: list[str], samples: list[tuple[list[str], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _unix(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


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
        """200 also while the database is gone: what is known then is that it is."""
        if refused(request):
            return web.Response(status=404)
        registry = CollectorRegistry()
        registry.register(Metrics(await look(app)))
        ProcessCollector(registry=registry)
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/metrics", metrics)]
