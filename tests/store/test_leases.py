"""One holder for each channel, by the database's own time; who cannot renew stops before another may begin (D7)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot import one_process
from bot.holding import Holding
from bot.lasting import Outage, last
from core.store import facts, leases, wake
from core.store import models as m
from core.store.db import Database, Tx
from core.store.sessions import Lines, end_abandoned, serving
from core.store.trouble import passes
from tests.office import START, Office, company

PATIENCE = 60.0  # host seconds: far more than anything here takes
EXPIRED = -1.0  # a lease of this length has run out when it begins


class Seconds:
    """A host clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def nothing(tx: Tx, anew: bool) -> None:
    """Gaining costs nothing here."""


async def eventually(true: Callable[[], Any]) -> None:
    """Let everything else run until something is true."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0)


@asynccontextmanager
async def another(office: Office) -> AsyncIterator[Database]:
    """A second process's way to the same database; on SQLite there is none, and the first stands for it."""
    if office.db.sqlite:
        yield office.db
        return
    db = Database(office.db.url, company(), lambda: START)
    try:
        yield db
    finally:
        await db.close()


# --- the table -----------------------------------------------------------------------------------------------------


async def test_a_lease_has_one_holder_until_it_runs_out(anywhere: Office) -> None:
    db = anywhere.db
    async with db.transaction() as tx:
        assert await leases.acquire(tx, "telegram", "a", 60) == 1
    async with db.transaction() as tx:
        assert await leases.acquire(tx, "telegram", "b", 60) is None
        assert not await leases.renew(tx, "telegram", "b", 60)
        assert await leases.acquire(tx, "wecom", "b", 60) == 1  # each channel has its own
    async with db.transaction() as tx:
        assert await leases.renew(tx, "telegram", "a", EXPIRED)
    async with db.transaction() as tx:
        assert await leases.acquire(tx, "telegram", "b", 60) == 2
    async with db.transaction() as tx:
        assert not await leases.renew(tx, "telegram", "a", 60)
        assert await leases.acquire(tx, "telegram", "a", 60) is None


async def test_what_ran_out_cannot_be_renewed_though_nobody_took_it(anywhere: Office) -> None:
    async with anywhere.db.transaction() as tx:
        await leases.acquire(tx, "telegram", "a", EXPIRED)
    async with anywhere.db.transaction() as tx:
        assert not await leases.renew(tx, "telegram", "a", 60)
        assert await leases.acquire(tx, "telegram", "a", 60) == 1  # nobody came in between: the same term


async def test_what_is_given_back_is_free_at_once(anywhere: Office) -> None:
    async with anywhere.db.transaction() as tx:
        await leases.acquire(tx, "telegram", "a", 60)
        await leases.release(tx, "telegram", "b")  # not b's to give
    async with anywhere.db.transaction() as tx:
        assert await leases.acquire(tx, "telegram", "b", 60) is None
        await leases.release(tx, "telegram", "a")
    async with anywhere.db.transaction() as tx:
        assert await leases.acquire(tx, "telegram", "b", 60) == 2


async def test_everybody_can_see_who_holds_what(anywhere: Office) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    async with anywhere.db.transaction() as tx:
        await leases.acquire(tx, "telegram", "k3 host/1", 60)
        await leases.acquire(tx, "wecom", "k4 host/2", EXPIRED)
    async with anywhere.db.snapshot() as tx:
        held, ran_out = await leases.everybody(tx)

    assert (held.channel, held.holder, held.term, held.held) == ("telegram", "k3 host/1", 1, True)
    assert held.until - held.taken_at == timedelta(seconds=60)
    assert before < held.taken_at < datetime.now(UTC) + timedelta(seconds=5)  # the database's time, not the company's
    assert (ran_out.channel, ran_out.held) == ("wecom", False)


