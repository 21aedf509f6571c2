"""Notices about calls: reminders, entries made for somebody, visits asked for. They look at what is true when sent."""

from __future__ import annotations

from bot.channels.port import Button, Message
from bot.render.call_lines import day_words, note_words, outcome_words, when_words, who
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.contacts import VISIT
from core.rules.people import Person
from core.rules.phones import mask
from core.store import calls, customers, people
from core.store.calls import Call
from core.store.customers import Customer
from core.store.db import Tx


async def _loaded(tx: Tx, data: Data) -> tuple[Call, Customer | None] | None:
    call = await calls.by_id(tx, int(data["call"]))
    if call is None:
        return None
    return call, await customers.by_id(tx, call.customer_id) if call.customer_id else None


def _known_as(customer: Customer | None, lang: str) -> str:
    return who(customer.name, customer.phone, lang) if customer else t(lang, "calls.somebody")


def _outcome(tx: Tx, call: Call, lang: str) -> str:
    return outcome_words(tx.policy.calls.outcomes, call.outcome, call.intention, lang)


def _button(lang: str, key: str, action: str, *, once: bool = True, **args: object) -> Button:
    return Button(t(lang, key), action, args, once=once)


async def _name(tx: Tx, person_id: int) -> str:
    person = await people.by_id(tx, person_id)
    return person.name if person else ""


@notice("call_due")
async def call_due(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Time for the next contact (voice 2.1); an hour before a visit."""
    found = await _loaded(tx, data)
    call, customer = found or (None, None)
    if call is None or customer is None or call.next_contact is None:
        return None
    when = when_words(call.next_contact, tx.now, tx.company.zone, lang)
    if call.outcome == VISIT:
        lines = [t(lang, "calls.due_visit", when=when, who=_known_as(customer, lang))]
    elif customer.name and customer.phone:
        lines = [t(lang, "calls.due", name=customer.name, number=mask(customer.phone))]
    else:
        lines = [t(lang, "calls.due_nameless", number=_known_as(customer, lang))]
    note = note_words(call.note)
    last = _outcome(tx, call, lang)
    lines.append(
        t(lang, "calls.due_last_note", outcome=last, note=note) if note else t(lang, "calls.due_last", outcome=last)
    )
    if (tx.now - call.next_contact).total_seconds() > 600:  # we were away: say when it was meant to be
        lines.append(t(lang, "calls.due_late", when=when))
    first = "calls.went" if call.outcome == VISIT else "calls.got_through"
    rows = (
        (
            _button(lang, first, "call.reached", once=False, id=call.id),
            _button(lang, "calls.missed", "call.missed", id=call.id),
        ),
        (
            _button(lang, "calls.in_ten", "call.snooze", id=call.id, to="ten"),
            _button(lang, "calls.tomorrow_morning", "call.snooze", id=call.id, to="morning"),
            _button(lang, "calls.history", "call.history", once=False, customer=customer.id, page=0),
        ),
    )
    return Message("\n".join(lines), rows, protect=True)


@notice("call_proxy")
async def call_proxy(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """A call was entered for this person: is it right?"""
    found = await _loaded(tx, data)
    if found is None or found[0].proxy != calls.PENDING or not found[0].counts:
        return None
    call, customer = found
    text = t(
        lang, "calls.proxy_ask_call", by=await _name(tx, call.logged_by), day=day_words(call.day, lang),
        who=_known_as(customer, lang), outcome=_outcome(tx, call, lang),
    )  # fmt: skip
    row = (
        _button(lang, "calls.right", "call.right", call=call.id, right=True, version=data["version"]),
        _button(lang, "calls.wrong", "call.wrong", call=call.id, right=False, version=data["version"]),
    )
    return Message(text, (row,), protect=True)


@notice("count_proxy")
async def count_proxy(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """A day's totals were entered for this person: are they right? Silent when they were replaced since."""
    count = await calls.day_count_by_id(tx, int(data["count"]))
    if count is None or count.proxy != calls.PENDING or count.once != data["once"]:
        return None
    text = t(
        lang, "calls.proxy_ask_count", by=await _name(tx, count.logged_by), day=day_words(count.day, lang),
        dials=count.dials, connected=count.connected or 0,
    )  # fmt: skip
    row = (
        _button(lang, "calls.right", "call.right", right=True, count=count.id, version=count.once),
        _button(lang, "calls.wrong", "call.wrong", right=False, count=count.id, version=count.once),
    )
    return Message(text, (row,))


@notice("proxy_declined")
async def proxy_declined(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """What was entered for somebody was not right."""
    if "call" in data:
        found = await _loaded(tx, data)
        if found is None:
            return None
        call, customer = found
        text = t(
            lang, "calls.proxy_declined_call", name=await _name(tx, call.person_id), day=day_words(call.day, lang),
            who=_known_as(customer, lang), outcome=_outcome(tx, call, lang),
        )  # fmt: skip
        return Message(text, protect=True)
    count = await calls.day_count_by_id(tx, int(data["count"]))
    if count is None:
        return None
    return Message(
        t(
            lang, "calls.proxy_declined_count", name=await _name(tx, count.person_id), day=day_words(count.day, lang),
            dials=data["dials"], connected=data["connected"],
        )
    )  # fmt: skip


@notice("visit_asked")
async def visit_asked(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """A rep is asked to visit somebody else's customer."""
    found = await _loaded(tx, data)
    if found is None or person is None or found[0].visitor_id != person.id or not found[0].counts:
        return None
    call, customer = found
    params = {"name": await _name(tx, call.person_id), "who": _known_as(customer, lang)}
    if call.next_contact is None:
        text = t(lang, "calls.visit_asked_open", **params)
    else:
        text = t(lang, "calls.visit_asked", when=when_words(call.next_contact, tx.now, tx.company.zone, lang), **params)
    if note := note_words(call.note):
        text += f"\n{note}"
    return Message(text, _visitor_rows(lang, customer), protect=True)


@notice("visit_off")
async def visit_off(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The visit is off, or somebody else goes."""
    found = await _loaded(tx, data)
    if found is None:
        return None
    call, customer = found
    text = t(lang, "calls.visit_off", name=await _name(tx, call.person_id), who=_known_as(customer, lang))
    return Message(text, protect=True)


@notice("visit_due")
async def visit_due(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The visitor's reminder."""
    found = await _loaded(tx, data)
    if found is None or found[0].next_contact is None:
        return None
    call, customer = found
    when = when_words(found[0].next_contact, tx.now, tx.company.zone, lang)
    text = t(lang, "calls.visit_due", when=when, who=_known_as(customer, lang), name=await _name(tx, call.person_id))
    return Message(text, _visitor_rows(lang, customer), protect=True)


def _visitor_rows(lang: str, customer: Customer | None) -> tuple[tuple[Button, ...], ...]:
    if customer is None:
        return ()
    look = _button(lang, "calls.history", "call.history", once=False, customer=customer.id, page=0)
    number = _button(lang, "calls.number", "call.number", once=False, customer=customer.id)
    return ((number, look) if customer.phone else (look,),)


@notice("number_seen")
async def number_seen(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody looked at the whole number of one's customer."""
    customer = await customers.by_id(tx, int(data["customer"]))
    if customer is None:
        return None
    return Message(
        t(lang, "calls.number_seen", name=await _name(tx, int(data["by"])), who=_known_as(customer, lang)), protect=True
    )
