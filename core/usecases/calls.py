"""Logging calls one by one, by oneself and for somebody else; undone and changed at will.

Who may: oneself always, for others whoever oversees them (their supervisor, the assistant, manager, director). What is
entered for others counts at once and is theirs to accept or decline.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from core.rules.contacts import VISIT, Entry, next_stage
from core.rules.errors import Refusal
from core.rules.people import Person, Role, oversees
from core.rules.problems import Problem
from core.rules.tallies import Tally
from core.rules.when import Habits
from core.store import calls, customers, people
from core.store.calls import ACCEPTED, DECLINED, LOGGED, PENDING, UNDONE, Call
from core.store.customers import Around, Customer
from core.store.db import Tx
from core.usecases.guards import guard

REMINDER_LIFE = timedelta(days=2)  # an appointment missed by our outage is still worth knowing for so long
VISIT_AHEAD = timedelta(hours=1)  # one must get there
ENTERED_LATER = time(18)  # the hour that an entry for a day gone by stands at
OLDEST = timedelta(days=31)  # further back nobody remembers, and the month has been reported


@dataclass(frozen=True, slots=True)
class Receipt:
    """A logged call with what its receipt shows. `reached`: in how many calls before this one the customer was reached."""

    call: Call
    customer: Customer | None
    reached: int
    tally: Tally
    warnings: tuple[Problem, ...] = ()
    fresh: bool = True  # False: this entry had been logged before


@dataclass(frozen=True, slots=True)
class Standing:
    """What the company knows about a number before somebody logs a call to it."""

    dnc_at: datetime | None = None
    other_last: datetime | None = None  # last contact by the colleague who has this customer
    around: Around | None = None  # the records of the number, where there is a number

    def new(self, person: Person) -> bool:
        """Was it a number that `person` had no record of, nor one of that name without a number?"""
        around = self.around
        mine = () if around is None else [one for one in around.holders if one.owner_id == person.id]
        return around is not None and not mine and len(around.numberless) != 1

    @property
    def free(self) -> bool:
        """Nothing speaks against it."""
        return self.dnc_at is None and self.other_last is None


def habits(tx: Tx) -> Habits:
    """What the company takes for granted about times."""
    policy = tx.policy.calls
    return Habits(policy.morning, policy.bare_hour_from, policy.bare_hour_to)


def is_off(tx: Tx, person: Person) -> Mapping[date, bool]:
    """Which of the coming days somebody does not work: {day: off} for five weeks, plain weekdays in unknown years."""
    calendar = tx.company.calendar.guessing()
    workweek = person.workweek or tx.policy.work.workweek
    days = [tx.today + timedelta(days=n) for n in range(36)]
    return {day: not calendar.is_workday(day, workweek) for day in days}


# --- before ----------------------------------------------------------------------------------------------------


async def standing(tx: Tx, person: Person, entry: Entry) -> Standing:
    """Whether the number may be called, and whether a colleague is in touch with it (only since when, not who)."""
    phone = entry.phone
    if entry.customer_id is not None:
        known = await customers.by_id(tx, entry.customer_id)
        if known is not None and known.dnc_at is not None:
            return Standing(known.dnc_at)
        phone = phone or (known.phone if known else None)
    if phone is None:
        return Standing()
    around = await customers.around(tx, person.id, entry.name, phone)
    refused = customers.barred_since(around.holders)
    if refused is not None:
        return Standing(refused)
    if any(one.owner_id == person.id for one in around.holders):
        return Standing(around=around)
    return Standing(None, around.holders[0].known_since if around.holders else None, around)


def authorise(actor: Person, person: Person) -> None:
    """May `actor` enter something for `person`? Raises Refusal `calls.not_yours`."""
    if not actor.works or not person.works or (actor.id != person.id and not oversees(actor, person)):
        raise Refusal("calls.not_yours")


async def _call_for(tx: Tx, actor: Person, call_id: int) -> tuple[Call, Person]:
    """A call that `actor` may change: its person's, or the entry of whoever made it for them."""
    call = await calls.by_id(tx, call_id)
    person = await people.by_id(tx, call.person_id) if call else None
    if call is None or person is None:
        raise Refusal("calls.gone")
    if actor.id not in (call.person_id, call.logged_by):
        raise Refusal("calls.not_yours")
    if actor.id != call.person_id and call.proxy in (ACCEPTED, DECLINED):
        raise Refusal("calls.answered")  # it is theirs now
    authorise(actor, person)
    return call, person


