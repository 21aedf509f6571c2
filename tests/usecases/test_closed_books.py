"""Closed months and the book name the same fen, whatever comes late; whoever tampers with a closed month is found out."""

from __future__ import annotations

import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import delete, select, update

from core.rules import ledger as rules
from core.rules import policy
from core.rules.calendar import Month
from core.rules.ledger import Account, Kind, Posting
from core.rules.money import to_fen
from core.rules.pay import DealKind, statement
from core.store import closed_books, deals, facts, ledger, months, people, triggers
from core.store import models as m
from core.store.db import Tx
from core.usecases import closing
from core.usecases import deals as deal_uses
from core.usecases.worth import person_month
from tests.office import ZONE
from tests.rules.paydesk import SAMPLE_TEXT
from tests.usecases.test_closing import NOVEMBER, OCTOBER, Firm, firm

__all__ = ["firm"]  # the fixture
_once = itertools.count()


async def closed(firm: Firm) -> None:
    """October is locked and paid, a refund is booked in November, the day is sealed."""
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "25000", date(2026, 10, 9))
        gone = await firm.sells(tx, "7000", date(2026, 10, 20), DealKind.DELEGATED)
        await firm.locks(tx)
        for one in (firm.manager, firm.director):
            await closing.approve_payment(tx, await firm.who(tx, one), OCTOBER)
        await deal_uses.cancel(tx, await firm.who(tx, firm.supervisor), gone, "客户退单")
        await ledger.seal(tx, "day:2026-11-20")


async def test_a_month_that_was_locked_paid_and_refunded_agrees_with_the_book(firm: Firm) -> None:
    await closed(firm)

    async with firm.office.db.snapshot() as tx:
        assert await closed_books.disagreements(tx) == []
        assert await ledger.flaws(tx) == []


# --- Tampering ------------------------------------------------------------------------------------------------------------


async def reopen(tx: Tx, clerk: int) -> None:
    await tx.run(update(m.months).values(state="open"))


async def raise_pay(tx: Tx, clerk: int) -> None:
    """A payslip that adds up and pays more than was booked."""
    row = await tx.first(select(m.month_statements).where(m.month_statements.c.person_id == clerk))
    assert row is not None
    data = row.data | {"base": row.data["base"] + 100, "total": row.data["total"] + 100}
    data["lines"][0]["amount"] += 100
    await tx.run(
        update(m.month_statements)
        .where(m.month_statements.c.person_id == clerk)
        .values(data=data, payable_fen=row.payable_fen + 100)
    )


async def raise_payable(tx: Tx, clerk: int) -> None:
    await tx.run(update(m.month_statements).where(m.month_statements.c.person_id == clerk).values(payable_fen=1))


async def bend_a_line(tx: Tx, clerk: int) -> None:
    row = await tx.first(select(m.month_statements).where(m.month_statements.c.person_id == clerk))
    assert row is not None
    data = dict(row.data)
    data["lines"][0]["amount"] -= 100
    await tx.run(update(m.month_statements).where(m.month_statements.c.person_id == clerk).values(data=data))


async def lose(tx: Tx, clerk: int) -> None:
    await tx.run(delete(m.month_statements).where(m.month_statements.c.person_id == clerk))


async def slip_in(tx: Tx, clerk: int) -> None:
    """A sound entry in a month that is closed, sealed with the next batch."""
    postings = (Posting(Account.ADJUSTMENTS, 5000, clerk), Posting(Account.COMPANY, -5000))
    entry = rules.Entry(
        key="difference:forged", kind=Kind.DIFFERENCE, at=tx.now, period=OCTOBER, about=OCTOBER, postings=postings,
        version="2026-01-01", refs=("refund:1",), by=(clerk,),
    )  # fmt: skip
    await ledger.append(tx, entry)
    await ledger.seal(tx, "day:2026-11-21")


