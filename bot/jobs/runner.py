"""Jobs: APScheduler wakes us, the database says who runs (D6).

One row (job, scheduled_for) is claimed and finished in the transaction of what the job produces, so a restart, a
second process or a clock moved forward give the same result: each occurrence is done once or skipped with its reason.
The occurrences of one job are settled in their order, so the newest settled one says where to go on, however long
nobody was there. A job begins when this database first sees it: what an upgrade adds owes nothing from before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog

from core.rules.calendar import Calendar, moment, utc
from core.rules.policy import Version
from core.rules.schedule import CatchUp, Schedule, Settled, settle
from core.store import facts, occurrences, outbox
from core.store.db import Company, Database, Plan, Tx, aside
from core.store.trouble import passes

log = structlog.get_logger("jobs")

Work = Callable[[Tx, datetime], Awaitable[None]]
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that happens at its time. `when` reads the schedule from the policy in force."""

    name: str
    when: Callable[[Version], Sequence[Schedule]]
    catch_up: CatchUp
    work: Work
    plans: bool = False  # it reads and notifies, nothing else: worked out on a snapshot, written set-wise


class Jobs:
    """The registry."""

    def __init__(self) -> None:
        self.all: dict[str, Job] = {}

    def job(
        self, name: str, when: Callable[[Version], Sequence[Schedule]], catch_up: CatchUp, *, plans: bool = False
    ) -> Callable[[Work], Work]:
        """Register a job: work(tx, slot) only decides who must hear what; the outbox sends."""

        def register(work: Work) -> Work:
            self.all[name] = Job(name, when, catch_up, work, plans)
            return work

        return register


jobs = Jobs()


