"""Expressions of time: a small grammar of day word × part of the day × clock, Chinese (English is put into it first).

The rules of speech (contract, `waihu call parse`):

- a day without an hour is 09:00 of that day; with a part of the day only (明天下午) the hour that part begins at work:
  上午 09:00, 中午 12:00, 下午 14:00, 傍晚 18:00, 晚上 19:00;
- a bare `3点` is the hour in working time: 8–11 in the morning, 12–19 in the afternoon, so 1–7 mean 13–19;
  two digits with a leading nought (`03:30`) are the 24-hour clock;
- weeks run Monday to Sunday: 下周二 is Tuesday of next week, 周二 this week's Tuesday or, if that is over, the coming one;
- a clock alone is the coming such hour: today or, if it is over, tomorrow;
- 24号 is the coming 24th; 1月5号 the coming one if that is less than half a year ahead, else a day of the past;
- vague words (改天, 下周 without a day, 有空, 过几天, 周末) are no time. 月底 belongs to them: a last day of the month,
  a last working day or "some time after the 25th" are three guesses, and a reminder on a guessed day is worse than
  being asked. They stay in the note.

Nothing here looks at a clock: `now` is passed in, aware, and every answer is in its zone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from core.rules.english_times import FILLER, in_chinese
from core.rules.numerals import CN_CHARS, fold, to_int


@dataclass(frozen=True, slots=True)
class Habits:
    """What a company takes for granted (policy `calls.morning`, `calls.bare_hour_from`, `calls.bare_hour_to`)."""

    morning: time = time(9)
    bare_hour_from: int = 8
    bare_hour_to: int = 19


HABITS = Habits()


class Kind(StrEnum):
    """What an expression of time turned out to be."""

    FUTURE = "future"
    PAST = "past"  # said plainly (昨天, 今天8点 at nine): never moved forward
    VAGUE = "vague"  # 改天, 月底, 下周
    IMPOSSIBLE = "impossible"  # 2月30日, 25点


@dataclass(frozen=True, slots=True)
class Moment:
    """One expression of time in a text. `at` is None for vague and impossible ones.

    `rough` marks a range or a choice (3-4点, 周二或周三) of which `at` is the beginning: its words carry more than `at`.
    `rolled` marks a time that was moved to the coming one (周二 said on a Friday).
    """

    kind: Kind
    span: tuple[int, int]
    at: datetime | None = None
    has_clock: bool = False
    rough: bool = False
    rolled: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """A moment in the future, and where it stands in the text as typed."""

    at: datetime
    has_clock: bool
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and where it stands in the text as typed."""

    on: date
    span: tuple[int, int]


# --- The words --------------------------------------------------------------------------------------------------------

_N = r"(?:\d{1,2}|[廿卅][一二三四五六七八九]?|[一二三]?十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
_PARTS = {
    "凌晨": 6, "清晨": 7, "一大早": 9, "一早": 9, "大早上": 9, "早上": 9, "早晨": 9, "早间": 9, "上午": 9, "中午": 12, "正午": 12,
    "午后": 14, "下午": 14, "傍晚": 18, "晚上": 19, "晚间": 19, "夜里": 19, "夜晚": 19, "早": 9, "晚": 19,
}  # fmt: skip
_MORNING = frozenset({"凌晨", "清晨", "一大早", "一早", "大早上", "早上", "早晨", "早间", "上午", "早"})
_PART_WORDS = "|".join(sorted((word for word in _PARTS if len(word) > 1), key=len, reverse=True))
_REL_DAYS = {
    "大后天": 3, "后天": 2, "明天": 1, "明日": 1, "明儿": 1, "今天": 0, "今日": 0, "今儿": 0, "当天": 0,
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "明后天": 1, "明": 1, "今": 0, "昨": -1, "后": 2,
}  # fmt: skip
_WEEKDAYS = {**{char: n for n, char in enumerate("一二三四五六日")}, "天": 6, **{str(n + 1): n for n in range(6)}}
_WEEK = r"(?:周|星期|礼拜)"
_WD = r"(?:[一二三四五六日天]|[1-6](?![\d点:时个次家天]))"
_GAP_DAY = re.compile(r"[ \tT,]{0,2}的?(?:那天)?[ \t,]{0,2}")  # between a day and its hour: 24号,10点
_GAP_PAST = re.compile(r"[ \t]{0,2}")  # 昨天,下午3点再打 names two moments
_GAP_PART = re.compile(r"[ \t]{0,2}的?[ \t]{0,2}")
_NOT_A_NUMBER_SIGN = r"(?![楼店门线院馆仓桌房厅机码铺档位公库台厂车桥])"  # 8号楼 is an address

