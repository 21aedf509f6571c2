"""Months and their closing: states, approvals, everybody's statement as data, adjustments, decided proposals.

A month without a row is open. Whoever changes what a month pays holds its row first (`hold`), and whoever locks it
holds it alone: of a late confirmation and a closing at the same moment one sees the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import bindparam, func, select, update

from core.rules.calendar import Month
from core.rules.closing import AT_ONCE, ROLE, Adjusted, Approval, Due, State, Step
from core.rules.errors import Refusal
from core.rules.pay import PastMonth
from core.rules.pay_guards import Deduction, Reason, Taken
from core.rules.people import Role, Status
from core.rules.statement_data import packed, unpacked
from core.store import models as m
from core.store import policies
from core.store.db import Tx

_AT_ONCE = select(m.proposal_decisions.c.person_id).where(
    m.proposal_decisions.c.month == bindparam("month"),
    m.proposal_decisions.c.topic == ROLE,
    m.proposal_decisions.c.act == AT_ONCE,
)
CLOSED = (State.LOCKED.value, State.PAID.value)
CHUNK = 500

_M, _A, _S = m.months.c, m.month_approvals.c, m.month_statements.c
_J, _D = m.adjustments.c, m.proposal_decisions.c


# --- states -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a month stands. `round` counts how often it went back from review."""

    month: Month
    state: State = State.OPEN
    round: int = 0
    locked_at: datetime | None = None
    paid_at: datetime | None = None


_STANDING = select(_M.key, _M.state, _M.round, _M.locked_at, _M.paid_at)


def _standing(row: Any) -> Standing:
    return Standing(Month.parse(row[0]), State(row[1]), *row[2:])


async def standing(tx: Tx, month: Month) -> Standing:
    """Where it stands now."""
    row = await tx.first(_STANDING.where(_M.key == month.key))
    return Standing(month) if row is None else _standing(row)


async def standings(tx: Tx, since: Month) -> dict[Month, Standing]:
    """The months from `since` on that are not simply open."""
    rows = await tx.all(_STANDING.where(_M.key >= since.key))
    return {found.month: found for found in map(_standing, rows)}


async def hold(tx: Tx, month: Month, *, alone: bool = False) -> Standing:
    """The same, and nobody locks it before we commit; `alone`: nobody else holds it either.

    Whoever holds it alone prices it by the policy as it is confirmed by then, in another process too.
    """
    await tx.insert_once(m.months, key=month.key, state=State.OPEN.value, round=0, changed_at=tx.now)
    row = await tx.first(_STANDING.where(_M.key == month.key).with_for_update(read=not alone))
    if alone:
        tx.company = await policies.current(tx)
    return _standing(row)


async def hold_open(tx: Tx, month: Month) -> None:
    """The month is not locked, and is not before we commit. Refusal `closing.locked`."""
    if month.end < tx.today and (await hold(tx, month)).state.closed:  # one that is not over cannot be locked
        raise Refusal("closing.locked", month=month)


async def move(tx: Tx, month: Month, to: State, *, again: bool = False) -> None:
    """Put a held month into a state; `again`: a new round, in which earlier approvals count for nothing."""
    values: dict[str, Any] = {"state": to.value, "changed_at": tx.now}
    if to is State.LOCKED:
        values["locked_at"] = tx.now
    if to is State.PAID:
        values["paid_at"] = tx.now
    if again:
        values["round"] = _M.round + 1
    await tx.run(update(m.months).where(_M.key == month.key).values(**values))


async def last_locked(tx: Tx) -> Month | None:
    """The newest month that is locked; months are locked one after the other."""
    key = await tx.scalar(select(func.max(_M.key)).where(_M.state.in_(CLOSED)))
    return None if key is None else Month.parse(key)


# --- approvals --------------------------------------------------------------------------------------------------


async def approve(tx: Tx, at: Standing, step: Step, person_id: int, digest: str, said: str | None = None) -> bool:
    """Write down somebody's yes to these figures; False when it is there already."""
    new = await tx.insert_once(
        m.month_approvals, month=at.month.key, step=step.value, round=at.round, person_id=person_id, digest=digest,
        said=said, at=tx.now,
    )  # fmt: skip
    return new is not None


