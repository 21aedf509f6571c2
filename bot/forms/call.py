"""The forms about a call: logging one (客户 → 结果 → 意向 → 下次) and changing one. Pure.

An answer may be a button or words: `约访 周四下午两点 他公司` answers the outcome, the time and the note at once, and what was
answered is not asked again. Answers are kept as entries with absolute times, so "明早" survives the night.
The draft's context (see `context_of` in handlers/call_forms.py) holds the company's outcomes, habits and days off, and the
person's own customers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import reduce
from typing import Any

from bot.forms.engine import Field, Form, Invalid, Option, Scope
from bot.render.call_lines import outcome_label
from bot.render.texts import t
from core.rules import contacts
from core.rules.calls import CallDraft, parse_call
from core.rules.contacts import INTERESTED, VISIT, Entry
from core.rules.names import clean_name, clean_text
from core.rules.outcomes import Outcome
from core.rules.when import Habits

NONE = "none"
MORE = "more"
LIKELY = ("no_answer", "interested", "refused", "callback")
AFTER_REACHING = ("visit", "interested", "signed", "refused", "dnc")
INTENTIONS = (30, 50, 70, 90)
NOTE = 500  # characters
CHANGES = ("outcome", "intention", "next", "note", "customer")


# --- what the draft knows ------------------------------------------------------------------------------------------


def outcomes_in(scope: Scope) -> tuple[Outcome, ...]:
    """The company's outcomes."""
    return tuple(Outcome(row[0], row[1], row[2], tuple(row[3]), *row[4:]) for row in scope.context["outcomes"])


def packed_outcomes(outcomes: Iterable[Any]) -> list[list[Any]]:
    """Outcomes as a draft's context keeps them."""
    return [[o.code, o.zh, o.en, list(o.words), o.connected, o.wants, o.dnc] for o in outcomes]


def _habits(scope: Scope) -> Habits:
    morning, first, last = scope.context["habits"]
    return Habits(time.fromisoformat(morning), first, last)


def understood(raw: str, scope: Scope) -> CallDraft:
    """What some words say about a call."""
    return parse_call(raw, scope.now, outcomes_in(scope), _habits(scope))


def entry_of(draft: CallDraft, outcomes: Iterable[Any]) -> Entry:
    """A parsed line as an entry."""
    wants = next((o.wants for o in outcomes if o.code == draft.outcome), None)
    return Entry(
        None, draft.name, draft.phone, draft.outcome, draft.intention, draft.stage, draft.next_contact,
        draft.note[:NOTE] if draft.note else None, wants,
    )  # fmt: skip


def pack(entry: Entry) -> str:
    """An entry as an answer keeps it."""
    return json.dumps(entry.packed(), ensure_ascii=False)


def _kept(raw: str) -> Entry | None:
    """An answer that was kept as an entry."""
    if not raw.startswith("{"):
        return None
    try:
        return Entry.unpacked(json.loads(raw))
    except (ValueError, TypeError, AttributeError):
        return None


def entry(values: Mapping[str, Any]) -> Entry:
    """Everything said so far, the later answers completing the earlier ones."""
    return reduce(Entry.completed_by, (v for v in values.values() if isinstance(v, Entry)), Entry())


# --- customer ------------------------------------------------------------------------------------------------------


def problem_text(problem: Any) -> tuple[str, dict[str, object]]:
    """The text key and parameters for something that could not be read."""
    key = {
        "phones.length": "calls.phone_length", "phones.no_area_code": "calls.phone_no_area", "phones.unknown": "calls.phone_unknown",
        "when.past": "calls.when_past", "when.impossible": "calls.when_impossible",
        "calls.intention_range": "calls.intention_range",
    }.get(problem.key, "calls.not_read")  # fmt: skip
    params: dict[str, object] = {"seen": problem.seen[:30]}
    if key == "calls.phone_length":
        digits = int(str(problem.params.get("digits", 0)))
        key = "calls.phone_short" if digits < 11 else "calls.phone_long"
        params |= {"digits": digits, "off": abs(11 - digits)}
    return key, params


