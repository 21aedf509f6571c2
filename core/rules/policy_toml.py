"""A policy version written out as TOML: what a proposal is kept as, and what goes back into the file.

`tomllib` reads it again to the same values: whole numbers, Decimals, text, dates, lists and tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
WIDTH = 110  # a list that is longer goes on several lines


def version_text(table: Mapping[str, Any]) -> str:
    """One `[[version]]` with everything it states. Raises TypeError for a value no policy file holds."""
    return "\n".join(["[[version]]", *_body(table, "version")]) + "\n"


def _body(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """The values of a table first: what stands after a `[head]` belongs to it."""
    for key, value in table.items():
        if not isinstance(value, Mapping):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            below = f"{path}.{_key(key)}"
            yield ""
            yield f"[{below}]"
            yield from _body(value, below)


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    escaped = (ESCAPES.get(c) or (f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c) for c in value)
    return f'"{"".join(escaped)}"'


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return _number(value)
        case str():
            return _text(value)
        case date():
            return value.isoformat()
        case list():
            return _list(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    raise TypeError(f"{type(value).__name__} does not stand in a policy file")


def _number(value: Decimal) -> str:
    """With a point, so that it is read as the Decimal it was."""
    plain = f"{value:f}"
    return plain if "." in plain else f"{plain}.0"


def _list(values: list[Any]) -> str:
    parts = [_value(one) for one in values]
    line = f"[{', '.join(parts)}]"
    return line if len(line) <= WIDTH else "[\n" + "".join(f"  {part},\n" for part in parts) + "]"
