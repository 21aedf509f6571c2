"""结账: the month's card, its proposals, everybody's sums, two people's yes, the payroll file, the payslip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.channels.port import Button, File, Message, Toast
from bot.forms.closing import AMOUNT, ANYWAY, DECISION
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import closing as words
from bot.render.deal_lines import signed
from bot.render.months import month_said
from core.rules import closing as rules
from core.rules.amounts import parse_amount
from core.rules.calendar import Month
from core.rules.closing import State, Topic
from core.rules.errors import Refusal
from core.rules.people import Person
from core.store import disputes, months, people
from core.store.disputes import DisputeState
from core.usecases import closing, payroll_sheet
from core.usecases.closing import Closing, What

MONTH = re.compile(r"^(?:(\d{4})[-/.年])?(\d{1,2})月?$")
REMINDERS = 2  # buttons: a screen has six


def _month(ctx: Ctx) -> Month:
    return Month.parse(str(ctx.args["month"]))


def _read_month(text: str, today: Month) -> Month:
    """10, 10月, 2026-10: the last such month that has begun."""
    found = MONTH.match(text)
    if not found or not 1 <= int(found[2]) <= 12:
        raise Refusal("closing.which_month")
    if found[1]:
        return Month(int(found[1]), int(found[2]))
    month = Month(today.year, int(found[2]))
    return month if month <= today else Month(today.year - 1, int(found[2]))


@routes.word("结账", "/close", takes=True, allowed=rules.may_close)
async def close(ctx: Ctx) -> Reply:
    """The month whose turn it is; 结账 2026-10 another one."""
    chosen = _read_month(ctx.rest, Month.of(ctx.tx.today)) if ctx.rest else await closing.next_month(ctx.tx)
    return await _card(ctx, await closing.look(ctx.tx, ctx.me, chosen))


@routes.action("close.show", allowed=rules.may_close)
async def show(ctx: Ctx) -> Reply:
    """The card."""
    return await _card(ctx, await closing.look(ctx.tx, ctx.me, _month(ctx)))


async def _card(ctx: Ctx, found: Closing) -> Message:
    month, state = found.standing.month.key, found.standing.state
    first: list[Button] = []
    if state is State.OPEN and found.over:
        first.append(ctx.button("closing.review", "close.review", month=month))
    if state is State.REVIEW:
        key, action = ("closing.decide", "close.next") if found.open_questions else ("closing.lock", "close.lock")
        first.append(ctx.button(key, action, month=month, once=False))
    if state is State.LOCKED:
        first.append(ctx.button("closing.paid", "close.paid", month=month, once=False))
    first.append(ctx.button("closing.people", "close.people", month=month, once=False))
    first.append(ctx.button("closing.sheet", "close.sheet", month=month, once=False))
    asked = [one for one in found.obstacles if one.who is not None and one.who.id != ctx.me.id][:REMINDERS]
    second = [
        Button(
            ctx.t("closing.remind", name=one.who.name), "close.remind",
            {"month": month, "what": one.what.value, "who": one.who.id}, once=False,
        )
        for one in asked
        if one.who is not None
    ]  # fmt: skip
    if state is State.REVIEW:
        second.append(ctx.button("closing.reopen", "close.reopen", month=month, once=False))
    return Message(
        words.card(found, ctx.lang), tuple(tuple(row) for row in (first, second) if row), edit=ctx.pressed, protect=True
    )


def _back(ctx: Ctx, month: Month) -> Button:
    return ctx.button("closing.back", "close.show", month=month.key, once=False)


@routes.action("close.review", allowed=rules.may_close)
async def review(ctx: Ctx) -> Reply:
    """The month is over: look it through."""
    return await _card(ctx, await closing.review(ctx.tx, ctx.me, _month(ctx)))


@routes.action("close.reopen", allowed=rules.may_close)
async def reopen(ctx: Ctx) -> Reply:
    """Back from review."""
    await closing.reopen(ctx.tx, ctx.me, _month(ctx))
    return await _card(ctx, await closing.look(ctx.tx, ctx.me, _month(ctx)))


@routes.action("close.remind", allowed=rules.may_close)
async def remind(ctx: Ctx) -> Reply:
    """Ask whoever can clear it."""
    who = await closing.remind(ctx.tx, ctx.me, _month(ctx), What(ctx.args["what"]), int(ctx.args["who"]))
    return Toast(ctx.t("closing.reminded", name=who.name))


@routes.action("close.people", allowed=rules.may_close)
async def everybody(ctx: Ctx) -> Reply:
    """Everybody's sum, a page at a time."""
    month, page = _month(ctx), int(ctx.args.get("page", 0))
    found = await closing.look(ctx.tx, ctx.me, month)
    pages = max(1, -(-len(found.rows) // words.PAGE))
    page = min(max(page, 0), pages - 1)
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "close.people", page, more=page + 1 < pages, month=month.key
    )
    row = (*turns, _back(ctx, month))
    return Message(words.everybody(found, page, ctx.lang), (row,), edit=ctx.pressed, protect=True)


@routes.action("close.sheet", allowed=rules.may_close)
async def sheet(ctx: Ctx) -> Reply:
    """The payroll as a file."""
    month = _month(ctx)
    found = await closing.look(ctx.tx, ctx.me, month, by_line=True)
    content = payroll_sheet.workbook(found, ctx.lang)
    await ctx.tx.note(ctx.me.id, "month.exported", f"month:{month.key}")
    key = "closing.sheet_locked" if found.standing.state.closed else "closing.sheet_open"
    return Message(ctx.t(key, month=month), file=File(f"payroll-{month.key}.xlsx", content), protect=True)


# --- proposals ----------------------------------------------------------------------------------------------------------


@routes.action("close.next", allowed=rules.may_close)
async def next_question(ctx: Ctx) -> Reply:
    """The next one to be decided about."""
    return await _question(ctx, await closing.look(ctx.tx, ctx.me, _month(ctx)))


async def _question(ctx: Ctx, found: Closing) -> Message:
    mine = [pair for pair in found.open_questions if pair[0].person.id != ctx.me.id]
    if not mine:
        return await _card(ctx, found)
    row, asked = mine[0]
    month = found.standing.month
    acts = [*(act.value for act in asked.acts), rules.WAIVE]
    buttons = tuple(
        Button(
            words.act_word(act if act != rules.WAIVE else f"waive_{asked.topic.value}", ctx.lang), "close.decide",
            {"month": month.key, "person": row.person.id, "topic": asked.topic.value, "act": act}, once=False,
        )
        for act in acts
    )  # fmt: skip
    text = words.question(row, asked, len(mine), ctx.lang)
    return Message(text, (buttons, (_back(ctx, month),)), edit=ctx.pressed, protect=True)


@routes.action("close.decide", allowed=rules.may_close)
async def decide(ctx: Ctx) -> Reply:
    """Why? Nothing is decided without a reason."""
    args = dict(ctx.args)
    row, asked = await closing.question(ctx.tx, ctx.me, _month(ctx), int(args["person"]), Topic(args["topic"]))
    args["what"] = words.decision(row, asked, args["act"], ctx.lang)
    subject = f"{args['month']}:{args['person']}:{args['topic']}"
    return await open_form(ctx, DECISION, subject=subject, context=args)


@routes.submit(DECISION)
async def decided(ctx: Ctx, values: dict[str, Any], draft: Any) -> Reply:
    """It is decided; the next one follows."""
    told = draft.context
    month = Month.parse(told["month"])
    await closing.decide(
        ctx.tx, ctx.me, month, int(told["person"]), Topic(told["topic"]), told["act"], str(values["reason"])
    )
    following = await _question(ctx, await closing.look(ctx.tx, ctx.me, month))
    done = ctx.t("closing.decision_done", what=told["what"]) if told.get("what") else ""
    return replace(following, text=f"{done}\n{following.text}".strip())


# --- two people -----------------------------------------------------------------------------------------------------------


@routes.action("close.lock", allowed=rules.may_close)
async def lock(ctx: Ctx) -> Reply:
    """Yes to these figures; with something in the way only after a reason."""
    month = _month(ctx)
    found = await closing.look(ctx.tx, ctx.me, month)
    if found.obstacles and not found.open_questions and not found.approved_by and not found.standing.state.closed:
        rows = ((ctx.button("closing.anyway", "close.anyway", month=month.key, once=False), _back(ctx, month)),)
        lines = [ctx.t("closing.in_the_way", count=len(found.obstacles))]
        lines += [words.obstacle(one, ctx.lang) for one in found.obstacles[:5]]
        return Message("\n".join(lines), rows, edit=ctx.pressed, protect=True)
    return await _approved(ctx, await closing.approve(ctx.tx, ctx.me, month))


@routes.action("close.anyway", allowed=rules.may_close)
async def anyway(ctx: Ctx) -> Reply:
    """Why now, with something open?"""
    month = _month(ctx)
    if (await months.standing(ctx.tx, month)).state.closed:
        raise Refusal("closing.locked", month=month)
    return await open_form(ctx, ANYWAY, subject=month.key, context={"month": month.key})


@routes.submit(ANYWAY)
async def anyway_said(ctx: Ctx, values: dict[str, Any], draft: Any) -> Reply:
    """Approved with the reason."""
    month = Month.parse(draft.context["month"])
    return await _approved(ctx, await closing.approve(ctx.tx, ctx.me, month, anyway=str(values["reason"])))


async def _approved(ctx: Ctx, found: Closing) -> Message:
    """What was said yes to, and what comes next."""
    return await _card(ctx, found)


@routes.action("close.paid", allowed=rules.may_close)
async def paid(ctx: Ctx) -> Reply:
    """Yes, it was handed out."""
    return await _card(ctx, await closing.approve_payment(ctx.tx, ctx.me, _month(ctx)))


@routes.word("分段", "/split", takes=True, menu=False, allowed=rules.may_close)
async def split(ctx: Ctx) -> Reply:
    """分段 王芳 2026-11 转岗当天上手: a change of post within the month counts from its day on."""
    parts = ctx.rest.split(maxsplit=2)
    if len(parts) < 3:
        raise Refusal("closing.split_how")
    subject, month = await _named(ctx, parts[0]), _read_month(parts[1], Month.of(ctx.tx.today))
    await closing.role_at_once(ctx.tx, ctx.me, month, subject, parts[2])
    return ctx.say("closing.split_done", name=subject.name, month=month)


async def _named(ctx: Ctx, name: str) -> Person:
    """The one person of that name or number. Refusal `closing.adjust_whom`."""
    found = [one for one in await people.everybody(ctx.tx, with_left=True) if name in {one.name, one.employee_no}]
    if len(found) != 1:
        raise Refusal("closing.adjust_whom", name=name[:32])
    return found[0]


@routes.word("调账", "/adjust", takes=True, menu=False, allowed=rules.may_close)
async def adjust(ctx: Ctx) -> Reply:
    """调账 王芳 2026-09 200 上月短信漏算: an amount about an earlier month into the open one."""
    parts = ctx.rest.split(maxsplit=3)
    if len(parts) < 4:
        raise Refusal("closing.adjust_how")
    subject = await _named(ctx, parts[0])
    about = _read_month(parts[1], Month.of(ctx.tx.today))
    fen = _signed(ctx, parts[2])
    made = await closing.adjust(ctx.tx, ctx.me, subject, about, fen, parts[3], once=f"adjust:{ctx.once}")
    if made is None:
        raise Refusal("closing.decided")
    return ctx.say("closing.adjust_done", name=subject.name, amount=signed(fen), about=about, month=made.month)


@routes.action("close.adjust_for", allowed=rules.may_close)
async def adjust_for(ctx: Ctx) -> Reply:
    """[调账] after a doubt was found right about a locked month: by how much?"""
    dispute = await disputes.by_id(ctx.tx, int(ctx.args["dispute"]))
    earner = await people.by_id(ctx.tx, dispute.person_id) if dispute else None
    if dispute is None or earner is None or dispute.state is not DisputeState.ACCEPTED:
        raise Refusal("disputes.unknown")
    what = ctx.t("closing.amount_for", name=earner.name, month=dispute.month)
    return await open_form(ctx, AMOUNT, subject=str(dispute.id), context={"what": what})


@routes.submit(AMOUNT)
async def adjusted_for(ctx: Ctx, values: dict[str, Any], draft: Any) -> Reply:
    """Once for each dispute; the two who lock the open month approve it."""
    dispute = await disputes.by_id(ctx.tx, int(draft.subject))
    earner = await people.by_id(ctx.tx, dispute.person_id) if dispute else None
    if dispute is None or earner is None:
        raise Refusal("disputes.unknown")
    fen = _signed(ctx, str(values["amount"]))
    reason = ctx.t("closing.amount_reason", number=dispute.id)
    made = await closing.adjust(
        ctx.tx, ctx.me, earner, dispute.month, fen, reason, once=f"adjust:dispute:{dispute.id}"
    )  # fmt: skip
    if made is None:
        raise Refusal("closing.decided")
    return ctx.say("closing.adjust_done", name=earner.name, amount=signed(fen), about=dispute.month, month=made.month)


def _signed(ctx: Ctx, typed: str) -> int:
    """`200`, `-200`: fen."""
    amount = typed.strip().replace("−", "-")
    return parse_amount(amount.lstrip("+-"), ctx.tx.policy.deals.max_fen) * (-1 if amount.startswith("-") else 1)


# --- payslip --------------------------------------------------------------------------------------------------------------


@routes.action("payslip.show")
async def slip(ctx: Ctx) -> Reply:
    """One's own closed month."""
    found = await months.statement_of(ctx.tx, ctx.me.id, _month(ctx))
    if found is None:
        raise Refusal("closing.no_slip")
    text = await words.slip_text(ctx.tx, found, ctx.lang)
    return Message(text, words.slip_rows(found.month, ctx.lang), edit=ctx.pressed, protect=True)


@routes.action("payslip.fold")
async def fold(ctx: Ctx) -> Reply:
    """Somebody stands behind me."""
    folded = words.slip_folded(_month(ctx), ctx.lang)
    return Message(folded.text, folded.rows, edit=ctx.pressed, protect=True)


@todo.provider(60)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """A month that is over and not locked, or locked and not paid."""
    if not rules.may_close(ctx.me):
        return []
    last = await months.last_locked(ctx.tx)
    found = []
    if last is not None:
        if (await months.standing(ctx.tx, last)).state is State.LOCKED:
            found.append((last, "closing.todo_pay"))
        if last.next.end < ctx.tx.today:
            found.append((last.next, "closing.todo_lock"))
    elif (await months.standing(ctx.tx, Month.of(ctx.tx.today).previous)).state is State.REVIEW:
        found.append((Month.of(ctx.tx.today).previous, "closing.todo_lock"))
    return [
        Item(
            ctx.t(key, month=month_said(month, ctx.tx.today, ctx.lang)),
            ctx.button("closing.look", "close.show", month=month.key, once=False),
        )
        for month, key in found
    ]