async def approvals(tx: Tx, at: Standing, step: Step) -> list[Approval]:
    """Every yes of this round, the oldest first."""
    rows = await tx.all(
        select(_A.person_id, _A.digest, _A.said)
        .where(_A.month == at.month.key, _A.step == step.value, _A.round == at.round)
        .order_by(_A.id)
    )
    return [Approval(*row) for row in rows]


# --- statements -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slip:
    """A person's closed month, as it was locked: this never changes again. Amounts in fen."""

    person_id: int
    month: Month
    state: State
    role: Role
    status: Status
    presence: Fraction
    due: Due
    performance: int  # what counts for next month's base and basis
    locked_at: datetime

    @property
    def payable(self) -> int:
        """What is handed out; minus is carried into the next month."""
        return self.due.payable


async def keep(tx: Tx, rows: Sequence[tuple[Due, Role, PastMonth]]) -> None:
    """Write down everybody's month as it is locked. The past month is what later months will know of it.

    With the fingerprint of the version that priced it: a file whose old versions are edited later is found out.
    """
    months_of = {due.statement.month for due, _, _ in rows}
    priced_by = {month: tx.company.policy.for_month(month.start).fingerprint for month in months_of}
    values = [
        {
            "month": due.statement.month.key, "person_id": due.statement.person, "role": role.value,
            "status": past.status.value, "presence": str(past.presence), "performance_fen": past.performance,
            "carried_fen": due.carried, "payable_fen": due.payable, "at": tx.now,
            "data": packed(due.statement)
            | {"adjustments": [[one.about.key, one.fen, one.cause] for one in due.adjustments]}
            | {"taken": [_taken(one) for one in due.taken]}
            | {"policy": priced_by[due.statement.month]},
        }
        for due, role, past in rows
    ]  # fmt: skip
    for first in range(0, len(values), CHUNK):
        await tx.insert_many(m.month_statements, values[first : first + CHUNK])


def _taken(one: Taken) -> list[Any]:
    wanted = one.deduction
    reason = one.reason.value if one.reason else None
    return [wanted.id, wanted.rule, wanted.fact, wanted.on.isoformat(), wanted.amount, one.amount, reason]


def _read_taken(kept: Sequence[Any]) -> Taken:
    known, rule, fact, on, wanted, amount, reason = kept
    deduction = Deduction(known, rule, fact, date.fromisoformat(on), wanted)
    return Taken(deduction, amount, Reason(reason) if reason else None)


_SLIP = select(
    _S.person_id, _S.month, _M.state, _S.role, _S.status, _S.presence, _S.performance_fen, _S.carried_fen, _S.data, _S.at
).join(m.months, _M.key == _S.month)  # fmt: skip


def _slip(row: Any) -> Slip:
    adjusted = tuple(Adjusted(Month.parse(about), fen, cause) for about, fen, cause in row.data["adjustments"])
    taken = tuple(map(_read_taken, row.data.get("taken", ())))  # months of an earlier version have none
    return Slip(
        person_id=row.person_id,
        month=Month.parse(row.month),
        state=State(row.state),
        role=Role(row.role),
        status=Status(row.status),
        presence=Fraction(row.presence),
        due=Due(unpacked(row.data), adjusted, int(row.carried_fen), taken),
        performance=int(row.performance_fen),
        locked_at=row.at,
    )


async def statement_of(tx: Tx, person_id: int, month: Month) -> Slip | None:
    """A person's closed month as it was locked; None while it is open, or for whoever was not there."""
    row = await tx.first(_SLIP.where(_S.person_id == person_id, _S.month == month.key))
    return None if row is None else _slip(row)


async def statements_of_person(tx: Tx, person_id: int, since: Month) -> list[Slip]:
    """A person's closed months from `since` on, newest first."""
    wanted = _SLIP.where(_S.person_id == person_id, _S.month >= since.key).order_by(_S.month.desc())
    return [_slip(row) for row in await tx.all(wanted)]


_ONE_DATA = select(_S.data).where(_S.month == bindparam("month")).order_by(_S.person_id).limit(1)
_CLOSED = select(_M.key).where(_M.state.in_(CLOSED)).order_by(_M.key)


