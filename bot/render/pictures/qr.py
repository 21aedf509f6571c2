"""QR codes as vector pictures, for templates and for files of their own."""

from __future__ import annotations

import io

import segno

QUIET = 4  # modules of white around it: the standard's own number, and what cameras need on a dark screen
MODULE = 12  # pixels of a module in a picture of its own


def matrix(text: str) -> tuple[tuple[int, ...], ...]:
    """The modules of the code, 1 dark, without the quiet zone."""
    return tuple(tuple(int(bool(module)) for module in row) for row in _code(text).matrix)


def svg(text: str) -> str:
    """The code as SVG, quiet zone included."""
    return str(_code(text).svg_inline(border=QUIET, dark="#000", light="#fff", omitsize=True))


def png(text: str) -> bytes:
    """The code as a PNG of its own, quiet zone included."""
    out = io.BytesIO()
    _code(text).save(out, kind="png", scale=MODULE, border=QUIET)
    return out.getvalue()


def _code(text: str) -> segno.QRCode:
    # Medium correction: a scratched screen or a folded sheet still reads, and the modules stay large.
    return segno.make_qr(text, error="m", boost_error=False)
