"""One line about a call, understood: `记 李总 13800138000 有意向70% 下周二10点 要方案`.

Order of reading: number, time, stage, intention, outcome, name; each takes its characters out of the line and what is
left, in the typed order, is the note. What is only half understood (月底, 3-4点, a number of the wrong length) stays in the
note, so that nothing typed is lost. A line never fails: what could not be read is a `Problem` of the draft.

Stages (001, doc 3): 0 陌开, 1 回访1, 2 回访2 …; the third contact is 回访2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.rules import names
from core.rules.names import clean_name, clean_text, is_plain_name
from core.rules.numerals import CN_CHARS, fold, listed, to_int
from core.rules.outcomes import (
    DELIMITERS,
    HARD,
    OUTCOMES,
    SOON,
    VAGUE,
    Outcome,
    OutcomeLike,
    Said,
    Vocabulary,
    decide,
    vocabulary,
)
from core.rules.phones import PhoneHit, label_before, scan_phone
from core.rules.problems import Problem
from core.rules.tallies import Counts, Tally, looks_like_counts, parse_counts
from core.rules.when import HABITS, Habits, Kind, Moment, scan

__all__ = [
    "OUTCOMES",
    "CallDraft",
    "Counts",
    "Outcome",
    "Tally",
    "looks_like_call",
    "looks_like_counts",
    "looks_like_deal",
    "parse_call",
    "parse_counts",
    "vocabulary",
]

MAX_STAGE = 20
MAX_READ = 600  # characters that are looked at; nobody says who and when after that, the rest goes to the note as typed


@dataclass(frozen=True, slots=True)
class CallDraft:
    """What a line said. None where nothing was said; `intention` 0–100, `next_contact` aware and in the future.

    `suggestions` are codes of outcomes worth offering when `outcome` is None, the likeliest first. The `seen` of a
    problem is also in the note.
    """

    phone: str | None = None
    name: str | None = None
    outcome: str | None = None
    intention: int | None = None
    stage: int | None = None
    next_contact: datetime | None = None
    note: str | None = None
    problems: tuple[Problem, ...] = ()
    suggestions: tuple[str, ...] = ()


_PREFIX = re.compile(
    r"\s*(?:/call(?:@\w+)?|记一?[个下笔]?(?:电话|通话|呼叫)|记一?[下笔]|记录一?下?(?=[\s:])|记(?![得者账住性忆错不录号名账过事])|log(?=\s)|call(?=\s))[\s:,。]*",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:客户姓名|客户名称?|客户|姓名|联系人|称呼|通话结果|结果|状态|阶段|下次联系时间|下次联系|下次回访|下次跟进|下次时间|下次|回访时间|时间|备注|情况|说明|记录)[ ]?:"
)
_GAP = r"[\s:=]{0,2}"
_AMOUNT_WORDS = r"(?:大概|降到|升到|提到|只有|还有|大约|约|差不多|有|在|是|为|到)?"
_FIGURE = rf"(?:(?P<num>-?\d{{1,3}})(?![\d.点:月号日个家套条单万千元块年天次位折Kkw]|成)|(?P<cheng>\d|[一二三四五六七八九十])成(?P<ban>半|五)?(?![交单了功绩本员])|百分之(?P<cn100>[{CN_CHARS}]{{1,4}}|\d{{1,3}})|(?P<cn>[{CN_CHARS}]{{2,4}}|一百)(?![{CN_CHARS}个家套条单点月号]))"
_INTENTION = re.compile(
    rf"(?P<word>有?(?:意向|意愿)(?:度|值|率|程度)?){_GAP}{_AMOUNT_WORDS}{_GAP}{_FIGURE}"
    r"(?P<range>[ ]?[-~到至—][ ]?\d{1,3})?[ ]?(?:%|分(?![钟])|个点)?(?:左右|以上|吧)?"
)
_PERCENT = re.compile(
    rf"(?<![\d.\-])(?P<num>\d{{1,3}})(?P<range>[ ]?[-~到至—][ ]?\d{{1,3}})?[ ]?%(?:左右|以上|的?(?:把握|意向度?|希望|可能性?|几率|概率|机会))?"
    rf"|(?P<cheng>\d|[一二三四五六七八九十])成(?P<ban>半|五)?(?:左右|以上|的?(?:把握|意向度?|希望|可能性?|几率|概率|机会))?(?![\u4e00-\u9fff\d])"
    rf"|百分之(?P<cn100>[{CN_CHARS}]{{1,4}}|\d{{1,3}})(?:左右|以上|的?(?:把握|意向度?|希望|可能性?|几率|概率|机会))?"
)
_ALONE_BEFORE = re.compile(
    rf"(?:^|[{DELIMITERS}.\x02\x03]|有|大概|大约|约|差不多|意向|意愿|把握|希望|可能性?|[一已义易以意][项像象想响相向])$"
)
_STAGE = re.compile(
    rf"(?P<cold>陌开|陌拜|陌call|首拨|首呼|首访|初访|(?:首次|第[一1]次)(?=[\s,。;:\x00]|$)|首次拨打|首次联系|第[一1]次(?:联系|拨打|打|通话|沟通))"
    rf"|第[ ]?(?P<nth>\d{{1,2}}|[{CN_CHARS}]{{1,3}})[ ]?次(?P<what>回访|联系|拨打|打(?!开|折)|通话|沟通|跟进)(?:了|的)?"
    rf"|(?P<first>首次)回访"
    rf"|(?<![\d{CN_CHARS}第周期拜])(?P<before>\d{{1,2}}|[一二三四五六七八九十])次?回访(?![\d{CN_CHARS}])"
    rf"|回访[ ]?(?:第[ ]?)?(?P<after>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})(?![\d%.个家位名通人点月号日天下成万批周{CN_CHARS}]|小时|分钟)(?:(?<!一)次了?|次了)?"
    rf"|(?<![\d{CN_CHARS}第周期拜])(?P<fang>[一二三四五六])访(?![问谈客])"
)
_DELIMITER = re.compile(rf"[{DELIMITERS}]|(?<!\d)\.|\.(?!\d)")
_FILLER = re.compile(
    r"(?:客户|对方|人家|说是|说|讲|表示|让我|让|叫我|要我|喊我|要求|请我|我们|我|他|她|您|了|的|啦|吧|啊|呢|呀|哦|嘛|约好了?|约了|约在|已约|约|成功|号码|定在|定了|定|在|到|给|跟|和|与|去|来|就|先"
    r"|很|比较|非常|有点|有些|挺|蛮|还是|还有|还|又|再|都|直接|电话|打过去|打过来|打给|打电话|打了|打|联系|提醒我?|结果|今天|刚才|刚刚|刚|现在|一直|已经|已|是|大概|左右"
    r"|前|后|之后|以后|会|时间|谢谢|这个|那边|这边|目前|暂时|明确|一下|着|过|一句话?)*+"
)
_LOOSE_FILLER = frozenset(
    listed("约 约了 约好 约好了 说 说是 让我 叫我 客户 打给 给 跟 和 在 了 的 吧 打 结果 于 谢谢")
)
_APPOINTED = re.compile(rf"(已?约好?了?在?){SOON}")
_HEAD_PARTICLES = re.compile(r"^(?:[的了吧啊呢呀哦,、;]|那边(?=.))+")
_TAIL_PARTICLES = re.compile(r"[,、;:]+$")
_CONTACT = re.compile(
    r"[^,。;!?\s]{0,6}?(?:再|约|打(?![印折款])|联系|聊|回电|回访|回复|见|谈|上门|拜访|来公司|沟通|跟进|电话|提醒|碰|过去|到访|来访|邀|通话)"
)
_CONTACT_BEFORE = re.compile(r"(?:约好?了?在?|改到|改约|推到|定在|定到|等到?|回访|下次|回电)\s?$")
_STATES = re.compile(
    r"[\s]?(?:才|要|都|就|又|还|会|全天)?(?:出差|开会|放假|休息|开业|到期|结婚|搬家|回来|回国|不在|没空|没时间|有会|装修|停业|考试|体检|忙|开学|生日|到货|发货|交货|上班|营业|开门|过来拿|不方便|不行|不上班|没接|未接|没人接|没打通|没通|挂了|签了|成交|没回|打过|聊过|联系过|见过|来过|签的|打的)"
)
_REFUSED_BEFORE = re.compile(r"(?:别|不要|不用|不能|不是|除了|不方便)$")
_TO_CONTACT = (
    r"[^,。;!?\s\x00\x02\x03]{0,4}?(?:再?打(?![印折款包扫样算开听发造定])|再?联系|再?聊|再?沟通|回电|回访|跟进|致电|通话|通电话|call"
    r"|给[^,。;\s]{0,3}[打回](?:电话|复)?|再[说讲谈看议约电拨])"
)
_CALL_AGAIN = re.compile(rf"[{SOON}{VAGUE}]+{_TO_CONTACT}")
_NAME_LEADS = re.compile(
    r"^(?:客户|联系人|姓名|打给|给|跟|和|联系|回访|致电|约|回|找|老客户|新客户|意向客户|今天|刚才|刚刚|上午|下午|叫|姓|是)+(?=.{2})"
)
_NAME_TAILS = re.compile(
    r"(?:说是?|讲|让我?|叫我?|要求|表示|那边|这边|想要?|要|的|也|还|又|在|就|已经?|直接|电话|手机|觉得|嫌|你好|的电话)$"
)
_NAME_BEFORE_VERB = re.compile(
    r"^(?P<name>[\u4e00-\u9fff]{2,4}?)(?=说|让我|叫我|要[方报资求看先我]|想[要看了]|嫌|问|约|觉得|表示|没时间|不方便|在忙|在开)"
)


_ZHOU = re.compile(
    r"\x00*\s*(?P<name>周[一二三四五六日天](?![打见来去谈聊回约再早晚上下中前后联拜给到有没在])[\u4e00-\u9fff])\s*\x00{11}"
)


class _Line:
    """The line while it is read: the typed text, its folded twin of the same length, and who took which character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = fold(text)
        self.masked = list(self.folded)
        self.taken: set[int] = set()
        self.zhou: tuple[int, int] | None = None  # 周一鸣: a name that reads like a weekday

    def take(self, span: tuple[int, int], sign: str = HARD) -> None:
        """These characters are understood: they leave the note and are seen by nobody else."""
        self.cover(span, sign)
        self.taken.update(range(*span))

    def cover(self, span: tuple[int, int], sign: str) -> None:
        """These characters mean something, but stay in the note."""
        self.masked[span[0] : span[1]] = sign * (span[1] - span[0])

    @property
    def view(self) -> str:
        return "".join(self.masked)


