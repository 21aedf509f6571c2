"""The database: engines, the one transaction, and the few helpers every query uses (D1, D2, D7).

Only the transaction commits: returning commits, raising rolls back. On SQLite there is one writer connection and
every write begins IMMEDIATE; readers work on their own snapshot. Nothing is awaited inside a transaction but SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from core.rules.calendar import Calendar
from core.rules.policy import Policy, Version
from core.store import models as m
from core.store import policies, wake
from core.store import sqlite as sqlite_driver
from core.store.sqlite import aside

__all__ = ["BESIDE", "BULK", "NOTICE", "REPLY", "Company", "Database", "Plan", "Tx", "aside", "lane_of", "minutes"]

REPLY, NOTICE, BULK = 0, 1, 2
CHUNK = 500  # rows written in one go: the event loop breathes in between
BESIDE = ("answer", "strip", "menu", "leave")  # calls that no message in the same chat has to wait for


def lane_of(verb: str, person_id: int | None, channel: str, chat: str | None) -> str:
    """What goes out one after the other: everything for one person, or everything in one group.

    A notice has no chat until it is sent, an answer has both: what goes to one person is one lane.
    """
    if verb in BESIDE:
        return ""
    private = person_id is not None and (chat is None or not chat.startswith("-"))
    return f"person:{person_id}" if private else f"{channel}:{chat or ''}"


@cache
def _insert_new(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


@cache
def _insert_returning(dialect: str, table: Table, columns: tuple[str, ...]) -> Executable:
    return _insert_new(dialect, table).returning(*(table.c[name] for name in columns))


@cache
def _insert_once(dialect: str, table: Table) -> Executable:
    return _insert_new(dialect, table).returning(table.primary_key.columns[0])


@dataclass(frozen=True, slots=True)
class Company:
    """What holds for the whole installation: one company, one time zone."""

    zone: ZoneInfo
    policy: Policy
    calendar: Calendar
    lang: str = "zh"
    amended: int = 0  # the newest version of the policy that was confirmed in the chat (policy_versions.id)


class Tx:
    """One transaction. `now` is the company's time, read once."""

    def __init__(self, conn: AsyncConnection, now: datetime, company: Company) -> None:
        self.conn = conn
        self.now = now
        self.company = company
        self.noted = 0  # outgoing rows written: the sender is woken after the commit

    @property
    def local(self) -> datetime:
        """Now, in the company's zone."""
        return self.now.astimezone(self.company.zone)

    @property
    def today(self) -> date:
        """The company's day."""
        return self.local.date()

    @property
    def policy(self) -> Version:
        """The policy version in force today."""
        return self.company.policy.on(self.today)

    def at(self, day: date, clock: Any) -> datetime:
        """A wall-clock time of a day in the company's zone."""
        return datetime.combine(day, clock, tzinfo=self.company.zone)

    # --- SQL -------------------------------------------------------------------------------------------
    # A statement that is built once and given its values here costs a third of one that is built each time.

    async def run(self, statement: Executable, values: Any = None, /, **named: Any) -> CursorResult[Any]:
        """Execute; many rows when `values` is a list. `named` fills the statement's parameters."""
        return await self.conn.execute(statement, values if values is not None else named or None)

    async def all(self, statement: Executable, /, **named: Any) -> Sequence[Any]:
        """Every row."""
        return (await self.conn.execute(statement, named or None)).all()

    async def first(self, statement: Executable, /, **named: Any) -> Any | None:
        """The first row, or None."""
        return (await self.conn.execute(statement, named or None)).first()

    async def scalar(self, statement: Executable, /, **named: Any) -> Any:
        """The first column of the first row, or None."""
        return (await self.conn.execute(statement, named or None)).scalar()

    async def insert(self, table: Table, **values: Any) -> int:
        """Insert one row; its id."""
        result = await self.conn.execute(table.insert(), values)
        key = result.inserted_primary_key
        return int(key[0]) if key is not None and isinstance(key[0], int) else 0

    async def insert_once(self, table: Table, **values: Any) -> int | None:
        """Insert unless a unique constraint says it is there already; the new id, or None."""
        statement = _insert_once(self.conn.dialect.name, table)
        new: int | None = (await self.conn.execute(statement, values)).scalar()
        return new

    async def insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set-wise insert of rows with the same columns; what a unique constraint knows already is passed over."""
        if rows:
            await self.conn.execute(_insert_new(self.conn.dialect.name, table), list(rows))

    async def insert_returning(
        self, table: Table, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
    ) -> Sequence[Any]:
        """As `insert_new`, with these columns of the rows that were written, in any order."""
        if not rows:
            return []
        statement = _insert_returning(self.conn.dialect.name, table, tuple(columns))
        return (await self.conn.execute(statement, list(rows))).all()

    def savepoint(self) -> AbstractAsyncContextManager[Any]:
        """What is raised inside undoes what was done inside, and nothing else."""
        return self.conn.begin_nested()

    async def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set-wise insert of rows with the same columns."""
        if rows:
            await self.conn.execute(table.insert(), list(rows))

    # --- telling people ----------------------------------------------------------------------------------

    async def notify(
        self,
        person_id: int,
        notice: str,
        data: Mapping[str, Any] | None = None,
        *,
        once: str,
        subject: str | None = None,
        guard: str | None = None,
        due_at: datetime | None = None,
        expires_at: datetime | None = None,
        rank: int = NOTICE,
        repeatable: bool | None = None,
    ) -> bool:
        """Tell a person something by name and data; it is rendered in their language when it is sent.

        `once` is unique for ever: saying it again changes nothing (False). `guard` is checked at the moment of
        sending. `repeatable` says whether it may go out a second time after an unknown outcome; reminders and boards
        (rank BULK) may not unless it is said (reliability D6).
        """
        if repeatable is None:
            repeatable = rank != BULK
        return await self._out(
            person_id=person_id, notice=notice, payload=dict(data or {}), once=once, subject=subject, guard=guard,
            due_at=due_at or self.now, expires_at=expires_at, rank=rank, repeatable=repeatable, verb="send",
            channel="", chat=None,
        )  # fmt: skip

    async def amend(
        self,
        person_id: int,
        notice: str,
        data: Mapping[str, Any] | None = None,
        *,
        once: str,
        subject: str,
        otherwise: str = "drop",
        guard: str | None = None,
    ) -> bool:
        """Say anew what our newest message with `subject` in a person's chat says: it is edited in place.

        `otherwise`: where nothing can be edited, "drop" says nothing and "send" sends it as a new message.
        """
        return await self._out(
            person_id=person_id, notice=notice, payload=dict(data or {}) | {"otherwise": otherwise}, once=once,
            subject=subject, guard=guard, due_at=self.now, expires_at=None, rank=NOTICE, repeatable=True, verb="edit",
            channel="", chat=None,
        )  # fmt: skip

    async def post(
        self,
        channel: str,
        chat: str,
        notice: str,
        data: Mapping[str, Any] | None = None,
        *,
        once: str,
        due_at: datetime | None = None,
        expires_at: datetime | None = None,
        guard: str | None = None,
        rank: int = BULK,
        subject: str | None = None,
    ) -> bool:
        """Post something into a group, at most once after an unknown outcome."""
        return await self._out(
            person_id=None, notice=notice, payload=dict(data or {}), once=once, subject=subject, guard=guard,
            due_at=due_at or self.now, expires_at=expires_at, rank=rank, repeatable=False, verb="send",
            channel=channel, chat=chat,
        )  # fmt: skip

    async def _out(self, **values: Any) -> bool:
        lane = lane_of(values["verb"], values["person_id"], values["channel"], values["chat"])
        new = await self.insert_once(m.outbox, created_at=self.now, state="new", lane=lane, **values)
        self.noted += values["due_at"] <= self.now
        return new is not None

    async def carry_out(self, plan: Plan) -> None:
        """Write what a plan gathered, set-wise; what was said before is not said again."""
        if not plan.gathered:
            return
        for first in range(0, len(plan.gathered), CHUNK):
            await self.insert_new(m.outbox, plan.gathered[first : first + CHUNK])
        self.noted += len(plan.gathered)

    async def note(self, actor_id: int | None, action: str, subject: str, detail: Any = None) -> None:
        """Write the audit trail: who did what to which record. Never names or numbers in clear."""
        await self.insert(m.audit, at=self.now, actor_id=actor_id, action=action, subject=subject, detail=detail)


