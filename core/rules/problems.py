"""What could not be understood in a typed line, as data: a text key and its parameters, beside what was understood.

A `Refusal` stops an act; a `Problem` travels with a draft, so that the person sees what was read and what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """`key` names a text in the catalogue (`phones.length`), `seen` is what the person typed, `params` fill the text."""

    key: str
    seen: str = ""
    params: dict[str, object] = field(default_factory=dict, hash=False)
