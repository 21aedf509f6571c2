"""Deals to look at: one in full, lists by month, contacts, follow-up, applause, and what they add to 待办."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.channels.port import Button, Message, Toast
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import deal_lines as say
from bot.render import deals as render
from bot.render import payments as pay_words
from bot.render.call_lines import outcome_words, who
from bot.render.months import month_said
from core.rules import money
from core.rules.calendar import Month
from core.rules.deals import DealState
from core.rules.handing_in import sells
from core.rules.people import Person, company_wide, manages, oversees
from core.store import customers, deals, people
from core.usecases import calls as calls_usecase
from core.usecases import deals as usecase
from core.usecases import looking_up, payments, whole_deals
from core.usecases.whole_deals import Whole

PAGE = 5
HISTORY = 6


@routes.action("deal.show")
async def show(ctx: Ctx) -> Reply:
    """One deal as it stands, with what this person may do about it."""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    return await _detail(ctx, whole)


async def _detail(ctx: Ctx, whole: Whole) -> Message:
    state, mine = whole.head.state, whole.seller.id == ctx.me.id
    first: list[Button] = []
    if state is DealState.PENDING and whole_deals.may_decide(ctx.tx, ctx.me, whole):
        first += render.decision_row(whole, ctx.lang)
    if mine and state is DealState.REJECTED:
        first.append(ctx.button("deals.redo", "deal.redo", once=False, id=whole.id))
    if mine and state in {DealState.PENDING, DealState.REJECTED}:
        first.append(ctx.button("deals.withdraw", "deal.withdraw", id=whole.id))
    second: list[Button] = []
    if whole.customer is not None and (whole.customer.owner_id == ctx.me.id or oversees(ctx.me, whole.seller)):
        second.append(render.history_button(whole, ctx.lang))
    if mine and state is DealState.CONFIRMED:
        second.append(ctx.button("deals.follow", "deal.follow", once=False, id=whole.id))
    if state in {DealState.PENDING, DealState.CONFIRMED} and all(manages(ctx.me, s) for s in whole.sellers):
        second.append(ctx.button("deals.cancel_deal", "deal.cancel", once=False, id=whole.id))
    third = pay_words.buttons(ctx.tx, whole, money_of := await payments.paid(ctx.tx, whole), ctx.me, ctx.lang)
    shown = await render.detail(ctx.tx, whole, ctx.lang, [tuple(first), tuple(second), third], edit=ctx.pressed)
    return replace(shown, text=shown.text + pay_words.standing(money_of, ctx.lang))


@routes.action("deal.history")
async def history(ctx: Ctx) -> Reply:
    """[看联系记录]: when and with what outcome; what was said stays with the owner."""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    back = (ctx.button("deals.back_to_list", "deal.show", once=False, id=whole.id),)
    rows: list[tuple[Button, ...]] = [back]
    if whole.head.state is DealState.PENDING and whole_deals.may_decide(ctx.tx, ctx.me, whole):
        rows.insert(0, render.decision_row(whole, ctx.lang))
    if whole.customer is None:
        return ctx.say("deals.history_empty", tuple(rows))
    customer, some = await looking_up.history(ctx.tx, ctx.me, whole.customer.id, limit=HISTORY)
    if not some:
        return ctx.say("deals.history_empty", tuple(rows))
    count = await calls_usecase.contacts(ctx.tx, customer.id)
    lines = [ctx.t("deals.history_title", customer=who(customer.name, customer.phone, ctx.lang), count=count)]
    for call in some:
        outcome = outcome_words(ctx.tx.policy.calls.outcomes, call.outcome, call.intention, ctx.lang)
        at = say.stamp(call.at, ctx.tx.company.zone, ctx.lang)
        lines.append(ctx.t("deals.history_line", at=at, outcome=outcome))
    return Message("\n".join(lines), tuple(rows), edit=ctx.pressed, subject=render.subject(whole), protect=True)


@routes.word("我的单", "/deals", "单子", "my deals")
async def mine(ctx: Ctx) -> Reply:
    """This month's deals: one's own, or for those who lead, their people's."""
    scope = "mine" if ctx.me.is_agent else "team"
    return await _list(ctx, scope, Month.of(ctx.tx.today), 0)


