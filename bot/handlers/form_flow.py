"""Conducting a form: ask, take an answer, back, skip, change one answer, review, send, put aside (D3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.channels.port import Button, Message, Rows
from bot.forms.engine import SKIPPED, Field, Form, Invalid, Option, Scope
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from core.rules.calls import parse_call
from core.rules.errors import Refusal
from core.rules.phones import dialled
from core.store import drafts
from core.store.drafts import Draft

BEFORE = "typed_before"  # in a draft's context: the answers that 返回 took back; nothing typed is lost
OFFERED = "offered"  # in a draft's context: it was offered back since it was put aside
OPENED = "opened"  # in a draft's context: when
ASKED_AGAIN = "asked_again"  # in a draft's context: where it stood when its question was asked again
SHOWN = 40  # characters of one of them
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?")  # an amount as drafts keep it
CUSTOMER = "customer"  # the field of a form that says whom it is about
REVIEW = "review"  # what a message carries, before the colon
LEFT = "left"  # in a context's `known`: what carries buttons that nobody needs any more
BEGUN = 12  # characters of what a form that was put aside began with


class NotYet(Exception):
    """Raised by a form's submit handler: the form stays open, and this is said instead (`是第二单吗?`).

    What the handler wrote before stays written: ask before writing.
    """

    def __init__(self, reply: Message) -> None:
        super().__init__("not yet")
        self.reply = reply


def scope_of(ctx: Ctx, draft: Draft) -> Scope:
    """What the form's fields may know."""
    now = max(ctx.tx.now, acted(ctx, draft))
    return Scope(now.astimezone(ctx.tx.company.zone), ctx.lang, draft.context)


def acted(ctx: Ctx, draft: Draft) -> datetime:
    """When the person did this to their form: not before they opened it. The network's clock, or that of the process where
    it was opened, may be ahead of ours: a deal of today is not tomorrow's because of that."""
    opened = draft.context.get(OPENED)
    return max(ctx.at, datetime.fromisoformat(opened)) if opened else ctx.at


