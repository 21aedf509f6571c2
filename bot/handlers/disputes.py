"""申诉: choosing what is doubted, judging it, the words in its thread, taking it back. In private only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.channels.port import Button, Message
from bot.forms.engine import Form
from bot.forms.pay import ACCEPTING, DECLINING, DOUBT, WORD
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import disputes as words
from bot.render.call_lines import when_words
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.money import yuan, yuan_short
from core.store import disputes as store
from core.store import people
from core.store.disputes import Dispute
from core.store.drafts import Draft
from core.usecases import disputes, pay
from core.usecases.disputes import Doubt

PAGE = 5
ALWAYS = ("base", "commission", "total")


# --- what is doubted ---------------------------------------------------------------------------------------------------


@routes.action("pay.doubt")
async def choose(ctx: Ctx) -> Reply:
    """[有疑问]: which line, or a deal?"""
    key = ctx.args.get("month")
    return await _choose(ctx, Month.parse(str(key)) if key else Month.of(ctx.tx.today))


async def _choose(ctx: Ctx, month: Month) -> Message:
    found = await pay.earn(ctx.tx, ctx.me, month)
    made = found.statement
    sums = {"base": made.base, "commission": made.commission, "shares": made.shares, "sms": made.sms,
            "top_up": made.top_up, "total": made.total}  # fmt: skip
    offered = [
        Button(f"{ctx.t(f'disputes.{line}')} {yuan(fen)}", "dispute.about", {"month": month.key, "line": line})
        for line, fen in sums.items()
        if fen or line in ALWAYS
    ]
    offered = [replace(one, once=False) for one in offered]
    rows = [tuple(offered[n : n + 2]) for n in range(0, len(offered), 2)]
    text = ctx.t("disputes.choose", month=month.start.month)
    waiting = [one for one in await store.of_person(ctx.tx, ctx.me.id) if one.is_open]
    last = [ctx.button("disputes.which_deal", "dispute.deals", month=month.key, once=False)]
    if waiting:
        text += "\n" + ctx.t("disputes.choose_open", count=len(waiting))
        last.append(ctx.button("disputes.mine", "dispute.mine", once=False))
    last.append(ctx.button("pay.back", "pay.card", month=month.key, once=False))
    return Message(text, (*rows, tuple(last)), edit=ctx.pressed, protect=True)


@routes.action("dispute.deals")
async def which_deal(ctx: Ctx) -> Reply:
    """[某一单]: one's own, sold or visited."""
    month, page = Month.parse(str(ctx.args["month"])), int(ctx.args.get("page", 0))
    found = await pay.sold(ctx.tx, ctx.me, month)
    back = ctx.button("pay.back", "pay.doubt", month=month.key, once=False)
    if not found:
        return ctx.say("disputes.no_deals", ((back,),), month=month.start.month)
    pages = -(-len(found) // PAGE)
    page = min(max(page, 0), pages - 1)
    rows = [
        (
            Button(
                f"{one.deal.signed_on:%m-%d} {yuan_short(one.deal.amount_fen)} {one.customer}".rstrip(),
                "dispute.about", {"month": month.key, "line": "deal", "deal": one.deal.id}, once=False,
            ),
        )
        for one in found[page * PAGE : (page + 1) * PAGE]
    ]  # fmt: skip
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "dispute.deals", page, more=page + 1 < pages, month=month.key
    )
    return ctx.say("disputes.choose_deal", (*rows, (*turns, back)), page=page + 1, pages=pages)


@routes.action("dispute.about")
async def reason(ctx: Ctx) -> Reply:
    """That one: why?"""
    deal = ctx.args.get("deal")
    doubt = Doubt(Month.parse(str(ctx.args["month"])), str(ctx.args["line"]), int(deal) if deal else None)
    await disputes.check(ctx.tx, ctx.me, doubt)
    context = {
        "month": doubt.month.key, "line": doubt.line, "deal": doubt.deal_id,
        "about": await words.about(ctx.tx, doubt, ctx.lang),
    }  # fmt: skip
    return await open_form(ctx, DOUBT, subject=f"{doubt.month.key}:{doubt.line}:{deal or ''}", context=context)


