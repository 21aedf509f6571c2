"""Deals in the chat: 报单 as a line or a form, confirming, sending back, 退单, my deals, applause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.channels.port import Message
from bot.forms.colleagues import Colleague
from bot.forms.deal import DEAL, CustomerRef
from bot.forms.deal_words import ASK, CANCEL, REJECT
from bot.forms.engine import Form
from bot.handlers import form_flow
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import NotYet, acted, open_form
from bot.handlers.routes import routes
from bot.render import deal_lines as say
from bot.render import deals as render
from bot.render.call_lines import who
from bot.render.months import month_said
from core.rules import money, phones
from core.rules.calendar import Month
from core.rules.calls import looks_like_deal
from core.rules.deals import DealKind, DealState, parse_deal
from core.rules.errors import Refusal
from core.rules.handing_in import SELLERS, check_seller, sells
from core.rules.payments import counts_by_receipt
from core.rules.people import Person, Role, Status, manages
from core.store import customers, deals, drafts, people
from core.store.drafts import Draft
from core.usecases import deals as usecase
from core.usecases import late_facts, whole_deals
from core.usecases.deals import Entry
from core.usecases.whole_deals import Whole
from core.usecases.worth import Worth

KNOWN_CUSTOMERS = 60
USUAL_SPAN = timedelta(days=90)
CONFIRM_WORDS = frozenset({"确认", "同意", "确认了", "同意了", "ok", "confirm", "confirmed", "yes"})
REJECT_WORDS = ("退回", "驳回", "不同意", "reject", "send back")
CANCEL_WORD = "退单"
WITHDRAW_WORDS = frozenset({"撤回", "撤销", "withdraw"})


# --- 报单 ------------------------------------------------------------------------------------------------------------


@routes.word("报单", "/deal", "签单", allowed=sells)
async def start(ctx: Ctx) -> Reply:
    """The form from the start, or what stands behind `/deal`."""
    check_seller(ctx.me)
    if ctx.rest:
        return await _from_line(ctx, f"报单 {ctx.rest}")
    return await open_form(ctx, DEAL, answers=_today(ctx), context=await _context(ctx))


@routes.line(10)
async def line(ctx: Ctx, text: str) -> Reply:
    """`报单 5000 自拓 李总 13800138000`: the form, as far as the line fills it."""
    if not looks_like_deal(text):
        return None
    if not sells(ctx.me):
        raise Refusal("deals.not_a_seller")
    check_seller(ctx.me)
    return await _from_line(ctx, text)


async def _from_line(ctx: Ctx, text: str) -> Reply:
    answers = _answers(ctx, text)
    return await open_form(ctx, DEAL, subject=f"line:{ctx.once}", answers=answers, context=await _context(ctx))


def _today(ctx: Ctx) -> dict[str, str]:
    """The signing day is the day of the entry unless said otherwise; written down, so that midnight changes nothing."""
    return {"signed_on": ctx.at.astimezone(ctx.tx.company.zone).date().isoformat()}


def _answers(ctx: Ctx, text: str) -> dict[str, str]:
    """What a line says, as raw answers. What could not be read goes in as typed: its question explains it."""
    now = ctx.at.astimezone(ctx.tx.company.zone)
    said = parse_deal(text, now, ctx.tx.policy.deals.max_fen)
    answers: dict[str, str] = {}
    seen = {problem.key.partition(".")[0]: problem.seen for problem in said.problems if problem.seen}
    if said.amount_fen is not None:
        answers["amount"] = money.plain(said.amount_fen)
    elif "amounts" in seen:
        answers["amount"] = seen["amounts"]
    if said.kind is not None:
        answers["kind"] = said.kind.value
    if said.visitor_name:
        answers["visitor"] = said.visitor_name
    number = phones.dialled(said.phone) if said.phone else seen.get("phones", "")
    if customer := " ".join(part for part in (said.customer_name, number) if part):
        answers["customer"] = customer
    if said.signed_on is not None:
        answers["signed_on"] = said.signed_on.isoformat()
    elif day := seen.get("deals") or seen.get("when"):
        answers["signed_on"] = day
    if said.note:
        answers["note"] = said.note[:200]
    return answers


async def _context(ctx: Ctx) -> dict[str, Any]:
    """What the form's fields may know (see forms/deal.py)."""
    tx, me, terms = ctx.tx, ctx.me, ctx.tx.policy.deals
    colleagues = await people.everybody(tx, roles=SELLERS)
    mine = await customers.of_owner(tx, me.id, limit=KNOWN_CUSTOMERS)
    return {
        "me": me.id,
        "team": me.team_id,
        "hired_on": me.hired_on.isoformat(),
        "people": [Colleague.of(p).packed() for p in colleagues if p.status is not Status.TRAINING or p.id == me.id],
        "customers": [[c.id, c.name, who(c.name, c.phone, ctx.lang)] for c in mine],
        "max": terms.max_fen,
        "absurd": terms.absurd_fen,
        "usual": await deals.usual(tx, tx.today - USUAL_SPAN, terms.absurd_fen),
    }


