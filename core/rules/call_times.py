"""The next contact of a line about a call, and "call again" said with a time (明天上午打, 月底聊)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from core.rules.call_line import Line
from core.rules.outcomes import HARD, SOON, VAGUE, Said, Vocabulary
from core.rules.problems import Problem
from core.rules.when import Kind, Moment

_TO_CONTACT = (
    r"[^,。;!?\s\x00\x02\x03]{0,4}?(?:再?打(?![印折款包扫样算开听发造定])|再?联系|再?聊|再?沟通|回电|回访|跟进|致电|通话|通电话|call"
    r"|给[^,。;\s]{0,3}[打回](?:电话|复)?|再[说讲谈看议约电拨试])"
)
_CONTACT = re.compile(
    r"[^,。;!?\s]{0,6}?(?:再|约|打(?![印折款])|联系|聊|回电|回访|回复|见|谈|上门|拜访|来公司|沟通|跟进|电话|提醒|碰|过去|到访|来访|邀|通话)"
)
_CONTACT_BEFORE = re.compile(r"(?:约好?了?在?|改到|改约|推到|定在|定到|等到?|回访|下次|回电)\s?$")
_STATES = re.compile(
    r"[\s]?(?:才|要|都|就|又|还|会|全天)?(?:出差|开会|放假|休息|开业|到期|结婚|搬家|回来|回国|不在|没空|没时间|有会|装修|停业|考试|体检|忙|开学|生日|到货|发货|交货|上班|营业|开门|过来拿|不方便|不行|不上班|没接|未接|没人接|没打通|没通|挂了|签了|成交|没回|打过|聊过|联系过|见过|来过|签的|打的)"
)
_REFUSED_BEFORE = re.compile(r"(?:别|不要|不用|不能|不是|除了|不方便)$")
_TODAY = frozenset({"今天", "今日", "今儿", "当天", "today"})
_MEANT_AHEAD = re.compile(rf"[ ,]?(?:{_TO_CONTACT}|约|见面|上门|拜访|来公司)")
_CONTACT_AFTER_STATE = re.compile(r"[^,。;!?\s]{1,8}?(?:再|打|联系|聊|回电|约|见|谈|上门)")


def read_time(line: Line, moments: Sequence[Moment], now: datetime, problems: list[Problem]) -> datetime | None:
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


_CALL_AGAIN = re.compile(rf"[{SOON}{VAGUE}]+{_TO_CONTACT}")


def with_calls_again(view: str, said: list[Said], words: Vocabulary) -> list[Said]:
    """A time with a word of contact (明天上午打, 月底聊) is a call back, unless those characters already say something."""
    if "callback" not in words.codes:
        return said
    found = list(said)
    for match in _CALL_AGAIN.finditer(view):
        verb = match.end() - len(match[0].lstrip(SOON + VAGUE)), match.end()
        if not any(word.span[0] < verb[1] and verb[0] < word.span[1] for word in said):
            found.append(Said("callback", view[slice(*verb)], verb))
    return sorted(found, key=lambda word: word.span)
