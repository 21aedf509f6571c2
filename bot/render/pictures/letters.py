"""What of a text can be drawn: no box for a missing character, no turned line, nothing that hides or piles up."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

PILE = 2  # marks on one letter; more are decoration that covers the rows above
MARKED = range(0x0590, 0x2E80)  # scripts that write with marks of their own; accented Latin letters are one character
JOINS = frozenset("\u200c\u200d\ufe0e\ufe0f")  # of emoji sequences


def drawable(text: str, points: AbstractSet[int]) -> str:
    """`text` with what the fonts in hand can draw: `👑林晓燕` becomes `林晓燕`, `𝓐na` becomes `Ana`.

    `points`: the code points with a glyph. Controls, marks that turn the writing direction and emoji go; a letter
    without a glyph is replaced by its plain form where that has one.
    """
    kept: list[str] = []
    pile, base = 0, " "
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        if char.isspace():
            kept.append(" ")
        elif kind in {"Mn", "Me"}:
            pile += 1
            if pile <= PILE and ord(char) in points and ord(base) in MARKED:
                kept.append(char)
            continue
        elif kind[0] == "C" or char in JOINS:
            continue
        elif ord(char) in points:
            kept.append(char)
        else:
            plain = unicodedata.normalize("NFKC", char)
            if plain != char and all(ord(c) in points for c in plain):
                kept.append(plain)
        pile, base = 0, char
    return " ".join("".join(kept).split())


def cleaned(value: Any, points: AbstractSet[int]) -> Any:
    """A drawing's data with every text drawable. A `name` of which nothing is left is called as `otherwise` says."""
    if isinstance(value, str):
        return drawable(value, points)
    if isinstance(value, Mapping):
        done = {str(key): cleaned(part, points) for key, part in value.items()}
        if "name" in done and not any(char.isalnum() for char in done["name"]):
            done["name"] = done.get("otherwise") or "–"
        return done
    if isinstance(value, list | tuple):
        return [cleaned(part, points) for part in value]
    return value
