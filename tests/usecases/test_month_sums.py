"""A whole company's month from grouped sums is, person by person, the itemised one: on both databases."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from core.rules.calendar import Month
from core.rules.people import Role, Status
from core.store import deals, people, targets
from core.store import models as m
from core.store.db import Tx
from core.usecases.month_sums import NAMED, Figured, figures, itemised
from core.usecases.worth import person_month, person_months
from tests.office import Office

NOVEMBER = Month(2026, 11)
KINDS = ["own", "own", "delegated", "sms"]


async def furnished(office: Office, chance: random.Random) -> None:
    """Twenty people of every post in two teams, some of whom came, left or changed their post in the month."""
    teams = [await office.team("领航组"), await office.team("飞虎组")]
    async with office.db.transaction() as tx:
        for n in range(20):
            role = chance.choice([Role.CLERK, Role.CLERK, Role.REP, Role.SUPERVISOR]) if n else Role.MANAGER
            status = chance.choice([Status.REGULAR, Status.REGULAR, Status.PROBATION, Status.TRAINING])
            hired = chance.choice([date(2024, 3, 1), date(2026, 11, chance.randint(1, 20))])
            who = await people.add(
                tx, employee_no=f"{n:03d}", name=f"人{n}", pinyin=f"ren{n}", role=role, status=status,
                team_id=teams[n % 2] if n else None, hired_on=hired,
            )  # fmt: skip
            if chance.random() < 0.3:
                other = chance.choice([Role.CLERK, Role.REP])
                await people.assign(
                    tx, who, date(2026, 11, chance.randint(2, 30)), role=other, status=status, team_id=teams[0]
                )
            if chance.random() < 0.2:
                await people.change(tx, who, {"left_on": hired + timedelta(days=9)})
        ids = [one.id for one in await people.everybody(tx)]
        for n in range(90):
            kind = chance.choice(KINDS)
            await deals.add(
                tx, seller_id=chance.choice(ids), team_id=chance.choice(teams), amount_fen=chance.randint(1, 900_000),
                kind=kind, visitor_id=chance.choice(ids) if kind == "delegated" else None,
                signed_on=date(2026, chance.choice([10, 11, 11, 11]), chance.randint(1, 30)),
                state=chance.choice(["confirmed", "confirmed", "confirmed", "pending", "cancelled"]), at=tx.now,
                at_source="platform", once=f"deal:{n}",
            )  # fmt: skip
        for team in teams:
            await targets.put(tx, team, NOVEMBER.key, chance.randint(1, 9_000_000), ids[0])


def newcomers(count: int, tx: Tx) -> list[dict[str, object]]:
    """Rows of clerks who were always what they are."""
    return [
        {"employee_no": f"9{n:03d}", "name": f"多{n}", "pinyin": f"duo{n}", "role": "clerk", "status": "regular",
         "hired_on": date(2025, 1, 6), "created_at": tx.now} for n in range(count)
    ]  # fmt: skip


async def both(tx: Tx) -> tuple[dict[int, Figured], dict[int, Figured]]:
    version = tx.company.policy.for_month(NOVEMBER.start)
    this = await person_months(tx, version, await people.everybody(tx), NOVEMBER)
    return await figures(tx, version, this, NOVEMBER), await itemised(tx, version, this, NOVEMBER)


@pytest.mark.parametrize("seed", range(4))
async def test_sums_and_lines_come_to_the_same_fen_for_everybody(office: Office, seed: int) -> None:
    chance = random.Random(f"month {seed}")
    await furnished(office, chance)

    async with office.db.snapshot() as tx:
        quick, slow = await both(tx)

    assert quick.keys() == slow.keys()
    for person, one in quick.items():
        other = slow[person]
        assert one.sold == other.sold
        for name in (
            "base",
            "performance",
            "everything",
            "commission",
            "shares",
            "sms",
            "top_up",
            "total",
            "undetermined",
        ):
            assert getattr(one.statement, name) == getattr(other.statement, name), f"{person} {name}"
    assert any(not one.statement.lines and one.statement.total for one in quick.values())  # sums were enough
    assert sum(one.statement.shares for one in slow.values()) or seed  # visits are among it


async def test_one_persons_month_is_the_same_alone_and_among_all(office: Office) -> None:
    await furnished(office, random.Random("alone"))

    async with office.db.snapshot() as tx:
        version = tx.company.policy.for_month(NOVEMBER.start)
        everybody = await people.everybody(tx)
        together = await person_months(tx, version, everybody, NOVEMBER)

        for one in everybody:
            assert await person_month(tx, version, one, NOVEMBER) == together[one.id]
        assert any(past.performance for one in together.values() for past in one.past)


async def test_a_company_of_many_asks_the_database_as_often_as_one_of_few(office: Office) -> None:
    """What a month costs does not grow by a query a person."""
    from sqlalchemy import event

    asked: list[str] = []

    async def count() -> int:
        asked.clear()
        async with office.db.snapshot() as tx:
            await both(tx)
        return len(asked)

    await furnished(office, random.Random("few"))
    event.listen(office.db.reader.sync_engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    few = await count()
    async with office.db.transaction() as tx:
        await tx.insert_many(m.people, newcomers(700, tx))

    assert few < 30
    assert await count() <= few


async def test_among_very_many_everybodys_month_is_what_it_is_among_few(office: Office) -> None:
    """Where people are too many to name, only those who moved are asked for their past posts."""
    await furnished(office, random.Random("many"))
    async with office.db.transaction() as tx:
        (former,) = [one.id for one in await people.everybody(tx) if one.employee_no == "005"]
        await people.assign(tx, former, date(2026, 11, 9), role=Role.REP, status=Status.LEFT, team_id=None)
        await people.change(tx, former, {"status": "left", "left_on": date(2026, 11, 8)})
        promoted = await people.add(  # a supervisor from next month on
            tx, employee_no="p", name="飞飞", pinyin="feifei", role=Role.SUPERVISOR, status=Status.REGULAR,
            team_id=None, hired_on=date(2025, 1, 6),
        )  # fmt: skip
        await people.assign(tx, promoted, date(2026, 11, 1), role=Role.CLERK, status=Status.PROBATION, team_id=None)
        await people.assign(tx, promoted, date(2026, 12, 1), role=Role.SUPERVISOR, status=Status.REGULAR, team_id=None)
        await tx.insert_many(m.people, newcomers(NAMED, tx))

    async with office.db.snapshot() as tx:
        version = tx.company.policy.for_month(NOVEMBER.start)
        everybody = await people.everybody(tx, with_left=True)
        together = await person_months(tx, version, everybody, NOVEMBER, with_past=False)
        few = [one for one in everybody if len(one.employee_no) == 3 or one.id == promoted]
        alone = await person_months(tx, version, few, NOVEMBER, with_past=False)

    assert list(together) == [one.id for one in everybody]
    assert {one.id: together[one.id] for one in few} == alone
    assert together[promoted].role is Role.CLERK
    assert all(one.role is Role.CLERK for number, one in together.items() if number not in alone)
