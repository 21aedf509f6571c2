"""A company's money over months: deals, receipts, refunds, late facts, fines, appeals, guards, closing, paying, the fund.

A pure model keeps the book; after every move every balance of the ledger is what the facts say, and saying everything
again changes nothing. `WAIHU_LEDGER_STEPS=2000x50` plays longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.rules import ledger
from core.rules.calendar import Month
from core.rules.errors import Refusal
from core.rules.ledger import Account, Booked, Earned, Entry, Kind
from core.rules.pay import DealFact, DealKind, PersonMonth, Statement, TeamMonth, statement
from core.rules.pay_guards import Deduction, Guards, guard
from core.rules.payments import Payment, PaymentKind, recognised
from core.rules.people import Role
from tests.rules.paydesk import RULES, amended

CLERK, REP, SUPERVISOR, MANAGER = 5, 10, 4, 2
STAFF = (CLERK, REP, SUPERVISOR, MANAGER)
HALF = Fraction(1, 2)
EXAMPLES, STEPS = (int(part) for part in os.environ.get("WAIHU_LEDGER_STEPS", "40x50").split("x"))
PAID = amended('[version.deals]\nrecognition = "paid"')  # the way of those deals that count as their money comes in
CAP = Guards(cap=Fraction(20, 100), one_penalty=True)


@dataclass
class Fine:
    pending: int
    fen: int
    state: str = "pending"  # posted, void, forgiven
    posted: int = 0
    collected: int = 0
    waived: int = 0  # what the guards left of it

    @property
    def settled(self) -> int:
        return self.collected + self.waived


class Company(RuleBasedStateMachine):
    """Facts on one side, the book on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.month = Month(2026, 1)
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.deals: dict[int, DealFact] = {}
        self.receipts: dict[int, list[Payment]] = {}  # of those deals that count by them
        self.book: list[Booked] = []
        self.batches: list[ledger.Batch] = []
        self.closed: list[Month] = []
        self.fines: dict[str, Fine] = {}
        self.paid: dict[int, int] = dict.fromkeys(STAFF, 0)
        self.spent = self.events = 0
        self._folded: tuple[int, ledger.Balances] = (0, {})
        self._made: dict[tuple[Month, tuple[tuple[object, ...], ...]], dict[int, Statement]] = {}

    # --- the book -------------------------------------------------------------------------------------------------------

    def append(self, entry: Entry | None) -> int:
        """What the store does: a key once, an entry settled once, nothing in a closed month."""
        if entry is None:
            return 0
        for one in self.book:
            if one.entry.key == entry.key:
                assert ledger.same(one.entry, entry)
                return one.id
            assert entry.reverses is None or one.entry.reverses != entry.reverses
        assert entry.period not in self.closed
        self.book.append(Booked(len(self.book) + 1, entry, ledger.digest(entry)))
        return len(self.book)

    def entry(self, number: int) -> Entry:
        return self.book[number - 1].entry

    @property
    def held(self) -> ledger.Balances:
        if self._folded[0] != len(self.book):
            self._folded = (len(self.book), ledger.fold(one.entry for one in self.book))
        return self._folded[1]

    # --- the facts ------------------------------------------------------------------------------------------------------

    def counts(self, number: int) -> tuple[DealFact, ...]:
        """The deal as the pay rules count it: once, or receipt by receipt."""
        if number not in self.receipts:
            return (self.deals[number],)
        return recognised(PAID, self.deals[number], self.receipts[number])

    def statements(self, month: Month) -> dict[int, Statement]:
        some = [fact for number in self.deals for fact in self.counts(number) if fact.signed_on in month]
        key = (month, tuple((fact.id, fact.signed_on, fact.amount) for fact in some))
        if key in self._made:
            return self._made[key]
        led = [TeamMonth("T", sum(d.amount for d in some if d.kind is not DealKind.SMS), 2_000_000)]
        people = [
            PersonMonth(CLERK, month, Role.CLERK),
            PersonMonth(REP, month, Role.REP),
            PersonMonth(SUPERVISOR, month, Role.SUPERVISOR, leads=led),
            PersonMonth(MANAGER, month, Role.MANAGER, leads=led),
        ]
        self._made[key] = {int(one.id): statement(RULES, one, some) for one in people}
        return self._made[key]

    def changed(self, cause: str, by: Callable[[], None]) -> None:
        """What a late fact does to closed months; an open one is simply computed anew."""
        before = {month: self.statements(month) for month in self.closed}
        by()
        for month, was in before.items():
            now = self.statements(month)
            for person in STAFF:
                self.append(
                    ledger.difference(
                        person, month, Earned.of(was[person]), Earned.of(now[person]),
                        period=self.month, at=self.now, cause=cause, version="v",
                    )
                )  # fmt: skip

    def on(self, back: int, day: int) -> date:
        """A day of the open month, or of one that many months back."""
        month = self.month
        for _ in range(min(back, len(self.closed))):
            month = month.previous
        return date(month.year, month.month, day)

    # --- moves ----------------------------------------------------------------------------------------------------------

    @rule(
        fen=st.one_of(st.integers(1, 6_000_000), st.sampled_from([800_000, 1_600_000, 1_600_001])),
        kind=st.sampled_from(list(DealKind)), back=st.sampled_from([0, 0, 0, 1, 2]), day=st.integers(1, 28),
        by_receipt=st.booleans(),
    )  # fmt: skip
    def sell(self, fen: int, kind: DealKind, back: int, day: int, by_receipt: bool) -> None:
        self.sells(fen, kind, self.on(back, day), by_receipt)

    def sells(self, fen: int, kind: DealKind, signed: date, by_receipt: bool) -> None:
        self.events += 1
        deal = DealFact(self.events, CLERK, Role.CLERK, signed, fen, kind, team="T")
        if kind is DealKind.DELEGATED:
            deal = replace(deal, visitor=REP, visitor_role=Role.REP)

        def sold() -> None:
            if by_receipt:
                self.receipts[deal_id] = []
            self.deals[deal_id] = deal

        deal_id = self.events
        self.changed(f"late:{deal_id}", sold)

    @rule(pick=st.integers(0, 99), parts=st.integers(1, 4), back=st.sampled_from([0, 0, 1, 2]), day=st.integers(1, 28))
    def receive(self, pick: int, parts: int, back: int, day: int) -> None:
        """A part of the deal comes in, or more than is open: never on a day before it was signed."""
        if not self.receipts:
            self.sells(
                800_000 * parts, DealKind.DELEGATED if pick % 3 else DealKind.OWN, self.on(2, day), by_receipt=True
            )
        number = sorted(self.receipts)[pick % len(self.receipts)]
        deal = self.deals[number]
        self.events += 1
        came = max(deal.signed_on, self.on(back, day))
        paid = Payment(PaymentKind.BALANCE, deal.amount // parts + 1, None, came, confirmed=True)
        self.changed(f"receipt:{self.events}", lambda: self.receipts[number].append(paid))

    @precondition(lambda self: any(self.receipts.values()))
    @rule(pick=st.integers(0, 99))
    def take_a_receipt_back(self, pick: int) -> None:
        """It had not come in after all: what came after it may count for more."""
        some = sorted(number for number, known in self.receipts.items() if known)
        known = self.receipts[some[pick % len(some)]]
        self.events += 1
        self.changed(f"receipt-back:{self.events}", lambda: known.__delitem__(pick % len(known)))

    @precondition(lambda self: self.deals)
    @rule(pick=st.integers(0, 99))
    def refund(self, pick: int) -> None:
        number = sorted(self.deals)[pick % len(self.deals)]

        def gone() -> None:
            del self.deals[number]
            self.receipts.pop(number, None)

        self.changed(f"refund:{number}", gone)

    @rule(week=st.integers(1, 6), person=st.sampled_from([CLERK, REP]), fen=st.sampled_from([5000, 5001, 1]))
    def miss_a_report(self, week: int, person: int, fen: int) -> None:
        key = f"fine:weekly:2026-W{week:02d}:{person}"
        if key not in self.fines:  # one for each report, however late it is
            self.assess(key, person, fen)

    def assess(self, key: str, person: int, fen: int) -> Fine:
        report = key.removeprefix("fine:").rpartition(":")[0]
        pending = self.append(ledger.fine(person, report, fen, self.month, self.now, article="5.1"))
        return self.fines.setdefault(key, Fine(pending, fen))

    def fine_that(self, pick: int, state: str) -> Fine | None:
        some = [fine for _, fine in sorted(self.fines.items()) if fine.state == state]
        return some[pick % len(some)] if some else None

    @rule(pick=st.integers(0, 99), stands=st.sampled_from([True, True, False]))
    def end_a_fine(self, pick: int, stands: bool) -> None:
        if fine := self.fine_that(pick, "pending"):
            self.end(fine, stands)

    def end(self, fine: Fine, stands: bool) -> Fine:
        pending = self.entry(fine.pending)
        if stands:
            fine.posted = self.append(ledger.post_fine(pending, fine.pending, HALF, self.month, self.now))
        else:
            self.append(ledger.void_fine(pending, fine.pending, self.month, self.now))
        fine.state = "posted" if stands else "void"
        return fine

    def standing_fine(self, pick: int, settled: bool = False) -> Fine:
        """One that stands and is open (or settled); where there is none it comes about, so that moves find their matter."""
        some = [
            fine for _, fine in sorted(self.fines.items()) if fine.state == "posted" and bool(fine.settled) == settled
        ]
        if some:
            return some[pick % len(some)]
        self.events += 1
        person = CLERK if pick % 2 else REP
        fine = self.end(self.assess(f"fine:monthly:{self.events}:{person}", person, 5000 + pick), stands=True)
        if settled:
            self.take_from_pay(fine)
        return fine

    @rule(pick=st.integers(0, 99), mode=st.sampled_from(["record", "payslip"]))
    def deduct(self, pick: int, mode: str) -> None:
        fine = self.standing_fine(pick)
        if mode == "record":
            with pytest.raises(Refusal):
                ledger.deduct(self.entry(fine.posted), fine.fen, mode, self.month, self.now)
        else:
            self.take_from_pay(fine)

    def take_from_pay(self, fine: Fine) -> None:
        """What the guards leave of it; the rest is waived."""
        posted = self.entry(fine.posted)
        wage = self.statements(self.month)[int(posted.people[0])].total
        wanted = Deduction(fine.posted, "weekly", posted.refs[0], date(2026, 1, 1), fine.fen)
        (taken,) = guard(CAP, wage, 0, [wanted]).taken
        if taken.amount:
            self.append(ledger.deduct(posted, taken.amount, "payslip", self.month, self.now))
            fine.collected = taken.amount
        if taken.dropped:
            self.append(ledger.waive(posted, taken.dropped, self.month, self.now))
            fine.waived = taken.dropped
        assert fine.settled == fine.fen

    @rule(pick=st.integers(0, 99))
    def hand_in(self, pick: int) -> None:
        fine = self.standing_fine(pick)
        self.append(ledger.collect(self.entry(fine.posted), fine.fen, self.month, self.now, by=(MANAGER,)))
        fine.collected = fine.fen

    @rule(pick=st.integers(0, 99), settled=st.booleans())
    def forgive(self, pick: int, settled: bool) -> None:
        fine = self.standing_fine(pick, settled)
        posted = self.entry(fine.posted)
        self.append(
            ledger.forgive_fine(
                posted, fine.posted, fine.collected, self.month, self.now, by=(MANAGER,), waived=fine.waived
            )
        )
        fine.state = "forgiven"

    @rule(fen=st.integers(1, 6000))
    def spend(self, fen: int) -> None:
        self.events += 1
        there = ledger.fund(self.held)
        if fen > there:
            with pytest.raises(Refusal):
                ledger.spend_fund(f"o{self.events}", fen, there, self.month, self.now, by=(MANAGER, 1))
        else:
            self.append(ledger.spend_fund(f"o{self.events}", fen, there, self.month, self.now, by=(MANAGER, 1)))
            self.spent += fen

    @rule()
    def close(self) -> None:
        for made in self.statements(self.month).values():
            self.append(ledger.month_pay(made, self.now, by=(MANAGER, 1)))
        self.closed.append(self.month)
        self.month = self.month.next
        self.now = datetime(self.month.year, self.month.month, 5, 9, tzinfo=UTC)

    @rule(person=st.sampled_from(STAFF))
    def pay(self, person: int) -> None:
        due = ledger.payable(self.held, person)
        if due > 0 and not any(one.entry.key == f"payment:{self.month.key}:{person}" for one in self.book):
            self.append(ledger.payment(person, self.month, due, self.now, by=(MANAGER, 1)))
            self.paid[person] += due

    @rule(hours=st.integers(1, 48))
    def seal(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        last = self.batches[-1] if self.batches else None
        fresh = self.book[last.last_id if last else 0 :]
        if fresh:
            self.batches.append(ledger.seal(last, fresh, f"day:{len(self.batches)}", self.now))

    @rule()
    def say_everything_again(self) -> None:
        before = list(self.book)
        for one in before:
            self.append(replace(one.entry, at=self.now))
        assert self.book == before

    # --- what always holds ------------------------------------------------------------------------------------------------

    @invariant()
    def everything_balances(self) -> None:
        assert all(sum(posting.fen for posting in one.entry.postings) == 0 for one in self.book)
        assert sum(self.held.values()) == 0

    @invariant()
    def everybody_is_owed_what_the_facts_say(self) -> None:
        """Closed months as they compute now, less what was deducted or paid, and what a forgiven fine gives back."""
        held = self.held
        closed = [self.statements(month) for month in self.closed]
        for person in STAFF:
            mine = [fine for key, fine in self.fines.items() if key.endswith(f":{person}")]
            keys = {one.entry.key for one in self.book if one.entry.kind is Kind.DEDUCTION}
            taken = sum(
                fine.collected for fine in mine
                if fine.posted and self.entry(fine.posted).key.replace("fine-posted", "fine-deducted") in keys
            )  # fmt: skip
            back = sum(fine.collected for fine in mine if fine.state == "forgiven")
            due = sum(made[person].total for made in closed)
            assert ledger.payable(held, person) == due - self.paid[person] - taken + back

    @invariant()
    def half_of_what_stands_is_the_funds(self) -> None:
        stands = [fine for fine in self.fines.values() if fine.state == "posted"]
        assert ledger.fund(self.held) == sum((fine.fen + 1) // 2 for fine in stands) - self.spent

    @invariant()
    def fines_are_pending_or_owed_or_settled(self) -> None:
        held = self.held
        pending = sum(fine.fen for fine in self.fines.values() if fine.state == "pending")
        assert held.get((Account.FINES_PENDING, None), 0) == pending
        for person in (CLERK, REP):
            mine = [fine for key, fine in self.fines.items() if key.endswith(f":{person}")]
            owed = sum(fine.fen - fine.settled for fine in mine if fine.state == "posted")
            assert ledger.owed_fines(held, person) == owed

    @invariant()
    def the_company_bears_the_pay_less_its_half_of_the_fines_and_what_was_waived(self) -> None:
        pay = sum(made.total for month in self.closed for made in self.statements(month).values())
        stands = [fine for fine in self.fines.values() if fine.state == "posted"]
        halves = sum(fine.fen // 2 - fine.waived for fine in stands)
        assert self.held.get((Account.COMPANY, None), 0) == halves - pay

    @invariant()
    def no_deal_counts_for_more_than_it_is(self) -> None:
        assert all(sum(fact.amount for fact in self.counts(number)) <= one.amount for number, one in self.deals.items())

    @invariant()
    def the_chain_is_whole(self) -> None:
        walk = ledger.Walk(self.batches, self.batches[-1].digest if self.batches else None)
        assert [flaw for one in self.book for flaw in walk.read(one)] == []
        assert list(walk.end()) == []


Company.TestCase.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
TestCompany = Company.TestCase
