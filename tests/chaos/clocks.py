"""Ninety days of a company whose clock and processes are not to be trusted, from a seed.

Two processes on one database, downtimes from a second to ten days, clocks set forwards and back by up to an hour, work
that fails now and then. After every tick what was settled is compared with the independent list; at the end the whole.

`python -m tests.chaos.clocks SEED DAYS` plays one story on SQLite and prints what was settled (for comparing host zones).
"""

from __future__ import annotations

import asyncio
import bisect
import hashlib
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import bindparam, delete, select

from bot.jobs import registry as job_registry
from bot.jobs.runner import Job, Jobs, Runner, Work
from core.rules.schedule import (
    ALL,
    LATEST,
    CatchUp,
    Daily,
    Every,
    LastWorkdayOfWeek,
    MonthlyFirstWorkday,
    Schedule,
    SkipLate,
    Weekly,
)
from core.store import models as m
from core.store.db import Database, Tx
from tests.chaos.occurrences import (
    CHINA,
    RULES,
    SUNDAY,
    Rule,
    due,
    is_first_worked_of_month,
    is_last_worked_of_week,
    is_worked,
    verdicts,
)
from tests.chaos.threadless import alone, threadless
from tests.office import Office, furnish, template

DAYS = 90
EARLIEST, LATEST_START = datetime(2026, 1, 5, tzinfo=CHINA), datetime(2026, 12, 1, tzinfo=CHINA)
LONGEST_DOWN, LONGEST_STEP = timedelta(days=10), timedelta(hours=1)
SECOND = timedelta(seconds=1)
_C = m.occurrences.c
FRESH = select(_C.id, _C.job, _C.scheduled_for, _C.state, _C.reason).where(_C.id > bindparam("seen")).order_by(_C.id)

# Jobs of every kind of schedule and of catching up, each beside its rule in plain words.
MADE_UP_JOBS: dict[str, tuple[Schedule, CatchUp, Rule]] = {
    "t_half_days": (Every(720), ALL, Rule(lambda _: ("00:00", "12:00"), "all")),
    "t_morning": (Daily(time(9)), LATEST, Rule(lambda _: ("09:00",), "newest")),
    "t_noon": (Daily(time(12)), SkipLate(30), Rule(lambda _: ("12:00",), 30)),
    "t_minute": (Daily(time(0)), SkipLate(1), Rule(lambda _: ("00:00",), 1)),
    "t_worked": (
        Daily(time(0), workdays_only=True),
        ALL,
        Rule(lambda day: ("00:00",) if is_worked(day) else (), "all"),
    ),
    "t_sunday": (Weekly(SUNDAY, time(0)), LATEST, Rule(lambda day: ("00:00",) * (day.weekday() == SUNDAY), "newest")),
    "t_last_of_week": (
        LastWorkdayOfWeek(time(17, 30)),
        SkipLate(600),
        Rule(lambda day: ("17:30",) if is_last_worked_of_week(day) else (), 600),
    ),
    "t_month": (
        MonthlyFirstWorkday(time(0)),
        ALL,
        Rule(lambda day: ("00:00",) if is_first_worked_of_month(day) else (), "all"),
    ),
}


@dataclass
class Story:
    """One company's ninety days."""

    seed: int
    start: datetime
    rules: dict[str, Rule]
    registry: Jobs
    attempts: int = 0  # ticks
    breaking: dict[tuple[str, datetime], int] = field(default_factory=dict)  # how often that work still fails
    broke: set[str] = field(default_factory=set)  # jobs whose work failed in this tick


def story(seed: int, *, working: bool) -> tuple[Story, random.Random]:
    """A story and the dice it is played with. `working`: the product's own jobs do their work, too, which takes longer."""
    rng = random.Random(seed)
    start = EARLIEST + rng.random() * (LATEST_START - EARLIEST)
    registry, rules = Jobs(), dict(RULES)
    told = Story(seed, start, rules, registry)
    for name, job in job_registry.jobs.all.items():
        registry.all[name] = job if working else replace(job, work=_witness(told, name))
    for name, (schedule, catch_up, rule) in MADE_UP_JOBS.items():
        rules[name] = rule
        registry.all[name] = Job(name, lambda _, schedule=schedule: [schedule], catch_up, _witness(told, name))  # type: ignore[misc]
        for slot in due(rule, start, start + timedelta(days=DAYS)):
            if rng.random() < 0.02:
                told.breaking[name, slot] = rng.randint(1, 3)
    return told, rng


