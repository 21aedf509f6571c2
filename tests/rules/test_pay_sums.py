"""A month from sums comes to the fen of the itemised one, and of the second calculator that shares no code with either."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.calendar import Month
from core.rules.pay import (
    DealFact,
    DealKind,
    PersonMonth,
    Statement,
    Stint,
    TeamMonth,
    counts,
    shares_with_visitor,
    statement,
)
from core.rules.pay_sums import Payroll, Sums, rounded
from core.rules.people import Role, Status
from core.rules.policy import Version
from core.usecases import preview
from tests.rules import reference_pay
from tests.rules.paydesk import NOVEMBER, RULES, amended, past
from tests.rules.test_pay_properties import VERSIONS, amounts, facts, versions
from tests.rules.test_pay_reference import MONTHS, SWITCHES, china, company, rules

claim = settings(deadline=None, max_examples=150)
STEPS = amended(
    '[version.pay]\nbasis_cut = { mode = "step", steps = [{ from = "0%", pay = "50%" }, { from = "60%", pay = "90%" }] }'
)
GRADED = amended("[version.pay]\nclerk_grades = [{ from = 8000, base = 800 }, { from = 16000, base = 900.55 }]")
EXCLUSIVE = amended(
    '[version.pay.commission]\nmode = "whole"\n[version.pay.clerk]\nends = 9000\n'
    'brackets = [{ above = 0, rate = "1.25%" }, { above = 8000, rate = "3%" }]'
)
SELLING_HEADS = amended('[version.pay.supervisor]\nown_deals = "rep"', "[version.pay]\nmin_wage = 2100")
EVERY = [*VERSIONS, STEPS, GRADED, EXCLUSIVE, SELLING_HEADS]


def summed(version: Version, me: object, role: Role, deals: Sequence[DealFact]) -> Sums:
    """What a database would add up."""
    mine = [deal for deal in deals if me in (deal.seller, deal.visitor)]
    given = [d for d in mine if shares_with_visitor(version, d)]
    return Sums(
        counted=sum(d.amount for d in mine if d.seller == me and counts(version, d)),
        everything=sum(d.amount for d in mine),
        sms=sum(d.amount for d in mine if d.seller == me and d.kind is DealKind.SMS),
        received=sum(d.amount for d in given if d.visitor == me),
        given=sum(d.amount for d in given if d.visitor != me),
    )


def figures(made: Statement) -> dict[str, object]:
    names = ("person", "month", "version", "base", "performance", "everything", "commission", "shares", "sms", "top_up",
             "total", "undetermined")  # fmt: skip
    return {name: getattr(made, name) for name in names}


@claim
@given(st.sampled_from(EVERY), facts(), st.booleans())
def test_sums_come_to_the_same_fen_as_the_itemised_statement(
    version: Version, given_facts: tuple[PersonMonth, list[DealFact]], trained: bool
) -> None:
    who, deals = given_facts
    who = replace(who, past=[past(15_999)], status=Status.TRAINING if trained else who.status)

    assert figures(Payroll(version, NOVEMBER).statement(who, summed(version, "me", who.role, deals))) == figures(
        statement(version, who, deals)
    )


@claim
@given(
    st.sampled_from(EVERY),
    st.sampled_from([Role.SUPERVISOR, Role.MANAGER, Role.ASSISTANT]),
    st.lists(st.tuples(amounts, st.one_of(st.none(), st.integers(0, 9_000_000))), max_size=3),
    amounts,
)
def test_those_who_lead_come_to_the_same_fen_too(
    version: Version, role: Role, teams: list[tuple[int, int | None]], own: int
) -> None:
    leads = [TeamMonth(f"T{n}", total, target) for n, (total, target) in enumerate(teams)]
    who = PersonMonth("me", NOVEMBER, role, leads=leads)
    deals = [DealFact("own", "me", role, NOVEMBER.start, own, DealKind.OWN, team="T0")] if own else []

    quick = Payroll(version, NOVEMBER).statement(who, summed(version, "me", role, deals))

    slow = statement(version, who, deals)
    assert figures(quick) == figures(slow)
    assert quick.notes == tuple(n for n in slow.notes if n.key in {"own_deals_undecided", "target_missing"})


def told(rows: Sequence[dict[str, Any]], me: str, *, sms_counts: bool) -> Sums:
    """The same from the second calculator's rows: nothing of the product tells what counts."""
    sums = dict.fromkeys(("counted", "everything", "sms", "received", "given"), 0)
    for row in rows:
        fen, sold, seen = int(row["yuan"] * 100), row["seller"] == me, row["visitor"] == me
        delegated = row["kind"] == "delegated"
        alone = delegated and row["sold_as"] == "rep" and row["visitor"] == row["seller"]
        pair = delegated and (row["sold_as"], row["visited_as"]) == ("clerk", "rep") and row["visitor"] != row["seller"]
        sums["everything"] += fen if sold or seen else 0
        sums["sms"] += fen if sold and row["kind"] == "sms" else 0
        sums["counted"] += fen if sold and not alone and (row["kind"] != "sms" or sms_counts) else 0
        sums["received"] += fen if seen and (pair or alone) else 0
        sums["given"] += fen if sold and pair else 0
    return Sums(**sums)


