"""The deal form 报单: amount, kind, visitor, customer; signing date, 合单 and note on request. Pure.

The draft's context holds what the fields may know: who could have visited, the seller's latest customers, the
company's limits (see `context_of` in handlers/deals.py). Everything is checked again when it is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.forms.colleagues import Colleague, find
from bot.forms.engine import Field, Form, Invalid, Option, Scope
from bot.forms.kinds import words
from bot.render.deal_lines import day_words, kind_words
from bot.render.texts import t
from core.rules import money, names, phones
from core.rules.amounts import parse_amount
from core.rules.deals import DealKind
from core.rules.errors import Refusal
from core.rules.handing_in import check_day
from core.rules.people import AGENTS, Role
from core.rules.sounds import sound
from core.rules.when import parse_day

SURE = "!"  # stands behind an unusual amount that was meant: 50000000!
HALF = "half"
NOBODY = "none"
SHOWN = 6  # names and customers offered as buttons
WAN = 1_000_000  # fen
TYPICAL = (100_000, 2_000_000)  # fen: an ordinary order, where the company has no history yet
KIND_WORDS: Mapping[DealKind, frozenset[str]] = {
    DealKind.OWN: frozenset({"own", "自拓", "自己", "自己签的", "自签", "自己的"}),
    DealKind.DELEGATED: frozenset({"delegated", "代理", "代理拜访", "代访", "代拜访", "委托"}),
    DealKind.SMS: frozenset({"sms", "短信", "短信群发", "群发"}),
}


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """A customer as answered: one on file (`id`), or a name and perhaps a number (E.164) of a new one."""

    id: int | None = None
    name: str | None = None
    phone: str | None = None
    shown: str = ""  # 李总 138****8000


# --- amount ----------------------------------------------------------------------------------------------------------


def _amount(raw: str, scope: Scope) -> int:
    """Fen. An amount far from the company's usual ones is asked again before it is taken."""
    sure = raw.endswith(SURE)
    try:
        fen = parse_amount(raw.removesuffix(SURE), int(scope.context["max"]))
    except Refusal as refusal:
        params = dict(refusal.params)
        if "max_fen" in params:
            params["most"] = money.yuan_short(int(str(params.pop("max_fen"))))
        raise Invalid(f"deals.{refusal.key.replace('.', '_')}", **params) from None
    if sure:
        return fen
    low, high = _usual(scope) or (0, 0)
    unusual = fen >= int(scope.context["absurd"]) or fen * 10 < low
    if unusual:
        meant = _meant(fen, (low, high) if high else TYPICAL)
        offers = [
            Option(f"{money.plain(fen)}{SURE}", literal=t(scope.lang, "deals.it_is", amount=short(fen, scope.lang)))
        ]
        if meant is not None:
            text = t(scope.lang, "deals.i_meant", amount=money.yuan_short(meant))
            offers.append(Option(money.plain(meant), literal=text))
        offers.append(Option("?", key="deals.retype"))
        if high:
            usual = f"{money.yuan_short(low)}–{money.yuan_short(high)}"
            raise Invalid("deals.absurd", amount=money.yuan_short(fen), usual=usual).offering(offers)
        raise Invalid("deals.absurd_first", amount=money.yuan_short(fen)).offering(offers)
    return fen


def _amount_or_retype(raw: str, scope: Scope) -> int:
    if raw.strip() == "?":
        raise Invalid("deals.retype_now")
    return _amount(raw, scope)


def _usual(scope: Scope) -> tuple[int, int] | None:
    usual = scope.context.get("usual")
    return (int(usual[0]), int(usual[1])) if usual else None


def _meant(fen: int, usual: tuple[int, int]) -> int | None:
    """The same digits at another place, if that is an ordinary amount in whole yuan: 500,000 -> 5,000."""
    for power in (10, 100, 1000, 10_000):
        if fen < usual[0]:
            candidate = fen * power
        elif fen % (power * 100) == 0:
            candidate = fen // power
        else:
            continue
        if usual[0] <= candidate <= usual[1]:
            return candidate
    return None


