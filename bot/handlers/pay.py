"""Earnings, in private only: the card, why, what if, the months, the payslip; those whom one leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.channels.port import Button, File, Message
from bot.forms.pay import WHAT_IF
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.render import pay as words
from bot.render import pay_adjusted, pay_lines, pay_sheet, pay_slip
from bot.render.months import month_said
from bot.render.pictures import pay as draw
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.money import yuan
from core.rules.pay import Component, DealKind
from core.rules.people import AGENTS, Person, Role
from core.usecases import pay, pay_ahead, pay_year
from core.usecases import people as looking_for
from core.usecases.pay import Earnings

PAGE = 5
GROUP_PAGE = 6


def _month(ctx: Ctx) -> Month:
    key = ctx.args.get("month")
    return Month.parse(str(key)) if key else Month.of(ctx.tx.today)


async def _found(ctx: Ctx, month: Month | None = None) -> Earnings:
    """The month a button speaks of: one's own, or that of somebody one leads, asked anew at every press."""
    month = month or _month(ctx)
    key = ctx.args.get("person")
    return await pay.earn(
        ctx.tx, await pay.subject_of(ctx.tx, ctx.me, int(key) if key is not None else None, month), month
    )


# --- the card -----------------------------------------------------------------------------------------------------------


@routes.word("收入", "/pay", "工资", "pay", takes=True)
async def show(ctx: Ctx) -> Reply:
    """The month so far; 收入 2026-10 or 收入 10月 an earlier one; 收入 朱佳怡 for those who lead her."""
    month, name = _said(ctx)
    subject = ctx.me
    if name:
        if not pay.leads_somebody(ctx.me):
            raise Refusal("pay.own_only")
        known = [one for one in await looking_for.search(ctx.tx, ctx.me, name) if one.works]
        seen = [one for one in known if await pay.may_see(ctx.tx, ctx.me, one, month)]
        if not seen:
            raise Refusal("pay.own_only" if known else "pay.nobody", name=name[:32])
        if len(seen) > 1:
            rows = [_person_button(ctx, one, month, one.name) for one in seen[:GROUP_PAGE]]
            return Message(ctx.t("people.which"), tuple((one,) for one in rows), protect=True)
        subject = seen[0]
    return await _card(ctx, await pay.earn(ctx.tx, subject, month))


def _said(ctx: Ctx) -> tuple[Month, str]:
    """The month and the name behind the word. Refusal `pay.which_month`."""
    this = Month.of(ctx.tx.today)
    pieces = ctx.rest.split()
    dated = [piece for piece in pieces if any(c.isdigit() for c in piece)]
    name = " ".join(piece for piece in pieces if piece not in dated)
    if not dated:
        return this, name
    digits = "".join(c if c.isdigit() else " " for c in dated[0]).split()
    try:
        year = int(digits[0]) if len(digits) == 2 else this.year
        wanted = Month(year, int(digits[-1]))
    except (ValueError, IndexError):
        raise Refusal("pay.which_month") from None
    month = wanted if wanted <= this or len(digits) == 2 else Month(year - 1, wanted.month)
    if month > this or len(dated) > 1:
        raise Refusal("pay.which_month")
    return month, name


@routes.action("pay.card")
async def card(ctx: Ctx) -> Reply:
    """Back to the card; beside a picture as a message of its own."""
    made = await _card(ctx, await _found(ctx))
    return replace(made, edit=False) if ctx.args.get("beside") else made


async def _card(ctx: Ctx, found: Earnings) -> Message:
    beside = await pay_ahead.beside(ctx.tx, found, ctx.me)
    text = words.card(found, ctx.tx.today, ctx.lang, beside, ctx.me)
    return Message(text, words.buttons(ctx.lang, found, ctx.me, ctx.tx.today), edit=ctx.pressed, protect=True)


@routes.action("pay.fold")
async def fold(ctx: Ctx) -> Reply:
    """Somebody stands behind me: the amounts go behind a button."""
    month = _month(ctx)
    row = (ctx.button("pay.unfold", "pay.card", once=False, **_args(ctx, month)),)
    return Message(ctx.t("pay.folded", month=month.start.month), (row,), edit=ctx.pressed, protect=True)


def _args(ctx: Ctx, month: Month) -> dict[str, Any]:
    """Month, and whose it is where it is not one's own."""
    person = ctx.args.get("person")
    return {"month": month.key} | ({"person": int(person)} if person is not None else {})


