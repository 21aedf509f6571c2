"""Deals as messages: cards, receipts, and the notices that tell people what became of a deal."""

# ruff: noqa: ARG001  (every renderer is given the same four things)

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.channels.port import Button, File, Message, Rows
from bot.render import deal_lines as say
from bot.render.months import month_said
from bot.render.notices import Data, notice
from bot.render.pictures import cheers
from bot.render.texts import t
from core.rules.calendar import Month
from core.rules.celebrate import Cheer
from core.rules.deals import DealKind, DealState
from core.rules.errors import Refusal
from core.rules.money import yuan
from core.rules.people import Person
from core.rules.phones import masked
from core.store import customers, people
from core.store.db import Tx
from core.usecases import pictures, whole_deals
from core.usecases.whole_deals import Whole

MOST_MONTHS = 3  # told of a deal whose money came in over several


def subject(whole: Whole) -> str:
    """What every message about a deal carries: a reply to it finds the deal."""
    return f"deal:{whole.id}"


def decision_row(whole: Whole, lang: str) -> tuple[Button, ...]:
    """[确认] [退回], for this submission only: what was handed in again since must be seen before it is decided."""
    args = {"id": whole.id, "round": whole.round}
    return (
        Button(t(lang, "deals.confirm"), "deal.confirm", args),
        Button(t(lang, "deals.reject"), "deal.reject", args, once=False),
    )


def history_button(whole: Whole, lang: str) -> Button:
    """[看联系记录]"""
    return Button(t(lang, "deals.history"), "deal.history", {"id": whole.id}, once=False)


def _lines(*pieces: str) -> str:
    return "\n".join(piece for piece in pieces if piece)


def _dotted(*pieces: str) -> str:
    return " · ".join(piece for piece in pieces if piece)


async def to_decide(tx: Tx, whole: Whole, lang: str, first: str, *, reminder: bool = False) -> Message:
    """What a confirmer needs to see: what was sold, to whom, after how many contacts, and what looks odd."""
    n = whole.head.contacts
    contacts = t(lang, "deals.contacts_before", n=n) if n else t(lang, "deals.contacts_none")
    day = whole.head.signed_on
    late = t(lang, "deals.signed_on", day=say.day_words(day, tx.today, lang)) if day != tx.today else ""
    text = _lines(
        first,
        _dotted(say.customer(whole, lang), contacts),
        late,
        say.split(whole, lang),
        t(lang, "deals.review_note", note=masked(whole.head.note)[:80]) if whole.head.note else "",
        await _collision(tx, whole, lang),
    )
    row = decision_row(whole, lang)
    if whole.customer is not None:
        row = (*row, history_button(whole, lang))
    hours = tx.policy.deals.celebrate
    silent = reminder and tx.local.time() not in hours  # a reminder at night lies there without a sound
    return Message(text, (row,), subject=subject(whole), protect=True, silent=silent)


async def _collision(tx: Tx, whole: Whole, lang: str) -> str:
    """Somebody else is in touch with the same number: said to who decides, without a name."""
    customer = whole.customer
    if customer is None or customer.phone is None:
        return ""
    other = await customers.holder(tx, customer.phone, besides=customer.owner_id)
    if other is None or other.owner_id in {seller.id for seller in whole.sellers}:
        return ""
    owner = await people.by_id(tx, other.owner_id)
    team = (owner.team if owner else None) or t(lang, "deals.own_group")
    day = say.day_words(other.known_since.astimezone(tx.company.zone).date(), tx.today, lang)
    return t(lang, "deals.collision", team=team, day=day)


async def _load(tx: Tx, data: Data) -> Whole | None:
    try:
        return await whole_deals.load(tx, int(data["deal"]))
    except Refusal:
        return None


# --- to who decides ------------------------------------------------------------------------------------------------


async def card(tx: Tx, whole: Whole, lang: str) -> Message:
    """`林晓燕报单 5,000.00 · 自拓 …` with its buttons."""
    first = t(lang, "deals.to_confirm", seller=say.sellers(whole, lang), what=say.what(whole, lang))
    return await to_decide(tx, whole, lang, first)


