"""A policy change in the database: locked months stay, statements name what priced them, every process switches."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from core.rules import policy as files
from core.rules.calendar import Month
from core.rules.closing import State as MonthState
from core.rules.errors import Refusal
from core.rules.money import to_fen
from core.rules.people import Person, Role, Status
from core.rules.policy import PolicyErrors
from core.rules.policy_change import State
from core.store import deals, months, people, policies
from core.store import models as m
from core.store.db import Database, Tx
from core.usecases import closing, pay, policy_changes, policy_outlook
from tests.office import POLICY, ZONE, Office

SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = (Month(2026, number) for number in (9, 10, 11, 12))
_once = itertools.count()


@dataclass
class Firm:
    """林晓燕 sells; 梁文静 and 徐丽娟 manage, 沈国栋 directs."""

    office: Office
    clerk: int
    manager: int
    second: int
    director: int

    async def who(self, tx: Tx, one: int) -> Person:
        found = await people.by_id(tx, one)
        assert found is not None
        return found

    async def sells(self, yuan: str, day: date) -> None:
        async def work(tx: Tx) -> None:
            seller = await self.who(tx, self.clerk)
            await deals.add(
                tx, seller_id=self.clerk, team_id=seller.team_id, amount_fen=to_fen(yuan), kind="own", signed_on=day,
                visitor_id=None, state="confirmed", at=tx.now, at_source="platform", once=f"deal:{next(_once)}",
            )  # fmt: skip

        await self.office.tx(work)

    async def proposes(self, tx: Tx, text: str, by: int | None = None) -> int:
        made = await policy_changes.read_file(tx, text)
        proposal = await policy_changes.propose(
            tx, await self.who(tx, by or self.manager), made, source="file", at=tx.now, at_source="platform",
            once=f"test:{next(_once)}",
        )  # fmt: skip
        await policy_changes.submit(tx, await self.who(tx, by or self.manager), proposal.id)
        return proposal.id

    async def confirms(self, tx: Tx, proposal: int, by: int | None = None) -> policies.Issued:
        actor = await self.who(tx, by or self.director)
        return await policy_changes.confirm(tx, actor, proposal, at=tx.now, at_source="received")

    async def issues(self, text: str) -> policies.Issued:
        async def work(tx: Tx) -> policies.Issued:
            return await self.confirms(tx, await self.proposes(tx, text))

        issued: policies.Issued = await self.office.tx(work)
        return issued

    async def locks(self, month: Month) -> None:
        """Both who close say yes; whatever is in the way is named."""

        async def work(tx: Tx) -> None:
            for one in (self.manager, self.director):
                actor = await self.who(tx, one)
                await closing.review(tx, actor, month)
                found = await closing.look(tx, actor, month)
                for row, question in found.open_questions:
                    await closing.decide(tx, actor, month, row.person.id, question.topic, "waive", "试算")
                await closing.approve(tx, actor, month, anyway="试算")

        await self.office.tx(work)


def policy(day: str, body: str = "[version.pay]\nbasis = 10000\n") -> str:
    return f"[[version]]\neffective_from = {day}\n{body}"


@pytest.fixture
async def firm(office: Office) -> Firm:
    clerk = await office.agent("林晓燕")
    manager = await office.manager("梁文静")
    second = await office.manager("徐丽娟")
    director = await office.hires("沈国栋", Role.DIRECTOR, None)
    return Firm(office, clerk.id, manager.id, second.id, director.id)


async def refused(work: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as raised:
        await work
    return raised.value.key


async def test_a_locked_month_stays_and_the_open_one_is_priced_by_the_new_version(firm: Firm) -> None:
    await firm.sells("9000", date(2026, 10, 12))
    await firm.sells("9000", date(2026, 11, 3))
    await firm.locks(OCTOBER)
    before = await firm.office.rows(m.month_statements)
    await firm.issues(policy("2026-11-01"))

    async with firm.office.db.snapshot() as tx:
        clerk = await firm.who(tx, firm.clerk)
        october, november = await pay.earn(tx, clerk, OCTOBER), await pay.earn(tx, clerk, NOVEMBER)
    assert (october.statement.version, october.statement.base) == ("2026-01-01", to_fen("750"))
    assert (november.statement.version, november.statement.base) == ("2026-11-01", to_fen("675"))
    assert await firm.office.rows(m.month_statements) == before


async def test_nothing_begins_in_a_locked_month_not_even_when_it_was_locked_after_the_proposal(firm: Firm) -> None:
    async def early(tx: Tx) -> int:
        return await firm.proposes(tx, policy("2026-10-01"))

    proposal = await firm.office.tx(early)
    await firm.locks(OCTOBER)

    async def late(tx: Tx) -> None:
        assert await refused(firm.confirms(tx, proposal)) == "policy.in_locked"
        with pytest.raises(PolicyErrors):
            await policy_changes.read_file(tx, policy("2026-10-01"))
        moved = await policy_changes.put_off(tx, await firm.who(tx, firm.director), proposal, date(2026, 12, 1))
        assert moved.effective_from == date(2026, 12, 1)
        await firm.confirms(tx, proposal)

    await firm.office.tx(late)
    assert firm.office.db.company.policy.versions[-1].effective_from == date(2026, 12, 1)


async def test_what_is_rolled_back_is_in_force_nowhere(firm: Firm) -> None:
    async def fails(tx: Tx) -> None:
        await firm.confirms(tx, await firm.proposes(tx, policy("2026-12-01")))
        assert tx.company.policy.versions[-1].effective_from == date(2026, 12, 1)
        raise LookupError

    with pytest.raises(LookupError):
        await firm.office.tx(fails)
    assert len(firm.office.db.company.policy.versions) == 1
    assert not await firm.office.rows(m.policy_versions)


async def test_another_process_switches_too_and_locks_by_the_policy_of_that_moment(firm: Firm) -> None:
    office = firm.office
    await firm.sells("9000", date(2026, 10, 12))
    other = Database(office.url, office.company, office.clock.now)
    try:
        await firm.issues(policy("2026-10-01"))
        assert len(other.company.policy.versions) == 1
        async with other.transaction() as tx:
            await closing.review(tx, await firm.who(tx, firm.manager), OCTOBER)
            found = await closing.look(tx, await firm.who(tx, firm.manager), OCTOBER)
            row = next(row for row in found.rows if row.person.id == firm.clerk)
            assert row.due.statement.version == "2026-10-01"
        assert len(other.company.policy.versions) == 2  # and every transaction after it

        third = Database(office.url, office.company, office.clock.now)
        await third.refresh()
        assert third.company.policy.versions[-1].pay.basis == to_fen("10000")
        await third.close()
    finally:
        await other.close()


async def test_of_two_confirmed_at_once_one_is_issued(firm: Firm) -> None:
    async def both(tx: Tx) -> tuple[int, int]:
        return (
            await firm.proposes(tx, policy("2026-12-01")),
            await firm.proposes(tx, policy("2026-12-01", "[version.pay.sms]\nrate = '4%'\n"), by=firm.second),
        )

    pair = await firm.office.tx(both)

    async def confirm(one: int) -> str:
        async def work(tx: Tx) -> None:
            await firm.confirms(tx, one)

        try:
            await firm.office.tx(work)
        except Refusal as refusal:
            return refusal.key
        return "issued"

    assert sorted(await asyncio.gather(*map(confirm, pair))) == ["issued", "policy.was_overtaken"]
    assert len(await firm.office.rows(m.policy_versions)) == 1
    states = sorted(row.state for row in await firm.office.rows(m.policy_proposals))
    assert states == [State.CONFIRMED.value, State.OVERTAKEN.value]


async def test_two_people_stand_behind_a_version_whoever_proposes(firm: Firm) -> None:
    async def work(tx: Tx) -> None:
        own = await firm.proposes(tx, policy("2026-12-01"), by=firm.director)
        assert await refused(firm.confirms(tx, own, by=firm.director)) == "policy.second_person"
        assert await refused(firm.confirms(tx, own, by=firm.clerk)) == "policy.not_yours"
        issued = await firm.confirms(tx, own, by=firm.manager)
        assert (issued.proposed_by, issued.confirmed_by) == (firm.director, firm.manager)

    await firm.office.tx(work)


async def test_without_a_second_person_nothing_is_submitted(office: Office) -> None:
    manager = await office.manager("梁文静")

    async def work(tx: Tx) -> None:
        actor = await people.by_id(tx, manager.id)
        assert actor is not None
        made = await policy_changes.read_file(tx, policy("2026-12-01"))
        one = await policy_changes.propose(tx, actor, made, source="file", at=tx.now, at_source="platform", once="x")
        assert await refused(policy_changes.submit(tx, actor, one.id)) == "policy.nobody_confirms"

    await office.tx(work)


@pytest.mark.parametrize("step", ["draft", "declined", "withdrawn", "confirmed"])
async def test_what_is_not_waiting_cannot_be_confirmed(firm: Firm, step: str) -> None:
    async def work(tx: Tx) -> None:
        manager, director = await firm.who(tx, firm.manager), await firm.who(tx, firm.director)
        made = await policy_changes.read_file(tx, policy("2026-12-01"))
        one = await policy_changes.propose(tx, manager, made, source="file", at=tx.now, at_source="platform", once="x")
        expected = "policy.not_submitted"
        if step != "draft":
            await policy_changes.submit(tx, manager, one.id)
            assert await refused(policy_changes.submit(tx, manager, one.id)) == "policy.already_submitted"
            expected = f"policy.was_{step}"
        if step == "declined":
            assert await refused(policy_changes.decline(tx, director, one.id, "  ")) == "policy.reason_missing"
            assert await refused(policy_changes.decline(tx, manager, one.id, "nein")) == "policy.second_person"
            await policy_changes.decline(tx, director, one.id, "年底不动")
        if step == "withdrawn":
            second = await firm.who(tx, firm.second)
            assert await refused(policy_changes.withdraw(tx, second, one.id, "x")) == "policy.not_yours"
            await policy_changes.withdraw(tx, manager, one.id, "再算")
        if step == "confirmed":
            await firm.confirms(tx, one.id)
        assert await refused(firm.confirms(tx, one.id)) == expected

    await firm.office.tx(work)


async def test_only_an_orphan_is_taken_over(firm: Firm) -> None:
    async def work(tx: Tx) -> None:
        one = await firm.proposes(tx, policy("2026-12-01"))
        second = await firm.who(tx, firm.second)
        assert await refused(policy_changes.take_over(tx, second, one)) == "policy.not_orphaned"
        await people.change(tx, firm.manager, {"status": Status.LEFT.value, "left_on": date(2026, 11, 20)})
        assert await refused(firm.confirms(tx, one)) == "policy.proposer_left"
        taken = await policy_changes.take_over(tx, second, one)
        assert (taken.state, taken.proposer_id) == (State.DRAFT, firm.second)
        assert await refused(firm.confirms(tx, one)) == "policy.not_submitted"
        await policy_changes.submit(tx, second, one)
        assert (await firm.confirms(tx, one)).proposed_by == firm.second

    await firm.office.tx(work)


async def test_the_preview_tries_the_months_that_are_over_and_had_sales(firm: Firm) -> None:
    await firm.sells("9000", date(2026, 9, 3))
    await firm.sells("12000", date(2026, 10, 3))
    await firm.sells("5000", date(2026, 11, 3))

    async with firm.office.db.snapshot() as tx:
        made = await policy_changes.read_file(tx, policy("2026-12-01"))
        look = await policy_outlook.look_back(tx, made.version)
        one = next(effect for effect in look.effects if effect.person.id == firm.clerk)
        alone = await policy_outlook.look_back(tx, made.version, 1)
    # September: 9,000 of a basis of 10,000 cuts the base by a tenth; commission 30.00. October is untouched.
    assert look.months == (SEPTEMBER, OCTOBER)
    assert one.months == (
        (SEPTEMBER, to_fen("780"), to_fen("705")),
        (OCTOBER, to_fen("870"), to_fen("870")),
    )
    assert (look.cost, look.gainers, look.losers) == (-to_fen("75"), 0, 1)
    assert alone.months == (OCTOBER,)


async def test_the_preview_counts_what_the_proposal_would_have_counted(firm: Firm) -> None:
    """Recognition by receipt: what was signed and never paid would have earned nothing."""
    await firm.sells("12000", date(2026, 10, 3))

    async with firm.office.db.snapshot() as tx:
        made = await policy_changes.read_file(tx, policy("2026-12-01", "[version.deals]\nrecognition = 'paid'\n"))
        look = await policy_outlook.look_back(tx, made.version)
        one = next(effect for effect in look.effects if effect.person.id == firm.clerk)
        assert tx.policy.deals.recognition == "signed"
    assert one.months == ((OCTOBER, to_fen("870"), 0),)


async def test_the_preview_of_a_locked_month_changes_nothing_in_it(firm: Firm) -> None:
    await firm.sells("9000", date(2026, 10, 3))
    await firm.locks(OCTOBER)
    before = await firm.office.rows(m.month_statements)

    async with firm.office.db.snapshot() as tx:
        made = await policy_changes.read_file(tx, policy("2026-12-01"))
        look = await policy_outlook.look_back(tx, made.version)
        assert (await months.standing(tx, OCTOBER)).state is MonthState.LOCKED
    assert look.cost == -to_fen("75")
    assert await firm.office.rows(m.month_statements) == before


async def test_the_next_proposal_goes_on_from_the_confirmed_version(firm: Firm) -> None:
    await firm.issues(policy("2026-12-01"))

    async def work(tx: Tx) -> None:
        with pytest.raises(PolicyErrors) as raised:
            await policy_changes.read_file(tx, policy("2026-12-01"))
        assert {one.what for one in raised.value.problems} == {"append_only"}
        made = await policy_changes.change_figure(tx, "pay.sms.rate", "4%", date(2027, 1, 1))
        assert made.version.pay.basis == to_fen("10000")

    await firm.office.tx(work)


async def test_a_version_and_its_receipts_are_refused_to_change(firm: Firm) -> None:
    await firm.issues(policy("2026-12-01"))
    for table in (m.policy_versions, m.policy_receipts):
        for change in (table.delete(), table.update().values(id=table.c.id + 100)):
            statement: Any = change

            async def work(tx: Tx, statement: Any = statement) -> None:
                await tx.run(statement)

            with pytest.raises(Exception, match="only grows"):
                await firm.office.tx(work)


async def test_whoever_joins_later_owes_no_receipt(firm: Firm) -> None:
    issued = await firm.issues(policy("2026-12-01"))
    new = await firm.office.agent("谢雨桐", hired_on=date(2026, 11, 21))
    firm.office.clock.at = datetime(2026, 11, 24, 9, tzinfo=ZONE)

    async with firm.office.db.snapshot() as tx:
        left = await policy_changes.unread(tx, issued)
    assert [person.id for person in left] == [firm.clerk, firm.second]
    assert new.id not in {person.id for person in left}


async def test_the_policys_file_and_what_was_confirmed_are_one_policy_after_a_restart(firm: Firm) -> None:
    await firm.issues(policy("2026-12-01"))
    await firm.issues(policy("2027-01-01", "[version.pay]\nbasis = 11000\n"))
    await firm.office.restart()

    versions = firm.office.db.company.policy.versions
    assert [(one.name, one.pay.basis) for one in versions] == [
        ("2026-01-01", to_fen("8000")), ("2026-12-01", to_fen("10000")), ("2027-01-01", to_fen("11000")),
    ]  # fmt: skip
    assert firm.office.db.company.policy.for_month(DECEMBER.start).name == "2026-12-01"
    assert files.load(POLICY.read_text("utf-8")).versions[0].fingerprint == versions[0].fingerprint
