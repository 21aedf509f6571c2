"""A company of twenty agents whose bot is killed again and again while they type and deadlines pass, from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import signal
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import certifi
from sqlalchemy import func, select

from core.store import migrate
from core.store import models as m
from core.store.db import Database
from sandbox.client import Json, SandboxClient
from sandbox.server import Sandbox
from tests.chaos import audit, dying
from tests.chaos.agents import Agent, staff, writes_reports
from tests.chaos.occurrences import CHINA, RULES, due
from tests.chaos.processes import Nursery, Process
from tests.e2e.company import GROUP, TOKEN, found, network
from tests.office import POLICY, START, company

PATIENCE = 240.0  # host seconds without a step: far more than anything takes on a quiet machine
ROUNDS = 6  # times that people stir the bot up for it to reach the point at which it dies
LEASE = 3.0  # host seconds, on a machine that has nothing else to do
CARRIED = 9.0  # host seconds of a lease at most
AFTER = 1.0  # host seconds after a lease in which another should have taken over, or a process have met its point
RANDOM = "random"
EACH = 2  # times that each point is met, where there is room
HASTE = 0.35  # how often time leaps while the bot works
AWAY = 0.2  # how often it leaps while nobody is there
BOTH = 0.2  # how often both processes fall at a moment of ours
SUNDAY = START.replace(hour=0, minute=10) + timedelta(days=2)  # the deadline is over, and what follows it that night
DEEPEST = {
    dying.KEPT: 2,
    dying.HANDLED: 6,
    dying.COMMITTED: 3,
    dying.SENDING: 8,
    dying.SENT: 8,
    dying.JOB: 2,
    dying.SETTLED: 2,
    dying.MIGRATION: 30,
}
TABLES = (
    m.people, m.calls, m.deals, m.reports, m.drafts, m.inbox, m.outbox, m.occurrences, m.sent_messages,
)  # fmt: skip


def lease() -> float:
    """Host seconds of a lease: on a busy machine nobody comes round to renewing one in time that ends too soon."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(CARRIED, LEASE * max(1.0, busy))


def one_authority(folder: Path) -> str:
    """A file with one certificate: reading all that a machine trusts, twice, is a fourth of a process's start."""
    file = folder / "authority.pem"
    if not file.exists():
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        every = Path(certifi.where()).read_text("ascii", "ignore")
        file.write_text(f"{begin}{every.partition(begin)[2].partition(end)[0]}{end}\n", "ascii")
    return str(file)


@dataclass
class Toll:
    """How it died, in order; what it was to die of and did not."""

    deaths: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def met(self) -> Counter[str]:
        """How often each point was met."""
        return Counter(death.partition(":")[0] for death in self.deaths)


