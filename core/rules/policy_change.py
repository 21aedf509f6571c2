"""A new version of the policy: read from a file or made of one figure, checked, compared with the one before. Pure.

A version is appended and never changes; it begins on the first of a month unless the general manager says otherwise,
and never in a month that is locked (policy 51, 60). Two people stand behind it: who proposes and who confirms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from fractions import Fraction
from typing import Any

from core.rules import policy as files
from core.rules.amounts import parse_amount
from core.rules.calendar import ONE_DAY, Calendar, Month
from core.rules.errors import Refusal
from core.rules.gaps import altered, gaps, overlooked
from core.rules.money import percent, plain
from core.rules.numerals import fold
from core.rules.people import Person, Role
from core.rules.policy import Policy, PolicyErrors, Problem, Version
from core.rules.policy_toml import version_text

MOST_BYTES = 64 * 1024  # of a file that somebody sends: the commented sample has 17 kB
DATE_NAME = re.compile(r"\d{4}-\d{2}-\d{2}")
RATE = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*%?")

Table = Mapping[str, Any]


class State(StrEnum):
    """Where a proposal stands."""

    DRAFT = "draft"  # somebody looks at what it would do
    SUBMITTED = "submitted"  # it waits for the second person
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"  # another one was confirmed first: it was reckoned on a policy that is no longer the newest

    @property
    def is_open(self) -> bool:
        """May it still be confirmed?"""
        return self in (State.DRAFT, State.SUBMITTED)


# --- who --------------------------------------------------------------------------------------------------------------


def may_propose(actor: Person) -> bool:
    """The manager, the director, the owner."""
    return actor.works and (actor.is_owner or actor.role in {Role.MANAGER, Role.DIRECTOR})


def confirmers(company: Iterable[Person], proposer_id: int) -> tuple[Person, ...]:
    """Who can say yes to a proposal: the director; never the proposer alone.

    When the director proposes, or there is none, the manager or an owner is the second person.
    """
    others = [person for person in company if person.works and person.id != proposer_id]
    directors = tuple(person for person in others if person.role is Role.DIRECTOR)
    return directors or tuple(person for person in others if person.is_owner or person.role is Role.MANAGER)


# --- what -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that may be appended, and the same as a complete `[[version]]` in TOML."""

    version: Version
    text: str


def from_file(text: str, policy: Policy, locked: Month | None) -> Candidate:
    """The one new version of a file: the whole policy file with a `[[version]]` appended, or that table alone.

    Raises PolicyErrors with everything that is wrong. `locked`: the newest month that is closed.
    """
    raw = files.parse(text)
    tables = [table for table in _tables(raw) if isinstance(table, dict)]
    known = [version.effective_from for version in policy.versions]
    whole = any(table.get("effective_from") == known[0] for table in tables)
    fresh = [table for table in tables if table.get("effective_from") not in known] if whole else tables
    problems: list[Problem] = []
    if whole:
        problems += _whole_file(text, policy)
    elif strays := sorted(raw.keys() - {"version"}):
        problems += [Problem(key, "not_a_version", {}) for key in strays]
    if not fresh:
        problems.append(Problem("version", "no_new_version", {"allowed": "[[version]]"}))
    elif len(fresh) > 1:
        problems.append(Problem("version", "one_new_version", {"found": str(len(fresh))}))
    if not fresh or problems:
        raise PolicyErrors(problems + _in_locked(fresh, locked))
    return candidate(policy, fresh[0], locked)


def _tables(raw: Table) -> list[Any]:
    tables = raw.get("version")
    return tables if isinstance(tables, list) else []


def _whole_file(text: str, policy: Policy) -> list[Problem]:
    """What is wrong with a file that holds the company's versions too: they must stand in it unchanged."""
    try:
        sent = files.load(text)
    except PolicyErrors as error:
        return error.problems
    problems = [
        Problem(f"version[{version.effective_from}]", "altered", {})
        for version in altered(policy, sent)
        if version.effective_from in {one.effective_from for one in sent.versions}
    ]
    beside = {"calendar": (sent.calendar, policy.calendar), "glossary": (sent.glossary, policy.glossary)}
    return problems + [Problem(key, "not_a_version", {}) for key, (new, old) in beside.items() if new != old]