async def test_renewing_keeps_the_beginning_and_a_new_holder_has_its_own(anywhere: Office) -> None:
    async with anywhere.db.transaction() as tx:
        await leases.acquire(tx, "telegram", "a", EXPIRED)
    (first,) = await anywhere.rows(m.leases)
    async with anywhere.db.transaction() as tx:
        await leases.acquire(tx, "telegram", "a", 60)
        await leases.renew(tx, "telegram", "a", EXPIRED)
    (again,) = await anywhere.rows(m.leases)
    async with anywhere.db.transaction() as tx:
        await leases.acquire(tx, "telegram", "b", 60)
    (other,) = await anywhere.rows(m.leases)

    assert again.taken_at == first.taken_at
    assert other.taken_at > first.taken_at
    assert (again.term, other.term) == (1, 2)


async def test_of_many_that_ask_at_once_one_gets_it(anywhere: Office) -> None:
    async def ask(number: int) -> int | None:
        async with anywhere.db.transaction() as tx:
            return await leases.acquire(tx, "telegram", f"holder {number}", 60)

    answers = await asyncio.gather(*(ask(number) for number in range(12)))

    assert [answer for answer in answers if answer is not None] == [1]


# --- the holder --------------------------------------------------------------------------------------------------


async def test_the_holder_stops_before_the_database_gives_the_lease_to_another(anywhere: Office) -> None:
    clock = Seconds()
    holding = Holding(anywhere.db, lease=60, clock=clock)
    assert not holding.holds("telegram")
    assert await holding.take("telegram", nothing)
    assert holding.holds("telegram")
    assert not holding.holds("wecom")
    clock.now += 47.9
    assert holding.holds("telegram")
    clock.now += 0.2  # a margin of a fifth: what is on the wire gets as long to be answered

    assert not holding.holds("telegram")


async def test_the_time_that_asking_took_is_the_holders_loss(anywhere: Office) -> None:
    clock = Seconds()
    holding = Holding(anywhere.db, lease=60, clock=clock)

    async def slow(tx: Tx, anew: bool) -> None:
        clock.now += 40

    assert await holding.take("telegram", slow)

    assert holding.left("telegram") == pytest.approx(8)


async def test_who_takes_over_learns_whether_somebody_else_was_there(anywhere: Office) -> None:
    news: list[tuple[str, bool]] = []

    def told(who: str) -> Callable[[Tx, bool], Any]:
        async def gained(tx: Tx, anew: bool) -> None:
            news.append((who, anew))

        return gained

    a, b = Holding(anywhere.db, lease=EXPIRED), Holding(anywhere.db, lease=EXPIRED)
    for who, holding in (("a", a), ("a", a), ("b", b), ("a", a)):
        assert await holding.take("telegram", told(who))

    assert news == [("a", True), ("a", False), ("b", True), ("a", True)]


async def test_what_fails_while_taking_over_leaves_the_lease_free(anywhere: Office) -> None:
    async def broken(tx: Tx, anew: bool) -> None:
        raise ZeroDivisionError

    holding = Holding(anywhere.db)
    with pytest.raises(ZeroDivisionError):
        await holding.take("telegram", broken)

    assert not holding.holds("telegram")
    assert not await anywhere.rows(m.leases)


async def test_a_process_that_knows_that_it_is_alone_takes_what_a_dead_one_left(anywhere: Office) -> None:
    assert await Holding(anywhere.db, lease=3600).take("telegram", nothing)  # it was killed
    assert not await Holding(anywhere.db, lease=60).take("telegram", nothing)

    assert await Holding(anywhere.db, lease=60, alone=True).take("telegram", nothing)


