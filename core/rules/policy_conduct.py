"""The sections of a policy version beside pay: elimination and fines, reports and feedback, calls, deals, boards, hours.

Bare numbers in brackets count the places where the company's document is silent or contradicts itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from core.rules.policy_values import (
    Count,
    Day,
    Fen,
    Hours,
    Many,
    OptionalFen,
    OptionalShare,
    Section,
    Share,
    Slip,
    Text,
    Time,
    Weekday,
    Window,
    Words,
    wrong,
)

# --- Elimination and fines (4, 5) -------------------------------------------------------------------------------------


class Elimination(Section):
    """When a proposal to part is made; a person decides, always (32–36)."""

    months_below: Annotated[int, Field(ge=2, le=12)] = 2
    last: Count = 3
    min_ranked: Count = 10
    leave_days: Count = 10
    min_fen: OptionalFen = Field(None, alias="min")


class Fines(Section):
    """Late reports (37): `record` = an entry 待缴 outside pay; `off`; `payslip` needs `payslip_risk_accepted`."""

    mode: Literal["record", "off", "payslip"] = "record"
    payslip_risk_accepted: bool = False

    JOINTLY: ClassVar = ("mode", "payslip_risk_accepted")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """Taking fines from pay is switched on in so many words."""
        if known.get("mode") == "payslip" and known.get("payslip_risk_accepted") is False:
            yield ("mode",), wrong("payslip_switch", allowed="payslip_risk_accepted = true")


class Guards(Section):
    """What deductions may do at most (56; reliability G4, G5). `deduction_cap`: a share of the month's wage.

    `one_penalty`: one fact is never penalised twice.
    """

    deduction_cap: OptionalShare = None
    one_penalty: bool = True


class Targets(Section):
    """销售指标 (11): free to be changed within so many working days of the month; raised later only by `raise_by`."""

    free_days: Annotated[int, Field(ge=0, le=31)] = 3
    raise_by: Literal["director", "manager"] = "director"


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
    fund_share: Share = Fraction(1, 2)


class Monthly(Section):
    """月报 (42–46a), due on the first working day of the month after."""

    time: Time = time(23, 59, 59)
    grace: Annotated[int, Field(ge=0, le=3600)] = 60
    min_working_days: Annotated[int, Field(ge=0, le=31)] = 10
    nudges: Annotated[Many[Nudge], Field(max_length=3)] = ()
    late_fen: Fen = Field(0, alias="late")
    fund_share: Share = Fraction(1, 2)


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

    JOINTLY: ClassVar = ("absurd_fen", "max_fen")

    @classmethod
    def together(cls, known: Mapping[str, Any]) -> Iterator[Slip]:
        """What is asked again lies below what is refused."""
        if "absurd_fen" in known and "max_fen" in known and not 0 < known["absurd_fen"] <= known["max_fen"]:
            yield ("absurd",), wrong("order", allowed="absurd ≤ max")


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
