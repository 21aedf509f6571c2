"""A fine that was deducted, the month locked, and forgiven afterwards: the person gets it back, once, on a payslip."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from core.rules import ledger as books
from core.store import closed_books, ledger, months
from core.usecases import booking, closing, pay
from tests.office import ZONE
from tests.usecases.test_closing import NOVEMBER, OCTOBER, Firm, firm
from tests.usecases.test_deductions import fined, ruled, switched

__all__ = ["firm"]


@pytest.mark.parametrize("cap", [None, "5%"])
async def test_what_was_deducted_for_a_fine_that_is_forgiven_comes_back_with_the_open_month(
    firm: Firm, cap: str | None
) -> None:
    """Also where a guard had left only a part of it to be taken: that part comes back."""
    ruled(firm, f'[version.guards]\ndeduction_cap = "{cap}"' if cap else "")
    taken = 5000 if cap is None else 3750  # 5 % of 750.00
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "8000", date(2026, 10, 9))
        key = await fined(firm, tx)
        await switched(firm, tx)
        await firm.locks(tx)
        october = await months.statement_of(tx, firm.clerk, OCTOBER)
        assert october is not None
        assert october.payable == 75000 - taken
        manager = [await firm.who(tx, firm.manager)]
        assert await booking.forgive(tx, key, NOVEMBER, manager)
        assert not await booking.forgive(tx, key, NOVEMBER, manager)
        seen = await pay.earn(tx, await firm.who(tx, firm.clerk), NOVEMBER)
        assert [(one.about, one.fen) for one in seen.due.adjustments] == [(OCTOBER, taken)]

    firm.office.clock.at = datetime(2026, 12, 2, 10, tzinfo=ZONE)
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "8000", date(2026, 11, 9))
        done = await firm.locks(tx, NOVEMBER)
        november = await months.statement_of(tx, firm.clerk, NOVEMBER)
        held = await ledger.balances(tx)

        assert november is not None
        assert november.payable == 75000 + taken
        assert books.payable(held, firm.clerk) == october.payable + november.payable
        assert (books.owed_fines(held, firm.clerk), books.fund(held)) == (0, 0)
        assert {row.person.id: row.due.payable for row in done.rows if row.person.id == firm.clerk} == {
            firm.clerk: november.payable
        }
        for one in (firm.manager, firm.director):
            await closing.approve_payment(tx, await firm.who(tx, one), OCTOBER)
        for one in (firm.manager, firm.director):
            await closing.approve_payment(tx, await firm.who(tx, one), NOVEMBER)
        assert books.payable(await ledger.balances(tx), firm.clerk) == 0
        assert await closed_books.disagreements(tx) == []
