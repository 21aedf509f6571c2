"""Reading pictures back: a PNG's size and pixels, a document's words."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader

from bot.render.pictures import drawing as drawings
from bot.render.pictures.drawing import Drawing, press


@contextmanager
def nothing_to_draw_with(folder: Path) -> Iterator[None]:
    """In the block this process has no fonts, and no picture it drew before."""
    empty = folder / "no fonts"
    empty.mkdir()
    drawings.use(empty)
    try:
        yield
    finally:
        drawings.use(None)


def size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


def words(drawing: Drawing) -> str:
    """Everything that stands on a picture, set as a document and read back; spaces and hidden breaks left out."""
    return squeezed("".join(pages(press().typeset(drawing, "pdf")[0])))


def pages(pdf: bytes) -> list[str]:
    """The words of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    """Without what only moves letters apart."""
    return "".join(text.replace("\u200b", "").replace("\x00", "").split())


@dataclass(frozen=True)
class Pixels:
    """A decoded PNG of 8 bits a channel, or of one bit."""

    width: int
    height: int
    rows: Sequence[bytes]
    step: int  # bytes a pixel; 0: one bit

    def dark(self, x: int, y: int) -> bool:
        """Is this pixel nearer to black?"""
        if not self.step:
            return not self.rows[y][x // 8] >> (7 - x % 8) & 1
        return self.rows[y][x * self.step] < 128


def pixels(png: bytes) -> Pixels:
    """Undo the PNG's row filters (PNG specification, 9)."""
    width, height = size(png)
    depth, colour = png[24], png[25]
    step = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] if depth == 8 else 0
    data = zlib.decompress(b"".join(_chunks(png, b"IDAT")))
    length = width * step if step else -(-width // 8)
    reach = step or 1
    above = bytes(length)
    rows = []
    for y in range(height):
        kind, row = data[y * (length + 1)], bytearray(data[y * (length + 1) + 1 : (y + 1) * (length + 1)])
        for x in range(length):
            left = row[x - reach] if x >= reach else 0
            corner = above[x - reach] if x >= reach else 0
            row[x] = (row[x] + _guess(kind, left, above[x], corner)) & 255
        above = bytes(row)
        rows.append(above)
    return Pixels(width, height, rows, step)


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        whole = left + up - corner
        return min((left, up, corner), key=lambda value: abs(whole - value))
    return (0, left, up, (left + up) // 2)[kind]


def _chunks(png: bytes, wanted: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == wanted:
            found.append(png[at + 8 : at + 8 + length])
        at += length + 12
    return found