@dataclass(frozen=True, slots=True)
class Priced:
    """By which version a month was locked; `fingerprint` None: by a release that did not note it."""

    month: Month
    version: str
    fingerprint: str | None


async def priced(tx: Tx) -> list[Priced]:
    """Every closed month in which somebody was there, the oldest first."""
    found = []
    for row in await tx.all(_CLOSED):
        data = await tx.scalar(_ONE_DATA, month=row.key)
        if data is not None:
            found.append(Priced(Month.parse(row.key), data["version"], data.get("policy")))
    return found


async def statements(tx: Tx, month: Month) -> list[Slip]:
    """Everybody's closed month, by employee number."""
    wanted = (
        _SLIP.join(m.people, m.people.c.id == _S.person_id).where(_S.month == month.key)
        .order_by(m.people.c.employee_no)
    )  # fmt: skip
    return [_slip(row) for row in await tx.all(wanted)]


async def performances(
    tx: Tx, since: Month, until: Month, person_ids: Iterable[int] | None = None
) -> dict[tuple[int, Month], PastMonth]:
    """What later months know of closed ones (53): the performance as it was locked, whatever was refunded since."""
    wanted = select(_S.person_id, _S.month, _S.performance_fen, _S.status, _S.presence).where(
        _S.month >= since.key, _S.month <= until.key
    )
    if person_ids is not None:
        wanted = wanted.where(_S.person_id.in_(sorted(set(person_ids))))
    found = {}
    for person, key, fen, status, presence in await tx.all(wanted):
        month = Month.parse(key)
        found[person, month] = PastMonth(month, int(fen), Status(status), Fraction(presence))
    return found


async def carried(tx: Tx, month: Month) -> dict[int, int]:
    """What the month paid too much, by person (fen, minus): taken into the next one."""
    wanted = select(_S.person_id, _S.payable_fen).where(_S.month == month.key, _S.payable_fen < 0)
    return {row[0]: int(row[1]) for row in await tx.all(wanted)}


# --- adjustments by hand ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An amount (fen, plus: in the person's favour) that somebody puts into an open month, with the reason."""

    id: int
    month: Month
    about: Month
    person_id: int
    fen: int
    reason: str
    made_by: int
    at: datetime

    @property
    def cause(self) -> str:
        """By which the ledger and the payslip name it."""
        return f"adjustment:{self.id}"


async def add_adjustment(tx: Tx, **values: Any) -> int | None:
    """Write it down; None when its `once` is known."""
    return await tx.insert_once(m.adjustments, **values)


async def adjustments(tx: Tx, month: Month, person_id: int | None = None) -> list[Adjustment]:
    """Those that go into a month, the oldest first; everybody's, or one person's."""
    columns = (_J.id, _J.month, _J.about, _J.person_id, _J.fen, _J.reason, _J.made_by, _J.at)
    statement = select(*columns).where(_J.month == month.key).order_by(_J.id)
    if person_id is not None:
        statement = statement.where(_J.person_id == person_id)
    rows = await tx.all(statement)
    return [Adjustment(row[0], Month.parse(row[1]), Month.parse(row[2]), *row[3:]) for row in rows]


# --- proposals ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a proposal. `act`: the proposal's, or waive."""

    person_id: int
    topic: str
    act: str
    reason: str
    decided_by: int
    at: datetime


async def decide(tx: Tx, month: Month, values: Mapping[str, Any]) -> bool:
    """Write a decision down; False when somebody has decided already."""
    return await tx.insert_once(m.proposal_decisions, month=month.key, at=tx.now, **values) is not None


async def roles_at_once(tx: Tx, month: Month) -> set[int]:
    """Whose change of post within the month takes effect at once, as the manager decided (30)."""
    return set((await tx.run(_AT_ONCE, {"month": month.key})).scalars())


async def decisions(tx: Tx, month: Month) -> list[Decision]:
    """What was decided at a month's end."""
    columns = (_D.person_id, _D.topic, _D.act, _D.reason, _D.decided_by, _D.at)
    rows = await tx.all(select(*columns).where(_D.month == month.key).order_by(_D.id))
    return [Decision(*row) for row in rows]
