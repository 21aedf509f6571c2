"""A second calculator, written from the company's rules alone: it shares no code with the product.

`month(facts, "2026-11", **switches)` takes the facts of `waihu pay preview` (amounts as strings of yuan) and answers
`{person: {"base", "performance", "commission", "shares", "sms", "total"}}` in fen. Fractions all the way, one rounding a
component. It knows months without public holidays only: working days are Monday to Friday.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

F = Fraction
SELLERS = ("clerk", "rep")
TABLES = {
    "clerk": [(8000, 16000, 3), (16000, 32000, 4), (32000, None, 5)],
    "rep": [(5000, 12000, 3), (12000, 23000, 4), (23000, 35000, 5), (35000, None, 6)],
}
REACHED = {  # where the table counts the figure itself: 8000 以上 (Civil Code 1259)
    "clerk": [(8000, True, 3), (16000, False, 4), (32000, False, 5)],
    "rep": [(5000, True, 3), (12000, False, 4), (23000, False, 5), (35000, False, 6)],
}


def rounded(yuan: F) -> int:
    """Fen, half away from zero."""
    fen = abs(yuan) * 100
    whole = fen.numerator // fen.denominator
    whole += (fen - whole) * 2 >= 1
    return int(-whole if yuan < 0 else whole)


def span(key: str) -> tuple[date, date]:
    """First and last day of `2026-11`."""
    year, month = map(int, key.split("-"))
    following = date(year + (month == 12), month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def weekdays(first: date, last: date) -> int:
    return sum((first + timedelta(days=n)).weekday() < 5 for n in range((last - first).days + 1))


def day_of(text: str | None, otherwise: date) -> date:
    return date.fromisoformat(text) if text else otherwise


def role_on(person: dict[str, Any], day: date) -> str:
    role: str = person["role"]
    for change in person.get("changes", ()):
        if date.fromisoformat(change["from"]) <= day:
            role = change["role"]
    return role


def team_on(person: dict[str, Any], day: date) -> str | None:
    team: str | None = person["team"]
    for change in person.get("changes", ()):
        if date.fromisoformat(change["from"]) <= day and change.get("team"):
            team = change["team"]
    return team


def counted(facts: dict[str, Any], key: str, *, paid: bool) -> Iterable[dict[str, Any]]:
    """Deals, or receipts, of the month: seller, visitor, their roles and the team on the signing date, yuan."""
    first, last = span(key)
    people = {person["id"]: person for person in facts["people"]}
    for deal in facts["deals"]:
        if deal["state"] != "confirmed":
            continue
        signed, visitor = date.fromisoformat(deal["date"]), deal.get("visited_by")
        found = {
            "kind": deal["kind"],
            "seller": deal["seller"],
            "sold_as": role_on(people[deal["seller"]], signed),
            "visitor": visitor,
            "visited_as": role_on(people[visitor], signed) if visitor else None,
            "team": deal.get("team") or team_on(people[deal["seller"]], signed),
        }
        parts = [(deal["date"], deal["amount"])]
        if paid:
            parts = [(p["date"], p["amount"]) for p in deal.get("payments", ()) if p.get("state") != "pending"]
        for day, amount in parts:
            if first <= date.fromisoformat(day) <= last:
                yield found | {"yuan": F(amount)}


def brackets(role: str, sold: F, mode: str, top: str) -> F:
    if top == "cap" and role == "clerk":
        sold = min(sold, F(50000))
    if mode == "whole":
        rates = [percent for edge, inclusive, percent in REACHED[role] if sold > edge or (inclusive and sold == edge)]
        return sold * (rates[-1] if rates else 0) / 100
    pay = F(0)
    for low, high, percent in TABLES[role]:
        pay += max(F(0), (sold if high is None else min(sold, F(high))) - low) * percent / 100
    return pay


def attained(role: str, total: F, target: F | None) -> F:
    if not target:
        return F(0)
    if role == "supervisor" and total * 100 > target * 150:
        return total * 2 / 100
    if total * 100 >= target * 100:
        return total * 15 / 1000
    return total / 100 if total * 100 >= target * 70 else F(0)


def month(
    facts: dict[str, Any],
    key: str,
    *,
    mode: str = "marginal",
    top: str = "open",
    funding: str = "clerk",
    sms_counts: bool = False,
    own_deals: str = "undecided",
    paid: bool = False,
) -> dict[str, dict[str, int]]:
    """Everybody's month in fen."""
    first, last = span(key)
    deals = list(counted(facts, key, paid=paid))
    in_team = [deal for deal in deals if deal["kind"] != "sms" or sms_counts]
    totals: dict[str, F] = {}
    for deal in in_team:
        if deal["team"]:
            totals[deal["team"]] = totals.get(deal["team"], F(0)) + deal["yuan"]
    teams = {p["team"] for p in facts["people"] if p["role"] in (*SELLERS, "supervisor") and p["status"] != "left"}
    teams |= {deal["team"] for deal in deals} | {team for team, by in facts.get("targets", {}).items() if key in by}
    teams.discard(None)
    targets = {team: F(facts.get("targets", {}).get(team, {}).get(key, 0)) for team in teams}
    answer = {}
    for person in facts["people"]:
        me, status, nth = person["id"], person["status"], person.get("months_in_probation") or 0
        sold = [
            deal
            for deal in in_team
            if deal["seller"] == me
            and not (deal["kind"] == "delegated" and deal["sold_as"] == "rep" and deal["visitor"] == me)
        ]
        mine = sum((deal["yuan"] for deal in sold), F(0))
        hired, left = day_of(person.get("hired_on"), first), day_of(person.get("left_on"), last)
        start = day_of(person.get("probation_from") or person.get("hired_on"), date.min)
        zero = status == "probation" and (nth == 0 or (first <= start <= last and start.day >= 11))
        tried = status == "probation" or (status == "left" and nth > 0)
        begin, end = max(first, hired), min(last, left)
        gone = status == "left" and not person.get("left_on")
        stints: list[tuple[str, F]] = []
        edges = sorted({date.fromisoformat(c["from"]) for c in person.get("changes", ())})
        edges = [first, *[edge for edge in edges if first < edge <= last], last + timedelta(days=1)]
        for a, b in pairwise(edges):
            lo, hi = max(a, begin), min(b - timedelta(days=1), end)
            share = F(0) if gone or lo > hi else F(weekdays(lo, hi), weekdays(first, last))
            stints.append((role_on(person, a), share))
        base, commission, shares, sms, there = F(0), F(0), F(0), F(0), sum((s for _, s in stints), F(0))
        role = role_on(person, first)
        if status != "training":
            for post, share in stints:
                if post in SELLERS:
                    full = F(700 if tried else 750) * share
                    base += full if zero or not there else full * min(F(1), mine / (8000 * there))
            if role in SELLERS:
                for post in dict.fromkeys(post for post, _ in stints):
                    as_this = sum((deal["yuan"] for deal in sold if deal["sold_as"] == post), F(0))
                    commission += brackets(post, as_this if len(stints) > 1 else mine, mode, top)
            elif role == "supervisor":
                if person["team"]:
                    commission += attained(role, totals.get(person["team"], F(0)), targets.get(person["team"]))
                if own_deals == "rep":
                    commission += brackets("rep", mine, mode, top)
            elif role == "manager" and teams and all(targets.values()):
                commission += attained(role, sum(totals.values(), F(0)), sum(targets.values(), F(0)))
            received, given = F(0), F(0)
            for deal in deals:
                pair = (deal["sold_as"], deal["visited_as"]) == ("clerk", "rep") and deal["visitor"] != deal["seller"]
                alone = deal["sold_as"] == "rep" and deal["visitor"] == deal["seller"]
                if deal["kind"] == "delegated" and (pair or alone):
                    received += deal["yuan"] / 100 if deal["visitor"] == me else 0
                    given += deal["yuan"] / 100 if deal["seller"] == me and pair and funding == "clerk" else 0
            shares = received - min(given, F(rounded(commission), 100))
            sms = sum((d["yuan"] for d in deals if d["kind"] == "sms" and d["seller"] == me), F(0)) * 3 / 100
        led = {"supervisor": [person["team"]] if person["team"] else [], "manager": list(teams)}.get(role, [])
        row = {
            "base": rounded(base),
            "performance": rounded(sum((totals.get(team, F(0)) for team in led), F(0)) if led else mine),
            "commission": rounded(commission),
            "shares": rounded(shares),
            "sms": rounded(sms),
        }
        row["total"] = row["base"] + row["commission"] + row["shares"] + row["sms"]
        answer[me] = row
    return answer
