"""One line about a call, understood: `记 李总 13800138000 有意向70% 下周二10点 要方案`.

Order of reading: number, time, stage, intention, outcome, name; each takes its characters out of the line and what is
left, in the typed order, is the note. What is only half understood (月底, 3-4点, a number of the wrong length) stays in the
note, so that nothing typed is lost. A line never fails: what could not be read is a `Problem` of the draft.

Stages (001, doc 3): 0 陌开, 1 回访1, 2 回访2 …; the third contact is 回访2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.rules import names
from core.rules.call_figures import STAGE, means_interest, read_intention, read_phone, read_stage
from core.rules.call_line import Line, clauses
from core.rules.call_names import cover_weekday_name, read_name
from core.rules.call_note import note_of
from core.rules.call_times import read_time, with_calls_again
from core.rules.names import clean_text
from core.rules.numerals import fold
from core.rules.outcomes import OUTCOMES, Outcome, OutcomeLike, Vocabulary, decide, vocabulary
from core.rules.problems import Problem
from core.rules.tallies import Counts, Tally, looks_like_counts, parse_counts
from core.rules.when import HABITS, Habits, scan

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


def parse_call(
    text: str, now: datetime, outcomes: Iterable[OutcomeLike] = OUTCOMES, habits: Habits = HABITS
) -> CallDraft:
    """Understand one line. `now` is aware; `next_contact` is in its zone. Never raises, whatever was typed."""
    words = vocabulary(outcomes)
    typed = clean_text(text)
    line = Line(typed[:MAX_READ])
    problems: list[Problem] = []
    prefix = _PREFIX.match(line.folded)
    begin = prefix.end() if prefix else 0
    line.take((0, begin))
    for label in _LABELLED.finditer(line.folded, begin):
        line.take(label.span())
    phone = read_phone(line, problems)
    stage = read_stage(line, before_times=True)
    cover_weekday_name(line)
    moments = scan(line.view, now, habits)
    next_contact = read_time(line, moments, now, problems)
    stage = stage if stage is not None else read_stage(line, before_times=False)
    intention, tied = read_intention(line, problems)
    said, suggested = words.scan(line.view)
    said = with_calls_again(line.view, said, words)
    outcome = decide(said)
    if (
        outcome is None
        and means_interest(line, intention, suggested, problems, tied=tied)
        and "interested" in words.codes
    ):
        outcome = "interested"
    line_words = [word for word in said if word.code == outcome]
    if intention is not None:
        line_words += [word for word in said if word.code == "interested" and outcome != "interested"]
    if outcome == "callback" or next_contact is not None:
        line_words += [word for word in said if word.code == "callback" and outcome != "callback"]
    name, name_span = read_name(line, said, phone, begin, explicit=prefix is not None)
    if intention:
        suggested = ["interested", "callback", *suggested]
    suggestions = [] if outcome else [code for code in (*_typos(line, words), *suggested) if code in words.codes]
    note = ((note_of(line, line_words, name_span) or "") + typed[MAX_READ:]).strip() or None
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


def _typos(line: Line, words: Vocabulary) -> list[str]:
    return [code for start, end in clauses(line.view)[:20] for code in words.typos(line.view[start:end])]


# --- Is it one at all? ------------------------------------------------------------------------------------------------

_QUESTION = re.compile(r"[?？]\s*$|怎么|为什么|为啥|吗\s*$|呢\s*$|是不是|能不能|可不可以|有没有人|哪[个里位]|谁")
_DEAL_START = re.compile(r"\s*(?:/deal\b|deal(?=\s)|报单(?!吗|了没|流程|规则|怎么|时间|多少)|报个单)")
_ENOUGH = 60  # characters: a line about a call without a number is short; longer text is a letter
_BEFORE_A_NAME = re.compile(rf"{STAGE.pattern}|[刚才今天]*(?:打给|给|跟|联系了?|致电)|[\s,:]+")
_SOME_DAY = datetime.fromisoformat(
    "2026-01-05T12:00:00+08:00"
)  # whether a line is about a call does not depend on when


def looks_like_deal(text: str) -> bool:
    """Starts with 报单 (or /deal) and goes on."""
    match = _DEAL_START.match(fold(text[:200]))
    return match is not None and not _QUESTION.search(fold(text[-40:]))


def looks_like_call(
    text: str,
    outcomes: Iterable[OutcomeLike] = OUTCOMES,
    now: datetime | None = None,
    draft: CallDraft | None = None,
) -> bool:
    """May a free line be taken for a call? Strong: 记 in front, or a number with an outcome, an intention, a stage, a
    name with a title, or nothing else. Weak, short lines only: a name with a title first and then an outcome or an intention.
    `draft`: what the line says, where it was parsed already.
    """
    head = clean_text(text[:1000])
    folded = fold(head)
    if looks_like_deal(head) or not folded.strip():
        return False
    prefix = _PREFIX.match(folded)
    draft = draft or parse_call(head, now or _SOME_DAY, outcomes)
    something = draft.outcome is not None or draft.intention is not None or draft.stage is not None
    if prefix and prefix.end() and (draft.phone or draft.name or something or draft.problems):
        return True
    if draft.phone or any(problem.key.startswith("phones.length") for problem in draft.problems):
        alone = len(folded.strip()) <= 24
        return (something or draft.name is not None or alone) and not _QUESTION.search(folded)
    title = names.titled(folded)
    leads = title is not None and title.at_edge and not _BEFORE_A_NAME.sub("", folded[: title.span[0]])
    return leads and something and len(folded) <= _ENOUGH and not _QUESTION.search(folded)
