"""How long a text is on the networks, and a long one in parts: nothing that somebody typed is cut off (D6)."""

from __future__ import annotations


def units(text: str) -> int:
    """Length as Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parts(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` units, parted at line ends where that is possible. Joined by line ends
    (or by nothing inside a line that was too long) they are the text again.
    """
    if units(text) <= limit:
        return [text]
    found: list[str] = []
    held: list[str] = []
    used = 0
    for line in text.split("\n"):
        for piece in _pieces(line, limit):
            length = units(piece) + 1
            if held and used + length > limit + 1:
                found.append("\n".join(held))
                held, used = [], 0
            held.append(piece)
            used += length
    found.append("\n".join(held))
    return [piece for piece in found if piece.strip()] or [""]


def _pieces(line: str, limit: int) -> list[str]:
    """A line of more than `limit` units, cut between characters."""
    found: list[str] = []
    start, used = 0, 0
    for place, character in enumerate(line):
        length = 1 + (ord(character) > 0xFFFF)
        if used + length > limit:
            found.append(line[start:place])
            start, used = place, 0
        used += length
    return [*found, line[start:]]
