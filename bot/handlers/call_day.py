"""Looking: the day's table, a team's day, a customer's record and number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from bot.channels.port import Button, Message
from bot.handlers.call_receipts import known_as, outcome_of, person_of, when_of
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.handlers.todo import Item, todo
from bot.render.call_lines import day_words, note_words, rate_words, stage_words, when_words, who
from bot.render.notices import render
from core.rules.deals import DealState
from core.rules.errors import Refusal
from core.rules.money import yuan_short
from core.rules.people import AGENTS, COMPANY_WIDE, Person, Role, oversees
from core.rules.phones import dialled, normalise
from core.rules.tallies import Tally
from core.store import calls as store
from core.store import customers, deals, people
from core.store.customers import Customer
from core.usecases import calls as usecase
from core.usecases import looking_up

DUE_FOR = timedelta(days=3)  # older call-backs are history, not a task
PAGE = 8  # calls of a customer, or customers, on a screen
NAMED = 8  # of those who have nothing yet; the rest are counted
LINES = 7  # of a message (docs/manners.md rule 2)
LISTED = 5  # calls on the later pages of a day: under its head and the list's
TURNS = ("calls.previous_page", "calls.next_page")
ONWARD = ("calls.previous_page", "calls.more")


@routes.word("今日", "/today", "today")
async def today(ctx: Ctx) -> Reply:
    """One's own day; for those who lead, the day of their people."""
    if ctx.me.role is Role.SUPERVISOR or ctx.me.role in COMPANY_WIDE:
        return await _overseen(ctx, ctx.tx.today)
    return await _own(ctx, ctx.me, ctx.tx.today, 0)


@routes.action("call.day")
async def day(ctx: Ctx) -> Reply:
    """A page of a day's table."""
    person = await person_of(ctx, int(ctx.args["person"]))
    if person.id != ctx.me.id and not oversees(ctx.me, person):
        raise Refusal("calls.not_yours")
    return await _own(ctx, person, date.fromisoformat(ctx.args["day"]), int(ctx.args["page"]))


@routes.action("call.team")
async def team(ctx: Ctx) -> Reply:
    """The day of one team, or of everybody in one's charge; a page of it."""
    chosen = int(ctx.args["team"]) if ctx.args.get("team") else None
    return await _overseen(ctx, date.fromisoformat(ctx.args["day"]), chosen, int(ctx.args.get("page", 0)))