@routes.word("退单", "/refund", menu=False)
async def refund(ctx: Ctx) -> Reply:
    """Whoever leads finds the deal in the list; an agent hears who enters it."""
    if ctx.me.is_agent:
        head = await people.superior_of(ctx.tx, ctx.me)
        return ctx.say("deals.refund_ask_head", name=head.name if head else ctx.t("people.role_supervisor"))
    month = Month.of(ctx.tx.today)
    signed = await deals.total(ctx.tx, month.start, month.end, **_narrow(ctx.me, "team"))
    shown = month if signed.count else month.previous
    found = await _list(ctx, "team", shown, 0)
    _, *lines = found.text.split("\n")
    if not lines:
        return found  # nothing was signed: there is nothing to refund
    which = ctx.t("deals.refund_which", month=month_said(shown, ctx.tx.today, ctx.lang))
    return replace(found, text="\n".join([which, *lines]))


@routes.action("deal.list")
async def turn(ctx: Ctx) -> Reply:
    """Another page, another month, or the other list."""
    return await _list(ctx, str(ctx.args["scope"]), Month.parse(str(ctx.args["month"])), int(ctx.args["page"]))


def _narrow(me: Person, scope: str) -> dict[str, list[int]]:
    """Whose deals a list holds: nobody sees more than they oversee."""
    if scope == "mine" or me.is_agent:
        return {"person_ids": [me.id]}
    if company_wide(me):
        return {}
    return {"team_ids": [me.team_id] if me.team_id is not None else []}


