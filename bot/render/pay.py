"""Earnings in words: the card, why, what if, the months (voice 2.5). Every line names its rule; a zero says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bot.channels.port import Button, Message, Rows
from bot.render.months import month_said
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules import wording
from core.rules.calendar import Month
from core.rules.closing import Due, State
from core.rules.money import percent, yuan, yuan_short
from core.rules.pay import Component, DealKind, Line
from core.rules.people import AGENTS, Person, Role
from core.rules.prospects import Change, NextStep
from core.store import people
from core.store.db import Tx
from core.usecases import pay, pay_ahead
from core.usecases.pay import Earnings, Sold
from core.usecases.pay_ahead import Beside

NOTES_SHOWN = 2
FIRST = {"commission_from", "attainment_below", "target_missing", "base_unset", "calendar_guessed"}
LINES_SHOWN = 7


def day_of(day: date) -> str:
    """`11-20`."""
    return f"{day:%m-%d}"


def head(found: Earnings, today: date, lang: str, viewer: Person | None = None) -> str:
    """`11 月暂计 1,376.00(截至 11-20)`; 暂计 until the month is locked. Beside somebody else's the name."""
    month = found.month.month
    key = "pay.head" if found.state.closed else "pay.head_open" if month == Month.of(today) else "pay.head_over"
    state = t(lang, f"pay.closed_{found.state.value}") if found.state.closed else ""
    text = t(lang, key, month=month.start.month, total=yuan(found.payable), day=day_of(today)) + state
    if found.statement.undetermined:
        text += t(lang, "pay.head_undetermined")
    return text if viewer is None or viewer.id == found.person.id else f"{found.person.name} · {text}"


def card(
    found: Earnings, today: date, lang: str, beside: Beside | None = None, viewer: Person | None = None
) -> str:  # fmt: skip
    """The month in a few lines, never more than seven."""
    lines = [head(found, today, lang, viewer)]
    if found.basis is not None:
        lines += _below_basis(found, found.basis, lang)
        said = frozenset({"below_basis", "commission_from"})
    else:
        lines += [*_parts(found, lang), _ahead(found, today, lang)]
        said = frozenset()
    lines += adjusted(found, lang)
    if found.pending:
        lines.append(t(lang, "pay.pending", count=found.pending, amount=yuan_short(found.pending_fen)))
    lines = [line for line in lines if line]
    if beside is not None and (extra := _beside(beside, lang)):
        lines.append(extra)
    return "\n".join([*lines, *notes(found, lang, room=LINES_SHOWN - len(lines), said=said)])


def _parts(found: Earnings, lang: str) -> list[str]:
    """Base and commission, then what comes beside them; a base of nothing says why."""
    made = found.statement
    second = [t(lang, "pay.base", amount=yuan(made.base))]
    if found.person.role in AGENTS or made.commission:
        second.append(t(lang, "pay.commission", amount=yuan(made.commission)))
    return [" · ".join(second), _others(found, lang)]


def _others(found: Earnings, lang: str) -> str:
    made = found.statement
    named = (("shares", made.shares), ("sms", made.sms), ("top_up", made.top_up))
    return " · ".join(t(lang, f"pay.{name}", amount=yuan(fen)) for name, fen in named if fen)


def _below_basis(found: Earnings, basis: NextStep, lang: str) -> list[str]:
    """What the base came to and why, why there is no commission, and what brings the base back."""
    made = found.statement
    if not made.performance:
        first = [t(lang, "pay.base_nothing", basis=yuan_short(basis.threshold)), nothing(found, lang)]
    else:
        base = t(lang, "pay.base_cut", sum=cut(found, lang))
        commission = nothing(found, lang) or t(lang, "pay.commission", amount=yuan(made.commission))
        first = [t(lang, "pay.two", first=base, second=commission)]
    back = t(
        lang, "pay.basis_back", gap=yuan_short(basis.gap), base=yuan(made.base + basis.worth.base),
        gain=yuan(basis.worth.base),
    )  # fmt: skip
    return [*first, _others(found, lang), back]