@routes.action("pay.picture")
async def picture(ctx: Ctx) -> Reply:
    """The month and the year as a picture, covered until it is tapped; no amount stands in what a lock screen shows."""
    found = await _found(ctx)
    month = found.month.month
    year = [
        (each, made if await pay.may_see(ctx.tx, ctx.me, found.person, each) else None)
        for each, made in await pay_year.year(ctx.tx, found.person, month)
    ]
    drawing = draw.card(found, year, ctx.tx.today, ctx.lang)
    words_instead = words.card(found, ctx.tx.today, ctx.lang, viewer=ctx.me)
    file = File("pay.png", picture=True, drawing=drawing, hidden=True, otherwise=words_instead)
    row = (ctx.button("pay.picture_back", "pay.card", beside=True, once=False, **_args(ctx, month)),)
    return Message(ctx.t("pictures.pay_caption", month=month.start.month), (row,), file=file, protect=True)


# --- why ----------------------------------------------------------------------------------------------------------------


@routes.word("为什么", "/why", menu=False)
async def why_word(ctx: Ctx) -> Reply:
    """Why this amount?"""
    return await why(ctx)


@routes.action("pay.why")
async def why(ctx: Ctx) -> Reply:
    """Each line with its slices and its article."""
    found = await _found(ctx)
    visits = await pay.behind(ctx.tx, found, Component.SHARES) if found.statement.shares else []
    rows = words.buttons(ctx.lang, found, ctx.me, ctx.tx.today, "why")
    earlier = await pay_adjusted.lines(ctx.tx, found, ctx.lang)
    return Message(words.why(found, visits, ctx.lang, earlier), rows, edit=ctx.pressed, protect=True)


@routes.action("pay.lines")
async def lines(ctx: Ctx) -> Reply:
    """[逐项看]: which line?"""
    found = await _found(ctx)
    args = _args(ctx, found.month.month)
    offered = [
        Button(pay_lines.label(one, fen, ctx.lang), "pay.line", args | {"line": one.value}, once=False)
        for one, fen in pay_lines.shown(found)
    ]
    rows = [tuple(offered[n : n + 2]) for n in range(0, len(offered), 2)]
    text = ctx.t("pay.lines", month=found.month.month.start.month)
    return Message(
        text, (*rows, (ctx.button("pay.back", "pay.why", once=False, **args),)), edit=ctx.pressed, protect=True
    )


@routes.action("pay.line")
async def line(ctx: Ctx) -> Reply:
    """A line: its slices, its deals a page at a time, the article and the version."""
    found = await _found(ctx)
    component, number = Component(str(ctx.args["line"])), max(0, int(ctx.args.get("page", 0)))
    month = found.month.month
    args = _args(ctx, month) | {"line": component.value}
    sold = await pay.behind(ctx.tx, found, component)
    heads = component is Component.COMMISSION and found.month.role in {Role.SUPERVISOR, Role.MANAGER}
    sellers = await pay.sellers_of(ctx.tx, found) if heads and not sold else []
    text = pay_lines.page(found, component, sold, sellers, number, ctx.lang)
    more = (number + 1) * pay_lines.PAGE < max(len(sold), len(sellers))
    turns = ctx.turns(("people.page_back", "people.page_next"), "pay.line", number, more=more, **args)
    last = [ctx.button("pay.back", "pay.lines", once=False, **_args(ctx, month))]
    if found.person.id == ctx.me.id:
        about = {"month": month.key, "line": component.value}
        last.insert(0, ctx.button("pay.doubt", "dispute.about", once=False, **about))
    rows = ((tuple(turns),) if turns else ()) + (tuple(last),)
    return Message(text, rows, edit=ctx.pressed, protect=True)


@routes.action("pay.deals")
async def deals(ctx: Ctx) -> Reply:
    """[看每一单]: every deal of the month, sold or visited, counted or not."""
    found, page = await _found(ctx), max(0, int(ctx.args.get("page", 0)))
    month = found.month.month
    sold = await pay.sold(ctx.tx, found.person, month)
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "pay.deals", page, more=(page + 1) * PAGE < len(sold),
        **_args(ctx, month),
    )  # fmt: skip
    last = [ctx.button("pay.back", "pay.why", once=False, **_args(ctx, month))]
    if found.person.id == ctx.me.id and sold:
        last.insert(0, ctx.button("pay.doubt", "dispute.deals", month=month.key, page=page, once=False))
    rows = ((tuple(turns),) if turns else ()) + (tuple(last),)
    return Message(words.deals(sold, month, ctx.lang, page, PAGE), rows, edit=ctx.pressed, protect=True)


# --- the months and the payslip -----------------------------------------------------------------------------------------


