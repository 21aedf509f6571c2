"""A change of post within a month: from the next month on, or at once where the manager says so (policy 30)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.people import Role, Status
from core.store import people
from core.store.db import Tx
from core.usecases import closing, pay
from core.usecases.month_sums import figures
from core.usecases.worth import person_month
from tests.usecases.test_closing import OCTOBER, Firm, firm, refused

__all__ = ["firm"]


async def moved(firm: Firm, tx: Tx) -> None:
    """林晓燕 is a rep from 2026-10-19 on: 10,000 before, 10,000 after."""
    clerk = await firm.who(tx, firm.clerk)
    await people.assign(
        tx, clerk.id, date(2026, 10, 19), role=Role.REP, status=Status.REGULAR, team_id=clerk.team_id
    )  # fmt: skip
    await firm.sells(tx, "10000", date(2026, 10, 12))
    await firm.sells(tx, "10000", date(2026, 10, 20))


async def test_it_counts_from_the_next_month_on_unless_somebody_says_otherwise(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await moved(firm, tx)
        clerk = await firm.who(tx, firm.clerk)
        version = tx.company.policy.for_month(OCTOBER.start)
        found = await pay.earn(tx, clerk, OCTOBER)

        assert (found.month.role, found.month.stints) == (Role.CLERK, ())
        assert found.statement.commission == 24_000 + 16_000  # 20,000 in the clerk's table
        assert (await person_month(tx, version, clerk, OCTOBER.next)).role is Role.REP
        assert (await closing.read(tx, OCTOBER)).changed == (clerk.name,)


async def test_at_once_each_posts_sales_run_through_its_own_table_and_the_base_goes_by_days(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await moved(firm, tx)
        manager, clerk = await firm.who(tx, firm.manager), await firm.who(tx, firm.clerk)
        await closing.role_at_once(tx, manager, OCTOBER, clerk, "当天上手")
        found = await pay.earn(tx, clerk, OCTOBER)
        quick = await figures(tx, found.version, {clerk.id: found.month}, OCTOBER)

        # October 2026 has 18 working days, ten of them from the 19th on (7 days off, one Saturday worked).
        assert [stint.role for stint in found.month.stints] == [Role.CLERK, Role.REP]
        assert sum((stint.share for stint in found.month.stints), Fraction(0)) == 1
        assert found.statement.commission == 6_000 + 15_000  # 2,000 × 3 %, and 5,000 × 3 % of the rep's
        assert found.statement.base == 75_000
        assert quick[clerk.id].statement.total == found.statement.total
        assert (await closing.read(tx, OCTOBER)).changed == ()
        assert await refused(closing.role_at_once(tx, manager, OCTOBER, clerk, "再来一次")) == "closing.decided"


async def test_it_is_locked_as_it_was_shown_and_decided_no_more(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await moved(firm, tx)
        manager, clerk = await firm.who(tx, firm.manager), await firm.who(tx, firm.clerk)
        await closing.role_at_once(tx, manager, OCTOBER, clerk, "当天上手")
        done = await firm.locks(tx)

        assert next(row for row in done.rows if row.person.id == clerk.id).due.statement.commission == 21_000
        assert await refused(closing.role_at_once(tx, manager, OCTOBER, clerk, "晚了")) == "closing.locked"


async def test_nobody_decides_their_own_and_only_about_whoever_changed(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await moved(firm, tx)
        manager, clerk, rep = [await firm.who(tx, one) for one in (firm.manager, firm.clerk, firm.rep)]
        for actor, subject, reason, key in (
            (manager, rep, "x", "closing.no_role_change"),
            (manager, manager, "x", "closing.own"),
            (manager, clerk, " ", "closing.reason_missing"),
            (clerk, clerk, "x", "closing.not_yours"),
        ):
            with pytest.raises(Refusal) as caught:
                await closing.role_at_once(tx, actor, OCTOBER, subject, reason)
            assert caught.value.key == key
        assert await closing.changed_roles(tx, Month(2026, 9)) == []


async def test_the_manager_says_it_in_the_chat(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await moved(firm, tx)
        clerk = await firm.who(tx, firm.clerk)
    manager = firm.office.stranger(str(5000 + firm.manager))
    await manager.says(f"分段 {clerk.name} 2026-10 当天上手")
    assert manager.text == f"✅ {clerk.name} 10 月分段算:每个岗位的业绩走各自的提成档,底薪按天。"
    await manager.says("分段 谁")
    assert manager.text.startswith("这样写:分段 王芳 2026-11")
