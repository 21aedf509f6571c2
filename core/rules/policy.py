"""The policy file: the company's rules as data, in TOML, with effective dates.

`load(text)` reads the whole file or raises `PolicyErrors` with every problem at once; `Policy.on(day)` is the
version in force. A later `[[version]]` states only what it changes: the rest is taken over from the one before.
Amounts are written in yuan and held in fen (int); rates are written `"3%"` and held as exact fractions; times are
the company's own clock.

Articles (3.1, 4, 5.1 …) are those of the company's document, XX公司外呼营销团队管理制度; bare numbers in brackets
count the places where it is silent or contradicts itself, and say which reading the default is.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from core.rules.calendar import ONE_DAY
from core.rules.errors import Refusal
from core.rules.policy_conduct import (
    Articles,
    Boards,
    Calls,
    Deals,
    Elimination,
    Feedback,
    Fines,
    Guards,
    Reports,
    Targets,
    Work,
)
from core.rules.policy_pay import Pay
from core.rules.policy_values import PolicyErrors, Problem, Section, Slip, Text, wrong

__all__ = [
    "CalendarYear",
    "Policy",
    "PolicyErrors",
    "Problem",
    "Version",
    "complete",
    "extended",
    "load",
    "parse",
    "problems_of",
]

# --- Versions ---------------------------------------------------------------------------------------------------------


class Version(Section):
    """The rules in force from `effective_from` until the next version.

    `effective_until` may say the day before that, for whoever reads the file; it must agree.
    """

    name: Text
    effective_from: date
    effective_until: date | None = None
    mid_month: bool = False
    pay: Pay
    targets: Targets = Targets()
    elimination: Elimination = Elimination()
    fines: Fines = Fines()
    guards: Guards = Guards()
    reports: Reports = Reports()
    feedback: Feedback = Feedback()
    calls: Calls
    deals: Deals = Deals()
    boards: Boards = Boards()
    work: Work = Work()
    articles: Articles = Articles()
    _table: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def table(self) -> Mapping[str, Any]:
        """What the file states for this version, what it takes over from the one before included: complete by itself."""
        return self._table

    JOINTLY: ClassVar = ("effective_from", "mid_month")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """The first of a month, or the general manager's consent (60)."""
        start = known.get("effective_from")
        if start is not None and start.day != 1 and known.get("mid_month") is False:
            yield ("effective_from",), wrong("mid_month", allowed="mid_month = true", found=str(start))

    @property
    def fingerprint(self) -> str:
        """Changes when anything stated in the version does: what priced a closed month must never change.

        Only what the file states counts, so that a release which knows a new key leaves it alone.
        """
        content = json.dumps(self.model_dump(exclude_unset=True), default=str, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _in_year(days: object, info: ValidationInfo) -> object:
    del info
    if not isinstance(days, list) or any(type(day) is not date for day in days):
        raise wrong("dates", allowed="[2027-01-01, 2027-02-05]")
    return frozenset(days)


Days = Annotated[frozenset[date], BeforeValidator(_in_year)]


class CalendarYear(Section):
    """A year's days off and working days that differ from the plain week (44): they win over the built-in calendar."""

    off: Days = frozenset()
    work: Days = frozenset()

    JOINTLY: ClassVar = ("off", "work")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """No day is both."""
        if both := known.get("off", frozenset()) & known.get("work", frozenset()):
            yield (), wrong("off_and_work", allowed=", ".join(sorted(map(str, both))))


def _years(value: object) -> object:
    if not isinstance(value, dict):
        return value
    if bad := [str(year) for year in value if not re.fullmatch(r"20\d\d", str(year))]:
        raise wrong("year", allowed="[calendar.2027]", found=", ".join(bad))
    return {int(year): days for year, days in value.items()}


def _days_of_their_year(calendar: Mapping[int, CalendarYear]) -> Mapping[int, CalendarYear]:
    for year, days in calendar.items():
        # A year's plan may reach back into the December before it (a bridge to 1 January).
        strays = sorted(d for d in days.off | days.work if d.year != year and (d.year, d.month) != (year - 1, 12))
        if strays:
            raise wrong("wrong_year", allowed=f"{year}", found=", ".join(map(str, strays)))
    return calendar


GLOSSARY: Mapping[str, str] = {
    "agent": "业务员",
    "clerk": "商务文员",
    "rep": "商务代表",
    "supervisor": "商务主管",
    "assistant": "商务助理",
    "manager": "商务经理",
    "director": "总经理",
    "team": "组",
    "performance": "业绩",
    "basis": "基础业绩",
    "base": "底薪",
    "commission": "提成",
    "target": "指标",
    "fund": "部门活动经费",
}


def _glossary(value: Mapping[str, str]) -> Mapping[str, str]:
    if strays := [key for key in value if key not in GLOSSARY]:
        raise wrong("unknown", allowed=", ".join(GLOSSARY), found=", ".join(strays))
    return {**GLOSSARY, **value}


class Policy(Section):
    """The whole file: every version there ever was, the calendar's exceptions, and the company's own words."""

    versions: tuple[Version, ...]
    calendar: Annotated[Mapping[int, CalendarYear], BeforeValidator(_years), AfterValidator(_days_of_their_year)] = {}
    glossary: Annotated[Mapping[str, Text], AfterValidator(_glossary)] = GLOSSARY

    def on(self, day: date) -> Version:
        """The version in force on that day. Refusal `policy.no_version` before the first one."""
        for version in reversed(self.versions):
            if version.effective_from <= day:
                return version
        raise Refusal("policy.no_version", day=day, first=self.versions[0].effective_from)

    def for_month(self, first: date) -> Version:
        """The version that prices a calendar month: the one in force on its first day (60).

        A version that starts in mid-month with the general manager's consent governs reports and calls at once, pay
        from the next month on: no month is priced by two tables.
        """
        return self.on(first.replace(day=1))


# --- Reading ----------------------------------------------------------------------------------------------------------

OWN_KEYS = ("name", "effective_from", "effective_until", "mid_month")  # never taken over from the version before


def load(text: str) -> Policy:
    """Read a policy file. Raises PolicyErrors with all its problems, or with the one place where it is not TOML."""
    raw = parse(text)
    problems: list[Problem] = []
    tables = raw.pop("version", None)
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        problems.append(Problem("version", "no_versions", {"allowed": "[[version]]"}))
        tables = []
    versions = list(_versions(tables, problems))
    try:
        policy = Policy.model_validate({"versions": tuple(versions), **raw})
    except ValidationError as error:
        problems += problems_of(error, Policy)
    if problems:
        raise PolicyErrors(problems)
    return policy


def parse(text: str) -> dict[str, Any]:
    """The tables of a policy file as they are written. Raises PolicyErrors with the place where it is not TOML."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyErrors([_syntax(text, str(error))]) from None
    except (InvalidOperation, RecursionError):
        raise PolicyErrors([Problem("TOML", "amount", {"allowed": "750, 750.50"})]) from None


def extended(policy: Policy, tables: Sequence[Mapping[str, Any]]) -> Policy:
    """The policy with further versions, each stating what it changes. Raises PolicyErrors with all their problems."""
    problems: list[Problem] = []
    versions = list(_versions(tables, problems, policy.versions[-1]))
    if problems:
        raise PolicyErrors(problems)
    return policy.model_copy(update={"versions": (*policy.versions, *versions)})


def complete(table: Mapping[str, Any]) -> Version:
    """A version that states everything itself, by itself. Raises PolicyErrors."""
    problems: list[Problem] = []
    versions = list(_versions([table], problems))
    if problems:
        raise PolicyErrors(problems)
    return versions[0]


def _versions(
    tables: Sequence[Mapping[str, Any]], problems: list[Problem], newest: Version | None = None
) -> Iterator[Version]:
    """Validate each version on top of the one before (the first on `newest`); broken ones leave their problems and are
    passed over."""
    before: Mapping[str, Any] = newest.table if newest else {}
    inherited: list[Problem] = []  # of the version before: said once, where it is stated
    started: date | None = newest.effective_from if newest else None
    ended: object = newest.effective_until if newest else None
    for number, table in enumerate(tables, 1):
        whole = _overlay({key: value for key, value in before.items() if key not in OWN_KEYS}, table)
        start = table.get("effective_from")
        label = f"version[{start if type(start) is date else number}]"
        if type(start) is date:
            if started is not None and start <= started:
                problems.append(Problem(f"{label}.effective_from", "append_only", {"allowed": f"> {started}"}))
            elif started is not None and type(ended) is date and ended != start - ONE_DAY:
                what = "version_hole" if ended < start else "version_overlap"
                params = {"allowed": str(ended + ONE_DAY), "found": str(start)}
                problems.append(Problem(f"{label}.effective_from", what, params))
            started, ended = start, table.get("effective_until")
            whole.setdefault("name", start.isoformat())
        else:
            whole.setdefault("name", str(number))
        try:
            version = Version.model_validate(whole)
            told: list[Problem] = []
        except ValidationError as error:
            told = problems_of(error, Version)
            news = [problem for problem in told if problem not in inherited or _states(table, problem.where)]
            problems += [replace(problem, where=f"{label}.{problem.where}") for problem in news]
        else:
            version._table = whole
            yield version
        before, inherited = whole, told
    if ended is not None:
        problems.append(Problem(f"version[{started}].effective_until", "never_ends", {"found": str(ended)}))


def _states(table: Mapping[str, Any], where: str) -> bool:
    """Does the version itself state this key, or only take it over?"""
    here: object = table
    for part in re.sub(r"\[\d+\]", "", where).split("."):
        if not isinstance(here, Mapping) or part not in here:
            return False
        here = here[part]
    return True


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge key by key; anything else (also a list) is replaced as a whole."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _overlay(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


FULL_WIDTH = frozenset("“”‘’,、:;。()【】[]{}=")  # what a Chinese keyboard puts where TOML wants ASCII


def _syntax(text: str, message: str) -> Problem:
    """`Invalid value (at line 3, column 5)` → the place, and what TOML itself says."""
    match = re.search(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    said = match[1] if match else message
    lines = text.splitlines() or [""]
    line, column = (match[2], match[3]) if match else (None, None)
    if line is None:
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    column = column or "1"
    there = lines[int(line) - 1][int(column) - 1 :][:1] if int(line) <= len(lines) else ""
    params = {"line": line, "column": column, "said": said} | ({"sign": there} if there in FULL_WIDTH else {})
    return Problem(f"TOML {line}:{column}", "syntax", params)


TYPES = {
    "missing": "missing",
    "bool_type": "bool",
    "int_type": "whole",
    "string_type": "text",
    "string_too_short": "text",
    "string_too_long": "text",
    "string_pattern_mismatch": "code",
    "date_type": "date",
    "model_type": "table",
    "model_attributes_type": "table",
    "dict_type": "table",
    "mapping_type": "table",
    "tuple_type": "list",
    "list_type": "list",
    "too_short": "too_short",
    "too_long": "too_long",
    "greater_than_equal": "range",
    "less_than_equal": "range",
}
ALLOWED = {
    "bool": "true, false",
    "whole": "1, 2, 3 …",
    "text": '"…"',
    "code": "a-z, _",
    "date": "2026-01-01",
    "table": "{ … }",
    "list": "[ … ]",
}


def problems_of(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[Problem]:
    """What a validation found, in our words; also for other files that are read with these models' means."""
    return [_problem(prefix, model, detail) for detail in error.errors()]


def _problem(prefix: str, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    """One of pydantic's errors in our words."""
    where = prefix + _path(detail["loc"])
    where = where.rstrip(".") or "version"
    kind, ctx = detail["type"], detail.get("ctx", {})
    if kind == "policy_problem":
        params = {key: str(value) for key, value in ctx.items() if key != "kind"}
        return Problem(where, str(ctx["kind"]), params | _found(detail["input"]))
    if kind == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        close = difflib.get_close_matches(str(detail["loc"][-1]), known, 1)
        params = {"allowed": ", ".join(known)} | ({"close": close[0]} if close else {})
        return Problem(where, "did_you_mean" if close else "unknown", params)
    if kind == "literal_error":
        allowed = str(ctx["expected"]).replace(" or ", ", ").replace("'", '"')
        return Problem(where, "choice", {"allowed": allowed} | _found(detail["input"]))
    what = TYPES.get(kind, "other")
    limits = {"ge": "≥", "le": "≤", "min_length": "≥", "max_length": "≤"}
    bounds = ", ".join(f"{sign} {ctx[name]}" for name, sign in limits.items() if name in ctx)
    allowed = bounds if what in ("range", "too_short", "too_long") else ALLOWED.get(what, "")
    params = {"allowed": allowed} if allowed else {}
    if what == "other":
        params["said"] = detail["msg"]
    return Problem(where, what, params | ({} if what == "missing" else _found(detail["input"])))


MOST_REPEATED = 40  # letters of a wrong value that are said again


def _found(value: object) -> dict[str, str]:
    """What stands in the file, as it stands there: `"700"` is text, 700 an amount."""
    match value:
        case bool():
            return {"found": str(value).lower()}
        case str():
            return {"found": f'"{value}"' if len(value) <= MOST_REPEATED else f'"{value[:MOST_REPEATED]}…"'}
        case Decimal() if value.is_nan():
            return {"found": "nan"}
        case int() | Decimal() | date() | time():
            return {"found": str(value)}
    return {}


def _path(loc: tuple[int | str, ...]) -> str:
    """`("pay", "clerk", "brackets", 0, "rate")` → `pay.clerk.brackets[1].rate`: counted from one, as people count."""
    path = ""
    for part in loc:
        path += f"[{part + 1}]" if isinstance(part, int) and part < 1000 else f".{part}"
    return path.lstrip(".")


def _known_keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that a table may have, found by walking the models along the path."""
    here: type[BaseModel] | None = model
    for part in loc:
        if here is None or isinstance(part, int):
            continue  # an index, or a year: the annotation below was already looked through
        field = next((f for name, f in here.model_fields.items() if part in (name, f.alias)), None)
        here = _model_in(field.annotation) if field else None
    if here is None:
        return []
    return [field.alias or name for name, field in here.model_fields.items() if name != "versions"]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The table's model inside `tuple[Bracket, ...]`, `Mapping[int, CalendarYear]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
