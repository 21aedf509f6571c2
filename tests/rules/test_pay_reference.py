"""The product's pay against a second calculator that shares no code with it: thousands of random person-months, to the fen."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest

from core import holidays
from core.rules import policy
from core.rules.calendar import Calendar, Month
from core.rules.policy import Policy
from core.usecases import preview
from tests.rules import reference_pay
from tests.rules.paydesk import SAMPLE_TEXT

SWITCHES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "as shipped": ({}, []),
    "whole amounts": ({"mode": "whole"}, [('mode = "marginal" ', 'mode = "whole" ')]),
    "capped": ({"top": "cap"}, [('top = "open"                # open 超过', 'top = "cap"  # open 超过')]),
    "the company pays shares": ({"funding": "company"}, [('funding = "clerk"', 'funding = "company"')]),
    "SMS counts": ({"sms_counts": True}, [("counts = false", "counts = true")]),
    "supervisors sell": ({"own_deals": "rep"}, [('own_deals = "undecided"', 'own_deals = "rep"')]),
    "paid": ({"paid": True}, [('recognition = "signed"', 'recognition = "paid"')]),
}
MONTHS = ["2026-11", "2026-03", "2026-07", "2026-08"]  # months without a public holiday or a made-up day
EDGES = [5000, 8000, 12000, 16000, 23000, 32000, 35000, 50000]
COMPANIES = 80  # of about eight people for each switch: some 5,000 person-months


@cache
def rules(name: str) -> Policy:
    text = SAMPLE_TEXT
    for old, new in SWITCHES[name][1]:
        assert old in text
        text = text.replace(old, new, 1)
    return policy.load(text)


@cache
def china() -> Calendar:
    return holidays.load()


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def amount(chance: random.Random) -> int:
    """Fen: an edge give or take a fen, something odd, or anything."""
    roll = chance.random()
    if roll < 0.4:
        return chance.choice(EDGES) * 100 + chance.randint(-1, 1)
    return chance.choice([1, 33, 50, 149, 9999]) if roll < 0.5 else chance.randint(1, 4_500_000)


def day(chance: random.Random, month: str) -> str:
    return f"{month}-{chance.randint(1, 30):02d}"


def company(chance: random.Random, month: str) -> dict[str, Any]:
    """People of every role, standing and history; deals of every kind; targets met to the fen, missed, or missing."""
    people: list[dict[str, Any]] = [
        {"id": "boss", "role": "manager", "status": "regular", "team": chance.choice([None, "A"])},
        {"id": "s1", "role": "supervisor", "status": "regular", "team": "A"},
        {"id": "s2", "role": chance.choice(["supervisor", "assistant", "director"]), "status": "regular", "team": "B"},
    ]
    for n in range(chance.randint(2, 9)):
        status = chance.choice(["regular"] * 4 + ["probation", "probation", "training", "left"])
        one: dict[str, Any] = {
            "id": f"p{n}",
            "role": chance.choice(["clerk", "rep"]),
            "status": status,
            "team": chance.choice(["A", "B", None]),
            "months_in_probation": {"probation": chance.randint(0, 2), "left": chance.choice([0, 1])}.get(status, 0),
        }
        if chance.random() < 0.3:
            one["hired_on"] = day(chance, month)
        if status == "left" and chance.random() < 0.8:
            one["left_on"] = f"{month}-{chance.randint(int(one.get('hired_on', '01')[-2:]), 30):02d}"
        if chance.random() < 0.2:
            other = {"clerk": "rep", "rep": "clerk"}[one["role"]]
            days = sorted({day(chance, month) for _ in range(chance.randint(1, 2))})
            one["changes"] = [{"from": d, "role": r} for d, r in zip(days, [other, one["role"]], strict=False)]
            if chance.random() < 0.5:
                one["changes"][0]["team"] = chance.choice(["A", "B"])
        people.append(one)
    for person in people:
        person |= {"name": person["id"], "history": {}}
        person.setdefault("months_in_probation", 0)
    ids = [person["id"] for person in people]
    deals = []
    for n in range(chance.randint(0, 14)):
        kind = chance.choice(["own", "own", "own", "delegated", "delegated", "sms"])
        worth = amount(chance)
        first = chance.randint(0, worth)
        when = day(chance, month) if chance.random() < 0.9 else "2026-05-06"
        deals.append(
            {
                "id": f"d{n}",
                "seller": chance.choice(ids),
                "date": when,
                "amount": yuan(worth),
                "kind": kind,
                "visited_by": chance.choice([*ids, None]) if kind == "delegated" else None,
                "state": chance.choice(["confirmed"] * 6 + ["pending", "rejected", "cancelled"]),
                "payments": [
                    {"date": day(chance, month), "amount": yuan(first), "state": "confirmed"},
                    {"date": day(chance, "2026-06"), "amount": yuan(worth - first), "state": "pending"},
                ][: chance.randint(0, 2)],
            }
        )
    facts = {"people": people, "deals": deals, "targets": {}}
    sums = {"A": 0, "B": 0}
    for row in reference_pay.counted(facts, month, paid=False):
        if row["team"] and row["kind"] != "sms":
            sums[row["team"]] += int(row["yuan"] * 100)
    for team, total in sums.items():
        share = chance.choice([70, 100, 150, chance.randint(20, 200)])
        target = max(1, total * 100 // share + chance.randint(-1, 1)) if total else chance.randint(0, 5_000_000)
        if chance.random() < 0.85:
            facts["targets"][team] = {month: yuan(target)}  # type: ignore[index]
    return facts


@pytest.mark.parametrize("name", SWITCHES)
def test_two_calculators_agree_to_the_fen(name: str) -> None:
    chance = random.Random(f"2026 {name}")
    switches = SWITCHES[name][0]
    for n in range(COMPANIES):
        month = chance.choice(MONTHS)
        facts = company(chance, month)
        read = preview.read_facts(json.dumps(facts))

        _, priced = preview.preview(rules(name), china(), read, Month.parse(month))

        ours = {
            one.person.id: {
                part: getattr(one.statement, part)
                for part in ("base", "performance", "commission", "shares", "sms", "total")
            }
            for one in priced
        }
        assert ours == reference_pay.month(facts, month, **switches), f"company {n}: {json.dumps(facts)}"


def test_the_random_companies_reach_the_edges() -> None:
    """The comparison is worth what it meets: every rate, borne shares, part months, role changes, missing targets."""
    chance, met = random.Random("2026 as shipped"), set()
    for _ in range(COMPANIES):
        month = chance.choice(MONTHS)
        read = preview.read_facts(json.dumps(company(chance, month)))
        for one in preview.preview(rules("as shipped"), china(), read, Month.parse(month))[1]:
            met |= {note.key for note in one.statement.notes}
            met |= {f"{line.rule} {float(line.rate):g}" for line in one.statement.lines if line.rule != "base"}
            if len({line.base for line in one.statement.lines if line.rule == "base"}) > 1:
                met.add("two bases")

    wanted = {
        "clerk 0.03", "clerk 0.04", "clerk 0.05", "rep 0.03", "rep 0.04", "rep 0.05", "rep 0.06", "sms 0.03",
        "supervisor 0.01", "supervisor 0.015", "supervisor 0.02", "manager 0.01", "manager 0.015", "delegation 0.01",
        "delegation -0.01", "share_borne", "part_month", "month_zero", "target_missing", "beyond_table",
        "beyond_attainment", "below_basis", "training", "own_deals_undecided",
    }  # fmt: skip
    assert wanted - met == set()
