"""Holding a channel's lease: who holds it receives and sends, everybody else stands by (D7).

The holder trusts its own clock: it counts from the moment it *asked* for a renewal, and stops a margin before the
database would give the lease to another. So a process that was frozen, or whose database is gone, has stopped by the
time somebody else begins, whether or not it can hear of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.lasting import Outage
from core.store import leases, wake
from core.store.db import Database, Tx
from core.store.trouble import passes

log = structlog.get_logger("holding")

LEASE = 15.0  # host seconds
RENEWALS = 3  # times that a lease is renewed in its span
MARGIN = 0.2  # of a lease: what is on the wire when it ends gets this long to be answered
TRIES = 5  # times in a lease's span that a process standing by asks for it
AGAIN = 0.5  # host seconds between two attempts to renew when the database does not answer

Gained = Callable[[Tx, bool], Awaitable[None]]
Work = Callable[[], Awaitable[None]]


def host_seconds() -> float:
    """Seconds that pass also while this process is stopped or the machine sleeps; never set by anybody."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def identity() -> str:
    """A new holder's name: random, then where to find it."""
    return f"{secrets.token_hex(4)} {socket.gethostname()[:80]}/{os.getpid()}"


class Holding:
    """The leases of this process.

    `lease` in host seconds. `alone`: no other process can use this database, so whatever a dead one held is taken.
    `hang_up` is called when the database has not answered for so long that a lease was lost by it.
    """

    def __init__(
        self,
        db: Database,
        *,
        lease: float = LEASE,
        alone: bool = False,
        me: str | None = None,
        clock: Callable[[], float] = host_seconds,
        outage: Outage | None = None,
        hang_up: Callable[[], object] = lambda: None,
    ) -> None:
        self.db = db
        self.me = me or identity()
        self.lease = lease
        self.margin = lease * MARGIN
        self.news = asyncio.Event()  # somebody gave a lease back
        self._alone = alone
        self._clock = clock
        self._outage = outage or Outage()
        self._hang_up = hang_up
        self._until: dict[str, float] = {}  # channel -> until when, on our clock, we act for it
        self._terms: dict[str, int] = {}  # channel -> the term in which we held it last
        self._leftover: set[asyncio.Future[Any]] = set()

    # --- asking --------------------------------------------------------------------------------------------

    def holds(self, name: str) -> bool:
        """May this process receive and send for a channel now?"""
        return self.left(name) > 0

    def left(self, name: str) -> float:
        """Host seconds for which we may still act for a channel, if nothing is renewed."""
        return self._until.get(name, 0.0) - self._clock() if name in self._until else 0.0

    # --- taking, keeping, giving back -------------------------------------------------------------------------

    async def take(self, name: str, gained: Gained) -> bool:
        """Ask once. `gained(tx, anew)` runs in the transaction that takes the lease: others see both or none.

        `anew` is false when nobody else held it since we did.
        """
        asked = self._clock()
        async with self.db.transaction() as tx:
            term = await leases.acquire(tx, name, self.me, self.lease, from_anybody=self._alone)
            if term is not None:
                await gained(tx, self._terms.get(name) != term)
        self._outage.over()
        if term is None:
            return False
        self._terms[name] = term
        self._until[name] = asked + self.lease - self.margin
        log.info("lease taken", channel=name, holder=self.me, term=term)
        return True

    async def keep(self, name: str, gained: Gained, work: Work) -> None:
        """For ever: stand by until the lease is ours, then `work` until it is lost. Raises what `work` raises."""
        while True:
            if not self.holds(name):
                await self._stand_by(name, gained)
            working = asyncio.ensure_future(work())
            try:
                await self._while_held(name, working)
            finally:
                await self._end(working)
            self._until.pop(name, None)
            log.warning("lease lost", channel=name, holder=self.me)

    async def extend(self, seconds: float) -> None:
        """Renew what we hold once, for at most `seconds` of trying: before a stop, so that what is out can be finished."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for name in [name for name in self._until if self.holds(name)]:
                    await self._renew(name)

    async def release(self) -> None:
        """Give everything back and tell those who wait for it."""
        held, self._until = [name for name in self._until if self.holds(name)], {}
        if held:
            async with self.db.transaction() as tx:
                for name in held:
                    await leases.release(tx, name, self.me)
                await wake.ring(tx, wake.LEASES)

    # --- within ---------------------------------------------------------------------------------------------------

    async def _stand_by(self, name: str, gained: Gained) -> None:
        said = False
        while True:
            self.news.clear()
            asking = asyncio.ensure_future(self.take(name, gained))
            try:
                done, _ = await asyncio.wait({asking}, timeout=self.lease)
            finally:
                if not asking.done():
                    self._leave(asking)
            if not done:
                self._outage.met(TimeoutError())
                self._hang_up()
            elif asking.result():
                return
            elif not said:
                said = True
                log.info("standing by", channel=name, holder=self.me)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.lease / TRIES):
                    await self.news.wait()

    async def _while_held(self, name: str, working: asyncio.Future[None]) -> None:
        """Renew until the lease is lost. Raises what ended the work."""
        pause = self._until_renewal(name)
        while (left := self.left(name)) > 0:
            await asyncio.wait({working}, timeout=min(pause, left))
            if working.done():
                working.result()
                raise RuntimeError("the work for a channel ended by itself")
            if (left := self.left(name)) <= 0:
                return
            renewing = asyncio.ensure_future(self._renew(name))
            try:
                both: set[asyncio.Future[Any]] = {renewing, working}
                await asyncio.wait(both, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if not renewing.done() and not working.done():
                    self._outage.met(TimeoutError())
                    self._hang_up()
                    return
                pause = self._until_renewal(name)
                if renewing.done():
                    problem = renewing.exception()
                    if problem is not None and not passes(problem):
                        raise problem
                    if problem is None and not renewing.result():
                        return
                    pause = AGAIN if problem else pause
            finally:
                if not renewing.done():
                    self._leave(renewing)

    def _until_renewal(self, name: str) -> float:
        """Host seconds until a lease is to be renewed, counted from when it was asked for: the answer may come late."""
        return max(0.0, self.left(name) - (self.lease - self.margin) + self.lease / RENEWALS)

    async def _renew(self, name: str) -> bool:
        asked = self._clock()
        try:
            async with self.db.transaction() as tx:
                held = await leases.renew(tx, name, self.me, self.lease)
        except Exception as problem:
            if passes(problem):
                self._outage.met(problem)
            raise
        self._outage.over()
        if held and name in self._until:
            self._until[name] = asked + self.lease - self.margin
        return held

    async def _end(self, working: asyncio.Future[None]) -> None:
        """The work stops now. What hangs in a database that is gone is not waited for: it can do nothing any more."""
        working.cancel()
        await asyncio.wait({working}, timeout=self.margin / 2)
        if not working.done():
            self._leave(working)
        elif not working.cancelled() and (problem := working.exception()) is not None:
            log.warning("a channel's work ended badly", error=type(problem).__name__)

    def _leave(self, task: asyncio.Future[Any]) -> None:
        """Cancel without waiting; kept until it is gone, and its end is nobody's business."""
        task.cancel()
        self._leftover.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Future[Any]) -> None:
        self._leftover.discard(task)
        if not task.cancelled():
            task.exception()