async def _list(ctx: Ctx, scope: str, month: Month, page: int) -> Message:
    tx, narrow = ctx.tx, _narrow(ctx.me, scope)
    shown, count = await deals.page(tx, month.start, month.end, offset=page * PAGE, limit=PAGE, **narrow)
    turns = [_turn(ctx, "deals.earlier_month", scope, month.previous, 0)]
    if sells(ctx.me) and not ctx.me.is_agent:
        other = ("mine", "deals.only_mine") if scope == "team" else ("team", "deals.of_team")
        turns.append(_turn(ctx, other[1], other[0], month, 0))
    if not count:
        return ctx.say("deals.mine_empty", (tuple(turns),), month=month_said(month, tx.today, ctx.lang))
    pages = -(-count // PAGE)
    confirmed = await deals.total(tx, month.start, month.end, **narrow)
    pending = await deals.total(tx, month.start, month.end, states=[DealState.PENDING], **narrow)
    title = {
        "month": month_said(month, tx.today, ctx.lang),
        "count": confirmed.count,
        "total": money.yuan_short(confirmed.fen),
    }
    lines = [ctx.t("deals.mine_title", **title, pending=pending.count)]
    known = await customers.by_ids(tx, [d.customer_id for d in shown if d.customer_id is not None])
    sellers = await people.by_ids(tx, [d.seller_id for d in shown])
    for n, deal in enumerate(shown, 1):
        customer = known.get(deal.customer_id or 0)
        whose = who(customer.name, customer.phone, ctx.lang) if customer else "–"
        amount, state = money.yuan_short(deal.amount_fen), ctx.t(f"deals.state_{deal.state.value}")
        values = {"n": n, "day": f"{deal.signed_on:%m-%d}", "amount": amount, "state": state}
        # A list of a whole team names sellers, one's own names customers.
        name = whose if scope == "mine" else sellers[deal.seller_id].name
        lines.append(ctx.t("deals.mine_line", **values, customer=name))
    if pages > 1:
        lines.append(ctx.t("deals.mine_more", count=count, page=page + 1, pages=pages))
    numbers = tuple(Button(str(n), "deal.show", {"id": deal.head_id}, once=False) for n, deal in enumerate(shown, 1))
    if page > 0:
        turns.insert(0, _turn(ctx, "deals.page_back", scope, month, page - 1))
    if page + 1 < pages:
        turns.append(_turn(ctx, "deals.page_on", scope, month, page + 1))
    return Message("\n".join(lines), (numbers, tuple(turns)), edit=ctx.pressed, protect=True)


def _turn(ctx: Ctx, key: str, scope: str, month: Month, page: int) -> Button:
    return ctx.button(key, "deal.list", once=False, scope=scope, month=month.key, page=page)


@routes.action("deal.pay")
async def pay(ctx: Ctx) -> Reply:
    """[看收入]: as if the word had been typed."""
    word = routes.find_word("收入")
    if word is None:
        return Toast(ctx.t("common.old_button"))
    reply = await word[0].handler(ctx)
    return replace(reply, edit=False) if isinstance(reply, Message) else reply  # the receipt stays


# --- 稳单 and applause -------------------------------------------------------------------------------------------------------


@routes.action("deal.follow")
async def follow(ctx: Ctx) -> Reply:
    """[安排回访]: when?"""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    today = ctx.tx.today
    days = (
        ("day", today + timedelta(days=1)),
        ("week", today + timedelta(days=7)),
        ("month", today + timedelta(days=30)),
    )
    row = tuple(
        ctx.button(f"deals.follow_{name}", "deal.follow_at", id=whole.id, day=day.isoformat()) for name, day in days
    )
    text = ctx.t("deals.follow_when", customer=say.customer(whole, ctx.lang) or "–")
    return Message(text, (row,), protect=True)


@routes.action("deal.follow_at")
async def follow_at(ctx: Ctx) -> Reply:
    """A day was chosen."""
    at: datetime = ctx.tx.at(date.fromisoformat(str(ctx.args["day"])), time(10))
    whole = await usecase.follow_up(ctx.tx, ctx.me, int(ctx.args["id"]), at)
    at_words = say.stamp(at, ctx.tx.company.zone, ctx.lang)
    return ctx.say("deals.follow_set", at=at_words, customer=say.customer(whole, ctx.lang) or "–")


@routes.action("deal.clap")
async def clap(ctx: Ctx) -> Reply:
    """[鼓掌]: counts, and nothing else."""
    deal_id = int(ctx.args["deal"])
    new, count = await deals.clap(ctx.tx, deal_id, ctx.me.id)
    if not new:
        return Toast(ctx.t("deals.clapped_before"))
    message = render.cheer_message(str(ctx.args["text"]), deal_id, count, str(ctx.args["lang"]), edit=True)
    return [message, Toast(ctx.t("deals.clapped", n=count))]


# --- 待办 ----------------------------------------------------------------------------------------------------------------------


@todo.provider(10)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """Deals to confirm, and one's own that were returned or wait."""
    lang, tx = ctx.lang, ctx.tx
    items = []
    for whole in await usecase.to_decide(tx, ctx.me):
        wait = say.wait_words(tx.now - whole.head.at, lang)
        values = {"seller": say.sellers(whole, lang), "what": say.what(whole, lang), "wait": wait}
        label = f"{whole.seller.name} {money.yuan_short(whole.amount)}"
        items.append(Item(ctx.t("deals.todo_confirm", **values), _open(label, whole)))
    returned, pending = await usecase.my_open(tx, ctx.me) if sells(ctx.me) else ([], [])
    for whole in returned:
        text = ctx.t("deals.todo_returned", what=say.what(whole, lang), reason=whole.head.reason or "")
        label = f"{ctx.t('deals.redo')} {money.yuan_short(whole.amount)}"
        items.append(Item(text, Button(label, "deal.redo", {"id": whole.id}, once=False)))
    for whole in pending:
        to = await whole_deals.confirmer_of(tx, whole)
        values = {"what": say.what(whole, lang), "wait": say.wait_words(tx.now - whole.head.at, lang)}
        text = (
            ctx.t("deals.todo_mine", **values, to=to.name)
            if to
            else ctx.t("deals.todo_mine_alone", what=values["what"])
        )
        items.append(Item(text, _open(f"{ctx.t('deals.state_pending')} {money.yuan_short(whole.amount)}", whole)))
    return items


def _open(label: str, whole: Whole) -> Button:
    return Button(label, "deal.show", {"id": whole.id}, once=False)
