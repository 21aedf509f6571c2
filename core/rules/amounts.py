"""Amounts of money as people type them, in whole fen. Never float. How they are shown: `core.rules.money`."""

from __future__ import annotations

import re
from decimal import Decimal

from core.rules.errors import Refusal
from core.rules.numerals import fold, to_number

_HEAD = re.compile(r"^(?:金额|合计|总共|一共|共|人民币|rmb|cny|\u00a5|:|\s)+", re.IGNORECASE)
_TAIL = re.compile(r"(?:人民币|rmb|cny|元整|块钱|元|块|圆|整|\s)+$", re.IGNORECASE)
_SMALL_CHANGE = re.compile(
    r"^(.+?)[元块]\s*([\d一二两三四五六七八九])\s*[角毛]?\s*(?:([\d一二两三四五六七八九])\s*分)?$"
)
_NEGATIVE = re.compile(r"^[-负–—]\s*(?=[\d\u00a5.零〇一二两三四五六七八九十百千万])")
_THREE_PLACES = re.compile(r"[\d,]*\.\d{3,}")


def parse_amount(text: str, max_fen: int) -> int:
    """`5000`, `5,000.50`, `¥5000`, `5000元`, `五千`, `一万二`, `1.2万`, `3k`, full-width digits -> fen.

    Raises Refusal: `amounts.not_a_number`, `amounts.negative`, `amounts.zero`, `amounts.too_precise` (more than two
    decimals: 5.000 may be five or five thousand), `amounts.too_big` (`max_fen` in its parameters).
    """
    typed = fold(text).strip()
    bare = _HEAD.sub("", typed)
    negative = bool(_NEGATIVE.match(bare))
    bare = _HEAD.sub("", _NEGATIVE.sub("", bare))
    value = _change(bare)
    if value is None:
        bare = _TAIL.sub("", bare)
        value = to_number(bare)
    if value is None:
        raise Refusal("amounts.not_a_number", seen=typed[:40])
    if negative:
        raise Refusal("amounts.negative", seen=typed[:40])
    if value == 0:
        raise Refusal("amounts.zero", seen=typed[:40])
    fen = value * 100
    if _THREE_PLACES.fullmatch(bare) or fen != fen.to_integral_value():
        raise Refusal("amounts.too_precise", seen=typed[:40])
    if fen > max_fen:
        raise Refusal("amounts.too_big", seen=typed[:40], max_fen=max_fen)
    return int(fen)


def _change(text: str) -> Decimal | None:
    """`12元5角`, `五块五`: yuan with its tenths (and hundredths); None for any other writing."""
    match = _SMALL_CHANGE.match(text) if len(text) <= 40 else None
    if not match:
        return None
    yuan, tenths, cents = to_number(match[1]), to_number(match[2]), to_number(match[3] or "0")
    if yuan is None or tenths is None or cents is None:
        return None
    return yuan + tenths / 10 + cents / 100
