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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from core.rules.errors import Refusal
from core.rules.money import to_fen
from core.rules.people import Role

# --- Problems ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. `where` is the key's path, `what` a text key (`core.rules.explain`), `params` fill it."""

    where: str
    what: str
    params: Mapping[str, str]

    @property
    def allowed(self) -> str:
        """What may stand there instead, as far as it can be listed."""
        return self.params.get("allowed", "")


class PolicyErrors(Exception):
    """The file cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.where}: {p.what} {' '.join(p.params.values())}".rstrip() for p in problems))
        self.problems = problems


def wrong(kind: str, **params: str) -> PydanticCustomError:
    """A problem found while reading a value: `kind` is its text key."""
    return PydanticCustomError("policy_problem", "{kind}", {"kind": kind, **params})


# --- Kinds of value ---------------------------------------------------------------------------------------------------

MOST_FEN = 100_000_000_000  # a billion yuan: above it somebody's finger slipped
UNSET = "unset"


def _fen(value: object) -> int:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise wrong("amount", allowed="750, 750.50")
    try:
        fen = to_fen(value)
    except ValueError:
        raise wrong("amount", allowed="750, 750.50") from None
    if not 0 <= fen <= MOST_FEN:
        raise wrong("amount", allowed="0–1000000000")
    return fen


def _fen_or_unset(value: object) -> int | None:
    return None if value in (UNSET, None) else _fen(value)


def _rate(value: object) -> Fraction:
    """`"1.5%"` → 3/200. Basis points at the finest (55)."""
    match = re.fullmatch(r"\s*(\d{1,6}(?:\.\d{1,2})?)\s*[%%]\s*", value) if isinstance(value, str) else None
    if not match:
        raise wrong("rate", allowed='"3%", "1.5%"')
    return Fraction(match[1]) / 100


def _time(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", value):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise wrong("time", allowed='"09:30", "23:59:59"')


class Weekday(StrEnum):
    """A day of the week, by its English name."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Monday 0 … Sunday 6, as `date.weekday()` counts."""
        return list(Weekday).index(self)


def _weekday(value: object) -> Weekday:
    if isinstance(value, str) and value in list(Weekday):
        return Weekday(value)
    raise wrong("choice", allowed=", ".join(Weekday))


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of a day, from `start` (included) to `end` (not included)."""

    start: time
    end: time

    def __contains__(self, moment: time) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


def _window(value: object) -> Window:
    parts = re.split(r"[-–~]", value) if isinstance(value, str) else []
    if len(parts) != 2:
        raise wrong("window", allowed='"09:00-21:00"')
    start, end = (_time(part.strip()) for part in parts)
    if start >= end:
        raise wrong("window", allowed='"09:00-21:00"')
    return Window(start, end)


@dataclass(frozen=True, slots=True)
class Pair:
    """Who sold and who visited, by role: the pair that shares a delegated deal."""

    seller: Role
    visitor: Role


def _pair(value: object) -> Pair:
    names = value.split(">") if isinstance(value, str) else []
    if len(names) != 2 or any(name.strip() not in list(Role) for name in names):
        raise wrong("pair", allowed='"clerk>rep"')
    return Pair(Role(names[0].strip()), Role(names[1].strip()))


def _list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _names(value: object) -> object:
    """A list of different, non-empty words."""
    if isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value):
        if len(set(value)) == len(value):
            return tuple(value)
        raise wrong("twice", allowed=", ".join(sorted({w for w in value if value.count(w) > 1})))
    raise wrong("words", allowed='["没接", "未接"]')


T = TypeVar("T")
Fen = Annotated[int, BeforeValidator(_fen)]
OptionalFen = Annotated[int | None, BeforeValidator(_fen_or_unset)]
Rate = Annotated[Fraction, BeforeValidator(_rate)]
Time = Annotated[time, BeforeValidator(_time)]
Day = Annotated[Weekday, BeforeValidator(_weekday)]
Hours = Annotated[Window, BeforeValidator(_window)]
Pairing = Annotated[Pair, BeforeValidator(_pair)]
Many = Annotated[tuple[T, ...], BeforeValidator(_list)]
Words = Annotated[tuple[str, ...], BeforeValidator(_names)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=10_000)]


class Section(BaseModel):
    """A table of the file: frozen, nothing unknown, nothing converted behind one's back."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", arbitrary_types_allowed=True, validate_default=False
    )


# --- Pay (3.1, 3.2) ---------------------------------------------------------------------------------------------------