def parse_call(
    text: str, now: datetime, outcomes: Iterable[OutcomeLike] = OUTCOMES, habits: Habits = HABITS
) -> CallDraft:
    """Understand one line. `now` is aware; `next_contact` is in its zone. Never raises, whatever was typed."""
    words = vocabulary(outcomes)
    typed = clean_text(text)
    line = _Line(typed[:MAX_READ])
    problems: list[Problem] = []
    prefix = _PREFIX.match(line.folded)
    begin = prefix.end() if prefix else 0
    line.take((0, begin))
    for label in _LABELLED.finditer(line.folded, begin):
        line.take(label.span())
    phone = _read_phone(line, problems)
    stage = _read_stage(line, before_times=True)
    _cover_zhou(line)
    moments = scan(line.view, now, habits)
    next_contact = _read_time(line, moments, now, problems)
    stage = stage if stage is not None else _read_stage(line, before_times=False)
    intention, tied = _read_intention(line, problems)
    said, suggested = words.scan(line.view)
    said = _with_calls_again(line.view, said, words)
    outcome = decide(said)
    if (
        outcome is None
        and _means_interest(line, intention, suggested, problems, tied=tied)
        and "interested" in words.codes
    ):
        outcome = "interested"
    line_words = [word for word in said if word.code == outcome]
    if intention is not None:
        line_words += [word for word in said if word.code == "interested" and outcome != "interested"]
    if outcome == "callback" or next_contact is not None:
        line_words += [word for word in said if word.code == "callback" and outcome != "callback"]
    name, name_span = _read_name(line, said, phone, begin, explicit=prefix is not None)
    if intention:
        suggested = ["interested", "callback", *suggested]
    suggestions = [] if outcome else [code for code in (*_typos(line, words), *suggested) if code in words.codes]
    note = ((_note(line, line_words, name_span) or "") + typed[MAX_READ:]).strip() or None
    return CallDraft(
        phone=phone.e164 if phone else None,
        name=name,
        outcome=outcome,
        intention=intention,
        stage=stage,
        next_contact=next_contact,
        note=note,
        problems=tuple(problems),
        suggestions=tuple(dict.fromkeys(suggestions))[:3],
    )


