"""Pay from a facts file, without a database: the same rules code that prices the real months.

`read_facts` turns the JSON into facts or raises `FactsErrors` with every problem; `preview` prices a month. Shapes:

    {"people": [{"id", "name", "role", "status", "team", "months_in_probation", "history": {"2026-10": "7500.00"},
                 "hired_on"?, "left_on"?, "probation_from"?, "leave_days"?, "workweek"?: "5|6|alternate",
                 "unpaid_leave"?: [{"from": "2026-11-09", "to"?: "2026-11-11"}],
                 "changes"?: [{"from": "2026-11-16", "role": "rep", "team"?}]}],
     "deals": [{"id", "seller", "date", "amount", "kind", "visited_by", "state", "team"?,
                "payments"?: [{"date", "amount", "state"?}]}],
     "targets": {"TEAM": {"2026-11": "100000"}},
     "workweeks"?: {"TEAM": "5|6|alternate"}}

Amounts are yuan as strings (or exact numbers); in the rules they are fen. `changes`: from which days on a clerk was a
rep, or the reverse, where the manager let it take effect within the month (30); without it a new role begins on the 1st.
`payments`: what came in for a deal; it counts only under `deals.recognition = "paid"` (52). `unpaid_leave`: days that
shrink base and basis alike (28). A person's own `workweek` comes before their team's, and that before the policy's (40).
docs/pay-preview.md tells it to those who write such files.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.rules import wording
from core.rules.calendar import ONE_DAY, Calendar, Month, UnknownYear, Workweek, days
from core.rules.errors import Refusal
from core.rules.money import decimal_text, plain, to_fen
from core.rules.pay import (
    Component,
    DealFact,
    DealKind,
    Note,
    PastMonth,
    PersonMonth,
    Statement,
    Stint,
    TeamMonth,
    probation_month,
    statement,
    team_total,
)
from core.rules.payments import Payment, PaymentKind, recognised
from core.rules.people import AGENTS, Role, Status
from core.rules.policy import Policy, Problem, Version, problems_of
from core.rules.policy_values import MOST_FEN, wrong
from core.rules.proposals import Act, Proposal, Ranked, last_ranked, proposals

# --- The file ---------------------------------------------------------------------------------------------------------


LONGEST = ONE_DAY * 366  # of one leave: a year with a slip in it must not become a list of a million days


class FactsErrors(Exception):
    """The facts cannot be used; `problems` says everything that is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.what}" for problem in problems))
        self.problems = problems


def _amount(value: object) -> int:
    example = '"7500.00"'
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        raise wrong("amount", allowed=example)
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,2})?", value.strip()):
        raise wrong("amount", allowed=example)
    try:
        fen = to_fen(value)
    except ValueError:
        raise wrong("amount", allowed=example) from None
    if not 0 <= fen <= MOST_FEN:
        raise wrong("amount_range", allowed="0–1000000000")
    return fen