async def test_one_works_the_other_stands_by_until_the_first_gives_back(anywhere: Office) -> None:
    working: list[str] = []

    def work(who: str) -> Callable[[], Any]:
        async def live() -> None:
            working.append(who)
            try:
                await asyncio.Event().wait()
            finally:
                working.remove(who)

        return live

    async with another(anywhere) as db:
        a, b = Holding(anywhere.db, lease=60), Holding(db, lease=60)
        first = asyncio.create_task(a.keep("telegram", nothing, work("a")))
        await eventually(lambda: working == ["a"])
        second = asyncio.create_task(b.keep("telegram", nothing, work("b")))
        listening = asyncio.create_task(wake.listen(db.url, lambda _: b.news.set()))
        first.cancel()
        await asyncio.wait({first})
        assert not working
        await a.release()
        if anywhere.db.sqlite:
            b.news.set()  # nobody rings there: it would look by itself a few seconds later
        await eventually(lambda: working == ["b"])
        assert not a.holds("telegram")
        for task in (second, listening):
            task.cancel()
        await asyncio.wait({second, listening})


async def test_who_loses_the_lease_stops_its_work_and_stands_by(anywhere: Office) -> None:
    clock = Seconds()
    holding = Holding(anywhere.db, lease=3, clock=clock)
    begun: list[int] = []
    ended: list[int] = []

    async def work() -> None:
        begun.append(len(begun))
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(len(ended))

    keeping = asyncio.create_task(holding.keep("telegram", nothing, work))
    await eventually(lambda: begun == [0])
    async with anywhere.db.transaction() as tx:  # it was frozen for so long that another has it
        await leases.acquire(tx, "telegram", "another", 3600, from_anybody=True)
    clock.now += 60
    await eventually(lambda: not holding.holds("telegram"))
    await eventually(lambda: ended == [0])
    async with anywhere.db.transaction() as tx:
        await leases.release(tx, "telegram", "another")
    await eventually(lambda: begun == [0, 1])  # and takes its turn again
    keeping.cancel()
    await asyncio.wait({keeping})


async def test_a_lease_that_was_answered_late_is_renewed_at_once(anywhere: Office) -> None:
    """A busy database has used most of it up before we had it: a third of a lease later it would be over."""
    clock = Seconds()
    holding = Holding(anywhere.db, lease=600, clock=clock)

    async def late(tx: Tx, anew: bool) -> None:
        clock.now += 400

    async def work() -> None:
        await asyncio.Event().wait()

    keeping = asyncio.create_task(holding.keep("telegram", late, work))
    await eventually(lambda: holding.holds("telegram"))
    await eventually(lambda: holding.left("telegram") == pytest.approx(480))
    keeping.cancel()
    await asyncio.wait({keeping})


async def test_a_fault_in_the_work_is_raised_and_not_hidden(anywhere: Office) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Holding(anywhere.db).keep("telegram", nothing, broken)


# --- PostgreSQL: hearing each other, letting go --------------------------------------------------------------------


@pytest.mark.postgres
async def test_what_is_rung_is_heard_by_others_when_it_is_committed_and_only_then(database: str) -> None:
    heard: list[str] = []
    db = Database(database, company(), lambda: START)
    # With the address of a serving process, whose options hold spaces.
    listening = asyncio.create_task(wake.listen(serving(database, 10), heard.append))
    await eventually(lambda: heard == ["inbox", "outbox", "leases"])  # what may have been missed until now

    async def rolled_back() -> None:
        async with db.transaction() as tx:
            await wake.ring(tx, "nothing")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await rolled_back()
    async with db.transaction() as tx:
        await wake.ring(tx, "inbox")
    await eventually(lambda: len(heard) == 4)
    assert heard[3] == "inbox"
    listening.cancel()
    await asyncio.wait({listening})
    await db.close()


@pytest.mark.postgres
async def test_companies_that_share_a_database_do_not_wake_each_other(database: str) -> None:
    plain = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA another")
    elsewhere = make_url(database).update_query_dict({"options": "-c search_path=another"})
    heard: list[str] = []
    ours = Database(database, company(), lambda: START)
    theirs = Database(elsewhere.render_as_string(hide_password=False), company(), lambda: START)
    listening = asyncio.create_task(wake.listen(theirs.url, heard.append))
    await eventually(lambda: len(heard) == 3)
    for db, what in ((ours, "not for them"), (theirs, "for them")):
        async with db.transaction() as tx:
            await wake.ring(tx, what)
    await eventually(lambda: len(heard) == 4)
    assert heard[3] == "for them"
    listening.cancel()
    await asyncio.wait({listening})
    await ours.close()
    await theirs.close()