@routes.action("pay.history")
async def history(ctx: Ctx) -> Reply:
    """The months, each with its state."""
    subject = await _found(ctx, Month.of(ctx.tx.today))
    months = await pay.history(ctx.tx, ctx.me, subject.person)
    args = _args(ctx, Month.of(ctx.tx.today))
    picks = [
        Button(month_said(month, ctx.tx.today, ctx.lang), "pay.card", args | {"month": month.key}, once=False)
        for month in [made.month.month for made in months[:6]]
    ]
    rows = tuple(tuple(picks[i : i + 3]) for i in range(0, len(picks), 3))
    last = (
        ctx.button("pay.year", "pay.picture", once=False, **args),
        ctx.button("pay.slip", "pay.slip", once=False, **args),
        ctx.button("pay.back", "pay.card", once=False, **args),
    )
    return Message(words.history(months, ctx.tx.today, ctx.lang), (*rows, last), edit=ctx.pressed, protect=True)


@routes.word("工资条", "/payslip", takes=True, menu=False)
async def slip_word(ctx: Ctx) -> Reply:
    """工资条, 工资条 10月: one's own."""
    month, name = _said(ctx)
    if name:
        raise Refusal("pay.which_month")
    return _slip(ctx, await pay.earn(ctx.tx, ctx.me, month))


@routes.action("pay.slip")
async def slip(ctx: Ctx) -> Reply:
    """[工资条]: in words, with the ways to a picture and to a file."""
    return _slip(ctx, await _found(ctx))


def _slip(ctx: Ctx, found: Earnings) -> Message:
    args = _args(ctx, found.month.month)
    row = (
        ctx.button("pay.picture", "pay.picture", once=False, **args),
        ctx.button("pay.sheet", "pay.sheet", once=False, **args),
        ctx.button("pay.back", "pay.card", once=False, **args),
    )
    return Message(pay_slip.slip(found, ctx.tx.today, ctx.lang), (row,), edit=ctx.pressed, protect=True)


@routes.action("pay.sheet")
async def sheet(ctx: Ctx) -> Reply:
    """[表格]: the slip as an xlsx of one's own."""
    found = await _found(ctx)
    month = found.month.month
    sold = await pay.sold(ctx.tx, found.person, month)
    content = pay_sheet.sheet(found, sold, ctx.tx.local, ctx.lang)
    if found.person.id != ctx.me.id:
        await ctx.tx.note(ctx.me.id, "pay.sheet", f"person:{found.person.id}", {"month": month.key})
    file = File(f"payslip-{month.key}-{found.person.employee_no}.xlsx", content)
    return Message(ctx.t("pay.sheet_caption", month=month.start.month), file=file, protect=True)


# --- what if ------------------------------------------------------------------------------------------------------------


@routes.word("如果", "/if", "what if", takes=True, menu=False)
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
    ahead = pay.ahead_of(found, amount, kind) if ctx.me.role in AGENTS else (None, None)
    return Message(
        words.what_if(amount, kind, made, other, ahead, ctx.lang),
        words.buttons(ctx.lang, found, ctx.me, ctx.tx.today, "if"), edit=ctx.pressed, protect=True,
    )  # fmt: skip


# --- those whom one leads -----------------------------------------------------------------------------------------------


@routes.action("pay.group", allowed=pay.leads_somebody)
async def group(ctx: Ctx) -> Reply:
    """[看组员]: of a supervisor the group, of the manager everybody, a page at a time; each opens."""
    month, page = _month(ctx), max(0, int(ctx.args.get("page", 0)))
    led = await pay.led_by(ctx.tx, ctx.me)
    back = ctx.button("pay.back", "pay.card", month=month.key, once=False)
    if not led:
        return ctx.say("pay.group_empty", ((back,),))
    pages = -(-len(led) // GROUP_PAGE)
    page = min(page, pages - 1)
    lines, picks = [], []
    for one in led[page * GROUP_PAGE : (page + 1) * GROUP_PAGE]:
        if not await pay.may_see(ctx.tx, ctx.me, one, month):
            continue
        total = yuan((await pay.earn(ctx.tx, one, month)).payable)
        lines.append(ctx.t("pay.group_line", name=one.name, total=total))
        picks.append(_person_button(ctx, one, month, one.name))
    head = ctx.t("pay.group_head", month=month.start.month, count=len(led), page=page + 1, pages=pages)
    rows = [tuple(picks[n : n + 3]) for n in range(0, len(picks), 3)]
    turns = ctx.turns(
        ("people.page_back", "people.page_next"), "pay.group", page, more=page + 1 < pages, month=month.key
    )
    return Message("\n".join([head, *lines]), (*rows, (*turns, back)), edit=ctx.pressed, protect=True)


def _person_button(ctx: Ctx, person: Person, month: Month, label: str) -> Button:
    """A button that opens somebody's month; who presses it is asked again there."""
    args = {"person": person.id, "month": month.key} if person.id != ctx.me.id else {"month": month.key}
    return Button(label, "pay.card", args, once=False)