def _cover_zhou(line: _Line) -> None:
    """周一鸣 in front of a number is a man and no Monday."""
    if match := _ZHOU.match(line.view):
        line.zhou = match.span("name")
        line.cover(line.zhou, "周")


# --- The parts of a line ----------------------------------------------------------------------------------------------


def _read_phone(line: _Line, problems: list[Problem]) -> PhoneHit | None:
    hit = scan_phone(line.view)
    if hit is None:
        return None
    if hit.problem is not None:
        problems.append(hit.problem)
        line.cover(hit.span, HARD)
        return None
    line.take((label_before(line.folded, hit.span[0]), hit.span[1]))
    return hit


def _read_stage(line: _Line, *, before_times: bool) -> int | None:
    """回访2 is read before the times, lest 回访2下周二 lose its figure; 回访 10点 must not become the tenth."""
    for match in _STAGE.finditer(line.view):
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


def _read_time(line: _Line, moments: Sequence[Moment], now: datetime, problems: list[Problem]) -> datetime | None:
    """The next contact: the first future time that is tied to a word of contact, else the first that stands freely."""
    view = line.view
    free: Moment | None = None
    tied: Moment | None = None
    for moment in moments:
        if moment.kind is Kind.VAGUE:
            line.cover(moment.span, VAGUE)
            continue
        start, end = moment.span
        contact = bool(_CONTACT.match(view, end) or _CONTACT_BEFORE.search(view[max(0, start - 4) : start]))
        if line.folded[start:end] in _TODAY and (not contact or moment.kind is Kind.PAST):
            continue  # 今天没接 tells when, not when next
        if moment.kind is Kind.IMPOSSIBLE:
            problems.append(Problem("when.impossible", line.text[start:end]))
            line.cover(moment.span, HARD)
        elif moment.kind is Kind.PAST:
            if not _STATES.match(view, end) and _MEANT_AHEAD.match(view, end):
                problems.append(Problem("when.past", line.text[start:end]))
            line.cover(moment.span, HARD)
        elif _REFUSED_BEFORE.search(view[max(0, start - 3) : start]) or (
            _STATES.match(view, end) and not _CONTACT_AFTER_STATE.match(view, end)
        ):
            continue
        elif contact and tied is None:
            tied = moment
        elif free is None:
            free = moment
    chosen = tied or free
    if chosen is None or chosen.at is None or chosen.at <= now:
        return None
    if chosen.rough:
        line.cover(chosen.span, SOON)
    else:
        line.take(chosen.span, SOON)
    return chosen.at


