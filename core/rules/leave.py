"""Leave: which days somebody means, and which they may ask for (docs/rules.md 40; 001 document 4 §2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.rules.calendar import ONE_DAY
from core.rules.errors import Refusal
from core.rules.numerals import CN_CHARS, fold, to_int
from core.rules.when import parse_day

BACK = timedelta(days=7)  # a sick person writes afterwards
AHEAD = timedelta(days=366)
LONGEST = 60  # days in one request; longer ones are agreed in person


class LeaveState(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Span:
    """Days of leave, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def touches(self, other: Span) -> bool:
        """Have the two a day in common?"""
        return self.first <= other.last and other.first <= self.last


_N = rf"(?:[0-9]{{1,3}}|[{CN_CHARS}]{{1,3}})"
_TO = re.compile(r"\s*(?:到|至|~|—+|–|--+|\bto\b|\buntil\b)\s*", re.IGNORECASE)
_COUNT = re.compile(
    rf"(?:起|开始|请|休|假|共|连休|,|\s)*\s*(?P<n>{_N}|半)\s*(?:天|日(?!期)|days?)(?:假)?", re.IGNORECASE
)
_ENGLISH = {"today": "今天", "tomorrow": "明天", "the day after tomorrow": "后天", "yesterday": "昨天"}
_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_span(text: str, now: datetime) -> tuple[Span, str]:
    """`今天`, `明天发烧`, `11-24 到 11-26 回老家`, `下周一至下周三`, `明天起3天`: the days, and the words left over.

    Refusal: `leave.which_days` (no day found), `leave.turned` (ends before it begins), and those of `check`.
    """
    said = in_chinese(text)
    if found := _range(said, now):
        (first, last), rest = found
        if last < first:
            raise Refusal("leave.turned")
        before = ""
    else:
        start = parse_day(said, now, past=False)
        if start is None:
            raise Refusal("leave.which_days")
        first = last = start.on
        before, rest = said[: start.span[0]], said[start.span[1] :]
        if (count := _COUNT.match(rest)) and count["n"] != "半":
            last, rest = first + ONE_DAY * (max(to_int(count["n"]) or 1, 1) - 1), rest[count.end() :]
        elif (count := _COUNT.search(before)) and count["n"] != "半":
            last, before = first + ONE_DAY * (max(to_int(count["n"]) or 1, 1) - 1), before[: count.start()]
            rest = re.sub(r"^\s*(?:起|开始)", "", rest)
    span = Span(first, last)
    check(span, now.date())
    return span, _words(f"{before} {rest}")


def _range(said: str, now: datetime) -> tuple[tuple[date, date], str] | None:
    """The two days around 到, and the words around them. The parser of times takes such a range for one rough day."""
    for to in _TO.finditer(said):
        left, right = said[: to.start()], said[to.end() :]
        days = [day for day in _days(left, now) if not left[day[1][1] :].strip()]
        if not days:
            continue
        first, span = days[-1]
        # 下周三 counts from today; a bare 周五 after 下周三 is the one after it.
        follows = [day for at in (now, datetime.combine(first, now.timetz())) for day in _days(right, at)]
        follows = [day for day in follows if not right[: day[1][0]].strip()]
        if follows:
            last, end = next((day for day in follows if day[0] >= first), follows[0])
            return (first, last), f"{left[: span[0]]} {right[end[1] :]}"
        if bare := re.match(r"([0-9]{1,2})(?![0-9点:./月])", right):
            return (first, _same_month(first, int(bare[1]))), f"{left[: span[0]]} {right[bare.end() :]}"
    return None


def _days(text: str, now: datetime) -> list[tuple[date, tuple[int, int]]]:
    day = parse_day(text, now, past=False)
    return [(day.on, day.span)] if day else []


def check(span: Span, today: date) -> None:
    """Refusal `leave.too_old`, `leave.too_far`, `leave.too_long`: explained, with the limit."""
    if span.first < today - BACK:
        raise Refusal("leave.too_old", days=BACK.days)
    if span.first > today + AHEAD:
        raise Refusal("leave.too_far")
    if span.days > LONGEST:
        raise Refusal("leave.too_long", days=span.days, limit=LONGEST)


def _same_month(first: date, day: int) -> date:
    try:
        return first.replace(day=day)
    except ValueError:
        raise Refusal("leave.which_days") from None


def in_chinese(text: str) -> str:
    """English words of time in the words that the parser of times knows; a range's hyphen as 到."""
    said = re.sub("明后(?:两天|天)", "明天到后天", fold(text).strip())
    for english, chinese in sorted(_ENGLISH.items(), key=lambda pair: -len(pair[0])):
        said = re.sub(rf"\b{english}\b", chinese, said, flags=re.IGNORECASE)
    for number, english in enumerate(_ENGLISH_DAYS):
        day = "一二三四五六日"[number]
        said = re.sub(rf"\bnext {english}\b", f"下周{day}", said, flags=re.IGNORECASE)
        said = re.sub(rf"\b{english}\b", f"周{day}", said, flags=re.IGNORECASE)
    # 11-24-11-26 and 周三-周五: the hyphen between two days, not the one inside a date
    said = re.sub(r"([0-9]{1,2}[-/.][0-9]{1,2})\s*-\s*([0-9]{1,2}[-/.][0-9]{1,2})", r"\1到\2", said)
    return re.sub(r"([日号一二三四五六天])\s*-\s*(?=[0-9周星礼下明后])", r"\1到", said)


def _words(text: str) -> str:
    """The reason, without the words of asking."""
    text = re.sub(r"^\s*(?:我?想?要?请假?|休假?)\s*", "", text.strip())
    text = re.sub(r"(?:请假|休假|要?请|的?假)\s*$", "", text)
    return text.strip(" ,.;:-\u3001\u3002\uff0c\uff1a\uff1b")


def overlapping(span: Span, others: list[Span]) -> Span | None:
    """A span asked for before that shares a day with this one."""
    return next((other for other in others if span.touches(other)), None)
