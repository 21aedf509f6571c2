"""/healthz and /metrics over real HTTP: what they tell, to whom, and that a database that is gone is an answer too."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, insert, update

from bot.app import App
from bot.channels.telegram import Telegram
from bot.health import memory, routes
from bot.settings import ROOT, Settings
from core.store import backup as backups
from core.store import facts
from core.store import models as m
from core.store.db import Database, Tx
from tests.office import Office, company

TOKEN = "123456:abcdefghijklmnopqrstuvwxyz"
LEAST = 8  # statements that one look may take


@dataclass
class Site:
    """A bot that serves its pages and nothing else."""

    app: App
    telegram: Telegram
    url: str

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def health(self) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/healthz") as answer:
            return answer.status, await answer.json()

    async def samples(self) -> dict[str, float]:
        """Every sample by name and labels."""
        status, body = await self.get("/metrics")
        assert status == 200
        return {
            one.name + "".join(f" {k}={v}" for k, v in sorted(one.labels.items())): one.value
            for family in text_string_to_metric_families(body)
            for one in family.samples
        }

    async def receives(self) -> None:
        """Take the channel's lease, as a bot does that is about to poll, and hear the network."""

        async def nothing(tx: Tx, anew: bool) -> None:
            pass

        assert await self.app.holding.take("telegram", nothing)
        self.telegram.last_heard = datetime.now(UTC)


