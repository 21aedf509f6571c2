"""Each occurrence is settled exactly once, whatever happens to the ticks, the clock or the process (D6, D9)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import delete

from bot.app import App, Ears
from bot.clock import HttpClock, RunningClock, clock_from
from bot.jobs.runner import Jobs, Runner
from bot.settings import Settings
from core.rules import policy as policy_rules
from core.rules.schedule import (
    ALL,
    LATEST,
    CatchUp,
    Daily,
    Every,
    MonthlyFirstWorkday,
    Schedule,
    SkipLate,
    Weekly,
)
from core.store import facts
from core.store import models as m
from core.store.db import BULK, Tx
from tests.office import POLICY, START, ZONE, Office

HOUR = timedelta(hours=1)


def plan(*jobs: tuple[str, Schedule, CatchUp]) -> tuple[Jobs, list[tuple[str, datetime]]]:
    """A registry of jobs that write down what they were run for, and that list."""
    registry, ran = Jobs(), []

    def add(name: str, schedule: Schedule, catch_up: CatchUp) -> None:
        @registry.job(name, lambda _: [schedule], catch_up)
        async def work(tx: Tx, slot: datetime) -> None:
            assert tx.now == slot  # a job is given the time it is for
            ran.append((name, slot))
            await tx.insert(m.audit, at=tx.now, action=name, subject=slot.isoformat())

    for job in jobs:
        add(*job)
    return registry, ran


async def started(office: Office, registry: Jobs) -> Runner:
    """A runner whose jobs begin now, as they do when the bot starts."""
    runner = Runner(office.db, registry)
    await runner.begin()
    return runner


async def settled(office: Office, state: str = "done") -> list[tuple[str, datetime]]:
    """The occurrences in a state, in the order of their times."""
    rows = await office.rows(m.occurrences, state=state)
    return sorted(((row.job, row.scheduled_for) for row in rows), key=lambda pair: (pair[1], pair[0]))


async def written(office: Office) -> list[str]:
    """What the jobs wrote and was committed."""
    return sorted(f"{row.action} {row.subject}" for row in await office.rows(m.audit))


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize("seed", range(3))
async def test_any_pattern_of_ticks_restarts_and_steps_back_runs_everything_once(office: Office, seed: int) -> None:
    registry, _ = plan(("quarter", Every(15), ALL), ("daily", Daily(time(22)), ALL), ("week", Weekly(0, time(9)), ALL))
    rng = random.Random(seed)
    runners = [await started(office, registry), await started(office, registry)]
    now = end = START
    for _ in range(40):
        match rng.randrange(5):
            case 0:
                now += timedelta(seconds=rng.uniform(0, 10))
            case 1:
                now += timedelta(minutes=rng.uniform(1, 50))
            case 2:
                now += timedelta(hours=rng.uniform(1, 30))  # nobody was there
            case 3:
                now -= timedelta(minutes=rng.uniform(0, 60))  # the host's clock was set back
            case 4:
                runners[rng.randrange(2)] = Runner(office.db, registry)
        end = max(end, now)
        await rng.choice(runners).fire_due(now)
    await runners[0].fire_due(end)
    company = office.company
    expected = sorted(
        (slot.astimezone(UTC), job)
        for job, schedule in (("quarter", Every(15)), ("daily", Daily(time(22))), ("week", Weekly(0, time(9))))
        for slot in schedule.between(START, end, company.calendar, ZONE)
    )

    assert [(slot, job) for job, slot in await settled(office)] == expected, f"seed {seed}"
    assert len(await written(office)) == len(set(await written(office))) == len(expected)


async def test_two_runners_racing_on_one_database_do_everything_once(office: Office) -> None:
    registry, _ = plan(("quarter", Every(15), ALL), ("daily", Daily(time(22)), ALL))
    first, second = await started(office, registry), await started(office, registry)
    now = START + timedelta(days=1)
    counts = await asyncio.gather(*(runner.fire_due(now) for runner in (first, second, first, second)))

    assert sum(counts) == 96 + 1
    assert len(await written(office)) == 97


async def test_a_restart_at_the_very_moment_changes_nothing(office: Office) -> None:
    registry, ran = plan(("ten", Daily(time(22)), ALL))
    before, sharp, after = at(20, 21, 59), at(20, 22), at(20, 22, 1)
    await (await started(office, registry)).fire_due(before)
    assert not ran
    await Runner(office.db, registry).fire_due(sharp)
    await office.restart()
    await Runner(office.db, registry).fire_due(sharp)
    await Runner(office.db, registry).fire_due(after)

    assert ran == [("ten", sharp)]


async def test_nothing_before_the_first_start_is_owed(office: Office) -> None:
    registry, ran = plan(("ten", Daily(time(17)), ALL))  # 17:00, and the office opened at 17:20
    await (await started(office, registry)).fire_due(START + HOUR)

    assert not ran


@pytest.mark.parametrize(
    ("catch_up", "runs", "skipped"),
    [
        (ALL, 5, {}),
        (LATEST, 1, {"superseded": 4}),
        (SkipLate(30), 0, {"too_late": 5}),
        (SkipLate(600), 1, {"too_late": 4}),
    ],
)
async def test_what_was_missed_is_caught_up_as_the_job_says_and_each_slot_is_settled(
    office: Office, catch_up: CatchUp, runs: int, skipped: dict[str, int]
) -> None:
    registry, ran = plan(("ten", Daily(time(22)), catch_up))
    await (await started(office, registry)).fire_due(at(25, 7))

    assert len(ran) == runs
    assert [slot for _, slot in ran] == sorted(slot for _, slot in ran)
    reasons: dict[str, int] = {}
    for row in await office.rows(m.occurrences, state="skipped"):
        reasons[row.reason] = reasons.get(row.reason, 0) + 1
    assert reasons == skipped


async def test_a_job_that_fails_is_tried_again_and_leaves_no_half_behind(office: Office) -> None:
    registry, ran = plan(("other", Daily(time(22)), ALL))
    faults = iter([True, True, False, False, False])

    @registry.job("bad", lambda _: [Every(60)], ALL)
    async def bad(tx: Tx, slot: datetime) -> None:
        await tx.insert(m.audit, at=tx.now, action="bad", subject=slot.isoformat())
        if next(faults):
            raise ZeroDivisionError

    runner = await started(office, registry)
    await runner.fire_due(at(20, 18))  # fails
    assert await written(office) == []
    await runner.fire_due(at(20, 20))  # fails: what came later waits, or the failed one would never be seen again
    assert await written(office) == []
    await runner.fire_due(at(20, 22))

    hours = [at(20, hour).isoformat() for hour in (18, 19, 20)]
    assert [row.subject for row in await office.rows(m.audit, action="bad")][:3] == hours
    assert ("other", at(20, 22)) in ran  # a failing job stops no other


async def test_a_job_and_its_messages_are_one_transaction(office: Office) -> None:
    ana = await office.agent()
    registry = Jobs()
    fine = False

    @registry.job("tell", lambda _: [Daily(time(22))], ALL)
    async def tell(tx: Tx, slot: datetime) -> None:
        await tx.notify(ana.id, "unreachable", {"person": ana.id}, once=f"tell:{slot}", rank=BULK)
        if not fine:
            raise ZeroDivisionError

    runner = await started(office, registry)
    await runner.fire_due(at(20, 22))
    assert not await office.rows(m.outbox)
    fine = True
    await runner.fire_due(at(20, 22))
    await runner.fire_due(at(20, 22))

    assert len(await office.rows(m.outbox)) == 1


# --- since when a job is owed ----------------------------------------------------------------------------------


async def test_a_job_that_an_upgrade_adds_owes_nothing_from_before_it(office: Office) -> None:
    before, _ = plan(("ten", Daily(time(22)), ALL))
    await (await started(office, before)).fire_due(at(25, 12))
    after, ran = plan(("ten", Daily(time(22)), ALL), ("new", Daily(time(9)), ALL))
    office.clock.at = at(25, 12)
    upgraded = await started(office, after)
    await upgraded.fire_due(at(25, 12, 1))
    assert not ran
    await upgraded.fire_due(at(27, 12))

    assert ran == [("ten", at(25, 22)), ("new", at(26, 9)), ("ten", at(26, 22)), ("new", at(27, 9))]


async def test_a_job_seen_before_it_was_ever_due_is_owed_from_then_on(office: Office) -> None:
    registry, ran = plan(("monthly", MonthlyFirstWorkday(time(9)), ALL))
    await started(office, registry)
    office.clock.at = at(3, 9, month=12)
    await office.restart()
    await (await started(office, registry)).fire_due(office.clock.at)

    assert ran == [("monthly", at(1, 9, month=12))]


async def test_a_job_that_nobody_announced_begins_at_its_first_tick(office: Office) -> None:
    registry, ran = plan(("ten", Daily(time(22)), ALL))
    await Runner(office.db, registry).fire_due(at(25, 12))
    assert not ran
    await Runner(office.db, registry).fire_due(at(25, 22))

    assert ran == [("ten", at(25, 22))]


async def test_a_database_from_before_jobs_had_beginnings_goes_on_where_it_stopped(office: Office) -> None:
    registry, ran = plan(("ten", Daily(time(22)), ALL))
    await (await started(office, registry)).fire_due(at(22, 22))
    await office.tx(lambda tx: tx.run(delete(m.facts).where(m.facts.c.name.startswith("job.since."))))
    ran.clear()
    office.clock.at = at(24, 23)
    await (await started(office, registry)).fire_due(at(24, 23))

    assert ran == [("ten", at(23, 22)), ("ten", at(24, 22))]


async def test_even_after_a_year_away_nothing_that_must_happen_is_left_out(office: Office) -> None:
    registry, ran = plan(("week", Weekly(5, time(22, 5)), ALL), ("board", Daily(time(18)), LATEST))
    runner = await started(office, registry)
    await runner.fire_due(START + timedelta(days=365))

    assert [slot for name, slot in ran if name == "week"] == [at(21, 22, 5) + timedelta(weeks=n) for n in range(52)]
    assert len([name for name, _ in ran if name == "board"]) == 1
    assert len(await settled(office, "skipped")) == 364


async def test_each_day_goes_by_the_policy_that_was_in_force_on_it(office: Office) -> None:
    raw = POLICY.read_text("utf-8") + '\n[[version]]\nname = "new hours"\neffective_from = 2026-12-01\n'
    raw += 'mid_month = false\n[version.boards.daily]\ntime = "19:30"\n'
    office.db.company = replace(office.db.company, policy=policy_rules.load(raw))
    registry, ran = Jobs(), []

    @registry.job("board", lambda version: [Daily(version.boards.daily.time)], ALL)
    async def board(tx: Tx, slot: datetime) -> None:
        ran.append(slot)

    runner = await started(office, registry)
    assert await runner.next_due(START) == at(20, 18, 10)
    await runner.fire_due(at(2, 20, month=12))

    assert ran[:2] == [at(20, 18, 10), at(21, 18, 10)]
    assert ran[-3:] == [at(30, 18, 10), at(1, 19, 30, month=12), at(2, 19, 30, month=12)]
    assert len(ran) == 13


async def test_a_year_without_a_calendar_goes_on_by_plain_weekdays(office: Office) -> None:
    registry, ran = plan(("work", Daily(time(9), workdays_only=True), ALL))
    office.clock.at = datetime(2030, 12, 31, 8, tzinfo=ZONE)
    runner = await started(office, registry)
    office.clock.at = datetime(2031, 1, 6, 10, tzinfo=ZONE)
    await runner.fire_due(office.clock.at)

    days = [slot.astimezone(ZONE).date() for _, slot in ran]
    assert days == [date(2030, 12, 31), date(2031, 1, 2), date(2031, 1, 3), date(2031, 1, 6)]


async def test_the_next_due_moment_is_a_jobs_or_a_messages(office: Office) -> None:
    registry, _ = plan(("ten", Daily(time(22)), ALL))
    runner = await started(office, registry)
    assert await runner.next_due(START) == at(20, 22)
    ana = await office.agent()
    await office.tx(lambda tx: tx.notify(ana.id, "unreachable", once="soon", due_at=at(20, 18)))

    assert await runner.next_due(START) == at(20, 18)


# --- the clock server ------------------------------------------------------------------------------------------------


class ClockServer:
    """A clock that is moved by the test and stops at each moment the bot names on the way (the sandbox's manners)."""

    def __init__(self, start: datetime) -> None:
        self.now, self.target, self.asked = start, start, 0
        self.broken = False

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.broken:
            return web.Response(status=500, text="no")
        upcoming = request.query.get("next")
        stop = min(self.target, datetime.fromisoformat(upcoming)) if upcoming else self.target
        self.now = max(self.now, stop)
        return web.json_response({"now": self.now.isoformat(), "moving": self.now < self.target})


@pytest.fixture
async def served() -> AsyncIterator[tuple[ClockServer, str]]:
    clock = ClockServer(START)
    app = web.Application()
    app.router.add_get("/clock", clock.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield clock, f"http://127.0.0.1:{runner.addresses[0][1]}/clock"
    await runner.cleanup()


async def ticking(office: Office, url: str, registry: Jobs) -> App:
    """The app's clockwork over this office's database, without its networks."""
    app = App(Settings(_env_file=None), office.db, HttpClock(url), {})
    app.runner = await started(office, registry)
    app._session = aiohttp.ClientSession()
    office.db.clock = app.clock.now
    await app._first_time()
    return app


async def test_a_clock_server_that_jumps_is_walked_from_one_due_moment_to_the_next(
    office: Office, served: tuple[ClockServer, str]
) -> None:
    server, url = served
    registry, ran = plan(("ten", Daily(time(22)), SkipLate(1)), ("nine", Daily(time(9)), LATEST))
    app = await ticking(office, url, registry)
    assert abs(app.clock.now() - START) < timedelta(seconds=2)
    server.target = at(24, 12)
    await app.tick()

    expected = [("ten", at(20, 22)), ("nine", at(21, 9)), ("ten", at(21, 22)), ("nine", at(22, 9)), ("ten", at(22, 22))]
    assert ran[:5] == expected  # in their turn, none too late, none superseded
    assert len(ran) == 8
    assert not await settled(office, "skipped")
    assert timedelta(0) <= app.clock.now() - at(24, 12) < timedelta(seconds=5)
    await app._session.close()  # type: ignore[union-attr]


async def test_hours_that_the_clock_server_skipped_are_no_outage_of_ours(
    office: Office, served: tuple[ClockServer, str]
) -> None:
    server, url = served
    registry, _ = plan(("ten", Daily(time(22)), ALL))
    app = await ticking(office, url, registry)
    server.target = at(23, 12)
    await app.tick()
    await office.tx(app.note_outage)

    assert not await office.rows(m.outages)
    await app._session.close()  # type: ignore[union-attr]


async def test_a_walk_that_ends_where_something_was_due_is_no_outage_either(
    office: Office, served: tuple[ClockServer, str]
) -> None:
    server, url = served
    registry, ran = plan(("ten", Daily(time(22)), ALL))
    app = await ticking(office, url, registry)
    await office.tx(facts.heartbeat)
    server.target = at(20, 22)
    await app.tick()
    await office.tx(app.note_outage)

    assert ran == [("ten", at(20, 22))]
    assert not await office.rows(m.outages)
    await app._session.close()  # type: ignore[union-attr]


def test_deaf_for_minutes_is_an_outage_and_a_clock_that_leapt_is_none() -> None:
    ears = Ears(START, 0.0)
    assert ears.hear(START + timedelta(seconds=10), 10.0) is None
    assert ears.hear(START + 13 * HOUR, 30.0) is None
    assert ears.hear(START + 14 * HOUR, 30.0 + 3600) == START + 13 * HOUR
    assert ears.hear(START + 14 * HOUR + timedelta(seconds=10), 40.0 + 3600) is None


async def test_a_clock_server_that_does_not_answer_stops_nothing(
    office: Office, served: tuple[ClockServer, str]
) -> None:
    server, url = served
    registry, ran = plan(("ten", Daily(time(22)), ALL))
    app = await ticking(office, url, registry)
    server.broken = True
    server.target = at(20, 23)
    await app.tick()
    assert not ran
    assert abs(app.clock.now() - START) < timedelta(seconds=5)
    server.broken = False
    await app.tick()

    assert ran == [("ten", at(20, 22))]
    await app._session.close()  # type: ignore[union-attr]


async def test_being_away_for_more_than_a_minute_is_written_down(office: Office) -> None:
    app = App(Settings(_env_file=None), office.db, office.clock, {})
    await office.tx(facts.heartbeat)
    office.clock.at += timedelta(seconds=59)
    await office.tx(app.note_outage)
    assert not await office.rows(m.outages)
    office.clock.at += timedelta(minutes=55)
    await office.tx(app.note_outage)

    ((_, began, ended),) = await office.rows(m.outages)
    assert ended - began == timedelta(minutes=55)


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        ("", "HostClock"),
        ("host", "HostClock"),
        ("http://127.0.0.1:1/clock", "HttpClock"),
        ("2026-11-20T17:20+08:00", "RunningClock"),
    ],
)
def test_where_time_comes_from(setting: str, kind: str) -> None:
    assert type(clock_from(setting)).__name__ == kind


def test_a_moment_without_its_zone_is_no_clock() -> None:
    with pytest.raises(ValueError, match="zone"):
        clock_from("2026-11-20T17:20")


def test_a_clock_that_starts_somewhere_runs_on_from_there() -> None:
    clock: Any = RunningClock(START)
    first = clock.now()

    assert START <= first <= clock.now() < START + HOUR
