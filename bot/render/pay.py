"""Earnings in words: the card, why, what if, the months (voice 2.5). Every line names its rule; a zero says why."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bot.channels.port import Button, Message, Rows
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules import wording
from core.rules.calendar import Month
from core.rules.money import percent, yuan, yuan_short
from core.rules.pay import Component, DealKind, Line, Statement
from core.rules.people import AGENTS, Person, Role
from core.rules.prospects import Change
from core.store import people
from core.store.db import Tx
from core.usecases import pay
from core.usecases.pay import Earnings, Sold

NOTES_SHOWN = 2


def _day(day: date) -> str:
    return f"{day:%m-%d}"


def card(found: Earnings, today: date, lang: str) -> str:
    """The month so far in a few lines."""
    made, month = found.statement, found.month.month
    open_month = month == Month.of(today)
    head = "pay.head_open" if open_month else "pay.head"
    lines = [t(lang, head, month=month.start.month, total=yuan(made.total), day=_day(today))]
    second = [t(lang, "pay.base", amount=yuan(made.base))]
    if found.person.role in AGENTS or made.commission:
        second.append(t(lang, "pay.commission", amount=yuan(made.commission)))
    lines.append(" · ".join(second))
    third: list[str] = []
    if made.shares:
        third.append(t(lang, "pay.shares", amount=yuan(made.shares)))
    if made.sms:
        third.append(t(lang, "pay.sms", amount=yuan(made.sms)))
    if made.top_up:
        third.append(t(lang, "pay.top_up", amount=yuan(made.top_up)))
    if third:
        lines.append(" · ".join(third))
    lines.append(_ahead(found, lang))
    if found.pending:
        lines.append(t(lang, "pay.pending", count=found.pending, amount=yuan_short(found.pending_fen)))
    said = frozenset({"below_basis"}) if found.basis is not None else frozenset[str]()
    lines += _notes(made, lang, room=7 - len(lines), said=said)
    return "\n".join(line for line in lines if line)


def _ahead(found: Earnings, lang: str) -> str:
    """Where the month stands and what comes next."""
    made = found.statement
    if found.person.role in {Role.SUPERVISOR, Role.MANAGER}:
        return _team_ahead(found, lang)
    if found.person.role not in AGENTS:
        return ""
    if found.basis is not None:
        return t(
            lang, "pay.below_basis", performance=yuan_short(made.performance), gap=yuan_short(found.basis.gap),
            gain=yuan(found.basis.worth.base),
        )  # fmt: skip
    if found.step is not None:
        return t(
            lang, "pay.next", performance=yuan_short(made.performance), gap=yuan_short(found.step.gap),
            rate=percent(found.step.rate),
        )  # fmt: skip
    return t(lang, "pay.top", performance=yuan_short(made.performance))


def _team_ahead(found: Earnings, lang: str) -> str:
    leads = found.month.leads
    total = sum(team.total for team in leads)
    if not leads or any(not team.target for team in leads):
        return t(lang, "pay.team_no_target", total=yuan_short(total))
    target = sum(team.target or 0 for team in leads)
    text = t(
        lang, "pay.team", total=yuan_short(total), target=yuan_short(target), share=percent(Fraction(total, target))
    )
    if found.step is not None:
        text += t(lang, "pay.team_next", gap=yuan_short(found.step.gap), rate=percent(found.step.rate))
    return text


def _notes(made: Statement, lang: str, room: int, said: frozenset[str] = frozenset()) -> list[str]:
    """The notes that have room, without those whose words stand in a line already."""
    wanted = [wording.note(n, lang) for n in made.notes if n.key not in said | {"everything"}]
    return [f"{text}。" if lang == "zh" else f"{text}." for text in wanted[: min(room, NOTES_SHOWN)]]


def why(found: Earnings, lang: str) -> str:
    """Each component with its slices, its article and the version that priced it."""
    made = found.statement
    lines: list[str] = []
    base = made.of(Component.BASE)
    if base:
        whole = len(base) == 1 and base[0].rate == 1
        key = "pay.why_base_whole" if whole else "pay.why_base"
        lines.append(t(lang, key, amount=yuan(made.base), slices=_slices(base, lang)))
    commission = made.of(Component.COMMISSION)
    if commission:
        text = t(lang, "pay.why_commission", amount=yuan(made.commission), slices=_slices(commission, lang))
        lines.append(text + _free_part(found, lang))
    elif found.person.role in AGENTS:
        first = found.version.pay.brackets(found.person.role).brackets[0].threshold
        lines.append(t(lang, "pay.why_none", first=yuan_short(first)))
    if made.shares or made.of(Component.SHARES):
        lines.append(
            t(lang, "pay.why_shares", amount=yuan(made.shares), slices=_slices(made.of(Component.SHARES), lang))
        )
    if made.of(Component.SMS):
        lines.append(t(lang, "pay.why_sms", amount=yuan(made.sms), slices=_slices(made.of(Component.SMS), lang)))
    articles = list(dict.fromkeys(line.article for line in made.lines))
    lines.append(t(lang, "pay.why_basis", articles=" · ".join(articles) or "-", version=made.version))
    lines += _notes(made, lang, room=3, said=frozenset() if commission else frozenset({"commission_from"}))
    return "\n".join(lines)


def _free_part(found: Earnings, lang: str) -> str:
    if found.person.role not in AGENTS or found.version.pay.commission.mode == "whole":
        return ""
    first = found.version.pay.brackets(found.person.role).brackets[0].threshold
    return t(lang, "pay.why_free", first=yuan_short(first))


def _slices(lines: tuple[Line, ...], lang: str) -> str:
    """The parts of a sum; one part alone need not say the sum again."""
    if len(lines) == 1 and lines[0].rate != 1:
        return t(lang, "pay.slice_alone", base=yuan_short(lines[0].base), rate=percent(lines[0].rate))
    shown = [
        t(lang, "pay.slice", base=yuan_short(line.base), rate=percent(line.rate), amount=yuan(line.amount))
        if line.rate != 1
        else yuan(line.amount)
        for line in lines[:5]
    ]
    more = t(lang, "pay.more", count=len(lines) - 5) if len(lines) > 5 else ""
    return " + ".join(shown) + more


def what_if(amount: int, kind: DealKind, made: Change, other: Change | None, lang: str) -> str:
    """The true worth of one more deal."""
    lines = [t(lang, "pay.if_head", amount=yuan_short(amount), gain=yuan(made.total))]
    parts: list[str] = []
    if made.base:
        parts.append(t(lang, "pay.if_base", amount=yuan(made.base)))
    if made.commission:
        slices = " + ".join(
            t(lang, "pay.slice", base=yuan_short(line.base), rate=percent(line.rate), amount=yuan(line.amount))
            for line in made.lines
        )
        label = "pay.if_commission" if made.base or made.shares else "pay.if_plain"
        parts.append(t(lang, label, amount=yuan(made.commission), slices=slices))
    if made.shares:
        parts.append(t(lang, "pay.if_shares", amount=yuan(made.shares)))
    if made.sms:
        parts.append(t(lang, "pay.if_sms", amount=yuan(made.sms)))
    if parts:
        lines.append(" · ".join(parts))
    elif not made.total:
        lines.append(t(lang, "pay.if_nothing"))
    lines.append(t(lang, "pay.if_then", performance=yuan_short(made.after.performance), total=yuan(made.after.total)))
    if other is not None and kind == DealKind.OWN:
        lines.append(t(lang, "pay.if_delegated", gain=yuan(other.total)))
    return "\n".join(lines)


def history(months: list[Statement], today: date, lang: str) -> str:
    """The months one below the other."""
    lines = [t(lang, "pay.history_head")]
    for made in months:
        key = "pay.history_open" if made.month == Month.of(today) else "pay.history_line"
        lines.append(
            t(lang, key, month=made.month.key, total=yuan(made.total), performance=yuan_short(made.performance))
        )
    return "\n".join(lines)


def deals(found: list[Sold], month: Month, lang: str, page: int, size: int) -> str:
    """The deals behind the figures."""
    if not found:
        return t(lang, "pay.no_deals", month=month.start.month)
    lines = [t(lang, "pay.deals_head", month=month.start.month, count=len(found))]
    for one in found[page * size : (page + 1) * size]:
        visitor = t(lang, "pay.visited", name=one.visitor) if one.visitor else ""
        lines.append(
            t(
                lang, "pay.deal_line", day=_day(one.deal.signed_on), amount=yuan_short(one.deal.amount_fen),
                kind=t(lang, f"pay.kind_{one.deal.kind.value}"), customer=one.customer, visitor=visitor,
                state=t(lang, f"pay.state_{one.deal.state.value}"),
            ).rstrip()
        )  # fmt: skip
    return "\n".join(lines)


def buttons(lang: str, month: Month, shown: str = "card") -> Rows:
    """What can be asked next."""

    def b(name: str, action: str) -> Button:
        return Button(t(lang, f"pay.{name}"), action, {"month": month.key}, once=False)

    if shown == "card":
        return (
            (b("why", "pay.why"), b("if", "pay.if"), b("picture", "pay.picture")),
            (b("history", "pay.history"), b("doubt", "pay.doubt"), b("fold", "pay.fold")),
        )
    if shown == "why":
        return ((b("each_deal", "pay.deals"), b("doubt", "pay.doubt")), (b("back", "pay.card"),))
    if shown == "if":
        return ((b("another", "pay.if"), b("back", "pay.card")),)
    return ((b("back", "pay.card"),),)


@notice("pay_card")
async def pay_card(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """The card in private, when somebody asked in a group."""
    if person is None:
        return None
    month = Month.parse(data["month"]) if data.get("month") else Month.of(tx.today)
    found = await pay.earn(tx, person, month)
    return Message(card(found, tx.today, lang), buttons(lang, month), protect=True)


@notice("pay_questioned")
async def pay_questioned(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody doubts their pay: their superior hears it, without figures."""
    who = await people.by_id(tx, int(data["person"]))
    if who is None:
        return None
    return Message(t(lang, "pay.questioned", name=who.name, month=data["month"], text=data["text"]), protect=True)
