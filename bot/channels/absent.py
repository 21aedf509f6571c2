"""Packages that are not there are not looked for again."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def not_looked_for(package: str) -> None:
    """Whoever imports it from now on is told at once that it is not installed; nothing changes when it is.

    A library may ask again and again which of two ways it is to go, by trying to import something. Each time Python
    would search every folder of its path: more work than the rest of the question.
    """
    if find_spec(package) is None:
        sys.modules[package] = None  # type: ignore[assignment]  # Python's own way of saying so
