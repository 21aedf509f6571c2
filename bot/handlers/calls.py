"""Logging a call: one line, a form, a button of a reminder; what stands in the way is said with a way on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.channels.port import Button, Message
from bot.forms.call import CALL, CHANGE, NOTE, entry_of, problem_text
from bot.handlers.call_forms import ask_call, ask_change
from bot.handlers.call_receipts import person_of, show, spoken_day, undone
from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from bot.render.call_lines import when_words, who
from core.rules.calls import CallDraft, looks_like_call, parse_call
from core.rules.contacts import NO_ANSWER, Entry
from core.rules.errors import Refusal
from core.rules.names import clean_name
from core.rules.people import Person
from core.rules.phones import dialled
from core.rules.problems import Problem
from core.store import calls as store
from core.store import customers, drafts
from core.store.calls import Call
from core.usecases import calls as usecase

RECENT = timedelta(minutes=30)  # a time or an outcome alone belongs to the call just logged
UNDO_WORDS = frozenset({"撤销", "撤回", "undo"})
CHANGE_WORD = re.compile(r"改(?:成|为|一下)?[\s:\uff1a]+|改[成为]")
FIELDS = {"备注": "note", "客户": "name", "名字": "name", "姓名": "name", "note": "note", "name": "name"}
CHANGE_FIELD = re.compile(rf"(?P<field>{'|'.join(FIELDS)})(?:成|为)?[\s:\uff1a]+(?P<value>.+)", re.DOTALL)
SHORT = 60  # characters: a fragment, or a line that names a customer without a number
MOST_LINES = 10  # calls in one message


@dataclass(frozen=True, slots=True)
class Source:
    """When an entry was made and under which key it is written once."""

    at: datetime
    at_source: str
    once: str
    day: date | None = None

    def packed(self) -> dict[str, Any]:
        """As a button keeps it."""
        day = self.day.isoformat() if self.day else None
        return {"at": self.at.isoformat(), "at_source": self.at_source, "entered": self.once, "day": day}

    @classmethod
    def unpacked(cls, args: Mapping[str, Any]) -> Source:
        """Back from a button."""
        day = date.fromisoformat(args["day"]) if args.get("day") else None
        return cls(datetime.fromisoformat(args["at"]), args["at_source"], args["entered"], day)


def source_of(ctx: Ctx, *, day: date | None = None, part: int = 0) -> Source:
    """This event as the source of an entry; `part` tells several lines of one message apart."""
    return Source(ctx.at, ctx.at_source, f"call:{ctx.once}" + (f":{part}" if part else ""), day)


# --- a line ----------------------------------------------------------------------------------------------------


def understand(ctx: Ctx, text: str) -> CallDraft:
    """What a line says, as of the moment it was typed."""
    if ("call", text) not in ctx.known:
        typed = ctx.at.astimezone(ctx.tx.company.zone)
        ctx.known["call", text] = parse_call(text, typed, ctx.tx.policy.calls.outcomes, usecase.habits(ctx.tx))
    draft: CallDraft = ctx.known["call", text]
    return draft


@routes.word("记电话", "/call", "call", takes=True)
async def word(ctx: Ctx) -> Reply:
    """The form, or a whole line behind the word."""
    if ctx.rest:
        return await take(ctx, f"记 {ctx.rest}")
    return await ask_call(ctx, own_draft=False)


@routes.line(40)
async def line(ctx: Ctx, text: str) -> Reply:
    """A line about a call; several lines are several calls."""
    rows = [row for row in text.splitlines() if row.strip()]
    if 1 < len(rows) <= MOST_LINES and all(understand(ctx, row).phone for row in rows):
        every: list[Any] = []
        for number, row in enumerate(rows, 1):
            reply = await take(ctx, row, part=number)
            every += [reply] if isinstance(reply, Message) else list(reply or ())  # type: ignore[arg-type]
        return every
    draft = understand(ctx, text)
    in_form = draft.phone is None and await _form_open(ctx)
    if not in_form and looks_like_call(text, ctx.tx.policy.calls.outcomes, draft=draft):
        return await take(ctx, text)
    if draft.name is not None and len(text) <= SHORT and _says_something(draft):
        known = await customers.named(ctx.tx, ctx.me.id, draft.name)
        if known and known[0].name == draft.name:
            return await take(ctx, text)
    return None


async def _form_open(ctx: Ctx) -> bool:
    """Is a form about a call open? What it cannot read is a failed answer rather than another call."""
    draft = await drafts.active(ctx.tx, ctx.me.id)
    return draft is not None and draft.form in (CALL.name, CHANGE.name)


def _says_something(draft: CallDraft) -> bool:
    return draft.outcome is not None or draft.intention is not None or draft.next_contact is not None


async def take(ctx: Ctx, text: str, *, person: Person | None = None, day: date | None = None, part: int = 0) -> Reply:
    """Log what a line says, or ask for the one thing that is missing."""
    person = person or ctx.me
    draft = understand(ctx, text)
    entry = entry_of(draft, ctx.tx.policy.calls.outcomes)
    wrong = next((p for p in draft.problems if p.key.startswith("phones.")), None)
    if entry.phone is None and wrong is not None:
        return await _ask_number(ctx, entry, wrong, person=person, day=day)
    problem = next((p for p in draft.problems if not p.key.startswith("phones.")), None)
    notes = []
    if draft.note is not None and len(draft.note) > NOTE:
        notes.append(ctx.t("calls.note_cut", length=len(draft.note), limit=NOTE))
    return await enter(
        ctx, entry, person=person, source=source_of(ctx, day=day, part=part), question=problem, notes=notes,
        suggestions=draft.suggestions,
    )  # fmt: skip


async def _ask_number(ctx: Ctx, entry: Entry, wrong: Problem, *, person: Person, day: date | None) -> Reply:
    """The number has a digit too few or too many: say what was seen, keep the rest, ask for the number."""
    note = " ".join((entry.note or "").replace(wrong.seen, " ").split()) or None
    key, params = problem_text(wrong)
    reply = await ask_call(ctx, person=person, said=replace(entry, note=note), day=day, keeps_time=True)
    assert isinstance(reply, Message)
    return replace(reply, text=f"{ctx.t(key, **params)}\n{ctx.t('calls.kept_rest')}", protect=True)


async def enter(
    ctx: Ctx,
    entry: Entry,
    *,
    person: Person,
    source: Source,
    question: Problem | None = None,
    notes: Sequence[str] = (),
    suggestions: Sequence[str] = (),
    asked: bool = False,
    anyway: bool = False,
) -> Reply:
    """Log an entry unless something must be asked or said first. `asked`: a form has asked all it can."""
    if entry.phone is None and entry.customer_id is None:
        found = await _by_name(ctx, entry, person=person, source=source, asked=asked)
        if isinstance(found, Entry):
            entry = found
        else:
            return found
    standing = await usecase.standing(ctx.tx, person, entry)
    zone = ctx.tx.company.zone
    if standing.dnc_at is not None:
        text = ctx.t("calls.dnc", day=spoken_day(ctx, standing.dnc_at.astimezone(zone).date()))
        row = (
            ctx.button(
                "calls.another_customer", "call.another", entry=entry.packed(), person=person.id, **source.packed()
            ),
        )
        return Message(text, (row,), edit=ctx.pressed, protect=True)
    if standing.other_last is not None and not anyway:
        return _of_colleague(ctx, entry, standing.other_last.astimezone(zone).date(), person=person, source=source)
    if not asked and not entry.says_something and not ctx.pressed and person.id == ctx.me.id:
        if entry.customer_id is not None:
            return await ask_call(ctx, customer_id=entry.customer_id)
        return await ask_call(ctx, entry=entry)
    receipt = await usecase.log(
        ctx.tx,
        ctx.me,
        person,
        entry,
        at=source.at,
        at_source=source.at_source,
        once=source.once,
        day=source.day,
        anyway=anyway,
        seen=standing,
    )
    return await show(ctx, receipt, question=question, notes=notes, suggestions=suggestions)


async def _by_name(ctx: Ctx, entry: Entry, *, person: Person, source: Source, asked: bool) -> Entry | Reply:
    """The customer of a line without a number: one of one's own, else asked for."""
    if entry.name is None:
        return await ask_call(ctx, person=person, said=entry, day=source.day, keeps_time=True)
    found = await customers.named(ctx.tx, person.id, entry.name)
    if len(found) == 1 and found[0].name == entry.name:
        return replace(entry, customer_id=found[0].id)
    if asked:
        return entry
    if found:
        heard = all(c.name != entry.name for c in found)
        buttons = [
            Button(who(c.name, c.phone, ctx.lang), "call.of", {"entry": replace(entry, name=c.name, customer_id=c.id).packed(), "person": person.id, **source.packed()})
            for c in found[:4]
        ]  # fmt: skip
        key = "calls.sounds_like" if heard else "calls.which"
        new = ctx.button("calls.new_customer", "call.new", entry=entry.packed(), person=person.id, **source.packed())
        return Message(ctx.t(key, name=entry.name), (*((b,) for b in buttons), (new,)), protect=True)
    return await _ask_new(ctx, entry, person=person, source=source)