_TODAY = frozenset({"今天", "今日", "今儿", "当天"})
_MEANT_AHEAD = re.compile(rf"[ ,]?(?:{_TO_CONTACT}|约|见面|上门|拜访|来公司)")
_CONTACT_AFTER_STATE = re.compile(r"[^,。;!?\s]{1,8}?(?:再|打|联系|聊|回电|约|见|谈|上门)")


def _read_intention(line: _Line, problems: list[Problem]) -> tuple[int | None, bool]:
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


def _means_interest(
    line: _Line, intention: int | None, suggested: Sequence[str], problems: Sequence[Problem], *, tied: bool
) -> bool:
    """意向70% says that they are interested unless the line says otherwise; 意向0 does not, nor 意向不大."""
    if intention is not None:
        return tied and intention > 0
    return "refused" not in suggested and not problems and bool(_BARE_INTEREST.search(line.view))


_BARE_INTEREST = re.compile(rf"(?:^|[{DELIMITERS}\x02\x03])意向(?=$|[{DELIMITERS}\x02\x03])")


def _with_calls_again(view: str, said: list[Said], words: Vocabulary) -> list[Said]:
    """A time with a word of contact (明天上午打, 月底聊) is a call back, unless those characters already say something."""
    if "callback" not in words.codes:
        return said
    found = list(said)
    for match in _CALL_AGAIN.finditer(view):
        verb = match.end() - len(match[0].lstrip(SOON + VAGUE)), match.end()
        if not any(word.span[0] < verb[1] and verb[0] < word.span[1] for word in said):
            found.append(Said("callback", view[slice(*verb)], verb))
    return sorted(found, key=lambda word: word.span)