@pytest.mark.parametrize("name", [name for name in SWITCHES if name != "paid"])
def test_sums_agree_with_the_second_calculator(name: str) -> None:
    chance, switches = random.Random(f"sums {name}"), SWITCHES[name][0]
    for n in range(30):
        month = chance.choice(MONTHS)
        facts = company(chance, month)
        for person in facts["people"]:
            person.pop("changes", None)
        version, priced = preview.preview(
            rules(name), china(), preview.read_facts(json.dumps(facts)), Month.parse(month)
        )
        theirs, payroll = reference_pay.month(facts, month, **switches), Payroll(version, Month.parse(month))
        rows = list(reference_pay.counted(facts, month, paid=False))
        for one in priced:
            sums = told(rows, one.person.id, sms_counts=switches.get("sms_counts", False))
            mine, expected = payroll.statement(one.month, sums), theirs[one.person.id]
            assert {part: getattr(mine, part) for part in expected} == expected, f"company {n}: {one.person}"


@pytest.mark.parametrize(("status", "base"), [(Status.REGULAR, 75000), (Status.PROBATION, 70000)])
def test_a_whole_month_on_probation_pays_the_base_of_probation_from_sums_too(status: Status, base: int) -> None:
    who = PersonMonth("me", NOVEMBER, Role.CLERK, status, months_in_probation=1)

    assert Payroll(RULES, NOVEMBER).statement(who, Sums(counted=900000, everything=900000)).base == base


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_half_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)

    assert abs(rounded(numerator, denominator) - exact) <= Fraction(1, 2)
    assert rounded(-numerator, denominator) == -rounded(numerator, denominator)
    assert rounded(5 * denominator, 2 * denominator) == 3


@given(versions)
def test_a_month_of_two_roles_is_refused(version: Version) -> None:
    who = PersonMonth(
        "me", NOVEMBER, Role.CLERK, stints=[Stint(Role.CLERK, Fraction(1, 2)), Stint(Role.REP, Fraction(1, 2))]
    )

    with pytest.raises(ValueError, match="several roles"):
        Payroll(version, NOVEMBER).statement(who, Sums())


def test_the_texts_own_examples() -> None:
    """32 000 → 880.00 for a clerk; 23 000 own and 7 000 visited → 720.00 for a rep."""
    payroll = Payroll(RULES, NOVEMBER)
    clerk = payroll.statement(PersonMonth("a", NOVEMBER, Role.CLERK), Sums(counted=3_200_000, everything=3_200_000))
    rep = payroll.statement(
        PersonMonth("b", NOVEMBER, Role.REP), Sums(counted=2_300_000, everything=3_000_000, received=700_000)
    )

    assert (clerk.commission, clerk.total) == (88_000, 163_000)
    assert (rep.commission + rep.shares, rep.total) == (72_000, 147_000)


def test_where_nothing_was_sold_there_is_nothing_to_add() -> None:
    assert Sums() == Sums(0, 0, 0, 0, 0)
    assert Payroll(RULES, NOVEMBER).statement(PersonMonth("a", NOVEMBER, Role.CLERK), Sums()).everything == 0


@pytest.mark.parametrize(("numerator", "rounded_to"), [(1, 1), (-1, -1), (0, 0), (3, 2), (-3, -2)])
def test_a_half_is_rounded_away_from_zero_on_either_side(numerator: int, rounded_to: int) -> None:
    assert rounded(numerator, 2) == rounded_to


def test_half_a_fen_is_paid_whoever_funds_shares_and_whatever_target_is_missing() -> None:
    """Each sum lies on the very half of a fen: whatever else were added or taken would show."""
    company = amended('[version.pay.delegation]\nfunding = "company"')
    rep = PersonMonth("me", NOVEMBER, Role.REP)
    paid = Payroll(company, NOVEMBER).statement(rep, Sums(counted=900_000, everything=900_050, received=50))
    assert paid.shares == 1

    leader = PersonMonth("me", NOVEMBER, Role.SUPERVISOR, leads=[TeamMonth("T", 0, None)])
    half = SELLING_HEADS.pay.rep.brackets[0].threshold + 50  # 3 % of 50 fen is a fen and a half
    sold = Payroll(SELLING_HEADS, NOVEMBER).statement(leader, Sums(counted=half, everything=half))
    assert (sold.commission, sold.undetermined) == (2, True)


def test_while_a_target_is_missing_nobody_is_topped_up() -> None:
    """What is not settled yet has no floor: the statement with lines says the same."""
    floored = amended("[version.pay]\nmin_wage = 2100", "[version.pay.base]\nsupervisor = 1000")
    waiting = PersonMonth("me", NOVEMBER, Role.SUPERVISOR, leads=[TeamMonth("T", 100, None)])
    settled = replace(waiting, leads=[TeamMonth("T", 100, 1_000_000)])

    assert Payroll(floored, NOVEMBER).statement(waiting, Sums()).top_up == 0
    assert statement(floored, waiting, []).top_up == 0
    assert Payroll(floored, NOVEMBER).statement(settled, Sums()).top_up == 110_000
