"""Asking for leave, deciding about it, taking it back. Approved days exempt from reports (docs/rules.md 40).

Whoever approves says whether it is paid; where nobody says so it is. Who granted it, or somebody above them, may change
that later. Unpaid days shrink base and basis alike (28), so nothing of it changes in a month that is locked: what is still
owed there is an adjustment by those who close months.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.rules.calendar import ONE_DAY, Month
from core.rules.errors import Refusal
from core.rules.leave import LeaveState, Span, check
from core.rules.people import Person, manages
from core.store import leaves, months, people
from core.store.db import Tx
from core.store.leaves import Leave
from core.usecases.guards import guard


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and who decides about it; None: nobody is above, so it is written down as it is."""

    leave: Leave
    superior: Person | None


async def ask(
    tx: Tx, person: Person, span: Span, reason: str | None, *, at: datetime, once: str
) -> Asked:  # fmt: skip
    """Ask for days off. Refusal of `rules.leave.check`, and `leave.overlaps` when a request for such a day is there."""
    known = await leaves.by_once(tx, once)
    if known is not None:
        return Asked(known, await people.superior_of(tx, person))
    check(span, tx.today)
    others = await leaves.touching(tx, person.id, span)
    if others:
        raise Refusal("leave.overlaps", first=others[0].first_day, last=others[0].last_day)
    superior = await people.superior_of(tx, person)
    state = LeaveState.PENDING if superior else LeaveState.APPROVED
    leave_id = await leaves.add(
        tx, person_id=person.id, first_day=span.first, last_day=span.last, reason=reason, state=state.value, at=at,
        once=once,
    )  # fmt: skip
    assert leave_id is not None
    if superior is not None:
        await tx.notify(
            superior.id, "leave_to_decide", {"leave": leave_id}, once=f"leave:{leave_id}:ask",
            guard=f"leave:{leave_id}",
        )  # fmt: skip
    await tx.note(person.id, "leave.asked", f"leave:{leave_id}")
    leave = await leaves.by_id(tx, leave_id)
    assert leave is not None
    return Asked(leave, superior)


async def _asked(tx: Tx, leave_id: int) -> tuple[Leave, Person]:
    leave = await leaves.by_id(tx, leave_id)
    person = await people.by_id(tx, leave.person_id) if leave else None
    if leave is None or person is None:
        raise Refusal("leave.unknown")
    return leave, person


async def decide(
    tx: Tx, actor: Person, leave_id: int, *, approve: bool, paid: bool = True
) -> tuple[Leave, Person]:  # fmt: skip
    """The superior's word, or that of somebody above. Refusal `leave.not_yours`, `leave.decided`, `closing.locked`."""
    leave, person = await _asked(tx, leave_id)
    direct = await people.superior_of(tx, person)
    if not (manages(actor, person) or (direct is not None and direct.id == actor.id)):
        raise Refusal("leave.not_yours")
    to = LeaveState.APPROVED if approve else LeaveState.DECLINED
    if approve and not paid and leave.state is LeaveState.PENDING:
        await _open_months(tx, leave.span)
    if not await leaves.decide(tx, leave_id, to, actor.id, paid=paid or not approve):
        raise Refusal("leave.decided")
    await tx.notify(person.id, "leave_decided", {"leave": leave_id}, once=f"leave:{leave_id}:{to.value}")
    unpaid = ":unpaid" if approve and not paid else ""
    await tx.note(actor.id, f"leave.{to.value}{unpaid}", f"leave:{leave_id}")
    return (await _asked(tx, leave_id))[0], person


def may_switch(actor: Person, leave: Leave, person: Person, granter: Person | None) -> bool:
    """Who granted it, while they lead the person; otherwise those who lead both. Nobody their own."""
    if leave.state is not LeaveState.APPROVED or actor.id == person.id or not actor.works or not manages(actor, person):
        return False
    return granter is None or granter.id == actor.id or manages(actor, granter) or not granter.works