@pytest.mark.postgres
async def test_an_answer_written_here_wakes_whoever_sends_it_there(database: str) -> None:
    heard: list[str] = []
    listening = asyncio.create_task(wake.listen(database, heard.append))
    await eventually(lambda: len(heard) == 3)
    db = Database(database, company(), lambda: START)

    async def write(once: str) -> None:
        async with db.transaction() as tx:
            await tx.post("telegram", "-1", "board", once=once)

    db.others_send = lambda: False  # we send ourselves: nobody needs to be woken
    await write("a")
    db.others_send = lambda: True
    await write("b")
    async with db.transaction() as tx:  # nothing to send, nothing to hear
        await tx.note(None, "looked", "nothing")
    async with db.transaction() as tx:
        await wake.ring(tx, "end")
    await eventually(lambda: "end" in heard)
    assert heard[3:] == ["outbox", "end"]
    listening.cancel()
    await asyncio.wait({listening})
    await db.close()


@pytest.mark.postgres
async def test_a_listener_whose_connection_falls_opens_another(database: str) -> None:
    heard: list[str] = []
    listening = asyncio.create_task(wake.listen(database, heard.append))
    await eventually(lambda: len(heard) == 3)
    plain = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    await eventually(lambda: len(heard) == 6)
    listening.cancel()
    await asyncio.wait({listening})


@pytest.mark.postgres
async def test_a_session_that_sits_in_a_transaction_is_ended_and_its_locks_with_it(database: str) -> None:
    """As of a process that was frozen in the middle of one."""
    hasty = make_url(database).update_query_dict({"options": "-c idle_in_transaction_session_timeout=200"})
    frozen = Database(serving(hasty.render_as_string(hide_password=False), 15), company(), lambda: START)
    lively = Database(serving(database, 15), company(), lambda: START)
    async with lively.transaction() as tx:
        await leases.acquire(tx, "telegram", "a", EXPIRED)
    async with frozen.writer.connect() as conn:
        tx = Tx(conn, START, company())
        assert await leases.acquire(tx, "telegram", "frozen", 60)  # never committed
        async with asyncio.timeout(PATIENCE), lively.transaction() as other:
            assert await leases.acquire(other, "telegram", "b", 60) == 2
        with pytest.raises(Exception) as raised:  # noqa: PT011  which one is the claim below
            await tx.scalar(m.leases.select())
        assert passes(raised.value)
    await frozen.close()
    await lively.close()


@pytest.mark.postgres
async def test_a_session_that_was_frozen_in_the_middle_of_a_batch_is_ended_by_the_others(database: str) -> None:
    """The server's own timeout does not see it: it waits for the rest of the batch."""
    address = make_url(serving(database, 15))
    given = address.translate_connect_args(username="user", database="dbname") | dict(address.query)
    given["options"] = "-c idle_in_transaction_session_timeout=50"
    frozen = await psycopg.AsyncConnection.connect(**given)
    lively = Database(serving(database, 15), company(), lambda: START)
    async with lively.transaction() as tx:
        await leases.acquire(tx, "telegram", "a", EXPIRED)
    wire = frozen.pgconn
    wire.enter_pipeline_mode()
    wire.send_query_params(b"BEGIN", [])
    wire.send_query_params(b"UPDATE leases SET term = 9", [])
    wire.send_flush_request()
    while wire.flush():
        await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        while not await end_abandoned(lively, 0.1):
            await asyncio.sleep(0)
        async with lively.transaction() as other:
            assert await leases.acquire(other, "telegram", "b", 60) == 2
    assert await end_abandoned(lively, 0) == 0  # who asks is not among them, nor who sits outside a transaction
    await frozen.close()
    await lively.close()