@pytest.mark.parametrize(
    ("deed", "where", "what"),
    [
        (reopen, "month:2026-10", "reopened"),
        (raise_pay, "statement:2026-10:{clerk}", "changed"),
        (raise_payable, "statement:2026-10:{clerk}", "changed"),
        (bend_a_line, "statement:2026-10:{clerk}", "changed"),
        (lose, "statement:2026-10:{clerk}", "missing"),
        (slip_in, "entry:", "late"),
    ],
)
async def test_whoever_bends_a_closed_month_is_found_out_though_the_chain_is_whole(
    firm: Firm, deed: Callable[[Tx, int], Awaitable[None]], where: str, what: str
) -> None:
    await closed(firm)
    async with firm.office.db.transaction() as tx:
        await tx.conn.run_sync(triggers.lift)
        await deed(tx, firm.clerk)
        await tx.conn.run_sync(triggers.install)

    async with firm.office.db.snapshot() as tx:
        (flaw,) = await closed_books.disagreements(tx)
        assert flaw.where.startswith(where.format(clerk=firm.clerk))
        assert flaw.what == what
        assert await ledger.flaws(tx) == []


async def test_a_chain_whose_witness_was_taken_away_says_so(firm: Firm) -> None:
    await closed(firm)
    async with firm.office.db.transaction() as tx:
        await facts.put(tx, ledger.HEAD, None)

    async with firm.office.db.snapshot() as tx:
        assert [flaw.what for flaw in await ledger.flaws(tx)] == ["unwitnessed"]


@pytest.mark.parametrize(
    ("start", "now"), [("2026-10-01", "2026-10-01"), ("2026-11-01", None), ("2026-02-01", "2026-02-01")]
)
async def test_a_version_put_into_the_file_before_a_month_that_is_closed_is_noticed(
    firm: Firm, start: str, now: str | None
) -> None:
    await closed(firm)
    text = f"{SAMPLE_TEXT}\n[[version]]\neffective_from = {start}\n[version.pay]\nbasis = 9000\n"

    async with firm.office.db.snapshot() as tx:
        assert await closed_books.repriced(tx) == []
        tx.company = replace(tx.company, policy=policy.load(text))
        found = [(one.month, one.version, one.now) for one in await closed_books.repriced(tx)]
        assert found == ([(OCTOBER, "2026-01-01", now)] if now else [])
        tx.company = replace(tx.company, policy=policy.load(SAMPLE_TEXT.replace("2026-01-01 #", "2026-11-01 #")))
        assert await closed_books.repriced(tx) == [closed_books.Repriced(OCTOBER, "2026-01-01", None, None)]


EDITED = SAMPLE_TEXT.replace('above = 16000, rate = "4%"', 'above = 16000, rate = "4.5%"')


async def test_a_version_that_priced_a_closed_month_and_was_edited_is_noticed_and_its_layout_is_not(firm: Firm) -> None:
    await closed(firm)

    async with firm.office.db.snapshot() as tx:
        tx.company = replace(tx.company, policy=policy.load("# 新的说明\n" + SAMPLE_TEXT.replace(" = ", "  =  ")))
        assert await closed_books.repriced(tx) == []
        tx.company = replace(tx.company, policy=policy.load(EDITED))
        (found,) = await closed_books.repriced(tx)
        assert (found.month, found.version, found.altered) == (OCTOBER, "2026-01-01", True)


async def test_who_closes_months_hears_once_of_an_edited_version_and_not_when_it_was_put_back(firm: Firm) -> None:
    await closed(firm)
    office, sound = firm.office, firm.office.company
    told = "制度文件里的 2026-01-01 版改过了,10 月是按它原来的写法结账的"

    def heard(person: int) -> int:
        return sum(told in said.text for said in office.in_chat(str(5000 + person)))

    office.company = replace(sound, policy=policy.load(EDITED))
    await office.restart()
    await office.moves_to(datetime(2026, 11, 21, 0, 6, tzinfo=ZONE))
    office.company = sound
    await office.restart()
    await office.moves_to(datetime(2026, 11, 21, 9, 1, tzinfo=ZONE))
    assert heard(firm.manager) == 0
    office.company = replace(sound, policy=policy.load(EDITED.replace("4.5%", "4.6%")))
    await office.restart()
    await office.moves_to(datetime(2026, 11, 24, 9, 1, tzinfo=ZONE))

    assert [heard(one) for one in (firm.manager, firm.director, firm.supervisor)] == [1, 1, 0]


# --- Whatever comes late --------------------------------------------------------------------------------------------------------


async def october_now(tx: Tx, person_id: int) -> int:
    """What October pays somebody by what counts now, in fen."""
    version = tx.company.policy.for_month(OCTOBER.start)
    person = await people.by_id(tx, person_id)
    assert person is not None
    known = await deals.facts(tx, OCTOBER.start, OCTOBER.end, person_ids=[person_id])
    return statement(version, await person_month(tx, version, person, OCTOBER), known).total