class Runner:
    """Runs what is due."""

    def __init__(self, db: Database, registry: Jobs = jobs) -> None:
        self.db = db
        self.registry = registry
        self._since: dict[str, datetime] = {}  # job -> when this database first saw it; never changes once written
        self._marks: dict[str, datetime] = {}  # job -> after which moment it was open when we last looked
        self._upcoming: dict[str, tuple[Company, datetime, datetime | None]] = {}  # job -> what comes after a moment
        self._failures: dict[tuple[str, datetime], int] = {}
        self._guessing: tuple[Calendar, Calendar] | None = None  # the company's calendar, and it where it must guess

    @property
    def _company(self) -> Company:
        return self.db.company

    @property
    def _calendar(self) -> Calendar:
        """Plain weekdays where a year's holidays are unknown: a board on a wrong day costs a message, none at all costs
        the year (docs/rules.md 44). What is due and late is judged by the work itself, and never guessed."""
        known = self._company.calendar
        if self._guessing is None or self._guessing[0] is not known:
            self._guessing = (known, known.guessing())
        return self._guessing[1]

    async def begin(self) -> None:
        """Remember when the company began, and each job: nothing before that is owed."""
        async with self.db.transaction() as tx:
            await facts.put_once(tx, "jobs.since", tx.now.isoformat())
            await occurrences.meet(tx, await self._strangers(tx))

    async def fire_due(self, now: datetime) -> int:
        """Settle every occurrence that is due at `now`; how many ran here.

        Those that are skipped are settled first and at once, the others in the order of their times, each in a
        transaction with what it produces. A job whose work fails is tried again at the next tick, and nothing later of
        it is settled before. The policy is as it is confirmed by then, in whichever process.
        """
        if not self.db.sqlite:  # the one process on SQLite has confirmed them itself
            await self.db.refresh()
        if self._idle(now):
            return 0
        skipped: list[tuple[datetime, str, Settled]] = []
        wanted: list[tuple[datetime, str, Settled]] = []
        for name, after in (await self._settled_until(now)).items():
            if not self._is_due(name, after, now):
                continue
            job = self.registry.all[name]
            for settled in settle(self._between(job, after, now), now, job.catch_up):
                (wanted if settled.runs else skipped).append((utc(settled.slot), name, settled))
        if skipped and not await self._skip(sorted(skipped, key=lambda one: one[:2]), now):
            return 0
        ran = 0
        failed: set[str] = set()
        for _, name, settled in sorted(wanted, key=lambda one: one[:2]):
            if name in failed:
                continue  # what comes after a failed occurrence waits for it: settling it would hide the failed one
            done = await self._run(self.registry.all[name], settled, now)
            if done is None:
                failed.add(name)
            ran += bool(done)
        return ran

    async def next_due(self, now: datetime) -> datetime | None:
        """When something is due next: a job, or a message that waits for its hour."""
        after = await self._settled_until(now)
        async with self.db.snapshot(now) as tx:
            first = await outbox.next_due(tx)
        moments = [first, *(self._next(name, moment) for name, moment in after.items())]
        return min((moment for moment in moments if moment is not None), default=None)

    async def overdue(self, tx: Tx) -> dict[str, datetime]:
        """Which jobs have an occurrence that is due at `tx.now` and not settled, and the first such slot of each.

        A second after everything is well there is none: what stays here fails, or nobody runs. Writes nothing.
        """
        names = sorted(self.registry.all)
        newest = await occurrences.settled_until(tx, names)
        await self._strangers(tx)
        found: dict[str, datetime] = {}
        for name in names:
            after = newest.get(name) or self._since.get(name)  # a job that was never seen begins with the first tick
            slot = None if after is None else self._next(name, after)
            if slot is not None and utc(slot) <= utc(tx.now):
                found[name] = slot
        return found

    # --- what is due -----------------------------------------------------------------------------------------

    def _idle(self, now: datetime) -> bool:
        """Nothing is due by what we saw last? Then nothing is: other processes only settle more. Most ticks end here."""
        return self._marks.keys() == self.registry.all.keys() and not any(
            self._is_due(name, after, now) for name, after in self._marks.items()
        )

    async def _settled_until(self, now: datetime) -> dict[str, datetime]:
        """After which moment each job's occurrences are open; a job seen for the first time begins now."""
        names = sorted(self.registry.all)
        async with self.db.snapshot(now) as tx:
            newest = await occurrences.settled_until(tx, names)
            strangers = await self._strangers(tx)
        if any(name not in newest for name in strangers):
            async with self.db.transaction(now) as tx:
                await occurrences.meet(tx, strangers)
                await self._strangers(tx)  # another process may have met them before us
        self._marks = {name: newest[name] if name in newest else self._since[name] for name in names}
        return self._marks

    async def _strangers(self, tx: Tx) -> list[str]:
        """Jobs that this database has not seen yet."""
        unsure = [name for name in self.registry.all if name not in self._since]
        if unsure:
            self._since |= await occurrences.known_since(tx, unsure)
        return [name for name in unsure if name not in self._since]

    def _is_due(self, name: str, after: datetime, now: datetime) -> bool:
        upcoming = self._next(name, after)
        return upcoming is not None and utc(upcoming) <= utc(now)

    def _next(self, name: str, after: datetime) -> datetime | None:
        """The first occurrence after a moment; kept, because every tick asks."""
        company = self._company
        known = self._upcoming.get(name)
        if known is None or known[0] is not company or known[1] != after:
            known = self._upcoming[name] = (company, after, self._first(self.registry.all[name], after))
        return known[2]

    def _first(self, job: Job, after: datetime) -> datetime | None:
        for version, begin, end in self._spans(after):
            found: list[datetime] = []
            for schedule in job.when(version):
                try:
                    found.append(schedule.next(begin, self._calendar, self._company.zone))
                except LookupError:
                    continue
            found = [slot for slot in found if end is None or utc(slot) <= end]
            if found:
                return min(found, key=utc)
        return None

    def _between(self, job: Job, after: datetime, until: datetime) -> list[datetime]:
        """The occurrences in (after, until], each by the policy of its own day."""
        slots: dict[datetime, datetime] = {}
        for version, begin, end in self._spans(after):
            last = utc(until) if end is None else min(utc(until), end)
            for schedule in job.when(version):
                for slot in schedule.between(begin, last, self._calendar, self._company.zone):
                    slots[utc(slot)] = slot
        return [slots[instant] for instant in sorted(slots)]

    def _spans(self, after: datetime) -> list[tuple[Version, datetime, datetime | None]]:
        """Which version of the policy says when, as half-open spans (from, to] from `after` on; None: to no end."""
        versions = self._company.policy.versions
        starts = [utc(moment(version.effective_from, time(), self._company.zone)) - INSTANT for version in versions]
        ends: list[datetime | None] = [*starts[1:], None]
        return [
            (version, max(utc(after), start), end)
            for version, start, end in zip(versions, starts, ends, strict=True)
            if end is None or end > utc(after)
        ]

    # --- settling --------------------------------------------------------------------------------------------

    async def _skip(self, skipped: Sequence[tuple[datetime, str, Settled]], now: datetime) -> bool:
        """Settle what does not run, all at once; False after a fault, and then nothing else may be settled either."""
        try:
            async with self.db.transaction(now) as tx:
                gone = [(name, settled.slot, settled.reason.value) for _, name, settled in skipped]
                await occurrences.skip(tx, gone, now)
        except Exception as problem:
            log.error("skipping failed", error=type(problem).__name__, exc_info=True)
            return False
        for _, name, settled in skipped:
            log.info("job", job=name, slot=settled.slot.isoformat(), ran=False, reason=settled.reason.value)
        return True

    async def _run(self, job: Job, settled: Settled, now: datetime) -> bool | None:
        """Claim, work and finish in one transaction; whether the work was done here.

        None after a fault: the claim is rolled back and the occurrence is tried at the next tick.
        """
        slot, reason = settled.slot, settled.reason.value
        try:
            with aside():
                plan = await self._plan(job, slot) if job.plans else None
            async with self.db.transaction(slot) as tx:
                if not await occurrences.claim(tx, job.name, slot, reason, now):
                    return False
                with aside():
                    await (tx.carry_out(plan) if plan else job.work(tx, slot))
        except Exception as problem:
            if passes(problem):
                raise  # the tick waits for the database, and tries again
            self._failed(job.name, slot, problem)
            return None
        self._failures.pop((job.name, slot), None)
        log.info("job", job=job.name, slot=slot.isoformat(), ran=True, reason=reason)
        return True

    async def _plan(self, job: Job, slot: datetime) -> Plan:
        """What the job has to say, worked out beside everybody else's work."""
        async with self.db.plan(slot) as plan:
            await job.work(plan, slot)
        return plan

    def _failed(self, name: str, slot: datetime, problem: Exception) -> None:
        """Said at the 1st, 2nd, 4th, 8th … failure of an occurrence: it is tried every second."""
        count = self._failures[name, slot] = self._failures.get((name, slot), 0) + 1
        if count & (count - 1) == 0:
            kind = type(problem).__name__
            log.error("job failed", job=name, slot=slot.isoformat(), times=count, error=kind, exc_info=problem)
