"""The rules of closing: whose turn it is, what two people approve, what is decided, a statement kept as data."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.calendar import Month
from core.rules.closing import (
    Adjusted,
    Approval,
    Due,
    check_turn,
    digest,
    enough,
    evidence,
    may_close,
    open_period,
    questions,
    turn,
)
from core.rules.errors import Refusal
from core.rules.pay import Component, Line, Note, Statement
from core.rules.pay_guards import Deduction, Taken
from core.rules.people import Person, Role, Status
from core.rules.proposals import Act, Proposal
from core.rules.statement_data import packed, unpacked

OCTOBER = Month(2026, 10)


def made(person: int = 5, base: int = 0, sms: int = 0) -> Statement:
    return Statement(person, OCTOBER, "v", base, 0, 0, 0, 0, sms, 0, base + sms, (), ())


# --- turns ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "today", "last", "key"),
    [
        (OCTOBER, date(2026, 10, 31), None, "closing.not_over"),
        (OCTOBER, date(2026, 11, 1), None, None),
        (OCTOBER, date(2026, 11, 1), OCTOBER, "closing.before"),
        (OCTOBER, date(2026, 11, 1), OCTOBER.next, "closing.before"),
        (OCTOBER.next, date(2026, 12, 1), OCTOBER, None),
        (OCTOBER.next.next, date(2027, 1, 1), OCTOBER, "closing.not_yet"),
    ],
)
def test_months_are_closed_in_order_when_they_are_over(
    month: Month, today: date, last: Month | None, key: str | None
) -> None:
    if key is None:
        check_turn(month, today, last)
        return
    with pytest.raises(Refusal) as caught:
        check_turn(month, today, last)
    assert caught.value.key == key


@given(day=st.dates(date(2026, 1, 1), date(2028, 12, 31)), back=st.integers(0, 14))
def test_the_month_for_late_facts_is_never_closed_nor_in_the_future(day: date, back: int) -> None:
    """Whatever was locked last (only what is over can be), late facts have a month, and it is the next to be closed."""
    last: Month | None = Month.of(day).previous
    for _ in range(back):
        assert last is not None
        last = last.previous
    assert last is not None
    period = open_period(day, last)

    assert last < period <= Month.of(day)
    assert turn(day, last) == period
    if period.end < day:
        check_turn(period, day, last)
    assert open_period(day, None) == Month.of(day)


def test_the_first_month_to_close_is_the_one_that_ended_last() -> None:
    assert turn(date(2026, 11, 20), None) == OCTOBER


# --- what is approved -------------------------------------------------------------------------------------------------------


def test_a_fen_moved_from_one_part_to_another_is_another_month() -> None:
    one, other = Due(made(base=100, sms=50)), Due(made(base=99, sms=51))

    assert one.payable == other.payable
    assert digest([one]) != digest([other])


def test_an_adjustment_or_a_carried_fen_is_another_month_and_the_order_is_not() -> None:
    plain = Due(made(base=100))
    months = {
        digest([plain]),
        digest([Due(made(base=100), (Adjusted(OCTOBER.previous, 1, "refund:1"),))]),
        digest([Due(made(base=100), (), -1)]),
        digest([Due(made(6, base=100))]),
    }

    assert len(months) == 4
    assert digest([plain, Due(made(6))]) == digest([Due(made(6)), plain])


def test_two_people_have_to_say_yes_to_the_same_figures() -> None:
    assert not enough([], "a")
    assert not enough([Approval(1, "a"), Approval(1, "a")], "a")
    assert not enough([Approval(1, "a"), Approval(2, "b")], "a")
    assert enough([Approval(1, "a"), Approval(2, "b"), Approval(2, "a")], "a")


# --- proposals ------------------------------------------------------------------------------------------------------------------


def test_the_same_facts_under_two_articles_are_one_question_with_the_milder_act_first() -> None:
    run = {"months": (("2026-09", 100), ("2026-10", 200)), "basis": 800_000}
    found = questions(
        [
            Proposal(Act.ELIMINATE, "months_below", run),
            Proposal(Act.ELIMINATE, "last_ranked", {"last": 3, "performance": 200}),
            Proposal(Act.WARN, "months_below", run),
            Proposal(Act.WARN, "last_ranked", {"last": 3, "performance": 200}),
        ]
    )

    assert len(found) == 1
    assert found[0].acts == (Act.WARN, Act.ELIMINATE)
    assert sorted(one.reason for one in found[0].reasons) == ["last_ranked", "months_below"]
    assert json.loads(json.dumps(evidence(found[0].proposals[0])))["figures"]["basis"] == 800_000


# --- as data --------------------------------------------------------------------------------------------------------------------

FEN = st.integers(-(10**12), 10**12)
RATES = st.fractions(min_value=-1, max_value=2, max_denominator=10_000)
PARAMS = st.dictionaries(
    st.sampled_from(["a", "b", "presence"]),
    st.one_of(FEN, st.text(), st.fractions(), st.sampled_from(Role), st.tuples(st.text(), st.text())),
)
LINES = st.builds(Line, st.sampled_from(Component), st.text(), st.text(), FEN, RATES, FEN, st.tuples(st.integers(1, 9)))


@given(
    lines=st.lists(LINES, max_size=4),
    notes=st.lists(st.builds(Note, st.text(), PARAMS), max_size=3),
    open_=st.booleans(),
)
def test_a_statement_comes_back_from_json_as_it_was(lines: list[Line], notes: list[Note], open_: bool) -> None:
    kept = Statement(5, OCTOBER, "2026-01-01", 1, 2, 3, 4, 5, 6, 7, 8, tuple(lines), tuple(notes), undetermined=open_)
    back = unpacked(json.loads(json.dumps(packed(kept))))

    assert back == kept
    assert all(type(line.rate) is Fraction for line in back.lines)
    assert all(
        type(one.params.get("a")) is type(other.params.get("a")) for one, other in zip(back.notes, notes, strict=True)
    )


def test_a_month_ends_the_day_before_it_may_be_closed() -> None:
    for n in range(400):
        day = date(2026, 1, 1) + timedelta(days=n)
        check_turn(Month.of(day).previous, day, None)


# --- who, and what is paid ------------------------------------------------------------------------------------------------


def test_the_manager_the_director_and_the_owner_close_while_they_work_here() -> None:
    def one(role: Role, status: Status = Status.REGULAR, *, owner: bool = False) -> Person:
        return Person(1, "001", "人", role, status, None, None, date(2024, 1, 1), is_owner=owner)

    assert {role for role in Role if may_close(one(role))} == {Role.MANAGER, Role.DIRECTOR}
    assert may_close(one(Role.CLERK, owner=True))
    assert not may_close(one(Role.MANAGER, Status.LEFT))
    assert not may_close(one(Role.CLERK, Status.LEFT, owner=True))


def test_what_is_handed_out_is_the_total_with_adjustments_and_what_was_carried_less_what_is_taken() -> None:
    fine = Deduction("f", "weekly", "weekly:2026-W41", date(2026, 10, 12), 5000)
    more, less = Adjusted(OCTOBER.previous, 700, "refund:1"), Adjusted(OCTOBER.previous, -100, "refund:2")
    due = Due(made(base=75_000, sms=3_600), (more, less), -30, (Taken(fine, 4000),))

    assert (due.adjusted, due.deducted, due.payable) == (600, 4000, 75_170)
    assert Due(made(base=75_000)).payable == 75_000