async def _own(ctx: Ctx, person: Person, on: date, page: int) -> Reply:
    tally = await usecase.tally_of(ctx.tx, person.id, on)
    singles = await store.singles(ctx.tx, person.id, on)
    sold = await _deals(ctx, [person.id], on)
    lines = [ctx.t("calls.day_head", day=_named(ctx, on), name=person.name)]
    if not tally.dials and not sold and on == ctx.tx.today and person.id == ctx.me.id:
        return Message("\n".join([lines[0], ctx.t("calls.day_empty")]), edit=ctx.pressed)
    lines += [
        ctx.t("calls.day_figures", dials=tally.dials, connected=tally.connected, rate=rate_words(tally)),
        ctx.t("calls.day_fruits", intentions=tally.intentions, visits=tally.visits, signed=tally.signed),
        *sold,
    ]
    if on == ctx.tx.today:
        end = ctx.tx.at(on, ctx.tx.local.max.time())
        waiting = await store.due(ctx.tx, person.id, end, since=ctx.tx.at(on, ctx.tx.local.min.time()))
        if waiting:
            lines.append(ctx.t("calls.day_due", count=len(waiting)))
    room = LINES - len(lines) - 1  # for calls under the figures and the list's own head
    page = max(0, min(page, -(-(singles - room) // LISTED)))
    first, last = (0, room) if page == 0 else (room + (page - 1) * LISTED, room + page * LISTED)
    found = await store.of_day(ctx.tx, person.id, on, limit=last - first, offset=first) if last > first else []
    if page:
        lines = lines[:1]
    known = await customers.by_ids(ctx.tx, [c.customer_id for c in found if c.customer_id])
    if found:
        lines.append(ctx.t("calls.day_list", count=singles))
    for number, call in enumerate(found, first + 1):
        local = call.at.astimezone(ctx.tx.company.zone)
        customer = known.get(call.customer_id or 0)
        lines.append(
            ctx.t(
                "calls.day_row",
                n=number,
                time=f"{local:%H:%M}",
                who=known_as(ctx, customer),
                outcome=outcome_of(ctx, call),
            )
        )
    args = {"person": person.id, "day": on.isoformat()}
    buttons = ctx.turns(ONWARD, "call.day", page, more=last < singles, **args)
    if person.id != ctx.me.id or not ctx.me.is_agent:
        buttons.append(ctx.button("calls.see_team", "call.team", once=False, day=on.isoformat()))
    return Message("\n".join(lines), (tuple(buttons),) if buttons else (), edit=ctx.pressed, protect=bool(found))


def _named(ctx: Ctx, on: date) -> str:
    prefix = f"{ctx.t('calls.today')} " if on == ctx.tx.today else ""
    return prefix + day_words(on, ctx.lang)


async def _deals(ctx: Ctx, person_ids: list[int], on: date) -> list[str]:
    """What was signed that day: confirmed, and what waits for it."""
    lines = []
    for states, key in (((DealState.CONFIRMED,), "calls.day_deals"), ((DealState.PENDING,), "calls.day_deals_pending")):
        sums = await deals.sums(ctx.tx, on, on, "person", states=states, person_ids=person_ids)
        count, fen = sum(s.count for s in sums.values()), sum(s.fen for s in sums.values())
        if count:
            lines.append(ctx.t(key, count=count, amount=yuan_short(fen)))
    return lines


async def _overseen(ctx: Ctx, on: date, team_id: int | None = None, page: int = 0) -> Reply:
    """Everybody in one's charge; several teams first as sums. Days, never hours."""
    everyone = [p for p in await people.everybody(ctx.tx, roles=AGENTS) if oversees(ctx.me, p) and p.id != ctx.me.id]
    own = await usecase.tally_of(ctx.tx, ctx.me.id, on)
    buttons = []
    if own.dials:
        args = {"person": ctx.me.id, "day": on.isoformat(), "page": 0}
        buttons.append(ctx.button("calls.see_mine", "call.day", once=False, **args))
    if not everyone:
        return Message(ctx.t("calls.team_nobody"), (tuple(buttons),) if buttons else (), edit=ctx.pressed)
    figures = await usecase.tallies(ctx.tx, [p.id for p in everyone], on, on)
    teams = {p.team_id: p.team or ctx.t("people.no_team") for p in everyone}
    if len(teams) == 1 or (team_id is not None and team_id in teams):
        chosen = team_id if team_id in teams else next(iter(teams))
        members = [p for p in everyone if p.team_id == chosen]
        text, turns = _team(ctx, chosen, members, figures, on, page)
        buttons = [*turns, *buttons]
        if len(teams) > 1:
            buttons.append(ctx.button("calls.see_team", "call.team", once=False, day=on.isoformat()))
        return Message(text, (tuple(buttons),) if buttons else (), edit=ctx.pressed)
    lines = [ctx.t("calls.teams_head", day=_named(ctx, on))]
    part, page, more = _turned(len(teams), LINES - 1, page)
    shown = list(teams.items())[part]
    for known, name in shown:
        tally = total(figures[p.id] for p in everyone if p.team_id == known)
        lines.append(
            ctx.t(
                "calls.teams_row", team=name, dials=tally.dials, connected=tally.connected, rate=rate_words(tally),
                intentions=tally.intentions,
            )
        )  # fmt: skip
    looks = [
        Button(name, "call.team", {"team": known, "day": on.isoformat()}, once=False)
        for known, name in shown
        if known is not None
    ]
    buttons = [*ctx.turns(ONWARD, "call.team", page, more=more, day=on.isoformat()), *buttons]
    rows = [tuple(looks[n : n + 3]) for n in range(0, len(looks), 3)]
    return Message("\n".join(lines), (*rows, *((tuple(buttons),) if buttons else ())), edit=ctx.pressed)


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of several people."""
    return sum(tallies, Tally())


def _turned(count: int, room: int, page: int) -> tuple[slice, int, bool]:
    """The rows of a page with room for so many, which page it is, and whether more follow."""
    page = max(0, min(page, (count - 1) // room))
    return slice(page * room, (page + 1) * room), page, (page + 1) * room < count


def _team(
    ctx: Ctx, team_id: int | None, members: list[Person], figures: dict[int, Tally], on: date, page: int
) -> tuple[str, list[Button]]:
    name = members[0].team or ctx.t("people.no_team")
    lines = [ctx.t("calls.team_head", day=_named(ctx, on), team=name)]
    whole = total(figures[p.id] for p in members)
    silent = [p.name for p in members if not figures[p.id].dials]
    busy = sorted((p for p in members if figures[p.id].dials), key=lambda p: (-figures[p.id].dials, p.employee_no))
    part, page, more = _turned(len(busy), LINES - 2 - bool(silent), page)
    for person in busy[part]:
        tally = figures[person.id]
        lines.append(
            ctx.t(
                "calls.team_row",
                name=person.name,
                dials=tally.dials,
                connected=tally.connected,
                intentions=tally.intentions,
            )
        )
    lines.append(
        ctx.t(
            "calls.team_sum",
            dials=whole.dials,
            connected=whole.connected,
            rate=rate_words(whole),
            intentions=whole.intentions,
        )
    )
    if silent:
        names = ("、" if ctx.lang == "zh" else ", ").join(silent[:NAMED])
        more_silent = f" +{len(silent) - NAMED}" if len(silent) > NAMED else ""
        lines.append(ctx.t("calls.team_silent", names=names + more_silent))
    return "\n".join(lines), ctx.turns(ONWARD, "call.team", page, more=more, day=on.isoformat(), team=team_id)


# --- a customer's record -----------------------------------------------------------------------------------------


@routes.word("记录", "/history", "history", takes=True, menu=False)
async def record(ctx: Ctx) -> Reply:
    """`记录 李总`, `记录 8000`: one's own customer by name, number or last four."""
    if not ctx.rest:
        return Message(ctx.t("calls.history_ask"))
    found = await looking_up.find_mine(ctx.tx, ctx.me, ctx.rest, normalise(ctx.rest))
    if not found:
        return Message(ctx.t("calls.history_none", text=ctx.rest[:20]))
    if len(found) == 1:
        return await _history(ctx, found[0].id, 0)
    buttons = [ctx.button("calls.history", "call.history", once=False, customer=c.id, page=0) for c in found[:PAGE]]
    rows = tuple((type(b)(known_as(ctx, c), b.action, b.args, b.once),) for b, c in zip(buttons, found, strict=False))
    return Message(ctx.t("calls.which", name=ctx.rest[:20]), rows, protect=True)


@routes.action("call.history")
async def history(ctx: Ctx) -> Reply:
    """A page of a customer's record."""
    return await _history(ctx, int(ctx.args["customer"]), int(ctx.args.get("page", 0)))


async def _history(ctx: Ctx, customer_id: int, page: int) -> Reply:
    customer, found = await looking_up.history(ctx.tx, ctx.me, customer_id, limit=PAGE + 1, offset=page * PAGE)
    count = await store.count_of(ctx.tx, customer_id)
    lines = [ctx.t("calls.history_head", who=known_as(ctx, customer), count=count)]
    for call in found[:PAGE]:
        key = "calls.history_row_note" if call.note else "calls.history_row"
        local = call.at.astimezone(ctx.tx.company.zone)
        lines.append(
            ctx.t(
                key, when=f"{local:%m-%d %H:%M}", stage=stage_words(call.stage, ctx.lang), outcome=outcome_of(ctx, call),
                **({"note": note_words(call.note)} if call.note else {}),
            )
        )  # fmt: skip
    if page == 0 and found and found[0].next_contact is not None and found[0].next_contact > ctx.tx.now:
        lines.append(ctx.t("calls.history_next", when=when_of(ctx, found[0])))
    buttons = []
    if _may_see_number(ctx, customer, found):
        buttons.append(ctx.button("calls.number", "call.number", once=False, customer=customer.id))
    buttons += ctx.turns(TURNS, "call.history", page, more=len(found) > PAGE, customer=customer.id)
    return Message("\n".join(lines), (tuple(buttons),) if buttons else (), protect=True)


def _may_see_number(ctx: Ctx, customer: Customer, found: list[store.Call]) -> bool:
    visits = bool(found) and found[0].visitor_id == ctx.me.id
    return customer.phone is not None and (customer.owner_id == ctx.me.id or visits)


@routes.action("call.number")
async def number(ctx: Ctx) -> Reply:
    """The whole number, for whoever follows the customer; every look is written down."""
    customer = await looking_up.number_of(ctx.tx, ctx.me, int(ctx.args["customer"]))
    assert customer.phone is not None
    text = ctx.t(
        "calls.number_shown", name=customer.name or who(None, customer.phone, ctx.lang), number=dialled(customer.phone)
    )
    return Message(text, protect=True)


# --- what waits ----------------------------------------------------------------------------------------------------


@todo.provider(40)
async def waiting(ctx: Ctx) -> Sequence[Item]:
    """Entries to nod at, and call-backs whose time has come today or in the last days."""
    items = []
    for call in await store.pending_for(ctx.tx, ctx.me.id):
        by = await people.by_id(ctx.tx, call.logged_by)
        button = ctx.button("calls.todo_look", "call.nod", once=False, id=call.id)
        items.append(Item(ctx.t("calls.todo_proxy", by=by.name if by else ""), button))
    end = ctx.tx.at(ctx.tx.today, ctx.tx.local.max.time())
    for call in await store.due(ctx.tx, ctx.me.id, end, since=ctx.tx.now - DUE_FOR):
        customer = await customers.by_id(ctx.tx, call.customer_id) if call.customer_id else None
        if customer is None or customer.dnc_at is not None or call.next_contact is None:
            continue
        when = when_words(call.next_contact, ctx.tx.now, ctx.tx.company.zone, ctx.lang)
        text = ctx.t("calls.todo_due", when=when, who=known_as(ctx, customer), outcome=outcome_of(ctx, call))
        look = ctx.button("calls.todo_look", "call.due", once=False, id=call.id)
        items.append(Item(text, Button(customer.name or look.label, look.action, look.args, once=False)))
    return items


@routes.action("call.due")
async def due(ctx: Ctx) -> Reply:
    """The reminder, taken up from the list."""
    call = await store.by_id(ctx.tx, int(ctx.args["id"]))
    if call is None or call.person_id != ctx.me.id:
        raise Refusal("calls.not_yours")
    return await render(ctx.tx, "call_due", {"call": call.id}, ctx.lang, ctx.me)


@routes.action("call.nod")
async def nod(ctx: Ctx) -> Reply:
    """The question whether an entry is right, once more."""
    call = await store.by_id(ctx.tx, int(ctx.args["id"]))
    if call is None or call.person_id != ctx.me.id:
        raise Refusal("calls.not_yours")
    data = {"call": call.id, "version": usecase.version(call)}
    return await render(ctx.tx, "call_proxy", data, ctx.lang, ctx.me) or Message(ctx.t("calls.answered"))
