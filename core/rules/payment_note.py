"""What a line about money that came in says: `到账 3000 李总`, `定金 3000 王女士 11-18`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from core.rules.deals import parse_deal
from core.rules.payments import PaymentKind
from core.rules.problems import Problem
from core.rules.when import parse_day

_DEPOSIT = re.compile(r"定金|订金|首付款?|\bdeposit\b", re.IGNORECASE)
_BALANCE = re.compile(r"尾款|余款|\bbalance\b", re.IGNORECASE)
_A_DAY = re.compile(r"[天日号周月期后]|\d[-/]\d|[a-z]{3}", re.IGNORECASE)
_SAID = re.compile(r"到账了?|已到账|收到|收款|回款|付了|\b(?:paid|received)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PaymentNote:
    """What was said; None where nothing was. `received_on` is today unless another day was named; fen.

    `due_on`: a day to come was named for the 尾款: it is expected then, and has not come in.
    """

    amount_fen: int | None
    kind: PaymentKind | None
    customer: str | None
    phone: str | None
    received_on: date | None
    problems: tuple[Problem, ...] = ()
    due_on: date | None = None


def parse_payment(text: str, now: datetime, max_fen: int) -> PaymentNote:
    """Read a line, with or without the word it began with. Never raises; the problems are those of a deal's line."""
    kind = None
    if _DEPOSIT.search(text):
        kind = PaymentKind.DEPOSIT
    elif _BALANCE.search(text):
        kind = PaymentKind.BALANCE
    rest = text
    for known in (_DEPOSIT, _BALANCE, _SAID):
        rest = known.sub(" ", rest)
    said = parse_deal(rest, now, max_fen)
    due_on = _due(rest, now) if kind is PaymentKind.BALANCE else None
    return PaymentNote(said.amount_fen, kind, said.customer_name, said.phone, said.signed_on, said.problems, due_on)


def _due(rest: str, now: datetime) -> date | None:
    """A day to come, written as one: 12.5 may be an amount."""
    day = parse_day(rest, now, past=False)
    if day is None or day.on <= now.date() or not _A_DAY.search(rest[slice(*day.span)]):
        return None
    return day.on
