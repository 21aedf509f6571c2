"""The ledger: append-only double entry in whole fen (reliability M1, M5, M6). Pure: nothing here knows a database.

An entry is a set of postings that add up to 0. Nothing is ever changed: a correction is a new entry that names the one
it takes back. Sealed batches of entries form a chain of SHA-256 hashes. The hashed content holds ids only, never names,
so that erasing a person's data leaves the chain whole.

Signs: on a person's accounts plus is in their favour; `company` is the other side (minus: it owes); `fund` plus is what
the activity fund holds; `cash` plus is money handed out.

| account | holder | meaning |
|---|---|---|
| base, commission, shares, sms, top_up | person | what a month paid, by component |
| adjustments | person | what later facts changed in a month that was closed (53, 54) |
| deductions | person | taken from pay: only where the policy was switched to it (37) |
| paid | person | handed out: minus; the sum of these eight is what is payable |
| fines_pending | person and company | assessed, may be appealed; the company's half of the account mirrors it |
| fines_posted, fines_collected | person | the fine stands; it was handed in or deducted |
| fund, company, cash | company | the activity fund, the company itself, money |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction

from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.money import split_largest_remainder
from core.rules.pay import Component, Id, Statement


class Account(StrEnum):
    """Where fen lie."""

    BASE = "base"
    COMMISSION = "commission"
    SHARES = "shares"
    SMS = "sms"
    TOP_UP = "top_up"
    ADJUSTMENTS = "adjustments"
    DEDUCTIONS = "deductions"
    PAID = "paid"
    FINES_PENDING = "fines_pending"
    FINES_POSTED = "fines_posted"
    FINES_COLLECTED = "fines_collected"
    FUND = "fund"
    COMPANY = "company"
    CASH = "cash"


COMPONENTS: Mapping[Component, Account] = {component: Account(component.value) for component in Component}
EARNED = (*COMPONENTS.values(), Account.ADJUSTMENTS)  # what a month's payslip adds up
PAYABLE = frozenset({*EARNED, Account.DEDUCTIONS, Account.PAID})  # their sum is what a person is still owed
COMPANYS = frozenset({Account.FUND, Account.COMPANY, Account.CASH})  # nobody's sub-account


class Kind(StrEnum):
    """Why an entry was made."""

    PAY = "pay"  # a person's month
    DIFFERENCE = "difference"  # a refund or a late fact changed a month
    FINE_PENDING = "fine_pending"
    FINE_POSTED = "fine_posted"
    FINE_VOID = "fine_void"
    FINE_FORGIVEN = "fine_forgiven"  # after it was posted
    FINE_COLLECTED = "fine_collected"
    FINE_WAIVED = "fine_waived"  # what the guards on deductions left of it
    DEDUCTION = "deduction"
    PAYMENT = "payment"
    FUND_SPENT = "fund_spent"
    REVERSAL = "reversal"


class Unbalanced(ValueError):
    """A programming error: postings that do not add up to 0, or that cannot stand in one entry."""


@dataclass(frozen=True, slots=True)
class Posting:
    """`fen` on an account; `person` on sub-accounts of people."""

    account: Account
    fen: int
    person: Id | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One balanced set of postings.

    `key` is unique for ever: the same key said twice is one entry. `period`: the open month it is booked in; `about`:
    the month it is about where that is another. `refs`: the records it rests on (`deal:12`, `report:7`). `by`: who
    decided; empty for what a job did. `reverses`: the id of the entry that this one takes back or settles, at most one
    for each. Raises Unbalanced.
    """

    key: str
    kind: Kind
    at: datetime
    period: Month
    postings: tuple[Posting, ...]
    at_source: str = "received"
    about: Month | None = None
    version: str | None = None
    refs: tuple[str, ...] = ()
    by: tuple[Id, ...] = ()
    reverses: int | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise Unbalanced("a moment needs its zone")
        if not self.postings or any(not posting.fen for posting in self.postings):
            raise Unbalanced(f"{self.key}: a posting of nothing")
        if any(type(posting.fen) is not int for posting in self.postings):
            raise Unbalanced(f"{self.key}: whole fen only")
        for posting in self.postings:
            # What is pending is nobody's yet: the company's side of that account mirrors the person's.
            nobodys = posting.account in COMPANYS or (
                posting.account is Account.FINES_PENDING and posting.person is None
            )
            if nobodys != (posting.person is None):
                raise Unbalanced(f"{self.key}: {posting.account} belongs to somebody else")
        if off := sum(posting.fen for posting in self.postings):
            raise Unbalanced(f"{self.key}: off by {off} fen")

    @property
    def people(self) -> tuple[Id, ...]:
        """Whose accounts it touches."""
        return tuple(dict.fromkeys(posting.person for posting in self.postings if posting.person is not None))