def candidate(policy: Policy, table: Table, locked: Month | None) -> Candidate:
    """A version that states what it changes, on top of the newest one. Raises PolicyErrors with all its problems."""
    problems = _in_locked([table], locked)
    try:
        version = files.extended(policy, [table]).versions[-1]
    except PolicyErrors as error:
        raise PolicyErrors(error.problems + problems) from None
    where = f"version[{version.effective_from}]"
    if version.effective_until is not None:
        problems.append(Problem(f"{where}.effective_until", "never_ends", {"found": str(version.effective_until)}))
    if version.name in {one.name for one in policy.versions}:
        problems.append(Problem(f"{where}.name", "twice", {"allowed": version.name}))
    if _rules_of(version) == _rules_of(policy.versions[-1]):
        problems.append(Problem(where, "changes_nothing", {}))
    if problems:
        raise PolicyErrors(problems)
    return Candidate(version, version_text(version.table))


def _in_locked(tables: Iterable[Table], locked: Month | None) -> list[Problem]:
    starts = [table.get("effective_from") for table in tables]
    return [
        Problem(f"version[{start}].effective_from", "in_locked", {"allowed": str(locked.end)})
        for start in starts
        if locked is not None and type(start) is date and start <= locked.end
    ]


def _rules_of(version: Version) -> dict[str, Any]:
    return version.model_dump(exclude=set(files.OWN_KEYS))


def read(text: str) -> Table:
    """The table of a version that was kept as TOML. Raises PolicyErrors."""
    table: Table = _tables(files.parse(text))[0]
    return table


def moved(policy: Policy, text: str, day: date, locked: Month | None) -> Candidate:
    """The same version from another day on; a day within a month is the general manager's word. Raises PolicyErrors."""
    table = dict(read(text))
    if table.get("name") == str(table["effective_from"]):
        table["name"] = day.isoformat()
    table["effective_from"] = day
    table.pop("mid_month", None)
    if day.day != 1:
        table["mid_month"] = True
    return candidate(policy, table, locked)


def combined(policy: Policy, texts: Sequence[str]) -> Policy:
    """The company's policy: its file and the versions that were confirmed in the chat, oldest first.

    A version that stands in both is the confirmed one. Raises PolicyErrors when a version of the file begins after a
    confirmed one that the file lacks: it takes its rules from an older one and would silently undo the confirmed one.
    """
    confirmed = {version.effective_from: version for version in (files.complete(read(text)) for text in texts)}
    filed = {version.effective_from: version for version in policy.versions}
    lacking = [day for day in confirmed if day not in filed]
    problems = [
        Problem(f"version[{day}]", "behind_confirmed", {"allowed": str(lacking[0])})
        for day in filed
        if lacking and day > lacking[0] and day not in confirmed
    ]
    if problems:
        raise PolicyErrors(problems)
    every = filed | confirmed
    return policy.model_copy(update={"versions": tuple(every[day] for day in sorted(every))})


# --- one figure -------------------------------------------------------------------------------------------------------


