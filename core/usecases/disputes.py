"""A doubt about one's pay: raised by its earner, judged by the direct superior, then by the one above.

Nobody judges their own pay, nor a deal they sold or visited themselves. A judge has 48 hours; who says no, or nothing,
hands it on to the next one, whose word is the last. Whoever raised it may take it back at any time. A dispute moves no
money by itself: what is put right is the deal, the target or the role behind the figure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.rules.calendar import Month
from core.rules.closing import may_close
from core.rules.errors import Refusal
from core.rules.people import Person, Role
from core.store import deals, months, people
from core.store import disputes as store
from core.store.db import Tx
from core.store.disputes import Dispute, DisputeState, Entry
from core.usecases.guards import guard

TIME_TO_JUDGE = timedelta(hours=48)
LINES = ("base", "commission", "shares", "sms", "top_up", "total", "deal")
LADDER = 6  # superiors asked for at most: a roster with a circle in it ends too
OVERSEERS = frozenset({Role.MANAGER, Role.DIRECTOR})


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is disputed. `deal_id` with the line `deal` alone."""

    month: Month
    line: str
    deal_id: int | None = None


async def open_of(tx: Tx, month: Month) -> list[Dispute]:
    """The disputes about a month that wait for their outcome: they stand in the way of closing it."""
    return await store.open_of(tx, month)


# --- who judges ------------------------------------------------------------------------------------------------------


async def judges(tx: Tx, subject: Person, deal_id: int | None) -> list[Person]:
    """Who judges, the first and the next one: up the ladder, past everybody whose own pay hangs on it.

    One, where there is nobody further up; the owner, where nobody else is left; [] in a company of one.
    """
    concerned = await _concerned(tx, subject, deal_id)
    found: dict[int, Person] = {}
    step = subject
    for _ in range(LADDER):
        above = await people.superior_of(tx, step)
        if above is None:
            break
        if above.id not in concerned:
            found.setdefault(above.id, above)
        step = above
    bench = list(found.values())
    if not bench:
        bench = [one for one in await people.everybody(tx) if one.is_owner and one.id not in concerned]
    return bench[:2]


async def _concerned(tx: Tx, subject: Person, deal_id: int | None) -> set[int]:
    """Whose own pay it is: the earner's, and of a deal everybody's who sold or visited it."""
    found = {subject.id}
    if deal_id is not None:
        for part in await deals.parts(tx, deal_id):
            found |= {part.seller_id} | ({part.visitor_id} if part.visitor_id is not None else set())
    return found


async def may_judge(tx: Tx, actor: Person, dispute: Dispute) -> bool:
    """May `actor` say what comes of it now? Asked at the moment of the act: posts change."""
    subject = await _subject(tx, dispute)
    if not actor.works or not dispute.is_open or actor.id in await _concerned(tx, subject, dispute.deal_id):
        return False
    bench = await judges(tx, subject, dispute.deal_id)
    turn = bench[dispute.instance - 1 :] or bench[-1:]
    return actor.role in OVERSEERS or actor.id in {one.id for one in turn}


async def may_see(tx: Tx, actor: Person, dispute: Dispute) -> bool:
    """Who raised it, those who judge it, and the manager and the director."""
    if actor.id == dispute.person_id or (actor.works and actor.role in OVERSEERS):
        return True
    bench = await judges(tx, await _subject(tx, dispute), dispute.deal_id)
    return actor.works and actor.id in {one.id for one in bench}


async def seen_by(tx: Tx, actor: Person, dispute_id: int) -> Dispute:
    """The dispute, for somebody who may see it. Refusal `disputes.unknown`: to the others it does not exist."""
    found = await store.by_id(tx, dispute_id)
    if found is None or not await may_see(tx, actor, found):
        raise Refusal("disputes.unknown")
    return found


async def _subject(tx: Tx, dispute: Dispute) -> Person:
    found = await people.by_id(tx, dispute.person_id)
    assert found is not None
    return found


