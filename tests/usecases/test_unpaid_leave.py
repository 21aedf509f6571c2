"""Unpaid leave: base and basis shrink by the same share of the month's working days (policy 28)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from core.rules.leave import LeaveState, Span
from core.store import leaves
from core.store.db import Tx
from core.usecases import closing, pay
from core.usecases import leave as cases
from core.usecases.closing import What
from core.usecases.month_sums import figures
from core.usecases.worth import person_month, person_months
from tests.usecases.test_closing import NOVEMBER, OCTOBER, Firm, firm, refused
from tests.usecases.test_stints import moved

__all__ = ["firm"]

LAST_WEEK = Span(date(2026, 10, 26), date(2026, 10, 30))  # five of October's 18 working days


async def away(firm: Firm, tx: Tx, span: Span, *, paid: bool = False, state: str = "approved") -> int:
    leave = await leaves.add(
        tx, person_id=firm.clerk, first_day=span.first, last_day=span.last, reason=None, state=state, at=tx.now,
        once=f"leave:{span.first}", paid=paid,
    )  # fmt: skip
    assert leave is not None
    return leave


async def test_base_and_basis_shrink_alike_so_that_nobody_is_cut_twice(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await away(firm, tx, LAST_WEEK)
        await firm.sells(tx, "6000", date(2026, 10, 12))  # the basis of 13 of 18 days is 5,777.78
        clerk = await firm.who(tx, firm.clerk)
        found = await pay.earn(tx, clerk, OCTOBER)
        quick = await figures(tx, found.version, {clerk.id: found.month}, OCTOBER)

        assert found.month.presence == Fraction(13, 18)
        assert found.statement.base == 54_167  # 750 × 13/18, and no cut below the basis
        assert any(note.key == "part_month" for note in found.statement.notes)
        assert quick[clerk.id].statement.total == found.statement.total


async def test_days_counted_without_the_years_holiday_plan_are_said_to_be_an_estimate_and_hold_up_the_closing(
    firm: Firm,
) -> None:
    async with firm.office.db.transaction() as tx:
        planned, manager = tx.company, await firm.who(tx, firm.manager)
        unplanned = replace(planned, calendar=replace(planned.calendar, known_years=frozenset({2025})))
        clerk = await firm.who(tx, firm.clerk)
        for company, leave, estimated in (
            (unplanned, None, False),
            (unplanned, LAST_WEEK, True),
            (planned, None, False),
        ):
            tx.company = company
            if leave:
                await away(firm, tx, leave)
            made = (await pay.earn(tx, clerk, OCTOBER)).statement
            held_up = [one for one in (await closing.look(tx, manager, OCTOBER)).obstacles if one.what is What.CALENDAR]

            assert any(note.key == "calendar_guessed" for note in made.notes) is estimated
            assert [one.names for one in held_up] == ([("林晓燕",)] if estimated else [])


async def test_paid_leave_and_what_was_not_granted_leave_the_month_whole(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await away(firm, tx, Span(date(2026, 10, 12), date(2026, 10, 13)), paid=True)
        for number, state in enumerate(set(LeaveState) - {LeaveState.APPROVED}, 19):
            await away(firm, tx, Span(date(2026, 10, number), date(2026, 10, number)), state=state.value)
        clerk = await firm.who(tx, firm.clerk)
        found = await person_month(tx, tx.policy, clerk, OCTOBER)

        assert found.presence == 1


async def test_days_off_within_the_leave_and_days_of_other_months_cost_nothing(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await away(firm, tx, Span(date(2026, 10, 30), date(2026, 11, 2)))  # a Friday, the weekend, a Monday
        clerk = await firm.who(tx, firm.clerk)
        october = await person_month(tx, tx.policy, clerk, OCTOBER)
        november = (await person_months(tx, tx.policy, [clerk], NOVEMBER))[clerk.id]

        assert (october.presence, november.presence) == (Fraction(17, 18), Fraction(20, 21))
        assert november.past[0].presence == Fraction(17, 18)  # the month before, as a proposal looks at it


async def test_a_month_by_posts_loses_the_days_in_the_post_they_fell_in(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await moved(firm, tx)
        await away(firm, tx, LAST_WEEK)
        manager, clerk = await firm.who(tx, firm.manager), await firm.who(tx, firm.clerk)
        await closing.role_at_once(tx, manager, OCTOBER, clerk, "当天上手")
        found = await person_month(tx, tx.policy, clerk, OCTOBER)

        assert [stint.share for stint in found.stints] == [Fraction(8, 18), Fraction(5, 18)]
        assert found.presence == Fraction(13, 18)


async def test_a_locked_month_does_not_shrink_afterwards(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        asked = await away(firm, tx, LAST_WEEK, state="pending", paid=True)
        await firm.locks(tx)
        supervisor = await firm.who(tx, firm.supervisor)

        assert await refused(cases.decide(tx, supervisor, asked, approve=True, paid=False)) == "closing.locked"
        leave, _ = await cases.decide(tx, supervisor, asked, approve=True)
        assert (leave.state, leave.paid) == (LeaveState.APPROVED, True)


async def test_days_of_a_locked_month_stay_paid_or_unpaid_as_they_were(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        supervisor = await firm.who(tx, firm.supervisor)
        unpaid = await away(firm, tx, Span(date(2026, 10, 30), date(2026, 11, 2)))
        paid = await away(firm, tx, Span(date(2026, 10, 19), date(2026, 10, 20)), paid=True)
        later = await away(firm, tx, Span(date(2026, 11, 9), date(2026, 11, 10)), paid=True)
        await firm.locks(tx)

        assert await refused(cases.switch(tx, supervisor, unpaid, paid=True)) == "leave.month_locked"
        assert await refused(cases.switch(tx, supervisor, paid, paid=False)) == "leave.month_locked"
        changed, _ = await cases.switch(tx, supervisor, later, paid=False)
        assert changed.paid is False


async def test_who_was_away_unpaid_all_month_gets_no_base_and_is_not_proposed_to_go(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await away(firm, tx, Span(date(2026, 9, 28), date(2026, 11, 1)))
        clerk, manager = await firm.who(tx, firm.clerk), await firm.who(tx, firm.manager)
        found = await pay.earn(tx, clerk, OCTOBER)
        asked = (await closing.look(tx, manager, OCTOBER)).open_questions

        assert (found.month.presence, found.statement.base) == (Fraction(0), 0)
        assert clerk.id not in {row.person.id for row, _ in asked}