def version(call: Call) -> str:
    """What a call says, in short: whoever nods at an entry nods at exactly this."""
    said = (call.customer_id, call.outcome, call.intention, call.stage, call.next_contact, call.note, call.state)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


# --- one call --------------------------------------------------------------------------------------------------


async def log(
    tx: Tx,
    actor: Person,
    person: Person,
    entry: Entry,
    *,
    at: datetime,
    at_source: str,
    once: str,
    day: date | None = None,
    anyway: bool = False,
    seen: Standing | None = None,
) -> Receipt:
    """Log a call of `person`. The same `once` again gives the same call.

    `day`: a day gone by. `anyway`: although a colleague is in touch with the number; it becomes one's own record beside
    theirs, nothing is taken over. `seen`: what `standing` said in this transaction. Raises Refusal: `calls.dnc`, `calls.others`, `calls.not_yours`, `calls.day_*`.
    """
    authorise(actor, person)
    known = await calls.by_once(tx, once)
    if known is not None:
        return replace(await receipt(tx, known), fresh=False)
    at = _on(tx, at, day)
    seen = seen or await standing(tx, person, entry)
    if seen.dnc_at is not None:
        raise Refusal("calls.dnc", day=seen.dnc_at.astimezone(tx.company.zone).date().isoformat())
    if seen.other_last is not None and not anyway:
        raise Refusal("calls.others", day=seen.other_last.astimezone(tx.company.zone).date().isoformat())
    if seen.other_last is not None:
        await tx.note(actor.id, "customer.beside_colleague", f"person:{person.id}")
    customer = await _customer(tx, person, entry, seen, at)
    outcome = tx.policy.calls.outcome(entry.outcome) if entry.outcome else None
    stage = entry.stage
    fresh = customer is not None and customer.last_contact_at == at and seen.new(person)
    stages = [] if customer is None or fresh else await calls.stages_reached(tx, customer.id)
    if stage is None:
        stage = next_stage(stages)
    call = await calls.add(
        tx, person_id=person.id, customer_id=customer.id if customer else None,
        day=at.astimezone(tx.company.zone).date(), at=at, at_source=at_source, outcome=entry.outcome,
        connected=bool(outcome and outcome.connected), intention=entry.intention, stage=stage,
        next_contact=entry.next_contact, note=entry.note, state=LOGGED, logged_by=actor.id,
        proxy=None if actor.id == person.id else PENDING, once=once,
    )  # fmt: skip
    assert call is not None
    if customer is not None:
        if not fresh:
            await customers.contacted(tx, customer.id, call.at)
        if outcome is not None and outcome.dnc:
            await customers.mark_dnc(tx, customer, call.at)
        await _remind(tx, call)
    await _ask_person(tx, call)
    if customer is not None and customer.known_since > call.at:
        return await receipt(tx, call)  # entered for a time before what is known
    alone = fresh and not (seen.around and seen.around.holders)
    warnings = await _warnings(tx, call, customer, alone=alone)
    return Receipt(call, customer, len(stages), await tally_of(tx, call.person_id, call.day), warnings)


async def _ask_person(tx: Tx, call: Call) -> None:
    """Ask the person an entry was made for; asked again when it says something else."""
    if call.proxy == PENDING and call.state == LOGGED:
        mark = version(call)
        await tx.notify(
            call.person_id, "call_proxy", {"call": call.id, "version": mark}, once=f"call-proxy:{call.id}:{mark}"
        )


def _on(tx: Tx, at: datetime, day: date | None) -> datetime:
    """The moment an entry stands at: now, or the evening of a day gone by."""
    if day is None or day == at.astimezone(tx.company.zone).date():
        return at
    check_day(tx, day)
    return tx.at(day, ENTERED_LATER)


def check_day(tx: Tx, day: date) -> None:
    """A day that may still be entered. Raises Refusal `calls.day_future`, `calls.day_old`."""
    if day > tx.today:
        raise Refusal("calls.day_future", day=day.isoformat())
    if tx.today - day > OLDEST:
        raise Refusal("calls.day_old", day=day.isoformat(), days=OLDEST.days)