def entry_of(ctx: Ctx, values: Mapping[str, Any]) -> Entry:
    """The form's values as a deal to hand in."""
    customer: CustomerRef = values["customer"]
    kind: DealKind = values["kind"]
    partner = values.get("partner")
    return Entry(
        amount_fen=values["amount"],
        kind=kind,
        signed_on=values.get("signed_on") or ctx.at.astimezone(ctx.tx.company.zone).date(),
        customer_id=customer.id,
        customer_name=customer.name,
        phone=customer.phone,
        visitor_id=values.get("visitor") if kind is DealKind.DELEGATED else None,
        partner_id=partner,
        partner_fen=values.get("part") if partner is not None else None,
        note=values.get("note"),
    )


@routes.review(DEAL)
async def review(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Mapping[str, Any]:
    """Who will confirm, and what the deal is worth to the seller and the visitor."""
    del draft
    whole = await usecase.draft_of(ctx.tx, ctx.me, entry_of(ctx, values))
    confirmer = await whole_deals.confirmer_of(ctx.tx, whole)
    mine = await usecase.gain_of(ctx.tx, ctx.me, whole, whole.head)
    lines = []
    if whole.visitor is not None:
        theirs = await usecase.gain_of(ctx.tx, whole.visitor, whole, *whole.parts)
        lines += _share_lines(ctx, whole.visitor, mine, theirs)
    lines += _gain_lines(ctx, whole, mine)
    if (month := await late_facts.lands_in(ctx.tx, Month.of(whole.head.signed_on))) is not None:
        lines.append(ctx.t("deals.booked_in", month=month_said(month, ctx.tx.today, ctx.lang)))
    return {"to": confirmer.name if confirmer else "", "worth": lines}


def _share_lines(ctx: Ctx, visitor: Person, mine: Worth, theirs: Worth) -> list[str]:
    """`分享 1%:吴海涛 +70.00,你 −70.00`; nothing between posts that the policy does not name (16)."""
    if not theirs.change.shares:
        return []
    rate = money.percent(ctx.tx.policy.pay.delegation.share)
    values = {"visitor": visitor.name, "theirs": say.signed(theirs.change.shares), "rate": rate}
    if mine.change.shares < 0:
        return [ctx.t("deals.share_split", **values, yours=say.signed(mine.change.shares))]
    return [ctx.t("deals.share_company", **values)]


def _gain_lines(ctx: Ctx, whole: Whole, mine: Worth) -> list[str]:
    """`确认后你多挣 200.00`; nothing gained is explained."""
    gain, me = mine.change.total, ctx.me
    month = Month.of(whole.head.signed_on)
    if me.status is Status.TRAINING:
        return [ctx.t("deals.gain_training")]
    if counts_by_receipt(ctx.tx.company.policy, whole.head.signed_on):
        return [ctx.t("payments.counts_later")]
    if gain > 0:
        if month == Month.of(ctx.tx.today):
            return [ctx.t("deals.gain", gain=money.yuan(gain))]
        return [ctx.t("deals.gain_month", gain=money.yuan(gain), month=month_said(month, ctx.tx.today, ctx.lang))]
    if me.role in {Role.SUPERVISOR, Role.MANAGER}:
        return [ctx.t("deals.gain_open" if mine.change.after.undetermined else "deals.gain_team")]
    if mine.step is not None:
        total, threshold = money.yuan_short(mine.performance), money.yuan_short(mine.step.threshold)
        return [ctx.t("deals.gain_none", total=total, threshold=threshold)]
    return []


@routes.submit(DEAL)
async def hand_in(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """[提交]: a deal that repeats one of the last minutes is asked about first."""
    entry = entry_of(ctx, values)
    renews = int(draft.subject.removeprefix("deal:")) if draft.subject.startswith("deal:") else None
    if renews is None and not draft.context.get("second"):
        same = await usecase.twin(ctx.tx, ctx.me, entry)
        if same is not None:
            raise NotYet(_twin_question(ctx, entry, values["customer"], draft, ctx.tx.now - same.at))
    whole = await usecase.submit(
        ctx.tx, ctx.me, entry, at=acted(ctx, draft), at_source=ctx.at_source, once=draft.submission, renews=renews
    )
    return await _handed_in(ctx, whole)


def _twin_question(ctx: Ctx, entry: Entry, customer: CustomerRef, draft: Draft, ago: timedelta) -> Message:
    text = ctx.t(
        "deals.twin", ago=say.wait_words(ago, ctx.lang), customer=customer.name or customer.shown,
        amount=money.yuan(entry.amount_fen),
    )  # fmt: skip
    row = (
        ctx.button("deals.second", "deal.second", draft=draft.id),
        ctx.button("deals.sent_twice", "deal.same", draft=draft.id),
    )
    return Message(text, (row,), edit=ctx.pressed)


async def _handed_in(ctx: Ctx, whole: Whole) -> Message:
    confirmer = await whole_deals.confirmer_of(ctx.tx, whole)
    count = len({part.head_id for part in await deals.waiting(ctx.tx, seller_ids=[ctx.me.id])})
    values: dict[str, object] = {"count": count, "amount": money.yuan(whole.amount)}
    more = "_more" if count > 1 else ""  # the amount is this deal's: beside "2 deals" it would read as their sum
    if confirmer is None:
        text = ctx.t(f"deals.handed_in_alone{more}", **values)
    else:
        after = say.wait_words(timedelta(minutes=ctx.tx.policy.deals.nudge_minutes), ctx.lang)
        text = ctx.t(f"deals.handed_in{more}", **values, to=confirmer.name, after=after)
    row = (ctx.button("deals.withdraw", "deal.withdraw", id=whole.id),)
    return Message(text, (row,), edit=ctx.pressed, subject=render.subject(whole))


async def _open_draft(ctx: Ctx) -> Draft:
    draft = await drafts.by_id(ctx.tx, ctx.me.id, int(ctx.args["draft"]))
    if draft is None or draft.form != DEAL.name:
        raise Refusal("form.closed")
    return draft


@routes.action("deal.second")
async def second(ctx: Ctx) -> Reply:
    """[是第二单]"""
    draft = await _open_draft(ctx)
    await drafts.save(ctx.tx, draft.id, context={**draft.context, "second": True})
    fresh = await drafts.by_id(ctx.tx, ctx.me.id, draft.id)
    assert fresh is not None
    return await form_flow.send(ctx, DEAL, fresh)


@routes.action("deal.same")
async def same(ctx: Ctx) -> Reply:
    """[发重了]"""
    draft = await _open_draft(ctx)
    await drafts.close(ctx.tx, draft.id)
    return ctx.say("deals.only_one")


# --- deciding ----------------------------------------------------------------------------------------------------------


@routes.action("deal.confirm")
async def confirm(ctx: Ctx) -> Reply:
    """[确认]"""
    return await _newer(ctx) or await _confirm(ctx, int(ctx.args["id"]))


async def _newer(ctx: Ctx) -> Reply:
    """The deal as it is now, when it was handed in again since the pressed message was written."""
    whole = await whole_deals.load(ctx.tx, int(ctx.args["id"]))
    mark = ctx.args.get("round")
    if mark is None or mark == whole.round or whole.head.state is not DealState.PENDING:
        return None
    await whole_deals.check_decision(ctx.tx, ctx.me, whole)
    fresh = await render.card(ctx.tx, whole, ctx.lang)
    return replace(fresh, text=f"{ctx.t('deals.changed_since')}\n{fresh.text}")


async def _confirm(ctx: Ctx, deal_id: int) -> Reply:
    whole = await usecase.confirm(ctx.tx, ctx.me, deal_id)
    values = {"seller": say.sellers(whole, ctx.lang), "what": say.what(whole, ctx.lang)}
    if len(whole.parts) > 1:
        text = ctx.t("deals.confirmed_receipt_joint", **values)
    else:
        month = Month.of(whole.head.signed_on)
        total = await usecase.month_total(ctx.tx, whole.seller, month)
        this = month == Month.of(ctx.tx.today)
        when = ctx.t("deals.month_now") if this else f" {month_said(month, ctx.tx.today, ctx.lang)}"
        text = ctx.t("deals.confirmed_receipt", **values, month=when, total=money.yuan_short(total))
    return await _with_next(ctx, whole, text)


async def _with_next(ctx: Ctx, whole: Whole, text: str) -> Message:
    """A receipt, and what else waits."""
    waiting = await usecase.to_decide(ctx.tx, ctx.me)
    if not waiting:
        return Message(text, edit=ctx.pressed, subject=render.subject(whole), protect=True)
    text = f"{text}\n{ctx.t('deals.more_wait', count=len(waiting))}"
    row = (ctx.button("deals.next", "deal.next", once=False),)
    return Message(text, (row,), edit=ctx.pressed, subject=render.subject(whole), protect=True)


@routes.action("deal.next")
async def next_one(ctx: Ctx) -> Reply:
    """[下一单]: what waits longest."""
    waiting = await usecase.to_decide(ctx.tx, ctx.me)
    if not waiting:
        return ctx.say("deals.none_wait")
    return await render.card(ctx.tx, waiting[0], ctx.lang)


@routes.action("deal.reject")
async def reject(ctx: Ctx) -> Reply:
    """[退回]: why?"""
    return await _newer(ctx) or await _ask_reason(ctx, int(ctx.args["id"]))


async def _ask_reason(ctx: Ctx, deal_id: int) -> Reply:
    whole = await whole_deals.load(ctx.tx, deal_id)
    await whole_deals.check_decision(ctx.tx, ctx.me, whole)
    return await _open_about(ctx, REJECT, whole)


async def _open_about(ctx: Ctx, form: Form, whole: Whole) -> Reply:
    context = {"seller": say.sellers(whole, ctx.lang), "what": say.what(whole, ctx.lang)}
    reply = await open_form(ctx, form, subject=render.subject(whole), context=context)
    # The deal's own message stays as it is, with its buttons: the question stands below it.
    return replace(reply, edit=False) if isinstance(reply, Message) else reply


def _about(draft: Draft) -> int:
    return int(draft.subject.removeprefix("deal:"))


@routes.submit(REJECT)
async def rejected(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """The reason is there: it goes back. If somebody was faster, that is said and the question is over."""
    try:
        whole = await usecase.reject(ctx.tx, ctx.me, _about(draft), str(values["reason"]))
    except Refusal as refusal:
        return ctx.say(refusal.key, (), **refusal.params)
    return await _with_next(ctx, whole, _rejected_text(ctx, whole))


def _rejected_text(ctx: Ctx, whole: Whole) -> str:
    return ctx.t(
        "deals.rejected_receipt",
        seller=whole.seller.name,
        what=say.what(whole, ctx.lang),
        reason=whole.head.reason or "",
    )


@routes.action("deal.cancel")
async def cancel(ctx: Ctx) -> Reply:
    """[退单]: why?"""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    if not all(manages(ctx.me, seller) for seller in whole.sellers):
        raise Refusal("deals.not_yours")
    return await _open_about(ctx, CANCEL, whole)


@routes.submit(CANCEL)
async def cancelled(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """It no longer counts."""
    try:
        whole = await usecase.cancel(ctx.tx, ctx.me, _about(draft), str(values["reason"]))
    except Refusal as refusal:
        return ctx.say(refusal.key, (), **refusal.params)
    values = {"seller": say.sellers(whole, ctx.lang), "what": say.what(whole, ctx.lang)}
    text = ctx.t("deals.cancelled_receipt", **values, reason=whole.head.reason or "")
    return Message(text, edit=ctx.pressed, subject=render.subject(whole))


@routes.action("deal.withdraw")
async def withdraw(ctx: Ctx) -> Reply:
    """[撤回]"""
    return await _withdraw(ctx, int(ctx.args["id"]))


async def _withdraw(ctx: Ctx, deal_id: int) -> Reply:
    whole = await usecase.withdraw(ctx.tx, ctx.me, deal_id)
    return ctx.say("deals.withdrawn", what=say.what(whole, ctx.lang))


@routes.action("deal.redo")
async def redo(ctx: Ctx) -> Reply:
    """[改好再交]: the form with everything kept."""
    whole = await whole_deals.load(ctx.tx, int(ctx.args["id"]))
    if whole.seller.id != ctx.me.id:
        raise Refusal("deals.not_yours")
    if whole.head.state is not DealState.REJECTED:
        raise Refusal("deals.not_returned")
    head = whole.head
    answers = {
        "amount": f"{money.plain(whole.amount)}!",
        "kind": head.kind.value,
        "customer": f"#{head.customer_id}" if head.customer_id is not None else "",
        "signed_on": head.signed_on.isoformat(),
        "visitor": f"#{head.visitor_id}" if head.visitor_id is not None else "",
        "note": head.note or "",
    }
    if len(whole.parts) > 1:
        answers |= {"partner": f"#{whole.parts[1].seller_id}", "part": money.plain(whole.parts[1].amount_fen)}
    context = await _context(ctx)
    known = {row[0] for row in context["customers"]}
    if whole.customer is not None and whole.customer.id not in known:
        c = whole.customer
        context["customers"].append([c.id, c.name, who(c.name, c.phone, ctx.lang)])
    kept = {name: raw for name, raw in answers.items() if raw}
    reply = await open_form(ctx, DEAL, subject=render.subject(whole), answers=kept, context=context)
    return replace(reply, edit=False) if isinstance(reply, Message) else reply


# --- talking about one ---------------------------------------------------------------------------------------------------


@routes.action("deal.ask")
async def ask(ctx: Ctx) -> Reply:
    """[问一句], [回一句]"""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    return await _open_about(ctx, ASK, whole)


@routes.submit(ASK)
async def asked(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """Passed on."""
    return await _pass_on(ctx, _about(draft), str(values["text"]))


async def _pass_on(ctx: Ctx, deal_id: int, text: str) -> Reply:
    to = await usecase.say(ctx.tx, ctx.me, deal_id, text, ctx.once)
    return Message(ctx.t("deals.passed_on", name=to.name))


@routes.subject("deal")
async def reply(ctx: Ctx, deal_id: int, text: str) -> Reply:
    """A reply to a message about a deal: 确认, 退回 (原因), 撤回, an answer to the open question, or something to pass on."""
    if looks_like_deal(text):
        return await line(ctx, text)
    word = routes.find_word(text)
    if word is not None and word[0].private and word[0].name != CANCEL_WORD:  # 退单 is about this deal here
        ctx.rest = word[1]
        return await word[0].handler(ctx)
    draft = await drafts.active(ctx.tx, ctx.me.id)
    form = routes.forms.get(draft.form) if draft else None
    if draft is not None and form in (REJECT, CANCEL, ASK) and form is not None and _about(draft) == deal_id:
        return await form_flow.take(ctx, form, draft, text)
    bare = text.strip().rstrip("。.!！").casefold()
    if bare in CONFIRM_WORDS:
        return await _confirm(ctx, deal_id)
    if bare in WITHDRAW_WORDS:
        return await _withdraw(ctx, deal_id)
    if bare.startswith(CANCEL_WORD):
        ctx.args = {"id": deal_id}
        return await cancel(ctx)
    for start_word in REJECT_WORDS:
        if bare.startswith(start_word):
            reason = re.sub(r"^[\W_]+", "", text.strip()[len(start_word) :])
            if not reason:
                return await _ask_reason(ctx, deal_id)
            whole = await usecase.reject(ctx.tx, ctx.me, deal_id, reason)
            return await _with_next(ctx, whole, _rejected_text(ctx, whole))
    return await _pass_on(ctx, deal_id, text)