class Base(Section):
    """底薪 of a regular month by role, in fen; None: the company's document does not say (8a)."""

    clerk: Fen
    rep: Fen
    supervisor: OptionalFen = None
    assistant: OptionalFen = None
    manager: OptionalFen = None
    director: OptionalFen = None

    def of(self, role: Role) -> int | None:
        """The role's base in fen, or None where it is unset."""
        value: int | None = getattr(self, role.value)
        return value


class Step(Section):
    """For `basis_cut.mode = "step"`: from this share of the basis on, so much of the base is paid."""

    from_: Rate = Field(alias="from")
    pay: Rate


class BasisCut(Section):
    """What the base loses below the basis (18): in proportion, by steps, or nothing."""

    mode: Literal["proportional", "step", "none"] = "proportional"
    steps: Many[Step] = ()

    @model_validator(mode="after")
    def _steps_rise(self) -> BasisCut:
        starts = [step.from_ for step in self.steps]
        if self.mode == "step" and not starts:
            raise wrong("steps_missing")
        if starts != sorted(set(starts)) or (starts and starts[0] != 0):
            raise wrong("rising", allowed='from = "0%", …')
        return self


class Bracket(Section):
    """A slice of the month's sales: what lies above `threshold` earns `rate` up to the next bracket's threshold.

    `from` includes the figure itself, `above` does not. Slice by slice that makes no difference; for a whole amount it
    decides (3).
    """

    from_: OptionalFen = Field(None, alias="from")
    above: OptionalFen = None
    rate: Rate

    @model_validator(mode="after")
    def _one_edge(self) -> Bracket:
        if (self.from_ is None) == (self.above is None):
            raise wrong("one_edge", allowed="from, above")
        return self

    @property
    def threshold(self) -> int:
        """The lower edge in fen."""
        return self.from_ if self.from_ is not None else self.above or 0

    @property
    def inclusive(self) -> bool:
        """Does the edge itself belong to this bracket?"""
        return self.from_ is not None

    def reached(self, sales: int) -> bool:
        """Are these sales (fen) in this bracket or above?"""
        return sales >= self.threshold if self.inclusive else sales > self.threshold


class Brackets(Section):
    """提成表 of clerks or reps. `ends`: where the document's own table ends, in fen (4); None: it is open by itself."""

    brackets: Annotated[Many[Bracket], Field(min_length=1)]
    ends: OptionalFen = None

    @model_validator(mode="after")
    def _rise(self) -> Brackets:
        edges = [bracket.threshold for bracket in self.brackets]
        if edges != sorted(set(edges)):
            raise wrong("rising")
        if self.ends is not None and self.ends <= edges[-1]:
            raise wrong("ends", allowed=f"> {edges[-1] // 100}")
        return self


class AttainmentRow(Section):
    """From (or above) this share of the target on, the whole team total earns `rate`."""

    from_: Rate | None = Field(None, alias="from")
    above: Rate | None = None
    rate: Rate

    @model_validator(mode="after")
    def _one_edge(self) -> AttainmentRow:
        if (self.from_ is None) == (self.above is None):
            raise wrong("one_edge", allowed="from, above")
        return self

    @property
    def threshold(self) -> Fraction:
        """The edge as a share of the target."""
        return self.from_ if self.from_ is not None else self.above or Fraction(0)

    @property
    def inclusive(self) -> bool:
        """Does the edge itself belong to this row?"""
        return self.from_ is not None

    def reached(self, total: int, target: int) -> bool:
        """Exact, never by a rounded percentage (6): 69,999 of 100,000 has not reached 70 %."""
        edge = target * self.threshold
        return total >= edge if self.inclusive else total > edge


class Attainment(Section):
    """提成 of those who lead: a rate on the team total, chosen by target attainment (5, 7, 9)."""

    mode: Literal["whole", "marginal"] = "whole"
    top: Literal["open", "cap"] = "open"
    rows: Annotated[Many[AttainmentRow], Field(min_length=1)]
    ends: Rate | None = None

    @model_validator(mode="after")
    def _rise(self) -> Attainment:
        edges = [row.threshold for row in self.rows]
        if edges != sorted(set(edges)):
            raise wrong("rising")
        if self.ends is not None and self.ends <= edges[-1]:
            raise wrong("ends", allowed=f"> {float(edges[-1]):.0%}")
        if self.top == "cap" and self.ends is None:
            raise wrong("cap_needs_ends", allowed="ends")
        return self


class SupervisorAttainment(Attainment):
    """The supervisor's table, and what his own selling pays besides (8)."""

    own_deals: Literal["undecided", "team", "rep"] = "undecided"


