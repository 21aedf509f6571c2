"""Do the closed months agree with the book? What was told, what was booked and what is closed name the same fen.

The chain (`ledger.flaws`) shows whether sealed entries are still what they were; this shows whether the months that
rest on them are: a payslip that reads otherwise, a locked month that is open again, an entry slipped into it later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from core.rules.calendar import Month
from core.rules.closing import State
from core.rules.errors import Refusal
from core.rules.ledger import Account, Earned, Flaw, Kind
from core.store import models as m
from core.store import months
from core.store.db import Tx

_E, _P, _B = m.ledger_entries.c, m.ledger_postings.c, m.ledger_batches.c
_TOLD = select(m.month_statements.c.month).distinct().order_by(m.month_statements.c.month)
_BOOKED = (
    select(_P.person_id, _P.account, _P.fen)
    .join(m.ledger_entries, _E.id == _P.entry_id)
    .where(_E.kind == Kind.PAY.value, _E.period == bindparam("month"), _P.account != Account.COMPANY.value)
)
_KEPT = select(m.month_statements.c.person_id, m.month_statements.c.payable_fen).where(
    m.month_statements.c.month == bindparam("month")
)
_PAID_MONTHS = select(_E.period).where(_E.kind == Kind.PAY.value).distinct().order_by(_E.period)
_CLOSED_BY = select(_B.occasion, _B.last_id).where(_B.occasion.like("close:%")).order_by(_B.number)
_AFTER = (
    select(_E.id).where(_E.period == bindparam("month"), _E.id > bindparam("last")).order_by(_E.id).limit(1)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repriced:
    """A closed month whose version the file no longer has as it was. `now`: the one that would price it, as it reads."""

    month: Month
    version: str
    now: str | None
    reads: str | None  # the fingerprint of `now`

    @property
    def altered(self) -> bool:
        """The version is there and says something else."""
        return self.now == self.version


async def repriced(tx: Tx) -> list[Repriced]:
    """Closed months that the policy file would price otherwise now: by another version, or by an edited one.

    What was locked stays as it is; but a refund about such a month would be computed by rules that never held in it.
    """
    found = []
    for then in await months.priced(tx):
        try:
            now = tx.company.policy.for_month(then.month.start)
        except Refusal:  # no version began by then
            found.append(Repriced(then.month, then.version, None, None))
            continue
        if now.name != then.version or then.fingerprint not in {None, now.fingerprint}:
            found.append(Repriced(then.month, then.version, now.name, now.fingerprint))
    return found


async def disagreements(tx: Tx) -> list[Flaw]:
    """What does not agree, one flaw a place; [] when all does. Every closed month is read."""
    return [flaw async for flaw in _walk(tx)]


async def _walk(tx: Tx) -> AsyncIterator[Flaw]:
    told = [row[0] for row in await tx.all(_TOLD)]
    booked = [row[0] for row in await tx.all(_PAID_MONTHS)]
    for key in sorted({*told, *booked}):
        month = Month.parse(key)
        state = (await months.standing(tx, month)).state
        if state not in (State.LOCKED, State.PAID):
            yield Flaw(f"month:{key}", "reopened")
            continue
        async for flaw in _month(tx, month):
            yield flaw
    for occasion, last in await tx.all(_CLOSED_BY):
        key = occasion.removeprefix("close:")
        for row in await tx.all(_AFTER, month=key, last=last):
            yield Flaw(f"entry:{row.id}", "late")


async def _month(tx: Tx, month: Month) -> AsyncIterator[Flaw]:
    booked: dict[int, dict[str, int]] = {}
    for person, account, fen in await tx.all(_BOOKED, month=month.key):
        booked.setdefault(person, {})[account] = booked.get(person, {}).get(account, 0) + int(fen)
    payable: Mapping[int, int] = {row[0]: int(row[1]) for row in await tx.all(_KEPT, month=month.key)}
    for slip in await months.statements(tx, month):
        made, paid = slip.due.statement, Earned(**booked.pop(slip.person_id, {}))
        lines = sum(line.amount for line in made.lines) if made.lines else made.total
        sound = paid == Earned.of(made) and lines == made.total == paid.total
        if not sound or slip.payable != payable[slip.person_id]:
            yield Flaw(f"statement:{month.key}:{slip.person_id}", "changed")
    for person in sorted(booked):
        yield Flaw(f"statement:{month.key}:{person}", "missing")
