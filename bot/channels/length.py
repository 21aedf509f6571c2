"""How long a text is on the networks, and a long one in parts: nothing that somebody typed is cut off (D6)."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels import cutting


def units(text: str) -> int:
    """Length as Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def octets(text: str) -> int:
    """Length as WeCom counts: bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


def parts(text: str, limit: int, size: Callable[[str], int] = units) -> list[str]:
    """The text in pieces of at most `limit` by `size`, parted at line ends where that is possible. Joined by line ends
    (or by nothing inside a line that was too long) they are the text again.
    """
    if size(text) <= limit:
        return [text]
    found: list[str] = []
    held: list[str] = []
    used = 0
    for line in text.split("\n"):
        for piece in _pieces(line, limit, size):
            length = size(piece) + 1
            if held and used + length > limit + 1:
                found.append("\n".join(held))
                held, used = [], 0
            held.append(piece)
            used += length
    found.append("\n".join(held))
    return [piece for piece in found if piece.strip()] or [""]


def numbered(text: str, limit: int, size: Callable[[str], int] = units) -> list[str]:
    """As `parts`; where there are several, each begins with its number and how many there are."""
    found = parts(text, limit, size)
    if len(found) == 1:
        return found
    found = parts(text, limit - size("(999/999)\n"), size)
    return [f"({number}/{len(found)})\n{piece}" for number, piece in enumerate(found, 1)]


def _pieces(line: str, limit: int, size: Callable[[str], int]) -> list[str]:
    """A line, cut where it may be (`bot.channels.cutting`) when it is longer than `limit`."""
    if size(line) <= limit:
        return [line]
    found: list[str] = []
    start = place = used = 0
    while place < len(line):
        length = size(line[place])
        if used + length > limit:
            place = cutting.place(line, place, start)
            found.append(line[start:place])
            start, used = place, 0
            continue
        used += length
        place += 1
    return [*found, line[start:]]
