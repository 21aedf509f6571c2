"""Opening the forms about a call, and what submitting them does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.forms import call as form
from bot.forms.call import CALL, CHANGE, packed_outcomes
from bot.handlers.call_receipts import known_as, person_of, show
from bot.handlers.context import Ctx, Reply
from bot.handlers.form_flow import open_form
from bot.handlers.routes import routes
from bot.render.call_lines import who
from core.rules.contacts import Entry
from core.rules.people import Person
from core.store import calls as store
from core.store import customers
from core.store.drafts import Draft
from core.usecases import calls as usecase

MINE = 200  # customers a draft knows by name


async def context_of(ctx: Ctx, person: Person) -> dict[str, Any]:
    """What the fields may know: outcomes, habits, days off, the person's customers (numbers masked)."""
    policy = ctx.tx.policy.calls
    known = usecase.habits(ctx.tx)
    mine = await customers.of_owner(ctx.tx, person.id, limit=MINE)
    return {
        "outcomes": packed_outcomes(policy.outcomes),
        "habits": [known.morning.isoformat(), known.bare_hour_from, known.bare_hour_to],
        "off": [day.isoformat() for day, free in usecase.is_off(ctx.tx, person).items() if free],
        "mine": [[c.id, c.name, who(c.name, c.phone, ctx.lang)] for c in mine],
    }


async def ask_call(
    ctx: Ctx,
    *,
    person: Person | None = None,
    said: Entry | None = None,
    customer_id: int | None = None,
    entry: Entry | None = None,
    reached: bool = False,
    day: date | None = None,
    keeps_time: bool = False,
    own_draft: bool = True,
) -> Reply:
    """Open the form with what is known: `said` by a line before, the customer by id or as `entry` (name and number).

    `keeps_time`: the call was now, however long the answers take. `own_draft`: apart from a form opened by its word.
    """
    person = person or ctx.me
    context = await context_of(ctx, person) | {"person": person.id, "reached": reached}
    if keeps_time:
        context |= {"at": ctx.at.isoformat(), "at_source": ctx.at_source}
    if day is not None:
        context["day"] = day.isoformat()
    answers: dict[str, str] = {}
    if said is not None and said != Entry():
        answers["line"] = form.pack(said)
    if customer_id is not None:
        answers["customer"] = form.pack(Entry(customer_id=customer_id))
        customer = await customers.by_id(ctx.tx, customer_id)
        context["who"] = known_as(ctx, customer)
    elif entry is not None:
        answers["customer"] = form.pack(entry)
        if entry.phone is not None:
            mine = await customers.by_phone(ctx.tx, person.id, entry.phone)
            context["who"] = who(entry.name or (mine.name if mine else None), entry.phone, ctx.lang)
    subject = ctx.once if own_draft else ""
    return await open_form(ctx, CALL, subject=subject, answers=answers, context=context)


async def ask_change(ctx: Ctx, call_id: int, what: str | None = None) -> Reply:
    """Open the form that changes a call, at the question `what` if that is known."""
    call = await store.by_id(ctx.tx, call_id)
    customer = await customers.by_id(ctx.tx, call.customer_id) if call and call.customer_id else None
    person = await person_of(ctx, call.person_id) if call else ctx.me
    context = await context_of(ctx, person) | {"call": call_id, "who": known_as(ctx, customer)}
    answers = {"what": what} if what else {}
    return await open_form(ctx, CHANGE, subject=ctx.once, answers=answers, context=context)


@routes.submit(CALL)
async def logged(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """The call is logged without a review: undo is cheaper than a confirmation."""
    from bot.handlers.calls import Source, enter

    context: Mapping[str, Any] = draft.context
    person = await person_of(ctx, int(context.get("person", ctx.me.id)))
    at = datetime.fromisoformat(context["at"]) if context.get("at") else ctx.at
    source = Source(
        at=at,
        at_source=context.get("at_source") or ctx.at_source,
        once=f"call:{draft.submission}",
        day=date.fromisoformat(context["day"]) if context.get("day") else None,
    )
    return await enter(ctx, form.entry(values), person=person, source=source, asked=True)


@routes.submit(CHANGE)
async def changed(ctx: Ctx, values: dict[str, Any], draft: Draft) -> Reply:
    """The change is made; the receipt shows the call as it now stands."""
    call_id = int(draft.context["call"])
    said = form.entry(values)
    clear = ["next_contact"] if values.get("what") == "next" and said.next_contact is None else []
    if values.get("what") == "visit":
        said = form.entry({"visit": Entry(outcome="visit"), "said": said})
    if said.customer_id is not None:
        chosen = await customers.by_id(ctx.tx, said.customer_id)
        if chosen is not None:
            said = Entry(**{**_fields(said), "customer_id": None, "name": chosen.name, "phone": chosen.phone})
    receipt = await usecase.change(ctx.tx, ctx.me, call_id, said, clear=clear)
    return await show(ctx, receipt)


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