class Storm:
    """One company, its people and the processes of its bot."""

    def __init__(
        self, folder: Path, url: str, seed: int, sandbox: Sandbox, client: SandboxClient, young: Nursery
    ) -> None:
        self.folder, self.url = folder, url
        self.left = folder / "left"
        # Dice of their own: what people do and how long something takes does not change which deaths come next.
        self.fate, self.people, self.time = (random.Random(f"{seed} {whose}") for whose in ("fate", "people", "time"))
        self.sandbox, self.client, self.young = sandbox, client, young
        self.db = Database(url, company(), lambda: START)
        self.agents = [Agent(who, client.person(who.user), place) for place, who in enumerate(staff()[4:])]
        self.heads = [client.person(who.user) for who in staff()[2:4]]
        self.toll = Toll()
        self.habit = ""
        self.alive: list[Process] = []
        self.first_update = sandbox.net.queue.next_id
        self._numbers = itertools.count(1)

    # --- processes ---------------------------------------------------------------------------------------------------

    def environment(self, death: str) -> dict[str, str]:
        """What a process of the bot is told."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in os.environ}
        return kept | {
            "WAIHU_DATABASE_URL": self.url, "WAIHU_KEY_FILE": str(self.folder / "waihu.key"),
            "WAIHU_POLICY": str(POLICY), "WAIHU_BACKUP_DIR": str(self.folder / "backups"),
            "WAIHU_CLOCK": f"{self.sandbox.url}/clock", "WAIHU_HTTP_PORT": "0", "WAIHU_LEASE_SECONDS": str(lease()),
            "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": self.sandbox.url,
            "SSL_CERT_FILE": one_authority(self.folder), "WAIHU_DIE": death, "WAIHU_BREAK": self.habit, "WAIHU_LEFT": str(self.left),
        }  # fmt: skip

    async def start(self, point: str = "") -> Process:
        """A process of the bot, which ends itself at one of the first passings of that point."""
        log = self.folder / f"bot{next(self._numbers)}.log"
        death = f"{point}:{self.fate.randint(1, DEEPEST[point])}" if point in DEEPEST else point
        process = await self.young.start(("run",), self.environment(death), log, death=death)
        self.alive.append(process)
        self.sandbox.net.clock.expect(bot=True)
        return process

    async def waihu(self, *words: str) -> tuple[int, str]:
        """A command: how it ended and what it said."""
        process = await self.young.start(words, self.environment(""), self.folder / f"waihu{next(self._numbers)}.log")
        return await process.end(), process.said()

    # --- what people do ------------------------------------------------------------------------------------------------

    async def now(self) -> datetime:
        """The company's time."""
        return self.sandbox.net.clock.now().astimezone(CHINA)

    async def stir(self, most: int = 9) -> None:
        """Some of the agents type something, a supervisor may confirm a deal."""
        rng = self.people
        for agent in rng.sample(self.agents, rng.randint(most // 2, most)):
            week = writes_reports(await self.now())
            if agent.form is not None:
                await agent.goes_on()
                continue
            free, dice = agent.free, rng.random()
            if free and week is not None and week not in agent.reports and dice < 0.3:
                await agent.opens_weekly(week)
            elif free and dice < 0.5:
                await agent.opens_deal()
            elif dice < 0.6:
                await agent.deal()
            else:
                await agent.call()
        if rng.random() < 0.5:
            await self.confirm()

    async def confirm(self) -> None:
        """A supervisor presses the newest button that confirms a deal."""
        head = self.people.choice(self.heads)
        asked = [one for one in head.messages() if one.by_bot and any("确认" in label for label in one.labels)]
        if asked:
            await head.press(asked[-1], "确认")

    async def time_passes(self, slots: int) -> None:
        """The clock is sent past that many of the moments at which something is due."""
        now = max(await self.now(), self.sandbox.net.clock.target or START)
        ahead = sorted({slot for rule in RULES.values() for slot in due(rule, now, now + timedelta(days=8))})
        await self.client.post("/clock", to=(ahead[slots - 1] + timedelta(seconds=20)).isoformat())

    # --- killing -------------------------------------------------------------------------------------------------------

    async def rage(self, kills: int, *, processes: int = 1) -> Toll:
        """So many deaths at least, with so many processes at work; where there is room each point is met `EACH` times.

        AssertionError says what did not hold, after which deaths.
        """
        thorough = kills >= EACH * len(dying.POINTS)
        goal, idle = len(self.toll.deaths) + kills, 0
        queue = deque([*dying.POINTS, *[RANDOM] * 2] * EACH)
        self.fate.shuffle(queue)
        while len(self.toll.deaths) < goal or (thorough and self._unmet()):
            if not self.alive and self.time.random() < AWAY:
                self.sandbox.net.clock.expect(bot=False)
                await self.time_passes(self.time.randint(1, 3))
            while len(self.alive) < processes:
                owed = self._owed()
                await self.start(
                    queue.popleft() if queue else self.fate.choice(owed or (*dying.POINTS, RANDOM, RANDOM))
                )
            idle = 0 if await self._one_may_die() else idle + 1
            if not idle:
                await self.holds()
            elif idle >= ROUNDS:  # this point is not met today
                idle, process = 0, self.alive[0]
                await process.kill()
                self.toll.missed.append(process.death)
                self._bury(process)
                assert len(self.toll.missed) < max(kills, 5), self.say(["points that are never met", *self.toll.missed])
        return self.toll

    def _unmet(self) -> list[str]:
        return [point for point in dying.POINTS if self.toll.met[point] < EACH]

    def _owed(self) -> list[str]:
        """The points that have not been met often enough, as far as nobody is on the way to them."""
        coming = Counter(self._point(process) for process in self.alive)
        return [point for point in self._unmet() if self.toll.met[point] + coming[point] < EACH]

    async def _one_may_die(self) -> bool:
        """People stir the bot up; whether a process died of it, or at a random moment of ours."""
        rng = self.time
        points = {self._point(process) for process in self.alive}
        if points & {dying.JOB, dying.SETTLED} or rng.random() < HASTE:
            await self.time_passes(rng.randint(1, 4))
        stirring = asyncio.create_task(self.stir())
        patience = rng.uniform(0.1, 2.0) if RANDOM in points else lease() + AFTER
        await asyncio.wait({process.ended for process in self.alive}, timeout=patience, return_when="FIRST_COMPLETED")
        fallen = [process for process in self.alive if not process.alive]
        if not fallen and RANDOM in points:
            fallen = [process for process in self.alive if self._point(process) == RANDOM or rng.random() < BOTH]
            for process in fallen:
                await process.kill()
                process.death = RANDOM
        await stirring
        for process in fallen:
            self.toll.deaths.append(process.death)
            self._bury(process)
        return bool(fallen)

    async def dies(self, point: str, times: int) -> None:
        """So many deaths at one point. Raises LookupError when it is not met."""
        for _ in range(times):
            process = await self.start(point)
            for _ in range(ROUNDS):
                if await self._one_may_die():
                    break
            else:
                raise LookupError(f"{process.death} is never met")
            await self.holds()

    async def upgrade_killed(self, times: int) -> None:
        """A process dies in the middle of bringing an older database up, and leaves it as it was; again and again. Then
        one brings it up, and its jobs begin before time passes."""
        before = await migrate.current(self.url)
        for _ in range(times):
            process = await self.start(dying.MIGRATION)
            await process.end()
            self.toll.deaths.append(process.death)
            self._bury(process)
            assert await migrate.current(self.url) == before != migrate.head(), self.say(["a half upgrade"])
        await self.start(RANDOM)
        await self.client.receiving(PATIENCE)

    @staticmethod
    def _point(process: Process) -> str:
        return process.death.partition(":")[0]

    def _bury(self, process: Process) -> None:
        """It was killed, and did not end by itself."""
        self.alive.remove(process)
        ended = process.ended.result()
        assert ended == -signal.SIGKILL, self.say([f"{process.death}: it ended with {ended}", process.said()[-3000:]])

    # --- looking -------------------------------------------------------------------------------------------------------

    async def rows(self) -> dict[str, list[Any]]:
        """The tables as they stand, in one snapshot."""
        async with self.db.snapshot() as tx:
            return {table.name: list(await tx.all(select(table).order_by(table.c.id))) for table in TABLES}

    def seen(self) -> dict[tuple[str, str], Json]:
        """Every message of the bot as it was when it was new, by chat and id."""
        found: dict[tuple[str, str], Json] = {}
        for event in self.client.events():
            if event["type"] == "message" and event["message"]["from"] == "bot":
                one = event["message"]
                found.setdefault((str(one["chat_id"]), str(one["id"])), one)
        return found

    async def holds(self) -> None:
        """What people saw confirmed is there, now."""
        promised = audit.promises(self.agents)
        rows = await self.rows()
        problems = audit.kept(rows, self.agents, promised)
        problems += audit.jobs(rows, START, await self.now(), at_rest=False)
        assert not problems, self.say(problems)

    async def survives(self, until: datetime = START) -> None:
        """A process that nobody kills; the clock goes on to a moment at least."""
        await self.start()
        await self.client.receiving(PATIENCE)
        if await self.now() < until:
            await self.client.post("/clock", to=until.isoformat())

    async def comes_to_rest(self) -> None:
        """Until everything is taken, handled, settled and said, however slow the machine. What makes no step for so long is
        for `judge` to name."""
        left = await self._left()
        with contextlib.suppress(TimeoutError):
            while any(left):
                async with asyncio.timeout(PATIENCE):
                    before = left
                    while left == before:
                        await self._glance()
                        left = await self._left()

    async def _glance(self) -> None:
        """Until the network tells something, or a moment has passed."""
        mark, client = self.client.now, self.client
        try:
            await client.until(lambda: client.now > mark, "news", 0.1)
        except AssertionError:
            return

    async def _left(self) -> tuple[int, ...]:
        """How much waits to be taken, handled, said and settled; and whether time is on its way."""
        now = await self.now()
        async with self.db.snapshot(now) as tx:
            inbox, outbox = m.inbox.c, m.outbox.c
            unsaid = outbox.state.in_(["new", "leased"]) & (outbox.due_at <= now)
            waiting = await tx.scalar(select(func.count()).where(inbox.state == "new"))
            saying = await tx.scalar(select(func.count()).where(unsaid))
            settled = await tx.all(select(m.occurrences.c.job))
        return (
            self.client.pending_updates, waiting, saying, audit.unsettled(settled, START, now),
            self.sandbox.net.clock.moving,
        )  # fmt: skip

    async def judge(self) -> list[str]:
        """Everything that is wrong when all has come to rest."""
        rows = await self.rows()
        queue = self.sandbox.net.queue
        return [
            *audit.kept(rows, self.agents, audit.promises(self.agents)),
            *audit.entries(rows, self.agents),
            *audit.answered(rows, self.agents),
            *audit.inbox(rows, range(self.first_update, queue.next_id)),
            *audit.outbox(rows, self.seen()),
            *audit.jobs(rows, START, await self.now()),
            *audit.violations(rows, await self.client.violations()),
            *audit.pace(audit.departures(self.left)),
        ]

    def logs(self) -> str:
        """The ends of what the last processes logged."""
        latest = sorted(self.folder.glob("bot*.log"), key=lambda log: log.stat().st_mtime)[-3:]
        return "\n".join(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-3000:]}" for log in latest)

    def say(self, problems: list[str]) -> str:
        """What went wrong, after which deaths."""
        told = "\n".join(problems[:20])
        named = [agent for agent in self.agents if any(one.startswith(agent.who.name) for one in problems)]
        for agent in named[:3]:
            last = "\n".join(f"  {'bot' if one.by_bot else 'me'}: {one.text!r}" for one in agent.phone.messages()[-24:])
            told += f"\n{agent.who.name}'s phone shows\n{last}"
        return f"after {len(self.toll.deaths)} kills ({', '.join(self.toll.deaths)}):\n{told}"


@asynccontextmanager
async def storm(
    folder: Path, url: str, seed: int, young: Nursery, *, revision: str | None = None
) -> AsyncIterator[Storm]:
    """A company at `url`, perhaps left by an older program, with nobody running its bot yet."""
    people = staff()
    await found(folder, people, url=url, revision=revision)
    async with Sandbox(network(people), clock=START, port=0) as sandbox, SandboxClient(sandbox.url) as client:
        raging = Storm(folder, url, seed, sandbox, client, young)
        try:
            await client.person(people[2].user).say(f"/bind@waihu_demo_bot {people[2].team}", chat=GROUP)
            yield raging
        finally:
            await young.end()
            await raging.db.close()
