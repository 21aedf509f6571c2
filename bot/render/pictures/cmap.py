"""Which characters a font file can draw: the `cmap` table of TrueType and OpenType files and collections.

Formats 4 and 12 (OpenType specification, "cmap"): the two that fonts with Chinese characters carry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

UNICODE = {(3, 10), (3, 1), (0, 3), (0, 4), (0, 6), (0, 2), (0, 1), (0, 0)}  # (platform, encoding)


def covered(file: Path) -> frozenset[int]:
    """The code points a font file has glyphs for; empty for what cannot be read as a font."""
    data = file.read_bytes()
    try:
        return frozenset(point for face in _faces(data) for point in _points(data, face))
    except (struct.error, IndexError):
        return frozenset()


def _faces(data: bytes) -> list[int]:
    """Where each face's table directory begins."""
    if data[:4] == b"ttcf":
        (count,) = struct.unpack_from(">I", data, 8)
        return list(struct.unpack_from(f">{count}I", data, 12))
    return [0] if data[:4] in {b"OTTO", b"\0\1\0\0", b"true"} else []


def _points(data: bytes, face: int) -> Iterator[int]:
    (tables,) = struct.unpack_from(">H", data, face + 4)
    for number in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, face + 12 + 16 * number)
        if tag == b"cmap":
            (count,) = struct.unpack_from(">H", data, start + 2)
            for record in range(count):
                platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * record)
                if (platform, encoding) in UNICODE:
                    yield from _subtable(data, start + offset)


def _subtable(data: bytes, at: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", data, at)
    if kind == 12:
        (groups,) = struct.unpack_from(">I", data, at + 12)
        for number in range(groups):
            first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * number)
            yield from range(first if glyph else first + 1, last + 1)  # glyph 0 is the box for "none"
    elif kind == 4:
        yield from _segments(data, at)


def _segments(data: bytes, at: int) -> Iterator[int]:
    """Format 4: parallel arrays of segments of the basic plane."""
    (doubled,) = struct.unpack_from(">H", data, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", data, at + 16 + 2 * doubled)
    offsets_at = at + 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", data, offsets_at)
    for number, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if offset:
                (glyph,) = struct.unpack_from(">H", data, offsets_at + 2 * number + offset + 2 * (point - first))
                if not glyph:
                    continue
            if (glyph + delta) & 0xFFFF:
                yield point