def _customer(raw: str, scope: Scope) -> Entry:
    """A number, a name, both, or a whole line; `#12` is one on file."""
    if (kept := _kept(raw)) is not None:
        return kept
    text = clean_text(raw).strip()
    if text.startswith("#") and text[1:].isdigit():
        known = next((row for row in scope.context["mine"] if row[0] == int(text[1:])), None)
        if known is None:
            raise Invalid("calls.customer_gone")
        return Entry(customer_id=int(text[1:]))
    said = entry_of(understood(text, scope), outcomes_in(scope))
    if said.phone is None:
        _explain_phone(text, scope)
        name = said.name or _as_name(text)
        if name is None:
            raise Invalid("calls.ask_customer_again")
        same = [row for row in scope.context["mine"] if row[1] == name]
        if len(same) > 1:
            raise Invalid("calls.which", name=name).offering([Option(f"#{r[0]}", literal=r[2]) for r in same[:5]])
        rest = said if said.name else Entry()
        return replace(rest, customer_id=same[0][0], name=None) if same else replace(rest, name=name)
    return said


def _explain_phone(text: str, scope: Scope) -> None:
    for problem in understood(text, scope).problems:
        if problem.key.startswith("phones."):
            key, params = problem_text(problem)
            raise Invalid(key, **params)


def _as_name(text: str) -> str | None:
    """A short answer without figures is a name, even one the rules do not know for a name (火锅店)."""
    name = clean_name(text)
    plain = name and len(name) <= 16 and not any(c.isdigit() for c in name) and "\n" not in text
    return name if plain and any(c.isalpha() for c in name) else None


def _customer_options(scope: Scope) -> Sequence[Option]:
    """The customers contacted last; after a line with a name only those of that name."""
    said = entry(scope.values)
    rows = [row for row in scope.context["mine"] if said.name is None or row[1] == said.name]
    return [Option(f"#{row[0]}", literal=row[2]) for row in rows[:4]]


def _number(raw: str, scope: Scope) -> Entry:
    if (kept := _kept(raw)) is not None:
        return kept
    said = understood(raw, scope)
    if said.phone is None:
        _explain_phone(raw, scope)
        raise Invalid("calls.ask_number_again")
    return Entry(phone=said.phone)


def _needs_number(values: Mapping[str, Any]) -> bool:
    said = entry(values)
    return "customer" in values and said.name is not None and said.phone is None and said.customer_id is None


def _name_of(scope: Scope) -> Mapping[str, object]:
    return {"name": entry(scope.values).name or ""}


# --- outcome -------------------------------------------------------------------------------------------------------


def _outcome_option(outcome: Outcome, scope: Scope, note: str | None = None) -> Option:
    raw = pack(Entry(outcome=outcome.code, wants=outcome.wants, note=note)) if note else outcome.code
    return Option(raw, literal=outcome_label(outcome, scope.lang))


def _outcome_options(scope: Scope) -> Sequence[Option]:
    by_code = {o.code: o for o in outcomes_in(scope)}
    first = AFTER_REACHING if scope.context.get("reached") else LIKELY
    likely = [by_code[code] for code in first if code in by_code]
    more = [] if scope.context.get("reached") else [Option(MORE, key="calls.more")]
    return [*(_outcome_option(o, scope) for o in likely), *more]


def _outcome(raw: str, scope: Scope) -> Entry:
    """An outcome by button, by its words, or in a whole sentence. Words without one are kept as the note."""
    if (kept := _kept(raw)) is not None:
        return kept
    every = outcomes_in(scope)
    text = clean_text(raw).strip()
    for outcome in every:
        if text.casefold() in {
            outcome.code,
            outcome.zh,
            outcome.en.casefold(),
            outcome_label(outcome, scope.lang).casefold(),
        }:
            return Entry(outcome=outcome.code, wants=outcome.wants)
    if text in {MORE, t(scope.lang, "calls.more")}:
        others = [o for o in every if o.code not in LIKELY]
        raise Invalid("calls.more_outcomes").offering([_outcome_option(o, scope) for o in others])
    said = understood(text, scope)
    if said.phone is not None:
        raise Invalid("calls.another_number")
    if said.outcome is None:
        if not text or len(text) > NOTE:
            raise Invalid("calls.ask_outcome_again")
        likely = [
            *said.suggestions,
            *(c for c in ("no_answer", "interested", "refused", "callback") if c not in said.suggestions),
        ]
        offered = [o for code in likely[:5] for o in every if o.code == code]
        raise Invalid("calls.outcome_unclear").offering([_outcome_option(o, scope, text) for o in offered])
    if said.name is not None and _called(scope) not in ("", said.name):
        raise Invalid("calls.another_name", name=said.name)
    return entry_of(said, every)


