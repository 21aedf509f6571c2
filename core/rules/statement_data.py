"""A statement as plain data and back: what is kept of a closed month is read the same by every later version.

Fractions are kept as text (`3/100`), never as floats. Parameters of notes keep their kind: `{"fraction": "1/5"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from core.rules.calendar import Month
from core.rules.pay import Component, Line, Note, Statement
from core.rules.people import Role

FIGURES = ("base", "performance", "everything", "commission", "shares", "sms", "top_up", "total")


def packed(made: Statement) -> dict[str, Any]:
    """As JSON keeps it."""
    return {
        "month": made.month.key,
        "person": made.person,
        "version": made.version,
        **{name: getattr(made, name) for name in FIGURES},
        "lines": [
            {
                "component": line.component.value, "rule": line.rule, "article": line.article, "base": line.base,
                "rate": str(line.rate), "amount": line.amount, "deals": list(line.deals),
            }
            for line in made.lines
        ],
        "notes": [{"key": note.key, "params": {k: plain(v) for k, v in note.params.items()}} for note in made.notes],
        "undetermined": made.undetermined,
    }  # fmt: skip


def unpacked(data: Mapping[str, Any]) -> Statement:
    """What `packed` made, by this version or an earlier one."""
    return Statement(
        person=data["person"],
        month=Month.parse(data["month"]),
        version=data["version"],
        **{name: int(data[name]) for name in FIGURES},
        lines=tuple(
            Line(
                Component(line["component"]), line["rule"], line["article"], line["base"], Fraction(line["rate"]),
                line["amount"], tuple(line["deals"]),
            )
            for line in data["lines"]
        ),
        notes=tuple(Note(note["key"], {k: _said(v) for k, v in note["params"].items()}) for note in data["notes"]),
        undetermined=data["undetermined"],
    )  # fmt: skip


def plain(value: object) -> object:
    """A figure of a note or a proposal as JSON keeps it."""
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, Role):
        return {"role": value.value}
    if isinstance(value, tuple):
        return {"tuple": [plain(one) for one in value]}
    return value


def _said(value: object) -> object:
    match value:
        case {"fraction": str(text)}:
            return Fraction(text)
        case {"role": str(text)}:
            return Role(text)
        case {"tuple": list(items)}:
            return tuple(_said(one) for one in items)
    return value