@pytest.mark.postgres
async def test_who_waits_for_a_server_that_is_silent_can_be_freed(database: str) -> None:
    db = Database(serving(database, 15), company(), lambda: START)
    lines = Lines(db)

    async def wait_for_ever() -> None:
        async with db.transaction() as tx:
            await tx.conn.exec_driver_sql("SELECT pg_sleep(3600)")

    waiting = asyncio.create_task(wait_for_ever())
    await eventually(lambda: db.writer.pool.checkedout() == 1)  # type: ignore[attr-defined]
    done, _ = await asyncio.wait({waiting}, timeout=0.2)
    assert not done
    assert lines.hang_up() == 1
    await asyncio.wait({waiting}, timeout=PATIENCE)
    assert passes(waiting.exception() or AssertionError())
    async with db.transaction() as tx:  # and the next one gets a fresh connection
        assert await leases.everybody(tx) == []
    await db.close()


@pytest.mark.postgres
def test_an_address_keeps_what_it_says_itself() -> None:
    plain = "postgresql+psycopg://u:p%40@host/name"
    query = make_url(serving(f"{plain}?connect_timeout=1&options=-c%20search_path%3Dx", 30)).query

    assert query["connect_timeout"] == "1"
    assert query["options"] == "-c idle_in_transaction_session_timeout=30000 -c search_path=x"
    assert make_url(serving(plain, 1)).password == "p@"
    assert "timeout=5000" in str(make_url(serving(plain, 1)).query["options"])
    assert serving("sqlite+aiosqlite:///x.db", 15) == "sqlite+aiosqlite:///x.db"


# --- one process for each SQLite file -------------------------------------------------------------------------------

HOLD = "import sys,datetime,pathlib; from bot import one_process; lock = one_process.take(pathlib.Path(sys.argv[1]), datetime.datetime.fromisoformat(sys.argv[2])); print('mine', flush=True); sys.stdin.read()"


def test_a_second_process_is_told_who_has_the_database_until_the_first_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "new" / "waihu.db"
    assert one_process.occupant(file) is None
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file), START.isoformat()], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"mine\n"
        with pytest.raises(one_process.AlreadyRunning, match=f"process {first.pid} on .*, since 2026-11-20T17:20:00"):
            one_process.take(file, START)
        seen = one_process.occupant(file)
        assert seen is not None
        assert seen.pid == first.pid
        first.kill()
    assert one_process.occupant(file) is None
    lock = one_process.take(file, START)
    with pytest.raises(one_process.AlreadyRunning, match=f"process {os.getpid()} "):
        one_process.take(file, START)
    lock.leave()
    one_process.take(file, START).leave()


async def test_an_outage_of_the_database_is_said_once_and_once_more_when_it_is_over() -> None:
    clock = Seconds()
    outage = Outage(clock)
    outage.over()
    outage.met(OSError())
    clock.now += 60
    outage.met(OSError())
    assert outage.since == 1000.0
    outage.over()

    assert outage.since is None


async def test_two_that_lock_each_other_out_are_no_outage_and_one_is_tried_again(database: str) -> None:
    """PostgreSQL ends one of two transactions that wait for each other; it says so, and is well."""
    outage, begun, done = Outage(), list[str](), list[str]()
    both = asyncio.Barrier(2)

    async def works(db: Database, *names: str) -> None:
        async with db.transaction() as tx:
            await facts.put(tx, names[0], value=True)
            begun.append(names[0])
            if begun.count(names[0]) == 1:
                await both.wait()
            await facts.put(tx, names[1], value=True)
        done.append(names[0])

    a, b = (Database(database, company(), lambda: START) for _ in range(2))
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(
                last("a", partial(works, a, "one", "two"), outage), last("b", partial(works, b, "two", "one"), outage)
            )
    finally:
        await a.close()
        await b.close()

    assert sorted(done) == ["one", "two"]
    assert len(begun) == 3
    assert outage.since is None