def _typos(line: _Line, words: Vocabulary) -> list[str]:
    return [code for start, end in _clauses(line.view)[:20] for code in words.typos(line.view[start:end])]


# --- The name ---------------------------------------------------------------------------------------------------------


def _read_name(
    line: _Line, said: Sequence[Said], phone: PhoneHit | None, begin: int, *, explicit: bool
) -> tuple[str | None, tuple[int, int] | None]:
    """A name with a title anywhere; a plain one (张三) only where a name stands: first, or beside the number."""
    view = line.view
    if line.zhou is not None:
        return clean_name(line.text[slice(*line.zhou)]), line.zhou
    if (match := names.titled(view[:2000])) is not None:
        return clean_name(line.text[slice(*match.span)]) or None, match.span
    covered = list(view)
    for word in said:
        covered[word.span[0] : word.span[1]] = HARD * (word.span[1] - word.span[0])
    bare = "".join(covered)
    pieces = _clauses(bare.replace(SOON, HARD).replace(VAGUE, HARD), limit=12)
    understood = phone is not None or bool(said) or SOON in view or line.taken - set(range(begin)) != set()
    for index, (start, end) in enumerate(pieces):
        beside = phone is not None and (
            not bare[end : phone.span[0]].strip(HARD + " ,:-|/")
            if end <= phone.span[0]
            else _follows(bare, phone, start)
        )
        first = index == 0 and (understood or explicit)
        if not (beside or first):
            continue
        if span := _plain_name(bare, start, end):
            return clean_name(line.text[slice(*span)]), span
        between = explicit and first and phone is not None and end <= phone.span[0] and beside
        if between and _is_called(bare[start:end]):
            return clean_name(line.text[start:end]), (start, end)
    return None, None


def _follows(bare: str, phone: PhoneHit, start: int) -> bool:
    return start >= phone.span[1] and not bare[phone.span[1] : start].strip(HARD + " ,:-|/")


def _plain_name(bare: str, start: int, end: int) -> tuple[int, int] | None:
    word = bare[start : min(end, start + 30)]
    lead = _NAME_LEADS.match(word)
    if lead:
        start, word = start + lead.end(), word[lead.end() :]
    for candidate in (word, _NAME_TAILS.sub("", word)):
        if is_plain_name(candidate):
            return start, start + len(candidate)
    if (verb := _NAME_BEFORE_VERB.match(word)) and is_plain_name(verb["name"]):
        return start, start + verb.end("name")
    return None


