"""Fines come off pay only where the policy says so, two people read the note, and the guards leave room."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from core.rules import ledger as books
from core.rules import policy
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.ledger import Account
from core.store import ledger, months
from core.store import models as m
from core.store.db import Tx
from core.usecases import booking, closing, deductions, pay
from tests.office import POLICY
from tests.usecases.test_closing import NOVEMBER, OCTOBER, Firm, firm

__all__ = ["firm"]
PAYSLIP = 'mode = "payslip"\npayslip_risk_accepted = true'


def ruled(firm: Firm, more: str = "") -> None:
    """The company's policy takes fines from pay, and says `more`."""
    text = POLICY.read_text("utf-8")
    start = text.index("[version.fines]")
    mode = text.index('mode = "record"', start)
    text = f"{text[:mode]}{PAYSLIP}\n{text[text.index(chr(10), mode) + 1 :]}"
    text = "\n".join(line for line in text.splitlines() if not line.startswith("payslip_risk_accepted = false"))
    loaded = policy.load(f"{text}\n[[version]]\neffective_from = 2026-02-01\n{more}\n" if more else text)
    firm.office.db.company = replace(firm.office.company, policy=loaded)


async def fined(firm: Firm, tx: Tx, week: str = "2026-W42", *, stands: bool = True) -> str:
    entry = await booking.assess(tx, await firm.who(tx, firm.clerk), "weekly", week, date(2026, 10, 17))
    assert entry is not None
    if stands:
        assert await booking.settle(tx, entry.key, stands=True, period=OCTOBER)
    return entry.key


async def switched(firm: Firm, tx: Tx) -> deductions.Switch:
    await deductions.agree(tx, await firm.who(tx, firm.manager))
    return await deductions.agree(tx, await firm.who(tx, firm.director))


async def test_two_people_switch_it_on_and_one_takes_it_back(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager = await firm.who(tx, firm.manager)
        with pytest.raises(Refusal) as caught:
            await deductions.agree(tx, manager)
        assert caught.value.key == "ledger.not_from_pay"  # the sample policy records only
    ruled(firm)
    async with firm.office.db.transaction() as tx:
        assert not (await deductions.agree(tx, manager)).on
        for actor, key in ((manager, "ledger.two_people"), (await firm.who(tx, firm.supervisor), "ledger.not_yours")):
            with pytest.raises(Refusal) as caught:
                await deductions.agree(tx, actor)
            assert caught.value.key == key
        assert (await switched_by_director(firm, tx)).on
        await deductions.withdraw(tx, manager)
        assert not (await deductions.switch_of(tx, tx.policy)).on


async def switched_by_director(firm: Firm, tx: Tx) -> deductions.Switch:
    return await deductions.agree(tx, await firm.who(tx, firm.director))


async def test_until_then_a_fine_stays_beside_pay(firm: Firm) -> None:
    ruled(firm)
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "26500", date(2026, 10, 9))
        await fined(firm, tx)
        await deductions.agree(tx, await firm.who(tx, firm.manager))  # one alone
        await firm.locks(tx)
        slip = await months.statement_of(tx, firm.clerk, OCTOBER)

        assert slip is not None
        assert (slip.due.taken, slip.payable) == ((), 75000 + 66000)
        assert books.owed_fines(await ledger.balances(tx), firm.clerk) == 5000


async def test_a_standing_fine_comes_off_the_month_once_and_is_owed_no_more(firm: Firm) -> None:
    ruled(firm)
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "26500", date(2026, 10, 9))
        await fined(firm, tx)
        await fined(firm, tx, "2026-W43", stands=False)  # may still be appealed
        await switched(firm, tx)
        before = await pay.earn(tx, await firm.who(tx, firm.clerk), OCTOBER)
        await firm.locks(tx)
        slip, held = await months.statement_of(tx, firm.clerk, OCTOBER), await ledger.balances(tx)

        assert slip is not None
        assert before.payable == slip.payable == 75000 + 66000 - 5000 == books.payable(held, firm.clerk)
        assert slip.due == before.due  # what was kept reads back as it was computed
        assert (books.owed_fines(held, firm.clerk), books.fund(held)) == (0, 2500)
        assert await ledger.flaws(tx) == []
        again = await pay.earn(tx, await firm.who(tx, firm.clerk), Month(2026, 11))
        assert again.due.taken == ()