def cut(found: Earnings, lang: str) -> str:
    """`750×6,000/8,000`, with what it came to where that is not the whole month's sum."""
    base = found.statement.of(Component.BASE)
    note = next((one for one in found.statement.notes if one.key == "below_basis"), None)
    if len(base) != 1 or note is None or found.month.presence != 1 or found.version.pay.basis_cut.mode == "step":
        return yuan(found.statement.base)
    sold, basis = (int(str(note.params[name])) for name in ("performance", "basis"))
    text = t(
        lang, "pay.cut", base=yuan_short(base[0].base), performance=yuan_short(sold), basis=yuan_short(basis)
    )  # fmt: skip
    alone = found.statement.base == found.statement.total
    return text if alone else t(lang, "pay.cut_to", amount=yuan(found.statement.base), sum=text)


def nothing(found: Earnings, lang: str) -> str:
    """Why a seller's commission is 0.00; "" where it is not, or where a note of the statement says so."""
    if found.person.role not in AGENTS or found.statement.commission or found.slip is not None:
        return ""
    first = found.version.pay.brackets(found.person.role).brackets[0].threshold
    if found.statement.performance >= first:  # on the very edge: nothing lies above it yet
        return t(lang, "pay.edge", first=yuan_short(first))
    return t(lang, "pay.why_none", first=yuan_short(first))


def adjusted(found: Earnings, lang: str) -> list[str]:
    """What a month carries for earlier ones."""
    due = found.due
    lines = [
        t(lang, "pay.adjusted", month=one.about.start.month, amount=yuan(one.fen)) for one in due.adjustments[:2]
    ]  # fmt: skip
    if len(due.adjustments) > 2:
        lines = [t(lang, "pay.adjusted_all", count=len(due.adjustments), amount=yuan(due.adjusted))]
    if due.carried:
        lines.append(t(lang, "pay.carried", amount=yuan(due.carried)))
    if due.taken:
        lines.append(t(lang, "pay.deducted", amount=yuan(-due.deducted), reports=_reports(due, lang)))
    return lines


def _reports(due: Due, lang: str) -> str:
    """`2026-W47`, or how many: which reports a deduction is for."""
    facts = [one.deduction.fact.split(":", 1)[1] for one in due.taken]
    return (
        ("、" if lang == "zh" else ", ").join(facts)
        if len(facts) < 3
        else t(lang, "pay.deducted_many", count=len(facts))
    )


def _ahead(found: Earnings, today: date, lang: str) -> str:
    """Where the month stands and what comes next."""
    made = found.statement
    if found.month.role in {Role.SUPERVISOR, Role.MANAGER}:
        return _team_ahead(found, lang)
    if found.month.role not in AGENTS:
        return ""
    if found.slip is not None or found.month.month.end < today:
        return t(lang, "pay.sold", performance=yuan_short(made.performance))
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


def _beside(beside: Beside, lang: str) -> str:
    """`上月同期 1,011.00 · 照这个速度月底 1,925.00 · 组内第 2`."""
    said: list[str] = []
    if beside.before is not None:
        key = "pay.before_point" if beside.same_point else "pay.before"
        said.append(t(lang, key, amount=yuan(beside.before)))
    if beside.forecast is not None:
        said.append(t(lang, "pay.forecast", amount=yuan(beside.forecast)))
    if beside.place is not None:
        said.append(t(lang, "pay.place", place=beside.place[0]))
    return " · ".join(said)


def notes(found: Earnings, lang: str, room: int, said: frozenset[str] = frozenset()) -> list[str]:
    """The notes that have room, without those whose words stand in a line already: why it is 0, or may change, first."""
    made = found.statement
    wanted = [n for n in made.notes if n.key not in said | {"everything"}]
    wanted.sort(key=lambda n: n.key not in FIRST)
    texts = [wording.note(n, lang) for n in wanted[: max(0, min(room, NOTES_SHOWN))]]
    return [f"{text}。" if lang == "zh" else f"{text}." for text in texts]


# --- why ------------------------------------------------------------------------------------------------------------


def why(found: Earnings, sold: Sequence[Sold], lang: str, earlier: Sequence[str] = ()) -> str:
    """Each component with its slices, the article and the version that priced it. A base in full needs no words.

    `earlier`: lines on what the month carries for earlier ones.
    """
    made = found.statement
    lines: list[str] = []
    base = made.of(Component.BASE)
    whole = len(base) == 1 and base[0].rate == 1
    if base and (not whole or len(made.lines) == 1):
        lines.append(why_of(found, Component.BASE, sold, lang))
    if made.of(Component.COMMISSION):
        lines.append(why_of(found, Component.COMMISSION, sold, lang))
    elif none := nothing(found, lang):
        lines.append(none)
    others = (Component.SHARES, Component.SMS, Component.TOP_UP)
    lines += [why_of(found, one, sold, lang) for one in others if made.of(one)]
    lines += earlier
    priced = made.of(Component.COMMISSION) or made.lines
    articles = list(dict.fromkeys(line.article for line in priced))
    lines.append(t(lang, "pay.why_basis", articles=" · ".join(articles) or "-", version=made.version))
    cut_said = {"below_basis"} if base and not whole and "/" in lines[0] else set()
    said = frozenset({"commission_from"} | cut_said)
    return "\n".join([*lines, *notes(found, lang, room=LINES_SHOWN - len(lines), said=said)])


