"""Where a text may be cut: never inside what is one sign on a screen, never inside a figure, a number or a word.

Half an amount is another amount; half an emoji is another picture.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 64  # characters of a figure or a word that are kept together; a longer one is cut like any text
_JOINER = "\u200d"
# 5,000.00  3.5万  -12%  ¥800  22:05  W-2026-47-005  138****8000  a.b@c.de  don't
_FIGURE = re.compile(
    r"[-+−]?[¥￥$€]?[0-9０-９A-Za-zÀ-ɏ\u0300-\u036f*＊]+(?:[.,:/_@'’+\-–~．，：][0-9０-９A-Za-zÀ-ɏ\u0300-\u036f*＊]+)*[万千百亿%％‰]*"
)


def _one_sign(text: str, place: int) -> bool:
    """Do the characters around `place` make one sign together?"""
    before, after = text[place - 1], text[place]
    if _JOINER in {after, before} or unicodedata.category(after)[0] == "M":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":  # skin; a region's flag
        return True
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True
    return _flag(before) and _flag(after) and _flags_before(text, place) % 2 == 1


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, place: int) -> int:
    """How many halves of flags stand right before `place`: two of them are one."""
    count = 0
    while place - count > 0 and _flag(text[place - count - 1]):
        count += 1
    return count


def place(text: str, end: int, start: int = 0) -> int:
    """The last place behind `start` and not behind `end` where the text may be cut; `end` where there is none."""
    if end >= len(text):
        return len(text)
    found = end
    low = max(start, end - LONGEST)
    for figure in _FIGURE.finditer(text, low, min(len(text), end + LONGEST)):
        if figure.start() < end < figure.end():
            found = figure.start() if figure.start() > low else end
            break
    while found > start and _one_sign(text, found):
        found -= 1
    return found if found > start else end


def short(text: str, most: int) -> str:
    """The text in at most `most` characters; one that is cut ends with an ellipsis."""
    if len(text) <= most:
        return text
    return text[: place(text, most - 1)].rstrip() + "…"
