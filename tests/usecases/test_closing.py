"""Closing a month: once, by two people, with everybody's statement as data; what comes later goes into the next one."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from datetime import date, datetime

import pytest

from core.rules import ledger as books
from core.rules.calendar import Month
from core.rules.closing import State, Topic
from core.rules.errors import Refusal
from core.rules.ledger import Account
from core.rules.money import to_fen
from core.rules.pay import DealKind
from core.rules.people import Person, Role, Status
from core.store import deals, ledger, months, people, targets
from core.store import models as m
from core.store.db import Tx
from core.usecases import booking, closing, fines
from core.usecases import deals as deal_uses
from core.usecases import targets as target_uses
from core.usecases.closing import What
from tests.office import ZONE, Office

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
_once = itertools.count()


@dataclass
class Firm:
    """林晓燕 (clerk) sells, 吴海涛 (rep) visits, 周启明 leads both, 梁文静 manages, 何总 directs; a team with a target."""

    office: Office
    clerk: int
    rep: int
    supervisor: int
    manager: int
    director: int

    async def who(self, tx: Tx, one: int) -> Person:
        found = await people.by_id(tx, one)
        assert found is not None
        return found

    async def sells(self, tx: Tx, yuan: str, day: date, kind: DealKind = DealKind.OWN, state: str = "confirmed") -> int:
        clerk = await self.who(tx, self.clerk)
        new = await deals.add(
            tx, seller_id=self.clerk, team_id=clerk.team_id, amount_fen=to_fen(yuan), kind=kind.value, signed_on=day,
            visitor_id=self.rep if kind is DealKind.DELEGATED else None, state=state, at=tx.now, at_source="platform",
            once=f"deal:{next(_once)}",
        )  # fmt: skip
        assert new is not None
        return new

    async def waives(self, tx: Tx, month: Month) -> None:
        """Whatever is proposed is waived."""
        manager = await self.who(tx, self.manager)
        for row, asked in (await closing.look(tx, manager, month)).open_questions:
            await closing.decide(tx, manager, month, row.person.id, asked.topic, "waive", "先不处理")

    async def locks(self, tx: Tx, month: Month = OCTOBER) -> closing.Closing:
        manager, director = await self.who(tx, self.manager), await self.who(tx, self.director)
        await closing.review(tx, manager, month)
        await self.waives(tx, month)
        await closing.approve(tx, manager, month, anyway="按时发工资")
        return await closing.approve(tx, director, month)


@pytest.fixture
async def firm(office: Office) -> Firm:
    clerk, rep, supervisor = await office.agent(), await office.rep(), await office.supervisor()
    manager = await office.manager()
    director = await office.hires("何总", Role.DIRECTOR, None)
    team = await office.team("领航组")
    async with office.db.transaction() as tx:
        for month in (OCTOBER, NOVEMBER):
            await targets.put(tx, team, month.key, to_fen("20000"), manager.id)
    return Firm(office, clerk.id, rep.id, supervisor.id, manager.id, director.id)


async def refused(work: object) -> str:
    with pytest.raises(Refusal) as caught:
        await work  # type: ignore[misc]
    return caught.value.key


# --- once, by two ---------------------------------------------------------------------------------------------------------


async def test_a_locked_month_is_booked_kept_and_sealed_to_the_fen(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "25000", date(2026, 10, 12))
        await firm.sells(tx, "7000", date(2026, 10, 20), DealKind.DELEGATED)
        done = await firm.locks(tx)
        slip = await months.statement_of(tx, firm.clerk, OCTOBER)
        held = await ledger.balances(tx)

        assert done.standing.state is State.LOCKED
        assert slip is not None
        # 32,000: 880.00 by the text's own example, less 1 % of 7,000 for the visitor.
        assert (slip.due.statement.base, slip.due.statement.commission, slip.due.statement.shares) == (
            75000, 88000, -7000,
        )  # fmt: skip
        assert {row.person.id: row.due.payable for row in done.rows} == {
            row.person.id: books.payable(held, row.person.id) for row in done.rows
        }
        assert await ledger.flaws(tx) == []
        assert (await ledger.last_batch(tx)) is not None
        assert await ledger.unsealed(tx) == 0


async def test_what_was_kept_reads_back_as_it_was_computed(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "6000", date(2026, 10, 12))
        await firm.sells(tx, "52000", date(2026, 10, 20))
        before = await closing.read(tx, OCTOBER)
        await firm.locks(tx)
        after = await closing.read(tx, OCTOBER)

        assert [row.due for row in after.rows] == [row.due for row in before.rows]
        assert [row.past for row in after.rows] == [row.past for row in before.rows]


async def test_one_person_never_locks_a_month_and_a_second_time_changes_nothing(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "9000", date(2026, 10, 9))
        manager, director = await firm.who(tx, firm.manager), await firm.who(tx, firm.director)
        assert await refused(closing.approve(tx, manager, OCTOBER)) == "closing.review_first"
        await closing.review(tx, manager, OCTOBER)
        await firm.waives(tx, OCTOBER)
        assert (await closing.approve(tx, manager, OCTOBER)).standing.state is State.REVIEW
        assert await refused(closing.approve(tx, manager, OCTOBER)) == "closing.second_person"
        assert (await closing.approve(tx, director, OCTOBER)).standing.state is State.LOCKED
        entries = len(await tx.all(m.ledger_entries.select()))

        for again in (closing.approve(tx, director, OCTOBER), closing.reopen(tx, manager, OCTOBER)):
            assert await refused(again) == "closing.locked"
        assert len(await tx.all(m.ledger_entries.select())) == entries


async def test_an_approval_is_of_those_figures_and_no_others(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager, director = await firm.who(tx, firm.manager), await firm.who(tx, firm.director)
        await firm.sells(tx, "9000", date(2026, 10, 9))
        await closing.review(tx, manager, OCTOBER)
        await firm.waives(tx, OCTOBER)
        await closing.approve(tx, manager, OCTOBER)
        await firm.sells(tx, "5000", date(2026, 10, 30))

        assert (await closing.approve(tx, director, OCTOBER)).standing.state is State.REVIEW
        assert (await closing.approve(tx, manager, OCTOBER)).standing.state is State.LOCKED


async def test_going_back_from_review_takes_the_approvals_back(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager, director = await firm.who(tx, firm.manager), await firm.who(tx, firm.director)
        await firm.sells(tx, "9000", date(2026, 10, 9))
        await closing.review(tx, manager, OCTOBER)
        await firm.waives(tx, OCTOBER)
        await closing.approve(tx, manager, OCTOBER)
        await closing.reopen(tx, director, OCTOBER)
        await closing.review(tx, director, OCTOBER)

        assert (await closing.approve(tx, director, OCTOBER)).standing.state is State.REVIEW


async def test_two_who_lock_at_the_same_moment_lock_it_once(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "9000", date(2026, 10, 9))
        manager = await firm.who(tx, firm.manager)
        await closing.review(tx, manager, OCTOBER)
        await firm.waives(tx, OCTOBER)

    async def yes(one: int) -> State:
        async with firm.office.db.transaction() as tx:
            return (await closing.approve(tx, await firm.who(tx, one), OCTOBER)).standing.state

    states = await asyncio.gather(yes(firm.manager), yes(firm.director))

    assert sorted(states) == [State.LOCKED, State.REVIEW]
    rows = await firm.office.rows(m.month_statements)
    assert len(rows) == len({row.person_id for row in rows}) == 5
    pays = [row for row in await firm.office.rows(m.ledger_entries) if row.kind == "pay"]
    assert len(pays) == len({row.key for row in pays})


async def test_a_deal_confirmed_while_the_month_is_locked_is_paid_exactly_once(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "9000", date(2026, 10, 9))
        late = await firm.sells(tx, "14000", date(2026, 10, 30), state="pending")
        manager = await firm.who(tx, firm.manager)
        await closing.review(tx, manager, OCTOBER)
        await firm.waives(tx, OCTOBER)
        await closing.approve(tx, manager, OCTOBER, anyway="等不及")

    async def lock() -> None:
        async with firm.office.db.transaction() as tx:
            closed = await closing.approve(tx, await firm.who(tx, firm.director), OCTOBER, anyway="好")
            if not closed.standing.state.closed:  # the confirmation came first: other figures, so once more
                await closing.approve(tx, await firm.who(tx, firm.manager), OCTOBER)

    async def confirm() -> None:
        async with firm.office.db.transaction() as tx:
            await deal_uses.confirm(tx, await firm.who(tx, firm.supervisor), late)

    await asyncio.gather(lock(), confirm())

    async with firm.office.db.transaction() as tx:
        held = await ledger.balances(tx, person_ids=[firm.clerk])
        # 23,000: 240 + 280, and the whole base.
        assert books.payable(held, firm.clerk) == to_fen("750") + to_fen("520")


# --- order ------------------------------------------------------------------------------------------------------------------


async def test_months_are_closed_when_they_are_over_and_one_after_the_other(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager, clerk = await firm.who(tx, firm.manager), await firm.who(tx, firm.clerk)
        assert await refused(closing.review(tx, manager, NOVEMBER)) == "closing.not_over"
        assert await refused(closing.review(tx, clerk, OCTOBER)) == "closing.not_yours"
        assert await closing.next_month(tx) == OCTOBER
        await firm.sells(tx, "9000", date(2026, 10, 9))
        await firm.locks(tx)

        assert await closing.next_month(tx) == NOVEMBER
        assert await refused(closing.review(tx, manager, SEPTEMBER)) == "closing.before"
    firm.office.clock.at = datetime(2027, 1, 4, 10, tzinfo=ZONE)
    async with firm.office.db.transaction() as tx:
        assert await refused(closing.review(tx, manager, Month(2026, 12))) == "closing.not_yet"


# --- what stands in the way ---------------------------------------------------------------------------------------------------


async def test_the_checklist_names_what_is_open_and_whose_it_is(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager = await firm.who(tx, firm.manager)
        await firm.sells(tx, "9000", date(2026, 10, 9), state="pending")
        await firm.sells(tx, "9000", date(2026, 11, 9), state="pending")
        await tx.insert(m.teams, name="破浪组", created_at=tx.now)
        found = await closing.look(tx, manager, OCTOBER)

        assert {(one.what, one.who.name if one.who else None, one.count) for one in found.obstacles} == {
            (What.DEALS, "周启明", 1),
            (What.TARGETS, "梁文静", 1),
        }
        await closing.review(tx, manager, OCTOBER)
        await firm.waives(tx, OCTOBER)
        assert await refused(closing.approve(tx, manager, OCTOBER)) == "closing.in_the_way"
        assert await refused(closing.approve(tx, manager, OCTOBER, anyway="  ")) == "closing.reason_missing"

        zhou = await closing.remind(tx, manager, OCTOBER, What.DEALS, firm.supervisor)
        await closing.remind(tx, manager, OCTOBER, What.DEALS, firm.supervisor)
        assert zhou.name == "周启明"
        asked = [row for row in await tx.all(m.outbox.select()) if row.notice == "closing_reminder"]
        assert len(asked) == 1
        assert await refused(closing.remind(tx, manager, OCTOBER, What.EXCUSES, firm.supervisor)) == "closing.cleared"


async def test_a_target_that_was_forgotten_is_set_until_the_month_is_closed(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager = await firm.who(tx, firm.manager)
        team_id = await tx.insert(m.teams, name="破浪组", created_at=tx.now)
        team = next(team for team in await people.teams(tx) if team.id == team_id)
        await target_uses.set_target(tx, manager, team, OCTOBER, to_fen("5000"))
        assert await refused(target_uses.set_target(tx, manager, team, OCTOBER, to_fen("4000"))) == "targets.past"
        await firm.sells(tx, "9000", date(2026, 10, 9))
        await firm.locks(tx)
        other = await tx.insert(m.teams, name="飞虎组", created_at=tx.now)
        third = next(team for team in await people.teams(tx) if team.id == other)

        assert await refused(target_uses.set_target(tx, manager, third, OCTOBER, to_fen("4000"))) == "targets.past"


# --- proposals ------------------------------------------------------------------------------------------------------------------


async def newcomer(firm: Firm, yuan: str) -> int:
    phone = await firm.office.agent(
        "邓超群", status=Status.PROBATION, hired_on=date(2026, 10, 1), probation_from=date(2026, 10, 1)
    )
    async with firm.office.db.transaction() as tx:
        await deals.add(
            tx, seller_id=phone.id, team_id=None, amount_fen=to_fen(yuan), kind="own", signed_on=date(2026, 10, 8),
            state="confirmed", at=tx.now, at_source="platform", once=f"deal:{next(_once)}",
        )  # fmt: skip
    return phone.id


async def test_nobody_becomes_regular_until_a_person_says_so_with_a_reason(firm: Firm) -> None:
    deng = await newcomer(firm, "8000")
    async with firm.office.db.transaction() as tx:
        manager = await firm.who(tx, firm.manager)
        await closing.review(tx, manager, OCTOBER)
        assert (await firm.who(tx, deng)).status is Status.PROBATION
        assert await refused(closing.approve(tx, manager, OCTOBER)) == "closing.undecided"
        said = closing.decide(tx, manager, OCTOBER, deng, Topic.PROBATION, "regularise", " ")
        assert await refused(said) == "closing.reason_missing"
        await closing.decide(tx, manager, OCTOBER, deng, Topic.PROBATION, "regularise", "首月 8,000,客户反馈好")
        again = closing.decide(tx, manager, OCTOBER, deng, Topic.PROBATION, "waive", "再想想")
        assert await refused(again) == "closing.decided"

        posts = (await people.postings(tx, [deng]))[deng]
        assert (posts[-1].valid_from, posts[-1].status) == (date(2026, 11, 1), Status.REGULAR)
        assert (await firm.who(tx, deng)).status is Status.REGULAR
        rows = [row for row in await tx.all(m.proposal_decisions.select()) if row.person_id == deng]
        assert [(row.act, row.reason) for row in rows] == [("regularise", "首月 8,000,客户反馈好")]
        assert rows[0].evidence[0]["figures"]["total"] == 800_000


async def test_a_month_of_nothing_is_put_to_a_person_and_told_to_the_superior_alone(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager = await firm.who(tx, firm.manager)
        await closing.review(tx, manager, OCTOBER)
        row, asked = await closing.question(tx, manager, OCTOBER, firm.clerk, Topic.CONDUCT)
        assert row.person.id == firm.clerk
        assert [act.value for act in asked.acts] == ["warn", "eliminate"]
        await closing.decide(tx, manager, OCTOBER, firm.clerk, Topic.CONDUCT, "warn", "这个月没有单,下周一起定计划")

        told = {(row.person_id, row.notice) for row in await tx.all(m.outbox.select())}
        assert (firm.supervisor, "closing_talk") in told
        assert not [notice for person, notice in told if person == firm.clerk]


# --- late facts ---------------------------------------------------------------------------------------------------------------------


async def test_a_refund_after_the_lock_goes_into_the_open_month_and_onto_its_payslip(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "9000", date(2026, 10, 9))
        gone = await firm.sells(tx, "14000", date(2026, 10, 20), DealKind.DELEGATED)
        await firm.locks(tx)
        before = await months.statement_of(tx, firm.clerk, OCTOBER)
        await deal_uses.cancel(tx, await firm.who(tx, firm.supervisor), gone, "客户退单")
        assert await months.statement_of(tx, firm.clerk, OCTOBER) == before
        told = [row for row in await tx.all(m.outbox.select()) if row.notice == "deal_cancelled"]
        assert told[0].payload["booked_in"] == "2026-11"

    firm.office.clock.at = datetime(2026, 12, 2, 10, tzinfo=ZONE)
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "12000", date(2026, 11, 9))
        await firm.locks(tx, NOVEMBER)
        slip = await months.statement_of(tx, firm.clerk, NOVEMBER)
        visitor = await months.statement_of(tx, firm.rep, NOVEMBER)

        assert slip is not None
        assert visitor is not None
        # October without it: 9,000 -> 30.00 instead of 23,000 -> 520.00, and the share of 140.00 comes back.
        assert [(one.about, one.fen) for one in slip.due.adjustments] == [(OCTOBER, to_fen("-350"))]
        assert slip.payable == to_fen("750") + to_fen("120") - to_fen("350")
        assert [one.fen for one in visitor.due.adjustments] == [to_fen("-140")]


async def test_a_refund_changes_neither_the_next_months_basis_nor_base(firm: Firm) -> None:
    from core.usecases.worth import person_month

    async with firm.office.db.transaction() as tx:
        gone = await firm.sells(tx, "14000", date(2026, 10, 20))
        await firm.locks(tx)
        await deal_uses.cancel(tx, await firm.who(tx, firm.supervisor), gone, "客户退单")
        version = tx.company.policy.for_month(NOVEMBER.start)
        this = await person_month(tx, version, await firm.who(tx, firm.clerk), NOVEMBER)
        last = this.before(1)

        assert last is not None
        assert last.performance == to_fen("14000")


async def test_what_was_paid_too_much_is_carried_and_never_paid_twice(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        gone = await firm.sells(tx, "52000", date(2026, 10, 20))
        await firm.locks(tx)
        await deal_uses.cancel(tx, await firm.who(tx, firm.supervisor), gone, "退单")
    firm.office.clock.at = datetime(2026, 12, 2, 10, tzinfo=ZONE)
    async with firm.office.db.transaction() as tx:
        await firm.locks(tx, NOVEMBER)
        november = await months.statement_of(tx, firm.clerk, NOVEMBER)
        assert november is not None
        assert november.payable < 0
    firm.office.clock.at = datetime(2027, 1, 5, 10, tzinfo=ZONE)
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "52000", date(2026, 12, 20))
        await firm.locks(tx, NOVEMBER.next)
        december = await months.statement_of(tx, firm.clerk, NOVEMBER.next)
        assert december is not None
        assert december.due.carried == november.payable
        assert books.payable(await ledger.balances(tx), firm.clerk) == (
            (await months.statement_of(tx, firm.clerk, OCTOBER)).payable + december.payable  # type: ignore[union-attr]
        )


async def test_an_adjustment_by_hand_is_booked_when_two_lock_its_month(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager, clerk = await firm.who(tx, firm.manager), await firm.who(tx, firm.clerk)
        await firm.sells(tx, "9000", date(2026, 10, 9))
        await firm.locks(tx)
        for work, key in (
            (closing.adjust(tx, manager, clerk, NOVEMBER, 20000, "漏算", once="a"), "closing.adjust_earlier"),
            (closing.adjust(tx, manager, manager, OCTOBER, 20000, "漏算", once="b"), "closing.own"),
            (closing.adjust(tx, clerk, clerk, OCTOBER, 20000, "漏算", once="c"), "closing.not_yours"),
            (closing.adjust(tx, manager, clerk, OCTOBER, 20000, "", once="d"), "closing.reason_missing"),
        ):
            assert await refused(work) == key
        assert await closing.adjust(tx, manager, clerk, OCTOBER, 20000, "短信漏算", once="e") is not None
        assert await closing.adjust(tx, manager, clerk, OCTOBER, 20000, "短信漏算", once="e") is None
        assert not [row for row in await tx.all(m.ledger_postings.select()) if row.account == "adjustments"]
    firm.office.clock.at = datetime(2026, 12, 2, 10, tzinfo=ZONE)
    async with firm.office.db.transaction() as tx:
        await firm.sells(tx, "9000", date(2026, 11, 9))
        await firm.locks(tx, NOVEMBER)
        slip = await months.statement_of(tx, firm.clerk, NOVEMBER)

        assert slip is not None
        assert slip.due.adjusted == 20000
        held = await ledger.balances(tx, person_ids=[firm.clerk], period=NOVEMBER)
        assert held[Account.ADJUSTMENTS, firm.clerk] == 20000


async def test_nothing_is_booked_in_a_locked_month(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        gone = await firm.sells(tx, "9000", date(2026, 10, 9))
        await firm.locks(tx)
        by = [await firm.who(tx, firm.manager), await firm.who(tx, firm.director)]

        late = booking.book_change(tx, [gone], gone=True, period=OCTOBER, cause="refund:1", by=[])
        assert await refused(late) == "closing.locked"
        assert await refused(booking.spend(tx, "outing", 1, OCTOBER, by)) == "closing.locked"


# --- paid -----------------------------------------------------------------------------------------------------------------------------


async def test_two_people_mark_a_locked_month_as_paid_and_nobody_is_owed_anything(firm: Firm) -> None:
    async with firm.office.db.transaction() as tx:
        manager, director = await firm.who(tx, firm.manager), await firm.who(tx, firm.director)
        await firm.sells(tx, "25000", date(2026, 10, 9))
        assert await refused(closing.approve_payment(tx, manager, OCTOBER)) == "closing.lock_first"
        await firm.locks(tx)
        assert (await closing.approve_payment(tx, manager, OCTOBER)).standing.state is State.LOCKED
        assert await refused(closing.approve_payment(tx, manager, OCTOBER)) == "closing.second_person"
        assert (await closing.approve_payment(tx, director, OCTOBER)).standing.state is State.PAID
        assert await refused(closing.approve_payment(tx, director, OCTOBER)) == "closing.already_paid"

        held = await ledger.balances(tx)
        assert all(books.payable(held, one) == 0 for one in (firm.clerk, firm.rep, firm.supervisor, firm.manager))
        assert {row.period for row in await tx.all(m.ledger_entries.select()) if row.kind == "payment"} == {"2026-11"}


# --- fines ------------------------------------------------------------------------------------------------------------------------------


async def test_a_missed_report_is_owed_beside_pay_after_48_hours_and_half_of_it_is_the_funds(firm: Firm) -> None:
    await firm.office.moves_to(datetime(2026, 11, 23, 9, 31, tzinfo=ZONE))
    async with firm.office.db.transaction() as tx:
        pending = [row for row in await tx.all(m.ledger_entries.select()) if row.kind == "fine_pending"]
        assert {row.key for row in pending} == {f"fine:weekly:2026-W47:{one}" for one in (firm.clerk, firm.rep)}
        assert await fines.assess_missed(tx) == 0
        assert books.owed_fines(await ledger.balances(tx), firm.clerk) == 0
    await firm.office.moves_to(datetime(2026, 11, 25, 9, 31, tzinfo=ZONE))
    async with firm.office.db.transaction() as tx:
        held = await ledger.balances(tx)
        assert (books.owed_fines(held, firm.clerk), books.payable(held, firm.clerk), books.fund(held)) == (
            5000,
            0,
            5000,
        )


async def test_an_accepted_reason_voids_the_fine_at_once(firm: Firm) -> None:
    from core.rules.calendar import Week
    from core.rules.reports import ReportKind
    from core.usecases import excuses

    await firm.office.moves_to(datetime(2026, 11, 23, 9, 31, tzinfo=ZONE))
    async with firm.office.db.transaction() as tx:
        clerk, supervisor = await firm.who(tx, firm.clerk), await firm.who(tx, firm.supervisor)
        given = await excuses.give(tx, clerk, ReportKind.WEEKLY, Week.parse("2026-W47"), "在客户那签合同", at=tx.now)
        await excuses.decide(tx, supervisor, given.id, accept=True)
        assert await fines.assess_missed(tx) == 0
    await firm.office.moves_to(datetime(2026, 11, 25, 9, 31, tzinfo=ZONE))
    async with firm.office.db.transaction() as tx:
        held = await ledger.balances(tx)
        assert (books.owed_fines(held, firm.clerk), books.owed_fines(held, firm.rep)) == (0, 5000)
