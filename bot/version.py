"""The program's version: of the installed package, or of the source that runs."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path


@cache
def version() -> str:
    """Such as 0.1.0."""
    try:
        return installed("waihu")
    except PackageNotFoundError:
        source = Path(__file__).resolve().parent.parent / "pyproject.toml"
        found = re.search(r'^version = "(.+)"$', source.read_text("utf-8"), re.MULTILINE) if source.exists() else None
        return found[1] if found else "0"