async def test_a_fine_that_was_noted_as_not_taken_from_pay_never_is(firm: Firm) -> None:
    later = POLICY.read_text("utf-8") + f"\n[[version]]\neffective_from = 2026-11-01\n[version.fines]\n{PAYSLIP}\n"
    firm.office.db.company = replace(firm.office.company, policy=policy.load(later))
    async with firm.office.db.transaction() as tx:
        await fined(firm, tx)
        new = await booking.assess(tx, await firm.who(tx, firm.clerk), "weekly", "2026-W46", date(2026, 11, 14))
        assert new is not None
        assert await booking.settle(tx, new.key, stands=True, period=NOVEMBER)
        assert (await switched(firm, tx)).on
        taken = (await pay.earn(tx, await firm.who(tx, firm.clerk), NOVEMBER)).due.taken

        assert [one.deduction.fact for one in taken] == ["weekly:2026-W46"]
        assert (await pay.earn(tx, await firm.who(tx, firm.clerk), OCTOBER)).due.taken == ()


async def test_what_the_guards_leave_is_waived_and_not_carried_over(firm: Firm) -> None:
    ruled(firm, '[version.guards]\ndeduction_cap = "5%"')
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "8000", date(2026, 10, 9))
        await fined(firm, tx)
        second = await fined(firm, tx, "2026-W43")
        await switched(firm, tx)
        await firm.locks(tx)
        held = await ledger.balances(tx)

        assert held[Account.DEDUCTIONS, firm.clerk] == -3750  # 5 % of 750
        assert books.owed_fines(held, firm.clerk) == 0
        assert books.payable(held, firm.clerk) == 75000 - 3750
        # Forgiven after all: nothing of it was taken, and the fund gives its half back.
        assert await booking.forgive(tx, second, Month(2026, 11), [await firm.who(tx, firm.manager)])
        held = await ledger.balances(tx)
        assert (books.payable(held, firm.clerk), books.fund(held)) == (75000 - 3750, 2500)
        assert books.owed_fines(held, firm.clerk) == 0


async def test_a_fine_that_was_handed_in_is_not_deducted_too(firm: Firm) -> None:
    ruled(firm)
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "8000", date(2026, 10, 9))
        key = await fined(firm, tx)
        await switched(firm, tx)
        manager = [await firm.who(tx, firm.manager)]
        assert await booking.collect(tx, key, OCTOBER, manager)
        assert not await booking.collect(tx, key, OCTOBER, manager)
        await firm.locks(tx)

        held = await ledger.balances(tx)
        assert (books.owed_fines(held, firm.clerk), books.payable(held, firm.clerk)) == (0, 75000)


async def test_the_floor_is_topped_up_in_its_own_line_through_to_the_ledger(firm: Firm) -> None:
    ruled(firm, "[version.pay]\nmin_wage = 2000")
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "8000", date(2026, 10, 9))
        await fined(firm, tx)
        await switched(firm, tx)
        done = await firm.locks(tx)
        held = await ledger.balances(tx)

        assert done.floored
        assert (held[Account.TOP_UP, firm.clerk], books.payable(held, firm.clerk)) == (125000, 200000)
        assert {row.person.id: row.due.payable for row in done.rows} == {
            row.person.id: books.payable(held, row.person.id) for row in done.rows
        }


async def test_those_who_close_are_told_that_no_floor_is_known(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        assert not (await closing.read(tx, OCTOBER)).floored
        assert [row for row in await tx.all(m.months.select()) if row.state != "open"] == []
