"""One person's pay reads what is theirs: no statement behind it goes through a whole table that grows with the company."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text

from core.rules.calendar import Month
from core.rules.pay import Component
from core.rules.people import Person, Role, Status
from core.store import deals, people, targets
from core.store.db import Tx
from core.usecases import pay, pay_ahead
from tests.office import Office

NOVEMBER = Month(2026, 11)
GROW = {"deals", "deal_payments", "people", "postings", "leaves", "targets", "ledger_entries", "ledger_postings",
        "month_statements", "adjustments", "teams", "calls", "reports"}  # fmt: skip


async def card(tx: Tx, person: Person) -> None:
    await pay_ahead.beside(tx, await pay.earn(tx, person, NOVEMBER), person)


async def why(tx: Tx, person: Person) -> None:
    found = await pay.earn(tx, person, NOVEMBER)
    await pay.behind(tx, found, Component.COMMISSION)
    await pay.sellers_of(tx, found)


async def whole_tables(tx: Tx, asked: list[tuple[str, Any]]) -> set[str]:
    """The tables that some of these statements read from one end to the other, as the database itself says."""
    found: set[str] = set()
    postgres = tx.conn.dialect.name == "postgresql"
    if postgres:  # tables are small here: what could go by an index shall
        await tx.conn.execute(text("SET LOCAL enable_seqscan = off"))
    for statement, values in asked:
        explain = f"EXPLAIN {'' if postgres else 'QUERY PLAN '}{statement}"
        plan = " \n".join(str(row) for row in await explained(tx, explain, values))
        names = re.findall(r"Seq Scan on (\w+)", plan) if postgres else re.findall(r"SCAN (\w+)(?! USING)", plan)
        found |= set(names) & GROW
    return found


async def explained(tx: Tx, statement: str, values: Any) -> list[Any]:
    return list((await tx.conn.exec_driver_sql(statement, values)).all())


@pytest.mark.parametrize("role", [Role.CLERK, Role.SUPERVISOR])
@pytest.mark.parametrize("view", [card, why])
async def test_what_one_person_earns_is_found_by_indexes(
    office: Office, role: Role, view: Callable[[Tx, Person], Awaitable[None]]
) -> None:
    team = await office.team("领航组")
    async with office.db.transaction() as tx:
        ids = [
            await people.add(
                tx, employee_no=f"{n:03d}", name=f"人{n}", pinyin=f"ren{n}", role=Role.CLERK if n else Role.SUPERVISOR,
                status=Status.REGULAR, team_id=team, hired_on=date(2024, 3, 1),
            )
            for n in range(4)
        ]  # fmt: skip
        await targets.put(tx, team, NOVEMBER.key, 1_000_000, ids[0])
        for n in range(8):
            await deals.add(
                tx, seller_id=ids[1 + n % 3], team_id=team, amount_fen=100_000 * (n + 1), kind="own", visitor_id=None,
                signed_on=date(2026, 10 + n % 2, 3), state="confirmed", at=tx.now, at_source="platform", once=f"d{n}",
            )  # fmt: skip
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    async with office.db.snapshot() as tx:
        person = await people.by_id(tx, ids[1] if role is Role.CLERK else ids[0])
        assert person is not None
        event.listen(office.db.reader.sync_engine, "before_cursor_execute", note)
        await view(tx, person)
        event.remove(office.db.reader.sync_engine, "before_cursor_execute", note)

        assert len(asked) > 5
        assert await whole_tables(tx, list(asked)) == set()
        every = [("SELECT id FROM deals WHERE amount_fen > 0", ())]
        assert await whole_tables(tx, every) == {"deals"}  # a plan that reads all is seen
