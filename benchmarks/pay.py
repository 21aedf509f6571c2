"""What pay costs: a month of a very large company computed and posted, and one person's /pay in a large and a small one.

Computing is what the month's card does: everybody's pay to the fen, by the pay rules, from the confirmed deals. Its
yardstick is the grouped sum of the same deals by the same database (`SELECT seller_id, count(*), sum(amount_fen) …
GROUP BY seller_id`), through the same connection, measured in turn with it. What locking does besides is reported beside
it: every statement with its lines and deals, and the posting. All of it on SQLite, in a file.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select

from benchmarks import kit
from benchmarks.pay_card import Cards, looked
from core.rules import ledger as ledger_rules
from core.rules.calendar import Month
from core.rules.pay import Statement
from core.store import deals, ledger, people
from core.store import models as m
from core.store.db import Database, Tx
from core.usecases.month_sums import figures, itemised
from core.usecases.worth import person_months

NOVEMBER = Month(2026, 11)
PEOPLE, DEALS = 100_000, 1_000_000
SMALL = 100
PER_TEAM = 10
CHUNK = 20_000
ROUNDS = 5
COMPUTING_MOST = 5.0  # what the product promises, as a ratio
SINCE, BOOKED = date(2025, 1, 6), datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MonthMeasured:
    """Seconds and MiB. `summed`: the yardstick; `bare`: its rows alone, as the database hands them over.

    The ratios are medians over rounds, each of which measures them in turn: what else the machine does weighs on both.
    """

    people: int
    deals: int
    bare: float
    summed: float
    computed: float
    ratio: float
    bare_ratio: float
    itemised: float
    posted: float
    memory: float

    @property
    def kept(self) -> bool:
        """Is the promise kept?"""
        return self.ratio <= COMPUTING_MOST

    def __str__(self) -> str:
        return (
            f"month      {self.people:,} people, {self.deals:,} deals: computed in {self.computed:.1f} s, "
            f"{self.ratio:.1f} × the grouped SQL sum ({self.summed:.2f} s; at most {COMPUTING_MOST:g}), "
            f"{self.bare_ratio:.1f} × its bare rows ({self.bare:.2f} s); "
            f"with every line in {self.itemised:.1f} s, posted in {self.posted:.1f} s; {self.memory:.0f} MiB more at the peak"
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """Both."""

    month: MonthMeasured
    cards: Cards

    def __str__(self) -> str:
        return f"{self.month}\n{self.cards}"


# --- companies ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _company(folder: Path, count: int, sold: int) -> AsyncIterator[Database]:
    """A company of `count` clerks and reps in groups of ten with `sold` confirmed deals this month, as many last month."""
    kit.new_key()
    db = await kit.staffed(f"sqlite+aiosqlite:///{folder}/{count}.db", 0)
    teams = max(1, count // PER_TEAM)
    try:
        async with db.transaction() as tx:
            await tx.insert_many(m.teams, [{"name": f"{n}组", "created_at": BOOKED} for n in range(1, teams + 1)])
            for some in _chunks(range(1, count + 1)):
                await tx.insert_many(m.people, [_person(n, teams) for n in some])
                await tx.insert_many(m.postings, [_posting(n, teams) for n in some])
            for some in _chunks(range(1, sold + 1)):
                await tx.insert_many(m.deals, [_deal(n, count, teams, 11) for n in some])
            for some in _chunks(range(sold + 1, sold + min(sold, count * 2) + 1)):
                await tx.insert_many(m.deals, [_deal(n, count, teams, 10) for n in some])
        yield db
    finally:
        await db.close()


def _chunks(numbers: range) -> Iterator[range]:
    for first in range(0, len(numbers), CHUNK):
        yield numbers[first : first + CHUNK]


def _role(n: int) -> str:
    return "rep" if n % 3 == 0 else "clerk"


def _person(n: int, teams: int) -> dict[str, Any]:
    return {
        "id": n, "employee_no": f"{n:06d}", "name": f"人{n}", "pinyin": f"ren{n}", "role": _role(n),
        "status": "regular", "team_id": n % teams + 1, "hired_on": SINCE, "created_at": BOOKED,
    }  # fmt: skip


def _posting(n: int, teams: int) -> dict[str, Any]:
    return {
        "person_id": n, "valid_from": SINCE, "role": _role(n), "status": "regular", "team_id": n % teams + 1,
    }  # fmt: skip


def _deal(n: int, count: int, teams: int, month: int) -> dict[str, Any]:
    """The n-th: round the company again and again; a tenth with a rep's visit, a tenth SMS."""
    seller = n % count + 1
    kind = "sms" if n % 10 == 3 else "delegated" if n % 10 == 7 else "own"
    visitor = (seller + 3 - seller % 3 - 1) % count + 1 if kind == "delegated" else None
    return {
        "id": n, "seller_id": seller, "team_id": seller % teams + 1, "amount_fen": 100_000 + n * 7919 % 600_000,
        "kind": kind, "visitor_id": visitor, "signed_on": date(2026, month, n // count % 20 + 1), "state": "confirmed",
        "at": BOOKED, "at_source": "platform", "once": f"bench:{n}",
    }  # fmt: skip


# --- the month ---------------------------------------------------------------------------------------------------------


_D = m.deals.c
BARE = (
    select(_D.seller_id, func.count(), func.sum(_D.amount_fen))
    .where(_D.state == "confirmed", _D.signed_on >= bindparam("first"), _D.signed_on <= bindparam("last"))
    .group_by(_D.seller_id)
)


async def compute(tx: Tx, month: Month) -> list[Statement]:
    """Everybody's statement, as closing makes them: in a fixed number of queries."""
    version = tx.company.policy.for_month(month.start)
    graded = bool(version.pay.clerk_grades)  # only then does a base depend on the month before
    this = await person_months(tx, version, await people.everybody(tx), month, with_past=graded)
    return [one.statement for one in (await figures(tx, version, this, month)).values()]


async def _month(db: Database, count: int, sold: int) -> MonthMeasured:
    bare, sums, computed = [], [], []
    async with db.snapshot() as tx:
        grouped = await deals.sums(tx, NOVEMBER.start, NOVEMBER.end, "person")
        if sum(one.count for one in grouped.values()) != sold:
            raise RuntimeError("the company is not the one that was asked for")
        before = _peak()
        for _ in range(ROUNDS):
            bare.append(await _timed(tx.all(BARE, first=NOVEMBER.start, last=NOVEMBER.end)))
            sums.append(await _timed(deals.sums(tx, NOVEMBER.start, NOVEMBER.end, "person")))
            computed.append(await _timed(compute(tx, NOVEMBER)))
        peak = _peak() - before
        began = time.perf_counter()
        version = tx.company.policy.for_month(NOVEMBER.start)
        this = await person_months(tx, version, await people.everybody(tx), NOVEMBER)
        made = [one.statement for one in (await itemised(tx, version, this, NOVEMBER)).values()]
        by_line = time.perf_counter() - began
    async with db.transaction() as tx:
        began = time.perf_counter()
        booked = [entry for one in made if (entry := ledger_rules.month_pay(one, tx.now, by=(1, 2))) is not None]
        await ledger.append_many(tx, booked)
    posted = time.perf_counter() - began
    return MonthMeasured(
        count, sold, statistics.median(bare), statistics.median(sums), statistics.median(computed),
        statistics.median(whole / part for whole, part in zip(computed, sums, strict=True)),
        statistics.median(whole / part for whole, part in zip(computed, bare, strict=True)), by_line, posted, peak,
    )  # fmt: skip


async def _timed(work: Awaitable[object]) -> float:
    """Seconds; what an earlier round left behind is cleared away first."""
    gc.collect()
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _measure(count: int, sold: int) -> Measured:
    folder = Path(tempfile.mkdtemp(prefix="waihu-bench-"))
    try:
        each = sold // count
        async with _company(folder, SMALL, SMALL * each) as small, _company(folder, count, sold) as large:
            month = await _month(large, count, sold)
            return Measured(month, await looked(small, SMALL, large, count))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(*, quick: bool = False) -> Measured:
    """A month of 100 000 people with a million deals; a tenth of it when `quick`."""
    part = 10 if quick else 1
    return asyncio.run(_measure(PEOPLE // part, DEALS // part))


if __name__ == "__main__":
    print(measure())  # noqa: T201
