"""Earnings, in private only: the card, why, what if, the months."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.channels.port import Button, File, Message
from bot.forms.pay import WHAT_IF
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.render import pay as words
from bot.render.pictures import pay as draw
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.pay import DealKind
from core.rules.people import AGENTS, Role
from core.usecases import pay, pay_year

PAGE = 5


def _month(ctx: Ctx) -> Month:
    key = ctx.args.get("month")
    return Month.parse(str(key)) if key else Month.of(ctx.tx.today)


@routes.word("收入", "/pay", "工资", "pay", takes=True)
async def show(ctx: Ctx) -> Reply:
    """The month so far; 收入 2026-10 or 收入 10月 an earlier one."""
    month = Month.of(ctx.tx.today)
    if ctx.rest:
        digits = "".join(c if c.isdigit() else " " for c in ctx.rest).split()
        try:
            year = int(digits[0]) if len(digits) == 2 else month.year
            wanted = Month(year, int(digits[-1]))
        except (ValueError, IndexError):
            raise Refusal("pay.which_month") from None
        month = wanted if wanted <= month or len(digits) == 2 else Month(year - 1, wanted.month)
        if month > Month.of(ctx.tx.today):
            raise Refusal("pay.which_month")
    return await _card(ctx, month)


@routes.action("pay.card")
async def card(ctx: Ctx) -> Reply:
    """Back to the card; beside a picture as a message of its own."""
    made = await _card(ctx, _month(ctx))
    return replace(made, edit=False) if ctx.args.get("beside") else made


async def _card(ctx: Ctx, month: Month) -> Message:
    found = await pay.earn(ctx.tx, ctx.me, month)
    return Message(
        words.card(found, ctx.tx.today, ctx.lang), words.buttons(ctx.lang, month), edit=ctx.pressed, protect=True
    )


@routes.action("pay.fold")
async def fold(ctx: Ctx) -> Reply:
    """Somebody stands behind me: the amounts go behind a button."""
    month = _month(ctx)
    row = (ctx.button("pay.unfold", "pay.card", month=month.key, once=False),)
    return Message(ctx.t("pay.folded", month=month.start.month), (row,), edit=ctx.pressed, protect=True)


@routes.action("pay.picture")
async def picture(ctx: Ctx) -> Reply:
    """The month and the year as a picture, covered until it is tapped; no amount stands in what a lock screen shows."""
    month = _month(ctx)
    found = await pay.earn(ctx.tx, ctx.me, month)
    drawing = draw.card(found, await pay_year.year(ctx.tx, ctx.me, month), ctx.tx.today, ctx.lang)
    words_instead = words.card(found, ctx.tx.today, ctx.lang)
    file = File("pay.png", picture=True, drawing=drawing, hidden=True, otherwise=words_instead)
    row = (ctx.button("pay.picture_back", "pay.card", month=month.key, beside=True, once=False),)
    return Message(ctx.t("pictures.pay_caption", month=month.start.month), (row,), file=file, protect=True)


@routes.word("为什么", "/why", menu=False)
async def why_word(ctx: Ctx) -> Reply:
    """Why this amount?"""
    return await _why(ctx, Month.of(ctx.tx.today))


@routes.action("pay.why")
async def why(ctx: Ctx) -> Reply:
    """Each line with its slices and its article."""
    return await _why(ctx, _month(ctx))


async def _why(ctx: Ctx, month: Month) -> Message:
    found = await pay.earn(ctx.tx, ctx.me, month)
    return Message(words.why(found, ctx.lang), words.buttons(ctx.lang, month, "why"), edit=ctx.pressed, protect=True)


@routes.action("pay.deals")
async def deals(ctx: Ctx) -> Reply:
    """The deals behind it."""
    month, page = _month(ctx), int(ctx.args.get("page", 0))
    found = await pay.sold(ctx.tx, ctx.me, month)
    nav: list[Button] = []
    if page:
        nav.append(ctx.button("people.page_back", "pay.deals", month=month.key, page=page - 1, once=False))
    if (page + 1) * PAGE < len(found):
        nav.append(ctx.button("people.page_next", "pay.deals", month=month.key, page=page + 1, once=False))
    rows = ((tuple(nav),) if nav else ()) + words.buttons(ctx.lang, month, "deals")
    return Message(words.deals(found, month, ctx.lang, page, PAGE), rows, edit=ctx.pressed, protect=True)


@routes.action("pay.history")
async def history(ctx: Ctx) -> Reply:
    """The months."""
    months = await pay.history(ctx.tx, ctx.me)
    picks = [Button(made.month.key, "pay.card", {"month": made.month.key}, once=False) for made in months[:6]]
    rows = tuple(tuple(picks[i : i + 3]) for i in range(0, len(picks), 3))
    return Message(words.history(months, ctx.tx.today, ctx.lang), rows, edit=ctx.pressed, protect=True)


@routes.word("如果", "/if", takes=True, menu=False)
async def if_word(ctx: Ctx) -> Reply:
    """如果 8000 自拓."""
    if not ctx.rest:
        return await open_form(ctx, WHAT_IF)
    return await _imagine(ctx, ctx.rest)


@routes.action("pay.if")
async def if_button(ctx: Ctx) -> Reply:
    """How much, of which kind?"""
    return await open_form(ctx, WHAT_IF)


@routes.submit(WHAT_IF)
async def if_answer(ctx: Ctx, values: dict[str, Any], _: Any) -> Reply:
    """The true worth."""
    return await _imagine(ctx, str(values["deal"]))


async def _imagine(ctx: Ctx, text: str) -> Reply:
    if ctx.me.role not in AGENTS and ctx.me.role not in {Role.SUPERVISOR, Role.MANAGER}:
        raise Refusal("pay.if_not_for_you")
    month = Month.of(ctx.tx.today)
    amount, kind = pay.parse_imagined(ctx.tx, text)
    found = await pay.earn(ctx.tx, ctx.me, month)
    made = pay.imagine(found, amount, kind)
    other = pay.imagine(found, amount, DealKind.DELEGATED) if ctx.me.role is Role.CLERK else None
    return Message(
        words.what_if(amount, kind, made, other, ctx.lang), words.buttons(ctx.lang, month, "if"),
        edit=ctx.pressed, protect=True,
    )  # fmt: skip
