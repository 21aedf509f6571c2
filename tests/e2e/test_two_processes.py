"""Two processes share the work on PostgreSQL. Whatever becomes of the one that holds the network, the other takes over
within the lease: nothing is lost, nothing is done twice, everybody's order is kept (D7)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import one_process
from core.store import facts
from core.store import models as m
from tests.e2e.company import ROOT, TOKEN, found
from tests.e2e.pair import LEASE, PATIENCE, Pair, two
from tests.office import POLICY, START

pytestmark = [pytest.mark.kill, pytest.mark.postgres]
HANDOVER = LEASE + 12  # host seconds on a machine that does much else; a quiet one needs two more than the lease


async def everything_is_there_once(pair: Pair, *, but: tuple[str, ...] = ()) -> None:
    """What was typed is logged once, in the order typed; what was asked for is answered; the network has no complaint."""
    await pair.client.quiet(PATIENCE)
    if not any(bot.line.was_cut for bot in pair.bots):  # each wakes the other at once
        assert not [line for bot in pair.bots for line in bot.log if "waking through the database" in line]
    people = {row.id: row.name for row in await pair.rows(m.people)}
    calls = [(people[row.person_id], row.note) for row in await pair.rows(m.calls) if row.state == "logged"]
    for typist in pair.typists:
        assert [note for who, note in calls if who == typist.name] == typist.typed
        # A receipt that was on the wire when its sender fell may come once more; never a third time.
        assert max(typist.receipts().values(), default=0) <= 2
    assert {row.state for row in await pair.rows(m.inbox)} == {"done"}
    assert not await pair.rows(m.outages)
    complaints = [one for one in await pair.client.violations() if not any(piece in one["what"] for piece in but)]
    assert not complaints


async def test_the_second_takes_over_when_the_holder_is_killed_or_stopped(tmp_path: Path, database: str) -> None:
    async with two(tmp_path, database) as pair:
        await pair.typing(2)
        await pair.answered()
        holder, other = await pair.holder()
        await pair.typing(2)  # these are under way when it dies
        await holder.end(signal.SIGKILL)
        await pair.typing()
        assert await pair.answered() < HANDOVER
        assert await pair.holder() == (other, holder)

        # An orderly end hands over at once: nobody waits for a lease to run out.
        since = len(holder.log)
        await holder.start()
        await holder.says("standing by", since)
        await pair.typing()
        since = len(holder.log)
        assert await other.end(signal.SIGTERM) == 0
        await holder.says("lease taken", since)
        assert await pair.holder() == (holder, other)
        await pair.typing()
        await pair.answered()
        await everything_is_there_once(pair)


async def test_a_holder_that_was_frozen_finds_that_another_has_taken_over(tmp_path: Path, database: str) -> None:
    async with two(tmp_path, database) as pair:
        await pair.typing()
        await pair.answered()
        holder, other = await pair.holder()
        await pair.typing(2)
        holder.send(signal.SIGSTOP)
        await pair.typing()
        assert await pair.answered() < HANDOVER
        assert await pair.holder() == (other, holder)

        since = len(holder.log)
        holder.send(signal.SIGCONT)
        await pair.typing()
        await holder.says("lease lost", since)
        await holder.says("standing by", since)
        await pair.typing()
        await pair.answered()
        assert await pair.holder() == (other, holder)
        # It helps again, and is there when it is needed.
        await other.end(signal.SIGKILL)
        await pair.typing()
        assert await pair.answered() < HANDOVER
        # The frozen one's call was still open when the other's came: the network cannot know better.
        await everything_is_there_once(pair, but=("two pollers",))


async def test_a_holder_cut_off_from_the_database_has_stopped_before_another_begins(
    tmp_path: Path, database: str
) -> None:
    async with two(tmp_path, database) as pair:
        await pair.typing()
        await pair.answered()
        holder, other = await pair.holder()
        since = len(holder.log)
        await pair.typing(2)
        holder.line.stall()
        await pair.typing()
        assert await pair.answered() < HANDOVER
        assert await pair.holder() == (other, holder)
        await holder.says("lease lost", since)
        assert sum("does not answer" in line for line in holder.log[since:]) == 1  # said once, not every second

        holder.line.flow()
        await holder.says("answers again", since)
        await other.end(signal.SIGKILL)
        await pair.typing()
        assert await pair.answered() < HANDOVER
        await everything_is_there_once(pair)  # not two pollers either: the network never saw both


async def test_a_form_goes_on_after_the_database_was_gone(tmp_path: Path, database: str) -> None:
    async with two(tmp_path, database, count=1) as pair:
        (bot, _), ana = pair.bots, pair.typists[0].phone
        asked = await ana.answer(await ana.say("报单"), patience=PATIENCE)
        await ana.answer(await ana.say("5000"), patience=PATIENCE)
        since = len(bot.log)
        await bot.line.end()
        await bot.says("does not answer", since)
        await bot.says("lease lost", since)
        said = await ana.say("自拓")
        await bot.line.begin()
        await bot.says("answers again", since)
        await ana.answer(said, patience=PATIENCE)
        await ana.answer(await ana.say("李总 13800138000"), "5,000", patience=PATIENCE)
        await ana.answer(await ana.say("提交"), "已交", patience=PATIENCE)

        assert asked.text
        assert [row.amount_fen for row in await pair.rows(m.deals)] == [500_000]
        assert bot.process is not None
        assert bot.process.returncode is None  # it lived through it
        assert not any("a part of the bot stopped" in line for line in bot.log)
        assert sum("does not answer" in line for line in bot.log[since:]) == 1
        assert not await pair.client.violations()


async def test_two_walk_through_a_week_and_everything_due_happens_once(tmp_path: Path, database: str) -> None:
    async with two(tmp_path, database) as pair:
        for to in ("2026-11-21T21:30:00+08:00", "2026-11-23T12:00:00+08:00"):
            await pair.client.move_clock(to, patience=PATIENCE)
        await pair.client.until(
            lambda: any("周" in message.text for message in pair.typists[0].phone.messages()), "a word from the bot"
        )
        settled = Counter((row.job, row.scheduled_for) for row in await pair.rows(m.occurrences))
        sent = [row for row in await pair.rows(m.outbox) if row.state == "sent" and row.verb == "send"]
        assert settled
        assert max(settled.values()) == 1
        assert {row.state for row in await pair.rows(m.occurrences)} <= {"done", "skipped"}
        shown = [message for chat in pair.client.chats.values() for message in chat.values() if message.by_bot]
        assert len(shown) == len(sent) > 3
        assert not await pair.rows(m.outages)
        assert not await pair.client.violations()


async def test_two_that_start_at_once_after_an_outage_tell_of_it_once(tmp_path: Path, database: str) -> None:
    async with two(tmp_path, database, count=0) as pair:
        async with pair.db.transaction(START - timedelta(hours=2)) as tx:
            await facts.heartbeat(tx)
        await asyncio.gather(*(bot.start() for bot in pair.bots))
        await pair.client.receiving(PATIENCE)
        await pair.typing()
        await pair.answered()

        assert len(await pair.rows(m.outages)) == 1
        told = [bot for bot in pair.bots if any("back after an outage" in line for line in bot.log)]
        assert len(told) == 1


def waihu(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAIHU", "TELEGRAM", "WECOM"))}
    kept |= {"TELEGRAM_BOT_TOKEN": TOKEN, "WAIHU_POLICY": str(POLICY), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    kept |= {"TELEGRAM_API_BASE_URL": "http://127.0.0.1:9", "WAIHU_HTTP_PORT": "0"}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words], cwd=folder, env=kept, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


async def test_a_second_process_on_one_sqlite_file_is_refused_and_commands_beside_it_are_not(tmp_path: Path) -> None:
    await found(tmp_path)
    first = one_process.take(tmp_path / "waihu.db", START)
    second = waihu(tmp_path, "run")
    beside: Any = waihu(tmp_path, "roster", "invite", "--all", "--json")
    first.leave()

    assert second.returncode == 2
    assert f"waihu.db is in use by process {os.getpid()} on " in second.stderr
    assert "since 2026-11-20T17:20:00+08:00" in second.stderr
    assert "Traceback" not in second.stderr
    assert beside.returncode == 0
    assert isinstance(json.loads(beside.stdout), list)