def _is_called(word: str) -> bool:
    """Between 记 and the number stands whom they called, even if it is a shop: 记 火锅店 13800138000."""
    return (
        2 <= len(word) <= 8 and not re.search(r"[的了吗呢吧不没让给说就也还在\d]", word) and word not in _LOOSE_FILLER
    )


# --- The note ---------------------------------------------------------------------------------------------------------


def _clauses(view: str, limit: int = 0) -> list[tuple[int, int]]:
    """Where the pieces between delimiters stand; at most `limit` of them if given."""
    pieces: list[tuple[int, int]] = []
    start = 0
    for match in _DELIMITER.finditer(view):
        if match.start() > start:
            pieces.append((start, match.start()))
            if limit and len(pieces) >= limit:
                return pieces
        start = match.end()
    if start < len(view):
        pieces.append((start, len(view)))
    return pieces


def _note(line: _Line, words: Sequence[Said], name_span: tuple[int, int] | None) -> str | None:
    """What is left of the line. Clause by clause: one that is wholly understood goes, the others keep their words."""
    view = line.view
    by_clause = sorted(words, key=lambda word: word.span)
    by_clause_spans = [word.span for word in by_clause]
    kept: list[tuple[int, int, str]] = []
    index = 0
    anything = bool(line.taken) or bool(words) or name_span is not None
    for start, end in _note_clauses(view, line, [*by_clause_spans, *([name_span] if name_span else [])]):
        inside = []
        while index < len(by_clause) and by_clause[index].span[0] < end:
            if by_clause[index].span[0] >= start:
                inside.append(by_clause[index])
            index += 1
        if rest := _rest_of_clause(line, view, start, end, inside, name_span, anything=anything):
            kept.append((start, end, rest))
    return _joined(line.text, kept)