def _called(scope: Scope) -> str:
    """The name of the customer the form is about; empty when it has none yet."""
    said = entry(scope.values)
    on_file = next((row[1] for row in scope.context["mine"] if row[0] == said.customer_id), None)
    return said.name or on_file or ""


def _lead(scope: Scope) -> Mapping[str, object]:
    said = entry(scope.values)
    who = scope.context.get("who") or next((r[2] for r in scope.context["mine"] if r[0] == said.customer_id), "")
    if not who:
        from core.rules.phones import mask

        who = " ".join(part for part in (said.name, mask(said.phone) if said.phone else None) if part)
    return {"who": who}


# --- intention and next contact -------------------------------------------------------------------------------------


def _intention(raw: str, scope: Scope) -> Entry:
    if (kept := _kept(raw)) is not None:
        return kept
    text = clean_text(raw).strip()
    said = understood(f"意向{text}%" if text.isdigit() else text, scope)
    for problem in said.problems:
        key, params = problem_text(problem)
        raise Invalid(key, **params)
    if said.intention is None:
        raise Invalid("calls.ask_intention_again")
    return Entry(intention=said.intention, next_contact=said.next_contact)


def _intention_options(scope: Scope) -> Sequence[Option]:
    del scope
    return [Option(str(figure), literal=f"{figure}%") for figure in INTENTIONS]


def offered_times(now: datetime, morning: time, off: Iterable[str], lang: str) -> list[tuple[str, str]]:
    """(label, ISO moment) of times worth a button."""
    days = frozenset(off)

    def is_off(day: date) -> bool:
        return day.isoformat() in days

    found = contacts.offers(now, morning, is_off)
    return [(t(lang, f"calls.next_{name}", time=f"{at:%H:%M}"), at.isoformat()) for name, at in found]


def _next_options(scope: Scope) -> Sequence[Option]:
    times = offered_times(scope.now, _habits(scope).morning, scope.context["off"], scope.lang)
    return [*(Option(iso, literal=label) for label, iso in times[:3]), Option(NONE, key="calls.next_none")]


def _next(raw: str, scope: Scope) -> Entry:
    """A moment to come; `none`: no next contact."""
    if (kept := _kept(raw)) is not None:
        return kept
    text = clean_text(raw).strip()
    if text in {NONE, t(scope.lang, "calls.next_none"), "不约了", "不用", "没约"}:
        return Entry()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _spoken_next(text, scope)
    if at.tzinfo is None or at <= scope.now:
        raise Invalid("calls.when_past", seen=f"{at:%m-%d %H:%M}")
    return Entry(next_contact=at)


def _spoken_next(text: str, scope: Scope) -> Entry:
    said = understood(text, scope)
    if said.phone is not None:
        raise Invalid("calls.another_number")
    for problem in said.problems:
        if problem.key.startswith("when."):
            key, params = problem_text(problem)
            raise Invalid(key, **params)
    if said.next_contact is None:
        raise Invalid("calls.ask_next_again")
    return Entry(next_contact=said.next_contact, note=said.note[:NOTE] if said.note else None)


def _wants_intention(values: Mapping[str, Any]) -> bool:
    said = entry(values)
    return (said.wants == "intention" and said.intention is None) or (
        said.outcome == INTERESTED and said.intention is None
    )


def _wants_visit_time(values: Mapping[str, Any]) -> bool:
    said = entry(values)
    return said.outcome == VISIT and said.next_contact is None


