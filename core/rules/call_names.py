"""The name in a line about a call: with a title anywhere, a plain one only where a name stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.rules import names
from core.rules.call_line import Line, clauses
from core.rules.call_note import LOOSE_FILLER
from core.rules.names import clean_name, is_plain_name
from core.rules.outcomes import HARD, SOON, VAGUE, Said
from core.rules.phones import PhoneHit

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


def cover_weekday_name(line: Line) -> None:
    """周一鸣 in front of a number is a man and no Monday."""
    if match := _ZHOU.match(line.view):
        line.zhou = match.span("name")
        line.cover(line.zhou, "周")


def read_name(
    line: Line, said: Sequence[Said], phone: PhoneHit | None, begin: int, *, explicit: bool
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
    pieces = clauses(bare.replace(SOON, HARD).replace(VAGUE, HARD), limit=12)
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
    return 2 <= len(word) <= 8 and not re.search(r"[的了吗呢吧不没让给说就也还在\d]", word) and word not in LOOSE_FILLER
