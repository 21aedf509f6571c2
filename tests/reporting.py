"""What the tests of reports share: facts for the figures, and an office at another hour."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time

from core.store import facts, people
from core.store import models as m
from core.store.db import Tx
from tests.office import ZONE, Office, Phone

FRIDAY = date(2026, 11, 20)
SATURDAY = date(2026, 11, 21)
MONDAY = date(2026, 11, 23)
SAID = "餐饮老板下午三点后最好打。李总要专票,合同抬头找谁改?"
PLAN = "回访 20 个意向客户\n约访 4 家,火锅店优先\n签 2 单,进 5% 档"
_once = itertools.count(1)


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """That hour of the company."""
    return datetime.combine(day, time(hour, minute, second), ZONE)


def opens_at(office: Office, when: datetime) -> None:
    """It is `when` now; what was due on the way runs when time goes on from there."""
    office.clock.at = when


async def totals(office: Office, who: Phone, day: date, dials: int, connected: int, intentions: int) -> None:
    """Somebody's figures of a day."""

    async def work(tx: Tx) -> None:
        await tx.insert(
            m.day_counts, person_id=who.id, day=day, dials=dials, connected=connected, intentions=intentions,
            at=tx.now, at_source="platform", logged_by=who.id, once=f"t{next(_once)}",
        )  # fmt: skip

    await office.tx(work)


async def deal(office: Office, who: Phone, yuan: int, day: date, *, state: str = "confirmed") -> None:
    """Something signed."""

    async def work(tx: Tx) -> None:
        person = await people.by_id(tx, who.id)
        assert person is not None
        await tx.insert(
            m.deals, seller_id=who.id, team_id=person.team_id, amount_fen=yuan * 100, kind="own", signed_on=day,
            state=state, at=tx.now, at_source="platform", once=f"t{next(_once)}",
        )  # fmt: skip

    await office.tx(work)


async def writes(who: Phone, *, said: str = SAID, plan: str = PLAN, word: str = "周报") -> None:
    """The whole form up to the review."""
    await who.says(word, said, plan)


async def sends(who: Phone, *, said: str = SAID, plan: str = PLAN, word: str = "周报") -> None:
    """The whole report."""
    await writes(who, said=said, plan=plan, word=word)
    await who.presses("发送")


async def outage(office: Office, began: datetime, ended: datetime) -> None:
    """We were away."""
    await office.tx(lambda tx: facts.outage(tx, began, ended))
