"""The ledger on both databases: rows are only added, balances are folded, whatever is tampered with is found."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from core.rules import ledger as rules
from core.rules.calendar import Month
from core.rules.ledger import Account, Earned, Entry, Kind, Posting
from core.rules.people import Role, Status
from core.store import facts, ledger, people, triggers
from core.store import models as m
from core.store.db import Tx
from tests.office import Office

NOVEMBER = Month(2026, 11)
OCTOBER = Month(2026, 10)


async def staff(tx: Tx, count: int = 3) -> list[int]:
    return [
        await people.add(
            tx, employee_no=f"{n:03d}", name=f"员工{n}", pinyin=f"p{n}", role=Role.CLERK, status=Status.REGULAR, team_id=None,
            hired_on=date(2026, 1, 1),
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def pay(tx: Tx, person: int, fen: int = 75000, period: Month = NOVEMBER, key: str | None = None) -> Entry:
    return Entry(
        key=key or f"pay:{period.key}:{person}",
        kind=Kind.PAY,
        at=tx.now,
        period=period,
        postings=(Posting(Account.BASE, fen, person), Posting(Account.COMPANY, -fen)),
        version="2026-01-01",
        refs=("deal:1",),
        by=(person,),
    )


# --- Adding and folding ---------------------------------------------------------------------------------------------------


async def test_an_entry_comes_back_as_it_was_written(office: Office) -> None:
    async with office.db.transaction() as tx:
        ana, *_ = await staff(tx)
        entry = replace(pay(tx, ana), about=OCTOBER, at=tx.now + timedelta(microseconds=7))
        new = await ledger.append(tx, entry)
    async with office.db.snapshot() as tx:
        booked = await ledger.by_key(tx, entry.key)
        mine = await ledger.of_person(tx, ana, NOVEMBER, [Kind.PAY])

    assert booked is not None
    assert (booked.id, booked.digest) == (new, rules.digest(entry))
    assert rules.content(booked.entry) == rules.content(entry)
    assert [one.id for one in mine] == [new]


async def test_the_same_entry_twice_is_one_entry_and_another_content_is_refused(office: Office) -> None:
    async with office.db.transaction() as tx:
        ana, *_ = await staff(tx)
        entry = pay(tx, ana)
        assert await ledger.append(tx, entry) is not None
        assert await ledger.append(tx, entry) is None
        assert await ledger.append_many(tx, [entry, entry]) == 0
        later = replace(entry, at=tx.now + timedelta(days=1), by=())
        assert await ledger.append(tx, later) is None
        assert await ledger.append_many(tx, [later]) == 0
        with pytest.raises(ledger.OtherContent):
            await ledger.append(tx, pay(tx, ana, fen=1))
        with pytest.raises(ledger.OtherContent):
            await ledger.append_many(tx, [pay(tx, ana, fen=1)])
        with pytest.raises(ledger.OtherContent):
            await ledger.append_many(tx, [pay(tx, ana, fen=1, key="new"), pay(tx, ana, fen=2, key="new")])
        assert await ledger.balances(tx) == rules.fold([entry])


async def test_many_entries_are_written_set_wise_and_again_changes_nothing(office: Office) -> None:
    async with office.db.transaction() as tx:
        ids = await staff(tx)
        entries = [pay(tx, person, fen, key=f"k{person}-{fen}") for person in ids for fen in range(1, 401)]
        assert await ledger.append_many(tx, entries) == 1200
        assert await ledger.append_many(tx, entries) == 0
        assert await ledger.append_many(tx, [*entries, pay(tx, ids[0])]) == 1

        held = await ledger.balances(tx)
        assert held == rules.fold([*entries, pay(tx, ids[0])])
        assert await ledger.balances(tx, person_ids=[ids[1]]) == {(Account.BASE, ids[1]): sum(range(1, 401))}
        assert await ledger.balances(tx, period=OCTOBER) == {}
        assert await ledger.balances(tx, accounts=[Account.COMPANY]) == {
            (Account.COMPANY, None): held[Account.COMPANY, None]
        }


async def test_what_was_booked_about_a_month_is_found_wherever_it_stands(office: Office) -> None:
    async with office.db.transaction() as tx:
        ana, ben, *_ = await staff(tx)
        await ledger.append_many(tx, [pay(tx, ana, period=OCTOBER), pay(tx, ben, period=OCTOBER)])
        late = rules.difference(
            ana, OCTOBER, Earned(base=75000), Earned(base=60000),
            period=NOVEMBER, at=tx.now, cause="refund:1", version="2026-01-01",
        )  # fmt: skip
        assert late is not None
        await ledger.append(tx, late)

        assert await ledger.is_booked(tx, OCTOBER)
        assert not await ledger.is_booked(tx, NOVEMBER)
        assert await ledger.earned(tx, OCTOBER) == {
            ana: (Earned(base=75000), -15000),
            ben: (Earned(base=75000), 0),
        }
        assert await ledger.earned(tx, OCTOBER, [ben]) == {ben: (Earned(base=75000), 0)}
        assert await ledger.earned(tx, NOVEMBER) == {}


async def test_a_pending_fine_ends_once_posted_or_void_never_both(office: Office) -> None:
    half = Fraction(1, 2)
    async with office.db.transaction() as tx:
        ana, *_ = await staff(tx)
        pending = rules.fine(ana, "weekly:2026-W47", 5000, NOVEMBER, tx.now, article="5.1 周报")
        number = await ledger.append(tx, pending)
        assert number is not None
        posted = rules.post_fine(pending, number, half, NOVEMBER, tx.now)
        assert await ledger.append(tx, posted) is not None
        with pytest.raises(ledger.OtherContent):
            await ledger.append(tx, rules.void_fine(pending, number, NOVEMBER, tx.now))
        end = await ledger.settled(tx, number)
        held = await ledger.balances(tx)

    assert end is not None
    assert end.entry.kind is Kind.FINE_POSTED
    assert (rules.owed_fines(held, ana), rules.payable(held, ana), rules.fund(held)) == (5000, 0, 2500)


# --- Nothing is ever touched ------------------------------------------------------------------------------------------------


TAMPERING: list[tuple[str, Any]] = [
    ("amount", update(m.ledger_postings).values(fen=1)),
    ("entry", update(m.ledger_entries).values(version="x")),
    ("batch", update(m.ledger_batches).values(count=9)),
    ("postings", delete(m.ledger_postings)),
    ("entries", delete(m.ledger_entries)),
    ("batches", delete(m.ledger_batches)),
]


@pytest.mark.parametrize("statement", [pytest.param(one, id=name) for name, one in TAMPERING])
async def test_the_database_refuses_to_change_or_remove_what_was_booked(office: Office, statement: Any) -> None:
    async with office.db.transaction() as tx:
        ana, *_ = await staff(tx)
        await ledger.append(tx, pay(tx, ana))
        await ledger.seal(tx, "day:2026-11-20")

    with pytest.raises(DBAPIError, match="only grows"):
        async with office.db.transaction() as tx:
            await tx.run(statement)

    async with office.db.snapshot() as tx:
        assert await ledger.flaws(tx) == []


# --- The chain ----------------------------------------------------------------------------------------------------------


async def filled(office: Office) -> str:
    """Three batches of four entries, and two entries that are not sealed yet; the head's digest."""
    async with office.db.transaction() as tx:
        ids = await staff(tx)
    head = ""
    for day in range(4):
        async with office.db.transaction() as tx:
            for n in range(4 if day < 3 else 2):
                await ledger.append(tx, pay(tx, ids[n % 3], 100 * day + n + 1, key=f"k{day}-{n}"))
            if day < 3 and (batch := await ledger.seal(tx, f"day:2026-11-{day + 1:02d}")):
                head = batch.digest
    return head


