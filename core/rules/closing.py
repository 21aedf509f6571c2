"""Closing a month: open, review, locked, paid; who may, in which order, and what two people approve (M4). Pure.

A month is locked by two people who saw the same figures, so nobody approves only their own pay. Months are locked one
after the other from the first one on; what comes later goes into the open month and points back (policy 53, 54).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.ledger import canonical
from core.rules.pay import Statement
from core.rules.pay_guards import Taken
from core.rules.people import Person, Role
from core.rules.proposals import Act, Proposal
from core.rules.statement_data import plain


class State(StrEnum):
    """Where a month stands."""

    OPEN = "open"
    REVIEW = "review"  # it is over and being looked through
    LOCKED = "locked"  # its figures never change again
    PAID = "paid"

    @property
    def closed(self) -> bool:
        """May nothing be booked in it any more?"""
        return self in (State.LOCKED, State.PAID)


class Step(StrEnum):
    """What two people approve."""

    LOCK = "lock"
    PAY = "pay"


class Topic(StrEnum):
    """What is decided about somebody at a month's end: one word for each topic, whatever articles name it."""

    PROBATION = "probation"  # 转正
    GRADE = "grade"  # 晋级
    CONDUCT = "conduct"  # 淘汰 or 警告


ROLE, AT_ONCE = "role", "at_once"  # a change of post within the month that takes effect at once (30)
WAIVE = "waive"  # 豁免: nothing of what was proposed
TOPICS: Mapping[Act, Topic] = {
    Act.REGULARISE: Topic.PROBATION,
    Act.PROMOTE: Topic.GRADE,
    Act.ELIMINATE: Topic.CONDUCT,
    Act.WARN: Topic.CONDUCT,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody has to decide: the acts on offer (in their order) and why each is proposed."""

    topic: Topic
    proposals: tuple[Proposal, ...]

    @property
    def acts(self) -> tuple[Act, ...]:
        """Each once; 警告 before 淘汰: the milder one is nearer to the thumb."""
        order = (Act.REGULARISE, Act.PROMOTE, Act.WARN, Act.ELIMINATE)
        offered = {proposal.act for proposal in self.proposals}
        return tuple(act for act in order if act in offered)

    @property
    def reasons(self) -> tuple[Proposal, ...]:
        """One proposal for each reason: 淘汰 and 警告 rest on the same facts (36)."""
        return tuple({proposal.reason: proposal for proposal in reversed(self.proposals)}.values())[::-1]


def questions(found: Sequence[Proposal]) -> tuple[Question, ...]:
    """A person's proposals by topic."""
    topics: dict[Topic, list[Proposal]] = {}
    for proposal in found:
        topics.setdefault(TOPICS[proposal.act], []).append(proposal)
    return tuple(Question(topic, tuple(these)) for topic, these in topics.items())


def evidence(proposal: Proposal) -> dict[str, object]:
    """A proposal as it is kept beside the decision."""
    figures = {key: plain(value) for key, value in proposal.evidence.items()}
    return {"act": proposal.act.value, "reason": proposal.reason, "figures": figures}


def may_close(actor: Person) -> bool:
    """The manager, the director, the owner."""
    return actor.works and (actor.is_owner or actor.role in {Role.MANAGER, Role.DIRECTOR})


def check_turn(month: Month, today: date, last_locked: Month | None) -> None:
    """Is it this month's turn? Refusal `closing.not_over`, `closing.before` (locked long ago, or never to be),
    `closing.not_yet` (`month`: which comes first)."""
    if month.end >= today:
        raise Refusal("closing.not_over", month=month)
    if last_locked is not None and month <= last_locked:
        raise Refusal("closing.before", month=last_locked)
    if last_locked is not None and month > last_locked.next:
        raise Refusal("closing.not_yet", month=last_locked.next)


def turn(today: date, last_locked: Month | None) -> Month:
    """The month to be closed next: the one after the last locked one, or at first the one that ended last."""
    return last_locked.next if last_locked is not None else Month.of(today).previous


def open_period(today: date, last_locked: Month | None) -> Month:
    """The month that late facts go into: the first one that is not locked; today's while none was ever locked."""
    return Month.of(today) if last_locked is None else last_locked.next


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What a later fact, or a person's word, changed in an earlier month (`about`). Fen; `cause`: `refund:12`."""

    about: Month
    fen: int
    cause: str


@dataclass(frozen=True, slots=True)
class Due:
    """A person's month as it is paid, in fen. `carried`: minus, what the month before had paid too much.

    `taken`: what was deducted, or not, by the guards (`core.rules.guarded_pay`); empty where fines are only recorded.
    """

    statement: Statement
    adjustments: tuple[Adjusted, ...] = ()
    carried: int = 0
    taken: tuple[Taken, ...] = ()

    @property
    def adjusted(self) -> int:
        """All adjustments."""
        return sum(one.fen for one in self.adjustments)

    @property
    def deducted(self) -> int:
        """All that is taken from pay, more than 0 or nothing."""
        return sum(one.amount for one in self.taken)

    @property
    def payable(self) -> int:
        """What is handed out; minus is carried into the next month."""
        return self.statement.total + self.adjusted + self.carried - self.deducted


def digest(dues: Iterable[Due]) -> str:
    """Names a month's figures: whoever approves approves these and no others."""
    figures = sorted(
        [
            str(due.statement.person), due.statement.base, due.statement.commission, due.statement.shares,
            due.statement.sms, due.statement.top_up, due.adjusted, due.carried,
            *([due.deducted] if due.taken else []),
        ]
        for due in dues
    )  # fmt: skip
    return hashlib.sha256(canonical(figures)).hexdigest()


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's yes to figures."""

    person: int
    digest: str
    said: str | None = None  # why it is locked although something stands in the way


def enough(given: Iterable[Approval], wanted: str) -> bool:
    """Have two people approved the same figures?"""
    return len({one.person for one in given if one.digest == wanted}) >= 2
