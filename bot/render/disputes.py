"""Disputes in words: what is doubted, who has it, until when, what came of it. In private chats only."""

# ruff: noqa: ARG001  (every renderer is given the same four things)

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.channels.port import Button, Message, Rows
from bot.render.call_lines import when_words
from bot.render.notices import Data, notice
from bot.render.texts import t
from core.rules.money import yuan_short
from core.rules.people import Person
from core.rules.phones import masked
from core.store import customers, deals, people
from core.store import disputes as store
from core.store.db import Tx
from core.store.disputes import Dispute, Entry
from core.usecases import disputes

SHOWN = 5  # entries of a thread in one message
QUOTED = 300  # characters of a text beside other lines


def subject(dispute: Dispute) -> str:
    """What every message about a dispute carries: a reply to it is said in its thread."""
    return f"dispute:{dispute.id}"


async def about(tx: Tx, doubt: Dispute | disputes.Doubt, lang: str) -> str:
    """`11 月提成`; `11-20 的 5,000(自拓 · 李总)`."""
    if doubt.deal_id is None:
        line = t(lang, f"disputes.{doubt.line}")
        return t(lang, "disputes.about", month=doubt.month.start.month, line=line)
    deal = await deals.by_id(tx, doubt.deal_id)
    assert deal is not None
    known = await customers.by_ids(tx, [deal.customer_id] if deal.customer_id is not None else [])
    name = next((one.name for one in known.values() if one.name), "")
    line = t(
        lang, "disputes.deal", day=f"{deal.signed_on:%m-%d}", amount=yuan_short(deal.amount_fen),
        kind=t(lang, f"pay.kind_{deal.kind.value}"), customer=f" · {name}" if name else "",
    )  # fmt: skip
    return t(lang, "disputes.about_deal", line=line)


def _when(tx: Tx, at: datetime, lang: str) -> str:
    return when_words(at, tx.now, tx.company.zone, lang)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else line[:QUOTED] + "…"


def _said(dispute: Dispute, entry: Entry, reader: Person | None) -> str:
    """What somebody wrote. The earner reads it as typed; the numbers in the earner's own words are masked for others."""
    own = reader is not None and reader.id == dispute.person_id
    return entry.text if own or entry.author_id != dispute.person_id else masked(entry.text)


def judging(dispute: Dispute, lang: str) -> Rows:
    """What a judge may do."""
    args = {"dispute": dispute.id}
    return (
        (
            Button(t(lang, "disputes.accept"), "dispute.accept", args, once=False),
            Button(t(lang, "disputes.decline"), "dispute.decline", args, once=False),
            Button(t(lang, "disputes.word"), "dispute.word", args, once=False),
        ),
        (
            Button(
                t(lang, "disputes.see_pay"), "pay.card",
                {"person": dispute.person_id, "month": dispute.month.key, "beside": True}, once=False,
            ),
            Button(t(lang, "disputes.open"), "dispute.show", args, once=False),
        ),
    )  # fmt: skip


def asking(dispute: Dispute, lang: str) -> Rows:
    """What whoever raised it may do."""
    args = {"dispute": dispute.id}
    return (
        (
            Button(t(lang, "disputes.word"), "dispute.word", args, once=False),
            Button(t(lang, "disputes.open"), "dispute.show", args, once=False),
            Button(t(lang, "disputes.withdraw"), "dispute.withdraw", args),
        ),
    )


async def sent(tx: Tx, dispute: Dispute, lang: str) -> Message:
    """The receipt: who has it, until when, and what happens otherwise."""
    earner, holder = await _both(tx, dispute)
    lines = [t(lang, "disputes.sent", name=holder.name, due=_when(tx, dispute.due_at, lang))]
    further = await _next(tx, dispute, earner)
    if further is not None:
        lines.append(t(lang, "disputes.sent_next", name=further.name))
    return Message("\n".join(lines), asking(dispute, lang), subject=subject(dispute), protect=True)


async def _both(tx: Tx, dispute: Dispute) -> tuple[Person, Person]:
    found = await people.by_ids(tx, [dispute.person_id, dispute.holder_id])
    return found[dispute.person_id], found[dispute.holder_id]


async def _next(tx: Tx, dispute: Dispute, earner: Person) -> Person | None:
    """To whom it goes on when the one who has it says no, or nothing."""
    if dispute.instance != 1:
        return None
    bench = await disputes.judges(tx, earner, dispute.deal_id)
    return next((one for one in bench[1:] if one.id != dispute.holder_id), None)


async def whole(tx: Tx, dispute: Dispute, viewer: Person, lang: str) -> Message:
    """The thread as far as it fits, newest last; with what the viewer may do."""
    earner, holder = await _both(tx, dispute)
    what = await about(tx, dispute, lang)
    due = _when(tx, dispute.due_at, lang)
    head = t(lang, f"disputes.show_{dispute.state.value}", name=earner.name, about=what, holder=holder.name, due=due)
    said = (await store.thread(tx, dispute.id))[-SHOWN:]
    names = await people.by_ids(tx, [one.author_id for one in said if one.author_id is not None])
    lines = [head, *(_line(tx, one, names, _said(dispute, one, viewer), lang) for one in said)]
    rows: Rows = ()
    if dispute.is_open and viewer.id == dispute.person_id:
        rows = (asking(dispute, lang)[0][::2],)
    elif dispute.is_open and await disputes.may_judge(tx, viewer, dispute):
        rows = (judging(dispute, lang)[0], judging(dispute, lang)[1][:1])
    return Message("\n".join(lines), rows, subject=subject(dispute), protect=True)