async def _ask_new(ctx: Ctx, entry: Entry, *, person: Person, source: Source) -> Reply:
    """A name we do not know: its number is asked once and may be left out."""
    said = replace(entry, name=None, customer_id=None)
    named = Entry(name=entry.name)
    return await ask_call(ctx, person=person, said=said, entry=named, day=source.day, keeps_time=True)


def _of_colleague(ctx: Ctx, entry: Entry, day: date, *, person: Person, source: Source) -> Reply:
    """Somebody else's customer: since when, not whose; the entry may still be kept as one's own record."""
    args = {"entry": entry.packed(), "person": person.id, **source.packed()}
    row = (ctx.button("calls.never_mind", "call.drop"), Button(ctx.t("calls.log_anyway"), "call.anyway", args))
    return Message(ctx.t("calls.others", day=f"{day:%m-%d}"), (row,), edit=ctx.pressed, protect=True)


@routes.action("call.of", "call.anyway")
async def chosen(ctx: Ctx) -> Reply:
    """The customer was chosen, or the entry is kept beside a colleague's."""
    entry = Entry.unpacked(ctx.args["entry"])
    person = await person_of(ctx, int(ctx.args["person"]))
    return await enter(ctx, entry, person=person, source=Source.unpacked(ctx.args), asked=True, anyway=True)


