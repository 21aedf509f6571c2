"""到账: money that came in for a deal, by a line or by a button on the deal; confirming, sending back, taking back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.port import Button, Message
from bot.forms.payment import PAYMENT, REASON
from bot.handlers import balances
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render import payments as words
from core.rules.errors import Refusal
from core.rules.handing_in import sells
from core.rules.payment_note import PaymentNote, parse_payment
from core.rules.payments import PaymentKind
from core.store.drafts import Draft
from core.store.payments import State
from core.usecases import payments, whole_deals
from core.usecases.payments import Paid

OFFERED = 5  # deals to choose from


def _read(ctx: Ctx, text: str) -> PaymentNote:
    """What the line says. Refusal: an amount that cannot be, a day that cannot be, no amount."""
    now = ctx.at.astimezone(ctx.tx.company.zone)
    said = parse_payment(text, now, ctx.tx.policy.deals.max_fen)
    wrong = next((one for one in said.problems if one.key.startswith("amounts.") or one.key == "when.impossible"), None)
    if wrong is not None:
        raise Refusal(wrong.key, **{"seen": wrong.seen, **wrong.params})
    if said.received_on is None and said.due_on is None:
        raise Refusal("payments.future")
    return said


@routes.word("到账", "/paid", "定金", "尾款", "回款", "收款", takes=True, menu=False, allowed=sells)
async def line(ctx: Ctx) -> Reply:
    """到账 3000 李总 · 定金 3000 李总 11-18: for one's own deal with that customer; alone it lists what is still open.

    尾款 李总 12-05, a day to come, agrees on when the rest is due.
    """
    mine = await payments.open_deals(ctx.tx, ctx.me)
    if not mine:
        raise Refusal("payments.no_deal")
    if not ctx.rest:
        return _choose(ctx, "payments.which_open", mine, None)
    said = _read(ctx, ctx.event.text)
    if said.amount_fen is None and said.due_on is None:
        raise Refusal("payments.how")
    matching = [one for one in mine if _is_meant(one, said)]
    if not matching:
        raise Refusal("payments.no_deal")
    if len(matching) > 1:
        return _choose(ctx, "payments.which", matching, said)
    if said.due_on is not None:
        return await balances.agree(ctx, matching[0].whole.id, said.due_on)
    return await _enter(ctx, matching[0].whole.id, said)


def _is_meant(found: Paid, said: PaymentNote) -> bool:
    customer = found.whole.customer
    if said.phone is not None:
        return customer is not None and customer.phone == said.phone
    if said.customer is not None:
        return (
            customer is not None and customer.name is not None and said.customer in (customer.name, customer.name[:1])
        )
    return True


def _choose(ctx: Ctx, key: str, some: Sequence[Paid], said: PaymentNote | None) -> Message:
    """Which deal?"""
    if said is not None and said.due_on is not None:
        told, action = {"day": said.due_on.isoformat()}, "balance.pick"
    else:
        told = {} if said is None or said.amount_fen is None else _packed(said)
        action = "payment.pick" if told else "payment.form"
    rows = tuple(
        (Button(words.open_deal(one, ctx.lang)[:60], action, {"id": one.whole.id, **told}, once=bool(told)),)
        for one in some[:OFFERED]
    )
    return Message(ctx.t(key, count=len(some)), rows, edit=ctx.pressed, protect=True)


def _packed(said: PaymentNote) -> dict[str, Any]:
    day = said.received_on.isoformat() if said.received_on else None
    return {"fen": said.amount_fen, "day": day, "kind": said.kind.value if said.kind else None}


async def _enter(ctx: Ctx, deal_id: int, said: PaymentNote, once: str | None = None) -> Message:
    assert said.amount_fen is not None
    assert said.received_on is not None
    found, one = await payments.enter(
        ctx.tx, ctx.me, deal_id, said.amount_fen, said.received_on, said.kind, at=ctx.at, at_source=ctx.at_source,
        once=once or f"payment:{ctx.once}",
    )  # fmt: skip
    confirmer = await whole_deals.confirmer_of(ctx.tx, found.whole)
    made = words.entered(one, found, confirmer, ctx.lang)
    return Message(made.text, made.rows, edit=ctx.pressed, subject=made.subject, protect=True)


@routes.action("payment.pick")
async def pick(ctx: Ctx) -> Reply:
    """That deal."""
    args = ctx.args
    day = ctx.at.astimezone(ctx.tx.company.zone).date()
    kind = PaymentKind(args["kind"]) if args.get("kind") else None
    told = PaymentNote(int(args["fen"]), kind, None, None, day.fromisoformat(str(args["day"])))
    return await _enter(ctx, int(args["id"]), told)


@routes.action("payment.form")
async def form(ctx: Ctx) -> Reply:
    """[记到账]: how much?"""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    found = await payments.paid(ctx.tx, whole)
    if not found.open:
        raise Refusal("payments.too_much", open=0)
    context = {"deal": whole.id, "what": words.open_deal(found, ctx.lang)}
    return await open_form(ctx, PAYMENT, subject=f"deal:{whole.id}", context=context)


@routes.submit(PAYMENT)
async def entered(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """3000 · 3000 定金 11-18 · 全部."""
    text = str(values["said"]).strip()
    deal_id = int(draft.context["deal"])
    if text.casefold() in {ctx.t("payments.all").casefold(), "全部", "all"}:
        found = await payments.paid(ctx.tx, await whole_deals.seen_by(ctx.tx, ctx.me, deal_id))
        day = ctx.at.astimezone(ctx.tx.company.zone).date()
        return await _enter(ctx, deal_id, PaymentNote(found.open, None, None, None, day), f"payment:{draft.submission}")
    said = _read(ctx, text)
    if said.due_on is not None:
        return await balances.agree(ctx, deal_id, said.due_on)
    if said.amount_fen is None:
        raise Refusal("payments.how")
    return await _enter(ctx, deal_id, said, f"payment:{draft.submission}")


# --- deciding ---------------------------------------------------------------------------------------------------------


@routes.action("payment.show")
async def show(ctx: Ctx) -> Reply:
    """A payment that waits."""
    one, found, who = await payments.receipt_of(ctx.tx, int(ctx.args["id"]))
    if not whole_deals.entitled(ctx.tx, ctx.me, found.whole):
        raise Refusal("deals.not_yours")
    if one.state is not State.PENDING:
        raise Refusal("payments.decided")
    return words.card(one, found, who, ctx.lang)


@routes.action("payment.confirm")
async def confirm(ctx: Ctx) -> Reply:
    """[确认到账]"""
    found, one = await payments.confirm(ctx.tx, ctx.me, int(ctx.args["id"]))
    return Message(
        words.decided(one, found, ctx.lang), edit=ctx.pressed, subject=f"deal:{found.whole.id}", protect=True
    )


@routes.action("payment.withdraw")
async def withdraw(ctx: Ctx) -> Reply:
    """[撤回]"""
    found, one = await payments.withdraw(ctx.tx, ctx.me, int(ctx.args["id"]))
    text = ctx.t("payments.withdrawn", what=words.what(one, found.whole, ctx.lang))
    return Message(text, edit=ctx.pressed, subject=f"deal:{found.whole.id}", protect=True)


@routes.action("payment.reject", "payment.void")
async def ask_reason(ctx: Ctx) -> Reply:
    """[退回], [冲销]: why?"""
    one, found, _ = await payments.receipt_of(ctx.tx, int(ctx.args["id"]))
    if not whole_deals.entitled(ctx.tx, ctx.me, found.whole):
        raise Refusal("deals.not_yours")
    if one.state not in {State.PENDING, State.CONFIRMED}:
        raise Refusal("payments.decided")
    context = {"payment": one.id, "what": words.what(one, found.whole, ctx.lang), "state": one.state.value}
    return await open_form(ctx, REASON, subject=f"payment:{one.id}", context=context)


@routes.submit(REASON)
async def reasoned(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """Sent back or taken back, with the reason."""
    act = payments.reject if draft.context["state"] == State.PENDING.value else payments.void
    try:
        found, one = await act(ctx.tx, ctx.me, int(draft.context["payment"]), str(values["reason"]))
    except Refusal as refusal:
        return ctx.say(refusal.key, (), **refusal.params)
    return Message(
        words.decided(one, found, ctx.lang), edit=ctx.pressed, subject=f"deal:{found.whole.id}", protect=True
    )


@routes.action("payment.list")
async def listed(ctx: Ctx) -> Reply:
    """[冲销到账]: which one?"""
    whole = await whole_deals.seen_by(ctx.tx, ctx.me, int(ctx.args["id"]))
    found = await payments.paid(ctx.tx, whole)
    rows = tuple(
        (
            Button(
                f"{words.kind_words(one, ctx.lang)} {one.amount_fen // 100:,} · {one.received_on:%m-%d}", "payment.void",
                {"id": one.id}, once=False,
            ),
        )
        for one in found.receipts
        if one.state is State.CONFIRMED
    )[-OFFERED:]  # fmt: skip
    back = (ctx.button("deals.back_to_list", "deal.show", once=False, id=whole.id),)
    return Message(ctx.t("payments.which_back"), (*rows, back), edit=ctx.pressed, protect=True)


@todo.provider(12)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """Payments to confirm."""
    if ctx.me.is_agent:
        return []
    return [
        Item(
            ctx.t("payments.todo", what=words.what(one, whole, ctx.lang), name=whole.seller.name),
            Button(
                f"{ctx.t('payments.confirm')} {one.amount_fen // 100:,}", "payment.show", {"id": one.id}, once=False
            ),
        )
        for one, whole in await payments.to_confirm(ctx.tx, ctx.me)
    ]