def short(fen: int, lang: str) -> str:
    """`50 万` in Chinese where it is round, else `500,000`."""
    if lang == "zh" and fen >= WAN and fen % (WAN // 100) == 0:
        whole, rest = divmod(fen, WAN)
        return f"{whole}{f'.{rest:06d}'.rstrip('0') if rest else ''} 万"
    return money.yuan_short(fen)


# --- kind and visitor ------------------------------------------------------------------------------------------------


def _kind_options(scope: Scope) -> Sequence[Option]:
    del scope
    return [Option(kind.value, key=f"deals.kind_{kind.value}") for kind in DealKind]


def _kind(raw: str, scope: Scope) -> DealKind:
    text = raw.strip().casefold()
    if text.isdigit() and 1 <= int(text) <= len(DealKind):
        return list(DealKind)[int(text) - 1]
    for kind, spoken in KIND_WORDS.items():
        if text in spoken or text == t(scope.lang, f"deals.kind_{kind.value}").casefold():
            return kind
    raise Invalid("deals.which_kind")


def colleagues_in(scope: Scope) -> list[Colleague]:
    """Everybody who sells, oneself among them."""
    return [Colleague.unpacked(row) for row in scope.context.get("people", ())]


def _others(scope: Scope) -> list[Colleague]:
    return [c for c in colleagues_in(scope) if c.id != scope.context["me"]]


def _named(c: Colleague, scope: Scope) -> Option:
    """A button for a person; the post is said where somebody else's name sounds the same."""
    twins = [other for other in colleagues_in(scope) if other.id != c.id and sound(other.name) == sound(c.name)]
    role = f" {t(scope.lang, f'people.role_{c.role.value}')}" if twins else ""
    return Option(f"#{c.id}", literal=f"{c.name}{role}")


def _near_first(some: list[Colleague], scope: Scope) -> list[Colleague]:
    return sorted(some, key=lambda c: (c.team_id != scope.context.get("team"), c.id))


def _visitor_options(scope: Scope) -> Sequence[Option]:
    reps = [c for c in _others(scope) if c.role is Role.REP]
    return [_named(c, scope) for c in _near_first(reps, scope)[:SHOWN]]


def _somebody(raw: str, scope: Scope, *, first: frozenset[Role], unknown: str, myself: str) -> int:
    text = raw.strip()
    if text.startswith("#") and text[1:].isdigit():
        chosen = int(text[1:])
        if chosen == scope.context["me"]:
            raise Invalid(myself)
        if any(c.id == chosen for c in _others(scope)):
            return chosen
        raise Invalid(unknown, name="")
    everyone = colleagues_in(scope)
    mine = next((c for c in everyone if c.id == scope.context["me"]), None)
    found = find(text, everyone, first=first)
    others = [c for c in found if c.id != scope.context["me"]]
    if mine in found and not others:
        raise Invalid(myself)
    if not others:
        raise Invalid(unknown, name=names.clean_name(text))
    if len(others) > 1 or mine in found:
        offers = [_named(c, scope) for c in _near_first(others, scope)[:SHOWN]]
        raise Invalid("deals.which_colleague", name=names.clean_name(text)).offering(offers)
    return others[0].id


def _visitor(raw: str, scope: Scope) -> int:
    reps = frozenset({Role.REP})
    return _somebody(raw, scope, first=reps, unknown="deals.no_such_rep", myself="deals.visitor_is_you")


# --- customer --------------------------------------------------------------------------------------------------------


def _customer_options(scope: Scope) -> Sequence[Option]:
    known = scope.context.get("customers", ())
    return [Option(f"#{row[0]}", literal=row[2]) for row in known[:SHOWN]]


def _customer(raw: str, scope: Scope) -> CustomerRef:
    """One on file by button or by its only name; else a name, a number or both."""
    text = raw.strip()
    known = scope.context.get("customers", ())
    if text.startswith("#") and text[1:].isdigit():
        for row in known:
            if row[0] == int(text[1:]):
                return CustomerRef(row[0], row[1], None, row[2])
        raise Invalid("deals.customer_gone")
    if re.match(r"^/?(报单|deal)\b", text, re.IGNORECASE) or text.startswith(("报单", "记 ")):
        raise Invalid("deals.customer_ask_name")  # another line, not a name
    phone, rest, problem = phones.find_phone(text)
    if problem is not None:
        key = problem.key.replace("phones.", "phone_")
        raise Invalid(f"deals.{key}", **{"digits": "", **problem.params, "seen": problem.seen})
    name = names.clean_name(rest) or None
    if name is None and phone is None:
        raise Invalid("deals.customer_ask_name")
    if phone is None:
        same = [row for row in known if row[1] == name]
        if len(same) == 1:
            return CustomerRef(same[0][0], same[0][1], None, same[0][2])
        if len(same) > 1:
            offers = [Option(f"#{row[0]}", literal=row[2]) for row in same[:SHOWN]]
            raise Invalid("deals.which_customer", name=name).offering(offers)
        if name is not None and name.isdigit():
            raise Invalid("deals.customer_ask_name")
    shown = " ".join(part for part in (name, phones.mask(phone) if phone else None) if part)
    return CustomerRef(None, name, phone, shown)


# --- date, 合单, note -------------------------------------------------------------------------------------------------


def _signed_on(raw: str, scope: Scope) -> date:
    text = raw.strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        found = parse_day(text, scope.now, past=True) or parse_day(text, scope.now, past=False)
        if found is None:
            raise Invalid("deals.which_day") from None
        day = found.on
    try:
        check_day(day, scope.now.date(), date.fromisoformat(scope.context["hired_on"]))
    except Refusal as refusal:
        params = dict(refusal.params)
        if refusal.key == "deals.day_future":
            params["day"] = day_words(day, scope.now.date(), scope.lang)
        raise Invalid(refusal.key, **params) from None
    return day


def _day_options(scope: Scope) -> Sequence[Option]:
    today = scope.now.date()
    yesterday = today - timedelta(days=1)
    return [
        Option(today.isoformat(), literal=day_words(today, today, scope.lang)),
        Option(yesterday.isoformat(), literal=day_words(yesterday, today, scope.lang)),
    ]


def _partner_options(scope: Scope) -> Sequence[Option]:
    mates = [c for c in _others(scope) if c.team_id == scope.context.get("team")]
    mates.sort(key=lambda c: (c.role not in AGENTS, c.id))
    nobody = [Option(NOBODY, key="deals.not_joint")] if scope.values.get("partner") else []
    return [*(_named(c, scope) for c in mates[:SHOWN]), *nobody]


def _partner(raw: str, scope: Scope) -> int | None:
    if raw.strip() in {NOBODY, t(scope.lang, "deals.not_joint")}:
        return None
    chosen = _somebody(raw, scope, first=frozenset(), unknown="deals.no_such_colleague", myself="deals.partner_is_you")
    if chosen == scope.values.get("visitor"):
        raise Invalid("deals.partner_visits")
    return chosen


def _part(raw: str, scope: Scope) -> int:
    """The partner's part in fen: half (the odd fen stays with whoever hands it in), or an amount below the whole."""
    whole = int(scope.values.get("amount", 0))
    text = raw.strip()
    if text in {HALF, "一半", "各一半", "对半", "平分", t(scope.lang, "deals.half")}:
        return whole // 2
    try:
        fen = parse_amount(text, int(scope.context["max"]))
    except Refusal as refusal:
        raise Invalid("deals.part_amount", amount=money.yuan_short(whole)) from refusal
    if not 0 < fen < whole:
        raise Invalid("deals.part_amount", amount=money.yuan_short(whole))
    return fen


def _part_options(scope: Scope) -> Sequence[Option]:
    del scope
    return [Option(HALF, key="deals.half")]


def _part_params(scope: Scope) -> Mapping[str, object]:
    partner = next((c.name for c in colleagues_in(scope) if c.id == scope.values.get("partner")), "")
    return {"name": partner, "amount": money.yuan_short(int(scope.values.get("amount", 0)))}


# --- the review ------------------------------------------------------------------------------------------------------


def summary(scope: Scope) -> str:
    """What will be handed in, who decides, and what it is worth (`worth`, `to` come from the review hook)."""
    values, lang, context = scope.values, scope.lang, scope.context
    kind: DealKind = values["kind"]
    who = {c.id: c.name for c in colleagues_in(scope)}
    visitor = who.get(values.get("visitor") or 0, "")
    what = t(lang, "deals.visited_by", name=visitor) if kind is DealKind.DELEGATED else ""
    head = [money.yuan(values["amount"]), kind_words(kind, lang), what, values["customer"].shown]
    today = scope.now.date()
    lines = [" · ".join(part for part in head if part)]
    lines.append(
        t(
            lang,
            "deals.review_signed",
            day=day_words(values.get("signed_on") or today, today, lang),
            to=context.get("to", ""),
        )
    )
    if values.get("partner"):
        part = int(values["part"])
        lines.append(
            t(
                lang,
                "deals.review_joint",
                name=who.get(values["partner"], ""),
                part=money.yuan(part),
                mine=money.yuan(values["amount"] - part),
            )
        )
    lines += context.get("worth", ())
    if values.get("note"):
        lines.append(t(lang, "deals.review_note", note=str(values["note"])[:80]))
    return "\n".join(lines)


def _has_partner(values: Mapping[str, Any]) -> bool:
    return values.get("partner") is not None


DEAL = Form(
    name="deal",
    version=1,
    title="deals.form_title",
    fields=(
        Field("amount", "deals.ask_amount", _amount_or_retype, label="deals.label_amount"),
        Field("kind", "deals.ask_kind", _kind, options=_kind_options, label="deals.label_kind"),
        Field(
            "visitor", "deals.ask_visitor", _visitor, options=_visitor_options, label="deals.label_visitor",
            when=lambda values: values.get("kind") is DealKind.DELEGATED,
        ),
        Field(
            "customer", "deals.ask_customer", _customer, options=_customer_options, names=True,
            label="deals.label_customer",
        ),
        Field(
            "signed_on", "deals.ask_day", _signed_on, options=_day_options, optional=True, label="deals.label_day",
            kept_as=date.isoformat,
        ),
        Field("partner", "deals.ask_partner", _partner, options=_partner_options, optional=True, label="deals.label_joint"),
        Field("part", "deals.ask_part", _part, options=_part_options, params=_part_params, when=_has_partner),
        Field("note", "deals.ask_note", words(200), optional=True, free=True, label="deals.label_note"),
    ),
    summary=summary,
    send="deals.hand_in",
    shortcuts=(("amount", "deals.change_amount"), ("kind", "deals.change_kind"), ("partner", "deals.joint")),
)  # fmt: skip