@routes.action("call.new")
async def new_customer(ctx: Ctx) -> Reply:
    """A name that somebody else has too, or that only sounds like one we know."""
    person = await person_of(ctx, int(ctx.args["person"]))
    return await _ask_new(ctx, Entry.unpacked(ctx.args["entry"]), person=person, source=Source.unpacked(ctx.args))


@routes.action("call.another")
async def another(ctx: Ctx) -> Reply:
    """The number may not be called: the rest of the entry is kept for another customer."""
    entry = Entry.unpacked(ctx.args["entry"])
    person = await person_of(ctx, int(ctx.args["person"]))
    return await ask_call(ctx, person=person, said=replace(entry, name=None, phone=None, customer_id=None, stage=None))


@routes.action("call.drop")
async def dropped(ctx: Ctx) -> Reply:
    """Leave it."""
    return ctx.say("calls.dropped")


# --- after a line ----------------------------------------------------------------------------------------------


@routes.line(20)
async def corrects(ctx: Ctx, text: str) -> Reply:
    """`改 …` changes the call just logged, `撤销` takes it back."""
    plain = text.strip()
    if plain.casefold() in UNDO_WORDS:
        return await _undo_newest(ctx)
    change = CHANGE_WORD.match(plain)
    if change is None:
        return None
    said = plain[change.end() :]
    named = CHANGE_FIELD.match(said)
    draft = _named_field(named["field"], named["value"].strip()) if named else understand(ctx, said)
    if not (draft.note or _says_something(draft) or draft.phone or draft.name or draft.problems):
        return None
    newest = await store.newest_by(ctx.tx, ctx.me.id, ctx.at - RECENT)
    if newest is None:
        return Message(ctx.t("calls.nothing_to_change"))
    return await _complete(ctx, newest, draft, explicit=True)