class Commission(Section):
    """How brackets are read (1) and what happens above the last known figure (4)."""

    mode: Literal["marginal", "whole"] = "marginal"
    top: Literal["open", "cap"] = "open"


class Delegation(Section):
    """代理拜访: the share of the deal that moves, who pays it, and between whom (12–16)."""

    share: Rate
    funding: Literal["clerk", "company"] = "clerk"
    pays: Many[Pairing] = (Pair(Role.CLERK, Role.REP),)


class Sms(Section):
    """短信群发: a flat rate on each order; `counts` = also for brackets, basis, rank and team total (17)."""

    rate: Rate
    counts: bool = False


class Probation(Section):
    """试用 (21–27): when somebody becomes regular. Amounts in fen."""

    max_months: Literal[2] = 2
    first_month: Fen
    two_months: Fen
    basis: bool = True
    late_start_day: Annotated[int, Field(ge=2, le=31)] = 11
    zero: Literal["warn", "none"] = "warn"


class Grade(Section):
    """业务级别: from this month's sales on, next month's base is this (31)."""

    from_: Fen = Field(alias="from")
    base: Fen
    name: str = ""


class Pay(Section):
    """薪酬体系 (3.1, 3.2)."""

    base: Base
    probation_base: Fen
    training_base: OptionalFen = None
    basis: Fen
    basis_cut: BasisCut = BasisCut()
    commission: Commission = Commission()
    clerk: Brackets
    rep: Brackets
    delegation: Delegation
    sms: Sms
    supervisor: SupervisorAttainment
    manager: Attainment
    probation: Probation
    clerk_grades: Many[Grade] = ()
    min_wage: OptionalFen = None

    @model_validator(mode="after")
    def _together(self) -> Pay:
        starts = [grade.from_ for grade in self.clerk_grades]
        if starts != sorted(set(starts)):
            raise wrong("rising")
        if self.commission.top == "cap" and self.clerk.ends is None and self.rep.ends is None:
            raise wrong("cap_needs_ends", allowed="clerk.ends, rep.ends")
        return self

    def brackets(self, role: Role) -> Brackets:
        """The table of a role that sells; supervisors who are paid as sellers use the rep's (8)."""
        return self.clerk if role is Role.CLERK else self.rep


# --- Elimination and fines (4, 5) -------------------------------------------------------------------------------------


class Elimination(Section):
    """When a proposal to part is made; a person decides, always (32–36)."""

    months_below: Annotated[int, Field(ge=2, le=2)] = 2
    last: Count = 3
    min_ranked: Count = 10
    leave_days: Count = 10
    min_fen: OptionalFen = Field(None, alias="min")


class Fines(Section):
    """Late reports (37): `record` = an entry 待缴 outside pay; `off`; `payslip` needs `payslip_risk_accepted`."""

    mode: Literal["record", "off", "payslip"] = "record"
    payslip_risk_accepted: bool = False

    @model_validator(mode="after")
    def _switch(self) -> Fines:
        if self.mode == "payslip" and not self.payslip_risk_accepted:
            raise wrong("payslip_switch", allowed="payslip_risk_accepted = true")
        return self


# --- Reports and feedback (5.1–5.3) -----------------------------------------------------------------------------------


