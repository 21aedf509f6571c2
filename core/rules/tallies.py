"""Day's figures: bulk counts as typed (`今天 拨打120 接通45`) and tallies.

Bulk totals *include* what was logged singly: of two counts of the same day the larger holds, never the sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from core.rules.names import clean_text
from core.rules.numerals import CN_CHARS, fold, to_int
from core.rules.outcomes import OUTCOMES, OutcomeLike, vocabulary
from core.rules.problems import Problem
from core.rules.when import parse_day

MAX_DIALS = 3000  # a day: a dialer that rings for ten hours; more is a slip of the finger


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one person and period. `intentions` are newly interested, `visits` arranged, `signed` closed on the phone."""

    dials: int = 0
    connected: int = 0
    intentions: int = 0
    visits: int = 0
    signed: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Different days or people."""
        return Tally(
            self.dials + other.dials,
            self.connected + other.connected,
            self.intentions + other.intentions,
            self.visits + other.visits,
            self.signed + other.signed,
        )

    def including(self, single: Tally) -> Tally:
        """This bulk total and the calls logged singly on the same day: the larger of each, never the sum."""
        return Tally(
            max(self.dials, single.dials, self.connected, single.connected),
            max(self.connected, single.connected),
            max(self.intentions, single.intentions),
            max(self.visits, single.visits),
            max(self.signed, single.signed),
        )

    @property
    def connect_permille(self) -> int | None:
        """Connected of dialled in tenths of a percent, cut and never rounded up (38 of 120 is 31.6 %); None of 0 dials."""
        return self.connected * 1000 // self.dials if self.dials else None


def tally(codes: Iterable[str | None], outcomes: Iterable[OutcomeLike] = OUTCOMES) -> Tally:
    """Count calls by their outcome codes. A call without an outcome was dialled; an unknown code (of an older policy)
    counts as connected."""
    words = vocabulary(outcomes)
    total = Tally()
    for code in codes:
        outcome = words.outcome(code)
        connected = code is not None and (outcome is None or outcome.connected)
        total += Tally(1, int(connected), int(code == "interested"), int(code == "visit"), int(code == "signed"))
    return total


@dataclass(frozen=True, slots=True)
class Counts:
    """Bulk figures as typed; None where nothing was said. `day` is not after the day of `now`."""

    day: date
    dials: int
    connected: int | None = None
    intentions: int | None = None
    visits: int | None = None
    note: str | None = None
    problems: tuple[Problem, ...] = ()

    def tally(self) -> Tally:
        """As a tally; what was not said counts nothing."""
        return Tally(self.dials, self.connected or 0, self.intentions or 0, self.visits or 0)


_NUM = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}(?:[百千万wk]\d{{0,3}})?|[{CN_CHARS}]{{1,6}})(?![\d.:%点月号])"
_OF = r"(?:量|数|数量|总数|了|出去|出|次数|电话|共|一共|总共|合计|是|为|有|大概|差不多|约|[ :=]){0,4}"
_UNIT = r"(?:[个通次条家位](?:电话|客户)?|电话)?了?"
_DIALS = re.compile(
    rf"(?P<verb>拨打|拨出|外呼|呼出|呼叫|拨号|打出|打电话|电话|拨|打|dials?|dialled|dialed|calls){_OF}(?P<n>{_NUM}){_UNIT}"
    rf"|(?P<m>{_NUM})(?:[个通次](?:电话)?|[ ](?:calls|dials|dialled|dialed)(?![ :=]*\d))",
    re.IGNORECASE,
)
_CONNECTED = re.compile(
    rf"(?:接通(?!率)|接听|打通|通话|有效(?:通话|电话)?|接起|通|接|connected){_OF}(?P<n>{_NUM}){_UNIT}"
    rf"|(?P<m>{_NUM})[ ]connected(?![ :=]*\d)",
    re.IGNORECASE,
)
_INTENTIONS = re.compile(
    rf"(?:新增?)?(?:有?意向|interested)(?:客户)?{_OF}(?P<n>{_NUM})(?!\s?[%成分]){_UNIT}"
    rf"|(?P<m>{_NUM})[ ]interested(?![ :=]*\d)",
    re.IGNORECASE,
)
_VISITS = re.compile(rf"(?:约访|邀约|上门|拜访|约见){_OF}(?P<n>{_NUM}){_UNIT}")
_RATE = re.compile(r"(?:接通|接听|通话)率[ :=]{0,2}\d{1,3}(?:\.\d{1,2})?%?")
_SLASH = re.compile(r"(?P<dials>\d{2,4})[ ]?/[ ]?(?P<connected>\d{1,4})(?:[ ]?/[ ]?(?P<intentions>\d{1,3}))?")
_TODAY = re.compile(r"(?:今天|今日|今儿|today|yesterday|昨天|昨日|前天)", re.IGNORECASE)
_EMPTY = re.compile(
    r"(?:/day|记|报数|日报|汇总|总计|合计|一共|总共|共|我|的|了|个|通|电话|今日|今天|数据|量|战报|截至|截止|目前|现在|到|and|[\s,。;、:!.+\-|]){0,40}"
)
_MAX_LINE = 120  # characters: figures of a day are one short line


def parse_counts(text: str, now: datetime) -> Counts | None:
    """`今天 拨打120 接通45`, `昨天打了120个 通45`, `拨一百二 接通四十五 意向3`, `120/45` after a day word; else None.

    A day word, the word 拨打 or a second figure must be there: 打120 alone calls an ambulance. Problems: `counts.connected`
    (more connected than dialled), `counts.too_many`, `counts.future`.
    """
    line = fold(clean_text(text)).strip()
    if (
        not line
        or len(line) > _MAX_LINE
        or re.search(r"\d{7}", line)
        or (line.startswith("/") and not line.startswith("/day"))
    ):
        return None
    day = parse_day(line, now)
    rest = line[: day.span[0]] + " " + line[day.span[1] :] if day and _counts_day(line, day.span) else line
    on = day.on if day and rest is not line else now.date()
    rest = _RATE.sub(" ", rest)
    said: dict[str, int | None] = {}
    if rest is not line and (slash := _SLASH.search(rest)):
        said = {key: int(value) if value else None for key, value in slash.groupdict().items()}
        rest = rest[: slash.start()] + " " + rest[slash.end() :]
    else:
        for key, pattern in (
            ("intentions", _INTENTIONS),
            ("visits", _VISITS),
            ("connected", _CONNECTED),
            ("dials", _DIALS),
        ):
            said[key], rest = _figure(pattern, rest)
    dials = said.get("dials")
    figures = [value for value in said.values() if value is not None]
    if dials is None or not (
        (rest != line and len(figures) > 1) or day or re.search(r"拨打|外呼|呼出|拨出|dial", line)
    ):
        return None
    note = _leftover(rest)
    if note is not None and (len(note) > 40 or len(figures) < 2 or re.search(r"[?？]|吗$|怎么", note)):
        return None
    problems = _count_problems(said, on, now)
    return Counts(on, dials, said.get("connected"), said.get("intentions"), said.get("visits"), note, tuple(problems))


def _counts_day(line: str, span: tuple[int, int]) -> bool:
    """A day of figures is said in a word or a date, never inside another number."""
    return bool(_TODAY.match(line[span[0] :])) or bool(re.search(r"[天月号日\-/周星礼前后]", line[span[0] : span[1]]))


def _figure(pattern: re.Pattern[str], text: str) -> tuple[int | None, str]:
    for match in pattern.finditer(text):
        groups = match.groupdict()
        number = to_int(groups.get("n") or groups.get("m") or "")
        if number is not None:
            return number, text[: match.start()] + " " + text[match.end() :]
    return None, text


def _leftover(rest: str) -> str | None:
    if _EMPTY.fullmatch(rest):
        return None
    return rest.strip(" ,。;、:.|") or None


def _count_problems(said: dict[str, int | None], on: date, now: datetime) -> list[Problem]:
    dials, connected = said.get("dials") or 0, said.get("connected") or 0
    problems = []
    if connected > dials:
        problems.append(Problem("counts.connected", str(connected), {"dials": dials, "connected": connected}))
    if dials > MAX_DIALS:
        problems.append(Problem("counts.too_many", str(dials), {"dials": dials, "limit": MAX_DIALS}))
    if on > now.date():
        problems.append(Problem("counts.future", on.isoformat()))
    return problems


def looks_like_counts(text: str, now: datetime) -> bool:
    """Is the whole line the figures of a day?"""
    return parse_counts(text, now) is not None