def _named_field(field: str, value: str) -> CallDraft:
    """`备注 …`, `客户 …`: the words behind it are taken as they are."""
    return CallDraft(name=clean_name(value) or None) if FIELDS[field] == "name" else CallDraft(note=value[:NOTE])


@routes.line(90)
async def completes(ctx: Ctx, text: str) -> Reply:
    """A time, an outcome or a figure alone completes the call just logged."""
    draft = understand(ctx, text)
    if draft.phone is not None or len(text) > SHORT or not (_says_something(draft) or draft.problems):
        return None
    if await _form_open(ctx):
        return None
    newest = await store.newest_by(ctx.tx, ctx.me.id, ctx.at - RECENT)
    if newest is not None and await _fits(ctx, newest, draft):
        return await _complete(ctx, newest, draft, explicit=False)
    if draft.outcome is not None and draft.note is None and draft.name is None:
        return await ask_call(ctx, said=entry_of(draft, ctx.tx.policy.calls.outcomes), keeps_time=True)
    return None


async def _fits(ctx: Ctx, newest: Call, draft: CallDraft) -> bool:
    """Does a fragment say what the newest call lacks?"""
    if draft.name is not None and newest.customer_id is not None:
        customer = await customers.by_id(ctx.tx, newest.customer_id)
        if customer is None or customer.name != draft.name:
            return False
    if newest.outcome is None:
        return draft.outcome is not None
    lacks_next = newest.next_contact is None and (draft.next_contact is not None or bool(draft.problems))
    lacks_intention = newest.intention is None and draft.intention is not None
    visit = draft.outcome == "visit" and newest.outcome != "visit"
    return (lacks_next and (draft.outcome in (None, newest.outcome) or visit)) or lacks_intention or visit


async def _complete(ctx: Ctx, newest: Call, draft: CallDraft, *, explicit: bool) -> Reply:
    """`explicit`: it was said to be a change; else an outcome that is there stays and notes are put together."""
    entry = entry_of(draft, ctx.tx.policy.calls.outcomes)
    if entry.outcome is not None and newest.outcome is not None and not explicit and entry.outcome != "visit":
        entry = replace(entry, outcome=None)
    if not explicit and entry.note is not None and newest.note is not None and entry.note not in newest.note:
        entry = replace(entry, note=f"{newest.note} {entry.note}"[:NOTE])
    receipt = await usecase.change(ctx.tx, ctx.me, newest.id, entry)
    return await show(ctx, receipt, question=next(iter(draft.problems), None))


async def _undo_newest(ctx: Ctx) -> Reply:
    newest = await store.newest_by(ctx.tx, ctx.me.id, ctx.at - timedelta(days=1))
    if newest is None:
        return Message(ctx.t("calls.nothing_to_undo"))
    return undone(ctx, await usecase.undo(ctx.tx, ctx.me, newest.id))


# --- the receipt's buttons -------------------------------------------------------------------------------------


@routes.action("call.undo")
async def undo(ctx: Ctx) -> Reply:
    """Take the call back."""
    return undone(ctx, await usecase.undo(ctx.tx, ctx.me, int(ctx.args["id"])))


@routes.action("call.redo")
async def redo(ctx: Ctx) -> Reply:
    """It was right after all."""
    return await show(ctx, await usecase.redo(ctx.tx, ctx.me, int(ctx.args["id"])))


@routes.action("call.change")
async def change(ctx: Ctx) -> Reply:
    """What is to be changed?"""
    return await ask_change(ctx, int(ctx.args["id"]))


@routes.action("call.more")
async def more(ctx: Ctx) -> Reply:
    """The outcome is none of the likely ones."""
    return await ask_change(ctx, int(ctx.args["id"]), "outcome")


@routes.action("call.arrange")
async def arrange(ctx: Ctx) -> Reply:
    """They agreed to a visit."""
    return await ask_change(ctx, int(ctx.args["id"]), "visit")