async def _customer(tx: Tx, person: Person, entry: Entry, seen: Standing, at: datetime) -> Customer | None:
    if entry.customer_id is not None:
        known = await customers.by_id(tx, entry.customer_id)
        if known is None or known.owner_id != person.id:
            raise Refusal("calls.gone")
        if (entry.name and entry.name != known.name) or (entry.phone and known.phone is None):
            known = await customers.change(tx, known, name=entry.name or known.name, phone=known.phone or entry.phone)
        return known
    if entry.name is None and entry.phone is None:
        return None
    return await customers.find_or_create(tx, person.id, entry.name, entry.phone, known=seen.around, contacted_at=at)


async def settled(tx: Tx, call: Call, customer: Customer | None) -> None:
    """After a call changed: last contact, refusal and reminder follow it."""
    if customer is None:
        return
    newest = await calls.latest(tx, customer.id)
    await customers.set_last_contact(tx, customer.id, newest.at if newest else None)
    outcome = tx.policy.calls.outcome(call.outcome) if call.outcome else None
    if call.counts and outcome is not None and outcome.dnc:
        await customers.mark_dnc(tx, customer, call.at)
    else:
        await customers.unmark_dnc(tx, customer, call.at)
    await _remind(tx, call)


async def _remind(tx: Tx, call: Call) -> None:
    """The next contact becomes a reminder at that time; an hour before a visit. Older reminders fail their guard."""
    if call.next_contact is None or not call.counts or call.next_contact <= tx.now:
        return
    mark = f"{call.id}:{int(call.next_contact.timestamp())}"
    due = _reminded_at(call, tx.now)
    await tx.notify(
        call.person_id, "call_due", {"call": call.id}, once=f"call-due:{mark}", guard=f"call:{mark}", due_at=due,
        expires_at=call.next_contact + REMINDER_LIFE,
    )  # fmt: skip
    if call.visitor_id is not None and call.visitor_id != call.person_id:
        theirs = f"{call.id}:{int(call.next_contact.timestamp())}:{call.visitor_id}"
        await tx.notify(
            call.visitor_id, "visit_due", {"call": call.id}, once=f"visit-due:{theirs}", guard=f"visit:{theirs}",
            due_at=due, expires_at=call.next_contact + REMINDER_LIFE,
        )  # fmt: skip


def _reminded_at(call: Call, now: datetime) -> datetime:
    assert call.next_contact is not None
    early = call.next_contact - VISIT_AHEAD
    return early if call.outcome == VISIT and early > now else call.next_contact


@guard("call")
async def still_to_call(tx: Tx, what: str) -> bool:
    """The reminder holds while its call is the newest with that customer, stands, and its time was not moved."""
    call_id, _, stamp = what.partition(":")
    call = await calls.by_id(tx, int(call_id))
    if call is None or not call.counts or call.next_contact is None or call.customer_id is None:
        return False
    if int(call.next_contact.timestamp()) != int(stamp):
        return False
    newest = await calls.latest(tx, call.customer_id)
    customer = await customers.by_id(tx, call.customer_id)
    person = await people.by_id(tx, call.person_id)
    return (
        newest is not None
        and newest.id == call.id
        and customer is not None
        and customer.dnc_at is None
        and person is not None
        and person.works
    )


@guard("visit")
async def still_to_visit(tx: Tx, what: str) -> bool:
    """The visitor's reminder holds while they are the one who goes."""
    head, _, visitor = what.rpartition(":")
    call = await calls.by_id(tx, int(head.partition(":")[0]))
    return call is not None and call.visitor_id == int(visitor) and await still_to_call(tx, head)


async def receipt(tx: Tx, call: Call) -> Receipt:
    """A call with what its receipt shows, as things now stand."""
    customer = await customers.by_id(tx, call.customer_id) if call.customer_id else None
    reached = len(await calls.stages_reached(tx, customer.id, before=call)) if customer else 0
    warnings = await _warnings(tx, call, customer) if call.counts else ()
    return Receipt(call, customer, reached, await tally_of(tx, call.person_id, call.day), warnings)