def same(one: Entry, other: Entry) -> bool:
    """Do two entries book the same? The moment and whoever decided may differ: a job that runs again says it anew."""
    return _substance(one) == _substance(other)


def _substance(entry: Entry) -> object:
    told = content(entry)
    return [told[name] for name in ("key", "kind", "period", "about", "reverses", "postings")]


# --- Balances ---------------------------------------------------------------------------------------------------------

Balances = dict[tuple[Account, Id | None], int]


def fold(entries: Iterable[Entry]) -> Balances:
    """What every account holds, in fen: derived, never kept. Accounts that came back to 0 are left out."""
    held: Balances = {}
    for entry in entries:
        for posting in entry.postings:
            at = (posting.account, posting.person)
            held[at] = held.get(at, 0) + posting.fen
    return {at: fen for at, fen in held.items() if fen}


def payable(held: Balances, person: Id) -> int:
    """What the person is still owed, in fen; minus: they were paid too much."""
    return sum(fen for (account, holder), fen in held.items() if holder == person and account in PAYABLE)


def owed_fines(held: Balances, person: Id) -> int:
    """待缴: posted and not handed in, in fen, never negative."""
    return -sum(held.get((account, person), 0) for account in (Account.FINES_POSTED, Account.FINES_COLLECTED))


def fund(held: Balances) -> int:
    """What the activity fund holds, in fen."""
    return held.get((Account.FUND, None), 0)


# --- A month's pay ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Earned:
    """A month's pay by component, in fen: of a statement, or of what was booked for it."""

    base: int = 0
    commission: int = 0
    shares: int = 0
    sms: int = 0
    top_up: int = 0

    @classmethod
    def of(cls, made: Statement) -> Earned:
        """What a statement says."""
        return cls(made.base, made.commission, made.shares, made.sms, made.top_up)

    @property
    def total(self) -> int:
        """All of it."""
        return self.base + self.commission + self.shares + self.sms + self.top_up

    def __sub__(self, other: Earned) -> Earned:
        return Earned(
            self.base - other.base,
            self.commission - other.commission,
            self.shares - other.shares,
            self.sms - other.sms,
            self.top_up - other.top_up,
        )

    def postings(self, person: Id) -> tuple[Posting, ...]:
        """Component by component, against the company."""
        amounts = {account: int(getattr(self, account.value)) for account in COMPONENTS.values()}
        return (
            *(Posting(account, fen, person) for account, fen in amounts.items() if fen),
            *_whole(Posting(Account.COMPANY, -self.total)),
        )


def _whole(*postings: Posting) -> tuple[Posting, ...]:
    """Without postings of nothing."""
    return tuple(posting for posting in postings if posting.fen)


def month_pay(made: Statement, at: datetime, *, by: Sequence[Id] = ()) -> Entry | None:
    """A person's month as it is locked; None where it pays nothing."""
    postings = Earned.of(made).postings(made.person)
    if not postings:
        return None
    deals = dict.fromkeys(f"deal:{deal}" for line in made.lines for deal in line.deals)
    return Entry(
        key=f"pay:{made.month.key}:{made.person}",
        kind=Kind.PAY,
        at=at,
        period=made.month,
        postings=postings,
        version=made.version,
        refs=tuple(deals),
        by=tuple(by),
    )


def difference(
    person: Id,
    about: Month,
    before: Earned,
    after: Earned,
    *,
    period: Month,
    at: datetime,
    cause: str,
    version: str,
    by: Sequence[Id] = (),
) -> Entry | None:
    """What a refund, a cancelled deal or a late fact (`cause`: `refund:12`) changes in a month that was booked (53, 54).

    In that month while it is open, component by component; otherwise one adjustment in the open `period` that points
    back to it. None where nothing changes for the person. Raises Unbalanced for a period before the month.
    """
    if period < about:
        raise Unbalanced(f"{cause}: {period.key} lies before {about.key}")
    change = after - before
    if period == about:
        postings = change.postings(person)
    else:
        postings = _whole(Posting(Account.ADJUSTMENTS, change.total, person), Posting(Account.COMPANY, -change.total))
    if not postings:
        return None
    return Entry(
        key=f"difference:{cause}:{about.key}:{person}",
        kind=Kind.DIFFERENCE,
        at=at,
        period=period,
        postings=postings,
        about=about,
        version=version,
        refs=(cause,),
        by=tuple(by),
    )


