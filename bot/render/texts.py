"""The catalogue of texts: one TOML file per language and subject. A test checks that both languages say everything."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

LOCALES = Path(__file__).parent / "locales"
LANGS = ("zh", "en")
COUNTED = re.compile(r"\{(\w+):[sv]\}")


@lru_cache(maxsize=len(LANGS))
def catalogue(lang: str) -> dict[str, str]:
    """Every text of a language by its key `subject.name` (nested tables add a dot)."""
    texts: dict[str, str] = {}

    def add(prefix: str, table: dict[str, Any]) -> None:
        for name, value in table.items():
            if isinstance(value, dict):
                add(f"{prefix}.{name}", value)
            else:
                texts[f"{prefix}.{name}"] = str(value)

    for file in sorted((LOCALES / lang).glob("*.toml")):
        add(file.stem, tomllib.loads(file.read_text("utf-8")))
    return texts


def known(lang: str | None) -> str:
    """A language we have, whatever the network calls it (zh-hans, en-GB)."""
    start = (lang or "zh").lower()[:2]
    return start if start in LANGS else ("zh" if start in {"zh", "yu"} else "en")


def t(lang: str, key: str, **params: object) -> str:
    """The text of `key` in `lang`. Raises KeyError on an unknown key: a missing text is a defect, not a surprise."""
    text = catalogue(known(lang))[key]
    if counted := COUNTED.findall(text):
        params |= {name: Counted(params[name]) for name in counted}
    return text.format(**params)


class Counted(str):
    """A figure that English words agree with: `{count} deal{count:s} wait{count:v}` is 1 deal waits, 2 deals wait."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        if spec in {"s", "v"}:
            return "s" if (self == "1") is (spec == "v") else ""
        return super().__format__(spec)


def fields(text: str) -> set[str]:
    """The placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}