async def _warnings(tx: Tx, call: Call, customer: Customer | None, *, alone: bool = False) -> tuple[Problem, ...]:
    """Soft ones (policy 22, 59): said, never held against anybody. None for what was entered for somebody else.

    `alone`: the company has never called this number before.
    """
    if call.proxy is not None:
        return ()
    policy = tx.policy.calls
    found: list[Problem] = []
    local = call.at.astimezone(tx.company.zone)
    if local.time() not in policy.window:
        found.append(Problem("calls.warn_window", params={"window": str(policy.window), "time": f"{local:%H:%M}"}))
    elif soft := next((hours for hours in policy.soft if local.time() in hours), None):
        found.append(Problem("calls.warn_soft", params={"window": str(soft)}))
    if customer is not None and customer.phone is not None:
        per_day = {call.day: 1}
        if not alone:
            per_day = await calls.to_number(tx, customer.phone, call.day - timedelta(days=6), call.day)
        today, week = per_day.get(call.day, 0), sum(per_day.values())
        if today > policy.per_number_day:
            found.append(Problem("calls.warn_day", params={"count": today, "limit": policy.per_number_day}))
        elif week > policy.per_number_week:
            found.append(Problem("calls.warn_week", params={"count": week, "limit": policy.per_number_week}))
    return tuple(found)


async def undo(tx: Tx, actor: Person, call_id: int) -> Receipt:
    """Take a call back: it leaves the figures, its reminder falls silent, a refusal it marked is lifted."""
    return await _set_state(tx, actor, call_id, UNDONE)


async def redo(tx: Tx, actor: Person, call_id: int) -> Receipt:
    """Take the taking back back."""
    return await _set_state(tx, actor, call_id, LOGGED)


async def _set_state(tx: Tx, actor: Person, call_id: int, state: str) -> Receipt:
    call, _ = await _call_for(tx, actor, call_id)
    if call.state == state:
        raise Refusal("calls.undone_already" if state == UNDONE else "calls.redone_already")
    before, call = call, await calls.change(tx, call.id, state=state)
    await _tell_visitor(tx, before, call)
    await _ask_person(tx, call)
    customer = await customers.by_id(tx, call.customer_id) if call.customer_id else None
    await settled(tx, call, customer)
    await tx.note(actor.id, f"call.{state}", f"call:{call.id}")
    return await receipt(tx, call)


async def change(tx: Tx, actor: Person, call_id: int, entry: Entry, *, clear: Iterable[str] = ()) -> Receipt:
    """Change what is said in `entry` (None leaves it) and empty the fields in `clear` (next_contact, note, intention).

    Raises Refusal: `calls.dnc` for a number nobody may call, `calls.others`, `calls.undone_already`, `calls.not_yours`.
    """
    call, person = await _call_for(tx, actor, call_id)
    if call.state == UNDONE:
        raise Refusal("calls.undone_already")
    values: dict[str, Any] = {
        name: value
        for name in ("outcome", "intention", "stage", "next_contact", "note")
        if (value := getattr(entry, name)) is not None
    }
    if entry.outcome is not None:
        outcome = tx.policy.calls.outcome(entry.outcome)
        values["connected"] = bool(outcome and outcome.connected)
        if not values["connected"] and entry.intention is None:
            values["intention"] = None  # nobody was reached after all, so nobody had an intention
    values.update(dict.fromkeys(clear))
    before = call
    if entry.phone is not None or entry.name is not None:
        values["customer_id"] = await _corrected(tx, person, call, entry)
    if values:
        call = await calls.change(tx, call.id, **values)
    for customer_id in {before.customer_id, call.customer_id} - {None}:
        assert customer_id is not None
        customer = await customers.by_id(tx, customer_id)
        if customer is not None and customer_id != call.customer_id:
            newest = await calls.latest(tx, customer_id)
            await customers.set_last_contact(tx, customer_id, newest.at if newest else None)
            await customers.unmark_dnc(tx, customer, call.at)
        else:
            await settled(tx, call, customer)
    await _tell_visitor(tx, before, call)
    if actor.id == call.person_id and call.proxy == PENDING:
        call = await calls.change(tx, call.id, proxy=ACCEPTED)  # whoever puts it right has seen it
    await _ask_person(tx, call)
    await tx.note(actor.id, "call.changed", f"call:{call.id}", {"fields": sorted(values)})
    return await receipt(tx, call)


