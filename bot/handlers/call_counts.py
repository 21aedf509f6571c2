"""Totals of a day (`今天 拨打120 接通45`), and entries for somebody who has no phone at hand (`补录 胡伟 …`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.channels.port import Button, Message
from bot.forms.colleagues import Colleague, find
from bot.forms.proxy import PROXY
from bot.handlers.call_receipts import person_of
from bot.handlers.calls import Source, source_of, take
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.render.call_lines import day_words, rate_words
from core.rules.calls import looks_like_call
from core.rules.names import clean_text
from core.rules.people import Person, leads, oversees
from core.rules.sounds import sound
from core.rules.tallies import MAX_DIALS, Counts, parse_counts
from core.rules.when import parse_day
from core.store import calls as store
from core.store import people
from core.store.drafts import Draft
from core.usecases import calls as usecase
from core.usecases import day_counts, entered_for

EDGES = " ,:\uff0c\uff1a"  # what people put behind a name
SHOWN = 5  # names offered as buttons


def _packed(counts: Counts) -> dict[str, Any]:
    return {
        "counted": counts.day.isoformat(), "dials": counts.dials, "connected": counts.connected,
        "intentions": counts.intentions, "visits": counts.visits,
    }  # fmt: skip


def _unpacked(args: Any) -> Counts:
    return Counts(
        date.fromisoformat(args["counted"]), args["dials"], args["connected"], args["intentions"], args["visits"]
    )


def _day(ctx: Ctx, day: date) -> str:
    return ctx.t("calls.today") if day == ctx.tx.today else day_words(day, ctx.lang)


@routes.line(30)
async def line(ctx: Ctx, text: str) -> Reply:
    """The figures of a day."""
    counts = parse_counts(text, ctx.at.astimezone(ctx.tx.company.zone))
    return None if counts is None else await state(ctx, ctx.me, counts, source_of(ctx))


async def state(ctx: Ctx, person: Person, counts: Counts, source: Source) -> Reply:
    """State a day's totals, or say what cannot be."""
    if (counts.connected or 0) > counts.dials:
        swapped = replace(counts, dials=counts.connected or 0, connected=counts.dials, problems=())
        label = ctx.t("calls.swap", dials=swapped.dials, connected=swapped.connected)
        args = {**_packed(swapped), "person": person.id, **source.packed()}
        row = (Button(label, "count.state", args), ctx.button("calls.retype", "count.retype"))
        return Message(ctx.t("calls.more_connected", connected=counts.connected, dials=counts.dials), (row,))
    if counts.dials > MAX_DIALS:
        return Message(ctx.t("calls.too_many", dials=f"{counts.dials:,}", limit=f"{MAX_DIALS:,}"))
    if (ahead := _ahead(counts.day, ctx.tx.today)) is not None:
        return Message(ctx.t("calls.day_future", day=day_words(ahead, ctx.lang)))
    before = await store.day_count(ctx.tx, person.id, counts.day)
    done = await day_counts.state_day(
        ctx.tx, ctx.me, person, counts, at=source.at, at_source=source.at_source, once=source.once
    )
    if person.id != ctx.me.id:
        text = ctx.t(
            "calls.proxy_count", name=person.name, day=day_words(counts.day, ctx.lang), dials=done.stated.dials,
            connected=done.tally.connected,
        )  # fmt: skip
    else:
        text = _total(ctx, counts, done)
    args = {"id": done.stated.id, "once": done.stated.once}
    if before is not None and before.once != done.stated.once and before.proxy != store.DECLINED:
        figures = Counts(before.day, before.dials, before.connected, before.intentions, before.visits)
        args["before"] = {**_packed(figures), "proxy": before.proxy, "by": before.logged_by}
    look = ctx.button("calls.look_today", "call.day", once=False, person=person.id, day=counts.day.isoformat(), page=0)
    return Message(text, ((look, Button(ctx.t("calls.undo"), "count.undo", args)),), edit=ctx.pressed)


def _ahead(day: date, today: date) -> date | None:
    """A day to come, also one that was read as last year's because the year was not said."""
    if day > today:
        return day
    meant = day + timedelta(days=365)
    again = next((d for d in (meant, meant + timedelta(days=1)) if (d.month, d.day) == (day.month, day.day)), None)
    return again if again is not None and timedelta() < again - today < timedelta(days=60) else None


def _total(ctx: Ctx, counts: Counts, done: day_counts.Day) -> str:
    tally = done.tally
    text = ctx.t(
        "calls.day_total",
        day=_day(ctx, counts.day),
        dials=tally.dials,
        connected=tally.connected,
        rate=rate_words(tally),
    )
    gap = "" if ctx.lang == "zh" else " "
    if done.singles > counts.dials:
        text += gap + ctx.t("calls.day_singles_more", singles=done.singles, dials=counts.dials)
    elif counts.connected is not None and tally.connected > counts.connected:
        text += gap + ctx.t("calls.day_connected_more", connected=tally.connected)
    elif done.singles:
        text += gap + ctx.t("calls.day_included", singles=done.singles)
    if counts.intentions is not None or counts.visits is not None:
        text += "\n" + ctx.t("calls.day_more", intentions=tally.intentions, visits=tally.visits)
    if counts.note:
        text += "\n" + ctx.t("calls.count_note", note=counts.note)
    return text


@routes.action("count.state")
async def stated(ctx: Ctx) -> Reply:
    """The figures the right way round."""
    person = await person_of(ctx, int(ctx.args["person"]))
    return await state(ctx, person, _unpacked(ctx.args), Source.unpacked(ctx.args))