@routes.action("call.set")
async def set_outcome(ctx: Ctx) -> Reply:
    """The outcome of a call that was kept without one."""
    entry = Entry(outcome=str(ctx.args["outcome"]))
    return await show(ctx, await usecase.change(ctx.tx, ctx.me, int(ctx.args["id"]), entry))


@routes.action("call.next")
async def set_next(ctx: Ctx) -> Reply:
    """The next contact, by button."""
    at = datetime.fromisoformat(ctx.args["at"])
    if at <= ctx.tx.now:
        raise Refusal("calls.when_past", seen=f"{at:%m-%d %H:%M}")
    return await show(ctx, await usecase.change(ctx.tx, ctx.me, int(ctx.args["id"]), Entry(next_contact=at)))


@routes.action("call.visitor")
async def visitor(ctx: Ctx) -> Reply:
    """Who goes."""
    chosen_id = int(ctx.args["visitor"]) or None
    receipt = await usecase.visit(ctx.tx, ctx.me, int(ctx.args["id"]), chosen_id)
    said = await show(ctx, receipt)
    if chosen_id is None and said.rows:  # 先不定: the question is answered, the controls stay
        head = said.text.rpartition("\n")[0]
        return replace(said, text=f"{head}\n{ctx.t('calls.visit_unsettled')}", rows=said.rows[-1:])
    return said


@routes.action("call.deal")
async def deal(ctx: Ctx) -> Reply:
    """成交: the deal's form opens with this customer."""
    call = await store.by_id(ctx.tx, int(ctx.args["id"]))
    customer = await customers.by_id(ctx.tx, call.customer_id) if call and call.customer_id else None
    if customer is None or customer.owner_id != ctx.me.id:
        raise Refusal("calls.not_yours")
    ctx.rest = " ".join(part for part in (customer.name, dialled(customer.phone) if customer.phone else None) if part)
    return await routes.words["报单"].handler(ctx)


# --- the reminder's buttons ------------------------------------------------------------------------------------


async def _reminded(ctx: Ctx) -> Call:
    call = await store.by_id(ctx.tx, int(ctx.args["id"]))
    if call is None or call.customer_id is None:
        raise Refusal("calls.gone")
    if call.person_id != ctx.me.id:
        raise Refusal("calls.not_yours")
    return call


@routes.action("call.reached")
async def reached(ctx: Ctx) -> Reply:
    """接通了: what came of it?"""
    call = await _reminded(ctx)
    return await ask_call(ctx, customer_id=call.customer_id, reached=True)


@routes.action("call.missed")
async def missed(ctx: Ctx) -> Reply:
    """没接: logged at once; when to try again is asked."""
    call = await _reminded(ctx)
    receipt = await usecase.log(
        ctx.tx, ctx.me, ctx.me, Entry(customer_id=call.customer_id, outcome=NO_ANSWER), at=ctx.at,
        at_source=ctx.at_source, once=f"call:{ctx.once}",
    )  # fmt: skip
    return await show(ctx, receipt, appointed=True)


@routes.action("call.snooze")
async def snooze(ctx: Ctx) -> Reply:
    """Later: in ten minutes, or on the morning of the next working day."""
    call = await _reminded(ctx)
    newest = await store.latest(ctx.tx, call.customer_id or 0)
    if newest is None or newest.id != call.id:
        return Message(ctx.t("calls.snoozed_moved"), edit=ctx.pressed)
    if ctx.args["to"] == "ten":
        until = (ctx.tx.now + timedelta(minutes=10)).replace(second=0, microsecond=0)
    else:
        off = usecase.is_off(ctx.tx, ctx.me)
        day = next((d for d, free in off.items() if d > ctx.tx.today and not free), ctx.tx.today + timedelta(days=1))
        until = ctx.tx.at(day, ctx.tx.policy.calls.morning)
    await usecase.snooze(ctx.tx, ctx.me, call.id, until)
    return Message(
        ctx.t("calls.snoozed", when=when_words(until, ctx.tx.now, ctx.tx.company.zone, ctx.lang)), edit=ctx.pressed
    )