class Unit(StrEnum):
    """What a figure counts."""

    YUAN = "yuan"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that can be changed by itself: in fen or an exact rate, None where it is unset.

    `path` leads to it in the version's table; `name` is its text; `row` is where the row it belongs to begins.
    """

    group: str
    name: str
    path: tuple[str | int, ...]
    unit: Unit
    value: int | Fraction | None
    role: Role | None = None
    row: int | Fraction | None = None

    @property
    def key(self) -> str:
        """`pay.clerk.brackets.1.rate`: what a button carries."""
        return ".".join(map(str, self.path))


def figures(version: Version) -> tuple[Figure, ...]:
    """Every figure on offer, group by group; in each those of most people first."""
    pay = version.pay
    bases = {
        role: Figure("base", "base", ("pay", "base", role.value), Unit.YUAN, pay.base.of(role), role) for role in Role
    }
    found = [
        bases.pop(Role.CLERK),
        bases.pop(Role.REP),
        Figure("base", "probation_base", ("pay", "probation_base"), Unit.YUAN, pay.probation_base),
        Figure("base", "basis", ("pay", "basis"), Unit.YUAN, pay.basis),
        Figure("base", "min_wage", ("pay", "min_wage"), Unit.YUAN, pay.min_wage),
        *bases.values(),
    ]
    for role in (Role.CLERK, Role.REP):
        found += _rows(role.value, ("pay", role.value, "brackets"), pay.brackets(role).brackets, Unit.YUAN)
    found += [
        Figure("share", "share", ("pay", "delegation", "share"), Unit.RATE, pay.delegation.share),
        Figure("share", "sms", ("pay", "sms", "rate"), Unit.RATE, pay.sms.rate),
    ]
    for role, table in ((Role.SUPERVISOR, pay.supervisor.rows), (Role.MANAGER, pay.manager.rows)):
        found += _rows("lead", ("pay", role.value, "rows"), table, Unit.RATE, role)
    found += [
        Figure("rest", name, ("pay", "probation", name), Unit.YUAN, getattr(pay.probation, name))
        for name in ("first_month", "two_months")
    ]
    found += [
        Figure("rest", f"{name}_late", ("reports", name, "late"), Unit.YUAN, getattr(version.reports, name).late_fen)
        for name in ("weekly", "monthly")
    ]
    return tuple(found)


def _rows(group: str, path: tuple[str, ...], rows: Sequence[Any], unit: Unit, role: Role | None = None) -> list[Figure]:
    found = []
    for number, row in enumerate(rows):
        edge = "from" if row.inclusive else "above"
        found.append(Figure(group, "rate", (*path, number, "rate"), Unit.RATE, row.rate, role, row.threshold))
        found.append(Figure(group, "edge", (*path, number, edge), unit, row.threshold, role, row.threshold))
    return found


def figure(version: Version, key: str) -> Figure:
    """The figure a button named. Refusal `policy.no_figure` when the version has none there any more."""
    for one in figures(version):
        if one.key == key:
            return one
    raise Refusal("policy.no_figure")


def read_value(one: Figure, typed: str, max_fen: int) -> int | Fraction:
    """What somebody typed: fen, or an exact rate (`3.5%` and `3.5` are the same). Raises Refusal."""
    text = fold(typed).strip()
    if one.unit is Unit.YUAN:
        return 0 if text in {"0", "0.00"} else parse_amount(text, max_fen)
    found = RATE.fullmatch(text)
    if found is None:
        raise Refusal("policy.rate_how", seen=text[:40])
    whole, _, part = found[1].partition(".")
    return Fraction(int(whole + part.ljust(2, "0")), 10_000)


def written(value: int | Fraction) -> Any:
    """As the file writes it: whole yuan, yuan to the fen, `3.5%`."""
    if isinstance(value, Fraction):
        return percent(value)
    return value // 100 if value % 100 == 0 else _yuan(value)


def _yuan(fen: int) -> Any:
    return files.parse(f"x = {plain(fen)}")["x"]


def from_figure(policy: Policy, key: str, value: int | Fraction, day: date, locked: Month | None) -> Candidate:
    """The newest version with one figure changed, from a day on. Raises PolicyErrors, Refusal `policy.no_figure`."""
    newest = policy.versions[-1]
    one = figure(newest, key)
    table: dict[str, Any] = {"effective_from": day} | ({} if day.day == 1 else {"mid_month": True})
    table |= _nested(newest.table, one.path, written(value))
    return candidate(policy, table, locked)


def _nested(here: Any, path: Sequence[str | int], value: Any) -> Any:
    """Tables that lead to the changed value; a list is repeated as a whole, with what its rows say of each other."""
    first, *rest = path
    if isinstance(first, int):
        rows = [dict(row) for row in here]
        rows[first][rest[0]] = value
        if first and rest[0] != "rate" and "to" in rows[first - 1]:
            rows[first - 1]["to"] = value
        return rows
    below = here.get(first) if isinstance(here, Mapping) else None
    return {first: _nested(below, rest, value) if rest else value}


def first_days(today: date, newest: Version, locked: Month | None) -> tuple[date, ...]:
    """The next days a version may begin by itself: firsts of a month after the newest version and what is locked."""
    month = Month.of(today).next
    while month.start <= newest.effective_from or (locked is not None and month <= locked):
        month = month.next
    return month.start, month.next.start


def cautions(policy: Policy, made: Version, today: date) -> list[Problem]:
    """What a sound proposal newly leaves open or makes doubtful: the warnings of `policy check` that its base had not."""
    base = [one for one in policy.versions if one.effective_from < made.effective_from][-1]
    known = {_without_version(one) for one in gaps(base)}
    found = overlooked(policy.model_copy(update={"versions": (base, made)}), (), today)
    return [one for one in found if _without_version(one) not in known]


def _without_version(problem: Problem) -> tuple[str, str, tuple[str, ...]]:
    return problem.where.partition(".")[2], problem.what, tuple(problem.params.values())


# --- what it means ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changed:
    """Sentences of one chapter of the policy that say something else; either side may be empty."""

    head: str
    before: tuple[str, ...]
    after: tuple[str, ...]


Page = Sequence[tuple[str, Sequence[str]]]


def differences(old: Page, new: Page) -> tuple[Changed, ...]:
    """What changes in plain words: two pages of `explain` compared sentence by sentence, their titles left out."""
    found = []
    for (_, before), (head, after) in zip(old[1:], new[1:], strict=True):
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        found += [
            Changed(head, tuple(s.strip() for s in before[a:b]), tuple(s.strip() for s in after[c:d]))
            for tag, a, b, c, d in matcher.get_opcodes()
            if tag != "equal"
        ]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a policy would have done to one person: (month, fen before, fen after), oldest month first."""

    person: Person
    months: tuple[tuple[Month, int, int], ...]

    @property
    def before(self) -> int:
        """Fen under the policy as it is."""
        return sum(old for _, old, _ in self.months)

    @property
    def after(self) -> int:
        """Fen under the proposed one."""
        return sum(new for _, _, new in self.months)

    @property
    def gain(self) -> int:
        """Fen more; minus: less."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Outlook:
    """The last months under a proposal: those who lose first, then those who gain, each the most touched first."""

    months: tuple[Month, ...]
    effects: tuple[Effect, ...]

    @property
    def gainers(self) -> int:
        """How many would have had more."""
        return sum(one.gain > 0 for one in self.effects)

    @property
    def losers(self) -> int:
        """How many would have had less."""
        return sum(one.gain < 0 for one in self.effects)

    @property
    def cost(self) -> int:
        """Fen the company would have paid more in all these months."""
        return sum(one.gain for one in self.effects)


def outlook(months: Sequence[Month], effects: Iterable[Effect]) -> Outlook:
    """In the order people want to read it."""
    ranked = sorted(effects, key=lambda one: (_turn(one.gain), -abs(one.gain), one.person.employee_no))
    return Outlook(tuple(months), tuple(ranked))


def _turn(gain: int) -> int:
    return 0 if gain < 0 else 1 if gain > 0 else 2


# --- who has read it --------------------------------------------------------------------------------------------------

CHASED_ON = (1, 2, 3)  # working days after the announcement; then every fifth
FIFTH = 5


def is_chased(announced: date, today: date, calendar: Calendar, workweek: str) -> bool:
    """Is somebody who has not read it asked today? Each of the first three working days, then once a working week."""
    if today <= announced or not calendar.is_workday(today, workweek):
        return False
    days = len(calendar.working_days(announced + ONE_DAY, today, workweek))
    return days in CHASED_ON or (days - CHASED_ON[-1]) % FIFTH == 0


def is_reported(announced: date, today: date, calendar: Calendar, workweek: str) -> bool:
    """Are those who proposed and confirmed it told who has not? On the third working day, then once a working week."""
    if not is_chased(announced, today, calendar, workweek):
        return False
    return len(calendar.working_days(announced + ONE_DAY, today, workweek)) >= CHASED_ON[-1]