async def test_batches_follow_each_other_and_an_occasion_is_sealed_once(office: Office) -> None:
    head = await filled(office)
    async with office.db.transaction() as tx:
        assert await ledger.unsealed(tx) == 2
        assert await ledger.seal(tx, "day:2026-11-03") is None
        last = await ledger.last_batch(tx)
        assert last is not None
        assert (last.number, last.count, last.digest) == (3, 4, head)
        assert (await facts.get(tx, ledger.HEAD))["digest"] == head
        assert await ledger.flaws(tx, head) == []

        closing = await ledger.seal(tx, "close:2026-11")
        assert closing is not None
        assert (closing.number, closing.count, closing.previous) == (4, 2, head)
        assert await ledger.seal(tx, "day:2026-11-09") is None  # nothing is new
        assert await ledger.flaws(tx) == []


async def flip(tx: Tx, chance: random.Random) -> None:
    row = chance.choice(await tx.all(select(m.ledger_postings)))
    change: dict[str, Any] = chance.choice(
        [{"fen": row.fen + 1}, {"account": "sms"}, {"entry_id": row.entry_id % 12 + 1}]
    )
    await tx.run(update(m.ledger_postings).where(m.ledger_postings.c.id == row.id).values(**change))


async def edit(tx: Tx, chance: random.Random) -> None:
    c = m.ledger_entries.c
    change: dict[str, Any] = chance.choice(
        [{"version": "x"}, {"refs": []}, {"by": [9]}, {"period": "2026-01"}, {"kind": "payment"}, {"key": "other"}]
    )
    await tx.run(update(m.ledger_entries).where(c.id == chance.randint(1, 14)).values(**change))