_DAY = re.compile(
    rf"""
    (?P<iso>(?<!\d)(?P<iy>20\d\d)[ ]?[-/.年][ ]?(?P<im>\d{{1,2}})[ ]?[-/.月][ ]?(?P<id>\d{{1,2}})(?!\d)[ ]?[日号]?)
  | (?P<md>(?P<ryear>今年|明年|去年)?(?<!\d)(?P<mm>{_N})月[ ]?(?P<mday>{_N})(?!\d)(?:[日号]{_NOT_A_NUMBER_SIGN}|(?![个天月])))
  | (?P<month>(?P<rmonth>下下个?月|下个?月|这个?月|本月|当月|上个?月)的?(?P<rmday>{_N})[日号])
  | (?P<dom>(?<![\d.第:{CN_CHARS}])(?P<domd>{_N})(?P<dommore>[ ]?[、到至~\-—或和][ ]?{_N})?(?:号|日(?![用常报三之内]|期)){_NOT_A_NUMBER_SIGN})
  | (?P<slash>(?<![\d\-/.:])(?P<sm>1[0-2]|0?[1-9])[-/](?P<sd>\d{{1,2}})(?![\d\-/%]|\.\d|[:点万千元块折通个家次天人位台年月周小分成套条单wW]))
  | (?P<dot>(?<![\d\-/.:¥])(?P<dm>1[0-2]|0?[1-9])\.(?P<dd>[0-3]\d|[1-9](?=[日号]|[ ]?(?:{_PART_WORDS}|\d{{1,2}}[:点])))
        (?![\d%]|\.\d|[万千元块折亿kKwW点成米]))[日号]?
  | (?P<rel>明后天|大后天|后天|明天|明日|明儿|今天|今日|今儿|当天|大前天|前天|昨天|昨日|(?<![前以最之])后早|[明今昨](?=早|晚|上午|下午|中午))
  | (?P<week>(?P<shift>下下个?|下个?|这个?|本|上上个?|上个?)?{_WEEK}(?P<wd>{_WD}))
  | (?P<ago>(?P<agon>{_N})(?P<agou>天|日|周|个?星期|个?礼拜|个月)(?:以前|之前|前)(?!台))
  | (?P<ahead>(?:(?:再?过|隔)(?P<n1>{_N}|半)|(?P<n2>(?<![\d.{CN_CHARS}几])(?:{_N}|半)))
        (?P<unit>天|周|个?星期|个?礼拜|个月)(?P<tail>之后|以后|过后|后(?![天台面期续]))?)
    """,
    re.VERBOSE,
)
_WEEKDAY_BESIDE = re.compile(rf"[ ,]{{0,2}}\(?{_WEEK}(?P<wd>[一二三四五六日天])\)?")
_OR = r"[ ]?(?:[到至~\-—、和/及]|或者?|还是)[ ]?"
_OTHER_DAY = re.compile(rf"{_OR}(?:下?{_WEEK}{_WD}|{_N}[日号]|明天|后天|大后天)")
_OTHER_WEEKDAY = re.compile(
    rf"{_OR}(?:下?{_WEEK}{_WD}|[一二三四五六日天](?![个家通点]))|[一二三四五六日](?![个家通点])"
)
_DURATION = re.compile(
    rf"""(?:(?:再?过|隔|等)(?P<n1>{_N}|\d{{3}}|半|一刻)|(?P<n2>(?<![\d.:{CN_CHARS}几])(?:{_N}|\d{{3}}|半|一刻)))
    个?(?P<half>半)?(?P<unit>分钟|分|刻钟|小时|钟头|钟|min|h)(?P<half2>半)?(?P<tail>之后|以后|过后|后(?![天台面期续])|(?=再[打联聊回电拨]))?""",
    re.VERBOSE,
)
_PART = re.compile(rf"(?P<part>{_PART_WORDS}|早(?!点|些|就|已|期|前|日|说|早|餐)|晚(?!点|些|一|期|辈|会|宴|餐))")
_FREE_PART = re.compile(rf"(?P<part>{_PART_WORDS})")
_CLOCK = re.compile(
    rf"""
    (?P<hm>(?<![\d:.])(?P<h1>\d{{1,2}}):(?P<m1>\d{{2}})(?::\d{{2}})?(?![\d:]))(?P<ampm1>[ ]?[ap]\.?m\.?(?![a-z]))?
  | (?P<ap>(?<![\d:.])(?P<h2>\d{{1,2}})[ ]?(?P<ampm2>[ap]\.?m\.?)(?![a-z]))
  | (?P<dian>(?<![:.])(?P<h3>{_N})(?:点钟?|时(?![间候常机不段]))
        (?P<min>半|一刻|三刻|整|\d{{1,2}}分|[零〇]?(?:[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九])分
            |\d{{2}}(?![\d%成折个万元块年月号日:点.\-/])|[二三四五]?十[一二三四五六七八九]?(?![个万块元成天])|[零〇][一二三四五六七八九])?)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_RANGE_CLOCK = re.compile(
    rf"(?P<first>\d{{1,2}}|[一二两三四五六七八九十])(?:[点时]半?)?[ ]?(?:[到至~\-—、或]|或者)[ ]?(?=(?:{_PART_WORDS})?{_N}(?:点|时(?![间候])))"
    rf"|(?P<second>[一二两三四五六七八九])(?=[二三四五六七八九]点)"
)
_RANGE_TAIL = re.compile(
    rf"[ ]?(?:[到至~\-—、或]|或者)[ ]?(?:{_PART_WORDS})?[ ]?(?:\d{{1,2}}:\d{{2}}|{_N}(?:点|时(?![间候]))(?:半|一刻|三刻)?)(?:之间|前后|左右)?"
)
_AROUND = re.compile(r"[ ]?(?:左右|前后|之前|以前|之后|以后|过后|多|钟|整|前(?![台面期天几])|后(?![天台面期续]))")
_DAY_TAIL = re.compile(r"[ ]?(?:左右|前后|之前|以前|之后|以后|前(?![台面期天])|后(?![天台面期续]))")
_NOT_AN_HOUR = re.compile(r"(?:[ ]?)(?:建议|要求|意见|疑问|问题|原因|顾虑|需求|不满|理由|想法|左右?的?利|优惠|利)")
_LITTLE_BEFORE = re.compile(r"(?:^|[\s,。;!?、:(\-\x00]|[约在到等])$")  # 一点 after anything else means "a little"

_FAR_VAGUE = (
    rf"改天|改日|改期|择日|过几天|[过等隔]两天|今明两天|这一两天|过两三天|过些天|过些日子|过阵子|过一阵|过段时间|过一段时间|隔几天|(?:[两三][三五]|十几|几)天后|(?:{_N})[-~到至、](?:{_N})(?:天|周|个?星期|个?礼拜|个?月|个?小时|分钟)(?:之后|以后|后)"
    r"|(?:这个?|本|当|下下个?|下个?|上个?)?月[底末初中](?:旬|的时候)?|[上中下]旬"
    rf"|(?<!\d){_N}月(?:份|底|末|初|中旬|中|上旬|下旬)?(?![\d{CN_CHARS}])"
    rf"|(?:下下个?|下个?|这个?|本|上上个?|上个?){_WEEK}末?|周末|星期末"
    r"|(?:下下个?|下个?|这个?|本|上个?)月|(?:下个?|这个?|本|上个?)季度|[上下]半年|年[底末初后前]|明年|后年|来年|开年"
    r"|(?:过完?|等)年(?:后|以后|之后)?|(?:春节|国庆节?|元旦|五一|中秋节?|端午节?|清明节?|假期|节|放假)(?:之|以)?[后前](?![台面])"
    r"|过完?(?:春节|国庆|元旦|五一|中秋|端午|节)|最近|近期|近几天|这几天|这两天|几天后|几个月后|以后|今后|到时候?"
)
_NEAR_VAGUE = (
    r"有空|有时间|得闲|得空|空了|闲了|晚点儿?|晚些时候|晚些|晚一点|迟点|稍后|稍晚|待会儿?|等会儿?|等一会儿?|等下(?!周|个|月|礼|星)|一会儿?|过会儿?"
    r"|回头|下次|随时|饭后|下班[前后]|午休后|开完会|忙完|尽快|马上"
)
_VAGUE = re.compile(rf"(?P<far>{_FAR_VAGUE})|(?P<near>{_NEAR_VAGUE})")
_RECURRING = re.compile(
    rf"(?:每天|每日|每个?{_WEEK}{_WD}?|每个?月{_N}[号日]|天天|{_WEEK}{_WD}[到至~\-—]{_WEEK}?{_WD})(?:的?(?:{_PART_WORDS}))?"
)
_SAID_AS_PAST = re.compile(
    r"[^\s,。;!?、]{0,3}(?:打过|聊过|联系过|说过|见过|来过|谈过|约过|签过|打的|聊的|谈的|说的|打了|聊了|签的|签了)"
)


# --- Reading ----------------------------------------------------------------------------------------------------------


def scan(text: str, now: datetime, habits: Habits = HABITS, *, past: bool = False) -> tuple[Moment, ...]:
    """Every expression of time in `text`, in order, none overlapping. `past` prefers the latest day that has been
    (18号 as a signing date). Linear in the length of the text; `now` must be aware."""
    line = in_chinese(fold(text))
    return tuple(_with_filler(line, moment) for moment in _scan(line, now, habits, past=past))


def _with_filler(line: str, moment: Moment) -> Moment:
    """The moment with the whole of its English words, which are longer than the Chinese that stands for them."""
    start, end = moment.span
    while start and line[start - 1] == FILLER:
        start -= 1
    return replace(moment, span=(start, end))


def parse_when(text: str, now: datetime, habits: Habits = HABITS) -> When | None:
    """The first moment of `text` that lies after `now`, else None (nothing said, vague, past, impossible)."""
    for moment in scan(text, now, habits):
        if moment.kind is Kind.FUTURE and moment.at is not None:
            return When(moment.at, moment.has_clock, moment.span)
    return None


def parse_day(text: str, now: datetime, *, past: bool = True) -> Day | None:
    """The first day that `text` names: with `past` the latest such day that is not after today (a signing date:
    18号, 周五, 昨天), without it the coming one (a day of leave). None for vague and impossible ones."""
    for moment in scan(text, now, past=past):
        if moment.at is not None and not _is_clock_only(text, moment):
            return Day(moment.at.date(), moment.span)
    return None


def _is_clock_only(text: str, moment: Moment) -> bool:
    said = in_chinese(fold(text[slice(*moment.span)])).lstrip(FILLER)
    return _DAY.match(said) is None


def _scan(text: str, now: datetime, habits: Habits, *, past: bool) -> Iterator[Moment]:
    position = 0
    for match in _ANY.finditer(text):
        if match.start() < position:
            continue
        found = _read_at(text, match.start(), now, habits, past=past)
        if found is not None:
            position = max(found.span[1], match.start() + 1)
            yield found


def _read_at(text: str, start: int, now: datetime, habits: Habits, *, past: bool) -> Moment | None:
    """The expression that begins at `start`, longest reading first; None if it only looked like one."""
    if recurring := _RECURRING.match(text, start):
        return Moment(Kind.VAGUE, recurring.span())
    if (duration := _DURATION.match(text, start)) and (moment := _after(duration, now)):
        return moment
    if vague := _VAGUE.match(text, start):
        end = vague.end()
        day = _DAY.match(text, start)
        if day is None or day.end() <= end:
            if vague["far"]:  # 下周下午3点 is as vague as 下周
                end = _skip_hours(text, end)
            return Moment(Kind.VAGUE, (start, end))
    if day := _DAY.match(text, start):
        return _from_day(text, day, now, habits, past=past)
    if part := _FREE_PART.match(text, start):
        return _from_hours(text, start, part.end(), part["part"], now, habits, past=past)
    return _from_hours(text, start, start, None, now, habits, past=past)


def _after(match: re.Match[str], now: datetime) -> Moment | None:
    """半小时后, 过10分钟, 一个半小时以后: an exact instant, cut to the minute."""
    if match["tail"] is None and not match["n1"]:
        return None
    said = match["n1"] or match["n2"]
    unit = match["unit"]
    if unit == "钟" or (said == "一刻" and unit not in {"钟", "刻钟"}):
        return None
    minutes = {"分钟": 1, "分": 1, "min": 1, "刻钟": 15}.get(unit, 60)
    count = 0 if said == "半" else (to_int(said) or 0)
    total = count * minutes + (minutes // 2 if said == "半" or match["half"] or match["half2"] else 0)
    if total <= 0:
        return None
    later = (now.astimezone(UTC) + timedelta(minutes=total)).astimezone(now.tzinfo)
    return Moment(Kind.FUTURE, match.span(), later.replace(second=0, microsecond=0), has_clock=True)


def _skip_hours(text: str, end: int) -> int:
    gap = _GAP_DAY.match(text, end)
    at = gap.end() if gap else end
    if part := _FREE_PART.match(text, at):
        at = end = part.end()
    if (clock := _CLOCK.match(text, at)) and not _NOT_AN_HOUR.match(text, clock.end()):
        end = clock.end()
    return end


@dataclass(frozen=True, slots=True)
class _Date:
    """A day as said: `on` None when there is no such day; `fixed` when it may not move to the coming one."""

    on: date | None
    fixed: bool = True
    step: int = 0  # days to the coming one (7 for a weekday); 0: the coming month


def _from_day(text: str, match: re.Match[str], now: datetime, habits: Habits, *, past: bool) -> Moment | None:
    said = _date_of(match, now.date(), past=past)
    if said is None:
        return None
    end, rough, mismatch = match.end(), False, False
    if not match["week"] and (beside := _WEEKDAY_BESIDE.match(text, end)):
        mismatch = said.on is not None and said.on.weekday() != _WEEKDAYS[beside["wd"]]
        end = beside.end()
    elif other := (_OTHER_WEEKDAY if match["week"] else _OTHER_DAY).match(text, end):
        end, rough = other.end(), True
    rough = rough or bool(match["dommore"]) or match["rel"] == "明后天"
    if said.on is None or mismatch:
        return Moment(Kind.IMPOSSIBLE, (match.start(), _skip_hours(text, end)))
    gap = (_GAP_DAY if said.on >= now.date() or not said.fixed else _GAP_PAST).match(text, end)
    at = gap.end() if gap else end
    part = _PART.match(text, at)
    inner = _GAP_PART.match(text, part.end()) if part else None
    hours = _hours(text, inner.end() if inner else at, part["part"] if part else None, habits)
    if part and hours is None:
        end = part.end()
    if hours is not None:
        end, rough = hours.end, rough or hours.rough
        if hours.clock is None:
            return Moment(Kind.IMPOSSIBLE, (match.start(), end))
    elif tail := _DAY_TAIL.match(text, end):
        end = tail.end()
    clock = hours.clock if hours else None
    if clock is None:
        clock = time(_PARTS[part["part"]]) if part else habits.morning
    extra = hours.next_day if hours else 0
    return _place(
        text, said, clock, extra, (match.start(), end), now, rough=rough, has_clock=hours is not None, past=past
    )


def _from_hours(
    text: str, start: int, at: int, part: str | None, now: datetime, habits: Habits, *, past: bool
) -> Moment | None:
    """A part of the day or a clock without a day: today or, for a clock that is over, tomorrow."""
    gap = _GAP_PART.match(text, at) if part else None
    hours = (
        None if part is None and _inside_a_number(text, start) else _hours(text, gap.end() if gap else at, part, habits)
    )
    if hours is None:
        if part is None:
            return None
        return _place(
            text, _Date(now.date()), time(_PARTS[part]), 0, (start, at), now, rough=False, has_clock=False, past=past
        )
    if hours.clock is None:
        return Moment(Kind.IMPOSSIBLE, (start, hours.end))
    if part is None and hours.little and not _LITTLE_BEFORE.search(text[max(0, start - 1) : start]):
        return None
    said = _Date(now.date(), fixed=False, step=1)
    return _place(
        text, said, hours.clock, hours.next_day, (start, hours.end), now, rough=hours.rough, has_clock=True, past=past
    )


def _inside_a_number(text: str, start: int) -> bool:
    """A figure in front makes it another number: 几十点, 1.5点, 第3点."""
    return start > 0 and text[start - 1] in CN_CHARS + "0123456789.:几第"


@dataclass(frozen=True, slots=True)
class _Hours:
    clock: time | None  # None: no such hour
    end: int
    next_day: int = 0
    rough: bool = False
    little: bool = False  # a bare 一点, which is more often "a little"


def _hours(text: str, at: int, part: str | None, habits: Habits) -> _Hours | None:
    rough = False
    start = at
    first: str | None = None
    if ranged := _RANGE_CLOCK.match(text, at):
        first, at, rough = ranged["first"] or ranged["second"], ranged.end(), True
        if inner := _FREE_PART.match(text, at):
            at = inner.end()
    match = _CLOCK.match(text, at)
    if match is None or _NOT_AN_HOUR.match(text, match.end()):
        return None
    end = match.end()
    if tail := _RANGE_TAIL.match(text, end):
        end, rough = tail.end(), True
    if around := _AROUND.match(text, end):
        end = around.end()
    typed = first or match["h1"] or match["h2"] or match["h3"]
    hour = to_int(typed)
    minute = _minute(match) if first is None else 0
    ampm = (match["ampm1"] or match["ampm2"] or "").replace(".", "").strip().lower()
    if ampm:
        part = "上午" if ampm == "am" else "下午"
    if hour is None or minute is None or hour > 24 or (hour == 24 and minute):
        return _Hours(None, end)
    literal = len(typed) == 2 and typed[0] == "0"
    hour, next_day = _hour(hour, part, habits, literal=literal)
    little = match["h3"] == "一" and match["min"] is None and text[start : start + 2] == "一点"
    return _Hours(time(hour, minute), end, next_day, rough, little)


def _minute(match: re.Match[str]) -> int | None:
    if match["hm"]:
        minute: int | None = int(match["m1"])
    else:
        said = (match["min"] or "").removesuffix("分") if match["dian"] else ""
        minute = {"": 0, "整": 0, "半": 30, "一刻": 15, "三刻": 45}.get(said, to_int(said) if said else 0)
    return minute if minute is not None and minute < 60 else None


def _hour(hour: int, part: str | None, habits: Habits, *, literal: bool) -> tuple[int, int]:
    """The hour of the day and how many days later (晚上12点 is the end of that day)."""
    if hour == 24:
        return 0, 1
    if part is None:
        if literal or not 1 <= hour < habits.bare_hour_from or hour + 12 > habits.bare_hour_to:
            return hour, 0
        return hour + 12, 0
    if part in _MORNING:
        return (0 if part == "凌晨" and hour == 12 else hour), 0
    if part in {"中午", "正午"}:
        return (hour + 12 if hour <= 3 else hour), 0
    if hour == 12 and part in {"晚上", "晚间", "夜里", "夜晚", "晚"}:
        return 0, 1
    return (hour + 12 if 1 <= hour < 12 else hour), 0


def _date_of(match: re.Match[str], today: date, *, past: bool) -> _Date | None:
    """The day a match of `_DAY` names."""
    if match["iso"]:
        return _Date(_day(int(match["iy"]), int(match["im"]), int(match["id"])))
    if match["md"] or match["slash"] or match["dot"]:
        month = to_int(match["mm"] or match["sm"] or match["dm"])
        day = to_int(match["mday"] or match["sd"] or match["dd"])
        named = _month_day(month or 0, day or 0, match["ryear"], today, past=past)
        return None if match["dot"] and named.on is None else named  # 12.50 is a price
    if match["month"]:
        shift = {"下下": 2, "下": 1, "上": -1}.get(match["rmonth"].rstrip("月").rstrip("个"), 0)
        year, month = _shift_month(today.year, today.month, shift)
        return _Date(_day(year, month, to_int(match["rmday"]) or 0))
    if match["dom"]:
        return _day_of_month(to_int(match["domd"]) or 0, today, past=past)
    if match["rel"]:
        return _Date(today + timedelta(days=_REL_DAYS[match["rel"].removesuffix("早") or match["rel"]]))
    if match["week"]:
        return _weekday(match["shift"], _WEEKDAYS[match["wd"]], today, past=past)
    if match["ago"]:
        count = to_int(match["agon"]) or 0
        unit = match["agou"]
        if unit == "个月":
            return _Date(_clamped(today, -count))
        return _Date(today - timedelta(days=count * (7 if unit[-1] in "周期拜" else 1)))
    if not (match["tail"] or match["n1"]):
        return None
    return _days_ahead(match, today)


def _days_ahead(match: re.Match[str], today: date) -> _Date | None:
    """3天后, 一周后, 半个月后, 过三天. 过两天 is an idiom for "some day soon" and is read as vague before."""
    said, unit = match["n1"] or match["n2"], match["unit"]
    if said == "半":
        return _Date(today + timedelta(days=15)) if unit == "个月" else None
    count = to_int(said) or 0
    if not count:
        return None
    if unit == "个月":
        return _Date(_clamped(today, count))
    return _Date(today + timedelta(days=count * (1 if unit == "天" else 7)))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shift_month(year: int, month: int, by: int) -> tuple[int, int]:
    index = year * 12 + month - 1 + by
    return index // 12, index % 12 + 1


def _clamped(day: date, months: int) -> date:
    """The same day `months` later, or the last one of that month."""
    year, month = _shift_month(day.year, day.month, months)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


_HALF_YEAR = 183  # days: a date without a year that is further ahead was meant as one that has been


def _month_day(month: int, day: int, year_word: str | None, today: date, *, past: bool) -> _Date:
    if year_word:
        return _Date(_day(today.year + {"今年": 0, "明年": 1, "去年": -1}[year_word], month, day))
    this = _day(today.year, month, day)
    if this is None:
        leap = month == 2 and day == 29
        return _Date(_day(today.year + 1, month, day) if leap and not past else None)
    if past:
        return _Date(this if this <= today else _day(today.year - 1, month, day))
    if this < today and (coming := _day(today.year + 1, month, day)) and (coming - today).days <= _HALF_YEAR:
        return _Date(coming)
    return _Date(this)


def _day_of_month(day: int, today: date, *, past: bool) -> _Date | None:
    if day > 31:
        return None  # 88号 is no date at all
    this = _day(today.year, today.month, day)
    if past:
        if this is not None and this <= today:
            return _Date(this)
        return _Date(_day(*_shift_month(today.year, today.month, -1), day))
    return _Date(this, fixed=False)


def _weekday(shift: str | None, weekday: int, today: date, *, past: bool) -> _Date:
    monday = today - timedelta(days=today.weekday())
    if shift is None:
        day = monday + timedelta(days=weekday)
        if past and day > today:
            day -= timedelta(days=7)
        return _Date(day, fixed=past, step=7)
    weeks = {"下下": 2, "下": 1, "上": -1, "上上": -2}.get(shift.removesuffix("个"), 0)
    return _Date(monday + timedelta(days=weekday + 7 * weeks))


def _place(
    text: str,
    said: _Date,
    clock: time,
    extra: int,
    span: tuple[int, int],
    now: datetime,
    *,
    rough: bool,
    has_clock: bool,
    past: bool,
) -> Moment:
    """Put the day and the hour together, and move on to the coming one where speech means that."""
    day = said.on
    assert day is not None
    at = _at(day, clock, extra, now)
    rolled = False
    if at <= now and not said.fixed and not past:
        if _SAID_AS_PAST.match(text, span[1]):
            return Moment(Kind.PAST, span, at, has_clock, rough)
        moved = day + timedelta(days=said.step) if said.step else _next_month(day)
        if moved is None:
            return Moment(Kind.IMPOSSIBLE, span)
        at, rolled = _at(moved, clock, extra, now), True
    kind = Kind.FUTURE if at > now else Kind.PAST
    return Moment(kind, span, at, has_clock, rough, rolled)


def _next_month(day: date) -> date | None:
    year, month = _shift_month(day.year, day.month, 1)
    return _day(year, month, day.day)


def _at(day: date, clock: time, extra: int, now: datetime) -> datetime:
    return datetime.combine(day + timedelta(days=extra), clock, tzinfo=now.tzinfo)


_ANY = re.compile(
    rf"{_RECURRING.pattern}|(?:再?过|隔|等)?(?:{_N}|\d{{3}}|半|一刻)个?半?(?:分钟|分|刻钟|小时|钟头|min|h)"
    rf"|{_FAR_VAGUE}|{_NEAR_VAGUE}|{_PART_WORDS}|[今明昨](?=[天日早晚儿上下中后])|大?[后前]天|后早|当天|今年|明年|去年"
    rf"|(?:再?过|隔|等)(?={_N}|半)|(?:下下|下|这|本|上上|上)个?(?={_WEEK}|月)|{_WEEK}|本月|当月|半(?=个月)|{_N}"
)
