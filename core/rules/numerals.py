"""Numbers as people type them: full-width, Chinese, mixed (`1万2`, `3千5`), with the `k` and `w` of chat.

Everything here is exact: `int` or `Decimal`, never float.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

CN_DIGITS = {
    **dict(zip("零〇一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    **{"两": 2, "俩": 2, "幺": 1, "○": 0},
}
CN_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000, "K": 1000}
CN_GROUPS = {"万": 10**4, "萬": 10**4, "w": 10**4, "W": 10**4, "亿": 10**8, "億": 10**8}
TENS_SIGNS = {"廿": 20, "卅": 30}

CN_CHARS = "零〇○一二两俩三四五六七八九十百千万亿廿卅壹贰叁肆伍陆柒捌玖拾佰仟萬億幺"  # for character classes
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|.", re.DOTALL)
_SPOKEN_POINT = re.compile(r"([零〇一二两三四五六七八九十]{1,3})点([零〇一二三四五六七八九]{1,4})(?=[万千亿百])")
_ZEROS = frozenset("零〇○")
_MAX_CHARS = 40  # longer than any number a person types; keeps hostile input cheap


def listed(words: str) -> tuple[str, ...]:
    """The words of a table that is written in one string."""
    return tuple(words.split())


def _fold_char(char: str) -> str:
    code = ord(char)
    if 0xFF01 <= code <= 0xFF5E:
        return chr(code - 0xFEE0)
    if code in {0x3000, 0xA0, 0x2002, 0x2003, 0x2009, 0x202F}:
        return " "
    if code > 0x7F and unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    return {"\uffe5": "\u00a5", "﹪": "%", "٪": "%", "﹣": "-", "−": "-", "‐": "-", "‑": "-"}.get(char, char)


class _Folding(dict[int, str]):
    """A lazy translation table: each character is looked at once per process."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Full-width letters, digits and signs and every Unicode digit in ASCII; **same length**, so spans stay true.

    Not NFKC: that would turn ① into 1, ㎡ into m2 and change lengths.
    """
    return text.translate(_FOLDING)


def to_number(text: str) -> Decimal | None:
    """The number that `text` as a whole says, else None: `5,000.50`, `一万二`, `两百五`, `1万2`, `3千500`, `1.2w`, `二〇二六`.

    A single digit after 百, 千 or 万 counts in tenths of that unit (一万二 = 12 000), unless 零 stands between
    (一万零二 = 10 002). What could be read in two ways (`1万20`, `三五`万) is not a number.
    """
    text = fold(text).strip()
    if not text or len(text) > _MAX_CHARS:
        return None
    if _GROUPED.fullmatch(text):
        return Decimal(text.replace(",", ""))
    text = _SPOKEN_POINT.sub(_spoken_point, text)
    if all(char in CN_DIGITS for char in text):
        return Decimal("".join(str(CN_DIGITS[char]) for char in text)) if _plain_digits(text) else None
    return _mixed(text)


def to_int(text: str) -> int | None:
    """`to_number` where only a whole number makes sense."""
    number = to_number(text)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _plain_digits(text: str) -> bool:
    """One digit, or three and more read out one by one; 三五 means "three to five" and is no number."""
    return len(text) != 2 or text[0] in "零〇○" or "〇" in text


def _spoken_point(match: re.Match[str]) -> str:
    whole = to_number(match[1])
    return f"{whole}.{''.join(str(CN_DIGITS[c]) for c in match[2])}" if whole is not None else match[0]


def _mixed(text: str) -> Decimal | None:
    """Read groups (亿, 万) of sections (千, 百, 十): each unit must be smaller than the one before it."""
    total = section = Decimal(0)
    pending: Decimal | None = None  # a figure that waits for its unit
    pending_token = ""
    last_unit = 0  # the value of the last unit seen: what an abbreviated last digit is a tenth of
    group_limit, unit_limit = 10**9, 10**9
    zero_before = False
    for token in _TOKEN.findall(text):
        if token in TENS_SIGNS:
            if pending is not None or unit_limit <= 10:
                return None
            section, unit_limit, last_unit = section + TENS_SIGNS[token], 10, 10
        elif token in CN_UNITS:
            unit = CN_UNITS[token]
            if unit >= unit_limit or (pending is None and unit != 10):
                return None
            section += (pending if pending is not None else 1) * unit
            pending, unit_limit, last_unit, zero_before = None, unit, unit, False
        elif token in CN_GROUPS:
            group = CN_GROUPS[token]
            if group >= group_limit or (pending is None and not section):
                return None
            total += (section + (pending or 0)) * group
            section, pending, group_limit, unit_limit = Decimal(0), None, group, 10**9
            last_unit, zero_before = group, False
        elif token in _ZEROS:
            if pending is not None or not last_unit:
                return None
            zero_before = True
        elif token in CN_DIGITS or token[0].isdecimal():
            if pending is not None:
                return None
            pending = Decimal(CN_DIGITS[token]) if token in CN_DIGITS else Decimal(token)
            pending_token = token
        else:
            return None
    if pending is None:
        return None if zero_before else total + section
    tail = _last_figure(pending, pending_token, last_unit, zero_before=zero_before)
    return None if tail is None else total + section + tail


def _last_figure(figure: Decimal, token: str, unit: int, *, zero_before: bool) -> Decimal | None:
    """What a figure without a unit at the end is worth after `unit` (0: nothing before it)."""
    if not unit or (zero_before and figure < unit and "." not in token):
        return figure
    if "." in token:
        return None
    if len(token) == 1:
        return figure * (unit // 10 if unit >= 100 else 1)
    room = len(str(unit)) - 1  # 千 leaves three places: 3千500
    return figure if room - 1 <= len(token) <= room and len(token) >= min(room, 3) else None
