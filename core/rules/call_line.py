"""A line about a call while it is read: who took which character, and where its clauses are."""

from __future__ import annotations

import re

from core.rules.numerals import fold
from core.rules.outcomes import DELIMITERS, HARD

DELIMITER = re.compile(rf"[{DELIMITERS}]|(?<!\d)\.|\.(?!\d)")


class Line:
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


def clauses(view: str, limit: int = 0) -> list[tuple[int, int]]:
    """Where the pieces between delimiters stand; at most `limit` of them if given."""
    pieces: list[tuple[int, int]] = []
    start = 0
    for match in DELIMITER.finditer(view):
        if match.start() > start:
            pieces.append((start, match.start()))
            if limit and len(pieces) >= limit:
                return pieces
        start = match.end()
    if start < len(view):
        pieces.append((start, len(view)))
    return pieces
