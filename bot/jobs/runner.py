"""Jobs: APScheduler wakes us, the database says who runs (D6).

One row (job, scheduled_for) is claimed and finished in the transaction of what the job produces, so a restart, a
second process or a clock moved forward give the same result: each occurrence is done once or skipped with its reason.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from core.rules.calendar import Calendar
from core.rules.policy import Version
from core.rules.schedule import CatchUp, Schedule, Settled, settle
from core.store import facts, outbox
from core.store import models as m
from core.store.db import Company, Database, Tx

log = structlog.get_logger("jobs")

Work = Callable[[Tx, datetime], Awaitable[None]]
MAX_BACK = timedelta(days=70)  # occurrences older than this are not looked for again


@dataclass(frozen=True, slots=True)
class Job:
    """Something that happens at its time. `when` reads the schedule from the policy in force."""

    name: str
    when: Callable[[Version], Sequence[Schedule]]
    catch_up: CatchUp
    work: Work


class Jobs:
    """The registry."""

    def __init__(self) -> None:
        self.all: dict[str, Job] = {}

    def job(
        self, name: str, when: Callable[[Version], Sequence[Schedule]], catch_up: CatchUp
    ) -> Callable[[Work], Work]:
        """Register a job: work(tx, slot) only decides who must hear what; the outbox sends."""

        def register(work: Work) -> Work:
            self.all[name] = Job(name, when, catch_up, work)
            return work

        return register


jobs = Jobs()


class Runner:
    """Runs what is due."""

    def __init__(self, db: Database, registry: Jobs = jobs) -> None:
        self.db = db
        self.registry = registry

    @property
    def _company(self) -> Company:
        return self.db.company

    @property
    def _calendar(self) -> Calendar:
        """Plain weekdays where a year's holidays are unknown: a board on a wrong day costs a message, none at all costs
        the year (docs/rules.md 44). What is due and late is judged by the work itself, and never guessed."""
        return self._company.calendar.guessing()

    async def begin(self) -> None:
        """Remember when the jobs began: nothing before that is owed."""
        async with self.db.transaction() as tx:
            await facts.put_once(tx, "jobs.since", tx.now.isoformat())

    async def fire_due(self, now: datetime) -> int:
        """Settle every occurrence that is due at `now`, in the order of their times; how many ran."""
        plan: list[tuple[datetime, Job, Settled]] = []
        async with self.db.snapshot(now) as tx:
            since = await self._since(tx)
            last = await self._last(tx)
        for job in self.registry.all.values():
            after = max(last.get(job.name, since), since, now - MAX_BACK)
            due = self._between(job, after, now)
            plan += [(settled.slot, job, settled) for settled in settle(due, now, job.catch_up)]
        ran = 0
        failed: set[str] = set()
        for _, job, settled in sorted(plan, key=lambda item: (item[0], item[1].name)):
            if job.name in failed:
                continue  # what comes after a failed occurrence waits for it: settling it would hide the failed one
            done = await self._settle(job, settled)
            if done is None:
                failed.add(job.name)
            ran += bool(done)
        return ran

    async def next_due(self, now: datetime) -> datetime | None:
        """When something is due next: a job, or a message that waits for its hour."""
        async with self.db.snapshot(now) as tx:
            since = await self._since(tx)
            last = await self._last(tx)
            first = await outbox.next_due(tx)
        moments = [first] if first else []
        calendar = self._calendar
        for job in self.registry.all.values():
            after = max(last.get(job.name, since), since, now - MAX_BACK)
            for schedule in job.when(self._company.policy.on(now.astimezone(self._company.zone).date())):
                try:
                    moments.append(schedule.next(after, calendar, self._company.zone))
                except LookupError:
                    continue
        return min(moments) if moments else None

    def _between(self, job: Job, after: datetime, until: datetime) -> list[datetime]:
        schedules = job.when(self._company.policy.on(until.astimezone(self._company.zone).date()))
        slots: set[datetime] = set()
        for schedule in schedules:
            slots.update(schedule.between(after, until, self._calendar, self._company.zone))
        return sorted(slots)

    async def _since(self, tx: Tx) -> datetime:
        value = await facts.get(tx, "jobs.since")
        return datetime.fromisoformat(value) if value else tx.now

    async def _last(self, tx: Tx) -> dict[str, datetime]:
        c = m.occurrences.c
        rows = await tx.all(select(c.job, func.max(c.scheduled_for)).group_by(c.job))
        return {row[0]: row[1] for row in rows}

    async def _settle(self, job: Job, settled: Settled) -> bool | None:
        """Claim, work and finish in one transaction; whether the work was done here.

        None after a fault: the claim is rolled back and the occurrence is tried at the next tick.
        """
        try:
            async with self.db.transaction(settled.slot) as tx:
                claimed = await tx.insert_once(
                    m.occurrences,
                    job=job.name,
                    scheduled_for=settled.slot,
                    state="done" if settled.runs else "skipped",
                    reason=settled.reason.value,
                    done_at=tx.now,
                )
                if claimed is None:
                    return False
                if settled.runs:
                    await job.work(tx, settled.slot)
        except Exception as problem:
            log.error("job failed", job=job.name, error=type(problem).__name__, exc_info=True)
            return None
        log.info("job", job=job.name, slot=settled.slot.isoformat(), ran=settled.runs, reason=settled.reason.value)
        return settled.runs