class Nudge(Section):
    """A reminder to those who still owe a report."""

    day: Literal[
        "first_workday",
        "last_workday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
    time: Time


class Moment(Section):
    """A time of every week."""

    weekday: Day
    time: Time


class Weekly(Section):
    """周报 (39–48). `grace` in seconds: late from the deadline plus it. `late_fen` for each late report, once."""

    weekday: Day = Weekday.SATURDAY
    time: Time = time(22, 0)
    grace: Annotated[int, Field(ge=0, le=3600)] = 60
    week_start: Literal["sun"] = "sun"
    shift: Literal["none", "previous_workday"] = "none"
    min_working_days: Annotated[int, Field(ge=0, le=7)] = 3
    nudges: Annotated[Many[Nudge], Field(max_length=3)] = ()
    late_fen: Fen = Field(0, alias="late")
    fund_share: Rate = Fraction(1, 2)

    @model_validator(mode="after")
    def _share(self) -> Weekly:
        if self.fund_share > 1:
            raise wrong("share", allowed='"0%"–"100%"')
        return self


class Monthly(Section):
    """月报 (42–46a), due on the first working day of the month after."""

    time: Time = time(23, 59, 59)
    grace: Annotated[int, Field(ge=0, le=3600)] = 60
    min_working_days: Annotated[int, Field(ge=0, le=31)] = 10
    nudges: Annotated[Many[Nudge], Field(max_length=3)] = ()
    late_fen: Fen = Field(0, alias="late")
    fund_share: Rate = Fraction(1, 2)

    @model_validator(mode="after")
    def _share(self) -> Monthly:
        if self.fund_share > 1:
            raise wrong("share", allowed='"0%"–"100%"')
        return self


class Outage(Section):
    """Our own outage shortly before a deadline moves it (39). Minutes."""

    window_minutes: Count = 120
    min_minutes: Count = 30


class Reports(Section):
    """汇报 (5.1, 5.2)."""

    weekly: Weekly = Weekly()
    monthly: Monthly = Monthly()
    supervisors_due: bool = False
    excuse_hours: Annotated[int, Field(ge=1, le=720)] = 48
    follow_up: Moment = Moment(weekday=Weekday.MONDAY, time=time(9, 30))
    outage: Outage = Outage()


class Feedback(Section):
    """反馈 (5.3; 50–51): the superior answers within so many working days, and is reminded."""

    working_days: Annotated[int, Field(ge=1, le=30)] = 2
    by: Literal["superior", "both"] = "superior"
    remind: Moment = Moment(weekday=Weekday.MONDAY, time=time(10, 0))


# --- Calls and deals --------------------------------------------------------------------------------------------------


class Outcome(Section):
    """What came of a call. `words` are what people type for it; `wants` is what is asked next."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,30}$")]
    zh: Text
    en: Text
    words: Words
    connected: bool
    wants: Literal["intention", "next"] | None = None
    dnc: bool = False

    def label(self, lang: str) -> str:
        """The outcome's name in the person's language."""
        return self.en if lang == "en" else self.zh


class Calls(Section):
    """电话 (59 and mechanism 22): outcomes, when one may call, how often one number."""

    outcomes: Annotated[Many[Outcome], Field(min_length=2)]
    window: Hours = Window(time(9), time(21))
    soft: Many[Hours] = (Window(time(12), time(14)),)
    per_number_day: Annotated[int, Field(ge=1, le=100)] = 2
    per_number_week: Annotated[int, Field(ge=1, le=500)] = 3
    morning: Time = time(9)
    bare_hour_from: Annotated[int, Field(ge=0, le=12)] = 8
    bare_hour_to: Annotated[int, Field(ge=12, le=23)] = 19

    @field_validator("outcomes")
    @classmethod
    def _told_apart(cls, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        for names in (
            [outcome.code for outcome in outcomes],
            [word for outcome in outcomes for word in outcome.words],
        ):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise wrong("twice", allowed=", ".join(twice))
        return outcomes

    def outcome(self, code: str) -> Outcome | None:
        """The outcome with this code, if the policy knows it."""
        return next((outcome for outcome in self.outcomes if outcome.code == code), None)


class Deals(Section):
    """报单 (52): confirmation, celebration, and what looks like a slip of the finger. Amounts in fen."""

    recognition: Literal["signed", "paid"] = "signed"
    nudge_minutes: Annotated[int, Field(ge=1, le=10_000)] = 60
    assistant_after_minutes: Annotated[int, Field(ge=1, le=10_000)] = 240
    duplicate_minutes: Count = 10
    big_fen: Fen = Field(1_000_000, alias="big")
    absurd_fen: Fen = Field(10_000_000, alias="absurd")
    max_fen: Fen = Field(1_000_000_000, alias="max")
    celebrate: Hours = Window(time(8, 30), time(21))

    @model_validator(mode="after")
    def _order(self) -> Deals:
        if not 0 < self.absurd_fen <= self.max_fen:
            raise wrong("order", allowed="absurd ≤ max")
        return self


# --- Boards and working time ------------------------------------------------------------------------------------------


class DailyBoard(Section):
    """今日战报, every working day."""

    time: Time = time(18, 10)


class MonthlyBoard(Section):
    """月度英雄榜, on the first working day of the month after."""

    time: Time = time(9, 10)


class Quiet(Section):
    """No group post from here to there, every week."""

    from_: Moment = Field(Moment(weekday=Weekday.SATURDAY, time=time(12)), alias="from")
    until: Moment = Moment(weekday=Weekday.MONDAY, time=time(8))

    def covers(self, local: datetime) -> bool:
        """Is this moment (company time) in the quiet part of the week?"""
        here = (local.weekday(), local.time())
        start = (self.from_.weekday.number, self.from_.time)
        end = (self.until.weekday.number, self.until.time)
        return start <= here < end if start <= end else here >= start or here < end


class Boards(Section):
    """榜单: when they are posted and how many names they carry (only upwards)."""

    daily: DailyBoard = DailyBoard()
    weekly: Moment = Moment(weekday=Weekday.MONDAY, time=time(8, 50))
    monthly: MonthlyBoard = MonthlyBoard()
    names: Annotated[int, Field(ge=1, le=20)] = 3
    last_days: Annotated[int, Field(ge=0, le=31)] = 5
    quiet: Quiet = Quiet()


class Work(Section):
    """Working time: the usual week (40) and the hours of a day."""

    workweek: Literal["5", "6", "alternate"] = "5"
    hours: Annotated[Many[Hours], Field(min_length=1)] = (
        Window(time(9), time(12)),
        Window(time(13, 30), time(18)),
    )


class Articles(Section):
    """Where the company's document says it; every line of a statement names one."""

    base: Text = "3.1 底薪"
    probation: Text = "3.1 底薪(试用期)"
    training: Text = "3.1 底薪(培训期)"
    clerk: Text = "3.1 商务文员提成表"
    rep: Text = "3.1 商务代表提成表"
    delegation: Text = "3.1 代理拜访"
    sms: Text = "3.1 其他提成"
    supervisor: Text = "3.1 商务主管提成表"
    manager: Text = "3.1 商务经理提成表"
    grades: Text = "3.2 商务文员业务级别底薪"
    elimination: Text = "4 淘汰"
    weekly: Text = "5.1 周报"
    monthly: Text = "5.2 月报"
    feedback: Text = "5.3 反馈"
    min_wage: Text = "最低工资规定"

    def of(self, rule: str) -> str:
        """The article behind a rule's name; KeyError for a rule that has none."""
        if rule not in type(self).model_fields:
            raise KeyError(rule)
        text: str = getattr(self, rule)
        return text


# --- Versions ---------------------------------------------------------------------------------------------------------


class Version(Section):
    """The rules in force from `effective_from` until the next version."""

    name: Text
    effective_from: date
    mid_month: bool = False
    pay: Pay
    elimination: Elimination = Elimination()
    fines: Fines = Fines()
    reports: Reports = Reports()
    feedback: Feedback = Feedback()
    calls: Calls
    deals: Deals = Deals()
    boards: Boards = Boards()
    work: Work = Work()
    articles: Articles = Articles()

    @model_validator(mode="after")
    def _first_of_month(self) -> Version:
        if self.effective_from.day != 1 and not self.mid_month:
            raise wrong("mid_month", allowed="mid_month = true")
        return self

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

    @model_validator(mode="after")
    def _not_both(self) -> CalendarYear:
        if both := self.off & self.work:
            raise wrong("off_and_work", allowed=", ".join(sorted(map(str, both))))
        return self


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

OWN_KEYS = ("name", "effective_from", "mid_month")  # never taken over from the version before


def load(text: str) -> Policy:
    """Read a policy file. Raises PolicyErrors with all its problems, or with the one place where it is not TOML."""
    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyErrors([_syntax(text, str(error))]) from None
    except InvalidOperation:
        raise PolicyErrors([Problem("TOML", "amount", {"allowed": "750, 750.50"})]) from None
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


def _versions(tables: list[dict[str, Any]], problems: list[Problem]) -> Iterator[Version]:
    """Validate each version on top of the one before; broken ones leave their problems and are passed over."""
    before: dict[str, Any] = {}
    started: date | None = None
    for number, table in enumerate(tables, 1):
        whole = _overlay({key: value for key, value in before.items() if key not in OWN_KEYS}, table)
        start = table.get("effective_from")
        label = f"version[{start if type(start) is date else number}]"
        if type(start) is date:
            if started is not None and start <= started:
                problems.append(Problem(f"{label}.effective_from", "append_only", {"allowed": f"> {started}"}))
            started = start
            whole.setdefault("name", start.isoformat())
        else:
            whole.setdefault("name", str(number))
        try:
            yield Version.model_validate(whole)
        except ValidationError as error:
            problems += problems_of(error, Version, label + ".")
        before = whole


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge key by key; anything else (also a list) is replaced as a whole."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _overlay(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _syntax(text: str, message: str) -> Problem:
    """`Invalid value (at line 3, column 5)` → the place, and what TOML itself says."""
    match = re.search(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    said = match[1] if match else message
    line, column = (match[2], match[3]) if match else (None, None)
    if line is None:
        lines = text.splitlines() or [""]
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    return Problem(f"TOML {line}:{column}", "syntax", {"line": line, "column": column or "1", "said": said})


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


def _found(value: object) -> dict[str, str]:
    """What stands in the file, if it is short enough to repeat."""
    return {"found": str(value)} if isinstance(value, str | int | Decimal | date | time) else {}


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