def payment(person: Id, period: Month, fen: int, at: datetime, *, by: Sequence[Id]) -> Entry:
    """A month's pay (`fen`, more than 0) handed out: two people decide, nobody alone about their own (M4).

    Raises Refusal; ValueError for nothing or less.
    """
    _two(by)
    if fen <= 0:
        raise ValueError("a payment of nothing")
    return Entry(
        key=f"payment:{period.key}:{person}",
        kind=Kind.PAYMENT,
        at=at,
        period=period,
        postings=(Posting(Account.PAID, -fen, person), Posting(Account.CASH, fen)),
        by=tuple(by),
    )


def _two(by: Sequence[Id]) -> None:
    if len(set(by)) < 2:
        raise Refusal("ledger.two_people")


# --- Fines: pending, then posted or void (37, 38, 48) ------------------------------------------------------------------


def fine(person: Id, report: str, fen: int, period: Month, at: datetime, *, article: str) -> Entry:
    """待定: one for each missed report (`report`: `weekly:2026-W47`), however late it is. Nothing is taken yet.

    Raises ValueError for nothing or less.
    """
    if fen <= 0:
        raise ValueError("a fine of nothing")
    return Entry(
        key=f"fine:{report}:{person}",
        kind=Kind.FINE_PENDING,
        at=at,
        period=period,
        postings=(Posting(Account.FINES_PENDING, -fen, person), Posting(Account.FINES_PENDING, fen)),
        refs=(report, f"article:{article}"),
    )


def fine_share(fen: int, fund_share: Fraction) -> tuple[int, int]:
    """(fund, company) of a fine, in fen: half each by default; an odd fen goes to the fund (38)."""
    to_fund, to_company = split_largest_remainder(fen, [fund_share, 1 - fund_share])
    return to_fund, to_company


def post_fine(
    pending: Entry, pending_id: int, fund_share: Fraction, period: Month, at: datetime, *, by: Sequence[Id] = ()
) -> Entry:
    """待缴: the fine stands, its share is the fund's. Never taken from pay by this alone. Raises Unbalanced."""
    person, fen = _assessed(pending)
    to_fund, to_company = fine_share(fen, fund_share)
    return Entry(
        key=pending.key.replace("fine:", "fine-posted:", 1),
        kind=Kind.FINE_POSTED,
        at=at,
        period=period,
        postings=(
            *_negated(pending.postings),
            Posting(Account.FINES_POSTED, -fen, person),
            *_whole(Posting(Account.FUND, to_fund), Posting(Account.COMPANY, to_company)),
        ),
        refs=pending.refs,
        by=tuple(by),
        reverses=pending_id,
    )


def void_fine(pending: Entry, pending_id: int, period: Month, at: datetime, *, by: Sequence[Id] = ()) -> Entry:
    """The appeal was heard, or the reason accepted: nothing is left. Raises Unbalanced for what is no pending fine."""
    _assessed(pending)
    return Entry(
        key=pending.key.replace("fine:", "fine-void:", 1),
        kind=Kind.FINE_VOID,
        at=at,
        period=period,
        postings=_negated(pending.postings),
        refs=pending.refs,
        by=tuple(by),
        reverses=pending_id,
    )


def forgive_fine(
    posted: Entry, posted_id: int, collected: int, period: Month, at: datetime, *, by: Sequence[Id], waived: int = 0
) -> Entry:
    """A posted fine is taken back after all; what was `collected` of it (fen) is owed to the person again.

    `waived`: what the guards had left of it already, which the company bore.

    Raises Unbalanced for anything but a posted fine, or for more than the fine.
    """
    if posted.kind is not Kind.FINE_POSTED:
        raise Unbalanced(f"{posted.key} is no posted fine")
    stands = tuple(posting for posting in posted.postings if posting.account is not Account.FINES_PENDING)
    (theirs,) = [posting for posting in stands if posting.account is Account.FINES_POSTED]
    if min(collected, waived) < 0 or collected + waived > -theirs.fen:
        raise Unbalanced(f"{posted.key}: {collected} fen were never due")
    back = _whole(
        Posting(Account.FINES_COLLECTED, -collected - waived, theirs.person),
        Posting(Account.COMPANY, waived),
        Posting(Account.ADJUSTMENTS, collected, theirs.person),
    )
    return Entry(
        key=posted.key.replace("fine-posted:", "fine-forgiven:", 1),
        kind=Kind.FINE_FORGIVEN,
        at=at,
        period=period,
        about=posted.period,
        postings=(*_negated(stands), *back),
        refs=posted.refs,
        by=tuple(by),
        reverses=posted_id,
    )