@notice("deal_to_confirm")
async def to_confirm(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """A deal was handed in."""
    whole = await _load(tx, data)
    return await card(tx, whole, lang) if whole else None


@notice("deal_nudge")
async def nudge(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It has waited an hour."""
    whole = await _load(tx, data)
    if whole is None:
        return None
    wait = say.wait_words(timedelta(minutes=int(data["minutes"])), lang)
    first = t(lang, "deals.nudge", seller=say.sellers(whole, lang), what=say.what(whole, lang), wait=wait)
    return await to_decide(tx, whole, lang, first, reminder=True)


@notice("deal_waits")
async def waits(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It has waited four hours: the assistant may give it; a head's own goes to its confirmer once more."""
    whole = await _load(tx, data)
    if whole is None:
        return None
    wait = say.wait_words(timedelta(minutes=int(data["minutes"])), lang)
    asked = await people.by_id(tx, int(data["asked"])) if data.get("asked") else None
    values = {"seller": say.sellers(whole, lang), "what": say.what(whole, lang), "wait": wait}
    again = asked is not None and person is not None and asked.id == person.id
    if again or asked is None:
        first = t(lang, "deals.nudge", **values)
    else:
        first = t(lang, "deals.waits_for_you", **values, asked=asked.name)
    return await to_decide(tx, whole, lang, first, reminder=True)


@notice("deal_withdrawn")
async def withdrawn(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """The seller took it back."""
    whole = await _load(tx, data)
    if whole is None:
        return None
    return Message(t(lang, "deals.was_withdrawn", seller=whole.seller.name, what=say.what(whole, lang)))


@notice("deal_decided")
async def decided(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Somebody else decided what one was asked about."""
    whole = await _load(tx, data)
    if whole is None or whole.decider is None or whole.head.state not in {DealState.CONFIRMED, DealState.REJECTED}:
        return None
    values = {"name": whole.decider.name, "seller": say.sellers(whole, lang), "what": say.what(whole, lang)}
    if whole.head.state is DealState.CONFIRMED:
        return Message(t(lang, "deals.decided_confirmed", **values), subject=subject(whole))
    return Message(t(lang, "deals.decided_rejected", **values, reason=whole.head.reason or ""), subject=subject(whole))


# --- to sellers and visitors -----------------------------------------------------------------------------------------


def _month(whole: Whole, tx: Tx, lang: str) -> tuple[str, bool]:
    """The month a deal counts for, in words, and whether it is this one."""
    return _month_words(Month.of(whole.head.signed_on), tx, lang)


def _month_words(month: Month, tx: Tx, lang: str) -> tuple[str, bool]:
    this = month == Month.of(tx.today)
    return (t(lang, "deals.this_month") if this else month_said(month, tx.today, lang)), this


@notice("deal_confirmed")
async def confirmed(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """It counts: what the month is now, what it earned, how far the next bracket is, where it is celebrated."""
    whole = await _load(tx, data)
    if whole is None or whole.decider is None:
        return None
    key = "deals.confirmed_part" if len(whole.parts) > 1 else "deals.confirmed"
    when, this = _month(whole, tx, lang)
    sms = whole.head.kind is DealKind.SMS
    worth = say.worth_lines(data, when, lang, sms=sms, this_month=this)
    told = _told_groups(tx, data, lang)
    tail = [t(lang, "deals.between").join(piece for piece in (*worth[1:], told) if piece)] if worth[1:] or told else []
    tail.append(_booked_in(tx, data, lang))
    text = _lines(t(lang, key, name=whole.decider.name, amount=yuan(int(data["part"]))), worth[0], *tail)
    rows = (
        (
            Button(t(lang, "deals.see_pay"), "deal.pay", {"id": whole.id}, once=False),
            Button(t(lang, "deals.follow"), "deal.follow", {"id": whole.id}, once=False),
        ),
    )
    return Message(text, rows, subject=subject(whole), reply_to_subject=subject(whole), protect=True)


def _booked_in(tx: Tx, data: Data, lang: str) -> str:
    """The deal's own month is closed: in which month the difference is paid (policy 53, 54)."""
    if not data.get("booked_in"):
        return ""
    return t(lang, "deals.booked_in", month=month_said(Month.parse(data["booked_in"]), tx.today, lang))


def _told_groups(tx: Tx, data: Data, lang: str) -> str:
    groups = [name or t(lang, "deals.company_group") for name in data.get("groups", ())]
    if not groups:
        return ""
    where = say.names(groups, lang)
    if data.get("later"):
        at = say.stamp(datetime.fromisoformat(data["later"]), tx.company.zone, lang)
        return t(lang, "deals.cheered_later", at=at, groups=where)
    return t(lang, "deals.cheered", groups=where)


@notice("deal_visit_confirmed")
async def visit_confirmed(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To the rep who visited: it counts, and what the visit earned."""
    whole = await _load(tx, data)
    if whole is None or whole.decider is None:
        return None
    seller, amount = say.sellers(whole, lang), yuan(whole.amount)
    gain = int(data["gain"])
    share = t(lang, "deals.visit_share", gain=say.signed(gain)) if gain else ""
    first = t(lang, "deals.visit_confirmed", name=whole.decider.name, seller=seller, amount=amount)
    return Message(_lines(first, share, _booked_in(tx, data, lang)), subject=subject(whole), protect=True)


@notice("deal_visit_off")
async def visit_off(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To the rep who visited: it does not count (yet)."""
    whole = await _load(tx, data)
    if whole is None:
        return None
    values = {"seller": say.sellers(whole, lang), "amount": yuan(whole.amount)}
    return Message(t(lang, f"deals.visit_{data['state']}", **values), subject=subject(whole))


@notice("deal_rejected")
async def rejected(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """Sent back, with the reason; whoever handed it in may put it right."""
    whole = await _load(tx, data)
    if whole is None or whole.decider is None:
        return None
    text = _lines(
        t(lang, "deals.rejected", name=whole.decider.name, reason=data["reason"]),
        t(lang, "deals.rejected_kept", what=say.what(whole, lang), customer=say.customer(whole, lang) or "–"),
    )
    rows: Rows = ((ask_button(whole, lang),),)
    if person is not None and person.id == whole.seller.id:
        rows = ((Button(t(lang, "deals.redo"), "deal.redo", {"id": whole.id}, once=False), ask_button(whole, lang)),)
    return Message(text, rows, subject=subject(whole), reply_to_subject=subject(whole), protect=True)


def ask_button(whole: Whole, lang: str, key: str = "deals.ask") -> Button:
    """[问一句]"""
    return Button(t(lang, key), "deal.ask", {"id": whole.id}, once=False)


@notice("deal_cancelled")
async def cancelled(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """退单: it no longer counts, and what that takes away."""
    whole = await _load(tx, data)
    if whole is None or whole.decider is None:
        return None
    worth = [
        t(lang, "deals.cancelled_worth", month=_month_words(Month.parse(key), tx, lang)[0], gain=say.signed(-int(fen)))
        for key, fen in _took(data, whole)
        if int(fen)
    ]
    text = _lines(
        t(lang, "deals.cancelled_notice", name=whole.decider.name, reason=data["reason"]),
        t(lang, "deals.cancelled_effect", what=_dotted(say.what(whole, lang), say.customer(whole, lang))),
        *worth[-MOST_MONTHS:],
        _booked_in(tx, data, lang),
    )
    return Message(text, ((ask_button(whole, lang),),), subject=subject(whole), protect=True)


def _took(data: Data, whole: Whole) -> list[tuple[str, int]]:
    """What it had added to its seller's months; rows of an older program knew the month of signing alone."""
    if not data.get("counted"):
        return []
    if "took" in data:
        return [(key, int(fen)) for key, fen in data["took"]]
    return [(Month.of(whole.head.signed_on).key, int(data.get("gain", 0)))]


@notice("deal_joint")
async def joint(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To the other seller of a 合单: which part is theirs."""
    whole = await _load(tx, data)
    if whole is None:
        return None
    confirmer = await whole_deals.confirmer_of(tx, whole)
    part = yuan(int(data["part"]))
    text = _lines(
        t(lang, "deals.joint_notice", seller=whole.seller.name, what=say.what(whole, lang), part=part),
        t(lang, "deals.joint_wait", to=confirmer.name if confirmer else "–"),
    )
    return Message(text, ((ask_button(whole, lang),),), subject=subject(whole))


@notice("deal_said")
async def said(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """A question or an answer about a deal."""
    whole = await _load(tx, data)
    writer = await people.by_id(tx, int(data["from"]))
    if whole is None or writer is None:
        return None
    asks = any(writer.id == seller.id for seller in whole.sellers)
    words = masked(data["text"]) if asks else data["text"]
    text = _lines(
        t(lang, "deals.said" if asks else "deals.said_back", name=writer.name, text=words),
        t(lang, "deals.said_about", what=say.what(whole, lang), customer=say.customer(whole, lang) or "–"),
    )
    rows: list[tuple[Button, ...]] = [(ask_button(whole, lang, "deals.answer"),)]
    if person is not None and whole.head.state is DealState.PENDING and whole_deals.may_decide(tx, person, whole):
        rows.insert(0, decision_row(whole, lang))
    return Message(text, tuple(rows), subject=subject(whole), reply_to_subject=subject(whole), protect=True)


@notice("deal_follow")
async def follow(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """稳单: time to call the customer of a confirmed deal again."""
    whole = await _load(tx, data)
    if whole is None:
        return None
    day = say.day_words(whole.head.signed_on, tx.today, lang)
    text = _lines(
        t(lang, "deals.follow_due", customer=say.customer(whole, lang) or "–"),
        t(lang, "deals.follow_about", what=say.what(whole, lang), day=day),
    )
    row: tuple[Button, ...] = (Button(t(lang, "deals.follow"), "deal.follow", {"id": whole.id}, once=False),)
    if whole.customer is not None:
        row = (history_button(whole, lang), *row)
    return Message(text, (row,), subject=subject(whole), protect=True)


# --- 喜报 ------------------------------------------------------------------------------------------------------------


def cheer_message(
    text: str, deal_id: int, count: int, lang: str, *, edit: bool = False, card: File | None = None
) -> Message:
    """A celebration with its one button, which only counts. Under a card the words stay as they are (empty: no change)."""
    label = t(lang, "deals.clap_count", n=count) if count else t(lang, "deals.clap")
    args = {"deal": deal_id, "text": "" if card else text, "lang": lang}
    button = Button(label, "deal.clap", args, once=False, shared=True)
    return Message(text, ((button,),), edit=edit, file=card)


async def _card(tx: Tx, data: Data, lang: str) -> File | None:
    """What is rare comes as a card, where the company wants pictures."""
    drawing = cheers.card(data, lang)
    if drawing is None or not await pictures.wanted(tx):
        return None
    return File("cheer.png", picture=True, drawing=drawing)


@notice("deal_cheer")
async def deal_cheer(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """喜报 of a confirmed deal."""
    card = await _card(tx, data, lang)
    return cheer_message(say.cheer(data, lang).strip(), int(data["deal"]), 0, lang, card=card)


@notice("team_cheer")
async def team_cheer(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """过线: the team has reached its target."""
    if Cheer(data["kind"]) is not Cheer.TEAM_TARGET:
        return None
    return Message(say.cheer(data, lang), file=await _card(tx, data, lang))


# --- details -----------------------------------------------------------------------------------------------------------


async def detail(tx: Tx, whole: Whole, lang: str, rows: Sequence[tuple[Button, ...]], *, edit: bool) -> Message:
    """One deal in full, as it stands."""
    day = say.day_words(whole.head.signed_on, tx.today, lang)
    team = whole.seller.team or ""
    n = whole.head.contacts
    text = _lines(
        _dotted(say.what(whole, lang), say.customer(whole, lang)),
        _dotted(t(lang, "deals.detail_who", day=day, seller=say.sellers(whole, lang)), team),
        say.standing(whole, tx.now, tx.company.zone, lang),
        say.split(whole, lang),
        t(lang, "deals.contacts_before", n=n) if n else "",
        t(lang, "deals.review_note", note=masked(whole.head.note)[:200]) if whole.head.note else "",
    )
    return Message(text, tuple(row for row in rows if row), edit=edit, subject=subject(whole), protect=True)