@routes.action("count.retype")
async def retype(ctx: Ctx) -> Reply:
    """They type it again."""
    return ctx.say("calls.retype_now")


@routes.action("count.undo")
async def undo(ctx: Ctx) -> Reply:
    """Back to what was stated before."""
    known = await store.day_count_by_id(ctx.tx, int(ctx.args["id"]))
    kept = ctx.args.get("before")
    before = (_unpacked(kept), int(kept["by"]), kept["proxy"]) if kept else None
    await day_counts.undo_day(ctx.tx, ctx.me, int(ctx.args["id"]), str(ctx.args["once"]), before)
    assert known is not None
    tally = await usecase.tally_of(ctx.tx, known.person_id, known.day)
    return ctx.say("calls.count_undone", day=_day(ctx, known.day), dials=tally.dials, connected=tally.connected)


# --- for somebody else -------------------------------------------------------------------------------------------


@routes.word("补录", "/proxy", takes=True, menu=False, allowed=leads)
async def proxy(ctx: Ctx) -> Reply:
    """`补录 胡伟 拨打96 接通31`, `补录 胡伟 记 李总 138… 没接`, either for another day."""
    if not ctx.rest:
        return Message(ctx.t("calls.proxy_how"))
    return await enter_for(ctx, clean_text(ctx.rest).strip())


async def _mine(ctx: Ctx) -> list[Person]:
    """Whom I may enter calls for."""
    everyone = await people.everybody(ctx.tx)
    return [p for p in everyone if p.id != ctx.me.id and oversees(ctx.me, p)]


async def enter_for(ctx: Ctx, text: str) -> Reply:
    """Who is meant, and what is entered."""
    mine = await _mine(ctx)
    if not mine:
        return Message(ctx.t("calls.proxy_unknown_nobody"))
    name, rest = _split(text, mine)
    candidates = _meant(name, mine)
    if len(candidates) == 1:
        return await _enter(ctx, candidates[0], rest)
    if candidates:
        buttons = [
            Button(f"{p.name[:30]} {p.employee_no}", "call.proxy_who", {"person": p.id, "text": rest})
            for p in candidates[:SHOWN]
        ]
        return Message(ctx.t("calls.proxy_which"), tuple((b,) for b in buttons))
    return await open_form(ctx, PROXY, subject=ctx.once, context={"text": rest, "name": name})


def _split(text: str, mine: list[Person]) -> tuple[str, str]:
    """The name and what follows; a known name needs no space behind it."""
    known = sorted((p.name for p in mine if text.startswith(p.name)), key=len, reverse=True)
    if known:
        return known[0], text[len(known[0]) :].strip(EDGES)
    name, _, rest = text.partition(" ")
    return name.strip(EDGES), rest.strip()


def _meant(name: str, mine: list[Person]) -> list[Person]:
    """Who may be meant. Names that sound the same are all meant, even when one is typed exactly: input methods slip."""
    if number := [p for p in mine if p.employee_no == name]:
        return number
    alike = [p for p in mine if sound(p.name) == sound(name)]
    if alike:
        return sorted(alike, key=lambda p: (p.name != name, p.employee_no))
    by_id = {p.id: p for p in mine}
    return [by_id[c.id] for c in find(name, [Colleague.of(p) for p in mine])]


async def _enter(ctx: Ctx, person: Person, rest: str) -> Reply:
    now = ctx.at.astimezone(ctx.tx.company.zone)
    counts = parse_counts(rest, now)
    if counts is not None:
        return await state(ctx, person, counts, source_of(ctx))
    head, _, tail = rest.partition(" ")
    found = parse_day(head, now, past=True) if tail else None
    day, text = (found.on, tail.strip()) if found is not None and found.span == (0, len(head)) else (None, rest)
    if day is not None and (ahead := _ahead(day, ctx.tx.today)) is not None:
        return Message(ctx.t("calls.day_future", day=day_words(ahead, ctx.lang)))
    if text and looks_like_call(text, ctx.tx.policy.calls.outcomes, now):
        return await take(ctx, text, person=person, day=day)
    return Message(ctx.t("calls.proxy_what", name=person.name))


@routes.action("call.proxy_who", allowed=leads)
async def chosen(ctx: Ctx) -> Reply:
    """The person was chosen among those whose names sound alike."""
    person = await person_of(ctx, int(ctx.args["person"]))
    return await _enter(ctx, person, str(ctx.args["text"]))


@routes.submit(PROXY)
async def named(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """The person was named again; what was to be entered was kept."""
    return await enter_for(ctx, f"{values['who']} {draft.context['text']}")


@routes.action("call.right", "call.wrong")
async def answer(ctx: Ctx) -> Reply:
    """对 / 不对: what was entered for me."""
    right = bool(ctx.args["right"])
    if "call" in ctx.args:
        entered = await store.by_id(ctx.tx, int(ctx.args["call"]))
        by = entered.logged_by if entered else 0
        entry = (int(ctx.args["call"]), str(ctx.args["version"]))
        await entered_for.answer_proxy(ctx.tx, ctx.me, call=entry, right=right)
    else:
        count = await store.day_count_by_id(ctx.tx, int(ctx.args["count"]))
        by = count.logged_by if count else 0
        version = (int(ctx.args["count"]), str(ctx.args["version"]))
        await entered_for.answer_proxy(ctx.tx, ctx.me, count=version, right=right)
    if right:
        return ctx.say("calls.accepted")
    teller = await people.by_id(ctx.tx, by)
    return ctx.say("calls.declined", name=teller.name if teller else "")