def _line(tx: Tx, entry: Entry, names: Mapping[int, Person], text: str, lang: str) -> str:
    name = names[entry.author_id].name if entry.author_id is not None else ""
    when = f"{entry.at.astimezone(tx.company.zone):%m-%d %H:%M}"
    return t(lang, f"disputes.line_{entry.kind}", when=when, name=name, text=_short(text))


# --- notices -----------------------------------------------------------------------------------------------------------


async def _entry(tx: Tx, data: Data) -> tuple[Entry, Dispute]:
    entry = await store.entry(tx, int(data["entry"]))
    assert entry is not None
    dispute = await store.by_id(tx, entry.dispute_id)
    assert dispute is not None
    return entry, dispute


async def _author(tx: Tx, entry: Entry) -> Person | None:
    return None if entry.author_id is None else await people.by_id(tx, entry.author_id)


@notice("dispute_to_judge")
async def to_judge(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """A judge's card: who doubts what, why, what the one before said, until when."""
    dispute = await store.by_id(tx, int(data["dispute"]))
    if dispute is None:
        return None
    earner, _ = await _both(tx, dispute)
    said = await store.thread(tx, dispute.id)
    lines = [t(lang, "disputes.to_judge", name=earner.name, about=await about(tx, dispute, lang))]
    lines += [t(lang, "disputes.quote", text=_short(_said(dispute, said[0], person)))] if said else []
    if dispute.instance > 1:
        before = next((one for one in reversed(said) if one.kind in {"declined", "passed_on"}), None)
        judge = await _author(tx, before) if before is not None else None
        if before is not None and judge is not None:
            lines.append(t(lang, "disputes.judge_before", name=judge.name, text=_short(before.text)))
        else:
            lines.append(t(lang, "disputes.judge_unanswered"))
    further = await _next(tx, dispute, earner)
    due = _when(tx, dispute.due_at, lang)
    if further is not None:
        lines.append(t(lang, "disputes.judge_first", due=due, next=further.name))
    else:
        lines.append(t(lang, "disputes.judge_last", due=due))
    return Message("\n".join(lines), judging(dispute, lang), subject=subject(dispute), protect=True)


@notice("dispute_said")
async def said_in_it(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """The other side's words."""
    entry, dispute = await _entry(tx, data)
    author = await _author(tx, entry)
    assert author is not None
    head = t(lang, "disputes.said", name=author.name, about=await about(tx, dispute, lang))
    rows: Rows = ()
    if dispute.is_open and person is not None:
        rows = asking(dispute, lang) if person.id == dispute.person_id else judging(dispute, lang)[:1]
    text = f"{head}\n{t(lang, 'disputes.quote', text=_said(dispute, entry, person))}"
    return Message(text, rows, subject=subject(dispute), reply_to_subject=subject(dispute), protect=True)


@notice("dispute_passed_on")
async def passed_on(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To whoever raised it: the first judge said no, or nothing; who looks at it now."""
    entry, dispute = await _entry(tx, data)
    _, holder = await _both(tx, dispute)
    judge = await _author(tx, entry)
    if judge is None:
        first = t(lang, "disputes.passed_on_clock", about=await about(tx, dispute, lang))
    else:
        first = t(lang, "disputes.passed_on", name=judge.name, text=_short(entry.text))
    then = t(lang, "disputes.passed_on_next", name=holder.name, due=_when(tx, dispute.due_at, lang))
    rows = asking(dispute, lang) if dispute.is_open else ()
    return Message(f"{first}\n{then}", rows, subject=subject(dispute), reply_to_subject=subject(dispute), protect=True)


@notice("dispute_taken")
async def taken(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To the judge who said nothing in time."""
    _, dispute = await _entry(tx, data)
    earner, holder = await _both(tx, dispute)
    what = await about(tx, dispute, lang)
    text = t(lang, "disputes.taken", name=earner.name, about=what, next=holder.name)
    return Message(text, subject=subject(dispute), reply_to_subject=subject(dispute), protect=True)


@notice("dispute_ended")
async def ended(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """What came of it: to whoever raised it, and to those who had it in hand."""
    entry, dispute = await _entry(tx, data)
    earner, _ = await _both(tx, dispute)
    judge = await _author(tx, entry)
    assert judge is not None
    mine = person is not None and person.id == dispute.person_id
    key = f"disputes.{entry.kind}" + ("" if mine or entry.kind == "withdrawn" else "_other")
    what = await about(tx, dispute, lang)
    text = t(lang, key, name=earner.name, judge=judge.name, about=what, text=_short(entry.text))
    row = (Button(t(lang, "disputes.open"), "dispute.show", {"dispute": dispute.id}, once=False),)
    return Message(text, (row,), subject=subject(dispute), reply_to_subject=subject(dispute), protect=True)


@notice("dispute_overdue")
async def overdue(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """To the last judge, and the director: still no outcome."""
    dispute = await store.by_id(tx, int(data["dispute"]))
    if dispute is None:
        return None
    earner, _ = await _both(tx, dispute)
    due = f"{dispute.due_at.astimezone(tx.company.zone):%m-%d %H:%M}"
    text = t(lang, "disputes.overdue", name=earner.name, about=await about(tx, dispute, lang), due=due)
    rows = judging(dispute, lang) if person is not None and await disputes.may_judge(tx, person, dispute) else ()
    return Message(text, rows, subject=subject(dispute), reply_to_subject=subject(dispute), protect=True)