def deduct(posted: Entry, fen: int, mode: str, period: Month, at: datetime, *, by: Sequence[Id] = ()) -> Entry:
    """A posted fine, or what the guards leave of it (`fen`), taken from pay: in `fines.mode` `payslip` alone (37).

    Raises Refusal in any other mode, Unbalanced for more than the fine.
    """
    if mode != "payslip":
        raise Refusal("ledger.not_from_pay")
    person = _posted(posted, fen)
    return Entry(
        key=posted.key.replace("fine-posted:", "fine-deducted:", 1),
        kind=Kind.DEDUCTION,
        at=at,
        period=period,
        postings=(Posting(Account.DEDUCTIONS, -fen, person), Posting(Account.FINES_COLLECTED, fen, person)),
        refs=posted.refs,
        by=tuple(by),
    )


def collect(posted: Entry, fen: int, period: Month, at: datetime, *, by: Sequence[Id]) -> Entry:
    """A posted fine handed in by the person. Raises Unbalanced."""
    person = _posted(posted, fen)
    return Entry(
        key=posted.key.replace("fine-posted:", "fine-collected:", 1),
        kind=Kind.FINE_COLLECTED,
        at=at,
        period=period,
        postings=(Posting(Account.FINES_COLLECTED, fen, person), Posting(Account.CASH, -fen)),
        refs=posted.refs,
        by=tuple(by),
    )


def waive(posted: Entry, fen: int, period: Month, at: datetime) -> Entry:
    """What the guards drop of a posted fine (`fen`) is not carried over: the company bears it. Raises Unbalanced."""
    person = _posted(posted, fen)
    return Entry(
        key=posted.key.replace("fine-posted:", "fine-waived:", 1),
        kind=Kind.FINE_WAIVED,
        at=at,
        period=period,
        postings=(Posting(Account.FINES_COLLECTED, fen, person), Posting(Account.COMPANY, -fen)),
        refs=posted.refs,
    )


def _assessed(pending: Entry) -> tuple[Id, int]:
    """Whose pending fine it is and how much (fen)."""
    if pending.kind is not Kind.FINE_PENDING:
        raise Unbalanced(f"{pending.key} is no pending fine")
    (theirs,) = [posting for posting in pending.postings if posting.person is not None]
    assert theirs.person is not None
    return theirs.person, -theirs.fen


def _posted(posted: Entry, fen: int) -> Id:
    theirs = [posting for posting in posted.postings if posting.account is Account.FINES_POSTED]
    if posted.kind is not Kind.FINE_POSTED or not 0 < fen <= -theirs[0].fen:
        raise Unbalanced(f"{posted.key}: {fen} fen are not due")
    assert theirs[0].person is not None
    return theirs[0].person