def _id(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and 0 < len(value.strip()) <= 200:
        return value
    raise wrong("id", allowed='"005"')


def _day(value: object) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wrong("date", allowed='"2026-11-20"')


def _month(value: object) -> Month:
    try:
        return Month.parse(str(value))
    except ValueError:
        raise wrong("month", allowed='"2026-11"') from None


def _role(value: object) -> Role:
    if isinstance(value, str) and value in list(Role):
        return Role(value)
    raise wrong("choice", allowed=", ".join(Role))


def _status(value: object) -> Status:
    if isinstance(value, str) and value in list(Status):
        return Status(value)
    raise wrong("choice", allowed=", ".join(Status))


def _kind(value: object) -> DealKind:
    if isinstance(value, str) and value in list(DealKind):
        return DealKind(value)
    raise wrong("choice", allowed=", ".join(DealKind))


def _workweek(value: object) -> Workweek:
    if isinstance(value, str) and value in list(Workweek):
        return Workweek(value)
    raise wrong("choice", allowed=", ".join(Workweek))


def _by_month(value: object) -> object:
    """{"2026-10": "7500.00"} with the months read; a key that is no month is named."""
    return {_month(key): amount for key, amount in value.items()} if isinstance(value, dict) else value


Amount = Annotated[int, BeforeValidator(_amount)]
Key = Annotated[str, BeforeValidator(_id)]
Day = Annotated[date, BeforeValidator(_day)]
ByMonth = Annotated[dict[Month, Amount], BeforeValidator(_by_month)]


class Row(BaseModel):
    """A record of the file. Keys it does not know are passed over, and said (`strangers`)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", arbitrary_types_allowed=True)


class ChangeRow(Row):
    """A new role, or team, within the month."""

    from_: Day = Field(alias="from")
    role: Annotated[Role, BeforeValidator(_role)]
    team: Key | None = None


class LeaveRow(Row):
    """Days of leave without pay, both ends included; `to` is left out for a single day."""

    from_: Day = Field(alias="from")
    to: Day | None = None

    @property
    def last(self) -> date:
        """The last day."""
        return self.to or self.from_


Week = Annotated[Workweek, BeforeValidator(_workweek)]


class PersonRow(Row):
    """One of `people`."""

    id: Key
    name: str = ""
    role: Annotated[Role, BeforeValidator(_role)]
    status: Annotated[Status, BeforeValidator(_status)]
    team: Key | None = None
    months_in_probation: Annotated[int, Field(ge=0, le=2)] | None = None
    history: ByMonth = {}
    hired_on: Day | None = None
    left_on: Day | None = None
    probation_from: Day | None = None
    leave_days: Annotated[int, Field(ge=0, le=31)] = 0
    workweek: Week | None = None
    unpaid_leave: list[LeaveRow] = []
    changes: list[ChangeRow] = []

    def unpaid(self, first: date, last: date) -> frozenset[date]:
        """The days without pay from `first` to `last`."""
        return frozenset(
            day for leave in self.unpaid_leave for day in days(max(leave.from_, first), min(leave.last, last))
        )

    def role_on(self, day: date) -> Role:
        """What they were on a day."""
        return next((change.role for change in reversed(self.changes) if change.from_ <= day), self.role)

    def team_on(self, day: date) -> str | None:
        """Where they were on a day; a change that names no team leaves it."""
        teams = [change.team for change in self.changes if change.from_ <= day and change.team is not None]
        return teams[-1] if teams else self.team


class PaymentRow(Row):
    """What came in for a deal."""

    date: Day
    amount: Amount
    state: Literal["pending", "confirmed"] = "confirmed"


class DealRow(Row):
    """One of `deals`."""

    id: Key
    seller: Key
    date: Day
    amount: Amount
    kind: Annotated[DealKind, BeforeValidator(_kind)]
    visited_by: Key | None = None
    state: Literal["pending", "confirmed", "rejected", "cancelled"]
    team: Key | None = None
    payments: list[PaymentRow] = []


class Facts(Row):
    """The whole file."""

    people: list[PersonRow]
    deals: list[DealRow]
    targets: dict[str, ByMonth] = {}
    workweeks: dict[str, Week] = {}

    def strangers(self) -> list[str]:
        """Paths of keys that mean nothing here: a misspelt one would silently change somebody's pay."""
        rows: list[tuple[str, Row]] = [("", self)]
        rows += [(f"people[{n}].", person) for n, person in enumerate(self.people, 1)]
        rows += [(f"deals[{n}].", deal) for n, deal in enumerate(self.deals, 1)]
        rows += [
            (f"people[{n}].changes[{i}].", change)
            for n, person in enumerate(self.people, 1)
            for i, change in enumerate(person.changes, 1)
        ]
        rows += [
            (f"people[{n}].unpaid_leave[{i}].", leave)
            for n, person in enumerate(self.people, 1)
            for i, leave in enumerate(person.unpaid_leave, 1)
        ]
        rows += [
            (f"deals[{n}].payments[{i}].", payment)
            for n, deal in enumerate(self.deals, 1)
            for i, payment in enumerate(deal.payments, 1)
        ]
        there = {person.team for person in self.people}
        nobodys = [f"workweeks.{team}" for team in self.workweeks if team not in there]
        return [where + key for where, row in rows for key in row.model_extra or {}] + nobodys


def read_facts(text: str) -> Facts:
    """Read a facts file. Raises FactsErrors: not JSON (line and column), or every wrong value and reference."""
    try:
        raw = json.loads(text.removeprefix("\ufeff"), parse_float=Decimal, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = {"line": str(error.lineno), "column": str(error.colno), "said": error.msg}
        raise FactsErrors([Problem(f"JSON {error.lineno}:{error.colno}", "syntax", place)]) from None
    except (ValueError, RecursionError) as error:
        raise FactsErrors([Problem("JSON", "other", {"said": str(error)})]) from None
    try:
        facts = Facts.model_validate(raw)
    except ValidationError as error:
        raise FactsErrors([_placed(problem) for problem in problems_of(error, Facts)]) from None
    if problems := list(_contradictions(facts)):
        raise FactsErrors(problems)
    return facts


def _placed(problem: Problem) -> Problem:
    """Where it stands, as the file writes it: months as `2026-10`, and the whole file as what it is."""
    where = re.sub(r"Month\(year=(\d+), month=(\d+)\)", lambda m: f"{m[1]}-{int(m[2]):02d}", problem.where)
    return replace(problem, where="JSON" if where == "version" else where)


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no amount")


def _contradictions(facts: Facts) -> Iterator[Problem]:
    """References to nobody, ids used twice, dates in the wrong order."""
    yield from _twice("people", [person.id for person in facts.people])
    yield from _twice("deals", [deal.id for deal in facts.deals])
    known = {person.id for person in facts.people}
    for n, person in enumerate(facts.people, 1):
        where = f"people[{n}]"
        if person.hired_on and person.left_on and person.left_on < person.hired_on:
            yield Problem(f"{where}.left_on", "leaving", {"found": str(person.left_on)})
        if person.status is Status.PROBATION and person.months_in_probation is None:
            yield Problem(f"{where}.months_in_probation", "probation_month", {})
        starts = [change.from_ for change in person.changes]
        if starts != sorted(set(starts)):
            yield Problem(f"{where}.changes", "rising", {})
        for i, leave in enumerate(person.unpaid_leave, 1):
            if not timedelta() <= leave.last - leave.from_ <= LONGEST:
                yield Problem(f"{where}.unpaid_leave[{i}].to", "leave_span", {"found": str(leave.last)})
        if person.changes and not {person.role, *(change.role for change in person.changes)} <= AGENTS:
            yield Problem(f"{where}.changes", "choice", {"allowed": ", ".join(sorted(AGENTS))})
        if person.status in (Status.REGULAR, Status.TRAINING) and person.months_in_probation:
            found = {"found": str(person.months_in_probation)}
            yield Problem(f"{where}.months_in_probation", "not_probation", found)
    for n, deal in enumerate(facts.deals, 1):
        if deal.seller not in known:
            yield Problem(f"deals[{n}].seller", "nobody", {"found": deal.seller})
        if deal.visited_by is not None and deal.visited_by not in known:
            yield Problem(f"deals[{n}].visited_by", "nobody", {"found": deal.visited_by})
        if deal.visited_by is not None and deal.kind is DealKind.SMS:
            yield Problem(f"deals[{n}].visited_by", "sms_visitor", {"found": deal.visited_by})
        if sum(payment.amount for payment in deal.payments) > deal.amount:
            yield Problem(f"deals[{n}].payments", "overpaid", {"allowed": f"≤ {plain(deal.amount)}"})


def _twice(where: str, ids: Sequence[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for n, found in enumerate(ids, 1):
        if found in seen:
            yield Problem(f"{where}[{n}].id", "same_id", {"found": found})
        seen.add(found)


# --- From the file to the rules' facts --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Priced:
    """One person's month: what it rests on, the statement, and what it proposes."""

    person: PersonRow
    month: PersonMonth
    statement: Statement
    proposals: tuple[Proposal, ...]


def preview(policy: Policy, calendar: Calendar, facts: Facts, month: Month) -> tuple[Version, list[Priced]]:
    """Price everybody's month. Raises FactsErrors when a part month falls in a year without a holiday plan, Refusal
    `policy.no_version` for a month before the first version."""
    version = policy.for_month(month.start)
    known = {person.id: person for person in facts.people}
    deals = [
        deal
        for row in facts.deals
        if row.state == "confirmed"
        for deal in recognised(version, _deal(row, known), _payments(row))
        if deal.signed_on in month
    ]
    month_teams = _team_months(version, facts, deals, month)
    try:
        people = [_person(version, calendar, _with_workweek(facts, row), month, month_teams) for row in facts.people]
    except UnknownYear as error:
        raise FactsErrors([Problem("people", "unknown_calendar", {"found": str(error.year)})]) from None
    made = [statement(version, person, deals) for person in people]
    last = last_ranked(
        version,
        [
            Ranked(row.id, row.role, row.status, paid.performance, _days_away(row, month))
            for row, person, paid in zip(facts.people, people, made, strict=True)
            if person.presence
        ],
    )
    strays = _strays(facts, deals, known)
    return version, [
        Priced(row, person, _remark(row, paid, strays), proposals(version, person, paid, last=person.id in last))
        for row, person, paid in zip(facts.people, people, made, strict=True)
    ]


def _with_workweek(facts: Facts, row: PersonRow) -> PersonRow:
    """The person with the workweek that binds them: their own, else their team's, else None for the policy's."""
    if row.workweek is not None or row.team is None:
        return row
    return row.model_copy(update={"workweek": facts.workweeks.get(row.team)})


def _days_away(row: PersonRow, month: Month) -> int:
    """Days of leave in the month, paid or not, by which somebody is left out of the last three (33)."""
    return max(row.leave_days, len(row.unpaid(month.start, month.end)))


def _deal(row: DealRow, people: Mapping[str, PersonRow]) -> DealFact:
    seller, visitor = people[row.seller], people[row.visited_by] if row.visited_by is not None else None
    return DealFact(
        id=row.id,
        seller=row.seller,
        seller_role=seller.role_on(row.date),
        signed_on=row.date,
        amount=row.amount,
        kind=row.kind,
        visitor=row.visited_by if row.kind is DealKind.DELEGATED else None,
        visitor_role=visitor.role_on(row.date) if visitor else None,
        team=row.team if row.team is not None else seller.team_on(row.date),
    )


def _payments(row: DealRow) -> list[Payment]:
    return [
        Payment(PaymentKind.BALANCE, paid.amount, received_on=paid.date, confirmed=paid.state == "confirmed")
        for paid in row.payments
    ]


def _team_months(version: Version, facts: Facts, deals: Sequence[DealFact], month: Month) -> dict[str, TeamMonth]:
    """Every team there is this month: of people who sell or lead, of deals, or with a target."""
    selling = {*AGENTS, Role.SUPERVISOR}
    names = [p.team for p in facts.people if p.team and p.role in selling and p.status is not Status.LEFT]
    names += [str(deal.team) for deal in deals if deal.team is not None]
    names += [team for team, targets in facts.targets.items() if month in targets]
    return {
        team: TeamMonth(team, team_total(version, deals, team), facts.targets.get(team, {}).get(month))
        for team in dict.fromkeys(names)
    }


def _person(
    version: Version, calendar: Calendar, row: PersonRow, month: Month, teams: Mapping[str, TeamMonth]
) -> PersonMonth:
    nth = row.months_in_probation or 0
    start = row.probation_from or row.hired_on
    if row.status is Status.PROBATION and start is not None and _starts_late(version, start, month):
        nth = 0
    leads: tuple[TeamMonth, ...] = ()
    if row.role is Role.MANAGER:
        leads = tuple(teams.values())
    elif row.role is Role.SUPERVISOR and row.team is not None:
        leads = (teams.get(row.team) or TeamMonth(row.team, 0, None),)
    return PersonMonth(
        id=row.id,
        month=month,
        role=row.role_on(month.start),
        status=row.status,
        months_in_probation=nth,
        presence=_presence(version, calendar, row, month),
        past=tuple(_past(version, calendar, row, month, nth)),
        leads=leads,
        stints=tuple(_stints(version, calendar, row, month)),
    )


def _stints(version: Version, calendar: Calendar, row: PersonRow, month: Month) -> Iterator[Stint]:
    """The month by roles, where one began within it (30)."""
    starts = [change.from_ for change in row.changes if change.from_ in month and change.from_ > month.start]
    if not starts:
        return
    for first, following in zip([month.start, *starts], [*starts, month.next.start], strict=True):
        share = _presence(version, calendar, row, month, (first, following - ONE_DAY))
        yield Stint(row.role_on(first), share)


def _presence(
    version: Version, calendar: Calendar, row: PersonRow, month: Month, within: tuple[date, date] | None = None
) -> Fraction:
    """The share of the month's working days somebody was employed and not on unpaid leave (28), of all or `within` a
    part of the month, by their own workweek (40).

    A whole month needs no calendar.
    """
    if row.status is Status.LEFT and row.left_on is None:
        return Fraction(0)
    begin, end = within or (month.start, month.end)
    first, last = max(begin, row.hired_on or begin), min(end, row.left_on or end)
    away = row.unpaid(first, last)
    if (first, last) == (month.start, month.end) and not away:
        return Fraction(1)
    if first > last:
        return Fraction(0)
    workweek = row.workweek or version.work.workweek
    here = len(calendar.working_days(first, last, workweek, away))
    return Fraction(here, len(calendar.working_days(month.start, month.end, workweek)))


def _starts_late(version: Version, start: date, month: Month) -> bool:
    """Is this month 0 of a probation that began on `start` (27)?"""
    return start in month and probation_month(version, start, month) == 0


def _past(version: Version, calendar: Calendar, row: PersonRow, month: Month, nth: int) -> Iterator[PastMonth]:
    """The history with where the person stood in each month, as far as the file lets us know."""
    for then, performance in sorted(row.history.items()):
        if then < month:
            status = _status_then(version, row, month, nth, then)
            hired = row.hired_on
            part = (hired is not None and then.start < hired) or bool(row.unpaid(then.start, then.end))
            presence = _presence(version, calendar, row, then) if part else Fraction(1)
            yield PastMonth(then, performance, status, presence)


def _status_then(version: Version, row: PersonRow, month: Month, nth: int, then: Month) -> Status:
    """Regular, on probation, or before that, in an earlier month."""
    start = row.probation_from or row.hired_on
    if row.status is Status.PROBATION:
        first = month  # of probation; month 0 has no month before it
        for _ in range(nth - 1):
            first = first.previous
        if nth and then >= first:
            return Status.PROBATION
        in_zero = nth > 0 and then == first.previous
        # Sales of the month before the first can only be month 0's; a known start decides.
        evident = _starts_late(version, start, then) if start else nth == 1
        return Status.PROBATION if in_zero and evident else Status.TRAINING
    if start is None:
        return Status.REGULAR
    return Status.REGULAR if then >= _regular_from(version, row, start, month) else Status.PROBATION


def _regular_from(version: Version, row: PersonRow, start: date, month: Month) -> Month:
    """The first regular month of somebody who is regular now, by the rules of probation (22–27)."""
    first, before = Month.of(start), 0
    if _starts_late(version, start, first):
        before, first = row.history.get(first, 0), first.next
    passed = row.history.get(first, 0) + before >= version.pay.probation.first_month
    return min(month, first.next if passed else first.next.next)


def _strays(facts: Facts, counted: Iterable[DealFact], people: Mapping[str, PersonRow]) -> dict[str, list[Note]]:
    """Deals signed when their seller was not here, by seller: in the chat nobody could enter them. They count."""
    ids, found = {deal.id for deal in counted}, defaultdict[str, list[Note]](list)
    for row in facts.deals:
        seller = people[row.seller]
        if row.id not in ids:
            continue
        if seller.hired_on is not None and row.date < seller.hired_on:
            found[seller.id].append(Note("deal_before_joining", {"deal": row.id}))
        elif seller.left_on is not None and row.date > seller.left_on:
            found[seller.id].append(Note("deal_after_leaving", {"deal": row.id}))
    return found


def _remark(row: PersonRow, paid: Statement, strays: Mapping[str, Sequence[Note]]) -> Statement:
    """What only the file can lack, or have too much."""
    unknown = [Note("left_unknown")] if row.status is Status.LEFT and row.left_on is None else []
    return replace(paid, notes=(*paid.notes, *unknown, *strays.get(row.id, ())))


# --- Answers ----------------------------------------------------------------------------------------------------------


def answer(version: Version, priced: Sequence[Priced], lang: str = "zh") -> dict[str, Any]:
    """The answer as JSON: amounts as strings with two decimals, rates as exact decimals where there are any."""
    return {"policy_version": version.name, "people": {one.person.id: _one(one, lang) for one in priced}}


def _one(one: Priced, lang: str) -> dict[str, Any]:
    paid = one.statement
    acts = {proposal.act for proposal in one.proposals}
    notes = [wording.note(note, lang) for note in paid.notes]
    reasons = dict.fromkeys(wording.reason(proposal, lang) for proposal in one.proposals)
    return {
        "base": plain(paid.base),
        "performance": plain(paid.performance),
        "commission": plain(paid.commission),
        "shares": plain(paid.shares),
        "sms": plain(paid.sms),
        **({"top_up": plain(paid.top_up)} if paid.of(Component.TOP_UP) else {}),
        "total": plain(paid.total),
        "lines": [
            {
                "rule": line.rule,
                "article": line.article,
                "base": plain(line.base),
                "rate": decimal_text(line.rate),
                "amount": plain(line.amount),
            }
            for line in paid.lines
        ],
        "proposals": [act.value for act in Act if act in acts],
        "notes": [*notes, *reasons],
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change of policy means for one person, in fen."""

    person: PersonRow
    before: int
    after: int

    @property
    def gain(self) -> int:
        """Positive: the person gains."""
        return self.after - self.before


def differences(
    old: Policy, new: Policy, calendars: tuple[Calendar, Calendar], facts: Facts, month: Month
) -> list[Difference]:
    """The same facts under two policies: who gains, who loses; the sum of the gains is the cost."""
    _, before = preview(old, calendars[0], facts, month)
    _, after = preview(new, calendars[1], facts, month)
    return [
        Difference(one.person, one.statement.total, other.statement.total)
        for one, other in zip(before, after, strict=True)
    ]


def no_version(refused: Refusal) -> Problem:
    """`policy.no_version` as a problem of the input: the month lies before the first version."""
    return Problem(
        "month", "no_version", {"allowed": str(refused.params["first"]), "found": str(refused.params["day"])[:7]}
    )
