"""Ninety days, two processes, downtimes and clocks set forwards and back: every occurrence once (D6, D9; T7, T11).

`WAIHU_CLOCK_RUNS=5000 WAIHU_CLOCK_SEED=1 pytest tests/chaos/test_clocks.py` plays 5000 stories from seed 1 on; a failure
names its seed, and `WAIHU_CLOCK_RUNS=1 WAIHU_CLOCK_SEED=…` plays that one again.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from bot.jobs import registry as job_registry
from bot.jobs.runner import Jobs, Runner
from core.holidays import load
from core.rules.schedule import ALL, Every
from core.store import models as m
from core.store.db import Database, Tx
from tests.chaos.clocks import MADE_UP_JOBS, Simulation
from tests.chaos.occurrences import CHINA, RULES, Rule, due, is_first_worked_of_month, is_worked, verdicts
from tests.office import START, Office

ROOT = Path(__file__).resolve().parents[2]
FIRST = int(os.environ.get("WAIHU_CLOCK_SEED", "1"))
RUNS = int(os.environ.get("WAIHU_CLOCK_RUNS", "2"))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Failing work is part of the story: its log lines are not."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + RUNS))
async def test_in_ninety_days_of_trouble_each_occurrence_is_settled_once_as_its_rule_says(
    office: Office, seed: int
) -> None:
    await Simulation(office, seed).play()


async def test_the_products_own_work_does_not_change_that(office: Office) -> None:
    await office.supervisor()
    await office.agent()
    await Simulation(office, 1, days=15, working=True).play()


async def test_the_hosts_time_zone_does_not_matter(office: Office) -> None:
    """The same story where the host lives in Los Angeles, which sets its clocks to winter time meanwhile."""

    async def played(zone: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.clocks", str(AUTUMN), "15",
            cwd=ROOT, env=os.environ | {"TZ": zone}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate()
        assert process.returncode == 0
        return out.decode()

    simulation = Simulation(office, AUTUMN, days=15)
    assert simulation.story.start < datetime(2026, 11, 1, tzinfo=CHINA) < simulation.end
    await simulation.play()

    assert await played("America/Los_Angeles") == f"{await simulation.digest()}\n"


# --- the harness itself ------------------------------------------------------------------------------------------


async def test_without_the_unique_claim_two_processes_would_be_caught_doing_things_twice(office: Office) -> None:
    async with office.db.transaction() as tx:
        await tx.run(text("DROP TABLE occurrences"))
        key = "INTEGER PRIMARY KEY" if office.db.sqlite else "BIGSERIAL PRIMARY KEY"
        stamp = "DATETIME" if office.db.sqlite else "TIMESTAMPTZ"
        await tx.run(
            text(
                f"CREATE TABLE occurrences (id {key}, job TEXT, scheduled_for {stamp}, state TEXT, reason TEXT,"
                f" done_at {stamp})"
            )
        )
    with pytest.raises(AssertionError, match=r"seed 1, tick .* settled twice"):
        await Simulation(office, 1).play()


@pytest.mark.parametrize(
    ("job", "rule", "what"),
    [
        ("t_half_days", Rule(lambda _: ("00:00", "06:00", "12:00"), "all"), "out of turn|left out"),
        ("t_month", Rule(lambda day: ("00:00", "00:01") * is_first_worked_of_month(day), "all"), "left out"),
        ("t_noon", Rule(lambda _: ("12:01",), 30), "out of turn"),
        ("t_noon", Rule(lambda _: ("12:00",), "all"), "wrongly judged"),
        ("t_minute", Rule(lambda _: ("00:00",), 30), "wrongly judged"),
    ],
)
async def test_a_job_that_differs_from_the_list_is_caught(office: Office, job: str, rule: Rule, what: str) -> None:
    simulation = Simulation(office, 1)
    simulation.plays_by({job: rule})
    with pytest.raises(AssertionError, match=rf"seed 1, tick .*({what}).*{job}"):
        await simulation.play()


def test_every_job_of_the_product_is_on_the_independent_list() -> None:
    assert set(job_registry.jobs.all) == set(RULES), "a new job: write its rule down in tests/chaos/occurrences.py"
    assert not set(RULES) & set(MADE_UP_JOBS)


def test_the_lists_holidays_are_those_of_the_calendar() -> None:
    """Both were typed in by hand from the same announcement; they may not differ."""
    calendar = load().guessing()
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365 + 180)]

    assert [day for day in days if is_worked(day) != calendar.is_workday(day, "5")] == []


def test_what_is_missed_is_judged_in_the_words_of_the_rule() -> None:
    slots = [datetime(2026, 11, 20, hour, tzinfo=CHINA) for hour in (8, 9, 10)]
    now = slots[-1] + timedelta(minutes=30)
    judged = {missed: [v for v, _ in verdicts(Rule(lambda _: (), missed), slots, now).values()] for missed in MISSED}

    assert judged == {
        "all": ["done"] * 3, "newest": ["skipped", "skipped", "done"], 30: ["skipped", "skipped", "done"],
        29: ["skipped"] * 3, 90: ["skipped", "done", "done"],
    }  # fmt: skip


MISSED: tuple[str | int, ...] = ("all", "newest", 30, 29, 90)
AUTUMN = 20  # a story that begins at the end of October


def test_the_list_is_half_open_like_a_tick() -> None:
    noon = Rule(lambda _: ("12:00",), "all")
    first, last = (datetime.combine(date(2026, 11, day), time(12), CHINA) for day in (20, 22))

    assert list(due(noon, first, last)) == [first + timedelta(days=1), last]


# --- two processes at the same moment ------------------------------------------------------------------------------


async def test_eight_processes_at_one_moment_do_a_weeks_work_once(office: Office) -> None:
    """On PostgreSQL they are really at it at once, each with connections of its own."""
    registry = Jobs()

    @registry.job("hour", lambda _: [Every(60)], ALL)
    async def hour(tx: Tx, slot: datetime) -> None:
        await tx.note(None, "hour", slot.isoformat())

    dbs = [Database(office.url, office.company, lambda: START) for _ in range(8)]
    try:
        runners = [Runner(db, registry) for db in dbs]
        for runner in runners:
            await runner.begin()
        counts = await asyncio.gather(*(runner.fire_due(START + timedelta(days=7)) for runner in runners))
    finally:
        for db in dbs:
            await db.close()
    subjects = [row.subject for row in sorted(await office.rows(m.audit), key=lambda row: row.id)]

    assert sum(counts) == len(subjects) == len(set(subjects)) == 7 * 24
    assert [datetime.fromisoformat(subject) for subject in subjects] == sorted(map(datetime.fromisoformat, subjects))