@asynccontextmanager
async def serving(db: Database, clock: Any, folder: Path, **options: Any) -> AsyncIterator[Site]:
    settings = Settings(_env_file=None, waihu_backup_dir=str(folder / "backups"), **options)
    telegram = Telegram(TOKEN, "http://127.0.0.1:9")
    app = App(settings, db, clock, {"telegram": telegram})
    pages = web.Application()
    pages.add_routes(routes(app))
    runner = web.AppRunner(pages, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield Site(app, telegram, f"http://127.0.0.1:{port}")
    finally:
        await runner.cleanup()


@pytest.fixture
async def site(office: Office, tmp_path: Path) -> AsyncIterator[Site]:
    async with serving(office.db, office.clock, tmp_path) as opened:
        yield opened


async def test_a_bot_that_hears_its_network_is_well_and_says_who_it_is(site: Site, office: Office) -> None:
    await site.receives()
    status, state = await site.health()

    assert (status, state["ok"], state["alarms"]) == (200, True, [])
    assert f'version = "{state["version"]}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert state["database"] == ("sqlite" if office.db.sqlite else "postgresql")
    assert datetime.fromisoformat(state["started_at"]) == site.app.started_at
    assert state["memory_bytes"] > 10 << 20
    assert [(one["channel"], one["holder"], one["held"]) for one in state["leases"]] == [
        ("telegram", site.app.holding.me, True)
    ]


async def test_a_bot_that_hears_nothing_is_not_well(site: Site) -> None:
    await site.receives()
    site.telegram.last_heard = datetime.now(UTC) - timedelta(seconds=61)

    assert (await site.health())[0] == 503
    assert (await site.samples())["waihu_up"] == 0


async def test_an_alarm_is_told(site: Site) -> None:
    await site.receives()
    site.telegram.credentials.refused()
    status, state = await site.health()

    assert (status, state["ok"], state["alarm"]) == (503, False, "token refused")
    assert state["alarms"] == [{"channel": "telegram", "says": "token refused"}]
    assert (await site.samples())["waihu_alarms"] == 1


async def test_a_process_that_stands_by_is_well_while_another_one_receives(office: Office, tmp_path: Path) -> None:
    async with (
        serving(office.db, office.clock, tmp_path) as holder,
        serving(office.db, office.clock, tmp_path) as other,
    ):
        holder.app.holding._alone = other.app.holding._alone = False
        assert (await other.health())[0] == 503  # nobody receives at all
        await holder.receives()
        status, state = await other.health()

        assert (status, state["ok"], state["standing_by"]) == (200, True, True)
        assert state["leases"][0]["holder"] == holder.app.holding.me != state["holder"]
        assert (await other.samples())["waihu_standing_by"] == 1
        assert (await holder.samples())["waihu_standing_by"] == 0


async def test_what_waits_is_counted_and_has_its_age(site: Site, office: Office) -> None:
    early = office.now - timedelta(minutes=10)
    async with office.db.transaction() as tx:
        for number, fate in enumerate(["done", "new", "new", "parked"]):
            at = early + timedelta(minutes=number)
            await tx.run(
                insert(m.inbox).values(channel="telegram", key=str(number), sender="5", received_at=at, state=fate)
            )
        await tx.post("telegram", "-1", "x", once="a", due_at=office.now - timedelta(seconds=90))
        await tx.post("telegram", "-1", "x", once="b", due_at=office.now + timedelta(hours=1))
        for once, ago in (("c", timedelta(days=6)), ("d", timedelta(days=8))):
            await tx.post("telegram", "-2", "x", once=once)
            await tx.run(update(m.outbox).where(m.outbox.c.once == once).values(state="dead", done_at=office.now - ago))
    _, state = await site.health()
    samples = await site.samples()

    assert state["last_inbound"] == (early + timedelta(minutes=3)).astimezone(UTC).isoformat()
    assert state["inbox"] == {
        "new": 2, "parked": 1, "oldest": (early + timedelta(minutes=1)).astimezone(UTC).isoformat(),
        "oldest_age_seconds": 540.0,
    }  # fmt: skip
    assert (state["outbox"]["waiting"], state["outbox"]["oldest_age_seconds"], state["outbox"]["dead"]) == (1, 90.0, 1)
    wanted = {
        "waihu_inbox_new": 2, "waihu_inbox_parked": 1, "waihu_inbox_oldest_age_seconds": 540,
        "waihu_outbox_waiting": 1, "waihu_outbox_oldest_age_seconds": 90, "waihu_outbox_dead": 1,
        "waihu_last_inbound_timestamp_seconds": (early + timedelta(minutes=3)).timestamp(),
        "waihu_company_time_seconds": office.now.timestamp(),
    }  # fmt: skip
    assert {name: samples[name] for name in wanted} == wanted


async def test_nothing_waiting_has_no_age(site: Site) -> None:
    _, state = await site.health()
    samples = await site.samples()

    assert state["outbox"]["oldest"] is state["outbox"]["oldest_age_seconds"] is state["last_inbound"] is None
    assert samples["waihu_outbox_oldest_age_seconds"] == 0
    assert "waihu_last_inbound_timestamp_seconds" not in samples
    assert "waihu_backup_verified_age_seconds" not in samples  # an age of 0 would say that one was made just now


async def test_each_job_has_its_last_occurrence(site: Site, office: Office) -> None:
    async with office.db.transaction() as tx:
        for hours in (2, 1):
            at = office.now - timedelta(hours=hours)
            await tx.insert(m.occurrences, job="boards.daily", scheduled_for=at, state="done", done_at=at)
    _, state = await site.health()

    last = office.now - timedelta(hours=1)
    assert datetime.fromisoformat(state["jobs"]["boards.daily"]) == last
    name = "waihu_job_last_occurrence_timestamp_seconds job=boards.daily"
    assert (await site.samples())[name] == last.timestamp()


async def test_a_job_that_is_not_settled_is_overdue_until_it_is(site: Site, office: Office) -> None:
    async with office.db.transaction() as tx:
        for name in site.app.runner.registry.all:  # known since now
            await facts.put(tx, f"job.since.{name}", office.now.isoformat())
    assert (await site.health())[1]["jobs_overdue"] == {}
    assert not [name for name in await site.samples() if name.startswith("waihu_job_overdue")]

    office.clock.at += timedelta(days=3)
    _, state = await site.health()
    slot = datetime.fromisoformat(state["jobs_overdue"]["board_daily"]["slot"])
    age = (office.now - slot).total_seconds()
    assert office.now - timedelta(days=3) < slot < office.now
    assert state["jobs_overdue"]["board_daily"]["age_seconds"] == age
    assert (await site.samples())["waihu_job_overdue_seconds job=board_daily"] == age

    await site.app.tick()
    assert (await site.health())[1]["jobs_overdue"] == {}


async def test_a_tick_that_is_broken_off_ends_quietly(site: Site) -> None:
    """The scheduler would write a traceback into the log of an orderly stop."""
    ticking = asyncio.create_task(site.app._tick())
    await asyncio.sleep(0)
    ticking.cancel()

    await ticking
    assert not ticking.cancelled()


async def test_the_newest_verified_backup_is_told_from_the_database_or_the_folder(site: Site, office: Office) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    async with office.db.transaction() as tx:
        await facts.put(tx, backups.VERIFIED, {"at": (now - timedelta(hours=3)).isoformat(), "file": "x", "rows": 1})
    _, state = await site.health()
    assert state["backup"]["verified_at"] == (now - timedelta(hours=3)).isoformat()
    assert 3 * 3600 <= state["backup"]["age_seconds"] < 3 * 3600 + 60

    folder = Path(site.app.settings.waihu_backup_dir)
    folder.mkdir()
    (folder / f"waihu-{now - timedelta(hours=1):%Y%m%d-%H%M%S}.db").touch()
    samples = await site.samples()
    assert samples["waihu_backup_verified_timestamp_seconds"] == (now - timedelta(hours=1)).timestamp()
    assert samples["waihu_backup_verified_age_seconds"] < 3700


async def test_a_database_that_is_gone_is_an_answer(tmp_path: Path) -> None:
    address = "postgresql+psycopg://waihu:secret@127.0.0.1:9/nowhere?connect_timeout=2"
    db = Database(address, company(), lambda: datetime.now(UTC))
    async with serving(db, None, tmp_path) as site:
        status, body = await site.get("/healthz")
        samples = await site.samples()
    await db.close()

    assert status == 503
    assert '"database": "unreachable"' in body
    assert "version" in body
    assert len(body) < 600
    assert "Traceback" not in body
    assert "secret" not in body
    assert (samples["waihu_database_up"], samples["waihu_up"]) == (0, 0)
    assert "waihu_inbox_new" not in samples  # not known is not none


async def test_a_look_costs_few_statements(site: Site, office: Office) -> None:
    seen: list[str] = []

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    await site.samples()
    event.listen(office.db.reader.sync_engine, "before_cursor_execute", count)
    await site.samples()
    event.remove(office.db.reader.sync_engine, "before_cursor_execute", count)

    assert 0 < len([one for one in seen if one.startswith("SELECT")]) <= LEAST


async def test_every_metric_is_named_as_prometheus_asks(site: Site, office: Office) -> None:
    await site.receives()
    _, body = await site.get("/metrics")
    families = [one for one in text_string_to_metric_families(body) if one.name.startswith("waihu_")]

    assert len(families) > 15
    for family in families:
        assert family.documentation
        assert family.type == "gauge"
        assert re.fullmatch(r"waihu_[a-z_]+", family.name)
    samples = await site.samples()
    assert samples["process_resident_memory_bytes"] > 10 << 20
    assert samples["process_start_time_seconds"] > 0


async def test_strangers_get_nothing(office: Office, tmp_path: Path) -> None:
    """Asked from another machine, the pages are not there; a setting opens them."""

    @web.middleware
    async def from_afar(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        return await handler(request.clone(remote="192.0.2.7"))

    for open_, wanted in ((False, 404), (True, 200)):
        async with serving(office.db, office.clock, tmp_path, waihu_metrics_open=open_) as site:
            pages = web.Application(middlewares=[from_afar])
            pages.add_routes(routes(site.app))
            runner = web.AppRunner(pages, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            port = runner.addresses[0][1]
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                assert answer.status == wanted
            await runner.cleanup()


def test_memory_is_what_is_occupied_now() -> None:
    before = memory()
    ballast = bytearray(64 << 20)
    ballast[::4096] = b"x" * len(ballast[::4096])

    assert memory() - before > 48 << 20
    del ballast