async def open_form(
    ctx: Ctx,
    form: Form,
    *,
    subject: str = "",
    answers: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Reply:
    """Open a form, or take up its draft where it was left. Another open form is put aside and offered back later."""
    draft = await drafts.open_draft(
        ctx.tx, ctx.me.id, form.name, form.version, subject=subject, answers=dict(answers or {}),
        context={OPENED: ctx.at.isoformat(), **(context or {})}, channel=ctx.event.channel, chat=ctx.event.chat,
    )  # fmt: skip
    return await step(ctx, form, draft)


async def step(ctx: Ctx, form: Form, draft: Draft, *, notice: str = "") -> Reply:
    """The next open question, the review, or — for a form without review — sending it."""
    scope = scope_of(ctx, draft)
    editing = form.field(draft.editing) if draft.editing else None
    question = editing or form.next(draft.answers, scope)
    problem = form.problem(draft.answers, question.name, scope) if question is not None else None
    scope = scope.having(form.read(draft.answers, scope))
    if question is not None:
        if problem is not None and not notice:
            return _prompt(ctx, form, draft, question, scope, notice=_said(ctx, problem), offers=problem.offers)
        return _prompt(ctx, form, draft, question, scope, notice=notice)
    if form.summary is None:
        return await send(ctx, form, draft)
    if form.name in routes.reviews:
        more = await routes.reviews[form.name](ctx, dict(scope.values), draft)
        scope = replace(scope, context={**scope.context, **more})
    return _review(ctx, form, draft, scope)


def _said(ctx: Ctx, problem: Invalid) -> str:
    return ctx.t(problem.key, **problem.params)


def _prompt(
    ctx: Ctx,
    form: Form,
    draft: Draft,
    question: Field,
    scope: Scope,
    *,
    notice: str = "",
    offers: Sequence[Option] = (),
) -> Message:
    """The question. A notice that brings its own offers is a question itself: it stands alone."""
    text = ctx.t(question.ask, **question.params(scope))
    if notice:
        text = notice if offers else f"{notice}\n{text}"
    options = offers or question.options(scope)
    rows = _grid([_option(ctx, draft, question, option) for option in options])
    now = draft.answers.get(question.name)
    before = now or draft.context.get(BEFORE, {}).get(question.name)
    if before and question.free and question.kept_as is None and not notice:
        text += "\n" + ctx.t("form.before", text=_shortened(before))
        if not now:
            raw = {"draft": draft.id, "field": question.name, "raw": before}
            rows = ((ctx.button("form.as_before", "form.answer", once=False, **raw),), *rows)
    tail: list[Button] = []
    if question.skippable and draft.editing is None:
        tail.append(ctx.button("form.skip", "form.skip", draft=draft.id, field=question.name))
    if draft.editing is not None:
        tail.append(ctx.button("form.back", "form.review", draft=draft.id, once=False))
    elif any(f.name in scope.values for f in form.fields if not f.optional):
        tail.append(ctx.button("form.back", "form.back", draft=draft.id, once=False))
    tail.append(ctx.button("form.cancel", "form.cancel", draft=draft.id))
    return Message(text, (*rows, tuple(tail)), edit=ctx.pressed)


def _option(ctx: Ctx, draft: Draft, question: Field, option: Option) -> Button:
    label = option.literal or ctx.t(option.key)
    if option.pick:
        return Button(label, "form.pick", {"draft": draft.id, "field": option.pick}, once=False)
    field = option.field or question.name
    return Button(label, "form.answer", {"draft": draft.id, "field": field, "raw": option.raw}, once=False)


def _shortened(typed: str, most: int = SHOWN) -> str:
    """The beginning of an answer, on one line."""
    line = " ".join(typed.split())
    return line if len(line) <= most else line[:most] + "…"


def _grid(buttons: list[Button]) -> Rows:
    """Up to three short labels a row, long ones alone: thumb-friendly."""
    rows: list[tuple[Button, ...]] = []
    row: list[Button] = []
    width = 0
    for button in buttons:
        size = sum(2 if ord(c) > 0x2E80 else 1 for c in button.label) + 2
        if row and (len(row) == 3 or width + size > 30):
            rows.append(tuple(row))
            row, width = [], 0
        row.append(button)
        width += size
    if row:
        rows.append(tuple(row))
    return tuple(rows)


def _review(ctx: Ctx, form: Form, draft: Draft, scope: Scope) -> Message:
    assert form.summary is not None
    rows: list[tuple[Button, ...]] = [
        (ctx.button(form.send, "form.send", draft=draft.id, form=form.name, subject=draft.subject),)
    ]
    offered = {f.name for f in form.changeable(draft.answers, scope)}
    if quick := [
        ctx.button(key, "form.pick", once=False, draft=draft.id, field=name)
        for name, key in form.shortcuts
        if name in offered
    ]:
        rows.append(tuple(quick))
    second: list[Button] = []
    if form.full is not None:
        second.append(ctx.button("form.full", "form.full", draft=draft.id, once=False))
    if form.changeable(draft.answers, scope):
        second.append(ctx.button("form.change", "form.change", draft=draft.id, once=False))
    if form.keep:
        second.append(ctx.button("form.keep", "form.keep", draft=draft.id, once=False))
    else:
        second.append(ctx.button("form.cancel", "form.cancel", draft=draft.id))
    rows.append(tuple(second))
    return Message(form.summary(scope), tuple(rows), edit=ctx.pressed, subject=shown_as(draft))


def shown_as(draft: Draft) -> str:
    """What the message with a form's review carries: its word may be typed, and its buttons go then."""
    return f"{REVIEW}:{draft.submission}"


async def take(ctx: Ctx, form: Form, draft: Draft, raw: str, name: str | None = None) -> Reply:
    """Take an answer to the open question (or to `name`); a bad one is explained and asked again."""
    scope = scope_of(ctx, draft)
    question = form.field(name or draft.editing or "") or form.next(draft.answers, scope)
    if question is None:
        return await step(ctx, form, draft)
    if name is None and (other := question.elsewhere(raw, scope)):
        question = form.field(other) or question
    try:
        answers = form.answer(draft.answers, question.name, raw, scope)
    except Invalid as problem:
        scope = scope.having(form.read(draft.answers, scope))
        return _prompt(ctx, form, draft, question, scope, notice=_said(ctx, problem), offers=problem.offers)
    await drafts.save(ctx.tx, draft.id, answers=answers, editing=None)
    fresh = await drafts.by_id(ctx.tx, ctx.me.id, draft.id)
    assert fresh is not None
    return await step(ctx, form, fresh)


def reads(ctx: Ctx, form: Form, draft: Draft, raw: str) -> tuple[Field | None, bool]:
    """The open question, and whether `raw` answers it."""
    scope = scope_of(ctx, draft)
    question = form.field(draft.editing or "") or form.next(draft.answers, scope)
    if question is None:
        return None, False
    try:
        form.answer(draft.answers, question.name, raw, scope)
    except Invalid:
        return question, False
    return question, True


def names_customer(ctx: Ctx, form: Form, question: Field | None, raw: str) -> str | None:
    """Name and number of a customer and nothing about a call, said while another question of a form with a customer is
    open (or its review): the customer's answer. None where it is none."""
    field = form.field(CUSTOMER)
    if field is None or not field.names or question is field:
        return None
    said = parse_call(raw, ctx.at.astimezone(ctx.tx.company.zone), ctx.tx.policy.calls.outcomes)
    if said.phone is None or said.outcome is not None or said.intention is not None or said.next_contact is not None:
        return None
    return " ".join(part for part in (said.name, dialled(said.phone)) if part)


async def interrupted(ctx: Ctx, draft: Draft) -> bool:
    """A line was taken while a form is open: is its question to be asked again? Once for each; ten calls are not ten
    reminders."""
    here = [draft.editing, len(draft.answers)]
    if draft.context.get(ASKED_AGAIN) == here:
        return False
    await drafts.save(ctx.tx, draft.id, context={**draft.context, ASKED_AGAIN: here})
    return True


async def send(ctx: Ctx, form: Form, draft: Draft) -> Reply:
    """Hand the values to the form's use-case and close the draft; what was put aside is offered back."""
    scope = scope_of(ctx, draft)
    missing = form.next(draft.answers, scope)
    if missing is not None:
        return await step(ctx, form, draft)
    values = form.read(draft.answers, scope)
    try:
        reply = await routes.submits[form.name](ctx, values, draft)
    except NotYet as question:
        return question.reply
    await drafts.close(ctx.tx, draft.id)
    _leave(ctx, form, draft)
    return await _offering_back(ctx, reply)


def _leave(ctx: Ctx, form: Form, draft: Draft) -> None:
    """A press turns the review into the answer. A typed word answers below it, so its buttons are to be taken away."""
    if form.summary is not None and ctx.event.press_id is None:
        ctx.known[LEFT] = shown_as(draft)


async def _offering_back(ctx: Ctx, reply: Reply) -> Reply:
    """A form is done with: what was put aside for it is offered back (D3): once, and not if nothing was filled in."""
    if not isinstance(reply, Message):
        return reply
    forms = routes.forms
    parked = [d for d in await drafts.parked(ctx.tx, ctx.me.id) if d.form in forms and not d.context.get(OFFERED)]
    aside = next((d for d in parked if d.answers or forms[d.form].keep), None)
    if aside is None:
        return reply
    await drafts.save(ctx.tx, aside.id, context={**aside.context, OFFERED: True})
    title, typed = ctx.t(forms[aside.form].title), _begun(ctx, forms[aside.form], aside)
    offer = Message(
        ctx.t("form.aside_with", title=title, text=typed) if typed else ctx.t("form.aside", title=title),
        ((ctx.button("form.resume", "form.resume", draft=aside.id, once=False),),),
    )
    return [reply, offer]


def _begun(ctx: Ctx, form: Form, draft: Draft) -> str:
    """What was typed first: it tells one deal from another."""
    scope = scope_of(ctx, draft)
    values = form.read(draft.answers, scope)
    typed = (
        (field.name, field.told(values[field.name]) if field.told else draft.answers[field.name])
        for field in form.fields
        if field.name in values and values[field.name] is not None and (field.told or not field.options(scope))
    )
    name, first = next(((name, raw) for name, raw in typed if raw and raw != SKIPPED), ("", ""))
    return f"{Decimal(first):,.2f}" if name == "amount" and AMOUNT.fullmatch(first) else _shortened(first, BEGUN)


async def _mine(ctx: Ctx) -> tuple[Form, Draft]:
    """The draft a button speaks of; Refusal when it was sent or given up since."""
    draft = await drafts.by_id(ctx.tx, ctx.me.id, int(ctx.args["draft"]))
    form = routes.forms.get(draft.form) if draft else None
    if draft is None or form is None:
        raise Refusal("form.closed")
    if not draft.active:
        context = {name: value for name, value in draft.context.items() if name != OFFERED}
        draft = await drafts.open_draft(
            ctx.tx, ctx.me.id, draft.form, form.version, subject=draft.subject, answers=draft.answers,
            context=context, channel=ctx.event.channel, chat=ctx.event.chat,
        )  # fmt: skip
    return form, draft


@routes.action("form.answer")
async def answer(ctx: Ctx) -> Reply:
    """A button that answers a question."""
    form, draft = await _mine(ctx)
    return await take(ctx, form, draft, str(ctx.args["raw"]), str(ctx.args["field"]))


@routes.action("form.skip")
async def skip(ctx: Ctx) -> Reply:
    """Leave a question out."""
    form, draft = await _mine(ctx)
    return await take(ctx, form, draft, SKIPPED, str(ctx.args["field"]))


@routes.action("form.back")
async def back(ctx: Ctx) -> Reply:
    """One question back."""
    form, draft = await _mine(ctx)
    return await _stepped_back(ctx, form, draft)


async def _stepped_back(ctx: Ctx, form: Form, draft: Draft) -> Reply:
    scope = scope_of(ctx, draft)
    answers = draft.answers if draft.editing else form.back(draft.answers, scope)
    taken = {name: raw for name, raw in draft.answers.items() if name not in answers}
    context = {**draft.context, BEFORE: draft.context.get(BEFORE, {}) | taken}
    await drafts.save(ctx.tx, draft.id, answers=answers, context=context, editing=None)
    fresh = await drafts.by_id(ctx.tx, ctx.me.id, draft.id)
    assert fresh is not None
    return await step(ctx, form, fresh)


@routes.action("form.review", "form.resume")
async def review(ctx: Ctx) -> Reply:
    """Back to where the form stands."""
    form, draft = await _mine(ctx)
    await drafts.save(ctx.tx, draft.id, editing=None)
    fresh = await drafts.by_id(ctx.tx, ctx.me.id, draft.id)
    assert fresh is not None
    return await step(ctx, form, fresh)


@routes.action("form.cancel")
async def cancel(ctx: Ctx) -> Reply:
    """Give the form up."""
    form, draft = await _mine(ctx)
    return await _given_up(ctx, form, draft)


async def _given_up(ctx: Ctx, form: Form, draft: Draft) -> Reply:
    """Forget the draft; a form that can be kept is, as soon as something was typed."""
    if form.keep and any(raw != SKIPPED for raw in draft.answers.values()):
        return await _kept(ctx, form, draft)
    await drafts.close(ctx.tx, draft.id)
    _leave(ctx, form, draft)
    return await _offering_back(ctx, ctx.say("form.cancelled", title=ctx.t(form.title)))


@routes.action("form.keep")
async def keep(ctx: Ctx) -> Reply:
    """Put the form aside; it stays for weeks."""
    form, draft = await _mine(ctx)
    return await _kept(ctx, form, draft)


async def _kept(ctx: Ctx, form: Form, draft: Draft) -> Message:
    await drafts.save(ctx.tx, draft.id, active=False)
    row = (ctx.button("form.resume", "form.resume", draft=draft.id, once=False),)
    return Message(ctx.t("form.kept", title=ctx.t(form.title)), (row,), edit=ctx.pressed)


@routes.action("form.full")
async def full(ctx: Ctx) -> Reply:
    """The whole text of what will be sent."""
    form, draft = await _mine(ctx)
    scope = scope_of(ctx, draft)
    assert form.full is not None
    row = (ctx.button("form.back", "form.review", draft=draft.id, once=False),)
    return Message(form.full(scope.having(form.read(draft.answers, scope))), (row,), edit=ctx.pressed)


@routes.action("form.change")
async def change(ctx: Ctx) -> Reply:
    """Which answer is to be changed?"""
    form, draft = await _mine(ctx)
    fields = form.changeable(draft.answers, scope_of(ctx, draft))
    buttons = [Button(ctx.t(f.label), "form.pick", {"draft": draft.id, "field": f.name}, once=False) for f in fields]
    rows = (*_grid(buttons), (ctx.button("form.back", "form.review", draft=draft.id, once=False),))
    return Message(ctx.t("form.which"), rows, edit=ctx.pressed)


@routes.action("form.pick")
async def pick(ctx: Ctx) -> Reply:
    """Ask that question again; the old answer stays until a new one reads."""
    form, draft = await _mine(ctx)
    await drafts.save(ctx.tx, draft.id, editing=str(ctx.args["field"]))
    fresh = await drafts.by_id(ctx.tx, ctx.me.id, draft.id)
    assert fresh is not None
    return await step(ctx, form, fresh)


@routes.action("form.send")
async def confirm(ctx: Ctx) -> Reply:
    """Send the form. A second tap meets a used token and is shown the receipt again."""
    again = routes.receipts.get(str(ctx.args.get("form", "")))
    if again is not None and await drafts.by_id(ctx.tx, ctx.me.id, int(ctx.args["draft"])) is None:
        return await again(ctx, str(ctx.args["subject"]))
    form, draft = await _mine(ctx)
    return await send(ctx, form, draft)


@routes.word("返回", "/back")
async def word_back(ctx: Ctx) -> Reply:
    """Typed: one question back."""
    draft = await drafts.active(ctx.tx, ctx.me.id)
    form = routes.forms.get(draft.form) if draft else None
    if draft is None or form is None:
        return ctx.say("form.none_open")
    return await _stepped_back(ctx, form, draft)


@routes.word("取消", "/cancel")
async def word_cancel(ctx: Ctx) -> Reply:
    """Typed: give the open form up."""
    draft = await drafts.active(ctx.tx, ctx.me.id)
    form = routes.forms.get(draft.form) if draft else None
    if draft is None or form is None:
        return ctx.say("form.none_open")
    return await _given_up(ctx, form, draft)