def why_of(found: Earnings, component: Component, sold: Sequence[Sold], lang: str) -> str:
    """One component: its sum and the slices that make it."""
    made = found.statement
    lines = made.of(component)
    amount = yuan(sum(line.amount for line in lines))
    match component:
        case Component.BASE:
            if len(lines) == 1 and lines[0].rate == 1:
                return t(lang, "pay.why_base_whole", amount=amount)
            shown = cut(found, lang)
            slices = slices_of(lines, lang) if shown == amount or "(" in shown else shown
            return t(lang, "pay.why_base", amount=amount, slices=slices)
        case Component.COMMISSION:
            return t(lang, "pay.why_commission", amount=amount, slices=slices_of(lines, lang)) + _free_part(found, lang)
        case Component.SHARES:
            return t(lang, "pay.why_shares", amount=amount, slices=_visits(found, lines, sold, lang))
        case Component.SMS:
            return t(lang, "pay.why_sms", amount=amount, slices=slices_of(lines, lang))
        case Component.TOP_UP:
            return t(lang, "pay.why_top_up", amount=amount)


def _visits(found: Earnings, lines: Sequence[Line], sold: Sequence[Sold], lang: str) -> str:
    """`7,000 一单吴海涛代访 ×1%`: who visited, or for whom it was visited."""
    deals = {one.deal.id: one for one in sold}
    visits = [line for line in lines if line.base and line.deals]
    said: list[str] = []
    for line in visits[:2]:
        one = deals.get(int(line.deals[0]))
        name = "" if one is None else (one.visitor or one.seller or "")
        key = "pay.visit_for" if one is not None and one.deal.visitor_id == found.person.id else "pay.visit_by"
        said.append(t(lang, key, base=yuan_short(line.base), name=name, rate=percent(abs(line.rate))))
    text = " + ".join(said)
    if len(visits) > 2:
        text += t(lang, "pay.more", count=len(visits) - 2)
    borne = sum(line.amount for line in lines if not line.base)
    return text + (t(lang, "pay.borne", amount=yuan(borne)) if borne else "")


def _free_part(found: Earnings, lang: str) -> str:
    if found.month.role not in AGENTS or found.version.pay.commission.mode == "whole":
        return ""
    first = found.version.pay.brackets(found.month.role).brackets[0].threshold
    return t(lang, "pay.why_free", first=yuan_short(first))


def slices_of(lines: Sequence[Line], lang: str) -> str:
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


# --- what if ----------------------------------------------------------------------------------------------------------


def what_if(
    amount: int,
    kind: DealKind,
    made: Change,
    other: Change | None,
    ahead: tuple[NextStep | None, NextStep | None],
    lang: str,
) -> str:
    """The true worth of one more deal: what it changes, where the month would stand, how far to what comes next."""
    lines = [t(lang, "pay.if_head", amount=yuan_short(amount), gain=yuan(made.total))]
    parts: list[str] = []
    if made.base:
        parts.append(t(lang, "pay.if_base", amount=yuan(made.base)))
    if made.commission:
        mixed = bool(made.base or made.shares)
        slices = " + ".join(
            t(lang, "pay.slice_alone", base=yuan_short(line.base), rate=percent(line.rate))
            if mixed and len(made.lines) == 1
            else t(lang, "pay.slice", base=yuan_short(line.base), rate=percent(line.rate), amount=yuan(line.amount))
            for line in made.lines
        )
        label = "pay.if_commission" if mixed else "pay.if_plain"
        parts.append(t(lang, label, amount=yuan(made.commission), slices=slices))
    if made.shares:
        parts.append(t(lang, "pay.if_shares", amount=yuan(made.shares)))
    if made.sms:
        parts.append(t(lang, "pay.if_sms", amount=yuan(made.sms)))
    if made.base and parts:
        lines[0] += t(lang, "pay.if_of") + t(lang, "pay.comma").join(parts)
    elif parts:
        lines.append(" · ".join(parts))
    elif not made.total:
        lines.append(t(lang, "pay.if_nothing"))
    lines.append(t(lang, "pay.if_then", performance=yuan_short(made.after.performance), total=yuan(made.after.total)))
    if other is not None and kind == DealKind.OWN:
        lines.append(t(lang, "pay.if_delegated", gain=yuan(other.total)))
    step, basis = ahead
    if basis is not None:
        lines.append(t(lang, "pay.if_basis", gap=yuan_short(basis.gap), gain=yuan(basis.worth.base)))
    elif step is not None:
        lines.append(t(lang, "pay.if_next", gap=yuan_short(step.gap), rate=percent(step.rate)))
    return "\n".join(lines)


