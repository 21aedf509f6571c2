"""The figures of a line about a call: the number, the stage (回访2), the intention (意向70%, 七成)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.rules.call_line import Line
from core.rules.numerals import CN_CHARS, to_int
from core.rules.outcomes import DELIMITERS, HARD
from core.rules.phones import PhoneHit, label_before, scan_phone
from core.rules.problems import Problem

MAX_STAGE = 20
_GAP = r"[\s:=]{0,2}"
_ABOUT = r"(?:大概|大约|约|差不多)?"
_AMOUNT_WORDS = r"(?:大概|降到|升到|提到|只有|还有|大约|约|差不多|有|在|是|为|到)?"
_RANGE = r"(?P<range>[ ]?[-~到至—][ ]?\d{1,3})?"
_OF_WHAT = r"(?:左右|以上|的?(?:把握|意向度?|希望|可能性?|几率|概率|机会))?"
_TENTHS = r"(?P<cheng>\d|[一二三四五六七八九十])成(?P<ban>半|五)?"  # 七成 = 70, 七成五 = 75
_HUNDREDTHS = rf"百分之(?P<cn100>[{CN_CHARS}]{{1,4}}|\d{{1,3}})"
# A figure after 意向. What follows tells it from the hour of a call back, a count, a price: 意向3个, 有意向10点回电.
_FIGURE = (
    r"(?:(?P<num>-?\d{1,3})(?![\d.点:月号日个家套条单万千元块年天次位折Kkw]|成)"
    rf"|{_TENTHS}(?![交单了功绩本员])|{_HUNDREDTHS}"
    rf"|(?P<cn>[{CN_CHARS}]{{2,4}}|一百)(?![{CN_CHARS}个家套条单点月号]))"
)
_INTENTION = re.compile(
    rf"(?P<word>有?(?:意向|意愿)(?:度|值|率|程度)?){_GAP}{_AMOUNT_WORDS}{_GAP}{_FIGURE}{_RANGE}"
    r"[ ]?(?:%|分(?![钟])|个点)?(?:左右|以上|吧)?"
)
_PERCENT = re.compile(
    rf"{_ABOUT}(?<![\d.\-])(?P<num>\d{{1,3}}){_RANGE}[ ]?(?:%|(?=意向)){_OF_WHAT}"
    rf"|{_ABOUT}{_TENTHS}{_OF_WHAT}(?![\u4e00-\u9fff\d])"
    rf"|{_ABOUT}{_HUNDREDTHS}{_OF_WHAT}"
)
_ALONE_BEFORE = re.compile(
    rf"(?:^|[{DELIMITERS}.\x02\x03]|有|大概|大约|约|差不多|意向|意愿|把握|希望|可能性?|[一已义易以意][项像象想响相向])$"
)
_ORDINAL = r"\d{1,2}|[一二三四五六七八九十]{1,2}"
_NOT_WITHIN = rf"(?<![\d{CN_CHARS}第周期拜])"  # 周三回访 is a day
STAGE = re.compile(
    r"(?P<cold>陌开|陌拜|陌call|首拨|首呼|首访|初访|首次(?:拨打|联系)|(?:首次|第[一1]次)(?=[\s,。;:\x00]|$)"
    r"|第[一1]次(?:联系|拨打|打|通话|沟通))"
    rf"|第[ ]?(?P<nth>\d{{1,2}}|[{CN_CHARS}]{{1,3}})[ ]?次(?P<what>回访|联系|拨打|打(?!开|折)|通话|沟通|跟进)(?:了|的)?"
    r"|(?P<first>首次)回访"
    rf"|{_NOT_WITHIN}(?P<before>{_ORDINAL})次?回访(?![\d{CN_CHARS}])"
    rf"|回访[ ]?(?:第[ ]?)?(?P<after>{_ORDINAL})(?![\d%.个家位名通人点月号日天下成万批周{CN_CHARS}]|小时|分钟)(?:(?<!一)次了?|次了)?"
    rf"|{_NOT_WITHIN}(?P<fang>[一二三四五六])访(?![问谈客])"
)


def read_phone(line: Line, problems: list[Problem]) -> PhoneHit | None:
    """The number, taken with its label. What was only meant as one is a problem and stays in the note."""
    hit = scan_phone(line.view)
    if hit is None:
        return None
    if hit.problem is not None:
        problems.append(replace(hit.problem, seen=line.text[slice(*hit.span)].strip()))
        line.cover(hit.span, HARD)
        return None
    line.take((label_before(line.folded, hit.span[0]), hit.span[1]))
    return hit


def read_stage(line: Line, *, before_times: bool) -> int | None:
    """回访2 is read before the times, lest 回访2下周二 lose its figure; 回访 10点 must not become the tenth."""
    for match in STAGE.finditer(line.view):
        stage = _stage(match)
        if stage is None or stage > MAX_STAGE:
            continue
        if before_times and (match["before"] or match["fang"]):
            continue
        line.take(match.span())
        return stage
    return None


def _stage(match: re.Match[str]) -> int | None:
    if match["cold"]:
        return 0
    if match["first"]:
        return 1
    if match["nth"]:
        count = to_int(match["nth"])
        return None if not count else count if match["what"] == "回访" else count - 1
    return to_int(match["before"] or match["after"] or match["fang"])


def read_intention(line: Line, problems: list[Problem]) -> tuple[int | None, bool]:
    """0–100 and whether a figure was tied to 意向. Over 100 is a problem; of a range the lower figure counts."""
    view = line.view
    match = _INTENTION.search(view)
    tied = match is not None
    if match is None:
        match = next((m for m in _PERCENT.finditer(view) if _stands_alone(view, m)), None)
    if match is None:
        return None, False
    groups = match.groupdict()
    figure = _percentage(groups)
    if figure is None:
        return None, False
    word_end = match.end("word") if tied else match.start()
    if not 0 <= figure <= 100:
        problems.append(Problem("calls.intention_range", line.text[word_end : match.end()].strip()))
        line.cover((word_end, match.end()), HARD)
        return None, False
    if groups.get("range"):
        line.cover((word_end, match.end()), HARD)
    else:
        line.take((word_end, match.end()))
        if tied:
            line.taken.update(range(match.start(), word_end))
    return figure, tied or "意向" in match[0]


def _percentage(groups: dict[str, str | None]) -> int | None:
    if num := groups.get("num"):
        return int(num)
    if cheng := groups.get("cheng"):
        return (to_int(cheng) or 0) * 10 + (5 if groups.get("ban") else 0)
    return to_int(groups.get("cn100") or groups.get("cn") or "")


def _stands_alone(view: str, match: re.Match[str]) -> bool:
    """A bare 70% counts only where it is not the percentage of something (返点10%, 首付30%)."""
    after = view[match.end() : match.end() + 1]
    ends = not after or bool(re.match(rf"[{DELIMITERS}.\x02\x03]", after))
    qualified = bool(re.search(r"(?:把握|意向度?|希望|可能性?|几率|概率|机会)$", match[0]))
    return qualified or (
        bool(_ALONE_BEFORE.search(view[max(0, match.start() - 3) : match.start()])) and (ends or "%" in match[0])
    )


_BARE_INTEREST = re.compile(rf"(?:^|[{DELIMITERS}\x02\x03])意向(?=$|[{DELIMITERS}\x02\x03])")


def means_interest(
    line: Line, intention: int | None, suggested: Sequence[str], problems: Sequence[Problem], *, tied: bool
) -> bool:
    """意向70% says that they are interested unless the line says otherwise; 意向0 does not, nor 意向不大."""
    if intention is not None:
        return tied and intention > 0
    return "refused" not in suggested and not problems and bool(_BARE_INTEREST.search(line.view))
