"""How names sound: input methods slip between 王芳 and 王方, so people are also found by sound."""

from __future__ import annotations

from functools import lru_cache

LONGEST = 200  # the column's width


@lru_cache(maxsize=4096)
def sound(name: str) -> str:
    """The toneless pinyin of a name in one word: 李总 -> lizong, Tony哥 -> tonyge."""
    from pypinyin import lazy_pinyin  # its dictionaries take a third of a second to load; most commands need none

    return "".join(lazy_pinyin(name)).replace(" ", "").casefold()[:LONGEST]
