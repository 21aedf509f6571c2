"""What a logged call looks like: the receipt, the one question that is still open, and its buttons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.channels.port import Button, Message, Rows
from bot.forms.call import offered_times, problem_text
from bot.handlers.context import Ctx
from bot.render.call_lines import (
    contact_words,
    day_words,
    note_words,
    outcome_label,
    outcome_words,
    tally_words,
    when_words,
    who,
)
from core.rules.contacts import INTERESTED, SIGNED, VISIT
from core.rules.money import percent
from core.rules.people import Person, Role
from core.rules.problems import Problem
from core.store import people
from core.store.calls import Call
from core.store.customers import Customer
from core.usecases import calls as usecase
from core.usecases.calls import Receipt

HIS_OFFICE = re.compile(r"^[他她](?:们)?(?:的)?(公司|店里?|厂里?|办公室|单位|那里?|那边)")
PLACE = re.compile(r"公司|店|厂|办公室|单位|大厦|广场|中心|[路街巷楼座层室馆院园城场号村镇区]|咖啡|茶")
ASKED_FIRST = ("no_answer", "interested", "refused", "callback")
WITHOUT_NEXT = frozenset({"no_answer", "busy"})  # after an appointment, ask when to try again


def known_as(ctx: Ctx, customer: Customer | None) -> str:
    """`李总 138****8000`."""
    return who(customer.name, customer.phone, ctx.lang) if customer else ctx.t("calls.somebody")


def outcome_of(ctx: Ctx, call: Call) -> str:
    """`有意向 70%`."""
    return outcome_words(ctx.tx.policy.calls.outcomes, call.outcome, call.intention, ctx.lang)


def when_of(ctx: Ctx, call: Call) -> str:
    """`11-24 周二 10:00`; empty without a next contact."""
    zone = ctx.tx.company.zone
    return when_words(call.next_contact, ctx.tx.now, zone, ctx.lang) if call.next_contact else ""


def spoken_day(ctx: Ctx, day: date) -> str:
    """`9 月 3 日` inside a sentence."""
    if ctx.lang != "zh":
        return f"{day:%m-%d}"
    return (
        f"{day.month} 月 {day.day} 日"
        if day.year == ctx.tx.today.year
        else f"{day.year} 年 {day.month} 月 {day.day} 日"
    )


def place(note: str | None, customer: Customer | None) -> tuple[str, str]:
    """Where a visit goes, and what else the note says: 他公司 becomes 李总公司; a note without a place stays a note."""
    name = (customer.name if customer else None) or ""
    text = note_words(note)
    if name and HIS_OFFICE.match(text):
        return HIS_OFFICE.sub(rf"{name}\1", text), ""
    return (text, "") if PLACE.search(text) else (name, text)


async def show(
    ctx: Ctx,
    receipt: Receipt,
    *,
    question: Problem | None = None,
    appointed: bool = False,
    notes: Sequence[str] = (),
    suggestions: Sequence[str] = (),
) -> Message:
    """The receipt. `question`: what could not be read; `appointed`: this call kept an appointment, so the next is asked;
    `suggestions`: likely outcomes where none was said.
    """
    call, customer = receipt.call, receipt.customer
    if call.person_id != ctx.me.id:
        return await _for_other(ctx, receipt)
    if call.outcome is None:
        return _open_outcome(ctx, receipt, suggestions)
    visiting = call.outcome == VISIT and call.next_contact is not None
    lines = [*_visit_lines(ctx, receipt)] if visiting else [*_lines(ctx, receipt)]
    lines.append(tally_words(receipt.tally, call.day, ctx.tx.today, ctx.lang))
    lines += [ctx.t(w.key, **w.params) for w in receipt.warnings[:1]]
    lines += notes[:1]
    ask, rows = await _question(ctx, receipt, question, appointed=appointed)
    if ask:
        lines.append(ask)
    return Message("\n".join(line for line in lines if line), rows, edit=ctx.pressed, protect=customer is not None)


def _lines(ctx: Ctx, receipt: Receipt) -> list[str]:
    call, customer = receipt.call, receipt.customer
    lines = [ctx.t("calls.head", who=known_as(ctx, customer), outcome=outcome_of(ctx, call)), _contact(ctx, receipt)]
    outcome = ctx.tx.policy.calls.outcome(call.outcome or "")
    if outcome is not None and outcome.dnc:
        lines.append(ctx.t("calls.barred"))
    elif call.next_contact is not None:
        lines.append(ctx.t("calls.remind", when=when_of(ctx, call)))
    return lines


def _contact(ctx: Ctx, receipt: Receipt) -> str:
    call = receipt.call
    contact = contact_words(call.stage, ctx.lang, connected=call.connected, reached=receipt.reached)
    note = note_words(call.note)
    return ctx.t("calls.contact_note", contact=contact, note=note) if note else contact


def _visit_lines(ctx: Ctx, receipt: Receipt) -> list[str]:
    call, customer = receipt.call, receipt.customer
    where, note = place(call.note, customer)
    contact = contact_words(call.stage, ctx.lang, connected=call.connected, reached=receipt.reached)
    return [
        ctx.t("calls.head_visit", when=when_of(ctx, call), place=where or ctx.t("calls.somebody")),
        " · ".join([known_as(ctx, customer), contact, *([note] if note else [])]),
    ]


def _controls(ctx: Ctx, call: Call) -> list[Button]:
    return [
        ctx.button("calls.change", "call.change", once=False, id=call.id),
        ctx.button("calls.undo", "call.undo", id=call.id),
    ]


def wants_next(ctx: Ctx, call: Call) -> bool:
    """Does what came of the call ask for another contact that was not arranged?"""
    outcome = ctx.tx.policy.calls.outcome(call.outcome or "")
    return call.next_contact is None and outcome is not None and outcome.wants is not None


async def _question(ctx: Ctx, receipt: Receipt, problem: Problem | None, *, appointed: bool) -> tuple[str, Rows]:
    """The one thing to ask, and the buttons: the likeliest first, undo last."""
    call = receipt.call
    controls = _controls(ctx, call)
    if problem is not None and problem.key in {"when.past", "when.impossible"} and call.next_contact is None:
        ask = ctx.t(f"calls.{problem.key.replace('.', '_')}_ask", seen=problem.seen[:20])
        return ask, (*_times(ctx, call), tuple(controls))
    if wants_next(ctx, call) or (appointed and call.outcome in WITHOUT_NEXT and call.next_contact is None):
        ask = ctx.t("calls.ask_visit" if call.outcome == VISIT else "calls.no_next")
        return ask, (*_times(ctx, call), tuple(controls))
    if call.outcome == VISIT and call.visitor_id is None and ctx.me.is_agent:
        return await _visitors(ctx, receipt)
    if problem is not None:
        key = problem_text(problem)[0]
        ask = ctx.t(
            "calls.intention_range_ask" if key == "calls.intention_range" else "calls.not_read", seen=problem.seen[:20]
        )
        return ask, (tuple(controls),)
    if call.outcome == VISIT:
        return await _who_goes(ctx, call), (tuple(controls),)
    if call.outcome == INTERESTED:
        return "", ((ctx.button("calls.arrange", "call.arrange", once=False, id=call.id), *controls),)
    if call.outcome == SIGNED and "报单" in _words():
        return "", ((ctx.button("calls.report_deal", "call.deal", once=False, id=call.id), *controls),)
    return "", (tuple(controls),)


def _words() -> Mapping[str, Any]:
    from bot.handlers.routes import routes

    return routes.words


def _times(ctx: Ctx, call: Call) -> Rows:
    off = [day.isoformat() for day, free in usecase.is_off(ctx.tx, ctx.me).items() if free]
    times = offered_times(ctx.tx.local, ctx.tx.policy.calls.morning, off, ctx.lang)
    return (tuple(Button(label, "call.next", {"id": call.id, "at": iso}) for label, iso in times[:4]),)


async def _visitors(ctx: Ctx, receipt: Receipt) -> tuple[str, Rows]:
    call = receipt.call
    delegation = ctx.tx.policy.pay.delegation
    pays = any(pair.seller is ctx.me.role and pair.visitor is Role.REP for pair in delegation.pays)
    reps = await usecase.visitors(ctx.tx, ctx.me) if ctx.me.role is not Role.REP else []
    buttons = [
        ctx.button("calls.visit_self", "call.visitor", id=call.id, visitor=ctx.me.id),
        *(Button(rep.name, "call.visitor", {"id": call.id, "visitor": rep.id}) for rep in reps[:3]),
        ctx.button("calls.visit_open", "call.visitor", id=call.id, visitor=0),
    ]
    ask = ctx.t("calls.visit_who", share=percent(delegation.share)) if pays and reps else ctx.t("calls.visit_who_plain")
    return ask, (tuple(buttons), tuple(_controls(ctx, call)))


async def _who_goes(ctx: Ctx, call: Call) -> str:
    if call.visitor_id is None:
        return ""
    if call.visitor_id == call.person_id:
        return ctx.t("calls.visit_mine")
    visitor = await people.by_id(ctx.tx, call.visitor_id)
    return ctx.t("calls.visit_by", name=visitor.name) if visitor else ""


def _open_outcome(ctx: Ctx, receipt: Receipt, suggestions: Sequence[str]) -> Message:
    """We know whom it was with, not what came of it (voice 2.7): kept, and asked."""
    call, customer = receipt.call, receipt.customer
    by_code = {o.code: o for o in ctx.tx.policy.calls.outcomes}
    buttons = [
        Button(outcome_label(by_code[code], ctx.lang), "call.set", {"id": call.id, "outcome": code})
        for code in list(dict.fromkeys((*suggestions, *ASKED_FIRST)))[: len(ASKED_FIRST)]
        if code in by_code
    ]
    rows: Rows = (
        tuple(buttons),
        (
            ctx.button("calls.other_outcome", "call.more", once=False, id=call.id),
            ctx.button("calls.undo", "call.undo", id=call.id),
        ),
    )
    key = "calls.recognised" if customer is not None and customer.name else "calls.recognised_number"
    return Message(ctx.t(key, who=known_as(ctx, customer)), rows, edit=ctx.pressed, protect=True)


async def _for_other(ctx: Ctx, receipt: Receipt) -> Message:
    """Entered for somebody else: what was understood, and that it is theirs to nod at."""
    call = receipt.call
    person = await people.by_id(ctx.tx, call.person_id)
    day = "" if call.day == ctx.tx.today else f" {day_words(call.day, ctx.lang)}"
    lines = [ctx.t("calls.proxy_call", name=person.name if person else "", day=day), *_lines(ctx, receipt)[:3]]
    lines[1] = lines[1].removeprefix("✅ ")
    return Message("\n".join(lines), (tuple(_controls(ctx, call)),), edit=ctx.pressed, protect=True)


def undone(ctx: Ctx, receipt: Receipt) -> Message:
    """Taken back, with the way back."""
    call = receipt.call
    head = ctx.t("calls.head_undone", who=known_as(ctx, receipt.customer), outcome=outcome_of(ctx, call))
    figures = tally_words(receipt.tally, call.day, ctx.tx.today, ctx.lang)
    row = (ctx.button("calls.redo", "call.redo", id=call.id),)
    text = f"{head}\n{figures}" if call.person_id == ctx.me.id else head
    return Message(text, (row,), edit=ctx.pressed, protect=True)


async def person_of(ctx: Ctx, person_id: int) -> Person:
    """Somebody by id; oneself without asking the database."""
    if person_id == ctx.me.id:
        return ctx.me
    person = await people.by_id(ctx.tx, person_id)
    assert person is not None
    return person