def _wants_next(values: Mapping[str, Any]) -> bool:
    said = entry(values)
    return said.outcome != VISIT and said.wants in {"next", "intention"} and said.next_contact is None


def _asked_or(name: str, wanted: Callable[[Mapping[str, Any]], bool]) -> Callable[[Mapping[str, Any]], bool]:
    """A question that was answered stays one: its own answer must not make it superfluous."""
    return lambda values: wanted({key: value for key, value in values.items() if key != name})


def _line(raw: str, scope: Scope) -> Entry:
    del scope
    kept = _kept(raw)
    if kept is None:
        raise Invalid("calls.not_read", seen=raw[:30])
    return kept


def _told(said: Entry) -> str:
    return said.name or said.note or ""


CALL = Form(
    name="call",
    version=1,
    title="calls.form_title",
    fields=(
        Field("line", "calls.ask_customer", _line, optional=True, told=_told),  # what a line said before it became a form
        Field("customer", "calls.ask_customer", _customer, options=_customer_options, kept_as=pack, told=_told),
        Field(
            "number", "calls.ask_number", _number, params=_name_of, when=_asked_or("number", _needs_number), skippable=True,
            kept_as=pack, told=_told,
        ),
        Field(
            "outcome", "calls.ask_outcome", _outcome, options=_outcome_options, params=_lead, kept_as=pack,
            when=_asked_or("outcome", lambda values: entry(values).outcome is None),
        ),
        Field(
            "intention", "calls.ask_intention", _intention, options=_intention_options, skippable=True, kept_as=pack,
            when=_asked_or("intention", _wants_intention),
        ),
        Field(
            "visit", "calls.ask_visit", _next, options=_next_options, kept_as=pack,
            when=_asked_or("visit", _wants_visit_time),
        ),
        Field("next", "calls.ask_next", _next, options=_next_options, kept_as=pack, when=_asked_or("next", _wants_next)),
    ),
)  # fmt: skip


# --- changing ------------------------------------------------------------------------------------------------------


def _what(raw: str, scope: Scope) -> str | Entry:
    """What is to be changed, or the change itself in words (意向40 周三10点)."""
    if (kept := _kept(raw)) is not None:
        return kept
    text = clean_text(raw).strip()
    for name in (*CHANGES, "visit"):
        if text in {name, t(scope.lang, f"calls.change_{name}")}:
            return name
    said = entry_of(understood(text, scope), outcomes_in(scope))
    if said.outcome or said.intention is not None or said.next_contact or said.phone:
        return said
    raise Invalid("calls.ask_what_again")


def _what_options(scope: Scope) -> Sequence[Option]:
    del scope
    return [Option(name, key=f"calls.change_{name}") for name in CHANGES]


def _note(raw: str, scope: Scope) -> Entry:
    del scope
    if (kept := _kept(raw)) is not None:
        return kept
    text = clean_text(raw).strip()
    if not text:
        raise Invalid("form.empty")
    if len(text) > NOTE:
        raise Invalid("form.too_long", length=len(text), limit=NOTE)
    return Entry(note=text)


def _is(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda values: values.get("what") == name


def _keep_what(value: str | Entry) -> str:
    return value if isinstance(value, str) else pack(value)


CHANGE = Form(
    name="call_change",
    version=1,
    title="calls.change_title",
    fields=(
        Field("what", "calls.ask_what", _what, options=_what_options, params=_lead, kept_as=_keep_what),
        Field("outcome", "calls.ask_outcome", _outcome, options=_outcome_options, params=_lead, kept_as=pack, when=_is("outcome")),
        Field("intention", "calls.ask_intention", _intention, options=_intention_options, kept_as=pack, when=_is("intention")),
        Field("next", "calls.ask_next", _next, options=_next_options, kept_as=pack, when=_is("next")),
        Field("visit", "calls.ask_visit", _next, options=_next_options, kept_as=pack, when=_is("visit")),
        Field("note", "calls.ask_note", _note, free=True, kept_as=pack, told=_told, when=_is("note")),
        Field("customer", "calls.ask_customer_right", _customer, kept_as=pack, told=_told, when=_is("customer")),
    ),
)  # fmt: skip