def _negated(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    return tuple(Posting(posting.account, -posting.fen, posting.person) for posting in postings)


# --- The activity fund, corrections ------------------------------------------------------------------------------------


def spend_fund(occasion: str, fen: int, held: int, period: Month, at: datetime, *, by: Sequence[Id]) -> Entry:
    """Spending from the fund (`held` fen in it): two people, never more than there is. Raises Refusal."""
    _two(by)
    if not 0 < fen <= held:
        raise Refusal("ledger.fund_short", held=held, wanted=fen)
    return Entry(
        key=f"fund:{occasion}",
        kind=Kind.FUND_SPENT,
        at=at,
        period=period,
        postings=(Posting(Account.FUND, -fen), Posting(Account.CASH, fen)),
        refs=(occasion,),
        by=tuple(by),
    )


def reversal(original: Entry, original_id: int, period: Month, at: datetime, *, by: Sequence[Id]) -> Entry:
    """Take an entry back, in the open period. Fines go their own way (`void_fine`, `forgive_fine`). Raises Unbalanced."""
    if original.kind in (Kind.FINE_PENDING, Kind.FINE_POSTED, Kind.FINE_VOID, Kind.FINE_FORGIVEN):
        raise Unbalanced(f"{original.key}: a fine is voided or forgiven, not reversed")
    return Entry(
        key=f"reversal:{original_id}",
        kind=Kind.REVERSAL,
        at=at,
        period=period,
        postings=_negated(original.postings),
        about=None if original.period == period else original.period,
        version=original.version,
        refs=original.refs,
        by=tuple(by),
        reverses=original_id,
    )


# --- The chain ----------------------------------------------------------------------------------------------------------

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry as it was written down: its number in the book and the digest that was kept beside it."""

    id: int
    entry: Entry
    digest: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A sealed stretch of the book: every entry up to `last_id` that no earlier batch holds."""

    number: int
    occasion: str  # day:2026-11-20, close:2026-11
    sealed_at: datetime
    last_id: int
    count: int
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first thing that does not fit: `entry:17` or `batch:3`, and what is wrong with it."""

    where: str
    what: str  # changed, unreadable, missing, extra, order, broken, cut, unwitnessed, reopened, late


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, check_circular=False)


def canonical(content: object) -> bytes:
    """One form for one content: sorted keys, no spaces, ASCII."""
    return _ENCODER.encode(content).encode("ascii")


def content(entry: Entry) -> dict[str, object]:
    """What is hashed of an entry: ids, amounts, moments."""
    return {
        "about": entry.about.key if entry.about else None,
        "at": _moment(entry.at),
        "at_source": entry.at_source,
        "by": [str(actor) for actor in entry.by],
        "key": entry.key,
        "kind": entry.kind.value,
        "period": entry.period.key,
        "postings": sorted([p.account.value, "" if p.person is None else str(p.person), p.fen] for p in entry.postings),
        "refs": list(entry.refs),
        "reverses": entry.reverses,
        "version": entry.version,
    }


def _moment(at: datetime) -> str:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")


def digest(entry: Entry) -> str:
    """SHA-256 of an entry's canonical content."""
    return hashlib.sha256(canonical(content(entry))).hexdigest()


def seal(previous: Batch | None, booked: Sequence[Booked], occasion: str, at: datetime) -> Batch:
    """Close a stretch of the book, oldest entry first. Raises ValueError for none."""
    if not booked:
        raise ValueError("nothing to seal")
    number, before = (previous.number + 1, previous.digest) if previous else (1, GENESIS)
    bare = Batch(number, occasion, at, booked[-1].id, len(booked), before, "")
    return replace(bare, digest=_chained(bare, [(one.id, one.digest) for one in booked]))


def _chained(batch: Batch, stretch: Sequence[tuple[int, str]]) -> str:
    """`stretch`: (id, digest) of its entries."""
    head = {
        "count": batch.count,
        "last_id": batch.last_id,
        "number": batch.number,
        "occasion": batch.occasion,
        "previous": batch.previous,
        "sealed_at": _moment(batch.sealed_at),
    }
    entries = [list(one) for one in stretch]
    return hashlib.sha256(batch.previous.encode("ascii") + canonical({"head": head, "entries": entries})).hexdigest()


class Walk:
    """Walks the whole book, entry by entry, oldest first, and keeps no more of it than one batch's digests.

    `head`: the digest of the last batch as it was noted elsewhere, or None before the first; it shows a tail that was
    cut off. Entries after the last batch are checked by themselves: they are not sealed yet.
    """

    def __init__(self, batches: Sequence[Batch], head: str | None) -> None:
        self._ahead = list(reversed(batches))
        self._head = head
        self._before, self._number = GENESIS, 0
        self._stretch: list[tuple[int, str]] = []

    def read(self, one: Booked) -> Iterator[Flaw]:
        """The next entry, and what does not fit up to here."""
        while self._ahead and one.id > self._ahead[-1].last_id:
            yield from self._close(self._ahead.pop())
        if digest(one.entry) != one.digest:
            yield Flaw(f"entry:{one.id}", "changed")
        self._stretch.append((one.id, one.digest))
        if not self._ahead:
            self._stretch.clear()

    def end(self) -> Iterator[Flaw]:
        """No entry is left."""
        while self._ahead:
            yield from self._close(self._ahead.pop())
        if self._head is not None and self._head != self._before:
            yield Flaw(f"batch:{self._number}", "cut")

    def _close(self, batch: Batch) -> Iterator[Flaw]:
        if batch.number != self._number + 1 or batch.previous != self._before:
            yield Flaw(f"batch:{batch.number}", "order")
        if len(self._stretch) != batch.count:
            yield Flaw(f"batch:{batch.number}", "missing" if len(self._stretch) < batch.count else "extra")
        elif _chained(batch, self._stretch) != batch.digest:
            yield Flaw(f"batch:{batch.number}", "broken")
        self._before, self._number = batch.digest, batch.number
        self._stretch = []
