"""Writing money down: a month, its refunds and late deals, fines with an appeal, the fund; each once, for everybody."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

import pytest

from core.rules import ledger as rules
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.ledger import Account
from core.rules.money import to_fen
from core.rules.pay import DealKind, Statement, statement
from core.rules.people import Person, Role
from core.store import deals, ledger, people, targets
from core.store.db import Tx
from core.usecases import booking
from core.usecases.worth import person_month
from tests.office import Office

OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
_once = itertools.count()


@dataclass
class Firm:
    """林晓燕 (clerk) sells, 吴海涛 (rep) visits, 周启明 leads both, 梁文静 manages, 何总 directs."""

    office: Office
    clerk: int
    rep: int
    supervisor: int
    manager: int
    director: int

    @property
    def paid(self) -> list[int]:
        return [self.clerk, self.rep, self.supervisor, self.manager]

    async def who(self, tx: Tx, *ids: int) -> list[Person]:
        found = await people.by_ids(tx, ids)
        return [found[one] for one in ids]

    async def sells(self, tx: Tx, yuan: str, day: date, kind: DealKind = DealKind.OWN) -> int:
        clerk = await people.by_id(tx, self.clerk)
        assert clerk is not None
        new = await deals.add(
            tx, seller_id=self.clerk, team_id=clerk.team_id, amount_fen=to_fen(yuan), kind=kind.value, signed_on=day,
            visitor_id=self.rep if kind is DealKind.DELEGATED else None, state="confirmed", at=tx.now,
            at_source="platform", once=f"deal:{next(_once)}",
        )  # fmt: skip
        assert new is not None
        return new

    async def earned(self, tx: Tx, month: Month) -> list[Statement]:
        version = tx.company.policy.for_month(month.start)
        made = []
        for person in await self.who(tx, *self.paid):
            facts = await deals.facts(tx, month.start, month.end, person_ids=[person.id])
            made.append(statement(version, await person_month(tx, version, person, month), facts))
        return made

    async def locks(self, tx: Tx, month: Month) -> int:
        return await booking.book_month(
            tx, month, await self.earned(tx, month), await self.who(tx, self.manager, self.director)
        )


@pytest.fixture
async def firm(office: Office) -> Firm:
    clerk, rep, supervisor = await office.agent(), await office.rep(), await office.supervisor()
    manager = await office.manager()
    director = await office.hires("何总", Role.DIRECTOR, None)
    team = await office.team("领航组")
    async with office.db.transaction() as tx:
        await targets.put(tx, team, OCTOBER.key, to_fen("20000"), manager.id)
    return Firm(office, clerk.id, rep.id, supervisor.id, manager.id, director.id)


# --- A month and what changes it ------------------------------------------------------------------------------------------


async def test_a_month_is_booked_once_and_says_what_the_statements_say(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "19500", date(2026, 10, 12))
        assert await firm.locks(tx, OCTOBER) == 3  # the rep earned nothing
        assert await firm.locks(tx, OCTOBER) == 0
        held = await ledger.balances(tx)

        for made in await firm.earned(tx, OCTOBER):
            assert rules.payable(held, made.person) == made.total
        assert sum(held.values()) == 0


async def test_one_person_alone_books_no_month(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        made = await firm.earned(tx, OCTOBER)
        for by, key in [
            ([firm.manager], "ledger.two_people"),
            ([firm.manager, firm.manager], "ledger.two_people"),
            ([firm.manager, firm.clerk], "ledger.not_yours"),
        ]:
            with pytest.raises(Refusal) as refused:
                await booking.book_month(tx, OCTOBER, made, await firm.who(tx, *by))
            assert refused.value.key == key


@pytest.mark.parametrize("kind", list(DealKind))
async def test_a_refund_after_closing_leaves_everybody_with_what_the_month_pays_without_it(
    firm: Firm, kind: DealKind
) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "9000", date(2026, 10, 9))
        gone = await firm.sells(tx, "14000", date(2026, 10, 20), kind)
        await firm.locks(tx, OCTOBER)
        entries = await booking.book_change(
            tx, [gone], gone=True, period=NOVEMBER, cause=f"refund:{gone}", by=[firm.manager]
        )
        again = await booking.book_change(
            tx, [gone], gone=True, period=NOVEMBER, cause=f"refund:{gone}", by=[firm.manager]
        )
        await deals.decide(tx, [gone], deals.State.CANCELLED, by=firm.manager, of=deals.CONFIRMED)
        held = await ledger.balances(tx)

        assert entries
        assert {entry.key for entry in again} == {entry.key for entry in entries}
        assert {(entry.period, entry.about) for entry in entries} == {(NOVEMBER, OCTOBER)}
        for made in await firm.earned(tx, OCTOBER):
            assert rules.payable(held, made.person) == made.total
        assert all(posting.account in (Account.ADJUSTMENTS, Account.COMPANY) for e in entries for posting in e.postings)


async def test_a_deal_confirmed_after_closing_is_paid_in_the_open_month(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "9000", date(2026, 10, 9))
        await firm.locks(tx, OCTOBER)
        late = await firm.sells(tx, "14000", date(2026, 10, 30), DealKind.DELEGATED)
        entries = await booking.book_change(tx, [late], gone=False, period=NOVEMBER, cause=f"late:{late}", by=[])
        held = await ledger.balances(tx)

        assert {entry.people[0] for entry in entries} == set(firm.paid)
        for made in await firm.earned(tx, OCTOBER):
            assert rules.payable(held, made.person) == made.total


async def test_a_refund_in_an_open_month_books_nothing(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        gone = await firm.sells(tx, "14000", date(2026, 11, 5))

        assert await booking.book_change(tx, [gone], gone=True, period=NOVEMBER, cause="refund:1", by=[]) == []
        assert await ledger.balances(tx) == {}


# --- Fines and the fund -----------------------------------------------------------------------------------------------------


SATURDAY = date(2026, 11, 21)


async def fined(firm: Firm, tx: Tx) -> str:
    (clerk,) = await firm.who(tx, firm.clerk)
    entry = await booking.assess(tx, clerk, "weekly", "2026-W47", SATURDAY)
    assert entry is not None
    assert await booking.assess(tx, clerk, "weekly", "2026-W47", SATURDAY) is None
    return entry.key


async def test_a_missed_report_is_one_fine_that_stands_or_is_void_once(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        key = await fined(firm, tx)
        manager = await firm.who(tx, firm.manager)
        assert await booking.settle(tx, key, stands=False, period=NOVEMBER, by=manager)
        assert not await booking.settle(tx, key, stands=True, period=NOVEMBER)

        assert await ledger.balances(tx) == {}
        assert not await booking.forgive(tx, key, NOVEMBER, manager)


async def test_a_fine_that_stands_is_owed_beside_pay_and_may_be_forgiven(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        key = await fined(firm, tx)
        manager = await firm.who(tx, firm.manager)
        assert await booking.settle(tx, key, stands=True, period=NOVEMBER)
        held = await ledger.balances(tx)
        assert (rules.owed_fines(held, firm.clerk), rules.payable(held, firm.clerk), rules.fund(held)) == (
            5000,
            0,
            2500,
        )
        assert await booking.payers(tx) == [firm.clerk]

        assert await booking.forgive(tx, key, NOVEMBER, manager)
        assert not await booking.forgive(tx, key, NOVEMBER, manager)
        assert await ledger.balances(tx) == {}


async def test_nobody_decides_about_their_own_fine(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        (manager,) = await firm.who(tx, firm.manager)
        entry = await booking.assess(tx, manager, "monthly", "2026-10", SATURDAY)
        assert entry is not None
        with pytest.raises(Refusal):
            await booking.settle(tx, entry.key, stands=False, period=NOVEMBER, by=[manager])
        await booking.settle(tx, entry.key, stands=True, period=NOVEMBER)
        with pytest.raises(Refusal):
            await booking.forgive(tx, entry.key, NOVEMBER, [manager])


async def test_the_fund_is_spent_by_two_who_may_and_never_beyond_what_it_holds(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        key = await fined(firm, tx)
        await booking.settle(tx, key, stands=True, period=NOVEMBER)
        two = await firm.who(tx, firm.manager, firm.director)
        for fen, by in [(2501, two), (2500, two[:1]), (2500, await firm.who(tx, firm.manager, firm.supervisor))]:
            with pytest.raises(Refusal):
                await booking.spend(tx, "outing:1", fen, NOVEMBER, by)

        await booking.spend(tx, "outing:1", 2500, NOVEMBER, two)
        assert rules.fund(await ledger.balances(tx)) == 0


async def test_a_day_and_a_closing_are_sealed(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await fined(firm, tx)
        day = await booking.seal_day(tx, date(2026, 11, 22))
        assert day is not None
        assert await booking.seal_day(tx, date(2026, 11, 22)) is None
        await firm.sells(tx, "9000", date(2026, 10, 9))
        await firm.locks(tx, OCTOBER)
        close = await booking.seal_close(tx, OCTOBER)

        assert close is not None
        assert (close.number, close.previous) == (2, day.digest)
        assert await ledger.flaws(tx) == []