async def _corrected(tx: Tx, person: Person, call: Call, entry: Entry) -> int:
    """The customer a call belongs to after its name or number was put right.

    A record that only this call made is corrected in place; one with a history keeps it, and the call moves.
    """
    known = await customers.by_id(tx, call.customer_id) if call.customer_id else None
    if entry.phone is not None and (known is None or entry.phone != known.phone):
        seen = await standing(tx, person, Entry(phone=entry.phone))
        for when, key in ((seen.dnc_at, "calls.dnc"), (seen.other_last, "calls.others")):
            if when is not None and (known is None or known.dnc_at != when):
                raise Refusal(key, day=when.astimezone(tx.company.zone).date().isoformat())
    if known is None:
        return (await customers.find_or_create(tx, person.id, entry.name, entry.phone)).id
    if entry.phone is None or entry.phone == known.phone:
        return (await customers.change(tx, known, name=entry.name or known.name, phone=known.phone)).id
    taken = await customers.by_phone(tx, person.id, entry.phone)
    history = await calls.of_customer(tx, known.id, limit=2)
    if taken is None and (known.phone is None or [c.id for c in history] == [call.id]):
        return (await customers.change(tx, known, name=entry.name or known.name, phone=entry.phone)).id
    return (await customers.find_or_create(tx, person.id, entry.name or known.name, entry.phone)).id


async def snooze(tx: Tx, actor: Person, call_id: int, until: datetime) -> Receipt:
    """Move the next contact; the reminder follows."""
    return await change(tx, actor, call_id, Entry(next_contact=until))


async def visit(tx: Tx, actor: Person, call_id: int, visitor_id: int | None) -> Receipt:
    """Who goes to the visit that was arranged; None: not settled. The rep is told at once and reminded."""
    call, person = await _call_for(tx, actor, call_id)
    if call.outcome != VISIT or not call.counts:
        raise Refusal("calls.no_visit")
    if visitor_id is not None and visitor_id != person.id:
        visitor = await people.by_id(tx, visitor_id)
        if visitor is None or not visitor.works or visitor.role is not Role.REP:
            raise Refusal("calls.no_such_rep")
    before, call = call, await calls.change(tx, call.id, visitor_id=visitor_id)
    await _tell_visitor(tx, before, call)
    await _remind(tx, call)
    return await receipt(tx, call)


def _visitor(call: Call) -> int | None:
    """The colleague who goes, if the visit stands."""
    stands = call.counts and call.outcome == VISIT and call.visitor_id != call.person_id
    return call.visitor_id if stands else None


async def _tell_visitor(tx: Tx, before: Call, call: Call) -> None:
    """A visit asked for, moved or called off reaches the colleague who goes."""
    was, now = _visitor(before), _visitor(call)
    mark = f"{call.id}:{secrets.token_hex(6)}"  # a visit may be moved away and back: each time is told
    if was is not None and was != now:
        await tx.notify(was, "visit_off", {"call": call.id}, once=f"visit-off:{mark}:{was}")
    if now is not None and (was != now or before.next_contact != call.next_contact):
        await tx.notify(now, "visit_asked", {"call": call.id}, once=f"visit-asked:{mark}:{now}")


async def visitors(tx: Tx, person: Person) -> list[Person]:
    """The reps who may be asked to go: one's own team's before the others', oneself left out."""
    reps = [p for p in await people.everybody(tx, roles=[Role.REP]) if p.id != person.id]
    mine = [p for p in reps if p.team_id == person.team_id and person.team_id is not None]
    return mine or reps


# --- figures for others --------------------------------------------------------------------------------------------


async def tallies(tx: Tx, person_ids: Iterable[int], first: date, last: date) -> dict[int, Tally]:
    """Figures of many people over a span (both days included), everybody asked for present. Two queries in all."""
    wanted = list(person_ids)
    found = dict.fromkeys(wanted, Tally())
    for (person_id, _), tally in (await calls.by_day(tx, wanted, first, last)).items():
        found[person_id] += tally
    return found


async def tally_of(tx: Tx, person_id: int, first: date, last: date | None = None) -> Tally:
    """One person's figures of a day, or of a span."""
    return (await tallies(tx, [person_id], first, last or first))[person_id]


async def contacts(tx: Tx, customer_id: int) -> int:
    """In how many calls a customer was reached; a typed stage counts the contacts before it (回访2: this was the third)."""
    return next_stage(await calls.stages_reached(tx, customer_id))


async def returned(tx: Tx, person_ids: Iterable[int], first: date, last: date) -> dict[int, int]:
    """回访: how many different old customers each person called again; people without any are left out."""
    return await calls.returned(tx, person_ids, first, last)