async def remove(tx: Tx, chance: random.Random) -> None:
    gone = chance.randint(1, 12)
    await tx.run(delete(m.ledger_postings).where(m.ledger_postings.c.entry_id == gone))
    await tx.run(delete(m.ledger_entries).where(m.ledger_entries.c.id == gone))


async def cut(tx: Tx, chance: random.Random) -> None:
    keep = chance.randint(0, 2)
    await tx.run(delete(m.ledger_batches).where(m.ledger_batches.c.number > keep))
    await tx.run(delete(m.ledger_postings).where(m.ledger_postings.c.entry_id > 4 * keep))
    await tx.run(delete(m.ledger_entries).where(m.ledger_entries.c.id > 4 * keep))


async def slip_in(tx: Tx, chance: random.Random) -> None:
    """A posting more, and its mate, on an entry that was sealed."""
    entry = chance.randint(1, 12)
    for account, person, fen in (("base", 1, 5), ("company", None, -5)):
        await tx.run(insert(m.ledger_postings).values(entry_id=entry, account=account, person_id=person, fen=fen))


async def rewrite(tx: Tx, chance: random.Random) -> None:
    """Amounts and digest of an entry, but not its batch."""
    number = chance.randint(1, 12)
    one = await ledger.by_key(tx, f"k{(number - 1) // 4}-{(number - 1) % 4}")
    assert one is not None
    forged = replace(one.entry, version="forged")
    values = {"version": "forged", "digest": rules.digest(forged)}
    await tx.run(update(m.ledger_entries).where(m.ledger_entries.c.id == one.id).values(**values))


Deed = Callable[[Tx, random.Random], Awaitable[None]]


@pytest.mark.parametrize("deed", [flip, edit, remove, cut, slip_in, rewrite])
@pytest.mark.parametrize("seed", range(4))
async def test_whoever_lifts_the_triggers_and_tampers_is_found_out(office: Office, deed: Deed, seed: int) -> None:
    await filled(office)
    async with office.db.transaction() as tx:
        await tx.conn.run_sync(triggers.lift)
        await deed(tx, random.Random(seed))

    async with office.db.snapshot() as tx:
        assert await ledger.flaws(tx)


async def test_a_head_that_somebody_noted_shows_a_chain_that_was_made_anew(office: Office) -> None:
    head = await filled(office)
    async with office.db.transaction() as tx:
        await tx.conn.run_sync(triggers.lift)
        await cut(tx, random.Random(1))
        await facts.put(tx, ledger.HEAD, None)

    async with office.db.snapshot() as tx:
        assert await ledger.flaws(tx) == []
        assert [flaw.what for flaw in await ledger.flaws(tx, head)] == ["cut"]


async def test_nothing_is_sealed_over_a_row_that_does_not_fit(office: Office) -> None:
    await filled(office)
    async with office.db.transaction() as tx:
        await tx.conn.run_sync(triggers.lift)
        await tx.run(update(m.ledger_entries).where(m.ledger_entries.c.id == 14).values(version="x"))

    with pytest.raises(rules.Unbalanced):
        async with office.db.transaction() as tx:
            await ledger.seal(tx, "day:2026-11-05")


# --- Export ---------------------------------------------------------------------------------------------------------------


async def test_every_posting_is_exported_with_its_entry_and_what_it_reverses(office: Office) -> None:
    async with office.db.transaction() as tx:
        ana, *_ = await staff(tx)
        number = await ledger.append(tx, pay(tx, ana))
        assert number is not None
        await ledger.append(tx, rules.reversal(pay(tx, ana), number, NOVEMBER.next, tx.now, by=(ana,)))
        rows = [row async for row in ledger.export(tx, None, None)]
        later = [row async for row in ledger.export(tx, tx.now + timedelta(seconds=1), None)]
        until = [row async for row in ledger.export(tx, tx.now, tx.now)]

    assert [(row["employee_no"], row["account"], row["fen"], row["entry"], row["reverses"]) for row in rows] == [
        ("001", "base", 75000, f"pay:2026-11:{ana}", None),
        (None, "company", -75000, f"pay:2026-11:{ana}", None),
        ("001", "base", -75000, f"reversal:{number}", f"pay:2026-11:{ana}"),
        (None, "company", 75000, f"reversal:{number}", f"pay:2026-11:{ana}"),
    ]
    assert rows[0]["at"].endswith("+08:00")
    assert rows[2]["about"] == "2026-11"
    assert {"id", "at_source", "kind", "period", "policy_version", "refs"} <= rows[0].keys()
    assert later == until == []
