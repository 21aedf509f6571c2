"""A day's totals, stated by oneself or for somebody else, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.rules.errors import Refusal
from core.rules.people import Person
from core.rules.tallies import Counts, Tally
from core.store import calls
from core.store.calls import ACCEPTED, PENDING, DayCount
from core.store.db import Tx
from core.usecases import calls as single


@dataclass(frozen=True, slots=True)
class Day:
    """A day's totals as they now stand."""

    stated: DayCount
    tally: Tally
    singles: int  # logged one by one
    fresh: bool = True


async def state_day(
    tx: Tx, actor: Person, person: Person, counts: Counts, *, at: datetime, at_source: str, once: str
) -> Day:
    """State a day's totals; they replace what was stated before and include what was logged one by one.

    Raises Refusal: `calls.day_future`, `calls.day_old`, `calls.more_connected`, `calls.stated_own` (somebody else may
    not overwrite what a person stated), `calls.not_yours`.
    """
    single.authorise(actor, person)
    known = await calls.day_count(tx, person.id, counts.day)
    if known is not None and known.once == once:
        return await _day(tx, known, fresh=False)
    single.check_day(tx, counts.day)
    if (counts.connected or 0) > counts.dials:
        raise Refusal("calls.more_connected", connected=counts.connected, dials=counts.dials)
    own = actor.id == person.id
    if not own and known is not None and known.proxy in (None, ACCEPTED):
        raise Refusal(
            "calls.stated_own", name=person.name, dials=known.dials, connected=known.connected or 0,
            day=counts.day.isoformat(),
        )  # fmt: skip
    stated = await calls.state_day(
        tx, person.id, counts.day, dials=counts.dials, connected=counts.connected, intentions=counts.intentions,
        visits=counts.visits, at=at, at_source=at_source, logged_by=actor.id, proxy=None if own else PENDING, once=once,
    )  # fmt: skip
    if not own:
        await tx.notify(person.id, "count_proxy", {"count": stated.id, "once": once}, once=f"count-proxy:{once}")
    return await _day(tx, stated)


async def undo_day(
    tx: Tx, actor: Person, count_id: int, once: str, before: tuple[Counts, int, str | None] | None
) -> None:
    """Take a statement back. `before`: what was stated until then, by whom and its proxy state; it holds again.

    Raises Refusal: `calls.answered` when it was replaced or accepted since, `calls.not_yours`.
    """
    stated = await calls.day_count_by_id(tx, count_id)
    if stated is None or stated.once != once:
        raise Refusal("calls.answered")
    if actor.id not in (stated.person_id, stated.logged_by):
        raise Refusal("calls.not_yours")
    if actor.id != stated.person_id and stated.proxy != PENDING:
        raise Refusal("calls.answered")
    if before is None:
        await calls.drop_day(tx, count_id)
        return
    counts, by, proxy = before
    await calls.state_day(
        tx, stated.person_id, stated.day, dials=counts.dials, connected=counts.connected, intentions=counts.intentions,
        visits=counts.visits, at=tx.now, at_source=stated.at_source, logged_by=by, proxy=proxy, once=f"{once}:undo",
    )  # fmt: skip


async def _day(tx: Tx, stated: DayCount, *, fresh: bool = True) -> Day:
    tally = await single.tally_of(tx, stated.person_id, stated.day)
    return Day(stated, tally, await calls.singles(tx, stated.person_id, stated.day), fresh)