def _note_clauses(view: str, line: _Line, whole: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Clauses of the note: like `_clauses`, but covered characters that were not taken stay part of theirs, and what is
    one word (`whole`: Mr Li, no answer) is not split."""
    shown = list(view)
    for i, char in enumerate(view):
        if char in HARD + VAGUE and i not in line.taken:
            shown[i] = "x"
    for start, end in whole:
        shown[start:end] = ["x" if char != HARD else char for char in shown[start:end]]
    return _clauses("".join(shown))


def _rest_of_clause(
    line: _Line,
    view: str,
    start: int,
    end: int,
    words: Sequence[Said],
    name_span: tuple[int, int] | None,
    *,
    anything: bool,
) -> str:
    named = name_span is not None and start <= name_span[0] < end
    gone = {i for i in range(start, end) if i in line.taken}
    holes = set(gone)
    if named and name_span is not None:
        holes.update(range(*name_span))
    for word in words:
        if not word.is_informative:
            holes.update(range(*word.span))
    pieces = _runs(start, end, holes)
    content = [(a, b) for a, b in pieces if not _is_filler(line, a, b)]
    if not content:
        whole = line.folded[start:end]
        return "" if holes or (anything and whole in _LOOSE_FILLER) else line.text[start:end]
    if named and name_span is not None and not any(a < name_span[0] for a, _ in content):
        gone.update(range(start, name_span[1]))  # the name leads its clause (after 约, 给): it is said elsewhere
    if words and not any(b <= words[0].span[0] for _, b in content) and all(word.is_label for word in words):
        gone |= {i for word in words for i in range(*word.span)}
        gone.update(range(start, words[0].span[0]))
    if appointed := _APPOINTED.match(view, start, end):
        gone.update(range(*appointed.span(1)))  # 约周五来公司: what was arranged is said by the outcome and the time
    text = "".join(line.text[i] for i in range(start, end) if i not in gone)
    return _TAIL_PARTICLES.sub("", _HEAD_PARTICLES.sub("", text)) if gone else text


def _runs(start: int, end: int, holes: set[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    at: int | None = None
    for i in range(start, end):
        if i in holes:
            if at is not None:
                runs.append((at, i))
            at = None
        elif at is None:
            at = i
    if at is not None:
        runs.append((at, end))
    return runs


def _is_filler(line: _Line, start: int, end: int) -> bool:
    match = _FILLER.match("".join(line.masked[start:end]))
    return match is not None and match.end() == end - start


def _joined(text: str, kept: Sequence[tuple[int, int, str]]) -> str | None:
    """The kept clauses with what stood between them: the typed delimiters next to the first of each pair."""
    parts: list[str] = []
    for i, (start, _, rest) in enumerate(kept):
        if i:
            gap = _DELIMITERS.match(text, kept[i - 1][1], start)
            between = gap[0] if gap else ""
            parts.append("\n" if "\n" in between else between if between.strip() else " ")
        elif text[start - 1 : start] in _OPENING and start:
            parts.append(text[start - 1])
        parts.append(rest)
    if kept and text[kept[-1][1] : kept[-1][1] + 1] in _CLOSING:
        parts.append(text[kept[-1][1] : kept[-1][1] + 1])
    return _balanced("".join(parts).strip()) or None


_OPENING, _CLOSING = "([{<（【「『《“‘", ")]}>）】」』》”’"
_DELIMITERS = re.compile(r"[^\w%]*")


def _balanced(note: str) -> str:
    """Without brackets whose other half went with what was understood."""
    for pair in zip(_OPENING, _CLOSING, strict=True):
        if note.count(pair[0]) != note.count(pair[1]):
            note = note.replace(pair[0], " ").replace(pair[1], " ")
    return re.sub(r"[ \t]{2,}", " ", note).strip(" ,;，；、:：")


# --- Is it one at all? ------------------------------------------------------------------------------------------------

_QUESTION = re.compile(r"[?？]\s*$|怎么|为什么|为啥|吗\s*$|呢\s*$|是不是|能不能|可不可以|有没有人|哪[个里位]|谁")
_DEAL_START = re.compile(r"\s*(?:/deal\b|报单(?!吗|了没|流程|规则|怎么|时间|多少)|报个单)")
_ENOUGH = 60  # characters: a line about a call without a number is short; longer text is a letter


def looks_like_deal(text: str) -> bool:
    """Starts with 报单 (or /deal) and goes on."""
    match = _DEAL_START.match(fold(text[:200]))
    return match is not None and not _QUESTION.search(fold(text[-40:]))


def looks_like_call(text: str, outcomes: Iterable[OutcomeLike] = OUTCOMES, now: datetime | None = None) -> bool:
    """May a free line be taken for a call? Strong: 记 in front, or a number with an outcome, an intention, a stage, a
    name with a title, or nothing else. Weak, short lines only: a name with a title first and then an outcome or an intention.
    """
    head = clean_text(text[:1000])
    folded = fold(head)
    if looks_like_deal(head) or not folded.strip():
        return False
    prefix = _PREFIX.match(folded)
    draft = parse_call(head, now or _SOME_DAY, outcomes)
    something = draft.outcome is not None or draft.intention is not None or draft.stage is not None
    if prefix and prefix.end() and (draft.phone or draft.name or something or draft.problems):
        return True
    if draft.phone or any(problem.key.startswith("phones.length") for problem in draft.problems):
        alone = len(folded.strip()) <= 24
        return (something or draft.name is not None or alone) and not _QUESTION.search(folded)
    title = names.titled(folded)
    leads = title is not None and title.at_edge and not _BEFORE_A_NAME.sub("", folded[: title.span[0]])
    return leads and something and len(folded) <= _ENOUGH and not _QUESTION.search(folded)


_BEFORE_A_NAME = re.compile(rf"{_STAGE.pattern}|[刚才今天]*(?:打给|给|跟|联系了?|致电)|[\s,:]+")
_SOME_DAY = datetime.fromisoformat(
    "2026-01-05T12:00:00+08:00"
)  # whether a line is about a call does not depend on when