# --- raising it --------------------------------------------------------------------------------------------------------


async def check(tx: Tx, actor: Person, doubt: Doubt) -> None:
    """May it be raised? Refusal `disputes.open_already`, `disputes.not_your_deal`, `pay.which_month`."""
    if doubt.line not in LINES or doubt.month > Month.of(tx.today) or (doubt.line == "deal") != bool(doubt.deal_id):
        raise Refusal("pay.which_month")
    if doubt.deal_id is not None:
        deal = await deals.by_id(tx, doubt.deal_id)
        if deal is None or actor.id not in {deal.seller_id, deal.visitor_id} or deal.signed_on not in doubt.month:
            raise Refusal("disputes.not_your_deal")
    for known in await store.of_person(tx, actor.id, months=[doubt.month]):
        if known.is_open and (known.line, known.deal_id) == (doubt.line, doubt.deal_id):
            raise Refusal("disputes.open_already")


async def raise_doubt(
    tx: Tx, actor: Person, doubt: Doubt, text: str, *, at: datetime, at_source: str, once: str
) -> tuple[Dispute, Person]:
    """Put a doubt to the first judge, who hears it at once; the dispute and the judge. Refusal of `check`,
    `pay.nobody_to_ask`. The same `once` again gives the same dispute."""
    known = await store.by_once(tx, once)
    if known is None:
        await check(tx, actor, doubt)
        bench = await judges(tx, actor, doubt.deal_id)
        if not bench:
            raise Refusal("pay.nobody_to_ask")
        new = await store.add(
            tx, person_id=actor.id, month=doubt.month, line=doubt.line, deal_id=doubt.deal_id, instance=1,
            holder_id=bench[0].id, due_at=tx.now + TIME_TO_JUDGE, at=at, at_source=at_source, once=once,
        )  # fmt: skip
        assert new is not None  # asked for by its key above, in this transaction
        known = await store.by_id(tx, new)
        assert known is not None
        await store.add_entry(
            tx, dispute_id=new, author_id=actor.id, kind="opened", text=text, at=at, at_source=at_source,
            once=f"dispute:{once}",
        )  # fmt: skip
        await _tell_judge(tx, known)
        await tx.note(actor.id, "dispute.raised", f"dispute:{new}", {"month": doubt.month.key, "line": doubt.line})
    holder = await people.by_id(tx, known.holder_id)
    assert holder is not None
    return known, holder


async def _tell_judge(tx: Tx, dispute: Dispute) -> None:
    await tx.notify(
        dispute.holder_id, "dispute_to_judge", {"dispute": dispute.id},
        once=f"dispute:{dispute.id}:judge:{dispute.instance}:{dispute.holder_id}", subject=f"dispute:{dispute.id}",
        guard=f"dispute:{dispute.id}:{dispute.instance}",
    )  # fmt: skip


# --- what is said in it ------------------------------------------------------------------------------------------------


async def say(
    tx: Tx, actor: Person, dispute_id: int, text: str, *, at: datetime, at_source: str, once: str
) -> Person | None:
    """Say something in the thread; who hears it (None: nobody is left to). It decides nothing.

    Refusal `disputes.unknown`, `disputes.closed` once there is an outcome.
    """
    dispute = await seen_by(tx, actor, dispute_id)
    if not dispute.is_open:
        raise Refusal("disputes.closed")
    entry = await store.add_entry(
        tx, dispute_id=dispute.id, author_id=actor.id, kind="reply", text=text, at=at, at_source=at_source,
        once=f"dispute:{once}",
    )  # fmt: skip
    to = dispute.holder_id if actor.id == dispute.person_id else dispute.person_id
    if entry is not None:
        await tx.notify(
            to, "dispute_said", {"entry": entry}, once=f"dispute-entry:{entry}", subject=f"dispute:{dispute.id}"
        )
    return await people.by_id(tx, to)


# --- what comes of it --------------------------------------------------------------------------------------------------


