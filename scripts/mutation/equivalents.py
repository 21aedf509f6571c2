"""Changes that change nothing anybody could see, each with its reason: they are counted apart from the survivors."""

from __future__ import annotations

import tomllib
from pathlib import Path

from mutation.breaking import Mutant

FILE = Path(__file__).with_name("equivalents.toml")


def load() -> dict[tuple[str, str], str]:
    """(`module.function`, change) → why no test can tell."""
    with FILE.open("rb") as file:
        return {(one["where"], one["change"]): one["why"] for one in tomllib.load(file).get("mutant", [])}


def name_of(mutant: Mutant) -> tuple[str, str]:
    """How the list names a mutant."""
    return f"{mutant.module}.{mutant.where}".rstrip("."), mutant.change
