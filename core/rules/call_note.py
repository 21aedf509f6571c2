"""The note of a line about a call: what is left when all else is understood, in the typed order.

Clause by clause: one that is wholly understood goes, the others keep their words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.rules.call_line import Line, clauses
from core.rules.numerals import listed
from core.rules.outcomes import HARD, SOON, VAGUE, Said

_FILLER = re.compile(
    r"(?:客户|对方|人家|说是|说|讲|表示|让我|让|叫我|要我|喊我|要求|请我|我们|我|他|她|您|了|的|啦|吧|啊|呢|呀|哦|嘛|约好了?|约了|约在|已约|约|成功|号码|定在|定了|定|在|到|给|跟|和|与|去|来|就|先"
    r"|很|比较|非常|有点|有些|挺|蛮|还是|还有|还|又|再|都|直接|电话|打过去|打过来|打给|打电话|打了|打|联系|提醒我?|结果|今天|刚才|刚刚|刚|现在|一直|已经|已|是|大概|左右"
    r"|前|后|之后|以后|会|时间|谢谢|这个|那边|这边|目前|暂时|明确|一下|着|过|一句话?|已?接通|仍然?|依然|接了|通了|中)*+"
)
LOOSE_FILLER = frozenset(
    listed("约 约了 约好 约好了 说 说是 让我 叫我 客户 打给 给 跟 和 在 了 的 吧 打 结果 于 谢谢 已 已经")
)
_CONNECTED = frozenset(listed("接通 接通了 已接通 接了 通了"))  # says nothing more once the outcome is known
_APPOINTED = re.compile(rf"(已?约好?了?在?){SOON}")
_HEAD_PARTICLES = re.compile(r"^(?:[的了吧啊呢呀哦,、;](?!解|确|话)|那边(?=.))+")
_TAIL_PARTICLES = re.compile(r"[,、;:]+$")


def note_of(line: Line, words: Sequence[Said], name_span: tuple[int, int] | None) -> str | None:
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
        if rest := _rest_of_clause(line, view, start, end, inside, name_span, anything=anything, decided=bool(words)):
            kept.append((start, end, rest))
    return _joined(line.text, kept)


def _note_clauses(view: str, line: Line, whole: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Clauses of the note: like `clauses`, but covered characters that were not taken stay part of theirs, and what is
    one word (`whole`: Mr Li, no answer) is not split."""
    shown = list(view)
    for i, char in enumerate(view):
        if char in HARD + VAGUE and i not in line.taken:
            shown[i] = "x"
    for start, end in whole:
        shown[start:end] = ["x" if char != HARD else char for char in shown[start:end]]
    return clauses("".join(shown))


def _rest_of_clause(
    line: Line,
    view: str,
    start: int,
    end: int,
    words: Sequence[Said],
    name_span: tuple[int, int] | None,
    *,
    anything: bool,
    decided: bool,
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
        idle = whole in LOOSE_FILLER or (decided and whole in _CONNECTED)
        return "" if holes or (anything and idle) else line.text[start:end]
    if named and name_span is not None and not any(a < name_span[0] and _has_words(line, a, b) for a, b in content):
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


def _has_words(line: Line, start: int, end: int) -> bool:
    return any(char.isalnum() for char in line.text[start:end])


def _is_filler(line: Line, start: int, end: int) -> bool:
    match = _FILLER.match("".join(line.masked[start:end]))
    return match is not None and match.end() == end - start


_OPENING, _CLOSING = "([{<（【「『《“‘", ")]}>）】」』》”’"


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


_DELIMITERS = re.compile(r"[^\w%]*")


def _balanced(note: str) -> str:
    """Without brackets whose other half went with what was understood."""
    for pair in zip(_OPENING, _CLOSING, strict=True):
        if note.count(pair[0]) != note.count(pair[1]):
            note = note.replace(pair[0], " ").replace(pair[1], " ")
    return re.sub(r"[ \t]{2,}", " ", note).strip(" ,;，；、:：")