async def decide(
    tx: Tx, actor: Person, dispute_id: int, *, accept: bool, text: str, at: datetime, at_source: str, once: str
) -> Dispute:
    """A judge's word, with its reason. The first judge's no hands it on to the next one; everything else ends it.

    Both sides hear it. Refusal `disputes.unknown`, `disputes.closed`, `disputes.not_yours`.
    """
    dispute = await seen_by(tx, actor, dispute_id)
    if not dispute.is_open:
        raise Refusal("disputes.closed")
    if not await may_judge(tx, actor, dispute):
        raise Refusal("disputes.not_yours")
    bench = await judges(tx, await _subject(tx, dispute), dispute.deal_id)
    first = dispute.instance == 1 and actor.id == dispute.holder_id
    further = bench[1] if not accept and first and len(bench) > 1 else None
    if further is not None:
        values = {"instance": 2, "holder_id": further.id, "due_at": tx.now + TIME_TO_JUDGE}
    else:
        state = DisputeState.ACCEPTED if accept else DisputeState.DECLINED
        values = {"state": state.value, "decided_by": actor.id, "decided_at": tx.now}
    if not await store.change(tx, dispute.id, values, instance=dispute.instance):
        raise Refusal("disputes.closed")
    entry = await store.add_entry(
        tx, dispute_id=dispute.id, author_id=actor.id, kind="accepted" if accept else "declined", text=text, at=at,
        at_source=at_source, once=f"dispute:{once}",
    )  # fmt: skip
    decided = await store.by_id(tx, dispute.id)
    assert decided is not None
    assert entry is not None
    if further is not None:
        await _tell_judge(tx, decided)
        await _tell_earner(tx, decided, "dispute_passed_on", entry)
    else:
        others = await _heard(tx, decided) - {actor.id, decided.person_id}
        await _tell_earner(tx, decided, "dispute_ended", entry)
        for other in sorted(others):
            await tx.notify(
                other, "dispute_ended", {"entry": entry}, once=f"dispute-entry:{entry}:{other}",
                subject=f"dispute:{decided.id}",
            )  # fmt: skip
    await tx.note(actor.id, "dispute.accepted" if accept else "dispute.declined", f"dispute:{dispute.id}")
    return decided


async def to_adjust(tx: Tx, actor: Person, dispute: Dispute) -> bool:
    """A doubt found right about a locked month needs an adjustment (M4): may `actor` make it? Otherwise those who close
    months are asked. False where the month is open, and is simply put right."""
    if dispute.state is not DisputeState.ACCEPTED or not (await months.standing(tx, dispute.month)).state.closed:
        return False
    if may_close(actor) and actor.id != dispute.person_id:
        return True
    for person in await people.everybody(tx):
        if may_close(person) and person.id != dispute.person_id:
            await tx.notify(
                person.id, "dispute_to_adjust", {"dispute": dispute.id, "by": actor.name},
                once=f"dispute:{dispute.id}:adjust:{person.id}",
            )  # fmt: skip
    return False


async def _tell_earner(tx: Tx, dispute: Dispute, notice: str, entry: int) -> None:
    await tx.notify(
        dispute.person_id, notice, {"entry": entry}, once=f"dispute-entry:{entry}:earner",
        subject=f"dispute:{dispute.id}",
    )  # fmt: skip


async def _heard(tx: Tx, dispute: Dispute) -> set[int]:
    """Everybody who had it in hand or said something in it."""
    said = {entry.author_id for entry in await store.thread(tx, dispute.id) if entry.author_id is not None}
    return said | {dispute.holder_id}