async def switch(tx: Tx, actor: Person, leave_id: int, *, paid: bool) -> tuple[Leave, Person]:
    """Granted days become paid or unpaid; the person and who had granted them are told.

    Raises Refusal: `leave.not_yours`, `leave.decided` (it is so already, or not granted any more), `leave.month_locked`.
    """
    leave, person = await _asked(tx, leave_id)
    granter = await people.by_id(tx, leave.decided_by) if leave.decided_by is not None else None
    if leave.state is not LeaveState.APPROVED or leave.paid is paid:
        raise Refusal("leave.decided")
    if not may_switch(actor, leave, person, granter):
        raise Refusal("leave.not_yours")
    try:
        await _open_months(tx, leave.span)
    except Refusal as refusal:
        raise Refusal("leave.month_locked", **refusal.params) from refusal
    if not await leaves.switch(tx, leave_id, paid=paid):
        raise Refusal("leave.decided")
    word = "paid" if paid else "unpaid"
    concerned = {person.id} | ({granter.id} if granter is not None and granter.works else set())
    for other in concerned - {actor.id}:
        await tx.notify(
            other, "leave_switched", {"leave": leave_id, "paid": paid, "by": actor.name},
            once=f"leave:{leave_id}:{word}:{tx.now.isoformat()}:{other}",
        )  # fmt: skip
    await tx.note(actor.id, f"leave.{word}", f"leave:{leave_id}")
    return (await _asked(tx, leave_id))[0], person


async def granted(tx: Tx, actor: Person) -> list[tuple[Leave, Person]]:
    """What `actor` may still make paid or unpaid, the newest days first."""
    some = await leaves.approved_since(tx, Month.of(tx.today).previous.start)
    who = await people.by_ids(tx, {i for one in some for i in (one.person_id, one.decided_by) if i is not None})
    return [
        (one, who[one.person_id])
        for one in some
        if may_switch(actor, one, who[one.person_id], who.get(one.decided_by or 0))
    ]


async def _open_months(tx: Tx, span: Span) -> None:
    """No month of these days is locked, nor is before we commit. Refusal `closing.locked`."""
    month = Month.of(span.first)
    while month.start <= span.last:
        await months.hold_open(tx, month)
        month = month.next


async def cancel(tx: Tx, person: Person, leave_id: int) -> Span:
    """Take a request back, or days that have not all passed; the days taken back.

    Unpaid days that have passed stay what they were: from today on somebody is at work again. Refusal
    `leave.not_yours`, `leave.past`, `leave.decided`.
    """
    leave, owner = await _asked(tx, leave_id)
    if owner.id != person.id:
        raise Refusal("leave.not_yours")
    if leave.last_day < tx.today:
        raise Refusal("leave.past")
    was = leave.state
    superior = await people.superior_of(tx, person)
    if was is LeaveState.APPROVED and not leave.paid and leave.first_day < tx.today:
        rest = Span(tx.today, leave.last_day)
        await leaves.end(tx, leave_id, tx.today - ONE_DAY)
        if superior is not None:
            await tx.notify(
                superior.id, "leave_cancelled", {"leave": leave_id, "first": str(rest.first), "last": str(rest.last)},
                once=f"leave:{leave_id}:ended",
            )  # fmt: skip
        await tx.note(person.id, "leave.ended", f"leave:{leave_id}")
        return rest
    if not await leaves.decide(
        tx, leave_id, LeaveState.CANCELLED, person.id, of=(LeaveState.PENDING, LeaveState.APPROVED)
    ):
        raise Refusal("leave.decided")
    if superior is not None and was is LeaveState.APPROVED:
        await tx.notify(superior.id, "leave_cancelled", {"leave": leave_id}, once=f"leave:{leave_id}:cancelled")
    await tx.note(person.id, "leave.cancelled", f"leave:{leave_id}")
    return leave.span


async def to_decide(tx: Tx, actor: Person) -> list[tuple[Leave, Person]]:
    """The requests that wait for this person's word, the oldest first."""
    found: list[tuple[Leave, Person]] = []
    waiting = await leaves.pending(tx)
    who = await people.by_ids(tx, [leave.person_id for leave in waiting])
    for leave in waiting:
        superior = await people.superior_of(tx, who[leave.person_id])
        if superior is not None and superior.id == actor.id:
            found.append((leave, who[leave.person_id]))
    return found


@guard("leave")
async def still_asked(tx: Tx, what: str) -> bool:
    """Does the request still wait?"""
    leave = await leaves.by_id(tx, int(what))
    return leave is not None and leave.state is LeaveState.PENDING