async def joint(firm: Firm, tx: Tx, yuan: str, day: date, state: str) -> int:
    """Two sellers of one deal: the clerk's part and the rep's."""
    parts = []
    for seller, fen in ((firm.clerk, to_fen(yuan)), (firm.rep, to_fen("4321.09"))):
        person = await firm.who(tx, seller)
        new = await deals.add(
            tx, seller_id=seller, team_id=person.team_id, amount_fen=fen, kind="own", signed_on=day, state=state, at=tx.now,
            at_source="platform", once=f"joint:{next(_once)}",
        )  # fmt: skip
        assert new is not None
        parts.append(new)
    await deals.join(tx, parts)
    return parts[0]


@pytest.mark.parametrize("seed", range(3))
async def test_refunds_and_late_deals_in_any_order_leave_everybody_with_what_the_month_pays_now(
    firm: Firm, seed: int
) -> None:
    chance = random.Random(f"late {seed}")
    kinds = [DealKind.OWN, DealKind.DELEGATED, DealKind.SMS]
    async with firm.office.db.transaction() as tx:
        known: dict[int, str] = {}
        for _ in range(7):
            yuan, day = f"{chance.randint(100, 1400000) / 100:.2f}", date(2026, 10, chance.randint(1, 30))
            state = chance.choice(["confirmed", "confirmed", "pending"])
            if chance.random() < 0.3:
                known[await joint(firm, tx, yuan, day, state)] = state
            else:
                known[await firm.sells(tx, yuan, day, chance.choice(kinds), state)] = state
        await firm.locks(tx)
    order = list(known)
    chance.shuffle(order)
    for deal in order:
        async with firm.office.db.transaction() as tx:
            supervisor = await firm.who(tx, firm.supervisor)
            if known[deal] == "pending":
                await deal_uses.confirm(tx, supervisor, deal)
            if known[deal] == "confirmed" or chance.random() < 0.5:
                await deal_uses.cancel(tx, supervisor, deal, "客户退单")

    async with firm.office.db.snapshot() as tx:
        held = await ledger.balances(tx)
        for one in (firm.clerk, firm.rep, firm.supervisor, firm.manager):
            assert rules.payable(held, one) == await october_now(tx, one)
        assert await closed_books.disagreements(tx) == []
        assert sum(held.values()) == 0


async def test_a_refund_of_an_october_deal_after_november_is_closed_too_goes_into_december(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        first = await firm.sells(tx, "9000", date(2026, 10, 9))
        second = await firm.sells(tx, "14000", date(2026, 10, 20), DealKind.DELEGATED)
        await firm.locks(tx)
        await deal_uses.cancel(tx, await firm.who(tx, firm.supervisor), first, "退单")
    firm.office.clock.at = datetime(2026, 12, 2, 10, tzinfo=ZONE)
    async with firm.office.db.transaction() as tx:
        await firm.locks(tx, NOVEMBER)
        await deal_uses.cancel(tx, await firm.who(tx, firm.supervisor), second, "退单")

    async with firm.office.db.snapshot() as tx:
        late = [one.entry for month in (NOVEMBER, NOVEMBER.next) for one in await ledger.differences(tx, month)]
        assert {(one.period, one.about) for one in late} == {(NOVEMBER, OCTOBER), (Month(2026, 12), OCTOBER)}
        held = await ledger.earned(tx, OCTOBER)
        for one in (firm.clerk, firm.rep, firm.supervisor, firm.manager):
            earned, adjusted = held.get(one, (rules.Earned(), 0))
            assert earned.total + adjusted == await october_now(tx, one)
        assert await closed_books.disagreements(tx) == []


async def test_a_closed_month_is_read_and_not_priced_again_by_another_policy(firm: Firm) -> None:
    await closed(firm)
    other = policy.load(
        SAMPLE_TEXT.replace('rate = "3%"', 'rate = "9%"').replace("probation_base = 700", "probation_base = 1")
    )

    async with firm.office.db.snapshot() as tx:
        standing = await months.standing(tx, OCTOBER)
        before = {row.person.id: row.due for row in await closing.month_rows(tx, standing)}
        tx.company = replace(tx.company, policy=other)
        after = {row.person.id: row.due for row in await closing.month_rows(tx, standing)}

        assert after == before
        assert await closed_books.disagreements(tx) == []