class Plan(Tx):
    """A reading transaction that gathers what is to be said: `Tx.carry_out` writes it all at once (D2)."""

    def __init__(self, conn: AsyncConnection, now: datetime, company: Company) -> None:
        super().__init__(conn, now, company)
        self.gathered: list[dict[str, Any]] = []

    async def _out(self, **values: Any) -> bool:
        lane = lane_of(values["verb"], values["person_id"], values["channel"], values["chat"])
        self.gathered.append(values | {"created_at": self.now, "state": "new", "lane": lane})
        return True


class Database:
    """Engines and transactions over one database."""

    def __init__(self, url: str, company: Company, clock: Callable[[], datetime]) -> None:
        self.url = url
        self.company = company
        self.clock = clock
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self._writing = asyncio.Lock()
        self.on_note: Callable[[], None] = lambda: None  # wakes the sender
        self.others_send: Callable[[], bool] = lambda: True  # another process may have to send what we wrote
        if self.sqlite:
            self.writer = _sqlite_engine(url, "IMMEDIATE", single=True)
            memory = ":memory:" in url
            self.reader = self.writer if memory else _sqlite_engine(url, "DEFERRED", single=False)
        else:
            self.writer = create_async_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
            self.reader = self.writer

    @asynccontextmanager
    async def transaction(self, now: datetime | None = None) -> AsyncIterator[Tx]:
        """Begin, yield, commit; roll back when anything is raised. `now` is given by jobs."""
        if self.sqlite:
            async with self._writing, self.writer.begin() as conn:
                tx = Tx(conn, now or self.clock(), self.company)
                yield tx
        else:
            async with self.writer.begin() as conn:
                tx = Tx(conn, now or self.clock(), self.company)
                yield tx
                if tx.noted and self.others_send():
                    await wake.ring(tx, wake.OUTBOX)
        self._adopt(tx.company)
        if tx.noted:
            self.on_note()

    @asynccontextmanager
    async def snapshot(self, now: datetime | None = None) -> AsyncIterator[Tx]:
        """A consistent view for reading; whatever is written in it is rolled back."""
        if self.reader is self.writer and self.sqlite:
            async with self._writing, self.reader.connect() as conn:
                yield Tx(conn, now or self.clock(), self.company)
        else:
            async with self.reader.connect() as conn:
                yield Tx(conn, now or self.clock(), self.company)

    @asynccontextmanager
    async def plan(self, now: datetime | None = None) -> AsyncIterator[Plan]:
        """A snapshot on which it is worked out what to say; nobody waits for it."""
        async with self.snapshot(now) as tx:
            yield Plan(tx.conn, tx.now, tx.company)

    async def refresh(self) -> None:
        """The policy with every version that was confirmed by now, in whichever process. Raises PolicyErrors."""
        async with self.snapshot() as tx:
            self._adopt(await policies.current(tx))

    def _adopt(self, company: Company) -> None:
        """From now on every transaction goes by it; confirmed versions are never forgotten again."""
        if company.amended > self.company.amended:
            self.company = company

    async def close(self) -> None:
        """Release every connection; one that is in somebody's hands still is closed when it is given back.

        On SQLite who writes is let finish: the library does not outlive being closed in the middle of a statement.
        """
        async with self._writing:
            for engine in {self.writer, self.reader}:
                event.listen(engine.pool, "checkin", _close_returned)
                await engine.dispose()


def _close_returned(_: Any, record: ConnectionPoolEntry) -> None:
    record.close()


def _sqlite_engine(url: str, begin: str, *, single: bool) -> AsyncEngine:
    options: dict[str, Any] = {"poolclass": StaticPool} if single else {"pool_size": 4}
    engine = create_async_engine(url, connect_args={"async_creator_fn": sqlite_driver.connect}, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        # FULL: an acknowledged line survives a power cut (reliability T3); NORMAL may lose the last commits.
        for pragma in (
            "busy_timeout=5000",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(conn: Any) -> None:
        conn.exec_driver_sql(f"BEGIN {begin}")

    return engine


def minutes(count: float) -> timedelta:
    """A readable timedelta."""
    return timedelta(minutes=count)