def _witness(told: Story, name: str) -> Work:
    """Work that writes down what it was run for, and sometimes fails after having written it."""

    async def work(tx: Tx, slot: datetime) -> None:
        assert tx.now == slot
        await tx.note(None, name, slot.astimezone(CHINA).isoformat())
        if told.breaking.get((name, slot), 0) > 0:
            told.breaking[name, slot] -= 1
            told.broke.add(name)
            raise ZeroDivisionError

    return work


class Simulation:
    """Plays a story on an office's database."""

    def __init__(self, office: Office, seed: int, *, days: int = DAYS, working: bool = False) -> None:
        self.office = office
        self.story, self.rng = story(seed, working=working)
        self.end = self.story.start + timedelta(days=days)
        self.plays_by({})
        self.moments = sorted({slot for slots in self.open.values() for slot in slots})
        self.settled: dict[str, list[datetime]] = defaultdict(list)
        self._seen = 0
        self.dbs: list[Database] = []  # one for each process, and one for looking
        self.runners: list[Runner] = []

    def plays_by(self, other: dict[str, Rule]) -> None:
        """What the list says, or says otherwise: for seeing that the difference is noticed."""
        self.story.rules |= other
        self.open: dict[str, list[datetime]] = {
            name: list(due(rule, self.story.start, self.end + LONGEST_STEP)) for name, rule in self.story.rules.items()
        }

    async def play(self) -> None:
        """The whole story. AssertionError names the seed and the first thing that went wrong."""
        office, rng = self.office, self.rng
        self.dbs = [threadless(Database(office.url, office.company, lambda: self.story.start)) for _ in range(3)]
        try:
            await office.tx(lambda tx: tx.run(delete(m.facts).where(m.facts.c.name.startswith("job"))))
            await self._start(0)
            await self._start(1)
            now, off, newest = self.story.start, timedelta(0), self.story.start
            while now < self.end:
                now, off = await self._next(now, off)
                newest = max(newest, min(now, self.end) + off)
                await self._tick(min(now, self.end) + off)
            self.story.breaking.clear()
            await self.runners[rng.randrange(2)].fire_due(newest)
            await self._compare({newest})
            await self._whole(newest)
        finally:
            for db in self.dbs:
                await db.close()

    async def _start(self, number: int) -> None:
        """A process starts: nothing but the database is remembered."""
        runner = Runner(self.dbs[number], self.story.registry)
        with alone():
            await runner.begin()
        self.runners[number : number + 1] = [runner]

    async def _next(self, now: datetime, off: timedelta) -> tuple[datetime, timedelta]:
        """Time goes on: to what is due next, through a downtime, or by somebody setting the clock."""
        rng = self.rng
        match rng.choices(("work", "down", "restart", "step", "mend"), (66, 14, 4, 8, 8))[0]:
            case "down":
                seconds = LONGEST_DOWN.total_seconds() ** rng.random()  # as often minutes as days
                now += timedelta(seconds=seconds)
                for number in (0, 1):
                    await self._start(number)
            case "restart":
                await self._start(rng.randrange(2))
            case "step":
                off = rng.uniform(-1, 1) * LONGEST_STEP
            case "mend":
                off = timedelta(0)
            case _:
                place = bisect.bisect_right(self.moments, now + off)
                upcoming = self.moments[place] - off if place < len(self.moments) else self.end
                late = rng.choice((timedelta(0), rng.random() * SECOND, rng.random() * SECOND * 90))
                now = max(now + timedelta(milliseconds=1), upcoming + late)
        return now, off

    async def _tick(self, now: datetime) -> None:
        """One, the other, both in turn or both at once, perhaps with clocks that differ a little."""
        one, other = self.rng.sample(self.runners, 2)
        match self.rng.choices(("one", "turns", "race", "skew"), (60, 10, 20, 10))[0]:
            case "one":
                moments = {now}
                with alone():
                    await one.fire_due(now)
            case "turns":
                moments = {now}
                with alone():
                    await one.fire_due(now)
                    await other.fire_due(now)
            case "race":
                moments = {now}
                await asyncio.gather(one.fire_due(now), other.fire_due(now))
            case _:
                moments = {now, now - self.rng.random() * 3 * SECOND}
                await asyncio.gather(*(runner.fire_due(at) for runner, at in zip((one, other), moments, strict=False)))
        await self._compare(moments)

    async def _compare(self, moments: Iterable[datetime]) -> None:
        """What this tick settled is what the list says: in order, each by its rule, and all of it unless work failed."""
        moments = sorted(moments)
        self.story.attempts += 1
        with alone():
            async with self.dbs[-1].snapshot(moments[-1]) as tx:
                rows = await tx.all(FRESH, seen=self._seen)
        fresh: dict[str, dict[datetime, tuple[str, str]]] = defaultdict(dict)
        for row in rows:
            self._seen = max(self._seen, row.id)
            slot = row.scheduled_for.astimezone(CHINA)
            assert slot not in fresh[row.job], self._say("settled twice", row.job, slot)
            fresh[row.job][slot] = (row.state, row.reason)
        for name, rule in self.story.rules.items():
            waiting = self._waiting(name, moments[-1])
            got = fresh.pop(name, {})
            if not waiting and not got:
                continue
            assert sorted(got) == waiting[: len(got)], self._say("out of turn", name, sorted(got), waiting)
            if name not in self.story.broke:
                surely = self._waiting(name, moments[0]) if len(moments) > 1 else waiting
                assert len(got) >= len(surely), self._say("left out", name, waiting, sorted(got))
            allowed = [verdicts(rule, self._waiting(name, moment), moment) for moment in moments]
            for slot, verdict in got.items():
                assert verdict in [one.get(slot) for one in allowed], self._say("wrongly judged", name, slot, verdict)
            self.settled[name] += sorted(got)
            del self.open[name][: len(got)]
        assert not fresh, self._say("nobody's occurrences", *fresh)
        self.story.broke.clear()

    def _waiting(self, name: str, until: datetime) -> list[datetime]:
        slots = self.open[name]
        return slots[: bisect.bisect_right(slots, until)]

    async def _whole(self, newest: datetime) -> None:
        """Everything up to the newest moment any clock showed is settled, and done once where it is done."""
        async with self.office.db.snapshot(newest) as tx:
            c = m.occurrences.c
            rows = await tx.all(select(c.job, c.scheduled_for, c.state).order_by(c.id))
            effects = await tx.all(select(m.audit.c.action, m.audit.c.subject).order_by(m.audit.c.id))
        wanted = {
            (name, slot) for name, rule in self.story.rules.items() for slot in due(rule, self.story.start, newest)
        }
        found = [(row.job, row.scheduled_for.astimezone(CHINA)) for row in rows]
        assert len(found) == len(set(found)), self._say("settled twice")
        assert set(found) == wanted, self._say("not the list", sorted(set(found) ^ wanted))
        done = [(row.job, row.scheduled_for.astimezone(CHINA)) for row in rows if row.state == "done"]
        for name in MADE_UP_JOBS:
            runs = [datetime.fromisoformat(row.subject) for row in effects if row.action == name]
            assert runs == sorted(slot for job, slot in done if job == name), self._say("effects", name)

    def _say(self, what: str, *facts: Any) -> str:
        where = f"seed {self.story.seed}, tick {self.story.attempts}"
        return f"{where}: {what}: " + " · ".join(_short(fact) for fact in facts)

    async def digest(self) -> str:
        """What was settled, in one line."""
        async with self.office.db.snapshot(self.end) as tx:
            c = m.occurrences.c
            rows = await tx.all(select(c.job, c.scheduled_for, c.state, c.reason).order_by(c.job, c.scheduled_for))
        lines = [f"{row.job} {row.scheduled_for.astimezone(UTC).isoformat()} {row.state} {row.reason}" for row in rows]
        return f"{len(lines)} {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"


def _short(fact: Any) -> str:
    if isinstance(fact, datetime):
        return f"{fact:%m-%d %H:%M:%S}"
    if isinstance(fact, list):
        return f"{len(fact)} ({', '.join(_short(one) for one in fact[:5])}{' …' * (len(fact) > 5)})"
    return str(fact)


async def _alone(seed: int, days: int) -> str:
    fast = Path("/dev/shm")  # where syncs cost nothing, if there is such a place
    with tempfile.TemporaryDirectory(prefix="clocks-", dir=fast if fast.is_dir() else None) as folder:
        place = Path(folder)
        office = await furnish(place, await template(place))
        try:
            simulation = Simulation(office, seed, days=days)
            await simulation.play()
            return await simulation.digest()
        finally:
            await office.close()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print(asyncio.run(_alone(*map(int, sys.argv[1:]))))  # noqa: T201
