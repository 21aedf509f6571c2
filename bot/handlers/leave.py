"""请假: asking, deciding, taking back, the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.port import Button, Message
from bot.forms.leave import LEAVE, kept
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import reports as render
from bot.render.call_lines import day_words
from bot.render.report_text import span_words
from core.rules.errors import Refusal
from core.rules.leave import LeaveState, Span, read_span
from core.store import drafts, leaves, people
from core.usecases import leave as cases

SHOWN = 5  # granted leaves in a list


@routes.word("请假", "/leave", "leave", takes=True)
async def ask(ctx: Ctx) -> Reply:
    """请假 明天 发烧, or question by question."""
    answers: dict[str, str] = {}
    notice = ""
    if ctx.rest:
        try:
            span, reason = read_span(ctx.rest, ctx.tx.local)
        except Refusal as refusal:
            notice = ctx.t(refusal.key, **refusal.params)
        else:
            answers = {"days": kept(span)} | ({"reason": reason[:300]} if reason else {})
    return await _open(ctx, answers, notice)


@routes.action("leave.open")
async def open_leave(ctx: Ctx) -> Reply:
    """[我请假了]."""
    return await _open(ctx, {}, "")


async def _open(ctx: Ctx, answers: dict[str, str], notice: str) -> Reply:
    draft = await drafts.find(ctx.tx, ctx.me.id, LEAVE.name, "")
    if draft is not None and answers:
        await drafts.close(ctx.tx, draft.id)  # what is said in one line replaces what was left half said
    superior = await people.superior_of(ctx.tx, ctx.me)
    reply = await open_form(ctx, LEAVE, answers=answers, context={"superior": superior.name if superior else None})
    if notice and isinstance(reply, Message):
        return Message(notice, reply.rows, edit=reply.edit)
    return reply


@routes.submit(LEAVE)
async def asked(ctx: Ctx, values: dict[str, Any], draft: drafts.Draft) -> Reply:
    """To the superior."""
    span: Span = values["days"]
    made = await cases.ask(
        ctx.tx, ctx.me, span, values.get("reason") or None, at=ctx.at, once=f"leave:{draft.submission}"
    )  # fmt: skip
    days = span_words(span, ctx.lang)
    row = (_cancel(ctx, made.leave.id, span),)
    if made.superior is None:
        return ctx.say("leave.written", (row,), days=days)
    return ctx.say("leave.sent", (row,), days=days, name=made.superior.name)


def _cancel(ctx: Ctx, leave_id: int, span: Span) -> Button:
    return Button(ctx.t("leave.cancel", first=day_words(span.first, ctx.lang)), "leave.cancel", {"leave": leave_id})


@routes.action("leave.cancel")
async def cancel(ctx: Ctx) -> Reply:
    """[取消 11-24 周二]."""
    taken_back = await cases.cancel(ctx.tx, ctx.me, int(ctx.args["leave"]))
    return ctx.say("leave.cancelled", days=span_words(taken_back, ctx.lang))


@routes.action("leave.decide")
async def decide(ctx: Ctx) -> Reply:
    """[同意] [同意,不带薪] [不同意]."""
    approve, paid = bool(ctx.args["approve"]), bool(ctx.args.get("paid", True))
    leave, person = await cases.decide(ctx.tx, ctx.me, int(ctx.args["leave"]), approve=approve, paid=paid)
    key = "leave.done_no" if not approve else "leave.done_yes" if paid else "leave.done_unpaid"
    rows = ((_other_way(ctx, leave),),) if approve else ()
    return ctx.say(key, rows, name=person.name, days=span_words(leave.span, ctx.lang))


def _other_way(ctx: Ctx, leave: leaves.Leave) -> Button:
    """[改成不带薪] or [改成带薪]."""
    key = "leave.make_unpaid" if leave.paid else "leave.make_paid"
    return ctx.button(key, "leave.switch", leave=leave.id, paid=not leave.paid)


@routes.action("leave.switch")
async def switch(ctx: Ctx) -> Reply:
    """Granted days become paid or unpaid."""
    paid = bool(ctx.args["paid"])
    leave, person = await cases.switch(ctx.tx, ctx.me, int(ctx.args["leave"]), paid=paid)
    key = "leave.switched_paid" if paid else "leave.switched_unpaid"
    return ctx.say(key, ((_other_way(ctx, leave),),), name=person.name, days=span_words(leave.span, ctx.lang))


@routes.word("批过的假", "/granted", "批假", menu=False)
async def granted(ctx: Ctx) -> Reply:
    """What one has granted since the month before: each may still become paid or unpaid."""
    found = await cases.granted(ctx.tx, ctx.me)
    if not found:
        return ctx.say("leave.granted_none")
    lines = [ctx.t("leave.granted", count=len(found))]
    for leave, person in found[:SHOWN]:
        pay = ctx.t("leave.with_pay" if leave.paid else "leave.without_pay")
        lines.append(ctx.t("leave.granted_line", name=person.name, days=span_words(leave.span, ctx.lang), pay=pay))
    rows = tuple(
        (
            Button(
                f"{person.name} {day_words(leave.first_day, ctx.lang)}",
                "leave.granted",
                {"leave": leave.id},
                once=False,
            ),
        )
        for leave, person in found[:SHOWN]
    )
    return Message("\n".join(lines), rows, edit=ctx.pressed)


@routes.action("leave.granted")
async def one_granted(ctx: Ctx) -> Reply:
    """One of them, and the way to change it."""
    wanted = int(ctx.args["leave"])
    found = next(((one, who) for one, who in await cases.granted(ctx.tx, ctx.me) if one.id == wanted), None)
    if found is None:
        raise Refusal("leave.not_yours")
    leave, person = found
    pay = ctx.t("leave.with_pay" if leave.paid else "leave.without_pay")
    text = ctx.t("leave.granted_line", name=person.name, days=span_words(leave.span, ctx.lang), pay=pay)
    return Message(text, ((_other_way(ctx, leave),),), edit=ctx.pressed)


@routes.action("leave.show")
async def show(ctx: Ctx) -> Reply:
    """A request that waits, from the to-do list."""
    wanted = int(ctx.args["leave"])
    found = next(((l, p) for l, p in await cases.to_decide(ctx.tx, ctx.me) if l.id == wanted), None)  # noqa: E741
    if found is None:
        raise Refusal("leave.decided")
    return render.leave_question(*found, ctx.lang)


@routes.word("我的假", "我的请假", "my leave")
async def mine(ctx: Ctx) -> Reply:
    """What is asked for and granted from today on."""
    coming = await leaves.coming(ctx.tx, ctx.me.id, ctx.tx.today)
    if not coming:
        return ctx.say("leave.mine_none", ((ctx.button("leave.title", "leave.open", once=False),),))
    lines = [ctx.t("leave.mine")]
    for leave in coming:
        granted_unpaid = leave.state is LeaveState.APPROVED and not leave.paid
        state = ctx.t("leave.state_unpaid" if granted_unpaid else f"leave.state_{leave.state.value}")
        lines.append(ctx.t("leave.line", days=span_words(leave.span, ctx.lang), state=state))
    rows = tuple((_cancel(ctx, leave.id, leave.span),) for leave in coming[:5])
    return Message("\n".join(lines), (*rows, (ctx.button("leave.new", "leave.open", once=False),)))


@todo.provider(50)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """Requests that wait for this person's word."""
    if ctx.me.is_agent:
        return []
    return [
        Item(
            ctx.t("leave.todo", name=person.name, days=span_words(leave.span, ctx.lang)),
            Button(
                f"{person.name} {day_words(leave.first_day, ctx.lang)}", "leave.show", {"leave": leave.id}, once=False
            ),
        )
        for leave, person in await cases.to_decide(ctx.tx, ctx.me)
    ]