# --- the months ----------------------------------------------------------------------------------------------------------


def history(months: Sequence[Earnings], today: date, lang: str) -> str:
    """The months one below the other, each with its state: 暂计, 已结, 已发."""
    lines = [t(lang, "pay.history_head")]
    for found in months:
        state = found.state if found.state.closed else State.OPEN
        lines.append(
            t(
                lang, "pay.history_line", month=month_said(found.month.month, today, lang), total=yuan(found.payable),
                state=t(lang, f"pay.month_{state.value}"), performance=yuan_short(found.statement.performance),
            )
        )  # fmt: skip
    return "\n".join(lines)


def deals(found: Sequence[Sold], month: Month, lang: str, page: int, size: int) -> str:
    """The deals behind the figures."""
    if not found:
        return t(lang, "pay.no_deals", month=month.start.month)
    lines = [t(lang, "pay.deals_head", month=month.start.month, count=len(found))]
    return "\n".join(lines + [deal_line(one, lang) for one in found[page * size : (page + 1) * size]])


def deal_line(one: Sold, lang: str) -> str:
    """One deal: the day, what was paid, how, for whom, what became of it."""
    by = t(lang, "pay.visited", name=one.visitor) if one.visitor else ""
    if one.seller:
        by = t(lang, "pay.sold_by", name=one.seller)
    return t(
        lang, "pay.deal_line", day=day_of(one.deal.signed_on), amount=yuan_short(one.deal.amount_fen),
        kind=t(lang, f"pay.kind_{one.deal.kind.value}"), customer=one.customer, visitor=by,
        state=t(lang, f"pay.state_{one.deal.state.value}"),
    ).rstrip()  # fmt: skip


# --- buttons ----------------------------------------------------------------------------------------------------------


def buttons(lang: str, found: Earnings, viewer: Person, today: date, shown: str = "card") -> Rows:
    """What can be asked next; of somebody else's pay only what may be looked at."""
    month = found.month.month
    own = viewer.id == found.person.id
    args = {"month": month.key} | ({} if own else {"person": found.person.id})

    def b(name: str, action: str) -> Button:
        return Button(t(lang, f"pay.{name}"), action, args, once=False)

    back = b("back", "pay.card")
    if shown == "card":
        second = b("if", "pay.if") if own and month == Month.of(today) else b("slip", "pay.slip")
        middle = b("group", "pay.group") if pay.leads_somebody(viewer) else b("doubt", "pay.doubt")
        return (
            (b("why", "pay.why"), second, b("picture", "pay.picture")),
            (b("history", "pay.history"), middle, b("fold", "pay.fold")),
        )
    if shown == "why":
        first = (b("each_deal", "pay.deals"), b("doubt", "pay.doubt")) if own else (b("each_deal", "pay.deals"),)
        return (first, (b("each_line", "pay.lines"), b("slip", "pay.slip"), back))
    if shown == "if":
        return ((b("another", "pay.if"), back),)
    return ((back,),)


@notice("pay_card")
async def pay_card(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """The card in private, when somebody asked in a group."""
    if person is None:
        return None
    month = Month.parse(data["month"]) if data.get("month") else Month.of(tx.today)
    found = await pay.earn(tx, person, month)
    text = card(found, tx.today, lang, await pay_ahead.beside(tx, found, person))
    return Message(text, buttons(lang, found, person, tx.today), protect=True)


@notice("pay_questioned")
async def pay_questioned(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """A doubt as earlier versions sent it: one that still waits to be sent after an upgrade."""
    who = await people.by_id(tx, int(data["person"]))
    if who is None:
        return None
    return Message(t(lang, "pay.questioned", name=who.name, month=data["month"], text=data["text"]), protect=True)
