"""What somebody typed, in a cell of a spreadsheet: never a formula, nor what a CSV made of the file would take for one."""

from __future__ import annotations

RISKY = frozenset("=+-@\t\r\n＝＋－＠")  # OWASP's list with its full-width twins (reliability S8)


def looks_like_formula(text: str) -> bool:
    """Does it need the quote that tells a spreadsheet to leave it alone?"""
    return text[:1] in RISKY
