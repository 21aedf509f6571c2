"""Closing a month in words: the card with what stands in the way, everybody's sums, a proposal, the payslip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.channels.port import Button, Message, Rows
from bot.render.deal_lines import signed
from bot.render.months import month_said
from bot.render.notices import Data, notice
from bot.render.pictures.boards import month_words
from bot.render.report_text import short
from bot.render.texts import t
from core.rules import wording
from core.rules.calendar import Month
from core.rules.closing import WAIVE, Question, State
from core.rules.ledger import Account, owed_fines
from core.rules.money import yuan, yuan_short
from core.rules.people import Person
from core.store import disputes, ledger, people
from core.store.db import Tx
from core.store.months import Slip, statement_of
from core.usecases.closing import Closing, Obstacle, Row, What

PAGE = 5
SHOWN = 3  # obstacles on the card: a message has seven lines
NAMES = 3
LINES = 7  # of a message


def card(found: Closing, lang: str) -> str:
    """Where the month stands, what it pays, what is in the way, and who has said yes."""
    state = found.standing.state
    lines = [t(lang, "closing.head", month=_month(found, lang), state=t(lang, f"closing.state_{state.value}"))]
    lines.append(t(lang, "closing.total", total=yuan(found.total), people=len(found.rows)))
    if adjusted := sum(row.due.adjusted for row in found.rows):
        lines.append(t(lang, "closing.adjusted", amount=signed(adjusted)))
    if not found.over:
        lines.append(t(lang, "closing.running"))
    shown = found.obstacles[: min(len(found.obstacles), SHOWN)]
    lines += [obstacle(one, lang) for one in shown]
    if more := len(found.obstacles) - len(shown):
        lines[-1] += t(lang, "closing.more", count=more)
    if found.open_questions and found.over:
        lines.append(t(lang, "closing.to_decide", count=len(found.open_questions)))
    elif found.over and not found.obstacles and not state.closed:
        lines.append(t(lang, "closing.clear"))
    if state in (State.REVIEW, State.LOCKED) and found.approved_by:
        key = "closing.approved_alone" if found.alone else "closing.approved"
        lines.append(t(lang, key, names=few_names(found.approved_by, lang)))
        lines += [t(lang, "closing.approved_why", text=short(said)) for said in found.said[:1]]
    if found.changed and len(lines) < LINES:
        lines.append(t(lang, "closing.changed_roles", names=few_names(found.changed, lang)))
    if not found.floored and not state.closed and len(lines) < LINES:  # never silent (reliability G3)
        lines.append(t(lang, "closing.warn_no_minimum"))
    return "\n".join(lines)


def _month(found: Closing, lang: str) -> str:
    return month_words(found.standing.month, lang)


def few_names(names: Sequence[str], lang: str, *, teams: bool = False) -> str:
    """The first of these people (or teams), and how many they are."""
    some = ("、" if lang == "zh" else ", ").join(names[:NAMES])
    more = "closing.and_more_teams" if teams else "closing.and_more"
    return some + (t(lang, more, count=len(names)) if len(names) > NAMES else "")


def obstacle(one: Obstacle, lang: str) -> str:
    """What is in the way, and whose it is."""
    who = one.who.name if one.who else t(lang, "closing.nobody")
    names = few_names(one.names, lang, teams=one.what is What.TARGETS)
    return t(lang, f"closing.way_{one.what.value}", count=one.count, amount=yuan_short(one.fen), names=names, who=who)


def everybody(found: Closing, page: int, lang: str) -> str:
    """Everybody's sum, a page at a time."""
    pages = max(1, -(-len(found.rows) // PAGE))
    head = t(lang, "closing.people_head", month=_month(found, lang), page=page + 1, pages=pages)
    return "\n".join([head, *(_line(row, lang) for row in found.rows[page * PAGE : (page + 1) * PAGE])])


def _line(row: Row, lang: str) -> str:
    made = row.due.statement
    extra = t(lang, "closing.line_adjusted", amount=signed(row.due.adjusted)) if row.due.adjusted else ""
    if row.due.deducted:
        extra += t(lang, "closing.line_deducted", amount=signed(-row.due.deducted))
    waits = t(lang, "closing.line_waits") if made.undetermined else ""
    return t(
        lang, "closing.line", name=row.person.name, total=yuan(row.due.payable), base=yuan(made.base),
        commission=yuan(made.commission), extra=extra + waits,
    )  # fmt: skip


def question(row: Row, asked: Question, left: int, lang: str) -> str:
    """Somebody to be decided about, with the evidence."""
    role = wording.role_name(row.role, lang)
    lines = [t(lang, "closing.question", name=row.person.name, role=role, count=left)]
    lines += [wording.reason(one, lang) for one in asked.reasons]
    lines.append(t(lang, f"closing.offer_{asked.topic.value}"))
    return "\n".join(lines)


def decision(row: Row, asked: Question, act: str, lang: str) -> str:
    """`黄思琪 · 暂不转正`."""
    word = act_word(act if act != WAIVE else f"waive_{asked.topic.value}", lang)
    return f"{row.person.name} · {word}"


def act_word(act: str, lang: str) -> str:
    """转正, 警告, 豁免 …"""
    return t(lang, f"closing.act_{act}")


# --- the payslip --------------------------------------------------------------------------------------------------------


async def slip_text(tx: Tx, slip: Slip, lang: str) -> str:
    """A closed month for its earner, in a few lines."""
    made, month = slip.due.statement, slip.month
    key = "closing.slip_paid" if slip.state is State.PAID else "closing.slip_head"
    lines = [t(lang, key, month=month_words(month, lang), total=yuan(slip.payable))]
    lines.append(t(lang, "closing.slip_parts", base=yuan(made.base), commission=yuan(made.commission)))
    parts = [
        t(lang, f"pay.{name}", amount=yuan(amount))
        for name, amount in (("shares", made.shares), ("sms", made.sms), ("top_up", made.top_up))
        if amount
    ]
    if parts:
        lines.append(" · ".join(parts))
    if slip.due.adjustments:
        months = sorted({one.about for one in slip.due.adjustments})
        about = ("、" if lang == "zh" else ", ").join(month_said(one, tx.today, lang) for one in months)
        lines.append(t(lang, "closing.slip_adjusted", amount=signed(slip.due.adjusted), about=about))
    if slip.due.carried:
        lines.append(t(lang, "closing.slip_carried", amount=yuan(slip.due.carried)))
    if slip.due.deducted:
        lines.append(t(lang, "closing.slip_deducted", amount=signed(-slip.due.deducted)))
    held = await ledger.balances(
        tx, person_ids=[slip.person_id], accounts=[Account.FINES_POSTED, Account.FINES_COLLECTED]
    )
    if fines := owed_fines(held, slip.person_id):
        mode = tx.company.policy.for_month(month.start).fines.mode
        lines.append(t(lang, "closing.slip_may_owe" if mode == "payslip" else "closing.slip_owed", amount=yuan(fines)))
    lines.append(t(lang, "closing.slip_version", version=made.version))
    return "\n".join(lines)


def slip_rows(month: Month, lang: str) -> Rows:
    """What can be asked about a payslip."""

    def b(key: str, action: str) -> Button:
        return Button(t(lang, key), action, {"month": month.key}, once=False)

    return ((b("pay.why", "pay.why"), b("pay.doubt", "pay.doubt"), b("pay.fold", "payslip.fold")),)


def slip_folded(month: Month, lang: str) -> Message:
    """The amounts lie behind a button: whoever looks over a shoulder, or at a lock screen, sees none."""
    row = (Button(t(lang, "pay.unfold"), "payslip.show", {"month": month.key}, once=False),)
    return Message(t(lang, "closing.slip_ready", month=month_words(month, lang)), (row,), protect=True)


@notice("payslip")
async def payslip(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:
    """The month is locked: one's payslip is there."""
    month = Month.parse(data["month"])
    if person is None or await statement_of(tx, person.id, month) is None:
        return None
    return slip_folded(month, lang)


# --- notices to those who close -------------------------------------------------------------------------------------------


def _open(data: Data, lang: str) -> Rows:
    return ((Button(t(lang, "closing.look"), "close.show", {"month": data["month"]}, once=False),),)


@notice("closing_second")
async def second(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody approved the month's figures: a second person is needed."""
    month = month_words(Month.parse(data["month"]), lang)
    return Message(t(lang, "closing.second", month=month, name=data["by"]), _open(data, lang))


@notice("closing_second_pay")
async def second_pay(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Somebody says that the month was handed out: a second person is needed."""
    month = month_words(Month.parse(data["month"]), lang)
    return Message(t(lang, "closing.second_pay", month=month, name=data["by"]), _open(data, lang))


@notice("closing_due")
async def due(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The month is over and waits to be closed."""
    return Message(t(lang, "closing.due", month=month_words(Month.parse(data["month"]), lang)), _open(data, lang))


@notice("dispute_to_adjust")
async def to_adjust(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """A doubt was found right about a locked month: an adjustment is needed."""
    dispute = await disputes.by_id(tx, int(data["dispute"]))
    earner = await people.by_id(tx, dispute.person_id) if dispute else None
    if dispute is None or earner is None:
        return None
    text = t(lang, "closing.to_adjust", name=earner.name, month=month_words(dispute.month, lang), by=data["by"])
    button = Button(t(lang, "closing.adjust_button"), "close.adjust_for", {"dispute": dispute.id}, once=False)
    return Message(text, ((button,),), protect=True)


@notice("closing_reminder")
async def reminder(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """Something of yours stands in the way of the month."""
    month = month_words(Month.parse(data["month"]), lang)
    names = few_names(tuple(data["names"]), lang)
    text = t(lang, f"closing.remind_{What(data['what']).value}", month=month, count=data["count"], names=names)
    return Message(text)


@notice("closing_talk")
async def talk(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """A decision about somebody reaches them by their superior first."""
    who = await people.by_id(tx, int(data["person"]))
    if who is None:
        return None
    month = month_words(Month.parse(data["month"]), lang)
    text = t(lang, "closing.talk", name=who.name, month=month, act=act_word(data["act"], lang), by=data["by"])
    return Message(text, protect=True)


@notice("regularised")
async def regularised(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """转正."""
    day = date.fromisoformat(data["since"])
    return Message(t(lang, "closing.regularised", day=f"{day:%m-%d}"))


@notice("regular_cheer")
async def regular_cheer(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """转正 in the group (docs/manners.md 3.4)."""
    if data["total"] is None:
        return Message(t(lang, "closing.cheer_plain", name=data["name"]))
    words = {1: "closing.cheer_one", 2: "closing.cheer_two"}
    key = words.get(data["months"], "closing.cheer_many")
    total = yuan_short(int(data["total"]))
    return Message(t(lang, key, name=data["name"], months=data["months"], total=total))


@notice("ledger_sealed")
async def sealed(tx: Tx, data: Data, lang: str, person: Person | None) -> Message | None:  # noqa: ARG001
    """The head of the ledger's chain, kept by a second pair of eyes (reliability M6)."""
    return Message(t(lang, "closing.sealed", number=data["number"], digest=data["digest"]), silent=True)