@routes.submit(DOUBT)
async def raised(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """It goes to the first judge."""
    kept = draft.context
    doubt = Doubt(Month.parse(kept["month"]), kept["line"], kept["deal"])
    dispute, _ = await disputes.raise_doubt(
        ctx.tx, ctx.me, doubt, str(values["text"]), at=ctx.at, at_source=ctx.at_source, once=draft.submission
    )
    return replace(await words.sent(ctx.tx, dispute, ctx.lang), edit=ctx.pressed)


# --- where it stands ---------------------------------------------------------------------------------------------------


@routes.word("申诉", "/dispute", menu=False)
async def mine_word(ctx: Ctx) -> Reply:
    """申诉: one's own doubts, and a new one."""
    return await _mine(ctx)


@routes.action("dispute.mine")
async def mine(ctx: Ctx) -> Reply:
    """[看在办的]"""
    return await _mine(ctx)


async def _mine(ctx: Ctx) -> Message:
    found = (await store.of_person(ctx.tx, ctx.me.id, limit=PAGE))[:PAGE]
    new = ctx.button("pay.doubt", "pay.doubt", month=Month.of(ctx.tx.today).key, once=False)
    if not found:
        return Message(ctx.t("disputes.list_none"), ((new,),), edit=ctx.pressed, protect=True)
    held = await people.by_ids(ctx.tx, [one.holder_id for one in found])
    lines, rows = [ctx.t("disputes.list")], []
    for number, one in enumerate(found, 1):
        what = await words.about(ctx.tx, one, ctx.lang)
        text = ctx.t(
            f"disputes.show_{one.state.value}", name=str(number), about=what, holder=held[one.holder_id].name,
            due=_due(ctx, one),
        )  # fmt: skip
        lines.append(text)
        rows.append(Button(f"{number} {what}"[:60], "dispute.show", {"dispute": one.id}, once=False))
    return Message("\n".join(lines), (*((row,) for row in rows), (new,)), edit=ctx.pressed, protect=True)


def _due(ctx: Ctx, dispute: Dispute) -> str:
    return when_words(dispute.due_at, ctx.tx.now, ctx.tx.company.zone, ctx.lang)


@routes.action("dispute.show")
async def show(ctx: Ctx) -> Reply:
    """The whole thread."""
    return await words.whole(ctx.tx, await _seen(ctx), ctx.me, ctx.lang)


async def _seen(ctx: Ctx) -> Dispute:
    return await disputes.seen_by(ctx.tx, ctx.me, int(ctx.args["dispute"]))


@routes.action("dispute.withdraw")
async def withdraw(ctx: Ctx) -> Reply:
    """[撤回]"""
    done = await disputes.withdraw(ctx.tx, ctx.me, int(ctx.args["dispute"]), at=ctx.at, at_source=ctx.at_source)
    return ctx.say("disputes.you_withdrew", about=await words.about(ctx.tx, done, ctx.lang))


# --- judging -----------------------------------------------------------------------------------------------------------


async def _open(ctx: Ctx, form: Form, *, judge: bool) -> Reply:
    dispute = await _seen(ctx)
    if not dispute.is_open:
        raise Refusal("disputes.closed")
    if judge and not await disputes.may_judge(ctx.tx, ctx.me, dispute):
        raise Refusal("disputes.not_yours")
    context = {"about": await words.about(ctx.tx, dispute, ctx.lang)}
    asked = await open_form(ctx, form, subject=str(dispute.id), context=context)
    return replace(asked, edit=False) if isinstance(asked, Message) else asked


@routes.action("dispute.accept")
async def accept(ctx: Ctx) -> Reply:
    """[改正]: how?"""
    return await _open(ctx, ACCEPTING, judge=True)


@routes.action("dispute.decline")
async def decline(ctx: Ctx) -> Reply:
    """[维持]: why?"""
    return await _open(ctx, DECLINING, judge=True)


@routes.submit(ACCEPTING)
async def accepted(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """It will be put right."""
    return await _decided(ctx, values, draft, accept=True)


@routes.submit(DECLINING)
async def declined(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """It stays, or the next judge looks."""
    return await _decided(ctx, values, draft, accept=False)


async def _decided(ctx: Ctx, values: dict[str, Any], draft: Draft, *, accept: bool) -> Message:
    done = await disputes.decide(
        ctx.tx, ctx.me, int(draft.subject), accept=accept, text=str(values["text"]), at=ctx.at,
        at_source=ctx.at_source, once=draft.submission,
    )  # fmt: skip
    known = await people.by_ids(ctx.tx, [done.person_id, done.holder_id])
    name, about = known[done.person_id].name, await words.about(ctx.tx, done, ctx.lang)
    key = "disputes.you_passed_on" if done.is_open else f"disputes.you_{done.state.value}"
    text = ctx.t(key, name=name, about=about, next=known[done.holder_id].name)
    if accept and await disputes.to_adjust(ctx.tx, ctx.me, done):
        row = (ctx.button("closing.adjust_button", "close.adjust_for", dispute=done.id, once=False),)
        return Message(text, (row,), edit=ctx.pressed, subject=words.subject(done), protect=True)
    return Message(text, edit=ctx.pressed, subject=words.subject(done), protect=True)


# --- in the thread -----------------------------------------------------------------------------------------------------


@routes.action("dispute.word")
async def word(ctx: Ctx) -> Reply:
    """[回一句]"""
    return await _open(ctx, WORD, judge=False)


@routes.submit(WORD)
async def worded(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """The other side hears it."""
    return await _say(ctx, int(draft.subject), str(values["text"]), once=draft.submission)


@routes.subject("dispute")
async def in_thread(ctx: Ctx, dispute_id: int, text: str) -> Reply:
    """A reply to any message of the thread."""
    return await _say(ctx, dispute_id, text, once=ctx.once)


async def _say(ctx: Ctx, dispute_id: int, text: str, *, once: str) -> Message:
    to = await disputes.say(
        ctx.tx, ctx.me, dispute_id, text[:2000], at=ctx.at, at_source=ctx.at_source, once=once
    )  # fmt: skip
    said = ctx.t("disputes.you_said", name=to.name) if to is not None else ctx.t("disputes.you_said_nobody")
    return Message(said, edit=ctx.pressed, subject=f"dispute:{dispute_id}", protect=True)


# --- what waits --------------------------------------------------------------------------------------------------------


@todo.provider(25)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """A judge's open disputes."""
    items = []
    for one in await store.held_by(ctx.tx, ctx.me.id):
        earner = await people.by_id(ctx.tx, one.person_id)
        assert earner is not None
        about = await words.about(ctx.tx, one, ctx.lang)
        button = Button(
            ctx.t("disputes.todo_button", name=earner.name), "dispute.show", {"dispute": one.id}, once=False
        )  # fmt: skip
        items.append(Item(ctx.t("disputes.todo", name=earner.name, about=about, due=_due(ctx, one)), button))
    return items