async def withdraw(tx: Tx, actor: Person, dispute_id: int, *, at: datetime, at_source: str) -> Dispute:
    """撤回: by whoever raised it, while it is open; the judge hears it. Refusal `disputes.unknown`, `disputes.closed`."""
    dispute = await seen_by(tx, actor, dispute_id)
    if actor.id != dispute.person_id:
        raise Refusal("disputes.not_yours")
    values = {"state": DisputeState.WITHDRAWN.value, "decided_by": actor.id, "decided_at": tx.now}
    if not await store.change(tx, dispute.id, values):
        raise Refusal("disputes.closed")
    entry = await store.add_entry(
        tx, dispute_id=dispute.id, author_id=actor.id, kind="withdrawn", text=None, at=at, at_source=at_source,
        once=f"dispute:{dispute.id}:withdrawn",
    )  # fmt: skip
    for other in sorted(await _heard(tx, dispute) - {actor.id}):
        await tx.notify(
            other, "dispute_ended", {"entry": entry}, once=f"dispute-entry:{entry}:{other}",
            subject=f"dispute:{dispute.id}",
        )  # fmt: skip
    await tx.note(actor.id, "dispute.withdrawn", f"dispute:{dispute.id}")
    withdrawn = await store.by_id(tx, dispute.id)
    assert withdrawn is not None
    return withdrawn


async def pass_on(tx: Tx, now: datetime) -> int:
    """Hand on what its judge left lying for 48 hours; the last judge is reminded once a day, the director told.

    How many went on. Also what a judge who is no longer in a position to judge still holds gets another one.
    """
    moved = 0
    for dispute in await store.overdue(tx, now):
        subject = await _subject(tx, dispute)
        bench = await judges(tx, subject, dispute.deal_id)
        turn = next((one for one in bench[1:] if one.id != dispute.holder_id), None)
        if dispute.instance == 1 and turn is not None:
            values = {"instance": 2, "holder_id": turn.id, "due_at": now + TIME_TO_JUDGE}
            if not await store.change(tx, dispute.id, values, instance=1):
                continue
            entry = await store.add_entry(
                tx, dispute_id=dispute.id, author_id=None, kind="passed_on", text=None, at=now, at_source="received",
                once=f"dispute:{dispute.id}:passed_on",
            )  # fmt: skip
            fresh = await store.by_id(tx, dispute.id)
            assert fresh is not None
            assert entry is not None
            await _tell_judge(tx, fresh)
            await _tell_earner(tx, fresh, "dispute_passed_on", entry)
            await tx.notify(
                dispute.holder_id, "dispute_taken", {"entry": entry}, once=f"dispute-entry:{entry}:taken",
                subject=f"dispute:{dispute.id}",
            )  # fmt: skip
            moved += 1
        else:
            await _remind(tx, dispute, bench)
    return moved


async def _remind(tx: Tx, dispute: Dispute, bench: Collection[Person]) -> None:
    day = tx.today.isoformat()
    concerned = await _concerned(tx, await _subject(tx, dispute), dispute.deal_id)
    told = {dispute.holder_id} | {one.id for one in await people.everybody(tx, roles=[Role.DIRECTOR])}
    working = await people.by_ids(tx, told)
    if not working[dispute.holder_id].works and bench:
        last = list(bench)[-1]
        await store.change(tx, dispute.id, {"holder_id": last.id})
        told = (told - {dispute.holder_id}) | {last.id}
    for one in sorted(told - concerned):
        await tx.notify(
            one, "dispute_overdue", {"dispute": dispute.id}, once=f"dispute:{dispute.id}:overdue:{day}:{one}",
            subject=f"dispute:{dispute.id}", guard=f"dispute:{dispute.id}:{dispute.instance}",
        )  # fmt: skip


@guard("dispute")
async def still_waits(tx: Tx, what: str) -> bool:
    """`dispute:ID:INSTANCE`: is it still open, and in the hands it was in?"""
    number, _, instance = what.partition(":")
    found = await store.by_id(tx, int(number))
    return found is not None and found.is_open and found.instance == int(instance)


__all__ = [
    "Doubt",
    "Entry",
    "check",
    "decide",
    "judges",
    "may_judge",
    "open_of",
    "pass_on",
    "raise_doubt",
    "say",
    "seen_by",
    "withdraw",
]
