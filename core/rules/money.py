"""Money is whole fen (int). Rates are exact. One rounding per component: half up, away from zero.

Negative amounts mirror positive ones, so that a sale and its reversal add up to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

MINUS = "−"  # the typographic minus of the texts; programs get the ASCII one from `plain`

MOST_DIGITS = 20  # before the decimal point: `1e999999` is no amount, and costs time to write out

Exact = int | Fraction | Decimal


def half_up(amount: Exact) -> int:
    """The nearest whole number; a half goes away from zero (2.5 → 3, −2.5 → −3)."""
    exact = Fraction(amount)
    doubled = 2 * abs(exact.numerator) + exact.denominator
    rounded = doubled // (2 * exact.denominator)
    return -rounded if exact < 0 else rounded


def spread(parts: Sequence[Exact]) -> list[int]:
    """Round exact parts to whole fen that add up to the rounded sum: the largest remainders get the odd fen.

    No part moves by a whole fen or more, and earlier parts win ties.
    """
    exact = [Fraction(part) for part in parts]
    if sum(exact) < 0:
        return [-part for part in spread([-part for part in exact])]
    return _largest_remainder(half_up(sum(exact, Fraction(0))), exact)


def split_largest_remainder(total: int, weights: Sequence[Exact]) -> list[int]:
    """Share `total` fen in proportion to `weights` (none negative, not all 0) so that the parts add up to it."""
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact, Fraction(0))
    if whole <= 0 or any(weight < 0 for weight in exact):
        raise ValueError("weights must be positive")
    if total < 0:
        return [-part for part in split_largest_remainder(-total, exact)]
    return _largest_remainder(total, [total * weight / whole for weight in exact])


def _largest_remainder(total: int, exact: Sequence[Fraction]) -> list[int]:
    parts = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def yuan(fen: int) -> str:
    """For pay: `5,000.00`, `−70.00`."""
    return f"{MINUS if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def yuan_short(fen: int) -> str:
    """For performance and boards: `5,000`, or `5,000.50` where there are fen."""
    return yuan(fen) if fen % 100 else yuan(fen)[:-3]


def plain(fen: int) -> str:
    """For programs: `5000.00`, `-70.00`."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def to_fen(amount: str | int | Decimal) -> int:
    """Yuan, as written in a file, to fen. Raises ValueError: not a number, not finite, or finer than a fen."""
    if isinstance(amount, bool | float):
        raise ValueError("not an exact amount")
    try:
        exact = Decimal(amount)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not exact.is_finite() or exact.adjusted() > MOST_DIGITS:
        raise ValueError("not a number")
    if exact and exact.adjusted() < -2:
        raise ValueError("finer than a fen")
    fen = Fraction(exact) * 100  # a Decimal product would be rounded to 28 digits, unseen
    if fen.denominator != 1:
        raise ValueError("finer than a fen")
    return fen.numerator


def percent(rate: Fraction) -> str:
    """`3%`, `1.5%`, `0.25%`: as the policy writes it. Cut, never rounded up, after two decimals (policy 6)."""
    return percent_floor(rate, digits=2).rstrip("0").rstrip(".") + "%"


def percent_floor(share: Fraction, digits: int = 1) -> str:
    """A share in percent, rounded down: 69,999 of 100,000 reads `69.9`, never `70.0` (policy 6). No sign."""
    scaled = share * 100 * 10**digits
    cut = abs(scaled.numerator) // scaled.denominator
    text = f"{cut // 10**digits}" + (f".{cut % 10**digits:0{digits}d}" if digits else "")
    return f"{MINUS}{text}" if share < 0 else text


def decimal_text(rate: Fraction, digits: int = 12) -> str:
    """A rate for programs: `0.03`, `-0.01`, `0.523809523810`; exact where twelve decimals can be."""
    scaled = half_up(rate * 10**digits)
    whole, rest = divmod(abs(scaled), 10**digits)
    text = f"{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text
